/* Latency, cards, order, losses, partitions, against what arithmetic says. */
#include "sim/base/number.h"
#include "sim/base/os_memory.h"
#include "sim/base/purpose.h"
#include "sim/network/network.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MS INT64_C(1000000)

static const int64_t two_regions[4] = {1 * MS, 40 * MS, 50 * MS, 2 * MS};
static const uint32_t alternating[4] = {0, 1, 0, 1};

static hst_arena arena;

static hst_network *make(const hst_network_options *options)
{
    hst_network *network = NULL;
    hst_arena_init(&arena, hst_os_memory(), 1 << 16);
    assert_int_equal(hst_network_create(options, &arena, &network), HST_OK);
    return network;
}

static void a_path_has_the_latency_of_its_regions_and_direction(void **state)
{
    (void)state;
    const hst_network_options options = {
        .count = 4, .region_count = 2, .regions = alternating, .base_ns = two_regions};
    hst_network *network = make(&options);
    assert_int_equal(hst_network_send(network, 0, 1, 100, 5).arrival_ns[0], 5 + 40 * MS);
    assert_int_equal(hst_network_send(network, 1, 0, 100, 5).arrival_ns[0], 5 + 50 * MS);
    assert_int_equal(hst_network_send(network, 0, 2, 100, 5).arrival_ns[0], 5 + 1 * MS);
    hst_arena_release(&arena);
}

static void what_is_counted_agrees_with_what_was_sent_and_changes_nothing(void **state)
{
    (void)state;
    hst_network_options options = {.count = 4,
                                   .region_count = 2,
                                   .regions = alternating,
                                   .base_ns = two_regions,
                                   .jitter = HST_JITTER_EXPONENTIAL,
                                   .jitter_ns = 3 * MS,
                                   .up_bits_per_second = 80000000,
                                   .down_bits_per_second = 40000000,
                                   .loss_ppm = 50000,
                                   .duplicate_ppm = 50000,
                                   .seed = 3};
    enum { SENT = 4000 };
    static int64_t arrivals[2][SENT];
    static int64_t delays[SENT * 2];
    hst_network_link link = {.messages = 0};
    hst_network_node node = {.received = 0};
    uint32_t copies = 0;
    uint32_t lost = 0;
    for (int counted = 0; counted < 2; counted++) {
        options.tally = counted == 1;
        hst_network *network = make(&options);
        for (int m = 0; m < SENT; m++) {
            const int64_t now = m * 2 * MS;
            const hst_delivery d = hst_network_send(network, 0, m % 2 == 0 ? 1 : 2, 1000, now);
            arrivals[counted][m] = d.copies > 0 ? d.arrival_ns[0] : -1;
            if (counted == 1 && m % 2 == 0) {
                lost += d.copies == 0 ? 1 : 0;
                for (uint32_t c = 0; c < d.copies; c++) {
                    delays[copies++] = d.arrival_ns[c] - now;
                }
            }
        }
        assert_int_equal(hst_network_link_of(network, 0, 1, &link), counted == 1);
        assert_int_equal(hst_network_node_of(network, 1, &node), counted == 1);
        if (counted == 1) {
            hst_network_node sender;
            assert_true(hst_network_node_of(network, 0, &sender));
            assert_int_equal(sender.up_busy_ns, SENT * MS / 10);
            assert_int_equal(sender.received, 0);
        }
        hst_arena_release(&arena);
    }
    assert_memory_equal(arrivals[0], arrivals[1], sizeof arrivals[0]);
    assert_int_equal(link.messages, SENT / 2);
    assert_int_equal(link.bytes, SENT / 2 * 1000);
    assert_int_equal(link.lost, lost);
    assert_int_equal(link.arrived, copies);
    assert_true(lost > 0 && copies > SENT / 2 - lost);
    assert_int_equal(node.received, copies);
    assert_int_equal(node.received_bytes, copies * UINT64_C(1000));
    assert_int_equal(node.down_busy_ns, copies * MS / 5);
    /* Quantiles against counting. */
    const struct {
        int64_t value;
        double share;
    } quantiles[] = {{link.p50_ns, 0.5}, {link.p90_ns, 0.9}, {link.p99_ns, 0.99}};
    for (size_t q = 0; q < 3; q++) {
        uint32_t below = 0;
        uint32_t well_below = 0;
        for (uint32_t c = 0; c < copies; c++) {
            below += delays[c] <= quantiles[q].value ? 1 : 0;
            well_below += delays[c] <= quantiles[q].value - quantiles[q].value / 32 ? 1 : 0;
        }
        assert_true(below >= (copies - 1) * quantiles[q].share);
        assert_true(well_below <= (copies - 1) * quantiles[q].share + 1);
    }
    assert_true(link.most_ns >= link.p99_ns);
}

