#include "sim/scenario/keys.h"

#include "sim/base/number.h"
#include "sim/scenario/scenario.h"

/* Rows are written through these macros: the type, the path, the field, the range in base units,
 * the default as a file would say it, and the sentence for the reference. */

#define FIELD(structure, field)                                                                    \
    .offset = offsetof(structure, field), .size = sizeof(((structure *)0)->field)

#define KEY(kind, name, field, least, greatest, standard, sentence)                                \
    {                                                                                              \
        .path = (name), .type = HST_KEY_##kind, FIELD(hst_scenario, field), .min = (least),        \
        .max = (greatest), .fallback = (standard), .text = (sentence)                              \
    }

#define ITEM(kind, name, structure, field, least, greatest, standard, sentence)                    \
    {                                                                                              \
        .path = (name), .type = HST_KEY_##kind, FIELD(structure, field), .min = (least),           \
        .max = (greatest), .fallback = (standard), .text = (sentence)                              \
    }

#define CHOICE(name, structure, field, words, standard, sentence)                                  \
    {                                                                                              \
        .path = (name), .type = HST_KEY_ENUMERATION, FIELD(structure, field), .min = 0,            \
        .max = (int64_t)(sizeof(words) / sizeof((words)[0])) - 2, .fallback = (standard),          \
        .text = (sentence), .names = (words)                                                       \
    }

#define SWITCH(name, field, standard, sentence) KEY(BOOLEAN, name, field, 0, 1, standard, sentence)

#define STRING(name, field, standard, sentence)                                                    \
    KEY(STRING, name, field, 0, sizeof(((hst_scenario *)0)->field) - 1, standard, sentence)

#define PATH(kind, name, field, standard, sentence)                                                \
    KEY(kind, name, field, 0, HST_SCENARIO_PATH_MAX - 1, standard, sentence)

#define LIST(kind, name, array, count, capacity, standard, sentence)                               \
    {                                                                                              \
        .path = (name), .type = HST_KEY_##kind, FIELD(hst_scenario, array), .min = 0,              \
        .max = (capacity), .fallback = (standard), .text = (sentence),                             \
        .item_size = sizeof(((hst_scenario *)0)->array[0]),                                        \
        .count_offset = offsetof(hst_scenario, count), .limit_name = #capacity                     \
    }

#define MAP(name, sentence)                                                                        \
    {                                                                                              \
        .path = (name), .type = HST_KEY_MAP, .text = (sentence)                                    \
    }

#define SEGMENT(kind, name, field, least, greatest, standard, sentence)                            \
    ITEM(kind, "workload.segments[]." name, hst_scenario_segment, field, least, greatest,          \
         standard, sentence)

#define CORRIDOR(kind, name, field, least, greatest, standard, sentence)                           \
    ITEM(kind, "corridors[]." name, hst_scenario_corridor, field, least, greatest, standard,       \
         sentence)

/* A list of texts inside an item of a list. */
#define WORDS(name, structure, array, count, capacity, sentence)                                   \
    {                                                                                              \
        .path = (name), .type = HST_KEY_STRINGS, FIELD(structure, array), .min = 0,                \
        .max = (capacity), .fallback = "[]", .text = (sentence),                                   \
        .item_size = sizeof(((structure *)0)->array[0]),                                           \
        .count_offset = offsetof(structure, count), .limit_name = #capacity                        \
    }

#define FAULT(kind, name, field, least, greatest, standard, sentence)                              \
    ITEM(kind, "rails.dlt.faults[]." name, hst_scenario_fault, field, least, greatest, standard,   \
         sentence)

#define JUMPS(kind, name, field, least, greatest, standard, sentence)                              \
    ITEM(kind, "market.jumps[]." name, hst_scenario_jumps, field, least, greatest, standard,       \
         sentence)

#define REALIGNMENT(kind, name, field, least, greatest, standard, sentence)                        \
    ITEM(kind, "market.realignments[]." name, hst_scenario_realignment, field, least, greatest,    \
         standard, sentence)

#define PREMIUM(kind, name, field, least, greatest, standard, sentence)                            \
    ITEM(kind, "market.premia[]." name, hst_scenario_premium, field, least, greatest, standard,    \
         sentence)

