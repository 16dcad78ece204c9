#include "tests/unit/consensus/support.h"

#include "core/base/random.h"

#include "sim/base/os_memory.h"
#include "sim/base/purpose.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

void test_plan(test_cluster *test,
               const hst_consensus_protocol *protocol,
               uint32_t count,
               uint64_t seed)
{
    memset(test, 0, sizeof *test);
    test->membership = (hst_membership){.count = count, .total = count};
    test->base_ns[0] = 10 * MS;
    test->network =
        (hst_network_options){.count = count, .region_count = 1, .jitter_ns = 5 * MS, .seed = seed};
    test->options = (hst_cluster_options){.protocol = protocol,
                                          .costs = {.write_ns = 1 * MS},
                                          .seed = seed,
                                          .keep_logs = true,
                                          .batch_capacity = 4096,
                                          .memory = hst_os_memory()};
}

void test_make(test_cluster *test)
{
    test->network.base_ns = test->base_ns;
    test->options.membership = &test->membership;
    test->options.network = &test->network;
    assert_int_equal(hst_cluster_create(&test->options, &test->cluster), HST_OK);
}

void test_end(test_cluster *test)
{
    hst_cluster_destroy(test->cluster);
    test->cluster = NULL;
}

void test_load(test_cluster *test, uint32_t count, int64_t every_ns)
{
    enum { SIZE = 1000, COMMANDS = 10 };
    const int64_t now = hst_cluster_now(test->cluster);
    for (uint32_t b = 0; b < count; b++) {
        assert_int_not_equal(hst_cluster_submit(test->cluster, now + b * every_ns, SIZE, COMMANDS),
                             0);
    }
}

static void fail_with(const test_cluster *test)
{
    const hst_cluster_violation *v = hst_cluster_violated(test->cluster);
    fail_msg("check %s, replica %" PRIu32 ", height %" PRIu64 ", event %" PRIu64 ", seed %" PRIu64
             ": %s",
             v->check, v->replica, v->height, v->event, test->options.seed, v->text);
}

void test_run(test_cluster *test, int64_t until_ns)
{
    const hst_status status = hst_cluster_run(test->cluster, until_ns, 0);
    if (status == HST_REFUSED) {
        fail_with(test);
    }
    assert_int_equal(status, HST_OK);
}

void test_reach(test_cluster *test, uint64_t height, int64_t until_ns)
{
    const hst_status status = hst_cluster_run(test->cluster, until_ns, height);
    if (status == HST_REFUSED) {
        fail_with(test);
    }
    assert_int_equal(status, HST_OK);
    hst_cluster_report report;
    hst_cluster_measure(test->cluster, &report);
    if (report.committed_all < height) {
        fail_msg("height %" PRIu64 " of %" PRIu64 " after %" PRId64 " ms (seed %" PRIu64 ")",
                 report.committed_all, height, report.now_ns / MS, test->options.seed);
    }
}

void test_violates(test_cluster *test, int64_t until_ns, const char *check)
{
    const hst_status status = hst_cluster_run(test->cluster, until_ns, 0);
    if (status == HST_OK) {
        fail_msg("check %s did not fire", check);
    }
    assert_int_equal(status, HST_REFUSED);
    assert_string_equal(hst_cluster_violated(test->cluster)->check, check);
}

uint64_t test_decided(const test_cluster *test)
{
    hst_cluster_report report;
    hst_cluster_measure(test->cluster, &report);
    return report.commands / 10;
}

/* ---- storms ------------------------------------------------------------------------------- */

static void cut_off(test_cluster *test, uint32_t replica, bool cut, unsigned directions)
{
    hst_network *network = hst_cluster_network(test->cluster);
    for (uint32_t other = 0; other < test->membership.count; other++) {
        if ((directions & 1) != 0) {
            hst_network_cut(network, replica, other, cut);
        }
        if ((directions & 2) != 0) {
            hst_network_cut(network, other, replica, cut);
        }
    }
}

