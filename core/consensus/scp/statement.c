/* Statements as messages.
 *
 *   head          kind | again | origin | slot | parent | mark of origin's quorum set
 *   NOMINATE      head | count | count x (1 voted + 2 accepted | value) | signature
 *   PREPARE       head | b | p | p' | nC | nH | signature             b, p, p': counter | value
 *   CONFIRM       head | b | nP | nC | nH | signature
 *   EXTERNALIZE   head | value | nC | nH | signature
 *   STATUS        head | signature
 *   value         batch | first 8 bytes of the block's id
 */
#include "core/consensus/scp/scp_internal.h"

#include <string.h>

enum { FLAG_VOTED = 1, FLAG_ACCEPTED = 2 };
enum { HEAD_SIZE = 1 + 1 + 4 + 8 + HST_HASH_SIZE + 8 };

/* ---- writing ------------------------------------------------------------------------------ */

void hst_scp_write_batch(hst_wire *wire, const hst_batch *batch)
{
    hst_wire_batch(wire, batch);
}

hst_batch hst_scp_read_batch(hst_wire_reader *reader)
{
    const hst_batch batch = hst_wire_read_batch(reader);
    return batch;
}

static void write_value(hst_wire *wire, const hst_batch *batch, const hst_hash *id)
{
    hst_scp_write_batch(wire, batch);
    hst_wire_u64(wire, hst_scp_name(id));
}

static hst_scp_named read_value(hst_wire_reader *reader)
{
    hst_scp_named value;
    value.batch = hst_scp_read_batch(reader);
    value.name = hst_wire_read_u64(reader);
    return value;
}

static hst_wire *
write_head(hst_scp *m, uint8_t kind, bool again, uint64_t slot, const hst_hash *parent)
{
    hst_wire *wire = hst_effects_message(m->out, kind);
    hst_wire_u8(wire, again ? 1 : 0);
    hst_wire_u32(wire, m->self);
    hst_wire_u64(wire, slot);
    hst_wire_hash(wire, parent);
    hst_wire_u64(wire, hst_scp_mark(m, m->self));
    return wire;
}

/* To everyone, or into the flood. */
static hst_effect *tell_all(hst_scp *m, uint64_t after)
{
    return m->config.peers == NULL ? hst_effects_broadcast(m->out, after)
                                   : hst_effects_gossip(m->out, HST_CONSENSUS_NOBODY, after);
}

void hst_scp_send_nomination(hst_scp *m, bool again, uint64_t after)
{
    const hst_scp_slot *s = m->now;
    const uint64_t voted = s->voted[m->self], accepted = s->accepted[m->self];
    hst_wire *wire = write_head(m, HST_SCP_NOMINATE, again, s->index, &m->tip);
    hst_batch body = {0};
    hst_wire_u8(wire, (uint8_t)__builtin_popcountll(voted | accepted));
    for (uint64_t left = voted | accepted; left != 0; left &= left - 1) {
        const uint64_t bit = left & (~left + 1);
        const hst_scp_value *value = &s->values[__builtin_ctzll(left)];
        hst_wire_u8(wire, (uint8_t)(((voted & bit) != 0 ? FLAG_VOTED : 0) |
                                    ((accepted & bit) != 0 ? FLAG_ACCEPTED : 0)));
        write_value(wire, &value->batch, &value->id);
        /* The body goes along once, with the vote that brings the value up. */
        if (!again && accepted == 0 && value->origin == m->self) {
            body = value->batch;
        }
    }
    hst_wire_signature_slot(wire);
    tell_all(m, after)->batch = body;
}

static void write_ballot(hst_wire *wire, const hst_scp_slot *s, hst_scp_ballot ballot)
{
    static const hst_scp_value none = {0};
    const hst_scp_value *value = ballot.counter > 0 ? &s->values[ballot.value] : &none;
    hst_wire_u32(wire, ballot.counter);
    write_value(wire, &value->batch, &value->id);
}

void hst_scp_send_ballot(hst_scp *m, bool again, uint64_t after)
{
    const hst_scp_slot *s = m->now;
    hst_wire *wire = write_head(m, (uint8_t)s->phase, again, s->index, &m->tip);
    write_ballot(wire, s, s->b);
    if (s->phase == HST_SCP_PREPARE) {
        write_ballot(wire, s, s->p);
        write_ballot(wire, s, s->q);
    } else {
        hst_wire_u32(wire, s->p.counter);
    }
    hst_wire_u32(wire, s->c.counter);
    hst_wire_u32(wire, s->h.counter);
    hst_wire_signature_slot(wire);
    (void)tell_all(m, after);
}

