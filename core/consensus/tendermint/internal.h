/** @file core/consensus/tendermint/internal.h
 * Private to core/consensus/tendermint: the state of a replica and what the files share.
 *
 *   tendermint.c  the protocol's table, inputs to functions     schedule.c  whose turn it is
 *   receive.c     proposals and votes as they come in            votes.c     counting, evidence
 *   rounds.c      the paper's rules, locks and timeouts          sync.c      catching up
 *   height.c      decisions, from one height to the next         look.c      claims, view, digest
 *   durable.c     records, and sending behind them
 *
 * Comments name lines of the paper's Algorithm 1 as L22, L28 ...
 */
#ifndef HST_CORE_CONSENSUS_TENDERMINT_INTERNAL_H
#define HST_CORE_CONSENSUS_TENDERMINT_INTERNAL_H

#include "core/consensus/certificate.h"
#include "core/consensus/tendermint/tendermint.h"

enum {
    HST_TM_PROPOSAL = 0,
    HST_TM_PREVOTE,
    HST_TM_PRECOMMIT,
    HST_TM_POLKA,
    HST_TM_STATUS,
    HST_TM_FETCH,
    HST_TM_DECISION,
    HST_TM_STATE,
    HST_TM_KINDS
};

enum {
    HST_TM_TIMER_PROPOSE = 0,
    HST_TM_TIMER_PREVOTE,
    HST_TM_TIMER_PRECOMMIT,
    HST_TM_TIMER_COMMIT,
    HST_TM_TIMER_STATUS,
    HST_TM_TIMER_FETCH,
    HST_TM_TIMERS
};

enum {
    HST_TM_PARAMETER_PROPOSE = 0, /* these six in the order of the timers, base and delta */
    HST_TM_PARAMETER_PROPOSE_DELTA,
    HST_TM_PARAMETER_PREVOTE,
    HST_TM_PARAMETER_PREVOTE_DELTA,
    HST_TM_PARAMETER_PRECOMMIT,
    HST_TM_PARAMETER_PRECOMMIT_DELTA,
    HST_TM_PARAMETER_COMMIT,
    HST_TM_PARAMETER_EMPTY,
    HST_TM_PARAMETER_STATUS,
    HST_TM_PARAMETER_FETCH,
    HST_TM_PARAMETER_WINDOW,
    HST_TM_PARAMETERS
};

/* Phases of statements; the first two index what is kept of votes. */
enum { HST_TM_PHASE_PREVOTE = 0, HST_TM_PHASE_PRECOMMIT, HST_TM_PHASE_PROPOSE, HST_TM_VOTES = 2 };

enum {
    HST_TM_ROUNDS = 8,    /* rounds of a height whose votes are kept: a power of two */
    HST_TM_CANDIDATES = 4 /* ids counted in a round and phase: nil and three more */
};

/* Rounds beyond are refused: they lie years of timeouts ahead. */
#define HST_TM_ROUND_MAX (UINT64_C(1) << 20)

typedef enum hst_tm_step {
    HST_TM_STEP_NEW_HEIGHT = 0, /* timeout_commit runs */
    HST_TM_STEP_NEW_ROUND,      /* nothing to propose yet */
    HST_TM_STEP_PROPOSE,
    HST_TM_STEP_PREVOTE,  /* has prevoted */
    HST_TM_STEP_PRECOMMIT /* has precommitted */
} hst_tm_step;

/* v of the paper: a block. Height and parent are in its id. */
typedef struct hst_tm_value {
    hst_hash id;
    hst_batch batch;
    uint32_t proposer; /* who made it, which need not be who proposes it now */
} hst_tm_value;

typedef struct hst_tm_proposal {
    hst_tm_value value;
    int64_t valid_round;     /* round of the proof that came along, -1 = fresh */
    hst_signature signature; /* of its statement, for evidence */
    bool known;
    bool checked; /* the id is what the block says; not before its parent is decided */
} hst_tm_proposal;

/* The votes of one phase of a round. A voter is in one tally at most, so they share signatures. */
typedef struct hst_tm_poll {
    uint64_t weight;                      /* of everyone who voted, for whatever */
    uint32_t count;                       /* tallies in use; [0] is nil */
    hst_tally tallies[HST_TM_CANDIDATES]; /* by what was voted for */
    uint8_t *choice;                      /* [n] 0 = none, 1 + tally, or UNLISTED */
    uint64_t *guilty;                     /* set of those proven to have voted twice */
} hst_tm_poll;

enum { HST_TM_UNLISTED = 255 };

/* A round. */
typedef struct hst_tm_slot {
    uint64_t height; /* 0 = unused */
    uint64_t round;
    uint32_t proposer;
    bool polka;   /* q PREVOTEs for its proposal were acted upon (L36: for the first time) */
    bool doubled; /* its proposer was proven to have proposed twice */
    hst_tm_proposal proposal;
    hst_tm_poll polls[HST_TM_VOTES];
} hst_tm_slot;

