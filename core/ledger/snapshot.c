/* The whole ledger as bytes, and back. Bytes may come from anywhere: lengths, references and the
 * digest are checked first, then every invariant in full. */
#include "core/base/codec.h"
#include "core/ledger/audit.h"
#include "core/ledger/internal.h"

#include <string.h>

/* Eight letters that no other file of ours begins with. */
static const uint64_t magic = UINT64_C(0x5247444c54534831);

enum { HEAD_SIZE = 256, DIGEST_SIZE = 32 };

typedef struct head {
    uint64_t magic, version;
    uint64_t account_max, currency_count, event_max, transfer_max, pending_max;
    uint64_t idempotent, keep_log;
    uint64_t account_count, dirty_count, mark, sample_next;
    int64_t time, logged_time, timestamp;
    uint64_t log_count, log_base, block_first, pending_count, transfer_count, escrow_count,
        history_count, header_count;
    uint64_t created, refused, expired, blocks;
} head;

_Static_assert(sizeof(head) <= HEAD_SIZE, "the head has room");
_Static_assert(sizeof(hst_held_transfer) == 48, "no padding");
_Static_assert(sizeof(hst_escrow_record) == 88, "no padding");
_Static_assert(sizeof(hst_history_link) == 48, "no padding");
_Static_assert(sizeof(hst_block_header) == 176, "no padding");
_Static_assert(sizeof(hst_id_entry) == 24, "no padding");

static head head_of(const hst_ledger *l)
{
    return (head){.magic = magic,
                  .version = HST_LEDGER_VERSION,
                  .account_max = l->config.account_max,
                  .currency_count = l->config.currency_count,
                  .event_max = l->config.event_max,
                  .transfer_max = l->config.transfer_max,
                  .pending_max = l->config.pending_max,
                  .idempotent = l->config.idempotent,
                  .keep_log = l->config.keep_log,
                  .account_count = l->account_count,
                  .dirty_count = l->dirty_count,
                  .mark = l->mark,
                  .sample_next = l->sample_next,
                  .time = l->time,
                  .logged_time = l->logged_time,
                  .timestamp = l->timestamp,
                  .log_count = l->log.count,
                  .log_base = l->log_base,
                  .block_first = l->block_first,
                  .pending_count = l->pendings.count,
                  .transfer_count = l->transfers.count,
                  .escrow_count = l->escrows.count,
                  .history_count = l->history.count,
                  .header_count = l->headers.count,
                  .created = l->counts.created,
                  .refused = l->counts.refused,
                  .expired = l->counts.expired,
                  .blocks = l->counts.blocks};
}

/* Size of everything behind the head, 0 when it would not fit a size. */
static size_t body_size(const head *h)
{
    const struct {
        uint64_t count, size;
    } parts[] = {{h->account_count, sizeof(hst_hot_account) + sizeof(hst_cold_account)},
                 {h->dirty_count, sizeof(uint32_t)},
                 {h->currency_count, 2 * sizeof(hst_sums)},
                 {h->log_count, sizeof(hst_log_unit)},
                 {h->pending_count, sizeof(hst_held_transfer)},
                 {h->transfer_count, sizeof(hst_transfer) + sizeof(hst_id_entry)},
                 {h->escrow_count, sizeof(hst_escrow_record)},
                 {h->history_count, sizeof(hst_history_link)},
                 {h->header_count, sizeof(hst_block_header)}};
    uint64_t size = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        uint64_t part = 0;
        if (__builtin_mul_overflow(parts[i].count, parts[i].size, &part) ||
            __builtin_add_overflow(size, part, &size) || size > SIZE_MAX / 4) {
            return 0;
        }
    }
    return (size_t)size;
}

size_t hst_ledger_snapshot_size(const hst_ledger *l)
{
    const head h = head_of(l);
    return HEAD_SIZE + body_size(&h) + DIGEST_SIZE;
}

static void write_column(hst_writer *w, const hst_column *column)
{
    for (uint64_t i = 0; i < column->count;) {
        const uint64_t run = hst_column_run(column, i);
        hst_write_bytes(w, hst_column_at(column, i), (size_t)run * column->item_size);
        i += run;
    }
}

