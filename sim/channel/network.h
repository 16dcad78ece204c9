/** @file sim/channel/network.h
 * A network of payment channels, or of credit lines, whose balances are accounts of a real ledger.
 *
 * A channel joins two nodes and holds a fixed capacity, split between its ends; only the ends know
 * how. Its two directions are edges 2i (a to b) and 2i + 1 (b to a), each with published charges.
 * A payment moves by escrows of core/ledger/escrow.h, hop by hop: an edge's balance is an account
 * whose handle is the edge, a hop debits the edge and credits its way back.
 *
 *   available(2i) + available(2i + 1) + locked = capacity        (sim/channel/invariant.h)
 *
 * A credit line is the same with credit limits in place of money: each end trusts the other up to a
 * limit, accounts start at zero, and what one direction used the other can carry back.
 *
 * Routers plan over `graph`, which holds what is published and nothing else. Its unit is the
 * millisatoshi (for credit lines the millionth of the table's unit) wherever core/routing says
 * micro-USD. Edge ids are the same in both; rates are parts per billion of the query's amount,
 * while a payment pays exact charges, which compound, and nothing to its own first edge. What the
 * surrogate misses is second order but for that first edge, which the graph charges for.
 * The smallest amounts of edges are not in the graph: a hop refuses what is below them.
 *
 * Units     millisatoshi; nanoseconds; time locks in blocks of ten minutes.
 * Errors    HST_NO_MEMORY; HST_INVALID for a table whose ends, amounts or count are out of range.
 * Memory    the graph from the arena, about 250 bytes a channel; the ledger from the memory, about
 *           350 bytes a channel and 170 a hop ever locked. The table is borrowed.
 * Threads   one network, one thread.
 * Determinism  the same table, prior and seed give the same balances.
 */
#ifndef HST_SIM_CHANNEL_NETWORK_H
#define HST_SIM_CHANNEL_NETWORK_H

#include "core/base/arena.h"
#include "core/routing/router.h"

/** core/ledger/ledger.h, which is not included here: the schema of scenarios has the name of its
 * keys too. */
typedef struct hst_ledger hst_ledger;

/** A block, the unit of time locks. */
#define HST_CHANNEL_BLOCK_NS INT64_C(600000000000)

/** What a hop is advertised to take, lock and claim: 100 ms there, 100 ms back. */
#define HST_CHANNEL_HOP_NS INT64_C(200000000)

/** Blocks the receiver asks for (BOLT 2: min_final_cltv_expiry of older nodes). */
enum { HST_CHANNEL_FINAL_BLOCKS = 40 };

/** Most channels of a network. */
#define HST_CHANNEL_COUNT_MAX (UINT32_C(1) << 24)

/** Largest capacity of a channel: more than all there is (21 million coins). */
#define HST_CHANNEL_CAPACITY_MAX_MSAT INT64_C(2500000000000000000)

/** One direction of a channel as it is published. */
typedef struct hst_channel_side {
    int64_t base_msat;     /**< charge of a payment, >= 0 */
    int64_t htlc_min_msat; /**< smallest amount, >= 0 */
    int64_t htlc_max_msat; /**< largest amount, <= capacity */
    int64_t given_msat;    /**< hidden: share of the capacity for HST_CHANNEL_AS_GIVEN */
    uint32_t ppm;          /**< charge on the amount, <= 1,000,000 */
    uint16_t blocks;       /**< time lock */
    bool enabled;          /**< takes payments */
} hst_channel_side;

/** A channel. */
typedef struct hst_channel {
    uint32_t nodes[2];        /**< ends a and b, not equal */
    int64_t capacity_msat;    /**< 1 ... HST_CHANNEL_CAPACITY_MAX_MSAT */
    hst_channel_side side[2]; /**< a to b, b to a */
} hst_channel;

/** Channels as read or made; parallel ones are welcome. */
typedef struct hst_channel_table {
    uint32_t node_count;   /**< nodes are below it */
    uint32_t count;        /**< channels */
    hst_channel *channels; /**< by number */
    bool credit;           /**< credit lines: limits, no money */
    bool blind;            /**< capacities and largest amounts are not published either */
} hst_channel_table;

