#include "core/ledger/snapshot.h"

#include "core/ledger/audit.h"

static const uint64_t magic = UINT64_C(0x5072656764654c48); /* "HLedgerP", little-endian */

static void pass_low(hst_snapshot_io *io, uint64_t *value, size_t size)
{
    if (io->mode == HST_SNAPSHOT_COUNT) {
        io->counted += size;
    } else if (io->mode == HST_SNAPSHOT_WRITE) {
        unsigned char bytes[sizeof *value];
        for (size_t i = 0; i < size; i++) {
            bytes[i] = (unsigned char)(*value >> (8 * i));
        }
        hst_write_bytes(&io->writer, bytes, size);
    } else {
        unsigned char bytes[sizeof *value] = {0};
        hst_read_bytes(&io->reader, bytes, size);
        *value = 0;
        for (size_t i = 0; i < size; i++) {
            *value |= (uint64_t)bytes[i] << (8 * i);
        }
    }
}

/* One function for each width; a field passes through its unsigned value. */
#define PASS(io, field)                                                                            \
    do {                                                                                           \
        uint64_t pass_value = (uint64_t)(field);                                                   \
        pass_low((io), &pass_value, sizeof(field));                                                \
        if ((io)->mode == HST_SNAPSHOT_READ) {                                                     \
            (field) = (__typeof__(field))pass_value;                                               \
        }                                                                                          \
    } while (0)

static void pass_bytes(hst_snapshot_io *io, void *bytes, size_t size)
{
    if (io->mode == HST_SNAPSHOT_COUNT) {
        io->counted += size;
    } else if (io->mode == HST_SNAPSHOT_WRITE) {
        hst_write_bytes(&io->writer, bytes, size);
    } else {
        hst_read_bytes(&io->reader, bytes, size);
    }
}

static void pass_key(hst_snapshot_io *io, hst_key *key)
{
    PASS(io, key->low);
    PASS(io, key->high);
}

/** A byte that is 0 or 1 and nothing else, so that equal ledgers have equal bytes. */
static bool pass_bool(hst_snapshot_io *io, bool *value)
{
    uint8_t byte = *value ? 1 : 0;
    PASS(io, byte);
    *value = byte != 0;
    return byte <= 1;
}

hst_status hst_snapshot_head_pass(hst_snapshot_io *io, hst_snapshot_head *head)
{
    uint64_t opening = magic;
    uint32_t version = HST_LEDGER_VERSION;
    PASS(io, opening);
    PASS(io, version);
    PASS(io, head->config.account_max);
    PASS(io, head->config.currency_count);
    PASS(io, head->config.event_max);
    PASS(io, head->config.transfer_max);
    PASS(io, head->config.pending_max);
    PASS(io, head->config.event_plan);
    PASS(io, head->config.transfer_plan);
    PASS(io, head->config.pending_plan);
    bool proper = pass_bool(io, &head->config.idempotent);
    proper &= pass_bool(io, &head->config.keep_log);
    PASS(io, head->account_count);
    PASS(io, head->dirty_count);
    PASS(io, head->pending_count);
    PASS(io, head->transfer_count);
    PASS(io, head->escrow_count);
    PASS(io, head->history_count);
    PASS(io, head->header_count);
    PASS(io, head->log_count);
    if (opening != magic || !proper) {
        return HST_CORRUPT;
    }
    return version == HST_LEDGER_VERSION ? HST_OK : HST_UNSUPPORTED;
}

static void pass_account(hst_snapshot_io *io, hst_hot_account *hot, hst_cold_account *cold)
{
    pass_key(io, &hot->id);
    PASS(io, hot->debits_pending);
    PASS(io, hot->debits_posted);
    PASS(io, hot->credits_pending);
    PASS(io, hot->credits_posted);
    PASS(io, hot->credit_limit);
    PASS(io, hot->ledger);
    PASS(io, hot->flags);
    pass_key(io, &cold->user_data_128);
    PASS(io, cold->user_data_64);
    PASS(io, cold->timestamp);
    PASS(io, cold->opened_limit);
    PASS(io, cold->user_data_32);
    PASS(io, cold->sequence);
    PASS(io, cold->history_newest);
    PASS(io, cold->code);
    PASS(io, cold->opened_flags);
}

static void pass_u128(hst_snapshot_io *io, hst_u128 *value)
{
    uint64_t low = (uint64_t)*value;
    uint64_t high = (uint64_t)(*value >> 64);
    PASS(io, low);
    PASS(io, high);
    if (io->mode == HST_SNAPSHOT_READ) {
        *value = (hst_u128)high << 64 | low;
    }
}

static void pass_sums(hst_snapshot_io *io, hst_sums *sums)
{
    pass_u128(io, &sums->debits_pending);
    pass_u128(io, &sums->debits_posted);
    pass_u128(io, &sums->credits_pending);
    pass_u128(io, &sums->credits_posted);
}

static void pass_pending(hst_snapshot_io *io, hst_held_transfer *held)
{
    PASS(io, held->amount);
    PASS(io, held->timestamp);
    PASS(io, held->expires);
    PASS(io, held->debit);
    PASS(io, held->credit);
    PASS(io, held->transfer);
    PASS(io, held->escrow);
    PASS(io, held->code);
    PASS(io, held->flags);
    PASS(io, held->status);
}

static void pass_id(hst_snapshot_io *io, hst_id_entry *entry)
{
    pass_key(io, &entry->id);
    PASS(io, entry->pending);
    PASS(io, entry->burnt);
}

