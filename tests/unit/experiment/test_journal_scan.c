/* The bytes of a journal, damaged in every way there is. */
#include "sim/experiment/journal.h"
#include "sim/experiment/journal_format.h"

#include "tests/support/expect_assert.h"
#include "tests/unit/experiment/trials.h"

enum {
    RECORDS = 4,
    RECORD_SIZE = 8 + 4 + 4 + 8 + 32 + 256 + 8 * TRIALS_VALUES + 32,
    SIZE = HST_JOURNAL_HEADER_SIZE + RECORDS * RECORD_SIZE
};

/* What a scan yielded. */
typedef struct seen {
    uint64_t numbers[RECORDS];
    size_t count;
    bool wrong; /* a trial that was never written */
} seen;

static hst_journal_key key_of(const char *text)
{
    return (hst_journal_key){.digest = hst_blake2b(text, strlen(text)),
                             .value_count = TRIALS_VALUES};
}

static void build(const hst_journal_key *key, unsigned char bytes[SIZE])
{
    assert_int_equal(hst_journal_record_size(key), RECORD_SIZE);
    hst_journal_header(key, bytes);
    for (size_t i = 0; i < RECORDS; i++) {
        double values[TRIALS_VALUES];
        const hst_trial trial = trials_make(4 + i, values);
        hst_journal_record(key, &trial, values, bytes + HST_JOURNAL_HEADER_SIZE + i * RECORD_SIZE);
    }
}

static hst_status
visit(void *context, const hst_trial *trial, const double *values, hst_error *error)
{
    (void)error;
    seen *got = context;
    if (got->count == RECORDS || trial->number < 4 || trial->number >= 4 + RECORDS ||
        !trials_right(trial, values)) {
        got->wrong = true;
        return HST_OK;
    }
    got->numbers[got->count++] = trial->number;
    return HST_OK;
}

/* A scan, with its words when it fails. */
static hst_status scan(const unsigned char *bytes,
                       size_t size,
                       seen *got,
                       hst_journal_report *report,
                       size_t *good_size,
                       hst_error *error)
{
    const hst_journal_key key = key_of("ours");
    *got = (seen){.count = 0};
    *report = (hst_journal_report){.records = 0};
    *good_size = 12345;
    return hst_journal_scan(bytes, size, &key, "x.trials.0", visit, got, report, good_size, error);
}

static void every_torn_end_loses_only_the_torn_record(void **state)
{
    (void)state;
    const hst_journal_key key = key_of("ours");
    unsigned char bytes[SIZE];
    build(&key, bytes);
    for (size_t size = 0; size <= SIZE; size++) {
        seen got;
        hst_journal_report report;
        size_t good_size;
        assert_int_equal(scan(bytes, size, &got, &report, &good_size, NULL), HST_OK);
        assert_false(got.wrong);
        size_t whole = 0;
        size_t expected = 0;
        if (size >= HST_JOURNAL_HEADER_SIZE) {
            whole = (size - HST_JOURNAL_HEADER_SIZE) / RECORD_SIZE;
            expected = HST_JOURNAL_HEADER_SIZE + whole * RECORD_SIZE;
        }
        assert_int_equal(got.count, whole);
        assert_int_equal(report.records, whole);
        assert_int_equal(good_size, expected);
        assert_int_equal(report.cut_bytes, size - expected);
        assert_int_equal(report.damaged, 0);
    }
}

/* The file system gave the file its length but not its data. */
static void an_end_of_zeros_loses_only_what_was_in_it(void **state)
{
    (void)state;
    const hst_journal_key key = key_of("ours");
    for (size_t from = 0; from < SIZE; from++) {
        unsigned char bytes[SIZE];
        build(&key, bytes);
        memset(bytes + from, 0, SIZE - from);
        seen got;
        hst_journal_report report;
        size_t good_size;
        const hst_status status = scan(bytes, SIZE, &got, &report, &good_size, NULL);
        assert_false(got.wrong);
        if (from >= HST_JOURNAL_HEADER_SIZE) {
            assert_int_equal(status, HST_OK);
            assert_true(got.count >= (from - HST_JOURNAL_HEADER_SIZE) / RECORD_SIZE);
        } else if (from > 0 && status != HST_OK) {
            /* The header is on the disk before any record is written: no crash leaves this. */
            assert_int_equal(status, HST_CORRUPT);
        }
    }
}

/* Which records a flipped bit may take with it: its own. */
static void every_flipped_bit_costs_at_most_its_own_record(void **state)
{
    (void)state;
    const hst_journal_key key = key_of("ours");
    unsigned char bytes[SIZE];
    build(&key, bytes);
    for (size_t bit = 0; bit < 8 * (size_t)SIZE; bit++) {
        bytes[bit / 8] ^= (unsigned char)(1U << bit % 8);
        seen got;
        hst_journal_report report;
        size_t good_size;
        assert_int_equal(scan(bytes, SIZE, &got, &report, &good_size, NULL), HST_OK);
        assert_false(got.wrong);
        const bool in_header = bit / 8 < HST_JOURNAL_HEADER_SIZE;
        const size_t hit = in_header ? RECORDS : (bit / 8 - HST_JOURNAL_HEADER_SIZE) / RECORD_SIZE;
        assert_int_equal(got.count, in_header ? RECORDS : RECORDS - 1);
        assert_int_equal(report.mended, in_header ? 1 : 0);
        for (size_t i = 0; i < got.count; i++) {
            assert_int_equal(got.numbers[i], 4 + i + (i >= hit));
        }
        const bool last = hit == RECORDS - 1;
        assert_int_equal(report.damaged, in_header || last ? 0 : 1);
        assert_int_equal(good_size, last ? SIZE - RECORD_SIZE : SIZE);
        bytes[bit / 8] ^= (unsigned char)(1U << bit % 8);
    }
}

