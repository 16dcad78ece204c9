/* XRP Ledger consensus: deliberation, validation, the preferred branch, trust that overlaps. */
#include "core/base/random.h"
#include "core/consensus/xrpl/xrpl.h"
#include "core/consensus/xrpl/xrpl_internal.h"

#include "sim/base/os_memory.h"
#include "sim/consensus/chaos.h"

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
 * delay later, as flooding would have it; a `hidden` one later still by replicas from `seers` on.
 */
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
        l->due_ns[l->count++] = input->now_ns + (late ? s->hidden_ns : 0) + (here ? 0 : s->link_ns);
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
    /* Where a message takes exactly a tick, whether it comes before or after it is chance there. */
    test.base_ns[0] = link_ns - link_ns / 100;
    test.network.jitter_ns = link_ns / 50;
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
        const int64_t off = 100 * (seen[i] - expected_ms[i]) / expected_ms[i];
        if (off > 10 || off < -10) {
            fail_msg("figure %d: %ld ms, published %ld ms", i, (long)seen[i], (long)expected_ms[i]);
        }
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

/* ---- the quiet case ------------------------------------------------------------------------ */

static void a_quiet_ledger_takes_a_proposal_and_a_validation_of_everyone(void **state)
{
    (void)state;
    static const uint32_t counts[] = {2, 4, 5, 10, 35};
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        const uint64_t n = counts[c];
        test_cluster test;
        plan(&test, counts[c], 1);
        test_make(&test);
        test_load(&test, 10, 1000 * MS);
        test_run(&test, 60 * SECOND + 500 * MS);
        const uint64_t ledgers = view_of(&test, 0).vote_height;
        const bool establishing = (view_of(&test, 0).view - ledgers) == 1;
        hst_cluster_report report = measured(&test);
        assert_true(establishing && ledgers >= 15);
        assert_int_equal(report.by_kind[HST_XRPL_VALIDATION], n * (n - 1) * ledgers);
        assert_true(report.by_kind[HST_XRPL_PROPOSAL] == n * (n - 1) * ledgers ||
                    report.by_kind[HST_XRPL_PROPOSAL] == n * (n - 1) * (ledgers + 1));
        assert_int_equal(report.messages,
                         report.by_kind[HST_XRPL_VALIDATION] + report.by_kind[HST_XRPL_PROPOSAL]);
        assert_int_equal(test_decided(&test), 10);
        test_end(&test);
    }
}

/* Open until a tick after validations came, Establish for two, then a write and a delay. */
static void a_quiet_ledger_takes_three_ticks_and_is_final_a_delay_later(void **state)
{
    (void)state;
    test_cluster test;
    int64_t first = 0, before = 0;
    plan(&test, 5, 1);
    test.network.jitter_ns = 0;
    test_make(&test);
    test_run(&test, 120 * SECOND);
    for (uint64_t h = 1; hst_cluster_decided(test.cluster, h, NULL, NULL, &first); h++) {
        assert_int_equal(first % SECOND, 1 * MS + 10 * MS);
        if (h > 1) {
            assert_int_equal(first - before, 3 * SECOND);
        }
        before = first;
    }
    assert_true(measured(&test).decided >= 30);
    test_end(&test);
}

static void any_number_of_replicas_decides(void **state)
{
    (void)state;
    static const uint32_t counts[] = {1, 2, 3, 4, 5, 6, 7, 10, 35, 64, 65};
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        test_cluster test;
        plan(&test, counts[c], 1);
        test_make(&test);
        test_load(&test, 100, 100 * MS);
        test_run(&test, 40 * SECOND);
        assert_int_equal(test_decided(&test), 100);
        assert_int_equal(measured(&test).duplicates, 0);
        test_end(&test);
    }
}

static void more_batches_than_a_ledger_holds_go_into_the_next_ones(void **state)
{
    (void)state;
    test_cluster test;
    plan(&test, 5, 1);
    test_make(&test);
    test_load(&test, 1000, 0);
    test_run(&test, 100 * SECOND);
    assert_int_equal(test_decided(&test), 1000);
    assert_int_equal(measured(&test).duplicates, 0);
    test_end(&test);
}

