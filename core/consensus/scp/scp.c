#include "core/consensus/scp/scp.h"

#include "core/consensus/name.h"
#include "core/consensus/scp/scp_internal.h"

#include <string.h>

static const hst_message_kind kinds[HST_SCP_KIND_COUNT] = {
    [HST_SCP_NOMINATE] = {"NOMINATE", HST_ROLE_PROPOSAL},
    [HST_SCP_PREPARE] = {"PREPARE", HST_ROLE_VOTE},
    [HST_SCP_CONFIRM] = {"CONFIRM", HST_ROLE_VOTE},
    [HST_SCP_EXTERNALIZE] = {"EXTERNALIZE", HST_ROLE_CERTIFICATE},
    [HST_SCP_STATUS] = {"STATUS", HST_ROLE_SYNC},
    [HST_SCP_FETCH] = {"FETCH", HST_ROLE_SYNC},
    [HST_SCP_HISTORY] = {"HISTORY", HST_ROLE_SYNC},
};

#define SECOND INT64_C(1000000000)
#define HOUR   (3600 * SECOND)

static const hst_consensus_parameter parameters[HST_SCP_PARAMETER_COUNT] = {
    [HST_SCP_TARGET] = {"ledger_target_ns", "ns", 5 * SECOND, 0, HOUR,
                        "from a slot's end until the next may start (SOSP'19: 5 s)"},
    [HST_SCP_NOMINATION_FIRST] = {"nomination_timeout_ns", "ns", SECOND, 1000, HOUR,
                                  "first round of nomination (stellar-core: 1 s)"},
    [HST_SCP_NOMINATION_MORE] = {"nomination_increment_ns", "ns", SECOND, 0, HOUR,
                                 "each later round lasts longer by this (stellar-core: 1 s)"},
    [HST_SCP_BALLOT_FIRST] = {"ballot_timeout_ns", "ns", SECOND, 1000, HOUR,
                              "first ballot (draft-mazieres-dinrg-scp: counter seconds)"},
    [HST_SCP_BALLOT_MORE] = {"ballot_increment_ns", "ns", SECOND, 0, HOUR,
                             "each higher counter has longer by this (draft: 1 s)"},
    [HST_SCP_TIMEOUT_CAP] = {"timeout_cap_ns", "ns", 240 * SECOND, 1000, HOUR,
                             "longest round or ballot (stellar-core: 240 s)"},
    [HST_SCP_AGAIN] =
        {"rebroadcast_ns", "ns", 2 * SECOND, 1000, HOUR,
         "silence after which the last statements are said again (stellar-core: 2 s)"},
    [HST_SCP_FETCH_AFTER] = {"fetch_ns", "ns", SECOND, 1000, HOUR,
                             "a replica that is behind asks (again) after this"},
    [HST_SCP_WINDOW] = {"window", "1", 256, 8, 1024, "decided slots that can be passed on"},
};

/* ---- memory ------------------------------------------------------------------------------- */

static hst_scp *lay_out(hst_layout *layout, const hst_consensus_config *config)
{
    const uint32_t count = config->membership->count;
    const uint64_t window =
        (uint64_t)hst_consensus_parameter_value(&hst_protocol_scp, config, HST_SCP_WINDOW);
    hst_scp *m = hst_layout_take(layout, 1, sizeof *m);
    hst_scp_trust_lay_out(m, layout, config);
    hst_scp_slot_lay_out(m != NULL ? &m->slots[0] : NULL, layout, config);
    hst_scp_slot_lay_out(m != NULL ? &m->slots[1] : NULL, layout, config);
    hst_scp_decision *decisions = hst_layout_take(layout, window, sizeof *decisions);
    hst_batch *chain = hst_layout_take(layout, window, sizeof *chain);
    hst_hash *chain_ids = hst_layout_take(layout, window + 1, sizeof *chain_ids);
    uint64_t *claim_slots = hst_layout_take(layout, count, sizeof *claim_slots);
    hst_hash *claim_parents = hst_layout_take(layout, count, sizeof *claim_parents);
    uint64_t *set = hst_layout_take(layout, hst_member_words(count), sizeof *set);
    uint8_t *record = hst_layout_take(layout, HST_SCP_RECORD_MAX, 1);
    if (m != NULL) {
        m->window = window;
        m->decisions = decisions;
        m->chain = chain;
        m->chain_ids = chain_ids;
        m->claim_slots = claim_slots;
        m->claim_parents = claim_parents;
        m->set = set;
        m->record = record;
    }
    return m;
}

