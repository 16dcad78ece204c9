#include "sim/market/calibrate.h"

#include "core/base/assert.h"

#include "sim/base/calendar.h"
#include "sim/market/correlation.h"
#include "sim/market/daily_table.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    GARCH_LINE_SIZE = 256,      /* bytes of a row of fx_garch.csv, at most */
    CORRELATION_CELL_SIZE = 12, /* bytes of a cell of fx_correlation.csv, at most */
    COMMENT_SIZE = 2048,        /* bytes of the comment lines */
    TRADING_DAYS = 252          /* days in a year of volatility */
};

/* What one calibration carries from step to step. */
typedef struct work {
    const hst_calibrate_options *options;
    hst_daily_table daily;
    uint32_t row_from, row_to;
    size_t count;
    uint32_t columns[HST_CALIBRATE_CURRENCY_MAX]; /* column in the table, by currency */
    hst_daily_return *returns;                    /* of the currency at hand */
    double *changes;                              /* their values */
    double *shocks; /* [rows * count], devolatilised; NAN where there is no return */
    hst_garch_fit *fits;
} work;

void hst_calibrate_options_defaults(hst_calibrate_options *options)
{
    *options = (hst_calibrate_options){
        .fx_daily = "data/fx_daily.csv",
        .from_days = hst_date_to_days((hst_date){2016, 1, 1}),
        .to_days = hst_date_to_days((hst_date){2025, 12, 31}),
        .currencies = NULL,
        .currency_count = 0,
    };
}

static hst_status choose_columns(work *w, hst_error *error)
{
    const hst_calibrate_options *options = w->options;
    w->count = options->currencies != NULL ? options->currency_count : w->daily.currency_count;
    if (w->count == 0 || w->count > HST_CALIBRATE_CURRENCY_MAX) {
        return hst_error_set(error, HST_SCENARIO,
                             "expected 1 to HST_CALIBRATE_CURRENCY_MAX = %d currencies",
                             HST_CALIBRATE_CURRENCY_MAX);
    }
    for (size_t i = 0; i < w->count; i++) {
        uint32_t column = (uint32_t)i;
        if (options->currencies != NULL) {
            for (column = 0; column < w->daily.currency_count; column++) {
                if (strcmp(w->daily.codes[column], options->currencies[i]) == 0) {
                    break;
                }
            }
        }
        if (column == w->daily.currency_count) {
            return hst_error_at(error, HST_NOT_FOUND, options->fx_daily, 0, 0,
                                "no daily rates of %s", options->currencies[i]);
        }
        w->columns[i] = column;
    }
    return HST_OK;
}

/* Fit one currency and put its shocks r / sqrt(h) into the matrix. */
static hst_status fit_currency(work *w, size_t i, hst_error *error)
{
    const size_t count =
        hst_daily_returns(&w->daily, w->columns[i], w->row_from, w->row_to, w->returns);
    for (size_t t = 0; t < count; t++) {
        w->changes[t] = w->returns[t].change;
    }
    const hst_status status = hst_garch_fit_returns(w->changes, count, 0, &w->fits[i]);
    if (status != HST_OK) {
        return hst_error_at(error, status, w->options->fx_daily, 0, 0,
                            "%s: no fit on %zu daily returns (at least %d are needed)",
                            w->daily.codes[w->columns[i]], count, HST_GARCH_RETURNS_MIN);
    }
    const hst_garch *model = &w->fits[i].model;
    double variance = model->omega + (model->alpha + model->beta) * w->fits[i].variance_presample;
    for (size_t t = 0; t < count; t++) {
        const double residual = w->changes[t] - model->mu;
        const size_t row = w->returns[t].row - w->row_from;
        w->shocks[row * w->count + i] = residual / sqrt(variance);
        variance = hst_garch_next(model, residual, variance);
    }
    return HST_OK;
}

