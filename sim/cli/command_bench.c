/* herstatt bench. */
#include "sim/bench/bench.h"
#include "sim/cli/commands.h"
#include "sim/run/day.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <jansson.h>

enum { BENCH_LIST, BENCH_RUNS, BENCH_ALL, BENCH_JSON };

const hst_option hst_bench_options[] = {{"list", NULL, "list the cases and run none"},
                                        {"runs", "N", "counted runs of each case (default 5)"},
                                        {"all", NULL, "run the slow cases too"},
                                        {"json", NULL, "print one JSON object"},
                                        {NULL, NULL, NULL}};

static bool is_wanted(const hst_bench_case *one, const hst_arguments *arguments)
{
    for (int i = 0; i < arguments->operand_count; i++) {
        if (strncmp(one->name, arguments->operands[i], strlen(arguments->operands[i])) == 0) {
            return true;
        }
    }
    return arguments->operand_count == 0 &&
           (!one->slow || hst_argument_given(arguments, BENCH_ALL));
}

static json_t *report_json(const hst_bench_report *r)
{
    const hst_bench_case *one = r->bench_case;
    json_t *out = json_pack("{s:s, s:f, s:s, s:s, s:i, s:f, s:f, s:f}", "name", one->name, "value",
                            r->median, "unit", one->unit, "better",
                            strncmp(one->unit, "s/", 2) == 0 ? "lower" : "higher", "runs",
                            (int)r->runs, "median", r->median, "min", r->min, "max", r->max);
    if (out != NULL && r->ratio_median > 0) {
        (void)json_object_set_new(out, "baseline", json_real(r->baseline_median));
        (void)json_object_set_new(out, "ratio", json_real(r->ratio_median));
    }
    json_t *samples = json_array();
    for (unsigned i = 0; i < r->runs; i++) {
        (void)json_array_append_new(samples, json_real(r->samples[i]));
    }
    if (out == NULL || json_object_set_new(out, "samples", samples) != 0) {
        json_decref(out);
        return NULL;
    }
    return out;
}

static void print_report(const hst_bench_report *r)
{
    const hst_bench_case *one = r->bench_case;
    if (r->status != HST_OK) {
        (void)printf("%-36s failed: %s\n", one->name, hst_status_text(r->status));
        return;
    }
    (void)printf("%-36s %9.3g %-12.12s", one->name, r->median, one->unit);
    if (r->ratio_median > 0) {
        (void)printf(" %5.2fx (%.2f-%.2f)", r->ratio_median, r->ratio_min, r->ratio_max);
    }
    (void)putchar('\n');
    (void)fflush(stdout);
}

static json_t *machine_json(void)
{
    struct utsname info;
    (void)uname(&info);
    return json_pack("{s:s, s:s, s:s, s:s}", "system", info.sysname, "release", info.release,
                     "architecture", info.machine, "compiler", __VERSION__);
}

hst_exit hst_command_bench(const hst_arguments *arguments)
{
    long runs = 5;
    size_t table_count = 0;
    size_t found = 0;
    hst_exit answer = HST_EXIT_YES;
    if (!hst_argument_number(arguments, BENCH_RUNS, "runs", 1, 100, &runs)) {
        return HST_EXIT_USAGE;
    }
    const bool as_json = hst_argument_given(arguments, BENCH_JSON);
    json_t *list = json_array();
    const hst_bench_table *const *tables = hst_bench_tables(&table_count);
    for (size_t t = 0; t < table_count && hst_interrupted == 0; t++) {
        for (size_t c = 0; c < tables[t]->case_count && hst_interrupted == 0; c++) {
            const hst_bench_case *one = &tables[t]->cases[c];
            if (!is_wanted(one, arguments)) {
                continue;
            }
            found++;
            if (hst_argument_given(arguments, BENCH_LIST)) {
                (void)printf("%-36s %s\n", one->name, one->summary);
                continue;
            }
            const hst_bench_report report = hst_bench_measure(one, (unsigned)runs, 1);
            if (report.status != HST_OK) {
                answer = HST_EXIT_NO;
            }
            if (as_json && report.status == HST_OK) {
                (void)json_array_append_new(list, report_json(&report));
            } else if (as_json) {
                hst_say("%s failed: %s", one->name, hst_status_text(report.status));
            } else {
                print_report(&report);
            }
        }
    }
    if (found == 0) {
        hst_say("no case begins like that; `herstatt bench --list` shows all");
        json_decref(list);
        return HST_EXIT_USAGE;
    }
    if (as_json) {
        json_t *root = json_pack("{s:i, s:s, s:o, s:o}", "schema", 1, "version", hst_version(),
                                 "machine", machine_json(), "benchmarks", list);
        answer =
            root != NULL && json_dumpf(root, stdout, JSON_INDENT(2)) == 0 ? answer : HST_EXIT_IO;
        (void)putchar('\n');
        json_decref(root);
    } else {
        json_decref(list);
    }
    return hst_interrupted != 0 ? HST_EXIT_INTERRUPTED : answer;
}
