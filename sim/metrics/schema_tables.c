#include "core/base/assert.h"

#include "sim/metrics/schema.h"

#include <stddef.h>

/* Words of enumerated columns, from the maps in rows.h. */
#define X(name, number, text, description) {(text), (number), (description)},
static const hst_enum_value flag_values[] = {HST_ROW_FLAG_MAP(X)};
static const hst_enum_value segment_values[] = {HST_ROW_SEGMENT_MAP(X)};
static const hst_enum_value state_values[] = {HST_ROW_STATE_MAP(X)};
static const hst_enum_value reason_values[] = {HST_ROW_REASON_MAP(X)};
static const hst_enum_value firm_values[] = {HST_ROW_FIRM_MAP(X)};
static const hst_enum_value method_values[] = {HST_ROW_METHOD_MAP(X)};
static const hst_enum_value speed_values[] = {HST_ROW_SPEED_MAP(X)};
static const hst_enum_value hop_values[] = {HST_ROW_HOP_MAP(X)};
static const hst_enum_value outcome_values[] = {HST_ROW_OUTCOME_MAP(X)};
static const hst_enum_value ledger_values[] = {HST_ROW_LEDGER_MAP(X)};
static const hst_enum_value bound_values[] = {HST_ROW_BOUND_MAP(X)};
static const hst_enum_value event_values[] = {HST_ROW_EVENT_MAP(X)};
#undef X

#define WORDS(name)                                                                                \
    {                                                                                              \
#        name, name##_values, sizeof name##_values / sizeof name##_values[0]                       \
    }
static const hst_enum_words flag_words = WORDS(flag);
static const hst_enum_words segment_words = WORDS(segment);
static const hst_enum_words state_words = WORDS(state);
static const hst_enum_words reason_words = WORDS(reason);
static const hst_enum_words firm_words = WORDS(firm);
static const hst_enum_words method_words = WORDS(method);
static const hst_enum_words speed_words = WORDS(speed);
static const hst_enum_words hop_words = WORDS(hop);
static const hst_enum_words outcome_words = WORDS(outcome);
static const hst_enum_words ledger_words = WORDS(ledger);
static const hst_enum_words bound_words = WORDS(bound);
static const hst_enum_words event_words = WORDS(event);

/* A column of hst_<row>_row. Offset and size come from the struct, so they cannot disagree. */
#define SIZE_OF(row, field) ((uint32_t)sizeof(((const hst_##row##_row *)0)->field))
#define COLUMN(row, field, kind, unit, text)                                                       \
    {                                                                                              \
#        field, HST_COLUMN_##kind, offsetof(hst_##row##_row, field), SIZE_OF(row, field), (unit),  \
            (text), NULL                                                                           \
    }
#define ENUM_COLUMN(row, field, words, text)                                                       \
    {                                                                                              \
#        field, HST_COLUMN_ENUM, offsetof(hst_##row##_row, field), SIZE_OF(row, field), "word",    \
            (text), &(words)                                                                       \
    }

