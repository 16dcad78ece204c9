#include "core/ledger/block.h"

#include "core/ledger/internal.h"

/** Leaves hashed at a time; a power of two, so that full groups are subtrees of the list. */
enum { LEAF_GROUP = 8192 };

static size_t root_work_size(uint64_t event_count)
{
    const size_t group = event_count < LEAF_GROUP ? (size_t)event_count : LEAF_GROUP;
    return (group + hst_merkle_list_scratch_count(group) + 1) * sizeof(hst_hash);
}

/** RFC 6962 root over the unsealed events. Groups of 2^k leaves are subtrees of it, so the list of
 * their roots has the same root: a block of any size needs no more memory than one group. */
static hst_hash transaction_root(hst_ledger *l, uint64_t event_count)
{
    hst_assert(l->work.size >= root_work_size(event_count));
    hst_merkle_list list;
    hst_merkle_list_init(&list);
    hst_hash *leaves = l->work.block;
    for (uint64_t done = 0; done < event_count;) {
        const uint64_t rest = event_count - done;
        const size_t group = rest < LEAF_GROUP ? (size_t)rest : LEAF_GROUP;
        hst_event_leaves(l, l->block_first + done, group, leaves);
        const hst_hash root =
            hst_merkle_list_root_of(l->config.engine, leaves, group, leaves + group);
        hst_merkle_list_append(&list, &root);
        done += group;
    }
    return hst_merkle_list_root(&list);
}

/** Small books are checked whole at every seal: it costs no more than the seal itself. */
static bool check_whole(const hst_ledger *l)
{
    enum { SMALL = 256 };
    return l->account_count + l->pendings.count <= 4 * (uint64_t)l->dirty_count + SMALL;
}

static bool invariants_hold(hst_ledger *l)
{
    bool hold = hst_conservation_changed(l);
    hold &= hst_pending_sums(l);
    hold &= hst_limits_changed(l);
    if (check_whole(l)) {
        hold &= hst_conservation_full(l);
        hold &= hst_limits_full(l);
        hold &= hst_pending_full(l);
    }
    return hold;
}

static void append_header(hst_ledger *l, hst_block_header *header)
{
    const uint64_t event_count = l->log.count - l->block_first;
    const uint64_t height = l->headers.count;
    *header = (hst_block_header){.height = height,
                                 .time_ns = l->time,
                                 .event_count = event_count,
                                 .event_first = l->log_base + l->block_first,
                                 .account_count = l->account_count,
                                 .currency_count = l->config.currency_count,
                                 .transaction_root = transaction_root(l, event_count),
                                 .state_root = hst_merkle_tree_root(&l->tree),
                                 .totals_hash = hst_sums_hash(l->after, l->config.currency_count)};
    if (height > 0) {
        header->previous = hst_block_header_hash(hst_column_at(&l->headers, height - 1));
    }
    *(hst_block_header *)hst_column_at(&l->headers, height) = *header;
    l->headers.count++;
}

/** What was changed is sealed now: start the next block. */
static void begin_block(hst_ledger *l)
{
    for (uint32_t i = 0; i < l->config.currency_count; i++) {
        l->sums[i] = l->after[i];
        l->before[i] = (hst_sums){0};
    }
    l->dirty_count = 0;
    hst_assert(l->mark < UINT32_MAX);
    l->mark++;
    if (l->config.keep_log) {
        l->block_first = l->log.count;
    } else {
        l->log_base += l->log.count;
        l->log.count = 0;
        l->block_first = 0;
    }
}

static hst_status seal(hst_ledger *ledger, hst_block_header *header_out)
{
    const uint64_t event_count = ledger->log.count - ledger->block_first;
    HST_TRY(hst_column_reserve(&ledger->headers, &ledger->memory, 1));
    HST_TRY(hst_scratch_reserve(&ledger->work, &ledger->memory, root_work_size(event_count)));
    HST_TRY(hst_scratch_reserve(&ledger->work, &ledger->memory, hst_pending_work_size(ledger)));
    if (!invariants_hold(ledger)) {
        return HST_CORRUPT;
    }
    HST_TRY(hst_state_update(ledger));
    if (!hst_state_window(ledger)) {
        return HST_CORRUPT;
    }
    append_header(ledger, header_out);
    begin_block(ledger);
    return hst_chain_last(ledger) ? HST_OK : HST_CORRUPT;
}

hst_status hst_ledger_seal(hst_ledger *ledger, hst_block_header *header_out)
{
    hst_assert(!ledger->scope.open);
    const hst_status status = seal(ledger, header_out);
    /* Given back, so that hundreds of ledgers sealed in turn work in the same warm memory. */
    hst_scratch_release(&ledger->work, &ledger->memory);
    return status;
}

uint64_t hst_ledger_block_count(const hst_ledger *ledger)
{
    return ledger->headers.count;
}

hst_status
hst_ledger_header(const hst_ledger *ledger, uint64_t height, hst_block_header *header_out)
{
    if (height >= ledger->headers.count) {
        return HST_NOT_FOUND;
    }
    *header_out = *(const hst_block_header *)hst_column_at(&ledger->headers, height);
    return HST_OK;
}

static void split(hst_u128 value, uint64_t halves[2])
{
    halves[0] = (uint64_t)value;
    halves[1] = (uint64_t)(value >> 64);
}

void hst_ledger_totals_at_seal(const hst_ledger *ledger,
                               hst_currency currency,
                               hst_ledger_totals *totals_out)
{
    hst_assert(currency < ledger->config.currency_count);
    const hst_sums *sums = &ledger->sums[currency];
    split(sums->debits_pending, totals_out->debits_pending_minor);
    split(sums->debits_posted, totals_out->debits_posted_minor);
    split(sums->credits_pending, totals_out->credits_pending_minor);
    split(sums->credits_posted, totals_out->credits_posted_minor);
}
