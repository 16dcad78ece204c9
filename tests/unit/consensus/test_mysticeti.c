/* Mysticeti-C: clusters when all is well, and when they run into trouble. */
#include "core/consensus/mysticeti/machine.h"
#include "core/consensus/mysticeti/mysticeti.h"

#include "sim/consensus/fault.h"

#include "tests/unit/consensus/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const hst_consensus_protocol *const protocol = &hst_protocol_mysticeti;

enum { LEADERS = 0, PIPELINED, LEADER_WAIT, FETCH, WINDOW, PARAMETERS };

static const int64_t small_window[PARAMETERS] = {2, 1, 1000 * MS, 250 * MS, 64};

static hst_cluster_report measured(const test_cluster *test)
{
    hst_cluster_report report;
    hst_cluster_measure(test->cluster, &report);
    return report;
}

/* Leaders' blocks that deliver nothing else may be committed by some and not yet by others when all
 * come to rest: two rounds of two. */
enum { TAIL = 4 };

/* Everything submitted is decided, and everyone running has committed it. */
static void all_is_well(const test_cluster *test, uint64_t batches)
{
    const hst_cluster_report report = measured(test);
    assert_int_equal(test_decided(test), batches);
    assert_true(report.committed_all + TAIL >= report.decided);
}

/* ---- when all is well ---------------------------------------------------------------------- */

static void it_keeps_the_contract_of_all_protocols(void **state)
{
    (void)state;
    test_contract(protocol, 4, true);
}

static uint64_t rounds_of(const test_cluster *test)
{
    hst_consensus_view view;
    hst_cluster_view(test->cluster, 0, &view);
    return view.vote_view;
}

static void a_round_takes_a_message_from_each_to_each(void **state)
{
    (void)state;
    static const uint32_t counts[] = {4, 7, 10, 16};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        enum { BATCHES = 10 };
        const uint32_t n = counts[i];
        test_cluster test;
        test_plan(&test, protocol, n, 1);
        test_make(&test);
        test_run(&test, 2000 * MS); /* the questions of the start are over */
        const hst_cluster_report before = measured(&test);
        assert_int_equal(before.by_kind[HST_MYSTICETI_KIND_BLOCK], 0);
        test_load(&test, BATCHES, 500 * MS);
        test_run(&test, 20 * HST_SECOND_NS);
        const hst_cluster_report report = measured(&test);
        const uint64_t rounds = rounds_of(&test);
        assert_int_equal(report.by_kind[HST_MYSTICETI_KIND_BLOCK], rounds * n * (n - 1));
        assert_int_equal(report.messages - before.messages, rounds * n * (n - 1));
        /* A round for the batch, one to vote, one to decide, and one more because the blocks of
         * who does not lead are delivered by the leaders of the round after; another one when
         * these did not cite a block that came after a quorum of others. */
        assert_in_range(rounds, BATCHES * 4, BATCHES * 5);
        all_is_well(&test, BATCHES);
        test_end(&test);
    }
}

static void a_leader_s_block_is_committed_after_three_delays(void **state)
{
    (void)state;
    static const uint32_t counts[] = {4, 7, 10};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        test_cluster test;
        test_plan(&test, protocol, counts[i], 1);
        test.network.jitter_ns = 0;
        test.options.costs.write_ns = 0;
        test_make(&test);
        test_run(&test, 2000 * MS);
        test_load(&test, 1, 0);
        test_run(&test, 3000 * MS);
        int64_t first_ns = 0;
        hst_batch batch;
        assert_true(hst_cluster_decided(test.cluster, 1, NULL, &batch, &first_ns));
        assert_int_equal(batch.id, 1);
        assert_int_equal(first_ns, 2030 * MS);
        /* Heights 1 and 2 are the leaders of round 1; then come blocks of round 1 that the leaders
         * of round 2 deliver, a delay later. */
        assert_true(hst_cluster_decided(test.cluster, 3, NULL, &batch, &first_ns));
        assert_int_equal(batch.id, 1);
        assert_int_equal(first_ns, 2040 * MS);
        test_end(&test);
    }
}

