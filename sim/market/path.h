/** @file sim/market/path.h
 * Draws the grid of mids: daily knots, joined by correlated Brownian bridges. Internal to
 * sim/market.
 *
 * A leg is one currency against USD. Its knots are (grid step, log mid, variance of the interval
 * that ends there), real ones in a replay and drawn ones in garch. Between knots, with A(k) the
 * share of variance that has passed at step k and R = A(knot) - A(k) what is left of it,
 *
 *   x += (x_knot - x) dA / R + sqrt(s dA (R - dA) / R) g,     s = variance / A(whole interval)
 *
 * is an exact Brownian bridge; g are standard normals with the fitted correlation, so that crosses
 * are as calm as they are in the market. At a knot the rate is the knot's own integer.
 *
 * Units     steps of the grid from time 0, negative before; log of units per USD times 1e9.
 * Errors    HST_SCENARIO (dates outside the table), HST_NOT_FOUND (a currency without any rate),
 *           HST_OVERFLOW (a drawn rate outside 1e-6 ... 900000 units per USD), HST_NO_MEMORY.
 * Memory    scratch only; the grid is the caller's.
 * Cost      O(steps * currencies^2 / 2) multiplications, one exponential a rate.
 * Source    Glasserman, "Monte Carlo Methods in Financial Engineering", 2003, section 3.1.
 */
#ifndef HST_SIM_MARKET_PATH_H
#define HST_SIM_MARKET_PATH_H

#include "sim/market/market_data.h"
#include "sim/market/session.h"
#include "sim/market/shift.h"
#include "sim/market/spread.h"

/** Fill mid_e9[step_count * count], row by row, for steps 0 ... step_count - 1. Shifts, if any, are
 * laid over the rates, spreads, if any, drawn beside them. */
HST_NODISCARD hst_status hst_path_draw(const hst_market_config *config,
                                       const hst_market_data *data,
                                       const hst_currency_table *currencies,
                                       const hst_session *session,
                                       uint32_t step_count,
                                       hst_shifts *shifts,
                                       hst_spreads *spreads,
                                       int64_t *mid_e9,
                                       hst_arena *scratch,
                                       hst_error *error);

#endif
