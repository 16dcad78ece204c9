/* A protocol under load: what it carries below and above what its processors can, what faults do to
 * it, and the table of costs. */
#include "core/consensus/mysticeti/mysticeti.h"
#include "core/consensus/pbft/pbft.h"
#include "core/consensus/raft/raft.h"
#include "core/consensus/rtgs/rtgs.h"

#include "sim/base/os_memory.h"
#include "sim/consensus/costs.h"
#include "sim/consensus/study.h"

#include "tests/unit/consensus/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const int64_t base_ns[1] = {10 * MS};

static hst_study_outcome
study(const hst_consensus_protocol *protocol, uint32_t load, hst_study_faults faults)
{
    const hst_network_options network = {.count = 5, .region_count = 1, .base_ns = base_ns};
    const hst_study_options options = {.protocol = protocol,
                                       .network = &network,
                                       /* A processor manages 1,000 payments a second. */
                                       .costs = {.command_ns = 1 * MS},
                                       .count = 5,
                                       .payments_per_s = load,
                                       .payment_bytes = 500,
                                       .batch_ns = 100 * MS,
                                       .duration_ns = 30 * HST_SECOND_NS,
                                       .faults = faults,
                                       .seed = 1,
                                       .memory = hst_os_memory()};
    hst_study_outcome outcome;
    assert_int_equal(hst_study_run(&options, &outcome), HST_OK);
    assert_null(outcome.violation.check);
    return outcome;
}

static void below_what_it_can_a_protocol_carries_what_is_offered(void **state)
{
    (void)state;
    const hst_study_outcome outcome = study(&hst_protocol_rtgs, 500, HST_STUDY_FAULTS_NONE);
    assert_true(outcome.payments_per_s > 495 && outcome.payments_per_s < 505);
    assert_int_equal(outcome.decided, outcome.offered);
    assert_true(outcome.busiest > 0.45 && outcome.busiest < 0.55);
    assert_true(outcome.p99_ns < 200 * MS);
    /* Each batch of 50 payments goes to four followers: 0.08 messages, 4 * (500 + a little) bytes.
     */
    assert_true(outcome.messages > 0.079 && outcome.messages < 0.085);
    assert_true(outcome.bytes > 2000 && outcome.bytes < 2050);
}

static void above_what_it_can_it_carries_that_and_payments_wait(void **state)
{
    (void)state;
    const hst_study_outcome outcome = study(&hst_protocol_rtgs, 2000, HST_STUDY_FAULTS_NONE);
    assert_true(outcome.payments_per_s > 950 && outcome.payments_per_s < 1050);
    assert_true(outcome.busiest > 0.95);
    assert_true(outcome.p99_ns > 5 * HST_SECOND_NS);
}

static void without_its_leader_an_operator_stands_and_raft_goes_on(void **state)
{
    (void)state;
    const hst_study_outcome operated = study(&hst_protocol_rtgs, 100, HST_STUDY_FAULTS_LEADER);
    const hst_study_outcome elected = study(&hst_protocol_raft, 100, HST_STUDY_FAULTS_LEADER);
    assert_true(operated.longest_gap_ns >= 10 * HST_SECOND_NS);
    assert_true(elected.longest_gap_ns < 5 * HST_SECOND_NS);
    assert_int_equal(elected.decided, elected.offered);
}

static uint64_t sum_of(const hst_study_outcome *outcome, uint32_t first, uint32_t end)
{
    uint64_t sum = 0;
    for (uint32_t i = first; i < end; i++) {
        sum += outcome->line[i];
    }
    return sum;
}

