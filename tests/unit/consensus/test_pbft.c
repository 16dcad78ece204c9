/* PBFT: counts and delays against the closed forms, and every unhappy path. */
#include "core/consensus/certificate.h"
#include "core/consensus/pbft/machine.h"
#include "core/consensus/pbft/pbft.h"

#include "sim/base/os_memory.h"
#include "sim/consensus/chaos.h"

#include "tests/unit/consensus/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define VIEW_TIMEOUT (2000 * MS)

static const hst_consensus_protocol *const pbft = &hst_protocol_pbft;

/* Parameters with another K, L and number in progress. */
static void set_window(test_cluster *test,
                       int64_t parameters[HST_PBFT_PARAMETERS],
                       int64_t interval,
                       int64_t window)
{
    for (uint32_t p = 0; p < HST_PBFT_PARAMETERS; p++) {
        parameters[p] = pbft->parameters[p].standard;
    }
    parameters[HST_PBFT_PARAMETER_CHECKPOINT] = interval;
    parameters[HST_PBFT_PARAMETER_WINDOW] = window;
    test->options.parameters = parameters;
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

static void crash(test_cluster *test, uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++) {
        hst_cluster_crash(test->cluster, i);
    }
}

static void cut_halves(test_cluster *test, uint32_t first_half, bool cut)
{
    for (uint32_t a = 0; a < first_half; a++) {
        for (uint32_t b = first_half; b < test->membership.count; b++) {
            hst_network_cut(hst_cluster_network(test->cluster), a, b, cut);
            hst_network_cut(hst_cluster_network(test->cluster), b, a, cut);
        }
    }
}

/* ---- the contract, counts, delays ------------------------------------------------------------ */

static void it_keeps_the_contract_of_all_protocols(void **state)
{
    (void)state;
    test_contract(pbft, 4, true);
    test_contract(pbft, 7, true);
}

static void it_keeps_the_contract_alone(void **state)
{
    (void)state;
    test_contract(pbft, 1, true);
}

/* (n-1) PRE-PREPAREs, (n-1)^2 PREPAREs, n(n-1) COMMITs: 2n(n-1), and nothing else. */
static void a_decision_takes_exactly_the_messages_of_the_paper(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {1, 2, 3, 4, 5, 6, 7, 10, 16, 31, 64};
    static const uint64_t totals[] = {0, 4, 12, 24, 40, 60, 84, 180, 480, 1860, 8064};
    enum { DECISIONS = 10 };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        test_cluster test;
        const uint64_t n = sizes[i];
        test_plan(&test, pbft, (uint32_t)n, 1);
        test_make(&test);
        test_load(&test, DECISIONS, 20 * MS);
        test_run(&test, 2 * HST_SECOND_NS);
        const hst_cluster_report report = report_of(&test);
        assert_int_equal(test_decided(&test), DECISIONS);
        assert_int_equal(report.committed_all, DECISIONS);
        assert_int_equal(report.by_kind[HST_PBFT_PRE_PREPARE], DECISIONS * (n - 1));
        assert_int_equal(report.by_kind[HST_PBFT_PREPARE], DECISIONS * (n - 1) * (n - 1));
        assert_int_equal(report.by_kind[HST_PBFT_COMMIT], DECISIONS * n * (n - 1));
        assert_int_equal(report.by_kind[HST_PBFT_PRE_PREPARE] + report.by_kind[HST_PBFT_PREPARE] +
                             report.by_kind[HST_PBFT_COMMIT],
                         DECISIONS * totals[i]);
        assert_int_equal(report.by_kind[HST_PBFT_VIEW_CHANGE], 0);
        assert_int_equal(report.by_kind[HST_PBFT_DECIDED], 0);
        test_end(&test);
    }
}

static void checkpoints_come_every_k_decisions(void **state)
{
    (void)state;
    int64_t parameters[HST_PBFT_PARAMETERS];
    test_cluster test;
    test_plan(&test, pbft, 7, 1);
    set_window(&test, parameters, 10, 20);
    test_make(&test);
    test_load(&test, 105, 10 * MS);
    test_reach(&test, 105, 20 * HST_SECOND_NS);
    test_run(&test, 21 * HST_SECOND_NS);
    const hst_cluster_report report = report_of(&test);
    assert_int_equal(report.by_kind[HST_PBFT_CHECKPOINT], 10 * 7 * 6);
    assert_int_equal(report.by_kind[HST_PBFT_PRE_PREPARE] + report.by_kind[HST_PBFT_PREPARE] +
                         report.by_kind[HST_PBFT_COMMIT],
                     105 * 84);
    assert_int_equal(view_of(&test, 3).view, 0);
    test_end(&test);
}

static void a_decision_takes_three_delays(void **state)
{
    (void)state;
    test_cluster test;
    test_plan(&test, pbft, 10, 1);
    test.network.jitter_ns = 0;
    test.options.costs.write_ns = 0;
    test_make(&test);
    test_run(&test, 100 * MS);
    test_load(&test, 1, 0);
    test_run(&test, 130 * MS - 1);
    assert_int_equal(report_of(&test).decided, 0);
    test_run(&test, 130 * MS);
    assert_int_equal(report_of(&test).committed_all, 1);
    test_end(&test);
}

