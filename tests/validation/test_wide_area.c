/* BFT protocols between the regions of a cloud provider: the measured runs of asonnino/hotstuff,
 * asonnino/narwhal and asonnino/mysticeti, and what the latency matrix alone says of them.
 */
#include "core/consensus/membership.h"

#include "sim/base/number.h"
#include "sim/base/os_memory.h"

#include "tests/validation/scene.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEN_GBIT UINT64_C(10000000000)

/* --- by arithmetic ------------------------------------------------------------------------- */

enum { WALK_REPLICAS = 20, WALK_VIEWS = 400, NO_BLOCK = -1 };

/* Views of a chained protocol walked through one by one, with no code of the protocol: who hears
 * what when, from the latency matrix. Leaders rotate, replica i sits in region i mod 5. */
typedef struct walk {
    uint32_t count;
    const bool *dead; /* NULL = none */
    uint32_t chain;   /* 3: HotStuff, 2: Jolteon */
    double timeout_ms;
    double one_way_ms[WALK_REPLICAS][WALK_REPLICAS];
    double proposed_ms[WALK_VIEWS];               /* by view */
    double arrival_ms[WALK_VIEWS][WALK_REPLICAS]; /* of its block */
    double entered_ms[WALK_REPLICAS];             /* the view in hand */
    int parent[WALK_VIEWS];                       /* view of the parent; NO_BLOCK = no block */
    bool exists[WALK_VIEWS];
    bool committed[WALK_VIEWS];
    double view_ms, replica_ms, first_ms; /* results */
    uint32_t blocks;                      /* committed ones that were counted */
} walk;

static bool is_dead(const walk *w, uint32_t replica)
{
    return w->dead != NULL && w->dead[replica];
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* When the q-th message reaches `leader`, sent by each living replica at its time. */
static double quorum_at(const walk *w, const double *sent_ms, uint32_t leader)
{
    double at[WALK_REPLICAS];
    uint32_t living = 0;
    for (uint32_t i = 0; i < w->count; i++) {
        if (!is_dead(w, i)) {
            at[living++] = sent_ms[i] + w->one_way_ms[i][leader];
        }
    }
    qsort(at, living, sizeof *at, by_size);
    return at[hst_quorum(w->count) - 1];
}

/* The block of view c brings a QC for its parent: what that decides. */
static void walk_commit(walk *w, int c)
{
    int block = w->parent[c];
    for (uint32_t k = 1; k < w->chain; k++) {
        if (block < 1 || w->parent[block] != block - 1) {
            return; /* not of consecutive views */
        }
        block--;
    }
    for (; block >= 0 && !w->committed[block]; block = w->parent[block]) {
        uint32_t living = 0;
        double sum = 0;
        w->committed[block] = true;
        for (uint32_t i = 0; i < w->count; i++) {
            living += is_dead(w, i) ? 0 : 1;
            sum += is_dead(w, i) ? 0 : w->arrival_ms[c][i] - w->proposed_ms[block];
        }
        w->replica_ms += sum / living;
        w->first_ms += w->proposed_ms[c] - w->proposed_ms[block];
        w->blocks++;
    }
}

static void walk_run(walk *w)
{
    int last = NO_BLOCK; /* view of the last block */
    for (int v = 0; v < WALK_VIEWS; v++) {
        const uint32_t leader = (uint32_t)v % w->count;
        if (is_dead(w, leader)) {
            for (uint32_t i = 0; i < w->count; i++) {
                w->entered_ms[i] += w->timeout_ms;
            }
            continue;
        }
        /* Votes go to the next leader: to a dead one, they are lost with their QC. */
        const bool direct = last == v - 1;
        w->exists[v] = true;
        w->parent[v] = direct || last == NO_BLOCK ? last : w->parent[last];
        w->proposed_ms[v] = v == 0 ? 0 : quorum_at(w, w->entered_ms, leader);
        for (uint32_t i = 0; i < w->count; i++) {
            w->arrival_ms[v][i] = w->proposed_ms[v] + w->one_way_ms[leader][i];
            w->entered_ms[i] = w->arrival_ms[v][i];
        }
        walk_commit(w, v);
        last = v;
    }
    w->view_ms = w->proposed_ms[last] / last;
    w->replica_ms /= w->blocks > 0 ? w->blocks : 1;
    w->first_ms /= w->blocks > 0 ? w->blocks : 1;
}

static walk *walk_new(uint32_t count, uint32_t chain, const bool *dead)
{
    hst_arena arena;
    hst_arena_init(&arena, hst_os_memory(), 1 << 20);
    const hst_network_options network = scene_regions(&arena, scene_five_regions, 5, count);
    walk *w = calloc(1, sizeof *w);
    assert_non_null(w);
    *w = (walk){.count = count, .chain = chain, .dead = dead, .timeout_ms = 5000};
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < count; k++) {
            w->one_way_ms[i][k] = i == k ? 0 : (double)network.base_ns[i % 5 * 5 + k % 5] / 1e6;
        }
    }
    hst_arena_release(&arena);
    walk_run(w);
    return w;
}

