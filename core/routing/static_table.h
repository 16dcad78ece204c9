/** @file core/routing/static_table.h
 * R2, standing settlement instructions: the way banks do it. Every bank keeps a table that says, by
 * beneficiary institution and currency, through which correspondents it pays, and follows it
 * whatever it costs today.
 *
 * An instruction of a node covers targets at one of three widths and names a chain of hops:
 *
 *   exact        the target node             "to pay Bank X in JPY, via MUFG then Zengin"
 *   institution  any position of it          "everything for the Bank X group goes through Citi"
 *   currency     any position in it          "all our JPY goes through MUFG"
 *
 * Following the table: at a node, its instructions for the target are tried from exact to currency,
 * and in the order they were added within a width; the first whose hops are all open, take the
 * amount and are not excluded is followed, and the table of the node it ends at takes over (a
 * correspondent has instructions of its own). A node without a usable one pays through its first
 * listed correspondent: the path of fewest hops whose edge ids, read from the node, are smallest;
 * prices are not looked at. A chain that would revisit a node, or pass the graph's hop limit, is
 * unusable; when the instructions lead into a corner, the source pays through its first listed
 * correspondent after all.
 *
 * Errors    HST_FULL, HST_INVALID from hst_static_table_add.
 * Memory    setup.table_entry_count_max entries, planned at create.
 * Threads   as core/routing/router.h.
 * Cost      a route is a binary search per chain plus, where a fallback is computed, one search.
 */
#ifndef HST_CORE_ROUTING_STATIC_TABLE_H
#define HST_CORE_ROUTING_STATIC_TABLE_H

#include "core/routing/router.h"

/** The kind, for the registry. */
extern const hst_router_kind hst_router_static_table;

/** How wide an instruction is. */
typedef enum hst_ssi_width {
    HST_SSI_EXACT,       /**< key = target node */
    HST_SSI_INSTITUTION, /**< key = target's institution */
    HST_SSI_CURRENCY     /**< key = target's currency */
} hst_ssi_width;

/** Add an instruction of `source` to a "static-table" router: targets that match `key` at `width`
 * are paid over `edges`, a connected chain that starts at `source` and passes only nodes that
 * forward (the last node too, unless it is the target itself). HST_INVALID for a chain that is not
 * one, HST_FULL. */
HST_NODISCARD hst_status hst_static_table_add(hst_router *router,
                                              uint32_t source,
                                              hst_ssi_width width,
                                              uint32_t key,
                                              const uint32_t *edges,
                                              uint32_t edge_count);

#endif
