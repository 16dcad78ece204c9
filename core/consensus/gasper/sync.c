/* What was missed: after a restart, behind a partition, or far behind. */
#include "core/consensus/gasper/internal.h"

uint32_t hst_gasper_someone(hst_gasper *m)
{
    const uint32_t count = m->config.membership->count;
    if (count == 1) {
        return HST_CONSENSUS_NOBODY;
    }
    const uint32_t other = (uint32_t)hst_random_below(&m->choices, count - 1);
    return other < m->config.self ? other : other + 1;
}

/* The last block of a branch that is being fetched; ids of the head's chain, dense at the tip and
 * ever sparser below; the final block and the genesis block. */
static void write_locator(hst_gasper *m, hst_wire *wire)
{
    enum { DENSE = 10 };
    hst_hash ids[HST_GASPER_LOCATOR];
    uint8_t count = 0;
    uint32_t skip = 0;
    const hst_gasper_block *tip = hst_gasper_at(m, m->sync_tip);
    if (tip != NULL) {
        ids[count++] = tip->id;
    }
    for (const hst_gasper_block *b = m->lost ? NULL : hst_gasper_head(m);
         b != NULL && count < HST_GASPER_LOCATOR - 2; b = hst_gasper_at(m, b->parent)) {
        if (skip > 0) {
            skip--;
            continue;
        }
        ids[count++] = b->id;
        skip = count > DENSE ? UINT32_C(1) << (count - DENSE) : 0;
    }
    const uint64_t deepest[2] = {m->final_height, 0};
    for (uint32_t d = 0; d < 2 && !m->lost; d++) {
        const hst_gasper_block *block = hst_gasper_main(m, deepest[d]);
        if (block != NULL) {
            ids[count++] = block->id;
        }
    }
    hst_wire_u64(wire, m->justification_target.epoch);
    hst_wire_u8(wire, count);
    for (uint8_t i = 0; i < count; i++) {
        hst_wire_hash(wire, &ids[i]);
    }
}

void hst_gasper_ask(hst_gasper *m, uint32_t to, int64_t now_ns, hst_effects *effects)
{
    if (to == HST_CONSENSUS_NOBODY || to == m->config.self) {
        return;
    }
    write_locator(m, hst_effects_message(effects, HST_GASPER_GETBLOCKS));
    hst_effects_send(effects, to, 0);
    hst_effects_timer_set(effects, HST_GASPER_TIMER_SYNC, now_ns + m->retry_ns);
    m->sync_armed = true;
    m->sync_peer = to;
}

static bool misses_something(const hst_gasper *m)
{
    return m->lost || m->orphan_count > 0 ||
           (m->pending.epoch > m->justified.epoch &&
            hst_gasper_find(m, &m->pending.root) == NULL) ||
           (m->proven.epoch > m->final.epoch && hst_gasper_find(m, &m->proven.root) == NULL);
}

void hst_gasper_on_sync_timer(hst_gasper *m, int64_t now_ns, hst_effects *effects)
{
    enum { TRIES = 16 };
    m->sync_armed = false;
    if (!misses_something(m)) {
        m->sync_tries = 0;
        return;
    }
    if (m->sync_tries++ >= TRIES) {
        m->dropped += m->lost ? 0 : m->orphan_count; /* nobody knows their parents */
        m->orphan_count = m->lost ? m->orphan_count : 0;
        m->sync_tries = 0;
    }
    hst_gasper_ask(m, hst_gasper_someone(m), now_ns, effects);
}

static void send_block(hst_gasper *m, const hst_gasper_block *block, uint32_t to, hst_effects *out)
{
    hst_wire *wire = hst_effects_message(out, HST_GASPER_BLOCK);
    hst_gasper_write_header(wire, &block->header);
    hst_wire_hash(wire, &block->id);
    if (m->signatures != NULL) {
        hst_wire_signature(wire, &m->signatures[block->serial & m->mask]);
    } else {
        hst_wire_signature_slot(wire);
    }
    hst_wire_u8(wire, 0); /* its attestations are old by now */
    hst_effects_send(out, to, 0)->batch = block->header.batch;
}

