/* What HotStuff and Jolteon share, for both: the contract, counts, faults, partitions, catching up
 * and restarts. */
#include "core/consensus/hotstuff/hotstuff.h"
#include "core/consensus/jolteon/jolteon.h"

#include "sim/base/os_memory.h"
#include "sim/consensus/chaos.h"

#include "tests/unit/consensus/one_machine.h"

static const hst_consensus_protocol *const both[] = {&hst_protocol_hotstuff, &hst_protocol_jolteon};

/* Empty blocks after the last batch until everyone knows that it is decided. */
static uint64_t tail_of(const hst_consensus_protocol *protocol)
{
    return protocol == &hst_protocol_hotstuff ? 3 : 2;
}

static void standard(const hst_consensus_protocol *protocol, int64_t *parameters)
{
    for (uint32_t p = 0; p < protocol->parameter_count; p++) {
        parameters[p] = protocol->parameters[p].standard;
    }
}

static hst_cluster_report report_of(const test_cluster *test)
{
    hst_cluster_report report;
    hst_cluster_measure(test->cluster, &report);
    return report;
}

/* ---- the contract and storms ---------------------------------------------------------------- */

static void they_keep_the_contract_of_all_protocols(void **state)
{
    (void)state;
    for (int p = 0; p < 2; p++) {
        test_contract(both[p], 4, true);
        test_contract(both[p], 1, true);
        test_contract(both[p], 7, true);
    }
}

static void storms_within_what_is_tolerated_end_well(void **state)
{
    (void)state;
    for (int p = 0; p < 2; p++) {
        for (uint64_t seed = 1; seed <= 40; seed++) {
            const hst_chaos_options options = {
                .protocol = both[p], .seed = seed, .memory = hst_os_memory()};
            hst_chaos_outcome outcome;
            assert_int_equal(hst_chaos_run(&options, &outcome), HST_OK);
            if (outcome.violation.check != NULL) {
                fail_msg("%s, seed %d: %s", both[p]->name, (int)seed, outcome.violation.text);
            }
            assert_true(outcome.live);
        }
    }
}

static void crashes_and_cuts_within_f_do_no_harm(void **state)
{
    (void)state;
    const uint32_t counts[] = {4, 7};
    for (int p = 0; p < 2; p++) {
        for (uint64_t seed = 1; seed <= 20; seed++) {
            const uint32_t count = counts[seed % 2];
            test_cluster test;
            test_plan(&test, both[p], count, seed);
            test_make(&test);
            test_load(&test, 60, 100 * MS);
            test_storm(&test, seed, (count - 1) / 3, 10 * HST_SECOND_NS, 120 * HST_SECOND_NS);
            assert_int_equal(test_decided(&test), 60);
            test_end(&test);
        }
    }
}

/* ---- counts --------------------------------------------------------------------------------- */

static void a_view_takes_two_messages_for_each_other_replica(void **state)
{
    (void)state;
    enum { BATCHES = 25 };
    const uint32_t counts[] = {1, 2, 4, 5, 7, 10, 16, 31, 64};
    for (int p = 0; p < 2; p++) {
        for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
            test_cluster test;
            test_plan(&test, both[p], counts[c], 1);
            test_make(&test);
            test_load(&test, BATCHES, 0);
            test_run(&test, 20 * HST_SECOND_NS);
            assert_int_equal(test_decided(&test), BATCHES);
            const hst_cluster_report report = report_of(&test);
            const uint64_t views = BATCHES + tail_of(both[p]);
            assert_int_equal(report.by_kind[HST_CHAIN_PROPOSAL], views * (counts[c] - 1));
            assert_int_equal(report.by_kind[HST_CHAIN_VOTE], views * (counts[c] - 1));
            assert_int_equal(report.by_kind[HST_CHAIN_TIMEOUT], 0);
            assert_int_equal(report.by_kind[HST_CHAIN_WAKE], 0);
            assert_int_equal(report.duplicates, 0);
            test_end(&test);
        }
    }
}

