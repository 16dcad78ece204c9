#include "sim/consensus/chaos.h"

#include "core/base/assert.h"
#include "core/base/random.h"

#include "sim/base/number.h"
#include "sim/base/purpose.h"

#include <string.h>

#define MS INT64_C(1000000)

/* A storm as drawn. */
typedef struct storm {
    const hst_chaos_options *options;
    hst_random random;
    uint32_t count;
    uint32_t tolerated; /* faulty at a time */
    int64_t slow;       /* the protocol's own pace: 1, or more for blocks of seconds */
    bool split;         /* twins try to have two halves decide by themselves */
    hst_membership membership;
    int64_t base_ns[9]; /* three regions */
    uint32_t regions[64];
    hst_network_options network;
    hst_cluster_options cluster;
    uint32_t batches;
} storm;

uint32_t hst_chaos_tolerated(const hst_consensus_protocol *protocol, uint32_t count)
{
    switch (protocol->model) {
    case HST_FAULTS_NONE: return 0;
    case HST_FAULTS_CRASH: return (count - 1) / 2;
    case HST_FAULTS_BYZANTINE:
    case HST_FAULTS_SLICES: return (count - 1) / 3;
    case HST_FAULTS_UNL: return (count - 1) / 5;
    case HST_FAULTS_WORK: return (count - 1) / 2;
    }
    hst_assert(false);
    return 0;
}

static int64_t between(hst_random *random, int64_t low, int64_t high)
{
    return low + (int64_t)hst_random_below(random, (uint64_t)(high - low + 1));
}

static bool one_in(hst_random *random, uint32_t n)
{
    return hst_random_below(random, n) == 0;
}

static bool may_be_byzantine(const storm *s)
{
    const hst_fault_model model = s->options->protocol->model;
    return model == HST_FAULTS_BYZANTINE || model == HST_FAULTS_SLICES || model == HST_FAULTS_UNL;
}

/* A size at which nothing is to spare: two quorums share f + 1 replicas, or one. */
static uint32_t tight(const storm *s, uint32_t count)
{
    switch (s->options->protocol->model) {
    case HST_FAULTS_BYZANTINE:
    case HST_FAULTS_SLICES: return count - (count - 1) % 3;
    case HST_FAULTS_CRASH: return count - (count - 1) % 2;
    case HST_FAULTS_NONE:
    case HST_FAULTS_UNL:
    case HST_FAULTS_WORK: break;
    }
    return count;
}

/* Whether the storm is a split: every other one beyond what is tolerated, and within it one of
 * eight where twins are tolerated at all. A draw of its own, which no other one depends on. */
static bool splits(const storm *s)
{
    enum { SPLIT = 1, SELDOM = 8, OFTEN = 2 };
    hst_random own = hst_random_stream(s->options->seed, SPLIT, 0, HST_PURPOSE_FAULT);
    if (s->options->beyond > 0) {
        return s->count > 3 && one_in(&own, OFTEN);
    }
    return may_be_byzantine(s) && hst_chaos_tolerated(s->options->protocol, s->count) > 0 &&
           one_in(&own, SELDOM);
}

/* The cluster: size, regions, latency, losses, load. */
static void draw_cluster(storm *s)
{
    const hst_chaos_options *o = s->options;
    hst_random *r = &s->random;
    s->count = (uint32_t)between(r, o->count_min, o->count_max);
    s->split = splits(s);
    s->count = s->split ? tight(s, s->count) : s->count;
    s->tolerated = hst_chaos_tolerated(o->protocol, s->count) + o->beyond;
    s->membership = (hst_membership){.count = s->count, .total = s->count};
    const int64_t mean = between(r, 1, 100) * MS;
    for (uint32_t p = 0; p < 9; p++) {
        s->base_ns[p] = p % 4 == 0 ? mean / 10 : mean + between(r, 0, mean / MS) * MS / 2;
    }
    for (uint32_t i = 0; i < s->count; i++) {
        s->regions[i] = i % 3;
    }
    s->network =
        (hst_network_options){.count = s->count,
                              .region_count = 3,
                              .regions = s->regions,
                              .base_ns = s->base_ns,
                              .jitter = one_in(r, 2) ? HST_JITTER_UNIFORM : HST_JITTER_EXPONENTIAL,
                              .jitter_ns = between(r, 0, mean / MS) * MS,
                              .loss_ppm = one_in(r, 3) ? (uint32_t)between(r, 0, 50000) : 0,
                              .duplicate_ppm = one_in(r, 3) ? (uint32_t)between(r, 0, 100000) : 0,
                              .keep_order = one_in(r, 2),
                              .seed = o->seed};
    s->batches = (uint32_t)between(r, 20, 60);
    s->cluster =
        (hst_cluster_options){.protocol = o->protocol,
                              .membership = &s->membership,
                              .parameters = o->parameters,
                              .network = &s->network,
                              .costs = {.write_ns = one_in(r, 2) ? between(r, 0, 30) * MS : 0,
                                        .message_ns = one_in(r, 2) ? between(r, 0, 100000) : 0},
                              .seed = o->seed,
                              .keep_logs = true,
                              .batch_capacity = s->batches,
                              .gather = one_in(r, 2) ? 16 : 1,
                              .memory = o->memory};
}

