/**
 * What an upload answers (W-34 to W-38, W-47): written as text while its records are worked off, each record once.
 *
 * Always true: there is a list for each object that was answered; a nested record stands in its parent's, which is
 * still open then.
 */
#ifndef MOCK_PROTOCOL_OUTCOME_H
#define MOCK_PROTOCOL_OUTCOME_H

#include "protocol/answer.h"
#include "protocol/edit.h"

struct outcome_list {
  const struct model_object *object; /**< NULL: of records that are of no object; they say `name` */
  char *name;
  struct base_buf text; /**< still open: {"name":…,"records":[…; before the first list is room for the head of the answer */
  struct outcome_list *next;
};

/** The list of the edit's object. Borrowed; NULL without memory. */
struct base_buf *outcome_list(struct work *work, const struct edit *edit);
/** Append the edit's record without its closing brace, and count it. */
void outcome_begin(struct work *work, struct edit *edit, struct base_buf *out);
/** A list that nests in the open record: open, to be closed with a bracket. */
void outcome_nest(struct base_buf *out, const char *name);
/** The whole answer. Fails: MOCK_ERR_MEMORY */
int outcome_answer(struct work *work, struct answer *answer, struct base_error *err);
void outcome_done(struct work *work);

#endif
