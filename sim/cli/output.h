/** @file sim/cli/output.h
 * What commands that write result files share.
 */
#ifndef HST_SIM_CLI_OUTPUT_H
#define HST_SIM_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

/** Whether a result may be written there: a file that exists must be one of ours before it is
 * replaced. */
bool hst_may_replace(const char *path);

/** Append a word to a command line, quoted where a shell needs it. */
void hst_add_word(char *line, size_t size, const char *word);

#endif
