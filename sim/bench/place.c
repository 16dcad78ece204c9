#include "sim/bench/place.h"

#include "core/base/assert.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

hst_status hst_bench_place_make(hst_bench_place *place)
{
    const char *root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    int length = snprintf(place->folder, sizeof place->folder, "%s/hst-bench-XXXXXX", root);
    hst_assert(length > 0);
    if (mkdtemp(place->folder) == NULL) {
        return HST_IO;
    }
    length = snprintf(place->file, sizeof place->file, "%s/run.h5", place->folder);
    hst_assert(length > 0);
    return HST_OK;
}

void hst_bench_place_drop(const hst_bench_place *place)
{
    (void)unlink(place->file);
    (void)rmdir(place->folder);
}