static size_t state_size(const hst_consensus_config *config)
{
    hst_layout layout = {0};
    if (config->membership->count > HST_MEMBER_MAX || !hst_scp_trust_sane(config->membership)) {
        return 0;
    }
    (void)lay_out(&layout, config);
    return layout.at;
}

static hst_status init(void *state, const hst_consensus_config *config)
{
    hst_layout layout = {.base = state};
    if (state_size(config) == 0) {
        return HST_INVALID;
    }
    hst_scp *m = lay_out(&layout, config);
    m->config = *config;
    m->count = config->membership->count;
    m->words = hst_member_words(m->count);
    m->self = config->self;
    for (uint32_t p = 0; p < HST_SCP_PARAMETER_COUNT; p++) {
        m->parameters[p] = hst_consensus_parameter_value(&hst_protocol_scp, config, p);
    }
    hst_scp_trust_init(m);
    m->now = &m->slots[0];
    m->next = &m->slots[1];
    hst_scp_slot_reset(m, m->now, 1);
    hst_scp_slot_reset(m, m->next, 2);
    return HST_OK;
}

int64_t hst_scp_timeout(const hst_scp *m, uint32_t first, uint32_t more, uint32_t number)
{
    const int64_t cap = m->parameters[HST_SCP_TIMEOUT_CAP];
    const int64_t increment = m->parameters[more];
    const int64_t steps = (int64_t)number - 1;
    if (m->parameters[first] >= cap || (increment > 0 && steps > cap / increment)) {
        return cap;
    }
    const int64_t timeout = m->parameters[first] + steps * increment;
    return timeout < cap ? timeout : cap;
}

/* ---- from slot to slot -------------------------------------------------------------------- */

void hst_scp_commit(
    hst_scp *m, const hst_batch *batch, const hst_hash *id, uint32_t view, uint32_t proposer)
{
    hst_effects_commit(m->out, m->height + 1, view, proposer, id, &m->tip, *batch, true);
    m->decisions[(m->height + 1) % m->window] =
        (hst_scp_decision){.height = m->height + 1, .parent = m->tip, .id = *id, .batch = *batch};
    m->height++;
    m->tip = *id;
    if (m->mine.id == batch->id) {
        m->mine = (hst_batch){0};
    }
    m->offer_stale = m->offer_stale || m->in->offer.id == batch->id;
}

/* Draws of a slot depend on what it builds on, so that nobody can choose when to lead. */
static uint64_t slot_key(const hst_scp *m)
{
    hst_digest digest;
    hst_digest_init(&digest, NULL, 0);
    hst_digest_u64(&digest, m->config.common_seed);
    hst_digest_u64(&digest, m->height + 1);
    hst_digest_update(&digest, m->tip.bytes, sizeof m->tip.bytes);
    return hst_name_digest(&digest);
}

void hst_scp_enter(hst_scp *m, int64_t trigger_ns)
{
    hst_scp_slot *over = m->now;
    if (m->next->index == m->height + 1) {
        m->now = m->next;
        m->next = over;
        hst_scp_slot_prune(m, m->now);
    } else {
        hst_scp_slot_reset(m, m->now, m->height + 1);
    }
    hst_scp_slot_reset(m, m->next, m->height + 2);
    m->now->key = slot_key(m);
    m->triggered = false;
    m->trigger_by = trigger_ns;
    hst_effects_timer_set(m->out, HST_SCP_TIMER_TRIGGER, trigger_ns);
    hst_effects_timer_cancel(m->out, HST_SCP_TIMER_NOMINATE);
    hst_effects_timer_cancel(m->out, HST_SCP_TIMER_BALLOT);
    hst_effects_timer_cancel(m->out, HST_SCP_TIMER_AGAIN);
    m->said_nomination = false;
    m->said_ballot = false;
    hst_scp_recount_claims(m);
    hst_scp_nominated(m, m->self, m->now->used);
    hst_scp_advance(m, m->now->used);
}

/* The slot in progress is externalized: commit, and wait for the next one's time. */
static void close_slot(hst_scp *m)
{
    const hst_scp_slot *s = m->now;
    const hst_scp_value value = s->values[s->c.value];
    const uint32_t counter = s->h.counter;
    m->last = (hst_scp_final){.slot = s->index,
                              .parent = m->tip,
                              .id = value.id,
                              .batch = value.batch,
                              .c = s->c.counter,
                              .h = counter};
    hst_scp_commit(m, &value.batch, &value.id, counter, value.origin);
    hst_scp_enter(m, m->in->now_ns + m->parameters[HST_SCP_TARGET]);
    m->said_final = true;
}

