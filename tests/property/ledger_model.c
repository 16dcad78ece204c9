#include "tests/property/ledger_model.h"

#include <stdlib.h>
#include <string.h>

#define REFUSE_IF(condition, result)                                                               \
    do {                                                                                           \
        if (condition) {                                                                           \
            return HST_LEDGER_##result;                                                            \
        }                                                                                          \
    } while (0)

/* ---- small things -------------------------------------------------------------------------- */

static void set_u64(mpz_t out, uint64_t value)
{
    mpz_import(out, 1, 1, sizeof value, 0, 0, &value);
}

uint64_t model_column(const mpz_t column)
{
    uint64_t value = 0;
    if (mpz_sizeinbase(column, 2) > 64 || mpz_sgn(column) < 0) {
        abort();
    }
    mpz_export(&value, NULL, 1, sizeof value, 0, 0, column);
    return value;
}

/** a + b + c compared with d + e. */
static int compare_sums(const mpz_t a, const mpz_t b, uint64_t c, const mpz_t d, int64_t e)
{
    mpz_t left, right, term;
    mpz_inits(left, right, term, NULL);
    mpz_add(left, a, b);
    set_u64(term, c);
    mpz_add(left, left, term);
    set_u64(term, (uint64_t)e);
    mpz_add(right, d, term);
    const int order = mpz_cmp(left, right);
    mpz_clears(left, right, term, NULL);
    return order;
}

/** Whether a + b + amount needs more than 64 bits; b may be NULL. */
static bool too_large(const mpz_t a, const mpz_t b, uint64_t amount)
{
    mpz_t sum, term;
    mpz_inits(sum, term, NULL);
    set_u64(term, amount);
    mpz_add(sum, a, term);
    if (b != NULL) {
        mpz_add(sum, sum, b);
    }
    const bool large = mpz_sizeinbase(sum, 2) > 64;
    mpz_clears(sum, term, NULL);
    return large;
}

static void add(mpz_t column, uint64_t amount)
{
    mpz_t term;
    mpz_init(term);
    set_u64(term, amount);
    mpz_add(column, column, term);
    mpz_clear(term);
}

static void subtract(mpz_t column, uint64_t amount)
{
    mpz_t term;
    mpz_init(term);
    set_u64(term, amount);
    mpz_sub(column, column, term);
    mpz_clear(term);
}

/** min(amount, max(0, funds - a - b)). */
static uint64_t at_most(uint64_t amount, const mpz_t funds, const mpz_t a, const mpz_t b)
{
    mpz_t rest, wanted;
    mpz_inits(rest, wanted, NULL);
    mpz_sub(rest, funds, a);
    mpz_sub(rest, rest, b);
    set_u64(wanted, amount);
    if (mpz_sgn(rest) < 0) {
        mpz_set_ui(rest, 0);
    }
    const uint64_t result = mpz_cmp(wanted, rest) < 0 ? amount : model_column(rest);
    mpz_clears(rest, wanted, NULL);
    return result;
}

static bool zero(hst_key k)
{
    return k.low == 0 && k.high == 0;
}

static bool max(hst_key k)
{
    return k.low == UINT64_MAX && k.high == UINT64_MAX;
}

static bool same(hst_key a, hst_key b)
{
    return a.low == b.low && a.high == b.high;
}

static bool has(uint16_t flags, unsigned flag)
{
    return (flags & flag) != 0;
}

/* ---- state --------------------------------------------------------------------------------- */

static void init_account(model_account *a)
{
    mpz_inits(a->debits_pending, a->debits_posted, a->credits_pending, a->credits_posted, NULL);
}

model *model_create(uint32_t currency_count)
{
    model *m = calloc(1, sizeof *m);
    m->currency_count = currency_count;
    for (int i = 0; i < MODEL_ACCOUNT_MAX; i++) {
        init_account(&m->accounts[i]);
    }
    return m;
}

static void clear_numbers(model *m)
{
    for (int i = 0; i < MODEL_ACCOUNT_MAX; i++) {
        model_account *a = &m->accounts[i];
        mpz_clears(a->debits_pending, a->debits_posted, a->credits_pending, a->credits_posted,
                   NULL);
    }
}

/** Everything that is in use; the numbers still belong to `from`. */
static void copy_lists(model *to, const model *from)
{
    memcpy(to, from, offsetof(model, pendings));
    memcpy(to->pendings, from->pendings, from->pending_count * sizeof from->pendings[0]);
    memcpy(to->transfers, from->transfers, from->transfer_count * sizeof from->transfers[0]);
    memcpy(to->escrows, from->escrows, from->escrow_count * sizeof from->escrows[0]);
    memcpy(to->rows, from->rows, from->row_count * sizeof from->rows[0]);
    memcpy(to->events, from->events, from->event_count * sizeof from->events[0]);
}

/** A whole copy, numbers and all. */
static model *copy(const model *m)
{
    model *c = malloc(sizeof *c);
    copy_lists(c, m);
    for (int i = 0; i < MODEL_ACCOUNT_MAX; i++) {
        model_account *a = &c->accounts[i];
        const model_account *b = &m->accounts[i];
        mpz_init_set(a->debits_pending, b->debits_pending);
        mpz_init_set(a->debits_posted, b->debits_posted);
        mpz_init_set(a->credits_pending, b->credits_pending);
        mpz_init_set(a->credits_posted, b->credits_posted);
    }
    return c;
}

/** Put a copy back in place of what the state has become; the copy is used up. */
static void put_back(model *m, model *saved)
{
    clear_numbers(m);
    copy_lists(m, saved);
    free(saved);
}

void model_destroy(model *m)
{
    clear_numbers(m);
    free(m);
}

static void drop(model *saved)
{
    if (saved != NULL) {
        model_destroy(saved);
    }
}

/* ---- canonical bytes ----------------------------------------------------------------------- */

static void put(model_event *e, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        e->bytes[e->size++] = (unsigned char)(value >> (8 * i));
    }
}

static void put_key(model_event *e, hst_key key)
{
    put(e, key.low, 8);
    put(e, key.high, 8);
}

static void put_bytes(model_event *e, const unsigned char *bytes, unsigned size)
{
    memcpy(e->bytes + e->size, bytes, size);
    e->size += size;
}

