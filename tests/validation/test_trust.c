/* Quorum sets of a real network: whether any two quorums intersect, by a search that shares no code
 * with core/consensus, and what replicas do that run SCP with them.
 */
#include "core/base/random.h"
#include "core/consensus/membership.h"

#include "sim/base/number.h"
#include "sim/base/os_memory.h"
#include "sim/base/purpose.h"
#include "sim/consensus/trust.h"

#include "tests/validation/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- the search ----------------------------------------------------------------------------- */

/* A set of up to 128 nodes. */
__extension__ typedef unsigned __int128 node_set;

static node_set one(uint32_t node)
{
    return (node_set)1 << node;
}

static uint32_t size_of(node_set set)
{
    return (uint32_t)__builtin_popcountll((uint64_t)set) +
           (uint32_t)__builtin_popcountll((uint64_t)(set >> 64));
}

static bool has_slice(const hst_quorum_set *trust, node_set set)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < trust->member_count; i++) {
        found += (set & one(trust->members[i])) != 0 ? 1 : 0;
    }
    for (uint32_t i = 0; i < trust->inner_count; i++) {
        found += has_slice(&trust->inner[i], set) ? 1 : 0;
    }
    return found >= trust->threshold;
}

/* The union of all quorums inside a set. */
static node_set greatest_quorum(const hst_membership *network, node_set set)
{
    node_set before = 0;
    while (before != set) {
        before = set;
        for (uint32_t i = 0; i < network->count; i++) {
            if ((set & one(i)) != 0 && !has_slice(&network->quorum_sets[i], set)) {
                set &= ~one(i);
            }
        }
    }
    return set;
}

/* How often a quorum set names a node. */
static uint32_t mentions(const hst_quorum_set *trust, uint32_t node)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < trust->member_count; i++) {
        count += trust->members[i] == node ? 1 : 0;
    }
    for (uint32_t i = 0; i < trust->inner_count; i++) {
        count += mentions(&trust->inner[i], node);
    }
    return count;
}

/* What is being looked for, and what was found. */
typedef struct hunt {
    const hst_membership *network;
    uint32_t *mentioned; /* by node, how many quorum sets name it */
    node_set all;        /* the greatest quorum */
    node_set found[2];   /* two quorums without a common node */
    uint64_t steps;
} hunt;

/* Whether a quorum that holds `taken`, and beyond it only nodes of `left`, has a disjoint one:
 * Lachowski, arXiv 1902.06493 (enumerate minimal quorums, stop where none can follow). */
static bool search(hunt *h, node_set taken, node_set left)
{
    h->steps++;
    const node_set quorum = greatest_quorum(h->network, taken);
    if (quorum != 0) {
        h->found[0] = quorum;
        h->found[1] = greatest_quorum(h->network, h->all & ~quorum);
        return h->found[1] != 0;
    }
    const node_set reach = greatest_quorum(h->network, taken | left);
    if ((taken & ~reach) != 0 || left == 0) {
        return false;
    }
    left &= reach;
    uint32_t best = UINT32_MAX;
    for (uint32_t i = 0; i < h->network->count; i++) {
        if ((left & one(i)) != 0 && (best == UINT32_MAX || h->mentioned[i] > h->mentioned[best])) {
            best = i;
        }
    }
    if (best == UINT32_MAX) {
        return false;
    }
    /* No quorum without it: only those with it are left. Else look at those first. */
    return search(h, taken, left & ~one(best)) ||
           (greatest_quorum(h->network, h->all & ~(taken | one(best))) != 0
                ? search(h, taken | one(best), left & ~one(best))
                : false);
}

/* A network from two tables, and the nodes that run. */
static void load(hst_arena *arena,
                 const char *nodes_path,
                 const char *sets_path,
                 hst_membership *network,
                 const bool **validates)
{
    hst_trust_table nodes = {.file = nodes_path};
    hst_trust_table sets = {.file = sets_path};
    hst_error error = {0};
    nodes.bytes = scene_file(arena, nodes_path, &nodes.size);
    sets.bytes = scene_file(arena, sets_path, &sets.size);
    assert_int_equal(hst_trust_load(&nodes, &sets, arena, network, validates, &error), HST_OK);
    assert_true(network->count <= 128);
}

static hunt look(hst_arena *arena, const hst_membership *network, const bool *validates)
{
    hunt h = {.network = network, .mentioned = HST_ARENA_NEW(arena, uint32_t, network->count)};
    assert_non_null(h.mentioned);
    for (uint32_t i = 0; i < network->count; i++) {
        h.all |= validates[i] ? one(i) : 0;
        for (uint32_t k = 0; k < network->count; k++) {
            h.mentioned[k] += mentions(&network->quorum_sets[i], k);
        }
    }
    h.all = greatest_quorum(network, h.all);
    if (!search(&h, 0, h.all)) {
        h.found[0] = h.found[1] = 0;
    }
    return h;
}

/* The published verdicts, by SAT solvers: correct and broken in fbas_analyzer's tests; no two
 * disjoint quorums in the network of 2025. */
