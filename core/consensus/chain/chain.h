/** @file core/consensus/chain/chain.h
 * Private to core/consensus: chained consensus with votes to the next leader: what HotStuff and
 * Jolteon share.
 *
 * Each view has a leader, who proposes a block on the highest quorum certificate (QC) it knows.
 * Replicas vote to the leader of the next view, whose proposal carries the QC. A block on a block
 * on a block, each certified, decides the oldest: how many it takes, when one may vote, and what
 * happens when a timer runs out is what a protocol adds (hst_chain_rules).
 *
 *   view v     leader(v)  --- PROPOSAL: block, QC of its parent -->  all
 *              all        --- VOTE ------------------------------->  leader(v + 1)
 *   timeout    all        --- NEW-VIEW or TIMEOUT: target view, highest QC -->  leader or all
 *              leader     --- PROPOSAL with a timeout certificate (TC): q of those -->  all
 *
 * Blocks are named by a hash that covers their parent's QC, not who signed it. A parent is always
 * the block of the QC, so that "direct parents" means views that follow each other: where the
 * paper pads a gap in views with dummy nodes, there is a gap in view numbers here. Heights count
 * blocks without gaps.
 *
 * Targets   A replica that gives up names the view it wants next; it has then given up all views
 *           below. With rotating leaders that is the next view. With a stable leader a view is
 *           (reign << 32 | turn), and the target is the first view of the next reign.
 * Idle      Nothing offered and nothing undecided: no proposal, no timer. Who waits for a
 *           proposal half a timeout long says so to its leader (WAKE), who makes one, or sends it
 *           again; votes and wishes are repeated then too.
 * Catch-up  FETCH names the last committed height; SEGMENT answers with certified blocks from
 *           there on, or, when they are gone, from the last committed block on, whose certified
 *           descendants prove it: TRANSFER.
 * Bounds    `window` committed and `window` undecided blocks; one vote, one wish a replica.
 * Cost      a vote is O(1); a block one hash; the unhappy path may take O(n) a message.
 * Source    Yin et al., "HotStuff", PODC'19, arXiv 1803.05069; Gelashvili et al., "Jolteon and
 *           Ditto", FC'22, arXiv 2106.10362.
 */
#ifndef HST_CORE_CONSENSUS_CHAIN_CHAIN_H
#define HST_CORE_CONSENSUS_CHAIN_CHAIN_H

#include "core/consensus/certificate.h"
#include "core/consensus/consensus.h"

/** Messages. */
enum hst_chain_kind {
    HST_CHAIN_PROPOSAL = 0, /**< block, justify, TC or none, the proposer's signature */
    HST_CHAIN_VOTE,         /**< for a block, to the next leader */
    HST_CHAIN_TIMEOUT,      /**< NEW-VIEW of HotStuff, TIMEOUT of Jolteon */
    HST_CHAIN_WAKE,         /**< no proposal of this view has come: make one, or send it again */
    HST_CHAIN_FETCH,        /**< what comes after this height? */
    HST_CHAIN_SEGMENT,      /**< certified blocks, QC of the last, TC or none */
    HST_CHAIN_KIND_COUNT    /**< how many */
};

/** Phases of statements: what a signature means. */
enum hst_chain_phase {
    HST_CHAIN_PHASE_VOTE = 1, /**< view, height, block */
    HST_CHAIN_PHASE_PROPOSE,  /**< view, height, block: by its proposer */
    HST_CHAIN_PHASE_TIMEOUT, /**< target view, and the highest QC's view in the place of a height */
};

/** Parameters, one table for both. */
enum hst_chain_parameter {
    HST_CHAIN_TIMEOUT_NS = 0,     /**< how long a view may take at first */
    HST_CHAIN_TIMEOUT_MAX_NS,     /**< and at most */
    HST_CHAIN_FETCH_NS,           /**< until another peer is asked */
    HST_CHAIN_MIN_BLOCK_DELAY_NS, /**< least time between blocks */
    HST_CHAIN_STABLE_LEADER,      /**< leaders stay until a timeout */
    HST_CHAIN_WINDOW,             /**< blocks held */
    HST_CHAIN_VOTE_IN_NEW_VIEW,   /**< HotStuff only: NEW-VIEWs carry the last vote */
    HST_CHAIN_PARAMETER_COUNT     /**< how many */
};

/** Timers. */
enum hst_chain_timer {
    HST_CHAIN_TIMER_VIEW = 0, /**< of the view: repeat ourselves, or give it up */
    HST_CHAIN_TIMER_BLOCK,    /**< the least time between blocks is over */
    HST_CHAIN_TIMER_FETCH     /**< ask another peer */
};

