/** Rules that name what the world does not have: nothing will ever make them act. */
#ifndef MOCK_WORLD_MISNAMED_H
#define MOCK_WORLD_MISNAMED_H

#include "base/buf.h"
#include "world/rules.h"

/**
 * Append what the rule names that is not there, and what there is: "the service Org has no object Boks; there are Box, Tag".
 * False when everything is there: a service, its objects, those that were dropped too.
 */
bool misnamed_tell(const struct mock_world *world, const struct rule *rule, struct base_buf *out);

/** More names of a list for people; of a long one the first do. */
void misnamed_list_services(const struct mock_world *world, struct base_buf *names);
void misnamed_list_objects(const struct model_service *service, struct base_buf *names);

#endif