void test_storm(
    test_cluster *test, uint64_t seed, uint32_t faulty_max, int64_t for_ns, int64_t settle_ns)
{
    enum { WELL = 0, DOWN, CUT };
    hst_random random = hst_random_stream(seed, 0, 0, HST_PURPOSE_FAULT);
    uint8_t states[64] = {WELL};
    uint32_t faulty = 0;
    assert_true(test->membership.count <= 64);
    const int64_t end = hst_cluster_now(test->cluster) + for_ns;
    while (hst_cluster_now(test->cluster) < end) {
        const int64_t step = 1 + (int64_t)hst_random_below(&random, 400) * MS;
        test_run(test, hst_cluster_now(test->cluster) + step);
        const uint32_t replica = (uint32_t)hst_random_below(&random, test->membership.count);
        if (states[replica] == DOWN) {
            hst_cluster_restart(test->cluster, replica, true);
            states[replica] = WELL;
            faulty--;
        } else if (states[replica] == CUT) {
            cut_off(test, replica, false, 3);
            states[replica] = WELL;
            faulty--;
        } else if (faulty < faulty_max && hst_random_below(&random, 2) == 0) {
            hst_cluster_crash(test->cluster, replica);
            states[replica] = DOWN;
            faulty++;
        } else if (faulty < faulty_max) {
            cut_off(test, replica, true, 1 + (unsigned)hst_random_below(&random, 3));
            states[replica] = CUT;
            faulty++;
        }
    }
    hst_network_heal(hst_cluster_network(test->cluster));
    for (uint32_t i = 0; i < test->membership.count; i++) {
        if (states[i] == DOWN) {
            hst_cluster_restart(test->cluster, i, true);
        }
    }
    hst_cluster_report report;
    hst_cluster_measure(test->cluster, &report);
    test_run(test, hst_cluster_now(test->cluster) + settle_ns);
}

/* ---- what every protocol must do ----------------------------------------------------------- */

enum { BATCHES = 20 };

static uint64_t run_plain(const hst_consensus_protocol *protocol, uint32_t count, bool real)
{
    test_cluster test;
    test_plan(&test, protocol, count, 7);
    test.options.real_crypto = real;
    test_make(&test);
    test_load(&test, BATCHES, 50 * MS);
    test_run(&test, 120 * HST_SECOND_NS);
    assert_int_equal(test_decided(&test), BATCHES);
    hst_cluster_report report;
    hst_cluster_measure(test.cluster, &report);
    test_end(&test);
    /* The machines' digests may hold signatures; events may not differ. */
    return real ? report.messages * 31 + report.bytes : report.digest;
}

static void runs_are_repeatable(const hst_consensus_protocol *protocol, uint32_t count)
{
    assert_true(run_plain(protocol, count, false) == run_plain(protocol, count, false));
}

static void crypto_does_not_change_what_happens(const hst_consensus_protocol *protocol,
                                                uint32_t count)
{
    uint64_t sums[2];
    for (int real = 0; real < 2; real++) {
        test_cluster test;
        test_plan(&test, protocol, count, 7);
        test.options.real_crypto = real == 1;
        test_make(&test);
        test_load(&test, BATCHES / 4, 50 * MS);
        test_run(&test, 20 * HST_SECOND_NS);
        hst_cluster_report report;
        hst_cluster_measure(test.cluster, &report);
        assert_int_equal(report.forged, 0);
        sums[real] = report.messages * 31 + report.bytes * 7 + report.events;
        test_end(&test);
    }
    assert_true(sums[0] == sums[1]);
}

/* What a reader of a message works out for the others, and records that nobody keeps, are short
 * cuts: every event and every state is that of the long way. */
static void short_cuts_change_nothing(const hst_consensus_protocol *protocol, uint32_t count)
{
    uint64_t digests[4];
    for (uint32_t way = 0; way < 4; way++) {
        test_cluster test;
        test_plan(&test, protocol, count, 23);
        test.network.duplicate_ppm = 20000;
        test.network.loss_ppm = 1000;
        test.options.no_memos = (way & 1) != 0;
        test.options.keep_logs = (way & 2) != 0;
        test_make(&test);
        test_load(&test, BATCHES / 2, 50 * MS);
        test_run(&test, 20 * HST_SECOND_NS);
        hst_cluster_report report;
        hst_cluster_measure(test.cluster, &report);
        digests[way] = report.digest;
        test_end(&test);
    }
    assert_true(digests[1] == digests[0]);
    assert_true(digests[2] == digests[0]);
    assert_true(digests[3] == digests[0]);
}

typedef struct recording {
    hst_random random;
    uint8_t bytes[4096];
    uint32_t size, from, to;
} recording;

