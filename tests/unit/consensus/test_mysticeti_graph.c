/* Mysticeti-C: what the committer makes of graphs built by hand. */
#include "core/base/random.h"
#include "core/consensus/mysticeti/committer.h"
#include "core/consensus/mysticeti/mysticeti.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NONE = HST_MYSTICETI_NONE };

typedef struct graph {
    hst_membership membership;
    hst_consensus_config config;
    hst_mysticeti_dag dag;
    void *memory;
    hst_mysticeti_decision decisions[512];
} graph;

static void graph_make(graph *g, uint32_t count, uint32_t leaders)
{
    memset(g, 0, sizeof *g);
    g->membership = (hst_membership){.count = count, .total = count};
    g->config = (hst_consensus_config){.membership = &g->membership};
    const hst_mysticeti_shape shape = {
        .leaders = leaders, .stride = 1, .spare = 64, .capacity = 32 * count + 128, .window = 32};
    hst_layout layout = {0};
    hst_mysticeti_dag_lay_out(NULL, &layout, &g->config, &shape);
    g->memory = calloc(1, layout.at);
    assert_non_null(g->memory);
    layout = (hst_layout){.base = g->memory};
    hst_mysticeti_dag_lay_out(&g->dag, &layout, &g->config, &shape);
}

static void graph_end(graph *g)
{
    free(g->memory);
}

/* A block with the given references; `salt` tells an equivocator's blocks apart. */
static uint16_t
add(graph *g, uint32_t author, uint64_t round, uint64_t salt, const uint16_t *refs, uint32_t count)
{
    uint8_t bytes[2048];
    hst_wire wire;
    hst_wire_begin(&wire, bytes, sizeof bytes, false);
    hst_mysticeti_write_head(&wire, author, round, (hst_batch){.id = salt}, count);
    for (uint32_t i = 0; i < count; i++) {
        const hst_mysticeti_block *b = &g->dag.blocks[refs[i]];
        const hst_mysticeti_reference name = {.round = b->round, .author = b->author, .id = b->id};
        hst_mysticeti_write_reference(&wire, round, &name);
    }
    hst_wire_reader reader = {.bytes = bytes, .size = wire.at};
    hst_mysticeti_draft draft = hst_mysticeti_read_body(&reader);
    assert_true(hst_wire_read_done(&reader));
    hst_mysticeti_draft_name(&draft);
    uint16_t handles[64];
    assert_true(count <= sizeof handles / sizeof handles[0]);
    hst_mysticeti_resolved resolved = {.handles = handles};
    assert_int_equal(hst_mysticeti_resolve(&g->dag, &draft, &resolved), count);
    assert_memory_equal(handles, refs, count * sizeof *refs);
    return hst_mysticeti_insert(&g->dag, &draft, &resolved);
}

/* A round in which everyone but `silent` (-1 = nobody) cites the given blocks. */
static void
add_round(graph *g, uint64_t round, int silent, const uint16_t *refs, uint32_t count, uint16_t *out)
{
    for (uint32_t a = 0; a < g->membership.count; a++) {
        out[a] = (int)a == silent ? (uint16_t)NONE : add(g, a, round, 0, refs, count);
    }
}

static void a_leader_with_a_quorum_of_certificates_is_committed(void **state)
{
    (void)state;
    graph g;
    uint16_t r[4][4];
    graph_make(&g, 4, 1);
    add_round(&g, 1, -1, NULL, 0, r[1]);
    add_round(&g, 2, -1, r[1], 4, r[2]);
    r[3][0] = add(&g, 0, 3, 0, r[2], 4);
    r[3][1] = add(&g, 1, 3, 0, r[2], 4);
    assert_int_equal(hst_mysticeti_decide(&g.dag, 1, 0, g.decisions).status,
                     HST_MYSTICETI_UNDECIDED);
    assert_false(g.dag.changed);
    r[3][2] = add(&g, 2, 3, 0, r[2], 4);
    assert_true(g.dag.changed);
    const hst_mysticeti_decision d = hst_mysticeti_decide(&g.dag, 1, 0, g.decisions);
    assert_int_equal(d.status, HST_MYSTICETI_COMMIT);
    assert_int_equal(d.block, r[1][1]); /* round-robin: replica 1 leads round 1 */
    graph_end(&g);
}

