/** @file core/consensus/effects.h
 * What a consensus machine wants done: a list of effects with the bytes they refer to.
 *
 * A step appends; the host carries out afterwards, in order. Bytes (messages, records) lie in one
 * buffer, and a broadcast lies there once. Nothing here allocates: a host gives both arrays, large
 * enough for a step (hst_effects_reserve_for), and an overflow is a programmer error.
 *
 *   hst_wire *w = hst_effects_message(effects, KIND_VOTE);
 *   hst_wire_u64(w, view); hst_wire_hash(w, &id); hst_wire_sign(w, self);
 *   hst_effects_send(effects, leader, after);
 *
 * Threads   plain values.
 * Cost      a few stores per effect; bytes are written once and never copied here.
 */
#ifndef HST_CORE_CONSENSUS_EFFECTS_H
#define HST_CORE_CONSENSUS_EFFECTS_H

#include "core/base/assert.h"
#include "core/consensus/name.h"
#include "core/consensus/wire.h"
#include "core/crypto/hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What to do. */
typedef enum hst_effect_kind {
    HST_EFFECT_SEND = 0,     /**< bytes to `to` */
    HST_EFFECT_BROADCAST,    /**< bytes to every other replica; never to oneself */
    HST_EFFECT_GOSSIP,       /**< bytes to every neighbour except `to` */
    HST_EFFECT_TIMER_SET,    /**< fire `timer` at `deadline_ns`, in place of an earlier deadline */
    HST_EFFECT_TIMER_CANCEL, /**< `timer` is not to fire */
    HST_EFFECT_PERSIST,      /**< append bytes to the log as record `sequence` */
    HST_EFFECT_FORGET,       /**< records up to `sequence` are no longer needed */
    HST_EFFECT_TAKE,         /**< the offer `batch` is being proposed: offer something else */
    HST_EFFECT_COMMIT,       /**< `batch` is decided at `height` */
    HST_EFFECT_ROLLBACK,     /**< undo COMMITs above `height`; never below a final one */
    HST_EFFECT_FINAL,        /**< COMMITs up to `height` are final now (not at COMMIT) */
    HST_EFFECT_TRANSFER,     /**< fetch the state at `height`, block `id`, from `to` */
    HST_EFFECT_EVIDENCE,     /**< proof of misbehaviour of `to` */
} hst_effect_kind;

/** A batch of commands by name: what is proposed and decided. Zero = nothing. */
typedef struct hst_batch {
    uint64_t id;    /**< of the body, in the host's store; 0 = empty */
    uint32_t size;  /**< bytes of the body, sent along with whatever proposes it */
    uint32_t count; /**< commands in it */
} hst_batch;

/** Write a batch: 16 bytes. */
static inline void hst_wire_batch(hst_wire *wire, const hst_batch *batch)
{
    hst_wire_u64(wire, batch->id);
    hst_wire_u32(wire, batch->size);
    hst_wire_u32(wire, batch->count);
}

/** Read a batch. */
static inline hst_batch hst_wire_read_batch(hst_wire_reader *reader)
{
    hst_batch batch;
    batch.id = hst_wire_read_u64(reader);
    batch.size = hst_wire_read_u32(reader);
    batch.count = hst_wire_read_u32(reader);
    return batch;
}

/** One effect; unused fields are zero. */
typedef struct hst_effect {
    hst_effect_kind kind; /**< what to do */
    uint32_t to;         /**< SEND, GOSSIP, TRANSFER, EVIDENCE: whom; GOSSIP: NOBODY = no one out */
    uint64_t after;      /**< not before this record is durable; 0 = at once */
    uint32_t offset;     /**< of the bytes in hst_effects.bytes */
    uint32_t size;       /**< of the bytes */
    uint32_t omitted;    /**< bytes of signatures charged but not carried */
    uint32_t timer;      /**< TIMER_*: which */
    int64_t deadline_ns; /**< TIMER_SET: when, on this replica's clock */
    uint64_t sequence;   /**< PERSIST, FORGET: record */
    uint64_t height;     /**< COMMIT, ROLLBACK, FINAL, TRANSFER */
    uint64_t view;       /**< COMMIT: in which it was decided */
    uint32_t proposer;   /**< COMMIT: who proposed it */
    bool final;          /**< COMMIT: for good */
    hst_batch batch;     /**< SEND, BROADCAST, GOSSIP: body that goes along; TAKE, COMMIT: which */
    hst_hash id;         /**< COMMIT, TRANSFER: of the block; messages: what their readers would
                              name their content, if the sender knows it (hst_message_memo) */
    hst_hash parent;     /**< COMMIT: of the block before it; zero when it has none */
} hst_effect;

/** The list; the first seven fields are the host's. */
typedef struct hst_effects {
    hst_effect *list;       /**< [capacity] */
    uint32_t capacity;      /**< effects that fit */
    uint8_t *bytes;         /**< [byte_capacity] */
    uint32_t byte_capacity; /**< bytes that fit */
    bool carry_signatures;  /**< crypto is real: signatures have slots in the bytes */
    bool discards_records;  /**< nobody reads records: their bytes are counted, not written */
    hst_name_memo *names;   /**< names worked out before; NULL = none are kept */
    uint32_t count;         /**< effects so far */
    uint32_t used;          /**< bytes so far */
    hst_wire wire;          /**< of the message or record being written */
} hst_effects;

/** Forget what a step left; the host calls it before the next one. */
static inline void hst_effects_clear(hst_effects *effects)
{
    effects->count = 0;
    effects->used = 0;
}

/** Start a message of `kind` (its first byte); then write it, then send it. */
static inline hst_wire *hst_effects_message(hst_effects *effects, uint8_t kind)
{
    hst_wire_begin(&effects->wire, effects->bytes + effects->used,
                   effects->byte_capacity - effects->used, effects->carry_signatures);
    hst_wire_u8(&effects->wire, kind);
    return &effects->wire;
}

