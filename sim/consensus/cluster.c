#include "sim/consensus/cluster.h"

#include "core/base/assert.h"

#include "sim/base/number.h"
#include "sim/base/purpose.h"
#include "sim/consensus/check.h"
#include "sim/consensus/cluster_internal.h"
#include "sim/consensus/host.h"
#include "sim/consensus/mempool.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void on_start(void *world, hst_kernel *kernel, const hst_event *event);
static void on_announce(void *world, hst_kernel *kernel, const hst_event *event);

static const hst_handler handlers[HST_CLUSTER_EVENT_COUNT] = {
    [HST_CLUSTER_EVENT_START] = on_start,
    [HST_CLUSTER_EVENT_ANNOUNCE] = on_announce,
    [HST_CLUSTER_EVENT_ARRIVE] = hst_host_on_arrive,
    [HST_CLUSTER_EVENT_HANDLE] = hst_host_on_handle,
    [HST_CLUSTER_EVENT_TIMER] = hst_host_on_timer,
    [HST_CLUSTER_EVENT_DURABLE] = hst_host_on_durable,
    [HST_CLUSTER_EVENT_OFFER] = hst_host_on_offer,
    [HST_CLUSTER_EVENT_FAULT] = hst_fault_on_event,
};

void hst_cluster_violate(hst_cluster *cluster,
                         const char *check,
                         uint32_t replica,
                         uint64_t height,
                         const char *format,
                         ...)
{
    if (cluster->violation.check != NULL) {
        return;
    }
    cluster->violation.check = check;
    cluster->violation.replica = replica;
    cluster->violation.height = height;
    cluster->violation.event = hst_kernel_count(cluster->kernel).executed;
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(cluster->violation.text, sizeof cluster->violation.text, format, arguments) < 0) {
        cluster->violation.text[0] = '\0';
    }
    va_end(arguments);
    if (cluster->in_run) {
        hst_kernel_pause(cluster->kernel);
    }
}

hst_cluster_height *hst_cluster_height_at(hst_cluster *cluster, uint64_t height)
{
    if (height >= cluster->height_capacity) {
        const uint64_t capacity = 2 * (height + 1);
        hst_cluster_height *heights = HST_ARENA_NEW(&cluster->arena, hst_cluster_height, capacity);
        if (heights == NULL) {
            hst_kernel_fail(cluster->kernel, HST_NO_MEMORY);
            return NULL;
        }
        memcpy(heights, cluster->heights, cluster->height_capacity * sizeof *heights);
        cluster->heights = heights;
        cluster->height_capacity = capacity;
    }
    cluster->height_top = height > cluster->height_top ? height : cluster->height_top;
    return &cluster->heights[height];
}

static hst_status make_keys(hst_cluster *cluster)
{
    if (!cluster->options.real_crypto) {
        return HST_OK;
    }
    cluster->signing_keys = HST_ARENA_NEW(&cluster->arena, hst_signing_key, cluster->count);
    cluster->public_keys = HST_ARENA_NEW(&cluster->arena, hst_public_key, cluster->count);
    if (cluster->signing_keys == NULL || cluster->public_keys == NULL) {
        return HST_NO_MEMORY;
    }
    for (uint32_t i = 0; i < cluster->count; i++) {
        hst_random stream = hst_random_stream(cluster->options.seed, cluster->options.replication,
                                              i, HST_PURPOSE_CONSENSUS);
        hst_signature_seed seed;
        for (size_t b = 0; b < sizeof seed.bytes; b++) {
            seed.bytes[b] = (unsigned char)hst_random_u64(&stream);
        }
        hst_signature_keys(&seed, &cluster->signing_keys[i], &cluster->public_keys[i]);
    }
    return HST_OK;
}

hst_status hst_replica_make(hst_cluster *cluster, uint32_t machine, uint32_t i)
{
    const hst_cluster_options *o = &cluster->options;
    hst_replica *replica = &cluster->replicas[machine];
    replica->protocol = o->others != NULL && o->others[i] != NULL ? o->others[i] : o->protocol;
    hst_random own = hst_random_stream(o->seed, o->replication, i, HST_PURPOSE_CONSENSUS);
    hst_random common =
        hst_random_stream(o->seed, o->replication, UINT64_MAX, HST_PURPOSE_CONSENSUS);
    replica->config =
        (hst_consensus_config){.self = i,
                               .membership = o->membership,
                               .parameters = o->parameters,
                               .seed = hst_random_u64(&own),
                               .common_seed = hst_random_u64(&common),
                               .carry_signatures = o->real_crypto,
                               .peers = o->peers != NULL ? o->peers[i] : NULL,
                               .peer_count = o->peers != NULL ? o->peer_counts[i] : 0};
    HST_TRY(hst_consensus_check(replica->protocol, &replica->config));
    replica->state_size = replica->protocol->state_size(&replica->config);
    replica->state =
        replica->state_size > 0 ? hst_arena_alloc(&cluster->arena, 1, replica->state_size) : NULL;
    cluster->states[machine] = replica->state;
    HST_TRY(hst_mempool_create(cluster, machine));
    if (replica->state_size == 0) {
        return HST_INVALID;
    }
    if (replica->state == NULL) {
        return HST_NO_MEMORY;
    }
    return replica->protocol->init(replica->state, &replica->config);
}