static void quorums_of_real_networks_intersect_where_published(void **state)
{
    (void)state;
    static const struct {
        const char *name, *nodes, *sets;
        uint32_t validators;
        bool intersects;
    } networks[] = {{"correct (2018)", "tests/validation/fbas_correct_nodes.csv",
                     "tests/validation/fbas_correct_sets.csv", 48, true},
                    {"broken (2018)", "tests/validation/fbas_broken_nodes.csv",
                     "tests/validation/fbas_broken_sets.csv", 50, false},
                    {"Stellar (2025)", "scenarios/data/stellar_nodes.csv",
                     "scenarios/data/stellar_quorum_sets.csv", 92, true}};
    for (size_t n = 0; n < sizeof networks / sizeof networks[0]; n++) {
        hst_arena arena;
        hst_membership network;
        const bool *validates = NULL;
        hst_arena_init(&arena, hst_os_memory(), 1 << 20);
        load(&arena, networks[n].nodes, networks[n].sets, &network, &validates);
        const hunt h = look(&arena, &network, validates);
        print_message("[ validate ] %s: %u validators in quorums, %s, %llu steps\n",
                      networks[n].name, size_of(h.all),
                      h.found[1] == 0 ? "any two intersect" : "two do not intersect",
                      (unsigned long long)h.steps);
        assert_int_equal(size_of(h.all), networks[n].validators);
        assert_int_equal(h.found[1] == 0, networks[n].intersects);
        if (h.found[1] != 0) {
            assert_true((h.found[0] & h.found[1]) == 0);
            assert_true(greatest_quorum(&network, h.found[0]) == h.found[0]);
            assert_true(greatest_quorum(&network, h.found[1]) == h.found[1]);
        }
        hst_arena_release(&arena);
    }
}

/* --- the search against all pairs ------------------------------------------------------------ */

enum { SMALL = 7 };

/* A network of seven with thresholds and members drawn. */
typedef struct small {
    hst_membership network;
    hst_quorum_set sets[SMALL];
    uint32_t members[SMALL][SMALL];
} small;

static void draw(small *s, hst_random *random)
{
    s->network = (hst_membership){.count = SMALL, .total = SMALL, .quorum_sets = s->sets};
    for (uint32_t i = 0; i < SMALL; i++) {
        uint32_t count = 0;
        for (uint32_t k = 0; k < SMALL; k++) {
            if (hst_random_below(random, 3) != 0) {
                s->members[i][count++] = k;
            }
        }
        if (count == 0) {
            s->members[i][count++] = i;
        }
        s->sets[i] = (hst_quorum_set){.threshold = 1 + (uint32_t)hst_random_below(random, count),
                                      .member_count = count,
                                      .members = s->members[i]};
    }
}

static bool all_pairs_intersect(const hst_membership *network)
{
    for (uint32_t set = 1; set < 1U << SMALL; set++) {
        if (greatest_quorum(network, set) == set &&
            greatest_quorum(network, ((1U << SMALL) - 1) & ~set) != 0) {
            return false;
        }
    }
    return true;
}

static void the_search_finds_what_trying_all_pairs_finds(void **state)
{
    (void)state;
    static const bool everyone[SMALL] = {true, true, true, true, true, true, true};
    uint32_t intersect = 0;
    enum { NETWORKS = 500 };
    hst_random random = hst_random_stream(1, 0, 0, HST_PURPOSE_CONSENSUS);
    for (uint32_t n = 0; n < NETWORKS; n++) {
        small s;
        hst_arena arena;
        hst_arena_init(&arena, hst_os_memory(), 1 << 12);
        draw(&s, &random);
        const hunt h = look(&arena, &s.network, everyone);
        const bool expected = all_pairs_intersect(&s.network);
        assert_int_equal(h.found[1] == 0, expected);
        intersect += expected ? 1 : 0;
        hst_arena_release(&arena);
    }
    assert_true(intersect > NETWORKS / 10 && intersect < NETWORKS * 9 / 10);
}

/* The implementation that replicas use must see the same greatest quorum in any set. */
static void core_consensus_sees_the_same_quorums(void **state)
{
    (void)state;
    hst_arena arena;
    hst_membership network;
    const bool *validates = NULL;
    hst_random random = hst_random_stream(2, 0, 0, HST_PURPOSE_CONSENSUS);
    hst_arena_init(&arena, hst_os_memory(), 1 << 20);
    load(&arena, "scenarios/data/stellar_nodes.csv", "scenarios/data/stellar_quorum_sets.csv",
         &network, &validates);
    for (uint32_t n = 0; n < 200; n++) {
        node_set set = 0;
        for (uint32_t i = 0; i < network.count; i++) {
            set |= validates[i] && hst_random_below(&random, 8) >= n / 40 ? one(i) : 0;
        }
        uint64_t words[2] = {(uint64_t)set, (uint64_t)(set >> 64)};
        hst_quorum_reduce(&network, words);
        assert_true(greatest_quorum(&network, set) == ((node_set)words[1] << 64 | words[0]));
    }
    hst_arena_release(&arena);
}

/* --- SCP with them -------------------------------------------------------------------------- */

enum { BATCHES = 40 };

