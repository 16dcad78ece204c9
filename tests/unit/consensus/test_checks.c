/* Every check fires: an honest machine is bent in one way, and the check of that name stops the
 * run. (Breaks inside the protocols themselves are in tests/mutants.) */
#include "core/consensus/certificate.h"
#include "core/consensus/rtgs/rtgs.h"

#include "tests/unit/consensus/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* What the bent machines do wrong from height 3 on; one test at a time. */
typedef enum bend {
    BEND_OTHER_BLOCK, /* commits a block of its own making */
    BEND_GAP,         /* leaves a height out */
    BEND_UNKNOWN,     /* commits what nobody submitted */
    BEND_UNDO,        /* rolls back what is final */
    BEND_RECORD,      /* leaves a record out */
    BEND_AFTER,       /* waits for a record that does not come */
    BEND_ACCUSE,      /* accuses an honest replica */
    BEND_CHATTER,     /* goes on and on at one instant */
    BEND_CERTIFICATE, /* passes on a certificate of two of four */
    BEND_REVOTE,      /* votes for something else in the view it voted in */
    BEND_BACK,        /* goes back by a view */
    BEND_LEAD,        /* leads when another one does */
    BEND_COUNT
} bend;

static bend how;

enum { FROM = 3, KIND_CERTIFICATE = 63 };

static bool is_bent(const hst_consensus_view *view)
{
    return view->commit_height >= FROM;
}

static void add_certificate(hst_effects *effects)
{
    uint64_t signers[1] = {0x3};
    static const hst_membership four = {.count = 4, .total = 4};
    const hst_tally tally = {
        .statement = {.phase = 1, .view = 1, .height = 1}, .signers = signers, .weight = 2};
    hst_wire *wire = hst_effects_message(effects, KIND_CERTIFICATE);
    hst_wire_certificate(wire, &tally, &four);
    (void)hst_effects_broadcast(effects, 0);
}

/* Something extra after a step. */
static void add(const hst_consensus_input *input, hst_effects *effects, uint64_t height)
{
    switch (how) {
    case BEND_UNDO: hst_effects_rollback(effects, height - 1); break;
    case BEND_RECORD: {
        hst_wire_u8(hst_effects_record(effects), 1);
        hst_effects_persist(effects, 1000000);
        break;
    }
    case BEND_AFTER: {
        hst_wire_u8(hst_effects_message(effects, KIND_CERTIFICATE), 1);
        (void)hst_effects_broadcast(effects, 1000000);
        break;
    }
    case BEND_ACCUSE:
        hst_wire_u8(hst_effects_record(effects), 1);
        hst_effects_evidence(effects, 1);
        break;
    case BEND_CHATTER: hst_effects_timer_set(effects, 7, input->now_ns); break;
    case BEND_CERTIFICATE: add_certificate(effects); break;
    case BEND_OTHER_BLOCK:
    case BEND_GAP:
    case BEND_UNKNOWN:
    case BEND_REVOTE:
    case BEND_BACK:
    case BEND_LEAD:
    case BEND_COUNT: break;
    }
}

static void bent_step(void *state, const hst_consensus_input *input, hst_effects *effects)
{
    hst_consensus_view view;
    hst_protocol_rtgs.step(state, input, effects);
    hst_protocol_rtgs.inspect(state, &view);
    if (!is_bent(&view)) {
        return;
    }
    for (uint32_t e = 0; e < effects->count; e++) {
        hst_effect *one = &effects->list[e];
        if (one->kind == HST_EFFECT_COMMIT) {
            one->id.bytes[0] ^= how == BEND_OTHER_BLOCK ? 1 : 0;
            one->height += how == BEND_GAP ? 1 : 0;
            one->batch.id = how == BEND_UNKNOWN ? 4000 : one->batch.id;
        }
    }
    add(input, effects, view.commit_height);
}

static void bent_inspect(const void *state, hst_consensus_view *view)
{
    static uint64_t turn;
    hst_protocol_rtgs.inspect(state, view);
    if (!is_bent(view)) {
        return;
    }
    turn++;
    if (how == BEND_REVOTE) {
        view->vote_view = 1;
        view->vote_height = 1;
        view->vote.bytes[0] = (unsigned char)turn;
    } else if (how == BEND_BACK) {
        view->view = 1000000 - turn;
    } else if (how == BEND_LEAD) {
        view->view = 7;
        view->leading = true;
    }
}

