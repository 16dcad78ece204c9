/** @file sim/scenario/scenario.h
 * What a run is told: every choice of a scenario file, resolved to base units.
 *
 * A scenario is a small YAML document; what it does not say has a default. One table
 * (sim/scenario/keys.c) names each key with its type, range, default and place in `hst_scenario`;
 * loading, checking, `--set`, the dump and the reference page (docs/reference/scenario.md) all come
 * from that table.
 *
 *   file --yaml--> nodes --include, merge, --set--> one tree --keys--> hst_scenario --cross checks
 *
 * The struct holds no pointers: copy it, compare it, hash it. Bytes that no field uses are zero, so
 * equal scenarios are equal under memcmp.
 *
 * Units     time: int64 nanoseconds (_ns). Rates and shares: parts per billion (_ppb), so 1bp is
 *           100,000 and 100% is 1,000,000,000. Money: millionths of a US dollar (_micro_usd).
 *           Dates: days since 1970-01-01 (_days). Plain numbers: double.
 * Errors    HST_SCENARIO with text and file:line:column in `error`; what hst_inputs_get says when
 *           the root file cannot be read (HST_NOT_FOUND, HST_IO ...); HST_NO_MEMORY. The scenario
 * is untouched unless HST_OK. Memory    texts and nodes live in the arena handed in, which may be
 * released after the call. Threads   safe for distinct arenas and inputs. Cost      one pass over
 * at most HST_SCENARIO_FILES_MAX files; milliseconds. Limits    the HST_SCENARIO_..._MAX constants
 * below; an error names the one it met.
 */
#ifndef HST_SIM_SCENARIO_SCENARIO_H
#define HST_SIM_SCENARIO_SCENARIO_H

#include "core/base/arena.h"
#include "core/base/status.h"

#include "sim/base/error.h"
#include "sim/base/inputs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The schema number this program reads; a file says `schema: 1`. */
#define HST_SCENARIO_SCHEMA 1

/** Bytes of a name, with the closing zero. */
#define HST_SCENARIO_NAME_MAX 64

/** Bytes of a title, with the closing zero. */
#define HST_SCENARIO_TITLE_MAX 160

/** Bytes of a path, with the closing zero. */
#define HST_SCENARIO_PATH_MAX 256

/** Most entries of `tags`, and bytes of one with the closing zero. */
#define HST_SCENARIO_TAGS_MAX 8
#define HST_SCENARIO_TAG_SIZE 32

/** Most entries of `workload.segments`: each segment at most once. */
#define HST_SCENARIO_SEGMENTS_MAX 3

/** Most entries of `corridors`. */
#define HST_SCENARIO_CORRIDORS_MAX 1024

/** Bytes of `rails.dlt.protocol`, with the closing zero. */
#define HST_SCENARIO_PROTOCOL_SIZE 24

/** The protocol that says there is no distributed ledger. */
#define HST_SCENARIO_PROTOCOL_NONE "none"

/** Most entries of `rails.dlt.corridors`, and bytes of one with the closing zero. */
#define HST_SCENARIO_DLT_CORRIDORS_MAX 256
#define HST_SCENARIO_DLT_CORRIDOR_SIZE 8

/** Most entries of `rails.dlt.parameters`, and bytes of a name and of a value with the closing
 * zero. */
#define HST_SCENARIO_PARAMETERS_MAX     24
#define HST_SCENARIO_SETTING_NAME_SIZE  40
#define HST_SCENARIO_SETTING_VALUE_SIZE 24

/** Most entries of `rails.dlt.faults`, of one fault's validators, and bytes of a validator. */
#define HST_SCENARIO_FAULTS_MAX           64
#define HST_SCENARIO_FAULT_VALIDATORS_MAX 32
#define HST_SCENARIO_VALIDATOR_SIZE       8

/** Most entries of `market.jumps`, `market.realignments` and `market.premia` each, and bytes of
 * what an entry is for, with the closing zero. */
#define HST_SCENARIO_MARKET_RULES_MAX 32
#define HST_SCENARIO_OF_SIZE          12

/** Most bytes of one scenario file. */
#define HST_SCENARIO_FILE_BYTES_MAX 1048576

