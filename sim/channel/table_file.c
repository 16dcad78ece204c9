#include "sim/channel/table_file.h"

#include "sim/base/csv.h"

#include <string.h>

enum { SIDE_CELLS = 5 };

/** A table being read. */
typedef struct reading {
    hst_csv *csv;
    hst_channel_table *table;
    hst_error *error;
    int64_t total_msat;
    uint32_t room;
    uint32_t ends[2]; /* columns */
} reading;

static hst_status no_memory(hst_error *error, const char *file)
{
    return hst_error_set(error, HST_NO_MEMORY, "%s: no memory", file);
}

static hst_status begin(reading *r,
                        const char *file,
                        const char *bytes,
                        size_t size,
                        hst_arena *arena,
                        hst_channel_table *table,
                        hst_error *error)
{
    uint32_t lines = 1;
    for (size_t i = 0; i < size; i++) {
        lines += bytes[i] == '\n' ? 1 : 0;
    }
    memset(table, 0, sizeof *table);
    *r = (reading){.table = table, .error = error, .room = lines};
    r->csv = HST_ARENA_NEW(arena, hst_csv, 1);
    table->channels = HST_ARENA_NEW(arena, hst_channel, lines);
    if (r->csv == NULL || table->channels == NULL) {
        return no_memory(error, file);
    }
    return hst_csv_open(r->csv, arena, file, bytes, size, error);
}

/** The two ends of the row in hand. */
static hst_status read_ends(reading *r, hst_channel *channel)
{
    for (unsigned end = 0; end < 2; end++) {
        int64_t node = 0;
        HST_TRY(hst_csv_int64(r->csv, r->ends[end], 0, HST_GRAPH_NODE_MAX - 1, &node, r->error));
        channel->nodes[end] = (uint32_t)node;
        if (channel->nodes[end] >= r->table->node_count) {
            r->table->node_count = channel->nodes[end] + 1;
        }
    }
    if (channel->nodes[0] == channel->nodes[1]) {
        return hst_csv_refuse(r->csv, r->ends[1], HST_INVALID, "another node than the other end",
                              r->error);
    }
    return HST_OK;
}

/** Take a capacity into the sum of all, which the ledger must be able to hold. */
static hst_status add_capacity(reading *r, uint32_t column, int64_t capacity)
{
    if (capacity > HST_CHANNEL_CAPACITY_MAX_MSAT - r->total_msat) {
        return hst_csv_refuse(r->csv, column, HST_OVERFLOW, "a smaller sum of capacities",
                              r->error);
    }
    r->total_msat += capacity;
    return HST_OK;
}

/* ---- payment channels --------------------------------------------------------------------- */

static hst_status
read_side(reading *r, const uint32_t cells[SIDE_CELLS], int64_t capacity, hst_channel_side *side)
{
    bool blank = true;
    for (unsigned i = 0; i < SIDE_CELLS; i++) {
        blank = blank && hst_csv_blank(r->csv, cells[i]);
    }
    if (blank) {
        return HST_OK;
    }
    int64_t value = 0;
    HST_TRY(hst_csv_int64(r->csv, cells[0], 0, HST_CHARGE_FIXED_MAX_MICRO_USD, &side->base_msat,
                          r->error));
    HST_TRY(hst_csv_int64(r->csv, cells[1], 0, 1000000, &value, r->error));
    side->ppm = (uint32_t)value;
    HST_TRY(hst_csv_int64(r->csv, cells[2], 0, UINT16_MAX, &value, r->error));
    side->blocks = (uint16_t)value;
    side->htlc_min_msat = 1;
    side->htlc_max_msat = capacity;
    if (!hst_csv_blank(r->csv, cells[3])) {
        HST_TRY(hst_csv_int64(r->csv, cells[3], 0, INT64_MAX / 1000, &value, r->error));
        side->htlc_min_msat = 1000 * value;
    }
    if (!hst_csv_blank(r->csv, cells[4])) {
        HST_TRY(hst_csv_int64(r->csv, cells[4], 0, capacity / 1000, &value, r->error));
        side->htlc_max_msat = 1000 * value;
    }
    side->enabled = true;
    return HST_OK;
}

