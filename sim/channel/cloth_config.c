#include "sim/base/number.h"
#include "sim/channel/cloth_file.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/** What a key holds. */
typedef enum key_type {
    KEY_SWITCH,
    KEY_MPP,
    KEY_NAME,
    KEY_COUNT,
    KEY_SATOSHI,
    KEY_NUMBER
} key_type;

/** A key. */
typedef struct key {
    const char *name;
    const char *expected;
    size_t offset;
    double most;
    key_type type;
} key;

#define NUMBER "a number of at least 0"
#define WHOLE  "a whole number"

static const key keys[] = {
    {"generate_network_from_file", "true or false", offsetof(hst_cloth_config, network_from_file),
     0, KEY_SWITCH},
    {"nodes_filename", "a file name", offsetof(hst_cloth_config, nodes_file), 0, KEY_NAME},
    {"channels_filename", "a file name", offsetof(hst_cloth_config, channels_file), 0, KEY_NAME},
    {"edges_filename", "a file name", offsetof(hst_cloth_config, edges_file), 0, KEY_NAME},
    {"n_additional_nodes", WHOLE " up to 131072", offsetof(hst_cloth_config, additional_nodes),
     HST_CLOTH_NODE_MAX, KEY_COUNT},
    {"n_channels_per_node", WHOLE " up to 1000", offsetof(hst_cloth_config, channels_per_node),
     1000, KEY_COUNT},
    {"capacity_per_channel", WHOLE " up to 1e12", offsetof(hst_cloth_config, capacity_sat), 1e12,
     KEY_SATOSHI},
    {"faulty_node_probability", "a number from 0 to 1",
     offsetof(hst_cloth_config, faulty_probability), 1, KEY_NUMBER},
    {"generate_payments_from_file", "true or false", offsetof(hst_cloth_config, payments_from_file),
     0, KEY_SWITCH},
    {"payments_filename", "a file name", offsetof(hst_cloth_config, payments_file), 0, KEY_NAME},
    {"payment_rate", NUMBER " up to 1e6", offsetof(hst_cloth_config, payment_rate), 1e6,
     KEY_NUMBER},
    {"n_payments", WHOLE " up to 10000000", offsetof(hst_cloth_config, payment_count),
     HST_CLOTH_PAYMENT_MAX, KEY_COUNT},
    {"average_payment_amount", NUMBER " up to 1e12", offsetof(hst_cloth_config, average_sat), 1e12,
     KEY_NUMBER},
    {"mpp", "0 or 1", offsetof(hst_cloth_config, split), 0, KEY_MPP},
};

enum { KEY_COUNT_ALL = sizeof keys / sizeof keys[0] };

static bool read_whole(hst_text value, double most, int64_t *out)
{
    return hst_parse_int64(value, out) == HST_OK && *out >= 0 && (double)*out <= most;
}

/** One value into its field; false: it is not such a value. */
static bool take(const key *k, hst_text value, hst_cloth_config *config)
{
    void *field = (char *)config + k->offset;
    int64_t whole = 0;
    double real = 0;
    const bool yes = hst_text_equals(value, k->type == KEY_SWITCH ? "true" : "1");
    switch (k->type) {
    case KEY_SWITCH:
    case KEY_MPP:
        *(bool *)field = yes;
        return yes || hst_text_equals(value, k->type == KEY_SWITCH ? "false" : "0");
    case KEY_NAME: return hst_text_copy(value, field, HST_CLOTH_NAME_SIZE);
    case KEY_COUNT:
        if (!read_whole(value, k->most, &whole)) {
            return false;
        }
        *(uint32_t *)field = (uint32_t)whole;
        return true;
    case KEY_SATOSHI: return read_whole(value, k->most, field);
    case KEY_NUMBER:
        if (hst_parse_double(value, &real) != HST_OK || !(real >= 0) || real > k->most) {
            return false;
        }
        *(double *)field = real;
        return true;
    }
    return false;
}

