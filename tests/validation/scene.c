#include "tests/validation/scene.h"

#include "core/consensus/wire.h"

#include "sim/base/number.h"
#include "sim/base/os_memory.h"
#include "sim/consensus/costs.h"
#include "sim/network/regions.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

const char *const scene_five_regions[5] = {"us-east-1", "eu-north-1", "ap-southeast-2", "us-west-1",
                                           "ap-northeast-1"};

enum { WARM_NS = 1000000000 };

/* What is noted while a scene runs. */
typedef struct notes {
    int64_t *proposed_ns; /* [views] by view; 0 = not seen */
    uint64_t views;
    uint64_t top; /* highest height somebody committed */
    uint64_t batches;
    double replica_ns, first_ns, commit_ns;
    uint64_t replica_count, first_count, commit_count;
    int64_t load_end_ns;
    int64_t first_height_ns, last_height_ns; /* within the load */
    uint64_t heights;                        /* likewise */
} notes;

static void
on_commit(void *context, const hst_cluster *cluster, uint32_t replica, const hst_effect *commit)
{
    notes *n = context;
    const int64_t now = hst_cluster_now(cluster);
    const bool first = commit->height > n->top;
    (void)replica;
    if (first) {
        n->top = commit->height;
        /* A ledger of the XRP kind is several heights at once. */
        if (now >= WARM_NS && now <= n->load_end_ns && now != n->last_height_ns) {
            n->first_height_ns = n->heights == 0 ? now : n->first_height_ns;
            n->last_height_ns = now;
            n->heights++;
        }
    }
    int64_t submitted = 0;
    int64_t agreed = 0;
    if (commit->batch.id >= 1 && commit->batch.id <= n->batches) {
        (void)hst_cluster_batch_times(cluster, commit->batch.id, &submitted, &agreed);
        n->commit_ns += (double)(now - submitted);
        n->commit_count++;
    }
    const int64_t proposed = commit->view < n->views ? n->proposed_ns[commit->view] : 0;
    if (proposed < WARM_NS) {
        return;
    }
    n->replica_ns += (double)(now - proposed);
    n->replica_count++;
    if (first) {
        n->first_ns += (double)(now - proposed);
        n->first_count++;
    }
}

/* When a view's block was proposed. The chained protocols write the view first; others' proposals
 * are not looked at. */
static hst_cluster_verdict on_message(void *context,
                                      hst_cluster *cluster,
                                      uint32_t from,
                                      uint32_t to,
                                      const uint8_t *bytes,
                                      uint32_t size)
{
    notes *n = context;
    (void)from;
    (void)to;
    if (bytes[0] == 0 && size > 9) {
        hst_wire_reader reader = hst_wire_read(bytes, size, false);
        const uint64_t view = hst_wire_read_u64(&reader);
        if (view < n->views && n->proposed_ns[view] == 0) {
            n->proposed_ns[view] = hst_cluster_now(cluster);
        }
    }
    return (hst_cluster_verdict){0};
}

