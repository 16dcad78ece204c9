/** @file sim/market/session.h
 * When the exchange market trades, how lively each hour is, and when rates are fixed. Internal to
 * sim/market.
 *
 * The market trades from Sunday 17:00 to Friday 17:00 New York time, taken as 22:00 UTC in winter
 * and 21:00 in summer, and rests on 1 January, 25 December and, in a replay, on weekdays without a
 * fixing. Seasons follow European summer time all over (New York changes two or three weeks apart:
 * an hour's difference on those days). Fixings are at 14:15 in Frankfurt.
 *
 * Units     days since 1970-01-01; hours UTC; weights: shares of a full day's variance.
 * Source    Directive 2000/84/EC (summer time); ECB, "Euro foreign exchange reference rates".
 */
#ifndef HST_SIM_MARKET_SESSION_H
#define HST_SIM_MARKET_SESSION_H

#include "sim/market/market_data.h"

#include <stdbool.h>
#include <stdint.h>

/** The trading calendar of one market. */
typedef struct hst_session {
    const hst_market_profile *profile; /**< shape of the day */
    const hst_daily_table *holidays;   /**< weekdays without a row are holidays; NULL = none */
} hst_session;

/** Whether most of the day lies in European summer time: from the last Sunday of March to the last
 * Saturday before the last Sunday of October. */
bool hst_session_is_summer(int32_t days);

/** Fixing time of a day, nanoseconds after its 00:00 UTC. */
int64_t hst_session_fixing_ns(int32_t days);

/** Whether rates are fixed that day: a weekday that is no holiday. */
bool hst_session_is_business_day(const hst_session *session, int32_t days);

/** Whether the market trades in that hour, 0 ... 23. */
bool hst_session_is_open(const hst_session *session, int32_t days, int32_t hour);

/** Share of a full day's variance that falls into [from_ns, to_ns), times relative to 00:00 UTC of
 * `days`, either may be negative. Zero where the market is closed. */
double hst_session_weight(const hst_session *session, int32_t days, int64_t from_ns, int64_t to_ns);

/** Spread of that hour, thousandths of the median; of the dearest hour while it is closed. */
int32_t hst_session_spread_milli(const hst_session *session, int32_t days, int32_t hour);

#endif