/** A block. */
typedef struct hst_chain_block {
    hst_hash id;             /**< of everything below, down to the proposer */
    hst_hash parent;         /**< block of its justify */
    uint64_t parent_view;    /**< view of that */
    uint64_t height;         /**< parent's + 1 */
    uint64_t view;           /**< in which it was proposed */
    hst_batch batch;         /**< what it decides */
    uint32_t proposer;       /**< leader of its view */
    bool certified;          /**< `certificate` holds a QC on it */
    bool bare;               /**< only id and height are known, perhaps its QC */
    bool after_timeout;      /**< it came with a TC for its view */
    uint64_t timeout_high;   /**< highest QC view in that TC */
    uint64_t record;         /**< durable record that holds it; 0 = none */
    hst_signature signature; /**< of its proposal; zero when not carried */
    hst_tally certificate;   /**< QC */
} hst_chain_block;

/** Proof that q replicas want a view. */
typedef struct hst_chain_tc {
    uint64_t target;           /**< that view; 0 = none */
    uint64_t weight;           /**< of the signers */
    uint64_t high;             /**< highest of their QC views */
    uint64_t *signers;         /**< set */
    uint64_t *highs;           /**< by replica: view of its highest QC */
    hst_signature *signatures; /**< by replica; NULL when not carried */
} hst_chain_tc;

/** What a replica said last that it wants. */
typedef struct hst_chain_wish {
    uint64_t target; /**< view it wants; 0 = none yet */
    uint64_t high;   /**< view of its highest QC then */
} hst_chain_wish;

/** A machine. */
typedef struct hst_chain_machine hst_chain_machine;

/** What makes one protocol of it. */
typedef struct hst_chain_rules {
    const hst_consensus_protocol *protocol; /**< whose parameters */
    bool broadcasts_timeouts; /**< TIMEOUT goes to all and the view stays (Jolteon); else NEW-VIEW
                                   goes to the next leader and the view moves on (HotStuff) */
    bool moves_on_after_vote; /**< a vote ends the view (HotStuff); else only QC and TC do */
    uint32_t chain_length;    /**< certified blocks, the oldest of which is decided */
    /** Whether the rules allow a vote for a block whose parent is known. */
    bool (*may_vote)(const hst_chain_machine *chain, const hst_chain_block *block);
    /** `block` has a QC: lock, and say which block is decided by it; NULL = none. */
    hst_chain_block *(*update)(hst_chain_machine *chain, hst_chain_block *block);
} hst_chain_rules;

/** Its state. */
struct hst_chain_machine {
    hst_consensus_config config;                   /**< what it was made with */
    const hst_chain_rules *rules;                  /**< of its protocol */
    const hst_membership *membership;              /**< of config */
    int64_t parameters[HST_CHAIN_PARAMETER_COUNT]; /**< their values */
    uint64_t quorum;                               /**< q */
    uint64_t weak;                                 /**< f + 1 */
    int64_t now_ns;                                /**< of this step */
    uint32_t window;     /**< blocks in ring, and in tree; a power of two */
    bool started;        /**< START came */
    bool busy;           /**< something is offered or undecided: the timer matters */
    bool woken;          /**< somebody asked for a block in this view */
    bool expired;        /**< HotStuff: its time is over, but nobody else is known in it */
    bool is_suspended;   /**< there is a suspended proposal */
    bool block_timer;    /**< TIMER_BLOCK is set */
    bool fetching;       /**< an answer to FETCH is awaited */
    uint32_t failures;   /**< timeouts since the last commit: each doubles the next */
    uint32_t tree_count; /**< blocks in tree */
    uint32_t fetch_peer; /**< whom we asked last */
    uint32_t fetch_asks; /**< asks to make without a reason, after a start */

    uint64_t view;                  /**< the one we are in */
    int64_t deadline_ns;            /**< of this view, when something is to be done */
    int64_t nudge_ns;               /**< when to repeat ourselves before that */
    int64_t armed_ns;               /**< when TIMER_VIEW fires; 0 = not set */
    hst_chain_wish *wishes;         /**< by replica */
    hst_signature *wish_signatures; /**< by replica; NULL when not carried */
    uint64_t wish_top;              /**< highest target among them */
    uint64_t here;                  /**< weight that wants our next target */
    uint64_t ahead;                 /**< weight that wants that or a later one */
    hst_chain_tc tc;                /**< the last one */
    hst_chain_tc tc_scratch;        /**< being read or made */

