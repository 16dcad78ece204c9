#include "sim/bench/machine.h"

#include "core/base/assert.h"

#include "sim/bench/counter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/** First line of a file that begins like `start`, from its ": " on if it has one; or "". */
static void read_line(const char *path, const char *start, char *out, size_t size)
{
    char line[512];
    FILE *file = fopen(path, "r");
    out[0] = '\0';
    while (file != NULL && out[0] == '\0' && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, start, strlen(start)) == 0) {
            const char *colon = strstr(line, ": ");
            line[strcspn(line, "\n")] = '\0';
            (void)snprintf(out, size, "%.*s", (int)size - 1, colon != NULL ? colon + 2 : line);
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
}

void hst_bench_machine_read(hst_bench_machine *machine)
{
    struct utsname info;
    hst_assert(machine != NULL);
    memset(machine, 0, sizeof *machine);
    if (uname(&info) >= 0) {
        (void)snprintf(machine->system, sizeof machine->system, "%.24s %.40s %.24s", info.sysname,
                       info.release, info.machine);
    }
    read_line("/proc/cpuinfo", "model name", machine->processor, sizeof machine->processor);
    read_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "", machine->governor,
              sizeof machine->governor);
    machine->processors = sysconf(_SC_NPROCESSORS_ONLN);
    machine->compiler = HST_BENCH_COMPILER;
    machine->flags = HST_BENCH_FLAGS;
    const int counter = hst_bench_counter_open();
    machine->counts_instructions = counter > 0;
    hst_bench_counter_close(counter);
    if (getloadavg(&machine->load, 1) != 1) {
        machine->load = -1;
    }
}