/** Where a line is. */
typedef struct place {
    const char *file;
    int line;
} place;

static hst_status
read_line(place at, hst_text line, unsigned *seen, hst_cloth_config *config, hst_error *error)
{
    const char *sign = memchr(line.bytes, '=', line.size);
    if (sign == NULL) {
        return hst_error_at(error, HST_INVALID, at.file, at.line, 1, "expected key=value");
    }
    const hst_text name = {line.bytes, (size_t)(sign - line.bytes)};
    const hst_text value = {sign + 1, line.size - name.size - 1};
    const int column = (int)name.size + 2;
    if (hst_text_trim(name).size != name.size || hst_text_trim(value).size != value.size) {
        return hst_error_at(error, HST_INVALID, at.file, at.line, column - 1,
                            "expected no space around =");
    }
    for (unsigned k = 0; k < KEY_COUNT_ALL; k++) {
        if (!hst_text_equals(name, keys[k].name)) {
            continue;
        }
        if ((*seen >> k & 1) != 0) {
            return hst_error_at(error, HST_EXISTS, at.file, at.line, 1, "%s: is here twice",
                                keys[k].name);
        }
        *seen |= 1U << k;
        if (value.size > 0 && !take(&keys[k], value, config)) {
            return hst_error_at(error, HST_INVALID, at.file, at.line, column,
                                "%s: expected %s, got \"%.*s\"", keys[k].name, keys[k].expected,
                                value.size < 60 ? (int)value.size : 60, value.bytes);
        }
        return HST_OK;
    }
    return hst_error_at(error, HST_NOT_FOUND, at.file, at.line, 1, "unknown key \"%.*s\"",
                        name.size < 60 ? (int)name.size : 60, name.bytes);
}

/** What a configuration asks for must be there. */
static hst_status complete(const char *file, const hst_cloth_config *c, hst_error *error)
{
    const char *missing = NULL;
    if (c->network_from_file || c->additional_nodes > 0) {
        missing = c->edges_file[0] == '\0' ? "edges_filename" : missing;
        missing = c->channels_file[0] == '\0' ? "channels_filename" : missing;
        missing = c->nodes_file[0] == '\0' ? "nodes_filename" : missing;
    }
    if (!c->network_from_file) {
        missing = c->capacity_sat == 0 ? "capacity_per_channel" : missing;
        missing = c->channels_per_node == 0 ? "n_channels_per_node" : missing;
        missing = c->additional_nodes == 0 ? "n_additional_nodes" : missing;
    }
    if (c->payments_from_file) {
        missing = c->payments_file[0] == '\0' ? "payments_filename" : missing;
    } else {
        missing = c->payment_count == 0 ? "n_payments" : missing;
        missing = !(c->payment_rate > 0) ? "payment_rate" : missing;
    }
    if (missing != NULL) {
        return hst_error_at(error, HST_NOT_FOUND, file, 0, 0, "%s: needed here, and not 0 or empty",
                            missing);
    }
    return HST_OK;
}

hst_status
hst_cloth_read_config(hst_cloth_source source, hst_cloth_config *config, hst_error *error)
{
    unsigned seen = 0;
    place at = {source.file, 0};
    memset(config, 0, sizeof *config);
    for (size_t begin = 0; begin < source.size;) {
        const char *end = memchr(source.bytes + begin, '\n', source.size - begin);
        hst_text line = {source.bytes + begin,
                         end != NULL ? (size_t)(end - source.bytes) - begin : source.size - begin};
        begin += line.size + 1;
        at.line++;
        line.size -= line.size > 0 && line.bytes[line.size - 1] == '\r' ? 1 : 0;
        if (memchr(line.bytes, '\0', line.size) != NULL) {
            return hst_error_at(error, HST_INVALID, at.file, at.line, 1, "expected text");
        }
        if (line.size > 0) {
            HST_TRY(read_line(at, line, &seen, config, error));
        }
    }
    return complete(source.file, config, error);
}
