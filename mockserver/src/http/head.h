/**
 * Heads that no request may have (RFC 9112): those that CivetWeb reads all the same (it takes the first of two lengths, and drops
 * lines that it does not understand, and then a part of a body for the next request), and why it cannot read the others.
 */
#ifndef MOCK_HTTP_HEAD_H
#define MOCK_HTTP_HEAD_H

#include <stdbool.h>

#include "http/received.h"

struct mg_request_info;

struct head_fault {
  int status;
  char text[160];
};

/** The first header of this name, NULL when there is none. */
const char *head_value(const struct mg_request_info *info, const char *name);
/** The first fault of a head that was read; `came` is where its end lies. False when it has none. */
bool head_find_fault(const struct mg_request_info *info, struct received came, struct head_fault *fault);
/** Why CivetWeb refused it with `message`, as far as what it read of the head tells; false when it read nothing. */
bool head_explain(const struct mg_request_info *info, const char *message, struct head_fault *fault);
/** Why it found no head in the first bytes of a connection: `total` have come, and no more do when the client `stopped`. */
void head_explain_unread(struct received came, size_t total, bool stopped, struct head_fault *fault);

#endif
