/** @file sim/lineup/asset_market.h
 * A world of assets on one ledger, joined by pools and order books whose prices depend on amounts.
 *
 * Sixteen majors (recipe.hubs) know each other by a pool a pair, the first six also by a book.
 * Every other asset has a venue with a major (the k-th with weight 1/k), so any two are at most
 * three hops apart; venues that are left join random assets with majors, also where there is one
 * already. Six venues of ten are pools. Both directions of a venue are hops of kind fx.
 *
 *   pool    5 bp between majors, 30 bp else; a side is worth exp(ln 2e7 + z) or exp(ln 2e6 + 1.2 z)
 *   book    eight offers a side, first 2 to 10 bp (10 to 50) from mid, each as far from the last
 *           again; together exp(ln 2e6 + z) or exp(ln 2e5 + z)
 *   charge  0.05 dollars a hop and part; delay 5 s * exp(z / 2)
 *   chance  .99 ... 1 by venue, published as reliability: the rest is not included in time
 *
 * What moves: a payment changes the venues it uses. Before each payment arbitrageurs trade every
 * pool that pays more than mid back to the edge of its fee band, takers of other origin trade at
 * four random venues, eight random assets get a new mid (a step of .5 %), and books get back a
 * twentieth of what they take. Half-way one venue in ten (recipe.broken_per_mill) keeps a tenth of
 * its liquidity. Draws depend on the payment's number only, so all routers meet the same; states
 * also depend on what a router did, so no router's is a bound on another's.
 *
 * Charges of the graph are marginal: what a very small amount loses. What an amount loses is the
 * view's `delivers`, published, as ledgers publish it. Money is valued at mid; an amount is turned
 * into whole units of an asset at each hop, a unit being about a micro-USD.
 *
 * All sizes are models, not data: of the order of what mid-size exchanges on ledgers show.
 *
 * Errors    HST_NO_MEMORY.
 * Memory    about 500 bytes a venue.
 * Cost      delivers about 20 ns; a payment's moves about 5 us.
 */
#ifndef HST_SIM_LINEUP_ASSET_MARKET_H
#define HST_SIM_LINEUP_ASSET_MARKET_H

#include "sim/lineup/offers.h"
#include "sim/lineup/pool.h"
#include "sim/lineup/world.h"

/** A pool or a book between two assets. */
typedef struct hst_venue {
    bool is_pool;        /**< else a book */
    bool breaks;         /**< half-way */
    bool waiting;        /**< on the list of venues to look at before the next payment */
    uint32_t ends[2];    /**< nodes */
    uint32_t edges[2];   /**< hop that gives side 0, hop that gives side 1 */
    double chance;       /**< of inclusion */
    hst_pool pool;       /**< of a pool */
    hst_offers sides[2]; /**< of a book, by the side given */
} hst_venue;

/** What is behind the graph. */
typedef struct hst_asset_market {
    hst_venue *venues;      /**< all */
    uint32_t venue_count;   /**< how many */
    double *prices;         /**< by node: micro-USD a unit, at mid */
    uint32_t *venue_of;     /**< by edge */
    uint32_t *waiting;      /**< venues to look at before the next payment */
    uint32_t waiting_count; /**< how many */
    uint32_t moved;         /**< payments up to which the world has moved */
} hst_asset_market;

/** Build graph, facts, view and market of a world whose recipe and seed are set. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_asset_market_create(hst_lineup_world *world, hst_arena *arena);

/** As hst_lineup_world_payment. */
void hst_asset_market_payment(hst_lineup_world *world, uint32_t number, hst_route_query *query);

/** The view's delivers: what arrives, fixed charge taken off. */
int64_t hst_asset_market_delivers(void *world, uint32_t edge, int64_t amount_micro_usd);

/** As hst_lineup_world_expected. */
void hst_asset_market_expected(hst_lineup_world *world,
                               const hst_route_query *query,
                               uint32_t edge,
                               hst_hop_truth *truth);

/** As hst_lineup_world_drawn. */
void hst_asset_market_drawn(hst_lineup_world *world,
                            const hst_route_query *query,
                            uint32_t edge,
                            hst_hop_truth *truth);

/** As hst_lineup_world_carry: each hop is given what the one before delivered. */
int64_t hst_asset_market_carry(hst_lineup_world *world,
                               const hst_route_plan *plan,
                               int64_t amount_micro_usd);

#endif