static const hst_column payment_columns[] = {
    COLUMN(payment, payment, U64, "id", "number of the payment, from 0 in order of origination"),
    COLUMN(payment, submitted_ns, I64, "ns", "the debtor instructed it"),
    COLUMN(payment, bank_ns, I64, "ns", "principal reached the creditor agent"),
    COLUMN(payment, credited_ns, I64, "ns", "the creditor was credited"),
    COLUMN(payment,
           instructed_amount_minor,
           I64,
           "minor",
           "instructed amount, in instructed_currency"),
    COLUMN(
        payment, settlement_amount_minor, I64, "minor", "amount credited, in settlement_currency"),
    COLUMN(payment, amount_micro_usd, I64, "micro_usd", "instructed amount at mid"),
    COLUMN(payment, fee_micro_usd, I64, "micro_usd", "all charges"),
    COLUMN(payment, fx_margin_micro_usd, I64, "micro_usd", "distance of all conversions from mid"),
    COLUMN(payment, liquidity_micro_usd, I64, "micro_usd", "cost of the liquidity it tied up"),
    COLUMN(
        payment, advertised_micro_usd, I64, "micro_usd", "cost the router expected when it chose"),
    COLUMN(payment, queued_ns, I64, "ns", "time spent waiting for cover or opening, all hops"),
    COLUMN(payment, at_risk_ns, I64, "ns", "time its principal stood between two legs"),
    COLUMN(payment, debtor_agent, U32, "id", "institution of the debtor"),
    COLUMN(payment, creditor_agent, U32, "id", "institution of the creditor"),
    COLUMN(payment, corridor, U16, "id", "corridor"),
    COLUMN(payment, instructed_currency, U16, "id", "currency of the instructed amount"),
    COLUMN(payment, settlement_currency, U16, "id", "currency of the settlement amount"),
    COLUMN(payment, attempts, U16, "count", "times a route was taken, 1 = the first worked"),
    ENUM_COLUMN(payment, segment, segment_words, "kind of payment"),
    ENUM_COLUMN(payment, state, state_words, "how it ended"),
    ENUM_COLUMN(payment, reason, reason_words, "why it ended so"),
    ENUM_COLUMN(payment, firm_type, firm_words, "kind of institution of the debtor agent"),
    ENUM_COLUMN(payment, method, method_words, "settlement method"),
    COLUMN(payment, hop_count, U8, "count", "hops of the last route"),
    COLUMN(payment, intermediaries, U8, "count", "institutions between debtor and creditor agent"),
    ENUM_COLUMN(payment, quote_speed, speed_words, "promised speed"),
};

static const hst_column hop_columns[] = {
    COLUMN(hop, payment, U64, "id", "payment it belongs to; top-ups number from 2^63"),
    COLUMN(hop, submitted_ns, I64, "ns", "handed to its rail"),
    COLUMN(hop, settled_ns, I64, "ns", "booked"),
    COLUMN(hop, queued_ns, I64, "ns", "time spent in the rail's queue"),
    COLUMN(hop, amount_minor, I64, "minor", "amount that moved"),
    COLUMN(hop, charge_minor, I64, "minor", "charge taken out of it or on top"),
    COLUMN(hop, from_institution, U32, "id", "paying institution"),
    COLUMN(hop, to_institution, U32, "id", "receiving institution"),
    COLUMN(hop, ledger, U16, "id", "ledger that booked it"),
    COLUMN(hop, currency, U16, "id", "currency of the amount"),
    COLUMN(hop, hop_index, U8, "index", "position in the route, from 0"),
    ENUM_COLUMN(hop, kind, hop_words, "what the hop is"),
    ENUM_COLUMN(hop, outcome, outcome_words, "how the hop ended"),
    ENUM_COLUMN(hop, reason, reason_words, "why it ended so"),
};

static const hst_column position_columns[] = {
    COLUMN(position, time_ns, I64, "ns", "when"),
    COLUMN(position, balance_minor, I64, "minor", "booked balance, negative = overdrawn"),
    COLUMN(position, credit_used_minor, I64, "minor", "part of the credit line in use"),
    COLUMN(position, queued_minor, I64, "minor", "amount of payments waiting for cover"),
    COLUMN(position, institution, U32, "id", "owner of the account; 2^32 - 1: all on a DLT"),
    COLUMN(position, held_at, U32, "id", "institution that keeps it; 2^32 - 1: a DLT"),
    COLUMN(position, queued_payments, U32, "count", "payments waiting for cover"),
    COLUMN(position, ledger, U16, "id", "ledger it lies on"),
    COLUMN(position, currency, U16, "id", "its currency"),
};

static const hst_column liquidity_columns[] = {
    COLUMN(liquidity, time_ns, I64, "ns", "when"),
    COLUMN(liquidity, settled_micro_usd, I64, "micro_usd", "value settled since the run began"),
    COLUMN(liquidity, balances_micro_usd, I64, "micro_usd", "sum of positive balances"),
    COLUMN(liquidity, credit_used_micro_usd, I64, "micro_usd", "sum of overdrafts"),
    COLUMN(liquidity, queued_micro_usd, I64, "micro_usd", "value of payments waiting for cover"),
    COLUMN(liquidity, settled_payments, U64, "count", "transfers settled since the run began"),
    COLUMN(liquidity, queued_payments, U64, "count", "transfers waiting for cover"),
    COLUMN(liquidity, ledger, U32, "id", "which ledger"),
    COLUMN(liquidity, overdrawn, U32, "count", "accounts below zero"),
};

