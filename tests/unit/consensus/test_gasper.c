/* Proof of stake with finality: slots, attestations, checkpoints, and those who contradict
 * themselves. */
#include "core/consensus/gasper/gasper.h"
#include "core/consensus/gasper/internal.h"

#include "sim/base/os_memory.h"
#include "sim/consensus/chaos.h"

#include "tests/unit/consensus/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- quick slots: 300 ms, four to an epoch -------------------------------------------------- */

enum { SLOT_MS = 300, SLOTS = 4, EPOCH_MS = SLOT_MS * SLOTS };

static const int64_t quick[HST_GASPER_PARAMETERS] = {
    [HST_GASPER_SLOT] = SLOT_MS * MS, [HST_GASPER_EPOCH] = SLOTS, [HST_GASPER_BOOST] = 40,
    [HST_GASPER_AGGREGATORS] = 16,    [HST_GASPER_COMMIT] = 1,    [HST_GASPER_WINDOW] = 128,
    [HST_GASPER_RETRY] = 300 * MS,
};

static const hst_consensus_config *quicker(const hst_consensus_config *config,
                                           hst_consensus_config *copy)
{
    *copy = *config;
    copy->parameters = config->parameters != NULL ? config->parameters : quick;
    return copy;
}

static size_t quick_size(const hst_consensus_config *config)
{
    hst_consensus_config copy;
    return hst_protocol_gasper.state_size(quicker(config, &copy));
}

static hst_status quick_init(void *state, const hst_consensus_config *config)
{
    hst_consensus_config copy;
    return hst_protocol_gasper.init(state, quicker(config, &copy));
}

static void it_keeps_the_contract_of_all_protocols(void **state)
{
    (void)state;
    hst_consensus_protocol protocol = hst_protocol_gasper;
    protocol.state_size = quick_size;
    protocol.init = quick_init;
    test_contract(&protocol, 4, true);
}

static int64_t parameters[HST_GASPER_PARAMETERS]; /* of the test that runs */

static void plan(test_cluster *test, uint32_t count, uint64_t seed)
{
    memcpy(parameters, quick, sizeof parameters);
    test_plan(test, &hst_protocol_gasper, count, seed);
    test->options.parameters = parameters;
}

static hst_cluster_report measure(const test_cluster *test)
{
    hst_cluster_report report;
    hst_cluster_measure(test->cluster, &report);
    return report;
}

static hst_consensus_view view_of(const test_cluster *test, uint32_t replica)
{
    hst_consensus_view view;
    hst_cluster_view(test->cluster, replica, &view);
    return view;
}

/* ---- messages and time ---------------------------------------------------------------------- */

/* A slot: a block to all; each of the committee of k to each aggregator but itself; an aggregate of
 * each of these to all. */
static void a_slot_costs_what_its_committee_costs(void **state)
{
    (void)state;
    enum { N = 12, K = N / SLOTS, EPOCHS = 20 };
    for (uint32_t aggregators = 1; aggregators <= 16; aggregators += 15) {
        const uint64_t a = aggregators < K ? aggregators : K;
        test_cluster test;
        plan(&test, N, 2);
        test.network.jitter_ns = 0;
        parameters[HST_GASPER_AGGREGATORS] = aggregators;
        test_make(&test);
        test_run(&test, (int64_t)EPOCHS * EPOCH_MS * MS - 1);
        const hst_cluster_report report = measure(&test);
        const uint64_t slots = EPOCHS * SLOTS;
        assert_int_equal(report.by_kind[HST_GASPER_BLOCK], (slots - 1) * (N - 1));
        assert_int_equal(report.by_kind[HST_GASPER_ATTESTATION], slots * (K * a - a));
        assert_int_equal(report.by_kind[HST_GASPER_AGGREGATE], slots * a * (N - 1));
        assert_int_equal(report.by_kind[HST_GASPER_LINK], 0);
        assert_int_equal(report.by_kind[HST_GASPER_STATE], 0);
        assert_int_equal(report.rollbacks, 0);
        test_end(&test);
    }
}

/* With a block in every slot, height is the slot: the checkpoint of an epoch is justified when the
 * epoch ends and final when the next one ends. */
