/** @file tests/unit/engine/engine_test.h
 * What the tests of this folder share: random events, and the slow obvious event set, a list kept
 * sorted by insertion.
 */
#ifndef HST_TESTS_UNIT_ENGINE_ENGINE_TEST_H
#define HST_TESTS_UNIT_ENGINE_ENGINE_TEST_H

#include "core/base/random.h"

#include "sim/base/purpose.h"
#include "sim/engine/event.h"

#include "tests/support/expect_assert.h"
#include "tests/support/test_memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { REFERENCE_MAX = 4096 };

/** The obviously right event set. */
typedef struct reference_list {
    hst_event events[REFERENCE_MAX]; /**< sorted, least first */
    size_t count;                    /**< in use */
} reference_list;

static inline void reference_push(reference_list *list, const hst_event *event)
{
    assert_true(list->count < REFERENCE_MAX);
    size_t at = list->count++;
    while (at > 0) {
        const hst_event *const before = &list->events[at - 1];
        const bool ordered = before->time_ns != event->time_ns ? before->time_ns < event->time_ns
                                                               : before->tie < event->tie;
        if (ordered) {
            break;
        }
        list->events[at] = *before;
        at--;
    }
    list->events[at] = *event;
}

static inline hst_event reference_pop(reference_list *list)
{
    assert_true(list->count > 0);
    const hst_event first = list->events[0];
    list->count--;
    memmove(&list->events[0], &list->events[1], list->count * sizeof(hst_event));
    return first;
}

/** An event at `time_ns` with a key that no other call with another `number` gives, whose order is
 * not that of the numbers. */
static inline hst_event event_at(int64_t time_ns, uint32_t number, hst_random *stream)
{
    const uint64_t bits = hst_random_u64(stream);
    return (hst_event){.time_ns = time_ns,
                       .tie = hst_event_tie((uint8_t)(bits & 3), (uint32_t)(bits >> 40), number),
                       .target = (uint32_t)bits,
                       .kind = (uint16_t)(bits >> 8 & 0xff),
                       .argument = bits};
}

static inline hst_random test_stream(uint64_t seed)
{
    return hst_random_stream(seed, 0, 0, HST_PURPOSE_TEST);
}

static inline void assert_same_event(const hst_event *a, const hst_event *b)
{
    assert_memory_equal(a, b, sizeof *a);
}

#endif
