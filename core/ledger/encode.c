#include "core/base/codec.h"
#include "core/ledger/internal.h"

#include <string.h>

/* Canonical bytes. An event is its 32-byte log unit, little-endian in the order of hst_compact, and
 * for some kinds what the unit has no room for. Lengths differ by kind, and the kind is in the
 * unit, so no two events have the same bytes.
 *
 * On the machines this program is for, a unit in memory is its canonical bytes, so that a block's
 * events are hashed where they lie; the slow model of the property tests writes every field out. */

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#    error "log units and accounts are encoded as they lie: port encode.c to this byte order"
#endif

_Static_assert(offsetof(hst_compact, debit) == 8, "canonical order");
_Static_assert(offsetof(hst_compact, credit) == 12, "canonical order");
_Static_assert(offsetof(hst_compact, reference) == 16, "canonical order");
_Static_assert(offsetof(hst_compact, timeout_s) == 20, "canonical order");
_Static_assert(offsetof(hst_compact, code) == 24, "canonical order");
_Static_assert(offsetof(hst_compact, flags) == 26, "canonical order");
_Static_assert(offsetof(hst_compact, user_data) == 28, "canonical order");

bool hst_unit_is_whole(uint32_t kind)
{
    return kind == HST_UNIT_COMPACT || kind == HST_UNIT_TIME || kind == HST_UNIT_FREEZE ||
           kind == HST_UNIT_LIMIT || kind == HST_UNIT_ESCROW_CANCEL ||
           kind == HST_UNIT_ESCROW_REJECT;
}

static void write_key(hst_writer *w, hst_key key)
{
    hst_write_u64(w, key.low);
    hst_write_u64(w, key.high);
}

static hst_key read_key(hst_reader *r)
{
    const uint64_t low = hst_read_u64(r);
    return (hst_key){.low = low, .high = hst_read_u64(r)};
}

static void write_unit(hst_writer *w, const hst_log_unit *unit)
{
    hst_write_u64(w, unit->amount_minor);
    hst_write_u32(w, unit->debit);
    hst_write_u32(w, unit->credit);
    hst_write_u32(w, unit->reference);
    hst_write_u32(w, unit->timeout_s);
    hst_write_u16(w, unit->code);
    hst_write_u16(w, unit->flags);
    hst_write_u32(w, unit->user_data);
}

static void write_transfer(hst_writer *w, const hst_transfer *t)
{
    write_key(w, t->id);
    write_key(w, t->debit_account);
    write_key(w, t->credit_account);
    write_key(w, t->pending_id);
    write_key(w, t->user_data_128);
    hst_write_u64(w, t->amount_minor);
    hst_write_u64(w, t->user_data_64);
    hst_write_i64(w, t->timestamp_ns);
    hst_write_u32(w, t->user_data_32);
    hst_write_u32(w, t->timeout_s);
    hst_write_u16(w, t->ledger);
    hst_write_u16(w, t->code);
    hst_write_u16(w, t->flags);
    hst_write_bytes(w, t->reserved, sizeof t->reserved);
}

/** What follows the unit. */
static void write_rest(const hst_ledger *l, const hst_log_unit *unit, hst_writer *w)
{
    const uint32_t kind = hst_unit_kind_of(unit);
    if (kind == HST_UNIT_OPEN) {
        const hst_cold_account *cold = &l->cold[unit->debit];
        write_key(w, l->hot[unit->debit].id);
        write_key(w, cold->user_data_128);
        hst_write_u64(w, cold->user_data_64);
    } else if (kind == HST_UNIT_TRANSFER) {
        write_transfer(w, hst_column_at(&l->transfers, unit->debit));
    } else if (kind == HST_UNIT_BURNT) {
        write_key(w, l->ids[unit->debit].id);
    } else if (kind == HST_UNIT_ESCROW_LOCK) {
        const hst_escrow_record *escrow = hst_column_at(&l->escrows, unit->debit);
        hst_write_i64(w, escrow->finish_after);
        hst_write_i64(w, escrow->cancel_after);
        hst_write_bytes(w, escrow->condition.bytes, sizeof escrow->condition.bytes);
    } else if (kind == HST_UNIT_ESCROW_FINISH) {
        const hst_escrow_record *escrow = hst_column_at(&l->escrows, unit->debit);
        hst_write_bytes(w, escrow->preimage.bytes, sizeof escrow->preimage.bytes);
    } else {
        hst_assert(hst_unit_is_whole(kind));
    }
}