static hst_status build(hst_cluster *cluster)
{
    const hst_cluster_options *o = &cluster->options;
    enum { TWINS_UP_TO = 64 };
    cluster->machine_count = cluster->count <= TWINS_UP_TO ? 2 * cluster->count : cluster->count;
    const hst_kernel_config kernel = {.memory = o->memory,
                                      .handlers = handlers,
                                      .handler_count = HST_CLUSTER_EVENT_COUNT,
                                      .source_max = cluster->machine_count + 1,
                                      .planned_events = (uint64_t)64 * cluster->count,
                                      .prefetch = hst_host_prefetch};
    HST_TRY(hst_kernel_create(&kernel, &cluster->kernel));
    HST_TRY(hst_network_create(o->network, &cluster->arena, &cluster->network));
    HST_TRY(make_keys(cluster));
    enum { HEIGHTS = 1024 };
    cluster->replicas = HST_ARENA_NEW(&cluster->arena, hst_replica, cluster->machine_count);
    cluster->states = HST_ARENA_NEW(&cluster->arena, void *, cluster->machine_count);
    cluster->heights = HST_ARENA_NEW(&cluster->arena, hst_cluster_height, HEIGHTS);
    cluster->height_capacity = HEIGHTS;
    cluster->batches =
        HST_ARENA_NEW(&cluster->arena, hst_cluster_batch, (size_t)o->batch_capacity + 1);
    cluster->effects.capacity = 4 * cluster->count + 4096;
    cluster->effects.byte_capacity = UINT32_C(32) << 20;
    cluster->effects.carry_signatures = o->real_crypto;
    cluster->effects.discards_records = !o->keep_logs;
    cluster->effects.list = HST_ARENA_NEW(&cluster->arena, hst_effect, cluster->effects.capacity);
    cluster->effects.bytes =
        HST_ARENA_NEW(&cluster->arena, uint8_t, cluster->effects.byte_capacity);
    if (cluster->shares_memos) {
        cluster->effects.names = HST_ARENA_NEW(&cluster->arena, hst_name_memo, 1);
    }
    cluster->claim_capacity = 64 * (cluster->count + 1);
    cluster->claims = HST_ARENA_NEW(&cluster->arena, hst_claim, cluster->claim_capacity);
    if (cluster->replicas == NULL || cluster->states == NULL || cluster->heights == NULL ||
        cluster->batches == NULL || cluster->effects.list == NULL ||
        cluster->effects.bytes == NULL || cluster->claims == NULL ||
        (cluster->shares_memos && cluster->effects.names == NULL)) {
        return HST_NO_MEMORY;
    }
    for (uint32_t i = 0; i < cluster->count; i++) {
        HST_TRY(hst_replica_make(cluster, i, i));
        hst_kernel_schedule(cluster->kernel, 0, 0, i, i, HST_CLUSTER_EVENT_START, 0);
    }
    return HST_OK;
}

hst_status hst_cluster_create(const hst_cluster_options *options, hst_cluster **out)
{
    hst_assert(options != NULL && out != NULL && options->membership != NULL);
    hst_assert(options->protocol != NULL && options->network != NULL);
    if (options->membership->count != options->network->count ||
        options->batch_capacity >= HST_MEMPOOL_BODY) {
        return HST_INVALID;
    }
    hst_cluster *cluster = options->memory.acquire(options->memory.context, sizeof *cluster);
    if (cluster == NULL) {
        return HST_NO_MEMORY;
    }
    cluster->options = *options;
    cluster->count = options->membership->count;
    cluster->message_free = UINT32_MAX;
    cluster->message_input.kind = HST_INPUT_MESSAGE;
    cluster->shares_memos = options->others == NULL && !options->no_memos;
    cluster->options.offer_again_ns =
        options->offer_again_ns > 0 ? options->offer_again_ns : 10 * HST_SECOND_NS;
    hst_arena_init(&cluster->arena, options->memory, (size_t)4 << 20);
    cluster->blobs.arena = &cluster->arena;
    const hst_status status = build(cluster);
    if (status != HST_OK) {
        hst_cluster_destroy(cluster);
        return status;
    }
    *out = cluster;
    return HST_OK;
}

