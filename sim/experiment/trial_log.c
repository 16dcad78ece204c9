#include "sim/experiment/trial_log.h"

#include "core/base/assert.h"
#include "core/base/codec.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static const char suffix[] = ".trials.";

struct hst_trial_log {
    hst_memory memory;
    const hst_team *team;
    hst_journal_key key;
    hst_journal *journal;
    hst_trial_set *set;
    size_t resumed;
    pthread_mutex_t mutex; /* over the three below */
    unsigned char *staged; /* encoded trials that the others have not seen */
    size_t staged_count;
    size_t staged_capacity;
};

static size_t item_size(const hst_trial_log *log)
{
    return hst_trial_size(log->key.value_count);
}

/* ---- what the others have not seen -------------------------------------------------------- */

static hst_status
stage(hst_trial_log *log, const hst_trial *trial, const double *values, hst_error *error)
{
    const size_t size = item_size(log);
    if (log->staged_count == log->staged_capacity) {
        const hst_memory memory = log->memory;
        const size_t capacity = log->staged_capacity > 0 ? 2 * log->staged_capacity : 64;
        unsigned char *larger = memory.acquire(memory.context, capacity * size);
        if (larger == NULL) {
            return hst_error_set(error, HST_NO_MEMORY, "no memory for %llu trials of a round",
                                 (unsigned long long)capacity);
        }
        if (log->staged != NULL) {
            memcpy(larger, log->staged, log->staged_count * size);
            memory.release(memory.context, log->staged, log->staged_capacity * size);
        }
        log->staged = larger;
        log->staged_capacity = capacity;
    }
    hst_trial_encode(trial, values, log->key.value_count, log->staged + log->staged_count * size);
    log->staged_count++;
    return HST_OK;
}

static hst_status
visit(void *context, const hst_trial *trial, const double *values, hst_error *error)
{
    return stage(context, trial, values, error);
}

hst_status hst_trial_log_add(hst_trial_log *log,
                             const hst_trial *trial,
                             const double *values,
                             hst_error *error)
{
    hst_assert(log != NULL);
    hst_assert(trial->status != HST_INTERRUPTED);
    if (!hst_trial_may_repeat(trial->status)) {
        HST_TRY(hst_journal_append(log->journal, trial, values, error));
    }
    (void)pthread_mutex_lock(&log->mutex);
    const hst_status status = stage(log, trial, values, error);
    (void)pthread_mutex_unlock(&log->mutex);
    return status;
}

/* ---- together ----------------------------------------------------------------------------- */

/* Whether all ranks got this far: nothing but their status is exchanged. */
static hst_status agree(const hst_team *team, hst_status status, hst_error *error)
{
    const hst_team_items nothing = {.bytes = NULL, .count = 0, .size = 1};
    return hst_team_exchange(team, status, &nothing, NULL, error);
}

static hst_status take_in(hst_trial_log *log, const hst_team_items *all, hst_error *error)
{
    double values[HST_TRIAL_VALUES_MAX];
    for (size_t i = 0; i < all->count; i++) {
        hst_trial trial;
        if (hst_trial_decode(all->bytes + i * all->size, log->key.value_count, &trial, values) !=
            HST_OK) {
            return hst_error_set(error, HST_CORRUPT, "a trial was damaged between ranks");
        }
        HST_TRY(hst_trial_set_add(log->set, &trial, values, error));
    }
    return HST_OK;
}

hst_status hst_trial_log_share(hst_trial_log *log, hst_status status, hst_error *error)
{
    hst_assert(log != NULL);
    hst_assert(error != NULL);
    const hst_team_items mine = {
        .bytes = log->staged, .count = log->staged_count, .size = item_size(log)};
    hst_team_items all;
    HST_TRY(hst_team_exchange(log->team, status, &mine, &all, error));
    const hst_status taken = take_in(log, &all, error);
    log->staged_count = 0;
    return agree(log->team, taken, error);
}

/* ---- starting ----------------------------------------------------------------------------- */

/* Every rank must have read the same inputs, or their trials are of different experiments. */
static hst_status
same_key(const hst_team *team, hst_status status, const hst_journal_key *key, hst_error *error)
{
    unsigned char bytes[HST_HASH_SIZE + 4] = {0};
    if (status == HST_OK) {
        hst_writer writer;
        hst_writer_init(&writer, bytes, sizeof bytes);
        hst_write_bytes(&writer, key->digest.bytes, HST_HASH_SIZE);
        hst_write_u32(&writer, key->value_count);
    }
    const hst_team_items mine = {.bytes = bytes, .count = 1, .size = sizeof bytes};
    hst_team_items all;
    HST_TRY(hst_team_exchange(team, status, &mine, &all, error));
    hst_assert(all.count == team->ranks);
    for (size_t i = 1; i < all.count; i++) {
        if (memcmp(all.bytes, all.bytes + i * all.size, all.size) != 0) {
            return hst_error_set(error, HST_MISMATCH,
                                 "rank %llu reads other inputs, or runs another version, than rank "
                                 "0: give all ranks the same files",
                                 (unsigned long long)i);
        }
    }
    return HST_OK;
}

