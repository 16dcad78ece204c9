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

/* Nothing of what `groups` says reaches the others. */
static void mute(hst_cluster *cluster, const hst_fault *fault)
{
    for (uint32_t from = 0; from < cluster->count; from++) {
        for (uint32_t to = 0; to < cluster->count; to++) {
            if ((fault->groups >> from & 1) != 0 && (fault->groups >> to & 1) == 0) {
                hst_network_cut(cluster->network, from, to, true);
            }
        }
    }
}

/* Cuts are not counted: when one ends, those still in force are laid on again. */
static void lay_cuts(hst_cluster *cluster)
{
    hst_network_heal(cluster->network);
    for (uint32_t f = 0; f < cluster->fault_count; f++) {
        const hst_fault *fault = &cluster->faults[f];
        const uint32_t who = cluster->whom[f];
        if (!cluster->in_force[f]) {
            continue;
        }
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
        } else if (fault->kind == HST_FAULT_PARTITION_OUT) {
            mute(cluster, fault);
        }
    }
}

/* Losses of the network's plan and of every fault in force, at most half. */
static void lay_losses(hst_cluster *cluster)
{
    enum { HALF_PPM = 500000 };
    uint64_t loss = cluster->options.network->loss_ppm;
    uint64_t twice = cluster->options.network->duplicate_ppm;
    for (uint32_t f = 0; f < cluster->fault_count; f++) {
        const hst_fault *fault = &cluster->faults[f];
        if (cluster->in_force[f] && fault->kind == HST_FAULT_LOSS) {
            loss += (uint64_t)fault->amount_ns;
        }
        if (cluster->in_force[f] &&
            (fault->kind == HST_FAULT_LOSS || fault->kind == HST_FAULT_DUPLICATE)) {
            twice += (uint64_t)fault->amount_ns;
        }
    }
    hst_network_disturb(cluster->network, (uint32_t)(loss < HALF_PPM ? loss : HALF_PPM),
                        (uint32_t)(twice < HALF_PPM ? twice : HALF_PPM));
}

/* Clocks are ahead by the sum of what is in force. */
static void lay_clocks(hst_cluster *cluster)
{
    for (uint32_t i = 0; i < cluster->count; i++) {
        cluster->skew_ns[i] = 0;
    }
    for (uint32_t f = 0; f < cluster->fault_count; f++) {
        if (cluster->in_force[f] && cluster->faults[f].kind == HST_FAULT_CLOCK) {
            cluster->skew_ns[cluster->whom[f]] += cluster->faults[f].amount_ns;
        }
    }
}

/* A second machine with the key of the first; it knows nothing yet and learns as a newcomer does.
 */
static void misbehave(hst_cluster *cluster, uint32_t replica, bool ends)
{
    hst_behaviour *behaviour = &cluster->behaviours[replica];
    const uint32_t machine = cluster->count + replica;
    behaviour->active = !ends;
    if (behaviour->kind != HST_FAULT_TWIN && behaviour->kind != HST_FAULT_EQUIVOCATE) {
        return;
    }
    if (ends) {
        hst_host_stop(cluster, machine);
    } else {
        hst_host_recover(cluster, machine, false);
    }
}

/* The leader as most of those who run see it. */
static uint32_t find_leader(const hst_cluster *cluster)
{
    uint32_t votes[64] = {0};
    uint32_t most = 0;
    for (uint32_t i = 0; i < cluster->count; i++) {
        hst_consensus_view view;
        hst_cluster_view(cluster, i, &view);
        if (cluster->replicas[i].running && view.leader < cluster->count) {
            votes[view.leader]++;
        }
    }
    for (uint32_t i = 1; i < cluster->count; i++) {
        most = votes[i] > votes[most] ? i : most;
    }
    return most;
}

static void stop_or_start(hst_cluster *cluster, uint32_t replica, bool with_disk, bool ends)
{
    if (!ends && cluster->faulty[replica]++ == 0) {
        hst_cluster_crash(cluster, replica);
    } else if (ends && --cluster->faulty[replica] == 0) {
        hst_cluster_restart(cluster, replica, with_disk);
    }
}

