#include "sim/scenario/phrase.h"

#include "core/base/assert.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
    SHOWN_MAX = 60,   /**< bytes of a text that are shown */
    DISTANCE_MAX = 64 /**< longest word that is compared */
};

/** Bytes of the UTF-8 character at text[0 .. size), 0 if it is not one; its code point in *point.
 * The table of well-formed sequences is Unicode 15, 3.9, table 3-7. */
static size_t decode(const unsigned char *text, size_t size, uint32_t *point)
{
    hst_assert(size > 0);
    const unsigned first = text[0];
    if (first < 0x80) {
        *point = first;
        return 1;
    }
    const size_t length = first >= 0xf0 ? 4 : (first >= 0xe0 ? 3 : 2);
    if (first < 0xc2 || first > 0xf4 || length > size) {
        return 0;
    }
    uint32_t value = first & (0x7fU >> length);
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0U) != 0x80U) {
            return 0;
        }
        value = (value << 6) | (text[i] & 0x3fU);
    }
    const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
    const bool surrogate = value >= 0xd800 && value <= 0xdfff;
    if (overlong || surrogate || value > 0x10ffff) {
        return 0;
    }
    *point = value;
    return length;
}

/** Whether a code point may stand in a document (YAML 1.2, 5.1, c-printable, without NEL). */
static bool printable(uint32_t point)
{
    if (point < 0x20) {
        return point == '\t' || point == '\n' || point == '\r';
    }
    if (point >= 0x7f && point < 0xa0) {
        return false;
    }
    return point != 0xfeff && point != 0xfffe && point != 0xffff;
}

size_t hst_phrase_unprintable(const char *text, size_t size)
{
    hst_assert(text != NULL || size == 0);
    size_t at = 0;
    while (at < size) {
        uint32_t point = 0;
        const size_t length = decode((const unsigned char *)text + at, size - at, &point);
        if (length == 0 || !printable(point)) {
            return at;
        }
        at += length;
    }
    return size;
}

bool hst_phrase_is_line(const char *text)
{
    hst_assert(text != NULL);
    const size_t size = strlen(text);
    if (hst_phrase_unprintable(text, size) < size || strpbrk(text, "\t\n\r") != NULL) {
        return false;
    }
    return strstr(text, "\xe2\x80\xa8") == NULL && strstr(text, "\xe2\x80\xa9") == NULL;
}

/** Write as much of text as is shown to `out`, which holds HST_PHRASE_SIZE less some for quotes. */
static size_t show(const char *text, char *out)
{
    hst_assert(text != NULL);
    const size_t size = strlen(text);
    size_t at = 0;
    size_t used = 0;
    while (at < size) {
        uint32_t point = 0;
        size_t length = decode((const unsigned char *)text + at, size - at, &point);
        const bool plain =
            length > 0 && printable(point) && point >= 0x20 && point != 0x2028 && point != 0x2029;
        const size_t width = plain ? length : 4;
        if (used + width > SHOWN_MAX) {
            for (int dots = 0; dots < 3; dots++) {
                out[used++] = '.';
            }
            break;
        }
        if (plain) {
            memcpy(out + used, text + at, length);
        } else {
            length = 1;
            char hex[5];
            (void)snprintf(hex, sizeof(hex), "\\x%02x", (unsigned)(unsigned char)text[at]);
            memcpy(out + used, hex, 4);
        }
        used += width;
        at += length;
    }
    hst_assert(used <= SHOWN_MAX + 3);
    return used;
}

void hst_phrase_quote(const char *text, char *out)
{
    out[0] = '"';
    const size_t used = show(text, out + 1);
    hst_assert(used + 3 <= HST_PHRASE_SIZE);
    out[used + 1] = '"';
    out[used + 2] = '\0';
}

void hst_phrase_word(const char *text, char *out)
{
    const size_t used = show(text, out);
    hst_assert(used < HST_PHRASE_SIZE);
    out[used] = '\0';
}

size_t hst_phrase_slip(const char *word)
{
    hst_assert(word != NULL);
    const size_t third = strlen(word) / 3;
    return third > 1 ? third : 1;
}

/** Least of three. */
static size_t least(size_t a, size_t b, size_t c)
{
    const size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Optimal string alignment: rows of the edit table, the two before the current one kept because a
 * swap looks back two. */
size_t hst_phrase_distance(const char *a, const char *b, size_t limit)
{
    hst_assert(a != NULL);
    hst_assert(b != NULL);
    const size_t rows = strlen(a);
    const size_t columns = strlen(b);
    if (rows > DISTANCE_MAX || columns > DISTANCE_MAX) {
        return limit + 1;
    }
    size_t table[3][DISTANCE_MAX + 1];
    for (size_t j = 0; j <= columns; j++) {
        table[0][j] = j;
    }
    for (size_t i = 1; i <= rows; i++) {
        size_t *row = table[i % 3];
        const size_t *above = table[(i + 2) % 3];
        const size_t *above2 = table[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= columns; j++) {
            const size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            row[j] = least(above[j] + 1, row[j - 1] + 1, above[j - 1] + change);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                above2[j - 2] + 1 < row[j]) {
                row[j] = above2[j - 2] + 1;
            }
        }
    }
    const size_t distance = table[rows % 3][columns];
    return distance <= limit ? distance : limit + 1;
}