/* A text that grows by formatted pieces inside a planned buffer. */
typedef struct writer {
    char *bytes;
    size_t capacity, size;
} writer;

__attribute__((format(printf, 2, 3))) static void put(writer *w, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(w->bytes + w->size, w->capacity - w->size, format, arguments);
    va_end(arguments);
    hst_assert(length >= 0);
    hst_assert((size_t)length < w->capacity - w->size);
    w->size += (size_t)length;
}

static void put_window(writer *out, const hst_calibrate_options *options)
{
    char from[HST_DATE_TEXT_SIZE];
    char to[HST_DATE_TEXT_SIZE];
    hst_date_format(options->from_days, from);
    hst_date_format(options->to_days, to);
    put(out, "# derived by `herstatt calibrate` from fx_daily.csv (see its sources), %s to %s;\n",
        from, to);
}

static void put_error(writer *out, double standard_error)
{
    if (standard_error < 0.0) {
        put(out, ",");
    } else {
        put(out, ",%.3g", standard_error);
    }
}

static void write_garch(const work *w, writer *out)
{
    put(out,
        "# GARCH(1,1) with unit-variance Student-t shocks, by currency, maximum likelihood.\n");
    put_window(out, w->options);
    put(out, "#   steps over more than %d days left out.\n", HST_DAILY_GAP_DAYS_MAX);
    put(out, "# r = mu + sqrt(h) z, h' = omega + alpha (r - mu)^2 + beta h; r: log change of units "
             "per USD, percent.\n");
    put(out,
        "# variance: mean squared residual, where h starts. long_run_vol_pct: a year of %d "
        "days; of the\n#   sample when alpha + beta is within 0.005 of 1.\n",
        TRADING_DAYS);
    put(out,
        "# rounded to 6 significant digits, standard errors (se_) to 3; blank = at a bound.\n");
    put(out,
        "# flaws: KES has two years, RUB ends in 2022, KWD is mostly quote noise; jumps are in "
        "the tails.\n");
    put(out, "currency,n,mu,omega,alpha,beta,nu,se_mu,se_omega,se_alpha,se_beta,se_nu,"
             "log_likelihood,variance,long_run_vol_pct\n");
    for (size_t i = 0; i < w->count; i++) {
        const hst_garch_fit *fit = &w->fits[i];
        const hst_garch *m = &fit->model;
        const bool integrated = m->alpha + m->beta > 0.995;
        const double variance = integrated ? fit->variance_presample : hst_garch_variance(m);
        put(out, "%s,%u,%.6g,%.6g,%.6g,%.6g,%.6g", w->daily.codes[w->columns[i]], fit->return_count,
            m->mu, m->omega, m->alpha, m->beta, m->nu);
        put_error(out, fit->error.mu);
        put_error(out, fit->error.omega);
        put_error(out, fit->error.alpha);
        put_error(out, fit->error.beta);
        put_error(out, fit->error.nu);
        put(out, ",%.6f,%.6g,%.4g\n", fit->log_likelihood, fit->variance_presample,
            sqrt(variance * TRADING_DAYS));
    }
}

static void write_correlation(const work *w, const double *correlation, writer *out)
{
    put(out, "# Correlation of devolatilised daily returns (r - mu) / sqrt(h), by fx_garch.csv.\n");
    put_window(out, w->options);
    put(out, "#   each pair on its common days, then moved to eigenvalues of %g and more.\n",
        HST_CORRELATION_FLOOR);
    put(out, "# rounded to 6 decimals. flaws: sources fix at different hours (LKR TWD VND PKR KWD "
             "KES are not\n#   the ECB's), which pulls their correlations towards 0; RUB and KES "
             "share no day.\n");
    put(out, "currency");
    for (size_t i = 0; i < w->count; i++) {
        put(out, ",%s", w->daily.codes[w->columns[i]]);
    }
    for (size_t i = 0; i < w->count; i++) {
        put(out, "\n%s", w->daily.codes[w->columns[i]]);
        for (size_t j = 0; j < w->count; j++) {
            if (i == j) {
                put(out, ",1");
            } else {
                put(out, ",%.6f", correlation[i * w->count + j]);
            }
        }
    }
    put(out, "\n");
}