static const hst_column exposure_columns[] = {
    COLUMN(exposure, time_ns, I64, "ns", "when"),
    COLUMN(exposure, at_risk_micro_usd, I64, "micro_usd", "all principal at risk"),
    COLUMN(exposure, largest_micro_usd, I64, "micro_usd", "of it, the largest of one institution"),
    COLUMN(exposure, payments, U32, "count", "payments that hold principal at risk"),
    COLUMN(exposure, largest_institution, U32, "id", "institution of largest_micro_usd"),
};

static const hst_column failure_columns[] = {
    COLUMN(failure, payments, U64, "count", "how many"),
    COLUMN(failure, amount_micro_usd, I64, "micro_usd", "their instructed amounts"),
    ENUM_COLUMN(failure, segment, segment_words, "kind of payment"),
    ENUM_COLUMN(failure, state, state_words, "how it ended"),
    ENUM_COLUMN(failure, reason, reason_words, "why it ended so"),
    ENUM_COLUMN(failure, method, method_words, "settlement method"),
    COLUMN(failure, corridor, U32, "id", "corridor, or none for all"),
};

static const hst_column edge_columns[] = {
    COLUMN(edge, uses, U64, "count", "hops submitted on it"),
    COLUMN(edge, failures, U64, "count", "hops that did not settle"),
    COLUMN(edge, amount_micro_usd, I64, "micro_usd", "value settled"),
    COLUMN(edge, charge_micro_usd, I64, "micro_usd", "charges taken"),
    COLUMN(edge, advertised_fixed_micro_usd, I64, "micro_usd", "published charge for each use"),
    COLUMN(edge, advertised_ppb, I64, "ppb", "published charge as a share of the amount"),
    COLUMN(
        edge, settle_ns_total, I64, "ns", "time from submission to settlement, all settled hops"),
    COLUMN(edge, edge, U32, "id", "number of the edge"),
    COLUMN(edge, from_institution, U32, "id", "paying institution"),
    COLUMN(edge, to_institution, U32, "id", "receiving institution"),
    ENUM_COLUMN(edge, kind, hop_words, "what the hop is"),
    COLUMN(edge, from_currency, U32, "id", "currency that goes in"),
    COLUMN(edge, to_currency, U32, "id", "currency that comes out"),
};

static const hst_column rate_columns[] = {
    COLUMN(rate, time_ns, I64, "ns", "when"),
    COLUMN(rate, mid_usd, F64, "usd", "US dollars for one unit at mid"),
    COLUMN(
        rate, half_spread_ppb, I64, "ppb", "half the interbank distance from bid to ask, of mid"),
    COLUMN(rate, converted_micro_usd, I64, "micro_usd", "value converted since the run began"),
    COLUMN(rate, currency, U32, "id", "which currency"),
    COLUMN(rate, conversions, U32, "count", "conversions since the run began"),
};

static const hst_column currency_columns[] = {
    COLUMN(currency, code, TEXT, "text", "ISO 4217 code"),
    COLUMN(currency, currency, U32, "id", "its number"),
    COLUMN(currency, decimals, U32, "count", "digits of the minor unit"),
    COLUMN(currency, ledger, U32, "id", "RTGS ledger of the currency, or none"),
    COLUMN(currency, mid_usd, F64, "usd", "US dollars for one unit at the start"),
};

static const hst_column institution_columns[] = {
    COLUMN(institution, name, TEXT, "text", "name"),
    COLUMN(institution, country, TEXT, "text", "ISO 3166 two-letter code"),
    COLUMN(institution, institution, U32, "id", "its number"),
    ENUM_COLUMN(institution, kind, firm_words, "kind of institution"),
    COLUMN(institution, home_currency, U32, "id", "currency of its country"),
    COLUMN(institution, payments_sent, U64, "count", "payments as debtor agent"),
    COLUMN(institution, payments_received, U64, "count", "completed payments as creditor agent"),
    COLUMN(institution, payments_passed, U64, "count", "hops as intermediary"),
    COLUMN(institution, charges_micro_usd, I64, "micro_usd", "charges earned"),
    COLUMN(institution, liquidity_micro_usd, I64, "micro_usd", "liquidity it held at its most"),
};

