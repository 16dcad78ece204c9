#include "core/routing/boosted.h"

#include <string.h>

enum { WIDTH = HST_FEATURE_COUNT };

hst_status hst_boosted_init(hst_boosted *model,
                            hst_arena *arena,
                            uint32_t edge_count,
                            const hst_tree_trainer *trainer)
{
    hst_assert(model != NULL && arena != NULL);
    memset(model, 0, sizeof *model);
    model->trainer = trainer;
    model->next_fit = HST_BOOSTED_FIRST;
    HST_TRY(hst_logistic_init(&model->rest, arena, edge_count));
    const uint32_t trees = trainer != NULL ? HST_BOOSTED_TREES : 0;
    HST_TRY(hst_tree_ensemble_init(&model->trees, arena, WIDTH, trees, HST_BOOSTED_DEPTH));
    HST_TRY(hst_tree_ensemble_init(&model->fitted, arena, WIDTH, trees, HST_BOOSTED_DEPTH));
    if (trainer == NULL) {
        return HST_OK;
    }
    model->rows = HST_ARENA_NEW(arena, float, (size_t)HST_BOOSTED_ROWS *WIDTH);
    model->edges = HST_ARENA_NEW(arena, uint32_t, HST_BOOSTED_ROWS);
    model->succeeded = HST_ARENA_NEW(arena, uint8_t, HST_BOOSTED_ROWS);
    return model->rows == NULL || model->edges == NULL || model->succeeded == NULL ? HST_NO_MEMORY
                                                                                   : HST_OK;
}

static void narrow(const double x[WIDTH], float row[WIDTH])
{
    for (unsigned k = 0; k < WIDTH; k++) {
        row[k] = (float)x[k];
    }
}

static double offset_of(const hst_boosted *model, const float row[WIDTH])
{
    return model->trees.tree_count > 0 ? (double)hst_tree_ensemble_logit(&model->trees, row) : 0;
}

double hst_boosted_logit(const hst_boosted *model, uint32_t edge, const double x[HST_FEATURE_COUNT])
{
    hst_assert(model != NULL && x != NULL);
    const double rest = hst_logistic_logit(&model->rest, edge, x);
    if (model->trees.tree_count == 0) {
        return rest;
    }
    float row[WIDTH];
    narrow(x, row);
    return offset_of(model, row) + rest;
}

/** Keep an outcome; the older half makes room. */
static void keep(hst_boosted *model, uint32_t edge, const float row[WIDTH], bool succeeded)
{
    if (model->row_count == HST_BOOSTED_ROWS) {
        const size_t half = HST_BOOSTED_ROWS / 2;
        memmove(model->rows, model->rows + half * WIDTH, half * WIDTH * sizeof(float));
        memmove(model->edges, model->edges + half, half * sizeof(uint32_t));
        memmove(model->succeeded, model->succeeded + half, half);
        model->row_count = (uint32_t)half;
    }
    memcpy(model->rows + (size_t)model->row_count * WIDTH, row, WIDTH * sizeof(float));
    model->edges[model->row_count] = edge;
    model->succeeded[model->row_count] = succeeded ? 1 : 0;
    model->row_count++;
}

/** What is left to explain is another thing under new trees: start over, from what is kept. */
static void relearn_rest(hst_boosted *model)
{
    hst_logistic_restart(&model->rest, 0);
    for (uint32_t i = 0; i < model->row_count; i++) {
        const float *row = model->rows + (size_t)i * WIDTH;
        double x[WIDTH];
        for (unsigned k = 0; k < WIDTH; k++) {
            x[k] = (double)row[k];
        }
        (void)hst_logistic_learn_above(&model->rest, model->edges[i], x, offset_of(model, row),
                                       model->succeeded[i] != 0);
    }
}

static void fit(hst_boosted *model)
{
    const uint64_t more =
        model->outcomes < HST_BOOSTED_INTERVAL ? model->outcomes : (uint64_t)HST_BOOSTED_INTERVAL;
    model->next_fit = model->outcomes + more;
    hst_tree_ensemble_clear(&model->fitted, 0);
    if (model->trainer->train(model->trainer->context, model->rows, model->succeeded,
                              model->row_count, &model->fitted) != HST_OK) {
        model->failures++;
        return;
    }
    hst_tree_ensemble_copy(&model->trees, &model->fitted);
    model->fits++;
    relearn_rest(model);
}

void hst_boosted_learn(hst_boosted *model,
                       uint32_t edge,
                       const double x[HST_FEATURE_COUNT],
                       bool succeeded)
{
    hst_assert(model != NULL && x != NULL);
    model->outcomes++;
    if (model->trainer == NULL) {
        (void)hst_logistic_learn(&model->rest, edge, x, succeeded);
        return;
    }
    float row[WIDTH];
    narrow(x, row);
    (void)hst_logistic_learn_above(&model->rest, edge, x, offset_of(model, row), succeeded);
    keep(model, edge, row, succeeded);
    if (model->outcomes >= model->next_fit) {
        fit(model);
    }
}

void hst_boosted_write(const hst_boosted *model, hst_writer *writer)
{
    hst_assert(model != NULL && writer != NULL);
    hst_logistic_write(&model->rest, writer);
    hst_tree_ensemble_write(&model->trees, writer);
    hst_write_u64(writer, model->outcomes);
    hst_write_u64(writer, model->next_fit);
    hst_write_u32(writer, model->fits);
    hst_write_u32(writer, model->failures);
    hst_write_u32(writer, model->row_count);
    for (size_t i = 0; i < (size_t)model->row_count * WIDTH; i++) {
        uint32_t bits = 0;
        memcpy(&bits, &model->rows[i], sizeof bits);
        hst_write_u32(writer, bits);
    }
    for (uint32_t i = 0; i < model->row_count; i++) {
        hst_write_u32(writer, model->edges[i]);
        hst_write_u8(writer, model->succeeded[i]);
    }
}

static hst_status read_rows(hst_boosted *model, hst_reader *reader)
{
    const uint32_t count = hst_read_u32(reader);
    HST_TRY(hst_reader_status(reader));
    if (count > (model->trainer != NULL ? (uint32_t)HST_BOOSTED_ROWS : 0)) {
        return HST_MISMATCH;
    }
    for (size_t i = 0; i < (size_t)count * WIDTH; i++) {
        const uint32_t bits = hst_read_u32(reader);
        memcpy(&model->rows[i], &bits, sizeof bits);
    }
    bool good = true;
    for (uint32_t i = 0; i < count; i++) {
        model->edges[i] = hst_read_u32(reader);
        model->succeeded[i] = hst_read_u8(reader);
        good = good && model->edges[i] < model->rest.edge_count && model->succeeded[i] <= 1;
    }
    HST_TRY(hst_reader_status(reader));
    model->row_count = count;
    return good ? HST_OK : HST_CORRUPT;
}

hst_status hst_boosted_read(hst_boosted *model, hst_reader *reader)
{
    hst_assert(model != NULL && reader != NULL);
    HST_TRY(hst_logistic_read(&model->rest, reader));
    HST_TRY(hst_tree_ensemble_read(&model->trees, reader));
    model->outcomes = hst_read_u64(reader);
    model->next_fit = hst_read_u64(reader);
    model->fits = hst_read_u32(reader);
    model->failures = hst_read_u32(reader);
    return read_rows(model, reader);
}
