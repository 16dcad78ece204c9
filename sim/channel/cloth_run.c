#include "sim/channel/cloth_run.h"

#include "sim/channel/books.h"
#include "sim/channel/cloth_search.h"
#include "sim/channel/invariant.h"
#include "sim/engine/grow.h"
#include "sim/engine/kernel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

enum { NS_PER_MS = 1000000 };

struct hst_cloth_draws {
    gsl_rng *stream;
};

/** What the last attempt of a payment holds. */
typedef struct flight {
    int64_t *amounts;      /* by hop */
    uint32_t *escrows;     /* by hop */
    uint32_t halves[2];    /* payments it was split into */
    uint32_t locked_until; /* blocks the first hop locks for */
    uint16_t failed_hop;   /* where it failed */
    bool failed_offline;   /* why */
    bool is_half;          /* of another payment */
} flight;

typedef struct world {
    const hst_cloth_plan *plan;
    const hst_channel_table *table;
    hst_arena *arena;
    hst_ledger *ledger;
    uint32_t *accounts; /* by channel: account of edge 2i, 0 = not used yet */
    hst_cloth_history history;
    hst_cloth_search search;
    hst_memory memory;           /* of the two lists below, which grow with the halves */
    hst_cloth_payment *payments; /* halves behind those of the plan */
    flight *flights;
    uint32_t count;
    size_t payment_room;
    size_t flight_room;
    hst_cloth_tally *tally;
} world;

/* ---- draws -------------------------------------------------------------------------------- */

struct hst_cloth_draws *hst_cloth_draws_create(uint64_t seed)
{
    struct hst_cloth_draws *draws = calloc(1, sizeof *draws);
    if (draws != NULL) {
        draws->stream = gsl_rng_alloc(gsl_rng_mt19937);
        if (draws->stream == NULL) {
            free(draws);
            return NULL;
        }
        gsl_rng_set(draws->stream, seed);
    }
    return draws;
}

void hst_cloth_draws_destroy(struct hst_cloth_draws *draws)
{
    if (draws != NULL) {
        gsl_rng_free(draws->stream);
        free(draws);
    }
}

hst_status hst_cloth_draw_payments(struct hst_cloth_draws *draws,
                                   uint32_t node_count,
                                   uint32_t count,
                                   double rate,
                                   double average_sat,
                                   hst_arena *arena,
                                   hst_cloth_payments *payments)
{
    hst_assert(node_count >= 2 && rate > 0);
    payments->list = HST_ARENA_NEW(arena, hst_cloth_payment, count > 0 ? count : 1);
    payments->count = count;
    if (payments->list == NULL) {
        return HST_NO_MEMORY;
    }
    int64_t now = 1;
    for (uint32_t i = 0; i < count; i++) {
        hst_cloth_payment *p = &payments->list[i];
        do {
            p->sender = (uint32_t)gsl_rng_uniform_int(draws->stream, node_count);
            p->receiver = (uint32_t)gsl_rng_uniform_int(draws->stream, node_count);
        } while (p->sender == p->receiver);
        p->amount_msat = (int64_t)(fabs(average_sat + gsl_ran_ugaussian(draws->stream)) * 1000.0);
        now += (int64_t)(1000 * gsl_ran_exponential(draws->stream, 1.0 / rate));
        p->start_ms = now;
    }
    return HST_OK;
}

static int64_t now_ms(const hst_kernel *kernel)
{
    return hst_kernel_now(kernel) / NS_PER_MS;
}

/** When a message sent now over a hop arrives. */
static int64_t hop_later(world *w, const hst_kernel *kernel)
{
    const double normal = gsl_ran_ugaussian(w->plan->draws->stream);
    return (int64_t)((double)(now_ms(kernel) + HST_CLOTH_HOP_MS) + normal);
}

static bool next_is_offline(world *w)
{
    return gsl_rng_uniform(w->plan->draws->stream) < w->plan->faulty_probability;
}

static void
schedule(hst_kernel *kernel, int64_t at_ms, hst_cloth_event kind, uint32_t payment, uint32_t hop)
{
    hst_kernel_schedule(kernel, at_ms * NS_PER_MS, 0, 0, payment, (uint16_t)kind, hop);
}

/* ---- routes ------------------------------------------------------------------------------- */