static void a_leader_that_a_quorum_does_not_cite_is_skipped(void **state)
{
    (void)state;
    graph g;
    uint16_t r[3][4];
    graph_make(&g, 4, 1);
    add_round(&g, 1, -1, NULL, 0, r[1]);
    const uint16_t others[3] = {r[1][0], r[1][2], r[1][3]};
    (void)add(&g, 0, 2, 0, others, 3);
    (void)add(&g, 2, 2, 0, others, 3);
    assert_int_equal(hst_mysticeti_decide(&g.dag, 1, 0, g.decisions).status,
                     HST_MYSTICETI_UNDECIDED);
    (void)add(&g, 3, 2, 0, others, 3);
    assert_int_equal(hst_mysticeti_decide(&g.dag, 1, 0, g.decisions).status, HST_MYSTICETI_SKIP);
    graph_end(&g);
}

/* Three of four vote for the leader of round 1, but only one block of round 3 gathers them: no
 * direct rule. The anchor (round 4, replica 0) decides: by `cited`, whether it cites that block. */
static hst_mysticeti_status by_anchor(bool cited)
{
    graph g;
    uint16_t r[7][4];
    graph_make(&g, 4, 1);
    add_round(&g, 1, -1, NULL, 0, r[1]);
    const uint16_t others[3] = {r[1][0], r[1][2], r[1][3]};
    for (uint32_t a = 0; a < 3; a++) {
        r[2][a] = add(&g, a, 2, 0, r[1], 4);
    }
    r[2][3] = add(&g, 3, 2, 0, others, 3);
    const uint16_t voters[3] = {r[2][0], r[2][1], r[2][2]};
    const uint16_t mixed[3] = {r[2][0], r[2][1], r[2][3]};
    r[3][0] = add(&g, 0, 3, 0, voters, 3); /* the only certificate */
    for (uint32_t a = 1; a < 4; a++) {
        r[3][a] = add(&g, a, 3, 0, mixed, 3);
    }
    assert_int_equal(g.dag.blocks[r[3][0]].certificate[0], r[1][1]);
    assert_int_equal(g.dag.blocks[r[3][1]].certificate[0], NONE);
    const uint16_t with[3] = {r[3][0], r[3][1], r[3][2]};
    const uint16_t without[3] = {r[3][1], r[3][2], r[3][3]};
    for (uint32_t a = 0; a < 4; a++) {
        r[4][a] = add(&g, a, 4, 0, cited ? with : without, 3);
    }
    /* The anchor is undecided, and so is the slot. */
    assert_int_equal(hst_mysticeti_decide(&g.dag, 1, 0, g.decisions).status,
                     HST_MYSTICETI_UNDECIDED);
    add_round(&g, 5, -1, r[4], 4, r[5]);
    add_round(&g, 6, -1, r[5], 4, r[6]);
    const hst_mysticeti_decision d = hst_mysticeti_decide(&g.dag, 1, 0, g.decisions);
    if (d.status == HST_MYSTICETI_COMMIT) {
        assert_int_equal(d.block, r[1][1]);
    }
    graph_end(&g);
    return d.status;
}

static void an_undecided_leader_is_decided_by_the_anchor(void **state)
{
    (void)state;
    assert_int_equal(by_anchor(true), HST_MYSTICETI_COMMIT);
    assert_int_equal(by_anchor(false), HST_MYSTICETI_SKIP);
}

/* The leader of round 1 is certified by one block of round 3 only. The leader of round 3 is
 * committed and does not have that block in its history: it is no anchor, being less than a wave
 * away; the leader of round 4 is, and has it. */
static void an_anchor_is_a_whole_wave_away(void **state)
{
    (void)state;
    graph g;
    uint16_t r[7][4];
    graph_make(&g, 4, 1);
    add_round(&g, 1, -1, NULL, 0, r[1]);
    const uint16_t others[3] = {r[1][0], r[1][2], r[1][3]};
    for (uint32_t a = 0; a < 3; a++) {
        r[2][a] = add(&g, a, 2, 0, r[1], 4);
    }
    r[2][3] = add(&g, 3, 2, 0, others, 3);
    const uint16_t voters[3] = {r[2][0], r[2][1], r[2][2]};
    const uint16_t mixed[3] = {r[2][0], r[2][1], r[2][3]};
    r[3][0] = add(&g, 0, 3, 0, voters, 3);
    for (uint32_t a = 1; a < 4; a++) {
        r[3][a] = add(&g, a, 3, 0, mixed, 3);
    }
    add_round(&g, 4, -1, r[3], 4, r[4]);
    add_round(&g, 5, -1, r[4], 4, r[5]);
    assert_int_equal(hst_mysticeti_decide(&g.dag, 3, 0, g.decisions).status, HST_MYSTICETI_COMMIT);
    assert_int_equal(hst_mysticeti_decide(&g.dag, 1, 0, g.decisions).status,
                     HST_MYSTICETI_UNDECIDED);
    add_round(&g, 6, -1, r[5], 4, r[6]);
    assert_int_equal(hst_mysticeti_decide(&g.dag, 1, 0, g.decisions).status, HST_MYSTICETI_COMMIT);
    graph_end(&g);
}

