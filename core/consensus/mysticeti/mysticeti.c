#include "core/consensus/mysticeti/mysticeti.h"

#include "core/consensus/mysticeti/machine.h"
#include "core/consensus/name.h"

#include <string.h>

enum { NONE = HST_MYSTICETI_NONE };

enum {
    PARAMETER_LEADERS = 0,
    PARAMETER_PIPELINED,
    PARAMETER_LEADER_WAIT,
    PARAMETER_FETCH,
    PARAMETER_WINDOW,
    PARAMETER_COUNT
};

static const hst_message_kind kinds[HST_MYSTICETI_KIND_COUNT] = {
    [HST_MYSTICETI_KIND_BLOCK] = {"BLOCK", HST_ROLE_PROPOSAL},
    [HST_MYSTICETI_KIND_FETCH] = {"FETCH", HST_ROLE_SYNC},
    [HST_MYSTICETI_KIND_COPY] = {"COPY", HST_ROLE_SYNC},
    [HST_MYSTICETI_KIND_LAST] = {"LAST", HST_ROLE_SYNC},
    [HST_MYSTICETI_KIND_STATE] = {"STATE", HST_ROLE_SYNC},
};

static const hst_consensus_parameter parameters[PARAMETER_COUNT] = {
    [PARAMETER_LEADERS] = {"leaders", "1", 2, 1, HST_MYSTICETI_LEADERS_MAX,
                           "leader slots in a round (arXiv 2310.14821, evaluation)"},
    [PARAMETER_PIPELINED] = {"pipelined", "1", 1, 0, 1,
                             "leader slots in every round, not in every third (section 3)"},
    [PARAMETER_LEADER_WAIT] = {"leader_wait_ns", "ns", 1000000000, 0, INT64_C(3600000000000),
                               "a round's leaders are waited for this long (evaluation: 1 s)"},
    [PARAMETER_FETCH] = {"fetch_ns", "ns", 250000000, 1000000, INT64_C(3600000000000),
                         "what is missing is asked for after this, each time from another peer"},
    [PARAMETER_WINDOW] = {"window", "1", 128, 64, 512,
                          "rounds kept; half of them can still be delivered"},
};

/* ---- making -------------------------------------------------------------------------------- */

static uint64_t value_of(const hst_consensus_config *config, uint32_t index)
{
    return (uint64_t)hst_consensus_parameter_value(&hst_protocol_mysticeti, config, index);
}

static hst_mysticeti_shape shape_of(const hst_consensus_config *config)
{
    enum { HANDLES = 65000 };
    const uint32_t count = config->membership->count;
    hst_mysticeti_shape shape;
    shape.leaders = (uint32_t)value_of(config, PARAMETER_LEADERS);
    shape.leaders = shape.leaders < count ? shape.leaders : count;
    shape.stride = value_of(config, PARAMETER_PIPELINED) != 0 ? 1 : HST_MYSTICETI_WAVE;
    /* Room for a second block of f equivocators in every round, and for some more. */
    const uint32_t faulty = (count - 1) / 3;
    const uint32_t some = 4 * count + 64;
    const uint64_t most = (HANDLES - 2 * (uint64_t)some) / (count + 2 * (uint64_t)faulty);
    shape.window = value_of(config, PARAMETER_WINDOW);
    shape.window = shape.window < most ? shape.window : most;
    shape.spare = some + faulty * (uint32_t)shape.window;
    shape.capacity = (uint32_t)shape.window * count + 2 * shape.spare;
    return shape;
}

static void lay_out_parking(hst_mysticeti_machine *m, hst_layout *layout, uint32_t count)
{
    const uint32_t body_max = HST_MYSTICETI_HEAD_SIZE +
                              hst_mysticeti_references_max(count) * HST_MYSTICETI_REFERENCE_SIZE;
    const uint32_t parked_max = 2 * count + 64;
    hst_mysticeti_parked *parked = hst_layout_take(layout, parked_max, sizeof *parked);
    uint8_t *bodies = hst_layout_take(layout, parked_max, body_max);
    uint8_t *body = hst_layout_take(layout, body_max, 1);
    if (m != NULL) {
        m->body_max = body_max;
        m->parked_max = parked_max;
        m->parked = parked;
        m->parked_bodies = bodies;
        m->body = body;
    }
}

