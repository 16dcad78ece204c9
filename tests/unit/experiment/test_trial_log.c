/* A whole sweep's memory: ranks that are threads, lives that end anywhere, teams that change. */
#include "core/base/random.h"

#include "sim/experiment/schedule.h"
#include "sim/experiment/trial_log.h"

#include "tests/support/expect_assert.h"
#include "tests/support/test_memory.h"
#include "tests/support/thread_team.h"
#include "tests/unit/experiment/trials.h"

#include <stdatomic.h>
#include <unistd.h>

enum { TRIALS = 60, CELLS = 5, LIVES_MAX = 40 };

/* What one rank does in one life, and what it saw. */
typedef struct life {
    const char *output;
    const char *key;           /* of this rank */
    size_t trials_max;         /* runs at most so many, then is killed; */
    size_t fails_at;           /* or fails instead of running its so-manieth (SIZE_MAX = never) */
    hst_status brought;        /* status it comes to the opening with */
    atomic_uint *runs;         /* by trial, of all ranks and lives */
    hst_status opened;         /* what opening answered */
    hst_status shared;         /* what the last share answered */
    size_t resumed;            /* trials found */
    hst_journal_report report; /* of all ranks */
    bool finished;             /* the set holds all trials, and the right ones */
    size_t held;               /* memory not given back */
    char words[HST_ERROR_TEXT_SIZE]; /* of a failure */
} life;

typedef struct place {
    char folder[64];
    char output[96];
} place;

static int start(void **state)
{
    static place p;
    memcpy(p.folder, "/tmp/hst_trial_log_XXXXXX", sizeof "/tmp/hst_trial_log_XXXXXX");
    assert_non_null(mkdtemp(p.folder));
    assert_true(snprintf(p.output, sizeof p.output, "%s/out.h5", p.folder) > 0);
    *state = &p;
    return 0;
}

static int stop(void **state)
{
    const place *p = *state;
    for (unsigned k = 0; k < THREAD_TEAM_MAX; k++) {
        char path[128];
        assert_true(snprintf(path, sizeof path, "%s.trials.%u", p->output, k) > 0);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(p->folder), 0);
    return 0;
}

/* The trials that this rank owes, until its life is over. */
static hst_status run_some(life *me, const hst_team *team, hst_trial_log *log, hst_error *error)
{
    test_memory books = {.fail_at = SIZE_MAX};
    const hst_schedule_round round = {
        .first = 0, .end = TRIALS, .cells = CELLS, .rank = team->rank, .ranks = team->ranks};
    uint64_t owed[TRIALS];
    size_t count = 0;
    hst_status status =
        hst_schedule_deal(test_memory_of(&books), hst_trial_log_set(log), &round, owed, &count);
    for (size_t i = 0; i < count && i < me->trials_max && status == HST_OK; i++) {
        if (i == me->fails_at) {
            return hst_error_set(error, HST_FULL, "no more");
        }
        double values[TRIALS_VALUES];
        const hst_trial trial = trials_make(owed[i], values);
        atomic_fetch_add(&me->runs[owed[i]], 1);
        status = hst_trial_log_add(log, &trial, values, error);
    }
    return status;
}

static bool is_whole(const hst_trial_set *set)
{
    bool whole = hst_trial_set_count(set) == TRIALS;
    for (size_t i = 0; i < TRIALS && whole; i++) {
        const double *values = NULL;
        const hst_trial *trial = hst_trial_set_item(set, i, &values);
        whole = trial->number == i && trials_right(trial, values);
    }
    return whole;
}

static void live(const hst_team *team, void *context)
{
    life *me = context;
    test_memory books = {.fail_at = SIZE_MAX};
    const hst_journal_key key = {.digest = hst_blake2b(me->key, strlen(me->key)),
                                 .value_count = TRIALS_VALUES};
    hst_error error = {.status = HST_OK};
    hst_trial_log *log = NULL;
    if (me->brought != HST_OK) {
        hst_ignore(hst_error_set(&error, me->brought, "cannot read the experiment"));
    }
    me->opened = hst_trial_log_open(test_memory_of(&books), team, me->brought, me->output, &key,
                                    &me->report, &log, &error);
    if (me->opened == HST_OK) {
        me->resumed = hst_trial_log_resumed(log);
        me->shared = run_some(me, team, log, &error);
        /* A killed process never gets to share; all of the team are killed together. */
        if (me->trials_max == SIZE_MAX) {
            me->shared = hst_trial_log_share(log, me->shared, &error);
        }
        me->finished = me->shared == HST_OK && is_whole(hst_trial_log_set(log));
    }
    hst_trial_log_close(log);
    me->held = books.held;
    memcpy(me->words, error.text, sizeof me->words);
}

/* One life of a team; every rank like `first`. */
static void run_life(uint32_t ranks, const life *first, life lives[THREAD_TEAM_MAX])
{
    void *contexts[THREAD_TEAM_MAX] = {NULL};
    for (uint32_t i = 0; i < ranks; i++) {
        lives[i] = *first;
        contexts[i] = &lives[i];
    }
    thread_team_run(ranks, live, contexts);
    for (uint32_t i = 0; i < ranks; i++) {
        assert_int_equal(lives[i].held, 0);
    }
}

