/* Experiment text of any origin: loading never crashes and either gives an experiment whose every
 * trial has a scenario, a level for each factor and a command of one line, or an error of one
 * printable line with a place inside the file it names.
 *
 * The input is up to two texts with a form feed between them: the experiment, and a file it may
 * include or use as a scenario, "f.yaml". The scenario "b.yaml" is always there. */
#include "sim/experiment/experiment.h"
#include "sim/scenario/phrase.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void *acquire(void *context, size_t size)
{
    (void)context;
    void *block = aligned_alloc(64, (size + 63) / 64 * 64);
    if (block != NULL) {
        memset(block, 0, size);
    }
    return block;
}

static void release(void *context, void *block, size_t size)
{
    (void)context;
    (void)size;
    free(block);
}

/* What must hold for an error. */
static void judge_error(const hst_error *error)
{
    const size_t length = strlen(error->text);
    check(length > 0);
    /* A text that was cut may end within a character. */
    check(hst_phrase_unprintable(error->text, length) + 4 >= length);
    check(error->file[0] != '\0');
    check(error->line >= 1 && error->column >= 1);
    check(strcmp(error->file + 1, ".yaml") == 0 && strchr("xbf", error->file[0]) != NULL);
}

static void judge_cell(const hst_experiment *e, uint32_t cell)
{
    check(e->cells[cell].root != NULL && e->cells[cell].shown != NULL);
    check(e->cells[cell].override_count <= HST_EXPERIMENT_SETTINGS_MAX);
    check(strlen(e->cells[cell].label) < HST_EXPERIMENT_TEXT_SIZE);
    for (uint32_t f = 0; f < e->factor_count; f++) {
        check(e->cells[cell].levels[f] < e->factors[f].level_count);
    }
    for (uint32_t i = 0; i < e->cells[cell].override_count; i++) {
        check(strchr(e->cells[cell].overrides[i], '=') != NULL);
    }
}

/* What must hold for an experiment. */
static void judge_experiment(const hst_experiment *e, const hst_inputs *inputs)
{
    char command[8192];
    check(e->factor_count >= 1 && e->factor_count <= HST_EXPERIMENT_FACTORS_MAX);
    check(e->cell_count >= 2 && e->cell_count <= HST_EXPERIMENT_CELLS_MAX);
    check(e->metric_count >= 1 && e->metric_count <= HST_EXPERIMENT_METRICS_MAX);
    check(e->base_cell < e->cell_count);
    check(e->confidence > 0 && e->confidence < 1);
    const uint64_t most = e->stop.enabled ? e->stop.replications_max : e->replications;
    check(most >= 1 && most * e->cell_count <= HST_SWEEP_TRIALS_MAX);
    for (uint32_t f = 0; f < e->factor_count; f++) {
        check(e->factors[f].level_count >= 2 && e->factors[f].name[0] != '\0');
    }
    for (uint32_t c = 0; c < e->cell_count; c++) {
        judge_cell(e, c);
        const bool whole = hst_trial_command(e, c, command, sizeof command);
        check(!whole || strchr(command, '\n') == NULL);
    }
    const hst_hash one = hst_experiment_key(e, inputs);
    const hst_hash two = hst_experiment_key(e, inputs);
    check(hst_hash_equal(&one, &two));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char scenario[] = "schema: 1\n";
    const hst_memory memory = {NULL, acquire, release};
    const char *text = size > 0 ? (const char *)data : "";
    const char *cut = size > 0 ? memchr(text, '\f', size) : NULL;
    const size_t first = cut != NULL ? (size_t)(cut - text) : size;
    hst_inputs *inputs = NULL;
    hst_arena arena;
    hst_error error = {0};
    const hst_experiment *experiment = NULL;
    hst_arena_init(&arena, memory, 1 << 16);
    check(hst_inputs_create_empty(memory, &inputs, NULL) == HST_OK);
    check(hst_inputs_add(inputs, "x.yaml", text, first, NULL) == HST_OK);
    check(hst_inputs_add(inputs, "b.yaml", scenario, sizeof scenario - 1, NULL) == HST_OK);
    check(hst_inputs_add(inputs, "f.yaml", cut != NULL ? cut + 1 : "",
                         cut != NULL ? size - first - 1 : 0, NULL) == HST_OK);
    const hst_status status =
        hst_experiment_load(inputs, "x.yaml", NULL, &arena, &experiment, &error);
    if (status == HST_OK) {
        judge_experiment(experiment, inputs);
    } else {
        check(status == HST_SCENARIO);
        judge_error(&error);
    }
    hst_inputs_destroy(inputs);
    hst_arena_release(&arena);
    return 0;
}