static model_event *log_unit(model *m, const hst_compact *unit, unsigned kind)
{
    model_event *e = &m->events[m->event_count++];
    e->size = 0;
    put(e, unit->amount_minor, 8);
    put(e, unit->debit, 4);
    put(e, unit->credit, 4);
    put(e, unit->reference, 4);
    put(e, unit->timeout_s, 4);
    put(e, unit->code, 2);
    put(e, unit->flags | kind << 12, 2);
    put(e, unit->user_data, 4);
    return e;
}

static void log_time(model *m)
{
    if (m->logged_time != m->time) {
        log_unit(m, &(hst_compact){.amount_minor = (uint64_t)m->time}, 1);
        m->logged_time = m->time;
    }
}

static void log_transfer(model *m, uint32_t index)
{
    const hst_transfer *t = &m->transfers[index].record;
    model_event *e = log_unit(m, &(hst_compact){.debit = index}, 3);
    put_key(e, t->id);
    put_key(e, t->debit_account);
    put_key(e, t->credit_account);
    put_key(e, t->pending_id);
    put_key(e, t->user_data_128);
    put(e, t->amount_minor, 8);
    put(e, t->user_data_64, 8);
    put(e, (uint64_t)t->timestamp_ns, 8);
    put(e, t->user_data_32, 4);
    put(e, t->timeout_s, 4);
    put(e, t->ledger, 2);
    put(e, t->code, 2);
    put(e, t->flags, 2);
    put(e, 0, 8);
    put(e, 0, 2);
}

/* ---- accounts ------------------------------------------------------------------------------ */

static int64_t next_timestamp(model *m)
{
    m->timestamp = m->timestamp + 1 > m->time ? m->timestamp + 1 : m->time;
    return m->timestamp;
}

static uint32_t find_account(const model *m, hst_key id)
{
    for (uint32_t i = 0; i < m->account_count; i++) {
        if (same(m->accounts[i].opened.id, id)) {
            return i;
        }
    }
    return HST_HANDLE_NONE;
}

static hst_ledger_result judge_open(const model *m, const hst_account_open *r, uint32_t *handle)
{
    REFUSE_IF((r->flags >> 7) != 0, RESERVED_FLAG);
    REFUSE_IF(zero(r->id), ID_MUST_NOT_BE_ZERO);
    REFUSE_IF(max(r->id), ID_MUST_NOT_BE_MAX);
    const uint32_t found = find_account(m, r->id);
    if (found != HST_HANDLE_NONE) {
        const hst_account_open *e = &m->accounts[found].opened;
        *handle = found;
        REFUSE_IF((r->flags & ~1) != e->flags, EXISTS_WITH_DIFFERENT_FLAGS);
        REFUSE_IF(r->credit_limit_minor != e->credit_limit_minor,
                  EXISTS_WITH_DIFFERENT_CREDIT_LIMIT);
        REFUSE_IF(!same(r->user_data_128, e->user_data_128), EXISTS_WITH_DIFFERENT_USER_DATA_128);
        REFUSE_IF(r->user_data_64 != e->user_data_64, EXISTS_WITH_DIFFERENT_USER_DATA_64);
        REFUSE_IF(r->user_data_32 != e->user_data_32, EXISTS_WITH_DIFFERENT_USER_DATA_32);
        REFUSE_IF(r->ledger != e->ledger, EXISTS_WITH_DIFFERENT_LEDGER);
        REFUSE_IF(r->code != e->code, EXISTS_WITH_DIFFERENT_CODE);
        return HST_LEDGER_EXISTS;
    }
    REFUSE_IF(has(r->flags, 2) && has(r->flags, 4), FLAGS_ARE_MUTUALLY_EXCLUSIVE);
    REFUSE_IF(r->ledger == HST_CURRENCY_NONE, LEDGER_MUST_NOT_BE_NONE);
    REFUSE_IF(r->ledger >= m->currency_count, LEDGER_NOT_FOUND);
    REFUSE_IF(r->code == 0, CODE_MUST_NOT_BE_ZERO);
    REFUSE_IF(r->credit_limit_minor < 0, CREDIT_LIMIT_MUST_NOT_BE_NEGATIVE);
    return HST_LEDGER_CREATED;
}

static hst_ledger_result open_one(model *m, const hst_account_open *r, uint32_t *handle)
{
    const hst_ledger_result result = judge_open(m, r, handle);
    if (result != HST_LEDGER_CREATED) {
        return result;
    }
    *handle = m->account_count++;
    model_account *a = &m->accounts[*handle];
    a->opened = *r;
    a->opened.flags &= (uint16_t)~1U;
    a->credit_limit = r->credit_limit_minor;
    a->sequence = 0;
    a->timestamp = next_timestamp(m);
    a->closed = has(r->flags, HST_ACCOUNT_CLOSED);
    a->frozen_debits = has(r->flags, HST_ACCOUNT_FROZEN_DEBITS);
    a->frozen_credits = has(r->flags, HST_ACCOUNT_FROZEN_CREDITS);
    model_event *e = log_unit(m,
                              &(hst_compact){.amount_minor = (uint64_t)a->credit_limit,
                                             .debit = *handle,
                                             .credit = r->ledger,
                                             .reference = a->opened.flags,
                                             .code = r->code,
                                             .user_data = r->user_data_32},
                              2);
    put_key(e, r->id);
    put_key(e, r->user_data_128);
    put(e, r->user_data_64, 8);
    return HST_LEDGER_CREATED;
}

hst_ledger_result model_freeze(model *m, uint32_t account, uint16_t flags)
{
    REFUSE_IF((flags & ~(HST_ACCOUNT_FROZEN_DEBITS | HST_ACCOUNT_FROZEN_CREDITS)) != 0,
              RESERVED_FLAG);
    REFUSE_IF(account >= m->account_count, ACCOUNT_NOT_FOUND);
    log_time(m);
    m->accounts[account].frozen_debits = has(flags, HST_ACCOUNT_FROZEN_DEBITS);
    m->accounts[account].frozen_credits = has(flags, HST_ACCOUNT_FROZEN_CREDITS);
    next_timestamp(m);
    log_unit(m, &(hst_compact){.debit = account, .credit = flags}, 5);
    return HST_LEDGER_CREATED;
}

static bool debits_limited(const model_account *a)
{
    return has(a->opened.flags, HST_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS);
}

static bool credits_limited(const model_account *a)
{
    return has(a->opened.flags, HST_ACCOUNT_CREDITS_MUST_NOT_EXCEED_DEBITS);
}

