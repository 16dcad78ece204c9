#include "sim/consensus/costs.h"

#include "core/base/assert.h"

#include "sim/base/csv.h"
#include "sim/base/number.h"

enum { MESSAGE, VERIFY, SIGN, KILOBYTE, TRANSFER, WRITE, ITEM_COUNT };

static const char *const items[ITEM_COUNT] = {"message",  "verify",   "sign",
                                              "kilobyte", "transfer", "write"};

static hst_status read_rows(hst_csv *csv, int64_t ns[ITEM_COUNT], hst_error *error)
{
    uint32_t item_column = 0;
    uint32_t ns_column = 0;
    HST_TRY(hst_csv_column(csv, "item", &item_column, error));
    HST_TRY(hst_csv_column(csv, "ns", &ns_column, error));
    for (;;) {
        bool more = false;
        HST_TRY(hst_csv_next(csv, &more, error));
        if (!more) {
            return HST_OK;
        }
        uint32_t i = 0;
        while (i < ITEM_COUNT && !hst_text_equals(hst_csv_text(csv, item_column), items[i])) {
            i++;
        }
        if (i == ITEM_COUNT) {
            return hst_csv_refuse(csv, item_column, HST_INVALID,
                                  "message, verify, sign, kilobyte, transfer or write", error);
        }
        if (ns[i] >= 0) {
            return hst_csv_refuse(csv, item_column, HST_EXISTS, "an item that is not there yet",
                                  error);
        }
        HST_TRY(hst_csv_int64(csv, ns_column, 0, HST_HOUR_NS, &ns[i], error));
    }
}

hst_status hst_costs_load(const char *file,
                          const char *bytes,
                          size_t size,
                          hst_arena *arena,
                          hst_cluster_costs *costs,
                          hst_error *error)
{
    hst_assert(file != NULL && arena != NULL && costs != NULL);
    int64_t ns[ITEM_COUNT];
    for (uint32_t i = 0; i < ITEM_COUNT; i++) {
        ns[i] = -1;
    }
    hst_csv *csv = HST_ARENA_NEW(arena, hst_csv, 1);
    if (csv == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "%s: no memory", file);
    }
    HST_TRY(hst_csv_open(csv, arena, file, bytes, size, error));
    HST_TRY(read_rows(csv, ns, error));
    for (uint32_t i = 0; i < ITEM_COUNT; i++) {
        if (ns[i] < 0) {
            return hst_error_set(error, HST_NOT_FOUND, "%s: no row for %s", file, items[i]);
        }
    }
    *costs = (hst_cluster_costs){.message_ns = ns[MESSAGE],
                                 .verify_ns = ns[VERIFY],
                                 .sign_ns = ns[SIGN],
                                 .kilobyte_ns = ns[KILOBYTE],
                                 .command_ns = ns[VERIFY] + ns[TRANSFER],
                                 .write_ns = ns[WRITE]};
    return HST_OK;
}
