/* Replication: section 5.3, the commit rule of 5.4.2, and followers that lag. */
#include "core/consensus/raft/machine.h"

#include <string.h>

/* Entries sent again to one follower before it answers (etcd: 256 messages in flight). */
enum { AT_ONCE = 256 };

/* Append an entry of this term and send it to everyone before our own write is durable (thesis
 * 10.2.1). Everyone gets it after the same prevLogIndex; who lags says so. */
static bool append(hst_raft *m, hst_batch batch, int64_t now_ns, hst_effects *effects)
{
    const hst_raft_entry entry = {.term = m->term, .batch = batch, .proposer = m->config.self};
    if (!hst_raft_log_append(m, &entry)) {
        return false;
    }
    m->weights[m->last & m->mask] = 0;
    m->sent_ns[m->last & m->mask] = now_ns;
    hst_raft_save(m, effects);
    hst_raft_write_append(m, m->last, effects);
    hst_effects_broadcast(effects, 0)->batch = batch;
    return true;
}

void hst_raft_lead(hst_raft *m, int64_t now_ns, hst_effects *effects)
{
    const uint32_t count = m->config.membership->count;
    m->role = HST_RAFT_LEADER;
    m->leader = m->config.self;
    memset(m->peers, 0, count * sizeof *m->peers);
    for (uint64_t index = m->base + 1; index <= m->last; index++) {
        m->weights[index & m->mask] = 0;
        m->sent_ns[index & m->mask] = now_ns - m->retry_ns;
    }
    m->own_first = m->last + 1;
    if (!append(m, (hst_batch){0}, now_ns, effects)) {
        m->dropped++; /* no room for the no-op: someone with fewer open entries has to */
        hst_raft_step_down(m, m->term, now_ns, effects);
        return;
    }
    hst_raft_watch(m, now_ns, effects);
    hst_effects_timer_set(effects, HST_RAFT_TIMER_HEARTBEAT, now_ns + m->heartbeat_ns);
    hst_raft_count_self(m, effects);
}

/* Whether an earlier leader's entry, still open in our log, holds the batch already. */
static bool inherited(const hst_raft *m, uint64_t batch)
{
    for (uint64_t index = hst_raft_settled(m) + 1; index < m->own_first; index++) {
        if (hst_raft_at(m, index)->batch.id == batch) {
            return true;
        }
    }
    return false;
}

void hst_raft_propose(hst_raft *m,
                      const hst_consensus_input *input,
                      bool recorded,
                      hst_effects *effects)
{
    if (m->role != HST_RAFT_LEADER || input->offer.id == 0 || recorded ||
        m->last - m->applied >= m->window) {
        return;
    }
    if (inherited(m, input->offer.id) || append(m, input->offer, input->now_ns, effects)) {
        hst_effects_take(effects, input->offer);
    }
}

/* 5.4.2: a leader counts replicas only for entries of its own term, which begin at own_first; what
 * is before commits with them. Weights never rise along the log: matchIndex is a prefix. */
static void advance_commit(hst_raft *m, hst_effects *effects)
{
    const uint64_t before = m->commit;
    uint64_t index = hst_raft_max(m->commit + 1, m->own_first);
    while (index <= m->last && m->weights[index & m->mask] >= m->majority) {
        m->commit = index++;
    }
    m->known = hst_raft_max(m->known, m->commit);
    if (m->eager_commit && m->commit > before) {
        hst_raft_write_heartbeat(m, HST_RAFT_COMMIT_INDEX, effects);
        hst_effects_broadcast(effects, 0);
    }
}

/* A replica has everything up to `match` on disk. Each entry is counted once for each replica. */
static void count(hst_raft *m, uint32_t replica, uint64_t match, hst_effects *effects)
{
    hst_raft_peer *peer = &m->peers[replica];
    if (match <= peer->match) {
        return;
    }
    const uint64_t weight = hst_membership_weight(m->config.membership, replica);
    for (uint64_t index = hst_raft_max(peer->match, m->commit) + 1; index <= match; index++) {
        m->weights[index & m->mask] += weight;
    }
    peer->match = match;
    advance_commit(m, effects);
}

void hst_raft_count_self(hst_raft *m, hst_effects *effects)
{
    if (m->role == HST_RAFT_LEADER) {
        count(m, m->config.self, m->durable_last, effects);
    }
}

