/* The log. A record is all that this replica has said in the slot in progress, and what it
 * externalized last; so the newest one is enough, and older ones are forgotten once it is durable.
 *
 *   last: slot | parent | batch | nC | nH
 *   now:  slot | parent | count | count x (1 voted + 2 accepted | value)
 *         phase | b | p | p' | c | h | confirmed prepared              each counter | value
 */
#include "core/consensus/scp/scp_internal.h"

#include <string.h>

enum { FLAG_VOTED = 1, FLAG_ACCEPTED = 2 };

/* ---- writing ------------------------------------------------------------------------------ */

static void write_ballot(hst_wire *wire, const hst_scp_slot *s, hst_scp_ballot ballot)
{
    static const hst_batch none = {0};
    hst_wire_u32(wire, ballot.counter);
    hst_scp_write_batch(wire, ballot.counter > 0 ? &s->values[ballot.value].batch : &none);
}

static void write_nomination(hst_wire *wire, const hst_scp_slot *s, uint32_t self)
{
    const uint64_t voted = s->voted[self], accepted = s->accepted[self];
    hst_wire_u8(wire, (uint8_t)__builtin_popcountll(voted | accepted));
    for (uint64_t left = voted | accepted; left != 0; left &= left - 1) {
        const uint64_t bit = left & (~left + 1);
        hst_wire_u8(wire, (uint8_t)(((voted & bit) != 0 ? FLAG_VOTED : 0) |
                                    ((accepted & bit) != 0 ? FLAG_ACCEPTED : 0)));
        hst_scp_write_batch(wire, &s->values[__builtin_ctzll(left)].batch);
    }
}

void hst_scp_write_record(hst_scp *m)
{
    const hst_scp_slot *s = m->now;
    hst_wire *wire = hst_effects_record(m->out);
    hst_wire_u64(wire, m->last.slot);
    hst_wire_hash(wire, &m->last.parent);
    hst_scp_write_batch(wire, &m->last.batch);
    hst_wire_u32(wire, m->last.c);
    hst_wire_u32(wire, m->last.h);
    hst_wire_u64(wire, s->index);
    hst_wire_hash(wire, &m->tip);
    write_nomination(wire, s, m->self);
    hst_wire_u8(wire, (uint8_t)s->phase);
    write_ballot(wire, s, s->b);
    write_ballot(wire, s, s->p);
    write_ballot(wire, s, s->q);
    write_ballot(wire, s, s->c);
    write_ballot(wire, s, s->h);
    write_ballot(wire, s, s->confirmed);
    hst_assert(wire->at <= HST_SCP_RECORD_MAX);
    hst_effects_persist(m->out, ++m->sequence);
}

/* ---- reading ------------------------------------------------------------------------------ */

void hst_scp_on_recover(hst_scp *m)
{
    const hst_consensus_input *in = m->in;
    m->sequence = in->sequence;
    m->durable = in->sequence;
    if (in->size > HST_SCP_RECORD_MAX) {
        m->refused++;
        return;
    }
    memcpy(m->record, in->bytes, in->size);
    m->record_size = (uint32_t)in->size;
}

static hst_scp_ballot read_ballot(hst_scp *m, hst_scp_slot *s, hst_wire_reader *reader)
{
    hst_scp_ballot ballot = {.counter = hst_wire_read_u32(reader)};
    const hst_batch batch = hst_scp_read_batch(reader);
    if (ballot.counter > 0) {
        ballot.value = hst_scp_value_own(m, s, &batch);
        ballot.counter = ballot.value == HST_SCP_NO_VALUE ? 0 : ballot.counter;
    }
    return ballot;
}

static void read_nomination(hst_scp *m, hst_scp_slot *s, hst_wire_reader *reader)
{
    const uint32_t count = hst_wire_read_u8(reader);
    for (uint32_t i = 0; i < count && !reader->short_of; i++) {
        const uint8_t flags = hst_wire_read_u8(reader);
        const hst_batch batch = hst_scp_read_batch(reader);
        const uint32_t v = hst_scp_value_own(m, s, &batch);
        if (v != HST_SCP_NO_VALUE) {
            const uint64_t bit = UINT64_C(1) << v;
            (void)hst_scp_put_nomination(m, s, m->self, (flags & FLAG_VOTED) != 0 ? bit : 0,
                                         (flags & FLAG_ACCEPTED) != 0 ? bit : 0);
        }
    }
}

static void restore_slot(hst_scp *m, hst_wire_reader *reader)
{
    hst_scp_slot *s = m->now;
    read_nomination(m, s, reader);
    const uint8_t phase = hst_wire_read_u8(reader);
    s->b = read_ballot(m, s, reader);
    s->p = read_ballot(m, s, reader);
    s->q = read_ballot(m, s, reader);
    s->c = read_ballot(m, s, reader);
    s->h = read_ballot(m, s, reader);
    s->confirmed = read_ballot(m, s, reader);
    s->phase = phase == HST_SCP_CONFIRM ? HST_SCP_CONFIRM : HST_SCP_PREPARE;
    if (s->phase == HST_SCP_CONFIRM && s->c.counter > 0) {
        m->vote_height = s->index;
        m->vote = s->values[s->c.value].id;
    }
    if (s->b.counter > 0 || s->p.counter > 0) {
        hst_scp_say(m);
    }
}

void hst_scp_restore(hst_scp *m)
{
    if (m->record_size == 0) {
        return;
    }
    hst_wire_reader reader = {.bytes = m->record, .size = m->record_size, .carry = true};
    hst_scp_final last;
    last.slot = hst_wire_read_u64(&reader);
    last.parent = hst_wire_read_hash(&reader);
    last.batch = hst_scp_read_batch(&reader);
    last.c = hst_wire_read_u32(&reader);
    last.h = hst_wire_read_u32(&reader);
    const uint64_t slot = hst_wire_read_u64(&reader);
    const hst_hash parent = hst_wire_read_hash(&reader);
    m->record_size = 0;
    if (reader.short_of) {
        m->refused++;
        return;
    }
    if (last.slot > 0 && last.slot == m->height) {
        last.id = hst_scp_block_id(last.slot, &last.parent, &last.batch);
        if (hst_hash_equal(&last.id, &m->tip)) {
            m->last = last;
        }
    }
    m->spoken = slot;
    if (slot == m->height + 1 && hst_hash_equal(&parent, &m->tip)) {
        m->spoken = m->height;
        restore_slot(m, &reader);
    }
}
