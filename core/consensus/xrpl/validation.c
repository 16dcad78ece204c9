/* Validations: a node signs one ledger a sequence, and what enough of a list signed is final. */
#include "core/consensus/xrpl/xrpl_internal.h"

#include <string.h>

static void send_validation(hst_xrpl *m, int64_t now_ns, hst_effects *effects)
{
    const hst_statement statement = {
        .phase = HST_XRPL_PHASE_VALIDATION, .height = m->issued, .id = m->issued_id};
    hst_wire *wire = hst_effects_message(effects, HST_XRPL_VALIDATION);
    hst_wire_u32(wire, m->config.self);
    hst_wire_statement(wire, &statement);
    hst_wire_signature_slot(wire);
    hst_effects_gossip(effects, HST_CONSENSUS_NOBODY, m->sequence);
    m->issued_ns = now_ns;
}

void hst_xrpl_validate(hst_xrpl *m, hst_xrpl_ledger *ledger, int64_t now_ns, hst_effects *effects)
{
    m->issued = ledger->header.seq;
    m->issued_id = ledger->id;
    ledger->own = true;
    hst_xrpl_persist(m, ledger, effects);
    send_validation(m, now_ns, effects);
}

void hst_xrpl_validate_again(hst_xrpl *m, int64_t now_ns, hst_effects *effects)
{
    if (m->issued > 0 && now_ns - m->issued_ns > m->parameters[HST_XRPL_INTERVAL]) {
        send_validation(m, now_ns, effects);
        hst_xrpl_node *self = &m->nodes[m->config.self];
        if (self->seq == m->issued) {
            self->seen_ns = now_ns;
        }
    }
}

/* A ledger became final. When we were building on another branch, that is over. */
static void make_final(hst_xrpl *m, hst_xrpl_ledger *ledger, int64_t now_ns, hst_effects *effects)
{
    hst_xrpl_finalize(m, ledger, effects);
    if (!hst_xrpl_ledger_descends(m, m->prev, m->final)) {
        hst_xrpl_check_ledger(m, now_ns, effects);
    }
}

static bool is_validated(const hst_xrpl *m, const hst_xrpl_ledger *ledger)
{
    return ledger->known == HST_XRPL_FULL && ledger->validations >= m->quorum &&
           ledger->header.seq > m->final->header.seq &&
           hst_xrpl_ledger_descends(m, ledger, m->final);
}

void hst_xrpl_check_validated(hst_xrpl *m, int64_t now_ns, hst_effects *effects)
{
    const uint64_t from = m->final->header.seq;
    for (uint64_t seq = hst_xrpl_reach(m); seq > from; seq--) {
        hst_xrpl_ledger *slot = &m->ledgers[seq % m->window * HST_XRPL_FORKS];
        for (uint32_t f = 0; f < HST_XRPL_FORKS; f++) {
            if (slot[f].header.seq == seq && is_validated(m, &slot[f])) {
                make_final(m, &slot[f], now_ns, effects);
                return;
            }
        }
    }
}

/* Count a validation of a trusted node, once. */
static void count_validation(
    hst_xrpl *m, hst_xrpl_ledger *ledger, uint32_t validator, int64_t now_ns, hst_effects *effects)
{
    if (hst_member_add(ledger->validators, validator)) {
        ledger->validations++;
    }
    if (is_validated(m, ledger)) {
        make_final(m, ledger, now_ns, effects);
    }
}

void hst_xrpl_on_durable(hst_xrpl *m, uint64_t sequence, int64_t now_ns, hst_effects *effects)
{
    const uint32_t self = m->config.self;
    hst_xrpl_ledger *l = hst_xrpl_ledger_find(m, m->issued, &m->issued_id);
    while (l != NULL && l->header.seq > m->final->header.seq &&
           !(l->own && l->record <= sequence)) {
        l = hst_xrpl_ledger_parent(m, l);
    }
    if (l == NULL || !l->own || l->record > sequence || l->header.seq <= m->nodes[self].seq) {
        return;
    }
    m->nodes[self].seq = l->header.seq;
    m->nodes[self].id = l->id;
    m->nodes[self].seen_ns = now_ns;
    m->nodes[self].since_ns = now_ns;
    if (hst_member_has(m->trusted, self)) {
        count_validation(m, l, self, now_ns, effects);
    }
}

