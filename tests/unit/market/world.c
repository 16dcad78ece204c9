#include "tests/unit/market/world.h"

#include "core/base/assert.h"

#include "sim/base/number.h"
#include "sim/base/os_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): longjmp needs a place */
static jmp_buf trap;
/* NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): as above */
static bool trap_set = false;

_Noreturn void hst_assert_failed(const char *condition, const char *file, int line)
{
    if (trap_set) {
        trap_set = false;
        /* NOLINTNEXTLINE(cert-err52-cpp): the only way out of a noreturn function */
        longjmp(trap, 1);
    }
    (void)fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
    abort();
}

bool world_fires(void (*action)(const void *context), const void *context)
{
    trap_set = true;
    /* NOLINTNEXTLINE(cert-err52-cpp): see above */
    if (setjmp(trap) == 0) {
        action(context);
        trap_set = false;
        return false;
    }
    return true;
}

static void start(world *w)
{
    memset(w, 0, sizeof *w);
    hst_arena_init(&w->arena, hst_os_memory(), (size_t)1 << 20);
    hst_arena_init(&w->scratch, hst_os_memory(), (size_t)1 << 20);
    hst_currency_table_init(&w->currencies);
}

void world_open(world *w)
{
    start(w);
    assert_int_equal(
        hst_inputs_create_from_disk(hst_os_memory(), "scenarios", &w->inputs, &w->error), HST_OK);
    assert_int_equal(hst_market_load_currencies(w->inputs, "data/currencies.csv", &w->scratch,
                                                &w->currencies, &w->error),
                     HST_OK);
}

void world_open_empty(world *w)
{
    start(w);
    assert_int_equal(hst_inputs_create_empty(hst_os_memory(), &w->inputs, &w->error), HST_OK);
}

void world_close(world *w)
{
    hst_inputs_destroy(w->inputs);
    hst_arena_release(&w->arena);
    hst_arena_release(&w->scratch);
}

void world_put(world *w, const char *path, const char *text)
{
    assert_int_equal(hst_inputs_add(w->inputs, path, text, strlen(text), &w->error), HST_OK);
}

hst_currency world_currency(const world *w, const char *code)
{
    hst_currency currency = HST_CURRENCY_NONE;
    assert_int_equal(hst_currency_find(&w->currencies, code, strlen(code), &currency), HST_OK);
    return currency;
}

const hst_market *world_market(world *w, const hst_market_config *config)
{
    hst_market *market = NULL;
    const hst_status status = hst_market_create(config, &w->currencies, w->inputs, &w->arena,
                                                &w->scratch, &market, &w->error);
    if (status != HST_OK) {
        char text[HST_ERROR_PRINT_SIZE];
        (void)hst_error_print(&w->error, text, sizeof text);
        fail_msg("no market: %s", text);
    }
    return market;
}

int64_t at(int64_t day, int64_t hour, int64_t minute)
{
    return day * HST_DAY_NS + hour * HST_HOUR_NS + minute * HST_MINUTE_NS;
}