static void a_stable_leader_takes_as_many_and_stays_until_a_timeout(void **state)
{
    (void)state;
    for (int p = 0; p < 2; p++) {
        int64_t parameters[HST_CHAIN_PARAMETER_COUNT];
        standard(both[p], parameters);
        parameters[HST_CHAIN_STABLE_LEADER] = 1;
        test_cluster test;
        test_plan(&test, both[p], 7, 1);
        test.options.parameters = parameters;
        test_make(&test);
        test_load(&test, 30, 0);
        test_run(&test, 10 * HST_SECOND_NS);
        assert_int_equal(test_decided(&test), 30);
        const hst_cluster_report report = report_of(&test);
        const uint64_t views = 30 + tail_of(both[p]);
        assert_int_equal(report.by_kind[HST_CHAIN_PROPOSAL] + report.by_kind[HST_CHAIN_VOTE],
                         views * 2 * 6);
        hst_consensus_view view;
        hst_cluster_view(test.cluster, 3, &view);
        assert_int_equal(view.leader, 0);
        hst_cluster_crash(test.cluster, 0);
        test_load(&test, 30, 0);
        test_run(&test, 30 * HST_SECOND_NS);
        assert_int_equal(test_decided(&test), 60);
        hst_cluster_view(test.cluster, 3, &view);
        assert_int_equal(view.leader, 1);
        test_end(&test);
    }
}

static void blocks_keep_their_least_distance(void **state)
{
    (void)state;
    for (int p = 0; p < 2; p++) {
        int64_t parameters[HST_CHAIN_PARAMETER_COUNT];
        standard(both[p], parameters);
        parameters[HST_CHAIN_MIN_BLOCK_DELAY_NS] = 100 * MS;
        test_cluster test;
        test_plan(&test, both[p], 4, 1);
        test.network.jitter_ns = 0;
        test.options.costs.write_ns = 0;
        test.options.parameters = parameters;
        test_make(&test);
        test_load(&test, 50, 0);
        test_run(&test, 60 * HST_SECOND_NS);
        assert_int_equal(test_decided(&test), 50);
        int64_t first_ns;
        int64_t last_ns;
        assert_true(hst_cluster_decided(test.cluster, 1, NULL, NULL, &first_ns));
        assert_true(hst_cluster_decided(test.cluster, 50, NULL, NULL, &last_ns));
        /* A leader waits from when it saw the last block, one delay after it was sent: 49 * 110. */
        assert_int_equal(last_ns - first_ns, INT64_C(5390) * MS);
        test_end(&test);
    }
}

static void at_rest_nothing_is_sent(void **state)
{
    (void)state;
    for (int p = 0; p < 2; p++) {
        test_cluster test;
        test_plan(&test, both[p], 7, 1);
        test_make(&test);
        test_load(&test, 5, 20 * MS);
        test_run(&test, 60 * HST_SECOND_NS);
        const uint64_t messages = report_of(&test).messages;
        test_run(&test, 3600 * HST_SECOND_NS);
        assert_int_equal(report_of(&test).messages, messages);
        test_load(&test, 1, 0);
        test_run(&test, 3601 * HST_SECOND_NS);
        assert_int_equal(test_decided(&test), 6);
        test_end(&test);
    }
}

/* ---- faults --------------------------------------------------------------------------------- */

static void f_silent_replicas_do_not_stop_them(void **state)
{
    (void)state;
    const uint32_t counts[] = {4, 5, 7, 10, 13, 40};
    for (int p = 0; p < 2; p++) {
        for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
            test_cluster test;
            test_plan(&test, both[p], counts[c], 1);
            test_make(&test);
            test_run(&test, 1);
            /* Side by side, so that others are left to lead one after another. */
            for (uint32_t f = 0; f < (counts[c] - 1) / 3; f++) {
                hst_cluster_crash(test.cluster, f);
            }
            test_load(&test, 10, 20 * MS);
            test_run(&test, 600 * HST_SECOND_NS);
            assert_int_equal(test_decided(&test), 10);
            test_end(&test);
        }
    }
}

