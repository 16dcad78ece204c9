/* Loading: defaults, values in every unit, includes with places in the right file, limits, memory.
 */
#include "sim/base/os_memory.h"
#include "sim/scenario/node.h"

#include "tests/unit/scenario/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int open_world(void **state)
{
    static world w;
    world_open(&w, NULL);
    *state = &w;
    return 0;
}

static int close_world(void **state)
{
    world_close(*state);
    return 0;
}

static void a_schema_number_is_a_whole_scenario(void **state)
{
    const hst_scenario *s = load_text(*state, "schema: 1\n");
    assert_int_equal(s->schema, 1);
    assert_string_equal(s->name, "x");
    assert_string_equal(s->title, "");
    assert_int_equal(s->seed, 42);
    assert_int_equal(s->clock.date_days, 20376); /* 2025-10-15 */
    assert_int_equal(s->clock.origination_ns, INT64_C(86400000000000));
    assert_string_equal(s->data.quotes, "data/quotes.csv");
    assert_int_equal(s->workload.payments, 120000);
    assert_int_equal(s->workload.segment_count, 3);
    assert_int_equal(s->workload.segments[2].name, HST_SEGMENT_WHOLESALE);
    assert_int_equal(s->workload.segments[2].amount_median_micro_usd, INT64_C(250000000000));
    assert_int_equal(s->liquidity.annual_rate_ppb, 40000000);
    assert_true(s->liquidity.top_up);
    assert_true(s->liquidity.credit_line > 0.499 && s->liquidity.credit_line < 0.501);
    assert_int_equal(s->market.half_spread.interbank_ppb, 50000);
    assert_int_equal(s->routing.router, HST_ROUTER_CHEAPEST_ADVERTISED);
    assert_int_equal(s->corridor_count, 0);
}

static void defaults_equal_those_of_a_file(void **state)
{
    world *w = *state;
    hst_error error = {0};
    hst_scenario *defaults = HST_ARENA_NEW(&w->arena, hst_scenario, 1);
    assert_int_equal(hst_scenario_defaults("x", &w->arena, defaults, &error), HST_OK);
    const hst_scenario *s = load_text(w, "schema: 1\n");
    assert_memory_equal(s, defaults, sizeof(*s));
}

static void every_unit_is_understood(void **state)
{
    const hst_scenario *s =
        load_text(*state, "schema: 1\n"
                          "clock: {origination: 1h30min, drain: 90s}\n"
                          "workload: {payments: 250k}\n"
                          "rails: {rtgs: {processing: 250ms}}\n"
                          "charges: {correspondent: 1.5bp, rtgs_fixed_usd: 1k}\n"
                          "liquidity: {annual_rate: 0.3%, prefunding: .25}\n"
                          "market: {half_spread: {retail: 0.02}}\n"
                          "title: \"Z\\u00fcrich: 'quoted'\"\n"
                          "corridors:\n"
                          "  - {from: NO, to: US, weight: 1.5, closed: true}\n");
    assert_int_equal(s->clock.origination_ns, INT64_C(5400000000000));
    assert_int_equal(s->clock.drain_ns, INT64_C(90000000000));
    assert_int_equal(s->workload.payments, 250000);
    assert_int_equal(s->rails.rtgs.processing_ns, 250000000);
    assert_int_equal(s->charges.correspondent_ppb, 150000);
    assert_int_equal(s->charges.rtgs_fixed_micro_usd, 1000000000);
    assert_int_equal(s->liquidity.annual_rate_ppb, 3000000);
    assert_true(s->liquidity.prefunding > 0.2499 && s->liquidity.prefunding < 0.2501);
    assert_int_equal(s->market.half_spread.retail_ppb, 20000000);
    assert_string_equal(s->title, "Z\xc3\xbcrich: 'quoted'");
    assert_string_equal(s->corridors[0].from, "NO"); /* Norway, not false */
    assert_true(s->corridors[0].closed);
    assert_true(s->corridors[0].weight > 1.499 && s->corridors[0].weight < 1.501);
}

