#include "sim/bank/books.h"

#include "core/base/assert.h"
#include "core/ledger/exchange.h"

#include "sim/bank/books_dlt.h"

#include <string.h>

/* Account codes, for readers of a ledger's log: 1 + role, then these. */
enum { CODE_CUSTOMER = 32, CODE_NOSTRO, CODE_VOSTRO, CODE_RESERVES, CODE_SETTLEMENT };

/* Purpose of transfers. */
enum { PURPOSE_PAYMENT = 1, PURPOSE_OPENING = 2, PURPOSE_CONVERSION = 3 };

static bool has_customers(const hst_institution *one)
{
    return one->kind != HST_INSTITUTION_TRANSFER_HUB;
}

static uint32_t *base_of(const hst_books *books, uint32_t institution, uint16_t currency)
{
    return &books->position_base[(size_t)institution * books->currency_count + currency];
}

bool hst_books_has_position(const hst_books *books, uint32_t institution, uint16_t currency)
{
    return *base_of(books, institution, currency) != UINT32_MAX;
}

uint32_t
hst_books_account(const hst_books *books, uint32_t institution, uint16_t currency, hst_role role)
{
    const uint32_t base = *base_of(books, institution, currency);
    hst_assert(base != UINT32_MAX);
    hst_assert(role < HST_ROLE_COUNT);
    return base + (uint32_t)role;
}

uint32_t hst_books_customer(const hst_books *books, uint32_t institution, uint32_t customer)
{
    hst_assert(customer < books->customers_per_bank);
    hst_assert(has_customers(&books->institutions->all[institution]));
    return books->first_customer[institution] + customer;
}

/* Handles count up, so the id of an account is its handle plus one. */
static hst_status open_account(hst_books *books,
                               uint32_t ledger,
                               uint16_t currency,
                               uint16_t code,
                               uint16_t flags,
                               uint32_t *account)
{
    hst_outcome outcome;
    const uint32_t next = hst_ledger_account_count(books->ledgers[ledger]);
    const hst_account_open request = {
        .id = {.low = (uint64_t)next + 1}, .ledger = currency, .code = code, .flags = flags};
    HST_TRY(hst_ledger_open(books->ledgers[ledger], &request, &outcome));
    *account = outcome.handle;
    return HST_OK;
}

/* Roles of a position in handle order; only transit is held to what came in. */
static hst_status open_position(hst_books *books, uint32_t institution, uint16_t currency)
{
    uint32_t *base = base_of(books, institution, currency);
    if (*base != UINT32_MAX) {
        return HST_OK;
    }
    for (uint16_t role = 0; role < (uint16_t)HST_ROLE_COUNT; role++) {
        uint32_t account = 0;
        HST_TRY(open_account(
            books, institution, currency, (uint16_t)(1 + role),
            role == HST_ROLE_TRANSIT ? HST_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS : 0, &account));
        *base = role == 0 ? account : *base;
    }
    return HST_OK;
}

static hst_status open_institution(hst_books *books, uint32_t institution, const bool *positions)
{
    const hst_institution *one = &books->institutions->all[institution];
    HST_TRY(open_position(books, institution, one->currency));
    for (uint16_t c = 0; positions != NULL && c < (uint16_t)books->currency_count; c++) {
        if (positions[(size_t)institution * books->currency_count + c]) {
            HST_TRY(open_position(books, institution, c));
        }
    }
    for (uint32_t i = 0; i < one->relation_count; i++) {
        const uint32_t relation = one->first_relation + i;
        const uint16_t currency = books->institutions->relations[relation].currency;
        HST_TRY(open_position(books, institution, currency));
        HST_TRY(open_account(books, institution, currency, CODE_NOSTRO,
                             HST_ACCOUNT_CREDITS_MUST_NOT_EXCEED_DEBITS, &books->nostro[relation]));
    }
    if (one->has_reserves) {
        HST_TRY(open_account(books, institution, one->currency, CODE_RESERVES, 0,
                             &books->reserves[institution]));
    }
    for (uint32_t i = 0; has_customers(one) && i < books->customers_per_bank; i++) {
        uint32_t account = 0;
        HST_TRY(open_account(books, institution, one->currency, CODE_CUSTOMER,
                             HST_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS, &account));
        books->first_customer[institution] = i == 0 ? account : books->first_customer[institution];
    }
    return HST_OK;
}

