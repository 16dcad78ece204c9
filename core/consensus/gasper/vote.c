/* Attestations: cast, gathered, counted; and the links they add up to. */
#include "core/consensus/gasper/internal.h"

hst_hash hst_gasper_link_name(const hst_hash *source, const hst_hash *target)
{
    uint8_t bytes[2 * HST_HASH_SIZE];
    memcpy(bytes, source->bytes, HST_HASH_SIZE);
    memcpy(bytes + HST_HASH_SIZE, target->bytes, HST_HASH_SIZE);
    return hst_blake2b(bytes, sizeof bytes);
}

/* ---- links ---------------------------------------------------------------------------------- */

static bool is_link(const hst_gasper_link *link, const hst_statement *statement)
{
    return link->used && hst_statement_equal(&link->tally.statement, statement);
}

/* The link of a vote; a new one takes a free place, that of an older epoch, or the lightest. */
static hst_gasper_link *link_of(hst_gasper *m, const hst_gasper_vote *vote)
{
    hst_gasper_link *place = &m->links[0];
    for (uint32_t l = 0; l < HST_GASPER_LINKS; l++) {
        hst_gasper_link *link = &m->links[l];
        if (is_link(link, &vote->link)) {
            return link;
        }
        if (!place->used) {
            continue;
        }
        const bool older = link->target.epoch < place->target.epoch;
        const bool lighter =
            link->target.epoch == place->target.epoch && link->tally.weight < place->tally.weight;
        place = !link->used || older || lighter ? link : place;
    }
    if (place->used && place->target.epoch > vote->target.epoch) {
        m->dropped++;
        return NULL;
    }
    place->used = true;
    place->done = false;
    place->source = vote->source;
    place->target = vote->target;
    hst_tally_reset(&place->tally, m->config.membership, vote->link);
    return place;
}

/* Honest replicas vote only from checkpoints they know to be justified; two thirds hold more honest
 * weight than is needed to say so. */
void hst_gasper_supermajority(hst_gasper *m,
                              const hst_gasper_checkpoint *source,
                              const hst_gasper_checkpoint *target,
                              const hst_tally *tally)
{
    if (target->epoch > m->justification_target.epoch) {
        m->justification_source = *source;
        m->justification_target = *target;
        hst_tally_copy(&m->justification, tally, m->config.membership);
    }
    if (target->epoch > m->pending.epoch) {
        m->pending = *target;
    }
    if (target->epoch == source->epoch + 1 && source->epoch > m->proven.epoch) {
        m->proven = *source;
        m->proven_target = *target;
        hst_tally_copy(&m->proven_proof, tally, m->config.membership);
    }
    m->moved = true;
}

static void count_link(hst_gasper *m,
                       uint32_t voter,
                       const hst_gasper_vote *vote,
                       const hst_signature *signature)
{
    if (vote->target.epoch <= vote->source.epoch) {
        return; /* of the first epoch, before there is anything to justify */
    }
    hst_gasper_link *link = link_of(m, vote);
    if (link == NULL || !hst_tally_add(&link->tally, m->config.membership, voter, signature) ||
        link->done || !hst_gasper_two_thirds(m, link->tally.weight)) {
        return;
    }
    link->done = true;
    hst_gasper_supermajority(m, &link->source, &link->target, &link->tally);
}

/* ---- one vote ------------------------------------------------------------------------------- */

/* Two votes of one replica that Casper's commandments forbid together. */
static void
convict(hst_gasper *m, uint32_t voter, const hst_gasper_vote *vote, hst_effects *effects)
{
    hst_gasper_latest *latest = &m->latest[voter];
    hst_wire *wire = hst_effects_record(effects);
    hst_wire_u64(wire, latest->source);
    hst_wire_u64(wire, latest->epoch - 1);
    hst_wire_u64(wire, latest->link);
    hst_wire_u64(wire, latest->head);
    hst_wire_statement(wire, &vote->head);
    hst_wire_statement(wire, &vote->link);
    hst_effects_evidence(effects, voter);
    hst_gasper_block *block = hst_gasper_at(m, latest->serial);
    if (block != NULL) {
        block->weight -= hst_membership_weight(m->config.membership, voter);
        m->stale = true;
    }
    latest->serial = 0;
    latest->guilty = true;
}

static bool contradicts(const hst_gasper_latest *latest, const hst_gasper_vote *vote)
{
    if (latest->epoch == 0) {
        return false;
    }
    const uint64_t target = latest->epoch - 1;
    if (target == vote->target.epoch) { /* a double vote */
        return latest->link != hst_name_word(&vote->link.id) ||
               latest->head != hst_name_word(&vote->head.id) ||
               latest->source != vote->source.epoch;
    }
    /* One surrounds the other. */
    return (target < vote->target.epoch && latest->source > vote->source.epoch) ||
           (target > vote->target.epoch && latest->source < vote->source.epoch);
}