static void any_number_of_replicas_decides(void **state)
{
    (void)state;
    static const uint32_t counts[] = {1, 2, 3, 4, 5, 6, 7, 10, 31};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        test_cluster test;
        test_plan(&test, protocol, counts[i], 3);
        test_make(&test);
        test_load(&test, 10, 30 * MS);
        test_run(&test, 10 * HST_SECOND_NS);
        all_is_well(&test, 10);
        test_end(&test);
    }
}

static void leaders_and_pipelining_are_parameters(void **state)
{
    (void)state;
    static const int64_t sets[][PARAMETERS] = {
        {1, 1, 1000 * MS, 250 * MS, 128},
        {1, 0, 1000 * MS, 250 * MS, 128},
        {4, 1, 1000 * MS, 250 * MS, 64},
        {8, 0, 1000 * MS, 250 * MS, 64},
    };
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        test_cluster test;
        test_plan(&test, protocol, 5, 3);
        test.options.parameters = sets[i];
        test_make(&test);
        test_load(&test, 50, 30 * MS);
        test_run(&test, 800 * MS);
        hst_cluster_crash(test.cluster, 1);
        test_run(&test, 30 * HST_SECOND_NS);
        all_is_well(&test, 50);
        test_end(&test);
    }
}

static void stake_counts_instead_of_heads(void **state)
{
    (void)state;
    static const uint64_t weights[] = {40, 10, 10, 20, 20}; /* quorum 67: 40 and 20 and 10 */
    test_cluster test;
    test_plan(&test, protocol, 5, 3);
    test.membership.weights = weights;
    test.membership.total = 100;
    test_make(&test);
    hst_cluster_crash(test.cluster, 3);
    hst_cluster_crash(test.cluster, 1);
    test_load(&test, 20, 30 * MS);
    test_run(&test, 10 * HST_SECOND_NS);
    all_is_well(&test, 20);
    hst_cluster_restart(test.cluster, 3, true);
    hst_cluster_restart(test.cluster, 1, true);
    hst_cluster_crash(test.cluster, 0);
    const uint64_t before = measured(&test).decided;
    test_load(&test, 20, 30 * MS);
    test_run(&test, 30 * HST_SECOND_NS);
    assert_true(measured(&test).decided <= before + 1000);
    assert_int_equal(test_decided(&test), 20); /* 60 are not enough */
    hst_cluster_restart(test.cluster, 0, true);
    test_run(&test, 60 * HST_SECOND_NS);
    all_is_well(&test, 40);
    test_end(&test);
}

static void nothing_is_sent_at_rest(void **state)
{
    (void)state;
    test_cluster test;
    test_plan(&test, protocol, 7, 1);
    test_make(&test);
    test_load(&test, 5, 20 * MS);
    test_run(&test, 5 * HST_SECOND_NS);
    all_is_well(&test, 5);
    const uint64_t messages = measured(&test).messages;
    test_run(&test, 3600 * HST_SECOND_NS);
    assert_int_equal(measured(&test).messages, messages);
    test_load(&test, 5, 20 * MS);
    test_run(&test, 3605 * HST_SECOND_NS);
    all_is_well(&test, 10);
    test_end(&test);
}

static void skewed_clocks_do_no_harm(void **state)
{
    (void)state;
    static const int64_t offsets[] = {0, 50000 * MS, 3 * MS, 777 * MS};
    static const int32_t drifts[] = {0, 200, -200, 100};
    test_cluster test;
    test_plan(&test, protocol, 4, 1);
    test.options.clock_offset_ns = offsets;
    test.options.clock_drift_ppm = drifts;
    test_make(&test);
    hst_cluster_crash(test.cluster, 2);
    test_load(&test, 50, 20 * MS);
    test_run(&test, 20 * HST_SECOND_NS);
    all_is_well(&test, 50);
    test_end(&test);
}