static void a_checkpoint_is_final_after_two_epochs(void **state)
{
    (void)state;
    enum { N = 12, EPOCHS = 30 };
    test_cluster test;
    plan(&test, N, 3);
    test_make(&test);
    for (uint64_t epoch = 3; epoch < EPOCHS; epoch++) {
        const int64_t begins_ns = (int64_t)epoch * EPOCH_MS * MS;
        test_run(&test, begins_ns - 1);
        assert_int_equal(view_of(&test, 0).final_height, (epoch - 3) * SLOTS);
        assert_int_equal(view_of(&test, 0).commit_height, (epoch - 2) * SLOTS);
        test_run(&test, begins_ns + 1 * MS);
        assert_int_equal(view_of(&test, 0).final_height, (epoch - 2) * SLOTS);
        assert_int_equal(view_of(&test, 0).commit_height, (epoch - 1) * SLOTS);
    }
    assert_int_equal(measure(&test).rollbacks, 0);
    test_end(&test);
}

static void the_head_is_committed_with_the_block_when_asked(void **state)
{
    (void)state;
    enum { N = 4 };
    test_cluster test;
    plan(&test, N, 3);
    test.network.jitter_ns = 0;
    test.options.costs.write_ns = 0;
    parameters[HST_GASPER_COMMIT] = 0;
    test_make(&test);
    for (uint64_t slot = 1; slot < 50; slot++) {
        const int64_t begins_ns = (int64_t)slot * SLOT_MS * MS;
        test_run(&test, begins_ns + 10 * MS);
        for (uint32_t i = 0; i < N; i++) {
            assert_int_equal(view_of(&test, i).commit_height, slot); /* one delay */
        }
    }
    assert_int_equal(measure(&test).rollbacks, 0);
    test_end(&test);
}

/* ---- what passes over the wires ------------------------------------------------------------- */

typedef struct watch {
    uint64_t blocks[16];                    /* by proposer */
    uint8_t block[512], vote[16][512];      /* last block; last attestation by sender */
    uint32_t block_size, vote_size[16], by; /* proposer of the last block */
} watch;

static hst_cluster_verdict look(void *context,
                                hst_cluster *cluster,
                                uint32_t from,
                                uint32_t to,
                                const uint8_t *bytes,
                                uint32_t size)
{
    watch *w = context;
    (void)cluster;
    if (size <= sizeof w->block && bytes[0] == HST_GASPER_BLOCK) {
        w->blocks[from] += to == (from + 1) % 5;
        memcpy(w->block, bytes, size);
        w->block_size = size;
        w->by = from;
    } else if (size <= sizeof w->block && bytes[0] == HST_GASPER_AGGREGATE) {
        memcpy(w->vote[from], bytes, size);
        w->vote_size[from] = size;
    }
    return (hst_cluster_verdict){0};
}

/* ---- stake ---------------------------------------------------------------------------------- */

static void stake_decides_who_proposes_and_what_is_final(void **state)
{
    (void)state;
    enum { N = 5, RUN = 3000 };
    static const uint64_t weights[N] = {40, 30, 20, 5, 5};
    watch w = {0};
    test_cluster test;
    plan(&test, N, 4);
    test.membership.weights = weights;
    test.membership.total = 100;
    test.options.filter = look;
    test.options.filter_context = &w;
    test_make(&test);
    test_run(&test, (int64_t)RUN * SLOT_MS * MS);
    for (uint32_t i = 0; i < N; i++) {
        const uint64_t expected = RUN * weights[i] / 100;
        const uint64_t apart =
            w.blocks[i] > expected ? w.blocks[i] - expected : expected - w.blocks[i];
        assert_true(apart * apart < 16 * expected);
    }
    /* Without 30 of 100 it goes on, without 35 it does not, and then it does again. */
    hst_cluster_crash(test.cluster, 2);
    hst_cluster_crash(test.cluster, 3);
    hst_cluster_crash(test.cluster, 4);
    const uint64_t before = view_of(&test, 0).final_height;
    test_run(&test, hst_cluster_now(test.cluster) + 20 * EPOCH_MS * MS);
    const uint64_t between = view_of(&test, 0).final_height;
    assert_true(between > before + 10);
    hst_cluster_crash(test.cluster, 1);
    hst_cluster_restart(test.cluster, 2, true);
    hst_cluster_restart(test.cluster, 3, true);
    test_run(&test, hst_cluster_now(test.cluster) + 3 * EPOCH_MS * MS);
    const uint64_t stalled = view_of(&test, 0).final_height;
    test_run(&test, hst_cluster_now(test.cluster) + 10 * EPOCH_MS * MS);
    assert_int_equal(view_of(&test, 0).final_height, stalled);
    hst_cluster_restart(test.cluster, 1, true);
    test_run(&test, hst_cluster_now(test.cluster) + 10 * EPOCH_MS * MS);
    assert_true(view_of(&test, 0).final_height > stalled + 10);
    assert_int_equal(measure(&test).evidence, 0);
    test_end(&test);
}

