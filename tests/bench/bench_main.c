/** @file tests/bench/bench_main.c
 * Runs benchmark cases by name prefix and prints a table: hst_bench [--all] [--runs N] [prefix...]
 *
 * Without a prefix all but slow cases run; a prefix runs slow ones too. Exit 0 when every case ran,
 * 1 when one failed, 2 on a usage error. `herstatt bench` is the command for people.
 */
#include "core/base/status.h"

#include "sim/bench/bench.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct bench_options {
    char **prefixes;
    size_t prefix_count;
    unsigned runs;
    bool all;
} bench_options;

static bool wanted(const bench_options *options, const hst_bench_case *bench_case)
{
    for (size_t i = 0; i < options->prefix_count; i++) {
        if (strncmp(bench_case->name, options->prefixes[i], strlen(options->prefixes[i])) == 0) {
            return true;
        }
    }
    return options->prefix_count == 0 && (options->all || !bench_case->slow);
}

static void print_report(const hst_bench_report *report)
{
    const hst_bench_case *const c = report->bench_case;
    if (report->status != HST_OK) {
        printf("%-32s failed: %s\n", c->name, hst_status_text(report->status));
        return;
    }
    printf("%-32s %11.4g %-14s [%.4g .. %.4g]", c->name, report->median, c->unit, report->min,
           report->max);
    if (c->aim > 0) {
        printf("  aim %.4g", c->aim);
    }
    if (c->baseline != NULL) {
        printf("  %.2fx [%.2f .. %.2f] of %s", report->ratio_median, report->ratio_min,
               report->ratio_max, c->baseline_name);
    }
    printf("\n");
    (void)fflush(stdout);
}

int main(int argc, char **argv)
{
    bench_options options = {.runs = 5};
    int at = 1;
    for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++) {
        if (strcmp(argv[at], "--all") == 0) {
            options.all = true;
        } else if (strcmp(argv[at], "--runs") == 0 && at + 1 < argc) {
            options.runs = (unsigned)strtoul(argv[++at], NULL, 10);
        } else {
            (void)fprintf(stderr, "usage: hst_bench [--all] [--runs N] [prefix...]\n");
            return 2;
        }
    }
    if (options.runs == 0 || options.runs > HST_BENCH_RUN_MAX) {
        (void)fprintf(stderr, "hst_bench: --runs takes 1 ... %d\n", HST_BENCH_RUN_MAX);
        return 2;
    }
    options.prefixes = argv + at;
    options.prefix_count = (size_t)(argc - at);
    size_t table_count = 0;
    const hst_bench_table *const *const tables = hst_bench_tables(&table_count);
    bool failed = false;
    for (size_t i = 0; i < table_count; i++) {
        for (size_t j = 0; j < tables[i]->case_count; j++) {
            if (wanted(&options, &tables[i]->cases[j])) {
                const hst_bench_report report =
                    hst_bench_measure(&tables[i]->cases[j], options.runs, 1);
                print_report(&report);
                failed = failed || report.status != HST_OK;
            }
        }
    }
    return failed ? 1 : 0;
}
