#define _POSIX_C_SOURCE 200809L /* mkdtemp */

#include "sim/base/inputs.h"

#include "tests/support/expect_assert.h"
#include "tests/support/test_memory.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder tree below the build's temporary folder:
 *   <root>/scenarios/x.yaml  <root>/scenarios/data/fx.csv  <root>/tables/y.csv  */
typedef struct tree {
    char root[64];
    char scenarios[96];
    test_memory books;
} tree;

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[256];
    hst_ignore(snprintf(path, sizeof path, "%s/%s", folder, name) > 0 ? HST_OK : HST_IO);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static void make_folder(const char *folder, const char *name)
{
    char path[256];
    hst_ignore(snprintf(path, sizeof path, "%s/%s", folder, name) > 0 ? HST_OK : HST_IO);
    assert_int_equal(mkdir(path, 0700), 0);
}

static void drop(const char *folder, const char *name)
{
    char path[256];
    hst_ignore(snprintf(path, sizeof path, "%s/%s", folder, name) > 0 ? HST_OK : HST_IO);
    assert_int_equal(remove(path), 0);
}

static int start(void **state)
{
    static tree t;
    memset(&t, 0, sizeof t);
    t.books.fail_at = SIZE_MAX;
    memcpy(t.root, "/tmp/hst_inputs_XXXXXX", sizeof "/tmp/hst_inputs_XXXXXX");
    assert_non_null(mkdtemp(t.root));
    hst_ignore(snprintf(t.scenarios, sizeof t.scenarios, "%s/scenarios", t.root) > 0 ? HST_OK
                                                                                     : HST_IO);
    make_folder(t.root, "scenarios");
    make_folder(t.root, "scenarios/data");
    make_folder(t.root, "tables");
    write_file(t.root, "scenarios/x.yaml", "fx: data/fx.csv\n");
    write_file(t.root, "scenarios/data/fx.csv", "a,b\n");
    write_file(t.root, "tables/y.csv", "");
    *state = &t;
    return 0;
}

static int stop(void **state)
{
    const tree *t = *state;
    static const char *const names[] = {"scenarios/x.yaml",
                                        "scenarios/data/fx.csv",
                                        "tables/y.csv",
                                        "scenarios/data",
                                        "scenarios",
                                        "tables",
                                        ""};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        drop(t->root, names[i]);
    }
    assert_int_equal(t->books.held, 0);
    return 0;
}

static void assert_resolves(const char *from, const char *path, const char *expected)
{
    char out[HST_INPUT_PATH_SIZE] = "";
    hst_error error;
    assert_int_equal(hst_inputs_resolve(from, path, out, &error), HST_OK);
    assert_string_equal(out, expected);
}

static void paths_have_one_normal_form(void **state)
{
    (void)state;
    assert_resolves(NULL, "x.yaml", "x.yaml");
    assert_resolves(NULL, "./data//fx.csv", "data/fx.csv");
    assert_resolves(NULL, "a/b/../../c", "c");
    assert_resolves("a/x.yaml", "fx.csv", "a/fx.csv");
    assert_resolves("a/b/x.yaml", "../fx.csv", "a/fx.csv");
    assert_resolves("x.yaml", "../data/fx.csv", "@up/data/fx.csv");
    assert_resolves("a/x.yaml", "../../../fx.csv", "@up/@up/fx.csv");
    assert_resolves("@up/data/x.yaml", "fx.csv", "@up/data/fx.csv");
    assert_resolves("@up/data/x.yaml", "../fx.csv", "@up/fx.csv");
    assert_resolves("@up/x.yaml", "../fx.csv", "@up/@up/fx.csv");
    assert_resolves(NULL, "@up/fx.csv", "@up/fx.csv");
}

static void paths_without_a_normal_form_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "/etc/passwd", ".", "..", "a/..", "a/", "a\\b", "a\nb"};
    char out[HST_INPUT_PATH_SIZE] = "kept";
    hst_error error;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(hst_inputs_resolve(NULL, wrong[i], out, &error), HST_INVALID);
        assert_non_null(strstr(error.text, "input path"));
    }
    char longest[HST_INPUT_PATH_SIZE + 1];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(hst_inputs_resolve(NULL, longest, out, &error), HST_INVALID);
    assert_int_equal(hst_inputs_resolve(longest, "y", out, &error), HST_INVALID);
    assert_string_equal(out, "kept");
    longest[HST_INPUT_PATH_SIZE - 1] = '\0';
    assert_int_equal(hst_inputs_resolve(NULL, longest, out, &error), HST_OK);
}

