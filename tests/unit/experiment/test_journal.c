/* Journals on disk: what a crash, a full disk or a second process may do. */
#include "sim/experiment/journal.h"

#include "tests/support/expect_assert.h"
#include "tests/support/test_memory.h"
#include "tests/unit/experiment/trials.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RECORD_SIZE = 8 + 4 + 4 + 8 + 32 + 256 + 8 * TRIALS_VALUES + 32, SEEN_MAX = 512 };

/* A folder with one journal in it. */
typedef struct place {
    char folder[64];
    char path[96];
    test_memory books;
} place;

typedef struct seen {
    uint64_t numbers[SEEN_MAX];
    size_t count;
    bool wrong;
} seen;

static int start(void **state)
{
    static place p;
    memset(&p, 0, sizeof p);
    p.books.fail_at = SIZE_MAX;
    memcpy(p.folder, "/tmp/hst_journal_XXXXXX", sizeof "/tmp/hst_journal_XXXXXX");
    assert_non_null(mkdtemp(p.folder));
    assert_true(snprintf(p.path, sizeof p.path, "%s/out.h5.trials.0", p.folder) > 0);
    *state = &p;
    return 0;
}

static int stop(void **state)
{
    const place *p = *state;
    (void)unlink(p->path);
    assert_int_equal(rmdir(p->folder), 0);
    assert_int_equal(p->books.held, 0);
    return 0;
}

static hst_journal_key key_of(const char *text)
{
    return (hst_journal_key){.digest = hst_blake2b(text, strlen(text)),
                             .value_count = TRIALS_VALUES};
}

static hst_status
visit(void *context, const hst_trial *trial, const double *values, hst_error *error)
{
    (void)error;
    seen *got = context;
    got->wrong = got->wrong || got->count == SEEN_MAX || !trials_right(trial, values);
    if (got->count < SEEN_MAX) {
        got->numbers[got->count++] = trial->number;
    }
    return HST_OK;
}

static hst_journal *open_as(place *p, const char *key_text, seen *got, hst_journal_report *report)
{
    const hst_journal_key key = key_of(key_text);
    hst_journal_report unused = {.records = 0};
    hst_journal *journal = NULL;
    hst_error error = {.status = HST_OK};
    *got = (seen){.count = 0};
    const hst_status status = hst_journal_open(test_memory_of(&p->books), p->path, &key, visit, got,
                                               report != NULL ? report : &unused, &journal, &error);
    if (status != HST_OK) {
        print_error("%s\n", error.text);
    }
    assert_int_equal(status, HST_OK);
    assert_false(got->wrong);
    return journal;
}

static hst_status append(hst_journal *journal, uint64_t number, hst_error *error)
{
    double values[TRIALS_VALUES];
    const hst_trial trial = trials_make(number, values);
    return hst_journal_append(journal, &trial, values, error);
}

static off_t size_of(const char *path)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    return status.st_size;
}

static void what_was_appended_is_read_after_reopening(void **state)
{
    place *p = *state;
    seen got;
    for (uint64_t life = 0; life < 3; life++) {
        hst_journal_report report = {.records = 0};
        hst_journal *journal = open_as(p, "ours", &got, &report);
        assert_int_equal(got.count, 10 * life);
        assert_int_equal(report.records, 10 * life);
        assert_int_equal(report.cut_bytes + report.damaged + report.mended, 0);
        for (uint64_t i = 0; i < 10; i++) {
            assert_int_equal(append(journal, 10 * life + i, NULL), HST_OK);
        }
        hst_journal_close(journal);
    }
    const hst_journal_key key = key_of("ours");
    hst_journal_report report = {.records = 0};
    got = (seen){.count = 0};
    assert_int_equal(
        hst_journal_read(test_memory_of(&p->books), p->path, &key, visit, &got, &report, NULL),
        HST_OK);
    assert_int_equal(got.count, 30);
    assert_int_equal(size_of(p->path), HST_JOURNAL_HEADER_SIZE + 30 * RECORD_SIZE);
}

