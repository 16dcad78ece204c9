/* The tutorial's router works, and the tutorial shows the file that works. */
#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/router_contract.h"
#include "tests/unit/routing/support.h"
#include "tests/unit/routing/toy_router.h"

#include <string.h>

static char *read_whole(const char *path)
{
    enum { SIZE = 1 << 16 };
    char *text = calloc(SIZE, 1);
    FILE *file = fopen(path, "rb");
    assert_non_null(text);
    assert_non_null(file);
    assert_true(fread(text, 1, SIZE - 1, file) > 0);
    assert_int_equal(fclose(file), 0);
    return text;
}

static void the_page_shows_the_code_word_for_word(void **state)
{
    (void)state;
    char *page = read_whole(HST_TUTORIAL);
    char *code = read_whole(HST_TUTORIAL_CODE);
    /* The page names the file as it would be in core/routing; only that include differs. */
    const char *own = "#include \"tests/unit/routing/toy_router.h\"\n";
    const char *opening = "```c\n#include \"core/routing/once_bitten.h\"\n";
    assert_int_equal(strncmp(code, own, strlen(own)), 0);
    const char *block = strstr(page, opening);
    assert_non_null(block);
    block += strlen(opening);
    const char *end = strstr(block, "```\n");
    assert_non_null(end);
    const char *rest = code + strlen(own);
    assert_int_equal((size_t)(end - block), strlen(rest));
    assert_memory_equal(block, rest, strlen(rest));
    free(page);
    free(code);
}

static void the_toy_keeps_the_contract(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 30; seed++) {
        assertion.seed = seed;
        assert_true(check_router_contract(&hst_router_once_bitten, seed) > 0);
    }
}

static void a_failed_hop_is_avoided_until_there_is_no_other(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    const hst_graph_edge edges[] = {
        {.from = 0, .to = 1, .kind = HST_HOP_BOOK, .fixed_micro_usd = 1, .enabled = true},
        {.from = 0, .to = 1, .kind = HST_HOP_RTGS, .fixed_micro_usd = 2, .enabled = true}};
    hst_graph graph = plain_graph(&arena, 2, edges, 2);
    const hst_router_setup setup = {.graph = &graph, .arena = &arena};
    hst_router *router = NULL;
    assert_int_equal(hst_router_create(&hst_router_once_bitten, &setup, &router), HST_OK);
    const hst_route_query query = {.source = 0, .target = 1, .amount_micro_usd = 100};
    hst_route_plan plan;
    assert_int_equal(hst_router_route(router, &query, &plan), HST_OK);
    assert_int_equal(plan.edges[0], 0);
    const hst_hop_outcome failed = {.edge = 0, .result = HST_HOP_NO_LIQUIDITY};
    hst_router_feedback(router, &failed, 1);
    assert_int_equal(hst_router_route(router, &query, &plan), HST_OK);
    assert_int_equal(plan.edges[0], 1);
    hst_graph_set_enabled(&graph, 1, false);
    assert_int_equal(hst_router_route(router, &query, &plan), HST_OK);
    assert_int_equal(plan.edges[0], 0);
    hst_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_shows_the_code_word_for_word),
        cmocka_unit_test(the_toy_keeps_the_contract),
        cmocka_unit_test(a_failed_hop_is_avoided_until_there_is_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
