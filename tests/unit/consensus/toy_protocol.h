/** @file tests/unit/consensus/toy_protocol.h
 * Acknowledged: one leader, a decision when a majority has it on disk
 * (docs/how-to/add-a-protocol.md).
 */
#ifndef HST_TESTS_UNIT_CONSENSUS_TOY_PROTOCOL_H
#define HST_TESTS_UNIT_CONSENSUS_TOY_PROTOCOL_H

#include "core/consensus/consensus.h"

/** The protocol. */
extern const hst_consensus_protocol hst_protocol_acknowledged;

#endif