#define WHOLE  HST_SCENARIO_PPB                 /* 100% */
#define ONE    HST_KEY_NANO                     /* a real number of one */
#define DOLLAR HST_SCENARIO_MICRO_USD           /* one US dollar */
#define FIRST  16436                            /* 2015-01-01, where the holiday table starts */
#define LAST   22279                            /* 2030-12-31, where it ends */
#define AMOUNT (INT64_C(100000000000) * DOLLAR) /* no payment is larger */

static const char *const segment_names[] = {"remittance", "retail", "wholesale", NULL};
static const char *const profile_names[] = {"consumer", "business", "market", NULL};
static const char *const market_model_names[] = {"replay", "garch", NULL};
static const char *const official_names[] = {"nobody", "banks", "firms", NULL};
static const char *const conversion_names[] = {"ledger", "on_ramp", "off_ramp", "both_ramps", NULL};
static const char *const router_names[] = {
#define X(name, word, kind) #word,
    HST_SCENARIO_ROUTER_MAP(X)
#undef X
        NULL};

static const char *const crypto_names[] = {"modelled", "real", NULL};
static const char *const fault_names[] = {
#define X(name, text) (text),
    HST_SCENARIO_FAULT_MAP(X)
#undef X
        NULL};

/* Most payments are small and most money is large: G20 and CPMI split traffic into the same three
 * segments. Medians and spreads are round figures in the range of published ones. */
#define SEGMENTS                                                                                   \
    "[{name: remittance, profile: consumer, share: 45%, amount_median_usd: 220, "                  \
    "amount_sigma: 0.9, amount_min_usd: 5, amount_max_usd: 10k, urgent_share: 50%}, "              \
    "{name: retail, profile: business, share: 43%, amount_median_usd: 2500, "                      \
    "amount_sigma: 1.6, amount_min_usd: 10, amount_max_usd: 1M, urgent_share: 20%}, "              \
    "{name: wholesale, profile: market, share: 12%, amount_median_usd: 250k, "                     \
    "amount_sigma: 1.8, amount_min_usd: 10k, amount_max_usd: 500M, urgent_share: 40%}]"