static void shares_of_finality_rise_and_hold_the_median_and_the_most(void **state)
{
    (void)state;
    const hst_study_outcome outcome = study(&hst_protocol_raft, 100, HST_STUDY_FAULTS_LOSS);
    bool half = false;
    for (uint32_t i = 1; i < HST_STUDY_SHARES; i++) {
        assert_true(hst_study_shares_ppm[i] > hst_study_shares_ppm[i - 1]);
        assert_true(outcome.finality_ns[i] >= outcome.finality_ns[i - 1]);
        if (hst_study_shares_ppm[i] == 500000) {
            assert_int_equal(outcome.finality_ns[i], outcome.p50_ns);
            half = true;
        }
    }
    assert_true(half);
    assert_int_equal(hst_study_shares_ppm[0], 0);
    assert_int_equal(hst_study_shares_ppm[HST_STUDY_SHARES - 1], 1000000);
    assert_true(outcome.finality_ns[HST_STUDY_SHARES - 1] >= outcome.p99_ns);
}

static void the_time_line_holds_everything_decided_and_shows_the_gap(void **state)
{
    (void)state;
    /* 30 s of load: the fault lasts from 10 to 20 s, intervals 20 to 40. */
    const hst_study_outcome whole = study(&hst_protocol_rtgs, 100, HST_STUDY_FAULTS_NONE);
    const hst_study_outcome cut = study(&hst_protocol_rtgs, 100, HST_STUDY_FAULTS_LEADER);
    assert_int_equal(whole.interval_ns, HST_SECOND_NS / 2);
    assert_int_equal(sum_of(&whole, 0, HST_STUDY_INTERVALS), 3000);
    assert_int_equal(sum_of(&cut, 0, HST_STUDY_INTERVALS), 3000);
    assert_int_equal(sum_of(&whole, 21, 40), 19 * 50);
    assert_int_equal(sum_of(&cut, 21, 40), 0);
    assert_true(sum_of(&cut, 40, 50) > 1000);
}

static void recovery_is_counted_from_the_end_of_the_fault(void **state)
{
    (void)state;
    const hst_study_outcome whole = study(&hst_protocol_rtgs, 100, HST_STUDY_FAULTS_NONE);
    const hst_study_outcome cut = study(&hst_protocol_rtgs, 100, HST_STUDY_FAULTS_LEADER);
    const hst_study_outcome drowned = study(&hst_protocol_rtgs, 5000, HST_STUDY_FAULTS_NONE);
    assert_true(whole.recover_ns >= 0 && whole.recover_ns < 200 * MS);
    assert_true(cut.recover_ns > 0 && cut.recover_ns < 12 * HST_SECOND_NS);
    assert_true(drowned.decided < drowned.offered || drowned.recover_ns > HST_SECOND_NS);
}

static void note(void *context, hst_cluster *cluster)
{
    uint64_t *commands = context;
    *commands = hst_cluster_commands(cluster);
}

static void the_cluster_can_be_looked_at_before_it_goes(void **state)
{
    (void)state;
    const hst_network_options network = {.count = 5, .region_count = 1, .base_ns = base_ns};
    uint64_t commands = 0;
    const hst_study_options options = {.protocol = &hst_protocol_rtgs,
                                       .network = &network,
                                       .count = 5,
                                       .payments_per_s = 100,
                                       .payment_bytes = 500,
                                       .batch_ns = 100 * MS,
                                       .duration_ns = 10 * HST_SECOND_NS,
                                       .seed = 1,
                                       .examine = note,
                                       .examine_context = &commands,
                                       .memory = hst_os_memory()};
    hst_study_outcome outcome;
    assert_int_equal(hst_study_run(&options, &outcome), HST_OK);
    assert_int_equal(commands, 1000);
    assert_int_equal(outcome.cluster.commands, commands);
}

static void every_fault_set_is_survived_within_what_is_tolerated(void **state)
{
    (void)state;
    for (int set = 0; set < HST_STUDY_FAULTS_COUNT; set++) {
        const hst_study_outcome outcome = study(&hst_protocol_raft, 100, (hst_study_faults)set);
        assert_true(outcome.decided > 0);
        assert_true(strlen(hst_study_faults_name((hst_study_faults)set)) > 0);
    }
}