    uint64_t last_voted;  /**< highest view voted in or given up; durable */
    hst_statement vote;   /**< last vote */
    uint64_t vote_record; /**< record that holds it */
    hst_statement cast;   /**< last vote that is durable: it may have been heard */
    hst_statement lock;   /**< what may not be left without a higher QC */
    hst_statement *votes; /**< by replica: last vote, while its block is not the tally's */
    hst_signature *vote_signatures; /**< by replica; NULL when not carried */
    uint64_t votes_top;             /**< highest view among them */
    hst_tally tally;                /**< votes for the block that we may certify */

    hst_tally high;            /**< highest QC whose block is known */
    hst_tally kept;            /**< highest QC of an earlier life, whose block may be missing */
    hst_statement heard;       /**< highest QC heard of whose block is missing */
    uint64_t committed;        /**< last height decided */
    hst_hash committed_id;     /**< its block */
    uint64_t lowest;           /**< lowest height that can be sent to others */
    uint64_t told;             /**< height that proposals have told everyone is decided */
    uint64_t filled;           /**< highest height with a batch in it */
    hst_chain_block *ring;     /**< committed blocks, by height modulo window */
    hst_chain_block *tree;     /**< the others, in any order */
    uint32_t *path;            /**< indices into tree, for a walk */
    hst_chain_block suspended; /**< a proposal whose parent is missing; certificate = its justify */
    uint64_t last_block;       /**< view of the last proposal made or seen */
    int64_t last_block_ns;     /**< when that was */
    hst_tally scratch;         /**< a certificate being read */
    hst_tally scratch_next;    /**< another one */

    uint64_t sequence;  /**< last record appended */
    uint64_t durable;   /**< last record that is durable */
    uint64_t forgotten; /**< last record let go */

    uint64_t view_changes; /**< views left by a timeout */
    uint64_t refused;      /**< inputs refused */
    uint64_t dropped;      /**< blocks without room */
};

/* ---- views (pacemaker.c) ------------------------------------------------------------------- */

/** With a stable leader a view is (reign << 32 | turn). */
enum { HST_CHAIN_REIGN_SHIFT = 32 };

/** Leader of a view. */
static inline uint32_t hst_chain_leader(const hst_chain_machine *chain, uint64_t view)
{
    const uint32_t count = chain->membership->count;
    const uint64_t turn =
        chain->parameters[HST_CHAIN_STABLE_LEADER] != 0 ? view >> HST_CHAIN_REIGN_SHIFT : view;
    /* Narrow divisions take half the time. */
    return turn <= UINT32_MAX ? (uint32_t)turn % count : (uint32_t)(turn % count);
}

/** The view after one that ended with a QC. */
static inline uint64_t hst_chain_next(uint64_t view)
{
    return view + 1;
}

/** The view after one that ended with a timeout. */
uint64_t hst_chain_after_timeout(const hst_chain_machine *chain, uint64_t view);

/** Go to a view, if it is higher. */
void hst_chain_enter_view(hst_chain_machine *chain, uint64_t view);

/** Something was decided: timeouts are long enough, begin again with short ones. */
void hst_chain_relax(hst_chain_machine *chain);

/** TIMER_VIEW fired. */
void hst_chain_on_timer(hst_chain_machine *chain,
                        const hst_consensus_input *input,
                        hst_effects *effects);

/** Whether there is something to do, and the timer that follows from it. */
void hst_chain_keep_time(hst_chain_machine *chain,
                         const hst_consensus_input *input,
                         hst_effects *effects);

/** TIMEOUT came. */
void hst_chain_on_timeout(hst_chain_machine *chain,
                          const hst_consensus_input *input,
                          hst_wire_reader *reader,
                          hst_effects *effects);

/** WAKE came. */
void hst_chain_on_wake(hst_chain_machine *chain,
                       const hst_consensus_input *input,
                       hst_wire_reader *reader,
                       hst_effects *effects);

/* ---- timeout certificates (tc.c) ----------------------------------------------------------- */

/** Lay out the arrays of a TC; `tc` NULL while measuring. */
void hst_chain_tc_lay_out(hst_chain_tc *tc, hst_layout *layout, const hst_consensus_config *config);

/** Make one of the wishes for a view. */
void hst_chain_tc_make(hst_chain_machine *chain, uint64_t target);

/** Write one; `tc` NULL or empty = none. */
void hst_chain_tc_write(hst_chain_machine *chain, hst_wire *wire, const hst_chain_tc *tc);

