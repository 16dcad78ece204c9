#include "core/base/assert.h"

#include "sim/base/os_memory.h"
#include "sim/bench/bench.h"
#include "sim/bench/place.h"
#include "sim/metrics/hdf5_support.h"
#include "sim/metrics/histogram.h"
#include "sim/metrics/result.h"

#include <stdlib.h>

#include <hdf5_hl.h>

/* How a writer case runs. */
typedef struct writer_case {
    uint64_t rows;                       /* appended */
    uint64_t baseline_rows;              /* appended one by one by the baseline */
    unsigned compression;                /* 0..9 */
    enum { APPEND, PRODUCER, ALL } what; /* of which CPU time is told */
} writer_case;

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
    hst_bench_place at;
    HST_TRY(hst_bench_place_make(&at));
    const hst_result_options options = {.threads = 1, .compression = kind->compression};
    hst_result *result = NULL;
    hst_status status = hst_result_create(at.file, &options, hst_os_memory(), &result, NULL);
    if (status == HST_OK) {
        const double start = hst_bench_process_seconds();
        hst_bench_start(sample);
        for (uint64_t i = 0; i < kind->rows; i++) {
            const hst_payment_row row = make_row(i);
            hst_result_append_payment(result, &row);
        }
        if (kind->what != PRODUCER) {
            hst_bench_stop(sample);
        }
        status = hst_result_finish(result, NULL, NULL);
        if (kind->what == PRODUCER) {
            hst_bench_stop(sample);
        }
        sample->work = (double)kind->rows;
        if (kind->what == ALL) {
            sample->seconds = hst_bench_process_seconds() - start;
            sample->instructions = 0; /* one thread's would be half the truth */
        }
    }
    hst_bench_place_drop(&at);
    return status;
}

/* Append one row at a time through the packet table of HDF5's high-level library. */
static hst_status append_packets(const char *path, hid_t type, uint64_t rows, double *seconds)
{
    const hid_t access = hst_hdf5_access();
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    const hid_t table = H5PTcreate(file, "payments", type, 4096, H5P_DEFAULT);
    bool good = file >= 0 && table >= 0;
    const double start = hst_bench_process_seconds();
    for (uint64_t i = 0; good && i < rows; i++) {
        const hst_payment_row row = make_row(i);
        good = H5PTappend(table, 1, &row) >= 0;
    }
    good = table >= 0 && H5PTclose(table) >= 0 && good;
    good = file >= 0 && H5Fclose(file) >= 0 && good;
    *seconds = hst_bench_process_seconds() - start;
    good = hst_hdf5_close(access) && good;
    return good ? HST_OK : HST_IO;
}

static hst_status run_packets(const void *parameter, hst_bench_sample *sample)
{
    const writer_case *kind = parameter;
    hst_bench_place at;
    HST_TRY(hst_bench_place_make(&at));
    hst_hdf5_enter();
    const hid_t type = hst_hdf5_row_type(hst_schema_table(HST_TABLE_PAYMENT));
    hst_status status = type >= 0 ? HST_OK : HST_IO;
    if (status == HST_OK) {
        status = append_packets(at.file, type, kind->baseline_rows, &sample->seconds);
    }
    sample->work = (double)kind->baseline_rows;
    hst_ignore(hst_hdf5_close(type) ? HST_OK : HST_IO);
    hst_bench_place_drop(&at);
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
    hst_bench_start(sample);
    for (uint64_t i = 0; i < values; i++) {
        value = value * UINT64_C(6364136223846793005) + 1442695040888963407u;
        hst_histogram_record(histogram, (int64_t)(value >> (16 + (value >> 59))));
    }
    hst_bench_stop(sample);
    sample->work = (double)values;
    hst_assert(histogram->count == values);
    free(histogram);
    return HST_OK;
}

static const writer_case append_only = {1000000, 0, 0, APPEND};
static const writer_case whole = {1000000, 20000, 0, ALL};
static const writer_case deflated = {200000, 20000, 1, ALL};
static const writer_case ten_million = {10000000, 0, 0, PRODUCER};
static const uint64_t histogram_values = 4000000;

static const hst_bench_case cases[] = {
    {.name = "metrics.append.payment",
     .summary = "payment rows (128 B) filled and copied into chunk buffers, CPU of the producer",
     .unit = "rows/s",
     .run = run_writer,
     .parameter = &append_only,
     .aim = 100e6},
    {.name = "metrics.write.payment.1e7",
     .summary = "ten million until the file is digested, sealed and renamed, CPU of the producer: "
                "what a run pays a row",
     .unit = "s/row",
     .run = run_writer,
     .parameter = &ten_million,
     .aim = 60e-9,
     .slow = true},
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
