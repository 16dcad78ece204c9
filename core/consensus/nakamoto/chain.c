/* Fork choice, and what it settles. */
#include "core/consensus/nakamoto/internal.h"

static void set_main(hst_nakamoto *m, const hst_nakamoto_block *block)
{
    m->main[block->header.height & m->mask] = block->serial;
}

static void set_best(hst_nakamoto *m, const hst_nakamoto_block *block)
{
    m->best = block->serial;
    m->best_id = block->id;
    m->best_work = block->work;
    m->best_height = block->header.height;
    m->chain_moved = true;
}

/* A batch is in the chain (again): it need not be mined once more. */
static void connect_batch(hst_nakamoto *m, uint64_t batch)
{
    for (uint32_t r = 0; r < m->returned_count; r++) {
        if (m->returned[r].id == batch) {
            m->returned[r] = m->returned[--m->returned_count];
            return;
        }
    }
}

/* A block left the chain: its batch is to be mined again, as transactions of a disconnected block
 * go back to the memory pool. */
static void return_batch(hst_nakamoto *m, hst_batch batch)
{
    if (batch.id == 0) {
        return;
    }
    for (uint32_t r = 0; r < m->returned_count; r++) {
        if (m->returned[r].id == batch.id) {
            return;
        }
    }
    if (m->returned_count == HST_NAKAMOTO_RETURNED) {
        m->dropped++;
        return;
    }
    m->returned[m->returned_count++] = batch;
}

static void roll_back(hst_nakamoto *m, const hst_nakamoto_block *fork, hst_effects *effects)
{
    const uint64_t height = fork->header.height;
    m->reorganisations++;
    m->deepest = m->best_height - height > m->deepest ? m->best_height - height : m->deepest;
    for (uint64_t h = m->best_height; h > height; h--) {
        const hst_nakamoto_block *left = hst_nakamoto_main(m, h);
        hst_assert(left != NULL);
        return_batch(m, left->header.batch);
    }
    if (m->commit_height > height) {
        hst_effects_rollback(effects, height);
        m->commit_height = height;
        m->commit = fork->id;
    }
}

/* Most cumulative work; of equal chains the one seen first. */
bool hst_nakamoto_choose(hst_nakamoto *m, hst_nakamoto_block *block, hst_effects *effects)
{
    if (block->work <= m->best_work) {
        return false;
    }
    if (block->parent != m->best) {
        const hst_nakamoto_block *fork = block;
        while (fork != NULL && hst_nakamoto_main(m, fork->header.height) != fork) {
            fork = hst_nakamoto_at(m, fork->parent);
        }
        if (fork == NULL || fork->header.height < m->final_height) {
            m->refused++; /* it would undo what is final, or its roots are forgotten */
            return false;
        }
        roll_back(m, fork, effects);
        for (hst_nakamoto_block *b = block; b != fork; b = hst_nakamoto_at(m, b->parent)) {
            set_main(m, b);
            connect_batch(m, b->header.batch.id);
        }
    } else {
        set_main(m, block);
        connect_batch(m, block->header.batch.id);
    }
    set_best(m, block);
    return true;
}

void hst_nakamoto_root(hst_nakamoto *m, hst_nakamoto_block *block)
{
    set_best(m, block);
    m->public_best = block->serial;
    for (hst_nakamoto_block *b = block; b != NULL; b = hst_nakamoto_at(m, b->parent)) {
        set_main(m, b);
    }
    m->commit_height = block->header.height;
    m->final_height = block->header.height;
    m->commit = block->id;
    m->lost = false;
    m->mining_at = 0;
}

void hst_nakamoto_settle(hst_nakamoto *m, hst_effects *effects)
{
    const uint64_t confirmations = (uint64_t)hst_nakamoto_value(m, HST_NAKAMOTO_CONFIRMATIONS);
    const uint64_t depth = (uint64_t)hst_nakamoto_value(m, HST_NAKAMOTO_FINAL_DEPTH);
    while (m->commit_height + confirmations <= m->best_height) {
        const hst_nakamoto_block *block = hst_nakamoto_main(m, m->commit_height + 1);
        hst_assert(block != NULL);
        m->commit_height++;
        m->commit = block->id;
        hst_effects_commit(effects, m->commit_height, block->work, block->header.miner, &block->id,
                           &block->header.parent, block->header.batch, false);
    }
    if (m->final_height + depth <= m->best_height) {
        m->final_height = m->best_height + 1 - depth;
        hst_effects_final(effects, m->final_height);
    }
}

bool hst_nakamoto_underway(const hst_nakamoto *m, uint64_t batch)
{
    for (uint64_t h = m->best_height; h > m->commit_height; h--) {
        const hst_nakamoto_block *block = hst_nakamoto_main(m, h);
        if (block == NULL || block->header.batch.id == batch) {
            return block != NULL;
        }
    }
    for (uint32_t r = 0; r < m->returned_count; r++) {
        if (m->returned[r].id == batch) {
            return true;
        }
    }
    return false;
}
