#include "sim/bank/books_dlt.h"

#include "core/base/assert.h"
#include "core/ledger/exchange.h"

#include <string.h>

/* Accounts a currency has on the distributed ledger, in handle order. */
enum { ISSUER, DEALER, MARGIN, RESIDUE, FEES, OWN_COUNT };

/* Account codes there and of the mirror, behind those of books.c. */
enum { CODE_OWN = 64, CODE_BALANCE = 80, CODE_HOLDINGS };

/* Purpose of a payment's transfers. */
enum { PURPOSE_DLT = 4 };

static uint32_t own_account(uint16_t currency, uint32_t what)
{
    return (uint32_t)currency * OWN_COUNT + what;
}

static size_t place_of(const hst_books *books, uint32_t institution, uint16_t currency)
{
    return (size_t)institution * books->currency_count + currency;
}

bool hst_books_dlt_holds(const hst_books *books, uint32_t institution, uint16_t currency)
{
    return books->dlt != HST_NO_BOOK &&
           books->dlt_balance[place_of(books, institution, currency)] != HST_HANDLE_NONE;
}

static uint32_t balance_of(const hst_books *books, uint32_t institution, uint16_t currency)
{
    hst_assert(hst_books_dlt_holds(books, institution, currency));
    return books->dlt_balance[place_of(books, institution, currency)];
}

static uint32_t holdings_of(const hst_books *books, uint32_t institution, uint16_t currency)
{
    hst_assert(hst_books_dlt_holds(books, institution, currency));
    return books->dlt_holdings[place_of(books, institution, currency)];
}

/* Handles count up, so the id of an account is its handle plus one. */
static hst_status
open_account(hst_ledger *book, uint16_t currency, uint16_t code, uint16_t flags, uint32_t *account)
{
    hst_outcome outcome;
    const hst_account_open request = {.id = {.low = (uint64_t)hst_ledger_account_count(book) + 1},
                                      .ledger = currency,
                                      .code = code,
                                      .flags = flags};
    HST_TRY(hst_ledger_open(book, &request, &outcome));
    *account = outcome.handle;
    return HST_OK;
}

static bool to_be_held(const hst_books *books, const bool *holds, uint32_t i, uint16_t currency)
{
    const hst_institution *one = &books->institutions->all[i];
    return one->kind != HST_INSTITUTION_TRANSFER_HUB &&
           (holds != NULL ? holds[place_of(books, i, currency)] : one->currency == currency);
}

static hst_status open_accounts(hst_books *books, const bool *holds)
{
    hst_ledger *ledger = books->ledgers[books->dlt];
    uint32_t account = 0;
    for (uint16_t c = 0; c < (uint16_t)books->currency_count; c++) {
        for (uint16_t what = 0; what < (uint16_t)OWN_COUNT; what++) {
            HST_TRY(open_account(ledger, c, (uint16_t)(CODE_OWN + what), 0, &account));
            hst_assert(account == own_account(c, what));
        }
    }
    for (uint32_t i = 0; i < books->institutions->count; i++) {
        for (uint16_t c = 0; c < (uint16_t)books->currency_count; c++) {
            const size_t at = place_of(books, i, c);
            if (!to_be_held(books, holds, i, c)) {
                continue;
            }
            HST_TRY(open_account(ledger, c, CODE_BALANCE,
                                 HST_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS,
                                 &books->dlt_balance[at]));
            HST_TRY(open_account(books->ledgers[i], c, CODE_HOLDINGS,
                                 HST_ACCOUNT_CREDITS_MUST_NOT_EXCEED_DEBITS,
                                 &books->dlt_holdings[at]));
        }
    }
    return HST_OK;
}

hst_status
hst_books_add_dlt(hst_books *books, const bool *holds, hst_memory memory, hst_arena *arena)
{
    hst_assert(books != NULL && books->dlt == HST_NO_BOOK);
    const uint32_t count = books->institutions->count;
    const size_t places = (size_t)count * books->currency_count;
    books->dlt_balance = HST_ARENA_NEW(arena, uint32_t, places);
    books->dlt_holdings = HST_ARENA_NEW(arena, uint32_t, places);
    if (books->dlt_balance == NULL || books->dlt_holdings == NULL) {
        return HST_NO_MEMORY;
    }
    memset(books->dlt_balance, 0xff, places * sizeof(uint32_t));
    memset(books->dlt_holdings, 0xff, places * sizeof(uint32_t));
    uint32_t account_max = OWN_COUNT * books->currency_count;
    for (uint32_t i = 0; i < count; i++) {
        for (uint16_t c = 0; c < (uint16_t)books->currency_count; c++) {
            account_max += to_be_held(books, holds, i, c) ? 1 : 0;
        }
    }
    hst_ledger_config config = hst_ledger_config_default(account_max, books->currency_count);
    config.idempotent = false; /* sequence numbers keep a transaction from coming twice */
    config.keep_log = books->keep_log;
    /* create left room for one more */
    HST_TRY(hst_ledger_create(&config, memory, &books->ledgers[books->ledger_count]));
    books->dlt = books->ledger_count++;
    return open_accounts(books, holds);
}

