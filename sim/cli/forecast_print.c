#include "sim/cli/forecast_print.h"

#include <inttypes.h>
#include <stdio.h>

#include <jansson.h>

static const double significance = 0.05;

static bool better(const hst_comparison *c)
{
    return c->p_holm < significance && c->statistic < 0.0;
}

/* * = Diebold-Mariano says better after Holm, + = only Clark-West does. */
static char mean_mark(const hst_mean_row *row)
{
    if (better(&row->loss)) {
        return '*';
    }
    return row->nested.p_holm < significance ? '+' : ' ';
}

static char density_mark(const hst_density_row *row)
{
    return better(&row->loss) ? '*' : ' ';
}

static const char *schedule(size_t refit_every, char *buffer, size_t size)
{
    if (refit_every == 0) {
        return "once";
    }
    (void)snprintf(buffer, size, "every %zu", refit_every);
    return buffer;
}

/* ---- one series ---------------------------------------------------------------------------- */

static void print_benchmark(const hst_garch_fit *fit)
{
    if (fit == NULL) {
        (void)puts("GARCH(1,1), normal shocks, on all returns: no fit\n");
        return;
    }
    (void)printf("GARCH(1,1), normal shocks, on all returns (standard errors):\n"
                 "  mu    %12.6g (%.6g)   omega %12.6g (%.6g)\n"
                 "  alpha %12.6g (%.6g)    beta  %12.6g (%.6g)\n"
                 "  log-likelihood %.6f\n\n",
                 fit->model.mu, fit->error.mu, fit->model.omega, fit->error.omega, fit->model.alpha,
                 fit->error.alpha, fit->model.beta, fit->error.beta, fit->log_likelihood);
}

static void print_means(const hst_forecast_result *result)
{
    (void)puts("mean           RMSE   ratio     DM      p     CW      p   signs hit");
    for (size_t m = 0; m < HST_MEAN_COUNT; m++) {
        const hst_mean_row *row = &result->means[m];
        (void)printf("%-11s %7.4f %7.4f", hst_mean_model_name((hst_mean_model)m), row->rmse,
                     row->ratio);
        if (m == HST_MEAN_RANDOM_WALK) {
            (void)puts("       -      -      -      -   -");
            continue;
        }
        (void)printf(" %c%6.2f %6.3f %6.2f %6.3f   %.3f [%.3f, %.3f]\n", mean_mark(row),
                     row->loss.statistic, row->loss.p, row->nested.statistic, row->nested.p,
                     row->direction.estimate, row->direction.low, row->direction.high);
    }
}

static void print_density(size_t d, const hst_density_row *row)
{
    (void)printf("%-18s", hst_density_model_name((hst_density_model)d));
    if (row->sd == NULL) {
        (void)printf(" %6s %6s  %6s %6s %6s", "-", "-", "-", "-", "-");
    } else if (d == HST_DENSITY_CONSTANT) {
        (void)printf(" %6.4f %6.4f  %6s %6s %6.3f", row->crps, row->ratio, "-", "-",
                     row->log_score);
    } else {
        (void)printf(" %6.4f %6.4f%c %6.2f %6.3f %6.3f", row->crps, row->ratio, density_mark(row),
                     row->loss.statistic, row->loss.p, row->log_score);
    }
    if (row->half == NULL) {
        (void)puts("  no fit");
    } else {
        (void)printf(" %.3f [%.3f,%.3f] %5.4g\n", row->coverage.estimate, row->coverage.low,
                     row->coverage.high, row->width);
    }
}

static void print_densities(const hst_forecast_result *result)
{
    (void)puts("\ndensity              CRPS  ratio      DM      p    log 90 % interval holds"
               " width");
    for (size_t d = 0; d < HST_DENSITY_COUNT; d++) {
        print_density(d, &result->densities[d]);
    }
}

void hst_forecast_print_one(const hst_forecast_page *page)
{
    char buffer[32];
    const hst_series *series = &page->series[0];
    const hst_forecast_result *result = &page->results[0];
    (void)printf("%s: %zu returns in per cent;\nthe last %zu forecast one step ahead; fits: %s\n\n",
                 series->name, series->count, result->count,
                 schedule(page->refit_every, buffer, sizeof buffer));
    print_benchmark(page->benchmark);
    print_means(result);
    print_densities(result);
    (void)printf(
        "\nratio: to the first line's. DM: Diebold-Mariano against it, negative = better.\n"
        "CW: Clark-West, one-sided. Bartlett lags: %d. * better, + nested better, after\n"
        "Holm's correction. Signs and what intervals hold: with 95 %% intervals.\n",
        HST_FORECAST_LAGS);
}