static void another_experiments_journal_is_refused_with_words(void **state)
{
    (void)state;
    const hst_journal_key other = key_of("theirs");
    unsigned char bytes[SIZE];
    build(&other, bytes);
    seen got;
    hst_journal_report report;
    size_t good_size;
    hst_error error = {.status = HST_OK};
    assert_int_equal(scan(bytes, SIZE, &got, &report, &good_size, &error), HST_EXISTS);
    assert_int_equal(got.count, 0);
    assert_string_equal(error.file, "x.trials.0");
    assert_non_null(strstr(error.text, "another experiment"));
    /* With its header cut off they are not taken either: their checksums have another key. */
    hst_journal_key ours = key_of("ours");
    hst_journal_header(&ours, bytes);
    assert_int_equal(scan(bytes, SIZE, &got, &report, &good_size, NULL), HST_OK);
    assert_int_equal(got.count, 0);
    assert_int_equal(good_size, HST_JOURNAL_HEADER_SIZE);
    /* Other metrics are another experiment too. */
    ours.value_count = TRIALS_VALUES + 1;
    hst_journal_header(&ours, bytes);
    assert_int_equal(scan(bytes, HST_JOURNAL_HEADER_SIZE, &got, &report, &good_size, NULL),
                     HST_EXISTS);
}

static void a_newer_version_is_told_from_damage(void **state)
{
    (void)state;
    const hst_journal_key key = key_of("ours");
    unsigned char bytes[SIZE];
    build(&key, bytes);
    memset(bytes + HST_JOURNAL_HEADER_SIZE, 7, SIZE - HST_JOURNAL_HEADER_SIZE);
    bytes[8] = HST_JOURNAL_VERSION + 1;
    seen got;
    hst_journal_report report;
    size_t good_size;
    hst_error error = {.status = HST_OK};
    assert_int_equal(scan(bytes, SIZE, &got, &report, &good_size, &error), HST_CORRUPT);
    const hst_hash sum = hst_blake2b(bytes, HST_JOURNAL_HEADER_SIZE - HST_HASH_SIZE);
    memcpy(bytes + HST_JOURNAL_HEADER_SIZE - HST_HASH_SIZE, sum.bytes, HST_HASH_SIZE);
    assert_int_equal(scan(bytes, SIZE, &got, &report, &good_size, &error), HST_UNSUPPORTED);
    assert_non_null(strstr(error.text, "newer version (layout 2, this program knows 1)"));
}

static void a_foreign_file_is_refused_however_short(void **state)
{
    (void)state;
    static const char *const texts[] = {"x", "HSTTRIAX", "groceries: milk, bread, eggs\n",
                                        "a long letter that has nothing to do with trials, long "
                                        "enough to be taken for a header and "
                                        "then some more of it"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        seen got;
        hst_journal_report report;
        size_t good_size;
        hst_error error = {.status = HST_OK};
        assert_int_equal(scan((const unsigned char *)texts[i], strlen(texts[i]), &got, &report,
                              &good_size, &error),
                         HST_CORRUPT);
        assert_non_null(strstr(error.text, "is no journal"));
    }
}

static hst_status
refuse(void *context, const hst_trial *trial, const double *values, hst_error *error)
{
    (void)trial;
    (void)values;
    ++*(int *)context;
    return hst_error_set(error, HST_FULL, "enough");
}

static void a_visit_that_fails_ends_the_scan(void **state)
{
    (void)state;
    const hst_journal_key key = key_of("ours");
    unsigned char bytes[SIZE];
    build(&key, bytes);
    int visits = 0;
    hst_journal_report report = {.records = 0};
    size_t good_size = 0;
    assert_int_equal(
        hst_journal_scan(bytes, SIZE, &key, "x", refuse, &visits, &report, &good_size, NULL),
        HST_FULL);
    assert_int_equal(visits, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_torn_end_loses_only_the_torn_record),
        cmocka_unit_test(an_end_of_zeros_loses_only_what_was_in_it),
        cmocka_unit_test(every_flipped_bit_costs_at_most_its_own_record),
        cmocka_unit_test(another_experiments_journal_is_refused_with_words),
        cmocka_unit_test(a_newer_version_is_told_from_damage),
        cmocka_unit_test(a_foreign_file_is_refused_however_short),
        cmocka_unit_test(a_visit_that_fails_ends_the_scan),
    };
    return cmocka_run_group_tests_name("experiment/journal_scan", tests, NULL, NULL);
}
