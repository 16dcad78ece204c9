/* Proof of work: relay, forks, difficulty, depth, and a pool that withholds its blocks. */
#include "core/consensus/nakamoto/internal.h"
#include "core/consensus/nakamoto/nakamoto.h"

#include "sim/base/os_memory.h"
#include "sim/consensus/chaos.h"

#include "tests/unit/consensus/support.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

__extension__ typedef unsigned __int128 wide;

/* ---- a quick chain: one second a block --------------------------------------------------------
 */

static const int64_t quick[HST_NAKAMOTO_PARAMETERS] = {
    [HST_NAKAMOTO_INTERVAL] = 1000 * MS,
    [HST_NAKAMOTO_RETARGET] = 2016,
    [HST_NAKAMOTO_DIFFICULTY] = 1000000,
    [HST_NAKAMOTO_CONFIRMATIONS] = 6,
    [HST_NAKAMOTO_FINAL_DEPTH] = 60,
    [HST_NAKAMOTO_RELAY] = HST_NAKAMOTO_ANNOUNCE,
    [HST_NAKAMOTO_COMPACT_MISS] = 0,
    [HST_NAKAMOTO_WINDOW] = 256,
    [HST_NAKAMOTO_REQUEST] = 500 * MS,
    [HST_NAKAMOTO_AHEAD] = INT64_C(7200000) * MS,
    [HST_NAKAMOTO_STORE] = 1,
};

static const hst_consensus_config *quicker(const hst_consensus_config *config,
                                           hst_consensus_config *copy)
{
    *copy = *config;
    copy->parameters = config->parameters != NULL ? config->parameters : quick;
    return copy;
}

static size_t quick_size(const hst_consensus_config *config)
{
    hst_consensus_config copy;
    return hst_protocol_nakamoto.state_size(quicker(config, &copy));
}

static hst_status quick_init(void *state, const hst_consensus_config *config)
{
    hst_consensus_config copy;
    return hst_protocol_nakamoto.init(state, quicker(config, &copy));
}

static void it_keeps_the_contract_of_all_protocols(void **state)
{
    (void)state;
    hst_consensus_protocol protocol = hst_protocol_nakamoto;
    protocol.state_size = quick_size;
    protocol.init = quick_init;
    test_contract(&protocol, 4, true);
}

static int64_t parameters[HST_NAKAMOTO_PARAMETERS]; /* of the test that runs */

/* A cluster of the quick chain; change `parameters` between this and test_make. */
static void plan(test_cluster *test, uint32_t count, uint64_t seed)
{
    memcpy(parameters, quick, sizeof parameters);
    test_plan(test, &hst_protocol_nakamoto, count, seed);
    test->options.parameters = parameters;
}

static hst_cluster_report measure(const test_cluster *test)
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

/* ---- what passes over the wires ---------------------------------------------------------------
 */

/* Blocks as they were first sent, by what names them: miner and nonce. */
enum { WATCHED = 1 << 16 };

typedef struct watch {
    hst_hash ids[WATCHED];
    hst_nakamoto_header headers[WATCHED];
    uint32_t count;
    bool to_pool_fast; /* messages between others come later */
    uint32_t table[4 * WATCHED];
} watch;

static hst_cluster_verdict watch_blocks(void *context,
                                        hst_cluster *cluster,
                                        uint32_t from,
                                        uint32_t to,
                                        const uint8_t *bytes,
                                        uint32_t size)
{
    watch *w = context;
    (void)cluster;
    const hst_cluster_verdict verdict = {
        .delay_ns = w->to_pool_fast && from != 0 && to != 0 ? 500 * MS : 0};
    if (bytes[0] != HST_NAKAMOTO_BLOCK && bytes[0] != HST_NAKAMOTO_CMPCTBLOCK) {
        return verdict;
    }
    const hst_hash id = hst_blake2b(bytes + 1, HST_NAKAMOTO_HEADER_SIZE);
    uint32_t slot;
    memcpy(&slot, id.bytes, sizeof slot);
    for (slot %= 4 * WATCHED; w->table[slot] != 0; slot = (slot + 1) % (4 * WATCHED)) {
        if (hst_hash_equal(&w->ids[w->table[slot] - 1], &id)) {
            return verdict;
        }
    }
    assert_true(w->count < WATCHED);
    hst_wire_reader reader = hst_wire_read(bytes, size, false);
    w->headers[w->count] = hst_nakamoto_read_header(&reader);
    w->ids[w->count++] = id;
    w->table[slot] = w->count;
    return verdict;
}

static const hst_nakamoto_header *watched(const watch *w, const hst_hash *id)
{
    uint32_t slot;
    memcpy(&slot, id->bytes, sizeof slot);
    for (slot %= 4 * WATCHED; w->table[slot] != 0; slot = (slot + 1) % (4 * WATCHED)) {
        if (hst_hash_equal(&w->ids[w->table[slot] - 1], id)) {
            return &w->headers[w->table[slot] - 1];
        }
    }
    return NULL;
}

static watch *watch_begin(test_cluster *test)
{
    watch *w = calloc(1, sizeof *w);
    assert_non_null(w);
    test->options.filter = watch_blocks;
    test->options.filter_context = w;
    return w;
}

/* ---- messages and delays -------------------------------------------------------------------- */

