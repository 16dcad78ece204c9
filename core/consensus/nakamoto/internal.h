/** @file core/consensus/nakamoto/internal.h
 * Private to core/consensus/nakamoto: a replica's tree of blocks and what its files do with it.
 *
 * Blocks lie in a ring of `window` slots in the order of their coming. A serial number names one:
 * its slot is serial modulo window, and a slot that was reused has another serial, so that a
 * reference to a block that is gone says so.
 */
#ifndef HST_CORE_CONSENSUS_NAKAMOTO_INTERNAL_H
#define HST_CORE_CONSENSUS_NAKAMOTO_INTERNAL_H

#include "core/base/random.h"
#include "core/consensus/nakamoto/nakamoto.h"
#include "core/consensus/name.h"

#include <string.h>

/** Difficulty that makes the whole membership find a block every interval. */
enum { HST_NAKAMOTO_UNIT = 1000000 };

/** Timers. */
enum { HST_NAKAMOTO_TIMER_MINE = 0, HST_NAKAMOTO_TIMER_REQUEST, HST_NAKAMOTO_TIMER_SYNC };

/** What a miner signs. */
typedef struct hst_nakamoto_header {
    hst_hash parent;
    uint64_t height;
    int64_t time_ns;     /**< by the miner's clock */
    uint64_t difficulty; /**< work of this block */
    uint64_t nonce;      /**< which draw of its miner found it */
    hst_batch batch;
    uint32_t miner;
} hst_nakamoto_header;

/** A header with its name, before it has a place in the tree. */
typedef struct hst_nakamoto_arrival {
    hst_nakamoto_header header;
    hst_hash id;
    hst_signature signature; /**< of the miner, when carried */
    uint32_t from;           /**< who sent it; self when mined */
} hst_nakamoto_arrival;

/** An arrival that waits for its parent; its signature lies apart. */
typedef struct hst_nakamoto_orphan {
    hst_nakamoto_header header;
    hst_hash id;
    uint32_t from; /**< who sent it */
} hst_nakamoto_orphan;

/** A block of the tree. */
typedef struct hst_nakamoto_block {
    hst_hash id;
    hst_nakamoto_header header;
    uint64_t work;           /**< of the chain up to here */
    int64_t latest_ns;       /**< latest time of it and its ancestors */
    int64_t period_start_ns; /**< time of the first block since the last retarget */
    uint32_t serial;         /**< 0 = empty slot */
    uint32_t parent;         /**< serial of the parent, 0 = gone */
    bool hidden;             /**< found and withheld (selfish) */
} hst_nakamoto_block;

/** Where a slot's block hangs in the table of names; apart from the blocks, which are far from the
 * processor, so that looking for a name touches the one block that has it. */
typedef struct hst_nakamoto_link {
    uint32_t next; /**< link to the next slot in the same bucket, 0 = none; see tree.c */
    uint32_t tag;  /**< first bytes of the block's name: its bucket */
} hst_nakamoto_link;

/** A block asked for. */
typedef struct hst_nakamoto_request {
    hst_hash id;
    int64_t since_ns;
    uint32_t asked;     /**< whom */
    uint32_t others[3]; /**< who announced it too */
    uint32_t count;     /**< of them */
} hst_nakamoto_request;

enum { HST_NAKAMOTO_REQUESTS = 16, HST_NAKAMOTO_ORPHANS = 32, HST_NAKAMOTO_RETURNED = 64 };

/** Blocks sent in answer to one GETBLOCKS, and ids in one. */
enum { HST_NAKAMOTO_AT_ONCE = 32, HST_NAKAMOTO_LOCATOR = 32 };

/** Settled blocks that stay for medians and for starting points, and the spacing of the latter. */
enum { HST_NAKAMOTO_KEEP = 32, HST_NAKAMOTO_ANCHOR = 16 };

