/** @file sim/channel/books.h
 * Private to sim/channel: the ledger of a network, and its three moves.
 *
 * An account is what a direction has free. All are open from the start, account `edge` for each, or
 * a channel's two when it is first used, which keeps the ledger of a large network small that few
 * payments cross; one more account is where channels were funded from. Blocks are sealed as the log
 * grows, so that its memory stays bounded.
 */
#ifndef HST_SIM_CHANNEL_BOOKS_H
#define HST_SIM_CHANNEL_BOOKS_H

#include "core/ledger/escrow.h"

#include "sim/channel/network.h"

/** Open and fund the accounts; shares[i] is what end a of channel i holds. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_channel_books_open(const hst_channel_table *table,
                                                const int64_t *shares,
                                                hst_memory memory,
                                                hst_ledger **ledger);

/** Books in which no channel is open yet. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_channel_books_begin(const hst_channel_table *table,
                                                 hst_memory memory,
                                                 hst_ledger **ledger);

/** Open a channel in such books, with the balances its table gives; *account is that of edge 2i,
 * the next one that of edge 2i + 1, and never 0. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_channel_books_add(const hst_channel_table *table,
                                               uint32_t channel,
                                               hst_ledger *ledger,
                                               uint32_t *account);

/** Lock an amount of an account, for the account of the way back, until `expires_ns`. HST_REFUSED:
 * there is not enough. */
HST_NODISCARD hst_status hst_channel_lock(hst_ledger *ledger,
                                          uint32_t account,
                                          uint32_t back,
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
