/** @file sim/channel/cloth_run.h
 * CLoTH's events: payments find paths, lock them hop by hop, come back, try again.
 *
 *   find -> send -> forward ... -> receive -> forward success ... -> receive success
 *     ^       |        |
 *     +-- receive fail <- forward fail ...                       (a minute, then timeout)
 *
 * A message over a hop takes floor(now + 100 + N(0,1)) ms; a failure at the sender's own edge none.
 * Hops are escrows of the ledger: locked when sent, claimed as success travels back, given back as
 * failure does; the channel is checked after each (sim/channel/invariant.h).
 *
 * As in the model, first paths are found on the balances at the start; a payment without one is
 * sent as two halves when `mpp` says so, which succeed and fail by themselves (they are not atomic
 * there; sim/channel/pay.h is). An offline node is drawn at every send.
 *
 * One stream of draws, GSL's default generator: payments first, then events as they happen. Events
 * of one millisecond happen in the order they were scheduled, which the original leaves to its
 * heap, so compare figures with it, not bytes.
 *
 * Units     milliseconds, millisatoshi.
 * Errors    HST_NO_MEMORY; HST_CORRUPT when a channel does not conserve.
 * Threads   one run, one thread; runs are independent.
 * Determinism  the same network, payments and seed give the same outcome.
 */
#ifndef HST_SIM_CHANNEL_CLOTH_RUN_H
#define HST_SIM_CHANNEL_CLOTH_RUN_H

#include "sim/channel/cloth.h"

/** What happens. */
typedef enum hst_cloth_event {
    HST_CLOTH_FIND = 0,        /**< look for a path, or give up */
    HST_CLOTH_SEND,            /**< the sender locks its own edge */
    HST_CLOTH_FORWARD,         /**< a node locks the next edge */
    HST_CLOTH_RECEIVE,         /**< the receiver claims */
    HST_CLOTH_FORWARD_SUCCESS, /**< a node claims */
    HST_CLOTH_RECEIVE_SUCCESS, /**< the sender knows */
    HST_CLOTH_FORWARD_FAIL,    /**< a node gives back */
    HST_CLOTH_RECEIVE_FAIL,    /**< the sender knows */
    HST_CLOTH_EVENT_COUNT      /**< number of kinds */
} hst_cloth_event;

/** What a run did. */
typedef struct hst_cloth_tally {
    uint64_t events[HST_CLOTH_EVENT_COUNT]; /**< by kind */
    uint64_t searches;                      /**< paths looked for */
    uint64_t settled;                       /**< labels settled in all of them */
    uint32_t splits;                        /**< payments sent as halves */
    uint64_t digest;                        /**< of all events in order */
} hst_cloth_tally;

/** What to run. */
typedef struct hst_cloth_plan {
    const hst_cloth_graph *graph;  /**< what is published, and the balances at the start */
    hst_cloth_payments payments;   /**< what came of them is written here */
    double faulty_probability;     /**< of an offline node */
    bool split;                    /**< mpp */
    uint64_t seed;                 /**< of secrets */
    struct hst_cloth_draws *draws; /**< the stream */
} hst_cloth_plan;

/** The stream of a seed; NULL without memory. */
struct hst_cloth_draws *hst_cloth_draws_create(uint64_t seed);

/** Give it back; NULL is fine. */
void hst_cloth_draws_destroy(struct hst_cloth_draws *draws);

/** Draw payments: ends uniform, amount floor(|average + N| * 1000), gap floor(1000 Exp(1 / rate)).
 * HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_cloth_draw_payments(struct hst_cloth_draws *draws,
                                                 uint32_t node_count,
                                                 uint32_t count,
                                                 double rate,
                                                 double average_sat,
                                                 hst_arena *arena,
                                                 hst_cloth_payments *payments);

/** Run to the end. */
HST_NODISCARD hst_status hst_cloth_run(const hst_cloth_plan *plan,
                                       hst_memory memory,
                                       hst_arena *arena,
                                       hst_cloth_tally *tally);

#endif
