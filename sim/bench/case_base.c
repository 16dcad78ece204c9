#include "core/base/random.h"
#include "core/base/real.h"
#include "core/base/table.h"

#include "sim/base/csv.h"
#include "sim/base/os_memory.h"
#include "sim/base/purpose.h"
#include "sim/bench/bench.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/** Keeps a result alive, so that the measured loop is not removed; any value will do. */
static void consume(double value)
{
    volatile double sink = value;
    (void)sink;
}

static hst_random new_stream(void)
{
    return hst_random_stream(1, 0, 0, HST_PURPOSE_TEST);
}

/* Table: look-ups of random present keys in a table that does not fit a cache. */

enum { KEYS = 1 << 20, GROUP = 16 };

typedef struct table_fixture {
    hst_arena arena;
    hst_table table;
    hst_key *keys;
    hst_key *wanted; /* the same keys in random order */
} table_fixture;

static hst_status fill_table(table_fixture *f)
{
    hst_random stream = new_stream();
    f->keys = HST_ARENA_NEW(&f->arena, hst_key, KEYS);
    f->wanted = HST_ARENA_NEW(&f->arena, hst_key, KEYS);
    if (f->keys == NULL || f->wanted == NULL) {
        return HST_NO_MEMORY;
    }
    HST_TRY(hst_table_init(&f->table, &f->arena, KEYS, f->keys, sizeof *f->keys, 1));
    for (uint32_t i = 0; i < KEYS; i++) {
        f->keys[i] = (hst_key){.low = hst_random_u64(&stream), .high = i};
        HST_TRY(hst_table_insert(&f->table, f->keys[i], i, NULL));
    }
    for (uint32_t i = 0; i < KEYS; i++) {
        f->wanted[i] = f->keys[hst_random_below(&stream, KEYS)];
    }
    return HST_OK;
}

/* Hash and prefetch a group, then look it up: what a ledger does with a batch of ids. */
static uint64_t find_staged(const table_fixture *f)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < KEYS; i += GROUP) {
        uint32_t hashes[GROUP];
        for (uint32_t j = 0; j < GROUP; j++) {
            hashes[j] = hst_table_hash(&f->table, f->wanted[i + j]);
            hst_table_prefetch(&f->table, hashes[j]);
        }
        for (uint32_t j = 0; j < GROUP; j++) {
            sum += hst_table_find_hashed(&f->table, f->wanted[i + j], hashes[j]);
        }
    }
    return sum;
}

static uint64_t find_one_by_one(const table_fixture *f)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < KEYS; i++) {
        sum += hst_table_find(&f->table, f->wanted[i]);
    }
    return sum;
}

static hst_status time_find(uint64_t (*find)(const table_fixture *f), hst_bench_sample *sample)
{
    table_fixture f;
    memset(&f, 0, sizeof f);
    hst_arena_init(&f.arena, hst_os_memory(), (size_t)1 << 26);
    const hst_status status = fill_table(&f);
    if (status == HST_OK) {
        hst_bench_start(sample);
        consume((double)find(&f));
        hst_bench_stop(sample);
        sample->work = KEYS;
    }
    hst_arena_release(&f.arena);
    return status;
}

static hst_status table_staged(const void *parameter, hst_bench_sample *sample)
{
    (void)parameter;
    return time_find(find_staged, sample);
}

static hst_status table_one_by_one(const void *parameter, hst_bench_sample *sample)
{
    (void)parameter;
    return time_find(find_one_by_one, sample);
}

/* Samplers, each against the textbook way over the C library's log and square root. */

enum { DRAWS = 4000000 };

typedef double (*sampler)(hst_random *stream);

static hst_status time_sampler(sampler sample_one, hst_bench_sample *sample)
{
    hst_random stream = new_stream();
    double sum = 0;
    hst_bench_start(sample);
    for (uint32_t i = 0; i < DRAWS; i++) {
        sum += sample_one(&stream);
    }
    hst_bench_stop(sample);
    sample->work = DRAWS;
    consume(sum);
    return HST_OK;
}

static double exponential_by_log(hst_random *stream)
{
    return -log(1 - hst_random_uniform(stream));
}

static double normal_by_polar(hst_random *stream)
{
    double u = 0, w = 0;
    do {
        u = 2 * hst_random_uniform(stream) - 1;
        const double v = 2 * hst_random_uniform(stream) - 1;
        w = u * u + v * v;
    } while (w >= 1 || w < 0x1p-100);
    return u * sqrt(-2 * log(w) / w);
}

static hst_status exponential(const void *parameter, hst_bench_sample *sample)
{
    (void)parameter;
    return time_sampler(hst_random_exponential, sample);
}

static hst_status exponential_baseline(const void *parameter, hst_bench_sample *sample)
{
    (void)parameter;
    return time_sampler(exponential_by_log, sample);
}