static int compare(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Whether clients submit this batch: they know who is down. */
static bool is_submitted(const scene *s, uint64_t batch)
{
    return !s->by_replica || s->crashed == NULL || !s->crashed[batch % s->count];
}

static void measure_batches(scene *s, const hst_cluster *cluster, int64_t load_end_ns)
{
    int64_t *latencies = calloc(s->batches, sizeof *latencies);
    uint32_t decided = 0;
    uint32_t submitted_count = 0;
    double in_time = 0;
    assert_non_null(latencies);
    for (uint64_t b = 1; b <= s->batches; b++) {
        int64_t submitted = 0;
        int64_t agreed = 0;
        submitted_count += is_submitted(s, b) ? 1 : 0;
        if (is_submitted(s, b) && hst_cluster_batch_times(cluster, b, &submitted, &agreed)) {
            latencies[decided++] = agreed - submitted;
            s->mean_ms += (double)(agreed - submitted) / 1e6;
            in_time += agreed <= load_end_ns ? s->commands : 0;
        }
    }
    assert_true(decided == submitted_count || s->may_lag);
    qsort(latencies, decided, sizeof *latencies, compare);
    s->p50_ms = (double)latencies[decided > 0 ? (decided - 1) / 2 : 0] / 1e6;
    s->p90_ms = (double)latencies[decided > 0 ? (decided - 1) * 9 / 10 : 0] / 1e6;
    s->mean_ms /= decided > 0 ? decided : 1;
    s->commands_per_s = in_time / ((double)(load_end_ns - WARM_NS) / 1e9);
    free(latencies);
}

static void conclude(scene *s, const hst_cluster *cluster, const notes *n)
{
    hst_cluster_measure(cluster, &s->report);
    s->replica_ms = n->replica_count > 0 ? n->replica_ns / (double)n->replica_count / 1e6 : 0;
    s->first_ms = n->first_count > 0 ? n->first_ns / (double)n->first_count / 1e6 : 0;
    s->commit_ms = n->commit_count > 0 ? n->commit_ns / (double)n->commit_count / 1e6 : 0;
    s->interval_ms = n->heights > 1 ? (double)(n->last_height_ns - n->first_height_ns) /
                                          (double)(n->heights - 1) / 1e6
                                    : 0;
    s->view_changes = s->report.view_changes;
    measure_batches(s, cluster, n->load_end_ns);
}

void scene_run(scene *s)
{
    enum { VIEWS = 1 << 16, DRAIN_S = 10 };
    const hst_membership equal = {.count = s->count, .total = s->count};
    const hst_consensus_protocol *protocol = hst_consensus_find(s->protocol);
    s->bytes = s->bytes > 0 ? s->bytes : 1000;
    s->commands = s->commands > 0 ? s->commands : 10;
    s->network.count = s->count;
    notes n = {.batches = s->batches,
               .views = VIEWS,
               .proposed_ns = calloc(VIEWS, sizeof(int64_t)),
               .load_end_ns = WARM_NS + s->batches * s->every_ns};
    const bool chained =
        strcmp(s->protocol, "hotstuff") == 0 || strcmp(s->protocol, "jolteon") == 0;
    assert_non_null(n.proposed_ns);
    const hst_cluster_options options = {.protocol = protocol,
                                         .parameters = s->parameters,
                                         .membership =
                                             s->membership != NULL ? s->membership : &equal,
                                         .network = &s->network,
                                         .costs = s->costs,
                                         .seed = s->seed > 0 ? s->seed : 1,
                                         .batch_capacity = s->batches,
                                         .gather = s->gather,
                                         .observer = on_commit,
                                         .observer_context = &n,
                                         .filter = chained ? on_message : NULL,
                                         .filter_context = &n,
                                         .memory = hst_os_memory()};
    hst_cluster *cluster = NULL;
    assert_int_equal(hst_cluster_create(&options, &cluster), HST_OK);
    for (uint32_t i = 0; s->crashed != NULL && i < s->count; i++) {
        if (s->crashed[i]) {
            hst_cluster_crash(cluster, i);
        }
    }
    for (uint32_t b = 1; b <= s->batches; b++) {
        const bool full = is_submitted(s, b);
        assert_int_equal(hst_cluster_submit(cluster, WARM_NS + b * s->every_ns, full ? s->bytes : 0,
                                            full ? s->commands : 0),
                         b);
    }
    const int64_t rest = s->rest_ns > 0 ? s->rest_ns : DRAIN_S * HST_SECOND_NS;
    assert_int_equal(hst_cluster_run(cluster, n.load_end_ns + rest, 0), HST_OK);
    conclude(s, cluster, &n);
    hst_cluster_destroy(cluster);
    free(n.proposed_ns);
}

uint64_t scene_messages(const scene *s, const char *kind)
{
    const hst_consensus_protocol *protocol = hst_consensus_find(s->protocol);
    for (uint32_t k = 0; k < protocol->kind_count; k++) {
        if (strcmp(protocol->kinds[k].name, kind) == 0) {
            return s->report.by_kind[k];
        }
    }
    fail_msg("%s has no message %s", protocol->name, kind);
    return 0;
}

const char *scene_file(hst_arena *arena, const char *path, size_t *size)
{
    enum { SIZE = 1 << 17 };
    char *bytes = hst_arena_alloc(arena, 1, SIZE);
    FILE *file = fopen(path, "rb");
    assert_non_null(bytes);
    assert_non_null(file);
    *size = fread(bytes, 1, SIZE, file);
    assert_int_equal(fclose(file), 0);
    assert_true(*size < SIZE);
    return bytes;
}

hst_network_options
scene_regions(hst_arena *arena, const char *const *regions, uint32_t region_count, uint32_t count)
{
    size_t size = 0;
    const char *bytes = scene_file(arena, "scenarios/data/cloud_latency.csv", &size);
    uint32_t *places = HST_ARENA_NEW(arena, uint32_t, count);
    const int64_t *base_ns = NULL;
    hst_error error = {0};
    assert_non_null(places);
    for (uint32_t i = 0; i < count; i++) {
        places[i] = i % region_count;
    }
    assert_int_equal(hst_regions_load("cloud_latency.csv", bytes, size, regions, region_count,
                                      arena, &base_ns, &error),
                     HST_OK);
    return (hst_network_options){
        .region_count = region_count, .regions = places, .base_ns = base_ns, .seed = 1};
}

hst_cluster_costs scene_costs(hst_arena *arena)
{
    size_t size = 0;
    const char *bytes = scene_file(arena, "scenarios/data/costs.csv", &size);
    hst_cluster_costs costs;
    hst_error error = {0};
    assert_int_equal(hst_costs_load("costs.csv", bytes, size, arena, &costs, &error), HST_OK);
    return costs;
}

void scene_near(const char *what, double seen, double expected, double share)
{
    print_message("[ validate ] %s: %.4g, expected %.4g within %.0f %%: %+.1f %%\n", what, seen,
                  expected, 100 * share, 100 * (seen / expected - 1));
    assert_true(fabs(seen - expected) <= share * expected);
}

bool scene_large(void)
{
    const char *large = getenv("HST_VALIDATION_LARGE");
    return large != NULL && large[0] != '\0';
}
