#include "core/ledger/ledger.h"

#include "core/ledger/internal.h"

enum { ACCOUNT_MAX = 1 << 30, CURRENCY_MAX = HST_CURRENCY_NONE };

hst_ledger_config hst_ledger_config_default(uint32_t account_max, uint32_t currency_count)
{
    return (hst_ledger_config){.account_max = account_max,
                               .currency_count = currency_count,
                               .idempotent = true,
                               .keep_log = true,
                               .engine = hst_hash_engine_best()};
}

/** Everything whose size is known at creation; HST_NO_MEMORY leaves the arena to be released. */
static hst_status plan(hst_ledger *l)
{
    const uint32_t account_max = l->config.account_max;
    const uint32_t currency_count = l->config.currency_count;
    l->hot = HST_ARENA_NEW(&l->arena, hst_hot_account, account_max);
    l->cold = HST_ARENA_NEW(&l->arena, hst_cold_account, account_max);
    l->dirty = HST_ARENA_NEW(&l->arena, uint32_t, account_max);
    l->sums = HST_ARENA_NEW(&l->arena, hst_sums, currency_count);
    l->before = HST_ARENA_NEW(&l->arena, hst_sums, currency_count);
    l->after = HST_ARENA_NEW(&l->arena, hst_sums, currency_count);
    l->held = HST_ARENA_NEW(&l->arena, hst_u128, currency_count);
    if (l->hot == NULL || l->cold == NULL || l->dirty == NULL || l->sums == NULL ||
        l->before == NULL || l->after == NULL || l->held == NULL) {
        return HST_NO_MEMORY;
    }
    return hst_table_init(&l->account_table, &l->arena, account_max, l->hot, sizeof *l->hot,
                          UINT64_C(0x6865727374617474));
}

static hst_status init_columns(hst_ledger *l)
{
    hst_column_init(&l->log, sizeof(hst_log_unit), l->config.event_plan);
    hst_column_init(&l->pendings, sizeof(hst_held_transfer), l->config.pending_plan);
    hst_column_init(&l->expiries, sizeof(hst_expiry), 0);
    hst_column_init(&l->transfers, sizeof(hst_transfer), l->config.transfer_plan);
    hst_column_init(&l->escrows, sizeof(hst_escrow_record), 0);
    hst_column_init(&l->history, sizeof(hst_history_link), 0);
    hst_column_init(&l->headers, sizeof(hst_block_header), 0);
    HST_TRY(l->config.event_plan > 0 ? hst_column_plan(&l->log, &l->memory) : HST_OK);
    HST_TRY(l->config.pending_plan > 0 ? hst_column_plan(&l->pendings, &l->memory) : HST_OK);
    if (l->config.transfer_plan > 0) {
        HST_TRY(hst_column_plan(&l->transfers, &l->memory));
        HST_TRY(hst_transfer_reserve(l, l->config.transfer_plan));
        hst_touch_memory(l->ids, (size_t)l->id_capacity * sizeof *l->ids);
        hst_touch_memory(l->id_table.slots, hst_table_bytes(l->id_capacity));
    }
    return HST_OK;
}

static bool is_valid(const hst_ledger_config *config)
{
    return config->account_max > 0 && config->account_max <= ACCOUNT_MAX &&
           config->currency_count > 0 && config->currency_count <= CURRENCY_MAX;
}

hst_status
hst_ledger_create(const hst_ledger_config *config, hst_memory memory, hst_ledger **ledger_out)
{
    if (!is_valid(config)) {
        return HST_INVALID;
    }
    hst_arena arena;
    hst_arena_init(&arena, memory, 0);
    hst_ledger *l = HST_ARENA_NEW(&arena, hst_ledger, 1);
    if (l == NULL) {
        hst_arena_release(&arena);
        return HST_NO_MEMORY;
    }
    l->arena = arena;
    l->config = *config;
    if (l->config.engine == NULL) {
        l->config.engine = hst_hash_engine_best();
    }
    l->memory.host = memory;
    l->mark = 1;
    hst_status planned = plan(l);
    if (planned == HST_OK) {
        planned = init_columns(l);
    }
    if (planned != HST_OK) {
        hst_ledger_destroy(l);
        return planned;
    }
    *ledger_out = l;
    return HST_OK;
}

void hst_ledger_destroy(hst_ledger *ledger)
{
    if (ledger == NULL) {
        return;
    }
    hst_column *const columns[] = {&ledger->log,       &ledger->pendings, &ledger->expiries,
                                   &ledger->transfers, &ledger->escrows,  &ledger->history,
                                   &ledger->headers};
    for (size_t i = 0; i < sizeof columns / sizeof(hst_column *); i++) {
        hst_column_release(columns[i], &ledger->memory);
    }
    hst_scratch_release(&ledger->undo, &ledger->memory);
    hst_scratch_release(&ledger->work, &ledger->memory);
    hst_assert(ledger->memory.held == 0);
    if (ledger->id_capacity != 0) {
        hst_arena_release(&ledger->id_arena);
    }
    if (ledger->has_tree) {
        hst_arena_release(&ledger->tree_arena);
    }
    /* The ledger itself lies in its arena. */
    hst_arena arena = ledger->arena;
    hst_arena_release(&arena);
}

size_t hst_ledger_memory_bytes(const hst_ledger *ledger)
{
    size_t held = ledger->memory.held + ledger->arena.held;
    held += ledger->id_capacity != 0 ? ledger->id_arena.held : 0;
    held += ledger->has_tree ? ledger->tree_arena.held : 0;
    return held;
}

uint32_t hst_ledger_pending_count(const hst_ledger *ledger)
{
    return (uint32_t)ledger->pendings.count;
}

void hst_ledger_pending(const hst_ledger *ledger, uint32_t pending, hst_pending *pending_out)
{
    hst_assert(pending < ledger->pendings.count);
    const hst_held_transfer *held = hst_pending_at(ledger, pending);
    *pending_out = (hst_pending){.amount_minor = held->amount,
                                 .timestamp_ns = held->timestamp,
                                 .expires_ns = held->expires,
                                 .debit = held->debit,
                                 .credit = held->credit,
                                 .status = (hst_pending_status)held->status,
                                 .code = held->code,
                                 .escrow = held->escrow != HST_HANDLE_NONE};
}

hst_ledger_counts hst_ledger_count(const hst_ledger *ledger)
{
    hst_ledger_counts counts = ledger->counts;
    counts.blocks = ledger->headers.count;
    counts.unsealed = ledger->log.count - ledger->block_first;
    return counts;
}