typedef struct relay_case {
    int64_t relay, miss_ppm;
    uint64_t inv, getdata, block, compact; /* messages a block among n, in copies a replica */
    int64_t delays;                        /* until everyone has it */
} relay_case;

static void a_block_costs_what_its_relay_costs(void **state)
{
    (void)state;
    enum { N = 10, BLOCKS = 50 };
    const uint64_t edges = (uint64_t)(N - 1) * (N - 1);
    const relay_case cases[6] = {
        {HST_NAKAMOTO_ANNOUNCE, 0, edges, N - 1, N - 1, 0, 3},
        {HST_NAKAMOTO_PUSH, 0, 0, 0, edges, 0, 1},
        {HST_NAKAMOTO_COMPACT, 0, 0, 0, 0, edges, 1},
        {HST_NAKAMOTO_COMPACT, 1000000, 0, N - 1, N - 1, edges, 3},
        {HST_NAKAMOTO_UNSOLICITED, 0, edges - (N - 1), 0, N - 1, 0, 1},
        {HST_NAKAMOTO_MINERS, 0, edges, 0, 0, N - 1, 1},
    };
    for (uint32_t c = 0; c < 6; c++) {
        test_cluster test;
        plan(&test, N, 3);
        test.network.jitter_ns = 0;
        parameters[HST_NAKAMOTO_INTERVAL] = 100 * HST_SECOND_NS;
        parameters[HST_NAKAMOTO_CONFIRMATIONS] = 1;
        parameters[HST_NAKAMOTO_RELAY] = cases[c].relay;
        parameters[HST_NAKAMOTO_COMPACT_MISS] = cases[c].miss_ppm;
        test_make(&test);
        test_load(&test, BLOCKS + 10, 1);
        for (uint64_t height = 1; height <= BLOCKS; height++) {
            int64_t first_ns;
            test_reach(&test, height, 100000 * HST_SECOND_NS);
            assert_true(hst_cluster_decided(test.cluster, height, NULL, NULL, &first_ns));
            assert_int_equal(hst_cluster_now(test.cluster) - first_ns, cases[c].delays * 10 * MS);
            test_run(&test, hst_cluster_now(test.cluster) + 1 * HST_SECOND_NS);
        }
        const hst_cluster_report report = measure(&test);
        const uint64_t blocks = view_of(&test, 0).commit_height;
        assert_int_equal(report.by_kind[HST_NAKAMOTO_INV], blocks * cases[c].inv);
        assert_int_equal(report.by_kind[HST_NAKAMOTO_GETDATA], blocks * cases[c].getdata);
        assert_int_equal(report.by_kind[HST_NAKAMOTO_BLOCK], blocks * cases[c].block);
        assert_int_equal(report.by_kind[HST_NAKAMOTO_CMPCTBLOCK], blocks * cases[c].compact);
        assert_int_equal(report.rollbacks, 0);
        test_end(&test);
    }
}

static void a_compact_block_is_charged_six_bytes_a_command(void **state)
{
    (void)state;
    uint64_t bytes[2];
    for (int compact = 0; compact < 2; compact++) {
        test_cluster test;
        plan(&test, 2, 3);
        parameters[HST_NAKAMOTO_RELAY] = compact == 1 ? HST_NAKAMOTO_COMPACT : HST_NAKAMOTO_PUSH;
        test_make(&test);
        test_load(&test, 1, 1);
        test_run(&test, 30 * HST_SECOND_NS);
        bytes[compact] = measure(&test).bytes;
        test_end(&test);
    }
    assert_int_equal(bytes[0] - bytes[1], 1000 - 6 * 10);
}

/* A ring of peers: every block goes round. */
static void blocks_reach_everyone_through_neighbours(void **state)
{
    (void)state;
    enum { N = 9 };
    uint32_t lists[N][2];
    const uint32_t *peers[N];
    uint32_t counts[N];
    for (uint32_t i = 0; i < N; i++) {
        lists[i][0] = (i + 1) % N;
        lists[i][1] = (i + N - 1) % N;
        peers[i] = lists[i];
        counts[i] = 2;
    }
    test_cluster test;
    plan(&test, N, 4);
    test.options.peers = peers;
    test.options.peer_counts = counts;
    test_make(&test);
    test_load(&test, 20, 100 * MS);
    test_run(&test, 120 * HST_SECOND_NS);
    assert_int_equal(test_decided(&test), 20);
    test_end(&test);
}

/* ---- mining ---------------------------------------------------------------------------------- */

static void waits_are_exponential(void **state)
{
    (void)state;
    for (uint32_t i = 1; i < 1000; i++) {
        const uint64_t bits = i * UINT64_C(0x9e3779b97f4a7c15);
        const double expected = -log((double)bits * 0x1p-64) * 3e12;
        const double wait =
            (double)hst_nakamoto_wait(600 * HST_SECOND_NS, HST_NAKAMOTO_UNIT, 5, 1, bits);
        assert_true(fabs(wait - expected) < 10);
    }
    assert_true(hst_nakamoto_wait(1, 1, 1, 1, 0) >= 0);
    assert_true(hst_nakamoto_wait(INT64_MAX, UINT64_MAX, UINT64_MAX >> 2, 1, 0) > 0);
    assert_true(hst_nakamoto_wait(1, 1, 1, 0, 5) > 0);
}

