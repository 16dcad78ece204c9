#include "sim/experiment/analysis_effects.h"

#include "core/base/assert.h"

#include "sim/experiment/design.h"
#include "sim/statistics/statistics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

/* Replications of one metric that every cell finished, as hst_design_effects wants them. */
typedef struct complete {
    uint32_t cells;
    uint32_t count;       /* replications */
    const double *values; /* [cell][replication] */
} complete;

static bool all_finished(const hst_analysis *a, uint32_t metric, uint32_t replication)
{
    const size_t cells = a->experiment->cell_count;
    for (size_t c = 0; c < cells; c++) {
        if (!isfinite(a->values[(metric * cells + c) * a->replications + replication])) {
            return false;
        }
    }
    return true;
}

static bool gather(const hst_analysis *a, uint32_t metric, hst_arena *arena, complete *out)
{
    const size_t cells = a->experiment->cell_count;
    uint32_t *chosen = HST_ARENA_NEW(arena, uint32_t, a->replications);
    double *values = HST_ARENA_NEW(arena, double, cells * a->replications);
    if (chosen == NULL || values == NULL) {
        return false;
    }
    uint32_t count = 0;
    for (uint32_t r = 0; r < a->replications; r++) {
        if (all_finished(a, metric, r)) {
            chosen[count++] = r;
        }
    }
    for (size_t c = 0; c < cells; c++) {
        for (uint32_t i = 0; i < count; i++) {
            values[c * count + i] = a->values[(metric * cells + c) * a->replications + chosen[i]];
        }
    }
    *out = (complete){.cells = (uint32_t)cells, .count = count, .values = values};
    return true;
}

/* ---- level means -------------------------------------------------------------------------- */

/* Mean over the cells at one level, for each replication. */
static void level_values(
    const hst_experiment *e, const complete *from, uint32_t factor, uint32_t level, double *out)
{
    uint32_t cells = 0;
    memset(out, 0, from->count * sizeof *out);
    for (uint32_t c = 0; c < from->cells; c++) {
        if (e->cells[c].levels[factor] == level) {
            cells++;
            for (uint32_t r = 0; r < from->count; r++) {
                out[r] += from->values[(size_t)c * from->count + r];
            }
        }
    }
    hst_assert(cells > 0);
    for (uint32_t r = 0; r < from->count; r++) {
        out[r] /= cells;
    }
}

static uint32_t make_level_means(const hst_experiment *e,
                                 const complete *from,
                                 uint32_t metric,
                                 double *scratch,
                                 hst_level_mean *out)
{
    uint32_t count = 0;
    for (uint32_t f = 0; f < e->factor_count; f++) {
        for (uint32_t l = 0; l < e->factors[f].level_count; l++) {
            level_values(e, from, f, l, scratch);
            const hst_interval mean = hst_mean_interval_t(scratch, from->count, e->confidence);
            out[count++] = (hst_level_mean){.metric = metric,
                                            .factor = f,
                                            .level = l,
                                            .n = from->count,
                                            .mean = mean.estimate,
                                            .low = mean.low,
                                            .high = mean.high};
        }
    }
    return count;
}

/* ---- effects ------------------------------------------------------------------------------ */

static hst_factor_effect no_effect(uint32_t metric, uint32_t first, uint32_t second)
{
    return (hst_factor_effect){.metric = metric,
                               .first = first,
                               .second = second,
                               .range = (double)NAN,
                               .low = (double)NAN,
                               .high = (double)NAN,
                               .p = 1,
                               .p_holm = 1};
}

/* Interval of last minus first level of a factor with two. */
static void add_interval(const hst_experiment *e,
                         const complete *from,
                         double *scratch,
                         hst_factor_effect *effect)
{
    if (effect->first != effect->second || e->factors[effect->first].level_count != 2) {
        return;
    }
    double *low = scratch;
    double *high = scratch + from->count;
    level_values(e, from, effect->first, 0, low);
    level_values(e, from, effect->first, 1, high);
    const hst_interval difference = hst_paired_difference(high, low, from->count, e->confidence);
    effect->low = difference.low;
    effect->high = difference.high;
}

static hst_status effects_full(const hst_experiment *e,
                               const complete *from,
                               uint32_t metric,
                               hst_arena *arena,
                               hst_factor_effect *out,
                               uint32_t *count)
{
    const size_t factors = e->factor_count;
    const size_t most = factors * (factors + 1) / 2;
    size_t levels[HST_EXPERIMENT_FACTORS_MAX];
    hst_design_effect *effects = HST_ARENA_NEW(arena, hst_design_effect, most);
    double *scratch = HST_ARENA_NEW(arena, double, 2 * (size_t)from->count);
    if (effects == NULL || scratch == NULL) {
        return HST_NO_MEMORY;
    }
    for (size_t f = 0; f < factors; f++) {
        levels[f] = e->factors[f].level_count;
    }
    HST_TRY(hst_design_effects(levels, factors, from->count, from->values, arena->memory, effects));
    for (size_t i = 0; i < most; i++) {
        out[i] = no_effect(metric, (uint32_t)effects[i].first, (uint32_t)effects[i].second);
        out[i].degrees = (uint32_t)effects[i].degrees_of_freedom;
        out[i].range = effects[i].range;
        out[i].share = effects[i].share;
        out[i].f = effects[i].f;
        out[i].p = effects[i].p;
        add_interval(e, from, scratch, &out[i]);
    }
    *count = (uint32_t)most;
    return HST_OK;
}

