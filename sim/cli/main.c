#include "core/base/assert.h"

#include "sim/cli/cli.h"
#include "sim/cli/launch.h"
#include "sim/run/day.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gsl/gsl_errno.h>

/* The only variable that is not on a stack: a signal handler has no other way to speak. */
volatile sig_atomic_t hst_interrupted; /* NOLINT(*-avoid-non-const-global-variables) */

static void on_signal(int number)
{
    (void)number;
    hst_interrupted = 1;
}

_Noreturn void hst_assert_failed(const char *condition, const char *file, int line)
{
    (void)fprintf(stderr, "herstatt: this is a bug: %s does not hold at %s:%d\n", condition, file,
                  line);
    abort();
}

void hst_say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)fputs("herstatt: ", stderr);
    (void)vfprintf(stderr, format, arguments);
    (void)fputc('\n', stderr);
    va_end(arguments);
}

hst_exit hst_complain(const hst_error *error)
{
    char text[HST_ERROR_PRINT_SIZE];
    (void)hst_error_print(error, text, sizeof text);
    if (error->file[0] != '\0') {
        (void)fprintf(stderr, "%s\n", text);
    } else {
        hst_say("%s", text);
    }
    return hst_exit_of(error->status);
}

hst_exit hst_exit_of(hst_status status)
{
    switch (status) {
    case HST_OK: return HST_EXIT_YES;
    case HST_MISMATCH: return HST_EXIT_NO;
    case HST_INTERRUPTED: return HST_EXIT_INTERRUPTED;
    case HST_IO:
    case HST_CORRUPT:
    case HST_TRUNCATED:
    case HST_UNSUPPORTED:
    case HST_NO_MEMORY: return HST_EXIT_IO;
    case HST_INVALID:
    case HST_OVERFLOW:
    case HST_FULL:
    case HST_NOT_FOUND:
    case HST_EXISTS:
    case HST_NO_PATH:
    case HST_SCENARIO:
    case HST_REFUSED: return HST_EXIT_USAGE;
    }
    return HST_EXIT_USAGE;
}

const char *hst_argument(const hst_arguments *arguments, size_t option, const char *otherwise)
{
    const hst_option_value *value = &arguments->options[option];
    return value->count > 0 ? value->values[value->count - 1] : otherwise;
}

bool hst_argument_given(const hst_arguments *arguments, size_t option)
{
    return arguments->options[option].count > 0;
}

bool hst_argument_number(const hst_arguments *arguments,
                         size_t option,
                         const char *name,
                         long min,
                         long max,
                         long *number)
{
    const char *text = hst_argument(arguments, option, NULL);
    if (text == NULL) {
        return true;
    }
    char *end = NULL;
    errno = 0;
    const long value = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < min || value > max) {
        hst_say("--%s: expected a whole number in [%ld, %ld], got \"%s\"", name, min, max, text);
        return false;
    }
    *number = value;
    return true;
}

/* Short forms: a letter means the same in every command that has the option. */
static const struct {
    const char *name;
    char letter;
} short_forms[] = {{"output", 'o'}};

/* Letter of an option's short form, or a zero. */
static char short_form(const char *name)
{
    for (size_t i = 0; i < sizeof short_forms / sizeof short_forms[0]; i++) {
        if (strcmp(short_forms[i].name, name) == 0) {
            return short_forms[i].letter;
        }
    }
    return '\0';
}

static size_t option_count(const hst_command *command)
{
    size_t count = 0;
    while (command->options[count].name != NULL) {
        count++;
    }
    hst_assert(count <= HST_OPTIONS_MAX);
    return count;
}

static void print_options(FILE *stream, const hst_command *command)
{
    for (const hst_option *o = command->options; o->name != NULL; o++) {
        char left[40];
        const char letter[] = {'-', short_form(o->name), ',', ' ', '\0'};
        (void)snprintf(left, sizeof left, "%s--%s%s%s", letter[1] != '\0' ? letter : "", o->name,
                       o->argument != NULL ? " " : "", o->argument != NULL ? o->argument : "");
        (void)fprintf(stream, "  %-22s %s\n", left, o->text);
    }
    (void)fprintf(stream, "  %-22s %s\n", "-h, --help", "this help; --help is longer");
}

static void print_command_help(const hst_command *command, bool whole)
{
    (void)printf("usage: herstatt %s [options]%s%s\n%s\n", command->name,
                 command->operands[0] != '\0' ? " " : "", command->operands, command->text);
    if (whole) {
        (void)printf("\n%s\n\n%s\n", command->example, command->detail);
    }
    (void)putchar('\n');
    print_options(stdout, command);
}

static void print_help(FILE *stream)
{
    (void)fprintf(stream,
                  "usage: herstatt COMMAND [options]\n"
                  "Cross-border settlement simulator and benchmark suite, %s\n\n",
                  hst_version());
    for (const hst_command *c = hst_commands; c->name != NULL; c++) {
        (void)fprintf(stream, "  %-10s %s\n", c->name, c->text);
    }
    (void)fprintf(stream, "\n`herstatt COMMAND --help` says more. Begin with: herstatt run "
                          "scenarios/default.yaml\n");
}