/* OUTPUT.trials.K into path[HST_TRIAL_LOG_PATH_SIZE]. */
static hst_status name_journal(const char *output, uint32_t rank, char *path, hst_error *error)
{
    const int length =
        snprintf(path, HST_TRIAL_LOG_PATH_SIZE, "%s%s%u", output, suffix, (unsigned)rank);
    if (length < 0 || length >= HST_TRIAL_LOG_PATH_SIZE) {
        return hst_error_set(error, HST_INVALID, "the output's path is too long");
    }
    return HST_OK;
}

/* The K of a file name BASE.trials.K, or -1: digits as we write them, nothing behind. */
static int64_t journal_rank(const char *name, const char *base)
{
    const size_t base_length = strlen(base);
    if (strncmp(name, base, base_length) != 0 ||
        strncmp(name + base_length, suffix, sizeof suffix - 1) != 0) {
        return -1;
    }
    const char *digits = name + base_length + sizeof suffix - 1;
    int64_t rank = 0;
    for (const char *c = digits; *c != '\0'; c++) {
        if (*c < '0' || *c > '9' || rank > HST_TEAM_RANKS_MAX) {
            return -1;
        }
        rank = rank * 10 + (*c - '0');
    }
    const bool as_written = digits[0] != '\0' && (digits[0] != '0' || digits[1] == '\0');
    return as_written && rank < HST_TEAM_RANKS_MAX ? rank : -1;
}

static hst_status read_other(hst_trial_log *log,
                             const char *output,
                             uint32_t rank,
                             hst_journal_report *report,
                             hst_error *error)
{
    char path[HST_TRIAL_LOG_PATH_SIZE];
    HST_TRY(name_journal(output, rank, path, error));
    return hst_journal_read(log->memory, path, &log->key, visit, log, report, error);
}

/* The folder of `output`, open to be listed, and its last part. */
static DIR *open_folder(const char *output, const char **base, hst_error *error)
{
    char folder[HST_TRIAL_LOG_PATH_SIZE];
    const char *slash = strrchr(output, '/');
    *base = slash != NULL ? slash + 1 : output;
    const size_t length = (size_t)(*base - output);
    if (length >= sizeof folder) {
        (void)hst_error_set(error, HST_INVALID, "the output's path is too long");
        return NULL;
    }
    memcpy(folder, output, length);
    folder[length] = '\0';
    DIR *listing = opendir(length > 0 ? folder : ".");
    if (listing == NULL) {
        char reason[128];
        (void)hst_error_at(error, HST_IO, length > 0 ? folder : ".", 0, 0, "cannot list it: %s",
                           strerror_r(errno, reason, sizeof reason) == 0 ? reason : "?");
    }
    return listing;
}

/* Read what ranks of an earlier, larger team wrote and no rank of this one writes to. */
static hst_status
read_others(hst_trial_log *log, const char *output, hst_journal_report *report, hst_error *error)
{
    const char *base = NULL;
    DIR *listing = open_folder(output, &base, error);
    if (listing == NULL) {
        return error->status;
    }
    const hst_team *team = log->team;
    hst_status status = HST_OK;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): a listing of our own */
    for (const struct dirent *entry = readdir(listing); entry != NULL && status == HST_OK;
         /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
         entry = readdir(listing)) {
        const int64_t rank = journal_rank(entry->d_name, base);
        if (rank >= team->ranks && rank % team->ranks == team->rank) {
            status = read_other(log, output, (uint32_t)rank, report, error);
        }
    }
    (void)closedir(listing);
    return status;
}

/* Remove one journal, unless somebody writes to it. */
static hst_status forget_one(const char *output, uint32_t rank, hst_error *error)
{
    char path[HST_TRIAL_LOG_PATH_SIZE];
    char reason[128];
    HST_TRY(name_journal(output, rank, path, error));
    const int descriptor = open(path, O_RDWR | O_CLOEXEC);
    if (descriptor >= 0 && flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        (void)close(descriptor);
        return hst_error_at(error, HST_REFUSED, path, 0, 0, "another sweep is writing to it");
    }
    const bool removed = unlink(path) == 0;
    const int why = errno;
    if (descriptor >= 0) {
        (void)close(descriptor);
    }
    return removed ? HST_OK
                   : hst_error_at(error, HST_IO, path, 0, 0, "cannot remove it: %s",
                                  strerror_r(why, reason, sizeof reason) == 0 ? reason : "?");
}

