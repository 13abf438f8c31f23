#include "judge.h"

#include <stdio.h>

enum { REASON_SIZE = 160 };

bool judge_applies(const struct requirement *requirement, const struct profile *profile, char reason[160]) {
  reason[0] = '\0';
  if (!(requirement->apis >> profile->api & 1))
    snprintf(reason, REASON_SIZE, "not a requirement of the API %s", profile_api_name(profile->api));
  else if (!(requirement->channels >> profile->channel & 1))
    snprintf(reason, REASON_SIZE, "not a requirement of the channel %s",
             profile_channel_name(profile->channel));
  else if (profile->version.major && profile_version_compare(profile->version, requirement->since) < 0)
    snprintf(reason, REASON_SIZE, "since %u.%u, and the port is of %u.%u", requirement->since.major,
             requirement->since.minor, profile->version.major, profile->version.minor);
  return reason[0] == '\0';
}

/* The letter under which the port's own channel or API was observed. */
static unsigned own_basis(const struct profile *profile) {
  static const unsigned BY_CHANNEL[PROFILE_CHANNELS] = {
      [PROFILE_IOS] = BASIS_IOS, [PROFILE_WINDOWS] = BASIS_WINDOWS, [PROFILE_WEB] = BASIS_WEB};
  return BASIS_DOCUMENTED | BY_CHANNEL[profile->channel] | (profile->api == PROFILE_JS ? BASIS_JS : 0);
}

/* Why the basis does not count, or NULL when it does. */
static const char *weak_basis(unsigned basis, const struct profile *profile,
                              enum judge_strictness strictness) {
  if (basis & own_basis(profile)) return NULL;
  if (!(basis & BASIS_OURS)) return "observed in other clients only";
  return strictness == JUDGE_STRICT_ALL ? NULL : "its basis is our own decision; --strict=all counts it";
}

static const char *weak_level(enum requirement_level level, enum judge_strictness strictness) {
  if (level == LEVEL_MAY) return "a MAY binds nobody";
  return level == LEVEL_SHOULD && strictness == JUDGE_NORMAL ? "a SHOULD; --strict counts it" : NULL;
}

struct judge_verdict judge_broken(struct requirement_ref ref, const struct profile *profile,
                                  enum judge_strictness strictness) {
  struct judge_verdict verdict = {.weight = JUDGE_FAILS};
  if (!judge_applies(ref.requirement, profile, verdict.reason)) {
    verdict.weight = JUDGE_DOES_NOT_APPLY;
    return verdict;
  }
  const char *level = weak_level(ref.rule->level, strictness);
  const char *basis = weak_basis(ref.rule->basis, profile, strictness);
  if (!level && !basis) return verdict;
  verdict.weight = JUDGE_WARNS;
  snprintf(verdict.reason, sizeof verdict.reason, "only a warning: %s%s%s", level ? level : "",
           level && basis ? "; " : "", basis ? basis : "");
  return verdict;
}
