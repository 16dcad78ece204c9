/** @file tests/unit/routing/channels.h
 * A small world of payment channels: balances that move when a split goes through, all or nothing.
 */
#ifndef HST_TESTS_UNIT_ROUTING_CHANNELS_H
#define HST_TESTS_UNIT_ROUTING_CHANNELS_H

#include "core/routing/router.h"

/** Edges 2c and 2c + 1 are the two directions of channel c. */
typedef struct channels {
    hst_graph graph;
    int64_t *balances; /* by edge, micro-USD */
    int64_t *held;     /* by edge: scratch of channels_carry */
    hst_route_view view;
    uint64_t asked; /* balances looked at */
} channels;

/** How channels are made. */
typedef struct channels_recipe {
    uint32_t node_count;
    uint32_t links;       /* channels a node opens to nodes of many channels (Barabasi, Albert) */
    double balance;       /* median of a channel's funds, micro-USD */
    double spread;        /* sigma of their logarithm */
    uint32_t empty_share; /* per cent of directions without funds */
    int64_t rate_max;     /* charges are uniform up to this, ppb */
    uint32_t hop_limit;   /* of plans; 0 = HST_HOP_MAX */
} channels_recipe;

/** Open the channels; `world` must not move afterwards. */
void channels_open(channels *world,
                   hst_arena *arena,
                   const channels_recipe *recipe,
                   hst_random *random);

/** A router of a kind over the world. */
hst_router *channels_router(channels *world, hst_arena *arena, const hst_router_kind *kind);

/** Could all parts go at once? What one brings in is not there for another. */
bool channels_carry(channels *world, const hst_route_split *split);

/** Move the parts and tell the router; or, when they cannot all go, tell it where the first failed
 * and move nothing. */
bool channels_send(channels *world,
                   hst_router *router,
                   const hst_route_query *query,
                   const hst_route_split *split);

/** Ask and send, up to `attempts` times; did it go through? */
bool channels_pay(channels *world,
                  hst_router *router,
                  hst_route_query query,
                  uint32_t attempts,
                  uint64_t *probes);

/** All funds together. */
int64_t channels_funds(const channels *world);

/** The most that goes from one node to another: depth-first augmenting paths on a matrix; at most
 * 64 nodes. */
int64_t channels_max_flow(const channels *world, uint32_t source, uint32_t target);

#endif
