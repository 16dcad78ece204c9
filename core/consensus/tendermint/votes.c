/* Counting: votes by round, phase and id; where peers are; proof of who voted twice. */
#include "core/consensus/tendermint/internal.h"

#include <string.h>

static void reset_poll(const hst_tm *m, hst_tm_poll *poll, hst_statement nil)
{
    poll->weight = 0;
    poll->count = 1;
    hst_tally_reset(&poll->tallies[0], m->config.membership, nil);
    memset(poll->choice, 0, m->n * sizeof *poll->choice);
    memset(poll->guilty, 0, hst_member_words(m->n) * sizeof *poll->guilty);
}

hst_tm_slot *hst_tm_slot_at(hst_tm *m, uint64_t height, uint64_t round)
{
    hst_tm_slot *slot = &m->slots[height % 2 * HST_TM_ROUNDS + round % HST_TM_ROUNDS];
    if (slot->height == height && slot->round == round) {
        return slot;
    }
    const uint64_t around = height == m->height ? m->round : 0;
    if (height < m->height || height > m->height + 1 || round > around + HST_TM_ROUNDS / 2 ||
        round + HST_TM_ROUNDS / 2 <= around) {
        return NULL;
    }
    slot->height = height;
    slot->round = round;
    slot->proposer = hst_tm_proposer_of(m, height + round);
    slot->polka = false;
    slot->doubled = false;
    slot->proposal.known = false;
    slot->proposal.checked = false;
    for (uint32_t phase = 0; phase < HST_TM_VOTES; phase++) {
        const hst_statement nil = {.phase = (uint8_t)phase, .view = round, .height = height};
        reset_poll(m, &slot->polls[phase], nil);
    }
    return slot;
}

const hst_tally *hst_tm_tally_of(const hst_tm_poll *poll, const hst_hash *id)
{
    for (uint32_t c = 0; c < poll->count; c++) {
        if (hst_hash_equal(&poll->tallies[c].statement.id, id)) {
            return &poll->tallies[c];
        }
    }
    return NULL;
}

/* Index of the tally for a vote, made if there is room; UNLISTED when there is none. */
static uint8_t tally_for(const hst_tm *m, hst_tm_poll *poll, const hst_statement *vote)
{
    for (uint32_t c = poll->count; c-- > 0;) {
        if (hst_hash_equal(&poll->tallies[c].statement.id, &vote->id)) {
            return (uint8_t)c;
        }
    }
    if (poll->count == HST_TM_CANDIDATES) {
        return HST_TM_UNLISTED;
    }
    hst_tally_reset(&poll->tallies[poll->count], m->config.membership, *vote);
    return (uint8_t)poll->count++;
}

/* Honest replicas vote for the proposal or nil. Its tally must exist, whatever the dishonest made
 * up before it came: the lightest other one gives way, and its voters may be counted again. */
void hst_tm_list(hst_tm *m, hst_tm_slot *slot, const hst_hash *id)
{
    for (uint32_t phase = 0; phase < HST_TM_VOTES; phase++) {
        hst_tm_poll *poll = &slot->polls[phase];
        const hst_statement vote = {
            .phase = (uint8_t)phase, .view = slot->round, .height = slot->height, .id = *id};
        if (tally_for(m, poll, &vote) != HST_TM_UNLISTED) {
            continue;
        }
        uint32_t lightest = 1;
        for (uint32_t c = 2; c < poll->count; c++) {
            if (poll->tallies[c].weight < poll->tallies[lightest].weight) {
                lightest = c;
            }
        }
        for (uint32_t voter = 0; voter < m->n; voter++) {
            if (poll->choice[voter] == lightest + 1) {
                poll->choice[voter] = HST_TM_UNLISTED;
            }
        }
        hst_tally_reset(&poll->tallies[lightest], m->config.membership, vote);
    }
}

void hst_tm_accuse(hst_tm *m,
                   uint32_t guilty,
                   const hst_statement *a,
                   const hst_signature *a_signature,
                   const hst_statement *b,
                   const hst_signature *b_signature,
                   hst_effects *effects)
{
    static const hst_signature none = {{0}};
    hst_wire *wire = hst_effects_record(effects);
    wire->carry = m->config.carry_signatures;
    hst_wire_statement(wire, a);
    hst_wire_signature(wire, a_signature != NULL ? a_signature : &none);
    hst_wire_statement(wire, b);
    hst_wire_signature(wire, b_signature != NULL ? b_signature : &none);
    hst_effects_evidence(effects, guilty);
}

static bool crossed(uint64_t before, uint64_t after, uint64_t line)
{
    return before < line && after >= line;
}

/* A voter's second vote in a round and phase. */
static void double_vote(hst_tm *m,
                        hst_tm_poll *poll,
                        const hst_statement *vote,
                        uint32_t voter,
                        const hst_signature *signature,
                        hst_effects *effects)
{
    const hst_tally *first = &poll->tallies[poll->choice[voter] - 1];
    if (hst_hash_equal(&first->statement.id, &vote->id) || !hst_member_add(poll->guilty, voter)) {
        return;
    }
    hst_tm_accuse(m, voter, &first->statement,
                  first->signatures != NULL ? &first->signatures[voter] : NULL, vote, signature,
                  effects);
}

bool hst_tm_count(hst_tm *m,
                  hst_tm_slot *slot,
                  const hst_statement *vote,
                  uint32_t voter,
                  const hst_signature *signature,
                  hst_effects *effects)
{
    hst_tm_poll *poll = &slot->polls[vote->phase];
    const uint8_t choice = poll->choice[voter];
    if (choice != 0 && choice != HST_TM_UNLISTED) {
        double_vote(m, poll, vote, voter, signature, effects);
        return false;
    }
    const uint64_t weight = hst_membership_weight(m->config.membership, voter);
    bool reached = false;
    if (choice == 0) {
        poll->weight += weight;
        reached = crossed(poll->weight - weight, poll->weight, m->quorum);
    }
    const uint8_t at = tally_for(m, poll, vote);
    if (at == HST_TM_UNLISTED) {
        m->dropped++;
        poll->choice[voter] = HST_TM_UNLISTED;
        return reached;
    }
    hst_tally *tally = &poll->tallies[at];
    poll->choice[voter] = (uint8_t)(at + 1);
    (void)hst_tally_add(tally, m->config.membership, voter, signature);
    return crossed(tally->weight - weight, tally->weight, m->quorum) || reached;
}

void hst_tm_note_place(hst_tm *m, uint32_t peer, uint64_t height, uint64_t round)
{
    hst_tm_place *place = &m->places[peer];
    if (height < place->height || (height == place->height && round <= place->round)) {
        return;
    }
    const uint64_t weight = hst_membership_weight(m->config.membership, peer);
    if (place->height > m->height) {
        m->beyond_weight -= weight;
    } else if (place->height == m->height && place->round > m->round) {
        m->ahead_weight -= weight;
    }
    *place = (hst_tm_place){.height = height, .round = round};
    if (height > m->height) {
        m->beyond_weight += weight;
    } else if (height == m->height && round > m->round) {
        m->ahead_weight += weight;
    }
}

void hst_tm_recount(hst_tm *m)
{
    m->ahead_weight = 0;
    m->beyond_weight = 0;
    for (uint32_t peer = 0; peer < m->n; peer++) {
        const hst_tm_place *place = &m->places[peer];
        const uint64_t weight = hst_membership_weight(m->config.membership, peer);
        if (place->height > m->height) {
            m->beyond_weight += weight;
        } else if (place->height == m->height && place->round > m->round) {
            m->ahead_weight += weight;
        }
    }
}
