/* What survives: ledgers and the last validation in the log, and COMMITs for good. */
#include "core/consensus/xrpl/xrpl_internal.h"

/* Each record holds a ledger and the last sequence we validated, so the newest few are enough. */
void hst_xrpl_persist(hst_xrpl *m, hst_xrpl_ledger *ledger, hst_effects *effects)
{
    hst_wire *wire = hst_effects_record(effects);
    hst_wire_u64(wire, m->issued);
    hst_wire_hash(wire, &m->issued_id);
    hst_wire_u8(wire, ledger->own ? 1 : 0);
    hst_wire_u8(wire, ledger->known == HST_XRPL_FULL ? 1 : 0);
    hst_xrpl_write_header(wire, &ledger->header);
    if (ledger->known == HST_XRPL_FULL) {
        hst_xrpl_write_batches(wire, &m->sets[ledger->set]);
    }
    ledger->record = ++m->sequence;
    hst_effects_persist(effects, m->sequence);
}

void hst_xrpl_recover(hst_xrpl *m, const hst_consensus_input *input)
{
    hst_wire_reader reader = {.bytes = input->bytes, .size = input->size, .carry = true};
    const uint64_t issued = hst_wire_read_u64(&reader);
    const hst_hash issued_id = hst_wire_read_hash(&reader);
    const bool own = hst_wire_read_u8(&reader) != 0;
    const bool full = hst_wire_read_u8(&reader) != 0;
    const hst_xrpl_header header = hst_xrpl_read_header(&reader);
    uint32_t set = HST_XRPL_NO_SET;
    m->sequence = input->sequence;
    m->durable = input->sequence;
    if (full && hst_xrpl_read_batches(m, &reader, header.count)) {
        set = hst_xrpl_set_make(m, m->scratch, header.count);
    }
    if (reader.short_of) {
        m->refused++;
        hst_xrpl_set_drop(m, &set);
        return;
    }
    m->issued = issued;
    m->issued_id = issued_id;
    /* Which ledger is final, and with it the window, is not known before START. */
    m->boundless = true;
    const hst_hash id = hst_xrpl_ledger_id(&header);
    hst_xrpl_ledger *ledger = hst_xrpl_ledger_fill(m, &header, &id, set);
    if (ledger != NULL) {
        ledger->own = own;
        ledger->record = input->sequence;
    }
}

/* The ledger whose COMMITs the executed ledger ends with: all of them, or (`whole` false) some. */
static hst_xrpl_ledger *find_root(hst_xrpl *m, uint64_t height, const hst_hash *root, bool whole)
{
    for (uint64_t s = 0; s < m->window * HST_XRPL_FORKS; s++) {
        hst_xrpl_ledger *l = &m->ledgers[s];
        const bool candidate =
            l->known >= HST_XRPL_HEADER &&
            (whole ? l->header.height == height
                   : l->header.height > height &&
                         l->header.height - hst_xrpl_commits(l->header.count) < height);
        if (candidate) {
            const hst_hash id = hst_xrpl_commit_id(&l->id, &l->header, height, NULL);
            if (hst_hash_equal(&id, root)) {
                return l;
            }
        }
    }
    return NULL;
}

void hst_xrpl_resume(hst_xrpl *m, uint64_t height, const hst_hash *root)
{
    static const hst_hash none = {{0}};
    m->height = height;
    m->commit = *root;
    m->boundless = false;
    hst_xrpl_ledger *final =
        height == 0 ? hst_xrpl_ledger_find(m, 0, &none) : find_root(m, height, root, true);
    if (final == NULL) {
        const hst_xrpl_ledger *half = find_root(m, height, root, false);
        final = half != NULL ? hst_xrpl_ledger_parent(m, half) : NULL;
    }
    m->rootless = final == NULL;
    if (m->rootless) {
        /* Decided and executed, but the crash was faster than our log. */
        m->final = hst_xrpl_ledger_find(m, 0, &none);
        hst_assert(m->final != NULL);
        final = m->final;
    }
    m->final = final;
    m->prev = final;
    for (uint64_t s = 0; s < m->window * HST_XRPL_FORKS; s++) {
        hst_xrpl_ledger *l = &m->ledgers[s];
        if (l->known == HST_XRPL_FULL && l->header.seq > m->prev->header.seq && l->record != 0 &&
            hst_xrpl_ledger_descends(m, l, final)) {
            m->prev = l;
        }
    }
}

/* The COMMITs of one ledger: a batch each; the last has the ledger's own id. */
static void commit_ledger(hst_xrpl *m, const hst_xrpl_ledger *ledger, hst_effects *effects)
{
    const hst_xrpl_header *header = &ledger->header;
    const hst_xrpl_set *set = &m->sets[ledger->set];
    const uint64_t count = hst_xrpl_commits(header->count);
    for (uint64_t c = 0; c < count; c++) {
        const uint64_t height = header->height - count + 1 + c;
        const hst_batch batch = header->count > 0 ? set->batches[c] : (hst_batch){0};
        hst_xrpl_pool_remove(m, batch.id);
        if (height != m->height + 1) {
            continue; /* executed before a crash */
        }
        const hst_hash id = hst_xrpl_commit_id(&ledger->id, header, height, effects->names);
        hst_effects_commit(effects, height, header->seq, HST_CONSENSUS_NOBODY, &id, &m->commit,
                           batch, true);
        m->height = height;
        m->commit = id;
    }
}

/* Who validated the final ledger last, as proof for those far behind. */
static void certify(hst_xrpl *m, const hst_xrpl_ledger *ledger)
{
    const hst_statement statement = {
        .phase = HST_XRPL_PHASE_VALIDATION, .height = ledger->header.seq, .id = ledger->id};
    hst_tally_reset(&m->incoming, m->config.membership, statement);
    uint32_t signers = 0;
    for (uint32_t v = 0; v < m->count; v++) {
        const hst_xrpl_node *node = &m->nodes[v];
        if (hst_member_has(m->trusted, v) && node->seq == ledger->header.seq &&
            hst_hash_equal(&node->id, &ledger->id)) {
            (void)hst_tally_add(&m->incoming, m->config.membership, v, &node->signature);
            signers++;
        }
    }
    if (signers >= m->quorum) {
        hst_tally_copy(&m->certified, &m->incoming, m->config.membership);
        m->certified_header = ledger->header;
        m->certified_id = ledger->id;
    }
}

void hst_xrpl_finalize(hst_xrpl *m, hst_xrpl_ledger *ledger, hst_effects *effects)
{
    enum { COMMITS_AT_ONCE = 1024 };
    const uint64_t before = m->final->record;
    uint64_t steps = 0;
    for (hst_xrpl_ledger *l = ledger; l != m->final; l = hst_xrpl_ledger_parent(m, l)) {
        hst_assert(l != NULL && l->known == HST_XRPL_FULL && steps < m->window);
        m->path[steps++] = (uint32_t)(l - m->ledgers);
    }
    const uint64_t from = m->height;
    while (steps > 0 && (m->height == from || m->height - from + m->batches <= COMMITS_AT_ONCE)) {
        m->final = &m->ledgers[m->path[--steps]];
        commit_ledger(m, m->final, effects);
    }
    certify(m, m->final);
    if (m->final->record == 0) {
        hst_xrpl_persist(m, m->final, effects);
    }
    if (before > 1) {
        hst_effects_forget(effects, before - 1);
    }
}
