#include "sim/experiment/sweep_file.h"

#include "core/base/assert.h"

#include "sim/experiment/row_builder.h"
#include "sim/run/day.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Bytes of a command in the table of trials; the whole of it is on the trial's group. */
enum { COMMAND_SIZE = 1024, COMMAND_MAX = 16384 };

static const hst_enum_value status_values[] = {
    {"finished", 0, "the day ran to its end"},
    {"failed", 1, "it did not, or an invariant was broken"}};
static const hst_enum_value better_values[] = {{"lower", 0, "less is better"},
                                               {"higher", 1, "more is better"}};
static const hst_enum_value family_values[] = {
    {"base", HST_DIFFERENCE_BASE, "against the base cell"},
    {"best", HST_DIFFERENCE_BEST, "against the metric's best cell"}};
static const hst_enum_words status_words = {"status", status_values, 2};
static const hst_enum_words better_words = {"better", better_values, 2};
static const hst_enum_words family_words = {"family", family_values, 2};

/* Everything a part needs. */
typedef struct writing {
    const hst_sweep_record *record;
    const hst_analysis *analysis;
    const hst_experiment *experiment;
    hst_result *result;
    hst_arena *arena;
} writing;

static uint64_t trial_count(const writing *w)
{
    return (uint64_t)w->experiment->cell_count * w->analysis->replications;
}

static void number(hst_rows *t, const char *name, const char *description)
{
    hst_rows_column(t, name, HST_COLUMN_U32, 4, "number", description);
}

static void text(hst_rows *t, const char *name, uint32_t size, const char *description)
{
    hst_rows_column(t, name, HST_COLUMN_TEXT, size, "text", description);
}

static void real(hst_rows *t, const char *name, const char *unit, const char *description)
{
    hst_rows_column(t, name, HST_COLUMN_F64, 8, unit, description);
}

/* ---- what was asked ----------------------------------------------------------------------- */

static void write_factors(const writing *w)
{
    const hst_experiment *e = w->experiment;
    hst_rows t;
    hst_rows_init(&t, w->arena, "/sweep/factors", "factors");
    number(&t, "factor", "number");
    text(&t, "name", HST_EXPERIMENT_NAME_SIZE, "name");
    text(&t, "key", 96, "scenario key; empty when a level sets several keys or is a file");
    number(&t, "levels", "how many");
    hst_rows_begin(&t, e->factor_count);
    for (uint32_t f = 0; f < e->factor_count; f++) {
        hst_rows_u32(&t, f);
        hst_rows_text(&t, e->factors[f].name);
        hst_rows_text(&t, e->factors[f].key);
        hst_rows_u32(&t, e->factors[f].level_count);
    }
    hst_rows_write(&t, w->result);
}

static void write_levels(const writing *w)
{
    const hst_experiment *e = w->experiment;
    hst_rows t;
    uint64_t count = 0;
    for (uint32_t f = 0; f < e->factor_count; f++) {
        count += e->factors[f].level_count;
    }
    hst_rows_init(&t, w->arena, "/sweep/levels", "levels of factors");
    number(&t, "factor", "whose");
    number(&t, "level", "number");
    text(&t, "text", HST_EXPERIMENT_NAME_SIZE, "as written, or its name");
    real(&t, "number", "base unit", "its value in the key's base unit; NaN when it is no number");
    hst_rows_begin(&t, count);
    for (uint32_t f = 0; f < e->factor_count; f++) {
        for (uint32_t l = 0; l < e->factors[f].level_count; l++) {
            const hst_level *level = &e->factors[f].levels[l];
            hst_rows_u32(&t, f);
            hst_rows_u32(&t, l);
            hst_rows_text(&t, level->text);
            hst_rows_f64(&t, level->has_number ? level->number : (double)NAN);
        }
    }
    hst_rows_write(&t, w->result);
}

