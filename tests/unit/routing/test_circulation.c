/* The flow bound against trying everything, and against payments that are really made. */
#include "core/routing/circulation.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/support.h"

#include <string.h>

enum { NODES = 4, DEMANDS = 5 };

static int64_t
bound(const hst_purse *purses, uint32_t nodes, const hst_demand *demands, uint32_t count)
{
    hst_arena arena = test_arena();
    int64_t most = -1;
    assert_int_equal(hst_flow_bound(purses, nodes, demands, count, &arena, &most), HST_OK);
    hst_arena_release(&arena);
    return most;
}

/** Does delivering `given` keep every node within its purse? */
static bool fits(const hst_purse *purses, const hst_demand *demands, const int64_t *given)
{
    int64_t net[NODES] = {0};
    for (unsigned i = 0; i < DEMANDS; i++) {
        net[demands[i].from] += given[i];
        net[demands[i].to] -= given[i];
    }
    for (unsigned v = 0; v < NODES; v++) {
        if (net[v] > purses[v].can_send || -net[v] > purses[v].can_receive) {
            return false;
        }
    }
    return true;
}

/** Most that fits, by trying every amount of every demand. */
static int64_t enumerate(const hst_purse *purses, const hst_demand *demands)
{
    int64_t given[DEMANDS] = {0};
    int64_t best = 0;
    for (;;) {
        int64_t sum = 0;
        for (unsigned i = 0; i < DEMANDS; i++) {
            sum += given[i];
        }
        if (sum > best && fits(purses, demands, given)) {
            best = sum;
        }
        unsigned at = 0;
        while (at < DEMANDS && given[at] == demands[at].amount) {
            given[at++] = 0;
        }
        if (at == DEMANDS) {
            return best;
        }
        given[at]++;
    }
}

static void the_bound_is_the_most_that_keeps_every_node_within_its_purse(void **state)
{
    (void)state;
    hst_random random = hst_random_stream(3, 0, 0, 1);
    unsigned all = 0;
    unsigned none = 0;
    for (unsigned round = 0; round < 500; round++) {
        hst_purse purses[NODES];
        hst_demand demands[DEMANDS];
        int64_t total = 0;
        for (unsigned v = 0; v < NODES; v++) {
            purses[v].can_send = (int64_t)hst_random_below(&random, 5);
            purses[v].can_receive = (int64_t)hst_random_below(&random, 5);
        }
        for (unsigned i = 0; i < DEMANDS; i++) {
            demands[i].from = (uint32_t)hst_random_below(&random, NODES);
            demands[i].to = (demands[i].from + 1 + (uint32_t)hst_random_below(&random, NODES - 1)) %
                            (uint32_t)NODES;
            demands[i].amount = 1 + (int64_t)hst_random_below(&random, 6);
            total += demands[i].amount;
        }
        const int64_t most = bound(purses, NODES, demands, DEMANDS);
        assert_int_equal(most, enumerate(purses, demands));
        all += most == total;
        none += most == 0;
    }
    assert_true(all > 5 && none > 0);
}

static void what_goes_around_needs_no_balance_and_what_does_not_needs_all(void **state)
{
    (void)state;
    const hst_purse empty[3] = {{0, 0}, {0, 0}, {0, 0}};
    const hst_demand around[] = {{0, 1, 70}, {1, 2, 70}, {2, 0, 50}, {0, 2, 9}};
    assert_int_equal(bound(empty, 3, around, 3), 150);
    /* Nine more from 0 to 2 would have to come back over 2 to 0, which carries all it is asked. */
    assert_int_equal(bound(empty, 3, around, 4), 150);
    assert_int_equal(bound(empty, 3, around + 3, 1), 0);
    assert_int_equal(bound(empty, 3, around, 0), 0);
}

static void payments_over_a_hub_never_deliver_more(void **state)
{
    (void)state;
    enum { LEAVES = 6, PAYMENTS = 60 };
    hst_random random = hst_random_stream(4, 0, 0, 1);
    for (unsigned round = 0; round < 50; round++) {
        int64_t own[LEAVES];
        hst_purse purses[LEAVES];
        hst_demand demands[PAYMENTS];
        int64_t delivered = 0;
        enum { CAPACITY = 100 };
        for (unsigned v = 0; v < LEAVES; v++) { /* each has one channel, with the hub */
            own[v] = (int64_t)hst_random_below(&random, CAPACITY + 1);
            purses[v] = (hst_purse){own[v], CAPACITY - own[v]};
        }
        for (unsigned i = 0; i < PAYMENTS; i++) {
            hst_demand *one = &demands[i];
            one->from = (uint32_t)hst_random_below(&random, LEAVES);
            one->to = (one->from + 1 + (uint32_t)hst_random_below(&random, LEAVES - 1)) % LEAVES;
            one->amount = 1 + (int64_t)hst_random_below(&random, 40);
            if (own[one->from] >= one->amount && CAPACITY - own[one->to] >= one->amount) {
                own[one->from] -= one->amount;
                own[one->to] += one->amount;
                delivered += one->amount;
            }
        }
        assert_true(delivered <= bound(purses, LEAVES, demands, PAYMENTS));
    }
}

static void amounts_beyond_what_a_flow_holds_are_refused(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    const hst_purse purses[2] = {{1, 1}, {1, 1}};
    const hst_demand demands[2] = {{0, 1, INT64_C(1) << 40}, {1, 0, 1}};
    int64_t most = 0;
    assert_int_equal(hst_flow_bound(purses, 2, demands, 2, &arena, &most), HST_OVERFLOW);
    hst_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bound_is_the_most_that_keeps_every_node_within_its_purse),
        cmocka_unit_test(what_goes_around_needs_no_balance_and_what_does_not_needs_all),
        cmocka_unit_test(payments_over_a_hub_never_deliver_more),
        cmocka_unit_test(amounts_beyond_what_a_flow_holds_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
