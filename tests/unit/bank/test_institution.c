/* Who is there, and who holds an account with whom. */
#include "tests/support/expect_assert.h"
#include "tests/unit/bank/world.h"

#include <string.h>

static void every_relation_is_with_a_hub_of_its_currency(void **state)
{
    (void)state;
    static test_world w;
    assert_int_equal(test_world_load(&w, NULL, 0), HST_OK);
    const hst_institutions *all = &w.institutions;
    for (uint32_t r = 0; r < all->relation_count; r++) {
        const hst_relation *one = &all->relations[r];
        const hst_institution *servicer = &all->all[one->servicer];
        assert_int_not_equal(one->owner, one->servicer);
        assert_int_equal(servicer->currency, one->currency);
        assert_true(servicer->is_hub || servicer->kind == HST_INSTITUTION_TRANSFER_HUB);
    }
    test_world_release(&w);
}

static void nobody_holds_two_accounts_with_the_same_bank(void **state)
{
    (void)state;
    static test_world w;
    assert_int_equal(test_world_load(&w, NULL, 0), HST_OK);
    const hst_institutions *all = &w.institutions;
    for (uint32_t i = 0; i < all->count; i++) {
        const hst_institution *one = &all->all[i];
        for (uint32_t a = 0; a < one->relation_count; a++) {
            assert_int_equal(all->relations[one->first_relation + a].owner, i);
            for (uint32_t b = a + 1; b < one->relation_count; b++) {
                assert_int_not_equal(all->relations[one->first_relation + a].servicer,
                                     all->relations[one->first_relation + b].servicer);
            }
        }
    }
    test_world_release(&w);
}

static void hubs_hold_more_accounts_than_others(void **state)
{
    (void)state;
    static test_world w;
    assert_int_equal(test_world_load(&w, NULL, 0), HST_OK);
    double relations[2] = {0, 0};
    double count[2] = {0, 0};
    for (uint32_t i = 0; i < w.institutions.count; i++) {
        const hst_institution *one = &w.institutions.all[i];
        if (one->kind == HST_INSTITUTION_BANK) {
            relations[one->is_hub] += one->relation_count;
            count[one->is_hub]++;
        }
    }
    assert_true(count[1] > 10);
    assert_true(relations[1] / count[1] > 2 * relations[0] / count[0]);
    test_world_release(&w);
}

static void the_number_of_banks_stays_within_the_scenarios_bounds(void **state)
{
    (void)state;
    static test_world w;
    static const char *const overrides[] = {"banks.per_country_min=3", "banks.per_country_max=5"};
    assert_int_equal(test_world_load(&w, overrides, 2), HST_OK);
    for (uint16_t k = 0; k < w.atlas.country_count; k++) {
        assert_in_range(w.institutions.country_banks[k], 3, 5);
    }
    test_world_release(&w);
}

static void equal_seeds_give_equal_institutions_and_others_do_not(void **state)
{
    (void)state;
    static test_world a;
    static test_world b;
    static test_world c;
    static const char *const other[] = {"seed=43"};
    assert_int_equal(test_world_load(&a, NULL, 0), HST_OK);
    assert_int_equal(test_world_load(&b, NULL, 0), HST_OK);
    assert_int_equal(test_world_load(&c, other, 1), HST_OK);
    assert_int_equal(a.institutions.relation_count, b.institutions.relation_count);
    const size_t size = a.institutions.relation_count * sizeof(hst_relation);
    assert_memory_equal(a.institutions.relations, b.institutions.relations, size);
    assert_true(a.institutions.relation_count != c.institutions.relation_count ||
                memcmp(a.institutions.relations, c.institutions.relations, size) != 0);
    test_world_release(&a);
    test_world_release(&b);
    test_world_release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_relation_is_with_a_hub_of_its_currency),
        cmocka_unit_test(nobody_holds_two_accounts_with_the_same_bank),
        cmocka_unit_test(hubs_hold_more_accounts_than_others),
        cmocka_unit_test(the_number_of_banks_stays_within_the_scenarios_bounds),
        cmocka_unit_test(equal_seeds_give_equal_institutions_and_others_do_not)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