/* ---- crashes ------------------------------------------------------------------------------- */

static void a_leader_that_crashed_is_waited_for_once(void **state)
{
    (void)state;
    test_cluster test;
    test_plan(&test, protocol, 4, 1);
    test_make(&test);
    test_load(&test, 100, 50 * MS);
    test_run(&test, 1000 * MS);
    hst_cluster_crash(test.cluster, 1);
    test_run(&test, 5000 * MS + 1300 * MS); /* a leader wait and some rounds */
    all_is_well(&test, 100);
    hst_consensus_view view;
    hst_cluster_view(test.cluster, 0, &view);
    assert_true(view.view_changes > 0); /* its slots were skipped */
    test_end(&test);
}

static void f_silent_replicas_stop_nothing(void **state)
{
    (void)state;
    static const struct {
        uint32_t count, silent;
    } cases[] = {{4, 1}, {7, 2}, {10, 3}, {13, 4}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        test_cluster test;
        test_plan(&test, protocol, cases[i].count, 5);
        test_make(&test);
        test_run(&test, 500 * MS);
        for (uint32_t s = 0; s < cases[i].silent; s++) {
            hst_cluster_crash(test.cluster, 2 * s);
        }
        test_load(&test, 20, 20 * MS);
        test_run(&test, 10 * HST_SECOND_NS);
        all_is_well(&test, 20);
        /* One more, and nothing is decided. */
        hst_cluster_crash(test.cluster, 1);
        const uint64_t decided = measured(&test).decided;
        test_load(&test, 5, 20 * MS);
        test_run(&test, 15 * HST_SECOND_NS);
        assert_int_equal(measured(&test).decided, decided);
        hst_cluster_restart(test.cluster, 1, true);
        test_run(&test, 40 * HST_SECOND_NS);
        all_is_well(&test, 25);
        test_end(&test);
    }
}

static void all_may_crash_at_once(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        test_cluster test;
        test_plan(&test, protocol, 5, seed);
        test_make(&test);
        test_load(&test, 200, 10 * MS);
        for (int64_t life = 1; life <= 5; life++) {
            test_run(&test, 307 * MS * life);
            for (uint32_t i = 0; i < 5; i++) {
                hst_cluster_crash(test.cluster, i);
            }
            for (uint32_t i = 0; i < 5; i++) {
                hst_cluster_restart(test.cluster, i, true);
            }
        }
        test_run(&test, 40 * HST_SECOND_NS);
        all_is_well(&test, 200);
        assert_int_equal(measured(&test).evidence, 0);
        test_end(&test);
    }
}

/* A slow disk, so that crashes tear records off: a record may be forgotten only when the one that
 * supersedes it is durable. */
static void torn_records_are_made_again(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        test_cluster test;
        test_plan(&test, protocol, 4, seed);
        test.options.parameters = small_window;
        test.options.costs.write_ns = 20 * MS;
        test_make(&test);
        test_load(&test, 200, 25 * MS);
        for (uint32_t life = 1; life <= 60; life++) {
            const uint32_t victim = life % 4;
            test_run(&test, hst_cluster_now(test.cluster) + 137 * MS);
            hst_cluster_crash(test.cluster, victim);
            hst_cluster_restart(test.cluster, victim, true);
        }
        test_run(&test, 40 * HST_SECOND_NS);
        all_is_well(&test, 200);
        assert_int_equal(measured(&test).evidence, 0);
        test_end(&test);
    }
}

