/* dump -> load -> equal struct, for random valid scenarios drawn straight from the table. */
#include "core/base/random.h"

#include "sim/scenario/keys.h"

#include "tests/unit/scenario/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ROUNDS = 60 };

static uint64_t below(hst_random *random, uint64_t bound)
{
    return hst_random_below(random, bound);
}

/** A number in the key's range: often a bound, often round, otherwise anything. */
static int64_t draw_number(hst_random *random, const hst_key *key)
{
    const uint64_t span = (uint64_t)key->max - (uint64_t)key->min;
    switch (below(random, 4)) {
    case 0: return key->min;
    case 1: return key->max;
    case 2: {
        const int64_t steps[] = {1, 1000, 100000, 1000000, 1000000000, INT64_C(60000000000)};
        const int64_t step = steps[below(random, 6)];
        const int64_t value = key->min + (int64_t)(span / 3);
        return value - value % step >= key->min ? value - value % step : value;
    }
    default: return key->min + (int64_t)(span == UINT64_MAX ? 0 : below(random, span + 1));
    }
}

/** Characters that need care in YAML, in UTF-8. */
static void draw_text(hst_random *random, char *out, size_t size)
{
    static const char *const pieces[] = {
        "a", "B", "7", " ", "\"", "\\", "'", "#",  ": ",       "- ",           "{",   "}", "[", ",",
        "&", "*", "%", "@", "~",  "\t", "|", "<<", "\xc3\xbc", "\xe2\x82\xac", "null"};
    size_t used = 0;
    const size_t count = below(random, 40);
    for (size_t i = 0; i < count; i++) {
        const char *piece = pieces[below(random, sizeof(pieces) / sizeof(pieces[0]))];
        const size_t length = strlen(piece);
        if (piece[0] != '\t' && used + length < size) {
            memcpy(out + used, piece, length + 1);
            used += length;
        }
    }
}

static void draw_map(hst_random *random, const char *prefix, void *base);

static void draw_path(hst_random *random, char *out)
{
    static const char *const parts[] = {"data/", "with space/", "\xc3\xbc/", "q'\"x/"};
    const char *ups[] = {"", "@up/", "@up/@up/"};
    (void)snprintf(out, HST_SCENARIO_PATH_MAX, "%s%s%st.csv", ups[below(random, 3)],
                   parts[below(random, 4)], parts[below(random, 4)]);
}

static void draw_value(hst_random *random, const hst_key *key, void *base)
{
    char *field = (char *)base + key->offset;
    const int64_t number = draw_number(random, key);
    const double real = (double)number / (double)HST_KEY_NANO;
    const int32_t days = (int32_t)number;
    const unsigned index = (unsigned)number;
    const bool yes = number != 0;
    switch (key->type) {
    case HST_KEY_INTEGER:
    case HST_KEY_DURATION:
    case HST_KEY_RATE:
    case HST_KEY_MONEY: memcpy(field, &number, sizeof(number)); return;
    case HST_KEY_REAL: memcpy(field, &real, sizeof(real)); return;
    case HST_KEY_BOOLEAN: memcpy(field, &yes, sizeof(yes)); return;
    case HST_KEY_ENUMERATION: memcpy(field, &index, sizeof(index)); return;
    case HST_KEY_DATE: memcpy(field, &days, sizeof(days)); return;
    case HST_KEY_STRING: draw_text(random, field, key->size); return;
    case HST_KEY_PATH:
    case HST_KEY_TABLE: draw_path(random, field); return;
    case HST_KEY_COUNTRY:
        field[0] = (char)('A' + (int)below(random, 26));
        field[1] = (char)('A' + (int)below(random, 26));
        return;
    case HST_KEY_MAP: draw_map(random, key->path, base); return;
    case HST_KEY_SETTINGS: {
        const uint32_t count = (uint32_t)below(random, (uint64_t)key->max + 1);
        for (uint32_t i = 0; i < count; i++) {
            hst_scenario_setting one = {.value = "v"};
            (void)snprintf(one.name, sizeof(one.name), "p %u", i);
            draw_text(random, one.value + 1, sizeof(one.value) - 1);
            memcpy(field + i * sizeof(one), &one, sizeof(one));
        }
        memcpy((char *)base + key->count_offset, &count, sizeof(count));
        return;
    }
    case HST_KEY_LIST:
    case HST_KEY_STRINGS: {
        uint32_t count = 0;
        char prefix[HST_KEY_PATH_SIZE];
        if (key->item_size == 0) {
            return; /* include */
        }
        const uint32_t most = key->max < 20 ? (uint32_t)key->max : 20;
        count = (uint32_t)below(random, most + 1);
        (void)snprintf(prefix, sizeof(prefix), "%s[]", key->path);
        for (uint32_t i = 0; i < count; i++) {
            if (key->type == HST_KEY_LIST) {
                draw_map(random, prefix, field + i * key->item_size);
            } else {
                field[i * key->item_size] = 't';
                draw_text(random, field + i * key->item_size + 1, key->item_size - 1);
            }
        }
        memcpy((char *)base + key->count_offset, &count, sizeof(count));
        return;
    }
    }
}

