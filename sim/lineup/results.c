#include "sim/lineup/results.h"

#include "core/base/assert.h"
#include "core/crypto/hash.h"

#include <stdio.h>
#include <string.h>

enum { COURSES = HST_LINEUP_WINDOWS };

/* ---- rows --------------------------------------------------------------------------------- */

static hst_router_row router_row(const hst_lineup_plan *plan, const hst_lineup_row *row)
{
    hst_router_row out;
    memset(&out, 0, sizeof out);
    hst_result_put_text(out.world, sizeof out.world, hst_lineup_kind_name(plan->recipe.kind));
    hst_result_put_text(out.router, sizeof out.router, row->router->name);
    hst_result_put_text(out.code, sizeof out.code, row->router->code);
    hst_result_put_text(out.information, sizeof out.information, row->router->information);
    out.seeds = plan->seed_count;
    out.payments = plan->recipe.payments;
    out.cost_bps = row->cost_bps.estimate;
    out.cost_low = row->cost_bps.low;
    out.cost_high = row->cost_bps.high;
    out.ratio = row->ratio.estimate;
    out.ratio_low = row->ratio.low;
    out.ratio_high = row->ratio.high;
    out.saving_bps = row->saving_bps.estimate;
    out.saving_low = row->saving_bps.low;
    out.saving_high = row->saving_bps.high;
    out.p = row->p;
    out.fee_bps = row->fee_bps;
    out.time_bps = row->time_bps;
    out.failure_bps = row->failure_bps;
    out.weighted_bps = row->weighted_bps;
    out.first_attempt = row->first_attempt;
    out.completed = row->completed;
    out.attempts = row->attempts;
    out.delay_p50_h = row->delay_p50_h;
    out.delay_p95_h = row->delay_p95_h;
    out.recovery = row->recovery;
    return out;
}

/** All rows of a line-up, in the arena. */
typedef struct all_rows {
    hst_router_row *routers;
    hst_course_row *courses;
    size_t count; /* routers; each has COURSES courses */
    char digest_hex[65];
} all_rows;

static hst_status gather(const hst_lineup_file *file,
                         const hst_lineup_result *results,
                         hst_arena *arena,
                         all_rows *rows)
{
    size_t room = 0;
    for (uint32_t w = 0; w < file->plan_count; w++) {
        room += file->plans[w].router_count;
    }
    rows->count = 0;
    rows->routers = HST_ARENA_NEW(arena, hst_router_row, room);
    rows->courses = HST_ARENA_NEW(arena, hst_course_row, room * COURSES);
    if (rows->routers == NULL || rows->courses == NULL) {
        return HST_NO_MEMORY;
    }
    hst_digest digest;
    hst_digest_init(&digest, NULL, 0);
    for (uint32_t w = 0; w < file->plan_count; w++) {
        for (uint32_t r = 0; r < file->plans[w].router_count; r++) {
            const hst_lineup_row *row = &results[w].rows[r];
            rows->routers[rows->count] = router_row(&file->plans[w], row);
            for (uint32_t i = 0; i < COURSES; i++) {
                rows->courses[rows->count * COURSES + i] =
                    (hst_course_row){.router = (uint32_t)rows->count,
                                     .window = i,
                                     .cost_bps = row->window_bps[i],
                                     .ratio = row->window_ratio[i],
                                     .regret = row->regret[i]};
            }
            rows->count++;
        }
        hst_digest_u64(&digest, results[w].digest);
    }
    const hst_hash hash = hst_digest_final(&digest);
    hst_hash_to_hex(&hash, rows->digest_hex);
    return HST_OK;
}

/* ---- writing ------------------------------------------------------------------------------ */