static hst_study_outcome seven(const hst_consensus_protocol *protocol, hst_study_faults faults)
{
    const int64_t slow = 1 + (protocol->pace_ns + protocol->settle_ns / 6) / HST_SECOND_NS;
    const hst_network_options network = {.count = 7, .region_count = 1, .base_ns = base_ns};
    const hst_study_options options = {.protocol = protocol,
                                       .network = &network,
                                       .count = 7,
                                       .payments_per_s = 100,
                                       .payment_bytes = 500,
                                       .batch_ns = 100 * MS * slow,
                                       .duration_ns = 60 * HST_SECOND_NS * slow,
                                       .faults = faults,
                                       .seed = 1,
                                       .memory = hst_os_memory()};
    hst_study_outcome outcome;
    assert_int_equal(hst_study_run(&options, &outcome), HST_OK);
    assert_null(outcome.violation.check);
    return outcome;
}

static void after_every_fault_set_every_protocol_decides_all_that_was_offered(void **state)
{
    (void)state;
    size_t count = 0;
    const hst_consensus_protocol *const *all = hst_consensus_protocols(&count);
    for (size_t p = 0; p < count; p++) {
        for (int set = 0; set < HST_STUDY_FAULTS_COUNT; set++) {
            const hst_study_outcome outcome = seven(all[p], (hst_study_faults)set);
            assert_int_equal(outcome.decided, outcome.offered);
            assert_true(outcome.recover_ns >= 0);
        }
    }
}

/* Where all propose at once each batch is one replica's. Of seven the last two are silent: theirs
 * wait for ten seconds, or for twenty, and go once to one other, while load goes on. */
static void what_a_silent_replica_was_handed_is_handed_on_to_the_next(void **state)
{
    (void)state;
    const hst_study_outcome outcome = seven(&hst_protocol_mysticeti, HST_STUDY_FAULTS_SILENT);
    const hst_study_outcome whole = seven(&hst_protocol_mysticeti, HST_STUDY_FAULTS_NONE);
    int64_t share[2] = {0, 0};
    for (uint32_t i = 0; i < HST_STUDY_SHARES; i++) {
        share[0] = hst_study_shares_ppm[i] == 700000 ? outcome.finality_ns[i] : share[0];
        share[1] = hst_study_shares_ppm[i] == 800000 ? outcome.finality_ns[i] : share[1];
    }
    assert_true(share[0] < 2 * HST_SECOND_NS);
    assert_true(share[1] > 10 * HST_SECOND_NS && share[1] < 12 * HST_SECOND_NS);
    assert_true(outcome.p99_ns > 20 * HST_SECOND_NS && outcome.p99_ns < 22 * HST_SECOND_NS);
    assert_int_equal(outcome.cluster.duplicates, 0);
    assert_true(whole.p99_ns < 2 * HST_SECOND_NS);
}

static void studies_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    const hst_network_options network = {.count = 5, .region_count = 1, .base_ns = base_ns};
    const hst_study_options good = {.protocol = &hst_protocol_rtgs,
                                    .network = &network,
                                    .count = 5,
                                    .payments_per_s = 1,
                                    .batch_ns = 100 * MS,
                                    .duration_ns = HST_SECOND_NS,
                                    .memory = hst_os_memory()};
    hst_study_options bad[5] = {good, good, good, good, good};
    bad[0].payments_per_s = 0;
    bad[1].batch_ns = 0;
    bad[2].duration_ns = 900 * MS;
    bad[3].count = 4;
    bad[4].network = NULL;
    hst_study_outcome outcome;
    assert_int_equal(hst_study_run(&good, &outcome), HST_OK);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(hst_study_run(&bad[i], &outcome), HST_INVALID);
    }
}

/* ---- saturation ------------------------------------------------------------------------------ */

/* What a system is made of. */
typedef struct made_of {
    const hst_consensus_protocol *protocol;
    int64_t command_ns; /* a payment's work on a processor */
    uint64_t bits;      /* of a card */
    uint32_t count;
} made_of;

