#include "tests/unit/routing/channels.h"

#include "tests/unit/routing/support.h"

#include <string.h>

static int64_t carries(void *context, uint32_t edge)
{
    channels *world = context;
    world->asked++;
    return world->balances[edge];
}

static void open_channel(
    channels *world, uint32_t a, uint32_t b, const channels_recipe *recipe, hst_random *random)
{
    for (unsigned direction = 0; direction < 2; direction++) {
        uint32_t id = 0;
        const hst_graph_edge edge = {
            .from = direction == 0 ? a : b,
            .to = direction == 0 ? b : a,
            .kind = HST_HOP_BOOK,
            .rate_ppb = recipe->rate_max > 0
                            ? (int64_t)hst_random_below(random, (uint64_t)recipe->rate_max)
                            : 0,
            .enabled = true};
        hst_assert(hst_graph_add_edge(&world->graph, &edge, &id) == HST_OK);
    }
}

static void fund(channels *world, const channels_recipe *recipe, hst_random *random)
{
    for (uint32_t e = 0; e < world->graph.edge_count; e += 2) {
        const double funds = recipe->balance * hst_random_lognormal(random, 0, recipe->spread);
        const double share = hst_random_uniform(random);
        world->balances[e] = (int64_t)(funds * share);
        world->balances[e + 1] = (int64_t)(funds * (1 - share));
        for (uint32_t i = e; i < e + 2; i++) {
            if (hst_random_below(random, 100) < recipe->empty_share) {
                world->balances[i] = 0;
            }
        }
    }
}

static bool joined(const hst_graph *graph, uint32_t a, uint32_t b)
{
    for (uint32_t e = 0; e < graph->edge_count; e++) {
        if (graph->edges[e].from == a && graph->edges[e].to == b) {
            return true;
        }
    }
    return false;
}

void channels_open(channels *world,
                   hst_arena *arena,
                   const channels_recipe *recipe,
                   hst_random *random)
{
    const uint32_t links = recipe->links;
    const uint32_t edges = 2 * links * recipe->node_count;
    memset(world, 0, sizeof *world);
    hst_assert(hst_graph_init(&world->graph, arena, recipe->node_count, edges) == HST_OK);
    for (uint32_t v = 0; v < recipe->node_count; v++) {
        uint32_t id = 0;
        const hst_graph_node node = {v, 0, HST_NODE_TRANSIT};
        hst_assert(hst_graph_add_node(&world->graph, node, &id) == HST_OK);
    }
    for (uint32_t v = 1; v < recipe->node_count; v++) {
        const uint32_t older = world->graph.edge_count; /* ends of these are drawn: by degree */
        for (uint32_t i = 0; i < links && i < v; i++) {
            uint32_t other = v <= links ? i : v;
            while (other == v || joined(&world->graph, v, other)) {
                other = world->graph.edges[hst_random_below(random, older)].from;
            }
            open_channel(world, v, other, recipe, random);
        }
    }
    hst_graph_set_hop_limit(&world->graph, recipe->hop_limit > 0 ? recipe->hop_limit : HST_HOP_MAX);
    hst_assert(hst_graph_freeze(&world->graph, arena) == HST_OK);
    world->balances = HST_ARENA_NEW(arena, int64_t, edges);
    world->held = HST_ARENA_NEW(arena, int64_t, edges);
    hst_assert(world->balances != NULL && world->held != NULL);
    fund(world, recipe, random);
    world->view = (hst_route_view){.context = world, .carries = carries};
}

hst_router *channels_router(channels *world, hst_arena *arena, const hst_router_kind *kind)
{
    const hst_router_setup setup = {.graph = &world->graph,
                                    .arena = arena,
                                    .random = hst_random_stream(3, 0, 0, 8),
                                    .view = &world->view};
    hst_router *router = NULL;
    hst_assert(hst_router_create(kind, &setup, &router) == HST_OK);
    return router;
}

/** Hold a part's amount on its hops; the hop that has too little, or none. */
static uint32_t hold(channels *world, const hst_route_part *part)
{
    for (uint32_t i = 0; i < part->plan.hop_count; i++) {
        const uint32_t edge = part->plan.edges[i];
        world->held[edge] += part->amount_micro_usd;
        if (world->held[edge] > world->balances[edge]) {
            return i;
        }
    }
    return HST_GRAPH_NONE;
}

