#include "core/ledger/block.h"
#include "core/ledger/internal.h"

#include <string.h>

/** Path of one leaf of a block, with memory for this call only. */
static hst_status prove_leaf(const hst_ledger *l,
                             const hst_block_header *header,
                             uint64_t index,
                             hst_merkle_proof *path_out)
{
    const size_t count = (size_t)header->event_count;
    hst_arena arena;
    hst_arena_init(&arena, l->memory.host, 0);
    hst_hash *leaves =
        HST_ARENA_NEW(&arena, hst_hash, count + hst_merkle_list_scratch_count(count));
    hst_status status = HST_NO_MEMORY;
    if (leaves != NULL) {
        hst_event_leaves(l, header->event_first - l->log_base, count, leaves);
        status = hst_merkle_list_prove(l->config.engine, leaves, count, (size_t)index,
                                       leaves + count, path_out);
    }
    hst_arena_release(&arena);
    return status;
}

hst_status hst_ledger_prove_event(const hst_ledger *ledger,
                                  uint64_t height,
                                  uint64_t index,
                                  hst_ledger_proof *proof_out)
{
    hst_block_header header;
    HST_TRY(hst_ledger_header(ledger, height, &header));
    if (index >= header.event_count) {
        return HST_NOT_FOUND;
    }
    if (header.event_first < ledger->log_base) {
        return HST_UNSUPPORTED;
    }
    hst_merkle_proof path;
    HST_TRY(prove_leaf(ledger, &header, index, &path));
    const uint64_t at = header.event_first - ledger->log_base + index;
    memset(proof_out, 0, sizeof *proof_out);
    proof_out->size = (uint32_t)hst_event_encode(ledger, at, proof_out->bytes);
    proof_out->path = path;
    return HST_OK;
}

hst_status
hst_ledger_prove_account(const hst_ledger *ledger, uint32_t account, hst_ledger_proof *proof_out)
{
    if (account >= ledger->account_count) {
        return HST_NOT_FOUND;
    }
    if (ledger->headers.count == 0 || ledger->dirty_count > 0) {
        return HST_MISMATCH;
    }
    hst_merkle_proof path;
    HST_TRY(hst_merkle_tree_prove(&ledger->tree, account, &path));
    memset(proof_out, 0, sizeof *proof_out);
    hst_account_encode(ledger, account, proof_out->bytes);
    proof_out->size = HST_LEDGER_ACCOUNT_SIZE;
    proof_out->path = path;
    return HST_OK;
}

static bool is_sane(const hst_ledger_proof *proof)
{
    return proof->size <= HST_LEDGER_EVENT_SIZE_MAX &&
           proof->path.hash_count <= HST_MERKLE_PROOF_MAX;
}

hst_status hst_ledger_verify_event(const hst_block_header *header, const hst_ledger_proof *proof)
{
    if (!is_sane(proof)) {
        return HST_CORRUPT;
    }
    const hst_hash leaf = hst_hash_leaf(proof->bytes, proof->size);
    return hst_merkle_list_verify(&header->transaction_root, header->event_count, &leaf,
                                  &proof->path);
}

hst_status hst_ledger_verify_account(const hst_block_header *header, const hst_ledger_proof *proof)
{
    /* The size is what tells an account from a node of the state tree (core/crypto/merkle_tree.h).
     */
    if (!is_sane(proof) || proof->size != HST_LEDGER_ACCOUNT_SIZE) {
        return HST_CORRUPT;
    }
    const hst_hash leaf = hst_hash_leaf(proof->bytes, proof->size);
    return hst_merkle_tree_verify(&header->state_root, header->account_count, &leaf, &proof->path);
}
