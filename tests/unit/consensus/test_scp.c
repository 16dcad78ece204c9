/* The Stellar Consensus Protocol: quiet runs counted and timed, failures, quorum sets of
 * organisations, a split without quorum intersection, liars, and single rules on a machine alone.
 */
#include "core/consensus/scp/scp.h"

#include "tests/unit/consensus/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NOMINATE = 0, PREPARE, CONFIRM, EXTERNALIZE, STATUS, FETCH, HISTORY };
enum { TIMER_NOMINATE = 1, TIMER_BALLOT = 2 };
enum { PARAMETERS_MAX = 16 };
/* Offsets in messages: slot and first ballot, value, or count of values. */
enum { AT_ORIGIN = 2, AT_SLOT = 6, AT_PARENT = 14, AT_BODY = 54 };
/* Bytes of a value, of a ballot (counter, value), and of a nominated value with its flags. */
enum { VALUE = 24, BALLOT = 4 + VALUE, NOMINATED = 1 + VALUE };

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

/* Standard parameters but for one. */
static void change(int64_t parameters[PARAMETERS_MAX], const char *name, int64_t value)
{
    bool found = false;
    for (uint32_t p = 0; p < hst_protocol_scp.parameter_count; p++) {
        if (strcmp(hst_protocol_scp.parameters[p].name, name) == 0) {
            parameters[p] = value;
            found = true;
        }
    }
    assert_true(found);
}

static void standard(int64_t parameters[PARAMETERS_MAX])
{
    for (uint32_t p = 0; p < hst_protocol_scp.parameter_count; p++) {
        parameters[p] = hst_protocol_scp.parameters[p].standard;
    }
}

static void plan(test_cluster *test, uint32_t count, uint64_t seed)
{
    test_plan(test, &hst_protocol_scp, count, seed);
}

/* Nothing delays a message but 10 ms of cable, and records cost no time. */
static void plan_exact(test_cluster *test, uint32_t count, uint64_t seed)
{
    plan(test, count, seed);
    test->network.jitter_ns = 0;
    test->options.costs.write_ns = 0;
}

/* Room for the quorum sets of a test. */
enum { REPLICAS_MAX = 64 };
enum { ORGANISATIONS = 4, EACH = 3, IN_ORGANISATIONS = ORGANISATIONS * EACH };

typedef struct slices {
    uint32_t members[REPLICAS_MAX];
    hst_quorum_set inner[ORGANISATIONS];
    hst_quorum_set sets[REPLICAS_MAX];
} slices;

/* Everyone needs everyone, so everyone is a neighbour and sees the same leader. */
static void make_unanimous(slices *trust, hst_membership *membership)
{
    memset(trust, 0, sizeof *trust);
    for (uint32_t m = 0; m < membership->count; m++) {
        trust->members[m] = m;
        trust->sets[m] = (hst_quorum_set){.threshold = membership->count,
                                          .member_count = membership->count,
                                          .members = trust->members};
    }
    membership->quorum_sets = trust->sets;
}

/* Run until a replica has a height. */
static void run_to(test_cluster *test, uint32_t replica, uint64_t height)
{
    for (int step = 0; step < 1000 && view_of(test, replica).commit_height < height; step++) {
        test_run(test, hst_cluster_now(test->cluster) + 100 * MS);
    }
    assert_true(view_of(test, replica).commit_height >= height);
}

/* ---- all goes well ------------------------------------------------------------------------ */

static void it_keeps_the_contract_of_all_protocols(void **state)
{
    (void)state;
    test_contract(&hst_protocol_scp, 4, true);
}

static void a_quiet_slot_takes_seven_broadcasts_of_everyone(void **state)
{
    (void)state;
    enum { SLOTS = 6 };
    const uint32_t sizes[] = {1, 3, 4, 5, 7, 10, 16, 31};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const uint32_t n = sizes[i];
        slices trust;
        test_cluster test;
        plan_exact(&test, n, 1);
        make_unanimous(&trust, &test.membership);
        test_make(&test);
        test_load(&test, SLOTS, 0);
        test_reach(&test, SLOTS, 60 * HST_SECOND_NS);
        test_run(&test, hst_cluster_now(test.cluster) + 60 * HST_SECOND_NS);
        const hst_cluster_report report = report_of(&test);
        const uint64_t all = (uint64_t)n * (n - 1);
        assert_int_equal(report.by_kind[NOMINATE], 2 * all * SLOTS);
        assert_int_equal(report.by_kind[PREPARE], 3 * all * SLOTS);
        assert_int_equal(report.by_kind[CONFIRM], all * SLOTS);
        assert_int_equal(report.by_kind[EXTERNALIZE], all * SLOTS);
        assert_int_equal(report.by_kind[FETCH], all); /* at the start */
        assert_int_equal(report.messages, all * (7 * SLOTS + 1));
        test_end(&test);
    }
}

static void a_slot_is_decided_seven_delays_after_it_starts(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        slices trust;
        test_cluster test;
        int64_t first = 0;
        plan_exact(&test, 10, seed);
        make_unanimous(&trust, &test.membership);
        test_make(&test);
        test_load(&test, 1, 0);
        test_reach(&test, 1, 10 * HST_SECOND_NS);
        assert_true(hst_cluster_decided(test.cluster, 1, NULL, NULL, &first));
        assert_int_equal(first, 7 * 10 * MS);
        test_end(&test);
    }
}

/* With slices of two thirds some replicas have nobody but themselves for leader. They nominate what
 * the others do, which saves them a message, and everyone a delay when they are many. */
static void several_leaders_with_one_value_save_messages(void **state)
{
    (void)state;
    enum { SLOTS = 10, N = 10, ALL = N * (N - 1) };
    test_cluster test;
    int64_t first = 0;
    plan_exact(&test, N, 1);
    test_make(&test);
    test_load(&test, SLOTS, 0);
    test_reach(&test, SLOTS, 90 * HST_SECOND_NS);
    test_run(&test, hst_cluster_now(test.cluster) + HST_SECOND_NS);
    const hst_cluster_report report = report_of(&test);
    assert_in_range(report.by_kind[NOMINATE], ALL * SLOTS, 2 * ALL * SLOTS);
    assert_int_equal(report.by_kind[PREPARE], 3 * ALL * SLOTS);
    assert_int_equal(report.by_kind[CONFIRM], ALL * SLOTS);
    assert_int_equal(report.by_kind[EXTERNALIZE], ALL * SLOTS);
    assert_true(hst_cluster_decided(test.cluster, 1, NULL, NULL, &first));
    assert_in_range(first, 60 * MS, 70 * MS);
    test_end(&test);
}

static void ledgers_close_five_seconds_apart_under_load(void **state)
{
    (void)state;
    enum { SLOTS = 12 };
    test_cluster test;
    int64_t before = 0, now = 0;
    plan(&test, 7, 3);
    test_make(&test);
    test_load(&test, 2 * SLOTS, 1000 * MS);
    test_reach(&test, SLOTS, 90 * HST_SECOND_NS);
    for (uint64_t h = 1; h <= SLOTS; h++, before = now) {
        assert_true(hst_cluster_decided(test.cluster, h, NULL, NULL, &now));
        if (h > 1) {
            assert_in_range(now - before, 5 * HST_SECOND_NS + 50 * MS,
                            5 * HST_SECOND_NS + 200 * MS);
        }
    }
    test_end(&test);
}

static void an_idle_network_is_silent(void **state)
{
    (void)state;
    test_cluster test;
    plan(&test, 4, 1);
    test_make(&test);
    test_run(&test, 300 * HST_SECOND_NS);
    assert_int_equal(report_of(&test).messages, 12); /* FETCH at the start */
    test_load(&test, 1, 0);
    test_reach(&test, 1, 302 * HST_SECOND_NS); /* and starts at once */
    test_run(&test, 310 * HST_SECOND_NS);
    const uint64_t messages = report_of(&test).messages;
    test_run(&test, 900 * HST_SECOND_NS);
    assert_int_equal(report_of(&test).messages, messages);
    test_end(&test);
}

static void every_size_decides(void **state)
{
    (void)state;
    const uint32_t sizes[] = {1, 2, 3, 4, 5, 6, 7, 10, 13, 40, 67};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        test_cluster test;
        plan(&test, sizes[i], 5);
        test_make(&test);
        test_load(&test, 3, 100 * MS);
        test_reach(&test, 3, 30 * HST_SECOND_NS);
        test_end(&test);
    }
}

static void a_target_of_nothing_runs_slot_after_slot(void **state)
{
    (void)state;
    test_cluster test;
    int64_t parameters[PARAMETERS_MAX];
    standard(parameters);
    change(parameters, "ledger_target_ns", 0);
    plan(&test, 4, 1);
    test.options.parameters = parameters;
    test_make(&test);
    test_load(&test, 50, 0);
    test_run(&test, 30 * HST_SECOND_NS);
    assert_int_equal(test_decided(&test), 50);
    assert_int_equal(report_of(&test).duplicates, 0);
    test_end(&test);
}

