/* Models of boosted trees of any origin: refused with a text and without trees, or read into trees
 * whose prediction is a number and which survive being written. */
#include "sim/base/os_memory.h"
#include "sim/boost/model_json.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FEATURES = 24, TREES = 4, DEPTH = 6 };

static void check(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void check_trees(const hst_tree_ensemble *trees, hst_tree_ensemble *back)
{
    static uint8_t bytes[1 << 14];
    float rows[3][FEATURES] = {{0}};
    for (unsigned k = 0; k < FEATURES; k++) {
        rows[1][k] = 1e30F;
        rows[2][k] = -1e30F;
    }
    hst_writer writer;
    hst_reader reader;
    hst_writer_init(&writer, bytes, sizeof bytes);
    hst_tree_ensemble_write(trees, &writer);
    check(hst_writer_status(&writer) == HST_OK);
    hst_reader_init(&reader, bytes, writer.at);
    check(hst_tree_ensemble_read(back, &reader) == HST_OK);
    check(hst_reader_finish(&reader) == HST_OK);
    for (unsigned i = 0; i < 3; i++) {
        const float a = hst_tree_ensemble_logit(trees, rows[i]);
        const float b = hst_tree_ensemble_logit(back, rows[i]);
        check(isfinite(a) && !(a < b) && !(b < a));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hst_arena arena;
    hst_tree_ensemble trees;
    hst_tree_ensemble back;
    hst_error error;
    hst_error_clear(&error);
    hst_arena_init(&arena, hst_os_memory(), 1 << 16);
    check(hst_tree_ensemble_init(&trees, &arena, FEATURES, TREES, DEPTH) == HST_OK);
    check(hst_tree_ensemble_init(&back, &arena, FEATURES, TREES, DEPTH) == HST_OK);
    const char *text = size > 0 ? (const char *)data : "";
    if (hst_boost_read_json(text, size, &trees, &error) == HST_OK) {
        check_trees(&trees, &back);
    } else {
        check(error.text[0] != '\0' && trees.tree_count == 0);
    }
    hst_arena_release(&arena);
    return 0;
}
