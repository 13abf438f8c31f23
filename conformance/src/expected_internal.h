/** What reading (expected_read.c) and judging (expected.c) known deviations share. */
#ifndef CONFORMANCE_EXPECTED_INTERNAL_H
#define CONFORMANCE_EXPECTED_INTERNAL_H

#include "expected.h"

enum expected_kind { EXPECTED_SCENARIO, EXPECTED_CHECK, EXPECTED_RULE, EXPECTED_KINDS };

/** One entry; texts are NULL where the file gives none. */
struct expected_entry {
  enum expected_kind kind;
  char *name; /**< a glob of scenarios, or a requirement's id */
  char *check, *message, *port, *version, *reason, *link, *expires;
  size_t line, last_line; /**< where it stands, from 1: its head and its last member */
  bool counts;            /**< for this port, and its day has not passed */
  bool expired;           /**< it would count, but for its day */
  bool met, ran;          /**< its failure came; a scenario of its ran to a verdict */
};

struct expected {
  char **lines; /**< of the file, without their ends */
  size_t line_count;
  struct expected_entry *entries;
  size_t count;
  struct cJSON *unlisted; /**< {scenario, check, message} of failures that no entry lists */
};

const char *expected_kind_name(enum expected_kind kind);
/** "1.9" and "1.10" compared number by number: below, at or above 0. */
int expected_compare_versions(const char *a, const char *b);

#endif