size_t hst_event_encode(const hst_ledger *l,
                        uint64_t index,
                        unsigned char bytes[HST_LEDGER_EVENT_SIZE_MAX])
{
    hst_assert(index < l->log.count);
    const hst_log_unit *unit = hst_unit_at(l, index);
    hst_writer w;
    hst_writer_init(&w, bytes, HST_LEDGER_EVENT_SIZE_MAX);
    write_unit(&w, unit);
    write_rest(l, unit, &w);
    hst_assert(hst_writer_status(&w) == HST_OK);
    return w.at;
}

/** Events from `index` on that are whole and lie side by side, at most `count`. */
static uint64_t whole_run(const hst_ledger *l, uint64_t index, uint64_t count)
{
    uint64_t run = hst_column_run(&l->log, index);
    run = run < count ? run : count;
    const hst_log_unit *units = hst_unit_at(l, index);
    uint64_t length = 0;
    while (length < run && hst_unit_is_whole(hst_unit_kind_of(&units[length]))) {
        length++;
    }
    return length;
}

/** Leaves of events of one size, encoded side by side; returns how many were done. */
static uint64_t
encoded_leaves(const hst_ledger *l, uint64_t index, uint64_t count, hst_hash *leaves)
{
    enum { GROUP = 16 };
    unsigned char staged[GROUP][HST_LEDGER_EVENT_SIZE_MAX];
    const uint64_t most = count < GROUP ? count : GROUP;
    const size_t size = hst_event_encode(l, index, staged[0]);
    uint64_t done = 1;
    while (done < most) {
        if (hst_event_encode(l, index + done, staged[done]) != size) {
            break;
        }
        done++;
    }
    hst_hash_leaf_batch(l->config.engine, staged, sizeof staged[0], size, NULL, (size_t)done,
                        leaves);
    return done;
}

void hst_event_leaves(const hst_ledger *l, uint64_t index, uint64_t count, hst_hash *leaves)
{
    hst_assert(index + count <= l->log.count);
    for (uint64_t done = 0; done < count;) {
        const uint64_t run = whole_run(l, index + done, count - done);
        if (run > 0) {
            hst_hash_leaf_batch(l->config.engine, hst_unit_at(l, index + done),
                                sizeof(hst_log_unit), sizeof(hst_log_unit), NULL, (size_t)run,
                                leaves + done);
            done += run;
        } else {
            done += encoded_leaves(l, index + done, count - done, leaves + done);
        }
    }
}

/* An account is encoded for every root, so its fields are copied as they lie, like log units. */
enum { HOT_SIZE = 56, COLD_AT = 64, COLD_SIZE = 32 };
_Static_assert(offsetof(hst_hot_account, debits_pending) == 16, "canonical order");
_Static_assert(offsetof(hst_hot_account, debits_posted) == 24, "canonical order");
_Static_assert(offsetof(hst_hot_account, credits_pending) == 32, "canonical order");
_Static_assert(offsetof(hst_hot_account, credits_posted) == 40, "canonical order");
_Static_assert(offsetof(hst_hot_account, credit_limit) + 8 == HOT_SIZE, "canonical order");
_Static_assert(offsetof(hst_cold_account, user_data_64) == 16, "canonical order");
_Static_assert(offsetof(hst_cold_account, timestamp) + 8 == COLD_SIZE, "canonical order");

void hst_account_encode(const hst_ledger *l,
                        uint32_t account,
                        unsigned char bytes[HST_LEDGER_ACCOUNT_SIZE])
{
    hst_assert(account < l->account_count);
    const hst_hot_account *hot = &l->hot[account];
    const hst_cold_account *cold = &l->cold[account];
    const uint16_t words[4] = {hot->ledger, hot->flags, cold->code, HST_LEDGER_VERSION};
    memcpy(bytes, hot, HOT_SIZE);
    memcpy(bytes + HOT_SIZE, words, sizeof words);
    memcpy(bytes + COLD_AT, cold, COLD_SIZE);
    memcpy(bytes + COLD_AT + COLD_SIZE, &cold->user_data_32, sizeof cold->user_data_32);
    memcpy(bytes + HST_LEDGER_ACCOUNT_SIZE - sizeof cold->sequence, &cold->sequence,
           sizeof cold->sequence);
}

