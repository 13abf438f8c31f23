/**
 * The command line, as two tables: commands and options. Parser, --help and the messages for bad input
 * are driven by them.
 */
#ifndef CONFORMANCE_OPTIONS_H
#define CONFORMANCE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "judge.h"

enum command { COMMAND_RUN, COMMAND_LIST, COMMAND_REQUIREMENTS, COMMAND_DOCTOR, COMMAND_SCHEMA, COMMAND_REPLAY, COMMANDS };

enum { OPTIONS_LIST_MAX = 64 };

/** Values given for an option that may be repeated. Borrowed from argv. */
struct option_list {
  const char *values[OPTIONS_LIST_MAX];
  size_t count;
};

struct options {
  enum command command;
  bool help, version;
  struct option_list names, tags, requirements; /**< filters: one of each kind that is given */
  struct option_list reports;                   /**< "junit:FILE", "html:FILE", "json:FILE", "console" */
  const char *testee, *api, *channel;
  const char *save_failures; /**< folder of scenarios for the histories that break */
  const char *trace, *scenarios, *catalogue, *expected, *storage, *json_file;
  const char *argument; /**< of schema and replay */
  const char *record;   /**< file that the run is written to */
  enum judge_strictness strictness;
  unsigned threads; /**< 0 = twice the cores, at least 2 */
  unsigned repeat;
  unsigned histories; /**< of each property; 0 = as many as it says */
  unsigned shard, shards; /**< this machine's part, from 1, of so many; 0 of 0: all of it */
  uint64_t seed;          /**< of everything random in the run */
  unsigned port;
  int64_t limit_ms;
  bool keep, quiet, json;
  bool seeded, shuffle, until_fail, fix_expected;
};

enum options_error { OPTIONS_ERR_USAGE = 2 };

/** argv[0] is the program. Fails: OPTIONS_ERR_USAGE with one sentence */
int options_parse(int argc, char *const *argv, struct options *out, struct base_error *err);
void options_help(struct base_buf *out, const struct options *options);

#endif