/* What was said in this step: one record, then the messages. */
static void flush(hst_scp *m)
{
    hst_scp_slot *s = m->now;
    const bool may = s->index > m->spoken;
    const bool nomination = may && m->said_nomination;
    const bool ballot = may && m->said_ballot && s->b.counter > 0;
    if (nomination || ballot || m->said_final) {
        hst_scp_write_record(m);
    }
    if (m->said_final) {
        hst_scp_send_final(m, HST_CONSENSUS_NOBODY, m->sequence);
    }
    if (nomination) {
        hst_scp_send_nomination(m, false, m->sequence);
    }
    if (ballot) {
        hst_scp_send_ballot(m, false, m->sequence);
    }
    if (nomination || ballot) {
        hst_effects_timer_set(m->out, HST_SCP_TIMER_AGAIN,
                              m->in->now_ns + m->parameters[HST_SCP_AGAIN]);
    }
    m->said_nomination = false;
    m->said_ballot = false;
    m->said_final = false;
}

static void settle(hst_scp *m)
{
    for (;;) {
        hst_scp_try_start(m);
        hst_scp_nominate_own(m);
        if (m->now->phase != HST_SCP_EXTERNALIZE) {
            break;
        }
        close_slot(m);
    }
    hst_scp_check_behind(m);
    flush(m);
}

/* ---- inputs ------------------------------------------------------------------------------- */

/* Messages are lost, and replicas restart: say it again until the slot is over. */
static void say_again(hst_scp *m)
{
    const hst_scp_slot *s = m->now;
    const bool nominates = (s->voted[m->self] | s->accepted[m->self]) != 0;
    if (s->index <= m->spoken || (!nominates && s->b.counter == 0)) {
        return;
    }
    if (nominates) {
        hst_scp_send_nomination(m, true, m->sequence);
    }
    if (s->b.counter > 0) {
        hst_scp_send_ballot(m, true, m->sequence);
    }
    hst_effects_timer_set(m->out, HST_SCP_TIMER_AGAIN,
                          m->in->now_ns + m->parameters[HST_SCP_AGAIN]);
}

static void on_start(hst_scp *m)
{
    m->height = m->in->height;
    m->tip = m->in->root;
    hst_scp_enter(m, m->in->now_ns);
    m->triggered = true;
    hst_scp_restore(m);
    if (m->count > 1) {
        hst_scp_ask(m, HST_CONSENSUS_NOBODY);
    }
    say_again(m);
    m->said_ballot = false;
    hst_scp_advance(m, m->now->used);
}

static void on_message(hst_scp *m)
{
    const uint8_t kind = m->in->size > 0 ? m->in->bytes[0] : HST_SCP_KIND_COUNT;
    if (m->in->from >= m->count || kind >= HST_SCP_KIND_COUNT) {
        m->refused++;
    } else if (kind <= HST_SCP_STATUS) {
        hst_scp_on_statement(m);
    } else if (kind == HST_SCP_FETCH) {
        hst_scp_on_fetch(m);
    } else {
        hst_scp_on_history(m);
    }
}

static void on_timer(hst_scp *m)
{
    switch (m->in->timer) {
    case HST_SCP_TIMER_TRIGGER:
        m->triggered = m->triggered || m->in->now_ns >= m->trigger_by;
        break;
    case HST_SCP_TIMER_NOMINATE: hst_scp_on_nominate_timer(m); break;
    case HST_SCP_TIMER_BALLOT: hst_scp_on_ballot_timer(m); break;
    case HST_SCP_TIMER_AGAIN: say_again(m); break;
    case HST_SCP_TIMER_FETCH: hst_scp_on_fetch_timer(m); break;
    default: break;
    }
}

/* What a durable record supersedes may go. */
static void on_persisted(hst_scp *m)
{
    m->durable = m->in->sequence;
    if (m->durable > m->forgotten + 1) {
        m->forgotten = m->durable - 1;
        hst_effects_forget(m->out, m->forgotten);
    }
}

static void step(void *state, const hst_consensus_input *input, hst_effects *effects)
{
    hst_scp *m = state;
    m->in = input;
    m->out = effects;
    m->offer_stale = false;
    switch (input->kind) {
    case HST_INPUT_START: on_start(m); break;
    case HST_INPUT_RECOVER: hst_scp_on_recover(m); break;
    case HST_INPUT_MESSAGE: on_message(m); break;
    case HST_INPUT_TIMER: on_timer(m); break;
    case HST_INPUT_PERSISTED: on_persisted(m); break;
    case HST_INPUT_SUBMIT: break;
    }
    if (input->kind != HST_INPUT_RECOVER) {
        settle(m);
    }
    m->in = NULL;
    m->out = NULL;
}