/** A replica. What every message looks at comes first. */
typedef struct hst_nakamoto {
    hst_hash best_id; /**< tip of the chain with most work */
    uint64_t best_work, best_height;
    uint32_t best; /**< its serial */
    uint32_t mask; /**< window - 1 */
    bool carry;    /**< signatures are carried */
    bool selfish;
    bool lost;        /**< knows its height, not its block: needs a STATE */
    bool chain_moved; /**< in this step */
    bool request_armed, sync_armed;
    uint8_t request_count, orphan_count;

    hst_nakamoto_request *requests;
    uint32_t *buckets; /**< [2 * window] by first bytes of the id, see tree.c */
    hst_nakamoto_block *blocks;
    hst_nakamoto_link *links; /**< [window] by slot */
    uint32_t *main;           /**< serials of the best chain by height modulo window */
    uint64_t durable;         /**< last record known to be durable */
    uint64_t refused, dropped;

    /* The third line: with the two before it, all that a look from outside reads. */
    uint64_t commit_height, final_height;
    hst_hash commit;
    uint64_t reorganisations;
    uint64_t sequence; /**< last record */

    const int64_t *values; /**< parameters */
    uint64_t period;       /**< of them, as they are needed for every block */
    uint32_t serial;       /**< last one given */

    hst_consensus_config config;
    uint64_t mined;     /**< blocks found in this life */
    uint64_t mining_at; /**< difficulty the mining timer was drawn for; 0 = not mining */
    uint64_t deepest;   /**< of the reorganisations */
    uint32_t sync_tries, sync_peer;
    uint32_t sync_tip;         /**< last block that came from sync_peer, maybe of another branch */
    uint32_t public_best;      /**< selfish: serial of the tip that others know */
    hst_random random;         /**< mining draws */
    hst_random choices;        /**< whom to ask, what a compact block misses */
    hst_hash vouched;          /**< settled block of the last STATE */
    uint32_t voucher;          /**< who sent it */
    hst_signature *signatures; /**< by slot; NULL when not carried */
    hst_batch *returned;       /**< batches of abandoned blocks, to be mined again */
    uint32_t returned_count;
    hst_nakamoto_orphan *orphans;
    hst_signature *orphan_signatures; /**< of them; NULL when not carried */
} hst_nakamoto;

/** Value of a parameter. */
static inline int64_t hst_nakamoto_value(const hst_nakamoto *m, uint32_t index)
{
    return m->values != NULL ? m->values[index] : hst_protocol_nakamoto.parameters[index].standard;
}

/** The block of a serial, or NULL when it is gone. */
static inline hst_nakamoto_block *hst_nakamoto_at(const hst_nakamoto *m, uint32_t serial)
{
    hst_nakamoto_block *block = &m->blocks[serial & m->mask];
    return serial != 0 && block->serial == serial ? block : NULL;
}

