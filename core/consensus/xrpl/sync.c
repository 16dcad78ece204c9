/* Fetching what was missed: ledgers by id, newest first, each proving the one below by its hash;
 * and beyond the window the last certified ledger, proved by its validations. */
#include "core/consensus/xrpl/xrpl_internal.h"

/* A ledger of which only the id is known: our own ledger's last block. */
#define SEQ_UNKNOWN UINT64_MAX

enum { LEDGERS_AT_ONCE = 32, BATCHES_AT_ONCE = 4096 };

/* The first ledger missing between one and the final ledger; false when none is, or when the
 * branch does not lead there. */
static bool missing(const hst_xrpl *m, uint64_t *seq, hst_hash *id)
{
    while (*seq > m->final->header.seq) {
        const hst_xrpl_ledger *l = hst_xrpl_ledger_find(m, *seq, id);
        if (l == NULL || l->known != HST_XRPL_FULL) {
            return true;
        }
        *id = l->header.parent;
        (*seq)--;
    }
    return false;
}

static bool is_peer(const hst_xrpl *m, uint32_t node)
{
    if (m->config.peers == NULL) {
        return node != m->config.self;
    }
    for (uint32_t p = 0; p < m->config.peer_count; p++) {
        if (m->config.peers[p] == node) {
            return true;
        }
    }
    return false;
}

/* Whom to ask next: someone who validated it, if a neighbour did; else any neighbour. */
static uint32_t next_to_ask(const hst_xrpl *m)
{
    uint32_t other = HST_CONSENSUS_NOBODY;
    for (uint32_t step = 1; step <= m->count; step++) {
        const uint32_t node = (m->asked + step) % m->count;
        if (!is_peer(m, node)) {
            continue;
        }
        if (m->nodes[node].seq == m->top_seq && hst_hash_equal(&m->nodes[node].id, &m->top)) {
            return node;
        }
        other = other == HST_CONSENSUS_NOBODY ? node : other;
    }
    return other;
}

static void ask(hst_xrpl *m, uint32_t node, int64_t now_ns, hst_effects *effects)
{
    if (node == HST_CONSENSUS_NOBODY) {
        return;
    }
    m->asked = node;
    m->asked_ns = now_ns;
    hst_wire *wire = hst_effects_message(effects, HST_XRPL_FETCH);
    hst_wire_u64(wire, m->want_seq);
    hst_wire_hash(wire, &m->want);
    hst_wire_u64(wire, m->final->header.seq);
    hst_wire_u64(wire, m->height);
    hst_effects_send(effects, node, 0);
}

/* A ledger that validators hold and we cannot connect: the majority's (Boyer, Moore), beginning
 * elsewhere each time so that a liar does not hide another. Counts those who are far ahead. */
static bool candidate(hst_xrpl *m, int64_t now_ns, uint32_t *ahead)
{
    uint32_t votes = 0;
    bool any = false;
    *ahead = 0;
    uint32_t v = m->turn % m->count;
    for (uint32_t step = 0; step < m->count; step++, v = v + 1 < m->count ? v + 1 : 0) {
        const hst_xrpl_node *node = &m->nodes[v];
        if (!hst_member_has(m->trusted, v) || !hst_xrpl_live(m, node, now_ns)) {
            continue;
        }
        uint64_t seq = node->seq;
        hst_hash id = node->id;
        if (!missing(m, &seq, &id)) {
            continue;
        }
        *ahead += node->seq > m->prev->header.seq + 1 ? 1 : 0;
        if (node->seq == m->prev->header.seq + 1 &&
            now_ns - node->seen_ns < m->parameters[HST_XRPL_GRANULARITY] / 2) {
            continue; /* we may be about to make it ourselves */
        }
        any = true;
        if (votes == 0) {
            m->top_seq = node->seq;
            m->top = node->id;
        }
        const bool same = m->top_seq == node->seq && hst_hash_equal(&m->top, &node->id);
        votes = same ? votes + 1 : votes - 1;
    }
    return any;
}

void hst_xrpl_assess(hst_xrpl *m, int64_t now_ns)
{
    uint32_t ahead;
    m->behind = m->rootless ? 1 : 0;
    if (!m->rootless && candidate(m, now_ns, &ahead) && ahead > m->trusted_count / 2) {
        m->behind = m->top_seq > m->prev->header.seq ? m->top_seq - m->prev->header.seq : 1;
    }
}

