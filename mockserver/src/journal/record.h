/**
 * A journal entry as records of the journal format (JOURNAL.md): one JSON object for a line each. `request`
 * when it has arrived, `answer` when it is over, `event` for everything else.
 *
 * Always true: what a record holds is enough to make the entry again, byte for byte (record_read_request(),
 * record_read_answer()).
 */
#ifndef MOCK_JOURNAL_RECORD_H
#define MOCK_JOURNAL_RECORD_H

#include "base/error.h"
#include "world/journal.h"

enum { JOURNAL_VERSION = 1 };
enum { JOURNAL_ERR_FORMAT = 30, JOURNAL_ERR_FILE, JOURNAL_ERR_MEMORY };

cJSON *record_header(const struct mock_world *world);
cJSON *record_request(const struct journal_entry *entry);
cJSON *record_answer(const struct journal_entry *entry);
/** What becomes of an answer whose record stands already, now. */
cJSON *record_gone(const struct mock_world *world, const struct journal_entry *entry);
cJSON *record_event(const struct journal_entry *entry);
/** What somebody else notes: `moment` gives seq and time. */
cJSON *record_note(const struct journal_entry *moment, const char *name, const cJSON *data);
/** {"text"} or {"base64"}, the caller's. */
cJSON *record_bytes(const struct base_buf *bytes);

/**
 * Is the record one of the format? Every member is checked: those that must be there, those that may, and
 * their types. Fails: JOURNAL_ERR_FORMAT
 */
int record_check(const cJSON *record, struct base_error *err);
/** From a record that was checked. Fails: JOURNAL_ERR_FORMAT bad base64 or an unknown word; JOURNAL_ERR_MEMORY */
int record_read_request(const cJSON *record, struct journal_entry *entry, struct base_error *err);
int record_read_answer(const cJSON *record, struct journal_entry *entry, struct base_error *err);

/** The format's table of members, for the check and for the test that compares it with the schema. */
struct record_member {
  const char *record, *name, *type; /**< type: integer string boolean array object */
  bool required;
};
extern const struct record_member RECORD_MEMBERS[]; /**< ended by a NULL name */

#endif
