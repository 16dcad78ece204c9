/** @file core/ledger/result.h
 * What the ledger answers to one event, and in which order it looks.
 *
 * One table for every event form. Rows stand in the order of the checks: when several things are
 * wrong with an event, the answer is the row that comes first. `step` groups the checks; an event
 * form skips the rows that do not concern it (docs/reference/ledger-results.md lists the rows by
 * form and is checked against this table).
 *
 *   0 batch, 1 form, 2 idempotency, 3 flags, 4 ids, 5 timing, 6 fields, 7 look-up, 8 amount,
 *   9 state, 10 closed and frozen, 11 overflow, 12 limits
 *
 * A transient result depends on the state of accounts, so that the same event might succeed later.
 * It burns the event's id: a retry answers ID_ALREADY_FAILED and cannot succeed by surprise.
 *
 * Numbers reach result files: rows may be added anywhere with a new number, never renumbered.
 *
 * Threads   pure values.
 * Source    the precedence of TigerBeetle's create_transfers and create_accounts (Apache-2.0
 *           documentation), with rows of our own for frozen accounts, escrow, sequences and FX.
 */
#ifndef HST_CORE_LEDGER_RESULT_H
#define HST_CORE_LEDGER_RESULT_H

#include <stdbool.h>
#include <stdint.h>

