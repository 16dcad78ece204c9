#include "core/routing/cost_model.h"

#include "core/base/assert.h"

#include <string.h>

/* Strength of the prior, in payments of a typical 1 / amount. */
#define RIDGE 10.0
#define FADE  0.995

/* x = SCALE / amount: 1 for a thousand dollars. */
#define SCALE 1e9

/** y = slope * x + level. */
typedef struct line {
    double slope, level;
} line;

hst_status hst_cost_model_init(hst_cost_model *model, hst_arena *arena, uint32_t edge_count)
{
    hst_assert(model != NULL && arena != NULL);
    memset(model, 0, sizeof *model);
    model->edge_count = edge_count;
    model->edges = HST_ARENA_NEW(arena, hst_line_sums, edge_count);
    return edge_count > 0 && model->edges == NULL ? HST_NO_MEMORY : HST_OK;
}

/** The ridge solution of the sums, drawn towards `prior`. */
static line solve(const hst_line_sums *s, line prior)
{
    const double xx = s->xx + RIDGE;
    const double n = s->n + RIDGE;
    const double xy = s->xy + RIDGE * prior.slope;
    const double y = s->y + RIDGE * prior.level;
    const double determinant = xx * n - s->x * s->x; /* > 0: Cauchy, Schwarz, and the ridge */
    return (line){(xy * n - y * s->x) / determinant, (y * xx - xy * s->x) / determinant};
}

double hst_cost_model_excess_micro_usd(const hst_cost_model *model,
                                       uint32_t edge,
                                       hst_hop_kind kind,
                                       int64_t amount_micro_usd)
{
    hst_assert(model != NULL && edge < model->edge_count && kind < HST_HOP_KIND_COUNT);
    const line common = solve(&model->kinds[kind], (line){0, 0});
    const line own = solve(&model->edges[edge], common);
    return own.slope * SCALE + own.level * (double)amount_micro_usd;
}

static void add(hst_line_sums *s, double x, double y)
{
    s->xx = FADE * s->xx + x * x;
    s->x = FADE * s->x + x;
    s->n = FADE * s->n + 1;
    s->xy = FADE * s->xy + x * y;
    s->y = FADE * s->y + y;
}

void hst_cost_model_learn(hst_cost_model *model,
                          uint32_t edge,
                          hst_hop_kind kind,
                          int64_t amount_micro_usd,
                          int64_t excess_micro_usd)
{
    hst_assert(model != NULL && edge < model->edge_count && kind < HST_HOP_KIND_COUNT);
    hst_assert(amount_micro_usd > 0);
    const double x = SCALE / (double)amount_micro_usd;
    const double y = (double)excess_micro_usd / (double)amount_micro_usd;
    add(&model->kinds[kind], x, y);
    add(&model->edges[edge], x, y);
    model->below_advertised = model->below_advertised || excess_micro_usd < -1;
}

static void write_sums(const hst_line_sums *s, hst_writer *writer)
{
    hst_write_f64(writer, s->xx);
    hst_write_f64(writer, s->x);
    hst_write_f64(writer, s->n);
    hst_write_f64(writer, s->xy);
    hst_write_f64(writer, s->y);
}

/** Sums that learning can have left? */
static bool read_sums(hst_line_sums *s, hst_reader *reader)
{
    s->xx = hst_read_f64(reader);
    s->x = hst_read_f64(reader);
    s->n = hst_read_f64(reader);
    s->xy = hst_read_f64(reader);
    s->y = hst_read_f64(reader);
    return s->xx >= 0 && s->xx < 1e30 && s->x >= 0 && s->x < 1e30 && s->n >= 0 && s->n < 1e9 &&
           s->xy > -1e30 && s->xy < 1e30 && s->y > -1e30 && s->y < 1e30;
}

void hst_cost_model_write(const hst_cost_model *model, hst_writer *writer)
{
    hst_assert(model != NULL && writer != NULL);
    hst_write_u8(writer, model->below_advertised ? 1 : 0);
    for (unsigned kind = 0; kind < HST_HOP_KIND_COUNT; kind++) {
        write_sums(&model->kinds[kind], writer);
    }
    for (uint32_t e = 0; e < model->edge_count; e++) {
        write_sums(&model->edges[e], writer);
    }
}

hst_status hst_cost_model_read(hst_cost_model *model, hst_reader *reader)
{
    hst_assert(model != NULL && reader != NULL);
    const uint8_t below = hst_read_u8(reader);
    bool good = below <= 1;
    model->below_advertised = below == 1;
    for (unsigned kind = 0; kind < HST_HOP_KIND_COUNT; kind++) {
        good = read_sums(&model->kinds[kind], reader) && good;
    }
    for (uint32_t e = 0; e < model->edge_count; e++) {
        good = read_sums(&model->edges[e], reader) && good;
    }
    HST_TRY(hst_reader_status(reader));
    return good ? HST_OK : HST_CORRUPT;
}
