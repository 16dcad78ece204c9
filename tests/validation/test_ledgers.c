/* Protocols as they run in production or in a published test network: CometBFT's quality assurance,
 * the Stellar network, the XRP Ledger, and 128 replicas on slow cards.
 */
#include "core/consensus/membership.h"

#include "sim/base/os_memory.h"
#include "sim/consensus/trust.h"

#include "tests/validation/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* All of scenarios/data/cloud_latency.csv. */
static const char *const everywhere[21] = {
    "af-south-1", "ap-east-1",      "ap-northeast-1", "ap-northeast-2", "ap-northeast-3",
    "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1",   "eu-central-1",
    "eu-north-1", "eu-south-1",     "eu-west-1",      "eu-west-2",      "eu-west-3",
    "me-south-1", "sa-east-1",      "us-east-1",      "us-east-2",      "us-west-1",
    "us-west-2"};

static hst_arena arena;

static int set_up(void **state)
{
    (void)state;
    hst_arena_init(&arena, hst_os_memory(), 1 << 20);
    return 0;
}

static int take_down(void **state)
{
    (void)state;
    hst_arena_release(&arena);
    return 0;
}

/* --- CometBFT ------------------------------------------------------------------------------- */

enum { VALIDATORS = 175 };

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* When each validator has a quorum of what all said at `said_ms`. */
static void hear_quorum(const hst_network_options *network, const double *said_ms, double *heard_ms)
{
    for (uint32_t i = 0; i < VALIDATORS; i++) {
        double at[VALIDATORS];
        for (uint32_t j = 0; j < VALIDATORS; j++) {
            at[j] =
                said_ms[j] + (i == j ? 0 : (double)network->base_ns[j % 21 * 21 + i % 21] / 1e6);
        }
        qsort(at, VALIDATORS, sizeof *at, by_size);
        heard_ms[i] = at[hst_quorum(VALIDATORS) - 1];
    }
}

/* Time between heights from the latency matrix alone: three delays and timeout_commit, proposers in
 * turn. No code of the protocol. */
static double height_ms(const hst_network_options *network)
{
    enum { HEIGHTS = 8 };
    double started = 0;
    for (uint32_t h = 0; h < HEIGHTS; h++) {
        double said[VALIDATORS], polka[VALIDATORS], decided[VALIDATORS];
        for (uint32_t i = 0; i < VALIDATORS; i++) {
            said[i] = started + (i == h ? 0 : (double)network->base_ns[h % 21 * 21 + i % 21] / 1e6);
        }
        hear_quorum(network, said, polka);
        hear_quorum(network, polka, decided);
        started = decided[h + 1] + 1000;
    }
    return started / HEIGHTS;
}

/* V18. CometBFT v1 with latencies of the same matrix emulated, 175 validators of 200 nodes, default
 * timeouts, 400 tx/s of 1,024 B: about 10 blocks a minute, up to four rounds a height; without
 * emulation 20 to 40. Only the order is asked: votes go straight to everyone here, there they are
 * gossiped through some 30 peers, each hop with sleeps of up to 100 ms. */
static void tendermint_with_175_validators_makes_tens_of_blocks_a_minute(void **state)
{
    (void)state;
    scene s = {.protocol = "tendermint",
               .count = VALIDATORS,
               .network = scene_regions(&arena, everywhere, 21, VALIDATORS),
               .every_ns = 200 * MS,
               .batches = scene_large() ? 300 : 50,
               .commands = 80,
               .bytes = 80 * 1024,
               .gather = 1024,
               .rest_ns = 3000 * MS,
               .costs = scene_costs(&arena)};
    scene_run(&s);
    scene_near("V18 ms between heights", s.interval_ms, height_ms(&s.network), 0.05);
    const double a_minute = 60000 / s.interval_ms;
    print_message("[ validate ]    blocks a minute %.0f; measured about 10, and 20 to 40 in one "
                  "place; rounds lost %llu\n",
                  a_minute, (unsigned long long)s.view_changes);
    assert_true(a_minute > 10 && a_minute < 100);
    scene_near("   tx/s decided of 400", s.commands_per_s, 400, 0.15);
}

/* CometBFT's search for saturation, in one place: 175 validators, 1,024 B, 89 s of load. Processed
 * at 200, 400, 800, 1,600 tx/s offered: 17,800, 31,200 (34,600 on two connections), 51,146, 50,889.
 * Its mempool is not modelled; here a proposer's card, 2 Gbit/s (assumed), sends 174 copies, in
 * blocks of at most 4 MB. Asked is the shape: in full to 400 tx/s, later, then no more of it. */