static hst_cluster_verdict record(void *context,
                                  hst_cluster *cluster,
                                  uint32_t from,
                                  uint32_t to,
                                  const uint8_t *bytes,
                                  uint32_t size)
{
    recording *r = context;
    (void)cluster;
    if (size <= sizeof r->bytes && hst_random_below(&r->random, 8) == 0) {
        memcpy(r->bytes, bytes, size);
        r->size = size;
        r->from = from;
        r->to = to;
    }
    return (hst_cluster_verdict){0};
}

/* Whether bytes have the form of a message. */
static bool could_be_read(const hst_consensus_protocol *protocol,
                          const hst_membership *membership,
                          uint32_t from,
                          const uint8_t *bytes,
                          uint32_t size)
{
    const hst_consensus_config config = {.membership = membership};
    if (protocol->model == HST_FAULTS_CRASH || protocol->model == HST_FAULTS_NONE ||
        protocol->model == HST_FAULTS_WORK) {
        return size > 0 && bytes[0] < protocol->kind_count;
    }
    return protocol->claims(&config, from, bytes, size, NULL, 0) > 0;
}

/* Bytes as an outsider could send them: checked messages are what signatures are for, so these are
 * kept structurally wrong (truncated, extended, random) or harmless repeats. */
static void hostile_bytes_do_no_harm(const hst_consensus_protocol *protocol, uint32_t count)
{
    test_cluster test;
    recording r = {.random = hst_random_stream(3, 0, 0, HST_PURPOSE_TEST)};
    test_plan(&test, protocol, count, 11);
    test.options.filter = record;
    test.options.filter_context = &r;
    test_make(&test);
    test_load(&test, BATCHES, 50 * MS);
    for (int round = 0; round < 2000; round++) {
        uint8_t bytes[4096 + 8];
        test_run(&test, hst_cluster_now(test.cluster) + 1 * MS);
        uint32_t size = r.size;
        memcpy(bytes, r.bytes, size);
        const uint64_t way = hst_random_below(&r.random, 3);
        const bool random = way == 2;
        switch (way) {
        case 0: size = size > 0 ? (uint32_t)hst_random_below(&r.random, size) : 0; break;
        case 1:
            memset(bytes + size, 0x5a, 8);
            size += 1 + (uint32_t)hst_random_below(&r.random, 8);
            break;
        default:
            size = (uint32_t)hst_random_below(&r.random, 200);
            for (uint32_t b = 0; b < size; b++) {
                bytes[b] = (uint8_t)hst_random_u64(&r.random);
            }
            if (size > 0) {
                /* Of no kind, or of one: then it can be read only by luck, see below. */
                const uint64_t kinds =
                    hst_random_below(&r.random, 2) == 0 ? protocol->kind_count : 256;
                bytes[0] = (uint8_t)hst_random_below(&r.random, kinds);
            }
            break;
        }
        const uint32_t to = (uint32_t)hst_random_below(&r.random, count);
        const uint32_t from = (to + 1) % count;
        /* Bytes that can be read are a message that its sender never sent: a signature would not
         * verify, and among replicas that only crash nobody makes them up. */
        if (random && could_be_read(protocol, &test.membership, from, bytes, size)) {
            continue;
        }
        hst_cluster_inject(test.cluster, from, to, bytes, size);
    }
    test_run(&test, hst_cluster_now(test.cluster) + 120 * HST_SECOND_NS);
    assert_int_equal(test_decided(&test), BATCHES);
    test_end(&test);
}

/* ---- what does not verify ------------------------------------------------------------------ */

enum { KINDS_MAX = 16, KEPT_MAX = 16384 };

/* The first message of each kind that was sent. */
typedef struct sample {
    uint8_t bytes[KINDS_MAX][KEPT_MAX];
    uint32_t size[KINDS_MAX], from[KINDS_MAX], to[KINDS_MAX];
} sample;

static hst_cluster_verdict keep_one_of_each(void *context,
                                            hst_cluster *cluster,
                                            uint32_t from,
                                            uint32_t to,
                                            const uint8_t *bytes,
                                            uint32_t size)
{
    sample *s = context;
    (void)cluster;
    if (bytes[0] < KINDS_MAX && size <= KEPT_MAX && s->size[bytes[0]] == 0) {
        memcpy(s->bytes[bytes[0]], bytes, size);
        s->size[bytes[0]] = size;
        s->from[bytes[0]] = from;
        s->to[bytes[0]] = to;
    }
    return (hst_cluster_verdict){0};
}

