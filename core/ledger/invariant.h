/** @file core/ledger/invariant.h
 * What must hold for any books at any time, checked at every seal and on demand.
 *
 *   CONSERVATION  debits = credits for each currency, posted and pending
 *   LIMITS        no account beyond its limit
 *   PENDING       the pending columns are exactly the open pending transfers
 *   STATE         the state tree holds the hash of each account as it stands
 *   CHAIN         each header names the hash of the one before
 *
 * At a seal each check covers the accounts that changed in the block, which by induction covers
 * all, and a rolling window of the others, which finds damage from outside. On demand
 * (hst_ledger_check), when a snapshot is restored, and at the seals of small books it covers
 * everything.
 *
 * Errors    HST_CORRUPT when an invariant does not hold.
 * Threads   as core/ledger/ledger.h.
 */
#ifndef HST_CORE_LEDGER_INVARIANT_H
#define HST_CORE_LEDGER_INVARIANT_H

#include "core/ledger/ledger.h"

/** Every invariant: X(name, text). */
#define HST_INVARIANT_MAP(X)                                                                       \
    X(CONSERVATION, "debits equal credits in each currency")                                       \
    X(LIMITS, "no account beyond its limit")                                                       \
    X(PENDING, "pending columns are the open pending transfers")                                   \
    X(STATE, "state tree holds the accounts")                                                      \
    X(CHAIN, "headers form a chain")

/** Which invariant. */
typedef enum hst_invariant {
#define X(name, text) HST_INVARIANT_##name,
    HST_INVARIANT_MAP(X)
#undef X
        HST_INVARIANT_COUNT
} hst_invariant;

/** How often an invariant was checked. */
typedef struct hst_invariant_count {
    uint64_t runs;     /**< checks made */
    uint64_t items;    /**< accounts, pendings or headers looked at */
    uint64_t violated; /**< checks that failed */
} hst_invariant_count;

/** Text of an invariant; never NULL. */
const char *hst_invariant_text(hst_invariant invariant);

/** Counts since creation or restore. */
hst_invariant_count hst_ledger_invariant_count(const hst_ledger *ledger, hst_invariant invariant);

/** Check everything now, in full. HST_CORRUPT when one is broken: the counts say which. */
HST_NODISCARD hst_status hst_ledger_check(hst_ledger *ledger);

#endif
