/** @file core/routing/pareto.h
 * R16, Pareto: every trade of charges against published time that is worth making, and of them the
 * one the sender's price of time prefers.
 *
 * A path costs its advertised charges and takes its published time: advertised delays, and waits
 * until hops open as published when the payment starts. A path is on the front when no other path
 * within the hop limit is as good in both and better in one. The front is found exactly, by setting
 * labels in the order of the lower bound of their cost:
 *
 *   bounds   two searches back from the target: least cost and least time left from every node
 *   labels   (cost, time, hops) of ways to a node; one is dropped when another at its node is no
 *            worse in all three, or when its bounds are no better than a path already found
 *
 * Hops are compared too because plans have a hop limit: the cheaper and quicker way to a node may
 * be too long to go on from.
 *
 * With a price of time that is the same for every hour the plan costs what R3t's does, which one
 * search finds: this router is its check, and the front is for senders whose price is not, and for
 * showing what speed costs.
 *
 * Units     femto-USD, nanoseconds.
 * Errors    HST_NO_PATH. HST_FULL from hst_pareto_front when points or labels run out; a plan is
 *           then R3t's.
 * Memory    room for HST_PARETO_LABEL_MAX labels, about 4 MiB, from the arena.
 * Threads   as core/routing/router.h.
 * Cost      two Dijkstra searches of the whole graph, and the labels; a front may have as many
 *           points as there are paths, on corridor graphs it has tens.
 * Source    Hansen, "Bicriterion path problems", 1980; Martins, Eur. J. Oper. Res. 16, 1984;
 * Mandow, Perez de la Cruz, "Multiobjective A* search with consistent heuristics", J. ACM 57(5),
 *           2010.
 */
#ifndef HST_CORE_ROUTING_PARETO_H
#define HST_CORE_ROUTING_PARETO_H

#include "core/routing/router.h"
#include "core/routing/search.h"

/** Most labels of one query. */
enum { HST_PARETO_LABEL_MAX = 1 << 15 };

/** The kind, for the registry. */
extern const hst_router_kind hst_router_pareto;

/** A point of the front and a path to it: of equally good ones, one of fewest hops. */
typedef struct hst_pareto_point {
    hst_weight cost_femto_usd;   /**< advertised charges */
    hst_weight time_ns;          /**< published time */
    uint32_t edges[HST_HOP_MAX]; /**< from source to target */
    uint32_t hop_count;          /**< how many */
} hst_pareto_point;

/** The front of a query by a router of this kind, cheapest first, each point once. HST_NO_PATH;
 * HST_FULL for more than `capacity` points or HST_PARETO_LABEL_MAX labels. */
HST_NODISCARD hst_status hst_pareto_front(hst_router *router,
                                          const hst_route_query *query,
                                          hst_pareto_point *points,
                                          uint32_t capacity,
                                          uint32_t *count);

#endif