/* Sum of squares around the mean of everything. */
static double total_squares(const complete *from)
{
    const size_t count = (size_t)from->cells * from->count;
    return hst_variance(from->values, count) * (double)(count - 1);
}

/* Names of the factors of a set, "router*liquidity". */
static void name_set(const hst_experiment *e, uint32_t set, char *out, size_t size)
{
    size_t used = strlen(out);
    const char *between = used > 0 ? " " : "";
    for (uint32_t f = 0; f < e->factor_count; f++) {
        if ((set >> f & 1U) != 0 && used + 1 < size) {
            (void)snprintf(out + used, size - used, "%s%s", between, e->factors[f].name);
            used = strlen(out);
            between = "*";
        }
    }
}

/* The contrast of a set of two-level factors: mean of cells with an even number of lows minus the
 * others, for each replication. */
static void contrast(const hst_experiment *e, const complete *from, uint32_t set, double *out)
{
    memset(out, 0, from->count * sizeof *out);
    for (uint32_t c = 0; c < from->cells; c++) {
        uint32_t lows = 0;
        for (uint32_t f = 0; f < e->factor_count; f++) {
            lows += (set >> f & 1U) != 0 && e->cells[c].levels[f] == 0 ? 1 : 0;
        }
        const double sign = lows % 2 == 0 ? 2 : -2;
        for (uint32_t r = 0; r < from->count; r++) {
            out[r] += sign * from->values[(size_t)c * from->count + r] / from->cells;
        }
    }
}

static hst_factor_effect measure_contrast(
    const hst_experiment *e, const complete *from, uint32_t metric, uint32_t set, double *scratch)
{
    const uint32_t first = (uint32_t)__builtin_ctz(set);
    const uint32_t second = (uint32_t)(31 - __builtin_clz(set));
    hst_factor_effect effect = no_effect(metric, first, second);
    contrast(e, from, set, scratch);
    const hst_interval mean = hst_mean_interval_t(scratch, from->count, e->confidence);
    const double n = from->count;
    const double total = total_squares(from);
    const double squares = n * from->cells * mean.estimate * mean.estimate / 4;
    effect.degrees = 1;
    effect.range = mean.estimate;
    effect.share = total > 0 ? squares / total : 0;
    if (first == second) {
        effect.low = mean.low;
        effect.high = mean.high;
    }
    const double variance = hst_variance(scratch, from->count);
    if (from->count > 1 && variance > 0) {
        effect.f = mean.estimate * mean.estimate / (variance / n);
        effect.p = gsl_cdf_fdist_Q(effect.f, 1, n - 1);
    } else if (from->count > 1 && effect.share > 0) {
        effect.f = (double)INFINITY;
        effect.p = 0;
    }
    return effect;
}

/* The fraction again, from the words of its generators. */
static void rebuild(const hst_experiment *e, hst_fraction *fraction)
{
    char words[HST_EXPERIMENT_TEXT_SIZE];
    char why[HST_DESIGN_WHY_SIZE];
    hst_fraction_init(fraction, e->factor_count);
    (void)snprintf(words, sizeof words, "%s", e->generators);
    for (char *at = words; *at != '\0';) {
        const size_t length = strcspn(at, " ");
        const bool last = at[length] == '\0';
        at[length] = '\0';
        const hst_status status = hst_fraction_add(fraction, at, why);
        hst_assert(status == HST_OK);
        at += length + (last ? 0 : 1);
    }
}

static hst_status effects_fraction(const hst_experiment *e,
                                   const complete *from,
                                   uint32_t metric,
                                   hst_arena *arena,
                                   hst_factor_effect *out,
                                   uint32_t *count)
{
    hst_fraction fraction;
    double *scratch = HST_ARENA_NEW(arena, double, from->count);
    if (scratch == NULL) {
        return HST_NO_MEMORY;
    }
    rebuild(e, &fraction);
    for (uint32_t set = 1; set < 1U << e->factor_count; set++) {
        const bool single = __builtin_popcount(set) == 1;
        if (__builtin_popcount(set) > 2) {
            continue;
        }
        /* Of effects that cannot be told apart one stands for all: a main effect, else the first.
         */
        bool stands = true;
        char alias[HST_ALIAS_SIZE] = "";
        for (uint32_t other = hst_fraction_alias(&fraction, set, 0); other != 0;
             other = hst_fraction_alias(&fraction, set, other)) {
            stands = stands && (single || (__builtin_popcount(other) == 2 && other > set));
            name_set(e, other, alias, sizeof alias);
        }
        if (stands) {
            out[*count] = measure_contrast(e, from, metric, set, scratch);
            memcpy(out[*count].alias, alias, sizeof alias);
            (*count)++;
        }
    }
    return HST_OK;
}