static void one_silent_replica_more_stops_them(void **state)
{
    (void)state;
    for (int p = 0; p < 2; p++) {
        test_cluster test;
        test_plan(&test, both[p], 7, 1);
        test_make(&test);
        test_run(&test, 1);
        hst_cluster_crash(test.cluster, 2);
        hst_cluster_crash(test.cluster, 4);
        hst_cluster_crash(test.cluster, 6);
        test_load(&test, 10, 20 * MS);
        test_run(&test, 100 * HST_SECOND_NS);
        assert_int_equal(report_of(&test).decided, 0);
        hst_cluster_restart(test.cluster, 4, true);
        test_run(&test, 400 * HST_SECOND_NS);
        assert_int_equal(test_decided(&test), 10);
        test_end(&test);
    }
}

/* Messages that take most of a timeout: views end before they can succeed, until they grow. */
static void timeouts_grow_until_blocks_are_decided(void **state)
{
    (void)state;
    for (int p = 0; p < 2; p++) {
        test_cluster test;
        test_plan(&test, both[p], 4, 1);
        test.base_ns[0] = 900 * MS;
        test_make(&test);
        test_load(&test, 5, 100 * MS);
        test_run(&test, 300 * HST_SECOND_NS);
        assert_int_equal(test_decided(&test), 5);
        test_end(&test);
    }
}

static void cut(test_cluster *test, uint32_t group, bool is_cut)
{
    for (uint32_t a = 0; a < test->membership.count; a++) {
        for (uint32_t b = 0; b < test->membership.count; b++) {
            if ((group >> a & 1) != (group >> b & 1)) {
                hst_network_cut(hst_cluster_network(test->cluster), a, b, is_cut);
            }
        }
    }
}

static void without_a_quorum_on_either_side_nobody_commits(void **state)
{
    (void)state;
    for (int p = 0; p < 2; p++) {
        test_cluster test;
        test_plan(&test, both[p], 7, 3);
        test_make(&test);
        test_load(&test, 5, 20 * MS);
        test_run(&test, 5 * HST_SECOND_NS);
        const uint64_t decided = report_of(&test).decided;
        cut(&test, 0x7, true);
        test_load(&test, 20, 100 * MS);
        test_run(&test, 60 * HST_SECOND_NS);
        assert_int_equal(report_of(&test).decided, decided);
        cut(&test, 0x7, false);
        test_run(&test, 160 * HST_SECOND_NS);
        assert_int_equal(test_decided(&test), 25);
        assert_true(report_of(&test).committed_all >= 25);
        test_end(&test);
    }
}

static void a_minority_commits_nothing_and_follows_after_the_heal(void **state)
{
    (void)state;
    for (int p = 0; p < 2; p++) {
        test_cluster test;
        test_plan(&test, both[p], 7, 3);
        test_make(&test);
        test_run(&test, 1);
        cut(&test, 0x3, true);
        test_load(&test, 40, 100 * MS);
        test_run(&test, 100 * HST_SECOND_NS);
        assert_int_equal(test_decided(&test), 40);
        hst_consensus_view view;
        for (uint32_t i = 0; i < 2; i++) {
            hst_cluster_view(test.cluster, i, &view);
            assert_int_equal(view.commit_height, 0);
        }
        cut(&test, 0x3, false);
        test_reach(&test, 40, 150 * HST_SECOND_NS);
        test_end(&test);
    }
}

/* ---- restarts and catching up --------------------------------------------------------------- */

static void a_replica_that_lost_its_disk_catches_up(void **state)
{
    (void)state;
    for (int p = 0; p < 2; p++) {
        test_cluster test;
        test_plan(&test, both[p], 4, 1);
        test_make(&test);
        test_load(&test, 100, 20 * MS);
        test_run(&test, 700 * MS);
        hst_cluster_crash(test.cluster, 3);
        test_run(&test, 900 * MS);
        hst_cluster_restart(test.cluster, 3, false);
        test_run(&test, 60 * HST_SECOND_NS);
        assert_int_equal(test_decided(&test), 100);
        assert_true(report_of(&test).committed_all >= 100);
        test_end(&test);
    }
}

