/**
 * A recorded run as a file: RECORDING.md and recording.schema.json say what is in it, one JSON object a line.
 *
 * The file has a head, then the parts of sessions, each as a whole: several that run at the same time do not mix. A part is
 * played or written by tape.h.
 */
#ifndef CONFORMANCE_RECORDING_H
#define CONFORMANCE_RECORDING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct cJSON;
struct recording;

enum { RECORDING_VERSION = 1 };
enum recording_error { RECORDING_ERR_FILE = 1, RECORDING_ERR_FORMAT };

/**
 * Begin a file; `head` (the caller's) is its first line, to which the format's name and version are added.
 *
 * Owns:  *out is the caller's, released with recording_close(). Fails: RECORDING_ERR_FILE
 */
int recording_create(const char *path, const struct cJSON *head, struct recording **out, struct base_error *err);
/** Which session of a run. */
struct recording_session {
  const char *scenario;
  unsigned history, tries; /**< of a property: which history, and which try of it; else 0 */
};

/** Write a session's part. Any thread. A file that cannot be written any more is told by recording_finish(). */
void recording_add(struct recording *recording, struct recording_session session, const struct cJSON *lines);
/** Write the last line: the run came to its end; `problem` of the run as a whole, or NULL. Fails: RECORDING_ERR_FILE */
int recording_finish(struct recording *recording, const char *problem, struct base_error *err);

/** Read a file, and look at each line. Owns: as above. Fails: RECORDING_ERR_FILE; RECORDING_ERR_FORMAT, with the line */
int recording_open(const char *path, struct recording **out, struct base_error *err);
/** Its first line. Borrowed. */
const struct cJSON *recording_head(const struct recording *recording);
/** What kept the run from its end, or NULL. Borrowed. */
const char *recording_problem(const struct recording *recording);
/**
 * The next part of this session, as an array of lines, each with the number of its line in "line"; the caller's. NULL when
 * there is none. Any thread.
 */
struct cJSON *recording_take(struct recording *recording, struct recording_session session);
void recording_close(struct recording *recording);

#endif
