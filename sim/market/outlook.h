/** @file sim/market/outlook.h
 * Private to sim/market: how much rates are forecast to move, from what was known before the date.
 *
 * The daily variance of a currency is its GARCH's, run over the daily rates before the date and
 * over nothing after it, so a forecast in a replay is a forecast. A pegged currency moves as its
 * anchor; one without a daily series has the assumed volatility. Two currencies move against each
 * other as their fitted correlation says; those without one are taken to be independent.
 *
 * Errors    HST_NO_MEMORY.
 * Cost      about 2 ms for 36 currencies of ten years.
 * Source    as garch.h.
 */
#ifndef HST_SIM_MARKET_OUTLOOK_H
#define HST_SIM_MARKET_OUTLOOK_H

#include "sim/market/market_data.h"

/** Standard deviation of the log rate of every pair over an hour of an average day, as a share,
 * into an array [count * count] of the arena. */
HST_NODISCARD hst_status hst_outlook_create(const hst_market_config *config,
                                            const hst_market_data *data,
                                            hst_arena *arena,
                                            hst_arena *scratch,
                                            const double **volatility,
                                            hst_error *error);

#endif
