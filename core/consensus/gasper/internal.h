/** @file core/consensus/gasper/internal.h
 * Private to core/consensus/gasper: a replica's tree of blocks, its votes, and what its files do
 * with them.
 *
 * Blocks lie in a ring in the order of their coming, parents before children. A serial number names
 * one; a slot of the ring that was reused has another serial.
 */
#ifndef HST_CORE_CONSENSUS_GASPER_INTERNAL_H
#define HST_CORE_CONSENSUS_GASPER_INTERNAL_H

#include "core/base/random.h"
#include "core/consensus/certificate.h"
#include "core/consensus/gasper/gasper.h"
#include "core/consensus/name.h"

#include <string.h>

/** Phases of statements. */
enum { HST_GASPER_PHASE_HEAD = 1, HST_GASPER_PHASE_LINK };

/** Timers. */
enum { HST_GASPER_TIMER_TICK = 0, HST_GASPER_TIMER_SYNC };

enum {
    HST_GASPER_ORPHANS = 32, /**< blocks that wait for a parent */
    HST_GASPER_GROUPS = 4,   /**< different attestations an aggregator keeps for a slot */
    HST_GASPER_LINKS = 16,   /**< links that are being voted for */
    HST_GASPER_SLOTS = 64,   /**< slots whose blocks are remembered to find equivocation */
    HST_GASPER_AT_ONCE = 32, /**< blocks in answer to one GETBLOCKS */
    HST_GASPER_LOCATOR = 32, /**< ids in one */
    HST_GASPER_KEEP = 32     /**< final blocks that stay, for those who ask */
};

/** A block as its proposer signs it. */
typedef struct hst_gasper_header {
    hst_hash parent;
    uint64_t slot;
    uint64_t height;
    uint64_t justified; /**< epoch its proposer knows to be justified */
    hst_batch batch;
    uint32_t proposer;
} hst_gasper_header;

enum { HST_GASPER_HEADER_SIZE = HST_HASH_SIZE + 8 + 8 + 8 + 16 + 4 };

/** A block on its way in. */
typedef struct hst_gasper_arrival {
    hst_gasper_header header;
    hst_hash id;
    hst_signature signature;
    uint32_t from;
} hst_gasper_arrival;

/** A block of the tree. */
typedef struct hst_gasper_block {
    hst_hash id;
    hst_gasper_header header;
    uint64_t weight; /**< of the replicas whose latest attestation names it */
    uint64_t sum;    /**< with its descendants, at the last search for the head */
    uint32_t serial; /**< 0 = empty */
    uint32_t parent; /**< serial, 0 = gone */
    uint32_t best;   /**< serial of its heaviest child at the last search */
    uint32_t next;   /**< slot + 1 of the next block in the bucket, 0 = none */
} hst_gasper_block;

/** A checkpoint. */
typedef struct hst_gasper_checkpoint {
    uint64_t epoch;
    hst_hash root;
} hst_gasper_checkpoint;

/** A link source -> target and who votes for it. */
typedef struct hst_gasper_link {
    hst_gasper_checkpoint source, target;
    hst_tally tally;
    bool used; /**< voted for by anybody */
    bool done; /**< two thirds are for it */
} hst_gasper_link;

/** Latest attestation of a replica. */
typedef struct hst_gasper_latest {
    uint64_t epoch;  /**< target epoch + 1; 0 = none */
    uint64_t source; /**< source epoch */
    uint64_t link;   /**< first bytes of the link's name */
    uint64_t head;   /**< first bytes of the head's id */
    uint32_t serial; /**< block its weight lies on, 0 = none */
    bool guilty;     /**< contradicted itself: counts no more */
} hst_gasper_latest;

/** Equal attestations an aggregator has. */
typedef struct hst_gasper_group {
    hst_tally head, link;
    hst_gasper_checkpoint source, target;
} hst_gasper_group;

/** Blocks of a slot. */
typedef struct hst_gasper_slot {
    uint64_t slot;
    hst_hash ids[2];
    uint32_t count;
} hst_gasper_slot;

/** Who attests when in an epoch. */
typedef struct hst_gasper_duties {
    uint64_t epoch;  /**< + 1; 0 = not drawn */
    uint32_t *order; /**< replicas shuffled; the one at i attests in slot i modulo slots */
    uint32_t *place; /**< by replica: its i */
} hst_gasper_duties;

