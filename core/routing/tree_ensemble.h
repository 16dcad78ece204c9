/** @file core/routing/tree_ensemble.h
 * Boosted decision trees, flattened: many small trees over a row of features, their leaves added.
 *
 *   logit(x) = base + sum over trees of the leaf that x falls into
 *   at a node: left when x[feature] < threshold, right otherwise
 *
 * Every tree is kept complete, to the depth of the ensemble: node i has the children 2 i + 1 and
 * 2 i + 2, a leaf above the last level is repeated below itself. So a row takes the same number of
 * steps in every tree and no branch depends on it; four trees are walked side by side.
 *
 * Leaves are added one by one in single precision, in the order of the trees: the order and the
 * precision of XGBoost, whose predictions are met to 1e-6 (unit.boost.trainer).
 *
 *   hst_tree_ensemble_init(&trees, arena, features, 100, 6);
 *   for each tree: HST_TRY(hst_tree_ensemble_add(&trees, &source));
 *   float logit = hst_tree_ensemble_logit(&trees, x);
 *
 * Units     the trainer's; for success a logit.
 * Errors    HST_NO_MEMORY at init; HST_FULL; HST_CORRUPT for what is not a tree, or a state that no
 *           writing leaves; HST_TRUNCATED, HST_MISMATCH from read.
 * Memory    2^depth * 12 bytes a tree, from the arena at init.
 * Threads   pure functions of an ensemble nobody changes.
 * Determinism  comparisons and single-precision additions in a fixed order.
 * Cost      aim: < 1.2 us a row of 100 trees of depth 6 (bench routing.trees).
 * Source    Friedman, Ann. Stat. 29(5), 2001 (gradient boosting); Chen, Guestrin, KDD'16 (XGBoost);
 *           Lucchese et al., SIGIR'15 (QuickScorer), for how much flat layouts gain.
 */
#ifndef HST_CORE_ROUTING_TREE_ENSEMBLE_H
#define HST_CORE_ROUTING_TREE_ENSEMBLE_H

#include "core/base/arena.h"
#include "core/base/codec.h"
#include "core/base/status.h"

#include <stddef.h>
#include <stdint.h>

enum {
    HST_TREE_DEPTH_MAX = 8,   /**< deepest ensemble */
    HST_TREE_NODE_MAX = 1024, /**< most nodes of a tree's source, unused ones included */
    HST_TREE_LEAF = -1        /**< left child of a leaf */
};

/** Where a row turns. */
typedef struct hst_tree_node {
    float threshold;  /**< left below it */
    uint32_t feature; /**< which number is looked at */
} hst_tree_node;

/** The ensemble. */
typedef struct hst_tree_ensemble {
    uint32_t feature_count;  /**< numbers of a row */
    uint32_t tree_count;     /**< trees in it */
    uint32_t tree_count_max; /**< trees there is room for */
    uint32_t depth;          /**< of every tree */
    float base;              /**< the sum's beginning */
    hst_tree_node *nodes;    /**< 2^depth - 1 a tree */
    float *leaves;           /**< 2^depth a tree */
} hst_tree_ensemble;

/** A tree as trainers write it: plain arrays by node, node 0 the root. Nodes that are not reached
 * from the root are ignored. */
typedef struct hst_tree_source {
    uint32_t node_count;     /**< 1 ... HST_TREE_NODE_MAX */
    const int32_t *left;     /**< child, or HST_TREE_LEAF */
    const int32_t *right;    /**< child; of a leaf not looked at */
    const uint32_t *feature; /**< of a leaf not looked at */
    const float *value;      /**< threshold, or what a leaf adds */
} hst_tree_source;

/** Who fits trees for a router: the host. Rows come in the order their outcomes ended; `trees`
 * comes empty, with room, and is left alone unless HST_OK is returned. The fit must depend on
 * nothing but the rows. Called from the thread of the router. */
typedef struct hst_tree_trainer {
    void *context; /**< handed to `train` */
    /** Fit `trees` to the logit of succeeded[i] != 0 given rows[i * trees->feature_count ...]. */
    hst_status (*train)(void *context,
                        const float *rows,
                        const uint8_t *succeeded,
                        size_t count,
                        hst_tree_ensemble *trees);
} hst_tree_trainer;

/** No trees, room for `tree_count_max` of `depth` (1 ... HST_TREE_DEPTH_MAX). HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_tree_ensemble_init(hst_tree_ensemble *trees,
                                                hst_arena *arena,
                                                uint32_t feature_count,
                                                uint32_t tree_count_max,
                                                uint32_t depth);

/** Take all trees out again. */
void hst_tree_ensemble_clear(hst_tree_ensemble *trees, float base);

/** Add a tree. HST_FULL without room; HST_CORRUPT, and nothing added, for a child or a feature out
 * of bounds, a node reached twice, a tree too deep, or a value that is not finite. */
HST_NODISCARD hst_status hst_tree_ensemble_add(hst_tree_ensemble *trees,
                                               const hst_tree_source *source);

/** Base and leaves of one row of finite numbers. */
float hst_tree_ensemble_logit(const hst_tree_ensemble *trees, const float *row);

/** The same of `count` rows that follow each other; equal to one by one, and faster. */
void hst_tree_ensemble_logits(const hst_tree_ensemble *trees,
                              const float *rows,
                              size_t count,
                              float *logits);

/** Copy trees into an ensemble of equal shape. */
void hst_tree_ensemble_copy(hst_tree_ensemble *to, const hst_tree_ensemble *from);

/** Write the trees. */
void hst_tree_ensemble_write(const hst_tree_ensemble *trees, hst_writer *writer);

/** Read them into an ensemble of equal shape. HST_MISMATCH for another shape, HST_CORRUPT. */
HST_NODISCARD hst_status hst_tree_ensemble_read(hst_tree_ensemble *trees, hst_reader *reader);

#endif
