/* The safety core of chained HotStuff: vote, lock, commit (Algorithms 3 and 4 of the paper). */
#include "core/consensus/hotstuff/hotstuff.h"

#include "core/consensus/chain/chain.h"

static const hst_message_kind kinds[HST_CHAIN_KIND_COUNT] = {
    [HST_CHAIN_PROPOSAL] = {"PROPOSAL", HST_ROLE_PROPOSAL},
    [HST_CHAIN_VOTE] = {"VOTE", HST_ROLE_VOTE},
    [HST_CHAIN_TIMEOUT] = {"NEW-VIEW", HST_ROLE_TIMEOUT},
    [HST_CHAIN_WAKE] = {"WAKE", HST_ROLE_SYNC},
    [HST_CHAIN_FETCH] = {"FETCH", HST_ROLE_SYNC},
    [HST_CHAIN_SEGMENT] = {"SEGMENT", HST_ROLE_SYNC},
};

static const hst_consensus_parameter parameters[HST_CHAIN_PARAMETER_COUNT] = {
    [HST_CHAIN_TIMEOUT_NS] = {"timeout_ns", "ns", 1000000000, 1000000, INT64_C(3600000000000),
                              "a view without progress ends after this, doubled by each failure "
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
                                 "leaders rotate every view (0) or stay until a timeout (1)"},
    [HST_CHAIN_WINDOW] =
        {"window", "1", 256, 8, 65536,
         "decided, and undecided, blocks that are held; rounded up to a power of two"},
    [HST_CHAIN_VOTE_IN_NEW_VIEW] = {"vote_in_new_view", "1", 1, 0, 1,
                                    "NEW-VIEWs carry the last vote, so that a dead next leader "
                                    "loses no QC (not in the paper; 0 = as there)"},
};

/* SafeNode: in a later view than any we voted in, and either safe (extends the lock) or live (its
 * QC is later than the lock). */
static bool may_vote(const hst_chain_machine *chain, const hst_chain_block *block)
{
    if (block->view <= chain->last_voted) {
        return false;
    }
    if (block->parent_view > chain->lock.view) {
        return true;
    }
    return hst_chain_extends(chain, block, &chain->lock);
}

/* Update: b'' has a QC. Lock its parent b', which so has a two-chain; b is decided when b, b' and
 * b'' are direct: of consecutive views. */
static hst_chain_block *update(hst_chain_machine *chain, hst_chain_block *b2)
{
    const hst_chain_block *b1 = hst_chain_parent(chain, b2);
    if (b1 == NULL) {
        return NULL;
    }
    if (b1->view > chain->lock.view) {
        hst_chain_state(&chain->lock, HST_CHAIN_PHASE_VOTE, b1);
    }
    hst_chain_block *b = hst_chain_parent(chain, b1);
    const bool direct =
        b != NULL && b1->view == hst_chain_next(b->view) && b2->view == hst_chain_next(b1->view);
    return direct ? b : NULL;
}

static const hst_chain_rules rules = {
    .protocol = &hst_protocol_hotstuff,
    .broadcasts_timeouts = false,
    .moves_on_after_vote = true,
    .chain_length = 3,
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

const hst_consensus_protocol hst_protocol_hotstuff = {
    .name = "hotstuff",
    .title = "HotStuff, chained",
    .source = "Yin et al., HotStuff, PODC 2019, arXiv 1803.05069",
    .finality = HST_FINALITY_IMMEDIATE,
    .model = HST_FAULTS_BYZANTINE,
    .kinds = kinds,
    .kind_count = HST_CHAIN_KIND_COUNT,
    .parameters = parameters,
    .parameter_count = HST_CHAIN_PARAMETER_COUNT,
    .state_size = state_size,
    .init = init,
    .step = hst_chain_step,
    .claims = hst_chain_claims,
    .inspect = hst_chain_inspect,
    .digest = hst_chain_digest,
};
