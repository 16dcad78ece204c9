/* Timeout certificates: q replicas want a view. On the wire they are grouped by the QC view each
 * signer claimed, for that is part of what it signed: one certificate a group, mostly one or two.
 */
#include "core/consensus/chain/chain.h"

#include <string.h>

void hst_chain_tc_lay_out(hst_chain_tc *tc, hst_layout *layout, const hst_consensus_config *config)
{
    const uint32_t count = config->membership->count;
    uint64_t *signers = hst_layout_take(layout, hst_member_words(count), sizeof *signers);
    uint64_t *highs = hst_layout_take(layout, count, sizeof *highs);
    hst_signature *signatures =
        config->carry_signatures ? hst_layout_take(layout, count, sizeof *signatures) : NULL;
    if (tc != NULL) {
        tc->signers = signers;
        tc->highs = highs;
        tc->signatures = signatures;
    }
}

static void clear(const hst_chain_machine *chain, hst_chain_tc *tc, uint64_t target)
{
    tc->target = target;
    tc->weight = 0;
    tc->high = 0;
    memset(tc->signers, 0, hst_member_words(chain->membership->count) * sizeof *tc->signers);
}

static bool add(const hst_chain_machine *chain,
                hst_chain_tc *tc,
                uint32_t signer,
                uint64_t high,
                const hst_signature *signature)
{
    if (!hst_member_add(tc->signers, signer)) {
        return false;
    }
    tc->weight += hst_membership_weight(chain->membership, signer);
    tc->highs[signer] = high;
    tc->high = high > tc->high ? high : tc->high;
    if (tc->signatures != NULL && signature != NULL) {
        tc->signatures[signer] = *signature;
    }
    return true;
}

static void exchange(hst_chain_machine *chain)
{
    const hst_chain_tc copy = chain->tc;
    chain->tc = chain->tc_scratch;
    chain->tc_scratch = copy;
}

void hst_chain_tc_make(hst_chain_machine *chain, uint64_t target)
{
    hst_chain_tc *tc = &chain->tc_scratch;
    clear(chain, tc, target);
    for (uint32_t i = 0; i < chain->membership->count; i++) {
        if (chain->wishes[i].target == target) {
            (void)add(chain, tc, i, chain->wishes[i].high,
                      chain->wish_signatures != NULL ? &chain->wish_signatures[i] : NULL);
        }
    }
    exchange(chain);
}

/* The next lower QC view among the signers, and who claimed it, into scratch. */
static bool next_group(hst_chain_machine *chain, const hst_chain_tc *tc, uint64_t below)
{
    uint64_t high = 0;
    bool found = false;
    for (uint32_t i = 0; i < chain->membership->count; i++) {
        if (hst_member_has(tc->signers, i) && tc->highs[i] < below && tc->highs[i] >= high) {
            high = tc->highs[i];
            found = true;
        }
    }
    hst_tally_reset(
        &chain->scratch, chain->membership,
        (hst_statement){.phase = HST_CHAIN_PHASE_TIMEOUT, .view = tc->target, .height = high});
    for (uint32_t i = 0; found && i < chain->membership->count; i++) {
        if (hst_member_has(tc->signers, i) && tc->highs[i] == high) {
            (void)hst_tally_add(&chain->scratch, chain->membership, i,
                                tc->signatures != NULL ? &tc->signatures[i] : NULL);
        }
    }
    return found;
}

static uint16_t count_groups(hst_chain_machine *chain, const hst_chain_tc *tc)
{
    uint16_t groups = 0;
    for (uint64_t below = UINT64_MAX; next_group(chain, tc, below);
         below = chain->scratch.statement.height) {
        groups++;
    }
    return groups;
}

void hst_chain_tc_write(hst_chain_machine *chain, hst_wire *wire, const hst_chain_tc *tc)
{
    const uint16_t groups = tc != NULL && tc->target != 0 ? count_groups(chain, tc) : 0;
    hst_wire_u16(wire, groups);
    uint64_t below = UINT64_MAX;
    for (uint16_t g = 0; g < groups && next_group(chain, tc, below); g++) {
        hst_wire_certificate(wire, &chain->scratch, chain->membership);
        below = chain->scratch.statement.height;
    }
}

/* Add the signers of the group just read. */
static bool merge(hst_chain_machine *chain, hst_chain_tc *tc)
{
    const hst_tally *group = &chain->scratch;
    for (uint32_t i = 0; i < chain->membership->count; i++) {
        if (hst_member_has(group->signers, i) &&
            !add(chain, tc, i, group->statement.height,
                 group->signatures != NULL ? &group->signatures[i] : NULL)) {
            return false;
        }
    }
    return true;
}

bool hst_chain_tc_read(hst_chain_machine *chain, hst_wire_reader *reader)
{
    hst_chain_tc *tc = &chain->tc_scratch;
    const uint16_t groups = hst_wire_read_u16(reader);
    clear(chain, tc, 0);
    for (uint16_t g = 0; g < groups && !reader->short_of; g++) {
        hst_wire_read_certificate(reader, chain->membership, &chain->scratch);
        const hst_statement *s = &chain->scratch.statement;
        const bool first = g == 0;
        if (reader->short_of || s->phase != HST_CHAIN_PHASE_TIMEOUT || s->height >= s->view ||
            (!first && s->view != tc->target) || !merge(chain, tc)) {
            reader->short_of = true;
            break;
        }
        tc->target = s->view;
    }
    if (groups > 0 && tc->weight < chain->quorum) {
        reader->short_of = true;
    }
    if (reader->short_of) {
        tc->target = 0;
    }
    return tc->target != 0;
}

void hst_chain_tc_take(hst_chain_machine *chain)
{
    if (chain->tc_scratch.target > chain->tc.target) {
        exchange(chain);
        hst_chain_enter_view(chain, chain->tc.target);
        chain->woken = chain->woken || chain->view == chain->tc.target;
    }
}

uint32_t hst_chain_tc_claims(hst_wire_reader *reader,
                             const hst_membership *membership,
                             hst_claim *out,
                             uint32_t capacity)
{
    const uint16_t groups = hst_wire_read_u16(reader);
    uint32_t count = 0;
    for (uint16_t g = 0; g < groups && !reader->short_of; g++) {
        const uint32_t room = count < capacity ? capacity - count : 0;
        count += hst_claims_certificate(reader, membership, room > 0 ? out + count : NULL, room);
    }
    return reader->short_of ? 0 : count;
}