/* --- no faults, little load ----------------------------------------------------------------- */

static scene five_regions(hst_arena *arena, const char *protocol, uint32_t count)
{
    return (scene){.protocol = protocol,
                   .count = count,
                   .network = scene_regions(arena, scene_five_regions, 5, count),
                   .every_ns = 160 * MS,
                   .batches = 200};
}

/* V4. Measured with 10 replicas 502, 510, 531, 554 ms, with 20 526 to 642 ms below saturation
 * (asonnino/narwhal, baseline-hs; minimum block delay 10 ms). They are times of the first commit.
 */
static void chained_protocols_commit_when_the_latency_matrix_says(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t chain, count;
        double measured_ms; /* 0 = not */
    } cases[] = {{"hotstuff", 3, 10, 502}, {"hotstuff", 3, 20, 526}, {"hotstuff", 3, 4, 0},
                 {"jolteon", 2, 10, 0},    {"jolteon", 2, 20, 0},    {"jolteon", 2, 4, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hst_arena arena;
        char what[96];
        hst_arena_init(&arena, hst_os_memory(), 1 << 20);
        scene s = five_regions(&arena, cases[i].name, cases[i].count);
        walk *w = walk_new(cases[i].count, cases[i].chain, NULL);
        scene_run(&s);
        (void)snprintf(what, sizeof what, "V4 %s, n = %u, ms", cases[i].name, cases[i].count);
        scene_near(what, s.replica_ms, w->replica_ms, 0.01);
        (void)snprintf(what, sizeof what, "V4 %s, n = %u, first, ms", cases[i].name,
                       cases[i].count);
        scene_near(what, s.first_ms, w->first_ms, 0.01);
        if (cases[i].measured_ms > 0) {
            s = five_regions(&arena, cases[i].name, cases[i].count);
            s.costs = scene_costs(&arena);
            scene_run(&s);
            scene_near("   measured, every replica, with work", s.replica_ms, cases[i].measured_ms,
                       0.1);
            scene_near("   measured, first replica, with work", s.first_ms, cases[i].measured_ms,
                       0.15);
        }
        free(w);
        hst_arena_release(&arena);
    }
}

/* --- crashed replicas ------------------------------------------------------------------------ */

/* timeout_ns, timeout_max_ns, fetch_ns, min_block_delay_ns, stable_leader, window, and no votes in
 * NEW-VIEWs, which the measured system does not have either: its timeouts are 5 s and do not grow.
 */
static const int64_t five_seconds[7] = {5000 * MS, 5000 * MS, 500 * MS, 0, 0, 256, 0};

typedef struct crashes {
    double replica_ms, first_ms, mean_ms, carried, expected_ms; /* means over placements */
    uint32_t placements, stuck;                                 /* stuck: never decided anything */
} crashes;

static void run_placement(crashes *sum, const char *protocol, uint32_t chain, const bool *dead)
{
    enum { OFFERED = 700 };
    hst_arena arena;
    hst_arena_init(&arena, hst_os_memory(), 1 << 20);
    scene s = five_regions(&arena, protocol, 10);
    s.parameters = five_seconds;
    s.crashed = dead;
    s.every_ns = 100 * MS;
    s.batches = 2000;
    s.commands = OFFERED / 10;
    s.bytes = 32; /* its name: bodies were spread before, by a mempool */
    s.gather = 4096;
    s.rest_ns = 200 * HST_SECOND_NS;
    s.may_lag = true;
    scene_run(&s);
    walk *w = walk_new(10, chain, dead);
    sum->placements++;
    if (s.report.decided == 0) {
        sum->stuck++;
        assert_int_equal(w->blocks, 0);
    } else {
        sum->replica_ms += s.replica_ms;
        sum->first_ms += s.first_ms;
        sum->mean_ms += s.mean_ms;
        sum->carried += s.commands_per_s / OFFERED;
        sum->expected_ms += w->replica_ms;
    }
    free(w);
    hst_arena_release(&arena);
}

