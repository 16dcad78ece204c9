/* The clock: slots, epochs, and who does what in them. */
#include "core/consensus/gasper/internal.h"

enum { PURPOSE_PROPOSER = 1, PURPOSE_COMMITTEE };

/* By a draw weighted with stake, the same for everybody. */
uint32_t hst_gasper_proposer(const hst_gasper *m, uint64_t slot)
{
    const hst_membership *membership = m->config.membership;
    hst_random random = hst_random_stream(m->config.common_seed, 0, slot, PURPOSE_PROPOSER);
    const uint64_t drawn = hst_random_below(&random, membership->total);
    uint32_t low = 0;
    uint32_t high = membership->count - 1;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (m->stake[middle] > drawn) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

const hst_gasper_duties *hst_gasper_duties_of(hst_gasper *m, uint64_t epoch)
{
    hst_gasper_duties *duties = &m->duties[epoch % 2];
    if (duties->epoch == epoch + 1) {
        return duties;
    }
    const uint32_t count = m->config.membership->count;
    hst_random random = hst_random_stream(m->config.common_seed, 0, epoch, PURPOSE_COMMITTEE);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t other = (uint32_t)hst_random_below(&random, i + 1);
        duties->order[i] = duties->order[other];
        duties->order[other] = i;
    }
    for (uint32_t i = 0; i < count; i++) {
        duties->place[duties->order[i]] = i;
    }
    duties->epoch = epoch + 1;
    return duties;
}

bool hst_gasper_attests(hst_gasper *m, uint32_t replica, uint64_t slot)
{
    const hst_gasper_duties *duties = hst_gasper_duties_of(m, slot / m->slots);
    return duties->place[replica] % m->slots == slot % m->slots;
}

/* A block on the head, with what the mempool offers. */
static void propose(hst_gasper *m, const hst_consensus_input *input, hst_effects *effects)
{
    const uint64_t slot = m->now_slot;
    const hst_gasper_block *head = hst_gasper_head(m);
    if (slot == 0 || slot <= m->proposed_slot || m->lost || head == NULL ||
        head->header.slot >= slot || hst_gasper_proposer(m, slot) != m->config.self) {
        return;
    }
    if (head->header.height - m->final_height >= (m->mask - HST_GASPER_KEEP) / 2) {
        return; /* no room before something is final again: another branch may be as long */
    }
    hst_batch batch = {0};
    if (input->offer.id != 0 && !hst_gasper_underway(m, input->offer.id)) {
        batch = input->offer;
        hst_effects_take(effects, batch);
    }
    m->proposed_slot = slot;
    hst_gasper_arrival arrival = {.from = m->config.self};
    arrival.header = (hst_gasper_header){.parent = head->id,
                                         .slot = slot,
                                         .height = head->header.height + 1,
                                         .justified = m->justification_target.epoch,
                                         .batch = batch,
                                         .proposer = m->config.self};
    arrival.id = hst_gasper_name(&arrival.header);
    hst_gasper_arrive(m, &arrival, input->now_ns, effects);
    if (hst_gasper_find(m, &arrival.id) == NULL) {
        return; /* no room for it */
    }
    hst_wire *wire = hst_effects_message(effects, HST_GASPER_BLOCK);
    hst_gasper_write_header(wire, &arrival.header);
    hst_wire_hash(wire, &arrival.id);
    hst_wire_signature_slot(wire);
    hst_gasper_write_groups(m, slot - 1, wire);
    hst_effects_broadcast(effects, m->sequence)->batch = batch;
}

/* What is due in this third of the slot, once; what was slept through is not made up for. */
void hst_gasper_tick(hst_gasper *m, const hst_consensus_input *input, hst_effects *effects)
{
    const uint64_t phase = 3 * m->now_slot + m->thirds + 1;
    if (phase > m->phase) {
        m->phase = phase;
        switch (m->thirds) {
        case 0: propose(m, input, effects); break;
        case 1: hst_gasper_attest(m, effects); break;
        default: hst_gasper_aggregate(m, effects); break;
        }
    }
    const int64_t slot_ns = m->slot_ns;
    const int64_t into = ((int64_t)(m->thirds + 1) * slot_ns + 2) / 3;
    hst_effects_timer_set(effects, HST_GASPER_TIMER_TICK, (int64_t)m->now_slot * slot_ns + into);
}
