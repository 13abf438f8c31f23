/* mock-bench: what foundry-mock costs, beside a floor that nobody can go below, and by itself. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "figures.h"

static const char HELP[] =
    "mock-bench [--rounds N] [--seconds S] [--peers FOLDER] [--json FILE]\n\n"
    "Measure foundry-mock beside a bare CivetWeb handler, in interleaved rounds, and by itself; print the medians.\n\n"
    "  --rounds N   rounds of each comparison, 9 when absent\n"
    "  --seconds S  of each turn, 0.3 when absent\n"
    "  --peers FOLDER\n"
    "               beside the mock servers that are installed there, instead\n"
    "  --json FILE  write the figures as JSON\n\n"
    "mock-bench once small|page|fresh|upload S: send that for S seconds, for a profiler\n\n"
    "exit codes: 0 measured, 2 usage, 3 something did not work";

static int usage(const char *what) {
  fprintf(stderr, "mock-bench: %s (try --help)\n", what);
  return 2;
}

int main(int argc, char **argv) {
  static const struct option KNOWN[] = {{"rounds", 1, NULL, 'r'}, {"seconds", 1, NULL, 's'}, {"peers", 1, NULL, 'p'}, {"json", 1, NULL, 'j'}, {"help", 0, NULL, 'h'}, {0}};
  int rounds = 9, letter;
  double seconds = 0.3;
  const char *json = NULL, *peers = NULL;
  if (argc == 4 && strcmp(argv[1], "once") == 0) {
    figures_once(argv[2], strtod(argv[3], NULL));
    return 0;
  }
  while ((letter = getopt_long(argc, argv, "", KNOWN, NULL)) != -1) switch (letter) {
    case 'r': rounds = atoi(optarg); break;
    case 's': seconds = strtod(optarg, NULL); break;
    case 'p': peers = optarg; break;
    case 'j': json = optarg; break;
    case 'h': puts(HELP); return 0;
    default: return 2;
    }
  if (optind < argc) return usage("an argument too many");
  if (rounds < 1 || rounds > BENCH_ROUNDS_MAX) return usage("--rounds takes a number from 1 to 99");
  if (!(seconds >= 0.01 && seconds <= 60)) return usage("--seconds takes a number from 0.01 to 60");
  if (peers) {
    figures_peers(peers, rounds, seconds);
  } else {
    figures_compare(rounds, seconds);
    figures_alone(rounds);
  }
  if (json) bench_write_json(json);
  return 0;
}