hst_status hst_ledger_snapshot(const hst_ledger *l, void *bytes, size_t capacity, size_t *size_out)
{
    hst_assert(l != NULL && bytes != NULL && size_out != NULL);
    hst_assert(!l->scope.open);
    const size_t size = hst_ledger_snapshot_size(l);
    if (capacity < size) {
        return HST_FULL;
    }
    static const unsigned char zero[HEAD_SIZE] = {0};
    const head h = head_of(l);
    hst_writer w;
    hst_writer_init(&w, bytes, size);
    hst_write_bytes(&w, &h, sizeof h);
    hst_write_bytes(&w, zero, HEAD_SIZE - sizeof h);
    hst_write_bytes(&w, l->hot, l->account_count * sizeof(hst_hot_account));
    hst_write_bytes(&w, l->cold, l->account_count * sizeof(hst_cold_account));
    hst_write_bytes(&w, l->dirty, l->dirty_count * sizeof(uint32_t));
    hst_write_bytes(&w, l->sums, l->config.currency_count * sizeof(hst_sums));
    hst_write_bytes(&w, l->before, l->config.currency_count * sizeof(hst_sums));
    write_column(&w, &l->log);
    write_column(&w, &l->pendings);
    write_column(&w, &l->transfers);
    hst_write_bytes(&w, l->ids, (size_t)l->transfers.count * sizeof(hst_id_entry));
    write_column(&w, &l->escrows);
    write_column(&w, &l->history);
    write_column(&w, &l->headers);
    const hst_hash digest = hst_blake2b(bytes, w.at);
    hst_write_bytes(&w, digest.bytes, sizeof digest.bytes);
    hst_assert(w.status == HST_OK);
    hst_assert(w.at == size);
    *size_out = size;
    return HST_OK;
}

static hst_status check_head(const head *h, size_t size)
{
    if (h->magic != magic) {
        return HST_CORRUPT;
    }
    if (h->version != HST_LEDGER_VERSION) {
        return HST_UNSUPPORTED;
    }
    const size_t body = body_size(h);
    const bool sane = h->account_max >= 1 && h->account_max <= UINT64_C(1) << 30 &&
                      h->account_count <= h->account_max && h->dirty_count <= h->account_count &&
                      h->currency_count >= 1 && h->currency_count < HST_CURRENCY_NONE &&
                      h->block_first <= h->log_count && h->pending_count < HST_HANDLE_NONE &&
                      h->transfer_count < HST_TABLE_COUNT_MAX &&
                      h->escrow_count <= h->pending_count && h->history_count < UINT32_MAX &&
                      h->mark >= 1 && h->mark <= UINT32_MAX && h->sample_next <= UINT32_MAX &&
                      h->transfer_max <= UINT32_MAX && h->pending_max <= UINT32_MAX &&
                      h->idempotent <= 1 && h->keep_log <= 1 && h->time >= h->logged_time &&
                      h->blocks == h->header_count;
    if (!sane || body == 0) {
        return HST_CORRUPT;
    }
    /* An account_max far beyond the accounts there are would reserve memory for nothing. */
    if (h->account_max > 1024 && h->account_max / 4096 > (uint64_t)size) {
        return HST_CORRUPT;
    }
    return size == HEAD_SIZE + body + DIGEST_SIZE ? HST_OK : HST_TRUNCATED;
}

static hst_status
read_column(hst_reader *r, hst_column *column, hst_held_memory *memory, uint64_t count)
{
    HST_TRY(hst_column_reserve(column, memory, count));
    column->count = count;
    for (uint64_t i = 0; i < count;) {
        const uint64_t run = hst_column_run(column, i);
        hst_read_bytes(r, hst_column_at(column, i), (size_t)run * column->item_size);
        i += run;
    }
    return r->status;
}