static void draw_map(hst_random *random, const char *prefix, void *base)
{
    for (const hst_key *key = hst_key_next(prefix, NULL); key != NULL;
         key = hst_key_next(prefix, key)) {
        draw_value(random, key, base);
    }
}

/** Faults of validators as their kinds want them. */
static void reconcile_faults(hst_random *random, hst_scenario_dlt *dlt)
{
    dlt->validators = 1 + dlt->validators % 63;
    for (uint32_t f = 0; f < dlt->fault_count; f++) {
        hst_scenario_fault *fault = &dlt->faults[f];
        const int64_t from_ns = fault->from_ns / 2;
        const int64_t until_ns = below(random, 2) == 0 ? 0 : from_ns + 1 + fault->until_ns / 3;
        *fault = (hst_scenario_fault){.from_ns = from_ns, .until_ns = until_ns};
        switch (below(random, 4)) {
        case 0:
            fault->kind = HST_SCENARIO_FAULT_LOSS;
            fault->share_ppb = 1 + (int64_t)below(random, HST_SCENARIO_PPB / 2);
            break;
        case 1:
            fault->kind = HST_SCENARIO_FAULT_SLOW;
            fault->by_ns = 1 + (int64_t)below(random, 1000000000000);
            fault->validator_count = 2;
            memcpy(fault->validators[0], "leader", 6);
            memcpy(fault->validators[1], "0", 1);
            break;
        case 2:
            fault->kind = HST_SCENARIO_FAULT_PARTITION;
            fault->validator_count = 1;
            (void)snprintf(fault->validators[0], sizeof(fault->validators[0]), "%u",
                           (unsigned)below(random, (uint64_t)dlt->validators));
            memcpy(fault->bridge, "0", 1);
            break;
        default:
            fault->kind = HST_SCENARIO_FAULT_SLOW_LEADER;
            fault->by_ns = 1 + (int64_t)below(random, 1000000000000);
        }
    }
}

/** Make what was drawn key by key hold together. */
static void reconcile(hst_random *random, hst_scenario *s)
{
    (void)snprintf(s->name, sizeof(s->name), "n%u", (unsigned)below(random, 1000));
    memset(s->name + strlen(s->name), 0, sizeof(s->name) - strlen(s->name));
    hst_scenario_workload *w = &s->workload;
    w->segment_count = w->segment_count == 0 ? 1 : w->segment_count;
    int64_t left_ppb = HST_SCENARIO_PPB;
    for (uint32_t i = 0; i < w->segment_count; i++) {
        hst_scenario_segment *segment = &w->segments[i];
        segment->name = (hst_scenario_segment_name)i;
        segment->share_ppb =
            i + 1 == w->segment_count ? left_ppb : (int64_t)below(random, (uint64_t)left_ppb + 1);
        left_ppb -= segment->share_ppb;
        segment->amount_min_micro_usd = 10000 + (int64_t)below(random, 1000000);
        segment->amount_median_micro_usd =
            segment->amount_min_micro_usd + (int64_t)below(random, 1000000000);
        segment->amount_max_micro_usd =
            segment->amount_median_micro_usd + (int64_t)below(random, 1000000000000);
    }
    if (s->banks.per_country_max < s->banks.per_country_min) {
        s->banks.per_country_max = s->banks.per_country_min;
    }
    if (s->banks.correspondents_per_bank > s->banks.hubs_per_currency) {
        s->banks.correspondents_per_bank = s->banks.hubs_per_currency;
    }
    for (uint32_t i = 0; i < s->corridor_count; i++) {
        (void)snprintf(s->corridors[i].from, 3, "%c%c", 'A' + (int)(i % 26), 'A' + (int)(i / 26));
        (void)snprintf(s->corridors[i].to, 3, "ZZ");
    }
    hst_scenario_market *market = &s->market;
    if (market->jump_count > 0 || market->realignment_count > 0) {
        market->model = HST_MARKET_GARCH;
    }
    for (uint32_t i = 0; i < market->realignment_count; i++) {
        hst_scenario_realignment *one = &market->realignments[i];
        one->at_ns = one->chance_ppb > 0 ? 0 : one->at_ns % (s->clock.drain_ns + 1);
    }
    hst_scenario_dlt *dlt = &s->rails.dlt;
    reconcile_faults(random, dlt);
    dlt->corridor_count = dlt->corridor_count == 0 ? 1 : dlt->corridor_count;
    memset(dlt->corridors, 0, sizeof(dlt->corridors));
    memcpy(dlt->corridors[0], "all", 3);
    for (uint32_t i = 1; i < dlt->corridor_count; i++) {
        (void)snprintf(dlt->corridors[i], sizeof(dlt->corridors[i]), "%c%c-ZZ", 'A' + (int)(i % 26),
                       'A' + (int)(i / 26));
    }
}

