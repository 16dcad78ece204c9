/* The machine's outside: parameters, memory, inputs, claims, views. */
#include "core/consensus/xrpl/xrpl.h"

#include "core/consensus/name.h"
#include "core/consensus/xrpl/xrpl_internal.h"

#include <string.h>

enum { TIMER_TICK = 0 };

#define SECOND INT64_C(1000000000)
#define HOUR   (3600 * SECOND)

static const hst_message_kind kinds[HST_XRPL_KIND_COUNT] = {
    [HST_XRPL_PROPOSAL] = {"PROPOSAL", HST_ROLE_PROPOSAL},
    [HST_XRPL_VALIDATION] = {"VALIDATION", HST_ROLE_VOTE},
    [HST_XRPL_FETCH] = {"FETCH", HST_ROLE_SYNC},
    [HST_XRPL_LEDGERS] = {"LEDGERS", HST_ROLE_SYNC},
    [HST_XRPL_STATE] = {"STATE", HST_ROLE_SYNC},
};

static const hst_consensus_parameter parameters[HST_XRPL_PARAMETER_COUNT] = {
    [HST_XRPL_GRANULARITY] = {"granularity_ns", "ns", SECOND, SECOND / 1000, HOUR,
                              "timer that drives the phases (rippled ledgerGRANULARITY)"},
    [HST_XRPL_MIN_CLOSE] = {"min_close_ns", "ns", 2 * SECOND, 0, HOUR,
                            "a ledger with batches stays open so long (ledgerMIN_CLOSE)"},
    [HST_XRPL_IDLE] = {"idle_interval_ns", "ns", 15 * SECOND, SECOND, HOUR,
                       "an empty one so long after the last close (ledgerIDLE_INTERVAL)"},
    [HST_XRPL_MIN_CONSENSUS] = {"min_consensus_ns", "ns", 1950000000, 0, HOUR,
                                "least time of Establish (ledgerMIN_CONSENSUS)"},
    [HST_XRPL_MAX_CONSENSUS] = {"max_consensus_ns", "ns", 15 * SECOND, 0, HOUR,
                                "after this one is enough (ledgerMAX_CONSENSUS)"},
    [HST_XRPL_AVALANCHE_BASE] = {"avalanche_base_ns", "ns", 5 * SECOND, SECOND / 1000, HOUR,
                                 "least length 100 % of a round means (avMIN_CONSENSUS_TIME)"},
    [HST_XRPL_FRESHNESS] = {"propose_freshness_ns", "ns", 20 * SECOND, SECOND / 1000, HOUR,
                            "a proposal counts so long (proposeFRESHNESS)"},
    [HST_XRPL_INTERVAL] = {"propose_interval_ns", "ns", 12 * SECOND, SECOND / 1000, HOUR,
                           "and is sent again after this (proposeINTERVAL)"},
    [HST_XRPL_VALIDATION_LIFE] = {"validation_life_ns", "ns", 180 * SECOND, SECOND / 1000, HOUR,
                                  "a validation counts so long (validationCURRENT_LOCAL)"},
    [HST_XRPL_CONSENSUS_PERCENT] = {"consensus_percent", "1", 80, 51, 100,
                                    "proposers that must hold our position (minCONSENSUS_PCT)"},
    [HST_XRPL_QUORUM_PERCENT] = {"quorum_percent", "1", 80, 51, 100,
                                 "validations of a list that make a ledger final (1802.07242)"},
    [HST_XRPL_BATCHES] = {"ledger_batches", "1", 64, 1, 1024, "batches a ledger may hold"},
    [HST_XRPL_WINDOW] = {"window", "1", 128, 16, 4096, "sequences kept, half of them final"},
};

/* ---- memory ------------------------------------------------------------------------------- */

static int64_t value(const hst_consensus_config *config, uint32_t index)
{
    return hst_consensus_parameter_value(&hst_protocol_xrpl, config, index);
}

static void lay_out_ledgers(hst_xrpl *m, hst_layout *layout, uint64_t slots, uint32_t words)
{
    hst_xrpl_ledger *ledgers = hst_layout_take(layout, slots, sizeof *ledgers);
    uint64_t *validators = hst_layout_take(layout, slots * words, sizeof *validators);
    for (uint64_t s = 0; m != NULL && s < slots; s++) {
        ledgers[s].validators = &validators[s * words];
        ledgers[s].set = HST_XRPL_NO_SET;
    }
    if (m != NULL) {
        m->ledgers = ledgers;
    }
}