static void an_equivocating_voter_counts_once(void **state)
{
    (void)state;
    graph g;
    uint16_t r1[4], votes[4], other;
    graph_make(&g, 4, 1);
    add_round(&g, 1, -1, NULL, 0, r1);
    votes[0] = add(&g, 0, 2, 0, r1, 4);
    votes[1] = add(&g, 2, 2, 7, r1, 4);
    votes[2] = add(&g, 2, 2, 8, r1, 4); /* replica 2 again */
    const uint16_t without[3] = {r1[0], r1[2], r1[3]};
    other = add(&g, 3, 2, 0, without, 3);
    const uint16_t refs[4] = {votes[0], votes[1], votes[2], other};
    const uint16_t block = add(&g, 0, 3, 0, refs, 4);
    assert_int_equal(g.dag.blocks[block].certificate[0], NONE);
    /* Nor do two blocks of one author make a skip. */
    (void)add(&g, 3, 2, 9, without, 3);
    (void)add(&g, 3, 2, 10, without, 3);
    assert_int_equal(hst_mysticeti_round_at(&g.dag, 1)->slots[0].skip_weight, 1);
    /* Nor a quorum for the threshold clock: replicas 0, 2 and 3 do. */
    assert_int_equal(hst_mysticeti_round_at(&g.dag, 2)->weight, 3);
    graph_end(&g);
}

static void a_vote_is_for_the_first_block_cited(void **state)
{
    (void)state;
    graph g;
    uint16_t r1[4];
    graph_make(&g, 4, 1);
    add_round(&g, 1, -1, NULL, 0, r1);
    const uint16_t second = add(&g, 1, 1, 5, NULL, 0);
    const uint16_t refs[5] = {r1[0], second, r1[1], r1[2], r1[3]};
    const uint16_t block = add(&g, 0, 2, 0, refs, 5);
    assert_int_equal(g.dag.blocks[block].vote[0], second);
    graph_end(&g);
}

static void what_is_older_than_the_window_is_not_delivered(void **state)
{
    (void)state;
    graph g;
    uint16_t before[4], now[4], out[256];
    graph_make(&g, 4, 1); /* 16 rounds can be delivered */
    add_round(&g, 1, -1, NULL, 0, before);
    for (uint64_t round = 2; round <= 20; round++) {
        hst_mysticeti_advance(&g.dag, round > 8 ? round - 8 : 0);
        add_round(&g, round, -1, before, 4, now);
        memcpy(before, now, sizeof before);
    }
    const uint32_t count = hst_mysticeti_linearise(&g.dag, before[0], out);
    assert_int_equal(count, 1 + 4 * 15); /* the leader and rounds 5 to 19 */
    assert_int_equal(g.dag.blocks[out[0]].round, 5);
    assert_int_equal(out[count - 1], before[0]);
    for (uint32_t i = 1; i < count; i++) {
        assert_true(g.dag.blocks[out[i - 1]].round <= g.dag.blocks[out[i]].round);
    }
    assert_int_equal(hst_mysticeti_linearise(&g.dag, before[1], out), 1); /* nothing twice */
    graph_end(&g);
}

/* A graph drawn from `seed`: everyone cites a random quorum or more. With `doubled` replica 0 makes
 * every block twice, alike but for the salt, and nobody cites the second; with `backwards` the
 * blocks of a round come in the opposite order. Neither may make a difference. */
static void draw(graph *g, uint64_t seed, bool doubled, bool backwards)
{
    enum { N = 7, ROUNDS = 14 };
    hst_random random = hst_random_stream(seed, 0, 0, 1);
    uint16_t before[N] = {0}, now[N];
    graph_make(g, N, 2);
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        uint16_t refs[N][N];
        uint32_t counts[N] = {0};
        for (uint32_t a = 0; a < N; a++) {
            const uint32_t left_out = (uint32_t)hst_random_below(&random, N);
            const uint32_t another = (uint32_t)hst_random_below(&random, N);
            for (uint32_t b = 0; b < N && round > 1; b++) {
                if (b != left_out && b != another) {
                    refs[a][counts[a]++] = before[b];
                }
            }
        }
        for (uint32_t i = 0; i < N; i++) {
            const uint32_t a = backwards ? N - 1 - i : i;
            now[a] = add(g, a, round, 0, refs[a], counts[a]);
            if (doubled && a == 0) {
                (void)add(g, a, round, 9, refs[a], counts[a]);
            }
        }
        memcpy(before, now, sizeof before);
    }
}