/* The far side of every account between institutions. */
static hst_status open_counterparts(hst_books *books)
{
    const hst_institutions *all = books->institutions;
    for (uint32_t r = 0; r < all->relation_count; r++) {
        HST_TRY(open_account(books, all->relations[r].servicer, all->relations[r].currency,
                             CODE_VOSTRO, HST_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS,
                             &books->vostro[r]));
    }
    for (uint32_t s = 0; s < all->atlas->system_count; s++) {
        uint32_t capital = 0;
        HST_TRY(open_account(books, books->first_system + s, all->atlas->systems[s].currency,
                             1 + HST_ROLE_CAPITAL, 0, &capital));
        hst_assert(capital == 0); /* account 0 of a system is its contra */
    }
    for (uint32_t i = 0; i < all->count; i++) {
        if (all->all[i].has_reserves) {
            const uint32_t system = all->atlas->countries[all->all[i].country].system;
            HST_TRY(open_account(books, books->first_system + system, all->all[i].currency,
                                 CODE_SETTLEMENT, HST_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS,
                                 &books->settlement[i]));
        }
    }
    return HST_OK;
}

/* Accounts each ledger will hold: planned, so that nothing has to move later; holdings on a
 * distributed ledger, which may be added, are one in the home currency and one a further position.
 */
static void plan_accounts(const hst_books *books, const bool *positions, uint32_t *accounts)
{
    const hst_institutions *all = books->institutions;
    for (uint32_t i = 0; i < all->count; i++) {
        const hst_institution *one = &all->all[i];
        accounts[i] += HST_ROLE_COUNT * (1 + one->relation_count) + one->relation_count + 2 +
                       (has_customers(one) ? books->customers_per_bank : 0);
        if (one->has_reserves) {
            accounts[books->first_system + all->atlas->countries[one->country].system]++;
        }
        for (uint32_t c = 0; positions != NULL && c < books->currency_count; c++) {
            accounts[i] +=
                positions[(size_t)i * books->currency_count + c] ? HST_ROLE_COUNT + 1U : 0U;
        }
    }
    for (uint32_t r = 0; r < all->relation_count; r++) {
        accounts[all->relations[r].servicer]++;
    }
    for (uint32_t s = 0; s < all->atlas->system_count; s++) {
        accounts[books->first_system + s]++;
    }
}

static hst_status
create_ledgers(hst_books *books, bool keep_log, hst_memory memory, const uint32_t *accounts)
{
    hst_ledger_config config = hst_ledger_config_default(1, books->currency_count);
    config.idempotent = false; /* compact events carry no ids */
    config.keep_log = keep_log;
    for (uint32_t i = 0; i < books->ledger_count; i++) {
        config.account_max = accounts[i];
        HST_TRY(hst_ledger_create(&config, memory, &books->ledgers[i]));
    }
    return HST_OK;
}

