#include "core/ledger/internal.h"

#include <string.h>

/* Full transfers: ids in, handles out, idempotent. A batch is staged as in compact.c, one stage
 * more: hashes first, then the records that the hash table names, then execution. */

enum { STAGE = 6, RING = 64 };

/** Only so that ids of one ledger do not collide as in another implementation's default. */
static const uint64_t table_seed = UINT64_C(0x6865727374617474);

/** Hashes of the ids in one transfer. */
typedef struct id_hashes {
    uint32_t id, debit, credit, pending;
} id_hashes;

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

static hst_transfer *record_at(const hst_ledger *l, uint64_t transfer)
{
    return hst_column_at(&l->transfers, transfer);
}

/** A larger table and id array in an arena of their own; the old ones go with theirs. */
static hst_status grow_ids(hst_ledger *l, uint32_t capacity)
{
    hst_arena arena;
    hst_table table = l->id_table;
    hst_arena_init(&arena, l->memory.host, 0);
    hst_id_entry *ids = HST_ARENA_NEW(&arena, hst_id_entry, capacity);
    hst_status status = ids == NULL ? HST_NO_MEMORY : HST_OK;
    if (status == HST_OK && l->id_capacity == 0) {
        status = hst_table_init(&table, &arena, capacity, ids, sizeof *ids, table_seed);
    } else if (status == HST_OK) {
        memcpy(ids, l->ids, (size_t)l->transfers.count * sizeof *ids);
        status = hst_table_grow(&table, &arena, capacity);
    }
    if (status != HST_OK) {
        hst_arena_release(&arena);
        return status;
    }
    hst_table_set_keys(&table, ids, sizeof *ids);
    if (l->id_capacity != 0) {
        hst_arena_release(&l->id_arena);
    }
    l->id_arena = arena;
    l->id_table = table;
    l->ids = ids;
    l->id_capacity = capacity;
    return HST_OK;
}

hst_status hst_transfer_reserve(hst_ledger *l, uint64_t extra)
{
    const uint64_t needed = l->transfers.count + extra;
    if (needed > HST_TABLE_COUNT_MAX) {
        return HST_FULL;
    }
    if (needed > l->id_capacity) {
        uint64_t capacity = l->id_capacity == 0 ? 16 : 2 * (uint64_t)l->id_capacity;
        while (capacity < needed) {
            capacity *= 2;
        }
        HST_TRY(
            grow_ids(l, capacity < HST_TABLE_COUNT_MAX ? (uint32_t)capacity : HST_TABLE_COUNT_MAX));
    }
    return hst_column_reserve(&l->transfers, &l->memory, extra);
}

/** Enter a record that was applied, or an empty one for a burnt id. */
static uint32_t append(hst_ledger *l, const hst_transfer *record, hst_id_entry entry, bool find)
{
    hst_assert(l->transfers.count < l->transfers.capacity);
    hst_assert(l->transfers.count < l->id_capacity);
    const uint32_t transfer = (uint32_t)l->transfers.count++;
    *record_at(l, transfer) = *record;
    l->ids[transfer] = entry;
    if (find) {
        const hst_status entered = hst_table_insert(&l->id_table, entry.id, transfer, NULL);
        hst_assert(entered == HST_OK);
    }
    return transfer;
}

void hst_transfer_burn(hst_ledger *l, hst_key id)
{
    const hst_transfer nothing = {.id = id};
    const hst_id_entry entry = {.id = id, .pending = HST_HANDLE_NONE, .burnt = 1};
    const uint32_t transfer = append(l, &nothing, entry, true);
    hst_log_append_kind(l, HST_UNIT_BURNT, 0, transfer, 0);
}

bool hst_transfer_remembers(const hst_ledger *l, uint32_t flags)
{
    return l->config.idempotent || (flags & HST_TRANSFER_PENDING) != 0;
}