static void lay_out_sets(hst_xrpl *m, hst_layout *layout, uint32_t sets, uint32_t batches)
{
    enum { POOL_FACTOR = 8, POOL_LEAST = 256 };
    const uint32_t capacity =
        batches * POOL_FACTOR > POOL_LEAST ? batches * POOL_FACTOR : POOL_LEAST;
    hst_xrpl_set *all = hst_layout_take(layout, sets, sizeof *all);
    hst_batch *content = hst_layout_take(layout, (size_t)sets * batches, sizeof *content);
    hst_batch *pool = hst_layout_take(layout, capacity, sizeof *pool);
    uint8_t *marks = hst_layout_take(layout, capacity, sizeof *marks);
    hst_batch *scratch = hst_layout_take(layout, batches, sizeof *scratch);
    uint32_t *weights = hst_layout_take(layout, sets, sizeof *weights);
    uint32_t *cursors = hst_layout_take(layout, sets, sizeof *cursors);
    uint32_t *active = hst_layout_take(layout, (size_t)sets + 1, sizeof *active);
    if (m == NULL) {
        return;
    }
    for (uint32_t s = 0; s < sets; s++) {
        all[s].batches = &content[(size_t)s * batches];
    }
    m->sets = all;
    m->set_count = sets;
    m->batches = batches;
    m->pool = pool;
    m->pool_capacity = capacity;
    m->marks = marks;
    m->scratch = scratch;
    m->weights = weights;
    m->cursors = cursors;
    m->active = active;
}

/* Sets: one a sequence of the window, as many again for forks, and those of positions. */
static uint32_t sets_for(const hst_consensus_config *config, uint64_t window)
{
    enum { POSITIONS_MOST = 128, SPARE = 8 };
    const uint32_t positions = 2 * config->membership->count;
    return (uint32_t)(2 * window) + SPARE +
           (positions < POSITIONS_MOST ? positions : POSITIONS_MOST);
}

static hst_xrpl *lay_out(hst_layout *layout, const hst_consensus_config *config)
{
    const uint32_t count = config->membership->count, words = hst_member_words(count);
    const uint64_t window = (uint64_t)value(config, HST_XRPL_WINDOW);
    hst_xrpl *m = hst_layout_take(layout, 1, sizeof *m);
    uint64_t *trusted = hst_layout_take(layout, words, sizeof *trusted);
    hst_xrpl_node *nodes = hst_layout_take(layout, count, sizeof *nodes);
    uint32_t *below = hst_layout_take(layout, window / 2 + 2, sizeof *below);
    uint32_t *path = hst_layout_take(layout, window, sizeof *path);
    hst_xrpl_seen *seen =
        config->peers != NULL ? hst_layout_take(layout, 2 * (size_t)count, sizeof *seen) : NULL;
    if (m != NULL) {
        m->window = window;
        m->count = count;
        m->words = words;
        m->trusted = trusted;
        m->nodes = nodes;
        m->below = below;
        m->path = path;
        m->seen = seen;
    }
    lay_out_ledgers(m, layout, window * HST_XRPL_FORKS, words);
    lay_out_sets(m, layout, sets_for(config, window), (uint32_t)value(config, HST_XRPL_BATCHES));
    hst_tally_lay_out(m != NULL ? &m->certified : NULL, layout, config);
    hst_tally_lay_out(m != NULL ? &m->incoming : NULL, layout, config);
    return m;
}

/* A list is flat, names somebody, and names nobody twice or from outside. */
static bool lists_make_sense(const hst_membership *membership, uint32_t self)
{
    if (membership->count > HST_MEMBER_MAX) {
        return false;
    }
    if (membership->quorum_sets == NULL) {
        return true;
    }
    const hst_quorum_set *list = &membership->quorum_sets[self];
    bool sound = list->inner_count == 0 && list->member_count > 0;
    for (uint32_t i = 0; i < list->member_count && sound; i++) {
        sound = list->members[i] < membership->count &&
                (i == 0 || list->members[i] > list->members[i - 1]);
    }
    return sound;
}

static size_t state_size(const hst_consensus_config *config)
{
    hst_layout layout = {0};
    if (!lists_make_sense(config->membership, config->self)) {
        return 0;
    }
    (void)lay_out(&layout, config);
    return layout.at;
}

static void trust(hst_xrpl *m)
{
    const hst_membership *membership = m->config.membership;
    const hst_quorum_set *list =
        membership->quorum_sets != NULL ? &membership->quorum_sets[m->config.self] : NULL;
    const uint32_t count = list != NULL ? list->member_count : membership->count;
    for (uint32_t i = 0; i < count; i++) {
        (void)hst_member_add(m->trusted, list != NULL ? list->members[i] : i);
    }
    m->trusted_count = count;
    const uint32_t percent = (uint32_t)m->parameters[HST_XRPL_QUORUM_PERCENT];
    m->quorum = (count * percent + 99) / 100;
    m->alone = count == 1 && hst_member_has(m->trusted, m->config.self);
}

