/* Payments against a model of plain numbers: what moves, what is given back, what is told. */
#include "sim/channel/pay.h"

#include "tests/unit/channel/ring.h"

#include <string.h>

/** A random walk without repeated nodes from `source`; its end becomes the target. */
static uint32_t walk(const ring *r, hst_random *random, uint32_t source, hst_route_plan *plan)
{
    bool seen[RING_CHANNEL_MAX] = {false};
    uint32_t at = source;
    const uint32_t most = 1 + (uint32_t)hst_random_below(random, 5);
    memset(plan, 0, sizeof *plan);
    seen[at] = true;
    for (unsigned tries = 0; tries < 200 && plan->hop_count < most; tries++) {
        const uint32_t edge = (uint32_t)hst_random_below(random, 2 * r->table.count);
        const uint32_t to = hst_channel_to(&r->table, edge);
        if (hst_channel_from(&r->table, edge) == at && !seen[to]) {
            plan->edges[plan->hop_count++] = edge;
            seen[to] = true;
            at = to;
        }
    }
    return at;
}

/** What a model of plain numbers says of one part; moves only when `whole`. */
static bool model_part(const ring *r,
                       const hst_route_part *part,
                       int64_t *free_msat,
                       int64_t *fee,
                       uint32_t *tried,
                       bool *moved,
                       int64_t *amounts)
{
    int64_t amount = part->amount_micro_usd;
    const hst_route_plan *plan = &part->plan;
    for (uint32_t i = plan->hop_count; i-- > 0;) {
        const hst_channel_side *side = hst_channel_side_at(&r->table, plan->edges[i]);
        amounts[i] = amount;
        __extension__ typedef __int128 i128;
        amount += i == 0 ? 0 : side->base_msat + (int64_t)((i128)amount * side->ppm / 1000000);
    }
    for (uint32_t i = 0; i < plan->hop_count; i++) {
        const uint32_t edge = plan->edges[i];
        const hst_channel_side *side = hst_channel_side_at(&r->table, edge);
        (*tried)++;
        if (!side->enabled || amounts[i] < side->htlc_min_msat ||
            amounts[i] > side->htlc_max_msat || amounts[i] > free_msat[edge]) {
            return false;
        }
        free_msat[edge] -= amounts[i];
        moved[i] = true;
    }
    *fee += amounts[0] - part->amount_micro_usd;
    return true;
}

enum { PARTS = 4 };

/** Pay on the model: all parts or none. */
static bool model_pay(const ring *r,
                      const hst_route_part *parts,
                      uint32_t count,
                      int64_t *free_msat,
                      int64_t *fee,
                      uint32_t *tried)
{
    int64_t before[2 * RING_CHANNEL_MAX];
    int64_t amounts[PARTS][HST_HOP_MAX];
    memcpy(before, free_msat, sizeof before);
    for (uint32_t p = 0; p < count; p++) {
        bool moved[HST_HOP_MAX] = {false};
        if (!model_part(r, &parts[p], free_msat, fee, tried, moved, amounts[p])) {
            memcpy(free_msat, before, sizeof before);
            return false;
        }
    }
    for (uint32_t p = 0; p < count; p++) {
        for (uint32_t i = 0; i < parts[p].plan.hop_count; i++) {
            free_msat[parts[p].plan.edges[i] ^ 1] += amounts[p][i];
        }
    }
    return true;
}

static void expect_balances(const ring *r, const int64_t *free_msat)
{
    for (uint32_t e = 0; e < 2 * r->table.count; e++) {
        assert_int_equal(hst_channel_available_msat(&r->network, e), free_msat[e]);
    }
}

/** Parts from one source to one target: walks that happen to end where the first did. */
static uint32_t
some_parts(const ring *r, hst_random *random, hst_route_query *query, hst_route_part *parts)
{
    uint32_t count = 0;
    query->source = (uint32_t)hst_random_below(random, r->table.node_count);
    query->target = walk(r, random, query->source, &parts[0].plan);
    query->amount_micro_usd = 0;
    for (unsigned tries = 0; tries < 30 && count < PARTS; tries++) {
        hst_route_plan plan;
        if (count == 0) {
            plan = parts[0].plan;
        } else if (walk(r, random, query->source, &plan) != query->target) {
            continue;
        }
        parts[count].plan = plan;
        parts[count].amount_micro_usd = 1 + (int64_t)hst_random_below(random, 60000);
        query->amount_micro_usd += parts[count++].amount_micro_usd;
    }
    return count;
}