static void decisions_do_not_depend_on_how_the_graph_came_about(void **state)
{
    (void)state;
    uint32_t seen[3] = {0};
    for (uint64_t seed = 1; seed <= 200; seed++) {
        graph g[3];
        draw(&g[0], seed, false, false);
        draw(&g[1], seed, true, false);
        draw(&g[2], seed, false, true);
        for (uint64_t round = 1; round <= 12; round++) {
            for (uint32_t k = 0; k < 2; k++) {
                hst_mysticeti_decision d[3];
                for (int i = 0; i < 3; i++) {
                    d[i] = hst_mysticeti_decide(&g[i].dag, round, k, g[i].decisions);
                    assert_int_equal(d[i].status, d[0].status);
                    if (d[i].status == HST_MYSTICETI_COMMIT) {
                        assert_true(hst_hash_equal(&g[i].dag.blocks[d[i].block].id,
                                                   &g[0].dag.blocks[d[0].block].id));
                    }
                }
                seen[d[0].status]++;
            }
        }
        for (int i = 0; i < 3; i++) {
            graph_end(&g[i]);
        }
    }
    assert_true(seen[HST_MYSTICETI_UNDECIDED] > 0 && seen[HST_MYSTICETI_COMMIT] > 0 &&
                seen[HST_MYSTICETI_SKIP] > 0);
}

static void a_block_without_a_quorum_of_authors_is_refused(void **state)
{
    (void)state;
    hst_membership membership = {.count = 4, .total = 4};
    uint8_t bytes[1024];
    const hst_mysticeti_reference refs[] = {{.round = 4, .author = 0}, {.round = 4, .author = 1},
                                            {.round = 4, .author = 2}, {.round = 4, .author = 1},
                                            {.round = 3, .author = 3}, {.round = 4, .author = 9},
                                            {.round = 5, .author = 2}, {.round = 1, .author = 2}};
    static const struct {
        uint32_t picks[5], count;
        bool valid;
    } cases[] = {
        {{0, 1, 2}, 3, true},  {{0, 1}, 2, false},       {{0, 1, 3}, 3, false},
        {{0, 1, 4}, 3, false}, {{0, 1, 2, 4}, 4, true},  {{0, 1, 2, 5}, 4, false},
        {{0, 1, 6}, 3, false}, {{0, 1, 2, 7}, 4, false},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        hst_wire wire;
        hst_wire_begin(&wire, bytes, sizeof bytes, false);
        hst_mysticeti_write_head(&wire, 1, 5, (hst_batch){0}, cases[c].count);
        for (uint32_t i = 0; i < cases[c].count; i++) {
            hst_mysticeti_write_reference(&wire, 5, &refs[cases[c].picks[i]]);
        }
        hst_wire_reader reader = {.bytes = bytes, .size = wire.at};
        const hst_mysticeti_draft draft = hst_mysticeti_read_body(&reader);
        assert_true(hst_wire_read_done(&reader));
        assert_int_equal(hst_mysticeti_draft_valid(&draft, &membership, 3), cases[c].valid);
    }
}

static void the_window_shrinks_so_that_any_cluster_fits(void **state)
{
    (void)state;
    static const uint32_t counts[] = {1, 4, 128, 500, 1024};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        const hst_membership membership = {.count = counts[i], .total = counts[i]};
        const hst_consensus_config config = {.membership = &membership};
        const size_t size = hst_protocol_mysticeti.state_size(&config);
        assert_true(size > 0 && size < (size_t)256 << 20);
        void *memory = calloc(1, size);
        assert_non_null(memory);
        assert_int_equal(hst_protocol_mysticeti.init(memory, &config), HST_OK);
        free(memory);
    }
    const hst_membership crowd = {.count = HST_MEMBER_MAX + 1, .total = HST_MEMBER_MAX + 1};
    const hst_consensus_config config = {.membership = &crowd};
    assert_int_equal(hst_protocol_mysticeti.state_size(&config), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_leader_with_a_quorum_of_certificates_is_committed),
        cmocka_unit_test(a_leader_that_a_quorum_does_not_cite_is_skipped),
        cmocka_unit_test(an_undecided_leader_is_decided_by_the_anchor),
        cmocka_unit_test(an_anchor_is_a_whole_wave_away),
        cmocka_unit_test(an_equivocating_voter_counts_once),
        cmocka_unit_test(a_vote_is_for_the_first_block_cited),
        cmocka_unit_test(what_is_older_than_the_window_is_not_delivered),
        cmocka_unit_test(decisions_do_not_depend_on_how_the_graph_came_about),
        cmocka_unit_test(the_window_shrinks_so_that_any_cluster_fits),
        cmocka_unit_test(a_block_without_a_quorum_of_authors_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
