#include "sim/statistics/statistics.h"

/** Values in a batch of MSER-5, and fewest batches that can tell anything. */
enum { BATCH = 5, BATCHES_MIN = 4 };

hst_status hst_warmup_mser(const double *values, size_t n, size_t *cut_count)
{
    const size_t batches = n / BATCH;
    if (batches < BATCHES_MIN || !hst_all_finite(values, n)) {
        return HST_INVALID;
    }
    /* From the end, so that mean and squares of every tail come in one pass (Welford). A tail of
     * very few batches looks quiet by chance: the last BATCH ones are no candidates. */
    double mean = 0;
    double squares = 0;
    double best = 0;
    size_t best_cut = batches;
    for (size_t cut = batches; cut-- > 0;) {
        const double batch = hst_mean(values + cut * BATCH, BATCH);
        const double held = (double)(batches - cut);
        const double step = batch - mean;
        mean += step / held;
        squares += step * (batch - mean);
        const double error = squares / (held * held);
        const size_t margin = batches > 2 * (size_t)BATCH ? BATCH : 2;
        if (batches - cut > margin && (best_cut == batches || error <= best)) {
            best = error;
            best_cut = cut;
        }
    }
    if (best_cut > batches / 2) {
        return HST_NOT_FOUND;
    }
    *cut_count = best_cut * BATCH;
    return HST_OK;
}
