/** @file core/routing/landmark.h
 * R12, landmark routing as in SilentWhispers: every part goes from the sender to a well-known node
 * and from there to the receiver.
 *
 * Landmarks are the four positions that forward and have the most hops, the smaller id first among
 * equals. For each there is one path: the shortest to it, then the shortest on to the receiver that
 * comes by no node twice. Each path is probed; of those that carry anything each takes an even
 * share of what is missing, but not more than its least hop has left, and what that leaves over
 * goes over them in a second round.
 *
 * The paper's: paths through landmarks, known from breadth-first trees and blind to balances;
 * shares limited by the least balance of a path. Adapted: SilentWhispers goes to the landmark and
 * back over the same nodes if need be, which a plan may not: such a landmark is left out. Shares
 * are drawn at random there and even here. The least balance is computed there by the nodes of a
 * path together, here by probes, one message a hop. Four landmarks as in Spider's comparison.
 *
 * `route` takes the landmark's path that carries most, when it carries all. Learns nothing.
 *
 * Errors    HST_NO_PATH, also when the landmarks' paths together carry less.
 * Memory    a search's scratch and 4 bytes a node.
 * Cost      eight searches by hops.
 * Source    Malavolta, Moreno-Sanchez, Kate, Maffei, "SilentWhispers", NDSS 2017; the number of
 *           landmarks: spider-pcn/spider_omnet.
 */
#ifndef HST_CORE_ROUTING_LANDMARK_H
#define HST_CORE_ROUTING_LANDMARK_H

#include "core/routing/router.h"

/** Landmarks of R12. */
enum { HST_LANDMARKS = 4 };

/** The `count` positions that forward with the most hops in and out; fewer where there are fewer.
 * Returns how many. Cost: a pass over the nodes each. */
uint32_t hst_landmarks_find(const hst_graph *graph, uint32_t count, uint32_t *landmarks);

/** R12, for the registry. */
extern const hst_router_kind hst_router_landmark;

#endif