static void a_user_s_path_splits_into_folder_and_file(void **state)
{
    (void)state;
    static const char *const cases[][3] = {{"scenarios/x.yaml", "scenarios", "x.yaml"},
                                           {"x.yaml", ".", "x.yaml"},
                                           {"/x.yaml", "/", "x.yaml"},
                                           {"/a/b/x.yaml", "/a/b", "x.yaml"},
                                           {"../x.yaml", "..", "x.yaml"}};
    char folder[HST_ERROR_FILE_SIZE], file[HST_ERROR_FILE_SIZE];
    hst_error error;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(hst_inputs_split(cases[i][0], folder, file, &error), HST_OK);
        assert_string_equal(folder, cases[i][1]);
        assert_string_equal(file, cases[i][2]);
    }
    assert_int_equal(hst_inputs_split("a/", folder, file, &error), HST_INVALID);
    assert_int_equal(hst_inputs_split("", folder, file, &error), HST_INVALID);
}

static void files_are_read_once_and_remembered(void **state)
{
    tree *t = *state;
    hst_inputs *inputs = NULL;
    hst_error error;
    const char *bytes = NULL, *again = NULL, *path = NULL;
    size_t size = 0;
    assert_int_equal(
        hst_inputs_create_from_disk(test_memory_of(&t->books), t->scenarios, &inputs, &error),
        HST_OK);
    assert_int_equal(hst_inputs_get(inputs, "x.yaml", &bytes, &size, &error), HST_OK);
    assert_int_equal(size, 16);
    assert_string_equal(bytes, "fx: data/fx.csv\n"); /* the NUL is there */
    write_file(t->root, "scenarios/x.yaml", "changed");
    assert_int_equal(hst_inputs_get(inputs, "./x.yaml", &again, &size, &error), HST_OK);
    assert_ptr_equal(again, bytes);
    assert_int_equal(hst_inputs_get(inputs, "data/fx.csv", &bytes, &size, &error), HST_OK);
    assert_int_equal(hst_inputs_get(inputs, "../tables/y.csv", &bytes, &size, &error), HST_OK);
    assert_int_equal(size, 0);
    assert_string_equal(bytes, "");
    static const char *const expected[] = {"@up/tables/y.csv", "data/fx.csv", "x.yaml"};
    assert_int_equal(hst_inputs_count(inputs), 3);
    for (size_t i = 0; i < 3; i++) {
        hst_inputs_item(inputs, i, &path, &bytes, &size);
        assert_string_equal(path, expected[i]);
    }
    expect_assert_fires(hst_inputs_item(inputs, 3, &path, &bytes, &size));
    hst_inputs_destroy(inputs);
}

static void a_stored_bundle_needs_no_disk(void **state)
{
    tree *t = *state;
    hst_inputs *disk = NULL, *stored = NULL;
    hst_error error;
    const char *bytes = NULL, *path = NULL;
    size_t size = 0;
    assert_int_equal(
        hst_inputs_create_from_disk(test_memory_of(&t->books), t->scenarios, &disk, &error),
        HST_OK);
    assert_int_equal(hst_inputs_get(disk, "x.yaml", &bytes, &size, &error), HST_OK);
    assert_int_equal(hst_inputs_get(disk, "../tables/y.csv", &bytes, &size, &error), HST_OK);
    assert_int_equal(hst_inputs_create_empty(test_memory_of(&t->books), &stored, &error), HST_OK);
    for (size_t i = 0; i < hst_inputs_count(disk); i++) {
        hst_inputs_item(disk, i, &path, &bytes, &size);
        assert_int_equal(hst_inputs_add(stored, path, bytes, size, &error), HST_OK);
    }
    hst_inputs_destroy(disk);
    assert_int_equal(hst_inputs_get(stored, "x.yaml", &bytes, &size, &error), HST_OK);
    assert_string_equal(bytes, "fx: data/fx.csv\n");
    assert_int_equal(hst_inputs_get(stored, "../tables/y.csv", &bytes, &size, &error), HST_OK);
    assert_int_equal(hst_inputs_get(stored, "data/fx.csv", &bytes, &size, &error), HST_NOT_FOUND);
    char text[HST_ERROR_PRINT_SIZE];
    hst_error_print(&error, text, sizeof text);
    assert_string_equal(text, "data/fx.csv: is not among the stored inputs");
    hst_inputs_destroy(stored);
}

