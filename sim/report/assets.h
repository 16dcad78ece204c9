/** @file sim/report/assets.h
 * What every report carries, as it was when the program was built.
 *
 * Threads   constants.
 */
#ifndef HST_SIM_REPORT_ASSETS_H
#define HST_SIM_REPORT_ASSETS_H

#include "sim/base/text.h"

/** Chart library; empty when npm was missing. */
hst_text hst_report_library(void);
/** Our script. */
hst_text hst_report_script(void);
/** Our style. */
hst_text hst_report_style(void);

#endif
