/* Studies as a result file, and back. */
#include "core/base/assert.h"

#include "sim/base/os_memory.h"
#include "sim/run/day.h"
#include "sim/run/studies.h"

#include <stdio.h>
#include <string.h>

enum { NAME_SIZE = 48 };

/* Figures of a study that /summary holds, under the names a payment day has them. */
static const struct {
    const char *name;
    const char *unit;
    const char *description;
} figures[] = {{"finality_p50", "s", "submission until a client may believe it, median"},
               {"finality_p99", "s", "likewise, 99th percentile"},
               {"throughput", "payments/s", "payments decided a second of the load"},
               {"decided", "pct", "payments decided, of those offered"},
               {"messages", "messages", "sent between replicas, a payment"},
               {"bytes", "B", "of them, a payment"},
               {"cpu", "s", "modelled work of all replicas, a payment"},
               {"cpu_busiest", "pct", "share of time the busiest replica worked"},
               {"view_changes", "changes", "of the replica that saw most"},
               {"rollbacks", "blocks", "blocks undone, all replicas"},
               {"longest_gap", "s", "longest time without a decision"},
               {"recover", "s", "after the faults, until nothing old was undecided; -1 = never"}};
enum { FIGURES = sizeof figures / sizeof figures[0] };

static double seconds(int64_t ns)
{
    return ns < 0 ? -1 : (double)ns * 1e-9;
}

static void figures_of(const hst_study_row *row, double values[FIGURES])
{
    const double all[FIGURES] = {
        seconds(row->finality_p50_ns),
        seconds(row->finality_p99_ns),
        row->throughput,
        row->offered > 0 ? 100 * (double)row->decided / (double)row->offered : 0,
        row->messages,
        row->bytes,
        row->cpu_ns * 1e-9,
        100 * row->cpu_busiest,
        (double)row->view_changes,
        (double)row->rollbacks,
        seconds(row->longest_gap_ns),
        seconds(row->recover_ns)};
    memcpy(values, all, sizeof all);
}

/* "pbft.7.100.leader.finality_p50" */
static void name_figure(const hst_study_row *row, size_t figure, char name[NAME_SIZE + 16])
{
    (void)snprintf(name, NAME_SIZE + 16, "%.16s.%u.%u.%.16s.%s", row->protocol, row->replicas,
                   row->load, row->faults, figures[figure].name);
}

/* The rows of all studies, one after another. */
static hst_status gather(const hst_studies *studies, hst_consensus_tables *tables, hst_error *error)
{
    hst_consensus_tables_init(tables, hst_os_memory());
    for (size_t i = 0; i < studies->count; i++) {
        if (hst_consensus_tables_append(tables, &studies->list[i].tables) != HST_OK) {
            hst_consensus_tables_release(tables);
            return hst_error_set(error, HST_NO_MEMORY, "out of memory for the tables");
        }
    }
    return HST_OK;
}

static const hst_study_row *study_row(const hst_consensus_tables *tables, size_t index)
{
    const hst_consensus_rows *rows = &tables->rows[HST_RARE_TABLE_STUDY];
    hst_assert(index < rows->count);
    return (const hst_study_row *)(const void *)rows->bytes + index;
}

static void write_meta(const hst_studies *studies,
                       const hst_inputs *inputs,
                       const char *command,
                       hst_result *result)
{
    hst_result_attribute_text(result, "/meta", "kind", "consensus");
    hst_result_attribute_text(result, "/meta", "title", "Consensus protocols side by side");
    hst_result_attribute_i64(result, "/meta", "seed", studies->seed);
    hst_result_attribute_i64(result, "/meta", "seconds", studies->seconds);
    hst_result_attribute_i64(result, "/meta", "bandwidth_mbit", studies->bandwidth);
    hst_result_attribute_i64(result, "/meta", "body_kib", studies->body);
    hst_result_attribute_i64(result, "/meta", "settings", (int64_t)studies->setting_count);
    for (size_t i = 0; i < studies->setting_count; i++) {
        char name[NAME_SIZE];
        (void)snprintf(name, sizeof name, "setting_%zu", i);
        hst_result_attribute_text(result, "/meta", name, studies->settings[i].name);
        (void)snprintf(name, sizeof name, "setting_%zu_value", i);
        hst_result_attribute_i64(result, "/meta", name, studies->settings[i].value);
    }
    hst_result_attribute_i64(result, "/meta", "real_crypto", studies->real_crypto ? 1 : 0);
    hst_result_attribute_text(result, "/meta", "costs", studies->costs);
    hst_result_attribute_i64(result, "/meta", "studies", (int64_t)studies->count);
    hst_result_attribute_text(result, "/meta", "run_digest", studies->digest_hex);
    hst_result_attribute_text(result, "/meta", "command", command);
    for (size_t i = 0; i < hst_inputs_count(inputs); i++) {
        const char *path = NULL;
        const char *bytes = NULL;
        size_t size = 0;
        hst_inputs_item(inputs, i, &path, &bytes, &size);
        hst_result_input(result, path, bytes, size);
    }
}

