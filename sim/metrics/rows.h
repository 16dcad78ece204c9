/** @file sim/metrics/rows.h
 * The rows of the result file's tables, exactly as they lie on disk.
 *
 * A row struct has no holes (schema.c asserts it), so a row is copied as it stands, and two runs
 * that measured the same write the same bytes. sim/metrics/schema.h describes every column with
 * its unit; docs/reference/results.md is generated from there.
 *
 * Units     _ns: nanoseconds from the scenario's start, -1 = never (HST_NEVER_NS). _minor: minor
 *           units of the row's currency. _micro_usd: millionths of a US dollar at mid.
 * Ids       institutions, ledgers, currencies and corridors are the row numbers of
 *           /network/institutions, /ledgers/ledgers, /network/currencies and /corridors.
 * Threads   plain values.
 */
#ifndef HST_SIM_METRICS_ROWS_H
#define HST_SIM_METRICS_ROWS_H

#include "core/crypto/hash.h"

#include <stdint.h>

/** A time that never came. */
#define HST_NEVER_NS INT64_C(-1)

/** "None" in the id columns of 32 and 16 bits. */
#define HST_NONE_U32 UINT32_MAX
#define HST_NONE_U16 UINT16_MAX

/** Whether, as a column; X(name, number, text, description). Append only, like all maps here. */
#define HST_ROW_FLAG_MAP(X)                                                                        \
    X(NO, 0, "no", "it does not hold")                                                             \
    X(YES, 1, "yes", "it holds")

/** Segment of a payment. Numbers as in sim/scenario. */
#define HST_ROW_SEGMENT_MAP(X)                                                                     \
    X(REMITTANCE, 0, "remittance", "person to person, small")                                      \
    X(RETAIL, 1, "retail", "people and firms paying invoices")                                     \
    X(WHOLESALE, 2, "wholesale", "banks and large firms")

/** How a payment ended. */
#define HST_ROW_STATE_MAP(X)                                                                       \
    X(PENDING, 0, "pending", "under way when the run ended")                                       \
    X(COMPLETED, 1, "completed", "credited to the creditor")                                       \
    X(FAILED, 2, "failed", "refused before any principal moved")                                   \
    X(RETURNED, 3, "returned", "principal moved and came back to the debtor")                      \
    X(EXPIRED, 4, "expired", "waited too long for cover or a cut-off and was cancelled")           \
    X(LOST, 5, "lost", "principal moved and did not come back")

/** Why a payment or hop ended as it did. */
#define HST_ROW_REASON_MAP(X)                                                                      \
    X(NONE, 0, "none", "nothing went wrong")                                                       \
    X(NO_ROUTE, 1, "no_route", "the router found no way")                                          \
    X(NO_LIQUIDITY, 2, "no_liquidity", "an account had no cover in time")                          \
    X(LIMIT, 3, "limit", "a limit of an account refused it")                                       \
    X(CLOSED, 4, "closed", "the corridor or system was closed")                                    \
    X(CUT_OFF, 5, "cut_off", "missed the last cut-off of the horizon")                             \
    X(SCREENING, 6, "screening", "refused by screening")                                           \
    X(TIMEOUT, 7, "timeout", "queued longer than the scenario allows")                             \
    X(COUNTERPARTY, 8, "counterparty", "an institution on the way had stopped")                    \
    X(QUOTE_EXPIRED, 9, "quote_expired", "the exchange rate was no longer on offer")               \
    X(AMOUNT, 10, "amount", "the amount did not survive charges or rounding")                      \
    X(RUN_ENDED, 11, "run_ended", "the horizon ended first")

/** Who handles the customer. */
#define HST_ROW_FIRM_MAP(X)                                                                        \
    X(BANK, 0, "bank", "a bank")                                                                   \
    X(MONEY_TRANSFER, 1, "money_transfer", "a money transfer operator")                            \
    X(FINTECH, 2, "fintech", "a provider with accounts at several banks")                          \
    X(POST, 3, "post", "a post office")                                                            \
    X(MOBILE_OPERATOR, 4, "mobile_operator", "a mobile money operator")                            \
    X(CENTRAL_BANK, 5, "central_bank", "a central bank")                                           \
    X(MARKET_MAKER, 6, "market_maker", "a dealer in foreign exchange")

