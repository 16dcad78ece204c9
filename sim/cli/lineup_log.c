#include "sim/cli/lineup_log.h"

#include <inttypes.h>

void hst_lineup_log_begin(FILE *stream)
{
    (void)fputs("world,router,seed,payment,count,taken,propensity,cost_bps,completed", stream);
    static const char *const groups[] = {"expected_bps", "propensity", "true_bps"};
    for (unsigned g = 0; g < sizeof groups / sizeof groups[0]; g++) {
        for (unsigned i = 1; i <= HST_ROUTE_CHOICE_MAX; i++) {
            (void)fprintf(stream, ",%s_%u", groups[g], i);
        }
    }
    (void)fputc('\n', stream);
}

/** As many values as there are plans, empty cells for the others. */
static void write_values(FILE *stream, const double *values, double scale, uint32_t count)
{
    for (uint32_t i = 0; i < HST_ROUTE_CHOICE_MAX; i++) {
        (void)fputc(',', stream);
        if (i < count) {
            (void)fprintf(stream, "%.9g", values[i] * scale);
        }
    }
}

void hst_lineup_log_line(void *context, const hst_lineup_choice *choice)
{
    FILE *stream = context;
    const hst_route_choice *made = choice->choice;
    (void)fprintf(stream, "%s,%s,%" PRIu64 ",%" PRIu64 ",%" PRIu32 ",%" PRIu32 ",%.9g,%.9g,%d",
                  hst_lineup_kind_name(choice->world->recipe.kind), choice->router->name,
                  choice->world->seed, choice->query->payment, made->count, made->taken + 1,
                  made->propensity[made->taken], choice->cost_bps, choice->completed ? 1 : 0);
    const double bps = 1e4 / (double)choice->query->amount_micro_usd;
    write_values(stream, made->expected_micro_usd, bps, made->count);
    write_values(stream, made->propensity, 1, made->count);
    write_values(stream, choice->true_bps, 1, made->count);
    (void)fputc('\n', stream);
}
