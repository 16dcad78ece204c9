/* Jolteon: its delays, and its rules on one replica by hand. What it shares with HotStuff is tested
 * in test_chain.c. */
#include "core/consensus/jolteon/jolteon.h"

#include "tests/unit/consensus/one_machine.h"

static void a_replica_commits_five_delays_after_the_proposal(void **state)
{
    (void)state;
    const uint32_t counts[] = {4, 5, 7, 10, 31};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        test_cluster test;
        test_plan(&test, &hst_protocol_jolteon, counts[c], 1);
        test.network.jitter_ns = 0;
        test.options.costs.write_ns = 0;
        test_make(&test);
        test_run(&test, 2000 * MS);
        test_load(&test, 1, 0);
        test_run(&test, 2000 * MS + 49 * MS);
        hst_cluster_report report;
        hst_cluster_measure(test.cluster, &report);
        assert_int_equal(report.committed_all, 0);
        test_run(&test, 2000 * MS + 50 * MS);
        hst_cluster_measure(test.cluster, &report);
        assert_int_equal(report.committed_all, 1);
        int64_t first_ns;
        assert_true(hst_cluster_decided(test.cluster, 1, NULL, NULL, &first_ns));
        assert_int_equal(first_ns, 2000 * MS + 40 * MS); /* the leader of the third view */
        test_end(&test);
    }
}

/* n (n - 1) TIMEOUTs a failed round: of the round whose votes died, and of the dead leader's. */
static void a_dead_leader_costs_two_rounds_of_timeouts(void **state)
{
    (void)state;
    enum { COUNT = 7, DEAD = 3 };
    test_cluster test;
    test_plan(&test, &hst_protocol_jolteon, COUNT, 1);
    test.network.jitter_ns = 0;
    test_make(&test);
    test_run(&test, 1);
    hst_cluster_crash(test.cluster, DEAD);
    test_load(&test, 1, 0);
    test_reach(&test, 1, 3200 * MS); /* timeouts of 1 s and 2 s, then a few delays */
    hst_cluster_report report;
    hst_cluster_measure(test.cluster, &report);
    assert_int_equal(report.by_kind[HST_CHAIN_TIMEOUT], 2 * (COUNT - 1) * (COUNT - 1));
    assert_true(report.now_ns > 3000 * MS);
    test_end(&test);
}

/* ---- one replica by hand -------------------------------------------------------------------- */

static void time_out(one_machine *one)
{
    one->now_ns = one->chain->deadline_ns;
    one_step(one, (hst_consensus_input){.kind = HST_INPUT_TIMER, .timer = HST_CHAIN_TIMER_VIEW});
}

/* A TIMEOUT of another replica, with a QC on `high` (NULL = genesis). */
static void
timeout_from(one_machine *one, uint32_t from, uint64_t target, const hst_chain_block *high)
{
    const hst_statement wish = one_wish(target, high != NULL ? high->view : 0);
    const hst_statement genesis = {.phase = HST_CHAIN_PHASE_VOTE};
    hst_wire *wire = one_write(one, HST_CHAIN_TIMEOUT);
    hst_wire_statement(wire, &wish);
    hst_wire_u64(wire, 0);
    one_certificate(wire, high != NULL ? hst_chain_statement(HST_CHAIN_PHASE_VOTE, high) : genesis,
                    0x7);
    hst_wire_u8(wire, 0);
    one_deliver(one, from);
}

static void two_direct_blocks_decide_the_first(void **state)
{
    (void)state;
    one_machine one;
    one_start(&one, &hst_protocol_jolteon, 0);
    const hst_chain_block b1 = one_block(NULL, 1, 1);
    const hst_chain_block b2 = one_block(&b1, 2, 0);
    const hst_chain_block b5 = one_block(&b2, 5, 0);
    one_propose(&one, &b1);
    one_propose(&one, &b2);
    assert_int_equal(one.chain->committed, 0);
    one_propose_after(&one, &b5, 2);
    assert_int_equal(one.chain->committed, 1);
    one_end(&one);
}

static void a_gap_in_rounds_decides_nothing_until_there_are_two_again(void **state)
{
    (void)state;
    one_machine one;
    one_start(&one, &hst_protocol_jolteon, 0);
    const hst_chain_block b1 = one_block(NULL, 1, 1);
    const hst_chain_block b3 = one_block(&b1, 3, 2);
    const hst_chain_block b5 = one_block(&b3, 5, 3);
    const hst_chain_block b6 = one_block(&b5, 6, 4);
    const hst_chain_block b7 = one_block(&b6, 7, 5);
    one_propose(&one, &b1);
    one_propose_after(&one, &b3, 1);
    one_propose_after(&one, &b5, 3);
    one_propose(&one, &b6);
    assert_int_equal(one.chain->committed, 0); /* 1, 3 and 3, 5: not direct */
    one_propose(&one, &b7);
    assert_int_equal(one.chain->committed, 3); /* 5, 6 */
    one_end(&one);
}

