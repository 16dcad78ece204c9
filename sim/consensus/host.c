/* What stands between one machine and the world: its processor, disk, timers and mempool, and the
 * carrying out of what it answers. Clocks, messages and the ledger have files of their own. */
#include "sim/consensus/host.h"

#include "core/base/assert.h"

#include "sim/consensus/check.h"
#include "sim/consensus/mempool.h"

#include <string.h>

/* See at `at_ns` whether what was taken has been decided; one look is pending at a time. */
static void look_again(hst_cluster *cluster, uint32_t index, int64_t at_ns)
{
    hst_replica *replica = &cluster->replicas[index];
    if (!hst_kernel_timer_armed(cluster->kernel, replica->offer_timer)) {
        replica->offer_timer = hst_kernel_timer_set(cluster->kernel, at_ns, 2, index, index,
                                                    HST_CLUSTER_EVENT_OFFER, replica->life);
    }
}

/* ---- disk --------------------------------------------------------------------------------- */

/* Room for one more in a list whose front moves on. */
void *hst_host_make_room(hst_cluster *cluster,
                         void *list,
                         uint32_t size,
                         uint32_t *first,
                         uint32_t count,
                         uint32_t *capacity)
{
    if (*first + count < *capacity) {
        return list;
    }
    if (*first > *capacity / 2) {
        memmove(list, (char *)list + (size_t)*first * size, (size_t)count * size);
        *first = 0;
        return list;
    }
    const uint32_t larger = *capacity > 0 ? 2 * *capacity : 64;
    char *fresh = hst_arena_alloc(&cluster->arena, larger, size);
    if (fresh == NULL) {
        hst_kernel_fail(cluster->kernel, HST_NO_MEMORY);
        return NULL;
    }
    if (count > 0) {
        memcpy(fresh, (char *)list + (size_t)*first * size, (size_t)count * size);
    }
    *first = 0;
    *capacity = larger;
    return fresh;
}

static void persist(hst_cluster *cluster, uint32_t index, const hst_effect *effect)
{
    hst_replica *replica = &cluster->replicas[index];
    hst_check_persist(cluster, index, effect->sequence);
    replica->persisted = effect->sequence;
    if (cluster->options.keep_logs) {
        void *list = hst_host_make_room(cluster, replica->records, sizeof *replica->records,
                                        &replica->record_first, replica->record_count,
                                        &replica->record_capacity);
        uint8_t *bytes = hst_blob_get(&cluster->blobs, effect->size);
        if (list == NULL || bytes == NULL) {
            hst_kernel_fail(cluster->kernel, HST_NO_MEMORY);
            return;
        }
        memcpy(bytes, cluster->effects.bytes + effect->offset, effect->size);
        replica->records = list;
        replica->records[replica->record_first + replica->record_count++] = (hst_cluster_record){
            .bytes = bytes, .size = effect->size, .sequence = effect->sequence};
    }
    const int64_t at = hst_kernel_now(cluster->kernel) + cluster->options.costs.write_ns;
    hst_kernel_schedule(cluster->kernel, at, 2, index, index, HST_CLUSTER_EVENT_DURABLE,
                        (uint64_t)replica->life << 48 | effect->sequence);
}

static void forget(hst_cluster *cluster, hst_replica *replica, uint64_t sequence)
{
    while (replica->record_count > 0 &&
           replica->records[replica->record_first].sequence <= sequence) {
        hst_cluster_record *record = &replica->records[replica->record_first++];
        hst_blob_put(&cluster->blobs, record->bytes, record->size);
        replica->record_count--;
    }
}

/* Records that were not durable; they are the newest. */
static void tear(hst_cluster *cluster, hst_replica *replica, uint64_t durable)
{
    while (replica->record_count > 0) {
        hst_cluster_record *record =
            &replica->records[replica->record_first + replica->record_count - 1];
        if (record->sequence <= durable) {
            break;
        }
        hst_blob_put(&cluster->blobs, record->bytes, record->size);
        replica->record_count--;
    }
}

/* A REPLAY replica sends an earlier message once more, and keeps one of every few for later. */
static void replay(hst_cluster *cluster, uint32_t machine, uint32_t m)
{
    enum { ONE_IN = 4 };
    hst_behaviour *behaviour = &cluster->behaviours[machine % cluster->count];
    if (behaviour->kind != HST_FAULT_REPLAY || !behaviour->active ||
        hst_random_below(&behaviour->random, ONE_IN) != 0) {
        return;
    }
    if (behaviour->stash != UINT32_MAX) {
        hst_host_dispatch(cluster, machine, behaviour->stash, HST_EFFECT_BROADCAST, 0);
        hst_host_message_drop(cluster, behaviour->stash);
    }
    cluster->messages[m].refs++;
    behaviour->stash = m;
}

