/* What was missed: after a restart, behind a partition, or far behind. */
#include "core/consensus/nakamoto/internal.h"

uint32_t hst_nakamoto_someone(hst_nakamoto *m)
{
    if (m->config.peers != NULL) {
        return m->config.peer_count == 0
                   ? HST_CONSENSUS_NOBODY
                   : m->config.peers[hst_random_below(&m->choices, m->config.peer_count)];
    }
    const uint32_t count = m->config.membership->count;
    if (count == 1) {
        return HST_CONSENSUS_NOBODY;
    }
    const uint32_t other = (uint32_t)hst_random_below(&m->choices, count - 1);
    return other < m->config.self ? other : other + 1;
}

/* The last block of a branch that is being fetched; then ids of the best chain, dense at the tip
 * and ever sparser below it, so that the last block in common is found within a factor of two. */
static void write_locator(const hst_nakamoto *m, hst_wire *wire)
{
    enum { DENSE = 10 };
    hst_hash ids[HST_NAKAMOTO_LOCATOR];
    uint8_t count = 0;
    uint64_t height = m->best_height;
    uint64_t stride = 1;
    const hst_nakamoto_block *tip = hst_nakamoto_at(m, m->sync_tip);
    if (tip != NULL) {
        ids[count++] = tip->id;
    }
    while (!m->lost && count < HST_NAKAMOTO_LOCATOR - 2) {
        const hst_nakamoto_block *block = hst_nakamoto_main(m, height);
        if (block == NULL) {
            break;
        }
        ids[count++] = block->id;
        stride = count > DENSE ? 2 * stride : 1;
        if (height < stride) {
            break;
        }
        height -= stride;
    }
    /* The deepest ones: what is final, and the genesis block while it is here. */
    const uint64_t deepest[2] = {m->final_height, 0};
    for (uint32_t d = 0; !m->lost && d < 2; d++) {
        const hst_nakamoto_block *block = hst_nakamoto_main(m, deepest[d]);
        if (block != NULL) {
            ids[count++] = block->id;
        }
    }
    hst_wire_u8(wire, count);
    for (uint8_t i = 0; i < count; i++) {
        hst_wire_hash(wire, &ids[i]);
    }
}

void hst_nakamoto_ask(hst_nakamoto *m, uint32_t to, int64_t now_ns, hst_effects *effects)
{
    if (to == HST_CONSENSUS_NOBODY || to == m->config.self) {
        return;
    }
    write_locator(m, hst_effects_message(effects, HST_NAKAMOTO_GETBLOCKS));
    hst_effects_send(effects, to, 0);
    hst_effects_timer_set(effects, HST_NAKAMOTO_TIMER_SYNC,
                          now_ns + hst_nakamoto_value(m, HST_NAKAMOTO_REQUEST));
    m->sync_armed = true;
    m->sync_peer = to;
}

void hst_nakamoto_on_sync_timer(hst_nakamoto *m, int64_t now_ns, hst_effects *effects)
{
    enum { TRIES = 16 };
    m->sync_armed = false;
    if (m->orphan_count == 0 && !m->lost) {
        m->sync_tries = 0;
        return;
    }
    if (m->sync_tries++ >= TRIES && !m->lost) {
        m->dropped += m->orphan_count; /* nobody knows their parents */
        m->orphan_count = 0;
        m->sync_tries = 0;
        return;
    }
    hst_nakamoto_ask(m, hst_nakamoto_someone(m), now_ns, effects);
}

/* The settled block to start from: every replica names the same one for a while. */
static const hst_nakamoto_block *anchor(const hst_nakamoto *m)
{
    const uint64_t height = m->final_height - m->final_height % HST_NAKAMOTO_ANCHOR;
    const hst_nakamoto_block *block = height > 0 ? hst_nakamoto_main(m, height) : NULL;
    return block != NULL && !block->hidden ? block : NULL;
}

