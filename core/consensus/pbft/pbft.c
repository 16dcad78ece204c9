#include "core/consensus/pbft/pbft.h"

#include "core/base/random.h"
#include "core/consensus/name.h"
#include "core/consensus/pbft/machine.h"

#include <string.h>

static const hst_message_kind kinds[HST_PBFT_KINDS] = {
    [HST_PBFT_PRE_PREPARE] = {"PRE-PREPARE", HST_ROLE_PROPOSAL},
    [HST_PBFT_PREPARE] = {"PREPARE", HST_ROLE_VOTE},
    [HST_PBFT_COMMIT] = {"COMMIT", HST_ROLE_VOTE},
    [HST_PBFT_CHECKPOINT] = {"CHECKPOINT", HST_ROLE_VOTE},
    [HST_PBFT_VIEW_CHANGE] = {"VIEW-CHANGE", HST_ROLE_TIMEOUT},
    [HST_PBFT_NEW_VIEW] = {"NEW-VIEW", HST_ROLE_CERTIFICATE},
    [HST_PBFT_FETCH] = {"FETCH", HST_ROLE_SYNC},
    [HST_PBFT_DECIDED] = {"DECIDED", HST_ROLE_SYNC},
    [HST_PBFT_STABLE] = {"STABLE", HST_ROLE_SYNC},
};

#define HOUR_NS INT64_C(3600000000000)

static const hst_consensus_parameter parameters[HST_PBFT_PARAMETERS] = {
    [HST_PBFT_PARAMETER_CHECKPOINT] = {"checkpoint_interval", "1", 100, 1, 512,
                                       "K: sequence numbers between checkpoints (OSDI'99, 4.3)"},
    [HST_PBFT_PARAMETER_WINDOW] = {"log_size", "1", 200, 2, 1024,
                                   "L: between the water marks, at least 2 K (OSDI'99, 4.3)"},
    [HST_PBFT_PARAMETER_IN_PROGRESS] =
        {"in_progress", "1", 32, 1, 1024,
         "most sequence numbers proposed and not executed (TOCS 2002, 5.1.4: W)"},
    [HST_PBFT_PARAMETER_VIEW_TIMEOUT] =
        {"view_timeout_ns", "ns", INT64_C(2000000000), 1000000, HOUR_NS,
         "a backup waits so long for a request, doubled per view change in vain (OSDI'99, 4.4)"},
    [HST_PBFT_PARAMETER_AGAIN] =
        {"again_ns", "ns", 500000000, 1000000, HOUR_NS,
         "who stands still so long says it again and asks a peer (TOCS 2002, 5.2)"},
    [HST_PBFT_PARAMETER_STATUS] = {"status_ns", "ns", INT64_C(10000000000), 1000000, HOUR_NS,
                                   "who has nothing to do asks a peer so often (TOCS 2002, 5.2)"},
};

/* ---- memory ---------------------------------------------------------------------------------- */

static uint64_t parameter(const hst_consensus_config *config, uint32_t index)
{
    return (uint64_t)hst_consensus_parameter_value(&hst_protocol_pbft, config, index);
}

static uint64_t power_of_two(uint64_t least)
{
    uint64_t power = 1;
    while (power < least) {
        power *= 2;
    }
    return power;
}

static void
lay_out_slots(hst_pbft *m, hst_layout *layout, const hst_consensus_config *config, uint64_t count)
{
    hst_pbft_slot *slots = hst_layout_take(layout, count, sizeof *slots);
    for (uint64_t s = 0; s < count; s++) {
        hst_pbft_slot *slot = slots != NULL ? &slots[s] : NULL;
        hst_tally_lay_out(slot != NULL ? &slot->prepares : NULL, layout, config);
        hst_tally_lay_out(slot != NULL ? &slot->commits : NULL, layout, config);
        hst_tally_lay_out(slot != NULL ? &slot->certificate : NULL, layout, config);
    }
    if (m != NULL) {
        m->slots = slots;
        m->mask = count - 1;
    }
}

static void lay_out_checkpoints(hst_pbft *m,
                                hst_layout *layout,
                                const hst_consensus_config *config,
                                uint64_t count)
{
    hst_tally *checkpoints = hst_layout_take(layout, count, sizeof *checkpoints);
    for (uint64_t c = 0; c < count; c++) {
        hst_tally_lay_out(checkpoints != NULL ? &checkpoints[c] : NULL, layout, config);
    }
    hst_tally_lay_out(m != NULL ? &m->stable_proof : NULL, layout, config);
    hst_tally_lay_out(m != NULL ? &m->scratch : NULL, layout, config);
    if (m != NULL) {
        m->checkpoints = checkpoints;
        m->checkpoint_count = count;
    }
}

