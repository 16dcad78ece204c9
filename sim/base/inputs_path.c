#include "sim/base/inputs_path.h"

#include "core/base/assert.h"

#include "sim/base/inputs.h"
#include "sim/base/text.h"

#include <stdio.h>
#include <string.h>

/* A path under construction: parts joined by "/", in out[size]. */
typedef struct builder {
    char *out;
    size_t size;
    size_t length;
    const char *up; /* what a step up out of the front is written as */
} builder;

static hst_text next_part(const char **path)
{
    const char *start = *path;
    const size_t length = strcspn(start, "/");
    *path = start[length] == '/' ? start + length + 1 : start + length;
    return (hst_text){.bytes = start, .size = length};
}

static bool append(builder *b, hst_text part)
{
    const size_t slash = b->length > 0 ? 1 : 0;
    if (b->length + slash + part.size >= b->size) {
        return false;
    }
    if (slash > 0) {
        b->out[b->length++] = '/';
    }
    memcpy(b->out + b->length, part.bytes, part.size);
    b->length += part.size;
    b->out[b->length] = '\0';
    return true;
}

/* Start of the last part. */
static size_t last_part(const builder *b)
{
    size_t at = b->length;
    while (at > 0 && b->out[at - 1] != '/') {
        at--;
    }
    return at;
}

static bool step_up(builder *b)
{
    const size_t at = last_part(b);
    if (b->length == 0 || strcmp(b->out + at, b->up) == 0) {
        return append(b, hst_text_of(b->up));
    }
    b->length = at > 0 ? at - 1 : 0;
    b->out[b->length] = '\0';
    return true;
}

/* Apply every part of `path` in turn. */
static bool walk(builder *b, const char *path)
{
    while (*path != '\0') {
        const hst_text part = next_part(&path);
        bool fits = true;
        if (hst_text_equals(part, "..") || hst_text_equals(part, HST_INPUT_UP)) {
            fits = step_up(b);
        } else if (part.size > 0 && !hst_text_equals(part, ".")) {
            fits = append(b, part);
        }
        if (!fits) {
            return false;
        }
    }
    return true;
}

static hst_status refuse(hst_error *error, const char *path, const char *why)
{
    return hst_error_set(error, HST_INVALID, "input path \"%.100s\" %s", path, why);
}

hst_status hst_inputs_resolve(const char *from, const char *path, char *out, hst_error *error)
{
    hst_assert(path != NULL);
    hst_assert(out != NULL);
    char built[HST_INPUT_PATH_SIZE] = "";
    builder b = {.out = built, .size = sizeof built, .length = 0, .up = HST_INPUT_UP};
    if (path[0] == '/') {
        return refuse(error, path, "is absolute; write it relative to the file that names it");
    }
    for (const char *c = path; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f || *c == '\\') {
            return refuse(error, path, "holds a backslash or control character");
        }
    }
    if (from != NULL) {
        if (!walk(&b, from)) {
            return refuse(error, path, "is too long");
        }
        b.length = last_part(&b);
        b.length -= b.length > 0 ? 1 : 0;
        built[b.length] = '\0';
    }
    if (!walk(&b, path)) {
        return refuse(error, path, "is too long");
    }
    const size_t tail = strlen(path);
    if (b.length == 0 || path[tail - 1] == '/' ||
        strcmp(built + last_part(&b), HST_INPUT_UP) == 0) {
        return refuse(error, path, "names no file");
    }
    memcpy(out, built, b.length + 1);
    return HST_OK;
}

bool hst_input_path_has_up(const char *path)
{
    hst_assert(path != NULL);
    while (*path != '\0') {
        if (hst_text_equals(next_part(&path), "..")) {
            return true;
        }
    }
    return false;
}

bool hst_input_path_on_disk(const char *root, const char *path, char *out, size_t size)
{
    hst_assert(root != NULL);
    hst_assert(path != NULL);
    hst_assert(size > 0);
    const int written = snprintf(out, size, "%s", root[0] != '\0' ? root : ".");
    if (written < 0 || (size_t)written >= size) {
        return false;
    }
    size_t length = (size_t)written;
    while (*path != '\0') {
        hst_text part = next_part(&path);
        if (hst_text_equals(part, HST_INPUT_UP)) {
            part = hst_text_of("..");
        }
        if (length + 1 + part.size >= size) {
            return false;
        }
        if (out[length - 1] != '/') {
            out[length++] = '/';
        }
        memcpy(out + length, part.bytes, part.size);
        length += part.size;
        out[length] = '\0';
    }
    return true;
}

void hst_input_path_fold(char *path)
{
    hst_assert(path != NULL);
    const size_t length = strlen(path);
    if (length == 0) {
        return;
    }
    const bool absolute = path[0] == '/';
    char copy[HST_ERROR_FILE_SIZE];
    if (!hst_text_copy(hst_text_of(path), copy, sizeof copy)) {
        return;
    }
    builder b = {.out = path + (absolute ? 1 : 0), .size = length + 1, .length = 0, .up = ".."};
    b.out[0] = '\0';
    if (!walk(&b, copy)) {
        memcpy(path, copy, length + 1);
    }
}

hst_status
hst_inputs_split(const char *user_path, char *folder_out, char *file_out, hst_error *error)
{
    hst_assert(user_path != NULL);
    hst_assert(folder_out != NULL);
    hst_assert(file_out != NULL);
    const char *slash = strrchr(user_path, '/');
    const char *file = slash != NULL ? slash + 1 : user_path;
    const size_t folder_size = slash != NULL ? (size_t)(slash - user_path) : 0;
    if (file[0] == '\0') {
        return refuse(error, user_path, "names no file");
    }
    if (folder_size + 1 >= HST_ERROR_FILE_SIZE || strlen(file) + 1 > HST_INPUT_PATH_SIZE) {
        return refuse(error, user_path, "is too long");
    }
    memcpy(file_out, file, strlen(file) + 1);
    if (slash == NULL) {
        memcpy(folder_out, ".", 2);
    } else if (folder_size == 0) {
        memcpy(folder_out, "/", 2);
    } else {
        memcpy(folder_out, user_path, folder_size);
        folder_out[folder_size] = '\0';
    }
    return HST_OK;
}
