/* Proposals: when a leader makes one, and what a replica does with one. */
#include "core/consensus/chain/chain.h"

/* The view we may propose in: after the highest QC's, or the one a TC is for; 0 = none. */
static uint64_t our_turn(const hst_chain_machine *chain)
{
    const uint32_t self = chain->config.self;
    const hst_statement *high = &chain->high.statement;
    const uint64_t next = hst_chain_next(high->view);
    if (high->height < chain->committed) {
        return 0; /* we do not even know the QC of what is decided */
    }
    /* A HotStuff replica may have run ahead of the others; they still wait for this block. */
    if (hst_chain_leader(chain, next) == self && next > chain->last_voted &&
        (next == chain->view || !chain->rules->broadcasts_timeouts)) {
        return next;
    }
    const uint64_t view = chain->view;
    if (chain->tc.target == view && view != 0 && hst_chain_leader(chain, view) == self &&
        view > chain->last_voted && high->view >= chain->tc.high) {
        return view;
    }
    return 0;
}

static void write_proposal(hst_chain_machine *chain,
                           const hst_chain_block *block,
                           const hst_tally *justify,
                           hst_effects *effects)
{
    const hst_statement statement = hst_chain_statement(HST_CHAIN_PHASE_PROPOSE, block);
    hst_wire *wire = hst_effects_message(effects, HST_CHAIN_PROPOSAL);
    hst_chain_write_block(chain, wire, block, justify);
    hst_chain_tc_write(chain, wire, block->after_timeout ? &chain->tc : NULL);
    hst_wire_statement(wire, &statement);
    hst_wire_signature_slot(wire);
}

bool hst_chain_propose_again(hst_chain_machine *chain,
                             uint64_t view,
                             uint32_t to,
                             hst_effects *effects)
{
    for (uint32_t t = 0; t < chain->tree_count; t++) {
        const hst_chain_block *block = &chain->tree[t];
        const hst_chain_block *parent = hst_chain_parent(chain, block);
        if (block->view == view && block->proposer == chain->config.self && parent != NULL &&
            (!block->after_timeout || chain->tc.target == view)) {
            write_proposal(chain, block, &parent->certificate, effects);
            hst_effects_send(effects, to, chain->sequence)->batch = block->batch;
            return true;
        }
    }
    return false;
}

static bool
make_block(hst_chain_machine *chain, uint64_t view, hst_batch batch, hst_effects *effects)
{
    const hst_statement *high = &chain->high.statement;
    hst_chain_block block = {.parent = high->id,
                             .parent_view = high->view,
                             .height = high->height + 1,
                             .view = view,
                             .batch = batch,
                             .proposer = chain->config.self,
                             .after_timeout = hst_chain_next(high->view) != view,
                             .timeout_high = chain->tc.high};
    block.id = hst_chain_block_id(&block);
    if (!chain->rules->may_vote(chain, &block)) {
        return false;
    }
    hst_chain_block *entry = hst_chain_insert(chain, &block);
    if (entry == NULL) {
        return false;
    }
    chain->last_block = view;
    chain->last_block_ns = chain->now_ns;
    chain->told = chain->committed;
    /* Our vote comes first: once it is durable we can never propose in this view again. */
    hst_chain_vote(chain, entry, effects);
    write_proposal(chain, entry, &chain->high, effects);
    hst_effects_broadcast(effects, chain->sequence)->batch = batch;
    if (hst_chain_leader(chain, hst_chain_next(view)) == chain->config.self) {
        hst_chain_collect(chain, entry, effects);
    }
    return true;
}

/* The block that the next one builds on, if its QC is there; before, the newest one. */
static const hst_chain_block *tip_of(const hst_chain_machine *chain, bool certified)
{
    const hst_statement *high = &chain->high.statement;
    const hst_chain_block *tip = hst_chain_find(chain, &high->id, high->height);
    for (uint32_t t = 0; !certified && t < chain->tree_count; t++) {
        if (tip == NULL || chain->tree[t].view > tip->view) {
            tip = &chain->tree[t];
        }
    }
    return tip;
}