static hst_pbft *lay_out(hst_layout *layout, const hst_consensus_config *config)
{
    const uint64_t window = parameter(config, HST_PBFT_PARAMETER_WINDOW);
    const uint64_t interval = parameter(config, HST_PBFT_PARAMETER_CHECKPOINT);
    const uint64_t slots = power_of_two(window);
    const uint32_t n = config->membership->count;
    hst_pbft *m = hst_layout_take(layout, 1, sizeof *m);
    lay_out_slots(m, layout, config, slots);
    lay_out_checkpoints(m, layout, config, window / interval + 1);
    hst_pbft_change *changes = hst_layout_take(layout, n, sizeof *changes);
    uint16_t *ages = hst_layout_take(layout, n * window, sizeof *ages);
    uint16_t *scratch_ages = hst_layout_take(layout, window, sizeof *scratch_ages);
    uint64_t *claimed = hst_layout_take(layout, window, sizeof *claimed);
    uint64_t *dirty = hst_layout_take(layout, slots, sizeof *dirty);
    hst_pbft_pending *pending = hst_layout_take(layout, 4 * slots, sizeof *pending);
    if (m != NULL) {
        m->interval = interval;
        m->window = window;
        m->changes = changes;
        m->ages = ages;
        m->scratch_ages = scratch_ages;
        m->claimed = claimed;
        m->dirty = dirty;
        m->pending = pending;
        m->pending_mask = 4 * slots - 1;
    }
    return m;
}

static bool makes_sense(const hst_consensus_config *config)
{
    return config->membership->count <= HST_MEMBER_MAX &&
           parameter(config, HST_PBFT_PARAMETER_WINDOW) >=
               2 * parameter(config, HST_PBFT_PARAMETER_CHECKPOINT);
}

static size_t state_size(const hst_consensus_config *config)
{
    if (!makes_sense(config)) {
        return 0;
    }
    hst_layout layout = {0};
    (void)lay_out(&layout, config);
    return layout.at;
}

static hst_status init(void *state, const hst_consensus_config *config)
{
    if (!makes_sense(config)) {
        return HST_INVALID;
    }
    hst_layout layout = {.base = state};
    hst_pbft *m = lay_out(&layout, config);
    m->config = *config;
    m->count = config->membership->count;
    m->quorum = hst_quorum(config->membership->total);
    m->weak = hst_weak_quorum(config->membership->total);
    m->in_progress_max = parameter(config, HST_PBFT_PARAMETER_IN_PROGRESS);
    m->view_timeout_ns = (int64_t)parameter(config, HST_PBFT_PARAMETER_VIEW_TIMEOUT);
    m->again_ns = (int64_t)parameter(config, HST_PBFT_PARAMETER_AGAIN);
    m->status_ns = (int64_t)parameter(config, HST_PBFT_PARAMETER_STATUS);
    m->active = true; /* view 0 needs no NEW-VIEW */
    hst_random random = {.key = config->seed};
    m->peer = (uint32_t)hst_random_below(&random, m->count);
    return HST_OK;
}

/* ---- names ----------------------------------------------------------------------------------- */

hst_hash hst_pbft_value_id(uint64_t sequence, const hst_pbft_request *request)
{
    hst_digest digest;
    hst_digest_init(&digest, NULL, 0);
    hst_digest_u64(&digest, sequence);
    hst_digest_u64(&digest, request->batch.id);
    hst_digest_u64(&digest, (uint64_t)request->batch.size << 32 | request->batch.count);
    hst_digest_u64(&digest, request->proposer);
    return hst_digest_final(&digest);
}

hst_hash hst_pbft_chain_id(const hst_hash *before, const hst_hash *value)
{
    hst_digest digest;
    hst_digest_init(&digest, NULL, 0);
    hst_digest_update(&digest, before->bytes, sizeof before->bytes);
    hst_digest_update(&digest, value->bytes, sizeof value->bytes);
    return hst_digest_final(&digest);
}

void hst_pbft_write_request(hst_wire *wire, const hst_pbft_request *request)
{
    hst_wire_batch(wire, &request->batch);
    hst_wire_u32(wire, request->proposer);
}

hst_pbft_request hst_pbft_read_request(hst_wire_reader *reader)
{
    hst_pbft_request request;
    request.batch = hst_wire_read_batch(reader);
    request.proposer = hst_wire_read_u32(reader);
    return request;
}

/* ---- steps ----------------------------------------------------------------------------------- */

