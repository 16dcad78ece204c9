#include "tests/unit/consensus/toy_protocol.h"

#include <string.h>

enum { LEADER = 0 };
enum { KIND_PROPOSE = 0, KIND_ACK, KIND_COUNT };
enum { TIMER_AGAIN = 0 };
enum { PARAMETER_AGAIN = 0, PARAMETER_COUNT };

static const hst_message_kind kinds[KIND_COUNT] = {
    [KIND_PROPOSE] = {"PROPOSE", HST_ROLE_PROPOSAL},
    [KIND_ACK] = {"ACK", HST_ROLE_VOTE},
};

static const hst_consensus_parameter parameters[PARAMETER_COUNT] = {
    [PARAMETER_AGAIN] = {"again_ns", "ns", 500000000, 1000000, INT64_C(60000000000),
                         "the leader sends its proposal again after this"},
};

/* A block: its height, what it holds, and the name of that and of everything before it. */
typedef struct block {
    uint64_t height;
    hst_batch batch;
    hst_hash id;
} block;

typedef struct machine {
    hst_consensus_config config;
    block decided;   /* last one committed */
    block proposed;  /* accepted and on disk, or on its way there; height 0 = none */
    uint64_t record; /* last record written */
    bool durable;    /* `proposed` is on disk */
    uint64_t refused;
    uint64_t acks[HST_MEMBER_MAX / 64]; /* leader: who has `proposed` on disk */
    uint64_t lowest[HST_MEMBER_MAX];    /* leader: what each has told it to have decided */
} machine;

static size_t state_size(const hst_consensus_config *config)
{
    return config->membership->count <= HST_MEMBER_MAX ? sizeof(machine) : 0;
}

static hst_status init(void *state, const hst_consensus_config *config)
{
    machine *m = state;
    m->config = *config;
    return HST_OK;
}

static hst_hash block_id(uint64_t height, const hst_hash *parent, const hst_batch *batch)
{
    hst_digest digest;
    hst_digest_init(&digest, NULL, 0);
    hst_digest_u64(&digest, height);
    hst_digest_update(&digest, parent->bytes, sizeof parent->bytes);
    hst_digest_u64(&digest, batch->id);
    return hst_digest_final(&digest);
}

static void write_block(hst_wire *wire, const block *b)
{
    hst_wire_u64(wire, b->height);
    hst_wire_u64(wire, b->batch.id);
    hst_wire_u32(wire, b->batch.size);
    hst_wire_u32(wire, b->batch.count);
    hst_wire_hash(wire, &b->id);
}

static block read_block(hst_wire_reader *reader)
{
    block b;
    b.height = hst_wire_read_u64(reader);
    b.batch.id = hst_wire_read_u64(reader);
    b.batch.size = hst_wire_read_u32(reader);
    b.batch.count = hst_wire_read_u32(reader);
    b.id = hst_wire_read_hash(reader);
    return b;
}

/* Take a block into the log; what follows from it waits for PERSISTED. */
static void accept(machine *m, const block *b, hst_effects *effects)
{
    m->proposed = *b;
    m->durable = false;
    memset(m->acks, 0, sizeof m->acks);
    write_block(hst_effects_record(effects), b);
    hst_effects_persist(effects, ++m->record);
    if (m->record > 2) {
        hst_effects_forget(effects, m->record - 2); /* the last two are enough */
    }
}

static void commit(machine *m, hst_effects *effects)
{
    hst_effects_commit(effects, m->proposed.height, 0, LEADER, &m->proposed.id, &m->decided.id,
                       m->proposed.batch, true);
    m->decided = m->proposed;
}

/* The leader: its block to everyone, with the one before it, so that whoever missed that one has
 * it, and whoever missed more gets the state. */
static void send_proposal(machine *m, int64_t now_ns, hst_effects *effects)
{
    hst_wire *wire = hst_effects_message(effects, KIND_PROPOSE);
    write_block(wire, &m->decided);
    write_block(wire, &m->proposed);
    hst_wire_signature_slot(wire);
    hst_effects_broadcast(effects, 0)->batch = m->proposed.batch;
    hst_effects_timer_set(effects, TIMER_AGAIN,
                          now_ns + hst_consensus_parameter_value(&hst_protocol_acknowledged,
                                                                 &m->config, PARAMETER_AGAIN));
}

static void propose(machine *m, const hst_consensus_input *input, hst_effects *effects)
{
    if (m->proposed.height > m->decided.height || input->offer.id == 0) {
        return;
    }
    block b = {.height = m->decided.height + 1, .batch = input->offer};
    b.id = block_id(b.height, &m->decided.id, &b.batch);
    hst_effects_take(effects, b.batch);
    accept(m, &b, effects);
    send_proposal(m, input->now_ns, effects); /* it may leave before our own write is done */
}

/* The leader: somebody, perhaps itself, has the block on disk. */
static void
count_ack(machine *m, uint32_t from, const hst_consensus_input *input, hst_effects *effects)
{
    const uint32_t count = m->config.membership->count;
    hst_member_add(m->acks, from);
    if (m->durable && m->proposed.height > m->decided.height &&
        hst_member_count(m->acks, hst_member_words(count)) >= hst_majority(count)) {
        commit(m, effects);
        propose(m, input, effects);
    }
}

static void on_ack(machine *m, const hst_consensus_input *input, hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->config.carry_signatures);
    const uint64_t height = hst_wire_read_u64(&reader);
    const uint64_t decided = hst_wire_read_u64(&reader);
    (void)hst_wire_read_signature(&reader);
    if (!hst_wire_read_done(&reader) || m->config.self != LEADER) {
        m->refused++;
        return;
    }
    m->lowest[input->from] = decided;
    if (height == m->proposed.height) {
        count_ack(m, input->from, input, effects);
    }
}