static void line_ends_and_a_byte_order_mark_change_nothing(void **state)
{
    world *w = *state;
    put_file(w, "a/x.yaml", "\xef\xbb\xbfschema: 1\r\nseed: 7\r\n");
    assert_int_equal(load(w, "a/x.yaml", NULL), HST_OK);
    assert_int_equal(w->scenario->seed, 7);
    put_file(w, "b/x.yaml", "\xef\xbb\xbfschema: 1\r\n\r\nseed: x\r\n");
    assert_int_equal(load(w, "b/x.yaml", NULL), HST_SCENARIO);
    assert_non_null(strstr(w->message, "b/x.yaml:3:7: seed: "));
}

static void json_is_yaml(void **state)
{
    const hst_scenario *s =
        load_text(*state, "{\"schema\": 1, \"workload\": {\"payments\": 5}, \"tags\": [\"a\"]}");
    assert_int_equal(s->workload.payments, 5);
    assert_int_equal(s->tag_count, 1);
    assert_string_equal(s->tags[0], "a");
}

static void the_including_file_wins_and_maps_merge(void **state)
{
    world *w = *state;
    put_file(w, "f/base.yaml",
             "schema: 1\n"
             "seed: 1\n"
             "workload: {payments: 10, customers_per_bank: 11}\n"
             "rails: {correspondent: {cover_share: 1%, repair_share: 2%}}\n"
             "tags: [a, b]\n");
    put_file(w, "f/later.yaml",
             "workload: {customers_per_bank: 12}\n"
             "rails: {correspondent: {repair_share: 3%}}\n");
    const hst_scenario *s = load_text(w, "include: [f/base.yaml, f/later.yaml]\n"
                                         "seed: 5\n"
                                         "tags: [c]\n"
                                         "rails: {correspondent: {processing_median: 7s}}\n");
    assert_int_equal(s->seed, 5);
    assert_int_equal(s->workload.payments, 10);
    assert_int_equal(s->workload.customers_per_bank, 12);
    assert_int_equal(s->rails.correspondent.cover_share_ppb, 10000000);
    assert_int_equal(s->rails.correspondent.repair_share_ppb, 30000000);
    assert_int_equal(s->rails.correspondent.processing_median_ns, INT64_C(7000000000));
    assert_int_equal(s->tag_count, 1);
    assert_string_equal(s->tags[0], "c");
}

static void a_file_may_be_included_twice_by_different_ways(void **state)
{
    world *w = *state;
    put_file(w, "base.yaml", "schema: 1\nseed: 3\n");
    put_file(w, "a.yaml", "include: [base.yaml]\n");
    put_file(w, "b.yaml", "include: [base.yaml]\n");
    assert_int_equal(load_text(w, "include: [a.yaml, b.yaml]\n")->seed, 3);
}

static void mistakes_are_reported_in_the_file_that_makes_them(void **state)
{
    world *w = *state;
    put_file(w, "f/g/deep.yaml", "workload:\n  customers_per_bank: 5\n  payments: cheap\n");
    put_file(w, "f/middle.yaml", "seed: 4\ninclude: [g/deep.yaml]\n");
    assert_string_equal(load_error(w, "schema: 1\ninclude: [f/middle.yaml]\n"),
                        "f/g/deep.yaml:3:13: workload.payments: expected an integer in [1, "
                        "100000000], got \"cheap\"");
}

static void the_first_mistake_of_the_root_comes_before_those_of_its_includes(void **state)
{
    world *w = *state;
    put_file(w, "f.yaml", "seed: x\n");
    const char *message = load_error(w, "schema: 1\ninclude: [f.yaml]\nledger: {audit: maybe}\n");
    assert_non_null(strstr(message, "x.yaml:3:17: ledger.audit"));
}

static void paths_start_from_the_file_that_names_them(void **state)
{
    world *w = *state;
    put_file(w, "f/data.yaml", "data: {folder: tables, quotes: ../mine.csv, rtgs: ../../r.csv}\n");
    const hst_scenario *s =
        load_text(w, "schema: 1\ninclude: [f/data.yaml]\ndata: {latency: ./l/../lat.csv}\n");
    assert_string_equal(s->data.folder, "f/tables");
    assert_string_equal(s->data.quotes, "mine.csv");
    assert_string_equal(s->data.rtgs, "@up/r.csv");
    assert_string_equal(s->data.latency, "lat.csv");
    assert_string_equal(s->data.zones, "f/tables/zones.csv");
}