static void what_a_stored_bundle_refuses(void **state)
{
    tree *t = *state;
    hst_inputs *stored = NULL;
    hst_error error;
    assert_int_equal(hst_inputs_create_empty(test_memory_of(&t->books), &stored, &error), HST_OK);
    assert_int_equal(hst_inputs_add(stored, "../x", "x", 1, &error), HST_INVALID);
    assert_int_equal(hst_inputs_add(stored, "a/../../x", "x", 1, &error), HST_INVALID);
    assert_int_equal(hst_inputs_add(stored, "/x", "x", 1, &error), HST_INVALID);
    assert_int_equal(hst_inputs_add(stored, "x", "x", 1, &error), HST_OK);
    assert_int_equal(hst_inputs_add(stored, "./x", "y", 1, &error), HST_EXISTS);
    assert_int_equal(hst_inputs_add(stored, "y", "x", HST_INPUT_SIZE_MAX + 1, &error), HST_FULL);
    assert_non_null(strstr(error.text, "HST_INPUT_SIZE_MAX"));
    assert_int_equal(hst_inputs_count(stored), 1);
    hst_inputs_destroy(stored);
}

static void absent_files_and_folders_are_named_as_the_user_knows_them(void **state)
{
    tree *t = *state;
    hst_inputs *inputs = NULL;
    hst_error error;
    const char *bytes = NULL;
    size_t size = 0;
    char text[HST_ERROR_PRINT_SIZE], expected[HST_ERROR_PRINT_SIZE];
    assert_int_equal(
        hst_inputs_create_from_disk(test_memory_of(&t->books), t->scenarios, &inputs, &error),
        HST_OK);
    assert_int_equal(hst_inputs_get(inputs, "../no.csv", &bytes, &size, &error), HST_NOT_FOUND);
    hst_error_print(&error, text, sizeof text);
    hst_ignore(snprintf(expected, sizeof expected, "%s/no.csv: no such file", t->root) > 0
                   ? HST_OK
                   : HST_IO);
    assert_string_equal(text, expected);
    assert_int_equal(hst_inputs_get(inputs, "data", &bytes, &size, &error), HST_IO);
    assert_non_null(strstr(error.text, "not a regular file"));
    char shown[HST_ERROR_FILE_SIZE];
    hst_inputs_display_path(inputs, "data/fx.csv", shown);
    hst_ignore(snprintf(expected, sizeof expected, "%s/data/fx.csv", t->scenarios) > 0 ? HST_OK
                                                                                       : HST_IO);
    assert_string_equal(shown, expected);
    assert_int_equal(hst_inputs_count(inputs), 0);
    hst_inputs_destroy(inputs);
    assert_int_equal(hst_inputs_create_from_disk(test_memory_of(&t->books), ".", &inputs, &error),
                     HST_OK);
    hst_inputs_display_path(inputs, "@up/a/b.csv", shown);
    assert_string_equal(shown, "../a/b.csv");
    hst_inputs_display_path(inputs, "x.yaml", shown);
    assert_string_equal(shown, "x.yaml");
    hst_inputs_destroy(inputs);
    hst_inputs_destroy(NULL);
}

static hst_status use_everything(tree *t, hst_error *error)
{
    hst_inputs *inputs = NULL;
    const char *bytes = NULL;
    size_t size = 0;
    HST_TRY(hst_inputs_create_from_disk(test_memory_of(&t->books), t->scenarios, &inputs, error));
    hst_status status = hst_inputs_get(inputs, "x.yaml", &bytes, &size, error);
    for (int i = 0; status == HST_OK && i < 200; i++) {
        static char big[3000];
        char path[32];
        hst_ignore(snprintf(path, sizeof path, "many/%d", i * 7 % 200) > 0 ? HST_OK : HST_IO);
        status = hst_inputs_add(inputs, path, big, sizeof big, error);
    }
    if (status == HST_OK) {
        assert_int_equal(hst_inputs_count(inputs), 201);
    }
    hst_inputs_destroy(inputs);
    return status;
}

static void every_failed_request_for_memory_is_survived(void **state)
{
    tree *t = *state;
    hst_error error;
    hst_status status = HST_NO_MEMORY;
    for (size_t k = 0; status != HST_OK; k++) {
        t->books.requests = 0;
        t->books.fail_at = k;
        status = use_everything(t, &error);
        assert_true(status == HST_OK || status == HST_NO_MEMORY);
        assert_int_equal(t->books.held, 0);
        assert_true(k < 1000);
    }
    t->books.fail_at = SIZE_MAX;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_have_one_normal_form),
        cmocka_unit_test(paths_without_a_normal_form_are_refused),
        cmocka_unit_test(a_user_s_path_splits_into_folder_and_file),
        cmocka_unit_test_setup_teardown(files_are_read_once_and_remembered, start, stop),
        cmocka_unit_test_setup_teardown(a_stored_bundle_needs_no_disk, start, stop),
        cmocka_unit_test_setup_teardown(what_a_stored_bundle_refuses, start, stop),
        cmocka_unit_test_setup_teardown(absent_files_and_folders_are_named_as_the_user_knows_them,
                                        start, stop),
        cmocka_unit_test_setup_teardown(every_failed_request_for_memory_is_survived, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
