/* Tendermint: counts and delays against the closed forms, locks, rounds, restarts, catching up, and
 * replicas that lie. */
#include "core/consensus/tendermint/internal.h"

#include "sim/base/os_memory.h"
#include "sim/consensus/chaos.h"

#include "tests/unit/consensus/support.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* ---- help --------------------------------------------------------------------------------- */

/* A cluster with short timeouts: thirty times as fast as CometBFT's. */
typedef struct fast_cluster {
    test_cluster test;
    int64_t parameters[HST_TM_PARAMETERS];
} fast_cluster;

static void plan_standard(fast_cluster *fast, uint32_t count, uint64_t seed)
{
    test_plan(&fast->test, &hst_protocol_tendermint, count, seed);
    for (uint32_t p = 0; p < HST_TM_PARAMETERS; p++) {
        fast->parameters[p] = hst_protocol_tendermint.parameters[p].standard;
    }
    fast->test.options.parameters = fast->parameters;
}

static void plan_fast(fast_cluster *fast, uint32_t count, uint64_t seed)
{
    plan_standard(fast, count, seed);
    for (uint32_t p = 0; p < HST_TM_PARAMETER_EMPTY; p++) {
        fast->parameters[p] /= 30;
    }
    fast->parameters[HST_TM_PARAMETER_STATUS] = 100 * MS;
    fast->parameters[HST_TM_PARAMETER_FETCH] = 100 * MS;
}

static hst_cluster_report report_of(const test_cluster *test)
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

static uint64_t round_of(const test_cluster *test, uint32_t replica)
{
    return view_of(test, replica).view % (2 * HST_TM_ROUND_MAX);
}

static hst_statement statement_in(const uint8_t *bytes, uint32_t size)
{
    hst_wire_reader reader = hst_wire_read(bytes, size, false);
    return hst_wire_read_statement(&reader);
}

/* What goes over the network, for filters. */
typedef struct message {
    uint8_t kind;
    uint32_t from, to;
    uint64_t height, round;
    hst_hash id;
    bool nil;
} message;

static message message_of(uint32_t from, uint32_t to, const uint8_t *bytes, uint32_t size)
{
    message one = {.kind = bytes[0], .from = from, .to = to};
    if (one.kind <= HST_TM_PRECOMMIT) {
        const hst_statement statement = statement_in(bytes, size);
        one.height = statement.height;
        one.round = statement.view;
        one.id = statement.id;
        one.nil = hst_hash_is_zero(&statement.id);
    }
    return one;
}

static void
inject_vote(test_cluster *test, uint32_t from, uint32_t to, uint8_t kind, hst_statement vote)
{
    uint8_t bytes[256];
    hst_wire wire;
    hst_wire_begin(&wire, bytes, sizeof bytes, test->options.real_crypto);
    hst_wire_u8(&wire, kind);
    hst_wire_statement(&wire, &vote);
    hst_wire_signature_slot(&wire);
    hst_cluster_inject(test->cluster, from, to, bytes, wire.at);
}

/* A PROPOSAL in so many words; `proof` NULL = fresh. */
static void inject_words(test_cluster *test,
                         uint32_t from,
                         uint32_t to,
                         const hst_statement *statement,
                         const hst_tm_value *value,
                         const hst_tally *proof)
{
    uint8_t bytes[256];
    hst_wire wire;
    hst_wire_begin(&wire, bytes, sizeof bytes, false);
    hst_wire_u8(&wire, HST_TM_PROPOSAL);
    hst_wire_statement(&wire, statement);
    hst_wire_signature_slot(&wire);
    hst_tm_write_value(&wire, value);
    hst_wire_u8(&wire, proof != NULL ? 1 : 0);
    if (proof != NULL) {
        hst_wire_certificate(&wire, proof, &test->membership);
    }
    hst_cluster_inject(test->cluster, from, to, bytes, wire.at);
}

static hst_hash
inject_proposal(test_cluster *test, uint32_t from, uint32_t to, uint64_t round, uint64_t batch)
{
    static const hst_hash genesis = {{0}};
    const hst_tm_value value = {.batch = {.id = batch, .size = 1000, .count = 10},
                                .proposer = from};
    const hst_statement statement = {.phase = HST_TM_PHASE_PROPOSE,
                                     .view = round,
                                     .height = 1,
                                     .id = hst_tm_value_id(1, &genesis, &value)};
    inject_words(test, from, to, &statement, &value, NULL);
    return statement.id;
}

/* ---- the quiet case ------------------------------------------------------------------------ */

static void it_keeps_the_contract_of_all_protocols(void **state)
{
    (void)state;
    test_contract(&hst_protocol_tendermint, 4, true);
    test_contract(&hst_protocol_tendermint, 7, true);
}

static void a_height_takes_the_messages_of_the_closed_form(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {1, 2, 3, 4, 5, 7, 10, 16, 31, 128};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        const uint64_t n = sizes[s];
        const uint64_t heights = n > 64 ? 2 : 10;
        fast_cluster fast;
        plan_standard(&fast, (uint32_t)n, s);
        test_make(&fast.test);
        test_load(&fast.test, (uint32_t)heights, 0);
        test_reach(&fast.test, heights, 60 * HST_SECOND_NS);
        const hst_cluster_report report = report_of(&fast.test);
        assert_int_equal(report.by_kind[HST_TM_PROPOSAL], heights * (n - 1));
        assert_int_equal(report.by_kind[HST_TM_PREVOTE], heights * n * (n - 1));
        assert_int_equal(report.by_kind[HST_TM_PRECOMMIT], heights * n * (n - 1));
        assert_int_equal(report.messages, heights * ((n - 1) + 2 * n * (n - 1)));
        assert_int_equal(report.decided, heights);
        test_end(&fast.test);
    }
}

static void a_decision_takes_three_delays(void **state)
{
    (void)state;
    fast_cluster fast;
    plan_standard(&fast, 10, 1);
    fast.test.network.jitter_ns = 0;
    fast.test.options.costs.write_ns = 0;
    test_make(&fast.test);
    test_load(&fast.test, 3, 0);
    test_reach(&fast.test, 1, HST_SECOND_NS);
    assert_int_equal(report_of(&fast.test).now_ns, 30 * MS); /* the last replica too */
    test_reach(&fast.test, 3, 10 * HST_SECOND_NS);
    int64_t first_ns[4];
    for (uint64_t h = 1; h <= 3; h++) {
        assert_true(hst_cluster_decided(fast.test.cluster, h, NULL, NULL, &first_ns[h]));
        /* Block time is timeout_commit and three delays. */
        assert_int_equal(first_ns[h], (int64_t)h * 30 * MS + (int64_t)(h - 1) * HST_SECOND_NS);
    }
    test_end(&fast.test);
}

static void proposal_and_votes_wait_until_they_are_durable(void **state)
{
    (void)state;
    fast_cluster fast;
    plan_standard(&fast, 4, 1);
    fast.test.network.jitter_ns = 0;
    fast.test.options.costs.write_ns = 7 * MS;
    test_make(&fast.test);
    test_load(&fast.test, 1, 0);
    test_reach(&fast.test, 1, HST_SECOND_NS);
    assert_int_equal(report_of(&fast.test).now_ns, 51 * MS); /* three writes and delays */
    test_end(&fast.test);
}

