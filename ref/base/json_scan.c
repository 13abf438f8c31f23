#include "base/json_scan.h"

#include "base/utf8.h"

const char *json_scan_all_blanks(const char *p, const char *end) {
  while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) p++;
  return p;
}

int json_scan_hex(const char *p) {
  int value = 0;
  for (int i = 0; i < 4; i++) {
    char c = p[i];
    int digit = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

const char *json_scan_fail(const char *where, struct json_problem *problem, const char *what) {
  *problem = (struct json_problem){what, where};
  return NULL;
}

/* Behind the escape that begins with the backslash at `p`. */
static const char *scan_escape(const char *p, const char *end, struct json_problem *problem) {
  ptrdiff_t left = end - p;
  if (left < 2) return json_scan_fail(p, problem, "a string ends inside an escape");
  if (memchr("\"\\/bfnrt", p[1], 8)) return p + 2;
  if (p[1] != 'u') return json_scan_fail(p, problem, "an unknown escape in a string");
  int unit = left >= 6 ? json_scan_hex(p + 2) : -1;
  if (unit < 0) return json_scan_fail(p, problem, "\\u without four hexadecimal digits");
  if (unit == 0) return json_scan_fail(p, problem, "U+0000 in a string");
  if (unit < 0xD800 || unit > 0xDFFF) return p + 6;
  int low = unit <= 0xDBFF && left >= 12 && p[6] == '\\' && p[7] == 'u' ? json_scan_hex(p + 8) : -1;
  if (low < 0xDC00 || low > 0xDFFF) return json_scan_fail(p, problem, "a lone surrogate in a string");
  return p + 12;
}

/* Behind a byte of a string that is neither plain nor a quote. */
static const char *scan_one(const char *p, const char *end, bool *escaped, struct json_problem *problem) {
  if (p == end) return json_scan_fail(p, problem, "a string without an end");
  if ((unsigned char)*p < 0x20) return json_scan_fail(p, problem, "a control character in a string");
  if (*p == '\\') {
    *escaped = true;
    return scan_escape(p, end, problem);
  }
  size_t step = utf8_length(p, (size_t)(end - p));
  return step > 0 ? p + step : json_scan_fail(p, problem, "malformed UTF-8 in a string");
}

const char *json_scan_rest(const char *p, const char *end, bool *escaped, struct json_problem *problem) {
  for (;;) {
    p = json_scan_plain(p, end);
    if (p < end && *p == '"') return p;
    p = scan_one(p, end, escaped, problem);
    if (!p) return NULL;
  }
}
