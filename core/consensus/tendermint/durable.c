/* What must outlive a crash, and the messages that wait for it.
 *
 * Every record is the whole of it: own votes and locks at this height, the proof of the valid
 * value, and the last decision with its proof, so that a block that few saw decided can be passed
 * on after they all went down. So the newest durable record is enough. */
#include "core/consensus/tendermint/internal.h"

void hst_tm_write_value(hst_wire *wire, const hst_tm_value *value)
{
    hst_wire_u32(wire, value->proposer);
    hst_wire_batch(wire, &value->batch);
}

hst_tm_value hst_tm_read_value(hst_wire_reader *reader)
{
    hst_tm_value value = {.proposer = hst_wire_read_u32(reader)};
    value.batch = hst_wire_read_batch(reader);
    return value;
}

/* ---- records ------------------------------------------------------------------------------ */

static void write_known_value(hst_wire *wire, int64_t round, const hst_tm_value *value)
{
    hst_wire_u64(wire, (uint64_t)round);
    if (round >= 0) {
        hst_wire_hash(wire, &value->id);
        hst_tm_write_value(wire, value);
    }
}

static int64_t read_known_value(hst_wire_reader *reader, hst_tm_value *value)
{
    const int64_t round = (int64_t)hst_wire_read_u64(reader);
    if (round >= 0) {
        const hst_hash id = hst_wire_read_hash(reader);
        *value = hst_tm_read_value(reader);
        value->id = id;
    }
    return round;
}

static void write_own(hst_wire *wire, const hst_tm_own *own)
{
    hst_wire_u64(wire, own->height);
    hst_wire_u64(wire, own->round);
    for (uint32_t b = 0; b < 2; b++) {
        const hst_tm_ballot *ballot = &own->ballots[b];
        hst_wire_u64(wire, ballot->round);
        for (uint32_t phase = 0; phase < HST_TM_VOTES; phase++) {
            hst_wire_u8(wire, ballot->cast[phase] ? 1 : 0);
            hst_wire_hash(wire, &ballot->id[phase]);
        }
    }
    write_known_value(wire, own->locked_round, &own->locked);
    write_known_value(wire, own->valid_round, &own->valid);
    write_known_value(wire, own->proposed_round, &own->proposed);
    hst_wire_u64(wire, (uint64_t)own->proposed_valid);
    hst_wire_u8(wire, own->voted ? 1 : 0);
    hst_wire_statement(wire, &own->vote);
}

static hst_tm_own read_own(hst_wire_reader *reader)
{
    hst_tm_own own = {.height = hst_wire_read_u64(reader)};
    own.round = hst_wire_read_u64(reader);
    for (uint32_t b = 0; b < 2; b++) {
        hst_tm_ballot *ballot = &own.ballots[b];
        ballot->round = hst_wire_read_u64(reader);
        for (uint32_t phase = 0; phase < HST_TM_VOTES; phase++) {
            ballot->cast[phase] = hst_wire_read_u8(reader) != 0;
            ballot->id[phase] = hst_wire_read_hash(reader);
        }
    }
    own.locked_round = read_known_value(reader, &own.locked);
    own.valid_round = read_known_value(reader, &own.valid);
    own.proposed_round = read_known_value(reader, &own.proposed);
    own.proposed_valid = (int64_t)hst_wire_read_u64(reader);
    own.voted = hst_wire_read_u8(reader) != 0;
    own.vote = hst_wire_read_statement(reader);
    return own;
}

static void write_record(hst_tm *m, hst_effects *effects)
{
    hst_wire *wire = hst_effects_record(effects);
    wire->carry = m->config.carry_signatures;
    write_own(wire, &m->own);
    if (m->own.valid_round >= 0) {
        hst_wire_certificate(wire, &m->proof, m->config.membership);
    }
    const hst_tm_decision *last = hst_tm_decision_at(m, m->height - 1);
    hst_wire_u64(wire, last != NULL ? last->height : 0);
    if (last != NULL) {
        hst_wire_hash(wire, &last->parent);
        hst_tm_write_value(wire, &last->value);
        hst_wire_certificate(wire, &last->proof, m->config.membership);
    }
    hst_effects_persist(effects, ++m->sequence);
    if (m->durable > m->forgotten + 1) {
        m->forgotten = m->durable - 1;
        hst_effects_forget(effects, m->forgotten);
    }
}

