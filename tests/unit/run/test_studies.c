/* Protocols side by side as a result: rows agree with each other, any number of threads gives the
 * same, and verify finds what was changed. */
#include "sim/base/os_memory.h"
#include "sim/run/studies.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct {
    const char *protocol;
    uint32_t replicas;
    hst_study_faults faults;
} plan[] = {{"raft", 3, HST_STUDY_FAULTS_NONE},
            {"pbft", 4, HST_STUDY_FAULTS_LEADER},
            {"pbft", 4, HST_STUDY_FAULTS_LOSS},
            {"rtgs", 5, HST_STUDY_FAULTS_PARTITION}};
enum { STUDIES = sizeof plan / sizeof plan[0] };

static hst_arena arena;

/* Four studies of a few seconds. */
static hst_inputs *run(hst_studies *studies, unsigned threads)
{
    hst_error error = {.status = HST_OK};
    hst_inputs *inputs = NULL;
    hst_arena_init(&arena, hst_os_memory(), 1 << 18);
    assert_int_equal(hst_inputs_create_from_disk(hst_os_memory(), ".", &inputs, &error), HST_OK);
    assert_int_equal(hst_studies_init(studies), HST_OK);
    studies->seconds = 3;
    studies->record = true;
    for (size_t i = 0; i < STUDIES; i++) {
        studies->list[studies->count++] =
            (hst_one_study){.protocol = hst_consensus_find(plan[i].protocol),
                            .replicas = plan[i].replicas,
                            .load = 100,
                            .faults = plan[i].faults};
    }
    if (hst_studies_run(studies, inputs, threads, &arena, &error) != HST_OK) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(hst_studies_broken(studies), 0);
    return inputs;
}

static void end(hst_studies *studies, hst_inputs *inputs)
{
    hst_studies_release(studies);
    hst_inputs_destroy(inputs);
    hst_arena_release(&arena);
}

static const void *rows_of(const hst_one_study *study, hst_rare_table table, size_t *count)
{
    *count = study->tables.rows[table].count;
    return study->tables.rows[table].bytes;
}

static void rows_of_a_study_add_up(void **state)
{
    (void)state;
    hst_studies studies;
    hst_inputs *inputs = run(&studies, 1);
    for (size_t i = 0; i < STUDIES; i++) {
        size_t count = 0;
        const hst_study_row *study = rows_of(&studies.list[i], HST_RARE_TABLE_STUDY, &count);
        assert_int_equal(count, 1);
        assert_true(study->decided > 0 && study->sent > 0);
        uint64_t sent = 0;
        uint64_t lost = 0;
        const hst_link_row *links = rows_of(&studies.list[i], HST_RARE_TABLE_LINK, &count);
        for (size_t l = 0; l < count; l++) {
            sent += links[l].messages;
            lost += links[l].lost;
            assert_true(links[l].delay_p50_ns <= links[l].delay_p99_ns);
            assert_true(links[l].delay_p99_ns <= links[l].delay_max_ns);
        }
        assert_int_equal(sent, study->sent);
        assert_true(lost <= study->dropped);
        uint64_t by_node = 0;
        int64_t busiest_ns = 0;
        const hst_node_row *nodes = rows_of(&studies.list[i], HST_RARE_TABLE_NODE, &count);
        assert_int_equal(count, plan[i].replicas);
        for (size_t n = 0; n < count; n++) {
            by_node += nodes[n].sent;
            busiest_ns = nodes[n].cpu_busy_ns > busiest_ns ? nodes[n].cpu_busy_ns : busiest_ns;
            assert_int_equal(nodes[n].elapsed_ns, study->elapsed_ns);
        }
        assert_int_equal(by_node, study->sent);
        assert_true(busiest_ns > 0 && study->cpu_busiest >= study->cpu_mean);
        uint64_t by_kind = 0;
        const hst_message_row *kinds = rows_of(&studies.list[i], HST_RARE_TABLE_MESSAGE, &count);
        for (size_t k = 0; k < count; k++) {
            by_kind += kinds[k].messages;
        }
        assert_int_equal(by_kind, study->sent);
    }
    end(&studies, inputs);
}

static void threads_change_nothing(void **state)
{
    (void)state;
    hst_studies one;
    char digest[sizeof one.digest_hex];
    hst_inputs *inputs = run(&one, 1);
    memcpy(digest, one.digest_hex, sizeof digest);
    end(&one, inputs);
    inputs = run(&one, 3);
    assert_string_equal(one.digest_hex, digest);
    end(&one, inputs);
}

static hst_status verify(const char *path, hst_error *error)
{
    hst_result_file *file = NULL;
    hst_inputs *inputs = NULL;
    hst_studies again;
    hst_error_clear(error);
    assert_int_equal(hst_result_open(path, hst_os_memory(), &file, error), HST_OK);
    assert_int_equal(hst_inputs_create_from_disk(hst_os_memory(), ".", &inputs, error), HST_OK);
    assert_int_equal(hst_studies_init(&again), HST_OK);
    const hst_status status = hst_studies_verify(&again, file, inputs, 2, error);
    hst_studies_release(&again);
    hst_inputs_destroy(inputs);
    hst_result_file_close(file);
    return status;
}

static void a_result_verifies_and_not_with_a_row_changed(void **state)
{
    (void)state;
    char folder[] = "/tmp/herstatt-studies-XXXXXX";
    char path[64];
    hst_error error = {.status = HST_OK};
    hst_studies studies;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/c.h5", folder);
    hst_inputs *inputs = run(&studies, 2);
    assert_int_equal(hst_studies_write(&studies, inputs, path, "again", &error), HST_OK);
    if (verify(path, &error) != HST_OK) {
        fail_msg("%s", error.text);
    }
    for (unsigned t = 0; t < HST_RARE_TABLE_COUNT; t++) {
        hst_consensus_rows *rows = &studies.list[1].tables.rows[t];
        const uint32_t size = hst_schema_rare((hst_rare_table)t)->row_size;
        assert_true(rows->count > 0);
        rows->bytes[rows->count * size - 1] ^= 1;
        assert_int_equal(hst_studies_write(&studies, inputs, path, "again", &error), HST_OK);
        assert_int_equal(verify(path, &error), HST_MISMATCH);
        assert_non_null(strstr(error.text, hst_schema_rare((hst_rare_table)t)->path));
        rows->bytes[rows->count * size - 1] ^= 1;
    }
    studies.digest_hex[0] = studies.digest_hex[0] == '0' ? '1' : '0';
    assert_int_equal(hst_studies_write(&studies, inputs, path, "again", &error), HST_OK);
    assert_int_equal(verify(path, &error), HST_MISMATCH);
    assert_non_null(strstr(error.text, "run digest"));
    studies.seed = 2;
    assert_int_equal(hst_studies_write(&studies, inputs, path, "again", &error), HST_OK);
    assert_int_equal(verify(path, &error), HST_MISMATCH);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
    end(&studies, inputs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_a_study_add_up),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(a_result_verifies_and_not_with_a_row_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