void hst_raft_on_heartbeat_timer(hst_raft *m, int64_t now_ns, hst_effects *effects)
{
    if (m->role != HST_RAFT_LEADER) {
        return;
    }
    hst_raft_write_heartbeat(m, HST_RAFT_HEARTBEAT, effects);
    hst_effects_broadcast(effects, 0);
    hst_effects_timer_set(effects, HST_RAFT_TIMER_HEARTBEAT, now_ns + m->heartbeat_ns);
}

/* ---- followers that lag ------------------------------------------------------------------- */

/* More of what is sent again, as far ahead of the answers as we go. */
static void
send_again(hst_raft *m, uint32_t to, uint64_t have, int64_t now_ns, hst_effects *effects)
{
    hst_raft_peer *peer = &m->peers[to];
    while (peer->next <= peer->target && peer->next <= have + AT_ONCE && peer->next > m->base &&
           peer->next <= m->last) {
        hst_raft_write_append(m, peer->next, effects);
        hst_effects_send(effects, to, 0)->batch = hst_raft_at(m, peer->next)->batch;
        peer->next++;
        peer->sent_ns = now_ns;
    }
}

/* What it needs has left the window: it becomes our state (InstallSnapshot). */
static void send_state(hst_raft *m, uint32_t to, int64_t now_ns, hst_effects *effects)
{
    hst_raft_peer *peer = &m->peers[to];
    hst_wire *wire = hst_effects_message(effects, HST_RAFT_INSTALL_SNAPSHOT);
    hst_wire_u64(wire, m->term);
    hst_wire_u64(wire, m->applied);
    hst_wire_u64(wire, hst_raft_term_at(m, m->applied));
    hst_wire_hash(wire, &m->applied_id);
    hst_effects_send(effects, to, 0);
    peer->next = m->applied + 1;
    peer->sent_ns = now_ns;
}

/* Whether the entry after `have` is on its way to a follower, and no reason yet to think it lost.
 */
static bool on_its_way(const hst_raft *m, uint32_t to, uint64_t have, int64_t now_ns)
{
    const hst_raft_peer *peer = &m->peers[to];
    const uint64_t index = have + 1;
    if (peer->from <= index && index < peer->next) {
        return now_ns - peer->sent_ns < m->retry_ns;
    }
    return index > m->last ||
           (index > m->base && now_ns - m->sent_ns[index & m->mask] < m->retry_ns);
}

/* The follower lacks something, or has something else: go back to what both may have. */
static void on_rejected(hst_raft *m,
                        const hst_consensus_input *input,
                        const hst_raft_result *result,
                        hst_effects *effects)
{
    const uint64_t have = result->index < m->base
                              ? result->index
                              : hst_raft_log_hint(m, result->index, result->index_term);
    hst_raft_peer *peer = &m->peers[input->from];
    if (on_its_way(m, input->from, have, input->now_ns)) {
        return;
    }
    peer->from = have + 1;
    peer->next = have + 1;
    peer->target = m->last;
    if (have < m->base) {
        send_state(m, input->from, input->now_ns, effects);
    } else {
        send_again(m, input->from, have, input->now_ns, effects);
    }
}

void hst_raft_on_result(hst_raft *m,
                        const hst_consensus_input *input,
                        hst_wire_reader *reader,
                        hst_effects *effects)
{
    hst_raft_result result;
    if (!hst_raft_read_result(m, reader, &result)) {
        m->refused++;
        return;
    }
    if (result.term > m->term) {
        hst_raft_step_down(m, result.term, input->now_ns, effects);
        hst_raft_save(m, effects);
        return;
    }
    if (result.term < m->term || m->role != HST_RAFT_LEADER) {
        return; /* late */
    }
    if (input->from == m->config.self || (!result.rejected && result.index > m->last)) {
        m->refused++;
        return;
    }
    if (hst_member_add(m->votes, input->from)) {
        m->vote_weight += hst_membership_weight(m->config.membership, input->from);
    }
    if (result.rejected) {
        on_rejected(m, input, &result, effects);
        return;
    }
    count(m, input->from, result.index, effects);
    send_again(m, input->from, result.index, input->now_ns, effects);
}