static void a_dump_loads_as_an_equal_scenario(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < ROUNDS; seed++) {
        world w;
        world_open(&w, NULL);
        hst_random random = hst_random_stream(seed, 0, 0, 18);
        hst_scenario *s = HST_ARENA_NEW(&w.arena, hst_scenario, 1);
        draw_map(&random, "", s);
        reconcile(&random, s);
        const char *text = NULL;
        const char *again = NULL;
        size_t size = 0;
        assert_int_equal(hst_scenario_dump(s, &w.arena, &text, &size), HST_OK);
        assert_int_equal(strlen(text), size);
        put_file(&w, "x.yaml", text);
        if (load(&w, "x.yaml", NULL) != HST_OK) {
            fail_msg("seed %u: %s in\n%s", (unsigned)seed, w.message, text);
        }
        assert_int_equal(hst_scenario_dump(w.scenario, &w.arena, &again, &size), HST_OK);
        assert_string_equal(again, text);
        /* Padding is zero by contract (scenario.h).
         * NOLINTNEXTLINE(bugprone-suspicious-memory-comparison,cert-exp42-c,cert-flp37-c) */
        if (memcmp(w.scenario, s, sizeof(*s)) != 0) {
            fail_msg("seed %u: the scenario that came back differs:\n%s", (unsigned)seed, text);
        }
        world_close(&w);
    }
}

static void a_dump_says_every_key(void **state)
{
    (void)state;
    world w;
    hst_error error = {0};
    size_t count = 0;
    size_t size = 0;
    const char *text = NULL;
    world_open(&w, NULL);
    hst_scenario *s = HST_ARENA_NEW(&w.arena, hst_scenario, 1);
    assert_int_equal(hst_scenario_defaults("x", &w.arena, s, &error), HST_OK);
    s->corridor_count = 1;
    memcpy(s->corridors[0].from, "DE", 3);
    memcpy(s->corridors[0].to, "US", 3);
    s->rails.dlt.fault_count = 1;
    s->market.jump_count = 1;
    s->market.realignment_count = 1;
    s->market.premium_count = 1;
    assert_int_equal(hst_scenario_dump(s, &w.arena, &text, &size), HST_OK);
    const hst_key *keys = hst_keys(&count);
    for (size_t i = 0; i < count; i++) {
        char line[HST_KEY_PATH_SIZE];
        (void)snprintf(line, sizeof(line), "%s:", hst_key_name(&keys[i]));
        if (strcmp(keys[i].path, "include") != 0) {
            assert_non_null(strstr(text, line));
        }
    }
    assert_non_null(strstr(text, "\n  date: 2025-10-15\n"));
    assert_non_null(strstr(text, "\n  folder: \"data\"\n"));
    assert_non_null(strstr(text, "\n    interbank: 0.5bp\n"));
    world_close(&w);
}

static void the_shipped_scenarios_survive_dump_and_load(void **state)
{
    (void)state;
    static const char *const paths[] = {"default.yaml", "routers/static.yaml",
                                        "tight-liquidity.yaml", "market-stress.yaml"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        world w;
        world resolved;
        const char *text = NULL;
        size_t size = 0;
        world_open(&w, "scenarios");
        world_open(&resolved, NULL);
        assert_int_equal(load(&w, paths[i], NULL), HST_OK);
        assert_int_equal(hst_scenario_dump(w.scenario, &w.arena, &text, &size), HST_OK);
        put_file(&resolved, "x.yaml", text);
        assert_int_equal(load(&resolved, "x.yaml", NULL), HST_OK);
        assert_memory_equal(resolved.scenario, w.scenario, sizeof(*w.scenario));
        world_close(&w);
        world_close(&resolved);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dump_loads_as_an_equal_scenario),
        cmocka_unit_test(a_dump_says_every_key),
        cmocka_unit_test(the_shipped_scenarios_survive_dump_and_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
