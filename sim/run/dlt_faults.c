/* Faults of validators: those the scenario lists, a fault for each validator, and those drawn. */
#include "core/base/assert.h"

#include "sim/base/number.h"
#include "sim/consensus/fault_draw.h"
#include "sim/run/dlt_plan.h"

#include <stdlib.h>
#include <string.h>

/* Never, for what passes: later than any day. */
#define NEVER_NS (INT64_MAX / 4)

static const int64_t ppb_a_ppm = 1000;

/* The same word in both tables: the scenario's reader does not know sim/consensus. */
static hst_fault_kind kind_of(hst_scenario_fault_kind kind)
{
    const char *text = hst_scenario_fault_text(kind);
    hst_fault_kind k = HST_FAULT_CRASH;
    while (k < HST_FAULT_COUNT && strcmp(hst_fault_name(k), text) != 0) {
        k = (hst_fault_kind)(k + 1);
    }
    hst_assert(k < HST_FAULT_COUNT);
    return k;
}

static uint32_t number_of(const char *validator)
{
    return strcmp(validator, "leader") == 0 ? HST_FAULT_LEADER
                                            : (uint32_t)strtoul(validator, NULL, 10);
}

static uint64_t set_of(const hst_scenario_fault *one, uint32_t first)
{
    uint64_t set = 0;
    for (uint32_t i = first; i < one->validator_count; i++) {
        const uint32_t number = number_of(one->validators[i]);
        hst_assert(number < 64); /* sides and ends of links have numbers */
        set |= UINT64_C(1) << number;
    }
    return set;
}

/* Every second of the others. */
static uint64_t half_without(uint32_t replica, uint32_t count)
{
    uint64_t half = 0;
    for (uint32_t step = 1; step < count; step += 2) {
        half |= UINT64_C(1) << ((replica + step) % count);
    }
    return half;
}

/* One fault of the scenario as faults of a cluster; returns how many. */
static uint32_t expand(const hst_scenario_fault *one, uint32_t count, hst_fault *out)
{
    hst_fault fault = {.kind = kind_of(one->kind),
                       .replica = HST_CONSENSUS_NOBODY,
                       .from_ns = one->from_ns,
                       .until_ns = one->until_ns,
                       .amount_ns = one->share_ppb > 0 ? one->share_ppb / ppb_a_ppm : one->by_ns};
    if (one->until_ns == 0 && (!hst_fault_is_byzantine(fault.kind) || one->from_ns > 0)) {
        fault.until_ns = NEVER_NS;
    }
    if (fault.kind == HST_FAULT_PARTITION || fault.kind == HST_FAULT_PARTITION_OUT) {
        fault.groups = set_of(one, 0);
        fault.replica = one->bridge[0] != '\0' ? number_of(one->bridge) : HST_CONSENSUS_NOBODY;
        *out = fault;
        return 1;
    }
    if (fault.kind == HST_FAULT_SLOW_LINK) {
        fault.replica = number_of(one->validators[0]);
        fault.groups = set_of(one, 1);
        *out = fault;
        return 1;
    }
    if (one->validator_count == 0) {
        *out = fault;
        return 1;
    }
    for (uint32_t i = 0; i < one->validator_count; i++) {
        out[i] = fault;
        out[i].replica = number_of(one->validators[i]);
        if (hst_fault_is_byzantine(fault.kind)) {
            out[i].groups = half_without(out[i].replica, count);
        }
    }
    return one->validator_count;
}

/* So many a day of the time in which payments arrive. */
static uint32_t draw_faults(const hst_scenario *s,
                            const hst_consensus_protocol *protocol,
                            hst_fault *faults,
                            uint32_t given,
                            uint32_t tries)
{
    const hst_fault_draw_options options = {.protocol = protocol,
                                            .count = (uint32_t)s->rails.dlt.validators,
                                            .seed = (uint64_t)s->seed,
                                            .replication = (uint32_t)s->replication,
                                            .until_ns = s->clock.origination_ns,
                                            .given = faults,
                                            .given_count = given,
                                            .tries = tries};
    return hst_fault_draw(&options, faults + given);
}

hst_status hst_dlt_plan_faults(const hst_scenario *scenario,
                               const hst_dlt_plan *plan,
                               const hst_consensus_protocol *protocol,
                               hst_dlt_config *config,
                               hst_error *error)
{
    const hst_scenario_dlt *dlt = &scenario->rails.dlt;
    const double days = (double)scenario->clock.origination_ns / (double)HST_DAY_NS;
    const uint32_t tries = (uint32_t)((double)dlt->chaos * days + 0.5);
    uint32_t count = 0;
    for (uint32_t f = 0; f < dlt->fault_count; f++) {
        const uint32_t many = dlt->faults[f].validator_count;
        count += many > 0 ? many : 1;
    }
    if (count + tries == 0) {
        return HST_OK;
    }
    hst_fault *faults = HST_ARENA_NEW(plan->arena, hst_fault, (size_t)count + tries);
    if (faults == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "out of memory for faults of validators");
    }
    count = 0;
    for (uint32_t f = 0; f < dlt->fault_count; f++) {
        count += expand(&dlt->faults[f], (uint32_t)dlt->validators, faults + count);
    }
    count += draw_faults(scenario, protocol, faults, count, tries);
    config->faults = faults;
    config->fault_count = count;
    return HST_OK;
}
