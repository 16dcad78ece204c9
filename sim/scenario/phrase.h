/** @file sim/scenario/phrase.h
 * Words for complaints: what was found, made safe to print, and what may have been meant.
 *
 * Errors    none: anything can be printed.
 * Threads   pure functions.
 */
#ifndef HST_SIM_SCENARIO_PHRASE_H
#define HST_SIM_SCENARIO_PHRASE_H

#include <stdbool.h>
#include <stddef.h>

/** Bytes that hold any phrase, NUL included. */
enum { HST_PHRASE_SIZE = 96 };

/** Write text in double quotes, cut after some 60 bytes, unprintable bytes as \xNN, and a NUL. */
void hst_phrase_quote(const char *text, char *out);

/** The same without quotes. */
void hst_phrase_word(const char *text, char *out);

/** Edits that turn one word into another: characters added, dropped, changed, or two neighbours
 * swapped; more than `limit` counts as limit + 1. Words longer than 64 bytes are far from all. */
size_t hst_phrase_distance(const char *a, const char *b, size_t limit);

/** Edits a slip of the hand may make in a word of this length: one, or a third of it. */
size_t hst_phrase_slip(const char *word);

/** Where text[size] stops being printable UTF-8, or `size`. Tabs and line ends are printable here;
 * other control characters, surrogates and characters YAML excludes are not. */
size_t hst_phrase_unprintable(const char *text, size_t size);

/** Whether text is one line of printable UTF-8: no control characters, no line or paragraph
 * separators. */
bool hst_phrase_is_line(const char *text);

#endif