/* ---- many series --------------------------------------------------------------------------- */

static void print_line(const hst_series *series, const hst_forecast_result *result)
{
    const hst_mean_row *means = result->means;
    const hst_density_row *densities = result->densities;
    (void)printf("%-4.4s %5zu ", series->name, result->count);
    for (size_t m = HST_MEAN_DRIFT; m < HST_MEAN_COUNT; m++) {
        (void)printf(" %7.4f%c", means[m].ratio, mean_mark(&means[m]));
    }
    for (size_t d = HST_DENSITY_EWMA; d <= HST_DENSITY_GARCH_T; d++) {
        if (densities[d].sd == NULL) {
            (void)printf(" %6s ", "-");
        } else {
            (void)printf(" %6.3f%c", densities[d].ratio, density_mark(&densities[d]));
        }
    }
    for (size_t d = 0; d < HST_DENSITY_COUNT; d++) {
        if (d != HST_DENSITY_EWMA && d != HST_DENSITY_CONFORMAL) {
            (void)printf(" %5.3f", densities[d].coverage.estimate);
        }
    }
    (void)puts("");
}

void hst_forecast_print_many(const hst_forecast_page *page)
{
    char buffer[32];
    size_t mean_wins = 0;
    size_t nested_wins = 0;
    size_t density_wins[HST_DENSITY_COUNT] = {0};
    (void)printf("%s:\ndaily returns per USD, one day ahead, the later half; fits: %s\n\n",
                 page->source, schedule(page->refit_every, buffer, sizeof buffer));
    (void)puts("            RMSE to random walk  CRPS to constant variance  90 % interval holds\n"
               "       days   drift   AR(1)     EWMA   GARCH  GARCH-t  const GARCH GAR-t adapt");
    for (size_t i = 0; i < page->count; i++) {
        const hst_forecast_result *result = &page->results[i];
        print_line(&page->series[i], result);
        for (size_t m = HST_MEAN_DRIFT; m < HST_MEAN_COUNT; m++) {
            mean_wins += mean_mark(&result->means[m]) == '*' ? 1 : 0;
            nested_wins += mean_mark(&result->means[m]) == '+' ? 1 : 0;
        }
        for (size_t d = HST_DENSITY_EWMA; d <= HST_DENSITY_GARCH_T; d++) {
            density_wins[d] += better(&result->densities[d].loss) ? 1 : 0;
        }
    }
    (void)printf(
        "\nAgainst the driftless random walk: %zu of %zu mean forecasts better (*),\n"
        "%zu more by Clark-West alone (+). Against a constant variance, of %zu: EWMA %zu,\n"
        "GARCH %zu, GARCH-t %zu better (*). Diebold-Mariano, Bartlett lags: %d, 5 %% after\n"
        "Holm's correction over all series and models.\n",
        mean_wins, page->count * (HST_MEAN_COUNT - 1), nested_wins, page->count,
        density_wins[HST_DENSITY_EWMA], density_wins[HST_DENSITY_GARCH],
        density_wins[HST_DENSITY_GARCH_T], HST_FORECAST_LAGS);
}

/* ---- controls ------------------------------------------------------------------------------ */

static const char *control_name(hst_control_kind kind)
{
    return kind == HST_CONTROL_PLANTED ? "planted signal" : "random walk";
}

static void print_control_row(const char *name, const hst_control_row *row, const char *theory)
{
    (void)printf("%-18s %7.4f [%6.4f, %6.4f]  %7.4f %6" PRIu32 " %6" PRIu32 "  %s\n", name,
                 row->ratio.estimate, row->ratio.low, row->ratio.high, row->lowest, row->wins,
                 row->nested, theory);
}