/* Own votes in a round. */
typedef struct hst_tm_ballot {
    uint64_t round;
    bool cast[HST_TM_VOTES];
    hst_hash id[HST_TM_VOTES];
} hst_tm_ballot;

/* What must outlive a crash. */
typedef struct hst_tm_own {
    uint64_t height;
    uint64_t round;
    hst_tm_ballot ballots[2]; /* by round modulo 2: this one and the one before */
    int64_t locked_round;     /* -1 = not locked */
    hst_tm_value locked;
    int64_t valid_round; /* -1 = none; its PREVOTEs are in hst_tm.proof */
    hst_tm_value valid;
    int64_t proposed_round; /* last round it proposed in, -1 = none */
    int64_t proposed_valid; /* valid round of that */
    hst_tm_value proposed;
    hst_statement vote; /* last one cast, of any height */
    bool voted;         /* there is one */
} hst_tm_own;

/* A decided block. */
typedef struct hst_tm_decision {
    uint64_t height; /* 0 = unused */
    hst_hash parent;
    hst_tm_value value;
    hst_tally proof; /* q PRECOMMITs of one round */
} hst_tm_decision;

/* How far a peer is. */
typedef struct hst_tm_place {
    uint64_t height;
    uint64_t round;
} hst_tm_place;

/* Priorities after a number of turns. */
typedef struct hst_tm_schedule {
    uint64_t turns;
    uint32_t proposer; /* of the last of them */
    int64_t *priority; /* [n]; NULL when weights are equal */
} hst_tm_schedule;

enum { HST_TM_OUTBOX = 8 };

typedef struct hst_tm {
    hst_consensus_config config;
    int64_t parameters[HST_TM_PARAMETERS];
    uint32_t n;
    uint64_t quorum, weak;
    uint64_t period; /* turns after which the schedule repeats */
    hst_tm_schedule base, probe;

    int64_t now_ns;  /* of this step */
    hst_batch offer; /* of this step; empty once used */

    uint64_t height; /* being decided */
    hst_hash parent; /* block of the height before */
    uint64_t round;
    hst_tm_step step;
    uint32_t proposer;                /* of this round */
    int64_t deadlines[HST_TM_TIMERS]; /* NEVER = does not run */
    hst_tm_slot *slots;               /* [2][ROUNDS]: even and odd heights, this and the next */
    hst_tm_own own;
    hst_tally proof;   /* q PREVOTEs for own.valid */
    hst_tally scratch; /* a certificate just read */

    hst_tm_place *places;   /* [n] */
    uint64_t ahead_weight;  /* of peers at this height in a higher round */
    uint64_t beyond_weight; /* of peers at a higher height */

    uint64_t window;
    hst_tm_decision *decisions; /* [window] by height modulo window */
    uint64_t proven;            /* highest height known to be decided */
    int64_t progress_ns;        /* when height, round or step last changed */
    uint32_t asks;              /* STATUS asked since then */
    uint64_t *heard;            /* set of replicas known not to be ahead, since START */
    uint64_t heard_weight;
    bool settled; /* a quorum is not ahead, or a decision was made: nothing was missed */
    bool fetching;
    uint32_t asked;       /* last peer that was sent a FETCH */
    uint64_t fetch_from;  /* height asked for */
    uint64_t fetch_until; /* last height that one answer brings */

    bool dirty;    /* own state, or the last decision, is not in a record yet */
    bool announce; /* own.proposed is to be broadcast */
    uint32_t tell; /* who is to hear of own.valid, NOBODY = no one */
    uint32_t outbox_count;
    hst_statement outbox[HST_TM_OUTBOX]; /* votes to broadcast */
    uint64_t sequence, durable, forgotten;
    uint64_t vote_sequence; /* record that holds own.vote */
    hst_statement shown;    /* last vote that is durable: one that was lost was never cast */
    bool shows;             /* there is one */

    uint64_t view_changes, refused, dropped;
} hst_tm;

/* ---- schedule.c --------------------------------------------------------------------------- */

/* Measure the weights. */
void hst_tm_schedule_init(hst_tm *m);
/* Whose turn it is; turns count from 1. */
uint32_t hst_tm_proposer_of(hst_tm *m, uint64_t turn);
/* Keep the priorities of this turn at hand. */
void hst_tm_schedule_to(hst_tm *m, uint64_t turn);

/* ---- votes.c ------------------------------------------------------------------------------ */

/* The round's slot, or NULL when it is outside the window. */
hst_tm_slot *hst_tm_slot_at(hst_tm *m, uint64_t height, uint64_t round);
/* Count a vote; whether a weight reached a quorum by it. */
bool hst_tm_count(hst_tm *m,
                  hst_tm_slot *slot,
                  const hst_statement *vote,
                  uint32_t voter,
                  const hst_signature *signature,
                  hst_effects *effects);
