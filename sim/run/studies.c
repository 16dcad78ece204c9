#include "sim/run/studies.h"

#include "core/base/assert.h"
#include "core/base/parallel.h"

#include "sim/base/number.h"
#include "sim/base/os_memory.h"
#include "sim/consensus/costs.h"
#include "sim/network/regions.h"

#include <string.h>

/* Five regions of the published wide-area runs. */
static const char *const regions[] = {"us-east-1", "eu-north-1", "ap-southeast-2", "us-west-1",
                                      "ap-northeast-1"};
enum { REGION_COUNT = sizeof regions / sizeof regions[0] };
static const int64_t jitter_ns = 2000000;

/* A batch, what is submitted as one, holds at most so many payments: 500 kB, as in the published
 * runs of batched mempools. */
enum { BATCH_PAYMENTS = 1024 };

hst_status hst_studies_init(hst_studies *studies)
{
    const hst_memory memory = hst_os_memory();
    *studies = (hst_studies){
        .seconds = 60, .seed = 1, .costs = HST_STUDIES_COSTS, .bandwidth = 10000, .body = 4096};
    studies->list = memory.acquire(memory.context, HST_STUDIES_MAX * sizeof *studies->list);
    if (studies->list == NULL) {
        return HST_NO_MEMORY;
    }
    return HST_OK;
}

void hst_studies_release(hst_studies *studies)
{
    const hst_memory memory = hst_os_memory();
    if (studies->list == NULL) {
        return;
    }
    for (size_t i = 0; i < studies->count; i++) {
        hst_consensus_tables_release(&studies->list[i].tables);
    }
    memory.release(memory.context, studies->list, HST_STUDIES_MAX * sizeof *studies->list);
    studies->list = NULL;
}

/* ---- one study ---------------------------------------------------------------------------- */

/* A study while it runs. */
typedef struct recording {
    hst_one_study *study;
    hst_consensus_world world;
} recording;

static void examine(void *context, hst_cluster *cluster)
{
    recording *r = context;
    r->study->status = hst_consensus_tables_cluster(&r->study->tables, 0, &r->world, cluster);
}

static bool add_lines(hst_consensus_tables *tables, const hst_study_outcome *o)
{
    for (uint32_t i = 0; o->decided > 0 && i < HST_STUDY_SHARES; i++) {
        hst_finality_row *row = hst_consensus_tables_add(tables, HST_RARE_TABLE_FINALITY);
        if (row == NULL) {
            return false;
        }
        row->share_ppm = hst_study_shares_ppm[i];
        row->time_ns = o->finality_ns[i];
    }
    for (uint32_t i = 0; i < HST_STUDY_INTERVALS; i++) {
        hst_timeline_row *row = hst_consensus_tables_add(tables, HST_RARE_TABLE_TIMELINE);
        if (row == NULL) {
            return false;
        }
        row->interval = i;
        row->time_ns = i * o->interval_ns;
        row->length_ns = o->interval_ns;
        row->decided = o->line[i];
    }
    return true;
}

static int64_t finality(const hst_study_outcome *o, uint32_t share_ppm)
{
    for (uint32_t i = 0; i < HST_STUDY_SHARES; i++) {
        if (hst_study_shares_ppm[i] == share_ppm) {
            return o->decided > 0 ? o->finality_ns[i] : -1;
        }
    }
    hst_assert(false);
    return -1;
}

static void record(hst_one_study *study, const hst_consensus_world *world)
{
    const hst_study_outcome *o = &study->outcome;
    const hst_status ran = study->status;
    hst_study_row *row = hst_consensus_tables_add(&study->tables, HST_RARE_TABLE_STUDY);
    if (row == NULL) {
        study->status = HST_NO_MEMORY;
        return;
    }
    hst_consensus_row_cluster(row, world, &o->cluster);
    hst_result_put_text(row->faults, sizeof row->faults, hst_study_faults_name(study->faults));
    hst_result_put_text(row->status, sizeof row->status, hst_status_name(ran));
    hst_result_put_text(row->violated, sizeof row->violated,
                        o->violation.check != NULL ? o->violation.check : "");
    row->load = study->load;
    row->offered = o->offered;
    row->decided = o->decided;
    row->duration_ns = o->interval_ns * HST_STUDY_LOAD_INTERVALS;
    row->throughput = o->payments_per_s;
    row->cpu_busiest = o->busiest;
    row->cpu_mean = o->processor;
    row->finality_p50_ns = finality(o, 500000);
    row->finality_p90_ns = finality(o, 900000);
    row->finality_p99_ns = finality(o, 990000);
    row->finality_max_ns = finality(o, 1000000);
    row->longest_gap_ns = o->longest_gap_ns;
    row->recover_ns = o->recover_ns;
    if (ran == HST_OK && !add_lines(&study->tables, o)) {
        study->status = HST_NO_MEMORY;
    }
}

/* How long a batch is gathered: a tenth of a second, or until it is full. Where everyone brings up
 * the same batches they are not gathered into bodies, and may be larger. */
static int64_t batch_ns(const hst_one_study *study, int64_t stretch)
{
    const int64_t tenth = HST_SECOND_NS / 10;
    const int64_t full = HST_SECOND_NS * BATCH_PAYMENTS / study->load;
    return (full < tenth && !study->protocol->offers_by_name ? full : tenth) * stretch;
}