static void send_or_wait(hst_cluster *cluster, uint32_t index, const hst_effect *effect)
{
    hst_replica *replica = &cluster->replicas[index];
    hst_check_certificates(cluster, index, cluster->effects.bytes + effect->offset, effect->size);
    const uint32_t m =
        hst_host_message_make(cluster, index, cluster->effects.bytes + effect->offset, effect->size,
                              effect->omitted, effect->batch, &effect->id);
    if (m == UINT32_MAX) {
        return;
    }
    if (cluster->behaviours != NULL) {
        replay(cluster, index, m);
    }
    if (effect->after <= replica->durable) {
        hst_host_dispatch(cluster, index, m, effect->kind, effect->to);
        return;
    }
    hst_check_after(cluster, index, effect->after);
    void *list = hst_host_make_room(cluster, replica->waiting, sizeof *replica->waiting,
                                    &replica->waiting_first, replica->waiting_count,
                                    &replica->waiting_capacity);
    if (list == NULL) {
        return;
    }
    cluster->messages[m].refs++;
    replica->waiting = list;
    replica->waiting[replica->waiting_first + replica->waiting_count++] = (hst_cluster_waiting){
        .after = effect->after, .message = m, .to = effect->to, .kind = (uint8_t)effect->kind};
}

static void set_timer(hst_cluster *cluster, uint32_t index, uint32_t timer, int64_t deadline_ns)
{
    hst_replica *replica = &cluster->replicas[index];
    hst_assert(timer < HST_CLUSTER_TIMERS);
    hst_kernel_timer_cancel(cluster->kernel, replica->timers[timer]);
    const int64_t at = hst_host_true_time(cluster, index, deadline_ns);
    if (at < INT64_MAX) {
        replica->timers[timer] = hst_kernel_timer_set(cluster->kernel, at, 4, index, index,
                                                      HST_CLUSTER_EVENT_TIMER, timer);
    }
}

/* An INVALID replica proposes what it is offered under a name that nobody submitted. */
static bool makes_up(const hst_cluster *cluster, uint32_t machine)
{
    return cluster->behaviours != NULL &&
           cluster->behaviours[machine % cluster->count].kind == HST_FAULT_INVALID &&
           cluster->behaviours[machine % cluster->count].active;
}

static hst_batch offer(hst_cluster *cluster, uint32_t machine)
{
    hst_batch batch = hst_mempool_offer(cluster, machine);
    if (batch.id != 0 && makes_up(cluster, machine)) {
        batch.id = hst_mempool_made_up(batch.id);
    }
    return batch;
}

static void take(hst_cluster *cluster, uint32_t machine, hst_batch batch)
{
    if (hst_mempool_is_made_up(batch.id) && hst_replica_is_byzantine(cluster, machine)) {
        batch.id = hst_mempool_made_up(batch.id);
    }
    hst_mempool_take(cluster, machine, &batch);
}

static void carry_out(hst_cluster *cluster, uint32_t index, const hst_effect *effect)
{
    hst_replica *replica = &cluster->replicas[index];
    switch (effect->kind) {
    case HST_EFFECT_SEND:
    case HST_EFFECT_BROADCAST:
    case HST_EFFECT_GOSSIP: send_or_wait(cluster, index, effect); break;
    case HST_EFFECT_TIMER_SET: set_timer(cluster, index, effect->timer, effect->deadline_ns); break;
    case HST_EFFECT_TIMER_CANCEL:
        hst_assert(effect->timer < HST_CLUSTER_TIMERS);
        hst_kernel_timer_cancel(cluster->kernel, replica->timers[effect->timer]);
        break;
    case HST_EFFECT_PERSIST: persist(cluster, index, effect); break;
    case HST_EFFECT_FORGET: forget(cluster, replica, effect->sequence); break;
    case HST_EFFECT_TAKE:
        take(cluster, index, effect->batch);
        look_again(cluster, index,
                   hst_kernel_now(cluster->kernel) + cluster->options.offer_again_ns);
        break;
    case HST_EFFECT_COMMIT: hst_host_commit(cluster, index, effect); break;
    case HST_EFFECT_ROLLBACK: hst_host_roll_back(cluster, index, effect->height); break;
    case HST_EFFECT_FINAL: hst_host_make_final(cluster, index, effect->height); break;
    case HST_EFFECT_TRANSFER: hst_host_transfer(cluster, index, effect); break;
    case HST_EFFECT_EVIDENCE:
        cluster->report.evidence++;
        hst_check_evidence(cluster, index, effect->to);
        break;
    }
}