/** Keep a route: edges, what each forwards, the fee. */
static hst_status take_route(world *w, uint32_t number, const hst_cloth_route *route)
{
    hst_cloth_payment *p = &w->payments[number];
    flight *f = &w->flights[number];
    if (p->room < route->hop_count) {
        const size_t each = sizeof(int64_t) + 2 * sizeof(uint32_t);
        unsigned char *block = hst_arena_alloc(w->arena, route->hop_count, each);
        if (block == NULL) {
            return HST_NO_MEMORY;
        }
        f->amounts = (int64_t *)(void *)block;
        p->route = (uint32_t *)(void *)(block + route->hop_count * sizeof(int64_t));
        f->escrows = p->route + route->hop_count;
        p->room = (uint16_t)route->hop_count;
    }
    p->hop_count = (uint16_t)route->hop_count;
    memcpy(p->route, route->edges, route->hop_count * sizeof route->edges[0]);
    int64_t amount = p->amount_msat;
    f->locked_until = HST_CHANNEL_FINAL_BLOCKS;
    for (uint32_t i = route->hop_count; i-- > 0;) {
        f->amounts[i] = amount;
        if (i > 0) {
            const hst_channel_side *side = hst_channel_side_at(w->table, p->route[i]);
            amount += hst_channel_fee_msat(side->base_msat, side->ppm, amount);
            f->locked_until += side->blocks;
        }
    }
    p->fee_msat = f->amounts[0] - p->amount_msat;
    return HST_OK;
}

/** Look for a path now; *found says whether there is one. */
static hst_status look(world *w, uint32_t number, int64_t at_ms, bool *found)
{
    const hst_cloth_payment *p = &w->payments[number];
    const hst_cloth_query query = {.sender = p->sender,
                                   .receiver = p->receiver,
                                   .amount_msat = p->amount_msat,
                                   .now_ms = at_ms};
    hst_cloth_route route;
    const hst_status status = hst_cloth_search_run(&w->search, &query, &route);
    *found = status == HST_OK;
    if (status == HST_NO_PATH) {
        return HST_OK;
    }
    return status != HST_OK ? status : take_route(w, number, &route);
}

/* ---- hops --------------------------------------------------------------------------------- */

static void fail_unless(const world *w, hst_kernel *kernel, hst_status status, uint32_t edge)
{
    if (status != HST_OK) {
        hst_kernel_fail(kernel, status);
    } else if (!hst_channel_conserves(w->table, w->ledger, edge >> 1, w->accounts[edge >> 1])) {
        hst_kernel_fail(kernel, HST_CORRUPT);
    }
}

/** Lock a hop; false when the edge has not enough, or the run has failed. */
static bool lock(world *w, hst_kernel *kernel, uint32_t number, uint32_t hop)
{
    const hst_cloth_payment *p = &w->payments[number];
    flight *f = &w->flights[number];
    uint32_t blocks = f->locked_until;
    for (uint32_t i = 1; i <= hop; i++) {
        blocks -= hst_channel_side_at(w->table, p->route[i])->blocks;
    }
    const hst_preimage secret = hst_channel_secret(w->plan->seed, number);
    const hst_hash condition = hst_preimage_condition(&secret);
    const int64_t now = hst_kernel_now(kernel);
    hst_status status = hst_ledger_advance(w->ledger, now);
    const uint32_t edge = p->route[hop];
    uint32_t *account = &w->accounts[edge >> 1];
    if (status == HST_OK && *account == 0) {
        status = hst_channel_books_add(w->table, edge >> 1, w->ledger, account);
    }
    if (status == HST_OK) {
        status = hst_channel_lock(w->ledger, *account + (edge & 1), *account + ((edge & 1) ^ 1),
                                  f->amounts[hop], now + (int64_t)blocks * HST_CHANNEL_BLOCK_NS,
                                  &condition, &f->escrows[hop]);
    }
    if (status == HST_REFUSED) {
        return false;
    }
    fail_unless(w, kernel, status, p->route[hop]);
    return status == HST_OK;
}

static void claim(world *w, hst_kernel *kernel, uint32_t number, uint32_t hop)
{
    const hst_preimage secret = hst_channel_secret(w->plan->seed, number);
    hst_status status = hst_ledger_advance(w->ledger, hst_kernel_now(kernel));
    if (status == HST_OK) {
        status = hst_channel_claim(w->ledger, w->flights[number].escrows[hop], &secret);
    }
    fail_unless(w, kernel, status, w->payments[number].route[hop]);
}

static void give_back(world *w, hst_kernel *kernel, uint32_t number, uint32_t hop)
{
    hst_status status = hst_ledger_advance(w->ledger, hst_kernel_now(kernel));
    if (status == HST_OK) {
        status = hst_channel_undo(w->ledger, w->flights[number].escrows[hop]);
    }
    fail_unless(w, kernel, status, w->payments[number].route[hop]);
}