/** Settlement method of a payment. */
#define HST_ROW_METHOD_MAP(X)                                                                      \
    X(SERIAL, 0, "serial", "each correspondent passes message and money on")                       \
    X(COVER, 1, "cover", "message direct to the creditor agent, money behind it")                  \
    X(RTGS, 2, "rtgs", "through one real-time gross settlement system")                            \
    X(ON_US, 3, "on_us", "debtor and creditor agent are one institution")                          \
    X(PVP, 4, "pvp", "both currencies together or not at all")                                     \
    X(DLT, 5, "dlt", "on a distributed ledger")                                                    \
    X(PREFUNDED, 6, "prefunded", "paid out of a balance abroad, settled later")

/** How fast the debtor's agent promised to be. */
#define HST_ROW_SPEED_MAP(X)                                                                       \
    X(UNKNOWN, 0, "unknown", "no promise")                                                         \
    X(WITHIN_HOUR, 1, "within_hour", "less than one hour")                                         \
    X(SAME_DAY, 2, "same_day", "same day")                                                         \
    X(NEXT_DAY, 3, "next_day", "next day")                                                         \
    X(TWO_DAYS, 4, "two_days", "two days")                                                         \
    X(LONGER, 5, "longer", "three days or more")

/** What a hop is. */
#define HST_ROW_HOP_MAP(X)                                                                         \
    X(BOOK, 0, "book", "between two accounts of one institution's own books")                      \
    X(NOSTRO, 1, "nostro", "out of an account held at a correspondent")                            \
    X(RTGS, 2, "rtgs", "central bank money in an RTGS system")                                     \
    X(FX, 3, "fx", "one currency against another")                                                 \
    X(COVER, 4, "cover", "the money leg of a cover payment")                                       \
    X(CREDIT, 5, "credit", "the creditor agent credits the creditor")                              \
    X(DEBIT, 6, "debit", "the debtor agent debits the debtor")                                     \
    X(RETURN, 7, "return", "money on its way back")                                                \
    X(DLT, 8, "dlt", "transfer on a distributed ledger")                                           \
    X(ESCROW, 9, "escrow", "held until a condition is met")                                        \
    X(TOP_UP, 10, "top_up", "an institution refills its own account")

/** How a hop ended. */
#define HST_ROW_OUTCOME_MAP(X)                                                                     \
    X(PENDING, 0, "pending", "under way when the run ended")                                       \
    X(SETTLED, 1, "settled", "booked, final")                                                      \
    X(REFUSED, 2, "refused", "the ledger or rail refused it")                                      \
    X(TIMED_OUT, 3, "timed_out", "left the queue without settling")                                \
    X(CANCELLED, 4, "cancelled", "withdrawn because another hop failed")                           \
    X(REVERSED, 5, "reversed", "settled, and undone by a later hop")

/** What a ledger records. */
#define HST_ROW_LEDGER_MAP(X)                                                                      \
    X(CORRESPONDENT, 0, "correspondent", "accounts at one commercial bank")                        \
    X(RTGS, 1, "rtgs", "reserve accounts at a central bank")                                       \
    X(DLT, 2, "dlt", "accounts on a distributed ledger")                                           \
    X(PVP, 3, "pvp", "accounts at a payment-versus-payment system")

/** What stands in the calendar of a run. */
#define HST_ROW_EVENT_MAP(X)                                                                       \
    X(OPENING, 0, "opening", "a settlement system opens")                                          \
    X(CUT_OFF, 1, "cut_off", "a settlement system takes no more customer payments")                \
    X(CLOSING, 2, "closing", "a settlement system ends its day")                                   \
    X(HOLIDAY, 3, "holiday", "banks of a currency are closed on this day")                         \
    X(CORRIDOR, 4, "corridor", "the scenario changed a corridor")                                  \
    X(ORIGINATION_END, 5, "origination_end", "no new payments from here on")                       \
    X(RUN_END, 6, "run_end", "the run ends")                                                       \
    X(FAULT, 7, "fault", "a fault of validators of the distributed ledger begins or ends")

