/* `--set key.path=value`: the same checks as a file, after all files, blamed on the override. */
#include "tests/unit/scenario/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int open_world(void **state)
{
    static world w;
    world_open(&w, NULL);
    put_file(&w, "x.yaml",
             "schema: 1\n"
             "seed: 5\n"
             "workload:\n"
             "  payments: 10\n"
             "corridors:\n"
             "  - {from: DE, to: US, fee: 1%}\n");
    *state = &w;
    return 0;
}

static int close_world(void **state)
{
    world_close(*state);
    return 0;
}

/** Load x.yaml with one override, which must go well. */
static const hst_scenario *set(world *w, const char *assignment)
{
    const char *const overrides[] = {assignment, NULL};
    if (load(w, "x.yaml", overrides) != HST_OK) {
        fail_msg("%s", w->message);
    }
    return w->scenario;
}

/** The message of an override that is refused. */
static const char *refuse(world *w, const char *assignment)
{
    const char *const overrides[] = {assignment, NULL};
    assert_int_equal(load(w, "x.yaml", overrides), HST_SCENARIO);
    return w->message;
}

static void an_override_replaces_what_a_file_says(void **state)
{
    assert_int_equal(set(*state, "workload.payments=2k")->workload.payments, 2000);
    assert_int_equal(set(*state, "seed=6")->seed, 6);
}

static void an_override_adds_what_no_file_says(void **state)
{
    assert_int_equal(set(*state, "rails.rtgs.processing=5ms")->rails.rtgs.processing_ns, 5000000);
    assert_string_equal(set(*state, "title=a: b # c")->title, "a: b # c");
}

static void an_override_reaches_into_a_list(void **state)
{
    const hst_scenario *s = set(*state, "corridors[0].fee=2%");
    assert_int_equal(s->corridors[0].fee_ppb, 20000000);
    assert_string_equal(s->corridors[0].from, "DE");
}

static void an_override_reaches_into_a_default_list(void **state)
{
    const hst_scenario *s = set(*state, "workload.segments[1].urgent_share=1%");
    assert_int_equal(s->workload.segment_count, 3);
    assert_int_equal(s->workload.segments[1].urgent_share_ppb, 10000000);
    assert_int_equal(s->workload.segments[1].share_ppb, 430000000);
}

static void an_override_behind_the_last_entry_makes_a_new_one(void **state)
{
    const char *const overrides[] = {"corridors[1].from=FR", "corridors[1].to=GB", "tags[0]=x",
                                     NULL};
    world *w = *state;
    assert_int_equal(load(w, "x.yaml", overrides), HST_OK);
    assert_int_equal(w->scenario->corridor_count, 2);
    assert_string_equal(w->scenario->corridors[1].to, "GB");
    assert_string_equal(w->scenario->tags[0], "x");
}

static void an_override_takes_whole_lists_and_maps(void **state)
{
    const hst_scenario *s =
        set(*state, "corridors=[{from: US, to: MX}, {from: US, to: IN, closed: true}]");
    assert_int_equal(s->corridor_count, 2);
    assert_true(s->corridors[1].closed);
    assert_int_equal(s->corridors[0].fee_ppb, 0);
    s = set(*state, "workload={payments: 3}");
    assert_int_equal(s->workload.payments, 3);
}

static void the_last_override_wins(void **state)
{
    const char *const overrides[] = {"seed=7", "seed=8", NULL};
    world *w = *state;
    assert_int_equal(load(w, "x.yaml", overrides), HST_OK);
    assert_int_equal(w->scenario->seed, 8);
}

static void a_path_in_an_override_starts_from_the_root_file(void **state)
{
    world *w = *state;
    put_file(w, "a/y.yaml", "schema: 1\n");
    const char *const overrides[] = {"data.quotes=../q.csv", NULL};
    assert_int_equal(load(w, "a/y.yaml", overrides), HST_OK);
    assert_string_equal(w->scenario->data.quotes, "q.csv");
}

static void a_bad_override_is_blamed_on_itself(void **state)
{
    assert_string_equal(refuse(*state, "workload.payments=x"),
                        "--set workload.payments=x: workload.payments: expected an integer in [1, "
                        "100000000], got \"x\"");
    assert_string_equal(refuse(*state, "workload.paymnts=5"),
                        "--set workload.paymnts=5: workload: unknown key 'paymnts', did you mean "
                        "'payments'?");
    assert_string_equal(refuse(*state, "corridors=[{from: DE, to: US, fe: 1}]"),
                        "--set corridors=[{from: DE, to: US, fe: 1}]: corridors[0]: unknown key "
                        "'fe', did you mean 'fee'?");
    assert_string_equal(refuse(*state, "workload.payments=\xff"),
                        "--set workload.payments=\\xff: workload.payments: expected an integer in "
                        "[1, 100000000], got \"\\xff\"");
}

static void paths_that_are_none_are_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "seed",
                                      "=1",
                                      "a.=1",
                                      ".a=1",
                                      "a..b=1",
                                      "a[=1",
                                      "a]=1",
                                      "a[]=1",
                                      "a[-1]=1",
                                      "a[1x]=1",
                                      "a[9999999]=1",
                                      "a[0]b=1",
                                      "corridors[0].[1]=1",
                                      "[0]=1",
                                      "a[0]]=1",
                                      "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q=1"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const char *message = refuse(*state, bad[i]);
        assert_int_equal(strncmp(message, "--set ", 6), 0);
    }
}

static void overlong_overrides_are_refused(void **state)
{
    char text[4096];
    memset(text, 'a', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    text[300] = '=';
    text[1000] = '\0';
    assert_non_null(strstr(refuse(*state, text), "expected key.path=value"));
    text[1000] = 'a';
    memcpy(text, "title=", 6);
    assert_non_null(strstr(refuse(*state, text), "HST_SCENARIO_SCALAR_MAX"));
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(an_override_replaces_what_a_file_says),
        WITH_WORLD(an_override_adds_what_no_file_says),
        WITH_WORLD(an_override_reaches_into_a_list),
        WITH_WORLD(an_override_reaches_into_a_default_list),
        WITH_WORLD(an_override_behind_the_last_entry_makes_a_new_one),
        WITH_WORLD(an_override_takes_whole_lists_and_maps),
        WITH_WORLD(the_last_override_wins),
        WITH_WORLD(a_path_in_an_override_starts_from_the_root_file),
        WITH_WORLD(a_bad_override_is_blamed_on_itself),
        WITH_WORLD(paths_that_are_none_are_refused),
        WITH_WORLD(overlong_overrides_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