static hst_status init(void *state, const hst_consensus_config *config)
{
    if (!lists_make_sense(config->membership, config->self)) {
        return HST_INVALID;
    }
    hst_layout layout = {.base = state};
    hst_xrpl *m = lay_out(&layout, config);
    m->config = *config;
    for (uint32_t p = 0; p < HST_XRPL_PARAMETER_COUNT; p++) {
        m->parameters[p] = value(config, p);
    }
    trust(m);
    for (uint32_t v = 0; v < m->count; v++) {
        m->nodes[v].current.set = HST_XRPL_NO_SET;
        m->nodes[v].other.set = HST_XRPL_NO_SET;
    }
    m->own_set = HST_XRPL_NO_SET;
    m->prev_round_ns = m->parameters[HST_XRPL_IDLE];
    m->final = &m->ledgers[0]; /* genesis: no name, nothing in it */
    m->final->known = HST_XRPL_FULL;
    m->final->header.agreed = true;
    m->final->set = hst_xrpl_set_make(m, m->scratch, 0);
    m->prev = m->final;
    return HST_OK;
}

/* ---- inputs ------------------------------------------------------------------------------- */

static void on_start(hst_xrpl *m, const hst_consensus_input *input, hst_effects *effects)
{
    hst_xrpl_resume(m, input->height, &input->root);
    m->last_close_s = hst_xrpl_seconds(input->now_ns);
    if (m->issued > 0) {
        hst_xrpl_node *self = &m->nodes[m->config.self];
        self->seq = m->issued;
        self->id = m->issued_id;
        self->seen_ns = input->now_ns;
        self->since_ns = input->now_ns;
        m->issued_ns = input->now_ns - m->parameters[HST_XRPL_INTERVAL];
        hst_xrpl_ledger *last = hst_xrpl_ledger_find(m, m->issued, &m->issued_id);
        if (last != NULL && hst_member_has(m->trusted, m->config.self) &&
            hst_member_add(last->validators, m->config.self)) {
            last->validations++;
        }
    }
    hst_xrpl_start_round(m, m->prev, true, input->now_ns, effects);
    hst_effects_timer_set(effects, TIMER_TICK, input->now_ns + m->parameters[HST_XRPL_GRANULARITY]);
}

static void on_timer(hst_xrpl *m, const hst_consensus_input *input, hst_effects *effects)
{
    if (input->timer != TIMER_TICK) {
        return;
    }
    hst_effects_timer_set(effects, TIMER_TICK, input->now_ns + m->parameters[HST_XRPL_GRANULARITY]);
    hst_xrpl_tick(m, input->now_ns, effects);
}

static void on_message(hst_xrpl *m, const hst_consensus_input *input, hst_effects *effects)
{
    switch (input->size > 0 ? input->bytes[0] : HST_XRPL_KIND_COUNT) {
    case HST_XRPL_PROPOSAL: hst_xrpl_on_proposal(m, input, effects); break;
    case HST_XRPL_VALIDATION: hst_xrpl_on_validation(m, input, effects); break;
    case HST_XRPL_FETCH: hst_xrpl_on_fetch(m, input, effects); break;
    case HST_XRPL_LEDGERS: hst_xrpl_on_ledgers(m, input, effects); break;
    case HST_XRPL_STATE: hst_xrpl_on_state(m, input, effects); break;
    default: m->refused++; break;
    }
}

static void step(void *state, const hst_consensus_input *input, hst_effects *effects)
{
    hst_xrpl *m = state;
    switch (input->kind) {
    case HST_INPUT_START: on_start(m, input, effects); break;
    case HST_INPUT_RECOVER: hst_xrpl_recover(m, input); return;
    case HST_INPUT_MESSAGE: on_message(m, input, effects); break;
    case HST_INPUT_TIMER: on_timer(m, input, effects); break;
    case HST_INPUT_PERSISTED:
        m->durable = input->sequence;
        hst_xrpl_on_durable(m, input->sequence, input->now_ns, effects);
        break;
    case HST_INPUT_SUBMIT: break;
    }
    hst_xrpl_pool_take(m, &input->offer, effects);
}

/* ---- claims ------------------------------------------------------------------------------- */

