/** @file sim/rail/fifo.h
 * Many first-in-first-out queues over one set of payments, each payment in at most one of them.
 *
 * A queue is a pair of slots (head, tail); links live in two arrays by payment. Removal from the
 * middle (time-out, cancellation) is O(1), and nothing is allocated after creation.
 *
 * Units     payments and queues by index; HST_FIFO_NONE = none.
 * Errors    none; misuse is a programmer error.
 * Threads   one at a time.
 */
#ifndef HST_SIM_RAIL_FIFO_H
#define HST_SIM_RAIL_FIFO_H

#include "core/base/arena.h"

#include <stdbool.h>
#include <stdint.h>

/** No payment, no queue. */
#define HST_FIFO_NONE UINT32_MAX

/** Queues and links; fields are private but for reading heads. */
typedef struct hst_fifo {
    uint32_t *head;         /**< by queue: longest waiting payment */
    uint32_t *tail;         /**< by queue: last one */
    uint32_t *length;       /**< by queue */
    uint32_t *next;         /**< by payment */
    uint32_t *previous;     /**< by payment */
    uint32_t *queue;        /**< by payment: where it waits, or HST_FIFO_NONE */
    uint32_t queue_count;   /**< queues */
    uint32_t payment_count; /**< payments */
} hst_fifo;

/** All queues empty. */
HST_NODISCARD hst_status hst_fifo_create(uint32_t queue_count,
                                         uint32_t payment_count,
                                         hst_arena *arena,
                                         hst_fifo *fifo);

/** Append a payment that waits nowhere. */
void hst_fifo_push(hst_fifo *fifo, uint32_t queue, uint32_t payment);

/** Take a payment out of wherever it waits; false when it waits nowhere. */
bool hst_fifo_remove(hst_fifo *fifo, uint32_t payment);

#endif