/** Most files one scenario may be made of, and most includes inside each other. */
#define HST_SCENARIO_FILES_MAX         32
#define HST_SCENARIO_INCLUDE_DEPTH_MAX 8

/** Deepest nesting of maps and lists, and most keys and values in one scenario. */
#define HST_SCENARIO_DEPTH_MAX 16
#define HST_SCENARIO_NODES_MAX 65536

/** Most bytes of one key or value. */
#define HST_SCENARIO_SCALAR_MAX 1024

/** A rate of one (100%) in parts per billion. */
#define HST_SCENARIO_PPB INT64_C(1000000000)

/** A US dollar in millionths. */
#define HST_SCENARIO_MICRO_USD INT64_C(1000000)

/** Kinds of payment, `workload.segments[].name`. */
typedef enum hst_scenario_segment_name {
    HST_SEGMENT_REMITTANCE = 0, /**< person to person, small */
    HST_SEGMENT_RETAIL = 1,     /**< people and firms paying invoices */
    HST_SEGMENT_WHOLESALE = 2   /**< banks and large firms */
} hst_scenario_segment_name;

/** When payments of a segment originate within the local day, `workload.segments[].profile`. */
typedef enum hst_scenario_profile {
    HST_PROFILE_CONSUMER = 0, /**< daytime and evening, weekends too */
    HST_PROFILE_BUSINESS = 1, /**< office hours of working days */
    HST_PROFILE_MARKET = 2    /**< follows trading activity around the clock */
} hst_scenario_profile;

/** Where exchange rates come from, `market.model`. */
typedef enum hst_scenario_market_model {
    HST_MARKET_REPLAY = 0, /**< the day's published rates */
    HST_MARKET_GARCH = 1   /**< drawn, with fitted volatility and tails */
} hst_scenario_market_model;

/** Routers a day can have: X(NAME, word in a scenario, name in core/routing/registry.c). */
#define HST_SCENARIO_ROUTER_MAP(X)                                                                 \
    X(STATIC_TABLE, static_table, "static-table")                                                  \
    X(FEWEST_HOPS, fewest_hops, "fewest-hops")                                                     \
    X(CHEAPEST_ADVERTISED, cheapest_advertised, "cheapest-advertised")                             \
    X(BETA_THOMPSON, beta_thompson, "beta-thompson")                                               \
    X(LEARNED, learned, "learned")                                                                 \
    X(RANDOM_PATH, random_path, "random-path")                                                     \
    X(CHEAPEST_IN_TIME, cheapest_in_time, "cheapest-in-time")                                      \
    X(PARETO, pareto, "pareto")                                                                    \
    X(LND_APRIORI, lnd_apriori, "lnd-apriori")                                                     \
    X(LND_BIMODAL, lnd_bimodal, "lnd-bimodal")                                                     \
    X(LDK_BUCKETS, ldk_buckets, "ldk-buckets")                                                     \
    X(PICKHARDT_RICHTER, pickhardt_richter, "pickhardt-richter")                                   \
    X(CASCADE_UCB, cascade_ucb, "cascade-ucb")                                                     \
    X(LEARNED_THOMPSON, learned_thompson, "learned-thompson")                                      \
    X(LINUCB, linucb, "linucb")                                                                    \
    X(BEST_QUOTE, best_quote, "best-quote")                                                        \
    X(BRIDGE_QUOTE, bridge_quote, "bridge-quote")                                                  \
    X(XRPL_PATHS, xrpl_paths, "xrpl-paths")                                                        \
    X(STELLAR_PATHS, stellar_paths, "stellar-paths")                                               \
    X(UNISWAP_SPLIT, uniswap_split, "uniswap-split")                                               \
    X(CONVEX_SPLIT, convex_split, "convex-split")

/** Strategy of the router; what each is: core/routing/README.md. */
typedef enum hst_scenario_router {
#define X(name, word, kind) HST_ROUTER_##name,
    HST_SCENARIO_ROUTER_MAP(X)
#undef X
        HST_ROUTER_COUNT /**< how many */
} hst_scenario_router;

