/** @file core/consensus/mysticeti/dag.h
 * Private to core/consensus/mysticeti: the graph of blocks whose ancestors are all present, within
 * a window of rounds, and what each block says by the place it takes.
 *
 *   base < ... < floor < ... < decided < ... < decided + lead
 *    |  forgotten below   |  deliverable         |  room for blocks that wait for a decision
 *
 * A reference to a block at or below the floor counts as present: nothing there will be delivered
 * any more. References go back by at most `age` rounds = floor - base, so that every block above
 * the floor can still be written out for others.
 *
 * When a block is put in, two things about it are worked out for good from its references: which
 * leader blocks of the round before it votes for, and of which leader blocks two rounds before it
 * is a certificate. Each leader slot keeps the weight of authors, never of blocks, that certified
 * its block and that voted for none. All of it is a function of the set of blocks, not of the order
 * in which they came.
 *
 * A stub stands for a block that was delivered before this replica came: only its name is known.
 *
 * Memory    window * n blocks and a spare for equivocators; handles are 16 bits wide.
 * Cost      putting in a block: O(references * leaders).
 * Source    arXiv 2310.14821, sections 3 and 4.
 */
#ifndef HST_CORE_CONSENSUS_MYSTICETI_DAG_H
#define HST_CORE_CONSENSUS_MYSTICETI_DAG_H

#include "core/consensus/layout.h"
#include "core/consensus/mysticeti/block.h"

enum {
    HST_MYSTICETI_LEADERS_MAX = 8,   /**< slots a round */
    HST_MYSTICETI_WAVE = 3,          /**< leader, vote, decision */
    HST_MYSTICETI_NONE = UINT16_MAX, /**< no block */
};

/** A block in the graph; what walks look at comes first. */
typedef struct hst_mysticeti_block {
    uint64_t round;        /**< in which it was proposed */
    uint64_t delivered_at; /**< round of the leader that delivered it; 0 = not yet */
    uint32_t mark;         /**< of the walk that last came by */
    uint16_t author;       /**< who proposed it */
    uint16_t count;        /**< references */
    uint16_t sibling; /**< next block of this author and round, by ascending id; or free list */
    bool used;        /**< it is a block */
    bool stub;        /**< only its name is known */
    bool whole;       /**< every reference has a block here: it can be written out */
    bool extra;       /**< another block of this author and round came first */
    bool linked;      /**< in the causal history of this replica's own last block */
    bool logged;      /**< in a record */
    bool older;       /**< it cites blocks of other rounds than the one before */
    uint16_t vote[HST_MYSTICETI_LEADERS_MAX];        /**< by slot of the round before */
    uint16_t certificate[HST_MYSTICETI_LEADERS_MAX]; /**< by slot two rounds before */
    hst_hash id;                                     /**< of its body */
    hst_batch batch;                                 /**< what it carries */
} hst_mysticeti_block;

/** What the graph says about a leader slot. */
typedef struct hst_mysticeti_slot {
    uint64_t certificate_weight; /**< authors of certificates for `certified` */
    uint64_t skip_weight;        /**< authors of a block of the next round that votes for none */
    uint16_t certified;          /**< the block that has certificates */
    uint64_t *certificate_set;   /**< those authors */
    uint64_t *skip_set;          /**< those authors */
    uint64_t *voter_set;         /**< authors of a block of the next round that votes for some */
} hst_mysticeti_slot;

/** A round. */
typedef struct hst_mysticeti_round {
    uint64_t number;   /**< 0 = not in use */
    uint64_t weight;   /**< of authors with a block */
    uint32_t unlogged; /**< blocks in no record yet */
    uint32_t extras; /**< blocks beyond the first of their author; 0 unless somebody equivocates */
    uint16_t *first; /**< [n] by author */
    hst_hash *ids;   /**< [n] by author, of `first`: side by side, to be looked up fast */
    uint64_t *delivered_set;   /**< authors whose `first` is delivered; while there are no extras */
    uint64_t *linked_set;      /**< likewise, linked */
    hst_mysticeti_slot *slots; /**< [leaders] */
} hst_mysticeti_round;

