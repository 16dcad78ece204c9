#include "core/base/assert.h"

#include "sim/statistics/statistics.h"

#include <math.h>

#include <gsl/gsl_cdf.h>

/** What every effect is computed from. */
typedef struct factorial {
    const size_t *levels;
    size_t factor_count;
    size_t cells;
    size_t strides[HST_EFFECT_FACTORS_MAX]; /**< cells between neighbouring levels of a factor */
    const double *means;                    /**< of each cell */
    double grand;                           /**< mean of all */
    double replications;                    /**< values in a cell */
} factorial;

static size_t level_of(const factorial *plan, size_t cell, size_t factor)
{
    hst_assert(plan->strides[factor] > 0);
    hst_assert(plan->levels[factor] > 0);
    return cell / plan->strides[factor] % plan->levels[factor];
}

/** Mean over the cells with given levels of one or two factors (second == first: one). */
static double
mean_at(const factorial *plan, size_t first, size_t first_level, size_t second, size_t second_level)
{
    double sum = 0;
    size_t count = 0;
    for (size_t cell = 0; cell < plan->cells; cell++) {
        if (level_of(plan, cell, first) == first_level &&
            level_of(plan, cell, second) == second_level) {
            sum += plan->means[cell];
            count++;
        }
    }
    hst_assert(count > 0);
    return sum / (double)count;
}

static hst_design_effect main_effect(const factorial *plan, size_t factor)
{
    const size_t levels = plan->levels[factor];
    hst_assert(levels > 0);
    const size_t cells_each = plan->cells / levels;
    double squares = 0;
    double low = (double)INFINITY;
    double high = -(double)INFINITY;
    for (size_t level = 0; level < levels; level++) {
        const double mean = mean_at(plan, factor, level, factor, level);
        squares += (mean - plan->grand) * (mean - plan->grand);
        low = fmin(low, mean);
        high = fmax(high, mean);
    }
    const double slope =
        mean_at(plan, factor, levels - 1, factor, levels - 1) - mean_at(plan, factor, 0, factor, 0);
    return (hst_design_effect){.first = factor,
                               .second = factor,
                               .range = copysign(high - low, slope),
                               .sum_of_squares = squares * (double)cells_each * plan->replications,
                               .degrees_of_freedom = levels - 1};
}

static hst_design_effect interaction(const factorial *plan, size_t first, size_t second)
{
    const size_t rows = plan->levels[first];
    const size_t columns = plan->levels[second];
    hst_assert(rows > 0 && columns > 0);
    const size_t cells_each = plan->cells / (rows * columns);
    double squares = 0;
    double furthest = 0;
    double last = 0;
    for (size_t i = 0; i < rows; i++) {
        const double row = mean_at(plan, first, i, first, i);
        for (size_t j = 0; j < columns; j++) {
            const double column = mean_at(plan, second, j, second, j);
            last = mean_at(plan, first, i, second, j) - row - column + plan->grand;
            squares += last * last;
            furthest = fabs(last) > fabs(furthest) ? last : furthest;
        }
    }
    /* With two levels each all deviations are equal in size; by the usual convention the effect is
     * half the difference of differences, twice the deviation of the (last, last) cell. */
    return (hst_design_effect){.first = first,
                               .second = second,
                               .range = rows == 2 && columns == 2 ? 2 * last : furthest,
                               .sum_of_squares = squares * (double)cells_each * plan->replications,
                               .degrees_of_freedom = (rows - 1) * (columns - 1)};
}

/** Sums of squares of everything, and of what neither cell nor block explains. */
static void split_squares(
    const factorial *plan, const double *values, size_t replications, double *total, double *error)
{
    *total = 0;
    *error = 0;
    for (size_t r = 0; r < replications; r++) {
        double block = 0;
        for (size_t cell = 0; cell < plan->cells; cell++) {
            block += values[cell * replications + r];
        }
        block /= (double)plan->cells;
        for (size_t cell = 0; cell < plan->cells; cell++) {
            const double value = values[cell * replications + r];
            const double rest = value - plan->means[cell] - block + plan->grand;
            *total += (value - plan->grand) * (value - plan->grand);
            *error += rest * rest;
        }
    }
}

/** Add the share and the F test. */
static void judge(hst_design_effect *effect, double total, double error, double error_freedom)
{
    effect->share = total > 0 ? effect->sum_of_squares / total : 0;
    effect->p = 1;
    if (error_freedom <= 0) {
        return;
    }
    const double mean_square = effect->sum_of_squares / (double)effect->degrees_of_freedom;
    if (error > 0) {
        effect->f = mean_square / (error / error_freedom);
        effect->p = gsl_cdf_fdist_Q(effect->f, (double)effect->degrees_of_freedom, error_freedom);
    } else if (mean_square > 0) {
        effect->f = (double)INFINITY;
        effect->p = 0;
    }
}

hst_status hst_design_effects(const size_t *levels,
                              size_t factor_count,
                              size_t replications,
                              const double *values,
                              hst_memory memory,
                              hst_design_effect *out)
{
    hst_assert(factor_count > 0 && factor_count <= HST_EFFECT_FACTORS_MAX);
    hst_assert(replications > 0);
    factorial plan = {.levels = levels,
                      .factor_count = factor_count,
                      .cells = 1,
                      .replications = (double)replications};
    for (size_t f = factor_count; f-- > 0;) {
        hst_assert(levels[f] >= 2);
        plan.strides[f] = plan.cells;
        if (plan.cells > SIZE_MAX / sizeof(double) / replications / levels[f]) {
            return HST_INVALID; /* no array of that many values exists */
        }
        plan.cells *= levels[f];
    }
    if (!hst_all_finite(values, plan.cells * replications)) {
        return HST_INVALID;
    }
    hst_arena arena;
    hst_arena_init(&arena, memory, 4096);
    double *means = HST_ARENA_NEW(&arena, double, plan.cells);
    if (means == NULL) {
        hst_arena_release(&arena);
        return HST_NO_MEMORY;
    }
    for (size_t cell = 0; cell < plan.cells; cell++) {
        means[cell] = hst_mean(values + cell * replications, replications);
    }
    plan.means = means;
    plan.grand = hst_mean(means, plan.cells);
    double total = 0;
    double error = 0;
    split_squares(&plan, values, replications, &total, &error);
    const double error_freedom = (double)(plan.cells - 1) * (double)(replications - 1);
    size_t at = 0;
    for (size_t f = 0; f < factor_count; f++) {
        out[at++] = main_effect(&plan, f);
    }
    for (size_t f = 0; f < factor_count; f++) {
        for (size_t g = f + 1; g < factor_count; g++) {
            out[at++] = interaction(&plan, f, g);
        }
    }
    for (size_t i = 0; i < at; i++) {
        judge(&out[i], total, error, error_freedom);
    }
    hst_arena_release(&arena);
    return HST_OK;
}
