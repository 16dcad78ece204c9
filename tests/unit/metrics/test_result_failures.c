#include "tests/unit/metrics/metrics_test.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* Create must fail with `expected` and words that hold `text`; nothing may be left behind. */
static void
assert_create_fails(const char *path, bool overwrite, hst_status expected, const char *text)
{
    const hst_result_options options = {.overwrite = overwrite};
    hst_result *result = NULL;
    hst_error error = {.status = HST_OK};
    const hst_status status = hst_result_create(path, &options, hst_os_memory(), &result, &error);
    if (status != expected || strstr(error.text, text) == NULL) {
        fail_msg("expected %s with \"%s\", got %s: %s", hst_status_name(expected), text,
                 hst_status_name(status), error.text);
    }
    assert_null(result);
}

static void places_that_cannot_hold_a_file_are_refused_at_once(void **state)
{
    const test_folder *folder = *state;
    char path[TEST_PATH_SIZE];
    (void)snprintf(path, sizeof path, "%s/no/such/folder.h5", folder->folder);
    assert_create_fails(path, true, HST_IO, "No such file or directory");
    assert_create_fails(folder->folder, true, HST_IO, "it is a directory");
    assert_create_fails("/dev/null", true, HST_IO, "not a regular file");
    assert_create_fails("/proc/run.h5", true, HST_IO, "cannot create it");
    assert_create_fails("", true, HST_INVALID, "has 0 bytes");
}

static void a_file_that_exists_is_kept_unless_told(void **state)
{
    const test_folder *folder = *state;
    write_file(folder->path, "old", 3);
    assert_create_fails(folder->path, false, HST_EXISTS, "it exists already");
    assert_false(file_exists(folder->partial));
    hst_result *result = create_or_fail(folder->path, 1, 0); /* overwrite */
    size_t size = 0;
    unsigned char *bytes = read_file(folder->path, &size);
    assert_int_equal(size, 3); /* until the new one is whole */
    free(bytes);
    (void)finish_or_fail(result);
    hst_result_file_close(open_or_fail(folder->path));
}

static void two_runs_to_one_path_do_not_mix(void **state)
{
    const test_folder *folder = *state;
    hst_result *one = create_or_fail(folder->path, 1, 0);
    assert_create_fails(folder->path, true, HST_EXISTS, "another run is writing");
    fill_small(one, 3);
    (void)finish_or_fail(one);
    hst_result_file_close(open_or_fail(folder->path));
}

static void abandoning_leaves_nothing_or_a_partial_file(void **state)
{
    const test_folder *folder = *state;
    for (unsigned threads = 0; threads < 2; threads++) {
        hst_result *result = create_or_fail(folder->path, threads, 0);
        fill_small(result, 3);
        hst_result_abandon(result, false);
        assert_false(file_exists(folder->path));
        assert_false(file_exists(folder->partial));

        result = create_or_fail(folder->path, threads, 0);
        fill_small(result, 3);
        hst_result_abandon(result, true);
        assert_false(file_exists(folder->path));
        assert_true(file_exists(folder->partial));
        const hst_error error = open_refused(folder->partial, HST_INTERRUPTED);
        assert_non_null(strstr(error.text, "partial"));
        /* Renaming it does not make it complete. */
        assert_int_equal(rename(folder->partial, folder->path), 0);
        (void)open_refused(folder->path, HST_INTERRUPTED);
        assert_int_equal(unlink(folder->path), 0);
    }
}

/* Run `work` in a child; its exit code, or -signal. */
static int in_child(void (*work)(const void *argument), const void *argument)
{
    (void)fflush(NULL);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        work(argument);
        _exit(0);
    }
    int ended = 0;
    assert_int_equal(waitpid(child, &ended, 0), child);
    return WIFEXITED(ended) ? WEXITSTATUS(ended) : -WTERMSIG(ended);
}

static void write_and_die(const void *argument)
{
    const char *path = argument;
    hst_result *result = create_or_fail(path, 1, 0);
    for (uint64_t r = 0; r < 20000; r++) {
        append_row(result, HST_TABLE_PAYMENT, r);
    }
    (void)kill(getpid(), SIGKILL);
}

static void a_killed_run_leaves_nothing_that_looks_complete(void **state)
{
    const test_folder *folder = *state;
    assert_int_equal(in_child(write_and_die, folder->path), -SIGKILL);
    assert_false(file_exists(folder->path));
    assert_true(file_exists(folder->partial));
    (void)open_refused(folder->partial, HST_INTERRUPTED);
    /* and the next run is not in its way */
    (void)write_small(folder->path, 1, 0);
    assert_false(file_exists(folder->partial));
    hst_result_file_close(open_or_fail(folder->path));
}

enum { SAID_SO = 7 };

typedef struct full_disk {
    const char *path;
    size_t limit;     /* bytes a file may have */
    unsigned threads; /* of the writer */
} full_disk;

