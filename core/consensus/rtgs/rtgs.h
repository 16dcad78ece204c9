/** @file core/consensus/rtgs/rtgs.h
 * One trusted operator: the honest baseline that every other protocol is measured against.
 *
 * Replica 0 is the operator. It decides what it is offered, makes it durable, and tells the others,
 * who follow. No one else has a say, so it tolerates no fault of the operator: while it is down
 * nothing settles, and it is believed whatever it says. Followers that missed something ask for it;
 * those further behind than its window get the state.
 *
 * Messages  DECIDE (operator to all), FETCH (follower to operator), STATE (operator to follower).
 *           n - 1 messages per decision, 1 delay to followers.
 * Source    CPMI, "Real-time gross settlement systems", 1997 (the institution, not a protocol).
 */
#ifndef HST_CORE_CONSENSUS_RTGS_RTGS_H
#define HST_CORE_CONSENSUS_RTGS_RTGS_H

#include "core/consensus/consensus.h"

/** The protocol. */
extern const hst_consensus_protocol hst_protocol_rtgs;

#endif