void hst_cluster_destroy(hst_cluster *cluster)
{
    if (cluster == NULL) {
        return;
    }
    const hst_memory memory = cluster->options.memory;
    hst_kernel_destroy(cluster->kernel);
    hst_arena_release(&cluster->arena);
    memory.release(memory.context, cluster, sizeof *cluster);
}

static void on_start(void *world, hst_kernel *kernel, const hst_event *event)
{
    hst_cluster *cluster = world;
    (void)kernel;
    if (cluster->replicas[event->target].life > 0) {
        return; /* it was stopped before it began */
    }
    cluster->replicas[event->target].running = true;
    hst_consensus_input input = {.kind = HST_INPUT_START};
    hst_replica_step(cluster, event->target, &input);
}

static void on_announce(void *world, hst_kernel *kernel, const hst_event *event)
{
    hst_cluster *cluster = world;
    hst_assert(event->argument <= cluster->batch_count);
    cluster->batches[event->argument].announced = true;
    if (event->argument > cluster->batch_announced) {
        cluster->batch_announced = event->argument;
    }
    hst_mempool_spread(cluster, event->argument);
    for (uint32_t i = 0; i < cluster->machine_count; i++) {
        if (cluster->replicas[i].running && cluster->replicas[i].cpu_free_ns > event->time_ns) {
            hst_kernel_schedule(kernel, cluster->replicas[i].cpu_free_ns, 5, i, i,
                                HST_CLUSTER_EVENT_OFFER, cluster->replicas[i].life);
        } else if (cluster->replicas[i].running) {
            hst_consensus_input input = {.kind = HST_INPUT_SUBMIT};
            hst_replica_step(cluster, i, &input);
        }
        if (cluster->options.protocol->everyone_proposes && cluster->replicas[i].running) {
            hst_kernel_schedule(kernel, event->time_ns + cluster->options.offer_again_ns, 2, i, i,
                                HST_CLUSTER_EVENT_OFFER, cluster->replicas[i].life);
        }
    }
}

uint64_t hst_cluster_submit(hst_cluster *cluster, int64_t time_ns, uint32_t size, uint32_t count)
{
    hst_assert(cluster != NULL && time_ns >= hst_kernel_now(cluster->kernel));
    if (cluster->batch_count >= cluster->options.batch_capacity) {
        return 0;
    }
    const uint64_t id = ++cluster->batch_count;
    cluster->batches[id] = (hst_cluster_batch){.batch = {.id = id, .size = size, .count = count},
                                               .submitted_ns = time_ns,
                                               .agreed_ns = -1};
    hst_kernel_schedule(cluster->kernel, time_ns, 1, cluster->count, 0, HST_CLUSTER_EVENT_ANNOUNCE,
                        id);
    return id;
}

static bool goal_met(const hst_cluster *cluster, uint64_t height)
{
    for (uint32_t i = 0; i < cluster->count; i++) {
        if (cluster->replicas[i].running && !hst_replica_is_byzantine(cluster, i) &&
            cluster->replicas[i].commit_height < height) {
            return false;
        }
    }
    return true;
}

hst_status hst_cluster_run(hst_cluster *cluster, int64_t until_ns, uint64_t height)
{
    hst_assert(cluster != NULL);
    cluster->goal_height = height;
    while (cluster->violation.check == NULL) {
        cluster->in_run = true;
        const hst_status status = hst_kernel_run(cluster->kernel, cluster, until_ns, UINT64_MAX);
        cluster->in_run = false;
        HST_TRY(status);
        if (hst_kernel_stopped(cluster->kernel) != HST_STOP_PAUSED ||
            (height > 0 && goal_met(cluster, height))) {
            break;
        }
    }
    return cluster->violation.check == NULL ? HST_OK : HST_REFUSED;
}

void hst_cluster_crash(hst_cluster *cluster, uint32_t replica)
{
    hst_assert(cluster != NULL && replica < cluster->count);
    hst_host_stop(cluster, replica);
}

void hst_cluster_restart(hst_cluster *cluster, uint32_t replica, bool with_disk)
{
    hst_assert(cluster != NULL && replica < cluster->count);
    hst_assert(!cluster->replicas[replica].running);
    hst_assert(!with_disk || cluster->options.keep_logs);
    hst_host_recover(cluster, replica, with_disk);
}