static hst_study_outcome push(made_of m, uint32_t load)
{
    const hst_network_options network = {.count = m.count,
                                         .region_count = 1,
                                         .base_ns = base_ns,
                                         .up_bits_per_second = m.bits,
                                         .down_bits_per_second = m.bits,
                                         .keep_order = true};
    const hst_study_options options = {.protocol = m.protocol,
                                       .network = &network,
                                       .costs = {.command_ns = m.command_ns},
                                       .count = m.count,
                                       .payments_per_s = load,
                                       .payment_bytes = 500,
                                       .body_bytes = 50000,
                                       .batch_ns = 10 * MS,
                                       .duration_ns = 20 * HST_SECOND_NS,
                                       .seed = 1,
                                       .memory = hst_os_memory()};
    hst_study_outcome outcome;
    assert_int_equal(hst_study_run(&options, &outcome), HST_OK);
    assert_null(outcome.violation.check);
    return outcome;
}

/* `most` a second is what it can carry: latency rises before, more is not carried, and twice the
 * resource carries twice as much. */
static void it_saturates_at(made_of m, made_of twice, double most)
{
    const hst_study_outcome low = push(m, (uint32_t)(0.1 * most));
    const hst_study_outcome high = push(m, (uint32_t)(0.8 * most));
    const hst_study_outcome full = push(m, (uint32_t)(1.5 * most));
    const hst_study_outcome over = push(m, (uint32_t)(3 * most));
    const hst_study_outcome faster = push(twice, (uint32_t)(3 * most));
    assert_true(low.payments_per_s > 0.09 * most);
    assert_true(high.payments_per_s > 0.78 * most);
    assert_true(full.payments_per_s > 0.85 * most && full.payments_per_s < 1.05 * most);
    assert_true(over.payments_per_s > 0.85 * most && over.payments_per_s < 1.05 * most);
    assert_true(high.p50_ns > low.p50_ns);
    assert_true(over.p50_ns > 10 * low.p50_ns);
    assert_true(faster.payments_per_s > 1.8 * most && faster.payments_per_s < 2.1 * most);
}

static void a_processor_that_is_full_is_the_limit_and_a_faster_one_moves_it(void **state)
{
    (void)state;
    static const hst_consensus_protocol *const protocols[] = {
        &hst_protocol_rtgs, &hst_protocol_raft, &hst_protocol_pbft};
    for (size_t p = 0; p < 3; p++) {
        const made_of slow = {.protocol = protocols[p], .command_ns = 1 * MS, .count = 4};
        made_of fast = slow;
        fast.command_ns = MS / 2;
        it_saturates_at(slow, fast, 1000);
        assert_true(push(slow, 1500).busiest > 0.95);
        assert_true(push(slow, 100).busiest < 0.11);
    }
}

/* The leader's card carries each payment to everyone else: n - 1 times 4,000 bits. */
static void
a_leaders_card_that_is_full_is_the_limit_and_it_falls_as_replicas_are_added(void **state)
{
    (void)state;
    static const hst_consensus_protocol *const protocols[] = {&hst_protocol_raft,
                                                              &hst_protocol_pbft};
    for (size_t p = 0; p < 2; p++) {
        const made_of four = {.protocol = protocols[p], .bits = 12000000, .count = 4};
        made_of wider = four;
        wider.bits = 24000000;
        it_saturates_at(four, wider, 1000);
        assert_true(push(four, 3000).card > 0.95);
    }
    made_of many = {.protocol = &hst_protocol_raft, .bits = 12000000};
    for (many.count = 4; many.count <= 31; many.count = 2 * many.count - 1) {
        const double most = 3000.0 / (many.count - 1);
        const double carried = push(many, (uint32_t)(2 * most)).payments_per_s;
        assert_true(carried > 0.85 * most && carried < 1.05 * most);
    }
}

