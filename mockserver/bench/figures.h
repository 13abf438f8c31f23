/** What mock-bench measures. */
#ifndef MOCK_BENCH_FIGURES_H
#define MOCK_BENCH_FIGURES_H

/** Requests beside a bare handler, `rounds` times in turns of `seconds`. */
void figures_compare(int rounds, double seconds);
/** Cold start, memory and stop, `rounds` times; many worlds at once. */
void figures_alone(int rounds);
/** For a profiler: one kind of request ("small", "page", "fresh", "upload") for `seconds`. */
void figures_once(const char *kind, double seconds);

#endif
