/* Blocks: committed ones in a ring by height, the others in a small unordered tree. */
#include "core/consensus/chain/chain.h"

#include <string.h>

hst_hash hst_chain_block_id(const hst_chain_block *block)
{
    uint8_t bytes[128];
    hst_wire wire;
    hst_wire_begin(&wire, bytes, sizeof bytes, false);
    hst_wire_hash(&wire, &block->parent);
    hst_wire_u64(&wire, block->parent_view);
    hst_wire_u64(&wire, block->height);
    hst_wire_u64(&wire, block->view);
    hst_wire_batch(&wire, &block->batch);
    hst_wire_u32(&wire, block->proposer);
    hst_digest digest;
    hst_digest_init(&digest, NULL, 0);
    hst_digest_update(&digest, bytes, wire.at);
    return hst_digest_final(&digest);
}

hst_chain_block *hst_chain_find(const hst_chain_machine *chain, const hst_hash *id, uint64_t height)
{
    if (height <= chain->committed) {
        hst_chain_block *block = hst_chain_slot(chain, height);
        return block->height == height && hst_hash_equal(&block->id, id) ? block : NULL;
    }
    for (uint32_t t = chain->tree_count; t-- > 0;) {
        if (chain->tree[t].height == height && hst_hash_equal(&chain->tree[t].id, id)) {
            return &chain->tree[t];
        }
    }
    return NULL;
}

hst_chain_block *hst_chain_parent(const hst_chain_machine *chain, const hst_chain_block *block)
{
    return block->height == 0 || block->bare
               ? NULL
               : hst_chain_find(chain, &block->parent, block->height - 1);
}

bool hst_chain_extends(const hst_chain_machine *chain,
                       const hst_chain_block *block,
                       const hst_statement *ancestor)
{
    while (block != NULL && block->height > ancestor->height) {
        block = hst_chain_parent(chain, block);
    }
    return block != NULL && block->height == ancestor->height &&
           hst_hash_equal(&block->id, &ancestor->id);
}

/* Move an entry; the memory of the certificate that was there goes the other way. */
static void move(hst_chain_block *to, hst_chain_block *from)
{
    uint64_t *signers = to->certificate.signers;
    hst_signature *signatures = to->certificate.signatures;
    *to = *from;
    from->certificate.signers = signers;
    from->certificate.signatures = signatures;
}

static void remove_at(hst_chain_machine *chain, uint32_t at)
{
    chain->tree_count--;
    if (at != chain->tree_count) {
        move(&chain->tree[at], &chain->tree[chain->tree_count]);
    }
}

/* Room for a block by giving up the oldest one without QC; false = none to give up. */
static bool make_room(hst_chain_machine *chain, const hst_hash *keep)
{
    uint32_t oldest = chain->tree_count;
    for (uint32_t t = 0; t < chain->tree_count; t++) {
        const hst_chain_block *block = &chain->tree[t];
        if (!block->certified && !hst_hash_equal(&block->id, keep) &&
            (oldest == chain->tree_count || block->view < chain->tree[oldest].view)) {
            oldest = t;
        }
    }
    chain->dropped++;
    if (oldest == chain->tree_count) {
        return false;
    }
    remove_at(chain, oldest);
    return true;
}

/* Overwrite an entry but for the memory of its certificate. */
static void put(hst_chain_block *entry, const hst_chain_block *block)
{
    uint64_t *signers = entry->certificate.signers;
    hst_signature *signatures = entry->certificate.signatures;
    *entry = *block;
    entry->certificate.signers = signers;
    entry->certificate.signatures = signatures;
    entry->certified = false;
    entry->record = 0;
}

hst_chain_block *hst_chain_insert(hst_chain_machine *chain, const hst_chain_block *block)
{
    if (block->height <= chain->committed ||
        hst_chain_find(chain, &block->id, block->height) != NULL) {
        return NULL;
    }
    if (chain->tree_count == chain->window && !make_room(chain, &block->parent)) {
        return NULL;
    }
    hst_chain_block *entry = &chain->tree[chain->tree_count++];
    put(entry, block);
    if (block->batch.id != 0 && block->height > chain->filled) {
        chain->filled = block->height;
    }
    return entry;
}

void hst_chain_prune(hst_chain_machine *chain)
{
    const hst_statement root = {.height = chain->committed, .id = chain->committed_id};
    for (uint32_t t = chain->tree_count; t-- > 0;) {
        const hst_chain_block *block = &chain->tree[t];
        const bool is_child = !block->bare && block->height == root.height + 1 &&
                              hst_hash_equal(&block->parent, &root.id);
        if (!is_child &&
            (block->height <= root.height || !hst_chain_extends(chain, block, &root))) {
            remove_at(chain, t);
        }
    }
}

static void settle(hst_chain_machine *chain, hst_chain_block *block, hst_effects *effects)
{
    hst_effects_commit(effects, block->height, block->view, block->proposer, &block->id,
                       &block->parent, block->batch, true);
    chain->committed = block->height;
    chain->committed_id = block->id;
    move(hst_chain_slot(chain, block->height), block);
    /* To send a block takes the QC of its parent, which must be in the ring too. */
    if (chain->committed >= chain->window && chain->lowest < chain->committed - chain->window + 2) {
        chain->lowest = chain->committed - chain->window + 2;
    }
}