hst_ledger_result model_limit(model *m, uint32_t account, int64_t limit)
{
    REFUSE_IF(limit < 0, CREDIT_LIMIT_MUST_NOT_BE_NEGATIVE);
    REFUSE_IF(account >= m->account_count, ACCOUNT_NOT_FOUND);
    model_account *a = &m->accounts[account];
    REFUSE_IF(debits_limited(a) && compare_sums(a->debits_pending, a->debits_posted, 0,
                                                a->credits_posted, limit) > 0,
              CREDIT_LIMIT_BELOW_USE);
    REFUSE_IF(credits_limited(a) && compare_sums(a->credits_pending, a->credits_posted, 0,
                                                 a->debits_posted, limit) > 0,
              CREDIT_LIMIT_BELOW_USE);
    log_time(m);
    a->credit_limit = limit;
    next_timestamp(m);
    log_unit(m, &(hst_compact){.amount_minor = (uint64_t)limit, .debit = account}, 6);
    return HST_LEDGER_CREATED;
}

/* ---- movements ----------------------------------------------------------------------------- */

/** A movement between accounts that exist. */
typedef struct move {
    uint64_t amount;
    uint32_t debit, credit, pending, timeout_s, sequence, escrow;
    uint16_t ledger, code, flags;
} move;

static void note_row(model *m, uint32_t account)
{
    const model_account *a = &m->accounts[account];
    if (has(a->opened.flags, HST_ACCOUNT_HISTORY)) {
        m->rows[m->row_count++] = (model_row){
            account,
            {m->timestamp, model_column(a->debits_pending), model_column(a->debits_posted),
             model_column(a->credits_pending), model_column(a->credits_posted)}};
    }
}

static hst_ledger_result judge_gates(const model_account *d, const model_account *c, uint16_t flags)
{
    const bool clawback = has(flags, HST_TRANSFER_CLAWBACK);
    REFUSE_IF(d->closed, DEBIT_ACCOUNT_CLOSED);
    REFUSE_IF(c->closed, CREDIT_ACCOUNT_CLOSED);
    REFUSE_IF(clawback && !d->frozen_debits, CLAWBACK_NEEDS_FROZEN_ACCOUNT);
    REFUSE_IF(!clawback && d->frozen_debits, DEBIT_ACCOUNT_FROZEN);
    REFUSE_IF(c->frozen_credits, CREDIT_ACCOUNT_FROZEN);
    return HST_LEDGER_CREATED;
}

static hst_ledger_result judge_make(model *m, move *v)
{
    model_account *d = &m->accounts[v->debit];
    model_account *c = &m->accounts[v->credit];
    const bool pending = has(v->flags, HST_TRANSFER_PENDING);
    REFUSE_IF(d->opened.ledger != c->opened.ledger, ACCOUNTS_MUST_HAVE_THE_SAME_LEDGER);
    REFUSE_IF(v->ledger != HST_CURRENCY_NONE && v->ledger != d->opened.ledger,
              TRANSFER_MUST_HAVE_THE_SAME_LEDGER);
    const bool sequenced = has(v->flags, HST_TRANSFER_SEQUENCED);
    REFUSE_IF(sequenced && v->sequence < d->sequence, SEQUENCE_ALREADY_USED);
    REFUSE_IF(sequenced && v->sequence > d->sequence, SEQUENCE_GAP);
    const hst_ledger_result gates = judge_gates(d, c, v->flags);
    if (gates != HST_LEDGER_CREATED) {
        return gates;
    }
    if (has(v->flags, HST_TRANSFER_BALANCING_DEBIT)) {
        v->amount = at_most(v->amount, d->credits_posted, d->debits_posted, d->debits_pending);
    }
    if (has(v->flags, HST_TRANSFER_BALANCING_CREDIT)) {
        v->amount = at_most(v->amount, c->debits_posted, c->credits_posted, c->credits_pending);
    }
    REFUSE_IF(pending && too_large(d->debits_pending, NULL, v->amount), OVERFLOWS_DEBITS_PENDING);
    REFUSE_IF(pending && too_large(c->credits_pending, NULL, v->amount), OVERFLOWS_CREDITS_PENDING);
    REFUSE_IF(too_large(d->debits_posted, NULL, v->amount), OVERFLOWS_DEBITS_POSTED);
    REFUSE_IF(too_large(c->credits_posted, NULL, v->amount), OVERFLOWS_CREDITS_POSTED);
    REFUSE_IF(too_large(d->debits_posted, d->debits_pending, v->amount), OVERFLOWS_DEBITS);
    REFUSE_IF(too_large(c->credits_posted, c->credits_pending, v->amount), OVERFLOWS_CREDITS);
    const int64_t at = m->timestamp + 1 > m->time ? m->timestamp + 1 : m->time;
    REFUSE_IF(v->timeout_s > 0 && (INT64_MAX - at) / 1000000000 < v->timeout_s, OVERFLOWS_TIMEOUT);
    REFUSE_IF(debits_limited(d) && compare_sums(d->debits_pending, d->debits_posted, v->amount,
                                                d->credits_posted, d->credit_limit) > 0,
              EXCEEDS_CREDITS);
    REFUSE_IF(credits_limited(c) && compare_sums(c->credits_pending, c->credits_posted, v->amount,
                                                 c->debits_posted, c->credit_limit) > 0,
              EXCEEDS_DEBITS);
    return HST_LEDGER_CREATED;
}

static hst_ledger_result make(model *m, move *v)
{
    const hst_ledger_result result = judge_make(m, v);
    if (result != HST_LEDGER_CREATED) {
        return result;
    }
    model_account *d = &m->accounts[v->debit];
    model_account *c = &m->accounts[v->credit];
    const int64_t at = next_timestamp(m);
    if (has(v->flags, HST_TRANSFER_PENDING)) {
        add(d->debits_pending, v->amount);
        add(c->credits_pending, v->amount);
        v->pending = m->pending_count++;
        m->pendings[v->pending] =
            (model_pending){v->amount,
                            v->timeout_s == 0 ? INT64_MAX : at + v->timeout_s * INT64_C(1000000000),
                            v->debit,
                            v->credit,
                            v->code,
                            v->flags,
                            HST_PENDING_OPEN,
                            v->escrow};
        d->closed = d->closed || has(v->flags, HST_TRANSFER_CLOSING_DEBIT);
        c->closed = c->closed || has(v->flags, HST_TRANSFER_CLOSING_CREDIT);
    } else {
        add(d->debits_posted, v->amount);
        add(c->credits_posted, v->amount);
    }
    d->sequence += has(v->flags, HST_TRANSFER_SEQUENCED);
    note_row(m, v->debit);
    note_row(m, v->credit);
    return HST_LEDGER_CREATED;
}

