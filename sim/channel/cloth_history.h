/** @file sim/channel/cloth_history.h
 * What each sender remembers of pairs of nodes, and the chance it gives a pair therefore.
 *
 *   own pairs  0.95; others 0.6 without history
 *   node       (0.6 + 0.95 n) / (1 + n + sum of 2^(-age / 24 min))
 *              n pairs of the node carried at least the amount; the sum is over pairs that failed
 *              it or less, and never carried as much
 *   pair       that failed: the node's chance times 1 - 2^(-age / 24 min), whatever the amount
 *
 * Half-life and amounts are the model's own, not lnd's (which halves in an hour and asks for the
 * amount of the pair).
 *
 * Units     milliseconds, millisatoshi.
 * Errors    HST_NO_MEMORY.
 * Memory    40 bytes a pair and 24 a node remembered, from the arena.
 * Threads   one history, one thread.
 */
#ifndef HST_SIM_CHANNEL_CLOTH_HISTORY_H
#define HST_SIM_CHANNEL_CLOTH_HISTORY_H

#include "core/base/arena.h"

#include <stdbool.h>
#include <stdint.h>

/** What happened between two nodes. */
typedef struct hst_cloth_pair {
    struct hst_cloth_pair *next; /**< of the same node */
    int64_t success_msat;        /**< most that went through */
    int64_t fail_msat;           /**< least that did not */
    int64_t fail_ms;             /**< when; 0 = never */
    uint32_t to;                 /**< the other node */
} hst_cloth_pair;

/** What happened at a node. */
typedef struct hst_cloth_record {
    struct hst_cloth_record *next; /**< of the same sender */
    hst_cloth_pair *pairs;         /**< latest first */
    uint32_t node;                 /**< which */
} hst_cloth_record;

/** Of all senders. */
typedef struct hst_cloth_history {
    hst_arena *arena;           /**< of pairs and records, taken many at a time */
    hst_cloth_pair *pairs;      /**< next one to hand out */
    hst_cloth_record *records;  /**< next one to hand out */
    uint32_t pairs_left;        /**< of those taken */
    uint32_t records_left;      /**< of those taken */
    hst_cloth_record **senders; /**< by sender: its records */
} hst_cloth_history;

/** Nothing remembered yet. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_cloth_history_init(hst_cloth_history *history,
                                                hst_arena *arena,
                                                uint32_t node_count);

/** An amount went from one node to the other. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_cloth_history_success(
    hst_cloth_history *history, uint32_t sender, uint32_t from, uint32_t to, int64_t amount_msat);

/** It did not; 0 msat = nothing would. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_cloth_history_failure(hst_cloth_history *history,
                                                   uint32_t sender,
                                                   uint32_t from,
                                                   uint32_t to,
                                                   int64_t amount_msat,
                                                   int64_t now_ms);

/** Chance of a pair whose first node has this record (NULL = none); `own`: it is the sender. */
double hst_cloth_chance(
    const hst_cloth_record *record, bool own, uint32_t to, int64_t amount_msat, int64_t now_ms);

/** No pair of this node will get a better chance at any amount. */
double hst_cloth_chance_bound(const hst_cloth_record *record);

#endif