bool channels_carry(channels *world, const hst_route_split *split)
{
    memset(world->held, 0, world->graph.edge_count * sizeof world->held[0]);
    for (uint32_t i = 0; i < split->part_count; i++) {
        if (hold(world, &split->parts[i]) != HST_GRAPH_NONE) {
            return false;
        }
    }
    return true;
}

static void
tell(hst_router *router, const hst_route_query *query, const hst_route_part *part, uint32_t failed)
{
    for (uint32_t i = 0; i < part->plan.hop_count && (failed == HST_GRAPH_NONE || i <= failed);
         i++) {
        const hst_hop_outcome outcome = {.payment = query->payment,
                                         .edge = part->plan.edges[i],
                                         .hop_index = i,
                                         .attempt = query->attempt,
                                         .result =
                                             i == failed ? HST_HOP_NO_LIQUIDITY : HST_HOP_DONE,
                                         .amount_micro_usd = part->amount_micro_usd,
                                         .submitted_ns = query->time_ns,
                                         .delay_ns = 1000000};
        hst_router_feedback(router, &outcome, 1);
    }
}

bool channels_send(channels *world,
                   hst_router *router,
                   const hst_route_query *query,
                   const hst_route_split *split)
{
    memset(world->held, 0, world->graph.edge_count * sizeof world->held[0]);
    for (uint32_t i = 0; i < split->part_count; i++) {
        const uint32_t failed = hold(world, &split->parts[i]);
        if (failed != HST_GRAPH_NONE) {
            tell(router, query, &split->parts[i], failed);
            return false;
        }
    }
    for (uint32_t i = 0; i < split->part_count; i++) {
        const hst_route_part *part = &split->parts[i];
        for (uint32_t hop = 0; hop < part->plan.hop_count; hop++) {
            world->balances[part->plan.edges[hop]] -= part->amount_micro_usd;
            world->balances[part->plan.edges[hop] ^ 1] += part->amount_micro_usd;
        }
    }
    for (uint32_t i = 0; i < split->part_count; i++) {
        tell(router, query, &split->parts[i], HST_GRAPH_NONE);
    }
    return true;
}

bool channels_pay(
    channels *world, hst_router *router, hst_route_query query, uint32_t attempts, uint64_t *probes)
{
    static hst_route_split split;
    for (query.attempt = 0; query.attempt < attempts; query.attempt++) {
        if (hst_router_split(router, &query, &split) != HST_OK) {
            return false;
        }
        *probes += split.probes;
        if (channels_send(world, router, &query, &split)) {
            return true;
        }
    }
    return false;
}

int64_t channels_funds(const channels *world)
{
    int64_t sum = 0;
    for (uint32_t e = 0; e < world->graph.edge_count; e++) {
        sum += world->balances[e];
    }
    return sum;
}

/** Residuals of the oracle. */
typedef struct matrix {
    int64_t left[64][64];
    bool seen[64];
    uint32_t count;
} matrix;

static int64_t augment(matrix *all, uint32_t node, uint32_t target, int64_t most)
{
    if (node == target) {
        return most;
    }
    all->seen[node] = true;
    for (uint32_t v = 0; v < all->count; v++) {
        const int64_t left = all->left[node][v];
        if (left > 0 && !all->seen[v]) {
            const int64_t sent = augment(all, v, target, left < most ? left : most);
            if (sent > 0) {
                all->left[node][v] -= sent;
                all->left[v][node] += sent;
                return sent;
            }
        }
    }
    return 0;
}

int64_t channels_max_flow(const channels *world, uint32_t source, uint32_t target)
{
    static matrix all;
    memset(&all, 0, sizeof all);
    all.count = world->graph.node_count;
    hst_assert(all.count <= 64);
    for (uint32_t e = 0; e < world->graph.edge_count; e++) {
        const hst_graph_edge *edge = &world->graph.edges[e];
        all.left[edge->from][edge->to] += world->balances[e];
    }
    int64_t flow = 0;
    for (int64_t sent = 1; sent > 0; flow += sent) {
        memset(all.seen, 0, sizeof all.seen);
        sent = augment(&all, source, target, INT64_MAX);
    }
    return flow;
}
