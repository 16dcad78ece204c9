#include "core/ledger/audit.h"
#include "core/ledger/snapshot.h"

#include <string.h>

/* Bytes of any origin become a ledger only if every record in them is one that the ledger could
 * have written: ranges and references first, so that nothing later can go astray, then the
 * invariants, then the roots. */

static bool is_id(hst_key key)
{
    return (key.low | key.high) != 0 && (key.low & key.high) != UINT64_MAX;
}

static bool same(hst_key a, hst_key b)
{
    return a.low == b.low && a.high == b.high;
}

static bool is_zero(const unsigned char *bytes, size_t size)
{
    unsigned char all = 0;
    for (size_t i = 0; i < size; i++) {
        all |= bytes[i];
    }
    return all == 0;
}

/** Counts that `left` bytes can hold at all, before memory is taken for them. */
static bool plausible(const hst_snapshot_head *head, size_t left)
{
    enum { RECORD_MIN = 4 };
    const uint64_t most = left / RECORD_MIN;
    return head->account_count <= head->config.account_max && head->account_count <= most &&
           head->dirty_count <= head->account_count && head->pending_count < UINT32_MAX &&
           head->pending_count <= most && head->transfer_count <= HST_TABLE_COUNT_MAX &&
           head->transfer_count <= most && head->escrow_count <= head->pending_count &&
           head->history_count < UINT32_MAX && head->history_count <= most &&
           head->header_count < UINT32_MAX && head->header_count <= most && head->log_count <= most;
}

/** Room for all records, and the counts set. */
static hst_status make_room(hst_ledger *l, const hst_snapshot_head *head)
{
    HST_TRY(hst_column_reserve(&l->pendings, &l->memory, head->pending_count));
    HST_TRY(hst_column_reserve(&l->expiries, &l->memory, head->pending_count));
    if (head->transfer_count > 0) {
        HST_TRY(hst_transfer_reserve(l, head->transfer_count));
    }
    HST_TRY(hst_column_reserve(&l->escrows, &l->memory, head->escrow_count));
    HST_TRY(hst_column_reserve(&l->history, &l->memory, head->history_count));
    HST_TRY(hst_column_reserve(&l->headers, &l->memory, head->header_count));
    HST_TRY(hst_column_reserve(&l->log, &l->memory, head->log_count));
    l->account_count = (uint32_t)head->account_count;
    l->dirty_count = (uint32_t)head->dirty_count;
    l->pendings.count = head->pending_count;
    l->transfers.count = head->transfer_count;
    l->escrows.count = head->escrow_count;
    l->history.count = head->history_count;
    l->headers.count = head->header_count;
    l->log.count = head->log_count;
    l->mark = (uint32_t)head->header_count + 1;
    return HST_OK;
}

static bool counters_sound(const hst_ledger *l)
{
    const uint64_t event_max = UINT64_C(1) << 62;
    return l->logged_time >= 0 && l->logged_time <= l->time && l->time <= HST_LEDGER_TIME_MAX &&
           l->timestamp >= 0 && l->timestamp <= HST_LEDGER_TIME_MAX + (INT64_C(1) << 32) &&
           l->log_base <= event_max && l->block_first <= l->log.count &&
           (l->config.keep_log ? l->log_base == 0 : l->block_first == 0);
}

static bool
account_sound(const hst_ledger *l, const hst_hot_account *hot, const hst_cold_account *cold)
{
    const uint32_t lasting = HST_ACCOUNT_LIMITED | HST_ACCOUNT_HISTORY;
    const uint32_t known = HST_ACCOUNT_FLAGS & ~(uint32_t)HST_ACCOUNT_LINKED;
    return is_id(hot->id) && hot->ledger < l->config.currency_count && (hot->flags & ~known) == 0 &&
           (cold->opened_flags & ~known) == 0 &&
           (hot->flags & lasting) == (cold->opened_flags & lasting) &&
           (hot->flags & HST_ACCOUNT_LIMITED) != HST_ACCOUNT_LIMITED && cold->code != 0 &&
           hot->credit_limit >= 0 && cold->opened_limit >= 0 && cold->timestamp >= 0 &&
           cold->timestamp <= l->timestamp && cold->history_newest <= l->history.count;
}