static void decisions_run_side_by_side(void **state)
{
    (void)state;
    test_cluster test;
    test_plan(&test, pbft, 4, 1);
    test.network.jitter_ns = 0;
    test.options.costs.write_ns = 0;
    test_make(&test);
    test_run(&test, 100 * MS);
    test_load(&test, 32, 0);
    test_run(&test, 130 * MS);
    assert_int_equal(report_of(&test).committed_all, 32);
    test_end(&test);
}

/* ---- the primary fails ----------------------------------------------------------------------- */

static void a_crashed_primary_is_replaced(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {4, 5, 7, 10};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        test_cluster test;
        test_plan(&test, pbft, sizes[i], 3);
        test_make(&test);
        test_load(&test, 100, 20 * MS);
        test_run(&test, 500 * MS);
        hst_cluster_crash(test.cluster, 0);
        test_run(&test, 20 * HST_SECOND_NS);
        assert_int_equal(test_decided(&test), 100);
        assert_int_equal(view_of(&test, 1).view, 1);
        assert_true(view_of(&test, 1).leading);
        hst_cluster_restart(test.cluster, 0, true);
        test_run(&test, 30 * HST_SECOND_NS);
        const hst_cluster_report report = report_of(&test);
        assert_int_equal(report.committed_all, report.decided);
        assert_int_equal(report.duplicates, 0);
        test_end(&test);
    }
}

/* n(n-1) VIEW-CHANGEs less what the crashed one does not send, n-1 NEW-VIEWs. */
static void a_view_change_takes_n_squared_messages(void **state)
{
    (void)state;
    test_cluster test;
    test_plan(&test, pbft, 10, 1);
    test_make(&test);
    test_run(&test, 3000 * MS);
    hst_cluster_crash(test.cluster, 0);
    test_load(&test, 1, 0);
    test_run(&test, 10 * HST_SECOND_NS);
    assert_int_equal(test_decided(&test), 1);
    const hst_cluster_report report = report_of(&test);
    assert_int_equal(report.by_kind[HST_PBFT_VIEW_CHANGE], 9 * 9);
    assert_int_equal(report.by_kind[HST_PBFT_NEW_VIEW], 9);
    test_end(&test);
}

static void f_silent_replicas_do_not_stop_it(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {4, 5, 6, 7, 10, 40};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const uint32_t f = (uint32_t)hst_faulty_max(sizes[i]);
        for (uint32_t first = 0; first < 2; first++) { /* with the primary, and without it */
            test_cluster test;
            test_plan(&test, pbft, sizes[i], 1);
            test_make(&test);
            test_run(&test, 1 * MS);
            crash(&test, first, f);
            test_load(&test, 10, 20 * MS);
            test_run(&test, (sizes[i] < 40 ? 120 : 20) * HST_SECOND_NS);
            if (sizes[i] < 40 || first == 1) {
                assert_int_equal(test_decided(&test), 10);
                assert_int_equal(view_of(&test, f + 1).view, first == 0 ? f : 0);
            }
            test_end(&test);
        }
    }
}

static void more_than_f_silent_replicas_stop_it(void **state)
{
    (void)state;
    test_cluster test;
    test_plan(&test, pbft, 7, 1);
    test_make(&test);
    test_run(&test, 1 * MS);
    crash(&test, 4, 3);
    test_load(&test, 10, 20 * MS);
    test_run(&test, 120 * HST_SECOND_NS);
    assert_int_equal(test_decided(&test), 0);
    test_end(&test);
}

/* Primaries 0, 1, 2 are down: T for the request, then T, 2T for their NEW-VIEWs: 4T, not 3T. */
static void the_timer_doubles_with_each_view_change_in_vain(void **state)
{
    (void)state;
    test_cluster test;
    test_plan(&test, pbft, 10, 1);
    test_make(&test);
    test_run(&test, 1 * MS);
    crash(&test, 0, 3);
    test_load(&test, 1, 0);
    test_run(&test, 60 * HST_SECOND_NS);
    int64_t first_ns = 0;
    assert_true(hst_cluster_decided(test.cluster, 1, NULL, NULL, &first_ns));
    assert_int_equal(view_of(&test, 5).view, 3);
    assert_true(first_ns >= 4 * VIEW_TIMEOUT);
    assert_true(first_ns < 4 * VIEW_TIMEOUT + 300 * MS);
    test_end(&test);
}

static uint32_t
make_pre_prepare(uint8_t bytes[128], uint64_t view, uint64_t sequence, hst_batch batch)
{
    hst_wire wire;
    const hst_pbft_request request = {.batch = batch, .proposer = 0};
    const hst_statement statement = {.phase = HST_PBFT_PHASE_PREPARE,
                                     .view = view,
                                     .height = sequence,
                                     .id = hst_pbft_value_id(sequence, &request)};
    hst_wire_begin(&wire, bytes, 128, false);
    hst_wire_u8(&wire, HST_PBFT_PRE_PREPARE);
    hst_wire_statement(&wire, &statement);
    hst_pbft_write_request(&wire, &request);
    return wire.at;
}

