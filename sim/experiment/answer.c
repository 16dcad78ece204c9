#include "core/base/assert.h"

#include "sim/experiment/analysis.h"
#include "sim/scenario/writer.h"
#include "sim/statistics/statistics.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    WIDTH = 80,        /* columns of a terminal */
    CELLS_SHOWN = 8,   /* best cells of a table */
    FIGURES_SHOWN = 3, /* side by side */
    COLUMN = 15,       /* characters of a figure */
    EFFECTS_SHOWN = 4
};

/* Words that are broken into lines. */
typedef struct prose {
    hst_yaml_writer *out;
    int column; /* characters in this line */
} prose;

/* Characters of UTF-8 text. */
static int width(const char *text, size_t size)
{
    int count = 0;
    for (size_t i = 0; i < size; i++) {
        count += ((unsigned char)text[i] & 0xC0U) != 0x80U ? 1 : 0;
    }
    return count;
}

static void say(prose *to, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(prose *to, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    hst_assert(length >= 0);
    for (const char *at = text; *at != '\0';) {
        const size_t size = strcspn(at, " ");
        const int columns = width(at, size);
        if (columns > 0) {
            if (to->column > 0 && to->column + 1 + columns > WIDTH) {
                hst_yaml_writer_put(to->out, "\n");
                to->column = 0;
            }
            hst_yaml_writer_put(to->out, "%s%.*s", to->column > 0 ? " " : "", (int)size, at);
            to->column += columns + (to->column > 0 ? 1 : 0);
        }
        at += size + (at[size] == ' ' ? 1 : 0);
    }
}

static void end(prose *to)
{
    if (to->column > 0) {
        hst_yaml_writer_put(to->out, "\n");
        to->column = 0;
    }
}

/* Four significant digits, without an exponent where a person would write none. */
static const char *figure(double value, char out[32])
{
    const double size = fabs(value);
    if (!isfinite(value)) {
        (void)snprintf(out, 32, "%s", isnan(value) ? "-" : (value < 0 ? "-inf" : "inf"));
    } else if (size >= 1000 && size < 1e9) {
        (void)snprintf(out, 32, "%.0f", value);
    } else {
        (void)snprintf(out, 32, "%.4g", value);
    }
    return out;
}

static const char *chance(double p, char out[32])
{
    if (p < 0.0001) {
        (void)snprintf(out, 32, "p < 0.0001");
    } else {
        (void)snprintf(out, 32, "p = %.2g", p);
    }
    return out;
}

/* "static_table, tight": the levels of a cell. */
static const char *cell_words(const hst_experiment *e, uint32_t cell, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (uint32_t f = 0; f < e->factor_count && used + 1 < size; f++) {
        (void)snprintf(out + used, size - used, "%s%s", f > 0 ? ", " : "",
                       e->factors[f].levels[e->cells[cell].levels[f]].text);
        used = strlen(out);
    }
    return out;
}

static const hst_cell_difference *
find_difference(const hst_analysis *a, hst_difference_family family, uint32_t cell)
{
    for (uint32_t i = 0; i < a->difference_count; i++) {
        const hst_cell_difference *d = &a->differences[i];
        if (d->metric == 0 && d->family == family && d->cell == cell) {
            return d;
        }
    }
    return NULL;
}

/* ---- the answer --------------------------------------------------------------------------- */

static void say_difference(prose *to, const hst_analysis *a, const hst_cell_difference *d)
{
    const hst_experiment *e = a->experiment;
    char one[32];
    char two[32];
    char three[32];
    char p[32];
    const bool higher = d->difference >= 0;
    const double low = higher ? d->low : -d->high;
    const double high = higher ? d->high : -d->low;
    say(to, "%s %s %s [%s, %s]:", figure(fabs(d->difference), one), e->metrics[d->metric].unit,
        higher ? "higher" : "lower", figure(low, two), figure(high, three));
    if (a->replications < 2) {
        say(to, "one replication cannot tell whether by chance.");
    } else if (d->p_holm <= 1 - e->confidence) {
        say(to, "a real difference (%s after Holm's correction for %u comparisons).",
            chance(d->p_holm, p), e->cell_count - 1);
    } else {
        say(to, "it may be chance (%s after Holm's correction for %u comparisons).",
            chance(d->p_holm, p), e->cell_count - 1);
    }
}

/* Which cell is best, and how far ahead. */
static void say_best(prose *to, const hst_analysis *a)
{
    const hst_experiment *e = a->experiment;
    const hst_experiment_metric *metric = &e->metrics[0];
    char words[256];
    char one[32];
    char two[32];
    char three[32];
    if (a->best[0] < 0) {
        say(to, "No trial finished: there is no answer.");
        return;
    }
    const uint32_t best = (uint32_t)a->best[0];
    const hst_cell_summary *cell = &a->summaries[best];
    say(to, "%s has the %s %s: %s %s [%s, %s].", cell_words(e, best, words, sizeof words),
        metric->higher_is_better ? "highest" : "lowest", metric->name, figure(cell->mean, one),
        metric->unit, figure(cell->low, two), figure(cell->high, three));
    if (a->second[0] >= 0) {
        const hst_cell_difference *next =
            find_difference(a, HST_DIFFERENCE_BEST, (uint32_t)a->second[0]);
        hst_assert(next != NULL);
        say(to, "Next is %s,", cell_words(e, (uint32_t)a->second[0], words, sizeof words));
        say_difference(to, a, next);
    }
    if (best != e->base_cell) {
        const hst_cell_difference *base = find_difference(a, HST_DIFFERENCE_BASE, best);
        if (base != NULL && base->n > 0) {
            say(to, "Against the reference (%s) it is",
                cell_words(e, e->base_cell, words, sizeof words));
            say_difference(to, a, base);
        }
    }
}

/* The best cell, and the next best, among those that agree with `like` in all factors but one. */
static void
find_best(const hst_analysis *a, uint32_t factor, uint32_t like, uint32_t *best, uint32_t *next)
{
    const hst_experiment *e = a->experiment;
    const double sign = e->metrics[0].higher_is_better ? -1 : 1;
    *best = UINT32_MAX;
    *next = UINT32_MAX;
    for (uint32_t c = 0; c < e->cell_count; c++) {
        bool agrees = a->summaries[c].n > 0;
        for (uint32_t f = 0; agrees && f < e->factor_count; f++) {
            agrees = f == factor || e->cells[c].levels[f] == e->cells[like].levels[f];
        }
        if (!agrees) {
            continue;
        }
        const double mean = sign * a->summaries[c].mean;
        if (*best == UINT32_MAX || mean < sign * a->summaries[*best].mean) {
            *next = *best;
            *best = c;
        } else if (*next == UINT32_MAX || mean < sign * a->summaries[*next].mean) {
            *next = c;
        }
    }
}

/* Whether two cells differ in metric 0 by more than chance, as one of `comparisons` (Bonferroni).
 */
static bool differs(const hst_analysis *a, uint32_t one, uint32_t two, uint32_t comparisons)
{
    const double *values[] = {a->values + (size_t)one * a->replications,
                              a->values + (size_t)two * a->replications};
    double pairs[2][HST_SWEEP_TRIALS_MAX];
    size_t n = 0;
    for (uint32_t r = 0; r < a->replications; r++) {
        if (isfinite(values[0][r]) && isfinite(values[1][r])) {
            pairs[0][n] = values[0][r];
            pairs[1][n] = values[1][r];
            n++;
        }
    }
    if (n < 2) {
        return false;
    }
    const double confidence = 1 - (1 - a->experiment->confidence) / comparisons;
    const hst_interval d = hst_paired_difference(pairs[0], pairs[1], n, confidence);
    return d.low > 0 || d.high < 0;
}

/* Settings of the other factors: one cell stands for all that differ in this factor only. */
static bool stands_for_setting(const hst_experiment *e, uint32_t factor, uint32_t cell)
{
    return e->cells[cell].levels[factor] == 0;
}

/* Whether the choice of one factor depends on the others, and at how many settings it is sure. */
static void say_dependence(prose *to, const hst_analysis *a, uint32_t factor)
{
    const hst_experiment *e = a->experiment;
    const hst_factor *about = &e->factors[factor];
    const uint32_t all = e->cell_count / about->level_count;
    uint32_t wins[HST_EXPERIMENT_LEVELS_MAX] = {0};
    uint32_t settings = 0;
    uint32_t sure = 0;
    uint32_t most = 0;
    for (uint32_t c = 0; c < e->cell_count; c++) {
        uint32_t best = UINT32_MAX;
        uint32_t next = UINT32_MAX;
        if (stands_for_setting(e, factor, c)) {
            find_best(a, factor, c, &best, &next);
        }
        if (next != UINT32_MAX) {
            const uint32_t level = e->cells[best].levels[factor];
            settings++;
            wins[level]++;
            most = wins[level] > wins[most] ? level : most;
            sure += differs(a, best, next, all) ? 1 : 0;
        }
    }
    if (settings == 0) {
        return;
    }
    if (wins[most] == settings) {
        say(to, "The best %s is %s at all %u settings of the other factors,", about->name,
            about->levels[most].text, settings);
    } else {
        say(to, "The best %s depends on the other factors: %s is at %u of %u settings;",
            about->name, about->levels[most].text, wins[most], settings);
    }
    if (sure == settings) {
        say(to, "and its lead over the next is more than chance at each.");
    } else {
        say(to, "the lead over the next is more than chance at %u.", sure);
    }
}

static void say_effects(prose *to, const hst_analysis *a)
{
    const hst_experiment *e = a->experiment;
    char one[32];
    char p[32];
    uint32_t said = 0;
    for (uint32_t i = 0; i < a->effect_count; i++) {
        const hst_factor_effect *effect = &a->effects[i];
        if (effect->metric != 0) {
            continue;
        }
        if (said == 0) {
            say(to, "Of the variance of %s", e->metrics[0].name);
        }
        say(to, "%s%.1f %% is", said > 0 ? "and " : "", 100 * effect->share);
        if (effect->first == effect->second) {
            say(to, "%s (%s %s between levels, %s),", e->factors[effect->first].name,
                figure(fabs(effect->range), one), e->metrics[0].unit, chance(effect->p_holm, p));
        } else {
            say(to, "%s with %s (%s),", e->factors[effect->first].name,
                e->factors[effect->second].name, chance(effect->p_holm, p));
        }
        if (++said == EFFECTS_SHOWN) {
            break;
        }
    }
    if (said > 0) {
        say(to, e->design == HST_DESIGN_LATIN ? "each by a straight line over its levels."
                                              : "the rest days, chance and smaller effects.");
    }
}

/* ---- the tables --------------------------------------------------------------------------- */

/* Cells in order of metric 0, best first. */
static uint32_t order_cells(const hst_analysis *a, uint32_t *order)
{
    const hst_experiment *e = a->experiment;
    const double sign = e->metrics[0].higher_is_better ? -1 : 1;
    uint32_t count = 0;
    for (uint32_t c = 0; c < e->cell_count; c++) {
        if (a->summaries[c].n == 0) {
            continue;
        }
        uint32_t at = count++;
        while (at > 0 && sign * a->summaries[order[at - 1]].mean > sign * a->summaries[c].mean) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = c;
    }
    return count;
}

/* "0.3684 +- 0.1041" in as many digits as the column has room for. */
static void put_mean(hst_yaml_writer *out, const hst_cell_summary *s)
{
    char both[72] = "-";
    char mean[32];
    char half[32];
    const double error = (s->high - s->low) / 2;
    if (s->n > 0) {
        (void)snprintf(both, sizeof both, "%s +- %s", figure(s->mean, mean), figure(error, half));
    }
    for (int digits = 3; s->n > 0 && strlen(both) > COLUMN && digits > 0; digits--) {
        (void)snprintf(both, sizeof both, "%s +- %.*g", figure(s->mean, mean), digits, error);
        if (strlen(both) > COLUMN) {
            (void)snprintf(both, sizeof both, "%.*g +- %.*g", digits + 1, s->mean, digits, error);
        }
    }
    hst_yaml_writer_put(out, " %*.*s", COLUMN, COLUMN, both);
}

static void put_cell(hst_yaml_writer *out, const hst_analysis *a, uint32_t cell, uint32_t first)
{
    const hst_experiment *e = a->experiment;
    char words[256];
    hst_yaml_writer_put(out, "%-32.32s", cell_words(e, cell, words, sizeof words));
    for (uint32_t m = first; m < e->metric_count && m < first + FIGURES_SHOWN; m++) {
        put_mean(out, &a->summaries[(size_t)m * e->cell_count + cell]);
    }
    hst_yaml_writer_put(out, "\n");
}

/* The name as it stands, or without its scope where it is too long. */
static const char *heading(const char *name)
{
    const char *dot = strchr(name, '.');
    return strlen(name) > COLUMN && dot != NULL ? dot + 1 : name;
}

/* A table of some metrics: cells in the order given. */
static void put_block(hst_yaml_writer *out,
                      const hst_analysis *a,
                      uint32_t first,
                      const uint32_t *order,
                      uint32_t count)
{
    const hst_experiment *e = a->experiment;
    const uint32_t shown = count <= CELLS_SHOWN + 4 ? count : CELLS_SHOWN;
    char head[48];
    (void)snprintf(head, sizeof head, "cell, best first; +- at %g %%", 100 * e->confidence);
    hst_yaml_writer_put(out, "%-32s", head);
    for (uint32_t m = first; m < e->metric_count && m < first + FIGURES_SHOWN; m++) {
        hst_yaml_writer_put(out, " %*.*s", COLUMN, COLUMN, heading(e->metrics[m].name));
    }
    hst_yaml_writer_put(out, "\n");
    for (uint32_t i = 0; i < shown; i++) {
        put_cell(out, a, order[i], first);
    }
    if (shown < count) {
        hst_yaml_writer_put(out, "... and %u more in the result\n", count - shown);
    }
}

static hst_status put_cells(hst_yaml_writer *out, const hst_analysis *a, hst_arena *arena)
{
    const hst_experiment *e = a->experiment;
    uint32_t *order = HST_ARENA_NEW(arena, uint32_t, e->cell_count);
    if (order == NULL) {
        return HST_NO_MEMORY;
    }
    const uint32_t count = order_cells(a, order);
    for (uint32_t first = 0; first < e->metric_count; first += FIGURES_SHOWN) {
        if (first > 0) {
            hst_yaml_writer_put(out, "\n");
        }
        put_block(out, a, first, order, count);
    }
    return HST_OK;
}

static void put_head(hst_yaml_writer *out, const hst_analysis *a)
{
    const hst_experiment *e = a->experiment;
    prose to = {.out = out};
    say(&to, "%s:", e->title[0] != '\0' ? e->title : e->name);
    say(&to, "%u cells of %u factor%s, %u replication%s each, %u trials, %u failed%s.",
        e->cell_count, e->factor_count, e->factor_count > 1 ? "s" : "", a->replications,
        a->replications > 1 ? "s" : "", e->cell_count * a->replications, a->failed,
        e->common_random_numbers ? ", common random numbers" : "");
    end(&to);
    if (e->question[0] != '\0') {
        say(&to, "%s", e->question);
        end(&to);
    }
}

hst_status
hst_answer(const hst_analysis *analysis, hst_arena *arena, const char **text, size_t *size)
{
    hst_assert(analysis != NULL);
    const hst_experiment *e = analysis->experiment;
    hst_yaml_writer out;
    hst_yaml_writer_init(&out, arena);
    put_head(&out, analysis);
    hst_yaml_writer_put(&out, "\n");
    prose to = {.out = &out};
    say_best(&to, analysis);
    if (e->design == HST_DESIGN_FULL && e->factor_count > 1) {
        for (uint32_t f = 0; f < e->factor_count && f < 2; f++) {
            say_dependence(&to, analysis, f);
        }
    }
    end(&to);
    say_effects(&to, analysis);
    end(&to);
    hst_yaml_writer_put(&out, "\n");
    HST_TRY(put_cells(&out, analysis, arena));
    return hst_yaml_writer_finish(&out, text, size);
}