static bool load_accounts(hst_ledger *l)
{
    for (uint32_t i = 0; i < l->account_count; i++) {
        if (!account_sound(l, &l->hot[i], &l->cold[i]) ||
            hst_table_insert(&l->account_table, l->hot[i].id, i, NULL) != HST_OK) {
            return false;
        }
        l->history_accounts += (l->hot[i].flags & HST_ACCOUNT_HISTORY) != 0;
    }
    for (uint32_t i = 0; i < l->dirty_count; i++) {
        if (l->dirty[i] >= l->account_count || l->hot[l->dirty[i]].mark == l->mark) {
            return false;
        }
        l->hot[l->dirty[i]].mark = l->mark;
    }
    return true;
}

static bool closed_as_held(const hst_ledger *l, const hst_held_transfer *held)
{
    const bool debit = (held->flags & HST_TRANSFER_CLOSING_DEBIT) != 0;
    const bool credit = (held->flags & HST_TRANSFER_CLOSING_CREDIT) != 0;
    return (!debit || (l->hot[held->debit].flags & HST_ACCOUNT_CLOSED) != 0) &&
           (!credit || (l->hot[held->credit].flags & HST_ACCOUNT_CLOSED) != 0);
}

static bool pending_sound(const hst_ledger *l, uint32_t pending)
{
    const hst_held_transfer *held = hst_pending_at(l, pending);
    if (held->debit >= l->account_count || held->credit >= l->account_count ||
        held->debit == held->credit || held->status >= HST_PENDING_STATUS_COUNT) {
        return false;
    }
    const bool open = held->status == HST_PENDING_OPEN;
    const bool timed = held->expires != INT64_MAX;
    if (l->hot[held->debit].ledger != l->hot[held->credit].ledger || held->code == 0 ||
        (held->flags & ~(uint32_t)HST_TRANSFER_CLOSING) != 0 || held->timestamp < 0 ||
        held->timestamp > l->timestamp || held->expires < held->timestamp ||
        (open && held->expires <= l->time) || (held->status == HST_PENDING_EXPIRED && !timed) ||
        (open && !closed_as_held(l, held))) {
        return false;
    }
    if (held->transfer != HST_HANDLE_NONE &&
        (held->transfer >= l->transfers.count || l->ids[held->transfer].pending != pending)) {
        return false;
    }
    if (held->escrow == HST_HANDLE_NONE) {
        return true;
    }
    if (held->escrow >= l->escrows.count || held->transfer != HST_HANDLE_NONE || timed) {
        return false;
    }
    const hst_escrow_record *escrow = hst_column_at(&l->escrows, held->escrow);
    return escrow->pending == pending;
}

static bool load_pendings(hst_ledger *l)
{
    for (uint32_t p = 0; p < l->pendings.count; p++) {
        if (!pending_sound(l, p)) {
            return false;
        }
        const hst_held_transfer *held = hst_pending_at(l, p);
        if (held->status != HST_PENDING_OPEN) {
            continue;
        }
        l->held[l->hot[held->debit].ledger] += held->amount;
        if (held->expires != INT64_MAX) {
            hst_expiry_push(l, held->expires, p);
        }
    }
    return true;
}

static bool transfer_sound(const hst_ledger *l, const hst_transfer *t, const hst_id_entry *entry)
{
    if (!is_id(t->id) || !same(t->id, entry->id) || entry->burnt > 1) {
        return false;
    }
    if (entry->burnt == 1) {
        const hst_transfer nothing = {.id = t->id};
        return entry->pending == HST_HANDLE_NONE && memcmp(t, &nothing, sizeof nothing) == 0;
    }
    const bool holds = (t->flags & HST_TRANSFER_PENDING) != 0;
    const uint32_t known = HST_TRANSFER_FLAGS & ~(uint32_t)HST_TRANSFER_SEQUENCED;
    const uint32_t debit = hst_table_find(&l->account_table, t->debit_account);
    const uint32_t credit = hst_table_find(&l->account_table, t->credit_account);
    if ((t->flags & ~known) != 0 || debit == HST_TABLE_NONE || credit == HST_TABLE_NONE ||
        t->ledger != l->hot[debit].ledger || t->code == 0 || t->timestamp_ns < 0 ||
        t->timestamp_ns > l->timestamp || holds != (entry->pending != HST_HANDLE_NONE)) {
        return false;
    }
    return !holds || (entry->pending < l->pendings.count);
}

