/*
 * What the engine costs beside the floor that nobody can go below, and beside its peers. Absolute figures
 * move with the hour: whatever is compared runs in the same rounds, and the median of the ratios counts.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "sections.h"
#include "server.h"

static const char help[] =
    "vmx-bench [SECTION...] [--rounds N] [--records N] [--many N] [--edits N] [--peer-records N]\n"
    "          [--peers FOLDER] [--json FILE]\n\n"
    "Measure, in interleaved rounds, and print the medians. Sections: engine (when none is named), peers.\n\n"
    "  --rounds N        rounds of each comparison, 9 when absent\n"
    "  --records N       records of a download, 100000 when absent\n"
    "  --many N          records of the memory measurement, 1000000 when absent\n"
    "  --edits N         records of an upload, 5000 when absent\n"
    "  --peer-records N  records that each peer pulls and pushes, 20000 when absent\n"
    "  --peers FOLDER    where the peers are installed\n"
    "  --json FILE       write the figures as JSON\n\n"
    "vmx-bench once download|upload|upsert N: run that once over N records, for a profiler\n\n"
    "exit codes: 0 measured, 2 usage, 3 something did not work";

static int64_t number(const char *text, int64_t max) {
  char *end;
  int64_t value = strtoll(text, &end, 10);
  if (*end || value < 1 || value > max) {
    fprintf(stderr, "vmx-bench: \"%s\" is no number from 1 to %" PRId64 "\n", text, max);
    exit(2);
  }
  return value;
}

static void read_options(int argc, char **argv, struct bench_settings *out, const char **json) {
  static const struct option known[] = {{"rounds", 1, NULL, 'r'}, {"records", 1, NULL, 'n'},      {"many", 1, NULL, 'm'},
                                        {"edits", 1, NULL, 'e'},  {"peer-records", 1, NULL, 'p'}, {"peers", 1, NULL, 'f'},
                                        {"json", 1, NULL, 'j'},   {"help", 0, NULL, 'h'},         {0}};
  int letter;
  while ((letter = getopt_long(argc, argv, "", known, NULL)) != -1) switch (letter) {
    case 'r': out->rounds = (int)number(optarg, BENCH_ROUNDS_MAX); break;
    case 'n': out->records = number(optarg, 10000000); break;
    case 'm': out->many = number(optarg, 10000000); break;
    case 'e': out->edits = number(optarg, 1000000); break;
    case 'p': out->peer_records = number(optarg, 100000); break;
    case 'f': out->peers = optarg; break;
    case 'j': *json = optarg; break;
    case 'h': puts(help); exit(0);
    default: exit(2);
    }
}

static const struct section {
  const char *name;
  void (*run)(const struct bench_settings *settings);
} sections[] = {{"engine", bench_engine}, {"peers", bench_peers}};

static const struct section *find_section(const char *name) {
  for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
    if (strcmp(sections[i].name, name) == 0) return &sections[i];
  fprintf(stderr, "vmx-bench: there is no section \"%s\" (try --help)\n", name);
  exit(2);
}

/* What the program is when another process of it starts it: see bench_start(), and ./instructions. */
static void be_started(int argc, char **argv) {
  if (argc == 6 && strcmp(argv[1], "serve") == 0) {
    const struct bench_load load = {(unsigned)atoi(argv[2]), atoll(argv[3]), (unsigned)atoi(argv[4]), atoi(argv[5]) != 0};
    bench_serve(&load);
  }
  if (argc == 3 && strcmp(argv[1], "watch") == 0) {
    bench_watch((unsigned)number(argv[2], 65535));
    exit(0);
  }
  if (argc == 4 && strcmp(argv[1], "once") == 0) {
    bench_once(argv[2], number(argv[3], 10000000));
    exit(0);
  }
}

int main(int argc, char **argv) {
  struct bench_settings settings = {
      .rounds = 9, .records = 100000, .many = 1000000, .edits = 5000, .peer_records = 20000};
  const char *json = NULL;
  be_started(argc, argv);
  read_options(argc, argv, &settings, &json);
  for (int i = optind; i < argc; i++) find_section(argv[i]);
  printf("medians of %d interleaved rounds\n", settings.rounds);
  if (optind == argc) bench_engine(&settings);
  for (int i = optind; i < argc; i++) find_section(argv[i])->run(&settings);
  if (json) bench_write_json(json);
  return 0;
}