/* How many replicas are down, cut off or slow at a time of `faults`, and whether `who` is. */
static uint32_t
faulty_between(const hst_chaos_outcome *out, int64_t from, int64_t until, uint32_t who, bool *is)
{
    uint64_t set = 0;
    *is = false;
    for (uint32_t f = 0; f < out->fault_count; f++) {
        const hst_fault *fault = &out->faults[f];
        const bool overlaps = hst_fault_is_byzantine(fault->kind) ||
                              (fault->from_ns < until && fault->until_ns > from);
        if (overlaps && fault->replica < out->count && fault->kind != HST_FAULT_SLOW) {
            set |= UINT64_C(1) << fault->replica;
        }
    }
    *is = (set >> who & 1) != 0;
    return (uint32_t)__builtin_popcountll(set);
}

static void draw_byzantine(storm *s, hst_chaos_outcome *out)
{
    hst_random *r = &s->random;
    if (!may_be_byzantine(s) || s->tolerated == 0 || one_in(r, 3)) {
        return;
    }
    const uint32_t many = (uint32_t)between(r, 1, s->tolerated);
    for (uint32_t b = 0; b < many; b++) {
        bool is = false;
        const uint32_t who = (uint32_t)hst_random_below(r, s->count);
        (void)faulty_between(out, 0, 1, who, &is);
        const uint64_t half = hst_random_u64(r) & ((UINT64_C(1) << s->count) - 1);
        if (!is) {
            out->faults[out->fault_count++] =
                (hst_fault){.kind = (hst_fault_kind)between(r, HST_FAULT_SILENT, HST_FAULT_REPLAY),
                            .replica = who,
                            .amount_ns = between(r, 1, 2000) * MS,
                            .groups = half & ~(UINT64_C(1) << who)};
        }
    }
}

/* Faults that come and go, one after another, some of them together. A disk may be lost only where
 * Byzantine faults are tolerated: an amnesiac may contradict itself. */
static void draw_passing(storm *s, hst_chaos_outcome *out)
{
    enum { PASSING = 24 };
    hst_random *r = &s->random;
    const uint32_t many = (uint32_t)between(r, 0, PASSING);
    int64_t at = 0;
    for (uint32_t f = 0; f < many; f++) {
        at += between(r, 0, 2000) * MS * s->slow;
        hst_fault fault = {.kind = (hst_fault_kind)between(r, HST_FAULT_CRASH, HST_FAULT_LOSS),
                           .replica = (uint32_t)hst_random_below(r, s->count),
                           .from_ns = at,
                           .until_ns = at + between(r, 10, 4000) * MS * s->slow};
        const uint64_t groups = hst_random_u64(r) & ((UINT64_C(1) << s->count) - 1);
        const uint64_t amount = hst_random_below(r, 1000);
        bool is = false;
        const uint32_t others =
            faulty_between(out, fault.from_ns, fault.until_ns, fault.replica, &is);
        const bool room = is || others < s->tolerated;
        if (fault.kind == HST_FAULT_DISK_LOSS && (is || !may_be_byzantine(s))) {
            fault.kind = HST_FAULT_CRASH;
        }
        if (fault.kind == HST_FAULT_PARTITION) {
            fault.groups = groups;
            fault.replica = (amount & 1) != 0 ? fault.replica : HST_CONSENSUS_NOBODY;
        } else if (fault.kind == HST_FAULT_LOSS) {
            fault.replica = HST_CONSENSUS_NOBODY;
            fault.amount_ns = (int64_t)amount * 300;
        } else if (fault.kind == HST_FAULT_SLOW) {
            fault.amount_ns = (int64_t)amount * MS;
        } else if (!room) {
            continue;
        }
        out->faults[out->fault_count++] = fault;
    }
}