static void the_folder_of_tables_may_be_the_root_itself(void **state)
{
    const hst_scenario *s = load_text(*state, "schema: 1\ndata: {folder: .}\n");
    assert_string_equal(s->data.folder, "");
    assert_string_equal(s->data.zones, "zones.csv");
}

static void a_chain_of_includes_ends_at_its_limit(void **state)
{
    world *w = *state;
    for (int i = 0; i < 12; i++) {
        char path[32];
        char text[64];
        (void)snprintf(path, sizeof(path), "c%d.yaml", i);
        (void)snprintf(text, sizeof(text), "schema: 1\ninclude: [c%d.yaml]\n", i + 1);
        put_file(w, path, text);
    }
    put_file(w, "c12.yaml", "schema: 1\n");
    assert_int_equal(load(w, "c4.yaml", NULL), HST_OK); /* eight deep */
    assert_int_equal(load(w, "c3.yaml", NULL), HST_SCENARIO);
    assert_string_equal(w->message, "c11.yaml:2:11: include[0]: includes more than 8 deep "
                                    "(HST_SCENARIO_INCLUDE_DEPTH_MAX)");
}

static void many_includes_end_at_their_limit(void **state)
{
    world *w = *state;
    char text[HST_SCENARIO_FILES_MAX * 16 + 64];
    put_file(w, "f.yaml", "seed: 1\n");
    size_t used = (size_t)snprintf(text, sizeof(text), "schema: 1\ninclude: [f.yaml");
    for (int i = 1; i < HST_SCENARIO_FILES_MAX; i++) {
        used += (size_t)snprintf(text + used, sizeof(text) - used, ", f.yaml");
    }
    (void)snprintf(text + used, sizeof(text) - used, "]\n");
    assert_non_null(strstr(load_error(w, text), "more than 32 files (HST_SCENARIO_FILES_MAX)"));
}

static void a_huge_file_is_refused(void **state)
{
    world *w = *state;
    const size_t size = HST_SCENARIO_FILE_BYTES_MAX + 1;
    char *text = malloc(size + 1);
    assert_non_null(text);
    memset(text, '#', size);
    text[size] = '\0';
    assert_string_equal(load_error(w, text),
                        "x.yaml:1:1: more than 1048576 bytes (HST_SCENARIO_FILE_BYTES_MAX)");
    free(text);
}

static void a_document_of_too_many_values_is_refused(void **state)
{
    world *w = *state;
    const size_t count = HST_SCENARIO_NODES_MAX + 10;
    char *text = malloc(count * 2 + 64);
    assert_non_null(text);
    size_t used = (size_t)sprintf(text, "schema: 1\ntags: [");
    for (size_t i = 0; i < count; i++) {
        text[used++] = 'a';
        text[used++] = ',';
    }
    (void)sprintf(text + used - 1, "]\n");
    const char *message = load_error(w, text);
    assert_non_null(strstr(message, "more than 65536 keys and values (HST_SCENARIO_NODES_MAX)"));
    free(text);
}

static void a_list_of_corridors_ends_at_its_limit(void **state)
{
    world *w = *state;
    char *text = malloc((size_t)(HST_SCENARIO_CORRIDORS_MAX + 1) * 32);
    assert_non_null(text);
    for (int extra = 0; extra < 2; extra++) {
        char path[16];
        size_t used = (size_t)sprintf(text, "schema: 1\ncorridors:\n");
        for (int i = 0; i < HST_SCENARIO_CORRIDORS_MAX + extra; i++) {
            /* 26 * 26 origins, each to its neighbour, then to the one after it. */
            used += (size_t)sprintf(text + used, "  - {from: %c%c, to: %c%c}\n", 'A' + i / 26 % 26,
                                    'A' + i % 26, 'A' + i / 26 % 26, 'A' + (i + 1 + i / 676) % 26);
        }
        (void)snprintf(path, sizeof(path), "%d.yaml", extra);
        put_file(w, path, text);
        assert_int_equal(load(w, path, NULL), extra == 0 ? HST_OK : HST_SCENARIO);
    }
    assert_string_equal(w->message, "1.yaml:3:3: corridors: 1025 entries, at most 1024 "
                                    "(HST_SCENARIO_CORRIDORS_MAX)");
    free(text);
}

