/** @file sim/boost/model_json.h
 * A trained model of boosted trees, as XGBoost writes it in JSON, read into core's flat trees.
 *
 * Read are base_score, num_feature and of each tree left_children, right_children, split_indices
 * and split_conditions (thresholds, and at leaves what they add). Trees of one numeric output with
 * the objective binary:logistic only: no categories, no dart weights, no several classes.
 *
 * Errors    HST_CORRUPT with the place in the document: "model.trees[3].left_children[5]: expected
 *           an integer, got a string"; HST_FULL for more trees than there is room for. The trees
 *           are cleared then.
 * Memory    the document, on the heap, while it is read.
 * Threads   pure.
 * Source    the format: XGBoost's JSON schema of models, version 1.7.
 */
#ifndef HST_SIM_BOOST_MODEL_JSON_H
#define HST_SIM_BOOST_MODEL_JSON_H

#include "core/routing/tree_ensemble.h"

#include "sim/base/error.h"

/** Read one; `trees` is of the features and the depth it may have, and what it held is gone. */
HST_NODISCARD hst_status hst_boost_read_json(const char *bytes,
                                             size_t size,
                                             hst_tree_ensemble *trees,
                                             hst_error *error);

#endif