static void neighbours_pass_on_what_is_new_and_nothing_else(void **state)
{
    (void)state;
    enum { N = 8, PEERS = 3 };
    static uint32_t lists[N][PEERS];
    const uint32_t *peers[N];
    uint32_t counts[N];
    for (uint32_t i = 0; i < N; i++) { /* a ring with chords */
        lists[i][0] = (i + 1) % N;
        lists[i][1] = (i + N - 1) % N;
        lists[i][2] = (i + N / 2) % N;
        peers[i] = lists[i];
        counts[i] = PEERS;
    }
    test_cluster test;
    plan(&test, N, 1);
    test.options.peers = peers;
    test.options.peer_counts = counts;
    test_make(&test);
    test_load(&test, 50, 100 * MS);
    test_run(&test, 60 * SECOND);
    assert_int_equal(test_decided(&test), 50);
    const uint64_t ledgers = view_of(&test, 0).vote_height;
    const hst_cluster_report report = measured(&test);
    assert_int_equal(measured(&test).by_kind[HST_XRPL_FETCH], 0);
    /* The sender tells three, the other seven tell two each. */
    assert_int_equal(report.by_kind[HST_XRPL_VALIDATION],
                     ledgers * N * (PEERS + (N - 1) * (PEERS - 1)));
    test_end(&test);
}

/* ---- deliberation -------------------------------------------------------------------------- */

/* The ledger a batch is decided in, by its COMMIT's time; 0 = none yet. */
static int64_t decided_at(const test_cluster *test, uint64_t id)
{
    hst_batch batch;
    int64_t first;
    for (uint64_t h = 1; hst_cluster_decided(test->cluster, h, NULL, &batch, &first); h++) {
        if (batch.id == id) {
            return first;
        }
    }
    return 0;
}

/* Batch 2 is seen by `seers` of `count` when the ledger closes that holds batch 1. Whether it is in
 * the same ledger. */
static bool in_the_same_ledger(uint32_t count, uint32_t seers)
{
    const hst_consensus_protocol protocol = with_late_mempools();
    test_cluster test;
    sight s = {.hidden = 2, .seers = seers, .hidden_ns = 2500 * MS};
    standard(s.parameters);
    plan(&test, count, 1);
    test.options.protocol = &protocol;
    test.options.parameters = s.parameters;
    test.network.jitter_ns = 0;
    test_make(&test);
    /* Ledgers close at 15 s (idle), then every three seconds: 18, 21 ... */
    for (int b = 0; b < 2; b++) {
        assert_true(hst_cluster_submit(test.cluster, 20500 * MS, 100, 10) != 0);
    }
    test_run(&test, 60 * SECOND);
    const int64_t one = decided_at(&test, 1), two = decided_at(&test, 2);
    assert_true(one > 0 && two > 0); /* what is left out is taken again */
    test_end(&test);
    return one == two;
}

static void a_disputed_batch_stays_with_more_than_half_of_the_votes(void **state)
{
    (void)state;
    assert_false(in_the_same_ledger(4, 1));
    assert_false(in_the_same_ledger(4, 2)); /* exactly half is not enough */
    assert_true(in_the_same_ledger(4, 3));
    assert_false(in_the_same_ledger(10, 5));
    assert_true(in_the_same_ledger(10, 6));
    assert_true(in_the_same_ledger(5, 5));
}

static void the_threshold_rises_with_time(void **state)
{
    (void)state;
    assert_int_equal(hst_xrpl_threshold(0), 50);
    assert_int_equal(hst_xrpl_threshold(49), 50);
    assert_int_equal(hst_xrpl_threshold(50), 65);
    assert_int_equal(hst_xrpl_threshold(84), 65);
    assert_int_equal(hst_xrpl_threshold(85), 70);
    assert_int_equal(hst_xrpl_threshold(199), 70);
    assert_int_equal(hst_xrpl_threshold(200), 95);
}

static void close_times_fall_into_bins_that_adapt(void **state)
{
    (void)state;
    hst_xrpl_header parent = {.seq = 5, .close_s = 100, .resolution = 2, .agreed = true}, child;
    hst_xrpl_close_time(&child, &parent, 124);
    assert_int_equal(child.close_s, 120); /* 30 s bins */
    assert_true(child.agreed && child.resolution == 2);
    hst_xrpl_close_time(&child, &parent, 101);
    assert_int_equal(child.close_s, 101); /* never before the parent */
    hst_xrpl_close_time(&child, &parent, 0);
    assert_int_equal(child.close_s, 101); /* no agreement: parent + 1 s */
    assert_false(child.agreed);
    parent.agreed = false;
    assert_int_equal(hst_xrpl_next_resolution(&parent), 3); /* coarser at once */
    parent.agreed = true;
    parent.seq = 7;
    assert_int_equal(hst_xrpl_next_resolution(&parent), 1); /* finer at the eighth */
    assert_int_equal(hst_xrpl_bin(0, 2), 0);
    assert_true(hst_xrpl_bin(3, 2) != 0);
}

