/** @file tests/unit/consensus/support.h
 * Clusters for the tests of protocols: a few lines to set one up, load it, disturb it and look.
 */
#ifndef HST_TESTS_UNIT_CONSENSUS_SUPPORT_H
#define HST_TESTS_UNIT_CONSENSUS_SUPPORT_H

#include "sim/base/number.h"
#include "sim/consensus/cluster.h"

#define MS INT64_C(1000000)

/** A test's cluster; change options, network and membership between plan and make. */
typedef struct test_cluster {
    hst_membership membership;
    hst_network_options network;
    int64_t base_ns[1];
    hst_cluster_options options;
    hst_cluster *cluster;
} test_cluster;

/** Defaults: `count` replicas of weight 1, one region, 10 to 15 ms one way in any order, records
 * durable after 1 ms, logs kept, room for 4,096 batches. */
void test_plan(test_cluster *test,
               const hst_consensus_protocol *protocol,
               uint32_t count,
               uint64_t seed);

/** Make it; the test fails when that fails. */
void test_make(test_cluster *test);

/** Give it back. */
void test_end(test_cluster *test);

/** Submit `count` batches of 10 commands, 1,000 bytes, one every `every_ns` from now on. */
void test_load(test_cluster *test, uint32_t count, int64_t every_ns);

/** Run until `until_ns`; the test fails with the violation's text when a check fires. */
void test_run(test_cluster *test, int64_t until_ns);

/** Run until every running replica has committed `height`; the test fails when `until_ns` comes
 * first or a check fires. */
void test_reach(test_cluster *test, uint64_t height, int64_t until_ns);

/** Run until a check fires, and fail the test when none does until `until_ns` or another one. */
void test_violates(test_cluster *test, int64_t until_ns, const char *check);

/** How many of the first `count` batches are decided. */
uint64_t test_decided(const test_cluster *test);

/** A schedule drawn from `seed`: crashes and restarts (with disk), partitions and heals, within
 * `faulty_max` replicas down or cut off at a time, for `for_ns`; then everything is healed, and the
 * cluster must decide everything submitted within `settle_ns`. */
void test_storm(
    test_cluster *test, uint64_t seed, uint32_t faulty_max, int64_t for_ns, int64_t settle_ns);

/** What every protocol must do, whatever it is: run twice with equal digests, refuse hostile bytes
 * (random, truncated, extended, bit-flipped real messages) without a violation, give the same
 * events with real and modelled crypto, and with or without what readers of a message share and
 * logs that are kept, decide everything under loss, duplicates and reordering.
 * `count` replicas; `loss` whether it survives 5 % loss. */
void test_contract(const hst_consensus_protocol *protocol, uint32_t count, bool loss);

#endif
