/* Scores of densities against the integrals they stand for. */
#include "sim/forecast/score.h"

#include "tests/unit/forecast/support.h"

#include <gsl/gsl_cdf.h>

static const double infinite = (double)INFINITY;

static double density(double sd, double nu, double x)
{
    return exp(hst_log_score(sd, nu, x));
}

static double below(double sd, double nu, double x)
{
    return isinf(nu) ? gsl_cdf_gaussian_P(x, sd)
                     : gsl_cdf_tdist_P(x / (sd * sqrt((nu - 2.0) / nu)), nu);
}

/* Integral of (F(x) - 1{x >= y})^2, cut at the value so that every piece is smooth. */
static double slow_crps(double sd, double nu, double y)
{
    const int pieces = 40000;
    const double span = 400.0 * sd;
    double sum = 0.0;
    for (int i = 0; i < pieces; i++) {
        /* finer near the value: x = y +- span * u^3 */
        const double u0 = (double)i / pieces;
        const double u1 = (double)(i + 1) / pieces;
        const double middle = span * pow(0.5 * (u0 + u1), 3.0);
        const double width = span * (pow(u1, 3.0) - pow(u0, 3.0));
        const double left = below(sd, nu, y - middle);
        const double right = 1.0 - below(sd, nu, y + middle);
        sum += width * (left * left + right * right);
    }
    return sum;
}

static void crps_is_the_integral_it_stands_for(void **state)
{
    (void)state;
    const double sds[] = {0.3, 2.0};
    const double values[] = {0.0, -0.4, 1.7, 9.0};
    const double nus[] = {infinite, 2.5, 4.0, 30.0};
    for (size_t s = 0; s < 2; s++) {
        for (size_t n = 0; n < 4; n++) {
            for (size_t v = 0; v < 4; v++) {
                const double slow = slow_crps(sds[s], nus[n], values[v]);
                assert_near(hst_crps(sds[s], nus[n], values[v]), slow, 2e-5 * (1.0 + slow));
            }
        }
    }
}

static void crps_of_a_standard_normal_at_zero_is_the_known_constant(void **state)
{
    (void)state;
    assert_near(hst_crps(1.0, infinite, 0.0), 0.233694977255, 1e-11);
}

static void log_score_is_a_density_of_that_deviation(void **state)
{
    (void)state;
    const double nus[] = {infinite, 5.0, 12.0};
    for (size_t n = 0; n < 3; n++) {
        double mass = 0.0;
        double square = 0.0;
        const double step = 0.005;
        for (double x = -400.0; x < 400.0; x += step) {
            const double d = density(1.5, nus[n], x);
            mass += d * step;
            square += x * x * d * step;
        }
        assert_near(mass, 1.0, 1e-6);
        assert_near(square, 2.25, 1e-3);
    }
}

static void interval_holds_its_share_of_the_density(void **state)
{
    (void)state;
    const double nus[] = {infinite, 2.2, 6.0};
    for (size_t n = 0; n < 3; n++) {
        const double half = hst_density_half_width(0.7, nus[n], 0.9);
        assert_near(below(0.7, nus[n], half) - below(0.7, nus[n], -half), 0.9, 1e-9);
    }
}

static void the_true_density_has_the_best_scores_on_average(void **state)
{
    (void)state;
    hst_random stream = stream_of(1);
    double crps[3] = {0};
    double logs[3] = {0};
    const double sds[3] = {1.0, 0.8, 1.25};
    for (int i = 0; i < 20000; i++) {
        const double value = hst_random_normal(&stream);
        for (size_t s = 0; s < 3; s++) {
            crps[s] += hst_crps(sds[s], infinite, value);
            logs[s] += hst_log_score(sds[s], infinite, value);
        }
    }
    assert_true(crps[0] < crps[1] && crps[0] < crps[2]);
    assert_true(logs[0] > logs[1] && logs[0] > logs[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crps_is_the_integral_it_stands_for),
        cmocka_unit_test(crps_of_a_standard_normal_at_zero_is_the_known_constant),
        cmocka_unit_test(log_score_is_a_density_of_that_deviation),
        cmocka_unit_test(interval_holds_its_share_of_the_density),
        cmocka_unit_test(the_true_density_has_the_best_scores_on_average),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