static void bytes_of_payments_are_charged_to_links_whoever_carries_them(void **state)
{
    (void)state;
    size_t count = 0;
    const hst_consensus_protocol *const *all = hst_consensus_protocols(&count);
    for (size_t p = 0; p < count; p++) {
        const int64_t slow = 1 + (all[p]->pace_ns + all[p]->settle_ns / 6) / HST_SECOND_NS;
        const hst_network_options network = {.count = 4, .region_count = 1, .base_ns = base_ns};
        const hst_study_options options = {.protocol = all[p],
                                           .network = &network,
                                           .count = 4,
                                           .payments_per_s = 100,
                                           .payment_bytes = 500,
                                           .batch_ns = 100 * MS * slow,
                                           .duration_ns = 60 * HST_SECOND_NS * slow,
                                           .seed = 1,
                                           .memory = hst_os_memory()};
        hst_study_outcome outcome;
        assert_int_equal(hst_study_run(&options, &outcome), HST_OK);
        assert_null(outcome.violation.check);
        assert_true((double)outcome.decided > 0.95 * (double)outcome.offered);
        /* To three others at least once; SCP's nominators bring up the same payments. */
        assert_true(outcome.bytes > 3 * 500 && outcome.bytes < 6 * 500);
    }
}

static void a_table_of_costs_is_read_and_what_is_wrong_with_it_is_named(void **state)
{
    (void)state;
    static const char good[] = "# note\nitem,ns,origin\nmessage,1,a\nverify,20,b\nsign,3,c\n"
                               "kilobyte,4,d\ntransfer,5,e\nwrite,6,f\n";
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"item,ns\nmessage,1\n", "no row for verify"},
        {"item,ns\nmessage,1\nmessage,2\n", "costs.csv:3"},
        {"item,ns\ncoffee,1\n", "\"coffee\""},
        {"item,ns\nmessage,-1\n", "costs.csv:2"},
        {"item\nmessage\n", "ns"},
        {"", "costs.csv"},
    };
    hst_cluster_costs costs;
    hst_error error = {0};
    hst_arena arena;
    hst_arena_init(&arena, hst_os_memory(), 1 << 16);
    assert_int_equal(hst_costs_load("costs.csv", good, strlen(good), &arena, &costs, &error),
                     HST_OK);
    assert_int_equal(costs.message_ns, 1);
    assert_int_equal(costs.command_ns, 25); /* the payer's signature is checked, too */
    assert_int_equal(costs.write_ns, 6);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[512];
        hst_error_clear(&error);
        assert_int_not_equal(
            hst_costs_load("costs.csv", bad[i].text, strlen(bad[i].text), &arena, &costs, &error),
            HST_OK);
        assert_true(hst_error_print(&error, text, sizeof text) > 0);
        assert_non_null(strstr(text, bad[i].says));
    }
    hst_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(below_what_it_can_a_protocol_carries_what_is_offered),
        cmocka_unit_test(above_what_it_can_it_carries_that_and_payments_wait),
        cmocka_unit_test(without_its_leader_an_operator_stands_and_raft_goes_on),
        cmocka_unit_test(shares_of_finality_rise_and_hold_the_median_and_the_most),
        cmocka_unit_test(the_time_line_holds_everything_decided_and_shows_the_gap),
        cmocka_unit_test(recovery_is_counted_from_the_end_of_the_fault),
        cmocka_unit_test(the_cluster_can_be_looked_at_before_it_goes),
        cmocka_unit_test(every_fault_set_is_survived_within_what_is_tolerated),
        cmocka_unit_test(after_every_fault_set_every_protocol_decides_all_that_was_offered),
        cmocka_unit_test(what_a_silent_replica_was_handed_is_handed_on_to_the_next),
        cmocka_unit_test(studies_that_make_no_sense_are_refused),
        cmocka_unit_test(a_processor_that_is_full_is_the_limit_and_a_faster_one_moves_it),
        cmocka_unit_test(
            a_leaders_card_that_is_full_is_the_limit_and_it_falls_as_replicas_are_added),
        cmocka_unit_test(bytes_of_payments_are_charged_to_links_whoever_carries_them),
        cmocka_unit_test(a_table_of_costs_is_read_and_what_is_wrong_with_it_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