static void without_an_offer_nothing_moves(void **state)
{
    (void)state;
    fast_cluster fast;
    plan_standard(&fast, 4, 1);
    test_make(&fast.test);
    test_load(&fast.test, 3, 0);
    test_run(&fast.test, 10 * HST_SECOND_NS);
    const uint64_t messages = report_of(&fast.test).messages;
    assert_int_equal(report_of(&fast.test).decided, 3);
    test_run(&fast.test, 1000 * HST_SECOND_NS);
    assert_int_equal(report_of(&fast.test).messages, messages);
    test_load(&fast.test, 1, 0);
    test_run(&fast.test, 1001 * HST_SECOND_NS);
    assert_int_equal(report_of(&fast.test).decided, 4);
    test_end(&fast.test);
}

static void empty_blocks_are_made_when_asked_for(void **state)
{
    (void)state;
    fast_cluster fast;
    plan_standard(&fast, 4, 1);
    fast.parameters[HST_TM_PARAMETER_EMPTY] = 1;
    test_make(&fast.test);
    test_reach(&fast.test, 10, 20 * HST_SECOND_NS);
    hst_batch batch;
    assert_true(hst_cluster_decided(fast.test.cluster, 10, NULL, &batch, NULL));
    assert_int_equal(batch.id, 0);
    test_end(&fast.test);
}

static void who_is_alone_may_not_decide_without_a_pause(void **state)
{
    (void)state;
    fast_cluster fast;
    plan_fast(&fast, 1, 1);
    fast.parameters[HST_TM_PARAMETER_EMPTY] = 1;
    test_make(&fast.test);
    test_reach(&fast.test, 3, HST_SECOND_NS);
    test_end(&fast.test);
    fast.parameters[HST_TM_PARAMETER_COMMIT] = 0;
    assert_int_equal(hst_cluster_create(&fast.test.options, &fast.test.cluster), HST_INVALID);
}

/* ---- weights ------------------------------------------------------------------------------- */

static hst_cluster_verdict count_proposals(void *context,
                                           hst_cluster *cluster,
                                           uint32_t from,
                                           uint32_t to,
                                           const uint8_t *bytes,
                                           uint32_t size)
{
    uint32_t *turns = context;
    (void)cluster;
    (void)size;
    turns[from] += bytes[0] == HST_TM_PROPOSAL && to == (from + 1) % 4 ? 1 : 0;
    return (hst_cluster_verdict){0};
}

static void whoever_weighs_more_proposes_more_often(void **state)
{
    (void)state;
    static const uint64_t weights[4] = {1, 1, 2, 4};
    uint32_t turns[4] = {0};
    fast_cluster fast;
    plan_fast(&fast, 4, 1);
    fast.test.membership.weights = weights;
    fast.test.membership.total = 8;
    fast.test.options.filter = count_proposals;
    fast.test.options.filter_context = turns;
    test_make(&fast.test);
    test_load(&fast.test, 32, 0);
    test_reach(&fast.test, 32, 60 * HST_SECOND_NS);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(turns[i], 4 * weights[i]);
    }
    test_end(&fast.test);
}

static void the_schedule_is_the_same_however_a_turn_is_reached(void **state)
{
    (void)state;
    static const uint64_t weights[5] = {3, 1, 7, 2, 2};
    enum { TURNS = 60 };
    static int64_t priorities[4][5];
    const hst_membership membership = {.count = 5, .weights = weights, .total = 15};
    hst_tm walker = {.n = 5,
                     .config.membership = &membership,
                     .base.priority = priorities[0],
                     .probe.priority = priorities[1]};
    hst_tm jumper = {.n = 5,
                     .config.membership = &membership,
                     .base.priority = priorities[2],
                     .probe.priority = priorities[3]};
    hst_tm_schedule_init(&walker);
    hst_tm_schedule_init(&jumper);
    uint32_t turns[5] = {0};
    uint32_t first[TURNS + 1];
    for (uint64_t turn = 1; turn <= TURNS; turn++) {
        hst_tm_schedule_to(&walker, turn);
        first[turn] = hst_tm_proposer_of(&walker, turn);
        turns[first[turn]]++;
    }
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(turns[i], TURNS / 15 * weights[i]);
    }
    /* The first turns by hand, with priorities (3 1 7 2 2), (6 2 -1 4 4), (-6 3 6 6 6) ... */
    assert_int_equal(first[1], 2);
    assert_int_equal(first[2], 0);
    assert_int_equal(first[3], 2);
    for (uint64_t turn = TURNS; turn >= 1; turn--) {
        hst_tm_schedule_to(&jumper, turn * 7 % TURNS + 1);
        assert_int_equal(hst_tm_proposer_of(&jumper, turn), first[turn]);
    }
}

static void a_quorum_is_one_of_weight(void **state)
{
    (void)state;
    static const uint64_t weights[4] = {1, 1, 1, 6}; /* 9: f = 2, q = 7 */
    fast_cluster fast;
    plan_fast(&fast, 4, 1);
    fast.test.membership.weights = weights;
    fast.test.membership.total = 9;
    test_make(&fast.test);
    hst_cluster_crash(fast.test.cluster, 0);
    hst_cluster_crash(fast.test.cluster, 1);
    test_load(&fast.test, 10, 0);
    test_reach(&fast.test, 10, 60 * HST_SECOND_NS);
    hst_cluster_crash(fast.test.cluster,
                      3); /* three of four are left, with a third of the weight */
    hst_cluster_restart(fast.test.cluster, 0, true);
    hst_cluster_restart(fast.test.cluster, 1, true);
    test_load(&fast.test, 1, 0);
    test_run(&fast.test, 120 * HST_SECOND_NS);
    assert_int_equal(report_of(&fast.test).decided, 10);
    test_end(&fast.test);
}

/* ---- silent replicas and partitions --------------------------------------------------------- */

static void a_silent_proposer_costs_a_round(void **state)
{
    (void)state;
    fast_cluster fast;
    plan_standard(&fast, 4, 1);
    fast.test.network.jitter_ns = 0;
    fast.test.options.costs.write_ns = 0;
    test_make(&fast.test);
    test_run(&fast.test, 1);
    hst_cluster_crash(fast.test.cluster, 0);
    test_load(&fast.test, 1, 0);
    test_reach(&fast.test, 1, 60 * HST_SECOND_NS);
    int64_t first_ns;
    assert_true(hst_cluster_decided(fast.test.cluster, 1, NULL, NULL, &first_ns));
    /* timeout_propose; PREVOTE nil, PRECOMMIT nil; timeout_precommit; a good round. */
    assert_int_equal(first_ns, 1 + 3000 * MS + 20 * MS + 1000 * MS + 30 * MS);
    assert_int_equal(view_of(&fast.test, 1).view_changes, 1);
    test_end(&fast.test);
}

static void decides_with_f_silent_and_not_with_one_more(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {4, 5, 6, 7, 10, 13};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        const uint32_t n = sizes[s];
        const uint32_t f = (n - 1) / 3;
        fast_cluster fast;
        plan_fast(&fast, n, s);
        test_make(&fast.test);
        test_run(&fast.test, 1);
        for (uint32_t i = 0; i < f; i++) {
            hst_cluster_crash(fast.test.cluster, i);
        }
        test_load(&fast.test, 20, 0);
        test_reach(&fast.test, 20, 120 * HST_SECOND_NS);
        hst_cluster_crash(fast.test.cluster, n - 1);
        test_load(&fast.test, 5, 0);
        test_run(&fast.test, hst_cluster_now(fast.test.cluster) + 30 * HST_SECOND_NS);
        assert_int_equal(report_of(&fast.test).decided, 20);
        for (uint32_t i = 0; i < f; i++) {
            hst_cluster_restart(fast.test.cluster, i, true);
        }
        test_run(&fast.test, hst_cluster_now(fast.test.cluster) + 120 * HST_SECOND_NS);
        assert_int_equal(test_decided(&fast.test), 25);
        test_end(&fast.test);
    }
}

