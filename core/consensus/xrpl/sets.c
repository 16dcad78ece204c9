/* Sets of batches, kept once and shared by the ledgers and positions that hold them; and the pool
 * of batches taken from the mempool, from which open sets are made. */
#include "core/consensus/xrpl/xrpl_internal.h"

#include <string.h>

hst_hash hst_xrpl_set_hash(const hst_batch *batches, uint32_t count)
{
    hst_digest digest;
    hst_digest_init(&digest, NULL, 0);
    hst_digest_u64(&digest, count);
    for (uint32_t b = 0; b < count; b++) {
        hst_digest_u64(&digest, batches[b].id);
        hst_digest_u64(&digest, (uint64_t)batches[b].size << 32 | batches[b].count);
    }
    return hst_digest_final(&digest);
}

uint32_t hst_xrpl_set_find(const hst_xrpl *m, const hst_hash *hash)
{
    if (m->own_set != HST_XRPL_NO_SET && hst_hash_equal(&m->sets[m->own_set].hash, hash)) {
        return m->own_set; /* most often */
    }
    for (uint32_t s = 0; s < m->set_top; s++) {
        if (m->sets[s].refs > 0 && hst_hash_equal(&m->sets[s].hash, hash)) {
            return s;
        }
    }
    return HST_XRPL_NO_SET;
}

/* The set that holds these batches and no others, or NO_SET: quicker to see than to hash. */
static uint32_t find_same(const hst_xrpl *m, const hst_batch *batches, uint32_t count)
{
    for (uint32_t s = 0; s < m->set_top; s++) {
        const hst_xrpl_set *set = &m->sets[s];
        bool same = set->refs > 0 && set->count == count;
        for (uint32_t b = 0; b < count && same; b++) {
            same = set->batches[b].id == batches[b].id && set->batches[b].size == batches[b].size &&
                   set->batches[b].count == batches[b].count;
        }
        if (same) {
            return s;
        }
    }
    return HST_XRPL_NO_SET;
}

uint32_t hst_xrpl_set_make(hst_xrpl *m, const hst_batch *batches, uint32_t count)
{
    uint32_t s = find_same(m, batches, count);
    if (s != HST_XRPL_NO_SET) {
        m->sets[s].refs++;
        return s;
    }
    for (s = 0; s < m->set_count && m->sets[s].refs > 0; s++) {
    }
    if (s == m->set_count) {
        m->dropped++;
        return HST_XRPL_NO_SET;
    }
    m->set_top = s < m->set_top ? m->set_top : s + 1;
    hst_xrpl_set *set = &m->sets[s];
    set->hash = hst_xrpl_set_hash(batches, count);
    set->count = count;
    set->refs = 1;
    if (count > 0) {
        memcpy(set->batches, batches, count * sizeof *batches);
    }
    return s;
}

void hst_xrpl_set_drop(hst_xrpl *m, uint32_t *set)
{
    if (*set != HST_XRPL_NO_SET) {
        m->sets[*set].refs--;
        *set = HST_XRPL_NO_SET;
    }
}

void hst_xrpl_write_batches(hst_wire *wire, const hst_xrpl_set *set)
{
    for (uint32_t b = 0; b < set->count; b++) {
        hst_wire_batch(wire, &set->batches[b]);
    }
}

bool hst_xrpl_read_batches(hst_xrpl *m, hst_wire_reader *reader, uint32_t count)
{
    uint64_t before = 0;
    bool ordered = count <= m->batches;
    for (uint32_t b = 0; b < count && ordered; b++) {
        const hst_batch batch = hst_wire_read_batch(reader);
        ordered = batch.id > before;
        before = batch.id;
        m->scratch[b] = batch;
    }
    return ordered && !reader->short_of;
}

/* ---- the pool ----------------------------------------------------------------------------- */

/* Where a batch is, or would be. */
static uint32_t pool_place(const hst_xrpl *m, uint64_t batch)
{
    uint32_t low = 0, high = m->pool_count;
    if (high > 0 && m->pool[high - 1].id < batch) {
        return high; /* as most that are new */
    }
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (m->pool[middle].id < batch) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool hst_xrpl_pool_add(hst_xrpl *m, const hst_batch *batch)
{
    const uint32_t at = pool_place(m, batch->id);
    if (at < m->pool_count && m->pool[at].id == batch->id) {
        return true;
    }
    if (m->pool_count == m->pool_capacity) {
        return false;
    }
    memmove(&m->pool[at + 1], &m->pool[at], (m->pool_count - at) * sizeof *m->pool);
    m->pool[at] = *batch;
    m->pool_count++;
    return true;
}

void hst_xrpl_pool_take(hst_xrpl *m, const hst_batch *offer, hst_effects *effects)
{
    if (offer->id != 0 && hst_xrpl_pool_add(m, offer)) { /* else it stays on offer */
        hst_effects_take(effects, *offer);
    }
}

void hst_xrpl_pool_remove(hst_xrpl *m, uint64_t batch)
{
    const uint32_t at = pool_place(m, batch);
    if (at < m->pool_count && m->pool[at].id == batch) {
        m->pool_count--;
        memmove(&m->pool[at], &m->pool[at + 1], (m->pool_count - at) * sizeof *m->pool);
    }
}

static void mark_set(hst_xrpl *m, const hst_xrpl_set *set)
{
    for (uint32_t b = 0; b < set->count; b++) {
        const uint32_t at = pool_place(m, set->batches[b].id);
        if (at < m->pool_count && m->pool[at].id == set->batches[b].id) {
            m->marks[at] = 1;
        }
    }
}

uint32_t hst_xrpl_pool_open(hst_xrpl *m)
{
    if (m->pool_count == 0) {
        return 0;
    }
    memset(m->marks, 0, m->pool_count);
    for (const hst_xrpl_ledger *l = m->prev; l != NULL && l->header.seq > m->final->header.seq;
         l = hst_xrpl_ledger_parent(m, l)) {
        if (l->set != HST_XRPL_NO_SET) {
            mark_set(m, &m->sets[l->set]);
        }
    }
    uint32_t count = 0;
    for (uint32_t p = 0; p < m->pool_count && count < m->batches; p++) {
        if (m->marks[p] == 0) {
            m->scratch[count++] = m->pool[p];
        }
    }
    return count;
}
