/* Every mistake in tests/scenario/malformed gets exactly the message beside it.
 *
 * NAME.yaml is loaded with the overrides in its comments ("# --set seed=x"), and the printed error
 * must equal NAME.expected. `test_unit_scenario_malformed --update` writes the expectations anew,
 * for a person to read before they are committed. */
#include "tests/unit/scenario/support.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FOLDER "tests/scenario/malformed"

enum { NAMES_MAX = 512, FILE_MAX = 4096, OVERRIDES_MAX = 4, FEWEST = 70 };

/** Names without extension, sorted. */
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
            assert_true(c->count < NAMES_MAX);
            assert_true(length - 5 < sizeof(c->names[0]));
            memcpy(c->names[c->count], entry->d_name, length - 5);
            c->names[c->count][length - 5] = '\0';
            c->count++;
        }
    }
    (void)closedir(folder);
    qsort(c->names, c->count, sizeof(c->names[0]), compare);
}

/** Read FOLDER/name.extension into text[FILE_MAX]; false when there is none. */
static bool read_file(const char *name, const char *extension, char *text)
{
    char path[256];
    (void)snprintf(path, sizeof(path), FOLDER "/%s.%s", name, extension);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    const size_t size = fread(text, 1, FILE_MAX - 1, file);
    text[size] = '\0';
    (void)fclose(file);
    return true;
}

/** The message for one file. */
static void provoke(world *w, const char *name)
{
    char text[FILE_MAX];
    char path[128];
    const char *overrides[OVERRIDES_MAX + 1] = {NULL};
    size_t count = 0;
    assert_true(read_file(name, "yaml", text));
    for (char *at = strstr(text, "# --set "); at != NULL; at = strstr(at, "# --set ")) {
        assert_true(count < OVERRIDES_MAX);
        at += strlen("# --set ");
        overrides[count++] = at;
        at += strcspn(at, "\n");
        if (*at != '\0') {
            *at++ = '\0';
        }
    }
    (void)snprintf(path, sizeof(path), "%s.yaml", name);
    const hst_status status = load(w, path, overrides);
    if (status != HST_SCENARIO) {
        fail_msg("%s: %s (%s), expected a scenario error", name, hst_status_text(status),
                 w->message);
    }
}

static void every_mistake_gets_its_message(void **state)
{
    (void)state;
    static corpus c;
    world w;
    world_open(&w, FOLDER);
    list_corpus(&c);
    assert_true(c.count >= FEWEST);
    for (size_t i = 0; i < c.count; i++) {
        char expected[FILE_MAX];
        provoke(&w, c.names[i]);
        if (!read_file(c.names[i], "expected", expected)) {
            fail_msg("%s has no .expected; its message is\n%s", c.names[i], w.message);
        }
        expected[strcspn(expected, "\n")] = '\0';
        assert_string_equal(w.message, expected);
    }
    world_close(&w);
}

/** Messages tell mistakes apart: most files have one that no other file has. */
static void messages_tell_mistakes_apart(void **state)
{
    (void)state;
    static corpus c;
    static char seen[NAMES_MAX][FILE_MAX];
    size_t distinct = 0;
    list_corpus(&c);
    for (size_t i = 0; i < c.count; i++) {
        assert_true(read_file(c.names[i], "expected", seen[i]));
        bool again = false;
        for (size_t j = 0; j < i; j++) {
            again = again || strcmp(strchr(seen[j], ' '), strchr(seen[i], ' ')) == 0;
        }
        distinct += again ? 0 : 1;
    }
    assert_true(distinct >= FEWEST);
    assert_true(distinct * 10 >= c.count * 9);
}

static void update(void)
{
    static corpus c;
    world w;
    world_open(&w, FOLDER);
    list_corpus(&c);
    for (size_t i = 0; i < c.count; i++) {
        char path[256];
        (void)snprintf(path, sizeof(path), FOLDER "/%s.expected", c.names[i]);
        provoke(&w, c.names[i]);
        FILE *file = fopen(path, "wb");
        if (file != NULL) {
            (void)fprintf(file, "%s\n", w.message);
            (void)fclose(file);
        }
    }
    world_close(&w);
}

static void rewrite_expectations(void **state)
{
    (void)state;
    update();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mistake_gets_its_message),
        cmocka_unit_test(messages_tell_mistakes_apart),
    };
    const struct CMUnitTest rewrite[] = {cmocka_unit_test(rewrite_expectations)};
    if (argc > 1 && strcmp(argv[1], "--update") == 0) {
        return cmocka_run_group_tests(rewrite, NULL, NULL);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
