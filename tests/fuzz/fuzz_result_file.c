/* Bytes as a result file: opening must answer with a status, never crash, whatever they are.
 *
 * Most inputs end at the seal, which is the point of it: HDF5 sees only whole files, or damaged
 * ones in a child process. The seal's own parser therefore gets every input, too.
 */
/* NOLINTNEXTLINE(readability-identifier-naming): the C library's name, for memfd_create */
#define _GNU_SOURCE

#include "core/base/assert.h"

#include "sim/base/os_memory.h"
#include "sim/metrics/result_file.h"
#include "sim/metrics/seal.h"

#include <stdbool.h>
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

/* A right seal over wrong bytes costs a child process, milliseconds; one in 32 such inputs, chosen
 * by their content, is enough to see that the child's fate never reaches us. */
static bool costs_a_child(const uint8_t *data, size_t size)
{
    hst_seal seal;
    if (size < HST_SEAL_SIZE ||
        hst_seal_parse((const char *)data, HST_SEAL_SIZE, &seal, NULL) != HST_OK) {
        return false;
    }
    const hst_hash hash = hst_blake2b(data + HST_SEAL_SIZE, size - HST_SEAL_SIZE);
    return seal.complete && seal.size_bytes == size && !hst_hash_equal(&hash, &seal.blake2b) &&
           hash.bytes[0] % 32 != 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0) {
        check_seal(data, size);
    }
    if (!costs_a_child(data, size)) {
        check_open(data, size);
    }
    return 0;
}
