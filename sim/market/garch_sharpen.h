/** @file sim/market/garch_sharpen.h
 * Private to sim/market: Newton's steps on the score of a GARCH(1,1) with normal shocks.
 *
 * Cost      some tens of passes over the returns.
 * Source    Fiorentini, Calzolari, Panattoni 1996 (analytic derivatives, first variance included).
 */
#ifndef HST_SIM_MARKET_GARCH_SHARPEN_H
#define HST_SIM_MARKET_GARCH_SHARPEN_H

#include "sim/market/garch.h"

#include <stdbool.h>

enum { HST_GARCH_SCORE_SIZE = 4 /**< mu, omega, alpha, beta */ };

/** Derivatives of the log-likelihood of returns[count] by mu, omega, alpha and beta. */
void hst_garch_score(const hst_garch *model,
                     const double *returns,
                     size_t count,
                     double score[HST_GARCH_SCORE_SIZE]);

/** Move *model to the root of the score near it, and give the standard errors there from the
 * derivatives of the score; mu stays where it is, without error, when `driftless`; nu's error is 0.
 * False, and nothing written, when there is no such root. GSL's error handler must be off. */
bool hst_garch_sharpen(
    const double *returns, size_t count, bool driftless, hst_garch *model, hst_garch *errors);

#endif
