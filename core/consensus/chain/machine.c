/* The machine of both protocols: memory, inputs, and how it looks from outside. */
#include "core/consensus/chain/chain.h"
#include "core/consensus/name.h"

#include <string.h>

static void lay_out_blocks(hst_chain_block *blocks,
                           uint32_t count,
                           hst_layout *layout,
                           const hst_consensus_config *config)
{
    for (uint32_t b = 0; b < count; b++) {
        hst_tally_lay_out(blocks != NULL ? &blocks[b].certificate : NULL, layout, config);
    }
}

/* The next power of two, so that finding a block takes no division. */
static uint32_t window_of(const hst_chain_rules *rules, const hst_consensus_config *config)
{
    const int64_t wanted = hst_consensus_parameter_value(rules->protocol, config, HST_CHAIN_WINDOW);
    uint32_t window = 1;
    while (window < wanted) {
        window *= 2;
    }
    return window;
}

static hst_chain_machine *
lay_out(const hst_chain_rules *rules, hst_layout *layout, const hst_consensus_config *config)
{
    const uint32_t count = config->membership->count;
    const uint32_t window = window_of(rules, config);
    const bool carry = config->carry_signatures;
    hst_chain_machine *chain = hst_layout_take(layout, 1, sizeof *chain);
    hst_chain_wish *wishes = hst_layout_take(layout, count, sizeof *wishes);
    hst_statement *votes = hst_layout_take(layout, count, sizeof *votes);
    hst_chain_block *ring = hst_layout_take(layout, window, sizeof *ring);
    hst_chain_block *tree = hst_layout_take(layout, window, sizeof *tree);
    uint32_t *path = hst_layout_take(layout, window, sizeof *path);
    hst_signature *wish_signatures =
        carry ? hst_layout_take(layout, count, sizeof *wish_signatures) : NULL;
    hst_signature *vote_signatures =
        carry ? hst_layout_take(layout, count, sizeof *vote_signatures) : NULL;
    lay_out_blocks(ring, window, layout, config);
    lay_out_blocks(tree, window, layout, config);
    lay_out_blocks(chain != NULL ? &chain->suspended : NULL, 1, layout, config);
    hst_tally_lay_out(chain != NULL ? &chain->tally : NULL, layout, config);
    hst_tally_lay_out(chain != NULL ? &chain->high : NULL, layout, config);
    hst_tally_lay_out(chain != NULL ? &chain->kept : NULL, layout, config);
    hst_tally_lay_out(chain != NULL ? &chain->scratch : NULL, layout, config);
    hst_tally_lay_out(chain != NULL ? &chain->scratch_next : NULL, layout, config);
    hst_chain_tc_lay_out(chain != NULL ? &chain->tc : NULL, layout, config);
    hst_chain_tc_lay_out(chain != NULL ? &chain->tc_scratch : NULL, layout, config);
    if (chain != NULL) {
        chain->wishes = wishes;
        chain->wish_signatures = wish_signatures;
        chain->votes = votes;
        chain->vote_signatures = vote_signatures;
        chain->ring = ring;
        chain->tree = tree;
        chain->path = path;
        chain->window = window;
    }
    return chain;
}

size_t hst_chain_state_size(const hst_chain_rules *rules, const hst_consensus_config *config)
{
    if (config->membership->count > HST_MEMBER_MAX) {
        return 0;
    }
    hst_layout layout = {0};
    (void)lay_out(rules, &layout, config);
    return layout.at;
}

hst_status
hst_chain_init(const hst_chain_rules *rules, void *state, const hst_consensus_config *config)
{
    if (config->membership->count > HST_MEMBER_MAX) {
        return HST_INVALID;
    }
    hst_layout layout = {.base = state};
    hst_chain_machine *chain = lay_out(rules, &layout, config);
    chain->config = *config;
    chain->rules = rules;
    chain->membership = config->membership;
    chain->quorum = hst_quorum(config->membership->total);
    chain->weak = hst_weak_quorum(config->membership->total);
    for (uint32_t p = 0; p < rules->protocol->parameter_count; p++) {
        chain->parameters[p] = hst_consensus_parameter_value(rules->protocol, config, p);
    }
    /* Genesis needs no votes. */
    chain->high.statement.phase = HST_CHAIN_PHASE_VOTE;
    hst_chain_reset(chain, 0, &(hst_hash){{0}});
    return HST_OK;
}

