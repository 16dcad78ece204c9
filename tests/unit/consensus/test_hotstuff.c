/* Chained HotStuff: its delays, and its three rules on one replica by hand. What it shares with
 * Jolteon is tested in test_chain.c. */
#include "core/consensus/hotstuff/hotstuff.h"

#include "tests/unit/consensus/one_machine.h"

static void a_replica_commits_seven_delays_after_the_proposal(void **state)
{
    (void)state;
    const uint32_t counts[] = {4, 5, 7, 10, 31};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        test_cluster test;
        test_plan(&test, &hst_protocol_hotstuff, counts[c], 1);
        test.network.jitter_ns = 0;
        test.options.costs.write_ns = 0;
        test_make(&test);
        test_run(&test, 2000 * MS);
        test_load(&test, 1, 0);
        test_run(&test, 2000 * MS + 69 * MS);
        hst_cluster_report report;
        hst_cluster_measure(test.cluster, &report);
        assert_int_equal(report.committed_all, 0);
        test_run(&test, 2000 * MS + 70 * MS);
        hst_cluster_measure(test.cluster, &report);
        assert_int_equal(report.committed_all, 1);
        int64_t first_ns;
        assert_true(hst_cluster_decided(test.cluster, 1, NULL, NULL, &first_ns));
        /* The leader of the fourth view knows one delay earlier. */
        assert_int_equal(first_ns, 2000 * MS + 60 * MS);
        test_end(&test);
    }
}

static void a_dead_leader_costs_one_timeout(void **state)
{
    (void)state;
    test_cluster test;
    test_plan(&test, &hst_protocol_hotstuff, 7, 1);
    test.network.jitter_ns = 0;
    test_make(&test);
    test_load(&test, 1, 0);
    test_run(&test, 1500 * MS); /* at rest, in view 5 */
    hst_consensus_view view;
    hst_cluster_view(test.cluster, 0, &view);
    assert_int_equal(view.leader, 5);
    hst_cluster_crash(test.cluster, 5);
    test_load(&test, 1, 0);
    test_reach(&test, 3, 1500 * MS + 1000 * MS + 110 * MS);
    test_end(&test);
}

/* Every chain of three is cut by the dead leader, which takes the votes of the third with it. */
static void without_votes_in_new_views_four_replicas_with_one_dead_never_commit(void **state)
{
    (void)state;
    for (int64_t with = 0; with <= 1; with++) {
        int64_t parameters[HST_CHAIN_PARAMETER_COUNT];
        for (uint32_t p = 0; p < HST_CHAIN_PARAMETER_COUNT; p++) {
            parameters[p] = hst_protocol_hotstuff.parameters[p].standard;
        }
        parameters[HST_CHAIN_VOTE_IN_NEW_VIEW] = with;
        test_cluster test;
        test_plan(&test, &hst_protocol_hotstuff, 4, 1);
        test.options.parameters = parameters;
        test_make(&test);
        test_run(&test, 1);
        hst_cluster_crash(test.cluster, 2);
        test_load(&test, 10, 20 * MS);
        test_run(&test, 200 * HST_SECOND_NS);
        assert_int_equal(test_decided(&test), with == 1 ? 10 : 0);
        test_end(&test);
    }
}

/* ---- one replica by hand -------------------------------------------------------------------- */

static void a_vote_waits_for_its_record(void **state)
{
    (void)state;
    one_machine one;
    one_start(&one, &hst_protocol_hotstuff, 3);
    const hst_chain_block b1 = one_block(NULL, 1, 1);
    one_propose(&one, &b1);
    const hst_effect *vote = one_finds(&one, HST_EFFECT_SEND, HST_CHAIN_VOTE);
    const hst_effect *record = one_finds(&one, HST_EFFECT_PERSIST, -1);
    assert_non_null(vote);
    assert_non_null(record);
    assert_int_equal(vote->to, 2); /* leader of view 2 */
    assert_int_equal(record->sequence, 1);
    assert_int_equal(vote->after, record->sequence);
    assert_true(record < vote);
    one_end(&one);
}

