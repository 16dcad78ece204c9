/* herstatt bench --calibrate: what work costs here, as a table that runs can be charged by. */
#include "sim/bench/bench.h"
#include "sim/bench/machine.h"
#include "sim/cli/commands.h"

#include <string.h>

/* One item: the case that measures it, and the work of one item in the case's unit. */
typedef struct cost_item {
    const char *item;
    const char *case_name; /* NULL = assumed */
    double work;
    long assumed_ns;
} cost_item;

static const cost_item items[] = {
    {"message", NULL, 0, 2000},
    {"verify", "crypto.verify", 1, 0},
    {"sign", "crypto.sign", 1, 0},
    {"kilobyte", "crypto.digest", 1024, 0},
    {"transfer", "ledger.compact.1e5", 1, 0},
    {"write", NULL, 0, 1000000},
};
enum { ITEM_COUNT = sizeof items / sizeof items[0], RUNS = 5 };

static const hst_bench_case *find_case(const char *name)
{
    size_t table_count = 0;
    const hst_bench_table *const *tables = hst_bench_tables(&table_count);
    for (size_t t = 0; t < table_count; t++) {
        for (size_t c = 0; c < tables[t]->case_count; c++) {
            if (strcmp(tables[t]->cases[c].name, name) == 0) {
                return &tables[t]->cases[c];
            }
        }
    }
    return NULL;
}

/* Nanoseconds of one item, or -1. */
static long measure_item(const cost_item *item)
{
    if (item->case_name == NULL) {
        return item->assumed_ns;
    }
    const hst_bench_case *one = find_case(item->case_name);
    if (one == NULL) {
        hst_say("no case %s to measure \"%s\" with", item->case_name, item->item);
        return -1;
    }
    const hst_bench_report report = hst_bench_measure(one, RUNS, 1);
    if (report.status != HST_OK || !(report.median > 0)) {
        hst_say("%s failed: %s", one->name, hst_status_text(report.status));
        return -1;
    }
    return (long)(item->work * 1e9 / report.median + 0.5);
}

static bool write_table(FILE *stream, const long *ns)
{
    hst_bench_machine machine;
    hst_bench_machine_read(&machine);
    (void)fprintf(stream, "# What work costs a replica's processor, ns. measured: herstatt bench "
                          "--calibrate, one core.\n");
    (void)fprintf(stream, "# source: %s, %s.\n",
                  machine.processor[0] != '\0' ? machine.processor : machine.system,
                  machine.compiler);
    (void)fprintf(stream,
                  "# assumed: message = a system call, a copy and a decode; write = a write "
                  "barrier of an NVMe disk.\n");
    (void)fprintf(stream, "item,ns,origin\n");
    for (size_t i = 0; i < ITEM_COUNT; i++) {
        (void)fprintf(stream, "%s,%ld,%s\n", items[i].item, ns[i],
                      items[i].case_name != NULL ? "measured" : "assumed");
    }
    return fflush(stream) == 0 && ferror(stream) == 0;
}

hst_exit hst_bench_calibrate(const char *path)
{
    long ns[ITEM_COUNT];
    for (size_t i = 0; i < ITEM_COUNT; i++) {
        ns[i] = measure_item(&items[i]);
        if (ns[i] < 0) {
            return HST_EXIT_NO;
        }
        (void)printf("%-9s %9ld ns  %s\n", items[i].item, ns[i],
                     items[i].case_name != NULL ? items[i].case_name : "assumed");
    }
    FILE *stream = fopen(path, "w");
    bool written = stream != NULL && write_table(stream, ns);
    if (stream != NULL) {
        written = fclose(stream) == 0 && written;
    }
    if (!written) {
        hst_say("%s: cannot be written", path);
        return HST_EXIT_IO;
    }
    return HST_EXIT_YES;
}
