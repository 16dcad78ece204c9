#include "core/consensus/gasper/gasper.h"

#include "core/consensus/gasper/internal.h"
#include "core/consensus/layout.h"

static const hst_message_kind kinds[HST_GASPER_KINDS] = {
    [HST_GASPER_BLOCK] = {"BLOCK", HST_ROLE_PROPOSAL},
    [HST_GASPER_ATTESTATION] = {"ATTESTATION", HST_ROLE_VOTE},
    [HST_GASPER_AGGREGATE] = {"AGGREGATE", HST_ROLE_CERTIFICATE},
    [HST_GASPER_LINK] = {"LINK", HST_ROLE_CERTIFICATE},
    [HST_GASPER_GETBLOCKS] = {"GETBLOCKS", HST_ROLE_SYNC},
    [HST_GASPER_STATE] = {"STATE", HST_ROLE_SYNC},
};

static const hst_consensus_parameter parameters[HST_GASPER_PARAMETERS] = {
    [HST_GASPER_SLOT] = {"slot_ns", "ns", INT64_C(12000000000), 1000000, INT64_C(3600000000000),
                         "length of a slot (Ethereum: 12 s)"},
    [HST_GASPER_EPOCH] = {"epoch_slots", "1", 32, 2, 128, "slots of an epoch (Ethereum)"},
    [HST_GASPER_BOOST] = {"boost_percent", "1", 40, 0, 100,
                          "weight of a block in time, of a slot's stake (Ethereum: 40 %)"},
    [HST_GASPER_AGGREGATORS] = {"aggregators", "1", 16, 1, 1024,
                                "of a committee, who pass attestations on (Ethereum: about 16)"},
    [HST_GASPER_COMMIT] = {"commit", "1", 1, 0, 1,
                           "commit tentatively: 0 the head, 1 the justified checkpoint"},
    [HST_GASPER_WINDOW] = {"window", "1", 1024, 64, 65536,
                           "blocks kept, rounded up to a power of two"},
    [HST_GASPER_RETRY] = {"retry_ns", "ns", INT64_C(5000000000), 1000000, INT64_C(3600000000000),
                          "what is missed is asked of another after this"},
};

static uint64_t value_of(const hst_consensus_config *config, uint32_t index)
{
    return (uint64_t)hst_consensus_parameter_value(&hst_protocol_gasper, config, index);
}

static uint32_t window_of(const hst_consensus_config *config)
{
    uint32_t window = 64;
    while (window < value_of(config, HST_GASPER_WINDOW)) {
        window *= 2;
    }
    return window;
}

static void lay_out_tallies(hst_gasper *m, hst_layout *layout, const hst_consensus_config *config)
{
    for (uint32_t l = 0; l < HST_GASPER_LINKS; l++) {
        hst_tally_lay_out(m != NULL ? &m->links[l].tally : NULL, layout, config);
    }
    for (uint32_t g = 0; g < HST_GASPER_GROUPS; g++) {
        hst_tally_lay_out(m != NULL ? &m->groups[g].head : NULL, layout, config);
        hst_tally_lay_out(m != NULL ? &m->groups[g].link : NULL, layout, config);
    }
    hst_tally_lay_out(m != NULL ? &m->proof : NULL, layout, config);
    hst_tally_lay_out(m != NULL ? &m->proven_proof : NULL, layout, config);
    hst_tally_lay_out(m != NULL ? &m->justification : NULL, layout, config);
    hst_tally_lay_out(m != NULL ? &m->scratch[0] : NULL, layout, config);
    hst_tally_lay_out(m != NULL ? &m->scratch[1] : NULL, layout, config);
}

