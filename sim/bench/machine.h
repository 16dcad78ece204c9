/** @file sim/bench/machine.h
 * What a figure was measured on: speeds mean little without it.
 *
 * Units     none; texts are empty and numbers negative where the system does not tell.
 * Errors    none.
 * Threads   any.
 */
#ifndef HST_SIM_BENCH_MACHINE_H
#define HST_SIM_BENCH_MACHINE_H

#include <stdbool.h>

/** The machine and the build. */
typedef struct hst_bench_machine {
    char system[96];          /**< kernel: name, release, architecture */
    char processor[96];       /**< model */
    long processors;          /**< cores that are online */
    char governor[32];        /**< how the clock rate is chosen */
    const char *compiler;     /**< with its version */
    const char *flags;        /**< of the build, beyond those every build has */
    bool counts_instructions; /**< whether the processor's counter may be read */
    double load;              /**< processes that wanted to run in the last minute */
} hst_bench_machine;

/** Look around. */
void hst_bench_machine_read(hst_bench_machine *machine);

#endif
