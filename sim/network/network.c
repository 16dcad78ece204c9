#include "sim/network/network.h"

#include "core/base/assert.h"

#include "sim/base/purpose.h"
#include "sim/base/number.h"

#include <string.h>

/* One endpoint's card and its draws. */
typedef struct endpoint {
    int64_t up_free_ns;   /* its card has sent everything by then */
    int64_t down_free_ns; /* and received */
    uint64_t messages;    /* sent */
    uint64_t bytes;       /* sent */
    hst_random random;    /* latency, loss, duplicates of what it sends */
    uint32_t region;
} endpoint;

struct hst_network {
    hst_network_options options;
    endpoint *endpoints;
    uint64_t *cut;      /* bit from * count + to */
    int64_t *latest_ns; /* by path, last arrival; NULL unless order is kept */
    uint64_t cut_count; /* paths cut */
};

hst_status
hst_network_create(const hst_network_options *options, hst_arena *arena, hst_network **out)
{
    hst_assert(options != NULL && arena != NULL && out != NULL);
    if (options->count == 0 || options->region_count == 0 || options->base_ns == NULL) {
        return HST_INVALID;
    }
    const size_t paths = (size_t)options->count * options->count;
    hst_network *network = HST_ARENA_NEW(arena, hst_network, 1);
    endpoint *endpoints = HST_ARENA_NEW(arena, endpoint, options->count);
    uint64_t *cut = HST_ARENA_NEW(arena, uint64_t, (paths + 63) / 64);
    int64_t *latest = options->keep_order ? HST_ARENA_NEW(arena, int64_t, paths) : NULL;
    if (network == NULL || endpoints == NULL || cut == NULL ||
        (options->keep_order && latest == NULL)) {
        return HST_NO_MEMORY;
    }
    *network =
        (hst_network){.options = *options, .endpoints = endpoints, .cut = cut, .latest_ns = latest};
    for (uint32_t i = 0; i < options->count; i++) {
        endpoints[i].region = options->regions != NULL ? options->regions[i] : 0;
        if (endpoints[i].region >= options->region_count) {
            return HST_INVALID;
        }
        endpoints[i].random =
            hst_random_stream(options->seed, options->replication, i, HST_PURPOSE_LATENCY);
    }
    *out = network;
    return HST_OK;
}

static int64_t transmission_ns(uint64_t size, uint64_t bits_per_second)
{
    return bits_per_second == 0
               ? 0
               : (int64_t)((size * 8 * (uint64_t)HST_SECOND_NS + bits_per_second - 1) /
                           bits_per_second);
}

static bool is_cut(const hst_network *network, size_t path)
{
    return network->cut_count > 0 && (network->cut[path / 64] >> (path % 64) & 1) != 0;
}

/* When a copy that leaves at `sent_ns` has come through the receiver's card. */
static int64_t arrive(hst_network *network, uint32_t from, uint32_t to, uint64_t size, int64_t sent)
{
    const hst_network_options *o = &network->options;
    endpoint *sender = &network->endpoints[from];
    endpoint *receiver = &network->endpoints[to];
    int64_t at = sent + o->base_ns[(size_t)sender->region * o->region_count + receiver->region];
    if (o->jitter_ns > 0) {
        at += (int64_t)(hst_random_uniform(&sender->random) * (double)o->jitter_ns);
    }
    if (o->down_bits_per_second > 0) {
        at = (at > receiver->down_free_ns ? at : receiver->down_free_ns) +
             transmission_ns(size, o->down_bits_per_second);
        receiver->down_free_ns = at;
    }
    if (network->latest_ns != NULL) {
        int64_t *latest = &network->latest_ns[(size_t)from * o->count + to];
        at = at > *latest ? at : *latest + 1;
        *latest = at;
    }
    return at;
}

hst_delivery
hst_network_send(hst_network *network, uint32_t from, uint32_t to, uint64_t size, int64_t now_ns)
{
    hst_assert(network != NULL && from < network->options.count && to < network->options.count);
    const hst_network_options *o = &network->options;
    endpoint *sender = &network->endpoints[from];
    hst_delivery delivery = {.copies = 1};
    const int64_t start = now_ns > sender->up_free_ns ? now_ns : sender->up_free_ns;
    sender->up_free_ns = start + transmission_ns(size, o->up_bits_per_second);
    sender->messages++;
    sender->bytes += size;
    if (is_cut(network, (size_t)from * o->count + to)) {
        delivery.copies = 0;
        return delivery;
    }
    if (o->loss_ppm > 0 && hst_random_below(&sender->random, 1000000) < o->loss_ppm) {
        delivery.copies = 0;
        return delivery;
    }
    if (o->duplicate_ppm > 0 && hst_random_below(&sender->random, 1000000) < o->duplicate_ppm) {
        delivery.copies = 2;
    }
    for (uint32_t copy = 0; copy < delivery.copies; copy++) {
        delivery.arrival_ns[copy] = arrive(network, from, to, size, sender->up_free_ns);
    }
    return delivery;
}

void hst_network_cut(hst_network *network, uint32_t from, uint32_t to, bool cut)
{
    const size_t path = (size_t)from * network->options.count + to;
    const uint64_t bit = UINT64_C(1) << (path % 64);
    const bool was = (network->cut[path / 64] & bit) != 0;
    if (cut && !was) {
        network->cut[path / 64] |= bit;
        network->cut_count++;
    } else if (!cut && was) {
        network->cut[path / 64] &= ~bit;
        network->cut_count--;
    }
}

void hst_network_heal(hst_network *network)
{
    const size_t paths = (size_t)network->options.count * network->options.count;
    memset(network->cut, 0, (paths + 63) / 64 * sizeof *network->cut);
    network->cut_count = 0;
}

void hst_network_sent(const hst_network *network,
                      uint32_t endpoint_index,
                      uint64_t *messages,
                      uint64_t *bytes)
{
    *messages = network->endpoints[endpoint_index].messages;
    *bytes = network->endpoints[endpoint_index].bytes;
}