static hst_status normal(const void *parameter, hst_bench_sample *sample)
{
    (void)parameter;
    return time_sampler(hst_random_normal, sample);
}

static hst_status normal_baseline(const void *parameter, hst_bench_sample *sample)
{
    (void)parameter;
    return time_sampler(normal_by_polar, sample);
}

/* exp, reproducible against the C library's. */

typedef double (*function)(double x);

static hst_status time_function(function f, hst_bench_sample *sample)
{
    double sum = 0;
    hst_bench_start(sample);
    for (uint32_t i = 0; i < DRAWS; i++) {
        sum += f((double)i * 0x1p-20 - 2);
    }
    hst_bench_stop(sample);
    sample->work = DRAWS;
    consume(sum);
    return HST_OK;
}

static hst_status exp_ours(const void *parameter, hst_bench_sample *sample)
{
    (void)parameter;
    return time_function(hst_exp, sample);
}

static hst_status exp_library(const void *parameter, hst_bench_sample *sample)
{
    (void)parameter;
    return time_function(exp, sample);
}

/* A table of 50 columns of rates, about a megabyte, every cell read as fixed point. */

enum { CSV_ROWS = 2400, CSV_COLUMNS = 50, CSV_CELL = 10 };

static size_t write_table(char *text)
{
    size_t used = 0;
    hst_random stream = new_stream();
    for (uint32_t row = 0; row <= CSV_ROWS; row++) {
        for (uint32_t column = 0; column < CSV_COLUMNS; column++) {
            const unsigned value = (unsigned)hst_random_below(&stream, 10000000);
            const char end = column + 1 < CSV_COLUMNS ? ',' : '\n';
            const int length =
                row == 0 ? snprintf(text + used, CSV_CELL + 1, "C%08u%c", column, end)
                         : snprintf(text + used, CSV_CELL + 1, "%u.%07u%c", value % 10, value, end);
            used += length > 0 ? (size_t)length : 0;
        }
    }
    return used;
}

static hst_status read_table(hst_arena *arena, const char *text, size_t size)
{
    hst_csv csv;
    hst_error error;
    int64_t sum = 0;
    HST_TRY(hst_csv_open(&csv, arena, "bench.csv", text, size, &error));
    for (;;) {
        bool more = false;
        HST_TRY(hst_csv_next(&csv, &more, &error));
        if (!more) {
            consume((double)sum);
            return HST_OK;
        }
        for (uint32_t column = 0; column < CSV_COLUMNS; column++) {
            int64_t value = 0;
            HST_TRY(hst_csv_fixed(&csv, column, 9, &value, &error));
            sum += value;
        }
    }
}

static hst_status csv_read(const void *parameter, hst_bench_sample *sample)
{
    (void)parameter;
    hst_arena arena;
    hst_arena_init(&arena, hst_os_memory(), (size_t)4 << 20);
    char *text =
        HST_ARENA_NEW(&arena, char, (size_t)(CSV_ROWS + 1) * CSV_COLUMNS * CSV_CELL + CSV_CELL);
    hst_status status = HST_NO_MEMORY;
    if (text != NULL) {
        const size_t size = write_table(text);
        hst_bench_start(sample);
        status = read_table(&arena, text, size);
        hst_bench_stop(sample);
        sample->work = (double)size;
    }
    hst_arena_release(&arena);
    return status;
}

static const hst_bench_case cases[] = {
    {.name = "base.table.find.1e6",
     .summary = "look-ups of random present keys among 2^20, staged in groups of 16",
     .unit = "lookups/s",
     .baseline_name = "one at a time",
     .run = table_staged,
     .baseline = table_one_by_one,
     .aim_ratio = 1},
    {.name = "base.random.exponential",
     .summary = "exponential draws by ziggurat",
     .unit = "draws/s",
     .baseline_name = "-log(u)",
     .run = exponential,
     .baseline = exponential_baseline,
     .aim_ratio = 1},
    {.name = "base.random.normal",
     .summary = "normal draws by ziggurat",
     .unit = "draws/s",
     .baseline_name = "polar method",
     .run = normal,
     .baseline = normal_baseline,
     .aim_ratio = 1},
    {.name = "base.real.exp",
     .summary = "exp with the same bits everywhere",
     .unit = "calls/s",
     .baseline_name = "C library",
     .run = exp_ours,
     .baseline = exp_library},
    {.name = "base.csv.read",
     .summary = "a megabyte of rates in 50 columns, every cell to fixed point",
     .unit = "bytes/s",
     .run = csv_read,
     .aim = 1e8},
};

const hst_bench_table hst_bench_base = {.cases = cases,
                                        .case_count = sizeof cases / sizeof cases[0]};
