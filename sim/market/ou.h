/** @file sim/market/ou.h
 * Ornstein-Uhlenbeck process, stepped exactly. Internal to sim/market.
 *
 *   x <- m + (x - m) e^(-k dt) + sd sqrt(1 - e^(-2 k dt)) z,   half-life ln 2 / k
 *
 * sd is the standard deviation the process settles at. The step has no error of its own: any grid
 * gives the same distribution.
 *
 * Cost      two multiplications and two additions a step, beside the normal.
 * Source    Uhlenbeck, Ornstein, "On the theory of the Brownian motion", Phys. Rev. 36, 1930;
 *           Glasserman 2003, section 3.3.
 */
#ifndef HST_SIM_MARKET_OU_H
#define HST_SIM_MARKET_OU_H

#include <stdint.h>

/** A process on a grid of equal steps. */
typedef struct hst_ou {
    double mean; /**< what it reverts to */
    double sd;   /**< standard deviation it settles at */
    double keep; /**< share of a deviation left after a step */
    double kick; /**< standard deviation of a step */
} hst_ou;

/** A process with that half-life (> 0) on steps of step_ns. */
hst_ou hst_ou_make(double mean, double sd, int64_t half_life_ns, int64_t step_ns);

/** Share of a deviation left after a time: 2^(-time / half-life). */
double hst_ou_keep(int64_t half_life_ns, int64_t time_ns);

/** One step with a standard normal. */
static inline double hst_ou_step(const hst_ou *ou, double x, double normal)
{
    return ou->mean + (x - ou->mean) * ou->keep + ou->kick * normal;
}

#endif