static void on_start(hst_pbft *m, const hst_consensus_input *input, hst_effects *effects)
{
    m->executed = input->height;
    m->step_executed = input->height;
    m->chain = input->root;
    if (m->stable > m->executed) {
        /* The log outlived the ledger. */
        const hst_statement *proved = &m->stable_proof.statement;
        const uint32_t from = (m->config.self + 1) % m->count;
        hst_effects_transfer(effects, proved->height, &proved->id, from);
        m->executed = proved->height;
        m->chain = proved->id;
    }
    m->known = m->executed;
    m->top = m->executed;
    for (uint64_t s = m->stable + 1; s <= m->stable + m->window; s++) {
        hst_pbft_slot *slot = &m->slots[s & m->mask];
        if (slot->sequence == s && slot->view == m->view) {
            hst_pbft_count_recovered(m, slot);
        }
    }
    hst_pbft_recover_checkpoint(m, effects);
    if (m->executed > m->reported && m->executed % m->interval == 0) {
        hst_pbft_checkpoint(m, effects);
    }
    hst_pbft_execute(m, effects); /* decided, and not yet executed */
    if (!m->active) {
        hst_pbft_write_view_change(m, effects);
        (void)hst_effects_broadcast(effects, m->record);
    }
    hst_pbft_hint(m);
    hst_pbft_fetch(m, HST_CONSENSUS_NOBODY, false, effects);
}

static void on_message(hst_pbft *m, const hst_consensus_input *input, hst_effects *effects)
{
    if (input->from >= m->count || input->from == m->config.self) {
        m->refused++;
        return;
    }
    switch (input->size > 0 ? input->bytes[0] : HST_PBFT_KINDS) {
    case HST_PBFT_PRE_PREPARE: hst_pbft_on_pre_prepare(m, input, effects); break;
    case HST_PBFT_PREPARE:
    case HST_PBFT_COMMIT: hst_pbft_on_vote(m, input, effects); break;
    case HST_PBFT_CHECKPOINT: hst_pbft_on_checkpoint(m, input, effects); break;
    case HST_PBFT_VIEW_CHANGE: hst_pbft_on_view_change(m, input, effects); break;
    case HST_PBFT_NEW_VIEW: hst_pbft_on_new_view(m, input, effects); break;
    case HST_PBFT_FETCH: hst_pbft_on_fetch(m, input, effects); break;
    case HST_PBFT_DECIDED: hst_pbft_on_decided(m, input, effects); break;
    case HST_PBFT_STABLE: hst_pbft_on_stable(m, input, effects); break;
    default: m->refused++; break;
    }
}

/* The view timer: nothing was executed while something waited, or no NEW-VIEW came. */
static void on_view_timer(hst_pbft *m, const hst_consensus_input *input, hst_effects *effects)
{
    if (!m->view_armed) {
        return;
    }
    if (input->now_ns < m->view_due_ns) { /* a clock that drifts, or an earlier deadline */
        hst_effects_timer_set(effects, HST_PBFT_TIMER_VIEW, m->view_due_ns);
        return;
    }
    m->view_armed = false;
    if (!m->active || input->offer.id != 0 || m->top > m->executed) {
        hst_pbft_start_view_change(m, m->view + 1, input, effects);
    }
}

/* A backup's timer runs while it knows a request that is not executed, and starts anew with each
 * execution. The timer for a NEW-VIEW is not this one's business. */
static void watch(hst_pbft *m, const hst_consensus_input *input, hst_effects *effects)
{
    const bool moved = m->executed != m->step_executed;
    m->waits = m->top > m->executed;
    if (input->offer.id != 0) {
        if (moved && hst_pbft_offer_is_stale(m, input->offer.id)) {
            /* There may be another one behind it. */
            hst_effects_timer_set(effects, HST_PBFT_TIMER_LOOK, input->now_ns);
        } else {
            m->waits = true;
        }
    }
    if (!m->active) {
        return;
    }
    const bool waits = m->waits && m->config.self != m->primary;
    if (waits && (!m->view_armed || moved)) {
        m->view_armed = true;
        m->view_due_ns = input->now_ns + hst_pbft_view_timeout(m);
        hst_effects_timer_set(effects, HST_PBFT_TIMER_VIEW, m->view_due_ns);
    } else if (!waits && m->view_armed) {
        m->view_armed = false;
        hst_effects_timer_cancel(effects, HST_PBFT_TIMER_VIEW);
    }
}