void hst_commands_markdown(FILE *stream)
{
    (void)fprintf(
        stream, "# Command reference\n\n"
                "Generated from the option tables in `sim/cli` by `herstatt help --markdown`; a "
                "test compares.\n\n"
                "stdout carries results, stderr talk. Exit status: 0 yes; 1 the answer is no "
                "(invariant broken,\nfile does not verify); 2 usage or scenario error; 3 input or "
                "output; 130 interrupted.\n");
    for (const hst_command *c = hst_commands; c->name != NULL; c++) {
        (void)fprintf(stream, "\n## herstatt %s%s%s\n\n%s\n\n```sh\n%s\n```\n\n%s\n\n", c->name,
                      c->operands[0] != '\0' ? " " : "", c->operands, c->text, c->example,
                      c->detail);
        (void)fprintf(stream, "| option | what it does |\n|---|---|\n");
        for (const hst_option *o = c->options; o->name != NULL; o++) {
            const char letter[] = {'`', '-', short_form(o->name), '`', ',', ' ', '\0'};
            (void)fprintf(stream, "| %s`--%s%s%s` | %s |\n", letter[2] != '\0' ? letter : "",
                          o->name, o->argument != NULL ? " " : "",
                          o->argument != NULL ? o->argument : "", o->text);
        }
        (void)fprintf(stream, "| `-h`, `--help` | help |\n");
    }
}

/* getopt_long over the command's own table. */
static int parse(const hst_command *command, int argc, char **argv, hst_arguments *arguments)
{
    struct option table[HST_OPTIONS_MAX + 2];
    char letters[2 * HST_OPTIONS_MAX + 2] = "h";
    size_t of_letter[UCHAR_MAX + 1] = {0};
    const size_t count = option_count(command);
    memset(table, 0, sizeof table);
    for (size_t i = 0; i < count; i++) {
        table[i] = (struct option){
            .name = command->options[i].name,
            .has_arg = command->options[i].argument != NULL ? required_argument : no_argument,
            .val = 256 + (int)i};
        const char letter = short_form(command->options[i].name);
        if (letter != '\0') {
            const size_t used = strlen(letters);
            (void)snprintf(letters + used, sizeof letters - used, "%c%s", letter,
                           command->options[i].argument != NULL ? ":" : "");
            of_letter[(unsigned char)letter] = 256 + i;
        }
    }
    table[count] = (struct option){.name = "help", .has_arg = no_argument, .val = 'H'};
    optind = 1;
    for (;;) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
        int found = getopt_long(argc, argv, letters, table, NULL);
        if (found == -1) {
            break;
        }
        if (found == 'h' || found == 'H') {
            print_command_help(command, found == 'H');
            return HST_EXIT_YES;
        }
        if (found < 256 && of_letter[found] != 0) {
            found = (int)of_letter[found];
        }
        if (found < 256) {
            (void)fprintf(stderr, "try: herstatt %s --help\n", command->name);
            return HST_EXIT_USAGE;
        }
        hst_option_value *value = &arguments->options[found - 256];
        if (value->count == HST_OPTION_VALUES_MAX) {
            hst_say("--%s: given more than %d times", command->options[found - 256].name,
                    HST_OPTION_VALUES_MAX);
            return HST_EXIT_USAGE;
        }
        value->values[value->count++] = optarg;
    }
    arguments->operands = argv + optind;
    arguments->operand_count = argc - optind;
    if (arguments->operand_count < command->operand_min ||
        arguments->operand_count > command->operand_max) {
        hst_say("%s: expected %s, got %d argument%s", command->name,
                command->operands[0] != '\0' ? command->operands : "no argument",
                arguments->operand_count, arguments->operand_count == 1 ? "" : "s");
        (void)fprintf(stderr, "try: herstatt %s --help\n", command->name);
        return HST_EXIT_USAGE;
    }
    return -1;
}

static int dispatch(int argc, char **argv)
{
    const char *name = argv[1];
    for (const hst_command *c = hst_commands; c->name != NULL; c++) {
        if (strcmp(c->name, name) == 0) {
            hst_arguments arguments;
            memset(&arguments, 0, sizeof arguments);
            const int stop = parse(c, argc - 1, argv + 1, &arguments);
            return stop >= 0 ? stop : (int)c->run(&arguments);
        }
    }
    if (strcmp(name, "--version") == 0) {
        (void)printf("herstatt %s\n", hst_version());
        return HST_EXIT_YES;
    }
    if (strcmp(name, "-h") == 0 || strcmp(name, "--help") == 0) {
        print_help(stdout);
        return HST_EXIT_YES;
    }
    hst_say("no command \"%s\"", name);
    print_help(stderr);
    return HST_EXIT_USAGE;
}

int main(int argc, char **argv)
{
    (void)gsl_set_error_handler_off();
    const struct sigaction action = {.sa_handler = on_signal};
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    /* A file that grows too large is an error of that write, not the end of the process. */
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGXFSZ, &ignore, NULL);
    if (argc < 2) {
        print_help(stderr);
        return HST_EXIT_USAGE;
    }
    /* Only a sweep is shared among processes. */
    if (strcmp(argv[1], "sweep") == 0) {
        hst_launch(argv);
    }
    const int answer = dispatch(argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
        hst_say("standard output: %s", strerror(errno));
        return HST_EXIT_IO;
    }
    return answer;
}