static bool load_transfers(hst_ledger *l)
{
    for (uint32_t i = 0; i < l->transfers.count; i++) {
        const hst_transfer *t = hst_column_at(&l->transfers, i);
        const hst_id_entry *entry = &l->ids[i];
        if (!transfer_sound(l, t, entry)) {
            return false;
        }
        if (entry->pending != HST_HANDLE_NONE && hst_pending_at(l, entry->pending)->transfer != i) {
            return false;
        }
        if ((entry->burnt != 0 || hst_transfer_remembers(l, t->flags)) &&
            hst_table_insert(&l->id_table, t->id, i, NULL) != HST_OK) {
            return false;
        }
    }
    /* A post or void names a pending transfer that is there. */
    for (uint32_t i = 0; i < l->transfers.count; i++) {
        const hst_transfer *t = hst_column_at(&l->transfers, i);
        if ((t->flags & HST_TRANSFER_RESOLVES) != 0) {
            const uint32_t named = hst_table_find(&l->id_table, t->pending_id);
            if (named == HST_TABLE_NONE || l->ids[named].pending == HST_HANDLE_NONE) {
                return false;
            }
        }
    }
    return true;
}

static bool escrow_sound(const hst_ledger *l, uint32_t index)
{
    const hst_escrow_record *escrow = hst_column_at(&l->escrows, index);
    if (escrow->pending >= l->pendings.count || escrow->cancel_after <= escrow->finish_after ||
        escrow->cancel_after <= 0) {
        return false;
    }
    const hst_held_transfer *held = hst_pending_at(l, escrow->pending);
    if (held->escrow != index) {
        return false;
    }
    if (held->status == HST_PENDING_POSTED && !hst_hash_is_zero(&escrow->condition)) {
        const hst_hash hash = hst_preimage_condition(&escrow->preimage);
        return hst_hash_equal(&hash, &escrow->condition);
    }
    return is_zero(escrow->preimage.bytes, sizeof escrow->preimage.bytes);
}

static bool history_sound(const hst_ledger *l)
{
    for (uint64_t i = 0; i < l->history.count; i++) {
        const hst_history_link *link = hst_column_at(&l->history, i);
        if (link->account >= l->account_count || link->older > i) {
            return false;
        }
        if ((l->hot[link->account].flags & HST_ACCOUNT_HISTORY) == 0) {
            return false;
        }
        const hst_history_link *older =
            link->older == 0 ? link : hst_column_at(&l->history, link->older - 1);
        if (older->account != link->account) {
            return false;
        }
    }
    for (uint32_t i = 0; i < l->account_count; i++) {
        const uint32_t newest = l->cold[i].history_newest;
        if (newest != 0) {
            const hst_history_link *link = hst_column_at(&l->history, newest - 1);
            if (link->account != i) {
                return false;
            }
        }
    }
    return true;
}

static bool unit_sound(const hst_ledger *l, const hst_log_unit *unit)
{
    switch ((hst_unit_kind)hst_unit_kind_of(unit)) {
    case HST_UNIT_COMPACT:
    case HST_UNIT_TIME:
    case HST_UNIT_FREEZE:
    case HST_UNIT_LIMIT: return true;
    case HST_UNIT_OPEN: return unit->debit < l->account_count;
    case HST_UNIT_TRANSFER:
        return unit->debit < l->transfers.count && l->ids[unit->debit].burnt == 0;
    case HST_UNIT_BURNT: return unit->debit < l->transfers.count && l->ids[unit->debit].burnt == 1;
    case HST_UNIT_ESCROW_LOCK:
    case HST_UNIT_ESCROW_FINISH:
    case HST_UNIT_ESCROW_CANCEL:
    case HST_UNIT_ESCROW_REJECT: return unit->debit < l->escrows.count;
    case HST_UNIT_KIND_COUNT: break;
    }
    return false;
}

/** Sums at the last seal are what all accounts are now, less what changed since. */
static bool sums_sound(hst_ledger *l)
{
    for (uint32_t i = 0; i < l->config.currency_count; i++) {
        l->after[i] = (hst_sums){0};
    }
    for (uint32_t i = 0; i < l->account_count; i++) {
        const hst_hot_account *a = &l->hot[i];
        if (a->mark != l->mark) {
            hst_sums *sums = &l->after[a->ledger];
            sums->debits_pending += a->debits_pending;
            sums->debits_posted += a->debits_posted;
            sums->credits_pending += a->credits_pending;
            sums->credits_posted += a->credits_posted;
        }
    }
    for (uint32_t i = 0; i < l->config.currency_count; i++) {
        const hst_sums *clean = &l->after[i];
        const hst_sums *before = &l->before[i];
        const hst_sums *sums = &l->sums[i];
        if (sums->debits_pending != clean->debits_pending + before->debits_pending ||
            sums->debits_posted != clean->debits_posted + before->debits_posted ||
            sums->credits_pending != clean->credits_pending + before->credits_pending ||
            sums->credits_posted != clean->credits_posted + before->credits_posted) {
            return false;
        }
    }
    return true;
}

