/* Scenario text of any origin: loading never crashes and either gives a scenario whose dump loads
 * as an equal one, or an error of one printable line with a place inside the file it names.
 *
 * The input is up to three texts with form feeds between them: the root file, a file it may include
 * as "f.yaml", and an override. */
#include "sim/scenario/phrase.h"
#include "sim/scenario/scenario.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXTS = 3 };

/** One of the texts of an input. */
typedef struct part {
    const char *bytes;
    size_t size;
} part;

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

/** Cut at form feeds; what is missing is empty. */
static void split(const uint8_t *data, size_t size, part *parts)
{
    const char *at = (const char *)data;
    size_t left = size;
    for (int i = 0; i < TEXTS; i++) {
        const char *cut = left > 0 && i + 1 < TEXTS ? memchr(at, '\f', left) : NULL;
        const size_t length = cut != NULL ? (size_t)(cut - at) : left;
        parts[i] = (part){.bytes = left > 0 ? at : "", .size = length};
        at += cut != NULL ? length + 1 : length;
        left -= cut != NULL ? length + 1 : length;
    }
}

/** Bytes of line `number` of a text, without its end; false when it has no such line. A text that
 * ends in a line end has one more, empty, as editors show it. */
static bool line_size(part text, int number, size_t *size)
{
    size_t at = 0;
    for (int line = 1; line < number; line++) {
        while (at < text.size && text.bytes[at] != '\n' && text.bytes[at] != '\r') {
            at++;
        }
        if (at >= text.size) {
            return line + 1 == number && (*size = 0) == 0;
        }
        at += text.bytes[at] == '\r' && at + 1 < text.size && text.bytes[at + 1] == '\n' ? 2 : 1;
    }
    *size = 0;
    while (at + *size < text.size && text.bytes[at + *size] != '\n' &&
           text.bytes[at + *size] != '\r') {
        (*size)++;
    }
    return true;
}

/** What must hold for an error. */
static void judge_error(const hst_error *error, const part *parts)
{
    size_t size = 0;
    check(error->text[0] != '\0');
    check(hst_phrase_unprintable(error->text, strlen(error->text)) + 4 >= strlen(error->text));
    check(error->file[0] != '\0');
    if (error->line > 0) {
        const bool root = strcmp(error->file, "x.yaml") == 0;
        check(root || strcmp(error->file, "f.yaml") == 0);
        check(line_size(parts[root ? 0 : 1], error->line, &size));
        check(error->column >= 1 && (size_t)error->column <= size + 1);
    } else {
        check(strncmp(error->file, "--set ", 6) == 0);
    }
}

/** What must hold for a scenario that was loaded. */
static void judge_scenario(const hst_scenario *scenario, hst_memory memory, hst_arena *arena)
{
    const char *text = NULL;
    size_t size = 0;
    hst_inputs *inputs = NULL;
    hst_error error = {0};
    hst_scenario *again = HST_ARENA_NEW(arena, hst_scenario, 1);
    check(again != NULL);
    check(hst_scenario_dump(scenario, arena, &text, &size) == HST_OK);
    check(hst_inputs_create_empty(memory, &inputs, NULL) == HST_OK);
    check(hst_inputs_add(inputs, "x.yaml", text, size, NULL) == HST_OK);
    check(hst_scenario_load(inputs, "x.yaml", NULL, 0, arena, again, &error) == HST_OK);
    /* Padding is zero by contract (scenario.h).
     * NOLINTNEXTLINE(bugprone-suspicious-memory-comparison,cert-exp42-c,cert-flp37-c) */
    check(memcmp(again, scenario, sizeof(*again)) == 0);
    hst_inputs_destroy(inputs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const hst_memory memory = {NULL, acquire, release};
    part parts[TEXTS];
    hst_arena arena;
    hst_inputs *inputs = NULL;
    hst_error error = {0};
    split(data, size, parts);
    hst_arena_init(&arena, memory, 1 << 16);
    char *assignment = HST_ARENA_NEW(&arena, char, parts[2].size + 1);
    hst_scenario *scenario = HST_ARENA_NEW(&arena, hst_scenario, 1);
    check(assignment != NULL && scenario != NULL);
    memcpy(assignment, parts[2].bytes, parts[2].size);
    const char *const overrides[] = {assignment};
    check(hst_inputs_create_empty(memory, &inputs, NULL) == HST_OK);
    check(hst_inputs_add(inputs, "x.yaml", parts[0].bytes, parts[0].size, NULL) == HST_OK);
    check(hst_inputs_add(inputs, "f.yaml", parts[1].bytes, parts[1].size, NULL) == HST_OK);
    const hst_status status = hst_scenario_load(
        inputs, "x.yaml", overrides, parts[2].size > 0 ? 1 : 0, &arena, scenario, &error);
    if (status == HST_OK) {
        judge_scenario(scenario, memory, &arena);
    } else {
        check(status == HST_SCENARIO);
        judge_error(&error, parts);
    }
    hst_inputs_destroy(inputs);
    hst_arena_release(&arena);
    return 0;
}