/* A block is going to enter the ledger, or become final, when the effects before that are carried
 * out: ask for its place. */
static void expect_ledger(const hst_cluster *cluster, const hst_replica *replica)
{
    const hst_effects *effects = &cluster->effects;
    if (effects->count == 0 || effects->list[effects->count - 1].kind < HST_EFFECT_COMMIT) {
        return;
    }
    const hst_cluster_tentative *list = replica->tentative + replica->tentative_first;
    for (size_t at = 0; list != NULL && at < sizeof *list; at += 64) {
        __builtin_prefetch((const char *)list + at, 1);
        __builtin_prefetch((const char *)(list + replica->tentative_count) + at, 1);
    }
}

/* A step without effects, or that only took what was offered, changed nothing that others can see:
 * its state is looked at with the next one. Most messages of a gossiping protocol are such. */
static bool is_visible(const hst_effects *effects)
{
    return effects->count > 1 || (effects->count == 1 && effects->list[0].kind != HST_EFFECT_TAKE);
}

void hst_replica_step(hst_cluster *cluster, uint32_t index, hst_consensus_input *input)
{
    hst_replica *replica = &cluster->replicas[index];
    if (cluster->violation.check != NULL) {
        return;
    }
    hst_assert(cluster->depth == 0);
    cluster->depth++;
    input->now_ns = hst_host_local_time(cluster, index, hst_kernel_now(cluster->kernel));
    if (cluster->skew_ns != NULL) {
        replica->clock_ns = input->now_ns;
    }
    input->offer = offer(cluster, index);
    hst_effects_clear(&cluster->effects);
    replica->protocol->step(replica->state, input, &cluster->effects);
    cluster->report.steps++;
    expect_ledger(cluster, replica);
    const uint64_t before = replica->cursor;
    for (uint32_t e = 0; e < cluster->effects.count && cluster->violation.check == NULL; e++) {
        carry_out(cluster, index, &cluster->effects.list[e]);
    }
    if (is_visible(&cluster->effects) && !hst_replica_is_byzantine(cluster, index)) {
        hst_check_step(cluster, index);
    } else if (is_visible(&cluster->effects)) {
        hst_check_byzantine_step(cluster, index);
    }
    cluster->depth--;
    /* A machine that took one offer may want the next. */
    if (replica->cursor != before && hst_mempool_offer(cluster, index).id != 0 &&
        cluster->violation.check == NULL) {
        hst_kernel_schedule(cluster->kernel, hst_kernel_now(cluster->kernel), 5, index, index,
                            HST_CLUSTER_EVENT_OFFER, replica->life);
    }
}

/* ---- events ------------------------------------------------------------------------------- */

static int64_t handling_ns(const hst_cluster *cluster, const hst_cluster_message *message)
{
    const hst_cluster_costs *c = &cluster->options.costs;
    return c->message_ns + c->verify_ns * message->claims +
           c->kilobyte_ns * (int64_t)hst_message_wire_size(message) / 1024;
}

/* A message finds its machine cold: hundreds of others were served since. What a machine looks at
 * with every message comes first in its state. */
void hst_host_prefetch(void *world, const hst_event *event)
{
    enum { LINE = 64 };
    const hst_cluster *cluster = world;
    if (event->target >= cluster->machine_count) {
        return;
    }
    const char *state = cluster->states[event->target];
    __builtin_prefetch(&cluster->replicas[event->target], 1);
    __builtin_prefetch(state, 1);
    __builtin_prefetch(state + LINE, 1);
    if (event->kind == HST_CLUSTER_EVENT_ARRIVE || event->kind == HST_CLUSTER_EVENT_HANDLE) {
        const hst_cluster_message *message = &cluster->messages[(uint32_t)event->argument];
        __builtin_prefetch(message, 1);
        __builtin_prefetch((const char *)message + LINE);
    }
}

void hst_host_on_arrive(void *world, hst_kernel *kernel, const hst_event *event)
{
    hst_cluster *cluster = world;
    const uint32_t m = (uint32_t)event->argument;
    hst_replica *replica = &cluster->replicas[event->target];
    const int64_t cost = handling_ns(cluster, &cluster->messages[m]);
    if (cost == 0) {
        hst_host_on_handle(world, kernel, event);
        return;
    }
    const int64_t now = hst_kernel_now(kernel);
    replica->cpu_free_ns = (replica->cpu_free_ns > now ? replica->cpu_free_ns : now) + cost;
    replica->busy_ns += cost;
    hst_kernel_schedule(kernel, replica->cpu_free_ns, 3, event->target, event->target,
                        HST_CLUSTER_EVENT_HANDLE, m);
}