static void a_partition_stops_those_without_a_quorum(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {4, 5, 7};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        const uint32_t n = sizes[s];
        uint8_t groups[16] = {0};
        fast_cluster fast;
        plan_fast(&fast, n, s);
        test_make(&fast.test);
        test_load(&fast.test, 40, 50 * MS);
        test_run(&fast.test, 500 * MS);
        for (uint32_t i = 0; i < n; i++) {
            groups[i] = i % 2 == 0 ? 0 : 1; /* at most floor(n / 2) + 1, no quorum */
        }
        hst_network_partition(hst_cluster_network(fast.test.cluster), groups, UINT32_MAX);
        test_run(&fast.test, 600 * MS); /* what was under way */
        const uint64_t before = report_of(&fast.test).decided;
        test_run(&fast.test, 10 * HST_SECOND_NS);
        assert_int_equal(report_of(&fast.test).decided, before);
        hst_network_heal(hst_cluster_network(fast.test.cluster));
        test_run(&fast.test, 60 * HST_SECOND_NS);
        assert_int_equal(test_decided(&fast.test), 40);
        assert_int_equal(report_of(&fast.test).committed_all, report_of(&fast.test).decided);
        test_end(&fast.test);
    }
}

static void a_minority_waits_and_follows(void **state)
{
    (void)state;
    static const uint8_t groups[4] = {0, 0, 0, 1};
    fast_cluster fast;
    plan_fast(&fast, 4, 1);
    test_make(&fast.test);
    test_load(&fast.test, 60, 50 * MS);
    test_run(&fast.test, 500 * MS);
    hst_network_partition(hst_cluster_network(fast.test.cluster), groups, UINT32_MAX);
    test_run(&fast.test, 600 * MS);
    const uint64_t before = view_of(&fast.test, 3).commit_height;
    test_run(&fast.test, 2000 * MS);
    assert_int_equal(view_of(&fast.test, 3).commit_height, before);
    assert_true(view_of(&fast.test, 0).commit_height > before + 5);
    hst_network_heal(hst_cluster_network(fast.test.cluster));
    test_reach(&fast.test, 60, 60 * HST_SECOND_NS);
    assert_true(report_of(&fast.test).by_kind[HST_TM_DECISION] > 0);
    test_end(&fast.test);
}

/* ---- rounds and locks ------------------------------------------------------------------------ */

/* Replica 3 does not hear the proposal of round 0, and PREVOTEs of round 0 from `witness` to others
 * are held back, so that only the witness sees a quorum of them. */
typedef struct one_witness {
    uint32_t witness;
    bool late; /* the witness itself hears replica 2 only after its own timeout */
    hst_hash proposed[2];
    uint32_t proposer[2];
    bool restart;     /* the witness is restarted while it is locked */
    bool witness_nil; /* it prevoted nil in round 1 */
    bool witness_precommit_nil;
} one_witness;

static hst_cluster_verdict show_one_witness(void *context,
                                            hst_cluster *cluster,
                                            uint32_t from,
                                            uint32_t to,
                                            const uint8_t *bytes,
                                            uint32_t size)
{
    one_witness *w = context;
    const message m = message_of(from, to, bytes, size);
    hst_cluster_verdict verdict = {0};
    (void)cluster;
    if (m.kind > HST_TM_PRECOMMIT || m.height != 1 || m.round > 1) {
        return verdict;
    }
    if (m.kind == HST_TM_PROPOSAL) {
        w->proposed[m.round] = m.id;
        w->proposer[m.round] = from;
        verdict.drop = m.round == 0 && to == 3;
    } else if (m.kind == HST_TM_PREVOTE && m.round == 0) {
        verdict.drop = from == w->witness;
        verdict.delay_ns = w->late && from == 2 && to == w->witness ? 140 * MS : 0;
    } else if (m.kind == HST_TM_PREVOTE) {
        w->witness_nil = w->witness_nil || (from == w->witness && m.nil);
    } else if (m.round == 0 && from == w->witness) {
        w->witness_precommit_nil = m.nil;
    }
    return verdict;
}

static void run_one_witness(one_witness *w, bool real_crypto)
{
    fast_cluster fast;
    plan_fast(&fast, 4, 1);
    fast.test.network.jitter_ns = 0;
    fast.test.options.filter = show_one_witness;
    fast.test.options.filter_context = w;
    fast.test.options.real_crypto = real_crypto;
    test_make(&fast.test);
    test_load(&fast.test, 1, 0);
    if (w->restart) {
        test_run(&fast.test, 80 * MS);
        assert_int_not_equal(view_of(&fast.test, w->witness).lock_view, 0);
        hst_cluster_crash(fast.test.cluster, w->witness);
        test_run(&fast.test, 81 * MS);
        hst_cluster_restart(fast.test.cluster, w->witness, true);
        assert_int_not_equal(view_of(&fast.test, w->witness).lock_view, 0);
    }
    test_reach(&fast.test, 1, 10 * HST_SECOND_NS);
    assert_int_equal(report_of(&fast.test).forged, 0);
    hst_hash id;
    assert_true(hst_cluster_decided(fast.test.cluster, 1, &id, NULL, NULL));
    assert_true(hst_hash_equal(&id, &w->proposed[1]));
    assert_int_equal(w->proposer[0], 0);
    assert_int_equal(w->proposer[1], 1);
    test_end(&fast.test);
}

static void who_is_locked_refuses_another_value(void **state)
{
    (void)state;
    one_witness w = {.witness = 2};
    run_one_witness(&w, false);
    assert_false(w.witness_precommit_nil); /* locked in round 0 */
    assert_false(hst_hash_equal(&w.proposed[0], &w.proposed[1]));
    assert_true(w.witness_nil);
}

static void a_lock_outlives_a_restart(void **state)
{
    (void)state;
    one_witness w = {.witness = 2, .restart = true};
    run_one_witness(&w, false);
    assert_true(w.witness_nil);
}

static void a_locked_proposer_proposes_its_value_with_proof(void **state)
{
    (void)state;
    for (int variant = 0; variant < 4; variant++) {
        one_witness w = {.witness = 1, .restart = variant >= 2};
        run_one_witness(&w, variant % 2 == 1);
        assert_false(w.witness_precommit_nil);
        assert_true(hst_hash_equal(&w.proposed[0], &w.proposed[1]));
        assert_false(w.witness_nil);
    }
}

static void late_prevotes_make_a_value_valid_after_precommitting_nil(void **state)
{
    (void)state;
    one_witness w = {.witness = 1, .late = true};
    run_one_witness(&w, false);
    assert_true(w.witness_precommit_nil);                        /* not locked, */
    assert_true(hst_hash_equal(&w.proposed[0], &w.proposed[1])); /* but it knows the value */
}

