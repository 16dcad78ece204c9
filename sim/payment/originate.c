/* The debtor instructs: the debtor agent takes the money, its fee, and a route. */
#include "core/base/assert.h"

#include "sim/base/purpose.h"
#include "sim/payment/world.h"

const hst_instruction *hst_world_instruction(const hst_world *world, uint32_t payment)
{
    hst_assert(payment < world->payment_count);
    return &world->workload->instructions[payment];
}

void hst_world_schedule(hst_world *world, uint32_t payment, hst_happening what, int64_t time_ns)
{
    hst_kernel_schedule(world->kernel, time_ns, 0, 1 + payment, payment, (uint16_t)what, 0);
}

int64_t hst_world_latency_ns(const hst_world *world, uint32_t from, uint32_t to)
{
    const hst_institution *all = world->institutions->all;
    return hst_atlas_latency_ns(world->atlas, all[from].country, all[to].country);
}

int64_t hst_world_system_latency_ns(const hst_world *world, uint32_t institution, uint16_t system)
{
    return hst_atlas_latency_ns(world->atlas, world->institutions->all[institution].country,
                                world->atlas->systems[system].country);
}

int64_t hst_world_processing_ns(hst_world *world, hst_live *live, uint32_t institution)
{
    const hst_scenario_correspondent *c = &world->scenario->rails.correspondent;
    double ns = (double)c->processing_median_ns *
                hst_random_lognormal(&live->random, 0, c->processing_sigma);
    /* Transfer groups run one system end to end; only banks repair messages by hand. */
    const bool repaired = hst_random_uniform(&live->random) * 1e9 < (double)c->repair_share_ppb &&
                          world->institutions->all[institution].kind == HST_INSTITUTION_BANK;
    if (repaired) {
        ns += (double)c->repair_median_ns * hst_random_lognormal(&live->random, 0, 1.0);
    }
    return ns < (double)HST_DAY_NS ? (int64_t)ns : HST_DAY_NS;
}

int64_t hst_world_next_open_ns(const hst_world *world,
                               uint32_t institution,
                               uint16_t currency,
                               int64_t time_ns)
{
    if (world->institutions->all[institution].kind != HST_INSTITUTION_BANK) {
        return time_ns;
    }
    const hst_system *system = &world->atlas->systems[world->atlas->currency_system[currency]];
    const int64_t open_ns = hst_hours_next_open(&system->hours, time_ns, true);
    return open_ns == HST_NO_OPENING_NS ? time_ns : open_ns;
}

void hst_world_at_risk(hst_world *world, uint32_t institution, int64_t micro_usd)
{
    world->transit_micro_usd[institution] += micro_usd;
    world->at_risk_micro_usd += micro_usd;
}

static void submit_next(hst_world *world)
{
    if (world->next_instruction == world->payment_count) {
        return;
    }
    const uint32_t next = world->next_instruction++;
    hst_kernel_schedule(world->kernel, world->workload->instructions[next].submitted_ns, 0, 0, next,
                        HST_HAPPENS_SUBMIT, next);
}

/* Debit the debtor for amount and fee, together or not at all. */
static bool debit_debtor(hst_world *world, const hst_instruction *one, int64_t fee_minor)
{
    hst_books *books = &world->books;
    const uint32_t agent = one->debtor_agent;
    const uint16_t currency = world->institutions->all[agent].currency;
    const uint32_t customer = hst_books_customer(books, agent, one->debtor);
    const uint32_t debit[2] = {customer, customer};
    const uint32_t credit[2] = {hst_books_account(books, agent, currency, HST_ROLE_TRANSIT),
                                hst_books_account(books, agent, currency, HST_ROLE_CHARGES)};
    const int64_t minor[2] = {one->amount_minor, fee_minor};
    return hst_books_move_two(books, agent, debit, credit, minor) == HST_OK;
}

