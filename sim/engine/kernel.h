/** @file sim/engine/kernel.h
 * The discrete-event kernel: a virtual clock, pending events, and handlers called in total order.
 *
 *   schedule ---> event queue (ladder or heap) ---> clock moves ---> handlers[kind](world, ...)
 *      ^                                                                    |
 *      +--------------------------------------------------------------------+
 *
 * The kernel knows nothing of what it simulates: `world` is the model's, handlers are a table by
 * event kind. Handlers schedule further events at now or later; scheduling in the past is a
 * programmer error. Whatever order the code runs in, events happen in the order of
 * sim/engine/event.h, so a run is a function of the scenario alone.
 *
 * A timer is an event that may be cancelled or moved. Cancelling is O(1): the item stays in the
 * queue, goes stale, and is skipped when its time comes. A handle outlives its timer safely: after
 * the timer fired or was cancelled the handle names nothing.
 *
 *   hst_kernel_config config = {.memory = memory, .handlers = handlers, .handler_count =
 * KIND_COUNT, .source_max = bank_count + 1, .planned_events = 1 << 20}; hst_kernel *kernel = NULL;
 *   HST_TRY(hst_kernel_create(&config, &kernel));
 *   hst_kernel_schedule(kernel, 0, PRIORITY, SOURCE, TARGET, KIND_START, 0);
 *   status = hst_kernel_run(kernel, &world, INT64_MAX, UINT64_MAX);
 *
 * Units     time in nanoseconds from the scenario's start.
 * Errors    HST_NO_MEMORY, or what a handler reported by hst_kernel_fail. Scheduling returns
 *           nothing: when the queue cannot grow the event is lost, the kernel remembers
 *           HST_NO_MEMORY and hst_kernel_run returns it before another event happens.
 * Memory    everything from config.memory, planned at creation, growing by doubling when the plan
 *           was too small; nothing is allocated per event. The handler table is borrowed.
 * Threads   a kernel belongs to one thread at a time; kernels are independent of each other.
 * Cost      50 to 150 ns an event with handler, hash and trace, nearly independent of the number
 *           pending (docs/decisions/event-set.md).
 * Source    Tang, Goh, Thng, "Ladder queue: an O(1) priority queue structure for large-scale
 *           discrete event simulation", ACM TOMACS 15(3), 2005 (the event set).
 */
#ifndef HST_SIM_ENGINE_KERNEL_H
#define HST_SIM_ENGINE_KERNEL_H

#include "core/base/arena.h"
#include "core/base/status.h"

#include "sim/engine/event.h"
#include "sim/engine/event_hash.h"
#include "sim/engine/event_queue.h"
#include "sim/engine/timer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The kernel; opaque. */
typedef struct hst_kernel hst_kernel;

/** What happens at an event. `event` is valid during the call only. */
typedef void (*hst_handler)(void *world, hst_kernel *kernel, const hst_event *event);

/** Called some events ahead, to ask for the target's state (__builtin_prefetch) and nothing else:
 * the event may still be cancelled or come later than others, and the number of calls depends on
 * the event set. Of a timer's event (flags & HST_EVENT_TIMER) `argument` is not the model's yet. */
typedef void (*hst_prefetch)(void *world, const hst_event *event);

/** One executed event in the trace: a cache line. */
typedef struct hst_trace_record {
    hst_event event;   /**< as the handler saw it */
    uint64_t number;   /**< events executed before it */
    uint64_t value[3]; /**< what the handler noted through hst_kernel_trace_record; else zero */
} hst_trace_record;

_Static_assert(sizeof(hst_trace_record) == 64, "a trace record is a cache line");

/** Takes executed events in order, a full buffer at a time and the rest before hst_kernel_run
 * returns; `records` are valid during the call only. */
typedef void (*hst_trace)(void *context, const hst_trace_record *records, size_t count);

/** Plan of a kernel; zero where a line says so. */
typedef struct hst_kernel_config {
    hst_memory memory;           /**< where everything comes from */
    const hst_handler *handlers; /**< [handler_count] by kind; NULL entries may not be scheduled */
    size_t handler_count;        /**< kinds are below this, 1 ... 65536 */
    uint32_t source_max;         /**< sources are below this, 1 ... HST_EVENT_SOURCE_LIMIT */
    uint64_t planned_events;     /**< expected peak of pending events; 0 = start small and grow */
    uint32_t planned_timers;     /**< expected peak of armed timers; 0 = start small and grow */
    hst_queue_kind queue;        /**< event set; 0 = ladder */
    hst_prefetch prefetch;       /**< NULL = none */
    hst_trace trace;             /**< NULL = no trace */
    void *trace_context;         /**< handed to `trace` */
    uint32_t trace_records;      /**< records handed over at a time; 0 = 1024 */
} hst_kernel_config;