static hst_status read_body(hst_ledger *l, const head *h, hst_reader *r)
{
    l->account_count = (uint32_t)h->account_count;
    l->dirty_count = (uint32_t)h->dirty_count;
    l->mark = (uint32_t)h->mark;
    l->sample_next = (uint32_t)h->sample_next;
    l->time = h->time;
    l->logged_time = h->logged_time;
    l->timestamp = h->timestamp;
    l->log_base = h->log_base;
    l->block_first = h->block_first;
    l->counts = (hst_ledger_counts){
        .created = h->created, .refused = h->refused, .expired = h->expired, .blocks = h->blocks};
    hst_read_bytes(r, l->hot, l->account_count * sizeof(hst_hot_account));
    hst_read_bytes(r, l->cold, l->account_count * sizeof(hst_cold_account));
    hst_read_bytes(r, l->dirty, l->dirty_count * sizeof(uint32_t));
    hst_read_bytes(r, l->sums, l->config.currency_count * sizeof(hst_sums));
    hst_read_bytes(r, l->before, l->config.currency_count * sizeof(hst_sums));
    HST_TRY(read_column(r, &l->log, &l->memory, h->log_count));
    HST_TRY(read_column(r, &l->pendings, &l->memory, h->pending_count));
    HST_TRY(hst_transfer_reserve(l, h->transfer_count));
    HST_TRY(read_column(r, &l->transfers, &l->memory, h->transfer_count));
    hst_read_bytes(r, l->ids, (size_t)h->transfer_count * sizeof(hst_id_entry));
    HST_TRY(read_column(r, &l->escrows, &l->memory, h->escrow_count));
    HST_TRY(read_column(r, &l->history, &l->memory, h->history_count));
    HST_TRY(read_column(r, &l->headers, &l->memory, h->header_count));
    return r->status;
}

/* Accounts refer to nothing outside, ids are unique. */
static bool accounts_sound(hst_ledger *l)
{
    for (uint32_t i = 0; i < l->account_count; i++) {
        const hst_hot_account *a = &l->hot[i];
        uint64_t sum = 0;
        if (a->ledger >= l->config.currency_count || a->credit_limit < 0 ||
            (a->flags & ~HST_ACCOUNT_FLAGS) != 0 || a->mark > l->mark ||
            l->cold[i].history_newest > l->history.count ||
            (l->cold[i].opened_flags & ~HST_ACCOUNT_FLAGS) != 0 ||
            __builtin_add_overflow(a->debits_pending, a->debits_posted, &sum) ||
            __builtin_add_overflow(a->credits_pending, a->credits_posted, &sum) ||
            hst_table_insert(&l->account_table, a->id, i, NULL) != HST_OK) {
            return false;
        }
        l->history_accounts += (a->flags & HST_ACCOUNT_HISTORY) != 0 ? 1 : 0;
    }
    for (uint32_t i = 0; i < l->dirty_count; i++) {
        if (l->dirty[i] >= l->account_count || l->hot[l->dirty[i]].mark != l->mark) {
            return false;
        }
    }
    return true;
}

static bool pendings_sound(hst_ledger *l)
{
    for (uint64_t i = 0; i < l->pendings.count; i++) {
        const hst_held_transfer *p = hst_pending_at(l, i);
        if (p->debit >= l->account_count || p->credit >= l->account_count ||
            l->hot[p->debit].ledger != l->hot[p->credit].ledger ||
            p->status >= HST_PENDING_STATUS_COUNT ||
            (p->transfer != HST_HANDLE_NONE && p->transfer >= l->transfers.count) ||
            (p->escrow != HST_HANDLE_NONE && p->escrow >= l->escrows.count)) {
            return false;
        }
        if (p->status == HST_PENDING_OPEN) {
            l->held[l->hot[p->debit].ledger] += p->amount;
        }
    }
    for (uint64_t i = 0; i < l->escrows.count; i++) {
        const hst_escrow_record *e = hst_column_at(&l->escrows, i);
        if (e->pending >= l->pendings.count || hst_pending_at(l, e->pending)->escrow != i ||
            hst_pending_at(l, e->pending)->status == HST_PENDING_EXPIRED) {
            return false;
        }
    }
    return true;
}

static bool transfers_sound(hst_ledger *l)
{
    for (uint64_t i = 0; i < l->transfers.count; i++) {
        const hst_id_entry *entry = &l->ids[i];
        const hst_transfer *t = hst_column_at(&l->transfers, i);
        if ((entry->pending != HST_HANDLE_NONE && entry->pending >= l->pendings.count) ||
            entry->burnt > 1 || t->id.low != entry->id.low || t->id.high != entry->id.high ||
            hst_table_insert(&l->id_table, entry->id, (uint32_t)i, NULL) != HST_OK) {
            return false;
        }
    }
    return true;
}