/** Which side of a target counts as meeting it. */
#define HST_ROW_BOUND_MAP(X)                                                                       \
    X(AT_MOST, 0, "at_most", "the measured value must not exceed it")                              \
    X(AT_LEAST, 1, "at_least", "the measured value must reach it")                                 \
    X(NEAR, 2, "near", "a published figure for comparison, no target")

/** Yes or no. */
typedef enum hst_row_flag {
#define X(name, number, text, description) HST_ROW_FLAG_##name = (number),
    HST_ROW_FLAG_MAP(X)
#undef X
} hst_row_flag;

/** Segment of a payment. */
typedef enum hst_row_segment {
#define X(name, number, text, description) HST_ROW_SEGMENT_##name = (number),
    HST_ROW_SEGMENT_MAP(X)
#undef X
} hst_row_segment;

/** State of a payment. */
typedef enum hst_row_state {
#define X(name, number, text, description) HST_ROW_STATE_##name = (number),
    HST_ROW_STATE_MAP(X)
#undef X
} hst_row_state;

/** Why. */
typedef enum hst_row_reason {
#define X(name, number, text, description) HST_ROW_REASON_##name = (number),
    HST_ROW_REASON_MAP(X)
#undef X
} hst_row_reason;

/** Kind of institution. */
typedef enum hst_row_firm {
#define X(name, number, text, description) HST_ROW_FIRM_##name = (number),
    HST_ROW_FIRM_MAP(X)
#undef X
} hst_row_firm;

/** Settlement method. */
typedef enum hst_row_method {
#define X(name, number, text, description) HST_ROW_METHOD_##name = (number),
    HST_ROW_METHOD_MAP(X)
#undef X
} hst_row_method;

/** Promised speed. */
typedef enum hst_row_speed {
#define X(name, number, text, description) HST_ROW_SPEED_##name = (number),
    HST_ROW_SPEED_MAP(X)
#undef X
} hst_row_speed;

/** Kind of hop. */
typedef enum hst_row_hop {
#define X(name, number, text, description) HST_ROW_HOP_##name = (number),
    HST_ROW_HOP_MAP(X)
#undef X
} hst_row_hop;

/** Outcome of a hop. */
typedef enum hst_row_outcome {
#define X(name, number, text, description) HST_ROW_OUTCOME_##name = (number),
    HST_ROW_OUTCOME_MAP(X)
#undef X
} hst_row_outcome;

/** Kind of ledger. */
typedef enum hst_row_ledger {
#define X(name, number, text, description) HST_ROW_LEDGER_##name = (number),
    HST_ROW_LEDGER_MAP(X)
#undef X
} hst_row_ledger;

/** Kind of event. */
typedef enum hst_row_event {
#define X(name, number, text, description) HST_ROW_EVENT_##name = (number),
    HST_ROW_EVENT_MAP(X)
#undef X
} hst_row_event;

/** Kind of target. */
typedef enum hst_row_bound {
#define X(name, number, text, description) HST_ROW_BOUND_##name = (number),
    HST_ROW_BOUND_MAP(X)
#undef X
} hst_row_bound;

