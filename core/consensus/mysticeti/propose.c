/* The threshold clock and this replica's own blocks. A quorum of blocks of round r opens round
 * r + 1; the leaders of r are waited for, unless they were waited for in vain before. A block is
 * made when there is something to propose or to deliver, or when somebody else made one. */
#include "core/consensus/mysticeti/machine.h"
#include "core/consensus/name.h"

enum { NONE = HST_MYSTICETI_NONE };

static bool expected(const hst_mysticeti_machine *m, uint64_t round, uint32_t author)
{
    return author != HST_CONSENSUS_NOBODY && author != m->config.self &&
           !hst_member_has(m->silent, author) &&
           hst_mysticeti_first(&m->dag, round, author) == NONE;
}

/* Whether `author` no longer has to be waited for; who was waited for in vain is silent. */
static bool here(hst_mysticeti_machine *m, uint64_t round, uint32_t author, bool late)
{
    if (!expected(m, round, author)) {
        return true;
    }
    if (late) {
        (void)hst_member_add(m->silent, author);
    }
    return late;
}

/* Whether those of the round before the clock's are here, or no longer waited for: the leaders; and
 * everyone when nothing was decided for many rounds, for then the network is slower than the wait,
 * and the window must not fill up before a slot is decided. */
static bool leaders_here(hst_mysticeti_machine *m, int64_t now_ns, hst_effects *effects)
{
    const hst_mysticeti_dag *dag = &m->dag;
    const uint64_t round = dag->clock - 1;
    const bool patient = round > dag->decided + dag->lead / 3;
    const int64_t longer = 4 * m->fetch_ns;
    const int64_t wait = patient && longer > m->leader_wait_ns ? longer : m->leader_wait_ns;
    const int64_t deadline = m->clock_ns + wait;
    bool all = true;
    for (uint32_t i = 0; i < (patient ? dag->count : dag->leaders); i++) {
        const uint32_t author = patient ? i : hst_mysticeti_leader(dag, round, i);
        all = here(m, round, author, now_ns >= deadline) && all;
    }
    if (!all && m->timer_clock != dag->clock) {
        m->timer_clock = dag->clock;
        hst_effects_timer_set(effects, HST_MYSTICETI_TIMER_LEADER, deadline);
    }
    return all;
}

/* Own previous block, if it is near enough to be cited. */
static uint16_t previous(const hst_mysticeti_machine *m, uint64_t round)
{
    return m->own_round > 0 && round - m->own_round <= m->dag.age
               ? hst_mysticeti_original(&m->dag, m->own_round, m->config.self)
               : (uint16_t)NONE;
}

/* Weak links: blocks that came after the blocks of their round were cited. */
static uint32_t cite_late(hst_mysticeti_machine *m, uint64_t round, uint32_t count)
{
    const uint32_t most = count + HST_MYSTICETI_WEAK_MAX - 1;
    for (uint32_t i = 0; i < m->late_count && count < most; i++) {
        const hst_mysticeti_late *one = &m->late[i];
        const hst_mysticeti_block *b = hst_mysticeti_at(&m->dag, one->handle);
        if (b->used && b->round == one->round && !b->linked && b->round + 1 < round &&
            round - b->round <= m->dag.age && m->guilty_till[b->author] < round) {
            hst_mysticeti_set_linked(&m->dag, one->handle);
            m->references[count++] = one->handle;
        }
    }
    m->late_count = 0;
    return count;
}

/* Own previous block first, then a block of every author of the round before, equivocators only
 * when asked for; the weight of those authors. */
static uint64_t cite_round(hst_mysticeti_machine *m, uint64_t round, bool guilty, uint32_t *count)
{
    uint64_t weight = 0;
    const uint16_t own = previous(m, round);
    *count = 0;
    if (own != NONE) {
        m->references[(*count)++] = own;
        weight += hst_mysticeti_at(&m->dag, own)->round == round - 1
                      ? hst_membership_weight(m->config.membership, m->config.self)
                      : 0;
    }
    for (uint32_t author = 0; author < m->dag.count; author++) {
        const uint16_t handle = hst_mysticeti_original(&m->dag, round - 1, author);
        if (handle == NONE || author == m->config.self ||
            (!guilty && m->guilty_till[author] >= round)) {
            continue;
        }
        m->references[(*count)++] = handle;
        weight += hst_membership_weight(m->config.membership, author);
    }
    return weight;
}