void hst_scp_send_final(hst_scp *m, uint32_t to, uint64_t after)
{
    const hst_scp_final *last = &m->last;
    hst_wire *wire = write_head(m, HST_SCP_EXTERNALIZE, false, last->slot, &last->parent);
    write_value(wire, &last->batch, &last->id);
    hst_wire_u32(wire, last->c);
    hst_wire_u32(wire, last->h);
    hst_wire_signature_slot(wire);
    if (to == HST_CONSENSUS_NOBODY) {
        (void)tell_all(m, after);
    } else {
        /* Who missed the slot may have missed the body. */
        hst_effects_send(m->out, to, after)->batch = last->batch;
    }
}

void hst_scp_send_status(hst_scp *m, uint32_t to)
{
    hst_wire_signature_slot(write_head(m, HST_SCP_STATUS, false, m->height + 1, &m->tip));
    (void)hst_effects_send(m->out, to, 0);
}

void hst_scp_send_claim(hst_scp *m, uint64_t slot, const hst_hash *parent)
{
    hst_wire_signature_slot(write_head(m, HST_SCP_STATUS, false, slot, parent));
    (void)hst_effects_broadcast(m->out, 0);
}

/* Pass a statement on to the neighbours, byte for byte. */
static void relay(hst_scp *m, const hst_batch *body)
{
    const hst_consensus_input *in = m->in;
    const size_t slot = m->config.carry_signatures ? HST_SIGNATURE_SIZE : 0;
    hst_wire *wire = hst_effects_message(m->out, in->bytes[0]);
    hst_signature signature = {{0}};
    hst_wire_bytes(wire, in->bytes + 1, (uint32_t)(in->size - 1 - slot));
    memcpy(signature.bytes, in->bytes + in->size - slot, slot);
    hst_wire_signature(wire, &signature);
    hst_effects_gossip(m->out, in->from, 0)->batch = *body;
}

/* ---- reading ------------------------------------------------------------------------------ */

static hst_scp_head read_head(hst_wire_reader *reader, uint8_t kind)
{
    hst_scp_head head;
    head.kind = kind;
    head.again = hst_wire_read_u8(reader) != 0;
    head.origin = hst_wire_read_u32(reader);
    head.slot = hst_wire_read_u64(reader);
    head.parent = hst_wire_read_hash(reader);
    head.mark = hst_wire_read_u64(reader);
    return head;
}

/* A ballot statement before its values have places. */
typedef struct raw_ballot {
    uint32_t counter[3]; /* b, p, p' */
    hst_scp_named value[3];
    uint32_t c, h;
} raw_ballot;

static raw_ballot read_ballot(hst_wire_reader *reader, uint8_t kind)
{
    raw_ballot raw = {.counter = {UINT32_MAX}};
    if (kind == HST_SCP_EXTERNALIZE) {
        raw.value[0] = read_value(reader);
    } else {
        raw.counter[0] = hst_wire_read_u32(reader);
        raw.value[0] = read_value(reader);
    }
    if (kind == HST_SCP_CONFIRM) {
        raw.counter[1] = hst_wire_read_u32(reader);
        raw.value[1] = raw.value[0];
    } else if (kind == HST_SCP_PREPARE) {
        raw.counter[1] = hst_wire_read_u32(reader);
        raw.value[1] = read_value(reader);
        raw.counter[2] = hst_wire_read_u32(reader);
        raw.value[2] = read_value(reader);
    }
    raw.c = hst_wire_read_u32(reader);
    raw.h = hst_wire_read_u32(reader);
    (void)hst_wire_read_signature(reader);
    return raw;
}

/* p' below p and incompatible; c <= h <= b and p. */
static bool prepare_sane(const raw_ballot *raw)
{
    const int order = hst_scp_batch_compare(&raw->value[2].batch, &raw->value[1].batch);
    const bool q_below =
        raw->counter[2] < raw->counter[1] || (raw->counter[2] == raw->counter[1] && order < 0);
    if (raw->counter[2] > 0 && (!q_below || order == 0)) {
        return false;
    }
    return raw->c <= raw->h && raw->h <= raw->counter[0] && raw->h <= raw->counter[1] &&
           (raw->c > 0) <= (raw->h > 0);
}