/** Step 2, user data: what was left out of a post or void counts as the pending transfer's. */
static hst_ledger_result judge_existing_user_data(const hst_transfer *t,
                                                  const hst_transfer *e,
                                                  const hst_transfer *inherited)
{
    const bool inherit_128 = inherited != NULL && is_zero(t->user_data_128);
    const bool inherit_64 = inherited != NULL && t->user_data_64 == 0;
    const bool inherit_32 = inherited != NULL && t->user_data_32 == 0;
    if (!same(inherit_128 ? inherited->user_data_128 : t->user_data_128, e->user_data_128)) {
        return HST_LEDGER_EXISTS_WITH_DIFFERENT_USER_DATA_128;
    }
    if ((inherit_64 ? inherited->user_data_64 : t->user_data_64) != e->user_data_64) {
        return HST_LEDGER_EXISTS_WITH_DIFFERENT_USER_DATA_64;
    }
    if ((inherit_32 ? inherited->user_data_32 : t->user_data_32) != e->user_data_32) {
        return HST_LEDGER_EXISTS_WITH_DIFFERENT_USER_DATA_32;
    }
    return HST_LEDGER_EXISTS;
}

static bool same_amount(const hst_transfer *t, const hst_transfer *e, const hst_transfer *inherited)
{
    if ((t->flags & HST_TRANSFER_BALANCING) != 0) {
        return t->amount_minor >= e->amount_minor;
    }
    if (inherited != NULL) {
        const bool is_void = (t->flags & HST_TRANSFER_VOID_PENDING) != 0;
        if (t->amount_minor == (is_void ? 0 : HST_AMOUNT_ALL)) {
            return e->amount_minor == inherited->amount_minor;
        }
    }
    return t->amount_minor == e->amount_minor;
}

/** Step 2. */
static hst_ledger_result
judge_existing(const hst_ledger *l, const hst_transfer *t, uint32_t existing)
{
    if (l->ids[existing].burnt != 0) {
        return HST_LEDGER_ID_ALREADY_FAILED;
    }
    const hst_transfer *e = record_at(l, existing);
    if (t->flags != e->flags) {
        return HST_LEDGER_EXISTS_WITH_DIFFERENT_FLAGS;
    }
    if (!same(t->pending_id, e->pending_id)) {
        return HST_LEDGER_EXISTS_WITH_DIFFERENT_PENDING_ID;
    }
    if (t->timeout_s != e->timeout_s) {
        return HST_LEDGER_EXISTS_WITH_DIFFERENT_TIMEOUT;
    }
    const hst_transfer *inherited = NULL;
    if ((t->flags & HST_TRANSFER_RESOLVES) != 0) {
        const uint32_t pending = hst_table_find(&l->id_table, t->pending_id);
        hst_assert(pending != HST_TABLE_NONE);
        inherited = record_at(l, pending);
    }
    const bool resolves = inherited != NULL;
    if (!(resolves && is_zero(t->debit_account)) && !same(t->debit_account, e->debit_account)) {
        return HST_LEDGER_EXISTS_WITH_DIFFERENT_DEBIT_ACCOUNT;
    }
    if (!(resolves && is_zero(t->credit_account)) && !same(t->credit_account, e->credit_account)) {
        return HST_LEDGER_EXISTS_WITH_DIFFERENT_CREDIT_ACCOUNT;
    }
    if (!same_amount(t, e, inherited)) {
        return HST_LEDGER_EXISTS_WITH_DIFFERENT_AMOUNT;
    }
    const hst_ledger_result user_data = judge_existing_user_data(t, e, inherited);
    if (user_data != HST_LEDGER_EXISTS) {
        return user_data;
    }
    if (!(resolves && t->ledger == HST_CURRENCY_NONE) && t->ledger != e->ledger) {
        return HST_LEDGER_EXISTS_WITH_DIFFERENT_LEDGER;
    }
    if (!(resolves && t->code == 0) && t->code != e->code) {
        return HST_LEDGER_EXISTS_WITH_DIFFERENT_CODE;
    }
    return HST_LEDGER_EXISTS;
}

/** Steps 0 to 2; `existing_out` is the transfer with the same id. */
static hst_ledger_result
judge_form(const hst_ledger *l, const hst_transfer *t, uint32_t id_hash, uint32_t *existing_out)
{
    uint32_t reserved = 0;
    for (size_t i = 0; i < sizeof t->reserved / sizeof t->reserved[0]; i++) {
        reserved |= t->reserved[i];
    }
    if (t->timestamp_ns != 0) {
        return HST_LEDGER_TIMESTAMP_MUST_BE_ZERO;
    }
    if (reserved != 0) {
        return HST_LEDGER_RESERVED_FIELD;
    }
    if ((t->flags & ~(uint32_t)HST_TRANSFER_FLAGS) != 0 ||
        (t->flags & HST_TRANSFER_SEQUENCED) != 0) {
        return HST_LEDGER_RESERVED_FLAG;
    }
    if (is_zero(t->id)) {
        return HST_LEDGER_ID_MUST_NOT_BE_ZERO;
    }
    if (is_max(t->id)) {
        return HST_LEDGER_ID_MUST_NOT_BE_MAX;
    }
    if (hst_transfer_remembers(l, t->flags)) {
        *existing_out = hst_table_find_hashed(&l->id_table, t->id, id_hash);
        if (*existing_out != HST_TABLE_NONE) {
            return judge_existing(l, t, *existing_out);
        }
    }
    return HST_LEDGER_CREATED;
}