/* References of the block to be made. Equivocators are left out while there are enough others: the
 * threshold clock counts them, and a replica that skipped a round may need them. */
static uint32_t cite(hst_mysticeti_machine *m, uint64_t round)
{
    uint32_t count = 0;
    if (cite_round(m, round, false, &count) < m->dag.quorum &&
        cite_round(m, round, true, &count) < m->dag.quorum) {
        return 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        hst_mysticeti_set_linked(&m->dag, m->references[i]);
    }
    return cite_late(m, round, count);
}

static void write_own(hst_mysticeti_machine *m, uint64_t round, hst_batch batch, uint32_t count)
{
    hst_wire wire;
    hst_wire_begin(&wire, m->body, m->body_max, false);
    hst_mysticeti_write_head(&wire, m->config.self, round, batch, count);
    for (uint32_t i = 0; i < count; i++) {
        const hst_mysticeti_block *b = hst_mysticeti_at(&m->dag, m->references[i]);
        const hst_mysticeti_reference name = {.round = b->round, .author = b->author, .id = b->id};
        hst_mysticeti_write_reference(&wire, round, &name);
    }
    m->body_size = wire.at;
    m->body_name = hst_name_of(&wire);
}

static void make(hst_mysticeti_machine *m, const hst_consensus_input *input, hst_effects *effects)
{
    const uint64_t round = m->dag.clock;
    const uint32_t count = round > 1 ? cite(m, round) : 0;
    if (round > 1 && count == 0) {
        return;
    }
    write_own(m, round, input->offer, count);
    m->making = true;
    m->own_round = round;
    if (input->offer.id != 0) {
        hst_effects_take(effects, input->offer);
    }
    /* Durable before it is sent, and before it counts here: else this replica could decide by a
     * block that it never sent, and make another one after a crash. */
    hst_mysticeti_record(m, effects);
    m->made_by = m->sequence;
    hst_wire *wire = hst_effects_message(effects, HST_MYSTICETI_KIND_BLOCK);
    hst_wire_u8(wire, 0);
    hst_wire_bytes(wire, m->body, m->body_size);
    hst_wire_signature_slot(wire);
    hst_effect *sent = hst_effects_broadcast(effects, m->sequence);
    sent->batch = input->offer;
    sent->id = m->body_name;
}

void hst_mysticeti_propose(hst_mysticeti_machine *m,
                           const hst_consensus_input *input,
                           hst_effects *effects)
{
    const hst_mysticeti_dag *dag = &m->dag;
    if (dag->clock != m->clock_seen) {
        m->clock_seen = dag->clock;
        m->clock_ns = input->now_ns;
    }
    if (!m->known || m->making || dag->clock <= m->own_round || m->out_count > 0 ||
        dag->clock > dag->decided + dag->lead - 2 * m->cut_every - m->log_every) {
        return; /* own blocks stay within what a recovery from the last cut can hold */
    }
    /* Rest: nothing to propose, nothing to deliver, and nobody else in this round yet. */
    if (input->offer.id == 0 && dag->pending == 0 && dag->top < dag->clock) {
        return;
    }
    if (leaders_here(m, input->now_ns, effects)) {
        make(m, input, effects);
    }
}

void hst_mysticeti_made(hst_mysticeti_machine *m)
{
    hst_wire_reader reader = {.bytes = m->body, .size = m->body_size};
    hst_mysticeti_draft draft = hst_mysticeti_read_body(&reader);
    m->making = false;
    draft.id = m->body_name;
    m->vote_round = draft.round;
    m->vote = draft.id;
    hst_mysticeti_readmit(m, &draft);
    /* Its record holds it already. */
    const hst_mysticeti_reference name = {
        .round = draft.round, .author = draft.author, .id = draft.id};
    const uint16_t handle = hst_mysticeti_find(&m->dag, &name);
    if (handle != NONE) {
        hst_mysticeti_block *b = hst_mysticeti_at(&m->dag, handle);
        hst_mysticeti_mark_linked(&m->dag, handle);
        if (!b->logged) {
            b->logged = true;
            hst_mysticeti_round_at(&m->dag, b->round)->unlogged--;
        }
    }
}
