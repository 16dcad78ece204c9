#include "sim/experiment/journal.h"

#include "core/base/assert.h"

#include "sim/experiment/journal_format.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct hst_journal {
    hst_memory memory;
    hst_journal_key key;
    int descriptor;
    off_t end;             /* where the next record goes: behind the last good one */
    size_t record_size;    /* bytes */
    unsigned char *record; /* the one being written */
    char *path;            /* for words */
    char *folder;          /* that the file is in */
    size_t path_size;      /* bytes of each of the two */
    bool unknown;          /* an fdatasync failed: what is on the disk is not known */
    pthread_mutex_t mutex; /* over end, record and unknown */
};

/* The operating system refused something; errno is fresh. */
static hst_status fail_system(const char *path, const char *what, hst_error *error)
{
    char reason[128];
    if (strerror_r(errno, reason, sizeof reason) != 0) {
        reason[0] = '\0';
    }
    return hst_error_at(error, HST_IO, path, 0, 0, "cannot %s: %s", what, reason);
}

/* ---- opening ----------------------------------------------------------------------------- */

/* HST_OK, or why the file is nobody's or another's. */
static hst_status
lock(int descriptor, int how, const char *path, hst_journal_report *report, hst_error *error)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0) {
        return fail_system(path, "look at it", error);
    }
    if (!S_ISREG(status.st_mode)) {
        return hst_error_at(error, HST_IO, path, 0, 0, "is not a file");
    }
    if (flock(descriptor, how | LOCK_NB) == 0) {
        return HST_OK;
    }
    switch (errno) {
    case EWOULDBLOCK:
        return hst_error_at(error, HST_REFUSED, path, 0, 0, "in use: another sweep writes to it");
    case ENOLCK:
    case ENOSYS:
    case EOPNOTSUPP:
    case EINVAL: report->without_lock++; return HST_OK;
    default: return fail_system(path, "lock it", error);
    }
}

static hst_status
read_whole(int descriptor, unsigned char *bytes, size_t size, const char *path, hst_error *error)
{
    size_t at = 0;
    while (at < size) {
        const ssize_t got = pread(descriptor, bytes + at, size - at, (off_t)at);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return fail_system(path, "read it", error);
        }
        if (got == 0) {
            return hst_error_at(error, HST_IO, path, 0, 0, "got shorter while it was read");
        }
        at += (size_t)got;
    }
    return HST_OK;
}

/* Scan the whole file; its size and good size out. */
static hst_status scan_file(hst_memory memory,
                            int descriptor,
                            const char *path,
                            const hst_journal_key *key,
                            hst_journal_visit visit,
                            void *context,
                            hst_journal_report *report,
                            size_t sizes_out[2],
                            hst_error *error)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0) {
        return fail_system(path, "look at it", error);
    }
    hst_assert(status.st_size >= 0);
    const size_t size = (size_t)status.st_size;
    unsigned char *bytes = memory.acquire(memory.context, size + 1);
    if (bytes == NULL) {
        return hst_error_at(error, HST_NO_MEMORY, path, 0, 0, "no memory to read %llu bytes",
                            (unsigned long long)size);
    }
    hst_status answer = read_whole(descriptor, bytes, size, path, error);
    size_t good_size = 0;
    if (answer == HST_OK) {
        answer =
            hst_journal_scan(bytes, size, key, path, visit, context, report, &good_size, error);
    }
    memory.release(memory.context, bytes, size + 1);
    sizes_out[0] = size;
    sizes_out[1] = good_size;
    return answer;
}

static hst_status write_at(int descriptor, const unsigned char *bytes, size_t size, off_t offset)
{
    size_t at = 0;
    while (at < size) {
        const ssize_t put = pwrite(descriptor, bytes + at, size - at, offset + (off_t)at);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            return HST_IO;
        }
        if (put == 0) {
            errno = ENOSPC;
            return HST_IO;
        }
        at += (size_t)put;
    }
    return HST_OK;
}

/* The name of a new file is in its folder, which has to reach the disk too. File systems that
 * cannot do that for a folder say EINVAL and need it not. */
static hst_status sync_folder(const char *folder)
{
    const int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return HST_IO;
    }
    const bool good = fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS;
    const int reason = errno;
    (void)close(descriptor);
    errno = reason;
    return good ? HST_OK : HST_IO;
}

/* Leave the file as header and good records alone, on the disk. */
static hst_status tidy(hst_journal *journal, size_t size, bool mended, hst_error *error)
{
    const bool fresh = journal->end == 0;
    if (size > (size_t)journal->end && ftruncate(journal->descriptor, journal->end) != 0) {
        return fail_system(journal->path, "cut its torn end", error);
    }
    if (fresh || mended) {
        unsigned char header[HST_JOURNAL_HEADER_SIZE];
        hst_journal_header(&journal->key, header);
        if (write_at(journal->descriptor, header, sizeof header, 0) != HST_OK) {
            return fail_system(journal->path, "write its header", error);
        }
        journal->end = fresh ? HST_JOURNAL_HEADER_SIZE : journal->end;
    }
    if (fdatasync(journal->descriptor) != 0) {
        return fail_system(journal->path, "bring it to the disk", error);
    }
    if (sync_folder(journal->folder) != HST_OK) {
        return fail_system(journal->folder, "bring it to the disk", error);
    }
    return HST_OK;
}