static void copies_of_a_broadcast_leave_one_after_another(void **state)
{
    (void)state;
    const hst_network_options options = {.count = 4,
                                         .region_count = 2,
                                         .regions = alternating,
                                         .base_ns = two_regions,
                                         .up_bits_per_second = 8000000,
                                         .down_bits_per_second = 4000000};
    hst_network *network = make(&options);
    /* 1,000 bytes take 1 ms up and 2 ms down. */
    assert_int_equal(hst_network_send(network, 0, 2, 1000, 0).arrival_ns[0], (1 + 1 + 2) * MS);
    assert_int_equal(hst_network_send(network, 0, 1, 1000, 0).arrival_ns[0], (2 + 40 + 2) * MS);
    /* The receiver's card takes them one by one: this one would come through after 6 ms. */
    assert_int_equal(hst_network_send(network, 0, 2, 1000, 0).arrival_ns[0], (4 + 2) * MS);
    uint64_t messages = 0;
    uint64_t bytes = 0;
    hst_network_sent(network, 0, &messages, &bytes);
    assert_int_equal(messages, 3);
    assert_int_equal(bytes, 3000);
    hst_arena_release(&arena);
}

static double mean_latency(hst_jitter jitter, int64_t jitter_ns, double shape, double *square)
{
    enum { DRAWS = 200000 };
    static const int64_t base[1] = {250 * MS};
    const hst_network_options options = {.count = 2,
                                         .region_count = 1,
                                         .base_ns = base,
                                         .jitter = jitter,
                                         .jitter_ns = jitter_ns,
                                         .jitter_shape = shape,
                                         .seed = 1};
    hst_network *network = make(&options);
    double sum = 0;
    *square = 0;
    for (int i = 0; i < DRAWS; i++) {
        const double ms = (double)hst_network_send(network, 0, 1, 1, 0).arrival_ns[0] / 1e6;
        sum += ms;
        *square += ms * ms;
    }
    hst_arena_release(&arena);
    *square = *square / DRAWS - (sum / DRAWS) * (sum / DRAWS);
    return sum / DRAWS;
}

/* 1,000 bytes take 1 ms at 8 Mbit/s, 4 ms at 2 Mbit/s. */
static void a_stream_comes_in_while_it_goes_out(void **state)
{
    (void)state;
    static const uint64_t up[4] = {8000000, 2000000, 8000000, 8000000};
    static const uint64_t down[4] = {8000000, 8000000, 2000000, 8000000};
    const hst_network_options options = {.count = 4,
                                         .region_count = 2,
                                         .regions = alternating,
                                         .base_ns = two_regions,
                                         .endpoint_up_bits = up,
                                         .endpoint_down_bits = down,
                                         .stream = true,
                                         .small_bytes = 100};
    hst_network *network = make(&options);
    assert_int_equal(hst_network_send(network, 0, 1, 1000, 0).arrival_ns[0], (40 + 1) * MS);
    /* Behind the one before on the way out, at the speed of the slower card on the way in. */
    assert_int_equal(hst_network_send(network, 0, 2, 1000, 0).arrival_ns[0], (1 + 1 + 4) * MS);
    assert_int_equal(hst_network_send(network, 1, 3, 1000, 0).arrival_ns[0], (2 + 4) * MS);
    /* A small one passes them all, and takes its own time: 100 bytes at 2 Mbit/s. */
    assert_int_equal(hst_network_send(network, 0, 2, 100, 0).arrival_ns[0], MS + 400000);
    /* The next large one waits for the card that receives. */
    assert_int_equal(hst_network_send(network, 3, 2, 1000, 0).arrival_ns[0], (50 + 4) * MS);
    assert_int_equal(hst_network_send(network, 0, 2, 1000, 50 * MS).arrival_ns[0], (54 + 4) * MS);
    hst_arena_release(&arena);
}

/* The mean over paths is the base, and each path keeps its own, both ways. */
static void a_path_may_have_one_latency_for_all_its_messages(void **state)
{
    (void)state;
    enum { N = 200 };
    const hst_network_options options = {.count = N,
                                         .region_count = 1,
                                         .base_ns = &two_regions[1],
                                         .jitter = HST_JITTER_PARETO,
                                         .jitter_unit_ns = 5 * MS,
                                         .jitter_by_path = true,
                                         .seed = 3};
    hst_network *network = make(&options);
    double sum = 0;
    int64_t least = INT64_MAX;
    for (uint32_t a = 0; a < N; a++) {
        for (uint32_t b = 0; b < a; b++) {
            const int64_t one = hst_network_send(network, a, b, 1, 0).arrival_ns[0];
            assert_int_equal(hst_network_send(network, a, b, 1, 7).arrival_ns[0], one + 7);
            assert_int_equal(hst_network_send(network, b, a, 1, 9).arrival_ns[0], one + 9);
            sum += (double)one;
            least = one < least ? one : least;
        }
    }
    const double mean = sum / (N * (N - 1) / 2.0);
    assert_true(mean > 39.7 * (double)MS &&
                mean < 40.3 * (double)MS); /* deviation 5.8 ms, 19,900 */
    assert_true(least >= 35 * MS);         /* shape 8: seven eighths of the mean */
    hst_arena_release(&arena);
}