/** Read one into tc_scratch; false when there is none (target 0). The reader fails when it is no
 * proof. */
bool hst_chain_tc_read(hst_chain_machine *chain, hst_wire_reader *reader);

/** Keep the one read if it is higher, and enter its view. */
void hst_chain_tc_take(hst_chain_machine *chain);

/** Claims of one, at the reader's place, which it passes over. */
uint32_t hst_chain_tc_claims(hst_wire_reader *reader,
                             const hst_membership *membership,
                             hst_claim *out,
                             uint32_t capacity);

/* ---- blocks (tree.c) ----------------------------------------------------------------------- */

/** Where a committed block of a height is kept. */
static inline hst_chain_block *hst_chain_slot(const hst_chain_machine *chain, uint64_t height)
{
    return &chain->ring[height & (chain->window - 1)];
}

/** Name of a block. */
hst_hash hst_chain_block_id(const hst_chain_block *block);

/** What is said of a block: its proposal, or a vote for it. */
static inline hst_statement hst_chain_statement(uint8_t phase, const hst_chain_block *block)
{
    return (hst_statement){
        .phase = phase, .view = block->view, .height = block->height, .id = block->id};
}

/** The same, kept in `to`. Field by field: one whole copied out of parts just written would wait
 * until they have reached the cache. */
static inline void hst_chain_state(hst_statement *to, uint8_t phase, const hst_chain_block *block)
{
    to->phase = phase;
    to->view = block->view;
    to->height = block->height;
    to->id = block->id;
}

/** What its justify certifies: its parent. */
static inline hst_statement hst_chain_justify(const hst_chain_block *block)
{
    return (hst_statement){.phase = HST_CHAIN_PHASE_VOTE,
                           .view = block->parent_view,
                           .height = block->height - 1,
                           .id = block->parent};
}

/** Block by name; NULL = not known. */
hst_chain_block *
hst_chain_find(const hst_chain_machine *chain, const hst_hash *id, uint64_t height);

/** Its parent; NULL = not known. */
hst_chain_block *hst_chain_parent(const hst_chain_machine *chain, const hst_chain_block *block);

/** Whether a block is, or comes after, what a statement names. */
bool hst_chain_extends(const hst_chain_machine *chain,
                       const hst_chain_block *block,
                       const hst_statement *ancestor);

/** Put a block in, its parent being known; NULL when it is there or there is no room. */
hst_chain_block *hst_chain_insert(hst_chain_machine *chain, const hst_chain_block *block);

/** Decide a block and everything before it. */
void hst_chain_commit(hst_chain_machine *chain, const hst_chain_block *block, hst_effects *effects);

/** Whether a batch is on its way in `tip` or an undecided block before it. */
bool hst_chain_on_its_way(const hst_chain_machine *chain,
                          const hst_chain_block *tip,
                          uint64_t batch);

/** Start anew from a committed block: nothing but it is known. */
void hst_chain_reset(hst_chain_machine *chain, uint64_t height, const hst_hash *id);

/** Drop undecided blocks that do not come after the last committed one. */
void hst_chain_prune(hst_chain_machine *chain);

/** Write a block: its own fields and the QC of its parent. */
void hst_chain_write_block(hst_chain_machine *chain,
                           hst_wire *wire,
                           const hst_chain_block *block,
                           const hst_tally *justify);

/** Read one, its justify into `justify`; false when it is no proof or not its leader's. Signatures
 * are the host's, weights are checked here. `memo` is for its name; NULL = work it out. */
bool hst_chain_read_block(hst_chain_machine *chain,
                          hst_wire_reader *reader,
                          hst_chain_block *block,
                          hst_tally *justify,
                          hst_message_memo *memo);

/** Whether a tally is a QC: a quorum for a block, or genesis. */
bool hst_chain_is_qc(const hst_chain_machine *chain, const hst_tally *tally);

/* ---- votes (vote.c) ------------------------------------------------------------------------- */

/** Take in a valid QC: next view, highest QC, lock, commit. False when its block is missing. */
bool hst_chain_certify(hst_chain_machine *chain, const hst_tally *qc, hst_effects *effects);

/** Count a vote, or keep it until its block is collected for. */
void hst_chain_note_vote(hst_chain_machine *chain,
                         uint32_t from,
                         const hst_statement *vote,
                         const hst_signature *signature,
                         hst_effects *effects);

