/**
 * The messages of the testee protocol as tables: one validator, one printer of JSON Schemas.
 *
 * Always true: conformance/schema/ holds exactly what protocol_schema() prints (a test compares them).
 * Unknown members are allowed everywhere; what is listed has the listed type.
 */
#ifndef CONFORMANCE_PROTOCOL_H
#define CONFORMANCE_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct cJSON;

enum { PROTOCOL_VERSION = 1 };

enum protocol_error { PROTOCOL_ERR_MESSAGE = 1 };

/** JSON-RPC codes with a meaning of their own. */
enum {
  PROTOCOL_METHOD_NOT_FOUND = -32601,
  PROTOCOL_INVALID_PARAMS = -32602,
  PROTOCOL_NO_FORM = -32010 /**< this value has no form in the port's API */
};

/** Is `method` one of the protocol? */
bool protocol_knows(const char *method);

/** What the runner is about to send. Fails: PROTOCOL_ERR_MESSAGE, a harness error */
int protocol_check_params(const char *method, const struct cJSON *params, struct base_error *err);
/** What the testee answered. Fails: PROTOCOL_ERR_MESSAGE, an adapter's error */
int protocol_check_result(const char *method, const struct cJSON *result, struct base_error *err);
/** The params of a `callback` notification. Fails: PROTOCOL_ERR_MESSAGE */
int protocol_check_callback(const struct cJSON *params, struct base_error *err);

/** Number of schemas: params and result of each call, and the callback. */
size_t protocol_schema_count(void);
/** Name ("startSync.params") and JSON Schema of the i-th; the text is the caller's, NULL without memory. */
const char *protocol_schema_name(size_t i, char name[64]);
char *protocol_schema(size_t i);

#endif
