/** @file core/base/parallel.h
 * Independent work on several threads, with results that do not depend on how many.
 *
 * `function` is called once for every index below `count`, in any order and on any thread; it
 * stores what it finds by index, and the caller reads the results in index order afterwards. With
 * one thread the calls are made in order on the caller's thread. This is the only threaded file of
 * core outside core/host.
 *
 * Errors    none of its own; `function` stores a status by index.
 * Threads   may not be nested inside itself: an inner call runs serially.
 * Cost      a few microseconds to start and join; calls are handed out dynamically, one at a time.
 */
#ifndef HST_CORE_BASE_PARALLEL_H
#define HST_CORE_BASE_PARALLEL_H

#include <stddef.h>

/** One piece of work. `thread` < the threads asked for picks the caller's per-thread scratch; no
 * result may depend on it. */
typedef void (*hst_parallel_function)(void *context, size_t index, unsigned thread);

/** Call `function` for 0 ... count - 1 on up to `threads` threads (0 counts as 1); returns when
 * all calls have returned. */
void hst_parallel_for(size_t count,
                      unsigned threads,
                      hst_parallel_function function,
                      void *context);

/** Processors this process may use: a sensible default for `threads`, never a result. */
unsigned hst_parallel_processors(void);

#endif
