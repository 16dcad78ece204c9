/* Blocks by id and by serial: a ring and a table into it. */
#include "core/consensus/nakamoto/internal.h"

/* A link is a slot + 1 in its lower bits and a part of the block's id in the others, so that most
 * blocks of other names need not be looked at. */
enum { SLOT_BITS = 17, SLOT_MASK = (1 << SLOT_BITS) - 1 };

static uint32_t tag_of(const hst_hash *id)
{
    uint32_t tag;
    memcpy(&tag, id->bytes, sizeof tag);
    return tag;
}

static uint32_t *bucket_of(const hst_nakamoto *m, uint32_t tag)
{
    return &m->buckets[tag & (2 * m->mask + 1)];
}

static uint32_t part_of(const hst_hash *id)
{
    uint32_t tag;
    memcpy(&tag, id->bytes + sizeof tag, sizeof tag);
    return tag & ~(uint32_t)SLOT_MASK;
}

static uint32_t slot_of(uint32_t link)
{
    return (link & SLOT_MASK) - 1;
}

hst_nakamoto_block *hst_nakamoto_find(const hst_nakamoto *m, const hst_hash *id)
{
    const uint32_t part = part_of(id);
    for (uint32_t link = *bucket_of(m, tag_of(id)); link != 0;
         link = m->links[slot_of(link)].next) {
        hst_nakamoto_block *block = &m->blocks[slot_of(link)];
        if ((link & ~(uint32_t)SLOT_MASK) == part && hst_nakamoto_same(&block->id, id)) {
            return block;
        }
    }
    return NULL;
}

hst_nakamoto_block *hst_nakamoto_main(const hst_nakamoto *m, uint64_t height)
{
    if (height > m->best_height || m->best_height - height > m->mask) {
        return NULL;
    }
    hst_nakamoto_block *block = hst_nakamoto_at(m, m->main[height & m->mask]);
    return block != NULL && block->header.height == height ? block : NULL;
}

/* The parent, the slot, and the block that becomes deep enough: they were last looked at a block
 * ago and are far from the processor. Their places are known before the new block's name is. */
void hst_nakamoto_expect(const hst_nakamoto *m)
{
    enum { LINE = 64, FULL = (sizeof(hst_nakamoto_block) + LINE - 1) / LINE };
    const uint32_t depth = (uint32_t)hst_nakamoto_value(m, HST_NAKAMOTO_CONFIRMATIONS);
    const hst_nakamoto_block *near[3] = {&m->blocks[m->best & m->mask],
                                         &m->blocks[(m->serial + 1) & m->mask],
                                         &m->blocks[(m->best + 1 - depth) & m->mask]};
    for (uint32_t b = 0; b < 3; b++) {
        for (uint32_t line = 0; line < FULL; line++) {
            __builtin_prefetch((const char *)near[b] + (size_t)line * LINE, 1);
        }
    }
    __builtin_prefetch(&m->links[(m->serial + 1) & m->mask], 1);
    __builtin_prefetch(&m->main[(m->best_height + 1) & m->mask], 1);
    __builtin_prefetch(&m->main[(m->commit_height + 1) & m->mask]);
    if (m->request_count > 0) {
        __builtin_prefetch(bucket_of(m, tag_of(&m->requests[0].id)), 1);
    }
}

void hst_nakamoto_expect_bucket(const hst_nakamoto *m)
{
    __builtin_prefetch(bucket_of(m, m->links[(m->serial + 1) & m->mask].tag), 1);
}

static void unlink_block(hst_nakamoto *m, hst_nakamoto_block *block)
{
    const uint32_t slot = block->serial & m->mask;
    uint32_t *link = bucket_of(m, m->links[slot].tag);
    while (slot_of(*link) != slot) {
        link = &m->links[slot_of(*link)].next;
    }
    *link = m->links[slot].next;
    block->serial = 0;
}

/* The best chain stays as far back as it may still be left, or asked for. */
static bool is_needed(const hst_nakamoto *m, const hst_nakamoto_block *block)
{
    return block->header.height + HST_NAKAMOTO_KEEP > m->final_height &&
           hst_nakamoto_main(m, block->header.height) == block;
}

/* Serial of the next slot for a block, 0 when there is none. What is not above the final block goes
 * first, in the order of its coming. When branches above it, which may yet win, fill the window,
 * the lowest block goes. */
static uint32_t next_serial(const hst_nakamoto *m)
{
    uint32_t lowest = 0;
    uint64_t height = UINT64_MAX;
    for (uint32_t ahead = 1; ahead <= m->mask + 1; ahead++) {
        const uint32_t serial = m->serial + ahead;
        const hst_nakamoto_block *block = &m->blocks[serial & m->mask];
        if (serial == 0 || (block->serial != 0 && is_needed(m, block))) {
            continue;
        }
        if (block->serial == 0 || block->header.height <= m->final_height) {
            return serial;
        }
        if (block->header.height < height) {
            height = block->header.height;
            lowest = serial;
        }
    }
    return lowest;
}

hst_nakamoto_block *hst_nakamoto_insert(hst_nakamoto *m,
                                        const hst_nakamoto_header *header,
                                        const hst_hash *id,
                                        const hst_signature *signature)
{
    const uint32_t serial = next_serial(m);
    if (serial == 0) {
        m->dropped++;
        return NULL;
    }
    hst_nakamoto_block *block = &m->blocks[serial & m->mask];
    if (block->serial != 0) {
        unlink_block(m, block);
    }
    m->serial = serial;
    const uint32_t slot = serial & m->mask;
    uint32_t *bucket = bucket_of(m, tag_of(id));
    *block = (hst_nakamoto_block){.id = *id, .header = *header, .serial = serial};
    m->links[slot] = (hst_nakamoto_link){.next = *bucket, .tag = tag_of(id)};
    *bucket = part_of(id) | (slot + 1);
    if (m->signatures != NULL) {
        static const hst_signature none = {{0}};
        m->signatures[slot] = signature != NULL ? *signature : none;
    }
    return block;
}

void hst_nakamoto_clear(hst_nakamoto *m)
{
    for (uint32_t slot = 0; slot <= m->mask; slot++) {
        m->blocks[slot].serial = 0;
    }
    memset(m->buckets, 0, 2 * ((size_t)m->mask + 1) * sizeof *m->buckets);
    memset(m->main, 0, ((size_t)m->mask + 1) * sizeof *m->main);
}
