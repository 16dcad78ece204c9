#include "core/consensus/nakamoto/nakamoto.h"

#include "core/consensus/layout.h"
#include "core/consensus/nakamoto/internal.h"

#include <string.h>

static const hst_message_kind kinds[HST_NAKAMOTO_KINDS] = {
    [HST_NAKAMOTO_INV] = {"INV", HST_ROLE_GOSSIP},
    [HST_NAKAMOTO_GETDATA] = {"GETDATA", HST_ROLE_SYNC},
    [HST_NAKAMOTO_BLOCK] = {"BLOCK", HST_ROLE_PROPOSAL},
    [HST_NAKAMOTO_CMPCTBLOCK] = {"CMPCTBLOCK", HST_ROLE_PROPOSAL},
    [HST_NAKAMOTO_GETBLOCKS] = {"GETBLOCKS", HST_ROLE_SYNC},
    [HST_NAKAMOTO_STATE] = {"STATE", HST_ROLE_SYNC},
};

static const hst_consensus_parameter parameters[HST_NAKAMOTO_PARAMETERS] = {
    [HST_NAKAMOTO_INTERVAL] = {"interval_ns", "ns", INT64_C(600000000000), 1000,
                               INT64_C(86400000000000),
                               "mean time between blocks (Bitcoin: ten minutes)"},
    [HST_NAKAMOTO_RETARGET] = {"retarget_blocks", "1", 2016, 2, 16384,
                               "blocks between changes of difficulty (Bitcoin)"},
    [HST_NAKAMOTO_DIFFICULTY] = {"difficulty_ppm", "ppm", HST_NAKAMOTO_UNIT, 1,
                                 INT64_C(1000000000000),
                                 "first difficulty; a million suits the membership's hash power"},
    [HST_NAKAMOTO_CONFIRMATIONS] = {"confirmations", "1", 6, 1, 4096,
                                    "a block this deep is committed, tentatively (Nakamoto)"},
    [HST_NAKAMOTO_FINAL_DEPTH] = {"final_depth", "1", 100, 1, 16384,
                                  "a block this deep is never undone (Bitcoin: coinbase maturity)"},
    [HST_NAKAMOTO_RELAY] = {"relay", "1", HST_NAKAMOTO_ANNOUNCE, HST_NAKAMOTO_ANNOUNCE,
                            HST_NAKAMOTO_MINERS,
                            "0 announce and fetch, 1 push, 2 compact blocks (BIP 152), 3 push what "
                            "one found, 4 compact to miners what one found"},
    [HST_NAKAMOTO_COMPACT_MISS] = {"compact_miss_ppm", "ppm", 0, 0, 1000000,
                                   "compact blocks whose commands are not all at hand"},
    [HST_NAKAMOTO_WINDOW] = {"window", "1", 256, 64, 65536,
                             "blocks kept, rounded up to a power of two"},
    [HST_NAKAMOTO_REQUEST] = {"request_ns", "ns", 5000000000, 1000000, INT64_C(3600000000000),
                              "a request is repeated to someone else after this"},
    [HST_NAKAMOTO_AHEAD] = {"ahead_ns", "ns", INT64_C(7200000000000), 0, INT64_C(86400000000000),
                            "a block may be dated this far in the future (Bitcoin: two hours)"},
    [HST_NAKAMOTO_STORE] = {"store_blocks", "1", 1, 0, 1,
                            "whether blocks go into the log; else they are fetched after a crash"},
};

static uint64_t value_of(const hst_consensus_config *config, uint32_t index)
{
    return (uint64_t)hst_consensus_parameter_value(&hst_protocol_nakamoto, config, index);
}

static uint32_t window_of(const hst_consensus_config *config)
{
    uint32_t window = 64;
    while (window < value_of(config, HST_NAKAMOTO_WINDOW)) {
        window *= 2;
    }
    return window;
}

static hst_nakamoto *lay_out(hst_layout *layout, const hst_consensus_config *config)
{
    const uint32_t window = window_of(config);
    hst_nakamoto *m = hst_layout_take(layout, 1, sizeof *m);
    hst_nakamoto_block *blocks = hst_layout_take(layout, window, sizeof *blocks);
    uint32_t *buckets = hst_layout_take(layout, (size_t)2 * window, sizeof *buckets);
    hst_nakamoto_link *links = hst_layout_take(layout, window, sizeof *links);
    uint32_t *main_chain = hst_layout_take(layout, window, sizeof *main_chain);
    hst_signature *signatures =
        config->carry_signatures ? hst_layout_take(layout, window, sizeof *signatures) : NULL;
    hst_batch *returned = hst_layout_take(layout, HST_NAKAMOTO_RETURNED, sizeof *returned);
    hst_nakamoto_request *requests =
        hst_layout_take(layout, HST_NAKAMOTO_REQUESTS, sizeof *requests);
    hst_nakamoto_orphan *orphans = hst_layout_take(layout, HST_NAKAMOTO_ORPHANS, sizeof *orphans);
    hst_signature *orphan_signatures =
        config->carry_signatures
            ? hst_layout_take(layout, HST_NAKAMOTO_ORPHANS, sizeof *orphan_signatures)
            : NULL;
    if (m != NULL) {
        m->blocks = blocks;
        m->buckets = buckets;
        m->links = links;
        m->main = main_chain;
        m->signatures = signatures;
        m->returned = returned;
        m->requests = requests;
        m->orphans = orphans;
        m->orphan_signatures = orphan_signatures;
        m->mask = window - 1;
    }
    return m;
}

