/* Selfish mining: a pool withholds what it finds and publishes just enough to make the others' work
 * void. The private branch is the pool's own best chain; `public_best` is the tip that the others
 * know. Eyal, Sirer, "Majority is not enough: Bitcoin mining is vulnerable", FC'14, algorithm 1. */
#include "core/consensus/nakamoto/internal.h"

/* Publish the private branch up to a height, oldest block first. */
static void publish(hst_nakamoto *m, uint64_t up_to, hst_effects *effects)
{
    uint64_t first = m->best_height + 1;
    for (const hst_nakamoto_block *b = hst_nakamoto_at(m, m->best); b != NULL && b->hidden;
         b = hst_nakamoto_at(m, b->parent)) {
        first = b->header.height;
    }
    for (uint64_t h = first; h <= up_to && h <= m->best_height; h++) {
        hst_nakamoto_block *block = hst_nakamoto_main(m, h);
        hst_assert(block != NULL);
        block->hidden = false;
        hst_nakamoto_relay(m, block, HST_CONSENSUS_NOBODY, effects);
    }
}

/* The pool found a block. In a race of two public branches of one length it wins by publishing;
 * else it keeps the block to itself. */
void hst_nakamoto_selfish_found(hst_nakamoto *m, hst_nakamoto_block *block, hst_effects *effects)
{
    const hst_nakamoto_block *others = hst_nakamoto_at(m, m->public_best);
    block->hidden = true;
    if (others == NULL ||
        (others->header.height + 1 == block->header.height && others->serial != block->parent)) {
        publish(m, block->header.height, effects);
        m->public_best = block->serial;
    }
}

/* The others found a block. By the lead the pool had: none, adopt it; one, publish and race; two,
 * publish all and win; more, publish one. */
void hst_nakamoto_selfish_heard(hst_nakamoto *m, hst_nakamoto_block *block, hst_effects *effects)
{
    const hst_nakamoto_block *others = hst_nakamoto_at(m, m->public_best);
    if (others != NULL && block->work <= others->work) {
        return;
    }
    m->public_best = block->serial;
    if (m->best == block->serial) {
        return;
    }
    const uint64_t lead = m->best_height - block->header.height;
    if (lead == 1) {
        publish(m, m->best_height, effects);
        m->public_best = m->best;
    } else {
        publish(m, block->header.height, effects);
    }
}