static void a_block_of_another_round_is_kept_but_gets_no_vote(void **state)
{
    (void)state;
    one_machine one;
    one_start(&one, &hst_protocol_jolteon, 0);
    const hst_chain_block b1 = one_block(NULL, 1, 1);
    const hst_chain_block late = one_block(&b1, 2, 2);
    const hst_chain_block b5 = one_block(&b1, 5, 3);
    one_propose(&one, &b1);
    one_propose_after(&one, &b5, 1);
    assert_true(one_voted(&one, &b5));
    one_propose(&one, &late);
    assert_null(one_finds(&one, HST_EFFECT_PERSIST, -1));
    assert_non_null(hst_chain_find(one.chain, &late.id, 2));
    one_end(&one);
}

/* The next leader must build on the highest QC that its TC mentions: with one lower, it may leave
 * out a block that was decided. */
static void after_a_timeout_the_qc_may_not_be_lower_than_the_highest_in_the_tc(void **state)
{
    (void)state;
    for (int lower = 0; lower <= 1; lower++) {
        one_machine one;
        one_start(&one, &hst_protocol_jolteon, 0);
        const hst_chain_block b1 = one_block(NULL, 1, 1);
        const hst_chain_block b2 = one_block(&b1, 2, 2);
        const hst_chain_block b5 = one_block(lower == 1 ? &b1 : &b2, 5, 3);
        const hst_statement wishes[2] = {one_wish(5, 2), one_wish(5, 1)};
        const uint8_t wishing[2] = {0x2, 0xc}; /* replica 1 knows more than 2 and 3 */
        one_propose(&one, &b1);
        one_propose(&one, &b2);
        one_propose_with(&one, &b5, 0x7, 2, wishes, wishing);
        assert_int_equal(one.chain->view, 5);
        assert_int_equal(one_voted(&one, &b5), lower == 0);
        one_end(&one);
    }
}

static void a_timeout_certificate_needs_a_quorum_that_nobody_joins_twice(void **state)
{
    (void)state;
    const uint8_t wishing[3][2] = {{0x2, 0x4}, {0x6, 0x6}, {0x2, 0xc}};
    for (int t = 0; t < 3; t++) {
        one_machine one;
        one_start(&one, &hst_protocol_jolteon, 0);
        const hst_chain_block b1 = one_block(NULL, 1, 1);
        const hst_chain_block b5 = one_block(&b1, 5, 3);
        const hst_statement wishes[2] = {one_wish(5, 1), one_wish(5, 0)};
        one_propose(&one, &b1);
        one_propose_with(&one, &b5, 0x7, 2, wishes, wishing[t]);
        assert_int_equal(one_voted(&one, &b5), t == 2);
        assert_int_equal(one.chain->refused, t == 2 ? 0 : 1);
        one_end(&one);
    }
}

static void a_timeout_is_durable_sent_to_all_repeated_and_ends_voting(void **state)
{
    (void)state;
    one_machine one;
    one_start(&one, &hst_protocol_jolteon, 0);
    one.offer = (hst_batch){.id = 7, .size = 10, .count = 1};
    one_step(&one, (hst_consensus_input){.kind = HST_INPUT_SUBMIT});
    time_out(&one);
    const hst_effect *timeout = one_finds(&one, HST_EFFECT_BROADCAST, HST_CHAIN_TIMEOUT);
    const hst_effect *record = one_finds(&one, HST_EFFECT_PERSIST, -1);
    assert_non_null(timeout);
    assert_non_null(record);
    assert_int_equal(timeout->after, record->sequence);
    assert_int_equal(one.chain->view, 1); /* until there is a TC */
    assert_int_equal(one.chain->last_voted, 1);
    time_out(&one);
    assert_non_null(one_finds(&one, HST_EFFECT_BROADCAST, HST_CHAIN_TIMEOUT));
    assert_null(one_finds(&one, HST_EFFECT_PERSIST, -1));
    const hst_chain_block b1 = one_block(NULL, 1, 1);
    one_propose(&one, &b1);
    assert_null(one_finds(&one, HST_EFFECT_SEND, HST_CHAIN_VOTE));
    one_end(&one);
}

static void a_weak_quorum_of_timeouts_is_joined_and_a_quorum_moves_on(void **state)
{
    (void)state;
    one_machine one;
    one_start(&one, &hst_protocol_jolteon, 2);
    one.offer = (hst_batch){.id = 7, .size = 10, .count = 1};
    timeout_from(&one, 0, 2, NULL);
    assert_null(one_finds(&one, HST_EFFECT_BROADCAST, HST_CHAIN_TIMEOUT));
    timeout_from(&one, 1, 2, NULL);
    assert_non_null(one_finds(&one, HST_EFFECT_BROADCAST, HST_CHAIN_TIMEOUT));
    /* Its own was the third: replica 2 leads view 2 and proposes with the TC. */
    assert_int_equal(one.chain->view, 2);
    assert_non_null(one_finds(&one, HST_EFFECT_BROADCAST, HST_CHAIN_PROPOSAL));
    one_end(&one);
}

