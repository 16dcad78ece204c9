/** @file sim/cli/cli.h
 * The herstatt command: one table of commands, one table of options for each.
 *
 * stdout carries results, stderr talk. Parsing, -h, --help and docs/reference/command.md come from
 * the same tables. A command is one file and one line in sim/cli/commands.c. Short options (-o for
 * --output) stand once in main.c and mean the same in every command.
 *
 * Exit      0 yes; 1 the answer is no; 2 usage or scenario error; 3 input or output;
 *           130 interrupted.
 * Threads   one, but for what a command starts.
 */
#ifndef HST_SIM_CLI_CLI_H
#define HST_SIM_CLI_CLI_H

#include "core/base/status.h"

#include "sim/base/error.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/** What the process answers. */
typedef enum hst_exit {
    HST_EXIT_YES = 0,   /**< done, and the answer is yes */
    HST_EXIT_NO = 1,    /**< the answer is no: broken invariant, digest differs, regression */
    HST_EXIT_USAGE = 2, /**< usage or scenario error */
    HST_EXIT_IO = 3,    /**< input or output failed, or a file is not what it should be */
    HST_EXIT_INTERRUPTED = 130 /**< stopped by a signal */
} hst_exit;

/** Most values an option may be given. */
enum { HST_OPTION_VALUES_MAX = 64 };

/** One option of a command. */
typedef struct hst_option {
    const char *name;     /**< long name without dashes */
    const char *argument; /**< name of its value in help, or NULL for a switch */
    const char *text;     /**< one line */
} hst_option;

/** What was given for an option. */
typedef struct hst_option_value {
    const char *values[HST_OPTION_VALUES_MAX]; /**< in order */
    size_t count;                              /**< how often it was given */
} hst_option_value;

/** Most options of a command. */
enum { HST_OPTIONS_MAX = 16 };

/** The words after the command's name. */
typedef struct hst_arguments {
    hst_option_value options[HST_OPTIONS_MAX]; /**< by row of the command's table */
    char **operands;                           /**< what is not an option */
    int operand_count;                         /**< how many */
} hst_arguments;

/** One command. */
typedef struct hst_command {
    const char *name;                                /**< "run" */
    const char *operands;                            /**< "SCENARIO" */
    const char *text;                                /**< one line */
    const char *detail;                              /**< a paragraph or two */
    const char *example;                             /**< commands that can be pasted */
    int operand_min;                                 /**< fewest operands */
    int operand_max;                                 /**< most operands */
    const hst_option *options;                       /**< ends with a NULL name */
    hst_exit (*run)(const hst_arguments *arguments); /**< do it */
} hst_command;

/** All commands, ending with a NULL name. */
extern const hst_command hst_commands[];

/** Set by SIGINT and SIGTERM: a signal handler has no other way to speak. */
extern volatile sig_atomic_t hst_interrupted; /* NOLINT(*-avoid-non-const-global-variables) */

/** Last value of an option, or `otherwise`. */
const char *hst_argument(const hst_arguments *arguments, size_t option, const char *otherwise);

/** Whether an option was given. */
bool hst_argument_given(const hst_arguments *arguments, size_t option);

/** A whole number in [min, max] out of an option; complains and returns false when it is none. */
bool hst_argument_number(const hst_arguments *arguments,
                         size_t option,
                         const char *name,
                         long min,
                         long max,
                         long *number);

/** Print an error as "herstatt: ..." (a scenario error as its position alone) and choose the exit.
 */
hst_exit hst_complain(const hst_error *error);

/** The exit that a status asks for, without a word. */
hst_exit hst_exit_of(hst_status status);

/** Say something on stderr, prefixed. */
void hst_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** The reference page of all commands (Markdown). */
void hst_commands_markdown(FILE *stream);

#endif