/* The batch of a block that the next one would leave behind, oldest first: its votes died with a
 * dead leader, and mempools think that it is being seen to. */
static hst_batch lost_batch(const hst_chain_machine *chain)
{
    const hst_chain_block *tip = tip_of(chain, true);
    const hst_chain_block *lost = NULL;
    if (tip == NULL || chain->tree_count <= tip->height - chain->committed) {
        return (hst_batch){0}; /* all on one branch, as always while nothing goes wrong */
    }
    for (uint32_t t = 0; t < chain->tree_count; t++) {
        const hst_chain_block *block = &chain->tree[t];
        if (block->batch.id != 0 && (lost == NULL || block->view < lost->view) &&
            !hst_chain_on_its_way(chain, tip, block->batch.id)) {
            lost = block;
        }
    }
    return lost != NULL ? lost->batch : (hst_batch){0};
}

/* Whether the next view may be ours. */
static bool is_next(const hst_chain_machine *chain)
{
    const uint32_t self = chain->config.self;
    return hst_chain_leader(chain, hst_chain_next(chain->view)) == self ||
           (hst_chain_leader(chain, chain->view) == self && chain->view > chain->last_voted);
}

/* The least time between blocks is not over: come back when it is. */
static bool is_too_soon(hst_chain_machine *chain, hst_effects *effects)
{
    const int64_t earliest = chain->last_block_ns + chain->parameters[HST_CHAIN_MIN_BLOCK_DELAY_NS];
    if (chain->last_block == 0 || chain->now_ns >= earliest) {
        return false;
    }
    if (!chain->block_timer) {
        hst_effects_timer_set(effects, HST_CHAIN_TIMER_BLOCK, earliest);
        chain->block_timer = true;
    }
    return true;
}

void hst_chain_propose(hst_chain_machine *chain,
                       const hst_consensus_input *input,
                       hst_effects *effects)
{
    hst_batch offer = input->offer;
    const uint64_t turn = our_turn(chain);
    if (offer.id != 0 && (turn != 0 || is_next(chain)) &&
        hst_chain_on_its_way(chain, tip_of(chain, turn != 0), offer.id)) {
        /* A leader to be passes over what is proposed already, so that it has something new. */
        hst_effects_take(effects, offer);
        offer = (hst_batch){0};
    }
    if (turn == 0 || (offer.id == 0 && chain->filled <= chain->told && !chain->woken) ||
        is_too_soon(chain, effects)) {
        return;
    }
    const hst_batch lost = lost_batch(chain);
    const hst_batch batch = lost.id != 0 ? lost : offer;
    if (make_block(chain, turn, batch, effects) && batch.id != 0 && batch.id == offer.id) {
        hst_effects_take(effects, batch);
    }
}

/* Two blocks of one proposer in one view: the first one stays. */
static bool is_second(hst_chain_machine *chain, const hst_chain_block *block, hst_effects *effects)
{
    for (uint32_t t = 0; t < chain->tree_count; t++) {
        const hst_chain_block *first = &chain->tree[t];
        if (first->view != block->view || hst_hash_equal(&first->id, &block->id)) {
            continue;
        }
        const hst_statement one = hst_chain_statement(HST_CHAIN_PHASE_PROPOSE, first);
        const hst_statement other = hst_chain_statement(HST_CHAIN_PHASE_PROPOSE, block);
        hst_wire *wire = hst_effects_record(effects);
        hst_wire_statement(wire, &one);
        hst_wire_bytes(wire, first->signature.bytes, sizeof first->signature.bytes);
        hst_wire_statement(wire, &other);
        hst_wire_bytes(wire, block->signature.bytes, sizeof block->signature.bytes);
        hst_effects_evidence(effects, block->proposer);
        chain->refused++;
        return true;
    }
    return false;
}

