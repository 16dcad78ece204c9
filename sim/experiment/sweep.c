#include "sim/experiment/sweep.h"

#include "core/base/assert.h"
#include "core/base/parallel.h"

#include "sim/base/os_memory.h"
#include "sim/experiment/schedule.h"
#include "sim/experiment/sweep_file.h"
#include "sim/experiment/trial_log.h"
#include "sim/run/day.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static double seconds(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* What one thread has to itself. */
typedef struct bench {
    hst_inputs *inputs;     /* a copy of all files in memory */
    hst_day_report *report; /* too large for a stack */
} bench;

/* A round under way. */
typedef struct round_work {
    const hst_sweep_options *options;
    hst_trial_log *log;
    const uint64_t *owed;  /* trials of this rank */
    uint64_t count;        /* how many */
    bench *benches;        /* by thread */
    double started_s;      /* wall clock */
    pthread_mutex_t mutex; /* over all below, and progress */
    uint64_t finished;
    uint64_t failed;
    hst_status status; /* of the host: the first that went wrong */
    hst_error error;
} round_work;

/* ---- one trial ---------------------------------------------------------------------------- */

static hst_status copy_inputs(const hst_inputs *from, hst_inputs **out, hst_error *error)
{
    hst_inputs *made = NULL;
    HST_TRY(hst_inputs_create_empty(hst_os_memory(), &made, error));
    for (size_t i = 0; i < hst_inputs_count(from); i++) {
        const char *path = NULL;
        const char *bytes = NULL;
        size_t size = 0;
        hst_inputs_item(from, i, &path, &bytes, &size);
        const hst_status added = hst_inputs_add(made, path, bytes, size, error);
        if (added != HST_OK) {
            hst_inputs_destroy(made);
            return added;
        }
    }
    *out = made;
    return HST_OK;
}

static hst_status set_bench_up(const hst_inputs *inputs, bench *b, hst_error *error)
{
    const hst_memory memory = hst_os_memory();
    if (b->report == NULL) {
        b->report = memory.acquire(memory.context, sizeof *b->report);
    }
    if (b->report == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "out of memory for a trial");
    }
    return b->inputs != NULL ? HST_OK : copy_inputs(inputs, &b->inputs, error);
}

static void clear_bench(bench *b)
{
    const hst_memory memory = hst_os_memory();
    hst_inputs_destroy(b->inputs);
    if (b->report != NULL) {
        memory.release(memory.context, b->report, sizeof *b->report);
    }
}

/* Name the first broken invariant. */
static void explain_broken(const hst_day_report *report, hst_trial *trial)
{
    for (uint32_t i = 0; i < report->invariant_count; i++) {
        if (report->invariants[i].violated > 0) {
            (void)snprintf(trial->reason, sizeof trial->reason,
                           "invariant %s broken %" PRIu64 " times", report->invariants[i].name,
                           report->invariants[i].violated);
            return;
        }
    }
}

/* Run the day of a trial and say how it ended; values_out[figures] are its figures, zeros when it
 * failed. */
