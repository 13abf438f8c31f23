/**
 * Hierarchical uploads: what the metadata lets nest, and how a request is to be built (W-12, W-47, W-48).
 * Nothing is refused here: what breaks a rule is a finding, and is worked off as it was sent.
 */
#ifndef MOCK_PROTOCOL_HIERARCHY_H
#define MOCK_PROTOCOL_HIERARCHY_H

#include "protocol/edit.h"

/** Does an operation other than get of any object take children along (W-12)? */
bool hierarchy_service(const struct model_service *service);
/** May `child` with `verb` nest in `parent` with its verb? */
bool hierarchy_allows(const struct model_object *parent, enum verb parent_verb, const struct model_object *child,
                      enum verb verb);
/** Is this member of a record of `object` a list of nested records? Those of columns are not. */
bool hierarchy_is_nested(const struct work *work, const struct model_object *object, const struct json_item *member);

/** Of a hierarchical one: the request's envelope, and the order of its roots: parents first, deletes last, children's first. */
void hierarchy_check_request(struct work *work, const struct json_item *records);
/** A good record with its parent, which is good as well: is it where it may be? Carriers: are they what they are for? */
void hierarchy_check_edit(struct work *work, const struct edit *edit);
/** The columns of a nested record that name its parent: filled where they are left out, else they must fit. */
void hierarchy_join_parent(struct work *work, struct edit *edit);

#endif
