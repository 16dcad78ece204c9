/** @file core/consensus/certificate.h
 * Votes and certificates: many replicas signing the same statement.
 *
 * A statement is 49 bytes: phase, view, height, and what was voted for. Its phase is the
 * protocol's own number and keeps statements of different meaning apart. A vote is a statement with
 * one signature; a certificate is the statement once, the set of signers, and their signatures.
 *
 *   vote message         kind | statement | signature
 *   certificate in one   ... statement | signers: (n + 7) / 8 bytes | a signature each ...
 *
 * A tally collects votes for one statement and turns into a certificate at a quorum.
 *
 * Memory    a tally is laid out with room for n signatures (none when they are not carried).
 * Threads   plain values.
 * Cost      a vote is O(1), a certificate O(n / 64) and a copy of its signatures when carried.
 */
#ifndef HST_CORE_CONSENSUS_CERTIFICATE_H
#define HST_CORE_CONSENSUS_CERTIFICATE_H

#include "core/consensus/consensus.h"
#include "core/consensus/layout.h"

/** Bytes of a statement. */
enum { HST_STATEMENT_SIZE = 1 + 8 + 8 + HST_HASH_SIZE };

/** What is signed. */
typedef struct hst_statement {
    uint8_t phase;   /**< the protocol's number of the kind of vote */
    uint64_t view;   /**< view, round, term; 0 where there is none */
    uint64_t height; /**< height, sequence number; 0 where there is none */
    hst_hash id;     /**< block or value; zero = nil */
} hst_statement;

/** Votes for one statement. */
typedef struct hst_tally {
    hst_statement statement;   /**< what is voted for */
    uint64_t weight;           /**< of those who voted */
    uint64_t *signers;         /**< set of them */
    hst_signature *signatures; /**< by replica; NULL when not carried */
} hst_tally;

/** Lay out the arrays of a tally (its struct is the caller's); `tally` NULL while measuring. */
void hst_tally_lay_out(hst_tally *tally, hst_layout *layout, const hst_consensus_config *config);

/** Start over with another statement. */
void hst_tally_reset(hst_tally *tally, const hst_membership *membership, hst_statement statement);

/** Count a vote, once; false when it was there. `signature` may be NULL when not carried, and for
 * one's own vote whose signature the host makes later. */
bool hst_tally_add(hst_tally *tally,
                   const hst_membership *membership,
                   uint32_t voter,
                   const hst_signature *signature);

/** Copy; both laid out under one configuration. */
void hst_tally_copy(hst_tally *to, const hst_tally *from, const hst_membership *membership);

/** Whether two statements are the same. */
static inline bool hst_statement_equal(const hst_statement *a, const hst_statement *b)
{
    return a->phase == b->phase && a->view == b->view && a->height == b->height &&
           hst_hash_equal(&a->id, &b->id);
}

/** Write a statement. */
static inline void hst_wire_statement(hst_wire *wire, const hst_statement *statement)
{
    hst_wire_u8(wire, statement->phase);
    hst_wire_u64(wire, statement->view);
    hst_wire_u64(wire, statement->height);
    hst_wire_hash(wire, &statement->id);
}

/** Write a tally as a certificate. */
void hst_wire_certificate(hst_wire *wire, const hst_tally *tally, const hst_membership *membership);

/** Read a statement into its place; zeroes when it is not all there. */
static inline void hst_wire_read_statement_to(hst_wire_reader *reader, hst_statement *statement)
{
    if (reader->short_of || reader->size - reader->at < HST_STATEMENT_SIZE) {
        reader->short_of = true;
        *statement = (hst_statement){0};
        return;
    }
    const uint8_t *at = reader->bytes + reader->at;
    statement->phase = at[0];
    memcpy(&statement->view, at + 1, sizeof statement->view);
    memcpy(&statement->height, at + 9, sizeof statement->height);
    memcpy(statement->id.bytes, at + 17, sizeof statement->id.bytes);
    reader->at += HST_STATEMENT_SIZE;
}

/** Read a statement. */
static inline hst_statement hst_wire_read_statement(hst_wire_reader *reader)
{
    hst_statement statement;
    hst_wire_read_statement_to(reader, &statement);
    return statement;
}

/** Read a certificate into a tally laid out for it; the reader fails when a signer is nobody. */
void hst_wire_read_certificate(hst_wire_reader *reader,
                               const hst_membership *membership,
                               hst_tally *tally);

/** Claims of a vote at the reader's place (statement, signature), which it passes over. */
uint32_t
hst_claims_vote(hst_wire_reader *reader, uint32_t signer, hst_claim *out, uint32_t capacity);

/** Claims of a certificate at the reader's place, which it passes over. */
uint32_t hst_claims_certificate(hst_wire_reader *reader,
                                const hst_membership *membership,
                                hst_claim *out,
                                uint32_t capacity);

#endif