static void tendermint_saturates_and_is_late_before_it_does(void **state)
{
    (void)state;
    static const int64_t base[1] = {MS / 2};
    static const double published[4] = {17800, 31200, 51146, 50889};
    enum { BLOCK = 4 << 20, SECONDS = 89 };
    double before_ms = 0;
    if (!scene_large()) {
        print_message("[ validate ] takes HST_VALIDATION_LARGE\n");
        skip();
    }
    for (uint32_t k = 0; k < 4; k++) {
        const uint32_t offered = 200U << k;
        scene s = {.protocol = "tendermint",
                   .count = VALIDATORS,
                   .network = {.region_count = 1,
                               .base_ns = base,
                               .up_bits_per_second = UINT64_C(2000000000),
                               .down_bits_per_second = UINT64_C(2000000000)},
                   .every_ns = 100 * MS,
                   .batches = 10 * SECONDS,
                   .commands = offered / 10,
                   .bytes = offered / 10 * 1024,
                   .gather = BLOCK / (offered / 10 * 1024),
                   .rest_ns = 1 * MS,
                   .may_lag = true,
                   .costs = scene_costs(&arena)};
        scene_run(&s);
        print_message("[ validate ] %u tx/s: processed %.0f, published %.0f; after %.0f ms\n",
                      offered, s.commands_per_s * SECONDS, published[k], s.mean_ms);
        if (offered <= 400) {
            scene_near("   share carried", s.commands_per_s / offered, 1, 0.05);
        }
        assert_true(s.mean_ms > before_ms);
        before_ms = s.mean_ms;
        if (offered == 1600) {
            assert_true(s.commands_per_s < 0.6 * offered && s.view_changes > 0);
        }
    }
}

/* --- Stellar -------------------------------------------------------------------------------- */

/* The cloud region next to a country's validators; Germany's where the country has none. */
static uint32_t region_of(const char *country)
{
    static const struct {
        const char *country, *region;
    } places[] = {{"US", "us-east-1"},     {"FI", "eu-north-1"},   {"SE", "eu-north-1"},
                  {"GB", "eu-west-2"},     {"CA", "ca-central-1"}, {"TW", "ap-east-1"},
                  {"SG", "ap-southeast-1"}};
    const char *region = "eu-central-1";
    for (size_t p = 0; p < sizeof places / sizeof places[0]; p++) {
        region = strncmp(places[p].country, country, 2) == 0 ? places[p].region : region;
    }
    for (uint32_t r = 0; r < 21; r++) {
        if (strcmp(everywhere[r], region) == 0) {
            return r;
        }
    }
    fail_msg("no region %s", region);
    return 0;
}

/* Regions by node, from the country column: node,organisation,country,quorum_set. */
static const uint32_t *read_places(const hst_trust_table *nodes, uint32_t count)
{
    uint32_t *places = HST_ARENA_NEW(&arena, uint32_t, count);
    assert_non_null(places);
    uint32_t node = 0;
    for (const char *line = nodes->bytes; line != NULL && line < nodes->bytes + nodes->size;
         line = memchr(line, '\n', (size_t)(nodes->bytes + nodes->size - line))) {
        line += *line == '\n' ? 1 : 0;
        if (*line < '0' || *line > '9') {
            continue; /* a remark, the header, the end */
        }
        const char *country = strchr(strchr(line, ',') + 1, ',') + 1;
        assert_true(node < count);
        places[node++] = region_of(country);
    }
    assert_int_equal(node, count);
    return places;
}

/* The quorum sets of 2025-07-20, all 92 validators, each in the cloud region next to its country.
 * Published: a ledger about every 5 s (Lokhava et al., SOSP'19). Here the 5 s begin when the last
 * slot ended, so that nomination and ballot come on top. */
