#include "sim/channel/cloth_file.h"

#include "sim/base/csv.h"

#include <inttypes.h>
#include <string.h>

enum { COLUMNS_MAX = 10 };

/* Amounts and rates for which fees cannot overflow (sim/channel/network.h, hst_channel_fee_msat).
 */
#define CAPACITY_MAX INT64_C(1000000000000000)
#define BASE_MAX     INT64_C(1000000000000)
#define PPM_MAX      INT64_C(1000000000)
#define TIME_MAX_MS  INT64_C(1000000000000)

/** A column and what its cells may be. */
typedef struct column {
    const char *name;
    int64_t least;
    int64_t most;
} column;

/** A table being read: the cells of the row in hand, by column. */
typedef struct reading {
    hst_csv *csv;
    const column *columns;
    unsigned column_count;
    uint32_t at[COLUMNS_MAX];
    int64_t row[COLUMNS_MAX];
    hst_error *error;
} reading;

/** Column of a name, with or without a unit behind it. */
static hst_status find_column(const hst_csv *csv, const char *name, uint32_t *at, hst_error *error)
{
    char with_unit[64];
    (void)snprintf(with_unit, sizeof with_unit, "%s(millisat)", name);
    *at = hst_csv_find_column(csv, with_unit);
    return *at != HST_CSV_NO_COLUMN ? HST_OK : hst_csv_column(csv, name, at, error);
}

static hst_status begin(reading *r,
                        hst_cloth_source source,
                        const column *columns,
                        unsigned column_count,
                        hst_arena *scratch,
                        hst_error *error)
{
    *r = (reading){.columns = columns, .column_count = column_count, .error = error};
    r->csv = HST_ARENA_NEW(scratch, hst_csv, 1);
    if (r->csv == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "%s: no memory", source.file);
    }
    HST_TRY(hst_csv_open(r->csv, scratch, source.file, source.bytes, source.size, error));
    for (unsigned i = 0; i < column_count; i++) {
        HST_TRY(find_column(r->csv, columns[i].name, &r->at[i], error));
    }
    return HST_OK;
}

/** The next row, whose first cell counts up from 0. */
static hst_status next(reading *r, uint32_t number, bool *more)
{
    HST_TRY(hst_csv_next(r->csv, more, r->error));
    for (unsigned i = 0; *more && i < r->column_count; i++) {
        const int64_t least = i == 0 ? (int64_t)number : r->columns[i].least;
        const int64_t most = i == 0 ? (int64_t)number : r->columns[i].most;
        HST_TRY(hst_csv_int64(r->csv, r->at[i], least, most, &r->row[i], r->error));
    }
    return HST_OK;
}

static hst_status refuse(const reading *r, unsigned cell, const char *expected)
{
    return hst_csv_refuse(r->csv, r->at[cell], HST_INVALID, expected, r->error);
}

static uint32_t lines_of(hst_cloth_source source)
{
    uint32_t lines = 1;
    for (size_t i = 0; i < source.size; i++) {
        lines += source.bytes[i] == '\n' ? 1 : 0;
    }
    return lines;
}

/* ---- network ------------------------------------------------------------------------------ */

hst_status
hst_cloth_read_nodes(hst_cloth_source source, hst_arena *scratch, uint32_t *count, hst_error *error)
{
    static const column columns[] = {{"id", 0, 0}};
    reading r;
    HST_TRY(begin(&r, source, columns, 1, scratch, error));
    for (*count = 0;; (*count)++) {
        bool more = false;
        HST_TRY(next(&r, *count, &more));
        if (!more) {
            break;
        }
        if (*count == HST_CLOTH_NODE_MAX) {
            return refuse(&r, 0, "at most 131072 nodes");
        }
    }
    if (*count < 2) {
        return hst_error_at(error, HST_INVALID, source.file, 0, 0, "expected two nodes or more");
    }
    return HST_OK;
}

