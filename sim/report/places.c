/* Where countries stand on the map, from the table inside the program. */
#include "sim/base/csv.h"
#include "sim/report/assets.h"
#include "sim/report/page.h"

/* The table is part of the program, so an error other than of memory is a bug a test finds. */
static hst_status read_places(hst_arena *arena, json_t *places)
{
    hst_error error;
    hst_error_clear(&error);
    const hst_text table = hst_report_places_table();
    hst_csv *csv = HST_ARENA_NEW(arena, hst_csv, 1);
    if (csv == NULL) {
        return HST_NO_MEMORY;
    }
    static const char *const names[] = {"iso2", "latitude", "longitude"};
    uint32_t at[3];
    HST_TRY(hst_csv_open(csv, arena, "places.csv", table.bytes, table.size, &error));
    for (size_t i = 0; i < 3; i++) {
        HST_TRY(hst_csv_column(csv, names[i], &at[i], &error));
    }
    for (;;) {
        bool more = false;
        double latitude = 0;
        double longitude = 0;
        HST_TRY(hst_csv_next(csv, &more, &error));
        if (!more) {
            return HST_OK;
        }
        HST_TRY(hst_csv_double(csv, at[1], &latitude, &error));
        HST_TRY(hst_csv_double(csv, at[2], &longitude, &error));
        const hst_text code = hst_csv_text(csv, at[0]);
        char key[8];
        (void)snprintf(key, sizeof key, "%.*s", (int)code.size, code.bytes);
        (void)json_object_set_new(places, key, json_pack("[f, f]", longitude, latitude));
    }
}

json_t *hst_report_places(hst_memory memory)
{
    hst_arena arena;
    hst_arena_init(&arena, memory, 1 << 16);
    json_t *places = json_object();
    if (read_places(&arena, places) != HST_OK) {
        json_decref(places);
        places = NULL;
    }
    hst_arena_release(&arena);
    return places;
}