/** Where a payment over a distributed ledger changes currency, `rails.dlt.conversion`. */
typedef enum hst_scenario_conversion {
    HST_CONVERSION_LEDGER = 0,    /**< on it, at its dealer, with the payment or not at all */
    HST_CONVERSION_ON_RAMP = 1,   /**< at the debtor agent, which pays in the creditor's currency */
    HST_CONVERSION_OFF_RAMP = 2,  /**< at the creditor agent, which is paid in the debtor's */
    HST_CONVERSION_BOTH_RAMPS = 3 /**< at both: the ledger has one currency, rails.dlt.currency */
} hst_scenario_conversion;

/** `clock`: when the day is. */
typedef struct hst_scenario_clock {
    int32_t date_days;      /**< the simulated date, days since 1970-01-01 */
    int64_t origination_ns; /**< payments arrive from 00:00 UTC of the date for this long */
    int64_t drain_ns;       /**< then the run waits at most this long for the rest to settle */
} hst_scenario_clock;

/** `data`: the tables that calibrate the run. Resolved paths, ready for hst_inputs. */
typedef struct hst_scenario_data {
    char folder[HST_SCENARIO_PATH_MAX];           /**< where tables not named below are */
    char currencies[HST_SCENARIO_PATH_MAX];       /**< currencies, zones, pegs */
    char countries[HST_SCENARIO_PATH_MAX];        /**< countries and their bank counts */
    char zones[HST_SCENARIO_PATH_MAX];            /**< time zone offsets */
    char holidays[HST_SCENARIO_PATH_MAX];         /**< closing days by currency */
    char rtgs[HST_SCENARIO_PATH_MAX];             /**< opening hours of settlement systems */
    char corridors[HST_SCENARIO_PATH_MAX];        /**< flows between countries */
    char quotes[HST_SCENARIO_PATH_MAX];           /**< prices of providers by corridor */
    char fx_daily[HST_SCENARIO_PATH_MAX];         /**< daily exchange rates */
    char fx_annual[HST_SCENARIO_PATH_MAX];        /**< yearly exchange rates */
    char fx_garch[HST_SCENARIO_PATH_MAX];         /**< fitted volatility processes */
    char fx_correlation[HST_SCENARIO_PATH_MAX];   /**< correlations of exchange rates */
    char fx_intraday[HST_SCENARIO_PATH_MAX];      /**< activity and spread by hour */
    char latency[HST_SCENARIO_PATH_MAX];          /**< round trips between countries */
    char published[HST_SCENARIO_PATH_MAX];        /**< published figures to compare with */
    char currency_weights[HST_SCENARIO_PATH_MAX]; /**< currency shares of payment traffic */
    char cloud_latency[HST_SCENARIO_PATH_MAX];    /**< round trips between validators' regions */
    char costs[HST_SCENARIO_PATH_MAX];            /**< what a validator's work costs */
} hst_scenario_data;

/** One entry of `workload.segments`. Amounts are lognormal, cut to [min, max]. */
typedef struct hst_scenario_segment {
    hst_scenario_segment_name name;  /**< which segment */
    hst_scenario_profile profile;    /**< shape of its day */
    int64_t share_ppb;               /**< of the number of payments; shares sum to 100% */
    int64_t amount_median_micro_usd; /**< median amount */
    double amount_sigma;             /**< standard deviation of log(amount) */
    int64_t amount_min_micro_usd;    /**< smallest amount */
    int64_t amount_max_micro_usd;    /**< largest amount */
    int64_t urgent_share_ppb;        /**< payments whose sender is in a hurry */
} hst_scenario_segment;

/** `workload`: who pays whom, when, how much. */
typedef struct hst_scenario_workload {
    int64_t payments;                                         /**< originated in the run */
    int64_t customers_per_bank;                               /**< debtors and creditors */
    uint32_t segment_count;                                   /**< entries of segments */
    hst_scenario_segment segments[HST_SCENARIO_SEGMENTS_MAX]; /**< in file order */
} hst_scenario_workload;

/** `banks`: how many there are and how they hang together. */
typedef struct hst_scenario_banks {
    int64_t per_country_min;         /**< at least this many banks in a country */
    int64_t per_country_max;         /**< at most */
    double scale;                    /**< exponent on the counted number of banks */
    int64_t hubs_per_currency;       /**< large correspondents in each currency */
    int64_t correspondents_per_bank; /**< of a bank, in US dollars (one elsewhere) */
    int64_t transfer_groups;         /**< money transfer groups, a member in each country */
} hst_scenario_banks;