/* Cut the file at every length; open, append one, open again: nothing that was whole is lost. */
static void a_torn_end_is_cut_and_appending_goes_on(void **state)
{
    place *p = *state;
    seen got;
    for (off_t size = 0; size <= HST_JOURNAL_HEADER_SIZE + 3 * RECORD_SIZE; size += 61) {
        hst_journal *journal = open_as(p, "ours", &got, NULL);
        for (uint64_t i = 0; i < 3; i++) {
            assert_int_equal(append(journal, i, NULL), HST_OK);
        }
        hst_journal_close(journal);
        assert_int_equal(truncate(p->path, size), 0);
        const size_t whole = size < HST_JOURNAL_HEADER_SIZE
                                 ? 0
                                 : (size_t)(size - HST_JOURNAL_HEADER_SIZE) / RECORD_SIZE;
        journal = open_as(p, "ours", &got, NULL);
        assert_int_equal(got.count, whole);
        assert_int_equal(append(journal, 100, NULL), HST_OK);
        hst_journal_close(journal);
        journal = open_as(p, "ours", &got, NULL);
        assert_int_equal(got.count, whole + 1);
        assert_int_equal(got.numbers[whole], 100);
        hst_journal_close(journal);
        assert_int_equal(unlink(p->path), 0);
    }
}

static void flip(const char *path, off_t at)
{
    const int descriptor = open(path, O_RDWR);
    assert_true(descriptor >= 0);
    unsigned char byte = 0;
    assert_int_equal(pread(descriptor, &byte, 1, at), 1);
    byte ^= 0x10;
    assert_int_equal(pwrite(descriptor, &byte, 1, at), 1);
    assert_int_equal(close(descriptor), 0);
}

static void a_damaged_header_is_mended_and_a_damaged_record_left_out(void **state)
{
    place *p = *state;
    seen got;
    hst_journal *journal = open_as(p, "ours", &got, NULL);
    for (uint64_t i = 0; i < 4; i++) {
        assert_int_equal(append(journal, i, NULL), HST_OK);
    }
    hst_journal_close(journal);
    flip(p->path, 20);
    flip(p->path, HST_JOURNAL_HEADER_SIZE + RECORD_SIZE + 5);
    hst_journal_report report = {.records = 0};
    journal = open_as(p, "ours", &got, &report);
    hst_journal_close(journal);
    assert_int_equal(report.mended, 1);
    assert_int_equal(report.damaged, 1);
    assert_int_equal(report.records, 3);
    report = (hst_journal_report){.records = 0};
    journal = open_as(p, "ours", &got, &report);
    hst_journal_close(journal);
    assert_int_equal(report.mended, 0);
    assert_int_equal(got.count, 3);
    assert_int_equal(got.numbers[1], 2);
}

static void another_key_is_refused_and_the_file_left_alone(void **state)
{
    place *p = *state;
    seen got;
    hst_journal *journal = open_as(p, "ours", &got, NULL);
    assert_int_equal(append(journal, 1, NULL), HST_OK);
    hst_journal_close(journal);
    const hst_journal_key other = key_of("theirs");
    hst_journal_report report = {.records = 0};
    hst_error error = {.status = HST_OK};
    journal = NULL;
    assert_int_equal(hst_journal_open(test_memory_of(&p->books), p->path, &other, visit, &got,
                                      &report, &journal, &error),
                     HST_EXISTS);
    assert_null(journal);
    assert_string_equal(error.file, p->path);
    assert_non_null(strstr(error.text, "another experiment"));
    journal = open_as(p, "ours", &got, NULL);
    assert_int_equal(got.count, 1);
    hst_journal_close(journal);
}

