/* What is written down: a row a leg, a row a payment, sums and histograms. */
#include "core/base/assert.h"

#include "sim/bank/books_dlt.h"
#include "sim/payment/world.h"

static uint8_t row_firm(uint8_t firm)
{
    switch ((hst_firm)firm) {
    case HST_FIRM_BANK: return HST_ROW_FIRM_BANK;
    case HST_FIRM_MTO: return HST_ROW_FIRM_MONEY_TRANSFER;
    case HST_FIRM_POST: return HST_ROW_FIRM_POST;
    case HST_FIRM_COUNT: break;
    }
    hst_assert(false);
    return 0;
}

static uint8_t row_speed(const hst_instruction *one)
{
    if (one->segment != HST_SEGMENT_REMITTANCE) {
        return HST_ROW_SPEED_UNKNOWN;
    }
    switch ((hst_speed)one->speed) {
    case HST_SPEED_UNDER_1H: return HST_ROW_SPEED_WITHIN_HOUR;
    case HST_SPEED_SAME_DAY: return HST_ROW_SPEED_SAME_DAY;
    case HST_SPEED_NEXT_DAY: return HST_ROW_SPEED_NEXT_DAY;
    case HST_SPEED_TWO_DAYS: return HST_ROW_SPEED_TWO_DAYS;
    case HST_SPEED_THREE_TO_FIVE_DAYS:
    case HST_SPEED_SIX_PLUS: return HST_ROW_SPEED_LONGER;
    case HST_SPEED_COUNT: break;
    }
    hst_assert(false);
    return 0;
}

void hst_measure_hop(hst_world *world,
                     uint32_t payment,
                     uint32_t leg,
                     hst_row_hop kind,
                     hst_row_outcome outcome,
                     int64_t amount_minor,
                     int64_t charge_minor)
{
    if (world->result == NULL || !world->scenario->output.hops) {
        return;
    }
    const hst_live *live = &world->live[payment];
    uint32_t to = live->holder;
    if (live->method == HST_ROW_METHOD_DLT) { /* no legs of the corridor graph */
        to = kind == HST_ROW_HOP_DLT ? hst_world_instruction(world, payment)->creditor_agent : to;
    } else if (kind != HST_ROW_HOP_DEBIT && leg < live->leg_count) {
        const hst_leg *what = &world->routes.legs[live->legs[leg]];
        to = what->kind == HST_LEG_TO_SYSTEM ? world->routes.legs[live->legs[leg + 1U]].to
                                             : what->to;
    }
    const int64_t settled_ns =
        outcome == HST_ROW_OUTCOME_SETTLED ? hst_kernel_now(world->kernel) : HST_NEVER_NS;
    const uint32_t ledger =
        kind == HST_ROW_HOP_RTGS
            ? world->books.first_system + world->routes.legs[live->legs[leg]].through
        : kind == HST_ROW_HOP_DLT    ? world->books.dlt
        : kind == HST_ROW_HOP_NOSTRO ? to
                                     : live->holder;
    hst_hop_row *row = hst_result_place_hop(world->result);
    *row = (hst_hop_row){.payment = payment,
                         .submitted_ns = live->leg_ns,
                         .settled_ns = settled_ns,
                         .queued_ns = live->queued_ns,
                         .amount_minor = amount_minor,
                         .charge_minor = charge_minor,
                         .from_institution = live->holder,
                         .to_institution = to,
                         .ledger = (uint16_t)ledger,
                         .currency = live->currency,
                         .hop_index = (uint8_t)leg,
                         .kind = (uint8_t)kind,
                         .outcome = (uint8_t)outcome,
                         .reason = live->reason};
    hst_result_placed_hop(world->result);
}

