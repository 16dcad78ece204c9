#include "core/money/money.h"
#include "core/money/rate.h"

#include "sim/bench/bench.h"

/* Conversions of changing amounts at one rate, each against the double that would not be exact. */

enum { CONVERSIONS = 4000000 };

static const int64_t euro_mid_e9 = 920000000, yen_mid_e9 = INT64_C(149870000000);

static int64_t amount_of(int64_t i)
{
    return 100000 + i * 37;
}

static hst_status convert_exact(const void *parameter, hst_bench_sample *sample)
{
    (void)parameter;
    hst_rate rate = {.numerator = 1, .denominator = 1};
    HST_TRY(hst_rate_from_mids(euro_mid_e9, 2, yen_mid_e9, 0, &rate));
    int64_t sum = 0;
    hst_bench_start(sample);
    for (int64_t i = 0; i < CONVERSIONS; i++) {
        int64_t yen = 0;
        HST_TRY(hst_rate_convert_floor(rate, amount_of(i), &yen));
        sum += yen;
    }
    hst_bench_stop(sample);
    sample->work = CONVERSIONS;
    volatile int64_t sink = sum;
    (void)sink;
    return HST_OK;
}

static hst_status convert_double(const void *parameter, hst_bench_sample *sample)
{
    (void)parameter;
    volatile double rate_now = (double)yen_mid_e9 / ((double)euro_mid_e9 * 100);
    const double rate = rate_now;
    int64_t sum = 0;
    hst_bench_start(sample);
    for (int64_t i = 0; i < CONVERSIONS; i++) {
        sum += (int64_t)((double)amount_of(i) * rate);
    }
    hst_bench_stop(sample);
    sample->work = CONVERSIONS;
    volatile int64_t sink = sum;
    (void)sink;
    return HST_OK;
}

static const hst_bench_case cases[] = {
    {.name = "money.convert.floor",
     .summary = "EUR to JPY at an exact rate, rounded down",
     .unit = "conversions/s",
     .baseline_name = "double multiplication, not exact",
     .run = convert_exact,
     .baseline = convert_double,
     .aim = 3e7},
};

const hst_bench_table hst_bench_money = {.cases = cases,
                                         .case_count = sizeof cases / sizeof cases[0]};
