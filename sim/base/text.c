#include "sim/base/text.h"

#include "core/base/assert.h"

#include <string.h>

hst_text hst_text_of(const char *string)
{
    hst_assert(string != NULL);
    return (hst_text){.bytes = string, .size = strlen(string)};
}

bool hst_text_equals(hst_text text, const char *string)
{
    hst_assert(string != NULL);
    return text.size == strlen(string) &&
           (text.size == 0 || memcmp(text.bytes, string, text.size) == 0);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

hst_text hst_text_trim(hst_text text)
{
    while (text.size > 0 && is_space(text.bytes[0])) {
        text.bytes++;
        text.size--;
    }
    while (text.size > 0 && is_space(text.bytes[text.size - 1])) {
        text.size--;
    }
    return text;
}

bool hst_text_copy(hst_text text, char *buffer, size_t size)
{
    hst_assert(buffer != NULL);
    hst_assert(size > 0);
    const size_t kept = text.size < size ? text.size : size - 1;
    if (kept > 0) {
        memcpy(buffer, text.bytes, kept);
    }
    buffer[kept] = '\0';
    return kept == text.size;
}
