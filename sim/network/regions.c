#include "sim/network/regions.h"

#include "core/base/assert.h"

#include "sim/base/csv.h"

/* Index of a name, or `count`. */
static uint32_t index_of(const char *const *names, uint32_t count, hst_text name)
{
    uint32_t i = 0;
    while (i < count && !hst_text_equals(name, names[i])) {
        i++;
    }
    return i;
}

static hst_status
fill(hst_csv *csv, const char *const *names, uint32_t count, int64_t *base_ns, hst_error *error)
{
    enum { RTT_MS_DECIMALS = 6 }; /* nanoseconds */
    uint32_t from_column = 0;
    uint32_t to_column = 0;
    uint32_t rtt_column = 0;
    HST_TRY(hst_csv_column(csv, "from_region", &from_column, error));
    HST_TRY(hst_csv_column(csv, "to_region", &to_column, error));
    HST_TRY(hst_csv_column(csv, "rtt_ms", &rtt_column, error));
    for (;;) {
        bool more = false;
        HST_TRY(hst_csv_next(csv, &more, error));
        if (!more) {
            return HST_OK;
        }
        const uint32_t from = index_of(names, count, hst_csv_text(csv, from_column));
        const uint32_t to = index_of(names, count, hst_csv_text(csv, to_column));
        int64_t rtt_ns = 0;
        HST_TRY(hst_csv_fixed(csv, rtt_column, RTT_MS_DECIMALS, &rtt_ns, error));
        if (rtt_ns < 0) {
            return hst_csv_refuse(csv, rtt_column, HST_INVALID, "a time of 0 or more", error);
        }
        if (from < count && to < count) {
            base_ns[(size_t)from * count + to] = rtt_ns / 2;
        }
    }
}

hst_status hst_regions_load(const char *file,
                            const char *bytes,
                            size_t size,
                            const char *const *names,
                            uint32_t count,
                            hst_arena *arena,
                            const int64_t **base_ns,
                            hst_error *error)
{
    hst_assert(count > 0 && names != NULL && base_ns != NULL);
    hst_csv *csv = HST_ARENA_NEW(arena, hst_csv, 1);
    int64_t *matrix = HST_ARENA_NEW(arena, int64_t, (size_t)count * count);
    if (csv == NULL || matrix == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "%s: no memory", file);
    }
    for (size_t p = 0; p < (size_t)count * count; p++) {
        matrix[p] = -1;
    }
    HST_TRY(hst_csv_open(csv, arena, file, bytes, size, error));
    HST_TRY(fill(csv, names, count, matrix, error));
    for (size_t p = 0; p < (size_t)count * count; p++) {
        if (matrix[p] < 0) {
            return hst_error_set(error, HST_NOT_FOUND, "%s: no row from %s to %s", file,
                                 names[p / count], names[p % count]);
        }
    }
    *base_ns = matrix;
    return HST_OK;
}
