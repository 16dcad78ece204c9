/* The table of regions: halves of round trips, and errors that name what is wrong. */
#include "sim/base/os_memory.h"
#include "sim/network/regions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const two[2] = {"north", "south"};

static hst_arena arena;

static hst_status load(const char *text, const int64_t **base_ns, hst_error *error)
{
    hst_arena_init(&arena, hst_os_memory(), 1 << 16);
    return hst_regions_load("r.csv", text, strlen(text), two, 2, &arena, base_ns, error);
}

static void one_way_is_half_of_the_round_trip_in_its_direction(void **state)
{
    (void)state;
    const int64_t *base_ns = NULL;
    hst_error error = {0};
    assert_int_equal(load("# note\nfrom_region,to_region,rtt_ms\nnorth,north,0.2\nnorth,south,100\n"
                          "south,north,101.5\nsouth,south,1\neast,north,7\n",
                          &base_ns, &error),
                     HST_OK);
    assert_int_equal(base_ns[0], 100000);
    assert_int_equal(base_ns[1], 50000000);
    assert_int_equal(base_ns[2], 50750000);
    assert_int_equal(base_ns[3], 500000);
    hst_arena_release(&arena);
}

static void what_is_wrong_with_a_table_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"from_region,to_region\nnorth,south\n", "rtt_ms"},
        {"from_region,to_region,rtt_ms\nnorth,north,1\nnorth,south,-2\n", "r.csv:3"},
        {"from_region,to_region,rtt_ms\nnorth,north,fast\n", "\"fast\""},
        {"from_region,to_region,rtt_ms\nnorth,north,1\nnorth,south,1\nsouth,south,1\n",
         "from south to north"},
        {"", "r.csv"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const int64_t *base_ns = NULL;
        hst_error error = {0};
        char text[512];
        assert_int_not_equal(load(bad[i].text, &base_ns, &error), HST_OK);
        assert_true(hst_error_print(&error, text, sizeof text) > 0);
        assert_non_null(strstr(text, bad[i].says));
        hst_arena_release(&arena);
    }
}

static void the_shipped_table_knows_its_regions(void **state)
{
    (void)state;
    enum { SIZE = 1 << 16 };
    static const char *const names[2] = {"us-east-1", "eu-north-1"};
    char *bytes = calloc(SIZE, 1);
    FILE *file = fopen("scenarios/data/cloud_latency.csv", "rb");
    assert_non_null(bytes);
    assert_non_null(file);
    const size_t size = fread(bytes, 1, SIZE, file);
    assert_int_equal(fclose(file), 0);
    const int64_t *base_ns = NULL;
    hst_error error = {0};
    hst_arena_init(&arena, hst_os_memory(), 1 << 16);
    assert_int_equal(
        hst_regions_load("cloud_latency.csv", bytes, size, names, 2, &arena, &base_ns, &error),
        HST_OK);
    assert_in_range(base_ns[1], 54000000, 57000000); /* 111 ms there and back */
    hst_arena_release(&arena);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_way_is_half_of_the_round_trip_in_its_direction),
        cmocka_unit_test(what_is_wrong_with_a_table_is_named),
        cmocka_unit_test(the_shipped_table_knows_its_regions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
