/* One slot: the table of its values, what every replica said last, and counts over that. */
#include "core/consensus/scp/scp_internal.h"

#include <string.h>

/* ---- memory ------------------------------------------------------------------------------- */

void hst_scp_slot_lay_out(hst_scp_slot *slot, hst_layout *layout, const hst_consensus_config *c)
{
    const uint32_t count = c->membership->count;
    const uint32_t words = hst_member_words(count);
    hst_scp_statement *ballots = hst_layout_take(layout, count, sizeof *ballots);
    uint64_t *voted = hst_layout_take(layout, count, sizeof *voted);
    uint64_t *accepted = hst_layout_take(layout, count, sizeof *accepted);
    uint64_t *voters = hst_layout_take(layout, (size_t)words * HST_SCP_VALUES, sizeof *voters);
    uint64_t *acceptors = hst_layout_take(layout, (size_t)words * HST_SCP_VALUES, sizeof *voters);
    uint64_t *heard = hst_layout_take(layout, words, sizeof *heard);
    uint64_t *leaders = hst_layout_take(layout, words, sizeof *leaders);
    if (slot != NULL) {
        slot->ballots = ballots;
        slot->voted = voted;
        slot->accepted = accepted;
        slot->voters = voters;
        slot->acceptors = acceptors;
        slot->heard = heard;
        slot->leaders = leaders;
    }
}

void hst_scp_slot_reset(hst_scp *m, hst_scp_slot *slot, uint64_t index)
{
    hst_scp_slot fresh = {.index = index,
                          .ballots = slot->ballots,
                          .voted = slot->voted,
                          .accepted = slot->accepted,
                          .voters = slot->voters,
                          .acceptors = slot->acceptors,
                          .heard = slot->heard,
                          .leaders = slot->leaders,
                          .leader = HST_CONSENSUS_NOBODY,
                          .composite = HST_SCP_NO_VALUE,
                          .phase = HST_SCP_PREPARE};
    const size_t set = m->words * sizeof *fresh.heard;
    memset(fresh.ballots, 0, m->count * sizeof *fresh.ballots);
    memset(fresh.voted, 0, m->count * sizeof *fresh.voted);
    memset(fresh.accepted, 0, m->count * sizeof *fresh.accepted);
    memset(fresh.voters, 0, HST_SCP_VALUES * set);
    memset(fresh.acceptors, 0, HST_SCP_VALUES * set);
    memset(fresh.heard, 0, set);
    memset(fresh.leaders, 0, set);
    *slot = fresh;
}

/* ---- values ------------------------------------------------------------------------------- */

int hst_scp_batch_compare(const hst_batch *a, const hst_batch *b)
{
    if (a->id != b->id) {
        return a->id < b->id ? -1 : 1;
    }
    if (a->size != b->size) {
        return a->size < b->size ? -1 : 1;
    }
    return a->count == b->count ? 0 : a->count < b->count ? -1 : 1;
}

int hst_scp_ballot_compare(const hst_scp_slot *slot, hst_scp_ballot a, hst_scp_ballot b)
{
    if (a.counter != b.counter) {
        return a.counter < b.counter ? -1 : 1;
    }
    return a.counter == 0 || a.value == b.value
               ? 0
               : hst_scp_batch_compare(&slot->values[a.value].batch, &slot->values[b.value].batch);
}

/* Places that nothing refers to any more are free again: replicas replace what they said. */
static void collect(const hst_scp *m, hst_scp_slot *slot)
{
    uint64_t used = slot->candidates;
    for (uint32_t i = 0; i < m->count; i++) {
        used |= slot->voted[i] | slot->accepted[i] | hst_scp_statement_values(&slot->ballots[i]);
    }
    const hst_scp_ballot own[] = {slot->b, slot->p, slot->q, slot->c, slot->h, slot->confirmed};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        used |= own[i].counter > 0 ? UINT64_C(1) << own[i].value : 0;
    }
    for (uint64_t left = slot->used & ~used; left != 0; left &= left - 1) {
        const uint32_t v = (uint32_t)__builtin_ctzll(left);
        slot->top[v] = 0;
        slot->commit_top[v] = 0;
    }
    slot->used &= used;
}

hst_hash hst_scp_block_id(uint64_t height, const hst_hash *parent, const hst_batch *batch)
{
    hst_digest digest;
    hst_digest_init(&digest, NULL, 0);
    hst_digest_u64(&digest, height);
    hst_digest_update(&digest, parent->bytes, sizeof parent->bytes);
    hst_digest_u64(&digest, batch->id);
    hst_digest_u64(&digest, (uint64_t)batch->size << 32 | batch->count);
    return hst_digest_final(&digest);
}

uint64_t hst_scp_name(const hst_hash *id)
{
    uint64_t name;
    memcpy(&name, id->bytes, sizeof name);
    return name;
}

