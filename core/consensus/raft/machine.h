/** @file core/consensus/raft/machine.h
 * Private to core/consensus/raft: the state of a replica, its messages, and what its parts call of
 * each other.
 *
 *   raft.c      the table: parameters, memory, one step, inspect, digest
 *   election.c  who leads: pre-vote, votes, timeouts, check-quorum
 *   leader.c    replication: proposals, matchIndex, the commit rule, heartbeats, catching up
 *   follower.c  AppendEntries, heartbeats and InstallSnapshot as received
 *   log.c       the window of the log, what came early, where two logs agree
 *   record.c    what is durable: writing, forgetting, recovering
 *   message.c   messages as bytes
 *
 * Figure 2 of the paper in these names: currentTerm `term`, votedFor `voted`, log `entries`,
 * commitIndex `commit`, lastApplied `applied`, nextIndex and matchIndex in `peers`.
 *
 * Private to core/consensus/raft and its tests.
 */
#ifndef HST_CORE_CONSENSUS_RAFT_MACHINE_H
#define HST_CORE_CONSENSUS_RAFT_MACHINE_H

#include "core/base/random.h"
#include "core/consensus/raft/raft.h"

/** Messages; a kind is the first byte. The requests begin with their term. */
enum {
    HST_RAFT_PRE_VOTE = 0,    /**< term u64 | lastLogIndex u64 | lastLogTerm u64 */
    HST_RAFT_PRE_VOTE_RESULT, /**< term answered u64 | own term u64 | granted u8 */
    HST_RAFT_REQUEST_VOTE,    /**< as PRE_VOTE */
    HST_RAFT_REQUEST_VOTE_RESULT,
    HST_RAFT_APPEND_ENTRIES,   /**< term | prevLogIndex | prevLogTerm | leaderCommit, u64 | entry */
    HST_RAFT_APPEND_RESULT,    /**< term u64 | rejected u8 | index u64 | its term u64 */
    HST_RAFT_HEARTBEAT,        /**< AppendEntries without an entry */
    HST_RAFT_HEARTBEAT_RESULT, /**< as APPEND_RESULT */
    HST_RAFT_COMMIT_INDEX,     /**< a heartbeat nobody answers: eager_commit */
    HST_RAFT_INSTALL_SNAPSHOT, /**< term | lastIncludedIndex | lastIncludedTerm, u64 | block */
    HST_RAFT_KIND_COUNT
};

enum { HST_RAFT_TIMER_ELECTION = 0, HST_RAFT_TIMER_HEARTBEAT };

/** What a replica is. */
typedef enum hst_raft_role {
    HST_RAFT_FOLLOWER = 0,
    HST_RAFT_PRE_CANDIDATE, /**< asks whether it would win */
    HST_RAFT_CANDIDATE,
    HST_RAFT_LEADER,
} hst_raft_role;

/** A log entry. Index and term name it. */
typedef struct hst_raft_entry {
    uint64_t term;     /**< in which a leader appended it */
    hst_batch batch;   /**< 0 = the no-op of a new leader */
    uint32_t proposer; /**< that leader */
    uint64_t sequence; /**< record that holds it */
} hst_raft_entry;

/** An entry that came before those between it and the log. */
typedef struct hst_raft_early {
    uint64_t index;       /**< where it belongs; 0 = empty */
    uint64_t leader_term; /**< term of the leader that sent it; of no use in another */
    uint64_t prev_term;   /**< of the entry before it */
    hst_raft_entry entry; /**< itself */
} hst_raft_early;

/** What a leader knows of a replica. */
typedef struct hst_raft_peer {
    uint64_t match;  /**< matchIndex: durable there up to here */
    uint64_t from;   /**< last catching up: first index sent again */
    uint64_t next;   /**< nextIndex of it */
    uint64_t target; /**< its end; what is newer went out to everyone */
    int64_t sent_ns; /**< when something of it was sent */
} hst_raft_peer;

/** AppendEntries or a heartbeat, as received. */
typedef struct hst_raft_append {
    uint64_t term;        /**< of the leader */
    uint64_t prev;        /**< prevLogIndex */
    uint64_t prev_term;   /**< prevLogTerm */
    uint64_t commit;      /**< leaderCommit */
    hst_raft_entry entry; /**< at prev + 1; AppendEntries only */
} hst_raft_append;

/** Its result. */
typedef struct hst_raft_result {
    uint64_t term;       /**< of the follower */
    bool rejected;       /**< it lacks the entry before, or has another there */
    uint64_t index;      /**< accepted: matches up to here; rejected: an index to try */
    uint64_t index_term; /**< rejected: what the follower has there */
} hst_raft_result;

/** A state to become, once the record of it is durable. */
typedef struct hst_raft_snapshot {
    uint64_t index;    /**< 0 = none */
    uint64_t sequence; /**< of the record */
    uint32_t from;     /**< who has it */
    hst_hash id;       /**< block there */
} hst_raft_snapshot;

