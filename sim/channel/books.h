/** @file sim/channel/books.h
 * Private to sim/channel: the ledger of a network, and its three moves.
 *
 * Account `edge` is what that direction has free; account 2 count is where channels were funded
 * from. Blocks are sealed as the log grows, so that its memory stays bounded.
 */
#ifndef HST_SIM_CHANNEL_BOOKS_H
#define HST_SIM_CHANNEL_BOOKS_H

#include "sim/channel/network.h"

/** Open and fund the accounts; shares[i] is what end a of channel i holds. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_channel_books_open(const hst_channel_table *table,
                                                const int64_t *shares,
                                                hst_memory memory,
                                                hst_ledger **ledger);

/** Lock an amount in an edge until `expires_ns`. HST_REFUSED: the edge has not enough. */
HST_NODISCARD hst_status hst_channel_lock(hst_ledger *ledger,
                                          uint32_t edge,
                                          int64_t amount_msat,
                                          int64_t expires_ns,
                                          const hst_hash *condition,
                                          uint32_t *escrow);

/** The receiving end claims: the way back has it now. */
HST_NODISCARD hst_status hst_channel_claim(hst_ledger *ledger,
                                           uint32_t escrow,
                                           const hst_preimage *secret);

/** The receiving end gives up: the edge has it again. */
HST_NODISCARD hst_status hst_channel_undo(hst_ledger *ledger, uint32_t escrow);

/** The secret of a payment: what its receiver knows. */
hst_preimage hst_channel_secret(uint64_t seed, uint64_t payment);

#endif