static void release(model *m, model_pending *p, hst_pending_status status)
{
    model_account *d = &m->accounts[p->debit];
    model_account *c = &m->accounts[p->credit];
    subtract(d->debits_pending, p->amount);
    subtract(c->credits_pending, p->amount);
    p->status = status;
    if (status != HST_PENDING_POSTED) {
        d->closed = d->closed && !has(p->flags, HST_TRANSFER_CLOSING_DEBIT);
        c->closed = c->closed && !has(p->flags, HST_TRANSFER_CLOSING_CREDIT);
    }
}

static hst_ledger_result judge_resolve(model *m, move *v)
{
    const model_pending *p = &m->pendings[v->pending];
    const bool is_void = has(v->flags, HST_TRANSFER_VOID_PENDING);
    REFUSE_IF(p->escrow != v->escrow, PENDING_TRANSFER_IS_ESCROW);
    REFUSE_IF(v->debit != HST_HANDLE_NONE && v->debit != p->debit,
              PENDING_TRANSFER_HAS_DIFFERENT_DEBIT_ACCOUNT);
    REFUSE_IF(v->credit != HST_HANDLE_NONE && v->credit != p->credit,
              PENDING_TRANSFER_HAS_DIFFERENT_CREDIT_ACCOUNT);
    REFUSE_IF(v->ledger != HST_CURRENCY_NONE && v->ledger != m->accounts[p->debit].opened.ledger,
              PENDING_TRANSFER_HAS_DIFFERENT_LEDGER);
    REFUSE_IF(v->code != 0 && v->code != p->code, PENDING_TRANSFER_HAS_DIFFERENT_CODE);
    if (is_void ? v->amount == 0 : v->amount == HST_AMOUNT_ALL) {
        v->amount = p->amount;
    }
    REFUSE_IF(v->amount > p->amount, EXCEEDS_PENDING_TRANSFER_AMOUNT);
    REFUSE_IF(is_void && v->amount != p->amount, PENDING_TRANSFER_HAS_DIFFERENT_AMOUNT);
    REFUSE_IF(p->status == HST_PENDING_POSTED, PENDING_TRANSFER_ALREADY_POSTED);
    REFUSE_IF(p->status == HST_PENDING_VOIDED, PENDING_TRANSFER_ALREADY_VOIDED);
    REFUSE_IF(p->status == HST_PENDING_EXPIRED, PENDING_TRANSFER_EXPIRED);
    v->debit = p->debit;
    v->credit = p->credit;
    v->code = p->code;
    return is_void ? HST_LEDGER_CREATED
                   : judge_gates(&m->accounts[p->debit], &m->accounts[p->credit], 0);
}

static hst_ledger_result resolve(model *m, move *v)
{
    const hst_ledger_result result = judge_resolve(m, v);
    if (result != HST_LEDGER_CREATED) {
        return result;
    }
    const bool is_void = has(v->flags, HST_TRANSFER_VOID_PENDING);
    next_timestamp(m);
    release(m, &m->pendings[v->pending], is_void ? HST_PENDING_VOIDED : HST_PENDING_POSTED);
    if (!is_void) {
        add(m->accounts[v->debit].debits_posted, v->amount);
        add(m->accounts[v->credit].credits_posted, v->amount);
    }
    note_row(m, v->debit);
    note_row(m, v->credit);
    return HST_LEDGER_CREATED;
}

/** The open pending transfer that expires first, ties by age; or none. */
static uint32_t first_expiry(const model *m, int64_t time)
{
    uint32_t first = HST_HANDLE_NONE;
    for (uint32_t i = 0; i < m->pending_count; i++) {
        const model_pending *p = &m->pendings[i];
        if (p->status == HST_PENDING_OPEN && p->expires <= time &&
            (first == HST_HANDLE_NONE || p->expires < m->pendings[first].expires)) {
            first = i;
        }
    }
    return first;
}

void model_advance(model *m, int64_t time)
{
    uint32_t next = 0;
    while ((next = first_expiry(m, time)) != HST_HANDLE_NONE) {
        model_pending *p = &m->pendings[next];
        m->time = p->expires > m->time ? p->expires : m->time;
        log_time(m);
        next_timestamp(m);
        release(m, p, HST_PENDING_EXPIRED);
        note_row(m, p->debit);
        note_row(m, p->credit);
    }
    m->time = time;
}

/* ---- compact ------------------------------------------------------------------------------- */

static hst_ledger_result compact_form(const model *m, const hst_compact *e)
{
    const bool post = has(e->flags, HST_TRANSFER_POST_PENDING);
    const bool is_void = has(e->flags, HST_TRANSFER_VOID_PENDING);
    const bool pending = has(e->flags, HST_TRANSFER_PENDING);
    const unsigned closing = HST_TRANSFER_CLOSING_DEBIT | HST_TRANSFER_CLOSING_CREDIT;
    REFUSE_IF((e->flags >> 10) != 0, RESERVED_FLAG);
    if (post || is_void) {
        const unsigned allowed =
            HST_TRANSFER_LINKED | HST_TRANSFER_POST_PENDING | HST_TRANSFER_VOID_PENDING;
        REFUSE_IF((e->flags & ~allowed) != 0 || (post && is_void), FLAGS_ARE_MUTUALLY_EXCLUSIVE);
        REFUSE_IF(e->timeout_s != 0, TIMEOUT_RESERVED_FOR_PENDING);
        REFUSE_IF(e->reference >= m->pending_count, PENDING_TRANSFER_NOT_FOUND);
        return HST_LEDGER_CREATED;
    }
    REFUSE_IF(has(e->flags, HST_TRANSFER_CLAWBACK) && (pending || has(e->flags, closing)),
              FLAGS_ARE_MUTUALLY_EXCLUSIVE);
    REFUSE_IF(e->debit == e->credit, ACCOUNTS_MUST_BE_DIFFERENT);
    REFUSE_IF(e->reference != 0 && !has(e->flags, HST_TRANSFER_SEQUENCED), PENDING_ID_MUST_BE_ZERO);
    REFUSE_IF(e->timeout_s != 0 && !pending, TIMEOUT_RESERVED_FOR_PENDING);
    REFUSE_IF(has(e->flags, closing) && !pending, CLOSING_TRANSFER_MUST_BE_PENDING);
    REFUSE_IF(e->code == 0, CODE_MUST_NOT_BE_ZERO);
    REFUSE_IF(e->debit >= m->account_count, DEBIT_ACCOUNT_NOT_FOUND);
    REFUSE_IF(e->credit >= m->account_count, CREDIT_ACCOUNT_NOT_FOUND);
    return HST_LEDGER_CREATED;
}