/** Every result in order of precedence: X(name, number, step, transient, text). */
#define HST_LEDGER_RESULT_MAP(X)                                                                   \
    X(CREATED, 0, 0, 0, "created")                                                                 \
    X(LINKED_EVENT_CHAIN_OPEN, 1, 0, 0, "the chain is open at the end of the batch")               \
    X(LINKED_EVENT_FAILED, 2, 0, 0, "another event of the chain failed")                           \
    X(TIMESTAMP_MUST_BE_ZERO, 3, 0, 0, "the timestamp is the ledger's to assign")                  \
    X(RESERVED_FIELD, 4, 1, 0, "a reserved field is not zero")                                     \
    X(RESERVED_FLAG, 5, 1, 0, "a flag without meaning is set")                                     \
    X(ID_MUST_NOT_BE_ZERO, 6, 1, 0, "the id is zero")                                              \
    X(ID_MUST_NOT_BE_MAX, 7, 1, 0, "the id is the largest number")                                 \
    X(EXISTS_WITH_DIFFERENT_FLAGS, 8, 2, 0, "exists with different flags")                         \
    X(EXISTS_WITH_DIFFERENT_PENDING_ID, 9, 2, 0, "exists with a different pending id")             \
    X(EXISTS_WITH_DIFFERENT_TIMEOUT, 10, 2, 0, "exists with a different timeout")                  \
    X(EXISTS_WITH_DIFFERENT_DEBIT_ACCOUNT, 11, 2, 0, "exists with a different debit account")      \
    X(EXISTS_WITH_DIFFERENT_CREDIT_ACCOUNT, 12, 2, 0, "exists with a different credit account")    \
    X(EXISTS_WITH_DIFFERENT_AMOUNT, 13, 2, 0, "exists with a different amount")                    \
    X(EXISTS_WITH_DIFFERENT_CREDIT_LIMIT, 14, 2, 0, "exists with a different credit limit")        \
    X(EXISTS_WITH_DIFFERENT_USER_DATA_128, 15, 2, 0, "exists with different user data (128 bit)")  \
    X(EXISTS_WITH_DIFFERENT_USER_DATA_64, 16, 2, 0, "exists with different user data (64 bit)")    \
    X(EXISTS_WITH_DIFFERENT_USER_DATA_32, 17, 2, 0, "exists with different user data (32 bit)")    \
    X(EXISTS_WITH_DIFFERENT_LEDGER, 18, 2, 0, "exists with a different ledger")                    \
    X(EXISTS_WITH_DIFFERENT_CODE, 19, 2, 0, "exists with a different code")                        \
    X(EXISTS, 20, 2, 0, "exists already, equal in every field")                                    \
    X(ID_ALREADY_FAILED, 21, 2, 0, "the id was used by an event that failed")                      \
    X(FLAGS_ARE_MUTUALLY_EXCLUSIVE, 22, 3, 0, "flags exclude each other")                          \
    X(DEBIT_ACCOUNT_ID_MUST_NOT_BE_ZERO, 23, 4, 0, "the debit account's id is zero")               \
    X(DEBIT_ACCOUNT_ID_MUST_NOT_BE_MAX, 24, 4, 0, "the debit account's id is the largest number")  \
    X(CREDIT_ACCOUNT_ID_MUST_NOT_BE_ZERO, 25, 4, 0, "the credit account's id is zero")             \
    X(CREDIT_ACCOUNT_ID_MUST_NOT_BE_MAX, 26, 4, 0, "the credit account's id is the largest")       \
    X(ACCOUNTS_MUST_BE_DIFFERENT, 27, 4, 0, "debit and credit account are the same")               \
    X(PENDING_ID_MUST_BE_ZERO, 28, 4, 0, "a pending id without post or void")                      \
    X(PENDING_ID_MUST_NOT_BE_ZERO, 29, 4, 0, "post or void without a pending id")                  \
    X(PENDING_ID_MUST_NOT_BE_MAX, 30, 4, 0, "the pending id is the largest number")                \
    X(PENDING_ID_MUST_BE_DIFFERENT, 31, 4, 0, "the pending id is the event's own id")              \
    X(TIMEOUT_RESERVED_FOR_PENDING, 32, 5, 0, "a timeout on a transfer that is not pending")       \
    X(CLOSING_TRANSFER_MUST_BE_PENDING, 33, 5, 0, "a closing transfer that is not pending")        \
    X(ESCROW_NEEDS_CANCEL_AFTER, 34, 5, 0, "an escrow without an expiry")                          \
    X(ESCROW_CANCEL_AFTER_PASSED, 35, 5, 0, "the escrow's expiry is not in the future")            \
    X(ESCROW_FINISH_NOT_BEFORE_CANCEL, 36, 5, 0, "the escrow could never be finished")             \
    X(LEDGER_MUST_NOT_BE_NONE, 37, 6, 0, "no ledger (currency) is named")                          \
    X(LEDGER_NOT_FOUND, 38, 6, 0, "the ledger (currency) is beyond those planned")                 \
    X(CODE_MUST_NOT_BE_ZERO, 39, 6, 0, "the code is zero")                                         \
    X(CREDIT_LIMIT_MUST_NOT_BE_NEGATIVE, 40, 6, 0, "the credit limit is negative")                 \
    X(FX_RATE_INVALID, 41, 6, 0, "the exchange rate, spread or fee is out of range")               \
    X(FX_AMOUNT_OVERFLOWS, 42, 6, 0, "the converted amount is out of range")                       \
    X(ACCOUNT_NOT_FOUND, 43, 7, 0, "no account has this handle")                                   \
    X(DEBIT_ACCOUNT_NOT_FOUND, 44, 7, 1, "the debit account does not exist")                       \
    X(CREDIT_ACCOUNT_NOT_FOUND, 45, 7, 1, "the credit account does not exist")                     \
    X(ACCOUNTS_MUST_HAVE_THE_SAME_LEDGER, 46, 7, 0, "the accounts are in different currencies")    \
    X(TRANSFER_MUST_HAVE_THE_SAME_LEDGER, 47, 7, 0, "the accounts are in another currency")        \
    X(PENDING_TRANSFER_NOT_FOUND, 48, 7, 1, "the pending transfer does not exist")                 \
    X(PENDING_TRANSFER_NOT_PENDING, 49, 7, 0, "the transfer named was not pending")                \
    X(PENDING_TRANSFER_IS_ESCROW, 50, 7, 0, "an escrow is finished or cancelled, not posted")      \
    X(PENDING_TRANSFER_HAS_DIFFERENT_DEBIT_ACCOUNT, 51, 7, 0, "pending debit account differs")     \
    X(PENDING_TRANSFER_HAS_DIFFERENT_CREDIT_ACCOUNT, 52, 7, 0, "pending credit account differs")   \
    X(PENDING_TRANSFER_HAS_DIFFERENT_LEDGER, 53, 7, 0, "pending transfer's ledger differs")        \
    X(PENDING_TRANSFER_HAS_DIFFERENT_CODE, 54, 7, 0, "pending transfer's code differs")            \
    X(ESCROW_NOT_FOUND, 55, 7, 0, "no escrow has this handle")                                     \
    X(EXCEEDS_PENDING_TRANSFER_AMOUNT, 56, 8, 0, "more than was pending")                          \
    X(PENDING_TRANSFER_HAS_DIFFERENT_AMOUNT, 57, 8, 0, "a void releases all that is pending")      \
    X(PENDING_TRANSFER_ALREADY_POSTED, 58, 9, 0, "already posted")                                 \
    X(PENDING_TRANSFER_ALREADY_VOIDED, 59, 9, 0, "already voided")                                 \
    X(PENDING_TRANSFER_EXPIRED, 60, 9, 0, "the pending transfer has expired")                      \
    X(SEQUENCE_ALREADY_USED, 61, 9, 0, "the debit account's sequence is past this event")          \
    X(SEQUENCE_GAP, 62, 9, 0, "the debit account's sequence has not come to this event")           \
    X(ESCROW_ALREADY_FINISHED, 63, 9, 0, "the escrow was finished")                                \
    X(ESCROW_ALREADY_CANCELLED, 64, 9, 0, "the escrow was cancelled")                              \
    X(ESCROW_EXPIRED, 65, 9, 0, "the escrow has expired and can only be cancelled")                \
    X(ESCROW_NOT_EXPIRED, 66, 9, 0, "the escrow has not expired and cannot be cancelled")          \
    X(ESCROW_TOO_EARLY, 67, 9, 0, "the escrow cannot be finished yet")                             \
    X(ESCROW_PREIMAGE_MISMATCH, 68, 9, 0, "the preimage does not hash to the condition")           \
    X(DEBIT_ACCOUNT_CLOSED, 69, 10, 1, "the debit account is closed")                              \
    X(CREDIT_ACCOUNT_CLOSED, 70, 10, 1, "the credit account is closed")                            \
    X(CLAWBACK_NEEDS_FROZEN_ACCOUNT, 71, 10, 0, "only a frozen account can be clawed back from")   \
    X(DEBIT_ACCOUNT_FROZEN, 72, 10, 1, "the debit account is frozen")                              \
    X(CREDIT_ACCOUNT_FROZEN, 73, 10, 1, "the credit account is frozen")                            \
    X(OVERFLOWS_DEBITS_PENDING, 74, 11, 0, "the debit account's pending debits overflow")          \
    X(OVERFLOWS_CREDITS_PENDING, 75, 11, 0, "the credit account's pending credits overflow")       \
    X(OVERFLOWS_DEBITS_POSTED, 76, 11, 0, "the debit account's posted debits overflow")            \
    X(OVERFLOWS_CREDITS_POSTED, 77, 11, 0, "the credit account's posted credits overflow")         \
    X(OVERFLOWS_DEBITS, 78, 11, 0, "the debit account's debits overflow")                          \
    X(OVERFLOWS_CREDITS, 79, 11, 0, "the credit account's credits overflow")                       \
    X(OVERFLOWS_TIMEOUT, 80, 11, 0, "the expiry is beyond the end of time")                        \
    X(EXCEEDS_CREDITS, 81, 12, 1, "the debit account lacks the funds")                             \
    X(EXCEEDS_DEBITS, 82, 12, 1, "the credit account would exceed its debits")                     \
    X(CREDIT_LIMIT_BELOW_USE, 83, 12, 0, "more of the credit limit is in use")

/** Outcome of one event; CREATED is zero. */
typedef enum hst_ledger_result {
#define X(name, number, step, transient, text) HST_LEDGER_##name = (number),
    HST_LEDGER_RESULT_MAP(X)
#undef X
} hst_ledger_result;

/** Name without prefix ("EXCEEDS_CREDITS"); never NULL. */
const char *hst_ledger_result_name(hst_ledger_result result);

/** Short lower-case text; never NULL. */
const char *hst_ledger_result_text(hst_ledger_result result);

/** Step of the check, 0 ... 12. */
uint32_t hst_ledger_result_step(hst_ledger_result result);

/** Whether the result burns the id of the event that got it. */
bool hst_ledger_result_transient(hst_ledger_result result);

#endif