/* What was prepared in the old view is decided in the new one, at its place. */
typedef struct muffled {
    uint8_t kind;
    bool on;
} muffled;

static hst_cluster_verdict muffle(void *context,
                                  hst_cluster *cluster,
                                  uint32_t from,
                                  uint32_t to,
                                  const uint8_t *bytes,
                                  uint32_t size)
{
    const muffled *m = context;
    (void)cluster, (void)from, (void)to, (void)size;
    return (hst_cluster_verdict){.drop = m->on && bytes[0] == m->kind};
}

static void what_was_prepared_survives_the_view(void **state)
{
    (void)state;
    test_cluster test;
    uint8_t bytes[128];
    muffled commits = {.kind = HST_PBFT_COMMIT, .on = true};
    test_plan(&test, pbft, 4, 1);
    test.options.filter = muffle;
    test.options.filter_context = &commits;
    test_make(&test);
    test_run(&test, 1 * MS);
    hst_cluster_crash(test.cluster, 0);
    test_load(&test, 3, 0);
    test_run(&test, 2 * MS);
    /* Its last word: batch 3 first, which nobody would propose by himself. The next primary did not
     * hear it, and has it from the VIEW-CHANGEs of the two who prepared it. */
    const uint32_t size =
        make_pre_prepare(bytes, 0, 1, (hst_batch){.id = 3, .size = 1000, .count = 10});
    for (uint32_t i = 2; i < 4; i++) {
        hst_cluster_inject(test.cluster, 0, i, bytes, size);
    }
    test_run(&test, 200 * MS);
    assert_int_equal(report_of(&test).decided, 0);
    commits.on = false;
    test_run(&test, 20 * HST_SECOND_NS);
    hst_batch batch;
    assert_true(hst_cluster_decided(test.cluster, 1, NULL, &batch, NULL));
    assert_int_equal(batch.id, 3);
    assert_int_equal(test_decided(&test), 3);
    assert_int_equal(report_of(&test).duplicates, 0);
    test_end(&test);
}

/* All PREPAREs of the first while are lost: they are said again before any view changes. */
static void losses_are_made_good_within_the_view(void **state)
{
    (void)state;
    test_cluster test;
    muffled prepares = {.kind = HST_PBFT_PREPARE, .on = true};
    test_plan(&test, pbft, 10, 1);
    test.options.filter = muffle;
    test.options.filter_context = &prepares;
    test_make(&test);
    test_load(&test, 5, 10 * MS);
    test_run(&test, 300 * MS);
    assert_int_equal(report_of(&test).decided, 0);
    prepares.on = false;
    test_run(&test, 700 * MS);
    assert_int_equal(report_of(&test).committed_all, 5);
    assert_int_equal(view_of(&test, 4).view, 0);
    test_end(&test);
}

/* Two backups with fast clocks time out first; the third follows at once. */
static void a_backup_follows_f_plus_one_others(void **state)
{
    (void)state;
    static const int32_t drifts[4] = {0, 0, 100000, 100000};
    test_cluster test;
    test_plan(&test, pbft, 4, 1);
    test.options.clock_drift_ppm = drifts;
    test_make(&test);
    test_run(&test, 1 * MS);
    hst_cluster_crash(test.cluster, 0);
    test_load(&test, 1, 0);
    test_run(&test, 1700 * MS);
    assert_int_equal(view_of(&test, 1).view, 0);
    test_run(&test, 1950 * MS);
    assert_int_equal(view_of(&test, 1).view, 1);
    assert_int_equal(test_decided(&test), 1);
    test_end(&test);
}

/* Four sequence numbers are accepted but the second is not prepared anywhere: the new view fills it
 * with the null request, and its batch comes later. */
typedef struct gap {
    uint64_t sequence;
} gap;

static hst_cluster_verdict drop_sequence(void *context,
                                         hst_cluster *cluster,
                                         uint32_t from,
                                         uint32_t to,
                                         const uint8_t *bytes,
                                         uint32_t size)
{
    const gap *g = context;
    uint64_t view = 0;
    uint64_t sequence = 0;
    (void)cluster, (void)from, (void)to;
    if (bytes[0] <= HST_PBFT_COMMIT && size >= HST_PBFT_VOTE_SIZE) {
        memcpy(&view, bytes + 2, sizeof view);
        memcpy(&sequence, bytes + 10, sizeof sequence);
    }
    return (hst_cluster_verdict){.drop = view == 0 && sequence == g->sequence};
}

