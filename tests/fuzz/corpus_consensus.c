/* Writes the seeds of fuzz_consensus: for every protocol, with and without signatures carried, what
 * replica 1 of four hears in the first moments of a quiet run, as a script of that target.
 *
 *   corpus_consensus FOLDER
 *
 * The run is virtual and seeded, so the files are a function of the sources. Run it when a
 * protocol's messages change: build/release/tests/fuzz/corpus_consensus tests/fuzz/corpus/consensus
 */
#include "core/consensus/consensus.h"

#include "sim/base/number.h"
#include "sim/base/os_memory.h"
#include "sim/consensus/cluster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 4, WHO = 1, MESSAGE = 3, LENGTH_MAX = 4095, SCRIPT_MAX = 6000, BATCHES = 6 };

typedef struct script {
    uint8_t bytes[SCRIPT_MAX];
    size_t size;
} script;

static hst_cluster_verdict hear(void *context,
                                hst_cluster *cluster,
                                uint32_t from,
                                uint32_t to,
                                const uint8_t *bytes,
                                uint32_t size)
{
    script *s = context;
    (void)cluster;
    if (to == WHO && size <= LENGTH_MAX && s->size + 3 + size <= sizeof s->bytes) {
        s->bytes[s->size++] = (uint8_t)(MESSAGE | size >> 8 << 4);
        s->bytes[s->size++] = (uint8_t)size;
        s->bytes[s->size++] = (uint8_t)from;
        memcpy(s->bytes + s->size, bytes, size);
        s->size += size;
    }
    return (hst_cluster_verdict){0};
}

/* The first byte says which protocol, and in its highest bit whether signatures are carried. */
static uint8_t first_byte(size_t protocol, size_t count, bool carry)
{
    size_t byte = protocol;
    while (carry && byte < 128) {
        byte += count;
    }
    return (uint8_t)byte;
}

static bool record(const hst_consensus_protocol *protocol, bool carry, script *s)
{
    const hst_membership membership = {.count = COUNT, .total = COUNT};
    const int64_t base_ns[1] = {10000000};
    const hst_network_options network = {
        .count = COUNT, .region_count = 1, .base_ns = base_ns, .seed = 1};
    const hst_cluster_options options = {.protocol = protocol,
                                         .membership = &membership,
                                         .network = &network,
                                         .seed = 1,
                                         .real_crypto = carry,
                                         .batch_capacity = BATCHES,
                                         .filter = hear,
                                         .filter_context = s,
                                         .memory = hst_os_memory()};
    hst_cluster *cluster = NULL;
    if (hst_cluster_create(&options, &cluster) != HST_OK) {
        return false;
    }
    for (int b = 0; b < BATCHES; b++) {
        (void)hst_cluster_submit(cluster, b * 30000000, 1000, 1);
    }
    const int64_t until = 4 * HST_SECOND_NS + 4 * protocol->pace_ns;
    const bool run = hst_cluster_run(cluster, until, 0) == HST_OK;
    hst_cluster_destroy(cluster);
    return run;
}

static bool write_script(const char *folder, const char *name, bool carry, const script *s)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s%s", folder, name, carry ? "_signed" : "");
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        (void)fprintf(stderr, "%s cannot be written\n", path);
        return false;
    }
    const bool whole = fwrite(s->bytes, 1, s->size, file) == s->size;
    return fclose(file) == 0 && whole;
}

int main(int argc, char **argv)
{
    static script s;
    size_t count = 0;
    const hst_consensus_protocol *const *all = hst_consensus_protocols(&count);
    if (argc != 2) {
        (void)fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    for (size_t p = 0; p < count; p++) {
        for (int carry = 0; carry < 2; carry++) {
            s.bytes[0] = first_byte(p, count, carry == 1);
            s.size = 1;
            if (!record(all[p], carry == 1, &s) ||
                !write_script(argv[1], all[p]->name, carry == 1, &s)) {
                return 1;
            }
        }
    }
    return 0;
}