static hst_ledger_result compact_one(model *m, const hst_compact *e, hst_outcome *o)
{
    const hst_ledger_result form = compact_form(m, e);
    if (form != HST_LEDGER_CREATED) {
        return form;
    }
    const bool resolves = has(e->flags, HST_TRANSFER_POST_PENDING | HST_TRANSFER_VOID_PENDING);
    move v = {.amount = e->amount_minor,
              .debit = e->debit,
              .credit = e->credit,
              .pending = resolves ? e->reference : HST_HANDLE_NONE,
              .timeout_s = e->timeout_s,
              .sequence = e->reference,
              .escrow = HST_HANDLE_NONE,
              .ledger = HST_CURRENCY_NONE,
              .code = e->code,
              .flags = e->flags};
    const hst_ledger_result result = resolves ? resolve(m, &v) : make(m, &v);
    if (result == HST_LEDGER_CREATED) {
        hst_compact applied = *e;
        applied.amount_minor = v.amount;
        applied.debit = v.debit;
        applied.credit = v.credit;
        applied.code = v.code;
        log_unit(m, &applied, 0);
        *o = (hst_outcome){.amount_minor = v.amount, .handle = v.pending};
    }
    return result;
}

/* ---- full ---------------------------------------------------------------------------------- */

static uint32_t find_transfer(const model *m, hst_key id)
{
    for (uint32_t i = 0; i < m->transfer_count; i++) {
        if (same(m->transfers[i].record.id, id)) {
            return i;
        }
    }
    return HST_HANDLE_NONE;
}

static hst_ledger_result judge_exists(const model *m, const hst_transfer *t, uint32_t found)
{
    const hst_transfer *e = &m->transfers[found].record;
    REFUSE_IF(m->transfers[found].burnt, ID_ALREADY_FAILED);
    REFUSE_IF(t->flags != e->flags, EXISTS_WITH_DIFFERENT_FLAGS);
    REFUSE_IF(!same(t->pending_id, e->pending_id), EXISTS_WITH_DIFFERENT_PENDING_ID);
    REFUSE_IF(t->timeout_s != e->timeout_s, EXISTS_WITH_DIFFERENT_TIMEOUT);
    hst_transfer f = *t; /* with what a post or void leaves out filled in */
    if (has(t->flags, HST_TRANSFER_POST_PENDING | HST_TRANSFER_VOID_PENDING)) {
        const hst_transfer *p = &m->transfers[find_transfer(m, t->pending_id)].record;
        f.debit_account = zero(f.debit_account) ? p->debit_account : f.debit_account;
        f.credit_account = zero(f.credit_account) ? p->credit_account : f.credit_account;
        f.user_data_128 = zero(f.user_data_128) ? p->user_data_128 : f.user_data_128;
        f.user_data_64 = f.user_data_64 == 0 ? p->user_data_64 : f.user_data_64;
        f.user_data_32 = f.user_data_32 == 0 ? p->user_data_32 : f.user_data_32;
        f.ledger = f.ledger == HST_CURRENCY_NONE ? p->ledger : f.ledger;
        f.code = f.code == 0 ? p->code : f.code;
        if (has(t->flags, HST_TRANSFER_VOID_PENDING) ? f.amount_minor == 0
                                                     : f.amount_minor == HST_AMOUNT_ALL) {
            f.amount_minor = p->amount_minor;
        }
    }
    if (has(t->flags, HST_TRANSFER_BALANCING_DEBIT | HST_TRANSFER_BALANCING_CREDIT) &&
        f.amount_minor > e->amount_minor) {
        f.amount_minor = e->amount_minor;
    }
    REFUSE_IF(!same(f.debit_account, e->debit_account), EXISTS_WITH_DIFFERENT_DEBIT_ACCOUNT);
    REFUSE_IF(!same(f.credit_account, e->credit_account), EXISTS_WITH_DIFFERENT_CREDIT_ACCOUNT);
    REFUSE_IF(f.amount_minor != e->amount_minor, EXISTS_WITH_DIFFERENT_AMOUNT);
    REFUSE_IF(!same(f.user_data_128, e->user_data_128), EXISTS_WITH_DIFFERENT_USER_DATA_128);
    REFUSE_IF(f.user_data_64 != e->user_data_64, EXISTS_WITH_DIFFERENT_USER_DATA_64);
    REFUSE_IF(f.user_data_32 != e->user_data_32, EXISTS_WITH_DIFFERENT_USER_DATA_32);
    REFUSE_IF(f.ledger != e->ledger, EXISTS_WITH_DIFFERENT_LEDGER);
    REFUSE_IF(f.code != e->code, EXISTS_WITH_DIFFERENT_CODE);
    return HST_LEDGER_EXISTS;
}

