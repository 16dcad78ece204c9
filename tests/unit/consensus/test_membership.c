/* Quorum arithmetic against counting, quorum sets against enumeration, tables of real networks. */
#include "core/consensus/membership.h"

#include "sim/base/os_memory.h"
#include "sim/consensus/trust.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void two_quorums_share_an_honest_replica_for_every_count(void **state)
{
    (void)state;
    for (uint64_t n = 1; n <= 1000; n++) {
        const uint64_t f = hst_faulty_max(n);
        const uint64_t q = hst_quorum(n);
        assert_true(3 * f < n && 3 * (f + 1) >= n); /* the largest f below a third */
        assert_true(q == 2 * n / 3 + 1);
        assert_true(2 * q - n >= f + 1); /* two quorums overlap in more than the faulty */
        assert_true(q <= n - f);         /* and the honest are one */
        assert_int_equal(hst_weak_quorum(n), f + 1);
        assert_true(2 * hst_majority(n) > n && 2 * (hst_majority(n) - 1) <= n);
    }
    assert_int_equal(hst_quorum(40), 27);
}

static void sets_count_their_members_with_and_without_weights(void **state)
{
    (void)state;
    static const uint64_t weights[70] = {[0] = 5, [63] = 7, [64] = 11, [69] = 13};
    uint64_t set[2] = {0};
    assert_true(hst_member_add(set, 0));
    assert_true(hst_member_add(set, 64));
    assert_false(hst_member_add(set, 64));
    assert_true(hst_member_has(set, 64) && !hst_member_has(set, 63));
    const hst_membership plain = {.count = 70, .total = 70};
    const hst_membership weighted = {.count = 70, .weights = weights, .total = 36};
    assert_int_equal(hst_member_weight(&plain, set), 2);
    assert_int_equal(hst_member_weight(&weighted, set), 16);
}

/* What the words say: enumerate which members agree. */
static bool slow_satisfied(const hst_quorum_set *q, uint64_t set)
{
    uint32_t agree = 0;
    for (uint32_t m = 0; m < q->member_count; m++) {
        agree += (uint32_t)(set >> q->members[m] & 1);
    }
    for (uint32_t i = 0; i < q->inner_count; i++) {
        agree += slow_satisfied(&q->inner[i], set) ? 1 : 0;
    }
    return agree >= q->threshold;
}

static void a_blocking_set_is_one_whose_absence_leaves_no_slice(void **state)
{
    (void)state;
    static const uint32_t a[3] = {0, 1, 2};
    static const uint32_t b[3] = {3, 4, 5};
    static const uint32_t c[2] = {6, 7};
    static const uint32_t top[1] = {8};
    static const hst_quorum_set deepest[1] = {{.threshold = 2, .member_count = 3, .members = b}};
    static const hst_quorum_set inner[2] = {
        {.threshold = 2, .member_count = 3, .members = a},
        {.threshold = 2, .member_count = 2, .members = c, .inner_count = 1, .inner = deepest}};
    for (uint32_t threshold = 1; threshold <= 3; threshold++) {
        const hst_quorum_set q = {.threshold = threshold,
                                  .member_count = 1,
                                  .members = top,
                                  .inner_count = 2,
                                  .inner = inner};
        assert_true(hst_quorum_set_valid(&q, 9));
        for (uint64_t set = 0; set < 512; set++) {
            assert_int_equal(hst_quorum_set_satisfied(&q, &set), slow_satisfied(&q, set));
            assert_int_equal(hst_quorum_set_blocked(&q, &set), !slow_satisfied(&q, ~set & 511));
        }
    }
}

static void quorum_sets_that_make_no_sense_are_not_valid(void **state)
{
    (void)state;
    static const uint32_t members[2] = {0, 5};
    hst_quorum_set chain[6];
    for (int i = 5; i >= 0; i--) {
        chain[i] = (hst_quorum_set){.threshold = 1,
                                    .member_count = 2,
                                    .members = members,
                                    .inner_count = i < 5 ? 1 : 0,
                                    .inner = i < 5 ? &chain[i + 1] : NULL};
    }
    assert_true(hst_quorum_set_valid(&chain[2], 6));
    assert_false(hst_quorum_set_valid(&chain[1], 6)); /* five deep */
    assert_false(hst_quorum_set_valid(&chain[5], 5)); /* no replica 5 */
    chain[5].threshold = 3;
    assert_false(hst_quorum_set_valid(&chain[5], 6));
    chain[5].threshold = 0;
    assert_false(hst_quorum_set_valid(&chain[5], 6));
}

/* --- tables ---------------------------------------------------------------------------------- */

static hst_arena arena;

static hst_trust_table read_table(const char *path)
{
    enum { SIZE = 1 << 16 };
    char *bytes = calloc(SIZE, 1);
    FILE *file = fopen(path, "rb");
    assert_non_null(bytes);
    assert_non_null(file);
    const size_t size = fread(bytes, 1, SIZE, file);
    assert_int_equal(fclose(file), 0);
    return (hst_trust_table){.file = path, .bytes = bytes, .size = size};
}