static void one_that_lost_its_disk_catches_up_and_does_not_contradict_itself(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        test_cluster test;
        test_plan(&test, protocol, 4, seed);
        test_make(&test);
        test_load(&test, 100, 20 * MS);
        test_run(&test, 700 * MS);
        hst_cluster_crash(test.cluster, 2);
        test_run(&test, 800 * MS);
        hst_cluster_restart(test.cluster, 2, false);
        test_run(&test, 30 * HST_SECOND_NS);
        all_is_well(&test, 100);
        assert_int_equal(measured(&test).evidence, 0);
        hst_consensus_view view;
        hst_cluster_view(test.cluster, 2, &view);
        assert_true(view.vote_view > 100); /* it takes part again */
        test_end(&test);
    }
}

static void one_cut_off_for_a_while_fetches_blocks(void **state)
{
    (void)state;
    test_cluster test;
    test_plan(&test, protocol, 4, 2);
    test_make(&test);
    test_load(&test, 100, 20 * MS);
    test_run(&test, 600 * MS);
    for (uint32_t other = 0; other < 3; other++) {
        hst_network_cut(hst_cluster_network(test.cluster), 3, other, true);
        hst_network_cut(hst_cluster_network(test.cluster), other, 3, true);
    }
    test_run(&test, 1000 * MS);
    hst_network_heal(hst_cluster_network(test.cluster));
    test_run(&test, 30 * HST_SECOND_NS);
    all_is_well(&test, 100);
    const hst_cluster_report report = measured(&test);
    assert_true(report.by_kind[HST_MYSTICETI_KIND_COPY] > 0);
    assert_int_equal(report.by_kind[HST_MYSTICETI_KIND_STATE], 0);
    test_end(&test);
}

static void one_far_behind_takes_over_the_state(void **state)
{
    (void)state;
    for (int disk = 0; disk < 2; disk++) {
        for (uint64_t seed = 1; seed <= 5; seed++) {
            test_cluster test;
            test_plan(&test, protocol, 4, seed);
            test.options.parameters = small_window;
            test_make(&test);
            test_load(&test, 400, 20 * MS);
            test_run(&test, 500 * MS);
            hst_cluster_crash(test.cluster, 3);
            test_run(&test, 5000 * MS);
            hst_cluster_restart(test.cluster, 3, disk == 1);
            test_run(&test, 40 * HST_SECOND_NS);
            all_is_well(&test, 400);
            assert_true(measured(&test).by_kind[HST_MYSTICETI_KIND_STATE] > 0);
            test_end(&test);
        }
    }
}

/* After a quiet end nobody sends anything: who comes back asks. */
static void one_that_comes_back_to_a_resting_cluster_catches_up(void **state)
{
    (void)state;
    for (int disk = 0; disk < 2; disk++) {
        test_cluster test;
        test_plan(&test, protocol, 4, 4);
        test.options.parameters = small_window;
        test_make(&test);
        test_load(&test, 300, 20 * MS);
        test_run(&test, 500 * MS);
        hst_cluster_crash(test.cluster, 0);
        test_run(&test, 20 * HST_SECOND_NS);
        hst_cluster_restart(test.cluster, 0, disk == 1);
        test_run(&test, 40 * HST_SECOND_NS);
        const hst_cluster_report report = measured(&test);
        assert_int_equal(test_decided(&test), 300);
        /* To the last cut at least; what is behind it is decided with the next batch. */
        assert_true(report.committed_all + 64 > report.decided);
        test_load(&test, 1, 0);
        test_run(&test, 60 * HST_SECOND_NS);
        all_is_well(&test, 301);
        test_end(&test);
    }
}

/* ---- networks that part -------------------------------------------------------------------- */

