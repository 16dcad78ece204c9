/** @file tests/unit/consensus/one_machine.h
 * One replica of a chained protocol by hand: the test is the rest of the world.
 *
 * Signatures are not carried, so that any message can be written; certificates name whom the test
 * says. Records become durable when the test says so.
 */
#ifndef HST_TESTS_UNIT_CONSENSUS_ONE_MACHINE_H
#define HST_TESTS_UNIT_CONSENSUS_ONE_MACHINE_H

#include "core/consensus/chain/chain.h"

#include "tests/unit/consensus/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ONE_COUNT = 4, ONE_EFFECTS = 256, ONE_BYTES = 65536 };

typedef struct one_machine {
    const hst_consensus_protocol *protocol;
    hst_membership membership;
    hst_consensus_config config;
    hst_chain_machine *chain; /* its state, to look into */
    hst_effects effects;
    hst_effect list[ONE_EFFECTS];
    uint8_t bytes[ONE_BYTES];
    uint8_t message[ONE_BYTES]; /* being written by the test */
    hst_wire wire;
    hst_batch offer;
    int64_t now_ns;
} one_machine;

/* A step; what it wants done stays in `effects`. */
static inline void one_step(one_machine *one, hst_consensus_input input)
{
    input.now_ns = one->now_ns;
    input.offer = one->offer;
    hst_effects_clear(&one->effects);
    one->protocol->step(one->chain, &input, &one->effects);
}

static inline void one_make(one_machine *one, const hst_consensus_protocol *protocol, uint32_t self)
{
    memset(one, 0, sizeof *one);
    one->protocol = protocol;
    one->membership = (hst_membership){.count = ONE_COUNT, .total = ONE_COUNT};
    one->config = (hst_consensus_config){.self = self, .membership = &one->membership};
    const size_t size = protocol->state_size(&one->config);
    one->chain = aligned_alloc(64, size);
    assert_non_null(one->chain);
    memset(one->chain, 0, size);
    assert_int_equal(protocol->init(one->chain, &one->config), HST_OK);
    one->effects = (hst_effects){.list = one->list,
                                 .capacity = ONE_EFFECTS,
                                 .bytes = one->bytes,
                                 .byte_capacity = ONE_BYTES};
}

static inline void
one_start(one_machine *one, const hst_consensus_protocol *protocol, uint32_t self)
{
    one_make(one, protocol, self);
    one_step(one, (hst_consensus_input){.kind = HST_INPUT_START});
}

static inline void one_end(one_machine *one)
{
    free(one->chain);
}

/* Everything appended is durable. */
static inline void one_durable(one_machine *one)
{
    one_step(one,
             (hst_consensus_input){.kind = HST_INPUT_PERSISTED, .sequence = one->chain->sequence});
}

/* The first effect of a kind, and for messages of a message kind; NULL = none. */
static inline const hst_effect *one_finds(const one_machine *one, hst_effect_kind kind, int message)
{
    for (uint32_t e = 0; e < one->effects.count; e++) {
        const hst_effect *effect = &one->list[e];
        if (effect->kind == kind && (message < 0 || one->bytes[effect->offset] == message)) {
            return effect;
        }
    }
    return NULL;
}

/* ---- writing messages ----------------------------------------------------------------------- */

/* A block on another (NULL = genesis), with its name. */
static inline hst_chain_block
one_block(const hst_chain_block *parent, uint64_t view, uint64_t batch)
{
    hst_chain_block block = {.view = view,
                             .height = 1,
                             .proposer = (uint32_t)(view % ONE_COUNT),
                             .batch = {.id = batch, .size = 100, .count = 1}};
    if (parent != NULL) {
        block.parent = parent->id;
        block.parent_view = parent->view;
        block.height = parent->height + 1;
    }
    block.id = hst_chain_block_id(&block);
    return block;
}

static inline hst_wire *one_write(one_machine *one, uint8_t kind)
{
    hst_wire_begin(&one->wire, one->message, sizeof one->message, false);
    hst_wire_u8(&one->wire, kind);
    return &one->wire;
}

/* A certificate by the replicas of `signers` (a bit each). */
static inline void one_certificate(hst_wire *wire, hst_statement statement, uint8_t signers)
{
    hst_wire_statement(wire, &statement);
    hst_wire_u8(wire, statement.view == 0 ? 0 : signers);
}

static inline void one_write_block(hst_wire *wire, const hst_chain_block *block, uint8_t signers)
{
    hst_wire_u64(wire, block->view);
    hst_wire_u32(wire, block->proposer);
    hst_wire_u64(wire, block->batch.id);
    hst_wire_u32(wire, block->batch.size);
    hst_wire_u32(wire, block->batch.count);
    one_certificate(wire, hst_chain_justify(block), signers);
}

/* Deliver what was written. */
static inline void one_deliver(one_machine *one, uint32_t from)
{
    one_step(one, (hst_consensus_input){.kind = HST_INPUT_MESSAGE,
                                        .from = from,
                                        .bytes = one->message,
                                        .size = one->wire.at});
}

static inline hst_statement one_wish(uint64_t target, uint64_t high)
{
    return (hst_statement){.phase = HST_CHAIN_PHASE_TIMEOUT, .view = target, .height = high};
}

/* A proposal from its leader; `groups` certificates make up its TC. */
static inline void one_propose_with(one_machine *one,
                                    const hst_chain_block *block,
                                    uint8_t signers,
                                    uint16_t groups,
                                    const hst_statement *wishes,
                                    const uint8_t *wishing)
{
    const hst_statement said = hst_chain_statement(HST_CHAIN_PHASE_PROPOSE, block);
    hst_wire *wire = one_write(one, HST_CHAIN_PROPOSAL);
    one_write_block(wire, block, signers);
    hst_wire_u16(wire, groups);
    for (uint16_t g = 0; g < groups; g++) {
        one_certificate(wire, wishes[g], wishing[g]);
    }
    hst_wire_statement(wire, &said);
    one_deliver(one, block->proposer);
}

/* A proposal from its leader, with a QC of all but replica 3. */
static inline void one_propose(one_machine *one, const hst_chain_block *block)
{
    one_propose_with(one, block, 0x7, 0, NULL, NULL);
}

/* A proposal after a timeout whose TC mentions one QC view. */
static inline void one_propose_after(one_machine *one, const hst_chain_block *block, uint64_t high)
{
    const hst_statement wish = one_wish(block->view, high);
    const uint8_t wishing = 0x7;
    one_propose_with(one, block, 0x7, 1, &wish, &wishing);
}

/* Whether the last step voted for a block (durably or not yet). */
static inline bool one_voted(const one_machine *one, const hst_chain_block *block)
{
    return one_finds(one, HST_EFFECT_PERSIST, -1) != NULL &&
           hst_hash_equal(&one->chain->vote.id, &block->id);
}

#endif