/** `liquidity`: what banks hold where, and what it costs them. */
typedef struct hst_scenario_liquidity {
    int64_t annual_rate_ppb;     /**< price of money held for a year */
    double prefunding;           /**< nostro balance, in expected daily outflows */
    double credit_line;          /**< overdraft at the correspondent, same measure */
    bool top_up;                 /**< banks refill nostros that run low */
    int64_t top_up_interval_ns;  /**< how often they look */
    int64_t queue_timeout_ns;    /**< a payment without cover is returned after this long */
    double rtgs_opening_balance; /**< reserve balance at opening, in expected daily outflows */
    double rtgs_intraday_credit; /**< central bank credit, same measure */
} hst_scenario_liquidity;

/** `rails.correspondent`: one correspondent working on one payment. */
typedef struct hst_scenario_correspondent {
    int64_t cover_share_ppb;      /**< payments settled by the cover method */
    int64_t processing_median_ns; /**< lognormal processing time, median */
    double processing_sigma;      /**< standard deviation of its logarithm */
    int64_t repair_share_ppb;     /**< messages that need a human */
    int64_t repair_median_ns;     /**< how long the human takes, median */
} hst_scenario_correspondent;

/** `rails.rtgs`: a real-time gross settlement system. */
typedef struct hst_scenario_rtgs {
    int64_t processing_ns; /**< time to settle a payment that has cover */
} hst_scenario_rtgs;

/** `rails.beneficiary`: from the creditor agent's account to the creditor's. */
typedef struct hst_scenario_beneficiary {
    int64_t instant_share_ppb;             /**< payments credited at once */
    int64_t straight_through_median_ns;    /**< automatic crediting, median */
    int64_t review_share_ppb;              /**< of the rest: credited after review */
    int64_t review_median_ns;              /**< crediting after review, median */
    int64_t batch_interval_ns;             /**< creditor agents that are not instant book then */
    int64_t business_hours_only_share_ppb; /**< creditor agents that stop overnight */
} hst_scenario_beneficiary;

/** What goes wrong with validators, `rails.dlt.faults[].kind`. X(name, text); the texts are those
 * of sim/consensus/fault.h. */
#define HST_SCENARIO_FAULT_MAP(X)                                                                  \
    X(CRASH, "crash")                                                                              \
    X(DISK_LOSS, "disk_loss")                                                                      \
    X(CUT, "cut")                                                                                  \
    X(CUT_OUT, "cut_out")                                                                          \
    X(CUT_IN, "cut_in")                                                                            \
    X(PARTITION, "partition")                                                                      \
    X(PARTITION_OUT, "partition_out")                                                              \
    X(SLOW, "slow")                                                                                \
    X(SLOW_LINK, "slow_link")                                                                      \
    X(SLOW_LEADER, "slow_leader")                                                                  \
    X(LOSS, "loss")                                                                                \
    X(DUPLICATE, "duplicate")                                                                      \
    X(CLOCK, "clock")                                                                              \
    X(BIT_FLIP, "bit_flip")                                                                        \
    X(SILENT, "silent")                                                                            \
    X(DEAF_HALF, "deaf_half")                                                                      \
    X(LATE, "late")                                                                                \
    X(LATE_VOTES, "late_votes")                                                                    \
    X(WITHHOLD, "withhold")                                                                        \
    X(INVALID, "invalid")                                                                          \
    X(EQUIVOCATE, "equivocate")                                                                    \
    X(TWIN, "twin")                                                                                \
    X(GARBLE, "garble")                                                                            \
    X(REPLAY, "replay")

/** Kind of a fault of validators. */
typedef enum hst_scenario_fault_kind {
#define X(name, text) HST_SCENARIO_FAULT_##name,
    HST_SCENARIO_FAULT_MAP(X)
#undef X
        HST_SCENARIO_FAULT_COUNT
} hst_scenario_fault_kind;