static void a_gap_is_filled_with_the_null_request(void **state)
{
    (void)state;
    test_cluster test;
    gap g = {.sequence = 2};
    test_plan(&test, pbft, 4, 1);
    test.options.filter = drop_sequence;
    test.options.filter_context = &g;
    test_make(&test);
    test_load(&test, 4, 10 * MS);
    test_run(&test, 60 * HST_SECOND_NS);
    hst_batch batch;
    assert_true(hst_cluster_decided(test.cluster, 2, NULL, &batch, NULL));
    assert_int_equal(batch.id, 0);
    assert_true(hst_cluster_decided(test.cluster, 4, NULL, &batch, NULL));
    assert_int_equal(batch.id, 4);
    assert_true(hst_cluster_decided(test.cluster, 5, NULL, &batch, NULL));
    assert_int_equal(batch.id, 2);
    assert_int_equal(test_decided(&test), 4);
    test_end(&test);
}

/* ---- Byzantine primaries --------------------------------------------------------------------- */

/* The primary proposes batch 1 to some and batch 2 to the rest, at sequence number 1. */
static void equivocate(uint32_t deceived, uint64_t *view)
{
    test_cluster test;
    uint8_t bytes[128];
    test_plan(&test, pbft, 4, 1);
    test_make(&test);
    test_run(&test, 1 * MS);
    const uint32_t size =
        make_pre_prepare(bytes, 0, 1, (hst_batch){.id = 2, .size = 1000, .count = 10});
    for (uint32_t i = 0; i < deceived; i++) {
        hst_cluster_inject(test.cluster, 0, 3 - i, bytes, size);
    }
    test_load(&test, 20, 20 * MS);
    test_run(&test, 60 * HST_SECOND_NS);
    const hst_cluster_report report = report_of(&test);
    assert_int_equal(test_decided(&test), 20);
    assert_int_equal(report.committed_all, report.decided);
    assert_int_equal(report.evidence, deceived);
    *view = view_of(&test, 1).view;
    test_end(&test);
}

static void a_primary_that_equivocates_is_reported_and_outvoted(void **state)
{
    (void)state;
    uint64_t view;
    equivocate(1, &view); /* a quorum agrees; the deceived one fetches */
    assert_int_equal(view, 0);
    equivocate(2, &view); /* no quorum: the view changes */
    assert_int_equal(view, 1);
}

/* Replica 3 accepts one proposal, crashes, and is offered another one for the same place. */
static void a_restart_does_not_forget_a_vote(void **state)
{
    (void)state;
    test_cluster test;
    uint8_t bytes[128];
    test_plan(&test, pbft, 4, 1);
    test_make(&test);
    test_load(&test, 2, 0);
    test_run(&test, 1 * MS);
    uint32_t size = make_pre_prepare(bytes, 0, 5, (hst_batch){.id = 1, .size = 1000, .count = 10});
    hst_cluster_inject(test.cluster, 0, 3, bytes, size);
    test_run(&test, 5 * MS);
    const hst_consensus_view before = view_of(&test, 3);
    assert_int_equal(before.vote_height, 5);
    assert_int_equal(before.vote_phase, HST_PBFT_PHASE_PREPARE);
    hst_cluster_crash(test.cluster, 3);
    hst_cluster_restart(test.cluster, 3, true);
    size = make_pre_prepare(bytes, 0, 5, (hst_batch){.id = 2, .size = 1000, .count = 10});
    hst_cluster_inject(test.cluster, 0, 3, bytes, size);
    test_run(&test, 10 * MS);
    const hst_consensus_view after = view_of(&test, 3);
    assert_int_equal(after.refused, 1);
    assert_true(hst_hash_equal(&before.vote, &after.vote));
    test_run(&test, 20 * HST_SECOND_NS);
    assert_int_equal(test_decided(&test), 2);
    test_end(&test);
}

/* What it has not made durable it has not said either. */
static void a_vote_counts_when_it_is_durable(void **state)
{
    (void)state;
    test_cluster test;
    test_plan(&test, pbft, 4, 1);
    test.network.jitter_ns = 0;
    test.options.costs.write_ns = 7 * MS;
    test_make(&test);
    test_run(&test, 100 * MS);
    test_load(&test, 1, 0);
    test_run(&test, 106 * MS); /* the primary's record is not durable */
    assert_int_equal(report_of(&test).by_kind[HST_PBFT_PRE_PREPARE], 0);
    test_run(&test, 123 * MS); /* nor is the backups' */
    assert_int_equal(report_of(&test).by_kind[HST_PBFT_PRE_PREPARE], 3);
    assert_int_equal(report_of(&test).by_kind[HST_PBFT_PREPARE], 0);
    assert_int_equal(view_of(&test, 1).vote_height, 0);
    test_run(&test, 151 * MS - 1); /* three times 10 + 7 */
    assert_int_equal(report_of(&test).decided, 0);
    test_run(&test, 151 * MS);
    assert_int_equal(report_of(&test).committed_all, 1);
    test_end(&test);
}

/* A VIEW-CHANGE's place in a NEW-VIEW: member, statement, count, ages. */
static uint32_t change_size(const uint8_t *bytes)
{
    uint16_t ages;
    memcpy(&ages, bytes + 2 + HST_STATEMENT_SIZE, sizeof ages);
    return 2 + HST_STATEMENT_SIZE + 2 + 2 * (uint32_t)ages;
}

