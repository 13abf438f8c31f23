#include "script/pattern.h"

#include <ctype.h>
#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

#include "script/budget.h"

enum { STEPS_PER_INSTRUCTION = 4, CHARGED_AT = 4096 };

static unsigned char byte(const char *at) {
  return (unsigned char)*at;
}

void pattern_charge(struct matcher *m) {
  unsigned steps = m->steps;
  m->steps = 0;
  budget_charge(m->L, steps / STEPS_PER_INSTRUCTION);
}

static void step(struct matcher *m) {
  if (++m->steps >= CHARGED_AT) pattern_charge(m);
}

/* ---- one character ---- */

/* Behind the class that begins at `p`. */
static const char *class_end(struct matcher *m, const char *p) {
  if (*p == '%') {
    if (p + 1 == m->pattern_end) luaL_error(m->L, "malformed pattern (ends with '%%')");
    return p + 2;
  }
  if (*p++ != '[') return p;
  if (*p == '^') p++;
  do { /* a ']' in the first place is itself */
    if (p == m->pattern_end) luaL_error(m->L, "malformed pattern (missing ']')");
    if (*p++ == '%') {
      if (p == m->pattern_end) luaL_error(m->L, "malformed pattern (missing ']')");
      p++;
    }
  } while (p == m->pattern_end || *p != ']');
  return p + 1;
}

static int is_zero(int c) {
  return c == 0;
}

static bool is_of_letter(unsigned char c, unsigned char letter) {
  static const struct {
    char letter;
    int (*test)(int c);
  } LETTERS[] = {{'a', isalpha}, {'c', iscntrl}, {'d', isdigit}, {'g', isgraph}, {'l', islower},
                 {'p', ispunct}, {'s', isspace}, {'u', isupper}, {'w', isalnum}, {'x', isxdigit}, {'z', is_zero}};
  for (size_t i = 0; i < sizeof LETTERS / sizeof *LETTERS; i++)
    if (LETTERS[i].letter == tolower(letter)) return (LETTERS[i].test(c) != 0) != (isupper(letter) != 0);
  return letter == c;
}

/* `p` stands at '[', `last` at the ']' that ends it. */
static bool is_in_set(struct matcher *m, unsigned char c, const char *p, const char *last) {
  bool wanted = true;
  if (p[1] == '^') {
    wanted = false;
    p++;
  }
  while (++p < last) {
    step(m);
    if (*p == '%') {
      if (is_of_letter(c, byte(++p))) return wanted;
    } else if (p[1] == '-' && p + 2 < last) {
      p += 2;
      if (byte(p - 2) <= c && c <= byte(p)) return wanted;
    } else if (byte(p) == c) {
      return wanted;
    }
  }
  return !wanted;
}

static bool matches_one(struct matcher *m, const char *at, const char *p, const char *end) {
  step(m);
  if (at >= m->subject_end) return false;
  if (*p == '.') return true;
  if (*p == '%') return is_of_letter(byte(at), byte(p + 1));
  if (*p == '[') return is_in_set(m, byte(at), p, end - 1);
  return *p == *at;
}

/* ---- repetitions ---- */

static const char *match_most(struct matcher *m, const char *at, const char *p, const char *end) {
  ptrdiff_t count = 0;
  while (matches_one(m, at + count, p, end)) count++;
  for (; count >= 0; count--) {
    const char *found = pattern_match(m, at + count, end + 1);
    if (found) return found;
  }
  return NULL;
}

static const char *match_least(struct matcher *m, const char *at, const char *p, const char *end) {
  for (;; at++) {
    const char *found = pattern_match(m, at, end + 1);
    if (found) return found;
    if (!matches_one(m, at, p, end)) return NULL;
  }
}

/* ---- captures ---- */

static const char *open_capture(struct matcher *m, const char *at, const char *p, ptrdiff_t len) {
  if (m->count == PATTERN_CAPTURES) luaL_error(m->L, "too many captures");
  m->captures[m->count++] = (struct pattern_capture){at, len};
  const char *found = pattern_match(m, at, p);
  if (!found) m->count--;
  return found;
}

static struct pattern_capture *last_open(struct matcher *m) {
  for (int i = m->count; i-- > 0;)
    if (m->captures[i].len == CAPTURE_OPEN) return &m->captures[i];
  luaL_error(m->L, "invalid pattern capture");
  return NULL;
}