/** A replica. */
typedef struct hst_gasper {
    hst_consensus_config config;
    int64_t slot_ns, retry_ns;
    uint64_t slots;    /**< of an epoch */
    uint64_t boost;    /**< weight of a block in time */
    uint64_t now_slot; /**< by the clock; never back */
    uint32_t thirds;   /**< of the slot that are over */
    uint32_t words;    /**< of a set of replicas */
    uint32_t mask;     /**< window - 1 */
    uint32_t serial;   /**< last one given */
    uint32_t root;     /**< serial of the final block */
    uint32_t timely;   /**< block of this slot that came in time */
    uint32_t head;     /**< serial, at the last search */
    bool stale;        /**< the head must be searched again */
    bool lost;         /**< knows its height, not its block */
    bool moved;        /**< a block or a checkpoint came in this step */
    bool sync_armed;
    uint32_t sync_peer, sync_tries;
    uint32_t sync_tip; /**< last block that came from sync_peer, maybe of another branch */
    hst_gasper_checkpoint justified; /**< its block is here; below the current epoch */
    hst_gasper_checkpoint pending;   /**< justified later, not in use yet */
    hst_gasper_checkpoint final;     /**< its block is here */
    hst_gasper_checkpoint proven;    /**< final, not in use yet */
    uint64_t commit_height, final_height;
    hst_hash commit;
    uint64_t phase; /**< last third of a slot that was attended to, counted from genesis, + 1 */
    uint64_t voted_epoch; /**< target epoch of the last attestation + 1, 0 = none */
    uint64_t voted_source, voted_slot, proposed_slot;
    hst_hash voted_head;
    uint64_t sequence, durable;
    uint64_t refused, dropped, reorganisations;
    uint32_t orphan_count, group_count;
    uint64_t group_slot;
    hst_random choices;
    hst_tally proof; /**< of the link that made `final` so */
    hst_gasper_checkpoint proof_target;
    bool has_proof;
    hst_tally proven_proof; /**< the same for `proven` */
    hst_gasper_checkpoint proven_target;
    hst_tally justification; /**< of the link to the last justified checkpoint */
    hst_gasper_checkpoint justification_source, justification_target;
    hst_tally scratch[2]; /**< certificates being read */
    hst_gasper_block *blocks;
    uint32_t *buckets;         /**< [2 * window] slot + 1 */
    uint32_t *main;            /**< committed chain: serials by height modulo window */
    uint32_t *path;            /**< chain of the head: likewise, filled when somebody asks */
    hst_signature *signatures; /**< of blocks, by slot of the ring; NULL when not carried */
    uint64_t *stake;           /**< sums of weights up to each replica, for draws */
    hst_gasper_latest *latest; /**< by replica */
    hst_gasper_link *links;
    hst_gasper_group *groups;
    hst_gasper_slot *seen;
    hst_gasper_arrival *orphans;
    hst_gasper_duties duties[2]; /**< of two epochs, by parity */
} hst_gasper;

/** Value of a parameter. */
static inline int64_t hst_gasper_value(const hst_gasper *m, uint32_t index)
{
    return hst_consensus_parameter_value(&hst_protocol_gasper, &m->config, index);
}

/** The block of a serial, or NULL. */
static inline hst_gasper_block *hst_gasper_at(const hst_gasper *m, uint32_t serial)
{
    hst_gasper_block *block = &m->blocks[serial & m->mask];
    return serial != 0 && block->serial == serial ? block : NULL;
}

/* tree.c: blocks, and the head among them. */
void hst_gasper_write_header(hst_wire *wire, const hst_gasper_header *header);
hst_gasper_header hst_gasper_read_header(hst_wire_reader *reader);
hst_hash hst_gasper_name(const hst_gasper_header *header);
hst_gasper_block *hst_gasper_find(const hst_gasper *m, const hst_hash *id);
hst_gasper_block *hst_gasper_main(const hst_gasper *m, uint64_t height);
hst_gasper_block *hst_gasper_insert(hst_gasper *m,
                                    const hst_gasper_header *header,
                                    const hst_hash *id,
                                    const hst_signature *signature);
void hst_gasper_clear(hst_gasper *m);

/** The head by LMD-GHOST; NULL while lost. */
hst_gasper_block *hst_gasper_head(hst_gasper *m);

/** The last block before or at the first slot of `epoch` on the chain of `block`. */
hst_gasper_block *hst_gasper_boundary(const hst_gasper *m, hst_gasper_block *block, uint64_t epoch);

/* chain.c: what is committed and what is final. */