static void write_metrics(const writing *w)
{
    const hst_experiment *e = w->experiment;
    hst_rows t;
    hst_rows_init(&t, w->arena, "/sweep/metrics", "metrics; the first decides");
    number(&t, "metric", "number");
    text(&t, "name", 48, "as in a run's summary");
    text(&t, "unit", 16, "unit");
    text(&t, "description", 120, "what it is");
    hst_rows_words(&t, "better", &better_words, "which way is better");
    hst_rows_begin(&t, e->metric_count);
    for (uint32_t m = 0; m < e->metric_count; m++) {
        hst_rows_u32(&t, m);
        hst_rows_text(&t, e->metrics[m].name);
        hst_rows_text(&t, e->metrics[m].unit);
        hst_rows_text(&t, e->metrics[m].description);
        hst_rows_word(&t, e->metrics[m].higher_is_better ? 1 : 0);
    }
    hst_rows_write(&t, w->result);
}

static void write_cells(const writing *w)
{
    const hst_experiment *e = w->experiment;
    hst_rows t;
    hst_rows_init(&t, w->arena, "/sweep/cells", "cells of the design");
    number(&t, "cell", "number");
    text(&t, "label", HST_EXPERIMENT_TEXT_SIZE, "factors and levels in words");
    text(&t, "scenario", 256, "scenario file");
    for (uint32_t f = 0; f < e->factor_count; f++) {
        text(&t, e->factors[f].name, HST_EXPERIMENT_NAME_SIZE, "level of this factor");
    }
    hst_rows_begin(&t, e->cell_count);
    for (uint32_t c = 0; c < e->cell_count; c++) {
        hst_rows_u32(&t, c);
        hst_rows_text(&t, e->cells[c].label);
        hst_rows_text(&t, e->cells[c].shown);
        for (uint32_t f = 0; f < e->factor_count; f++) {
            hst_rows_text(&t, e->factors[f].levels[e->cells[c].levels[f]].text);
        }
    }
    hst_rows_write(&t, w->result);
}

/* ---- what was run ------------------------------------------------------------------------- */

static const hst_trial *find_trial(const writing *w, uint64_t trial)
{
    const hst_trial *found = hst_trial_set_find(w->record->trials, trial, NULL);
    hst_assert(found != NULL); /* a sweep writes its result when all trials are there */
    return found;
}

static void write_trials(const writing *w)
{
    const hst_experiment *e = w->experiment;
    hst_rows t;
    char command[COMMAND_MAX];
    hst_rows_init(&t, w->arena, "/sweep/trials", "trials");
    hst_rows_column(&t, "trial", HST_COLUMN_U64, 8, "number", "replication * cells + cell");
    number(&t, "cell", "cell");
    number(&t, "replication", "replication");
    hst_rows_column(&t, "seed", HST_COLUMN_I64, 8, "number", "--seed");
    hst_rows_column(&t, "replication_key", HST_COLUMN_I64, 8, "number", "--set replication=");
    hst_rows_words(&t, "status", &status_words, "how it ended");
    hst_rows_column(&t, "digest", HST_COLUMN_HASH, HST_HASH_SIZE, "hash", "run digest");
    text(&t, "command", COMMAND_SIZE, "reproduces the trial");
    for (uint32_t m = 0; m < e->metric_count; m++) {
        real(&t, e->metrics[m].name, e->metrics[m].unit, e->metrics[m].description);
    }
    hst_rows_begin(&t, trial_count(w));
    for (uint64_t i = 0; i < trial_count(w); i++) {
        const hst_trial *trial = find_trial(w, i);
        const uint32_t cell = hst_trial_cell(e, i);
        const uint32_t replication = hst_trial_replication(e, i);
        hst_rows_u64(&t, i);
        hst_rows_u32(&t, cell);
        hst_rows_u32(&t, replication);
        hst_rows_i64(&t, e->seed);
        hst_rows_i64(&t, hst_trial_replication_key(e, i));
        hst_rows_word(&t, trial->status == HST_OK ? 0 : 1);
        hst_rows_hash(&t, &trial->digest);
        hst_ignore(hst_trial_command(e, i, command, sizeof command) ? HST_OK : HST_FULL);
        hst_rows_text(&t, command);
        for (uint32_t m = 0; m < e->metric_count; m++) {
            hst_rows_f64(
                &t,
                w->analysis->values[((size_t)m * e->cell_count + cell) * w->analysis->replications +
                                    replication]);
        }
    }
    hst_rows_write(&t, w->result);
}

