/** @file sim/scenario/yaml.h
 * YAML to nodes, through libfyaml's events.
 *
 * Only what a scenario needs is let in: one document of maps, lists and texts. Anchors, aliases and
 * tags are refused (a few lines of aliases can stand for gigabytes, and `include` does the job),
 * and so are duplicate keys, keys that are not text, and anything beyond the limits.
 *
 * Errors    HST_SCENARIO with the place; HST_NO_MEMORY.
 * Memory    nodes and texts in the reading's arena; libfyaml allocates for itself while it parses.
 * Threads   safe for distinct readings.
 * Source    YAML 1.2.2; libfyaml 0.7.
 */
#ifndef HST_SIM_SCENARIO_YAML_H
#define HST_SIM_SCENARIO_YAML_H

#include "sim/scenario/node.h"

/** Text to parse and what to call it. */
typedef struct hst_yaml_source {
    const char *file;  /**< as shown to people */
    const char *path;  /**< normal path, where relative paths in it start */
    const char *bytes; /**< the text */
    size_t size;       /**< bytes of it */
    bool places;       /**< whether lines and columns mean something to the reader */
} hst_yaml_source;

/** Parse; an empty document gives a node that holds nothing. */
HST_NODISCARD hst_status hst_yaml_read(hst_reading *reading,
                                       const hst_yaml_source *source,
                                       hst_node **root);

#endif