static hst_status no_memory(hst_error *error)
{
    return hst_error_set(error, HST_NO_MEMORY, "no memory to calibrate");
}

static hst_status prepare(hst_inputs *inputs,
                          const hst_calibrate_options *options,
                          hst_arena *arena,
                          hst_arena *scratch,
                          work *w,
                          hst_error *error)
{
    if (options->from_days > options->to_days) {
        return hst_error_set(error, HST_SCENARIO, "the window's last date is before its first");
    }
    HST_TRY(hst_daily_table_read(inputs, options->fx_daily, scratch, scratch, &w->daily, error));
    HST_TRY(choose_columns(w, error));
    w->row_from = hst_daily_rows_before(&w->daily, options->from_days);
    w->row_to = hst_daily_rows_before(&w->daily, options->to_days + 1);
    const size_t rows = w->row_to - w->row_from;
    w->returns = HST_ARENA_NEW(scratch, hst_daily_return, rows);
    w->changes = HST_ARENA_NEW(scratch, double, rows);
    w->shocks = HST_ARENA_NEW(scratch, double, rows * w->count);
    w->fits = HST_ARENA_NEW(arena, hst_garch_fit, w->count);
    if (w->returns == NULL || w->changes == NULL || w->shocks == NULL || w->fits == NULL) {
        return no_memory(error);
    }
    for (size_t i = 0; i < rows * w->count; i++) {
        w->shocks[i] = (double)NAN;
    }
    return HST_OK;
}

hst_status hst_market_calibrate(hst_inputs *inputs,
                                const hst_calibrate_options *options,
                                hst_arena *arena,
                                hst_arena *scratch,
                                hst_calibration *out,
                                hst_error *error)
{
    hst_assert(options != NULL);
    hst_assert(out != NULL);
    work w = {.options = options};
    HST_TRY(prepare(inputs, options, arena, scratch, &w, error));
    for (size_t i = 0; i < w.count; i++) {
        HST_TRY(fit_currency(&w, i, error));
    }
    double *correlation = HST_ARENA_NEW(arena, double, w.count *w.count);
    char(*codes)[4] = hst_arena_alloc(arena, w.count, sizeof *codes);
    writer garch = {.capacity = COMMENT_SIZE + (w.count + 1) * GARCH_LINE_SIZE};
    writer matrix = {.capacity =
                         COMMENT_SIZE + (w.count + 1) * (w.count + 1) * CORRELATION_CELL_SIZE};
    garch.bytes = HST_ARENA_NEW(arena, char, garch.capacity);
    matrix.bytes = HST_ARENA_NEW(arena, char, matrix.capacity);
    if (correlation == NULL || codes == NULL || garch.bytes == NULL || matrix.bytes == NULL) {
        return no_memory(error);
    }
    double moved = 0.0;
    const hst_status status =
        hst_correlation_estimate(w.shocks, w.row_to - w.row_from, w.count, correlation, &moved);
    if (status != HST_OK) {
        return hst_error_set(error, status, "no correlation matrix from the shocks");
    }
    for (size_t i = 0; i < w.count; i++) {
        memcpy(codes[i], w.daily.codes[w.columns[i]], sizeof codes[i]);
    }
    write_garch(&w, &garch);
    write_correlation(&w, correlation, &matrix);
    *out = (hst_calibration){
        .currency_count = w.count,
        .codes = (const char(*)[4])codes,
        .fits = w.fits,
        .correlation = correlation,
        .correlation_moved = moved,
        .garch_text = garch.bytes,
        .garch_size = garch.size,
        .correlation_text = matrix.bytes,
        .correlation_size = matrix.size,
    };
    return HST_OK;
}
