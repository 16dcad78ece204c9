/* Models as XGBoost writes them: what is read, and what is refused with its place. */
#include "sim/base/os_memory.h"
#include "sim/boost/model_json.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { FEATURES = 3, TREES = 2, DEPTH = 2 };

/** One tree: a root at x[2] < 0.5, leaves -1 and 1.25. */
#define TREE                                                                                       \
    "{\"left_children\":[1,-1,-1],\"right_children\":[2,-1,-1],\"split_indices\":[2,0,0],"         \
    "\"split_conditions\":[5E-1,-1E0,1.25E0]}"

static const char form[] =
    "{\"learner\":{\"objective\":{\"name\":\"%s\"},\"learner_model_param\":{\"num_feature\":\"%s\","
    "\"base_score\":\"%s\"},\"gradient_booster\":{\"model\":{\"trees\":%s}}}}";

static hst_status read_model(const char *objective,
                             const char *features,
                             const char *base,
                             const char *list,
                             hst_tree_ensemble *trees,
                             hst_error *error)
{
    char text[2000];
    const int size = snprintf(text, sizeof text, form, objective, features, base, list);
    hst_error_clear(error);
    return hst_boost_read_json(text, (size_t)size, trees, error);
}

static hst_arena start(hst_tree_ensemble *trees)
{
    hst_arena arena;
    hst_arena_init(&arena, hst_os_memory(), 1 << 16);
    assert_int_equal(hst_tree_ensemble_init(trees, &arena, FEATURES, TREES, DEPTH), HST_OK);
    return arena;
}

static void a_model_is_read_with_its_base(void **state)
{
    (void)state;
    hst_tree_ensemble trees;
    hst_error error;
    hst_arena arena = start(&trees);
    assert_int_equal(
        read_model("binary:logistic", "3", "2.5E-1", "[" TREE "," TREE "]", &trees, &error),
        HST_OK);
    const float low[FEATURES] = {0};
    const float at[FEATURES] = {0, 0, 0.5F}; /* on the threshold: right */
    assert_true(fabs((double)hst_tree_ensemble_logit(&trees, low) - (log(1.0 / 3) - 2)) < 1e-6);
    assert_true(fabs((double)hst_tree_ensemble_logit(&trees, at) - (log(1.0 / 3) + 2.5)) < 1e-6);
    hst_arena_release(&arena);
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *objective, *features, *base, *list, *text;
        hst_status status;
    } wrong[] = {
        {"reg:squarederror", "3", "0.5", "[]", "objective.name", HST_CORRUPT},
        {"binary:logistic", "4", "0.5", "[]", "num_feature", HST_CORRUPT},
        {"binary:logistic", "3x", "0.5", "[]", "num_feature", HST_CORRUPT},
        {"binary:logistic", "3", "0", "[]", "base_score", HST_CORRUPT},
        {"binary:logistic", "3", "0.5", "7", "trees: expected a list, got an integer", HST_CORRUPT},
        {"binary:logistic", "3", "0.5", "[" TREE ",{}]", "trees[1].left_children: expected",
         HST_CORRUPT},
        {"binary:logistic", "3", "0.5", "[" TREE "," TREE "," TREE "]", "more trees", HST_FULL},
        {"binary:logistic", "3", "0.5",
         "[{\"left_children\":[1,-1,\"a\"],\"right_children\":[2,-1,-1],\"split_indices\":[2,0,0],"
         "\"split_conditions\":[0,0,0]}]",
         "trees[0].left_children[2]: expected a number of its kind, got a string", HST_CORRUPT},
        {"binary:logistic", "3", "0.5",
         "[{\"left_children\":[1,-1,-1],\"right_children\":[2,-1],\"split_indices\":[2,0,0],"
         "\"split_conditions\":[0,0,0]}]",
         "trees[0].right_children: expected a list, as long", HST_CORRUPT},
        {"binary:logistic", "3", "0.5",
         "[{\"left_children\":[1,0,-1],\"right_children\":[2,2,-1],\"split_indices\":[2,0,0],"
         "\"split_conditions\":[0,0,0]}]",
         "trees[0]: not a tree", HST_CORRUPT},
        {"binary:logistic", "3", "0.5",
         "[{\"left_children\":[-1],\"right_children\":[-1],\"split_indices\":[0],"
         "\"split_conditions\":[1e300]}]",
         "split_conditions[0]", HST_CORRUPT},
    };
    hst_tree_ensemble trees;
    hst_error error;
    hst_arena arena = start(&trees);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(read_model(wrong[i].objective, wrong[i].features, wrong[i].base,
                                    wrong[i].list, &trees, &error),
                         wrong[i].status);
        assert_int_equal(error.status, wrong[i].status);
        assert_non_null(strstr(error.text, wrong[i].text));
        assert_int_equal(trees.tree_count, 0);
    }
    assert_int_equal(hst_boost_read_json("{", 1, &trees, &error), HST_CORRUPT);
    hst_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_is_read_with_its_base),
        cmocka_unit_test(what_is_wrong_is_told_with_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