static void
write_figures(const hst_studies *studies, const hst_consensus_tables *tables, hst_result *result)
{
    for (size_t i = 0; i < studies->count; i++) {
        double values[FIGURES];
        char name[NAME_SIZE + 16];
        figures_of(study_row(tables, i), values);
        for (size_t f = 0; f < FIGURES; f++) {
            name_figure(study_row(tables, i), f, name);
            hst_result_metric(result, name, figures[f].unit, values[f], figures[f].description);
        }
    }
    for (size_t i = 0; i < studies->count; i++) {
        const hst_one_study *one = &studies->list[i];
        char name[NAME_SIZE];
        (void)snprintf(name, sizeof name, "%s.%u.%u.%s", one->protocol->name, one->replicas,
                       one->load, hst_study_faults_name(one->faults));
        hst_result_invariant(
            result, name,
            one->outcome.violation.check != NULL ? one->outcome.violation.text
                                                 : "replicas agree, and none goes back on its word",
            one->outcome.cluster.steps, one->outcome.violation.check != NULL ? 1 : 0,
            one->outcome.violation.check != NULL ? one->outcome.cluster.now_ns : HST_NEVER_NS);
    }
}

hst_status hst_studies_write(const hst_studies *studies,
                             const hst_inputs *inputs,
                             const char *path,
                             const char *command,
                             hst_error *error)
{
    hst_assert(studies->record);
    hst_consensus_tables tables;
    HST_TRY(gather(studies, &tables, error));
    const hst_result_options options = {
        .version = hst_version(), .overwrite = true, .sparse = true};
    hst_result *result = NULL;
    hst_status status = hst_result_create(path, &options, hst_os_memory(), &result, error);
    if (status == HST_OK) {
        write_meta(studies, inputs, command, result);
        hst_consensus_tables_write(&tables, false, result);
        write_figures(studies, &tables, result);
        status = hst_result_finish(result, NULL, error);
    }
    hst_consensus_tables_release(&tables);
    return status;
}

/* ---- back --------------------------------------------------------------------------------- */

static hst_status read_study(hst_studies *studies, const hst_study_row *row, hst_error *error)
{
    char name[sizeof row->protocol + 1] = "";
    memcpy(name, row->protocol, sizeof row->protocol);
    hst_one_study one = {.protocol = hst_consensus_find(name),
                         .replicas = row->replicas,
                         .load = row->load,
                         .faults = HST_STUDY_FAULTS_NONE};
    while (one.faults < HST_STUDY_FAULTS_COUNT &&
           strncmp(row->faults, hst_study_faults_name(one.faults), sizeof row->faults) != 0) {
        one.faults = (hst_study_faults)(one.faults + 1);
    }
    if (one.protocol == NULL || one.faults == HST_STUDY_FAULTS_COUNT || one.replicas == 0 ||
        one.replicas > 1000 || one.load == 0) {
        return hst_error_set(error, HST_MISMATCH,
                             "/consensus/studies: no protocol, replicas, load and faults in row "
                             "%zu",
                             studies->count);
    }
    studies->list[studies->count++] = one;
    return HST_OK;
}

/* Values outside of a parameter's range are refused by the protocol, as a study's status. */
static hst_status read_settings(hst_studies *studies, hst_result_file *file, hst_error *error)
{
    int64_t count = -1;
    if (hst_result_file_attribute_i64(file, "/meta", "bandwidth_mbit", &studies->bandwidth) !=
            HST_OK ||
        hst_result_file_attribute_i64(file, "/meta", "body_kib", &studies->body) != HST_OK ||
        hst_result_file_attribute_i64(file, "/meta", "settings", &count) != HST_OK || count < 0 ||
        count > HST_STUDIES_SETTINGS_MAX || studies->bandwidth < 1 ||
        studies->bandwidth > 1000000 || studies->body < 1 || studies->body > 1048576) {
        return hst_error_set(error, HST_CORRUPT,
                             "/meta: expected bandwidth_mbit, body_kib and settings");
    }
    for (int64_t i = 0; i < count; i++) {
        hst_study_setting *one = &studies->settings[studies->setting_count++];
        char name[NAME_SIZE];
        char value[NAME_SIZE];
        (void)snprintf(name, sizeof name, "setting_%lld", (long long)i);
        (void)snprintf(value, sizeof value, "setting_%lld_value", (long long)i);
        if (hst_result_file_attribute_text(file, "/meta", name, one->name, sizeof one->name) !=
                HST_OK ||
            hst_result_file_attribute_i64(file, "/meta", value, &one->value) != HST_OK) {
            return hst_error_set(error, HST_CORRUPT, "/meta: expected %s", name);
        }
    }
    return HST_OK;
}