static hst_ledger_result full_make_form(const model *m, const hst_transfer *t, move *v)
{
    const bool pending = has(t->flags, HST_TRANSFER_PENDING);
    const unsigned closing = HST_TRANSFER_CLOSING_DEBIT | HST_TRANSFER_CLOSING_CREDIT;
    REFUSE_IF(has(t->flags, HST_TRANSFER_CLAWBACK) && (pending || has(t->flags, closing)),
              FLAGS_ARE_MUTUALLY_EXCLUSIVE);
    REFUSE_IF(zero(t->debit_account), DEBIT_ACCOUNT_ID_MUST_NOT_BE_ZERO);
    REFUSE_IF(max(t->debit_account), DEBIT_ACCOUNT_ID_MUST_NOT_BE_MAX);
    REFUSE_IF(zero(t->credit_account), CREDIT_ACCOUNT_ID_MUST_NOT_BE_ZERO);
    REFUSE_IF(max(t->credit_account), CREDIT_ACCOUNT_ID_MUST_NOT_BE_MAX);
    REFUSE_IF(same(t->debit_account, t->credit_account), ACCOUNTS_MUST_BE_DIFFERENT);
    REFUSE_IF(!zero(t->pending_id), PENDING_ID_MUST_BE_ZERO);
    REFUSE_IF(t->timeout_s != 0 && !pending, TIMEOUT_RESERVED_FOR_PENDING);
    REFUSE_IF(has(t->flags, closing) && !pending, CLOSING_TRANSFER_MUST_BE_PENDING);
    REFUSE_IF(t->ledger == HST_CURRENCY_NONE, LEDGER_MUST_NOT_BE_NONE);
    REFUSE_IF(t->code == 0, CODE_MUST_NOT_BE_ZERO);
    v->debit = find_account(m, t->debit_account);
    v->credit = find_account(m, t->credit_account);
    REFUSE_IF(v->debit == HST_HANDLE_NONE, DEBIT_ACCOUNT_NOT_FOUND);
    REFUSE_IF(v->credit == HST_HANDLE_NONE, CREDIT_ACCOUNT_NOT_FOUND);
    return HST_LEDGER_CREATED;
}

static hst_ledger_result full_resolve_form(const model *m, const hst_transfer *t, move *v)
{
    const unsigned allowed =
        HST_TRANSFER_LINKED | HST_TRANSFER_POST_PENDING | HST_TRANSFER_VOID_PENDING;
    REFUSE_IF((t->flags & ~allowed) != 0 || (has(t->flags, HST_TRANSFER_POST_PENDING) &&
                                             has(t->flags, HST_TRANSFER_VOID_PENDING)),
              FLAGS_ARE_MUTUALLY_EXCLUSIVE);
    REFUSE_IF(zero(t->pending_id), PENDING_ID_MUST_NOT_BE_ZERO);
    REFUSE_IF(max(t->pending_id), PENDING_ID_MUST_NOT_BE_MAX);
    REFUSE_IF(same(t->pending_id, t->id), PENDING_ID_MUST_BE_DIFFERENT);
    REFUSE_IF(t->timeout_s != 0, TIMEOUT_RESERVED_FOR_PENDING);
    const uint32_t named = find_transfer(m, t->pending_id);
    REFUSE_IF(named == HST_HANDLE_NONE || m->transfers[named].burnt, PENDING_TRANSFER_NOT_FOUND);
    v->pending = m->transfers[named].pending;
    REFUSE_IF(v->pending == HST_HANDLE_NONE, PENDING_TRANSFER_NOT_PENDING);
    const uint32_t d = find_account(m, t->debit_account);
    const uint32_t c = find_account(m, t->credit_account);
    v->debit = zero(t->debit_account) ? HST_HANDLE_NONE : d == HST_HANDLE_NONE ? 1000000 : d;
    v->credit = zero(t->credit_account) ? HST_HANDLE_NONE : c == HST_HANDLE_NONE ? 1000000 : c;
    return HST_LEDGER_CREATED;
}

static void record_full(model *m, const hst_transfer *t, const move *v, bool resolves)
{
    hst_transfer r = *t;
    r.amount_minor = v->amount;
    r.debit_account = m->accounts[v->debit].opened.id;
    r.credit_account = m->accounts[v->credit].opened.id;
    r.ledger = m->accounts[v->debit].opened.ledger;
    r.code = v->code;
    r.timestamp_ns = m->timestamp;
    if (resolves) {
        const hst_transfer *p = &m->transfers[find_transfer(m, t->pending_id)].record;
        r.user_data_128 = zero(t->user_data_128) ? p->user_data_128 : t->user_data_128;
        r.user_data_64 = t->user_data_64 == 0 ? p->user_data_64 : t->user_data_64;
        r.user_data_32 = t->user_data_32 == 0 ? p->user_data_32 : t->user_data_32;
    }
    m->transfers[m->transfer_count] =
        (model_transfer){r, false, resolves ? HST_HANDLE_NONE : v->pending};
    log_transfer(m, m->transfer_count++);
}

static hst_ledger_result full_one(model *m, const hst_transfer *t, hst_outcome *o)
{
    REFUSE_IF(t->timestamp_ns != 0, TIMESTAMP_MUST_BE_ZERO);
    for (size_t i = 0; i < sizeof t->reserved / sizeof t->reserved[0]; i++) {
        REFUSE_IF(t->reserved[i] != 0, RESERVED_FIELD);
    }
    REFUSE_IF((t->flags >> 9) != 0, RESERVED_FLAG);
    REFUSE_IF(zero(t->id), ID_MUST_NOT_BE_ZERO);
    REFUSE_IF(max(t->id), ID_MUST_NOT_BE_MAX);
    const uint32_t found = find_transfer(m, t->id);
    if (found != HST_HANDLE_NONE) {
        o->handle = m->transfers[found].pending;
        return judge_exists(m, t, found);
    }
    const bool resolves = has(t->flags, HST_TRANSFER_POST_PENDING | HST_TRANSFER_VOID_PENDING);
    move v = {.amount = t->amount_minor,
              .pending = HST_HANDLE_NONE,
              .timeout_s = t->timeout_s,
              .escrow = HST_HANDLE_NONE,
              .ledger = t->ledger,
              .code = t->code,
              .flags = t->flags};
    hst_ledger_result result = resolves ? full_resolve_form(m, t, &v) : full_make_form(m, t, &v);
    if (result == HST_LEDGER_CREATED) {
        result = resolves ? resolve(m, &v) : make(m, &v);
    }
    if (result == HST_LEDGER_CREATED) {
        record_full(m, t, &v, resolves);
        *o = (hst_outcome){.amount_minor = v.amount, .handle = v.pending};
    }
    return result;
}

/* ---- chains -------------------------------------------------------------------------------- */

/** Kinds of event that come in batches. */
typedef struct batch {
    const hst_account_open *requests;
    const hst_compact *events;
    const hst_transfer *transfers;
} batch;

static bool is_linked(const batch *b, size_t i)
{
    if (b->requests != NULL) {
        return has(b->requests[i].flags, HST_ACCOUNT_LINKED);
    }
    return has(b->events != NULL ? b->events[i].flags : b->transfers[i].flags, HST_TRANSFER_LINKED);
}

