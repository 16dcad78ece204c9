/* Taking blocks in. A block counts when all its ancestors are present; until then it is parked
 * under the first one that is missing, and looked at again when that comes. */
#include "core/consensus/mysticeti/machine.h"

#include <string.h>

enum { NONE = HST_MYSTICETI_NONE };

/* ---- parking ------------------------------------------------------------------------------- */

void hst_mysticeti_parking_reset(hst_mysticeti_machine *m)
{
    memset(m->buckets, 0xff, sizeof m->buckets);
    m->parked_count = 0;
    m->parked_free = 0;
    for (uint32_t p = 0; p < m->parked_max; p++) {
        m->parked[p].size = 0;
        m->parked[p].next = p + 1 < m->parked_max ? (uint16_t)(p + 1) : (uint16_t)NONE;
    }
}

static uint8_t *parked_body(const hst_mysticeti_machine *m, uint16_t p)
{
    return m->parked_bodies + (size_t)p * m->body_max;
}

static uint16_t *bucket_of(hst_mysticeti_machine *m, const hst_hash *id)
{
    return &m->buckets[id->bytes[0] % HST_MYSTICETI_BUCKETS];
}

static void link_parked(hst_mysticeti_machine *m, uint16_t p)
{
    uint16_t *bucket = bucket_of(m, &m->parked[p].awaits.id);
    m->parked[p].next = *bucket;
    *bucket = p;
}

static void unlink_parked(hst_mysticeti_machine *m, uint16_t p)
{
    uint16_t *at = bucket_of(m, &m->parked[p].awaits.id);
    while (*at != p) {
        at = &m->parked[*at].next;
    }
    *at = m->parked[p].next;
}

static void free_parked(hst_mysticeti_machine *m, uint16_t p)
{
    m->parked[p].size = 0;
    m->parked[p].next = m->parked_free;
    m->parked_free = p;
    m->parked_count--;
}

/* Whether a parked block waits for the block of that id. */
static bool awaited(hst_mysticeti_machine *m, const hst_hash *id)
{
    uint16_t p = *bucket_of(m, id);
    while (p != NONE && !hst_hash_equal(&m->parked[p].awaits.id, id)) {
        p = m->parked[p].next;
    }
    return p != NONE;
}

static bool is_parked(const hst_mysticeti_machine *m, const hst_hash *id)
{
    for (uint32_t p = 0, seen = 0; seen < m->parked_count && p < m->parked_max; p++) {
        if (m->parked[p].size != 0) {
            seen++;
            if (hst_hash_equal(&m->parked[p].id, id)) {
                return true;
            }
        }
    }
    return false;
}

/* A place when all are taken. The author with the most parked blocks gives way, by its block of the
 * highest round: so one that cites blocks which do not exist, and whose blocks therefore wait for
 * ever, cannot crowd out the others. NONE when that is the block that wants the place. */
static uint16_t make_way(hst_mysticeti_machine *m, const hst_mysticeti_draft *draft)
{
    uint16_t counts[HST_MEMBER_MAX] = {0};
    uint32_t most = draft->author;
    counts[most] = 1;
    for (uint32_t p = 0; p < m->parked_max; p++) {
        const uint32_t author = m->parked[p].author;
        counts[author]++;
        if (counts[author] > counts[most] || (counts[author] == counts[most] && author < most)) {
            most = author;
        }
    }
    uint64_t highest = most == draft->author ? draft->round : 0;
    uint16_t victim = NONE;
    for (uint32_t p = 0; p < m->parked_max; p++) {
        if (m->parked[p].author == most && m->parked[p].round > highest) {
            highest = m->parked[p].round;
            victim = (uint16_t)p;
        }
    }
    if (victim != NONE) {
        unlink_parked(m, victim);
        free_parked(m, victim);
    }
    return victim;
}

static void park(hst_mysticeti_machine *m,
                 const hst_mysticeti_draft *draft,
                 uint32_t missing,
                 uint32_t from,
                 int64_t now_ns)
{
    if (is_parked(m, &draft->id)) {
        return;
    }
    if (m->parked_free == NONE) {
        m->dropped++; /* one of them will be fetched when there is room */
        if (make_way(m, draft) == NONE) {
            return;
        }
    }
    const uint16_t p = m->parked_free;
    m->parked_free = m->parked[p].next;
    m->parked_count++;
    memcpy(parked_body(m, p), draft->body, draft->size);
    m->parked[p] = (hst_mysticeti_parked){.awaits = hst_mysticeti_draft_reference(draft, missing),
                                          .id = draft->id,
                                          .signature = draft->signature,
                                          .since_ns = now_ns,
                                          .round = draft->round,
                                          .author = draft->author,
                                          .from = from,
                                          .size = draft->size};
    link_parked(m, p);
}