static void partitioned(uint32_t count, uint32_t left, bool progress)
{
    test_cluster test;
    test_plan(&test, protocol, count, 6);
    test_make(&test);
    test_load(&test, 100, 50 * MS);
    test_run(&test, 1000 * MS);
    for (uint32_t a = 0; a < left; a++) {
        for (uint32_t b = left; b < count; b++) {
            hst_network_cut(hst_cluster_network(test.cluster), a, b, true);
            hst_network_cut(hst_cluster_network(test.cluster), b, a, true);
        }
    }
    test_run(&test, 1100 * MS); /* what was under way */
    hst_consensus_view before, after;
    hst_cluster_view(test.cluster, 0, &before);
    const uint64_t decided = measured(&test).decided;
    test_run(&test, 4000 * MS);
    hst_cluster_view(test.cluster, 0, &after);
    assert_int_equal(after.commit_height, before.commit_height); /* 0 is in the smaller part */
    if (progress) {
        assert_true(measured(&test).decided > decided);
    } else {
        assert_int_equal(measured(&test).decided, decided);
    }
    hst_network_heal(hst_cluster_network(test.cluster));
    test_run(&test, 60 * HST_SECOND_NS);
    all_is_well(&test, 100);
    test_end(&test);
}

static void a_minority_commits_nothing_and_agrees_after_healing(void **state)
{
    (void)state;
    partitioned(4, 2, false);
    partitioned(10, 5, false);
    partitioned(7, 2, true);
    partitioned(4, 1, true);
}

static void storms_do_no_harm(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        test_cluster test;
        const uint32_t count = seed % 2 == 0 ? 4 : 7;
        test_plan(&test, protocol, count, seed);
        test.options.parameters = seed % 3 == 0 ? small_window : NULL;
        test_make(&test);
        test_load(&test, 60, 150 * MS);
        test_storm(&test, seed, (count - 1) / 3, 10 * HST_SECOND_NS, 40 * HST_SECOND_NS);
        all_is_well(&test, 60);
        assert_int_equal(measured(&test).evidence, 0);
        test_end(&test);
    }
}

static void storms_beyond_f_cost_time_and_nothing_else(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        test_cluster test;
        test_plan(&test, protocol, 5, seed);
        test.network.loss_ppm = 20000;
        test_make(&test);
        test_load(&test, 60, 150 * MS);
        test_storm(&test, seed, 4, 10 * HST_SECOND_NS, 60 * HST_SECOND_NS);
        assert_int_equal(test_decided(&test), 60);
        test_end(&test);
    }
}

/* ---- equivocation -------------------------------------------------------------------------- */

/* Two machines with one identity: the first is offered batches and speaks to the lower half, the
 * second is offered nothing and speaks to the upper half. Both hear everything. */
enum { TWIN_EFFECTS = 8192, TWIN_BYTES = 8 << 20, TWIN_TIMERS = 8 };
static hst_effect twin_list[TWIN_EFFECTS];
static uint8_t twin_bytes[TWIN_BYTES];

typedef struct twins {
    hst_consensus_config config;
    size_t size;
} twins;

static void *twin_state(void *state, int which)
{
    twins *t = state;
    return (uint8_t *)state + 256 + (size_t)which * t->size;
}

static size_t twins_size(const hst_consensus_config *config)
{
    return 256 + 2 * hst_protocol_mysticeti.state_size(config);
}

static hst_status twins_init(void *state, const hst_consensus_config *config)
{
    twins *t = state;
    t->config = *config;
    t->size = hst_protocol_mysticeti.state_size(config);
    const hst_status first = hst_protocol_mysticeti.init(twin_state(state, 0), config);
    return first != HST_OK ? first : hst_protocol_mysticeti.init(twin_state(state, 1), config);
}

static void copy_bytes(hst_effects *out, const hst_effect *e)
{
    hst_wire_begin(&out->wire, out->bytes + out->used, out->byte_capacity - out->used, false);
    hst_wire_bytes(&out->wire, twin_bytes + e->offset, e->size);
    out->wire.omitted = e->omitted;
}