/* ---- faults --------------------------------------------------------------------------------- */

static void a_third_may_be_silent_and_no_more(void **state)
{
    (void)state;
    enum { N = 7 };
    test_cluster test;
    plan(&test, N, 5);
    test_make(&test);
    test_load(&test, 60, 200 * MS);
    test_run(&test, 5 * EPOCH_MS * MS);
    hst_cluster_crash(test.cluster, 1);
    hst_cluster_crash(test.cluster, 4);
    test_run(&test, 40 * EPOCH_MS * MS);
    assert_int_equal(test_decided(&test), 60);
    const uint64_t final = view_of(&test, 0).final_height;
    assert_true(final > 36 * SLOTS / 2); /* empty slots have no height */
    hst_cluster_crash(test.cluster, 2);
    test_run(&test, 43 * EPOCH_MS * MS);
    const uint64_t stalled = view_of(&test, 0).final_height;
    const uint64_t justified = view_of(&test, 0).lock_view;
    test_run(&test, 50 * EPOCH_MS * MS + 1 * MS);
    assert_int_equal(view_of(&test, 0).final_height, stalled);
    assert_int_equal(view_of(&test, 0).lock_view, justified);
    /* The first link after the gap spans it and makes nothing final; the second does. */
    hst_cluster_restart(test.cluster, 2, true);
    int64_t now_ns = hst_cluster_now(test.cluster);
    while (view_of(&test, 0).lock_view == justified) {
        test_run(&test, now_ns += EPOCH_MS * MS);
    }
    assert_int_equal(view_of(&test, 0).final_height, stalled);
    test_run(&test, now_ns + EPOCH_MS * MS);
    assert_true(view_of(&test, 0).final_height > stalled);
    test_end(&test);
}

static void neither_half_of_a_partition_makes_anything_final(void **state)
{
    (void)state;
    enum { N = 6 };
    test_cluster test;
    plan(&test, N, 6);
    test_make(&test);
    test_load(&test, 60, 300 * MS);
    test_run(&test, 5 * EPOCH_MS * MS);
    for (uint32_t a = 0; a < N / 2; a++) {
        for (uint32_t b = N / 2; b < N; b++) {
            hst_network_cut(hst_cluster_network(test.cluster), a, b, true);
            hst_network_cut(hst_cluster_network(test.cluster), b, a, true);
        }
    }
    test_run(&test, 8 * EPOCH_MS * MS);
    uint64_t heights[N];
    for (uint32_t i = 0; i < N; i++) {
        heights[i] = view_of(&test, i).commit_height;
    }
    test_run(&test, 18 * EPOCH_MS * MS);
    for (uint32_t i = 0; i < N; i++) {
        assert_int_equal(view_of(&test, i).commit_height, heights[i]);
    }
    hst_network_heal(hst_cluster_network(test.cluster));
    test_run(&test, 60 * EPOCH_MS * MS);
    assert_int_equal(test_decided(&test), 60);
    for (uint32_t i = 0; i < N; i++) {
        assert_true(view_of(&test, i).final_height > 50 * SLOTS / 2);
        assert_int_equal(view_of(&test, i).behind, 0);
    }
    assert_int_equal(measure(&test).evidence, 0);
    test_end(&test);
}

