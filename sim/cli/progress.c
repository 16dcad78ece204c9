#include "sim/cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void hst_progress_start(hst_progress *progress, bool forced)
{
    memset(progress, 0, sizeof *progress);
    progress->started_s = now_s();
    progress->last_s = progress->started_s;
    progress->terminal = isatty(STDERR_FILENO) == 1;
    progress->forced = forced;
}

/* Whether it is time for another line, and the pictured share of it. */
static bool due(hst_progress *progress, double share)
{
    if (!progress->terminal && !progress->forced) {
        return false;
    }
    const double now = now_s();
    const unsigned tenths = (unsigned)(share * 10);
    const bool late = progress->forced || now - progress->started_s >= 1;
    if (progress->terminal ? now - progress->last_s < 0.1 || !late : tenths == progress->tenths) {
        return false;
    }
    progress->last_s = now;
    progress->tenths = tenths;
    progress->shown = true;
    return true;
}

/* The bar; what is behind it follows. */
static void draw(const hst_progress *progress, double share)
{
    static const char full[] = "##############################";
    const int width = (int)(share * 30);
    (void)fprintf(stderr, "%s[%.*s%*s] %3.0f %%  ", progress->terminal ? "\r" : "", width, full,
                  30 - width, "", 100 * share);
}

static void finish_line(const hst_progress *progress)
{
    (void)fputs(progress->terminal ? "   " : "\n", stderr);
    (void)fflush(stderr);
}

void hst_progress_update(void *context, uint64_t ended, uint64_t total, int64_t time_ns)
{
    hst_progress *progress = context;
    const double share = total > 0 ? (double)ended / (double)total : 0;
    if (total == 0 || !due(progress, share)) {
        return;
    }
    const double spent = now_s() - progress->started_s;
    const double left = share > 0 ? spent / share - spent : 0;
    const long hours = (long)(time_ns / INT64_C(3600000000000));
    draw(progress, share);
    (void)fprintf(stderr, "day %ld %02ld h  %.1f s left", hours / 24, hours % 24, left);
    finish_line(progress);
}

void hst_progress_trials(
    void *context, uint64_t finished, uint64_t total, uint64_t failed, double left_s)
{
    hst_progress *progress = context;
    const double share = total > 0 ? (double)finished / (double)total : 0;
    if (total == 0 || !due(progress, share)) {
        return;
    }
    draw(progress, share);
    (void)fprintf(stderr, "%llu of %llu trials", (unsigned long long)finished,
                  (unsigned long long)total);
    if (failed > 0) {
        (void)fprintf(stderr, ", %llu failed", (unsigned long long)failed);
    }
    if (left_s >= 0) {
        (void)fprintf(stderr, "  %.0f s left", left_s);
    }
    finish_line(progress);
}

void hst_progress_stop(hst_progress *progress)
{
    if (progress->shown && progress->terminal) {
        (void)fprintf(stderr, "\r%79s\r", "");
        (void)fflush(stderr);
    }
}
