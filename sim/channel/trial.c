#include "sim/channel/trial.h"

#include "core/base/assert.h"

#include "sim/base/purpose.h"
#include "sim/channel/invariant.h"
#include "sim/channel/pay.h"

#include <string.h>

const hst_route_prices hst_channel_prices = {.failure_micro_usd = 100000, .failure_ppb = 1000000};

/** A trial in hand. */
typedef struct run {
    const hst_channel_setting *setting;
    const hst_router_kind *kind;
    hst_channel_network network;
    hst_router *router;
    hst_channel_score *score;
    double route_s;
    hst_route_split split;
    uint32_t excluded[HST_CHANNEL_ATTEMPT_MAX];
    hst_hop_outcome outcomes[HST_CHANNEL_OUTCOME_MAX];
} run;

static hst_status decide(run *r, const hst_route_query *query)
{
    double (*const clock)(void) = r->setting->clock;
    const double started = clock != NULL ? clock() : 0;
    r->split.probes = 0;
    const hst_status status = hst_router_split(r->router, query, &r->split);
    r->route_s += clock != NULL ? clock() - started : 0;
    r->score->decisions++;
    r->score->probes += r->split.probes;
    return status;
}

/** Route and try a payment until it arrives or is given up. */
static hst_status pay(run *r, hst_route_query *query)
{
    hst_channel_score *score = r->score;
    const uint32_t own = r->kind->own_attempts > 1 ? r->kind->own_attempts : 1;
    const uint32_t most = r->setting->attempts > own ? r->setting->attempts : own;
    uint32_t failed = 0;
    query->excluded_edges = r->excluded;
    for (uint32_t attempt = 0; attempt < most; attempt++) {
        hst_channel_receipt receipt;
        query->attempt = attempt;
        query->excluded_count = attempt < own ? 0 : failed;
        const hst_status status = decide(r, query);
        if (status == HST_NO_PATH) {
            return HST_OK;
        }
        HST_TRY(status);
        HST_TRY(hst_channel_pay(&r->network, query, r->split.parts, r->split.part_count,
                                r->outcomes, &receipt));
        hst_router_feedback(r->router, r->outcomes, receipt.outcome_count);
        score->attempts++;
        if (receipt.delivered) {
            score->delivered++;
            score->first_attempt += attempt == 0 ? 1 : 0;
            score->parts += r->split.part_count;
            score->delivered_msat += query->amount_micro_usd;
            score->fee_msat += receipt.fee_msat;
            return HST_OK;
        }
        r->excluded[failed++] = receipt.failed_edge;
    }
    return HST_OK;
}

static hst_status pay_all(run *r)
{
    const hst_channel_setting *setting = r->setting;
    for (uint32_t i = 0; i < setting->payment_count; i++) {
        if (setting->interrupted != NULL && *setting->interrupted != 0) {
            return HST_INTERRUPTED;
        }
        const hst_channel_payment *payment = &setting->payments[i];
        hst_route_query query = {.source = payment->source,
                                 .target = payment->target,
                                 .amount_micro_usd = payment->amount_msat,
                                 .time_ns = (int64_t)i * setting->spacing_ns,
                                 .payment = i};
        r->score->asked_msat += payment->amount_msat;
        HST_TRY(pay(r, &query));
    }
    uint32_t channel = 0;
    return hst_channel_check(setting->table, r->network.ledger, NULL, &channel);
}

hst_status hst_channel_trial(const hst_router_kind *kind,
                             const hst_channel_setting *setting,
                             hst_memory memory,
                             hst_arena *arena,
                             hst_channel_score *score)
{
    hst_assert(kind != NULL && setting != NULL && arena != NULL && score != NULL);
    hst_assert(setting->attempts >= 1 && setting->attempts <= HST_CHANNEL_ATTEMPT_MAX);
    hst_assert(kind->own_attempts <= HST_CHANNEL_ATTEMPT_MAX && setting->spacing_ns > 0);
    memset(score, 0, sizeof *score);
    score->payments = setting->payment_count;
    run *r = HST_ARENA_NEW(arena, run, 1);
    if (r == NULL) {
        return HST_NO_MEMORY;
    }
    r->setting = setting;
    r->kind = kind;
    r->score = score;
    HST_TRY(hst_channel_network_create(setting->table, setting->prior, setting->seed, memory, arena,
                                       &r->network));
    const hst_router_setup setup = {
        .graph = &r->network.graph,
        .arena = arena,
        .random = hst_random_stream(setting->seed, 0, 0, HST_PURPOSE_ROUTING),
        .prices = hst_channel_prices,
        .view = &r->network.view,
    };
    hst_status status = hst_router_create(kind, &setup, &r->router);
    if (status == HST_OK) {
        status = pay_all(r);
    }
    hst_channel_network_destroy(&r->network);
    score->route_cpu_ns = r->route_s * 1e9 / (double)(score->decisions > 0 ? score->decisions : 1);
    return status;
}
