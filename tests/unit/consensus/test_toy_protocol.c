/* The tutorial's protocol works, and the tutorial shows the file that works. */
#include "sim/base/os_memory.h"
#include "sim/consensus/chaos.h"

#include "tests/unit/consensus/support.h"
#include "tests/unit/consensus/toy_protocol.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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
    /* The page names the file as it would be in core/consensus; only that include differs. */
    const char *own = "#include \"tests/unit/consensus/toy_protocol.h\"\n";
    const char *opening = "```c\n#include \"core/consensus/acknowledged/acknowledged.h\"\n";
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
    test_contract(&hst_protocol_acknowledged, 5, true);
}

static void a_majority_is_enough_and_less_is_not(void **state)
{
    (void)state;
    test_cluster test;
    test_plan(&test, &hst_protocol_acknowledged, 5, 1);
    test_make(&test);
    hst_cluster_crash(test.cluster, 3);
    hst_cluster_crash(test.cluster, 4);
    test_load(&test, 10, 50 * MS);
    test_run(&test, 5 * HST_SECOND_NS);
    assert_int_equal(test_decided(&test), 10);
    hst_cluster_crash(test.cluster, 2);
    test_load(&test, 10, 50 * MS);
    test_run(&test, 10 * HST_SECOND_NS);
    assert_int_equal(test_decided(&test), 10);
    hst_cluster_restart(test.cluster, 4, true);
    test_run(&test, 20 * HST_SECOND_NS);
    assert_int_equal(test_decided(&test), 20);
    test_end(&test);
}

static void storms_do_no_harm(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        const hst_chaos_options options = {
            .protocol = &hst_protocol_acknowledged, .seed = seed, .memory = hst_os_memory()};
        hst_chaos_outcome outcome;
        assert_int_equal(hst_chaos_run(&options, &outcome), HST_OK);
        assert_null(outcome.violation.check);
        assert_true(outcome.live);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_shows_the_code_word_for_word),
        cmocka_unit_test(the_toy_keeps_the_contract),
        cmocka_unit_test(a_majority_is_enough_and_less_is_not),
        cmocka_unit_test(storms_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
