#include "core/ledger/audit.h"

#include "core/ledger/internal.h"

/** Name of the first field of two headers that differs, or NULL. */
static const char *difference(const hst_block_header *a, const hst_block_header *b)
{
    if (a->height != b->height) {
        return "height";
    }
    if (a->event_first != b->event_first || a->event_count != b->event_count) {
        return "event_count";
    }
    if (!hst_hash_equal(&a->transaction_root, &b->transaction_root)) {
        return "transaction_root";
    }
    if (a->account_count != b->account_count) {
        return "account_count";
    }
    if (!hst_hash_equal(&a->state_root, &b->state_root)) {
        return "state_root";
    }
    if (a->currency_count != b->currency_count ||
        !hst_hash_equal(&a->totals_hash, &b->totals_hash)) {
        return "totals_hash";
    }
    if (a->time_ns != b->time_ns) {
        return "time_ns";
    }
    return hst_hash_equal(&a->previous, &b->previous) ? NULL : "previous";
}

static hst_status report(hst_audit *audit, uint64_t height, const char *field)
{
    audit->differs = true;
    audit->height = height;
    audit->field = field;
    return HST_MISMATCH;
}

/** Execute one block again and compare its header. */
static hst_status
audit_block(const hst_ledger *source, hst_ledger *l, uint64_t height, hst_audit *audit)
{
    const hst_block_header *expected = hst_column_at(&source->headers, height);
    const uint64_t end = expected->event_first + expected->event_count;
    hst_block_header found;
    if (expected->event_first != l->log.count || end > source->log.count ||
        expected->time_ns < l->time) {
        return report(audit, height, "event_count");
    }
    hst_status status = hst_ledger_replay(l, source, expected->event_first, end);
    if (status == HST_OK && expected->time_ns < l->time) {
        status = HST_MISMATCH;
    }
    if (status == HST_OK) {
        status = hst_ledger_advance(l, expected->time_ns);
    }
    if (status == HST_OK) {
        status = hst_ledger_seal(l, &found);
    }
    if (status == HST_MISMATCH || status == HST_CORRUPT || status == HST_FULL) {
        return report(audit, height, "event");
    }
    HST_TRY(status);
    const char *field = difference(expected, &found);
    if (field != NULL) {
        return report(audit, height, field);
    }
    audit->blocks_checked++;
    audit->events_replayed += expected->event_count;
    return HST_OK;
}

/** Events since the last seal, and the accounts as they stand: byte for byte, not by the tree that
 * the audited ledger keeps, for that may be part of the damage. */
static hst_status audit_tail(const hst_ledger *source, hst_ledger *l, hst_audit *audit)
{
    const uint64_t height = source->headers.count;
    const hst_status status = hst_ledger_replay(l, source, source->block_first, source->log.count);
    if (status == HST_MISMATCH || status == HST_CORRUPT || status == HST_FULL) {
        return report(audit, height, "event");
    }
    HST_TRY(status);
    audit->events_replayed += source->log.count - source->block_first;
    if (l->account_count != source->account_count) {
        return report(audit, height, "account_count");
    }
    for (uint32_t i = 0; i < l->account_count; i++) {
        const hst_hash expected = hst_state_leaf(source, i);
        const hst_hash found = hst_state_leaf(l, i);
        if (!hst_hash_equal(&expected, &found)) {
            return report(audit, height, "state_root");
        }
    }
    return HST_OK;
}

hst_status hst_ledger_audit(const hst_ledger *ledger, hst_memory memory, hst_audit *audit_out)
{
    *audit_out = (hst_audit){0};
    if (ledger->log_base != 0) {
        return HST_UNSUPPORTED;
    }
    hst_ledger *l = NULL;
    HST_TRY(hst_ledger_create(&ledger->config, memory, &l));
    l->config.keep_log = true;
    hst_status status = HST_OK;
    for (uint64_t height = 0; height < ledger->headers.count && status == HST_OK; height++) {
        status = audit_block(ledger, l, height, audit_out);
    }
    if (status == HST_OK) {
        status = audit_tail(ledger, l, audit_out);
    }
    hst_ledger_destroy(l);
    return status;
}