/** The graph. */
typedef struct hst_mysticeti_dag {
    const hst_membership *membership; /**< who takes part */
    uint64_t quorum;                  /**< weight */
    uint32_t count;                   /**< replicas */
    uint32_t words;                   /**< of a set of them */
    uint32_t leaders;                 /**< slots a round */
    uint32_t stride;                  /**< a round with slots every so many: 1 when pipelined */
    uint64_t window;                  /**< rounds kept */
    uint64_t depth;                   /**< of them can be delivered */
    uint64_t age;                     /**< a reference goes back at most so many */
    uint64_t lead;                    /**< beyond the last decided round */
    uint32_t capacity;                /**< blocks */
    uint32_t references_max;          /**< of a block */
    uint32_t spare;   /**< blocks beyond the first of their author and round: most */
    uint32_t extras;  /**< and now */
    uint64_t decided; /**< all slots up to this round are decided and delivered */
    uint64_t floor;   /**< decided - depth */
    uint64_t base;    /**< floor - age */
    uint64_t top;     /**< highest round with a block */
    uint64_t clock;   /**< threshold clock: one more than the highest round with a quorum */
    uint64_t pending; /**< blocks with a batch that are not delivered */
    uint64_t alarms;  /**< slots with two certified blocks: more than f are faulty */
    uint64_t gone;    /**< blocks with a batch that became too old to be delivered */
    uint32_t epoch;   /**< of walks */
    bool changed;     /**< a slot got a direct decision since the committer looked */
    uint16_t free;    /**< first block given back */
    uint32_t fresh;   /**< blocks from here on were never used */
    hst_mysticeti_block *blocks; /**< [capacity] */
    uint16_t *references;        /**< [capacity * references_max] */
    uint64_t *cited;             /**< [capacity] sets of authors cited in the round before */
    uint64_t *reach;             /**< [window] sets of authors, of walks */
    hst_signature *signatures;   /**< [capacity]; NULL when not carried */
    hst_mysticeti_round *rounds; /**< [window] by round modulo window */
    uint64_t *last;              /**< [n] highest round of an author's blocks */
    uint16_t *stack;             /**< [capacity] of walks */
} hst_mysticeti_dag;

/** Rounds kept and how they are divided, for a configuration. */
typedef struct hst_mysticeti_shape {
    uint32_t leaders, stride, spare, capacity; /**< as in the graph */
    uint64_t window;                           /**< as in the graph */
} hst_mysticeti_shape;

/** Lay out and, unless measuring (`dag` NULL), set up an empty graph. */
void hst_mysticeti_dag_lay_out(hst_mysticeti_dag *dag,
                               hst_layout *layout,
                               const hst_consensus_config *config,
                               const hst_mysticeti_shape *shape);

/** A block by handle. */
static inline hst_mysticeti_block *hst_mysticeti_at(const hst_mysticeti_dag *dag, uint16_t handle)
{
    return &dag->blocks[handle];
}
/** Its references. */
static inline uint16_t *hst_mysticeti_references_of(const hst_mysticeti_dag *dag, uint16_t handle)
{
    return &dag->references[(size_t)handle * dag->references_max];
}

/** Authors whose blocks of the round before it cites. */
static inline uint64_t *hst_mysticeti_cited(const hst_mysticeti_dag *dag, uint16_t handle)
{
    return &dag->cited[(size_t)handle * dag->words];
}

/** A round's number modulo the window; narrow divisions take half the time. */
static inline uint64_t hst_mysticeti_place_of(const hst_mysticeti_dag *dag, uint64_t number)
{
    return number <= UINT32_MAX ? (uint32_t)number % (uint32_t)dag->window : number % dag->window;
}

/** The round of a number, or NULL when it is not in the window or has nothing. */
static inline hst_mysticeti_round *hst_mysticeti_round_at(const hst_mysticeti_dag *dag,
                                                          uint64_t number)
{
    hst_mysticeti_round *round = &dag->rounds[hst_mysticeti_place_of(dag, number)];
    return number > 0 && round->number == number ? round : NULL;
}

/** First block of an author in a round, or NONE. */
static inline uint16_t
hst_mysticeti_first(const hst_mysticeti_dag *dag, uint64_t number, uint32_t author)
{
    const hst_mysticeti_round *round = hst_mysticeti_round_at(dag, number);
    return round != NULL ? round->first[author] : (uint16_t)HST_MYSTICETI_NONE;
}