/* A ring where everyone also knows the one across: statements are flooded, signatures and all. */
static void statements_are_flooded_along_neighbours(void **state)
{
    (void)state;
    enum { N = 9 };
    uint32_t peers[N][4];
    const uint32_t *lists[N];
    uint32_t counts[N];
    for (uint32_t i = 0; i < N; i++) {
        const uint32_t around[4] = {(i + 1) % N, (i + N - 1) % N, (i + 4) % N, (i + 5) % N};
        memcpy(peers[i], around, sizeof around);
        lists[i] = peers[i];
        counts[i] = 4;
    }
    for (int real = 0; real < 2; real++) {
        test_cluster test;
        plan(&test, N, 2);
        test.options.peers = lists;
        test.options.peer_counts = counts;
        test.options.real_crypto = real == 1;
        test_make(&test);
        test_load(&test, real == 1 ? 1 : 5, 0);
        test_run(&test, 60 * HST_SECOND_NS);
        assert_int_equal(test_decided(&test), real == 1 ? 1 : 5);
        assert_int_equal(report_of(&test).forged, 0);
        test_end(&test);
    }
}

/* ---- crashes and partitions --------------------------------------------------------------- */

/* The leader that replica 0 will see in the first round of the first slot. */
static uint32_t first_leader(uint64_t seed)
{
    test_cluster test;
    plan_exact(&test, 4, seed);
    test_make(&test);
    test_load(&test, 1, 0);
    test_run(&test, 1 * MS);
    const uint32_t leader = view_of(&test, 0).leader;
    test_end(&test);
    return leader;
}

/* Rounds that passed before a slot was decided: they last 1 s, 2 s, 3 s. The rest is messages. */
static uint32_t rounds_in(int64_t took_ns)
{
    const int64_t begins[] = {0, 1, 3, 6};
    for (uint32_t rounds = 0; rounds < 4; rounds++) {
        const int64_t rest = took_ns - begins[rounds] * HST_SECOND_NS;
        if (rest >= 40 * MS && rest <= 80 * MS) {
            return rounds;
        }
    }
    fail_msg("decided after %u ms", (unsigned)(took_ns / MS));
    return 0;
}

static void a_silent_leader_costs_rounds_of_nomination(void **state)
{
    (void)state;
    uint32_t tried = 0, quick = 0;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        const uint32_t leader = first_leader(seed);
        test_cluster test;
        int64_t first = 0;
        if (leader == 0) {
            continue;
        }
        plan_exact(&test, 4, seed);
        test_make(&test);
        test_run(&test, 1);
        hst_cluster_crash(test.cluster, leader);
        test_load(&test, 1, 0);
        test_run(&test, 20 * HST_SECOND_NS);
        assert_true(hst_cluster_decided(test.cluster, 1, NULL, NULL, &first));
        /* All three others are needed, and replica 0 has nobody to echo before the second round. */
        const uint32_t rounds = rounds_in(first);
        assert_in_range(rounds, 1, 3);
        quick += rounds == 1 ? 1 : 0;
        tried++;
        test_end(&test);
    }
    assert_true(tried >= 3 && 2 * quick >= tried);
}

/* Crash a leader before it can speak: later rounds add leaders, after 1 s, then 2 s more ... */
static void later_rounds_add_leaders(void **state)
{
    (void)state;
    uint32_t slow = 0;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        test_cluster test;
        int64_t first = 0;
        plan_exact(&test, 4, seed);
        test_make(&test);
        test_run(&test, 100 * MS);
        hst_cluster_crash(test.cluster, 2);
        test_load(&test, 1, 0);
        test_run(&test, 20 * HST_SECOND_NS);
        assert_true(hst_cluster_decided(test.cluster, 1, NULL, NULL, &first));
        slow += rounds_in(first - 100 * MS) > 0 ? 1 : 0;
        test_end(&test);
    }
    assert_in_range(slow, 1, 29); /* replica 2 leads some first rounds and not others */
}

static void the_tolerated_number_may_be_silent(void **state)
{
    (void)state;
    const uint32_t sizes[] = {4, 5, 7, 10, 40};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const uint32_t n = sizes[i];
        test_cluster test;
        plan(&test, n, 9);
        test_make(&test);
        test_run(&test, 1);
        for (uint32_t r = 0; r < (n - 1) / 3; r++) {
            hst_cluster_crash(test.cluster, r);
        }
        test_load(&test, 4, 0);
        test_run(&test, 300 * HST_SECOND_NS);
        assert_int_equal(test_decided(&test), 4);
        test_end(&test);
    }
}

static void one_more_silent_stalls_until_it_is_back(void **state)
{
    (void)state;
    test_cluster test;
    plan(&test, 7, 4);
    test_make(&test);
    test_run(&test, 1);
    for (uint32_t r = 4; r < 7; r++) {
        hst_cluster_crash(test.cluster, r);
    }
    test_load(&test, 5, 0);
    test_run(&test, 100 * HST_SECOND_NS);
    assert_int_equal(test_decided(&test), 0);
    hst_cluster_restart(test.cluster, 5, true);
    test_run(&test, 300 * HST_SECOND_NS);
    assert_int_equal(test_decided(&test), 5);
    test_end(&test);
}

static void cut_between(test_cluster *test, uint32_t below)
{
    for (uint32_t a = 0; a < test->membership.count; a++) {
        for (uint32_t b = 0; b < test->membership.count; b++) {
            if ((a < below) != (b < below)) {
                hst_network_cut(hst_cluster_network(test->cluster), a, b, true);
            }
        }
    }
}

static void nobody_decides_in_two_halves_and_all_agree_afterwards(void **state)
{
    (void)state;
    test_cluster test;
    plan(&test, 10, 6);
    test_make(&test);
    test_load(&test, 8, 0);
    test_run(&test, 5 * HST_SECOND_NS + 105 * MS); /* in the middle of the second slot */
    const uint64_t before = test_decided(&test);
    cut_between(&test, 5);
    test_run(&test, 65 * HST_SECOND_NS);
    assert_true(test_decided(&test) <= before + 1);
    hst_network_heal(hst_cluster_network(test.cluster));
    test_run(&test, 265 * HST_SECOND_NS);
    assert_int_equal(test_decided(&test), 8);
    test_reach(&test, 8, 266 * HST_SECOND_NS);
    test_end(&test);
}

static void a_minority_commits_nothing_and_catches_up(void **state)
{
    (void)state;
    test_cluster test;
    plan(&test, 10, 6);
    test_make(&test);
    test_load(&test, 12, 0);
    test_run(&test, 2 * HST_SECOND_NS);
    cut_between(&test, 3);
    test_run(&test, 30 * HST_SECOND_NS);
    for (uint32_t r = 0; r < 3; r++) {
        assert_int_equal(view_of(&test, r).commit_height, 1);
    }
    assert_true(view_of(&test, 5).commit_height >= 3);
    hst_network_heal(hst_cluster_network(test.cluster));
    test_run(&test, 36 * HST_SECOND_NS);
    assert_true(view_of(&test, 0).commit_height + 1 >= view_of(&test, 5).commit_height);
    test_reach(&test, 12, 150 * HST_SECOND_NS);
    test_end(&test);
}

static void a_lost_disk_is_made_good_by_peers(void **state)
{
    (void)state;
    test_cluster test;
    plan(&test, 4, 2);
    test_make(&test);
    test_load(&test, 10, 0);
    test_run(&test, 12 * HST_SECOND_NS);
    hst_cluster_crash(test.cluster, 3);
    test_run(&test, 32 * HST_SECOND_NS);
    hst_cluster_restart(test.cluster, 3, false);
    test_run(&test, 34 * HST_SECOND_NS);
    assert_true(view_of(&test, 3).commit_height >= 4);
    assert_true(view_of(&test, 3).commit_height + 1 >= view_of(&test, 0).commit_height);
    test_reach(&test, 10, 150 * HST_SECOND_NS);
    test_end(&test);
}

/* Nobody says anything: the restarted one has to ask. */
static void one_catches_up_in_an_idle_network(void **state)
{
    (void)state;
    for (int with_disk = 0; with_disk < 2; with_disk++) {
        for (uint32_t missed = 1; missed <= 3; missed++) {
            test_cluster test;
            plan(&test, 4, 2);
            test_make(&test);
            test_load(&test, 2, 0);
            test_run(&test, 8 * HST_SECOND_NS);
            hst_cluster_crash(test.cluster, 1);
            test_load(&test, missed, 0);
            test_run(&test, 80 * HST_SECOND_NS);
            hst_cluster_restart(test.cluster, 1, with_disk == 1);
            test_reach(&test, 2 + missed, 84 * HST_SECOND_NS);
            test_end(&test);
        }
    }
}

/* Cut off while idle, and nothing is said after the heal but what it wants itself. */
static void one_that_was_cut_off_notices_when_it_wants_something(void **state)
{
    (void)state;
    test_cluster test;
    plan(&test, 4, 2);
    test_make(&test);
    test_load(&test, 1, 0);
    test_run(&test, 3 * HST_SECOND_NS);
    cut_between(&test, 1);
    test_load(&test, 3, 0);
    run_to(&test, 1, 4);
    assert_int_equal(view_of(&test, 0).commit_height, 1);
    hst_network_heal(hst_cluster_network(test.cluster));
    test_reach(&test, 4, hst_cluster_now(test.cluster) + 60 * HST_SECOND_NS);
    test_end(&test);
}

