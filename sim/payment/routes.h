/** @file sim/payment/routes.h
 * The corridor graph of a scenario, and the router that plans over it.
 *
 *   home(A) --sells EUR, pays out of its USD account at H--> home(H)
 *   home(H) --pays into B's USD account, B buys INR-->       home(B)
 *   home(A) --to system--> settlement system --from system-> home(H)
 *
 * A node is an institution in its home currency, or a settlement system. An edge is what an account
 * between two institutions can do: pay out of it or into it, with the conversion at its owner when
 * the account is in a foreign currency. So a bank that is nobody's correspondent cannot be used as
 * a bridge, whatever the router thinks, and the graph is as small as the world. Hubs, settlement
 * houses and systems forward.
 *
 * An edge is one or two legs; legs are numbered 2 * edge and 2 * edge + 1.
 *
 * Advertised charges: a hub's own correspondent charge on every way out of it, the system's fee on
 * the way into it, the half-spread on conversions (refreshed when quotes change).
 *
 * Units     micro-USD, parts per billion, nanoseconds.
 * Errors    HST_NO_MEMORY, HST_FULL at building; HST_NO_PATH from planning.
 * Threads   one at a time.
 */
#ifndef HST_SIM_PAYMENT_ROUTES_H
#define HST_SIM_PAYMENT_ROUTES_H

#include "core/base/arena.h"
#include "core/routing/graph.h"
#include "core/routing/router.h"

#include "sim/bank/institution.h"
#include "sim/market/dealer.h"
#include "sim/market/market.h"
#include "sim/scenario/scenario.h"
#include "sim/workload/workload.h"

#include <stdint.h>

/** What an edge of the graph does to the money. */
typedef enum hst_leg_kind {
    HST_LEG_CONVERT = 0,     /**< at `from` itself, between its positions */
    HST_LEG_TO_SERVICER = 1, /**< out of the nostro that `from` holds with `to` */
    HST_LEG_TO_OWNER = 2,    /**< into the account that `to` holds with `from` */
    HST_LEG_TO_SYSTEM =
        3, /**< `from` orders its settlement system; the next leg names the receiver */
    HST_LEG_FROM_SYSTEM = 4 /**< the system pays `to` */
} hst_leg_kind;

/** Most legs of a payment; a plan with more is no plan. */
#define HST_LEG_MAX 10

/** Most conversions of a payment; likewise. */
#define HST_CONVERSION_MAX 4

/** One step of an edge in the words of banking. */
typedef struct hst_leg {
    hst_leg_kind kind;       /**< what it does */
    uint32_t from;           /**< institution (of FROM_SYSTEM: the receiver, too) */
    uint32_t to;             /**< institution (of TO_SYSTEM: the sender, too) */
    uint32_t through;        /**< relation, or settlement system */
    uint16_t from_currency;  /**< what goes in */
    uint16_t to_currency;    /**< what comes out */
    int64_t fixed_micro_usd; /**< charge of `from` for a payment it passes on */
    int64_t rate_ppb;        /**< the same, of the amount */
} hst_leg;

/** Graph, legs and router. */
typedef struct hst_routes {
    const hst_institutions *institutions; /**< borrowed */
    const hst_scenario *scenario;         /**< borrowed */
    const hst_market *market;             /**< borrowed */
    const hst_dealers *dealers;           /**< whose quotes are advertised; NULL = the market's */
    const double *charge_factor;          /**< by institution; borrowed */
    hst_graph graph;                      /**< frozen */
    hst_leg *legs;                        /**< two an edge */
    uint8_t *leg_counts;                  /**< by edge: 1 or 2 */
    uint32_t *home_nodes;                 /**< by institution */
    hst_route_view view;                  /**< what routers may look up: hours, facts */
    hst_router *router;                   /**< the scenario's */
    int64_t prefunding_ppb; /**< cost of a prefunded nostro, of an amount through it */
    uint64_t checks;        /**< plans re-costed by the independent function */
    uint64_t failures;      /**< of them, refuted */
} hst_routes;

/** Build graph and router; quotes as of time 0. */
HST_NODISCARD hst_status hst_routes_create(const hst_scenario *scenario,
                                           const hst_institutions *institutions,
                                           const hst_market *market,
                                           const double *charge_factor,
                                           hst_arena *arena,
                                           hst_routes *routes);

/** Advertise the half-spreads of this moment. */
void hst_routes_refresh(hst_routes *routes, int64_t time_ns);

/** Plan a payment into legs[HST_LEG_MAX]. */
HST_NODISCARD hst_status hst_routes_plan(hst_routes *routes,
                                         const hst_instruction *one,
                                         int64_t time_ns,
                                         uint32_t *legs,
                                         uint8_t *leg_count,
                                         int64_t *advertised_micro_usd);

/** What the institution at the start of a leg charges for passing an amount on. */
int64_t hst_leg_charge_micro_usd(const hst_leg *leg, int64_t amount_micro_usd);

/** Cost of the nostro balance that stood ready for an amount. */
int64_t hst_routes_prefunding_micro_usd(const hst_routes *routes, int64_t amount_micro_usd);

#endif
