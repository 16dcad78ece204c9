#include "core/ledger/internal.h"

static bool is_zero(hst_key key)
{
    return (key.low | key.high) == 0;
}

static bool is_max(hst_key key)
{
    return (key.low & key.high) == UINT64_MAX;
}

static bool same(hst_key a, hst_key b)
{
    return a.low == b.low && a.high == b.high;
}

/** Step 2: compared with the opening, whatever became of the account since. */
static hst_ledger_result
judge_existing(const hst_ledger *l, const hst_account_open *request, uint32_t account)
{
    const hst_cold_account *cold = &l->cold[account];
    const uint16_t flags = request->flags & (uint16_t)~HST_ACCOUNT_LINKED;
    if (flags != cold->opened_flags) {
        return HST_LEDGER_EXISTS_WITH_DIFFERENT_FLAGS;
    }
    if (request->credit_limit_minor != cold->opened_limit) {
        return HST_LEDGER_EXISTS_WITH_DIFFERENT_CREDIT_LIMIT;
    }
    if (!same(request->user_data_128, cold->user_data_128)) {
        return HST_LEDGER_EXISTS_WITH_DIFFERENT_USER_DATA_128;
    }
    if (request->user_data_64 != cold->user_data_64) {
        return HST_LEDGER_EXISTS_WITH_DIFFERENT_USER_DATA_64;
    }
    if (request->user_data_32 != cold->user_data_32) {
        return HST_LEDGER_EXISTS_WITH_DIFFERENT_USER_DATA_32;
    }
    if (request->ledger != l->hot[account].ledger) {
        return HST_LEDGER_EXISTS_WITH_DIFFERENT_LEDGER;
    }
    return request->code != cold->code ? HST_LEDGER_EXISTS_WITH_DIFFERENT_CODE : HST_LEDGER_EXISTS;
}

static hst_ledger_result
judge_opening(const hst_ledger *l, const hst_account_open *request, uint32_t *existing_out)
{
    if ((request->flags & ~(uint32_t)HST_ACCOUNT_FLAGS) != 0) {
        return HST_LEDGER_RESERVED_FLAG;
    }
    if (is_zero(request->id)) {
        return HST_LEDGER_ID_MUST_NOT_BE_ZERO;
    }
    if (is_max(request->id)) {
        return HST_LEDGER_ID_MUST_NOT_BE_MAX;
    }
    const uint32_t existing = hst_table_find(&l->account_table, request->id);
    if (existing != HST_TABLE_NONE) {
        *existing_out = existing;
        return judge_existing(l, request, existing);
    }
    if ((request->flags & HST_ACCOUNT_LIMITED) == HST_ACCOUNT_LIMITED) {
        return HST_LEDGER_FLAGS_ARE_MUTUALLY_EXCLUSIVE;
    }
    if (request->ledger == HST_CURRENCY_NONE) {
        return HST_LEDGER_LEDGER_MUST_NOT_BE_NONE;
    }
    if (request->ledger >= l->config.currency_count) {
        return HST_LEDGER_LEDGER_NOT_FOUND;
    }
    if (request->code == 0) {
        return HST_LEDGER_CODE_MUST_NOT_BE_ZERO;
    }
    return request->credit_limit_minor < 0 ? HST_LEDGER_CREDIT_LIMIT_MUST_NOT_BE_NEGATIVE
                                           : HST_LEDGER_CREATED;
}

static void apply_opening(hst_ledger *l, const hst_account_open *request)
{
    hst_assert(l->account_count < l->config.account_max);
    const uint32_t account = l->account_count++;
    const uint16_t flags = request->flags & (uint16_t)~HST_ACCOUNT_LINKED;
    l->timestamp = hst_next_timestamp(l);
    l->hot[account] = (hst_hot_account){.id = request->id,
                                        .credit_limit = request->credit_limit_minor,
                                        .ledger = request->ledger,
                                        .flags = flags};
    l->cold[account] = (hst_cold_account){.user_data_128 = request->user_data_128,
                                          .user_data_64 = request->user_data_64,
                                          .timestamp = l->timestamp,
                                          .opened_limit = request->credit_limit_minor,
                                          .user_data_32 = request->user_data_32,
                                          .code = request->code,
                                          .opened_flags = flags};
    const hst_status entered = hst_table_insert(&l->account_table, request->id, account, NULL);
    hst_assert(entered == HST_OK);
    l->history_accounts += (flags & HST_ACCOUNT_HISTORY) != 0;
    hst_touch(l, account);
    hst_log_append(l, (hst_log_unit){.amount_minor = (uint64_t)request->credit_limit_minor,
                                     .debit = account,
                                     .credit = request->ledger,
                                     .reference = flags,
                                     .code = request->code,
                                     .flags = HST_UNIT_OPEN << HST_UNIT_KIND_SHIFT,
                                     .user_data = request->user_data_32});
}