static const char *close_capture(struct matcher *m, const char *at, const char *p) {
  struct pattern_capture *capture = last_open(m);
  capture->len = at - capture->start;
  const char *found = pattern_match(m, at, p);
  if (!found) capture->len = CAPTURE_OPEN;
  return found;
}

/* ---- what stands for itself ---- */

/* %1: what was captured, once more. */
static const char *match_again(struct matcher *m, const char *at, char digit) {
  int i = digit - '1';
  if (i < 0 || i >= m->count || m->captures[i].len == CAPTURE_OPEN)
    luaL_error(m->L, "invalid capture index %%%d", i + 1);
  size_t len = (size_t)m->captures[i].len; /* that of a place is larger than every text */
  if ((size_t)(m->subject_end - at) < len) return NULL;
  m->steps += (unsigned)(len / 64); /* compared in words */
  step(m);
  return memcmp(m->captures[i].start, at, len) == 0 ? at + len : NULL;
}

/* %bxy */
static const char *match_balanced(struct matcher *m, const char *at, const char *p) {
  if (p + 1 >= m->pattern_end) luaL_error(m->L, "malformed pattern (missing arguments to '%%b')");
  if (at >= m->subject_end || *at != p[0]) return NULL;
  for (size_t open = 1; ++at < m->subject_end;) {
    step(m);
    if (*at == p[1]) {
      if (--open == 0) return at + 1;
    } else if (*at == p[0]) {
      open++;
    }
  }
  return NULL;
}

/* %f[set]: `p` at the set, `end` behind it. */
static bool is_frontier(struct matcher *m, const char *at, const char *p, const char *end) {
  unsigned char before = at == m->subject ? '\0' : byte(at - 1), here = at == m->subject_end ? '\0' : byte(at);
  return !is_in_set(m, before, p, end - 1) && is_in_set(m, here, p, end - 1);
}

/* ---- a pattern ---- */

/* What begins with % and is no class: *p moves behind it, *at behind what it matched or to NULL. False = it is a class. */
static bool match_special(struct matcher *m, const char **at, const char **p) {
  const char *set = *p + 2;
  if ((*p)[1] == 'b') {
    *at = match_balanced(m, *at, set);
    *p = set + 2;
  } else if ((*p)[1] == 'f') {
    if (*set != '[') luaL_error(m->L, "missing '[' after '%%f' in pattern");
    *p = class_end(m, set);
    if (!is_frontier(m, *at, set, *p)) *at = NULL;
  } else if (isdigit(byte(*p + 1))) {
    *at = match_again(m, *at, (*p)[1]);
    *p = set;
  } else {
    return false;
  }
  return true;
}

/* Up to the pattern's end, without recursion where one way alone is left. */
static const char *match_rest(struct matcher *m, const char *at, const char *p) {
  while (at && p != m->pattern_end) {
    step(m);
    if (*p == '(') return p[1] == ')' ? open_capture(m, at, p + 2, CAPTURE_PLACE) : open_capture(m, at, p + 1, CAPTURE_OPEN);
    if (*p == ')') return close_capture(m, at, p + 1);
    if (*p == '$' && p + 1 == m->pattern_end) return at == m->subject_end ? at : NULL;
    if (*p == '%' && match_special(m, &at, &p)) continue;
    const char *end = class_end(m, p), *found = NULL;
    bool one = matches_one(m, at, p, end);
    switch (*end) {
    case '+': return one ? match_most(m, at + 1, p, end) : NULL;
    case '*': if (one) return match_most(m, at, p, end); break;
    case '-': if (one) return match_least(m, at, p, end); break;
    case '?': if (one && (found = pattern_match(m, at + 1, end + 1))) return found; break;
    default: at = one ? at + 1 : NULL; p = end; continue;
    }
    p = end + 1;
  }
  return at;
}

const char *pattern_match(struct matcher *m, const char *at, const char *pattern) {
  if (m->depth_left-- == 0) luaL_error(m->L, "pattern too complex");
  const char *found = match_rest(m, at, pattern);
  m->depth_left++;
  return found;
}

void pattern_init(struct matcher *m, lua_State *L, const char *subject, size_t subject_len, const char *pattern, size_t pattern_len) {
  *m = (struct matcher){.L = L, .subject = subject, .subject_end = subject + subject_len, .pattern_end = pattern + pattern_len,
                        .depth_left = PATTERN_DEPTH};
}
