#include "sim/bench/counter.h"

#include "core/base/assert.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#if defined(__linux__)

#    include <linux/perf_event.h>
#    include <sys/syscall.h>

int hst_bench_counter_open(void)
{
    struct perf_event_attr wanted;
    memset(&wanted, 0, sizeof wanted);
    wanted.size = sizeof wanted;
    wanted.type = PERF_TYPE_HARDWARE;
    wanted.config = PERF_COUNT_HW_INSTRUCTIONS;
    wanted.exclude_kernel = 1; /* all that is allowed to users, and what the case itself does */
    wanted.exclude_hv = 1;
    const long opened = syscall(SYS_perf_event_open, &wanted, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
    return opened > 0 ? (int)opened : -1;
}

#else

int hst_bench_counter_open(void)
{
    return -1;
}

#endif

double hst_bench_counter_read(int counter)
{
    uint64_t count = 0;
    hst_assert(counter > 0);
    const ssize_t got = read(counter, &count, sizeof count);
    return got == (ssize_t)sizeof count ? (double)count : -1;
}

void hst_bench_counter_close(int counter)
{
    if (counter > 0) {
        (void)close(counter);
    }
}