void hst_xrpl_seek(hst_xrpl *m, int64_t now_ns, hst_effects *effects)
{
    uint32_t ahead;
    if (m->rootless) {
        m->want_seq = SEQ_UNKNOWN;
        m->want = m->commit;
        ask(m, next_to_ask(m), now_ns, effects);
    } else if (candidate(m, now_ns, &ahead)) {
        m->want_seq = m->top_seq;
        m->want = m->top;
        if (missing(m, &m->want_seq, &m->want)) {
            ask(m, next_to_ask(m), now_ns, effects);
        }
    }
}

void hst_xrpl_seek_now(hst_xrpl *m,
                       uint32_t validator,
                       const hst_consensus_input *input,
                       hst_effects *effects)
{
    uint64_t seq = m->nodes[validator].seq;
    hst_hash id = m->nodes[validator].id;
    const int64_t pause = m->parameters[HST_XRPL_GRANULARITY] / 2;
    if (input->now_ns - m->asked_ns >= pause && missing(m, &seq, &id)) {
        m->top_seq = m->nodes[validator].seq;
        m->top = m->nodes[validator].id;
        m->want_seq = seq;
        m->want = id;
        ask(m, input->from, input->now_ns, effects);
    }
}

/* ---- answering ---------------------------------------------------------------------------- */

static const hst_xrpl_ledger *by_id(const hst_xrpl *m, const hst_hash *id)
{
    for (uint64_t s = 0; s < m->window * HST_XRPL_FORKS; s++) {
        if (m->ledgers[s].known == HST_XRPL_FULL && hst_hash_equal(&m->ledgers[s].id, id)) {
            return &m->ledgers[s];
        }
    }
    return NULL;
}

static void send_state(const hst_xrpl *m, uint32_t to, hst_effects *effects)
{
    hst_wire *wire = hst_effects_message(effects, HST_XRPL_STATE);
    hst_xrpl_write_header(wire, &m->certified_header);
    hst_wire_certificate(wire, &m->certified, m->config.membership);
    hst_effects_send(effects, to, 0);
}

/* A ledger and those below it, down to what the other has. */
static void send_ledgers(const hst_xrpl *m,
                         const hst_xrpl_ledger *top,
                         uint64_t above,
                         uint32_t to,
                         hst_effects *effects)
{
    uint32_t count = 0, batches = 0;
    for (const hst_xrpl_ledger *l = top;
         l != NULL && l->known == HST_XRPL_FULL && l->header.seq > above &&
         count < LEDGERS_AT_ONCE && (count == 0 || batches + l->header.count <= BATCHES_AT_ONCE);
         l = hst_xrpl_ledger_parent(m, l)) {
        count++;
        batches += l->header.count;
    }
    if (count == 0) {
        return;
    }
    hst_wire *wire = hst_effects_message(effects, HST_XRPL_LEDGERS);
    hst_wire_u8(wire, (uint8_t)count);
    for (const hst_xrpl_ledger *l = top; count > 0; l = hst_xrpl_ledger_parent(m, l), count--) {
        hst_xrpl_write_header(wire, &l->header);
        hst_xrpl_write_batches(wire, &m->sets[l->set]);
    }
    hst_effects_send(effects, to, 0);
}

void hst_xrpl_on_fetch(hst_xrpl *m, const hst_consensus_input *input, hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->config.carry_signatures);
    const uint64_t seq = hst_wire_read_u64(&reader);
    const hst_hash id = hst_wire_read_hash(&reader);
    const uint64_t final_seq = hst_wire_read_u64(&reader);
    const uint64_t height = hst_wire_read_u64(&reader);
    if (!hst_wire_read_done(&reader)) {
        m->refused++;
        return;
    }
    const uint64_t reach = final_seq + m->window / 2;
    const bool rootless = seq == SEQ_UNKNOWN;
    const hst_xrpl_ledger *ledger = rootless ? by_id(m, &id) : hst_xrpl_ledger_find(m, seq, &id);
    const bool have = ledger != NULL && ledger->known == HST_XRPL_FULL;
    if (have && (rootless || seq <= reach)) {
        send_ledgers(m, ledger, rootless ? ledger->header.seq - 1 : final_seq, input->from,
                     effects);
    } else if (m->certified_header.height > height &&
               (rootless || have || m->certified_header.seq > reach)) {
        send_state(m, input->from, effects); /* a sequence nobody has heard of is no reason */
    }
}

/* ---- taking in ---------------------------------------------------------------------------- */

/* The ledger we executed last, which our log had lost. */
static void
install_root(hst_xrpl *m, const hst_xrpl_header *header, const hst_hash *id, uint32_t set)
{
    m->boundless = true;
    hst_xrpl_ledger *root = hst_xrpl_ledger_fill(m, header, id, set);
    m->boundless = false;
    if (root != NULL) {
        m->final = root;
        m->rootless = false;
    }
}