hst_status hst_ledger_open_accounts(hst_ledger *ledger,
                                    const hst_account_open *requests,
                                    size_t count,
                                    hst_outcome *outcomes)
{
    hst_assert(count <= HST_LEDGER_BATCH_MAX);
    if (count > ledger->config.account_max - ledger->account_count) {
        return HST_FULL;
    }
    HST_TRY(hst_ledger_reserve(ledger, count, 0, false));
    hst_log_time(ledger);
    hst_chain chain = {0};
    for (size_t i = 0; i < count; i++) {
        const bool linked = (requests[i].flags & HST_ACCOUNT_LINKED) != 0;
        uint32_t handle = HST_HANDLE_NONE;
        hst_ledger_result result = hst_chain_enter(ledger, &chain, linked, i, count);
        if (result == HST_LEDGER_CREATED) {
            result = judge_opening(ledger, &requests[i], &handle);
        }
        if (result == HST_LEDGER_CREATED) {
            handle = ledger->account_count;
            apply_opening(ledger, &requests[i]);
        }
        outcomes[i] = (hst_outcome){.handle = handle, .result = (uint32_t)result};
        hst_chain_leave(ledger, &chain, linked, i, result, outcomes);
    }
    hst_assert(!chain.open);
    ledger->counts.created += chain.made;
    ledger->counts.refused += count - chain.made;
    return HST_OK;
}

hst_status
hst_ledger_open(hst_ledger *ledger, const hst_account_open *request, hst_outcome *outcome)
{
    HST_TRY(hst_ledger_open_accounts(ledger, request, 1, outcome));
    return outcome->result == HST_LEDGER_CREATED ? HST_OK : HST_REFUSED;
}

/** Close a single change: count it, and say whether it was applied. */
static hst_status
conclude(hst_ledger *l, hst_ledger_result result, uint32_t account, hst_outcome *outcome)
{
    *outcome = (hst_outcome){.handle = account, .result = (uint32_t)result};
    l->counts.created += result == HST_LEDGER_CREATED;
    l->counts.refused += result != HST_LEDGER_CREATED;
    return result == HST_LEDGER_CREATED ? HST_OK : HST_REFUSED;
}

hst_status
hst_ledger_freeze(hst_ledger *ledger, uint32_t account, uint16_t frozen_flags, hst_outcome *outcome)
{
    HST_TRY(hst_ledger_reserve(ledger, 1, 0, false));
    if ((frozen_flags & ~(uint32_t)HST_ACCOUNT_FROZEN) != 0) {
        return conclude(ledger, HST_LEDGER_RESERVED_FLAG, account, outcome);
    }
    if (account >= ledger->account_count) {
        return conclude(ledger, HST_LEDGER_ACCOUNT_NOT_FOUND, account, outcome);
    }
    hst_log_time(ledger);
    hst_touch(ledger, account);
    hst_hot_account *a = &ledger->hot[account];
    a->flags = (uint16_t)((a->flags & ~(uint32_t)HST_ACCOUNT_FROZEN) | frozen_flags);
    ledger->timestamp = hst_next_timestamp(ledger);
    hst_log_append_kind(ledger, HST_UNIT_FREEZE, 0, account, frozen_flags);
    return conclude(ledger, HST_LEDGER_CREATED, account, outcome);
}

/** Whether the account would be within a limit of `credit_limit`. */
static bool within(const hst_hot_account *a, int64_t credit_limit)
{
    if ((a->flags & HST_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS) != 0 &&
        hst_exceeds(a->debits_pending + a->debits_posted, a->credits_posted, credit_limit)) {
        return false;
    }
    return (a->flags & HST_ACCOUNT_CREDITS_MUST_NOT_EXCEED_DEBITS) == 0 ||
           !hst_exceeds(a->credits_pending + a->credits_posted, a->debits_posted, credit_limit);
}

hst_status hst_ledger_set_credit_limit(hst_ledger *ledger,
                                       uint32_t account,
                                       int64_t credit_limit_minor,
                                       hst_outcome *outcome)
{
    HST_TRY(hst_ledger_reserve(ledger, 1, 0, false));
    if (credit_limit_minor < 0) {
        return conclude(ledger, HST_LEDGER_CREDIT_LIMIT_MUST_NOT_BE_NEGATIVE, account, outcome);
    }
    if (account >= ledger->account_count) {
        return conclude(ledger, HST_LEDGER_ACCOUNT_NOT_FOUND, account, outcome);
    }
    if (!within(&ledger->hot[account], credit_limit_minor)) {
        return conclude(ledger, HST_LEDGER_CREDIT_LIMIT_BELOW_USE, account, outcome);
    }
    hst_log_time(ledger);
    hst_touch(ledger, account);
    ledger->hot[account].credit_limit = credit_limit_minor;
    ledger->timestamp = hst_next_timestamp(ledger);
    hst_log_append_kind(ledger, HST_UNIT_LIMIT, (uint64_t)credit_limit_minor, account, 0);
    return conclude(ledger, HST_LEDGER_CREATED, account, outcome);
}

