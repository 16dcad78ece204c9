/* Every mistake in tests/scenario/malformed_experiments gets exactly the message beside it.
 * `test_unit_experiment_malformed_experiments --update` writes the expectations anew, for a person
 * to read before they are committed. */
#include "sim/base/os_memory.h"
#include "sim/experiment/experiment.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FOLDER "tests/scenario/malformed_experiments"

enum { NAMES_MAX = 512, FEWEST = 70 };

typedef struct corpus {
    char names[NAMES_MAX][64];
    size_t count;
} corpus;

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void list_corpus(corpus *c)
{
    DIR *folder = opendir(FOLDER);
    assert_non_null(folder);
    c->count = 0;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread reads this stream */
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        const size_t length = strlen(entry->d_name);
        if (length > 5 && strcmp(entry->d_name + length - 5, ".yaml") == 0) {
            assert_true(c->count < NAMES_MAX && length - 5 < sizeof c->names[0]);
            memcpy(c->names[c->count], entry->d_name, length - 5);
            c->names[c->count][length - 5] = '\0';
            c->count++;
        }
    }
    (void)closedir(folder);
    qsort(c->names, c->count, sizeof c->names[0], compare);
}

/* The message for one file. */
static void provoke(const char *name, char message[HST_ERROR_PRINT_SIZE])
{
    char path[128];
    hst_inputs *inputs = NULL;
    hst_arena arena;
    hst_error error;
    const hst_experiment *experiment = NULL;
    hst_error_clear(&error);
    (void)snprintf(path, sizeof path, "%s.yaml", name);
    hst_arena_init(&arena, hst_os_memory(), (size_t)1 << 18);
    assert_int_equal(hst_inputs_create_from_disk(hst_os_memory(), FOLDER, &inputs, &error), HST_OK);
    const hst_status status = hst_experiment_load(inputs, path, NULL, &arena, &experiment, &error);
    (void)hst_error_print(&error, message, HST_ERROR_PRINT_SIZE);
    hst_inputs_destroy(inputs);
    hst_arena_release(&arena);
    if (status != HST_SCENARIO) {
        fail_msg("%s: %s (%s), expected a scenario error", name, hst_status_text(status), message);
    }
}

static void every_mistake_gets_its_message(void **state)
{
    (void)state;
    static corpus c;
    list_corpus(&c);
    assert_true(c.count >= FEWEST);
    for (size_t i = 0; i < c.count; i++) {
        char message[HST_ERROR_PRINT_SIZE];
        char expected[HST_ERROR_PRINT_SIZE] = "";
        char path[256];
        provoke(c.names[i], message);
        (void)snprintf(path, sizeof path, FOLDER "/%s.expected", c.names[i]);
        FILE *file = fopen(path, "rb");
        if (file == NULL) {
            fail_msg("%s has no .expected; its message is\n%s", c.names[i], message);
        }
        const size_t size = fread(expected, 1, sizeof expected - 1, file);
        expected[size] = '\0';
        (void)fclose(file);
        expected[strcspn(expected, "\n")] = '\0';
        assert_string_equal(message, expected);
    }
}

static void rewrite_expectations(void **state)
{
    (void)state;
    static corpus c;
    list_corpus(&c);
    for (size_t i = 0; i < c.count; i++) {
        char message[HST_ERROR_PRINT_SIZE];
        char path[256];
        provoke(c.names[i], message);
        (void)snprintf(path, sizeof path, FOLDER "/%s.expected", c.names[i]);
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        (void)fprintf(file, "%s\n", message);
        (void)fclose(file);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_mistake_gets_its_message)};
    const struct CMUnitTest rewrite[] = {cmocka_unit_test(rewrite_expectations)};
    if (argc > 1 && strcmp(argv[1], "--update") == 0) {
        return cmocka_run_group_tests(rewrite, NULL, NULL);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