static void give_back(const hst_trust_table *table)
{
    free((void *)(uintptr_t)table->bytes);
}

static void the_validators_of_stellar_form_the_greatest_quorum_and_three_of_them_none(void **state)
{
    (void)state;
    const hst_trust_table nodes = read_table("scenarios/data/stellar_nodes.csv");
    const hst_trust_table sets = read_table("scenarios/data/stellar_quorum_sets.csv");
    hst_membership membership;
    const bool *validates = NULL;
    hst_error error = {0};
    hst_arena_init(&arena, hst_os_memory(), 1 << 20);
    assert_int_equal(hst_trust_load(&nodes, &sets, &arena, &membership, &validates, &error),
                     HST_OK);
    assert_int_equal(membership.count, 104);
    uint64_t all[2] = {0};
    uint64_t kept[2];
    for (uint32_t i = 0; i < membership.count; i++) {
        if (validates[i]) {
            (void)hst_member_add(all, i);
        }
    }
    assert_int_equal(hst_member_count(all, 2), 92);
    memcpy(kept, all, sizeof kept);
    hst_quorum_reduce(&membership, kept);
    assert_memory_equal(kept, all, sizeof all); /* the greatest quorum is everyone */
    /* Published for this snapshot: no quorum has fewer than ten replicas. */
    uint64_t few[2] = {0x7, 0};
    hst_quorum_reduce(&membership, few);
    assert_int_equal(hst_member_count(few, 2), 0);
    hst_arena_release(&arena);
    give_back(&nodes);
    give_back(&sets);
}

static void stake_becomes_weights(void **state)
{
    (void)state;
    const hst_trust_table table = read_table("scenarios/data/stake.csv");
    hst_membership membership;
    hst_error error = {0};
    hst_arena_init(&arena, hst_os_memory(), 1 << 20);
    assert_int_equal(hst_stake_load(&table, 100, &arena, &membership, &error), HST_OK);
    uint64_t total = 0;
    for (uint32_t i = 0; i < 100; i++) {
        assert_true(i == 0 || membership.weights[i] <= membership.weights[i - 1]);
        total += membership.weights[i];
    }
    assert_true(total == membership.total);
    assert_int_equal(hst_stake_load(&table, 1001, &arena, &membership, &error), HST_NOT_FOUND);
    hst_arena_release(&arena);
    give_back(&table);
}

static void what_is_wrong_with_a_table_of_trust_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *nodes, *sets, *says;
    } bad[] = {
        {"node,quorum_set\n0,0\n", "set,parent,threshold,members\n0,,2,0\n", "threshold"},
        {"node,quorum_set\n0,0\n", "set,parent,threshold,members\n0,,1,1\n", "does not exist"},
        {"node,quorum_set\n0,1\n", "set,parent,threshold,members\n0,,1,0\n", "nodes.csv:2"},
        {"node,quorum_set\n0,0\n", "set,parent,threshold,members\n0,0,1,0\n", "sets.csv:2"},
        {"node,quorum_set\n0,0\n", "set,parent,threshold,members\n0,,1,1 0\n", "ascending"},
        {"node,quorum_set\n0,0\n", "set,parent,threshold,members\n0,,1,x\n", "ascending"},
        {"node,quorum_set\n1,0\n", "set,parent,threshold,members\n0,,1,0\n", "nodes.csv:2"},
        {"node,quorum_set\n0,1\n", "set,parent,threshold,members\n0,,1,0\n1,0,1,0\n", "no parent"},
        {"node,quorum_set\n", "set,parent,threshold,members\n0,,1,0\n", "no nodes"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const hst_trust_table nodes = {"nodes.csv", bad[i].nodes, strlen(bad[i].nodes)};
        const hst_trust_table sets = {"sets.csv", bad[i].sets, strlen(bad[i].sets)};
        hst_membership membership;
        const bool *validates = NULL;
        hst_error error = {0};
        char text[512];
        hst_arena_init(&arena, hst_os_memory(), 1 << 20);
        assert_int_not_equal(hst_trust_load(&nodes, &sets, &arena, &membership, &validates, &error),
                             HST_OK);
        assert_true(hst_error_print(&error, text, sizeof text) > 0);
        if (strstr(text, bad[i].says) == NULL) {
            fail_msg("\"%s\" does not say \"%s\"", text, bad[i].says);
        }
        hst_arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_quorums_share_an_honest_replica_for_every_count),
        cmocka_unit_test(sets_count_their_members_with_and_without_weights),
        cmocka_unit_test(a_blocking_set_is_one_whose_absence_leaves_no_slice),
        cmocka_unit_test(quorum_sets_that_make_no_sense_are_not_valid),
        cmocka_unit_test(the_validators_of_stellar_form_the_greatest_quorum_and_three_of_them_none),
        cmocka_unit_test(stake_becomes_weights),
        cmocka_unit_test(what_is_wrong_with_a_table_of_trust_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