typedef struct capture {
    uint8_t bytes[8192];
    uint32_t size;
    uint8_t kind;
    uint32_t to; /* does not get it */
} capture;

static hst_cluster_verdict take_down(void *context,
                                     hst_cluster *cluster,
                                     uint32_t from,
                                     uint32_t to,
                                     const uint8_t *bytes,
                                     uint32_t size)
{
    capture *c = context;
    (void)cluster, (void)from;
    if (bytes[0] == HST_PBFT_COMMIT && c->size == 0) {
        return (hst_cluster_verdict){.drop = true};
    }
    if (bytes[0] != c->kind || to != c->to) {
        return (hst_cluster_verdict){0};
    }
    assert_true(size <= sizeof c->bytes);
    memcpy(c->bytes, bytes, size);
    c->size = size;
    return (hst_cluster_verdict){.drop = true};
}

/* The same V, but an O that puts the null request where V shows a prepared one. */
static uint32_t forge_new_view(const capture *c, uint8_t *out, uint32_t capacity)
{
    enum { HEAD = 1 + HST_STATEMENT_SIZE, ENTRY = 1 + 20 + HST_STATEMENT_SIZE + 1 };
    const hst_pbft_request null_request = {0};
    const hst_hash null_id = hst_pbft_value_id(1, &null_request);
    const uint32_t tail = 2 + ENTRY + HST_STATEMENT_SIZE;
    uint16_t members;
    memcpy(&members, c->bytes + HEAD, sizeof members);
    hst_digest digest;
    hst_digest_init(&digest, NULL, 0);
    hst_digest_u64(&digest, 1);
    hst_digest_u64(&digest, 0);
    uint32_t at = HEAD + 2;
    for (uint16_t i = 0; i < members; i++) {
        uint16_t member;
        memcpy(&member, c->bytes + at, sizeof member);
        hst_digest_u64(&digest, member);
        hst_digest_update(&digest, c->bytes + at + 2 + 17, HST_HASH_SIZE);
        at += change_size(c->bytes + at);
    }
    assert_int_equal(at + tail, c->size); /* one entry, proven */
    hst_digest_u64(&digest, 1);
    hst_digest_update(&digest, null_id.bytes, HST_HASH_SIZE);
    const hst_statement head = {
        .phase = HST_PBFT_PHASE_NEW_VIEW, .view = 1, .id = hst_digest_final(&digest)};
    const hst_statement entry = {
        .phase = HST_PBFT_PHASE_PREPARE, .view = 1, .height = 1, .id = null_id};
    hst_wire wire;
    hst_wire_begin(&wire, out, capacity, false);
    hst_wire_u8(&wire, HST_PBFT_NEW_VIEW);
    hst_wire_statement(&wire, &head);
    hst_wire_bytes(&wire, c->bytes + HEAD, at - HEAD);
    hst_wire_u16(&wire, 1);
    hst_wire_u8(&wire, 0);
    hst_pbft_write_request(&wire, &null_request);
    hst_wire_statement(&wire, &entry);
    return wire.at;
}

/* A capture of the NEW-VIEW of view 1, whose O holds one prepared request; replica 3 lacks it. */
static void capture_new_view(test_cluster *test, capture *c)
{
    *c = (capture){.kind = HST_PBFT_NEW_VIEW, .to = 3};
    test_plan(test, pbft, 4, 1);
    test->options.filter = take_down;
    test->options.filter_context = c;
    test_make(test);
    test_load(test, 1, 0);
    test_run(test, 200 * MS);
    hst_cluster_crash(test->cluster, 0);
    while (c->size == 0) {
        test_run(test, hst_cluster_now(test->cluster) + 1 * MS);
        assert_true(hst_cluster_now(test->cluster) < 20 * HST_SECOND_NS);
    }
}

static void backups_work_out_for_themselves_what_a_new_view_must_say(void **state)
{
    (void)state;
    static capture c;
    static uint8_t forged[8192];
    test_cluster test;
    capture_new_view(&test, &c);
    const uint32_t size = forge_new_view(&c, forged, sizeof forged);
    const uint64_t before = view_of(&test, 3).refused;
    hst_cluster_inject(test.cluster, 1, 3, forged, size);
    assert_int_equal(view_of(&test, 3).refused, before + 1);
    assert_int_equal(view_of(&test, 3).view_changes, 0);
    hst_cluster_inject(test.cluster, 2, 3, c.bytes, c.size); /* not of its primary */
    assert_int_equal(view_of(&test, 3).refused, before + 2);
    hst_cluster_inject(test.cluster, 1, 3, c.bytes, c.size);
    assert_int_equal(view_of(&test, 3).view_changes, 1);
    test_run(&test, 30 * HST_SECOND_NS);
    assert_int_equal(test_decided(&test), 1);
    test_end(&test);
}

