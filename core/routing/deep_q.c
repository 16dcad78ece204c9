#include "core/routing/deep_q.h"

#include "core/routing/cheapest_in_time.h"
#include "core/routing/hop_features.h"
#include "core/routing/q_network.h"
#include "core/routing/surrogate.h"

#include <string.h>

#define UNIT          1e-3 /* of the amount: ten basis points */
#define COST_MAX      80.0 /* units */
#define NS_PER_HOUR   3600e9
#define LEARNING_RATE 1e-3
#define ERROR_MAX     4.0 /* units: larger errors pull no harder */
#define EXPLORE_FIRST 0.2
#define EXPLORE_LAST  0.01

enum {
    PATHS = 6,
    REPLAY = 4096,
    REPLAY_FIRST = 256, /* transitions before the first step */
    BATCH = 16,
    LEARN_EVERY = 4,      /* transitions */
    FREEZE_EVERY = 200,   /* steps */
    EXPLORE_OVER = 10000, /* transitions */
    NEXT = 6,             /* most hops of the next attempt that are looked at */
    PENDING = 64
};

/* Numbers of a hop beyond its features. */
enum { PRICE = HST_FEATURE_COUNT, HOURS, ATTEMPT, LIMITED, INPUTS };
_Static_assert((int)INPUTS == (int)HST_Q_INPUTS, "a hop fills the network's row");

/** What trying a hop led to. */
typedef struct transition {
    float x[HST_Q_INPUTS];
    float cost;     /* units, beyond the price */
    uint32_t count; /* hops of the next attempt; 0 = there was none */
    float next[NEXT][HST_Q_INPUTS];
} transition;

/** A hop that failed, whose payment may be tried again. */
typedef struct pending {
    uint64_t payment;
    uint32_t attempt;
    uint32_t used;
    transition failed;
} pending;

typedef struct deep_q {
    hst_router base;
    hst_surrogate cheapest; /* weighs by price alone */
    hst_hop_features features;
    hst_yen yen;
    hst_route_prices prices;
    const hst_route_view *view;
    hst_random random; /* hst_route_draws of it is a query's */
    hst_random lots;   /* for replay */
    hst_q_learner learner;
    hst_q_network frozen;
    double gradient[HST_Q_WEIGHTS];
    pending waiting[PENDING];
    transition *replay;
    uint32_t replay_count, replay_next;
    uint64_t stored, steps;
} deep_q;

/** As advertised: the weight is then the charge, for time and failure have no price here. */
static void believe(void *self, const hst_route_query *query, uint32_t edge, hst_hop_truth *belief)
{
    (void)self;
    (void)query;
    (void)edge;
    (void)belief;
}

static hst_status create(const hst_router_setup *setup, hst_router **router)
{
    deep_q *self = HST_ARENA_NEW(setup->arena, deep_q, 1);
    if (self == NULL) {
        return HST_NO_MEMORY;
    }
    self->replay = HST_ARENA_NEW(setup->arena, transition, REPLAY);
    if (self->replay == NULL) {
        return HST_NO_MEMORY;
    }
    self->base.kind = &hst_router_deep_q;
    self->base.graph = setup->graph;
    self->prices = setup->prices;
    self->view = setup->view;
    self->random = setup->random;
    self->lots = setup->random;
    hst_q_learner_init(&self->learner, &self->lots);
    self->frozen = self->learner.network;
    hst_router_setup unpriced = *setup;
    unpriced.prices = (hst_route_prices){0};
    HST_TRY(hst_surrogate_init(&self->cheapest, &unpriced, believe, self));
    HST_TRY(hst_hop_features_init(&self->features, setup));
    *router = &self->base;
    return HST_OK;
}

/** A cost in micro-USD as units of an amount > 0, bounded. */
static double in_units(double micro_usd, int64_t amount_micro_usd)
{
    const double unit = UNIT * (double)amount_micro_usd;
    return micro_usd < COST_MAX * unit ? micro_usd / unit : COST_MAX;
}

