/* Catching up: certified blocks from a peer, or the state when nobody holds them any more. */
#include "core/consensus/chain/chain.h"

enum { SEGMENT_MAX = 32 };

/* Ask without waiting for this very answer. */
static void ask(hst_chain_machine *chain, uint32_t peer, hst_effects *effects)
{
    chain->fetch_peer = peer;
    hst_wire *wire = hst_effects_message(effects, HST_CHAIN_FETCH);
    hst_wire_u64(wire, chain->committed);
    hst_wire_u64(wire, chain->high.statement.view);
    hst_wire_u64(wire, chain->view);
    hst_effects_send(effects, peer, 0);
}

void hst_chain_fetch(hst_chain_machine *chain, uint32_t peer, hst_effects *effects)
{
    if (chain->fetching || peer == chain->config.self) {
        return;
    }
    chain->fetching = true;
    ask(chain, peer, effects);
    hst_effects_timer_set(effects, HST_CHAIN_TIMER_FETCH,
                          chain->now_ns + chain->parameters[HST_CHAIN_FETCH_NS]);
}

void hst_chain_fetch_next(hst_chain_machine *chain, hst_effects *effects)
{
    const uint32_t count = chain->membership->count;
    uint32_t peer = (chain->fetch_peer + 1) % count;
    peer = peer == chain->config.self ? (peer + 1) % count : peer;
    if (peer != chain->config.self) {
        ask(chain, peer, effects);
    }
}

void hst_chain_on_fetch_timer(hst_chain_machine *chain, hst_effects *effects)
{
    chain->fetching = false;
    if (chain->heard.view <= chain->high.statement.view && chain->fetch_asks == 0) {
        return;
    }
    chain->fetch_asks -= chain->fetch_asks > 0 ? 1 : 0;
    hst_chain_fetch_next(chain, effects);
    hst_effects_timer_set(effects, HST_CHAIN_TIMER_FETCH,
                          chain->now_ns + chain->parameters[HST_CHAIN_FETCH_NS]);
}

/* ---- answering ----------------------------------------------------------------------------- */

/* Where the undecided blocks up to the highest QC are, by height, in `path`; false = broken. */
static bool find_branch(hst_chain_machine *chain)
{
    const hst_statement *high = &chain->high.statement;
    const hst_chain_block *block = hst_chain_find(chain, &high->id, high->height);
    while (block != NULL && block->height > chain->committed) {
        const uint64_t at = block->height - chain->committed - 1;
        if (at >= chain->window) {
            return false;
        }
        chain->path[at] = (uint32_t)(block - chain->tree);
        block = hst_chain_parent(chain, block);
    }
    return block != NULL;
}

static const hst_chain_block *on_branch(const hst_chain_machine *chain, uint64_t height)
{
    return height <= chain->committed ? hst_chain_slot(chain, height)
                                      : &chain->tree[chain->path[height - chain->committed - 1]];
}

void hst_chain_serve(hst_chain_machine *chain, uint32_t to, uint64_t height, hst_effects *effects)
{
    const uint64_t top = chain->high.statement.height;
    uint64_t start = height + 1;
    if (!find_branch(chain) || height >= UINT64_MAX - SEGMENT_MAX) {
        return;
    }
    if (start < chain->lowest) {
        start = chain->committed; /* the state there, with proof */
        if (start < chain->lowest) {
            return;
        }
    }
    const uint64_t left = top >= start ? top - start + 1 : 0;
    const uint16_t count = (uint16_t)(left < SEGMENT_MAX ? left : SEGMENT_MAX);
    hst_batch bodies = {0};
    hst_wire *wire = hst_effects_message(effects, HST_CHAIN_SEGMENT);
    hst_wire_u64(wire, chain->high.statement.view);
    hst_wire_u16(wire, count);
    for (uint64_t h = start; h < start + count; h++) {
        const hst_chain_block *block = on_branch(chain, h);
        hst_chain_write_block(chain, wire, block, &on_branch(chain, h - 1)->certificate);
        bodies.size += block->batch.size;
        bodies.count += block->batch.count;
    }
    hst_wire_certificate(
        wire, count > 0 ? &on_branch(chain, start + count - 1)->certificate : &chain->high,
        chain->membership);
    hst_chain_tc_write(chain, wire, chain->tc.target == chain->view ? &chain->tc : NULL);
    hst_effects_send(effects, to, 0)->batch = bodies;
}

