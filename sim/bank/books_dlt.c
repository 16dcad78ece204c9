#include "sim/bank/books_dlt.h"

#include "core/base/assert.h"
#include "core/ledger/exchange.h"

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

bool hst_books_on_dlt(const hst_books *books, uint32_t institution)
{
    return books->dlt != HST_NO_BOOK &&
           books->institutions->all[institution].kind != HST_INSTITUTION_TRANSFER_HUB;
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

static hst_status open_accounts(hst_books *books)
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
        const uint16_t currency = books->institutions->all[i].currency;
        if (!hst_books_on_dlt(books, i)) {
            continue;
        }
        HST_TRY(open_account(ledger, currency, CODE_BALANCE,
                             HST_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS, &books->dlt_balance[i]));
        HST_TRY(open_account(books->ledgers[i], currency, CODE_HOLDINGS,
                             HST_ACCOUNT_CREDITS_MUST_NOT_EXCEED_DEBITS, &books->dlt_holdings[i]));
    }
    return HST_OK;
}

hst_status hst_books_add_dlt(hst_books *books, hst_memory memory, hst_arena *arena)
{
    hst_assert(books != NULL && books->dlt == HST_NO_BOOK);
    const uint32_t count = books->institutions->count;
    books->dlt_balance = HST_ARENA_NEW(arena, uint32_t, count);
    books->dlt_holdings = HST_ARENA_NEW(arena, uint32_t, count);
    if (books->dlt_balance == NULL || books->dlt_holdings == NULL) {
        return HST_NO_MEMORY;
    }
    hst_ledger_config config =
        hst_ledger_config_default(OWN_COUNT * books->currency_count + count, books->currency_count);
    config.idempotent = false; /* a payment is in one batch, and a batch is executed once */
    config.keep_log = books->keep_log;
    /* create left room for one more */
    HST_TRY(hst_ledger_create(&config, memory, &books->ledgers[books->ledger_count]));
    books->dlt = books->ledger_count++;
    return open_accounts(books);
}

/* The issuer's liability grows with the balance; holdings grow with it against `contra`. */
static hst_status fund(hst_books *books, uint32_t institution, int64_t minor, hst_role contra)
{
    const uint16_t currency = books->institutions->all[institution].currency;
    hst_assert(hst_books_on_dlt(books, institution));
    HST_TRY(hst_books_move(books, books->dlt, own_account(currency, ISSUER),
                           books->dlt_balance[institution], minor));
    return hst_books_move(books, institution, books->dlt_holdings[institution],
                          hst_books_account(books, institution, currency, contra), minor);
}

hst_status hst_books_dlt_open(hst_books *books, uint32_t institution, int64_t minor)
{
    return fund(books, institution, minor, HST_ROLE_CAPITAL);
}

hst_status hst_books_dlt_lend(hst_books *books, uint32_t institution, int64_t minor)
{
    return fund(books, institution, minor, HST_ROLE_BORROWING);
}

int64_t hst_books_dlt_available(const hst_books *books, uint32_t institution)
{
    const uint64_t available =
        hst_ledger_credit_available(books->ledgers[institution], books->dlt_holdings[institution]);
    return available < INT64_MAX ? (int64_t)available : INT64_MAX;
}

int64_t hst_books_dlt_balance(const hst_books *books, uint32_t institution)
{
    hst_assert(hst_books_on_dlt(books, institution));
    return hst_ledger_balance(books->ledgers[books->dlt], books->dlt_balance[institution]);
}

hst_status hst_books_dlt_hold(hst_books *books, uint32_t institution, int64_t minor, hst_hold *hold)
{
    const uint16_t currency = books->institutions->all[institution].currency;
    return hst_books_hold(books, institution,
                          hst_books_account(books, institution, currency, HST_ROLE_TRANSIT),
                          books->dlt_holdings[institution], minor, hold);
}

hst_status hst_books_dlt_receive(hst_books *books, uint32_t institution, int64_t minor)
{
    const uint16_t currency = books->institutions->all[institution].currency;
    return hst_books_move(books, institution, books->dlt_holdings[institution],
                          hst_books_account(books, institution, currency, HST_ROLE_TRANSIT), minor);
}

/* Through the dealer: up to five transfers that stand or fall together. */
static hst_status pay_across(
    hst_books *books, const hst_dlt_payment *one, uint16_t from, uint16_t to, hst_dlt_paid *paid)
{
    hst_ledger *ledger = books->ledgers[books->dlt];
    const hst_fx_order order = {.amount_minor = (uint64_t)(one->minor - one->fee_minor),
                                .fee_minor = (uint64_t)one->fee_minor,
                                .rate = one->mid,
                                .spread_ppb = one->spread_ppb,
                                .customer_source = books->dlt_balance[one->from],
                                .dealer_source = own_account(from, DEALER),
                                .dealer_target = own_account(to, DEALER),
                                .customer_target = books->dlt_balance[one->to],
                                .margin_account = own_account(to, MARGIN),
                                .residue_account = own_account(to, RESIDUE),
                                .fee_account = own_account(from, FEES),
                                .code = PURPOSE_DLT};
    hst_fx_quote quote;
    hst_outcome outcome;
    HST_TRY(hst_ledger_advance(ledger, books->time_ns));
    HST_TRY(hst_fx_quote_make(order.amount_minor, one->mid, order.spread_ppb, &quote));
    if (quote.net_minor == 0) {
        return HST_REFUSED;
    }
    if (hst_ledger_fx(ledger, &order, &quote, &outcome) != HST_OK) {
        books->last_result = (hst_ledger_result)outcome.result;
        books->refused_count++;
        return HST_REFUSED;
    }
    books->transfer_count +=
        2U + (one->fee_minor > 0) + (quote.margin_minor > 0) + (quote.residue_minor > 0);
    *paid = (hst_dlt_paid){.net_minor = (int64_t)quote.net_minor,
                           .margin_minor = (int64_t)quote.margin_minor};
    return HST_OK;
}

hst_status hst_books_dlt_pay(hst_books *books, const hst_dlt_payment *payment, hst_dlt_paid *paid)
{
    hst_assert(payment->fee_minor >= 0);
    hst_assert(hst_books_on_dlt(books, payment->from) && hst_books_on_dlt(books, payment->to));
    const uint16_t from = books->institutions->all[payment->from].currency;
    const uint16_t to = books->institutions->all[payment->to].currency;
    if (payment->minor <= payment->fee_minor) {
        return HST_REFUSED;
    }
    if (from != to) {
        return pay_across(books, payment, from, to, paid);
    }
    const uint32_t payer = books->dlt_balance[payment->from];
    const uint32_t debit[2] = {payer, payer};
    const uint32_t credit[2] = {books->dlt_balance[payment->to], own_account(from, FEES)};
    const int64_t minor[2] = {payment->minor - payment->fee_minor, payment->fee_minor};
    HST_TRY(hst_books_move_two(books, books->dlt, debit, credit, minor));
    *paid = (hst_dlt_paid){.net_minor = minor[0]};
    return HST_OK;
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
        if (!hst_books_on_dlt(books, i)) {
            continue;
        }
        const int64_t balance = hst_books_dlt_balance(books, i);
        (*checked)++;
        *broken +=
            -hst_ledger_balance(books->ledgers[i], books->dlt_holdings[i]) != balance ? 1 : 0;
    }
}