/* Two ledgers of one sequence, signed by one node: proof against it. */
static void accuse(const hst_xrpl *m,
                   uint32_t guilty,
                   const hst_statement *statement,
                   const hst_signature *signature,
                   hst_effects *effects)
{
    const hst_xrpl_node *node = &m->nodes[guilty];
    const hst_statement before = {
        .phase = HST_XRPL_PHASE_VALIDATION, .height = node->seq, .id = node->id};
    hst_wire *wire = hst_effects_message(effects, HST_XRPL_VALIDATION);
    hst_wire_u32(wire, guilty);
    hst_wire_statement(wire, &before);
    hst_wire_signature(wire, &node->signature);
    hst_wire_statement(wire, statement);
    hst_wire_signature(wire, signature);
    hst_effects_evidence(effects, guilty);
}

/* The node's last validation, if this one is: sequences must rise. False when it does not count. */
static bool note_last(hst_xrpl *m,
                      uint32_t validator,
                      const hst_statement *statement,
                      const hst_signature *signature,
                      const hst_consensus_input *input,
                      hst_effects *effects)
{
    hst_xrpl_node *node = &m->nodes[validator];
    if (hst_xrpl_live(m, node, input->now_ns)) {
        if (statement->height < node->seq) {
            return false;
        }
        if (statement->height == node->seq && !hst_hash_equal(&statement->id, &node->id)) {
            accuse(m, validator, statement, signature, effects);
            return false;
        }
    }
    if (statement->height != node->seq) {
        node->since_ns = input->now_ns;
    }
    node->seq = statement->height;
    node->id = statement->id;
    node->seen_ns = input->now_ns;
    node->signature = *signature;
    return true;
}

void hst_xrpl_on_validation(hst_xrpl *m, const hst_consensus_input *input, hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->config.carry_signatures);
    const uint32_t validator = hst_wire_read_u32(&reader);
    const hst_statement statement = hst_wire_read_statement(&reader);
    const hst_signature signature = hst_wire_read_signature(&reader);
    if (!hst_wire_read_done(&reader) || validator >= m->count || statement.view != 0 ||
        statement.phase != HST_XRPL_PHASE_VALIDATION || statement.height == 0) {
        m->refused++;
        return;
    }
    uint64_t key;
    memcpy(&key, statement.id.bytes, sizeof key);
    if (!hst_xrpl_first_seen(m, HST_XRPL_VALIDATION, validator, key)) {
        return;
    }
    hst_xrpl_relay(m, input, effects);
    if (validator == m->config.self) {
        /* Of an earlier life whose disk was lost: not to be contradicted. */
        if (statement.height > m->issued) {
            m->issued = statement.height;
            m->issued_id = statement.id;
        }
        return;
    }
    if (!hst_member_has(m->trusted, validator) ||
        !note_last(m, validator, &statement, &signature, input, effects)) {
        return;
    }
    if (statement.height == m->certified_header.seq &&
        hst_hash_equal(&statement.id, &m->certified_id)) {
        (void)hst_tally_add(&m->certified, m->config.membership, validator, &signature);
    }
    hst_xrpl_ledger *ledger = statement.height > m->final->header.seq
                                  ? hst_xrpl_ledger_name(m, statement.height, &statement.id, false)
                                  : hst_xrpl_ledger_find(m, statement.height, &statement.id);
    if (ledger != NULL) {
        count_validation(m, ledger, validator, input->now_ns, effects);
    }
    if (!m->rootless && statement.height != m->prev->header.seq + 1) {
        hst_xrpl_seek_now(m, validator, input, effects); /* not one we are about to make */
    }
}

/* ---- relay -------------------------------------------------------------------------------- */

bool hst_xrpl_first_seen(hst_xrpl *m, uint32_t kind, uint32_t node, uint64_t key)
{
    if (m->seen == NULL) {
        return true; /* complete connections: nobody relays */
    }
    hst_xrpl_seen *seen = &m->seen[2 * node + (kind == HST_XRPL_VALIDATION ? 1 : 0)];
    for (uint32_t k = 0; k < HST_XRPL_SEEN; k++) {
        if (seen->keys[k] == key) {
            return false;
        }
    }
    seen->keys[seen->next] = key;
    seen->next = (seen->next + 1) % HST_XRPL_SEEN;
    return true;
}

void hst_xrpl_relay(const hst_xrpl *m, const hst_consensus_input *input, hst_effects *effects)
{
    if (m->seen == NULL) {
        return;
    }
    hst_wire *wire = hst_effects_message(effects, input->bytes[0]);
    hst_wire_bytes(wire, input->bytes + 1, (uint32_t)input->size - 1);
    wire->omitted = m->config.carry_signatures ? 0 : HST_SIGNATURE_SIZE;
    hst_effects_gossip(effects, input->from, 0);
}