/** Collect for a block, beginning with the votes kept. */
void hst_chain_collect(hst_chain_machine *chain,
                       const hst_chain_block *block,
                       hst_effects *effects);

/** Collect for the highest block without QC, from votes that came with NEW-VIEWs. */
void hst_chain_collect_lost(hst_chain_machine *chain, hst_effects *effects);

/** Vote for a block: durable first, then to the next leader. */
void hst_chain_vote(hst_chain_machine *chain, hst_chain_block *block, hst_effects *effects);

/** Send the last vote, unless it is of no use any more. */
void hst_chain_send_vote(hst_chain_machine *chain, hst_effects *effects);

/** VOTE came. */
void hst_chain_on_vote(hst_chain_machine *chain,
                       const hst_consensus_input *input,
                       hst_wire_reader *reader,
                       hst_effects *effects);

/** Records are durable: our own vote counts. */
void hst_chain_on_durable(hst_chain_machine *chain, hst_effects *effects);

/* ---- proposals (propose.c) ------------------------------------------------------------------ */

/** Propose if it is our turn and there is a reason. */
void hst_chain_propose(hst_chain_machine *chain,
                       const hst_consensus_input *input,
                       hst_effects *effects);

/** Send our proposal of a view again, to one that missed it; false when there is none. */
bool hst_chain_propose_again(hst_chain_machine *chain,
                             uint64_t view,
                             uint32_t to,
                             hst_effects *effects);

/** PROPOSAL came. */
void hst_chain_on_proposal(hst_chain_machine *chain,
                           const hst_consensus_input *input,
                           hst_wire_reader *reader,
                           hst_effects *effects);

/** Go on with the suspended proposal, if its parent came. */
void hst_chain_resume(hst_chain_machine *chain, hst_effects *effects);

/* ---- catching up (sync.c) ------------------------------------------------------------------- */

/** Ask `peer` for what comes after our last commit, unless an answer is awaited. */
void hst_chain_fetch(hst_chain_machine *chain, uint32_t peer, hst_effects *effects);

/** Ask the next peer, whatever is awaited. */
void hst_chain_fetch_next(hst_chain_machine *chain, hst_effects *effects);

/** FETCH came. */
void hst_chain_on_fetch(hst_chain_machine *chain,
                        const hst_consensus_input *input,
                        hst_wire_reader *reader,
                        hst_effects *effects);

/** SEGMENT came. */
void hst_chain_on_segment(hst_chain_machine *chain,
                          const hst_consensus_input *input,
                          hst_wire_reader *reader,
                          hst_effects *effects);

/** TIMER_FETCH fired. */
void hst_chain_on_fetch_timer(hst_chain_machine *chain, hst_effects *effects);

/** Send what a peer that has committed `height` lacks. */
void hst_chain_serve(hst_chain_machine *chain, uint32_t to, uint64_t height, hst_effects *effects);

/* ---- durability (record.c) ------------------------------------------------------------------ */

/** The highest QC that we must answer for: of this life or an earlier one. */
const hst_tally *hst_chain_highest(const hst_chain_machine *chain);

/** Append a record: the state of voting, and the block voted for (NULL = none). */
void hst_chain_persist(hst_chain_machine *chain, hst_chain_block *block, hst_effects *effects);

/** Let go of records that are no longer needed. */
void hst_chain_forget(hst_chain_machine *chain, hst_effects *effects);

/** RECOVER came. */
void hst_chain_on_recover(hst_chain_machine *chain, const hst_consensus_input *input);

/** START came. */
void hst_chain_on_start(hst_chain_machine *chain,
                        const hst_consensus_input *input,
                        hst_effects *effects);

/* ---- the machine (machine.c, claims.c) ------------------------------------------------------ */

/** Bytes of state. */
size_t hst_chain_state_size(const hst_chain_rules *rules, const hst_consensus_config *config);

/** Make a state in zeroed memory. HST_INVALID. */
hst_status
hst_chain_init(const hst_chain_rules *rules, void *state, const hst_consensus_config *config);

/** Take one input. */
void hst_chain_step(void *state, const hst_consensus_input *input, hst_effects *effects);

/** Fill the neutral view. */
void hst_chain_inspect(const void *state, hst_consensus_view *view);

/** Hash of the logical state. */
uint64_t hst_chain_digest(const void *state);

/** Signed statements of a message. */
uint32_t hst_chain_claims(const hst_consensus_config *config,
                          uint32_t from,
                          const uint8_t *bytes,
                          size_t size,
                          hst_claim *out,
                          uint32_t capacity);

#endif
