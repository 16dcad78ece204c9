/* The table of Raft: parameters, memory, one step, what is seen from outside. */
#include "core/consensus/raft/raft.h"

#include "core/consensus/layout.h"
#include "core/consensus/name.h"
#include "core/consensus/raft/machine.h"

#include <string.h>

enum {
    PARAMETER_ELECTION = 0,
    PARAMETER_HEARTBEAT,
    PARAMETER_RETRY,
    PARAMETER_WINDOW,
    PARAMETER_PRE_VOTE,
    PARAMETER_CHECK_QUORUM,
    PARAMETER_EAGER_COMMIT,
    PARAMETER_COUNT
};

/* However small the window, there is room for the no-ops of some leaders that fail in a row. */
enum { LOG_MIN = 64 };

static const hst_message_kind kinds[HST_RAFT_KIND_COUNT] = {
    [HST_RAFT_PRE_VOTE] = {"PRE-VOTE", HST_ROLE_TIMEOUT},
    [HST_RAFT_PRE_VOTE_RESULT] = {"PRE-VOTE-RESULT", HST_ROLE_TIMEOUT},
    [HST_RAFT_REQUEST_VOTE] = {"REQUEST-VOTE", HST_ROLE_TIMEOUT},
    [HST_RAFT_REQUEST_VOTE_RESULT] = {"REQUEST-VOTE-RESULT", HST_ROLE_TIMEOUT},
    [HST_RAFT_APPEND_ENTRIES] = {"APPEND-ENTRIES", HST_ROLE_PROPOSAL},
    [HST_RAFT_APPEND_RESULT] = {"APPEND-ENTRIES-RESULT", HST_ROLE_VOTE},
    [HST_RAFT_HEARTBEAT] = {"HEARTBEAT", HST_ROLE_CERTIFICATE},
    [HST_RAFT_HEARTBEAT_RESULT] = {"HEARTBEAT-RESULT", HST_ROLE_VOTE},
    [HST_RAFT_COMMIT_INDEX] = {"COMMIT-INDEX", HST_ROLE_CERTIFICATE},
    [HST_RAFT_INSTALL_SNAPSHOT] = {"INSTALL-SNAPSHOT", HST_ROLE_SYNC},
};

#define HOUR INT64_C(3600000000000)

static const hst_consensus_parameter parameters[PARAMETER_COUNT] = {
    [PARAMETER_ELECTION] = {"election_timeout_ns", "ns", 1000000000, 1000000, HOUR,
                            "T: timeouts are drawn from [T, 2T] (canonical/raft: 1 s)"},
    [PARAMETER_HEARTBEAT] = {"heartbeat_ns", "ns", 100000000, 100000, HOUR,
                             "a leader sends heartbeats this often, T/10 (etcd)"},
    [PARAMETER_RETRY] = {"retry_ns", "ns", 200000000, 100000, HOUR,
                         "an entry that a follower lacks is lost when sent so long ago"},
    [PARAMETER_WINDOW] = {"window", "1", 1024, 1, 65536,
                          "most entries in flight; as many older ones are kept for laggards"},
    [PARAMETER_PRE_VOTE] = {"pre_vote", "1", 1, 0, 1, "ask before an election (thesis 9.6)"},
    [PARAMETER_CHECK_QUORUM] = {"check_quorum", "1", 1, 0, 1,
                                "leaders without a majority step down (thesis 6.2)"},
    [PARAMETER_EAGER_COMMIT] = {"eager_commit", "1", 0, 0, 1,
                                "tell a new commitIndex at once (etcd), not with the next entry"},
};

static int64_t value(const hst_consensus_config *config, uint32_t index)
{
    return hst_consensus_parameter_value(&hst_protocol_raft, config, index);
}

/* Smallest power of two that is at least `count`. */
static uint64_t ring_size(uint64_t count)
{
    uint64_t size = 1;
    while (size < count) {
        size *= 2;
    }
    return size;
}