static void
on_message(hst_chain_machine *chain, const hst_consensus_input *input, hst_effects *effects)
{
    hst_wire_reader reader =
        hst_wire_read(input->bytes, input->size, chain->config.carry_signatures);
    switch (input->size > 0 ? input->bytes[0] : HST_CHAIN_KIND_COUNT) {
    case HST_CHAIN_PROPOSAL: hst_chain_on_proposal(chain, input, &reader, effects); break;
    case HST_CHAIN_VOTE: hst_chain_on_vote(chain, input, &reader, effects); break;
    case HST_CHAIN_TIMEOUT: hst_chain_on_timeout(chain, input, &reader, effects); break;
    case HST_CHAIN_WAKE: hst_chain_on_wake(chain, input, &reader, effects); break;
    case HST_CHAIN_FETCH: hst_chain_on_fetch(chain, input, &reader, effects); break;
    case HST_CHAIN_SEGMENT: hst_chain_on_segment(chain, input, &reader, effects); break;
    default: chain->refused++; break;
    }
}

static void
on_timer(hst_chain_machine *chain, const hst_consensus_input *input, hst_effects *effects)
{
    switch (input->timer) {
    case HST_CHAIN_TIMER_VIEW: hst_chain_on_timer(chain, input, effects); break;
    case HST_CHAIN_TIMER_BLOCK: chain->block_timer = false; break;
    case HST_CHAIN_TIMER_FETCH: hst_chain_on_fetch_timer(chain, effects); break;
    default: chain->refused++; break;
    }
}

void hst_chain_step(void *state, const hst_consensus_input *input, hst_effects *effects)
{
    hst_chain_machine *chain = state;
    chain->now_ns = input->now_ns;
    switch (input->kind) {
    case HST_INPUT_START: hst_chain_on_start(chain, input, effects); break;
    case HST_INPUT_RECOVER: hst_chain_on_recover(chain, input); break;
    case HST_INPUT_MESSAGE: on_message(chain, input, effects); break;
    case HST_INPUT_TIMER: on_timer(chain, input, effects); break;
    case HST_INPUT_PERSISTED:
        chain->durable = input->sequence;
        hst_chain_on_durable(chain, effects);
        break;
    case HST_INPUT_SUBMIT: break;
    }
    if (!chain->started) {
        return;
    }
    hst_chain_resume(chain, effects);
    hst_chain_propose(chain, input, effects);
    hst_chain_keep_time(chain, input, effects);
    hst_chain_forget(chain, effects);
}

void hst_chain_inspect(const void *state, hst_consensus_view *view)
{
    const hst_chain_machine *chain = state;
    const uint32_t leader = hst_chain_leader(chain, chain->view);
    const bool lags =
        chain->heard.view > chain->high.statement.view && chain->heard.height > chain->committed;
    *view = (hst_consensus_view){.view = chain->view,
                                 .leader = leader,
                                 .leading = leader == chain->config.self,
                                 .vote_view = chain->cast.view,
                                 .vote_height = chain->cast.height,
                                 .vote_phase = chain->cast.phase,
                                 .vote = chain->cast.id,
                                 .lock_view = chain->lock.view,
                                 .lock = chain->lock.id,
                                 .commit_height = chain->committed,
                                 .commit = chain->committed_id,
                                 .final_height = chain->committed,
                                 .durable = chain->durable,
                                 .view_changes = chain->view_changes,
                                 .refused = chain->refused,
                                 .dropped = chain->dropped,
                                 .behind = lags ? chain->heard.height - chain->committed : 0};
}

static void digest_statement(hst_digest *digest, const hst_statement *statement)
{
    hst_digest_u64(digest, statement->phase);
    hst_digest_u64(digest, statement->view);
    hst_digest_u64(digest, statement->height);
    hst_digest_update(digest, statement->id.bytes, sizeof statement->id.bytes);
}

uint64_t hst_chain_digest(const void *state)
{
    const hst_chain_machine *chain = state;
    hst_digest digest;
    hst_digest_init(&digest, NULL, 0);
    hst_digest_u64(&digest, chain->view);
    hst_digest_u64(&digest, chain->failures);
    hst_digest_u64(&digest, chain->last_voted);
    digest_statement(&digest, &chain->vote);
    digest_statement(&digest, &chain->lock);
    digest_statement(&digest, &chain->high.statement);
    digest_statement(&digest, &chain->heard);
    digest_statement(&digest, &chain->tally.statement);
    hst_digest_u64(&digest, chain->tally.weight);
    hst_digest_u64(&digest, chain->tc.target);
    hst_digest_u64(&digest, chain->committed);
    hst_digest_update(&digest, chain->committed_id.bytes, sizeof chain->committed_id.bytes);
    hst_digest_u64(&digest, chain->sequence);
    uint64_t undecided = 0; /* the tree has no order */
    for (uint32_t t = 0; t < chain->tree_count; t++) {
        uint64_t word;
        memcpy(&word, chain->tree[t].id.bytes, sizeof word);
        undecided += word * (chain->tree[t].certified ? 3 : 1);
    }
    hst_digest_u64(&digest, undecided);
    for (uint32_t i = 0; i < chain->membership->count; i++) {
        hst_digest_u64(&digest, chain->wishes[i].target);
        hst_digest_u64(&digest, chain->votes[i].view);
    }
    return hst_name_digest(&digest);
}
