/* Programs of pushes and pops: the ladder gives what the 4-ary heap gives, to the last event.
 *
 * A program is a row of four bytes: what and how often, the order of magnitude of the delay, and
 * 16 bits of it. Delays reach from 0 to 2^62 ns, so any skew of times can be written. */
#include "sim/engine/event_queue.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEP_SIZE = 4, PENDING_MAX = 20000 };

static void check(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void *acquire(void *context, size_t size)
{
    (void)context;
    void *const block = aligned_alloc(64, (size + 63) / 64 * 64);
    return block == NULL ? NULL : memset(block, 0, size);
}

static void release(void *context, void *block, size_t size)
{
    (void)context;
    (void)size;
    free(block);
}

typedef struct fixture {
    hst_event_queue ladder, heap;
    int64_t now_ns;
    uint32_t number;
} fixture;

static void push(fixture *f, int64_t delay_ns)
{
    if (f->heap.count >= PENDING_MAX) {
        return;
    }
    const int64_t room_ns = INT64_MAX - f->now_ns;
    /* The source falls while the sequence rises, so that arrival is not the order of ties. */
    const uint32_t source = HST_EVENT_SOURCE_LIMIT - 1 - f->number % 977;
    const hst_event event = {.time_ns = f->now_ns + (delay_ns < room_ns ? delay_ns : room_ns),
                             .tie = hst_event_tie((uint8_t)(f->number % 3), source, f->number),
                             .argument = f->number};
    f->number++;
    hst_event_queue_push(&f->ladder, &event);
    hst_event_queue_push(&f->heap, &event);
}

static bool pop(fixture *f, int64_t until_ns)
{
    hst_event a;
    hst_event b;
    const bool found = hst_event_queue_pop(&f->ladder, until_ns, &a);
    check(found == hst_event_queue_pop(&f->heap, until_ns, &b));
    check(f->ladder.count == f->heap.count);
    if (found) {
        check(memcmp(&a, &b, sizeof a) == 0);
        check(a.time_ns >= f->now_ns);
        f->now_ns = a.time_ns;
    }
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static fixture f;
    const hst_memory memory = {NULL, acquire, release};
    f.now_ns = 0;
    f.number = 0;
    if (hst_event_queue_init(&f.ladder, HST_QUEUE_LADDER, memory, 0) != HST_OK ||
        hst_event_queue_init(&f.heap, HST_QUEUE_HEAP, memory, 0) != HST_OK) {
        abort();
    }
    for (size_t at = 0; at + STEP_SIZE <= size; at += STEP_SIZE) {
        const unsigned times = data[at] / 4 + 1;
        const unsigned shift = data[at + 1] % 47;
        const uint64_t base = (uint64_t)data[at + 2] << 8 | data[at + 3];
        const int64_t delay_ns = (int64_t)(base << shift);
        const int64_t room_ns = INT64_MAX - f.now_ns;
        const int64_t until_ns = f.now_ns + (delay_ns < room_ns ? delay_ns : room_ns);
        for (unsigned i = 0; i < times; i++) {
            switch (data[at] % 4) {
            case 0: push(&f, delay_ns); break;                                        /* ties */
            case 1: push(&f, (int64_t)((uint64_t)i * ((base << shift) >> 6))); break; /* spread */
            case 2: pop(&f, INT64_MAX); break;
            default: pop(&f, until_ns); break;
            }
        }
    }
    while (pop(&f, INT64_MAX)) {
    }
    check(hst_event_queue_status(&f.ladder) == HST_OK);
    hst_event_queue_release(&f.ladder);
    hst_event_queue_release(&f.heap);
    return 0;
}