static void run_day(const hst_sweep_options *options,
                    uint64_t number,
                    const bench *b,
                    hst_trial *trial,
                    double *values_out)
{
    const hst_experiment *e = options->experiment;
    const hst_cell *cell = &e->cells[hst_trial_cell(e, number)];
    const char *overrides[HST_EXPERIMENT_SETTINGS_MAX + 2];
    char seed[48];
    char replication[48];
    uint32_t count = 0;
    (void)snprintf(seed, sizeof seed, "seed=%" PRId64, e->seed);
    (void)snprintf(replication, sizeof replication, "replication=%" PRId64,
                   hst_trial_replication_key(e, number));
    overrides[count++] = replication;
    for (uint32_t i = 0; i < cell->override_count; i++) {
        overrides[count++] = cell->overrides[i];
    }
    overrides[count++] = seed;
    const hst_day_options day = {.inputs = b->inputs,
                                 .root = cell->root,
                                 .overrides = overrides,
                                 .override_count = count,
                                 .threads = 1,
                                 .interrupted = options->interrupted};
    hst_error error;
    hst_error_clear(&error);
    memset(trial, 0, sizeof *trial);
    memset(values_out, 0, e->figure_count * sizeof *values_out);
    trial->number = number;
    const double start = seconds(CLOCK_THREAD_CPUTIME_ID);
    trial->status = hst_day_run(&day, b->report, &error);
    trial->cpu_seconds = seconds(CLOCK_THREAD_CPUTIME_ID) - start;
    if (trial->status != HST_OK) {
        char text[HST_ERROR_PRINT_SIZE];
        (void)hst_error_print(&error, text, sizeof text);
        (void)snprintf(trial->reason, sizeof trial->reason, "%.*s", HST_TRIAL_REASON_SIZE - 1,
                       text);
    } else if (b->report->invariants_violated > 0) {
        trial->status = HST_MISMATCH;
        explain_broken(b->report, trial);
    } else {
        /* A day without a distributed ledger lacks its figures, which are the last. */
        hst_assert(b->report->metric_count <= e->figure_count);
        trial->digest = b->report->digest;
        for (uint32_t i = 0; i < e->figure_count; i++) {
            values_out[i] = i < b->report->metric_count ? b->report->metrics[i].value : (double)NAN;
        }
    }
}

static bool interrupted(const hst_sweep_options *options)
{
    return options->interrupted != NULL && *options->interrupted != 0;
}

static void tell(round_work *work)
{
    const hst_sweep_options *options = work->options;
    if (options->progress == NULL) {
        return;
    }
    const double spent = seconds(CLOCK_MONOTONIC) - work->started_s;
    const double left = (double)(work->count - work->finished);
    const double left_s = work->finished > 0 ? spent / (double)work->finished * left : -1;
    options->progress(options->progress_context, work->finished, work->count, work->failed, left_s);
}

static void run_one(void *context, size_t index, unsigned thread)
{
    round_work *work = context;
    const hst_sweep_options *options = work->options;
    double values[HST_DAY_METRIC_MAX];
    hst_trial trial;
    hst_error error;
    hst_error_clear(&error);
    (void)pthread_mutex_lock(&work->mutex);
    const bool go = work->status == HST_OK && !interrupted(options);
    (void)pthread_mutex_unlock(&work->mutex);
    if (!go) {
        return;
    }
    bench *mine = &work->benches[thread];
    hst_status status = set_bench_up(options->inputs, mine, &error);
    if (status == HST_OK) {
        run_day(options, work->owed[index], mine, &trial, values);
        if (trial.status == HST_INTERRUPTED) {
            return;
        }
        status = hst_trial_log_add(work->log, &trial, values, &error);
    }
    (void)pthread_mutex_lock(&work->mutex);
    if (status == HST_OK) {
        work->finished++;
        work->failed += trial.status == HST_OK ? 0 : 1;
        tell(work);
    } else if (work->status == HST_OK) {
        work->status = status;
        work->error = error;
    }
    (void)pthread_mutex_unlock(&work->mutex);
}

/* ---- rounds ------------------------------------------------------------------------------- */

/* What this rank owes of a round; interrupted or failed, the status says so. */
static hst_status run_mine(const hst_sweep_options *options,
                           hst_trial_log *log,
                           const hst_schedule_round *round,
                           bench *benches,
                           hst_error *error)
{
    const hst_memory memory = hst_os_memory();
    const size_t size = (size_t)(round->end - round->first) * sizeof(uint64_t);
    uint64_t *owed = memory.acquire(memory.context, size);
    size_t count = 0;
    if (owed == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "out of memory for a round of trials");
    }
    const hst_trial_set *set = hst_trial_log_set(log);
    hst_status status = hst_schedule_deal(memory, set, round, owed, &count);
    if (status == HST_OK) {
        round_work work = {.options = options,
                           .log = log,
                           .owed = owed,
                           .count = count,
                           .benches = benches,
                           .started_s = seconds(CLOCK_MONOTONIC)};
        (void)pthread_mutex_init(&work.mutex, NULL);
        if (count > 0) {
            tell(&work);
        }
        hst_parallel_for(count, options->threads, run_one, &work);
        (void)pthread_mutex_destroy(&work.mutex);
        status = work.status;
        if (status != HST_OK) {
            *error = work.error;
        } else if (interrupted(options)) {
            status = hst_error_set(error, HST_INTERRUPTED, "interrupted");
        }
    } else {
        (void)hst_error_set(error, status, "out of memory for a round of trials");
    }
    memory.release(memory.context, owed, size);
    return status;
}

