#include "core/ledger/internal.h"

/* CHAIN: each header names the hash of the one before, and starts where that ended. */

static bool follows(const hst_ledger *l, uint64_t height)
{
    const hst_block_header *header = hst_column_at(&l->headers, height);
    if (height == 0) {
        return header->height == 0 && header->event_first == 0 &&
               hst_hash_is_zero(&header->previous);
    }
    const hst_block_header *before = hst_column_at(&l->headers, height - 1);
    const hst_hash hash = hst_block_header_hash(before);
    return header->height == height && header->time_ns >= before->time_ns &&
           header->event_first == before->event_first + before->event_count &&
           hst_hash_equal(&header->previous, &hash);
}

bool hst_chain_last(hst_ledger *l)
{
    hst_assert(l->headers.count > 0);
    return hst_invariant_note(l, HST_INVARIANT_CHAIN, 1, follows(l, l->headers.count - 1));
}

bool hst_chain_full(hst_ledger *l)
{
    bool holds = true;
    for (uint64_t height = 0; height < l->headers.count; height++) {
        holds &= follows(l, height);
    }
    return hst_invariant_note(l, HST_INVARIANT_CHAIN, l->headers.count, holds);
}
