/** @file sim/bank/institution.h
 * Who is there: banks, money transfer operators, and who holds an account with whom.
 *
 *   country k:  bank 1 > bank 2 > ... (market share falls with rank, as 1/rank)
 *                 |
 *                 | nostro in USD, EUR and the currencies its corridors need
 *                 v
 *   hub: one of the largest banks of a currency's own country; holds nostros at other hubs
 *
 *   transfer group g:  a member a country, each with a USD account at the group's house
 *
 * How many banks a country has comes from data (BIC counts, to the scenario's exponent); which hub
 * a bank chooses is drawn, larger ones more often. A relation is one account: `owner` calls it
 * nostro, `servicer` calls it vostro.
 *
 * Errors    HST_SCENARIO when a planned maximum is exceeded; HST_NO_MEMORY.
 * Memory    from the arena; borrows the atlas.
 * Threads   read-only after building.
 */
#ifndef HST_SIM_BANK_INSTITUTION_H
#define HST_SIM_BANK_INSTITUTION_H

#include "core/base/arena.h"

#include "sim/bank/atlas.h"
#include "sim/base/error.h"
#include "sim/scenario/scenario.h"

#include <stdbool.h>
#include <stdint.h>

/** Planned limits. */
#define HST_INSTITUTION_MAX 4096
#define HST_RELATION_MAX    65536

/** No such institution or relation. */
#define HST_NO_INSTITUTION UINT32_MAX

/** What an institution does. */
typedef enum hst_institution_kind {
    HST_INSTITUTION_BANK = 0,         /**< customers, nostros, a reserve account */
    HST_INSTITUTION_TRANSFER = 1,     /**< money transfer operator: a member of a group */
    HST_INSTITUTION_TRANSFER_HUB = 2, /**< a transfer group's settlement house */
    HST_INSTITUTION_KIND_COUNT = 3    /**< how many kinds */
} hst_institution_kind;

/** One institution. */
typedef struct hst_institution {
    char name[16];             /**< invented, unique: "DE-BANK-03" */
    hst_institution_kind kind; /**< what it does */
    uint16_t country;          /**< where it is */
    uint16_t currency;         /**< its home currency */
    uint16_t rank;             /**< in its country and kind, 1 = largest */
    bool is_hub;               /**< correspondent of others in its home currency */
    bool has_reserves;         /**< takes part in its currency's settlement system */
    uint32_t first_relation;   /**< its nostros: relations[first_relation ...] */
    uint32_t relation_count;   /**< how many */
} hst_institution;

/** One account held by `owner` with `servicer`. */
typedef struct hst_relation {
    uint32_t owner;    /**< institution; its nostro */
    uint32_t servicer; /**< institution; its vostro */
    uint16_t currency; /**< the servicer's home currency */
} hst_relation;

/** All institutions; a country's banks are consecutive, largest first, then its transfer members.
 */
typedef struct hst_institutions {
    const hst_atlas *atlas;   /**< borrowed */
    hst_institution *all;     /**< by institution index */
    uint32_t count;           /**< how many */
    hst_relation *relations;  /**< grouped by owner */
    uint32_t relation_count;  /**< how many */
    uint32_t *country_first;  /**< first bank of a country */
    uint32_t *country_banks;  /**< banks of a country */
    uint32_t transfer_groups; /**< members follow a country's banks, one a group */
    uint32_t *hubs;           /**< [currency * hub_max + i], largest first */
    uint32_t *hub_counts;     /**< by currency */
    uint32_t hub_max;         /**< hubs a currency has at most */
} hst_institutions;

/** Build them for a scenario. */
HST_NODISCARD hst_status hst_institutions_build(const hst_scenario *scenario,
                                                const hst_atlas *atlas,
                                                hst_arena *arena,
                                                hst_institutions *institutions,
                                                hst_error *error);

/** The relation through which `owner` holds `currency` with any servicer, first choice first;
 * HST_NO_INSTITUTION when it has none. */
uint32_t
hst_institutions_nostro(const hst_institutions *institutions, uint32_t owner, uint16_t currency);

/** Text of a kind as in results: "bank", "transfer", "transfer_hub". */
const char *hst_institution_kind_text(hst_institution_kind kind);

#endif