/* Refused by the host or by the machine. */
static uint64_t counted(const test_cluster *test, uint32_t to)
{
    hst_cluster_report report;
    hst_consensus_view view;
    hst_cluster_measure(test->cluster, &report);
    hst_cluster_view(test->cluster, to, &view);
    return report.forged + view.refused + view.dropped;
}

/* Whether the sender's own signature is in a message: then nothing in the statement can change. */
static bool has_claims(const test_cluster *test,
                       const hst_consensus_protocol *protocol,
                       const sample *s,
                       uint32_t k,
                       hst_claim *claim)
{
    const hst_consensus_config config = {
        .self = s->to[k], .membership = &test->membership, .carry_signatures = true};
    return protocol->claims(&config, s->from[k], s->bytes[k], s->size[k], claim, 1) > 0;
}

static void is_counted(test_cluster *test, const sample *s, uint32_t k, uint32_t size)
{
    const uint64_t before = counted(test, s->to[k]);
    hst_cluster_inject(test->cluster, s->from[k], s->to[k], s->bytes[k], size);
    if (counted(test, s->to[k]) == before) {
        fail_msg("%s of %u of %u bytes is not counted", test->options.protocol->kinds[k].name,
                 (unsigned)size, (unsigned)s->size[k]);
    }
}

/* Every kind of message that a run with real signatures sends: cut short anywhere, lengthened, and
 * where it is signed with a bit of the statement or the signature changed. Each is counted, and the
 * cluster goes on as if nothing had been sent. */
static void what_is_malformed_or_forged_is_counted(const hst_consensus_protocol *protocol,
                                                   uint32_t count)
{
    static sample s;
    test_cluster test;
    memset(&s, 0, sizeof s);
    test_plan(&test, protocol, count, 7);
    test.options.real_crypto = true;
    test.options.filter = keep_one_of_each;
    test.options.filter_context = &s;
    test_make(&test);
    test_load(&test, BATCHES / 4, 50 * MS);
    test_run(&test, 1000 * MS + protocol->pace_ns);
    for (uint32_t k = 0; k < KINDS_MAX && k < protocol->kind_count; k++) {
        const uint32_t step = 1 + s.size[k] / 64;
        hst_claim claim;
        for (uint32_t size = 1; size < s.size[k]; size += step) {
            is_counted(&test, &s, k, size);
        }
        if (s.size[k] > 0 && s.size[k] < KEPT_MAX) {
            s.bytes[k][s.size[k]] = 0;
            is_counted(&test, &s, k, s.size[k] + 1);
        }
        if (s.size[k] == 0 || !has_claims(&test, protocol, &s, k, &claim)) {
            continue;
        }
        for (uint32_t bit = 0; bit < 64; bit += 7) {
            const uint32_t at = bit % 2 == 0 ? claim.statement + bit % claim.size
                                             : claim.signature + bit % HST_SIGNATURE_SIZE;
            s.bytes[k][at] ^= (uint8_t)(1u << bit % 8);
            is_counted(&test, &s, k, s.size[k]);
            s.bytes[k][at] ^= (uint8_t)(1u << bit % 8);
        }
    }
    test_run(&test, hst_cluster_now(test.cluster) + 60 * HST_SECOND_NS + 20 * protocol->pace_ns +
                        2 * protocol->settle_ns);
    assert_int_equal(test_decided(&test), BATCHES / 4);
    test_end(&test);
}

static void losses_delays_and_duplicates_are_survived(const hst_consensus_protocol *protocol,
                                                      uint32_t count)
{
    for (uint64_t seed = 1; seed <= 5; seed++) {
        test_cluster test;
        test_plan(&test, protocol, count, seed);
        test.network.loss_ppm = 50000;
        test.network.duplicate_ppm = 50000;
        test.network.jitter_ns = 80 * MS;
        test_make(&test);
        test_load(&test, BATCHES, 50 * MS);
        test_run(&test, 600 * HST_SECOND_NS);
        assert_int_equal(test_decided(&test), BATCHES);
        test_end(&test);
    }
}

void test_contract(const hst_consensus_protocol *protocol, uint32_t count, bool loss)
{
    runs_are_repeatable(protocol, count);
    crypto_does_not_change_what_happens(protocol, count);
    short_cuts_change_nothing(protocol, count);
    hostile_bytes_do_no_harm(protocol, count);
    what_is_malformed_or_forged_is_counted(protocol, count);
    if (loss) {
        losses_delays_and_duplicates_are_survived(protocol, count);
    }
}
