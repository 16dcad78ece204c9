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
    [HST_NAKAMOTO_WINDOW] = 128,
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
    const relay_case cases[4] = {
        {HST_NAKAMOTO_ANNOUNCE, 0, edges, N - 1, N - 1, 0, 3},
        {HST_NAKAMOTO_PUSH, 0, 0, 0, edges, 0, 1},
        {HST_NAKAMOTO_COMPACT, 0, 0, 0, 0, edges, 1},
        {HST_NAKAMOTO_COMPACT, 1000000, 0, N - 1, N - 1, edges, 3},
    };
    for (uint32_t c = 0; c < 4; c++) {
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
    enum { N = 20, BLOCKS = 10000 };
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
                (uint64_t)((long double)difficulty * (long double)planned / (long double)taken);
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