static void send_state(hst_nakamoto *m, uint32_t to, hst_effects *effects)
{
    const hst_nakamoto_block *block = anchor(m);
    if (block == NULL) {
        return;
    }
    hst_wire *wire = hst_effects_message(effects, HST_NAKAMOTO_STATE);
    hst_nakamoto_write_header(wire, &block->header);
    if (m->signatures != NULL) {
        hst_wire_signature(wire, &m->signatures[block->serial & m->mask]);
    } else {
        hst_wire_signature_slot(wire);
    }
    hst_wire_u64(wire, block->work);
    hst_wire_u64(wire, (uint64_t)block->latest_ns);
    hst_wire_u64(wire, (uint64_t)block->period_start_ns);
    hst_wire_signature_slot(wire);
    hst_effects_send(effects, to, 0);
}

static void send_following(hst_nakamoto *m, uint64_t height, uint32_t to, hst_effects *effects)
{
    uint64_t last = m->best_height;
    if (m->selfish) {
        while (last > height && hst_nakamoto_main(m, last)->hidden) {
            last--;
        }
    }
    for (uint32_t n = 0; n < HST_NAKAMOTO_AT_ONCE && height < last; n++) {
        const hst_nakamoto_block *block = hst_nakamoto_main(m, ++height);
        if (block == NULL) {
            return;
        }
        hst_nakamoto_send_block(m, block, to, effects);
    }
    if (height < last) {
        const hst_nakamoto_block *tip = hst_nakamoto_main(m, last);
        hst_wire_hash(hst_effects_message(effects, HST_NAKAMOTO_INV), &tip->id);
        hst_effects_send(effects, to, 0);
    }
}

