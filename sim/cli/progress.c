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

void hst_progress_update(void *context, uint64_t ended, uint64_t total, int64_t time_ns)
{
    hst_progress *progress = context;
    if (total == 0 || (!progress->terminal && !progress->forced)) {
        return;
    }
    const double now = now_s();
    const double share = (double)ended / (double)total;
    const unsigned tenths = (unsigned)(share * 10);
    const double spent = now - progress->started_s;
    if (progress->terminal ? now - progress->last_s < 0.1 || (!progress->forced && spent < 1)
                           : tenths == progress->tenths) {
        return;
    }
    static const char full[] = "##############################";
    const int width = (int)(share * 30);
    const double left = share > 0 ? spent / share - spent : 0;
    const long hours = (long)(time_ns / INT64_C(3600000000000));
    (void)fprintf(stderr, "%s[%.*s%*s] %3.0f %%  day %ld %02ld h  %.1f s left%s",
                  progress->terminal ? "\r" : "", width, full, 30 - width, "", 100 * share,
                  hours / 24, hours % 24, left, progress->terminal ? "   " : "\n");
    (void)fflush(stderr);
    progress->last_s = now;
    progress->tenths = tenths;
    progress->shown = true;
}

void hst_progress_stop(hst_progress *progress)
{
    if (progress->shown && progress->terminal) {
        (void)fprintf(stderr, "\r%79s\r", "");
        (void)fflush(stderr);
    }
}
