/** @file sim/scenario/node.h
 * The tree a scenario is before it has types: maps, lists and texts, each with its place.
 *
 * Every node knows the file, line and column it came from, through includes and overrides, so a
 * mistake found late is still reported where it was written.
 *
 * Errors    HST_NO_MEMORY, HST_SCENARIO (a limit, named).
 * Memory    nodes and texts live in the reading's arena.
 * Threads   a reading belongs to one thread.
 */
#ifndef HST_SIM_SCENARIO_NODE_H
#define HST_SIM_SCENARIO_NODE_H

#include "core/base/arena.h"
#include "core/base/status.h"

#include "sim/base/error.h"
#include "sim/base/inputs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Bytes that hold the path of any node ("workload.segments[2].share"), NUL included; longer ones
 * are cut. */
enum { HST_NODE_PATH_SIZE = 256 };

/** Most keys in one map. */
#define HST_SCENARIO_KEYS_MAX 256

/** What one load shares: where to read, allocate and complain. */
typedef struct hst_reading {
    hst_inputs *inputs;    /**< files; NULL when there are none to read */
    hst_arena *arena;      /**< for nodes and texts */
    hst_error *error;      /**< the first complaint */
    const char *root_path; /**< normal path of the root file */
    uint32_t node_count;   /**< nodes made so far, at most HST_SCENARIO_NODES_MAX */
    uint32_t file_count;   /**< files read so far, at most HST_SCENARIO_FILES_MAX */
} hst_reading;

/** Where something was written. */
typedef struct hst_place {
    const char *file; /**< as shown to people */
    const char *path; /**< normal path that relative paths start from */
    int line;         /**< from 1; 0 = the place has none, as an override */
    int column;       /**< from 1, in bytes */
} hst_place;

/** What a node holds. */
typedef enum hst_node_kind {
    HST_NODE_NOTHING, /**< left empty, or null */
    HST_NODE_SCALAR,  /**< text */
    HST_NODE_LIST,    /**< children in order */
    HST_NODE_MAP      /**< children with keys, in order, no key twice */
} hst_node_kind;

/** One value of the tree. */
typedef struct hst_node {
    hst_node_kind kind;       /**< what it holds */
    uint32_t child_count;     /**< of a list or map */
    hst_place place;          /**< of the value */
    hst_place key_place;      /**< of its key, when in a map */
    const char *key;          /**< when in a map, else NULL */
    const char *text;         /**< of a scalar, else NULL */
    struct hst_node *parent;  /**< NULL at the root */
    struct hst_node *first;   /**< first child */
    struct hst_node *last;    /**< last child */
    struct hst_node *sibling; /**< next child of the parent */
} hst_node;

/** A new node without parent. */
HST_NODISCARD hst_status hst_node_create(hst_reading *reading,
                                         hst_node_kind kind,
                                         hst_place place,
                                         hst_node **node);

/** Make `child` the last child of a list or map; a map's child has a key the map lacks. */
void hst_node_append(hst_node *parent, hst_node *child);

/** Put `node` where `old` is, under the same key. */
void hst_node_replace(hst_node *old, hst_node *node);

/** Take `child` out of its parent. */
void hst_node_remove(hst_node *child);

/** Child of a map by key, or NULL; NULL too when `map` is not a map. */
hst_node *hst_node_find(const hst_node *map, const char *key);

/** Child of a list or map by position, or NULL. */
hst_node *hst_node_child(const hst_node *parent, uint32_t index);

/** The node at "workload.segments[1].share", or the nearest one above that exists. */
const hst_node *hst_node_nearest(const hst_node *root, const char *path);

/** Add to `map` what only `other` has; maps in both are filled alike, anything else in `map`
 * stays. `other` is used up. */
HST_NODISCARD hst_status hst_node_fill(hst_reading *reading, hst_node *map, hst_node *other);

/** Write the node's path and a NUL into out[HST_NODE_PATH_SIZE]; "" for the root. */
void hst_node_path(const hst_node *node, char *out);

/** Copy text[size] and a NUL into the arena. */
HST_NODISCARD hst_status hst_reading_copy(hst_reading *reading,
                                          const char *text,
                                          size_t size,
                                          const char **copy);

/** Complain about `label` (may be "") at a place: HST_SCENARIO. */
hst_status hst_reading_refuse(const hst_reading *reading,
                              hst_place place,
                              const char *label,
                              const char *format,
                              ...) __attribute__((format(printf, 4, 5)));

/** Write what a node holds into out[HST_PHRASE_SIZE]: "nothing", "a list", or the quoted text. */
void hst_node_describe(const hst_node *node, char *out);

/** Complain that a node's value is not what was expected: `expected <expected>, got <it><why>`. */
hst_status hst_node_refuse(const hst_reading *reading,
                           const hst_node *node,
                           const char *expected,
                           const char *why);

/** Out of memory: HST_NO_MEMORY, said so. */
hst_status hst_reading_no_memory(const hst_reading *reading);

#endif