/* A message of more than a name may decide something: ask for what is looked at then. */
static void expect(const hst_replica *replica)
{
    enum { LINE = 64 };
    __builtin_prefetch(&replica->commit_height, 1);
    __builtin_prefetch(&replica->tentative_count, 1);
    __builtin_prefetch(&replica->persisted, 1);
    __builtin_prefetch(&replica->voted, 1);
    __builtin_prefetch((const char *)&replica->voted + LINE, 1);
    __builtin_prefetch(&replica->seen_view, 1);
}

static hst_message_memo *memo_of(const hst_cluster *cluster, hst_cluster_message *message)
{
    return cluster->shares_memos && message->size > HST_CLUSTER_MESSAGE_OWN ? &message->memo : NULL;
}

void hst_host_on_handle(void *world, hst_kernel *kernel, const hst_event *event)
{
    enum { NAME = 64 };
    hst_cluster *cluster = world;
    const uint32_t m = (uint32_t)event->argument;
    hst_cluster_message *message = &cluster->messages[m];
    const hst_replica *replica = &cluster->replicas[event->target];
    if (!replica->running) {
        cluster->report.lost++;
    } else if (message->forged || (cluster->options.real_crypto &&
                                   !hst_host_verifies(cluster, event->target, message))) {
        cluster->report.forged++;
    } else if (hst_mempool_is_made_up(message->batch.id)) {
        cluster->report.invalid++;
    } else {
        hst_message_memo *memo = memo_of(cluster, message);
        const bool knew = memo == NULL || memo->known;
        hst_consensus_input *input = &cluster->message_input;
        input->from = message->from;
        input->bytes = hst_message_bytes(message);
        input->size = message->size;
        input->memo = memo;
        if (message->size > NAME) {
            expect(replica);
        }
        if (message->batch.id != 0 && !replica->protocol->offers_by_name) {
            hst_mempool_see(cluster, event->target, message->batch.id);
            look_again(cluster, event->target,
                       hst_kernel_now(kernel) + cluster->options.offer_again_ns);
        }
        hst_replica_step(cluster, event->target, input);
        if (!knew && cluster->messages[m].memo.known) {
            hst_host_remember(cluster, &cluster->messages[m]);
        }
    }
    hst_host_message_drop(cluster, m);
}

/* A processor that is busy looks at what happened when it is free. Equal times keep their order. */
static bool is_busy(const hst_replica *replica, int64_t now_ns)
{
    return replica->cpu_free_ns > now_ns;
}

void hst_host_on_timer(void *world, hst_kernel *kernel, const hst_event *event)
{
    hst_cluster *cluster = world;
    hst_replica *replica = &cluster->replicas[event->target];
    const uint32_t timer = (uint32_t)event->argument;
    if (!replica->running) {
        return;
    }
    if (is_busy(replica, event->time_ns)) {
        replica->timers[timer] =
            hst_kernel_timer_set(kernel, replica->cpu_free_ns, 4, event->target, event->target,
                                 HST_CLUSTER_EVENT_TIMER, timer);
        return;
    }
    hst_consensus_input input = {.kind = HST_INPUT_TIMER, .timer = timer};
    hst_replica_step(cluster, event->target, &input);
}

void hst_host_on_durable(void *world, hst_kernel *kernel, const hst_event *event)
{
    hst_cluster *cluster = world;
    hst_replica *replica = &cluster->replicas[event->target];
    const uint64_t sequence = event->argument & ((UINT64_C(1) << 48) - 1);
    if (!replica->running || replica->life != event->argument >> 48 ||
        sequence <= replica->durable) {
        return;
    }
    if (is_busy(replica, event->time_ns)) {
        hst_kernel_schedule(kernel, replica->cpu_free_ns, 2, event->target, event->target,
                            HST_CLUSTER_EVENT_DURABLE, event->argument);
        return;
    }
    replica->durable = sequence;
    if (replica->voted_after > 0 && replica->voted_after <= sequence) {
        replica->voted_for_good = replica->voted;
        replica->voted_after = 0; /* nothing waits */
    }
    while (replica->waiting_count > 0 &&
           replica->waiting[replica->waiting_first].after <= sequence) {
        const hst_cluster_waiting one = replica->waiting[replica->waiting_first++];
        replica->waiting_count--;
        hst_host_dispatch(cluster, event->target, one.message, (hst_effect_kind)one.kind, one.to);
        hst_host_message_drop(cluster, one.message);
    }
    hst_consensus_input input = {.kind = HST_INPUT_PERSISTED, .sequence = sequence};
    hst_replica_step(cluster, event->target, &input);
}

