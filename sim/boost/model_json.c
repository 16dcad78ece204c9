#include "sim/boost/model_json.h"

#include "core/base/assert.h"
#include "core/base/real.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

enum { PLACE_SIZE = 96 };

/** One tree while it is read. */
typedef struct arrays {
    int32_t left[HST_TREE_NODE_MAX], right[HST_TREE_NODE_MAX];
    uint32_t feature[HST_TREE_NODE_MAX];
    float value[HST_TREE_NODE_MAX];
} arrays;

static const char *kind_of(const json_t *value)
{
    static const char *const names[] = {"an object", "a list", "a string", "an integer",
                                        "a number",  "true",   "false",    "null"};
    return value == NULL ? "nothing" : names[json_typeof(value)];
}

static hst_status
refuse(hst_error *error, const char *place, const char *expected, const json_t *got)
{
    return hst_error_set(error, HST_CORRUPT, "%s: expected %s, got %s", place, expected,
                         kind_of(got));
}

/** The member of an object under a path of keys. */
static const json_t *find(const json_t *from, const char *const *keys, size_t count)
{
    for (size_t i = 0; i < count && from != NULL; i++) {
        from = json_object_get(from, keys[i]);
    }
    return from;
}

/** A number written as a string, as parameters are. */
static bool parameter(const json_t *value, double *number)
{
    const char *text = json_string_value(value);
    char *end = NULL;
    *number = text != NULL ? strtod(text, &end) : 0;
    return text != NULL && end != text && *end == '\0';
}

/** A list of tree `index` with as many entries as there are nodes. */
static hst_status list_of(const json_t *tree,
                          size_t index,
                          const char *key,
                          size_t *count,
                          const json_t **list,
                          hst_error *error)
{
    char place[PLACE_SIZE];
    (void)snprintf(place, sizeof place, "model.trees[%zu].%s", index, key);
    *list = json_object_get(tree, key);
    const size_t size = json_array_size(*list);
    if (size == 0 || size > HST_TREE_NODE_MAX || (*count != 0 && size != *count)) {
        return refuse(error, place, "a list, as long as the tree's other ones", *list);
    }
    *count = size;
    return HST_OK;
}

static hst_status
wrong_entry(size_t index, const char *key, size_t at, const json_t *got, hst_error *error)
{
    char place[PLACE_SIZE];
    (void)snprintf(place, sizeof place, "model.trees[%zu].%s[%zu]", index, key, at);
    return refuse(error, place, "a number of its kind", got);
}

static hst_status read_integers(const json_t *tree,
                                size_t index,
                                const char *key,
                                size_t *count,
                                int32_t *out,
                                hst_error *error)
{
    const json_t *list = NULL;
    HST_TRY(list_of(tree, index, key, count, &list, error));
    for (size_t i = 0; i < *count; i++) {
        const json_t *one = json_array_get(list, i);
        const json_int_t value = json_integer_value(one);
        if (!json_is_integer(one) || value < HST_TREE_LEAF || value > INT32_MAX) {
            return wrong_entry(index, key, i, one, error);
        }
        out[i] = (int32_t)value;
    }
    return HST_OK;
}

static hst_status
read_tree(const json_t *tree, size_t index, arrays *into, size_t *count, hst_error *error)
{
    int32_t features[HST_TREE_NODE_MAX];
    const json_t *list = NULL;
    *count = 0;
    HST_TRY(read_integers(tree, index, "left_children", count, into->left, error));
    HST_TRY(read_integers(tree, index, "right_children", count, into->right, error));
    HST_TRY(read_integers(tree, index, "split_indices", count, features, error));
    HST_TRY(list_of(tree, index, "split_conditions", count, &list, error));
    for (size_t i = 0; i < *count; i++) {
        const json_t *one = json_array_get(list, i);
        const double value = json_number_value(one);
        if (!json_is_number(one) || !(value > -1e30 && value < 1e30)) {
            return wrong_entry(index, "split_conditions", i, one, error);
        }
        into->value[i] = (float)value;
        into->feature[i] = (uint32_t)features[i]; /* -1 becomes too large */
    }
    return HST_OK;
}

static hst_status read_trees(const json_t *list, hst_tree_ensemble *trees, hst_error *error)
{
    arrays *tree = malloc(sizeof *tree);
    hst_status status = tree != NULL ? HST_OK : HST_NO_MEMORY;
    for (size_t i = 0; status == HST_OK && i < json_array_size(list); i++) {
        size_t count = 0;
        status = read_tree(json_array_get(list, i), i, tree, &count, error);
        if (status == HST_OK) {
            const hst_tree_source source = {(uint32_t)count, tree->left, tree->right, tree->feature,
                                            tree->value};
            status = hst_tree_ensemble_add(trees, &source);
            if (status != HST_OK) {
                (void)hst_error_set(error, status, "model.trees[%zu]: %s", i,
                                    status == HST_FULL ? "more trees than there is room for"
                                                       : "not a tree, or too deep");
            }
        }
    }
    free(tree);
    return status;
}

static hst_status read_model(const json_t *root, hst_tree_ensemble *trees, hst_error *error)
{
    static const char *const objective[] = {"learner", "objective", "name"};
    static const char *const features[] = {"learner", "learner_model_param", "num_feature"};
    static const char *const base[] = {"learner", "learner_model_param", "base_score"};
    static const char *const model[] = {"learner", "gradient_booster", "model", "trees"};
    const json_t *name = find(root, objective, 3);
    const json_t *width = find(root, features, 3);
    const json_t *chance = find(root, base, 3);
    const json_t *list = find(root, model, 4);
    double count = 0;
    double p = 0;
    if (!json_is_string(name) || strcmp(json_string_value(name), "binary:logistic") != 0) {
        return refuse(error, "learner.objective.name", "binary:logistic", name);
    }
    if (!parameter(width, &count) || !(count >= 1 && count <= (double)trees->feature_count)) {
        return refuse(error, "learner.learner_model_param.num_feature",
                      "no more features than a row has", width);
    }
    if (!parameter(chance, &p) || !(p > 0 && p < 1)) {
        return refuse(error, "learner.learner_model_param.base_score", "a chance", chance);
    }
    if (!json_is_array(list)) {
        return refuse(error, "learner.gradient_booster.model.trees", "a list", list);
    }
    hst_tree_ensemble_clear(trees, (float)hst_log(p / (1 - p)));
    return read_trees(list, trees, error);
}

hst_status
hst_boost_read_json(const char *bytes, size_t size, hst_tree_ensemble *trees, hst_error *error)
{
    hst_assert(bytes != NULL && trees != NULL);
    json_error_t why;
    hst_tree_ensemble_clear(trees, 0);
    json_t *root = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &why);
    if (root == NULL) {
        return hst_error_at(error, HST_CORRUPT, NULL, why.line, why.column, "not JSON: %s",
                            why.text);
    }
    const hst_status status = read_model(root, trees, error);
    json_decref(root);
    if (status != HST_OK) {
        hst_tree_ensemble_clear(trees, 0);
    }
    return status;
}
