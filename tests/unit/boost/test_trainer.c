/* Trees trained by XGBoost: core's evaluator says what the library says, the same rows give the
 * same trees, and trees are worth having where the truth has steps. */
#include "core/base/real.h"
#include "core/routing/boosted.h"

#include "sim/base/os_memory.h"
#include "sim/boost/model_json.h"
#include "sim/boost/trainer.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <xgboost/c_api.h>

enum { WIDTH = HST_FEATURE_COUNT, ROWS = 3000, TREES = 40, DEPTH = 6 };

static float rows[ROWS][WIDTH];
static uint8_t succeeded[ROWS];

/** A chance with a step, a band and a product in it. */
static double chance(const float *x)
{
    return 0.95 * (x[3] > 0.4F ? 0.3 : 1) * (x[5] > -0.1F && x[5] < 0.1F ? 0.5 : 1) *
           (x[7] * x[8] > 0 ? 1 : 0.8);
}

static void draw(uint64_t seed)
{
    hst_random random = hst_random_stream(seed, 0, 0, 1);
    for (unsigned i = 0; i < ROWS; i++) {
        for (unsigned k = 0; k < WIDTH; k++) {
            rows[i][k] = (float)(hst_random_uniform(&random) - 0.5);
        }
        rows[i][HST_FEATURE_ONE] = 1;
        succeeded[i] = hst_random_uniform(&random) < chance(rows[i]) ? 1 : 0;
    }
}

static hst_arena start(hst_tree_ensemble *trees)
{
    hst_arena arena;
    hst_arena_init(&arena, hst_os_memory(), 1 << 20);
    assert_int_equal(hst_tree_ensemble_init(trees, &arena, WIDTH, TREES, DEPTH), HST_OK);
    return arena;
}

static void core_predicts_what_the_library_predicts(void **state)
{
    (void)state;
    static const char *const settings[][2] = {
        {"objective", "binary:logistic"},
        {"tree_method", "hist"},
        {"nthread", "1"},
        {"base_score", "0.3"},
        {"max_depth", "6"},
        {"eta", "0.3"},
    };
    hst_tree_ensemble trees;
    hst_arena arena = start(&trees);
    DMatrixHandle data = NULL;
    BoosterHandle model = NULL;
    float labels[ROWS];
    draw(1);
    for (unsigned i = 0; i < ROWS; i++) {
        labels[i] = succeeded[i];
    }
    assert_int_equal(XGDMatrixCreateFromMat(rows[0], ROWS, WIDTH, NAN, &data), 0);
    assert_int_equal(XGDMatrixSetFloatInfo(data, "label", labels, ROWS), 0);
    assert_int_equal(XGBoosterCreate(&data, 1, &model), 0);
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        assert_int_equal(XGBoosterSetParam(model, settings[i][0], settings[i][1]), 0);
    }
    for (int i = 0; i < TREES; i++) {
        assert_int_equal(XGBoosterUpdateOneIter(model, i, data), 0);
    }
    bst_ulong size = 0;
    const char *bytes = NULL;
    hst_error error;
    hst_error_clear(&error);
    assert_int_equal(XGBoosterSaveModelToBuffer(model, "{\"format\": \"json\"}", &size, &bytes), 0);
    assert_int_equal(hst_boost_read_json(bytes, size, &trees, &error), HST_OK);
    assert_int_equal(trees.tree_count, TREES);
    const float *margins = NULL;
    static float own[ROWS];
    assert_int_equal(XGBoosterPredict(model, data, 1, 0, 0, &size, &margins), 0);
    assert_int_equal(size, ROWS);
    hst_tree_ensemble_logits(&trees, rows[0], ROWS, own);
    for (unsigned i = 0; i < ROWS; i++) {
        assert_true(fabsf(own[i] - margins[i]) < 1e-6F);
    }
    assert_int_equal(XGBoosterFree(model), 0);
    assert_int_equal(XGDMatrixFree(data), 0);
    hst_arena_release(&arena);
}

