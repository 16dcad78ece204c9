/** @file sim/base/os_memory.h
 * The operating system's memory behind core's hst_memory: the one place that asks for it.
 *
 * Blocks are zeroed and 64-byte aligned. Large blocks come from mmap with a hint for huge pages
 * (about 10 % of event rate at 10^7 pending events); small ones from the C library.
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
