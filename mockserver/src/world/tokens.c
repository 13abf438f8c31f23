#include "world/tokens.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool add(struct tokens *tokens, const char *text, int64_t expires_ms) {
  struct token *list = realloc(tokens->list, (tokens->count + 1) * sizeof *list);
  if (list) tokens->list = list;
  char *copy = list ? strdup(text) : NULL;
  if (!copy) return false;
  tokens->list[tokens->count++] = (struct token){copy, expires_ms};
  return true;
}

static void forget(struct tokens *tokens) {
  for (size_t i = 0; i < tokens->count; i++) free(tokens->list[i].text);
  tokens->count = 0;
}

bool tokens_require(struct tokens *tokens, const char *text) {
  forget(tokens);
  tokens->required = text != NULL;
  return !text || add(tokens, text, INT64_MAX);
}

void tokens_need(struct tokens *tokens) {
  tokens->required = true;
}

const char *tokens_issue(struct tokens *tokens, int64_t now_ms, int64_t lifetime_ms) {
  char text[64];
  uint64_t mixed = (++tokens->issued * 0x9E3779B97F4A7C15u) >> 8; /* opaque: nothing to be guessed or counted */
  snprintf(text, sizeof text, "claims.%" PRIu64 ".%014" PRIx64, tokens->issued, mixed);
  if (!add(tokens, text, lifetime_ms ? now_ms + lifetime_ms : INT64_MAX)) return NULL;
  return tokens->list[tokens->count - 1].text;
}

void tokens_expire(struct tokens *tokens, int64_t now_ms) {
  for (size_t i = 0; i < tokens->count; i++)
    if (tokens->list[i].expires_ms > now_ms) tokens->list[i].expires_ms = now_ms;
}

void tokens_refuse(struct tokens *tokens, int64_t times) {
  tokens->refusals = times;
}

const char *tokens_check(struct tokens *tokens, const char *text, int64_t now_ms) {
  if (tokens->refusals != 0) {
    if (tokens->refusals > 0) tokens->refusals--;
    return "the identity service refuses the claims token";
  }
  if (!tokens->required) return NULL;
  if (!text) return "the claims token is missing";
  for (size_t i = 0; i < tokens->count; i++)
    if (strcmp(tokens->list[i].text, text) == 0) return now_ms < tokens->list[i].expires_ms ? NULL : "the claims token has expired";
  return "the claims token is not one that was given out";
}

void tokens_done(struct tokens *tokens) {
  forget(tokens);
  free(tokens->list);
}