/* All parameters of a protocol under the settings, in its order. */
static void
set_parameters(const hst_studies *all, const hst_consensus_protocol *protocol, int64_t *values)
{
    for (uint32_t p = 0; p < protocol->parameter_count; p++) {
        values[p] = protocol->parameters[p].standard;
        for (size_t s = 0; s < all->setting_count; s++) {
            if (strcmp(protocol->parameters[p].name, all->settings[s].name) == 0) {
                values[p] = all->settings[s].value;
            }
        }
    }
}

static void study_one(void *context, size_t index, unsigned thread)
{
    const hst_studies *all = context;
    hst_one_study *study = &all->list[index];
    const hst_memory memory = hst_os_memory();
    (void)thread;
    hst_consensus_tables_init(&study->tables, memory);
    const size_t room = study->protocol->parameter_count * sizeof(int64_t);
    const size_t size = room + study->replicas * sizeof(uint32_t);
    int64_t *parameters = memory.acquire(memory.context, size);
    uint32_t *places =
        parameters != NULL ? (uint32_t *)(parameters + study->protocol->parameter_count) : NULL;
    if (places == NULL || (all->interrupted != NULL && *all->interrupted != 0)) {
        study->status = places == NULL ? HST_NO_MEMORY : HST_INTERRUPTED;
        memory.release(memory.context, parameters, parameters == NULL ? 0 : size);
        return;
    }
    set_parameters(all, study->protocol, parameters);
    for (uint32_t i = 0; i < study->replicas; i++) {
        places[i] = i % REGION_COUNT;
    }
    recording r = {.study = study,
                   .world = {.protocol = study->protocol,
                             .regions = regions,
                             .region_count = REGION_COUNT,
                             .places = places,
                             .replicas = study->replicas}};
    const uint64_t bits = (uint64_t)all->bandwidth * 1000000;
    const hst_network_options network = {.count = study->replicas,
                                         .region_count = REGION_COUNT,
                                         .regions = places,
                                         .base_ns = all->base_ns,
                                         .jitter = HST_JITTER_EXPONENTIAL,
                                         .jitter_ns = jitter_ns,
                                         .up_bits_per_second = bits,
                                         .down_bits_per_second = bits,
                                         .keep_order = true,
                                         .tally = all->record,
                                         .seed = (uint64_t)all->seed};
    /* Protocols with blocks of minutes get as many blocks as the others' minute has seconds. Those
     * that settle after several blocks get more. */
    const int64_t slow = study->protocol->pace_ns + study->protocol->settle_ns / 6;
    const int64_t stretch = 1 + slow / HST_SECOND_NS;
    const hst_study_options options = {.protocol = study->protocol,
                                       .parameters = parameters,
                                       .network = &network,
                                       .costs = all->cost,
                                       .count = study->replicas,
                                       .payments_per_s = study->load,
                                       .payment_bytes = HST_STUDIES_PAYMENT_BYTES,
                                       .body_bytes = (uint64_t)all->body * 1024 * (uint64_t)stretch,
                                       .batch_ns = batch_ns(study, stretch),
                                       .duration_ns = all->seconds * HST_SECOND_NS * stretch,
                                       .faults = study->faults,
                                       .real_crypto = all->real_crypto,
                                       .seed = (uint64_t)all->seed,
                                       .examine = all->record ? examine : NULL,
                                       .examine_context = &r,
                                       .memory = memory};
    const hst_status status = hst_study_run(&options, &study->outcome);
    study->status = status != HST_OK ? status : study->status;
    if (all->record) {
        record(study, &r.world);
    }
    memory.release(memory.context, parameters, size);
}

/* ---- all of them -------------------------------------------------------------------------- */

static hst_status
read_tables(hst_studies *studies, hst_inputs *inputs, hst_arena *arena, hst_error *error)
{
    const char *bytes = NULL;
    size_t size = 0;
    HST_TRY(hst_inputs_get(inputs, HST_STUDIES_LATENCY, &bytes, &size, error));
    HST_TRY(hst_regions_load(HST_STUDIES_LATENCY, bytes, size, regions, REGION_COUNT, arena,
                             &studies->base_ns, error));
    HST_TRY(hst_inputs_get(inputs, studies->costs, &bytes, &size, error));
    return hst_costs_load(studies->costs, bytes, size, arena, &studies->cost, error);
}

static void digest(hst_studies *studies)
{
    hst_digest all;
    hst_digest_init(&all, NULL, 0);
    for (size_t i = 0; i < studies->count; i++) {
        hst_consensus_tables_digest(&studies->list[i].tables, &all);
    }
    const hst_hash hash = hst_digest_final(&all);
    hst_hash_to_hex(&hash, studies->digest_hex);
}

hst_status hst_studies_run(
    hst_studies *studies, hst_inputs *inputs, unsigned threads, hst_arena *arena, hst_error *error)
{
    hst_assert(studies->list != NULL && threads >= 1);
    HST_TRY(read_tables(studies, inputs, arena, error));
    hst_parallel_for(studies->count, threads, study_one, studies);
    for (size_t i = 0; i < studies->count; i++) {
        const hst_status status = studies->list[i].status;
        if (status == HST_INTERRUPTED || status == HST_NO_MEMORY) {
            return hst_error_set(error, status, "%s", hst_status_text(status));
        }
    }
    if (studies->record) {
        digest(studies);
    }
    return HST_OK;
}

size_t hst_studies_broken(const hst_studies *studies)
{
    size_t broken = 0;
    for (size_t i = 0; i < studies->count; i++) {
        const hst_one_study *one = &studies->list[i];
        broken += one->status != HST_OK || one->outcome.violation.check != NULL ? 1 : 0;
    }
    return broken;
}
