/** @file core/routing/xrpl_paths.h
 * R13: path finding as in the XRP Ledger's server, by a table of path types.
 *
 * Which kinds of steps a path may take is looked up by the currencies of its ends: each category
 * has types with a search level, and types up to HST_XRPL_LEVEL are expanded in the table's order:
 *
 *   s source   a hop that keeps the currency   b conversion   x conversion into the bridge currency
 *   f conversion into the target's currency    d the target, at once or by a hop that keeps it
 *
 * At most 50 a-steps leave the source and 10 any other position, those with most hops out first;
 * expansion stops at 1,000 complete paths. Each is valued at the smallest useful amount, the
 * query's over (6 + 2); paths that cannot carry that are dropped. The others are ranked by quality
 * (loss at that amount), then liquidity (how much of the query's amount they can carry), then
 * length, then the later found. A split takes the best six, the sixth only if it fills what is
 * left, and sends slices of a 24th along whichever of them then delivers most, as the ledger's flow
 * engine takes the best strand first. One path: the first in the ranking that carries all.
 *
 * The bridge currency, XRP there, is the one that most conversions touch. Not modelled: trust lines
 * and their flags (a hop that may be used is open), transfer fees of issuers, the server's time
 * budget.
 *
 * Errors    HST_NO_PATH.
 * Memory    about 900 kB and 8 bytes an edge.
 * Cost      all partial paths of the types: milliseconds on graphs with many hops a position.
 * Source    XRPLF/rippled, src/xrpld/rpc/detail/Pathfinder.cpp (table and rules re-implemented).
 */
#ifndef HST_CORE_ROUTING_XRPL_PATHS_H
#define HST_CORE_ROUTING_XRPL_PATHS_H

#include "core/routing/router.h"

/** Types above this search level are not expanded; 7 is advised for advanced path finding. */
enum { HST_XRPL_LEVEL = 7 };

/** R13, for the registry. */
extern const hst_router_kind hst_router_xrpl_paths;

#endif