/* In a process of its own, as the second sweep would be. */
static void a_second_process_is_refused(void **state)
{
    place *p = *state;
    seen got;
    hst_journal *journal = open_as(p, "ours", &got, NULL);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const hst_journal_key key = key_of("ours");
        hst_journal_report report = {.records = 0};
        hst_journal *second = NULL;
        hst_error error = {.status = HST_OK};
        const hst_memory memory = test_memory_of(&p->books);
        const bool refused =
            hst_journal_open(memory, p->path, &key, visit, &got, &report, &second, &error) ==
                HST_REFUSED &&
            strstr(error.text, "in use") != NULL &&
            hst_journal_read(memory, p->path, &key, visit, &got, &report, &error) == HST_REFUSED;
        _exit(refused ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(append(journal, 1, NULL), HST_OK);
    hst_journal_close(journal);
    journal = open_as(p, "ours", &got, NULL);
    assert_int_equal(got.count, 1);
    hst_journal_close(journal);
}

/* A limit on the size of files stands for a full disk: the write that meets it is cut short. In a
 * child, for the limit stays with a process. */
static int fill_up(place *p)
{
    (void)signal(SIGXFSZ, SIG_IGN);
    seen got;
    hst_journal *journal = open_as(p, "ours", &got, NULL);
    const struct rlimit limit = {.rlim_cur = HST_JOURNAL_HEADER_SIZE + 2 * RECORD_SIZE + 100,
                                 .rlim_max = RLIM_INFINITY};
    if (append(journal, 0, NULL) != HST_OK || setrlimit(RLIMIT_FSIZE, &limit) != 0) {
        return 1;
    }
    hst_error error = {.status = HST_OK};
    if (append(journal, 1, NULL) != HST_OK || append(journal, 2, &error) != HST_IO ||
        strstr(error.text, "cannot write a record: File too large") == NULL ||
        strcmp(error.file, p->path) != 0 ||
        size_of(p->path) != HST_JOURNAL_HEADER_SIZE + 2 * RECORD_SIZE) {
        print_error("%s: %s\n", error.file, error.text);
        return 2;
    }
    /* Somebody makes room. */
    const struct rlimit none = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
    if (setrlimit(RLIMIT_FSIZE, &none) != 0 || append(journal, 3, NULL) != HST_OK) {
        return 3;
    }
    hst_journal_close(journal);
    return 0;
}

static void a_full_disk_is_told_and_costs_no_other_record(void **state)
{
    place *p = *state;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        _exit(fill_up(p));
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    seen got;
    hst_journal *journal = open_as(p, "ours", &got, NULL);
    hst_journal_close(journal);
    assert_int_equal(got.count, 3);
    assert_int_equal(got.numbers[0], 0);
    assert_int_equal(got.numbers[1], 1);
    assert_int_equal(got.numbers[2], 3);
}

static void every_bad_path_is_named(void **state)
{
    place *p = *state;
    char missing[128];
    assert_true(snprintf(missing, sizeof missing, "%s/none/out.trials.0", p->folder) > 0);
    const struct {
        const char *path;
        const char *words;
    } cases[] = {
        {missing, "cannot open it: No such file or directory"},
        {p->folder, "cannot open it: Is a directory"},
        {"/dev/null", "is not a file"},
        {"", "cannot open it: No such file or directory"},
    };
    const hst_journal_key key = key_of("ours");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hst_journal_report report = {.records = 0};
        hst_journal *journal = NULL;
        hst_error error = {.status = HST_OK};
        seen got = {.count = 0};
        assert_int_equal(hst_journal_open(test_memory_of(&p->books), cases[i].path, &key, visit,
                                          &got, &report, &journal, &error),
                         HST_IO);
        assert_string_equal(error.text, cases[i].words);
        assert_string_equal(error.file, cases[i].path);
    }
    hst_journal_report report = {.records = 0};
    hst_error error = {.status = HST_OK};
    seen got = {.count = 0};
    assert_int_equal(
        hst_journal_read(test_memory_of(&p->books), p->path, &key, visit, &got, &report, &error),
        HST_IO);
    assert_true(access(p->path, F_OK) != 0);
}

