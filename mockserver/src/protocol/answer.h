/** The answer in the making. `json` or, when a rule gave the very text, `text`. */
#ifndef MOCK_PROTOCOL_ANSWER_H
#define MOCK_PROTOCOL_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"
#include "world/shared_text.h"

struct model_service;

struct answer {
  int status;
  cJSON *json;
  char *text;         /**< sent instead of `json`; owned */
  size_t text_len;    /**< of a text that may hold any bytes; 0 = up to its end */
  struct shared_text *shared; /**< `json` as text, or instead of it: see answer_unshare() */
  const char *type;   /**< content type, NULL = JSON; borrowed */
  const char *allow;  /**< of a 405: the methods that are allowed; borrowed */
  const cJSON *headers; /**< more of them, name -> text; borrowed */
  bool raw;           /**< the text is the whole answer: there is no head, and it may be no HTTP */
  size_t huge;        /**< instead of all that: a body of so many bytes, made on the way */
};

void answer_done(struct answer *answer);
/** Print `json` as the text that is sent. */
void answer_share(struct answer *answer);
/** The tree alone, to be changed: the text is given up, parsed first when it is all there is. */
void answer_unshare(struct answer *answer);
/** Replace whatever there is by this text of a tree, which the answer takes. */
void answer_text(struct answer *answer, struct shared_text *text);
/** Is it one of an answer that failed? 0 and those of partial success (W-38) are not. */
bool answer_opstatus_failed(int64_t opstatus);
/** The opstatus that the tree has; 0 when it has none, or one that is no number. */
int64_t answer_opstatus(const cJSON *json);
/** Does the tree say that the request failed, by its opstatus? */
bool answer_says_failed(const cJSON *json);
/** Replace whatever there is by {"opstatus", "errmsg"} under HTTP `status`. */
void answer_error(struct answer *answer, int status, int64_t opstatus, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/** answer_error() for a method that is none of `allow`, which is borrowed and sent as header (RFC 9110, 15.5.6). */
void answer_not_allowed(struct answer *answer, int64_t opstatus, const char *allow, const char *what);
/** Send this text, which the answer takes, instead of the tree. `len` 0 = up to its end. */
void answer_set_text(struct answer *answer, char *text, size_t len);
/** Replace whatever there is by this tree. */
void answer_json(struct answer *answer, cJSON *json);
/**
 * Visit every list of records in the answer, nested ones included: of this object of the service alone, or of all (NULL). `top` names
 * the object of records that stand at the top of the answer. A list's records may be changed, not their nested lists.
 */
void answer_each_list(cJSON *json, const struct model_service *service, const char *object, const char *top,
                      void (*visit)(void *context, cJSON *records), void *context);

#endif
