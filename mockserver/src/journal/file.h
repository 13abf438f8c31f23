/**
 * The journal on disk: NDJSON, a line for each record (JOURNAL.md), appended as it happens.
 *
 * Always true: each line is handed to the kernel in one write before anything else happens, so that the end
 * of the process at any instant loses nothing that was written; a file ends with a whole line: what could
 * not be written whole is taken back; after the first failure nothing is written any more.
 */
#ifndef MOCK_JOURNAL_FILE_H
#define MOCK_JOURNAL_FILE_H

#include "base/error.h"
#include "world/journal.h"

/** Each does nothing when the world's journal is not on disk. Fails: JOURNAL_ERR_FILE, the first failure's text. */
int journal_file_request(struct mock_world *world, const struct journal_entry *entry, struct base_error *err);
int journal_file_answer(struct mock_world *world, const struct journal_entry *entry, struct base_error *err);
/** The client went before the last bytes of an answer that was written as sent. */
void journal_file_gone(struct mock_world *world, const struct journal_entry *entry);
void journal_file_event(struct mock_world *world, const struct journal_entry *entry);
void journal_file_close(struct journal_file *file);

#endif