static uint32_t transfers;

static void count_transfers(const hst_effects *effects)
{
    for (uint32_t e = 0; e < effects->count; e++) {
        transfers += effects->list[e].kind == HST_EFFECT_TRANSFER ? 1 : 0;
    }
}

static void watched_step(void *state, const hst_consensus_input *input, hst_effects *effects)
{
    hst_chain_step(state, input, effects);
    count_transfers(effects);
}

static void beyond_the_window_a_replica_gets_the_state_with_proof(void **state)
{
    (void)state;
    for (int p = 0; p < 2; p++) {
        int64_t parameters[HST_CHAIN_PARAMETER_COUNT];
        standard(both[p], parameters);
        parameters[HST_CHAIN_WINDOW] = 16;
        hst_consensus_protocol watched = *both[p];
        watched.step = watched_step;
        for (int with_disk = 0; with_disk <= 1; with_disk++) {
            test_cluster test;
            test_plan(&test, &watched, 4, 1);
            test.options.parameters = parameters;
            test_make(&test);
            test_load(&test, 150, 20 * MS);
            test_run(&test, 300 * MS);
            hst_cluster_crash(test.cluster, 3);
            test_run(&test, 60 * HST_SECOND_NS);
            transfers = 0;
            hst_cluster_restart(test.cluster, 3, with_disk == 1);
            test_load(&test, 20, 20 * MS);
            test_run(&test, 120 * HST_SECOND_NS);
            assert_int_equal(test_decided(&test), 170);
            assert_true(report_of(&test).committed_all >= 150);
            assert_true(transfers >= 1);
            test_end(&test);
        }
    }
}

static void everyone_may_crash_at_once_and_come_back(void **state)
{
    (void)state;
    for (int p = 0; p < 2; p++) {
        for (uint64_t seed = 1; seed <= 10; seed++) {
            test_cluster test;
            test_plan(&test, both[p], 4, seed);
            test_make(&test);
            test_load(&test, 60, 20 * MS);
            for (int64_t times = 1; times <= 3; times++) {
                test_run(&test, times * 350 * MS + (int64_t)seed * MS);
                for (uint32_t i = 0; i < 4; i++) {
                    hst_cluster_crash(test.cluster, i);
                }
                for (uint32_t i = 0; i < 4; i++) {
                    hst_cluster_restart(test.cluster, i, true);
                }
            }
            test_run(&test, 120 * HST_SECOND_NS);
            assert_int_equal(test_decided(&test), 60);
            test_end(&test);
        }
    }
}

/* Signatures in TCs, QCs, segments and restarts verify: nothing honest is taken for forged. */
static void real_signatures_survive_timeouts_and_restarts(void **state)
{
    (void)state;
    for (int p = 0; p < 2; p++) {
        test_cluster test;
        test_plan(&test, both[p], 4, 1);
        test.options.real_crypto = true;
        test_make(&test);
        test_load(&test, 12, 50 * MS);
        test_run(&test, 100 * MS);
        hst_cluster_crash(test.cluster, 2);
        test_run(&test, 8 * HST_SECOND_NS);
        hst_cluster_restart(test.cluster, 2, true);
        test_run(&test, 12 * HST_SECOND_NS);
        hst_cluster_crash(test.cluster, 1);
        hst_cluster_restart(test.cluster, 1, false);
        test_run(&test, 60 * HST_SECOND_NS);
        const hst_cluster_report report = report_of(&test);
        assert_int_equal(test_decided(&test), 12);
        assert_true(report.committed_all >= 12);
        assert_int_equal(report.forged, 0);
        assert_true(report.by_kind[HST_CHAIN_TIMEOUT] > 0);
        assert_true(report.by_kind[HST_CHAIN_SEGMENT] > 0);
        test_end(&test);
    }
}

