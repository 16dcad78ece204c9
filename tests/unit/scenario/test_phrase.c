/* Words for complaints: distances against a slow recursive reference, suggestions, safe printing.
 */
#include "core/base/random.h"

#include "sim/scenario/keys.h"
#include "sim/scenario/phrase.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/** The definition, as it stands: least edits to turn a[0 .. m) into b[0 .. n). */
static size_t reference(const char *a, size_t m, const char *b, size_t n)
{
    if (m == 0 || n == 0) {
        return m + n;
    }
    size_t best = reference(a, m - 1, b, n) + 1;
    const size_t add = reference(a, m, b, n - 1) + 1;
    const size_t change = reference(a, m - 1, b, n - 1) + (a[m - 1] == b[n - 1] ? 0 : 1);
    best = add < best ? add : best;
    best = change < best ? change : best;
    if (m > 1 && n > 1 && a[m - 1] == b[n - 2] && a[m - 2] == b[n - 1]) {
        const size_t swap = reference(a, m - 2, b, n - 2) + 1;
        best = swap < best ? swap : best;
    }
    return best;
}

static void distance_equals_its_definition(void **state)
{
    (void)state;
    hst_random random = hst_random_stream(1, 0, 0, 18);
    for (int round = 0; round < 2000; round++) {
        char a[8] = "";
        char b[8] = "";
        const size_t m = hst_random_below(&random, 6);
        const size_t n = hst_random_below(&random, 6);
        for (size_t i = 0; i < m; i++) {
            a[i] = (char)('a' + (char)hst_random_below(&random, 3));
        }
        for (size_t i = 0; i < n; i++) {
            b[i] = (char)('a' + (char)hst_random_below(&random, 3));
        }
        const size_t expected = reference(a, m, b, n);
        if (hst_phrase_distance(a, b, 10) != expected) {
            fail_msg("round %d: %s to %s", round, a, b);
        }
        assert_int_equal(hst_phrase_distance(b, a, 10), expected);
        assert_int_equal(hst_phrase_distance(a, b, 2), expected < 3 ? expected : 3);
    }
}

static void long_words_are_far_from_all(void **state)
{
    (void)state;
    char word[128];
    memset(word, 'a', sizeof(word));
    word[64] = '\0';
    assert_int_equal(hst_phrase_distance(word, word, 5), 0);
    word[64] = 'a';
    word[65] = '\0';
    assert_int_equal(hst_phrase_distance(word, word, 5), 6);
}

static void every_slip_in_every_key_is_understood(void **state)
{
    (void)state;
    size_t count = 0;
    size_t slips = 0;
    size_t understood = 0;
    const hst_key *keys = hst_keys(&count);
    for (size_t i = 0; i < count; i++) {
        const char *name = hst_key_name(&keys[i]);
        const size_t length = strlen(name);
        char prefix[HST_KEY_PATH_SIZE];
        const size_t front = (size_t)(name - keys[i].path);
        memcpy(prefix, keys[i].path, front);
        prefix[front > 0 ? front - 1 : 0] = '\0';
        for (size_t at = 0; at + 1 < length && length > 3; at++) {
            char slip[HST_KEY_PATH_SIZE];
            char out[HST_KEY_PATH_SIZE + 16];
            char expected[HST_KEY_PATH_SIZE];
            /* drop one character, swap two */
            for (int kind = 0; kind < 2; kind++) {
                memcpy(slip, name, length + 1);
                if (kind == 0) {
                    memmove(slip + at, slip + at + 1, length - at);
                } else {
                    slip[at] = name[at + 1];
                    slip[at + 1] = name[at];
                }
                if (hst_key_find(prefix, slip) != NULL) {
                    continue;
                }
                (void)snprintf(expected, sizeof(expected), "'%s'", name);
                slips++;
                understood +=
                    hst_key_suggest(prefix, slip, out, sizeof(out)) && strcmp(out, expected) == 0
                        ? 1
                        : 0;
            }
        }
    }
    assert_true(slips > 1000);
    assert_true(understood * 100 >= slips * 99);
}

static void strange_words_get_no_suggestion(void **state)
{
    (void)state;
    static const char *const words[] = {"banana", "x", "quantum_flux", "42", "", "zzzzzzzzzzzz"};
    char out[HST_KEY_PATH_SIZE + 16];
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        assert_false(hst_key_suggest("", words[i], out, sizeof(out)));
        assert_false(hst_key_suggest("rails.correspondent", words[i], out, sizeof(out)));
    }
}

static void anything_can_be_quoted(void **state)
{
    (void)state;
    char out[HST_PHRASE_SIZE];
    hst_phrase_quote("cheap", out);
    assert_string_equal(out, "\"cheap\"");
    hst_phrase_quote("a\nb\x1b[31m\xff", out);
    assert_string_equal(out, "\"a\\x0ab\\x1b[31m\\xff\"");
    hst_phrase_quote("Z\xc3\xbcrich", out);
    assert_string_equal(out, "\"Z\xc3\xbcrich\"");
    hst_random random = hst_random_stream(2, 0, 0, 18);
    for (int round = 0; round < 2000; round++) {
        char text[200] = "";
        const size_t size = hst_random_below(&random, sizeof(text) - 1);
        for (size_t i = 0; i < size; i++) {
            text[i] = (char)(1 + (int)hst_random_below(&random, 255));
        }
        hst_phrase_quote(text, out);
        assert_true(strlen(out) < HST_PHRASE_SIZE);
        assert_int_equal(hst_phrase_unprintable(out, strlen(out)), strlen(out));
        assert_true(hst_phrase_is_line(out));
    }
}

static void only_well_formed_text_is_printable(void **state)
{
    (void)state;
    static const char *const good[] = {"",
                                       "plain",
                                       "\xc3\xbc",
                                       "\xe2\x82\xac",
                                       "\xf0\x9f\x8f\xa6",
                                       "tab\tline\r\n",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xf4\x8f\xbf\xbd"};
    static const char *const bad[] = {
        "\x80",             /* continuation alone */
        "\xc3",             /* cut short */
        "\xc3(",            /* wrong continuation */
        "\xc0\xaf",         /* overlong */
        "\xe0\x80\x80",     /* overlong */
        "\xf0\x80\x80\x80", /* overlong */
        "\xed\xa0\x80",     /* surrogate */
        "\xf4\x90\x80\x80", /* beyond Unicode */
        "\xf8\x88\x80\x80\x80",
        "\x01",
        "\x7f",
        "\xc2\x85",     /* controls */
        "\xef\xbb\xbf", /* byte-order mark inside */
        "\xef\xbf\xbe", /* no character */
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(hst_phrase_unprintable(good[i], strlen(good[i])), strlen(good[i]));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char text[16];
        (void)snprintf(text, sizeof(text), "ab%s", bad[i]);
        assert_int_equal(hst_phrase_unprintable(text, strlen(text)), 2);
        assert_false(hst_phrase_is_line(text));
    }
    assert_false(hst_phrase_is_line("a\nb"));
    assert_false(hst_phrase_is_line("a\xe2\x80\xa8"));
    assert_true(hst_phrase_is_line("a b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distance_equals_its_definition),
        cmocka_unit_test(long_words_are_far_from_all),
        cmocka_unit_test(every_slip_in_every_key_is_understood),
        cmocka_unit_test(strange_words_get_no_suggestion),
        cmocka_unit_test(anything_can_be_quoted),
        cmocka_unit_test(only_well_formed_text_is_printable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
