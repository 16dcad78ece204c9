/* Whose turn it is: weighted round-robin by proposer priority, as CometBFT does it. The schedule
 * repeats after total / gcd turns, so that a far turn is reached without walking all the way. */
#include "core/consensus/tendermint/internal.h"

#include <string.h>

static uint64_t greatest_common_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        const uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

void hst_tm_schedule_init(hst_tm *m)
{
    const hst_membership *membership = m->config.membership;
    uint64_t divisor = 0;
    for (uint32_t i = 0; i < m->n; i++) {
        divisor = greatest_common_divisor(hst_membership_weight(membership, i), divisor);
    }
    m->period = divisor > 0 ? membership->total / divisor : m->n;
}

/* One turn: every priority grows by its weight, the highest proposes and pays for it. Of equals the
 * first is taken. */
static void take_turn(const hst_tm *m, hst_tm_schedule *schedule)
{
    uint32_t best = 0;
    for (uint32_t i = 0; i < m->n; i++) {
        schedule->priority[i] += (int64_t)hst_membership_weight(m->config.membership, i);
        if (schedule->priority[i] > schedule->priority[best]) {
            best = i;
        }
    }
    schedule->priority[best] -= (int64_t)m->config.membership->total;
    schedule->proposer = best;
    schedule->turns++;
}

static void start_over(const hst_tm *m, hst_tm_schedule *schedule)
{
    memset(schedule->priority, 0, m->n * sizeof *schedule->priority);
    schedule->turns = 0;
}

/* The same place within the first period; from 1. */
static uint64_t fold(const hst_tm *m, uint64_t turn)
{
    return (turn - 1) % m->period + 1;
}

uint32_t hst_tm_proposer_of(hst_tm *m, uint64_t turn)
{
    if (m->base.priority == NULL) {
        return (uint32_t)((turn - 1) % m->n);
    }
    const uint64_t wanted = fold(m, turn);
    if (wanted < m->base.turns) {
        start_over(m, &m->probe);
    } else {
        m->probe.turns = m->base.turns;
        m->probe.proposer = m->base.proposer;
        memcpy(m->probe.priority, m->base.priority, m->n * sizeof *m->probe.priority);
    }
    while (m->probe.turns < wanted) {
        take_turn(m, &m->probe);
    }
    return m->probe.proposer;
}

void hst_tm_schedule_to(hst_tm *m, uint64_t turn)
{
    if (m->base.priority == NULL) {
        return;
    }
    const uint64_t wanted = fold(m, turn);
    if (wanted < m->base.turns) {
        start_over(m, &m->base);
    }
    while (m->base.turns < wanted) {
        take_turn(m, &m->base);
    }
}