/* It has a ballot, so nothing but its own repetition can tell the others that it is stuck. */
static void one_cut_off_in_the_middle_of_a_slot_is_helped(void **state)
{
    (void)state;
    test_cluster test;
    plan_exact(&test, 4, 2);
    test_make(&test);
    test_load(&test, 1, 0);
    test_run(&test, 45 * MS);
    cut_between(&test, 1);
    test_run(&test, 10 * HST_SECOND_NS);
    assert_int_equal(view_of(&test, 0).commit_height, 0);
    assert_int_equal(view_of(&test, 1).commit_height, 1);
    hst_network_heal(hst_cluster_network(test.cluster));
    test_reach(&test, 1, 13 * HST_SECOND_NS);
    test_end(&test);
}

static void one_far_behind_gets_the_state(void **state)
{
    (void)state;
    test_cluster test;
    int64_t parameters[PARAMETERS_MAX];
    standard(parameters);
    change(parameters, "ledger_target_ns", 100 * MS);
    change(parameters, "window", 8);
    plan(&test, 4, 2);
    test.options.parameters = parameters;
    test_make(&test);
    test_load(&test, 60, 0);
    test_run(&test, 2 * HST_SECOND_NS);
    hst_cluster_crash(test.cluster, 3);
    run_to(&test, 0, view_of(&test, 3).commit_height + 12); /* beyond the window */
    hst_cluster_restart(test.cluster, 3, false);
    test_reach(&test, 60, 200 * HST_SECOND_NS);
    assert_true(report_of(&test).by_kind[HISTORY] > 0);
    test_end(&test);
}

/* Every HISTORY tells what was decided, up to its sender's last height. */
static hst_cluster_verdict checking_history(void *context,
                                            hst_cluster *cluster,
                                            uint32_t from,
                                            uint32_t to,
                                            const uint8_t *bytes,
                                            uint32_t size)
{
    uint32_t *wrong = context;
    hst_consensus_view view;
    (void)to;
    if (bytes[0] == HISTORY) {
        uint64_t height;
        memcpy(&height, bytes + 1, sizeof height);
        for (uint32_t at = 45; at < size; at += 16, height++) {
            hst_batch batch = {0};
            uint64_t id;
            memcpy(&id, bytes + at, sizeof id);
            (void)hst_cluster_decided(cluster, height, NULL, &batch, NULL);
            *wrong += batch.id == id ? 0 : 1;
        }
        hst_cluster_view(cluster, from, &view);
        *wrong += height == view.commit_height + 1 ? 0 : 1;
    }
    return (hst_cluster_verdict){0};
}

/* A transfer leaves a gap in what can be passed on: older values must not be taken for a chain. */
static void one_that_was_transferred_can_still_help(void **state)
{
    (void)state;
    test_cluster test;
    uint32_t wrong = 0;
    int64_t parameters[PARAMETERS_MAX];
    standard(parameters);
    change(parameters, "ledger_target_ns", 100 * MS);
    change(parameters, "window", 8);
    plan(&test, 4, 2);
    test.options.parameters = parameters;
    test.options.filter = checking_history;
    test.options.filter_context = &wrong;
    test_make(&test);
    test_load(&test, 40, 0);
    test_reach(&test, 4, 10 * HST_SECOND_NS);
    cut_between(&test, 1); /* replica 0 alone */
    run_to(&test, 1, 14);
    hst_network_heal(hst_cluster_network(test.cluster));
    for (uint32_t k = 0; k < 100; k++) {
        uint8_t bytes[16];
        hst_wire wire;
        hst_wire_begin(&wire, bytes, sizeof bytes, false);
        hst_wire_u8(&wire, FETCH);
        hst_wire_u64(&wire, k % 4);
        hst_wire_u32(&wire, 0);
        hst_cluster_inject(test.cluster, 1, 0, bytes, wire.at);
        test_run(&test, hst_cluster_now(test.cluster) + 30 * MS);
    }
    test_reach(&test, 40, 200 * HST_SECOND_NS);
    assert_true(report_of(&test).by_kind[HISTORY] > 50);
    assert_int_equal(wrong, 0);
    test_end(&test);
}

/* No replica holds a decision any more, only the ledgers: the state is all there is. */
static void after_a_restart_of_all_the_state_is_transferred(void **state)
{
    (void)state;
    test_cluster test;
    plan(&test, 4, 2);
    test_make(&test);
    test_load(&test, 4, 0);
    test_run(&test, 8 * HST_SECOND_NS);
    hst_cluster_crash(test.cluster, 3);
    test_run(&test, 40 * HST_SECOND_NS);
    for (uint32_t r = 0; r < 3; r++) {
        hst_cluster_crash(test.cluster, r);
    }
    for (uint32_t r = 0; r < 4; r++) {
        hst_cluster_restart(test.cluster, r, true);
    }
    test_reach(&test, 4, 50 * HST_SECOND_NS);
    test_load(&test, 2, 0);
    test_reach(&test, 6, 80 * HST_SECOND_NS);
    test_end(&test);
}

/* Seven replicas, quorums of five. Two are away while the others go on; then two of those fail. The
 * three up to date are v-blocking and, with either of the two behind, no quorum: each of these must
 * accept what it hears and say so, for both to confirm it. (Storm of seed 706, made smaller.) */
static void two_behind_are_a_quorum_with_those_who_are_left(void **state)
{
    (void)state;
    test_cluster test;
    plan(&test, 7, 3);
    test_make(&test);
    test_load(&test, 20, HST_SECOND_NS);
    test_run(&test, 7 * HST_SECOND_NS);
    hst_cluster_crash(test.cluster, 5);
    hst_cluster_crash(test.cluster, 6);
    test_run(&test, 60 * HST_SECOND_NS);
    hst_cluster_crash(test.cluster, 0);
    hst_cluster_crash(test.cluster, 1);
    hst_cluster_restart(test.cluster, 5, true);
    hst_cluster_restart(test.cluster, 6, true);
    assert_true(view_of(&test, 2).commit_height > view_of(&test, 5).commit_height + 3);
    test_run(&test, 300 * HST_SECOND_NS);
    assert_int_equal(test_decided(&test), 20);
    assert_int_equal(view_of(&test, 5).commit_height, view_of(&test, 2).commit_height);
    test_end(&test);
}

/* HISTORY with values of one's own making on top of the last block, or a state out of thin air. */
static void history_without_a_quorum_is_not_believed(void **state)
{
    (void)state;
    test_cluster test;
    plan(&test, 4, 2);
    test_make(&test);
    test_load(&test, 3, 0);
    test_run(&test, 7 * HST_SECOND_NS);
    assert_int_equal(test_decided(&test), 2);
    const hst_consensus_view view = view_of(&test, 0);
    for (uint64_t first = 1; first <= 5; first++) {
        uint8_t bytes[256];
        hst_wire wire;
        hst_wire_begin(&wire, bytes, sizeof bytes, false);
        hst_wire_u8(&wire, HISTORY);
        hst_wire_u64(&wire, first);
        hst_wire_hash(&wire, &view.commit);
        hst_wire_u32(&wire, 2);
        for (uint64_t id = 1; id <= 2; id++) {
            hst_wire_u64(&wire, id);
            hst_wire_u32(&wire, 1000);
            hst_wire_u32(&wire, 10);
        }
        hst_cluster_inject(test.cluster, 1, 0, bytes, wire.at);
        assert_int_equal(view_of(&test, 0).commit_height, 2);
    }
    test_reach(&test, 3, 20 * HST_SECOND_NS);
    test_end(&test);
}

/* ---- what is said never goes back --------------------------------------------------------- */

enum { WATCHED = 64, WATCHED_VALUES = 32 };

typedef struct said {
    uint64_t slot;
    uint64_t order[8];  /* phase, b, b's value, p, p's value, p', its value, h */
    uint64_t confirmed; /* value of CONFIRM or EXTERNALIZE */
    uint64_t nominated[WATCHED_VALUES];
    uint32_t nominated_count;
} said;

typedef struct watcher {
    said by[WATCHED];
    const char *broken;
    uint64_t statements;
} watcher;

static uint64_t u64_at(const uint8_t *bytes, uint32_t at)
{
    uint64_t value;
    memcpy(&value, bytes + at, sizeof value);
    return value;
}

static uint32_t u32_at(const uint8_t *bytes, uint32_t at)
{
    uint32_t value;
    memcpy(&value, bytes + at, sizeof value);
    return value;
}

static void watch_nomination(watcher *w, said *s, const uint8_t *bytes)
{
    const uint32_t count = bytes[AT_BODY];
    for (uint32_t k = 0; k < s->nominated_count; k++) {
        bool kept = false;
        for (uint32_t i = 0; i < count; i++) {
            kept = kept || u64_at(bytes, AT_BODY + 2 + NOMINATED * i) == s->nominated[k];
        }
        w->broken = kept ? w->broken : "a nomination takes a value back";
    }
    s->nominated_count = 0;
    for (uint32_t i = 0; i < count && i < WATCHED_VALUES; i++) {
        s->nominated[s->nominated_count++] = u64_at(bytes, AT_BODY + 2 + NOMINATED * i);
    }
}

