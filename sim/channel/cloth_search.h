/** @file sim/channel/cloth_search.h
 * The path CLoTH's sender would want: the least of
 *
 *   distance(path) = floor( sum of weights + 100,000 msat / product of chances )
 *   weight(edge)   = fee + (amount + fee) * blocks * 15e-9,   nothing for the sender's own edge
 *
 * from the receiver back, on the amount to arrive, among paths of at most 27 hops, 2,056 blocks and
 * a chance of at least 0.01. The sender's own edges must have the balance, others the capacity, and
 * all take the amount. Of equal distances the higher chance wins.
 *
 * lnd and CLoTH keep one label a node, which misses the least now and then, for the distance is not
 * a sum. Here a node keeps every label that no other one beats in weight, chance, amount and blocks
 * at once, and labels are settled by distance plus a bound on the rest: a sweep from the sender
 * says how many hops are left at least. So the path is the least, and the search touches little.
 *
 * One case is left to luck: where no path takes the amount but for a hop that fees lift to its
 * smallest amount, that path may not be found.
 *
 * Errors    HST_NO_PATH; HST_NO_MEMORY.
 * Memory    about 20 bytes a node, and labels that grow with the hardest search so far.
 * Threads   one search, one thread.
 * Determinism  equal distance and chance go to the path found first, an order of edge numbers.
 * Cost      tens of microseconds for small amounts on 6,000 nodes.
 */
#ifndef HST_SIM_CHANNEL_CLOTH_SEARCH_H
#define HST_SIM_CHANNEL_CLOTH_SEARCH_H

#include "sim/channel/cloth.h"
#include "sim/channel/cloth_history.h"

/** What is asked. */
typedef struct hst_cloth_query {
    uint32_t sender;     /**< node */
    uint32_t receiver;   /**< another node */
    int64_t amount_msat; /**< to arrive */
    int64_t now_ms;      /**< ages of what is remembered */
} hst_cloth_query;

/** What is found. */
typedef struct hst_cloth_route {
    uint32_t edges[HST_CLOTH_HOP_MAX]; /**< from the sender on */
    uint32_t hop_count;                /**< how many */
    int64_t distance_msat;             /**< of the path */
    double chance;                     /**< of the path */
} hst_cloth_route;

struct hst_cloth_label;
struct hst_cloth_entry;

/** Scratch and what is searched; fields are private. */
typedef struct hst_cloth_search {
    const hst_cloth_graph *graph;       /**< what is published */
    const hst_ledger *ledger;           /**< the sender's own balances ... */
    const uint32_t *accounts;           /**< ... by channel: account of edge 2i; 0 = as the table */
    const hst_cloth_history *history;   /**< what it remembers */
    hst_memory memory;                  /**< of labels and heap */
    struct hst_cloth_label *labels;     /**< pool */
    struct hst_cloth_entry *heap;       /**< labels by bound */
    uint32_t label_count, label_room;   /**< in use, and room of both */
    uint32_t heap_count;                /**< in use */
    uint32_t *newest;                   /**< by node: label + 1, linked to older ones */
    uint8_t *depth;                     /**< by node: hops from the sender + 1; 0 = not met */
    uint32_t *met;                      /**< nodes met by the sweep, in order */
    const hst_cloth_record **records;   /**< by node: what the sender remembers of it */
    uint32_t met_count;                 /**< nodes met */
    uint32_t unmet_hops;                /**< hops to nodes not met, at least */
    double rest[HST_CLOTH_HOP_MAX + 2]; /**< chance of so many hops, at most */
    uint64_t searches, settled;         /**< counts since the beginning */
} hst_cloth_search;

/** Plan the scratch. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_cloth_search_init(hst_cloth_search *search,
                                               const hst_cloth_graph *graph,
                                               const hst_ledger *ledger,
                                               const uint32_t *accounts,
                                               const hst_cloth_history *history,
                                               hst_memory memory,
                                               hst_arena *arena);

/** Give the labels back. */
void hst_cloth_search_release(hst_cloth_search *search);

/** Find the path. HST_NO_PATH leaves *route as it was. */
HST_NODISCARD hst_status hst_cloth_search_run(hst_cloth_search *search,
                                              const hst_cloth_query *query,
                                              hst_cloth_route *route);

#endif