static void send_state(hst_gasper *m, uint32_t to, hst_effects *effects)
{
    const hst_gasper_block *block = hst_gasper_at(m, m->root);
    if (!m->has_proof || block == NULL || block->header.height == 0) {
        return;
    }
    hst_wire *wire = hst_effects_message(effects, HST_GASPER_STATE);
    hst_gasper_write_header(wire, &block->header);
    hst_wire_hash(wire, &block->id);
    if (m->signatures != NULL) {
        hst_wire_signature(wire, &m->signatures[block->serial & m->mask]);
    } else {
        hst_wire_signature_slot(wire);
    }
    hst_wire_certificate(wire, &m->proof, m->config.membership);
    hst_wire_hash(wire, &m->proof_target.root);
    hst_effects_send(effects, to, 0);
}

static void send_link(hst_gasper *m, uint32_t to, hst_effects *effects)
{
    hst_wire *wire = hst_effects_message(effects, HST_GASPER_LINK);
    hst_wire_certificate(wire, &m->justification, m->config.membership);
    hst_wire_hash(wire, &m->justification_source.root);
    hst_wire_hash(wire, &m->justification_target.root);
    hst_effects_send(effects, to, 0);
}

/* Blocks of the head's chain above a height, lowest first. */
static void send_following(hst_gasper *m, uint64_t height, uint32_t to, hst_effects *effects)
{
    const hst_gasper_block *head = hst_gasper_head(m);
    const uint64_t last = head->header.height;
    for (uint32_t n = 0; n < HST_GASPER_AT_ONCE && height < last; n++) {
        height++;
        const hst_gasper_block *block = hst_gasper_at(m, m->path[height & m->mask]);
        if (block == NULL) {
            return;
        }
        send_block(m, block, to, effects);
    }
    if (height < last) {
        send_block(m, head, to, effects); /* an orphan there: it will ask for the rest */
    }
}

/* Write the head's chain by height; the lowest height that is here. */
static uint64_t fill_path(hst_gasper *m)
{
    const hst_gasper_block *head = hst_gasper_head(m);
    uint64_t lowest = head->header.height;
    for (const hst_gasper_block *b = head; b != NULL; b = hst_gasper_at(m, b->parent)) {
        m->path[b->header.height & m->mask] = b->serial;
        lowest = b->header.height;
    }
    return lowest;
}

void hst_gasper_on_getblocks(hst_gasper *m, const hst_consensus_input *input, hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->config.carry_signatures);
    const uint64_t justified = hst_wire_read_u64(&reader);
    const uint8_t count = hst_wire_read_u8(&reader);
    if (reader.short_of || count > HST_GASPER_LOCATOR ||
        reader.size - reader.at != (size_t)count * HST_HASH_SIZE) {
        m->refused++;
        return;
    }
    if (m->lost || hst_gasper_head(m) == NULL) {
        return;
    }
    if (m->justification_target.epoch > justified) {
        send_link(m, input->from, effects);
    }
    const uint64_t lowest = fill_path(m);
    const uint64_t highest = hst_gasper_head(m)->header.height;
    const hst_gasper_block *common = NULL; /* the highest in common */
    for (uint8_t i = 0; i < count; i++) {
        const hst_hash id = hst_wire_read_hash(&reader);
        const hst_gasper_block *block = hst_gasper_find(m, &id);
        if (block != NULL && block->header.height >= lowest && block->header.height <= highest &&
            m->path[block->header.height & m->mask] == block->serial &&
            (common == NULL || block->header.height > common->header.height)) {
            common = block;
        }
    }
    if (common != NULL) {
        send_following(m, common->header.height, input->from, effects);
    } else {
        send_state(m, input->from, effects);
    }
}

static void
adopt(hst_gasper *m, const hst_gasper_arrival *arrival, uint64_t epoch, hst_effects *effects)
{
    const uint64_t height = arrival->header.height;
    if (m->commit_height > m->final_height) {
        hst_effects_rollback(effects, m->final_height);
    }
    if (height > m->final_height) {
        hst_effects_transfer(effects, height, &arrival->id, arrival->from);
    }
    hst_gasper_clear(m);
    m->commit_height = m->final_height;
    hst_gasper_block *block =
        hst_gasper_insert(m, &arrival->header, &arrival->id, &arrival->signature);
    hst_assert(block != NULL); /* the tree is empty */
    hst_gasper_begin(m, block, epoch);
    hst_gasper_persist(m, block, effects);
}