/* How the plan settles, for the record; cover needs a correspondent between the agents. */
static void classify(hst_world *world, hst_live *live, const hst_instruction *one)
{
    bool nostro = false;
    bool rtgs = false;
    uint32_t last = one->debtor_agent;
    for (uint32_t i = 0; i < live->leg_count; i++) {
        const hst_leg *leg = &world->routes.legs[live->legs[i]];
        nostro |= leg->kind == HST_LEG_TO_SERVICER || leg->kind == HST_LEG_TO_OWNER;
        rtgs |= leg->kind == HST_LEG_TO_SYSTEM;
        if (leg->kind != HST_LEG_TO_SYSTEM && leg->to != last) {
            last = leg->to;
            live->intermediaries =
                (uint8_t)(live->intermediaries + (last != one->creditor_agent ? 1 : 0));
        }
    }
    live->method = nostro ? HST_ROW_METHOD_SERIAL
                   : rtgs ? HST_ROW_METHOD_RTGS
                          : HST_ROW_METHOD_ON_US;
    if (world->institutions->all[one->debtor_agent].kind == HST_INSTITUTION_TRANSFER) {
        live->method = HST_ROW_METHOD_PREFUNDED;
    } else if (nostro && live->intermediaries > 0 &&
               hst_random_uniform(&live->random) * 1e9 <
                   (double)world->scenario->rails.correspondent.cover_share_ppb) {
        live->method = HST_ROW_METHOD_COVER;
    }
}

/* With the cover method the creditor agent gets the message directly and the money behind it. */
static void send_cover_message(hst_world *world, hst_live *live, const hst_instruction *one)
{
    const int64_t now_ns = hst_kernel_now(world->kernel);
    live->bank_ns = now_ns + hst_world_processing_ns(world, live, one->debtor_agent) +
                    hst_world_latency_ns(world, one->debtor_agent, one->creditor_agent);
}

void hst_on_submit(void *context, hst_kernel *kernel, const hst_event *event)
{
    hst_world *world = context;
    const uint32_t payment = event->target;
    const int64_t now_ns = event->time_ns;
    const hst_instruction *one = hst_world_instruction(world, payment);
    hst_live *live = &world->live[payment];
    (void)kernel;
    submit_next(world);
    hst_books_set_time(&world->books, now_ns);
    *live = (hst_live){.minor = one->amount_minor,
                       .bank_ns = HST_NEVER_NS,
                       .waiting_ns = HST_NEVER_NS,
                       .leg_ns = now_ns,
                       .holder = one->debtor_agent,
                       .currency = world->institutions->all[one->debtor_agent].currency,
                       .random = hst_random_stream((uint64_t)world->scenario->seed,
                                                   (uint32_t)world->scenario->replication,
                                                   one->number, HST_PURPOSE_PROCESSING)};
    world->open_payments++;
    world->sent[one->debtor_agent]++;
    world->corridor_payments[one->corridor]++;
    world->sums[one->segment].submitted++;
    world->sums[HST_SEGMENT_ALL].submitted++;
    if (world->closed[one->corridor]) {
        live->reason = HST_ROW_REASON_CLOSED;
        hst_payment_end(world, payment, HST_ROW_STATE_FAILED, now_ns);
        return;
    }
    if (hst_world_on_dlt(world, one)) {
        live->method = HST_ROW_METHOD_DLT;
        live->leg_count = 1;
        live->advertised_micro_usd = hst_dlt_advertised_micro_usd(world, one);
    } else if (hst_routes_plan(&world->routes, one, now_ns, live->legs, &live->leg_count,
                               &live->advertised_micro_usd) != HST_OK) {
        live->reason = HST_ROW_REASON_NO_ROUTE;
        hst_payment_end(world, payment, HST_ROW_STATE_FAILED, now_ns);
        return;
    }
    int64_t fee_minor =
        hst_market_from_micro_usd(world->market, live->currency, one->fee_micro_usd, now_ns);
    if (!debit_debtor(world, one, fee_minor)) {
        live->reason = HST_ROW_REASON_LIMIT;
        hst_payment_end(world, payment, HST_ROW_STATE_FAILED, now_ns);
        return;
    }
    live->fee_micro_usd = one->fee_micro_usd;
    world->charges_micro_usd[one->debtor_agent] += one->fee_micro_usd;
    hst_world_at_risk(world, live->holder, one->amount_micro_usd);
    hst_measure_hop(world, payment, 0, HST_ROW_HOP_DEBIT, HST_ROW_OUTCOME_SETTLED,
                    one->amount_minor, fee_minor);
    if (live->method != HST_ROW_METHOD_DLT) {
        classify(world, live, one);
    }
    hst_deal_take_quotes(world, payment);
    if (live->method == HST_ROW_METHOD_COVER) {
        send_cover_message(world, live, one);
    }
    hst_world_schedule(world, payment, HST_HAPPENS_LEG,
                       now_ns + hst_world_processing_ns(world, live, live->holder));
}
