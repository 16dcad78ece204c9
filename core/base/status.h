/** @file core/base/status.h
 * The one status type of every fallible call.
 *
 * Three kinds of failure are never mixed (docs/reference/status-codes.md):
 *   programmer error   -> hst_assert (core/base/assert.h), the process stops;
 *   refused operation  -> hst_status, an ordinary outcome, counted in results;
 *   host failure       -> hst_error (sim/base/error.h), with text and file:line:column.
 *
 * Numbers reach result files: the map is append-only.
 *
 * Errors    outputs are written only when HST_OK is returned, unless a header says otherwise.
 * Threads   pure values.
 */
#ifndef HST_CORE_BASE_STATUS_H
#define HST_CORE_BASE_STATUS_H

/** Every status: X(name, number, text). Append only. */
#define HST_STATUS_MAP(X)                                                                          \
    X(OK, 0, "ok")                                                                                 \
    X(INVALID, 1, "invalid argument")                                                              \
    X(OVERFLOW, 2, "result out of range")                                                          \
    X(NO_MEMORY, 3, "out of memory")                                                               \
    X(FULL, 4, "a planned capacity is exhausted")                                                  \
    X(NOT_FOUND, 5, "not found")                                                                   \
    X(EXISTS, 6, "already exists")                                                                 \
    X(TRUNCATED, 7, "input ends too early")                                                        \
    X(CORRUPT, 8, "input is damaged or foreign")                                                   \
    X(UNSUPPORTED, 9, "not supported")                                                             \
    X(NO_PATH, 10, "no path")                                                                      \
    X(IO, 11, "input or output failed")                                                            \
    X(SCENARIO, 12, "scenario error")                                                              \
    X(INTERRUPTED, 13, "interrupted")                                                              \
    X(MISMATCH, 14, "values that must agree differ")                                               \
    X(REFUSED, 15, "refused by a rule")

/** Outcome of a fallible call; HST_OK is zero. */
typedef enum hst_status {
#define X(name, number, text) HST_##name = (number),
    HST_STATUS_MAP(X)
#undef X
} hst_status;

/** The caller must look at the result. */
#define HST_NODISCARD __attribute__((warn_unused_result))

/** Short lower-case text of a status, without a full stop; never NULL. */
const char *hst_status_text(hst_status status);

/** Name of a status as in results and docs ("NO_PATH"); never NULL. */
const char *hst_status_name(hst_status status);

/** The one greppable way to drop a status on purpose. */
static inline void hst_ignore(hst_status status)
{
    (void)status;
}

/** Return from the calling function when `call` fails; only where nothing is owned. */
#define HST_TRY(call)                                                                              \
    do {                                                                                           \
        const hst_status hst_try_status = (call);                                                  \
        if (hst_try_status != HST_OK) {                                                            \
            return hst_try_status;                                                                 \
        }                                                                                          \
    } while (0)

#endif
