/* The ledger against the books everybody writes first: a chained hash map from 128-bit ids to
 * accounts, one transfer at a time, limits enforced.
 *
 * Accounts may be overdrawn by their credit limit, so that nearly all transfers are created; a case
 * with more than REFUSED_PERCENT_MAX per cent refused fails, for refusing is cheaper than posting.
 */
#include "core/base/random.h"
#include "core/ledger/block.h"
#include "core/ledger/ledger.h"

#include "sim/base/os_memory.h"
#include "sim/bench/bench.h"

#include <stdlib.h>
#include <string.h>

/* Set by -DHST_BENCH_SLOWDOWN=ledger:10 to see whether a slow-down is caught: so many per cent more
 * transfers are executed, and timed, than are reported. */
#ifndef HST_BENCH_SLOWDOWN_PERCENT
#    define HST_BENCH_SLOWDOWN_PERCENT 0
#endif

enum { BATCH = HST_LEDGER_BATCH_MAX, REFUSED_PERCENT_MAX = 1, CREDIT_LIMIT = 40000 };

/** What kinds of event, in per cent; the rest is plain. */
typedef struct mix {
    uint32_t account_count;   /**< accounts, all of one currency and limited */
    uint32_t event_count;     /**< transfers executed */
    uint32_t warm_count;      /**< of them, first ones that are not measured */
    uint32_t pending_percent; /**< holds */
    uint32_t resolve_percent; /**< posts and voids of earlier holds, half each */
    uint32_t linked_percent;  /**< in chains of two */
    uint32_t block_size;      /**< seal after so many, 0 = never */
} mix;

/** Ids that look random and are distinct (a bijection of n). */
static hst_key id_of(uint64_t n, uint64_t salt)
{
    uint64_t z = n + salt;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (hst_key){.low = z ^ (z >> 31), .high = n + 1};
}

enum { ACCOUNT_SALT = 17, TRANSFER_SALT = 99 };

static hst_status open_accounts(hst_ledger *ledger, uint32_t account_count)
{
    hst_account_open *requests = calloc(BATCH, sizeof *requests);
    hst_outcome *outcomes = calloc(BATCH, sizeof *outcomes);
    hst_status status = requests == NULL || outcomes == NULL ? HST_NO_MEMORY : HST_OK;
    for (uint32_t done = 0; status == HST_OK && done < account_count;) {
        const uint32_t rest = account_count - done;
        const uint32_t count = rest < BATCH ? rest : BATCH;
        for (uint32_t i = 0; i < count; i++) {
            requests[i] = (hst_account_open){.id = id_of(done + i, ACCOUNT_SALT),
                                             .credit_limit_minor = CREDIT_LIMIT,
                                             .code = 1,
                                             .flags = HST_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS};
        }
        status = hst_ledger_open_accounts(ledger, requests, count, outcomes);
        done += count;
    }
    free(requests);
    free(outcomes);
    return status;
}

static hst_status new_ledger(const mix *m, bool full, hst_ledger **ledger_out)
{
    hst_ledger_config config = hst_ledger_config_default(m->account_count, 1);
    config.event_plan = m->account_count + m->event_count + m->event_count / 8;
    config.pending_plan = m->pending_percent > 0 ? m->event_count : 0;
    config.transfer_plan = full ? m->event_count : 0;
    hst_ledger *ledger = NULL;
    HST_TRY(hst_ledger_create(&config, hst_os_memory(), &ledger));
    const hst_status opened = open_accounts(ledger, m->account_count);
    if (opened != HST_OK) {
        hst_ledger_destroy(ledger);
        return opened;
    }
    *ledger_out = ledger;
    return HST_OK;
}

static void draw_accounts(hst_random *random, uint32_t account_count, uint32_t pair[2])
{
    pair[0] = (uint32_t)hst_random_below(random, account_count);
    pair[1] = (uint32_t)hst_random_below(random, account_count - 1);
    pair[1] += pair[1] >= pair[0];
}

