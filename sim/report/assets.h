/** @file sim/report/assets.h
 * What every report carries, as it was when the program was built.
 *
 * Threads   constants.
 */
#ifndef HST_SIM_REPORT_ASSETS_H
#define HST_SIM_REPORT_ASSETS_H

#include "sim/base/text.h"

/** Chart library and outline of the world; empty when npm was missing. */
hst_text hst_report_library(void);
/** Our script: from a picture to what the chart library draws. */
hst_text hst_report_charts(void);
/** Our script: the map of corridors. */
hst_text hst_report_map(void);
/** Our script: pages, tables, buttons. */
hst_text hst_report_script(void);
/** Our style. */
hst_text hst_report_style(void);
/** scenarios/data/places.csv. */
hst_text hst_report_places_table(void);

#endif