hst_status hst_cloth_read_channels(hst_cloth_source source,
                                   hst_arena *arena,
                                   hst_arena *scratch,
                                   hst_channel_table *table,
                                   hst_error *error)
{
    const int64_t last = (int64_t)table->node_count - 1;
    const column columns[] = {
        {"id", 0, 0},          {"edge1_id", 0, INT32_MAX}, {"edge2_id", 0, INT32_MAX},
        {"node1_id", 0, last}, {"node2_id", 0, last},      {"capacity", 1, CAPACITY_MAX}};
    reading r;
    HST_TRY(begin(&r, source, columns, 6, scratch, error));
    table->channels = HST_ARENA_NEW(arena, hst_channel, lines_of(source));
    if (table->channels == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "%s: no memory", source.file);
    }
    int64_t total = 0;
    for (table->count = 0;; table->count++) {
        bool more = false;
        HST_TRY(next(&r, table->count, &more));
        if (!more) {
            return HST_OK;
        }
        if (r.row[1] != 2 * r.row[0] || r.row[2] != r.row[1] + 1) {
            return refuse(&r, r.row[1] != 2 * r.row[0] ? 1 : 2,
                          "twice the channel's id, and 1 more");
        }
        if (r.row[3] == r.row[4]) {
            return refuse(&r, 4, "another node than the other end");
        }
        if (r.row[5] > HST_CHANNEL_CAPACITY_MAX_MSAT - total) {
            return refuse(&r, 5, "a smaller sum of capacities");
        }
        total += r.row[5];
        table->channels[table->count] = (hst_channel){
            .nodes = {(uint32_t)r.row[3], (uint32_t)r.row[4]}, .capacity_msat = r.row[5]};
    }
}

/** One row of edges into its channel. */
static hst_status take_edge(const reading *r, hst_channel_table *table, uint32_t edge)
{
    hst_channel *channel = &table->channels[edge >> 1];
    hst_channel_side *side = &channel->side[edge & 1];
    if (r->row[1] != (int64_t)(edge >> 1)) {
        return refuse(r, 1, "half the edge's id");
    }
    if (r->row[2] != (int64_t)(edge ^ 1)) {
        return refuse(r, 2, "the channel's other edge");
    }
    if (r->row[3] != (int64_t)channel->nodes[edge & 1]) {
        return refuse(r, 3, "the channel's node");
    }
    if (r->row[4] != (int64_t)channel->nodes[(edge & 1) ^ 1]) {
        return refuse(r, 4, "the channel's other node");
    }
    if (r->row[5] > channel->capacity_msat ||
        ((edge & 1) == 1 && r->row[5] != channel->capacity_msat - channel->side[0].given_msat)) {
        return refuse(r, 5, "what leaves the capacity for both edges");
    }
    *side = (hst_channel_side){.given_msat = r->row[5],
                               .base_msat = r->row[6],
                               .ppm = (uint32_t)r->row[7],
                               .htlc_min_msat = r->row[8],
                               .htlc_max_msat = channel->capacity_msat,
                               .blocks = (uint16_t)r->row[9],
                               .enabled = true};
    return HST_OK;
}

hst_status hst_cloth_read_edges(hst_cloth_source source,
                                hst_arena *scratch,
                                hst_channel_table *table,
                                hst_error *error)
{
    static const column columns[] = {{"id", 0, 0},
                                     {"channel_id", 0, INT32_MAX},
                                     {"counter_edge_id", 0, INT32_MAX},
                                     {"from_node_id", 0, INT32_MAX},
                                     {"to_node_id", 0, INT32_MAX},
                                     {"balance", 0, CAPACITY_MAX},
                                     {"fee_base", 0, BASE_MAX},
                                     {"fee_proportional", 0, PPM_MAX},
                                     {"min_htlc", 0, INT64_MAX},
                                     {"timelock", 0, UINT16_MAX}};
    reading r;
    HST_TRY(begin(&r, source, columns, 10, scratch, error));
    for (uint32_t edge = 0;; edge++) {
        bool more = false;
        HST_TRY(next(&r, edge, &more));
        if (!more && edge != 2 * table->count) {
            return hst_error_at(error, HST_INVALID, source.file, 0, 0,
                                "expected %" PRIu32 " edges, got %" PRIu32, 2 * table->count, edge);
        }
        if (!more) {
            return HST_OK;
        }
        if (edge == 2 * table->count) {
            return refuse(&r, 0, "no edge beyond those of the channels");
        }
        HST_TRY(take_edge(&r, table, edge));
    }
}

/* ---- payments ----------------------------------------------------------------------------- */