/** What a kernel has done; scheduled = executed + cancelled + pending at any time. */
typedef struct hst_kernel_counters {
    uint64_t scheduled;    /**< events and timers entered; a reschedule counts as one more */
    uint64_t executed;     /**< handlers called */
    uint64_t cancelled;    /**< timers cancelled or moved before they fired */
    uint64_t stale;        /**< cancelled items skipped when their time came */
    uint64_t pending;      /**< waiting now, cancelled ones not counted */
    uint64_t pending_peak; /**< most items in the queue at once, cancelled ones counted */
} hst_kernel_counters;

/** Why hst_kernel_run came back. */
typedef enum hst_kernel_stop {
    HST_STOP_NONE = 0, /**< has not run yet, or is running */
    HST_STOP_DRAINED,  /**< no event is pending */
    HST_STOP_TIME,     /**< the next event lies after until_ns */
    HST_STOP_EVENTS,   /**< event_max events were executed */
    HST_STOP_PAUSED,   /**< a handler called hst_kernel_pause */
    HST_STOP_FAILED,   /**< out of memory, or a handler called hst_kernel_fail */
} hst_kernel_stop;

/** Make a kernel at time 0 with nothing pending. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_kernel_create(const hst_kernel_config *config, hst_kernel **out);

/** Give all memory back; pending events are forgotten. NULL is fine. */
void hst_kernel_destroy(hst_kernel *kernel);

/** Let `kind` happen to `target` at `time_ns` >= now. `priority` orders equal times, 0 first;
 * `source` is who schedules (its own events keep their order). */
void hst_kernel_schedule(hst_kernel *kernel,
                         int64_t time_ns,
                         uint8_t priority,
                         uint32_t source,
                         uint32_t target,
                         uint16_t kind,
                         uint64_t argument);

/** As hst_kernel_schedule, with a handle to cancel or move it. No timer (generation 0) only when
 * memory ran out, which the run then reports. */
hst_timer hst_kernel_timer_set(hst_kernel *kernel,
                               int64_t time_ns,
                               uint8_t priority,
                               uint32_t source,
                               uint32_t target,
                               uint16_t kind,
                               uint64_t argument);

/** Take a timer back; false when there was nothing to take back: it fired, was cancelled before,
 * or is none. */
bool hst_kernel_timer_cancel(hst_kernel *kernel, hst_timer timer);

/** Move a timer to `time_ns` >= now, all else equal; the old handle names nothing afterwards. No
 * timer when it had fired or been cancelled already. */
hst_timer hst_kernel_timer_reschedule(hst_kernel *kernel, hst_timer timer, int64_t time_ns);

/** Is the timer still going to fire? */
bool hst_kernel_timer_armed(const hst_kernel *kernel, hst_timer timer);

/** Execute events in order until none is left, the next lies after `until_ns`, `event_max` have
 * been executed in this call, or a handler pauses or fails. Call again to go on. After
 * HST_STOP_TIME, and after HST_STOP_DRAINED when until_ns < INT64_MAX, the clock stands at
 * until_ns. Returns HST_OK, or the reason of HST_STOP_FAILED, for good. Not re-entrant. */
HST_NODISCARD hst_status hst_kernel_run(hst_kernel *kernel,
                                        void *world,
                                        int64_t until_ns,
                                        uint64_t event_max);

/** From a handler: come back from hst_kernel_run after this event. */
void hst_kernel_pause(hst_kernel *kernel);

/** From a handler: stop the run after this event with `status`, not HST_OK; the first one wins. */
void hst_kernel_fail(hst_kernel *kernel, hst_status status);

/** Virtual time now. It is asked for with every event, and is what a kernel begins with. */
static inline int64_t hst_kernel_now(const hst_kernel *kernel)
{
    return *(const int64_t *)(const void *)kernel;
}

/** Why the last hst_kernel_run came back. */
hst_kernel_stop hst_kernel_stopped(const hst_kernel *kernel);

/** Figures so far. */
hst_kernel_counters hst_kernel_count(const hst_kernel *kernel);

/** Checksum of the events executed so far, in order. */
hst_event_hash hst_kernel_hash(const hst_kernel *kernel);

/** From a handler: this event's trace record, to note values in; NULL when there is no trace. */
hst_trace_record *hst_kernel_trace_record(hst_kernel *kernel);

#endif
