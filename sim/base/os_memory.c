#include "sim/base/os_memory.h"

#include "core/base/assert.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum { BLOCK_ALIGNMENT = 64 };

/* From this size on a block is a mapping of its own: zeroed by the kernel when first touched, and
 * at least one huge page long. */
#define MAPPING_MIN ((size_t)4 << 20)
#define HUGE_PAGE   ((size_t)2 << 20)

static size_t round_to(size_t size, size_t unit)
{
    return (size + unit - 1) & ~(unit - 1);
}

static void *acquire_mapping(size_t size)
{
    const size_t length = round_to(size, HUGE_PAGE);
    void *p = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        return NULL;
    }
    /* A hint: where the system declines, pages are merely small. */
    hst_ignore(madvise(p, length, MADV_HUGEPAGE) == 0 ? HST_OK : HST_UNSUPPORTED);
    return p;
}

static void *os_acquire(void *context, size_t size)
{
    (void)context;
    hst_assert(size > 0);
    if (size > SIZE_MAX / 2) {
        return NULL;
    }
    if (size >= MAPPING_MIN) {
        return acquire_mapping(size);
    }
    const size_t length = round_to(size, BLOCK_ALIGNMENT);
    void *p = aligned_alloc(BLOCK_ALIGNMENT, length);
    if (p != NULL) {
        memset(p, 0, length);
    }
    return p;
}

static void os_release(void *context, void *p, size_t size)
{
    (void)context;
    if (p == NULL) {
        return;
    }
    hst_assert(size > 0);
    if (size >= MAPPING_MIN) {
        const int failed = munmap(p, round_to(size, HUGE_PAGE));
        hst_assert(failed == 0);
        return;
    }
    free(p);
}

hst_memory hst_os_memory(void)
{
    return (hst_memory){.context = NULL, .acquire = os_acquire, .release = os_release};
}

size_t hst_os_memory_peak_bytes(void)
{
    struct rusage usage;
    memset(&usage, 0, sizeof usage);
    if (getrusage(RUSAGE_SELF, &usage) != 0 || usage.ru_maxrss < 0) {
        return 0;
    }
    return (size_t)usage.ru_maxrss * 1024; /* Linux counts KiB */
}