/* An amnesiac counts as Byzantine from its loss to the end of the run, so it may not be one more
 * than tolerated then either. */
static void drop_excess_amnesia(const storm *s, hst_chaos_outcome *out)
{
    uint64_t lost = 0;
    for (uint32_t f = 0; f < out->fault_count; f++) {
        if (hst_fault_is_byzantine(out->faults[f].kind)) {
            lost |= UINT64_C(1) << out->faults[f].replica;
        }
    }
    for (uint32_t f = 0; f < out->fault_count; f++) {
        hst_fault *fault = &out->faults[f];
        if (fault->kind == HST_FAULT_DISK_LOSS) {
            const uint64_t with = lost | UINT64_C(1) << fault->replica;
            if ((uint32_t)__builtin_popcountll(with) > s->tolerated) {
                fault->kind = HST_FAULT_CRASH;
            } else {
                lost = with;
            }
        }
    }
}

static void part(hst_chaos_outcome *out, uint64_t side, int64_t from, int64_t until)
{
    out->faults[out->fault_count++] = (hst_fault){.kind = HST_FAULT_PARTITION,
                                                  .replica = HST_CONSENSUS_NOBODY,
                                                  .from_ns = from,
                                                  .until_ns = until,
                                                  .groups = side};
}

/* The same without twins: too many replicas decide with one half, lose their disks all at once, and
 * find themselves with the other half, none of whom can tell them. */
static void draw_amnesia(hst_chaos_outcome *out,
                         const uint32_t *order,
                         uint32_t forgetful,
                         uint64_t half,
                         uint32_t count,
                         int64_t until)
{
    uint64_t other = ((UINT64_C(1) << count) - 1) & ~half;
    for (uint32_t t = 0; t < forgetful; t++) {
        other &= ~(UINT64_C(1) << order[t]);
        out->faults[out->fault_count++] = (hst_fault){.kind = HST_FAULT_DISK_LOSS,
                                                      .replica = order[t],
                                                      .from_ns = until - 1,
                                                      .until_ns = until + HST_SECOND_NS};
    }
    part(out, half, 0, until);
    part(out, other, until, 2 * until);
}

/* As many twins as are tolerated, or more, all with the same halves, and those cut off from each
 * other: with one too many each half and the twins are a quorum where nothing is to spare (Twins,
 * arXiv 2004.10617). Miners need no twins, only time: until what they found alone is final. */
static void draw_split(storm *s, hst_chaos_outcome *out)
{
    hst_random *r = &s->random;
    const hst_fault_model model = s->options->protocol->model;
    const bool all = may_be_byzantine(s);
    uint32_t twins = all ? s->tolerated : s->options->beyond;
    twins = model == HST_FAULTS_WORK ? 0 : twins < s->count - 2 ? twins : s->count - 2;
    uint32_t order[64] = {0};
    for (uint32_t i = 0; i < s->count; i++) {
        const uint32_t at = (uint32_t)hst_random_below(r, i + 1);
        order[i] = order[at];
        order[at] = i;
    }
    for (uint32_t i = 0; model == HST_FAULTS_NONE && i < s->count; i++) {
        order[i] = i; /* the operator is replica 0 */
    }
    uint64_t half = 0;
    for (uint32_t i = twins; i < s->count; i += 2) {
        half |= UINT64_C(1) << order[i];
    }
    const int64_t units = model == HST_FAULTS_WORK ? 400 : 60;
    const int64_t until = units * HST_SECOND_NS * s->slow + 4 * s->options->protocol->settle_ns;
    if (s->options->beyond > 0 && all && one_in(r, 4)) {
        draw_amnesia(out, order, twins, half, s->count, until);
        return;
    }
    for (uint32_t t = 0; t < twins; t++) {
        out->faults[out->fault_count++] =
            (hst_fault){.kind = HST_FAULT_TWIN, .replica = order[t], .groups = half};
    }
    part(out, half, 0, until);
}

static void draw_faults(storm *s, hst_chaos_outcome *out)
{
    if (s->split) {
        draw_split(s, out);
        return;
    }
    draw_byzantine(s, out);
    draw_passing(s, out);
    drop_excess_amnesia(s, out);
}