/** Steps 3 to 13 of a transfer that is not a post or void. */
static hst_ledger_result
make(hst_ledger *l, const hst_transfer *t, const id_hashes *hashes, hst_movement *m)
{
    if ((t->flags & HST_TRANSFER_CLAWBACK) != 0 &&
        (t->flags & (HST_TRANSFER_PENDING | HST_TRANSFER_CLOSING)) != 0) {
        return HST_LEDGER_FLAGS_ARE_MUTUALLY_EXCLUSIVE;
    }
    if (is_zero(t->debit_account)) {
        return HST_LEDGER_DEBIT_ACCOUNT_ID_MUST_NOT_BE_ZERO;
    }
    if (is_max(t->debit_account)) {
        return HST_LEDGER_DEBIT_ACCOUNT_ID_MUST_NOT_BE_MAX;
    }
    if (is_zero(t->credit_account)) {
        return HST_LEDGER_CREDIT_ACCOUNT_ID_MUST_NOT_BE_ZERO;
    }
    if (is_max(t->credit_account)) {
        return HST_LEDGER_CREDIT_ACCOUNT_ID_MUST_NOT_BE_MAX;
    }
    if (same(t->debit_account, t->credit_account)) {
        return HST_LEDGER_ACCOUNTS_MUST_BE_DIFFERENT;
    }
    if (!is_zero(t->pending_id)) {
        return HST_LEDGER_PENDING_ID_MUST_BE_ZERO;
    }
    if (t->timeout_s != 0 && (t->flags & HST_TRANSFER_PENDING) == 0) {
        return HST_LEDGER_TIMEOUT_RESERVED_FOR_PENDING;
    }
    if ((t->flags & HST_TRANSFER_CLOSING) != 0 && (t->flags & HST_TRANSFER_PENDING) == 0) {
        return HST_LEDGER_CLOSING_TRANSFER_MUST_BE_PENDING;
    }
    if (t->ledger == HST_CURRENCY_NONE) {
        return HST_LEDGER_LEDGER_MUST_NOT_BE_NONE;
    }
    if (t->code == 0) {
        return HST_LEDGER_CODE_MUST_NOT_BE_ZERO;
    }
    m->debit = hst_table_find_hashed(&l->account_table, t->debit_account, hashes->debit);
    if (m->debit == HST_TABLE_NONE) {
        return HST_LEDGER_DEBIT_ACCOUNT_NOT_FOUND;
    }
    m->credit = hst_table_find_hashed(&l->account_table, t->credit_account, hashes->credit);
    if (m->credit == HST_TABLE_NONE) {
        return HST_LEDGER_CREDIT_ACCOUNT_NOT_FOUND;
    }
    return hst_movement_make(l, m);
}

/** Account of an id that may be left out; an unknown one is a handle that matches nothing. */
static uint32_t optional_account(const hst_ledger *l, hst_key id, uint32_t hash)
{
    if (is_zero(id)) {
        return HST_HANDLE_NONE;
    }
    const uint32_t found = hst_table_find_hashed(&l->account_table, id, hash);
    return found != HST_TABLE_NONE ? found : HST_HANDLE_NONE - 1;
}

