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