static double time_price(const deep_q *self, double ns, int64_t amount_micro_usd)
{
    const double hour = (double)self->prices.delay_micro_usd_per_hour +
                        (double)amount_micro_usd * (double)self->prices.delay_ppb_per_hour * 1e-9;
    return ns / NS_PER_HOUR * hour;
}

static double failure_price(const deep_q *self, int64_t amount_micro_usd)
{
    return (double)self->prices.failure_micro_usd +
           (double)amount_micro_usd * (double)self->prices.failure_ppb * 1e-9;
}

/** What a hop looks like to an attempt for an amount > 0, at a time that was begun. */
static void describe(deep_q *self,
                     uint32_t edge,
                     int64_t amount,
                     int64_t time_ns,
                     uint32_t attempt,
                     float out[HST_Q_INPUTS])
{
    const hst_graph_edge *record = &self->base.graph->edges[edge];
    double x[HST_FEATURE_COUNT];
    (void)hst_hop_features_fill(&self->features, edge, amount, time_ns, x);
    for (unsigned k = 0; k < HST_FEATURE_COUNT; k++) {
        out[k] = (float)x[k];
    }
    const double charge = (double)hst_graph_edge_cost_micro_usd(record, amount);
    const double published = hst_published_time_ns(self->base.graph, self->view, edge, time_ns);
    out[PRICE] = (float)in_units(charge, amount) / 4;
    out[HOURS] = (float)in_units(time_price(self, published, amount), amount);
    out[ATTEMPT] = (float)attempt / 4;
    out[LIMITED] = record->limit_micro_usd > 0 ? 1 : 0;
}

/* ---- learning ------------------------------------------------------------------------------ */

/** What a transition says its hop costs. */
static double aim_of(const deep_q *self, const transition *one)
{
    double cost = (double)one->cost;
    for (uint32_t i = 0; i < one->count; i++) {
        cost += hst_q_network_value(&self->frozen, one->next[i]);
    }
    return cost > COST_MAX ? COST_MAX : cost > 0 ? cost : 0;
}

static void learn(deep_q *self)
{
    memset(self->gradient, 0, sizeof self->gradient);
    for (unsigned b = 0; b < BATCH; b++) {
        const transition *one = &self->replay[hst_random_below(&self->lots, self->replay_count)];
        const double error =
            hst_q_network_value(&self->learner.network, one->x) - aim_of(self, one);
        const double pull = error > ERROR_MAX ? ERROR_MAX : error < -ERROR_MAX ? -ERROR_MAX : error;
        (void)hst_q_network_gradient(&self->learner.network, one->x, pull / BATCH, self->gradient);
    }
    hst_q_learner_step(&self->learner, self->gradient, LEARNING_RATE);
    if (++self->steps % FREEZE_EVERY == 0) {
        self->frozen = self->learner.network;
    }
}

static void store(deep_q *self, const transition *one)
{
    self->replay[self->replay_next] = *one;
    self->replay_next = (self->replay_next + 1) % REPLAY;
    self->replay_count += self->replay_count < REPLAY;
    if (++self->stored % LEARN_EVERY == 0 && self->replay_count >= REPLAY_FIRST) {
        learn(self);
    }
}

/** A hop that failed waits here for what the next attempt of its payment takes. */
static void hold(deep_q *self, const hst_hop_outcome *one, const transition *failed)
{
    pending *place = &self->waiting[one->payment % PENDING];
    if (place->used != 0) {
        store(self, &place->failed); /* given up, or another payment needs the place */
    }
    *place = (pending){.payment = one->payment, .attempt = one->attempt, .used = 1};
    place->failed = *failed;
}

/** The next attempt of a payment is there: its hops are what the failure led to. */
static void follow(deep_q *self, const hst_hop_outcome *outcomes, size_t count)
{
    pending *place = &self->waiting[outcomes[0].payment % PENDING];
    if (place->used == 0 || place->payment != outcomes[0].payment ||
        place->attempt + 1 != outcomes[0].attempt) {
        return;
    }
    transition *failed = &place->failed;
    for (size_t i = 0; i < count && failed->count < NEXT; i++) {
        const hst_hop_outcome *one = &outcomes[i];
        if (one->payment == place->payment && one->amount_micro_usd > 0) {
            describe(self, one->edge, one->amount_micro_usd, one->submitted_ns, one->attempt,
                     failed->next[failed->count++]);
        }
    }
    store(self, failed);
    place->used = 0;
}