static void blocks_are_found_in_time_and_by_hash_power(void **state)
{
    (void)state;
    enum { N = 4, BLOCKS = 5000 };
    static const uint64_t weights[N] = {1, 2, 3, 4};
    test_cluster test;
    plan(&test, N, 5);
    watch *w = watch_begin(&test);
    test.membership.weights = weights;
    test.membership.total = 10;
    test.network.jitter_ns = 0;
    parameters[HST_NAKAMOTO_INTERVAL] = 100 * HST_SECOND_NS;
    parameters[HST_NAKAMOTO_RETARGET] = 16384;
    parameters[HST_NAKAMOTO_RELAY] = HST_NAKAMOTO_PUSH;
    parameters[HST_NAKAMOTO_STORE] = 0;
    test_make(&test);
    test_run(&test, INT64_C(100) * BLOCKS * HST_SECOND_NS);
    double by[N] = {0};
    const double found = w->count;
    for (uint32_t b = 0; b < w->count; b++) {
        by[w->headers[b].miner] += 1;
    }
    assert_true(fabs(found - BLOCKS) < 4 * sqrt(BLOCKS));
    for (uint32_t i = 0; i < N; i++) {
        const double share = (double)weights[i] / 10;
        assert_true(fabs(by[i] - share * found) < 4 * sqrt(found * share * (1 - share)));
    }
    free(w);
    test_end(&test);
}

/* Blocks found while another is on its way: with equal delays d, tau = d (n - 1) / n, the chain
 * grows at 1 / (T + tau), and the stale rate is near 1 - exp(-tau / T). */
static void the_stale_rate_follows_from_propagation(void **state)
{
    (void)state;
    enum { N = 8, BLOCKS = 8000 };
    static const int64_t intervals_ms[2] = {100, 400};
    for (uint32_t c = 0; c < 2; c++) {
        test_cluster test;
        plan(&test, N, 6 + c);
        watch *w = watch_begin(&test);
        test.network.jitter_ns = 0;
        parameters[HST_NAKAMOTO_INTERVAL] = intervals_ms[c] * MS;
        parameters[HST_NAKAMOTO_RETARGET] = 16384;
        parameters[HST_NAKAMOTO_RELAY] = HST_NAKAMOTO_PUSH;
        parameters[HST_NAKAMOTO_STORE] = 0;
        test_make(&test);
        test_run(&test, intervals_ms[c] * BLOCKS * MS);
        const double kept = (double)view_of(&test, 0).commit_height + 5;
        const double stale = 1 - kept / w->count;
        const double expected = 1 - exp(-10.0 * (N - 1) / N / (double)intervals_ms[c]);
        const double sigma = sqrt(expected / BLOCKS);
        assert_true(fabs(stale - expected) < 4 * sigma + 0.05 * expected);
        free(w);
        test_end(&test);
    }
}

/* ---- difficulty ------------------------------------------------------------------------------ */

/* Follow the final chain and recompute every difficulty from the headers' times. */
static void check_difficulties(const test_cluster *test, const watch *w, double *steps, uint32_t n)
{
    const uint64_t period = (uint64_t)parameters[HST_NAKAMOTO_RETARGET];
    const int64_t planned = (int64_t)period * parameters[HST_NAKAMOTO_INTERVAL];
    uint64_t difficulty = (uint64_t)parameters[HST_NAKAMOTO_DIFFICULTY];
    int64_t start_ns = 0;
    int64_t last_ns = 0;
    uint32_t step = 0;
    for (uint64_t h = 1; h <= view_of(test, 0).final_height; h++) {
        hst_hash id;
        assert_true(hst_cluster_decided(test->cluster, h, &id, NULL, NULL));
        const hst_nakamoto_header *header = watched(w, &id);
        assert_non_null(header);
        if (h % period == 0) {
            int64_t taken = last_ns - start_ns;
            taken = taken < planned / 4 ? planned / 4 : taken > planned * 4 ? planned * 4 : taken;
            const uint64_t next =
                (uint64_t)((wide)difficulty * (uint64_t)planned / (uint64_t)taken);
            if (step < n) {
                steps[step++] = (double)next / (double)difficulty;
            }
            difficulty = next > 0 ? next : 1;
            start_ns = header->time_ns;
        }
        assert_int_equal(header->difficulty, difficulty);
        last_ns = header->time_ns;
    }
    assert_int_equal(step, n);
}

typedef struct retarget_case {
    int64_t difficulty_ppm;
    uint32_t blocks;
    double steps[2];
    double tolerance;
} retarget_case;