/* A block whose parent is known: keep it, vote for it, collect for it. */
static void admit(hst_chain_machine *chain, const hst_chain_block *block, hst_effects *effects)
{
    if (is_second(chain, block, effects)) {
        return;
    }
    hst_chain_block *entry = hst_chain_insert(chain, block);
    if (entry == NULL) {
        return;
    }
    if (chain->rules->may_vote(chain, entry)) {
        hst_chain_vote(chain, entry, effects);
    }
    if (hst_chain_leader(chain, hst_chain_next(entry->view)) == chain->config.self) {
        hst_chain_collect(chain, entry, effects);
    }
}

static void
suspend(hst_chain_machine *chain, const hst_chain_block *block, const hst_tally *justify)
{
    if (chain->is_suspended && chain->suspended.view >= block->view) {
        return;
    }
    const hst_tally mine = chain->suspended.certificate;
    chain->suspended = *block;
    chain->suspended.certificate = mine;
    hst_tally_copy(&chain->suspended.certificate, justify, chain->membership);
    chain->is_suspended = true;
}

void hst_chain_resume(hst_chain_machine *chain, hst_effects *effects)
{
    if (!chain->is_suspended || (chain->suspended.height > chain->committed &&
                                 hst_chain_parent(chain, &chain->suspended) == NULL)) {
        return;
    }
    chain->is_suspended = false;
    if (chain->suspended.height > chain->committed &&
        hst_chain_certify(chain, &chain->suspended.certificate, effects)) {
        chain->told = chain->committed > chain->told ? chain->committed : chain->told;
        admit(chain, &chain->suspended, effects);
    }
}

/* Ask for the memory that a block on the tip will need: what is decided by it moves into the ring,
 * to a place that was last looked at a window ago. */
static void expect(const hst_chain_machine *chain)
{
    enum { LINE = 64, FEW = 3 };
    const char *decided = (const char *)hst_chain_slot(chain, chain->committed + 1);
    for (size_t at = 0; at < sizeof(hst_chain_block); at += LINE) {
        __builtin_prefetch(decided + at, 1);
    }
    const char *tree = (const char *)chain->tree;
    const uint32_t held = chain->tree_count < FEW ? chain->tree_count : FEW;
    for (size_t at = 0; at < (held + 1) * sizeof(hst_chain_block); at += LINE) {
        __builtin_prefetch(tree + at, 1);
    }
}

void hst_chain_on_proposal(hst_chain_machine *chain,
                           const hst_consensus_input *input,
                           hst_wire_reader *reader,
                           hst_effects *effects)
{
    hst_chain_block block;
    hst_tally *justify = &chain->scratch_next;
    expect(chain);
    const bool whole = hst_chain_read_block(chain, reader, &block, justify, input->memo);
    const bool with_tc = hst_chain_tc_read(chain, reader);
    const hst_statement said = hst_wire_read_statement(reader);
    block.signature = hst_wire_read_signature(reader);
    const hst_statement meant = hst_chain_statement(HST_CHAIN_PHASE_PROPOSE, &block);
    if (!whole || !hst_wire_read_done(reader) || !hst_statement_equal(&said, &meant) ||
        input->from != block.proposer || input->from == chain->config.self) {
        chain->refused++;
        return;
    }
    const hst_chain_tc *tc = &chain->tc_scratch;
    block.after_timeout = with_tc && tc->target == block.view;
    block.timeout_high = block.after_timeout ? tc->high : 0;
    if (!block.after_timeout && hst_chain_next(block.parent_view) != block.view) {
        chain->refused++; /* nothing proves that this view has come */
        return;
    }
    if (block.after_timeout) {
        hst_chain_tc_take(chain);
    }
    const bool known = hst_chain_certify(chain, justify, effects);
    chain->told = chain->committed > chain->told ? chain->committed : chain->told;
    if (block.view > chain->last_block) {
        chain->last_block = block.view;
        chain->last_block_ns = chain->now_ns;
    }
    if (block.height <= chain->committed) {
        return;
    }
    if (!known || hst_chain_parent(chain, &block) == NULL) {
        suspend(chain, &block, justify);
        hst_chain_fetch(chain, input->from, effects);
        return;
    }
    admit(chain, &block, effects);
}
