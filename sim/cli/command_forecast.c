/* herstatt forecast: what can be forecast of exchange rates, out of sample, with tests. */
#include "core/base/assert.h"

#include "sim/base/os_memory.h"
#include "sim/cli/commands.h"
#include "sim/cli/forecast_print.h"

#include <stdlib.h>
#include <string.h>

enum {
    FORECAST_SERIES,
    FORECAST_CONTROL,
    FORECAST_REFIT,
    FORECAST_SEEDS,
    FORECAST_SEED,
    FORECAST_RETURNS,
    FORECAST_JSON
};

const hst_option hst_forecast_options[] = {
    {"series", "FILE", "forecast this table instead: a column 'return' (per cent) or 'rate'"},
    {"control", "WORLD",
     "random-walk, planted or spread: who must not or must win; exit 1 if not so"},
    {"refit", "N", "returns between fits, 0 = one fit before the first forecast (default 250)"},
    {"seeds", "N", "worlds of a control (default 20)"},
    {"seed", "N", "of a control's first world (default 1)"},
    {"returns", "N", "of each world of a control (default 4000, planted 40000)"},
    {"json", NULL, "print one JSON object instead of the tables"},
    {NULL, NULL, NULL}};

/* A fit on the first half. */
#define RETURNS_MIN ((size_t)2 * HST_GARCH_RETURNS_MIN)

/* All that the command needs. */
typedef struct forecast_work {
    hst_arena arena;
    hst_inputs *inputs;
    hst_forecast_page page;
    hst_error error;
} forecast_work;

static hst_exit finish(bool printed, hst_exit answer)
{
    return printed && fflush(stdout) == 0 ? answer : HST_EXIT_IO;
}

/* ---- controls ------------------------------------------------------------------------------ */

static bool read_control(const hst_arguments *arguments, hst_control_plan *plan)
{
    const char *name = hst_argument(arguments, FORECAST_CONTROL, "");
    const bool planted = strcmp(name, "planted") == 0;
    long seeds = 20;
    long seed = 1;
    long returns = planted ? 40000 : 4000;
    if (!planted && strcmp(name, "random-walk") != 0) {
        hst_say("--control: expected random-walk, planted or spread, got \"%s\"", name);
        return false;
    }
    if (!hst_argument_number(arguments, FORECAST_SEEDS, "seeds", HST_CONTROL_SEEDS_MIN,
                             HST_CONTROL_SEEDS_MAX, &seeds) ||
        !hst_argument_number(arguments, FORECAST_SEED, "seed", 0, 1000000000, &seed) ||
        !hst_argument_number(arguments, FORECAST_RETURNS, "returns", (long)RETURNS_MIN,
                             HST_SERIES_LENGTH_MAX, &returns)) {
        return false;
    }
    *plan = (hst_control_plan){.kind = planted ? HST_CONTROL_PLANTED : HST_CONTROL_RANDOM_WALK,
                               .first_seed = (uint64_t)seed,
                               .seeds = (uint32_t)seeds,
                               .count = (size_t)returns};
    return true;
}

static hst_exit run_spread_control(const hst_arguments *arguments)
{
    long seeds = 20;
    long seed = 1;
    bool holds = false;
    hst_spread_control rows[HST_SPREAD_CONTROLS];
    if (!hst_argument_number(arguments, FORECAST_SEEDS, "seeds", HST_CONTROL_SEEDS_MIN,
                             HST_CONTROL_SEEDS_MAX, &seeds) ||
        !hst_argument_number(arguments, FORECAST_SEED, "seed", 0, 1000000000, &seed)) {
        return HST_EXIT_USAGE;
    }
    const hst_status status =
        hst_spread_control_run((uint64_t)seed, (uint32_t)seeds, hst_os_memory(), rows, &holds);
    if (status != HST_OK) {
        hst_say("%s", hst_status_text(status));
        return hst_exit_of(status);
    }
    bool printed = true;
    if (hst_argument_given(arguments, FORECAST_JSON)) {
        printed = hst_forecast_print_spread_json(rows, holds);
    } else {
        hst_forecast_print_spread(rows, holds);
    }
    return finish(printed, holds ? HST_EXIT_YES : HST_EXIT_NO);
}

static hst_exit run_control(const hst_arguments *arguments)
{
    hst_control_plan plan;
    hst_control_report report;
    if (strcmp(hst_argument(arguments, FORECAST_CONTROL, ""), "spread") == 0) {
        return run_spread_control(arguments);
    }
    if (!read_control(arguments, &plan)) {
        return HST_EXIT_USAGE;
    }
    const hst_status status = hst_control_run(&plan, hst_os_memory(), &report);
    if (status != HST_OK) {
        hst_say("%s", hst_status_text(status));
        return hst_exit_of(status);
    }
    bool printed = true;
    if (hst_argument_given(arguments, FORECAST_JSON)) {
        printed = hst_forecast_print_control_json(&plan, &report);
    } else {
        hst_forecast_print_control(&plan, &report);
    }
    return finish(printed, report.holds ? HST_EXIT_YES : HST_EXIT_NO);
}