/* The latest message of a replica moves its weight to another block. */
static void move_weight(hst_gasper *m, uint32_t voter, const hst_gasper_vote *vote)
{
    hst_gasper_latest *latest = &m->latest[voter];
    const uint64_t weight = hst_membership_weight(m->config.membership, voter);
    hst_gasper_block *before = hst_gasper_at(m, latest->serial);
    hst_gasper_block *head = hst_gasper_find(m, &vote->head.id);
    if (before != NULL) {
        before->weight -= weight;
    }
    if (head != NULL) {
        head->weight += weight;
    }
    *latest = (hst_gasper_latest){.epoch = vote->target.epoch + 1,
                                  .source = vote->source.epoch,
                                  .link = hst_name_word(&vote->link.id),
                                  .head = hst_name_word(&vote->head.id),
                                  .serial = head != NULL ? head->serial : 0};
    m->stale = true;
}

void hst_gasper_count(hst_gasper *m,
                      uint32_t voter,
                      const hst_gasper_vote *vote,
                      const hst_signature *signature,
                      hst_effects *effects)
{
    hst_gasper_latest *latest = &m->latest[voter];
    if (latest->guilty) {
        return;
    }
    if (contradicts(latest, vote)) {
        convict(m, voter, vote, effects);
        return;
    }
    const bool known = latest->epoch == vote->target.epoch + 1;
    if (latest->epoch <= vote->target.epoch || (known && latest->serial == 0)) {
        move_weight(m, voter, vote); /* the second time, its head may have come meanwhile */
    }
    if (known) {
        return;
    }
    count_link(m, voter, vote, signature);
}

/* What holds for every attestation: it is of this epoch or the last, and its parts fit. */
static bool fits(hst_gasper *m, const hst_gasper_vote *vote)
{
    const uint64_t epoch = vote->head.view / m->slots;
    const uint64_t now = m->now_slot / m->slots;
    if (vote->head.phase != HST_GASPER_PHASE_HEAD || vote->head.height != 0 ||
        vote->link.phase != HST_GASPER_PHASE_LINK || vote->link.view != epoch ||
        vote->link.height > epoch || (vote->link.height == epoch && epoch > 0)) {
        m->refused++;
        return false;
    }
    if (vote->head.view > m->now_slot + 1 || epoch + 1 < now) {
        m->dropped++;
        return false;
    }
    for (uint32_t l = 0; l < HST_GASPER_LINKS; l++) {
        if (is_link(&m->links[l], &vote->link)) {
            return hst_hash_equal(&m->links[l].source.root, &vote->source.root) &&
                   hst_hash_equal(&m->links[l].target.root, &vote->target.root);
        }
    }
    const hst_hash name = hst_gasper_link_name(&vote->source.root, &vote->target.root);
    if (!hst_hash_equal(&name, &vote->link.id)) {
        m->refused++;
        return false;
    }
    return true;
}

static void complete(hst_gasper_vote *vote)
{
    vote->source.epoch = vote->link.height;
    vote->target.epoch = vote->link.view;
}

/* ---- casting and gathering ------------------------------------------------------------------ */

static bool same_vote(const hst_gasper_group *group, const hst_gasper_vote *vote)
{
    return hst_statement_equal(&group->head.statement, &vote->head) &&
           hst_statement_equal(&group->link.statement, &vote->link);
}

/* Index of the group of a vote, HST_GASPER_GROUPS when there is none. */
static uint32_t find_group(const hst_gasper *m, const hst_gasper_vote *vote)
{
    for (uint32_t g = 0; m->group_slot == vote->head.view && g < m->group_count; g++) {
        if (same_vote(&m->groups[g], vote)) {
            return g;
        }
    }
    return HST_GASPER_GROUPS;
}

/* The group of a vote, when it is of the slot that is being gathered: what an aggregator will pass
 * on at two thirds of the slot, and the next proposer in its block, so that all come to see what
 * some were told. */
static hst_gasper_group *group_of(hst_gasper *m, const hst_gasper_vote *vote)
{
    if (m->group_slot != vote->head.view) {
        if (vote->head.view != m->now_slot) {
            return NULL;
        }
        m->group_slot = vote->head.view;
        m->group_count = 0;
    }
    const uint32_t known = find_group(m, vote);
    if (known < HST_GASPER_GROUPS) {
        return &m->groups[known];
    }
    if (m->group_count == HST_GASPER_GROUPS) {
        m->dropped++;
        return NULL;
    }
    hst_gasper_group *group = &m->groups[m->group_count++];
    group->source = vote->source;
    group->target = vote->target;
    hst_tally_reset(&group->head, m->config.membership, vote->head);
    hst_tally_reset(&group->link, m->config.membership, vote->link);
    return group;
}

