/* Ledgers in the window: a few forks a sequence, found by sequence and id. */
#include "core/consensus/name.h"
#include "core/consensus/xrpl/xrpl_internal.h"

#include <string.h>

void hst_xrpl_write_header(hst_wire *wire, const hst_xrpl_header *header)
{
    hst_wire_u64(wire, header->seq);
    hst_wire_u64(wire, header->height);
    hst_wire_u64(wire, header->close_s);
    hst_wire_hash(wire, &header->parent);
    hst_wire_hash(wire, &header->set);
    hst_wire_u32(wire, header->count);
    hst_wire_u8(wire, header->resolution);
    hst_wire_u8(wire, header->agreed ? 1 : 0);
}

hst_xrpl_header hst_xrpl_read_header(hst_wire_reader *reader)
{
    hst_xrpl_header header;
    header.seq = hst_wire_read_u64(reader);
    header.height = hst_wire_read_u64(reader);
    header.close_s = hst_wire_read_u64(reader);
    header.parent = hst_wire_read_hash(reader);
    header.set = hst_wire_read_hash(reader);
    header.count = hst_wire_read_u32(reader);
    header.resolution = hst_wire_read_u8(reader);
    header.agreed = hst_wire_read_u8(reader) != 0;
    return header;
}

hst_hash hst_xrpl_ledger_id(const hst_xrpl_header *header)
{
    uint8_t bytes[128];
    hst_wire wire;
    hst_wire_begin(&wire, bytes, sizeof bytes, true);
    hst_xrpl_write_header(&wire, header);
    hst_assert(!wire.full);
    return hst_blake2b(bytes, wire.at);
}

hst_hash hst_xrpl_commit_id(const hst_hash *id,
                            const hst_xrpl_header *header,
                            uint64_t height,
                            hst_name_memo *names)
{
    if (height == header->height) {
        return *id;
    }
    uint8_t bytes[sizeof height];
    for (uint32_t b = 0; b < sizeof bytes; b++) {
        bytes[b] = (uint8_t)(height >> (8 * b));
    }
    return hst_name_after(names, id, bytes, sizeof bytes);
}

static hst_xrpl_ledger *slots(const hst_xrpl *m, uint64_t seq)
{
    return &m->ledgers[seq % m->window * HST_XRPL_FORKS];
}

hst_xrpl_ledger *hst_xrpl_ledger_find(const hst_xrpl *m, uint64_t seq, const hst_hash *id)
{
    hst_xrpl_ledger *slot = slots(m, seq);
    for (uint32_t f = 0; f < HST_XRPL_FORKS; f++) {
        if (slot[f].known != HST_XRPL_NOTHING && slot[f].header.seq == seq &&
            hst_hash_equal(&slot[f].id, id)) {
            return &slot[f];
        }
    }
    return NULL;
}

hst_xrpl_ledger *hst_xrpl_ledger_parent(const hst_xrpl *m, const hst_xrpl_ledger *ledger)
{
    if (ledger->known < HST_XRPL_HEADER || ledger->header.seq == 0) {
        return NULL;
    }
    return hst_xrpl_ledger_find(m, ledger->header.seq - 1, &ledger->header.parent);
}

bool hst_xrpl_ledger_descends(const hst_xrpl *m,
                              const hst_xrpl_ledger *ledger,
                              const hst_xrpl_ledger *ancestor)
{
    while (ledger != NULL && ledger->header.seq > ancestor->header.seq) {
        ledger = hst_xrpl_ledger_parent(m, ledger);
    }
    return ledger == ancestor;
}

/* Which of the slots of a sequence to use: a free one, one of the past, or the fork with fewest
 * validations. What we stand on stays; and a mere name drives out only another without support. */
static hst_xrpl_ledger *choose(const hst_xrpl *m, uint64_t seq, bool content)
{
    hst_xrpl_ledger *slot = slots(m, seq), *weakest = NULL;
    for (uint32_t f = 0; f < HST_XRPL_FORKS; f++) {
        hst_xrpl_ledger *one = &slot[f];
        if (one->known == HST_XRPL_NOTHING) {
            return one;
        }
        const bool kept = one == m->final || one == m->prev ||
                          (one->own && one->header.seq > m->final->header.seq);
        if (!kept && one->header.seq < seq) {
            return one;
        }
        if (!kept && (weakest == NULL || one->validations < weakest->validations)) {
            weakest = one;
        }
    }
    const bool may = weakest != NULL &&
                     (content || (weakest->known == HST_XRPL_NAME && weakest->validations <= 1));
    return may ? weakest : NULL;
}

hst_xrpl_ledger *hst_xrpl_ledger_name(hst_xrpl *m, uint64_t seq, const hst_hash *id, bool content)
{
    hst_xrpl_ledger *slot = hst_xrpl_ledger_find(m, seq, id);
    if (slot != NULL) {
        return slot;
    }
    const uint64_t from = m->final->header.seq;
    const bool inside = seq + m->window / 2 > from && seq <= from + m->window / 2;
    slot = inside || m->boundless ? choose(m, seq, content) : NULL;
    if (slot == NULL) {
        m->dropped++;
        return NULL;
    }
    hst_xrpl_set_drop(m, &slot->set);
    uint64_t *validators = slot->validators;
    memset(validators, 0, m->words * sizeof *validators);
    *slot = (hst_xrpl_ledger){.id = *id,
                              .header = {.seq = seq},
                              .known = HST_XRPL_NAME,
                              .set = HST_XRPL_NO_SET,
                              .validators = validators};
    return slot;
}

hst_xrpl_ledger *
hst_xrpl_ledger_fill(hst_xrpl *m, const hst_xrpl_header *header, const hst_hash *id, uint32_t set)
{
    hst_xrpl_ledger *slot = hst_xrpl_ledger_name(m, header->seq, id, true);
    if (slot == NULL || slot->known == HST_XRPL_FULL) {
        hst_xrpl_set_drop(m, &set);
        return slot;
    }
    slot->header = *header;
    slot->set = set;
    slot->known = set != HST_XRPL_NO_SET ? HST_XRPL_FULL : HST_XRPL_HEADER;
    if (slot->known == HST_XRPL_FULL && header->seq > m->full_top) {
        m->full_top = header->seq;
    }
    return slot;
}
