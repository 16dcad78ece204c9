/** @file sim/lineup/world.h
 * Generated corridor worlds in which the truth is known: what routers are measured on.
 *
 * Currencies times banks, and hubs that all know each other. A bank has links within its currency,
 * to one to three hubs, and, when large, to banks of other currencies; each direction of a link is
 * a hop with its own charges, delay, hours, risk and hidden effect. One fifth of the hops pay at
 * once, around the clock; the others open 11 hours a day in a random zone.
 *
 * What happens at a hop is drawn from the payment's number and the hop, never from the router or
 * the attempt, so all routers meet the same luck (common random numbers) and a clairvoyant one is
 * a true bound in every world whose hops do not react to use. Hours are looked at as the payment
 * starts; a hop that is closed then makes it wait.
 *
 *   chance  sigma(hidden logit); see truth.c for the logit of each kind of world
 *   delay   advertised * exp(z / 2) + wait for opening + a hold of mean 6 h with chance 0.1 * risk
 *
 * Half-way one hop in ten breaks: its logit falls by 3.5 for good.
 *
 * Units     micro-USD, nanoseconds, parts per billion.
 * Errors    HST_NO_MEMORY.
 * Memory    about 700 bytes a hop, from the arena.
 * Threads   one world, one thread: worlds that react to use change in every attempt.
 * Determinism  a function of the recipe, the seed and what was settled on it.
 * Source    the well-specified kind has the form and constants of a published-style contextual
 *           bandit comparison (24 x 16 banks, 16 hubs); all kinds are models, not data.
 */
#ifndef HST_SIM_LINEUP_WORLD_H
#define HST_SIM_LINEUP_WORLD_H

#include "core/base/arena.h"
#include "core/base/random.h"
#include "core/routing/router.h"

/** Which truth. */
typedef enum hst_lineup_kind {
    HST_LINEUP_WELL_SPECIFIED,  /**< logistic in published facts and an effect of each hop */
    HST_LINEUP_HIDDEN_FEATURES, /**< the same, but risk, reliability and rail are not published */
    HST_LINEUP_MIS_SPECIFIED,   /**< steps and hours of the day: not logistic in any feature */
    HST_LINEUP_BALANCE_DYNAMIC, /**< hops have balances that payments and others move */
    HST_LINEUP_ADVERSARIAL,     /**< hops that were used most fail for a while */
    HST_LINEUP_ASSET_MARKET,    /**< assets joined by pools and books: sim/lineup/asset_market.h */
    HST_LINEUP_KIND_COUNT       /**< number of kinds */
} hst_lineup_kind;

/** Name as in scenarios, "well_specified". */
const char *hst_lineup_kind_name(hst_lineup_kind kind);

/** How large, how long. */
typedef struct hst_lineup_recipe {
    hst_lineup_kind kind;     /**< which truth */
    uint32_t currencies;      /**< >= 2; reference 24 */
    uint32_t banks;           /**< of each currency, >= 5; reference 16 */
    uint32_t hubs;            /**< >= 2; reference 16 */
    uint32_t payments;        /**< how many; half-way the break */
    int64_t spacing_ns;       /**< between payments; reference 36 s */
    uint32_t broken_per_mill; /**< hops that break half-way; reference 100 */
    uint32_t assets;          /**< asset market: positions, more than hubs; reference 500 */
    uint32_t venues;          /**< asset market: pools and books; reference 1,000 */
    bool splits;              /**< payments may go in parts: sim/lineup/trial.h */
} hst_lineup_recipe;

/** The reference recipe of a kind: 400 positions, 12,000 payments. */
hst_lineup_recipe hst_lineup_reference(hst_lineup_kind kind);

/** What is true of a hop and never published. */
typedef struct hst_lineup_hop {
    double risk, reliability; /**< 0 ... 1 */
    double effect;            /**< its own logit */
    double log_limit;         /**< ln of the usual limit, micro-USD */
    double cliff;             /**< mis-specified: ln amount where it mostly stops */
    int64_t opens_ns;         /**< time of day it opens */
    bool instant;             /**< pays at once, always open */
    bool breaks;              /**< half-way */
    double balance_micro_usd; /**< balance-dynamic: what it can pay now */
    uint32_t reverse;         /**< the hop back, or HST_GRAPH_NONE */
    uint32_t used;            /**< adversarial: since the last attack */
    uint32_t attacked_until;  /**< adversarial: payment number */
} hst_lineup_hop;

/** A world. */
typedef struct hst_lineup_world {
    hst_lineup_recipe recipe;        /**< as asked */
    hst_graph graph;                 /**< advertised */
    hst_route_view view;             /**< for routers; .context is this world */
    hst_hop_facts *facts;            /**< published, by edge */
    hst_lineup_hop *hops;            /**< hidden, by edge */
    uint64_t seed;                   /**< of all draws */
    uint32_t settled_background;     /**< payments up to which others have moved balances */
    struct hst_asset_market *market; /**< asset market; NULL in other worlds */
} hst_lineup_world;

/** Build one. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_lineup_world_create(const hst_lineup_recipe *recipe,
                                                 uint64_t seed,
                                                 hst_arena *arena,
                                                 hst_lineup_world *world);

/** Payment `number` of the world as a query of attempt 0, and let the world come to its time. */
void hst_lineup_world_payment(hst_lineup_world *world, uint32_t number, hst_route_query *query);

/** What will happen at a hop to a payment (the view's `drawn`). */
void hst_lineup_world_drawn(void *context,
                            const hst_route_query *query,
                            uint32_t edge,
                            hst_hop_truth *truth);

/** Its mean (the view's `expected`). */
void hst_lineup_world_expected(void *context,
                               const hst_route_query *query,
                               uint32_t edge,
                               hst_hop_truth *truth);

/** What a hop takes of an amount: its advertised charge, or what it does not deliver. */
int64_t
hst_lineup_world_charge(const hst_lineup_world *world, uint32_t edge, int64_t amount_micro_usd);

/** An amount went over all hops of a plan: worlds that react to use change. What it was charged, or
 * -1 when a hop could not take what arrived and nothing moved. */
int64_t hst_lineup_world_carry(hst_lineup_world *world,
                               const hst_route_plan *plan,
                               int64_t amount_micro_usd);

#endif