/* What can still be undone fits the window, with half as much again for branches that lose. */
static size_t state_size(const hst_consensus_config *config)
{
    const uint64_t depth = value_of(config, HST_NAKAMOTO_FINAL_DEPTH);
    if (depth < value_of(config, HST_NAKAMOTO_CONFIRMATIONS) ||
        depth + depth / 2 + UINT64_C(2) * HST_NAKAMOTO_KEEP > window_of(config) ||
        config->membership->total == 0) {
        return 0;
    }
    hst_layout layout = {0};
    (void)lay_out(&layout, config);
    return layout.at;
}

static hst_status init(void *state, const hst_consensus_config *config)
{
    if (state_size(config) == 0) {
        return HST_INVALID;
    }
    hst_layout layout = {.base = state};
    hst_nakamoto *m = lay_out(&layout, config);
    m->config = *config;
    m->values = config->parameters;
    m->carry = config->carry_signatures;
    m->period = value_of(config, HST_NAKAMOTO_RETARGET);
    m->voucher = HST_CONSENSUS_NOBODY;
    const hst_nakamoto_header genesis = {.difficulty = value_of(config, HST_NAKAMOTO_DIFFICULTY),
                                         .miner = HST_CONSENSUS_NOBODY};
    const hst_hash none = {{0}};
    hst_nakamoto_block *block = hst_nakamoto_insert(m, &genesis, &none, NULL);
    hst_nakamoto_root(m, block);
    return HST_OK;
}

static hst_status init_selfish(void *state, const hst_consensus_config *config)
{
    const hst_status status = init(state, config);
    ((hst_nakamoto *)state)->selfish = true;
    return status;
}

static void on_message(hst_nakamoto *m, const hst_consensus_input *input, hst_effects *effects)
{
    switch (input->size > 0 ? input->bytes[0] : HST_NAKAMOTO_KINDS) {
    case HST_NAKAMOTO_INV: hst_nakamoto_on_inv(m, input, effects); break;
    case HST_NAKAMOTO_GETDATA: hst_nakamoto_on_getdata(m, input, effects); break;
    case HST_NAKAMOTO_BLOCK:
    case HST_NAKAMOTO_CMPCTBLOCK: hst_nakamoto_on_block(m, input, effects); break;
    case HST_NAKAMOTO_GETBLOCKS: hst_nakamoto_on_getblocks(m, input, effects); break;
    case HST_NAKAMOTO_STATE: hst_nakamoto_on_state(m, input, effects); break;
    default: m->refused++; break;
    }
}

static void on_timer(hst_nakamoto *m, const hst_consensus_input *input, hst_effects *effects)
{
    switch (input->timer) {
    case HST_NAKAMOTO_TIMER_MINE: hst_nakamoto_on_found(m, input, effects); break;
    case HST_NAKAMOTO_TIMER_REQUEST:
        hst_nakamoto_on_request_timer(m, input->now_ns, effects);
        break;
    case HST_NAKAMOTO_TIMER_SYNC: hst_nakamoto_on_sync_timer(m, input->now_ns, effects); break;
    default: break;
    }
}

/* An offer that somebody's block already holds: let the mempool offer the next one. */
static void pass_over(const hst_nakamoto *m, hst_batch offer, hst_effects *effects)
{
    for (uint32_t e = 0; e < effects->count; e++) {
        if (effects->list[e].kind == HST_EFFECT_TAKE) {
            return;
        }
    }
    if (hst_nakamoto_underway(m, offer.id)) {
        hst_effects_take(effects, offer);
    }
}

static void step(void *state, const hst_consensus_input *input, hst_effects *effects)
{
    hst_nakamoto *m = state;
    m->chain_moved = false;
    switch (input->kind) {
    case HST_INPUT_START: hst_nakamoto_on_start(m, input, effects); break;
    case HST_INPUT_RECOVER: hst_nakamoto_on_recover(m, input); break;
    case HST_INPUT_MESSAGE: on_message(m, input, effects); break;
    case HST_INPUT_TIMER: on_timer(m, input, effects); break;
    case HST_INPUT_PERSISTED: m->durable = input->sequence; break;
    case HST_INPUT_SUBMIT: break;
    }
    if (m->chain_moved) {
        hst_nakamoto_settle(m, effects);
        hst_nakamoto_mine(m, input->now_ns, effects);
    }
    if (input->offer.id != 0 && (m->chain_moved || input->kind == HST_INPUT_SUBMIT)) {
        pass_over(m, input->offer, effects);
    }
}

