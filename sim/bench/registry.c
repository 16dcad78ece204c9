#include "sim/bench/bench.h"

/* HST_BENCH_MODULES(X) names the modules with a case file; written by sim/bench/CMakeLists.txt. */
#include "sim/bench/modules.h"

#define X(module) extern const hst_bench_table hst_bench_##module;
HST_BENCH_MODULES(X)
#undef X

const hst_bench_table *const *hst_bench_tables(size_t *table_count)
{
    static const hst_bench_table *const tables[] = {
#define X(module) &hst_bench_##module,
        HST_BENCH_MODULES(X)
#undef X
    };
    *table_count = sizeof tables / sizeof tables[0];
    return tables;
}