/* Final is what has a link to the next epoch: the link is the proof. */
void hst_gasper_on_state(hst_gasper *m, const hst_consensus_input *input, hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->config.carry_signatures);
    hst_gasper_arrival arrival = {.header = hst_gasper_read_header(&reader), .from = input->from};
    arrival.id = hst_wire_read_hash(&reader);
    arrival.signature = hst_wire_read_signature(&reader);
    hst_tally *link = &m->scratch[1];
    hst_wire_read_certificate(&reader, m->config.membership, link);
    hst_gasper_checkpoint source = {.epoch = link->statement.height};
    hst_gasper_checkpoint target = {.epoch = link->statement.view};
    target.root = hst_wire_read_hash(&reader);
    if (!hst_wire_read_done(&reader)) {
        m->refused++;
        return;
    }
    source.root = hst_gasper_name(&arrival.header);
    const hst_hash name = hst_gasper_link_name(&source.root, &target.root);
    if (link->statement.phase != HST_GASPER_PHASE_LINK || target.epoch != source.epoch + 1 ||
        !hst_hash_equal(&name, &link->statement.id) || !hst_gasper_two_thirds(m, link->weight) ||
        !hst_hash_equal(&arrival.id, &source.root) ||
        arrival.header.slot > source.epoch * m->slots) {
        m->refused++;
        return;
    }
    const bool useful = m->lost ? arrival.header.height >= m->final_height
                                : source.epoch > m->final.epoch &&
                                      arrival.header.height > m->final_height &&
                                      hst_gasper_find(m, &arrival.id) == NULL;
    if (!useful) {
        return;
    }
    adopt(m, &arrival, source.epoch, effects);
    hst_gasper_supermajority(m, &source, &target, link);
    hst_tally_copy(&m->proof, link, m->config.membership);
    m->proof_target = target;
    m->has_proof = true;
    hst_gasper_ask(m, input->from, input->now_ns, effects);
}

static hst_gasper_checkpoint read_checkpoint(hst_wire_reader *reader)
{
    hst_gasper_checkpoint checkpoint;
    checkpoint.epoch = hst_wire_read_u64(reader);
    checkpoint.root = hst_wire_read_hash(reader);
    return checkpoint;
}

void hst_gasper_on_recover(hst_gasper *m, const hst_consensus_input *input)
{
    hst_wire_reader reader = {
        .bytes = input->bytes, .size = input->size, .carry = m->config.carry_signatures};
    m->sequence = input->sequence;
    m->durable = input->sequence;
    m->voted_epoch = hst_wire_read_u64(&reader);
    m->voted_source = hst_wire_read_u64(&reader);
    m->voted_slot = hst_wire_read_u64(&reader);
    m->voted_head = hst_wire_read_hash(&reader);
    m->proposed_slot = hst_wire_read_u64(&reader);
    m->pending = read_checkpoint(&reader);
    m->proven = read_checkpoint(&reader);
    if (hst_wire_read_u8(&reader) == 0) {
        return;
    }
    const hst_gasper_header header = hst_gasper_read_header(&reader);
    const hst_signature signature = hst_wire_read_signature(&reader);
    const hst_hash id = hst_gasper_name(&header);
    if (!hst_wire_read_done(&reader) || hst_gasper_find(m, &id) != NULL) {
        return;
    }
    (void)hst_gasper_remember(m, &header, &id, NULL);
    const hst_gasper_block *parent = hst_gasper_find(m, &header.parent);
    const uint32_t up = parent != NULL ? parent->serial : 0;
    hst_gasper_block *block = hst_gasper_insert(m, &header, &id, &signature);
    if (block != NULL) {
        block->parent = up;
    }
}

/* The log holds the tree, the votes and the checkpoints; the ledger says what it has for good. */
void hst_gasper_on_start(hst_gasper *m, const hst_consensus_input *input, hst_effects *effects)
{
    enum { PURPOSE_CHOICES = 1, ASKED = 3 };
    m->choices = hst_random_stream(m->config.seed, 0, (uint64_t)input->now_ns, PURPOSE_CHOICES);
    hst_gasper_block *root = hst_gasper_find(m, &input->root);
    if (root != NULL && root->header.height == input->height) {
        hst_gasper_begin(m, root,
                         hst_hash_equal(&m->proven.root, &input->root) ? m->proven.epoch : 0);
        hst_gasper_ask(m, hst_gasper_someone(m), input->now_ns, effects);
        return;
    }
    hst_gasper_clear(m);
    m->lost = true;
    m->commit_height = input->height;
    m->final_height = input->height;
    m->commit = input->root;
    for (uint32_t n = 0; n < ASKED; n++) {
        hst_gasper_ask(m, hst_gasper_someone(m), input->now_ns, effects);
    }
}
