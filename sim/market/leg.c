#include "sim/market/leg.h"

#include "core/base/assert.h"
#include "core/base/real.h"

#include "sim/base/calendar.h"
#include "sim/base/number.h"
#include "sim/base/purpose.h"
#include "sim/market/correlation.h"

#include <math.h>

__extension__ typedef __int128 int128;

/* Entities of the streams: a currency's numeric code, plus this for its daily shocks. */
enum { SHOCK_ENTITY = 1000 };

/* Business days after the end of a replay in which the next fixing of a currency is looked for. */
enum { LOOK_AHEAD = 10 };

/* Variances are in percent squared, logarithms are not in percent. */
static const double percent = 100.0;

static int64_t ceil_divide(int64_t a, int64_t b)
{
    hst_assert(b > 0);
    return a / b + (a % b > 0);
}

static int64_t fixing_step(const hst_market_config *config, int32_t days)
{
    const int64_t time_ns =
        (int64_t)(days - config->date_days) * HST_DAY_NS + hst_session_fixing_ns(days);
    return ceil_divide(time_ns, config->step_ns);
}

static hst_status
refuse_dates(const hst_market_config *config, const hst_daily_table *daily, hst_error *error)
{
    char date[HST_DATE_TEXT_SIZE];
    char first[HST_DATE_TEXT_SIZE];
    char last[HST_DATE_TEXT_SIZE];
    hst_date_format(config->date_days, date);
    hst_date_format(daily->dates[0], first);
    hst_date_format(daily->dates[daily->row_count - 1], last);
    return hst_error_at(error, HST_SCENARIO, config->fx_daily, 0, 0,
                        "no daily rates around %s: a run of %lld days needs one before the date "
                        "and, to replay, one at or after its end; the table goes from %s to %s",
                        date, (long long)ceil_divide(config->horizon_ns, HST_DAY_NS), first, last);
}

hst_status hst_leg_days_find(const hst_market_config *config,
                             const hst_market_data *data,
                             const hst_session *session,
                             int64_t last_step,
                             hst_leg_days *out,
                             hst_error *error)
{
    const hst_daily_table *daily = &data->daily;
    const bool replay = config->model == HST_MARKET_MODEL_REPLAY;
    out->row_before = hst_daily_rows_before(daily, config->date_days);
    out->count = 0;
    if (out->row_before == 0) {
        return refuse_dates(config, daily, error);
    }
    int32_t day = config->date_days - 1;
    while (!hst_session_is_business_day(session, day)) {
        day--;
    }
    uint32_t beyond = 0;
    for (;; day++) {
        const uint32_t row = out->row_before + out->count - 1;
        if (replay && day > daily->dates[daily->row_count - 1]) {
            return beyond > 0 ? HST_OK : refuse_dates(config, daily, error);
        }
        if (!hst_session_is_business_day(session, day)) {
            continue;
        }
        if (replay && daily->dates[row] != day) {
            char date[HST_DATE_TEXT_SIZE];
            hst_date_format(daily->dates[row], date);
            return hst_error_at(error, HST_INVALID, config->fx_daily, 0, 0,
                                "%s: rates on a day on which the market rests", date);
        }
        hst_assert(out->count < HST_LEG_KNOT_MAX);
        out->days[out->count] = day;
        out->steps[out->count] = fixing_step(config, day);
        out->count++;
        if (out->steps[out->count - 1] >= last_step && out->count > 1) {
            beyond++;
        }
        /* A replay looks further, for a currency whose fixing is missing on the last day. */
        if (beyond > (replay ? LOOK_AHEAD : 0)) {
            return HST_OK;
        }
    }
}

int64_t hst_leg_in_band(const hst_market_entry *entry, int64_t anchor_e9, int64_t mid_e9)
{
    hst_assert(entry->regime == HST_MARKET_REGIME_BAND);
    const int64_t centre_e9 = hst_leg_pegged(entry, anchor_e9);
    const int64_t reach_e9 = (int64_t)((int128)centre_e9 * entry->band_ppb / HST_PPB_ONE);
    if (mid_e9 < centre_e9 - reach_e9) {
        return centre_e9 - reach_e9;
    }
    return mid_e9 > centre_e9 + reach_e9 ? centre_e9 + reach_e9 : mid_e9;
}

int64_t hst_leg_pegged(const hst_market_entry *entry, int64_t anchor_e9)
{
    hst_assert(entry->anchor != HST_CURRENCY_NONE);
    hst_assert(anchor_e9 > 0);
    return (int64_t)(((int128)entry->peg_e9 * anchor_e9 + HST_MID_ONE / 2) / HST_MID_ONE);
}

