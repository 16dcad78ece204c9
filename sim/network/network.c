#include "sim/network/network.h"

#include "core/base/assert.h"
#include "core/base/real.h"

#include "sim/base/number.h"
#include "sim/base/purpose.h"
#include "sim/network/tally.h"

#include <string.h>

/* One endpoint: its card and its draws. */
typedef struct endpoint {
    hst_random random;    /* latency, loss, duplicates of what it sends */
    int64_t up_free_ns;   /* its card has sent everything by then */
    int64_t down_free_ns; /* and received */
    int64_t extra_ns;     /* it is slow by this */
    uint64_t up_bits;     /* 0 = without limit */
    uint64_t down_bits;
    uint64_t messages; /* sent */
    uint64_t bytes;    /* sent */
    uint32_t region;
} endpoint;

struct hst_network {
    hst_network_options options;
    endpoint *endpoints;
    uint64_t *cut;      /* bit from * count + to */
    int64_t *latest_ns; /* by path, last arrival; NULL unless order is kept */
    uint64_t cut_count; /* paths cut */
    bool only_delays;   /* no card has a limit, and nothing is drawn, ordered or counted */
    hst_tally *tally;   /* NULL unless it was asked for */
};

static bool makes_sense(const hst_network_options *o)
{
    if (o->count == 0 || o->region_count == 0 || o->base_ns == NULL || o->jitter_ns < 0 ||
        o->loss_ppm > 1000000 || o->duplicate_ppm > 1000000 ||
        (o->jitter == HST_JITTER_PARETO && o->jitter_unit_ns == 0 && !(o->jitter_shape > 1))) {
        return false;
    }
    for (uint32_t i = 0; o->regions != NULL && i < o->count; i++) {
        if (o->regions[i] >= o->region_count) {
            return false;
        }
    }
    for (size_t p = 0; p < (size_t)o->region_count * o->region_count; p++) {
        if (o->base_ns[p] < 0 || (o->jitter_unit_ns != 0 && o->base_ns[p] <= o->jitter_unit_ns)) {
            return false;
        }
    }
    return true;
}

/* Whether a message's arrival is its departure, the base of its path, and how slow its ends are;
 * unless paths are cut. */
static bool has_only_delays(const hst_network *network)
{
    const hst_network_options *o = &network->options;
    for (uint32_t i = 0; i < o->count; i++) {
        if (network->endpoints[i].up_bits > 0 || network->endpoints[i].down_bits > 0) {
            return false;
        }
    }
    return o->jitter == HST_JITTER_UNIFORM && o->jitter_ns == 0 && o->loss_ppm == 0 &&
           o->duplicate_ppm == 0 && !o->stream && !o->keep_order && !o->tally;
}