/* ---- the router ---------------------------------------------------------------------------- */

static double explored_share(uint64_t stored)
{
    return stored >= EXPLORE_OVER
               ? EXPLORE_LAST
               : EXPLORE_FIRST + (EXPLORE_LAST - EXPLORE_FIRST) * (double)stored / EXPLORE_OVER;
}

/** Price and Q of a path, in units. */
static double cost_of(deep_q *self, const hst_route_query *query, const hst_yen_path *path)
{
    const double charge = (double)path->weight / (double)HST_FEMTO_PER_MICRO;
    double cost = in_units(charge, query->amount_micro_usd);
    for (uint32_t i = 0; i < path->hop_count; i++) {
        float x[HST_Q_INPUTS];
        describe(self, path->edges[i], query->amount_micro_usd, query->time_ns, query->attempt, x);
        cost += hst_q_network_value(&self->learner.network, x);
    }
    return cost;
}

static hst_status route(hst_router *router, const hst_route_query *query, hst_route_plan *plan)
{
    deep_q *self = (deep_q *)router;
    if (query->source == query->target || query->amount_micro_usd <= 0) {
        return hst_surrogate_plan(&self->cheapest, query, plan);
    }
    hst_random draws = hst_route_draws(self->random, query);
    hst_hop_features_begin(&self->features, query->amount_micro_usd, query->time_ns);
    HST_TRY(hst_surrogate_alternatives(&self->cheapest, query, PATHS, &self->yen));
    uint32_t taken = 0;
    double least = 0;
    for (uint32_t i = 0; i < self->yen.path_count; i++) {
        const double cost = cost_of(self, query, &self->yen.paths[i]);
        if (i == 0 || cost < least) {
            least = cost;
            taken = i;
        }
    }
    if (hst_random_uniform(&draws) < explored_share(self->stored)) {
        taken = (uint32_t)hst_random_below(&draws, self->yen.path_count);
    }
    hst_surrogate_to_plan(&self->cheapest, query, self->yen.paths[taken].edges,
                          self->yen.paths[taken].hop_count, plan);
    return HST_OK;
}

static void feedback(hst_router *router, const hst_hop_outcome *outcomes, size_t count)
{
    deep_q *self = (deep_q *)router;
    hst_hop_features_begin(&self->features, outcomes[0].amount_micro_usd, outcomes[0].submitted_ns);
    follow(self, outcomes, count);
    for (size_t i = 0; i < count; i++) {
        const hst_hop_outcome *one = &outcomes[i];
        const int64_t amount = one->amount_micro_usd;
        if (amount > 0) {
            const bool done = one->result == HST_HOP_DONE;
            const double failed = done ? 0 : failure_price(self, amount);
            transition seen = {
                .cost = (float)in_units(failed + time_price(self, (double)one->delay_ns, amount),
                                        amount)};
            hst_hop_features_begin(&self->features, amount, one->submitted_ns);
            describe(self, one->edge, amount, one->submitted_ns, one->attempt, seen.x);
            if (done) {
                store(self, &seen);
            } else {
                hold(self, one, &seen);
            }
        }
        hst_hop_features_learn(&self->features, one);
    }
}

/* ---- as bytes ------------------------------------------------------------------------------ */

static void write_floats(hst_writer *writer, const float *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t bits = 0;
        memcpy(&bits, &values[i], sizeof bits);
        hst_write_u32(writer, bits);
    }
}

static bool read_floats(hst_reader *reader, float *values, size_t count)
{
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        const uint32_t bits = hst_read_u32(reader);
        memcpy(&values[i], &bits, sizeof bits);
        good = good && values[i] > -1e12F && values[i] < 1e12F;
    }
    return good;
}