static void step(void *state, const hst_consensus_input *input, hst_effects *effects)
{
    hst_pbft *m = state;
    m->step_executed = m->executed;
    m->now_ns = input->now_ns;
    switch (input->kind) {
    case HST_INPUT_START: on_start(m, input, effects); break;
    case HST_INPUT_RECOVER: hst_pbft_on_recover(m, input); return;
    case HST_INPUT_MESSAGE: on_message(m, input, effects); break;
    case HST_INPUT_TIMER:
        if (input->timer == HST_PBFT_TIMER_VIEW) {
            on_view_timer(m, input, effects);
        } else if (input->timer == HST_PBFT_TIMER_AGAIN) {
            hst_pbft_on_again(m, input, effects);
        }
        break;
    case HST_INPUT_PERSISTED: hst_pbft_on_persisted(m, input, effects); break;
    case HST_INPUT_SUBMIT: break;
    }
    hst_pbft_propose(m, input, effects);
    hst_pbft_flush(m, effects);
    watch(m, input, effects);
    hst_pbft_arm_again(m, input->now_ns, effects);
}

/* ---- from outside ---------------------------------------------------------------------------- */

static void inspect(const void *state, hst_consensus_view *view)
{
    const hst_pbft *m = state;
    view->view = m->view;
    view->leader = m->primary;
    view->leading = m->active && m->config.self == m->primary;
    view->vote_view = m->vote_view;
    view->vote_height = m->vote_height;
    view->vote_phase = m->vote_phase;
    view->vote = m->vote;
    view->commit_height = m->executed;
    view->commit = m->chain;
    view->final_height = m->executed;
    view->durable = m->durable;
    view->view_changes = m->view_changes;
    view->refused = m->refused;
    view->dropped = m->dropped;
    view->behind = m->known > m->executed ? m->known - m->executed : 0;
}

static void digest_tally(hst_digest *digest, const hst_tally *tally, uint32_t words)
{
    hst_digest_u64(digest, tally->statement.view);
    hst_digest_update(digest, tally->statement.id.bytes, sizeof tally->statement.id.bytes);
    hst_digest_u64(digest, tally->weight);
    hst_digest_update(digest, tally->signers, words * sizeof *tally->signers);
}

static void digest_slot(hst_digest *digest, const hst_pbft_slot *slot, uint32_t words)
{
    hst_digest_u64(digest, slot->sequence);
    hst_digest_u64(digest, slot->view);
    hst_digest_u64(digest, (uint64_t)((slot->accepted ? 1 : 0) | (slot->prepared ? 2 : 0) |
                                      (slot->decided ? 4 : 0) | (slot->accused ? 8 : 0)));
    hst_digest_u64(digest, slot->request.batch.id);
    hst_digest_u64(digest, slot->certified.batch.id);
    hst_digest_u64(digest, slot->chosen.batch.id);
    digest_tally(digest, &slot->prepares, words);
    digest_tally(digest, &slot->commits, words);
    digest_tally(digest, &slot->certificate, words);
}

static uint64_t digest(const void *state)
{
    const hst_pbft *m = state;
    const uint32_t words = hst_member_words(m->count);
    const uint64_t numbers[] = {m->view,        m->active,     m->consecutive, m->top,
                                m->executed,    m->known,      m->stable,      m->record,
                                m->durable,     m->view_armed, m->asks,        m->peer,
                                m->vote_height, m->vote_view,  m->vote_phase,  m->reported};
    hst_digest digest;
    hst_digest_init(&digest, NULL, 0);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        hst_digest_u64(&digest, numbers[i]);
    }
    hst_digest_update(&digest, m->chain.bytes, sizeof m->chain.bytes);
    for (uint64_t s = m->stable + 1; s <= m->stable + m->window; s++) {
        const hst_pbft_slot *slot = &m->slots[s & m->mask];
        if (slot->sequence == s) {
            digest_slot(&digest, slot, words);
        }
    }
    for (uint32_t i = 0; i < m->count; i++) {
        hst_digest_u64(&digest, m->changes[i].view);
        hst_digest_update(&digest, m->changes[i].id.bytes, sizeof m->changes[i].id.bytes);
    }
    return hst_name_digest(&digest);
}

const hst_consensus_protocol hst_protocol_pbft = {
    .name = "pbft",
    .title = "PBFT",
    .source = "Castro, Liskov, Practical Byzantine fault tolerance, OSDI 1999",
    .finality = HST_FINALITY_IMMEDIATE,
    .model = HST_FAULTS_BYZANTINE,
    .kinds = kinds,
    .kind_count = HST_PBFT_KINDS,
    .parameters = parameters,
    .parameter_count = HST_PBFT_PARAMETERS,
    .state_size = state_size,
    .init = init,
    .step = step,
    .claims = hst_pbft_claims,
    .inspect = inspect,
    .digest = digest,
};