static void every_truncated_or_extended_message_is_refused(void **state)
{
    (void)state;
    static const uint8_t of[] = {HST_PBFT_VIEW_CHANGE, HST_PBFT_NEW_VIEW};
    for (size_t k = 0; k < sizeof of; k++) {
        static capture c;
        test_cluster test;
        c = (capture){.kind = of[k], .to = 3};
        test_plan(&test, pbft, 4, 1);
        test.options.filter = take_down;
        test.options.filter_context = &c;
        test_make(&test);
        test_load(&test, 1, 0);
        test_run(&test, 200 * MS);
        hst_cluster_crash(test.cluster, 0);
        while (c.size == 0) {
            test_run(&test, hst_cluster_now(test.cluster) + 1 * MS);
            assert_true(hst_cluster_now(test.cluster) < 20 * HST_SECOND_NS);
        }
        hst_consensus_config config = {.self = 3, .membership = &test.membership};
        assert_true(pbft->claims(&config, 1, c.bytes, c.size, NULL, 0) > 3);
        for (uint32_t size = 1; size <= c.size + 3; size++) {
            if (size == c.size) {
                continue;
            }
            const hst_consensus_view before = view_of(&test, 3);
            hst_cluster_inject(test.cluster, 1, 3, c.bytes, size);
            const hst_consensus_view after = view_of(&test, 3);
            assert_int_equal(after.refused, before.refused + 1);
            assert_int_equal(after.view, before.view);
            if (size < c.size) {
                assert_int_equal(pbft->claims(&config, 1, c.bytes, size, NULL, 0), 0);
            }
        }
        test_run(&test, 30 * HST_SECOND_NS);
        assert_int_equal(test_decided(&test), 1);
        test_end(&test);
    }
}

/* ---- replicas that were away ----------------------------------------------------------------- */

static void a_replica_that_lost_its_disk_catches_up(void **state)
{
    (void)state;
    for (uint32_t victim = 0; victim < 4; victim++) {
        test_cluster test;
        test_plan(&test, pbft, 4, 1);
        test_make(&test);
        test_load(&test, 60, 20 * MS);
        test_run(&test, 400 * MS);
        hst_cluster_crash(test.cluster, victim);
        test_run(&test, 1200 * MS);
        hst_cluster_restart(test.cluster, victim, false);
        test_run(&test, 20 * HST_SECOND_NS);
        const hst_cluster_report report = report_of(&test);
        assert_int_equal(test_decided(&test), 60);
        assert_int_equal(report.committed_all, report.decided);
        assert_true(report.by_kind[HST_PBFT_DECIDED] > 0);
        test_end(&test);
    }
}

static void a_replica_far_behind_gets_the_state(void **state)
{
    (void)state;
    for (int with_disk = 0; with_disk < 2; with_disk++) {
        int64_t parameters[HST_PBFT_PARAMETERS];
        test_cluster test;
        test_plan(&test, pbft, 4, 1);
        set_window(&test, parameters, 8, 16);
        test_make(&test);
        test_load(&test, 205, 10 * MS);
        test_run(&test, 100 * MS);
        hst_cluster_crash(test.cluster, 2);
        test_run(&test, 1800 * MS);
        hst_cluster_restart(test.cluster, 2, with_disk != 0);
        test_reach(&test, 205, 30 * HST_SECOND_NS);
        assert_true(report_of(&test).by_kind[HST_PBFT_STABLE] > 0);
        test_run(&test, 60 * HST_SECOND_NS);
        assert_int_equal(view_of(&test, 2).behind, 0);
        test_end(&test);
    }
}

static void a_replica_that_was_cut_off_catches_up(void **state)
{
    (void)state;
    test_cluster test;
    test_plan(&test, pbft, 7, 1);
    test_make(&test);
    test_load(&test, 90, 20 * MS);
    test_run(&test, 300 * MS);
    for (uint32_t other = 0; other < 7; other++) {
        hst_network_cut(hst_cluster_network(test.cluster), other, 5, true);
    }
    test_run(&test, 1500 * MS);
    hst_network_heal(hst_cluster_network(test.cluster));
    test_run(&test, 20 * HST_SECOND_NS);
    const hst_cluster_report report = report_of(&test);
    assert_int_equal(report.committed_all, 90);
    test_end(&test);
}

static void all_may_crash_at_once(void **state)
{
    (void)state;
    for (int64_t at = 20; at < 400; at += 31) {
        test_cluster test;
        test_plan(&test, pbft, 4, (uint64_t)at);
        test_make(&test);
        test_load(&test, 20, 20 * MS);
        test_run(&test, at * MS);
        crash(&test, 0, 4);
        test_run(&test, (at + 50) * MS);
        for (uint32_t i = 0; i < 4; i++) {
            hst_cluster_restart(test.cluster, i, true);
        }
        test_run(&test, 60 * HST_SECOND_NS);
        const hst_cluster_report report = report_of(&test);
        assert_int_equal(test_decided(&test), 20);
        assert_int_equal(report.committed_all, report.decided);
        test_end(&test);
    }
}