static life one_life(const place *p, atomic_uint *runs)
{
    return (life){.output = p->output,
                  .key = "ours",
                  .trials_max = SIZE_MAX,
                  .fails_at = SIZE_MAX,
                  .runs = runs};
}

static void all_ranks_end_with_all_trials(void **state)
{
    const place *p = *state;
    for (uint32_t ranks = 1; ranks <= 5; ranks++) {
        atomic_uint runs[TRIALS] = {0};
        const life plan = one_life(p, runs);
        life lives[THREAD_TEAM_MAX];
        run_life(ranks, &plan, lives);
        for (uint32_t i = 0; i < ranks; i++) {
            assert_int_equal(lives[i].opened, HST_OK);
            assert_int_equal(lives[i].resumed, 0);
            assert_true(lives[i].finished);
        }
        for (size_t i = 0; i < TRIALS; i++) {
            assert_int_equal(runs[i], 1);
        }
        for (uint32_t i = 0; i < ranks; i++) {
            char path[128];
            assert_true(snprintf(path, sizeof path, "%s.trials.%u", p->output, i) > 0);
            assert_int_equal(unlink(path), 0);
        }
    }
}

/* Killed again and again, each time with another number of ranks: none twice, none lost. */
static void lives_of_changing_teams_run_every_trial_once(void **state)
{
    const place *p = *state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        hst_random random = hst_random_stream(seed, 0, 0, 0);
        atomic_uint runs[TRIALS] = {0};
        size_t done = 0;
        bool finished = false;
        for (int i = 0; i < LIVES_MAX && !finished; i++) {
            life plan = one_life(p, runs);
            plan.trials_max = i + 1 < LIVES_MAX ? (size_t)hst_random_below(&random, 6) : SIZE_MAX;
            plan.trials_max = plan.trials_max == 5 ? SIZE_MAX : plan.trials_max;
            const uint32_t ranks = 1 + (uint32_t)hst_random_below(&random, 6);
            life lives[THREAD_TEAM_MAX];
            run_life(ranks, &plan, lives);
            for (uint32_t k = 0; k < ranks; k++) {
                if (lives[k].opened != HST_OK || lives[k].resumed != done) {
                    fail_msg("seed %llu, life %d, rank %u: %s, %zu resumed of %zu",
                             (unsigned long long)seed, i, k, lives[k].words, lives[k].resumed,
                             done);
                }
            }
            finished = lives[0].finished;
            done = 0;
            for (size_t k = 0; k < TRIALS; k++) {
                done += runs[k] > 0;
            }
        }
        assert_true(finished);
        for (size_t k = 0; k < TRIALS; k++) {
            assert_int_equal(runs[k], 1);
        }
        for (unsigned k = 0; k < THREAD_TEAM_MAX; k++) {
            char path[128];
            assert_true(snprintf(path, sizeof path, "%s.trials.%u", p->output, k) > 0);
            (void)unlink(path);
        }
    }
}

static void a_rank_that_fails_tells_the_others(void **state)
{
    const place *p = *state;
    atomic_uint runs[TRIALS] = {0};
    const life plan = one_life(p, runs);
    life lives[THREAD_TEAM_MAX];
    void *contexts[3] = {NULL};
    for (uint32_t i = 0; i < 3; i++) {
        lives[i] = plan;
        contexts[i] = &lives[i];
    }
    lives[1].fails_at = 4;
    thread_team_run(3, live, contexts);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(lives[i].shared, HST_FULL);
        assert_string_equal(lives[i].words, "rank 1: no more");
        assert_int_equal(lives[i].held, 0);
    }
    /* What all of them had run is there when it goes on. */
    run_life(2, &plan, lives);
    assert_int_equal(lives[0].resumed, 4 + 2 * TRIALS / 3);
    assert_true(lives[0].finished);
    assert_true(lives[1].finished);
}

static void a_rank_that_cannot_begin_tells_the_others(void **state)
{
    const place *p = *state;
    atomic_uint runs[TRIALS] = {0};
    const life plan = one_life(p, runs);
    life lives[THREAD_TEAM_MAX];
    void *contexts[2] = {&lives[0], &lives[1]};
    lives[0] = lives[1] = plan;
    lives[1].brought = HST_SCENARIO;
    thread_team_run(2, live, contexts);
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(lives[i].opened, HST_SCENARIO);
        assert_string_equal(lives[i].words, "rank 1: cannot read the experiment");
    }
    lives[0] = lives[1] = plan;
    lives[0].output = "/nowhere/at/all.h5";
    thread_team_run(2, live, contexts);
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(lives[i].opened, HST_IO);
        assert_non_null(strstr(lives[i].words, "rank 0: /nowhere/at/all.h5.trials.0: cannot open"));
        assert_int_equal(lives[i].held, 0);
    }
}

