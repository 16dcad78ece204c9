/** @file tests/property/ledger_model.h
 * The ledger again, slow and obvious: linear lists, arbitrary precision, whole copies for chains.
 *
 * It shares with core/ledger its event types and result names, and no code. Checks stand in the
 * documented order, one line each. It also writes down the canonical bytes of every event it
 * applies and of every account, and recomputes roots by the recursive definitions.
 */
#ifndef HST_TESTS_PROPERTY_LEDGER_MODEL_H
#define HST_TESTS_PROPERTY_LEDGER_MODEL_H

#include "core/ledger/block.h"
#include "core/ledger/escrow.h"
#include "core/ledger/ledger.h"

#include <gmp.h>

enum { MODEL_ACCOUNT_MAX = 24, MODEL_LIST_MAX = 512 };

/** An account; columns have no upper bound. */
typedef struct model_account {
    hst_account_open opened;
    mpz_t debits_pending, debits_posted, credits_pending, credits_posted;
    int64_t credit_limit;
    int64_t timestamp;
    uint32_t sequence;
    bool closed, frozen_debits, frozen_credits;
} model_account;

/** A pending transfer. */
typedef struct model_pending {
    uint64_t amount;
    int64_t expires;
    uint32_t debit, credit;
    uint16_t code;
    uint16_t flags;
    hst_pending_status status;
    uint32_t escrow;
} model_pending;

/** A full transfer or a burnt id. */
typedef struct model_transfer {
    hst_transfer record;
    bool burnt;
    uint32_t pending;
} model_transfer;

/** An escrow. */
typedef struct model_escrow {
    hst_escrow_lock lock;
    hst_preimage preimage;
    uint32_t pending;
} model_escrow;

/** A row of history. */
typedef struct model_row {
    uint32_t account;
    hst_history_row row;
} model_row;

/** Canonical bytes of an event. */
typedef struct model_event {
    uint32_t size;
    unsigned char bytes[HST_LEDGER_EVENT_SIZE_MAX];
} model_event;

/** The whole state. */
typedef struct model {
    uint32_t currency_count;
    uint32_t account_count, pending_count, transfer_count, escrow_count, row_count, event_count;
    uint32_t sealed_count; /* events in blocks */
    int64_t time, logged_time, timestamp;
    model_account accounts[MODEL_ACCOUNT_MAX];
    model_pending pendings[MODEL_LIST_MAX];
    model_transfer transfers[MODEL_LIST_MAX];
    model_escrow escrows[MODEL_LIST_MAX];
    model_row rows[2 * MODEL_LIST_MAX];
    model_event events[2 * MODEL_LIST_MAX];
} model;

/** A model without accounts; give it back with model_destroy. */
model *model_create(uint32_t currency_count);
void model_destroy(model *m);

/** The calls of core/ledger, each with its outcome. */
void model_open(model *m, const hst_account_open *requests, size_t count, hst_outcome *outcomes);
void model_compact(model *m, const hst_compact *events, size_t count, hst_outcome *outcomes);
void model_full(model *m, const hst_transfer *transfers, size_t count, hst_outcome *outcomes);
void model_advance(model *m, int64_t time);
hst_ledger_result model_freeze(model *m, uint32_t account, uint16_t flags);
hst_ledger_result model_limit(model *m, uint32_t account, int64_t limit);
hst_ledger_result model_lock(model *m, const hst_escrow_lock *lock, uint32_t *escrow);
hst_ledger_result model_finish(model *m, uint32_t escrow, const hst_preimage *preimage);
hst_ledger_result model_cancel(model *m, uint32_t escrow);
hst_ledger_result model_reject(model *m, uint32_t escrow);

/** Roots by their definitions: over the events since the last call, and over the accounts. */
hst_hash model_transaction_root(model *m);
hst_hash model_state_root(const model *m);

/** A column as the ledger would hold it. */
uint64_t model_column(const mpz_t column);

#endif