static void clocks_that_differ_agree_on_a_bin_or_to_disagree(void **state)
{
    (void)state;
    static const int64_t gaps_s[] = {1, 7, 40, 400};
    for (size_t g = 0; g < sizeof gaps_s / sizeof gaps_s[0]; g++) {
        int64_t offsets[5];
        test_cluster test;
        for (uint32_t i = 0; i < 5; i++) {
            offsets[i] = i * gaps_s[g] * SECOND;
        }
        plan(&test, 5, g);
        test.options.clock_offset_ns = offsets;
        test_make(&test);
        test_load(&test, 50, 500 * MS);
        test_run(&test, 120 * SECOND);
        assert_int_equal(test_decided(&test), 50);
        for (uint32_t i = 0; i < 5; i++) {
            assert_int_equal(view_of(&test, i).view_changes, 0); /* nobody took another's branch */
        }
        test_end(&test);
    }
}

/* ---- the preferred branch ------------------------------------------------------------------ */

/* A machine of five that trust each other, by hand. */
static hst_xrpl *alone(hst_membership *membership)
{
    *membership = (hst_membership){.count = 5, .total = 5};
    const hst_consensus_config config = {.membership = membership};
    const size_t size = hst_protocol_xrpl.state_size(&config);
    hst_xrpl *m = aligned_alloc(64, size);
    assert_non_null(m);
    memset(m, 0, size);
    assert_int_equal(hst_protocol_xrpl.init(m, &config), HST_OK);
    return m;
}

static hst_xrpl_ledger *child_of(hst_xrpl *m, const hst_xrpl_ledger *parent, uint64_t close_s)
{
    const uint32_t set = hst_xrpl_set_make(m, m->scratch, 0);
    const hst_xrpl_header header = {.seq = parent->header.seq + 1,
                                    .height = parent->header.height + 1,
                                    .close_s = close_s,
                                    .parent = parent->id,
                                    .set = m->sets[set].hash};
    const hst_hash id = hst_xrpl_ledger_id(&header);
    return hst_xrpl_ledger_fill(m, &header, &id, set);
}

static void validates(hst_xrpl *m, uint32_t node, const hst_xrpl_ledger *ledger)
{
    m->nodes[node].seq = ledger->header.seq;
    m->nodes[node].id = ledger->id;
    m->nodes[node].seen_ns = 1;
}

static void a_branch_is_followed_only_when_the_uncommitted_cannot_change_it(void **state)
{
    (void)state;
    hst_membership membership;
    hst_xrpl *m = alone(&membership);
    hst_xrpl_ledger *one = child_of(m, m->final, 1);
    hst_xrpl_ledger *a = child_of(m, one, 2), *b = child_of(m, one, 3);
    for (uint32_t v = 0; v < 5; v++) {
        validates(m, v, one);
    }
    validates(m, 0, a);
    validates(m, 1, a);
    validates(m, 2, b);
    m->prev = b;
    assert_ptr_equal(hst_xrpl_branch_preferred(m, 2), b); /* 3 and 4 may go either way */
    validates(m, 3, a);
    assert_ptr_equal(hst_xrpl_branch_preferred(m, 2), a);
    m->issued = 3; /* but who issued more waits until the others have come so far */
    assert_ptr_equal(hst_xrpl_branch_preferred(m, 2), b);
    m->issued = 0;
    assert_int_equal(one->branch, 5);
    assert_int_equal(one->tip, 1);
    m->prev = one; /* about to make a child of our own */
    assert_ptr_equal(hst_xrpl_branch_preferred(m, 2), one);
    hst_xrpl_ledger *next = child_of(m, a, 4);
    for (uint32_t v = 0; v < 5; v++) {
        validates(m, v, next);
    }
    assert_ptr_equal(hst_xrpl_branch_preferred(m, 2), next); /* ahead of us */
    const int64_t late = 1 + hst_protocol_xrpl.parameters[HST_XRPL_VALIDATION_LIFE].standard + 1;
    assert_ptr_equal(hst_xrpl_branch_preferred(m, late), one); /* all that expired */
    free(m);
}

static void a_tie_goes_to_the_larger_id(void **state)
{
    (void)state;
    hst_membership membership;
    hst_xrpl *m = alone(&membership);
    hst_xrpl_ledger *a = child_of(m, m->final, 2), *b = child_of(m, m->final, 3);
    for (uint32_t v = 0; v < 4; v++) {
        validates(m, v, v % 2 == 0 ? a : b);
    }
    hst_xrpl_ledger *larger = memcmp(a->id.bytes, b->id.bytes, HST_HASH_SIZE) > 0 ? a : b;
    m->prev = a;
    assert_ptr_equal(hst_xrpl_branch_preferred(m, 2), larger);
    m->prev = b;
    assert_ptr_equal(hst_xrpl_branch_preferred(m, 2), larger);
    free(m);
}

