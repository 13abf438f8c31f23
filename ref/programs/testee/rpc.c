#include "rpc.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READ_SIZE = 64 * 1024 };

static void drop_handed_out(struct rpc_input *input) {
  if (input->from == 0) return;
  memmove(input->bytes.data, input->bytes.data + input->from, input->bytes.len - input->from);
  input->bytes.len -= input->from;
  input->bytes.data[input->bytes.len] = '\0';
  input->from = 0;
}

void rpc_read(struct rpc_input *input, int fd) {
  input->bytes.max = RPC_LINE_MAX;
  drop_handed_out(input);
  char *room = base_buf_reserve(&input->bytes, READ_SIZE);
  if (!room) {
    rpc_error("null", RPC_PARSE, "a line is longer than %d bytes", RPC_LINE_MAX);
    input->ended = true;
    return;
  }
  ssize_t got = read(fd, room, READ_SIZE);
  if (got > 0) base_buf_added(&input->bytes, (size_t)got);
  else input->ended = got == 0 || errno != EINTR;
}

const char *rpc_next_line(struct rpc_input *input, size_t *len) {
  if (input->from >= input->bytes.len) return NULL;
  char *start = input->bytes.data + input->from;
  char *end = memchr(start, '\n', input->bytes.len - input->from);
  if (!end) return NULL;
  *len = (size_t)(end - start);
  input->from += *len + 1;
  *end = '\0';
  return start;
}

/* The runner is gone when this fails; the end of the input says so as well. */
static void write_line(struct base_buf *line) {
  base_buf_char(line, '\n');
  if (line->failed) fputs("vmxsync-testee: out of memory for a message\n", stderr);
  else fwrite(line->data, 1, line->len, stdout);
  fflush(stdout);
  base_buf_done(line);
}

void rpc_answer(const char *id, const char *result) {
  struct base_buf line = BASE_BUF_INIT;
  if (!id) return;
  base_buf_text(&line, "{\"jsonrpc\":\"2.0\",\"id\":");
  base_buf_text(&line, id);
  base_buf_text(&line, ",\"result\":");
  base_buf_text(&line, result);
  base_buf_char(&line, '}');
  write_line(&line);
}

void rpc_error(const char *id, int code, const char *format, ...) {
  struct base_buf line = BASE_BUF_INIT;
  char text[512];
  if (!id) return;
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  base_buf_text(&line, "{\"jsonrpc\":\"2.0\",\"id\":");
  base_buf_text(&line, id);
  base_buf_printf(&line, ",\"error\":{\"code\":%d,\"message\":", code);
  json_quote(&line, text, strlen(text));
  base_buf_text(&line, "}}");
  write_line(&line);
}

void rpc_notify(const char *method, const char *params) {
  struct base_buf line = BASE_BUF_INIT;
  base_buf_text(&line, "{\"jsonrpc\":\"2.0\",\"method\":");
  json_quote(&line, method, strlen(method));
  base_buf_text(&line, ",\"params\":");
  base_buf_text(&line, params);
  base_buf_char(&line, '}');
  write_line(&line);
}
