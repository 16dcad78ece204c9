/* Any bytes at any machine, in any order: no crash, no assertion, effects that fit, and equal
 * answers from an equal machine. What comes in is a script: the protocol, then inputs.
 *
 * Bytes that a replica could not have made are let in too: nothing is verified here, so safety is
 * not looked at, only that a step is total and a function of what came in. */
#include "core/consensus/consensus.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COUNT = 4, EFFECTS = 4096, BYTES = 1 << 20, INPUTS_MAX = 256, STATE_MAX = 1 << 26 };

static void check(bool condition)
{
    if (!condition) {
        abort();
    }
}

/* A machine with what it may write to. */
typedef struct host {
    const hst_consensus_protocol *protocol;
    hst_consensus_config config;
    hst_membership membership;
    void *state;
    size_t state_size;
    hst_effects effects;
    int64_t now_ns;
    uint64_t persisted;
} host;

static void set_up(host *h, const hst_consensus_protocol *protocol, bool carry)
{
    *h = (host){.protocol = protocol, .membership = {.count = COUNT, .total = COUNT}};
    h->config = (hst_consensus_config){.self = 1,
                                       .membership = &h->membership,
                                       .seed = 1,
                                       .common_seed = 2,
                                       .carry_signatures = carry};
    h->state_size = (protocol->state_size(&h->config) + 63) / 64 * 64;
    check(h->state_size > 0 && h->state_size <= STATE_MAX);
    h->state = aligned_alloc(64, h->state_size);
    h->effects = (hst_effects){.list = malloc(EFFECTS * sizeof(hst_effect)),
                               .capacity = EFFECTS,
                               .bytes = malloc(BYTES),
                               .byte_capacity = BYTES,
                               .carry_signatures = carry};
    check(h->state != NULL && h->effects.list != NULL && h->effects.bytes != NULL);
    memset(h->state, 0, h->state_size);
    check(protocol->init(h->state, &h->config) == HST_OK);
}

static void tear_down(host *h)
{
    free(h->state);
    free(h->effects.list);
    free(h->effects.bytes);
}

/* One step, then PERSISTED for what it wrote. */
static void step(host *h, hst_consensus_input input)
{
    input.now_ns = h->now_ns;
    hst_effects_clear(&h->effects);
    h->protocol->step(h->state, &input, &h->effects);
    uint64_t persisted = h->persisted;
    for (uint32_t e = 0; e < h->effects.count; e++) {
        const hst_effect *effect = &h->effects.list[e];
        check(effect->kind <= HST_EFFECT_EVIDENCE);
        check((uint64_t)effect->offset + effect->size <= BYTES);
        if (effect->kind == HST_EFFECT_PERSIST) {
            check(effect->sequence == persisted + 1);
            persisted = effect->sequence;
        }
        if (effect->kind == HST_EFFECT_SEND) {
            check(effect->to < COUNT && effect->after <= persisted);
        }
    }
    const bool fresh = persisted > h->persisted;
    h->persisted = persisted;
    if (fresh) {
        step(h, (hst_consensus_input){.kind = HST_INPUT_PERSISTED, .sequence = persisted});
    }
}

/* The next input of the script; false at its end. */
static bool next(host *h, const uint8_t **data, size_t *size)
{
    if (*size < 3) {
        return false;
    }
    const uint8_t what = (*data)[0];
    size_t length = (size_t)(*data)[1] | (size_t)(what >> 4) << 8;
    hst_consensus_input input = {.kind = HST_INPUT_MESSAGE, .from = (*data)[2] % COUNT};
    *data += 3;
    *size -= 3;
    length = length < *size ? length : *size;
    h->now_ns += (int64_t)length * 1000000;
    switch (what & 15) {
    case 0: input.kind = HST_INPUT_SUBMIT; break;
    case 1: input.kind = HST_INPUT_TIMER; break;
    case 2: h->now_ns += INT64_C(1) << 34; break;
    default: break;
    }
    input.timer = input.from;
    if ((what & 8) == 0) {
        input.offer = (hst_batch){.id = 1 + length, .size = 100, .count = 1};
    }
    input.bytes = *data;
    input.size = length;
    *data += length;
    *size -= length;
    if (input.kind == HST_INPUT_MESSAGE) {
        hst_claim claims[64];
        (void)h->protocol->claims(&h->config, input.from, input.bytes, length, claims, 64);
        if (input.from == h->config.self) {
            return true; /* nobody hears from himself */
        }
    }
    step(h, input);
    return true;
}

static uint64_t run(const uint8_t *data, size_t size)
{
    size_t count = 0;
    const hst_consensus_protocol *const *all = hst_consensus_protocols(&count);
    host h;
    set_up(&h, all[data[0] % count], (data[0] & 128) != 0);
    step(&h, (hst_consensus_input){.kind = HST_INPUT_START});
    const uint8_t *at = data + 1;
    size_t left = size - 1;
    for (int i = 0; i < INPUTS_MAX && next(&h, &at, &left); i++) {
    }
    hst_consensus_view view = {.leader = HST_CONSENSUS_NOBODY};
    h.protocol->inspect(h.state, &view);
    check(view.leader == HST_CONSENSUS_NOBODY || view.leader < COUNT);
    check(view.final_height <= view.commit_height);
    const uint64_t digest = h.protocol->digest(h.state);
    tear_down(&h);
    return digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) {
        return 0;
    }
    check(run(data, size) == run(data, size));
    return 0;
}