/** Failure travels to the node before `hop`, and is there at `at_ms`. */
static void travel_back(world *w, hst_kernel *kernel, uint32_t number, uint32_t hop, int64_t at_ms)
{
    (void)w;
    if (hop <= 1) {
        schedule(kernel, at_ms, HST_CLOTH_RECEIVE_FAIL, number, 0);
    } else {
        schedule(kernel, at_ms, HST_CLOTH_FORWARD_FAIL, number, hop - 1);
    }
}

static void note_failure(world *w, uint32_t number, uint32_t hop, bool offline)
{
    flight *f = &w->flights[number];
    hst_cloth_payment *p = &w->payments[number];
    f->failed_hop = (uint16_t)hop;
    f->failed_offline = offline;
    p->offline += offline ? 1 : 0;
    p->no_balance += offline ? 0 : 1;
}

/* ---- events ------------------------------------------------------------------------------- */

/** Room for so many payments. */
static hst_status reserve(world *w, size_t count)
{
    void *grown = NULL;
    if (count > w->payment_room) {
        HST_TRY(
            hst_grow(w->memory, w->payments, &w->payment_room, count, sizeof *w->payments, &grown));
        w->payments = grown;
    }
    if (count > w->flight_room) {
        HST_TRY(
            hst_grow(w->memory, w->flights, &w->flight_room, count, sizeof *w->flights, &grown));
        w->flights = grown;
    }
    return HST_OK;
}

/** No path at the first attempt: two halves, each by itself, when both have a path. */
static hst_status split(world *w, hst_kernel *kernel, uint32_t number)
{
    HST_TRY(reserve(w, (size_t)w->count + 2));
    hst_cloth_payment *p = &w->payments[number];
    const int64_t amounts[2] = {p->amount_msat / 2, p->amount_msat - p->amount_msat / 2};
    bool found = true;
    for (uint32_t h = 0; h < 2 && found; h++) {
        hst_cloth_payment *half = &w->payments[w->count + h];
        *half = (hst_cloth_payment){.sender = p->sender,
                                    .receiver = p->receiver,
                                    .amount_msat = amounts[h],
                                    .start_ms = p->start_ms,
                                    .attempts = 1,
                                    .was_split = true};
        w->flights[w->count + h] = (flight){.is_half = true};
        HST_TRY(look(w, w->count + h, now_ms(kernel), &found));
    }
    p->end_ms = now_ms(kernel);
    if (!found) {
        return HST_OK;
    }
    p->was_split = true;
    w->tally->splits++;
    for (uint32_t h = 0; h < 2; h++) {
        w->flights[number].halves[h] = w->count + h;
        schedule(kernel, now_ms(kernel), HST_CLOTH_SEND, w->count + h, 0);
    }
    w->count += 2;
    return HST_OK;
}

static void on_find(void *context, hst_kernel *kernel, const hst_event *event)
{
    world *w = context;
    const uint32_t number = event->target;
    hst_cloth_payment *p = &w->payments[number];
    w->tally->events[HST_CLOTH_FIND]++;
    p->attempts++;
    if (now_ms(kernel) > p->start_ms + HST_CLOTH_TIMEOUT_MS) {
        p->end_ms = now_ms(kernel);
        p->timeout = true;
        return;
    }
    bool found = p->route != NULL; /* of the first attempt: found at the start */
    hst_status status = HST_OK;
    if (p->attempts > 1) {
        status = look(w, number, now_ms(kernel), &found);
    }
    if (status == HST_OK && found) {
        schedule(kernel, now_ms(kernel), HST_CLOTH_SEND, number, 0);
    } else if (status == HST_OK && w->plan->split && p->attempts == 1 &&
               !w->flights[number].is_half) {
        status = split(w, kernel, number);
    } else {
        p->end_ms = now_ms(kernel);
    }
    if (status != HST_OK) {
        hst_kernel_fail(kernel, status);
    }
}

static void move_on(world *w, hst_kernel *kernel, uint32_t number, uint32_t hop)
{
    const bool last = hop + 1 == w->payments[number].hop_count;
    schedule(kernel, hop_later(w, kernel), last ? HST_CLOTH_RECEIVE : HST_CLOTH_FORWARD, number,
             hop + 1);
}

static void on_send(void *context, hst_kernel *kernel, const hst_event *event)
{
    world *w = context;
    const uint32_t number = event->target;
    w->tally->events[HST_CLOTH_SEND]++;
    if (next_is_offline(w)) {
        note_failure(w, number, 0, true);
        travel_back(w, kernel, number, 0, now_ms(kernel) + HST_CLOTH_OFFLINE_MS);
    } else if (!lock(w, kernel, number, 0)) {
        note_failure(w, number, 0, false);
        travel_back(w, kernel, number, 0, now_ms(kernel));
    } else {
        move_on(w, kernel, number, 0);
    }
}

