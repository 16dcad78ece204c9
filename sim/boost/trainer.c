#include "sim/boost/trainer.h"

#include "core/base/assert.h"

#include "sim/boost/model_json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef HST_HAVE_XGBOOST
#    include <xgboost/c_api.h>

/** What a fit holds. */
typedef struct fit {
    DMatrixHandle data;
    BoosterHandle model;
    hst_error *error;
} fit;

/** The library's answer as a status. */
static hst_status answer(const fit *f, int code)
{
    return code == 0 ? HST_OK
                     : hst_error_set(f->error, HST_CORRUPT, "XGBoost: %s", XGBGetLastError());
}

static hst_status set_up(fit *f, uint32_t depth)
{
    char text[16];
    (void)snprintf(text, sizeof text, "%u", depth);
    const char *const parameters[][2] = {
        {"objective", "binary:logistic"},
        {"tree_method", "hist"},
        {"nthread", "1"},
        {"seed", "0"},
        {"base_score", "0.5"},
        {"eta", "0.1"},
        {"max_depth", text},
        {"min_child_weight", "2"},
        {"verbosity", "0"},
        {"validate_parameters", "1"},
    };
    HST_TRY(answer(f, XGBoosterCreate(&f->data, 1, &f->model)));
    for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++) {
        HST_TRY(answer(f, XGBoosterSetParam(f->model, parameters[i][0], parameters[i][1])));
    }
    return HST_OK;
}

static hst_status
load_rows(fit *f, const float *rows, const uint8_t *succeeded, size_t count, uint32_t width)
{
    float *labels = malloc(count * sizeof *labels);
    if (labels == NULL) {
        return hst_error_set(f->error, HST_NO_MEMORY, "out of memory while training");
    }
    for (size_t i = 0; i < count; i++) {
        labels[i] = succeeded[i] != 0 ? 1 : 0;
    }
    hst_status status = answer(f, XGDMatrixCreateFromMat(rows, count, width, NAN, &f->data));
    if (status == HST_OK) {
        status = answer(f, XGDMatrixSetFloatInfo(f->data, "label", labels, count));
    }
    free(labels);
    return status;
}

static hst_status grow(fit *f, hst_tree_ensemble *trees)
{
    bst_ulong size = 0;
    const char *bytes = NULL;
    HST_TRY(set_up(f, trees->depth));
    for (uint32_t i = 0; i < trees->tree_count_max; i++) {
        HST_TRY(answer(f, XGBoosterUpdateOneIter(f->model, (int)i, f->data)));
    }
    HST_TRY(
        answer(f, XGBoosterSaveModelToBuffer(f->model, "{\"format\": \"json\"}", &size, &bytes)));
    return hst_boost_read_json(bytes, size, trees, f->error);
}

hst_status hst_boost_train(const float *rows,
                           const uint8_t *succeeded,
                           size_t count,
                           hst_tree_ensemble *trees,
                           hst_error *error)
{
    hst_assert(rows != NULL && succeeded != NULL && trees != NULL && count > 0);
    fit f = {.error = error};
    hst_status status = load_rows(&f, rows, succeeded, count, trees->feature_count);
    if (status == HST_OK) {
        status = grow(&f, trees);
    }
    if (f.model != NULL) {
        (void)XGBoosterFree(f.model);
    }
    if (f.data != NULL) {
        (void)XGDMatrixFree(f.data);
    }
    return status;
}

static hst_status train(void *context,
                        const float *rows,
                        const uint8_t *succeeded,
                        size_t count,
                        hst_tree_ensemble *trees)
{
    (void)context;
    return hst_boost_train(rows, succeeded, count, trees, NULL);
}

const hst_tree_trainer *hst_boost_trainer(void)
{
    static const hst_tree_trainer trainer = {.train = train};
    return &trainer;
}
#else
hst_status hst_boost_train(const float *rows,
                           const uint8_t *succeeded,
                           size_t count,
                           hst_tree_ensemble *trees,
                           hst_error *error)
{
    (void)rows;
    (void)succeeded;
    (void)count;
    (void)trees;
    return hst_error_set(error, HST_UNSUPPORTED,
                         "built without XGBoost: install libxgboost-dev and configure again");
}

const hst_tree_trainer *hst_boost_trainer(void)
{
    return NULL;
}
#endif
