#include "core/consensus/mysticeti/dag.h"

#include <string.h>

enum { NONE = HST_MYSTICETI_NONE };

/* ---- laying out ---------------------------------------------------------------------------- */

static void
set_up(hst_mysticeti_dag *dag, const hst_consensus_config *config, const hst_mysticeti_shape *shape)
{
    dag->membership = config->membership;
    dag->quorum = hst_quorum(config->membership->total);
    dag->count = config->membership->count;
    dag->words = hst_member_words(config->membership->count);
    dag->leaders = shape->leaders;
    dag->stride = shape->stride;
    dag->window = shape->window;
    dag->depth = shape->window / 2;
    dag->age = shape->window / 16;
    dag->lead = dag->window - dag->depth - dag->age;
    dag->capacity = shape->capacity;
    dag->spare = shape->spare;
    dag->clock = 1;
    dag->free = NONE;
}

static void lay_out_rounds(hst_mysticeti_dag *dag,
                           hst_layout *layout,
                           uint32_t count,
                           const hst_mysticeti_shape *shape)
{
    const size_t words = hst_member_words(count);
    const size_t slots_all = (size_t)shape->window * shape->leaders;
    hst_mysticeti_round *rounds = hst_layout_take(layout, shape->window, sizeof *rounds);
    uint16_t *first = hst_layout_take(layout, (size_t)shape->window * count, sizeof *first);
    hst_mysticeti_slot *slots = hst_layout_take(layout, slots_all, sizeof *slots);
    uint64_t *sets = hst_layout_take(layout, slots_all * 3 * words, sizeof *sets);
    uint64_t *marks = hst_layout_take(layout, (size_t)shape->window * 2 * words, sizeof *marks);
    hst_hash *ids = hst_layout_take(layout, (size_t)shape->window * count, sizeof *ids);
    if (dag == NULL) {
        return;
    }
    dag->rounds = rounds;
    for (size_t r = 0; r < shape->window; r++) {
        rounds[r].first = first + r * count;
        rounds[r].ids = ids + r * count;
        rounds[r].slots = slots + r * shape->leaders;
        rounds[r].delivered_set = marks + 2 * r * words;
        rounds[r].linked_set = marks + (2 * r + 1) * words;
    }
    for (size_t s = 0; s < slots_all; s++) {
        slots[s].certificate_set = sets + 3 * s * words;
        slots[s].skip_set = sets + (3 * s + 1) * words;
        slots[s].voter_set = sets + (3 * s + 2) * words;
    }
}

void hst_mysticeti_dag_lay_out(hst_mysticeti_dag *dag,
                               hst_layout *layout,
                               const hst_consensus_config *config,
                               const hst_mysticeti_shape *shape)
{
    const uint32_t count = config->membership->count;
    const uint32_t references_max = hst_mysticeti_references_max(count);
    hst_mysticeti_block *blocks = hst_layout_take(layout, shape->capacity, sizeof *blocks);
    uint16_t *references =
        hst_layout_take(layout, (size_t)shape->capacity * references_max, sizeof *references);
    hst_signature *signatures = config->carry_signatures
                                    ? hst_layout_take(layout, shape->capacity, sizeof *signatures)
                                    : NULL;
    uint64_t *last = hst_layout_take(layout, count, sizeof *last);
    uint16_t *stack = hst_layout_take(layout, shape->capacity, sizeof *stack);
    const uint32_t words = hst_member_words(count);
    uint64_t *cited = hst_layout_take(layout, (size_t)shape->capacity * words, sizeof *cited);
    uint64_t *reach = hst_layout_take(layout, (size_t)shape->window * words, sizeof *reach);
    lay_out_rounds(dag, layout, count, shape);
    if (dag == NULL) {
        return;
    }
    dag->blocks = blocks;
    dag->references = references;
    dag->references_max = references_max;
    dag->signatures = signatures;
    dag->last = last;
    dag->stack = stack;
    dag->cited = cited;
    dag->reach = reach;
    set_up(dag, config, shape);
}

/* ---- looking up ---------------------------------------------------------------------------- */