static void the_stellar_network_closes_a_ledger_in_about_five_seconds(void **state)
{
    (void)state;
    hst_trust_table nodes = {.file = "stellar_nodes.csv"};
    hst_trust_table sets = {.file = "stellar_quorum_sets.csv"};
    hst_membership membership;
    const bool *validates = NULL;
    hst_error error = {0};
    nodes.bytes = scene_file(&arena, "scenarios/data/stellar_nodes.csv", &nodes.size);
    sets.bytes = scene_file(&arena, "scenarios/data/stellar_quorum_sets.csv", &sets.size);
    assert_int_equal(hst_trust_load(&nodes, &sets, &arena, &membership, &validates, &error),
                     HST_OK);
    bool crashed[HST_MEMBER_MAX] = {false};
    for (uint32_t i = 0; i < membership.count; i++) {
        crashed[i] = !validates[i];
    }
    scene s = {.protocol = "scp",
               .count = membership.count,
               .membership = &membership,
               .crashed = crashed,
               .network = scene_regions(&arena, everywhere, 21, membership.count),
               .every_ns = 1000 * MS,
               .batches = scene_large() ? 120 : 40,
               .commands = 100,
               .bytes = 20000,
               .gather = 64,
               .rest_ns = 20000 * MS,
               .may_lag = true,
               .costs = scene_costs(&arena)};
    s.network.regions = read_places(&nodes, membership.count);
    scene_run(&s);
    scene_near("Stellar, ms between ledgers", s.interval_ms, 5000, 0.1);
}

/* --- XRP Ledger ----------------------------------------------------------------------------- */

/* 35 validators that trust each other, in cloud regions in turn (assumed), 20 tx/s. Published: a
 * ledger every 3 to 5 s (xrpl.org). */
static void the_xrp_ledger_closes_every_three_to_five_seconds(void **state)
{
    (void)state;
    scene s = {.protocol = "xrpl",
               .count = 35,
               .network = scene_regions(&arena, everywhere, 21, 35),
               .every_ns = 50 * MS,
               .batches = 1200,
               .commands = 1,
               .bytes = 200,
               .rest_ns = 60000 * MS,
               .may_lag = true,
               .costs = scene_costs(&arena)};
    scene_run(&s);
    print_message("[ validate ] XRPL, ms between ledgers: %.0f, published 3,000 to 5,000\n",
                  s.interval_ms);
    assert_true(s.interval_ms > 2900 && s.interval_ms < 5100);
}

/* --- slow cards ----------------------------------------------------------------------------- */

/* Berger et al. (doi 10.1145/3689343): 128 replicas, 25 Mbit/s: HotStuff with secp256k1 494 op/s.
 * The abstract gives no more; assumed are blocks of 400 hashes of 32 B (libhotstuff's settings) and
 * 100 ms one way. A QC is 85 signatures of 64 B. */
static void hotstuff_of_128_on_slow_cards_is_held_up_by_its_leader(void **state)
{
    (void)state;
    static const int64_t base[1] = {100 * MS};
    const int64_t parameters[7] = {10000 * MS, 16000 * MS, 5000 * MS, 0, 0, 256, 1};
    const scene s = {.protocol = "hotstuff",
                     .parameters = parameters,
                     .count = 128,
                     .network = {.region_count = 1,
                                 .base_ns = base,
                                 .up_bits_per_second = 25000000,
                                 .down_bits_per_second = 25000000},
                     .every_ns = 250 * MS,
                     .batches = 160,
                     .commands = 400,
                     .bytes = 400 * 32,
                     .may_lag = true,
                     .costs = scene_costs(&arena)};
    scene slow = s;
    slow.costs.command_ns = 0;
    scene_run(&slow);
    print_message("[ validate ] HotStuff, 128 on 25 Mbit/s: %.0f op/s, published 494\n",
                  slow.commands_per_s);
    assert_true(slow.commands_per_s > 494.0 / 2 && slow.commands_per_s < 494.0 * 2);
    /* It is the card: four times the bandwidth carries far more. */
    scene fast = s;
    fast.costs.command_ns = 0;
    fast.network.up_bits_per_second *= 4;
    fast.network.down_bits_per_second *= 4;
    scene_run(&fast);
    assert_true(fast.commands_per_s > 1.5 * slow.commands_per_s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            tendermint_with_175_validators_makes_tens_of_blocks_a_minute, set_up, take_down),
        cmocka_unit_test_setup_teardown(tendermint_saturates_and_is_late_before_it_does, set_up,
                                        take_down),
        cmocka_unit_test_setup_teardown(the_stellar_network_closes_a_ledger_in_about_five_seconds,
                                        set_up, take_down),
        cmocka_unit_test_setup_teardown(the_xrp_ledger_closes_every_three_to_five_seconds, set_up,
                                        take_down),
        cmocka_unit_test_setup_teardown(hotstuff_of_128_on_slow_cards_is_held_up_by_its_leader,
                                        set_up, take_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
