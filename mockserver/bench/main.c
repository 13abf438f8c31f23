/* mock-bench: what foundry-mock costs, beside a floor that nobody can go below, and by itself. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "figures.h"

static const char HELP[] =
    "mock-bench [--rounds N] [--seconds S] [--only KIND] [--peers FOLDER] [--json FILE]\n\n"
    "Measure foundry-mock beside a bare CivetWeb handler, in interleaved rounds, and by itself; print the medians.\n\n"
    "  --rounds N   rounds of each comparison, 9 when absent\n"
    "  --seconds S  of each turn, 1 when absent\n"
    "  --only KIND  the comparison of small, page, fresh, upload or stored alone\n"
    "  --peers FOLDER\n"
    "               beside the mock servers that are installed there, instead\n"
    "  --json FILE  write the figures as JSON\n\n"
    "mock-bench once KIND S: send small, page, fresh, upload or stored for S seconds, for a profiler\n"
    "mock-bench count KIND N: send N of them to each of both, one after the other, for one that counts\n\n"
    "exit codes: 0 measured, 2 usage, 3 something did not work";

static int usage(const char *what) {
  fprintf(stderr, "mock-bench: %s (try --help)\n", what);
  return 2;
}

int main(int argc, char **argv) {
  static const struct option KNOWN[] = {{"rounds", 1, NULL, 'r'}, {"seconds", 1, NULL, 's'}, {"only", 1, NULL, 'o'}, {"peers", 1, NULL, 'p'}, {"json", 1, NULL, 'j'}, {"help", 0, NULL, 'h'}, {0}};
  int rounds = 9, seconds = 1, letter;
  const char *json = NULL, *only = NULL, *peers = NULL;
  if (argc == 4 && (strcmp(argv[1], "once") == 0 || strcmp(argv[1], "count") == 0)) {
    int number = atoi(argv[3]);
    if (number < 1) return usage("once and count take a number from 1");
    if (argv[1][0] == 'o') figures_once(argv[2], (unsigned)number);
    else figures_count(argv[2], (unsigned)number);
    return 0;
  }
  while ((letter = getopt_long(argc, argv, "", KNOWN, NULL)) != -1) switch (letter) {
    case 'r': rounds = atoi(optarg); break;
    case 's': seconds = atoi(optarg); break;
    case 'o': only = optarg; break;
    case 'p': peers = optarg; break;
    case 'j': json = optarg; break;
    case 'h': puts(HELP); return 0;
    default: return 2;
    }
  if (optind < argc) return usage("an argument too many");
  if (rounds < 1 || rounds > BENCH_ROUNDS_MAX) return usage("--rounds takes a number from 1 to 99");
  if (seconds < 1 || seconds > 60) return usage("--seconds takes a whole number from 1 to 60");
  if (peers) {
    figures_peers(peers, rounds, (unsigned)seconds);
  } else {
    figures_compare(rounds, (unsigned)seconds, only);
    if (!only) figures_alone(rounds);
  }
  if (json) bench_write_json(json);
  return 0;
}