static hst_status read_plan(hst_studies *studies, hst_result_file *file, hst_error *error)
{
    const hst_table_schema *schema = hst_schema_rare(HST_RARE_TABLE_STUDY);
    const hst_result_entry *entry = hst_result_file_find(file, schema->path);
    const uint64_t count = entry != NULL ? entry->count : 0;
    int64_t real = 0;
    if (count == 0 || count > HST_STUDIES_MAX ||
        hst_result_file_attribute_i64(file, "/meta", "seconds", &studies->seconds) != HST_OK ||
        hst_result_file_attribute_i64(file, "/meta", "seed", &studies->seed) != HST_OK ||
        hst_result_file_attribute_i64(file, "/meta", "real_crypto", &real) != HST_OK ||
        studies->seconds < 1 || studies->seconds > 1000000) {
        return hst_error_set(error, HST_CORRUPT,
                             "expected /consensus/studies, and seconds, seed and real_crypto in "
                             "/meta");
    }
    HST_TRY(read_settings(studies, file, error));
    studies->real_crypto = real != 0;
    studies->record = true;
    for (uint64_t i = 0; i < count; i++) {
        hst_study_row row;
        HST_TRY(hst_result_file_read_table(file, schema, i, 1, &row, error));
        HST_TRY(read_study(studies, &row, error));
    }
    return HST_OK;
}

static hst_status compare_figures(const hst_studies *studies,
                                  const hst_consensus_tables *tables,
                                  hst_result_file *file,
                                  hst_error *error)
{
    if (hst_result_file_row_count(file, HST_TABLE_METRIC) != studies->count * FIGURES) {
        return hst_error_set(error, HST_MISMATCH, "/summary: %zu figures expected",
                             studies->count * FIGURES);
    }
    for (size_t i = 0; i < studies->count * FIGURES; i++) {
        const hst_study_row *study = study_row(tables, i / FIGURES);
        hst_metric_row row;
        double values[FIGURES];
        char name[NAME_SIZE + 16];
        HST_TRY(hst_result_file_read_rows(file, HST_TABLE_METRIC, i, 1, &row, error));
        figures_of(study, values);
        name_figure(study, i % FIGURES, name);
        if (strncmp(row.name, name, sizeof row.name) != 0 ||
            /* NOLINTNEXTLINE(*-suspicious-memory-comparison,cert-*): bits, not values */
            memcmp(&row.value, &values[i % FIGURES], sizeof row.value) != 0) {
            return hst_error_set(error, HST_MISMATCH, "/summary: %s stored as %.17g, found %.17g",
                                 name, row.value, values[i % FIGURES]);
        }
    }
    return HST_OK;
}

static hst_status compare(const hst_studies *studies, hst_result_file *file, hst_error *error)
{
    char stored[sizeof studies->digest_hex] = "";
    hst_consensus_tables tables;
    HST_TRY(gather(studies, &tables, error));
    hst_status status = hst_consensus_tables_check(&tables, file, error);
    if (status == HST_OK) {
        status = compare_figures(studies, &tables, file, error);
    }
    hst_consensus_tables_release(&tables);
    HST_TRY(status);
    if (hst_result_file_attribute_text(file, "/meta", "run_digest", stored, sizeof stored) !=
            HST_OK ||
        strcmp(stored, studies->digest_hex) != 0) {
        return hst_error_set(error, HST_MISMATCH, "run digest: %.16s... stored, %.16s... found",
                             stored, studies->digest_hex);
    }
    return HST_OK;
}

hst_status hst_studies_verify(hst_studies *studies,
                              hst_result_file *file,
                              hst_inputs *inputs,
                              unsigned threads,
                              hst_error *error)
{
    char costs[HST_INPUT_PATH_SIZE] = "";
    HST_TRY(read_plan(studies, file, error));
    if (hst_result_file_attribute_text(file, "/meta", "costs", costs, sizeof costs) != HST_OK) {
        return hst_error_set(error, HST_CORRUPT, "/meta: expected costs");
    }
    studies->costs = costs;
    hst_arena arena;
    hst_arena_init(&arena, hst_os_memory(), 1 << 20);
    hst_status status = hst_studies_run(studies, inputs, threads, &arena, error);
    if (status == HST_OK) {
        status = compare(studies, file, error);
    }
    hst_arena_release(&arena);
    studies->costs = HST_STUDIES_COSTS; /* the text above is gone */
    studies->base_ns = NULL;
    return status;
}