/** Where the drawing of events stands. */
typedef struct draw {
    const mix *mix;
    hst_random random;
    uint32_t left;     /**< events to come */
    uint32_t held;     /**< holds drawn */
    uint32_t resolved; /**< posts and voids drawn */
} draw;

static draw begin_draw(const mix *m)
{
    return (draw){.mix = m, .random = hst_random_stream(1, 0, 0, 0), .left = m->event_count};
}

static hst_compact draw_plain(draw *d)
{
    enum { AMOUNT_MAX = 1000 };
    uint32_t pair[2];
    draw_accounts(&d->random, d->mix->account_count, pair);
    return (hst_compact){.amount_minor = 1 + hst_random_below(&d->random, AMOUNT_MAX),
                         .debit = pair[0],
                         .credit = pair[1],
                         .code = 1};
}

/** The k-th post or void resolves the k-th hold, which was made some way back. */
static hst_compact draw_event(draw *d, bool may_link)
{
    enum { LAG = 4096 };
    const mix *m = d->mix;
    hst_compact event = draw_plain(d);
    const uint32_t kind = (uint32_t)hst_random_below(&d->random, 100);
    if (kind < m->pending_percent) {
        event.flags = HST_TRANSFER_PENDING;
        d->held++;
    } else if (kind < m->pending_percent + m->resolve_percent && d->resolved + LAG < d->held) {
        const bool post = kind % 2 == 0;
        event =
            (hst_compact){.amount_minor = post ? HST_AMOUNT_ALL : 0,
                          .debit = HST_HANDLE_NONE,
                          .credit = HST_HANDLE_NONE,
                          .reference = d->resolved++,
                          .flags = post ? HST_TRANSFER_POST_PENDING : HST_TRANSFER_VOID_PENDING};
    } else if (kind >= 100 - m->linked_percent / 2 && may_link) {
        event.flags = HST_TRANSFER_LINKED; /* with the next one, which is plain */
    }
    return event;
}

/** A batch of at most `size` events: it has just come in, so it is in cache. */
static uint32_t draw_batch(draw *d, uint32_t size, hst_compact *events)
{
    const uint32_t count = d->left < size ? d->left : size;
    for (uint32_t i = 0; i < count; i++) {
        const bool ends_chain = i > 0 && (events[i - 1].flags & HST_TRANSFER_LINKED) != 0;
        events[i] = ends_chain ? draw_plain(d) : draw_event(d, i + 1 < count);
    }
    d->left -= count;
    return count;
}

/** Refusals beyond the share allowed make a case meaningless. */
static hst_status judge(const hst_ledger *ledger, uint32_t account_count)
{
    const hst_ledger_counts counts = hst_ledger_count(ledger);
    const uint64_t created = counts.created - account_count;
    const uint64_t all = created + counts.refused;
    return counts.refused * 100 > all * REFUSED_PERCENT_MAX ? HST_MISMATCH : HST_OK;
}

/** Buffers of one batch. */
typedef struct batch {
    hst_compact events[BATCH];
    hst_transfer transfers[BATCH];
    hst_outcome outcomes[BATCH];
} batch;

/** Measure a batch unless it belongs to the warm-up; `left` events come after it. */
static void start_counted(hst_bench_sample *sample, const mix *m, uint32_t left)
{
    if (left < m->event_count - m->warm_count) {
        hst_bench_start(sample);
    }
}

/** The batch is done. */
static void stop_counted(hst_bench_sample *sample, const mix *m, uint32_t left)
{
    if (left < m->event_count - m->warm_count) {
        hst_bench_stop(sample);
    }
}

static hst_status run_compact(hst_ledger *ledger, const mix *m, batch *b, hst_bench_sample *sample)
{
    const uint32_t step = m->block_size > 0 && m->block_size < BATCH ? m->block_size : BATCH;
    draw d = begin_draw(m);
    hst_block_header header;
    if (m->block_size > 0) {
        HST_TRY(hst_ledger_seal(ledger, &header)); /* the accounts */
    }
    while (d.left > 0) {
        const uint32_t count = draw_batch(&d, step, b->events);
        start_counted(sample, m, d.left);
        HST_TRY(hst_ledger_execute_compact(ledger, b->events, count, b->outcomes));
        if (m->block_size > 0) {
            HST_TRY(hst_ledger_seal(ledger, &header));
        }
        stop_counted(sample, m, d.left);
    }
    return HST_OK;
}

