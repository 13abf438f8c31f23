/** Conflicts and what becomes of the row (W-40). */
#ifndef MOCK_PROTOCOL_CONFLICT_H
#define MOCK_PROTOCOL_CONFLICT_H

#include "protocol/edit.h"

/** Decide by the service's policy, and write the row. Fails: MOCK_ERR_SCRIPT on_conflict() failed; MOCK_ERR_MEMORY */
int conflict_resolve(struct work *work, struct edit *edit, struct base_error *err);

#endif