static void add_knot(hst_leg *leg, int64_t step, int64_t mid_e9, double variance)
{
    hst_assert(leg->knot_count < HST_LEG_KNOT_MAX);
    hst_assert(mid_e9 > 0);
    leg->knots[leg->knot_count] =
        (hst_knot){step, mid_e9, hst_log((double)mid_e9), variance / (percent * percent)};
    leg->knot_count++;
}

/* Row of the last daily rate before the run that is fresh enough, or HST_MARKET_NONE. A rate is
 * fresh against the end of the table when the run starts after it. */
static uint32_t
last_known_row(const hst_market_data *data, const hst_market_entry *entry, const hst_leg_days *days)
{
    const hst_daily_table *daily = &data->daily;
    if (entry->daily_column == HST_MARKET_NONE) {
        return HST_MARKET_NONE;
    }
    const int32_t newest = daily->dates[days->row_before - 1];
    for (uint32_t row = days->row_before; row-- > 0;) {
        if (entry->annual_mid_e9 > 0 && newest - daily->dates[row] > HST_LEG_STALE_DAYS) {
            return HST_MARKET_NONE;
        }
        if (hst_daily_mid(daily, row, entry->daily_column) != 0) {
            return row;
        }
    }
    return HST_MARKET_NONE;
}

/* Run the variance through the observed returns of rows [0, row_to); in a replay each return that
 * ends on one of the run's days makes a knot. */
static void filter(const hst_market_data *data,
                   const hst_market_entry *entry,
                   const hst_leg_days *days,
                   uint32_t row_to,
                   hst_daily_return *returns,
                   hst_leg *leg)
{
    const hst_daily_table *daily = &data->daily;
    const hst_garch *model = &entry->garch;
    const size_t count =
        entry->fitted ? hst_daily_returns(daily, entry->daily_column, 0, row_to, returns) : 0;
    leg->variance =
        entry->fitted ? model->omega + (model->alpha + model->beta) * entry->variance : 0.0;
    size_t t = 0;
    for (; t < count && returns[t].row < days->row_before; t++) {
        leg->variance = hst_garch_next(model, returns[t].change - model->mu, leg->variance);
    }
    /* days->days[0] is the day of row_before - 1; day i of a replay is row row_before - 1 + i. */
    for (uint32_t row = days->row_before; row < row_to; row++) {
        const int64_t mid_e9 = hst_daily_mid(daily, row, entry->daily_column);
        const uint32_t i = row - days->row_before + 1;
        if (mid_e9 == 0) {
            continue;
        }
        hst_assert(daily->dates[row] == days->days[i]);
        add_knot(leg, days->steps[i], mid_e9, leg->variance);
        if (t < count && returns[t].row == row) {
            leg->variance = hst_garch_next(model, returns[t].change - model->mu, leg->variance);
            t++;
        }
    }
}

/* First knot and kind of a leg; what follows it is drawn or replayed afterwards. */
static hst_status start_leg(const hst_market_config *config,
                            const hst_market_data *data,
                            const hst_currency_table *currencies,
                            const hst_leg_days *days,
                            hst_currency currency,
                            hst_leg *leg,
                            hst_daily_return *returns,
                            hst_error *error)
{
    const hst_market_entry *entry = &data->entries[currency];
    const bool replay = config->model == HST_MARKET_MODEL_REPLAY;
    const uint64_t entity = hst_currency_get(currencies, currency)->numeric;
    leg->bridge = hst_random_stream(config->seed, config->replication, entity, HST_PURPOSE_FX);
    leg->shocks =
        hst_random_stream(config->seed, config->replication, SHOCK_ENTITY + entity, HST_PURPOSE_FX);
    leg->knot_count = 0;
    leg->variance = 0.0;
    if (currency == data->usd) {
        leg->kind = HST_LEG_CONSTANT;
        add_knot(leg, days->steps[0], HST_MID_ONE, 0.0);
        return HST_OK;
    }
    if (entry->regime == HST_MARKET_REGIME_PEG) {
        leg->kind = HST_LEG_PEGGED;
        return HST_OK;
    }
    const uint32_t row = last_known_row(data, entry, days);
    if (row != HST_MARKET_NONE) {
        leg->kind = entry->fitted ? HST_LEG_FITTED : HST_LEG_ALONE;
        add_knot(leg, days->steps[0], hst_daily_mid(&data->daily, row, entry->daily_column), 0.0);
        const uint32_t row_to = replay ? days->row_before + days->count - 1 : days->row_before;
        filter(data, entry, days, row_to, returns, leg);
        if (entry->fitted || replay) {
            return HST_OK;
        }
    } else if (entry->annual_mid_e9 > 0) {
        leg->kind = replay ? HST_LEG_CONSTANT : HST_LEG_ALONE;
        add_knot(leg, days->steps[0], entry->annual_mid_e9, 0.0);
    } else {
        return hst_error_at(error, HST_NOT_FOUND, config->fx_daily, 0, 0,
                            "no rate of %s before the date, daily or annual",
                            hst_currency_code(currencies, currency));
    }
    const double yearly = entry->regime == HST_MARKET_REGIME_FLOAT ? config->assumed_vol_float
                                                                   : config->assumed_vol_managed;
    leg->variance = percent * percent * yearly * yearly / HST_MARKET_TRADING_DAYS;
    return HST_OK;
}

