/** @file core/routing/router.h
 * One shape for all routers: a query goes in, a plan over the corridor graph comes out, and what
 * became of its hops comes back.
 *
 * A router is one file with one `hst_router_kind` and one line in core/routing/registry.c
 * (docs/how-to/add-a-router.md). It sees the graph (published charges, quotes, limits, open hops)
 * and the outcomes of its own payments, and nothing else: balances of others stay hidden. A plan is
 * only a proposal; core/routing/recost.h checks and re-costs it without trusting the router.
 *
 *   const hst_router_kind *kind = hst_router_find_kind("cheapest-advertised");
 *   hst_router *router;
 *   HST_TRY(hst_router_create(kind, &setup, &router));
 *   status = hst_router_route(router, &query, &plan);      HST_OK or HST_NO_PATH
 *   hst_router_feedback(router, outcomes, outcome_count);
 *
 * Units     micro-USD, nanoseconds from the scenario's start.
 * Errors    HST_NO_PATH is an ordinary outcome; HST_NO_MEMORY from create; HST_FULL, HST_TRUNCATED,
 *           HST_CORRUPT, HST_MISMATCH from checkpoint and restore.
 * Memory    all of a router from setup.arena, at create; route and feedback allocate nothing.
 * Threads   a router belongs to one thread at a time; routers on one graph may run in parallel
 *           while nobody changes the graph.
 * Determinism  a plan is a function of the setup, the graph, the query and the feedback so far;
 *           queries before it do not matter.
 * Cost      aim: <= 10 us a route on a 500-node corridor graph.
 */
#ifndef HST_CORE_ROUTING_ROUTER_H
#define HST_CORE_ROUTING_ROUTER_H

#include "core/base/arena.h"
#include "core/base/codec.h"
#include "core/base/random.h"
#include "core/base/status.h"
#include "core/routing/graph.h"

#include <stddef.h>
#include <stdint.h>

/** Most edges a query may exclude. */
enum { HST_ROUTE_EXCLUDED_MAX = 32 };

/** What is asked. Zero what you do not use. */
typedef struct hst_route_query {
    uint32_t source;                /**< node of the debtor agent's position */
    uint32_t target;                /**< node of the creditor agent's position */
    int64_t amount_micro_usd;       /**< 0 ... HST_ROUTE_AMOUNT_MAX_MICRO_USD */
    int64_t time_ns;                /**< now */
    uint64_t payment;               /**< the caller's id, returned with the outcomes */
    uint32_t attempt;               /**< 0 for the first try of this payment */
    uint32_t excluded_count;        /**< <= HST_ROUTE_EXCLUDED_MAX */
    const uint32_t *excluded_edges; /**< hops not to use, as failed in an earlier attempt */
} hst_route_query;

/** What is proposed: a connected path without repeated nodes. Source == target gives no hops. */
typedef struct hst_route_plan {
    uint32_t edges[HST_HOP_MAX]; /**< edge ids from source to target */
    uint32_t hop_count;          /**< edges used */
    uint32_t fx_hops;            /**< hops that change the currency */
    int64_t cost_micro_usd;      /**< advertised: sum of fixed + floor(amount * sum of rates) */
    int64_t delay_ns;            /**< advertised: sum of the delays */
} hst_route_plan;

/** Most parts of a split payment. */
enum { HST_ROUTE_PART_MAX = 64 };

/** One part: its own path for its own amount. Plans of parts are priced for the part's amount. */
typedef struct hst_route_part {
    hst_route_plan plan;      /**< a sound plan for amount_micro_usd */
    int64_t amount_micro_usd; /**< > 0 */
} hst_route_part;

/** A payment over several paths at once: amounts add up to the query's. */
typedef struct hst_route_split {
    hst_route_part parts[HST_ROUTE_PART_MAX]; /**< in the order they are to be sent */
    uint32_t part_count;                      /**< 1 ... HST_ROUTE_PART_MAX */
    uint32_t probes;                          /**< messages sent to find out balances */
} hst_route_split;

/** How a hop ended. */
typedef enum hst_hop_result {
    HST_HOP_DONE,         /**< value moved */
    HST_HOP_NO_LIQUIDITY, /**< refused for lack of funds */
    HST_HOP_COMPLIANCE,   /**< refused or held by screening */
    HST_HOP_CLOSED,       /**< out of hours, or timed out */
    HST_HOP_OVER_LIMIT,   /**< above the rail's limit */
    HST_HOP_QUOTE_LOST,   /**< the quote was gone */
    HST_HOP_RESULT_COUNT  /**< number of results */
} hst_hop_result;

/** One attempted hop, as its sender saw it. Hops behind a failed one were not attempted and are
 * not reported. */
typedef struct hst_hop_outcome {
    uint64_t payment;         /**< of the query */
    uint32_t edge;            /**< which hop */
    uint32_t hop_index;       /**< its place in the plan */
    uint32_t attempt;         /**< of the query */
    hst_hop_result result;    /**< how it ended */
    int64_t amount_micro_usd; /**< what was to move */
    int64_t cost_micro_usd;   /**< realised charge, slippage included */
    int64_t submitted_ns;     /**< when the hop was submitted */
    int64_t delay_ns;         /**< until it ended; for HST_HOP_CLOSED until the sender gave up */
} hst_hop_outcome;