hst_status hst_channel_read_lightning(const char *file,
                                      const char *bytes,
                                      size_t size,
                                      hst_arena *arena,
                                      hst_channel_table *table,
                                      hst_error *error)
{
    static const char *const names[2][SIDE_CELLS] = {
        {"base_msat_ab", "ppm_ab", "cltv_ab", "htlc_min_sat_ab", "htlc_max_sat_ab"},
        {"base_msat_ba", "ppm_ba", "cltv_ba", "htlc_min_sat_ba", "htlc_max_sat_ba"}};
    uint32_t cells[2][SIDE_CELLS];
    uint32_t capacity = 0;
    reading r;
    HST_TRY(begin(&r, file, bytes, size, arena, table, error));
    HST_TRY(hst_csv_column(r.csv, "node_a", &r.ends[0], error));
    HST_TRY(hst_csv_column(r.csv, "node_b", &r.ends[1], error));
    HST_TRY(hst_csv_column(r.csv, "capacity_sat", &capacity, error));
    for (unsigned i = 0; i < 2 * SIDE_CELLS; i++) {
        HST_TRY(hst_csv_column(r.csv, names[i / SIDE_CELLS][i % SIDE_CELLS],
                               &cells[i / SIDE_CELLS][i % SIDE_CELLS], error));
    }
    for (bool more = true;;) {
        HST_TRY(hst_csv_next(r.csv, &more, error));
        if (!more) {
            return HST_OK;
        }
        hst_assert(table->count < r.room);
        hst_channel *channel = &table->channels[table->count];
        int64_t satoshi = 0;
        HST_TRY(read_ends(&r, channel));
        HST_TRY(hst_csv_int64(r.csv, capacity, 1, HST_CHANNEL_CAPACITY_MAX_MSAT / 1000, &satoshi,
                              error));
        channel->capacity_msat = 1000 * satoshi;
        HST_TRY(add_capacity(&r, capacity, channel->capacity_msat));
        HST_TRY(read_side(&r, cells[0], channel->capacity_msat, &channel->side[0]));
        HST_TRY(read_side(&r, cells[1], channel->capacity_msat, &channel->side[1]));
        channel->side[0].given_msat = channel->capacity_msat / 2;
        channel->side[1].given_msat = channel->capacity_msat - channel->side[0].given_msat;
        table->count++;
    }
}

/* ---- credit lines ------------------------------------------------------------------------- */

hst_status hst_channel_read_credit(const char *file,
                                   const char *bytes,
                                   size_t size,
                                   hst_arena *arena,
                                   hst_channel_table *table,
                                   hst_error *error)
{
    uint32_t columns[2];
    reading r;
    HST_TRY(begin(&r, file, bytes, size, arena, table, error));
    HST_TRY(hst_csv_column(r.csv, "src", &r.ends[0], error));
    HST_TRY(hst_csv_column(r.csv, "dst", &r.ends[1], error));
    HST_TRY(hst_csv_column(r.csv, "upper", &columns[0], error));
    HST_TRY(hst_csv_column(r.csv, "lower", &columns[1], error));
    table->credit = true;
    for (bool more = true;;) {
        HST_TRY(hst_csv_next(r.csv, &more, error));
        if (!more) {
            return HST_OK;
        }
        hst_assert(table->count < r.room);
        hst_channel *channel = &table->channels[table->count];
        int64_t limit[2] = {0, 0};
        HST_TRY(read_ends(&r, channel));
        for (unsigned s = 0; s < 2; s++) {
            HST_TRY(hst_csv_fixed(r.csv, columns[s], 6, &limit[s], error));
            limit[s] = s == 1 && limit[s] > INT64_MIN ? -limit[s] : limit[s];
            if (limit[s] < 0 || limit[s] > HST_CHANNEL_CAPACITY_MAX_MSAT) {
                return hst_csv_refuse(r.csv, columns[s], HST_INVALID,
                                      s == 0 ? "a limit of at least 0" : "a limit of at most 0",
                                      error);
            }
        }
        HST_TRY(add_capacity(&r, columns[0], limit[0]));
        HST_TRY(add_capacity(&r, columns[1], limit[1]));
        channel->capacity_msat = limit[0] + limit[1];
        if (channel->capacity_msat == 0) {
            return hst_csv_refuse(r.csv, columns[0], HST_INVALID, "a limit above 0", error);
        }
        for (unsigned s = 0; s < 2; s++) {
            channel->side[s] = (hst_channel_side){
                .given_msat = limit[s], .htlc_max_msat = channel->capacity_msat, .enabled = true};
        }
        table->count++;
    }
}