static bool stop_reached(const hst_experiment *e, const hst_trial_set *set, uint32_t replications)
{
    hst_arena scratch;
    hst_arena_init(&scratch, hst_os_memory(), (size_t)1 << 16);
    const bool reached = hst_stop_reached(e, set, replications, &scratch);
    hst_arena_release(&scratch);
    return reached;
}

/* All rounds. Every rank takes the same decisions from the same trials. */
static hst_status run_rounds(const hst_sweep_options *options,
                             hst_trial_log *log,
                             bench *benches,
                             hst_sweep *sweep,
                             hst_error *error)
{
    const hst_experiment *e = options->experiment;
    const hst_stop_rule *rule = &e->stop;
    uint32_t done = 0;
    uint32_t wanted = rule->enabled ? rule->replications_min : e->replications;
    for (;;) {
        const hst_schedule_round round = {.first = (uint64_t)done * e->cell_count,
                                          .end = (uint64_t)wanted * e->cell_count,
                                          .cells = e->cell_count,
                                          .rank = options->team->rank,
                                          .ranks = options->team->ranks};
        const hst_status mine = run_mine(options, log, &round, benches, error);
        HST_TRY(hst_trial_log_share(log, mine, error));
        done = wanted;
        sweep->replications = done;
        if (!rule->enabled) {
            sweep->stopped = "the replications asked for";
            return HST_OK;
        }
        if (stop_reached(e, hst_trial_log_set(log), done)) {
            sweep->stopped = "the interval is as narrow as asked for";
            return HST_OK;
        }
        if (done >= rule->replications_max) {
            sweep->stopped = "replications_max, before the interval was as narrow as asked for";
            return HST_OK;
        }
        const uint32_t more = done / 5 > 0 ? done / 5 : 1;
        wanted = done + more < rule->replications_max ? done + more : rule->replications_max;
    }
}

/* ---- the end ------------------------------------------------------------------------------ */

static void count_trials(const hst_experiment *e, const hst_trial_set *set, hst_sweep *sweep)
{
    sweep->trials = (uint64_t)sweep->replications * e->cell_count;
    for (uint64_t i = 0; i < sweep->trials; i++) {
        const hst_trial *trial = hst_trial_set_find(set, i, NULL);
        hst_assert(trial != NULL);
        sweep->cpu_seconds += trial->cpu_seconds;
        if (trial->status != HST_OK) {
            if (sweep->failed < HST_SWEEP_FAILURES_MAX) {
                sweep->failures[sweep->failed].trial = i;
            }
            sweep->failed++;
        }
    }
}

/* Reasons outlive the log that holds them. */
static hst_status keep_reasons(const hst_trial_set *set, hst_arena *arena, hst_sweep *sweep)
{
    for (uint64_t i = 0; i < sweep->failed && i < HST_SWEEP_FAILURES_MAX; i++) {
        const hst_trial *trial = hst_trial_set_find(set, sweep->failures[i].trial, NULL);
        char *copy = HST_ARENA_NEW(arena, char, HST_TRIAL_REASON_SIZE);
        if (copy == NULL) {
            return HST_NO_MEMORY;
        }
        memcpy(copy, trial->reason, HST_TRIAL_REASON_SIZE);
        sweep->failures[i].reason = copy;
    }
    return HST_OK;
}