/* Executed, but the CHECKPOINT got lost with the memory of all who said it. */
static void checkpoints_survive_that_too(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        int64_t parameters[HST_PBFT_PARAMETERS];
        test_cluster test;
        muffled checkpoints = {.kind = HST_PBFT_CHECKPOINT, .on = true};
        test_plan(&test, pbft, 4, seed);
        test.options.filter = muffle;
        test.options.filter_context = &checkpoints;
        set_window(&test, parameters, 8, 20);
        test_make(&test);
        test_load(&test, 40, 10 * MS);
        test_run(&test, 1000 * MS);
        assert_int_equal(report_of(&test).decided, 20); /* all of the window */
        crash(&test, 0, 4);
        checkpoints.on = false;
        for (uint32_t i = 0; i < 4; i++) {
            hst_cluster_restart(test.cluster, i, true);
        }
        test_run(&test, 60 * HST_SECOND_NS);
        assert_int_equal(test_decided(&test), 40);
        test_end(&test);
    }
}

static void clocks_may_differ_and_drift(void **state)
{
    (void)state;
    static const int64_t offsets[4] = {0, 5 * HST_SECOND_NS, 1, 77777};
    static const int32_t drifts[4] = {100, -100, 37, -3};
    for (uint64_t seed = 1; seed <= 10; seed++) {
        test_cluster test;
        test_plan(&test, pbft, 4, seed);
        test.options.clock_offset_ns = offsets;
        test.options.clock_drift_ppm = drifts;
        test.network.loss_ppm = 50000;
        test_make(&test);
        test_load(&test, 40, 50 * MS);
        test_storm(&test, seed, 1, 5 * HST_SECOND_NS, 100 * HST_SECOND_NS);
        assert_int_equal(test_decided(&test), 40);
        test_end(&test);
    }
}

static void a_cluster_with_real_signatures_survives_all_that(void **state)
{
    (void)state;
    int64_t parameters[HST_PBFT_PARAMETERS];
    test_cluster test;
    test_plan(&test, pbft, 4, 5);
    test.options.real_crypto = true;
    set_window(&test, parameters, 8, 16);
    test_make(&test);
    test_load(&test, 40, 20 * MS);
    test_run(&test, 200 * MS);
    hst_cluster_crash(test.cluster, 0);
    test_run(&test, 8 * HST_SECOND_NS);
    hst_cluster_restart(test.cluster, 0, false);
    test_run(&test, 10 * HST_SECOND_NS);
    hst_cluster_crash(test.cluster, 1);
    test_load(&test, 10, 20 * MS);
    test_run(&test, 30 * HST_SECOND_NS);
    hst_cluster_restart(test.cluster, 1, true);
    test_run(&test, 40 * HST_SECOND_NS);
    const hst_cluster_report report = report_of(&test);
    assert_int_equal(report.forged, 0);
    assert_int_equal(test_decided(&test), 50);
    assert_int_equal(report.committed_all, report.decided);
    assert_true(report.by_kind[HST_PBFT_NEW_VIEW] > 3);
    assert_true(report.by_kind[HST_PBFT_STABLE] > 0);
    assert_true(report.by_kind[HST_PBFT_DECIDED] > 0);
    test_end(&test);
}

/* ---- partitions and storms ------------------------------------------------------------------- */

static void no_half_of_a_partition_decides_alone(void **state)
{
    (void)state;
    static const uint32_t sizes[][2] = {{4, 2}, {5, 2}, {7, 3}, {10, 5}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        test_cluster test;
        const uint32_t n = sizes[i][0];
        const uint32_t half = sizes[i][1];
        const bool larger_decides = n - half >= hst_quorum(n);
        test_plan(&test, pbft, n, 1);
        test_make(&test);
        test_load(&test, 200, 20 * MS);
        test_run(&test, 500 * MS);
        cut_halves(&test, half, true);
        test_run(&test, 600 * MS); /* what was under way */
        const uint64_t before = view_of(&test, 0).commit_height;
        const uint64_t decided = test_decided(&test);
        test_run(&test, 6 * HST_SECOND_NS);
        assert_int_equal(view_of(&test, 0).commit_height, before);
        assert_int_equal(test_decided(&test) > decided, larger_decides);
        cut_halves(&test, half, false);
        test_run(&test, 120 * HST_SECOND_NS);
        const hst_cluster_report report = report_of(&test);
        assert_int_equal(test_decided(&test), 200);
        assert_int_equal(report.committed_all, report.decided);
        test_end(&test);
    }
}

/* A VIEW-CHANGE brings a quorum's signatures for each of almost 100 sequence numbers. Said by all
 * to all every half second, checking them would take most of a processor, and more than one of more
 * replicas. Whoever asks gets it at once, so that halves do not wait for long when they meet. */
static void waiting_for_a_view_does_not_occupy_processors(void **state)
{
    (void)state;
    enum { N = 16, BATCHES = 400 };
    test_cluster test;
    test_plan(&test, pbft, N, 1);
    test.options.costs.verify_ns = 50000;
    test_make(&test);
    test_load(&test, BATCHES, 50 * MS);
    test_run(&test, 9900 * MS);
    cut_halves(&test, N / 2, true);
    int64_t before[N];
    for (uint32_t i = 0; i < N; i++) {
        before[i] = hst_cluster_busy(test.cluster, i);
    }
    test_run(&test, 30 * HST_SECOND_NS);
    for (uint32_t i = 0; i < N; i++) {
        assert_true(hst_cluster_busy(test.cluster, i) - before[i] < 8 * HST_SECOND_NS);
    }
    cut_halves(&test, N / 2, false);
    test_run(&test, 40 * HST_SECOND_NS);
    assert_int_equal(test_decided(&test), BATCHES);
    test_end(&test);
}

