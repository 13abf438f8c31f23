/**
 * JSON-RPC 2.0, one object a line: lines in, answers and notifications out. Knows no method.
 *
 * Always true: what is written is whole lines, each flushed before the call returns; a payload that is
 * JSON text already is passed through byte for byte.
 */
#ifndef TESTEE_RPC_H
#define TESTEE_RPC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json.h"

enum rpc_code {
  RPC_PARSE = -32700,
  RPC_INVALID = -32600,
  RPC_UNKNOWN_METHOD = -32601,
  RPC_BAD_PARAMS = -32602,
  RPC_FAILED = -32000 /**< the adapter cannot do this now */
};

enum { RPC_LINE_MAX = 64 * 1024 * 1024 };

struct rpc_input {
  struct base_buf bytes; /* of the lines that were not handed out; max RPC_LINE_MAX */
  size_t from;           /* where the next line begins */
  bool ended;            /* end of the input, or a line that is too long */
};

/** Read what there is (blocks if there is nothing). Sets input->ended at the end of the input. */
void rpc_read(struct rpc_input *input, int fd);

/** The next whole line without its newline, or NULL. Valid until the next rpc_ call on `input`. */
const char *rpc_next_line(struct rpc_input *input, size_t *len);

/** `id` is the request's id as JSON text; NULL: it was a notification, nothing is written. */
void rpc_answer(const char *id, const char *result);
void rpc_error(const char *id, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void rpc_notify(const char *method, const char *params);

#endif