/* A replica whose clients like other batches: of two neighbours it proposes the second first. */
static void
step_preferring_others(void *state, const hst_consensus_input *input, hst_effects *effects)
{
    hst_consensus_input other = *input;
    if (input->offer.id > 0 && input->offer.id < BATCHES) {
        other.offer.id = input->offer.id % 2 == 1 ? input->offer.id + 1 : input->offer.id - 1;
    }
    hst_consensus_find("scp")->step(state, &other, effects);
}

/* Only `alive` run, and the `contrary` of them prefer other batches; links lose a message of
 * twenty. HST_REFUSED when a check fired. */
static hst_status run_scp(const hst_membership *network,
                          node_set alive,
                          node_set contrary,
                          uint64_t seed,
                          hst_cluster_violation *violation,
                          uint64_t *decided)
{
    hst_consensus_protocol preferring = *hst_consensus_find("scp");
    const hst_consensus_protocol *others[128] = {NULL};
    preferring.step = step_preferring_others;
    for (uint32_t i = 0; i < network->count; i++) {
        others[i] = (contrary & one(i)) != 0 ? &preferring : NULL;
    }
    static const int64_t base[1] = {20 * MS};
    const hst_network_options links = {.count = network->count,
                                       .region_count = 1,
                                       .base_ns = base,
                                       .jitter_ns = 20 * MS,
                                       .loss_ppm = 50000,
                                       .seed = seed};
    const hst_cluster_options options = {.protocol = hst_consensus_find("scp"),
                                         .others = others,
                                         .membership = network,
                                         .network = &links,
                                         .seed = seed,
                                         .batch_capacity = BATCHES,
                                         .memory = hst_os_memory()};
    hst_cluster *cluster = NULL;
    hst_cluster_report report;
    assert_int_equal(hst_cluster_create(&options, &cluster), HST_OK);
    for (uint32_t i = 0; i < network->count; i++) {
        if ((alive & one(i)) == 0) {
            hst_cluster_crash(cluster, i);
        }
    }
    for (uint32_t b = 0; b < BATCHES; b++) {
        assert_int_not_equal(hst_cluster_submit(cluster, b * 100 * MS, 1000, 10), 0);
    }
    const hst_status status = hst_cluster_run(cluster, 40 * HST_SECOND_NS, 0);
    hst_cluster_measure(cluster, &report);
    *violation = *hst_cluster_violated(cluster);
    *decided = report.decided;
    hst_cluster_destroy(cluster);
    return status;
}

static void two_quorums_without_a_common_node_fork(void **state)
{
    (void)state;
    hst_arena arena;
    hst_membership network;
    const bool *validates = NULL;
    hst_cluster_violation violation;
    uint64_t decided = 0;
    hst_arena_init(&arena, hst_os_memory(), 1 << 20);
    load(&arena, "tests/validation/fbas_broken_nodes.csv", "tests/validation/fbas_broken_sets.csv",
         &network, &validates);
    const hunt h = look(&arena, &network, validates);
    assert_int_equal(
        run_scp(&network, h.found[0] | h.found[1], h.found[1], 1, &violation, &decided),
        HST_REFUSED);
    assert_string_equal(violation.check, "agreement");
    hst_arena_release(&arena);
}

static void networks_whose_quorums_intersect_never_fork(void **state)
{
    (void)state;
    static const struct {
        const char *nodes, *sets;
        uint32_t runs;
    } networks[] = {
        {"tests/validation/fbas_correct_nodes.csv", "tests/validation/fbas_correct_sets.csv", 8},
        {"scenarios/data/stellar_nodes.csv", "scenarios/data/stellar_quorum_sets.csv", 2}};
    for (size_t n = 0; n < sizeof networks / sizeof networks[0]; n++) {
        hst_arena arena;
        hst_membership network;
        const bool *validates = NULL;
        uint64_t decided_in_all = 0;
        hst_random random = hst_random_stream(3, 0, n, HST_PURPOSE_CONSENSUS);
        hst_arena_init(&arena, hst_os_memory(), 1 << 20);
        load(&arena, networks[n].nodes, networks[n].sets, &network, &validates);
        for (uint64_t seed = 1; seed <= networks[n].runs; seed++) {
            node_set alive = 0;
            node_set contrary = 0;
            hst_cluster_violation violation;
            uint64_t decided = 0;
            for (uint32_t i = 0; i < network.count; i++) {
                alive |= validates[i] && hst_random_below(&random, 10) >= seed % 4 ? one(i) : 0;
                contrary |= hst_random_below(&random, 2) == 0 ? one(i) : 0;
            }
            assert_int_equal(run_scp(&network, alive, contrary, seed, &violation, &decided),
                             HST_OK);
            decided_in_all += decided;
        }
        assert_true(decided_in_all > 0);
        hst_arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_search_finds_what_trying_all_pairs_finds),
        cmocka_unit_test(core_consensus_sees_the_same_quorums),
        cmocka_unit_test(quorums_of_real_networks_intersect_where_published),
        cmocka_unit_test(two_quorums_without_a_common_node_fork),
        cmocka_unit_test(networks_whose_quorums_intersect_never_fork),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