/** A replica. */
typedef struct hst_raft {
    hst_consensus_config config; /**< as given to init */
    uint64_t majority;           /**< weight that elects and commits */
    uint64_t window;             /**< most entries in flight */
    uint64_t mask;               /**< the log has room for mask + 1 >= 2 window entries */
    uint64_t early_mask;         /**< what came early, for early_mask + 1 */
    int64_t election_ns;         /**< T */
    int64_t heartbeat_ns;        /**< between heartbeats */
    int64_t retry_ns;            /**< after which what a follower lacks counts as lost */
    bool pre_vote;               /**< ask before an election */
    bool check_quorum;           /**< step down without a majority */
    bool eager_commit;           /**< send a new commitIndex at once */

    uint64_t term;      /**< currentTerm. Durable, as are the next four and the entries: */
    uint32_t voted;     /**< votedFor; HST_CONSENSUS_NOBODY = for nobody in this term */
    uint64_t base;      /**< the log holds entries base + 1 ... last */
    uint64_t base_term; /**< of the entry at base */
    uint64_t last;      /**< lastLogIndex */

    uint64_t sequence;      /**< last record appended */
    uint64_t durable;       /**< last record durable */
    uint64_t durable_last;  /**< entries up to here are durable */
    uint64_t vote_sequence; /**< record of term and vote as they are */
    uint64_t base_sequence; /**< record that made the base, or the last one that held everything */
    uint64_t whole;         /**< last record that held everything */
    uint64_t forgotten;     /**< records up to here are gone */
    uint64_t unsaved;       /**< first entry not recorded yet; 0 = none */
    bool unsaved_term;      /**< term or vote not recorded yet */
    bool unsaved_base;      /**< a snapshot not recorded yet */
    uint64_t shown_view;    /**< term of the last durable vote */
    uint32_t shown_vote;    /**< for whom it was */

    hst_raft_role role;         /**< what it is. Volatile, as are all that follow: */
    uint32_t leader;            /**< of this term, as far as it knows */
    uint64_t commit;            /**< commitIndex */
    uint64_t applied;           /**< lastApplied: the ledger is there */
    hst_hash applied_id;        /**< block there */
    uint64_t verified;          /**< follower: equals the leader's log up to here */
    uint64_t known;             /**< highest commitIndex heard of */
    bool greeted;               /**< follower: this leader's log was compared with ours */
    hst_raft_snapshot snapshot; /**< on its way */
    hst_random random;          /**< of timeouts */
    int64_t timeout_ns;         /**< drawn from [T, 2T]; T for a leader's look around */
    int64_t reset_ns;           /**< it counts from here */
    int64_t heard_ns;           /**< last word of a leader */
    uint64_t *votes;            /**< candidate: who granted; leader: who answered lately */
    uint64_t vote_weight;       /**< of them */
    uint64_t own_first;         /**< leader: its no-op, first entry of its term */
    uint64_t elections;         /**< it stood in */
    uint64_t refused;           /**< inputs that cannot be */
    uint64_t dropped;           /**< inputs without room */

    hst_raft_entry *entries; /**< [mask + 1] by index */
    hst_raft_early *early;   /**< [early_mask + 1] by index */
    uint64_t *weights;       /**< [mask + 1] leader: weight that has an entry on disk */
    int64_t *sent_ns;        /**< [mask + 1] leader: when it went out to everyone */
    hst_raft_peer *peers;    /**< [n] */
} hst_raft;

