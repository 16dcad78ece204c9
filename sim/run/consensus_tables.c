#include "sim/run/consensus_tables.h"

#include "core/base/assert.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

void hst_consensus_tables_init(hst_consensus_tables *tables, hst_memory memory)
{
    *tables = (hst_consensus_tables){.memory = memory};
}

void hst_consensus_tables_release(hst_consensus_tables *tables)
{
    for (unsigned t = 0; t < HST_RARE_TABLE_COUNT; t++) {
        hst_consensus_rows *rows = &tables->rows[t];
        if (rows->bytes != NULL) {
            tables->memory.release(tables->memory.context, rows->bytes,
                                   rows->capacity * hst_schema_rare((hst_rare_table)t)->row_size);
        }
        *rows = (hst_consensus_rows){.count = 0};
    }
}

/* Room for so many more rows. */
static bool reserve(hst_consensus_tables *tables, hst_rare_table table, size_t more)
{
    enum { FIRST = 16 };
    hst_consensus_rows *rows = &tables->rows[table];
    const size_t size = hst_schema_rare(table)->row_size;
    size_t capacity = rows->capacity > 0 ? rows->capacity : FIRST;
    while (capacity < rows->count + more) {
        capacity *= 2;
    }
    if (capacity == rows->capacity) {
        return true;
    }
    unsigned char *bytes = tables->memory.acquire(tables->memory.context, capacity * size);
    if (bytes == NULL) {
        return false;
    }
    if (rows->bytes != NULL) {
        memcpy(bytes, rows->bytes, rows->count * size);
        tables->memory.release(tables->memory.context, rows->bytes, rows->capacity * size);
    }
    rows->bytes = bytes;
    rows->capacity = capacity;
    return true;
}

void *hst_consensus_tables_add(hst_consensus_tables *tables, hst_rare_table table)
{
    const size_t size = hst_schema_rare(table)->row_size;
    if (!reserve(tables, table, 1)) {
        return NULL;
    }
    hst_consensus_rows *rows = &tables->rows[table];
    unsigned char *row = rows->bytes + rows->count++ * size;
    memset(row, 0, size);
    return row;
}

void hst_consensus_row_cluster(hst_study_row *row,
                               const hst_consensus_world *world,
                               const hst_cluster_report *report)
{
    const double all = (double)report->commands;
    const double elapsed_ns = (double)report->now_ns;
    hst_result_put_text(row->protocol, sizeof row->protocol, world->protocol->name);
    row->replicas = world->replicas;
    row->elapsed_ns = report->now_ns;
    row->messages = all > 0 ? (double)report->messages / all : 0;
    row->bytes = all > 0 ? (double)report->bytes / all : 0;
    row->cpu_ns = all > 0 ? (double)report->busy_ns / all : 0;
    row->cpu_busiest = elapsed_ns > 0 ? (double)report->busy_most_ns / elapsed_ns : 0;
    row->cpu_mean =
        elapsed_ns > 0 ? (double)report->busy_ns / elapsed_ns / (double)world->replicas : 0;
    row->sent = report->messages;
    row->sent_bytes = report->bytes;
    row->dropped = report->lost;
    row->forged = report->forged;
    row->decisions = report->decided;
    row->view_changes = report->view_changes;
    row->rollbacks = report->rollbacks;
    row->duplicates = report->duplicates;
    row->evidence = report->evidence;
    row->events = report->events;
    row->digest = report->digest;
}