static void someone_elses_file_is_left_as_it_is(void **state)
{
    place *p = *state;
    static const char text[] = "dear diary";
    FILE *file = fopen(p->path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, sizeof text, file), sizeof text);
    assert_int_equal(fclose(file), 0);
    const hst_journal_key key = key_of("ours");
    hst_journal_report report = {.records = 0};
    hst_journal *journal = NULL;
    seen got = {.count = 0};
    assert_int_equal(hst_journal_open(test_memory_of(&p->books), p->path, &key, visit, &got,
                                      &report, &journal, NULL),
                     HST_CORRUPT);
    char back[sizeof text + 1];
    file = fopen(p->path, "rb");
    assert_non_null(file);
    assert_int_equal(fread(back, 1, sizeof back, file), sizeof text);
    assert_int_equal(fclose(file), 0);
    assert_memory_equal(back, text, sizeof text);
}

static void *append_many(void *argument)
{
    hst_journal *const *journal = argument;
    static _Atomic uint64_t next; /* NOLINT(*-avoid-non-const-global-variables): numbers */
    for (int i = 0; i < 25; i++) {
        if (append(*journal, next++, NULL) != HST_OK) {
            return argument;
        }
    }
    return NULL;
}

static void threads_append_side_by_side(void **state)
{
    place *p = *state;
    seen got;
    hst_journal *journal = open_as(p, "ours", &got, NULL);
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, append_many, &journal), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        void *failed = NULL;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    hst_journal_close(journal);
    hst_journal_report report = {.records = 0};
    journal = open_as(p, "ours", &got, &report);
    hst_journal_close(journal);
    assert_int_equal(report.records, 100);
    bool there[100] = {false};
    for (size_t i = 0; i < got.count; i++) {
        assert_false(there[got.numbers[i]]);
        there[got.numbers[i]] = true;
    }
}

static void every_failed_request_for_memory_is_survived(void **state)
{
    place *p = *state;
    seen got;
    hst_journal *journal = open_as(p, "ours", &got, NULL);
    assert_int_equal(append(journal, 1, NULL), HST_OK);
    hst_journal_close(journal);
    const hst_journal_key key = key_of("ours");
    hst_status status = HST_NO_MEMORY;
    for (size_t k = 0; status != HST_OK; k++) {
        test_memory books = {.fail_at = k};
        hst_journal_report report = {.records = 0};
        hst_error error = {.status = HST_OK};
        journal = NULL;
        status = hst_journal_open(test_memory_of(&books), p->path, &key, visit, &got, &report,
                                  &journal, &error);
        assert_true(status == HST_OK || status == HST_NO_MEMORY);
        assert_int_equal(error.status, status);
        hst_journal_close(journal);
        assert_int_equal(books.held, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_appended_is_read_after_reopening, start, stop),
        cmocka_unit_test_setup_teardown(a_torn_end_is_cut_and_appending_goes_on, start, stop),
        cmocka_unit_test_setup_teardown(a_damaged_header_is_mended_and_a_damaged_record_left_out,
                                        start, stop),
        cmocka_unit_test_setup_teardown(another_key_is_refused_and_the_file_left_alone, start,
                                        stop),
        cmocka_unit_test_setup_teardown(a_second_process_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(a_full_disk_is_told_and_costs_no_other_record, start, stop),
        cmocka_unit_test_setup_teardown(every_bad_path_is_named, start, stop),
        cmocka_unit_test_setup_teardown(someone_elses_file_is_left_as_it_is, start, stop),
        cmocka_unit_test_setup_teardown(threads_append_side_by_side, start, stop),
        cmocka_unit_test_setup_teardown(every_failed_request_for_memory_is_survived, start, stop),
    };
    return cmocka_run_group_tests_name("experiment/journal", tests, NULL, NULL);
}
