#include "sim/scenario/yaml.h"

#include "core/base/assert.h"

#include "sim/scenario/phrase.h"
#include "sim/scenario/scenario.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <libfyaml.h>

/** A list or map that is still open, and the key that waits for its value. */
typedef struct open_node {
    hst_node *node;
    const char *key;
    hst_place key_place;
} open_node;

/** One parse. */
typedef struct parse {
    hst_reading *reading;
    const hst_yaml_source *source;
    struct fy_parser *parser;
    open_node open[HST_SCENARIO_DEPTH_MAX];
    uint32_t depth;          /**< open lists and maps */
    uint32_t document_count; /**< documents begun */
    hst_node *root;          /**< the document's value */
    bool ended;              /**< the stream came to its end */
    size_t passed;           /**< bytes before the end of the last event */
    int line;                /**< the line last asked for, 0 = none yet */
    size_t line_start;       /**< and where it starts */
} parse;

/** Offset of the first byte of the line that holds `offset`. */
static size_t line_start(const hst_yaml_source *source, size_t offset)
{
    size_t start = offset < source->size ? offset : source->size;
    while (start > 0 && source->bytes[start - 1] != '\n' && source->bytes[start - 1] != '\r') {
        start--;
    }
    return start;
}

/** The place `offset` bytes into the source, on a line that starts at `start`. */
static hst_place place_on_line(const hst_yaml_source *source, size_t offset, int line, size_t start)
{
    hst_assert(line > 0);
    hst_place place = {.file = source->file, .path = source->path, .line = 0, .column = 0};
    if (source->places) {
        const size_t end = offset < source->size ? offset : source->size;
        hst_assert(start <= end);
        place.line = line;
        place.column = (int)(end - start) + 1;
    }
    return place;
}

/** Whether a line ends with the byte at `at`: LF, or CR without LF. */
static bool ends_line(const hst_yaml_source *source, size_t at)
{
    const char c = source->bytes[at];
    return c == '\n' || (c == '\r' && (at + 1 >= source->size || source->bytes[at + 1] != '\n'));
}

/** The place of an offset when the line must be counted. */
static hst_place place_counted(const hst_yaml_source *source, size_t offset)
{
    int line = 1;
    for (size_t i = 0; i < offset && i < source->size; i++) {
        line += ends_line(source, i) ? 1 : 0;
    }
    return place_on_line(source, offset, line, line_start(source, offset));
}

/** The place of a libfyaml mark; `back` bytes earlier (a quote or an asterisk it leaves out). The
 * start of the last line asked for is kept: a document may be one long line. */
static hst_place place_of_mark(parse *p, const struct fy_mark *mark, size_t back)
{
    hst_assert(mark != NULL);
    const size_t offset = mark->input_pos >= back ? mark->input_pos - back : 0;
    if (p->line != mark->line + 1 || offset < p->line_start) {
        p->line = mark->line + 1;
        p->line_start = line_start(p->source, offset);
    }
    return place_on_line(p->source, offset, p->line, p->line_start);
}

/** The place of libfyaml's line and column, which counts characters, in bytes. What it finds
 * missing at the end may be on a line that the text does not have: then it is the end. */
static hst_place place_of_column(const hst_yaml_source *source, int line, int column)
{
    size_t at = 0;
    for (int i = 1; i < line && at < source->size; at++) {
        i += ends_line(source, at) ? 1 : 0;
    }
    for (int i = 1; i < column && at < source->size && !ends_line(source, at); i++) {
        at++;
        while (at < source->size && ((unsigned char)source->bytes[at] & 0xc0U) == 0x80U) {
            at++;
        }
    }
    return place_counted(source, at);
}

/** The place of what comes behind the last event: past blanks, line ends and comments. */
static hst_place place_of_next(const parse *p)
{
    const char *bytes = p->source->bytes;
    size_t at = p->passed;
    while (at < p->source->size && strchr(" \t\r\n#", bytes[at]) != NULL) {
        if (bytes[at] == '#') {
            while (at < p->source->size && bytes[at] != '\n') {
                at++;
            }
        } else {
            at++;
        }
    }
    return place_counted(p->source, at);
}

/** The place of an event. The parser gives none to an empty text: then it is that of its key, or of
 * what stands where it should be. */
