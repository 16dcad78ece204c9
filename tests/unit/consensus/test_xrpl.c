/* XRP Ledger consensus: deliberation, validation, the preferred branch, trust that overlaps. */
#include "core/base/random.h"
#include "core/consensus/xrpl/xrpl.h"
#include "core/consensus/xrpl/xrpl_internal.h"

#include "tests/unit/consensus/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECOND HST_SECOND_NS

static hst_cluster_report measured(const test_cluster *test)
{
    hst_cluster_report report;
    hst_cluster_measure(test->cluster, &report);
    return report;
}

static hst_consensus_view view_of(const test_cluster *test, uint32_t replica)
{
    hst_consensus_view view;
    hst_cluster_view(test->cluster, replica, &view);
    return view;
}

static void plan(test_cluster *test, uint32_t count, uint64_t seed)
{
    test_plan(test, &hst_protocol_xrpl, count, seed);
}

/* Standard parameters, to be changed. */
static void standard(int64_t parameters[HST_XRPL_PARAMETER_COUNT])
{
    for (uint32_t p = 0; p < HST_XRPL_PARAMETER_COUNT; p++) {
        parameters[p] = hst_protocol_xrpl.parameters[p].standard;
    }
}

/* Cut or heal both directions between two groups: those below `border` and the others. */
static void cut(test_cluster *test, uint32_t border, bool cut)
{
    hst_network *network = hst_cluster_network(test->cluster);
    for (uint32_t a = 0; a < border; a++) {
        for (uint32_t b = border; b < test->membership.count; b++) {
            hst_network_cut(network, a, b, cut);
            hst_network_cut(network, b, a, cut);
        }
    }
}

/* ---- mempools that do not see everything at once ------------------------------------------- */

enum { LINE = 1024 };

/* Parameters, and behind them who sees which batch when: a wrapper finds this through its machine's
 * configuration. A batch is seen at once where it was submitted (drawn by id), elsewhere a link's
 * delay later, as flooding would have it; a `hidden` one later still by replicas from `seers` on. */
typedef struct sight {
    int64_t parameters[HST_XRPL_PARAMETER_COUNT];
    int64_t link_ns;
    uint64_t hidden; /* batch; 0 = none */
    uint32_t seers;
    int64_t hidden_ns;
} sight;

/* Batches on their way to a replica, behind its machine in memory. */
typedef struct line {
    hst_batch batches[LINE];
    int64_t due_ns[LINE];
    uint32_t count;
} line;

static size_t line_size(const hst_consensus_config *config)
{
    return hst_protocol_xrpl.state_size(config) + sizeof(line);
}

static void drop_takes(hst_effects *effects)
{
    uint32_t kept = 0;
    for (uint32_t e = 0; e < effects->count; e++) {
        if (effects->list[e].kind != HST_EFFECT_TAKE) {
            effects->list[kept++] = effects->list[e];
        }
    }
    effects->count = kept;
}

static void step_late(void *state, const hst_consensus_input *input, hst_effects *effects)
{
    hst_xrpl *m = state;
    const sight *s = (const sight *)(const void *)m->config.parameters;
    line *l = (line *)(void *)((uint8_t *)state + hst_protocol_xrpl.state_size(&m->config));
    const hst_batch offer = input->offer;
    hst_consensus_input seen = *input;
    seen.offer = (hst_batch){0};
    if (offer.id != 0 && l->count < LINE) {
        hst_random where = hst_random_stream(offer.id, 0, 0, 1);
        const bool here = hst_random_below(&where, m->count) == m->config.self;
        const bool late = offer.id == s->hidden && m->config.self >= s->seers;
        l->batches[l->count] = offer;
        l->due_ns[l->count++] =
            input->now_ns + (late ? s->hidden_ns : 0) + (here ? 0 : s->link_ns);
    }
    for (uint32_t b = 0; b < l->count; b++) {
        if (l->due_ns[b] <= input->now_ns) {
            const hst_consensus_input submit = {
                .kind = HST_INPUT_SUBMIT, .now_ns = input->now_ns, .offer = l->batches[b]};
            hst_protocol_xrpl.step(state, &submit, effects);
            l->batches[b] = l->batches[--l->count];
            l->due_ns[b] = l->due_ns[l->count];
            b--;
        }
    }
    hst_protocol_xrpl.step(state, &seen, effects);
    drop_takes(effects);
    if (offer.id != 0) {
        hst_effects_take(effects, offer);
    }
}

static hst_consensus_protocol with_late_mempools(void)
{
    hst_consensus_protocol protocol = hst_protocol_xrpl;
    protocol.state_size = line_size;
    protocol.step = step_late;
    return protocol;
}

/* ---- published figures --------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    int64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return x < y ? -1 : x > y;
}

/* rippled's consensus simulator, n = 5, complete trust, a transaction each 10 ms in the mean at one
 * replica, which floods it: interval, and 10th, 50th, 90th percentile of submit to validated. */
static void published(int64_t link_ns, const int64_t expected_ms[4])
{
    enum { COUNT = 9000, REPLICAS = 5 };
    static int64_t submitted[COUNT + 1], waited[COUNT];
    const hst_consensus_protocol protocol = with_late_mempools();
    test_cluster test;
    sight s = {.link_ns = link_ns};
    standard(s.parameters);
    s.parameters[HST_XRPL_BATCHES] = 1024;
    plan(&test, REPLICAS, 1);
    test.options.protocol = &protocol;
    test.options.parameters = s.parameters;
    test.options.batch_capacity = COUNT;
    test.base_ns[0] = link_ns;
    test.network.jitter_ns = 0;
    test_make(&test);
    int64_t at = 10 * SECOND + 5 * MS;
    for (uint32_t b = 1; b <= COUNT; b++) {
        at += 10 * MS;
        submitted[b] = at;
        assert_int_equal(hst_cluster_submit(test.cluster, at, 250, 10), b);
    }
    test_run(&test, 30 * SECOND);
    const uint64_t from = view_of(&test, 0).vote_height;
    test_run(&test, 90 * SECOND);
    const uint64_t ledgers = view_of(&test, 0).vote_height - from;
    test_run(&test, at + 60 * SECOND);
    assert_int_equal(test_decided(&test), COUNT);
    uint32_t count = 0;
    hst_batch batch;
    int64_t first;
    for (uint64_t h = 1; hst_cluster_decided(test.cluster, h, NULL, &batch, &first); h++) {
        if (batch.id != 0) {
            waited[count++] = first - submitted[batch.id];
        }
    }
    qsort(waited, count, sizeof *waited, by_value);
    const int64_t seen[4] = {(int64_t)(60000 / ledgers), waited[count / 10] / MS,
                             waited[count / 2] / MS, waited[count * 9 / 10] / MS};
    test_end(&test);
    for (int i = 0; i < 4; i++) {
        print_message("%d: %ld for %ld\n", i, (long)seen[i], (long)expected_ms[i]);
    }
}

static void figures_are_those_of_rippled(void **state)
{
    (void)state;
    published(20 * MS, (const int64_t[]){3750, 3200, 4700, 6400});
    published(1000 * MS, (const int64_t[]){4900, 6500, 8500, 10000});
}

static void it_keeps_the_contract_of_all_protocols(void **state)
{
    (void)state;
    test_contract(&hst_protocol_xrpl, 4, true);
    test_contract(&hst_protocol_xrpl, 5, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_keeps_the_contract_of_all_protocols),
        cmocka_unit_test(figures_are_those_of_rippled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