/* ---- crashes and catching up --------------------------------------------------------------- */

static void a_fifth_may_be_silent_and_not_more(void **state)
{
    (void)state;
    test_cluster test;
    plan(&test, 10, 1);
    test_make(&test);
    test_load(&test, 40, 200 * MS);
    test_run(&test, 1 * MS);
    hst_cluster_crash(test.cluster, 3);
    hst_cluster_crash(test.cluster, 8);
    test_run(&test, 60 * SECOND);
    assert_int_equal(test_decided(&test), 40);
    hst_cluster_crash(test.cluster, 0);
    test_run(&test, 70 * SECOND);
    const uint64_t height = measured(&test).decided;
    test_load(&test, 10, 200 * MS);
    test_run(&test, 160 * SECOND);
    assert_int_equal(measured(&test).decided, height);
    hst_cluster_restart(test.cluster, 0, true);
    hst_cluster_restart(test.cluster, 3, true);
    test_run(&test, 260 * SECOND);
    assert_int_equal(test_decided(&test), 50);
    test_end(&test);
}

static void a_quorum_is_four_fifths_rounded_up(void **state)
{
    (void)state;
    static const uint32_t counts[] = {2, 4, 6, 7, 9, 11};
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        const uint32_t n = counts[c], quorum = (4 * n + 4) / 5;
        test_cluster test;
        plan(&test, n, c);
        test_make(&test);
        test_run(&test, 1 * MS);
        for (uint32_t i = quorum - 1; i < n; i++) {
            hst_cluster_crash(test.cluster, i);
        }
        test_run(&test, 60 * SECOND);
        assert_int_equal(measured(&test).decided, 0);
        hst_cluster_restart(test.cluster, quorum - 1, true);
        test_run(&test, 160 * SECOND);
        assert_true(measured(&test).decided > 0);
        test_end(&test);
    }
}

static void everyone_may_crash_and_come_back(void **state)
{
    (void)state;
    test_cluster test;
    plan(&test, 5, 3);
    test_make(&test);
    test_load(&test, 50, 500 * MS);
    for (int round = 1; round <= 4; round++) {
        test_run(&test, (int64_t)round * 7300 * MS);
        for (uint32_t i = 0; i < 5; i++) {
            hst_cluster_crash(test.cluster, i);
        }
        for (uint32_t i = 0; i < 5; i++) {
            hst_cluster_restart(test.cluster, i, true);
        }
    }
    test_run(&test, 120 * SECOND);
    assert_int_equal(test_decided(&test), 50);
    test_end(&test);
}

/* A replica that is away until `until_s`, with a window of sequences; what brought it back. */
static hst_cluster_report away(uint64_t window, int64_t until_s, bool with_disk)
{
    int64_t parameters[HST_XRPL_PARAMETER_COUNT];
    test_cluster test;
    standard(parameters);
    parameters[HST_XRPL_WINDOW] = (int64_t)window;
    plan(&test, 5, 1);
    test.options.parameters = parameters;
    test_make(&test);
    test_load(&test, 400, 500 * MS);
    test_run(&test, 40 * SECOND);
    hst_cluster_crash(test.cluster, 2);
    test_run(&test, until_s * SECOND);
    hst_cluster_restart(test.cluster, 2, with_disk);
    const uint64_t height = measured(&test).decided;
    test_reach(&test, height, (until_s + 10) * SECOND);
    /* And it takes part again: with another one gone, four must validate. */
    hst_cluster_crash(test.cluster, 4);
    test_run(&test, 300 * SECOND);
    assert_int_equal(test_decided(&test), 400);
    assert_true(view_of(&test, 2).behind == 0);
    const hst_cluster_report report = measured(&test);
    test_end(&test);
    return report;
}

static void a_replica_that_was_away_fetches_what_it_missed(void **state)
{
    (void)state;
    const hst_cluster_report kept = away(128, 100, true), lost = away(128, 100, false);
    assert_true(kept.by_kind[HST_XRPL_LEDGERS] > 0 && kept.by_kind[HST_XRPL_STATE] == 0);
    assert_true(lost.by_kind[HST_XRPL_LEDGERS] > 0 && lost.by_kind[HST_XRPL_STATE] == 0);
}

static void one_far_behind_gets_the_state_with_proof(void **state)
{
    (void)state;
    assert_true(away(16, 150, true).by_kind[HST_XRPL_STATE] > 0);
    assert_true(away(16, 150, false).by_kind[HST_XRPL_STATE] > 0);
}