static void write_meta(const hst_lineup_results *r,
                       const hst_inputs *inputs,
                       const char *digest_hex,
                       hst_result *result)
{
    const hst_lineup_plan *plan = &r->file->plans[0];
    hst_result_attribute_text(result, "/meta", "kind", "lineup");
    hst_result_attribute_text(result, "/meta", "title", r->file->title);
    hst_result_attribute_text(result, "/meta", "question", r->file->question);
    hst_result_attribute_text(result, "/meta", "lineup", r->root_path);
    hst_result_attribute_i64(result, "/meta", "seeds", plan->seed_count);
    hst_result_attribute_i64(result, "/meta", "payments", plan->recipe.payments);
    hst_result_attribute_text(result, "/meta", "run_digest", digest_hex);
    hst_result_attribute_text(result, "/meta", "command", r->command);
    for (size_t i = 0; i < hst_inputs_count(inputs); i++) {
        const char *path = NULL;
        const char *bytes = NULL;
        size_t size = 0;
        hst_inputs_item(inputs, i, &path, &bytes, &size);
        hst_result_input(result, path, bytes, size);
    }
}

static void write_figures(const all_rows *rows, hst_result *result)
{
    static const char *const names[] = {"cost", "ratio", "first_attempt", "completed", "attempts"};
    static const char *const units[] = {"bp", "ratio", "pct", "pct", "attempts"};
    static const char *const texts[] = {"all-in cost of a payment, mean", "of that to the oracle's",
                                        "payments completed at the first attempt",
                                        "payments completed", "a payment"};
    for (size_t i = 0; i < rows->count; i++) {
        const hst_router_row *row = &rows->routers[i];
        const double values[] = {row->cost_bps, row->ratio, 100 * row->first_attempt,
                                 100 * row->completed, row->attempts};
        for (size_t f = 0; f < sizeof values / sizeof values[0]; f++) {
            char name[96];
            (void)snprintf(name, sizeof name, "%.24s.%.32s.%s", row->world, row->router, names[f]);
            hst_result_metric(result, name, units[f], values[f], texts[f]);
        }
    }
}

hst_status hst_lineup_write(const hst_lineup_results *results,
                            const hst_inputs *inputs,
                            const char *path,
                            hst_memory memory,
                            hst_error *error)
{
    hst_assert(results != NULL && inputs != NULL && path != NULL && error != NULL);
    hst_arena arena;
    all_rows rows;
    hst_result *result = NULL;
    hst_arena_init(&arena, memory, 1 << 16);
    hst_status status = gather(results->file, results->results, &arena, &rows);
    if (status != HST_OK) {
        status = hst_error_set(error, status, "out of memory for the rows of the line-up");
    } else {
        const hst_result_options options = {
            .version = results->version, .overwrite = true, .sparse = true};
        status = hst_result_create(path, &options, memory, &result, error);
    }
    if (status == HST_OK) {
        write_meta(results, inputs, rows.digest_hex, result);
        hst_result_group(result, "/routing");
        hst_result_rows(result, hst_schema_routing(HST_ROUTING_TABLE_ROUTER), rows.routers,
                        rows.count);
        hst_result_rows(result, hst_schema_routing(HST_ROUTING_TABLE_COURSE), rows.courses,
                        rows.count * COURSES);
        write_figures(&rows, result);
        status = hst_result_finish(result, NULL, error);
    }
    hst_arena_release(&arena);
    return status;
}

/* ---- back --------------------------------------------------------------------------------- */

static hst_status read_plan(hst_result_file *file,
                            hst_inputs *inputs,
                            hst_arena *arena,
                            hst_lineup_file *plan,
                            hst_error *error)
{
    char root[HST_INPUT_PATH_SIZE] = "";
    int64_t seeds = 0;
    int64_t payments = 0;
    const hst_lineup_file *read = NULL;
    if (hst_result_file_attribute_text(file, "/meta", "lineup", root, sizeof root) != HST_OK ||
        hst_result_file_attribute_i64(file, "/meta", "seeds", &seeds) != HST_OK ||
        hst_result_file_attribute_i64(file, "/meta", "payments", &payments) != HST_OK ||
        seeds < 2 || seeds > HST_LINEUP_SEED_MAX || payments < HST_LINEUP_WINDOWS ||
        payments > 10000000) {
        return hst_error_set(error, HST_CORRUPT, "/meta: expected lineup, seeds and payments");
    }
    HST_TRY(hst_lineup_load(inputs, root, arena, &read, error));
    *plan = *read;
    for (uint32_t w = 0; w < plan->plan_count; w++) {
        plan->plans[w].seed_count = (uint32_t)seeds;
        plan->plans[w].recipe.payments = (uint32_t)payments;
    }
    return HST_OK;
}

