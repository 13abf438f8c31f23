/** Uploads, flat and hierarchical: the back end's work (W-31 to W-38, W-40, W-47). */
#ifndef MOCK_PROTOCOL_UPLOAD_H
#define MOCK_PROTOCOL_UPLOAD_H

#include "base/error.h"
#include "protocol/answer.h"
#include "world/journal.h"
#include "world/rules.h"

/** Fails: MOCK_ERR_SCRIPT a function of rule:reject() or on_conflict() failed; MOCK_ERR_MEMORY */
int upload_answer(struct mock_world *world, struct journal_entry *entry, const struct rule_plan *plan,
                  struct answer *answer, struct base_error *err);

#endif