void hst_host_on_offer(void *world, hst_kernel *kernel, const hst_event *event)
{
    hst_cluster *cluster = world;
    hst_replica *replica = &cluster->replicas[event->target];
    if (!replica->running || replica->life != event->argument) {
        return;
    }
    if (is_busy(replica, event->time_ns)) {
        hst_kernel_schedule(kernel, replica->cpu_free_ns, 5, event->target, event->target,
                            HST_CLUSTER_EVENT_OFFER, event->argument);
        return;
    }
    if (hst_mempool_offer(cluster, event->target).id != 0) {
        hst_consensus_input input = {.kind = HST_INPUT_SUBMIT};
        hst_replica_step(cluster, event->target, &input);
    }
    if (hst_mempool_waits(cluster, event->target)) {
        int64_t due = replica->moved_ns + cluster->options.offer_again_ns;
        const int64_t now = hst_kernel_now(kernel);
        const int64_t turn = hst_mempool_next_turn(cluster, event->target);
        if (turn < due) {
            hst_kernel_timer_cancel(kernel, replica->offer_timer);
            due = turn;
        }
        look_again(cluster, event->target, due > now ? due : now + cluster->options.offer_again_ns);
    }
}

/* ---- crash and restart -------------------------------------------------------------------- */

void hst_host_stop(hst_cluster *cluster, uint32_t index)
{
    hst_replica *replica = &cluster->replicas[index];
    replica->running = false;
    replica->life++;
    for (uint32_t t = 0; t < HST_CLUSTER_TIMERS; t++) {
        hst_kernel_timer_cancel(cluster->kernel, replica->timers[t]);
    }
    hst_kernel_timer_cancel(cluster->kernel, replica->offer_timer);
    while (replica->waiting_count > 0) {
        hst_host_message_drop(cluster, replica->waiting[replica->waiting_first++].message);
        replica->waiting_count--;
    }
    tear(cluster, replica, replica->durable);
    replica->persisted = replica->durable;
    replica->voted = replica->voted_for_good;
    replica->cpu_free_ns = 0;
}

void hst_host_recover(hst_cluster *cluster, uint32_t index, bool with_disk)
{
    hst_replica *replica = &cluster->replicas[index];
    if (!with_disk) {
        forget(cluster, replica, UINT64_MAX);
        replica->persisted = 0;
        replica->durable = 0;
    }
    memset(replica->state, 0, replica->state_size);
    const hst_status status = replica->protocol->init(replica->state, &replica->config);
    hst_assert(status == HST_OK); /* as it was before */
    hst_check_restart(cluster, index, with_disk);
    /* The ledger's own disk: what is final is still there. */
    hst_host_undo(cluster, replica, replica->final_height);
    if (!with_disk) {
        hst_mempool_forget(cluster, index);
        replica->commit_height = 0;
        replica->final_height = 0;
        replica->commit = (hst_hash){{0}};
        replica->root = (hst_hash){{0}};
    }
    replica->cursor = replica->lowest;
    replica->looked = 0;
    replica->running = true;
    for (uint32_t r = 0; r < replica->record_count; r++) {
        const hst_cluster_record *record = &replica->records[replica->record_first + r];
        hst_consensus_input input = {.kind = HST_INPUT_RECOVER,
                                     .sequence = record->sequence,
                                     .bytes = record->bytes,
                                     .size = record->size};
        hst_replica_step(cluster, index, &input);
    }
    hst_consensus_input input = {
        .kind = HST_INPUT_START, .height = replica->commit_height, .root = replica->commit};
    hst_replica_step(cluster, index, &input);
}

void hst_cluster_inject(
    hst_cluster *cluster, uint32_t from, uint32_t to, const uint8_t *bytes, uint32_t size)
{
    hst_assert(cluster != NULL && to < cluster->count && from < cluster->count);
    hst_consensus_input input = {
        .kind = HST_INPUT_MESSAGE, .from = from, .bytes = bytes, .size = size};
    if (!cluster->replicas[to].running) {
        return;
    }
    if (cluster->options.real_crypto && !hst_host_bytes_verify(cluster, to, from, bytes, size)) {
        cluster->report.forged++;
    } else {
        cluster->replicas[from].suspect = true;
        hst_replica_step(cluster, to, &input);
    }
}
