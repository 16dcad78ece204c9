#include "core/consensus/rtgs/rtgs.h"

#include "core/consensus/layout.h"
#include "core/consensus/name.h"

#include <string.h>

enum { OPERATOR = 0 };
enum { KIND_DECIDE = 0, KIND_FETCH, KIND_STATE, KIND_COUNT };
enum { TIMER_FETCH = 0 };
enum { PARAMETER_WINDOW = 0, PARAMETER_FETCH, PARAMETER_COUNT };

static const hst_message_kind kinds[KIND_COUNT] = {
    [KIND_DECIDE] = {"DECIDE", HST_ROLE_PROPOSAL},
    [KIND_FETCH] = {"FETCH", HST_ROLE_SYNC},
    [KIND_STATE] = {"STATE", HST_ROLE_SYNC},
};

static const hst_consensus_parameter parameters[PARAMETER_COUNT] = {
    [PARAMETER_WINDOW] = {"window", "1", 256, 1, 65536, "decisions the operator can send again"},
    [PARAMETER_FETCH] = {"fetch_ns", "ns", 1000000000, 1000000, INT64_C(3600000000000),
                         "a follower that misses something asks again after this"},
};

/* A decision that can be sent again. */
typedef struct decision {
    uint64_t height;
    hst_hash id;
    hst_batch batch;
} decision;

typedef struct machine {
    hst_consensus_config config;
    uint64_t window;
    int64_t fetch_ns;
    uint64_t height;   /* last one committed */
    hst_hash id;       /* its block */
    uint64_t known;    /* highest height heard of */
    uint64_t sequence; /* last record appended */
    uint64_t durable;
    uint64_t deciding; /* operator: a decision is being made durable at this height; 0 = none */
    hst_batch batch;   /* of it */
    uint64_t refused;
    bool asking;
    decision *decisions; /* [window] by height modulo window */
} machine;

static machine *lay_out(hst_layout *layout, const hst_consensus_config *config)
{
    const uint64_t window =
        (uint64_t)hst_consensus_parameter_value(&hst_protocol_rtgs, config, PARAMETER_WINDOW);
    machine *m = hst_layout_take(layout, 1, sizeof *m);
    decision *decisions = hst_layout_take(layout, window, sizeof *decisions);
    if (m != NULL) {
        m->decisions = decisions;
        m->window = window;
    }
    return m;
}

static size_t state_size(const hst_consensus_config *config)
{
    hst_layout layout = {0};
    (void)lay_out(&layout, config);
    return layout.at;
}

static hst_status init(void *state, const hst_consensus_config *config)
{
    hst_layout layout = {.base = state};
    machine *m = lay_out(&layout, config);
    m->config = *config;
    m->fetch_ns = hst_consensus_parameter_value(&hst_protocol_rtgs, config, PARAMETER_FETCH);
    return HST_OK;
}

/* Name of a block: what it is and what it follows. */
static hst_hash block_id(uint64_t height, const hst_hash *parent, const hst_batch *batch)
{
    hst_digest digest;
    hst_digest_init(&digest, NULL, 0);
    hst_digest_u64(&digest, height);
    hst_digest_update(&digest, parent->bytes, sizeof parent->bytes);
    hst_digest_u64(&digest, batch->id);
    return hst_digest_final(&digest);
}

static void commit(machine *m, hst_effects *effects, const hst_hash *id, const hst_batch *batch)
{
    hst_effects_commit(effects, m->height + 1, 0, OPERATOR, id, &m->id, *batch, true);
    m->height++;
    m->id = *id;
    m->decisions[m->height % m->window] =
        (decision){.height = m->height, .id = *id, .batch = *batch};
    m->known = m->known > m->height ? m->known : m->height;
}

/* The operator: make the next decision durable; it is told when it is. */
static void decide(machine *m, const hst_consensus_input *input, hst_effects *effects)
{
    if (m->deciding != 0 || input->offer.id == 0) {
        return;
    }
    m->deciding = m->height + 1;
    m->batch = input->offer;
    hst_effects_take(effects, m->batch);
    hst_wire *wire = hst_effects_record(effects);
    hst_wire_u64(wire, m->deciding);
    hst_wire_batch(wire, &m->batch);
    hst_effects_persist(effects, ++m->sequence);
    if (m->sequence > m->window) {
        hst_effects_forget(effects, m->sequence - m->window);
    }
}