static void conclude(crashes *sum)
{
    const double counted = sum->placements - sum->stuck;
    sum->replica_ms /= counted;
    sum->first_ms /= counted;
    sum->mean_ms /= counted;
    sum->carried /= counted;
    sum->expected_ms /= counted;
}

/* Every placement of the dead among ten leaders that is not another one turned round. The
 * published systems sort their leaders by random keys. */
static crashes crash_one(const char *protocol, uint32_t chain)
{
    crashes sum = {0};
    for (uint32_t d = 0; d < 10; d++) { /* turned round, but in another region */
        bool dead[10] = {false};
        dead[d] = true;
        run_placement(&sum, protocol, chain, dead);
    }
    conclude(&sum);
    return sum;
}

static crashes crash_three(const char *protocol, uint32_t chain)
{
    crashes sum = {0};
    for (uint32_t a = 1; a <= 8; a++) {
        for (uint32_t b = 1; a + b <= 9; b++) {
            const uint32_t c = 10 - a - b; /* distances from one dead leader to the next */
            if (a * 100 + b * 10 + c > b * 100 + c * 10 + a ||
                a * 100 + b * 10 + c > c * 100 + a * 10 + b) {
                continue;
            }
            bool dead[10] = {false};
            dead[9] = true;
            dead[(9 + a) % 10] = true;
            dead[(9 + a + b) % 10] = true;
            run_placement(&sum, protocol, chain, dead);
        }
    }
    conclude(&sum);
    return sum;
}

/* V5, three chains. Measured with one crashed of ten: 2,098 ms at 450 tx/s, 2,298 at 540, 3,281 at
 * 720 (the figure of V5), 3,788 at 900; with three: 18,920, 24,072, 23,378 ms. */
static void hotstuff_with_crashed_leaders_waits_for_four_living_ones_in_a_row(void **state)
{
    (void)state;
    const crashes one = crash_one("hotstuff", 3);
    scene_near("V5 HotStuff, 1 of 10 crashed, ms", one.replica_ms, one.expected_ms, 0.05);
    scene_near("   measured at 450 tx/s, first replica", one.first_ms, 2098, 0.3);
    scene_near("   measured at 540 tx/s, first replica", one.first_ms, 2298, 0.3);
    /* Not reproduced: 3,281 ms at 720 tx/s, and 0.57 of the offered load carried. */
    assert_true(one.first_ms < 0.7 * 3281 && one.carried > 0.9);
    const crashes three = crash_three("hotstuff", 3);
    print_message("[ validate ] %u of %u placements of three dead never decide\n", three.stuck,
                  three.placements);
    assert_int_equal(three.placements, 12);
    assert_int_equal(three.stuck, 2); /* never four living leaders in a row */
    scene_near("V5 HotStuff, 3 of 10 crashed, ms", three.replica_ms, three.expected_ms, 0.1);
    /* Not reproduced: 24,072 ms. */
    print_message("[ validate ] measured 24,072 ms, seen %.0f; carried %.2f of what is offered\n",
                  three.first_ms, three.carried);
    assert_true(three.first_ms < 0.7 * 24072);
}

/* Table 6.1 of the published runs, two chains: with one crashed 1,579 ms consensus latency and
 * 5,901 ms end to end at 9,000 tx/s offered, with three 8,835 and 15,195 ms at 700 tx/s, 8,698 and
 * 14,159 ms at 3,500. */