static hst_ledger_result one(model *m, const batch *b, size_t i, hst_outcome *o)
{
    if (b->requests != NULL) {
        return open_one(m, &b->requests[i], &o->handle);
    }
    return b->events != NULL ? compact_one(m, &b->events[i], o) : full_one(m, &b->transfers[i], o);
}

static bool is_transient(hst_ledger_result r)
{
    return r == HST_LEDGER_DEBIT_ACCOUNT_NOT_FOUND || r == HST_LEDGER_CREDIT_ACCOUNT_NOT_FOUND ||
           r == HST_LEDGER_PENDING_TRANSFER_NOT_FOUND || r == HST_LEDGER_EXCEEDS_CREDITS ||
           r == HST_LEDGER_EXCEEDS_DEBITS || r == HST_LEDGER_DEBIT_ACCOUNT_CLOSED ||
           r == HST_LEDGER_CREDIT_ACCOUNT_CLOSED || r == HST_LEDGER_DEBIT_ACCOUNT_FROZEN ||
           r == HST_LEDGER_CREDIT_ACCOUNT_FROZEN;
}

static void burn(model *m, hst_key id)
{
    m->transfers[m->transfer_count] = (model_transfer){{.id = id}, true, HST_HANDLE_NONE};
    model_event *e = log_unit(m, &(hst_compact){.debit = m->transfer_count}, 4);
    put_key(e, id);
    m->transfer_count++;
}

static void run(model *m, const batch *b, size_t count, hst_outcome *outcomes)
{
    model *saved = NULL; /* state before the chain, until it breaks */
    size_t first = 0;
    bool in_chain = false;
    bool broken = false;
    if (count > 0 || b->transfers == NULL) {
        log_time(m);
    }
    for (size_t i = 0; i < count; i++) {
        const bool linked = is_linked(b, i);
        if (linked && !in_chain) {
            in_chain = true;
            broken = false;
            first = i;
            saved = copy(m);
        }
        outcomes[i] = (hst_outcome){.handle = HST_HANDLE_NONE};
        hst_ledger_result result = HST_LEDGER_CREATED;
        if (linked && i + 1 == count) {
            result = HST_LEDGER_LINKED_EVENT_CHAIN_OPEN;
        } else if (broken && in_chain) {
            result = HST_LEDGER_LINKED_EVENT_FAILED;
        } else {
            result = one(m, b, i, &outcomes[i]);
        }
        outcomes[i].result = (uint32_t)result;
        if (in_chain && !broken && result != HST_LEDGER_CREATED) {
            broken = true;
            put_back(m, saved);
            saved = NULL;
            for (size_t k = first; k < i; k++) {
                outcomes[k] = (hst_outcome){.handle = HST_HANDLE_NONE,
                                            .result = HST_LEDGER_LINKED_EVENT_FAILED};
            }
        }
        if (b->transfers != NULL && is_transient(result)) {
            burn(m, b->transfers[i].id);
        }
        if (in_chain && !linked) {
            in_chain = false;
            drop(saved);
            saved = NULL;
        }
    }
    drop(saved);
}

void model_open(model *m, const hst_account_open *requests, size_t count, hst_outcome *outcomes)
{
    run(m, &(batch){.requests = requests}, count, outcomes);
}

void model_compact(model *m, const hst_compact *events, size_t count, hst_outcome *outcomes)
{
    run(m, &(batch){.events = events}, count, outcomes);
}

void model_full(model *m, const hst_transfer *transfers, size_t count, hst_outcome *outcomes)
{
    run(m, &(batch){.transfers = transfers}, count, outcomes);
}

/* ---- escrow -------------------------------------------------------------------------------- */

hst_ledger_result model_lock(model *m, const hst_escrow_lock *lock, uint32_t *escrow)
{
    REFUSE_IF(lock->debit == lock->credit, ACCOUNTS_MUST_BE_DIFFERENT);
    REFUSE_IF(lock->cancel_after_ns == 0, ESCROW_NEEDS_CANCEL_AFTER);
    REFUSE_IF(lock->cancel_after_ns <= m->time, ESCROW_CANCEL_AFTER_PASSED);
    REFUSE_IF(lock->finish_after_ns >= lock->cancel_after_ns, ESCROW_FINISH_NOT_BEFORE_CANCEL);
    REFUSE_IF(lock->code == 0, CODE_MUST_NOT_BE_ZERO);
    REFUSE_IF(lock->debit >= m->account_count, DEBIT_ACCOUNT_NOT_FOUND);
    REFUSE_IF(lock->credit >= m->account_count, CREDIT_ACCOUNT_NOT_FOUND);
    move v = {.amount = lock->amount_minor,
              .debit = lock->debit,
              .credit = lock->credit,
              .escrow = m->escrow_count,
              .ledger = HST_CURRENCY_NONE,
              .code = lock->code,
              .flags = HST_TRANSFER_PENDING};
    log_time(m);
    const hst_ledger_result result = make(m, &v);
    if (result == HST_LEDGER_CREATED) {
        *escrow = m->escrow_count++;
        m->escrows[*escrow] = (model_escrow){.lock = *lock, .pending = v.pending};
        model_event *e = log_unit(m,
                                  &(hst_compact){.amount_minor = lock->amount_minor,
                                                 .debit = *escrow,
                                                 .credit = lock->debit,
                                                 .reference = lock->credit,
                                                 .code = lock->code,
                                                 .user_data = lock->user_data},
                                  7);
        put(e, (uint64_t)lock->finish_after_ns, 8);
        put(e, (uint64_t)lock->cancel_after_ns, 8);
        put_bytes(e, lock->condition.bytes, 32);
    }
    return result;
}

static hst_ledger_result end_escrow(model *m, uint32_t escrow, uint16_t flag)
{
    move v = {.amount = flag == HST_TRANSFER_VOID_PENDING ? 0 : HST_AMOUNT_ALL,
              .debit = HST_HANDLE_NONE,
              .credit = HST_HANDLE_NONE,
              .pending = m->escrows[escrow].pending,
              .escrow = escrow,
              .ledger = HST_CURRENCY_NONE,
              .flags = flag};
    log_time(m);
    return resolve(m, &v);
}