/** Steps 3 to 13 of a post or void. */
static hst_ledger_result
resolve(hst_ledger *l, const hst_transfer *t, const id_hashes *hashes, hst_movement *m)
{
    const uint32_t others = HST_TRANSFER_PENDING | HST_TRANSFER_BALANCING | HST_TRANSFER_CLOSING |
                            HST_TRANSFER_CLAWBACK;
    if ((t->flags & others) != 0 || (t->flags & HST_TRANSFER_RESOLVES) == HST_TRANSFER_RESOLVES) {
        return HST_LEDGER_FLAGS_ARE_MUTUALLY_EXCLUSIVE;
    }
    if (is_zero(t->pending_id)) {
        return HST_LEDGER_PENDING_ID_MUST_NOT_BE_ZERO;
    }
    if (is_max(t->pending_id)) {
        return HST_LEDGER_PENDING_ID_MUST_NOT_BE_MAX;
    }
    if (same(t->pending_id, t->id)) {
        return HST_LEDGER_PENDING_ID_MUST_BE_DIFFERENT;
    }
    if (t->timeout_s != 0) {
        return HST_LEDGER_TIMEOUT_RESERVED_FOR_PENDING;
    }
    const uint32_t named = hst_table_find_hashed(&l->id_table, t->pending_id, hashes->pending);
    if (named == HST_TABLE_NONE || l->ids[named].burnt != 0) {
        return HST_LEDGER_PENDING_TRANSFER_NOT_FOUND;
    }
    m->pending = l->ids[named].pending;
    if (m->pending == HST_HANDLE_NONE) {
        return HST_LEDGER_PENDING_TRANSFER_NOT_PENDING;
    }
    m->debit = optional_account(l, t->debit_account, hashes->debit);
    m->credit = optional_account(l, t->credit_account, hashes->credit);
    return hst_movement_resolve(l, m);
}

/** Record an applied transfer as it came out. */
static void record(hst_ledger *l, const hst_transfer *t, const hst_movement *m)
{
    hst_transfer applied = *t;
    const bool resolves = (t->flags & HST_TRANSFER_RESOLVES) != 0;
    applied.amount_minor = m->amount;
    applied.debit_account = l->hot[m->debit].id;
    applied.credit_account = l->hot[m->credit].id;
    applied.ledger = l->hot[m->debit].ledger;
    applied.code = m->code;
    applied.timestamp_ns = l->timestamp;
    if (resolves) {
        const hst_transfer *from = record_at(l, hst_pending_at(l, m->pending)->transfer);
        applied.user_data_128 = is_zero(t->user_data_128) ? from->user_data_128 : t->user_data_128;
        applied.user_data_64 = t->user_data_64 == 0 ? from->user_data_64 : t->user_data_64;
        applied.user_data_32 = t->user_data_32 == 0 ? from->user_data_32 : t->user_data_32;
    }
    const hst_id_entry entry = {.id = t->id, .pending = resolves ? HST_HANDLE_NONE : m->pending};
    const uint32_t transfer = append(l, &applied, entry, hst_transfer_remembers(l, t->flags));
    hst_log_append_kind(l, HST_UNIT_TRANSFER, 0, transfer, 0);
}

static hst_ledger_result
execute_one(hst_ledger *l, const hst_transfer *t, const id_hashes *hashes, hst_outcome *outcome)
{
    uint32_t existing = HST_TABLE_NONE;
    const hst_ledger_result form = judge_form(l, t, hashes->id, &existing);
    if (form != HST_LEDGER_CREATED) {
        if (existing != HST_TABLE_NONE) {
            outcome->handle = l->ids[existing].pending;
        }
        return form;
    }
    hst_movement m = {.amount = t->amount_minor,
                      .debit = HST_HANDLE_NONE,
                      .credit = HST_HANDLE_NONE,
                      .pending = HST_HANDLE_NONE,
                      .timeout_s = t->timeout_s,
                      .transfer = (uint32_t)l->transfers.count,
                      .escrow = HST_HANDLE_NONE,
                      .ledger = t->ledger,
                      .code = t->code,
                      .flags = t->flags};
    const bool resolves = (t->flags & HST_TRANSFER_RESOLVES) != 0;
    const hst_ledger_result result = resolves ? resolve(l, t, hashes, &m) : make(l, t, hashes, &m);
    if (result == HST_LEDGER_CREATED) {
        record(l, t, &m);
        outcome->amount_minor = m.amount;
        outcome->handle = m.pending;
    }
    return result;
}

/** Handle whose fingerprint matches, before its key is looked at: worth asking memory for. */
static inline uint32_t candidate(const hst_table *table, uint32_t hash)
{
    for (uint64_t at = hash & table->mask;; at = (at + 1) & table->mask) {
        const uint64_t slot = table->slots[at];
        if (slot == 0) {
            return HST_TABLE_NONE;
        }
        if (slot >> 32 == hash) {
            return (uint32_t)slot - 1;
        }
    }
}