static hst_status weather(storm *s, hst_chaos_outcome *out)
{
    const int64_t settle_ns = 600 * HST_SECOND_NS * s->slow + 20 * s->options->protocol->settle_ns;
    hst_cluster *cluster = NULL;
    HST_TRY(hst_cluster_create(&s->cluster, &cluster));
    hst_status status = hst_fault_schedule(cluster, out->faults, out->fault_count);
    int64_t end = 0;
    for (uint32_t f = 0; f < out->fault_count; f++) {
        end = out->faults[f].until_ns > end ? out->faults[f].until_ns : end;
    }
    /* The load is spread over the storm and a little beyond it. */
    const int64_t every = (end + 2 * HST_SECOND_NS * s->slow) / s->batches;
    for (uint32_t b = 0; status == HST_OK && b < s->batches; b++) {
        enum { SIZE = 1000, COMMANDS = 1 };
        status = hst_cluster_submit(cluster, b * every, SIZE, COMMANDS) != 0 ? HST_OK : HST_FULL;
    }
    const int64_t deadline = end + settle_ns;
    int64_t until = end + 2 * HST_SECOND_NS * s->slow;
    while (status == HST_OK && until <= deadline) {
        status = hst_cluster_run(cluster, until, 0);
        out->live = hst_cluster_commands(cluster) == s->batches;
        if (out->live) {
            break;
        }
        until += 10 * HST_SECOND_NS * s->slow;
    }
    out->violation = *hst_cluster_violated(cluster);
    hst_cluster_measure(cluster, &out->report);
    hst_cluster_destroy(cluster);
    return status == HST_REFUSED ? HST_OK : status;
}

/* Number the faults, and keep those that are not left out. */
static void leave_out(hst_chaos_outcome *out, uint64_t left_out)
{
    uint32_t kept = 0;
    for (uint32_t f = 0; f < out->fault_count; f++) {
        if ((left_out >> f & 1) == 0) {
            out->faults[kept] = out->faults[f];
            out->numbers[kept++] = f + 1;
        }
    }
    out->fault_count = kept;
}

hst_status hst_chaos_run(const hst_chaos_options *options, hst_chaos_outcome *out)
{
    hst_assert(options != NULL && out != NULL && options->protocol != NULL);
    hst_chaos_options o = *options;
    if (o.count_max == 0) {
        o.count_min = 4;
        o.count_max = 13;
    }
    hst_assert(o.count_min >= 1 && o.count_min <= o.count_max && o.count_max < 64);
    storm s = {.options = &o, .random = hst_random_stream(o.seed, 0, 0, HST_PURPOSE_FAULT)};
    memset(out, 0, sizeof *out);
    s.slow = 1 + o.protocol->pace_ns / HST_SECOND_NS;
    draw_cluster(&s);
    out->count = s.count;
    if (o.faults != NULL) {
        hst_assert(o.fault_count <= HST_CHAOS_FAULT_MAX);
        memcpy(out->faults, o.faults, o.fault_count * sizeof *o.faults);
        out->fault_count = o.fault_count;
    } else {
        draw_faults(&s, out);
    }
    leave_out(out, o.left_out);
    return weather(&s, out);
}

static bool fails_alike(const hst_chaos_outcome *a, const hst_chaos_outcome *b)
{
    if (a->violation.check != NULL) {
        return b->violation.check != NULL && strcmp(a->violation.check, b->violation.check) == 0;
    }
    return b->violation.check == NULL && !b->live;
}

hst_status
hst_chaos_shrink(const hst_chaos_options *options, uint32_t tries, hst_chaos_outcome *out)
{
    hst_assert(out->violation.check != NULL || !out->live);
    hst_chaos_options o = *options;
    /* From many at once to one at a time, over and over until nothing more can go. */
    for (uint32_t chunk = (out->fault_count + 1) / 2; chunk > 0 && tries > 0;) {
        bool smaller = false;
        for (uint32_t at = 0; at < out->fault_count && tries > 0; tries--) {
            const uint32_t end = at + chunk < out->fault_count ? at + chunk : out->fault_count;
            hst_chaos_outcome attempt;
            const uint64_t before = o.left_out;
            for (uint32_t f = at; f < end; f++) {
                o.left_out |= UINT64_C(1) << (out->numbers[f] - 1);
            }
            HST_TRY(hst_chaos_run(&o, &attempt));
            if (fails_alike(out, &attempt)) {
                *out = attempt;
                smaller = true;
            } else {
                o.left_out = before;
                at = end;
            }
        }
        chunk = smaller && chunk == 1 ? 1 : chunk / 2;
    }
    return HST_OK;
}