/* Signatures may be NULL when they are not carried, and for one's own. */
static void gather(const hst_gasper *m,
                   hst_gasper_group *group,
                   uint32_t voter,
                   const hst_signature *head,
                   const hst_signature *link)
{
    if (group != NULL) {
        (void)hst_tally_add(&group->head, m->config.membership, voter, head);
        (void)hst_tally_add(&group->link, m->config.membership, voter, link);
    }
}

static void write_group(const hst_gasper *m, hst_wire *wire, const hst_gasper_group *group)
{
    hst_wire_certificate(wire, &group->head, m->config.membership);
    hst_wire_certificate(wire, &group->link, m->config.membership);
    hst_wire_hash(wire, &group->source.root);
    hst_wire_hash(wire, &group->target.root);
}

void hst_gasper_write_groups(const hst_gasper *m, uint64_t slot, hst_wire *wire)
{
    const uint32_t count = m->group_slot == slot ? m->group_count : 0;
    hst_wire_u8(wire, (uint8_t)count);
    for (uint32_t g = 0; g < count; g++) {
        write_group(m, wire, &m->groups[g]);
    }
}

static void send_attestation(hst_gasper *m, const hst_gasper_vote *vote, hst_effects *effects)
{
    const hst_gasper_duties *duties = hst_gasper_duties_of(m, vote->target.epoch);
    const uint32_t count = m->config.membership->count;
    const uint32_t aggregators = (uint32_t)hst_gasper_value(m, HST_GASPER_AGGREGATORS);
    uint32_t rank = 0;
    const hst_effect *sent = NULL;
    for (uint64_t i = vote->head.view % m->slots; i < count && rank < aggregators;
         i += m->slots, rank++) {
        const uint32_t to = duties->order[i];
        if (to == m->config.self) {
            continue;
        }
        if (sent != NULL) {
            sent = hst_effects_again(effects, sent, to);
            continue;
        }
        hst_wire *wire = hst_effects_message(effects, HST_GASPER_ATTESTATION);
        hst_wire_statement(wire, &vote->head);
        hst_wire_signature_slot(wire);
        hst_wire_statement(wire, &vote->link);
        hst_wire_signature_slot(wire);
        hst_wire_hash(wire, &vote->source.root);
        hst_wire_hash(wire, &vote->target.root);
        sent = hst_effects_send(effects, to, m->sequence);
    }
}

/* One attestation an epoch: for the head, and from the justified checkpoint to that of this epoch
 * on the head's chain. Neither a target twice nor a source before an earlier one. */
void hst_gasper_attest(hst_gasper *m, hst_effects *effects)
{
    const uint64_t slot = m->now_slot;
    const uint64_t epoch = slot / m->slots;
    if (m->lost || epoch + 1 <= m->voted_epoch || m->justified.epoch < m->voted_source ||
        !hst_gasper_attests(m, m->config.self, slot)) {
        return;
    }
    hst_gasper_block *head = hst_gasper_head(m);
    const hst_gasper_block *boundary = hst_gasper_boundary(m, head, epoch);
    if (head == NULL || boundary == NULL) {
        return;
    }
    const hst_gasper_vote vote = {
        .head = {.phase = HST_GASPER_PHASE_HEAD, .view = slot, .id = head->id},
        .link = {.phase = HST_GASPER_PHASE_LINK,
                 .view = epoch,
                 .height = m->justified.epoch,
                 .id = hst_gasper_link_name(&m->justified.root, &boundary->id)},
        .source = m->justified,
        .target = {.epoch = epoch, .root = boundary->id}};
    m->voted_epoch = epoch + 1;
    m->voted_source = m->justified.epoch;
    m->voted_slot = slot;
    m->voted_head = head->id;
    hst_gasper_persist(m, NULL, effects);
    send_attestation(m, &vote, effects);
    gather(m, group_of(m, &vote), m->config.self, NULL, NULL);
    hst_gasper_count(m, m->config.self, &vote, NULL, effects);
}

static bool aggregates(hst_gasper *m, uint64_t slot)
{
    const hst_gasper_duties *duties = hst_gasper_duties_of(m, slot / m->slots);
    const uint64_t place = duties->place[m->config.self];
    return place % m->slots == slot % m->slots &&
           place / m->slots < (uint64_t)hst_gasper_value(m, HST_GASPER_AGGREGATORS);
}

void hst_gasper_aggregate(hst_gasper *m, hst_effects *effects)
{
    if (m->group_slot != m->now_slot || !aggregates(m, m->now_slot)) {
        return;
    }
    for (uint32_t g = 0; g < m->group_count; g++) {
        const hst_gasper_group *group = &m->groups[g];
        hst_wire *wire = hst_effects_message(effects, HST_GASPER_AGGREGATE);
        write_group(m, wire, group);
        hst_effects_broadcast(effects, m->sequence);
    }
}

