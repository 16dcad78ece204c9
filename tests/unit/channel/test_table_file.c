/* The two tables of channels: the ones in the repository, and cells that are not what they should
 * be. */
#include "sim/base/os_memory.h"
#include "sim/channel/table_file.h"

#include "tests/unit/channel/ring.h"

#include <stdio.h>
#include <string.h>

typedef hst_status (*reader)(
    const char *, const char *, size_t, hst_arena *, hst_channel_table *, hst_error *);

static char *load(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *bytes = malloc(2 << 20);
    assert_non_null(bytes);
    *size = fread(bytes, 1, 2 << 20, file);
    (void)fclose(file);
    return bytes;
}

static void network_of(const char *path, reader read, uint32_t nodes, uint32_t channels)
{
    size_t size = 0;
    hst_arena arena;
    hst_error error = {0};
    hst_channel_table table;
    hst_channel_network network;
    hst_arena_init(&arena, hst_os_memory(), 1 << 20);
    char *bytes = load(path, &size);
    assert_int_equal(read(path, bytes, size, &arena, &table, &error), HST_OK);
    free(bytes);
    assert_int_equal(table.node_count, nodes);
    assert_int_equal(table.count, channels);
    assert_int_equal(hst_channel_network_create(&table, HST_CHANNEL_AS_GIVEN, 1, hst_os_memory(),
                                                &arena, &network),
                     HST_OK);
    uint32_t channel = 0;
    assert_int_equal(hst_channel_check(&table, network.ledger, NULL, &channel), HST_OK);
    hst_channel_network_destroy(&network);
    hst_arena_release(&arena);
}

static void the_tables_of_the_repository_become_networks(void **state)
{
    (void)state;
    network_of("scenarios/data/lightning.csv", hst_channel_read_lightning, 3594, 30391);
    network_of("scenarios/data/credit_network.csv", hst_channel_read_credit, 1870, 4354);
}

static void expect_error(reader read, const char *header, const char *row, const char *message)
{
    char text[512];
    char printed[HST_ERROR_PRINT_SIZE];
    hst_arena arena;
    hst_error error = {0};
    hst_channel_table table;
    hst_arena_init(&arena, hst_os_memory(), 1 << 16);
    (void)snprintf(text, sizeof text, "%s\n%s\n", header, row);
    const hst_status status = read("t.csv", text, strlen(text), &arena, &table, &error);
    (void)hst_error_print(&error, printed, sizeof printed);
    if (message == NULL) {
        assert_int_equal(status, HST_OK);
    } else {
        assert_string_equal(printed, message);
    }
    hst_arena_release(&arena);
}

static void a_cell_that_is_wrong_is_named(void **state)
{
    (void)state;
    const char *l = "node_a,node_b,capacity_sat,base_msat_ab,ppm_ab,cltv_ab,htlc_min_sat_ab,"
                    "htlc_max_sat_ab,base_msat_ba,ppm_ba,cltv_ba,htlc_min_sat_ba,htlc_max_sat_ba";
    const reader r = hst_channel_read_lightning;
    expect_error(r, l, "0,1,20,1000,5,40,,,,,,,", NULL);
    expect_error(r, l, "0,0,20,1000,5,40,,,,,,,",
                 "t.csv:2:3: column node_b: expected another node than the other end, got \"0\"");
    expect_error(r, l, "0,1,0,1000,5,40,,,,,,,",
                 "t.csv:2:5: column capacity_sat: expected a whole number in [1, "
                 "2500000000000000], got \"0\"");
    expect_error(r, l, "0,1,20,1000,,40,,,,,,,",
                 "t.csv:2:13: column ppm_ab: expected a whole number in [0, 1000000], got \"\"");
    expect_error(r, l, "0,1,20,1000,5,40,,21,,,,,",
                 "t.csv:2:19: column htlc_max_sat_ab: expected a whole number in [0, 20], got "
                 "\"21\"");
    const char *c = "src,dst,lower,upper";
    expect_error(hst_channel_read_credit, c, "0,1,-2.5,0", NULL);
    expect_error(hst_channel_read_credit, c, "0,1,0,0",
                 "t.csv:2:7: column upper: expected a limit above 0, got \"0\"");
    expect_error(hst_channel_read_credit, c, "0,1,1,5",
                 "t.csv:2:5: column lower: expected a limit of at most 0, got \"1\"");
    expect_error(hst_channel_read_credit, c, "0,1,0,-5",
                 "t.csv:2:7: column upper: expected a limit of at least 0, got \"-5\"");
    expect_error(hst_channel_read_credit, "src,dst,lower", "0,1,0",
                 "t.csv: has no column \"upper\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tables_of_the_repository_become_networks),
        cmocka_unit_test(a_cell_that_is_wrong_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