/* ---- series -------------------------------------------------------------------------------- */

static hst_status load(const hst_arguments *arguments, forecast_work *work)
{
    const char *folder = arguments->operand_count > 0 ? arguments->operands[0] : "scenarios/data";
    char place[HST_ERROR_FILE_SIZE];
    char file[HST_ERROR_FILE_SIZE];
    hst_series *series = HST_ARENA_NEW(&work->arena, hst_series, 1);
    work->page.series = series;
    work->page.count = 1;
    if (!hst_argument_given(arguments, FORECAST_SERIES)) {
        work->page.source = folder;
        HST_TRY(hst_inputs_create_from_disk(hst_os_memory(), folder, &work->inputs, &work->error));
        HST_TRY(hst_series_of_rates(work->inputs, "fx_daily.csv", RETURNS_MIN, &work->arena,
                                    &series, &work->page.count, &work->error));
        work->page.series = series;
        return HST_OK;
    }
    const char *path = hst_argument(arguments, FORECAST_SERIES, "");
    if (series == NULL) {
        return hst_error_set(&work->error, HST_NO_MEMORY, "no memory to read %s", path);
    }
    work->page.source = path;
    HST_TRY(hst_inputs_split(path, place, file, &work->error));
    HST_TRY(hst_inputs_create_from_disk(hst_os_memory(), place, &work->inputs, &work->error));
    HST_TRY(hst_series_read(work->inputs, file, &work->arena, series, &work->error));
    if (series->count < RETURNS_MIN) {
        return hst_error_at(&work->error, HST_INVALID, path, 0, 0,
                            "expected at least %zu returns, got %zu", RETURNS_MIN, series->count);
    }
    return HST_OK;
}

static hst_status evaluate(forecast_work *work)
{
    hst_forecast_page *page = &work->page;
    hst_forecast_result *results = HST_ARENA_NEW(&work->arena, hst_forecast_result, page->count);
    if (page->count > 0 && results == NULL) {
        return hst_error_set(&work->error, HST_NO_MEMORY, "no memory to forecast");
    }
    for (size_t i = 0; i < page->count; i++) {
        const hst_series *series = &page->series[i];
        const hst_forecast_plan plan = {.returns = series->returns,
                                        .count = series->count,
                                        .first = series->count / 2,
                                        .refit_every = page->refit_every,
                                        .lags = HST_FORECAST_LAGS};
        if (hst_interrupted != 0) {
            return HST_INTERRUPTED;
        }
        const hst_status status = hst_forecast_evaluate(&plan, &work->arena, &results[i]);
        if (status != HST_OK) {
            return hst_error_at(&work->error, status, page->source, 0, 0,
                                "%s: expected returns that vary, %zu of them before the first "
                                "forecast",
                                series->name, plan.first);
        }
    }
    page->results = results;
    return hst_forecast_correct(results, page->count, hst_os_memory());
}

static hst_exit run(const hst_arguments *arguments, forecast_work *work)
{
    long refit = 250;
    hst_garch_fit fit;
    if (!hst_argument_number(arguments, FORECAST_REFIT, "refit", 0, HST_SERIES_LENGTH_MAX,
                             &refit)) {
        return HST_EXIT_USAGE;
    }
    hst_forecast_page *page = &work->page;
    page->refit_every = (size_t)refit;
    hst_status status = load(arguments, work);
    if (status == HST_OK && page->count == 0) {
        status = hst_error_at(&work->error, HST_INVALID, page->source, 0, 0,
                              "no currency with %zu daily returns", RETURNS_MIN);
    }
    if (status == HST_OK) {
        status = evaluate(work);
    }
    if (status == HST_INTERRUPTED) {
        return HST_EXIT_INTERRUPTED;
    }
    if (status != HST_OK) {
        return hst_complain(&work->error);
    }
    const bool single = hst_argument_given(arguments, FORECAST_SERIES);
    if (single &&
        hst_garch_fit_returns(page->series[0].returns, page->series[0].count, 1, &fit) == HST_OK) {
        page->benchmark = &fit;
    }
    if (hst_argument_given(arguments, FORECAST_JSON)) {
        return finish(hst_forecast_print_json(page), HST_EXIT_YES);
    }
    if (single) {
        hst_forecast_print_one(page);
    } else {
        hst_forecast_print_many(page);
    }
    return finish(true, HST_EXIT_YES);
}

hst_exit hst_command_forecast(const hst_arguments *arguments)
{
    if (hst_argument_given(arguments, FORECAST_CONTROL)) {
        return run_control(arguments);
    }
    forecast_work *work = calloc(1, sizeof *work);
    if (work == NULL) {
        hst_say("out of memory");
        return HST_EXIT_IO;
    }
    hst_arena_init(&work->arena, hst_os_memory(), 1 << 20);
    hst_error_clear(&work->error);
    const hst_exit answer = run(arguments, work);
    hst_inputs_destroy(work->inputs);
    hst_arena_release(&work->arena);
    free(work);
    return answer;
}