static bool history_sound(const hst_ledger *l)
{
    for (uint64_t i = 0; i < l->history.count; i++) {
        const hst_history_link *link = hst_column_at(&l->history, i);
        if (link->older > i || link->account >= l->account_count) {
            return false;
        }
    }
    return true;
}

static bool log_sound(const hst_ledger *l)
{
    for (uint64_t i = 0; i < l->log.count; i++) {
        const hst_log_unit *unit = hst_unit_at(l, i);
        uint64_t bound = UINT64_MAX;
        switch ((hst_unit_kind)hst_unit_kind_of(unit)) {
        case HST_UNIT_COMPACT:
        case HST_UNIT_TIME: break;
        case HST_UNIT_OPEN:
        case HST_UNIT_FREEZE:
        case HST_UNIT_LIMIT: bound = l->account_count; break;
        case HST_UNIT_TRANSFER:
        case HST_UNIT_BURNT: bound = l->transfers.count; break;
        case HST_UNIT_ESCROW_LOCK:
        case HST_UNIT_ESCROW_FINISH:
        case HST_UNIT_ESCROW_CANCEL: bound = l->escrows.count; break;
        case HST_UNIT_KIND_COUNT:
        default: return false;
        }
        if (unit->debit >= bound) {
            return false;
        }
    }
    return true;
}

static hst_status rebuild(hst_ledger *l)
{
    if (!accounts_sound(l) || !pendings_sound(l) || !transfers_sound(l) || !history_sound(l) ||
        !log_sound(l)) {
        return HST_CORRUPT;
    }
    HST_TRY(hst_expiry_reserve(l, l->pendings.count));
    for (uint64_t i = 0; i < l->pendings.count; i++) {
        const hst_held_transfer *p = hst_pending_at(l, i);
        if (p->status == HST_PENDING_OPEN && p->expires != INT64_MAX) {
            hst_expiry_push(l, p->expires, (uint32_t)i);
        }
    }
    HST_TRY(hst_state_update(l));
    HST_TRY(hst_ledger_check(l));
    memset(l->invariants, 0, sizeof l->invariants);
    if (l->dirty_count == 0 && l->headers.count > 0) {
        const hst_block_header *last = hst_column_at(&l->headers, l->headers.count - 1);
        const hst_hash root = hst_merkle_tree_root(&l->tree);
        return hst_hash_equal(&root, &last->state_root) ? HST_OK : HST_CORRUPT;
    }
    return HST_OK;
}

hst_status hst_ledger_restore(hst_memory memory,
                              const hst_hash_engine *engine,
                              const void *bytes,
                              size_t size,
                              hst_ledger **ledger_out)
{
    hst_assert(bytes != NULL && ledger_out != NULL);
    head h;
    if (size < HEAD_SIZE + DIGEST_SIZE) {
        return HST_TRUNCATED;
    }
    memcpy(&h, bytes, sizeof h);
    HST_TRY(check_head(&h, size));
    const hst_hash digest = hst_blake2b(bytes, size - DIGEST_SIZE);
    if (memcmp(digest.bytes, (const unsigned char *)bytes + size - DIGEST_SIZE, DIGEST_SIZE) != 0) {
        return HST_CORRUPT;
    }
    const hst_ledger_config config = {.account_max = (uint32_t)h.account_max,
                                      .currency_count = (uint32_t)h.currency_count,
                                      .event_max = h.event_max,
                                      .transfer_max = (uint32_t)h.transfer_max,
                                      .pending_max = (uint32_t)h.pending_max,
                                      .idempotent = h.idempotent != 0,
                                      .keep_log = h.keep_log != 0,
                                      .engine = engine};
    hst_ledger *l = NULL;
    HST_TRY(hst_ledger_create(&config, memory, &l));
    hst_reader r;
    hst_reader_init(&r, (const unsigned char *)bytes + HEAD_SIZE, size - HEAD_SIZE - DIGEST_SIZE);
    hst_status status = read_body(l, &h, &r);
    if (status == HST_OK) {
        status = rebuild(l);
    }
    if (status != HST_OK) {
        hst_ledger_destroy(l);
        return status;
    }
    *ledger_out = l;
    return HST_OK;
}