/** One entry of `rails.dlt.faults`. */
typedef struct hst_scenario_fault {
    hst_scenario_fault_kind kind; /**< what goes wrong */
    uint32_t validator_count;     /**< entries of validators */
    /** numbers from 0, or "leader" */
    char validators[HST_SCENARIO_FAULT_VALIDATORS_MAX][HST_SCENARIO_VALIDATOR_SIZE];
    char bridge[HST_SCENARIO_VALIDATOR_SIZE]; /**< partition: heard on both sides; "" = nobody */
    int64_t from_ns;                          /**< since the start of the run */
    int64_t until_ns;                         /**< likewise; 0 = it does not end */
    int64_t by_ns;                            /**< slow and late kinds, clock: by how much */
    int64_t share_ppb;                        /**< loss, duplicate: of all messages */
} hst_scenario_fault;

/** How validators sign, `rails.dlt.crypto`. */
typedef enum hst_scenario_crypto {
    HST_SCENARIO_CRYPTO_MODELLED = 0, /**< charged for */
    HST_SCENARIO_CRYPTO_REAL = 1      /**< Ed25519 */
} hst_scenario_crypto;

/** A key the scenario's reader does not know, as written: one entry of `rails.dlt.parameters`. */
typedef struct hst_scenario_setting {
    char name[HST_SCENARIO_SETTING_NAME_SIZE];   /**< of it */
    char value[HST_SCENARIO_SETTING_VALUE_SIZE]; /**< as text */
} hst_scenario_setting;

/** `rails.dlt`: a distributed ledger on which banks hold balances. */
typedef struct hst_scenario_dlt {
    char protocol[HST_SCENARIO_PROTOCOL_SIZE]; /**< of its validators; "none" = there is none */
    int64_t validators;                        /**< how many */
    int64_t batch_ns;                          /**< transactions are gathered for so long */
    hst_scenario_conversion conversion;        /**< where currency is changed */
    char currency[4];                          /**< that moves with conversion: both_ramps */
    hst_scenario_crypto crypto;                /**< how they sign */
    int64_t chaos;                             /**< faults a day that are drawn */
    uint32_t parameter_count;                  /**< entries of parameters */
    uint32_t fault_count;                      /**< entries of faults */
    uint32_t corridor_count;                   /**< entries of corridors */
    hst_scenario_setting parameters[HST_SCENARIO_PARAMETERS_MAX]; /**< of the protocol */
    hst_scenario_fault faults[HST_SCENARIO_FAULTS_MAX];           /**< in file order */
    /** "all", or debtor's and creditor's country as "US-MX" */
    char corridors[HST_SCENARIO_DLT_CORRIDORS_MAX][HST_SCENARIO_DLT_CORRIDOR_SIZE];
} hst_scenario_dlt;

/** `rails`: how each stage of settlement behaves. */
typedef struct hst_scenario_rails {
    hst_scenario_correspondent correspondent; /**< correspondent banking */
    hst_scenario_rtgs rtgs;                   /**< central bank settlement */
    hst_scenario_beneficiary beneficiary;     /**< the last mile */
    hst_scenario_dlt dlt;                     /**< a distributed ledger */
} hst_scenario_rails;

/** `charges`: published prices; a bank draws its own around them. */
typedef struct hst_scenario_charges {
    int64_t correspondent_fixed_micro_usd; /**< a correspondent, for each payment */
    int64_t correspondent_ppb;             /**< the same, of the amount */
    int64_t rtgs_fixed_micro_usd;          /**< an RTGS system, for each payment */
    int64_t lifting_fixed_micro_usd;       /**< the creditor agent, for receiving */
    int64_t wholesale_fixed_micro_usd;     /**< the debtor agent, for a wholesale payment */
    int64_t dlt_fixed_micro_usd;           /**< a distributed ledger, for each payment */
} hst_scenario_charges;

/** `market.half_spread`: half the distance between bid and ask, of mid. */
typedef struct hst_scenario_half_spread {
    int64_t interbank_ppb; /**< bank to bank */
    int64_t corporate_ppb; /**< bank to firm */
    int64_t retail_ppb;    /**< bank to person */
} hst_scenario_half_spread;

/** `market.spread`: how half-spreads move around their standing level. */
typedef struct hst_scenario_spread {
    double deviation;          /**< standard deviation of the logarithm */
    int64_t half_life_ns;      /**< of a deviation */
    double volatility_loading; /**< elasticity to the day's volatility */
    double liquidity_loading;  /**< log widening when nobody trades */
} hst_scenario_spread;

