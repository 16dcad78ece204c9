/** @file sim/market/triangle.h
 * Always-on invariant: nobody earns money by going round a triangle.
 *
 * For every three of the main currencies (majors and liquid ones, USD first) and both ways round:
 *   at mid       rate(a, b) then rate(b, c) is exactly rate(a, c);
 *   at a dealer  0 <= half-spread(a, c) <= half-spread(a, b) + half-spread(b, c) < 1,
 * so no round trip pays more than the summed half-spreads, and none pays at all.
 *
 * The check takes prices through a function, so that any venue, and any deliberately broken one,
 * can be put to it.
 *
 * Errors    HST_MISMATCH with the triple in the report; what the price function returned.
 * Memory    about 40 KiB on the stack for the prices of all pairs.
 * Cost      O(n^3), n <= HST_MARKET_MAIN_MAX: a few milliseconds; call it once a simulated hour.
 */
#ifndef HST_SIM_MARKET_TRIANGLE_H
#define HST_SIM_MARKET_TRIANGLE_H

#include "sim/market/market.h"

/** Where and how the invariant broke; the three currencies in trading order. */
typedef struct hst_market_triangle {
    hst_currency currency[3]; /**< a, b, c; HST_CURRENCY_NONE when the invariant holds */
    uint32_t checked;         /**< triangles looked at, each in both directions */
} hst_market_triangle;

/** A venue's price for from -> to. */
typedef hst_status (*hst_market_price_function)(const void *context,
                                                hst_currency from,
                                                hst_currency to,
                                                hst_market_price *price_out);

/** Check the interbank prices of a market at a time. `report_out` may be NULL; it is written on
 * HST_OK and HST_MISMATCH. */
HST_NODISCARD hst_status hst_market_check_triangles(const hst_market *market,
                                                    int64_t time_ns,
                                                    hst_market_triangle *report_out);

/** Check any venue over currencies[count], count <= HST_MARKET_MAIN_MAX. */
HST_NODISCARD hst_status hst_market_check_venue(hst_market_price_function price,
                                                const void *context,
                                                const hst_currency *currencies,
                                                uint32_t count,
                                                hst_market_triangle *report_out);

#endif
