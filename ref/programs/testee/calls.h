/** The methods of the testee protocol: one table, one function for each. */
#ifndef TESTEE_CALLS_H
#define TESTEE_CALLS_H

#include "session.h"

/** Handle one line: whatever is in it, it ends in an answer or an error, never in a crash. */
void calls_handle_line(struct session *session, const char *line, size_t len);

#endif
