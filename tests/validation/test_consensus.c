/* Protocols against closed forms and published figures: the table of docs/validation/consensus.md.
 */
#include "core/consensus/consensus.h"

#include "sim/base/number.h"
#include "sim/base/os_memory.h"
#include "sim/consensus/cluster.h"
#include "sim/network/regions.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS INT64_C(1000000)

/* A cluster in steady state: batches one after another, each decided before the next comes. */
typedef struct steady {
    const hst_consensus_protocol *protocol;
    const int64_t *parameters;
    uint32_t count;
    hst_network_options network;
    hst_membership membership;
    int64_t every_ns; /* between batches */
    uint32_t batches;
    /* what was seen */
    int64_t submitted_ns[512];
    double latency_ns_sum; /* over replicas and batches, from submission */
    uint64_t commits;
    uint64_t with_batch;
    hst_cluster_report report;
    int64_t proposed_ns[64];     /* by replica: its last proposal */
    double from_proposal_ns_sum; /* over commits, from their proposer's last proposal */
} steady;

static void
on_commit(void *context, const hst_cluster *cluster, uint32_t replica, const hst_effect *commit)
{
    steady *s = context;
    (void)replica;
    s->commits++;
    if (commit->proposer < 64) {
        s->from_proposal_ns_sum +=
            (double)(hst_cluster_now(cluster) - s->proposed_ns[commit->proposer]);
    }
    if (commit->batch.id > 0 && commit->batch.id < 512) {
        s->latency_ns_sum += (double)(hst_cluster_now(cluster) - s->submitted_ns[commit->batch.id]);
        s->with_batch++;
    }
}

/* When a replica proposed last. */
static hst_cluster_verdict on_message(void *context,
                                      hst_cluster *cluster,
                                      uint32_t from,
                                      uint32_t to,
                                      const uint8_t *bytes,
                                      uint32_t size)
{
    steady *s = context;
    (void)to;
    if (from < 64 && size > 0 && bytes[0] < s->protocol->kind_count &&
        s->protocol->kinds[bytes[0]].role == HST_ROLE_PROPOSAL) {
        s->proposed_ns[from] = hst_cluster_now(cluster);
    }
    return (hst_cluster_verdict){0};
}

static void run(steady *s)
{
    const hst_cluster_options options = {.protocol = s->protocol,
                                         .parameters = s->parameters,
                                         .membership = &s->membership,
                                         .network = &s->network,
                                         .seed = 1,
                                         .batch_capacity = 511,
                                         .observer = on_commit,
                                         .observer_context = s,
                                         .filter = on_message,
                                         .filter_context = s,
                                         .memory = hst_os_memory()};
    hst_cluster *cluster = NULL;
    s->membership = (hst_membership){.count = s->count, .total = s->count};
    s->network.count = s->count;
    assert_int_equal(hst_cluster_create(&options, &cluster), HST_OK);
    /* The first second belongs to elections and first views. */
    for (uint32_t b = 1; b <= s->batches; b++) {
        s->submitted_ns[b] = HST_SECOND_NS + b * s->every_ns;
        assert_int_equal(hst_cluster_submit(cluster, s->submitted_ns[b], 1000, 10), b);
    }
    assert_int_equal(hst_cluster_run(cluster, 10 * HST_SECOND_NS + s->batches * s->every_ns, 0),
                     HST_OK);
    hst_cluster_measure(cluster, &s->report);
    assert_int_equal(s->report.commands, 10 * (uint64_t)s->batches);
    hst_cluster_destroy(cluster);
}

static const int64_t ten_ms[1] = {10 * MS};
static const int64_t quarter[1] = {250 * MS};

static uint64_t messages_of(const steady *s, const char *kind)
{
    for (uint32_t k = 0; k < s->protocol->kind_count; k++) {
        if (strcmp(s->protocol->kinds[k].name, kind) == 0) {
            return s->report.by_kind[k];
        }
    }
    fail_msg("%s has no message %s", s->protocol->name, kind);
    return 0;
}

/* V1: 2n(n - 1) = 24, 180, 480, 1,860, 8,064. */
static void pbft_sends_2n_times_n_minus_1_messages_a_decision(void **state)
{
    (void)state;
    static const uint32_t counts[] = {4, 10, 16, 31, 64};
    static const uint64_t published[] = {24, 180, 480, 1860, 8064};
    enum { DECISIONS = 10 };
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        steady s = {.protocol = hst_consensus_find("pbft"),
                    .count = counts[i],
                    .network = {.region_count = 1, .base_ns = ten_ms},
                    .every_ns = 200 * MS,
                    .batches = DECISIONS};
        run(&s);
        assert_int_equal(messages_of(&s, "PRE-PREPARE") + messages_of(&s, "PREPARE") +
                             messages_of(&s, "COMMIT"),
                         DECISIONS * published[i]);
    }
}