/* Half as much hash power again than the difficulty is for; and far too much and too little. */
static void difficulty_steps_at_the_boundary_within_its_clamps(void **state)
{
    (void)state;
    const retarget_case cases[3] = {
        {666667, 2016, {1.5, 1}, 0.1}, /* + 50 % */
        {10000, 256, {4, 4}, 0},       /* a hundred times too fast */
        {100000000, 256, {0.25, 0.25}, 0},
    };
    for (uint32_t c = 0; c < 3; c++) {
        test_cluster test;
        plan(&test, 2, 9);
        watch *w = watch_begin(&test);
        test.network.jitter_ns = 0;
        parameters[HST_NAKAMOTO_INTERVAL] = 100 * HST_SECOND_NS;
        parameters[HST_NAKAMOTO_RETARGET] = cases[c].blocks;
        parameters[HST_NAKAMOTO_DIFFICULTY] = cases[c].difficulty_ppm;
        parameters[HST_NAKAMOTO_RELAY] = HST_NAKAMOTO_PUSH;
        test_make(&test);
        test_reach(&test, 2 * cases[c].blocks + 70, INT64_MAX / 4);
        double steps[2] = {0};
        check_difficulties(&test, w, steps, 2);
        for (uint32_t s = 0; s < 2; s++) {
            assert_true(fabs(steps[s] - cases[c].steps[s]) <= cases[c].tolerance);
        }
        free(w);
        test_end(&test);
    }
}

/* Blocks as quick as messages, periods of eight blocks, clocks that disagree: branches part across
 * retargets and get together again. */
static void chains_agree_across_retargets(void **state)
{
    (void)state;
    enum { N = 7 };
    static const int64_t offsets[N] = {0, 300 * MS, 0, 50 * MS, 2000 * MS, 0, 1 * MS};
    static const int32_t drifts[N] = {0, 100, -100, 0, 50, -500, 500};
    for (uint64_t seed = 1; seed <= 5; seed++) {
        test_cluster test;
        plan(&test, N, seed);
        watch *w = watch_begin(&test);
        test.options.clock_offset_ns = offsets;
        test.options.clock_drift_ppm = drifts;
        parameters[HST_NAKAMOTO_INTERVAL] = 60 * MS;
        parameters[HST_NAKAMOTO_RETARGET] = 8;
        test_make(&test);
        test_load(&test, 100, 20 * MS);
        test_run(&test, 120 * HST_SECOND_NS);
        assert_int_equal(test_decided(&test), 100);
        assert_true(measure(&test).rollbacks + view_of(&test, 0).view_changes > 0);
        double none[1];
        const uint64_t periods = view_of(&test, 0).final_height / 8;
        assert_true(periods > 20);
        check_difficulties(&test, w, none, 0);
        free(w);
        test_end(&test);
    }
}

/* ---- rules of a header ----------------------------------------------------------------------- */

/* A replica that hears only what the test tells it, on a chain where nobody finds anything. */
static void plan_by_hand(test_cluster *test, uint32_t count)
{
    plan(test, count, 1);
    parameters[HST_NAKAMOTO_INTERVAL] = 86400 * HST_SECOND_NS;
    parameters[HST_NAKAMOTO_CONFIRMATIONS] = 1;
    parameters[HST_NAKAMOTO_RETARGET] = 16384;
    test_make(test);
    test_run(test, 1 * HST_SECOND_NS);
}

static hst_nakamoto_header child_of(const hst_nakamoto_header *parent, uint64_t nonce)
{
    return (hst_nakamoto_header){.parent =
                                     parent != NULL ? hst_nakamoto_name(parent) : (hst_hash){{0}},
                                 .height = parent != NULL ? parent->height + 1 : 1,
                                 .time_ns = parent != NULL ? parent->time_ns + 1 : 1,
                                 .difficulty = HST_NAKAMOTO_UNIT,
                                 .nonce = nonce,
                                 .miner = 1};
}

static void tell(test_cluster *test, const hst_nakamoto_header *header)
{
    uint8_t bytes[1 + HST_NAKAMOTO_HEADER_SIZE] = {HST_NAKAMOTO_BLOCK};
    hst_wire wire;
    hst_wire_begin(&wire, bytes + 1, sizeof bytes - 1, false);
    hst_nakamoto_write_header(&wire, header);
    hst_cluster_inject(test->cluster, 1, 0, bytes, sizeof bytes);
    assert_null(hst_cluster_violated(test->cluster)->check);
}

static void a_block_that_breaks_a_rule_is_refused(void **state)
{
    (void)state;
    static const uint64_t weights[3] = {1, 1, 0};
    test_cluster test;
    plan(&test, 3, 1);
    test.membership.weights = weights;
    test.membership.total = 2;
    parameters[HST_NAKAMOTO_INTERVAL] = 86400 * HST_SECOND_NS;
    parameters[HST_NAKAMOTO_CONFIRMATIONS] = 1;
    test_make(&test);
    test_run(&test, 1 * HST_SECOND_NS);
    hst_nakamoto_header wrong[4];
    for (uint32_t i = 0; i < 4; i++) {
        wrong[i] = child_of(NULL, i);
    }
    wrong[0].height = 2;
    wrong[1].difficulty--;
    wrong[2].miner = 2; /* has no hash power */
    wrong[3].miner = 7; /* is nobody */
    for (uint32_t i = 0; i < 4; i++) {
        tell(&test, &wrong[i]);
        assert_int_equal(view_of(&test, 0).refused, i + 1);
        assert_int_equal(view_of(&test, 0).view, 0);
    }
    test_end(&test);
}

