/** @file core/ledger/block.h
 * Sealed blocks: a chain of headers that commit to every event and every balance.
 *
 *   header n:  previous -> header n-1
 *              transaction_root  RFC 6962 list over the events since header n-1
 *              state_root        dense Merkle tree of four children a node over all accounts by
 *                                handle
 *              totals_hash       sums per currency
 *
 * Events are the canonical bytes of everything that changes state: transfers, openings, changes of
 * limits and freezes, escrow steps, burnt ids, and the passing of time. A header (184 bytes) is
 * enough to check that an event happened or that an account stands as claimed.
 *
 * Every seal first checks the invariants (core/ledger/invariant.h); books that break one are not
 * sealed.
 *
 * Errors    HST_CORRUPT an invariant is broken; HST_NOT_FOUND; HST_MISMATCH; HST_UNSUPPORTED when
 *           the events asked for were not kept; HST_NO_MEMORY.
 * Memory    scratch grows inside the ledger to the size of the largest block.
 * Threads   as core/ledger/ledger.h; verification is pure.
 * Cost      about 0.25 us for each changed account of 2^20, 0.04 us for each event.
 * Source    RFC 6962; core/crypto/merkle_tree.h.
 */
#ifndef HST_CORE_LEDGER_BLOCK_H
#define HST_CORE_LEDGER_BLOCK_H

#include "core/crypto/merkle_list.h"
#include "core/ledger/ledger.h"

/** Version of all canonical encodings: headers, events, accounts, snapshots. */
#define HST_LEDGER_VERSION 1

/** Bytes of an encoded header. */
#define HST_BLOCK_HEADER_SIZE 184

/** Bytes of the largest encoded event. */
#define HST_LEDGER_EVENT_SIZE_MAX 160

/** Bytes of an encoded account. */
#define HST_LEDGER_ACCOUNT_SIZE 104

/** A sealed block. */
typedef struct hst_block_header {
    uint64_t height;           /**< 0, 1, 2, ... */
    int64_t time_ns;           /**< ledger time at the seal */
    uint64_t event_count;      /**< events in this block */
    uint64_t event_first;      /**< events in all blocks before */
    uint64_t account_count;    /**< accounts at the seal */
    uint64_t currency_count;   /**< currencies that totals_hash runs over */
    hst_hash previous;         /**< hash of the header before, zero for height 0 */
    hst_hash transaction_root; /**< over the events */
    hst_hash state_root;       /**< over the accounts */
    hst_hash totals_hash;      /**< over the sums per currency */
} hst_block_header;

/** Sums over the accounts of one currency. Debits equal credits, pending and posted: an invariant.
 */
typedef struct hst_ledger_totals {
    uint64_t debits_pending_minor[2];  /**< low and high half of a 128-bit sum */
    uint64_t debits_posted_minor[2];   /**< low and high half */
    uint64_t credits_pending_minor[2]; /**< low and high half */
    uint64_t credits_posted_minor[2];  /**< low and high half */
} hst_ledger_totals;

/** Check the invariants and close a block over everything since the last one; an empty block is
 * legal. HST_CORRUPT: nothing was sealed. */
HST_NODISCARD hst_status hst_ledger_seal(hst_ledger *ledger, hst_block_header *header_out);

/** State root over the accounts as they stand now. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_ledger_root(hst_ledger *ledger, hst_hash *root_out);

/** Blocks sealed. */
uint64_t hst_ledger_block_count(const hst_ledger *ledger);

/** Header of a block; HST_NOT_FOUND. */
HST_NODISCARD hst_status hst_ledger_header(const hst_ledger *ledger,
                                           uint64_t height,
                                           hst_block_header *header_out);

/** Sums of a currency at the last seal. */
void hst_ledger_totals_at_seal(const hst_ledger *ledger,
                               hst_currency currency,
                               hst_ledger_totals *totals_out);

/** Write the canonical bytes of a header. */
void hst_block_header_encode(const hst_block_header *header,
                             unsigned char bytes[HST_BLOCK_HEADER_SIZE]);

/** Read a header from exactly HST_BLOCK_HEADER_SIZE bytes; HST_CORRUPT, HST_UNSUPPORTED for another
 * version. */
HST_NODISCARD hst_status hst_block_header_decode(const void *bytes,
                                                 size_t size,
                                                 hst_block_header *header_out);

/** SHA-256 of the canonical bytes: the block's name. */
hst_hash hst_block_header_hash(const hst_block_header *header);

/** An event or account with the path that shows it is part of a block. */
typedef struct hst_ledger_proof {
    uint32_t size;                                  /**< bytes used */
    unsigned char bytes[HST_LEDGER_EVENT_SIZE_MAX]; /**< canonical bytes of the event or account */
    hst_merkle_proof path;                          /**< up to the root */
} hst_ledger_proof;

/** Proof of event `index` of a block; HST_NOT_FOUND, HST_UNSUPPORTED when the log is not kept. */
HST_NODISCARD hst_status hst_ledger_prove_event(const hst_ledger *ledger,
                                                uint64_t height,
                                                uint64_t index,
                                                hst_ledger_proof *proof_out);

/** Proof of an account in the last block; HST_NOT_FOUND, HST_MISMATCH when anything has changed
 * since (seal first). */
HST_NODISCARD hst_status hst_ledger_prove_account(const hst_ledger *ledger,
                                                  uint32_t account,
                                                  hst_ledger_proof *proof_out);

/** HST_OK when proof->bytes is event proof->path.leaf_index of the block; HST_MISMATCH,
 * HST_CORRUPT. Needs the header only. */
HST_NODISCARD hst_status hst_ledger_verify_event(const hst_block_header *header,
                                                 const hst_ledger_proof *proof);

/** HST_OK when account proof->path.leaf_index stood as proof->bytes say; as above. */
HST_NODISCARD hst_status hst_ledger_verify_account(const hst_block_header *header,
                                                   const hst_ledger_proof *proof);

/** Read an account from the bytes of a proof; HST_CORRUPT, HST_TRUNCATED. */
HST_NODISCARD hst_status hst_ledger_account_decode(const void *bytes,
                                                   size_t size,
                                                   hst_account *account_out);

#endif