static hst_gasper *lay_out(hst_layout *layout, const hst_consensus_config *config)
{
    const uint32_t window = window_of(config);
    const uint32_t count = config->membership->count;
    hst_gasper *m = hst_layout_take(layout, 1, sizeof *m);
    hst_gasper_block *blocks = hst_layout_take(layout, window, sizeof *blocks);
    uint32_t *buckets = hst_layout_take(layout, (size_t)2 * window, sizeof *buckets);
    uint32_t *main_chain = hst_layout_take(layout, window, sizeof *main_chain);
    uint32_t *path = hst_layout_take(layout, window, sizeof *path);
    hst_signature *signatures =
        config->carry_signatures ? hst_layout_take(layout, window, sizeof *signatures) : NULL;
    uint64_t *stake = hst_layout_take(layout, count, sizeof *stake);
    hst_gasper_latest *latest = hst_layout_take(layout, count, sizeof *latest);
    hst_gasper_link *links = hst_layout_take(layout, HST_GASPER_LINKS, sizeof *links);
    hst_gasper_group *groups = hst_layout_take(layout, HST_GASPER_GROUPS, sizeof *groups);
    hst_gasper_slot *seen = hst_layout_take(layout, HST_GASPER_SLOTS, sizeof *seen);
    hst_gasper_arrival *orphans = hst_layout_take(layout, HST_GASPER_ORPHANS, sizeof *orphans);
    uint32_t *duties = hst_layout_take(layout, (size_t)4 * count, sizeof *duties);
    if (m != NULL) {
        m->mask = window - 1;
        m->blocks = blocks;
        m->buckets = buckets;
        m->main = main_chain;
        m->path = path;
        m->signatures = signatures;
        m->stake = stake;
        m->latest = latest;
        m->links = links;
        m->groups = groups;
        m->seen = seen;
        m->orphans = orphans;
        for (uint32_t d = 0; d < 2; d++) {
            m->duties[d].order = duties + (size_t)2 * d * count;
            m->duties[d].place = duties + (size_t)(2 * d + 1) * count;
        }
    }
    lay_out_tallies(m, layout, config);
    return m;
}

static size_t state_size(const hst_consensus_config *config)
{
    if (config->membership->total == 0 || config->membership->count > HST_MEMBER_MAX ||
        4 * value_of(config, HST_GASPER_EPOCH) > window_of(config)) {
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
    hst_gasper *m = lay_out(&layout, config);
    const hst_membership *membership = config->membership;
    m->config = *config;
    m->slot_ns = hst_gasper_value(m, HST_GASPER_SLOT);
    m->retry_ns = hst_gasper_value(m, HST_GASPER_RETRY);
    m->slots = value_of(config, HST_GASPER_EPOCH);
    m->boost = membership->total / m->slots * value_of(config, HST_GASPER_BOOST) / 100;
    m->words = hst_member_words(membership->count);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < membership->count; i++) {
        sum += hst_membership_weight(membership, i);
        m->stake[i] = sum;
    }
    const hst_gasper_header genesis = {.proposer = HST_CONSENSUS_NOBODY};
    const hst_hash none = {{0}};
    hst_gasper_begin(m, hst_gasper_insert(m, &genesis, &none, NULL), 0);
    return HST_OK;
}

/* Slots follow this replica's own clock. */
static void look_at_clock(hst_gasper *m, int64_t now_ns)
{
    const uint64_t slot = now_ns > 0 ? (uint64_t)(now_ns / m->slot_ns) : 0;
    if (slot > m->now_slot) {
        m->now_slot = slot;
        m->thirds = 0;
        m->moved = true;
        if (m->timely != 0) {
            m->timely = 0; /* the boost ends with its slot */
            m->stale = true;
        }
    }
    if (slot == m->now_slot && now_ns > 0) {
        const int64_t into = now_ns - (int64_t)slot * m->slot_ns;
        const uint32_t thirds = (uint32_t)(3 * into / m->slot_ns);
        m->thirds = thirds > m->thirds ? thirds : m->thirds;
    }
}

static void on_message(hst_gasper *m, const hst_consensus_input *input, hst_effects *effects)
{
    switch (input->size > 0 ? input->bytes[0] : HST_GASPER_KINDS) {
    case HST_GASPER_BLOCK: hst_gasper_on_block(m, input, effects); break;
    case HST_GASPER_ATTESTATION: hst_gasper_on_attestation(m, input, effects); break;
    case HST_GASPER_AGGREGATE: hst_gasper_on_aggregate(m, input, effects); break;
    case HST_GASPER_LINK: hst_gasper_on_link(m, input, effects); break;
    case HST_GASPER_GETBLOCKS: hst_gasper_on_getblocks(m, input, effects); break;
    case HST_GASPER_STATE: hst_gasper_on_state(m, input, effects); break;
    default: m->refused++; break;
    }
}

/* An offer that somebody's block already holds: let the mempool offer the next one. */
static void pass_over(hst_gasper *m, hst_batch offer, hst_effects *effects)
{
    for (uint32_t e = 0; e < effects->count; e++) {
        if (effects->list[e].kind == HST_EFFECT_TAKE) {
            return;
        }
    }
    if (hst_gasper_underway(m, offer.id)) {
        hst_effects_take(effects, offer);
    }
}

