/** @file sim/base/inputs.h
 * Every file a run reads, as one bundle, so that a result can carry its own inputs.
 *
 * A bundle is a map from path to bytes. It starts either on a folder of the disk, and then reads a
 * file the first time it is asked for and remembers its bytes, or empty, and then holds what
 * hst_inputs_add puts in, for example the files stored in a result: the same run from stored bytes
 * touches no disk.
 *
 * Paths have one normal form: relative to the bundle's root (the folder of the scenario), parts
 * separated by "/", no ".", no "..", no empty part. A path that leaves the root keeps a part named
 * "@up" for each step up, so a file beside the scenario's folder is "@up/data/fx.csv" and no stored
 * name reaches outside its bundle. Absolute paths are refused: a result must re-run elsewhere.
 *
 * Errors    HST_INVALID (path), HST_NOT_FOUND, HST_IO, HST_FULL (HST_INPUT_SIZE_MAX), HST_EXISTS,
 *           HST_NO_MEMORY, each with a text that names the path.
 * Memory    bytes belong to the bundle until hst_inputs_destroy, are 64-byte aligned, and one NUL
 *           follows them.
 * Threads   one thread at a time.
 * Cost      O(log n) a look-up, O(n) an insertion, n files.
 */
#ifndef HST_SIM_BASE_INPUTS_H
#define HST_SIM_BASE_INPUTS_H

#include "core/base/arena.h"
#include "core/base/status.h"

#include "sim/base/error.h"

#include <stddef.h>

/** Largest file, in bytes. */
#define HST_INPUT_SIZE_MAX ((size_t)64 << 20)

/** Bytes that hold any normal path, NUL included. */
enum { HST_INPUT_PATH_SIZE = 256 };

/** A bundle of inputs. */
typedef struct hst_inputs hst_inputs;

/** A bundle that reads below `root_folder` ("." or "" for the working folder) on demand. */
HST_NODISCARD hst_status hst_inputs_create_from_disk(hst_memory memory,
                                                     const char *root_folder,
                                                     hst_inputs **out,
                                                     hst_error *error);

/** A bundle that never touches the disk; fill it with hst_inputs_add. */
HST_NODISCARD hst_status hst_inputs_create_empty(hst_memory memory,
                                                 hst_inputs **out,
                                                 hst_error *error);

/** Give all memory back; NULL is allowed. */
void hst_inputs_destroy(hst_inputs *inputs);

/** Put a copy of bytes[size] under `path`, which must not leave the root ("@up" parts are names).
 * HST_EXISTS when the path is taken. */
HST_NODISCARD hst_status hst_inputs_add(
    hst_inputs *inputs, const char *path, const void *bytes, size_t size, hst_error *error);

/** Bytes of `path`, relative to the root. */
HST_NODISCARD hst_status hst_inputs_get(hst_inputs *inputs,
                                        const char *path,
                                        const char **bytes_out,
                                        size_t *size_out,
                                        hst_error *error);

/** Normal form of `path` as written inside the file `from` (a normal path; NULL = the root), into
 * out[HST_INPUT_PATH_SIZE]; pass the result to hst_inputs_get. */
HST_NODISCARD hst_status hst_inputs_resolve(const char *from,
                                            const char *path,
                                            char *out,
                                            hst_error *error);

/** Split a path given by the user, "scenarios/x.yaml", into the root folder "scenarios" and the
 * root file "x.yaml" that hst_inputs_get takes. Both buffers hold HST_ERROR_FILE_SIZE bytes. */
HST_NODISCARD hst_status hst_inputs_split(const char *user_path,
                                          char *folder_out,
                                          char *file_out,
                                          hst_error *error);

/** Path to show a person for a normal path: "scenarios/x.yaml" again, or the normal path when the
 * bundle is not on disk. Writes out[HST_ERROR_FILE_SIZE], cut when too long. */
void hst_inputs_display_path(const hst_inputs *inputs, const char *path, char *out);

/** Files held so far. */
size_t hst_inputs_count(const hst_inputs *inputs);

/** File `index` < count in ascending order of path bytes; pointers live as long as the bundle. */
void hst_inputs_item(const hst_inputs *inputs,
                     size_t index,
                     const char **path_out,
                     const char **bytes_out,
                     size_t *size_out);

#endif