void hst_forecast_print_control(const hst_control_plan *plan, const hst_control_report *report)
{
    char theory[16];
    const bool planted = plan->kind == HST_CONTROL_PLANTED;
    (void)printf("%s: %" PRIu32 " seeds of %zu returns, the later half forecast\n\n",
                 control_name(plan->kind), plan->seeds, plan->count);
    (void)puts("                     ratio [99 % interval]    lowest   wins nested  theory");
    (void)snprintf(theory, sizeof theory, "%.4f", report->theory);
    for (size_t m = HST_MEAN_DRIFT; m < HST_MEAN_COUNT; m++) {
        const bool exact = planted && m == HST_MEAN_AR1;
        print_control_row(hst_mean_model_name((hst_mean_model)m), &report->means[m],
                          exact ? theory : ">= 1");
    }
    if (planted) {
        print_control_row("AR(1), shuffled", &report->shuffled, ">= 1");
    }
    for (size_t d = HST_DENSITY_EWMA; d < HST_DENSITY_COUNT; d++) {
        if (report->densities[d].ratio.n > 0) {
            print_control_row(hst_density_model_name((hst_density_model)d), &report->densities[d],
                              ">= 1");
        }
    }
    (void)printf("\nratio: of RMSE to the random walk's, of CRPS to the constant variance's.\n"
                 "wins: seeds where Diebold-Mariano, nested: where Clark-West finds the model\n"
                 "better, after Holm's correction over models and seeds.\n%s\n",
                 report->holds ? "the control holds" : "the control does NOT hold");
}