static void watch_ballot(watcher *w, said *s, const uint8_t *bytes)
{
    const uint8_t kind = bytes[0];
    uint64_t order[8] = {kind};
    uint64_t value = u64_at(bytes, AT_BODY);
    if (kind != EXTERNALIZE) {
        value = u64_at(bytes, AT_BODY + 4);
        order[1] = u32_at(bytes, AT_BODY);
        order[2] = value;
        order[3] = u32_at(bytes, AT_BODY + BALLOT);
    }
    if (kind == PREPARE) {
        order[4] = u64_at(bytes, AT_BODY + BALLOT + 4);
        order[5] = u32_at(bytes, AT_BODY + 2 * BALLOT);
        order[6] = u64_at(bytes, AT_BODY + 2 * BALLOT + 4);
        order[7] = u32_at(bytes, AT_BODY + 3 * BALLOT + 4);
    } else if (kind == CONFIRM) {
        order[7] = u32_at(bytes, AT_BODY + BALLOT + 8);
    }
    for (uint32_t k = 0; k < 8; k++) {
        if (order[k] != s->order[k]) {
            w->broken = order[k] < s->order[k] ? "a ballot statement goes back" : w->broken;
            break;
        }
    }
    if (kind != PREPARE) {
        w->broken = s->confirmed != 0 && s->confirmed != value ? "accepts two commits" : w->broken;
        s->confirmed = value;
    }
    memcpy(s->order, order, sizeof order);
}

static hst_cluster_verdict watching(void *context,
                                    hst_cluster *cluster,
                                    uint32_t from,
                                    uint32_t to,
                                    const uint8_t *bytes,
                                    uint32_t size)
{
    watcher *w = context;
    (void)cluster;
    (void)to;
    (void)size;
    if (bytes[0] > EXTERNALIZE) {
        return (hst_cluster_verdict){0};
    }
    said *s = &w->by[from];
    const uint64_t slot = u64_at(bytes, AT_SLOT);
    w->statements++;
    if (slot > s->slot) {
        *s = (said){.slot = slot};
    }
    if (slot < s->slot) {
        /* Only what is final may be repeated about an earlier slot. */
        w->broken = bytes[0] == EXTERNALIZE ? w->broken : "speaks about a slot that is over";
    } else if (bytes[0] == NOMINATE) {
        watch_nomination(w, s, bytes);
    } else {
        watch_ballot(w, s, bytes);
    }
    return (hst_cluster_verdict){0};
}

static void storms_do_no_harm(void **state)
{
    (void)state;
    const uint32_t sizes[] = {4, 7, 5, 10};
    for (uint64_t seed = 1; seed <= 24; seed++) {
        test_cluster test;
        static watcher watch;
        int64_t parameters[PARAMETERS_MAX];
        const uint32_t n = sizes[seed % 4];
        memset(&watch, 0, sizeof watch);
        standard(parameters);
        change(parameters, "ledger_target_ns", (seed % 3 == 0) ? 50 * MS : 500 * MS);
        plan(&test, n, seed);
        test.options.parameters = parameters;
        test.options.filter = watching;
        test.options.filter_context = &watch;
        test.network.loss_ppm = seed % 2 == 0 ? 20000 : 0;
        test_make(&test);
        test_load(&test, 40, 400 * MS);
        test_storm(&test, seed, (n - 1) / 3, 20 * HST_SECOND_NS, 120 * HST_SECOND_NS);
        if (watch.broken != NULL) {
            fail_msg("seed %u: %s", (unsigned)seed, watch.broken);
        }
        assert_true(watch.statements > 1000);
        if (test_decided(&test) != 40) {
            fail_msg("seed %u: %u decided", (unsigned)seed, (unsigned)test_decided(&test));
        }
        const hst_cluster_report report = report_of(&test);
        assert_int_equal(report.committed_all, report.decided);
        test_end(&test);
    }
}

/* Restarts in the middle of slots: what was said before is still meant. */
static void a_restarted_replica_stands_by_what_it_said(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        test_cluster test;
        static watcher watch;
        memset(&watch, 0, sizeof watch);
        plan(&test, 4, seed);
        test.network.jitter_ns = 200 * MS;
        test.options.costs.write_ns = 30 * MS; /* some of what is said is lost with its record */
        test.options.filter = watching;
        test.options.filter_context = &watch;
        test_make(&test);
        test_load(&test, 4, 0);
        for (uint32_t k = 0; k < 40; k++) {
            const uint32_t replica = (uint32_t)(seed + k) % 4;
            test_run(&test, hst_cluster_now(test.cluster) + (37 + (int64_t)seed) * MS);
            hst_cluster_crash(test.cluster, replica);
            hst_cluster_restart(test.cluster, replica, true);
        }
        test_run(&test, 120 * HST_SECOND_NS);
        if (watch.broken != NULL) {
            fail_msg("seed %u: %s", (unsigned)seed, watch.broken);
        }
        assert_int_equal(test_decided(&test), 4);
        test_end(&test);
    }
}

/* ---- whom one trusts ---------------------------------------------------------------------- */

/* Four organisations with three validators each: three organisations, two validators of each. */
static void organise(slices *trust, hst_membership *membership)
{
    memset(trust, 0, sizeof *trust);
    for (uint32_t m = 0; m < IN_ORGANISATIONS; m++) {
        trust->members[m] = m;
    }
    for (uint32_t k = 0; k < ORGANISATIONS; k++) {
        trust->inner[k] = (hst_quorum_set){
            .threshold = 2, .member_count = EACH, .members = &trust->members[k * EACH]};
    }
    for (uint32_t m = 0; m < IN_ORGANISATIONS; m++) {
        trust->sets[m] =
            (hst_quorum_set){.threshold = 3, .inner_count = ORGANISATIONS, .inner = trust->inner};
    }
    membership->quorum_sets = trust->sets;
}

/* Two cliques that trust only themselves. */
static void divide(slices *trust, hst_membership *membership)
{
    memset(trust, 0, sizeof *trust);
    for (uint32_t m = 0; m < 8; m++) {
        trust->members[m] = m;
        trust->sets[m] = (hst_quorum_set){
            .threshold = 3, .member_count = 4, .members = &trust->members[m < 4 ? 0 : 4]};
    }
    membership->quorum_sets = trust->sets;
}

/* Search all pairs of quorums; feasible for a dozen replicas. */
static bool quorums_intersect(const hst_membership *membership)
{
    const uint64_t all = (UINT64_C(1) << membership->count) - 1;
    for (uint64_t set = 1; set <= all; set++) {
        uint64_t inside = set, outside = all & ~set;
        hst_quorum_reduce(membership, &inside);
        if (inside != set) {
            continue;
        }
        hst_quorum_reduce(membership, &outside);
        if (outside != 0) {
            return false;
        }
    }
    return true;
}

static void an_organisation_and_a_validator_of_each_other_may_fail(void **state)
{
    (void)state;
    slices trust;
    test_cluster test;
    plan(&test, IN_ORGANISATIONS, 3);
    organise(&trust, &test.membership);
    assert_true(quorums_intersect(&test.membership));
    test_make(&test);
    test_load(&test, 8, 0);
    test_run(&test, 12 * HST_SECOND_NS);
    assert_int_equal(test_decided(&test), 3);
    const uint32_t down[] = {0, 1, 2, 3, 7, 11}; /* half of all replicas */
    for (uint32_t i = 0; i < 6; i++) {
        hst_cluster_crash(test.cluster, down[i]);
    }
    test_run(&test, 150 * HST_SECOND_NS);
    assert_int_equal(test_decided(&test), 8);
    for (uint32_t i = 0; i < 6; i++) {
        hst_cluster_restart(test.cluster, down[i], i % 2 == 0);
    }
    test_reach(&test, 8, 160 * HST_SECOND_NS);
    test_end(&test);
}

/* Two of: validator 6, validator 7, a group of two organisations of three. The quorum sets of the
 * Stellar network are as deep (three levels). */
static void groups_of_organisations_count_as_one_member(void **state)
{
    (void)state;
    const uint32_t members[] = {0, 1, 2, 3, 4, 5, 6, 7};
    const hst_quorum_set organisations[2] = {
        {.threshold = 2, .member_count = EACH, .members = &members[0]},
        {.threshold = 2, .member_count = EACH, .members = &members[EACH]}};
    const hst_quorum_set group = {.threshold = 2, .inner_count = 2, .inner = organisations};
    hst_quorum_set sets[8];
    test_cluster test;
    plan(&test, 8, 3);
    for (uint32_t i = 0; i < 8; i++) {
        sets[i] = (hst_quorum_set){.threshold = 2,
                                   .member_count = 2,
                                   .members = &members[6],
                                   .inner_count = 1,
                                   .inner = &group};
    }
    test.membership.quorum_sets = sets;
    assert_true(quorums_intersect(&test.membership));
    test_make(&test);
    test_load(&test, 8, 0);
    test_run(&test, 12 * HST_SECOND_NS);
    assert_int_equal(test_decided(&test), 3);
    hst_cluster_crash(test.cluster, 6);
    hst_cluster_crash(test.cluster, 0);
    hst_cluster_crash(test.cluster, 3);
    test_run(&test, 60 * HST_SECOND_NS); /* the group is whole enough: it and 7 are a quorum */
    assert_true(test_decided(&test) > 3);
    const uint64_t decided = test_decided(&test);
    hst_cluster_crash(test.cluster, 1);
    test_run(&test, 120 * HST_SECOND_NS); /* one organisation less, so no group, so no quorum */
    assert_true(test_decided(&test) <= decided + 1);
    const uint64_t stalled = test_decided(&test);
    test_run(&test, 180 * HST_SECOND_NS);
    assert_int_equal(test_decided(&test), stalled);
    hst_cluster_restart(test.cluster, 1, true);
    test_run(&test, 300 * HST_SECOND_NS);
    assert_int_equal(test_decided(&test), 8);
    test_end(&test);
}

