#include "sim/experiment/schedule.h"

#include "core/base/assert.h"

#include <stdbool.h>
#include <stdlib.h>

/* A trial to deal. */
typedef struct open_trial {
    uint64_t number;
    double seconds; /* estimated */
} open_trial;

/* What a cell's trials have cost so far. */
typedef struct cell_cost {
    double seconds;
    uint64_t count;
} cell_cost;

static void check_round(const hst_schedule_round *round)
{
    hst_assert(round->first <= round->end);
    hst_assert(round->cells >= 1);
    hst_assert(round->ranks >= 1);
    hst_assert(round->rank < round->ranks);
}

uint64_t hst_schedule_open(const hst_trial_set *finished, const hst_schedule_round *round)
{
    check_round(round);
    uint64_t open = 0;
    for (uint64_t number = round->first; number < round->end; number++) {
        open += hst_trial_set_find(finished, number, NULL) == NULL;
    }
    return open;
}

/* Costs of all cells, in memory of the caller's to give back; the mean of all trials out. */
static cell_cost *
cell_costs(hst_memory memory, const hst_trial_set *finished, uint32_t cells, double *mean_out)
{
    cell_cost *costs = memory.acquire(memory.context, cells * sizeof *costs);
    if (costs == NULL) {
        return NULL;
    }
    double seconds = 0.0;
    const size_t count = hst_trial_set_count(finished);
    for (size_t i = 0; i < count; i++) {
        const hst_trial *trial = hst_trial_set_item(finished, i, NULL);
        cell_cost *cost = &costs[trial->number % cells];
        cost->seconds += trial->cpu_seconds;
        cost->count++;
        seconds += trial->cpu_seconds;
    }
    *mean_out = count > 0 ? seconds / (double)count : 0.0;
    return costs;
}

static double estimate(const cell_cost *cost, double mean)
{
    return cost->count > 0 ? cost->seconds / (double)cost->count : mean;
}

hst_status hst_schedule_estimate(hst_memory memory,
                                 const hst_trial_set *finished,
                                 const hst_schedule_round *round,
                                 double *seconds_out)
{
    check_round(round);
    double mean = 0.0;
    cell_cost *costs = cell_costs(memory, finished, round->cells, &mean);
    if (costs == NULL) {
        return HST_NO_MEMORY;
    }
    double seconds = 0.0;
    for (uint64_t number = round->first; number < round->end; number++) {
        if (hst_trial_set_find(finished, number, NULL) == NULL) {
            seconds += estimate(&costs[number % round->cells], mean);
        }
    }
    memory.release(memory.context, costs, round->cells * sizeof *costs);
    *seconds_out = seconds;
    return HST_OK;
}

/* Longest first; a total order, so the result does not depend on how qsort works. */
static int compare_open(const void *left, const void *right)
{
    const open_trial *a = left;
    const open_trial *b = right;
    if (a->seconds > b->seconds || a->seconds < b->seconds) {
        return a->seconds > b->seconds ? -1 : 1;
    }
    return a->number < b->number ? -1 : a->number > b->number;
}

/* The rank with the least to do; among equals the first at or behind `start`, going round. */
static uint32_t least_loaded(const double *loads, uint32_t ranks, uint32_t start)
{
    uint32_t best = start;
    for (uint32_t step = 1; step < ranks; step++) {
        const uint32_t rank = (uint32_t)(((uint64_t)start + step) % ranks);
        if (loads[rank] < loads[best]) {
            best = rank;
        }
    }
    return best;
}

static size_t deal(const open_trial *open,
                   size_t count,
                   const hst_schedule_round *round,
                   double *loads,
                   uint64_t *owed_out)
{
    size_t owed = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t start = (uint32_t)(i / round->ranks % round->ranks);
        const uint32_t rank = least_loaded(loads, round->ranks, start);
        /* Before anything is known every trial counts as one. */
        loads[rank] += open[i].seconds > 0.0 ? open[i].seconds : 1.0;
        if (rank == round->rank) {
            owed_out[owed++] = open[i].number;
        }
    }
    return owed;
}

hst_status hst_schedule_deal(hst_memory memory,
                             const hst_trial_set *finished,
                             const hst_schedule_round *round,
                             uint64_t *owed_out,
                             size_t *count_out)
{
    check_round(round);
    hst_assert(round->first == round->end || owed_out != NULL);
    const size_t length = (size_t)(round->end - round->first);
    double mean = 0.0;
    cell_cost *costs = cell_costs(memory, finished, round->cells, &mean);
    open_trial *open = memory.acquire(memory.context, (length + 1) * sizeof *open);
    double *loads = memory.acquire(memory.context, round->ranks * sizeof *loads);
    const bool enough = costs != NULL && open != NULL && loads != NULL;
    if (enough) {
        size_t count = 0;
        for (uint64_t number = round->first; number < round->end; number++) {
            if (hst_trial_set_find(finished, number, NULL) == NULL) {
                open[count++] = (open_trial){
                    .number = number, .seconds = estimate(&costs[number % round->cells], mean)};
            }
        }
        qsort(open, count, sizeof *open, compare_open);
        *count_out = deal(open, count, round, loads, owed_out);
    }
    if (costs != NULL) {
        memory.release(memory.context, costs, round->cells * sizeof *costs);
    }
    if (open != NULL) {
        memory.release(memory.context, open, (length + 1) * sizeof *open);
    }
    if (loads != NULL) {
        memory.release(memory.context, loads, round->ranks * sizeof *loads);
    }
    return enough ? HST_OK : HST_NO_MEMORY;
}