/* A log that comes back without its records: the ledger knows more than the machine. */
static void step_forgetful(void *state, const hst_consensus_input *input, hst_effects *effects)
{
    if (input->kind == HST_INPUT_RECOVER) {
        ((hst_xrpl *)state)->sequence = input->sequence;
        return;
    }
    hst_protocol_xrpl.step(state, input, effects);
}

static void a_ledger_ahead_of_its_log_is_found_by_its_id(void **state)
{
    (void)state;
    for (int far = 0; far < 2; far++) {
        hst_consensus_protocol forgetful = hst_protocol_xrpl;
        forgetful.step = step_forgetful;
        const hst_consensus_protocol *others[5] = {[1] = &forgetful};
        int64_t parameters[HST_XRPL_PARAMETER_COUNT];
        test_cluster test;
        standard(parameters);
        parameters[HST_XRPL_WINDOW] = far == 1 ? 16 : 128;
        plan(&test, 5, 1);
        test.options.others = others;
        test.options.parameters = parameters;
        test_make(&test);
        test_load(&test, 100, 500 * MS);
        test_run(&test, 30 * SECOND);
        hst_cluster_crash(test.cluster, 1);
        test_run(&test, (far == 1 ? 90 : 31) * SECOND);
        hst_cluster_restart(test.cluster, 1, true);
        assert_true(view_of(&test, 1).commit_height > 0);
        test_run(&test, 120 * SECOND);
        assert_int_equal(test_decided(&test), 100);
        assert_int_equal(measured(&test).committed_all, measured(&test).decided);
        test_end(&test);
    }
}

/* Two validate far ahead on their own, restart, and find another branch with more support. */
static void a_restarted_validator_does_not_contradict_itself(void **state)
{
    (void)state;
    test_cluster test;
    plan(&test, 5, 1);
    test_make(&test);
    test_run(&test, 20 * SECOND);
    cut(&test, 2, true);
    for (uint32_t i = 2; i < 5; i++) {
        hst_cluster_crash(test.cluster, i);
    }
    test_load(&test, 20, 1000 * MS);
    test_run(&test, 60 * SECOND);
    for (uint32_t i = 0; i < 5; i++) {
        if (i < 2) {
            hst_cluster_crash(test.cluster, i);
        } else {
            hst_cluster_restart(test.cluster, i, true);
        }
    }
    test_run(&test, 75 * SECOND);
    cut(&test, 2, false);
    assert_true(view_of(&test, 0).vote_height > view_of(&test, 2).vote_height);
    hst_cluster_restart(test.cluster, 0, true);
    hst_cluster_restart(test.cluster, 1, true);
    test_run(&test, 200 * SECOND);
    assert_int_equal(test_decided(&test), 20);
    test_end(&test);
}

/* Its own voice, from before its disk was lost, comes back to it: it does not validate until it is
 * past that. */
static void what_a_replica_said_before_it_forgot_binds_it(void **state)
{
    (void)state;
    test_cluster test;
    plan(&test, 5, 1);
    test_make(&test);
    test_run(&test, 40 * SECOND);
    const uint64_t before = view_of(&test, 0).vote_height;
    const hst_statement statement = {
        .phase = HST_XRPL_PHASE_VALIDATION, .height = before + 4, .id = {{1}}};
    uint8_t bytes[128];
    hst_wire wire;
    hst_wire_begin(&wire, bytes, sizeof bytes, false);
    hst_wire_u8(&wire, HST_XRPL_VALIDATION);
    hst_wire_u32(&wire, 0);
    hst_wire_statement(&wire, &statement);
    hst_cluster_inject(test.cluster, 1, 0, bytes, wire.at);
    test_run(&test, 50 * SECOND);
    assert_int_equal(view_of(&test, 0).vote_height, before);
    assert_true(view_of(&test, 1).vote_height >= before + 3);
    test_run(&test, 60 * SECOND);
    assert_true(view_of(&test, 0).vote_height > before + 4);
    test_end(&test);
}

static void who_hears_nobody_does_not_go_on_alone(void **state)
{
    (void)state;
    test_cluster test;
    plan(&test, 5, 1);
    test_make(&test);
    test_load(&test, 100, 1000 * MS);
    test_run(&test, 40 * SECOND);
    cut(&test, 1, true);
    test_run(&test, 41 * SECOND);
    const uint64_t round = view_of(&test, 0).view;
    test_run(&test, 120 * SECOND);
    assert_true(view_of(&test, 0).view <= round + 1);
    assert_int_equal(test_decided(&test), 100);
    cut(&test, 1, false);
    test_run(&test, 140 * SECOND);
    assert_int_equal(view_of(&test, 0).commit_height, view_of(&test, 1).commit_height);
    test_end(&test);
}

/* ---- partitions ---------------------------------------------------------------------------- */