static hst_place place_of_event(parse *p, struct fy_event *event)
{
    const struct fy_mark *mark = fy_event_start_mark(event);
    if (mark != NULL) {
        size_t back = 0;
        if (event->type == FYET_SCALAR) {
            const enum fy_scalar_style style = fy_token_scalar_style(event->scalar.value);
            back = style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED ? 1 : 0;
        }
        return place_of_mark(p, mark, event->type == FYET_ALIAS ? 1 : back);
    }
    if (p->depth > 0) {
        const open_node *top = &p->open[p->depth - 1];
        if (top->key != NULL) {
            return top->key_place;
        }
        if (top->node->child_count == 0) {
            return top->node->place;
        }
    }
    return place_of_next(p);
}

/** The path of the value that comes next, for complaints; of the map, when a key comes next. */
static void next_path(const parse *p, char *out)
{
    out[0] = '\0';
    if (p->depth == 0) {
        return;
    }
    const open_node *top = &p->open[p->depth - 1];
    hst_node_path(top->node, out);
    const size_t used = strlen(out);
    hst_assert(used < HST_NODE_PATH_SIZE);
    if (top->node->kind == HST_NODE_LIST) {
        (void)snprintf(out + used, HST_NODE_PATH_SIZE - used, "[%u]", top->node->child_count);
    } else if (top->key != NULL) {
        char word[HST_PHRASE_SIZE];
        hst_phrase_word(top->key, word);
        (void)snprintf(out + used, HST_NODE_PATH_SIZE - used, "%s%s", used > 0 ? "." : "", word);
        out[used + hst_phrase_unprintable(out + used, strlen(out + used))] = '\0';
    }
}

