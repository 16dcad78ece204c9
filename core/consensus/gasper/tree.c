/* Blocks by id and by serial, and the head among them. */
#include "core/consensus/gasper/internal.h"

void hst_gasper_write_header(hst_wire *wire, const hst_gasper_header *header)
{
    hst_wire_hash(wire, &header->parent);
    hst_wire_u64(wire, header->slot);
    hst_wire_u64(wire, header->height);
    hst_wire_u64(wire, header->justified);
    hst_wire_batch(wire, &header->batch);
    hst_wire_u32(wire, header->proposer);
}

hst_gasper_header hst_gasper_read_header(hst_wire_reader *reader)
{
    hst_gasper_header header;
    header.parent = hst_wire_read_hash(reader);
    header.slot = hst_wire_read_u64(reader);
    header.height = hst_wire_read_u64(reader);
    header.justified = hst_wire_read_u64(reader);
    header.batch = hst_wire_read_batch(reader);
    header.proposer = hst_wire_read_u32(reader);
    return header;
}

hst_hash hst_gasper_name(const hst_gasper_header *header)
{
    uint8_t bytes[HST_GASPER_HEADER_SIZE];
    hst_wire wire;
    hst_wire_begin(&wire, bytes, sizeof bytes, true);
    hst_gasper_write_header(&wire, header);
    return hst_name_of(&wire);
}

static uint32_t *bucket_of(const hst_gasper *m, const hst_hash *id)
{
    return &m->buckets[hst_name_word(id) & (2 * m->mask + 1)];
}

hst_gasper_block *hst_gasper_find(const hst_gasper *m, const hst_hash *id)
{
    for (uint32_t slot = *bucket_of(m, id); slot != 0; slot = m->blocks[slot - 1].next) {
        if (hst_hash_equal(&m->blocks[slot - 1].id, id)) {
            return &m->blocks[slot - 1];
        }
    }
    return NULL;
}

hst_gasper_block *hst_gasper_main(const hst_gasper *m, uint64_t height)
{
    if (height > m->commit_height || m->commit_height - height > m->mask) {
        return NULL;
    }
    hst_gasper_block *block = hst_gasper_at(m, m->main[height & m->mask]);
    return block != NULL && block->header.height == height ? block : NULL;
}

/* What is not final may win yet; of what is final a little stays. */
static bool is_needed(const hst_gasper *m, const hst_gasper_block *block)
{
    return block->header.height > m->final_height ||
           (block->header.height + HST_GASPER_KEEP > m->final_height &&
            hst_gasper_main(m, block->header.height) == block);
}

static void unlink_block(hst_gasper *m, hst_gasper_block *block)
{
    const uint32_t slot = (uint32_t)(block - m->blocks) + 1;
    uint32_t *link = bucket_of(m, &block->id);
    while (*link != slot) {
        link = &m->blocks[*link - 1].next;
    }
    *link = block->next;
    block->serial = 0;
}

hst_gasper_block *hst_gasper_insert(hst_gasper *m,
                                    const hst_gasper_header *header,
                                    const hst_hash *id,
                                    const hst_signature *signature)
{
    uint32_t serial = m->serial;
    hst_gasper_block *block;
    uint32_t tries = 0;
    do {
        serial++;
        serial += serial == 0;
        block = &m->blocks[serial & m->mask];
        if (tries++ > m->mask) {
            m->dropped++;
            return NULL;
        }
    } while (block->serial != 0 && is_needed(m, block));
    if (block->serial != 0) {
        unlink_block(m, block);
    }
    m->serial = serial;
    uint32_t *bucket = bucket_of(m, id);
    *block = (hst_gasper_block){.id = *id, .header = *header, .serial = serial, .next = *bucket};
    *bucket = (uint32_t)(block - m->blocks) + 1;
    if (m->signatures != NULL) {
        static const hst_signature none = {{0}};
        m->signatures[serial & m->mask] = signature != NULL ? *signature : none;
    }
    m->stale = true;
    return block;
}

void hst_gasper_clear(hst_gasper *m)
{
    for (uint32_t slot = 0; slot <= m->mask; slot++) {
        m->blocks[slot].serial = 0;
    }
    memset(m->buckets, 0, 2 * ((size_t)m->mask + 1) * sizeof *m->buckets);
    memset(m->main, 0, ((size_t)m->mask + 1) * sizeof *m->main);
    m->root = 0;
    m->head = 0;
    m->timely = 0;
    m->stale = true;
}

/* A child with its descendants against its heaviest sibling so far; the id breaks ties, so that
 * all who saw the same votes agree. */
static void compare_child(const hst_gasper *m, hst_gasper_block *parent, hst_gasper_block *child)
{
    const hst_gasper_block *rival = hst_gasper_at(m, parent->best);
    if (rival == NULL || child->sum > rival->sum ||
        (child->sum == rival->sum &&
         memcmp(child->id.bytes, rival->id.bytes, sizeof child->id.bytes) > 0)) {
        parent->best = child->serial;
    }
}

/* Latest messages first go up the tree, children before parents, for children come later; then the
 * heaviest children are followed down from the justified checkpoint. */
hst_gasper_block *hst_gasper_head(hst_gasper *m)
{
    if (!m->stale) {
        return hst_gasper_at(m, m->head);
    }
    const uint32_t count = m->serial - m->root;
    for (uint32_t back = 0; back <= count && back <= m->mask; back++) {
        hst_gasper_block *block = hst_gasper_at(m, m->serial - back);
        if (block != NULL) {
            block->sum = block->weight + (block->serial == m->timely ? m->boost : 0);
            block->best = 0;
        }
    }
    for (uint32_t back = 0; back < count && back <= m->mask; back++) {
        hst_gasper_block *block = hst_gasper_at(m, m->serial - back);
        hst_gasper_block *parent = block != NULL ? hst_gasper_at(m, block->parent) : NULL;
        if (parent != NULL) {
            parent->sum += block->sum;
            compare_child(m, parent, block);
        }
    }
    hst_gasper_block *head = hst_gasper_find(m, &m->justified.root);
    while (head != NULL && head->best != 0) {
        head = hst_gasper_at(m, head->best);
    }
    m->head = head != NULL ? head->serial : 0;
    m->stale = false;
    return head;
}

hst_gasper_block *hst_gasper_boundary(const hst_gasper *m, hst_gasper_block *block, uint64_t epoch)
{
    while (block != NULL && block->header.slot > epoch * m->slots) {
        block = hst_gasper_at(m, block->parent);
    }
    return block;
}
