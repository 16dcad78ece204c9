#include "sim/run/day.h"

#include "core/base/assert.h"
#include "core/base/parallel.h"
#include "core/ledger/audit.h"
#include "core/ledger/block.h"

#include "sim/base/os_memory.h"
#include "sim/base/purpose.h"
#include "sim/market/triangle.h"
#include "sim/run/dlt.h"
#include "sim/run/fx.h"
#include "sim/run/summary.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* Yesterday is drawn as another replication, at a fraction of today's size. */
enum { YESTERDAY_SCALE = 8 };
#define YESTERDAY_REPLICATION (UINT32_C(1) << 31)

/* Events between two looks at the interrupt flag and the progress bar. */
enum { SLICE_EVENTS = 1 << 15 };

const char *hst_version(void)
{
    return HST_VERSION;
}

static double seconds(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Everything that lives as long as the run. */
typedef struct day {
    const hst_day_options *options;
    hst_day_report *report;
    hst_error *error;
    const hst_scenario_source *source; /* where its keys were written */
    hst_arena arena;                   /* whole run */
    hst_arena scratch;                 /* set-up */
    hst_currency_table currencies;
    hst_atlas atlas;
    hst_institutions institutions;
    hst_market *market;
    hst_quotes quotes;
    hst_workload workload;
    hst_world world;
} day;

static hst_status no_memory(day *d, const char *what)
{
    return hst_error_set(d->error, HST_NO_MEMORY, "out of memory for %s", what);
}

static hst_status create_market(day *d)
{
    const hst_scenario *s = &d->report->scenario;
    hst_currency_table_init(&d->currencies);
    HST_TRY(hst_market_load_currencies(d->options->inputs, s->data.currencies, &d->scratch,
                                       &d->currencies, d->error));
    const hst_fx_plan plan = {.scenario = s,
                              .source = d->source,
                              .currencies = &d->currencies,
                              .inputs = d->options->inputs,
                              .arena = &d->arena,
                              .scratch = &d->scratch};
    return hst_fx_create(&plan, &d->market, d->error);
}

static hst_status draw_workload(day *d, uint32_t count, uint32_t replication, hst_workload *out)
{
    const hst_workload_source source = {.inputs = d->options->inputs,
                                        .scenario = &d->report->scenario,
                                        .atlas = &d->atlas,
                                        .institutions = &d->institutions,
                                        .quotes = &d->quotes,
                                        .market = d->market,
                                        .replication = replication};
    return hst_workload_draw(&source, count, d->options->threads, &d->arena, out, d->error);
}

/* Arrays of the world, by what they are indexed by. */
static bool allocate(day *d)
{
    hst_world *w = &d->world;
    hst_arena *a = &d->arena;
    const uint32_t institutions = d->institutions.count;
    const uint32_t relations = d->institutions.relation_count;
    const uint32_t corridors = d->atlas.corridor_count;
    const uint32_t currencies = hst_currency_count(&d->currencies);
    const uint32_t payments = d->workload.count;
    const uint32_t edges = w->routes.graph.edge_count;
    return (w->live = HST_ARENA_NEW(a, hst_live, payments)) != NULL &&
           (w->time_to_credit_ns = HST_ARENA_NEW(a, int64_t, payments)) != NULL &&
           (w->target_minor = HST_ARENA_NEW(a, int64_t, relations)) != NULL &&
           (w->closed = HST_ARENA_NEW(a, bool, corridors)) != NULL &&
           (w->transit_micro_usd = HST_ARENA_NEW(a, int64_t, institutions)) != NULL &&
           (w->edge_charge_micro_usd = HST_ARENA_NEW(a, int64_t, edges)) != NULL &&
           (w->edge_uses = HST_ARENA_NEW(a, uint64_t, edges)) != NULL &&
           (w->edge_failures = HST_ARENA_NEW(a, uint64_t, edges)) != NULL &&
           (w->edge_amount_micro_usd = HST_ARENA_NEW(a, int64_t, edges)) != NULL &&
           (w->edge_settle_ns = HST_ARENA_NEW(a, int64_t, edges)) != NULL &&
           (w->corridor_cost_micro_usd = HST_ARENA_NEW(a, int64_t, corridors)) != NULL &&
           (w->corridor_amount_micro_usd = HST_ARENA_NEW(a, int64_t, corridors)) != NULL &&
           (w->corridor_payments = HST_ARENA_NEW(a, uint64_t, corridors)) != NULL &&
           (w->corridor_completed = HST_ARENA_NEW(a, uint64_t, corridors)) != NULL &&
           (w->corridor_1h = HST_ARENA_NEW(a, uint64_t, corridors)) != NULL &&
           (w->corridor_intermediaries = HST_ARENA_NEW(a, uint64_t, corridors)) != NULL &&
           (w->sent = HST_ARENA_NEW(a, uint64_t, institutions)) != NULL &&
           (w->received = HST_ARENA_NEW(a, uint64_t, institutions)) != NULL &&
           (w->passed = HST_ARENA_NEW(a, uint64_t, institutions)) != NULL &&
           (w->charges_micro_usd = HST_ARENA_NEW(a, int64_t, institutions)) != NULL &&
           (w->system_settled = HST_ARENA_NEW(a, uint64_t, d->atlas.system_count)) != NULL &&
           (w->system_settled_micro_usd = HST_ARENA_NEW(a, int64_t, d->atlas.system_count)) !=
               NULL &&
           (w->converted_micro_usd = HST_ARENA_NEW(a, int64_t, currencies)) != NULL &&
           (w->conversions = HST_ARENA_NEW(a, uint32_t, currencies)) != NULL &&
           (w->sums = HST_ARENA_NEW(a, hst_segment_sum, HST_SEGMENT_SUMS)) != NULL &&
           (w->headers = HST_ARENA_NEW(a, hst_block_header, w->books.ledger_count)) != NULL &&
           (w->seal_status = HST_ARENA_NEW(a, hst_status, w->books.ledger_count)) != NULL;
}

/* What each institution is like: its own prices, and whether it credits at night. */
static hst_status draw_characters(day *d)
{
    hst_world *w = &d->world;
    const hst_scenario *s = &d->report->scenario;
    w->charge_factor = HST_ARENA_NEW(&d->arena, double, d->institutions.count);
    w->desk_only = HST_ARENA_NEW(&d->arena, bool, d->institutions.count);
    if (w->charge_factor == NULL || w->desk_only == NULL) {
        return no_memory(d, "institutions");
    }
    for (uint32_t i = 0; i < d->institutions.count; i++) {
        hst_random random = hst_random_stream((uint64_t)s->seed, (uint32_t)s->replication,
                                              (uint64_t)i + 1, HST_PURPOSE_BANK);
        w->charge_factor[i] = hst_random_lognormal(&random, 0, 0.3);
        w->desk_only[i] = hst_random_uniform(&random) * 1e9 <
                          (double)s->rails.beneficiary.business_hours_only_share_ppb;
    }
    return HST_OK;
}

static void close_corridors(day *d)
{
    const hst_scenario *s = &d->report->scenario;
    for (uint32_t o = 0; o < s->corridor_count; o++) {
        for (uint32_t c = 0; s->corridors[o].closed && c < d->atlas.corridor_count; c++) {
            const hst_corridor *corridor = &d->atlas.corridors[c];
            if (strcmp(d->atlas.countries[corridor->sender].iso2, s->corridors[o].from) == 0 &&
                strcmp(d->atlas.countries[corridor->receiver].iso2, s->corridors[o].to) == 0) {
                d->world.closed[c] = true;
            }
        }
    }
}

/* Corridors of the scenario against those of the tables: only now can they be compared. */
static hst_status check_corridors(day *d)
{
    const hst_scenario *s = &d->report->scenario;
    for (uint32_t o = 0; o < s->corridor_count; o++) {
        char path[64];
        bool found = false;
        for (uint32_t c = 0; c < d->atlas.corridor_count; c++) {
            const hst_corridor *corridor = &d->atlas.corridors[c];
            found |= strcmp(d->atlas.countries[corridor->sender].iso2, s->corridors[o].from) == 0 &&
                     strcmp(d->atlas.countries[corridor->receiver].iso2, s->corridors[o].to) == 0;
        }
        if (!found) {
            (void)snprintf(path, sizeof path, "corridors[%u].from", o);
            return hst_scenario_refuse(d->source, d->error, path,
                                       "no corridor from %s to %s in the tables",
                                       s->corridors[o].from, s->corridors[o].to);
        }
    }
    return HST_OK;
}

static hst_status set_up(day *d)
{
    const hst_day_options *o = d->options;
    const hst_scenario *s = &d->report->scenario;
    hst_world *w = &d->world;
    HST_TRY(create_market(d));
    HST_TRY(hst_atlas_load(o->inputs, s, &d->currencies, &d->arena, &d->atlas, d->error));
    HST_TRY(check_corridors(d));
    HST_TRY(hst_institutions_build(s, &d->atlas, &d->arena, &d->institutions, d->error));
    HST_TRY(hst_quotes_load(o->inputs, s->data.quotes, &d->atlas, &d->arena, &d->quotes, d->error));
    const uint32_t count = (uint32_t)s->workload.payments;
    const uint32_t yesterday_count = count < YESTERDAY_SCALE ? 1 : count / YESTERDAY_SCALE;
    hst_workload yesterday;
    HST_TRY(draw_workload(d, count, (uint32_t)s->replication, &d->workload));
    HST_TRY(draw_workload(d, yesterday_count, (uint32_t)s->replication | YESTERDAY_REPLICATION,
                          &yesterday));
    *w = (hst_world){.scenario = s,
                     .atlas = &d->atlas,
                     .institutions = &d->institutions,
                     .market = d->market,
                     .workload = &d->workload,
                     .threads = o->threads,
                     .payment_count = d->workload.count};
    const hst_status usd = hst_currency_find(&d->currencies, "USD", 3, &w->usd);
    hst_assert(usd == HST_OK);
    HST_TRY(draw_characters(d));
    const hst_dlt_plan dlt = {
        .inputs = o->inputs, .source = d->source, .arena = &d->arena, .scratch = &d->scratch};
    HST_TRY(hst_dlt_choose(w, &dlt, d->error));
    HST_TRY(hst_books_create(&d->institutions, (uint32_t)s->workload.customers_per_bank,
                             w->ramps.holds, o->audit || s->ledger.audit, hst_os_memory(),
                             &d->arena, &w->books, d->error));
    HST_TRY(hst_dlt_set_up(w, &dlt, d->error));
    if (hst_routes_create(s, &d->institutions, d->market, w->charge_factor, &d->arena,
                          &w->routes) != HST_OK ||
        !allocate(d) || hst_fx_set_up(w, &d->arena) != HST_OK ||
        hst_nostro_create(&w->books, count, hst_payment_held, w, &d->arena, &w->nostro) != HST_OK ||
        hst_rtgs_create(&w->books, count, hst_payment_settled, w, &d->arena, &w->rtgs) != HST_OK) {
        return no_memory(d, "payments");
    }
    close_corridors(d);
    if (hst_liquidity_open(w, &yesterday, YESTERDAY_SCALE, &d->scratch) != HST_OK) {
        return no_memory(d, "opening balances");
    }
    return HST_OK;
}

static void on_quotes(void *context, hst_kernel *kernel, const hst_event *event)
{
    hst_world *world = context;
    hst_routes_refresh(&world->routes, event->time_ns);
    hst_market_triangle triangles;
    if (hst_dealers_check_triangles(&world->dealers, event->time_ns, &triangles) != HST_OK) {
        world->triangle_failures++;
    }
    world->triangle_checks += triangles.checked;
    if (world->next_instruction < world->payment_count) {
        hst_kernel_schedule(kernel, event->time_ns + HST_HOUR_NS, 2, 0, 0, HST_HAPPENS_QUOTES, 0);
    }
}

static bool still_busy(const hst_world *world)
{
    return world->open_payments > 0 || world->next_instruction < world->payment_count;
}

static void on_sample(void *context, hst_kernel *kernel, const hst_event *event)
{
    hst_world *world = context;
    hst_measure_sample(world, event->time_ns);
    /* Every hour of the day itself, then four times a day. */
    const int64_t step_ns =
        event->time_ns < world->scenario->clock.origination_ns ? HST_HOUR_NS : 6 * HST_HOUR_NS;
    if (still_busy(world)) {
        hst_kernel_schedule(kernel, event->time_ns + step_ns, 4, 0, 0, HST_HAPPENS_SAMPLE, 0);
    }
}

typedef struct seal_work {
    hst_world *world;
    hst_block_header *headers;
    hst_status *status;
    int64_t time_ns;
} seal_work;

/* A ledger without news seals nothing. */
static void seal_one(void *context, size_t index, unsigned thread)
{
    seal_work *work = context;
    hst_ledger *ledger = work->world->books.ledgers[index];
    (void)thread;
    work->status[index] = HST_NOT_FOUND;
    if (hst_ledger_count(ledger).unsealed == 0) {
        return;
    }
    work->status[index] = hst_ledger_advance(ledger, work->time_ns);
    if (work->status[index] == HST_OK) {
        work->status[index] = hst_ledger_seal(ledger, &work->headers[index]);
    }
}

/* Events for which it pays to wake other threads; below, they would mostly wait for each other. */
enum { SEAL_PARALLEL_EVENTS = 50000 };

static unsigned seal_threads(const hst_world *world)
{
    uint64_t events = 0;
    for (uint32_t i = 0; i < world->books.ledger_count; i++) {
        events += hst_ledger_count(world->books.ledgers[i]).unsealed;
    }
    return events >= SEAL_PARALLEL_EVENTS ? world->threads : 1;
}

static void seal_all(hst_world *world, int64_t time_ns)
{
    seal_work work = {.world = world,
                      .headers = world->headers,
                      .status = world->seal_status,
                      .time_ns = time_ns};
    hst_books_set_time(&world->books, time_ns);
    hst_parallel_for(world->books.ledger_count, seal_threads(world), seal_one, &work);
    for (uint32_t i = 0; i < world->books.ledger_count; i++) {
        if (world->seal_status[i] == HST_NOT_FOUND) {
            continue;
        }
        if (world->seal_status[i] != HST_OK) {
            world->failure = world->seal_status[i];
            return;
        }
        world->seals++;
        if (world->result != NULL) {
            hst_block_row row = {.height = world->headers[i].height,
                                 .time_ns = world->headers[i].time_ns,
                                 .transfers = world->headers[i].event_count,
                                 .ledger = i,
                                 .transaction_root = world->headers[i].transaction_root,
                                 .state_root = world->headers[i].state_root,
                                 .header = hst_block_header_hash(&world->headers[i])};
            hst_result_append_block(world->result, &row);
        }
    }
}

static void on_block(void *context, hst_kernel *kernel, const hst_event *event)
{
    hst_world *world = context;
    seal_all(world, event->time_ns);
    if (world->failure != HST_OK) {
        hst_kernel_fail(kernel, world->failure);
    } else if (still_busy(world)) {
        hst_kernel_schedule(kernel, event->time_ns + world->scenario->ledger.block_interval_ns, 5,
                            0, 0, HST_HAPPENS_BLOCK, 0);
    }
}

static const hst_handler handlers[HST_HAPPENS_COUNT] = {[HST_HAPPENS_SUBMIT] = hst_on_submit,
                                                        [HST_HAPPENS_LEG] = hst_on_leg,
                                                        [HST_HAPPENS_SERVICER] = hst_on_servicer,
                                                        [HST_HAPPENS_SYSTEM] = hst_on_system,
                                                        [HST_HAPPENS_ADVICE] = hst_on_advice,
                                                        [HST_HAPPENS_CONFIRM] = hst_on_confirm,
                                                        [HST_HAPPENS_TIMEOUT] = hst_on_timeout,
                                                        [HST_HAPPENS_CREDIT] = hst_on_credit,
                                                        [HST_HAPPENS_RETURN] = hst_on_return,
                                                        [HST_HAPPENS_CLOSE] = hst_on_close,
                                                        [HST_HAPPENS_QUOTES] = on_quotes,
                                                        [HST_HAPPENS_TOP_UP] = hst_on_top_up,
                                                        [HST_HAPPENS_SAMPLE] = on_sample,
                                                        [HST_HAPPENS_BLOCK] = on_block,
                                                        [HST_HAPPENS_DLT] = hst_on_dlt};

static void prefetch(void *context, const hst_event *event)
{
    const hst_world *world = context;
    if (event->target < world->payment_count) {
        __builtin_prefetch(&world->live[event->target]);
        __builtin_prefetch((const char *)&world->live[event->target] + 128);
        __builtin_prefetch(&world->workload->instructions[event->target]);
    }
}

static hst_status start_clock(day *d)
{
    hst_world *w = &d->world;
    const hst_kernel_config config = {.memory = hst_os_memory(),
                                      .handlers = handlers,
                                      .handler_count = HST_HAPPENS_COUNT,
                                      .source_max = w->payment_count + 1,
                                      .planned_events = w->payment_count / 2 + 4096,
                                      .planned_timers = 1024,
                                      .prefetch = prefetch};
    if (hst_kernel_create(&config, &w->kernel) != HST_OK) {
        return no_memory(d, "events");
    }
    const hst_instruction *first = &d->workload.instructions[0];
    w->next_instruction = 1;
    hst_kernel_schedule(w->kernel, first->submitted_ns, 0, 0, 0, HST_HAPPENS_SUBMIT, 0);
    hst_kernel_schedule(w->kernel, HST_HOUR_NS, 2, 0, 0, HST_HAPPENS_QUOTES, 0);
    hst_kernel_schedule(w->kernel, 0, 4, 0, 0, HST_HAPPENS_SAMPLE, 0);
    hst_kernel_schedule(w->kernel, w->scenario->ledger.block_interval_ns, 5, 0, 0,
                        HST_HAPPENS_BLOCK, 0);
    if (w->scenario->liquidity.top_up) {
        hst_kernel_schedule(w->kernel, w->scenario->liquidity.top_up_interval_ns, 2, 0, 0,
                            HST_HAPPENS_TOP_UP, 0);
    }
    for (uint32_t s = 0; s < d->atlas.system_count; s++) {
        const int64_t close_ns = hst_hours_close(&d->atlas.systems[s].hours, 0);
        if (close_ns != HST_NO_OPENING_NS) {
            hst_kernel_schedule(w->kernel, close_ns, 3, 0, s, HST_HAPPENS_CLOSE, 0);
        }
    }
    return HST_OK;
}

/* Until nothing is under way, or the scenario's patience ends. */
static hst_status run_events(day *d)
{
    hst_world *w = &d->world;
    const hst_day_options *o = d->options;
    const int64_t until_ns = w->scenario->clock.origination_ns + w->scenario->clock.drain_ns;
    for (;;) {
        const hst_status status = hst_kernel_run(w->kernel, w, until_ns, SLICE_EVENTS);
        if (status != HST_OK) {
            return hst_error_set(d->error, status, "the simulation stopped: %s",
                                 hst_status_text(status));
        }
        if (o->interrupted != NULL && *o->interrupted != 0) {
            return hst_error_set(d->error, HST_INTERRUPTED, "interrupted");
        }
        if (o->progress != NULL) {
            o->progress(o->progress_context, w->terminal_checks, w->payment_count,
                        hst_kernel_now(w->kernel));
        }
        if (hst_kernel_stopped(w->kernel) != HST_STOP_EVENTS) {
            break;
        }
    }
    /* The end comes after the last event of any priority at its time. */
    seal_all(w, hst_kernel_now(w->kernel));
    if (w->failure != HST_OK) {
        return hst_error_set(d->error, w->failure, "a ledger could not be sealed: %s",
                             hst_status_text(w->failure));
    }
    return HST_OK;
}

static void digest(day *d)
{
    const hst_world *w = &d->world;
    const hst_event_hash events = hst_kernel_hash(w->kernel);
    hst_digest state;
    hst_digest_init(&state, NULL, 0);
    hst_digest_u64(&state, events.low);
    hst_digest_u64(&state, events.high);
    for (uint32_t i = 0; i < w->books.ledger_count; i++) {
        const uint64_t height = hst_ledger_block_count(w->books.ledgers[i]);
        hst_block_header header;
        hst_digest_u64(&state, height);
        if (height > 0 && hst_ledger_header(w->books.ledgers[i], height - 1, &header) == HST_OK) {
            const hst_hash hash = hst_block_header_hash(&header);
            hst_digest_update(&state, hash.bytes, sizeof hash.bytes);
        }
    }
    for (uint32_t s = 0; s < HST_SEGMENT_SUMS; s++) {
        hst_digest_u64(&state, w->sums[s].submitted);
        hst_digest_update(&state, w->sums[s].by_state, sizeof w->sums[s].by_state);
        hst_digest_u64(&state, (uint64_t)w->sums[s].fee_micro_usd);
        hst_digest_u64(&state, (uint64_t)w->sums[s].margin_micro_usd);
    }
    hst_dlt_digest(w, &state);
    d->report->digest = hst_digest_final(&state);
    hst_hash_to_hex(&d->report->digest, d->report->digest_hex);
}

typedef struct audit_work {
    const hst_books *books;
    hst_status *status;
} audit_work;

static void audit_one(void *context, size_t index, unsigned thread)
{
    audit_work *work = context;
    hst_audit audit;
    (void)thread;
    work->status[index] = hst_ledger_audit(work->books->ledgers[index], hst_os_memory(), &audit);
}

/* Replay every ledger from genesis and compare every header and root. */
static void audit_all(day *d)
{
    const hst_world *w = &d->world;
    audit_work work = {.books = &w->books, .status = w->seal_status};
    hst_parallel_for(w->books.ledger_count, d->options->threads, audit_one, &work);
    uint64_t broken = 0;
    for (uint32_t i = 0; i < w->books.ledger_count; i++) {
        broken += w->seal_status[i] == HST_OK ? 0 : 1;
    }
    hst_summary_add_invariant(d->report, "ledger_audit",
                              "replaying a ledger from genesis gives every header and root again",
                              w->books.ledger_count, broken);
}

static hst_status write_out(day *d)
{
    hst_world *w = &d->world;
    hst_summary_write(w, d->options, d->report);
    HST_TRY(hst_dlt_write(w, d->error));
    hst_result *result = w->result;
    w->result = NULL;
    hst_hash content;
    return hst_result_finish(result, &content, d->error);
}

static hst_status run(day *d)
{
    const hst_day_options *o = d->options;
    hst_day_report *report = d->report;
    hst_world *w = &d->world;
    const double cpu_start = seconds(CLOCK_PROCESS_CPUTIME_ID);
    const double wall_start = seconds(CLOCK_MONOTONIC);
    HST_TRY(hst_scenario_load_with_source(o->inputs, o->root, o->overrides, o->override_count,
                                          &d->scratch, &report->scenario, &d->source, d->error));
    HST_TRY(set_up(d));
    if (o->output != NULL) {
        const hst_result_options options = {.version = hst_version(),
                                            .threads = o->threads > 1 ? 1 : 0,
                                            .compression =
                                                (unsigned)report->scenario.output.compression,
                                            .overwrite = o->overwrite};
        HST_TRY(hst_result_create(o->output, &options, hst_os_memory(), &w->result, d->error));
    }
    report->planned_memory_bytes = d->arena.held;
    HST_TRY(start_clock(d));
    report->setup_cpu_seconds = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_start;
    HST_TRY(run_events(d));
    digest(d);
    HST_TRY(hst_summary_make(w, o, report, d->error));
    if (o->audit || report->scenario.ledger.audit) {
        audit_all(d);
    }
    const hst_status written = w->result != NULL ? write_out(d) : HST_OK;
    report->cpu_seconds = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_start;
    report->wall_seconds = seconds(CLOCK_MONOTONIC) - wall_start;
    report->peak_memory_bytes = hst_os_memory_peak_bytes();
    return written;
}

hst_status hst_day_run(const hst_day_options *options, hst_day_report *report, hst_error *error)
{
    hst_assert(options != NULL && report != NULL);
    hst_assert(options->inputs != NULL && options->root != NULL);
    hst_assert(options->threads >= 1);
    memset(report, 0, sizeof *report);
    day *d = hst_os_memory().acquire(NULL, sizeof *d);
    if (d == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "out of memory");
    }
    d->options = options;
    d->report = report;
    d->error = error;
    hst_arena_init(&d->arena, hst_os_memory(), (size_t)8 << 20);
    hst_arena_init(&d->scratch, hst_os_memory(), (size_t)1 << 20);
    const hst_status status = run(d);
    if (d->world.result != NULL) {
        hst_result_abandon(d->world.result, status == HST_INTERRUPTED);
    }
    hst_kernel_destroy(d->world.kernel);
    hst_dlt_destroy(d->world.dlt);
    hst_books_release(&d->world.books);
    hst_arena_release(&d->scratch);
    hst_arena_release(&d->arena);
    hst_os_memory().release(NULL, d, sizeof *d);
    return status;
}