/* Make sure that votes for `id` are counted. */
void hst_tm_list(hst_tm *m, hst_tm_slot *slot, const hst_hash *id);
/* Votes for `id`, or NULL. */
const hst_tally *hst_tm_tally_of(const hst_tm_poll *poll, const hst_hash *id);
/* Two statements of `guilty` that contradict each other. */
void hst_tm_accuse(hst_tm *m,
                   uint32_t guilty,
                   const hst_statement *a,
                   const hst_signature *a_signature,
                   const hst_statement *b,
                   const hst_signature *b_signature,
                   hst_effects *effects);
/* A peer is (at least) at this height and round. */
void hst_tm_note_place(hst_tm *m, uint32_t peer, uint64_t height, uint64_t round);
/* Count places again, after this replica moved. */
void hst_tm_recount(hst_tm *m);

/* ---- rounds.c ----------------------------------------------------------------------------- */

/* Apply every rule that applies. */
void hst_tm_advance(hst_tm *m, hst_effects *effects);
/* Begin round 0 of this height, if there is a reason to. */
void hst_tm_begin(hst_tm *m, hst_effects *effects);
/* A step's timer fired. */
void hst_tm_on_timeout(hst_tm *m, uint32_t timer, hst_effects *effects);

/* ---- receive.c ---------------------------------------------------------------------------- */

void hst_tm_on_proposal(hst_tm *m, const hst_consensus_input *input, hst_effects *effects);
void hst_tm_on_vote(hst_tm *m, const hst_consensus_input *input, hst_effects *effects);
void hst_tm_on_polka(hst_tm *m, const hst_consensus_input *input, hst_effects *effects);

/* ---- height.c ----------------------------------------------------------------------------- */

/* The block's name. */
hst_hash hst_tm_value_id(uint64_t height, const hst_hash *parent, const hst_tm_value *value);
/* The proposal known under an id, or NULL. */
const hst_tm_value *hst_tm_find_value(const hst_tm *m, const hst_hash *id);
/* L49: decide when q PRECOMMITs of a round are for a known value. */
bool hst_tm_decide(hst_tm *m, hst_effects *effects);
/* Commit decisions that are at hand for this height and the next ones. */
void hst_tm_adopt(hst_tm *m, hst_effects *effects);
/* The decision kept for a height, or NULL. */
hst_tm_decision *hst_tm_decision_at(const hst_tm *m, uint64_t height);
/* Be at a height whose parent is decided. */
void hst_tm_enter_height(hst_tm *m, uint64_t height, const hst_hash *parent);

/* ---- sync.c ------------------------------------------------------------------------------- */

void hst_tm_on_status(hst_tm *m, const hst_consensus_input *input, hst_effects *effects);
void hst_tm_on_fetch(hst_tm *m, const hst_consensus_input *input, hst_effects *effects);
void hst_tm_on_decision(hst_tm *m, const hst_consensus_input *input, hst_effects *effects);
/* Let the STATUS timer run, if there is something to watch. */
void hst_tm_watch(hst_tm *m, hst_effects *effects);
void hst_tm_on_watch(hst_tm *m, hst_effects *effects);
void hst_tm_on_fetch_timeout(hst_tm *m, hst_effects *effects);
/* Ask the next peer that is ahead. */
void hst_tm_fetch(hst_tm *m, hst_effects *effects);
/* Ask everyone where they are. */
void hst_tm_ask_status(hst_tm *m, hst_effects *effects);

/* ---- durable.c ---------------------------------------------------------------------------- */

/* Make durable what must be, then send what was cast. */
void hst_tm_flush(hst_tm *m, hst_effects *effects);
void hst_tm_recover(hst_tm *m, const hst_consensus_input *input);
void hst_tm_on_persisted(hst_tm *m, uint64_t sequence);
/* Write own proposal, a vote, the valid value with its proof; then they are sent. */
void hst_tm_write_proposal(const hst_tm *m, hst_effects *effects);
void hst_tm_write_vote(const hst_statement *vote, hst_effects *effects);
void hst_tm_write_polka(const hst_tm *m, hst_effects *effects);
/* Whether the proof of own proposal is still at hand. */
bool hst_tm_may_repeat_proposal(const hst_tm *m);
void hst_tm_write_value(hst_wire *wire, const hst_tm_value *value);
hst_tm_value hst_tm_read_value(hst_wire_reader *reader);

/* ---- look.c ------------------------------------------------------------------------------- */

uint32_t hst_tm_claims(const hst_consensus_config *config,
                       uint32_t from,
                       const uint8_t *bytes,
                       size_t size,
                       hst_claim *out,
                       uint32_t capacity);
void hst_tm_inspect(const void *state, hst_consensus_view *view);
uint64_t hst_tm_digest(const void *state);

/* ---- small things -------------------------------------------------------------------------- */

static inline void
hst_tm_timer_set(hst_tm *m, uint32_t timer, int64_t deadline_ns, hst_effects *effects)
{
    m->deadlines[timer] = deadline_ns;
    hst_effects_timer_set(effects, timer, deadline_ns);
}

/* It durably voted at a height that it has yet to reach again: till then it only follows. */
static inline bool hst_tm_muted(const hst_tm *m)
{
    return m->own.height > m->height;
}

#endif
