/** @file sim/channel/invariant.h
 * What must hold of a network after every event, checked without trusting what moved the money.
 *
 *   per channel   free of both directions + locked in both = capacity, none below zero
 *   in all        debits = credits, pending and posted
 *
 * Errors    HST_CORRUPT; *channel says which, or the count when it is the sums.
 * Threads   reads only.
 * Cost      one channel 20 ns; all, linear.
 */
#ifndef HST_SIM_CHANNEL_INVARIANT_H
#define HST_SIM_CHANNEL_INVARIANT_H

#include "core/ledger/escrow.h"

#include "sim/channel/network.h"

/** One channel, whose edges are accounts `account` and `account` + 1 (of a network: 2 channel). */
bool hst_channel_conserves(const hst_channel_table *table,
                           const hst_ledger *ledger,
                           uint32_t channel,
                           uint32_t account);

/** All of them, and the sums. `accounts` says by channel where its accounts are, 0 = not opened;
 * NULL: account e is edge e. */
HST_NODISCARD hst_status hst_channel_check(const hst_channel_table *table,
                                           const hst_ledger *ledger,
                                           const uint32_t *accounts,
                                           uint32_t *channel);

/** What is locked in a channel, both directions. */
int64_t hst_channel_locked_msat(const hst_ledger *ledger, uint32_t channel);

#endif
