/* Parameters of a protocol by name: numbers, and durations for those in ns. */
#include "sim/base/number.h"
#include "sim/run/dlt_plan.h"
#include "sim/scenario/phrase.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Bytes of "rails.dlt.parameters." and a name. */
enum { PATH_SIZE = 32 + HST_SCENARIO_SETTING_NAME_SIZE };

/* All names, and the one that may have been meant. */
static hst_status refuse_name(const hst_dlt_plan *plan,
                              const hst_consensus_protocol *protocol,
                              const char *name,
                              const char *path,
                              hst_error *error)
{
    char word[HST_PHRASE_SIZE];
    size_t nearest = hst_phrase_slip(name) + 1;
    const char *meant = NULL;
    for (uint32_t p = 0; p < protocol->parameter_count; p++) {
        const char *one = protocol->parameters[p].name;
        const size_t distance = hst_phrase_distance(name, one, nearest);
        if (distance < nearest) {
            nearest = distance;
            meant = one;
        }
    }
    hst_phrase_word(name, word);
    if (meant != NULL) {
        return hst_scenario_refuse(plan->source, error, path,
                                   "%s has no parameter '%s', did you mean '%s'?", protocol->name,
                                   word, meant);
    }
    return hst_scenario_refuse(plan->source, error, path,
                               "%s has no parameter '%s' (herstatt consensus --list)",
                               protocol->name, word);
}

static hst_status read_one(const hst_dlt_plan *plan,
                           const hst_consensus_protocol *protocol,
                           const hst_scenario_setting *setting,
                           int64_t *values,
                           hst_error *error)
{
    char path[PATH_SIZE];
    char quoted[HST_PHRASE_SIZE];
    const hst_text text = hst_text_of(setting->value);
    uint32_t p = 0;
    int64_t value = 0;
    (void)snprintf(path, sizeof path, "rails.dlt.parameters.%s", setting->name);
    while (p < protocol->parameter_count &&
           strcmp(protocol->parameters[p].name, setting->name) != 0) {
        p++;
    }
    if (p == protocol->parameter_count) {
        return refuse_name(plan, protocol, setting->name, path, error);
    }
    const hst_consensus_parameter *one = &protocol->parameters[p];
    const bool is_time = strcmp(one->unit, "ns") == 0;
    const bool read = hst_parse_amount(text, 0, &value) == HST_OK ||
                      (is_time && hst_parse_duration(text, &value) == HST_OK);
    if (!read || value < one->minimum || value > one->maximum) {
        hst_phrase_quote(setting->value, quoted);
        return hst_scenario_refuse(plan->source, error, path,
                                   "expected %s in [%" PRId64 ", %" PRId64 "]%s%s, got %s",
                                   is_time ? "a duration" : "an integer", one->minimum,
                                   one->maximum, strcmp(one->unit, "1") == 0 ? "" : " ",
                                   strcmp(one->unit, "1") == 0 ? "" : one->unit, quoted);
    }
    values[p] = value;
    return HST_OK;
}

hst_status hst_dlt_plan_parameters(const hst_scenario *scenario,
                                   const hst_dlt_plan *plan,
                                   const hst_consensus_protocol *protocol,
                                   const int64_t **parameters,
                                   hst_error *error)
{
    const hst_scenario_dlt *dlt = &scenario->rails.dlt;
    *parameters = NULL;
    if (dlt->parameter_count == 0) {
        return HST_OK;
    }
    int64_t *values = HST_ARENA_NEW(plan->arena, int64_t, (size_t)protocol->parameter_count + 1);
    if (values == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "out of memory for parameters");
    }
    for (uint32_t p = 0; p < protocol->parameter_count; p++) {
        values[p] = protocol->parameters[p].standard;
    }
    for (uint32_t i = 0; i < dlt->parameter_count; i++) {
        HST_TRY(read_one(plan, protocol, &dlt->parameters[i], values, error));
    }
    *parameters = values;
    return HST_OK;
}
