/* Bytes as a result file: opening must answer with a status, never crash, whatever they are.
 *
 * Most mutations end at the seal, which is the point of it. So that those behind it are reached
 * too, an input whose first byte is 'S' is taken as the rest of a seal's block and parsed without a
 * file.
 */
#define _GNU_SOURCE /* memfd_create */

#include "core/base/assert.h"

#include "sim/base/os_memory.h"
#include "sim/metrics/result_file.h"
#include "sim/metrics/seal.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A seal that parses must be rendered to the same bytes. */
static void check_seal(const uint8_t *data, size_t size)
{
    hst_seal seal;
    const size_t front = size < HST_SEAL_SIZE ? size : HST_SEAL_SIZE;
    char block[HST_SEAL_SIZE];
    memcpy(block, data, front);
    if (hst_seal_parse(block, front, &seal, NULL) == HST_OK) {
        char again[HST_SEAL_SIZE];
        hst_seal_render(&seal, again);
        hst_assert(memcmp(block, again, sizeof again) == 0);
    }
}

static void check_open(const uint8_t *data, size_t size)
{
    char path[64];
    const int descriptor = memfd_create("result", 0);
    if (descriptor < 0) {
        return;
    }
    const ssize_t put = write(descriptor, data, size);
    hst_assert(put == (ssize_t)size);
    const int length = snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    hst_assert(length > 0);
    hst_result_file *file = NULL;
    hst_error error = {.status = HST_OK};
    const hst_status status = hst_result_open(path, hst_os_memory(), &file, &error);
    hst_assert(status == error.status);
    if (status == HST_OK) {
        hst_result_file_close(file);
    }
    (void)close(descriptor);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0) {
        check_seal(data, size);
    }
    check_open(data, size);
    return 0;
}
