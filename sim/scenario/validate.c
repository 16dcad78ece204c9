#include "sim/scenario/validate.h"

#include "core/base/assert.h"

#include "sim/scenario/phrase.h"
#include "sim/scenario/value.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/** What every check gets. */
typedef struct check {
    const hst_reading *reading;
    const hst_node *root;
    const hst_scenario *scenario;
} check;

/** Complain about the key at `path`, at its place or that of what holds it. */
static hst_status refuse(const check *c, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static hst_status refuse(const check *c, const char *path, const char *format, ...)
{
    char text[HST_ERROR_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    const hst_place place = hst_node_nearest(c->root, path)->place;
    return hst_reading_refuse(c->reading, place, path, "%s", text);
}

/** A name becomes part of file names, so it keeps to letters, digits and "._-". */
static hst_status check_name(const check *c)
{
    const char *name = c->scenario->name;
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    if (name[strspn(name, letters)] != '\0' || name[0] == '.') {
        char quoted[HST_PHRASE_SIZE];
        hst_phrase_quote(name, quoted);
        return refuse(c, "name", "expected letters, digits, '.', '_' and '-', got %s", quoted);
    }
    return HST_OK;
}

/** One segment's amounts lie in order, and no other segment has its name. */
static hst_status check_segment(const check *c, uint32_t index)
{
    const hst_scenario_segment *segments = c->scenario->workload.segments;
    const hst_scenario_segment *segment = &segments[index];
    char path[HST_NODE_PATH_SIZE];
    char bound[HST_VALUE_SIZE];
    for (uint32_t i = 0; i < index; i++) {
        if (segments[i].name == segment->name) {
            (void)snprintf(path, sizeof(path), "workload.segments[%u].name", index);
            return refuse(c, path, "segment '%s' is given twice",
                          hst_scenario_segment_text(segment->name));
        }
    }
    if (segment->amount_min_micro_usd > segment->amount_median_micro_usd) {
        (void)snprintf(path, sizeof(path), "workload.segments[%u].amount_median_usd", index);
        hst_value_format_number(HST_KEY_MONEY, segment->amount_min_micro_usd, bound);
        return refuse(c, path, "below amount_min_usd, which is %s", bound);
    }
    if (segment->amount_max_micro_usd < segment->amount_median_micro_usd) {
        (void)snprintf(path, sizeof(path), "workload.segments[%u].amount_median_usd", index);
        hst_value_format_number(HST_KEY_MONEY, segment->amount_max_micro_usd, bound);
        return refuse(c, path, "above amount_max_usd, which is %s", bound);
    }
    return HST_OK;
}

/** There are segments, and their shares sum to one. */
static hst_status check_segments(const check *c)
{
    const hst_scenario_workload *workload = &c->scenario->workload;
    hst_assert(workload->segment_count <= HST_SCENARIO_SEGMENTS_MAX);
    if (workload->segment_count == 0) {
        return refuse(c, "workload.segments", "expected at least one segment");
    }
    int64_t sum_ppb = 0;
    for (uint32_t i = 0; i < workload->segment_count; i++) {
        HST_TRY(check_segment(c, i));
        sum_ppb += workload->segments[i].share_ppb;
    }
    if (sum_ppb != HST_SCENARIO_PPB) {
        char sum[HST_VALUE_SIZE];
        hst_value_format_number(HST_KEY_RATE, sum_ppb, sum);
        return refuse(c, "workload.segments", "shares sum to %s, expected 100%%", sum);
    }
    return HST_OK;
}

/** Bank counts agree with each other. */
static hst_status check_banks(const check *c)
{
    const hst_scenario_banks *banks = &c->scenario->banks;
    if (banks->per_country_max < banks->per_country_min) {
        return refuse(c, "banks.per_country_max",
                      "%" PRId64 " is below per_country_min, which is %" PRId64,
                      banks->per_country_max, banks->per_country_min);
    }
    if (banks->correspondents_per_bank > banks->hubs_per_currency) {
        return refuse(c, "banks.correspondents_per_bank",
                      "%" PRId64 " is above hubs_per_currency, which is %" PRId64,
                      banks->correspondents_per_bank, banks->hubs_per_currency);
    }
    return HST_OK;
}

/** Corridors cross a border, and each is given once. */
static hst_status check_corridors(const check *c)
{
    const hst_scenario *scenario = c->scenario;
    hst_assert(scenario->corridor_count <= HST_SCENARIO_CORRIDORS_MAX);
    char path[HST_NODE_PATH_SIZE];
    for (uint32_t i = 0; i < scenario->corridor_count; i++) {
        const hst_scenario_corridor *corridor = &scenario->corridors[i];
        if (strcmp(corridor->from, corridor->to) == 0) {
            (void)snprintf(path, sizeof(path), "corridors[%u].to", i);
            return refuse(c, path, "%s to itself is no corridor", corridor->from);
        }
        for (uint32_t j = 0; j < i; j++) {
            if (strcmp(corridor->from, scenario->corridors[j].from) == 0 &&
                strcmp(corridor->to, scenario->corridors[j].to) == 0) {
                (void)snprintf(path, sizeof(path), "corridors[%u]", i);
                return refuse(c, path, "%s to %s is already given by corridors[%u]", corridor->from,
                              corridor->to, j);
            }
        }
    }
    return HST_OK;
}

/** Jumps and chances only where rates are drawn; a realignment has a time or a chance. */
static hst_status check_market(const check *c)
{
    const hst_scenario_market *market = &c->scenario->market;
    const hst_scenario_clock *clock = &c->scenario->clock;
    const bool drawn = market->model == HST_MARKET_GARCH;
    char path[HST_NODE_PATH_SIZE];
    if (market->jump_count > 0 && !drawn) {
        return refuse(c, "market.jumps",
                      "expected market.model: garch, published rates have their own jumps");
    }
    for (uint32_t i = 0; i < market->realignment_count; i++) {
        const hst_scenario_realignment *one = &market->realignments[i];
        (void)snprintf(path, sizeof(path), "market.realignments[%u].chance", i);
        if (one->chance_ppb > 0 && one->at_ns > 0) {
            return refuse(c, path, "expected a time or a chance, got both");
        }
        if (one->chance_ppb > 0 && !drawn) {
            return refuse(c, path, "expected market.model: garch; in a replay say when, by at");
        }
        if (one->at_ns > clock->origination_ns + clock->drain_ns) {
            char end[HST_VALUE_SIZE];
            hst_value_format_number(HST_KEY_DURATION, clock->origination_ns + clock->drain_ns, end);
            (void)snprintf(path, sizeof(path), "market.realignments[%u].at", i);
            return refuse(c, path, "behind the end of the run, which is %s", end);
        }
    }
    return HST_OK;
}

static bool is_capital(char letter)
{
    return letter >= 'A' && letter <= 'Z';
}

/** Corridors of the distributed ledger: "all", or two countries as US-MX, each once. */
static hst_status check_dlt(const check *c)
{
    const hst_scenario_dlt *dlt = &c->scenario->rails.dlt;
    char path[HST_NODE_PATH_SIZE];
    char quoted[HST_PHRASE_SIZE];
    hst_assert(dlt->corridor_count <= HST_SCENARIO_DLT_CORRIDORS_MAX);
    for (uint32_t i = 0; i < dlt->corridor_count; i++) {
        const char *one = dlt->corridors[i];
        (void)snprintf(path, sizeof(path), "rails.dlt.corridors[%u]", i);
        const bool pair = strlen(one) == 5 && is_capital(one[0]) && is_capital(one[1]) &&
                          one[2] == '-' && is_capital(one[3]) && is_capital(one[4]);
        if (!pair && strcmp(one, "all") != 0) {
            hst_phrase_quote(one, quoted);
            return refuse(c, path, "expected all, or two countries as US-MX, got %s", quoted);
        }
        if (pair && memcmp(one, one + 3, 2) == 0) {
            return refuse(c, path, "%.2s to itself is no corridor", one);
        }
        for (uint32_t j = 0; j < i; j++) {
            if (strcmp(one, dlt->corridors[j]) == 0) {
                return refuse(c, path, "%s is already given by rails.dlt.corridors[%u]", one, j);
            }
        }
    }
    if (dlt->corridor_count == 0 && strcmp(dlt->protocol, HST_SCENARIO_PROTOCOL_NONE) != 0) {
        return refuse(c, "rails.dlt.corridors", "expected at least one corridor, or all");
    }
    return HST_OK;
}

/** What each kind of fault of validators takes. */
typedef struct fault_needs {
    uint32_t least; /**< validators */
    uint32_t most;  /**< likewise */
    bool leader;    /**< the leader will do */
    bool by;        /**< takes `by` */
    bool share;     /**< takes `share` */
} fault_needs;

static fault_needs needs_of(hst_scenario_fault_kind kind)
{
    enum { MANY = HST_SCENARIO_FAULT_VALIDATORS_MAX };
    static const fault_needs passing = {.least = 1, .most = MANY, .leader = true};
    static const fault_needs byzantine = {.least = 1, .most = MANY};
    switch (kind) {
    case HST_SCENARIO_FAULT_CRASH:
    case HST_SCENARIO_FAULT_DISK_LOSS:
    case HST_SCENARIO_FAULT_CUT:
    case HST_SCENARIO_FAULT_CUT_OUT:
    case HST_SCENARIO_FAULT_CUT_IN:
    case HST_SCENARIO_FAULT_BIT_FLIP: return passing;
    case HST_SCENARIO_FAULT_SLOW:
    case HST_SCENARIO_FAULT_CLOCK:
        return (fault_needs){.least = 1, .most = MANY, .leader = true, .by = true};
    case HST_SCENARIO_FAULT_SLOW_LINK: return (fault_needs){.least = 2, .most = 2, .by = true};
    case HST_SCENARIO_FAULT_SLOW_LEADER: return (fault_needs){.by = true};
    case HST_SCENARIO_FAULT_LOSS:
    case HST_SCENARIO_FAULT_DUPLICATE: return (fault_needs){.share = true};
    case HST_SCENARIO_FAULT_LATE:
    case HST_SCENARIO_FAULT_LATE_VOTES: return (fault_needs){.least = 1, .most = MANY, .by = true};
    case HST_SCENARIO_FAULT_PARTITION:
    case HST_SCENARIO_FAULT_PARTITION_OUT:
    case HST_SCENARIO_FAULT_SILENT:
    case HST_SCENARIO_FAULT_DEAF_HALF:
    case HST_SCENARIO_FAULT_WITHHOLD:
    case HST_SCENARIO_FAULT_INVALID:
    case HST_SCENARIO_FAULT_EQUIVOCATE:
    case HST_SCENARIO_FAULT_TWIN:
    case HST_SCENARIO_FAULT_GARBLE:
    case HST_SCENARIO_FAULT_REPLAY: return byzantine;
    case HST_SCENARIO_FAULT_COUNT: break;
    }
    hst_assert(false);
    return passing;
}

/** A number below `count` without leading zeros, or -1. */
static int64_t validator_number(const char *text, int64_t count)
{
    const size_t size = strlen(text);
    if (size == 0 || size > 3 || strspn(text, "0123456789") < size || (size > 1 && *text == '0')) {
        return -1;
    }
    int64_t number = 0;
    for (const char *c = text; *c != '\0'; c++) {
        number = number * 10 + (*c - '0');
    }
    return number < count ? number : -1;
}

/** Each validator of a fault exists and is named once. */
static hst_status check_fault_validators(const check *c, uint32_t index, const fault_needs *needs)
{
    const hst_scenario_dlt *dlt = &c->scenario->rails.dlt;
    const hst_scenario_fault *fault = &dlt->faults[index];
    char path[HST_NODE_PATH_SIZE];
    char quoted[HST_PHRASE_SIZE];
    (void)snprintf(path, sizeof(path), "rails.dlt.faults[%u].validators", index);
    if (fault->validator_count < needs->least || fault->validator_count > needs->most) {
        const char *some = needs->most == 0 ? "no" : needs->most == 2 ? "two" : "at least one";
        return refuse(c, path, "%s takes %s validator%s, got %u",
                      hst_scenario_fault_text(fault->kind), some, needs->most == 2 ? "s" : "",
                      fault->validator_count);
    }
    for (uint32_t i = 0; i < fault->validator_count; i++) {
        const char *one = fault->validators[i];
        (void)snprintf(path, sizeof(path), "rails.dlt.faults[%u].validators[%u]", index, i);
        if (!(needs->leader && strcmp(one, "leader") == 0) &&
            validator_number(one, dlt->validators) < 0) {
            hst_phrase_quote(one, quoted);
            return refuse(c, path, "expected %sa number below %" PRId64 ", got %s",
                          needs->leader ? "leader or " : "", dlt->validators, quoted);
        }
        for (uint32_t j = 0; j < i; j++) {
            if (strcmp(one, fault->validators[j]) == 0) {
                return refuse(c, path, "%s is given twice", one);
            }
        }
    }
    return HST_OK;
}

/** Nothing is missing from a fault, and nothing is there that its kind does not take. */
static hst_status check_fault(const check *c, uint32_t index)
{
    const hst_scenario_dlt *dlt = &c->scenario->rails.dlt;
    const hst_scenario_fault *fault = &dlt->faults[index];
    const fault_needs needs = needs_of(fault->kind);
    const char *kind = hst_scenario_fault_text(fault->kind);
    char path[HST_NODE_PATH_SIZE];
    HST_TRY(check_fault_validators(c, index, &needs));
    if (fault->until_ns != 0 && fault->until_ns <= fault->from_ns) {
        (void)snprintf(path, sizeof(path), "rails.dlt.faults[%u].until", index);
        char from[HST_VALUE_SIZE];
        char until[HST_VALUE_SIZE];
        hst_value_format_number(HST_KEY_DURATION, fault->from_ns, from);
        hst_value_format_number(HST_KEY_DURATION, fault->until_ns, until);
        return refuse(c, path, "expected a time after from (%.20s), got %.20s", from, until);
    }
    if (needs.by != (fault->by_ns > 0)) {
        (void)snprintf(path, sizeof(path), "rails.dlt.faults[%u].by", index);
        return refuse(c, path, needs.by ? "%s needs it, above 0s" : "%s does not take it", kind);
    }
    if (needs.share != (fault->share_ppb > 0)) {
        (void)snprintf(path, sizeof(path), "rails.dlt.faults[%u].share", index);
        return refuse(c, path, needs.share ? "%s needs it, above 0" : "%s does not take it", kind);
    }
    if (fault->bridge[0] != '\0' && (fault->kind != HST_SCENARIO_FAULT_PARTITION ||
                                     validator_number(fault->bridge, dlt->validators) < 0)) {
        (void)snprintf(path, sizeof(path), "rails.dlt.faults[%u].bridge", index);
        return refuse(c, path, "expected a number below %" PRId64 ", and a partition",
                      dlt->validators);
    }
    return HST_OK;
}

/** A validator misbehaves in one way at most. */
static hst_status check_behaviours(const check *c)
{
    const hst_scenario_dlt *dlt = &c->scenario->rails.dlt;
    uint32_t owner[128];
    memset(owner, 0xff, sizeof owner);
    for (uint32_t f = 0; f < dlt->fault_count; f++) {
        const hst_scenario_fault *fault = &dlt->faults[f];
        for (uint32_t i = 0; fault->kind >= HST_SCENARIO_FAULT_SILENT && i < fault->validator_count;
             i++) {
            const int64_t who = validator_number(fault->validators[i], dlt->validators);
            hst_assert(who >= 0 && who < 128);
            if (owner[who] != UINT32_MAX) {
                char path[HST_NODE_PATH_SIZE];
                (void)snprintf(path, sizeof(path), "rails.dlt.faults[%u].validators[%u]", f, i);
                return refuse(c, path, "validator %s misbehaves already in rails.dlt.faults[%u]",
                              fault->validators[i], owner[who]);
            }
            owner[who] = f;
        }
    }
    return HST_OK;
}

/** Faults of validators: each by itself, and what they come to together. */
static hst_status check_faults(const check *c)
{
    enum { VALIDATORS_MAX = 63 };
    const hst_scenario_dlt *dlt = &c->scenario->rails.dlt;
    hst_assert(dlt->fault_count <= HST_SCENARIO_FAULTS_MAX);
    if ((dlt->fault_count > 0 || dlt->chaos > 0) && dlt->validators > VALIDATORS_MAX) {
        return refuse(c, "rails.dlt.validators", "at most %d where some are faulty, got %" PRId64,
                      VALIDATORS_MAX, dlt->validators);
    }
    for (uint32_t f = 0; f < dlt->fault_count; f++) {
        HST_TRY(check_fault(c, f));
    }
    return check_behaviours(c);
}

hst_status hst_validate(hst_reading *reading, const hst_node *root, const hst_scenario *scenario)
{
    hst_assert(reading != NULL);
    hst_assert(scenario->schema == HST_SCENARIO_SCHEMA);
    const check c = {.reading = reading, .root = root, .scenario = scenario};
    HST_TRY(check_name(&c));
    HST_TRY(check_segments(&c));
    HST_TRY(check_banks(&c));
    HST_TRY(check_corridors(&c));
    HST_TRY(check_market(&c));
    HST_TRY(check_dlt(&c));
    HST_TRY(check_faults(&c));
    return HST_OK;
}