static uint64_t pass_on(twins *t, int which, const hst_effects *inner, hst_effects *out)
{
    const uint32_t count = t->config.membership->count;
    uint64_t sequence = 0;
    for (uint32_t i = 0; i < inner->count; i++) {
        const hst_effect *e = &inner->list[i];
        if (e->kind == HST_EFFECT_PERSIST) {
            sequence = e->sequence;
        } else if (e->kind == HST_EFFECT_TIMER_SET) {
            hst_effects_timer_set(out, e->timer + (uint32_t)which * TWIN_TIMERS, e->deadline_ns);
        } else if (e->kind == HST_EFFECT_TAKE && which == 0) {
            hst_effects_take(out, e->batch);
        } else if (e->kind == HST_EFFECT_SEND) {
            copy_bytes(out, e);
            hst_effects_send(out, e->to, 0)->batch = e->batch;
        } else if (e->kind == HST_EFFECT_BROADCAST) {
            for (uint32_t to = 0; to < count; to++) {
                if (to != t->config.self && (to < count / 2) == (which == 0)) {
                    copy_bytes(out, e);
                    hst_effects_send(out, to, 0)->batch = e->batch;
                }
            }
        }
    }
    return sequence;
}

static void twins_step(void *state, const hst_consensus_input *input, hst_effects *effects)
{
    twins *t = state;
    for (int which = 0; which < 2; which++) {
        hst_consensus_input mine = *input;
        if (input->kind == HST_INPUT_TIMER) {
            if ((input->timer >= TWIN_TIMERS) != (which == 1)) {
                continue;
            }
            mine.timer = input->timer % TWIN_TIMERS;
        }
        for (uint64_t sequence = 1; sequence > 0;) {
            hst_effects inner = {.list = twin_list,
                                 .capacity = TWIN_EFFECTS,
                                 .bytes = twin_bytes,
                                 .byte_capacity = TWIN_BYTES};
            mine.offer = which == 0 && input->now_ns < 20000 * MS ? input->offer : (hst_batch){0};
            hst_protocol_mysticeti.step(twin_state(state, which), &mine, &inner);
            sequence = pass_on(t, which, &inner, effects);
            mine = (hst_consensus_input){
                .kind = HST_INPUT_PERSISTED, .now_ns = input->now_ns, .sequence = sequence};
        }
    }
}

static void twins_inspect(const void *state, hst_consensus_view *view)
{
    (void)state;
    *view = (hst_consensus_view){.leader = HST_CONSENSUS_NOBODY};
}

static uint64_t twins_digest(const void *state)
{
    (void)state;
    return 0;
}

static void equivocators_split_nothing(void **state)
{
    (void)state;
    static const struct {
        uint32_t count, twins;
    } cases[] = {{4, 1}, {7, 2}, {10, 3}};
    hst_consensus_protocol twin = hst_protocol_mysticeti;
    twin.state_size = twins_size;
    twin.init = twins_init;
    twin.step = twins_step;
    twin.inspect = twins_inspect;
    twin.digest = twins_digest;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (uint64_t seed = 1; seed <= 6; seed++) {
            const hst_consensus_protocol *others[10] = {NULL};
            test_cluster test;
            test_plan(&test, protocol, cases[i].count, seed);
            for (uint32_t b = 0; b < cases[i].twins; b++) {
                others[(seed + b) % cases[i].count] = &twin;
            }
            test.options.others = others;
            test.network.loss_ppm = seed % 2 == 0 ? 30000 : 0;
            test_make(&test);
            test_load(&test, 60, 40 * MS);
            test_run(&test, 120 * HST_SECOND_NS);
            assert_int_equal(test_decided(&test), 60);
            assert_true(measured(&test).evidence > 0);
            uint64_t heights[10], most = 0;
            for (uint32_t r = 0; r < cases[i].count; r++) {
                hst_consensus_view view;
                hst_cluster_view(test.cluster, r, &view);
                heights[r] = view.commit_height;
                most = heights[r] > most ? heights[r] : most;
            }
            for (uint32_t r = 0; r < cases[i].count; r++) {
                assert_true(others[r] != NULL || heights[r] + TAIL >= most);
            }
            test_end(&test);
        }
    }
}