/** What senders publish to each other about a hop besides its price; 0 where nothing is known. */
typedef struct hst_hop_facts {
    float country_risk;            /**< of the pair of countries, 0 (none) ... 1 */
    float reliability;             /**< published availability of the operator, 0 ... 1 */
    float instant;                 /**< 1 for a rail that pays at once, else 0 */
    float volatility;              /**< of the conversion's rate, per square root of an hour */
    int64_t usual_limit_micro_usd; /**< amounts beyond are often refused; 0 = unknown */
} hst_hop_facts;

/** What becomes of a hop: its chance, or what was drawn. */
typedef struct hst_hop_truth {
    double success;         /**< probability; for drawn outcomes 0 or 1 */
    double delay_ns;        /**< expected, or drawn */
    double extra_micro_usd; /**< expected, or drawn, on top of the advertised charge */
} hst_hop_truth;

/** What a router forecasts of a hop before it is tried. */
typedef struct hst_hop_belief {
    double success;        /**< chance that it goes through, 0 ... 1 */
    double delay_ns;       /**< expected, the wait for opening included */
    double upper_delay_ns; /**< exceeded by one in ten of those that go through */
} hst_hop_belief;

/** What a kind of router sees beyond what is published and the outcomes of its own payments. */
enum {
    HST_SEES_BALANCES = 1, /**< by probing hops before it sends */
    HST_SEES_CHANCES = 2,  /**< true chances: ceilings only */
    HST_SEES_DRAWS = 4     /**< true draws: ceilings only */
};

/** What a host lets routers look up. A member may be NULL: then nobody knows. hst_router_create()
 * hands a router no more than its kind declares under `sees`. */
typedef struct hst_route_view {
    void *context;              /**< handed to the functions */
    const hst_hop_facts *facts; /**< published, by edge id */
    /** Published: nanoseconds from `time_ns` until the hop opens; 0 = open. */
    int64_t (*opens_in_ns)(void *context, uint32_t edge, int64_t time_ns);
    /** What arrives, valued at mid, of an amount given to a hop whose price depends on the amount
     * (a pool, an order book): published, so anybody can work it out. -1 = it cannot take that
     * much. NULL: the amount less the advertised charge. */
    int64_t (*delivers)(void *context, uint32_t edge, int64_t amount_micro_usd);
    /** HST_SEES_BALANCES: the most a hop could carry now, as a probe of it would find. */
    int64_t (*carries)(void *context, uint32_t edge);
    /** HST_SEES_CHANCES: the mean of what may happen to this query at this hop. */
    void (*expected)(void *context,
                     const hst_route_query *query,
                     uint32_t edge,
                     hst_hop_truth *truth);
    /** HST_SEES_DRAWS: what will happen to this attempt of this payment at this hop. */
    void (*drawn)(void *context, const hst_route_query *query, uint32_t edge, hst_hop_truth *truth);
} hst_route_view;

/** What time and failures cost the sender. */
typedef struct hst_route_prices {
    int64_t delay_micro_usd_per_hour; /**< for an hour; >= 0 */
    int64_t delay_ppb_per_hour;       /**< of the amount, for an hour; >= 0 */
    int64_t failure_ppb;              /**< of the amount, for a failed attempt; >= 0 */
    int64_t failure_micro_usd;        /**< for a failed attempt; >= 0 */
} hst_route_prices;

/** Most plans a choice is among. */
enum { HST_ROUTE_CHOICE_MAX = 3 };

/** How a plan was chosen: what a log needs from which another way of choosing is judged. */
typedef struct hst_route_choice {
    uint32_t count;                                  /**< plans that could be taken, best first */
    uint32_t taken;                                  /**< which was */
    hst_route_plan plans[HST_ROUTE_CHOICE_MAX];      /**< they */
    double expected_micro_usd[HST_ROUTE_CHOICE_MAX]; /**< all-in cost, as the router believes */
    double propensity[HST_ROUTE_CHOICE_MAX];         /**< chance of being taken; they add up to 1 */
} hst_route_choice;

struct hst_tree_trainer;

/** What every router is built from. Zero what you do not use. */
typedef struct hst_router_setup {
    const hst_graph *graph;              /**< frozen; outlives the router */
    hst_arena *arena;                    /**< all memory of the router */
    hst_random random;                   /**< the router's own stream */
    int64_t delay_price_micro_usd_per_s; /**< the sender's price of a second, >= 0 */
    hst_route_prices prices;             /**< for routers that weigh time and failure */
    const hst_route_view *view;          /**< what can be looked up; NULL = nothing; outlives */
    /** Who fits boosted trees (core/routing/tree_ensemble.h); NULL = nobody; outlives. */
    const struct hst_tree_trainer *trainer;
    bool notes_choices;             /**< hst_router_choice shall know; takes time */
    uint32_t cache_entry_count;     /**< plans to remember; 0 = the router's default */
    uint32_t table_entry_count_max; /**< static table entries; 0 = default */
} hst_router_setup;

