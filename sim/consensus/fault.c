#include "sim/consensus/fault.h"

#include "sim/base/number.h"
#include "sim/base/purpose.h"
#include "sim/consensus/host.h"

#include <inttypes.h>
#include <stdio.h>

/* Bit of an event's argument: the fault ends. */
#define ENDS (UINT64_C(1) << 63)

const char *hst_fault_name(hst_fault_kind kind)
{
    static const char *const names[HST_FAULT_COUNT] = {
#define X(name, text) [HST_FAULT_##name] = (text),
        HST_FAULT_MAP(X)
#undef X
    };
    hst_assert(kind < HST_FAULT_COUNT);
    return names[kind];
}

static void cut(hst_cluster *cluster, uint32_t replica, bool out, bool in)
{
    for (uint32_t other = 0; other < cluster->count; other++) {
        if (out) {
            hst_network_cut(cluster->network, replica, other, true);
        }
        if (in) {
            hst_network_cut(cluster->network, other, replica, true);
        }
    }
}

/* Between the two sides of a partition, but for a bridge; a twin has a machine on either side. */
static void part(hst_cluster *cluster, const hst_fault *fault)
{
    for (uint32_t from = 0; from < cluster->count; from++) {
        for (uint32_t to = 0; to < cluster->count; to++) {
            const bool across = (fault->groups >> from & 1) != (fault->groups >> to & 1);
            if (across && from != fault->replica && to != fault->replica &&
                !hst_replica_is_twin(cluster, from) && !hst_replica_is_twin(cluster, to)) {
                hst_network_cut(cluster->network, from, to, true);
            }
        }
    }
}

/* Cuts are not counted: when one ends, those still in force are laid on again. */
static void lay_cuts(hst_cluster *cluster, int64_t now)
{
    hst_network_heal(cluster->network);
    for (uint32_t f = 0; f < cluster->fault_count; f++) {
        const hst_fault *fault = &cluster->faults[f];
        if (fault->from_ns > now || fault->until_ns <= now) {
            continue;
        }
        const uint32_t who = fault->replica;
        if (fault->kind == HST_FAULT_CUT) {
            cut(cluster, who, true, true);
        } else if (fault->kind == HST_FAULT_CUT_OUT) {
            cut(cluster, who, true, false);
        } else if (fault->kind == HST_FAULT_CUT_IN) {
            cut(cluster, who, false, true);
        } else if (fault->kind == HST_FAULT_SLOW) {
            hst_network_slow(cluster->network, who, fault->amount_ns);
        } else if (fault->kind == HST_FAULT_PARTITION) {
            part(cluster, fault);
        }
    }
}

/* Losses of the network's plan and of every fault in force, at most half. */
static void lay_losses(hst_cluster *cluster, int64_t now)
{
    enum { HALF_PPM = 500000 };
    uint64_t loss = cluster->options.network->loss_ppm;
    uint64_t twice = cluster->options.network->duplicate_ppm;
    for (uint32_t f = 0; f < cluster->fault_count; f++) {
        const hst_fault *fault = &cluster->faults[f];
        if (fault->kind == HST_FAULT_LOSS && fault->from_ns <= now && fault->until_ns > now) {
            loss += (uint64_t)fault->amount_ns;
            twice += (uint64_t)fault->amount_ns;
        }
    }
    hst_network_disturb(cluster->network, (uint32_t)(loss < HALF_PPM ? loss : HALF_PPM),
                        (uint32_t)(twice < HALF_PPM ? twice : HALF_PPM));
}

static void change(hst_cluster *cluster, const hst_fault *fault, bool ends, int64_t now)
{
    switch (fault->kind) {
    case HST_FAULT_CRASH:
    case HST_FAULT_DISK_LOSS:
        if (!ends && cluster->faulty[fault->replica]++ == 0) {
            hst_cluster_crash(cluster, fault->replica);
        } else if (ends && --cluster->faulty[fault->replica] == 0) {
            hst_cluster_restart(cluster, fault->replica, fault->kind == HST_FAULT_CRASH);
        }
        break;
    case HST_FAULT_CUT:
    case HST_FAULT_CUT_OUT:
    case HST_FAULT_CUT_IN:
    case HST_FAULT_SLOW:
    case HST_FAULT_PARTITION: lay_cuts(cluster, now); break;
    case HST_FAULT_LOSS: lay_losses(cluster, now); break;
    case HST_FAULT_SILENT:
    case HST_FAULT_DEAF_HALF:
    case HST_FAULT_LATE:
    case HST_FAULT_TWIN:
    case HST_FAULT_GARBLE:
    case HST_FAULT_REPLAY:
    case HST_FAULT_COUNT: hst_assert(false); /* lasts for the run, has no events */
    }
}

void hst_fault_on_event(void *world, hst_kernel *kernel, const hst_event *event)
{
    hst_cluster *cluster = world;
    const hst_fault *fault = &cluster->faults[event->argument & ~ENDS];
    change(cluster, fault, (event->argument & ENDS) != 0, hst_kernel_now(kernel));
}