static void two_blocked_organisations_stall_the_network_safely(void **state)
{
    (void)state;
    slices trust;
    test_cluster test;
    plan(&test, IN_ORGANISATIONS, 3);
    organise(&trust, &test.membership);
    test_make(&test);
    test_load(&test, 6, 0);
    test_run(&test, 7 * HST_SECOND_NS);
    assert_int_equal(test_decided(&test), 2);
    const uint32_t down[] = {0, 1, 3, 4}; /* two of three in two of four: v-blocking */
    for (uint32_t i = 0; i < 4; i++) {
        hst_cluster_crash(test.cluster, down[i]);
    }
    test_run(&test, 100 * HST_SECOND_NS);
    assert_int_equal(test_decided(&test), 2);
    hst_cluster_restart(test.cluster, 0, true); /* one organisation is whole enough again */
    test_run(&test, 250 * HST_SECOND_NS);
    assert_int_equal(test_decided(&test), 6);
    test_end(&test);
}

static void storms_in_organisations_do_no_harm(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        slices trust;
        test_cluster test;
        int64_t parameters[PARAMETERS_MAX];
        standard(parameters);
        change(parameters, "ledger_target_ns", 500 * MS);
        plan(&test, IN_ORGANISATIONS, seed);
        organise(&trust, &test.membership);
        test.options.parameters = parameters;
        test_make(&test);
        test_load(&test, 20, 400 * MS);
        test_storm(&test, seed, 3, 10 * HST_SECOND_NS, 120 * HST_SECOND_NS);
        assert_int_equal(test_decided(&test), 20);
        test_end(&test);
    }
}

/* One that nobody trusts follows, and matters to nobody; one that trusts the dead is stuck. */
static void an_outsider_follows_and_one_without_a_slice_is_stuck(void **state)
{
    (void)state;
    slices trust;
    test_cluster test;
    plan(&test, 7, 3);
    memset(&trust, 0, sizeof trust);
    for (uint32_t m = 0; m < 7; m++) {
        trust.members[m] = m;
        trust.sets[m] =
            (hst_quorum_set){.threshold = 3, .member_count = 4, .members = trust.members};
    }
    trust.sets[5].members = &trust.members[5]; /* needs 6, which is down */
    trust.sets[5].member_count = 2;
    trust.sets[5].threshold = 2;
    test.membership.quorum_sets = trust.sets;
    test_make(&test);
    test_run(&test, 1);
    hst_cluster_crash(test.cluster, 6);
    test_load(&test, 4, 0);
    test_run(&test, 12 * HST_SECOND_NS);
    assert_int_equal(test_decided(&test), 3);
    assert_int_equal(view_of(&test, 4).commit_height, 3);
    assert_int_equal(view_of(&test, 5).commit_height, 0);
    hst_cluster_crash(test.cluster, 4);
    test_run(&test, 20 * HST_SECOND_NS);
    assert_int_equal(test_decided(&test), 4);
    test_end(&test);
}

/* ---- liars -------------------------------------------------------------------------------- */

/* A replica whose mempool prefers the other one of each pair of batches. */
static uint64_t other_of(uint64_t id)
{
    return id == 0 ? 0 : ((id - 1) ^ 1) + 1;
}

static void
step_preferring_others(void *state, const hst_consensus_input *input, hst_effects *effects)
{
    hst_consensus_input changed = *input;
    changed.offer.id = other_of(input->offer.id);
    hst_protocol_scp.step(state, &changed, effects);
}

/* Name of a value in a slot: it begins the hash of slot, parent and batch (all of one size here).
 */
static uint64_t name_of(uint64_t slot, const uint8_t *parent, uint64_t batch)
{
    hst_digest digest;
    uint64_t name;
    hst_digest_init(&digest, NULL, 0);
    hst_digest_u64(&digest, slot);
    hst_digest_update(&digest, parent, HST_HASH_SIZE);
    hst_digest_u64(&digest, batch);
    hst_digest_u64(&digest, UINT64_C(1000) << 32 | 10);
    const hst_hash hash = hst_digest_final(&digest);
    memcpy(&name, hash.bytes, sizeof name);
    return name;
}

/* Values of a statement, all to the other one of their pair. */
static void swap_values(uint8_t *bytes)
{
    static const uint32_t prepare[] = {4, BALLOT + 4, 2 * BALLOT + 4}, confirm[] = {4},
                          externalize[] = {0};
    const uint32_t *at = bytes[0] == PREPARE   ? prepare
                         : bytes[0] == CONFIRM ? confirm
                                               : externalize;
    uint32_t count = bytes[0] == PREPARE ? 3 : 1;
    if (bytes[0] == NOMINATE) {
        count = bytes[AT_BODY];
    }
    for (uint32_t i = 0; i < count; i++) {
        uint8_t *value = bytes + AT_BODY + (bytes[0] == NOMINATE ? 2 + NOMINATED * i : at[i]);
        const uint64_t other = other_of(u64_at(value, 0));
        if (other != 0) {
            const uint64_t name = name_of(u64_at(bytes, AT_SLOT), bytes + AT_PARENT, other);
            memcpy(value, &other, sizeof other);
            memcpy(value + 16, &name, sizeof name);
        }
    }
}

static uint32_t liar_count; /* replicas of the cluster in the tests below */

/* Tells odd replicas the opposite of what it tells even ones. */
static void step_two_faced(void *state, const hst_consensus_input *input, hst_effects *effects)
{
    hst_protocol_scp.step(state, input, effects);
    const uint32_t count = effects->count;
    for (uint32_t e = 0; e < count; e++) {
        const hst_effect one = effects->list[e];
        if (one.kind != HST_EFFECT_BROADCAST || effects->bytes[one.offset] > EXTERNALIZE) {
            continue;
        }
        uint8_t bytes[2048];
        assert_true(one.size <= sizeof bytes);
        memcpy(bytes, effects->bytes + one.offset, one.size);
        const uint32_t self = u32_at(bytes, AT_ORIGIN);
        effects->list[e].kind = HST_EFFECT_SEND;
        effects->list[e].to = self; /* to nobody */
        swap_values(bytes);
        hst_wire_bytes(hst_effects_message(effects, bytes[0]), bytes + 1, one.size - 1);
        hst_effects_send(effects, self, one.after)->omitted = one.omitted;
        const hst_effect changed = effects->list[effects->count - 1];
        for (uint32_t to = 0; to < liar_count; to++) {
            if (to != self) {
                (void)hst_effects_again(effects, to % 2 == 0 ? &one : &changed, to);
            }
        }
    }
}

static void replicas_that_prefer_different_values_agree_on_all_of_them(void **state)
{
    (void)state;
    hst_consensus_protocol contrary = hst_protocol_scp;
    contrary.step = step_preferring_others;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        const hst_consensus_protocol *others[7] = {NULL,      &contrary, NULL,     &contrary,
                                                   &contrary, NULL,      &contrary};
        test_cluster test;
        plan(&test, 7, seed);
        test.network.jitter_ns = 300 * MS;
        test.options.others = others;
        test_make(&test);
        test_load(&test, 10, 0);
        /* A contrary one offers what is decided already when its pair is not: that takes slots. */
        test_run(&test, 400 * HST_SECOND_NS);
        assert_int_equal(test_decided(&test), 10);
        test_end(&test);
    }
}

static void two_faced_replicas_neither_split_nor_stop_the_others(void **state)
{
    (void)state;
    hst_consensus_protocol two_faced = hst_protocol_scp;
    two_faced.step = step_two_faced;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        const uint32_t n = seed % 2 == 0 ? 4 : 7;
        const hst_consensus_protocol *others[7] = {NULL};
        test_cluster test;
        plan(&test, n, seed);
        liar_count = n;
        for (uint32_t k = 0; k < (n - 1) / 3; k++) {
            others[(seed + 2 * k) % n] = &two_faced;
        }
        test.options.others = others;
        test_make(&test);
        test_load(&test, 6, 0);
        test_run(&test, 200 * HST_SECOND_NS);
        if (test_decided(&test) != 6) {
            fail_msg("seed %u: %u decided", (unsigned)seed, (unsigned)test_decided(&test));
        }
        test_end(&test);
    }
}

