/* The signed statements of a message: what a host verifies before we see it. */
#include "core/consensus/pbft/machine.h"

/* Claims found so far. */
typedef struct list {
    const hst_membership *membership;
    hst_claim *out;
    uint32_t capacity;
    uint32_t count;
    bool broken; /* a certificate without signers is none */
} list;

static hst_claim *rest(const list *l)
{
    return l->count < l->capacity ? l->out + l->count : NULL;
}

static uint32_t room(const list *l)
{
    return l->count < l->capacity ? l->capacity - l->count : 0;
}

static void add_vote(list *l, hst_wire_reader *reader, uint32_t signer)
{
    l->count += hst_claims_vote(reader, signer, rest(l), room(l));
}

static void add_certificate(list *l, hst_wire_reader *reader)
{
    const uint32_t found = hst_claims_certificate(reader, l->membership, rest(l), room(l));
    l->broken = l->broken || found == 0;
    l->count += found;
}

static void add_prepared(list *l, hst_wire_reader *reader)
{
    (void)hst_pbft_read_request(reader);
    add_certificate(l, reader);
}

/* A VIEW-CHANGE's signed part; how many sequence numbers it says are prepared. */
static uint32_t add_change(list *l, hst_wire_reader *reader, uint32_t signer, uint64_t *stable)
{
    hst_wire_reader look = *reader;
    *stable = hst_wire_read_statement(&look).height;
    add_vote(l, reader, signer);
    uint32_t prepared = 0;
    const uint16_t count = hst_wire_read_u16(reader);
    for (uint32_t k = 0; k < count && !reader->short_of; k++) {
        prepared += hst_wire_read_u16(reader) != 0 ? 1 : 0;
    }
    return prepared;
}

static void add_view_change(list *l, hst_wire_reader *reader, uint32_t from)
{
    uint64_t stable;
    const uint32_t prepared = add_change(l, reader, from, &stable);
    if (stable > 0) {
        add_certificate(l, reader);
    }
    for (uint32_t p = 0; p < prepared && !reader->short_of && !l->broken; p++) {
        add_prepared(l, reader);
    }
}

static void add_new_view(list *l, hst_wire_reader *reader, uint32_t from)
{
    hst_wire_reader look = *reader;
    const uint64_t stable = hst_wire_read_statement(&look).height;
    add_vote(l, reader, from);
    const uint16_t members = hst_wire_read_u16(reader);
    for (uint32_t i = 0; i < members && !reader->short_of; i++) {
        uint64_t other;
        const uint16_t member = hst_wire_read_u16(reader);
        l->broken = l->broken || member >= l->membership->count;
        (void)add_change(l, reader, member, &other);
    }
    if (stable > 0) {
        add_certificate(l, reader);
    }
    const uint16_t entries = hst_wire_read_u16(reader);
    for (uint32_t e = 0; e < entries && !reader->short_of && !l->broken; e++) {
        if (hst_wire_read_u8(reader) != 0) {
            add_prepared(l, reader);
        } else {
            (void)hst_pbft_read_request(reader);
        }
        add_vote(l, reader, from);
    }
}

uint32_t hst_pbft_claims(const hst_consensus_config *config,
                         uint32_t from,
                         const uint8_t *bytes,
                         size_t size,
                         hst_claim *out,
                         uint32_t capacity)
{
    hst_wire_reader reader = hst_wire_read(bytes, size, config->carry_signatures);
    list l = {.membership = config->membership, .out = out, .capacity = capacity};
    switch (size > 0 ? bytes[0] : HST_PBFT_KINDS) {
    case HST_PBFT_PRE_PREPARE:
    case HST_PBFT_PREPARE:
    case HST_PBFT_COMMIT:
    case HST_PBFT_CHECKPOINT: add_vote(&l, &reader, from); break;
    case HST_PBFT_VIEW_CHANGE: add_view_change(&l, &reader, from); break;
    case HST_PBFT_NEW_VIEW: add_new_view(&l, &reader, from); break;
    case HST_PBFT_DECIDED:
    case HST_PBFT_STABLE: add_certificate(&l, &reader); break;
    default: break;
    }
    return reader.short_of || l.broken ? 0 : l.count;
}