static void a_missing_root_file_is_no_scenario_error(void **state)
{
    world *w = *state;
    assert_int_equal(load(w, "nowhere.yaml", NULL), HST_NOT_FOUND);
    assert_non_null(strstr(w->message, "nowhere.yaml"));
}

static void a_failed_load_leaves_the_scenario_alone(void **state)
{
    world *w = *state;
    hst_scenario *before = HST_ARENA_NEW(&w->arena, hst_scenario, 1);
    memset(w->scenario, 0x5a, sizeof(*w->scenario));
    memcpy(before, w->scenario, sizeof(*before));
    (void)load_error(w, "schema: 1\nseed: 7\nbanks: {per_country_max: 1}\n");
    assert_memory_equal(w->scenario, before, sizeof(*before));
}

static void a_reader_of_tables_can_refuse_a_key_at_its_place(void **state)
{
    world *w = *state;
    put_file(w, "f.yaml", "corridors:\n  - {from: DE, to: US}\n  - {from: XX, to: US}\n");
    (void)load_text(w, "schema: 1\ninclude: [f.yaml]\n");
    hst_error error = {0};
    char text[HST_ERROR_PRINT_SIZE];
    assert_int_equal(
        hst_scenario_refuse(w->source, &error, "corridors[1].from", "no country %s", "XX"),
        HST_SCENARIO);
    (void)hst_error_print(&error, text, sizeof(text));
    assert_string_equal(text, "f.yaml:3:12: corridors[1].from: no country XX");
    /* A key that is not written anywhere is blamed on what it is missing from. */
    assert_int_equal(hst_scenario_refuse(w->source, &error, "clock.date", "too late"),
                     HST_SCENARIO);
    (void)hst_error_print(&error, text, sizeof(text));
    assert_string_equal(text, "x.yaml:1:1: clock.date: too late");
}

/** Memory that refuses the k-th request and all after it. */
typedef struct short_memory {
    hst_memory real;
    int left;
} short_memory;

static void *acquire_if_left(void *context, size_t size)
{
    short_memory *m = context;
    return m->left-- > 0 ? m->real.acquire(m->real.context, size) : NULL;
}

static void release_through(void *context, void *p, size_t size)
{
    const short_memory *m = context;
    m->real.release(m->real.context, p, size);
}

/** One load with memory for `chunks` requests, of whose first chunk `waste` bytes are taken. */
static hst_status load_short(world *w, int chunks, size_t waste)
{
    static const char *const overrides[] = {"corridors[1].from=FR", "corridors[1].to=GB",
                                            "workload.segments[0].share=45%", "tags=[a, b]"};
    short_memory memory = {.real = hst_os_memory(), .left = chunks};
    hst_arena arena;
    hst_error error = {0};
    hst_arena_init(&arena, (hst_memory){&memory, acquire_if_left, release_through}, 1);
    (void)hst_arena_alloc(&arena, waste, 1);
    const hst_status status =
        hst_scenario_load(w->inputs, "x.yaml", overrides, 4, &arena, w->scenario, &error);
    assert_int_equal(error.status, status);
    hst_arena_release(&arena);
    return status;
}

static void running_out_of_memory_anywhere_is_reported(void **state)
{
    world *w = *state;
    put_file(w, "f.yaml", "schema: 1\ncorridors: [{from: DE, to: US}]\n");
    put_file(w, "x.yaml", "include: [f.yaml]\ntitle: A title of some length\n");
    int failures = 0;
    /* Shifting the allocations through the arena's chunks lets each of them be the one that
     * needs a new chunk. */
    for (size_t waste = 1; waste <= 4096; waste += 64) {
        int chunks = 0;
        hst_status status = HST_NO_MEMORY;
        for (; status != HST_OK && chunks < 100; chunks++) {
            status = load_short(w, chunks, waste);
            assert_true(status == HST_OK || status == HST_NO_MEMORY);
            failures += status == HST_OK ? 0 : 1;
        }
        assert_int_equal(status, HST_OK);
    }
    assert_true(failures > 100);
    assert_int_equal(w->scenario->corridor_count, 2);
}

