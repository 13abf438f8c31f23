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

/* Why it does not count, and what would make it count (NULL: nothing would). */
struct weakness {
  const char *why, *option;
};

static struct weakness weak_basis(unsigned basis, const struct profile *profile,
                                  enum judge_strictness strictness) {
  if (basis & own_basis(profile)) return (struct weakness){0};
  if (!(basis & BASIS_OURS)) return (struct weakness){"observed in other clients only", NULL};
  return strictness == JUDGE_STRICT_ALL ? (struct weakness){0}
                                        : (struct weakness){"our own decision", "--strict=all"};
}

static struct weakness weak_level(enum requirement_level level, enum judge_strictness strictness) {
  if (level == LEVEL_MAY) return (struct weakness){"a MAY, which binds nobody", NULL};
  return level == LEVEL_SHOULD && strictness == JUDGE_NORMAL ? (struct weakness){"a SHOULD", "--strict"}
                                                             : (struct weakness){0};
}

/* The option that lifts all that is weak in it, if there is one: the basis asks for more than the level. */
static const char *option_for(struct weakness level, struct weakness basis) {
  if ((level.why && !level.option) || (basis.why && !basis.option)) return NULL;
  return basis.why ? basis.option : level.option;
}

struct judge_verdict judge_broken(struct requirement_ref ref, const struct profile *profile,
                                  enum judge_strictness strictness) {
  struct judge_verdict verdict = {.weight = JUDGE_FAILS};
  if (!judge_applies(ref.requirement, profile, verdict.reason)) {
    verdict.weight = JUDGE_DOES_NOT_APPLY;
    return verdict;
  }
  struct weakness level = weak_level(ref.rule->level, strictness),
                  basis = weak_basis(ref.rule->basis, profile, strictness);
  if (!level.why && !basis.why) return verdict;
  const char *option = option_for(level, basis);
  verdict.weight = JUDGE_WARNS;
  snprintf(verdict.reason, sizeof verdict.reason, "only a warning: %s%s%s%s%s", level.why ? level.why : "",
           level.why && basis.why ? ", and " : "", basis.why ? basis.why : "",
           option ? "; counted with " : "", option ? option : "");
  return verdict;
}
