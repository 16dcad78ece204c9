#include "core/base/assert.h"

#include "sim/scenario/keys.h"
#include "sim/scenario/phrase.h"

#include <stdio.h>
#include <string.h>

/** The part of a row's path behind `prefix`, when the row is directly below it, else NULL. */
static const char *directly_below(const hst_key *key, const char *prefix)
{
    const size_t length = strlen(prefix);
    const char *rest = key->path;
    if (length > 0) {
        if (strncmp(rest, prefix, length) != 0 || rest[length] != '.') {
            return NULL;
        }
        rest += length + 1;
    }
    return strpbrk(rest, ".[") == NULL ? rest : NULL;
}

const hst_key *hst_key_next(const char *prefix, const hst_key *previous)
{
    hst_assert(prefix != NULL);
    size_t count = 0;
    const hst_key *keys = hst_keys(&count);
    hst_assert(previous == NULL || (previous >= keys && previous < keys + count));
    for (const hst_key *key = previous == NULL ? keys : previous + 1; key < keys + count; key++) {
        if (directly_below(key, prefix) != NULL) {
            return key;
        }
    }
    return NULL;
}

const hst_key *hst_key_find(const char *prefix, const char *name)
{
    hst_assert(name != NULL);
    for (const hst_key *key = hst_key_next(prefix, NULL); key != NULL;
         key = hst_key_next(prefix, key)) {
        if (strcmp(hst_key_name(key), name) == 0) {
            return key;
        }
    }
    return NULL;
}

const char *hst_key_name(const hst_key *key)
{
    hst_assert(key != NULL);
    const char *dot = strrchr(key->path, '.');
    return dot == NULL ? key->path : dot + 1;
}

/** The name of a key that stands elsewhere: equal to the last part of one row's path, or to the
 * whole of it. */
static const hst_key *find_elsewhere(const char *name)
{
    size_t count = 0;
    const hst_key *keys = hst_keys(&count);
    const hst_key *found = NULL;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(keys[i].path, name) == 0) {
            return &keys[i];
        }
        if (found == NULL && strcmp(hst_key_name(&keys[i]), name) == 0) {
            found = &keys[i];
        }
    }
    return found;
}

bool hst_key_suggest(const char *prefix, const char *name, char *out, size_t size)
{
    hst_assert(out != NULL);
    hst_assert(size > 0);
    const size_t limit = hst_phrase_slip(name);
    size_t nearest = limit + 1;
    const hst_key *best = NULL;
    for (const hst_key *key = hst_key_next(prefix, NULL); key != NULL;
         key = hst_key_next(prefix, key)) {
        const size_t distance = hst_phrase_distance(name, hst_key_name(key), limit);
        if (distance < nearest) {
            nearest = distance;
            best = key;
        }
    }
    const hst_key *elsewhere = find_elsewhere(name);
    if (elsewhere != NULL) {
        const char *dot = strrchr(elsewhere->path, '.');
        if (dot == NULL) {
            (void)snprintf(out, size, "'%s' at the top", elsewhere->path);
        } else {
            (void)snprintf(out, size, "'%s' in '%.*s'", dot + 1, (int)(dot - elsewhere->path),
                           elsewhere->path);
        }
        return true;
    }
    if (best != NULL) {
        (void)snprintf(out, size, "'%s'", hst_key_name(best));
        return true;
    }
    return false;
}
