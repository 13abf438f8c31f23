/** A minimal HTTP client over one raw socket, so that tests see exactly what is sent. */
#ifndef MOCK_TESTS_HTTP_CLIENT_H
#define MOCK_TESTS_HTTP_CLIENT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/json.h"

struct response {
  int status;  /**< 0 = the connection ended without a whole answer */
  char *head;  /**< as it came */
  char *body;  /**< as much as came, NUL-terminated */
  size_t body_len;
  bool whole;  /**< as many bytes as Content-Length says */
  cJSON *json; /**< the body, or NULL */
};

void response_done(struct response *response);

/** A connection to 127.0.0.1; the port is taken from the URL. */
int client_connect(const char *base_url);
/** Send a request for `base_url` + `path`; `headers` are lines with CR LF; body NULL = GET. */
void client_send(int socket, const char *base_url, const char *path, const char *headers, const char *body);
/** The same POST twice in one piece, as a client sends that waits for no answer. */
void client_send_twice(int socket, const char *base_url, const char *path, const char *headers, const char *body);
/** The same with any method, and a body of any bytes (NULL = none). */
void client_send_bytes(int socket, const char *base_url, const char *method, const char *path, const char *headers,
                       const void *body, size_t len);
/** Read one answer. */
struct response client_read(int socket);
/** All bytes up to the connection's end. */
struct raw_answer {
  struct base_buf bytes;
  bool reset; /**< it ended by a reset */
};
struct raw_answer client_read_raw(int socket);
/** One request on a connection of its own. */
struct response client_call(const char *base_url, const char *path, const char *headers, const char *body);
struct response client_request(const char *base_url, const char *method, const char *path, const char *headers,
                               const void *body, size_t len);
/** A sync call with its headers; `more` may be NULL. */
struct response client_upload(const char *base_url, const char *path, const char *more, const char *body);
struct response client_download(const char *base_url, const char *path, const char *more, const char *body);

#endif
