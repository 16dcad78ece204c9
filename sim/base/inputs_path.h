/** @file sim/base/inputs_path.h
 * Normal form of paths inside a bundle of inputs; private to sim/base/inputs*.c.
 *
 * Errors    HST_INVALID with a text that names the path.
 * Threads   pure functions.
 */
#ifndef HST_SIM_BASE_INPUTS_PATH_H
#define HST_SIM_BASE_INPUTS_PATH_H

#include "core/base/status.h"

#include "sim/base/error.h"

#include <stdbool.h>
#include <stddef.h>

/** The part of a normal path that stands for one step up out of the bundle's root. */
#define HST_INPUT_UP "@up"

/** Whether some part of `path` is "..". */
bool hst_input_path_has_up(const char *path);

/** Write where a normal path lies on disk below `root`, with ".." for each "@up", into
 * out[size]; false when it does not fit. */
bool hst_input_path_on_disk(const char *root, const char *path, char *out, size_t size);

/** Take "x/.." pairs and "." parts out of a disk path, in place: for showing, not for opening. */
void hst_input_path_fold(char *path);

#endif