/* Before it is durable a vote has not left, and a crash undoes it. */
static void show_vote(hst_tm *m)
{
    if (m->own.voted && m->durable >= m->vote_sequence) {
        m->shown = m->own.vote;
        m->shows = true;
    }
}

void hst_tm_recover(hst_tm *m, const hst_consensus_input *input)
{
    hst_wire_reader reader = {
        .bytes = input->bytes, .size = input->size, .carry = m->config.carry_signatures};
    m->own = read_own(&reader);
    if (m->own.valid_round >= 0) {
        hst_wire_read_certificate(&reader, m->config.membership, &m->proof);
    }
    const uint64_t height = hst_wire_read_u64(&reader);
    if (height > 0) {
        hst_tm_decision *last = &m->decisions[height % m->window];
        last->height = height;
        last->parent = hst_wire_read_hash(&reader);
        last->value = hst_tm_read_value(&reader);
        hst_wire_read_certificate(&reader, m->config.membership, &last->proof);
        last->value.id = last->proof.statement.id;
    }
    if (!hst_wire_read_done(&reader)) {
        m->refused++;
    }
    m->sequence = input->sequence;
    m->durable = input->sequence;
    m->forgotten = input->sequence - 1;
    m->vote_sequence = input->sequence;
    show_vote(m);
}

void hst_tm_on_persisted(hst_tm *m, uint64_t sequence)
{
    m->durable = sequence;
    show_vote(m);
}

/* ---- sending ------------------------------------------------------------------------------ */

bool hst_tm_may_repeat_proposal(const hst_tm *m)
{
    const hst_tm_own *own = &m->own;
    return own->height == m->height && own->proposed_round == (int64_t)m->round &&
           (own->proposed_valid < 0 || own->proposed_valid == own->valid_round);
}

void hst_tm_write_proposal(const hst_tm *m, hst_effects *effects)
{
    const hst_tm_own *own = &m->own;
    const hst_statement statement = {.phase = HST_TM_PHASE_PROPOSE,
                                     .view = (uint64_t)own->proposed_round,
                                     .height = own->height,
                                     .id = own->proposed.id};
    hst_wire *wire = hst_effects_message(effects, HST_TM_PROPOSAL);
    hst_wire_statement(wire, &statement);
    hst_wire_signature_slot(wire);
    hst_tm_write_value(wire, &own->proposed);
    hst_wire_u8(wire, own->proposed_valid >= 0 ? 1 : 0);
    if (own->proposed_valid >= 0) {
        hst_wire_certificate(wire, &m->proof, m->config.membership);
    }
}

void hst_tm_write_vote(const hst_statement *vote, hst_effects *effects)
{
    hst_wire *wire = hst_effects_message(
        effects, vote->phase == HST_TM_PHASE_PREVOTE ? HST_TM_PREVOTE : HST_TM_PRECOMMIT);
    hst_wire_statement(wire, vote);
    hst_wire_signature_slot(wire);
}

void hst_tm_write_polka(const hst_tm *m, hst_effects *effects)
{
    hst_wire *wire = hst_effects_message(effects, HST_TM_POLKA);
    hst_tm_write_value(wire, &m->own.valid);
    hst_wire_certificate(wire, &m->proof, m->config.membership);
}

void hst_tm_flush(hst_tm *m, hst_effects *effects)
{
    if (m->dirty) {
        write_record(m, effects);
        m->dirty = false;
    }
    if (m->announce) {
        hst_tm_write_proposal(m, effects);
        hst_effects_broadcast(effects, m->sequence)->batch = m->own.proposed.batch;
        m->announce = false;
    }
    if (m->tell != HST_CONSENSUS_NOBODY) {
        hst_tm_write_polka(m, effects);
        hst_effects_send(effects, m->tell, m->sequence);
        m->tell = HST_CONSENSUS_NOBODY;
    }
    for (uint32_t v = 0; v < m->outbox_count; v++) {
        hst_tm_write_vote(&m->outbox[v], effects);
        hst_effects_broadcast(effects, m->sequence);
    }
    if (m->outbox_count > 0) {
        m->vote_sequence = m->sequence;
        m->outbox_count = 0;
        show_vote(m);
    }
}