/** The last header against the counters, the sums and, when nothing changed since, the state. */
static hst_status check_last_header(hst_ledger *l)
{
    if (l->headers.count == 0) {
        return l->log_base + l->block_first == 0 ? HST_OK : HST_CORRUPT;
    }
    const hst_block_header *last = hst_column_at(&l->headers, l->headers.count - 1);
    const hst_hash totals = hst_sums_hash(l->sums, l->config.currency_count);
    if (last->event_first + last->event_count != l->log_base + l->block_first ||
        last->event_count > l->log_base + l->block_first || last->time_ns > l->time ||
        last->account_count > l->account_count ||
        last->currency_count != l->config.currency_count ||
        !hst_hash_equal(&totals, &last->totals_hash)) {
        return HST_CORRUPT;
    }
    for (uint64_t i = 0; i + 1 < l->headers.count; i++) {
        const hst_block_header *header = hst_column_at(&l->headers, i);
        if (header->event_count > last->event_first) {
            return HST_CORRUPT;
        }
    }
    HST_TRY(hst_state_update(l));
    const hst_hash root = hst_merkle_tree_root(&l->tree);
    if (l->dirty_count == 0 && !hst_hash_equal(&root, &last->state_root)) {
        return HST_CORRUPT;
    }
    return HST_OK;
}

static hst_status load(hst_ledger *l)
{
    if (!counters_sound(l) || !load_accounts(l) || !load_pendings(l) || !load_transfers(l) ||
        !history_sound(l) || !sums_sound(l)) {
        return HST_CORRUPT;
    }
    for (uint32_t i = 0; i < l->escrows.count; i++) {
        if (!escrow_sound(l, i)) {
            return HST_CORRUPT;
        }
    }
    for (uint64_t i = 0; i < l->log.count; i++) {
        if (!unit_sound(l, hst_unit_at(l, i))) {
            return HST_CORRUPT;
        }
    }
    HST_TRY(check_last_header(l));
    HST_TRY(hst_ledger_check(l));
    memset(l->invariants, 0, sizeof l->invariants);
    return HST_OK;
}

static hst_status check_checksum(const void *bytes, size_t size)
{
    if (size < HST_SNAPSHOT_CHECKSUM_SIZE) {
        return HST_TRUNCATED;
    }
    const size_t body = size - HST_SNAPSHOT_CHECKSUM_SIZE;
    const hst_hash checksum = hst_blake2b(bytes, body);
    const unsigned char *found = (const unsigned char *)bytes + body;
    return memcmp(checksum.bytes, found, sizeof checksum.bytes) == 0 ? HST_OK : HST_CORRUPT;
}

static hst_status read_body(hst_ledger *l, const hst_snapshot_head *head, hst_snapshot_io *io)
{
    if (!plausible(head, hst_reader_left(&io->reader))) {
        return HST_CORRUPT;
    }
    HST_TRY(make_room(l, head));
    l->config.event_plan = head->config.event_plan;
    l->config.transfer_plan = head->config.transfer_plan;
    l->config.pending_plan = head->config.pending_plan;
    hst_snapshot_body_pass(io, l);
    HST_TRY(hst_reader_finish(&io->reader));
    return load(l);
}

hst_status hst_ledger_restore(hst_memory memory,
                              const hst_hash_engine *engine,
                              const void *bytes,
                              size_t size,
                              hst_ledger **ledger_out)
{
    HST_TRY(check_checksum(bytes, size));
    hst_snapshot_io io = {.mode = HST_SNAPSHOT_READ};
    hst_snapshot_head head = {0};
    hst_ledger *l = NULL;
    hst_reader_init(&io.reader, bytes, size - HST_SNAPSHOT_CHECKSUM_SIZE);
    HST_TRY(hst_snapshot_head_pass(&io, &head));
    HST_TRY(hst_reader_status(&io.reader));
    /* What was planned to be touched ahead is not taken from bytes of unknown origin. */
    hst_ledger_config config = head.config;
    config.engine = engine;
    config.event_plan = 0;
    config.transfer_plan = 0;
    config.pending_plan = 0;
    const hst_status created = hst_ledger_create(&config, memory, &l);
    if (created != HST_OK) {
        return created == HST_INVALID ? HST_CORRUPT : created;
    }
    const hst_status status = read_body(l, &head, &io);
    if (status != HST_OK) {
        hst_ledger_destroy(l);
        return status;
    }
    *ledger_out = l;
    return HST_OK;
}
