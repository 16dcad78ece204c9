/* Close times: agreed on in bins, whose width follows how well the nodes' clocks agree. */
#include "core/consensus/xrpl/xrpl_internal.h"

enum { BINS = 6, STANDARD_BIN = 2, FINER_EVERY = 8 };

static const uint8_t seconds[BINS] = {10, 20, 30, 60, 90, 120};

uint64_t hst_xrpl_resolution_s(uint8_t index)
{
    return seconds[index < BINS ? index : BINS - 1];
}

/* Coarser after every disagreement, finer at every eighth ledger after agreement. */
uint8_t hst_xrpl_next_resolution(const hst_xrpl_header *parent)
{
    const uint8_t now = parent->seq == 0 ? STANDARD_BIN : parent->resolution;
    const bool agreed = parent->seq == 0 || parent->agreed;
    if (!agreed) {
        return now < BINS - 1 ? (uint8_t)(now + 1) : BINS - 1;
    }
    return (parent->seq + 1) % FINER_EVERY == 0 && now > 0 ? (uint8_t)(now - 1) : now;
}

uint64_t hst_xrpl_bin(uint64_t close_s, uint8_t resolution)
{
    if (close_s == 0) {
        return 0;
    }
    const uint64_t width = hst_xrpl_resolution_s(resolution);
    const uint64_t up = close_s > UINT64_MAX - width ? close_s : close_s + width / 2;
    const uint64_t rounded = up - up % width;
    return rounded > 0 ? rounded : 1; /* the first bin is not the sign of disagreement */
}

void hst_xrpl_close_time(hst_xrpl_header *header, const hst_xrpl_header *parent, uint64_t close_s)
{
    header->resolution = hst_xrpl_next_resolution(parent);
    header->agreed = close_s != 0;
    const uint64_t bin = hst_xrpl_bin(close_s, header->resolution);
    header->close_s = bin > parent->close_s ? bin : parent->close_s + 1;
}