static void times_lie_between_the_median_and_two_hours_ahead(void **state)
{
    (void)state;
    test_cluster test;
    plan_by_hand(&test, 3);
    hst_nakamoto_header chain[12];
    for (uint32_t i = 0; i < 12; i++) {
        chain[i] = child_of(i > 0 ? &chain[i - 1] : NULL, 0);
        chain[i].time_ns = 1000 + i; /* the median of the last eleven is 1006 */
        tell(&test, &chain[i]);
    }
    assert_int_equal(view_of(&test, 0).commit_height, 12);
    hst_nakamoto_header next = child_of(&chain[11], 1);
    next.time_ns = 1006;
    tell(&test, &next);
    assert_int_equal(view_of(&test, 0).refused, 1);
    next.time_ns = hst_cluster_now(test.cluster) + INT64_C(7200000) * MS + 1;
    tell(&test, &next);
    assert_int_equal(view_of(&test, 0).dropped, 1);
    assert_int_equal(view_of(&test, 0).commit_height, 12);
    next.time_ns = 1007;
    tell(&test, &next);
    assert_int_equal(view_of(&test, 0).commit_height, 13);
    test_end(&test);
}

static void orphans_wait_for_their_parents(void **state)
{
    (void)state;
    test_cluster test;
    plan_by_hand(&test, 3);
    hst_nakamoto_header chain[5];
    for (uint32_t i = 0; i < 5; i++) {
        chain[i] = child_of(i > 0 ? &chain[i - 1] : NULL, 0);
    }
    static const uint32_t order[5] = {4, 2, 3, 1, 0};
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(view_of(&test, 0).view, 0);
        tell(&test, &chain[order[i]]);
    }
    assert_int_equal(view_of(&test, 0).commit_height, 5);
    assert_int_equal(view_of(&test, 0).behind, 0);
    /* One whose parents nobody has is forgotten after a while. */
    const hst_nakamoto_header lost = child_of(&chain[4], 1);
    const hst_nakamoto_header orphan = child_of(&lost, 1);
    tell(&test, &orphan);
    assert_int_equal(view_of(&test, 0).behind, 2);
    test_run(&test, 30 * HST_SECOND_NS);
    assert_int_equal(view_of(&test, 0).behind, 0);
    test_end(&test);
}

static void of_equal_tips_the_first_seen_stays(void **state)
{
    (void)state;
    test_cluster test;
    plan_by_hand(&test, 3);
    const hst_nakamoto_header first = child_of(NULL, 1);
    const hst_nakamoto_header second = child_of(NULL, 2);
    const hst_nakamoto_header third = child_of(&second, 3);
    const hst_hash first_id = hst_nakamoto_name(&first);
    const hst_hash third_id = hst_nakamoto_name(&third);
    tell(&test, &first);
    tell(&test, &second);
    hst_consensus_view view = view_of(&test, 0);
    assert_true(hst_hash_equal(&view.commit, &first_id));
    assert_int_equal(measure(&test).rollbacks, 0);
    tell(&test, &third);
    view = view_of(&test, 0);
    assert_int_equal(view.commit_height, 2);
    assert_true(hst_hash_equal(&view.commit, &third_id));
    assert_int_equal(measure(&test).rollbacks, 1);
    test_end(&test);
}

static void what_is_final_is_not_undone_by_more_work(void **state)
{
    (void)state;
    enum { DEEP = 62 };
    test_cluster test;
    plan_by_hand(&test, 3);
    hst_nakamoto_header chain[DEEP];
    hst_nakamoto_header other[DEEP + 1]; /* one block behind, until what it left is final */
    for (uint32_t i = 0; i < DEEP + 1; i++) {
        other[i] = child_of(i > 0 ? &other[i - 1] : NULL, 1);
    }
    for (uint32_t i = 0; i < DEEP; i++) {
        chain[i] = child_of(i > 0 ? &chain[i - 1] : NULL, 0);
        tell(&test, &chain[i]);
        if (i > 0) {
            tell(&test, &other[i - 1]);
        }
        assert_int_equal(view_of(&test, 0).final_height, i + 1 < 60 ? 0 : i + 2 - 60);
    }
    tell(&test, &other[DEEP - 1]);
    tell(&test, &other[DEEP]);
    assert_int_equal(view_of(&test, 0).commit_height, DEEP);
    assert_int_equal(measure(&test).rollbacks, 0);
    assert_int_equal(view_of(&test, 0).refused, 1);
    test_end(&test);
}

/* Blocks dated late bring the difficulty down to a quarter, blocks in haste up to four times: seven
 * of the ones are less work than four of the others. */