/* Replica 2 is locked in round 0 as above; in round 1 the others lock another value, and their
 * PRECOMMITs are lost. In round 2 replica 2 proposes the older value, in round 3 replica 3 the
 * newer one, each with its proof. */
typedef struct two_locks {
    one_witness first;
    uint32_t older_prevotes; /* in round 2, of all but replica 2 */
    bool released;           /* replica 2 prevoted the newer one in round 3 */
} two_locks;

static hst_cluster_verdict show_two_locks(void *context,
                                          hst_cluster *cluster,
                                          uint32_t from,
                                          uint32_t to,
                                          const uint8_t *bytes,
                                          uint32_t size)
{
    two_locks *t = context;
    const message m = message_of(from, to, bytes, size);
    hst_cluster_verdict verdict = show_one_witness(&t->first, cluster, from, to, bytes, size);
    verdict.drop = verdict.drop || (m.kind == HST_TM_POLKA && to == 2);
    if (m.kind > HST_TM_PRECOMMIT || m.height != 1) {
        return verdict;
    }
    const bool prevote = m.kind == HST_TM_PREVOTE;
    if (m.round == 1 && prevote) {
        verdict.drop = from == 3 && to == 2; /* replica 2 must not see the quorum of round 1 */
    } else if (m.round == 1 && m.kind == HST_TM_PRECOMMIT) {
        verdict.drop = !m.nil;
    } else if (m.round == 2 && prevote && from != 2) {
        t->older_prevotes += m.nil ? 0 : 1;
    } else if (m.round == 3 && prevote && from == 2) {
        t->released = hst_hash_equal(&m.id, &t->first.proposed[1]);
    }
    return verdict;
}

static void a_later_proof_releases_an_older_lock(void **state)
{
    (void)state;
    two_locks t = {.first.witness = 2};
    fast_cluster fast;
    plan_fast(&fast, 4, 1);
    fast.test.network.jitter_ns = 0;
    fast.test.options.filter = show_two_locks;
    fast.test.options.filter_context = &t;
    test_make(&fast.test);
    test_load(&fast.test, 1, 0);
    /* PRECOMMITs of round 1 are lost for good, so no one can leave it by itself: the votes that all
     * will cast in round 2 call them there. */
    test_run(&fast.test, 1000 * MS);
    const hst_statement ahead = {.phase = HST_TM_PHASE_PRECOMMIT, .view = 2, .height = 1};
    for (uint32_t pair = 0; pair < 16; pair++) {
        if (pair / 4 != pair % 4) {
            inject_vote(&fast.test, pair / 4, pair % 4, HST_TM_PRECOMMIT, ahead);
        }
    }
    test_reach(&fast.test, 1, 20 * HST_SECOND_NS);
    hst_hash id;
    assert_true(hst_cluster_decided(fast.test.cluster, 1, &id, NULL, NULL));
    assert_true(hst_hash_equal(&id, &t.first.proposed[1]));
    assert_int_equal(t.older_prevotes, 0); /* an earlier proof releases nobody */
    assert_true(t.released);
    test_end(&fast.test);
}

/* PREVOTEs of round 0 by replica 0 are lost: it alone sees a quorum, and is locked. */
static hst_cluster_verdict mute_the_first_prevotes(void *context,
                                                   hst_cluster *cluster,
                                                   uint32_t from,
                                                   uint32_t to,
                                                   const uint8_t *bytes,
                                                   uint32_t size)
{
    hst_hash *proposed = context;
    const message m = message_of(from, to, bytes, size);
    (void)cluster;
    if (m.kind == HST_TM_PROPOSAL && m.height == 1 && m.round < 3) {
        proposed[m.round] = m.id;
    }
    return (hst_cluster_verdict){.drop = m.kind == HST_TM_PREVOTE && from == 0 && m.height == 1 &&
                                         m.round == 0};
}

/* Replica 3 is faulty, so that one locked replica is enough to keep any other value from a quorum:
 * round 1 fails, and round 2 must not. */
static void the_next_proposer_is_told_of_a_valid_value(void **state)
{
    (void)state;
    hst_hash proposed[3];
    fast_cluster fast;
    plan_fast(&fast, 4, 1);
    fast.test.options.filter = mute_the_first_prevotes;
    fast.test.options.filter_context = proposed;
    test_make(&fast.test);
    test_run(&fast.test, 1);
    hst_cluster_crash(fast.test.cluster, 3);
    test_load(&fast.test, 1, 0);
    test_run(&fast.test, 2);
    const hst_statement nil = {.phase = HST_TM_PHASE_PREVOTE, .height = 1};
    inject_vote(&fast.test, 3, 1, HST_TM_PREVOTE, nil);
    inject_vote(&fast.test, 3, 2, HST_TM_PREVOTE, nil);
    test_reach(&fast.test, 1, 10 * HST_SECOND_NS);
    assert_int_equal(view_of(&fast.test, 0).view_changes, 2);
    assert_false(hst_hash_equal(&proposed[0], &proposed[1]));
    assert_true(hst_hash_equal(&proposed[0], &proposed[2]));
    assert_true(report_of(&fast.test).by_kind[HST_TM_POLKA] > 0);
    test_end(&fast.test);
}

/* Replica 3 is faulty. Replica 0 hears no PREVOTEs in round 0, and leaves it when it sees three
 * PRECOMMITs, one of which the faulty one sent to it alone. The others have two. */
static hst_cluster_verdict deafen_to_prevotes(void *context,
                                              hst_cluster *cluster,
                                              uint32_t from,
                                              uint32_t to,
                                              const uint8_t *bytes,
                                              uint32_t size)
{
    const message m = message_of(from, to, bytes, size);
    (void)context;
    (void)cluster;
    return (hst_cluster_verdict){.drop = m.kind == HST_TM_PREVOTE && to == 0 && m.height == 1 &&
                                         m.round == 0};
}

static void nobody_leaves_a_round_without_its_votes(void **state)
{
    (void)state;
    fast_cluster fast;
    plan_fast(&fast, 4, 1);
    fast.test.options.filter = deafen_to_prevotes;
    test_make(&fast.test);
    test_run(&fast.test, 1);
    hst_cluster_crash(fast.test.cluster, 3);
    test_load(&fast.test, 1, 0);
    test_run(&fast.test, 80 * MS);
    const hst_statement nil = {.phase = HST_TM_PHASE_PRECOMMIT, .height = 1};
    inject_vote(&fast.test, 3, 0, HST_TM_PRECOMMIT, nil);
    test_reach(&fast.test, 1, 10 * HST_SECOND_NS);
    test_end(&fast.test);
}

static void f_plus_one_in_a_later_round_draw_the_others_after_them(void **state)
{
    (void)state;
    for (uint64_t round = 1; round <= 100; round = round * 3 + 1) {
        fast_cluster fast;
        plan_fast(&fast, 4, 1);
        test_make(&fast.test);
        test_run(&fast.test, 1);
        hst_cluster_crash(fast.test.cluster, 1);
        hst_cluster_crash(fast.test.cluster, 2);
        const hst_statement ahead = {.phase = HST_TM_PHASE_PREVOTE, .view = round, .height = 1};
        inject_vote(&fast.test, 1, 3, HST_TM_PREVOTE, ahead);
        assert_int_equal(round_of(&fast.test, 3), 0); /* one may be lying */
        inject_vote(&fast.test, 1, 3, HST_TM_PREVOTE, ahead);
        assert_int_equal(round_of(&fast.test, 3), 0);
        inject_vote(&fast.test, 2, 3, HST_TM_PREVOTE, ahead);
        assert_int_equal(round_of(&fast.test, 3), round);
        test_end(&fast.test);
    }
}

