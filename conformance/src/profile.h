/**
 * Who is judged: an API on a channel at a version, and what it says it can do.
 *
 * Two tables, and nothing else: the words of the profile, and the capabilities with the channels whose
 * documentation promises them. A set of capabilities is a bit mask over the rows of that table.
 */
#ifndef CONFORMANCE_PROFILE_H
#define CONFORMANCE_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum profile_api { PROFILE_JS, PROFILE_JAVA, PROFILE_OBJC, PROFILE_APIS };
enum profile_channel {
  PROFILE_ANDROID,
  PROFILE_IOS,
  PROFILE_WINDOWS,
  PROFILE_WEB,
  PROFILE_CHANNELS
};

struct profile_version {
  unsigned major, minor; /**< 0.0 = not given */
};

struct profile {
  enum profile_api api;
  enum profile_channel channel;
  struct profile_version version;
  uint32_t capabilities; /**< bit i: capability row i is claimed */
};

const char *profile_api_name(enum profile_api api);
const char *profile_channel_name(enum profile_channel channel);
bool profile_api_find(const char *name, enum profile_api *out);
bool profile_channel_find(const char *name, enum profile_channel *out);

/** "9.5" or "9.5.1". */
bool profile_version_read(const char *text, struct profile_version *out);
/** Negative, 0, positive. */
int profile_version_compare(struct profile_version a, struct profile_version b);

/** Is `later` what `first` is? If not, `difference` says in what, as a sentence. */
bool profile_same(const struct profile *first, const struct profile *later, char difference[160]);

struct capability {
  const char *name;
  unsigned promised;   /**< bit per channel whose documentation promises it */
  const char *methods; /**< protocol calls that belong to it, blanks around each; "" = none */
  const char *help;
};

size_t capability_count(void);
const struct capability *capability_row(size_t i);
/** Row of `name`, or -1. */
int capability_find(const char *name);
bool capability_claimed(const struct profile *profile, const char *name);
/** The capability without which `method` may be missing, or NULL: every port has it. */
const struct capability *capability_of_method(const char *method);
/** Promised by the documentation of the profile's channel. */
bool capability_promised(const struct profile *profile, size_t i);

#endif
