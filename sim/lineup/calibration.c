#include "sim/lineup/calibration.h"

#include "core/base/real.h"

/* What happens to who was certain and wrong. */
static const double chance_min = 1e-12;

static double log_loss(double chance, bool done)
{
    const double of_outcome = done ? chance : 1 - chance;
    return -hst_log(of_outcome > chance_min ? of_outcome : chance_min);
}

static double square(double chance, bool done)
{
    const double error = (done ? 1 : 0) - chance;
    return error * error;
}

void hst_lineup_calibration_observe(hst_lineup_calibration *calibration,
                                    const hst_hop_belief *belief,
                                    double truth,
                                    bool done,
                                    double delay_ns)
{
    hst_assert(calibration != NULL && belief != NULL);
    hst_assert(belief->success >= 0 && belief->success <= 1);
    const unsigned scaled = (unsigned)(belief->success * HST_CALIBRATION_BINS);
    const unsigned bin = scaled < HST_CALIBRATION_BINS ? scaled : HST_CALIBRATION_BINS - 1;
    calibration->hops++;
    calibration->done += done ? 1 : 0;
    calibration->within += done && delay_ns <= belief->upper_delay_ns ? 1 : 0;
    calibration->log_loss += log_loss(belief->success, done);
    calibration->truth_log_loss += log_loss(truth, done);
    calibration->square += square(belief->success, done);
    calibration->truth_square += square(truth, done);
    calibration->bin_chance[bin] += belief->success;
    calibration->bin_hops[bin]++;
    calibration->bin_done[bin] += done ? 1 : 0;
}

void hst_lineup_calibration_add(hst_lineup_calibration *calibration,
                                const hst_lineup_calibration *other)
{
    hst_assert(calibration != NULL && other != NULL);
    calibration->hops += other->hops;
    calibration->done += other->done;
    calibration->within += other->within;
    calibration->log_loss += other->log_loss;
    calibration->truth_log_loss += other->truth_log_loss;
    calibration->square += other->square;
    calibration->truth_square += other->truth_square;
    for (unsigned b = 0; b < HST_CALIBRATION_BINS; b++) {
        calibration->bin_chance[b] += other->bin_chance[b];
        calibration->bin_hops[b] += other->bin_hops[b];
        calibration->bin_done[b] += other->bin_done[b];
    }
}

hst_lineup_forecast hst_lineup_calibration_report(const hst_lineup_calibration *calibration)
{
    hst_assert(calibration != NULL);
    hst_lineup_forecast out = {.hops = calibration->hops};
    if (calibration->hops == 0) {
        return out;
    }
    const double n = (double)calibration->hops;
    const double rate = (double)calibration->done / n;
    out.base_rate = rate;
    out.log_loss = calibration->log_loss / n;
    out.base_log_loss = rate * log_loss(rate, true) + (1 - rate) * log_loss(rate, false);
    out.truth_log_loss = calibration->truth_log_loss / n;
    out.brier = calibration->square / n;
    out.base_brier = rate * (1 - rate);
    out.truth_brier = calibration->truth_square / n;
    for (unsigned b = 0; b < HST_CALIBRATION_BINS; b++) {
        const double apart = (double)calibration->bin_done[b] - calibration->bin_chance[b];
        out.ece += (apart < 0 ? -apart : apart) / n;
    }
    if (calibration->done > 0) {
        out.delay_coverage = (double)calibration->within / (double)calibration->done;
    }
    return out;
}
