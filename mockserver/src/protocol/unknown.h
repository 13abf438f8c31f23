/** Answers to who asks for what is not there: they say what is there. All are 404. */
#ifndef MOCK_PROTOCOL_UNKNOWN_H
#define MOCK_PROTOCOL_UNKNOWN_H

#include "protocol/answer.h"
#include "world/world.h"

void unknown_path(struct answer *answer);
void unknown_service(const struct mock_world *world, const struct journal_entry *entry, struct answer *answer);
/** No object is named at all. */
void unknown_call(const struct journal_entry *entry, struct answer *answer);
/** The one that is named is none of the service's. */
void unknown_object(const struct journal_entry *entry, struct answer *answer);

#endif