void hst_nakamoto_on_getblocks(hst_nakamoto *m,
                               const hst_consensus_input *input,
                               hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->carry);
    const uint8_t count = hst_wire_read_u8(&reader);
    if (reader.short_of || count > HST_NAKAMOTO_LOCATOR ||
        reader.size - reader.at != (size_t)count * HST_HASH_SIZE) {
        m->refused++;
        return;
    }
    if (m->lost) {
        return;
    }
    const hst_nakamoto_block *common = NULL; /* the highest in common */
    for (uint8_t i = 0; i < count; i++) {
        const hst_hash id = hst_wire_read_hash(&reader);
        const hst_nakamoto_block *block = hst_nakamoto_find(m, &id);
        if (block != NULL && !block->hidden &&
            hst_nakamoto_main(m, block->header.height) == block &&
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

/* Start over from a settled block. */
static void adopt(hst_nakamoto *m,
                  const hst_nakamoto_arrival *arrival,
                  const hst_nakamoto_block *place,
                  int64_t now_ns,
                  hst_effects *effects)
{
    const uint64_t height = arrival->header.height;
    if (m->commit_height > m->final_height) {
        hst_effects_rollback(effects, m->final_height);
        m->commit_height = m->final_height;
    }
    if (height > m->commit_height) {
        hst_effects_transfer(effects, height, &arrival->id, arrival->from);
    }
    hst_nakamoto_clear(m);
    hst_nakamoto_block *block =
        hst_nakamoto_insert(m, &arrival->header, &arrival->id, &arrival->signature);
    hst_assert(block != NULL); /* the tree is empty */
    block->work = place->work;
    block->latest_ns = place->latest_ns;
    block->period_start_ns = place->period_start_ns;
    hst_nakamoto_root(m, block);
    hst_nakamoto_persist(m, block, effects);
    m->voucher = HST_CONSENSUS_NOBODY;
    hst_nakamoto_ask(m, arrival->from, now_ns, effects);
}

/* A header chain would prove the work; what is kept here is too short for that, so two replicas
 * must vouch for the same block. */
void hst_nakamoto_on_state(hst_nakamoto *m, const hst_consensus_input *input, hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->carry);
    hst_nakamoto_arrival arrival = {.header = hst_nakamoto_read_header(&reader),
                                    .from = input->from};
    arrival.signature = hst_wire_read_signature(&reader);
    hst_nakamoto_block place = {.work = hst_wire_read_u64(&reader)};
    place.latest_ns = (int64_t)hst_wire_read_u64(&reader);
    place.period_start_ns = (int64_t)hst_wire_read_u64(&reader);
    (void)hst_wire_read_signature(&reader);
    const uint64_t height = arrival.header.height;
    if (!hst_wire_read_done(&reader) || height == 0 || arrival.header.difficulty == 0 ||
        arrival.header.miner >= m->config.membership->count ||
        place.work < arrival.header.difficulty) {
        m->refused++;
        return;
    }
    const bool useful = m->lost ? height >= m->commit_height
                                : height > m->final_height && place.work > m->best_work;
    if (!useful) {
        return;
    }
    arrival.id = hst_blake2b(input->bytes + 1, HST_NAKAMOTO_HEADER_SIZE);
    const bool alone =
        m->config.membership->count <= 2 || (m->config.peers != NULL && m->config.peer_count <= 1);
    if (alone || (m->voucher != HST_CONSENSUS_NOBODY && m->voucher != input->from &&
                  hst_nakamoto_same(&m->vouched, &arrival.id))) {
        adopt(m, &arrival, &place, input->now_ns, effects);
        return;
    }
    m->vouched = arrival.id;
    m->voucher = input->from;
    hst_nakamoto_ask(m, hst_nakamoto_someone(m), input->now_ns, effects);
}

void hst_nakamoto_on_recover(hst_nakamoto *m, const hst_consensus_input *input)
{
    hst_wire_reader reader = {.bytes = input->bytes, .size = input->size, .carry = m->carry};
    const hst_nakamoto_header header = hst_nakamoto_read_header(&reader);
    const uint64_t work = hst_wire_read_u64(&reader);
    const int64_t latest_ns = (int64_t)hst_wire_read_u64(&reader);
    const int64_t period_start_ns = (int64_t)hst_wire_read_u64(&reader);
    const hst_signature signature = hst_wire_read_signature(&reader);
    m->sequence = input->sequence;
    m->durable = input->sequence;
    const hst_hash id = hst_nakamoto_name(&header);
    if (!hst_wire_read_done(&reader) || hst_nakamoto_find(m, &id) != NULL) {
        return;
    }
    const hst_nakamoto_block *parent = hst_nakamoto_find(m, &header.parent);
    const uint32_t up = parent != NULL ? parent->serial : 0;
    hst_nakamoto_block *block = hst_nakamoto_insert(m, &header, &id, &signature);
    if (block != NULL) {
        block->parent = up;
        block->work = work;
        block->latest_ns = latest_ns;
        block->period_start_ns = period_start_ns;
    }
}

/* The log holds the tree, the ledger says what of it is settled; the rest is chosen anew. */
void hst_nakamoto_on_start(hst_nakamoto *m, const hst_consensus_input *input, hst_effects *effects)
{
    enum { ASKED = 3, PURPOSE_MINING = 1, PURPOSE_CHOICES };
    const uint64_t life = (uint64_t)input->now_ns;
    m->random = hst_random_stream(m->config.seed, 0, life, PURPOSE_MINING);
    m->choices = hst_random_stream(m->config.seed, 0, life, PURPOSE_CHOICES);
    hst_nakamoto_block *root = hst_nakamoto_find(m, &input->root);
    if (root != NULL && root->header.height == input->height) {
        hst_nakamoto_root(m, root);
        for (uint32_t back = m->mask + 1; back > 0; back--) {
            hst_nakamoto_block *block = hst_nakamoto_at(m, m->serial - back + 1);
            if (block != NULL && block->header.height > input->height) {
                (void)hst_nakamoto_choose(m, block, effects);
            }
        }
        hst_nakamoto_ask(m, hst_nakamoto_someone(m), input->now_ns, effects);
        return;
    }
    hst_nakamoto_clear(m);
    m->lost = true;
    m->best = 0;
    m->best_id = input->root;
    m->best_height = input->height;
    m->commit_height = input->height;
    m->final_height = input->height;
    m->commit = input->root;
    for (uint32_t n = 0; n < ASKED; n++) {
        hst_nakamoto_ask(m, hst_nakamoto_someone(m), input->now_ns, effects);
    }
}