static void random_payments_agree_with_a_model_of_plain_numbers(void **state)
{
    (void)state;
    unsigned delivered = 0;
    unsigned split = 0;
    unsigned failed = 0;
    for (uint64_t seed = 0; seed < 12; seed++) {
        ring *r = new_ring(9, 40, (hst_channel_prior)(seed % HST_CHANNEL_PRIOR_COUNT), seed);
        hst_random random = hst_random_stream(seed, 3, 0, 18);
        int64_t free_msat[2 * RING_CHANNEL_MAX];
        for (uint32_t e = 0; e < 80; e++) {
            free_msat[e] = hst_channel_available_msat(&r->network, e);
        }
        for (uint32_t i = 0; i < 300; i++) {
            hst_route_query query = {.payment = i, .time_ns = (int64_t)i * 1000};
            hst_route_part parts[PARTS];
            hst_hop_outcome outcomes[PARTS * HST_HOP_MAX];
            hst_channel_receipt receipt;
            const uint32_t count = some_parts(r, &random, &query, parts);
            if (parts[0].plan.hop_count == 0) {
                continue;
            }
            int64_t fee = 0;
            uint32_t tried = 0;
            const bool expected = model_pay(r, parts, count, free_msat, &fee, &tried);
            assert_int_equal(hst_channel_pay(&r->network, &query, parts, count, outcomes, &receipt),
                             HST_OK);
            assert_int_equal(receipt.delivered, expected);
            assert_int_equal(receipt.outcome_count, tried);
            assert_int_equal(receipt.fee_msat, expected ? fee : 0);
            expect_balances(r, free_msat);
            expect_sound(r);
            delivered += expected;
            failed += !expected;
            split += expected && count > 1;
            const hst_hop_outcome *last = &outcomes[receipt.outcome_count - 1];
            assert_true((last->result == HST_HOP_DONE) == expected);
            assert_true(expected || last->edge == receipt.failed_edge);
        }
        close_ring(r);
    }
    assert_true(delivered > 300 && failed > 300 && split > 50);
}

/** A line of three, one funded side each. */
static ring *line(int64_t first, int64_t second)
{
    ring *r = new_ring(3, 3, HST_CHANNEL_HALVES, 1);
    hst_channel_network_destroy(&r->network);
    for (unsigned i = 0; i < 3; i++) {
        hst_channel *c = &r->channels[i];
        c->capacity_msat = 10000;
        for (unsigned s = 0; s < 2; s++) {
            c->side[s] = (hst_channel_side){.base_msat = 10,
                                            .ppm = 10000,
                                            .blocks = 40,
                                            .htlc_max_msat = 10000,
                                            .enabled = true};
        }
    }
    r->channels[0].side[0].given_msat = first;
    r->channels[0].side[1].given_msat = 10000 - first;
    r->channels[1].side[0].given_msat = second;
    r->channels[1].side[1].given_msat = 10000 - second;
    r->channels[2].side[0].given_msat = 5000;
    r->channels[2].side[1].given_msat = 5000;
    assert_int_equal(hst_channel_network_create(&r->table, HST_CHANNEL_AS_GIVEN, 1,
                                                test_memory_of(&r->memory), &r->arena, &r->network),
                     HST_OK);
    return r;
}

/** 1,000 over two hops: the second node takes 10 + 1 % of 1,000 = 20. */
static void fees_are_the_forwarders_and_on_top(void **state)
{
    (void)state;
    ring *r = line(5000, 1000);
    const hst_route_query query = {.target = 2, .amount_micro_usd = 1000};
    hst_route_plan plan = {.edges = {0, 2}, .hop_count = 2};
    hst_hop_outcome outcomes[HST_HOP_MAX];
    hst_channel_receipt receipt;
    assert_int_equal(hst_channel_pay_plan(&r->network, &query, &plan, outcomes, &receipt), HST_OK);
    assert_true(receipt.delivered);
    assert_int_equal(receipt.fee_msat, 20);
    assert_int_equal(outcomes[0].amount_micro_usd, 1020);
    assert_int_equal(outcomes[0].cost_micro_usd, 0);
    assert_int_equal(outcomes[1].amount_micro_usd, 1000);
    assert_int_equal(outcomes[1].cost_micro_usd, 20);
    assert_int_equal(hst_channel_available_msat(&r->network, 0), 3980);
    assert_int_equal(hst_channel_available_msat(&r->network, 1), 6020);
    assert_int_equal(hst_channel_available_msat(&r->network, 2), 0);
    /* The locks are real: claimed with the payment's secret, for longer at the sender. */
    hst_escrow escrow;
    hst_ledger_escrow(r->network.ledger, 0, &escrow);
    assert_int_equal(escrow.status, HST_ESCROW_FINISHED);
    assert_int_equal(escrow.terms.cancel_after_ns, 80 * HST_CHANNEL_BLOCK_NS);
    const hst_hash condition = hst_preimage_condition(&escrow.preimage);
    assert_true(hst_hash_equal(&condition, &escrow.terms.condition));
    hst_ledger_escrow(r->network.ledger, 1, &escrow);
    assert_int_equal(escrow.terms.cancel_after_ns, 40 * HST_CHANNEL_BLOCK_NS);
    /* And back again: what was paid can be paid back. */
    const hst_route_query back = {.source = 2, .target = 1, .amount_micro_usd = 10000};
    plan = (hst_route_plan){.edges = {3}, .hop_count = 1};
    assert_int_equal(hst_channel_pay_plan(&r->network, &back, &plan, outcomes, &receipt), HST_OK);
    assert_true(receipt.delivered);
    close_ring(r);
}

