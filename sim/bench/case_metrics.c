#include "core/base/assert.h"

#include "sim/base/os_memory.h"
#include "sim/bench/bench.h"
#include "sim/metrics/hdf5_support.h"
#include "sim/metrics/histogram.h"
#include "sim/metrics/result.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <hdf5_hl.h>

/* How a writer case runs. */
typedef struct writer_case {
    uint64_t rows;          /* appended */
    uint64_t baseline_rows; /* appended one by one by the baseline */
    unsigned compression;   /* 0..9 */
    bool whole_process; /* CPU of both threads until the file is finished, else of append alone */
} writer_case;

/* CPU seconds of all threads of the process: the writer thread's work counts too. */
static double process_seconds(void)
{
    struct timespec now = {0, 0};
    const int failed = clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    hst_assert(failed == 0);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* A file in a folder of its own; memory-backed where there is such a place, so that the disk's mood
 * is not measured. */
typedef struct place {
    char folder[64];
    char file[96];
} place;

static hst_status make_place(place *out)
{
    const char *root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    int length = snprintf(out->folder, sizeof out->folder, "%s/hst-bench-XXXXXX", root);
    hst_assert(length > 0);
    if (mkdtemp(out->folder) == NULL) {
        return HST_IO;
    }
    length = snprintf(out->file, sizeof out->file, "%s/run.h5", out->folder);
    hst_assert(length > 0);
    return HST_OK;
}

static void drop_place(const place *made)
{
    (void)unlink(made->file);
    (void)rmdir(made->folder);
}

/* A payment as a run would fill it. */
static inline hst_payment_row make_row(uint64_t i)
{
    return (hst_payment_row){.payment = i,
                             .submitted_ns = (int64_t)(i * 864000),
                             .credited_ns = (int64_t)(i * 864000 + 90000000),
                             .instructed_amount_minor = (int64_t)(i % 100000),
                             .settlement_amount_minor = (int64_t)(i % 90000),
                             .amount_micro_usd = (int64_t)(i % 100000) * 10000,
                             .fee_micro_usd = 12500000,
                             .debtor_agent = (uint32_t)(i % 5000),
                             .creditor_agent = (uint32_t)(i % 4999),
                             .corridor = (uint16_t)(i % 300),
                             .state = HST_ROW_STATE_COMPLETED,
                             .hop_count = 3};
}

static hst_status run_writer(const void *parameter, hst_bench_sample *sample)
{
    const writer_case *kind = parameter;
    place at;
    HST_TRY(make_place(&at));
    const hst_result_options options = {.threads = 1, .compression = kind->compression};
    hst_result *result = NULL;
    hst_status status = hst_result_create(at.file, &options, hst_os_memory(), &result, NULL);
    if (status == HST_OK) {
        const double start = kind->whole_process ? process_seconds() : hst_bench_cpu_seconds();
        for (uint64_t i = 0; i < kind->rows; i++) {
            const hst_payment_row row = make_row(i);
            hst_result_append_payment(result, &row);
        }
        const double appended = hst_bench_cpu_seconds();
        status = hst_result_finish(result, NULL, NULL);
        const double end = kind->whole_process ? process_seconds() : appended;
        sample->work = (double)kind->rows;
        sample->seconds = end - start;
    }
    drop_place(&at);
    return status;
}

/* Append one row at a time through the packet table of HDF5's high-level library. */
static hst_status append_packets(const char *path, hid_t type, uint64_t rows, double *seconds)
{
    const hid_t access = hst_hdf5_access();
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    const hid_t table = H5PTcreate(file, "payments", type, 4096, H5P_DEFAULT);
    bool good = file >= 0 && table >= 0;
    const double start = process_seconds();
    for (uint64_t i = 0; good && i < rows; i++) {
        const hst_payment_row row = make_row(i);
        good = H5PTappend(table, 1, &row) >= 0;
    }
    good = table >= 0 && H5PTclose(table) >= 0 && good;
    good = file >= 0 && H5Fclose(file) >= 0 && good;
    *seconds = process_seconds() - start;
    good = hst_hdf5_close(access) && good;
    return good ? HST_OK : HST_IO;
}

static hst_status run_packets(const void *parameter, hst_bench_sample *sample)
{
    const writer_case *kind = parameter;
    place at;
    HST_TRY(make_place(&at));
    hst_hdf5_enter();
    const hid_t type = hst_hdf5_row_type(hst_schema_table(HST_TABLE_PAYMENT));
    hst_status status = type >= 0 ? HST_OK : HST_IO;
    if (status == HST_OK) {
        status = append_packets(at.file, type, kind->baseline_rows, &sample->seconds);
    }
    sample->work = (double)kind->baseline_rows;
    hst_ignore(hst_hdf5_close(type) ? HST_OK : HST_IO);
    drop_place(&at);
    return status;
}

/* Values of latencies from microseconds to days, without a generator in the loop. */
static hst_status run_histogram(const void *parameter, hst_bench_sample *sample)
{
    const uint64_t values = *(const uint64_t *)parameter;
    hst_histogram *histogram = calloc(1, sizeof *histogram);
    if (histogram == NULL) {
        return HST_NO_MEMORY;
    }
    uint64_t value = 1;
    const double start = hst_bench_cpu_seconds();
    for (uint64_t i = 0; i < values; i++) {
        value = value * UINT64_C(6364136223846793005) + 1442695040888963407u;
        hst_histogram_record(histogram, (int64_t)(value >> (16 + (value >> 59))));
    }
    sample->seconds = hst_bench_cpu_seconds() - start;
    sample->work = (double)values;
    hst_assert(histogram->count == values);
    free(histogram);
    return HST_OK;
}

static const writer_case append_only = {1000000, 0, 0, false};
static const writer_case whole = {1000000, 20000, 0, true};
static const writer_case deflated = {200000, 20000, 1, true};
static const uint64_t histogram_values = 4000000;

static const hst_bench_case cases[] = {
    {.name = "metrics.append.payment",
     .summary = "payment rows (128 B) filled and copied into chunk buffers, CPU of the producer",
     .unit = "rows/s",
     .run = run_writer,
     .parameter = &append_only,
     .aim = 100e6},
    {.name = "metrics.write.payment",
     .summary = "the same until the file is digested, sealed and renamed, CPU of all threads",
     .unit = "rows/s",
     .baseline_name = "H5PTappend, one row at a time, without digests",
     .run = run_writer,
     .baseline = run_packets,
     .parameter = &whole,
     .aim = 2.5e6,
     .aim_ratio = 10.0},
    {.name = "metrics.write.payment.deflate",
     .summary = "the same with shuffle and deflate 1",
     .unit = "rows/s",
     .baseline_name = "H5PTappend, one row at a time, without digests",
     .run = run_writer,
     .baseline = run_packets,
     .parameter = &deflated},
    {.name = "metrics.histogram.record",
     .summary = "values over 45 powers of two into one histogram",
     .unit = "values/s",
     .run = run_histogram,
     .parameter = &histogram_values,
     .aim = 200e6},
};

const hst_bench_table hst_bench_metrics = {cases, sizeof cases / sizeof cases[0]};
