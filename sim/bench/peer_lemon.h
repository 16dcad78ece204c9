/** @file sim/bench/peer_lemon.h
 * Private to sim/bench: LEMON's network simplex behind a C function, so that a C++ library can be
 * timed beside ours. Built where a C++ compiler and the library are.
 */
#ifndef HST_SIM_BENCH_PEER_LEMON_H
#define HST_SIM_BENCH_PEER_LEMON_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A network with unit costs and capacities set once; NULL when memory is short. */
typedef struct hst_peer_lemon hst_peer_lemon;

hst_peer_lemon *hst_peer_lemon_new(uint32_t nodes,
                                   uint32_t arcs,
                                   const uint32_t *tails,
                                   const uint32_t *heads,
                                   const int64_t *capacities,
                                   const int64_t *costs);

/* Least cost of sending the amount; -1 when it does not fit. */
int64_t
hst_peer_lemon_solve(hst_peer_lemon *peer, uint32_t source, uint32_t target, int64_t amount);

void hst_peer_lemon_free(hst_peer_lemon *peer);

#ifdef __cplusplus
}
#endif

#endif
