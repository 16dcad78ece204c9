#include "core/consensus/mysticeti/block.h"

#include <string.h>

uint32_t hst_mysticeti_references_max(uint32_t replicas)
{
    return replicas + HST_MYSTICETI_WEAK_MAX;
}

void hst_mysticeti_write_head(
    hst_wire *wire, uint32_t author, uint64_t round, hst_batch batch, uint32_t count)
{
    hst_wire_u32(wire, author);
    hst_wire_u64(wire, round);
    hst_wire_batch(wire, &batch);
    hst_wire_u16(wire, (uint16_t)count);
}

void hst_mysticeti_write_reference(hst_wire *wire,
                                   uint64_t round,
                                   const hst_mysticeti_reference *reference)
{
    hst_wire_u16(wire, (uint16_t)reference->author);
    hst_wire_u16(wire, (uint16_t)(round - reference->round));
    hst_wire_hash(wire, &reference->id);
}

hst_mysticeti_draft hst_mysticeti_read_body(hst_wire_reader *reader)
{
    hst_mysticeti_draft draft = {.body = reader->bytes + reader->at};
    draft.author = hst_wire_read_u32(reader);
    draft.round = hst_wire_read_u64(reader);
    draft.batch = hst_wire_read_batch(reader);
    draft.count = hst_wire_read_u16(reader);
    const size_t rest = (size_t)draft.count * HST_MYSTICETI_REFERENCE_SIZE;
    if (reader->short_of || reader->size - reader->at < rest) {
        reader->short_of = true;
        draft.count = 0;
        return draft;
    }
    reader->at += rest;
    draft.size = HST_MYSTICETI_HEAD_SIZE + (uint32_t)rest;
    return draft;
}

hst_mysticeti_reference hst_mysticeti_draft_reference(const hst_mysticeti_draft *draft,
                                                      uint32_t index)
{
    const hst_mysticeti_citation one = hst_mysticeti_draft_citation(draft, index);
    hst_mysticeti_reference reference = {.round = draft->round - one.back, .author = one.author};
    memcpy(reference.id.bytes, one.id, sizeof reference.id.bytes);
    return reference;
}

void hst_mysticeti_draft_name(hst_mysticeti_draft *draft)
{
    draft->id = hst_blake2b(draft->body, draft->size);
}

bool hst_mysticeti_draft_valid(const hst_mysticeti_draft *draft,
                               const hst_membership *membership,
                               uint64_t age)
{
    uint64_t cited[HST_MEMBER_MAX / 64];
    if (draft->author >= membership->count || draft->round == 0 ||
        draft->count > hst_mysticeti_references_max(membership->count)) {
        return false;
    }
    if (draft->round == 1) {
        return draft->count == 0;
    }
    uint64_t weight = 0;
    memset(cited, 0, hst_member_words(membership->count) * sizeof *cited);
    for (uint32_t i = 0; i < draft->count; i++) {
        const hst_mysticeti_citation one = hst_mysticeti_draft_citation(draft, i);
        if (one.author >= membership->count || one.back == 0 || one.back > age ||
            one.back >= draft->round) {
            return false;
        }
        /* Authors count, not blocks: an equivocator's two blocks are one. */
        if (one.back == 1 && hst_member_add(cited, one.author)) {
            weight += hst_membership_weight(membership, one.author);
        }
    }
    return weight >= hst_quorum(membership->total);
}