static uint32_t bent_claims(const hst_consensus_config *config,
                            uint32_t from,
                            const uint8_t *bytes,
                            size_t size,
                            hst_claim *out,
                            uint32_t capacity)
{
    if (size > 0 && bytes[0] == KIND_CERTIFICATE) {
        hst_wire_reader reader = hst_wire_read(bytes, size, false);
        return hst_claims_certificate(&reader, config->membership, out, capacity);
    }
    return hst_protocol_rtgs.claims(config, from, bytes, size, out, capacity);
}

/* Four replicas, of which one, or all but the operator for a second leader, are bent. */
static void fires(bend wrong, const char *check)
{
    static hst_message_kind kinds[KIND_CERTIFICATE + 1];
    hst_consensus_protocol bent = hst_protocol_rtgs;
    hst_consensus_protocol base = hst_protocol_rtgs;
    test_cluster test;
    how = wrong;
    for (uint32_t k = 0; k <= KIND_CERTIFICATE; k++) {
        kinds[k] = (hst_message_kind){"CERTIFICATE", HST_ROLE_CERTIFICATE};
    }
    bent.step = bent_step;
    bent.inspect = bent_inspect;
    bent.claims = bent_claims;
    bent.kinds = kinds;
    bent.kind_count = KIND_CERTIFICATE + 1;
    bent.model = HST_FAULTS_BYZANTINE;
    base.model = wrong == BEND_LEAD ? HST_FAULTS_CRASH : base.model;
    const hst_consensus_protocol *others[4] = {NULL, NULL, &bent,
                                               wrong == BEND_LEAD ? &bent : NULL};
    test_plan(&test, &base, 4, 1);
    test.options.others = others;
    test_make(&test);
    test_load(&test, 20, 20 * MS);
    test_violates(&test, 10 * HST_SECOND_NS, check);
    test_end(&test);
}

static void a_block_of_one_s_own_breaks_agreement(void **state)
{
    (void)state;
    fires(BEND_OTHER_BLOCK, "agreement");
}

static void a_gap_breaks_the_order(void **state)
{
    (void)state;
    fires(BEND_GAP, "order");
}

static void what_nobody_submitted_breaks_integrity(void **state)
{
    (void)state;
    fires(BEND_UNKNOWN, "integrity");
}

static void rolling_back_what_is_final_breaks_finality(void **state)
{
    (void)state;
    fires(BEND_UNDO, "finality");
}

static void records_that_are_missing_break_persistence(void **state)
{
    (void)state;
    fires(BEND_RECORD, "persistence");
    fires(BEND_AFTER, "persistence");
}

static void accusing_an_honest_replica_is_no_evidence(void **state)
{
    (void)state;
    fires(BEND_ACCUSE, "evidence");
}

static void going_on_without_time_passing_is_not_bounded(void **state)
{
    (void)state;
    fires(BEND_CHATTER, "bounded");
}

static void two_of_four_are_no_certificate(void **state)
{
    (void)state;
    fires(BEND_CERTIFICATE, "certificate");
}

static void another_vote_in_the_same_view_is_a_second_one(void **state)
{
    (void)state;
    fires(BEND_REVOTE, "votes");
}

static void a_view_that_goes_back_is_not_monotone(void **state)
{
    (void)state;
    fires(BEND_BACK, "monotone");
}

static void two_leaders_of_one_view_are_one_too_many(void **state)
{
    (void)state;
    fires(BEND_LEAD, "leader");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_of_one_s_own_breaks_agreement),
        cmocka_unit_test(a_gap_breaks_the_order),
        cmocka_unit_test(what_nobody_submitted_breaks_integrity),
        cmocka_unit_test(rolling_back_what_is_final_breaks_finality),
        cmocka_unit_test(records_that_are_missing_break_persistence),
        cmocka_unit_test(accusing_an_honest_replica_is_no_evidence),
        cmocka_unit_test(going_on_without_time_passing_is_not_bounded),
        cmocka_unit_test(two_of_four_are_no_certificate),
        cmocka_unit_test(another_vote_in_the_same_view_is_a_second_one),
        cmocka_unit_test(a_view_that_goes_back_is_not_monotone),
        cmocka_unit_test(two_leaders_of_one_view_are_one_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