void hst_fault_change(hst_cluster *cluster, uint32_t index, bool ends)
{
    hst_assert(index < cluster->fault_count && cluster->in_force[index] == ends);
    const hst_fault *fault = &cluster->faults[index];
    cluster->in_force[index] = !ends;
    if (!ends && fault->replica == HST_FAULT_LEADER) {
        cluster->whom[index] = find_leader(cluster);
    }
    switch (fault->kind) {
    case HST_FAULT_CRASH: stop_or_start(cluster, cluster->whom[index], true, ends); break;
    case HST_FAULT_DISK_LOSS: stop_or_start(cluster, cluster->whom[index], false, ends); break;
    case HST_FAULT_CUT:
    case HST_FAULT_CUT_OUT:
    case HST_FAULT_CUT_IN:
    case HST_FAULT_SLOW:
    case HST_FAULT_PARTITION:
    case HST_FAULT_PARTITION_OUT: lay_cuts(cluster); break;
    case HST_FAULT_LOSS:
    case HST_FAULT_DUPLICATE: lay_losses(cluster); break;
    case HST_FAULT_SLOW_LINK:
    case HST_FAULT_SLOW_LEADER:
        cluster->delaying = ends ? cluster->delaying - 1 : cluster->delaying + 1;
        break;
    case HST_FAULT_CLOCK: lay_clocks(cluster); break;
    case HST_FAULT_BIT_FLIP:
        cluster->replicas[cluster->whom[index]].root.bytes[0] ^= ends ? 0 : 1;
        break;
    case HST_FAULT_SILENT:
    case HST_FAULT_DEAF_HALF:
    case HST_FAULT_LATE:
    case HST_FAULT_TWIN:
    case HST_FAULT_GARBLE:
    case HST_FAULT_REPLAY:
    case HST_FAULT_EQUIVOCATE:
    case HST_FAULT_LATE_VOTES:
    case HST_FAULT_WITHHOLD:
    case HST_FAULT_INVALID: misbehave(cluster, fault->replica, ends); break;
    case HST_FAULT_COUNT: hst_assert(false);
    }
}

uint32_t hst_fault_whom(const hst_cluster *cluster, uint32_t index)
{
    hst_assert(index < cluster->fault_count);
    return cluster->whom[index];
}

int64_t hst_fault_delay_ns(const hst_cluster *cluster, uint32_t machine, uint32_t to)
{
    const uint32_t from = machine % cluster->count;
    int64_t delay_ns = 0;
    for (uint32_t f = 0; f < cluster->fault_count; f++) {
        const hst_fault *fault = &cluster->faults[f];
        if (!cluster->in_force[f]) {
            continue;
        }
        if (fault->kind == HST_FAULT_SLOW_LINK) {
            const uint32_t end = cluster->whom[f];
            const bool on_it = (end == from && (fault->groups >> to & 1) != 0) ||
                               (end == to && (fault->groups >> from & 1) != 0);
            delay_ns += on_it ? fault->amount_ns : 0;
        } else if (fault->kind == HST_FAULT_SLOW_LEADER) {
            hst_consensus_view view;
            hst_cluster_view(cluster, machine, &view);
            delay_ns += view.leading ? fault->amount_ns : 0;
        }
    }
    return delay_ns;
}

void hst_fault_on_event(void *world, hst_kernel *kernel, const hst_event *event)
{
    (void)kernel;
    hst_fault_change(world, (uint32_t)(event->argument & ~ENDS), (event->argument & ENDS) != 0);
}

static bool makes_sense(const hst_cluster *cluster, const hst_fault *fault)
{
    if (fault->kind >= HST_FAULT_COUNT || fault->amount_ns < 0 || fault->from_ns < 0 ||
        (fault->until_ns <= fault->from_ns && !hst_fault_is_throughout(fault))) {
        return false;
    }
    switch (fault->kind) {
    case HST_FAULT_PARTITION:
    case HST_FAULT_PARTITION_OUT:
    case HST_FAULT_SLOW_LEADER: return true;
    case HST_FAULT_LOSS:
    case HST_FAULT_DUPLICATE: return fault->amount_ns <= 1000000;
    case HST_FAULT_TWIN:
    case HST_FAULT_EQUIVOCATE:
        return fault->replica < cluster->count && (fault->groups >> fault->replica & 1) == 0;
    case HST_FAULT_CRASH:
    case HST_FAULT_DISK_LOSS:
    case HST_FAULT_CUT:
    case HST_FAULT_CUT_OUT:
    case HST_FAULT_CUT_IN:
    case HST_FAULT_SLOW:
    case HST_FAULT_CLOCK:
    case HST_FAULT_BIT_FLIP:
    case HST_FAULT_SLOW_LINK:
        return fault->replica < cluster->count || fault->replica == HST_FAULT_LEADER;
    case HST_FAULT_SILENT:
    case HST_FAULT_DEAF_HALF:
    case HST_FAULT_LATE:
    case HST_FAULT_GARBLE:
    case HST_FAULT_REPLAY:
    case HST_FAULT_LATE_VOTES:
    case HST_FAULT_WITHHOLD:
    case HST_FAULT_INVALID: return fault->replica < cluster->count;
    case HST_FAULT_COUNT: break;
    }
    return false;
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
    if (cluster->behaviours[replica].kind != HST_FAULT_COUNT) {
        return HST_INVALID;
    }
    cluster->behaviours[replica] = (hst_behaviour){
        .kind = fault->kind,
        .active = hst_fault_is_throughout(fault),
        .groups = fault->groups,
        .delay_ns = fault->amount_ns,
        .random = hst_random_stream(cluster->options.seed, cluster->options.replication, replica,
                                    HST_PURPOSE_FAULT),
        .stash = UINT32_MAX};
    if (fault->kind == HST_FAULT_TWIN || fault->kind == HST_FAULT_EQUIVOCATE) {
        const uint32_t machine = cluster->count + replica;
        HST_TRY(hst_replica_make(cluster, machine, replica));
        if (hst_fault_is_throughout(fault)) {
            hst_kernel_schedule(cluster->kernel, 0, 0, machine, machine, HST_CLUSTER_EVENT_START,
                                0);
        }
    }
    return HST_OK;
}