static void ranks_that_read_other_inputs_are_found_out(void **state)
{
    const place *p = *state;
    atomic_uint runs[TRIALS] = {0};
    const life plan = one_life(p, runs);
    life lives[THREAD_TEAM_MAX];
    void *contexts[3] = {&lives[0], &lives[1], &lives[2]};
    lives[0] = lives[1] = lives[2] = plan;
    lives[2].key = "stale copy";
    thread_team_run(3, live, contexts);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(lives[i].opened, HST_MISMATCH);
        assert_non_null(strstr(lives[i].words, "rank 2 reads other inputs"));
    }
}

/* The host's failures are told, and tried again in the next life. */
static void a_failure_of_the_host_is_not_kept(void **state)
{
    const place *p = *state;
    test_memory books = {.fail_at = SIZE_MAX};
    const hst_team team = hst_team_alone();
    const hst_journal_key key = {.value_count = 0};
    for (int i = 0; i < 2; i++) {
        hst_journal_report report;
        hst_trial_log *log = NULL;
        hst_error error = {.status = HST_OK};
        assert_int_equal(hst_trial_log_open(test_memory_of(&books), &team, HST_OK, p->output, &key,
                                            &report, &log, &error),
                         HST_OK);
        assert_int_equal(hst_trial_log_resumed(log), i);
        hst_trial trial = {.number = 1, .status = HST_NO_MEMORY};
        assert_int_equal(hst_trial_log_add(log, &trial, NULL, &error), HST_OK);
        trial = (hst_trial){.number = 2, .status = HST_CORRUPT};
        assert_int_equal(hst_trial_log_add(log, &trial, NULL, &error), HST_OK);
        assert_int_equal(hst_trial_log_share(log, HST_OK, &error), HST_OK);
        assert_int_equal(hst_trial_set_count(hst_trial_log_set(log)), 2);
        hst_trial_log_close(log);
    }
    assert_int_equal(books.held, 0);
}

static void only_files_named_like_journals_are_read(void **state)
{
    const place *p = *state;
    static const char *const names[] = {".trials.01", ".trials.",
                                        ".trials.1x", ".trials.70000",
                                        ".trials.-1", ".trials.99999999999999999999",
                                        "x.trials.1"};
    char path[160];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_true(snprintf(path, sizeof path, "%s%s", p->output, names[i]) > 0);
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        assert_true(fputs("none of a sweep's business", file) >= 0);
        assert_int_equal(fclose(file), 0);
    }
    atomic_uint runs[TRIALS] = {0};
    const life plan = one_life(p, runs);
    life lives[THREAD_TEAM_MAX];
    run_life(1, &plan, lives);
    assert_true(lives[0].finished);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_true(snprintf(path, sizeof path, "%s%s", p->output, names[i]) > 0);
        assert_int_equal(unlink(path), 0);
    }
}

static void every_failed_request_for_memory_is_survived(void **state)
{
    const place *p = *state;
    const hst_team team = hst_team_alone();
    const hst_journal_key key = {.value_count = TRIALS_VALUES};
    hst_status status = HST_NO_MEMORY;
    for (size_t k = 0; status != HST_OK; k++) {
        test_memory books = {.fail_at = k};
        hst_journal_report report;
        hst_trial_log *log = NULL;
        hst_error error = {.status = HST_OK};
        status = hst_trial_log_open(test_memory_of(&books), &team, HST_OK, p->output, &key, &report,
                                    &log, &error);
        for (uint64_t number = 0; number < 100 && status == HST_OK; number++) {
            double values[TRIALS_VALUES];
            const hst_trial trial = trials_make(number, values);
            status = hst_trial_log_add(log, &trial, values, &error);
        }
        if (log != NULL) {
            status = hst_trial_log_share(log, status, &error);
        }
        if (status != HST_OK && status != HST_NO_MEMORY) {
            fail_msg("request %zu: %s", k, error.text);
        }
        assert_int_equal(error.status, status);
        hst_trial_log_close(log);
        assert_int_equal(books.held, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_ranks_end_with_all_trials, start, stop),
        cmocka_unit_test_setup_teardown(lives_of_changing_teams_run_every_trial_once, start, stop),
        cmocka_unit_test_setup_teardown(a_rank_that_fails_tells_the_others, start, stop),
        cmocka_unit_test_setup_teardown(a_rank_that_cannot_begin_tells_the_others, start, stop),
        cmocka_unit_test_setup_teardown(ranks_that_read_other_inputs_are_found_out, start, stop),
        cmocka_unit_test_setup_teardown(a_failure_of_the_host_is_not_kept, start, stop),
        cmocka_unit_test_setup_teardown(only_files_named_like_journals_are_read, start, stop),
        cmocka_unit_test_setup_teardown(every_failed_request_for_memory_is_survived, start, stop),
    };
    return cmocka_run_group_tests_name("experiment/trial_log", tests, NULL, NULL);
}
