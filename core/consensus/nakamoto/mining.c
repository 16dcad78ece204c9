/* Finding blocks. */
#include "core/consensus/nakamoto/internal.h"

/* The draw has no memory: it stands while the difficulty does, whatever the tip. */
void hst_nakamoto_mine(hst_nakamoto *m, int64_t now_ns, hst_effects *effects)
{
    const hst_nakamoto_block *tip = hst_nakamoto_at(m, m->best);
    const uint64_t weight = hst_membership_weight(m->config.membership, m->config.self);
    if (m->lost || tip == NULL || weight == 0) {
        return;
    }
    const uint64_t difficulty = hst_nakamoto_difficulty(m, tip);
    if (difficulty == m->mining_at) {
        return;
    }
    m->mining_at = difficulty;
    const int64_t wait =
        hst_nakamoto_wait(hst_nakamoto_value(m, HST_NAKAMOTO_INTERVAL), difficulty,
                          m->config.membership->total, weight, hst_random_u64(&m->random));
    hst_effects_timer_set(effects, HST_NAKAMOTO_TIMER_MINE, now_ns + wait);
}

/* What goes into the block: first what an abandoned block held, then what is offered. */
static hst_batch choose_batch(hst_nakamoto *m, hst_batch offer, hst_effects *effects)
{
    if (m->returned_count > 0) {
        return m->returned[0]; /* taken off the list when the block joins the chain */
    }
    if (offer.id == 0 || hst_nakamoto_underway(m, offer.id)) {
        return (hst_batch){0};
    }
    hst_effects_take(effects, offer);
    return offer;
}

void hst_nakamoto_on_found(hst_nakamoto *m, const hst_consensus_input *input, hst_effects *effects)
{
    const hst_nakamoto_block *tip = hst_nakamoto_at(m, m->best);
    if (m->lost || tip == NULL || m->mining_at == 0) {
        return;
    }
    m->mining_at = 0;
    const int64_t earliest = hst_nakamoto_earliest(m, tip);
    hst_nakamoto_arrival arrival = {.from = m->config.self};
    arrival.header = (hst_nakamoto_header){
        .parent = tip->id,
        .height = tip->header.height + 1,
        .time_ns = input->now_ns > earliest ? input->now_ns : earliest,
        .difficulty = hst_nakamoto_difficulty(m, tip),
        .nonce = ++m->mined,
        .batch = choose_batch(m, input->offer, effects),
        .miner = m->config.self,
    };
    arrival.id = hst_nakamoto_name(&arrival.header);
    hst_nakamoto_arrive(m, &arrival, input->now_ns, effects);
    hst_nakamoto_mine(m, input->now_ns, effects);
}