static void to_transfers(const hst_compact *events, uint32_t count, uint32_t first, hst_transfer *t)
{
    for (uint32_t i = 0; i < count; i++) {
        t[i] = (hst_transfer){.id = id_of(first + i, TRANSFER_SALT),
                              .debit_account = id_of(events[i].debit, ACCOUNT_SALT),
                              .credit_account = id_of(events[i].credit, ACCOUNT_SALT),
                              .amount_minor = events[i].amount_minor,
                              .code = 1};
    }
}

static hst_status run_full(hst_ledger *ledger, const mix *m, batch *b, hst_bench_sample *sample)
{
    draw d = begin_draw(m);
    while (d.left > 0) {
        const uint32_t first = m->event_count - d.left;
        const uint32_t count = draw_batch(&d, BATCH, b->events);
        to_transfers(b->events, count, first, b->transfers);
        start_counted(sample, m, d.left);
        HST_TRY(hst_ledger_execute(ledger, b->transfers, count, b->outcomes));
        stop_counted(sample, m, d.left);
    }
    return HST_OK;
}

/** What is timed: executes all events of a mix and says how long that took. */
typedef hst_status (*run_function)(hst_ledger *ledger,
                                   const mix *m,
                                   batch *b,
                                   hst_bench_sample *sample);

static hst_status time_run(const mix *told, bool full, run_function run, hst_bench_sample *sample)
{
    hst_ledger *ledger = NULL;
    mix executed = *told;
    const mix *m = &executed;
    const uint32_t measured = told->event_count - told->warm_count;
    executed.event_count += measured / 100 * HST_BENCH_SLOWDOWN_PERCENT;
    HST_TRY(new_ledger(m, full, &ledger));
    batch *b = calloc(1, sizeof *b);
    hst_status status = b == NULL ? HST_NO_MEMORY : run(ledger, m, b, sample);
    if (status == HST_OK) {
        status = judge(ledger, m->account_count);
    }
    sample->work = (double)measured;
    free(b);
    hst_ledger_destroy(ledger);
    return status;
}

static hst_status compact(const void *parameter, hst_bench_sample *sample)
{
    return time_run(parameter, false, run_compact, sample);
}

static hst_status full(const void *parameter, hst_bench_sample *sample)
{
    return time_run(parameter, true, run_full, sample);
}

/* What the simulator does: single calls of one to six linked transfers, time moving on between. */

enum { SMALL_EVENTS_MAX = 6 };

static hst_status run_chains(hst_ledger *ledger, const hst_compact *events, uint32_t count)
{
    hst_outcome outcomes[SMALL_EVENTS_MAX];
    uint32_t size = 1;
    for (uint32_t done = 0; done < count; done += size) {
        hst_compact chain[SMALL_EVENTS_MAX];
        size = size % SMALL_EVENTS_MAX + 1;
        size = size < count - done ? size : count - done;
        for (uint32_t i = 0; i < size; i++) {
            chain[i] = events[done + i];
            chain[i].flags |= i + 1 < size ? HST_TRANSFER_LINKED : 0;
        }
        HST_TRY(hst_ledger_advance(ledger, hst_ledger_time_ns(ledger) + 1000));
        HST_TRY(hst_ledger_execute_compact(ledger, chain, size, outcomes));
    }
    return HST_OK;
}

static hst_status run_small(hst_ledger *ledger, const mix *m, batch *b, hst_bench_sample *sample)
{
    draw d = begin_draw(m);
    while (d.left > 0) {
        const uint32_t count = draw_batch(&d, BATCH, b->events);
        start_counted(sample, m, d.left);
        HST_TRY(run_chains(ledger, b->events, count));
        stop_counted(sample, m, d.left);
    }
    return HST_OK;
}

