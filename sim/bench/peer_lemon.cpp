// LEMON's network simplex, as its manual uses it: graph, maps and solver are made once.
#include "sim/bench/peer_lemon.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <lemon/network_simplex.h>
#include <lemon/static_graph.h>
#include <new>
#include <numeric>
#include <utility>
#include <vector>

using Graph = lemon::StaticDigraph;
using Solver = lemon::NetworkSimplex<Graph, std::int64_t, std::int64_t>;

// A record behind a C handle, known to this file alone.
// NOLINTBEGIN(misc-non-private-member-variables-in-classes)
struct hst_peer_lemon {
    Graph graph;
    Graph::ArcMap<std::int64_t> capacities;
    Graph::ArcMap<std::int64_t> costs;
    Solver solver;

    hst_peer_lemon() : capacities(graph), costs(graph), solver(graph) {}
};
// NOLINTEND(misc-non-private-member-variables-in-classes)

namespace {

// LEMON wants arcs sorted by tail.
std::vector<std::size_t> by_tail(std::uint32_t arcs, const std::uint32_t *tails)
{
    std::vector<std::size_t> order(arcs);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [tails](std::size_t a, std::size_t b) { return tails[a] < tails[b]; });
    return order;
}

} // namespace

hst_peer_lemon *hst_peer_lemon_new(uint32_t nodes,
                                   uint32_t arcs,
                                   const uint32_t *tails,
                                   const uint32_t *heads,
                                   const int64_t *capacities,
                                   const int64_t *costs)
try {
    const std::vector<std::size_t> order = by_tail(arcs, tails);
    std::vector<std::pair<int, int>> ends;
    ends.reserve(arcs);
    for (const std::size_t i : order) {
        ends.emplace_back(static_cast<int>(tails[i]), static_cast<int>(heads[i]));
    }
    auto *peer = new hst_peer_lemon;
    peer->graph.build(static_cast<int>(nodes), ends.begin(), ends.end());
    for (std::size_t i = 0; i < order.size(); i++) {
        const Graph::Arc arc = Graph::arc(static_cast<int>(i));
        peer->capacities[arc] = capacities[order[i]];
        peer->costs[arc] = costs[order[i]];
    }
    peer->solver.reset();
    return peer;
} catch (const std::bad_alloc &) {
    return nullptr;
}

int64_t hst_peer_lemon_solve(hst_peer_lemon *peer, uint32_t source, uint32_t target, int64_t amount)
{
    peer->solver.upperMap(peer->capacities)
        .costMap(peer->costs)
        .stSupply(Graph::node(static_cast<int>(source)), Graph::node(static_cast<int>(target)),
                  amount);
    return peer->solver.run() == Solver::OPTIMAL ? peer->solver.totalCost<std::int64_t>() : -1;
}

void hst_peer_lemon_free(hst_peer_lemon *peer)
{
    delete peer;
}