static bool ballot_sane(const raw_ballot *raw, uint8_t kind)
{
    for (uint32_t i = 0; i < 3; i++) {
        if (raw->counter[i] > 0 && raw->value[i].batch.id == 0) {
            return false;
        }
    }
    if (raw->counter[0] == 0 || raw->counter[1] >= UINT32_MAX - 1 ||
        raw->counter[2] >= UINT32_MAX - 1) {
        return false;
    }
    switch (kind) {
    case HST_SCP_PREPARE: return raw->counter[0] < UINT32_MAX - 1 && prepare_sane(raw);
    case HST_SCP_CONFIRM:
        return raw->counter[0] < UINT32_MAX - 1 && raw->c > 0 && raw->c <= raw->h &&
               raw->h <= raw->counter[0] && raw->h <= raw->counter[1];
    default: return raw->c > 0 && raw->c <= raw->h && raw->h < UINT32_MAX - 1;
    }
}

/* Give the values places and keep the statement if it is newer; its values, 0 = nothing new. */
static uint64_t
take_ballot(hst_scp *m, hst_scp_slot *s, const hst_scp_head *head, const raw_ballot *raw)
{
    uint32_t places[3] = {0};
    for (uint32_t i = 0; i < 3; i++) {
        if (raw->counter[i] > 0) {
            places[i] =
                hst_scp_value_place(m, s, &raw->value[i], &head->parent, head->origin, true);
            if (places[i] == HST_SCP_NO_VALUE) {
                return 0;
            }
        }
    }
    const hst_scp_statement fresh = {.phase = head->kind,
                                     .b_value = (uint8_t)places[0],
                                     .p_value = (uint8_t)places[1],
                                     .q_value = (uint8_t)places[2],
                                     .b = raw->counter[0],
                                     .p = raw->counter[1],
                                     .q = raw->counter[2],
                                     .c = raw->c,
                                     .h = raw->h};
    if (!hst_scp_statement_newer(s, &s->ballots[head->origin], &fresh)) {
        return 0;
    }
    hst_scp_put_ballot(m, s, head->origin, &fresh);
    return hst_scp_statement_values(&fresh);
}

typedef struct raw_nomination {
    uint32_t count;
    uint8_t flags[HST_SCP_VALUES];
    hst_scp_named value[HST_SCP_VALUES];
} raw_nomination;

/* False when malformed. */
static bool read_nomination(hst_wire_reader *reader, raw_nomination *raw)
{
    raw->count = hst_wire_read_u8(reader);
    if (raw->count == 0 || raw->count > HST_SCP_VALUES) {
        return false;
    }
    for (uint32_t i = 0; i < raw->count; i++) {
        raw->flags[i] = hst_wire_read_u8(reader);
        raw->value[i] = read_value(reader);
        if (raw->flags[i] == 0 || raw->flags[i] > (FLAG_VOTED | FLAG_ACCEPTED) ||
            raw->value[i].batch.id == 0) {
            return false;
        }
    }
    (void)hst_wire_read_signature(reader);
    return hst_wire_read_done(reader);
}

/* The values that are new in it; `body` = the first that nobody had named before. */
static uint64_t take_nomination(hst_scp *m,
                                hst_scp_slot *s,
                                const hst_scp_head *head,
                                const raw_nomination *raw,
                                hst_batch *body)
{
    const bool leads = hst_member_has(s->leaders, head->origin);
    const uint64_t known = s->used;
    uint64_t voted = 0, accepted = 0;
    for (uint32_t i = 0; i < raw->count; i++) {
        /* What is too much at once comes when the statement is said again. */
        const bool full = __builtin_popcountll(s->used & ~known) >= HST_SCP_FRESH;
        const uint32_t v =
            full ? hst_scp_value_find(s, &raw->value[i], &head->parent)
                 : hst_scp_value_place(m, s, &raw->value[i], &head->parent, head->origin, leads);
        if (v == HST_SCP_NO_VALUE) {
            continue;
        }
        if (body->id == 0 && (known >> v & 1) == 0) {
            *body = raw->value[i].batch;
        }
        voted |= (raw->flags[i] & FLAG_VOTED) != 0 ? UINT64_C(1) << v : 0;
        accepted |= (raw->flags[i] & FLAG_ACCEPTED) != 0 ? UINT64_C(1) << v : 0;
    }
    const uint64_t before_voted = s->voted[head->origin];
    const uint64_t before_accepted = s->accepted[head->origin];
    /* Sets only grow: a statement that lacks something is an older one. */
    if ((before_voted & ~voted) != 0 || (before_accepted & ~accepted) != 0) {
        return 0;
    }
    return hst_scp_put_nomination(m, s, head->origin, voted, accepted);
}

