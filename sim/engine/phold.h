/** @file sim/engine/phold.h
 * PHOLD on the kernel: the benchmark of the whole engine path.
 *
 * Each event costs what one of a real model costs beside the model's own work: an indirect call of
 * one of four handlers, a random entity's state, the event hash, a 64-byte trace record where asked
 * for, and, for some, a timer set, moved or fired.
 *
 *   hst_phold *phold = NULL;
 *   HST_TRY(hst_phold_create(&plan, HST_QUEUE_LADDER, traced, memory, &phold));
 *   HST_TRY(hst_phold_run(phold, 1000000));
 *   hash = hst_kernel_hash(hst_phold_kernel(phold));
 *
 * Errors    HST_NO_MEMORY.
 * Memory    everything from `memory`, planned at creation.
 * Threads   one at a time.
 * Cost      hst_phold_create: about 100 ns an event.
 */
#ifndef HST_SIM_ENGINE_PHOLD_H
#define HST_SIM_ENGINE_PHOLD_H

#include "core/base/arena.h"
#include "core/base/status.h"

#include "sim/engine/kernel.h"
#include "sim/engine/phold_model.h"

#include <stdbool.h>
#include <stdint.h>

/** A PHOLD run; opaque. */
typedef struct hst_phold hst_phold;

/** Make a run with plan->event_count events pending. With `traced` every event writes a trace
 * record, and full buffers are checksummed. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_phold_create(const hst_phold_plan *plan,
                                          hst_queue_kind queue,
                                          bool traced,
                                          hst_memory memory,
                                          hst_phold **out);

/** Give all memory back; NULL is fine. */
void hst_phold_destroy(hst_phold *phold);

/** Execute `event_count` more events. */
HST_NODISCARD hst_status hst_phold_run(hst_phold *phold, uint64_t event_count);

/** Its kernel, for figures and the hash. */
hst_kernel *hst_phold_kernel(hst_phold *phold);

/** Its model, for the entities. */
const hst_phold_model *hst_phold_entities(const hst_phold *phold);

/** Trace records taken so far. */
uint64_t hst_phold_trace_count(const hst_phold *phold);

#endif
