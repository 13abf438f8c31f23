/**
 * Lua's patterns (manual, 6.4.1), matched in steps that are counted: what a pattern with several `.-` does to a long
 * text ends a script as a loop does. Nothing else differs from Lua's own matcher; tests/test_patterns holds it to that.
 */
#ifndef MOCK_SCRIPT_PATTERN_H
#define MOCK_SCRIPT_PATTERN_H

#include <lua.h>
#include <stddef.h>

enum { PATTERN_CAPTURES = 32, PATTERN_DEPTH = 200 };
enum { CAPTURE_OPEN = -1, CAPTURE_PLACE = -2 }; /* instead of a length: not closed yet; a place "()" */

struct pattern_capture {
  const char *start;
  ptrdiff_t len;
};

struct matcher {
  lua_State *L; /**< where what is wrong with the pattern is raised */
  const char *subject, *subject_end, *pattern_end;
  int depth_left;
  unsigned steps; /**< not charged yet */
  int count;
  struct pattern_capture captures[PATTERN_CAPTURES];
};

/** Borrows both texts, which end with a NUL behind their lengths. */
void pattern_init(struct matcher *m, lua_State *L, const char *subject, size_t subject_len, const char *pattern, size_t pattern_len);
/** The end of what matches `pattern` from `at` on, NULL = nothing does. Raises Lua errors. */
const char *pattern_match(struct matcher *m, const char *at, const char *pattern);
/** What is left of the steps is charged now. */
void pattern_charge(struct matcher *m);

#endif
