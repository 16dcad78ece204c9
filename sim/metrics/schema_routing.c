/* Tables that only results of line-ups have. */
#include "core/base/assert.h"

#include "sim/metrics/schema.h"

#include <stddef.h>

/* A column of hst_<row>_row. Offset and size come from the struct, so they cannot disagree. */
#define COLUMN(row, field, kind, unit, text)                                                       \
    {                                                                                              \
#        field, HST_COLUMN_##kind, offsetof(hst_##row##_row, field),                               \
            (uint32_t)sizeof(((const hst_##row##_row *)0)->field), (unit), (text), NULL            \
    }

static const hst_column router_columns[] = {
    COLUMN(router, world, TEXT, "text", "kind of world"),
    COLUMN(router, router, TEXT, "text", "name"),
    COLUMN(router, code, TEXT, "text", "short"),
    COLUMN(router, information, TEXT, "text", "what it sees"),
    COLUMN(router, seeds, U32, "count", "worlds"),
    COLUMN(router, payments, U32, "count", "in each"),
    COLUMN(router, cost_bps, F64, "bp", "mean all-in cost"),
    COLUMN(router, cost_low, F64, "bp", "of its interval"),
    COLUMN(router, cost_high, F64, "bp", "likewise"),
    COLUMN(router, ratio, F64, "ratio", "to the oracle's cost, 0 = no oracle in the line-up"),
    COLUMN(router, ratio_low, F64, "ratio", "of its interval"),
    COLUMN(router, ratio_high, F64, "ratio", "likewise"),
    COLUMN(router, saving_bps, F64, "bp", "against cheapest-advertised, 0 = not in the line-up"),
    COLUMN(router, saving_low, F64, "bp", "of its interval"),
    COLUMN(router, saving_high, F64, "bp", "likewise"),
    COLUMN(router, p, F64, "share", "of the saving, corrected for the number of routers"),
    COLUMN(router, fee_bps, F64, "bp", "charges, of the cost"),
    COLUMN(router, time_bps, F64, "bp", "time, of the cost"),
    COLUMN(router, failure_bps, F64, "bp", "failed attempts and payments given up, of the cost"),
    COLUMN(router, weighted_bps, F64, "bp", "all cost over all value"),
    COLUMN(router, first_attempt, F64, "share", "payments completed at the first attempt"),
    COLUMN(router, completed, F64, "share", "payments completed"),
    COLUMN(router, attempts, F64, "attempts", "a payment"),
    COLUMN(router, delay_p50_h, F64, "h", "of completed payments"),
    COLUMN(router, delay_p95_h, F64, "h", "likewise"),
    COLUMN(router,
           recovery,
           F64,
           "payments",
           "payments after the break until as good as before, -1 = never"),
};

static const hst_column course_columns[] = {
    COLUMN(course, router, U32, "index", "row of /routing/routers"),
    COLUMN(course, window, U32, "index", "twentieth of the payments"),
    COLUMN(course, cost_bps, F64, "bp", "mean in it"),
    COLUMN(course, ratio, F64, "ratio", "to the oracle's"),
    COLUMN(course, regret, F64, "ratio", "(cost - oracle's) so far over the oracle's so far"),
};

_Static_assert(sizeof(hst_router_row) == 296, "router row has a hole");
_Static_assert(sizeof(hst_course_row) == 32, "course row has a hole");

#define TABLE(row, path, title)                                                                    \
    {                                                                                              \
        (path), (title), (uint32_t)sizeof(hst_##row##_row),                                        \
            (uint32_t)(sizeof row##_columns / sizeof row##_columns[0]), row##_columns              \
    }

static const hst_table_schema tables[HST_ROUTING_TABLE_COUNT] = {
    [HST_ROUTING_TABLE_ROUTER] =
        TABLE(router, "/routing/routers", "one router on the worlds of one kind"),
    [HST_ROUTING_TABLE_COURSE] = TABLE(course, "/routing/courses", "cost over time"),
};

const hst_table_schema *hst_schema_routing(hst_routing_table table)
{
    hst_assert(table < HST_ROUTING_TABLE_COUNT);
    return &tables[table];
}