/** /payments: One payment, written when it reaches its end (128 bytes). */
typedef struct hst_payment_row {
    uint64_t payment;                /**< number of the payment, from 0 in order of origination */
    int64_t submitted_ns;            /**< the debtor instructed it */
    int64_t bank_ns;                 /**< principal reached the creditor agent */
    int64_t credited_ns;             /**< the creditor was credited */
    int64_t instructed_amount_minor; /**< instructed amount, in instructed_currency */
    int64_t settlement_amount_minor; /**< amount credited, in settlement_currency */
    int64_t amount_micro_usd;        /**< instructed amount at mid */
    int64_t fee_micro_usd;           /**< all charges */
    int64_t fx_margin_micro_usd;     /**< distance of all conversions from mid */
    int64_t liquidity_micro_usd;     /**< cost of the liquidity it tied up */
    int64_t advertised_micro_usd;    /**< cost the router expected when it chose */
    int64_t queued_ns;               /**< time spent waiting for cover or opening, all hops */
    int64_t at_risk_ns;              /**< time its principal stood between two legs */
    uint32_t debtor_agent;           /**< institution of the debtor */
    uint32_t creditor_agent;         /**< institution of the creditor */
    uint16_t corridor;               /**< corridor */
    uint16_t instructed_currency;    /**< currency of the instructed amount */
    uint16_t settlement_currency;    /**< currency of the settlement amount */
    uint16_t attempts;               /**< times a route was taken, 1 = the first worked */
    uint8_t segment;                 /**< hst_row_segment */
    uint8_t state;                   /**< hst_row_state */
    uint8_t reason;                  /**< hst_row_reason */
    uint8_t firm_type;               /**< hst_row_firm of the debtor agent */
    uint8_t method;                  /**< hst_row_method */
    uint8_t hop_count;               /**< hops of the last route */
    uint8_t intermediaries;          /**< institutions between debtor and creditor agent */
    uint8_t quote_speed;             /**< hst_row_speed */
} hst_payment_row;

/** /hops: One hop of one payment (64 bytes). */
typedef struct hst_hop_row {
    uint64_t payment;          /**< payment it belongs to; top-ups number from 2^63 */
    int64_t submitted_ns;      /**< handed to its rail */
    int64_t settled_ns;        /**< booked */
    int64_t queued_ns;         /**< time spent in the rail's queue */
    int64_t amount_minor;      /**< amount that moved */
    int64_t charge_minor;      /**< charge taken out of it or on top */
    uint32_t from_institution; /**< paying institution */
    uint32_t to_institution;   /**< receiving institution */
    uint16_t ledger;           /**< ledger that booked it */
    uint16_t currency;         /**< currency of the amount */
    uint8_t hop_index;         /**< position in the route, from 0 */
    uint8_t kind;              /**< hst_row_hop */
    uint8_t outcome;           /**< hst_row_outcome */
    uint8_t reason;            /**< hst_row_reason */
} hst_hop_row;

/** /liquidity/positions: One account of one institution at one time (48 bytes). */
typedef struct hst_position_row {
    int64_t time_ns;           /**< when */
    int64_t balance_minor;     /**< booked balance, negative = overdrawn */
    int64_t credit_used_minor; /**< part of the credit line in use */
    int64_t queued_minor;      /**< amount of payments waiting for cover */
    uint32_t institution;      /**< owner of the account; HST_NONE_U32: all on a DLT */
    uint32_t held_at;          /**< institution that keeps it; HST_NONE_U32: a DLT */
    uint32_t queued_payments;  /**< payments waiting for cover */
    uint16_t ledger;           /**< ledger it lies on */
    uint16_t currency;         /**< its currency */
} hst_position_row;

/** /liquidity/ledgers: One ledger at one time (64 bytes). */
typedef struct hst_liquidity_row {
    int64_t time_ns;               /**< when */
    int64_t settled_micro_usd;     /**< value settled since the run began */
    int64_t balances_micro_usd;    /**< sum of positive balances */
    int64_t credit_used_micro_usd; /**< sum of overdrafts */
    int64_t queued_micro_usd;      /**< value of payments waiting for cover */
    uint64_t settled_payments;     /**< transfers settled since the run began */
    uint64_t queued_payments;      /**< transfers waiting for cover */
    uint32_t ledger;               /**< which ledger */
    uint32_t overdrawn;            /**< accounts below zero */
} hst_liquidity_row;

/** /risk/exposure: Principal at risk at one time: paid away, counter-value not yet received. */
typedef struct hst_exposure_row {
    int64_t time_ns;              /**< when */
    int64_t at_risk_micro_usd;    /**< all principal at risk */
    int64_t largest_micro_usd;    /**< of it, the largest of one institution */
    uint32_t payments;            /**< payments that hold principal at risk */
    uint32_t largest_institution; /**< institution of largest_micro_usd */
} hst_exposure_row;

