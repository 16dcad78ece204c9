/* AppendEntries, heartbeats and InstallSnapshot as received: section 5.3 and 7. */
#include "core/consensus/raft/machine.h"

typedef enum comparison { AGREES = 0, MISSING, DIFFERS } comparison;

/* The consistency check: have we the entry before it? What is settled, everyone has. */
static comparison compare(const hst_raft *m, uint64_t prev, uint64_t prev_term)
{
    if (prev <= hst_raft_settled(m)) {
        return AGREES;
    }
    if (prev > m->last) {
        return MISSING;
    }
    return hst_raft_term_at(m, prev) == prev_term ? AGREES : DIFFERS;
}

/* An entry whose predecessor we have. Only a conflict truncates: a late AppendEntries must not
 * shorten a log that has grown since. */
static void take_in(hst_raft *m, const hst_raft_append *append)
{
    const uint64_t index = append->prev + 1;
    const bool settled = index <= hst_raft_settled(m);
    if (settled || (index <= m->last && hst_raft_term_at(m, index) == append->entry.term)) {
        m->verified = hst_raft_max(m->verified, index);
        return;
    }
    if (index <= m->commit) {
        m->refused++; /* no leader contradicts what is committed */
        return;
    }
    if (index <= m->last) {
        hst_raft_log_truncate(m, index - 1);
    }
    if (!hst_raft_log_append(m, &append->entry)) {
        m->dropped++;
        return;
    }
    m->verified = index;
    hst_raft_early_take(m);
}

static void note_commit(hst_raft *m, uint64_t leader_commit)
{
    m->known = hst_raft_max(m->known, leader_commit);
    m->commit = hst_raft_max(m->commit, hst_raft_min(leader_commit, m->verified));
}

/* A message of the leader of its term. */
static void
follow(hst_raft *m, uint64_t term, const hst_consensus_input *input, hst_effects *effects)
{
    if (term > m->term || m->role != HST_RAFT_FOLLOWER) {
        hst_raft_step_down(m, term, input->now_ns, effects);
    }
    m->leader = input->from;
    m->heard_ns = input->now_ns;
    m->reset_ns = input->now_ns;
}

/* A result says what is durable here, so it leaves once that is. */
static void
answer(hst_raft *m, uint32_t to, uint8_t kind, bool rejected, uint64_t index, hst_effects *effects)
{
    const hst_raft_result result = {.term = m->term,
                                    .rejected = rejected,
                                    .index = index,
                                    .index_term =
                                        hst_raft_term_at(m, hst_raft_max(index, m->base))};
    hst_raft_write_result(kind, &result, effects);
    hst_effects_send(effects, to, m->sequence);
}

/* Where the leader should try next: our last entry before prev that may be its own (no later term
 * than it has there). What is settled needs no trying. */
static uint64_t conflict_hint(const hst_raft *m, const hst_raft_append *append)
{
    return hst_raft_max(hst_raft_log_hint(m, append->prev - 1, append->prev_term),
                        hst_raft_settled(m));
}

static bool from_leader(hst_raft *m, const hst_consensus_input *input, uint64_t term)
{
    const bool mine = term == m->term && m->role == HST_RAFT_LEADER;
    const bool other =
        term == m->term && m->leader != HST_CONSENSUS_NOBODY && m->leader != input->from;
    if (mine || other || input->from == m->config.self) {
        m->refused++; /* a second leader of a term cannot be */
        return false;
    }
    return true;
}

void hst_raft_on_append(hst_raft *m,
                        const hst_consensus_input *input,
                        hst_wire_reader *reader,
                        hst_effects *effects)
{
    const uint8_t kind = input->bytes[0];
    const bool whole = kind == HST_RAFT_APPEND_ENTRIES;
    const uint8_t reply = whole ? HST_RAFT_APPEND_RESULT : HST_RAFT_HEARTBEAT_RESULT;
    hst_raft_append append;
    if (!hst_raft_read_append(m, reader, whole, &append)) {
        m->refused++;
        return;
    }
    if (append.term < m->term) {
        answer(m, input->from, reply, true, m->last, effects); /* it learns the term */
        return;
    }
    if (!from_leader(m, input, append.term)) {
        return;
    }
    follow(m, append.term, input, effects);
    const comparison found = compare(m, append.prev, append.prev_term);
    const bool first = !m->greeted;
    m->greeted = m->greeted || kind != HST_RAFT_COMMIT_INDEX;
    if (found == AGREES && whole) {
        take_in(m, &append);
    } else if (found == AGREES) {
        m->verified = hst_raft_max(m->verified, append.prev);
    } else if (found == MISSING && whole) {
        hst_raft_early_put(m, &append);
    }
    note_commit(m, append.commit);
    hst_raft_save(m, effects);
    if (kind == HST_RAFT_COMMIT_INDEX) {
        return;
    }
    if (found == DIFFERS) {
        answer(m, input->from, reply, true, conflict_hint(m, &append), effects);
    } else if (found == AGREES) {
        answer(m, input->from, reply, false, m->verified, effects);
    } else if (first || !whole) {
        /* What is missing may only be late: say so to a new leader, else with the heartbeats. */
        answer(m, input->from, reply, true, m->last, effects);
    }
}

void hst_raft_on_snapshot(hst_raft *m,
                          const hst_consensus_input *input,
                          hst_wire_reader *reader,
                          hst_effects *effects)
{
    const uint64_t term = hst_wire_read_u64(reader);
    const uint64_t index = hst_wire_read_u64(reader);
    const uint64_t index_term = hst_wire_read_u64(reader);
    const hst_hash id = hst_wire_read_hash(reader);
    if (!hst_wire_read_done(reader) || !hst_raft_plausible(m, term, index) || index_term > term) {
        m->refused++;
        return;
    }
    if (term < m->term) {
        answer(m, input->from, HST_RAFT_HEARTBEAT_RESULT, true, m->last, effects);
        return;
    }
    if (!from_leader(m, input, term)) {
        return;
    }
    follow(m, term, input, effects);
    m->greeted = true;
    m->known = hst_raft_max(m->known, index);
    if (index > hst_raft_max(m->commit, m->base)) {
        if (index <= m->last && hst_raft_term_at(m, index) == index_term) {
            m->verified = hst_raft_max(m->verified, index); /* our log leads there */
        } else {
            hst_raft_log_reset(m, index, index_term);
            m->snapshot = (hst_raft_snapshot){.index = index, .from = input->from, .id = id};
            m->unsaved_base = true;
        }
        m->commit = index;
        hst_raft_early_take(m);
    }
    hst_raft_save(m, effects);
    answer(m, input->from, HST_RAFT_HEARTBEAT_RESULT, false, m->verified, effects);
}