static const hst_column corridor_columns[] = {
    COLUMN(corridor, corridor, U32, "id", "its number"),
    COLUMN(corridor, from_country, TEXT, "text", "debtor country"),
    COLUMN(corridor, to_country, TEXT, "text", "creditor country"),
    ENUM_COLUMN(corridor, closed, flag_words, "no payment gets through"),
    COLUMN(corridor, payments, U64, "count", "payments originated"),
    COLUMN(corridor, completed, U64, "count", "payments completed"),
    COLUMN(corridor, amount_micro_usd, I64, "micro_usd", "instructed amounts"),
    COLUMN(corridor,
           cost_micro_usd,
           I64,
           "micro_usd",
           "fees, margins and liquidity of completed payments"),
    COLUMN(
        corridor, cost_bp, F64, "bp", "cost of completed payments in basis points of their amount"),
    COLUMN(corridor,
           published_cost_bp,
           F64,
           "bp",
           "published cost of sending 200 USD, not a number = unknown"),
    COLUMN(
        corridor, time_median_ns, I64, "ns", "submission to credit, median of completed payments"),
    COLUMN(corridor, time_p95_ns, I64, "ns", "the same, 95th percentile"),
    COLUMN(corridor, within_hour_share, F64, "ratio", "share of payments credited within one hour"),
    COLUMN(corridor,
           intermediaries_mean,
           F64,
           "count",
           "mean number of intermediaries of completed payments"),
};

static const hst_column ledger_columns[] = {
    COLUMN(ledger, name, TEXT, "text", "name"),
    COLUMN(ledger, ledger, U32, "id", "its number"),
    COLUMN(ledger, institution, U32, "id", "institution that keeps it, or none"),
    ENUM_COLUMN(ledger, kind, ledger_words, "what it records"),
    ENUM_COLUMN(ledger, conserved, flag_words, "value was conserved at every check"),
    COLUMN(ledger, accounts, U64, "count", "accounts"),
    COLUMN(ledger, transfers, U64, "count", "transfers booked"),
    COLUMN(ledger, refused, U64, "count", "transfers refused"),
    COLUMN(ledger, blocks, U64, "count", "blocks closed"),
    COLUMN(ledger, final_state_root, HASH, "hash", "state root after the last block"),
    COLUMN(ledger, final_block, HASH, "hash", "header hash of the last block"),
};

static const hst_column block_columns[] = {
    COLUMN(block, height, U64, "count", "position in its ledger, from 0"),
    COLUMN(block, time_ns, I64, "ns", "closed"),
    COLUMN(block, transfers, U64, "count", "transfers in it"),
    COLUMN(block, ledger, U32, "id", "which ledger"),
    ENUM_COLUMN(block, audited, flag_words, "balances and roots were recomputed"),
    COLUMN(block, transaction_root, HASH, "hash", "Merkle root of its transfers"),
    COLUMN(block, state_root, HASH, "hash", "Merkle root of all accounts after it"),
    COLUMN(block, header, HASH, "hash", "hash of its header"),
};

static const hst_column invariant_columns[] = {
    COLUMN(invariant, name, TEXT, "text", "name"),
    COLUMN(invariant, description, TEXT, "text", "what it says"),
    COLUMN(invariant, checked, U64, "count", "times checked"),
    COLUMN(invariant, violated, U64, "count", "times found broken"),
    COLUMN(invariant, first_violation_ns, I64, "ns", "when first found broken, or never"),
};

static const hst_column metric_columns[] = {
    COLUMN(metric, name, TEXT, "text", "dotted name"),
    COLUMN(metric, unit, TEXT, "text", "base unit"),
    COLUMN(metric, value, F64, "column unit", "the figure"),
    COLUMN(metric, description, TEXT, "text", "what it is"),
};

static const hst_column target_columns[] = {
    COLUMN(target, name, TEXT, "text", "dotted name of the metric"),
    COLUMN(target, unit, TEXT, "text", "base unit"),
    COLUMN(target, measured, F64, "column unit", "figure of this run"),
    COLUMN(target, published, F64, "column unit", "target or published figure"),
    ENUM_COLUMN(target, bound, bound_words, "which side counts as meeting it"),
    ENUM_COLUMN(target, met, flag_words, "whether the measured figure meets it"),
    COLUMN(target, source, TEXT, "text", "who published it, where"),
};