/* Replica 3 alone hears replica 0's proposal of height 1; then it is spoken to by the test. */
static hst_hash plan_listener(fast_cluster *fast)
{
    plan_fast(fast, 4, 1);
    test_make(&fast->test);
    test_run(&fast->test, 1);
    for (uint32_t i = 0; i < 3; i++) {
        hst_cluster_crash(fast->test.cluster, i);
    }
    test_load(&fast->test, 3, 0);
    test_run(&fast->test, 2);
    return inject_proposal(&fast->test, 0, 3, 0, 1);
}

static void a_quorum_of_precommits_of_an_earlier_round_decides(void **state)
{
    (void)state;
    fast_cluster fast;
    hst_statement vote = {.height = 1, .view = 3};
    const hst_hash id = plan_listener(&fast);
    for (uint32_t from = 0; from < 2; from++) {
        inject_vote(&fast.test, from, 3, HST_TM_PREVOTE, vote);
    }
    assert_int_equal(round_of(&fast.test, 3), 3);
    vote = (hst_statement){.phase = HST_TM_PHASE_PRECOMMIT, .height = 1, .id = id};
    for (uint32_t from = 0; from < 3; from++) {
        assert_int_equal(view_of(&fast.test, 3).commit_height, 0);
        inject_vote(&fast.test, from, 3, HST_TM_PRECOMMIT, vote);
    }
    assert_int_equal(view_of(&fast.test, 3).commit_height, 1);
    test_end(&fast.test);
}

static void a_decided_value_waits_for_its_proposal(void **state)
{
    (void)state;
    fast_cluster fast;
    (void)plan_listener(&fast);
    const hst_tm_value value = {.batch = {.id = 2, .size = 1000, .count = 10}, .proposer = 1};
    static const hst_hash genesis = {{0}};
    const hst_statement vote = {.phase = HST_TM_PHASE_PRECOMMIT,
                                .view = 1,
                                .height = 1,
                                .id = hst_tm_value_id(1, &genesis, &value)};
    for (uint32_t from = 0; from < 3; from++) {
        inject_vote(&fast.test, from, 3, HST_TM_PRECOMMIT, vote);
    }
    assert_int_equal(view_of(&fast.test, 3).commit_height, 0);
    (void)inject_proposal(&fast.test, 2, 3, 1, 2); /* it is not replica 2's turn */
    assert_int_equal(view_of(&fast.test, 3).commit_height, 0);
    (void)inject_proposal(&fast.test, 1, 3, 1, 2);
    assert_int_equal(view_of(&fast.test, 3).commit_height, 1);
    test_end(&fast.test);
}

static void nobody_proposes_in_another_name(void **state)
{
    (void)state;
    static const hst_hash genesis = {{0}};
    for (uint32_t maker = 0; maker < 2; maker++) {
        fast_cluster fast;
        plan_fast(&fast, 4, 1);
        test_make(&fast.test);
        test_run(&fast.test, 1);
        hst_cluster_crash(fast.test.cluster, 0);
        const hst_tm_value value = {.batch = {.id = 1, .size = 1000, .count = 10},
                                    .proposer = maker};
        const hst_statement proposed = {
            .phase = HST_TM_PHASE_PROPOSE, .height = 1, .id = hst_tm_value_id(1, &genesis, &value)};
        inject_words(&fast.test, 0, 3, &proposed, &value, NULL);
        assert_int_equal(view_of(&fast.test, 3).refused, maker);
        test_end(&fast.test);
    }
}

static void a_proof_of_less_than_a_quorum_releases_no_lock(void **state)
{
    (void)state;
    for (uint64_t signers = 3; signers <= 7; signers += 4) { /* two of four, then three */
        fast_cluster fast;
        const hst_hash id = plan_listener(&fast);
        hst_statement vote = {.height = 1, .id = id};
        for (uint32_t from = 0; from < 2; from++) {
            inject_vote(&fast.test, from, 3, HST_TM_PREVOTE, vote);
        }
        assert_int_not_equal(view_of(&fast.test, 3).lock_view, 0);
        vote = (hst_statement){.height = 1, .view = 2};
        for (uint32_t from = 0; from < 2; from++) {
            inject_vote(&fast.test, from, 3, HST_TM_PREVOTE, vote);
        }
        assert_int_equal(round_of(&fast.test, 3), 2);
        static const hst_hash genesis = {{0}};
        const hst_tm_value value = {.batch = {.id = 2, .size = 1000, .count = 10}, .proposer = 1};
        hst_statement proposed = {.phase = HST_TM_PHASE_PROPOSE,
                                  .view = 2,
                                  .height = 1,
                                  .id = hst_tm_value_id(1, &genesis, &value)};
        const hst_tally proof = {
            .statement = {.phase = HST_TM_PHASE_PREVOTE, .view = 1, .height = 1, .id = proposed.id},
            .signers = &signers};
        inject_words(&fast.test, 2, 3, &proposed, &value, &proof);
        test_run(&fast.test, hst_cluster_now(fast.test.cluster) + 2 * MS);
        const hst_consensus_view view = view_of(&fast.test, 3);
        assert_int_equal(view.refused, signers == 3 ? 1 : 0);
        if (signers == 7) {
            assert_int_equal(view.vote_phase, HST_TM_PHASE_PREVOTE);
            assert_true(hst_hash_equal(&view.vote, &proposed.id));
        }
        test_end(&fast.test);
    }
}

static void an_early_proposal_is_checked_once_its_parent_is_known(void **state)
{
    (void)state;
    for (int right = 0; right < 2; right++) {
        fast_cluster fast;
        const hst_hash id = plan_listener(&fast);
        const hst_tm_value value = {.batch = {.id = 2, .size = 1000, .count = 10}, .proposer = 1};
        hst_statement proposed = {.phase = HST_TM_PHASE_PROPOSE, .height = 2};
        proposed.id = hst_tm_value_id(2, &id, &value);
        proposed.id.bytes[31] ^= right == 1 ? 0 : 1;
        inject_words(&fast.test, 1, 3, &proposed, &value, NULL);
        for (uint64_t height = 1; height <= 2; height++) {
            const hst_statement vote = {.phase = HST_TM_PHASE_PRECOMMIT,
                                        .height = height,
                                        .id = height == 1 ? id : proposed.id};
            for (uint32_t from = 0; from < 3; from++) {
                inject_vote(&fast.test, from, 3, HST_TM_PRECOMMIT, vote);
            }
        }
        assert_int_equal(view_of(&fast.test, 3).commit_height, right == 1 ? 2 : 1);
        test_end(&fast.test);
    }
}

static void timeouts_grow_with_the_round(void **state)
{
    (void)state;
    fast_cluster fast;
    /* Two silent proposers of seven, one after another: 3.0 + 1.0 s, then 3.5 + 1.5 s. */
    plan_standard(&fast, 7, 1);
    fast.test.network.jitter_ns = 0;
    fast.test.options.costs.write_ns = 0;
    test_make(&fast.test);
    test_run(&fast.test, 1);
    hst_cluster_crash(fast.test.cluster, 0);
    hst_cluster_crash(fast.test.cluster, 1);
    test_load(&fast.test, 1, 0);
    test_reach(&fast.test, 1, 60 * HST_SECOND_NS);
    int64_t first_ns;
    assert_true(hst_cluster_decided(fast.test.cluster, 1, NULL, NULL, &first_ns));
    assert_int_equal(first_ns, 1 + 4000 * MS + 20 * MS + 5000 * MS + 20 * MS + 30 * MS);
    test_end(&fast.test);
}

