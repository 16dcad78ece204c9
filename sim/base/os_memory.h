/** @file sim/base/os_memory.h
 * The operating system's memory behind core's hst_memory: the one place that asks for it.
 *
 * Blocks are zeroed and 64-byte aligned. Large blocks (4 MiB on) are mappings of their own with a
 * hint for huge pages (about 10 % of event rate at 10^7 pending events). Smaller ones are cut from
 * 32 MiB regions with the same hint, by size class, and given back to their class: a first touch
 * of a small page costs more than most of what a ledger does with it (a default day spent an eighth
 * of its time in page faults). Regions stay with the process; under the address sanitizer blocks
 * come from the C library instead, so that it watches every one.
 *
 * Errors    acquire returns NULL when the system has none.
 * Threads   safe from any thread.
 */
#ifndef HST_SIM_BASE_OS_MEMORY_H
#define HST_SIM_BASE_OS_MEMORY_H

#include "core/base/arena.h"

#include <stddef.h>

/** The process's memory; valid for ever. */
hst_memory hst_os_memory(void);

/** Most bytes of memory the process has occupied so far (maximum resident set). */
size_t hst_os_memory_peak_bytes(void);

#endif
