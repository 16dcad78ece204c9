/** @file sim/boost/trainer.h
 * Boosted trees fitted by XGBoost's C library, where the program was built with it.
 *
 * One fixed recipe: binary:logistic, histograms, depth-wise to the depth of the ensemble, learning
 * rate 0.1, as many trees as there is room for, one thread, seed 0, nothing sampled. So a model is
 * a function of its rows and of the library's version; unit.boost trains twice and compares bytes.
 * Another version of the library may give other trees: results that use them are equal on machines
 * with the same version.
 *
 * Errors    HST_UNSUPPORTED without the library; HST_NO_MEMORY; HST_CORRUPT for what the library
 *           refuses (its words in `error`) or a model that cannot be read back.
 * Memory    the library's, on the heap, until the call ends.
 * Threads   the trainer has no state: any number at a time.
 * Cost      about 0.4 s for 20,000 rows of 24 features, 100 trees of depth 6.
 * Source    Chen, Guestrin, KDD'16.
 */
#ifndef HST_SIM_BOOST_TRAINER_H
#define HST_SIM_BOOST_TRAINER_H

#include "core/routing/tree_ensemble.h"

#include "sim/base/error.h"

/** The trainer, or NULL when the program was built without XGBoost. */
const hst_tree_trainer *hst_boost_trainer(void);

/** What the trainer's `train` does, with words for what went wrong (`error` may be NULL). */
HST_NODISCARD hst_status hst_boost_train(const float *rows,
                                         const uint8_t *succeeded,
                                         size_t count,
                                         hst_tree_ensemble *trees,
                                         hst_error *error);

#endif