static hst_status conclude(const hst_sweep_options *options,
                           const hst_trial_log *log,
                           hst_arena *arena,
                           hst_sweep *sweep,
                           hst_error *error)
{
    const hst_trial_set *set = hst_trial_log_set(log);
    count_trials(options->experiment, set, sweep);
    hst_sweep_record record = {.trials = set,
                               .inputs = options->inputs,
                               .stopped = sweep->stopped,
                               .command = options->command,
                               .cpu_seconds = sweep->cpu_seconds,
                               .wall_seconds = sweep->wall_seconds,
                               .threads = options->threads,
                               .ranks = options->team->ranks,
                               .resumed = sweep->resumed};
    hst_status status = keep_reasons(set, arena, sweep);
    if (status == HST_OK) {
        status =
            hst_analyse(options->experiment, set, sweep->replications, arena, &sweep->analysis);
    }
    if (status == HST_OK) {
        status = hst_answer(sweep->analysis, arena, &sweep->answer, &record.answer_size);
    }
    if (status != HST_OK) {
        return hst_error_set(error, status, "cannot analyse the trials: %s",
                             hst_status_text(status));
    }
    record.analysis = sweep->analysis;
    record.answer = sweep->answer;
    return hst_sweep_write(&record, options->output, arena, error);
}

/* Nothing but a status is exchanged. */
static hst_status agree(const hst_team *team, hst_status status, hst_error *error)
{
    const hst_team_items nothing = {.bytes = NULL, .count = 0, .size = 1};
    return hst_team_exchange(team, status, &nothing, NULL, error);
}

/* From an open log to a result. */
static hst_status run_all(const hst_sweep_options *options,
                          hst_trial_log *log,
                          hst_arena *arena,
                          hst_sweep *sweep,
                          hst_error *error)
{
    const hst_memory memory = hst_os_memory();
    const double started_s = seconds(CLOCK_MONOTONIC);
    bench *benches = memory.acquire(memory.context, options->threads * sizeof *benches);
    hst_status status =
        benches != NULL ? HST_OK : hst_error_set(error, HST_NO_MEMORY, "out of memory");
    status = agree(options->team, status, error);
    if (status == HST_OK) {
        status = run_rounds(options, log, benches, sweep, error);
    }
    if (benches != NULL) {
        for (unsigned t = 0; t < options->threads; t++) {
            clear_bench(&benches[t]);
        }
        memory.release(memory.context, benches, options->threads * sizeof *benches);
    }
    HST_TRY(status);
    sweep->wall_seconds = seconds(CLOCK_MONOTONIC) - started_s;
    if (options->team->rank == 0) {
        status = conclude(options, log, arena, sweep, error);
    } else {
        count_trials(options->experiment, hst_trial_log_set(log), sweep);
    }
    return agree(options->team, status, error);
}

hst_status hst_sweep_run(const hst_sweep_options *options,
                         hst_status status,
                         hst_arena *arena,
                         hst_sweep *sweep,
                         hst_error *error)
{
    hst_assert(options != NULL && error != NULL);
    hst_assert(options->threads >= 1 && options->team != NULL);
    memset(sweep, 0, sizeof *sweep);
    hst_journal_key key = {.value_count = 0};
    if (status == HST_OK) {
        hst_assert(options->experiment != NULL && options->inputs != NULL);
        key.digest = hst_experiment_key(options->experiment, options->inputs);
        key.value_count = options->experiment->figure_count;
    }
    if (options->fresh) {
        if (status == HST_OK && options->team->rank == 0) {
            status = hst_trial_log_forget(options->output, error);
        }
        HST_TRY(agree(options->team, status, error));
    }
    hst_journal_report report = {.records = 0};
    hst_trial_log *log = NULL;
    HST_TRY(hst_trial_log_open(hst_os_memory(), options->team, status, options->output, &key,
                               &report, &log, error));
    sweep->resumed = hst_trial_log_resumed(log);
    sweep->damaged = report.damaged;
    sweep->without_lock = report.without_lock > 0;
    const hst_status ended = run_all(options, log, arena, sweep, error);
    hst_trial_log_close(log);
    return ended;
}