static void a_replica_restarts_from_its_log(void **state)
{
    (void)state;
    test_cluster test;
    plan(&test, 4, 7);
    test_make(&test);
    test_load(&test, 100, 200 * MS);
    for (uint32_t times = 1; times < 30; times++) { /* in all thirds of slots */
        test_run(&test, times * 1037 * MS);
        const hst_consensus_view before = view_of(&test, 2);
        hst_cluster_crash(test.cluster, 2);
        hst_cluster_restart(test.cluster, 2, true);
        assert_in_range(view_of(&test, 2).commit_height, before.final_height, before.commit_height);
    }
    test_run(&test, 60 * HST_SECOND_NS);
    assert_int_equal(test_decided(&test), 100);
    assert_int_equal(measure(&test).evidence, 0);
    assert_int_equal(measure(&test).by_kind[HST_GASPER_STATE], 0);
    test_end(&test);
}

static void everyone_restarts_at_once(void **state)
{
    (void)state;
    enum { N = 4 };
    test_cluster test;
    plan(&test, N, 7);
    test_make(&test);
    test_load(&test, 100, 200 * MS);
    test_run(&test, 10 * HST_SECOND_NS);
    for (uint32_t i = 0; i < N; i++) {
        hst_cluster_crash(test.cluster, i);
    }
    for (uint32_t i = 0; i < N; i++) {
        hst_cluster_restart(test.cluster, i, true);
    }
    test_run(&test, 60 * HST_SECOND_NS);
    assert_int_equal(test_decided(&test), 100);
    test_end(&test);
}

static void a_replica_that_lost_its_disk_fetches_the_blocks(void **state)
{
    (void)state;
    test_cluster test;
    plan(&test, 4, 8);
    test_make(&test);
    test_load(&test, 30, 200 * MS);
    test_run(&test, 10 * HST_SECOND_NS);
    hst_cluster_crash(test.cluster, 2);
    test_run(&test, 12 * HST_SECOND_NS);
    hst_cluster_restart(test.cluster, 2, false);
    const uint64_t height = view_of(&test, 0).commit_height;
    test_reach(&test, height, 16 * HST_SECOND_NS);
    assert_int_equal(measure(&test).by_kind[HST_GASPER_STATE], 0);
    test_end(&test);
}

static void a_replica_far_behind_takes_the_state_with_its_proof(void **state)
{
    (void)state;
    for (int disk = 0; disk < 2; disk++) {
        test_cluster test;
        plan(&test, 4, 8);
        test.options.real_crypto = disk == 1; /* the proof's signatures are checked */
        test_make(&test);
        test_load(&test, 100, 200 * MS);
        test_run(&test, 10 * HST_SECOND_NS);
        hst_cluster_crash(test.cluster, 2);
        test_run(&test, 70 * HST_SECOND_NS);
        hst_cluster_restart(test.cluster, 2, disk == 1);
        const uint64_t height = view_of(&test, 0).commit_height;
        test_reach(&test, height, 80 * HST_SECOND_NS);
        assert_true(measure(&test).by_kind[HST_GASPER_STATE] > 0);
        assert_int_equal(measure(&test).forged, 0);
        test_run(&test, 100 * HST_SECOND_NS);
        assert_true(view_of(&test, 2).final_height > height);
        test_end(&test);
    }
}

static void storms_do_no_harm(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        test_cluster test;
        plan(&test, 5, seed);
        test_make(&test);
        test_load(&test, 40, 300 * MS);
        test_storm(&test, seed, 1, 20 * HST_SECOND_NS, 60 * HST_SECOND_NS);
        assert_int_equal(test_decided(&test), 40);
        test_end(&test);
    }
}

/* ---- those who contradict themselves -------------------------------------------------------- */

static uint32_t plan_watched(test_cluster *test, watch *w, uint64_t epochs)
{
    plan(test, 5, 9);
    *w = (watch){0};
    test->options.filter = look;
    test->options.filter_context = w;
    test->network.jitter_ns = 0;
    test_make(test);
    /* Just after an aggregate of some slot has left. */
    test_run(test, (int64_t)epochs * EPOCH_MS * MS - 1);
    return w->by;
}

