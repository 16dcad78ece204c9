/** @file core/routing/deep_q.h
 * M6, deep Q: which of the six cheapest advertised paths, by a small neural network.
 *
 *   taken   argmin over the k = 6 cheapest paths of price(path) + sum over its hops of Q(hop)
 *   Q       what trying the hop is expected to cost beyond the price: time, failure, and what the
 *           attempts after a failure cost
 *   learned Q(hop) -> cost, + sum of Q' over the hops of the next attempt when there was one; Q' is
 *           a frozen copy
 *
 * A path's value is the sum of its hops' (value decomposition), for hops are what outcomes are told
 * of: which hops lay behind a failed one is not. A hop is 28 numbers: the 24 features, its price,
 * its published time, which attempt it is, whether it has a limit. A decision in five is a random
 * path at first, one in a hundred after 10,000 outcomes. Steps are on 16 transitions drawn from the
 * latest 4,096.
 *
 * It is there as a control: it sees what M3 sees, through a network, knows no hop by itself, and
 * looks at six paths only. It is not expected to win; how far it comes is in
 * docs/validation/routing.md.
 *
 * Errors    HST_NO_PATH.
 * Memory    3 MB and 16 bytes a hop, from the arena.
 * Determinism  its own stream, IEEE basic operations.
 * Cost      Yen's searches, a microsecond a hop looked at; a learning step about 60 us.
 * Source    Sunehag et al., AAMAS'18 (value decomposition); Watkins, Dayan, Machine Learning 8,
 * 1992; Mnih et al., Nature 518, 2015 (replay, frozen copy); Lin, Machine Learning 8, 1992
 * (replay).
 */
#ifndef HST_CORE_ROUTING_DEEP_Q_H
#define HST_CORE_ROUTING_DEEP_Q_H

#include "core/routing/router.h"

/** M6. */
extern const hst_router_kind hst_router_deep_q;

#endif