static hst_status small_batches(const void *parameter, hst_bench_sample *sample)
{
    return time_run(parameter, false, run_small, sample);
}

/* The naive books. */

/** An account in a chain of its bucket. */
typedef struct naive_account {
    hst_key id;
    uint64_t debits_pending, debits_posted, credits_pending, credits_posted;
    int64_t credit_limit;
    struct naive_account *next;
} naive_account;

/** A transfer id that was used. */
typedef struct naive_id {
    hst_key id;
    struct naive_id *next;
} naive_id;

/** Buckets of accounts and of ids. */
typedef struct naive_books {
    uint64_t bucket_mask, id_mask;
    naive_account **buckets;
    naive_id **ids;
    uint64_t refused;
} naive_books;

static uint64_t naive_hash(hst_key id)
{
    return (id.low ^ (id.high * UINT64_C(0x9e3779b97f4a7c15))) * UINT64_C(0xff51afd7ed558ccd) >> 20;
}

static naive_account *naive_find(const naive_books *books, hst_key id)
{
    naive_account *a = books->buckets[naive_hash(id) & books->bucket_mask];
    while (a != NULL && (a->id.low != id.low || a->id.high != id.high)) {
        a = a->next;
    }
    return a;
}

static bool naive_open(naive_books *books, hst_key id)
{
    naive_account *a = calloc(1, sizeof *a);
    if (a == NULL) {
        return false;
    }
    naive_account **bucket = &books->buckets[naive_hash(id) & books->bucket_mask];
    a->id = id;
    a->credit_limit = CREDIT_LIMIT;
    a->next = *bucket;
    *bucket = a;
    return true;
}

/** Whether the id was free; it is used up now. */
static bool naive_use(naive_books *books, hst_key id)
{
    naive_id **bucket = &books->ids[naive_hash(id) & books->id_mask];
    for (const naive_id *n = *bucket; n != NULL; n = n->next) {
        if (n->id.low == id.low && n->id.high == id.high) {
            return false;
        }
    }
    naive_id *used = malloc(sizeof *used);
    if (used == NULL) {
        return false;
    }
    *used = (naive_id){.id = id, .next = *bucket};
    *bucket = used;
    return true;
}

static void naive_post(naive_books *books, const hst_transfer *t)
{
    naive_account *debit = naive_find(books, t->debit_account);
    naive_account *credit = naive_find(books, t->credit_account);
    if (debit == NULL || credit == NULL || debit == credit ||
        (books->ids != NULL && !naive_use(books, t->id)) ||
        debit->debits_pending + debit->debits_posted + t->amount_minor >
            debit->credits_posted + (uint64_t)debit->credit_limit) {
        books->refused++;
        return;
    }
    debit->debits_posted += t->amount_minor;
    credit->credits_posted += t->amount_minor;
}

static uint64_t naive_bucket_count(uint64_t count)
{
    uint64_t buckets = 16;
    while (buckets < count) {
        buckets *= 2;
    }
    return buckets;
}

static void naive_release(naive_books *books)
{
    for (uint64_t b = 0; books->buckets != NULL && b <= books->bucket_mask; b++) {
        for (naive_account *a = books->buckets[b]; a != NULL;) {
            naive_account *next = a->next;
            free(a);
            a = next;
        }
    }
    for (uint64_t b = 0; books->ids != NULL && b <= books->id_mask; b++) {
        for (naive_id *n = books->ids[b]; n != NULL;) {
            naive_id *next = n->next;
            free(n);
            n = next;
        }
    }
    free(books->buckets);
    free(books->ids);
}

static bool naive_create(naive_books *books, const mix *m, bool with_ids)
{
    memset(books, 0, sizeof *books);
    books->bucket_mask = naive_bucket_count(m->account_count) - 1;
    books->buckets = calloc(books->bucket_mask + 1, sizeof(naive_account *));
    if (with_ids) {
        books->id_mask = naive_bucket_count(m->event_count) - 1;
        books->ids = calloc(books->id_mask + 1, sizeof(naive_id *));
    }
    bool made = books->buckets != NULL && (!with_ids || books->ids != NULL);
    for (uint32_t i = 0; made && i < m->account_count; i++) {
        made = naive_open(books, id_of(i, ACCOUNT_SALT));
    }
    return made;
}

