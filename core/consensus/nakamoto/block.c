/* A block's way into the tree: its rules, its place, and the orphans that waited for it. */
#include "core/consensus/nakamoto/internal.h"

void hst_nakamoto_persist(hst_nakamoto *m, const hst_nakamoto_block *block, hst_effects *effects)
{
    if (hst_nakamoto_value(m, HST_NAKAMOTO_STORE) == 0) {
        return;
    }
    hst_wire *wire = hst_effects_record(effects);
    hst_nakamoto_write_header(wire, &block->header);
    hst_wire_u64(wire, block->work);
    hst_wire_u64(wire, (uint64_t)block->latest_ns);
    hst_wire_u64(wire, (uint64_t)block->period_start_ns);
    if (m->signatures != NULL) {
        hst_wire_signature(wire, &m->signatures[block->serial & m->mask]);
    }
    hst_effects_persist(effects, ++m->sequence);
    if (m->sequence > m->mask) {
        hst_effects_forget(effects, m->sequence - m->mask);
    }
}

static void put_orphan(hst_nakamoto *m, uint32_t place, const hst_nakamoto_arrival *arrival)
{
    m->orphans[place] =
        (hst_nakamoto_orphan){.header = arrival->header, .id = arrival->id, .from = arrival->from};
    if (m->orphan_signatures != NULL) {
        m->orphan_signatures[place] = arrival->signature;
    }
}

static void move_orphan(hst_nakamoto *m, uint32_t from, uint32_t to)
{
    m->orphans[to] = m->orphans[from];
    if (m->orphan_signatures != NULL) {
        m->orphan_signatures[to] = m->orphan_signatures[from];
    }
}

/* A block whose parent is unknown waits; the oldest gives way. */
static void keep_orphan(hst_nakamoto *m, const hst_nakamoto_arrival *arrival)
{
    for (uint32_t o = 0; o < m->orphan_count; o++) {
        if (hst_nakamoto_same(&m->orphans[o].id, &arrival->id)) {
            return;
        }
    }
    if (m->orphan_count == HST_NAKAMOTO_ORPHANS) {
        m->dropped++;
        m->orphan_count--;
        for (uint32_t o = 0; o < m->orphan_count; o++) {
            move_orphan(m, o + 1, o);
        }
    }
    put_orphan(m, m->orphan_count++, arrival);
}

static bool keeps_rules(hst_nakamoto *m,
                        const hst_nakamoto_header *header,
                        const hst_nakamoto_block *parent,
                        int64_t now_ns)
{
    if (header->height != parent->header.height + 1 || parent->header.height < m->final_height ||
        header->difficulty != hst_nakamoto_difficulty(m, parent) ||
        hst_membership_weight(m->config.membership, header->miner) == 0) {
        m->refused++;
        return false;
    }
    /* Only a time before the latest of all ancestors can be before their median. */
    if (header->time_ns <= parent->latest_ns &&
        header->time_ns < hst_nakamoto_earliest(m, parent)) {
        m->refused++;
        return false;
    }
    if (header->time_ns - now_ns > hst_nakamoto_value(m, HST_NAKAMOTO_AHEAD)) {
        m->dropped++; /* valid later */
        return false;
    }
    return true;
}

/* A block of others: follow it if it has most work, and pass it on then. */
static void heard(hst_nakamoto *m, hst_nakamoto_block *block, uint32_t from, hst_effects *effects)
{
    if (hst_nakamoto_choose(m, block, effects)) {
        hst_nakamoto_relay(m, block, from, effects);
    }
    if (m->selfish) {
        hst_nakamoto_selfish_heard(m, block, effects);
    }
}

static void found(hst_nakamoto *m, hst_nakamoto_block *block, hst_effects *effects)
{
    (void)hst_nakamoto_choose(m, block, effects);
    if (m->selfish) {
        hst_nakamoto_selfish_found(m, block, effects);
    } else {
        hst_nakamoto_relay(m, block, HST_CONSENSUS_NOBODY, effects);
    }
}

/* Give an arrival its place; its parent is there. */
static void join(hst_nakamoto *m,
                 const hst_nakamoto_arrival *arrival,
                 hst_nakamoto_block *parent,
                 int64_t now_ns,
                 hst_effects *effects)
{
    const hst_nakamoto_header *header = &arrival->header;
    if (!keeps_rules(m, header, parent, now_ns)) {
        return;
    }
    const uint32_t up = parent->serial;
    const uint64_t work = parent->work + header->difficulty;
    const int64_t latest = parent->latest_ns;
    const int64_t start = parent->period_start_ns;
    hst_nakamoto_block *block = hst_nakamoto_insert(m, header, &arrival->id, &arrival->signature);
    if (block == NULL) {
        return;
    }
    block->parent = up;
    block->work = work;
    block->latest_ns = header->time_ns > latest ? header->time_ns : latest;
    block->period_start_ns = header->height % m->period == 0 ? header->time_ns : start;
    hst_nakamoto_persist(m, block, effects);
    if (m->sync_armed && arrival->from == m->sync_peer) {
        m->sync_tip = block->serial;
    }
    if (arrival->from == m->config.self) {
        found(m, block, effects);
    } else {
        heard(m, block, arrival->from, effects);
    }
}

/* An orphan whose parent has come, taken out; false when there is none. */
static bool next_orphan(hst_nakamoto *m, hst_nakamoto_arrival *out)
{
    for (uint32_t o = 0; o < m->orphan_count; o++) {
        if (hst_nakamoto_find(m, &m->orphans[o].header.parent) != NULL) {
            const hst_nakamoto_orphan *orphan = &m->orphans[o];
            *out = (hst_nakamoto_arrival){
                .header = orphan->header, .id = orphan->id, .from = orphan->from};
            if (m->orphan_signatures != NULL) {
                out->signature = m->orphan_signatures[o];
            }
            move_orphan(m, --m->orphan_count, o);
            return true;
        }
    }
    return false;
}

void hst_nakamoto_arrive(hst_nakamoto *m,
                         const hst_nakamoto_arrival *arrival,
                         int64_t now_ns,
                         hst_effects *effects)
{
    hst_nakamoto_block *parent = hst_nakamoto_same(&arrival->header.parent, &m->best_id)
                                     ? hst_nakamoto_at(m, m->best)
                                     : hst_nakamoto_find(m, &arrival->header.parent);
    if (m->lost || parent == NULL) {
        keep_orphan(m, arrival);
        if (!m->sync_armed) {
            hst_nakamoto_ask(m, arrival->from, now_ns, effects);
        }
        return;
    }
    join(m, arrival, parent, now_ns, effects);
    hst_nakamoto_arrival orphan;
    while (m->orphan_count > 0 && next_orphan(m, &orphan)) {
        parent = hst_nakamoto_find(m, &orphan.header.parent);
        if (hst_nakamoto_find(m, &orphan.id) == NULL && parent != NULL) {
            join(m, &orphan, parent, now_ns, effects);
        }
    }
}
