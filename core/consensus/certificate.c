#include "core/consensus/certificate.h"

#include <string.h>

void hst_tally_lay_out(hst_tally *tally, hst_layout *layout, const hst_consensus_config *config)
{
    const uint32_t count = config->membership->count;
    uint64_t *signers = hst_layout_take(layout, hst_member_words(count), sizeof *signers);
    hst_signature *signatures =
        config->carry_signatures ? hst_layout_take(layout, count, sizeof *signatures) : NULL;
    if (tally != NULL) {
        tally->signers = signers;
        tally->signatures = signatures;
    }
}

void hst_tally_reset(hst_tally *tally, const hst_membership *membership, hst_statement statement)
{
    tally->statement = statement;
    tally->weight = 0;
    memset(tally->signers, 0, hst_member_words(membership->count) * sizeof *tally->signers);
}

bool hst_tally_add(hst_tally *tally,
                   const hst_membership *membership,
                   uint32_t voter,
                   const hst_signature *signature)
{
    hst_assert(voter < membership->count);
    if (!hst_member_add(tally->signers, voter)) {
        return false;
    }
    tally->weight += hst_membership_weight(membership, voter);
    if (tally->signatures != NULL) {
        static const hst_signature none = {{0}};
        tally->signatures[voter] = signature != NULL ? *signature : none;
    }
    return true;
}

void hst_tally_copy(hst_tally *to, const hst_tally *from, const hst_membership *membership)
{
    to->statement = from->statement;
    to->weight = from->weight;
    memcpy(to->signers, from->signers, hst_member_words(membership->count) * sizeof *to->signers);
    if (to->signatures != NULL) {
        memcpy(to->signatures, from->signatures, membership->count * sizeof *to->signatures);
    }
}

void hst_wire_certificate(hst_wire *wire, const hst_tally *tally, const hst_membership *membership)
{
    hst_wire_statement(wire, &tally->statement);
    hst_wire_bytes(wire, tally->signers, (membership->count + 7) / 8);
    if (!wire->carry) {
        const uint32_t signers =
            hst_member_count(tally->signers, hst_member_words(membership->count));
        wire->omitted += signers * HST_SIGNATURE_SIZE;
        return;
    }
    for (uint32_t m = 0; m < membership->count; m++) {
        if (hst_member_has(tally->signers, m)) {
            hst_wire_signature(wire, &tally->signatures[m]);
        }
    }
}

/* The signers of a certificate; false when one of them is nobody. */
static bool read_signers(hst_wire_reader *reader, const hst_membership *membership, uint64_t *set)
{
    const uint32_t words = hst_member_words(membership->count);
    memset(set, 0, words * sizeof *set);
    hst_wire_read_bytes(reader, set, (membership->count + 7) / 8);
    if (membership->count % 64 != 0 && set[words - 1] >> (membership->count % 64) != 0) {
        reader->short_of = true;
        memset(set, 0, words * sizeof *set);
    }
    return !reader->short_of;
}

void hst_wire_read_certificate(hst_wire_reader *reader,
                               const hst_membership *membership,
                               hst_tally *tally)
{
    hst_wire_read_statement_to(reader, &tally->statement);
    tally->weight = 0;
    if (!read_signers(reader, membership, tally->signers)) {
        return;
    }
    tally->weight = hst_member_weight(membership, tally->signers);
    for (uint32_t m = 0; reader->carry && m < membership->count; m++) {
        if (hst_member_has(tally->signers, m)) {
            tally->signatures[m] = hst_wire_read_signature(reader);
        }
    }
}

/* Pass over one signature; where it was. */
static uint32_t skip_signature(hst_wire_reader *reader)
{
    if (!reader->carry) {
        return HST_CLAIM_OMITTED;
    }
    const uint32_t at = (uint32_t)reader->at;
    (void)hst_wire_read_signature(reader);
    return at;
}

uint32_t
hst_claims_vote(hst_wire_reader *reader, uint32_t signer, hst_claim *out, uint32_t capacity)
{
    const uint32_t statement = (uint32_t)reader->at;
    (void)hst_wire_read_statement(reader);
    const uint32_t signature = skip_signature(reader);
    if (reader->short_of) {
        return 0;
    }
    if (capacity > 0) {
        out[0] = (hst_claim){.signer = signer,
                             .statement = statement,
                             .size = HST_STATEMENT_SIZE,
                             .signature = signature};
    }
    return 1;
}

uint32_t hst_claims_certificate(hst_wire_reader *reader,
                                const hst_membership *membership,
                                hst_claim *out,
                                uint32_t capacity)
{
    uint64_t set[HST_MEMBER_MAX / 64];
    hst_assert(membership->count <= HST_MEMBER_MAX);
    const uint32_t statement = (uint32_t)reader->at, words = hst_member_words(membership->count);
    (void)hst_wire_read_statement(reader);
    if (!read_signers(reader, membership, set)) {
        return 0;
    }
    if (!reader->carry && capacity == 0) {
        return hst_member_count(set, words);
    }
    const uint32_t count = hst_member_count(set, words);
    uint32_t at = 0;
    for (uint32_t w = 0; w < words; w++) {
        for (uint64_t left = set[w]; left != 0 && (at < capacity || reader->carry);
             left &= left - 1) {
            const uint32_t signature = reader->carry ? skip_signature(reader) : HST_CLAIM_OMITTED;
            if (at < capacity) {
                out[at++] = (hst_claim){.signer = w * 64 + (uint32_t)__builtin_ctzll(left),
                                        .statement = statement,
                                        .size = HST_STATEMENT_SIZE,
                                        .signature = signature};
            }
        }
    }
    return reader->short_of ? 0 : count;
}