static void the_same_rows_give_the_same_trees(void **state)
{
    (void)state;
    static unsigned char bytes[2][1 << 16];
    size_t sizes[2];
    draw(2);
    for (unsigned i = 0; i < 2; i++) {
        hst_tree_ensemble trees;
        hst_arena arena = start(&trees);
        hst_writer writer;
        assert_int_equal(hst_boost_train(rows[0], succeeded, ROWS, &trees, NULL), HST_OK);
        hst_writer_init(&writer, bytes[i], sizeof bytes[i]);
        hst_tree_ensemble_write(&trees, &writer);
        assert_int_equal(hst_writer_status(&writer), HST_OK);
        sizes[i] = writer.at;
        hst_arena_release(&arena);
    }
    assert_int_equal(sizes[0], sizes[1]);
    assert_memory_equal(bytes[0], bytes[1], sizes[0]);
}

/** Log-loss of a model over the rows, learning as it goes. */
static double course(const hst_tree_trainer *trainer, hst_boosted *model, hst_arena *arena)
{
    double loss = 0;
    assert_int_equal(hst_boosted_init(model, arena, 1, trainer), HST_OK);
    for (unsigned round = 0; round < 4; round++) {
        draw(10 + round);
        for (unsigned i = 0; i < ROWS; i++) {
            double x[WIDTH];
            for (unsigned k = 0; k < WIDTH; k++) {
                x[k] = (double)rows[i][k];
            }
            const double p = hst_logistic_probability(hst_boosted_logit(model, 0, x));
            loss -= round > 0 ? log(succeeded[i] != 0 ? p : 1 - p) : 0;
            hst_boosted_learn(model, 0, x, succeeded[i] != 0);
        }
    }
    return loss / (3 * ROWS);
}

static void trees_learn_steps_that_a_line_cannot(void **state)
{
    (void)state;
    hst_arena arena;
    hst_boosted with;
    hst_boosted without;
    hst_arena_init(&arena, hst_os_memory(), 1 << 20);
    const double trees = course(hst_boost_trainer(), &with, &arena);
    const double line = course(NULL, &without, &arena);
    assert_int_equal(with.fits, 3); /* after 2,000, 4,000 and 8,000 of 12,000 */
    assert_int_equal(with.failures, 0);
    assert_true(trees < 0.95 * line);
    hst_arena_release(&arena);
}

static void a_restored_model_goes_on_as_if_never_stopped(void **state)
{
    (void)state;
    enum { SIZE = 1 << 20 };
    hst_arena arena;
    hst_boosted model;
    hst_boosted restored;
    hst_boosted bare;
    unsigned char *bytes = malloc(SIZE);
    assert_non_null(bytes);
    hst_arena_init(&arena, hst_os_memory(), 1 << 20);
    assert_int_equal(hst_boosted_init(&model, &arena, 2, hst_boost_trainer()), HST_OK);
    assert_int_equal(hst_boosted_init(&restored, &arena, 2, hst_boost_trainer()), HST_OK);
    assert_int_equal(hst_boosted_init(&bare, &arena, 2, NULL), HST_OK);
    draw(3);
    for (unsigned i = 0; i < 2 * ROWS; i++) {
        double x[WIDTH];
        for (unsigned k = 0; k < WIDTH; k++) {
            x[k] = (double)rows[i % ROWS][k];
        }
        if (i == 2500) { /* trees in use, another fit to come */
            hst_writer writer;
            hst_reader reader;
            hst_writer_init(&writer, bytes, SIZE);
            hst_boosted_write(&model, &writer);
            assert_int_equal(hst_writer_status(&writer), HST_OK);
            hst_reader_init(&reader, bytes, writer.at);
            assert_int_equal(hst_boosted_read(&restored, &reader), HST_OK);
            assert_int_equal(hst_reader_finish(&reader), HST_OK);
            hst_reader_init(&reader, bytes, writer.at - 1);
            assert_int_equal(hst_boosted_read(&bare, &reader), HST_MISMATCH);
        }
        if (i >= 2500) {
            const double a = hst_boosted_logit(&model, i % 2, x);
            const double b = hst_boosted_logit(&restored, i % 2, x);
            assert_memory_equal(&a, &b, sizeof a);
            hst_boosted_learn(&restored, i % 2, x, succeeded[i % ROWS] != 0);
        }
        hst_boosted_learn(&model, i % 2, x, succeeded[i % ROWS] != 0);
    }
    assert_int_equal(restored.fits, 2);
    hst_arena_release(&arena);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(core_predicts_what_the_library_predicts),
        cmocka_unit_test(the_same_rows_give_the_same_trees),
        cmocka_unit_test(trees_learn_steps_that_a_line_cannot),
        cmocka_unit_test(a_restored_model_goes_on_as_if_never_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