uint16_t hst_mysticeti_original(const hst_mysticeti_dag *dag, uint64_t number, uint32_t author)
{
    uint16_t handle = hst_mysticeti_first(dag, number, author);
    while (handle != NONE && dag->blocks[handle].extra) {
        handle = dag->blocks[handle].sibling;
    }
    return handle;
}

uint16_t hst_mysticeti_find(const hst_mysticeti_dag *dag, const hst_mysticeti_reference *name)
{
    uint16_t handle = hst_mysticeti_first(dag, name->round, name->author);
    while (handle != NONE && !hst_hash_equal(&dag->blocks[handle].id, &name->id)) {
        handle = dag->blocks[handle].sibling;
    }
    return handle;
}

uint32_t hst_mysticeti_resolve(const hst_mysticeti_dag *dag,
                               const hst_mysticeti_draft *draft,
                               hst_mysticeti_resolved *out)
{
    const hst_mysticeti_round *before = hst_mysticeti_round_at(dag, draft->round - 1);
    const uint16_t *first = before != NULL ? before->first : NULL;
    const hst_hash *ids = before != NULL ? before->ids : NULL;
    const uint32_t count = draft->count;
    uint16_t *handles = out->handles;
    out->whole = true;
    out->older = false;
    memset(out->cited, 0, dag->words * sizeof *out->cited);
    for (uint32_t i = 0; i < count; i++) {
        const hst_mysticeti_citation one = hst_mysticeti_draft_citation(draft, i);
        if (one.back == 1) {
            (void)hst_member_add(out->cited, one.author);
            if (first != NULL && first[one.author] != NONE &&
                memcmp(ids[one.author].bytes, one.id, HST_HASH_SIZE) == 0) {
                handles[i] = first[one.author];
                continue;
            }
        }
        const hst_mysticeti_reference name = hst_mysticeti_draft_reference(draft, i);
        handles[i] = hst_mysticeti_find(dag, &name);
        if (handles[i] == NONE && name.round > dag->floor) {
            return i;
        }
        out->older = out->older || one.back != 1;
        out->whole = out->whole && handles[i] != NONE;
    }
    return count;
}

uint32_t hst_mysticeti_walk(hst_mysticeti_dag *dag)
{
    if (++dag->epoch == 0) { /* once in 2^32 walks */
        for (uint32_t b = 0; b < dag->capacity; b++) {
            dag->blocks[b].mark = 0;
        }
        dag->epoch = 1;
    }
    return dag->epoch;
}

/* ---- putting in ---------------------------------------------------------------------------- */

static hst_mysticeti_round *open_round(hst_mysticeti_dag *dag, uint64_t number)
{
    hst_mysticeti_round *round = &dag->rounds[hst_mysticeti_place_of(dag, number)];
    if (round->number == number) {
        return round;
    }
    const size_t words = hst_member_words(dag->count);
    round->number = number;
    round->weight = 0;
    round->unlogged = 0;
    round->extras = 0;
    memset(round->first, 0xff, dag->count * sizeof *round->first);
    memset(round->delivered_set, 0, words * sizeof *round->delivered_set);
    memset(round->linked_set, 0, words * sizeof *round->linked_set);
    for (uint32_t k = 0; k < dag->leaders; k++) {
        hst_mysticeti_slot *slot = &round->slots[k];
        slot->certificate_weight = 0;
        slot->skip_weight = 0;
        slot->certified = NONE;
        memset(slot->certificate_set, 0, words * sizeof *slot->certificate_set);
        memset(slot->skip_set, 0, words * sizeof *slot->skip_set);
        memset(slot->voter_set, 0, words * sizeof *slot->voter_set);
    }
    return round;
}

/* A block from the free list, or one that was never used: memory is touched when it is needed. */
static uint16_t take_free(hst_mysticeti_dag *dag)
{
    const uint16_t handle = dag->free;
    if (handle != NONE) {
        dag->free = dag->blocks[handle].sibling;
        return handle;
    }
    return dag->fresh < dag->capacity ? (uint16_t)dag->fresh++ : (uint16_t)NONE;
}