static void run_naive(naive_books *books, const mix *m, batch *b, hst_bench_sample *sample)
{
    draw d = begin_draw(m);
    while (d.left > 0) {
        const uint32_t first = m->event_count - d.left;
        const uint32_t count = draw_batch(&d, BATCH, b->events);
        to_transfers(b->events, count, first, b->transfers);
        start_counted(sample, m, d.left);
        for (uint32_t i = 0; i < count; i++) {
            naive_post(books, &b->transfers[i]);
        }
        stop_counted(sample, m, d.left);
    }
}

static hst_status time_naive(const mix *m, bool with_ids, hst_bench_sample *sample)
{
    naive_books books;
    batch *b = calloc(1, sizeof *b);
    hst_status status = HST_NO_MEMORY;
    if (naive_create(&books, m, with_ids) && b != NULL) {
        run_naive(&books, m, b, sample);
        sample->work = (double)(m->event_count - m->warm_count);
        const uint64_t most = (uint64_t)m->event_count * REFUSED_PERCENT_MAX;
        status = books.refused * 100 <= most ? HST_OK : HST_MISMATCH;
    }
    naive_release(&books);
    free(b);
    return status;
}

static hst_status naive(const void *parameter, hst_bench_sample *sample)
{
    return time_naive(parameter, false, sample);
}

static hst_status naive_with_ids(const void *parameter, hst_bench_sample *sample)
{
    return time_naive(parameter, true, sample);
}

static const mix plain_1e4 = {.account_count = 10000, .event_count = 800000, .warm_count = 200000};
static const mix plain_1e5 = {
    .account_count = 100000, .event_count = 4000000, .warm_count = 2000000};
static const mix plain_1e6 = {
    .account_count = 1000000, .event_count = 8000000, .warm_count = 4000000};
static const mix plain_1e7 = {
    .account_count = 10000000, .event_count = 8000000, .warm_count = 4000000};
static const mix mixed_1e5 = {.account_count = 100000,
                              .event_count = 4000000,
                              .warm_count = 2000000,
                              .pending_percent = 20,
                              .resolve_percent = 20,
                              .linked_percent = 20};
static const mix two_phase_1e6 = {
    .account_count = 1000000, .event_count = 4000000, .pending_percent = 20, .resolve_percent = 20};
static const mix mixed_1e6 = {.account_count = 1000000,
                              .event_count = 8000000,
                              .warm_count = 4000000,
                              .pending_percent = 20,
                              .resolve_percent = 20,
                              .linked_percent = 20};
static const mix two_phase_1e7 = {.account_count = 10000000,
                                  .event_count = 8000000,
                                  .warm_count = 4000000,
                                  .pending_percent = 20,
                                  .resolve_percent = 20};
static const mix mixed_1e7 = {.account_count = 10000000,
                              .event_count = 8000000,
                              .warm_count = 4000000,
                              .pending_percent = 20,
                              .resolve_percent = 20,
                              .linked_percent = 20};
static const mix block_8k = {
    .account_count = 1U << 20, .event_count = 1000000, .warm_count = 200000, .block_size = 8190};
static const mix full_1e6 = {
    .account_count = 1000000, .event_count = 4000000, .warm_count = 2000000};
static const mix full_1e7 = {
    .account_count = 10000000, .event_count = 4000000, .warm_count = 2000000};
static const mix small_1e4 = {.account_count = 10000, .event_count = 1000000};