static void halves_decide_nothing_and_agree_when_healed(void **state)
{
    (void)state;
    static const uint32_t borders[] = {5, 3, 2};
    for (size_t b = 0; b < sizeof borders / sizeof borders[0]; b++) {
        test_cluster test;
        plan(&test, 10, b);
        test_make(&test);
        test_load(&test, 200, 500 * MS);
        test_run(&test, 30 * SECOND);
        cut(&test, borders[b], true);
        test_run(&test, 32 * SECOND);
        const uint64_t minority = view_of(&test, 0).commit_height;
        const uint64_t majority = view_of(&test, 9).commit_height;
        test_run(&test, 90 * SECOND);
        assert_int_equal(view_of(&test, 0).commit_height, minority);
        assert_true((view_of(&test, 9).commit_height > majority) == (borders[b] == 2));
        cut(&test, borders[b], false);
        test_run(&test, 200 * SECOND);
        assert_int_equal(test_decided(&test), 200);
        assert_int_equal(measured(&test).committed_all, measured(&test).decided);
        test_end(&test);
    }
}

/* Without a quorum ledgers go on to a quarter window; then everyone waits, and goes on together. */
static void a_partition_longer_than_the_window_is_survived(void **state)
{
    (void)state;
    int64_t parameters[HST_XRPL_PARAMETER_COUNT];
    test_cluster test;
    standard(parameters);
    parameters[HST_XRPL_WINDOW] = 16;
    plan(&test, 5, 1);
    test.options.parameters = parameters;
    test_make(&test);
    test_load(&test, 100, 500 * MS);
    test_run(&test, 20 * SECOND);
    cut(&test, 2, true);
    test_run(&test, 200 * SECOND);
    const uint64_t round = view_of(&test, 4).view;
    test_run(&test, 300 * SECOND);
    assert_int_equal(view_of(&test, 4).view, round);
    cut(&test, 2, false);
    test_run(&test, 400 * SECOND);
    assert_int_equal(test_decided(&test), 100);
    assert_int_equal(measured(&test).committed_all, measured(&test).decided);
    test_end(&test);
}

static void storms_do_no_harm(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 24; seed++) {
        const bool larger = seed % 4 == 0;
        test_cluster test;
        plan(&test, larger ? 10 : 5, seed);
        test_make(&test);
        test_load(&test, 100, 200 * MS);
        test_storm(&test, seed, larger ? 2 : 1, 30 * SECOND, 180 * SECOND);
        assert_int_equal(test_decided(&test), 100);
        assert_true(measured(&test).committed_all + 2 >= measured(&test).decided);
        test_end(&test);
    }
}

static void drawn_storms_end_well(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 24; seed++) {
        const hst_chaos_options options = {
            .protocol = &hst_protocol_xrpl, .seed = seed, .memory = hst_os_memory()};
        hst_chaos_outcome outcome;
        assert_int_equal(hst_chaos_run(&options, &outcome), HST_OK);
        if (outcome.violation.check != NULL || !outcome.live) {
            fail_msg("storm %d: %s", (int)seed,
                     outcome.violation.check != NULL ? outcome.violation.text : "not live");
        }
    }
}

/* ---- liars --------------------------------------------------------------------------------- */

/* Says one thing to even replicas and another to odd ones: an empty set, another ledger. */
static void step_equivocating(void *state, const hst_consensus_input *input, hst_effects *effects)
{
    enum { UP_TO_SET = 1 + 4 + 32 + 8 + 4 + 8, ID_AT = 1 + 4 + 17 };
    const hst_xrpl *m = state;
    hst_protocol_xrpl.step(state, input, effects);
    const uint32_t count = effects->count;
    for (uint32_t e = 0; e < count; e++) {
        const hst_effect original = effects->list[e];
        uint8_t bytes[HST_XRPL_KIND_COUNT + 128];
        if (original.kind != HST_EFFECT_GOSSIP) {
            continue;
        }
        effects->list[e].kind = HST_EFFECT_SEND;
        effects->list[e].to = m->config.self;
        for (uint32_t to = 0; to < m->count; to += 2) {
            (void)hst_effects_again(effects, &original, to);
        }
        memcpy(bytes, effects->bytes + original.offset, UP_TO_SET);
        hst_wire *wire = hst_effects_message(effects, bytes[0]);
        if (bytes[0] == HST_XRPL_PROPOSAL) {
            const hst_hash none = hst_xrpl_set_hash(NULL, 0);
            hst_wire_bytes(wire, bytes + 1, UP_TO_SET - 1);
            hst_wire_hash(wire, &none);
            hst_wire_u32(wire, 0);
        } else {
            bytes[ID_AT] ^= 1;
            hst_wire_bytes(wire, bytes + 1, 4 + HST_STATEMENT_SIZE);
        }
        hst_wire_signature_slot(wire);
        hst_effect *first = hst_effects_send(effects, 1, original.after);
        for (uint32_t to = 3; to < m->count; to += 2) {
            first = hst_effects_again(effects, first, to);
        }
    }
}