/* A free block, in its place among its author's blocks of the round. */
static uint16_t place(hst_mysticeti_dag *dag, const hst_mysticeti_reference *name)
{
    const uint16_t handle = take_free(dag);
    if (handle == NONE) {
        return NONE;
    }
    hst_mysticeti_round *round = open_round(dag, name->round);
    uint16_t *at = &round->first[name->author];
    const bool extra = *at != NONE;
    if (!extra) {
        round->weight += hst_membership_weight(dag->membership, name->author);
    }
    dag->extras += extra ? 1 : 0;
    round->extras += extra ? 1 : 0;
    while (*at != NONE && memcmp(dag->blocks[*at].id.bytes, name->id.bytes, HST_HASH_SIZE) < 0) {
        at = &dag->blocks[*at].sibling;
    }
    dag->blocks[handle] = (hst_mysticeti_block){.id = name->id,
                                                .round = name->round,
                                                .author = (uint16_t)name->author,
                                                .sibling = *at,
                                                .used = true,
                                                .extra = extra};
    *at = handle;
    round->ids[name->author] = dag->blocks[round->first[name->author]].id;
    if (dag->last[name->author] < name->round) {
        dag->last[name->author] = name->round;
    }
    dag->top = dag->top > name->round ? dag->top : name->round;
    if (round->weight >= dag->quorum && dag->clock <= name->round) {
        dag->clock = name->round + 1;
    }
    return handle;
}

uint16_t hst_mysticeti_insert(hst_mysticeti_dag *dag,
                              const hst_mysticeti_draft *draft,
                              const hst_mysticeti_resolved *references)
{
    const hst_mysticeti_reference name = {
        .round = draft->round, .author = draft->author, .id = draft->id};
    if (dag->extras >= dag->spare && hst_mysticeti_first(dag, name.round, name.author) != NONE) {
        return NONE;
    }
    const uint16_t handle = place(dag, &name);
    if (handle == NONE) {
        return NONE;
    }
    hst_mysticeti_block *b = &dag->blocks[handle];
    b->batch = draft->batch;
    b->count = (uint16_t)draft->count;
    b->whole = references->whole;
    b->older = references->older;
    memcpy(hst_mysticeti_references_of(dag, handle), references->handles,
           draft->count * sizeof *references->handles);
    memcpy(hst_mysticeti_cited(dag, handle), references->cited,
           dag->words * sizeof *references->cited);
    if (dag->signatures != NULL) {
        dag->signatures[handle] = draft->signature;
    }
    hst_mysticeti_read_meaning(dag, handle);
    dag->rounds[hst_mysticeti_place_of(dag, b->round)].unlogged++;
    dag->pending += b->batch.id != 0 ? 1 : 0;
    return handle;
}

bool hst_mysticeti_insert_stub(hst_mysticeti_dag *dag,
                               const hst_mysticeti_reference *name,
                               uint64_t delivered_at)
{
    uint16_t handle = hst_mysticeti_find(dag, name);
    if (handle == NONE) {
        handle = place(dag, name);
        if (handle == NONE) {
            return false;
        }
        hst_mysticeti_block *b = &dag->blocks[handle];
        b->stub = true;
        b->logged = true;
        hst_mysticeti_mark_linked(dag, handle);
        memset(b->vote, 0xff, sizeof b->vote);
        memset(b->certificate, 0xff, sizeof b->certificate);
    }
    hst_mysticeti_set_delivered(dag, handle, delivered_at);
    return true;
}

void hst_mysticeti_set_delivered(hst_mysticeti_dag *dag, uint16_t handle, uint64_t at)
{
    hst_mysticeti_block *b = &dag->blocks[handle];
    if (b->delivered_at == 0 && b->batch.id != 0) {
        dag->pending--;
    }
    b->delivered_at = at;
    if (at != 0) {
        (void)hst_member_add(hst_mysticeti_round_at(dag, b->round)->delivered_set, b->author);
    }
}

void hst_mysticeti_mark_linked(hst_mysticeti_dag *dag, uint16_t handle)
{
    hst_mysticeti_block *b = &dag->blocks[handle];
    b->linked = true;
    (void)hst_member_add(hst_mysticeti_round_at(dag, b->round)->linked_set, b->author);
}