hst_status
hst_network_create(const hst_network_options *options, hst_arena *arena, hst_network **out)
{
    hst_assert(options != NULL && arena != NULL && out != NULL);
    if (!makes_sense(options)) {
        return HST_INVALID;
    }
    const hst_network_options *o = options;
    const size_t paths = (size_t)o->count * o->count;
    hst_network *network = HST_ARENA_NEW(arena, hst_network, 1);
    endpoint *endpoints = HST_ARENA_NEW(arena, endpoint, o->count);
    uint64_t *cut = HST_ARENA_NEW(arena, uint64_t, (paths + 63) / 64);
    int64_t *latest = o->keep_order ? HST_ARENA_NEW(arena, int64_t, paths) : NULL;
    if (network == NULL || endpoints == NULL || cut == NULL || (o->keep_order && latest == NULL)) {
        return HST_NO_MEMORY;
    }
    *network =
        (hst_network){.options = *o, .endpoints = endpoints, .cut = cut, .latest_ns = latest};
    for (uint32_t i = 0; i < o->count; i++) {
        endpoint *one = &endpoints[i];
        one->region = o->regions != NULL ? o->regions[i] : 0;
        one->up_bits =
            o->region_up_bits != NULL ? o->region_up_bits[one->region] : o->up_bits_per_second;
        one->down_bits = o->region_down_bits != NULL ? o->region_down_bits[one->region]
                                                     : o->down_bits_per_second;
        one->up_bits = o->endpoint_up_bits != NULL ? o->endpoint_up_bits[i] : one->up_bits;
        one->down_bits = o->endpoint_down_bits != NULL ? o->endpoint_down_bits[i] : one->down_bits;
        one->random = hst_random_stream(o->seed, o->replication, i, HST_PURPOSE_LATENCY);
    }
    network->only_delays = has_only_delays(network);
    network->tally = o->tally ? hst_tally_make(o->region_count, o->count, arena) : NULL;
    *out = network;
    return o->tally && network->tally == NULL ? HST_NO_MEMORY : HST_OK;
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

/* One message's time on a path with this base. */
static int64_t draw_latency(const hst_network_options *o, hst_random *random, int64_t base_ns)
{
    switch (o->jitter) {
    case HST_JITTER_UNIFORM:
        return o->jitter_ns > 0
                   ? base_ns + (int64_t)(hst_random_uniform(random) * (double)o->jitter_ns)
                   : base_ns;
    case HST_JITTER_NORMAL: {
        const int64_t ns = base_ns + (int64_t)(hst_random_normal(random) * (double)o->jitter_ns);
        return ns > 0 ? ns : 0;
    }
    case HST_JITTER_EXPONENTIAL:
        return base_ns + (int64_t)(hst_random_exponential(random) * (double)o->jitter_ns);
    case HST_JITTER_PARETO: {
        const double shape =
            o->jitter_unit_ns != 0 ? (double)base_ns / (double)o->jitter_unit_ns : o->jitter_shape;
        const double least = (double)base_ns * (shape - 1) / shape;
        return (int64_t)(least * hst_exp(hst_random_exponential(random) / shape));
    }
    }
    hst_assert(false);
    return base_ns;
}

/* Through the receiver's card. A stream began to come in when its first byte did, and has come in
 * when the slower of the two cards has passed it. */
static int64_t receive(const hst_network_options *o,
                       endpoint *receiver,
                       uint64_t sender_bits,
                       uint64_t size,
                       int64_t at)
{
    const int64_t own = transmission_ns(size, receiver->down_bits);
    const int64_t others = o->stream ? transmission_ns(size, sender_bits) : 0;
    if (size > o->small_bytes) {
        at = at > receiver->down_free_ns ? at : receiver->down_free_ns;
        receiver->down_free_ns = at + own;
    }
    return at + (own > others ? own : others);
}

/* When a copy whose last byte (first, of a stream) leaves at `sent` has come through the receiver's
 * card. */
static int64_t arrive(hst_network *network, uint32_t from, uint32_t to, uint64_t size, int64_t sent)
{
    const hst_network_options *o = &network->options;
    endpoint *sender = &network->endpoints[from];
    endpoint *receiver = &network->endpoints[to];
    const int64_t base = o->base_ns[(size_t)sender->region * o->region_count + receiver->region];
    hst_random *random = &sender->random;
    hst_random of_path;
    if (o->jitter_by_path) {
        const uint64_t low = from < to ? from : to, high = from < to ? to : from;
        of_path = hst_random_stream(o->seed, o->replication, high << 32 | low, HST_PURPOSE_LATENCY);
        random = &of_path;
    }
    int64_t at = sent + draw_latency(o, random, base) + sender->extra_ns + receiver->extra_ns;
    if (network->latest_ns != NULL) {
        int64_t *latest = &network->latest_ns[(size_t)from * o->count + to];
        at = at > *latest ? at : *latest + 1;
        *latest = at;
    }
    return receiver->down_bits > 0 || o->stream ? receive(o, receiver, sender->up_bits, size, at)
                                                : at;
}

static bool happens(hst_random *random, uint32_t ppm)
{
    return ppm > 0 && hst_random_below(random, 1000000) < ppm;
}

static hst_delivery
deliver(hst_network *network, uint32_t from, uint32_t to, uint64_t size, int64_t now_ns)
{
    const hst_network_options *o = &network->options;
    endpoint *sender = &network->endpoints[from];
    hst_delivery delivery = {.copies = 1};
    int64_t leaves = now_ns;
    if (sender->up_bits > 0 && size > o->small_bytes) {
        const int64_t start = now_ns > sender->up_free_ns ? now_ns : sender->up_free_ns;
        sender->up_free_ns = start + transmission_ns(size, sender->up_bits);
        leaves = o->stream ? start : sender->up_free_ns;
    } else if (!o->stream) {
        leaves += transmission_ns(size, sender->up_bits);
    }
    sender->messages++;
    sender->bytes += size;
    if (is_cut(network, (size_t)from * o->count + to) || happens(&sender->random, o->loss_ppm)) {
        delivery.copies = 0;
        return delivery;
    }
    if (happens(&sender->random, o->duplicate_ppm)) {
        delivery.copies = 2;
        for (uint32_t copy = 0; copy < delivery.copies; copy++) {
            delivery.arrival_ns[copy] = arrive(network, from, to, size, leaves);
        }
        return delivery;
    }
    return (hst_delivery){.copies = 1, .arrival_ns = {arrive(network, from, to, size, leaves)}};
}

static void count(hst_network *network,
                  uint32_t from,
                  uint32_t to,
                  uint64_t size,
                  const hst_delivery *delivery,
                  int64_t now_ns)
{
    const endpoint *sender = &network->endpoints[from];
    const endpoint *receiver = &network->endpoints[to];
    hst_tally *tally = network->tally;
    hst_tally_link *link =
        &tally->links[(size_t)sender->region * tally->regions + receiver->region];
    link->messages++;
    link->bytes += size;
    link->lost += delivery->copies == 0 ? 1 : 0;
    tally->nodes[from].up_busy_ns += transmission_ns(size, sender->up_bits);
    for (uint32_t copy = 0; copy < delivery->copies; copy++) {
        hst_tally_arrived(link, delivery->arrival_ns[copy] - now_ns);
        tally->nodes[to].received++;
        tally->nodes[to].received_bytes += size;
        tally->nodes[to].down_busy_ns += transmission_ns(size, receiver->down_bits);
    }
}

hst_delivery
hst_network_send(hst_network *network, uint32_t from, uint32_t to, uint64_t size, int64_t now_ns)
{
    hst_assert(network != NULL && from < network->options.count && to < network->options.count);
    if (network->only_delays && network->cut_count == 0) {
        endpoint *sender = &network->endpoints[from];
        const endpoint *receiver = &network->endpoints[to];
        const hst_network_options *o = &network->options;
        sender->messages++;
        sender->bytes += size;
        return (hst_delivery){
            .copies = 1,
            .arrival_ns = {now_ns +
                           o->base_ns[(size_t)sender->region * o->region_count + receiver->region] +
                           sender->extra_ns + receiver->extra_ns}};
    }
    const hst_delivery delivery = deliver(network, from, to, size, now_ns);
    if (network->tally != NULL) {
        count(network, from, to, size, &delivery, now_ns);
    }
    return delivery;
}

void hst_network_cut(hst_network *network, uint32_t from, uint32_t to, bool cut)
{
    hst_assert(network != NULL && from < network->options.count && to < network->options.count);
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

void hst_network_partition(hst_network *network, const uint8_t *groups, uint32_t bridge)
{
    hst_assert(network != NULL && groups != NULL);
    const uint32_t count = network->options.count;
    for (uint32_t from = 0; from < count; from++) {
        for (uint32_t to = 0; to < count; to++) {
            if (groups[from] != groups[to] && from != bridge && to != bridge) {
                hst_network_cut(network, from, to, true);
            }
        }
    }
}

void hst_network_slow(hst_network *network, uint32_t endpoint_index, int64_t extra_ns)
{
    hst_assert(network != NULL && endpoint_index < network->options.count && extra_ns >= 0);
    network->endpoints[endpoint_index].extra_ns = extra_ns;
}

void hst_network_disturb(hst_network *network, uint32_t loss_ppm, uint32_t duplicate_ppm)
{
    hst_assert(network != NULL && loss_ppm <= 1000000 && duplicate_ppm <= 1000000);
    network->options.loss_ppm = loss_ppm;
    network->options.duplicate_ppm = duplicate_ppm;
    network->only_delays = has_only_delays(network);
}

void hst_network_heal(hst_network *network)
{
    hst_assert(network != NULL);
    const size_t paths = (size_t)network->options.count * network->options.count;
    memset(network->cut, 0, (paths + 63) / 64 * sizeof *network->cut);
    network->cut_count = 0;
    for (uint32_t i = 0; i < network->options.count; i++) {
        network->endpoints[i].extra_ns = 0;
    }
}

void hst_network_sent(const hst_network *network,
                      uint32_t endpoint_index,
                      uint64_t *messages,
                      uint64_t *bytes)
{
    hst_assert(network != NULL && endpoint_index < network->options.count);
    *messages = network->endpoints[endpoint_index].messages;
    *bytes = network->endpoints[endpoint_index].bytes;
}

bool hst_network_link_of(const hst_network *network,
                         uint32_t from_region,
                         uint32_t to_region,
                         hst_network_link *out)
{
    const hst_tally *tally = network->tally;
    if (tally == NULL) {
        return false;
    }
    hst_assert(from_region < tally->regions && to_region < tally->regions);
    const hst_tally_link *link = &tally->links[(size_t)from_region * tally->regions + to_region];
    *out = (hst_network_link){.messages = link->messages,
                              .bytes = link->bytes,
                              .lost = link->lost,
                              .arrived = link->copies,
                              .p50_ns = hst_tally_quantile(link, 500000),
                              .p90_ns = hst_tally_quantile(link, 900000),
                              .p99_ns = hst_tally_quantile(link, 990000),
                              .most_ns = link->most_ns};
    return true;
}

bool hst_network_node_of(const hst_network *network, uint32_t endpoint_index, hst_network_node *out)
{
    hst_assert(endpoint_index < network->options.count);
    if (network->tally == NULL) {
        return false;
    }
    *out = network->tally->nodes[endpoint_index];
    return true;
}
