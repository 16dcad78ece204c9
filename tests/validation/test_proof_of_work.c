/* Proof of work against Gervais et al., CCS'16: propagation first, then stale blocks. */
#include "core/consensus/nakamoto/nakamoto.h"

#include "tests/validation/pow_network.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* By hand: one run, as `test_validation_proof_of_work run NODES BLOCKS INTERVAL BODY RELAY SEED
 * [VALIDATION [STORE [QUEUE]]]`. */
static int by_hand(int count, char **words)
{
    pow_run run = {.validation_share = 1};
    if (count < 8) {
        (void)fprintf(stderr,
                      "run NODES BLOCKS INTERVAL BODY RELAY SEED [VALIDATION [STORE [QUEUE]]]\n");
        return 2;
    }
    run.nodes = (uint32_t)strtoul(words[2], NULL, 10);
    run.blocks = (uint32_t)strtoul(words[3], NULL, 10);
    run.interval_s = strtod(words[4], NULL);
    run.body = (uint32_t)strtoul(words[5], NULL, 10);
    run.relay = strtol(words[6], NULL, 10);
    run.seed = strtoul(words[7], NULL, 10);
    run.validation_share = count > 8 ? strtod(words[8], NULL) : 1;
    run.store_and_forward = count > 9 && words[9][0] == '1';
    run.queue_all = count > 10 && words[10][0] == '1';
    pow_result result;
    pow_measure(&run, &result);
    (void)printf("%u nodes, %.1f links, %g s, %u bytes, relay %d: p10 %.2f p50 %.2f p90 %.2f s, "
                 "pools %.2f s, "
                 "stale %.2f %% (%llu of %llu), %llu events, %.1f s\n",
                 (unsigned)run.nodes, result.links, run.interval_s, (unsigned)run.body,
                 (int)run.relay, result.p10, result.p50, result.p90, result.pools,
                 100 * result.stale, (unsigned long long)(result.found - result.kept),
                 (unsigned long long)result.found, (unsigned long long)result.events,
                 result.seconds);
    return 0;
}

/* Each within a fifth of the published value. */
static void check(const char *what, double got, double published)
{
    (void)printf("%s: %.2f, published %.2f, %+.0f %%\n", what, got, published,
                 100 * (got / published - 1));
    if (fabs(got / published - 1) > 0.2) {
        fail_msg("%s is further off than a fifth", what);
    }
}

/* Half a megabyte each ten minutes, at full size: the pools' cards send to 700 neighbours each, one
 * after another, and that is most of the time. */
static void half_a_megabyte_takes_as_long_as_published(void **state)
{
    (void)state;
    const pow_run run = {.nodes = 6000,
                         .blocks = 12,
                         .interval_s = 600,
                         .body = 500000,
                         .relay = HST_NAKAMOTO_ANNOUNCE,
                         .seed = 1,
                         .validation_share = 1};
    pow_result result;
    pow_measure(&run, &result);
    check("6,000 nodes, 0.5 MB, median s", result.p50, 13.62);
    check("6,000 nodes, 0.5 MB, nine tenths s", result.p90, 32.84);
}

/* Small blocks take what latency takes: announced, asked for, sent. */
static void blocks_of_a_second_take_three_delays_a_hop(void **state)
{
    (void)state;
    const pow_run run = {.nodes = 6000,
                         .blocks = 30,
                         .interval_s = 1,
                         .relay = HST_NAKAMOTO_ANNOUNCE,
                         .seed = 1,
                         .validation_share = 1};
    pow_result result;
    pow_measure(&run, &result);
    check("6,000 nodes, a block a second, median s", result.p50, 0.82);
}

/* A sixth of the nodes, for what makes blocks stale lies between the pools. */
static void blocks_of_a_second_go_stale_as_published(void **state)
{
    (void)state;
    pow_run run = {.nodes = 1000,
                   .blocks = 250,
                   .interval_s = 1,
                   .relay = HST_NAKAMOTO_ANNOUNCE,
                   .seed = 1,
                   .validation_share = 1};
    pow_result announced, between;
    pow_measure(&run, &announced);
    run.relay = HST_NAKAMOTO_MINERS;
    pow_measure(&run, &between);
    check("1,000 nodes, a block a second, stale %", 100 * announced.stale, 26.74);
    check("the same by a relay network, times as many stale", announced.stale / between.stale,
          26.74 / 12.59);
}

/* Propagation follows the size of a block, and hardly the number of nodes. */
static void ten_times_the_size_takes_nearly_ten_times_as_long(void **state)
{
    (void)state;
    pow_run run = {.nodes = 1000,
                   .blocks = 30,
                   .interval_s = 600,
                   .body = 100000,
                   .relay = HST_NAKAMOTO_ANNOUNCE,
                   .seed = 1,
                   .validation_share = 1};
    pow_result small, large;
    pow_measure(&run, &small);
    run.body = 1000000;
    pow_measure(&run, &large);
    check("1 MB for 0.1 MB, times the median", large.p50 / small.p50, 27.67 / 3.18);
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_a_megabyte_takes_as_long_as_published),
        cmocka_unit_test(blocks_of_a_second_take_three_delays_a_hop),
        cmocka_unit_test(blocks_of_a_second_go_stale_as_published),
        cmocka_unit_test(ten_times_the_size_takes_nearly_ten_times_as_long),
    };
    return count > 1 ? by_hand(count, words) : cmocka_run_group_tests(tests, NULL, NULL);
}
