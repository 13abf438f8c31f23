/** One request at work: what the parts of its way (serve.c) hand on to each other. */
#ifndef MOCK_PROTOCOL_SERVING_H
#define MOCK_PROTOCOL_SERVING_H

#include <stdbool.h>

#include "base/error.h"
#include "http/http.h"
#include "protocol/answer.h"
#include "world/world.h"

struct serving {
  struct mock_world *world;
  struct journal_entry *entry;
  struct http_peer *peer;
  struct rule_plan plan;
  struct answer answer;
  enum upload_state upload;
  struct world_waiter waiter; /**< while it waits */
  bool waits;    /**< it has one */
  bool cached;   /**< the upload cache has to do with it */
  bool finished; /**< no back end and no edits any more: answer, or drop */
  bool dropped;  /**< close without an answer */
  bool reset;    /**< and by a reset */
  cJSON *headers; /**< of an answer that a rule made for this request; owned */
};

/* serve.c */
void serving_drop(struct serving *s);
void serving_fail(struct serving *s, const struct base_error *err);
/** Run the at() functions of this point. */
void serving_point(struct serving *s, enum rule_point point);
bool serving_has_point(const struct serving *s, enum rule_point point);

/* rule_answers.c */
/** Run an action of PHASE_ANSWER. */
void rule_answer(struct serving *s, const struct rule *rule, const struct rule_action *action);

/* waits.c */
/** Is the client still there? The moment when it is found gone is noted. */
bool wait_client(struct serving *s);
/** One step of a wait: until something happens, or it is time to look whether the client is still there. */
void wait_step(struct serving *s);
/** hang(), hold(), delay(), linger(). */
void wait_action(struct serving *s, const struct rule *rule, const struct rule_action *action);
void wait_barrier(struct serving *s);

/* edits.c */
/** Let the plan's edits change the answer of the back end. */
void edit_answer(struct serving *s);

/* send.c */
void send_answer(struct serving *s);
void send_nothing(struct serving *s);

#endif