static hst_mysticeti_machine *lay_out(hst_layout *layout, const hst_consensus_config *config)
{
    const hst_mysticeti_shape shape = shape_of(config);
    const uint32_t count = config->membership->count;
    const uint32_t words = hst_member_words(count);
    hst_mysticeti_machine *m = hst_layout_take(layout, 1, sizeof *m);
    hst_mysticeti_dag_lay_out(m != NULL ? &m->dag : NULL, layout, config, &shape);
    uint16_t *out = hst_layout_take(layout, shape.capacity, sizeof *out);
    hst_mysticeti_decision *decisions =
        hst_layout_take(layout, shape.window * shape.leaders, sizeof *decisions);
    uint16_t *references =
        hst_layout_take(layout, hst_mysticeti_references_max(count), sizeof *references);
    uint64_t *silent = hst_layout_take(layout, words, sizeof *silent);
    uint64_t *answered = hst_layout_take(layout, words, sizeof *answered);
    uint64_t *guilty_till = hst_layout_take(layout, count, sizeof *guilty_till);
    hst_mysticeti_logged *logged = hst_layout_take(layout, 2 * shape.window, sizeof *logged);
    hst_hash *vouched = hst_layout_take(layout, count, sizeof *vouched);
    uint64_t *vouched_round = hst_layout_take(layout, count, sizeof *vouched_round);
    lay_out_parking(m, layout, count);
    if (m != NULL) {
        m->out = out;
        m->decisions = decisions;
        m->references = references;
        m->silent = silent;
        m->answered = answered;
        m->guilty_till = guilty_till;
        m->logged = logged;
        m->vouched = vouched;
        m->vouched_round = vouched_round;
    }
    return m;
}

static size_t state_size(const hst_consensus_config *config)
{
    hst_layout layout = {0};
    if (config->membership->count > HST_MEMBER_MAX) {
        return 0;
    }
    (void)lay_out(&layout, config);
    return layout.at;
}

static hst_status init(void *state, const hst_consensus_config *config)
{
    hst_layout layout = {.base = state};
    if (config->membership->count > HST_MEMBER_MAX) {
        return HST_INVALID;
    }
    hst_mysticeti_machine *m = lay_out(&layout, config);
    m->config = *config;
    m->leader_wait_ns = (int64_t)value_of(config, PARAMETER_LEADER_WAIT);
    m->fetch_ns = (int64_t)value_of(config, PARAMETER_FETCH);
    m->cut_every = m->dag.age > 1 ? m->dag.age / 2 : 1;
    m->log_every = m->dag.depth / 8;
    m->leader = NONE;
    m->next_peer = (config->self + 1) % config->membership->count;
    m->wanted_ns = INT64_MIN / 2;
    hst_mysticeti_parking_reset(m);
    return HST_OK;
}

/* ---- stepping ------------------------------------------------------------------------------ */

static void
on_start(hst_mysticeti_machine *m, const hst_consensus_input *input, hst_effects *effects)
{
    m->started = true;
    m->ledger_height = input->height;
    m->ledger_id = input->root;
    m->clock_ns = input->now_ns;
    m->dag.changed = true;
    m->asks = (uint32_t)(1 + (m->dag.count - 1) / 3);
    if (m->height > m->ledger_height) { /* the cut in the own log is ahead of the ledger's disk */
        m->ledger_height = m->height;
        m->ledger_id = m->id;
        hst_effects_transfer(effects, m->height, &m->id, m->next_peer);
    }
    const uint16_t own = hst_mysticeti_original(&m->dag, m->own_round, m->config.self);
    if (own != NONE) {
        hst_mysticeti_set_linked(&m->dag, own);
    }
    if (!m->known) {
        hst_mysticeti_ask_past(m, input->now_ns, effects);
    }
}

static void
on_message(hst_mysticeti_machine *m, const hst_consensus_input *input, hst_effects *effects)
{
    switch (input->size > 0 ? input->bytes[0] : HST_MYSTICETI_KIND_COUNT) {
    case HST_MYSTICETI_KIND_BLOCK:
    case HST_MYSTICETI_KIND_COPY: hst_mysticeti_on_block(m, input, effects); break;
    case HST_MYSTICETI_KIND_FETCH: hst_mysticeti_on_fetch(m, input, effects); break;
    case HST_MYSTICETI_KIND_LAST: hst_mysticeti_on_last(m, input, effects); break;
    case HST_MYSTICETI_KIND_STATE: hst_mysticeti_on_state(m, input, effects); break;
    default: m->refused++; break;
    }
}

static void step(void *state, const hst_consensus_input *input, hst_effects *effects)
{
    hst_mysticeti_machine *m = state;
    switch (input->kind) {
    case HST_INPUT_RECOVER: hst_mysticeti_on_recover(m, input); return;
    case HST_INPUT_START: on_start(m, input, effects); break;
    case HST_INPUT_MESSAGE: on_message(m, input, effects); break;
    case HST_INPUT_TIMER:
        if (input->timer == HST_MYSTICETI_TIMER_SYNC) {
            hst_mysticeti_on_sync(m, input, effects);
        }
        break;
    case HST_INPUT_PERSISTED:
        hst_mysticeti_log_durable(m, input->sequence, effects);
        if (m->making && m->durable >= m->made_by) {
            hst_mysticeti_made(m);
        }
        break;
    case HST_INPUT_SUBMIT: break;
    }
    if (!m->started) {
        return;
    }
    hst_mysticeti_settle(m, input->now_ns, effects);
    hst_mysticeti_propose(m, input, effects);
    hst_mysticeti_arm(m, input, effects);
}

/* ---- seen from outside --------------------------------------------------------------------- */

