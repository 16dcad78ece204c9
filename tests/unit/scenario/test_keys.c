/* The table keeps its promises: fields of the right size, none shared, defaults in range, and the
 * reference page is the one in docs. `test_unit_scenario_keys --update` rewrites that page. */
#include "sim/base/os_memory.h"
#include "sim/scenario/keys.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/value.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAGE "docs/reference/scenario.md"

/** Whether a row is a key of a list's items. */
static bool in_item(const hst_key *key)
{
    return strstr(key->path, "[]") != NULL;
}

/** Bytes the field of a type has; 0 = any. */
static size_t size_of(hst_key_type type)
{
    switch (type) {
    case HST_KEY_INTEGER:
    case HST_KEY_DURATION:
    case HST_KEY_RATE:
    case HST_KEY_MONEY: return sizeof(int64_t);
    case HST_KEY_REAL: return sizeof(double);
    case HST_KEY_BOOLEAN: return sizeof(bool);
    case HST_KEY_ENUMERATION: return sizeof(hst_scenario_router);
    case HST_KEY_DATE: return sizeof(int32_t);
    case HST_KEY_COUNTRY: return 3;
    case HST_KEY_PATH:
    case HST_KEY_TABLE: return HST_SCENARIO_PATH_MAX;
    case HST_KEY_MAP:
    case HST_KEY_LIST:
    case HST_KEY_STRINGS:
    case HST_KEY_SETTINGS:
    case HST_KEY_STRING: return 0;
    }
    return 0;
}

static void fields_have_the_size_of_their_type(void **state)
{
    (void)state;
    size_t count = 0;
    const hst_key *keys = hst_keys(&count);
    for (size_t i = 0; i < count; i++) {
        const size_t size = size_of(keys[i].type);
        if (size > 0 && keys[i].size != size) {
            fail_msg("%s: %zu bytes, expected %zu", keys[i].path, keys[i].size, size);
        }
        assert_true(in_item(&keys[i]) || keys[i].offset + keys[i].size <= sizeof(hst_scenario));
        if (keys[i].type == HST_KEY_STRING || keys[i].type == HST_KEY_TABLE) {
            assert_true((size_t)keys[i].max < keys[i].size);
        }
    }
}

static void no_two_keys_share_a_field(void **state)
{
    (void)state;
    size_t count = 0;
    const hst_key *keys = hst_keys(&count);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            const bool same_struct = !in_item(&keys[i]) && !in_item(&keys[j]);
            const size_t length = strcspn(keys[i].path, "[");
            const bool same_item = in_item(&keys[i]) && in_item(&keys[j]) &&
                                   strncmp(keys[i].path, keys[j].path, length + 2) == 0;
            if (same_struct || same_item) {
                const bool apart = keys[i].offset >= keys[j].offset + keys[j].size ||
                                   keys[j].offset >= keys[i].offset + keys[i].size;
                if (!apart) {
                    fail_msg("%s and %s", keys[i].path, keys[j].path);
                }
            }
            assert_string_not_equal(keys[i].path, keys[j].path);
        }
    }
}

static void keys_have_owners_above_them(void **state)
{
    (void)state;
    size_t count = 0;
    const hst_key *keys = hst_keys(&count);
    for (size_t i = 0; i < count; i++) {
        char owner[HST_KEY_PATH_SIZE];
        const char *dot = strrchr(keys[i].path, '.');
        assert_true(strlen(keys[i].path) + 3 < HST_KEY_PATH_SIZE);
        if (dot == NULL) {
            continue;
        }
        size_t length = (size_t)(dot - keys[i].path);
        const bool item = keys[i].path[length - 1] == ']';
        length -= item ? 2 : 0;
        memcpy(owner, keys[i].path, length);
        owner[length] = '\0';
        bool found = false;
        for (size_t j = 0; j < i; j++) {
            found = found || (strcmp(keys[j].path, owner) == 0 &&
                              keys[j].type == (item ? HST_KEY_LIST : HST_KEY_MAP));
        }
        if (!found) {
            fail_msg("%s has no row for %s above it", keys[i].path, owner);
        }
    }
}

static void required_keys_stand_where_they_can_be_missed(void **state)
{
    (void)state;
    size_t count = 0;
    const hst_key *keys = hst_keys(&count);
    for (size_t i = 0; i < count; i++) {
        const bool required = keys[i].fallback == NULL && keys[i].type != HST_KEY_MAP;
        assert_true(!required || in_item(&keys[i]) || strchr(keys[i].path, '.') == NULL);
    }
}

