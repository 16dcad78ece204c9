#include "sim/cli/consensus_settings.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool read_one(const char *text, char name[48], int64_t *value)
{
    const char *equals = strchr(text, '=');
    const size_t length = equals != NULL ? (size_t)(equals - text) : 0;
    if (length == 0 || length >= 48) {
        return false;
    }
    char *end = NULL;
    errno = 0;
    *value = strtoll(equals + 1, &end, 10);
    memcpy(name, text, length);
    name[length] = '\0';
    return end != equals + 1 && *end == '\0' && errno == 0;
}

/* Whether a protocol has a parameter; `fits` becomes false when the value is outside its range. */
static bool has(const hst_consensus_protocol *protocol, const char *name, int64_t value, bool *fits)
{
    for (uint32_t p = 0; p < protocol->parameter_count; p++) {
        const hst_consensus_parameter *one = &protocol->parameters[p];
        if (strcmp(one->name, name) != 0) {
            continue;
        }
        if (value < one->minimum || value > one->maximum) {
            hst_say("--parameter: %s of %s: expected %" PRId64 " to %" PRId64 ", got %" PRId64,
                    name, protocol->name, one->minimum, one->maximum, value);
            *fits = false;
        }
        return true;
    }
    return false;
}

bool hst_consensus_settings_read(const hst_option_value *given,
                                 const hst_consensus_protocol *const *protocols,
                                 size_t protocol_count,
                                 hst_studies *studies)
{
    for (size_t i = 0; i < given->count && i < HST_STUDIES_SETTINGS_MAX; i++) {
        char *name = studies->settings[i].name;
        int64_t *value = &studies->settings[i].value;
        if (!read_one(given->values[i], name, value)) {
            hst_say("--parameter: expected NAME=N, got \"%s\"", given->values[i]);
            return false;
        }
        bool known = false;
        bool fits = true;
        for (size_t p = 0; p < protocol_count && fits; p++) {
            known = has(protocols[p], name, *value, &fits) || known;
        }
        if (!fits) {
            return false;
        }
        if (!known) {
            hst_say("--parameter: no protocol that is run has \"%s\"; `herstatt consensus --list` "
                    "shows all",
                    name);
            return false;
        }
        studies->setting_count++;
    }
    return true;
}
