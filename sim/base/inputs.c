#include "sim/base/inputs.h"

#include "core/base/assert.h"

#include "sim/base/inputs_path.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { ARENA_CHUNK = 1 << 16, FIRST_CAPACITY = 64, DISK_PATH_SIZE = 1024 };

typedef struct item {
    const char *path;
    const char *bytes;
    size_t size;
} item;

struct hst_inputs {
    hst_memory memory; /* where this struct came from */
    hst_arena arena;   /* names, bytes, items */
    const char *root;  /* folder on disk, NULL for a stored bundle */
    item *items;       /* ascending by path */
    size_t count;
    size_t capacity;
};

static hst_status no_memory(hst_error *error, const char *path)
{
    return hst_error_set(error, HST_NO_MEMORY, "out of memory for input %s", path);
}

hst_status hst_inputs_create_empty(hst_memory memory, hst_inputs **out, hst_error *error)
{
    hst_assert(out != NULL);
    hst_inputs *inputs = memory.acquire(memory.context, sizeof *inputs);
    if (inputs == NULL) {
        return no_memory(error, "bundle");
    }
    inputs->memory = memory;
    hst_arena_init(&inputs->arena, memory, ARENA_CHUNK);
    *out = inputs;
    return HST_OK;
}

hst_status hst_inputs_create_from_disk(hst_memory memory,
                                       const char *root_folder,
                                       hst_inputs **out,
                                       hst_error *error)
{
    hst_assert(root_folder != NULL);
    hst_assert(out != NULL);
    hst_inputs *inputs = NULL;
    HST_TRY(hst_inputs_create_empty(memory, &inputs, error));
    hst_assert(inputs != NULL);
    const size_t size = strlen(root_folder) + 1;
    char *root = HST_ARENA_NEW(&inputs->arena, char, size);
    if (root == NULL) {
        hst_inputs_destroy(inputs);
        return no_memory(error, "bundle");
    }
    memcpy(root, root_folder, size);
    inputs->root = root;
    *out = inputs;
    return HST_OK;
}

void hst_inputs_destroy(hst_inputs *inputs)
{
    if (inputs == NULL) {
        return;
    }
    const hst_memory memory = inputs->memory;
    hst_arena_release(&inputs->arena);
    memory.release(memory.context, inputs, sizeof *inputs);
}

/* Where `path` is, or would be inserted. */
static size_t lower_bound(const hst_inputs *inputs, const char *path, bool *found)
{
    size_t low = 0, high = inputs->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(inputs->items[middle].path, path) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *found = low < inputs->count && strcmp(inputs->items[low].path, path) == 0;
    return low;
}

static hst_status reserve(hst_inputs *inputs)
{
    if (inputs->count < inputs->capacity) {
        return HST_OK;
    }
    const size_t capacity = inputs->capacity > 0 ? inputs->capacity * 2 : FIRST_CAPACITY;
    item *items = HST_ARENA_NEW(&inputs->arena, item, capacity);
    if (items == NULL) {
        return HST_NO_MEMORY;
    }
    if (inputs->count > 0) {
        memcpy(items, inputs->items, inputs->count * sizeof *items);
    }
    inputs->items = items;
    inputs->capacity = capacity;
    return HST_OK;
}

/* Enter bytes that already belong to the arena; `at` comes from lower_bound. */
static hst_status
insert(hst_inputs *inputs, size_t at, const char *path, const char *bytes, size_t size)
{
    hst_assert(at <= inputs->count);
    const size_t path_size = strlen(path) + 1;
    char *name = HST_ARENA_NEW(&inputs->arena, char, path_size);
    if (name == NULL) {
        return HST_NO_MEMORY;
    }
    HST_TRY(reserve(inputs));
    memcpy(name, path, path_size);
    memmove(&inputs->items[at + 1], &inputs->items[at], (inputs->count - at) * sizeof(item));
    inputs->items[at] = (item){.path = name, .bytes = bytes, .size = size};
    inputs->count++;
    return HST_OK;
}

hst_status hst_inputs_add(
    hst_inputs *inputs, const char *path, const void *bytes, size_t size, hst_error *error)
{
    hst_assert(inputs != NULL);
    hst_assert(path != NULL);
    hst_assert(bytes != NULL || size == 0);
    char normal[HST_INPUT_PATH_SIZE];
    if (hst_input_path_has_up(path)) {
        return hst_error_set(error, HST_INVALID, "input path \"%.100s\" leaves its bundle", path);
    }
    HST_TRY(hst_inputs_resolve(NULL, path, normal, error));
    if (size > HST_INPUT_SIZE_MAX) {
        return hst_error_at(error, HST_FULL, normal, 0, 0,
                            "larger than %zu bytes (HST_INPUT_SIZE_MAX)", HST_INPUT_SIZE_MAX);
    }
    bool found = false;
    const size_t at = lower_bound(inputs, normal, &found);
    if (found) {
        return hst_error_at(error, HST_EXISTS, normal, 0, 0, "is already in the bundle");
    }
    char *copy = HST_ARENA_NEW(&inputs->arena, char, size + 1);
    if (copy == NULL) {
        return no_memory(error, normal);
    }
    if (size > 0) {
        memcpy(copy, bytes, size);
    }
    return insert(inputs, at, normal, copy, size) == HST_OK ? HST_OK : no_memory(error, normal);
}

