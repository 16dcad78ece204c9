/* Votes: given once in a view and durable before they leave, collected into certificates. */
#include "core/consensus/chain/chain.h"

bool hst_chain_certify(hst_chain_machine *chain, const hst_tally *qc, hst_effects *effects)
{
    const hst_statement *s = &qc->statement;
    hst_chain_enter_view(chain, hst_chain_next(s->view));
    hst_chain_block *block = hst_chain_find(chain, &s->id, s->height);
    if (block == NULL) {
        if (s->view > chain->high.statement.view && s->view > chain->heard.view) {
            chain->heard = *s;
        }
        return s->view <= chain->high.statement.view;
    }
    if (!block->certified) {
        block->view = s->view; /* of a bare one it was not known */
        hst_tally_copy(&block->certificate, qc, chain->membership);
        block->certified = true;
    }
    if (s->view > chain->high.statement.view) {
        hst_tally_copy(&chain->high, qc, chain->membership);
    }
    const hst_chain_block *decided = chain->rules->update(chain, block);
    if (decided != NULL && decided->height > chain->committed) {
        hst_chain_commit(chain, decided, effects);
    }
    return true;
}

static void form(hst_chain_machine *chain, hst_effects *effects)
{
    if (chain->tally.weight >= chain->quorum &&
        chain->tally.statement.view > chain->high.statement.view) {
        (void)hst_chain_certify(chain, &chain->tally, effects);
    }
}

static bool own_vote_counts(const hst_chain_machine *chain)
{
    return chain->vote.phase != 0 && chain->durable >= chain->vote_record &&
           hst_statement_equal(&chain->vote, &chain->tally.statement);
}

static void accuse(hst_chain_machine *chain,
                   uint32_t guilty,
                   const hst_statement *one,
                   const hst_statement *other,
                   hst_effects *effects)
{
    hst_wire *wire = hst_effects_record(effects);
    hst_wire_statement(wire, one);
    hst_wire_statement(wire, other);
    hst_effects_evidence(effects, guilty);
    chain->refused++;
}

void hst_chain_note_vote(hst_chain_machine *chain,
                         uint32_t from,
                         const hst_statement *vote,
                         const hst_signature *signature,
                         hst_effects *effects)
{
    hst_statement *last = &chain->votes[from];
    if (vote->view <= chain->high.statement.view) {
        return; /* too late to matter */
    }
    if (hst_statement_equal(vote, &chain->tally.statement)) {
        if (hst_tally_add(&chain->tally, chain->membership, from, signature)) {
            form(chain, effects);
        }
        return;
    }
    if (vote->view == chain->tally.statement.view && hst_member_has(chain->tally.signers, from)) {
        accuse(chain, from, &chain->tally.statement, vote, effects);
        return;
    }
    if (vote->view == last->view && !hst_statement_equal(vote, last)) {
        accuse(chain, from, last, vote, effects);
    }
    if (vote->view > last->view) {
        *last = *vote;
        chain->votes_top = vote->view > chain->votes_top ? vote->view : chain->votes_top;
        if (chain->vote_signatures != NULL) {
            chain->vote_signatures[from] = *signature;
        }
    }
}

/* The votes kept for the tally's statement. */
static void gather(hst_chain_machine *chain, hst_effects *effects)
{
    const hst_statement *wanted = &chain->tally.statement;
    for (uint32_t i = 0; chain->votes_top >= wanted->view && i < chain->membership->count; i++) {
        if (hst_statement_equal(&chain->votes[i], wanted)) {
            (void)hst_tally_add(&chain->tally, chain->membership, i,
                                chain->vote_signatures != NULL ? &chain->vote_signatures[i] : NULL);
        }
    }
    if (own_vote_counts(chain)) {
        (void)hst_tally_add(&chain->tally, chain->membership, chain->config.self, NULL);
    }
    form(chain, effects);
}

void hst_chain_collect(hst_chain_machine *chain, const hst_chain_block *block, hst_effects *effects)
{
    if (block->view <= chain->tally.statement.view) {
        return;
    }
    hst_tally_reset(&chain->tally, chain->membership,
                    hst_chain_statement(HST_CHAIN_PHASE_VOTE, block));
    gather(chain, effects);
}

void hst_chain_collect_lost(hst_chain_machine *chain, hst_effects *effects)
{
    const hst_chain_block *best = NULL;
    for (uint32_t t = 0; t < chain->tree_count; t++) {
        const hst_chain_block *block = &chain->tree[t];
        if (!block->certified && block->view > chain->high.statement.view &&
            (best == NULL || block->view > best->view)) {
            best = block;
        }
    }
    if (best != NULL) {
        hst_chain_collect(chain, best, effects);
    }
}

void hst_chain_send_vote(hst_chain_machine *chain, hst_effects *effects)
{
    const uint32_t next_leader = hst_chain_leader(chain, hst_chain_next(chain->vote.view));
    if (chain->vote.view > chain->high.statement.view && next_leader != chain->config.self) {
        hst_wire *wire = hst_effects_message(effects, HST_CHAIN_VOTE);
        hst_wire_statement(wire, &chain->vote);
        hst_wire_signature_slot(wire);
        hst_effects_send(effects, next_leader, chain->vote_record);
    }
}

void hst_chain_vote(hst_chain_machine *chain, hst_chain_block *block, hst_effects *effects)
{
    chain->last_voted = block->view;
    hst_chain_state(&chain->vote, HST_CHAIN_PHASE_VOTE, block);
    hst_chain_persist(chain, block, effects);
    chain->vote_record = chain->sequence;
    hst_chain_send_vote(chain, effects);
    if (chain->rules->moves_on_after_vote) {
        hst_chain_enter_view(chain, hst_chain_next(block->view));
    }
}

void hst_chain_on_vote(hst_chain_machine *chain,
                       const hst_consensus_input *input,
                       hst_wire_reader *reader,
                       hst_effects *effects)
{
    const hst_statement vote = hst_wire_read_statement(reader);
    const hst_signature signature = hst_wire_read_signature(reader);
    if (!hst_wire_read_done(reader) || vote.phase != HST_CHAIN_PHASE_VOTE ||
        vote.view == UINT64_MAX || input->from == chain->config.self ||
        hst_chain_leader(chain, hst_chain_next(vote.view)) != chain->config.self) {
        chain->refused++;
        return;
    }
    hst_chain_note_vote(chain, input->from, &vote, &signature, effects);
}

void hst_chain_on_durable(hst_chain_machine *chain, hst_effects *effects)
{
    if (chain->durable >= chain->vote_record) {
        chain->cast = chain->vote;
    }
    /* Our own vote counts like any other only now: a certificate must not rest on one that a
     * crash could make us forget. */
    if (own_vote_counts(chain) &&
        hst_tally_add(&chain->tally, chain->membership, chain->config.self, NULL)) {
        form(chain, effects);
    }
}