/* ---- one replica by hand -------------------------------------------------------------------- */

static void a_restarted_replica_stands_by_its_vote(void **state)
{
    (void)state;
    for (int p = 0; p < 2; p++) {
        one_machine one;
        one_start(&one, both[p], 3);
        const hst_chain_block b1 = one_block(NULL, 1, 1);
        const hst_chain_block twin = one_block(NULL, 1, 2);
        one_propose(&one, &b1);
        const hst_effect *effect = one_finds(&one, HST_EFFECT_PERSIST, -1);
        assert_non_null(effect);
        uint8_t record[512];
        assert_true(effect->size <= sizeof record);
        memcpy(record, one.bytes + effect->offset, effect->size);
        const size_t size = effect->size;
        one_end(&one);
        for (int remembers = 0; remembers <= 1; remembers++) {
            one_make(&one, both[p], 3);
            if (remembers == 1) {
                one_step(&one, (hst_consensus_input){.kind = HST_INPUT_RECOVER,
                                                     .sequence = 1,
                                                     .bytes = record,
                                                     .size = size});
            }
            one_step(&one, (hst_consensus_input){.kind = HST_INPUT_START});
            one_propose(&one, &twin);
            assert_int_equal(one_voted(&one, &twin), remembers == 0);
            one_end(&one);
        }
    }
}

static void a_quorum_counts_our_own_vote_only_when_it_is_durable(void **state)
{
    (void)state;
    for (int p = 0; p < 2; p++) {
        one_machine one;
        one_start(&one, both[p], 2); /* leads view 2 */
        const hst_chain_block b1 = one_block(NULL, 1, 1);
        const hst_statement vote = hst_chain_statement(HST_CHAIN_PHASE_VOTE, &b1);
        one_propose(&one, &b1);
        for (uint32_t from = 0; from <= 1; from++) {
            hst_wire_statement(one_write(&one, HST_CHAIN_VOTE), &vote);
            one_deliver(&one, from);
            one_deliver(&one, from); /* once is enough */
        }
        assert_int_equal(one.chain->tally.weight, 2);
        assert_int_equal(one.chain->high.statement.view, 0);
        one_durable(&one);
        assert_int_equal(one.chain->high.statement.view, 1);
        assert_non_null(one_finds(&one, HST_EFFECT_BROADCAST, HST_CHAIN_PROPOSAL));
        one_end(&one);
    }
}

static void votes_that_come_before_their_block_are_not_lost(void **state)
{
    (void)state;
    for (int p = 0; p < 2; p++) {
        one_machine one;
        one_start(&one, both[p], 2);
        const hst_chain_block b1 = one_block(NULL, 1, 1);
        const hst_chain_block bogus = one_block(NULL, 1, 99);
        const hst_statement votes[3] = {hst_chain_statement(HST_CHAIN_PHASE_VOTE, &b1),
                                        hst_chain_statement(HST_CHAIN_PHASE_VOTE, &b1),
                                        hst_chain_statement(HST_CHAIN_PHASE_VOTE, &bogus)};
        const uint32_t voters[3] = {0, 1, 3};
        for (int v = 0; v < 3; v++) {
            hst_wire_statement(one_write(&one, HST_CHAIN_VOTE), &votes[v]);
            one_deliver(&one, voters[v]);
        }
        one_propose(&one, &b1);
        assert_int_equal(one.chain->tally.weight, 2);
        one_durable(&one);
        assert_int_equal(one.chain->high.statement.view, 1);
        one_end(&one);
    }
}