static hst_cluster_verdict decide_late_at_three(void *context,
                                                hst_cluster *cluster,
                                                uint32_t from,
                                                uint32_t to,
                                                const uint8_t *bytes,
                                                uint32_t size)
{
    (void)context;
    (void)cluster;
    (void)from;
    (void)size;
    return (hst_cluster_verdict){.delay_ns = to == 3 && bytes[0] == HST_TM_PRECOMMIT ? 25 * MS : 0};
}

static void messages_of_the_next_height_are_kept(void **state)
{
    (void)state;
    fast_cluster fast;
    plan_fast(&fast, 4, 1);
    fast.parameters[HST_TM_PARAMETER_COMMIT] = 0; /* the others go on at once */
    fast.test.options.filter = decide_late_at_three;
    test_make(&fast.test);
    test_load(&fast.test, 100, 0);
    test_reach(&fast.test, 100, 60 * HST_SECOND_NS);
    const hst_cluster_report report = report_of(&fast.test);
    assert_int_equal(report.by_kind[HST_TM_FETCH], 0);
    assert_int_equal(report.by_kind[HST_TM_DECISION], 0);
    assert_int_equal(view_of(&fast.test, 3).dropped, 0);
    assert_int_equal(view_of(&fast.test, 3).view_changes, 0);
    test_end(&fast.test);
}

/* ---- crashes and restarts ---------------------------------------------------------------------
 */

static void a_restart_at_any_moment_forgets_nothing(void **state)
{
    (void)state;
    for (int64_t at = 0; at < 60; at += 2) {
        for (uint32_t replica = 0; replica < 2; replica++) {
            fast_cluster fast;
            plan_fast(&fast, 4, (uint64_t)at);
            test_make(&fast.test);
            test_load(&fast.test, 3, 0);
            test_run(&fast.test, at * MS);
            hst_cluster_crash(fast.test.cluster, replica);
            test_run(&fast.test, (at + 1) * MS);
            hst_cluster_restart(fast.test.cluster, replica, true);
            test_run(&fast.test, 30 * HST_SECOND_NS);
            assert_int_equal(test_decided(&fast.test), 3);
            assert_int_equal(report_of(&fast.test).evidence, 0);
            assert_true(report_of(&fast.test).committed_all >= 3);
            test_end(&fast.test);
        }
    }
}

static void a_power_cut_everywhere_is_survived(void **state)
{
    (void)state;
    for (int64_t at = 0; at < 60; at += 1) {
        fast_cluster fast;
        plan_fast(&fast, 4, (uint64_t)at);
        fast.test.options.real_crypto = at % 10 == 9;
        test_make(&fast.test);
        test_load(&fast.test, 3, 0);
        test_run(&fast.test, at * MS);
        for (uint32_t i = 0; i < 4; i++) {
            hst_cluster_crash(fast.test.cluster, i);
        }
        test_run(&fast.test, (at + 100) * MS);
        for (uint32_t i = 0; i < 4; i++) {
            hst_cluster_restart(fast.test.cluster, i, true);
        }
        test_run(&fast.test, 60 * HST_SECOND_NS);
        assert_int_equal(test_decided(&fast.test), 3);
        assert_int_equal(report_of(&fast.test).evidence, 0);
        assert_int_equal(report_of(&fast.test).forged, 0);
        assert_true(report_of(&fast.test).committed_all >= 3);
        test_end(&fast.test);
    }
}

static hst_cluster_verdict hide_the_third_decision(void *context,
                                                   hst_cluster *cluster,
                                                   uint32_t from,
                                                   uint32_t to,
                                                   const uint8_t *bytes,
                                                   uint32_t size)
{
    const message m = message_of(from, to, bytes, size);
    (void)context;
    const bool hidden = m.kind == HST_TM_PRECOMMIT
                            ? to == 2 && m.height == 3
                            : m.kind >= HST_TM_FETCH && hst_cluster_now(cluster) < 1000 * MS;
    return (hst_cluster_verdict){.drop = hidden};
}

/* Replica 3 is down, and only 0 and 1 know what was decided when the power goes. Neither can decide
 * more without 2, so they must still be able to tell it. */
static void a_decision_outlives_a_power_cut(void **state)
{
    (void)state;
    fast_cluster fast;
    plan_fast(&fast, 4, 1);
    fast.test.options.filter = hide_the_third_decision;
    test_make(&fast.test);
    test_run(&fast.test, 1);
    hst_cluster_crash(fast.test.cluster, 3);
    test_load(&fast.test, 4, 0);
    test_run(&fast.test, 1000 * MS);
    assert_int_equal(view_of(&fast.test, 0).commit_height, 3);
    assert_int_equal(view_of(&fast.test, 2).commit_height, 2);
    for (uint32_t i = 0; i < 3; i++) {
        hst_cluster_crash(fast.test.cluster, i);
    }
    test_run(&fast.test, 1001 * MS);
    for (uint32_t i = 0; i < 3; i++) {
        hst_cluster_restart(fast.test.cluster, i, true);
    }
    test_reach(&fast.test, 4, 20 * HST_SECOND_NS);
    test_end(&fast.test);
}

static void who_lost_its_disk_catches_up(void **state)
{
    (void)state;
    for (int real = 0; real < 2; real++) {
        fast_cluster fast;
        plan_fast(&fast, 4, 1);
        fast.test.options.real_crypto = real == 1;
        test_make(&fast.test);
        test_load(&fast.test, 30, 20 * MS);
        test_run(&fast.test, 300 * MS);
        hst_cluster_crash(fast.test.cluster, 3);
        test_reach(&fast.test, 30, 60 * HST_SECOND_NS);
        hst_cluster_restart(fast.test.cluster, 3, false); /* all is quiet: it has to ask */
        test_reach(&fast.test, 30, hst_cluster_now(fast.test.cluster) + 10 * HST_SECOND_NS);
        const hst_cluster_report report = report_of(&fast.test);
        assert_true(report.by_kind[HST_TM_DECISION] >= 30);
        assert_int_equal(report.by_kind[HST_TM_STATE], 0);
        assert_int_equal(report.forged, 0);
        assert_int_equal(view_of(&fast.test, 3).behind, 0);
        test_end(&fast.test);
    }
}

static void who_is_far_behind_gets_the_state(void **state)
{
    (void)state;
    for (int real = 0; real < 2; real++) {
        fast_cluster fast;
        plan_fast(&fast, 4, 1);
        fast.test.options.real_crypto = real == 1;
        fast.parameters[HST_TM_PARAMETER_WINDOW] = 16;
        test_make(&fast.test);
        test_load(&fast.test, 80, 10 * MS);
        test_run(&fast.test, 300 * MS);
        hst_cluster_crash(fast.test.cluster, 3);
        test_run(&fast.test, 5000 * MS);
        assert_true(view_of(&fast.test, 0).commit_height > 40);
        hst_cluster_restart(fast.test.cluster, 3, real == 0);
        test_reach(&fast.test, 80, 60 * HST_SECOND_NS);
        assert_true(report_of(&fast.test).by_kind[HST_TM_STATE] > 0);
        assert_int_equal(report_of(&fast.test).forged, 0);
        test_end(&fast.test);
    }
}