static hst_status add_links(hst_consensus_tables *tables,
                            uint32_t study,
                            const hst_consensus_world *world,
                            const hst_network *network)
{
    const uint32_t n = world->region_count;
    hst_network_link link;
    for (uint32_t path = 0; path < n * n; path++) {
        if (!hst_network_link_of(network, path / n, path % n, &link) || link.messages == 0) {
            continue;
        }
        hst_link_row *row = hst_consensus_tables_add(tables, HST_RARE_TABLE_LINK);
        if (row == NULL) {
            return HST_NO_MEMORY;
        }
        row->study = study;
        for (uint32_t i = 0; i < world->replicas; i++) {
            row->senders += world->places[i] == path / n ? 1 : 0;
        }
        hst_result_put_text(row->from_region, sizeof row->from_region, world->regions[path / n]);
        hst_result_put_text(row->to_region, sizeof row->to_region, world->regions[path % n]);
        row->messages = link.messages;
        row->bytes = link.bytes;
        row->lost = link.lost;
        row->delay_p50_ns = link.p50_ns;
        row->delay_p90_ns = link.p90_ns;
        row->delay_p99_ns = link.p99_ns;
        row->delay_max_ns = link.most_ns;
    }
    return HST_OK;
}

static hst_status add_nodes(hst_consensus_tables *tables,
                            uint32_t study,
                            const hst_consensus_world *world,
                            hst_cluster *cluster)
{
    const hst_network *network = hst_cluster_network(cluster);
    for (uint32_t i = 0; i < world->replicas; i++) {
        hst_node_row *row = hst_consensus_tables_add(tables, HST_RARE_TABLE_NODE);
        hst_network_node node = {.received = 0};
        if (row == NULL) {
            return HST_NO_MEMORY;
        }
        const bool counted = hst_network_node_of(network, i, &node);
        hst_assert(counted);
        row->study = study;
        row->node = i;
        hst_result_put_text(row->region, sizeof row->region, world->regions[world->places[i]]);
        hst_network_sent(network, i, &row->sent, &row->sent_bytes);
        row->received = node.received;
        row->received_bytes = node.received_bytes;
        row->up_busy_ns = node.up_busy_ns;
        row->down_busy_ns = node.down_busy_ns;
        row->cpu_busy_ns = hst_cluster_busy(cluster, i);
        row->elapsed_ns = hst_cluster_now(cluster);
    }
    return HST_OK;
}

static const char *role_text(hst_message_role role)
{
    switch (role) {
    case HST_ROLE_PROPOSAL: return "proposal";
    case HST_ROLE_VOTE: return "vote";
    case HST_ROLE_CERTIFICATE: return "certificate";
    case HST_ROLE_TIMEOUT: return "timeout";
    case HST_ROLE_SYNC: return "sync";
    case HST_ROLE_GOSSIP: return "gossip";
    case HST_MESSAGE_ROLE_COUNT: break;
    }
    hst_assert(false);
    return "";
}

hst_status hst_consensus_tables_cluster(hst_consensus_tables *tables,
                                        uint32_t study,
                                        const hst_consensus_world *world,
                                        hst_cluster *cluster)
{
    hst_cluster_report report;
    hst_cluster_measure(cluster, &report);
    for (uint32_t k = 0; k < world->protocol->kind_count && k < 64; k++) {
        hst_message_row *row = hst_consensus_tables_add(tables, HST_RARE_TABLE_MESSAGE);
        if (row == NULL) {
            return HST_NO_MEMORY;
        }
        row->study = study;
        row->kind = k;
        hst_result_put_text(row->name, sizeof row->name, world->protocol->kinds[k].name);
        hst_result_put_text(row->role, sizeof row->role, role_text(world->protocol->kinds[k].role));
        row->messages = report.by_kind[k];
    }
    HST_TRY(add_links(tables, study, world, hst_cluster_network(cluster)));
    return add_nodes(tables, study, world, cluster);
}