hst_status hst_cloth_read_payments(hst_cloth_source source,
                                   uint32_t node_count,
                                   hst_arena *arena,
                                   hst_arena *scratch,
                                   hst_cloth_payments *payments,
                                   hst_error *error)
{
    const int64_t last = (int64_t)node_count - 1;
    const column columns[] = {{"id", 0, 0},
                              {"sender_id", 0, last},
                              {"receiver_id", 0, last},
                              {"amount", 0, CAPACITY_MAX},
                              {"start_time", 0, TIME_MAX_MS}};
    reading r;
    HST_TRY(begin(&r, source, columns, 5, scratch, error));
    payments->list = HST_ARENA_NEW(arena, hst_cloth_payment, lines_of(source));
    if (payments->list == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "%s: no memory", source.file);
    }
    int64_t before = 0;
    for (payments->count = 0;; payments->count++) {
        bool more = false;
        HST_TRY(next(&r, payments->count, &more));
        if (!more) {
            return HST_OK;
        }
        if (payments->count == HST_CLOTH_PAYMENT_MAX) {
            return refuse(&r, 0, "at most 10000000 payments");
        }
        if (r.row[1] == r.row[2]) {
            return refuse(&r, 2, "another node than the sender");
        }
        if (r.row[4] < before) {
            return refuse(&r, 4, "a time not before the row above");
        }
        before = r.row[4];
        payments->list[payments->count] = (hst_cloth_payment){.sender = (uint32_t)r.row[1],
                                                              .receiver = (uint32_t)r.row[2],
                                                              .amount_msat = r.row[3],
                                                              .start_ms = r.row[4]};
    }
}

/* ---- what is written ---------------------------------------------------------------------- */

static void write_edge(FILE *stream, const hst_channel_table *table, uint32_t edge)
{
    const hst_channel_side *side = hst_channel_side_at(table, edge);
    (void)fprintf(stream,
                  "%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%" PRId64 ",%" PRId64
                  ",%" PRIu32 ",%" PRId64 ",%" PRIu32 "\n",
                  edge, edge >> 1, edge ^ 1, hst_channel_from(table, edge),
                  hst_channel_to(table, edge), side->given_msat, side->base_msat, side->ppm,
                  side->htlc_min_msat, side->blocks);
}

bool hst_cloth_write_network(FILE *stream, hst_cloth_table which, const hst_channel_table *table)
{
    static const char *const headers[] = {
        "id", "id,edge1_id,edge2_id,node1_id,node2_id,capacity",
        ("id,channel_id,counter_edge_id,from_node_id,to_node_id,balance,fee_base,fee_proportional,"
         "min_htlc,timelock")};
    (void)fprintf(stream, "%s\n", headers[which]);
    const uint32_t count = which == HST_CLOTH_NODES      ? table->node_count
                           : which == HST_CLOTH_CHANNELS ? table->count
                                                         : 2 * table->count;
    for (uint32_t i = 0; i < count; i++) {
        if (which == HST_CLOTH_NODES) {
            (void)fprintf(stream, "%" PRIu32 "\n", i);
        } else if (which == HST_CLOTH_CHANNELS) {
            const hst_channel *c = &table->channels[i];
            (void)fprintf(
                stream, "%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%" PRId64 "\n",
                i, 2 * i, 2 * i + 1, c->nodes[0], c->nodes[1], c->capacity_msat);
        } else {
            write_edge(stream, table, i);
        }
    }
    return fflush(stream) == 0 && ferror(stream) == 0;
}

bool hst_cloth_write_payments(FILE *stream, const hst_cloth_payments *payments)
{
    (void)fputs("id,sender_id,receiver_id,amount,start_time,end_time,mpp,is_success,"
                "no_balance_count,offline_node_count,timeout_exp,attempts,route,total_fee\n",
                stream);
    for (uint32_t i = 0; i < payments->count; i++) {
        const hst_cloth_payment *p = &payments->list[i];
        (void)fprintf(stream,
                      "%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%" PRId64 ",%" PRId64 ",%" PRId64
                      ",%d,%d,%" PRIu32 ",%" PRIu32 ",%d,%" PRIu32 ",",
                      i, p->sender, p->receiver, p->amount_msat, p->start_ms, p->end_ms,
                      p->was_split, p->success, p->no_balance, p->offline, p->timeout, p->attempts);
        if (p->route == NULL) {
            (void)fputs("-1,\n", stream);
            continue;
        }
        for (uint32_t h = 0; h < p->hop_count; h++) {
            (void)fprintf(stream, "%s%" PRIu32, h > 0 ? "-" : "", p->route[h]);
        }
        (void)fprintf(stream, ",%" PRId64 "\n", p->fee_msat);
    }
    return fflush(stream) == 0 && ferror(stream) == 0;
}
