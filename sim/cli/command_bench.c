/* herstatt bench. */
#include "sim/base/os_memory.h"
#include "sim/bench/bench.h"
#include "sim/bench/machine.h"
#include "sim/cli/commands.h"
#include "sim/consensus/chaos.h"
#include "sim/run/day.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

enum {
    BENCH_LIST,
    BENCH_TIER,
    BENCH_RUNS,
    BENCH_ALL,
    BENCH_NO_BASELINES,
    BENCH_JSON,
    BENCH_OUTPUT,
    BENCH_CHAOS,
    BENCH_SEED,
    BENCH_STORMS,
    BENCH_BEYOND,
    BENCH_FAULTS,
    BENCH_CALIBRATE
};

const hst_option hst_bench_options[] = {
    {"list", NULL, "list the cases and run none"},
    {"tier", "TIER", "component, system or day; may be repeated"},
    {"runs", "N", "counted runs of each case (default 5)"},
    {"all", NULL, "run the slow cases too"},
    {"no-baselines", NULL, "leave the baselines out"},
    {"json", NULL, "print one JSON object"},
    {"output", "FILE", "write the JSON object to a file"},
    {"chaos", "SECONDS", "no cases: storms of faults over consensus protocols, named or all"},
    {"seed", "N", "with --chaos: seed of the first storm (default 1)"},
    {"storms", "N", "with --chaos: at most so many storms of each protocol"},
    {"beyond", "N", "with --chaos: so many faults at a time more than are tolerated"},
    {"faults", "LIST", "with --chaos: only these faults of a storm happen, as 2,5, or none"},
    {"calibrate", "FILE", "no cases: write what signatures, hashes and transfers cost here"},
    {NULL, NULL, NULL}};

/* Most cases of one run. */
enum { BENCH_CASES_MAX = 512 };

/** What was asked for, and what came of it. */
typedef struct bench_work {
    const hst_bench_case *cases[BENCH_CASES_MAX];
    size_t case_count;
    hst_bench_report *reports; /* by case */
    unsigned runs;
    hst_bench_machine machine;
} bench_work;

static bool is_of_tier(const hst_bench_case *one, const hst_option_value *tiers)
{
    for (size_t i = 0; i < tiers->count; i++) {
        if (strcmp(tiers->values[i], hst_bench_tier_text(one->tier)) == 0) {
            return true;
        }
    }
    return tiers->count == 0;
}

static bool are_tiers(const hst_option_value *tiers)
{
    for (size_t i = 0; i < tiers->count; i++) {
        bool known = false;
        for (int tier = 0; tier < HST_BENCH_TIER_COUNT; tier++) {
            known |= strcmp(tiers->values[i], hst_bench_tier_text((hst_bench_tier)tier)) == 0;
        }
        if (!known) {
            hst_say("--tier: expected component, system or day, got \"%s\"", tiers->values[i]);
            return false;
        }
    }
    return true;
}

