/** @file sim/market/rule.h
 * Rules of a market's dynamics: what they name, and whether they can be. Internal to sim/market.
 *
 * Errors    HST_SCENARIO with the rule's kind and its `of`.
 */
#ifndef HST_SIM_MARKET_RULE_H
#define HST_SIM_MARKET_RULE_H

#include "sim/market/market_data.h"

#include <stdbool.h>

/** The word for every peg and band. */
#define HST_RULE_PEGS "pegs"

/** Whether `of` is this word or code. */
bool hst_rule_names(const char *of, const char *word);

/** Whether a peg or a band governs the currency. */
bool hst_rule_is_anchored(const hst_market_entry *entry);

/** Numbers of all rules within their ranges (dynamics.h), and jumps and drawn realignments only
 * where rates are drawn. */
HST_NODISCARD hst_status hst_rules_check(const hst_market_config *config, hst_error *error);

/** Jumps and realignments name what is there; no peg jumps. */
HST_NODISCARD hst_status hst_rules_check_shifts(const hst_market_config *config,
                                                const hst_market_data *data,
                                                const hst_currency_table *currencies,
                                                hst_error *error);

/** The currency a rule names; USD, which has no rate of its own, is none. */
HST_NODISCARD hst_status hst_rule_currency(const hst_market_data *data,
                                           const hst_currency_table *currencies,
                                           const char *of,
                                           const char *what,
                                           hst_currency *out,
                                           hst_error *error);

#endif