/** The block of an author and round that was here first; NONE when there is none. */
uint16_t hst_mysticeti_original(const hst_mysticeti_dag *dag, uint64_t number, uint32_t author);

/** The leader of slot `k` of a round; HST_CONSENSUS_NOBODY when the round has no slots. */
static inline uint32_t
hst_mysticeti_leader(const hst_mysticeti_dag *dag, uint64_t round, uint32_t k)
{
    return round == 0 || round % dag->stride != 0
               ? HST_CONSENSUS_NOBODY
               : (uint32_t)((round / dag->stride + k) % dag->count);
}

/** The block of that name, or NONE. */
uint16_t hst_mysticeti_find(const hst_mysticeti_dag *dag, const hst_mysticeti_reference *name);

/** A draft's references as blocks of the graph. */
typedef struct hst_mysticeti_resolved {
    uint16_t *handles; /**< [references_max], the caller's; NONE for what is too old to be here */
    bool whole;        /**< there is none of those */
    bool older;        /**< some are not of the round before */
    uint64_t cited[HST_MEMBER_MAX / 64]; /**< authors of those that are */
} hst_mysticeti_resolved;

/** Resolve a draft's references: how many could be found before the first missing one. What lies
 * at or below the floor counts as found. */
uint32_t hst_mysticeti_resolve(const hst_mysticeti_dag *dag,
                               const hst_mysticeti_draft *draft,
                               hst_mysticeti_resolved *out);

/** Ask for the memory that the next block will take: it was last looked at a window ago. */
static inline void hst_mysticeti_expect(const hst_mysticeti_dag *dag)
{
    enum { LINE = 64 };
    const uint32_t handle = dag->free != HST_MYSTICETI_NONE ? dag->free : dag->fresh;
    if (handle >= dag->capacity) {
        return;
    }
    const char *block = (const char *)&dag->blocks[handle];
    const char *references = (const char *)&dag->references[(size_t)handle * dag->references_max];
    __builtin_prefetch(block, 1);
    __builtin_prefetch(block + LINE, 1);
    __builtin_prefetch(block + sizeof *dag->blocks - 1, 1);
    __builtin_prefetch(references, 1);
    __builtin_prefetch(references + LINE, 1);
    __builtin_prefetch(&dag->cited[(size_t)handle * dag->words], 1);
}

/** Whether a round can be stored. */
static inline bool hst_mysticeti_in_window(const hst_mysticeti_dag *dag, uint64_t round)
{
    return round > dag->floor && round <= dag->decided + dag->lead;
}

/** Put in a block whose references are all resolved; its handle, or NONE when there is no room. */
uint16_t hst_mysticeti_insert(hst_mysticeti_dag *dag,
                              const hst_mysticeti_draft *draft,
                              const hst_mysticeti_resolved *references);

/** Work out what a block just put in says, and count it (meaning.c). */
void hst_mysticeti_read_meaning(hst_mysticeti_dag *dag, uint16_t handle);

/** Put in a stub that was delivered at `delivered_at`; or mark the block as delivered when it is
 * here. False when there is no room. */
bool hst_mysticeti_insert_stub(hst_mysticeti_dag *dag,
                               const hst_mysticeti_reference *name,
                               uint64_t delivered_at);

/** All slots up to `decided` are decided and delivered: forget what became too old. */
void hst_mysticeti_advance(hst_mysticeti_dag *dag, uint64_t decided);

/** A block is delivered. */
void hst_mysticeti_set_delivered(hst_mysticeti_dag *dag, uint16_t handle, uint64_t at);

/** A block is linked, whatever it cites. */
void hst_mysticeti_mark_linked(hst_mysticeti_dag *dag, uint16_t handle);

/** Note that the causal history of a block is in this replica's own history. */
void hst_mysticeti_set_linked(hst_mysticeti_dag *dag, uint16_t handle);

/** Write a block's body; it must be whole and above the floor. */
void hst_mysticeti_write_body(const hst_mysticeti_dag *dag, uint16_t handle, hst_wire *wire);

/** A name for a new walk. */
uint32_t hst_mysticeti_walk(hst_mysticeti_dag *dag);

#endif
