/** @file sim/workload/workload.h
 * Who pays whom, when, how much: the day's instructions, drawn before the first event.
 *
 * Every instruction is drawn from streams of its own number, so payment 17 is the same whatever the
 * router does, however many threads draw, and whether the day has a thousand payments or a million.
 *
 *   segment     by the scenario's shares
 *   corridor    remittance: by real remittance flows; wholesale: by the product of the two
 *               currencies' shares of payment traffic; retail: half by the one, half by the other
 *   agents      by market share (1/rank); a remittance sold by an operator stays in its group
 *   amount      lognormal, cut; instructed in the debtor's currency
 *   price       a real quote (remittance: of the corridor; retail: of a bank anywhere)
 *   time        by the segment's profile on the debtor's wall clock
 *
 * Units     time in nanoseconds from the start; money in minor units and micro-USD.
 * Errors    HST_SCENARIO (no corridor left to draw), HST_NO_MEMORY.
 * Memory    64 bytes an instruction and 16 to sort them, from the arena.
 * Threads   drawing runs on `threads`; equal for any number of them.
 * Cost      about 0.4 us an instruction and thread.
 */
#ifndef HST_SIM_WORKLOAD_WORKLOAD_H
#define HST_SIM_WORKLOAD_WORKLOAD_H

#include "core/base/arena.h"

#include "sim/bank/atlas.h"
#include "sim/bank/institution.h"
#include "sim/base/error.h"
#include "sim/base/inputs.h"
#include "sim/market/market.h"
#include "sim/scenario/scenario.h"
#include "sim/workload/quotes.h"

#include <stdint.h>

/** One customer's instruction (ISO 20022: pain.001), with what the debtor agent quoted. */
typedef struct hst_instruction {
    int64_t submitted_ns;     /**< when the debtor instructs */
    int64_t amount_minor;     /**< instructed amount, in the debtor agent's currency */
    int64_t amount_micro_usd; /**< the same at mid when instructed */
    int64_t fee_micro_usd;    /**< debtor agent's fee, on top of the amount */
    int32_t margin_ppb;       /**< debtor's FX margin over mid */
    uint32_t number;          /**< of the instruction as drawn: key of its streams */
    uint16_t debtor_agent;    /**< institution */
    uint16_t creditor_agent;  /**< institution */
    uint16_t debtor;          /**< customer of the debtor agent */
    uint16_t creditor;        /**< customer of the creditor agent */
    uint16_t corridor;        /**< corridor of the atlas */
    uint8_t segment;          /**< hst_scenario_segment_name */
    uint8_t firm;             /**< hst_firm */
    uint8_t speed;            /**< hst_speed, remittances only */
    uint8_t urgent;           /**< 1: settles before others where the rail knows priorities */
    uint8_t padding[6];       /**< zero */
} hst_instruction;

_Static_assert(sizeof(hst_instruction) == 64, "an instruction is a cache line");

/** The day. */
typedef struct hst_workload {
    hst_instruction *instructions; /**< by (submitted_ns, number) */
    uint32_t count;                /**< how many */
} hst_workload;

/** Everything the draws depend on; all borrowed during drawing only. */
typedef struct hst_workload_source {
    hst_inputs *inputs;                   /**< for the market profile (fx_intraday) */
    const hst_scenario *scenario;         /**< shares, amounts, profiles, overrides */
    const hst_atlas *atlas;               /**< corridors and clocks */
    const hst_institutions *institutions; /**< agents */
    const hst_quotes *quotes;             /**< prices */
    const hst_market *market;             /**< mids */
    uint32_t replication;                 /**< which draw */
} hst_workload_source;

/** Draw `count` instructions. */
HST_NODISCARD hst_status hst_workload_draw(const hst_workload_source *source,
                                           uint32_t count,
                                           unsigned threads,
                                           hst_arena *arena,
                                           hst_workload *workload,
                                           hst_error *error);

#endif