/* V3: (n - 1) + 2n(n - 1). */
static void tendermint_sends_n_minus_1_and_2n_times_n_minus_1_messages_a_height(void **state)
{
    (void)state;
    enum { HEIGHTS = 10 };
    static const uint32_t counts[] = {4, 10, 31};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        const uint64_t n = counts[i];
        steady s = {.protocol = hst_consensus_find("tendermint"),
                    .count = counts[i],
                    .network = {.region_count = 1, .base_ns = ten_ms},
                    .every_ns = 2000 * MS,
                    .batches = HEIGHTS};
        run(&s);
        assert_int_equal(messages_of(&s, "PROPOSAL") + messages_of(&s, "PREVOTE") +
                             messages_of(&s, "PRECOMMIT"),
                         HEIGHTS * ((n - 1) + 2 * n * (n - 1)));
    }
}

/* V19: order statistics of three hops of N(250, 50) ms; 793, 794, 797 ms published for n = 16, 32,
 * 64 (csienslab/BFT-Simulator, measured), within 1.5 %. Theirs is until the last replica needed has
 * decided; ours is the mean over replicas, so only the shape 3.17 to 3.20 times the mean is asked.
 */
static void pbft_takes_three_and_a_fifth_mean_delays_when_delay_is_normal(void **state)
{
    (void)state;
    static const uint32_t counts[] = {16, 32, 64};
    static const double published_ms[] = {793, 794, 797};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        steady s = {.protocol = hst_consensus_find("pbft"),
                    .count = counts[i],
                    .network = {.region_count = 1,
                                .base_ns = quarter,
                                .jitter = HST_JITTER_NORMAL,
                                .jitter_ns = 50 * MS,
                                .seed = 7},
                    .every_ns = 2000 * MS,
                    .batches = 20};
        run(&s);
        const double ms = s.latency_ns_sum / (double)s.with_batch / 1e6;
        print_message("[   ms     ] n = %u: %.1f, published %.0f\n", counts[i], ms,
                      published_ms[i]);
        assert_true(fabs(ms - published_ms[i]) <= 0.015 * published_ms[i]);
    }
}

/* --- the wide area ---------------------------------------------------------------------------- */

static const char *const regions[5] = {"us-east-1", "eu-north-1", "ap-southeast-2", "us-west-1",
                                       "ap-northeast-1"};

/* Latency between the five regions of the published runs; the caller frees the arena. */
static const int64_t *wide_area(hst_arena *arena)
{
    enum { SIZE = 1 << 16 };
    char *bytes = hst_arena_alloc(arena, 1, SIZE);
    FILE *file = fopen("scenarios/data/cloud_latency.csv", "rb");
    assert_non_null(bytes);
    assert_non_null(file);
    const size_t size = fread(bytes, 1, SIZE, file);
    assert_int_equal(fclose(file), 0);
    const int64_t *base_ns = NULL;
    hst_error error = {0};
    assert_int_equal(
        hst_regions_load("cloud_latency.csv", bytes, size, regions, 5, arena, &base_ns, &error),
        HST_OK);
    return base_ns;
}

/* Mean over replicas of the time from a block's proposal to its commit, in milliseconds. */
static double chained_ms(const char *name, uint32_t count)
{
    hst_arena arena;
    uint32_t places[64];
    const hst_consensus_protocol *protocol = hst_consensus_find(name);
    hst_arena_init(&arena, hst_os_memory(), 1 << 20);
    for (uint32_t i = 0; i < count; i++) {
        places[i] = i % 5;
    }
    steady s = {.protocol = protocol,
                .count = count,
                .network = {.region_count = 5, .regions = places, .base_ns = wide_area(&arena)},
                .every_ns = 160 * MS,
                .batches = 200};
    run(&s);
    hst_arena_release(&arena);
    return s.from_proposal_ns_sum / (double)s.commits / 1e6;
}

/* V4: 502 and 526 ms measured on AWS with 10 and 20 replicas (asonnino/narwhal, baseline-hs; its
 * minimum block delay of 100 ms is below a view's 154 ms); 468 ms for 4, and 373 and 332 ms for two
 * chains, by arithmetic on the latency matrix. */
static void chained_hotstuff_commits_in_half_a_second_around_the_world(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t count;
        double ms;
    } published[] = {{"hotstuff", 10, 502}, {"hotstuff", 20, 526}, {"hotstuff", 4, 468},
                     {"jolteon", 10, 373},  {"jolteon", 20, 373},  {"jolteon", 4, 332}};
    for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) {
        const double ms = chained_ms(published[i].name, published[i].count);
        print_message("[   ms     ] %s, n = %u: %.1f, published or computed %.0f\n",
                      published[i].name, published[i].count, ms, published[i].ms);
        assert_true(fabs(ms - published[i].ms) <= 0.1 * published[i].ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pbft_sends_2n_times_n_minus_1_messages_a_decision),
        cmocka_unit_test(tendermint_sends_n_minus_1_and_2n_times_n_minus_1_messages_a_height),
        cmocka_unit_test(chained_hotstuff_commits_in_half_a_second_around_the_world),
        cmocka_unit_test(pbft_takes_three_and_a_fifth_mean_delays_when_delay_is_normal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