static bool makes_sense(const hst_cluster *cluster, const hst_fault *fault)
{
    const bool somebody = fault->replica < cluster->count;
    if (fault->kind >= HST_FAULT_COUNT || fault->amount_ns < 0) {
        return false;
    }
    if (hst_fault_is_byzantine(fault->kind)) {
        return somebody &&
               (fault->kind != HST_FAULT_TWIN || (fault->groups >> fault->replica & 1) == 0);
    }
    return fault->from_ns >= 0 && fault->until_ns > fault->from_ns &&
           (somebody || fault->kind == HST_FAULT_PARTITION || fault->kind == HST_FAULT_LOSS) &&
           (fault->kind != HST_FAULT_LOSS || fault->amount_ns <= 1000000);
}

static hst_status corrupt(hst_cluster *cluster, const hst_fault *fault)
{
    const uint32_t replica = fault->replica;
    if (cluster->behaviours == NULL) {
        cluster->behaviours = HST_ARENA_NEW(&cluster->arena, hst_behaviour, cluster->count);
        cluster->ballots =
            HST_ARENA_NEW(&cluster->arena, hst_cluster_ballots, cluster->machine_count);
        if (cluster->behaviours == NULL || cluster->ballots == NULL) {
            return HST_NO_MEMORY;
        }
        for (uint32_t i = 0; i < cluster->count; i++) {
            cluster->behaviours[i].kind = HST_FAULT_COUNT;
        }
    }
    cluster->behaviours[replica] = (hst_behaviour){
        .kind = fault->kind,
        .groups = fault->groups,
        .delay_ns = fault->amount_ns,
        .random = hst_random_stream(cluster->options.seed, cluster->options.replication, replica,
                                    HST_PURPOSE_FAULT),
        .stash = UINT32_MAX};
    if (fault->kind == HST_FAULT_TWIN) {
        const uint32_t machine = cluster->count + replica;
        HST_TRY(hst_replica_make(cluster, machine, replica));
        hst_kernel_schedule(cluster->kernel, 0, 0, machine, machine, HST_CLUSTER_EVENT_START, 0);
    }
    return HST_OK;
}

hst_status hst_fault_schedule(hst_cluster *cluster, const hst_fault *faults, uint32_t count)
{
    hst_assert(cluster != NULL && (count == 0 || faults != NULL));
    hst_assert(hst_kernel_now(cluster->kernel) == 0 && cluster->faults == NULL);
    cluster->faulty = HST_ARENA_NEW(&cluster->arena, uint8_t, cluster->count);
    if (cluster->faulty == NULL) {
        return HST_NO_MEMORY;
    }
    cluster->faults = faults;
    cluster->fault_count = count;
    if (count > 0 && 2 * cluster->count != cluster->machine_count) {
        return HST_INVALID;
    }
    for (uint32_t f = 0; f < count; f++) {
        const hst_fault *fault = &faults[f];
        if (!makes_sense(cluster, fault)) {
            return HST_INVALID;
        }
        if (hst_fault_is_byzantine(fault->kind)) {
            HST_TRY(corrupt(cluster, fault));
            continue;
        }
        hst_kernel_schedule(cluster->kernel, fault->from_ns, 6, cluster->machine_count, 0,
                            HST_CLUSTER_EVENT_FAULT, f);
        hst_kernel_schedule(cluster->kernel, fault->until_ns, 6, cluster->machine_count, 0,
                            HST_CLUSTER_EVENT_FAULT, f | ENDS);
    }
    return HST_OK;
}

void hst_fault_describe(const hst_fault *fault, char *text, size_t size)
{
    char detail[96] = "";
    const double amount_ms = (double)fault->amount_ns / 1e6;
    if (fault->groups != 0) {
        (void)snprintf(detail, sizeof detail, ", half 0x%" PRIx64, fault->groups);
    } else if (fault->kind == HST_FAULT_SLOW || fault->kind == HST_FAULT_LATE) {
        (void)snprintf(detail, sizeof detail, " by %.1f ms", amount_ms);
    } else if (fault->kind == HST_FAULT_LOSS) {
        (void)snprintf(detail, sizeof detail, " of %" PRId64 " ppm", fault->amount_ns);
    }
    char when[64] = "throughout";
    if (!hst_fault_is_byzantine(fault->kind)) {
        (void)snprintf(when, sizeof when, "from %.3f s to %.3f s", (double)fault->from_ns / 1e9,
                       (double)fault->until_ns / 1e9);
    }
    if (fault->replica == HST_CONSENSUS_NOBODY) {
        (void)snprintf(text, size, "%s%s, %s", hst_fault_name(fault->kind), detail, when);
    } else {
        (void)snprintf(text, size, "%s%s, replica %" PRIu32 ", %s", hst_fault_name(fault->kind),
                       detail, fault->replica, when);
    }
}