static void append_payment(hst_world *world, uint32_t payment, int64_t now_ns)
{
    if (world->result == NULL || !world->scenario->output.payments) {
        return;
    }
    const hst_live *live = &world->live[payment];
    const hst_instruction *one = hst_world_instruction(world, payment);
    const hst_institution *all = world->institutions->all;
    const bool completed = live->state == HST_ROW_STATE_COMPLETED;
    hst_payment_row *row = hst_result_place_payment(world->result);
    *row = (hst_payment_row){.payment = payment,
                             .submitted_ns = one->submitted_ns,
                             .bank_ns = live->bank_ns,
                             .credited_ns = completed ? now_ns : HST_NEVER_NS,
                             .instructed_amount_minor = one->amount_minor,
                             .settlement_amount_minor = completed ? live->minor : 0,
                             .amount_micro_usd = one->amount_micro_usd,
                             .fee_micro_usd = live->fee_micro_usd,
                             .fx_margin_micro_usd = live->margin_micro_usd,
                             .liquidity_micro_usd = live->liquidity_micro_usd,
                             .advertised_micro_usd = live->advertised_micro_usd,
                             .queued_ns = live->queued_ns,
                             .at_risk_ns = now_ns - one->submitted_ns,
                             .debtor_agent = one->debtor_agent,
                             .creditor_agent = one->creditor_agent,
                             .corridor = one->corridor,
                             .instructed_currency = all[one->debtor_agent].currency,
                             .settlement_currency = all[one->creditor_agent].currency,
                             .attempts = live->leg_count > 0 ? 1 : 0,
                             .segment = one->segment,
                             .state = live->state,
                             .reason = live->reason,
                             .firm_type = row_firm(one->firm),
                             .method = live->method,
                             .hop_count = live->leg_count,
                             .intermediaries = live->intermediaries,
                             .quote_speed = row_speed(one)};
    hst_result_placed_payment(world->result);
}

static void add_to_segment(hst_segment_sum *sum,
                           const hst_live *live,
                           const hst_instruction *one,
                           int64_t now_ns)
{
    sum->by_state[live->state]++;
    sum->waited += live->queued_ns > 0 ? 1 : 0;
    if (live->bank_ns != HST_NEVER_NS) {
        const int64_t bank_ns = live->bank_ns - one->submitted_ns;
        hst_histogram_record(&sum->bank_ns, bank_ns);
        sum->bank_10min += bank_ns <= 10 * HST_MINUTE_NS ? 1 : 0;
        sum->bank_1h += bank_ns <= HST_HOUR_NS ? 1 : 0;
    }
    if (live->state != HST_ROW_STATE_COMPLETED) {
        sum->by_reason[live->reason]++;
        sum->reason_micro_usd[live->reason] += one->amount_micro_usd;
        return;
    }
    const int64_t time_ns = now_ns - one->submitted_ns;
    const double amount = (double)one->amount_micro_usd;
    const int64_t cost = live->fee_micro_usd + live->margin_micro_usd + live->liquidity_micro_usd;
    hst_histogram_record(&sum->credit_ns, time_ns);
    hst_histogram_record(&sum->cost_micro_bp, (int64_t)((double)cost / amount * 1e10));
    sum->credited_1h += time_ns <= HST_HOUR_NS ? 1 : 0;
    sum->at_most_one += live->intermediaries <= 1 ? 1 : 0;
    sum->amount_micro_usd += one->amount_micro_usd;
    sum->fee_micro_usd += live->fee_micro_usd;
    sum->margin_micro_usd += live->margin_micro_usd;
    sum->liquidity_micro_usd += live->liquidity_micro_usd;
    sum->cost_pct_sum += 100 * (double)cost / amount;
    sum->fee_pct_sum += 100 * (double)live->fee_micro_usd / amount;
    sum->margin_pct_sum += 100 * (double)live->margin_micro_usd / amount;
    sum->liquidity_pct_sum += 100 * (double)live->liquidity_micro_usd / amount;
}