/** /risk/failures: Payments that did not complete, by why. */
typedef struct hst_failure_row {
    uint64_t payments;        /**< how many */
    int64_t amount_micro_usd; /**< their instructed amounts */
    uint8_t segment;          /**< hst_row_segment */
    uint8_t state;            /**< hst_row_state */
    uint8_t reason;           /**< hst_row_reason */
    uint8_t method;           /**< hst_row_method */
    uint32_t corridor;        /**< corridor, or none for all */
} hst_failure_row;

/** /routing/edges: One edge of the corridor graph: what was advertised and what happened. */
typedef struct hst_edge_row {
    uint64_t uses;                      /**< hops submitted on it */
    uint64_t failures;                  /**< hops that did not settle */
    int64_t amount_micro_usd;           /**< value settled */
    int64_t charge_micro_usd;           /**< charges taken */
    int64_t advertised_fixed_micro_usd; /**< published charge for each use */
    int64_t advertised_ppb;             /**< published charge as a share of the amount */
    int64_t settle_ns_total;            /**< time from submission to settlement, all settled hops */
    uint32_t edge;                      /**< number of the edge */
    uint32_t from_institution;          /**< paying institution */
    uint32_t to_institution;            /**< receiving institution */
    uint32_t kind;                      /**< hst_row_hop */
    uint32_t from_currency;             /**< currency that goes in */
    uint32_t to_currency;               /**< currency that comes out */
} hst_edge_row;

/** /fx/rates: Exchange rate of one currency at one time. */
typedef struct hst_rate_row {
    int64_t time_ns;             /**< when */
    double mid_usd;              /**< US dollars for one unit at mid */
    int64_t half_spread_ppb;     /**< half the interbank distance from bid to ask, of mid */
    int64_t converted_micro_usd; /**< value converted since the run began */
    uint32_t currency;           /**< which currency */
    uint32_t conversions;        /**< conversions since the run began */
} hst_rate_row;

/** /network/currencies: One currency. */
typedef struct hst_currency_row {
    char code[4];      /**< ISO 4217 code */
    uint32_t currency; /**< its number */
    uint32_t decimals; /**< digits of the minor unit */
    uint32_t ledger;   /**< RTGS ledger of the currency, or none */
    double mid_usd;    /**< US dollars for one unit at the start */
} hst_currency_row;

/** /network/institutions: One institution. */
typedef struct hst_institution_row {
    char name[48];               /**< name */
    char country[4];             /**< ISO 3166 two-letter code */
    uint32_t institution;        /**< its number */
    uint32_t kind;               /**< hst_row_firm */
    uint32_t home_currency;      /**< currency of its country */
    uint64_t payments_sent;      /**< payments as debtor agent */
    uint64_t payments_received;  /**< completed payments as creditor agent */
    uint64_t payments_passed;    /**< hops as intermediary */
    int64_t charges_micro_usd;   /**< charges earned */
    int64_t liquidity_micro_usd; /**< liquidity it held at its most */
} hst_institution_row;

/** /corridors: One corridor: what it cost and how long it took. */
typedef struct hst_corridor_row {
    uint32_t corridor;          /**< its number */
    char from_country[4];       /**< debtor country */
    char to_country[4];         /**< creditor country */
    uint32_t closed;            /**< hst_row_flag */
    uint64_t payments;          /**< payments originated */
    uint64_t completed;         /**< payments completed */
    int64_t amount_micro_usd;   /**< instructed amounts */
    int64_t cost_micro_usd;     /**< fees, margins and liquidity of completed payments */
    double cost_bp;             /**< cost of completed payments in basis points of their amount */
    double published_cost_bp;   /**< published cost of sending 200 USD, not a number = unknown */
    int64_t time_median_ns;     /**< submission to credit, median of completed payments */
    int64_t time_p95_ns;        /**< the same, 95th percentile */
    double within_hour_share;   /**< share of payments credited within one hour */
    double intermediaries_mean; /**< mean number of intermediaries of completed payments */
} hst_corridor_row;