/* The miner signs its header; whoever sends a STATE signs all of it. */
static uint32_t claims(const hst_consensus_config *config,
                       uint32_t from,
                       const uint8_t *bytes,
                       size_t size,
                       hst_claim *out,
                       uint32_t capacity)
{
    const bool state = size > 0 && bytes[0] == HST_NAKAMOTO_STATE;
    if (!state &&
        (size == 0 || (bytes[0] != HST_NAKAMOTO_BLOCK && bytes[0] != HST_NAKAMOTO_CMPCTBLOCK))) {
        return 0;
    }
    enum { PLACE = 3 * 8 };
    const uint32_t slot = config->carry_signatures ? HST_SIGNATURE_SIZE : 0;
    const uint32_t header = 1 + HST_NAKAMOTO_HEADER_SIZE;
    if (size != header + slot + (state ? PLACE + slot : 0)) {
        return 0;
    }
    uint32_t miner;
    memcpy(&miner, bytes + header - sizeof miner, sizeof miner);
    const hst_claim list[2] = {
        {.signer = miner,
         .statement = 1,
         .size = HST_NAKAMOTO_HEADER_SIZE,
         .signature = slot > 0 ? header : HST_CLAIM_OMITTED},
        {.signer = from,
         .statement = 0,
         .size = header + slot + PLACE,
         .signature = slot > 0 ? header + slot + PLACE : HST_CLAIM_OMITTED},
    };
    const uint32_t count = state ? 2 : 1;
    for (uint32_t c = 0; c < count && c < capacity; c++) {
        out[c] = list[c];
    }
    return count;
}

static uint64_t behind(const hst_nakamoto *m)
{
    uint64_t highest = m->best_height;
    for (uint32_t o = 0; o < m->orphan_count; o++) {
        const uint64_t height = m->orphans[o].header.height;
        highest = height > highest ? height : highest;
    }
    return highest - m->best_height + m->lost;
}

/* The view is the work of the best chain: it only grows. */
static void inspect(const void *state, hst_consensus_view *view)
{
    const hst_nakamoto *m = state;
    *view = (hst_consensus_view){.leader = HST_CONSENSUS_NOBODY};
    view->view = m->best_work;
    view->commit_height = m->commit_height;
    view->commit = m->commit;
    view->final_height = m->final_height;
    view->durable = m->durable;
    view->view_changes = m->reorganisations;
    view->refused = m->refused;
    view->dropped = m->dropped;
    view->behind = m->orphan_count > 0 || m->lost ? behind(m) : 0;
}

static uint64_t digest(const void *state)
{
    const hst_nakamoto *m = state;
    hst_digest digest;
    hst_digest_init(&digest, NULL, 0);
    hst_digest_update(&digest, m->best_id.bytes, sizeof m->best_id.bytes);
    hst_digest_update(&digest, m->commit.bytes, sizeof m->commit.bytes);
    hst_digest_u64(&digest, m->best_work);
    hst_digest_u64(&digest, m->best_height);
    hst_digest_u64(&digest, m->commit_height);
    hst_digest_u64(&digest, m->final_height);
    hst_digest_u64(&digest, m->sequence);
    hst_digest_u64(&digest, m->mined);
    hst_digest_u64(&digest, m->mining_at);
    hst_digest_u64(&digest, m->random.counter);
    hst_digest_u64(&digest, m->choices.counter);
    hst_digest_u64(&digest, m->request_count);
    hst_digest_u64(&digest, m->orphan_count);
    hst_digest_u64(&digest, m->returned_count);
    hst_digest_u64(&digest, m->deepest);
    hst_digest_u64(&digest, m->lost);
    return hst_name_digest(&digest);
}

const hst_consensus_protocol hst_protocol_nakamoto = {
    .name = "nakamoto",
    .title = "Nakamoto: proof of work",
    .source = "Nakamoto, Bitcoin: a peer-to-peer electronic cash system, 2008",
    .finality = HST_FINALITY_PROBABLE,
    .model = HST_FAULTS_WORK,
    .pace_ns = INT64_C(600000000000),
    .settle_ns = INT64_C(3600000000000),
    .kinds = kinds,
    .kind_count = HST_NAKAMOTO_KINDS,
    .parameters = parameters,
    .parameter_count = HST_NAKAMOTO_PARAMETERS,
    .state_size = state_size,
    .init = init,
    .step = step,
    .claims = claims,
    .inspect = inspect,
    .digest = digest,
};

const hst_consensus_protocol hst_protocol_nakamoto_selfish = {
    .name = "nakamoto_selfish",
    .title = "Nakamoto: a selfish pool",
    .source = "Eyal, Sirer, Majority is not enough, FC'14",
    .finality = HST_FINALITY_PROBABLE,
    .model = HST_FAULTS_WORK,
    .pace_ns = INT64_C(600000000000),
    .settle_ns = INT64_C(3600000000000),
    .kinds = kinds,
    .kind_count = HST_NAKAMOTO_KINDS,
    .parameters = parameters,
    .parameter_count = HST_NAKAMOTO_PARAMETERS,
    .state_size = state_size,
    .init = init_selfish,
    .step = step,
    .claims = claims,
    .inspect = inspect,
    .digest = digest,
};