static void a_missing_parent_is_fetched_and_the_proposal_waits(void **state)
{
    (void)state;
    for (int p = 0; p < 2; p++) {
        one_machine one;
        one_start(&one, both[p], 0);
        const hst_chain_block b1 = one_block(NULL, 1, 1);
        const hst_chain_block b2 = one_block(&b1, 2, 2);
        one_propose(&one, &b2);
        const hst_effect *fetch = one_finds(&one, HST_EFFECT_SEND, HST_CHAIN_FETCH);
        assert_non_null(fetch);
        assert_int_equal(fetch->to, 2);
        assert_null(one_finds(&one, HST_EFFECT_PERSIST, -1));
        hst_consensus_view view;
        both[p]->inspect(one.chain, &view);
        assert_int_equal(view.behind, 1);
        hst_wire *wire = one_write(&one, HST_CHAIN_SEGMENT);
        hst_wire_u64(wire, 1);
        hst_wire_u16(wire, 1);
        one_write_block(wire, &b1, 0x7);
        one_certificate(wire, hst_chain_statement(HST_CHAIN_PHASE_VOTE, &b1), 0x7);
        hst_wire_u16(wire, 0);
        one_deliver(&one, 3);
        assert_true(one_voted(&one, &b2));
        both[p]->inspect(one.chain, &view);
        assert_int_equal(view.behind, 0);
        one_end(&one);
    }
}

/* A state beyond the window, as a peer offers it: three blocks from height 10 on, the second of
 * them in `second_view`. */
static void offer_state(one_machine *one, uint64_t second_view, uint8_t signers)
{
    hst_chain_block before = {.view = 19, .height = 9, .id = {{9}}};
    const hst_chain_block b10 = one_block(&before, 20, 1);
    const hst_chain_block b11 = one_block(&b10, second_view, 2);
    const hst_chain_block b12 = one_block(&b11, second_view + 1, 3);
    hst_wire *wire = one_write(one, HST_CHAIN_SEGMENT);
    hst_wire_u64(wire, b12.view);
    hst_wire_u16(wire, 3);
    one_write_block(wire, &b10, 0x7);
    one_write_block(wire, &b11, 0x7);
    one_write_block(wire, &b12, 0x7);
    one_certificate(wire, hst_chain_statement(HST_CHAIN_PHASE_VOTE, &b12), signers);
    hst_wire_u16(wire, 0);
    one_deliver(one, 2);
}

static void a_state_without_proof_is_not_taken(void **state)
{
    (void)state;
    for (int p = 0; p < 2; p++) {
        one_machine one;
        one_start(&one, both[p], 0);
        offer_state(&one, 22, 0x7); /* a gap: the first one need not be decided */
        assert_null(one_finds(&one, HST_EFFECT_TRANSFER, -1));
        offer_state(&one, 21, 0x3); /* no quorum */
        assert_null(one_finds(&one, HST_EFFECT_TRANSFER, -1));
        assert_int_equal(one.chain->committed, 0);
        offer_state(&one, 21, 0xb);
        const hst_effect *transfer = one_finds(&one, HST_EFFECT_TRANSFER, -1);
        assert_non_null(transfer);
        assert_int_equal(transfer->height, 10);
        assert_int_equal(transfer->to, 2);
        assert_int_equal(one.chain->high.statement.height, 12);
        one_end(&one);
    }
}

static void proposals_that_prove_too_little_are_refused(void **state)
{
    (void)state;
    for (int p = 0; p < 2; p++) {
        one_machine one;
        one_start(&one, both[p], 0);
        const hst_chain_block b1 = one_block(NULL, 1, 1);
        const hst_chain_block b2 = one_block(&b1, 2, 2);
        const hst_chain_block b6 = one_block(&b1, 6, 2);
        one_propose(&one, &b1);
        one_propose_with(&one, &b2, 0x3, 0, NULL, NULL); /* two are no quorum of four */
        assert_int_equal(one.chain->refused, 1);
        one_propose_with(&one, &b2, 0x17, 0, NULL, NULL); /* a fifth of four */
        assert_int_equal(one.chain->refused, 2);
        one_propose(&one, &b6); /* view 6 without a TC */
        assert_int_equal(one.chain->refused, 3);
        hst_chain_block foreign = b2;
        foreign.proposer = 3; /* does not lead view 2 */
        foreign.id = hst_chain_block_id(&foreign);
        one_propose(&one, &foreign);
        assert_int_equal(one.chain->refused, 4);
        hst_chain_block renamed = b2;
        renamed.id.bytes[0] ^= 1;
        one_propose(&one, &renamed);
        assert_int_equal(one.chain->refused, 5);
        assert_int_equal(one.chain->last_voted, 1);
        assert_int_equal(one.chain->tree_count, 1);
        one_propose(&one, &b2);
        assert_true(one_voted(&one, &b2));
        one_end(&one);
    }
}