/** One entry of `market.jumps`. */
typedef struct hst_scenario_jumps {
    char of[HST_SCENARIO_OF_SIZE]; /**< class or currency */
    double per_year;               /**< how many are expected */
    int64_t mean_ppb;              /**< of the log size; positive = the currency falls */
    int64_t deviation_ppb;         /**< of the log size */
} hst_scenario_jumps;

/** One entry of `market.realignments`. */
typedef struct hst_scenario_realignment {
    char of[HST_SCENARIO_OF_SIZE]; /**< currency, or "pegs" */
    int64_t size_ppb;              /**< change of units per USD */
    int64_t at_ns;                 /**< since the start of the run */
    int64_t chance_ppb;            /**< a year; 0 = at that time instead */
} hst_scenario_realignment;

/** Who deals at the official rate, `market.premia[].official`. */
typedef enum hst_scenario_official {
    HST_SCENARIO_OFFICIAL_NOBODY = 0, /**< nobody */
    HST_SCENARIO_OFFICIAL_BANKS = 1,  /**< banks among each other */
    HST_SCENARIO_OFFICIAL_FIRMS = 2   /**< banks and firms */
} hst_scenario_official;

/** One entry of `market.premia`: the parallel market of a currency whose capital is controlled. */
typedef struct hst_scenario_premium {
    char of[HST_SCENARIO_OF_SIZE];  /**< currency */
    int64_t mean_ppb;               /**< parallel rate over official rate, less one */
    int64_t deviation_ppb;          /**< standard deviation */
    int64_t half_life_ns;           /**< of a deviation */
    hst_scenario_official official; /**< who need not pay it */
} hst_scenario_premium;

/** `market.dealers`: inventories, against which quotes lean. */
typedef struct hst_scenario_dealers {
    int64_t depth_micro_usd; /**< of a major currency, at which a quote leans fully; 0 = never */
    int64_t half_life_ns;    /**< in which half of an inventory is passed on */
} hst_scenario_dealers;

/** `market`: exchange rates. */
typedef struct hst_scenario_market {
    hst_scenario_market_model model;      /**< where they come from */
    int64_t step_ns;                      /**< quotes change this often */
    int64_t quote_validity_ns;            /**< a price taken at submission stands; 0 = none taken */
    hst_scenario_half_spread half_spread; /**< by who asks */
    hst_scenario_spread spread;           /**< how that moves */
    hst_scenario_dealers dealers;         /**< how it leans */
    uint32_t jump_count;                  /**< entries of jumps */
    uint32_t realignment_count;           /**< entries of realignments */
    uint32_t premium_count;               /**< entries of premia */
    hst_scenario_jumps jumps[HST_SCENARIO_MARKET_RULES_MAX];              /**< in file order */
    hst_scenario_realignment realignments[HST_SCENARIO_MARKET_RULES_MAX]; /**< likewise */
    hst_scenario_premium premia[HST_SCENARIO_MARKET_RULES_MAX];           /**< likewise */
} hst_scenario_market;

/** `routing`: who decides the way. */
typedef struct hst_scenario_routing {
    hst_scenario_router router;             /**< the strategy */
    int64_t delay_price_micro_usd_per_hour; /**< what an hour is worth to the sender */
    int64_t failure_price_ppb; /**< what a failed attempt costs the sender, of the amount */
} hst_scenario_routing;

/** `ledger`: blocks and checks. */
typedef struct hst_scenario_ledger {
    int64_t block_interval_ns; /**< a block is closed this often */
    bool audit;                /**< replay every ledger from genesis at the end */
} hst_scenario_ledger;

/** One entry of `corridors`: what differs from the tables. */
typedef struct hst_scenario_corridor {
    char from[3];    /**< debtor country, ISO 3166 two letters */
    char to[3];      /**< creditor country */
    bool closed;     /**< no payment gets through */
    double weight;   /**< times the traffic of the tables */
    int64_t fee_ppb; /**< charged on top, of the amount */
} hst_scenario_corridor;

/** `output`: what the result file holds. */
typedef struct hst_scenario_output {
    bool payments;       /**< one row for each payment */
    bool hops;           /**< one row for each hop */
    bool liquidity;      /**< balances over time */
    int64_t compression; /**< 0 (none) to 9 */
} hst_scenario_output;