hst_ledger_result model_finish(model *m, uint32_t escrow, const hst_preimage *preimage)
{
    REFUSE_IF(escrow >= m->escrow_count, ESCROW_NOT_FOUND);
    model_escrow *s = &m->escrows[escrow];
    const model_pending *p = &m->pendings[s->pending];
    REFUSE_IF(p->status == HST_PENDING_POSTED, ESCROW_ALREADY_FINISHED);
    REFUSE_IF(p->status == HST_PENDING_VOIDED, ESCROW_ALREADY_CANCELLED);
    REFUSE_IF(m->time >= s->lock.cancel_after_ns, ESCROW_EXPIRED);
    REFUSE_IF(m->time < s->lock.finish_after_ns, ESCROW_TOO_EARLY);
    const bool conditional = !hst_hash_is_zero(&s->lock.condition);
    REFUSE_IF(conditional != (preimage != NULL), ESCROW_PREIMAGE_MISMATCH);
    if (conditional) {
        const hst_hash hash = hst_sha256(preimage->bytes, 32);
        REFUSE_IF(memcmp(hash.bytes, s->lock.condition.bytes, 32) != 0, ESCROW_PREIMAGE_MISMATCH);
    }
    const hst_ledger_result result = end_escrow(m, escrow, HST_TRANSFER_POST_PENDING);
    if (result == HST_LEDGER_CREATED) {
        if (preimage != NULL) {
            s->preimage = *preimage;
        }
        model_event *e = log_unit(m, &(hst_compact){.amount_minor = p->amount, .debit = escrow}, 8);
        put_bytes(e, s->preimage.bytes, 32);
    }
    return result;
}

hst_ledger_result model_cancel(model *m, uint32_t escrow)
{
    REFUSE_IF(escrow >= m->escrow_count, ESCROW_NOT_FOUND);
    const model_pending *p = &m->pendings[m->escrows[escrow].pending];
    REFUSE_IF(p->status == HST_PENDING_POSTED, ESCROW_ALREADY_FINISHED);
    REFUSE_IF(p->status == HST_PENDING_VOIDED, ESCROW_ALREADY_CANCELLED);
    REFUSE_IF(m->time < m->escrows[escrow].lock.cancel_after_ns, ESCROW_NOT_EXPIRED);
    const hst_ledger_result result = end_escrow(m, escrow, HST_TRANSFER_VOID_PENDING);
    if (result == HST_LEDGER_CREATED) {
        log_unit(m, &(hst_compact){.amount_minor = p->amount, .debit = escrow}, 9);
    }
    return result;
}

hst_ledger_result model_reject(model *m, uint32_t escrow)
{
    REFUSE_IF(escrow >= m->escrow_count, ESCROW_NOT_FOUND);
    const model_pending *p = &m->pendings[m->escrows[escrow].pending];
    REFUSE_IF(p->status == HST_PENDING_POSTED, ESCROW_ALREADY_FINISHED);
    REFUSE_IF(p->status == HST_PENDING_VOIDED, ESCROW_ALREADY_CANCELLED);
    const hst_ledger_result result = end_escrow(m, escrow, HST_TRANSFER_VOID_PENDING);
    if (result == HST_LEDGER_CREATED) {
        log_unit(m, &(hst_compact){.amount_minor = p->amount, .debit = escrow}, 10);
    }
    return result;
}

/* ---- roots --------------------------------------------------------------------------------- */

/** RFC 6962, 2.1, as it is written there. */
static hst_hash list_root(const model_event *events, size_t count)
{
    if (count == 0) {
        return hst_sha256(NULL, 0);
    }
    if (count == 1) {
        return hst_hash_leaf(events[0].bytes, events[0].size);
    }
    size_t k = 1;
    while (2 * k < count) {
        k *= 2;
    }
    const hst_hash left = list_root(events, k);
    const hst_hash right = list_root(events + k, count - k);
    return hst_hash_node(&left, &right);
}

hst_hash model_transaction_root(model *m)
{
    const hst_hash root = list_root(m->events + m->sealed_count, m->event_count - m->sealed_count);
    m->sealed_count = m->event_count;
    return root;
}

static hst_hash account_leaf(const model_account *a)
{
    model_event e = {0};
    const uint16_t changing =
        HST_ACCOUNT_CLOSED | HST_ACCOUNT_FROZEN_DEBITS | HST_ACCOUNT_FROZEN_CREDITS;
    uint16_t flags = a->opened.flags & (uint16_t)~changing;
    flags |= (uint16_t)((a->closed ? HST_ACCOUNT_CLOSED : 0) |
                        (a->frozen_debits ? HST_ACCOUNT_FROZEN_DEBITS : 0) |
                        (a->frozen_credits ? HST_ACCOUNT_FROZEN_CREDITS : 0));
    put_key(&e, a->opened.id);
    put(&e, model_column(a->debits_pending), 8);
    put(&e, model_column(a->debits_posted), 8);
    put(&e, model_column(a->credits_pending), 8);
    put(&e, model_column(a->credits_posted), 8);
    put(&e, (uint64_t)a->credit_limit, 8);
    put(&e, a->opened.ledger, 2);
    put(&e, flags, 2);
    put(&e, a->opened.code, 2);
    put(&e, HST_LEDGER_VERSION, 2);
    put_key(&e, a->opened.user_data_128);
    put(&e, a->opened.user_data_64, 8);
    put(&e, (uint64_t)a->timestamp, 8);
    put(&e, a->opened.user_data_32, 4);
    put(&e, a->sequence, 4);
    return hst_hash_leaf(e.bytes, e.size);
}

/** A dense tree of 4^height leaves from `first` on; absent leaves are zero. */
static hst_hash tree_root(const model *m, uint32_t first, unsigned height)
{
    if (height == 0) {
        const hst_hash absent = {{0}};
        return first < m->account_count ? account_leaf(&m->accounts[first]) : absent;
    }
    hst_sha256_stream children;
    hst_sha256_init(&children);
    for (uint32_t child = 0; child < 4; child++) {
        const hst_hash hash = tree_root(m, first + (child << 2 * (height - 1)), height - 1);
        hst_sha256_update(&children, hash.bytes, sizeof hash.bytes);
    }
    return hst_sha256_final(&children);
}

hst_hash model_state_root(const model *m)
{
    unsigned height = 0;
    while (1U << 2 * height < m->account_count) {
        height++;
    }
    return tree_root(m, 0, height);
}