/* An organisation that lies, and a liar in another: what the others' slices tolerate. */
static void an_organisation_of_liars_neither_splits_nor_stops_the_others(void **state)
{
    (void)state;
    hst_consensus_protocol two_faced = hst_protocol_scp;
    two_faced.step = step_two_faced;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        const hst_consensus_protocol *others[IN_ORGANISATIONS] = {&two_faced, &two_faced,
                                                                  &two_faced, &two_faced};
        slices trust;
        test_cluster test;
        plan(&test, IN_ORGANISATIONS, seed);
        organise(&trust, &test.membership);
        liar_count = IN_ORGANISATIONS;
        test.options.others = others;
        test_make(&test);
        test_load(&test, 4, 0);
        test_run(&test, 200 * HST_SECOND_NS);
        assert_int_equal(test_decided(&test), 4);
        test_end(&test);
    }
}

/* Without quorum intersection nothing keeps two cliques together, and the check sees it. */
static void cliques_without_intersection_diverge(void **state)
{
    (void)state;
    slices trust;
    test_cluster test;
    hst_consensus_protocol contrary = hst_protocol_scp;
    contrary.step = step_preferring_others;
    const hst_consensus_protocol *others[8] = {NULL,      NULL,      NULL,      NULL,
                                               &contrary, &contrary, &contrary, &contrary};
    plan(&test, 8, 3);
    divide(&trust, &test.membership);
    assert_false(quorums_intersect(&test.membership));
    test.options.others = others;
    test_make(&test);
    test_load(&test, 2, 0);
    test_violates(&test, 60 * HST_SECOND_NS, "agreement");
    test_end(&test);
}

/* ---- a machine alone ---------------------------------------------------------------------- */

/* Replica 0 of four, fed by hand. */
typedef struct solo {
    hst_membership membership;
    hst_consensus_config config;
    void *state;
    hst_effects effects;
    hst_effect list[512];
    uint8_t bytes[1 << 16];
    uint8_t last[8][2048]; /* last broadcast by kind */
    uint32_t sent[8];
    bool ballot_timer; /* it is running */
    int64_t now_ns;
} solo;

static void solo_step(solo *s, hst_consensus_input input)
{
    input.now_ns = s->now_ns;
    hst_effects_clear(&s->effects);
    hst_protocol_scp.step(s->state, &input, &s->effects);
    for (uint32_t e = 0; e < s->effects.count; e++) {
        const hst_effect *one = &s->effects.list[e];
        if (one->kind == HST_EFFECT_BROADCAST) {
            const uint8_t *bytes = s->bytes + one->offset;
            memcpy(s->last[bytes[0]], bytes, one->size);
            s->sent[bytes[0]]++;
        } else if (one->kind == HST_EFFECT_TIMER_SET && one->timer == TIMER_BALLOT) {
            s->ballot_timer = true;
        } else if (one->kind == HST_EFFECT_TIMER_CANCEL && one->timer == TIMER_BALLOT) {
            s->ballot_timer = false;
        }
    }
}

/* Replica `self` of `count` with these quorum sets; NULL = everyone trusts everyone. */
static solo *solo_make_with(uint32_t count, const hst_quorum_set *sets, uint32_t self)
{
    solo *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->membership = (hst_membership){.count = count, .total = count, .quorum_sets = sets};
    s->config = (hst_consensus_config){.self = self, .membership = &s->membership};
    const size_t size = hst_protocol_scp.state_size(&s->config);
    s->state = aligned_alloc(64, size);
    assert_non_null(s->state);
    memset(s->state, 0, size);
    assert_int_equal(hst_protocol_scp.init(s->state, &s->config), HST_OK);
    s->effects.list = s->list;
    s->effects.capacity = 512;
    s->effects.bytes = s->bytes;
    s->effects.byte_capacity = sizeof s->bytes;
    solo_step(s, (hst_consensus_input){.kind = HST_INPUT_START});
    return s;
}

static solo *solo_make(uint32_t count)
{
    return solo_make_with(count, NULL, 0);
}

static void solo_end(solo *s)
{
    free(s->state);
    free(s);
}

typedef struct ballot {
    uint32_t counter;
    uint64_t value;
} ballot;

static void write_value(hst_wire *wire, uint64_t value)
{
    static const uint8_t genesis[HST_HASH_SIZE] = {0};
    hst_wire_u64(wire, value);
    hst_wire_u32(wire, value > 0 ? 1000 : 0);
    hst_wire_u32(wire, value > 0 ? 10 : 0);
    hst_wire_u64(wire, value > 0 ? name_of(1, genesis, value) : 0);
}

/* The mark of a replica's quorum set, as it stands in its first statement: NOMINATE, or EXTERNALIZE
 * when it needs nobody else. */
static uint64_t mark_of(const solo *s, uint32_t replica)
{
    const hst_batch offer = {.id = 9, .size = 1000, .count = 10};
    solo *other = solo_make_with(s->membership.count, s->membership.quorum_sets, replica);
    solo_step(other, (hst_consensus_input){.kind = HST_INPUT_SUBMIT, .offer = offer});
    for (int round = 0; round < 64; round++) {
        if (other->sent[NOMINATE] + other->sent[EXTERNALIZE] > 0) {
            break;
        }
        other->now_ns += 300 * HST_SECOND_NS;
        solo_step(other, (hst_consensus_input){
                             .kind = HST_INPUT_TIMER, .timer = TIMER_NOMINATE, .offer = offer});
    }
    assert_true(other->sent[NOMINATE] + other->sent[EXTERNALIZE] > 0);
    const uint32_t kind = other->sent[NOMINATE] > 0 ? NOMINATE : EXTERNALIZE;
    const uint64_t mark = u64_at(other->last[kind], AT_BODY - 8);
    solo_end(other);
    return mark;
}

static void write_head(hst_wire *wire, const solo *s, uint8_t *bytes, uint8_t kind, uint32_t from)
{
    static const hst_hash genesis = {{0}};
    hst_wire_begin(wire, bytes, 2048, false);
    hst_wire_u8(wire, kind);
    hst_wire_u8(wire, 0);
    hst_wire_u32(wire, from);
    hst_wire_u64(wire, 1);
    hst_wire_hash(wire, &genesis);
    hst_wire_u64(wire, mark_of(s, from));
}

static void deliver(solo *s, uint32_t from, const uint8_t *bytes, const hst_wire *wire)
{
    solo_step(s, (hst_consensus_input){
                     .kind = HST_INPUT_MESSAGE, .from = from, .bytes = bytes, .size = wire->at});
}

/* Accepts one value as nominated. */
static void hear_nominate(solo *s, uint32_t from, uint64_t value)
{
    uint8_t bytes[2048];
    hst_wire wire;
    write_head(&wire, s, bytes, NOMINATE, from);
    hst_wire_u8(&wire, 1);
    hst_wire_u8(&wire, 3);
    write_value(&wire, value);
    deliver(s, from, bytes, &wire);
}

static void
hear_prepare(solo *s, uint32_t from, ballot b, ballot p, ballot q, uint32_t c, uint32_t h)
{
    uint8_t bytes[2048];
    hst_wire wire;
    const ballot all[3] = {b, p, q};
    write_head(&wire, s, bytes, PREPARE, from);
    for (uint32_t i = 0; i < 3; i++) {
        hst_wire_u32(&wire, all[i].counter);
        write_value(&wire, all[i].value);
    }
    hst_wire_u32(&wire, c);
    hst_wire_u32(&wire, h);
    deliver(s, from, bytes, &wire);
}

static void hear_confirm(solo *s, uint32_t from, ballot b, uint32_t p, uint32_t c, uint32_t h)
{
    uint8_t bytes[2048];
    hst_wire wire;
    write_head(&wire, s, bytes, CONFIRM, from);
    hst_wire_u32(&wire, b.counter);
    write_value(&wire, b.value);
    hst_wire_u32(&wire, p);
    hst_wire_u32(&wire, c);
    hst_wire_u32(&wire, h);
    deliver(s, from, bytes, &wire);
}

static void hear_externalize(solo *s, uint32_t from, uint64_t value, uint32_t c, uint32_t h)
{
    uint8_t bytes[2048];
    hst_wire wire;
    write_head(&wire, s, bytes, EXTERNALIZE, from);
    write_value(&wire, value);
    hst_wire_u32(&wire, c);
    hst_wire_u32(&wire, h);
    deliver(s, from, bytes, &wire);
}

/* b, p, p', nC, nH of the last PREPARE said. */
static void assert_prepare(const solo *s, ballot b, ballot p, ballot q, uint32_t c, uint32_t h)
{
    const uint8_t *bytes = s->last[PREPARE] + AT_BODY;
    const ballot all[3] = {b, p, q};
    assert_true(s->sent[PREPARE] > 0);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(u32_at(bytes, BALLOT * i), all[i].counter);
        assert_int_equal(u64_at(bytes, BALLOT * i + 4), all[i].value);
    }
    assert_int_equal(u32_at(bytes, 3 * BALLOT), c);
    assert_int_equal(u32_at(bytes, 3 * BALLOT + 4), h);
}

static void a_quorum_counts_only_for_its_members(void **state)
{
    (void)state;
    solo *s = solo_make(4);
    /* Three of four vote to prepare, which is a quorum, but this one has not voted. */
    for (uint32_t from = 1; from <= 3; from++) {
        hear_prepare(s, from, (ballot){1, 7}, (ballot){0}, (ballot){0}, 0, 0);
    }
    assert_int_equal(s->sent[PREPARE], 0);
    solo_end(s);
}

