/* Boosted trees, a row at a time and many: 100 trees of depth 6 over 24 numbers.
 *
 * Where XGBoost is installed it trains the trees, on noise, and predicts the same rows one by one
 * through its C interface; answers are compared. Elsewhere the trees are drawn at random. */
#include "core/base/random.h"

#include "sim/base/os_memory.h"
#include "sim/bench/bench.h"
#include "sim/boost/model_json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#ifdef HST_HAVE_XGBOOST
#    include <xgboost/c_api.h>
#endif

enum { WIDTH = 24, TREES = 100, DEPTH = 6, ROWS = 4096, ROUNDS = 10, PEER_ROWS = 1000 };

/** Rows, and what is made of them. */
typedef struct stand {
    hst_tree_ensemble trees;
    float rows[ROWS][WIDTH];
    float labels[ROWS];
    float logits[ROWS];
#ifdef HST_HAVE_XGBOOST
    DMatrixHandle data;
    BoosterHandle model;
#endif
} stand;

static void draw_rows(stand *s)
{
    hst_random random = hst_random_stream(1, 0, 0, 0);
    for (unsigned i = 0; i < ROWS; i++) {
        for (unsigned k = 0; k < WIDTH; k++) {
            s->rows[i][k] = (float)hst_random_normal(&random);
        }
        s->labels[i] = hst_random_below(&random, 4) != 0 ? 1 : 0;
    }
}

#ifdef HST_HAVE_XGBOOST
#    define PEER_NAME "XGBoost C library, one row a call (XGBoosterPredictFromDense)"
#    define PEER      run_xgboost

static hst_status make_trees(stand *s)
{
    static const char *const settings[][2] = {{"objective", "binary:logistic"},
                                              {"tree_method", "hist"},
                                              {"nthread", "1"},
                                              {"base_score", "0.5"},
                                              {"max_depth", "6"},
                                              {"min_child_weight", "0"}};
    bool good = XGDMatrixCreateFromMat(s->rows[0], ROWS, WIDTH, NAN, &s->data) == 0 &&
                XGDMatrixSetFloatInfo(s->data, "label", s->labels, ROWS) == 0 &&
                XGBoosterCreate(&s->data, 1, &s->model) == 0;
    for (size_t i = 0; good && i < sizeof settings / sizeof settings[0]; i++) {
        good = XGBoosterSetParam(s->model, settings[i][0], settings[i][1]) == 0;
    }
    for (int i = 0; good && i < TREES; i++) {
        good = XGBoosterUpdateOneIter(s->model, i, s->data) == 0;
    }
    bst_ulong size = 0;
    const char *bytes = NULL;
    good =
        good && XGBoosterSaveModelToBuffer(s->model, "{\"format\": \"json\"}", &size, &bytes) == 0;
    return good ? hst_boost_read_json(bytes, size, &s->trees, NULL) : HST_CORRUPT;
}

static void drop_trees(stand *s)
{
    (void)XGBoosterFree(s->model);
    (void)XGDMatrixFree(s->data);
}
#else
#    define PEER_NAME NULL
#    define PEER      NULL

static hst_status make_trees(stand *s)
{
    enum { NODES = (1 << (DEPTH + 1)) - 1, INNER = (1 << DEPTH) - 1 };
    hst_random random = hst_random_stream(2, 0, 0, 0);
    hst_tree_ensemble_clear(&s->trees, 0);
    for (unsigned t = 0; t < TREES; t++) {
        int32_t left[NODES];
        int32_t right[NODES];
        uint32_t feature[NODES] = {0};
        float value[NODES];
        for (int32_t i = 0; i < NODES; i++) {
            left[i] = i < INNER ? 2 * i + 1 : HST_TREE_LEAF;
            right[i] = i < INNER ? 2 * i + 2 : HST_TREE_LEAF;
            feature[i] = (uint32_t)hst_random_below(&random, WIDTH);
            value[i] = (float)hst_random_normal(&random);
        }
        const hst_tree_source source = {NODES, left, right, feature, value};
        HST_TRY(hst_tree_ensemble_add(&s->trees, &source));
    }
    return HST_OK;
}