/* A follower: the leader's word is enough, for this protocol trusts that nobody lies. */
static void on_propose(machine *m, const hst_consensus_input *input, hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->config.carry_signatures);
    const block before = read_block(&reader);
    const block b = read_block(&reader);
    (void)hst_wire_read_signature(&reader);
    if (!hst_wire_read_done(&reader) || input->from != LEADER || b.height < before.height) {
        m->refused++;
        return;
    }
    if (before.height == m->decided.height + 1) {
        m->proposed = before; /* the leader has decided it: a majority has it */
        commit(m, effects);
    } else if (before.height > m->decided.height) {
        hst_effects_transfer(effects, before.height, &before.id, LEADER);
        m->decided = before;
    }
    if (b.height == m->decided.height + 1 && b.height > m->proposed.height) {
        accept(m, &b, effects);
    } else if (!m->durable || b.height != m->proposed.height) {
        return; /* an old one, or its write is under way */
    }
    hst_wire *wire = hst_effects_message(effects, KIND_ACK);
    hst_wire_u64(wire, b.height);
    hst_wire_u64(wire, m->decided.height);
    hst_wire_signature_slot(wire);
    hst_effects_send(effects, LEADER, m->record);
}

/* The last decision reaches the followers with the next proposal; without one, with the timer. */
static void on_timer(machine *m, const hst_consensus_input *input, hst_effects *effects)
{
    if (m->config.self != LEADER || m->proposed.height == 0) {
        return;
    }
    bool all_know = m->proposed.height == m->decided.height;
    for (uint32_t i = 1; i < m->config.membership->count; i++) {
        all_know = all_know && m->lowest[i] >= m->decided.height;
    }
    if (!all_know) {
        send_proposal(m, input->now_ns, effects);
    }
}

static void on_start(machine *m, const hst_consensus_input *input, hst_effects *effects)
{
    m->decided.height = input->height;
    m->decided.id = input->root;
    m->durable = true;
    if (m->proposed.height < m->decided.height) {
        m->proposed = m->decided;
    }
    if (m->config.self == LEADER) {
        memset(m->lowest, 0, sizeof m->lowest);
        hst_member_add(m->acks, LEADER);
        on_timer(m, input, effects);
        propose(m, input, effects);
    }
}

static void step(void *state, const hst_consensus_input *input, hst_effects *effects)
{
    machine *m = state;
    hst_wire_reader record = {.bytes = input->bytes, .size = input->size};
    switch (input->kind) {
    case HST_INPUT_START: on_start(m, input, effects); break;
    case HST_INPUT_RECOVER:
        m->proposed = read_block(&record);
        m->record = input->sequence;
        break;
    case HST_INPUT_MESSAGE:
        if (input->size > 0 && input->bytes[0] == KIND_PROPOSE) {
            on_propose(m, input, effects);
        } else if (input->size > 0 && input->bytes[0] == KIND_ACK) {
            on_ack(m, input, effects);
        } else {
            m->refused++;
        }
        break;
    case HST_INPUT_TIMER: on_timer(m, input, effects); break;
    case HST_INPUT_SUBMIT:
        if (m->config.self == LEADER) {
            propose(m, input, effects);
        }
        break;
    case HST_INPUT_PERSISTED:
        m->durable = m->durable || input->sequence == m->record;
        if (m->config.self == LEADER && m->durable) {
            count_ack(m, LEADER, input, effects);
        }
        break;
    }
}

/* Every message is signed as a whole by its sender. */
static uint32_t claims(const hst_consensus_config *config,
                       uint32_t from,
                       const uint8_t *bytes,
                       size_t size,
                       hst_claim *out,
                       uint32_t capacity)
{
    const size_t slot = config->carry_signatures ? HST_SIGNATURE_SIZE : 0;
    if (size <= slot || bytes[0] >= KIND_COUNT) {
        return 0;
    }
    if (capacity > 0) {
        out[0] = (hst_claim){.signer = from,
                             .size = (uint32_t)(size - slot),
                             .signature = slot > 0 ? (uint32_t)(size - slot) : HST_CLAIM_OMITTED};
    }
    return 1;
}

static void inspect(const void *state, hst_consensus_view *view)
{
    const machine *m = state;
    *view = (hst_consensus_view){.leader = LEADER,
                                 .leading = m->config.self == LEADER,
                                 .vote_height = m->proposed.height,
                                 .vote = m->proposed.id,
                                 .commit_height = m->decided.height,
                                 .commit = m->decided.id,
                                 .final_height = m->decided.height,
                                 .refused = m->refused};
}

static uint64_t digest(const void *state)
{
    const machine *m = state;
    hst_digest digest;
    hst_digest_init(&digest, NULL, 0);
    hst_digest_u64(&digest, m->decided.height);
    hst_digest_update(&digest, m->decided.id.bytes, sizeof m->decided.id.bytes);
    hst_digest_u64(&digest, m->proposed.height);
    hst_digest_update(&digest, m->proposed.id.bytes, sizeof m->proposed.id.bytes);
    const hst_hash hash = hst_digest_final(&digest);
    uint64_t value;
    memcpy(&value, hash.bytes, sizeof value);
    return value;
}

const hst_consensus_protocol hst_protocol_acknowledged = {
    .name = "acknowledged",
    .title = "Acknowledged by a majority",
    .source = "docs/how-to/add-a-protocol.md",
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
