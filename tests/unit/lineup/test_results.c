/* A line-up in a result file: what was run can be run again, and a changed row is found. */
#include "sim/base/os_memory.h"
#include "sim/lineup/results.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char text[] = "lineup: 1\n"
                           "title: a test\n"
                           "worlds: [well_specified, adversarial]\n"
                           "routers: [R3, learned, O1]\n"
                           "currencies: 8\n"
                           "banks: 6\n"
                           "hubs: 5\n"
                           "seeds: 2\n"
                           "payments: 60\n";

typedef struct scene {
    hst_arena arena;
    hst_inputs *inputs;
    const hst_lineup_file *file;
    hst_lineup_result results[HST_LINEUP_KIND_COUNT];
    char path[64];
    hst_error error;
} scene;

static void open_scene(scene *s)
{
    memset(s, 0, sizeof *s);
    hst_arena_init(&s->arena, hst_os_memory(), 1 << 20);
    assert_int_equal(hst_inputs_create_empty(hst_os_memory(), &s->inputs, &s->error), HST_OK);
    assert_int_equal(hst_inputs_add(s->inputs, "mine.yaml", text, sizeof text - 1, &s->error),
                     HST_OK);
    assert_int_equal(hst_lineup_load(s->inputs, "mine.yaml", &s->arena, &s->file, &s->error),
                     HST_OK);
    for (uint32_t w = 0; w < s->file->plan_count; w++) {
        assert_int_equal(
            hst_lineup_run(&s->file->plans[w], hst_os_memory(), &s->arena, &s->results[w]), HST_OK);
    }
    (void)snprintf(s->path, sizeof s->path, "/tmp/hst-lineup-XXXXXX");
    const int file = mkstemp(s->path);
    assert_true(file >= 0);
    assert_int_equal(close(file), 0);
}

static void close_scene(scene *s)
{
    (void)unlink(s->path);
    hst_inputs_destroy(s->inputs);
    hst_arena_release(&s->arena);
}

static void write_results(scene *s)
{
    const hst_lineup_results all = {.file = s->file,
                                    .results = s->results,
                                    .root_path = "mine.yaml",
                                    .command = "herstatt lineup mine.yaml",
                                    .version = "test"};
    assert_int_equal(hst_lineup_write(&all, s->inputs, s->path, hst_os_memory(), &s->error),
                     HST_OK);
}

/** Verify what is in the file with nothing but what is in it, as a stranger would. */
static hst_status verify(scene *s, size_t *worlds)
{
    char digest[65] = "";
    hst_result_file *file = NULL;
    assert_int_equal(hst_result_open(s->path, hst_os_memory(), &file, &s->error), HST_OK);
    const hst_status status =
        hst_lineup_verify(file, s->inputs, 2, NULL, hst_os_memory(), worlds, digest, &s->error);
    hst_result_file_close(file);
    return status;
}

static void what_was_written_verifies(void **state)
{
    (void)state;
    scene s;
    size_t worlds = 0;
    open_scene(&s);
    write_results(&s);
    assert_int_equal(verify(&s, &worlds), HST_OK);
    assert_int_equal(worlds, 2);
    close_scene(&s);
}

static void one_changed_figure_does_not_verify(void **state)
{
    (void)state;
    scene s;
    size_t worlds = 0;
    open_scene(&s);
    s.results[1].rows[1].cost_bps.estimate += 1e-9;
    write_results(&s);
    assert_int_equal(verify(&s, &worlds), HST_MISMATCH);
    assert_non_null(strstr(s.error.text, "/routing/routers: row 4 differs"));
    close_scene(&s);
    open_scene(&s);
    s.results[0].rows[2].regret[3] += 1e-9;
    write_results(&s);
    assert_int_equal(verify(&s, &worlds), HST_MISMATCH);
    assert_non_null(strstr(s.error.text, "/routing/courses: row 43 differs"));
    close_scene(&s);
}

static void equal_line_ups_have_equal_content_whatever_the_processor_time(void **state)
{
    (void)state;
    hst_hash digests[2];
    for (unsigned i = 0; i < 2; i++) {
        scene s;
        hst_result_file *file = NULL;
        open_scene(&s);
        s.results[0].rows[0].route_cpu_ns = 17.0 * (i + 1);
        write_results(&s);
        assert_int_equal(hst_result_open(s.path, hst_os_memory(), &file, &s.error), HST_OK);
        digests[i] = hst_result_file_digest(file);
        hst_result_file_close(file);
        close_scene(&s);
    }
    assert_memory_equal(&digests[0], &digests[1], sizeof digests[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_verifies),
        cmocka_unit_test(one_changed_figure_does_not_verify),
        cmocka_unit_test(equal_line_ups_have_equal_content_whatever_the_processor_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