/** /ledgers/ledgers: One ledger at the end of the run. */
typedef struct hst_ledger_row {
    char name[48];             /**< name */
    uint32_t ledger;           /**< its number */
    uint32_t institution;      /**< institution that keeps it, or none */
    uint32_t kind;             /**< hst_row_ledger */
    uint32_t conserved;        /**< hst_row_flag: value was conserved at every check */
    uint64_t accounts;         /**< accounts */
    uint64_t transfers;        /**< transfers booked */
    uint64_t refused;          /**< transfers refused */
    uint64_t blocks;           /**< blocks closed */
    hst_hash final_state_root; /**< state root after the last block */
    hst_hash final_block;      /**< header hash of the last block */
} hst_ledger_row;

/** /ledgers/blocks: One block of one ledger. */
typedef struct hst_block_row {
    uint64_t height;           /**< position in its ledger, from 0 */
    int64_t time_ns;           /**< closed */
    uint64_t transfers;        /**< transfers in it */
    uint32_t ledger;           /**< which ledger */
    uint32_t audited;          /**< hst_row_flag: balances and roots were recomputed */
    hst_hash transaction_root; /**< Merkle root of its transfers */
    hst_hash state_root;       /**< Merkle root of all accounts after it */
    hst_hash header;           /**< hash of its header */
} hst_block_row;

/** /invariants: One invariant and how often it was checked. */
typedef struct hst_invariant_row {
    char name[48];              /**< name */
    char description[96];       /**< what it says */
    uint64_t checked;           /**< times checked */
    uint64_t violated;          /**< times found broken */
    int64_t first_violation_ns; /**< when first found broken, or never */
} hst_invariant_row;

/** /summary: One figure of the run. */
typedef struct hst_metric_row {
    char name[48];         /**< dotted name */
    char unit[16];         /**< base unit */
    double value;          /**< the figure */
    char description[120]; /**< what it is */
} hst_metric_row;

/** /targets: One figure beside a published one. */
typedef struct hst_target_row {
    char name[48];    /**< dotted name of the metric */
    char unit[16];    /**< base unit */
    double measured;  /**< figure of this run */
    double published; /**< target or published figure */
    uint32_t bound;   /**< hst_row_bound */
    uint32_t met;     /**< hst_row_flag */
    char source[120]; /**< who published it, where */
} hst_target_row;

/** /histograms/(name): One bin of a histogram; empty bins are left out. */
typedef struct hst_bin_row {
    int64_t lower;  /**< smallest value that falls in */
    int64_t upper;  /**< largest value that falls in */
    uint64_t count; /**< values that fell in */
} hst_bin_row;

/** /meta/digests: Digest of one dataset or group, written when the file is finished. */
typedef struct hst_digest_row {
    char path[88];       /**< what */
    uint64_t size_bytes; /**< bytes of its data */
    hst_hash digest;     /**< BLAKE2b-256 over path, type, shape, attributes and data */
} hst_digest_row;

/** /events: One entry of the run's calendar: hours of systems, holidays, changed corridors. */
typedef struct hst_event_row {
    int64_t time_ns;  /**< when; a holiday at the midnight (UTC) that begins it */
    uint32_t kind;    /**< hst_row_event */
    char subject[36]; /**< system, currency, corridor or validator */
    char text[64];    /**< in words */
} hst_event_row;

/** /risk/failures_by_hour: Payments by the hour they were instructed, and why they failed. */
typedef struct hst_failure_hour_row {
    int64_t time_ns;          /**< start of the hour */
    uint64_t payments;        /**< how many */
    int64_t amount_micro_usd; /**< their instructed amounts */
    uint32_t segment;         /**< hst_row_segment */
    uint32_t reason;          /**< hst_row_reason; none = completed */
} hst_failure_hour_row;

#endif