static void jitter_has_the_moments_of_its_law(void **state)
{
    (void)state;
    double variance = 0;
    assert_float_equal(mean_latency(HST_JITTER_UNIFORM, 50 * MS, 0, &variance), 275, 0.2);
    assert_float_equal(variance, 2500.0 / 12, 3);
    assert_float_equal(mean_latency(HST_JITTER_NORMAL, 50 * MS, 0, &variance), 250, 0.5);
    assert_float_equal(variance, 2500, 30);
    assert_float_equal(mean_latency(HST_JITTER_EXPONENTIAL, 50 * MS, 0, &variance), 300, 0.5);
    assert_float_equal(variance, 2500, 60);
    /* Pareto of mean m and shape a: variance m^2 / (a (a - 2)). */
    assert_float_equal(mean_latency(HST_JITTER_PARETO, 0, 5, &variance), 250, 0.5);
    assert_float_equal(variance, 250.0 * 250 / 15, 250);
}

static void order_is_kept_when_asked_for(void **state)
{
    (void)state;
    static const int64_t base[1] = {10 * MS};
    hst_network_options options = {.count = 2,
                                   .region_count = 1,
                                   .base_ns = base,
                                   .jitter_ns = 10 * MS,
                                   .keep_order = true,
                                   .seed = 1};
    for (int ordered = 0; ordered < 2; ordered++) {
        options.keep_order = ordered == 1;
        hst_network *network = make(&options);
        int overtaken = 0;
        int64_t before = 0;
        for (int i = 0; i < 1000; i++) {
            const int64_t at = hst_network_send(network, 0, 1, 1, i).arrival_ns[0];
            overtaken += at <= before ? 1 : 0;
            before = at;
        }
        if (options.keep_order) {
            assert_int_equal(overtaken, 0);
        } else {
            assert_true(overtaken > 300);
        }
        hst_arena_release(&arena);
    }
}

static void losses_and_duplicates_have_their_shares(void **state)
{
    (void)state;
    enum { SENT = 100000 };
    static const int64_t base[1] = {10 * MS};
    const hst_network_options options = {.count = 2,
                                         .region_count = 1,
                                         .base_ns = base,
                                         .loss_ppm = 100000,
                                         .duplicate_ppm = 200000,
                                         .seed = 1};
    hst_network *network = make(&options);
    int copies[3] = {0};
    for (int i = 0; i < SENT; i++) {
        copies[hst_network_send(network, 0, 1, 1, i).copies]++;
    }
    assert_in_range(copies[0], 9500, 10500);
    assert_in_range(copies[2], 17300, 18700);
    hst_network_disturb(network, 0, 0);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(hst_network_send(network, 0, 1, 1, i).copies, 1);
    }
    hst_arena_release(&arena);
}

static void partitions_cut_between_groups_but_for_the_bridge_until_healed(void **state)
{
    (void)state;
    static const uint8_t groups[5] = {0, 0, 1, 1, 1};
    static const int64_t base[1] = {10 * MS};
    const hst_network_options options = {.count = 5, .region_count = 1, .base_ns = base};
    hst_network *network = make(&options);
    hst_network_partition(network, groups, 4);
    for (uint32_t from = 0; from < 5; from++) {
        for (uint32_t to = 0; to < 5; to++) {
            const bool open = groups[from] == groups[to] || from == 4 || to == 4;
            assert_int_equal(hst_network_send(network, from, to, 1, 0).copies, open ? 1 : 0);
        }
    }
    hst_network_heal(network);
    hst_network_cut(network, 2, 3, true);
    assert_int_equal(hst_network_send(network, 2, 3, 1, 0).copies, 0);
    assert_int_equal(hst_network_send(network, 3, 2, 1, 0).copies, 1);
    assert_int_equal(hst_network_send(network, 0, 2, 1, 0).copies, 1);
    hst_arena_release(&arena);
}

static void a_slow_endpoint_is_slow_both_ways_until_healed(void **state)
{
    (void)state;
    static const int64_t base[1] = {10 * MS};
    const hst_network_options options = {.count = 3, .region_count = 1, .base_ns = base};
    hst_network *network = make(&options);
    hst_network_slow(network, 1, 5 * MS);
    assert_int_equal(hst_network_send(network, 0, 1, 1, 0).arrival_ns[0], 15 * MS);
    assert_int_equal(hst_network_send(network, 1, 2, 1, 0).arrival_ns[0], 15 * MS);
    assert_int_equal(hst_network_send(network, 0, 2, 1, 0).arrival_ns[0], 10 * MS);
    hst_network_heal(network);
    assert_int_equal(hst_network_send(network, 0, 1, 1, 0).arrival_ns[0], 10 * MS);
    hst_arena_release(&arena);
}

