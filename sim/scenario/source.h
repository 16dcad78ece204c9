/** @file sim/scenario/source.h
 * The tree of a scenario as written: the root file, what it includes, and the overrides.
 *
 *   include: [fragments/segments.yaml, more.yaml]
 *
 * Maps merge key by key; on a key that both have, the including file wins, and a later include wins
 * over an earlier one. Lists and texts are taken whole. Paths start from the file that names them.
 * An override then replaces one value, wherever it was said.
 *
 * Errors    HST_SCENARIO with the place in the right file; what hst_inputs reports for the root.
 * Threads   as the reading.
 * Limits    HST_SCENARIO_FILES_MAX, HST_SCENARIO_INCLUDE_DEPTH_MAX.
 */
#ifndef HST_SIM_SCENARIO_SOURCE_H
#define HST_SIM_SCENARIO_SOURCE_H

#include "sim/scenario/node.h"

/** Read the root file with its includes; the root is a map, without `include`. */
HST_NODISCARD hst_status hst_source_read(hst_reading *reading, hst_node **root);

/** Apply one "key.path=value" to the tree. */
HST_NODISCARD hst_status hst_source_override(hst_reading *reading,
                                             const char *assignment,
                                             hst_node *root);

/** The nodes of a default that is written as YAML, as that of a list. */
HST_NODISCARD hst_status hst_source_default(hst_reading *reading,
                                            const char *text,
                                            hst_node **root);

#endif
