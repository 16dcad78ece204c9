/** @file core/consensus/mysticeti/block.h
 * Private to core/consensus/mysticeti: a block as bytes.
 *
 *   body  author 4 | round 8 | batch 16 | references 2 | a reference each: author 2, back 2, id 32
 *
 * `back` is by how many rounds a reference goes back. The id is the BLAKE2b-256 of the body; the
 * author signs the body. Messages that hold a block are: kind 1 | flag 1 | body | signature.
 *
 * Threads   plain values.
 */
#ifndef HST_CORE_CONSENSUS_MYSTICETI_BLOCK_H
#define HST_CORE_CONSENSUS_MYSTICETI_BLOCK_H

#include "core/consensus/consensus.h"

#include <string.h>

/** Sizes of a block's parts. */
enum {
    HST_MYSTICETI_HEAD_SIZE = 4 + 8 + 16 + 2,             /**< before the references */
    HST_MYSTICETI_REFERENCE_SIZE = 2 + 2 + HST_HASH_SIZE, /**< of one */
    HST_MYSTICETI_BODY_AT = 2,                            /**< where the body begins in a message */
    HST_MYSTICETI_WEAK_MAX = 16,                          /**< references to older rounds */
};

/** A block by name. */
typedef struct hst_mysticeti_reference {
    uint64_t round;  /**< in which it was proposed */
    uint32_t author; /**< by whom */
    hst_hash id;     /**< of its body */
} hst_mysticeti_reference;

/** A block that was read but not taken in; points into its bytes. */
typedef struct hst_mysticeti_draft {
    const uint8_t *body;     /**< borrowed */
    uint32_t size;           /**< of the body */
    uint32_t author;         /**< who proposed it */
    uint64_t round;          /**< in which round */
    hst_batch batch;         /**< what it carries; empty = nothing */
    uint32_t count;          /**< references */
    hst_hash id;             /**< filled by hst_mysticeti_draft_name */
    hst_signature signature; /**< of the author, zero when not carried */
} hst_mysticeti_draft;

/** Most references of a block: one a replica, and some to older rounds. */
uint32_t hst_mysticeti_references_max(uint32_t replicas);

/** Start a body; references follow. */
void hst_mysticeti_write_head(
    hst_wire *wire, uint32_t author, uint64_t round, hst_batch batch, uint32_t count);

/** One reference of a block of `round`. */
void hst_mysticeti_write_reference(hst_wire *wire,
                                   uint64_t round,
                                   const hst_mysticeti_reference *reference);

/** Read a body at the reader's place; the reader fails when it is not whole. */
hst_mysticeti_draft hst_mysticeti_read_body(hst_wire_reader *reader);

/** The reference at `index` < draft->count. */
hst_mysticeti_reference hst_mysticeti_draft_reference(const hst_mysticeti_draft *draft,
                                                      uint32_t index);

/** A reference as it lies in the body. */
typedef struct hst_mysticeti_citation {
    uint16_t author;   /**< whose block */
    uint16_t back;     /**< rounds it goes back */
    const uint8_t *id; /**< in the body */
} hst_mysticeti_citation;

/** The same without copying: for the paths that every block takes. */
static inline hst_mysticeti_citation hst_mysticeti_draft_citation(const hst_mysticeti_draft *draft,
                                                                  uint32_t index)
{
    const uint8_t *at =
        draft->body + HST_MYSTICETI_HEAD_SIZE + (size_t)index * HST_MYSTICETI_REFERENCE_SIZE;
    hst_mysticeti_citation one;
    memcpy(&one.author, at, sizeof one.author);
    memcpy(&one.back, at + 2, sizeof one.back);
    one.id = at + 4;
    return one;
}

/** Give it its id. */
void hst_mysticeti_draft_name(hst_mysticeti_draft *draft);

/** Whether a block could ever be right: a known author, references that go back by 1 to `age`
 * rounds, and to a quorum of authors in the round before (none in round 1). */
bool hst_mysticeti_draft_valid(const hst_mysticeti_draft *draft,
                               const hst_membership *membership,
                               uint64_t age);

#endif