/** Start a record. */
static inline hst_wire *hst_effects_record(hst_effects *effects)
{
    hst_wire_begin(&effects->wire, effects->bytes + effects->used,
                   effects->byte_capacity - effects->used, true);
    if (effects->discards_records) {
        hst_wire_discard(&effects->wire);
    }
    return &effects->wire;
}

/** One more effect, zeroed but for its kind; the host's capacity must do. */
static inline hst_effect *hst_effects_add(hst_effects *effects, hst_effect_kind kind)
{
    hst_assert(effects->count < effects->capacity);
    hst_effect *effect = &effects->list[effects->count++];
    *effect = (hst_effect){.kind = kind};
    return effect;
}

/** An effect with the bytes just written. */
static inline hst_effect *hst_effects_add_bytes(hst_effects *effects, hst_effect_kind kind)
{
    hst_assert(!effects->wire.full);
    hst_effect *effect = hst_effects_add(effects, kind);
    effect->offset = effects->used;
    effect->size = effects->wire.at;
    effect->omitted = effects->wire.omitted;
    effects->used += effects->wire.at;
    return effect;
}

/** Send the message just written. */
static inline hst_effect *hst_effects_send(hst_effects *effects, uint32_t to, uint64_t after)
{
    hst_effect *effect = hst_effects_add_bytes(effects, HST_EFFECT_SEND);
    effect->to = to;
    effect->after = after;
    return effect;
}

/** Send it to everyone else. */
static inline hst_effect *hst_effects_broadcast(hst_effects *effects, uint64_t after)
{
    hst_effect *effect = hst_effects_add_bytes(effects, HST_EFFECT_BROADCAST);
    effect->after = after;
    return effect;
}

/** Send it to every neighbour but `except` (who sent it to us). */
static inline hst_effect *hst_effects_gossip(hst_effects *effects, uint32_t except, uint64_t after)
{
    hst_effect *effect = hst_effects_add_bytes(effects, HST_EFFECT_GOSSIP);
    effect->to = except;
    effect->after = after;
    return effect;
}

/** Send the message of an effect made earlier in this step to one more replica. */
static inline hst_effect *
hst_effects_again(hst_effects *effects, const hst_effect *sent, uint32_t to)
{
    const hst_effect copy = *sent;
    hst_effect *effect = hst_effects_add(effects, HST_EFFECT_SEND);
    *effect = copy;
    effect->kind = HST_EFFECT_SEND;
    effect->to = to;
    return effect;
}

/** Append the record just written to the log as `sequence`. */
static inline void hst_effects_persist(hst_effects *effects, uint64_t sequence)
{
    hst_effects_add_bytes(effects, HST_EFFECT_PERSIST)->sequence = sequence;
}

/** Records up to `sequence` may go. */
static inline void hst_effects_forget(hst_effects *effects, uint64_t sequence)
{
    hst_effects_add(effects, HST_EFFECT_FORGET)->sequence = sequence;
}

/** Fire `timer` at `deadline_ns`. */
static inline void hst_effects_timer_set(hst_effects *effects, uint32_t timer, int64_t deadline_ns)
{
    hst_effect *effect = hst_effects_add(effects, HST_EFFECT_TIMER_SET);
    effect->timer = timer;
    effect->deadline_ns = deadline_ns;
}

/** Do not fire it. */
static inline void hst_effects_timer_cancel(hst_effects *effects, uint32_t timer)
{
    hst_effects_add(effects, HST_EFFECT_TIMER_CANCEL)->timer = timer;
}

/** The offer is being proposed. */
static inline void hst_effects_take(hst_effects *effects, hst_batch batch)
{
    hst_effects_add(effects, HST_EFFECT_TAKE)->batch = batch;
}

/** `batch` is decided at `height`, in `view`, as block `id` on `parent`. Heights come in order. */
static inline hst_effect *hst_effects_commit(hst_effects *effects,
                                             uint64_t height,
                                             uint64_t view,
                                             uint32_t proposer,
                                             const hst_hash *id,
                                             const hst_hash *parent,
                                             hst_batch batch,
                                             bool final)
{
    hst_effect *effect = hst_effects_add(effects, HST_EFFECT_COMMIT);
    effect->height = height;
    effect->view = view;
    effect->proposer = proposer;
    effect->id = *id;
    effect->parent = *parent;
    effect->batch = batch;
    effect->final = final;
    return effect;
}

/** Undo COMMITs above `height`. */
static inline void hst_effects_rollback(hst_effects *effects, uint64_t height)
{
    hst_effects_add(effects, HST_EFFECT_ROLLBACK)->height = height;
}

/** COMMITs up to `height` are final. */
static inline void hst_effects_final(hst_effects *effects, uint64_t height)
{
    hst_effects_add(effects, HST_EFFECT_FINAL)->height = height;
}

/** Become the state after block `id` at `height`, fetched from `from`: everything up to there
 * counts as committed. The machine has proof that it was; the next COMMIT is height + 1. */
static inline void
hst_effects_transfer(hst_effects *effects, uint64_t height, const hst_hash *id, uint32_t from)
{
    hst_effect *effect = hst_effects_add(effects, HST_EFFECT_TRANSFER);
    effect->height = height;
    effect->id = *id;
    effect->to = from;
}

/** The bytes just written (two conflicting statements) prove that `guilty` misbehaved. */
static inline void hst_effects_evidence(hst_effects *effects, uint32_t guilty)
{
    hst_effects_add_bytes(effects, HST_EFFECT_EVIDENCE)->to = guilty;
}

#endif