static void on_forward(void *context, hst_kernel *kernel, const hst_event *event)
{
    world *w = context;
    const uint32_t number = event->target;
    const uint32_t hop = (uint32_t)event->argument;
    const bool last = hop + 1 == w->payments[number].hop_count;
    w->tally->events[HST_CLOTH_FORWARD]++;
    if (next_is_offline(w) && !last) { /* receivers wait for their money */
        note_failure(w, number, hop, true);
        travel_back(w, kernel, number, hop, hop_later(w, kernel) + HST_CLOTH_OFFLINE_MS);
    } else if (!lock(w, kernel, number, hop)) {
        note_failure(w, number, hop, false);
        travel_back(w, kernel, number, hop, hop_later(w, kernel));
    } else {
        move_on(w, kernel, number, hop);
    }
}

/** A node has its money: tell the one before. */
static void succeed_back(world *w, hst_kernel *kernel, uint32_t number, uint32_t hop)
{
    claim(w, kernel, number, hop);
    schedule(kernel, hop_later(w, kernel),
             hop == 0 ? HST_CLOTH_RECEIVE_SUCCESS : HST_CLOTH_FORWARD_SUCCESS, number, hop);
}

static void on_receive(void *context, hst_kernel *kernel, const hst_event *event)
{
    world *w = context;
    w->tally->events[HST_CLOTH_RECEIVE]++;
    w->payments[event->target].success = true;
    succeed_back(w, kernel, event->target, w->payments[event->target].hop_count - 1U);
}

static void on_forward_success(void *context, hst_kernel *kernel, const hst_event *event)
{
    world *w = context;
    w->tally->events[HST_CLOTH_FORWARD_SUCCESS]++;
    succeed_back(w, kernel, event->target, (uint32_t)event->argument - 1);
}

/** Hops before `end` carried what was asked of them. */
static hst_status remember_success(world *w, uint32_t number, uint32_t end)
{
    const hst_cloth_payment *p = &w->payments[number];
    for (uint32_t i = 0; i < end; i++) {
        HST_TRY(hst_cloth_history_success(
            &w->history, p->sender, hst_channel_from(w->table, p->route[i]),
            hst_channel_to(w->table, p->route[i]), w->flights[number].amounts[i]));
    }
    return HST_OK;
}

static void on_receive_success(void *context, hst_kernel *kernel, const hst_event *event)
{
    world *w = context;
    hst_cloth_payment *p = &w->payments[event->target];
    w->tally->events[HST_CLOTH_RECEIVE_SUCCESS]++;
    p->end_ms = now_ms(kernel);
    const hst_status status = remember_success(w, event->target, p->hop_count);
    if (status != HST_OK) {
        hst_kernel_fail(kernel, status);
    }
}

static void on_forward_fail(void *context, hst_kernel *kernel, const hst_event *event)
{
    world *w = context;
    const uint32_t hop = (uint32_t)event->argument;
    w->tally->events[HST_CLOTH_FORWARD_FAIL]++;
    give_back(w, kernel, event->target, hop);
    travel_back(w, kernel, event->target, hop, hop_later(w, kernel));
}

/** A failure at the sender's own edge teaches nothing; an offline node takes both ways with it. */
static hst_status remember_failure(world *w, uint32_t number, int64_t at_ms)
{
    const hst_cloth_payment *p = &w->payments[number];
    const flight *f = &w->flights[number];
    if (f->failed_hop == 0) {
        return HST_OK;
    }
    const uint32_t from = hst_channel_from(w->table, p->route[f->failed_hop]);
    const uint32_t to = hst_channel_to(w->table, p->route[f->failed_hop]);
    if (f->failed_offline) {
        HST_TRY(hst_cloth_history_failure(&w->history, p->sender, from, to, 0, at_ms));
        return hst_cloth_history_failure(&w->history, p->sender, to, from, 0, at_ms);
    }
    HST_TRY(remember_success(w, number, f->failed_hop));
    return hst_cloth_history_failure(&w->history, p->sender, from, to, f->amounts[f->failed_hop],
                                     at_ms);
}

static void on_receive_fail(void *context, hst_kernel *kernel, const hst_event *event)
{
    world *w = context;
    const uint32_t number = event->target;
    w->tally->events[HST_CLOTH_RECEIVE_FAIL]++;
    if (w->flights[number].failed_hop != 0) {
        give_back(w, kernel, number, 0);
    }
    const hst_status status = remember_failure(w, number, now_ms(kernel));
    if (status != HST_OK) {
        hst_kernel_fail(kernel, status);
    }
    schedule(kernel, now_ms(kernel), HST_CLOTH_FIND, number, 0);
}

