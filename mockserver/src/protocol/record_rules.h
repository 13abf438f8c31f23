/** Rules about single records of an upload: rule:reject() and rule:intermediate_error(). */
#ifndef MOCK_PROTOCOL_RECORD_RULES_H
#define MOCK_PROTOCOL_RECORD_RULES_H

#include "protocol/edit.h"

/** Let the edit fail where a rule refuses it. Fails: MOCK_ERR_SCRIPT a function of rule:reject() failed */
int record_rules_reject(struct work *work, struct edit *edit, struct base_error *err);
/** The `intermediateErrors` of a good record's answer (W-35), the caller's; NULL = none. */
cJSON *record_rules_intermediate(const struct work *work);

#endif