static bool is_named(const hst_bench_case *one, const hst_arguments *arguments)
{
    for (int i = 0; i < arguments->operand_count; i++) {
        if (strncmp(one->name, arguments->operands[i], strlen(arguments->operands[i])) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_wanted(const hst_bench_case *one, const hst_arguments *arguments)
{
    if (!is_of_tier(one, &arguments->options[BENCH_TIER])) {
        return false;
    }
    if (arguments->operand_count > 0) {
        return is_named(one, arguments);
    }
    return !one->slow || hst_argument_given(arguments, BENCH_ALL);
}

/** Choose the cases. */
static void collect(bench_work *work, const hst_arguments *arguments)
{
    size_t table_count = 0;
    size_t without_folder = 0;
    const char *folder = "";
    const hst_bench_table *const *tables = hst_bench_tables(&table_count);
    for (size_t t = 0; t < table_count; t++) {
        for (size_t c = 0; c < tables[t]->case_count && work->case_count < BENCH_CASES_MAX; c++) {
            const hst_bench_case *one = &tables[t]->cases[c];
            if (!is_wanted(one, arguments)) {
                continue;
            }
            if (one->folder != NULL && !hst_argument_given(arguments, BENCH_LIST) &&
                access(one->folder, R_OK | X_OK) != 0) {
                folder = one->folder;
                without_folder++;
                continue;
            }
            work->cases[work->case_count++] = one;
        }
    }
    if (without_folder > 0) {
        hst_say("%zu cases left out: they read the folder %s, which is not here", without_folder,
                folder);
    }
}

/** Every case in turn, and all of that again: whatever drifts on the machine drifts for all. */
static void measure(bench_work *work, bool baselines)
{
    const bool talks = isatty(STDERR_FILENO) == 1;
    for (size_t i = 0; i < work->case_count; i++) {
        hst_bench_begin(&work->reports[i], work->cases[i], baselines);
    }
    for (unsigned round = 0; round <= work->runs; round++) {
        for (size_t i = 0; i < work->case_count && hst_interrupted == 0; i++) {
            if (talks) {
                (void)fprintf(stderr, "\r\033[Kround %u of %u  %s", round, work->runs,
                              work->cases[i]->name);
            }
            hst_bench_round(&work->reports[i], round > 0);
        }
    }
    if (talks) {
        (void)fputs("\r\033[K", stderr);
    }
    for (size_t i = 0; i < work->case_count; i++) {
        hst_bench_conclude(&work->reports[i]);
    }
}

static json_t *list_json(const double *values, unsigned count)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < count; i++) {
        (void)json_array_append_new(list, json_real(values[i]));
    }
    return list;
}

static json_t *report_json(const hst_bench_report *r)
{
    const hst_bench_case *one = r->bench_case;
    json_t *out =
        json_pack("{s:s, s:s, s:f, s:s, s:s, s:i, s:f, s:f, s:f, s:f, s:o}", "name", one->name,
                  "tier", hst_bench_tier_text(one->tier), "value", r->median, "unit", one->unit,
                  "better", strncmp(one->unit, "s/", 2) == 0 ? "lower" : "higher", "runs",
                  (int)r->runs, "median", r->median, "mad", r->mad, "min", r->min, "max", r->max,
                  "samples", list_json(r->samples, r->runs));
    if (out == NULL) {
        return NULL;
    }
    if (r->ratio_median > 0) {
        (void)json_object_set_new(out, "baseline", json_real(r->baseline_median));
        (void)json_object_set_new(out, "ratio", json_real(r->ratio_median));
    }
    const bool counted = r->instructions > 0;
    (void)json_object_set_new(out, "instructions",
                              counted ? json_real(r->instructions) : json_null());
    if (counted) {
        (void)json_object_set_new(out, "instruction_samples", list_json(r->counts, r->runs));
    }
    return out;
}

/** A text, or null where the system does not tell. */
static json_t *text_json(const char *text)
{
    return text[0] != '\0' ? json_string(text) : json_null();
}

static json_t *machine_json(const hst_bench_machine *m)
{
    return json_pack("{s:s, s:o, s:i, s:o, s:s, s:s, s:b, s:f}", "system", m->system, "processor",
                     text_json(m->processor), "processors", (int)m->processors, "governor",
                     text_json(m->governor), "compiler", m->compiler, "flags", m->flags,
                     "instructions", (int)m->counts_instructions, "load", m->load);
}

static bool print_json(const bench_work *work, FILE *stream)
{
    json_t *list = json_array();
    for (size_t i = 0; i < work->case_count; i++) {
        if (work->reports[i].status == HST_OK && work->reports[i].runs > 0) {
            (void)json_array_append_new(list, report_json(&work->reports[i]));
        }
    }
    json_t *root = json_pack("{s:i, s:s, s:o, s:o}", "schema", 1, "version", hst_version(),
                             "machine", machine_json(&work->machine), "benchmarks", list);
    const bool printed = root != NULL && json_dumpf(root, stream, JSON_INDENT(2)) == 0;
    json_decref(root);
    return printed && fputc('\n', stream) != EOF && fflush(stream) == 0;
}

static void print_table(const bench_work *work)
{
    const bool counts = work->machine.counts_instructions;
    (void)printf("%-34s %9s %-13s %6s", "case", "median", "unit", "mad");
    (void)printf(counts ? " %9s  vs baseline\n" : "%.0s  vs baseline\n", "instr");
    for (size_t i = 0; i < work->case_count; i++) {
        const hst_bench_report *r = &work->reports[i];
        if (r->runs == 0) {
            continue;
        }
        (void)printf("%-34.34s %9.3g %-13.13s %5.1f%%", r->bench_case->name, r->median,
                     r->bench_case->unit, 100 * r->mad / r->median);
        if (counts) {
            (void)printf(" %9.3g", r->instructions);
        }
        if (r->ratio_median > 0) {
            (void)printf(" %6.2fx (%.2f-%.2f)", r->ratio_median, r->ratio_min, r->ratio_max);
        }
        (void)putchar('\n');
        if (r->note[0] != '\0') {
            (void)printf("    %s\n", r->note);
        }
    }
    if (!counts) {
        (void)puts("Instructions are not counted: the system does not offer the counter.");
    }
}

static bool write_json(const bench_work *work, const char *path)
{
    FILE *stream = fopen(path, "w");
    bool written = stream != NULL && print_json(work, stream);
    if (stream != NULL) {
        written = fclose(stream) == 0 && written;
    }
    if (!written) {
        hst_say("%s: cannot be written", path);
    }
    return written;
}

static hst_exit tell(const bench_work *work, const hst_arguments *arguments)
{
    const char *path = hst_argument(arguments, BENCH_OUTPUT, NULL);
    hst_exit answer = HST_EXIT_YES;
    for (size_t i = 0; i < work->case_count; i++) {
        if (work->reports[i].status != HST_OK) {
            answer = HST_EXIT_NO;
            hst_say("%s failed: %s", work->cases[i]->name,
                    hst_status_text(work->reports[i].status));
        }
    }
    if (hst_argument_given(arguments, BENCH_JSON)) {
        answer = print_json(work, stdout) ? answer : HST_EXIT_IO;
    } else {
        print_table(work);
    }
    if (path != NULL && !write_json(work, path)) {
        return HST_EXIT_IO;
    }
    return answer;
}

static hst_exit list_cases(const bench_work *work)
{
    for (size_t i = 0; i < work->case_count; i++) {
        (void)printf("%-34s %-9s %s\n", work->cases[i]->name,
                     hst_bench_tier_text(work->cases[i]->tier), work->cases[i]->summary);
    }
    return HST_EXIT_YES;
}

/* "2,5" or "none": the faults that happen, counted from 1; the others are left out. */
static bool read_faults(const char *text, uint64_t *left_out)
{
    if (text == NULL) {
        return true;
    }
    uint64_t kept = 0;
    const char *at = text;
    while (strcmp(text, "none") != 0) {
        char *end = NULL;
        const long number = strtol(at, &end, 10);
        if (end == at || number < 1 || number > HST_CHAOS_FAULT_MAX ||
            (*end != ',' && *end != '\0')) {
            hst_say("--faults: expected numbers from 1 to %d, as 2,5, or none, got \"%s\"",
                    (int)HST_CHAOS_FAULT_MAX, text);
            return false;
        }
        kept |= UINT64_C(1) << (number - 1);
        if (*end == '\0') {
            break;
        }
        at = end + 1;
    }
    *left_out = ~kept;
    return true;
}

static hst_exit rage(const hst_arguments *arguments)
{
    hst_chaos_plan plan = {
        .storms = LONG_MAX, .seed = 1, .json = hst_argument_given(arguments, BENCH_JSON)};
    if (!hst_argument_number(arguments, BENCH_CHAOS, "chaos", 1, 1000000, &plan.seconds) ||
        !hst_argument_number(arguments, BENCH_SEED, "seed", 0, LONG_MAX / 2, &plan.seed) ||
        !hst_argument_number(arguments, BENCH_STORMS, "storms", 1, LONG_MAX, &plan.storms) ||
        !hst_argument_number(arguments, BENCH_BEYOND, "beyond", 0, 32, &plan.beyond) ||
        !read_faults(hst_argument(arguments, BENCH_FAULTS, NULL), &plan.left_out)) {
        return HST_EXIT_USAGE;
    }
    return hst_bench_chaos(arguments, &plan);
}

hst_exit hst_command_bench(const hst_arguments *arguments)
{
    if (hst_argument_given(arguments, BENCH_CHAOS)) {
        return rage(arguments);
    }
    if (hst_argument_given(arguments, BENCH_CALIBRATE)) {
        return hst_bench_calibrate(hst_argument(arguments, BENCH_CALIBRATE, NULL));
    }
    const hst_memory memory = hst_os_memory();
    long runs = 5;
    bench_work work = {.case_count = 0};
    if (!hst_argument_number(arguments, BENCH_RUNS, "runs", 1, HST_BENCH_RUN_MAX, &runs) ||
        !are_tiers(&arguments->options[BENCH_TIER])) {
        return HST_EXIT_USAGE;
    }
    work.runs = (unsigned)runs;
    collect(&work, arguments);
    if (work.case_count == 0) {
        hst_say("no such case; `herstatt bench --list` shows all");
        return HST_EXIT_USAGE;
    }
    if (hst_argument_given(arguments, BENCH_LIST)) {
        return list_cases(&work);
    }
    const size_t size = work.case_count * sizeof *work.reports;
    work.reports = memory.acquire(memory.context, size);
    if (work.reports == NULL) {
        hst_say("no memory for %zu cases", work.case_count);
        return HST_EXIT_IO;
    }
    hst_bench_machine_read(&work.machine);
    measure(&work, !hst_argument_given(arguments, BENCH_NO_BASELINES));
    const hst_exit answer = hst_interrupted != 0 ? HST_EXIT_INTERRUPTED : tell(&work, arguments);
    memory.release(memory.context, work.reports, size);
    return answer;
}