/* ---- replicas that lie --------------------------------------------------------------------------
 */

static void an_equivocating_proposer_is_convicted_and_decides_nothing_twice(void **state)
{
    (void)state;
    for (uint32_t split = 1; split <= 3; split++) {
        fast_cluster fast;
        plan_fast(&fast, 4, split);
        test_make(&fast.test);
        test_run(&fast.test, 1);
        hst_cluster_crash(fast.test.cluster, 0); /* from now on we speak for it */
        test_load(&fast.test, 2, 0);
        test_run(&fast.test, 2);
        for (uint32_t to = 1; to <= 3; to++) {
            const hst_hash id = inject_proposal(&fast.test, 0, to, 0, to <= split ? 1 : 2);
            const hst_statement prevote = {
                .phase = HST_TM_PHASE_PREVOTE, .view = 0, .height = 1, .id = id};
            inject_vote(&fast.test, 0, to, HST_TM_PREVOTE, prevote);
        }
        (void)inject_proposal(&fast.test, 0, 1, 0, 2);
        test_run(&fast.test, 60 * HST_SECOND_NS);
        assert_int_equal(report_of(&fast.test).evidence, 1);
        assert_int_equal(test_decided(&fast.test), 2);
        test_end(&fast.test);
    }
}

static void two_votes_in_a_round_are_evidence(void **state)
{
    (void)state;
    fast_cluster fast;
    plan_fast(&fast, 4, 1);
    test_make(&fast.test);
    test_run(&fast.test, 1);
    hst_cluster_crash(fast.test.cluster, 1);
    hst_statement vote = {.phase = HST_TM_PHASE_PREVOTE, .view = 2, .height = 1};
    for (uint8_t k = 0; k < 5; k++) {
        vote.id.bytes[0] = k; /* nil first */
        inject_vote(&fast.test, 1, 3, HST_TM_PREVOTE, vote);
    }
    assert_int_equal(report_of(&fast.test).evidence, 1); /* once is enough */
    vote.phase = HST_TM_PHASE_PRECOMMIT;
    inject_vote(&fast.test, 1, 3, HST_TM_PRECOMMIT, vote);
    inject_vote(&fast.test, 1, 3, HST_TM_PRECOMMIT, vote);
    assert_int_equal(report_of(&fast.test).evidence, 1); /* the same again is none */
    vote.id.bytes[0] = 77;
    inject_vote(&fast.test, 1, 3, HST_TM_PRECOMMIT, vote);
    assert_int_equal(report_of(&fast.test).evidence, 2);
    test_end(&fast.test);
}

static void votes_for_invented_ids_do_not_crowd_out_the_proposal(void **state)
{
    (void)state;
    fast_cluster fast;
    plan_standard(&fast, 13, 1); /* f = 4: one more than ids are counted */
    fast.test.network.jitter_ns = 0;
    fast.test.options.costs.write_ns = 0;
    test_make(&fast.test);
    test_run(&fast.test, 1);
    for (uint32_t liar = 9; liar < 13; liar++) {
        hst_cluster_crash(fast.test.cluster, liar);
    }
    test_load(&fast.test, 1, 0);
    for (uint32_t liar = 9; liar < 13; liar++) {
        for (uint32_t to = 1; to < 9; to++) {
            for (uint32_t kind = HST_TM_PREVOTE; kind <= HST_TM_PRECOMMIT; kind++) {
                hst_statement vote = {.phase = kind == HST_TM_PREVOTE ? HST_TM_PHASE_PREVOTE
                                                                      : HST_TM_PHASE_PRECOMMIT,
                                      .height = 1};
                vote.id.bytes[0] = (uint8_t)liar;
                inject_vote(&fast.test, liar, to, (uint8_t)kind, vote);
            }
        }
    }
    test_reach(&fast.test, 1, HST_SECOND_NS); /* in round 0 */
    assert_int_equal(report_of(&fast.test).decided, 1);
    test_end(&fast.test);
}

/* A DECISION of height 1 with `signers` signers. */
static void inject_decision(test_cluster *test, uint64_t signers, bool right_id, bool state)
{
    static const hst_hash genesis = {{0}};
    uint8_t bytes[256];
    hst_wire wire;
    hst_tally tally = {.signers = &signers};
    const hst_membership four = {.count = 4, .total = 4};
    hst_tm_value value = {.batch = {.id = 1, .size = 1000, .count = 10}};
    tally.statement = (hst_statement){
        .phase = HST_TM_PHASE_PRECOMMIT, .height = 1, .id = hst_tm_value_id(1, &genesis, &value)};
    value.proposer += right_id ? 0 : 1;
    hst_wire_begin(&wire, bytes, sizeof bytes, false);
    hst_wire_u8(&wire, state ? HST_TM_STATE : HST_TM_DECISION);
    hst_wire_u64(&wire, 1);
    hst_wire_hash(&wire, &genesis);
    hst_tm_write_value(&wire, &value);
    hst_wire_certificate(&wire, &tally, &four);
    hst_cluster_inject(test->cluster, 0, 3, bytes, wire.at);
}

static void a_decision_needs_its_proof(void **state)
{
    (void)state;
    fast_cluster fast;
    plan_fast(&fast, 4, 1);
    test_make(&fast.test);
    test_load(&fast.test, 1, 5 * MS);
    test_run(&fast.test, 1);
    inject_decision(&fast.test, 0x3, true, false);  /* two of four */
    inject_decision(&fast.test, 0x17, true, false); /* the fifth of four */
    inject_decision(&fast.test, 0x7, false, false);
    inject_decision(&fast.test, 0x7, false, true);
    assert_int_equal(view_of(&fast.test, 3).commit_height, 0);
    assert_int_equal(view_of(&fast.test, 3).refused, 4);
    inject_decision(&fast.test, 0x7, true, false);
    assert_int_equal(view_of(&fast.test, 3).commit_height, 1);
    test_end(&fast.test);
}

static void a_polka_needs_its_proof(void **state)
{
    (void)state;
    static const hst_hash genesis = {{0}};
    static const uint64_t signers[] = {0x3, 0x17, 0x7, 0x7};
    fast_cluster fast;
    plan_fast(&fast, 4, 1);
    test_make(&fast.test);
    test_load(&fast.test, 1, 5 * MS);
    test_run(&fast.test, 1);
    for (uint32_t k = 0; k < 4; k++) {
        uint8_t bytes[256];
        hst_wire wire;
        uint64_t set = signers[k];
        hst_tm_value value = {.batch = {.id = 1, .size = 1000, .count = 10}};
        const hst_tally proof = {.statement = {.phase = HST_TM_PHASE_PREVOTE,
                                               .height = 1,
                                               .id = hst_tm_value_id(1, &genesis, &value)},
                                 .signers = &set};
        value.proposer = k == 2 ? 1 : 0;
        hst_wire_begin(&wire, bytes, sizeof bytes, false);
        hst_wire_u8(&wire, HST_TM_POLKA);
        hst_tm_write_value(&wire, &value);
        hst_wire_certificate(&wire, &proof, &fast.test.membership);
        hst_cluster_inject(fast.test.cluster, 0, 3, bytes, wire.at);
        assert_int_equal(view_of(&fast.test, 3).refused, k < 3 ? k + 1 : 3);
    }
    test_end(&fast.test);
}