static void who_waits_half_a_timeout_asks_the_leader(void **state)
{
    (void)state;
    for (int p = 0; p < 2; p++) {
        one_machine one;
        one_start(&one, both[p], 3);
        one.offer = (hst_batch){.id = 7, .size = 10, .count = 1};
        one_step(&one, (hst_consensus_input){.kind = HST_INPUT_SUBMIT});
        one.now_ns = one.chain->nudge_ns;
        assert_int_equal(one.now_ns, 500 * MS);
        one_step(&one,
                 (hst_consensus_input){.kind = HST_INPUT_TIMER, .timer = HST_CHAIN_TIMER_VIEW});
        const hst_effect *wake = one_finds(&one, HST_EFFECT_SEND, HST_CHAIN_WAKE);
        assert_non_null(wake);
        assert_int_equal(wake->to, 1);
        one_end(&one);
        /* A leader at rest proposes an empty block, and sends it again to one that missed it. */
        one_start(&one, both[p], 1);
        for (int times = 0; times < 2; times++) {
            hst_wire_u64(one_write(&one, HST_CHAIN_WAKE), 1);
            one_deliver(&one, 3);
            const hst_effect_kind kind = times == 0 ? HST_EFFECT_BROADCAST : HST_EFFECT_SEND;
            const hst_effect *proposal = one_finds(&one, kind, HST_CHAIN_PROPOSAL);
            assert_non_null(proposal);
            assert_int_equal(proposal->batch.id, 0);
        }
        one_end(&one);
    }
}

static void the_next_leader_passes_over_what_is_on_its_way(void **state)
{
    (void)state;
    for (int p = 0; p < 2; p++) {
        one_machine one;
        one_start(&one, both[p], 2);
        const hst_chain_block b1 = one_block(NULL, 1, 7);
        one.offer = b1.batch;
        one_propose(&one, &b1);
        const hst_effect *take = one_finds(&one, HST_EFFECT_TAKE, -1);
        assert_non_null(take);
        assert_int_equal(take->batch.id, 7);
        one_end(&one);
    }
}

/* The block of view 3 got no QC; the leader of view 4 builds on view 2's and takes its batch up. */
static void a_batch_whose_block_is_left_behind_is_proposed_again(void **state)
{
    (void)state;
    for (int p = 0; p < 2; p++) {
        one_machine one;
        one_start(&one, both[p], 0);
        const hst_chain_block b1 = one_block(NULL, 1, 1);
        const hst_chain_block b2 = one_block(&b1, 2, 2);
        const hst_chain_block b3 = one_block(&b2, 3, 3);
        one_propose(&one, &b1);
        one_propose(&one, &b2);
        one_propose(&one, &b3);
        const hst_effect *proposal = NULL;
        for (uint32_t from = 1; from <= 3 && proposal == NULL; from++) {
            const hst_statement wish = one_wish(4, 2);
            hst_wire *wire = one_write(&one, HST_CHAIN_TIMEOUT);
            hst_wire_statement(wire, &wish);
            hst_wire_u64(wire, 0);
            one_certificate(wire, hst_chain_statement(HST_CHAIN_PHASE_VOTE, &b2), 0x7);
            hst_wire_u8(wire, 0);
            one_deliver(&one, from);
            proposal = one_finds(&one, HST_EFFECT_BROADCAST, HST_CHAIN_PROPOSAL);
        }
        assert_non_null(proposal);
        assert_int_equal(proposal->batch.id, 3);
        assert_int_equal(one.chain->vote.view, 4);
        assert_int_equal(one.chain->vote.height, 3);
        one_end(&one);
    }
}

