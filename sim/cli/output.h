/** @file sim/cli/output.h
 * What commands that write result files share.
 */
#ifndef HST_SIM_CLI_OUTPUT_H
#define HST_SIM_CLI_OUTPUT_H

#include "sim/cli/cli.h"

#include <stdbool.h>
#include <stddef.h>

/** Whether a result may be written there: a file that exists must be one of ours before it is
 * replaced. */
bool hst_may_replace(const char *path);

/** The command line again, so that a result says what wrote it: the operands, the options before
 * `output_option`, and that one with `output`. */
void hst_tell_command(const hst_arguments *arguments,
                      const char *command,
                      const hst_option *options,
                      int output_option,
                      const char *output,
                      char *line,
                      size_t size);

/** Append a word to a command line, quoted where a shell needs it. */
void hst_add_word(char *line, size_t size, const char *word);

#endif
