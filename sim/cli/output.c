#include "sim/cli/output.h"

#include <stdio.h>
#include <string.h>

bool hst_may_replace(const char *path)
{
    static const char seal[] = "herstatt result";
    char head[sizeof seal] = "";
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return true;
    }
    const size_t size = fread(head, 1, sizeof seal - 1, file);
    (void)fclose(file);
    return size == sizeof seal - 1 && memcmp(head, seal, size) == 0;
}

void hst_add_word(char *line, size_t size, const char *word)
{
    const bool plain = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                    "_-./=:,%+@") == strlen(word);
    const size_t used = strlen(line);
    (void)snprintf(line + used, size - used, plain ? " %s" : " '%s'", word);
}

void hst_tell_command(const hst_arguments *arguments,
                      const char *command,
                      const hst_option *options,
                      int output_option,
                      const char *output,
                      char *line,
                      size_t size)
{
    (void)snprintf(line, size, "herstatt %s", command);
    for (int i = 0; i < arguments->operand_count; i++) {
        hst_add_word(line, size, arguments->operands[i]);
    }
    for (int option = 0; option < output_option; option++) {
        const hst_option_value *given = &arguments->options[option];
        char word[64];
        (void)snprintf(word, sizeof word, "--%s", options[option].name);
        for (size_t v = 0; v < given->count; v++) {
            hst_add_word(line, size, word);
            if (options[option].argument != NULL) {
                hst_add_word(line, size, given->values[v]);
            }
        }
    }
    hst_add_word(line, size, "--output");
    hst_add_word(line, size, output);
}