static void a_v_blocking_set_makes_one_accept(void **state)
{
    (void)state;
    solo *s = solo_make(4);
    hear_confirm(s, 1, (ballot){1, 7}, 1, 1, 1);
    assert_int_equal(s->sent[CONFIRM], 0);
    hear_confirm(s, 2, (ballot){1, 7}, 1, 1, 1);
    assert_int_equal(s->sent[CONFIRM] + s->sent[EXTERNALIZE], 1);
    /* With this one a quorum accepts the commit: the slot is over at once. */
    assert_int_equal(s->sent[EXTERNALIZE], 1);
    solo_end(s);
}

static void five_of_ten_are_enough_to_accept_and_not_to_confirm(void **state)
{
    (void)state;
    solo *s = solo_make(10);
    for (uint32_t from = 1; from <= 3; from++) {
        hear_externalize(s, from, 7, 1, 1);
        assert_int_equal(s->sent[CONFIRM], 0); /* f may lie */
    }
    hear_externalize(s, 4, 7, 1, 1);
    assert_int_equal(s->sent[CONFIRM], 1);
    hear_externalize(s, 5, 7, 1, 1);
    assert_int_equal(s->sent[EXTERNALIZE], 0); /* six of ten */
    hear_externalize(s, 6, 7, 1, 1);
    assert_int_equal(s->sent[EXTERNALIZE], 1); /* seven, with this one */
    solo_end(s);
}

static void one_jumps_to_the_lowest_counter_that_is_not_blocked(void **state)
{
    (void)state;
    solo *s = solo_make(4);
    hear_prepare(s, 1, (ballot){5, 7}, (ballot){3, 7}, (ballot){0}, 0, 0);
    assert_int_equal(s->sent[PREPARE], 0); /* one ahead is not v-blocking */
    hear_prepare(s, 2, (ballot){3, 7}, (ballot){2, 7}, (ballot){0}, 0, 0);
    /* Both accept (2, 7) prepared, so does this one, and confirms it; then it jumps to 3, where
     * its own vote is the one that was missing. */
    assert_prepare(s, (ballot){3, 7}, (ballot){3, 7}, (ballot){0}, 2, 2);
    solo_end(s);
}

static void older_statements_are_dropped(void **state)
{
    (void)state;
    solo *s = solo_make(4);
    hear_prepare(s, 1, (ballot){5, 7}, (ballot){4, 7}, (ballot){3, 6}, 0, 0);
    const uint64_t digest = hst_protocol_scp.digest(s->state);
    hear_prepare(s, 1, (ballot){4, 7}, (ballot){4, 7}, (ballot){3, 6}, 0, 0);
    hear_prepare(s, 1, (ballot){5, 6}, (ballot){5, 6}, (ballot){0}, 0, 0);
    hear_prepare(s, 1, (ballot){5, 7}, (ballot){3, 7}, (ballot){0}, 0, 0);
    hear_prepare(s, 1, (ballot){5, 7}, (ballot){4, 7}, (ballot){0}, 0, 0);
    assert_true(hst_protocol_scp.digest(s->state) == digest);
    hear_prepare(s, 1, (ballot){5, 7}, (ballot){5, 7}, (ballot){3, 6}, 0, 0);
    assert_true(hst_protocol_scp.digest(s->state) != digest);
    solo_end(s);
}

static void statements_that_contradict_themselves_are_refused(void **state)
{
    (void)state;
    solo *s = solo_make(4);
    hst_consensus_view view;
    hear_prepare(s, 1, (ballot){0, 0}, (ballot){0}, (ballot){0}, 0, 0);       /* no ballot */
    hear_prepare(s, 1, (ballot){2, 7}, (ballot){1, 7}, (ballot){2, 6}, 0, 0); /* p' above p */
    hear_prepare(s, 1, (ballot){2, 7}, (ballot){2, 7}, (ballot){1, 7}, 0, 0); /* compatible p' */
    hear_prepare(s, 1, (ballot){1, 7}, (ballot){2, 7}, (ballot){0}, 1, 2);    /* h above b */
    hear_prepare(s, 1, (ballot){2, 7}, (ballot){1, 7}, (ballot){0}, 1, 2);    /* h above p */
    hear_prepare(s, 1, (ballot){2, 7}, (ballot){2, 7}, (ballot){0}, 2, 1);    /* c above h */
    hear_confirm(s, 1, (ballot){1, 7}, 1, 0, 1);                              /* no commit */
    hear_confirm(s, 1, (ballot){1, 7}, 2, 1, 2);                              /* h above b */
    hear_externalize(s, 1, 7, 2, 1);                                          /* c above h */
    hear_externalize(s, 1, 0, 1, 1);                                          /* no value */
    hst_protocol_scp.inspect(s->state, &view);
    assert_int_equal(view.refused, 10);
    solo_end(s);
}

/* A batch that its sender changed without knowing what it does; nobody has such a body. */
static void a_value_that_is_not_what_its_name_says_is_refused(void **state)
{
    (void)state;
    solo *s = solo_make(4);
    for (uint32_t from = 1; from <= 3; from++) {
        uint8_t bytes[2048];
        hst_wire wire;
        hst_consensus_view view;
        write_head(&wire, s, bytes, NOMINATE, from);
        hst_wire_u8(&wire, 1);
        hst_wire_u8(&wire, 3);
        write_value(&wire, 7);
        bytes[AT_BODY + 2] ^= 1;
        deliver(s, from, bytes, &wire);
        hst_protocol_scp.inspect(s->state, &view);
        assert_int_equal(view.refused, from);
    }
    assert_int_equal(s->sent[NOMINATE] + s->sent[PREPARE], 0);
    solo_end(s);
}

static void a_commit_that_is_accepted_aborted_is_no_longer_voted_for(void **state)
{
    (void)state;
    solo *s = solo_make(10);
    for (uint32_t from = 1; from <= 6; from++) {
        hear_prepare(s, from, (ballot){1, 7}, (ballot){1, 7}, (ballot){0}, 0, 0);
    }
    assert_prepare(s, (ballot){1, 7}, (ballot){1, 7}, (ballot){0}, 1, 1); /* votes to commit */
    for (uint32_t from = 7; from <= 9; from++) {
        hear_prepare(s, from, (ballot){2, 8}, (ballot){2, 8}, (ballot){0}, 0, 0);
    }
    hear_prepare(s, 1, (ballot){2, 8}, (ballot){2, 8}, (ballot){1, 7}, 0, 0);
    /* Four of ten accept (2, 8) prepared, which aborts (1, 7), and are ahead. */
    assert_prepare(s, (ballot){2, 7}, (ballot){2, 8}, (ballot){1, 7}, 0, 1);
    solo_end(s);
}

static void an_aborted_ballot_is_not_voted_for_when_it_is_confirmed_prepared(void **state)
{
    (void)state;
    solo *s = solo_make(10);
    for (uint32_t from = 1; from <= 6; from++) {
        hear_nominate(s, from, 7);
    }
    assert_prepare(s, (ballot){1, 7}, (ballot){0}, (ballot){0}, 0, 0);
    for (uint32_t from = 7; from <= 9; from++) {
        hear_prepare(s, from, (ballot){1, 8}, (ballot){2, 8}, (ballot){0}, 0, 0);
    }
    hear_prepare(s, 1, (ballot){1, 8}, (ballot){2, 8}, (ballot){1, 7}, 0, 0);
    for (uint32_t from = 2; from <= 6; from++) {
        hear_prepare(s, from, (ballot){1, 7}, (ballot){1, 7}, (ballot){0}, 0, 0);
    }
    assert_prepare(s, (ballot){1, 7}, (ballot){2, 8}, (ballot){1, 7}, 0, 1);
    solo_end(s);
}

static void what_is_confirmed_prepared_outlives_the_candidate(void **state)
{
    (void)state;
    solo *s = solo_make(4);
    hear_nominate(s, 1, 9);
    hear_nominate(s, 2, 9);
    assert_prepare(s, (ballot){1, 9}, (ballot){0}, (ballot){0}, 0, 0);
    hear_prepare(s, 1, (ballot){2, 7}, (ballot){2, 7}, (ballot){0}, 0, 0);
    hear_prepare(s, 2, (ballot){2, 7}, (ballot){2, 7}, (ballot){0}, 0, 0);
    assert_prepare(s, (ballot){2, 7}, (ballot){2, 7}, (ballot){0}, 2, 2);
    assert_true(s->ballot_timer);
    s->now_ns += 2 * HST_SECOND_NS;
    solo_step(s, (hst_consensus_input){.kind = HST_INPUT_TIMER, .timer = TIMER_BALLOT});
    assert_prepare(s, (ballot){3, 7}, (ballot){2, 7}, (ballot){0}, 2, 2);
    solo_end(s);
}

static void externalize_counts_for_every_later_ballot(void **state)
{
    (void)state;
    solo *s = solo_make(4);
    hear_prepare(s, 2, (ballot){3, 7}, (ballot){2, 7}, (ballot){0}, 0, 0);
    hear_externalize(s, 1, 7, 1, 1);
    /* (2, 7) is accepted by both and so confirmed; at 3 there are two, and one past all counters.
     */
    assert_prepare(s, (ballot){3, 7}, (ballot){3, 7}, (ballot){0}, 2, 2);
    solo_end(s);
}