/* The next ledger of a LEDGERS message; false when it is not the one we want. */
static bool take_ledger(hst_xrpl *m, hst_wire_reader *reader)
{
    const hst_xrpl_header header = hst_xrpl_read_header(reader);
    if (header.count > m->batches || !hst_xrpl_read_batches(m, reader, header.count)) {
        m->refused++;
        return false;
    }
    const hst_hash id = hst_xrpl_ledger_id(&header);
    const hst_hash hash = hst_xrpl_set_hash(m->scratch, header.count);
    const bool wanted = hst_hash_equal(&id, &m->want) && hst_hash_equal(&hash, &header.set) &&
                        (header.seq == m->want_seq || m->want_seq == SEQ_UNKNOWN);
    if (!wanted) {
        return false; /* an answer that came twice, or a lie */
    }
    const uint32_t set = hst_xrpl_set_make(m, m->scratch, header.count);
    if (set == HST_XRPL_NO_SET) {
        return false;
    }
    if (m->want_seq == SEQ_UNKNOWN) {
        install_root(m, &header, &id, set);
        m->want = (hst_hash){{0}};
        return !m->rootless;
    }
    m->want = header.parent;
    m->want_seq = header.seq - 1;
    return hst_xrpl_ledger_fill(m, &header, &id, set) != NULL;
}

void hst_xrpl_on_ledgers(hst_xrpl *m, const hst_consensus_input *input, hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->config.carry_signatures);
    const uint32_t count = hst_wire_read_u8(&reader);
    const bool rootless = m->rootless;
    uint32_t taken = 0;
    while (taken < count && take_ledger(m, &reader)) {
        taken++;
    }
    if (taken == 0) {
        m->refused += reader.short_of ? 1 : 0;
        return;
    }
    if (rootless) {
        hst_xrpl_start_round(m, m->final, true, input->now_ns, effects);
        return;
    }
    hst_xrpl_check_validated(m, input->now_ns, effects);
    m->want_seq = m->top_seq;
    m->want = m->top;
    if (missing(m, &m->want_seq, &m->want)) {
        ask(m, input->from, input->now_ns, effects);
    }
}

/* Whether enough of our own list signed. */
static bool proved(const hst_xrpl *m, const hst_xrpl_header *header, const hst_hash *id)
{
    const hst_statement *statement = &m->incoming.statement;
    uint32_t signers = 0;
    for (uint32_t w = 0; w < m->words; w++) {
        signers += (uint32_t)__builtin_popcountll(m->incoming.signers[w] & m->trusted[w]);
    }
    return statement->phase == HST_XRPL_PHASE_VALIDATION && statement->view == 0 &&
           statement->height == header->seq && hst_hash_equal(&statement->id, id) &&
           signers >= m->quorum;
}

void hst_xrpl_on_state(hst_xrpl *m, const hst_consensus_input *input, hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->config.carry_signatures);
    const hst_xrpl_header header = hst_xrpl_read_header(&reader);
    hst_wire_read_certificate(&reader, m->config.membership, &m->incoming);
    const hst_hash id = hst_xrpl_ledger_id(&header);
    if (!hst_wire_read_done(&reader) || !proved(m, &header, &id)) {
        m->refused++;
        return;
    }
    /* What is near is fetched, ledger by ledger, however true the state is. */
    const uint64_t near = m->window / 4, final_seq = m->final->header.seq;
    const bool far = m->rootless || m->behind > near || header.seq > final_seq + near;
    if (header.height <= m->height || header.seq <= final_seq || !far) {
        return;
    }
    m->boundless = true;
    hst_xrpl_ledger *ledger = hst_xrpl_ledger_fill(m, &header, &id, HST_XRPL_NO_SET);
    m->boundless = false;
    if (ledger == NULL) {
        return;
    }
    hst_effects_transfer(effects, header.height, &id, input->from);
    m->height = header.height;
    m->commit = id;
    m->final = ledger;
    m->rootless = false;
    m->pool_count = 0; /* what of it was committed on the way is not known; others hold it too */
    hst_tally_copy(&m->certified, &m->incoming, m->config.membership);
    m->certified_header = header;
    m->certified_id = id;
    hst_xrpl_persist(m, ledger, effects);
    if (m->sequence > 1) {
        hst_effects_forget(effects, m->sequence - 1);
    }
    hst_xrpl_start_round(m, ledger, false, input->now_ns, effects);
}
