/* Crypto real and modelled: every protocol of the registry does the same, in the same order, at the
 * same times, on processors that are charged and cards that are slow. */
#include "tests/unit/consensus/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* What a run did: every commit of every replica, in order, and what it cost. */
typedef struct run {
    hst_cluster_report report;
    uint64_t commits;  /* how many */
    uint64_t sequence; /* over replica, height, batch and time of each, in the order they came */
} run;

static uint64_t mix(uint64_t sum, uint64_t value)
{
    return (sum ^ value) * UINT64_C(0x9e3779b97f4a7c15) + (sum >> 29);
}

static void
note(void *context, const hst_cluster *cluster, uint32_t replica, const hst_effect *commit)
{
    run *r = context;
    r->commits++;
    r->sequence = mix(r->sequence, replica);
    r->sequence = mix(r->sequence, commit->height);
    r->sequence = mix(r->sequence, commit->batch.id);
    r->sequence = mix(r->sequence, (uint64_t)hst_cluster_now(cluster));
}

static run run_one(const hst_consensus_protocol *protocol, bool real, int64_t verify_ns)
{
    enum { BATCHES = 30 };
    run r = {.commits = 0};
    test_cluster test;
    test_plan(&test, protocol, 4, 5);
    test.network.up_bits_per_second = 20000000;
    test.network.down_bits_per_second = 20000000;
    test.network.loss_ppm = 2000;
    test.options.costs = (hst_cluster_costs){.message_ns = 2000,
                                             .verify_ns = verify_ns,
                                             .sign_ns = 17020,
                                             .kilobyte_ns = 1211,
                                             .command_ns = 48121,
                                             .write_ns = 1000000};
    test.options.real_crypto = real;
    test.options.gather = 8;
    test.options.observer = note;
    test.options.observer_context = &r;
    /* Blocks of minutes are given as many paces as blocks of seconds. */
    const int64_t pace = protocol->pace_ns > HST_SECOND_NS ? protocol->pace_ns : HST_SECOND_NS;
    test_make(&test);
    test_load(&test, BATCHES, pace / 10);
    test_run(&test, 12 * pace + 2 * protocol->settle_ns);
    hst_cluster_measure(test.cluster, &r.report);
    test_end(&test);
    assert_true(r.commits > 0);
    assert_int_equal(r.report.forged, 0);
    return r;
}

static void real_and_modelled_crypto_give_the_same_order_of_events(void **state)
{
    (void)state;
    size_t count = 0;
    const hst_consensus_protocol *const *all = hst_consensus_protocols(&count);
    assert_true(count >= 11);
    for (size_t p = 0; p < count; p++) {
        const run modelled = run_one(all[p], false, 48107);
        const run real = run_one(all[p], true, 48107);
        assert_true(real.sequence == modelled.sequence);
        assert_true(real.report.digest == modelled.report.digest); /* of all events and machines */
        assert_true(real.commits == modelled.commits);
        assert_true(real.report.events == modelled.report.events);
        assert_true(real.report.messages == modelled.report.messages);
        assert_true(real.report.bytes == modelled.report.bytes);
        assert_true(real.report.busy_ns == modelled.report.busy_ns);
        assert_memory_equal(real.report.by_kind, modelled.report.by_kind,
                            sizeof real.report.by_kind);
    }
}

/* That the comparison can tell: a nanosecond more for each check is another run. */
static void a_nanosecond_more_for_a_signature_is_another_run(void **state)
{
    (void)state;
    const hst_consensus_protocol *pbft = hst_consensus_find("pbft");
    assert_true(run_one(pbft, false, 48107).sequence == run_one(pbft, true, 48107).sequence);
    assert_true(run_one(pbft, false, 48107).sequence != run_one(pbft, true, 48108).sequence);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_and_modelled_crypto_give_the_same_order_of_events),
        cmocka_unit_test(a_nanosecond_more_for_a_signature_is_another_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