static void three_direct_blocks_decide_the_first(void **state)
{
    (void)state;
    one_machine one;
    one_start(&one, &hst_protocol_hotstuff, 0);
    const hst_chain_block b1 = one_block(NULL, 1, 1);
    const hst_chain_block b2 = one_block(&b1, 2, 0);
    const hst_chain_block b3 = one_block(&b2, 3, 0);
    const hst_chain_block b5 = one_block(&b3, 5, 0);
    one_propose(&one, &b1);
    one_propose(&one, &b2);
    one_propose(&one, &b3);
    assert_null(one_finds(&one, HST_EFFECT_COMMIT, -1));
    assert_int_equal(one.chain->lock.view, 1);
    one_propose_after(&one, &b5, 3); /* brings the QC of b3 */
    const hst_effect *commit = one_finds(&one, HST_EFFECT_COMMIT, -1);
    assert_non_null(commit);
    assert_int_equal(commit->height, 1);
    assert_memory_equal(&commit->id, &b1.id, sizeof b1.id);
    assert_int_equal(one.chain->committed, 1);
    assert_int_equal(one.chain->lock.view, 2);
    one_end(&one);
}

/* A gap in the views breaks the three-chain, but not the lock; what was passed over is delivered
 * with the next three-chain, oldest first. */
static void a_gap_in_views_decides_nothing_until_there_are_three_again(void **state)
{
    (void)state;
    one_machine one;
    one_start(&one, &hst_protocol_hotstuff, 0);
    const hst_chain_block b1 = one_block(NULL, 1, 1);
    const hst_chain_block b2 = one_block(&b1, 2, 2);
    const hst_chain_block b5 = one_block(&b2, 5, 3);
    const hst_chain_block b6 = one_block(&b5, 6, 4);
    const hst_chain_block b7 = one_block(&b6, 7, 5);
    const hst_chain_block b9 = one_block(&b7, 9, 6);
    one_propose(&one, &b1);
    one_propose(&one, &b2);
    one_propose_after(&one, &b5, 2);
    one_propose(&one, &b6);
    assert_int_equal(one.chain->lock.view, 2); /* b5 has a QC: its parent has a two-chain */
    one_propose(&one, &b7);
    assert_int_equal(one.chain->committed, 0); /* 2, 5, 6: not direct */
    one_propose_after(&one, &b9, 7);
    assert_int_equal(one.chain->committed, 3); /* 5, 6, 7 */
    uint64_t height = 0;
    for (uint32_t e = 0; e < one.effects.count; e++) {
        if (one.list[e].kind == HST_EFFECT_COMMIT) {
            assert_int_equal(one.list[e].height, ++height);
        }
    }
    assert_int_equal(height, 3);
    one_end(&one);
}

static void a_locked_replica_votes_for_another_branch_only_on_a_higher_qc(void **state)
{
    (void)state;
    one_machine one;
    one_start(&one, &hst_protocol_hotstuff, 0);
    const hst_chain_block b1 = one_block(NULL, 1, 1);
    const hst_chain_block b2 = one_block(&b1, 2, 2);
    const hst_chain_block b3 = one_block(&b2, 3, 3);
    const hst_chain_block b5 = one_block(&b3, 5, 4);
    one_propose(&one, &b1);
    one_propose(&one, &b2);
    one_propose(&one, &b3);
    one_propose_after(&one, &b5, 3);
    assert_int_equal(one.chain->lock.view, 2);
    /* Not safe (conflicts with b2) and not live (a QC of view 1). */
    const hst_chain_block fork = one_block(&b1, 6, 9);
    one_propose_after(&one, &fork, 3);
    assert_false(one_voted(&one, &fork));
    assert_int_equal(one.chain->last_voted, 5);
    /* Safe: extends the lock, though its QC is no higher. */
    const hst_chain_block safe = one_block(&b2, 7, 9);
    one_propose_after(&one, &safe, 3);
    assert_true(one_voted(&one, &safe));
    one_end(&one);
    /* Live: a QC above the lock of a branch that conflicts with it. */
    one_start(&one, &hst_protocol_hotstuff, 0);
    const hst_chain_block other = one_block(NULL, 9, 7);
    const hst_chain_block live = one_block(&other, 10, 8);
    one_propose(&one, &b1);
    one_propose(&one, &b2);
    one_propose(&one, &b3); /* lock on b1 */
    one_propose_after(&one, &other, 2);
    assert_false(one_voted(&one, &other));
    one_propose(&one, &live);
    assert_true(one_voted(&one, &live));
    one_end(&one);
}