static const hst_column bin_columns[] = {
    COLUMN(bin, lower, I64, "attribute unit", "smallest value that falls in"),
    COLUMN(bin, upper, I64, "attribute unit", "largest value that falls in"),
    COLUMN(bin, count, U64, "count", "values that fell in"),
};

static const hst_column digest_columns[] = {
    COLUMN(digest, path, TEXT, "text", "what"),
    COLUMN(digest, size_bytes, U64, "bytes", "bytes of its data"),
    COLUMN(digest, digest, HASH, "hash", "BLAKE2b-256 over path, type, shape, attributes and data"),
};

static const hst_column event_columns[] = {
    COLUMN(event, time_ns, I64, "ns", "when; a holiday at the midnight (UTC) that begins it"),
    ENUM_COLUMN(event, kind, event_words, "what"),
    COLUMN(event, subject, TEXT, "text", "system, currency or corridor"),
    COLUMN(event, text, TEXT, "text", "in words"),
};

static const hst_column failure_hour_columns[] = {
    COLUMN(failure_hour, time_ns, I64, "ns", "start of the hour"),
    COLUMN(failure_hour, payments, U64, "count", "how many"),
    COLUMN(failure_hour, amount_micro_usd, I64, "micro_usd", "their instructed amounts"),
    ENUM_COLUMN(failure_hour, segment, segment_words, "kind of payment"),
    ENUM_COLUMN(failure_hour, reason, reason_words, "why they failed; none = completed"),
};

/* A row without holes is as long as its columns together. Checked where sizes are known: a hole
 * would carry whatever lay in memory into the file. */
_Static_assert(sizeof(hst_payment_row) == 128, "payment row has a hole");
_Static_assert(sizeof(hst_hop_row) == 64, "hop row has a hole");
_Static_assert(sizeof(hst_position_row) == 48, "position row has a hole");
_Static_assert(sizeof(hst_liquidity_row) == 64, "liquidity row has a hole");
_Static_assert(sizeof(hst_exposure_row) == 32, "exposure row has a hole");
_Static_assert(sizeof(hst_failure_row) == 24, "failure row has a hole");
_Static_assert(sizeof(hst_edge_row) == 80, "edge row has a hole");
_Static_assert(sizeof(hst_rate_row) == 40, "rate row has a hole");
_Static_assert(sizeof(hst_currency_row) == 24, "currency row has a hole");
_Static_assert(sizeof(hst_institution_row) == 104, "institution row has a hole");
_Static_assert(sizeof(hst_corridor_row) == 96, "corridor row has a hole");
_Static_assert(sizeof(hst_ledger_row) == 160, "ledger row has a hole");
_Static_assert(sizeof(hst_block_row) == 128, "block row has a hole");
_Static_assert(sizeof(hst_invariant_row) == 168, "invariant row has a hole");
_Static_assert(sizeof(hst_metric_row) == 192, "metric row has a hole");
_Static_assert(sizeof(hst_target_row) == 208, "target row has a hole");
_Static_assert(sizeof(hst_bin_row) == 24, "bin row has a hole");
_Static_assert(sizeof(hst_digest_row) == 128, "digest row has a hole");
_Static_assert(sizeof(hst_event_row) == 112, "event row has a hole");
_Static_assert(sizeof(hst_failure_hour_row) == 32, "failure hour row has a hole");