/* A proposal is signed as a whole, by the node that it names. */
static uint32_t claim_proposal(const hst_consensus_config *config,
                               hst_wire_reader *reader,
                               hst_claim *out,
                               uint32_t capacity)
{
    const size_t slot = config->carry_signatures ? HST_SIGNATURE_SIZE : 0;
    const uint32_t signer = hst_wire_read_u32(reader);
    if (reader->short_of || signer >= config->membership->count ||
        reader->size < reader->at + slot) {
        return 0;
    }
    const uint32_t size = (uint32_t)(reader->size - slot);
    if (capacity > 0) {
        out[0] = (hst_claim){.signer = signer,
                             .statement = 0,
                             .size = size,
                             .signature = slot > 0 ? size : HST_CLAIM_OMITTED};
    }
    return 1;
}

static uint32_t claims(const hst_consensus_config *config,
                       uint32_t from,
                       const uint8_t *bytes,
                       size_t size,
                       hst_claim *out,
                       uint32_t capacity)
{
    (void)from;
    hst_wire_reader reader = hst_wire_read(bytes, size, config->carry_signatures);
    if (size == 0 || size > UINT32_MAX) {
        return 0;
    }
    if (bytes[0] == HST_XRPL_PROPOSAL) {
        return claim_proposal(config, &reader, out, capacity);
    }
    if (bytes[0] == HST_XRPL_VALIDATION) {
        const uint32_t signer = hst_wire_read_u32(&reader);
        return signer < config->membership->count ? hst_claims_vote(&reader, signer, out, capacity)
                                                  : 0;
    }
    if (bytes[0] == HST_XRPL_STATE) {
        (void)hst_xrpl_read_header(&reader);
        return hst_claims_certificate(&reader, config->membership, out, capacity);
    }
    return 0; /* ledgers prove themselves by their hashes */
}

/* ---- views -------------------------------------------------------------------------------- */

static void inspect(const void *state, hst_consensus_view *view)
{
    const hst_xrpl *m = state;
    *view = (hst_consensus_view){.view = m->round,
                                 .leader = HST_CONSENSUS_NOBODY,
                                 .vote_height = m->nodes[m->config.self].seq,
                                 .vote = m->nodes[m->config.self].id,
                                 .commit_height = m->height,
                                 .commit = m->commit,
                                 .final_height = m->height,
                                 .durable = m->durable,
                                 .view_changes = m->switches,
                                 .refused = m->refused,
                                 .dropped = m->dropped,
                                 .behind = m->behind};
}

static void digest_hash(hst_digest *digest, const hst_hash *hash)
{
    hst_digest_update(digest, hash->bytes, sizeof hash->bytes);
}

static void digest_position(hst_digest *digest, const hst_xrpl *m, const hst_xrpl_position *p)
{
    if (!p->used) {
        hst_digest_u64(digest, 0);
        return;
    }
    digest_hash(digest, &p->prev);
    hst_digest_u64(digest, p->close_s);
    hst_digest_u64(digest, p->propose_seq);
    if (p->set != HST_XRPL_NO_SET) {
        digest_hash(digest, &m->sets[p->set].hash);
    }
}

static uint64_t digest(const void *state)
{
    const hst_xrpl *m = state;
    hst_digest d;
    hst_digest_init(&d, NULL, 0);
    hst_digest_u64(&d, m->height);
    digest_hash(&d, &m->commit);
    digest_hash(&d, &m->prev->id);
    hst_digest_u64(&d, m->phase);
    hst_digest_u64(&d, m->proposing ? 1 : 0);
    hst_digest_u64(&d, m->issued);
    digest_hash(&d, &m->issued_id);
    hst_digest_u64(&d, m->sequence);
    hst_digest_u64(&d, m->pool_count);
    for (uint32_t p = 0; p < m->pool_count; p++) {
        hst_digest_u64(&d, m->pool[p].id);
    }
    for (uint32_t v = 0; v < m->count; v++) {
        const hst_xrpl_node *node = &m->nodes[v];
        hst_digest_u64(&d, node->seq);
        digest_hash(&d, &node->id);
        digest_position(&d, m, &node->current);
        digest_position(&d, m, &node->other);
    }
    return hst_name_digest(&d);
}

const hst_consensus_protocol hst_protocol_xrpl = {
    .name = "xrpl",
    .title = "XRP Ledger consensus",
    .source = "Chase, MacBrough, Analysis of the XRP Ledger consensus protocol, arXiv 1802.07242",
    .finality = HST_FINALITY_IMMEDIATE,
    .model = HST_FAULTS_UNL,
    .offers_by_name = true,
    .pace_ns = 4 * SECOND,
    .kinds = kinds,
    .kind_count = HST_XRPL_KIND_COUNT,
    .parameters = parameters,
    .parameter_count = HST_XRPL_PARAMETER_COUNT,
    .state_size = state_size,
    .init = init,
    .step = step,
    .claims = claims,
    .inspect = inspect,
    .digest = digest,
};