void hst_measure_payment(hst_world *world, uint32_t payment, int64_t now_ns)
{
    const hst_live *live = &world->live[payment];
    const hst_instruction *one = hst_world_instruction(world, payment);
    const int64_t cost = live->fee_micro_usd + live->margin_micro_usd + live->liquidity_micro_usd;
    append_payment(world, payment, now_ns);
    add_to_segment(&world->sums[one->segment], live, one, now_ns);
    add_to_segment(&world->sums[HST_SEGMENT_ALL], live, one, now_ns);
    world->time_to_credit_ns[payment] = -1;
    if (live->state != HST_ROW_STATE_COMPLETED) {
        return;
    }
    const int64_t time_ns = now_ns - one->submitted_ns;
    world->time_to_credit_ns[payment] = time_ns;
    world->corridor_completed[one->corridor]++;
    world->corridor_cost_micro_usd[one->corridor] += cost;
    world->corridor_amount_micro_usd[one->corridor] += one->amount_micro_usd;
    world->corridor_1h[one->corridor] += time_ns <= HST_HOUR_NS ? 1 : 0;
    world->corridor_intermediaries[one->corridor] += live->intermediaries;
    if (live->method == HST_ROW_METHOD_DLT) {
        hst_dlt_completed(world, live, one);
    }
    world->received[one->creditor_agent]++;
    if (one->segment == HST_SEGMENT_REMITTANCE) {
        world->firms[one->firm].completed++;
        world->firms[one->firm].cost_pct_sum += 100 * (double)cost / (double)one->amount_micro_usd;
    }
}

/* Money stood still from debit to credit at the scenario's price of money. */
static int64_t transit_cost(const hst_world *world, const hst_instruction *one, int64_t now_ns)
{
    const double years = (double)(now_ns - one->submitted_ns) / (365.0 * (double)HST_DAY_NS);
    return (int64_t)((double)one->amount_micro_usd *
                     ((double)world->scenario->liquidity.annual_rate_ppb / 1e9) * years);
}

void hst_payment_end(hst_world *world, uint32_t payment, hst_row_state state, int64_t now_ns)
{
    hst_live *live = &world->live[payment];
    world->terminal_checks++;
    if (live->state != HST_ROW_STATE_PENDING) {
        world->terminal_twice++;
        return;
    }
    live->state = (uint8_t)state;
    if (live->leg_count > 0) {
        live->liquidity_micro_usd +=
            transit_cost(world, hst_world_instruction(world, payment), now_ns);
    }
    hst_assert(world->open_payments > 0);
    world->open_payments--;
    hst_measure_payment(world, payment, now_ns);
}

static void sample_positions(hst_world *world, int64_t now_ns)
{
    for (uint32_t i = 0; i < world->institutions->relation_count; i++) {
        const hst_relation *r = &world->institutions->relations[i];
        const int64_t balance = hst_books_nostro_balance(&world->books, i);
        *hst_result_place_position(world->result) =
            (hst_position_row){.time_ns = now_ns,
                               .balance_minor = balance,
                               .credit_used_minor = balance < 0 ? -balance : 0,
                               .queued_minor = world->nostro.queued_minor[i],
                               .institution = r->owner,
                               .held_at = r->servicer,
                               .queued_payments = world->nostro.fifo.length[i],
                               .ledger = (uint16_t)r->servicer,
                               .currency = r->currency};
        hst_result_placed_position(world->result);
    }
}

static void sample_systems(hst_world *world, int64_t now_ns)
{
    for (uint32_t s = 0; s < world->atlas->system_count; s++) {
        const uint16_t currency = world->atlas->systems[s].currency;
        hst_liquidity_row row = {.time_ns = now_ns, .ledger = world->books.first_system + s};
        for (uint32_t i = 0; i < world->institutions->count; i++) {
            const hst_institution *one = &world->institutions->all[i];
            if (!one->has_reserves || world->atlas->countries[one->country].system != s) {
                continue;
            }
            const int64_t balance = hst_market_to_micro_usd(
                world->market, currency, hst_books_settlement_balance(&world->books, i), now_ns);
            row.balances_micro_usd += balance > 0 ? balance : 0;
            row.credit_used_micro_usd += balance < 0 ? -balance : 0;
            row.overdrawn += balance < 0 ? 1 : 0;
            row.queued_micro_usd += hst_market_to_micro_usd(world->market, currency,
                                                            world->rtgs.queued_minor[i], now_ns);
            row.queued_payments += (uint64_t)world->rtgs.fifo.length[(size_t)2 * i] +
                                   world->rtgs.fifo.length[2 * i + 1];
        }
        row.settled_payments = world->system_settled[s];
        row.settled_micro_usd = world->system_settled_micro_usd[s];
        hst_result_append_liquidity(world->result, &row);
    }
}

