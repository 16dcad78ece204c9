#include "tests/unit/scenario/support.h"

#include "sim/base/os_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

void world_open(world *w, const char *folder)
{
    hst_error error = {0};
    memset(w, 0, sizeof(*w));
    hst_arena_init(&w->arena, hst_os_memory(), 1 << 16);
    if (folder == NULL) {
        assert_int_equal(hst_inputs_create_empty(hst_os_memory(), &w->inputs, &error), HST_OK);
    } else {
        assert_int_equal(hst_inputs_create_from_disk(hst_os_memory(), folder, &w->inputs, &error),
                         HST_OK);
    }
    w->scenario = HST_ARENA_NEW(&w->arena, hst_scenario, 1);
    assert_non_null(w->scenario);
}

void world_close(world *w)
{
    hst_inputs_destroy(w->inputs);
    hst_arena_release(&w->arena);
}

void put_file(world *w, const char *path, const char *text)
{
    hst_error error = {0};
    assert_int_equal(hst_inputs_add(w->inputs, path, text, strlen(text), &error), HST_OK);
}

hst_status load(world *w, const char *path, const char *const *overrides)
{
    hst_error error = {0};
    size_t count = 0;
    while (overrides != NULL && overrides[count] != NULL) {
        count++;
    }
    const hst_status status = hst_scenario_load_with_source(
        w->inputs, path, overrides, count, &w->arena, w->scenario, &w->source, &error);
    w->message[0] = '\0';
    if (status != HST_OK) {
        assert_int_equal(error.status, status);
        (void)hst_error_print(&error, w->message, sizeof(w->message));
    }
    return status;
}

const hst_scenario *load_text(world *w, const char *text)
{
    put_file(w, "x.yaml", text);
    if (load(w, "x.yaml", NULL) != HST_OK) {
        fail_msg("%s", w->message);
    }
    return w->scenario;
}

const char *load_error(world *w, const char *text)
{
    put_file(w, "x.yaml", text);
    assert_int_not_equal(load(w, "x.yaml", NULL), HST_OK);
    return w->message;
}