/* The issuer's liability grows with the balance; holdings grow with it against `contra`. */
static hst_status
fund(hst_books *books, uint32_t institution, uint16_t currency, int64_t minor, hst_role contra)
{
    HST_TRY(hst_books_move(books, books->dlt, own_account(currency, ISSUER),
                           balance_of(books, institution, currency), minor));
    return hst_books_move(books, institution, holdings_of(books, institution, currency),
                          hst_books_account(books, institution, currency, contra), minor);
}

hst_status
hst_books_dlt_open(hst_books *books, uint32_t institution, uint16_t currency, int64_t minor)
{
    return fund(books, institution, currency, minor, HST_ROLE_CAPITAL);
}

hst_status
hst_books_dlt_lend(hst_books *books, uint32_t institution, uint16_t currency, int64_t minor)
{
    return fund(books, institution, currency, minor, HST_ROLE_BORROWING);
}

hst_status
hst_books_dlt_redeem(hst_books *books, uint32_t institution, uint16_t currency, int64_t minor)
{
    /* The own book first: it knows of holds, which the ledger will hear of later. */
    HST_TRY(hst_books_move(books, institution,
                           hst_books_account(books, institution, currency, HST_ROLE_BORROWING),
                           holdings_of(books, institution, currency), minor));
    return hst_books_move(books, books->dlt, balance_of(books, institution, currency),
                          own_account(currency, ISSUER), minor);
}

int64_t hst_books_dlt_available(const hst_books *books, uint32_t institution, uint16_t currency)
{
    const uint64_t available = hst_ledger_credit_available(
        books->ledgers[institution], holdings_of(books, institution, currency));
    return available < INT64_MAX ? (int64_t)available : INT64_MAX;
}

int64_t hst_books_dlt_balance(const hst_books *books, uint32_t institution, uint16_t currency)
{
    return hst_ledger_balance(books->ledgers[books->dlt], balance_of(books, institution, currency));
}

hst_status hst_books_dlt_hold(
    hst_books *books, uint32_t institution, uint16_t currency, int64_t minor, hst_hold *hold)
{
    return hst_books_hold(books, institution,
                          hst_books_account(books, institution, currency, HST_ROLE_TRANSIT),
                          holdings_of(books, institution, currency), minor, hold);
}

hst_status
hst_books_dlt_receive(hst_books *books, uint32_t institution, uint16_t currency, int64_t minor)
{
    return hst_books_move(books, institution, holdings_of(books, institution, currency),
                          hst_books_account(books, institution, currency, HST_ROLE_TRANSIT), minor);
}

/* Counts and verdict of one chain on the ledger. */
static hst_status
judge(hst_books *books, hst_status status, uint32_t result, uint32_t legs, hst_dlt_paid *paid)
{
    if (status == HST_OK) {
        books->transfer_count += legs;
        return HST_OK;
    }
    if (status == HST_REFUSED) {
        books->last_result = (hst_ledger_result)result;
        books->refused_count++;
        paid->verdict = result == HST_LEDGER_SEQUENCE_ALREADY_USED ? HST_DLT_REPLAYED
                        : result == HST_LEDGER_SEQUENCE_GAP        ? HST_DLT_EARLY
                                                                   : HST_DLT_UNPAID;
    }
    return status;
}

/* Nothing is paid, and the number is used up: a sequenced debit of nothing. */
static hst_status use_up(hst_books *books, const hst_dlt_payment *one, hst_dlt_paid *paid)
{
    const hst_pvp_leg leg = {.debit = balance_of(books, one->from, one->from_currency),
                             .credit = own_account(one->from_currency, FEES),
                             .code = PURPOSE_DLT,
                             .sequenced = true,
                             .sequence = one->sequence};
    hst_outcome outcome;
    const hst_status status = hst_ledger_pvp(books->ledgers[books->dlt], &leg, 1, &outcome);
    HST_TRY(judge(books, status, outcome.result, 1, paid));
    paid->verdict = HST_DLT_UNPAID;
    return HST_REFUSED;
}