void hst_chain_commit(hst_chain_machine *chain, const hst_chain_block *block, hst_effects *effects)
{
    /* Ancestors oldest first: collect the way down, then go up. */
    uint32_t count = 0;
    const hst_chain_block *at = block;
    while (at != NULL && at->height > chain->committed && count < chain->window) {
        chain->path[count++] = (uint32_t)(at - chain->tree);
        at = hst_chain_parent(chain, at);
    }
    if (at == NULL || at->height != chain->committed ||
        !hst_hash_equal(&at->id, &chain->committed_id)) {
        return; /* not after what was decided: more than f replicas are faulty */
    }
    while (count-- > 0) {
        settle(chain, &chain->tree[chain->path[count]], effects);
    }
    /* What was moved into the ring leaves entries that go with the forks. */
    hst_chain_prune(chain);
    hst_chain_relax(chain);
}

bool hst_chain_on_its_way(const hst_chain_machine *chain,
                          const hst_chain_block *tip,
                          uint64_t batch)
{
    while (tip != NULL && tip->height > chain->committed) {
        if (tip->batch.id == batch) {
            return true;
        }
        tip = hst_chain_parent(chain, tip);
    }
    return false;
}

void hst_chain_reset(hst_chain_machine *chain, uint64_t height, const hst_hash *id)
{
    chain->committed = height;
    chain->committed_id = *id;
    chain->told = height;
    chain->filled = height;
    chain->tree_count = 0;
    chain->lowest = height + 1;
    hst_chain_block *root = hst_chain_slot(chain, height);
    const hst_tally certificate = root->certificate;
    *root = (hst_chain_block){.id = *id, .height = height, .bare = true, .certified = height == 0};
    root->certificate = certificate;
    hst_tally_reset(&root->certificate, chain->membership,
                    hst_chain_statement(HST_CHAIN_PHASE_VOTE, root));
}

void hst_chain_write_block(hst_chain_machine *chain,
                           hst_wire *wire,
                           const hst_chain_block *block,
                           const hst_tally *justify)
{
    hst_wire_u64(wire, block->view);
    hst_wire_u32(wire, block->proposer);
    hst_wire_batch(wire, &block->batch);
    hst_wire_certificate(wire, justify, chain->membership);
}

/* Whether two blocks of equal height have all that a name covers in common. */
static bool is_same(const hst_chain_block *a, const hst_chain_block *b)
{
    return a->view == b->view && a->parent_view == b->parent_view && a->batch.id == b->batch.id &&
           a->batch.size == b->batch.size && a->batch.count == b->batch.count &&
           a->proposer == b->proposer && hst_hash_equal(&a->parent, &b->parent);
}

/* The block that we have of what was read; NULL = none. */
static const hst_chain_block *find_same(const hst_chain_machine *chain,
                                        const hst_chain_block *block)
{
    if (block->height <= chain->committed) {
        const hst_chain_block *held = hst_chain_slot(chain, block->height);
        return held->height == block->height && !held->bare && is_same(held, block) ? held : NULL;
    }
    for (uint32_t t = chain->tree_count; t-- > 0;) {
        const hst_chain_block *held = &chain->tree[t];
        if (held->height == block->height && !held->bare && is_same(held, block)) {
            return held;
        }
    }
    return NULL;
}

/* The name of a block as read: another reader's, that of the same block here, or a hash. */
static hst_hash
name(const hst_chain_machine *chain, const hst_chain_block *block, hst_message_memo *memo)
{
    if (memo != NULL && memo->known) {
        return memo->name;
    }
    const hst_chain_block *same = find_same(chain, block);
    const hst_hash id = same != NULL ? same->id : hst_chain_block_id(block);
    if (memo != NULL) {
        *memo = (hst_message_memo){.known = true, .name = id};
    }
    return id;
}

bool hst_chain_read_block(hst_chain_machine *chain,
                          hst_wire_reader *reader,
                          hst_chain_block *block,
                          hst_tally *justify,
                          hst_message_memo *memo)
{
    *block = (hst_chain_block){0};
    block->view = hst_wire_read_u64(reader);
    block->proposer = hst_wire_read_u32(reader);
    block->batch = hst_wire_read_batch(reader);
    hst_wire_read_certificate(reader, chain->membership, justify);
    if (reader->short_of || !hst_chain_is_qc(chain, justify) ||
        justify->statement.view >= block->view ||
        block->proposer != hst_chain_leader(chain, block->view)) {
        return false;
    }
    block->parent = justify->statement.id;
    block->parent_view = justify->statement.view;
    block->height = justify->statement.height + 1;
    block->id = name(chain, block, memo);
    return true;
}

bool hst_chain_is_qc(const hst_chain_machine *chain, const hst_tally *tally)
{
    const hst_statement *s = &tally->statement;
    if (s->phase != HST_CHAIN_PHASE_VOTE || s->height > s->view || s->view == UINT64_MAX) {
        return false;
    }
    if (s->height == 0) {
        return s->view == 0 && hst_hash_is_zero(&s->id);
    }
    return tally->weight >= chain->quorum;
}