/* The references of a block, one by one, that are not linked yet; the new height of the stack. */
static uint32_t link_each(hst_mysticeti_dag *dag, uint16_t at, uint32_t height)
{
    const uint16_t *refs = hst_mysticeti_references_of(dag, at);
    for (uint32_t i = 0; i < dag->blocks[at].count; i++) {
        if (refs[i] != NONE && !dag->blocks[refs[i]].linked) {
            hst_mysticeti_mark_linked(dag, refs[i]);
            dag->stack[height++] = refs[i];
        }
    }
    return height;
}

/* The same by sets, where an author is a block and all are of the round before. */
static uint32_t link_round(hst_mysticeti_dag *dag, uint16_t at, uint32_t height)
{
    const hst_mysticeti_round *before = hst_mysticeti_round_at(dag, dag->blocks[at].round - 1);
    const uint64_t *cited = hst_mysticeti_cited(dag, at);
    for (uint32_t w = 0; before != NULL && w < dag->words; w++) {
        for (uint64_t left = cited[w] & ~before->linked_set[w]; left != 0; left &= left - 1) {
            const uint16_t next = before->first[w * 64 + (uint32_t)__builtin_ctzll(left)];
            if (next != NONE) {
                hst_mysticeti_mark_linked(dag, next);
                dag->stack[height++] = next;
            }
        }
    }
    return height;
}

void hst_mysticeti_set_linked(hst_mysticeti_dag *dag, uint16_t handle)
{
    uint32_t height = 0;
    if (dag->blocks[handle].linked) {
        return;
    }
    hst_mysticeti_mark_linked(dag, handle);
    dag->stack[height++] = handle;
    while (height > 0) {
        const uint16_t at = dag->stack[--height];
        if (dag->blocks[at].round <= dag->floor) {
            continue; /* what it cites may be forgotten */
        }
        height = dag->extras > 0 || dag->blocks[at].older ? link_each(dag, at, height)
                                                          : link_round(dag, at, height);
    }
}

/* ---- forgetting ---------------------------------------------------------------------------- */

static void forget_round(hst_mysticeti_dag *dag, hst_mysticeti_round *round)
{
    for (uint32_t author = 0; author < dag->count; author++) {
        uint16_t handle = round->first[author];
        while (handle != NONE) {
            hst_mysticeti_block *b = &dag->blocks[handle];
            const uint16_t next = b->sibling;
            if (b->batch.id != 0 && b->delivered_at == 0) {
                dag->pending--;
                dag->gone++;
            }
            dag->extras -= b->extra ? 1 : 0;
            b->used = false;
            b->sibling = dag->free;
            dag->free = handle;
            handle = next;
        }
    }
    round->number = 0;
}

void hst_mysticeti_advance(hst_mysticeti_dag *dag, uint64_t decided)
{
    const uint64_t before = dag->base;
    dag->decided = decided;
    dag->floor = decided > dag->depth ? decided - dag->depth : 0;
    dag->base = dag->floor > dag->age ? dag->floor - dag->age : 0;
    const uint64_t until = dag->base < before + dag->window ? dag->base : before + dag->window;
    for (uint64_t r = before + 1; r <= until; r++) {
        hst_mysticeti_round *round = hst_mysticeti_round_at(dag, r);
        if (round != NULL) {
            forget_round(dag, round);
        }
    }
    dag->clock = dag->clock > dag->base + 1 ? dag->clock : dag->base + 1;
}

/* ---- writing out --------------------------------------------------------------------------- */

void hst_mysticeti_write_body(const hst_mysticeti_dag *dag, uint16_t handle, hst_wire *wire)
{
    const hst_mysticeti_block *b = &dag->blocks[handle];
    const uint16_t *refs = hst_mysticeti_references_of(dag, handle);
    hst_assert(b->used && b->whole && b->round > dag->floor);
    hst_mysticeti_write_head(wire, b->author, b->round, b->batch, b->count);
    for (uint32_t i = 0; i < b->count; i++) {
        const hst_mysticeti_block *cited = &dag->blocks[refs[i]];
        const hst_mysticeti_reference name = {
            .round = cited->round, .author = cited->author, .id = cited->id};
        hst_mysticeti_write_reference(wire, b->round, &name);
    }
}