/** Whether two names are the same; inline, for it is asked with every message. */
static inline bool hst_nakamoto_same(const hst_hash *a, const hst_hash *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* header.c: headers as bytes and as rules. */

/** Write a header. */
void hst_nakamoto_write_header(hst_wire *wire, const hst_nakamoto_header *header);

/** Read one. */
hst_nakamoto_header hst_nakamoto_read_header(hst_wire_reader *reader);

/** Name of a header. */
hst_hash hst_nakamoto_name(const hst_nakamoto_header *header);

/** Difficulty of a block on `parent`. */
uint64_t hst_nakamoto_difficulty(const hst_nakamoto *m, const hst_nakamoto_block *parent);

/** Earliest time of a block on `parent`. */
int64_t hst_nakamoto_earliest(const hst_nakamoto *m, const hst_nakamoto_block *parent);

/** Nanoseconds until a replica of `weight` of `total` finds a block, from 64 random bits. */
int64_t hst_nakamoto_wait(
    int64_t interval_ns, uint64_t difficulty, uint64_t total, uint64_t weight, uint64_t bits);

/* tree.c: blocks by id and by serial. */

/** The block of an id, or NULL. */
hst_nakamoto_block *hst_nakamoto_find(const hst_nakamoto *m, const hst_hash *id);

/** The block of the best chain at a height, or NULL. */
hst_nakamoto_block *hst_nakamoto_main(const hst_nakamoto *m, uint64_t height);

/** Ask for the memory that a block on the tip will need. */
void hst_nakamoto_expect(const hst_nakamoto *m);

/** Ask for what giving up the next slot's block will need; hst_nakamoto_expect was some time ago.
 */
void hst_nakamoto_expect_bucket(const hst_nakamoto *m);

/** Put a block in, with its place in the chain still to be filled; NULL when there is no slot. */
hst_nakamoto_block *hst_nakamoto_insert(hst_nakamoto *m,
                                        const hst_nakamoto_header *header,
                                        const hst_hash *id,
                                        const hst_signature *signature);

/** Forget all blocks. */
void hst_nakamoto_clear(hst_nakamoto *m);

/* chain.c: which chain, and what of it is settled. */

/** Take a block of the tree into account: true when it is the new tip. */
bool hst_nakamoto_choose(hst_nakamoto *m, hst_nakamoto_block *block, hst_effects *effects);

/** Make a settled block the only one. */
void hst_nakamoto_root(hst_nakamoto *m, hst_nakamoto_block *block);

/** COMMIT and FINAL what the best chain has settled. */
void hst_nakamoto_settle(hst_nakamoto *m, hst_effects *effects);

/** Whether a batch is in the part of the best chain that is not committed. */
bool hst_nakamoto_underway(const hst_nakamoto *m, uint64_t batch);

/* block.c: a block's way into the tree. */

/** Take in what was mined or received, and the orphans that waited for it. */
void hst_nakamoto_arrive(hst_nakamoto *m,
                         const hst_nakamoto_arrival *arrival,
                         int64_t now_ns,
                         hst_effects *effects);

/** Append a block to the log. */
void hst_nakamoto_persist(hst_nakamoto *m, const hst_nakamoto_block *block, hst_effects *effects);

/* relay.c: blocks from replica to replica. */

/** Tell the neighbours but `except` of a block. */
void hst_nakamoto_relay(hst_nakamoto *m,
                        const hst_nakamoto_block *block,
                        uint32_t except,
                        hst_effects *effects);

/** Send a block with its body. */
void hst_nakamoto_send_block(hst_nakamoto *m,
                             const hst_nakamoto_block *block,
                             uint32_t to,
                             hst_effects *effects);

/** A block came: it is not asked for any more. */
void hst_nakamoto_answered(hst_nakamoto *m, const hst_hash *id);

void hst_nakamoto_on_inv(hst_nakamoto *m, const hst_consensus_input *input, hst_effects *effects);
void hst_nakamoto_on_getdata(hst_nakamoto *m,
                             const hst_consensus_input *input,
                             hst_effects *effects);
void hst_nakamoto_on_block(hst_nakamoto *m, const hst_consensus_input *input, hst_effects *effects);
void hst_nakamoto_on_request_timer(hst_nakamoto *m, int64_t now_ns, hst_effects *effects);

/* sync.c: what was missed. */

/** Ask `to` for what follows what we have. */
void hst_nakamoto_ask(hst_nakamoto *m, uint32_t to, int64_t now_ns, hst_effects *effects);

void hst_nakamoto_on_getblocks(hst_nakamoto *m,
                               const hst_consensus_input *input,
                               hst_effects *effects);
void hst_nakamoto_on_state(hst_nakamoto *m, const hst_consensus_input *input, hst_effects *effects);
void hst_nakamoto_on_sync_timer(hst_nakamoto *m, int64_t now_ns, hst_effects *effects);
void hst_nakamoto_on_recover(hst_nakamoto *m, const hst_consensus_input *input);
void hst_nakamoto_on_start(hst_nakamoto *m, const hst_consensus_input *input, hst_effects *effects);

/** A replica to ask, or HST_CONSENSUS_NOBODY. */
uint32_t hst_nakamoto_someone(hst_nakamoto *m);

/* mining.c: finding blocks. */

/** Draw when the next block is found, when the difficulty is not the one drawn for. */
void hst_nakamoto_mine(hst_nakamoto *m, int64_t now_ns, hst_effects *effects);

/** A block was found. */
void hst_nakamoto_on_found(hst_nakamoto *m, const hst_consensus_input *input, hst_effects *effects);

/* selfish.c: the strategy of Eyal and Sirer. */

/** The pool found `block`. */
void hst_nakamoto_selfish_found(hst_nakamoto *m, hst_nakamoto_block *block, hst_effects *effects);

/** Others found `block`. */
void hst_nakamoto_selfish_heard(hst_nakamoto *m, hst_nakamoto_block *block, hst_effects *effects);

#endif