static const hst_bench_case cases[] = {
    {.name = "ledger.compact.1e4",
     .summary = "single-phase compact transfers, random pairs of 1e4 limited accounts",
     .unit = "transfers/s",
     .baseline_name = "chained hash map by 128-bit id, one at a time",
     .run = compact,
     .baseline = naive,
     .parameter = &plain_1e4},
    {.name = "ledger.compact.1e5",
     .summary = "single-phase compact transfers, random pairs of 1e5 limited accounts",
     .unit = "transfers/s",
     .baseline_name = "chained hash map by 128-bit id, one at a time",
     .run = compact,
     .baseline = naive,
     .parameter = &plain_1e5,
     .aim = 25e6,
     .aim_ratio = 2},
    {.name = "ledger.compact.1e6",
     .summary = "single-phase compact transfers, random pairs of 1e6 limited accounts",
     .unit = "transfers/s",
     .baseline_name = "chained hash map by 128-bit id, one at a time",
     .run = compact,
     .baseline = naive,
     .parameter = &plain_1e6,
     .aim = 25e6,
     .aim_ratio = 2},
    {.name = "ledger.compact.1e7",
     .summary = "single-phase compact transfers, random pairs of 1e7 limited accounts",
     .unit = "transfers/s",
     .baseline_name = "chained hash map by 128-bit id, one at a time",
     .run = compact,
     .baseline = naive,
     .parameter = &plain_1e7,
     .aim = 20e6,
     .aim_ratio = 2,
     .slow = true},
    {.name = "ledger.mixed.1e5",
     .summary = "40 % single-phase, 20 % pending, 20 % post or void, 20 % linked, 1e5 accounts",
     .unit = "transfers/s",
     .run = compact,
     .parameter = &mixed_1e5},
    {.name = "ledger.two-phase.1e6",
     .summary = "60 % single-phase, 20 % pending, 20 % post or void, 1e6 accounts",
     .unit = "transfers/s",
     .run = compact,
     .parameter = &two_phase_1e6,
     .aim = 20e6},
    {.name = "ledger.mixed.1e6",
     .summary = "40 % single-phase, 20 % pending, 20 % post or void, 20 % linked, 1e6 accounts",
     .unit = "transfers/s",
     .run = compact,
     .parameter = &mixed_1e6,
     .aim = 15e6},
    {.name = "ledger.two-phase.1e7",
     .summary = "60 % single-phase, 20 % pending, 20 % post or void, 1e7 accounts",
     .unit = "transfers/s",
     .run = compact,
     .parameter = &two_phase_1e7,
     .aim = 15e6,
     .slow = true},
    {.name = "ledger.mixed.1e7",
     .summary = "40 % single-phase, 20 % pending, 20 % post or void, 20 % linked, 1e7 accounts",
     .unit = "transfers/s",
     .run = compact,
     .parameter = &mixed_1e7,
     .aim = 12e6,
     .slow = true},
    {.name = "ledger.block.8k",
     .summary = "blocks of 8,190 compact transfers over 2^20 accounts: executed, checked, sealed",
     .unit = "transfers/s",
     .run = compact,
     .parameter = &block_8k,
     .aim = 1.5e6},
    {.name = "ledger.full.1e6",
     .summary =
         "idempotent transfers of 128 bytes, accounts and transfers by 128-bit id, 1e6 accounts",
     .unit = "transfers/s",
     .baseline_name = "chained hash maps for accounts and used ids, one at a time",
     .run = full,
     .baseline = naive_with_ids,
     .parameter = &full_1e6,
     .aim = 8e6,
     .aim_ratio = 2},
    {.name = "ledger.full.1e7",
     .summary =
         "idempotent transfers of 128 bytes, accounts and transfers by 128-bit id, 1e7 accounts",
     .unit = "transfers/s",
     .baseline_name = "chained hash maps for accounts and used ids, one at a time",
     .run = full,
     .baseline = naive_with_ids,
     .parameter = &full_1e7,
     .aim = 7e6,
     .aim_ratio = 2,
     .slow = true},
    {.name = "ledger.small",
     .summary = "calls of one to six linked transfers, time told before each, 1e4 accounts",
     .unit = "transfers/s",
     .run = small_batches,
     .parameter = &small_1e4,
     .aim = 10e6},
};

const hst_bench_table hst_bench_ledger = {cases, sizeof cases / sizeof *cases};
