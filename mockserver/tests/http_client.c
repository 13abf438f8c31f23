#include "http_client.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"

void response_done(struct response *response) {
  free(response->head);
  free(response->body);
  cJSON_Delete(response->json);
  *response = (struct response){0};
}

int client_connect(const char *base_url) {
  struct sockaddr_in to = {.sin_family = AF_INET};
  to.sin_port = htons((uint16_t)atoi(strrchr(base_url, ':') + 1));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int status = connect(client, (struct sockaddr *)&to, sizeof to);
  assert(client >= 0 && status == 0);
  (void)status;
  return client;
}

void client_send(int client, const char *base_url, const char *path, const char *headers, const char *body) {
  client_send_bytes(client, base_url, body ? "POST" : "GET", path, headers, body, body ? strlen(body) : 0);
}

static void append_request(struct base_buf *text, const char *base_url, const char *method, const char *path, const char *headers,
                           const void *body, size_t body_len) {
  const char *folder = strstr(base_url, "/w/");
  base_buf_printf(text, "%s %s%s HTTP/1.1\r\nHost: localhost\r\n%s", method, folder ? folder : "", path, headers ? headers : "");
  if (body) base_buf_printf(text, "Content-Length: %zu\r\n", body_len);
  base_buf_text(text, "\r\n");
  if (body) base_buf_append(text, body, body_len);
}

static void send_all(int client, struct base_buf *text) {
  size_t sent = 0;
  while (sent < text->len) {
    ssize_t len = send(client, text->data + sent, text->len - sent, MSG_NOSIGNAL);
    if (len <= 0) break;
    sent += (size_t)len;
  }
  base_buf_done(text);
}

void client_send_bytes(int client, const char *base_url, const char *method, const char *path, const char *headers,
                       const void *body, size_t body_len) {
  struct base_buf text = BASE_BUF_INIT;
  append_request(&text, base_url, method, path, headers, body, body_len);
  send_all(client, &text);
}

void client_send_twice(int client, const char *base_url, const char *path, const char *headers, const char *body) {
  struct base_buf text = BASE_BUF_INIT;
  for (int i = 0; i < 2; i++) append_request(&text, base_url, "POST", path, headers, body, strlen(body));
  send_all(client, &text);
}

/* Bytes of the body that the head announces. */
static size_t announced(const char *head) {
  const char *line = strstr(head, "Content-Length: ");
  return line ? (size_t)strtoul(line + 16, NULL, 10) : 0;
}

static const char *find_body(const struct base_buf *text) {
  const char *end = text->len ? strstr(text->data, "\r\n\r\n") : NULL;
  return end ? end + 4 : NULL;
}

static bool is_whole(const struct base_buf *text) {
  const char *body = find_body(text);
  return body && (size_t)(text->data + text->len - body) >= announced(text->data);
}

/* Interim answers are passed over, as every client does. */
static void pass_over_interim(struct base_buf *text) {
  while (text->len > 12 && strncmp(text->data, "HTTP/1.1 1", 10) == 0 && find_body(text)) {
    size_t head = (size_t)(find_body(text) - text->data);
    memmove(text->data, text->data + head, text->len - head);
    text->len -= head;
    text->data[text->len] = '\0';
  }
}

struct response client_read(int client) {
  struct base_buf text = BASE_BUF_INIT;
  struct response response = {0};
  char *to;
  ssize_t len = 1;
  while (len > 0 && !is_whole(&text) && (to = base_buf_reserve(&text, 65536))) {
    len = recv(client, to, 65536, 0);
    if (len > 0) base_buf_added(&text, (size_t)len);
    pass_over_interim(&text);
  }
  const char *body = find_body(&text);
  if (body) {
    response.whole = is_whole(&text);
    response.head = strndup(text.data, (size_t)(body - text.data));
    response.body_len = (size_t)(text.data + text.len - body);
    response.body = malloc(response.body_len + 1);
    assert(response.body);
    memcpy(response.body, body, response.body_len + 1);
    response.status = atoi(text.data + 9);
    json_parse(body, strlen(body), JSON_LAST_COUNTS, &response.json, NULL);
  }
  base_buf_done(&text);
  return response;
}

struct raw_answer client_read_raw(int client) {
  struct raw_answer raw = {.bytes = BASE_BUF_INIT};
  char *to;
  ssize_t len = 1;
  while (len > 0 && (to = base_buf_reserve(&raw.bytes, 65536))) {
    len = recv(client, to, 65536, 0);
    if (len > 0) base_buf_added(&raw.bytes, (size_t)len);
  }
  if (raw.bytes.len == 0) base_buf_clear(&raw.bytes);
  raw.reset = len < 0 && errno == ECONNRESET;
  return raw;
}

struct response client_call(const char *base_url, const char *path, const char *headers, const char *body) {
  return client_request(base_url, body ? "POST" : "GET", path, headers, body, body ? strlen(body) : 0);
}

struct response client_request(const char *base_url, const char *method, const char *path, const char *headers,
                               const void *body, size_t len) {
  int client = client_connect(base_url);
  client_send_bytes(client, base_url, method, path, headers, body, len);
  struct response response = client_read(client);
  close(client);
  return response;
}

static struct response sync_call(const char *base_url, const char *path, const char *override, const char *more,
                                 const char *body) {
  char headers[512];
  snprintf(headers, sizeof headers, "Content-Type: application/json\r\nX-Http-Method-Override: %s\r\n%s", override,
           more ? more : "");
  return client_call(base_url, path, headers, body);
}

struct response client_upload(const char *base_url, const char *path, const char *more, const char *body) {
  return sync_call(base_url, path, "UPLOAD", more, body);
}

struct response client_download(const char *base_url, const char *path, const char *more, const char *body) {
  return sync_call(base_url, path, "GET", more, body);
}
