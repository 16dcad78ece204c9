#include "core/base/assert.h"

#include "sim/compare/measures.h"
#include "sim/statistics/statistics.h"

#include <math.h>
#include <string.h>

#include <jansson.h>

enum { ROUNDS_MAX = 10000, CASES_MAX = 10000, SAMPLES_MAX = 100000 };

static const char speed_key[] = "samples";
static const char instruction_key[] = "instruction_samples";

/** The documents of a file, one a round. */
typedef struct rounds {
    const char *name;
    json_t *list; /* array of root objects */
} rounds;

static hst_status foreign(const rounds *in, hst_error *error, const char *what)
{
    return hst_error_at(error, HST_CORRUPT, in->name, 0, 0, "not a benchmark file of herstatt: %s",
                        what);
}

/** A copy of a text in the arena, or NULL. */
static const char *keep(hst_arena *arena, const char *text)
{
    const size_t size = strlen(text) + 1;
    char *copy = hst_arena_alloc(arena, size, 1);
    return copy != NULL ? memcpy(copy, text, size) : NULL;
}

static hst_status split(rounds *in, const char *bytes, size_t size, hst_error *error)
{
    size_t at = 0;
    while (at < size) {
        at += strspn(bytes + at, " \t\r\n"); /* the buffer ends with a NUL */
        if (at >= size) {
            break;
        }
        json_error_t why;
        json_t *one = json_loadb(bytes + at, size - at,
                                 JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES, &why);
        if (one == NULL) {
            return hst_error_at(error, HST_CORRUPT, in->name, why.line,
                                why.column > 0 ? why.column : 0,
                                "damaged or partial benchmark file: %s", why.text);
        }
        const bool kept = json_array_append_new(in->list, one) == 0;
        if (!kept || json_array_size(in->list) > ROUNDS_MAX) {
            return hst_error_at(error, HST_NO_MEMORY, in->name, 0, 0, "too many benchmark rounds");
        }
        hst_assert(why.position > 0);
        at += (size_t)why.position;
    }
    return json_array_size(in->list) > 0
               ? HST_OK
               : hst_error_at(error, HST_CORRUPT, in->name, 0, 0, "empty: no benchmarks in it");
}

/** A positive finite number, or 0. */
static double positive(const json_t *value)
{
    const double number = json_number_value(value);
    return isfinite(number) && number > 0 ? number : 0;
}

/** Samples that are there must be numbers above 0. */
static hst_status
check_samples(const rounds *in, const json_t *one, const char *key, hst_error *error)
{
    const json_t *samples = json_object_get(one, key);
    if (samples == NULL) {
        return HST_OK; /* as older programs wrote: the value is the only sample */
    }
    const size_t count = json_array_size(samples);
    if (count == 0 || count > SAMPLES_MAX) {
        return foreign(in, error, "samples are no list of 1 to 100,000 numbers");
    }
    for (size_t i = 0; i < count; i++) {
        if (positive(json_array_get(samples, i)) <= 0) {
            return foreign(in, error, "a sample is no number above 0");
        }
    }
    return HST_OK;
}

static hst_status check_case(const rounds *in, const json_t *one, hst_error *error)
{
    const char *better = json_string_value(json_object_get(one, "better"));
    if (json_string_value(json_object_get(one, "name")) == NULL ||
        json_string_value(json_object_get(one, "unit")) == NULL ||
        positive(json_object_get(one, "value")) <= 0) {
        return foreign(in, error, "a case needs a name, a unit and a value above 0");
    }
    if (better != NULL && strcmp(better, "higher") != 0 && strcmp(better, "lower") != 0) {
        return foreign(in, error, "\"better\" is higher or lower");
    }
    HST_TRY(check_samples(in, one, speed_key, error));
    return check_samples(in, one, instruction_key, error);
}

static hst_status check_round(const rounds *in, const json_t *root, hst_error *error)
{
    const json_t *schema = json_object_get(root, "schema");
    const json_t *list = json_object_get(root, "benchmarks");
    if (schema != NULL && !json_is_integer(schema)) {
        return foreign(in, error, "\"schema\" is no whole number");
    }
    if (json_integer_value(schema) > HST_BENCH_SCHEMA) {
        return hst_error_at(error, HST_UNSUPPORTED, in->name, 0, 0,
                            "written by a newer herstatt (schema %lld, this one reads up to %d)",
                            (long long)json_integer_value(schema), HST_BENCH_SCHEMA);
    }
    if (!json_is_array(list)) {
        return foreign(in, error, "no list \"benchmarks\"");
    }
    if (json_array_size(list) > CASES_MAX) {
        return foreign(in, error, "too many cases");
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *name = json_object_get(json_array_get(list, i), "name");
        HST_TRY(check_case(in, json_array_get(list, i), error));
        for (size_t j = 0; j < i; j++) {
            if (json_equal(name, json_object_get(json_array_get(list, j), "name"))) {
                return foreign(in, error, "a case stands twice in one object");
            }
        }
    }
    return HST_OK;
}

/** The case of a name in a round, or NULL. */
static const json_t *case_of(const json_t *root, const char *name)
{
    const json_t *list = json_object_get(root, "benchmarks");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        if (strcmp(json_string_value(json_object_get(one, "name")), name) == 0) {
            return one;
        }
    }
    return NULL;
}

/** Samples of a checked case under `key` into `out` when there is one; how many. The value stands
 * in for samples of speed that are not there. */
