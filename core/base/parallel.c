#include "core/base/parallel.h"

#include "core/base/assert.h"

#include <omp.h>

void hst_parallel_for(size_t count, unsigned threads, hst_parallel_function function, void *context)
{
    hst_assert(function != NULL);
    hst_assert(threads <= 4096);
    if (threads <= 1 || count <= 1 || omp_in_parallel() != 0) {
        for (size_t index = 0; index < count; index++) {
            function(context, index, 0);
        }
        return;
    }
    /* NOLINTNEXTLINE(clang-analyzer-deadcode.DeadStores): the pragma reads it */
    const int team = count < threads ? (int)count : (int)threads;
#pragma omp parallel for num_threads(team) schedule(dynamic, 1) default(none)                      \
    shared(count, function, context)
    for (size_t index = 0; index < count; index++) {
        function(context, index, (unsigned)omp_get_thread_num());
    }
}

unsigned hst_parallel_processors(void)
{
    const int processors = omp_get_num_procs();
    hst_assert(processors > 0);
    return (unsigned)processors;
}
