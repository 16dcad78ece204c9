/** @file sim/engine/event_hash.h
 * A checksum over the executed events, in order: equal runs give equal hashes.
 *
 * Each event's five words are mixed by two 64 x 64 -> 128 bit products, and the result is folded
 * into both halves of the state by an odd multiplication and a rotation, which lose nothing. It
 * guards against accidents (an event more, one less, two exchanged), not against an adversary; the
 * run digest hashes it together with the final state roots by a real hash function.
 *
 * Errors    none.
 * Threads   pure values.
 * Cost      about 1 ns an event; the chain from event to event is one multiplication long.
 * Source    the folded product is the step of wyhash (Wang Yi, 2019); no code taken.
 */
#ifndef HST_SIM_ENGINE_EVENT_HASH_H
#define HST_SIM_ENGINE_EVENT_HASH_H

#include "sim/engine/event.h"

#include <stdint.h>

/** The state, and the hash so far: 128 bits. */
typedef struct hst_event_hash {
    uint64_t low;  /**< first half */
    uint64_t high; /**< second half */
} hst_event_hash;

/** The hash of no events. */
#define HST_EVENT_HASH_EMPTY                                                                       \
    ((hst_event_hash){UINT64_C(0x243f6a8885a308d3), UINT64_C(0x13198a2e03707344)})

/** Both halves of x * y folded, with the factors kept so that a zero hides nothing. */
static inline uint64_t hst_event_hash_fold(uint64_t x, uint64_t y)
{
    __extension__ typedef unsigned __int128 u128;
    const u128 product = (u128)x * y;
    return (uint64_t)product ^ (uint64_t)(product >> 64) ^ (x + (y << 32 | y >> 32));
}

/** Add one executed event: (time, tie, kind, target, argument). */
static inline void hst_event_hash_add(hst_event_hash *hash, const hst_event *event)
{
    const uint64_t what = (uint64_t)event->target << 16 | event->kind;
    const uint64_t a = hst_event_hash_fold((uint64_t)event->time_ns ^ UINT64_C(0xa0761d6478bd642f),
                                           event->tie ^ UINT64_C(0xe7037ed1a0b428db));
    const uint64_t b = hst_event_hash_fold(what ^ UINT64_C(0x8ebc6af09c88c6e3),
                                           event->argument ^ UINT64_C(0x589965cc75374cc3));
    const uint64_t low = (hash->low ^ a ^ (b << 32 | b >> 32)) * UINT64_C(0x9e3779b97f4a7c15);
    const uint64_t high = (hash->high ^ (a + b)) * UINT64_C(0xd1342543de82ef95);
    hash->low = low << 31 | low >> 33;
    hash->high = high << 29 | high >> 35;
}

#endif