static void two_organisations_make_one_accept_and_three_confirm(void **state)
{
    (void)state;
    slices trust;
    hst_membership membership = {.count = IN_ORGANISATIONS};
    organise(&trust, &membership);
    solo *s = solo_make_with(IN_ORGANISATIONS, trust.sets, 0);
    hear_externalize(s, 3, 7, 1, 1);
    hear_externalize(s, 6, 7, 1, 1);
    hear_externalize(s, 9, 7, 1, 1); /* one of each blocks no organisation */
    hear_externalize(s, 4, 7, 1, 1); /* one is blocked */
    assert_int_equal(s->sent[CONFIRM] + s->sent[EXTERNALIZE], 0);
    hear_externalize(s, 7, 7, 1, 1); /* two of four are */
    assert_int_equal(s->sent[CONFIRM], 1);
    assert_int_equal(s->sent[EXTERNALIZE], 0);
    hear_externalize(s, 1, 7, 1, 1); /* with itself three agree, but no quorum lacks their word */
    assert_int_equal(s->sent[EXTERNALIZE], 1);
    solo_end(s);
}

/* Replica 0 trusts 1 and 2; 1 trusts 3 alone. */
static void a_quorum_holds_slices_of_all_its_members(void **state)
{
    (void)state;
    const uint32_t mine[] = {1, 2}, others[] = {3};
    const hst_quorum_set one = {.threshold = 1, .member_count = 1, .members = others};
    const hst_quorum_set sets[4] = {
        {.threshold = 2, .member_count = 2, .members = mine}, one, one, one};
    solo *s = solo_make_with(4, sets, 0);
    hear_externalize(s, 1, 7, 1, 1);
    assert_int_equal(s->sent[CONFIRM], 1); /* 1 is v-blocking */
    hear_externalize(s, 2, 7, 1, 1);
    assert_int_equal(s->sent[EXTERNALIZE], 0); /* its slice is there, 1's is not */
    hear_externalize(s, 3, 7, 1, 1);
    assert_int_equal(s->sent[EXTERNALIZE], 1);
    solo_end(s);
}

static void the_timer_of_a_ballot_waits_for_a_quorum(void **state)
{
    (void)state;
    solo *s = solo_make(10);
    for (uint32_t from = 1; from <= 4; from++) {
        hear_prepare(s, from, (ballot){2, 7}, (ballot){1, 7}, (ballot){0}, 0, 0);
    }
    assert_prepare(s, (ballot){2, 7}, (ballot){1, 7}, (ballot){0}, 0, 0); /* it jumped */
    hear_prepare(s, 5, (ballot){2, 7}, (ballot){1, 7}, (ballot){0}, 0, 0);
    hear_prepare(s, 6, (ballot){1, 7}, (ballot){1, 7}, (ballot){0}, 0, 0);
    assert_false(s->ballot_timer); /* six of ten are at 2 */
    hear_prepare(s, 6, (ballot){2, 7}, (ballot){1, 7}, (ballot){0}, 0, 0);
    assert_true(s->ballot_timer);
    const uint32_t sent = s->sent[PREPARE];
    solo_step(s, (hst_consensus_input){.kind = HST_INPUT_TIMER, .timer = TIMER_BALLOT});
    assert_int_equal(s->sent[PREPARE], sent); /* too early, as from a timer set before */
    s->now_ns += 2 * HST_SECOND_NS;           /* two seconds for counter 2 */
    solo_step(s, (hst_consensus_input){.kind = HST_INPUT_TIMER, .timer = TIMER_BALLOT});
    assert_int_equal(s->sent[PREPARE], sent + 1);
    assert_int_equal(u32_at(s->last[PREPARE], AT_BODY), 3);
    solo_end(s);
}

static void quorum_sets_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    const uint32_t members[] = {0, 1, 2, 3}, twice[] = {0, 1, 1}, beyond[] = {0, 4};
    const hst_quorum_set nested = {.threshold = 1, .member_count = 1, .members = members};
    hst_quorum_set deep[HST_QUORUM_SET_DEPTH_MAX + 1];
    deep[0] = nested;
    for (size_t level = 1; level <= HST_QUORUM_SET_DEPTH_MAX; level++) {
        deep[level] = (hst_quorum_set){.threshold = 1, .inner_count = 1, .inner = &deep[level - 1]};
    }
    const hst_quorum_set wrong[] = {
        {.threshold = 0, .member_count = 4, .members = members},
        {.threshold = 5, .member_count = 4, .members = members},
        {.threshold = 2, .member_count = 3, .members = twice},
        {.threshold = 1, .member_count = 2, .members = beyond},
        deep[HST_QUORUM_SET_DEPTH_MAX],
        {.threshold = 1, .member_count = 4, .members = members, .inner_count = 1, .inner = &nested},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const hst_quorum_set good = {.threshold = 3, .member_count = 4, .members = members};
        const hst_quorum_set sets[4] = {good, good, wrong[i], good};
        const hst_membership membership = {.count = 4, .total = 4, .quorum_sets = sets};
        const hst_consensus_config config = {.membership = &membership};
        assert_int_equal(hst_protocol_scp.state_size(&config), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_keeps_the_contract_of_all_protocols),
        cmocka_unit_test(a_quiet_slot_takes_seven_broadcasts_of_everyone),
        cmocka_unit_test(a_slot_is_decided_seven_delays_after_it_starts),
        cmocka_unit_test(several_leaders_with_one_value_save_messages),
        cmocka_unit_test(ledgers_close_five_seconds_apart_under_load),
        cmocka_unit_test(an_idle_network_is_silent),
        cmocka_unit_test(every_size_decides),
        cmocka_unit_test(a_target_of_nothing_runs_slot_after_slot),
        cmocka_unit_test(statements_are_flooded_along_neighbours),
        cmocka_unit_test(a_silent_leader_costs_rounds_of_nomination),
        cmocka_unit_test(later_rounds_add_leaders),
        cmocka_unit_test(the_tolerated_number_may_be_silent),
        cmocka_unit_test(one_more_silent_stalls_until_it_is_back),
        cmocka_unit_test(nobody_decides_in_two_halves_and_all_agree_afterwards),
        cmocka_unit_test(a_minority_commits_nothing_and_catches_up),
        cmocka_unit_test(a_lost_disk_is_made_good_by_peers),
        cmocka_unit_test(one_catches_up_in_an_idle_network),
        cmocka_unit_test(one_that_was_cut_off_notices_when_it_wants_something),
        cmocka_unit_test(one_cut_off_in_the_middle_of_a_slot_is_helped),
        cmocka_unit_test(one_far_behind_gets_the_state),
        cmocka_unit_test(one_that_was_transferred_can_still_help),
        cmocka_unit_test(after_a_restart_of_all_the_state_is_transferred),
        cmocka_unit_test(two_behind_are_a_quorum_with_those_who_are_left),
        cmocka_unit_test(history_without_a_quorum_is_not_believed),
        cmocka_unit_test(storms_do_no_harm),
        cmocka_unit_test(a_restarted_replica_stands_by_what_it_said),
        cmocka_unit_test(an_organisation_and_a_validator_of_each_other_may_fail),
        cmocka_unit_test(groups_of_organisations_count_as_one_member),
        cmocka_unit_test(two_blocked_organisations_stall_the_network_safely),
        cmocka_unit_test(storms_in_organisations_do_no_harm),
        cmocka_unit_test(an_outsider_follows_and_one_without_a_slice_is_stuck),
        cmocka_unit_test(replicas_that_prefer_different_values_agree_on_all_of_them),
        cmocka_unit_test(two_faced_replicas_neither_split_nor_stop_the_others),
        cmocka_unit_test(an_organisation_of_liars_neither_splits_nor_stops_the_others),
        cmocka_unit_test(cliques_without_intersection_diverge),
        cmocka_unit_test(a_quorum_counts_only_for_its_members),
        cmocka_unit_test(a_v_blocking_set_makes_one_accept),
        cmocka_unit_test(five_of_ten_are_enough_to_accept_and_not_to_confirm),
        cmocka_unit_test(one_jumps_to_the_lowest_counter_that_is_not_blocked),
        cmocka_unit_test(older_statements_are_dropped),
        cmocka_unit_test(statements_that_contradict_themselves_are_refused),
        cmocka_unit_test(a_value_that_is_not_what_its_name_says_is_refused),
        cmocka_unit_test(a_commit_that_is_accepted_aborted_is_no_longer_voted_for),
        cmocka_unit_test(an_aborted_ballot_is_not_voted_for_when_it_is_confirmed_prepared),
        cmocka_unit_test(what_is_confirmed_prepared_outlives_the_candidate),
        cmocka_unit_test(externalize_counts_for_every_later_ballot),
        cmocka_unit_test(two_organisations_make_one_accept_and_three_confirm),
        cmocka_unit_test(a_quorum_holds_slices_of_all_its_members),
        cmocka_unit_test(the_timer_of_a_ballot_waits_for_a_quorum),
        cmocka_unit_test(quorum_sets_that_make_no_sense_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