/* Correlated unit shocks of one day, into shocks[factor_count]. */
static void draw_shocks(const hst_market_data *data, hst_leg *legs, double *raw, double *shocks)
{
    for (uint32_t c = 0; c < data->count; c++) {
        const hst_market_entry *entry = &data->entries[c];
        if (entry->factor_row != HST_MARKET_NONE) {
            raw[entry->factor_row] = hst_random_student_unit(&legs[c].shocks, entry->garch.nu);
        }
    }
    hst_correlation_mix(data->packed, data->factor_count, raw, shocks);
}

/* One drawn day of one leg. */
static hst_status
draw_knot(const hst_market_entry *entry, const double *shocks, int64_t step, hst_leg *leg)
{
    const double variance = leg->variance;
    double change = 0.0;
    if (leg->kind == HST_LEG_FITTED) {
        const double residual = sqrt(variance) * shocks[entry->factor_row];
        change = entry->garch.mu + residual;
        leg->variance = hst_garch_next(&entry->garch, residual, variance);
    } else {
        change = sqrt(variance) * hst_random_normal(&leg->shocks);
    }
    const double value = hst_exp(leg->knots[leg->knot_count - 1].log_mid + change / percent) + 0.5;
    if (!(value >= 1.0) || !(value < 9e14)) {
        return HST_OVERFLOW;
    }
    add_knot(leg, step, (int64_t)value, variance);
    return HST_OK;
}

static hst_status draw_knots(const hst_market_data *data,
                             const hst_currency_table *currencies,
                             const hst_leg_days *days,
                             hst_leg *legs,
                             hst_arena *scratch,
                             hst_error *error)
{
    double *raw = HST_ARENA_NEW(scratch, double, data->factor_count);
    double *shocks = HST_ARENA_NEW(scratch, double, data->factor_count);
    if (raw == NULL || shocks == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory to draw exchange rates");
    }
    for (uint32_t i = 1; i < days->count; i++) {
        draw_shocks(data, legs, raw, shocks);
        for (uint32_t c = 0; c < data->count; c++) {
            if (legs[c].kind != HST_LEG_FITTED && legs[c].kind != HST_LEG_ALONE) {
                continue;
            }
            const hst_status status =
                draw_knot(&data->entries[c], shocks, days->steps[i], &legs[c]);
            if (status != HST_OK) {
                return hst_error_set(error, status,
                                     "drawn rate of %s leaves 1e-9 to 900000 units per USD",
                                     hst_currency_code(currencies, (hst_currency)c));
            }
        }
        /* A band is defended: what would leave it stays at its end. */
        for (uint32_t c = 0; c < data->count; c++) {
            const hst_market_entry *entry = &data->entries[c];
            if (entry->regime == HST_MARKET_REGIME_BAND && legs[c].kind == HST_LEG_FITTED) {
                const hst_leg *anchor = &legs[entry->anchor];
                hst_knot *knot = &legs[c].knots[i];
                const uint32_t at = anchor->kind == HST_LEG_CONSTANT ? 0 : i;
                knot->mid_e9 = hst_leg_in_band(entry, anchor->knots[at].mid_e9, knot->mid_e9);
                knot->log_mid = hst_log((double)knot->mid_e9);
            }
        }
    }
    return HST_OK;
}

hst_status hst_legs_prepare(const hst_market_config *config,
                            const hst_market_data *data,
                            const hst_currency_table *currencies,
                            const hst_leg_days *days,
                            hst_leg *legs,
                            hst_arena *scratch,
                            hst_error *error)
{
    hst_daily_return *returns = HST_ARENA_NEW(scratch, hst_daily_return, data->daily.row_count);
    if (returns == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory for daily returns");
    }
    for (uint32_t c = 0; c < data->count; c++) {
        HST_TRY(
            start_leg(config, data, currencies, days, (hst_currency)c, &legs[c], returns, error));
    }
    if (config->model == HST_MARKET_MODEL_GARCH) {
        HST_TRY(draw_knots(data, currencies, days, legs, scratch, error));
    }
    for (uint32_t c = 0; c < data->count; c++) {
        legs[c].next = 1;
        if (legs[c].kind != HST_LEG_PEGGED) {
            legs[c].log_mid = legs[c].knots[0].log_mid;
            legs[c].mid_e9 = legs[c].knots[0].mid_e9;
        }
    }
    return HST_OK;
}
