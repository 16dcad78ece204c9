/* Checkpoints and water marks (OSDI'99, 4.3): every K executions replicas say what they came to; a
 * quorum of equal words makes it stable, and what lies below is not needed any more. */
#include "core/consensus/pbft/machine.h"

static hst_tally *tally_of(hst_pbft *m, uint64_t height)
{
    return &m->checkpoints[height / m->interval % m->checkpoint_count];
}

/* Start over unless the tally is of this checkpoint. */
static void settle(hst_pbft *m, hst_tally *tally, uint64_t height, const hst_hash *id)
{
    if (tally->statement.height != height || !hst_hash_equal(&tally->statement.id, id)) {
        const hst_statement statement = {
            .phase = HST_PBFT_PHASE_CHECKPOINT, .height = height, .id = *id};
        hst_tally_reset(tally, m->config.membership, statement);
    }
}

/* h moves; what the log said of lower sequence numbers is not needed any more. */
static void raise_stable(hst_pbft *m, const hst_tally *proof)
{
    hst_tally_copy(&m->stable_proof, proof, m->config.membership);
    m->stable = proof->statement.height;
    m->known = m->known > m->stable ? m->known : m->stable;
    m->reported = m->reported > m->stable ? m->reported : m->stable;
    m->save_all = true;
}

static void look_at(hst_pbft *m, const hst_tally *tally)
{
    const uint64_t height = tally->statement.height;
    if (tally->weight < m->quorum || height <= m->stable) {
        return;
    }
    m->known = m->known > height ? m->known : height;
    /* Who is not that far yet goes on executing, or else asks and gets the state. */
    if (height <= m->executed) {
        raise_stable(m, tally);
    }
}

void hst_pbft_say_checkpoint(hst_pbft *m, hst_effects *effects)
{
    hst_wire *wire = hst_effects_message(effects, HST_PBFT_CHECKPOINT);
    hst_wire_statement(wire, &tally_of(m, m->reported)->statement);
    hst_wire_signature_slot(wire);
    (void)hst_effects_broadcast(effects, 0); /* executed, and so on the ledger's disk */
}

void hst_pbft_checkpoint(hst_pbft *m, hst_effects *effects)
{
    hst_tally *tally = tally_of(m, m->executed);
    /* Words of others for another state, were there any, do not count for ours. */
    settle(m, tally, m->executed, &m->chain);
    (void)hst_tally_add(tally, m->config.membership, m->config.self, NULL);
    m->reported = m->executed;
    hst_pbft_say_checkpoint(m, effects);
    look_at(m, tally);
}

/* What was decided at a sequence number, as far as we remember; NULL = not at all. Prepared only is
 * less: another value may have been decided. */
static const hst_hash *remembered(const hst_pbft *m, uint64_t sequence, bool *sure)
{
    const hst_pbft_slot *slot = &m->slots[sequence & m->mask];
    if (slot->sequence == sequence && slot->decided) {
        return &slot->commits.statement.id;
    }
    *sure = false;
    return hst_pbft_has_certificate(m, slot, sequence) ? &slot->certificate.statement.id : NULL;
}

void hst_pbft_recover_checkpoint(hst_pbft *m, hst_effects *effects)
{
    hst_hash chain = m->stable_proof.statement.id; /* zero at genesis */
    hst_hash proved = {{0}};                       /* the last checkpoint we are sure of */
    hst_hash last = {{0}};                         /* and the last one */
    uint64_t proved_height = 0;
    uint64_t last_height = 0;
    bool sure = true;
    for (uint64_t s = m->stable + 1; s <= m->executed; s++) {
        const hst_hash *value = remembered(m, s, &sure);
        if (value == NULL) {
            break;
        }
        chain = hst_pbft_chain_id(&chain, value);
        if (s % m->interval == 0) {
            last = chain;
            last_height = s;
            proved = sure ? last : proved;
            proved_height = sure ? last_height : proved_height;
        }
    }
    /* When it leads to what the ledger holds, all of it was right. */
    const bool all = hst_hash_equal(&chain, &m->chain);
    const hst_hash *id = all ? &last : &proved;
    m->reported = all ? last_height : proved_height;
    if (m->reported <= m->stable) {
        m->reported = m->stable;
        return;
    }
    hst_tally *tally = tally_of(m, m->reported);
    settle(m, tally, m->reported, id);
    (void)hst_tally_add(tally, m->config.membership, m->config.self, NULL);
    hst_pbft_say_checkpoint(m, effects);
    look_at(m, tally);
}

void hst_pbft_on_checkpoint(hst_pbft *m, const hst_consensus_input *input, hst_effects *effects)
{
    (void)effects;
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->config.carry_signatures);
    const hst_statement statement = hst_wire_read_statement(&reader);
    const hst_signature signature = hst_wire_read_signature(&reader);
    if (!hst_wire_read_done(&reader) || statement.phase != HST_PBFT_PHASE_CHECKPOINT ||
        statement.view != 0 || statement.height % m->interval != 0 ||
        statement.height <= m->stable) {
        m->refused++;
        return;
    }
    if (statement.height - m->stable > m->checkpoint_count * m->interval) {
        m->dropped++;
        hst_pbft_hint(m);
        return;
    }
    hst_tally *tally = tally_of(m, statement.height);
    if (tally->statement.height != statement.height) {
        settle(m, tally, statement.height, &statement.id);
    } else if (!hst_hash_equal(&tally->statement.id, &statement.id)) {
        m->refused++;
        return;
    }
    (void)hst_tally_add(tally, m->config.membership, input->from, &signature);
    look_at(m, tally);
}

bool hst_pbft_read_stable(hst_pbft *m, hst_wire_reader *reader)
{
    hst_wire_read_certificate(reader, m->config.membership, &m->scratch);
    const hst_statement *statement = &m->scratch.statement;
    return !reader->short_of && statement->phase == HST_PBFT_PHASE_CHECKPOINT &&
           statement->view == 0 && statement->height > 0 && statement->height % m->interval == 0 &&
           m->scratch.weight >= m->quorum;
}

bool hst_pbft_adopt_stable(hst_pbft *m, uint32_t from, hst_effects *effects)
{
    const hst_statement *statement = &m->scratch.statement;
    if (statement->height <= m->stable) {
        return false;
    }
    if (statement->height > m->executed) {
        hst_effects_transfer(effects, statement->height, &statement->id, from);
        m->executed = statement->height;
        m->chain = statement->id;
    }
    raise_stable(m, &m->scratch);
    hst_pbft_execute(m, effects); /* what was decided above it */
    return true;
}
