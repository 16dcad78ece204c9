/** @file core/routing/speedymurmurs.h
 * R11, SpeedyMurmurs: shares go hop by hop to the neighbour nearest to the receiver in a tree.
 *
 * Two trees (core/routing/embedding.h) are rooted at the two positions that forward and have the
 * most hops. A payment is halved, one share a tree. From the sender on, each node hands the share
 * to the neighbour with the least distance to the receiver in that tree, of those nearer than
 * itself whose hop has the share left; equals in the order of the rows. Neighbours off the tree are
 * shortcuts. When one share is stuck, the payment fails: HST_NO_PATH.
 *
 * Trees are built at create, over hops that are open and carry anything then (over all open ones
 * where nothing does yet), and repaired when outcomes of this router's payments come in and one of
 * their hops, or its opposite, has opened, closed, or has a balance that reached or left 0.
 *
 * The paper's: trees, coordinates by the numbers of children, greedy hops, repair on demand.
 * Adapted: shares are halves as in the simulator of Flash's authors, where the paper draws them;
 * one router looks after the trees of the network, and hears of balances others empty when it comes
 * by. A node knows the balances of its own hops only; none is probed ahead, and split.probes counts
 * a message for each hop of a share.
 *
 * `route` takes one share over the first tree that gets through.
 *
 * Errors    HST_NO_PATH, also when a share would need more hops than the graph's limit.
 * Memory    about 200 bytes a node and 14 an edge.
 * Cost      the links of the nodes passed, times the depth of a tree. A repair: a pass over the
 *           nodes.
 * Source    Roos, Moreno-Sanchez, Kate, Goldberg, NDSS 2018; two trees and halves:
 *           NetX-lab/Offchain-routing-traces-and-code.
 */
#ifndef HST_CORE_ROUTING_SPEEDYMURMURS_H
#define HST_CORE_ROUTING_SPEEDYMURMURS_H

#include "core/routing/router.h"

/** Trees, and shares of a payment. */
enum { HST_SPEEDYMURMURS_TREES = 2 };

/** R11, for the registry. */
extern const hst_router_kind hst_router_speedymurmurs;

#endif
