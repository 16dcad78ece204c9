#include "core/ledger/internal.h"

/* The log executed again, through the same calls that wrote it. Events stand in it as they came
 * out (actual amounts, inherited fields filled in), which makes them repeat exactly. */

/** A run of transfers of one form that is executed as one batch. */
typedef struct replay_batch {
    hst_compact *compact;  /**< [capacity] */
    hst_transfer *full;    /**< [capacity] */
    hst_outcome *outcomes; /**< [capacity] */
    uint64_t capacity;     /**< a whole block, or as much as one call takes */
} replay_batch;

/** Transfers from `first` on that make whole chains of one form; none when there is no such. */
static size_t gather(const hst_ledger *source, uint64_t first, uint64_t end, replay_batch *batch)
{
    const uint32_t kind = hst_unit_kind_of(hst_unit_at(source, first));
    size_t count = 0;
    size_t whole = 0;
    for (uint64_t i = first; i < end && count < batch->capacity; i++) {
        const hst_log_unit *unit = hst_unit_at(source, i);
        if (hst_unit_kind_of(unit) != kind) {
            break;
        }
        uint32_t flags = unit->flags;
        if (kind == HST_UNIT_TRANSFER) {
            batch->full[count] =
                *(const hst_transfer *)hst_column_at(&source->transfers, unit->debit);
            batch->full[count].timestamp_ns = 0;
            flags = batch->full[count].flags;
        } else {
            batch->compact[count] = *unit;
        }
        count++;
        if ((flags & HST_TRANSFER_LINKED) == 0) {
            whole = count;
        }
    }
    return whole;
}

static hst_status replay_batch_run(hst_ledger *l, uint32_t kind, replay_batch *batch, size_t count)
{
    if (kind == HST_UNIT_TRANSFER) {
        HST_TRY(hst_ledger_execute(l, batch->full, count, batch->outcomes));
    } else {
        HST_TRY(hst_ledger_execute_compact(l, batch->compact, count, batch->outcomes));
    }
    for (size_t i = 0; i < count; i++) {
        if (batch->outcomes[i].result != HST_LEDGER_CREATED) {
            return HST_MISMATCH;
        }
    }
    return HST_OK;
}

static hst_status replay_burnt(hst_ledger *l, const hst_ledger *source, const hst_log_unit *unit)
{
    HST_TRY(hst_ledger_reserve(l, 1, 0, true));
    const hst_key id = source->ids[unit->debit].id;
    if (hst_table_find(&l->id_table, id) != HST_TABLE_NONE) {
        return HST_MISMATCH;
    }
    hst_transfer_burn(l, id);
    return HST_OK;
}

static hst_status
replay_escrow_lock(hst_ledger *l, const hst_ledger *source, const hst_log_unit *unit)
{
    hst_escrow escrow;
    hst_outcome outcome;
    hst_ledger_escrow(source, unit->debit, &escrow);
    return hst_ledger_escrow_lock(l, &escrow.terms, &outcome);
}

static hst_status
replay_escrow_finish(hst_ledger *l, const hst_ledger *source, const hst_log_unit *unit)
{
    hst_escrow escrow;
    hst_outcome outcome;
    hst_ledger_escrow(source, unit->debit, &escrow);
    const bool conditional = !hst_hash_is_zero(&escrow.terms.condition);
    return hst_ledger_escrow_finish(l, unit->debit, conditional ? &escrow.preimage : NULL,
                                    &outcome);
}

/** Any event but a transfer. */
static hst_status replay_one(hst_ledger *l, const hst_ledger *source, const hst_log_unit *unit)
{
    hst_outcome outcome;
    hst_account_open request;
    switch ((hst_unit_kind)hst_unit_kind_of(unit)) {
    case HST_UNIT_TIME: {
        const uint64_t time = unit->amount_minor;
        return time > HST_LEDGER_TIME_MAX || (int64_t)time < l->time
                   ? HST_MISMATCH
                   : hst_ledger_advance_logged(l, (int64_t)time);
    }
    case HST_UNIT_OPEN:
        hst_account_opening(source, unit->debit, &request);
        return hst_ledger_open(l, &request, &outcome);
    case HST_UNIT_BURNT: return replay_burnt(l, source, unit);
    case HST_UNIT_FREEZE:
        return hst_ledger_freeze(l, unit->debit, (uint16_t)unit->credit, &outcome);
    case HST_UNIT_LIMIT:
        return hst_ledger_set_credit_limit(l, unit->debit, (int64_t)unit->amount_minor, &outcome);
    case HST_UNIT_ESCROW_LOCK: return replay_escrow_lock(l, source, unit);
    case HST_UNIT_ESCROW_FINISH: return replay_escrow_finish(l, source, unit);
    case HST_UNIT_ESCROW_CANCEL: return hst_ledger_escrow_cancel(l, unit->debit, &outcome);
    case HST_UNIT_ESCROW_REJECT: return hst_ledger_escrow_reject(l, unit->debit, &outcome);
    case HST_UNIT_COMPACT:
    case HST_UNIT_TRANSFER:
    case HST_UNIT_KIND_COUNT: break;
    }
    return HST_MISMATCH;
}

static hst_status replay_range(
    hst_ledger *l, const hst_ledger *source, uint64_t first, uint64_t end, replay_batch *batch)
{
    for (uint64_t i = first; i < end;) {
        const hst_log_unit *unit = hst_unit_at(source, i);
        const uint32_t kind = hst_unit_kind_of(unit);
        hst_status status = HST_OK;
        if (kind == HST_UNIT_COMPACT || kind == HST_UNIT_TRANSFER) {
            const size_t count = gather(source, i, end, batch);
            status = count == 0 ? HST_MISMATCH : replay_batch_run(l, kind, batch, count);
            i += count;
        } else {
            status = replay_one(l, source, unit);
            i++;
        }
        if (status != HST_OK) {
            return status == HST_REFUSED ? HST_MISMATCH : status;
        }
    }
    return HST_OK;
}

hst_status hst_ledger_replay(hst_ledger *l, const hst_ledger *source, uint64_t first, uint64_t end)
{
    hst_assert(first <= end);
    hst_assert(end <= source->log.count);
    hst_arena arena;
    hst_arena_init(&arena, l->memory.host, 0);
    const uint64_t length = end - first;
    const uint64_t capacity = length < HST_LEDGER_BATCH_MAX ? length : HST_LEDGER_BATCH_MAX;
    replay_batch batch = {.compact = HST_ARENA_NEW(&arena, hst_compact, (size_t)capacity),
                          .full = HST_ARENA_NEW(&arena, hst_transfer, (size_t)capacity),
                          .outcomes = HST_ARENA_NEW(&arena, hst_outcome, (size_t)capacity),
                          .capacity = capacity};
    const bool planned = batch.compact != NULL && batch.full != NULL && batch.outcomes != NULL;
    const hst_status status = planned ? replay_range(l, source, first, end, &batch) : HST_NO_MEMORY;
    hst_arena_release(&arena);
    return status;
}