static void a_block_name_covers_every_field(void **state)
{
    (void)state;
    const hst_chain_block parent = one_block(NULL, 1, 1);
    const hst_chain_block block = one_block(&parent, 3, 2);
    hst_chain_block others[8];
    for (size_t b = 0; b < 8; b++) {
        others[b] = block;
    }
    others[0].parent.bytes[31] ^= 1;
    others[1].parent_view++;
    others[2].height++;
    others[3].view++;
    others[4].batch.id++;
    others[5].batch.size++;
    others[6].batch.count++;
    others[7].proposer++;
    for (size_t b = 0; b < 8; b++) {
        const hst_hash id = hst_chain_block_id(&others[b]);
        assert_false(hst_hash_equal(&id, &block.id));
    }
}

static void leaders_rotate_or_reign(void **state)
{
    (void)state;
    one_machine one;
    one_start(&one, &hst_protocol_hotstuff, 0);
    for (uint64_t view = 0; view < 9; view++) {
        assert_int_equal(hst_chain_leader(one.chain, view), view % 4);
        assert_int_equal(hst_chain_after_timeout(one.chain, view), view + 1);
    }
    one.chain->parameters[HST_CHAIN_STABLE_LEADER] = 1;
    assert_int_equal(hst_chain_leader(one.chain, 77), 0);
    const uint64_t next = hst_chain_after_timeout(one.chain, 77);
    assert_int_equal(hst_chain_leader(one.chain, next), 1);
    assert_int_equal(hst_chain_leader(one.chain, hst_chain_next(next)), 1);
    one_end(&one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_keep_the_contract_of_all_protocols),
        cmocka_unit_test(storms_within_what_is_tolerated_end_well),
        cmocka_unit_test(crashes_and_cuts_within_f_do_no_harm),
        cmocka_unit_test(a_view_takes_two_messages_for_each_other_replica),
        cmocka_unit_test(a_stable_leader_takes_as_many_and_stays_until_a_timeout),
        cmocka_unit_test(blocks_keep_their_least_distance),
        cmocka_unit_test(at_rest_nothing_is_sent),
        cmocka_unit_test(f_silent_replicas_do_not_stop_them),
        cmocka_unit_test(one_silent_replica_more_stops_them),
        cmocka_unit_test(timeouts_grow_until_blocks_are_decided),
        cmocka_unit_test(without_a_quorum_on_either_side_nobody_commits),
        cmocka_unit_test(a_minority_commits_nothing_and_follows_after_the_heal),
        cmocka_unit_test(a_replica_that_lost_its_disk_catches_up),
        cmocka_unit_test(beyond_the_window_a_replica_gets_the_state_with_proof),
        cmocka_unit_test(everyone_may_crash_at_once_and_come_back),
        cmocka_unit_test(real_signatures_survive_timeouts_and_restarts),
        cmocka_unit_test(a_restarted_replica_stands_by_its_vote),
        cmocka_unit_test(a_quorum_counts_our_own_vote_only_when_it_is_durable),
        cmocka_unit_test(votes_that_come_before_their_block_are_not_lost),
        cmocka_unit_test(a_missing_parent_is_fetched_and_the_proposal_waits),
        cmocka_unit_test(a_state_without_proof_is_not_taken),
        cmocka_unit_test(proposals_that_prove_too_little_are_refused),
        cmocka_unit_test(who_waits_half_a_timeout_asks_the_leader),
        cmocka_unit_test(the_next_leader_passes_over_what_is_on_its_way),
        cmocka_unit_test(a_batch_whose_block_is_left_behind_is_proposed_again),
        cmocka_unit_test(a_block_name_covers_every_field),
        cmocka_unit_test(leaders_rotate_or_reign),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