hst_status hst_books_create(const hst_institutions *institutions,
                            uint32_t customers_per_bank,
                            const bool *positions,
                            bool keep_log,
                            hst_memory memory,
                            hst_arena *arena,
                            hst_books *books,
                            hst_error *error)
{
    hst_assert(institutions != NULL && books != NULL);
    hst_assert(customers_per_bank > 0);
    const uint32_t currencies = hst_currency_count(institutions->atlas->currencies);
    const uint32_t count = institutions->count;
    const uint32_t ledgers = count + institutions->atlas->system_count;
    *books =
        (hst_books){.institutions = institutions,
                    .customers_per_bank = customers_per_bank,
                    .ledgers = HST_ARENA_NEW(arena, hst_ledger *, (size_t)ledgers + 1),
                    .ledger_count = ledgers,
                    .first_system = count,
                    .position_base = HST_ARENA_NEW(arena, uint32_t, (size_t)count * currencies),
                    .currency_count = currencies,
                    .dlt = HST_NO_BOOK,
                    .keep_log = keep_log,
                    .first_customer = HST_ARENA_NEW(arena, uint32_t, count),
                    .nostro = HST_ARENA_NEW(arena, uint32_t, institutions->relation_count),
                    .vostro = HST_ARENA_NEW(arena, uint32_t, institutions->relation_count),
                    .reserves = HST_ARENA_NEW(arena, uint32_t, count),
                    .settlement = HST_ARENA_NEW(arena, uint32_t, count),
                    .opening_totals = HST_ARENA_NEW(arena, hst_currency_total, currencies)};
    uint32_t *accounts = HST_ARENA_NEW(arena, uint32_t, ledgers);
    if (books->ledgers == NULL || books->position_base == NULL || books->first_customer == NULL ||
        books->nostro == NULL || books->vostro == NULL || books->reserves == NULL ||
        books->settlement == NULL || books->opening_totals == NULL || accounts == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "out of memory for the books");
    }
    memset(books->position_base, 0xff, (size_t)count * currencies * sizeof(uint32_t));
    plan_accounts(books, positions, accounts);
    hst_status status = create_ledgers(books, keep_log, memory, accounts);
    for (uint32_t i = 0; status == HST_OK && i < count; i++) {
        status = open_institution(books, i, positions);
    }
    if (status == HST_OK) {
        status = open_counterparts(books);
    }
    if (status != HST_OK) {
        hst_books_release(books);
        return hst_error_set(error, status, "the books could not be opened: %s",
                             hst_status_text(status));
    }
    return HST_OK;
}

void hst_books_release(hst_books *books)
{
    for (uint32_t i = 0; books->ledgers != NULL && i < books->ledger_count; i++) {
        hst_ledger_destroy(books->ledgers[i]);
        books->ledgers[i] = NULL;
    }
}

void hst_books_set_time(hst_books *books, int64_t time_ns)
{
    hst_assert(time_ns >= books->time_ns);
    books->time_ns = time_ns;
}

/* One or more compact events in one book, all of them or none. */
static hst_status execute(hst_books *books,
                          uint32_t ledger,
                          const hst_compact *events,
                          size_t count,
                          hst_outcome *outcomes)
{
    hst_assert(ledger < books->ledger_count);
    hst_ledger *book = books->ledgers[ledger];
    HST_TRY(hst_ledger_advance(book, books->time_ns));
    HST_TRY(hst_ledger_execute_compact(book, events, count, outcomes));
    for (size_t i = 0; i < count; i++) {
        if (outcomes[i].result != HST_LEDGER_CREATED) {
            books->last_result = (hst_ledger_result)outcomes[i].result;
            books->refused_count += count;
            return HST_REFUSED;
        }
    }
    books->transfer_count += count;
    return HST_OK;
}

static hst_compact transfer(uint32_t debit, uint32_t credit, int64_t minor, uint16_t code)
{
    hst_assert(minor >= 0);
    return (hst_compact){
        .amount_minor = (uint64_t)minor, .debit = debit, .credit = credit, .code = code};
}

hst_status
hst_books_move(hst_books *books, uint32_t ledger, uint32_t debit, uint32_t credit, int64_t minor)
{
    const hst_compact event = transfer(debit, credit, minor, PURPOSE_PAYMENT);
    hst_outcome outcome;
    return execute(books, ledger, &event, 1, &outcome);
}