/* What a schedule needs of memory. */
static hst_status make_room(hst_cluster *cluster, const hst_fault *faults, uint32_t count)
{
    bool clocks = false;
    for (uint32_t f = 0; f < count; f++) {
        clocks = clocks || faults[f].kind == HST_FAULT_CLOCK;
    }
    cluster->faulty = HST_ARENA_NEW(&cluster->arena, uint8_t, cluster->count);
    cluster->in_force = HST_ARENA_NEW(&cluster->arena, bool, (size_t)count + 1);
    cluster->whom = HST_ARENA_NEW(&cluster->arena, uint32_t, (size_t)count + 1);
    cluster->skew_ns = clocks ? HST_ARENA_NEW(&cluster->arena, int64_t, cluster->count) : NULL;
    return cluster->faulty == NULL || cluster->in_force == NULL || cluster->whom == NULL ||
                   (clocks && cluster->skew_ns == NULL)
               ? HST_NO_MEMORY
               : HST_OK;
}

hst_status hst_fault_prepare(hst_cluster *cluster, const hst_fault *faults, uint32_t count)
{
    hst_assert(cluster != NULL && (count == 0 || faults != NULL));
    hst_assert(hst_kernel_now(cluster->kernel) == 0 && cluster->faults == NULL);
    HST_TRY(make_room(cluster, faults, count));
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
        cluster->whom[f] = fault->replica;
        cluster->in_force[f] = hst_fault_is_throughout(fault);
        if (hst_fault_is_byzantine(fault->kind)) {
            HST_TRY(corrupt(cluster, fault));
        }
    }
    return HST_OK;
}

hst_status hst_fault_schedule(hst_cluster *cluster, const hst_fault *faults, uint32_t count)
{
    HST_TRY(hst_fault_prepare(cluster, faults, count));
    for (uint32_t f = 0; f < count; f++) {
        if (!hst_fault_is_throughout(&faults[f])) {
            hst_kernel_schedule(cluster->kernel, faults[f].from_ns, 6, cluster->machine_count, 0,
                                HST_CLUSTER_EVENT_FAULT, f);
            hst_kernel_schedule(cluster->kernel, faults[f].until_ns, 6, cluster->machine_count, 0,
                                HST_CLUSTER_EVENT_FAULT, f | ENDS);
        }
    }
    return HST_OK;
}

static bool has_delay(hst_fault_kind kind)
{
    return kind == HST_FAULT_SLOW || kind == HST_FAULT_SLOW_LEADER || kind == HST_FAULT_CLOCK ||
           kind == HST_FAULT_LATE || kind == HST_FAULT_LATE_VOTES;
}

void hst_fault_describe(const hst_fault *fault, char *text, size_t size)
{
    char detail[96] = "";
    const double amount_ms = (double)fault->amount_ns / 1e6;
    const bool share = fault->kind == HST_FAULT_LOSS || fault->kind == HST_FAULT_DUPLICATE;
    if (fault->kind == HST_FAULT_SLOW_LINK) {
        (void)snprintf(detail, sizeof detail, " by %.1f ms to 0x%" PRIx64, amount_ms,
                       fault->groups);
    } else if (fault->groups != 0) {
        (void)snprintf(detail, sizeof detail, ", half 0x%" PRIx64, fault->groups);
    } else if (share) {
        (void)snprintf(detail, sizeof detail, " of %" PRId64 " ppm", fault->amount_ns);
    } else if (has_delay(fault->kind)) {
        (void)snprintf(detail, sizeof detail, " by %.1f ms", amount_ms);
    }
    char when[64] = "throughout";
    if (!hst_fault_is_throughout(fault)) {
        (void)snprintf(when, sizeof when, "from %.3f s to %.3f s", (double)fault->from_ns / 1e9,
                       (double)fault->until_ns / 1e9);
    }
    if (fault->replica == HST_FAULT_LEADER) {
        (void)snprintf(text, size, "%s%s, the leader, %s", hst_fault_name(fault->kind), detail,
                       when);
    } else if (fault->replica == HST_CONSENSUS_NOBODY) {
        (void)snprintf(text, size, "%s%s, %s", hst_fault_name(fault->kind), detail, when);
    } else {
        (void)snprintf(text, size, "%s%s, replica %" PRIu32 ", %s", hst_fault_name(fault->kind),
                       detail, fault->replica, when);
    }
}