/** Complain about the value or key that comes next. */
static hst_status refuse_next(const parse *p, hst_place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static hst_status refuse_next(const parse *p, hst_place place, const char *format, ...)
{
    char path[HST_NODE_PATH_SIZE];
    char text[HST_ERROR_TEXT_SIZE];
    next_path(p, path);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return hst_reading_refuse(p->reading, place, path, "%s", text);
}

/** Gather a token's text in buffer[HST_SCENARIO_SCALAR_MAX]; `*size` counts all of it, also what
 * did not fit. By chunks, because libfyaml 0.7.12's fy_token_get_text leaks its buffer for a
 * single-quoted text with '' in it. */
static hst_status
gather(const hst_reading *reading, struct fy_token *token, char *buffer, size_t *size)
{
    *size = 0;
    if (token == NULL) {
        return HST_OK;
    }
    struct fy_token_iter *iterator = fy_token_iter_create(token);
    if (iterator == NULL) {
        return hst_reading_no_memory(reading);
    }
    const struct fy_iter_chunk *chunk = fy_token_iter_chunk_next(iterator, NULL, NULL);
    while (chunk != NULL) {
        if (chunk->len > 0 && *size + chunk->len <= HST_SCENARIO_SCALAR_MAX) {
            memcpy(buffer + *size, chunk->str, chunk->len);
        }
        *size += chunk->len;
        chunk = fy_token_iter_chunk_next(iterator, chunk, NULL);
    }
    fy_token_iter_destroy(iterator);
    return HST_OK;
}

/** Copy an event's text; HST_SCENARIO when it is too long or holds a zero byte. */
static hst_status
scalar_text(const parse *p, struct fy_event *event, hst_place place, const char **text)
{
    char buffer[HST_SCENARIO_SCALAR_MAX];
    size_t size = 0;
    HST_TRY(gather(p->reading, event->scalar.value, buffer, &size));
    if (size > HST_SCENARIO_SCALAR_MAX) {
        return refuse_next(p, place, "text of %zu bytes, at most %d (HST_SCENARIO_SCALAR_MAX)",
                           size, HST_SCENARIO_SCALAR_MAX);
    }
    if (size > 0 && memchr(buffer, '\0', size) != NULL) {
        return refuse_next(p, place, "a zero byte in text");
    }
    return hst_reading_copy(p->reading, buffer, size, text);
}

/** Whether a plain text stands for nothing. */
static bool means_nothing(const char *text)
{
    return text[0] == '\0' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0 ||
           strcmp(text, "Null") == 0 || strcmp(text, "NULL") == 0;
}

/** Take an event as the key of the open map. */
static hst_status take_key(parse *p, struct fy_event *event, hst_place place)
{
    open_node *top = &p->open[p->depth - 1];
    hst_assert(top->node->kind == HST_NODE_MAP);
    hst_assert(top->key == NULL);
    if (event->type != FYET_SCALAR) {
        return refuse_next(p, place,
                           event->type == FYET_SEQUENCE_START ? "expected a key, got a list"
                                                              : "expected a key, got a map");
    }
    const char *key = NULL;
    HST_TRY(scalar_text(p, event, place, &key));
    if (key[0] == '\0') {
        return refuse_next(p, place, "expected a key, got nothing");
    }
    const hst_node *twin = hst_node_find(top->node, key);
    if (twin != NULL) {
        char path[HST_NODE_PATH_SIZE];
        char word[HST_PHRASE_SIZE];
        next_path(p, path);
        hst_phrase_word(key, word);
        if (twin->key_place.line > 0) {
            return hst_reading_refuse(p->reading, place, path,
                                      "duplicate key '%s', first given on line %d", word,
                                      twin->key_place.line);
        }
        return hst_reading_refuse(p->reading, place, path, "duplicate key '%s'", word);
    }
    if (top->node->child_count >= HST_SCENARIO_KEYS_MAX) {
        return refuse_next(p, place, "more than %d keys in one map (HST_SCENARIO_KEYS_MAX)",
                           HST_SCENARIO_KEYS_MAX);
    }
    top->key = key;
    top->key_place = place;
    return HST_OK;
}

/** Take an event as a value: a text, or a list or map that opens. */
static hst_status take_value(parse *p, struct fy_event *event, hst_place place)
{
    hst_node_kind kind = event->type == FYET_MAPPING_START ? HST_NODE_MAP : HST_NODE_LIST;
    const char *text = NULL;
    if (event->type == FYET_SCALAR) {
        HST_TRY(scalar_text(p, event, place, &text));
        const bool plain = fy_token_scalar_style(event->scalar.value) == FYSS_PLAIN;
        kind = plain && means_nothing(text) ? HST_NODE_NOTHING : HST_NODE_SCALAR;
    } else if (p->depth >= HST_SCENARIO_DEPTH_MAX) {
        return refuse_next(p, place, "nested more than %d deep (HST_SCENARIO_DEPTH_MAX)",
                           HST_SCENARIO_DEPTH_MAX);
    }
    hst_node *node = NULL;
    HST_TRY(hst_node_create(p->reading, kind, place, &node));
    node->text = kind == HST_NODE_SCALAR ? text : NULL;
    if (p->depth == 0) {
        hst_assert(p->root == NULL);
        p->root = node;
    } else {
        open_node *top = &p->open[p->depth - 1];
        if (top->key != NULL) {
            node->key = top->key;
            node->key_place = top->key_place;
            top->key = NULL;
        }
        hst_node_append(top->node, node);
    }
    if (kind == HST_NODE_LIST || kind == HST_NODE_MAP) {
        p->open[p->depth] = (open_node){.node = node};
        p->depth++;
    }
    return HST_OK;
}

/** Take the event of a key or value. */
static hst_status take_node(parse *p, struct fy_event *event)
{
    const hst_place place = place_of_event(p, event);
    struct fy_token *anchor = fy_event_get_anchor_token(event);
    if (event->type == FYET_ALIAS || anchor != NULL) {
        const struct fy_mark *mark = anchor != NULL ? fy_token_start_mark(anchor) : NULL;
        return refuse_next(p, mark != NULL ? place_of_mark(p, mark, 1) : place,
                           "anchors and aliases are not supported, use include");
    }
    struct fy_token *tag = fy_event_get_tag_token(event);
    if (tag != NULL) {
        const struct fy_mark *mark = fy_token_start_mark(tag);
        return refuse_next(p, mark != NULL ? place_of_mark(p, mark, 0) : place,
                           "tags are not supported");
    }
    if (p->depth > 0) {
        const open_node *top = &p->open[p->depth - 1];
        if (top->node->kind == HST_NODE_MAP && top->key == NULL) {
            return take_key(p, event, place);
        }
    }
    return take_value(p, event, place);
}

/** Take any event. */
static hst_status take(parse *p, struct fy_event *event)
{
    switch (event->type) {
    case FYET_DOCUMENT_START:
        p->document_count++;
        if (p->document_count > 1) {
            const struct fy_mark *mark = fy_event_start_mark(event);
            const hst_place place =
                mark != NULL ? place_of_mark(p, mark, 0) : place_counted(p->source, 0);
            return hst_reading_refuse(p->reading, place, "", "a second document, expected one");
        }
        return HST_OK;
    case FYET_MAPPING_START:
    case FYET_SEQUENCE_START:
    case FYET_SCALAR:
    case FYET_ALIAS: return take_node(p, event);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        hst_assert(p->depth > 0);
        p->depth--;
        return HST_OK;
    case FYET_STREAM_END: p->ended = true; return HST_OK;
    case FYET_NONE:
    case FYET_STREAM_START:
    case FYET_DOCUMENT_END: return HST_OK;
    }
    return HST_OK;
}

/** Say what libfyaml found wrong first. */
static hst_status refuse_syntax(const parse *p, struct fy_diag *diag)
{
    void *iterator = NULL;
    for (const struct fy_diag_error *found = fy_diag_errors_iterate(diag, &iterator); found != NULL;
         found = fy_diag_errors_iterate(diag, &iterator)) {
        if (found->type == FYET_ERROR && found->msg != NULL) {
            char text[HST_PHRASE_SIZE];
            hst_phrase_word(found->msg, text);
            return hst_reading_refuse(p->reading,
                                      place_of_column(p->source, found->line, found->column), "",
                                      "not YAML: %s", text);
        }
    }
    return hst_reading_refuse(p->reading, place_counted(p->source, 0), "", "not YAML");
}

/** Take all events. */
static hst_status run(parse *p, struct fy_diag *diag)
{
    while (!p->ended) {
        struct fy_event *event = fy_parser_parse(p->parser);
        if (event == NULL) {
            return refuse_syntax(p, diag);
        }
        const hst_status status = take(p, event);
        const struct fy_mark *end = fy_event_end_mark(event);
        if (end != NULL && end->input_pos > p->passed) {
            p->passed = end->input_pos;
        }
        fy_parser_event_free(p->parser, event);
        HST_TRY(status);
    }
    return HST_OK;
}

/** Refuse text that is too large, not UTF-8, or holds characters YAML excludes. */
static hst_status check_text(const hst_reading *reading, const hst_yaml_source *source)
{
    if (source->size > HST_SCENARIO_FILE_BYTES_MAX) {
        return hst_reading_refuse(reading, place_counted(source, 0), "",
                                  "more than %d bytes (HST_SCENARIO_FILE_BYTES_MAX)",
                                  HST_SCENARIO_FILE_BYTES_MAX);
    }
    const size_t bad = hst_phrase_unprintable(source->bytes, source->size);
    if (bad < source->size) {
        return hst_reading_refuse(reading, place_counted(source, bad), "",
                                  "byte 0x%02x: expected printable UTF-8",
                                  (unsigned)(unsigned char)source->bytes[bad]);
    }
    return HST_OK;
}

hst_status hst_yaml_read(hst_reading *reading, const hst_yaml_source *source, hst_node **root)
{
    hst_assert(source->file != NULL);
    hst_assert(source->bytes != NULL || source->size == 0);
    hst_yaml_source text = *source;
    if (text.size >= 3 && memcmp(text.bytes, "\xef\xbb\xbf", 3) == 0) {
        text.bytes += 3; /* a byte-order mark says nothing in UTF-8 */
        text.size -= 3;
    }
    HST_TRY(check_text(reading, &text));
    parse p = {.reading = reading, .source = &text};

    /* Diagnostics are collected, never printed. */
    struct fy_diag_cfg diag_config;
    fy_diag_cfg_default(&diag_config);
    diag_config.fp = NULL;
    diag_config.colorize = false;
    hst_status status = HST_OK;
    struct fy_diag *diag = fy_diag_create(&diag_config);
    if (diag == NULL) {
        return hst_reading_no_memory(reading);
    }
    fy_diag_set_collect_errors(diag, true);
    const struct fy_parse_cfg config = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_JSON_NONE,
                                        .diag = diag};
    p.parser = fy_parser_create(&config);
    if (p.parser == NULL || fy_parser_set_string(p.parser, text.size > 0 ? text.bytes : "\n",
                                                 text.size > 0 ? text.size : 1) != 0) {
        status = hst_reading_no_memory(reading);
    } else {
        status = run(&p, diag);
    }
    if (p.parser != NULL) {
        fy_parser_destroy(p.parser);
    }
    fy_diag_destroy(diag);
    if (status == HST_OK && p.root == NULL) {
        status = hst_node_create(reading, HST_NODE_NOTHING, place_counted(&text, 0), &p.root);
    }
    if (status == HST_OK) {
        hst_assert(p.depth == 0);
        *root = p.root;
    }
    return status;
}