static void write_decision(hst_effects *effects, const decision *one)
{
    hst_wire *wire = hst_effects_message(effects, KIND_DECIDE);
    hst_wire_u64(wire, one->height);
    hst_wire_hash(wire, &one->id);
    hst_wire_batch(wire, &one->batch);
    hst_wire_signature_slot(wire);
}

static void announce(machine *m, hst_effects *effects)
{
    const hst_hash id = block_id(m->deciding, &m->id, &m->batch);
    commit(m, effects, &id, &m->batch);
    m->deciding = 0;
    write_decision(effects, &m->decisions[m->height % m->window]);
    hst_effects_broadcast(effects, m->sequence)->batch = m->batch;
}

static void ask(machine *m, int64_t now_ns, hst_effects *effects)
{
    hst_wire_u64(hst_effects_message(effects, KIND_FETCH), m->height + 1);
    hst_effects_send(effects, OPERATOR, 0);
    hst_effects_timer_set(effects, TIMER_FETCH, now_ns + m->fetch_ns);
    m->asking = true;
}

static void on_decide(machine *m,
                      const hst_consensus_input *input,
                      hst_wire_reader *reader,
                      hst_effects *effects)
{
    decision one;
    one.height = hst_wire_read_u64(reader);
    one.id = hst_wire_read_hash(reader);
    one.batch = hst_wire_read_batch(reader);
    (void)hst_wire_read_signature(reader);
    if (!hst_wire_read_done(reader) || input->from != OPERATOR || m->config.self == OPERATOR) {
        m->refused++;
        return;
    }
    m->known = m->known > one.height ? m->known : one.height;
    if (one.height == m->height + 1) {
        const hst_hash id = block_id(one.height, &m->id, &one.batch);
        if (!hst_hash_equal(&id, &one.id)) {
            m->refused++;
            return;
        }
        commit(m, effects, &one.id, &one.batch);
    }
    if (m->known == m->height) {
        if (m->asking) {
            hst_effects_timer_cancel(effects, TIMER_FETCH);
        }
        m->asking = false;
    } else if (!m->asking) {
        ask(m, input->now_ns, effects);
    }
}

/* The operator: everything from a height on that is still at hand, or the state. */
static void on_fetch(machine *m,
                     const hst_consensus_input *input,
                     hst_wire_reader *reader,
                     hst_effects *effects)
{
    enum { AT_ONCE = 64 };
    uint64_t height = hst_wire_read_u64(reader);
    if (!hst_wire_read_done(reader) || m->config.self != OPERATOR || height == 0) {
        m->refused++;
        return;
    }
    if (height > m->height) {
        return;
    }
    if (m->decisions[height % m->window].height != height) {
        hst_wire *wire = hst_effects_message(effects, KIND_STATE);
        hst_wire_u64(wire, m->height);
        hst_wire_hash(wire, &m->id);
        hst_wire_signature_slot(wire);
        hst_effects_send(effects, input->from, 0);
        return;
    }
    for (uint32_t n = 0; n < AT_ONCE && height <= m->height; n++, height++) {
        const decision *one = &m->decisions[height % m->window];
        write_decision(effects, one);
        hst_effects_send(effects, input->from, 0)->batch = one->batch;
    }
}

static void on_state(machine *m,
                     const hst_consensus_input *input,
                     hst_wire_reader *reader,
                     hst_effects *effects)
{
    const uint64_t height = hst_wire_read_u64(reader);
    const hst_hash id = hst_wire_read_hash(reader);
    (void)hst_wire_read_signature(reader);
    if (!hst_wire_read_done(reader) || input->from != OPERATOR || m->config.self == OPERATOR) {
        m->refused++;
        return;
    }
    if (height <= m->height) {
        return;
    }
    hst_effects_transfer(effects, height, &id, OPERATOR);
    m->height = height;
    m->id = id;
    m->known = m->known > height ? m->known : height;
    m->asking = false;
    hst_effects_timer_cancel(effects, TIMER_FETCH);
}