#define TABLE(row, path, title)                                                                    \
    {                                                                                              \
        (path), (title), (uint32_t)sizeof(hst_##row##_row),                                        \
            (uint32_t)(sizeof row##_columns / sizeof row##_columns[0]), row##_columns              \
    }

static const hst_table_schema tables[HST_TABLE_COUNT] = {
    [HST_TABLE_PAYMENT] =
        TABLE(payment, "/payments", "one row for each payment, in the order they ended"),
    [HST_TABLE_HOP] = TABLE(hop, "/hops", "one row for each hop, in the order they ended"),
    [HST_TABLE_POSITION] =
        TABLE(position, "/liquidity/positions", "accounts of institutions over time"),
    [HST_TABLE_LIQUIDITY] = TABLE(liquidity, "/liquidity/ledgers", "ledgers over time"),
    [HST_TABLE_EXPOSURE] =
        TABLE(exposure,
              "/risk/exposure",
              "principal at risk over time: paid away, counter-value not yet received"),
    [HST_TABLE_FAILURE] =
        TABLE(failure, "/risk/failures", "payments that did not complete, by why"),
    [HST_TABLE_EDGE] = TABLE(edge,
                             "/routing/edges",
                             "edges of the corridor graph: what was advertised and what happened"),
    [HST_TABLE_RATE] = TABLE(rate, "/fx/rates", "exchange rates over time"),
    [HST_TABLE_CURRENCY] = TABLE(currency, "/network/currencies", "currencies"),
    [HST_TABLE_INSTITUTION] = TABLE(institution, "/network/institutions", "institutions"),
    [HST_TABLE_CORRIDOR] =
        TABLE(corridor, "/corridors", "corridors: what they cost and how long they took"),
    [HST_TABLE_LEDGER] = TABLE(ledger, "/ledgers/ledgers", "ledgers at the end of the run"),
    [HST_TABLE_BLOCK] = TABLE(block, "/ledgers/blocks", "blocks of all ledgers"),
    [HST_TABLE_INVARIANT] =
        TABLE(invariant, "/invariants", "invariants and how often they were checked"),
    [HST_TABLE_METRIC] = TABLE(metric, "/summary", "figures of the run"),
    [HST_TABLE_TARGET] = TABLE(target, "/targets", "figures of the run beside published ones"),
    [HST_TABLE_DIGEST] =
        TABLE(digest, "/meta/digests", "digest of each object, recomputed when the file is opened"),
    [HST_TABLE_EVENT] =
        TABLE(event, "/events", "the calendar: hours of systems, holidays, changed corridors"),
    [HST_TABLE_FAILURE_HOUR] =
        TABLE(failure_hour,
              "/risk/failures_by_hour",
              "payments by the hour they were instructed, and why they failed"),
};

static const hst_table_schema histogram_schema =
    TABLE(bin, "/histograms/*", "one histogram; empty bins are left out");

static const hst_schema_entry entries[] = {
    {"/", "format", "text", "text", "\"herstatt result\""},
    {"/", "schema", "int64", "count", "schema number, equal to the seal's"},
    {"/", "complete", "int64", "flag", "1 when the run finished, 0 in a partial file"},
    {"/meta", "version", "text", "text", "version of the program that wrote it"},
    {"/meta", "content_digest", "text", "hash",
     "BLAKE2b-256 over /meta/digests, in hexadecimal; equal to the seal's"},
    {"/meta", "*", "any", "",
     "identity of the run: scenario name, seed, replication, run digest, ..."},
    {"/meta/host", "*", "any", "",
     "the machine and its time; covered by the seal, not by the content digest"},
    {"/meta/scenario", NULL, "text", "text", "the scenario as run, everything explicit"},
    {"/meta/inputs/*", NULL, "bytes", "bytes",
     "an input table as it was read; attribute path says from where"},
    {"/*", NULL, "any", "", "further arrays with attributes unit and description"},
};

static const char *const groups[] = {"/meta",    "/meta/host", "/meta/inputs", "/liquidity",
                                     "/risk",    "/routing",   "/fx",          "/network",
                                     "/ledgers", "/histograms"};

static const hst_enum_words *const all_words[] = {
    &flag_words,  &segment_words, &state_words,   &reason_words, &firm_words,  &method_words,
    &speed_words, &hop_words,     &outcome_words, &ledger_words, &bound_words, &event_words};

const hst_table_schema *hst_schema_table(hst_result_table table)
{
    hst_assert(table < HST_TABLE_COUNT);
    hst_assert(tables[table].path != NULL);
    return &tables[table];
}

const hst_table_schema *hst_schema_histogram(void)
{
    return &histogram_schema;
}

const hst_schema_entry *hst_schema_entries(size_t *count)
{
    hst_assert(count != NULL);
    *count = sizeof entries / sizeof entries[0];
    return entries;
}

const char *const *hst_schema_groups(size_t *count)
{
    hst_assert(count != NULL);
    *count = sizeof groups / sizeof groups[0];
    return groups;
}

const hst_enum_words *const *hst_schema_words(size_t *count)
{
    hst_assert(count != NULL);
    *count = sizeof all_words / sizeof all_words[0];
    return all_words;
}