/** Equal rows, byte for byte, or the first that differs. */
static hst_status compare_table(hst_result_file *file,
                                hst_routing_table table,
                                const void *found,
                                size_t count,
                                hst_error *error)
{
    const hst_table_schema *schema = hst_schema_routing(table);
    const hst_result_entry *entry = hst_result_file_find(file, schema->path);
    if (entry == NULL || entry->count != count) {
        return hst_error_set(error, HST_MISMATCH, "%s: %zu rows expected, %llu stored",
                             schema->path, count,
                             entry == NULL ? 0ULL : (unsigned long long)entry->count);
    }
    for (size_t i = 0; i < count; i++) {
        unsigned char row[sizeof(hst_router_row)];
        hst_assert(schema->row_size <= sizeof row);
        HST_TRY(hst_result_file_read_table(file, schema, i, 1, row, error));
        if (memcmp(row, (const unsigned char *)found + i * schema->row_size, schema->row_size) !=
            0) {
            return hst_error_set(error, HST_MISMATCH, "%s: row %zu differs", schema->path, i);
        }
    }
    return HST_OK;
}

static hst_status compare(hst_result_file *file, const all_rows *rows, hst_error *error)
{
    char stored[sizeof rows->digest_hex] = "";
    HST_TRY(compare_table(file, HST_ROUTING_TABLE_ROUTER, rows->routers, rows->count, error));
    HST_TRY(
        compare_table(file, HST_ROUTING_TABLE_COURSE, rows->courses, rows->count * COURSES, error));
    if (hst_result_file_attribute_text(file, "/meta", "run_digest", stored, sizeof stored) !=
            HST_OK ||
        strcmp(stored, rows->digest_hex) != 0) {
        return hst_error_set(error, HST_MISMATCH, "run digest: %.16s... stored, %.16s... found",
                             stored, rows->digest_hex);
    }
    return HST_OK;
}

static hst_status run_again(hst_lineup_file *plan,
                            hst_lineup_result *results,
                            unsigned threads,
                            const volatile sig_atomic_t *interrupted,
                            hst_memory memory,
                            hst_arena *arena,
                            hst_error *error)
{
    for (uint32_t w = 0; w < plan->plan_count; w++) {
        plan->plans[w].threads = threads;
        plan->plans[w].interrupted = interrupted;
        const hst_status status = hst_lineup_run(&plan->plans[w], memory, arena, &results[w]);
        if (status != HST_OK) {
            return hst_error_set(error, status, "%s", hst_status_text(status));
        }
    }
    return HST_OK;
}

hst_status hst_lineup_verify(hst_result_file *file,
                             hst_inputs *inputs,
                             unsigned threads,
                             const volatile sig_atomic_t *interrupted,
                             hst_memory memory,
                             size_t *worlds,
                             char digest_hex[65],
                             hst_error *error)
{
    hst_assert(file != NULL && inputs != NULL && worlds != NULL && digest_hex != NULL);
    hst_arena arena;
    all_rows rows;
    hst_arena_init(&arena, memory, 1 << 20);
    hst_lineup_file *plan = HST_ARENA_NEW(&arena, hst_lineup_file, 1);
    hst_lineup_result *results = HST_ARENA_NEW(&arena, hst_lineup_result, HST_LINEUP_KIND_COUNT);
    hst_status status = plan == NULL || results == NULL
                            ? hst_error_set(error, HST_NO_MEMORY, "out of memory")
                            : read_plan(file, inputs, &arena, plan, error);
    if (status == HST_OK) {
        status = run_again(plan, results, threads, interrupted, memory, &arena, error);
    }
    if (status == HST_OK && gather(plan, results, &arena, &rows) != HST_OK) {
        status = hst_error_set(error, HST_NO_MEMORY, "out of memory");
    }
    if (status == HST_OK) {
        *worlds = plan->plan_count;
        memcpy(digest_hex, rows.digest_hex, sizeof rows.digest_hex);
        status = compare(file, &rows, error);
    }
    hst_arena_release(&arena);
    return status;
}