static void storms_do_no_harm(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {4, 5, 7, 10};
    for (uint64_t seed = 1; seed <= 40; seed++) {
        int64_t parameters[HST_PBFT_PARAMETERS];
        test_cluster test;
        const uint32_t n = sizes[seed % 4];
        test_plan(&test, pbft, n, seed);
        set_window(&test, parameters, seed % 2 == 0 ? 100 : 8, seed % 2 == 0 ? 200 : 20);
        test_make(&test);
        test_load(&test, 100, 100 * MS);
        test_storm(&test, seed, (uint32_t)hst_faulty_max(n), 20 * HST_SECOND_NS,
                   100 * HST_SECOND_NS);
        const hst_cluster_report report = report_of(&test);
        assert_int_equal(test_decided(&test), 100);
        assert_int_equal(report.committed_all, report.decided);
        test_end(&test);
    }
}

/* Storms as every protocol has to stand them: twins, silence, garbled and repeated messages,
 * crashes, lost disks, cuts, partitions. */
static void storms_of_all_kinds_do_no_harm(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        const hst_chaos_options options = {
            .protocol = pbft, .seed = seed, .memory = hst_os_memory()};
        hst_chaos_outcome outcome;
        assert_int_equal(hst_chaos_run(&options, &outcome), HST_OK);
        if (outcome.violation.check != NULL) {
            fail_msg("seed %d: check %s: %s", (int)seed, outcome.violation.check,
                     outcome.violation.text);
        }
        if (!outcome.live) {
            fail_msg("seed %d is stuck", (int)seed);
        }
    }
}

static void storms_with_losses_do_no_harm(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        int64_t parameters[HST_PBFT_PARAMETERS];
        test_cluster test;
        test_plan(&test, pbft, 4, 100 + seed);
        test.network.loss_ppm = 30000;
        test.network.duplicate_ppm = 30000;
        test.network.jitter_ns = 60 * MS;
        set_window(&test, parameters, 10, 20);
        test_make(&test);
        test_load(&test, 60, 100 * MS);
        test_storm(&test, seed, 1, 10 * HST_SECOND_NS, 200 * HST_SECOND_NS);
        const hst_cluster_report report = report_of(&test);
        assert_int_equal(test_decided(&test), 60);
        assert_int_equal(report.committed_all, report.decided);
        test_end(&test);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_keeps_the_contract_of_all_protocols),
        cmocka_unit_test(it_keeps_the_contract_alone),
        cmocka_unit_test(a_decision_takes_exactly_the_messages_of_the_paper),
        cmocka_unit_test(checkpoints_come_every_k_decisions),
        cmocka_unit_test(a_decision_takes_three_delays),
        cmocka_unit_test(decisions_run_side_by_side),
        cmocka_unit_test(a_crashed_primary_is_replaced),
        cmocka_unit_test(a_view_change_takes_n_squared_messages),
        cmocka_unit_test(f_silent_replicas_do_not_stop_it),
        cmocka_unit_test(more_than_f_silent_replicas_stop_it),
        cmocka_unit_test(the_timer_doubles_with_each_view_change_in_vain),
        cmocka_unit_test(what_was_prepared_survives_the_view),
        cmocka_unit_test(losses_are_made_good_within_the_view),
        cmocka_unit_test(a_backup_follows_f_plus_one_others),
        cmocka_unit_test(a_gap_is_filled_with_the_null_request),
        cmocka_unit_test(a_primary_that_equivocates_is_reported_and_outvoted),
        cmocka_unit_test(a_restart_does_not_forget_a_vote),
        cmocka_unit_test(a_vote_counts_when_it_is_durable),
        cmocka_unit_test(backups_work_out_for_themselves_what_a_new_view_must_say),
        cmocka_unit_test(every_truncated_or_extended_message_is_refused),
        cmocka_unit_test(a_replica_that_lost_its_disk_catches_up),
        cmocka_unit_test(a_replica_far_behind_gets_the_state),
        cmocka_unit_test(a_replica_that_was_cut_off_catches_up),
        cmocka_unit_test(all_may_crash_at_once),
        cmocka_unit_test(checkpoints_survive_that_too),
        cmocka_unit_test(clocks_may_differ_and_drift),
        cmocka_unit_test(a_cluster_with_real_signatures_survives_all_that),
        cmocka_unit_test(no_half_of_a_partition_decides_alone),
        cmocka_unit_test(waiting_for_a_view_does_not_occupy_processors),
        cmocka_unit_test(storms_do_no_harm),
        cmocka_unit_test(storms_of_all_kinds_do_no_harm),
        cmocka_unit_test(storms_with_losses_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
