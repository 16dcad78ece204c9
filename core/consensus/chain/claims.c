/* The signed statements of each message; reads hostile bytes. */
#include "core/consensus/chain/chain.h"

/* Claims found so far. */
typedef struct found {
    const hst_membership *membership;
    hst_claim *out;
    uint32_t capacity;
    uint32_t count;
} found;

static uint32_t room(const found *f)
{
    return f->count < f->capacity ? f->capacity - f->count : 0;
}

static hst_claim *place(const found *f)
{
    return room(f) > 0 ? f->out + f->count : NULL;
}

static void vote(found *f, hst_wire_reader *reader, uint32_t signer)
{
    f->count += hst_claims_vote(reader, signer, place(f), room(f));
}

static void certificate(found *f, hst_wire_reader *reader)
{
    f->count += hst_claims_certificate(reader, f->membership, place(f), room(f));
}

static void block(found *f, hst_wire_reader *reader)
{
    uint8_t fields[8 + 4 + 8 + 4 + 4];
    hst_wire_read_bytes(reader, fields, sizeof fields);
    certificate(f, reader);
}

static void segment(found *f, hst_wire_reader *reader)
{
    (void)hst_wire_read_u64(reader);
    const uint16_t count = hst_wire_read_u16(reader);
    for (uint16_t b = 0; b < count && !reader->short_of; b++) {
        block(f, reader);
    }
    certificate(f, reader);
    f->count += hst_chain_tc_claims(reader, f->membership, place(f), room(f));
}

static void timeout(found *f, hst_wire_reader *reader, uint32_t from)
{
    vote(f, reader, from);
    (void)hst_wire_read_u64(reader);
    certificate(f, reader);
    if (hst_wire_read_u8(reader) == 1) {
        vote(f, reader, from);
    }
}

uint32_t hst_chain_claims(const hst_consensus_config *config,
                          uint32_t from,
                          const uint8_t *bytes,
                          size_t size,
                          hst_claim *out,
                          uint32_t capacity)
{
    hst_wire_reader reader = hst_wire_read(bytes, size, config->carry_signatures);
    found f = {.membership = config->membership, .out = out, .capacity = capacity};
    switch (size > 0 ? bytes[0] : HST_CHAIN_KIND_COUNT) {
    case HST_CHAIN_PROPOSAL:
        block(&f, &reader);
        f.count += hst_chain_tc_claims(&reader, f.membership, place(&f), room(&f));
        vote(&f, &reader, from);
        break;
    case HST_CHAIN_VOTE: vote(&f, &reader, from); break;
    case HST_CHAIN_TIMEOUT: timeout(&f, &reader, from); break;
    case HST_CHAIN_SEGMENT: segment(&f, &reader); break;
    default: break;
    }
    return hst_wire_read_done(&reader) ? f.count : 0;
}