hst_status hst_consensus_tables_append(hst_consensus_tables *tables,
                                       const hst_consensus_tables *others)
{
    const uint32_t first = (uint32_t)tables->rows[HST_RARE_TABLE_STUDY].count;
    for (unsigned t = 0; t < HST_RARE_TABLE_COUNT; t++) {
        const size_t size = hst_schema_rare((hst_rare_table)t)->row_size;
        const hst_consensus_rows *from = &others->rows[t];
        hst_consensus_rows *to = &tables->rows[t];
        if (from->count == 0) {
            continue;
        }
        if (!reserve(tables, (hst_rare_table)t, from->count)) {
            return HST_NO_MEMORY;
        }
        memcpy(to->bytes + to->count * size, from->bytes, from->count * size);
        /* Every row but a study's begins with its study. */
        for (size_t r = 0; t != HST_RARE_TABLE_STUDY && r < from->count; r++) {
            unsigned char *row = to->bytes + (to->count + r) * size;
            uint32_t study = 0;
            memcpy(&study, row, sizeof study);
            study += first;
            memcpy(row, &study, sizeof study);
        }
        to->count += from->count;
    }
    return HST_OK;
}

_Static_assert(offsetof(hst_finality_row, study) == 0, "a row begins with its study");
_Static_assert(offsetof(hst_timeline_row, study) == 0, "a row begins with its study");
_Static_assert(offsetof(hst_message_row, study) == 0, "a row begins with its study");
_Static_assert(offsetof(hst_link_row, study) == 0, "a row begins with its study");
_Static_assert(offsetof(hst_node_row, study) == 0, "a row begins with its study");

void hst_consensus_tables_digest(const hst_consensus_tables *tables, hst_digest *digest)
{
    for (unsigned t = 0; t < HST_RARE_TABLE_COUNT; t++) {
        const hst_consensus_rows *rows = &tables->rows[t];
        hst_digest_u64(digest, rows->count);
        if (rows->count > 0) {
            hst_digest_update(digest, rows->bytes,
                              rows->count * hst_schema_rare((hst_rare_table)t)->row_size);
        }
    }
}

void hst_consensus_tables_write(const hst_consensus_tables *tables,
                                bool network_is_there,
                                hst_result *result)
{
    hst_result_group(result, "/consensus");
    if (!network_is_there) {
        hst_result_group(result, "/network");
    }
    for (unsigned t = 0; t < HST_RARE_TABLE_COUNT; t++) {
        hst_result_rows(result, hst_schema_rare((hst_rare_table)t), tables->rows[t].bytes,
                        tables->rows[t].count);
    }
}

static hst_status check_table(const hst_consensus_tables *tables,
                              hst_rare_table table,
                              hst_result_file *file,
                              hst_error *error)
{
    const hst_table_schema *schema = hst_schema_rare(table);
    const hst_consensus_rows *rows = &tables->rows[table];
    const hst_result_entry *entry = hst_result_file_find(file, schema->path);
    const uint64_t stored = entry != NULL ? entry->count : 0;
    if (entry == NULL || stored != rows->count) {
        return hst_error_set(error, HST_MISMATCH, "%s: %" PRIu64 " rows stored, %zu found",
                             schema->path, stored, rows->count);
    }
    const size_t size = rows->count * schema->row_size + 1;
    unsigned char *bytes = tables->memory.acquire(tables->memory.context, size);
    if (bytes == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory for %s", schema->path);
    }
    hst_status status = hst_result_file_read_table(file, schema, 0, rows->count, bytes, error);
    for (size_t r = 0; status == HST_OK && r < rows->count; r++) {
        const size_t at = r * schema->row_size;
        if (memcmp(bytes + at, rows->bytes + at, schema->row_size) != 0) {
            status = hst_error_set(error, HST_MISMATCH, "%s: row %zu is stored otherwise",
                                   schema->path, r);
        }
    }
    tables->memory.release(tables->memory.context, bytes, size);
    return status;
}

hst_status hst_consensus_tables_check(const hst_consensus_tables *tables,
                                      hst_result_file *file,
                                      hst_error *error)
{
    for (unsigned t = 0; t < HST_RARE_TABLE_COUNT; t++) {
        HST_TRY(check_table(tables, (hst_rare_table)t, file, error));
    }
    return HST_OK;
}