static hst_mysticeti_draft unpacked(const hst_mysticeti_machine *m, uint16_t p)
{
    hst_wire_reader reader = {.bytes = parked_body(m, p), .size = m->parked[p].size};
    hst_mysticeti_draft draft = hst_mysticeti_read_body(&reader);
    draft.id = m->parked[p].id;
    draft.signature = m->parked[p].signature;
    return draft;
}

/* ---- into the graph ------------------------------------------------------------------------ */

/* Those who wait for `id`, put before `list` (linked by `next`). */
static uint16_t take_waiting(hst_mysticeti_machine *m, const hst_hash *id, uint16_t list)
{
    uint16_t *at = bucket_of(m, id);
    while (*at != NONE) {
        const uint16_t p = *at;
        if (hst_hash_equal(&m->parked[p].awaits.id, id)) {
            *at = m->parked[p].next;
            m->parked[p].next = list;
            list = p;
        } else {
            at = &m->parked[p].next;
        }
    }
    return list;
}

static void note_inserted(hst_mysticeti_machine *m, uint16_t handle)
{
    const hst_mysticeti_block *b = hst_mysticeti_at(&m->dag, handle);
    m->accepted++;
    m->logged_from = b->round < m->logged_from ? b->round : m->logged_from;
    if (b->author == m->config.self) {
        /* A block of an earlier life, when the disk was lost: never make another one there. */
        m->own_round = b->round > m->own_round ? b->round : m->own_round;
    } else if (b->round < m->own_round && !b->extra && m->late_count < HST_MYSTICETI_LATE_MAX) {
        m->late[m->late_count++] = (hst_mysticeti_late){.round = b->round, .handle = handle};
    }
}

/* Put in a block whose references are resolved; returns `ready` and those who waited for it. */
static uint16_t put(hst_mysticeti_machine *m,
                    const hst_mysticeti_draft *draft,
                    const hst_mysticeti_resolved *references,
                    uint16_t ready)
{
    const uint16_t handle = hst_mysticeti_insert(&m->dag, draft, references);
    if (handle == NONE) {
        m->dropped++;
        return ready;
    }
    note_inserted(m, handle);
    return m->parked_count > 0 ? take_waiting(m, &draft->id, ready) : ready;
}

static bool present(const hst_mysticeti_machine *m, const hst_mysticeti_draft *draft)
{
    const hst_mysticeti_reference name = {
        .round = draft->round, .author = draft->author, .id = draft->id};
    return hst_mysticeti_find(&m->dag, &name) != NONE;
}

/* Look again at blocks that are out of their buckets; a list instead of recursion. */
static void release(hst_mysticeti_machine *m, uint16_t ready)
{
    while (ready != NONE) {
        const uint16_t p = ready;
        ready = m->parked[p].next;
        const hst_mysticeti_draft draft = unpacked(m, p);
        if (!hst_mysticeti_in_window(&m->dag, draft.round) || present(m, &draft)) {
            free_parked(m, p);
            continue;
        }
        hst_mysticeti_resolved references;
        references.handles = m->references;
        const uint32_t found = hst_mysticeti_resolve(&m->dag, &draft, &references);
        if (found < draft.count) {
            m->parked[p].awaits = hst_mysticeti_draft_reference(&draft, found);
            link_parked(m, p);
            continue;
        }
        ready = put(m, &draft, &references, ready);
        free_parked(m, p);
    }
}

void hst_mysticeti_unpark(hst_mysticeti_machine *m)
{
    for (uint32_t p = 0; p < m->parked_max && m->parked_count > 0; p++) {
        if (m->parked[p].size != 0) {
            unlink_parked(m, (uint16_t)p);
            m->parked[p].next = NONE;
            release(m, (uint16_t)p);
        }
    }
}

/* ---- equivocation -------------------------------------------------------------------------- */

/* Two blocks of one author and round: proof, and own blocks stop citing the author for a while. So
 * an equivocator gets few blocks into the graph before everyone leaves it out. */
static void accuse(hst_mysticeti_machine *m,
                   const hst_mysticeti_draft *draft,
                   uint16_t other,
                   hst_effects *effects)
{
    const hst_mysticeti_block *b = hst_mysticeti_at(&m->dag, other);
    const bool known = m->guilty_till[draft->author] >= draft->round;
    const uint64_t until = draft->round + m->dag.depth;
    if (m->guilty_till[draft->author] < until) {
        m->guilty_till[draft->author] = until;
    }
    if (known || !b->whole || b->round <= m->dag.floor) {
        return;
    }
    hst_wire *wire = hst_effects_record(effects);
    wire->carry = m->config.carry_signatures;
    hst_mysticeti_write_body(&m->dag, other, wire);
    hst_wire_signature(wire,
                       m->dag.signatures != NULL ? &m->dag.signatures[other] : &draft->signature);
    hst_wire_bytes(wire, draft->body, draft->size);
    hst_wire_signature(wire, &draft->signature);
    hst_effects_evidence(effects, draft->author);
}