uint32_t hst_ledger_account_count(const hst_ledger *ledger)
{
    return ledger->account_count;
}

uint32_t hst_ledger_find(const hst_ledger *ledger, hst_key id)
{
    return hst_table_find(&ledger->account_table, id);
}

void hst_ledger_account(const hst_ledger *ledger, uint32_t account, hst_account *account_out)
{
    hst_assert(account < ledger->account_count);
    const hst_hot_account *hot = &ledger->hot[account];
    const hst_cold_account *cold = &ledger->cold[account];
    *account_out = (hst_account){.id = hot->id,
                                 .user_data_128 = cold->user_data_128,
                                 .user_data_64 = cold->user_data_64,
                                 .debits_pending_minor = hot->debits_pending,
                                 .debits_posted_minor = hot->debits_posted,
                                 .credits_pending_minor = hot->credits_pending,
                                 .credits_posted_minor = hot->credits_posted,
                                 .credit_limit_minor = hot->credit_limit,
                                 .timestamp_ns = cold->timestamp,
                                 .user_data_32 = cold->user_data_32,
                                 .sequence = cold->sequence,
                                 .ledger = hot->ledger,
                                 .code = cold->code,
                                 .flags = hot->flags};
}

void hst_account_opening(const hst_ledger *l, uint32_t account, hst_account_open *request_out)
{
    hst_assert(account < l->account_count);
    const hst_cold_account *cold = &l->cold[account];
    *request_out = (hst_account_open){.id = l->hot[account].id,
                                      .user_data_128 = cold->user_data_128,
                                      .user_data_64 = cold->user_data_64,
                                      .credit_limit_minor = cold->opened_limit,
                                      .user_data_32 = cold->user_data_32,
                                      .ledger = l->hot[account].ledger,
                                      .code = cold->code,
                                      .flags = cold->opened_flags};
}

int64_t hst_ledger_balance(const hst_ledger *ledger, uint32_t account)
{
    hst_assert(account < ledger->account_count);
    const hst_hot_account *a = &ledger->hot[account];
    const bool credit = a->credits_posted >= a->debits_posted;
    const uint64_t size =
        credit ? a->credits_posted - a->debits_posted : a->debits_posted - a->credits_posted;
    if (size > INT64_MAX) {
        return credit ? INT64_MAX : INT64_MIN;
    }
    return credit ? (int64_t)size : -(int64_t)size;
}

/** What `funds` and the limit still leave beyond `used`. */
static uint64_t available(uint64_t funds, int64_t credit_limit, uint64_t used)
{
    uint64_t bound = 0;
    if (__builtin_add_overflow(funds, (uint64_t)credit_limit, &bound)) {
        bound = UINT64_MAX;
    }
    hst_assert(used <= bound);
    return bound - used;
}

uint64_t hst_ledger_debit_available(const hst_ledger *ledger, uint32_t account)
{
    hst_assert(account < ledger->account_count);
    const hst_hot_account *a = &ledger->hot[account];
    if ((a->flags & HST_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS) == 0) {
        return UINT64_MAX;
    }
    return available(a->credits_posted, a->credit_limit, a->debits_posted + a->debits_pending);
}

uint64_t hst_ledger_credit_available(const hst_ledger *ledger, uint32_t account)
{
    hst_assert(account < ledger->account_count);
    const hst_hot_account *a = &ledger->hot[account];
    if ((a->flags & HST_ACCOUNT_CREDITS_MUST_NOT_EXCEED_DEBITS) == 0) {
        return UINT64_MAX;
    }
    return available(a->debits_posted, a->credit_limit, a->credits_posted + a->credits_pending);
}

size_t hst_ledger_history(const hst_ledger *ledger,
                          uint32_t account,
                          hst_history_row *rows,
                          size_t capacity)
{
    hst_assert(account < ledger->account_count);
    hst_assert(rows != NULL || capacity == 0);
    size_t count = 0;
    uint32_t next = ledger->cold[account].history_newest;
    while (next != 0 && count < capacity) {
        const hst_history_link *link = hst_column_at(&ledger->history, next - 1);
        hst_assert(link->account == account);
        rows[count++] = link->row;
        next = link->older;
    }
    return count;
}
