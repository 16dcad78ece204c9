/** @file sim/bench/counter.h
 * The processor's count of retired instructions, where the machine offers it.
 *
 * Instructions are a steadier measure than time: a neighbour on the machine changes how long they
 * take, hardly how many there are. Virtual machines often hide the counter, containers often forbid
 * it; then there is none, and nothing else changes.
 *
 * Units     instructions in user mode of the calling thread.
 * Errors    none: no counter is an answer.
 * Threads   a counter belongs to the thread that opened it.
 * Cost      one system call a reading.
 * Source    perf_event_open(2).
 */
#ifndef HST_SIM_BENCH_COUNTER_H
#define HST_SIM_BENCH_COUNTER_H

/** Start counting; a descriptor above 0, or -1 where instructions cannot be counted. */
int hst_bench_counter_open(void);

/** Instructions since it was opened; negative when it cannot be read. */
double hst_bench_counter_read(int counter);

/** Stop counting; -1 is allowed. */
void hst_bench_counter_close(int counter);

#endif
