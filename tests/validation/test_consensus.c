/* Message counts against closed forms, and latency when delay is normal: V1, V3 and V19 of
 * docs/validation/consensus.md.
 */
#include "tests/validation/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const int64_t ten_ms[1] = {10 * MS};
static const int64_t quarter[1] = {250 * MS};

/* V1: 2n(n - 1) = 24, 180, 480, 1,860, 8,064, 32,512. */
static void pbft_sends_2n_times_n_minus_1_messages_a_decision(void **state)
{
    (void)state;
    static const uint32_t counts[] = {4, 10, 16, 31, 64, 128};
    static const uint64_t published[] = {24, 180, 480, 1860, 8064, 32512};
    enum { DECISIONS = 5 };
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        scene s = {.protocol = "pbft",
                   .count = counts[i],
                   .network = {.region_count = 1, .base_ns = ten_ms},
                   .every_ns = 200 * MS,
                   .batches = DECISIONS,
                   .rest_ns = 1000 * MS};
        scene_run(&s);
        assert_int_equal(scene_messages(&s, "PRE-PREPARE") + scene_messages(&s, "PREPARE") +
                             scene_messages(&s, "COMMIT"),
                         DECISIONS * published[i]);
    }
}

/* V3: (n - 1) + 2n(n - 1). */
static void tendermint_sends_n_minus_1_and_2n_times_n_minus_1_messages_a_height(void **state)
{
    (void)state;
    enum { HEIGHTS = 5 };
    static const uint32_t counts[] = {4, 10, 31, 128};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        const uint64_t n = counts[i];
        scene s = {.protocol = "tendermint",
                   .count = counts[i],
                   .network = {.region_count = 1, .base_ns = ten_ms},
                   .every_ns = 2000 * MS,
                   .batches = HEIGHTS,
                   .rest_ns = 1000 * MS};
        scene_run(&s);
        assert_int_equal(scene_messages(&s, "PROPOSAL") + scene_messages(&s, "PREVOTE") +
                             scene_messages(&s, "PRECOMMIT"),
                         HEIGHTS * ((n - 1) + 2 * n * (n - 1)));
    }
}

/* N(250, 50) ms, as csienslab/BFT-Simulator draws them. */
static hst_network_options normal_delays(void)
{
    return (hst_network_options){.region_count = 1,
                                 .base_ns = quarter,
                                 .jitter = HST_JITTER_NORMAL,
                                 .jitter_ns = 50 * MS,
                                 .seed = 7};
}

/* V19: order statistics of three hops of N(250, 50) ms: 3.17 to 3.20 mean delays measured. Theirs
 * is until the last replica needed has decided; ours is the mean over replicas. */
static void pbft_takes_three_and_a_fifth_mean_delays_when_delay_is_normal(void **state)
{
    (void)state;
    static const struct {
        uint32_t count, decisions;
        double ms;
    } published[] = {{16, 20, 793}, {32, 20, 794}, {64, 12, 797}, {128, 6, 800}};
    for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) {
        char what[64];
        scene s = {.protocol = "pbft",
                   .count = published[i].count,
                   .network = normal_delays(),
                   .every_ns = 2000 * MS,
                   .batches = published[i].decisions,
                   .rest_ns = 4000 * MS};
        scene_run(&s);
        (void)snprintf(what, sizeof what, "V19 PBFT, n = %u, ms", published[i].count);
        scene_near(what, s.commit_ms, published[i].ms, 0.015);
    }
}

/* The same simulator: HotStuff with a naive synchroniser, n = 16, a block every 537 ms (2.15 mean
 * delays) for 30.85 messages; here 2(n - 1) = 30, as no synchroniser speaks. */
static void hotstuff_makes_a_block_in_two_and_a_seventh_mean_delays(void **state)
{
    (void)state;
    scene s = {.protocol = "hotstuff",
               .count = 16,
               .network = normal_delays(),
               .every_ns = 300 * MS,
               .batches = 200,
               .gather = 16};
    scene_run(&s);
    scene_near("HotStuff, n = 16, ms a block", s.interval_ms, 537, 0.03);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pbft_sends_2n_times_n_minus_1_messages_a_decision),
        cmocka_unit_test(tendermint_sends_n_minus_1_and_2n_times_n_minus_1_messages_a_height),
        cmocka_unit_test(pbft_takes_three_and_a_fifth_mean_delays_when_delay_is_normal),
        cmocka_unit_test(hotstuff_makes_a_block_in_two_and_a_seventh_mean_delays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