static void jolteon_with_crashed_leaders_is_as_late_as_measured(void **state)
{
    (void)state;
    const crashes one = crash_one("jolteon", 2);
    scene_near("V5 Jolteon, 1 of 10 crashed, ms", one.first_ms, 1579, 0.3);
    scene_near("   end to end", one.mean_ms, 5901, 0.3);
    scene_near("   carried", one.carried, 8253.0 / 9000, 0.3);
    const crashes three = crash_three("jolteon", 2);
    assert_int_equal(three.stuck, 0);
    scene_near("V5 Jolteon, 3 of 10 crashed, ms", three.first_ms, 8835, 0.3);
    scene_near("   the same at another load", three.first_ms, 8698, 0.3);
    scene_near("   end to end", three.mean_ms, 15195, 0.3);
    scene_near("   carried", three.carried, 647.0 / 700, 0.3);
}

/* --- load ----------------------------------------------------------------------------------- */

/* Batches as the mempools of the published runs make them: three chains, 500,000 B each (976
 * transactions of 512 B), 31 of them to a block; two chains, 500,000 B or 100 ms of each replica's
 * transactions. They spread bodies before; a block has names of 32 B. Nothing is executed. */
static scene batched(hst_arena *arena, const char *protocol, uint32_t count, uint32_t offered)
{
    enum { A_BATCH = 500000 / 512, IN_A_BLOCK = 1000 / 32, ANY = 4096, TIMES = 10 };
    const bool by_size_alone = strcmp(protocol, "hotstuff") == 0;
    const uint32_t in_100_ms = offered / (TIMES * count);
    scene s = five_regions(arena, protocol, count);
    s.commands = by_size_alone || in_100_ms > A_BATCH ? A_BATCH : in_100_ms;
    s.every_ns = HST_SECOND_NS * s.commands / offered;
    s.batches = (uint32_t)(20 * HST_SECOND_NS / s.every_ns);
    s.gather = by_size_alone ? IN_A_BLOCK : ANY;
    s.bytes = 32;
    s.parameters = five_seconds;
    s.network.up_bits_per_second = TEN_GBIT;
    s.network.down_bits_per_second = TEN_GBIT;
    s.costs = scene_costs(arena);
    s.costs.command_ns = 0;
    s.may_lag = true;
    return s;
}

static void batched_chains_carry_the_load_they_were_measured_with(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t count, offered;
        double carried, consensus_ms, end_to_end_ms;
    } rows[] = {
        {"hotstuff", 10, 70000, 69836, 721, 2021},   {"hotstuff", 20, 50000, 49920, 548, 1203},
        {"hotstuff", 50, 30000, 29809, 902, 2359},   {"jolteon", 10, 100000, 94858, 1150, 1629},
        {"jolteon", 20, 130000, 125018, 1613, 2347}, {"jolteon", 50, 90000, 88413, 1667, 2539}};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        hst_arena arena;
        char what[96];
        hst_arena_init(&arena, hst_os_memory(), 1 << 20);
        scene s = batched(&arena, rows[r].name, rows[r].count, rows[r].offered);
        scene_run(&s);
        (void)snprintf(what, sizeof what, "6.1 %s, n = %u, tx/s", rows[r].name, rows[r].count);
        scene_near(what, s.commands_per_s, rows[r].carried, 0.1);
        print_message("[ validate ]    consensus %.0f ms, measured %.0f; from a batch's making "
                      "%.0f ms, end to end %.0f\n",
                      s.first_ms, rows[r].consensus_ms, s.mean_ms, rows[r].end_to_end_ms);
        /* Latency under this load is not reproduced: 11 to 80 % below. */
        assert_true(s.first_ms < rows[r].consensus_ms && s.mean_ms < rows[r].end_to_end_ms);
        hst_arena_release(&arena);
    }
}

/* Bodies in blocks instead, as sim/consensus has them without a mempool of its own: a leader's card
 * sends n - 1 copies of everything. At n = 10 it does. */
static void ten_replicas_carry_the_bodies_in_their_blocks_too(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t offered;
        double carried, consensus_ms;
    } rows[] = {{"hotstuff", 70000, 69836, 721}, {"jolteon", 100000, 94858, 1150}};
    for (size_t r = 0; r < 2; r++) {
        hst_arena arena;
        hst_arena_init(&arena, hst_os_memory(), 1 << 20);
        scene s = batched(&arena, rows[r].name, 10, rows[r].offered);
        s.bytes = s.commands * 512;
        scene_run(&s);
        scene_near("6.1 bodies in blocks, n = 10, tx/s", s.commands_per_s, rows[r].carried, 0.1);
        print_message("[ validate ]    consensus %.0f ms, measured %.0f\n", s.first_ms,
                      rows[r].consensus_ms);
        assert_true(s.first_ms < rows[r].consensus_ms);
        hst_arena_release(&arena);
    }
}

