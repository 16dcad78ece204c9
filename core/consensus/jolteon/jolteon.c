/* The safety core of Jolteon: vote and commit (figure 2 of the paper). */
#include "core/consensus/jolteon/jolteon.h"

#include "core/consensus/chain/chain.h"

/* All of chain.h's but the last: TIMEOUTs carry no votes. */
enum { PARAMETER_COUNT = HST_CHAIN_VOTE_IN_NEW_VIEW };

static const hst_message_kind kinds[HST_CHAIN_KIND_COUNT] = {
    [HST_CHAIN_PROPOSAL] = {"PROPOSAL", HST_ROLE_PROPOSAL},
    [HST_CHAIN_VOTE] = {"VOTE", HST_ROLE_VOTE},
    [HST_CHAIN_TIMEOUT] = {"TIMEOUT", HST_ROLE_TIMEOUT},
    [HST_CHAIN_WAKE] = {"WAKE", HST_ROLE_SYNC},
    [HST_CHAIN_FETCH] = {"FETCH", HST_ROLE_SYNC},
    [HST_CHAIN_SEGMENT] = {"SEGMENT", HST_ROLE_SYNC},
};

static const hst_consensus_parameter parameters[PARAMETER_COUNT] = {
    [HST_CHAIN_TIMEOUT_NS] = {"timeout_ns", "ns", 1000000000, 1000000, INT64_C(3600000000000),
                              "a round without progress ends after this, doubled by each failure "
                              "(asonnino/hotstuff: 1 s local, 5 s in the published WAN runs)"},
    [HST_CHAIN_TIMEOUT_MAX_NS] = {"timeout_max_ns", "ns", INT64_C(16000000000), 1000000,
                                  INT64_C(3600000000000),
                                  "where doubling ends (the paper leaves it open)"},
    [HST_CHAIN_FETCH_NS] = {"fetch_ns", "ns", 500000000, 1000000, INT64_C(3600000000000),
                            "who misses a block asks another peer after this"},
    [HST_CHAIN_MIN_BLOCK_DELAY_NS] = {"min_block_delay_ns", "ns", 0, 0, INT64_C(3600000000000),
                                      "least time between blocks (100 ms in the published runs of "
                                      "asonnino/hotstuff)"},
    [HST_CHAIN_STABLE_LEADER] = {"stable_leader", "1", 0, 0, 1,
                                 "leaders rotate every round (0) or stay until a timeout (1)"},
    [HST_CHAIN_WINDOW] =
        {"window", "1", 256, 8, 65536,
         "decided, and undecided, blocks that are held; rounded up to a power of two"},
};

/* Vote once in the current round: on the QC of the round before, or after a TC on a QC no lower
 * than any it mentions. */
static bool may_vote(const hst_chain_machine *chain, const hst_chain_block *block)
{
    if (block->view != chain->view || block->view <= chain->last_voted) {
        return false;
    }
    if (hst_chain_next(block->parent_view) == block->view) {
        return true;
    }
    return block->after_timeout && block->parent_view >= block->timeout_high;
}

/* b1 has a QC: what comes later must build on it, or on something newer. Its parent b0 is decided
 * when their rounds are consecutive. */
static hst_chain_block *update(hst_chain_machine *chain, hst_chain_block *b1)
{
    if (b1->view > chain->lock.view) {
        hst_chain_state(&chain->lock, HST_CHAIN_PHASE_VOTE, b1);
    }
    hst_chain_block *b0 = hst_chain_parent(chain, b1);
    return b0 != NULL && b1->view == hst_chain_next(b0->view) ? b0 : NULL;
}

static const hst_chain_rules rules = {
    .protocol = &hst_protocol_jolteon,
    .broadcasts_timeouts = true,
    .moves_on_after_vote = false,
    .chain_length = 2,
    .may_vote = may_vote,
    .update = update,
};

static size_t state_size(const hst_consensus_config *config)
{
    return hst_chain_state_size(&rules, config);
}

static hst_status init(void *state, const hst_consensus_config *config)
{
    return hst_chain_init(&rules, state, config);
}

const hst_consensus_protocol hst_protocol_jolteon = {
    .name = "jolteon",
    .title = "Jolteon, two-chain HotStuff",
    .source = "Gelashvili et al., Jolteon and Ditto, FC 2022, arXiv 2106.10362",
    .finality = HST_FINALITY_IMMEDIATE,
    .model = HST_FAULTS_BYZANTINE,
    .kinds = kinds,
    .kind_count = HST_CHAIN_KIND_COUNT,
    .parameters = parameters,
    .parameter_count = PARAMETER_COUNT,
    .state_size = state_size,
    .init = init,
    .step = hst_chain_step,
    .claims = hst_chain_claims,
    .inspect = hst_chain_inspect,
    .digest = hst_chain_digest,
};
