#include "sim/consensus/study.h"

#include "core/base/assert.h"

#include "sim/base/number.h"
#include "sim/consensus/chaos.h"

#include <stdlib.h>
#include <string.h>

const char *hst_study_faults_name(hst_study_faults faults)
{
    static const char *const names[HST_STUDY_FAULTS_COUNT] = {
#define X(name, text, description) [HST_STUDY_FAULTS_##name] = (text),
        HST_STUDY_FAULTS_MAP(X)
#undef X
    };
    hst_assert(faults < HST_STUDY_FAULTS_COUNT);
    return names[faults];
}

const uint32_t hst_study_shares_ppm[HST_STUDY_SHARES] = {
    0,      10000,  50000,  100000, 200000, 300000, 400000, 500000, 600000,
    700000, 800000, 900000, 950000, 980000, 990000, 999000, 1000000};

/* A proposal takes up to so many of the batches that wait, as a mempool of payments would. */
enum { BODY_BATCHES = 64 };
static const int64_t offer_again_least_ns = 10 * HST_SECOND_NS;

/* What processors and cards had been given to do at some moment. */
typedef struct effort {
    int64_t work_ns;     /* of all processors */
    int64_t *machine_ns; /* [count] */
    uint64_t *sent;      /* [count] bytes */
} effort;

/* A study under way. */
typedef struct study {
    const hst_study_options *options;
    hst_membership membership;
    hst_network_options network;
    hst_fault faults[64];
    uint32_t fault_count;
    uint32_t batches;
    uint32_t payments_a_batch;
} study;

static void add_fault(study *s, hst_fault_kind kind, uint32_t replica, uint64_t groups)
{
    const int64_t third = s->options->duration_ns / 3;
    s->faults[s->fault_count++] = (hst_fault){.kind = kind,
                                              .replica = replica,
                                              .from_ns = third,
                                              .until_ns = 2 * third,
                                              .groups = groups};
}

static void choose_faults(study *s)
{
    const hst_study_options *o = s->options;
    switch (o->faults) {
    case HST_STUDY_FAULTS_NONE: break;
    case HST_STUDY_FAULTS_LEADER: add_fault(s, HST_FAULT_CRASH, 0, 0); break;
    case HST_STUDY_FAULTS_SILENT:
        for (uint32_t f = 0; f < hst_chaos_tolerated(o->protocol, o->count); f++) {
            add_fault(s, HST_FAULT_CRASH, o->count - 1 - f, 0);
            s->faults[s->fault_count - 1].from_ns = 0;
            s->faults[s->fault_count - 1].until_ns = INT64_MAX / 2;
        }
        break;
    case HST_STUDY_FAULTS_PARTITION:
        add_fault(s, HST_FAULT_PARTITION, HST_CONSENSUS_NOBODY, (UINT64_C(1) << o->count / 2) - 1);
        break;
    case HST_STUDY_FAULTS_LOSS: s->network.loss_ppm = 10000; break;
    case HST_STUDY_FAULTS_COUNT: hst_assert(false);
    }
}

