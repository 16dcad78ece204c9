#include "sim/consensus/fault_draw.h"

#include "core/base/assert.h"
#include "core/base/random.h"

#include "sim/base/number.h"
#include "sim/base/purpose.h"
#include "sim/consensus/chaos.h"

/* Kinds that are drawn. What takes a validator out comes first; the rest only delays. */
static const hst_fault_kind passing[] = {
    HST_FAULT_CRASH,     HST_FAULT_DISK_LOSS, HST_FAULT_CUT,        HST_FAULT_CUT_OUT,
    HST_FAULT_CUT_IN,    HST_FAULT_PARTITION, HST_FAULT_SLOW,       HST_FAULT_LOSS,
    HST_FAULT_DUPLICATE, HST_FAULT_SLOW_LINK, HST_FAULT_SLOW_LEADER};
static const hst_fault_kind byzantine[] = {
    HST_FAULT_SILENT,     HST_FAULT_DEAF_HALF, HST_FAULT_LATE,    HST_FAULT_EQUIVOCATE,
    HST_FAULT_LATE_VOTES, HST_FAULT_WITHHOLD,  HST_FAULT_INVALID, HST_FAULT_REPLAY};

/* One fault in so many is Byzantine behaviour, where there is room for it. */
enum { BYZANTINE_ONE_IN = 6 };

typedef struct draw {
    const hst_fault_draw_options *options;
    hst_fault *out;
    uint32_t count; /* drawn so far */
    uint32_t tolerated;
    hst_random random;
} draw;

static int64_t between(draw *d, int64_t low, int64_t high)
{
    return low + (int64_t)hst_random_below(&d->random, (uint64_t)(high - low + 1));
}

static bool tolerates_lies(const hst_consensus_protocol *protocol)
{
    return protocol->model == HST_FAULTS_BYZANTINE || protocol->model == HST_FAULTS_SLICES ||
           protocol->model == HST_FAULTS_UNL;
}

/* Whether a fault takes out the validator it befalls, and until when. */
static bool takes_out(const hst_fault *fault, int64_t *from_ns, int64_t *until_ns)
{
    const bool lies = hst_fault_is_byzantine(fault->kind);
    const bool amnesia = fault->kind == HST_FAULT_DISK_LOSS;
    *from_ns = lies ? 0 : fault->from_ns;
    *until_ns = lies || amnesia ? INT64_MAX : fault->until_ns;
    return lies || amnesia || fault->kind == HST_FAULT_CRASH || fault->kind == HST_FAULT_CUT ||
           fault->kind == HST_FAULT_CUT_OUT || fault->kind == HST_FAULT_CUT_IN;
}

/* Adds whom `fault` takes out while `one` lasts; a leader may be anybody, so it counts apart. */
static void
add_overlap(const hst_fault *fault, const hst_fault *one, uint64_t *set, uint32_t *leaders)
{
    int64_t from_ns = 0;
    int64_t until_ns = 0;
    int64_t own_from_ns = 0;
    int64_t own_until_ns = 0;
    (void)takes_out(one, &own_from_ns, &own_until_ns);
    if (!takes_out(fault, &from_ns, &until_ns) || from_ns >= own_until_ns ||
        until_ns <= own_from_ns) {
        return;
    }
    if (fault->replica == HST_FAULT_LEADER) {
        ++*leaders;
    } else {
        *set |= UINT64_C(1) << fault->replica;
    }
}

/* Whether nobody is taken out beyond the bound when `one` is added. What overlaps it counts as if
 * all of it did so at one time, which is on the safe side. */
static bool fits(const draw *d, const hst_fault *one)
{
    int64_t from_ns = 0;
    int64_t until_ns = 0;
    uint64_t set = 0;
    uint32_t leaders = 0;
    if (!takes_out(one, &from_ns, &until_ns)) {
        return true;
    }
    for (uint32_t f = 0; f < d->options->given_count; f++) {
        add_overlap(&d->options->given[f], one, &set, &leaders);
    }
    for (uint32_t f = 0; f < d->count; f++) {
        add_overlap(&d->out[f], one, &set, &leaders);
    }
    hst_assert(one->replica < d->options->count);
    if ((set >> one->replica & 1) != 0) {
        return false; /* it is out already: nothing new */
    }
    return (uint32_t)__builtin_popcountll(set) + leaders + 1 <= d->tolerated;
}

