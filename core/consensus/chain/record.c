/* The durable log: a record for each vote, with the block voted for, so that the last few are
 * enough to stand by every promise and to finish what was certified. */
#include "core/consensus/chain/chain.h"

const hst_tally *hst_chain_highest(const hst_chain_machine *chain)
{
    return chain->kept.statement.view > chain->high.statement.view ? &chain->kept : &chain->high;
}

static void write_record(hst_chain_machine *chain,
                         const hst_chain_block *block,
                         const hst_chain_block *parent,
                         hst_wire *wire)
{
    wire->carry = chain->config.carry_signatures;
    hst_wire_u64(wire, chain->view);
    hst_wire_u64(wire, chain->last_voted);
    hst_wire_statement(wire, &chain->vote);
    hst_wire_statement(wire, &chain->lock);
    hst_wire_certificate(wire, hst_chain_highest(chain), chain->membership);
    hst_wire_u8(wire, parent != NULL ? 1 : 0);
    if (parent != NULL) {
        hst_chain_write_block(chain, wire, block, &parent->certificate);
    }
}

void hst_chain_persist(hst_chain_machine *chain, hst_chain_block *block, hst_effects *effects)
{
    hst_wire *wire = hst_effects_record(effects);
    const hst_chain_block *parent = block != NULL ? hst_chain_parent(chain, block) : NULL;
    if (!wire->discards) {
        write_record(chain, block, parent, wire);
    }
    if (parent != NULL) {
        block->record = chain->sequence + 1;
    }
    hst_effects_persist(effects, ++chain->sequence);
}

void hst_chain_forget(hst_chain_machine *chain, hst_effects *effects)
{
    enum { AT_ONCE = 16 };
    if (chain->sequence < chain->forgotten + AT_ONCE) {
        return;
    }
    const hst_chain_block *root = hst_chain_slot(chain, chain->committed);
    uint64_t upto = root->record > 0 ? root->record - 1 : 0;
    /* However long nothing is decided, the log is bounded as the tree is. */
    if (chain->sequence > chain->window && upto < chain->sequence - chain->window) {
        upto = chain->sequence - chain->window;
    }
    if (upto >= chain->forgotten + AT_ONCE) {
        hst_effects_forget(effects, upto);
        chain->forgotten = upto;
    }
}

void hst_chain_on_recover(hst_chain_machine *chain, const hst_consensus_input *input)
{
    hst_wire_reader reader = {
        .bytes = input->bytes, .size = input->size, .carry = chain->config.carry_signatures};
    hst_chain_block block;
    chain->view = hst_wire_read_u64(&reader);
    chain->last_voted = hst_wire_read_u64(&reader);
    chain->vote = hst_wire_read_statement(&reader);
    chain->lock = hst_wire_read_statement(&reader);
    hst_wire_read_certificate(&reader, chain->membership, &chain->kept);
    chain->sequence = input->sequence;
    chain->durable = input->sequence;
    chain->vote_record = input->sequence;
    chain->cast = chain->vote;
    if (hst_wire_read_u8(&reader) == 0 ||
        !hst_chain_read_block(chain, &reader, &block, &chain->scratch_next, NULL)) {
        return;
    }
    hst_chain_block *parent = hst_chain_find(chain, &block.parent, block.height - 1);
    if (parent == NULL) {
        /* At least its name and QC: it may be what the ledger holds. */
        const hst_chain_block bare = {.id = block.parent,
                                      .height = block.height - 1,
                                      .view = block.parent_view,
                                      .bare = true};
        parent = hst_chain_insert(chain, &bare);
    }
    if (parent != NULL && !parent->certified) {
        hst_tally_copy(&parent->certificate, &chain->scratch_next, chain->membership);
        parent->certified = true;
    }
    hst_chain_block *entry = hst_chain_insert(chain, &block);
    if (entry != NULL) {
        entry->record = input->sequence;
    }
}

/* The ledger's last block, whole if a record holds it. */
static void set_root(hst_chain_machine *chain, uint64_t height, const hst_hash *id)
{
    hst_chain_block *root = hst_chain_slot(chain, height);
    for (uint32_t t = 0; t < chain->tree_count; t++) {
        hst_chain_block *block = &chain->tree[t];
        if (block->height == height && hst_hash_equal(&block->id, id)) {
            const hst_chain_block copy = *root;
            *root = *block;
            *block = copy;
            return;
        }
    }
    const hst_tally certificate = root->certificate;
    *root = (hst_chain_block){.id = *id, .height = height, .bare = true, .certified = height == 0};
    root->certificate = certificate;
    hst_tally_reset(&root->certificate, chain->membership,
                    hst_chain_statement(HST_CHAIN_PHASE_VOTE, root));
}

/* The highest QC among what is left, now that it is known what the ledger holds. */
static void find_high(hst_chain_machine *chain)
{
    const hst_chain_block *best = hst_chain_slot(chain, chain->committed);
    for (uint32_t t = 0; t < chain->tree_count; t++) {
        const hst_chain_block *block = &chain->tree[t];
        best = block->certified && (!best->certified || block->view > best->view) ? block : best;
    }
    if (best->certified) {
        hst_tally_copy(&chain->high, &best->certificate, chain->membership);
    }
}

void hst_chain_on_start(hst_chain_machine *chain,
                        const hst_consensus_input *input,
                        hst_effects *effects)
{
    enum { ASKS = 2 };
    set_root(chain, input->height, &input->root);
    chain->committed = input->height;
    chain->committed_id = input->root;
    chain->told = input->height;
    chain->lowest = input->height + 1;
    hst_chain_prune(chain);
    find_high(chain);
    chain->filled = chain->committed;
    for (uint32_t t = 0; t < chain->tree_count; t++) {
        const hst_chain_block *block = &chain->tree[t];
        if (block->batch.id != 0 && block->height > chain->filled) {
            chain->filled = block->height;
        }
    }
    if (hst_chain_is_qc(chain, &chain->kept)) {
        (void)hst_chain_certify(chain, &chain->kept, effects);
    }
    chain->view = chain->view > 0 ? chain->view : 1;
    chain->deadline_ns = chain->now_ns;
    chain->started = true;
    chain->fetch_peer = chain->config.self;
    chain->fetch_asks = ASKS;
    hst_chain_on_fetch_timer(chain, effects);
}