/* What all institutions together hold of one currency on the distributed ledger. */
static int64_t sum_dlt(const hst_world *world, uint16_t currency, bool *any)
{
    int64_t minor = 0;
    for (uint32_t i = 0; i < world->institutions->count; i++) {
        if (hst_books_dlt_holds(&world->books, i, currency)) {
            minor += hst_books_dlt_balance(&world->books, i, currency);
            *any = true;
        }
    }
    return minor;
}

/* Balances on the distributed ledger, by currency and in all; they are never overdrawn, and what is
 * undecided waits. */
static void sample_dlt(hst_world *world, int64_t now_ns)
{
    const hst_dlt_rail *rail = world->dlt;
    hst_liquidity_row row = {.time_ns = now_ns, .ledger = world->books.dlt};
    for (uint16_t c = 0; c < (uint16_t)world->books.currency_count; c++) {
        bool any = false;
        const int64_t minor = sum_dlt(world, c, &any);
        if (!any) {
            continue;
        }
        row.balances_micro_usd += hst_market_to_micro_usd(world->market, c, minor, now_ns);
        *hst_result_place_position(world->result) =
            (hst_position_row){.time_ns = now_ns,
                               .balance_minor = minor,
                               .institution = HST_NONE_U32,
                               .held_at = HST_NONE_U32,
                               .ledger = (uint16_t)world->books.dlt,
                               .currency = c};
        hst_result_placed_position(world->result);
    }
    row.queued_payments = rail->arrived - rail->executed;
    row.queued_micro_usd = world->dlt_queued_micro_usd;
    row.settled_payments = rail->executed;
    row.settled_micro_usd = world->dlt_settled_micro_usd;
    hst_result_append_liquidity(world->result, &row);
}

void hst_measure_sample(hst_world *world, int64_t now_ns)
{
    if (world->result == NULL || !world->scenario->output.liquidity) {
        return;
    }
    sample_positions(world, now_ns);
    sample_systems(world, now_ns);
    if (world->dlt != NULL) {
        sample_dlt(world, now_ns);
    }
    hst_exposure_row exposure = {.time_ns = now_ns,
                                 .at_risk_micro_usd = world->at_risk_micro_usd,
                                 .payments = world->open_payments,
                                 .largest_institution = HST_NONE_U32};
    for (uint32_t i = 0; i < world->institutions->count; i++) {
        if (world->transit_micro_usd[i] > exposure.largest_micro_usd) {
            exposure.largest_micro_usd = world->transit_micro_usd[i];
            exposure.largest_institution = i;
        }
    }
    hst_result_append_exposure(world->result, &exposure);
    for (uint16_t c = 0; c < (uint16_t)hst_currency_count(world->atlas->currencies); c++) {
        const hst_rate_row rate = {
            .time_ns = now_ns,
            .mid_usd = 1e9 / (double)hst_market_mid_e9(world->market, c, now_ns),
            .half_spread_ppb = hst_market_half_spread_ppb(world->market, world->usd, c,
                                                          HST_MARKET_TIER_INTERBANK, now_ns),
            .converted_micro_usd = world->converted_micro_usd[c],
            .currency = c,
            .conversions = world->conversions[c]};
        hst_result_append_rate(world->result, &rate);
    }
}
