/* Blocks coming in: their rules, their place, and the orphans that waited for them. */
#include "core/consensus/gasper/internal.h"

/* Two blocks in one slot are evidence against its proposer; a third is not looked at. */
bool hst_gasper_remember(hst_gasper *m,
                         const hst_gasper_header *header,
                         const hst_hash *id,
                         hst_effects *effects)
{
    hst_gasper_slot *slot = &m->seen[header->slot % HST_GASPER_SLOTS];
    if (slot->slot != header->slot) {
        *slot = (hst_gasper_slot){.slot = header->slot};
    }
    for (uint32_t i = 0; i < slot->count; i++) {
        if (hst_hash_equal(&slot->ids[i], id)) {
            return true;
        }
    }
    if (slot->count == 2) {
        m->dropped++;
        return false;
    }
    slot->ids[slot->count++] = *id;
    if (slot->count == 2 && effects != NULL) {
        hst_wire *wire = hst_effects_record(effects);
        hst_wire_u64(wire, header->slot);
        hst_wire_hash(wire, &slot->ids[0]);
        hst_wire_hash(wire, &slot->ids[1]);
        hst_effects_evidence(effects, header->proposer);
    }
    return true;
}

static void keep_orphan(hst_gasper *m, const hst_gasper_arrival *arrival)
{
    for (uint32_t o = 0; o < m->orphan_count; o++) {
        if (hst_hash_equal(&m->orphans[o].id, &arrival->id)) {
            return;
        }
    }
    if (m->orphan_count == HST_GASPER_ORPHANS) {
        m->dropped++;
        m->orphan_count--;
        for (uint32_t o = 0; o < m->orphan_count; o++) {
            m->orphans[o] = m->orphans[o + 1];
        }
    }
    m->orphans[m->orphan_count++] = *arrival;
}

/* Where the branch that is being fetched goes on; what merely follows the head is not of it. */
static void note_tip(hst_gasper *m, uint32_t from, uint32_t serial, uint32_t follows)
{
    if (m->sync_armed && from == m->sync_peer && serial != m->head && follows != m->head) {
        m->sync_tip = serial;
    }
}

/* Give an arrival its place; its parent is there. */
static void join(hst_gasper *m,
                 const hst_gasper_arrival *arrival,
                 const hst_gasper_block *parent,
                 hst_effects *effects)
{
    const hst_gasper_header *header = &arrival->header;
    const bool forks_final =
        parent->header.height <= m->final_height && hst_gasper_main(m, m->final_height) != parent;
    if (header->height != parent->header.height + 1 || header->slot <= parent->header.slot ||
        forks_final) {
        m->refused++;
        return;
    }
    if (!hst_gasper_remember(m, header, &arrival->id, effects)) {
        return;
    }
    const uint32_t up = parent->serial;
    hst_gasper_block *block = hst_gasper_insert(m, header, &arrival->id, &arrival->signature);
    if (block == NULL) {
        return;
    }
    block->parent = up;
    /* Proposer boost: in its own slot, before attestations are due, the first of the slot. */
    if (header->slot == m->now_slot && m->thirds == 0 && m->timely == 0) {
        m->timely = block->serial;
    }
    note_tip(m, arrival->from, block->serial, up);
    m->moved = true;
    hst_gasper_persist(m, block, effects);
}

static bool next_orphan(hst_gasper *m, hst_gasper_arrival *out)
{
    for (uint32_t o = 0; o < m->orphan_count; o++) {
        if (hst_gasper_find(m, &m->orphans[o].header.parent) != NULL) {
            *out = m->orphans[o];
            m->orphans[o] = m->orphans[--m->orphan_count];
            return true;
        }
    }
    return false;
}

void hst_gasper_arrive(hst_gasper *m,
                       const hst_gasper_arrival *arrival,
                       int64_t now_ns,
                       hst_effects *effects)
{
    const hst_gasper_block *parent = hst_gasper_find(m, &arrival->header.parent);
    if (m->lost || parent == NULL) {
        keep_orphan(m, arrival);
        if (!m->sync_armed) {
            hst_gasper_ask(m, arrival->from, now_ns, effects);
        }
        return;
    }
    join(m, arrival, parent, effects);
    hst_gasper_arrival orphan;
    while (m->orphan_count > 0 && next_orphan(m, &orphan)) {
        parent = hst_gasper_find(m, &orphan.header.parent);
        if (hst_gasper_find(m, &orphan.id) == NULL && parent != NULL) {
            join(m, &orphan, parent, effects);
        }
    }
}

/* The block itself. */
static void take_block(hst_gasper *m,
                       const hst_consensus_input *input,
                       const hst_gasper_arrival *arrival,
                       hst_effects *effects)
{
    const hst_gasper_header *header = &arrival->header;
    if (header->slot > m->now_slot + 1) {
        m->dropped++; /* by a clock that is ahead */
        return;
    }
    const hst_gasper_block *here = hst_gasper_find(m, &arrival->id);
    if (here != NULL) {
        note_tip(m, arrival->from, here->serial, here->parent);
        return;
    }
    const hst_hash name = hst_blake2b(input->bytes + 1, HST_GASPER_HEADER_SIZE);
    if (!hst_hash_equal(&name, &arrival->id) ||
        hst_gasper_proposer(m, header->slot) != header->proposer) {
        m->refused++;
        return;
    }
    hst_gasper_arrive(m, arrival, input->now_ns, effects);
    const uint64_t known = m->justification_target.epoch;
    if (header->justified > known && header->justified <= m->now_slot / m->slots &&
        !m->sync_armed) {
        hst_gasper_ask(m, input->from, input->now_ns, effects);
    }
}

void hst_gasper_on_block(hst_gasper *m, const hst_consensus_input *input, hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->config.carry_signatures);
    hst_gasper_arrival arrival = {.header = hst_gasper_read_header(&reader), .from = input->from};
    arrival.id = hst_wire_read_hash(&reader);
    arrival.signature = hst_wire_read_signature(&reader);
    const uint8_t groups = hst_wire_read_u8(&reader);
    if (reader.short_of || arrival.header.height == 0 || arrival.header.slot == 0 ||
        arrival.header.proposer >= m->config.membership->count || groups > HST_GASPER_GROUPS ||
        (groups == 0 && !hst_wire_read_done(&reader))) {
        m->refused++;
        return;
    }
    take_block(m, input, &arrival, effects);
    for (uint8_t g = 0; g < groups && !reader.short_of; g++) {
        hst_gasper_take_group(m, input, &reader, effects);
    }
}