void hst_inputs_display_path(const hst_inputs *inputs, const char *path, char *out)
{
    hst_assert(inputs != NULL);
    hst_assert(path != NULL);
    hst_assert(out != NULL);
    if (inputs->root == NULL) {
        hst_ignore(snprintf(out, HST_ERROR_FILE_SIZE, "%s", path) >= 0 ? HST_OK : HST_INVALID);
        return;
    }
    if (hst_input_path_on_disk(inputs->root, path, out, HST_ERROR_FILE_SIZE)) {
        hst_input_path_fold(out);
    }
}

/* Read size bytes and see that the file ends there. */
static hst_status read_whole(FILE *file, char *bytes, size_t size)
{
    char beyond = 0;
    if (fread(bytes, 1, size, file) != size || ferror(file) != 0) {
        return HST_IO;
    }
    return fread(&beyond, 1, 1, file) == 0 && feof(file) != 0 ? HST_OK : HST_IO;
}

/* Load an opened file into the arena. `shown` names it in errors. */
static hst_status load(hst_inputs *inputs,
                       FILE *file,
                       const char *shown,
                       const char **bytes,
                       size_t *size,
                       hst_error *error)
{
    struct stat information;
    if (fstat(fileno(file), &information) != 0 || !S_ISREG(information.st_mode)) {
        return hst_error_at(error, HST_IO, shown, 0, 0, "is not a regular file");
    }
    hst_assert(information.st_size >= 0);
    if ((uint64_t)information.st_size > HST_INPUT_SIZE_MAX) {
        return hst_error_at(error, HST_FULL, shown, 0, 0,
                            "larger than %zu bytes (HST_INPUT_SIZE_MAX)", HST_INPUT_SIZE_MAX);
    }
    const size_t length = (size_t)information.st_size;
    char *copy = HST_ARENA_NEW(&inputs->arena, char, length + 1);
    if (copy == NULL) {
        return no_memory(error, shown);
    }
    if (read_whole(file, copy, length) != HST_OK) {
        return hst_error_at(error, HST_IO, shown, 0, 0, "cannot be read whole");
    }
    *bytes = copy;
    *size = length;
    return HST_OK;
}

static hst_status read_from_disk(
    hst_inputs *inputs, const char *path, const char **bytes, size_t *size, hst_error *error)
{
    char disk_path[DISK_PATH_SIZE];
    char shown[HST_ERROR_FILE_SIZE];
    hst_inputs_display_path(inputs, path, shown);
    if (!hst_input_path_on_disk(inputs->root, path, disk_path, sizeof disk_path)) {
        return hst_error_at(error, HST_INVALID, shown, 0, 0, "the path is too long");
    }
    FILE *file = fopen(disk_path, "rb");
    if (file == NULL) {
        const bool absent = errno == ENOENT || errno == ENOTDIR;
        return hst_error_at(error, absent ? HST_NOT_FOUND : HST_IO, shown, 0, 0, "%s",
                            absent ? "no such file" : "cannot be opened");
    }
    const hst_status status = load(inputs, file, shown, bytes, size, error);
    if (fclose(file) != 0 && status == HST_OK) {
        return hst_error_at(error, HST_IO, shown, 0, 0, "cannot be closed");
    }
    return status;
}

hst_status hst_inputs_get(hst_inputs *inputs,
                          const char *path,
                          const char **bytes_out,
                          size_t *size_out,
                          hst_error *error)
{
    hst_assert(inputs != NULL);
    hst_assert(path != NULL);
    hst_assert(bytes_out != NULL);
    hst_assert(size_out != NULL);
    char normal[HST_INPUT_PATH_SIZE];
    HST_TRY(hst_inputs_resolve(NULL, path, normal, error));
    bool found = false;
    const size_t at = lower_bound(inputs, normal, &found);
    if (!found) {
        if (inputs->root == NULL) {
            return hst_error_at(error, HST_NOT_FOUND, normal, 0, 0,
                                "is not among the stored inputs");
        }
        const char *bytes = NULL;
        size_t size = 0;
        HST_TRY(read_from_disk(inputs, normal, &bytes, &size, error));
        if (insert(inputs, at, normal, bytes, size) != HST_OK) {
            return no_memory(error, normal);
        }
    }
    *bytes_out = inputs->items[at].bytes;
    *size_out = inputs->items[at].size;
    return HST_OK;
}

size_t hst_inputs_count(const hst_inputs *inputs)
{
    hst_assert(inputs != NULL);
    return inputs->count;
}

void hst_inputs_item(const hst_inputs *inputs,
                     size_t index,
                     const char **path_out,
                     const char **bytes_out,
                     size_t *size_out)
{
    hst_assert(inputs != NULL);
    hst_assert(index < inputs->count);
    *path_out = inputs->items[index].path;
    *bytes_out = inputs->items[index].bytes;
    *size_out = inputs->items[index].size;
}
