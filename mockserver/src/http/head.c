#include "http/head.h"

#include <civetweb.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "http/http.h"
#include "world/journal.h"

/* RFC 9112, 6.3: who goes on behind such a body may take a part of it for a request. */
#define UNCLEAR "it is not clear where the body ends: "

/* The first fault is the one that is told. */
static void fault(struct head_fault *out, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void fault(struct head_fault *out, int status, const char *format, ...) {
  va_list args;
  if (out->status) return;
  out->status = status;
  va_start(args, format);
  vsnprintf(out->text, sizeof out->text, format, args);
  va_end(args);
  journal_readable(out->text, strlen(out->text));
}

/*
 * CivetWeb cuts the head up where it lies: NULs stand in place of the colons, and of blanks in front of them. So what it
 * passed over can still be seen.
 */
static const char *colon_of(const struct mg_header *header) {
  const char *colon = header->value - 1;
  while (*colon != '\0') colon--;
  return colon;
}

/* Most names differ in their length. */
static bool is_named(const struct mg_header *header, const char *name, size_t len) {
  return (size_t)(colon_of(header) - header->name) == len && strcasecmp(header->name, name) == 0;
}

const char *head_value(const struct mg_request_info *info, const char *name) {
  size_t len = strlen(name);
  for (int i = 0; i < info->num_headers; i++)
    if (is_named(&info->http_headers[i], name, len)) return info->http_headers[i].value;
  return NULL;
}

static void check_number_of_headers(const struct mg_request_info *info, struct head_fault *out) {
  if (info->num_headers > HTTP_HEADERS) fault(out, 431, "the request has more than %d headers", HTTP_HEADERS);
}

/* What CivetWeb takes for the end of the head, beside an empty line: no byte that a name may begin with. */
static bool ends_early(const char *line) {
  unsigned char first = (unsigned char)*line;
  return first == ':' || first > '~' || (first != '\0' && first <= ' ');
}

static bool lies_in(struct received came, const char *at) {
  return at >= came.bytes && at < came.bytes + came.len;
}

/* Blanks at the beginning of the first line are passed over, elsewhere they end the head. */
static void check_lines(const struct mg_request_info *info, struct received came, struct head_fault *out) {
  if (info->num_headers == 0) return;
  const struct mg_header *first = &info->http_headers[0], *last = &info->http_headers[info->num_headers - 1];
  const char *version_end = info->http_version + strlen(info->http_version);
  const char *value_end = last->value + strlen(last->value);
  size_t line_end = version_end[1] == '\0' ? 2 : 1; /* CR LF or LF behind the version, and mostly behind the other lines as well */
  const char *next = value_end[1] != '\0' ? value_end + 1 : value_end + line_end;
  bool dropped = lies_in(came, next) && ends_early(next) && !(line_end == 2 && *next == '\r');
  if (dropped || first->name > version_end + line_end)
    fault(out, 400, "a line of the head is no header: it begins with a blank (a folded one), a colon or a byte beyond ASCII");
}

/* One is fine (RFC 9112, 2.2); two are a head's end to CivetWeb, which then takes the head behind them for a body. */
static void check_empty_lines(const struct mg_request_info *info, struct received came, struct head_fault *out) {
  int lines = 0;
  for (const char *at = info->request_method - 1; lies_in(came, at) && (*at == '\r' || *at == '\n'); at--) lines += *at == '\n';
  if (lines > 1) fault(out, 400, "%d empty lines stand in front of the request", lines);
}

/* ---- the headers ---- */

/* What is known of them so far. */
struct reading {
  const struct mg_request_info *info;
  int hosts, codings;
  const char *length; /**< the first Content-Length, or NULL */
  size_t length_len;
};

/* One value of a list; `rest` moves behind it, and is NULL behind the last. */
static size_t next_value(const char **rest, const char **value) {
  *value = *rest + strspn(*rest, " \t");
  size_t len = strcspn(*value, ",");
  *rest = (*value)[len] ? *value + len + 1 : NULL;
  while (len > 0 && strchr(" \t", (*value)[len - 1])) len--;
  return len;
}

/* The same number again is one number: RFC 9112, 6.3 lets it be taken so. */
static void read_length(struct reading *reading, const char *rest, struct head_fault *out) {
  while (rest) {
    const char *value;
    size_t len = next_value(&rest, &value);
    if (len == 0 || strspn(value, "0123456789") < len) fault(out, 400, UNCLEAR "Content-Length \"%.*s\" is no number", (int)len, value);
    else if (reading->length && (len != reading->length_len || memcmp(value, reading->length, len) != 0))
      fault(out, 400, UNCLEAR "Content-Length is %.*s and %.*s", (int)reading->length_len, reading->length, (int)len, value);
    reading->length = value;
    reading->length_len = len;
  }
}

static void read_coding(struct reading *reading, const char *value, struct head_fault *out) {
  if (reading->codings++ > 0) fault(out, 400, UNCLEAR "two Transfer-Encoding headers");
  if (strcmp(reading->info->http_version, "1.0") == 0) fault(out, 400, UNCLEAR "HTTP/1.0 has no Transfer-Encoding");
  if (strcasecmp(value, "chunked") != 0) fault(out, 501, "the Transfer-Encoding \"%.40s\" is not understood: \"chunked\" is", value);
}

static void check_headers(const struct mg_request_info *info, struct head_fault *out) {
  struct reading reading = {.info = info};
  for (int i = 0; i < info->num_headers; i++) {
    const struct mg_header *header = &info->http_headers[i];
    if (colon_of(header)[-1] == '\0') fault(out, 400, "a blank stands between the header's name \"%.40s\" and its colon", header->name);
    if (is_named(header, "Host", 4)) reading.hosts++;
    else if (is_named(header, "Content-Length", 14)) read_length(&reading, header->value, out);
    else if (is_named(header, "Transfer-Encoding", 17)) read_coding(&reading, header->value, out);
  }
  if (reading.length && reading.codings > 0) fault(out, 400, UNCLEAR "both Content-Length and Transfer-Encoding are given");
  if (reading.hosts > 1) fault(out, 400, "the request has two Host headers");
  if (reading.hosts == 0 && strcmp(info->http_version, "1.1") == 0)
    fault(out, 400, "the request has no Host header, and HTTP/1.1 wants one");
}

bool head_find_fault(const struct mg_request_info *info, struct received came, struct head_fault *out) {
  out->status = 0;
  check_number_of_headers(info, out);
  check_empty_lines(info, came, out);
  check_lines(info, came, out);
  check_headers(info, out);
  return out->status != 0;
}

/* ---- what could not be read ---- */

/* Where CivetWeb gave up shows by which parts are set, and "HTTP/" is cut off from a version that was understood. */
static void explain_first_line(const struct mg_request_info *info, struct head_fault *out) {
  const char *version = info->http_version;
  if (!info->request_uri || !version || version[0] < '0' || version[0] > '9')
    fault(out, 400, "its first line is no \"METHOD TARGET HTTP/1.1\"");
}

static void explain_version(const struct mg_request_info *info, const char *message, struct head_fault *out) {
  if (strstr(message, "HTTP version")) fault(out, 505, "HTTP/%.20s is not spoken here: HTTP/1.1 is", info->http_version);
}

static void explain_target(const struct mg_request_info *info, const char *message, struct head_fault *out) {
  if (strstr(message, "URI")) fault(out, 400, "\"%.60s\" is neither a path nor a whole URL with one", info->request_uri);
}

static void explain_headers(const struct mg_request_info *info, struct head_fault *out) {
  if (info->num_headers < 0)
    fault(out, 400, "a line of its head is no header: it has no colon, or its name a byte that none may have");
  if (info->num_headers == 0) fault(out, 501, "an unknown method, \"%.20s\" (they are written in capitals)", info->request_method);
}

bool head_explain(const struct mg_request_info *info, const char *message, struct head_fault *out) {
  *out = (struct head_fault){0};
  if (!info->request_method) return false;
  explain_first_line(info, out);
  explain_version(info, message, out);
  explain_target(info, message, out);
  explain_headers(info, out);
  return out->status != 0 || head_find_fault(info, (struct received){0}, out);
}

static bool is_tls(struct received came) {
  enum { HANDSHAKE = 0x16, VERSION = 3 };
  return came.len > 1 && came.bytes[0] == HANDSHAKE && came.bytes[1] == VERSION;
}

/* A tab is one to CivetWeb, though a header's value may have it. */
static bool has_control_byte(struct received came) {
  for (size_t i = 0; i < came.len; i++) {
    unsigned char c = (unsigned char)came.bytes[i];
    if (c == 0x7f || (c < ' ' && c != '\r' && c != '\n')) return true;
  }
  return false;
}

void head_explain_unread(struct received came, size_t total, bool stopped, struct head_fault *out) {
  *out = (struct head_fault){0};
  if (is_tls(came)) fault(out, 400, "this looks like a TLS handshake, and the port speaks plain HTTP: http://, not https://");
  if (has_control_byte(came)) fault(out, 400, "its head has a control byte (a tab is one)");
  if (stopped) fault(out, 400, "the client stopped sending before the head was whole");
  if (total >= HTTP_HEAD_MAX) fault(out, 431, "its head is larger than %d bytes", HTTP_HEAD_MAX);
  fault(out, 408, "its head did not come to an end in time");
}
