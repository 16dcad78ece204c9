/* Headers as bytes, and the rules a header keeps: difficulty, time, and the mining draw. */
#include "core/consensus/nakamoto/internal.h"

__extension__ typedef unsigned __int128 wide;

/* No wait is longer; two of them still fit a clock. */
static const uint64_t longest_ns = UINT64_C(1) << 61;

void hst_nakamoto_write_header(hst_wire *wire, const hst_nakamoto_header *header)
{
    hst_wire_hash(wire, &header->parent);
    hst_wire_u64(wire, header->height);
    hst_wire_u64(wire, (uint64_t)header->time_ns);
    hst_wire_u64(wire, header->difficulty);
    hst_wire_u64(wire, header->nonce);
    hst_wire_batch(wire, &header->batch);
    hst_wire_u32(wire, header->miner);
}

hst_nakamoto_header hst_nakamoto_read_header(hst_wire_reader *reader)
{
    hst_nakamoto_header header;
    header.parent = hst_wire_read_hash(reader);
    header.height = hst_wire_read_u64(reader);
    header.time_ns = (int64_t)hst_wire_read_u64(reader);
    header.difficulty = hst_wire_read_u64(reader);
    header.nonce = hst_wire_read_u64(reader);
    header.batch = hst_wire_read_batch(reader);
    header.miner = hst_wire_read_u32(reader);
    return header;
}

hst_hash hst_nakamoto_name(const hst_nakamoto_header *header)
{
    uint8_t bytes[HST_NAKAMOTO_HEADER_SIZE];
    hst_wire wire;
    hst_wire_begin(&wire, bytes, sizeof bytes, true);
    hst_nakamoto_write_header(&wire, header);
    return hst_name_of(&wire);
}

/* Every `retarget_blocks` the difficulty follows the time the last ones took, by a factor of four
 * at most. The time spans one gap less than there are blocks, as Bitcoin's does. */
uint64_t hst_nakamoto_difficulty(const hst_nakamoto *m, const hst_nakamoto_block *parent)
{
    if ((parent->header.height + 1) % m->period != 0) {
        return parent->header.difficulty;
    }
    const int64_t planned = (int64_t)m->period * hst_nakamoto_value(m, HST_NAKAMOTO_INTERVAL);
    int64_t taken = parent->header.time_ns - parent->period_start_ns;
    taken = taken < planned / 4 ? planned / 4 : taken;
    taken = taken > 4 * planned ? 4 * planned : taken;
    const wide next = (wide)parent->header.difficulty * (uint64_t)planned / (uint64_t)taken;
    const uint64_t highest = UINT64_C(1) << 40;
    return next < 1 ? 1 : next > highest ? highest : (uint64_t)next;
}

/* A block is later than the median of the eleven before it. Near the oldest block that is known
 * there is no such median, and nothing is asked. */
int64_t hst_nakamoto_earliest(const hst_nakamoto *m, const hst_nakamoto_block *parent)
{
    enum { SPAN = 11 };
    int64_t times[SPAN];
    uint32_t count = 0;
    for (const hst_nakamoto_block *b = parent; b != NULL && count < SPAN;
         b = hst_nakamoto_at(m, b->parent)) {
        uint32_t at = count++;
        for (; at > 0 && times[at - 1] > b->header.time_ns; at--) {
            times[at] = times[at - 1];
        }
        times[at] = b->header.time_ns;
    }
    return count < SPAN ? INT64_MIN : times[SPAN / 2] + 1;
}

/* -ln(bits / 2^64) with 40 binary digits: the logarithm to base 2 digit by digit, by squaring. */
static uint64_t minus_log(uint64_t bits)
{
    enum { DIGITS = 40 };
    const uint64_t ln2 = UINT64_C(0xb17217f7d1cf79ab); /* of 2^64 */
    bits |= bits == 0;
    const uint32_t zeroes = (uint32_t)__builtin_clzll(bits);
    uint64_t mantissa = bits << zeroes; /* [1, 2) in units of 2^-63 */
    uint64_t log2 = 63 - zeroes;
    for (uint32_t digit = 0; digit < DIGITS; digit++) {
        const wide square = (wide)mantissa * mantissa;
        const bool one = square >> 127 != 0;
        mantissa = (uint64_t)(square >> (one ? 64 : 63));
        log2 = log2 << 1 | one;
    }
    return (uint64_t)((wide)((UINT64_C(64) << DIGITS) - log2) * ln2 >> 64);
}

int64_t hst_nakamoto_wait(
    int64_t interval_ns, uint64_t difficulty, uint64_t total, uint64_t weight, uint64_t bits)
{
    if (weight == 0) {
        return (int64_t)longest_ns;
    }
    wide mean = (wide)(uint64_t)interval_ns * total / weight;
    mean = mean > longest_ns ? longest_ns : mean;
    mean = mean * difficulty / HST_NAKAMOTO_UNIT;
    mean = mean > longest_ns ? longest_ns : mean;
    const wide wait = mean * minus_log(bits) >> 40;
    return (int64_t)(wait > longest_ns ? longest_ns : wait);
}