/* Through the dealer: up to five transfers that stand or fall together. */
static hst_status pay_across(hst_books *books, const hst_dlt_payment *one, hst_dlt_paid *paid)
{
    const hst_fx_order order = {.amount_minor = (uint64_t)(one->minor - one->fee_minor),
                                .fee_minor = (uint64_t)one->fee_minor,
                                .rate = one->mid,
                                .spread_ppb = one->spread_ppb,
                                .customer_source = balance_of(books, one->from, one->from_currency),
                                .dealer_source = own_account(one->from_currency, DEALER),
                                .dealer_target = own_account(one->to_currency, DEALER),
                                .customer_target = balance_of(books, one->to, one->to_currency),
                                .margin_account = own_account(one->to_currency, MARGIN),
                                .residue_account = own_account(one->to_currency, RESIDUE),
                                .fee_account = own_account(one->from_currency, FEES),
                                .code = PURPOSE_DLT,
                                .sequenced = true,
                                .sequence = one->sequence};
    hst_fx_quote quote;
    hst_outcome outcome;
    if (hst_fx_quote_make(order.amount_minor, one->mid, order.spread_ppb, &quote) != HST_OK ||
        quote.net_minor == 0) {
        return HST_REFUSED;
    }
    const hst_status status = hst_ledger_fx(books->ledgers[books->dlt], &order, &quote, &outcome);
    HST_TRY(judge(books, status, outcome.result,
                  2U + (one->fee_minor > 0) + (quote.margin_minor > 0) + (quote.residue_minor > 0),
                  paid));
    *paid = (hst_dlt_paid){.net_minor = (int64_t)quote.net_minor,
                           .margin_minor = (int64_t)quote.margin_minor};
    return HST_OK;
}

static hst_status pay_within(hst_books *books, const hst_dlt_payment *one, hst_dlt_paid *paid)
{
    const uint32_t payer = balance_of(books, one->from, one->from_currency);
    const hst_pvp_leg legs[2] = {{.amount_minor = (uint64_t)(one->minor - one->fee_minor),
                                  .debit = payer,
                                  .credit = balance_of(books, one->to, one->to_currency),
                                  .code = PURPOSE_DLT,
                                  .sequenced = true,
                                  .sequence = one->sequence},
                                 {.amount_minor = (uint64_t)one->fee_minor,
                                  .debit = payer,
                                  .credit = own_account(one->from_currency, FEES),
                                  .code = PURPOSE_DLT}};
    hst_outcome outcomes[2];
    const hst_status status = hst_ledger_pvp(books->ledgers[books->dlt], legs, 2, outcomes);
    const uint32_t result = outcomes[0].result == HST_LEDGER_LINKED_EVENT_FAILED
                                ? outcomes[1].result
                                : outcomes[0].result;
    HST_TRY(judge(books, status, result, 2, paid));
    *paid = (hst_dlt_paid){.net_minor = one->minor - one->fee_minor};
    return HST_OK;
}

hst_status hst_books_dlt_pay(hst_books *books, const hst_dlt_payment *payment, hst_dlt_paid *paid)
{
    hst_assert(payment->fee_minor >= 0);
    hst_assert(payment->from != payment->to);
    *paid = (hst_dlt_paid){.verdict = HST_DLT_UNPAID};
    HST_TRY(hst_ledger_advance(books->ledgers[books->dlt], books->time_ns));
    hst_status status = HST_REFUSED;
    if (payment->minor > payment->fee_minor) {
        status = payment->from_currency != payment->to_currency ? pay_across(books, payment, paid)
                                                                : pay_within(books, payment, paid);
    }
    return status == HST_REFUSED && paid->verdict == HST_DLT_UNPAID ? use_up(books, payment, paid)
                                                                    : status;
}

int64_t hst_books_dlt_owned(const hst_books *books, uint16_t currency)
{
    int64_t total = 0;
    for (uint32_t what = DEALER; books->dlt != HST_NO_BOOK && what < (uint16_t)OWN_COUNT; what++) {
        total += hst_ledger_balance(books->ledgers[books->dlt], own_account(currency, what));
    }
    return total;
}

void hst_books_dlt_reconcile(const hst_books *books, uint64_t *checked, uint64_t *broken)
{
    *checked = 0;
    *broken = 0;
    for (uint32_t i = 0; i < books->institutions->count; i++) {
        for (uint16_t c = 0; c < (uint16_t)books->currency_count; c++) {
            if (!hst_books_dlt_holds(books, i, c)) {
                continue;
            }
            const int64_t mirrored =
                -hst_ledger_balance(books->ledgers[i], holdings_of(books, i, c));
            (*checked)++;
            *broken += mirrored != hst_books_dlt_balance(books, i, c) ? 1 : 0;
        }
    }
}