void hst_forecast_print_spread(const hst_spread_control rows[HST_SPREAD_CONTROLS], bool holds)
{
    (void)puts("spreads: a year of hourly half-spreads a seed, the later half forecast\n");
    (void)puts("hours                ratio [99 % interval]    lowest   wins  theory");
    for (size_t h = 0; h < HST_SPREAD_CONTROLS; h++) {
        const hst_spread_control *one = &rows[h];
        for (size_t m = HST_SPREAD_PROFILE; m <= HST_SPREAD_COUNT; m++) {
            const bool wanders = m == HST_SPREAD_COUNT;
            const hst_control_row *row = wanders ? &one->wandering : &one->rows[m];
            (void)printf("%2zu %-15s %7.4f [%6.4f, %6.4f]  %7.4f %6" PRIu32 "  ", one->horizon,
                         wanders ? "... wandering" : hst_spread_model_name((hst_spread_model)m),
                         row->ratio.estimate, row->ratio.low, row->ratio.high, row->lowest,
                         row->wins);
            if (m == HST_SPREAD_REVERSION) {
                (void)printf("%.4f\n", one->theory);
            } else {
                (void)puts(wanders ? ">= 1" : "-");
            }
        }
    }
    (void)printf("\nratio: of RMSE of log spreads to the last quote's. wandering: the reversion\n"
                 "where nothing reverts. wins: seeds where Diebold-Mariano finds it better,\n"
                 "after Holm's correction over models and seeds.\n%s\n",
                 holds ? "the control holds" : "the control does NOT hold");
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static json_t *comparison_json(const hst_comparison *c)
{
    return json_pack("{s:f, s:f, s:f, s:f}", "difference", c->difference, "statistic", c->statistic,
                     "p", c->p, "p_holm", c->p_holm);
}

static json_t *interval_json(const hst_interval *interval)
{
    return json_pack("{s:f, s:f, s:f}", "estimate", interval->estimate, "low", interval->low,
                     "high", interval->high);
}

static json_t *mean_json(size_t m, const hst_mean_row *row)
{
    return json_pack("{s:s, s:f, s:f, s:o, s:o, s:o}", "model",
                     hst_mean_model_name((hst_mean_model)m), "rmse", row->rmse, "ratio", row->ratio,
                     "diebold_mariano", comparison_json(&row->loss), "clark_west",
                     comparison_json(&row->nested), "direction",
                     row->direction.n > 0 ? interval_json(&row->direction) : json_null());
}

static json_t *density_json(size_t d, const hst_density_row *row)
{
    json_t *out = json_pack("{s:s}", "model", hst_density_model_name((hst_density_model)d));
    if (row->sd != NULL) {
        json_t *more =
            json_pack("{s:f, s:f, s:f, s:o}", "crps", row->crps, "ratio", row->ratio, "log_score",
                      row->log_score, "diebold_mariano", comparison_json(&row->loss));
        (void)json_object_update(out, more);
        json_decref(more);
    }
    if (row->half != NULL) {
        (void)json_object_set_new(out, "coverage", interval_json(&row->coverage));
        (void)json_object_set_new(out, "width", json_real(row->width));
    }
    return out;
}

static json_t *parameters_json(const hst_garch *model)
{
    return json_pack("{s:f, s:f, s:f, s:f}", "mu", model->mu, "omega", model->omega, "alpha",
                     model->alpha, "beta", model->beta);
}

static json_t *garch_json(const hst_garch_fit *fit)
{
    if (fit == NULL) {
        return json_null();
    }
    return json_pack("{s:o, s:o, s:f}", "parameters", parameters_json(&fit->model),
                     "standard_errors", parameters_json(&fit->error), "log_likelihood",
                     fit->log_likelihood);
}

static bool print_and_free(json_t *root)
{
    const bool printed = root != NULL && json_dumpf(root, stdout, JSON_INDENT(2)) == 0;
    json_decref(root);
    return printed && fputc('\n', stdout) != EOF && fflush(stdout) == 0;
}

bool hst_forecast_print_json(const hst_forecast_page *page)
{
    json_t *list = json_array();
    for (size_t i = 0; i < page->count; i++) {
        json_t *means = json_array();
        json_t *densities = json_array();
        for (size_t m = 0; m < HST_MEAN_COUNT; m++) {
            (void)json_array_append_new(means, mean_json(m, &page->results[i].means[m]));
        }
        for (size_t d = 0; d < HST_DENSITY_COUNT; d++) {
            (void)json_array_append_new(densities, density_json(d, &page->results[i].densities[d]));
        }
        (void)json_array_append_new(
            list, json_pack("{s:s, s:i, s:i, s:o, s:o}", "name", page->series[i].name, "returns",
                            (int)page->series[i].count, "forecast", (int)page->results[i].count,
                            "means", means, "densities", densities));
    }
    return print_and_free(json_pack("{s:i, s:s, s:i, s:o, s:o}", "schema", 1, "source",
                                    page->source, "refit_every", (int)page->refit_every, "garch",
                                    garch_json(page->benchmark), "series", list));
}

static json_t *control_row_json(const char *name, const hst_control_row *row)
{
    return json_pack("{s:s, s:o, s:f, s:i, s:i}", "model", name, "ratio",
                     interval_json(&row->ratio), "lowest", row->lowest, "wins", (int)row->wins,
                     "nested", (int)row->nested);
}

bool hst_forecast_print_control_json(const hst_control_plan *plan, const hst_control_report *report)
{
    json_t *rows = json_array();
    for (size_t m = HST_MEAN_DRIFT; m < HST_MEAN_COUNT; m++) {
        (void)json_array_append_new(
            rows, control_row_json(hst_mean_model_name((hst_mean_model)m), &report->means[m]));
    }
    if (plan->kind == HST_CONTROL_PLANTED) {
        (void)json_array_append_new(rows, control_row_json("AR(1), shuffled", &report->shuffled));
    }
    for (size_t d = HST_DENSITY_EWMA; d < HST_DENSITY_COUNT; d++) {
        if (report->densities[d].ratio.n > 0) {
            (void)json_array_append_new(
                rows, control_row_json(hst_density_model_name((hst_density_model)d),
                                       &report->densities[d]));
        }
    }
    return print_and_free(json_pack("{s:i, s:s, s:i, s:i, s:f, s:b, s:o}", "schema", 1, "control",
                                    control_name(plan->kind), "seeds", (int)plan->seeds, "returns",
                                    (int)plan->count, "theory", report->theory, "holds",
                                    report->holds ? 1 : 0, "models", rows));
}

bool hst_forecast_print_spread_json(const hst_spread_control rows[HST_SPREAD_CONTROLS], bool holds)
{
    json_t *list = json_array();
    for (size_t h = 0; h < HST_SPREAD_CONTROLS; h++) {
        json_t *models = json_array();
        for (size_t m = HST_SPREAD_PROFILE; m < HST_SPREAD_COUNT; m++) {
            (void)json_array_append_new(
                models,
                control_row_json(hst_spread_model_name((hst_spread_model)m), &rows[h].rows[m]));
        }
        (void)json_array_append_new(models,
                                    control_row_json("reversion, wandering", &rows[h].wandering));
        (void)json_array_append_new(list,
                                    json_pack("{s:i, s:f, s:o}", "hours", (int)rows[h].horizon,
                                              "theory", rows[h].theory, "models", models));
    }
    return print_and_free(json_pack("{s:i, s:s, s:b, s:o}", "schema", 1, "control", "spread",
                                    "holds", holds ? 1 : 0, "horizons", list));
}
