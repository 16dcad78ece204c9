/* A machine from outside: the claims of its messages, its neutral view, its digest. */
#include "core/consensus/name.h"
#include "core/consensus/tendermint/internal.h"

#include <string.h>

/* Bytes of a value, of what comes before the certificate of a decision. */
enum { VALUE_SIZE = 4 + 16, DECISION_HEAD = 8 + HST_HASH_SIZE + VALUE_SIZE };

static void pass_over(hst_wire_reader *reader, size_t count)
{
    uint8_t bytes[DECISION_HEAD];
    hst_wire_read_bytes(reader, bytes, count);
}

static uint32_t claims_proposal(hst_wire_reader *reader,
                                const hst_membership *membership,
                                uint32_t from,
                                hst_claim *out,
                                uint32_t capacity)
{
    const uint32_t own = hst_claims_vote(reader, from, out, capacity);
    pass_over(reader, VALUE_SIZE);
    if (own == 0 || hst_wire_read_u8(reader) == 0) {
        return reader->short_of ? 0 : own;
    }
    const bool room = capacity > own;
    const uint32_t proof = hst_claims_certificate(reader, membership, room ? out + own : NULL,
                                                  room ? capacity - own : 0);
    return reader->short_of ? 0 : own + proof;
}

uint32_t hst_tm_claims(const hst_consensus_config *config,
                       uint32_t from,
                       const uint8_t *bytes,
                       size_t size,
                       hst_claim *out,
                       uint32_t capacity)
{
    hst_wire_reader reader = hst_wire_read(bytes, size, config->carry_signatures);
    switch (size > 0 ? bytes[0] : HST_TM_KINDS) {
    case HST_TM_PROPOSAL: return claims_proposal(&reader, config->membership, from, out, capacity);
    case HST_TM_PREVOTE:
    case HST_TM_PRECOMMIT: return hst_claims_vote(&reader, from, out, capacity);
    case HST_TM_POLKA:
        pass_over(&reader, VALUE_SIZE);
        return hst_claims_certificate(&reader, config->membership, out, capacity);
    case HST_TM_DECISION:
    case HST_TM_STATE:
        pass_over(&reader, DECISION_HEAD);
        return hst_claims_certificate(&reader, config->membership, out, capacity);
    default: return 0;
    }
}

/* Rounds start anew at every height, so heights and rounds make up what only grows. */
static uint64_t view_of(uint64_t height, uint64_t round)
{
    return height * (2 * HST_TM_ROUND_MAX) + round;
}

void hst_tm_inspect(const void *state, hst_consensus_view *view)
{
    const hst_tm *m = state;
    const hst_tm_own *own = &m->own;
    const bool locked = own->height == m->height && own->locked_round >= 0;
    *view = (hst_consensus_view){
        .view = view_of(m->height, m->round),
        .leader = m->height > 0 ? m->proposer : HST_CONSENSUS_NOBODY,
        .leading = m->height > 0 && m->proposer == m->config.self,
        .vote_view = m->shows ? view_of(m->shown.height, m->shown.view) : 0,
        .vote_height = m->shown.height,
        .vote_phase = m->shown.phase,
        .vote = m->shown.id,
        .lock_view = locked ? view_of(m->height, (uint64_t)own->locked_round) : 0,
        .commit_height = m->height > 0 ? m->height - 1 : 0,
        .commit = m->parent,
        .final_height = m->height > 0 ? m->height - 1 : 0,
        .durable = m->durable,
        .view_changes = m->view_changes,
        .refused = m->refused,
        .dropped = m->dropped,
        .behind = m->beyond_weight >= m->weak ? 1 : 0,
    };
    if (locked) {
        view->lock = own->locked.id;
    }
    if (m->height > 0 && m->proven >= m->height) {
        view->behind = m->proven + 1 - m->height;
    }
}

/* ---- digest ------------------------------------------------------------------------------- */

static void digest_hash(hst_digest *digest, const hst_hash *hash)
{
    hst_digest_update(digest, hash->bytes, sizeof hash->bytes);
}

static void digest_value(hst_digest *digest, int64_t round, const hst_tm_value *value)
{
    hst_digest_u64(digest, (uint64_t)round);
    if (round >= 0) {
        digest_hash(digest, &value->id);
    }
}

static void digest_tally(hst_digest *digest, const hst_tally *tally, uint32_t n)
{
    hst_digest_u64(digest, tally->statement.view);
    digest_hash(digest, &tally->statement.id);
    hst_digest_update(digest, tally->signers, hst_member_words(n) * sizeof *tally->signers);
}

static void digest_slot(hst_digest *digest, const hst_tm_slot *slot, uint32_t n)
{
    hst_digest_u64(digest, slot->height);
    hst_digest_u64(digest, slot->round);
    hst_digest_u64(digest, (uint64_t)slot->polka << 1 | (uint64_t)slot->doubled);
    digest_value(digest, slot->proposal.known ? 0 : -1, &slot->proposal.value);
    hst_digest_u64(digest, (uint64_t)slot->proposal.valid_round);
    for (uint32_t phase = 0; phase < HST_TM_VOTES; phase++) {
        const hst_tm_poll *poll = &slot->polls[phase];
        hst_digest_u64(digest, poll->weight);
        for (uint32_t c = 0; c < poll->count; c++) {
            digest_tally(digest, &poll->tallies[c], n);
        }
    }
}

static void digest_own(hst_digest *digest, const hst_tm_own *own)
{
    hst_digest_u64(digest, own->height);
    hst_digest_u64(digest, own->round);
    for (uint32_t b = 0; b < 2; b++) {
        const hst_tm_ballot *ballot = &own->ballots[b];
        hst_digest_u64(digest, ballot->round);
        for (uint32_t phase = 0; phase < HST_TM_VOTES; phase++) {
            hst_digest_u64(digest, ballot->cast[phase] ? 1 : 0);
            digest_hash(digest, &ballot->id[phase]);
        }
    }
    digest_value(digest, own->locked_round, &own->locked);
    digest_value(digest, own->valid_round, &own->valid);
    digest_value(digest, own->proposed_round, &own->proposed);
}

uint64_t hst_tm_digest(const void *state)
{
    const hst_tm *m = state;
    hst_digest digest;
    hst_digest_init(&digest, NULL, 0);
    hst_digest_u64(&digest, m->height);
    hst_digest_u64(&digest, m->round);
    hst_digest_u64(&digest, (uint64_t)m->step);
    digest_hash(&digest, &m->parent);
    digest_own(&digest, &m->own);
    for (uint32_t s = 0; s < 2 * HST_TM_ROUNDS; s++) {
        if (m->slots[s].height >= m->height && m->slots[s].height > 0) {
            digest_slot(&digest, &m->slots[s], m->n);
        }
    }
    for (uint32_t peer = 0; peer < m->n; peer++) {
        hst_digest_u64(&digest, m->places[peer].height);
        hst_digest_u64(&digest, m->places[peer].round);
    }
    for (uint32_t t = 0; t < HST_TM_TIMERS; t++) {
        hst_digest_u64(&digest, (uint64_t)m->deadlines[t]);
    }
    hst_digest_u64(&digest, m->proven);
    hst_digest_u64(&digest, m->settled ? 1 : 0);
    hst_digest_u64(&digest, m->fetching ? 1 + (uint64_t)m->asked : 0);
    hst_digest_u64(&digest, m->sequence);
    hst_digest_u64(&digest, m->durable);
    return hst_name_digest(&digest);
}