hst_status hst_ledger_account_decode(const void *bytes, size_t size, hst_account *account_out)
{
    hst_reader r;
    hst_account a = {0};
    hst_reader_init(&r, bytes, size);
    a.id = read_key(&r);
    a.debits_pending_minor = hst_read_u64(&r);
    a.debits_posted_minor = hst_read_u64(&r);
    a.credits_pending_minor = hst_read_u64(&r);
    a.credits_posted_minor = hst_read_u64(&r);
    a.credit_limit_minor = hst_read_i64(&r);
    a.ledger = hst_read_u16(&r);
    a.flags = hst_read_u16(&r);
    a.code = hst_read_u16(&r);
    const uint16_t version = hst_read_u16(&r);
    a.user_data_128 = read_key(&r);
    a.user_data_64 = hst_read_u64(&r);
    a.timestamp_ns = hst_read_i64(&r);
    a.user_data_32 = hst_read_u32(&r);
    a.sequence = hst_read_u32(&r);
    HST_TRY(hst_reader_finish(&r));
    if (version != HST_LEDGER_VERSION) {
        return HST_UNSUPPORTED;
    }
    *account_out = a;
    return HST_OK;
}

/** First bytes of a header. */
static const uint64_t header_magic = UINT64_C(0x006b636f6c427348); /* "HsBlock" */

void hst_block_header_encode(const hst_block_header *header,
                             unsigned char bytes[HST_BLOCK_HEADER_SIZE])
{
    hst_writer w;
    hst_writer_init(&w, bytes, HST_BLOCK_HEADER_SIZE);
    hst_write_u64(&w, header_magic | (uint64_t)HST_LEDGER_VERSION << 56);
    hst_write_u64(&w, header->height);
    hst_write_i64(&w, header->time_ns);
    hst_write_u64(&w, header->event_count);
    hst_write_u64(&w, header->event_first);
    hst_write_u64(&w, header->account_count);
    hst_write_u64(&w, header->currency_count);
    hst_write_bytes(&w, header->previous.bytes, HST_HASH_SIZE);
    hst_write_bytes(&w, header->transaction_root.bytes, HST_HASH_SIZE);
    hst_write_bytes(&w, header->state_root.bytes, HST_HASH_SIZE);
    hst_write_bytes(&w, header->totals_hash.bytes, HST_HASH_SIZE);
    hst_assert(hst_writer_status(&w) == HST_OK);
    hst_assert(w.at == HST_BLOCK_HEADER_SIZE);
}

hst_status hst_block_header_decode(const void *bytes, size_t size, hst_block_header *header_out)
{
    hst_reader r;
    hst_block_header h;
    hst_reader_init(&r, bytes, size);
    const uint64_t opening = hst_read_u64(&r);
    h.height = hst_read_u64(&r);
    h.time_ns = hst_read_i64(&r);
    h.event_count = hst_read_u64(&r);
    h.event_first = hst_read_u64(&r);
    h.account_count = hst_read_u64(&r);
    h.currency_count = hst_read_u64(&r);
    hst_read_bytes(&r, h.previous.bytes, HST_HASH_SIZE);
    hst_read_bytes(&r, h.transaction_root.bytes, HST_HASH_SIZE);
    hst_read_bytes(&r, h.state_root.bytes, HST_HASH_SIZE);
    hst_read_bytes(&r, h.totals_hash.bytes, HST_HASH_SIZE);
    HST_TRY(hst_reader_finish(&r));
    if (opening << 8 != header_magic << 8) {
        return HST_CORRUPT;
    }
    if (opening >> 56 != HST_LEDGER_VERSION) {
        return HST_UNSUPPORTED;
    }
    *header_out = h;
    return HST_OK;
}

hst_hash hst_block_header_hash(const hst_block_header *header)
{
    unsigned char bytes[HST_BLOCK_HEADER_SIZE];
    hst_block_header_encode(header, bytes);
    return hst_sha256(bytes, sizeof bytes);
}
