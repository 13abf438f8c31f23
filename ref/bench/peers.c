#include "bench.h"
#include "sections.h"

void bench_peers(const struct bench_settings *settings) {
  if (!settings->peers) bench_give_up("--peers names no folder");
}