/* The name of a block follows its header; a second header in the same slot is another block. */
static void two_blocks_in_a_slot_are_evidence(void **state)
{
    (void)state;
    watch w;
    test_cluster test;
    const uint32_t by = plan_watched(&test, &w, 5);
    uint8_t bytes[512];
    memcpy(bytes, w.block, w.block_size);
    const uint32_t size = 1 + HST_GASPER_HEADER_SIZE + HST_HASH_SIZE + 1;
    bytes[1 + HST_HASH_SIZE + 8 + 8] ^= 1; /* what it knows to be justified */
    const hst_hash id = hst_blake2b(bytes + 1, HST_GASPER_HEADER_SIZE);
    memcpy(bytes + 1 + HST_GASPER_HEADER_SIZE, id.bytes, sizeof id.bytes);
    bytes[size - 1] = 0; /* no attestations */
    for (uint32_t to = 0; to < 5; to++) {
        hst_cluster_inject(test.cluster, by, to, bytes, size);
    }
    assert_int_equal(measure(&test).evidence, 5);
    bytes[1 + HST_HASH_SIZE + 8 + 8 + 1] ^= 1; /* a third one is not looked at */
    const hst_hash third = hst_blake2b(bytes + 1, HST_GASPER_HEADER_SIZE);
    memcpy(bytes + 1 + HST_GASPER_HEADER_SIZE, third.bytes, sizeof third.bytes);
    hst_cluster_inject(test.cluster, by, 0, bytes, size);
    assert_int_equal(measure(&test).evidence, 5);
    test_run(&test, 30 * EPOCH_MS * MS);
    assert_true(view_of(&test, 0).final_height > 20 * SLOTS / 2);
    test_end(&test);
}

/* An attestation as its sender could have made it; offsets as in certificate.h. */
static uint32_t write_vote(uint8_t *bytes, const hst_gasper_vote *vote)
{
    hst_wire wire;
    bytes[0] = HST_GASPER_ATTESTATION;
    hst_wire_begin(&wire, bytes + 1, 400, false);
    hst_wire_statement(&wire, &vote->head);
    hst_wire_statement(&wire, &vote->link);
    hst_wire_hash(&wire, &vote->source.root);
    hst_wire_hash(&wire, &vote->target.root);
    return 1 + wire.at;
}

/* The last attestation of a replica, from its own aggregate. */
static hst_gasper_vote last_vote(const watch *w, uint32_t replica)
{
    hst_gasper_vote vote;
    hst_wire_reader reader = hst_wire_read(w->vote[replica], w->vote_size[replica], false);
    vote.head = hst_wire_read_statement(&reader);
    (void)hst_wire_read_u8(&reader); /* signers */
    vote.link = hst_wire_read_statement(&reader);
    (void)hst_wire_read_u8(&reader);
    vote.source.root = hst_wire_read_hash(&reader);
    vote.target.root = hst_wire_read_hash(&reader);
    vote.source.epoch = vote.link.height;
    vote.target.epoch = vote.link.view;
    assert_true(hst_wire_read_done(&reader));
    return vote;
}

static void two_votes_in_an_epoch_are_evidence(void **state)
{
    (void)state;
    watch w;
    test_cluster test;
    (void)plan_watched(&test, &w, 6);
    uint8_t bytes[512];
    hst_gasper_vote vote = last_vote(&w, 3);
    assert_int_equal(vote.target.epoch, 5);
    hst_cluster_inject(test.cluster, 3, 0, bytes, write_vote(bytes, &vote));
    assert_int_equal(measure(&test).evidence, 0); /* the same again is none */
    vote.head.id = vote.source.root;
    hst_cluster_inject(test.cluster, 3, 0, bytes, write_vote(bytes, &vote));
    assert_int_equal(measure(&test).evidence, 1);
    hst_cluster_inject(test.cluster, 3, 0, bytes, write_vote(bytes, &vote));
    assert_int_equal(measure(&test).evidence, 1); /* once is enough */
    test_end(&test);
}