static void write_groups(const writing *w)
{
    const hst_experiment *e = w->experiment;
    char command[COMMAND_MAX];
    char path[32];
    char digest[2 * HST_HASH_SIZE + 1];
    hst_result_group(w->result, "/trials");
    for (uint64_t i = 0; i < trial_count(w); i++) {
        const hst_trial *trial = find_trial(w, i);
        const uint32_t cell = hst_trial_cell(e, i);
        (void)snprintf(path, sizeof path, "/trials/%06" PRIu64, i);
        hst_result_group(w->result, path);
        hst_result_attribute_i64(w->result, path, "cell", cell);
        hst_result_attribute_i64(w->result, path, "replication", hst_trial_replication(e, i));
        hst_result_attribute_i64(w->result, path, "seed", e->seed);
        hst_result_attribute_i64(w->result, path, "replication_key",
                                 hst_trial_replication_key(e, i));
        hst_result_attribute_text(w->result, path, "label", e->cells[cell].label);
        hst_result_attribute_text(w->result, path, "status",
                                  status_values[trial->status == HST_OK ? 0 : 1].text);
        hst_result_attribute_text(w->result, path, "failure", trial->reason);
        hst_hash_to_hex(&trial->digest, digest);
        hst_result_attribute_text(w->result, path, "digest", digest);
        hst_ignore(hst_trial_command(e, i, command, sizeof command) ? HST_OK : HST_FULL);
        hst_result_attribute_text(w->result, path, "command", command);
    }
}

static void write_times(const writing *w)
{
    hst_rows t;
    hst_rows_init(&t, w->arena, "/meta/host/trials", "time that trials took");
    hst_rows_column(&t, "trial", HST_COLUMN_U64, 8, "number", "trial");
    real(&t, "cpu_seconds", "s", "processor time of the thread that ran it");
    hst_rows_begin(&t, trial_count(w));
    for (uint64_t i = 0; i < trial_count(w); i++) {
        hst_rows_u64(&t, i);
        hst_rows_f64(&t, find_trial(w, i)->cpu_seconds);
    }
    hst_rows_write(&t, w->result);
}

/* ---- what came of it ---------------------------------------------------------------------- */

static void write_summary(const writing *w)
{
    const hst_experiment *e = w->experiment;
    hst_rows t;
    hst_rows_init(&t, w->arena, "/sweep/summary", "each cell, by metric");
    number(&t, "metric", "which");
    number(&t, "cell", "which");
    number(&t, "n", "replications it rests on");
    real(&t, "mean", "metric's", "mean");
    real(&t, "low", "metric's", "t interval of the mean");
    real(&t, "high", "metric's", "its other end");
    real(&t, "boot_low", "metric's", "BCa bootstrap interval of the mean");
    real(&t, "boot_high", "metric's", "its other end");
    real(&t, "deviation", "metric's", "standard deviation of one replication");
    real(&t, "median", "metric's", "of the replications");
    real(&t, "min", "metric's", "of the replications");
    real(&t, "max", "metric's", "of the replications");
    hst_rows_begin(&t, (uint64_t)e->metric_count * e->cell_count);
    for (uint32_t m = 0; m < e->metric_count; m++) {
        for (uint32_t c = 0; c < e->cell_count; c++) {
            const hst_cell_summary *s = &w->analysis->summaries[(size_t)m * e->cell_count + c];
            hst_rows_u32(&t, m);
            hst_rows_u32(&t, c);
            hst_rows_u32(&t, s->n);
            hst_rows_f64(&t, s->mean);
            hst_rows_f64(&t, s->low);
            hst_rows_f64(&t, s->high);
            hst_rows_f64(&t, s->boot_low);
            hst_rows_f64(&t, s->boot_high);
            hst_rows_f64(&t, s->deviation);
            hst_rows_f64(&t, s->median);
            hst_rows_f64(&t, s->min);
            hst_rows_f64(&t, s->max);
            char name[48];
            (void)snprintf(name, sizeof name, "cell%u.%s", c, e->metrics[m].name);
            hst_result_metric(w->result, name, e->metrics[m].unit, s->mean, e->cells[c].label);
        }
    }
    hst_rows_write(&t, w->result);
}