static void sentences_are_sentences(void **state)
{
    (void)state;
    size_t count = 0;
    const hst_key *keys = hst_keys(&count);
    for (size_t i = 0; i < count; i++) {
        const size_t length = strlen(keys[i].text);
        assert_true(length > 5);
        assert_int_equal(keys[i].text[length - 1], '.');
        assert_true(isupper((unsigned char)keys[i].text[0]) != 0);
        assert_null(strchr(keys[i].text, '|')); /* it goes into a table */
    }
}

static void bounds_are_read_back_as_they_are_written(void **state)
{
    (void)state;
    size_t count = 0;
    const hst_key *keys = hst_keys(&count);
    const hst_reading reading = {.root_path = "x.yaml"};
    hst_scenario *s = calloc(1, sizeof(*s));
    assert_non_null(s);
    for (size_t i = 0; i < count; i++) {
        const hst_key *key = &keys[i];
        if (key->type != HST_KEY_INTEGER && key->type != HST_KEY_REAL &&
            key->type != HST_KEY_DURATION && key->type != HST_KEY_RATE &&
            key->type != HST_KEY_MONEY && key->type != HST_KEY_DATE) {
            continue;
        }
        assert_true(key->min <= key->max);
        assert_true(key->type != HST_KEY_REAL || key->max <= HST_KEY_REAL_MAX * HST_KEY_NANO);
        const int64_t bounds[] = {key->min, key->max};
        for (int b = 0; b < 2; b++) {
            char text[HST_VALUE_SIZE];
            char again[HST_VALUE_SIZE];
            hst_value_format_number(key->type, bounds[b], text);
            const hst_node node = {
                .kind = HST_NODE_SCALAR, .text = text, .place = {.file = "x.yaml"}};
            assert_int_equal(hst_value_read(&reading, key, &node, s), HST_OK);
            hst_value_format(key, s, again);
            assert_string_equal(again, text);
        }
    }
    free(s);
}

/** The page, in an arena. */
static const char *page(hst_arena *arena, size_t *size)
{
    const char *text = NULL;
    hst_arena_init(arena, hst_os_memory(), 1 << 16);
    assert_int_equal(hst_scenario_reference(arena, &text, size), HST_OK);
    assert_int_equal(strlen(text), *size);
    return text;
}

static void the_reference_page_is_the_one_in_docs(void **state)
{
    (void)state;
    hst_arena arena;
    size_t size = 0;
    const char *text = page(&arena, &size);
    char *found = calloc(1, size + 2);
    assert_non_null(found);
    FILE *file = fopen(PAGE, "rb");
    if (file == NULL) {
        fail_msg("%s is missing: run this test with --update", PAGE);
    }
    const size_t read = fread(found, 1, size + 1, file);
    (void)fclose(file);
    if (read != size || memcmp(found, text, size) != 0) {
        fail_msg("%s is not what keys.c says: run this test with --update", PAGE);
    }
    free(found);
    hst_arena_release(&arena);
}

static void every_key_is_on_the_reference_page(void **state)
{
    (void)state;
    hst_arena arena;
    size_t size = 0;
    size_t count = 0;
    const char *text = page(&arena, &size);
    const hst_key *keys = hst_keys(&count);
    for (size_t i = 0; i < count; i++) {
        assert_non_null(strstr(text, keys[i].text));
    }
    hst_arena_release(&arena);
}

static void rewrite_the_page(void **state)
{
    (void)state;
    hst_arena arena;
    size_t size = 0;
    const char *text = page(&arena, &size);
    FILE *file = fopen(PAGE, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    hst_arena_release(&arena);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest rewrite[] = {cmocka_unit_test(rewrite_the_page)};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_have_the_size_of_their_type),
        cmocka_unit_test(no_two_keys_share_a_field),
        cmocka_unit_test(keys_have_owners_above_them),
        cmocka_unit_test(required_keys_stand_where_they_can_be_missed),
        cmocka_unit_test(sentences_are_sentences),
        cmocka_unit_test(bounds_are_read_back_as_they_are_written),
        cmocka_unit_test(the_reference_page_is_the_one_in_docs),
        cmocka_unit_test(every_key_is_on_the_reference_page),
    };
    if (argc > 1 && strcmp(argv[1], "--update") == 0) {
        return cmocka_run_group_tests(rewrite, NULL, NULL);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
