/** @file core/routing/boosted.h
 * M5's model of success: boosted trees on the shared features, and M3's model on what they leave.
 *
 *   logit = trees(x) + theta . x + u_e      theta, u_e: core/routing/logistic.h, with the trees'
 *                                           logit as offset
 *
 * Trees are fitted by the host (hst_router_setup.trainer) to all outcomes kept: after 2,000 of
 * them, and again each time they have doubled, at least every 8,000. The rest model then starts
 * over and sees the kept outcomes again in their order, with the new trees underneath. Until the
 * first fit, and for ever without a trainer, there are no trees and the model is M3's.
 *
 * The latest ROWS outcomes are kept, at most 65,536; when they are full the older half goes.
 *
 * Errors    HST_NO_MEMORY at init; a fit that fails leaves the trees as they were, and is counted.
 * Memory    with a trainer 7 MB of rows and 150 kB of trees, from the arena; without, 160 bytes.
 * Threads   one.
 * Determinism  as the trainer's.
 * Cost      logit: about half a microsecond for 100 trees; a fit takes the trainer's time.
 * Source    Friedman, Ann. Stat. 29(5), 2001; Chen, Guestrin, KDD'16.
 */
#ifndef HST_CORE_ROUTING_BOOSTED_H
#define HST_CORE_ROUTING_BOOSTED_H

#include "core/routing/logistic.h"
#include "core/routing/tree_ensemble.h"

enum {
    HST_BOOSTED_TREES = 100,     /**< most trees */
    HST_BOOSTED_DEPTH = 6,       /**< their depth */
    HST_BOOSTED_ROWS = 65536,    /**< most outcomes kept */
    HST_BOOSTED_FIRST = 2000,    /**< outcomes before the first fit */
    HST_BOOSTED_INTERVAL = 8000, /**< most outcomes between two fits */
};

/** The model. */
typedef struct hst_boosted {
    const hst_tree_trainer *trainer; /**< NULL = no trees ever */
    hst_logistic rest;               /**< on the residual */
    hst_tree_ensemble trees;         /**< in use */
    hst_tree_ensemble fitted;        /**< being made */
    float *rows;                     /**< features of the outcomes kept */
    uint32_t *edges;                 /**< and their edges */
    uint8_t *succeeded;              /**< and what came of them */
    uint32_t row_count;              /**< kept */
    uint64_t outcomes;               /**< seen */
    uint64_t next_fit;               /**< when so many are seen */
    uint32_t fits, failures;         /**< trainings that gave trees, and that did not */
} hst_boosted;

/** Nothing seen. `trainer` may be NULL. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_boosted_init(hst_boosted *model,
                                          hst_arena *arena,
                                          uint32_t edge_count,
                                          const hst_tree_trainer *trainer);

/** Logit of success. */
double
hst_boosted_logit(const hst_boosted *model, uint32_t edge, const double x[HST_FEATURE_COUNT]);

/** Learn one outcome, and fit trees when it is time. */
void hst_boosted_learn(hst_boosted *model,
                       uint32_t edge,
                       const double x[HST_FEATURE_COUNT],
                       bool succeeded);

/** Write all of it, the outcomes kept included. */
void hst_boosted_write(const hst_boosted *model, hst_writer *writer);

/** Read it back. HST_MISMATCH for a state with outcomes and no room for them; HST_CORRUPT. */
HST_NODISCARD hst_status hst_boosted_read(hst_boosted *model, hst_reader *reader);

#endif