static void write_differences(const writing *w)
{
    hst_rows t;
    hst_rows_init(&t, w->arena, "/sweep/differences", "cells against each other");
    number(&t, "metric", "which");
    number(&t, "cell", "which");
    hst_rows_words(&t, "family", &family_words, "what it is compared with");
    number(&t, "against", "the cell subtracted");
    number(&t, "n", "pairs");
    real(&t, "difference", "metric's", "mean of cell minus against");
    real(&t, "low", "metric's", "t interval of it");
    real(&t, "high", "metric's", "its other end");
    real(&t, "p", "share", "paired t test, two-sided");
    real(&t, "p_holm", "share", "after Holm's correction");
    hst_rows_begin(&t, w->analysis->difference_count);
    for (uint32_t i = 0; i < w->analysis->difference_count; i++) {
        const hst_cell_difference *d = &w->analysis->differences[i];
        hst_rows_u32(&t, d->metric);
        hst_rows_u32(&t, d->cell);
        hst_rows_word(&t, (uint8_t)d->family);
        hst_rows_u32(&t, d->against);
        hst_rows_u32(&t, d->n);
        hst_rows_f64(&t, d->difference);
        hst_rows_f64(&t, d->low);
        hst_rows_f64(&t, d->high);
        hst_rows_f64(&t, d->p);
        hst_rows_f64(&t, d->p_holm);
    }
    hst_rows_write(&t, w->result);
}

static void write_level_means(const writing *w)
{
    hst_rows t;
    hst_rows_init(&t, w->arena, "/sweep/level_means", "levels, over all other factors");
    number(&t, "metric", "which");
    number(&t, "factor", "which");
    number(&t, "level", "which");
    number(&t, "n", "replications that all cells finished");
    real(&t, "mean", "metric's", "mean");
    real(&t, "low", "metric's", "t interval of it");
    real(&t, "high", "metric's", "its other end");
    hst_rows_begin(&t, w->analysis->level_mean_count);
    for (uint32_t i = 0; i < w->analysis->level_mean_count; i++) {
        const hst_level_mean *l = &w->analysis->level_means[i];
        hst_rows_u32(&t, l->metric);
        hst_rows_u32(&t, l->factor);
        hst_rows_u32(&t, l->level);
        hst_rows_u32(&t, l->n);
        hst_rows_f64(&t, l->mean);
        hst_rows_f64(&t, l->low);
        hst_rows_f64(&t, l->high);
    }
    hst_rows_write(&t, w->result);
}

static void write_effects(const writing *w)
{
    hst_rows t;
    hst_rows_init(&t, w->arena, "/sweep/effects", "main effects and interactions");
    number(&t, "metric", "which");
    number(&t, "first", "factor");
    number(&t, "second", "other factor, or first");
    number(&t, "degrees", "degrees of freedom");
    real(&t, "range", "metric's", "how much the metric moves");
    real(&t, "low", "metric's", "t interval of last minus first level, of two levels");
    real(&t, "high", "metric's", "its other end");
    real(&t, "share", "share", "of the total sum of squares");
    real(&t, "f", "ratio", "F ratio");
    real(&t, "p", "share", "its probability by chance");
    real(&t, "p_holm", "share", "after Holm's correction");
    text(&t, "alias", HST_ALIAS_SIZE, "effects that a fraction cannot tell from it");
    hst_rows_begin(&t, w->analysis->effect_count);
    for (uint32_t i = 0; i < w->analysis->effect_count; i++) {
        const hst_factor_effect *f = &w->analysis->effects[i];
        hst_rows_u32(&t, f->metric);
        hst_rows_u32(&t, f->first);
        hst_rows_u32(&t, f->second);
        hst_rows_u32(&t, f->degrees);
        hst_rows_f64(&t, f->range);
        hst_rows_f64(&t, f->low);
        hst_rows_f64(&t, f->high);
        hst_rows_f64(&t, f->share);
        hst_rows_f64(&t, f->f);
        hst_rows_f64(&t, f->p);
        hst_rows_f64(&t, f->p_holm);
        hst_rows_text(&t, f->alias);
    }
    hst_rows_write(&t, w->result);
}

/* ---- who and how -------------------------------------------------------------------------- */