static void a_vote_that_surrounds_another_is_evidence(void **state)
{
    (void)state;
    watch w;
    test_cluster test;
    (void)plan_watched(&test, &w, 6);
    hst_gasper_vote vote = last_vote(&w, 3); /* 4 -> 5 */
    assert_int_equal(vote.source.epoch, 4);
    hst_cluster_crash(test.cluster, 3);
    test_run(&test, 7 * EPOCH_MS * MS - 1);
    vote.link.view = 6;
    vote.link.height = 3; /* 3 -> 6 around it */
    for (uint64_t slot = 6 * SLOTS; slot < 7 * SLOTS; slot++) {
        uint8_t bytes[512];
        vote.head.view = slot; /* one of these is the replica's own */
        hst_cluster_inject(test.cluster, 3, 0, bytes, write_vote(bytes, &vote));
    }
    assert_int_equal(measure(&test).evidence, 1);
    test_end(&test);
}

static void a_vote_that_does_not_fit_counts_for_nothing(void **state)
{
    (void)state;
    watch w;
    test_cluster test;
    (void)plan_watched(&test, &w, 6);
    const hst_gasper_vote vote = last_vote(&w, 3);
    hst_gasper_vote wrong[5] = {vote, vote, vote, vote, vote};
    wrong[0].link.height = 5;                    /* from its own epoch */
    wrong[1].link.view = 6;                      /* of another epoch than its slot */
    wrong[2].head.phase = HST_GASPER_PHASE_LINK; /* a statement of another meaning */
    wrong[3].link.id = vote.head.id;             /* named otherwise than its roots */
    wrong[4].target.root = vote.source.root;
    const uint64_t refused = view_of(&test, 0).refused;
    for (uint32_t i = 0; i < 5; i++) {
        uint8_t bytes[512];
        hst_cluster_inject(test.cluster, 3, 0, bytes, write_vote(bytes, &wrong[i]));
        assert_int_equal(measure(&test).evidence, 0);
    }
    assert_in_range(view_of(&test, 0).refused, refused + 4, refused + 5);
    test_end(&test);
}

/* ---- the head ------------------------------------------------------------------------------- */

static hst_gasper_block *grow(hst_gasper *m, const hst_gasper_block *parent, uint64_t slot)
{
    const hst_gasper_header header = {
        .parent = parent->id, .slot = slot, .height = parent->header.height + 1};
    const hst_hash id = hst_gasper_name(&header);
    const uint32_t up = parent->serial;
    hst_gasper_block *block = hst_gasper_insert(m, &header, &id, NULL);
    assert_non_null(block);
    block->parent = up;
    return block;
}

static void vote_for(hst_gasper *m, uint32_t voter, uint64_t epoch, const hst_gasper_block *head)
{
    hst_effect list[4];
    uint8_t bytes[512];
    hst_effects effects = {
        .list = list, .capacity = 4, .bytes = bytes, .byte_capacity = sizeof bytes};
    const hst_gasper_vote vote = {.head = {.view = epoch * SLOTS, .id = head->id},
                                  .link = {.view = epoch},
                                  .target = {.epoch = epoch}};
    hst_gasper_count(m, voter, &vote, NULL, &effects);
    assert_int_equal(effects.count, 0);
}

/* Two children of the genesis block, five replicas: weight goes with the latest attestation, up to
 * the fork, and a block in time has 40 % of a committee. */