/** Put checkpoints into force whose blocks are here, and commit and finalise accordingly. */
void hst_gasper_advance(hst_gasper *m, hst_effects *effects);

/** Begin at a final block. */
void hst_gasper_begin(hst_gasper *m, hst_gasper_block *block, uint64_t epoch);

/** Append to the log: the votes and checkpoints of now, and a block unless NULL. */
void hst_gasper_persist(hst_gasper *m, const hst_gasper_block *block, hst_effects *effects);

/** Whether a batch is in the chain of the head above what is committed. */
bool hst_gasper_underway(hst_gasper *m, uint64_t batch);

/* duty.c: who does what when. */

/** The proposer of a slot. */
uint32_t hst_gasper_proposer(const hst_gasper *m, uint64_t slot);

/** The duties of an epoch. */
const hst_gasper_duties *hst_gasper_duties_of(hst_gasper *m, uint64_t epoch);

/** Whether `replica` attests in `slot`. */
bool hst_gasper_attests(hst_gasper *m, uint32_t replica, uint64_t slot);

/** Look at the clock, and do what is due. */
void hst_gasper_tick(hst_gasper *m, const hst_consensus_input *input, hst_effects *effects);

/* block.c: blocks coming in. */
void hst_gasper_on_block(hst_gasper *m, const hst_consensus_input *input, hst_effects *effects);

/** Take in a block made or received, and the orphans that waited for it. */
void hst_gasper_arrive(hst_gasper *m,
                       const hst_gasper_arrival *arrival,
                       int64_t now_ns,
                       hst_effects *effects);

/** Remember that a slot has a block; false when it has two others. */
bool hst_gasper_remember(hst_gasper *m,
                         const hst_gasper_header *header,
                         const hst_hash *id,
                         hst_effects *effects);

/* vote.c: attestations and links. */

/** One replica's attestation of `slot`, by its head and link statements. */
typedef struct hst_gasper_vote {
    hst_statement head, link;
    hst_gasper_checkpoint source, target;
} hst_gasper_vote;

/** Count it. `signature` of the link statement may be NULL. */
void hst_gasper_count(hst_gasper *m,
                      uint32_t voter,
                      const hst_gasper_vote *vote,
                      const hst_signature *signature,
                      hst_effects *effects);

/** Name of a link. */
hst_hash hst_gasper_link_name(const hst_hash *source, const hst_hash *target);

/** Write what was gathered of a slot, with a count in front. */
void hst_gasper_write_groups(const hst_gasper *m, uint64_t slot, hst_wire *wire);

/** Read one aggregate and count it; the reader fails when it is malformed. */
void hst_gasper_take_group(hst_gasper *m,
                           const hst_consensus_input *input,
                           hst_wire_reader *reader,
                           hst_effects *effects);

void hst_gasper_attest(hst_gasper *m, hst_effects *effects);
void hst_gasper_aggregate(hst_gasper *m, hst_effects *effects);
void hst_gasper_on_attestation(hst_gasper *m,
                               const hst_consensus_input *input,
                               hst_effects *effects);
void hst_gasper_on_aggregate(hst_gasper *m, const hst_consensus_input *input, hst_effects *effects);
void hst_gasper_on_link(hst_gasper *m, const hst_consensus_input *input, hst_effects *effects);

/** A link has two thirds of the stake. */
void hst_gasper_supermajority(hst_gasper *m,
                              const hst_gasper_checkpoint *source,
                              const hst_gasper_checkpoint *target,
                              const hst_tally *tally);

/** Whether a weight is two thirds of the stake. */
static inline bool hst_gasper_two_thirds(const hst_gasper *m, uint64_t weight)
{
    const uint64_t total = m->config.membership->total;
    return weight >= total - total / 3;
}

/* sync.c: what was missed. */
void hst_gasper_ask(hst_gasper *m, uint32_t to, int64_t now_ns, hst_effects *effects);
uint32_t hst_gasper_someone(hst_gasper *m);
void hst_gasper_on_getblocks(hst_gasper *m, const hst_consensus_input *input, hst_effects *effects);
void hst_gasper_on_state(hst_gasper *m, const hst_consensus_input *input, hst_effects *effects);
void hst_gasper_on_sync_timer(hst_gasper *m, int64_t now_ns, hst_effects *effects);
void hst_gasper_on_recover(hst_gasper *m, const hst_consensus_input *input);
void hst_gasper_on_start(hst_gasper *m, const hst_consensus_input *input, hst_effects *effects);

#endif