static void write_meta(const writing *w)
{
    static const char *const designs[] = {[HST_DESIGN_FULL] = "full factorial",
                                          [HST_DESIGN_FRACTIONAL] = "fractional factorial",
                                          [HST_DESIGN_LATIN] = "Latin hypercube"};
    const hst_experiment *e = w->experiment;
    hst_result *r = w->result;
    hst_digest all;
    char digest[2 * HST_HASH_SIZE + 1];
    hst_digest_init(&all, NULL, 0);
    for (uint64_t i = 0; i < trial_count(w); i++) {
        hst_digest_update(&all, find_trial(w, i)->digest.bytes, HST_HASH_SIZE);
    }
    const hst_hash hash = hst_digest_final(&all);
    hst_hash_to_hex(&hash, digest);
    hst_result_attribute_text(r, "/meta", "kind", "sweep");
    hst_result_attribute_text(r, "/meta", "name", e->name);
    hst_result_attribute_text(r, "/meta", "title", e->title);
    hst_result_attribute_text(r, "/meta", "question", e->question);
    hst_result_attribute_text(r, "/meta", "design", designs[e->design]);
    hst_result_attribute_text(r, "/meta", "generators", e->generators);
    hst_result_attribute_i64(r, "/meta", "resolution", e->resolution);
    hst_result_attribute_i64(r, "/meta", "seed", e->seed);
    hst_result_attribute_i64(r, "/meta", "replication_first", e->replication_first);
    hst_result_attribute_i64(r, "/meta", "common_random_numbers", e->common_random_numbers);
    hst_result_attribute_f64(r, "/meta", "confidence", e->confidence);
    hst_result_attribute_i64(r, "/meta", "cells", e->cell_count);
    hst_result_attribute_i64(r, "/meta", "replications", w->analysis->replications);
    hst_result_attribute_i64(r, "/meta", "trials", (int64_t)trial_count(w));
    hst_result_attribute_i64(r, "/meta", "failed_trials", w->analysis->failed);
    hst_result_attribute_i64(r, "/meta", "base_cell", e->base_cell);
    hst_result_attribute_i64(r, "/meta", "best_cell", w->analysis->best[0]);
    hst_result_attribute_text(r, "/meta", "stopped", w->record->stopped);
    hst_result_attribute_text(r, "/meta", "run_digest", digest);
    hst_result_attribute_text(r, "/meta", "command", w->record->command);
    hst_result_attribute_f64(r, "/meta/host", "cpu_seconds", w->record->cpu_seconds);
    hst_result_attribute_f64(r, "/meta/host", "wall_seconds", w->record->wall_seconds);
    hst_result_attribute_i64(r, "/meta/host", "threads", w->record->threads);
    hst_result_attribute_i64(r, "/meta/host", "ranks", w->record->ranks);
    hst_result_attribute_i64(r, "/meta/host", "resumed_trials", (int64_t)w->record->resumed);
}

static void write_inputs(const writing *w)
{
    const hst_inputs *inputs = w->record->inputs;
    for (size_t i = 0; i < hst_inputs_count(inputs); i++) {
        const char *path = NULL;
        const char *bytes = NULL;
        size_t size = 0;
        hst_inputs_item(inputs, i, &path, &bytes, &size);
        hst_result_input(w->result, path, bytes, size);
        if (strcmp(path, w->experiment->path) == 0) {
            hst_result_text(w->result, "/meta/experiment", bytes, size, "the experiment's file");
        }
    }
}

hst_status hst_sweep_write(const hst_sweep_record *record,
                           const char *path,
                           hst_arena *arena,
                           hst_error *error)
{
    hst_assert(record != NULL);
    hst_assert(path != NULL);
    const hst_result_options options = {
        .version = hst_version(), .overwrite = true, .sparse = true};
    writing w = {.record = record,
                 .analysis = record->analysis,
                 .experiment = record->analysis->experiment,
                 .arena = arena};
    HST_TRY(hst_result_create(path, &options, arena->memory, &w.result, error));
    write_meta(&w);
    write_inputs(&w);
    hst_result_group(w.result, "/sweep");
    hst_result_text(w.result, "/sweep/answer", record->answer, record->answer_size,
                    "the answer in words");
    write_factors(&w);
    write_levels(&w);
    write_metrics(&w);
    write_cells(&w);
    write_trials(&w);
    write_summary(&w);
    write_differences(&w);
    write_level_means(&w);
    write_effects(&w);
    write_times(&w);
    write_groups(&w);
    return hst_result_finish(w.result, NULL, error);
}