/* ---- hostile bytes ------------------------------------------------------------------------- */

/* Half of its blocks cite a block that does not exist, or are cited by its next one while nobody
 * has them: they wait for ever, more of them than there are places, and the others lose messages
 * all the while. (Storm of seed 159, made smaller.) */
static void one_that_garbles_does_not_crowd_out_what_was_lost(void **state)
{
    (void)state;
    static const hst_fault faults[] = {
        {.kind = HST_FAULT_GARBLE, .replica = 2},
        {.kind = HST_FAULT_LOSS,
         .replica = HST_CONSENSUS_NOBODY,
         .from_ns = 6 * HST_SECOND_NS,
         .until_ns = 10 * HST_SECOND_NS,
         .amount_ns = 170000},
    };
    static const int64_t large_window[PARAMETERS] = {2, 1, 1000 * MS, 250 * MS, 512};
    for (uint64_t seed = 1; seed <= 4; seed++) {
        test_cluster test;
        test_plan(&test, protocol, 4, seed);
        test.options.parameters = large_window;
        test_make(&test);
        assert_int_equal(hst_fault_schedule(test.cluster, faults, 2), HST_OK);
        test_load(&test, 100, 100 * MS);
        test_run(&test, 60 * HST_SECOND_NS);
        assert_int_equal(test_decided(&test), 100);
        test_end(&test);
    }
}

enum { HAND = 4, HAND_BYTES = 1 << 16, HAND_EFFECTS = 256 };

/* Give a machine a block of a round that cites three blocks of the round before by id; its own id.
 */
static hst_hash hand_block(
    void *machine, uint32_t author, uint64_t round, uint64_t batch, const hst_hash cited[HAND])
{
    static hst_effect list[HAND_EFFECTS];
    static uint8_t out[HAND_BYTES];
    uint8_t bytes[1024];
    hst_wire wire;
    hst_effects effects = {
        .list = list, .capacity = HAND_EFFECTS, .bytes = out, .byte_capacity = HAND_BYTES};
    hst_wire_begin(&wire, bytes, sizeof bytes, false);
    hst_wire_u8(&wire, HST_MYSTICETI_KIND_BLOCK);
    hst_wire_u8(&wire, 0);
    hst_mysticeti_write_head(&wire, author, round, (hst_batch){.id = batch, .size = 1, .count = 1},
                             round > 1 ? HAND - 1 : 0);
    for (uint32_t a = 1; round > 1 && a < HAND; a++) {
        hst_mysticeti_write_reference(
            &wire, round,
            &(hst_mysticeti_reference){.round = round - 1, .author = a, .id = cited[a]});
    }
    const hst_consensus_input input = {
        .kind = HST_INPUT_MESSAGE, .from = author, .bytes = bytes, .size = wire.at};
    hst_protocol_mysticeti.step(machine, &input, &effects);
    return hst_blake2b(bytes + HST_MYSTICETI_BODY_AT, wire.at - HST_MYSTICETI_BODY_AT);
}

/* Replica 3 takes every place for blocks that wait, with blocks that wait for ever. One of replica
 * 1 that waits for an ancestor still finds a place, and gets into the graph when that comes. */