static void words_of_enumerations_can_be_asked_for(void **state)
{
    (void)state;
    assert_string_equal(hst_scenario_router_text(HST_ROUTER_FEWEST_HOPS), "fewest_hops");
    assert_string_equal(hst_scenario_market_model_text(HST_MARKET_GARCH), "garch");
    assert_string_equal(hst_scenario_segment_text(HST_SEGMENT_RETAIL), "retail");
}

/** The scenarios that are shipped load, from disk. */
static void shipped_scenarios_load(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "default.yaml",         "small.yaml",          "garch.yaml",
        "tight-liquidity.yaml", "market-stress.yaml",  "remittances.yaml",
        "routers/static.yaml",  "routers/fewest.yaml", "routers/cheapest.yaml"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        world w;
        world_open(&w, "scenarios");
        if (load(&w, paths[i], NULL) != HST_OK) {
            fail_msg("%s", w.message);
        }
        assert_string_equal(w.scenario->data.quotes, "data/quotes.csv");
        assert_true(w.scenario->title[0] != '\0');
        world_close(&w);
    }
}

static void the_default_scenario_says_the_defaults(void **state)
{
    (void)state;
    world w;
    hst_error error = {0};
    world_open(&w, "scenarios");
    hst_scenario *defaults = HST_ARENA_NEW(&w.arena, hst_scenario, 1);
    assert_int_equal(hst_scenario_defaults("default", &w.arena, defaults, &error), HST_OK);
    assert_int_equal(load(&w, "default.yaml", NULL), HST_OK);
    memset(w.scenario->title, 0, sizeof(w.scenario->title));
    memset(w.scenario->tags, 0, sizeof(w.scenario->tags));
    w.scenario->tag_count = 0;
    assert_memory_equal(w.scenario, defaults, sizeof(*defaults));
    static const char *const fragment[] = {"include=x", NULL};
    assert_int_equal(load(&w, "default.yaml", fragment), HST_SCENARIO);
    world_close(&w);
    world_open(&w, "scenarios");
    defaults = HST_ARENA_NEW(&w.arena, hst_scenario, 1);
    static const char *const schema[] = {"schema=1", NULL};
    assert_int_equal(hst_scenario_defaults("segments", &w.arena, defaults, &error), HST_OK);
    assert_int_equal(load(&w, "fragments/segments.yaml", schema), HST_OK);
    assert_memory_equal(&w.scenario->workload, &defaults->workload, sizeof(defaults->workload));
    world_close(&w);
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(a_schema_number_is_a_whole_scenario),
        WITH_WORLD(defaults_equal_those_of_a_file),
        WITH_WORLD(every_unit_is_understood),
        WITH_WORLD(line_ends_and_a_byte_order_mark_change_nothing),
        WITH_WORLD(json_is_yaml),
        WITH_WORLD(the_including_file_wins_and_maps_merge),
        WITH_WORLD(a_file_may_be_included_twice_by_different_ways),
        WITH_WORLD(mistakes_are_reported_in_the_file_that_makes_them),
        WITH_WORLD(the_first_mistake_of_the_root_comes_before_those_of_its_includes),
        WITH_WORLD(paths_start_from_the_file_that_names_them),
        WITH_WORLD(the_folder_of_tables_may_be_the_root_itself),
        WITH_WORLD(a_chain_of_includes_ends_at_its_limit),
        WITH_WORLD(many_includes_end_at_their_limit),
        WITH_WORLD(a_huge_file_is_refused),
        WITH_WORLD(a_document_of_too_many_values_is_refused),
        WITH_WORLD(a_list_of_corridors_ends_at_its_limit),
        WITH_WORLD(a_missing_root_file_is_no_scenario_error),
        WITH_WORLD(a_failed_load_leaves_the_scenario_alone),
        WITH_WORLD(a_reader_of_tables_can_refuse_a_key_at_its_place),
        WITH_WORLD(running_out_of_memory_anywhere_is_reported),
        cmocka_unit_test(words_of_enumerations_can_be_asked_for),
        cmocka_unit_test(shipped_scenarios_load),
        cmocka_unit_test(the_default_scenario_says_the_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