hst_status hst_books_move_two(hst_books *books,
                              uint32_t ledger,
                              const uint32_t debit[2],
                              const uint32_t credit[2],
                              const int64_t minor[2])
{
    hst_compact events[2] = {transfer(debit[0], credit[0], minor[0], PURPOSE_PAYMENT),
                             transfer(debit[1], credit[1], minor[1], PURPOSE_PAYMENT)};
    hst_outcome outcomes[2];
    events[0].flags = HST_TRANSFER_LINKED;
    return execute(books, ledger, events, 2, outcomes);
}

hst_status hst_books_hold(hst_books *books,
                          uint32_t ledger,
                          uint32_t debit,
                          uint32_t credit,
                          int64_t minor,
                          hst_hold *hold)
{
    hst_compact event = transfer(debit, credit, minor, PURPOSE_PAYMENT);
    hst_outcome outcome;
    event.flags = HST_TRANSFER_PENDING;
    HST_TRY(execute(books, ledger, &event, 1, &outcome));
    *hold = (hst_hold){.ledger = ledger, .pending = outcome.handle};
    return HST_OK;
}

static void resolve(hst_books *books, hst_hold hold, uint16_t flag)
{
    const hst_compact event = {.amount_minor =
                                   flag == HST_TRANSFER_POST_PENDING ? HST_AMOUNT_ALL : 0,
                               .debit = HST_HANDLE_NONE,
                               .credit = HST_HANDLE_NONE,
                               .reference = hold.pending,
                               .flags = flag};
    hst_outcome outcome;
    const hst_status status = execute(books, hold.ledger, &event, 1, &outcome);
    hst_assert(status == HST_OK); /* a hold is resolved once, by the payment that made it */
}

void hst_books_post(hst_books *books, hst_hold hold)
{
    resolve(books, hold, HST_TRANSFER_POST_PENDING);
}

void hst_books_void(hst_books *books, hst_hold hold)
{
    resolve(books, hold, HST_TRANSFER_VOID_PENDING);
}

hst_status hst_books_convert(hst_books *books,
                             uint32_t institution,
                             uint16_t from,
                             uint16_t to,
                             int64_t minor,
                             hst_rate mid,
                             int64_t spread_ppb,
                             int64_t *net_minor,
                             int64_t *margin_minor)
{
    hst_assert(minor > 0);
    hst_ledger *book = books->ledgers[institution];
    const hst_fx_order order = {
        .amount_minor = (uint64_t)minor,
        .rate = mid,
        .spread_ppb = spread_ppb > 0 ? spread_ppb : 0,
        .customer_source = hst_books_account(books, institution, from, HST_ROLE_TRANSIT),
        .dealer_source = hst_books_account(books, institution, from, HST_ROLE_FX),
        .dealer_target = hst_books_account(books, institution, to, HST_ROLE_FX),
        .customer_target = hst_books_account(books, institution, to, HST_ROLE_TRANSIT),
        .margin_account = hst_books_account(books, institution, to, HST_ROLE_MARGIN),
        .residue_account = hst_books_account(books, institution, to, HST_ROLE_RESIDUE),
        .code = PURPOSE_CONVERSION};
    hst_fx_quote quote;
    hst_outcome outcome;
    HST_TRY(hst_ledger_advance(book, books->time_ns));
    /* What would leave nothing to pay on is refused before it is booked. */
    HST_TRY(hst_fx_quote_make(order.amount_minor, mid, order.spread_ppb, &quote));
    if (quote.net_minor == 0) {
        return HST_REFUSED;
    }
    const hst_status status = hst_ledger_fx(book, &order, &quote, &outcome);
    if (status != HST_OK) {
        books->last_result = (hst_ledger_result)outcome.result;
        books->refused_count++;
        return HST_REFUSED;
    }
    books->transfer_count += 2U + (quote.margin_minor > 0) + (quote.residue_minor > 0);
    int64_t promotion_minor = 0;
    if (spread_ppb < 0) {
        promotion_minor = hst_share_ppb_floor((int64_t)quote.net_minor, -spread_ppb);
        HST_TRY(hst_books_move(books, institution, order.margin_account, order.customer_target,
                               promotion_minor));
    }
    *net_minor = (int64_t)quote.net_minor + promotion_minor;
    *margin_minor = (int64_t)quote.margin_minor - promotion_minor;
    return HST_OK;
}