/* ---- receiving ---------------------------------------------------------------------------- */

/* The slot that a statement is about, or NULL when it is beyond what is kept. */
static hst_scp_slot *slot_of(hst_scp *m, const hst_scp_head *head)
{
    return head->slot == m->height + 1 ? m->now : head->slot == m->height + 2 ? m->next : NULL;
}

static bool head_sane(const hst_scp *m, const hst_scp_head *head)
{
    return head->origin < m->count && head->slot > 0 &&
           head->mark == hst_scp_mark(m, head->origin) &&
           (m->config.peers != NULL || head->origin == m->in->from);
}

/* A statement of a slot that is over here. */
static void on_old(hst_scp *m, const hst_scp_head *head)
{
    if (head->again && head->origin == m->in->from) {
        hst_scp_help(m, head->origin, head->slot - 1);
    }
}

static void on_nomination(hst_scp *m, const hst_scp_head *head, const raw_nomination *raw)
{
    hst_scp_slot *s = slot_of(m, head);
    hst_batch body = {0};
    const uint64_t fresh = s != NULL ? take_nomination(m, s, head, raw, &body) : 0;
    if (fresh != 0 && m->config.peers != NULL) {
        relay(m, &body);
    }
    if (fresh != 0 && s == m->now) {
        hst_scp_nominated(m, head->origin, fresh);
    }
}

static void on_ballot(hst_scp *m, const hst_scp_head *head, const raw_ballot *raw)
{
    static const hst_batch none = {0};
    hst_scp_slot *s = slot_of(m, head);
    const uint64_t fresh = s != NULL ? take_ballot(m, s, head, raw) : 0;
    if (fresh != 0 && m->config.peers != NULL) {
        relay(m, &none);
    }
    if (fresh != 0 && s == m->now) {
        hst_scp_advance(m, fresh);
    }
}

void hst_scp_on_statement(hst_scp *m)
{
    const hst_consensus_input *in = m->in;
    hst_wire_reader reader = hst_wire_read(in->bytes, in->size, m->config.carry_signatures);
    const hst_scp_head head = read_head(&reader, in->bytes[0]);
    raw_nomination nomination;
    raw_ballot ballot = {0};
    nomination.count = 0;
    bool sane = !reader.short_of && head_sane(m, &head);
    if (sane && head.kind == HST_SCP_NOMINATE) {
        sane = read_nomination(&reader, &nomination);
    } else if (sane && head.kind != HST_SCP_STATUS) {
        ballot = read_ballot(&reader, head.kind);
        sane = hst_wire_read_done(&reader) && ballot_sane(&ballot, head.kind);
    } else if (sane) {
        (void)hst_wire_read_signature(&reader);
        sane = hst_wire_read_done(&reader);
    }
    const bool here = head.slot == m->height + 1;
    if (!sane || (here && !hst_hash_equal(&head.parent, &m->tip))) {
        m->refused++;
        return;
    }
    if (head.origin == m->self) {
        return; /* one's own, back from the flood */
    }
    if (head.slot <= m->height) {
        on_old(m, &head);
        return;
    }
    if (!here) {
        hst_scp_note_claim(m, head.origin, head.slot, &head.parent);
    }
    if (head.kind == HST_SCP_NOMINATE) {
        on_nomination(m, &head, &nomination);
    } else if (head.kind != HST_SCP_STATUS) {
        on_ballot(m, &head, &ballot);
    }
}

uint32_t hst_scp_claims(const hst_consensus_config *config,
                        uint32_t from,
                        const uint8_t *bytes,
                        size_t size,
                        hst_claim *out,
                        uint32_t capacity)
{
    const size_t slot = config->carry_signatures ? HST_SIGNATURE_SIZE : 0;
    (void)from;
    if (size < HEAD_SIZE + slot || bytes[0] > HST_SCP_STATUS) {
        return 0;
    }
    hst_wire_reader reader = hst_wire_read(bytes, size, config->carry_signatures);
    const hst_scp_head head = read_head(&reader, bytes[0]);
    if (head.origin >= config->membership->count) {
        return 0;
    }
    if (capacity > 0) {
        out[0] = (hst_claim){.signer = head.origin,
                             .statement = 0,
                             .size = (uint32_t)(size - slot),
                             .signature = slot > 0 ? (uint32_t)(size - slot) : HST_CLAIM_OMITTED};
    }
    return 1;
}