static void step(void *state, const hst_consensus_input *input, hst_effects *effects)
{
    hst_gasper *m = state;
    m->moved = false;
    look_at_clock(m, input->now_ns);
    switch (input->kind) {
    case HST_INPUT_START:
        hst_gasper_on_start(m, input, effects);
        hst_gasper_advance(m, effects);
        hst_gasper_tick(m, input, effects);
        break;
    case HST_INPUT_RECOVER: hst_gasper_on_recover(m, input); return;
    case HST_INPUT_MESSAGE: on_message(m, input, effects); break;
    case HST_INPUT_TIMER:
        if (input->timer == HST_GASPER_TIMER_TICK) {
            hst_gasper_advance(m, effects);
            hst_gasper_tick(m, input, effects);
        } else {
            hst_gasper_on_sync_timer(m, input->now_ns, effects);
        }
        break;
    case HST_INPUT_PERSISTED: m->durable = input->sequence; break;
    case HST_INPUT_SUBMIT: break;
    }
    if (m->moved) {
        hst_gasper_advance(m, effects);
    }
    if (input->offer.id != 0 && (m->moved || input->kind == HST_INPUT_SUBMIT)) {
        pass_over(m, input->offer, effects);
    }
}

/* The proposer signs its header; the name is there to be compared. */
static uint32_t claims_block(hst_wire_reader *reader, hst_claim *out, uint32_t capacity)
{
    hst_claim claim = {.statement = (uint32_t)reader->at, .size = HST_GASPER_HEADER_SIZE};
    const hst_gasper_header header = hst_gasper_read_header(reader);
    (void)hst_wire_read_hash(reader);
    claim.signer = header.proposer;
    claim.signature = reader->carry ? (uint32_t)reader->at : HST_CLAIM_OMITTED;
    (void)hst_wire_read_signature(reader);
    if (reader->short_of) {
        return 0;
    }
    if (capacity > 0) {
        out[0] = claim;
    }
    return 1;
}

/* Add the claims of a vote or of a certificate to `count` earlier ones; 0 when it is malformed. */
static uint32_t claims_more(const hst_consensus_config *config,
                            uint32_t voter,
                            hst_wire_reader *reader,
                            hst_claim *out,
                            uint32_t capacity,
                            uint32_t count)
{
    const uint32_t room = count < capacity ? capacity - count : 0;
    hst_claim *more = room > 0 ? out + count : NULL;
    const uint32_t added = voter != HST_CONSENSUS_NOBODY
                               ? hst_claims_vote(reader, voter, more, room)
                               : hst_claims_certificate(reader, config->membership, more, room);
    return added > 0 ? count + added : 0;
}

/* The two certificates of an aggregate, and the roots behind them. */
static uint32_t claims_group(const hst_consensus_config *config,
                             hst_wire_reader *reader,
                             hst_claim *out,
                             uint32_t capacity,
                             uint32_t count)
{
    for (uint32_t c = 0; c < 2; c++) {
        count = claims_more(config, HST_CONSENSUS_NOBODY, reader, out, capacity, count);
        if (count == 0) {
            return 0;
        }
    }
    (void)hst_wire_read_hash(reader);
    (void)hst_wire_read_hash(reader);
    return reader->short_of ? 0 : count;
}

static uint32_t claims(const hst_consensus_config *config,
                       uint32_t from,
                       const uint8_t *bytes,
                       size_t size,
                       hst_claim *out,
                       uint32_t capacity)
{
    hst_wire_reader reader = hst_wire_read(bytes, size, config->carry_signatures);
    uint32_t count = 0;
    switch (size > 0 ? bytes[0] : HST_GASPER_KINDS) {
    case HST_GASPER_BLOCK:
        count = claims_block(&reader, out, capacity);
        for (uint8_t groups = hst_wire_read_u8(&reader); count > 0 && groups > 0; groups--) {
            count = claims_group(config, &reader, out, capacity, count);
        }
        return count;
    case HST_GASPER_ATTESTATION:
        count = claims_more(config, from, &reader, out, capacity, 0);
        return count > 0 ? claims_more(config, from, &reader, out, capacity, count) : 0;
    case HST_GASPER_AGGREGATE: return claims_group(config, &reader, out, capacity, 0);
    case HST_GASPER_LINK:
        return claims_more(config, HST_CONSENSUS_NOBODY, &reader, out, capacity, 0);
    case HST_GASPER_STATE:
        count = claims_block(&reader, out, capacity);
        return count > 0 ? claims_more(config, HST_CONSENSUS_NOBODY, &reader, out, capacity, count)
                         : 0;
    default: return 0;
    }
}