/* The signer and size of a message that holds a block; false when it cannot be one. */
static bool
signed_block(const hst_consensus_config *config, const uint8_t *bytes, size_t size, hst_claim *out)
{
    const size_t slot = config->carry_signatures ? HST_SIGNATURE_SIZE : 0;
    hst_wire_reader reader = {.bytes = bytes, .size = size, .at = HST_MYSTICETI_BODY_AT};
    if (size < HST_MYSTICETI_BODY_AT) {
        return false;
    }
    const hst_mysticeti_draft draft = hst_mysticeti_read_body(&reader);
    if (reader.short_of || reader.at + slot != size || draft.author >= config->membership->count) {
        return false;
    }
    *out = (hst_claim){.signer = draft.author,
                       .statement = HST_MYSTICETI_BODY_AT,
                       .size = draft.size,
                       .signature = slot > 0 ? (uint32_t)reader.at : HST_CLAIM_OMITTED};
    return true;
}

/* A block is signed by its author, whoever passes it on; a STATE by its sender. */
static uint32_t claims(const hst_consensus_config *config,
                       uint32_t from,
                       const uint8_t *bytes,
                       size_t size,
                       hst_claim *out,
                       uint32_t capacity)
{
    const size_t slot = config->carry_signatures ? HST_SIGNATURE_SIZE : 0;
    hst_claim claim;
    bool has = false;
    switch (size > 0 ? bytes[0] : HST_MYSTICETI_KIND_COUNT) {
    case HST_MYSTICETI_KIND_BLOCK:
    case HST_MYSTICETI_KIND_COPY: has = signed_block(config, bytes, size, &claim); break;
    case HST_MYSTICETI_KIND_LAST:
        has = size > 2 && signed_block(config, bytes, size, &claim);
        break;
    case HST_MYSTICETI_KIND_STATE:
        has = size > slot + 1;
        claim = (hst_claim){.signer = from,
                            .statement = 0,
                            .size = (uint32_t)(size - slot),
                            .signature = slot > 0 ? (uint32_t)(size - slot) : HST_CLAIM_OMITTED};
        break;
    default: break;
    }
    if (has && capacity > 0) {
        out[0] = claim;
    }
    return has ? 1 : 0;
}

static void inspect(const void *state, hst_consensus_view *view)
{
    const hst_mysticeti_machine *m = state;
    const hst_mysticeti_dag *dag = &m->dag;
    const uint32_t leader = hst_mysticeti_leader(dag, dag->clock, 0);
    *view = (hst_consensus_view){
        .view = dag->clock > m->own_round ? dag->clock : m->own_round,
        .leader = leader,
        .leading = leader == m->config.self,
        .vote_view = m->vote_round,
        .vote = m->vote,
        .commit_height = m->ledger_height,
        .commit = m->ledger_id,
        .final_height = m->ledger_height,
        .durable = m->durable,
        .view_changes = m->skipped,
        .refused = m->refused + dag->alarms,
        .dropped = m->dropped + dag->gone,
        .behind = m->heard > dag->top ? m->heard - dag->top : 0,
    };
}

static uint64_t digest(const void *state)
{
    const hst_mysticeti_machine *m = state;
    const uint64_t fields[] = {m->dag.decided,  m->slot,       m->height,    m->ledger_height,
                               m->dag.clock,    m->dag.top,    m->own_round, m->vote_round,
                               m->dag.pending,  m->accepted,   m->sequence,  m->durable,
                               m->parked_count, m->cut.height, m->out_count, m->out_at};
    hst_digest d;
    hst_digest_init(&d, NULL, 0);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        hst_digest_u64(&d, fields[i]);
    }
    hst_digest_update(&d, m->id.bytes, sizeof m->id.bytes);
    hst_digest_update(&d, m->vote.bytes, sizeof m->vote.bytes);
    for (uint64_t r = m->dag.decided + 1; r <= m->dag.top; r++) {
        for (uint32_t a = 0; a < m->dag.count; a++) {
            uint16_t handle = hst_mysticeti_first(&m->dag, r, a);
            for (; handle != NONE; handle = m->dag.blocks[handle].sibling) {
                hst_digest_update(&d, m->dag.blocks[handle].id.bytes, HST_HASH_SIZE);
            }
        }
    }
    return hst_name_digest(&d);
}

const hst_consensus_protocol hst_protocol_mysticeti = {
    .name = "mysticeti",
    .title = "Mysticeti-C, uncertified DAG",
    .source = "Babel et al., arXiv 2310.14821",
    .finality = HST_FINALITY_IMMEDIATE,
    .model = HST_FAULTS_BYZANTINE,
    .everyone_proposes = true,
    .kinds = kinds,
    .kind_count = HST_MYSTICETI_KIND_COUNT,
    .parameters = parameters,
    .parameter_count = PARAMETER_COUNT,
    .state_size = state_size,
    .init = init,
    .step = step,
    .claims = claims,
    .inspect = inspect,
    .digest = digest,
};