static void the_chain_with_most_work_wins_though_shorter(void **state)
{
    (void)state;
    enum { PERIOD = 4, LONG = 7 };
    const int64_t hour_ns = 3600 * HST_SECOND_NS;
    test_cluster test;
    plan(&test, 3, 1);
    parameters[HST_NAKAMOTO_INTERVAL] = hour_ns;
    parameters[HST_NAKAMOTO_CONFIRMATIONS] = 1;
    parameters[HST_NAKAMOTO_RETARGET] = PERIOD;
    parameters[HST_NAKAMOTO_AHEAD] = 24 * hour_ns;
    test_make(&test);
    test_run(&test, 1 * HST_SECOND_NS);
    hst_nakamoto_header light[LONG];
    for (uint32_t i = 0; i < LONG; i++) {
        light[i] = child_of(i > 0 ? &light[i - 1] : NULL, 1);
        light[i].time_ns = i + 2 == PERIOD ? 16 * hour_ns : light[i].time_ns;
        light[i].difficulty = (uint64_t)HST_NAKAMOTO_UNIT / (i + 1 < PERIOD ? 1 : 4);
        tell(&test, &light[i]);
    }
    assert_int_equal(view_of(&test, 0).commit_height, LONG);
    assert_int_equal(view_of(&test, 0).view, 4 * HST_NAKAMOTO_UNIT);
    hst_nakamoto_header heavy[PERIOD];
    for (uint32_t i = 0; i < PERIOD; i++) {
        heavy[i] = child_of(i > 0 ? &heavy[i - 1] : NULL, 2);
        heavy[i].difficulty = (uint64_t)HST_NAKAMOTO_UNIT * (i + 1 < PERIOD ? 1 : 4);
        tell(&test, &heavy[i]);
    }
    assert_int_equal(view_of(&test, 0).commit_height, PERIOD);
    assert_int_equal(view_of(&test, 0).view, 7 * HST_NAKAMOTO_UNIT);
    assert_int_equal(measure(&test).rollbacks, LONG);
    test_end(&test);
}

/* What lies deeper than the window cannot be proved, so one replica alone is not believed. */
static void a_lonely_voice_is_not_believed(void **state)
{
    (void)state;
    test_cluster test;
    plan_by_hand(&test, 4);
    hst_nakamoto_header settled = child_of(NULL, 1);
    settled.height = 160;
    uint8_t bytes[1 + HST_NAKAMOTO_HEADER_SIZE + 24] = {HST_NAKAMOTO_STATE};
    hst_wire wire;
    hst_wire_begin(&wire, bytes + 1, sizeof bytes - 1, false);
    hst_nakamoto_write_header(&wire, &settled);
    hst_wire_u64(&wire, UINT64_C(160) * HST_NAKAMOTO_UNIT);
    hst_wire_u64(&wire, 1);
    hst_wire_u64(&wire, 0);
    for (uint32_t times = 0; times < 3; times++) {
        hst_cluster_inject(test.cluster, 1, 0, bytes, sizeof bytes);
        test_run(&test, hst_cluster_now(test.cluster) + 1 * HST_SECOND_NS);
    }
    assert_int_equal(view_of(&test, 0).commit_height, 0);
    assert_int_equal(view_of(&test, 0).refused, 0);
    test_end(&test);
}

/* Blocks that lead nowhere are worth little room: a flood of them evicts its own. */
static void floods_of_stale_blocks_do_not_push_out_the_chain(void **state)
{
    (void)state;
    test_cluster test;
    plan_by_hand(&test, 3);
    hst_nakamoto_header tip = child_of(NULL, 0);
    tell(&test, &tip);
    for (uint32_t i = 1; i < 1000; i++) {
        const hst_nakamoto_header stale = child_of(NULL, i);
        tell(&test, &stale);
        if (i % 20 == 0) {
            tip = child_of(&tip, i);
            tell(&test, &tip);
        }
    }
    assert_int_equal(view_of(&test, 0).commit_height, 50);
    test_end(&test);
}

/* ---- faults ---------------------------------------------------------------------------------- */

static void groups_of_any_size_decide_everything(void **state)
{
    (void)state;
    static const uint32_t counts[] = {1, 2, 4, 5, 7, 10, 50};
    for (uint32_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        test_cluster test;
        plan(&test, counts[c], 1);
        test_make(&test);
        test_load(&test, 30, 100 * MS);
        test_run(&test, 90 * HST_SECOND_NS);
        assert_int_equal(test_decided(&test), 30);
        test_end(&test);
    }
}

static void the_others_mine_on_when_some_are_gone(void **state)
{
    (void)state;
    test_cluster test;
    plan(&test, 7, 2);
    test_make(&test);
    test_load(&test, 50, 200 * MS);
    test_run(&test, 5 * HST_SECOND_NS);
    hst_cluster_crash(test.cluster, 0);
    hst_cluster_crash(test.cluster, 3);
    hst_cluster_crash(test.cluster, 5);
    test_run(&test, 200 * HST_SECOND_NS);
    assert_int_equal(test_decided(&test), 50);
    test_end(&test);
}

/* Both halves go on, and commit; after the heal the half with less work takes everything back. */
static void a_partition_forks_and_the_heavier_side_wins(void **state)
{
    (void)state;
    enum { N = 5 };
    test_cluster test;
    plan(&test, N, 3);
    test_make(&test);
    test_load(&test, 40, 500 * MS);
    test_run(&test, 5 * HST_SECOND_NS);
    for (uint32_t a = 0; a < 2; a++) {
        for (uint32_t b = 2; b < N; b++) {
            hst_network_cut(hst_cluster_network(test.cluster), a, b, true);
            hst_network_cut(hst_cluster_network(test.cluster), b, a, true);
        }
    }
    test_run(&test, 45 * HST_SECOND_NS);
    const hst_consensus_view minority = view_of(&test, 0);
    const hst_consensus_view majority = view_of(&test, 4);
    assert_true(minority.commit_height > 5 && majority.commit_height > minority.commit_height);
    hst_network_heal(hst_cluster_network(test.cluster));
    test_run(&test, 60 * HST_SECOND_NS);
    assert_true(measure(&test).rollbacks > 2 * 3);
    test_run(&test, 200 * HST_SECOND_NS);
    assert_int_equal(test_decided(&test), 40);
    for (uint32_t i = 0; i < N; i++) {
        assert_int_equal(view_of(&test, i).behind, 0);
        assert_true(view_of(&test, i).final_height > 100); /* finality is checked for agreement */
    }
    test_end(&test);
}