static void the_latest_message_counts(void **state)
{
    (void)state;
    const hst_membership membership = {.count = 5, .total = 5};
    const hst_consensus_config config = {.membership = &membership, .parameters = quick};
    const size_t size = hst_protocol_gasper.state_size(&config);
    hst_gasper *m = aligned_alloc(64, size);
    assert_non_null(m);
    memset(m, 0, size);
    assert_int_equal(hst_protocol_gasper.init(m, &config), HST_OK);
    hst_gasper_block *a = grow(m, hst_gasper_head(m), 1);
    hst_gasper_block *b = grow(m, hst_gasper_at(m, m->root), 2);
    hst_gasper_block *far = grow(m, grow(m, b, 3), 4);
    vote_for(m, 0, 0, a);
    assert_ptr_equal(hst_gasper_head(m), a);
    vote_for(m, 1, 0, b);
    vote_for(m, 2, 0, far);
    assert_ptr_equal(hst_gasper_head(m), far);
    vote_for(m, 1, 1, a);
    assert_ptr_equal(hst_gasper_head(m), a);
    vote_for(m, 1, 0, b); /* comes late */
    assert_ptr_equal(hst_gasper_head(m), a);
    vote_for(m, 3, 1, far);
    const bool higher = memcmp(a->id.bytes, b->id.bytes, sizeof a->id.bytes) > 0;
    assert_ptr_equal(hst_gasper_head(m), higher ? a : far); /* equal: the id decides */
    m->boost = 1;
    m->timely = higher ? far->serial : a->serial;
    m->stale = true;
    assert_ptr_equal(hst_gasper_head(m), higher ? far : a);
    free(m);
}

/* A replica is cut off while the others go on; all their blocks are still there. */
static void a_long_branch_is_fetched_piece_by_piece(void **state)
{
    (void)state;
    enum { N = 4 };
    test_cluster test;
    plan(&test, N, 10);
    parameters[HST_GASPER_WINDOW] = 512;
    test_make(&test);
    test_run(&test, 2 * EPOCH_MS * MS);
    for (uint32_t b = 1; b < N; b++) {
        hst_network_cut(hst_cluster_network(test.cluster), 0, b, true);
        hst_network_cut(hst_cluster_network(test.cluster), b, 0, true);
    }
    test_run(&test, 30 * EPOCH_MS * MS);
    assert_true(view_of(&test, 2).commit_height > 64);
    assert_true(view_of(&test, 0).commit_height < SLOTS * 2);
    hst_network_heal(hst_cluster_network(test.cluster));
    test_run(&test, 34 * EPOCH_MS * MS + 1 * MS);
    assert_int_equal(measure(&test).by_kind[HST_GASPER_STATE], 0);
    assert_int_equal(view_of(&test, 0).commit_height, view_of(&test, 2).commit_height);
    test_end(&test);
}

/* Both halves go on until so much is not final that nobody proposes any more: then nothing new
 * comes that would start a fetch over, what is known already must not end one, and both must have
 * room. */
static void halves_whose_windows_are_full_become_one_chain(void **state)
{
    (void)state;
    enum { N = 7, LOWER = 3 };
    static const struct {
        int64_t window, from, epochs;
        uint64_t seed;
    } cases[] = {{256, 4, 160, 1}, {256, 4, 160, 2}, {512, 3, 61, 8}, {512, 3, 101, 3}};
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        const int64_t heal_ns = cases[c].epochs * EPOCH_MS * MS;
        const hst_fault faults[1] = {{.kind = HST_FAULT_PARTITION,
                                      .replica = HST_CONSENSUS_NOBODY,
                                      .from_ns = cases[c].from * EPOCH_MS * MS,
                                      .until_ns = heal_ns,
                                      .groups = (1 << LOWER) - 1}};
        test_cluster test;
        plan(&test, N, cases[c].seed);
        parameters[HST_GASPER_WINDOW] = cases[c].window;
        test_make(&test);
        assert_int_equal(hst_fault_schedule(test.cluster, faults, 1), HST_OK);
        test_run(&test, heal_ns);
        assert_true(view_of(&test, 0).final_height <= 8);
        test_run(&test, heal_ns + 80 * EPOCH_MS * MS);
        for (uint32_t i = 0; i < N; i++) {
            assert_true(view_of(&test, i).final_height > 80);
        }
        test_end(&test);
    }
}

/* Two machines with one key talk to two halves, and each half would follow its own for ever; blocks
 * carry the attestations of one half to the other, which stops counting a replica that says both.
 */