/** How the capacity is split, which nobody publishes. x is the share of end a. */
typedef enum hst_channel_prior {
    HST_CHANNEL_UNIFORM,    /**< x uniform in 0 ... 1 (Pickhardt et al., arXiv 2103.08576) */
    HST_CHANNEL_BIMODAL,    /**< density exp(-x / 0.3) + exp((x - 1) / 0.3): LND's assumption */
    HST_CHANNEL_SKEWED,     /**< density 1 / 256 + 9 (x - 1/2)^8: fitted to probes by LDK */
    HST_CHANNEL_DEPLETED,   /**< one end, drawn, has a share uniform in 0 ... 0.1 */
    HST_CHANNEL_HALVES,     /**< x = 1/2 */
    HST_CHANNEL_AS_GIVEN,   /**< as the table says */
    HST_CHANNEL_PRIOR_COUNT /**< number of priors */
} hst_channel_prior;

/** Name as in scenarios, "uniform". */
const char *hst_channel_prior_name(hst_channel_prior prior);

/** Prior of a name, or HST_CHANNEL_PRIOR_COUNT. */
hst_channel_prior hst_channel_prior_find(const char *name);

/** A network; fields are private but for graph and view. */
typedef struct hst_channel_network {
    const hst_channel_table *table; /**< what is published */
    hst_graph graph;                /**< for routers; no nodes when made without */
    hst_route_view view;            /**< for routers: `carries` */
    hst_ledger *ledger;             /**< accounts 0 ... 2 count - 1 are edges */
    uint64_t seed;                  /**< of balances and secrets */
    int64_t *amounts;               /**< scratch of the part in hand: by hop */
    uint32_t *escrows;              /**< scratch of the payment in hand */
} hst_channel_network;

/** Build one: draw balances, open and fund accounts, publish. HST_NO_MEMORY, HST_INVALID. */
HST_NODISCARD hst_status hst_channel_network_create(const hst_channel_table *table,
                                                    hst_channel_prior prior,
                                                    uint64_t seed,
                                                    hst_memory memory,
                                                    hst_arena *arena,
                                                    hst_channel_network *network);

/** Give the ledger back; the rest goes with the arena. */
void hst_channel_network_destroy(hst_channel_network *network);

/** Share of end a in a channel's capacity; >= 0, <= capacity. */
int64_t hst_channel_draw_msat(const hst_channel *channel,
                              uint32_t number,
                              hst_channel_prior prior,
                              uint64_t seed);

/** What an edge has free now: hidden from routers that do not probe. */
int64_t hst_channel_available_msat(const hst_channel_network *network, uint32_t edge);

/** What a probe of an edge would find: the available amount, or the largest it takes; 0 when
 * disabled. The view's `carries`; `context` is the network. */
int64_t hst_channel_carries(void *context, uint32_t edge);

/** One direction by edge. */
static inline const hst_channel_side *hst_channel_side_at(const hst_channel_table *table,
                                                          uint32_t edge)
{
    return &table->channels[edge >> 1].side[edge & 1];
}

/** Where an edge starts. */
static inline uint32_t hst_channel_from(const hst_channel_table *table, uint32_t edge)
{
    return table->channels[edge >> 1].nodes[edge & 1];
}

/** Where it ends. */
static inline uint32_t hst_channel_to(const hst_channel_table *table, uint32_t edge)
{
    return table->channels[edge >> 1].nodes[(edge & 1) ^ 1];
}

/** Charge for forwarding an amount: base + floor(amount * ppm / 1e6), exact. */
static inline int64_t hst_channel_fee_msat(int64_t base_msat, uint32_t ppm, int64_t amount_msat)
{
    const int64_t million = 1000000;
    return base_msat + amount_msat / million * (int64_t)ppm +
           amount_msat % million * (int64_t)ppm / million;
}

#endif