static hst_status
open_balance(hst_books *books, uint32_t ledger, uint32_t debit, uint32_t credit, int64_t minor)
{
    const hst_compact event = transfer(debit, credit, minor, PURPOSE_OPENING);
    hst_outcome outcome;
    return execute(books, ledger, &event, 1, &outcome);
}

hst_status
hst_books_open_customer(hst_books *books, uint32_t institution, uint32_t customer, int64_t minor)
{
    const uint16_t currency = books->institutions->all[institution].currency;
    return open_balance(books, institution,
                        hst_books_account(books, institution, currency, HST_ROLE_CAPITAL),
                        hst_books_customer(books, institution, customer), minor);
}

static hst_status set_line(hst_books *books, uint32_t ledger, uint32_t account, int64_t line_minor)
{
    hst_outcome outcome;
    return hst_ledger_set_credit_limit(books->ledgers[ledger], account, line_minor, &outcome);
}

hst_status
hst_books_open_relation(hst_books *books, uint32_t relation, int64_t minor, int64_t line_minor)
{
    const hst_relation *r = &books->institutions->relations[relation];
    HST_TRY(set_line(books, r->owner, books->nostro[relation], line_minor));
    HST_TRY(set_line(books, r->servicer, books->vostro[relation], line_minor));
    HST_TRY(open_balance(books, r->owner, books->nostro[relation],
                         hst_books_account(books, r->owner, r->currency, HST_ROLE_CAPITAL), minor));
    return open_balance(books, r->servicer,
                        hst_books_account(books, r->servicer, r->currency, HST_ROLE_CAPITAL),
                        books->vostro[relation], minor);
}

static uint32_t system_book(const hst_books *books, uint32_t institution)
{
    const hst_institutions *all = books->institutions;
    return books->first_system + all->atlas->countries[all->all[institution].country].system;
}

hst_status
hst_books_open_reserves(hst_books *books, uint32_t institution, int64_t minor, int64_t line_minor)
{
    const hst_institution *one = &books->institutions->all[institution];
    hst_assert(one->has_reserves);
    const uint32_t system = system_book(books, institution);
    HST_TRY(set_line(books, system, books->settlement[institution], line_minor));
    HST_TRY(open_balance(books, system, 0, books->settlement[institution], minor));
    return open_balance(books, institution, books->reserves[institution],
                        hst_books_account(books, institution, one->currency, HST_ROLE_CAPITAL),
                        minor);
}

hst_status hst_books_lend_reserves(hst_books *books, uint32_t institution, int64_t minor)
{
    const uint16_t currency = books->institutions->all[institution].currency;
    HST_TRY(hst_books_move(books, system_book(books, institution), 0,
                           books->settlement[institution], minor));
    return hst_books_move(books, institution, books->reserves[institution],
                          hst_books_account(books, institution, currency, HST_ROLE_BORROWING),
                          minor);
}

int64_t hst_books_nostro_available(const hst_books *books, uint32_t relation)
{
    const hst_relation *r = &books->institutions->relations[relation];
    const uint64_t available =
        hst_ledger_credit_available(books->ledgers[r->owner], books->nostro[relation]);
    return available < INT64_MAX ? (int64_t)available : INT64_MAX;
}

int64_t hst_books_nostro_balance(const hst_books *books, uint32_t relation)
{
    const hst_relation *r = &books->institutions->relations[relation];
    return -hst_ledger_balance(books->ledgers[r->owner], books->nostro[relation]);
}

