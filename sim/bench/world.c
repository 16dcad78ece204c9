#include "sim/bench/world.h"

#include "sim/base/os_memory.h"

static hst_status load_market(hst_bench_world *w, hst_error *error)
{
    hst_market_config config;
    hst_market_config_defaults(&config);
    config.date_days = w->scenario.clock.date_days;
    return hst_market_create(&config, &w->currencies, w->inputs, &w->arena, &w->scratch, &w->market,
                             error);
}

hst_status
hst_bench_world_load(hst_bench_world *w, const char *const *overrides, size_t override_count)
{
    hst_error error;
    hst_error_clear(&error);
    *w = (hst_bench_world){.inputs = NULL};
    hst_arena_init(&w->arena, hst_os_memory(), 1 << 20);
    hst_arena_init(&w->scratch, hst_os_memory(), 1 << 20);
    HST_TRY(hst_inputs_create_from_disk(hst_os_memory(), HST_BENCH_SCENARIOS, &w->inputs, &error));
    HST_TRY(hst_scenario_load(w->inputs, "small.yaml", overrides, override_count, &w->arena,
                              &w->scenario, &error));
    hst_currency_table_init(&w->currencies);
    HST_TRY(hst_market_load_currencies(w->inputs, w->scenario.data.currencies, &w->arena,
                                       &w->currencies, &error));
    HST_TRY(hst_atlas_load(w->inputs, &w->scenario, &w->currencies, &w->arena, &w->atlas, &error));
    HST_TRY(hst_institutions_build(&w->scenario, &w->atlas, &w->arena, &w->institutions, &error));
    HST_TRY(load_market(w, &error));
    HST_TRY(hst_quotes_load(w->inputs, w->scenario.data.quotes, &w->atlas, &w->arena, &w->quotes,
                            &error));
    const hst_workload_source source = {.inputs = w->inputs,
                                        .scenario = &w->scenario,
                                        .atlas = &w->atlas,
                                        .institutions = &w->institutions,
                                        .quotes = &w->quotes,
                                        .market = w->market};
    return hst_workload_draw(&source, (uint32_t)w->scenario.workload.payments, 1, &w->arena,
                             &w->workload, &error);
}

void hst_bench_world_release(hst_bench_world *w)
{
    hst_inputs_destroy(w->inputs);
    hst_arena_release(&w->scratch);
    hst_arena_release(&w->arena);
}