static void a_fifth_of_equivocators_changes_nothing(void **state)
{
    (void)state;
    hst_consensus_protocol liar = hst_protocol_xrpl;
    liar.step = step_equivocating;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        const hst_consensus_protocol *others[10] = {[4] = &liar, [7] = seed > 2 ? &liar : NULL};
        test_cluster test;
        plan(&test, seed > 2 ? 10 : 5, seed);
        test.options.others = others;
        test.options.real_crypto = seed == 1;
        test_make(&test);
        test_load(&test, 50, 200 * MS);
        test_run(&test, 90 * SECOND);
        assert_int_equal(test_decided(&test), 50);
        test_end(&test);
    }
}

static void two_validations_of_one_sequence_are_evidence(void **state)
{
    (void)state;
    test_cluster test;
    plan(&test, 5, 1);
    test_make(&test);
    test_run(&test, 40 * SECOND);
    const hst_consensus_view view = view_of(&test, 1);
    for (uint8_t lie = 0; lie < 3; lie++) {
        uint8_t bytes[128];
        hst_wire wire;
        const hst_statement statement = {
            .phase = HST_XRPL_PHASE_VALIDATION, .height = view.vote_height, .id = {{lie}}};
        hst_wire_begin(&wire, bytes, sizeof bytes, false);
        hst_wire_u8(&wire, HST_XRPL_VALIDATION);
        hst_wire_u32(&wire, 1);
        hst_wire_statement(&wire, lie == 0 ? &(hst_statement){.phase = HST_XRPL_PHASE_VALIDATION,
                                                              .height = view.vote_height,
                                                              .id = view.vote}
                                           : &statement);
        hst_cluster_inject(test.cluster, 1, 0, bytes, wire.at);
        assert_int_equal(measured(&test).evidence, lie);
    }
    test_end(&test);
}

static void a_state_without_a_quorum_of_validations_is_refused(void **state)
{
    (void)state;
    test_cluster test;
    plan(&test, 5, 1);
    test_make(&test);
    test_run(&test, 40 * SECOND);
    for (uint8_t signers = 0x0f; signers != 0; signers &= (uint8_t)(signers - 1)) {
        uint8_t bytes[512];
        hst_wire wire;
        const hst_xrpl_header header = {.seq = 1000, .height = 1000};
        const hst_statement statement = {.phase = HST_XRPL_PHASE_VALIDATION,
                                         .height = signers == 0x0f ? 999 : header.seq,
                                         .id = hst_xrpl_ledger_id(&header)};
        const uint64_t refused = view_of(&test, 0).refused;
        hst_wire_begin(&wire, bytes, sizeof bytes, false);
        hst_wire_u8(&wire, HST_XRPL_STATE);
        hst_xrpl_write_header(&wire, &header);
        hst_wire_statement(&wire, &statement); /* four of them are a quorum, but for another one */
        hst_wire_u8(&wire, signers);
        hst_cluster_inject(test.cluster, 1, 0, bytes, wire.at);
        assert_int_equal(view_of(&test, 0).refused, refused + 1);
        test_run(&test, hst_cluster_now(test.cluster) + 1 * SECOND);
    }
    test_end(&test);
}

/* ---- trust that overlaps -------------------------------------------------------------------- */

/* Two lists of ten that share `overlap`, cut apart at `border`, with clocks that make the ledgers
 * of the two sides differ. Whether the run ends with a fork. */
static bool forks(uint32_t overlap, uint32_t border)
{
    enum { LIST = 10 };
    uint32_t members[2 * LIST];
    hst_quorum_set lists[2 * LIST];
    int64_t offsets[2 * LIST];
    const uint32_t count = 2 * LIST - overlap;
    test_cluster test;
    plan(&test, count, 1);
    for (uint32_t i = 0; i < count; i++) {
        members[i] = i;
        offsets[i] = i < count / 2 ? 0 : 300 * SECOND;
        lists[i] = (hst_quorum_set){.threshold = 1,
                                    .member_count = LIST,
                                    .members = i < count / 2 ? members : &members[count - LIST]};
    }
    test.membership.quorum_sets = lists;
    test.options.clock_offset_ns = offsets;
    test_make(&test);
    cut(&test, border, true);
    test_load(&test, 20, 1000 * MS);
    bool forked = hst_cluster_run(test.cluster, 60 * SECOND, 0) == HST_REFUSED;
    if (forked) {
        assert_string_equal(hst_cluster_violated(test.cluster)->check, "agreement");
    } else {
        cut(&test, border, false);
        test_run(&test, 240 * SECOND);
        /* With less in common both sides may stand still for ever, each with most of its list. */
        assert_true(overlap < 9 || test_decided(&test) == 20);
    }
    test_end(&test);
    return forked;
}

