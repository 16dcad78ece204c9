#include "sim/channel/cloth_figures.h"

#include "sim/statistics/statistics.h"

#include <string.h>

enum { COUNTED = HST_CLOTH_WINDOWS - 1 };

static const char *const names[HST_CLOTH_MEASURE_COUNT] = {"success",  "no_path", "no_balance",
                                                           "offline",  "timeout", "time_ms",
                                                           "attempts", "hops",    "fee_msat"};

const char *hst_cloth_measure_name(hst_cloth_measure measure)
{
    hst_assert(measure < HST_CLOTH_MEASURE_COUNT);
    return names[measure];
}

/** Sums of one window. */
typedef struct window {
    double payments;
    double sum[HST_CLOTH_MEASURE_COUNT];
} window;

static void count(const hst_cloth_payment *p, window *w)
{
    w->payments++;
    if (p->success) {
        w->sum[HST_CLOTH_SUCCESS]++;
        w->sum[HST_CLOTH_TIME] += (double)(p->end_ms - p->start_ms);
        w->sum[HST_CLOTH_ATTEMPTS] += (double)p->attempts;
        w->sum[HST_CLOTH_HOPS] += (double)p->hop_count;
        w->sum[HST_CLOTH_FEE] += (double)p->fee_msat;
    } else if (p->timeout) {
        w->sum[HST_CLOTH_TIMED_OUT]++;
    } else if (p->route == NULL) {
        w->sum[HST_CLOTH_NO_PATH]++;
    } else {
        w->sum[p->offline > p->no_balance ? HST_CLOTH_OFFLINE : HST_CLOTH_NO_BALANCE]++;
    }
}

/** A measure of a window, or `otherwise` when nothing arrived in it. */
static double value(const window *w, unsigned m, double otherwise)
{
    const double by = m < HST_CLOTH_TIME ? w->payments : w->sum[HST_CLOTH_SUCCESS];
    return by > 0 ? w->sum[m] / by : otherwise;
}

hst_cloth_figures hst_cloth_figures_of(const hst_cloth_payments *payments, double confidence)
{
    hst_cloth_figures figures;
    window windows[HST_CLOTH_WINDOWS];
    window all;
    memset(&figures, 0, sizeof figures);
    memset(windows, 0, sizeof windows);
    memset(&all, 0, sizeof all);
    const int64_t last = payments->count > 0 ? payments->list[payments->count - 1].start_ms : 0;
    const int64_t length = last / HST_CLOTH_WINDOWS;
    for (uint32_t i = 0; i < payments->count && length > 0; i++) {
        const int64_t at = payments->list[i].start_ms / length;
        if (at >= 1 && at < HST_CLOTH_WINDOWS) {
            count(&payments->list[i], &windows[at]);
            count(&payments->list[i], &all);
        }
    }
    figures.counted = (uint32_t)all.payments;
    for (unsigned m = 0; m < HST_CLOTH_MEASURE_COUNT && figures.counted > 0; m++) {
        double means[COUNTED];
        figures.mean[m] = value(&all, m, 0);
        for (unsigned w = 0; w < COUNTED; w++) {
            means[w] = value(&windows[w + 1], m, figures.mean[m]);
        }
        const hst_interval interval = hst_mean_interval_t(means, COUNTED, confidence);
        figures.half_width[m] = (interval.high - interval.low) / 2;
    }
    return figures;
}
