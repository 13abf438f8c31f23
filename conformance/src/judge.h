/**
 * The verdict on a broken rule: pure, from the rule, the port's profile and how strict the run is.
 *
 * a port fails on a MUST whose basis is documented, or observed in its own channel. Everything else
 * warns, with the reason. --strict counts SHOULD too, --strict=all what is ours (X) as well. What was
 * observed in another channel alone never fails, and a MAY never does.
 */
#ifndef CONFORMANCE_JUDGE_H
#define CONFORMANCE_JUDGE_H

#include <stdbool.h>

#include "catalogue.h"
#include "profile.h"

enum judge_strictness { JUDGE_NORMAL, JUDGE_STRICT, JUDGE_STRICT_ALL };

enum judge_weight {
  JUDGE_FAILS,
  JUDGE_WARNS,
  JUDGE_DOES_NOT_APPLY /**< the requirement is not of this profile or version */
};

struct judge_verdict {
  enum judge_weight weight;
  char reason[160]; /**< why it only warns or does not apply; "" when it fails */
};

/** What it means that `ref` is broken. */
struct judge_verdict judge_broken(struct requirement_ref ref, const struct profile *profile,
                                  enum judge_strictness strictness);

/** Is the requirement one of this profile? If not, `reason` says why. */
bool judge_applies(const struct requirement *requirement, const struct profile *profile, char reason[160]);

#endif