/* The branch of the others is longer than what one answer holds. */
static void a_long_branch_is_fetched_piece_by_piece(void **state)
{
    (void)state;
    enum { N = 5 };
    test_cluster test;
    plan(&test, N, 3);
    parameters[HST_NAKAMOTO_FINAL_DEPTH] = 400;
    parameters[HST_NAKAMOTO_WINDOW] = 1024;
    test_make(&test);
    for (uint32_t b = 1; b < N; b++) {
        hst_network_cut(hst_cluster_network(test.cluster), 0, b, true);
        hst_network_cut(hst_cluster_network(test.cluster), b, 0, true);
    }
    test_run(&test, 300 * HST_SECOND_NS);
    assert_true(view_of(&test, 0).commit_height > 40);
    assert_true(view_of(&test, 1).commit_height > 200);
    hst_network_heal(hst_cluster_network(test.cluster));
    test_run(&test, 320 * HST_SECOND_NS);
    assert_int_equal(view_of(&test, 0).behind, 0);
    assert_true(view_of(&test, 0).commit_height > 200);
    test_end(&test);
}

static void a_replica_restarts_from_its_log(void **state)
{
    (void)state;
    test_cluster test;
    plan(&test, 4, 4);
    test_make(&test);
    test_load(&test, 100, 500 * MS);
    test_run(&test, 80 * HST_SECOND_NS);
    const uint64_t before = view_of(&test, 2).commit_height;
    assert_true(view_of(&test, 2).final_height > 0);
    hst_cluster_crash(test.cluster, 2);
    hst_cluster_restart(test.cluster, 2, true);
    assert_int_equal(view_of(&test, 2).commit_height, before); /* at once, from the log alone */
    test_reach(&test, before + 20, 200 * HST_SECOND_NS);
    assert_int_equal(measure(&test).by_kind[HST_NAKAMOTO_STATE], 0);
    test_end(&test);
}

static void a_replica_that_lost_its_disk_fetches_the_blocks(void **state)
{
    (void)state;
    test_cluster test;
    plan(&test, 4, 4);
    test_make(&test);
    test_load(&test, 60, 500 * MS);
    test_run(&test, 60 * HST_SECOND_NS);
    hst_cluster_crash(test.cluster, 2);
    test_run(&test, 65 * HST_SECOND_NS);
    hst_cluster_restart(test.cluster, 2, false);
    const uint64_t height = view_of(&test, 0).commit_height;
    test_reach(&test, height, 75 * HST_SECOND_NS);
    assert_int_equal(measure(&test).by_kind[HST_NAKAMOTO_STATE], 0);
    test_end(&test);
}

static void a_replica_far_behind_takes_the_state(void **state)
{
    (void)state;
    for (int kept = 0; kept < 3; kept++) {
        test_cluster test;
        plan(&test, 4, 4);
        parameters[HST_NAKAMOTO_STORE] = kept < 2;
        test_make(&test);
        test_load(&test, 400, 500 * MS);
        test_run(&test, 100 * HST_SECOND_NS);
        hst_cluster_crash(test.cluster, 2);
        test_run(&test, (kept == 2 ? 101 : 600) * HST_SECOND_NS);
        hst_cluster_restart(test.cluster, 2, kept > 0);
        const uint64_t height = view_of(&test, 0).commit_height;
        test_reach(&test, height, hst_cluster_now(test.cluster) + 60 * HST_SECOND_NS);
        assert_true(measure(&test).by_kind[HST_NAKAMOTO_STATE] >= 2);
        test_run(&test, hst_cluster_now(test.cluster) + 300 * HST_SECOND_NS);
        assert_true(view_of(&test, 2).final_height > height);
        test_end(&test);
    }
}

static void storms_do_no_harm(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        test_cluster test;
        plan(&test, 5, seed);
        test_make(&test);
        test_load(&test, 40, 300 * MS);
        test_storm(&test, seed, 2, 20 * HST_SECOND_NS, 200 * HST_SECOND_NS);
        assert_int_equal(test_decided(&test), 40);
        test_end(&test);
    }
}

static void drawn_storms_end_well(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        for (uint32_t p = 0; p < HST_NAKAMOTO_PARAMETERS; p++) {
            parameters[p] = hst_protocol_nakamoto.parameters[p].standard;
        }
        parameters[HST_NAKAMOTO_STORE] = seed % 4 != 0;
        parameters[HST_NAKAMOTO_RELAY] = (int64_t)(seed % 5);
        parameters[HST_NAKAMOTO_COMPACT_MISS] = 200000;
        const hst_chaos_options options = {.protocol = &hst_protocol_nakamoto,
                                           .parameters = parameters,
                                           .seed = seed,
                                           .memory = hst_os_memory()};
        hst_chaos_outcome outcome;
        assert_int_equal(hst_chaos_run(&options, &outcome), HST_OK);
        if (outcome.violation.check != NULL || !outcome.live) {
            fail_msg("seed %u: %s %s", (unsigned)seed,
                     outcome.violation.check != NULL ? outcome.violation.check : "not live",
                     outcome.violation.text);
        }
    }
}