/* ---- looking in --------------------------------------------------------------------------- */

static void inspect(const void *state, hst_consensus_view *view)
{
    const hst_scp *m = state;
    const hst_scp_slot *s = m->now;
    *view = (hst_consensus_view){.view = s->index,
                                 .leader = s->leader,
                                 .leading = hst_member_has(s->leaders, m->self),
                                 .vote_view = m->vote_height > 0 ? 1 : 0,
                                 .vote_height = m->vote_height,
                                 .vote_phase = HST_SCP_CONFIRM,
                                 .vote = m->vote,
                                 .lock_view = s->c.counter,
                                 .commit_height = m->height,
                                 .commit = m->tip,
                                 .final_height = m->height,
                                 .durable = m->durable,
                                 .view_changes = m->view_changes,
                                 .refused = m->refused,
                                 .dropped = m->dropped,
                                 .behind = m->behind};
    if (s->c.counter > 0) {
        view->lock = s->values[s->c.value].id;
    }
}

static void digest_ballot(hst_digest *digest, const hst_scp_slot *s, hst_scp_ballot ballot)
{
    hst_digest_u64(digest, ballot.counter);
    hst_digest_u64(digest, ballot.counter > 0 ? s->values[ballot.value].batch.id : 0);
}

static void digest_slot(hst_digest *digest, const hst_scp *m, const hst_scp_slot *s)
{
    hst_digest_u64(digest, s->index);
    hst_digest_u64(digest, s->used);
    for (uint64_t left = s->used; left != 0; left &= left - 1) {
        const hst_scp_value *value = &s->values[__builtin_ctzll(left)];
        hst_digest_u64(digest, value->batch.id);
        hst_digest_update(digest, value->parent.bytes, sizeof value->parent.bytes);
    }
    hst_digest_update(digest, s->ballots, m->count * sizeof *s->ballots);
    hst_digest_update(digest, s->voted, m->count * sizeof *s->voted);
    hst_digest_update(digest, s->accepted, m->count * sizeof *s->accepted);
    hst_digest_update(digest, s->leaders, m->words * sizeof *s->leaders);
    hst_digest_u64(digest, (uint64_t)s->started << 32 | s->round);
    hst_digest_u64(digest, s->candidates);
    hst_digest_u64(digest, (uint64_t)s->phase << 1 | s->quorum_heard);
    digest_ballot(digest, s, s->b);
    digest_ballot(digest, s, s->p);
    digest_ballot(digest, s, s->q);
    digest_ballot(digest, s, s->c);
    digest_ballot(digest, s, s->h);
    digest_ballot(digest, s, s->confirmed);
}

static uint64_t digest(const void *state)
{
    const hst_scp *m = state;
    hst_digest digest;
    hst_digest_init(&digest, NULL, 0);
    hst_digest_u64(&digest, m->height);
    hst_digest_update(&digest, m->tip.bytes, sizeof m->tip.bytes);
    hst_digest_u64(&digest, m->sequence);
    hst_digest_u64(&digest, m->durable);
    hst_digest_u64(&digest, m->mine.id);
    hst_digest_u64(&digest, m->last.slot);
    hst_digest_u64(&digest, m->spoken);
    hst_digest_u64(&digest, (uint64_t)m->triggered << 1 | m->asking);
    hst_digest_update(&digest, m->claim_slots, m->count * sizeof *m->claim_slots);
    digest_slot(&digest, m, m->now);
    digest_slot(&digest, m, m->next);
    return hst_name_digest(&digest);
}

const hst_consensus_protocol hst_protocol_scp = {
    .name = "scp",
    .title = "Stellar Consensus Protocol",
    .source = "Mazieres, The Stellar Consensus Protocol, 2015; draft-mazieres-dinrg-scp-05",
    .finality = HST_FINALITY_IMMEDIATE,
    .model = HST_FAULTS_SLICES,
    .pace_ns = INT64_C(5000000000),
    .kinds = kinds,
    .kind_count = HST_SCP_KIND_COUNT,
    .parameters = parameters,
    .parameter_count = HST_SCP_PARAMETER_COUNT,
    .state_size = state_size,
    .init = init,
    .step = step,
    .claims = hst_scp_claims,
    .inspect = inspect,
    .digest = digest,
};