static size_t samples_of(const json_t *one, const char *key, double *out)
{
    const json_t *samples = json_object_get(one, key);
    const bool is_alone = samples == NULL && strcmp(key, speed_key) == 0;
    const size_t count = is_alone ? 1 : json_array_size(samples);
    for (size_t i = 0; out != NULL && i < count; i++) {
        out[i] = json_number_value(is_alone ? json_object_get(one, "value")
                                            : json_array_get(samples, i));
    }
    return count;
}

/** Most samples of a case in a round, and no fewer than there are rounds; 0 without any. */
static size_t most_samples(const rounds *in, const char *name, const char *key)
{
    size_t most = 0;
    for (size_t r = 0; r < json_array_size(in->list); r++) {
        const json_t *one = case_of(json_array_get(in->list, r), name);
        const size_t count = one != NULL ? samples_of(one, key, NULL) : 0;
        most = count > most ? count : most;
    }
    return most == 0 || most > json_array_size(in->list) ? most : json_array_size(in->list);
}

/** All samples of `key` of the case that `first` is of, round by round. */
static hst_status
fill(const rounds *in, const json_t *first, const char *key, hst_arena *arena, hst_measure *out)
{
    const size_t round_count = json_array_size(in->list);
    const char *name = json_string_value(json_object_get(first, "name"));
    const size_t most = most_samples(in, name, key);
    double *scratch = HST_ARENA_NEW(arena, double, most);
    out->samples = HST_ARENA_NEW(arena, double, most);
    if (out->name == NULL || out->unit == NULL || scratch == NULL || out->samples == NULL) {
        return HST_NO_MEMORY;
    }
    for (size_t r = 0; r < round_count; r++) {
        const json_t *one = case_of(json_array_get(in->list, r), name);
        const size_t count = one != NULL ? samples_of(one, key, scratch) : 0;
        if (count == 0) {
            continue;
        }
        if (round_count == 1) {
            memcpy(out->samples, scratch, count * sizeof *scratch);
            out->sample_count = count;
        } else {
            hst_sort_values(scratch, count);
            out->samples[out->sample_count++] = scratch[out->higher_is_better ? count - 1 : 0];
        }
    }
    memcpy(scratch, out->samples, out->sample_count * sizeof *scratch);
    out->value = hst_median_in_place(scratch, out->sample_count);
    return HST_OK;
}

static hst_status
fill_speed(const rounds *in, const json_t *first, hst_arena *arena, hst_measure *out)
{
    const char *better = json_string_value(json_object_get(first, "better"));
    *out = (hst_measure){.name = keep(arena, json_string_value(json_object_get(first, "name"))),
                         .unit = keep(arena, json_string_value(json_object_get(first, "unit"))),
                         .text = "",
                         .kind = HST_MEASURE_SPEED,
                         .higher_is_better = better == NULL || strcmp(better, "higher") == 0};
    return fill(in, first, speed_key, arena, out);
}

/** "<case>.instructions": noisy too, but hardly. */
static hst_status
fill_instructions(const rounds *in, const json_t *first, hst_arena *arena, hst_measure *out)
{
    static const char ending[] = ".instructions";
    const char *name = json_string_value(json_object_get(first, "name"));
    const size_t length = strlen(name);
    char *full = hst_arena_alloc(arena, length + sizeof ending, 1);
    if (full == NULL) {
        return HST_NO_MEMORY;
    }
    memcpy(full, name, length);
    memcpy(full + length, ending, sizeof ending);
    *out =
        (hst_measure){.name = full, .unit = "instructions", .text = "", .kind = HST_MEASURE_SPEED};
    return fill(in, first, instruction_key, arena, out);
}

/** Every case of any round, once, in order of first appearance. */
static hst_status collect(const rounds *in, hst_measures *out)
{
    size_t most = 0;
    for (size_t r = 0; r < json_array_size(in->list); r++) {
        most += 2 * json_array_size(json_object_get(json_array_get(in->list, r), "benchmarks"));
    }
    out->items = HST_ARENA_NEW(&out->arena, hst_measure, most);
    if (out->items == NULL) {
        return HST_NO_MEMORY;
    }
    for (size_t r = 0; r < json_array_size(in->list); r++) {
        const json_t *list = json_object_get(json_array_get(in->list, r), "benchmarks");
        for (size_t i = 0; i < json_array_size(list); i++) {
            const json_t *one = json_array_get(list, i);
            const char *name = json_string_value(json_object_get(one, "name"));
            if (hst_measures_find(out, name) != NULL) {
                continue;
            }
            HST_TRY(fill_speed(in, one, &out->arena, &out->items[out->count]));
            out->count++;
            if (most_samples(in, name, instruction_key) > 0) {
                HST_TRY(fill_instructions(in, one, &out->arena, &out->items[out->count]));
                out->count++;
            }
        }
    }
    return HST_OK;
}

hst_status hst_measures_parse_bench(const char *name,
                                    const char *bytes,
                                    size_t size,
                                    hst_memory memory,
                                    hst_measures *out,
                                    hst_error *error)
{
    rounds in = {name, json_array()};
    hst_measures read = {.is_bench = true};
    hst_arena_init(&read.arena, memory, 16384);
    hst_status status = in.list != NULL ? split(&in, bytes, size, error) : HST_NO_MEMORY;
    for (size_t r = 0; status == HST_OK && r < json_array_size(in.list); r++) {
        status = check_round(&in, json_array_get(in.list, r), error);
    }
    if (status == HST_OK) {
        status = collect(&in, &read);
    }
    if (status == HST_NO_MEMORY) {
        hst_ignore(hst_error_at(error, status, name, 0, 0, "no memory for its benchmarks"));
    }
    json_decref(in.list);
    if (status != HST_OK) {
        hst_arena_release(&read.arena);
        return status;
    }
    *out = read;
    return HST_OK;
}