/* A line through the cell means over the number of the level. */
static hst_factor_effect measure_line(const hst_analysis *a, uint32_t metric, uint32_t factor)
{
    const hst_experiment *e = a->experiment;
    const hst_cell_summary *cells = a->summaries + (size_t)metric * e->cell_count;
    hst_factor_effect effect = no_effect(metric, factor, factor);
    double n = 0;
    double x_mean = 0;
    double y_mean = 0;
    for (uint32_t c = 0; c < e->cell_count; c++) {
        if (cells[c].n > 0) {
            n += 1;
            x_mean += e->cells[c].levels[factor];
            y_mean += cells[c].mean;
        }
    }
    if (n < 2) {
        return effect;
    }
    x_mean /= n;
    y_mean /= n;
    double xx = 0;
    double xy = 0;
    double yy = 0;
    for (uint32_t c = 0; c < e->cell_count; c++) {
        if (cells[c].n > 0) {
            const double x = e->cells[c].levels[factor] - x_mean;
            const double y = cells[c].mean - y_mean;
            xx += x * x;
            xy += x * y;
            yy += y * y;
        }
    }
    effect.degrees = 1;
    effect.range = xx > 0 ? xy / xx * (e->factors[factor].level_count - 1) : 0;
    effect.share = xx > 0 && yy > 0 ? xy * xy / (xx * yy) : 0;
    if (n > 2 && effect.share < 1) {
        effect.f = effect.share / (1 - effect.share) * (n - 2);
        effect.p = gsl_cdf_fdist_Q(effect.f, 1, n - 2);
    } else if (n > 2) {
        effect.f = (double)INFINITY;
        effect.p = 0;
    }
    return effect;
}

static int compare_shares(const void *a, const void *b)
{
    const hst_factor_effect *one = a;
    const hst_factor_effect *two = b;
    if (one->share > two->share || one->share < two->share) {
        return one->share > two->share ? -1 : 1;
    }
    const uint64_t place_one = (uint64_t)one->first << 32 | one->second;
    const uint64_t place_two = (uint64_t)two->first << 32 | two->second;
    return place_one < place_two ? -1 : (place_one > place_two ? 1 : 0);
}

static hst_status correct(hst_factor_effect *effects, uint32_t count, hst_arena *arena)
{
    double *p = HST_ARENA_NEW(arena, double, count);
    if (p == NULL) {
        return HST_NO_MEMORY;
    }
    for (uint32_t i = 0; i < count; i++) {
        p[i] = effects[i].p;
    }
    HST_TRY(hst_holm(p, count, arena->memory));
    for (uint32_t i = 0; i < count; i++) {
        effects[i].p_holm = p[i];
    }
    return HST_OK;
}

static hst_status analyse_metric(hst_analysis *a,
                                 uint32_t metric,
                                 hst_arena *scratch,
                                 hst_factor_effect *effects,
                                 hst_level_mean *means)
{
    const hst_experiment *e = a->experiment;
    uint32_t count = 0;
    complete from;
    if (e->design == HST_DESIGN_LATIN) {
        for (uint32_t f = 0; f < e->factor_count; f++) {
            effects[count++] = measure_line(a, metric, f);
        }
    } else {
        if (!gather(a, metric, scratch, &from)) {
            return HST_NO_MEMORY;
        }
        double *values = HST_ARENA_NEW(scratch, double, a->replications);
        if (values == NULL) {
            return HST_NO_MEMORY;
        }
        if (from.count == 0) {
            return HST_OK;
        }
        a->level_mean_count += make_level_means(e, &from, metric, values, means);
        HST_TRY(e->design == HST_DESIGN_FULL
                    ? effects_full(e, &from, metric, scratch, effects, &count)
                    : effects_fraction(e, &from, metric, scratch, effects, &count));
    }
    HST_TRY(correct(effects, count, scratch));
    qsort(effects, count, sizeof *effects, compare_shares);
    a->effect_count += count;
    return HST_OK;
}

hst_status hst_analyse_effects(hst_analysis *analysis, hst_arena *arena)
{
    const hst_experiment *e = analysis->experiment;
    const size_t factors = e->factor_count;
    size_t levels = 0;
    for (size_t f = 0; f < factors; f++) {
        levels += e->factors[f].level_count;
    }
    hst_factor_effect *effects =
        HST_ARENA_NEW(arena, hst_factor_effect, e->metric_count * factors * (factors + 1) / 2);
    hst_level_mean *means = HST_ARENA_NEW(arena, hst_level_mean, e->metric_count * levels);
    if (effects == NULL || means == NULL) {
        return HST_NO_MEMORY;
    }
    analysis->effects = effects;
    analysis->level_means = means;
    hst_arena scratch;
    hst_arena_init(&scratch, arena->memory, (size_t)1 << 16);
    hst_status status = HST_OK;
    for (uint32_t m = 0; status == HST_OK && m < e->metric_count; m++) {
        hst_arena_clear(&scratch);
        status = analyse_metric(analysis, m, &scratch, effects + analysis->effect_count,
                                means + analysis->level_mean_count);
    }
    hst_arena_release(&scratch);
    return status;
}