void hst_chain_on_fetch(hst_chain_machine *chain,
                        const hst_consensus_input *input,
                        hst_wire_reader *reader,
                        hst_effects *effects)
{
    const uint64_t height = hst_wire_read_u64(reader);
    const uint64_t high = hst_wire_read_u64(reader);
    const uint64_t view = hst_wire_read_u64(reader);
    if (!hst_wire_read_done(reader) || input->from == chain->config.self) {
        chain->refused++;
        return;
    }
    if (chain->high.statement.view > high ||
        (chain->view > view && chain->tc.target == chain->view)) {
        hst_chain_serve(chain, input->from, height, effects);
    }
}

/* ---- taking answers in ---------------------------------------------------------------------- */

/* What a segment is before anything of it is believed. */
typedef struct outline {
    uint64_t more;         /* highest QC view of the sender */
    uint16_t count;        /* blocks */
    hst_chain_block first; /* of them */
    bool proven;           /* its own descendants decide the first one */
} outline;

/* Read all of it: each block certified by the QC in the next. */
static bool survey(hst_chain_machine *chain, hst_wire_reader reader, outline *out)
{
    hst_tally *qc = &chain->scratch_next;
    hst_chain_block block, before = {0};
    out->more = hst_wire_read_u64(&reader);
    out->count = hst_wire_read_u16(&reader);
    out->proven = out->count >= chain->rules->chain_length;
    if (out->count > SEGMENT_MAX) {
        return false;
    }
    for (uint16_t b = 0; b < out->count; b++) {
        if (!hst_chain_read_block(chain, &reader, &block, qc, NULL)) {
            return false;
        }
        const hst_statement expected = hst_chain_statement(HST_CHAIN_PHASE_VOTE, &before);
        if (b == 0) {
            out->first = block;
        } else if (!hst_statement_equal(&expected, &qc->statement)) {
            return false;
        } else if (b < chain->rules->chain_length && block.view != hst_chain_next(before.view)) {
            out->proven = false;
        }
        before = block;
    }
    hst_wire_read_certificate(&reader, chain->membership, qc);
    const hst_statement expected = hst_chain_statement(HST_CHAIN_PHASE_VOTE, &before);
    if (!hst_chain_is_qc(chain, qc) ||
        (out->count > 0 && !hst_statement_equal(&expected, &qc->statement))) {
        return false;
    }
    (void)hst_chain_tc_read(chain, &reader);
    return hst_wire_read_done(&reader);
}

/* The blocks between are gone everywhere we asked: become the state after a proven one. */
static void transfer(hst_chain_machine *chain,
                     const hst_chain_block *block,
                     uint32_t from,
                     hst_effects *effects)
{
    hst_effects_transfer(effects, block->height, &block->id, from);
    hst_chain_reset(chain, block->height, &block->id);
    hst_chain_block *root = hst_chain_slot(chain, block->height);
    const hst_tally certificate = root->certificate;
    *root = *block;
    root->certificate = certificate;
}

static void
take_in(hst_chain_machine *chain, hst_wire_reader *reader, uint16_t count, hst_effects *effects)
{
    hst_tally *qc = &chain->scratch_next;
    hst_chain_block block;
    (void)hst_wire_read_u64(reader);
    (void)hst_wire_read_u16(reader);
    for (uint16_t b = 0; b < count; b++) {
        if (!hst_chain_read_block(chain, reader, &block, qc, NULL)) {
            return;
        }
        if (block.height <= chain->committed) {
            continue;
        }
        if (!hst_chain_certify(chain, qc, effects)) {
            return;
        }
        if (hst_chain_parent(chain, &block) != NULL) {
            (void)hst_chain_insert(chain, &block);
        }
    }
    hst_wire_read_certificate(reader, chain->membership, qc);
    (void)hst_chain_certify(chain, qc, effects);
}

void hst_chain_on_segment(hst_chain_machine *chain,
                          const hst_consensus_input *input,
                          hst_wire_reader *reader,
                          hst_effects *effects)
{
    outline seen = {0};
    if (!survey(chain, *reader, &seen) || input->from == chain->config.self) {
        chain->refused++;
        return;
    }
    const uint64_t high = chain->high.statement.view;
    const uint64_t committed = chain->committed;
    if (seen.count > 0 && seen.proven && seen.first.height > chain->committed + 1 &&
        hst_chain_parent(chain, &seen.first) == NULL) {
        transfer(chain, &seen.first, input->from, effects);
    }
    hst_chain_tc_take(chain);
    take_in(chain, reader, seen.count, effects);
    chain->told = chain->committed > chain->told ? chain->committed : chain->told;
    const bool progress = chain->high.statement.view > high || chain->committed > committed;
    if (progress) {
        chain->fetching = false;
        if (chain->heard.view > chain->high.statement.view ||
            seen.more > chain->high.statement.view) {
            hst_chain_fetch(chain, input->from, effects);
        }
    }
}
