/* Tables of any origin: reading stays inside the bytes and the arena, every row has the header's
 * cells, errors carry a place, and typed getters agree with each other. */
#include "sim/base/csv.h"
#include "sim/base/number.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void *acquire(void *context, size_t size)
{
    (void)context;
    const size_t length = (size + 63) / 64 * 64;
    void *block = aligned_alloc(64, length);
    return block != NULL ? memset(block, 0, length) : NULL;
}

static void release(void *context, void *block, size_t size)
{
    (void)context;
    (void)size;
    free(block);
}

/** Touch every byte of a text, so that a sanitizer sees a view that leaves its table. */
static unsigned touch(hst_text text)
{
    unsigned sum = 0;
    for (size_t i = 0; i < text.size; i++) {
        sum += (unsigned char)text.bytes[i];
    }
    return sum;
}

static void check_cell(const hst_csv *csv, uint32_t column, hst_error *error)
{
    int64_t whole = 0, fixed = 0;
    int32_t days = 0;
    double real = 0;
    const hst_text text = hst_csv_text(csv, column);
    check(touch(text) == touch(text));
    check(hst_csv_blank(csv, column) == (hst_text_trim(text).size == 0));
    if (hst_csv_int64(csv, column, INT64_MIN, INT64_MAX, &whole, error) == HST_OK) {
        check(hst_csv_fixed(csv, column, 0, &fixed, error) == HST_OK && fixed == whole);
        check(hst_csv_double(csv, column, &real, error) == HST_OK);
        check(real >= (double)whole && real <= (double)whole);
    } else {
        check(error->line > 0 && error->column > 0 && error->text[0] != '\0');
    }
    if (hst_csv_date(csv, column, &days, error) == HST_OK) {
        check(hst_text_trim(text).size == 10);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const hst_memory memory = {NULL, acquire, release};
    static hst_csv csv;
    static hst_error error;
    hst_arena arena;
    hst_arena_init(&arena, memory, 4096);
    /* A copy of exactly the size, so that a sanitizer sees the byte behind the table. */
    char *bytes = malloc(size > 0 ? size : 1);
    check(bytes != NULL);
    if (size > 0) {
        memcpy(bytes, data, size);
    }
    hst_status status = hst_csv_open(&csv, &arena, "fuzz.csv", bytes, size, &error);
    uint32_t last_line = 0;
    for (bool more = true; status == HST_OK && more;) {
        status = hst_csv_next(&csv, &more, &error);
        if (status != HST_OK || !more) {
            break;
        }
        check(hst_csv_line(&csv) > last_line);
        last_line = hst_csv_line(&csv);
        for (uint32_t column = 0; column < hst_csv_column_count(&csv); column++) {
            check_cell(&csv, column, &error);
        }
    }
    check(status == HST_OK || error.status == status);
    free(bytes);
    hst_arena_release(&arena);
    return 0;
}