static void on_message(machine *m, const hst_consensus_input *input, hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->config.carry_signatures);
    switch (input->size > 0 ? input->bytes[0] : KIND_COUNT) {
    case KIND_DECIDE: on_decide(m, input, &reader, effects); break;
    case KIND_FETCH: on_fetch(m, input, &reader, effects); break;
    case KIND_STATE: on_state(m, input, &reader, effects); break;
    default: m->refused++; break;
    }
}

/* A record that the ledger has not executed was durable before the crash: it is decided. */
static void on_recover(machine *m, const hst_consensus_input *input)
{
    hst_wire_reader reader = {.bytes = input->bytes, .size = input->size};
    m->deciding = hst_wire_read_u64(&reader);
    m->batch = hst_wire_read_batch(&reader);
    m->sequence = input->sequence;
    m->durable = input->sequence;
}

static void on_start(machine *m, const hst_consensus_input *input, hst_effects *effects)
{
    m->height = input->height;
    m->known = input->height;
    m->id = input->root;
    if (m->config.self != OPERATOR) {
        ask(m, input->now_ns, effects);
        return;
    }
    if (m->deciding == m->height + 1) {
        announce(m, effects);
    }
    m->deciding = 0;
    decide(m, input, effects);
}

static void step(void *state, const hst_consensus_input *input, hst_effects *effects)
{
    machine *m = state;
    const bool operates = m->config.self == OPERATOR;
    switch (input->kind) {
    case HST_INPUT_START: on_start(m, input, effects); break;
    case HST_INPUT_RECOVER: on_recover(m, input); break;
    case HST_INPUT_MESSAGE: on_message(m, input, effects); break;
    case HST_INPUT_TIMER:
        m->asking = false;
        if (!operates && m->known > m->height) {
            ask(m, input->now_ns, effects);
        }
        break;
    case HST_INPUT_PERSISTED:
        m->durable = input->sequence;
        if (operates && m->deciding != 0 && m->durable >= m->sequence) {
            announce(m, effects);
            decide(m, input, effects);
        }
        break;
    case HST_INPUT_SUBMIT:
        if (operates) {
            decide(m, input, effects);
        }
        break;
    }
}

static uint32_t claims(const hst_consensus_config *config,
                       uint32_t from,
                       const uint8_t *bytes,
                       size_t size,
                       hst_claim *out,
                       uint32_t capacity)
{
    const size_t slot = config->carry_signatures ? HST_SIGNATURE_SIZE : 0;
    if (size <= slot || (bytes[0] != KIND_DECIDE && bytes[0] != KIND_STATE)) {
        return 0;
    }
    if (capacity > 0) {
        out[0] = (hst_claim){.signer = from,
                             .statement = 0,
                             .size = (uint32_t)(size - slot),
                             .signature = slot > 0 ? (uint32_t)(size - slot) : HST_CLAIM_OMITTED};
    }
    return 1;
}

static void inspect(const void *state, hst_consensus_view *view)
{
    const machine *m = state;
    *view = (hst_consensus_view){.leader = OPERATOR,
                                 .leading = m->config.self == OPERATOR,
                                 .commit_height = m->height,
                                 .commit = m->id,
                                 .final_height = m->height,
                                 .durable = m->durable,
                                 .refused = m->refused,
                                 .behind = m->known - m->height};
}

static uint64_t digest(const void *state)
{
    const machine *m = state;
    hst_digest digest;
    hst_digest_init(&digest, NULL, 0);
    hst_digest_u64(&digest, m->height);
    hst_digest_update(&digest, m->id.bytes, sizeof m->id.bytes);
    hst_digest_u64(&digest, m->known);
    hst_digest_u64(&digest, m->sequence);
    hst_digest_u64(&digest, m->deciding);
    hst_digest_u64(&digest, m->batch.id);
    return hst_name_digest(&digest);
}

const hst_consensus_protocol hst_protocol_rtgs = {
    .name = "rtgs",
    .title = "RTGS: one trusted operator",
    .source = "CPMI, Real-time gross settlement systems, 1997",
    .finality = HST_FINALITY_IMMEDIATE,
    .model = HST_FAULTS_NONE,
    .kinds = kinds,
    .kind_count = KIND_COUNT,
    .parameters = parameters,
    .parameter_count = PARAMETER_COUNT,
    .state_size = state_size,
    .init = init,
    .step = step,
    .claims = claims,
    .inspect = inspect,
    .digest = digest,
};