uint32_t
hst_scp_value_find(const hst_scp_slot *slot, const hst_scp_named *value, const hst_hash *parent)
{
    for (uint64_t left = slot->used; left != 0; left &= left - 1) {
        const uint32_t v = (uint32_t)__builtin_ctzll(left);
        if (hst_scp_batch_compare(&slot->values[v].batch, &value->batch) == 0 &&
            hst_scp_name(&slot->values[v].id) == value->name &&
            hst_hash_equal(&slot->values[v].parent, parent)) {
            return v;
        }
    }
    return HST_SCP_NO_VALUE;
}

uint32_t hst_scp_value_place(hst_scp *m,
                             hst_scp_slot *slot,
                             const hst_scp_named *value,
                             const hst_hash *parent,
                             uint32_t origin,
                             bool privileged)
{
    const uint32_t known = hst_scp_value_find(slot, value, parent);
    if (known != HST_SCP_NO_VALUE) {
        return known;
    }
    const hst_hash id = hst_scp_block_id(slot->index, parent, &value->batch);
    if (hst_scp_name(&id) != value->name) {
        m->refused++;
        return HST_SCP_NO_VALUE;
    }
    const int most = privileged ? HST_SCP_VALUES : HST_SCP_COMMON;
    if (__builtin_popcountll(slot->used) >= most) {
        collect(m, slot);
    }
    if (__builtin_popcountll(slot->used) >= most) {
        m->dropped++;
        return HST_SCP_NO_VALUE;
    }
    const uint32_t v = (uint32_t)__builtin_ctzll(~slot->used);
    slot->values[v] =
        (hst_scp_value){.batch = value->batch, .parent = *parent, .id = id, .origin = origin};
    slot->used |= UINT64_C(1) << v;
    return v;
}

uint32_t hst_scp_value_own(hst_scp *m, hst_scp_slot *slot, const hst_batch *batch)
{
    const hst_hash id = hst_scp_block_id(slot->index, &m->tip, batch);
    const hst_scp_named value = {.batch = *batch, .name = hst_scp_name(&id)};
    return hst_scp_value_place(m, slot, &value, &m->tip, m->self, true);
}

/* ---- ballot statements -------------------------------------------------------------------- */

static uint64_t bit_of(uint32_t counter, uint32_t value)
{
    return counter > 0 ? UINT64_C(1) << value : 0;
}

uint64_t hst_scp_statement_values(const hst_scp_statement *statement)
{
    if (statement->phase == 0) {
        return 0;
    }
    return bit_of(statement->b, statement->b_value) | bit_of(statement->p, statement->p_value) |
           bit_of(statement->q, statement->q_value);
}

/* For which values a statement could matter, question by question. */
static void answers(const hst_scp_statement *s, uint64_t values[HST_SCP_QUESTION_COUNT])
{
    const uint64_t b = bit_of(s->b, s->b_value);
    const bool prepare = s->phase == HST_SCP_PREPARE;
    const uint64_t prepared = bit_of(s->p, s->p_value) | bit_of(s->q, s->q_value);
    values[HST_SCP_VOTES_PREPARE] = hst_scp_statement_values(s);
    values[HST_SCP_ACCEPTS_PREPARE] = prepare ? prepared : b;
    values[HST_SCP_VOTES_COMMIT] = prepare && s->c == 0 ? 0 : b;
    values[HST_SCP_ACCEPTS_COMMIT] = prepare ? 0 : b;
    if (s->phase == 0) {
        memset(values, 0, HST_SCP_QUESTION_COUNT * sizeof *values);
    }
}

static void raise_to(uint32_t *top, uint32_t counter)
{
    *top = *top > counter ? *top : counter;
}

/* Highest counters named with each value; only finite ones. */
static void note_tops(hst_scp_slot *slot, const hst_scp_statement *s)
{
    if (s->phase != HST_SCP_EXTERNALIZE && s->b > 0) {
        raise_to(&slot->top[s->b_value], s->b);
        raise_to(&slot->highest, s->b);
    }
    if (s->p > 0) {
        raise_to(&slot->top[s->p_value], s->p);
    }
    if (s->q > 0) {
        raise_to(&slot->top[s->q_value], s->q);
    }
    if (s->h > 0) {
        raise_to(&slot->top[s->b_value], s->h);
    }
    if (s->c > 0) {
        raise_to(&slot->commit_top[s->b_value], s->h);
    }
}

static void note_heard(hst_scp *m, hst_scp_slot *slot, uint32_t replica)
{
    if (replica != m->self && hst_member_add(slot->heard, replica)) {
        slot->heard_count++;
    }
}