static hst_raft *lay_out(hst_layout *layout, const hst_consensus_config *config)
{
    const uint32_t count = config->membership->count;
    const uint64_t window = (uint64_t)value(config, PARAMETER_WINDOW);
    const uint64_t early_size = ring_size(window);
    const uint64_t log_size = hst_raft_max(2 * early_size, LOG_MIN);
    hst_raft *m = hst_layout_take(layout, 1, sizeof *m);
    uint64_t *votes = hst_layout_take(layout, hst_member_words(count), sizeof *votes);
    hst_raft_entry *entries = hst_layout_take(layout, log_size, sizeof *entries);
    hst_raft_early *early = hst_layout_take(layout, early_size, sizeof *early);
    uint64_t *weights = hst_layout_take(layout, log_size, sizeof *weights);
    int64_t *sent_ns = hst_layout_take(layout, log_size, sizeof *sent_ns);
    hst_raft_peer *peers = hst_layout_take(layout, count, sizeof *peers);
    if (m != NULL) {
        m->votes = votes;
        m->entries = entries;
        m->early = early;
        m->weights = weights;
        m->sent_ns = sent_ns;
        m->peers = peers;
        m->window = window;
        m->mask = log_size - 1;
        m->early_mask = early_size - 1;
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
    if (value(config, PARAMETER_HEARTBEAT) >= value(config, PARAMETER_ELECTION)) {
        return HST_INVALID;
    }
    hst_layout layout = {.base = state};
    hst_raft *m = lay_out(&layout, config);
    m->config = *config;
    m->majority = hst_majority(config->membership->total);
    m->election_ns = value(config, PARAMETER_ELECTION);
    m->heartbeat_ns = value(config, PARAMETER_HEARTBEAT);
    m->retry_ns = value(config, PARAMETER_RETRY);
    m->pre_vote = value(config, PARAMETER_PRE_VOTE) != 0;
    m->check_quorum = value(config, PARAMETER_CHECK_QUORUM) != 0;
    m->eager_commit = value(config, PARAMETER_EAGER_COMMIT) != 0;
    m->random = hst_random_stream(config->seed, 0, config->self, 0);
    m->voted = HST_CONSENSUS_NOBODY;
    m->shown_vote = HST_CONSENSUS_NOBODY;
    m->leader = HST_CONSENSUS_NOBODY;
    return HST_OK;
}

/* Name of a block: what it is and what it follows. */
static hst_hash block_id(uint64_t height, const hst_hash *parent, const hst_raft_entry *entry)
{
    uint8_t bytes[8 + sizeof parent->bytes + 28];
    hst_wire wire;
    hst_wire_begin(&wire, bytes, sizeof bytes, false);
    hst_wire_u64(&wire, height);
    hst_wire_hash(&wire, parent);
    hst_raft_write_entry(&wire, entry);
    return hst_blake2b(bytes, wire.at);
}

/* lastApplied follows commitIndex as far as our own disk: the ledger, which is durable, never runs
 * ahead of the log. What is more than fits a step comes with the next one. */
static void apply(hst_raft *m, hst_effects *effects)
{
    enum { AT_ONCE = 1024 };
    if (m->snapshot.index != 0) {
        return; /* the state before it is on its way */
    }
    const uint64_t top =
        hst_raft_min(hst_raft_min(m->commit, m->durable_last), m->applied + AT_ONCE);
    while (m->applied < top) {
        const uint64_t height = m->applied + 1;
        const hst_raft_entry *entry = hst_raft_at(m, height);
        const hst_hash id = block_id(height, &m->applied_id, entry);
        hst_effects_commit(effects, height, entry->term, entry->proposer, &id, &m->applied_id,
                           entry->batch, true);
        m->applied = height;
        m->applied_id = id;
    }
}

/* The ledger knows up to where it is executed; the log knows the rest. A vote in the first moments
 * could go against a leader we do not remember: it counts as heard. */
static void on_start(hst_raft *m, const hst_consensus_input *input, hst_effects *effects)
{
    const hst_raft_snapshot snapshot = m->snapshot;
    m->snapshot = (hst_raft_snapshot){0};
    m->durable = m->sequence;
    m->applied = input->height;
    m->applied_id = input->root;
    if (m->applied < m->base && snapshot.index == m->base && !hst_hash_is_zero(&snapshot.id)) {
        m->applied = m->base; /* the crash came between the record and the state */
        m->applied_id = snapshot.id;
        hst_effects_transfer(effects, m->applied, &m->applied_id, snapshot.from);
    } else if (m->applied < m->base || m->applied > m->last) {
        hst_raft_log_reset(m, m->applied, hst_raft_term_at(m, m->last)); /* not our log */
    }
    m->commit = m->applied;
    m->known = m->applied;
    m->verified = m->applied;
    m->durable_last = m->last;
    m->heard_ns = input->now_ns;
    hst_raft_arm(m, input->now_ns, effects);
}

static void on_message(hst_raft *m, const hst_consensus_input *input, hst_effects *effects)
{
    if (input->size == 0 || input->from >= m->config.membership->count) {
        m->refused++;
        return;
    }
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, false);
    switch (input->bytes[0]) {
    case HST_RAFT_PRE_VOTE:
    case HST_RAFT_REQUEST_VOTE: hst_raft_on_request_vote(m, input, &reader, effects); break;
    case HST_RAFT_PRE_VOTE_RESULT:
    case HST_RAFT_REQUEST_VOTE_RESULT: hst_raft_on_vote_result(m, input, &reader, effects); break;
    case HST_RAFT_APPEND_ENTRIES:
    case HST_RAFT_HEARTBEAT:
    case HST_RAFT_COMMIT_INDEX: hst_raft_on_append(m, input, &reader, effects); break;
    case HST_RAFT_APPEND_RESULT:
    case HST_RAFT_HEARTBEAT_RESULT: hst_raft_on_result(m, input, &reader, effects); break;
    case HST_RAFT_INSTALL_SNAPSHOT: hst_raft_on_snapshot(m, input, &reader, effects); break;
    default: m->refused++; break;
    }
}

