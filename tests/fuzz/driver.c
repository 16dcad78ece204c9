/* Replays a corpus without libFuzzer: every file as it is, then a few thousand changed copies of
 * it. The changes come from a keyed generator, so a failure repeats.
 *
 *   fuzz_<what> CORPUS_FOLDER [MUTATIONS]
 */
#include "core/base/random.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 1 << 16, PATH_MAX_LENGTH = 4096, FILE_MAX = 4096 };

/** One file of the corpus. */
typedef struct seed {
    unsigned char *bytes;
    size_t size;
} seed;

/** One input, in a block of exactly its size, so that a sanitizer sees reads beyond it. */
static void run_one(const unsigned char *bytes, size_t size)
{
    unsigned char *exact = malloc(size == 0 ? 1 : size);
    if (exact == NULL) {
        abort();
    }
    memcpy(exact, bytes, size);
    (void)LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

static size_t below(hst_random *random, size_t bound)
{
    return bound == 0 ? 0 : hst_random_u64(random) % bound;
}

/** One small change: a bit, a byte, an extreme value, a cut, a repeat, a splice of another seed. */
static size_t mutate(hst_random *random, unsigned char *bytes, size_t size, const seed *other)
{
    static const unsigned char extremes[] = {0, 1, 0x7f, 0x80, 0xff, '0', '\n', ' ', ':', '"'};
    const size_t at = below(random, size);
    switch (size == 0 ? 5 : below(random, 6)) {
    case 0: bytes[at] ^= (unsigned char)(1U << below(random, 8)); return size;
    case 1: bytes[at] = (unsigned char)hst_random_u64(random); return size;
    case 2: bytes[at] = extremes[below(random, sizeof extremes)]; return size;
    case 3: return at;
    case 4: {
        const size_t length = below(random, size - at) + 1;
        if (size + length > INPUT_MAX) {
            return size;
        }
        memmove(bytes + at + length, bytes + at, size - at);
        return size + length;
    }
    default: {
        const size_t from = below(random, other->size);
        size_t length = other->size - from;
        length = at + length > INPUT_MAX ? INPUT_MAX - at : length;
        memcpy(bytes + at, other->bytes + from, length);
        return at + length;
    }
    }
}

static bool read_seed(const char *path, seed *out)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    out->bytes = malloc(INPUT_MAX);
    out->size = out->bytes == NULL ? 0 : fread(out->bytes, 1, INPUT_MAX, file);
    return fclose(file) == 0 && out->bytes != NULL;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/** All files of a folder, in the order of their names; returns how many. */
static size_t read_corpus(const char *folder, seed *seeds)
{
    static char *names[FILE_MAX];
    size_t count = 0;
    DIR *directory = opendir(folder);
    if (directory == NULL) {
        return 0;
    }
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
    for (const struct dirent *entry = NULL; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] != '.' && count < FILE_MAX) {
            names[count++] = strdup(entry->d_name);
        }
    }
    (void)closedir(directory);
    qsort(names, count, sizeof *names, by_name);
    size_t read = 0;
    for (size_t i = 0; i < count; i++) {
        char path[PATH_MAX_LENGTH];
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        read += read_seed(path, &seeds[read]);
        free(names[i]);
    }
    return read;
}

int main(int argc, char **argv)
{
    static seed seeds[FILE_MAX];
    static unsigned char input[INPUT_MAX];
    if (argc < 2) {
        (void)fprintf(stderr, "usage: %s CORPUS_FOLDER [MUTATIONS]\n", argv[0]);
        return 2;
    }
    const size_t seed_count = read_corpus(argv[1], seeds);
    const unsigned long mutations = argc > 2 ? strtoul(argv[2], NULL, 10) : 3000;
    if (seed_count == 0) {
        (void)fprintf(stderr, "%s: no corpus in %s\n", argv[0], argv[1]);
        return 1;
    }
    run_one(input, 0);
    for (size_t i = 0; i < seed_count; i++) {
        run_one(seeds[i].bytes, seeds[i].size);
    }
    hst_random random = {.key = UINT64_C(0x48657273746174), .counter = 0};
    for (unsigned long m = 0; m < mutations; m++) {
        const seed *base = &seeds[below(&random, seed_count)];
        size_t size = base->size;
        memcpy(input, base->bytes, size);
        for (size_t steps = below(&random, 4) + 1; steps > 0; steps--) {
            size = mutate(&random, input, size, &seeds[below(&random, seed_count)]);
        }
        run_one(input, size);
    }
    (void)printf("%zu seeds, %lu mutations\n", seed_count, mutations);
    for (size_t i = 0; i < seed_count; i++) {
        free(seeds[i].bytes);
    }
    return 0;
}