/* ---- messages ------------------------------------------------------------------------------- */

/* A head that is not here: whoever votes for it has it. */
static void fetch_head(hst_gasper *m,
                       const hst_consensus_input *input,
                       const hst_hash *head,
                       hst_effects *effects)
{
    if (!m->sync_armed && hst_gasper_find(m, head) == NULL) {
        hst_gasper_ask(m, input->from, input->now_ns, effects);
    }
}

void hst_gasper_on_attestation(hst_gasper *m,
                               const hst_consensus_input *input,
                               hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->config.carry_signatures);
    hst_gasper_vote vote;
    hst_signature signatures[2];
    vote.head = hst_wire_read_statement(&reader);
    signatures[0] = hst_wire_read_signature(&reader);
    vote.link = hst_wire_read_statement(&reader);
    signatures[1] = hst_wire_read_signature(&reader);
    vote.source.root = hst_wire_read_hash(&reader);
    vote.target.root = hst_wire_read_hash(&reader);
    complete(&vote);
    if (!hst_wire_read_done(&reader)) {
        m->refused++;
        return;
    }
    if (!fits(m, &vote) || !hst_gasper_attests(m, input->from, vote.head.view)) {
        return;
    }
    gather(m, group_of(m, &vote), input->from, &signatures[0], &signatures[1]);
    hst_gasper_count(m, input->from, &vote, &signatures[1], effects);
    fetch_head(m, input, &vote.head.id, effects);
}

static bool same_signers(const hst_gasper *m)
{
    return memcmp(m->scratch[0].signers, m->scratch[1].signers,
                  m->words * sizeof *m->scratch[0].signers) == 0;
}

void hst_gasper_take_group(hst_gasper *m,
                           const hst_consensus_input *input,
                           hst_wire_reader *reader,
                           hst_effects *effects)
{
    hst_tally *head = &m->scratch[0];
    hst_tally *link = &m->scratch[1];
    hst_wire_read_certificate(reader, m->config.membership, head);
    hst_wire_read_certificate(reader, m->config.membership, link);
    hst_gasper_vote vote = {.head = head->statement, .link = link->statement};
    vote.source.root = hst_wire_read_hash(reader);
    vote.target.root = hst_wire_read_hash(reader);
    complete(&vote);
    if (reader->short_of || !same_signers(m)) {
        m->refused++;
        reader->short_of = true;
        return;
    }
    if (!fits(m, &vote)) {
        return;
    }
    const uint32_t known = find_group(m, &vote); /* whoever is in it has been counted */
    hst_gasper_group *group = known < HST_GASPER_GROUPS ? &m->groups[known] : NULL;
    bool looked = group != NULL;
    const bool carried = link->signatures != NULL;
    for (uint32_t w = 0; w < m->words; w++) {
        const uint64_t counted = group != NULL ? group->link.signers[w] : 0;
        for (uint64_t rest = link->signers[w] & ~counted; rest != 0; rest &= rest - 1) {
            const uint32_t voter = 64 * w + (uint32_t)__builtin_ctzll(rest);
            if (!hst_gasper_attests(m, voter, vote.head.view)) {
                continue;
            }
            if (!looked) { /* for the committee only: others may not fill the room */
                group = group_of(m, &vote);
                looked = true;
            }
            const hst_signature *signature = carried ? &link->signatures[voter] : NULL;
            gather(m, group, voter, carried ? &head->signatures[voter] : NULL, signature);
            hst_gasper_count(m, voter, &vote, signature, effects);
        }
    }
    fetch_head(m, input, &vote.head.id, effects);
}

void hst_gasper_on_aggregate(hst_gasper *m, const hst_consensus_input *input, hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->config.carry_signatures);
    hst_gasper_take_group(m, input, &reader, effects);
    m->refused += !reader.short_of && !hst_wire_read_done(&reader);
}

void hst_gasper_on_link(hst_gasper *m, const hst_consensus_input *input, hst_effects *effects)
{
    (void)effects;
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->config.carry_signatures);
    hst_tally *link = &m->scratch[1];
    hst_wire_read_certificate(&reader, m->config.membership, link);
    hst_gasper_checkpoint source = {.epoch = link->statement.height};
    hst_gasper_checkpoint target = {.epoch = link->statement.view};
    source.root = hst_wire_read_hash(&reader);
    target.root = hst_wire_read_hash(&reader);
    const hst_hash name = hst_gasper_link_name(&source.root, &target.root);
    if (!hst_wire_read_done(&reader) || link->statement.phase != HST_GASPER_PHASE_LINK ||
        source.epoch >= target.epoch || !hst_hash_equal(&name, &link->statement.id) ||
        !hst_gasper_two_thirds(m, link->weight)) {
        m->refused++;
        return;
    }
    hst_gasper_supermajority(m, &source, &target, link);
}
