#include "sim/base/os_memory.h"

#include "core/base/assert.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum {
    BLOCK_ALIGNMENT = 64, /* also the unit of the smallest classes */
    CLASS_COUNT = 136     /* 8 a doubling: at most an eighth of a block is wasted */
};

/* From this size on a block is a mapping of its own: zeroed by the kernel when first touched, and
 * at least one huge page long. Smaller ones are cut from regions. */
#define MAPPING_MIN ((size_t)4 << 20)
#define HUGE_PAGE   ((size_t)2 << 20)
#define REGION_SIZE ((size_t)32 << 20)

/* Under the address sanitizer every block comes from the C library, so that it sees each of them.
 */
#if defined(__SANITIZE_ADDRESS__)
#    define FROM_REGIONS 0
#elif defined(__has_feature)
#    if __has_feature(address_sanitizer)
#        define FROM_REGIONS 0
#    endif
#endif
#ifndef FROM_REGIONS
#    define FROM_REGIONS 1
#endif

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

/* A block given back: the list of its class goes through the blocks themselves. */
typedef struct free_block {
    struct free_block *next;
} free_block;

/* Regions are kept for the life of the process: a day's ledgers give back to the next day's. */
typedef struct region_pool {
    pthread_mutex_t lock;
    unsigned char *fresh;     /* zero bytes never handed out */
    unsigned char *fresh_end; /* of the newest region */
    free_block *given_back[CLASS_COUNT];
} region_pool;

/* The process has one memory, and this file is where it is asked for.
 * NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables) */
static region_pool pool = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Class of a size, and the size of its blocks: multiples of 64 up to 512, then eight a doubling. */
static unsigned class_of(size_t size, size_t *block_size)
{
    const size_t units = (size + BLOCK_ALIGNMENT - 1) / BLOCK_ALIGNMENT;
    hst_assert(units > 0);
    if (units <= 8) {
        *block_size = units * BLOCK_ALIGNMENT;
        return (unsigned)units - 1;
    }
    const unsigned shift = 63 - (unsigned)__builtin_clzll(units - 1) - 3;
    const size_t eighths = ((units - 1) >> shift) + 1; /* 9 ... 16 */
    *block_size = (eighths << shift) * BLOCK_ALIGNMENT;
    return shift * 8 + (unsigned)eighths - 1;
}

static void *acquire_from_region(size_t size)
{
    size_t length = 0;
    const unsigned class = class_of(size, &length);
    hst_assert(class < CLASS_COUNT);
    pthread_mutex_lock(&pool.lock);
    free_block *used = pool.given_back[class];
    void *p = used;
    if (used != NULL) {
        pool.given_back[class] = used->next;
    } else {
        if ((size_t)(pool.fresh_end - pool.fresh) < length) {
            pool.fresh = acquire_mapping(REGION_SIZE);
            pool.fresh_end = pool.fresh == NULL ? NULL : pool.fresh + REGION_SIZE;
        }
        p = pool.fresh;
        pool.fresh = p == NULL ? NULL : pool.fresh + length;
    }
    pthread_mutex_unlock(&pool.lock);
    if (used != NULL) {
        memset(p, 0, size);
    }
    return p;
}

static void release_to_region(void *p, size_t size)
{
    size_t length = 0;
    const unsigned class = class_of(size, &length);
    free_block *block = p;
    pthread_mutex_lock(&pool.lock);
    block->next = pool.given_back[class];
    pool.given_back[class] = block;
    pthread_mutex_unlock(&pool.lock);
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
    if (FROM_REGIONS) {
        return acquire_from_region(size);
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
    } else if (FROM_REGIONS) {
        release_to_region(p, size);
    } else {
        free(p);
    }
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
