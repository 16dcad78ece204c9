/** @file core/routing/cost_model.h
 * What does a hop really cost beyond its advertised charge? Margins, slippage, liquidity and
 * charges that are not taken show only in what was paid.
 *
 * The excess of a payment of `amount` at a hop is a + b * amount: a fixed part and a proportional
 * one. Both are found by ridge regression of excess / amount on (1 / amount, 1), so that every
 * payment counts alike in relative terms; an edge's own line is drawn towards its kind's, the
 * kind's towards zero, as if ten payments had said so. Sums fade by 0.995 an outcome. The excess
 * may be negative.
 *
 * Units     micro-USD.
 * Memory    40 bytes an edge.
 * Threads   one.
 * Determinism  IEEE basic operations only.
 * Cost      about 10 ns either way.
 * Source    Hoerl, Kennard, Technometrics 12(1), 1970.
 */
#ifndef HST_CORE_ROUTING_COST_MODEL_H
#define HST_CORE_ROUTING_COST_MODEL_H

#include "core/base/arena.h"
#include "core/base/codec.h"
#include "core/base/status.h"
#include "core/routing/graph.h"

#include <stdbool.h>

/** Faded sums of a regression of y on (x, 1). */
typedef struct hst_line_sums {
    double xx, x, n; /**< of x * x, x, 1 */
    double xy, y;    /**< of x * y, y */
} hst_line_sums;

/** The model. */
typedef struct hst_cost_model {
    hst_line_sums kinds[HST_HOP_KIND_COUNT]; /**< by hop kind */
    hst_line_sums *edges;                    /**< by edge */
    uint32_t edge_count;                     /**< how many */
    bool below_advertised;                   /**< some hop was cheaper than advertised */
} hst_cost_model;

/** Prior: as advertised. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_cost_model_init(hst_cost_model *model,
                                             hst_arena *arena,
                                             uint32_t edge_count);

/** Expected excess of a payment at a hop of a kind. */
double hst_cost_model_excess_micro_usd(const hst_cost_model *model,
                                       uint32_t edge,
                                       hst_hop_kind kind,
                                       int64_t amount_micro_usd);

/** Learn one; amount > 0. */
void hst_cost_model_learn(hst_cost_model *model,
                          uint32_t edge,
                          hst_hop_kind kind,
                          int64_t amount_micro_usd,
                          int64_t excess_micro_usd);

/** Write what was learned. */
void hst_cost_model_write(const hst_cost_model *model, hst_writer *writer);

/** Read it back. HST_CORRUPT for what is no number. */
HST_NODISCARD hst_status hst_cost_model_read(hst_cost_model *model, hst_reader *reader);

#endif