/* Most networks of a study only delay, and there nothing else is looked at. */
static void a_network_that_only_delays_is_as_one_that_is_watched(void **state)
{
    (void)state;
    enum { SENT = 4000, COUNT = 6 };
    static const uint32_t regions[COUNT] = {0, 1, 0, 1, 1, 0};
    static const int64_t base[4] = {10 * MS, 30 * MS, 20 * MS, 5 * MS};
    hst_delivery seen[2][SENT];
    uint64_t sent[2][2] = {{0}};
    for (uint32_t watched = 0; watched < 2; watched++) {
        const hst_network_options options = {.count = COUNT,
                                             .region_count = 2,
                                             .regions = regions,
                                             .base_ns = base,
                                             .tally = watched == 1,
                                             .seed = 7};
        hst_network *network = make(&options);
        hst_random random = hst_random_stream(1, 0, 0, HST_PURPOSE_TEST);
        for (int i = 0; i < SENT; i++) {
            const uint32_t from = (uint32_t)hst_random_below(&random, COUNT);
            const uint32_t to = (uint32_t)hst_random_below(&random, COUNT);
            const uint64_t event = hst_random_below(&random, 40);
            if (event == 0) {
                hst_network_cut(network, from, to, true);
            } else if (event == 1) {
                hst_network_slow(network, to, 3 * MS);
            } else if (event == 2) {
                hst_network_disturb(network, i % 2 == 0 ? 200000 : 0, i % 3 == 0 ? 100000 : 0);
            } else if (event == 3) {
                hst_network_heal(network);
                hst_network_disturb(network, 0, 0);
            }
            seen[watched][i] = hst_network_send(network, from, to, 100, i);
        }
        hst_network_sent(network, 3, &sent[watched][0], &sent[watched][1]);
        hst_arena_release(&arena);
    }
    uint32_t copies[3] = {0};
    for (int i = 0; i < SENT; i++) {
        const hst_delivery *one = &seen[0][i];
        assert_int_equal(one->copies, seen[1][i].copies);
        for (uint32_t c = 0; c < one->copies; c++) {
            assert_true(one->arrival_ns[c] == seen[1][i].arrival_ns[c]);
        }
        copies[one->copies]++;
    }
    assert_true(copies[0] > 0 && copies[1] > SENT / 2 && copies[2] > 0);
    assert_true(sent[0][0] == sent[1][0] && sent[0][1] == sent[1][1] && sent[0][0] > 0);
}

static void plans_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    static const int64_t base[1] = {10 * MS};
    static const int64_t negative[1] = {-1};
    static const uint32_t outside[2] = {0, 1};
    const hst_network_options good = {.count = 2, .region_count = 1, .base_ns = base};
    hst_network_options bad[8];
    for (size_t i = 0; i < 8; i++) {
        bad[i] = good;
    }
    bad[0].count = 0;
    bad[1].region_count = 0;
    bad[2].base_ns = NULL;
    bad[3].base_ns = negative;
    bad[4].regions = outside;
    bad[5].loss_ppm = 1000001;
    bad[6].jitter = HST_JITTER_PARETO;
    bad[7].jitter = HST_JITTER_PARETO;
    bad[7].jitter_unit_ns = 10 * MS; /* shape 1 has no mean */
    hst_arena_init(&arena, hst_os_memory(), 1 << 16);
    for (size_t i = 0; i < 8; i++) {
        hst_network *network = NULL;
        assert_int_equal(hst_network_create(&bad[i], &arena, &network), HST_INVALID);
    }
    hst_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_has_the_latency_of_its_regions_and_direction),
        cmocka_unit_test(what_is_counted_agrees_with_what_was_sent_and_changes_nothing),
        cmocka_unit_test(copies_of_a_broadcast_leave_one_after_another),
        cmocka_unit_test(a_stream_comes_in_while_it_goes_out),
        cmocka_unit_test(a_path_may_have_one_latency_for_all_its_messages),
        cmocka_unit_test(jitter_has_the_moments_of_its_law),
        cmocka_unit_test(order_is_kept_when_asked_for),
        cmocka_unit_test(losses_and_duplicates_have_their_shares),
        cmocka_unit_test(partitions_cut_between_groups_but_for_the_bridge_until_healed),
        cmocka_unit_test(a_slow_endpoint_is_slow_both_ways_until_healed),
        cmocka_unit_test(a_network_that_only_delays_is_as_one_that_is_watched),
        cmocka_unit_test(plans_that_make_no_sense_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
