/** @file sim/rail/nostro.h
 * Correspondent banking: paying out of an account held with another bank.
 *
 * The owner reserves the amount on its nostro (a pending transfer against balance and line). When
 * that fails the payment waits in the owner's queue for this account, strictly first in first out:
 * nobody overtakes, because the correspondent would see the order. Credits to the account drain the
 * queue from its head.
 *
 *   submit --fits and nobody waits--> held
 *      |                                ^
 *      +--> queued --credit, drain------+
 *             +--cancel (time-out)--> gone
 *
 * Units     minor units of the account's currency.
 * Errors    HST_NO_MEMORY at creation.
 * Threads   one at a time.
 * Source    CPMI, "Correspondent banking", 2016.
 */
#ifndef HST_SIM_RAIL_NOSTRO_H
#define HST_SIM_RAIL_NOSTRO_H

#include "core/base/arena.h"

#include "sim/bank/books.h"
#include "sim/rail/fifo.h"

#include <stdbool.h>
#include <stdint.h>

/** Told about a payment that left the queue because its amount is now held. */
typedef void (*hst_nostro_held)(void *context, uint32_t payment, hst_hold hold);

/** Queues of all relations. */
typedef struct hst_nostro_rail {
    hst_books *books;      /**< borrowed */
    hst_fifo fifo;         /**< one queue a relation */
    int64_t *minor;        /**< by payment: what it wants */
    int64_t *queued_minor; /**< by relation: sum waiting */
    hst_nostro_held held;  /**< called by drain */
    void *context;         /**< handed to `held` */
} hst_nostro_rail;

/** Nothing waits. */
HST_NODISCARD hst_status hst_nostro_create(hst_books *books,
                                           uint32_t payment_count,
                                           hst_nostro_held held,
                                           void *context,
                                           hst_arena *arena,
                                           hst_nostro_rail *rail);

/** Hold `minor` for a payment; true when held, false when it waits now. */
bool hst_nostro_submit(
    hst_nostro_rail *rail, uint32_t relation, uint32_t payment, int64_t minor, hst_hold *hold);

/** The account was credited: release whoever fits, from the head. */
void hst_nostro_drain(hst_nostro_rail *rail, uint32_t relation);

/** Take a waiting payment out; false when it does not wait. Those behind it may fit now. */
bool hst_nostro_cancel(hst_nostro_rail *rail, uint32_t payment);

#endif