static int compare_times(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* A batch that was decided, or not, on the time line and in what is left after the faults. */
static void
place(const study *s, bool decided, int64_t submitted, int64_t agreed, hst_study_outcome *out)
{
    const int64_t healed_ns = 2 * (s->options->duration_ns / 3);
    if (decided && agreed / out->interval_ns < HST_STUDY_INTERVALS) {
        out->line[agreed / out->interval_ns] += s->payments_a_batch;
    }
    if (submitted < healed_ns && out->recover_ns >= 0) {
        const int64_t late = agreed - healed_ns;
        out->recover_ns = !decided ? -1 : late > out->recover_ns ? late : out->recover_ns;
    }
}

/* Quantiles of sorted latencies: the one whose rank is that share of the last one's. */
static void rank(const int64_t *latencies, uint32_t count, hst_study_outcome *out)
{
    if (count == 0) {
        return;
    }
    const uint64_t last = (uint64_t)count - 1;
    out->p50_ns = latencies[last / 2];
    out->p99_ns = latencies[last * 99 / 100];
    for (uint32_t i = 0; i < HST_STUDY_SHARES; i++) {
        out->finality_ns[i] = latencies[last * hst_study_shares_ppm[i] / 1000000];
    }
}

/* Latencies of the batches counted, the longest gap between decisions. */
static hst_status measure(const study *s, const hst_cluster *cluster, hst_study_outcome *out)
{
    const hst_memory memory = s->options->memory;
    const size_t size = 2 * (size_t)s->batches * sizeof(int64_t);
    int64_t *latencies = memory.acquire(memory.context, size);
    if (latencies == NULL) {
        return HST_NO_MEMORY;
    }
    int64_t *times = latencies + s->batches;
    const int64_t warm_ns = s->options->duration_ns / 10;
    uint32_t counted = 0;
    uint32_t known = 0;
    out->interval_ns = s->options->duration_ns / HST_STUDY_LOAD_INTERVALS;
    for (uint64_t b = 1; b <= s->batches; b++) {
        int64_t submitted = 0;
        int64_t agreed = 0;
        const bool decided = hst_cluster_batch_times(cluster, b, &submitted, &agreed);
        if (decided) {
            times[known++] = agreed;
        }
        place(s, decided, submitted, agreed, out);
        if (submitted >= warm_ns) {
            out->offered += s->payments_a_batch;
            if (decided) {
                out->decided += s->payments_a_batch;
                latencies[counted++] = agreed - submitted;
            }
        }
        /* What was decided while the load lasted, whenever it came: what the system carries. */
        if (decided && agreed >= warm_ns && agreed < s->options->duration_ns) {
            out->payments_per_s += s->payments_a_batch;
        }
    }
    qsort(latencies, counted, sizeof *latencies, compare_times);
    qsort(times, known, sizeof *times, compare_times);
    rank(latencies, counted, out);
    for (uint32_t i = 1; i < known; i++) {
        const int64_t gap = times[i] - times[i - 1];
        out->longest_gap_ns = gap > out->longest_gap_ns ? gap : out->longest_gap_ns;
    }
    memory.release(memory.context, latencies, size);
    return HST_OK;
}

static void conclude(const study *s, const hst_cluster *cluster, hst_study_outcome *out)
{
    hst_cluster_measure(cluster, &out->cluster);
    const hst_cluster_report report = out->cluster;
    const double all = (double)report.commands;
    out->payments_per_s /= 0.9 * (double)s->options->duration_ns / 1e9;
    out->messages = all > 0 ? (double)report.messages / all : 0;
    out->bytes = all > 0 ? (double)report.bytes / all : 0;
    out->work_ns = all > 0 ? (double)report.busy_ns / all : 0;
    out->decisions = report.decided;
    out->view_changes = report.view_changes;
    out->rollbacks = report.rollbacks;
    out->events = report.events;
    out->violation = *hst_cluster_violated(cluster);
}

/* ---- what processors and cards do while the load lasts ------------------------------------- */

static void look(hst_cluster *cluster, uint32_t count, effort *now)
{
    uint64_t messages = 0;
    now->work_ns = 0;
    for (uint32_t i = 0; i < count; i++) {
        now->machine_ns[i] = hst_cluster_busy(cluster, i);
        now->work_ns += now->machine_ns[i];
        hst_network_sent(hst_cluster_network(cluster), i, &messages, &now->sent[i]);
    }
}

static uint64_t card_bits(const hst_network_options *network, uint32_t replica)
{
    return network->region_up_bits != NULL
               ? network->region_up_bits[network->regions != NULL ? network->regions[replica] : 0]
               : network->up_bits_per_second;
}

static void
compare(const study *s, const effort *before, const effort *after, hst_study_outcome *out)
{
    const double counted_ns = 0.9 * (double)s->options->duration_ns;
    for (uint32_t i = 0; i < s->options->count; i++) {
        const double busy = (double)(after->machine_ns[i] - before->machine_ns[i]) / counted_ns;
        const uint64_t bits = card_bits(&s->network, i);
        const double bytes = (double)(after->sent[i] - before->sent[i]);
        const double card = bits > 0 ? bytes * 8e9 / (double)bits / counted_ns : 0;
        out->busiest = busy > out->busiest ? busy : out->busiest;
        out->card = card > out->card ? card : out->card;
    }
    out->processor =
        (double)(after->work_ns - before->work_ns) / counted_ns / (double)s->options->count;
}

/* The load: the first tenth warms up, the rest is looked at from its beginning to its end. */
static hst_status run_load(const study *s, hst_cluster *cluster, hst_study_outcome *out)
{
    const hst_study_options *o = s->options;
    const size_t size = o->count * (2 * sizeof(int64_t) + 2 * sizeof(uint64_t));
    int64_t *room = o->memory.acquire(o->memory.context, size);
    if (room == NULL) {
        return HST_NO_MEMORY;
    }
    uint64_t *sent = (uint64_t *)(room + (size_t)2 * o->count);
    effort before = {.machine_ns = room, .sent = sent};
    effort after = {.machine_ns = room + o->count, .sent = sent + o->count};
    hst_status status = hst_cluster_run(cluster, o->duration_ns / 10, 0);
    look(cluster, o->count, &before);
    if (status == HST_OK) {
        status = hst_cluster_run(cluster, o->duration_ns, 0);
    }
    look(cluster, o->count, &after);
    compare(s, &before, &after, out);
    o->memory.release(o->memory.context, room, size);
    return status;
}

/* Who commits a block long after it was proposed does not propose its payments again meanwhile. */
static int64_t offer_again(const hst_consensus_protocol *protocol)
{
    const int64_t slow = 2 * protocol->pace_ns + protocol->settle_ns;
    return protocol->settle_ns > 0 && slow > offer_again_least_ns ? slow : offer_again_least_ns;
}

/* After faults the run goes on until everything is decided, and not for ever: as long as the load
 * lasted, and time for each replica to be offered what the ones before it did not propose. */
static hst_status run_out(const study *s, hst_cluster *cluster)
{
    const hst_study_options *o = s->options;
    const int64_t step_ns = o->duration_ns / HST_STUDY_LOAD_INTERVALS;
    const int64_t until_ns =
        hst_cluster_now(cluster) + o->duration_ns + (int64_t)o->count * offer_again(o->protocol);
    uint64_t b = 1;
    int64_t at = hst_cluster_now(cluster);
    while (o->faults != HST_STUDY_FAULTS_NONE && at < until_ns) {
        int64_t submitted = 0;
        int64_t agreed = 0;
        while (b <= s->batches && hst_cluster_batch_times(cluster, b, &submitted, &agreed)) {
            b++;
        }
        if (b > s->batches) {
            break;
        }
        at += step_ns;
        HST_TRY(hst_cluster_run(cluster, at, 0));
    }
    return HST_OK;
}

static hst_status run(const study *s, hst_cluster *cluster, hst_study_outcome *out)
{
    const hst_study_options *o = s->options;
    HST_TRY(hst_fault_schedule(cluster, s->faults, s->fault_count));
    for (uint32_t b = 0; b < s->batches; b++) {
        if (hst_cluster_submit(cluster, b * o->batch_ns, s->payments_a_batch * o->payment_bytes,
                               s->payments_a_batch) == 0) {
            return HST_FULL;
        }
    }
    /* What was submitted last gets a tenth of the time more, or as long as the protocol's pace. */
    int64_t extra = o->duration_ns / 10;
    const int64_t slowest = 10 * o->protocol->pace_ns + 2 * o->protocol->settle_ns;
    extra = extra > slowest ? extra : slowest;
    hst_status status = run_load(s, cluster, out);
    if (status == HST_OK) {
        status = hst_cluster_run(cluster, o->duration_ns + extra, 0);
    }
    if (status == HST_OK) {
        status = run_out(s, cluster);
    }
    if (status != HST_OK && status != HST_REFUSED) {
        return status;
    }
    HST_TRY(measure(s, cluster, out));
    conclude(s, cluster, out);
    if (o->examine != NULL) {
        o->examine(o->examine_context, cluster);
    }
    return HST_OK;
}

/* Batches that are proposed together: as many as wait, or as body_bytes holds. */
static uint32_t body_batches(const study *s)
{
    const uint64_t batch_bytes = (uint64_t)s->payments_a_batch * s->options->payment_bytes;
    const uint64_t limit = s->options->body_bytes;
    if (limit == 0 || batch_bytes == 0 || limit / batch_bytes >= BODY_BATCHES) {
        return BODY_BATCHES;
    }
    return limit < 2 * batch_bytes ? 1 : (uint32_t)(limit / batch_bytes);
}

hst_status hst_study_run(const hst_study_options *options, hst_study_outcome *out)
{
    hst_assert(options != NULL && out != NULL && options->protocol != NULL);
    const hst_study_options *o = options;
    memset(out, 0, sizeof *out);
    if (o->payments_per_s == 0 || o->batch_ns <= 0 || o->duration_ns < 10 * o->batch_ns ||
        o->count == 0 || o->network == NULL || o->network->count != o->count ||
        o->duration_ns / o->batch_ns > 10000000 ||
        (o->count > 63 && o->faults != HST_STUDY_FAULTS_NONE &&
         o->faults != HST_STUDY_FAULTS_LOSS)) {
        return HST_INVALID;
    }
    study s = {.options = o,
               .membership = {.count = o->count, .total = o->count},
               .network = *o->network,
               .batches = (uint32_t)(o->duration_ns / o->batch_ns)};
    const double a_batch = (double)o->payments_per_s * (double)o->batch_ns / 1e9;
    s.payments_a_batch = a_batch < 1 ? 1 : (uint32_t)a_batch;
    choose_faults(&s);
    const hst_cluster_options cluster_options = {.protocol = o->protocol,
                                                 .membership = &s.membership,
                                                 .parameters = o->parameters,
                                                 .network = &s.network,
                                                 .costs = o->costs,
                                                 .seed = o->seed,
                                                 .real_crypto = o->real_crypto,
                                                 .keep_logs = s.fault_count > 0,
                                                 .batch_capacity = s.batches,
                                                 .gather = body_batches(&s),
                                                 .offer_again_ns = offer_again(o->protocol),
                                                 .memory = o->memory};
    hst_cluster *cluster = NULL;
    HST_TRY(hst_cluster_create(&cluster_options, &cluster));
    const hst_status status = run(&s, cluster, out);
    hst_cluster_destroy(cluster);
    return status;
}