static void drop_trees(stand *s)
{
    (void)s;
}
#endif

static hst_status set_up(hst_arena *arena, stand **s)
{
    hst_arena_init(arena, hst_os_memory(), 1 << 20);
    *s = HST_ARENA_NEW(arena, stand, 1);
    if (*s == NULL) {
        return HST_NO_MEMORY;
    }
    HST_TRY(hst_tree_ensemble_init(&(*s)->trees, arena, WIDTH, TREES, DEPTH));
    draw_rows(*s);
    return make_trees(*s);
}

static hst_status run_rows(const void *parameter, hst_bench_sample *sample)
{
    const bool together = *(const bool *)parameter;
    hst_arena arena;
    stand *s = NULL;
    float sum = 0;
    const hst_status status = set_up(&arena, &s);
    if (status == HST_OK) {
        hst_bench_start(sample);
        for (unsigned round = 0; round < ROUNDS; round++) {
            if (together) {
                hst_tree_ensemble_logits(&s->trees, s->rows[0], ROWS, s->logits);
                continue;
            }
            for (unsigned i = 0; i < ROWS; i++) {
                s->logits[i] = hst_tree_ensemble_logit(&s->trees, s->rows[i]);
            }
        }
        hst_bench_stop(sample);
        sample->work = (double)ROWS * ROUNDS;
        sum = s->logits[ROWS - 1];
        drop_trees(s);
    }
    hst_arena_release(&arena);
    return status != HST_OK ? status : isfinite(sum) ? HST_OK : HST_MISMATCH;
}

#ifdef HST_HAVE_XGBOOST
/** Margins of the first rows, one call a row. */
static hst_status predict_rows(stand *s)
{
    static const char config[] = "{\"type\": 1, \"training\": false, \"iteration_begin\": 0, "
                                 "\"iteration_end\": 0, \"strict_shape\": false, "
                                 "\"cache_id\": 0, \"missing\": NaN}";
    for (unsigned i = 0; i < PEER_ROWS; i++) {
        char values[160];
        const bst_ulong *shape = NULL;
        bst_ulong dimensions = 0;
        const float *margin = NULL;
        (void)snprintf(values, sizeof values,
                       "{\"data\": [%zu, true], \"shape\": [1, %d], \"typestr\": \"<f4\", "
                       "\"version\": 3}",
                       (size_t)(uintptr_t)s->rows[i], WIDTH);
        if (XGBoosterPredictFromDense(s->model, values, config, NULL, &shape, &dimensions,
                                      &margin) != 0) {
            return HST_CORRUPT;
        }
        s->logits[i] = margin[0];
    }
    return HST_OK;
}

static hst_status run_xgboost(const void *parameter, hst_bench_sample *sample)
{
    (void)parameter;
    hst_arena arena;
    stand *s = NULL;
    hst_status status = set_up(&arena, &s);
    if (status == HST_OK) {
        hst_bench_start(sample);
        status = predict_rows(s);
        hst_bench_stop(sample);
        sample->work = PEER_ROWS;
        for (unsigned i = 0; status == HST_OK && i < PEER_ROWS; i++) {
            const float own = hst_tree_ensemble_logit(&s->trees, s->rows[i]);
            status = fabsf(own - s->logits[i]) < 1e-5F ? HST_OK : HST_MISMATCH;
        }
        drop_trees(s);
    }
    hst_arena_release(&arena);
    return status;
}
#endif

static const bool alone = false;
static const bool together = true;

static const hst_bench_case cases[] = {
    {.name = "routing.trees",
     .summary = "boosted trees, 100 of depth 6, a row of 24 numbers at a time",
     .unit = "rows/s",
     .baseline_name = PEER_NAME,
     .run = run_rows,
     .baseline = PEER,
     .parameter = &alone,
     .aim = 833333,
     .aim_ratio = 15},
    {.name = "routing.trees.batch",
     .summary = "the same, 4,096 rows a call",
     .unit = "rows/s",
     .run = run_rows,
     .parameter = &together,
     .aim = 2000000},
};

const hst_bench_table hst_bench_boost = {cases, sizeof cases / sizeof *cases};
