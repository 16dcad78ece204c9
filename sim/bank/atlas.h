/** @file sim/bank/atlas.h
 * The world as the tables of scenarios/data describe it: currencies, countries, settlement systems,
 * their hours and holidays, corridors and the network latency between countries.
 *
 * Read once, checked with file:line:column, immutable afterwards. Everything refers by small index:
 * currency (hst_currency_table), country, system, corridor.
 *
 * Units     flows in USD million a year; latency in nanoseconds one way.
 * Errors    HST_IO, HST_SCENARIO with position and column in the hst_error.
 * Memory    from the arena given at loading; borrows nothing afterwards.
 * Threads   read-only after loading.
 */
#ifndef HST_SIM_BANK_ATLAS_H
#define HST_SIM_BANK_ATLAS_H

#include "core/base/arena.h"
#include "core/money/currency.h"

#include "sim/bank/hours.h"
#include "sim/base/error.h"
#include "sim/base/inputs.h"
#include "sim/scenario/scenario.h"

#include <stdbool.h>
#include <stdint.h>

/** Planned limits of the tables; a table beyond one is refused by that name. */
#define HST_COUNTRY_MAX  256
#define HST_SYSTEM_MAX   128
#define HST_CORRIDOR_MAX 4096

/** One country. */
typedef struct hst_country {
    char iso2[3];         /**< ISO 3166 alpha-2 */
    uint16_t currency;    /**< index into the currency table */
    uint16_t system;      /**< settlement system its banks take part in, or HST_NO_SYSTEM */
    uint32_t bank_count;  /**< banks with a BIC, from data */
    const hst_zone *zone; /**< wall clock */
    hst_hours desk;       /**< 09:00-17:00 local on the currency's business days */
} hst_country;

/** A country whose banks have no account at the central bank that issues their currency. */
#define HST_NO_SYSTEM UINT16_MAX

/** One settlement system: the rail of its currency's central bank money. */
typedef struct hst_system {
    char name[32];     /**< as in data, or "domestic (assumed)" */
    uint16_t currency; /**< what it settles */
    uint16_t country;  /**< where it stands, for latency */
    bool assumed;      /**< no data: business hours of the currency's country */
    hst_hours hours;   /**< openings over the horizon */
} hst_system;

/** One corridor: who sends to whom, and how much the real world sends there. */
typedef struct hst_corridor {
    uint16_t sender;   /**< country index */
    uint16_t receiver; /**< country index */
    double flow_musd;  /**< remittances a year; 0 = none known */
    double cost_pct;   /**< published cost of sending 200 USD; negative = unknown */
} hst_corridor;

/** All tables. */
typedef struct hst_atlas {
    const hst_currency_table *currencies; /**< ISO 4217; borrowed */
    uint16_t *currency_country;           /**< representative country by currency */
    double *payment_share;                /**< share of payment traffic by currency, 0..1 */
    hst_country *countries;               /**< sorted by iso2 */
    uint16_t country_count;               /**< how many */
    hst_system *systems;                  /**< one a currency, by system index */
    uint16_t system_count;                /**< how many */
    uint16_t *currency_system;            /**< system of each currency */
    hst_corridor *corridors;              /**< sorted by (sender, receiver) */
    uint32_t corridor_count;              /**< how many */
    int64_t *latency_ns;                  /**< [country * country_count + country], one way */
    int32_t epoch_day;                    /**< the scenario's date, days since 1970 */
} hst_atlas;

/** Load every table the scenario names but the market's. `currencies` is borrowed; corridors
 * between the representative countries of all currencies with payment traffic are added to those
 * of the table. */
HST_NODISCARD hst_status hst_atlas_load(hst_inputs *inputs,
                                        const hst_scenario *scenario,
                                        const hst_currency_table *currencies,
                                        hst_arena *arena,
                                        hst_atlas *atlas,
                                        hst_error *error);

/** Index of a country by ISO alpha-2 code, or HST_NOT_FOUND. */
HST_NODISCARD hst_status hst_atlas_country(const hst_atlas *atlas,
                                           const char *iso2,
                                           uint16_t *country);

/** One-way latency between two countries. */
static inline int64_t hst_atlas_latency_ns(const hst_atlas *atlas, uint16_t from, uint16_t to)
{
    return atlas->latency_ns[(uint32_t)from * atlas->country_count + to];
}

#endif