bool hst_cluster_running(const hst_cluster *cluster, uint32_t replica)
{
    return cluster->replicas[replica].running;
}

hst_network *hst_cluster_network(hst_cluster *cluster)
{
    return cluster->network;
}

void hst_cluster_view(const hst_cluster *cluster, uint32_t replica, hst_consensus_view *view)
{
    const hst_replica *r = &cluster->replicas[replica];
    *view = (hst_consensus_view){.leader = HST_CONSENSUS_NOBODY};
    r->protocol->inspect(r->state, view);
}

int64_t hst_cluster_busy(const hst_cluster *cluster, uint32_t replica)
{
    hst_assert(replica < cluster->count);
    return cluster->replicas[replica].busy_ns;
}

int64_t hst_cluster_now(const hst_cluster *cluster)
{
    return hst_kernel_now(cluster->kernel);
}

bool hst_cluster_decided(
    const hst_cluster *cluster, uint64_t height, hst_hash *id, hst_batch *batch, int64_t *first_ns)
{
    if (height > cluster->height_top || !cluster->heights[height].known) {
        return false;
    }
    const hst_cluster_height *h = &cluster->heights[height];
    if (id != NULL) {
        *id = h->id;
    }
    if (batch != NULL) {
        *batch = h->batch;
    }
    if (first_ns != NULL) {
        *first_ns = h->first_ns;
    }
    return true;
}

uint64_t hst_cluster_commands(const hst_cluster *cluster)
{
    return cluster->report.commands;
}

bool hst_cluster_batch_times(const hst_cluster *cluster,
                             uint64_t batch,
                             int64_t *submitted_ns,
                             int64_t *agreed_ns)
{
    hst_assert(batch >= 1 && batch <= cluster->batch_count);
    *submitted_ns = cluster->batches[batch].submitted_ns;
    *agreed_ns = cluster->batches[batch].agreed_ns;
    return *agreed_ns >= 0;
}

uint64_t hst_cluster_batch_order(const hst_cluster *cluster, uint64_t batch)
{
    hst_assert(batch >= 1 && batch <= cluster->batch_count);
    return cluster->batches[batch].agreed_order;
}

hst_batch hst_cluster_batch_of(const hst_cluster *cluster, uint64_t batch)
{
    hst_assert(batch >= 1 && batch <= cluster->batch_count);
    return cluster->batches[batch].batch;
}

bool hst_cluster_root(const hst_cluster *cluster, hst_hash *root)
{
    for (uint32_t i = 0; i < cluster->count; i++) {
        const hst_replica *replica = &cluster->replicas[i];
        if (!hst_replica_is_byzantine(cluster, i) && replica->lowest > cluster->batch_count) {
            *root = replica->root;
            return true;
        }
    }
    return false;
}

const hst_cluster_violation *hst_cluster_violated(const hst_cluster *cluster)
{
    return &cluster->violation;
}

void hst_cluster_measure(const hst_cluster *cluster, hst_cluster_report *report)
{
    *report = cluster->report;
    report->events = hst_kernel_count(cluster->kernel).executed;
    report->now_ns = hst_kernel_now(cluster->kernel);
    uint64_t lowest = UINT64_MAX;
    for (uint32_t i = 0; i < cluster->count; i++) {
        const hst_replica *replica = &cluster->replicas[i];
        if (replica->running && !hst_replica_is_byzantine(cluster, i) &&
            replica->commit_height < lowest) {
            lowest = replica->commit_height;
        }
    }
    for (uint32_t i = 0; i < cluster->count; i++) {
        const hst_replica *replica = &cluster->replicas[i];
        report->busy_ns += replica->busy_ns;
        report->busy_most_ns =
            replica->busy_ns > report->busy_most_ns ? replica->busy_ns : report->busy_most_ns;
        hst_consensus_view view;
        hst_cluster_view(cluster, i, &view);
        report->view_changes =
            view.view_changes > report->view_changes ? view.view_changes : report->view_changes;
    }
    report->committed_all = lowest == UINT64_MAX ? 0 : lowest;
    const hst_event_hash events = hst_kernel_hash(cluster->kernel);
    uint64_t digest = events.low ^ (events.high << 1);
    for (uint32_t i = 0; i < cluster->count; i++) {
        const hst_replica *replica = &cluster->replicas[i];
        digest = digest * UINT64_C(0x9e3779b97f4a7c15) + replica->protocol->digest(replica->state);
    }
    report->digest = digest;
}
