#include "sim/network/tally.h"

#include "core/base/assert.h"

hst_tally *hst_tally_make(uint32_t regions, uint32_t endpoints, hst_arena *arena)
{
    hst_tally *tally = HST_ARENA_NEW(arena, hst_tally, 1);
    if (tally == NULL) {
        return NULL;
    }
    *tally = (hst_tally){.links = HST_ARENA_NEW(arena, hst_tally_link, (size_t)regions * regions),
                         .nodes = HST_ARENA_NEW(arena, hst_network_node, endpoints),
                         .regions = regions};
    return tally->links != NULL && tally->nodes != NULL ? tally : NULL;
}

static uint32_t bin_of(uint64_t value)
{
    if (value < (2U << HST_TALLY_SUB_BITS)) {
        return (uint32_t)value;
    }
    const uint32_t power = 63U - (uint32_t)__builtin_clzll(value);
    const uint32_t shift = power - HST_TALLY_SUB_BITS;
    return (shift << HST_TALLY_SUB_BITS) + (uint32_t)(value >> shift);
}

/* Largest value of a bin. */
static int64_t upper_of(uint32_t bin)
{
    if (bin < (2U << HST_TALLY_SUB_BITS)) {
        return bin;
    }
    const uint32_t shift = (bin >> HST_TALLY_SUB_BITS) - 1;
    const uint64_t mantissa = bin - (shift << HST_TALLY_SUB_BITS);
    return (int64_t)(((mantissa + 1) << shift) - 1);
}

void hst_tally_arrived(hst_tally_link *link, int64_t delay_ns)
{
    hst_assert(delay_ns >= 0);
    link->copies++;
    link->most_ns = delay_ns > link->most_ns ? delay_ns : link->most_ns;
    link->bins[bin_of((uint64_t)delay_ns)]++;
}

int64_t hst_tally_quantile(const hst_tally_link *link, uint32_t share_ppm)
{
    hst_assert(share_ppm <= 1000000);
    if (link->copies == 0) {
        return 0;
    }
    /* The value whose rank is that share of the last one's. */
    const uint64_t rank = (link->copies - 1) / 1000000 * share_ppm +
                          (link->copies - 1) % 1000000 * share_ppm / 1000000;
    uint64_t below = 0;
    for (uint32_t bin = 0; bin < HST_TALLY_BINS; bin++) {
        below += link->bins[bin];
        if (below > rank) {
            const int64_t upper = upper_of(bin);
            return upper < link->most_ns ? upper : link->most_ns;
        }
    }
    return link->most_ns;
}