static void a_twin_does_not_keep_two_halves_apart(void **state)
{
    (void)state;
    enum { N = 5 };
    for (uint64_t seed = 1; seed <= 20; seed++) {
        static const hst_fault faults[1] = {{.kind = HST_FAULT_TWIN, .replica = 1, .groups = 0x14}};
        test_cluster test;
        plan(&test, N, seed);
        parameters[HST_GASPER_EPOCH] = 32;
        parameters[HST_GASPER_WINDOW] = 1024;
        test_make(&test);
        assert_int_equal(hst_fault_schedule(test.cluster, faults, 1), HST_OK);
        test_load(&test, 20, 300 * MS);
        test_run(&test, 12 * 32 * SLOT_MS * MS);
        assert_int_equal(test_decided(&test), 20);
        assert_true(view_of(&test, 2).final_height > 96);
        test_end(&test);
    }
}

/* Blocks come after the vote of their slot, and then the replica restarts within the third in which
 * it votes: it may not vote for the new head. */
static void a_restart_after_a_vote_does_not_vote_again(void **state)
{
    (void)state;
    test_cluster test;
    plan(&test, 4, 13);
    test.base_ns[0] = 140 * MS;
    test_make(&test);
    for (int64_t slot = 1; slot < 80; slot++) {
        test_run(&test, (slot * SLOT_MS + 180) * MS);
        hst_cluster_crash(test.cluster, 2);
        hst_cluster_restart(test.cluster, 2, true);
    }
    assert_int_equal(measure(&test).evidence, 0);
    test_end(&test);
}

static void groups_of_any_size_decide_everything(void **state)
{
    (void)state;
    static const uint32_t counts[] = {1, 2, 3, 4, 5, 7, 10, 40};
    for (uint32_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        for (int64_t mode = 0; mode < 2; mode++) {
            test_cluster test;
            plan(&test, counts[c], 1);
            parameters[HST_GASPER_COMMIT] = mode;
            test_make(&test);
            test_load(&test, 30, 100 * MS);
            test_run(&test, 30 * HST_SECOND_NS);
            assert_int_equal(test_decided(&test), 30);
            assert_true(view_of(&test, 0).final_height > 60);
            assert_int_equal(measure(&test).evidence, 0);
            test_end(&test);
        }
    }
}

static void drawn_storms_end_well(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        const hst_chaos_options options = {
            .protocol = &hst_protocol_gasper, .seed = seed, .memory = hst_os_memory()};
        hst_chaos_outcome outcome;
        assert_int_equal(hst_chaos_run(&options, &outcome), HST_OK);
        if (outcome.violation.check != NULL || !outcome.live) {
            fail_msg("seed %u: %s %s", (unsigned)seed,
                     outcome.violation.check != NULL ? outcome.violation.check : "not live",
                     outcome.violation.text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_keeps_the_contract_of_all_protocols),
        cmocka_unit_test(a_slot_costs_what_its_committee_costs),
        cmocka_unit_test(a_checkpoint_is_final_after_two_epochs),
        cmocka_unit_test(the_head_is_committed_with_the_block_when_asked),
        cmocka_unit_test(stake_decides_who_proposes_and_what_is_final),
        cmocka_unit_test(a_third_may_be_silent_and_no_more),
        cmocka_unit_test(neither_half_of_a_partition_makes_anything_final),
        cmocka_unit_test(a_replica_restarts_from_its_log),
        cmocka_unit_test(everyone_restarts_at_once),
        cmocka_unit_test(a_replica_that_lost_its_disk_fetches_the_blocks),
        cmocka_unit_test(a_replica_far_behind_takes_the_state_with_its_proof),
        cmocka_unit_test(storms_do_no_harm),
        cmocka_unit_test(two_blocks_in_a_slot_are_evidence),
        cmocka_unit_test(two_votes_in_an_epoch_are_evidence),
        cmocka_unit_test(a_vote_that_surrounds_another_is_evidence),
        cmocka_unit_test(a_vote_that_does_not_fit_counts_for_nothing),
        cmocka_unit_test(the_latest_message_counts),
        cmocka_unit_test(a_long_branch_is_fetched_piece_by_piece),
        cmocka_unit_test(halves_whose_windows_are_full_become_one_chain),
        cmocka_unit_test(a_twin_does_not_keep_two_halves_apart),
        cmocka_unit_test(a_restart_after_a_vote_does_not_vote_again),
        cmocka_unit_test(groups_of_any_size_decide_everything),
        cmocka_unit_test(drawn_storms_end_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