/* ---- the run ------------------------------------------------------------------------------ */

/** What a split payment came to is what its halves came to. */
static void merge_halves(world *w)
{
    for (uint32_t i = 0; i < w->plan->payments.count; i++) {
        hst_cloth_payment *p = &w->payments[i];
        if (!p->was_split) {
            continue;
        }
        const hst_cloth_payment *a = &w->payments[w->flights[i].halves[0]];
        const hst_cloth_payment *b = &w->payments[w->flights[i].halves[1]];
        const hst_cloth_payment *longer = a->hop_count > b->hop_count ? a : b;
        p->end_ms = a->end_ms > b->end_ms ? a->end_ms : b->end_ms;
        p->success = a->success && b->success;
        p->no_balance = a->no_balance + b->no_balance;
        p->offline = a->offline + b->offline;
        p->timeout = a->timeout || b->timeout;
        p->attempts = a->attempts + b->attempts;
        p->route = longer->route;
        p->hop_count = longer->hop_count;
        p->fee_msat = a->fee_msat + b->fee_msat;
    }
}

static hst_status prepare(world *w)
{
    const hst_memory memory = w->memory;
    const uint32_t n = w->plan->payments.count;
    HST_TRY(reserve(w, (size_t)n + n / 16 + 16));
    w->count = n;
    if (n > 0 && w->payments != NULL) {
        memcpy(w->payments, w->plan->payments.list, n * sizeof *w->payments);
    }
    w->accounts = HST_ARENA_NEW(w->arena, uint32_t, (size_t)w->table->count + 1);
    if (w->accounts == NULL) {
        return HST_NO_MEMORY;
    }
    HST_TRY(hst_channel_books_begin(w->table, memory, &w->ledger));
    HST_TRY(hst_cloth_history_init(&w->history, w->arena, w->table->node_count));
    HST_TRY(hst_cloth_search_init(&w->search, w->plan->graph, w->ledger, w->accounts, &w->history,
                                  memory, w->arena));
    for (uint32_t i = 0; i < n; i++) {
        bool found = false;
        HST_TRY(look(w, i, 0, &found));
    }
    return HST_OK;
}

static hst_status happen(world *w)
{
    static const hst_handler handlers[HST_CLOTH_EVENT_COUNT] = {on_find,
                                                                on_send,
                                                                on_forward,
                                                                on_receive,
                                                                on_forward_success,
                                                                on_receive_success,
                                                                on_forward_fail,
                                                                on_receive_fail};
    const hst_kernel_config config = {.memory = w->memory,
                                      .handlers = handlers,
                                      .handler_count = HST_CLOTH_EVENT_COUNT,
                                      .source_max = 1,
                                      .planned_events = w->plan->payments.count};
    hst_kernel *kernel = NULL;
    uint32_t channel = 0;
    HST_TRY(hst_kernel_create(&config, &kernel));
    for (uint32_t i = 0; i < w->plan->payments.count; i++) {
        schedule(kernel, w->payments[i].start_ms, HST_CLOTH_FIND, i, 0);
    }
    hst_status status = hst_kernel_run(kernel, w, INT64_MAX, UINT64_MAX);
    w->tally->digest = hst_kernel_hash(kernel).low;
    hst_kernel_destroy(kernel);
    if (status == HST_OK) {
        status = hst_channel_check(w->table, w->ledger, w->accounts, &channel);
    }
    return status;
}

hst_status hst_cloth_run(const hst_cloth_plan *plan,
                         hst_memory memory,
                         hst_arena *arena,
                         hst_cloth_tally *tally)
{
    world w = {.plan = plan,
               .memory = memory,
               .table = plan->graph->table,
               .arena = arena,
               .tally = tally};
    memset(tally, 0, sizeof *tally);
    hst_status status = prepare(&w);
    if (status == HST_OK) {
        status = happen(&w);
    }
    if (status == HST_OK) {
        merge_halves(&w);
        memcpy(plan->payments.list, w.payments, plan->payments.count * sizeof *w.payments);
    }
    tally->searches = w.search.searches;
    tally->settled = w.search.settled;
    hst_cloth_search_release(&w.search);
    hst_ledger_destroy(w.ledger);
    hst_grow_release(memory, w.payments, w.payment_room, sizeof *w.payments);
    hst_grow_release(memory, w.flights, w.flight_room, sizeof *w.flights);
    return status;
}