/* ---- a selfish pool ---------------------------------------------------------------------------
 */

/* Relative revenue, Eyal and Sirer (2013), equation 8. */
static double revenue(double a, double g)
{
    return (a * (1 - a) * (1 - a) * (4 * a + g * (1 - 2 * a)) - a * a * a) /
           (1 - a * (1 + (2 - a) * a));
}

typedef struct pool_case {
    double alpha;
    bool fast; /* the pool is nearer to everyone than they are to each other */
} pool_case;

/* gamma is what the topology makes of it: none where all are equally far, for a pool always comes
 * second then; and all honest miners but the one who found the other block where the pool is near.
 * Honest miners are H of equal power, the pool has `alpha`. */
static void a_selfish_pool_earns_what_the_formula_says(void **state)
{
    (void)state;
    enum { H = 4, N = H + 1, BLOCKS = 12000 };
    const pool_case cases[4] = {{1.0 / 3, false}, {1.0 / 3, true}, {0.2, false}, {0.45, true}};
    for (uint32_t c = 0; c < 4; c++) {
        const hst_consensus_protocol *others[N] = {&hst_protocol_nakamoto_selfish};
        uint64_t weights[N];
        weights[0] = (uint64_t)(cases[c].alpha * 1e9);
        for (uint32_t i = 1; i < N; i++) {
            weights[i] = (uint64_t)((1 - cases[c].alpha) * 1e9 / H);
        }
        test_cluster test;
        plan(&test, N, 20 + c);
        watch *w = watch_begin(&test);
        w->to_pool_fast = cases[c].fast;
        test.membership.weights = weights;
        test.membership.total = 0;
        for (uint32_t i = 0; i < N; i++) {
            test.membership.total += weights[i];
        }
        test.options.others = others;
        test.network.jitter_ns = 0;
        parameters[HST_NAKAMOTO_INTERVAL] = 600 * HST_SECOND_NS;
        parameters[HST_NAKAMOTO_RETARGET] = 16384;
        parameters[HST_NAKAMOTO_STORE] = 0;
        parameters[HST_NAKAMOTO_RELAY] = HST_NAKAMOTO_PUSH;
        test_make(&test);
        test_run(&test, INT64_C(600) * BLOCKS * HST_SECOND_NS);
        double pool = 0;
        const uint64_t kept = view_of(&test, 1).final_height;
        for (uint64_t h = 1; h <= kept; h++) {
            hst_hash id;
            assert_true(hst_cluster_decided(test.cluster, h, &id, NULL, NULL));
            const hst_nakamoto_header *header = watched(w, &id);
            assert_non_null(header);
            pool += header->miner == 0;
        }
        const double gamma = cases[c].fast ? (double)(H - 1) / H : 0;
        const double expected = revenue(cases[c].alpha, gamma);
        const double measured = pool / (double)kept;
        if (fabs(measured - expected) > 0.02) {
            fail_msg("alpha %f gamma %f: %f, expected %f", cases[c].alpha, gamma, measured,
                     expected);
        }
        free(w);
        test_end(&test);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_keeps_the_contract_of_all_protocols),
        cmocka_unit_test(a_block_costs_what_its_relay_costs),
        cmocka_unit_test(a_compact_block_is_charged_six_bytes_a_command),
        cmocka_unit_test(blocks_reach_everyone_through_neighbours),
        cmocka_unit_test(waits_are_exponential),
        cmocka_unit_test(blocks_are_found_in_time_and_by_hash_power),
        cmocka_unit_test(the_stale_rate_follows_from_propagation),
        cmocka_unit_test(difficulty_steps_at_the_boundary_within_its_clamps),
        cmocka_unit_test(chains_agree_across_retargets),
        cmocka_unit_test(a_block_that_breaks_a_rule_is_refused),
        cmocka_unit_test(times_lie_between_the_median_and_two_hours_ahead),
        cmocka_unit_test(orphans_wait_for_their_parents),
        cmocka_unit_test(of_equal_tips_the_first_seen_stays),
        cmocka_unit_test(what_is_final_is_not_undone_by_more_work),
        cmocka_unit_test(the_chain_with_most_work_wins_though_shorter),
        cmocka_unit_test(a_lonely_voice_is_not_believed),
        cmocka_unit_test(floods_of_stale_blocks_do_not_push_out_the_chain),
        cmocka_unit_test(groups_of_any_size_decide_everything),
        cmocka_unit_test(the_others_mine_on_when_some_are_gone),
        cmocka_unit_test(a_partition_forks_and_the_heavier_side_wins),
        cmocka_unit_test(a_long_branch_is_fetched_piece_by_piece),
        cmocka_unit_test(a_replica_restarts_from_its_log),
        cmocka_unit_test(a_replica_that_lost_its_disk_fetches_the_blocks),
        cmocka_unit_test(a_replica_far_behind_takes_the_state),
        cmocka_unit_test(storms_do_no_harm),
        cmocka_unit_test(drawn_storms_end_well),
        cmocka_unit_test(a_selfish_pool_earns_what_the_formula_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
