/** The answer in the making. `json` or, when a rule gave the very text, `text`. */
#ifndef MOCK_PROTOCOL_ANSWER_H
#define MOCK_PROTOCOL_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"

struct answer {
  int status;
  cJSON *json;
  char *text;         /**< sent instead of `json`; owned */
  const char *type;   /**< content type, NULL = JSON; borrowed */
  const cJSON *headers; /**< more of them, name -> text; borrowed */
  bool cut;           /**< send `cut_at` bytes of the body only, then close */
  size_t cut_at;
};

void answer_done(struct answer *answer);
/** Replace whatever there is by {"opstatus", "errmsg"} under HTTP `status`. */
void answer_error(struct answer *answer, int status, int64_t opstatus, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/** Replace whatever there is by this tree. */
void answer_json(struct answer *answer, cJSON *json);
/** Drop a column from every record, nested ones included: of this object alone, or of all (NULL). `top` names the
 *  object of records that stand at the top of the answer. */
void answer_without(cJSON *json, const char *column, const char *object, const char *top);

#endif