static void who_has_most_blocks_waiting_gives_way(void **state)
{
    (void)state;
    const hst_membership membership = {.count = HAND, .total = HAND};
    const hst_consensus_config config = {.membership = &membership};
    const size_t size = hst_protocol_mysticeti.state_size(&config);
    hst_mysticeti_machine *m = aligned_alloc(64, (size + 63) / 64 * 64);
    hst_hash first[HAND] = {{{0}}};
    const hst_hash nowhere[HAND] = {{{1}}, {{2}}, {{3}}, {{4}}};
    assert_non_null(m);
    memset(m, 0, size);
    assert_int_equal(hst_protocol_mysticeti.init(m, &config), HST_OK);
    first[1] = hand_block(m, 1, 1, 11, NULL);
    first[3] = hand_block(m, 3, 1, 13, NULL);
    for (uint64_t lie = 0; lie < 2 * (uint64_t)m->parked_max; lie++) {
        (void)hand_block(m, 3, 2 + lie % 4, 100 + lie, nowhere);
    }
    assert_int_equal(m->parked_count, m->parked_max);
    assert_int_equal(m->accepted, 2);
    /* The name of replica 2's block, from a machine that has it. */
    hst_mysticeti_machine *other = aligned_alloc(64, (size + 63) / 64 * 64);
    assert_non_null(other);
    memset(other, 0, size);
    assert_int_equal(hst_protocol_mysticeti.init(other, &config), HST_OK);
    first[2] = hand_block(other, 2, 1, 12, NULL);
    (void)hand_block(m, 1, 2, 21, first);
    assert_int_equal(m->accepted, 2);
    (void)hand_block(m, 2, 1, 12, NULL);
    assert_int_equal(m->accepted, 4);
    free(other);
    free(m);
}

/* Replica 3 makes up a cut at height 1,000,000 for one that is behind: f + 1 must vouch for it. */
static void one_liar_cannot_make_up_a_state(void **state)
{
    (void)state;
    test_cluster test;
    test_plan(&test, protocol, 4, 1);
    test_make(&test);
    test_load(&test, 20, 20 * MS);
    test_run(&test, 200 * MS);
    uint8_t bytes[256];
    for (uint32_t again = 0; again < 3; again++) {
        hst_wire wire;
        hst_wire_begin(&wire, bytes, sizeof bytes, false);
        hst_wire_u8(&wire, HST_MYSTICETI_KIND_STATE);
        hst_wire_u64(&wire, 4000);
        hst_wire_u64(&wire, 1000000);
        hst_wire_hash(&wire, &(hst_hash){{1}});
        hst_wire_u32(&wire, 0);
        hst_cluster_inject(test.cluster, 3, 0, bytes, wire.at);
    }
    test_run(&test, 10 * HST_SECOND_NS);
    all_is_well(&test, 20);
    test_end(&test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_keeps_the_contract_of_all_protocols),
        cmocka_unit_test(a_round_takes_a_message_from_each_to_each),
        cmocka_unit_test(a_leader_s_block_is_committed_after_three_delays),
        cmocka_unit_test(any_number_of_replicas_decides),
        cmocka_unit_test(leaders_and_pipelining_are_parameters),
        cmocka_unit_test(stake_counts_instead_of_heads),
        cmocka_unit_test(nothing_is_sent_at_rest),
        cmocka_unit_test(skewed_clocks_do_no_harm),
        cmocka_unit_test(a_leader_that_crashed_is_waited_for_once),
        cmocka_unit_test(f_silent_replicas_stop_nothing),
        cmocka_unit_test(all_may_crash_at_once),
        cmocka_unit_test(torn_records_are_made_again),
        cmocka_unit_test(one_that_lost_its_disk_catches_up_and_does_not_contradict_itself),
        cmocka_unit_test(one_cut_off_for_a_while_fetches_blocks),
        cmocka_unit_test(one_far_behind_takes_over_the_state),
        cmocka_unit_test(one_that_comes_back_to_a_resting_cluster_catches_up),
        cmocka_unit_test(a_minority_commits_nothing_and_agrees_after_healing),
        cmocka_unit_test(storms_do_no_harm),
        cmocka_unit_test(storms_beyond_f_cost_time_and_nothing_else),
        cmocka_unit_test(equivocators_split_nothing),
        cmocka_unit_test(one_that_garbles_does_not_crowd_out_what_was_lost),
        cmocka_unit_test(who_has_most_blocks_waiting_gives_way),
        cmocka_unit_test(one_liar_cannot_make_up_a_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