static void no_second_vote_in_a_view_and_none_in_an_earlier_one(void **state)
{
    (void)state;
    one_machine one;
    one_start(&one, &hst_protocol_hotstuff, 0);
    const hst_chain_block b1 = one_block(NULL, 1, 1);
    const hst_chain_block twin = one_block(NULL, 1, 2);
    const hst_chain_block b6 = one_block(&b1, 6, 3);
    const hst_chain_block b5 = one_block(&b1, 5, 4);
    one_propose(&one, &b1);
    assert_true(one_voted(&one, &b1));
    one_propose(&one, &twin);
    assert_false(one_voted(&one, &twin));
    assert_non_null(one_finds(&one, HST_EFFECT_EVIDENCE, -1));
    one_propose_after(&one, &b6, 1);
    assert_true(one_voted(&one, &b6));
    one_propose_after(&one, &b5, 1);
    assert_null(one_finds(&one, HST_EFFECT_PERSIST, -1));
    one_end(&one);
}

/* The vote was for view 6; a NEW-VIEW later than that does not take the right to vote away. */
static void new_views_go_to_the_next_leader_with_the_highest_qc_and_the_last_vote(void **state)
{
    (void)state;
    one_machine one;
    one_start(&one, &hst_protocol_hotstuff, 0);
    const hst_chain_block b1 = one_block(NULL, 1, 1);
    one.offer = (hst_batch){.id = 7, .size = 10, .count = 1};
    one_propose(&one, &b1);
    assert_int_equal(one.chain->view, 2); /* a vote ends the view */
    one.now_ns = one.chain->deadline_ns;
    one_step(&one, (hst_consensus_input){.kind = HST_INPUT_TIMER, .timer = HST_CHAIN_TIMER_VIEW});
    assert_int_equal(one.chain->view, 3);
    const hst_effect *new_view = one_finds(&one, HST_EFFECT_SEND, HST_CHAIN_TIMEOUT);
    assert_non_null(new_view);
    assert_int_equal(new_view->to, 3);
    assert_int_equal(new_view->after, 1); /* the vote in it must be durable */
    assert_null(one_finds(&one, HST_EFFECT_BROADCAST, HST_CHAIN_TIMEOUT));
    /* Nobody else is known to be in view 3: the next timeout tells all, and stays. */
    one.now_ns = one.chain->deadline_ns;
    one_step(&one, (hst_consensus_input){.kind = HST_INPUT_TIMER, .timer = HST_CHAIN_TIMER_VIEW});
    assert_int_equal(one.chain->view, 3);
    assert_non_null(one_finds(&one, HST_EFFECT_BROADCAST, HST_CHAIN_TIMEOUT));
    /* A proposal of the view it left still gets its vote: the pacemaker is not part of safety. */
    const hst_chain_block b2 = one_block(&b1, 2, 2);
    one_propose(&one, &b2);
    assert_true(one_voted(&one, &b2));
    one_end(&one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_replica_commits_seven_delays_after_the_proposal),
        cmocka_unit_test(a_dead_leader_costs_one_timeout),
        cmocka_unit_test(without_votes_in_new_views_four_replicas_with_one_dead_never_commit),
        cmocka_unit_test(a_vote_waits_for_its_record),
        cmocka_unit_test(three_direct_blocks_decide_the_first),
        cmocka_unit_test(a_gap_in_views_decides_nothing_until_there_are_three_again),
        cmocka_unit_test(a_locked_replica_votes_for_another_branch_only_on_a_higher_qc),
        cmocka_unit_test(no_second_vote_in_a_view_and_none_in_an_earlier_one),
        cmocka_unit_test(new_views_go_to_the_next_leader_with_the_highest_qc_and_the_last_vote),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