/** First stage: hashes, and the slots they lead to. */
HST_PREFETCHES void stage_hashes(const hst_ledger *l, const hst_transfer *t, id_hashes *hashes)
{
    hashes->id = hst_table_hash(&l->id_table, t->id);
    hashes->debit = hst_table_hash(&l->account_table, t->debit_account);
    hashes->credit = hst_table_hash(&l->account_table, t->credit_account);
    hst_table_prefetch(&l->id_table, hashes->id);
    hst_table_prefetch(&l->account_table, hashes->debit);
    hst_table_prefetch(&l->account_table, hashes->credit);
    if ((t->flags & HST_TRANSFER_RESOLVES) != 0) {
        hashes->pending = hst_table_hash(&l->id_table, t->pending_id);
        hst_table_prefetch(&l->id_table, hashes->pending);
    }
}

HST_PREFETCHES void prefetch_account(const hst_ledger *l, uint32_t hash)
{
    const uint32_t account = candidate(&l->account_table, hash);
    if (account != HST_TABLE_NONE) {
        __builtin_prefetch(&l->hot[account], 1, 3);
    }
}

/** Second stage: the records that the slots name. */
HST_PREFETCHES void stage_records(const hst_ledger *l, const hst_transfer *t, const id_hashes *h)
{
    prefetch_account(l, h->debit);
    prefetch_account(l, h->credit);
    if ((t->flags & HST_TRANSFER_RESOLVES) != 0) {
        const uint32_t pending = candidate(&l->id_table, h->pending);
        if (pending != HST_TABLE_NONE) {
            __builtin_prefetch(&l->ids[pending], 0, 3);
            __builtin_prefetch(record_at(l, pending), 0, 3);
        }
    }
}

hst_status hst_ledger_execute(hst_ledger *ledger,
                              const hst_transfer *transfers,
                              size_t count,
                              hst_outcome *outcomes)
{
    hst_assert(count <= HST_LEDGER_BATCH_MAX);
    uint32_t used_flags = 0;
    for (size_t i = 0; i < count; i++) {
        used_flags |= transfers[i].flags;
    }
    HST_TRY(hst_ledger_reserve(ledger, count, used_flags, true));
    if (count == 0) {
        return HST_OK;
    }
    hst_log_time(ledger);
    id_hashes ring[RING];
    for (size_t i = 0; i < count && i < 2 * (size_t)STAGE; i++) {
        stage_hashes(ledger, &transfers[i], &ring[i % RING]);
    }
    for (size_t i = 0; i < count && i < STAGE; i++) {
        stage_records(ledger, &transfers[i], &ring[i % RING]);
    }
    hst_chain chain = {0};
    for (size_t i = 0; i < count; i++) {
        const size_t far = i + 2 * (size_t)STAGE;
        const size_t near = i + STAGE;
        if (far < count) {
            stage_hashes(ledger, &transfers[far], &ring[far % RING]);
        }
        if (near < count) {
            stage_records(ledger, &transfers[near], &ring[near % RING]);
        }
        const hst_transfer *t = &transfers[i];
        const bool linked = (t->flags & HST_TRANSFER_LINKED) != 0;
        outcomes[i] = (hst_outcome){.handle = HST_HANDLE_NONE};
        hst_ledger_result result = hst_chain_enter(ledger, &chain, linked, i, count);
        if (result == HST_LEDGER_CREATED) {
            result = execute_one(ledger, t, &ring[i % RING], &outcomes[i]);
        }
        outcomes[i].result = (uint32_t)result;
        hst_chain_leave(ledger, &chain, linked, i, result, outcomes);
        if (hst_ledger_result_transient(result) && ledger->config.idempotent) {
            hst_transfer_burn(ledger, t->id);
        }
    }
    hst_assert(!chain.open);
    ledger->counts.created += chain.made;
    ledger->counts.refused += count - chain.made;
    return HST_OK;
}

hst_status
hst_ledger_find_transfer(const hst_ledger *ledger, hst_key id, hst_transfer *transfer_out)
{
    if (ledger->id_capacity == 0) {
        return HST_NOT_FOUND;
    }
    const uint32_t found = hst_table_find(&ledger->id_table, id);
    if (found == HST_TABLE_NONE || ledger->ids[found].burnt != 0) {
        return HST_NOT_FOUND;
    }
    *transfer_out = *record_at(ledger, found);
    return HST_OK;
}