static void lists_that_overlap_by_nine_tenths_never_fork(void **state)
{
    (void)state;
    for (uint32_t overlap = 9; overlap <= 10; overlap++) {
        for (uint32_t border = 1; border < 20 - overlap; border++) {
            assert_false(forks(overlap, border));
        }
    }
}

static void lists_that_overlap_by_two_fifths_can_be_made_to_fork(void **state)
{
    (void)state;
    for (uint32_t overlap = 0; overlap <= 4; overlap += 2) {
        assert_true(forks(overlap, (20 - overlap) / 2));
    }
    assert_false(forks(6, 7)); /* nobody lies here; liars can do it up to nine tenths */
}

static void lists_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    static const uint32_t outside[] = {0, 9}, twice[] = {1, 1};
    static const hst_quorum_set inner = {.threshold = 1, .member_count = 2, .members = outside};
    const hst_quorum_set lists[] = {
        {.threshold = 1},
        {.threshold = 1, .member_count = 2, .members = outside},
        {.threshold = 1, .member_count = 2, .members = twice},
        {.threshold = 1, .member_count = 1, .members = outside, .inner_count = 1, .inner = &inner},
    };
    const hst_membership membership = {.count = 4, .total = 4, .quorum_sets = lists};
    for (uint32_t self = 0; self < 4; self++) {
        const hst_consensus_config config = {.self = self, .membership = &membership};
        uint64_t memory = 0;
        assert_int_equal(hst_protocol_xrpl.state_size(&config), 0);
        assert_int_equal(hst_protocol_xrpl.init(&memory, &config), HST_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_keeps_the_contract_of_all_protocols),
        cmocka_unit_test(a_quiet_ledger_takes_a_proposal_and_a_validation_of_everyone),
        cmocka_unit_test(a_quiet_ledger_takes_three_ticks_and_is_final_a_delay_later),
        cmocka_unit_test(any_number_of_replicas_decides),
        cmocka_unit_test(more_batches_than_a_ledger_holds_go_into_the_next_ones),
        cmocka_unit_test(neighbours_pass_on_what_is_new_and_nothing_else),
        cmocka_unit_test(a_disputed_batch_stays_with_more_than_half_of_the_votes),
        cmocka_unit_test(the_threshold_rises_with_time),
        cmocka_unit_test(close_times_fall_into_bins_that_adapt),
        cmocka_unit_test(clocks_that_differ_agree_on_a_bin_or_to_disagree),
        cmocka_unit_test(a_branch_is_followed_only_when_the_uncommitted_cannot_change_it),
        cmocka_unit_test(a_tie_goes_to_the_larger_id),
        cmocka_unit_test(a_fifth_may_be_silent_and_not_more),
        cmocka_unit_test(a_quorum_is_four_fifths_rounded_up),
        cmocka_unit_test(everyone_may_crash_and_come_back),
        cmocka_unit_test(a_replica_that_was_away_fetches_what_it_missed),
        cmocka_unit_test(one_far_behind_gets_the_state_with_proof),
        cmocka_unit_test(a_ledger_ahead_of_its_log_is_found_by_its_id),
        cmocka_unit_test(a_restarted_validator_does_not_contradict_itself),
        cmocka_unit_test(what_a_replica_said_before_it_forgot_binds_it),
        cmocka_unit_test(who_hears_nobody_does_not_go_on_alone),
        cmocka_unit_test(halves_decide_nothing_and_agree_when_healed),
        cmocka_unit_test(a_partition_longer_than_the_window_is_survived),
        cmocka_unit_test(storms_do_no_harm),
        cmocka_unit_test(drawn_storms_end_well),
        cmocka_unit_test(a_fifth_of_equivocators_changes_nothing),
        cmocka_unit_test(two_validations_of_one_sequence_are_evidence),
        cmocka_unit_test(a_state_without_a_quorum_of_validations_is_refused),
        cmocka_unit_test(lists_that_overlap_by_nine_tenths_never_fork),
        cmocka_unit_test(lists_that_overlap_by_two_fifths_can_be_made_to_fork),
        cmocka_unit_test(lists_that_make_no_sense_are_refused),
        cmocka_unit_test(figures_are_those_of_rippled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