static void write_transition(const transition *one, hst_writer *writer)
{
    write_floats(writer, one->x, HST_Q_INPUTS);
    write_floats(writer, &one->cost, 1);
    hst_write_u8(writer, (uint8_t)one->count);
    write_floats(writer, one->next[0], (size_t)one->count * HST_Q_INPUTS);
}

static bool read_transition(transition *one, hst_reader *reader)
{
    memset(one, 0, sizeof *one);
    const bool own = read_floats(reader, one->x, HST_Q_INPUTS);
    const bool cost = read_floats(reader, &one->cost, 1);
    const uint8_t count = hst_read_u8(reader);
    if (count > NEXT) {
        return false;
    }
    one->count = count;
    return read_floats(reader, one->next[0], (size_t)count * HST_Q_INPUTS) && own && cost;
}

static hst_status checkpoint(const hst_router *router, hst_writer *writer)
{
    const deep_q *self = (const deep_q *)router;
    hst_write_u64(writer, self->lots.key);
    hst_write_u64(writer, self->lots.counter);
    hst_write_u64(writer, self->stored);
    hst_write_u64(writer, self->steps);
    hst_hop_features_write(&self->features, writer);
    hst_q_learner_write(&self->learner, writer);
    hst_q_network_write(&self->frozen, writer);
    for (unsigned i = 0; i < PENDING; i++) {
        const pending *one = &self->waiting[i];
        hst_write_u8(writer, one->used != 0);
        if (one->used != 0) {
            hst_write_u64(writer, one->payment);
            hst_write_u32(writer, one->attempt);
            write_transition(&one->failed, writer);
        }
    }
    hst_write_u32(writer, self->replay_count);
    hst_write_u32(writer, self->replay_next);
    for (uint32_t i = 0; i < self->replay_count; i++) {
        write_transition(&self->replay[i], writer);
    }
    return hst_writer_status(writer);
}

static hst_status read_waiting(deep_q *self, hst_reader *reader)
{
    bool good = true;
    for (unsigned i = 0; i < PENDING; i++) {
        pending *one = &self->waiting[i];
        memset(one, 0, sizeof *one);
        one->used = hst_read_u8(reader);
        if (one->used != 0) {
            one->payment = hst_read_u64(reader);
            one->attempt = hst_read_u32(reader);
            good = read_transition(&one->failed, reader) && good && one->used == 1 &&
                   one->payment % PENDING == i;
        }
    }
    HST_TRY(hst_reader_status(reader));
    return good ? HST_OK : HST_CORRUPT;
}

static hst_status read_replay(deep_q *self, hst_reader *reader)
{
    const uint32_t count = hst_read_u32(reader);
    const uint32_t next = hst_read_u32(reader);
    HST_TRY(hst_reader_status(reader));
    if (count > REPLAY || next >= REPLAY || (count < REPLAY && next != count)) {
        return HST_CORRUPT;
    }
    bool good = true;
    for (uint32_t i = 0; i < count; i++) {
        good = read_transition(&self->replay[i], reader) && good;
    }
    HST_TRY(hst_reader_status(reader));
    self->replay_count = count;
    self->replay_next = next;
    return good ? HST_OK : HST_CORRUPT;
}

static hst_status restore(hst_router *router, hst_reader *reader)
{
    deep_q *self = (deep_q *)router;
    self->lots.key = hst_read_u64(reader);
    self->lots.counter = hst_read_u64(reader);
    self->stored = hst_read_u64(reader);
    self->steps = hst_read_u64(reader);
    HST_TRY(hst_hop_features_read(&self->features, reader));
    HST_TRY(hst_q_learner_read(&self->learner, reader));
    HST_TRY(hst_q_network_read(&self->frozen, reader));
    HST_TRY(read_waiting(self, reader));
    return read_replay(self, reader);
}

const hst_router_kind hst_router_deep_q = {
    .name = "deep-q",
    .code = "M6",
    .summary = "one of the six cheapest advertised paths, by a small neural network",
    .information = "advertised, own outcomes",
    .create = create,
    .route = route,
    .feedback = feedback,
    .checkpoint = checkpoint,
    .restore = restore,
};
