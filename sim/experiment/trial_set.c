#include "sim/experiment/trial_set.h"

#include "core/base/assert.h"

#include <stdbool.h>
#include <string.h>

/* Trials and metrics in order of arrival, and their places in order of number: a trial that comes
 * late moves eight bytes of each later one, not its metrics. */
struct hst_trial_set {
    hst_memory memory;
    uint32_t value_count;
    size_t count;
    size_t capacity;
    hst_trial *trials;
    double *values; /* capacity * value_count */
    size_t *order;  /* places by ascending number */
};

enum { FIRST_CAPACITY = 64 };

static size_t values_size(const hst_trial_set *set, size_t capacity)
{
    /* Not zero: a request for nothing is no request. */
    return capacity * (set->value_count > 0 ? set->value_count : 1) * sizeof(double);
}

hst_status hst_trial_set_create(hst_memory memory, uint32_t value_count, hst_trial_set **out)
{
    hst_assert(value_count <= HST_TRIAL_VALUES_MAX);
    hst_assert(out != NULL);
    hst_trial_set *set = memory.acquire(memory.context, sizeof *set);
    if (set == NULL) {
        return HST_NO_MEMORY;
    }
    *set = (hst_trial_set){.memory = memory, .value_count = value_count};
    *out = set;
    return HST_OK;
}

static void give_back(const hst_trial_set *set)
{
    const hst_memory memory = set->memory;
    if (set->trials != NULL) {
        memory.release(memory.context, set->trials, set->capacity * sizeof *set->trials);
    }
    if (set->values != NULL) {
        memory.release(memory.context, set->values, values_size(set, set->capacity));
    }
    if (set->order != NULL) {
        memory.release(memory.context, set->order, set->capacity * sizeof *set->order);
    }
}

void hst_trial_set_destroy(hst_trial_set *set)
{
    if (set != NULL) {
        give_back(set);
        set->memory.release(set->memory.context, set, sizeof *set);
    }
}

static hst_status grow(hst_trial_set *set)
{
    const size_t capacity = set->capacity > 0 ? 2 * set->capacity : FIRST_CAPACITY;
    const hst_memory memory = set->memory;
    hst_trial_set larger = *set;
    larger.capacity = capacity;
    larger.trials = memory.acquire(memory.context, capacity * sizeof *larger.trials);
    larger.values = memory.acquire(memory.context, values_size(set, capacity));
    larger.order = memory.acquire(memory.context, capacity * sizeof *larger.order);
    if (larger.trials == NULL || larger.values == NULL || larger.order == NULL) {
        give_back(&larger);
        return HST_NO_MEMORY;
    }
    if (set->count > 0) {
        memcpy(larger.trials, set->trials, set->count * sizeof *set->trials);
        memcpy(larger.values, set->values, set->count * set->value_count * sizeof *set->values);
        memcpy(larger.order, set->order, set->count * sizeof *set->order);
    }
    give_back(set);
    *set = larger;
    return HST_OK;
}

/* How many trials have a smaller number. */
static size_t rank_of(const hst_trial_set *set, uint64_t number)
{
    size_t low = 0;
    size_t high = set->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (set->trials[set->order[middle]].number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Equal in all that does not depend on the machine's mood; metrics by their bits, for a NaN equals
 * itself here. */
static bool
agree(const hst_trial_set *set, size_t place, const hst_trial *trial, const double *values)
{
    const hst_trial *known = &set->trials[place];
    const size_t size = set->value_count * sizeof *values;
    if (known->status != trial->status || !hst_hash_equal(&known->digest, &trial->digest) ||
        strcmp(known->reason, trial->reason) != 0) {
        return false;
    }
    /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison,cert-flp37-c): bits, see above */
    return size == 0 || memcmp(set->values + place * set->value_count, values, size) == 0;
}

hst_status hst_trial_set_add(hst_trial_set *set,
                             const hst_trial *trial,
                             const double *values,
                             hst_error *error)
{
    hst_assert(set != NULL);
    hst_assert(values != NULL || set->value_count == 0);
    const size_t at = rank_of(set, trial->number);
    if (at < set->count && set->trials[set->order[at]].number == trial->number) {
        if (agree(set, set->order[at], trial, values)) {
            return HST_OK;
        }
        return hst_error_set(error, HST_MISMATCH,
                             "trial %llu was run twice and did not do the same; no figure of this "
                             "sweep can be trusted",
                             (unsigned long long)trial->number);
    }
    if (set->count == set->capacity && grow(set) != HST_OK) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory for %llu trials",
                             (unsigned long long)set->count + 1);
    }
    set->trials[set->count] = *trial;
    if (set->value_count > 0) {
        memcpy(set->values + set->count * set->value_count, values,
               set->value_count * sizeof *values);
    }
    memmove(set->order + at + 1, set->order + at, (set->count - at) * sizeof *set->order);
    set->order[at] = set->count++;
    return HST_OK;
}

size_t hst_trial_set_count(const hst_trial_set *set)
{
    return set->count;
}

uint32_t hst_trial_set_value_count(const hst_trial_set *set)
{
    return set->value_count;
}

const hst_trial *
hst_trial_set_item(const hst_trial_set *set, size_t index, const double **values_out)
{
    hst_assert(set != NULL);
    hst_assert(index < set->count);
    const size_t place = set->order[index];
    if (values_out != NULL) {
        *values_out = set->values + place * set->value_count;
    }
    return &set->trials[place];
}

const hst_trial *
hst_trial_set_find(const hst_trial_set *set, uint64_t number, const double **values_out)
{
    hst_assert(set != NULL);
    const size_t at = rank_of(set, number);
    if (at == set->count || set->trials[set->order[at]].number != number) {
        return NULL;
    }
    return hst_trial_set_item(set, at, values_out);
}