static void a_liar_about_heights_is_not_asked_for_ever(void **state)
{
    (void)state;
    fast_cluster fast;
    plan_fast(&fast, 4, 1);
    test_make(&fast.test);
    test_load(&fast.test, 5, 0);
    test_reach(&fast.test, 5, 10 * HST_SECOND_NS);
    hst_cluster_crash(fast.test.cluster, 1);
    const hst_statement far = {.phase = HST_TM_PHASE_PREVOTE, .height = 1000000};
    inject_vote(&fast.test, 1, 3, HST_TM_PREVOTE, far);
    test_run(&fast.test, 60 * HST_SECOND_NS);
    assert_in_range(report_of(&fast.test).by_kind[HST_TM_FETCH], 1, 3);
    test_load(&fast.test, 5, 0);
    test_reach(&fast.test, 10, 120 * HST_SECOND_NS);
    test_end(&fast.test);
}

static void storms_do_no_harm(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {4, 7};
    for (size_t s = 0; s < 2; s++) {
        for (uint64_t seed = 1; seed <= 20; seed++) {
            fast_cluster fast;
            plan_fast(&fast, sizes[s], seed);
            fast.parameters[HST_TM_PARAMETER_WINDOW] = 16;
            fast.test.network.loss_ppm = seed % 2 == 0 ? 20000 : 0;
            test_make(&fast.test);
            test_load(&fast.test, 100, 100 * MS);
            test_storm(&fast.test, seed, (sizes[s] - 1) / 3, 20 * HST_SECOND_NS,
                       60 * HST_SECOND_NS);
            assert_int_equal(test_decided(&fast.test), 100);
            assert_int_equal(report_of(&fast.test).evidence, 0);
            assert_int_equal(report_of(&fast.test).committed_all, report_of(&fast.test).decided);
            test_end(&fast.test);
        }
    }
}

static void storms_do_no_harm_with_real_signatures(void **state)
{
    (void)state;
    fast_cluster fast;
    plan_fast(&fast, 4, 3);
    fast.parameters[HST_TM_PARAMETER_WINDOW] = 16;
    fast.test.options.real_crypto = true;
    test_make(&fast.test);
    test_load(&fast.test, 40, 100 * MS);
    test_storm(&fast.test, 3, 1, 6 * HST_SECOND_NS, 20 * HST_SECOND_NS);
    const hst_cluster_report report = report_of(&fast.test);
    assert_int_equal(test_decided(&fast.test), 40);
    assert_int_equal(report.committed_all, report.decided);
    assert_int_equal(report.forged, 0);
    test_end(&fast.test);
}

static void clocks_need_not_agree(void **state)
{
    (void)state;
    static const int64_t offsets_ns[4] = {0, 777 * MS, 3 * HST_SECOND_NS, 12345};
    static const int32_t drifts_ppm[4] = {0, 500, 50000, 100};
    fast_cluster fast;
    plan_fast(&fast, 4, 1);
    fast.test.options.clock_offset_ns = offsets_ns;
    fast.test.options.clock_drift_ppm = drifts_ppm;
    test_make(&fast.test);
    test_run(&fast.test, 1);
    hst_cluster_crash(fast.test.cluster, 0);
    test_load(&fast.test, 50, 50 * MS);
    test_reach(&fast.test, 50, 60 * HST_SECOND_NS);
    test_end(&fast.test);
}

/* Twins, garblers, amnesiacs, partitions: what sim/consensus/chaos.h draws. */
static void drawn_storms_are_safe_and_live(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        hst_chaos_outcome outcome;
        const hst_chaos_options options = {
            .protocol = &hst_protocol_tendermint, .seed = seed, .memory = hst_os_memory()};
        assert_int_equal(hst_chaos_run(&options, &outcome), HST_OK);
        if (outcome.violation.check != NULL || !outcome.live) {
            fail_msg("seed %" PRIu64 ": %s", seed,
                     outcome.violation.check != NULL ? outcome.violation.check : "not live");
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_keeps_the_contract_of_all_protocols),
        cmocka_unit_test(a_height_takes_the_messages_of_the_closed_form),
        cmocka_unit_test(a_decision_takes_three_delays),
        cmocka_unit_test(proposal_and_votes_wait_until_they_are_durable),
        cmocka_unit_test(without_an_offer_nothing_moves),
        cmocka_unit_test(empty_blocks_are_made_when_asked_for),
        cmocka_unit_test(who_is_alone_may_not_decide_without_a_pause),
        cmocka_unit_test(whoever_weighs_more_proposes_more_often),
        cmocka_unit_test(the_schedule_is_the_same_however_a_turn_is_reached),
        cmocka_unit_test(a_quorum_is_one_of_weight),
        cmocka_unit_test(a_silent_proposer_costs_a_round),
        cmocka_unit_test(decides_with_f_silent_and_not_with_one_more),
        cmocka_unit_test(a_partition_stops_those_without_a_quorum),
        cmocka_unit_test(a_minority_waits_and_follows),
        cmocka_unit_test(who_is_locked_refuses_another_value),
        cmocka_unit_test(a_lock_outlives_a_restart),
        cmocka_unit_test(a_locked_proposer_proposes_its_value_with_proof),
        cmocka_unit_test(late_prevotes_make_a_value_valid_after_precommitting_nil),
        cmocka_unit_test(a_later_proof_releases_an_older_lock),
        cmocka_unit_test(the_next_proposer_is_told_of_a_valid_value),
        cmocka_unit_test(nobody_leaves_a_round_without_its_votes),
        cmocka_unit_test(f_plus_one_in_a_later_round_draw_the_others_after_them),
        cmocka_unit_test(a_quorum_of_precommits_of_an_earlier_round_decides),
        cmocka_unit_test(a_decided_value_waits_for_its_proposal),
        cmocka_unit_test(nobody_proposes_in_another_name),
        cmocka_unit_test(a_proof_of_less_than_a_quorum_releases_no_lock),
        cmocka_unit_test(an_early_proposal_is_checked_once_its_parent_is_known),
        cmocka_unit_test(timeouts_grow_with_the_round),
        cmocka_unit_test(messages_of_the_next_height_are_kept),
        cmocka_unit_test(a_restart_at_any_moment_forgets_nothing),
        cmocka_unit_test(a_power_cut_everywhere_is_survived),
        cmocka_unit_test(a_decision_outlives_a_power_cut),
        cmocka_unit_test(who_lost_its_disk_catches_up),
        cmocka_unit_test(who_is_far_behind_gets_the_state),
        cmocka_unit_test(an_equivocating_proposer_is_convicted_and_decides_nothing_twice),
        cmocka_unit_test(two_votes_in_a_round_are_evidence),
        cmocka_unit_test(votes_for_invented_ids_do_not_crowd_out_the_proposal),
        cmocka_unit_test(a_decision_needs_its_proof),
        cmocka_unit_test(a_polka_needs_its_proof),
        cmocka_unit_test(a_liar_about_heights_is_not_asked_for_ever),
        cmocka_unit_test(storms_do_no_harm),
        cmocka_unit_test(storms_do_no_harm_with_real_signatures),
        cmocka_unit_test(clocks_need_not_agree),
        cmocka_unit_test(drawn_storms_are_safe_and_live),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