/* Whether a block may come in beside another one of its author and round: only when a block that
 * somebody else made cites it. */
static bool
admissible(hst_mysticeti_machine *m, const hst_mysticeti_draft *draft, hst_effects *effects)
{
    const uint16_t other = hst_mysticeti_first(&m->dag, draft->round, draft->author);
    if (other == NONE) {
        return true;
    }
    if (draft->author != m->config.self) {
        accuse(m, draft, other, effects);
    }
    if (!awaited(m, &draft->id)) {
        m->dropped++;
        return false;
    }
    return true;
}

/* Park a block; when it awaits another block than the one that its author sent here, that one is
 * surely not under way: pull it at once, but not for every copy of an answer. Otherwise the sync
 * timer will. */
static void park_or_pull(hst_mysticeti_machine *m,
                         const hst_mysticeti_draft *draft,
                         uint32_t missing,
                         const hst_consensus_input *input,
                         hst_effects *effects)
{
    const hst_mysticeti_reference name = hst_mysticeti_draft_reference(draft, missing);
    const bool pull = hst_mysticeti_first(&m->dag, name.round, name.author) != NONE &&
                      !awaited(m, &name.id) && input->from != m->config.self &&
                      input->now_ns - m->asked_ns >= m->fetch_ns / 8;
    park(m, draft, missing, input->from, input->now_ns);
    if (pull) {
        hst_mysticeti_fetch(m, input->from, input->now_ns, effects);
    }
}

void hst_mysticeti_admit(hst_mysticeti_machine *m,
                         const hst_mysticeti_draft *draft,
                         const hst_consensus_input *input,
                         hst_effects *effects)
{
    m->heard = m->heard > draft->round ? m->heard : draft->round;
    if (!hst_mysticeti_in_window(&m->dag, draft->round)) {
        if (draft->round > m->dag.floor) { /* far ahead: something was missed */
            m->dropped++;
            m->asks = m->asks > 0 ? m->asks : 1 + (m->dag.count - 1) / 3;
        }
        return;
    }
    if (present(m, draft) || !admissible(m, draft, effects)) {
        return;
    }
    hst_mysticeti_resolved references;
    references.handles = m->references;
    const uint32_t found = hst_mysticeti_resolve(&m->dag, draft, &references);
    if (found < draft->count) {
        park_or_pull(m, draft, found, input, effects);
    } else {
        release(m, put(m, draft, &references, NONE));
    }
}

void hst_mysticeti_readmit(hst_mysticeti_machine *m, const hst_mysticeti_draft *draft)
{
    if (!hst_mysticeti_in_window(&m->dag, draft->round) || present(m, draft)) {
        return;
    }
    hst_mysticeti_resolved references;
    references.handles = m->references;
    const uint32_t found = hst_mysticeti_resolve(&m->dag, draft, &references);
    if (found < draft->count) {
        park(m, draft, found, draft->author, 0);
    } else {
        release(m, put(m, draft, &references, NONE));
    }
}

/* ---- messages ------------------------------------------------------------------------------ */

/* The name of what a message holds; false when that is no block. What another reader named is one.
 */
static bool
learn_name(const hst_mysticeti_machine *m, hst_mysticeti_draft *draft, hst_message_memo *memo)
{
    if (memo != NULL && memo->known) {
        draft->id = memo->name;
        return true;
    }
    if (!hst_mysticeti_draft_valid(draft, m->config.membership, m->dag.age)) {
        return false;
    }
    hst_mysticeti_draft_name(draft);
    if (memo != NULL) {
        *memo = (hst_message_memo){.known = true, .name = draft->id};
    }
    return true;
}

void hst_mysticeti_on_block(hst_mysticeti_machine *m,
                            const hst_consensus_input *input,
                            hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->config.carry_signatures);
    const bool own = input->bytes[0] == HST_MYSTICETI_KIND_BLOCK;
    hst_mysticeti_expect(&m->dag);
    const bool more = hst_wire_read_u8(&reader) != 0;
    hst_mysticeti_draft draft = hst_mysticeti_read_body(&reader);
    draft.signature = hst_wire_read_signature(&reader);
    if (!hst_wire_read_done(&reader) || (own && draft.author != input->from) ||
        !learn_name(m, &draft, input->memo)) {
        m->refused++;
        return;
    }
    if (own && draft.round + 1 >= m->dag.clock) { /* back in time: waited for again */
        m->silent[draft.author / 64] &= ~(UINT64_C(1) << (draft.author % 64));
    }
    hst_mysticeti_admit(m, &draft, input, effects);
    if (!own && more && m->accepted != m->accepted_asked) { /* and it was of use */
        hst_mysticeti_fetch(m, input->from, input->now_ns, effects);
    }
}
