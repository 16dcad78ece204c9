/* Simulation study: nominal 95 % intervals hold the true value in 93 to 97 % of 1,000 studies. */
#include "core/base/random.h"

#include "sim/base/os_memory.h"
#include "sim/base/purpose.h"
#include "sim/statistics/statistics.h"

#include "tests/unit/statistics/support.h"

enum { STUDIES = 1000, VALUES = 40, RESAMPLES = 500 };

/** Fill a[n] and b[n]; the true value of mean(a), or of mean(a - b) when `paired`. */
typedef struct world {
    const char *name;
    void (*draw)(hst_random *stream, double *a, double *b);
    double truth;
    bool paired;
} world;

static void draw_normal(hst_random *stream, double *a, double *b)
{
    for (size_t i = 0; i < VALUES; i++) {
        a[i] = 10 + 3 * hst_random_normal(stream);
        b[i] = 0;
    }
}

/** Mean wait of 600 customers of an M/M/1 queue at rho = 0.5 that starts in its steady state, by
 * Lindley's recurrence: Wq = rho / (mu - lambda) = 1 with mu = 1, lambda = 0.5. */
static double mean_wait(hst_random *stream)
{
    const double lambda = 0.5;
    const double mu = 1;
    double wait = hst_random_uniform(stream) < 1 - lambda / mu
                      ? 0
                      : hst_random_exponential(stream) / (mu - lambda);
    double sum = 0;
    for (size_t customer = 0; customer < 600; customer++) {
        sum += wait;
        wait = fmax(0, wait + hst_random_exponential(stream) / mu -
                           hst_random_exponential(stream) / lambda);
    }
    return sum / 600;
}

static void draw_waits(hst_random *stream, double *a, double *b)
{
    for (size_t i = 0; i < VALUES; i++) {
        a[i] = mean_wait(stream);
        b[i] = 0;
    }
}

/** Two systems under common random numbers: much shared noise, a small difference of 0.3. */
static void draw_pairs(hst_random *stream, double *a, double *b)
{
    for (size_t i = 0; i < VALUES; i++) {
        const double shared = 20 * hst_random_exponential(stream);
        a[i] = shared + 0.3 + hst_random_normal(stream);
        b[i] = shared + hst_random_normal(stream);
    }
}

static bool holds(hst_interval interval, double truth)
{
    return interval.low <= truth && truth <= interval.high;
}

static void covers(const world *one, uint64_t seed)
{
    size_t by_t = 0;
    size_t by_bca = 0;
    size_t by_bootstrap_t = 0;
    double width = 0;
    for (uint32_t study = 0; study < STUDIES; study++) {
        hst_random stream = hst_random_stream(seed, study, 0, HST_PURPOSE_TEST);
        double a[VALUES];
        double b[VALUES];
        double d[VALUES];
        one->draw(&stream, a, b);
        for (size_t i = 0; i < VALUES; i++) {
            d[i] = a[i] - b[i];
        }
        const hst_interval t = one->paired ? hst_paired_difference(a, b, VALUES, 0.95)
                                           : hst_mean_interval_t(a, VALUES, 0.95);
        hst_interval bca;
        hst_interval bootstrap_t;
        assert_int_equal(hst_bootstrap_interval(d, VALUES, hst_statistic_mean, 0.95, RESAMPLES,
                                                seed + study, hst_os_memory(), &bca),
                         HST_OK);
        assert_int_equal(hst_mean_interval_bootstrap(d, VALUES, 0.95, RESAMPLES, seed + study,
                                                     hst_os_memory(), &bootstrap_t),
                         HST_OK);
        by_t += holds(t, one->truth);
        by_bca += holds(bca, one->truth);
        by_bootstrap_t += holds(bootstrap_t, one->truth);
        width += (t.high - t.low) / 2;
    }
    print_message("%s, seed %llu, %d studies of %d: t covers %.1f %%, bootstrap-t %.1f %%, "
                  "BCa %.1f %%, half width %.3f\n",
                  one->name, (unsigned long long)seed, STUDIES, VALUES,
                  100.0 * (double)by_t / STUDIES, 100.0 * (double)by_bootstrap_t / STUDIES,
                  100.0 * (double)by_bca / STUDIES, width / STUDIES);
    assert_in_range(by_t, STUDIES * 93 / 100, STUDIES * 97 / 100);
    assert_in_range(by_bootstrap_t, STUDIES * 93 / 100, STUDIES * 97 / 100);
    assert_in_range(by_bca, STUDIES * 93 / 100, STUDIES * 97 / 100);
}

static void intervals_of_normal_means_cover(void **state)
{
    (void)state;
    covers(&(world){"normal means", draw_normal, 10, false}, 1);
}

static void intervals_of_queueing_delays_cover(void **state)
{
    (void)state;
    covers(&(world){"M/M/1 waits", draw_waits, 1, false}, 2);
}

static void intervals_of_paired_differences_cover(void **state)
{
    (void)state;
    covers(&(world){"paired differences", draw_pairs, 0.3, true}, 3);
}

/* What common random numbers buy: the unpaired interval of the same data is far wider. */
static void pairing_narrows_the_interval(void **state)
{
    (void)state;
    hst_random stream = hst_random_stream(4, 0, 0, HST_PURPOSE_TEST);
    double a[VALUES];
    double b[VALUES];
    draw_pairs(&stream, a, b);
    const hst_interval paired = hst_paired_difference(a, b, VALUES, 0.95);
    const hst_interval alone = hst_mean_interval_t(a, VALUES, 0.95);
    assert_true((alone.high - alone.low) > 5 * (paired.high - paired.low));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_of_normal_means_cover),
        cmocka_unit_test(intervals_of_queueing_delays_cover),
        cmocka_unit_test(intervals_of_paired_differences_cover),
        cmocka_unit_test(pairing_narrows_the_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