int64_t hst_books_settlement_balance(const hst_books *books, uint32_t institution)
{
    return hst_ledger_balance(books->ledgers[system_book(books, institution)],
                              books->settlement[institution]);
}

int64_t hst_books_settlement_available(const hst_books *books, uint32_t institution)
{
    const uint64_t available = hst_ledger_debit_available(
        books->ledgers[system_book(books, institution)], books->settlement[institution]);
    return available < INT64_MAX ? (int64_t)available : INT64_MAX;
}

/* Totals over every institution's book. Accounts between institutions cancel and stay out; what a
 * distributed ledger's dealer and operators own is not between institutions. */
static hst_currency_total total_of(const hst_books *books, uint16_t currency)
{
    hst_currency_total total = {.fx_minor = hst_books_dlt_owned(books, currency)};
    for (uint32_t i = 0; i < books->institutions->count; i++) {
        const hst_ledger *book = books->ledgers[i];
        const hst_institution *one = &books->institutions->all[i];
        if (!hst_books_has_position(books, i, currency)) {
            continue;
        }
        const uint32_t base = hst_books_account(books, i, currency, HST_ROLE_TRANSIT);
        total.transit_minor += hst_ledger_balance(book, base + HST_ROLE_TRANSIT);
        total.fx_minor += hst_ledger_balance(book, base + HST_ROLE_FX);
        total.income_minor += hst_ledger_balance(book, base + HST_ROLE_CHARGES) +
                              hst_ledger_balance(book, base + HST_ROLE_MARGIN) +
                              hst_ledger_balance(book, base + HST_ROLE_RESIDUE);
        for (uint32_t c = 0;
             one->currency == currency && has_customers(one) && c < books->customers_per_bank;
             c++) {
            total.customers_minor += hst_ledger_balance(book, books->first_customer[i] + c);
        }
    }
    return total;
}

static int64_t sum_of(const hst_currency_total *total)
{
    return total->customers_minor + total->income_minor + total->fx_minor + total->transit_minor;
}

void hst_books_close_opening(hst_books *books)
{
    for (uint16_t c = 0; c < (uint16_t)books->currency_count; c++) {
        books->opening_totals[c] = total_of(books, c);
    }
}

static bool is_empty(const hst_ledger *book, uint32_t account)
{
    hst_account a;
    hst_ledger_account(book, account, &a);
    return a.debits_posted_minor == a.credits_posted_minor && a.debits_pending_minor == 0 &&
           a.credits_pending_minor == 0;
}

hst_reconciliation hst_books_reconcile(const hst_books *books)
{
    hst_reconciliation found = {0};
    const hst_institutions *all = books->institutions;
    for (uint32_t r = 0; r < all->relation_count; r++) {
        const int64_t vostro =
            hst_ledger_balance(books->ledgers[all->relations[r].servicer], books->vostro[r]);
        found.relations_checked++;
        found.relations_broken += hst_books_nostro_balance(books, r) != vostro ? 1 : 0;
    }
    for (uint32_t i = 0; i < all->count; i++) {
        if (all->all[i].has_reserves) {
            const int64_t own = -hst_ledger_balance(books->ledgers[i], books->reserves[i]);
            found.reserves_checked++;
            found.reserves_broken += own != hst_books_settlement_balance(books, i) ? 1 : 0;
        }
        for (uint16_t c = 0; c < books->currency_count; c++) {
            if (hst_books_has_position(books, i, c)) {
                found.transit_checked++;
                found.transit_broken +=
                    is_empty(books->ledgers[i], hst_books_account(books, i, c, HST_ROLE_TRANSIT))
                        ? 0
                        : 1;
            }
        }
    }
    for (uint16_t c = 0; c < books->currency_count; c++) {
        const hst_currency_total now = total_of(books, c);
        found.currencies_checked++;
        found.currencies_broken += sum_of(&now) != sum_of(&books->opening_totals[c]) ? 1 : 0;
    }
    return found;
}
