/**
 * Calls of Lua functions that a script gave to a rule, on the thread of a request, under the world's
 * lock, in a coroutine of their own. They may use everything of the script but must not wait.
 * Fails: MOCK_ERR_SCRIPT with "file:line: message".
 */
#ifndef MOCK_SCRIPT_FUNCTIONS_H
#define MOCK_SCRIPT_FUNCTIONS_H

#include <stdbool.h>

#include "base/error.h"
#include "base/json.h"

struct mock_world;

struct journal_entry;

/** function(request) -> boolean; of the request only what the function looks at is made for Lua. */
int script_request_predicate(struct mock_world *world, int function, const struct journal_entry *entry, bool *out,
                             struct base_error *err);
/** function(argument) -> boolean */
int script_predicate(struct mock_world *world, int function, const cJSON *argument, bool *out,
                     struct base_error *err);
/**
 * function(value, request): edits `value` in place or returns a new one; *value is replaced. When it
 * returns a string, *text gets that (the caller's) and *value stays: whatever text is to be sent.
 * `request` may be NULL.
 */
int script_edit(struct mock_world *world, int function, cJSON **value, char **text, const cJSON *request,
                struct base_error *err);
/** What an answer() function wants to be sent; text and headers are the caller's. */
struct script_reply {
  int status;
  char *text; /**< NUL-terminated; any bytes */
  size_t len;
  cJSON *headers; /**< name -> text, or NULL */
};

/** function(request) -> text, HTTP status, headers or nil, as Rule:answer() of lua/rule.lua makes them */
int script_answer(struct mock_world *world, int function, const cJSON *request, struct script_reply *out, struct base_error *err);
/** What a scenario's on_conflict() decided (W-40). `row` NULL: the server wins; else it is the caller's. */
struct script_decision {
  cJSON *row;
  bool deletes; /**< the row is gone for the client */
  bool submit;  /**< the back end gets it as well */
};

/** function(kind, client_row, server_row or nil) -> row, "update" or "delete", submit; rows without their nulls */
int script_conflict(struct mock_world *world, int function, const char *kind, const cJSON *client_row,
                    const cJSON *server_row, struct script_decision *out, struct base_error *err);
/** function(request) */
int script_action(struct mock_world *world, int function, const cJSON *request, struct base_error *err);

#endif