static void a_part_that_fails_takes_the_others_with_it(void **state)
{
    (void)state;
    ring *r = line(5000, 999);
    const hst_route_query query = {.target = 2, .amount_micro_usd = 2000};
    const hst_route_part parts[2] = {
        {.plan = {.edges = {5}, .hop_count = 1}, .amount_micro_usd = 1000},
        {.plan = {.edges = {0, 2}, .hop_count = 2}, .amount_micro_usd = 1000}};
    hst_hop_outcome outcomes[2 * HST_HOP_MAX];
    hst_channel_receipt receipt;
    assert_int_equal(hst_channel_pay(&r->network, &query, parts, 2, outcomes, &receipt), HST_OK);
    assert_false(receipt.delivered);
    assert_int_equal(receipt.outcome_count, 3);
    assert_int_equal(receipt.failed_part, 1);
    assert_int_equal(receipt.failed_edge, 2);
    assert_int_equal(outcomes[2].result, HST_HOP_NO_LIQUIDITY);
    assert_int_equal(outcomes[2].hop_index, 1);
    assert_int_equal(hst_channel_available_msat(&r->network, 5), 5000);
    assert_int_equal(hst_channel_available_msat(&r->network, 0), 5000);
    for (uint32_t i = 0; i < 2; i++) {
        hst_escrow escrow;
        hst_ledger_escrow(r->network.ledger, i, &escrow);
        assert_int_equal(escrow.status, HST_ESCROW_CANCELLED);
    }
    expect_sound(r);
    close_ring(r);
}

static void parts_that_are_no_payment_are_refused_and_move_nothing(void **state)
{
    (void)state;
    ring *r = line(5000, 5000);
    const hst_route_query query = {.target = 2, .amount_micro_usd = 1000};
    const hst_route_part bad[] = {
        {.plan = {.hop_count = 0}, .amount_micro_usd = 1000},
        {.plan = {.edges = {0, 2}, .hop_count = 2}, .amount_micro_usd = 999},
        {.plan = {.edges = {0, 2}, .hop_count = 2}, .amount_micro_usd = 0},
        {.plan = {.edges = {0}, .hop_count = 1}, .amount_micro_usd = 1000},
        {.plan = {.edges = {2, 0}, .hop_count = 2}, .amount_micro_usd = 1000},
        {.plan = {.edges = {0, 1, 5}, .hop_count = 3}, .amount_micro_usd = 1000},
        {.plan = {.edges = {6, 2}, .hop_count = 2}, .amount_micro_usd = 1000},
    };
    hst_hop_outcome outcomes[HST_HOP_MAX];
    hst_channel_receipt receipt;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(hst_channel_pay(&r->network, &query, &bad[i], 1, outcomes, &receipt),
                         HST_INVALID);
    }
    assert_int_equal(hst_ledger_escrow_count(r->network.ledger), 0);
    close_ring(r);
}

/** Limits without money: what one direction used, the other can carry back. */
static void a_credit_line_carries_up_to_its_limits(void **state)
{
    (void)state;
    ring *r = line(3000, 0);
    hst_channel_network_destroy(&r->network);
    r->table.credit = true;
    for (unsigned i = 0; i < 6; i++) {
        r->channels[i / 2].side[i % 2].base_msat = 0;
        r->channels[i / 2].side[i % 2].ppm = 0;
    }
    assert_int_equal(hst_channel_network_create(&r->table, HST_CHANNEL_AS_GIVEN, 1,
                                                test_memory_of(&r->memory), &r->arena, &r->network),
                     HST_OK);
    hst_hop_outcome outcomes[HST_HOP_MAX];
    hst_channel_receipt receipt;
    hst_route_query query = {.target = 1, .amount_micro_usd = 3001};
    hst_route_plan plan = {.edges = {0}, .hop_count = 1};
    assert_int_equal(hst_channel_pay_plan(&r->network, &query, &plan, outcomes, &receipt), HST_OK);
    assert_false(receipt.delivered);
    query.amount_micro_usd = 3000;
    assert_int_equal(hst_channel_pay_plan(&r->network, &query, &plan, outcomes, &receipt), HST_OK);
    assert_true(receipt.delivered);
    assert_int_equal(hst_channel_available_msat(&r->network, 0), 0);
    assert_int_equal(hst_channel_available_msat(&r->network, 1), 10000);
    assert_int_equal(hst_ledger_balance(r->network.ledger, 0), -3000);
    assert_int_equal(hst_ledger_balance(r->network.ledger, 1), 3000);
    expect_sound(r);
    close_ring(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_payments_agree_with_a_model_of_plain_numbers),
        cmocka_unit_test(fees_are_the_forwarders_and_on_top),
        cmocka_unit_test(a_part_that_fails_takes_the_others_with_it),
        cmocka_unit_test(parts_that_are_no_payment_are_refused_and_move_nothing),
        cmocka_unit_test(a_credit_line_carries_up_to_its_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