struct hst_router;

/** A kind of router: what it is, and its functions. */
typedef struct hst_router_kind {
    const char *name;        /**< in scenarios and results: "cheapest-advertised" */
    const char *code;        /**< in tables of results: "R3" */
    const char *summary;     /**< one line */
    const char *information; /**< what it sees, in words: "advertised, own outcomes", ... */
    uint32_t sees;           /**< HST_SEES_... flags; 0 for what a sender without probes sees */
    uint32_t own_attempts;   /**< attempts a payment that are the scheme's own: the sender excludes
                                  no failed hop between them; 0 = 1 */
    /** Build one in setup->arena. */
    hst_status (*create)(const hst_router_setup *setup, struct hst_router **router);
    /** Answer a query. HST_NO_PATH leaves *plan as it was. */
    hst_status (*route)(struct hst_router *self,
                        const hst_route_query *query,
                        hst_route_plan *plan);
    /** Answer with several paths; NULL when the router takes one path only. HST_NO_PATH leaves
     * *split as it was. */
    hst_status (*split)(struct hst_router *self,
                        const hst_route_query *query,
                        hst_route_split *split);
    /** Learn from attempted hops, in the order they ended; NULL when the router does not learn. */
    void (*feedback)(struct hst_router *self, const hst_hop_outcome *outcomes, size_t count);
    /** How the last plan was chosen; NULL when the router draws nothing worth logging. */
    const hst_route_choice *(*choice)(const struct hst_router *self);
    /** Say what it expects of a hop for a query; NULL when it forecasts nothing. Plans do not
     * depend on having been asked. */
    void (*believes)(struct hst_router *self,
                     const hst_route_query *query,
                     uint32_t edge,
                     hst_hop_belief *belief);
    /** Write what later plans depend on; NULL when there is nothing. */
    hst_status (*checkpoint)(const struct hst_router *self, hst_writer *writer);
    /** Read it back into a router of equal setup; NULL exactly when checkpoint is. */
    hst_status (*restore)(struct hst_router *self, hst_reader *reader);
} hst_router_kind;

/** A router; the kinds embed it as first member. */
typedef struct hst_router {
    const hst_router_kind *kind; /**< its functions */
    const hst_graph *graph;      /**< what it plans over */
} hst_router;

/** All kinds, in the order of their codes (core/routing/registry.c). */
const hst_router_kind *const *hst_router_kinds(size_t *count);

/** Kind by name or code, or NULL. */
const hst_router_kind *hst_router_find_kind(const char *name);

/** Build a router of a kind; asserts the setup's contract. */
HST_NODISCARD hst_status hst_router_create(const hst_router_kind *kind,
                                           const hst_router_setup *setup,
                                           hst_router **router);

/** Name of its kind. */
const char *hst_router_name(const hst_router *router);

/** Answer a query: HST_OK and *plan, or HST_NO_PATH. Asserts the query's contract, and that source
 * == target gave an empty plan. */
HST_NODISCARD hst_status hst_router_route(hst_router *router,
                                          const hst_route_query *query,
                                          hst_route_plan *plan);

/** Answer with parts that add up to the query's amount (> 0): of routers that take one path, one
 * part. HST_NO_PATH. */
HST_NODISCARD hst_status hst_router_split(hst_router *router,
                                          const hst_route_query *query,
                                          hst_route_split *split);

/** Tell what became of attempted hops, in the order they ended. */
void hst_router_feedback(hst_router *router, const hst_hop_outcome *outcomes, size_t count);

/** How the last plan was chosen, or NULL: the kind does not say, the setup did not ask for it, or
 * there was nothing to choose. Good until the next route. */
const hst_route_choice *hst_router_choice(const hst_router *router);

/** What the router forecasts of a hop now; false, and nothing written, when its kind forecasts
 * nothing. */
bool hst_router_believes(hst_router *router,
                         const hst_route_query *query,
                         uint32_t edge,
                         hst_hop_belief *belief);

/** Write the state that later plans depend on, with the kind's name in front. HST_FULL. */
HST_NODISCARD hst_status hst_router_checkpoint(const hst_router *router, hst_writer *writer);

/** Read it back into a router of equal kind and setup; plans continue as if never stopped.
 * HST_MISMATCH for another kind's state, HST_TRUNCATED, HST_CORRUPT; after a failure the router is
 * to be thrown away. */
HST_NODISCARD hst_status hst_router_restore(hst_router *router, hst_reader *reader);

/** The stream a router draws from for one attempt of one payment: which other queries it answered,
 * and where, does not matter (core/routing/crew.h relies on it). */
hst_random hst_route_draws(hst_random random, const hst_route_query *query);

/** Fill cost, delay and fx count of a plan from its edges: what every router ends with. */
void hst_route_plan_price(const hst_graph *graph, int64_t amount_micro_usd, hst_route_plan *plan);

#endif