/* The QC that a crashed leader made is hidden in one TIMEOUT: the next leader waits for its block
 * and builds on it. */
static void a_hidden_qc_comes_out_with_the_timeouts(void **state)
{
    (void)state;
    one_machine one;
    one_start(&one, &hst_protocol_jolteon, 3);
    const hst_chain_block b1 = one_block(NULL, 1, 1);
    one_propose(&one, &b1);
    one.offer = (hst_batch){.id = 7, .size = 10, .count = 1};
    timeout_from(&one, 0, 3, &b1);
    assert_int_equal(one.chain->view, 2); /* the QC inside moves it on */
    timeout_from(&one, 1, 3, NULL);
    assert_int_equal(one.chain->tc.target, 3);
    assert_int_equal(one.chain->tc.high, 1);
    const hst_effect *proposal = one_finds(&one, HST_EFFECT_BROADCAST, HST_CHAIN_PROPOSAL);
    assert_non_null(proposal);
    assert_int_equal(one.chain->vote.height, 2);
    one_end(&one);
}

/* A decision may rest on our having seen the QC below our vote: a TIMEOUT must go on saying so
 * after a restart, though its block came from a peer and is on no disk of ours. */
static void a_restarted_replica_claims_the_qc_it_voted_on(void **state)
{
    (void)state;
    one_machine one;
    one_start(&one, &hst_protocol_jolteon, 3);
    const hst_chain_block b1 = one_block(NULL, 1, 1);
    const hst_chain_block b2 = one_block(&b1, 2, 2);
    hst_wire *wire = one_write(&one, HST_CHAIN_SEGMENT);
    hst_wire_u64(wire, 1);
    hst_wire_u16(wire, 1);
    one_write_block(wire, &b1, 0x7);
    one_certificate(wire, hst_chain_statement(HST_CHAIN_PHASE_VOTE, &b1), 0x7);
    hst_wire_u16(wire, 0);
    one_deliver(&one, 1);
    one_propose(&one, &b2);
    const hst_effect *effect = one_finds(&one, HST_EFFECT_PERSIST, -1);
    assert_non_null(effect);
    assert_int_equal(effect->sequence, 1);
    uint8_t record[512];
    assert_true(effect->size <= sizeof record);
    memcpy(record, one.bytes + effect->offset, effect->size);
    const size_t size = effect->size;
    one_end(&one);
    one_make(&one, &hst_protocol_jolteon, 3);
    one_step(&one, (hst_consensus_input){
                       .kind = HST_INPUT_RECOVER, .sequence = 1, .bytes = record, .size = size});
    one_step(&one, (hst_consensus_input){.kind = HST_INPUT_START});
    one.offer = (hst_batch){.id = 7, .size = 10, .count = 1};
    one_step(&one, (hst_consensus_input){.kind = HST_INPUT_SUBMIT});
    time_out(&one);
    const hst_effect *timeout = one_finds(&one, HST_EFFECT_BROADCAST, HST_CHAIN_TIMEOUT);
    assert_non_null(timeout);
    hst_wire_reader reader = hst_wire_read(one.bytes + timeout->offset, timeout->size, false);
    const hst_statement said = hst_wire_read_statement(&reader);
    assert_int_equal(said.view, 3);
    assert_int_equal(said.height, 1); /* the view of b1's QC */
    one_end(&one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_replica_commits_five_delays_after_the_proposal),
        cmocka_unit_test(a_dead_leader_costs_two_rounds_of_timeouts),
        cmocka_unit_test(two_direct_blocks_decide_the_first),
        cmocka_unit_test(a_gap_in_rounds_decides_nothing_until_there_are_two_again),
        cmocka_unit_test(a_block_of_another_round_is_kept_but_gets_no_vote),
        cmocka_unit_test(after_a_timeout_the_qc_may_not_be_lower_than_the_highest_in_the_tc),
        cmocka_unit_test(a_timeout_certificate_needs_a_quorum_that_nobody_joins_twice),
        cmocka_unit_test(a_timeout_is_durable_sent_to_all_repeated_and_ends_voting),
        cmocka_unit_test(a_weak_quorum_of_timeouts_is_joined_and_a_quorum_moves_on),
        cmocka_unit_test(a_restarted_replica_claims_the_qc_it_voted_on),
        cmocka_unit_test(a_hidden_qc_comes_out_with_the_timeouts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