void hst_scp_put_ballot(hst_scp *m,
                        hst_scp_slot *slot,
                        uint32_t replica,
                        const hst_scp_statement *fresh)
{
    hst_scp_statement *old = &slot->ballots[replica];
    uint64_t before[HST_SCP_QUESTION_COUNT], after[HST_SCP_QUESTION_COUNT];
    answers(old, before);
    answers(fresh, after);
    for (uint32_t k = 0; k < HST_SCP_QUESTION_COUNT; k++) {
        for (uint64_t left = before[k] & ~after[k]; left != 0; left &= left - 1) {
            slot->support[k][__builtin_ctzll(left)]--;
        }
        for (uint64_t left = after[k] & ~before[k]; left != 0; left &= left - 1) {
            slot->support[k][__builtin_ctzll(left)]++;
        }
    }
    if (old->phase == 0 && fresh->phase != 0) {
        slot->ballot_count++;
        note_heard(m, slot, replica);
    } else if (old->phase != 0 && fresh->phase == 0) {
        slot->ballot_count--;
    }
    note_tops(slot, fresh);
    *old = *fresh;
}

bool hst_scp_statement_newer(const hst_scp_slot *slot,
                             const hst_scp_statement *old,
                             const hst_scp_statement *fresh)
{
    if (old->phase != fresh->phase) {
        return fresh->phase > old->phase;
    }
    if (fresh->phase == HST_SCP_EXTERNALIZE) {
        return false;
    }
    const hst_scp_ballot pairs[3][2] = {
        {{old->b, old->b_value}, {fresh->b, fresh->b_value}},
        {{old->p, old->p_value}, {fresh->p, fresh->p_value}},
        {{old->q, old->q_value}, {fresh->q, fresh->q_value}},
    };
    for (uint32_t i = 0; i < 3; i++) {
        const int order = hst_scp_ballot_compare(slot, pairs[i][0], pairs[i][1]);
        if (order != 0) {
            return order < 0;
        }
    }
    return fresh->h > old->h;
}

/* ---- nomination --------------------------------------------------------------------------- */

static void
count_nomination(hst_scp *m, uint64_t *sets, uint32_t *counts, uint32_t replica, uint64_t values)
{
    for (uint64_t left = values; left != 0; left &= left - 1) {
        const uint32_t v = (uint32_t)__builtin_ctzll(left);
        counts[v] += hst_member_add(sets + (size_t)v * m->words, replica) ? 1 : 0;
    }
}

uint64_t hst_scp_put_nomination(
    hst_scp *m, hst_scp_slot *slot, uint32_t replica, uint64_t voted, uint64_t accepted)
{
    const uint64_t old = slot->voted[replica] | slot->accepted[replica];
    const uint64_t fresh = ((voted | accepted) & ~old) | (accepted & ~slot->accepted[replica]);
    slot->voted[replica] |= voted;
    slot->accepted[replica] |= accepted;
    count_nomination(m, slot->voters, slot->voter_count, replica, fresh);
    count_nomination(m, slot->acceptors, slot->acceptor_count, replica, accepted & fresh);
    note_heard(m, slot, replica);
    return fresh;
}

/* ---- what turned out to follow another block ----------------------------------------------- */

static void prune_nomination(hst_scp *m, hst_scp_slot *slot, uint64_t wrong)
{
    for (uint32_t i = 0; i < m->count; i++) {
        slot->voted[i] &= ~wrong;
        slot->accepted[i] &= ~wrong;
    }
    for (uint64_t left = wrong; left != 0; left &= left - 1) {
        const uint32_t v = (uint32_t)__builtin_ctzll(left);
        memset(slot->voters + (size_t)v * m->words, 0, m->words * sizeof *slot->voters);
        memset(slot->acceptors + (size_t)v * m->words, 0, m->words * sizeof *slot->acceptors);
        slot->voter_count[v] = 0;
        slot->acceptor_count[v] = 0;
        slot->top[v] = 0;
        slot->commit_top[v] = 0;
    }
}

void hst_scp_slot_prune(hst_scp *m, hst_scp_slot *slot)
{
    static const hst_scp_statement none = {0};
    uint64_t wrong = 0;
    for (uint64_t left = slot->used; left != 0; left &= left - 1) {
        const uint32_t v = (uint32_t)__builtin_ctzll(left);
        if (!hst_hash_equal(&slot->values[v].parent, &m->tip)) {
            wrong |= UINT64_C(1) << v;
        }
    }
    if (wrong == 0) {
        return;
    }
    for (uint32_t i = 0; i < m->count; i++) {
        if ((hst_scp_statement_values(&slot->ballots[i]) & wrong) != 0) {
            hst_scp_put_ballot(m, slot, i, &none);
        }
    }
    prune_nomination(m, slot, wrong);
    slot->used &= ~wrong;
}
