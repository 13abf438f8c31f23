/**
 * Claims tokens (W-7): which ones the server takes, and until when, on the world's virtual clock.
 *
 * Always true: while none was ever required every request passes; a token that has expired stays expired,
 * wherever the clock stands.
 */
#ifndef MOCK_WORLD_TOKENS_H
#define MOCK_WORLD_TOKENS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct token {
  char *text;
  int64_t expires_ms; /**< INT64_MAX = never */
};

struct tokens {
  bool required;
  struct token *list;
  size_t count;
  uint64_t issued;  /**< so many were given out so far */
  int64_t refusals; /**< so many more requests are refused whatever they bring; -1 = until tokens_accept() */
};

/** From now on this token alone is taken, for ever; NULL: none is needed. False without memory. */
bool tokens_require(struct tokens *tokens, const char *text);
/** From now on one of those that are given out is needed. */
void tokens_need(struct tokens *tokens);
/** A new one beside those that are there. `lifetime_ms` 0 = no end. Borrowed; NULL without memory. */
const char *tokens_issue(struct tokens *tokens, int64_t now_ms, int64_t lifetime_ms);
/** Every token that was given out so far is over. */
void tokens_expire(struct tokens *tokens, int64_t now_ms);
/** Refuse the next requests, or all (-1), whatever they bring. */
void tokens_refuse(struct tokens *tokens, int64_t times);
/** Is the token of a request taken? NULL = yes, else why not, in words. A refusal is counted. */
const char *tokens_check(struct tokens *tokens, const char *text, int64_t now_ms);
void tokens_done(struct tokens *tokens);

#endif