/* clang-format off */
static const hst_key keys[] = {
    KEY(INTEGER, "schema", schema, HST_SCENARIO_SCHEMA, HST_SCENARIO_SCHEMA, NULL,
        "Number of this schema; says that the file is a scenario."),
    {.path = "include", .type = HST_KEY_STRINGS, .max = HST_SCENARIO_FILES_MAX - 1,
        .fallback = "[]", .limit_name = "HST_SCENARIO_FILES_MAX",
        .text = "Scenario files this one builds on, relative to it. Maps merge key by key and this "
        "file wins; a later file wins over an earlier one; lists are taken whole."},
    STRING("name", name, "",
        "Short name for files and tables; left empty, the scenario file's name without .yaml."),
    STRING("title", title, "", "One line for people."),
    LIST(STRINGS, "tags", tags, tag_count, HST_SCENARIO_TAGS_MAX, "[]",
        "Words to find the scenario by; they change nothing in the run."),
    KEY(INTEGER, "seed", seed, 0, INT64_MAX, "42",
        "Key of all random numbers; equal seeds give equal runs."),
    KEY(INTEGER, "replication", replication, 0, UINT32_MAX, "0",
        "Which independent draw under that seed."),

    MAP("clock", "The simulated time."),
    KEY(DATE, "clock.date", clock.date_days, FIRST, LAST, "2025-10-15",
        "Day the run starts, at 00:00 UTC."),
    KEY(DURATION, "clock.origination", clock.origination_ns, HST_MINUTE_NS, 31 * HST_DAY_NS, "24h",
        "Payments arrive for this long."),
    KEY(DURATION, "clock.drain", clock.drain_ns, 0, 60 * HST_DAY_NS, "21d",
        "Then the run waits at most this long for the rest to settle."),

    MAP("data", "The tables that calibrate the run. Paths are relative to the file that names them; "
        "a table that is not named is looked for in data.folder."),
    PATH(PATH, "data.folder", data.folder, "data",
        "Folder of the tables; the default is relative to the root scenario file."),
    PATH(TABLE, "data.currencies", data.currencies, "currencies.csv",
        "Currencies: minor units, zones, weekends, pegs."),
    PATH(TABLE, "data.countries", data.countries, "countries.csv",
        "Countries: currency and number of banks."),
    PATH(TABLE, "data.zones", data.zones, "zones.csv", "Time zones: offsets from UTC by date."),
    PATH(TABLE, "data.holidays", data.holidays, "holidays.csv", "Closing days by currency."),
    PATH(TABLE, "data.rtgs", data.rtgs, "rtgs.csv", "Opening hours of settlement systems."),
    PATH(TABLE, "data.corridors", data.corridors, "corridors.csv", "Flows between countries."),
    PATH(TABLE, "data.quotes", data.quotes, "quotes.csv", "Prices of providers by corridor."),
    PATH(TABLE, "data.fx_daily", data.fx_daily, "fx_daily.csv", "Daily exchange rates."),
    PATH(TABLE, "data.fx_annual", data.fx_annual, "fx_annual.csv",
        "Yearly exchange rates, where there are no daily ones."),
    PATH(TABLE, "data.fx_garch", data.fx_garch, "fx_garch.csv", "Fitted volatility processes."),
    PATH(TABLE, "data.fx_correlation", data.fx_correlation, "fx_correlation.csv",
        "Correlations between exchange rates."),
    PATH(TABLE, "data.fx_intraday", data.fx_intraday, "fx_intraday.csv",
        "Activity and spread by hour of the day."),
    PATH(TABLE, "data.latency", data.latency, "latency.csv", "Round trips between countries."),
    PATH(TABLE, "data.published", data.published, "published.csv",
        "Published figures that results are compared with."),
    PATH(TABLE, "data.currency_weights", data.currency_weights, "currency_weights.csv",
        "Shares of currencies in payment traffic."),
    PATH(TABLE, "data.cloud_latency", data.cloud_latency, "cloud_latency.csv",
        "Round trips between the regions of a distributed ledger's validators."),
    PATH(TABLE, "data.costs", data.costs, "costs.csv", "What a validator's work costs."),

    MAP("workload", "Who pays whom, when, how much."),
    KEY(INTEGER, "workload.payments", workload.payments, 1, 100000000, "120000",
        "Payments originated in the run."),
    KEY(INTEGER, "workload.customers_per_bank", workload.customers_per_bank, 1, 100000, "50",
        "Debtors and creditors at each bank."),
    LIST(LIST, "workload.segments", workload.segments, workload.segment_count,
        HST_SCENARIO_SEGMENTS_MAX, SEGMENTS,
        "Kinds of payment; shares sum to 100%. Amounts are lognormal, drawn again when outside "
        "[min, max]."),
    CHOICE("workload.segments[].name", hst_scenario_segment, name, segment_names, NULL,
        "Which kind; each at most once."),
    CHOICE("workload.segments[].profile", hst_scenario_segment, profile, profile_names, "business",
        "When they originate in the debtor's local day."),
    SEGMENT(RATE, "share", share_ppb, 0, WHOLE, NULL, "Of the number of payments."),
    SEGMENT(MONEY, "amount_median_usd", amount_median_micro_usd, DOLLAR / 100, AMOUNT, NULL,
        "Median amount."),
    SEGMENT(REAL, "amount_sigma", amount_sigma, 0, 5 * ONE, "1.2",
        "Standard deviation of the amount's logarithm."),
    SEGMENT(MONEY, "amount_min_usd", amount_min_micro_usd, DOLLAR / 100, AMOUNT, "1",
        "Smallest amount."),
    SEGMENT(MONEY, "amount_max_usd", amount_max_micro_usd, DOLLAR / 100, AMOUNT, "1B",
        "Largest amount."),
    SEGMENT(RATE, "urgent_share", urgent_share_ppb, 0, WHOLE, "20%",
        "Payments whose debtor is in a hurry."),

    MAP("banks", "How many there are and how they hang together."),
    KEY(INTEGER, "banks.per_country_min", banks.per_country_min, 1, 1000, "2",
        "A country has at least this many banks."),
    KEY(INTEGER, "banks.per_country_max", banks.per_country_max, 1, 1000, "8",
        "And at most this many."),
    KEY(REAL, "banks.scale", banks.scale, 0, 2 * ONE, "0.5",
        "Exponent on the counted number of banks: 0 = all countries alike, 1 = in proportion."),
    KEY(INTEGER, "banks.hubs_per_currency", banks.hubs_per_currency, 1, 64, "4",
        "Large correspondents in each currency."),
    KEY(INTEGER, "banks.correspondents_per_bank", banks.correspondents_per_bank, 1, 16, "2",
        "Hubs a bank holds nostros with in US dollars; in other currencies it has one."),
    KEY(INTEGER, "banks.transfer_groups", banks.transfer_groups, 1, 8, "2",
        "Money transfer groups; each has a member in every country."),

    MAP("liquidity", "What banks hold where, and what that costs them."),
    KEY(RATE, "liquidity.annual_rate", liquidity.annual_rate_ppb, 0, WHOLE, "4%",
        "Price of money held for a year."),
    KEY(REAL, "liquidity.prefunding", liquidity.prefunding, 0, 1000 * ONE, "1",
        "Opening balance of a nostro, in expected daily outflows."),
    KEY(REAL, "liquidity.credit_line", liquidity.credit_line, 0, 1000 * ONE, "0.5",
        "Overdraft a correspondent grants, in expected daily outflows."),
    SWITCH("liquidity.top_up", liquidity.top_up, "true", "Banks refill nostros that run low."),
    KEY(DURATION, "liquidity.top_up_interval", liquidity.top_up_interval_ns, HST_MINUTE_NS,
        7 * HST_DAY_NS, "1h", "How often they look."),
    KEY(DURATION, "liquidity.queue_timeout", liquidity.queue_timeout_ns, 0, 30 * HST_DAY_NS, "6h",
        "A payment that waits for cover longer than this is returned."),
    KEY(REAL, "liquidity.rtgs_opening_balance", liquidity.rtgs_opening_balance, 0, 1000 * ONE, "2",
        "Reserve balance at opening, in expected daily outflows."),
    KEY(REAL, "liquidity.rtgs_intraday_credit", liquidity.rtgs_intraday_credit, 0, 1000 * ONE,
        "1", "Intraday credit of the central bank, in expected daily outflows."),

    MAP("rails", "How each stage of settlement behaves."),
    MAP("rails.correspondent", "A correspondent bank at work on one payment."),
    KEY(RATE, "rails.correspondent.cover_share", rails.correspondent.cover_share_ppb, 0, WHOLE,
        "30%", "Payments settled by the cover method instead of one after the other."),
    KEY(DURATION, "rails.correspondent.processing_median",
        rails.correspondent.processing_median_ns, 0, HST_DAY_NS, "40s",
        "Time a correspondent takes; lognormal."),
    KEY(REAL, "rails.correspondent.processing_sigma", rails.correspondent.processing_sigma, 0,
        5 * ONE, "1", "Standard deviation of its logarithm."),
    KEY(RATE, "rails.correspondent.repair_share", rails.correspondent.repair_share_ppb, 0, WHOLE,
        "4%", "Messages that need a person."),
    KEY(DURATION, "rails.correspondent.repair_median", rails.correspondent.repair_median_ns, 0,
        7 * HST_DAY_NS, "2h", "Time the person takes, median."),
    MAP("rails.rtgs", "A real-time gross settlement system."),
    KEY(DURATION, "rails.rtgs.processing", rails.rtgs.processing_ns, 0, HST_HOUR_NS, "2s",
        "Time to settle a payment that has cover."),
    MAP("rails.beneficiary", "The last mile: from the creditor agent to the creditor's account."),
    KEY(RATE, "rails.beneficiary.instant_share", rails.beneficiary.instant_share_ppb, 0, WHOLE,
        "33%", "Payments that are credited at once, whatever the hour."),
    KEY(DURATION, "rails.beneficiary.straight_through_median",
        rails.beneficiary.straight_through_median_ns, 0, HST_DAY_NS, "90s",
        "Automatic crediting, median."),
    KEY(RATE, "rails.beneficiary.review_share", rails.beneficiary.review_share_ppb, 0, WHOLE,
        "25%", "Payments not credited at once that are reviewed first."),
    KEY(DURATION, "rails.beneficiary.review_median", rails.beneficiary.review_median_ns, 0,
        7 * HST_DAY_NS, "3h", "Crediting after a review, median."),
    KEY(DURATION, "rails.beneficiary.batch_interval", rails.beneficiary.batch_interval_ns,
        HST_MINUTE_NS, 7 * HST_DAY_NS, "1h", "How often agents that do not credit at once book."),
    KEY(RATE, "rails.beneficiary.business_hours_only_share",
        rails.beneficiary.business_hours_only_share_ppb, 0, WHOLE, "50%",
        "Creditor agents that credit in business hours only."),
    MAP("rails.dlt", "A distributed ledger on which banks hold balances and pay each other at any "
        "hour."),
    STRING("rails.dlt.protocol", rails.dlt.protocol, HST_SCENARIO_PROTOCOL_NONE,
        "Consensus protocol of its validators (herstatt consensus --list), or none: there is no "
        "such ledger."),
    KEY(INTEGER, "rails.dlt.validators", rails.dlt.validators, 1, 100, "7",
        "How many validators, spread over five regions of the world."),
    KEY(DURATION, "rails.dlt.batch", rails.dlt.batch_ns, HST_SECOND_NS / 1000, HST_HOUR_NS,
        "200ms", "Transactions are gathered for this long before validators order them."),
    CHOICE("rails.dlt.conversion", hst_scenario, rails.dlt.conversion, conversion_names, "ledger",
        "Where a payment changes currency: at a dealer on the ledger, or at a ramp of the debtor "
        "agent, the creditor agent, or both."),
    STRING("rails.dlt.currency", rails.dlt.currency, "USD",
        "The one currency of a ledger with conversion: both_ramps."),
    LIST(STRINGS, "rails.dlt.corridors", rails.dlt.corridors, rails.dlt.corridor_count,
        HST_SCENARIO_DLT_CORRIDORS_MAX, "[all]",
        "Corridors whose payments go over it: all, or pairs of countries as US-MX."),
    CHOICE("rails.dlt.crypto", hst_scenario, rails.dlt.crypto, crypto_names, "modelled",
        "Whether signatures of validators' messages and of transactions are charged for, or made "
        "and checked (Ed25519); the order of events is the same."),
    LIST(SETTINGS, "rails.dlt.parameters", rails.dlt.parameters, rails.dlt.parameter_count,
        HST_SCENARIO_PARAMETERS_MAX, "{}",
        "The protocol's own parameters by name, as listed in docs/reference/protocols.md; those in "
        "ns may be written as durations."),
    KEY(INTEGER, "rails.dlt.chaos", rails.dlt.chaos, 0, 1000, "0",
        "Faults of validators a day, drawn from the seed within what the protocol tolerates, on "
        "top of those listed."),
    LIST(LIST, "rails.dlt.faults", rails.dlt.faults, rails.dlt.fault_count,
        HST_SCENARIO_FAULTS_MAX, "[]",
        "What goes wrong with validators, and when (docs/how-to/faults-of-validators.md). An entry "
        "with several validators befalls each of them; kinds from silent on are Byzantine."),
    CHOICE("rails.dlt.faults[].kind", hst_scenario_fault, kind, fault_names, NULL,
        "What goes wrong."),
    WORDS("rails.dlt.faults[].validators", hst_scenario_fault, validators, validator_count,
        HST_SCENARIO_FAULT_VALIDATORS_MAX,
        "Whom it befalls: numbers from 0, or leader, who is found out when it begins. Of a "
        "partition one side, of a slow link its two ends; loss, duplicate and slow_leader take "
        "none."),
    FAULT(STRING, "bridge", bridge, 0, HST_SCENARIO_VALIDATOR_SIZE - 1, "",
        "Partition: the validator that both sides reach."),
    FAULT(DURATION, "from", from_ns, 0, 91 * HST_DAY_NS, "0s", "Begins so long after the start of the run."),
    FAULT(DURATION, "until", until_ns, 0, 91 * HST_DAY_NS, "0s",
        "Ends so long after the start of the run; 0s = it does not end."),
    FAULT(DURATION, "by", by_ns, 0, HST_DAY_NS, "0s",
        "Slow and late kinds, clock: by how much."),
    FAULT(RATE, "share", share_ppb, 0, WHOLE / 2, "0",
        "Loss, duplicate: of all messages."),

    MAP("charges", "Published prices; each correspondent draws its own around them. Remittance and retail fees come from real quotes (data.quotes)."),
    KEY(MONEY, "charges.correspondent_fixed_usd", charges.correspondent_fixed_micro_usd, 0,
        10000 * DOLLAR, "8", "A correspondent, for each payment."),
    KEY(RATE, "charges.correspondent", charges.correspondent_ppb, 0, WHOLE, "1bp",
        "A correspondent, of the amount."),
    KEY(MONEY, "charges.rtgs_fixed_usd", charges.rtgs_fixed_micro_usd, 0, 10000 * DOLLAR, "0.5",
        "An RTGS system, for each payment."),
    KEY(MONEY, "charges.lifting_fixed_usd", charges.lifting_fixed_micro_usd, 0, 10000 * DOLLAR,
        "6", "The creditor agent, for receiving."),
    KEY(MONEY, "charges.wholesale_fixed_usd", charges.wholesale_fixed_micro_usd, 0, 10000 * DOLLAR,
        "20", "The debtor agent, for a wholesale payment."),
    KEY(MONEY, "charges.dlt_fixed_usd", charges.dlt_fixed_micro_usd, 0, 10000 * DOLLAR, "0.01",
        "A distributed ledger, for each payment."),

    MAP("market", "Exchange rates."),
    CHOICE("market.model", hst_scenario, market.model, market_model_names, "replay",
        "Where rates come from: the day's published ones, or drawn with fitted volatility."),
    KEY(DURATION, "market.step", market.step_ns, HST_SECOND_NS, HST_DAY_NS, "5min",
        "How often quotes change."),
    MAP("market.half_spread", "Half the distance between bid and ask, of mid."),
    KEY(RATE, "market.half_spread.interbank", market.half_spread.interbank_ppb, 0, WHOLE / 2,
        "0.5bp", "Bank to bank."),
    KEY(RATE, "market.half_spread.corporate", market.half_spread.corporate_ppb, 0, WHOLE / 2,
        "8bp", "Bank to firm."),
    KEY(RATE, "market.half_spread.retail", market.half_spread.retail_ppb, 0, WHOLE / 2, "100bp",
        "Bank to person."),
    MAP("market.spread", "How half-spreads move around that, in every hour and tier; their mean stays. Off unless a number below is above 0."),
    KEY(REAL, "market.spread.deviation", market.spread.deviation, 0, 2 * ONE, "0",
        "Standard deviation of the logarithm of a leg's half-spread."),
    KEY(DURATION, "market.spread.half_life", market.spread.half_life_ns, HST_SECOND_NS,
        365 * HST_DAY_NS, "4h", "Half of a deviation is gone after this."),
    KEY(REAL, "market.spread.volatility_loading", market.spread.volatility_loading, 0, 4 * ONE, "0",
        "Wider by this power of the day's volatility over its long run, and after a jump."),
    KEY(REAL, "market.spread.liquidity_loading", market.spread.liquidity_loading, 0, 4 * ONE, "0",
        "Wider in quiet hours, beyond the table's: the logarithm when nobody trades."),
    MAP("market.dealers", "Dealers' inventories, against which quotes lean."),
    KEY(MONEY, "market.dealers.depth_usd", market.dealers.depth_micro_usd, 0, AMOUNT, "0",
        "Inventory of a major currency at which one side deals at mid and the other at twice the half-spread; 0 = quotes do not lean."),
    KEY(DURATION, "market.dealers.half_life", market.dealers.half_life_ns, HST_SECOND_NS,
        365 * HST_DAY_NS, "30min", "Dealers have passed on half of an inventory after this."),
    KEY(DURATION, "market.quote_validity", market.quote_validity_ns, 0, 30 * HST_DAY_NS, "0s",
        "A payment takes prices for its conversions when it is submitted; one executed later than this slips to the price of then. 0s = no price is taken, all deal at the price of then."),
    LIST(LIST, "market.jumps", market.jumps, market.jump_count, HST_SCENARIO_MARKET_RULES_MAX,
        "[]", "Jumps of drawn rates (model: garch); pegs and bands do not jump."),
    JUMPS(STRING, "of", of, 0, HST_SCENARIO_OF_SIZE - 1, NULL,
        "A class (major, liquid, emerging, exotic) or a currency; a later entry wins."),
    JUMPS(REAL, "per_year", per_year, 0, 10000 * ONE, NULL,
        "Expected number in a year of 252 trading days."),
    JUMPS(RATE, "mean", mean_ppb, -WHOLE / 2, WHOLE / 2, "0",
        "Mean size in log return; positive = the currency falls."),
    JUMPS(RATE, "deviation", deviation_ppb, 0, WHOLE / 2, "1%", "Standard deviation of the size."),
    LIST(LIST, "market.realignments", market.realignments, market.realignment_count,
        HST_SCENARIO_MARKET_RULES_MAX, "[]", "Lasting shifts of a currency, pegged or not."),
    REALIGNMENT(STRING, "of", of, 0, HST_SCENARIO_OF_SIZE - 1, NULL,
        "A currency, or pegs: each that has a peg or band, by itself."),
    REALIGNMENT(RATE, "size", size_ppb, -WHOLE * 9 / 10, 9 * WHOLE, NULL,
        "Change of units per US dollar; positive = devaluation."),
    REALIGNMENT(DURATION, "at", at_ns, 0, 91 * HST_DAY_NS, "0s",
        "So long after the start of the run."),
    REALIGNMENT(RATE, "chance", chance_ppb, 0, WHOLE * 9 / 10, "0",
        "Instead of a time (model: garch): that there is at least one in a year."),
    LIST(LIST, "market.premia", market.premia, market.premium_count,
        HST_SCENARIO_MARKET_RULES_MAX, "[]",
        "Currencies whose capital is controlled: who sells one without access to the official rate pays the parallel market's."),
    PREMIUM(STRING, "of", of, 0, HST_SCENARIO_OF_SIZE - 1, NULL, "The currency."),
    PREMIUM(RATE, "mean", mean_ppb, 0, WHOLE * 4 / 5, NULL,
        "Parallel rate over official rate less one; reverts to this."),
    PREMIUM(RATE, "deviation", deviation_ppb, 0, WHOLE * 4 / 5, "0", "Standard deviation of it."),
    PREMIUM(DURATION, "half_life", half_life_ns, HST_SECOND_NS, 3650 * HST_DAY_NS, "20d",
        "Half of a deviation is gone after this."),
    CHOICE("market.premia[].official", hst_scenario_premium, official, official_names, "banks",
        "Who deals at the official rate: nobody, banks, or firms and banks (people pay)."),

    MAP("routing", "Who decides the way."),
    CHOICE("routing.router", hst_scenario, routing.router, router_names, "cheapest_advertised",
        "The strategy."),
    KEY(MONEY, "routing.delay_price_usd_per_hour", routing.delay_price_micro_usd_per_hour, 0,
        1000000 * DOLLAR, "0", "What an hour is worth to the debtor."),
    KEY(RATE, "routing.failure_price", routing.failure_price_ppb, 0, WHOLE, "40bp",
        "What a failed payment costs the debtor, of the amount; for routers that learn."),

    MAP("ledger", "The books."),
    KEY(DURATION, "ledger.block_interval", ledger.block_interval_ns, HST_SECOND_NS,
        7 * HST_DAY_NS, "2h", "How often a block is closed and its state root taken."),
    SWITCH("ledger.audit", ledger.audit, "false",
        "Replay every ledger from genesis at the end and compare every root; verify always does."),

    LIST(LIST, "corridors", corridors, corridor_count, HST_SCENARIO_CORRIDORS_MAX, "[]",
        "What differs from the tables, by pair of countries."),
    CORRIDOR(COUNTRY, "from", from, 2, 2, NULL, "Debtor's country."),
    CORRIDOR(COUNTRY, "to", to, 2, 2, NULL, "Creditor's country."),
    CORRIDOR(REAL, "weight", weight, 0, 1000 * ONE, "1", "Times the traffic of the tables."),
    CORRIDOR(RATE, "fee", fee_ppb, 0, WHOLE, "0", "Charged on top, of the amount."),
    CORRIDOR(BOOLEAN, "closed", closed, 0, 1, "false", "No payment gets through."),

    MAP("output", "What the result file holds."),
    SWITCH("output.payments", output.payments, "true", "A row for each payment."),
    SWITCH("output.hops", output.hops, "true", "A row for each hop."),
    SWITCH("output.liquidity", output.liquidity, "true", "Balances over time."),
    KEY(INTEGER, "output.compression", output.compression, 0, 9, "0",
        "Effort of compression, 0 = none."),
};
/* clang-format on */

const hst_key *hst_keys(size_t *count)
{
    *count = sizeof(keys) / sizeof(keys[0]);
    return keys;
}

const char *hst_scenario_segment_text(hst_scenario_segment_name name)
{
    return segment_names[name];
}

const char *hst_scenario_router_text(hst_scenario_router router)
{
    return router_names[router];
}

const char *hst_scenario_fault_text(hst_scenario_fault_kind kind)
{
    return fault_names[kind];
}

const char *hst_scenario_market_model_text(hst_scenario_market_model model)
{
    return market_model_names[model];
}