/** The greater. */
static inline uint64_t hst_raft_max(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/** The smaller. */
static inline uint64_t hst_raft_min(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* ---- log.c -------------------------------------------------------------------------------- */

/** The entry at base < index <= last. */
static inline hst_raft_entry *hst_raft_at(const hst_raft *m, uint64_t index)
{
    return &m->entries[index & m->mask];
}

/** Term of the entry at base <= index <= last. */
static inline uint64_t hst_raft_term_at(const hst_raft *m, uint64_t index)
{
    return index == m->base ? m->base_term : hst_raft_at(m, index)->term;
}

/** Up to here the log is committed and equals everyone's. */
static inline uint64_t hst_raft_settled(const hst_raft *m)
{
    return hst_raft_max(m->applied, m->base);
}

/** Let the oldest entry go; there must be one. */
void hst_raft_log_slide(hst_raft *m);

/** Append; false when the log is full of what is not applied yet. */
bool hst_raft_log_append(hst_raft *m, const hst_raft_entry *entry);

/** Remove what follows `last`. */
void hst_raft_log_truncate(hst_raft *m, uint64_t last);

/** Forget everything: the log is empty after (index, term). */
void hst_raft_log_reset(hst_raft *m, uint64_t index, uint64_t term);

/** Keep an entry that came early; dropped when it is too far ahead. */
void hst_raft_early_put(hst_raft *m, const hst_raft_append *append);

/** Append what came early and follows now. */
void hst_raft_early_take(hst_raft *m);

/** Last index up to `index` whose term is at most `term`: where to try next. At least base. */
uint64_t hst_raft_log_hint(const hst_raft *m, uint64_t index, uint64_t term);

/* ---- record.c ----------------------------------------------------------------------------- */

/** Append a record of what changed since the last one, if anything did. */
void hst_raft_save(hst_raft *m, hst_effects *effects);

/** Records up to `sequence` are durable: entries, the vote, a snapshot, and what may go. */
void hst_raft_saved(hst_raft *m, uint64_t sequence, hst_effects *effects);

/** A record of an earlier life. */
void hst_raft_recover(hst_raft *m, const hst_consensus_input *input);

/* ---- message.c ---------------------------------------------------------------------------- */

/** Write AppendEntries with the entry at `index`. */
void hst_raft_write_append(const hst_raft *m, uint64_t index, hst_effects *effects);

/** Write a heartbeat, or a commitIndex. */
void hst_raft_write_heartbeat(const hst_raft *m, uint8_t kind, hst_effects *effects);

/** Write a result of either. */
void hst_raft_write_result(uint8_t kind, const hst_raft_result *result, hst_effects *effects);

/** Read AppendEntries (`whole`) or a heartbeat; false when malformed or impossible. */
bool hst_raft_read_append(const hst_raft *m,
                          hst_wire_reader *reader,
                          bool whole,
                          hst_raft_append *append);

/** Read a result; false when malformed or impossible. */
bool hst_raft_read_result(const hst_raft *m, hst_wire_reader *reader, hst_raft_result *result);

/** Write an entry into a message or a record. */
void hst_raft_write_entry(hst_wire *wire, const hst_raft_entry *entry);

/** Read one. */
hst_raft_entry hst_raft_read_entry(hst_wire_reader *reader);

/** Whether a term or an index can be: no machine counts that far, only garbage does. */
bool hst_raft_plausible(const hst_raft *m, uint64_t term, uint64_t index);

/* ---- election.c --------------------------------------------------------------------------- */

/** Follow nobody yet, in `term` >= currentTerm. */
void hst_raft_step_down(hst_raft *m, uint64_t term, int64_t now_ns, hst_effects *effects);

/** Draw a new timeout and count it from now. */
void hst_raft_arm(hst_raft *m, int64_t now_ns, hst_effects *effects);

/** Leader: see from now on who answers. */
void hst_raft_watch(hst_raft *m, int64_t now_ns, hst_effects *effects);

/** An election timeout passed, or may have: stand, or look around as leader. */
void hst_raft_on_election_timer(hst_raft *m, int64_t now_ns, hst_effects *effects);

/** A record is durable: the candidate's own vote may be. */
void hst_raft_on_vote_durable(hst_raft *m, int64_t now_ns, hst_effects *effects);

/** RequestVote, or the question before it: grant or refuse. */
void hst_raft_on_request_vote(hst_raft *m,
                              const hst_consensus_input *input,
                              hst_wire_reader *reader,
                              hst_effects *effects);

/** A vote, or the answer to the question: count it. */
void hst_raft_on_vote_result(hst_raft *m,
                             const hst_consensus_input *input,
                             hst_wire_reader *reader,
                             hst_effects *effects);

/* ---- leader.c ----------------------------------------------------------------------------- */

/** Begin to lead: append the no-op and send it. */
void hst_raft_lead(hst_raft *m, int64_t now_ns, hst_effects *effects);

/** Propose the offer if there is one, room for it, and no record in this step yet. */
void hst_raft_propose(hst_raft *m,
                      const hst_consensus_input *input,
                      bool recorded,
                      hst_effects *effects);

/** The leader's own entries became durable. */
void hst_raft_count_self(hst_raft *m, hst_effects *effects);

/** Send a heartbeat. */
void hst_raft_on_heartbeat_timer(hst_raft *m, int64_t now_ns, hst_effects *effects);

/** A result: count what the follower has, send what it lacks. */
void hst_raft_on_result(hst_raft *m,
                        const hst_consensus_input *input,
                        hst_wire_reader *reader,
                        hst_effects *effects);

/* ---- follower.c --------------------------------------------------------------------------- */

/** AppendEntries, a heartbeat or a commitIndex. */
void hst_raft_on_append(hst_raft *m,
                        const hst_consensus_input *input,
                        hst_wire_reader *reader,
                        hst_effects *effects);
/** InstallSnapshot: our log leads there, or we become the leader's state. */
void hst_raft_on_snapshot(hst_raft *m,
                          const hst_consensus_input *input,
                          hst_wire_reader *reader,
                          hst_effects *effects);

#endif
