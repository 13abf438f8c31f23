/**
 * Secrets out of what will be written down.
 *
 * Of requests that are no calls of object services (a login, a key exchange) no body is kept at all.
 */
#ifndef MOCK_RECORD_REDACT_H
#define MOCK_RECORD_REDACT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/json.h"

struct redact {
  const char *const *fields; /**< beside the ones that are always secret */
  size_t field_count;
};

#define REDACTED "(redacted)"

/** Is the header's value a secret: tokens, app key and secret, cookies, members that are secret? Names without case. */
bool redact_header(const struct redact *redact, const char *name);
/** Is the member's value? Names without case. */
bool redact_member(const struct redact *redact, const char *name);
/** Replace the values of secret members, at any depth; how many there were. */
size_t redact_json(const struct redact *redact, cJSON *json);
/** A query with the values of secret parameters replaced, appended to `out`. */
void redact_query(const struct redact *redact, const char *query, struct base_buf *out);
/**
 * A body as it may be kept, appended to `out`: JSON without its secrets; other text or bytes as they are when
 * `kept`, and otherwise a remark with their number.
 */
void redact_body(const struct redact *redact, const struct base_buf *body, bool kept, struct base_buf *out);

#endif
