/** @file sim/rail/rtgs.h
 * Real-time gross settlement with a central queue and two priorities.
 *
 * A payment settles at once when the sender's account covers it and no earlier payment of the same
 * or a higher priority waits. Otherwise it queues at the system. Every credit to an account drains
 * that account's queue from its head, urgent first; what that settles may drain further accounts
 * (a work-list, so the order is defined). At the close of the day whatever still waits is returned.
 *
 * Units     minor units of the system's currency.
 * Errors    HST_NO_MEMORY at creation.
 * Threads   one at a time.
 * Source    CPSS, "Real-time gross settlement systems", 1997; priorities as in T2 (ECB, User
 *           Detailed Functional Specifications): normal payments never pass urgent ones.
 */
#ifndef HST_SIM_RAIL_RTGS_H
#define HST_SIM_RAIL_RTGS_H

#include "core/base/arena.h"

#include "sim/bank/books.h"
#include "sim/rail/fifo.h"

#include <stdbool.h>
#include <stdint.h>

/** Told about a queued payment that settled. */
typedef void (*hst_rtgs_settled)(void *context, uint32_t payment);

/** One payment order at a system. */
typedef struct hst_rtgs_order {
    uint32_t from; /**< institution */
    uint32_t to;   /**< institution */
    int64_t minor; /**< amount */
    bool urgent;   /**< priority class */
} hst_rtgs_order;

/** Queues of all participants of all systems. */
typedef struct hst_rtgs_rail {
    hst_books *books;         /**< borrowed */
    hst_fifo fifo;            /**< two queues a participant: 2 i urgent, 2 i + 1 normal */
    hst_rtgs_order *orders;   /**< by payment */
    int64_t *queued_minor;    /**< by participant */
    uint32_t *worklist;       /**< participants to drain */
    uint32_t worklist_count;  /**< how many */
    bool *listed;             /**< by participant: on the work-list */
    bool draining;            /**< a drain is running; others only append */
    hst_rtgs_settled settled; /**< called by drain */
    void *context;            /**< handed to `settled` */
} hst_rtgs_rail;

/** Nothing waits. */
HST_NODISCARD hst_status hst_rtgs_create(hst_books *books,
                                         uint32_t payment_count,
                                         hst_rtgs_settled settled,
                                         void *context,
                                         hst_arena *arena,
                                         hst_rtgs_rail *rail);

/** Settle or queue; true when settled now. The receiver's own queue is drained by
 * hst_rtgs_drain, which the caller calls after it has noted the settlement. */
bool hst_rtgs_submit(hst_rtgs_rail *rail, uint32_t payment, hst_rtgs_order order);

/** The participant was credited: settle whoever fits. */
void hst_rtgs_drain(hst_rtgs_rail *rail, uint32_t participant);

/** Take a waiting payment out; false when it does not wait. */
bool hst_rtgs_cancel(hst_rtgs_rail *rail, uint32_t payment);

/** Longest-waiting payment of a participant, urgent ones first, or HST_FIFO_NONE. */
uint32_t hst_rtgs_head(const hst_rtgs_rail *rail, uint32_t participant);

#endif