static hst_status prepare(hst_journal *journal,
                          hst_journal_visit visit,
                          void *context,
                          hst_journal_report *report,
                          hst_error *error)
{
    HST_TRY(lock(journal->descriptor, LOCK_EX, journal->path, report, error));
    const uint32_t mended = report->mended;
    size_t sizes[2] = {0, 0};
    HST_TRY(scan_file(journal->memory, journal->descriptor, journal->path, &journal->key, visit,
                      context, report, sizes, error));
    journal->end = (off_t)sizes[1];
    return tidy(journal, sizes[0], report->mended != mended, error);
}

/* The folder of a path, "." when it names none; folder holds as many bytes as the path, at least 2.
 */
static void name_folder(const char *path, char *folder)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? "." : path;
    const size_t length = slash == NULL || slash == path ? 1 : (size_t)(slash - path);
    memcpy(folder, name, length);
    folder[length] = '\0';
}

/* The journal without a file. */
static hst_journal *make(hst_memory memory, const char *path, const hst_journal_key *key)
{
    hst_journal *journal = memory.acquire(memory.context, sizeof *journal);
    if (journal == NULL) {
        return NULL;
    }
    *journal = (hst_journal){.memory = memory,
                             .key = *key,
                             .descriptor = -1,
                             .record_size = hst_journal_record_size(key),
                             .path_size = strlen(path) + 2};
    const int failed = pthread_mutex_init(&journal->mutex, NULL);
    hst_assert(failed == 0);
    journal->record = memory.acquire(memory.context, journal->record_size);
    journal->path = memory.acquire(memory.context, journal->path_size);
    journal->folder = memory.acquire(memory.context, journal->path_size);
    if (journal->record == NULL || journal->path == NULL || journal->folder == NULL) {
        hst_journal_close(journal);
        return NULL;
    }
    memcpy(journal->path, path, journal->path_size - 1);
    name_folder(path, journal->folder);
    return journal;
}

hst_status hst_journal_open(hst_memory memory,
                            const char *path,
                            const hst_journal_key *key,
                            hst_journal_visit visit,
                            void *context,
                            hst_journal_report *report,
                            hst_journal **out,
                            hst_error *error)
{
    hst_assert(path != NULL);
    hst_assert(out != NULL);
    hst_journal *journal = make(memory, path, key);
    if (journal == NULL) {
        return hst_error_at(error, HST_NO_MEMORY, path, 0, 0, "no memory for a journal");
    }
    journal->descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
    hst_status status = HST_OK;
    if (journal->descriptor < 0) {
        status = fail_system(path, "open it", error);
    } else {
        status = prepare(journal, visit, context, report, error);
    }
    if (status != HST_OK) {
        hst_journal_close(journal);
        return status;
    }
    *out = journal;
    return HST_OK;
}

hst_status hst_journal_read(hst_memory memory,
                            const char *path,
                            const hst_journal_key *key,
                            hst_journal_visit visit,
                            void *context,
                            hst_journal_report *report,
                            hst_error *error)
{
    hst_assert(path != NULL);
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (descriptor < 0) {
        return fail_system(path, "open it", error);
    }
    hst_status status = lock(descriptor, LOCK_SH, path, report, error);
    if (status == HST_OK) {
        size_t sizes[2] = {0, 0};
        status = scan_file(memory, descriptor, path, key, visit, context, report, sizes, error);
    }
    (void)close(descriptor);
    return status;
}

/* ---- appending --------------------------------------------------------------------------- */

static hst_status append(hst_journal *journal, hst_error *error)
{
    if (journal->unknown) {
        return hst_error_at(error, HST_IO, journal->path, 0, 0,
                            "could not be brought to the disk before; nothing more is written");
    }
    if (write_at(journal->descriptor, journal->record, journal->record_size, journal->end) !=
        HST_OK) {
        const hst_status status = fail_system(journal->path, "write a record", error);
        /* Should this fail too, the next record or the next opening takes the torn one's place. */
        const int cut = ftruncate(journal->descriptor, journal->end);
        (void)cut;
        return status;
    }
    if (fdatasync(journal->descriptor) != 0) {
        journal->unknown = true;
        return fail_system(journal->path, "bring it to the disk", error);
    }
    journal->end += (off_t)journal->record_size;
    return HST_OK;
}

hst_status hst_journal_append(hst_journal *journal,
                              const hst_trial *trial,
                              const double *values,
                              hst_error *error)
{
    hst_assert(journal != NULL);
    hst_assert(values != NULL || journal->key.value_count == 0);
    (void)pthread_mutex_lock(&journal->mutex);
    hst_journal_record(&journal->key, trial, values, journal->record);
    const hst_status status = append(journal, error);
    (void)pthread_mutex_unlock(&journal->mutex);
    return status;
}

void hst_journal_close(hst_journal *journal)
{
    if (journal == NULL) {
        return;
    }
    const hst_memory memory = journal->memory;
    if (journal->descriptor >= 0) {
        (void)close(journal->descriptor);
    }
    (void)pthread_mutex_destroy(&journal->mutex);
    if (journal->record != NULL) {
        memory.release(memory.context, journal->record, journal->record_size);
    }
    if (journal->path != NULL) {
        memory.release(memory.context, journal->path, journal->path_size);
    }
    if (journal->folder != NULL) {
        memory.release(memory.context, journal->folder, journal->path_size);
    }
    memory.release(memory.context, journal, sizeof *journal);
}