static uint64_t behind(const hst_gasper *m)
{
    uint64_t highest = m->commit_height;
    for (uint32_t o = 0; o < m->orphan_count; o++) {
        const uint64_t height = m->orphans[o].header.height;
        highest = height > highest ? height : highest;
    }
    return highest - m->commit_height + m->lost;
}

/* The view is the slot. A replica attests once an epoch: height stands for the epoch. */
static void inspect(const void *state, hst_consensus_view *view)
{
    const hst_gasper *m = state;
    *view = (hst_consensus_view){.leader = HST_CONSENSUS_NOBODY};
    view->view = m->now_slot;
    view->vote_height = m->voted_epoch;
    view->vote_view = m->voted_slot;
    view->vote_phase = HST_GASPER_PHASE_HEAD;
    view->vote = m->voted_head;
    view->lock_view = m->justified.epoch;
    view->lock = m->justified.root;
    view->commit_height = m->commit_height;
    view->commit = m->commit;
    view->final_height = m->final_height;
    view->durable = m->durable;
    view->view_changes = m->reorganisations;
    view->refused = m->refused;
    view->dropped = m->dropped;
    view->behind = m->orphan_count > 0 || m->lost ? behind(m) : 0;
}

static void digest_checkpoint(hst_digest *digest, const hst_gasper_checkpoint *checkpoint)
{
    hst_digest_u64(digest, checkpoint->epoch);
    hst_digest_update(digest, checkpoint->root.bytes, sizeof checkpoint->root.bytes);
}

static uint64_t digest(const void *state)
{
    const hst_gasper *m = state;
    hst_digest digest;
    hst_digest_init(&digest, NULL, 0);
    hst_digest_u64(&digest, m->now_slot);
    hst_digest_u64(&digest, m->phase);
    hst_digest_u64(&digest, m->commit_height);
    hst_digest_u64(&digest, m->final_height);
    hst_digest_update(&digest, m->commit.bytes, sizeof m->commit.bytes);
    digest_checkpoint(&digest, &m->justified);
    digest_checkpoint(&digest, &m->pending);
    digest_checkpoint(&digest, &m->final);
    digest_checkpoint(&digest, &m->proven);
    hst_digest_u64(&digest, m->voted_epoch);
    hst_digest_u64(&digest, m->voted_source);
    hst_digest_u64(&digest, m->voted_slot);
    hst_digest_update(&digest, m->voted_head.bytes, sizeof m->voted_head.bytes);
    hst_digest_u64(&digest, m->proposed_slot);
    hst_digest_u64(&digest, m->sequence);
    hst_digest_u64(&digest, m->serial);
    hst_digest_u64(&digest, m->orphan_count);
    hst_digest_u64(&digest, m->lost);
    for (uint32_t i = 0; i < m->config.membership->count; i++) {
        hst_digest_u64(&digest, m->latest[i].epoch);
        hst_digest_u64(&digest, m->latest[i].head);
        hst_digest_u64(&digest, m->latest[i].link);
        hst_digest_u64(&digest, m->latest[i].guilty);
    }
    return hst_name_digest(&digest);
}

const hst_consensus_protocol hst_protocol_gasper = {
    .name = "gasper",
    .title = "Gasper: LMD-GHOST and Casper FFG",
    .source = "Buterin et al., Combining GHOST and Casper, arXiv 2003.03052",
    .finality = HST_FINALITY_ECONOMIC,
    .model = HST_FAULTS_BYZANTINE,
    .pace_ns = INT64_C(12000000000),
    .settle_ns = INT64_C(900000000000),
    .kinds = kinds,
    .kind_count = HST_GASPER_KINDS,
    .parameters = parameters,
    .parameter_count = HST_GASPER_PARAMETERS,
    .state_size = state_size,
    .init = init,
    .step = step,
    .claims = claims,
    .inspect = inspect,
    .digest = digest,
};