static hst_fault draw_byzantine(draw *d)
{
    const hst_fault_draw_options *o = d->options;
    const uint32_t who = (uint32_t)hst_random_below(&d->random, o->count);
    const uint64_t half = hst_random_u64(&d->random) & ((UINT64_C(1) << o->count) - 1);
    const size_t kinds = sizeof byzantine / sizeof byzantine[0];
    return (hst_fault){.kind = byzantine[hst_random_below(&d->random, kinds)],
                       .replica = who,
                       .amount_ns = between(d, 100, 5000) * 1000000,
                       .groups = half & ~(UINT64_C(1) << who)};
}

static int64_t draw_length_ns(draw *d)
{
    enum { MEAN_S = 600, LEAST_S = 1, MOST_S = 7200 };
    const double seconds = MEAN_S * hst_random_exponential(&d->random);
    const double bounded = seconds < LEAST_S ? LEAST_S : seconds > MOST_S ? MOST_S : seconds;
    return (int64_t)(bounded * 1e3) * 1000000;
}

static hst_fault draw_passing(draw *d)
{
    const hst_fault_draw_options *o = d->options;
    const size_t kinds = sizeof passing / sizeof passing[0];
    const int64_t from_ns = between(d, o->from_ns, o->until_ns - 1);
    hst_fault fault = {.kind = passing[hst_random_below(&d->random, kinds)],
                       .replica = (uint32_t)hst_random_below(&d->random, o->count),
                       .from_ns = from_ns,
                       .until_ns = from_ns + draw_length_ns(d)};
    const uint64_t others = hst_random_u64(&d->random) & ((UINT64_C(1) << o->count) - 1);
    const int64_t delay_ns = between(d, 50, 2000) * 1000000;
    const int64_t share_ppm = between(d, 1000, 200000);
    if (fault.kind == HST_FAULT_DISK_LOSS && !tolerates_lies(o->protocol)) {
        fault.kind = HST_FAULT_CRASH;
    }
    if (fault.kind == HST_FAULT_PARTITION) {
        fault.groups = others;
        fault.replica = HST_CONSENSUS_NOBODY;
    } else if (fault.kind == HST_FAULT_SLOW_LINK) {
        fault.groups = others & ~(UINT64_C(1) << fault.replica);
    }
    if (fault.kind == HST_FAULT_LOSS || fault.kind == HST_FAULT_DUPLICATE) {
        fault.amount_ns = share_ppm;
        fault.replica = HST_CONSENSUS_NOBODY;
    } else if (fault.kind == HST_FAULT_SLOW_LEADER) {
        fault.amount_ns = delay_ns;
        fault.replica = HST_CONSENSUS_NOBODY;
    } else if (fault.kind == HST_FAULT_SLOW || fault.kind == HST_FAULT_SLOW_LINK) {
        fault.amount_ns = delay_ns;
    }
    return fault;
}

/* Two behaviours of one replica make no sense, even where the bound has room. */
static bool misbehaves(const draw *d, uint32_t replica)
{
    for (uint32_t f = 0; f < d->options->given_count; f++) {
        if (hst_fault_is_byzantine(d->options->given[f].kind) &&
            d->options->given[f].replica == replica) {
            return true;
        }
    }
    return false;
}

uint32_t hst_fault_draw(const hst_fault_draw_options *options, hst_fault *out)
{
    hst_assert(options != NULL && out != NULL && options->protocol != NULL);
    hst_assert(options->count >= 1 && options->count < 64);
    hst_assert(options->from_ns < options->until_ns);
    draw d = {.options = options,
              .out = out,
              .tolerated = hst_chaos_tolerated(options->protocol, options->count),
              .random = hst_random_stream(options->seed, options->replication, UINT64_MAX,
                                          HST_PURPOSE_FAULT)};
    for (uint32_t t = 0; t < options->tries; t++) {
        const bool lies = hst_random_below(&d.random, BYZANTINE_ONE_IN) == 0;
        const hst_fault one = lies ? draw_byzantine(&d) : draw_passing(&d);
        if ((lies && (!tolerates_lies(options->protocol) || misbehaves(&d, one.replica))) ||
            !fits(&d, &one)) {
            continue;
        }
        uint32_t at = d.count++;
        for (; at > 0 && out[at - 1].from_ns > one.from_ns; at--) {
            out[at] = out[at - 1];
        }
        out[at] = one;
    }
    return d.count;
}
