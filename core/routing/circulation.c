#include "core/routing/circulation.h"

#include "core/base/assert.h"
#include "core/routing/mcf.h"

/* The network. What a node would send beyond what it receives, if all demands were met, has to go
 * somewhere: into the pool out of its own balance, which is free, or along one of its demands,
 * which gives that demand up.
 *
 *   source -> v   net sending of v          v -> pool   what v can send
 *   v -> target   net receiving of v        pool -> v   what v can receive
 *   v -> w        each demand, one a unit
 */
typedef struct network {
    uint32_t *tails;
    uint32_t *heads;
    int64_t *capacities;
    int64_t *costs;
    uint32_t count;
} network;

/* NOLINTNEXTLINE(bugprone-easily-swappable-parameters): in the order of all arcs here */
static void add(network *n, uint32_t tail, uint32_t head, int64_t capacity, int64_t cost)
{
    n->tails[n->count] = tail;
    n->heads[n->count] = head;
    n->capacities[n->count] = capacity;
    n->costs[n->count] = cost;
    n->count++;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/** Net sending by node, and the sum of all amounts. */
static hst_status
add_up(const hst_demand *demands, uint32_t count, uint32_t nodes, int64_t *net, int64_t *total)
{
    *total = 0;
    for (uint32_t i = 0; i < count; i++) {
        const hst_demand *one = &demands[i];
        hst_assert(one->from < nodes && one->to < nodes && one->from != one->to);
        hst_assert(one->amount > 0);
        if (one->amount > HST_MCF_FLOW_MAX - *total) {
            return HST_OVERFLOW;
        }
        *total += one->amount;
        net[one->from] += one->amount;
        net[one->to] -= one->amount;
    }
    return HST_OK;
}

hst_status hst_flow_bound(const hst_purse *purses,
                          uint32_t node_count,
                          const hst_demand *demands,
                          uint32_t demand_count,
                          hst_arena *arena,
                          int64_t *deliverable)
{
    hst_assert(purses != NULL && demands != NULL && arena != NULL && deliverable != NULL);
    const uint32_t pool = node_count;
    const uint32_t source = node_count + 1;
    const uint32_t target = node_count + 2;
    const size_t room = (size_t)demand_count + 3 * (size_t)node_count;
    network n = {.tails = HST_ARENA_NEW(arena, uint32_t, room),
                 .heads = HST_ARENA_NEW(arena, uint32_t, room),
                 .capacities = HST_ARENA_NEW(arena, int64_t, room),
                 .costs = HST_ARENA_NEW(arena, int64_t, room)};
    int64_t *net = HST_ARENA_NEW(arena, int64_t, node_count);
    int64_t total = 0;
    int64_t moved = 0;
    hst_mcf mcf;
    *deliverable = 0;
    if (demand_count == 0) {
        return HST_OK;
    }
    if (n.tails == NULL || n.heads == NULL || n.capacities == NULL || n.costs == NULL ||
        net == NULL) {
        return HST_NO_MEMORY;
    }
    HST_TRY(add_up(demands, demand_count, node_count, net, &total));
    for (uint32_t v = 0; v < node_count; v++) {
        hst_assert(purses[v].can_send >= 0 && purses[v].can_receive >= 0);
        add(&n, v, pool, least(purses[v].can_send, total), 0);
        add(&n, pool, v, least(purses[v].can_receive, total), 0);
        add(&n, net[v] >= 0 ? source : v, net[v] >= 0 ? v : target, net[v] >= 0 ? net[v] : -net[v],
            0);
        moved += net[v] > 0 ? net[v] : 0;
    }
    for (uint32_t i = 0; i < demand_count; i++) {
        add(&n, demands[i].from, demands[i].to, demands[i].amount, 1);
    }
    HST_TRY(hst_mcf_init(&mcf, arena, node_count + 3, n.count, n.tails, n.heads, 1));
    for (uint32_t i = 0; i < n.count; i++) {
        hst_mcf_set_arc(&mcf, i, n.capacities[i], n.costs[i]);
    }
    *deliverable = total;
    if (moved > 0) {
        const hst_status status = hst_mcf_solve(&mcf, source, target, moved);
        hst_assert(status == HST_OK); /* giving everything up is always possible */
        *deliverable = total - (int64_t)mcf.cost;
    }
    return HST_OK;
}
