/* What is committed, tentatively, and what is final. */
#include "core/consensus/gasper/internal.h"

void hst_gasper_begin(hst_gasper *m, hst_gasper_block *block, uint64_t epoch)
{
    m->root = block->serial;
    m->commit_height = block->header.height;
    m->final_height = block->header.height;
    m->commit = block->id;
    for (hst_gasper_block *b = block; b != NULL; b = hst_gasper_at(m, b->parent)) {
        m->main[b->header.height & m->mask] = b->serial;
    }
    m->final = (hst_gasper_checkpoint){.epoch = epoch, .root = block->id};
    m->justified = m->final;
    m->lost = false;
    m->stale = true;
    m->moved = true;
}

static void write_checkpoint(hst_wire *wire, const hst_gasper_checkpoint *checkpoint)
{
    hst_wire_u64(wire, checkpoint->epoch);
    hst_wire_hash(wire, &checkpoint->root);
}

void hst_gasper_persist(hst_gasper *m, const hst_gasper_block *block, hst_effects *effects)
{
    hst_wire *wire = hst_effects_record(effects);
    hst_wire_u64(wire, m->voted_epoch);
    hst_wire_u64(wire, m->voted_source);
    hst_wire_u64(wire, m->voted_slot);
    hst_wire_hash(wire, &m->voted_head);
    hst_wire_u64(wire, m->proposed_slot);
    write_checkpoint(wire, &m->justified);
    write_checkpoint(wire, &m->final);
    hst_wire_u8(wire, block != NULL);
    if (block != NULL) {
        hst_gasper_write_header(wire, &block->header);
        if (m->signatures != NULL) {
            hst_wire_signature(wire, &m->signatures[block->serial & m->mask]);
        }
    }
    hst_effects_persist(effects, ++m->sequence);
    const uint64_t kept = 2 * ((uint64_t)m->mask + 1); /* blocks of the window, and votes */
    if (m->sequence > kept) {
        hst_effects_forget(effects, m->sequence - kept);
    }
}

/* Make the chain of `block` the committed one. */
static void commit_to(hst_gasper *m, hst_gasper_block *block, hst_effects *effects)
{
    const hst_gasper_block *fork = block;
    while (fork != NULL && hst_gasper_main(m, fork->header.height) != fork) {
        fork = hst_gasper_at(m, fork->parent);
    }
    if (fork == NULL || fork->header.height < m->final_height) {
        m->refused++; /* against what is final */
        return;
    }
    if (fork == block && block->header.height <= m->commit_height) {
        return; /* nothing new; what is above stays, it is the same chain or it will be undone */
    }
    if (fork->header.height < m->commit_height) {
        m->reorganisations++;
        hst_effects_rollback(effects, fork->header.height);
    }
    m->commit_height = fork->header.height;
    for (hst_gasper_block *b = block; b != fork; b = hst_gasper_at(m, b->parent)) {
        m->main[b->header.height & m->mask] = b->serial;
    }
    const uint64_t top = block->header.height;
    while (m->commit_height < top) {
        m->commit_height++;
        const hst_gasper_block *b = hst_gasper_main(m, m->commit_height);
        hst_assert(b != NULL);
        hst_effects_commit(effects, b->header.height, b->header.slot, b->header.proposer, &b->id,
                           &b->header.parent, b->header.batch, false);
    }
    m->commit = block->id;
}

/* A checkpoint justified in its own epoch is a source from the next one on. */
static void justify(hst_gasper *m)
{
    const uint64_t epoch = m->now_slot / m->slots;
    if (m->pending.epoch > m->justified.epoch && m->pending.epoch < epoch &&
        hst_gasper_find(m, &m->pending.root) != NULL) {
        m->justified = m->pending;
        m->stale = true;
    }
}

static void finalise(hst_gasper *m, hst_effects *effects)
{
    if (m->proven.epoch <= m->final.epoch || m->proven.epoch + 1 >= m->now_slot / m->slots) {
        return; /* nothing new, or the epoch of its child is not over */
    }
    hst_gasper_block *block = hst_gasper_find(m, &m->proven.root);
    if (block == NULL) {
        return;
    }
    if (hst_gasper_main(m, block->header.height) != block) {
        commit_to(m, block, effects);
    }
    if (hst_gasper_main(m, block->header.height) != block) {
        return;
    }
    m->final = m->proven;
    hst_tally_copy(&m->proof, &m->proven_proof, m->config.membership);
    m->proof_target = m->proven_target;
    m->has_proof = true;
    m->root = block->serial;
    if (block->header.height > m->final_height) {
        m->final_height = block->header.height;
        hst_effects_final(effects, m->final_height);
    }
    hst_gasper_persist(m, NULL, effects);
}

void hst_gasper_advance(hst_gasper *m, hst_effects *effects)
{
    if (m->lost) {
        return;
    }
    justify(m);
    hst_gasper_block *block = hst_gasper_value(m, HST_GASPER_COMMIT) == 0
                                  ? hst_gasper_head(m)
                                  : hst_gasper_find(m, &m->justified.root);
    if (block != NULL) {
        commit_to(m, block, effects);
    }
    finalise(m, effects);
}

bool hst_gasper_underway(hst_gasper *m, uint64_t batch)
{
    for (const hst_gasper_block *b = hst_gasper_head(m);
         b != NULL && b->header.height > m->commit_height; b = hst_gasper_at(m, b->parent)) {
        if (b->header.batch.id == batch) {
            return true;
        }
    }
    return false;
}
