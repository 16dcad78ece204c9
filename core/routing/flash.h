/** @file core/routing/flash.h
 * R9, Flash: large payments by max-flow on probed balances, small ones blindly over a few known
 * paths.
 *
 * Elephants are the largest tenth: payments larger than at least 90 % of the last 1,024 whose first
 * attempt was sent and whose outcomes came in. They are divided by core/routing/probed_flow.h over
 * at most 20 paths probed.
 *
 * Mice have the four shortest paths between their ends from a table. The first attempt goes whole
 * over the first path and probes nothing. Attempt n knows that n paths fell short: it probes them,
 * sends what they carry in their order, and the rest blindly over the next path. When all four were
 * probed and carry less, HST_NO_PATH. A path with a hop the query excludes is replaced by the next
 * shortest. Retries with the same query and the next attempt number are part of the scheme
 * (hst_router_kind.own_attempts): exclude nothing between them.
 *
 * The paper's: the threshold, both rules, 20 and 4. Adapted: the threshold follows the payments
 * seen instead of being set beforehand, so the first payments are elephants; a failed attempt is
 * rolled back as a whole, and the next repeats what did pass; the table has the paths of a graph's
 * version, paths are not replaced one by one as they fail. Paths of mice are taken in order, as in
 * the published simulator.
 *
 * `route`: an elephant takes the first of at most 20 shortest paths probed that carries all; a
 * mouse the first path blindly, at attempt n the first of the n probed that carries all or else the
 * next. Sees balances by probing, as above.
 *
 * Errors    HST_NO_PATH.
 * Memory    about 300 bytes an edge and 350 a node of scratch; 360 a pair of ends of mice,
 *           cache_entry_count of them (4096 by default).
 * Cost      mice with known ends: a look-up. Others: Yen's four paths; 20 searches by hops and a
 *           min-cost flow over at most 400 hops.
 * Source    Wang, Xu, Jin, Wang, "Flash: efficient dynamic routing for offchain networks", CoNEXT
 *           2019; NetX-lab/Offchain-routing-traces-and-code.
 */
#ifndef HST_CORE_ROUTING_FLASH_H
#define HST_CORE_ROUTING_FLASH_H

#include "core/routing/router.h"

enum {
    HST_FLASH_ELEPHANT_PATHS = 20, /**< paths probed for an elephant */
    HST_FLASH_MOUSE_PATHS = 4,     /**< paths of a pair of ends */
    HST_FLASH_REMEMBERED = 1024    /**< amounts the threshold is taken from */
};

/** R9, for the registry. */
extern const hst_router_kind hst_router_flash;

#endif