hst_status hst_trial_log_forget(const char *output, hst_error *error)
{
    hst_assert(output != NULL);
    hst_assert(error != NULL);
    const char *base = NULL;
    DIR *listing = open_folder(output, &base, error);
    if (listing == NULL) {
        return error->status;
    }
    hst_status status = HST_OK;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): a listing of our own */
    for (const struct dirent *entry = readdir(listing); entry != NULL && status == HST_OK;
         /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
         entry = readdir(listing)) {
        const int64_t rank = journal_rank(entry->d_name, base);
        if (rank >= 0) {
            status = forget_one(output, (uint32_t)rank, error);
        }
    }
    (void)closedir(listing);
    return status;
}

/* This rank's part: its own journal, and those that fall to it. */
static hst_status
open_mine(hst_trial_log *log, const char *output, hst_journal_report *report, hst_error *error)
{
    char path[HST_TRIAL_LOG_PATH_SIZE];
    HST_TRY(name_journal(output, log->team->rank, path, error));
    HST_TRY(hst_trial_set_create(log->memory, log->key.value_count, &log->set));
    HST_TRY(
        hst_journal_open(log->memory, path, &log->key, visit, log, report, &log->journal, error));
    return read_others(log, output, report, error);
}

/* Counts of all ranks. */
static hst_status
add_reports(const hst_team *team, hst_status status, hst_journal_report *report, hst_error *error)
{
    enum { FIELDS = 5 };
    const uint64_t fields[FIELDS] = {report->records, report->damaged, report->cut_bytes,
                                     report->mended, report->without_lock};
    unsigned char bytes[FIELDS * 8];
    hst_writer writer;
    hst_writer_init(&writer, bytes, sizeof bytes);
    for (size_t i = 0; i < FIELDS; i++) {
        hst_write_u64(&writer, fields[i]);
    }
    const hst_team_items mine = {.bytes = bytes, .count = 1, .size = sizeof bytes};
    hst_team_items all;
    HST_TRY(hst_team_exchange(team, status, &mine, &all, error));
    hst_reader reader;
    hst_reader_init(&reader, all.bytes, all.count * all.size);
    hst_journal_report sum = {.records = 0};
    for (size_t i = 0; i < all.count; i++) {
        sum.records += hst_read_u64(&reader);
        sum.damaged += hst_read_u64(&reader);
        sum.cut_bytes += hst_read_u64(&reader);
        sum.mended += (uint32_t)hst_read_u64(&reader);
        sum.without_lock += (uint32_t)hst_read_u64(&reader);
    }
    *report = sum;
    return hst_reader_finish(&reader);
}

hst_status hst_trial_log_open(hst_memory memory,
                              const hst_team *team,
                              hst_status status,
                              const char *output,
                              const hst_journal_key *key,
                              hst_journal_report *report,
                              hst_trial_log **out,
                              hst_error *error)
{
    hst_assert(team != NULL);
    hst_assert(error != NULL);
    *out = NULL;
    *report = (hst_journal_report){.records = 0};
    HST_TRY(same_key(team, status, key, error));
    hst_trial_log *log = memory.acquire(memory.context, sizeof *log);
    hst_status mine = HST_NO_MEMORY;
    if (log != NULL) {
        *log = (hst_trial_log){.memory = memory, .team = team, .key = *key};
        const int failed = pthread_mutex_init(&log->mutex, NULL);
        hst_assert(failed == 0);
        mine = open_mine(log, output, report, error);
    }
    hst_status all = add_reports(team, mine, report, error);
    if (all == HST_OK) {
        all = hst_trial_log_share(log, HST_OK, error);
    }
    if (all != HST_OK) {
        hst_trial_log_close(log);
        return all;
    }
    log->resumed = hst_trial_set_count(log->set);
    *out = log;
    return HST_OK;
}

const hst_trial_set *hst_trial_log_set(const hst_trial_log *log)
{
    return log->set;
}

size_t hst_trial_log_resumed(const hst_trial_log *log)
{
    return log->resumed;
}

void hst_trial_log_close(hst_trial_log *log)
{
    if (log == NULL) {
        return;
    }
    const hst_memory memory = log->memory;
    hst_journal_close(log->journal);
    hst_trial_set_destroy(log->set);
    (void)pthread_mutex_destroy(&log->mutex);
    if (log->staged != NULL) {
        memory.release(memory.context, log->staged, log->staged_capacity * item_size(log));
    }
    memory.release(memory.context, log, sizeof *log);
}