static void pass_transfer(hst_snapshot_io *io, hst_transfer *t)
{
    pass_key(io, &t->id);
    pass_key(io, &t->debit_account);
    pass_key(io, &t->credit_account);
    pass_key(io, &t->pending_id);
    pass_key(io, &t->user_data_128);
    PASS(io, t->amount_minor);
    PASS(io, t->user_data_64);
    PASS(io, t->timestamp_ns);
    PASS(io, t->user_data_32);
    PASS(io, t->timeout_s);
    PASS(io, t->ledger);
    PASS(io, t->code);
    PASS(io, t->flags);
}

static void pass_escrow(hst_snapshot_io *io, hst_escrow_record *escrow)
{
    pass_bytes(io, escrow->condition.bytes, sizeof escrow->condition.bytes);
    pass_bytes(io, escrow->preimage.bytes, sizeof escrow->preimage.bytes);
    PASS(io, escrow->finish_after);
    PASS(io, escrow->cancel_after);
    PASS(io, escrow->pending);
    PASS(io, escrow->user_data);
}

static void pass_history(hst_snapshot_io *io, hst_history_link *link)
{
    PASS(io, link->row.timestamp_ns);
    PASS(io, link->row.debits_pending_minor);
    PASS(io, link->row.debits_posted_minor);
    PASS(io, link->row.credits_pending_minor);
    PASS(io, link->row.credits_posted_minor);
    PASS(io, link->older);
    PASS(io, link->account);
}

static void pass_header(hst_snapshot_io *io, hst_block_header *header)
{
    PASS(io, header->height);
    PASS(io, header->time_ns);
    PASS(io, header->event_count);
    PASS(io, header->event_first);
    PASS(io, header->account_count);
    PASS(io, header->currency_count);
    pass_bytes(io, header->previous.bytes, HST_HASH_SIZE);
    pass_bytes(io, header->transaction_root.bytes, HST_HASH_SIZE);
    pass_bytes(io, header->state_root.bytes, HST_HASH_SIZE);
    pass_bytes(io, header->totals_hash.bytes, HST_HASH_SIZE);
}

static void pass_unit(hst_snapshot_io *io, hst_log_unit *unit)
{
    PASS(io, unit->amount_minor);
    PASS(io, unit->debit);
    PASS(io, unit->credit);
    PASS(io, unit->reference);
    PASS(io, unit->timeout_s);
    PASS(io, unit->code);
    PASS(io, unit->flags);
    PASS(io, unit->user_data);
}

static void pass_counters(hst_snapshot_io *io, hst_ledger *l)
{
    PASS(io, l->time);
    PASS(io, l->logged_time);
    PASS(io, l->timestamp);
    PASS(io, l->log_base);
    PASS(io, l->block_first);
    PASS(io, l->sample_next);
    PASS(io, l->counts.created);
    PASS(io, l->counts.refused);
    PASS(io, l->counts.expired);
}

void hst_snapshot_body_pass(hst_snapshot_io *io, hst_ledger *l)
{
    pass_counters(io, l);
    for (uint32_t i = 0; i < l->account_count; i++) {
        pass_account(io, &l->hot[i], &l->cold[i]);
    }
    for (uint32_t i = 0; i < l->dirty_count; i++) {
        PASS(io, l->dirty[i]);
    }
    for (uint32_t i = 0; i < l->config.currency_count; i++) {
        pass_sums(io, &l->sums[i]);
        pass_sums(io, &l->before[i]);
    }
    for (uint64_t i = 0; i < l->pendings.count; i++) {
        pass_pending(io, hst_pending_at(l, i));
    }
    for (uint64_t i = 0; i < l->transfers.count; i++) {
        pass_id(io, &l->ids[i]);
        pass_transfer(io, hst_column_at(&l->transfers, i));
    }
    for (uint64_t i = 0; i < l->escrows.count; i++) {
        pass_escrow(io, hst_column_at(&l->escrows, i));
    }
    for (uint64_t i = 0; i < l->history.count; i++) {
        pass_history(io, hst_column_at(&l->history, i));
    }
    for (uint64_t i = 0; i < l->headers.count; i++) {
        pass_header(io, hst_column_at(&l->headers, i));
    }
    for (uint64_t i = 0; i < l->log.count; i++) {
        pass_unit(io, hst_unit_at(l, i));
    }
}

static void pass_all(hst_snapshot_io *io, const hst_ledger *ledger)
{
    hst_ledger l = *ledger; /* counting and writing change nothing that a copy shares */
    hst_snapshot_head head = {.config = l.config,
                              .account_count = l.account_count,
                              .dirty_count = l.dirty_count,
                              .pending_count = l.pendings.count,
                              .transfer_count = l.transfers.count,
                              .escrow_count = l.escrows.count,
                              .history_count = l.history.count,
                              .header_count = l.headers.count,
                              .log_count = l.log.count};
    const hst_status passed = hst_snapshot_head_pass(io, &head);
    hst_assert(passed == HST_OK);
    hst_snapshot_body_pass(io, &l);
}

size_t hst_ledger_snapshot_size(const hst_ledger *ledger)
{
    hst_snapshot_io io = {.mode = HST_SNAPSHOT_COUNT};
    pass_all(&io, ledger);
    return io.counted + HST_SNAPSHOT_CHECKSUM_SIZE;
}

hst_status
hst_ledger_snapshot(const hst_ledger *ledger, void *bytes, size_t capacity, size_t *size_out)
{
    hst_assert(!ledger->scope.open);
    hst_snapshot_io io = {.mode = HST_SNAPSHOT_WRITE};
    hst_writer_init(&io.writer, bytes, capacity);
    pass_all(&io, ledger);
    HST_TRY(hst_writer_status(&io.writer));
    const hst_hash checksum = hst_blake2b(bytes, io.writer.at);
    hst_write_bytes(&io.writer, checksum.bytes, sizeof checksum.bytes);
    HST_TRY(hst_writer_status(&io.writer));
    *size_out = io.writer.at;
    return HST_OK;
}