/* A file size limit behaves like a full disk: writes fail with an errno. */
static void write_to_a_full_disk(const void *argument)
{
    const full_disk *disk = argument;
    const char *path = disk->path;
    const struct rlimit size = {disk->limit, disk->limit};
    (void)signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &size) != 0) {
        _exit(1);
    }
    const hst_result_options options = {.threads = disk->threads};
    hst_result *result = NULL;
    hst_error error = {.status = HST_OK};
    hst_status status = hst_result_create(path, &options, hst_os_memory(), &result, &error);
    if (status == HST_OK) {
        for (uint64_t r = 0; r < 20000; r++) {
            append_row(result, HST_TABLE_PAYMENT, r);
        }
        fill_small(result, 3);
        status = hst_result_finish(result, NULL, &error);
    }
    const bool said = status == HST_IO && strstr(error.text, "File too large") != NULL &&
                      strcmp(error.file, path) == 0;
    if (!said) {
        (void)fprintf(stderr, "limit %zu: %s: %s\n", disk->limit, hst_status_name(status),
                      error.text);
    }
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread is left, and exit handlers are the point */
    exit(said ? SAID_SO : 2); /* with whatever HDF5 does at exit */
}

static void a_full_disk_is_an_error_and_leaves_nothing(void **state)
{
    const test_folder *folder = *state;
    static const size_t limits[] = {0, 100, 512, 3000, 530000, 1200000, 2600000};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        for (unsigned threads = 0; threads < 2; threads++) {
            const full_disk disk = {folder->path, limits[i], threads};
            assert_int_equal(in_child(write_to_a_full_disk, &disk), SAID_SO);
            assert_false(file_exists(folder->path));
            assert_false(file_exists(folder->partial));
        }
    }
}

static void mistakes_in_paths_and_texts_come_out_at_the_end(void **state)
{
    const test_folder *folder = *state;
    for (int mistake = 0; mistake < 5; mistake++) {
        hst_result *result = create_or_fail(folder->path, 1, 0);
        switch (mistake) {
        case 0: hst_result_bytes(result, "/payments", "x", 1, "a table"); break;
        case 1: hst_result_bytes(result, "relative", "x", 1, "not absolute"); break;
        case 2: hst_result_text(result, "/meta/scenario", "a\0b", 3, "a zero byte"); break;
        case 3: hst_result_attribute_i64(result, "/no/such/object", "a", 1); break;
        case 4:
            hst_result_bytes(result, "/meta/twice", "x", 1, "once");
            hst_result_bytes(result, "/meta/twice", "x", 1, "twice");
            break;
        default: break;
        }
        fill_small(result, 1); /* ignored without harm */
        assert_int_not_equal(hst_result_status(result), HST_OK);
        hst_error error = {.status = HST_OK};
        assert_int_equal(hst_result_finish(result, NULL, &error),
                         mistake < 3 ? HST_INVALID : HST_IO);
        assert_true(error.text[0] != '\0');
        assert_false(file_exists(folder->path));
        assert_false(file_exists(folder->partial));
    }
}

/* Memory that says no from the n-th request on. */
typedef struct budget {
    int left;
    int held;
} budget;

static void *budget_acquire(void *context, size_t size)
{
    budget *b = context;
    const hst_memory memory = hst_os_memory();
    if (b->left-- <= 0) {
        return NULL;
    }
    b->held++;
    return memory.acquire(memory.context, size);
}

static void budget_release(void *context, void *p, size_t size)
{
    budget *b = context;
    const hst_memory memory = hst_os_memory();
    b->held--;
    memory.release(memory.context, p, size);
}

static void running_out_of_memory_anywhere_is_a_clean_failure(void **state)
{
    const test_folder *folder = *state;
    bool succeeded = false;
    for (int allowed = 0; !succeeded; allowed++) {
        assert_in_range(allowed, 0, 20);
        budget b = {.left = allowed};
        const hst_memory memory = {&b, budget_acquire, budget_release};
        const hst_result_options options = {.threads = 1};
        hst_result *result = NULL;
        hst_error error = {.status = HST_OK};
        hst_status status = hst_result_create(folder->path, &options, memory, &result, &error);
        if (status == HST_OK) {
            fill_small(result, 2);
            status = hst_result_finish(result, NULL, &error);
        }
        hst_result_file *file = NULL;
        if (status == HST_OK) {
            status = hst_result_open(folder->path, memory, &file, &error);
        }
        succeeded = status == HST_OK;
        if (succeeded) {
            hst_result_file_close(file);
        } else {
            assert_int_equal(status, HST_NO_MEMORY);
        }
        assert_int_equal(b.held, 0);
        (void)unlink(folder->path);
        assert_false(file_exists(folder->partial));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, drop_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(places_that_cannot_hold_a_file_are_refused_at_once),
        TEST(a_file_that_exists_is_kept_unless_told),
        TEST(two_runs_to_one_path_do_not_mix),
        TEST(abandoning_leaves_nothing_or_a_partial_file),
        TEST(a_killed_run_leaves_nothing_that_looks_complete),
        TEST(a_full_disk_is_an_error_and_leaves_nothing),
        TEST(mistakes_in_paths_and_texts_come_out_at_the_end),
        TEST(running_out_of_memory_anywhere_is_a_clean_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
