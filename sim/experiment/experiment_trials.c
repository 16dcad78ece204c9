#include "core/base/assert.h"

#include "sim/experiment/experiment.h"
#include "sim/run/day.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

uint32_t hst_trial_replication(const hst_experiment *experiment, uint64_t trial)
{
    hst_assert(experiment->cell_count > 0);
    return (uint32_t)(trial / experiment->cell_count);
}

uint32_t hst_trial_cell(const hst_experiment *experiment, uint64_t trial)
{
    hst_assert(experiment->cell_count > 0);
    return (uint32_t)(trial % experiment->cell_count);
}

int64_t hst_trial_replication_key(const hst_experiment *experiment, uint64_t trial)
{
    hst_assert(experiment->replication_first >= 0);
    return experiment->replication_first + (experiment->common_random_numbers
                                                ? (int64_t)hst_trial_replication(experiment, trial)
                                                : (int64_t)trial);
}

/* A command line being put together. */
typedef struct line {
    char *text;
    size_t size;
    size_t used;
    bool whole; /* all of it fitted */
} line;

static void add(line *out, const char *text)
{
    const size_t length = strlen(text);
    if (!out->whole || length >= out->size - out->used) {
        out->whole = false;
        return;
    }
    memcpy(out->text + out->used, text, length + 1);
    out->used += length;
}

/* One word, in single quotes where a shell needs them. */
static void add_word(line *out, const char *word)
{
    const bool plain = word[0] != '\0' &&
                       strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                    "_-./=:,%+@") == strlen(word);
    if (plain) {
        add(out, word);
        return;
    }
    add(out, "'");
    for (const char *at = word; *at != '\0'; at++) {
        const char one[2] = {*at, '\0'};
        add(out, *at == '\'' ? "'\\''" : one);
    }
    add(out, "'");
}

bool hst_trial_command(const hst_experiment *experiment, uint64_t trial, char *out, size_t size)
{
    hst_assert(out != NULL);
    hst_assert(size > 0);
    const hst_cell *cell = &experiment->cells[hst_trial_cell(experiment, trial)];
    line text = {.text = out, .size = size, .used = 0, .whole = true};
    char number[64];
    out[0] = '\0';
    add(&text, "herstatt run ");
    add_word(&text, cell->shown);
    (void)snprintf(number, sizeof number, " --seed %" PRId64 " --set replication=%" PRId64,
                   experiment->seed, hst_trial_replication_key(experiment, trial));
    add(&text, number);
    for (uint32_t i = 0; i < cell->override_count; i++) {
        add(&text, " --set ");
        add_word(&text, cell->overrides[i]);
    }
    return text.whole;
}

static void digest_text(hst_digest *digest, const char *text)
{
    hst_digest_bytes(digest, text, strlen(text));
}

hst_hash hst_experiment_key(const hst_experiment *experiment, const hst_inputs *inputs)
{
    hst_assert(experiment != NULL);
    hst_assert(inputs != NULL);
    hst_digest digest;
    hst_digest_init(&digest, NULL, 0);
    digest_text(&digest, "herstatt sweep 1");
    digest_text(&digest, hst_version());
    hst_digest_u64(&digest, experiment->figure_count);
    hst_digest_u64(&digest, (uint64_t)experiment->seed);
    hst_digest_u64(&digest, (uint64_t)experiment->replication_first);
    hst_digest_u64(&digest, experiment->common_random_numbers ? 1 : 0);
    hst_digest_u64(&digest, experiment->cell_count);
    for (uint32_t c = 0; c < experiment->cell_count; c++) {
        const hst_cell *cell = &experiment->cells[c];
        digest_text(&digest, cell->root);
        hst_digest_u64(&digest, cell->override_count);
        for (uint32_t i = 0; i < cell->override_count; i++) {
            digest_text(&digest, cell->overrides[i]);
        }
    }
    for (size_t i = 0; i < hst_inputs_count(inputs); i++) {
        const char *path = NULL;
        const char *bytes = NULL;
        size_t size = 0;
        hst_inputs_item(inputs, i, &path, &bytes, &size);
        if (strcmp(path, experiment->path) != 0) {
            digest_text(&digest, path);
            hst_digest_bytes(&digest, bytes, size);
        }
    }
    return hst_digest_final(&digest);
}