/** A whole scenario. */
typedef struct hst_scenario {
    int64_t schema;                                          /**< HST_SCENARIO_SCHEMA */
    char name[HST_SCENARIO_NAME_MAX];                        /**< short, for files and tables */
    char title[HST_SCENARIO_TITLE_MAX];                      /**< one line for people */
    uint32_t tag_count;                                      /**< entries of tags */
    char tags[HST_SCENARIO_TAGS_MAX][HST_SCENARIO_TAG_SIZE]; /**< words to find it by */
    int64_t seed;                                            /**< key of all random streams, >= 0 */
    int64_t replication;              /**< which draw under that seed, >= 0 */
    hst_scenario_clock clock;         /**< when */
    hst_scenario_data data;           /**< from which tables */
    hst_scenario_workload workload;   /**< who pays whom */
    hst_scenario_banks banks;         /**< the institutions */
    hst_scenario_liquidity liquidity; /**< their money */
    hst_scenario_rails rails;         /**< how it moves */
    hst_scenario_charges charges;     /**< what that costs */
    hst_scenario_market market;       /**< exchange rates */
    hst_scenario_routing routing;     /**< the way taken */
    hst_scenario_ledger ledger;       /**< the books */
    hst_scenario_output output;       /**< what is written down */
    uint32_t corridor_count;          /**< entries of corridors */
    /** in file order */
    hst_scenario_corridor corridors[HST_SCENARIO_CORRIDORS_MAX];
} hst_scenario;

/** Where each key of a loaded scenario was written; lives in the arena of the load. */
typedef struct hst_scenario_source hst_scenario_source;

/** Read `root_path` (as hst_inputs_split gives it) through `inputs`, with its includes, then apply
 * `overrides` in order: each is "key.path=value" as in `--set workload.payments=2000`; the value
 * may be any YAML, so `--set 'corridors=[{from: DE, to: US}]'` works too. Paths in a file are
 * relative to that file, paths in an override to the root file. */
HST_NODISCARD hst_status hst_scenario_load(hst_inputs *inputs,
                                           const char *root_path,
                                           const char *const *overrides,
                                           size_t override_count,
                                           hst_arena *arena,
                                           hst_scenario *scenario,
                                           hst_error *error);

/** The same, and also the places of keys, for what only the reader of a table can refuse. */
HST_NODISCARD hst_status hst_scenario_load_with_source(hst_inputs *inputs,
                                                       const char *root_path,
                                                       const char *const *overrides,
                                                       size_t override_count,
                                                       hst_arena *arena,
                                                       hst_scenario *scenario,
                                                       const hst_scenario_source **source,
                                                       hst_error *error);

/** Refuse the value of "corridors[3].from" where it was written: HST_SCENARIO with file, line and
 * column, `corridors[3].from: <format ...>`. A key that took its default is blamed on the map it is
 * missing from. */
hst_status hst_scenario_refuse(const hst_scenario_source *source,
                               hst_error *error,
                               const char *key_path,
                               const char *format,
                               ...) __attribute__((format(printf, 4, 5)));

/** All defaults, as of a file `name`.yaml that says only `schema: 1`. */
HST_NODISCARD hst_status hst_scenario_defaults(const char *name,
                                               hst_arena *arena,
                                               hst_scenario *scenario,
                                               hst_error *error);

/** The scenario as YAML with everything explicit. Loaded as a root file in the folder of the
 * original one, it gives an equal struct. The text is zero-terminated and lives in the arena;
 * `size` does not count the zero. */
HST_NODISCARD hst_status hst_scenario_dump(const hst_scenario *scenario,
                                           hst_arena *arena,
                                           const char **text,
                                           size_t *size);

/** The reference page of all keys (Markdown), from the table; ends like hst_scenario_dump. */
HST_NODISCARD hst_status hst_scenario_reference(hst_arena *arena, const char **text, size_t *size);

/** The word a scenario file uses for an enumerated value, such as "cheapest_advertised". */
const char *hst_scenario_segment_text(hst_scenario_segment_name name);

/** The same for routing.router. */
const char *hst_scenario_router_text(hst_scenario_router router);

/** The same for rails.dlt.faults[].kind. */
const char *hst_scenario_fault_text(hst_scenario_fault_kind kind);

/** The same for market.model. */
const char *hst_scenario_market_model_text(hst_scenario_market_model model);

#endif