/* --- Mysticeti ------------------------------------------------------------------------------ */

static const char *const six_regions[6] = {"us-east-1", "us-east-2", "eu-central-1",
                                           "eu-west-2", "eu-west-3", "ap-northeast-1"};
static const char *const thirteen_regions[13] = {
    "us-west-1",      "us-west-2",      "ca-central-1",  "eu-central-1", "eu-west-1",
    "eu-west-2",      "eu-west-3",      "eu-north-1",    "ap-south-1",   "ap-southeast-1",
    "ap-southeast-2", "ap-northeast-1", "ap-northeast-2"};

/* A row of the published results: who, how loaded, p50 and p90 in ms. */
typedef struct dag_row {
    const char *const *regions;
    uint32_t region_count, count, crashed, offered, seconds;
    double p50_ms, p90_ms, share;
    bool large;
} dag_row;

/* V7. asonnino/mysticeti, results of 2026: 512 B, two leaders, rounds wait 1 s for them, no fsync.
 * The first replicas are the crashed ones, and get no clients. Around the globe we are 23 % late.
 */
static void mysticeti_is_as_late_as_measured(void **state)
{
    (void)state;
    static const dag_row rows[] = {{six_regions, 6, 49, 0, 10000, 3, 367, 482, 0.15, false},
                                   {six_regions, 6, 49, 0, 50000, 3, 388, 922, 0.15, true},
                                   {six_regions, 6, 49, 0, 100000, 3, 406, 972, 0.15, true},
                                   {six_regions, 6, 10, 2, 10000, 30, 329, 473, 0.15, false},
                                   {six_regions, 6, 10, 2, 50000, 30, 347, 499, 0.15, false},
                                   {six_regions, 6, 7, 2, 10000, 30, 509, 788, 0.15, false},
                                   {six_regions, 6, 7, 2, 60000, 30, 596, 1770, 0.15, false},
                                   {thirteen_regions, 13, 50, 0, 50000, 3, 467, 693, 0.3, true}};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        const dag_row *row = &rows[r];
        bool crashed[64] = {false};
        char what[96];
        hst_arena arena;
        if (row->large && !scene_large()) {
            continue;
        }
        for (uint32_t d = 0; d < row->crashed; d++) {
            crashed[d] = true;
        }
        hst_arena_init(&arena, hst_os_memory(), 1 << 20);
        const uint32_t commands =
            row->offered * row->count / (row->count - row->crashed) / 1000; /* a millisecond's */
        scene s = {.protocol = "mysticeti",
                   .count = row->count,
                   .network = scene_regions(&arena, row->regions, row->region_count, row->count),
                   .every_ns = 1 * MS,
                   .batches = row->seconds * 1000,
                   .commands = commands,
                   .bytes = commands * 512,
                   .gather = 1024,
                   .crashed = crashed,
                   .by_replica = true,
                   .rest_ns = 12 * HST_SECOND_NS,
                   .costs = scene_costs(&arena)};
        s.costs.command_ns = 0;
        s.costs.write_ns = 0;
        s.network.up_bits_per_second = TEN_GBIT;
        s.network.down_bits_per_second = TEN_GBIT;
        scene_run(&s);
        (void)snprintf(what, sizeof what, "V7 n = %u, %u crashed, %u tx/s: p50, ms", row->count,
                       row->crashed, row->offered);
        scene_near(what, s.p50_ms, row->p50_ms, row->share);
        print_message("[ validate ]    p90 %.0f ms, measured %.0f\n", s.p90_ms, row->p90_ms);
        hst_arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chained_protocols_commit_when_the_latency_matrix_says),
        cmocka_unit_test(hotstuff_with_crashed_leaders_waits_for_four_living_ones_in_a_row),
        cmocka_unit_test(jolteon_with_crashed_leaders_is_as_late_as_measured),
        cmocka_unit_test(batched_chains_carry_the_load_they_were_measured_with),
        cmocka_unit_test(ten_replicas_carry_the_bodies_in_their_blocks_too),
        cmocka_unit_test(mysticeti_is_as_late_as_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