static void on_persisted(hst_raft *m, const hst_consensus_input *input, hst_effects *effects)
{
    if (input->sequence <= m->durable || input->sequence > m->sequence) {
        return;
    }
    hst_raft_saved(m, input->sequence, effects);
    hst_raft_on_vote_durable(m, input->now_ns, effects);
    hst_raft_count_self(m, effects);
}

static void on_timer(hst_raft *m, const hst_consensus_input *input, hst_effects *effects)
{
    if (input->timer == HST_RAFT_TIMER_ELECTION) {
        hst_raft_on_election_timer(m, input->now_ns, effects);
    } else if (input->timer == HST_RAFT_TIMER_HEARTBEAT) {
        hst_raft_on_heartbeat_timer(m, input->now_ns, effects);
    }
}

static void step(void *state, const hst_consensus_input *input, hst_effects *effects)
{
    hst_raft *m = state;
    const uint64_t sequence = m->sequence;
    switch (input->kind) {
    case HST_INPUT_START: on_start(m, input, effects); break;
    case HST_INPUT_RECOVER: hst_raft_recover(m, input); return;
    case HST_INPUT_MESSAGE: on_message(m, input, effects); break;
    case HST_INPUT_TIMER: on_timer(m, input, effects); break;
    case HST_INPUT_PERSISTED: on_persisted(m, input, effects); break;
    case HST_INPUT_SUBMIT: break;
    }
    apply(m, effects);
    hst_raft_propose(m, input, m->sequence != sequence, effects);
}

static uint32_t claims(const hst_consensus_config *config,
                       uint32_t from,
                       const uint8_t *bytes,
                       size_t size,
                       hst_claim *out,
                       uint32_t capacity)
{
    (void)config;
    (void)from;
    (void)bytes;
    (void)size;
    (void)out;
    (void)capacity;
    return 0;
}

static void inspect(const void *state, hst_consensus_view *view)
{
    const hst_raft *m = state;
    *view = (hst_consensus_view){.view = m->term,
                                 .leader = m->leader,
                                 .leading = m->role == HST_RAFT_LEADER,
                                 .vote_view = m->shown_view,
                                 .commit_height = m->applied,
                                 .commit = m->applied_id,
                                 .final_height = m->applied,
                                 .durable = m->durable,
                                 .view_changes = m->elections,
                                 .refused = m->refused,
                                 .dropped = m->dropped,
                                 .behind = m->known > m->applied ? m->known - m->applied : 0};
    if (m->shown_vote != HST_CONSENSUS_NOBODY) {
        const uint32_t name = m->shown_vote + 1; /* a candidate's name; zero is nobody */
        memcpy(view->vote.bytes, &name, sizeof name);
    }
}

static uint64_t digest(const void *state)
{
    const hst_raft *m = state;
    const uint64_t fields[] = {m->term,
                               m->voted,
                               m->base,
                               m->base_term,
                               m->last,
                               m->sequence,
                               m->durable,
                               m->role,
                               m->leader,
                               m->commit,
                               m->applied,
                               m->verified,
                               m->known,
                               m->greeted,
                               m->refused,
                               m->dropped,
                               m->elections,
                               m->random.counter,
                               (uint64_t)m->heard_ns,
                               (uint64_t)m->reset_ns,
                               (uint64_t)m->timeout_ns,
                               m->vote_weight,
                               m->snapshot.index};
    hst_digest d;
    hst_digest_init(&d, NULL, 0);
    for (size_t f = 0; f < sizeof fields / sizeof fields[0]; f++) {
        hst_digest_u64(&d, fields[f]);
    }
    hst_digest_update(&d, m->applied_id.bytes, sizeof m->applied_id.bytes);
    for (uint64_t index = m->base + 1; index <= m->last; index++) {
        hst_digest_u64(&d, hst_raft_at(m, index)->term);
        hst_digest_u64(&d, hst_raft_at(m, index)->batch.id);
    }
    for (uint32_t p = 0; m->role == HST_RAFT_LEADER && p < m->config.membership->count; p++) {
        hst_digest_u64(&d, m->peers[p].match);
        hst_digest_u64(&d, m->peers[p].next);
    }
    return hst_name_digest(&d);
}

const hst_consensus_protocol hst_protocol_raft = {
    .name = "raft",
    .title = "Raft",
    .source = "Ongaro, Ousterhout, USENIX ATC 2014",
    .finality = HST_FINALITY_IMMEDIATE,
    .model = HST_FAULTS_CRASH,
    .kinds = kinds,
    .kind_count = HST_RAFT_KIND_COUNT,
    .parameters = parameters,
    .parameter_count = PARAMETER_COUNT,
    .state_size = state_size,
    .init = init,
    .step = step,
    .claims = claims,
    .inspect = inspect,
    .digest = digest,
};
