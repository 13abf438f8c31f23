#include "journal/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/record.h"
#include "world/world.h"

struct journal_file {
  int file;
  char *path;
  bool regular; /* a pipe or a device has no end that could be taken back */
  struct base_error err;
};

/* ---- writing ---- */

static bool write_whole(int file, const char *bytes, size_t len) {
  while (len > 0) {
    ssize_t written = write(file, bytes, len);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes += written;
    len -= (size_t)written;
  }
  return true;
}

static int fail_file(struct journal_file *file) {
  return base_fail(&file->err, JOURNAL_ERR_FILE, "", "the journal %.200s cannot be written: %s", file->path, strerror(errno));
}

/* The file's end, 0 where it has none. */
static off_t end_of(const struct journal_file *file) {
  off_t end = file->regular ? lseek(file->file, 0, SEEK_END) : 0;
  return end > 0 ? end : 0;
}

/* Takes the record. */
static int write_line(struct journal_file *file, cJSON *record, struct base_error *err) {
  char *line = json_print(record);
  cJSON_Delete(record);
  if (file->err.code == 0 && !line) base_fail(&file->err, JOURNAL_ERR_MEMORY, "", "out of memory for the journal %.200s", file->path);
  if (file->err.code == 0) {
    off_t end = end_of(file);
    size_t len = strlen(line);
    line[len] = '\n'; /* one write: the text's end is the line's */
    if (!write_whole(file->file, line, len + 1)) {
      fail_file(file);
      if (file->regular && ftruncate(file->file, end) != 0) fail_file(file);
    }
  }
  free(line);
  if (file->err.code != 0 && err) *err = file->err;
  return file->err.code;
}

int journal_file_request(struct mock_world *world, const struct journal_entry *entry, struct base_error *err) {
  return world->journal.file ? write_line(world->journal.file, record_request(entry), err) : 0;
}

int journal_file_answer(struct mock_world *world, const struct journal_entry *entry, struct base_error *err) {
  return world->journal.file ? write_line(world->journal.file, record_answer(entry), err) : 0;
}

void journal_file_gone(struct mock_world *world, const struct journal_entry *entry) {
  if (world->journal.file) write_line(world->journal.file, record_gone(world, entry), NULL);
}

void journal_file_event(struct mock_world *world, const struct journal_entry *entry) {
  if (world->journal.file) write_line(world->journal.file, record_event(entry), NULL);
}

int mock_world_note(struct mock_world *world, const char *name, const struct cJSON *data, struct base_error *err) {
  struct journal_entry moment = {.seq = world_next_order(world), .arrived = journal_now(world), .event = NULL};
  if (!world->journal.file) return 0;
  return write_line(world->journal.file, record_note(&moment, name, data), err);
}

/* ---- opening ---- */

static bool read_at(int file, off_t at, char *bytes, size_t len) {
  return pread(file, bytes, len, at) == (ssize_t)len;
}

/* Somebody's file of another kind, or one whose last line is torn, is left alone. */
static int check_content(struct journal_file *file, struct base_error *err) {
  static const char BEGIN[] = "{\"type\":\"journal\"";
  char begin[sizeof BEGIN - 1], last;
  off_t end = end_of(file);
  if (end == 0) return 0;
  if (!read_at(file->file, 0, begin, sizeof begin) || memcmp(begin, BEGIN, sizeof begin) != 0)
    return base_fail(err, JOURNAL_ERR_FILE, "", "%.200s is there and is no journal: choose another file", file->path);
  if (!read_at(file->file, end - 1, &last, 1) || last != '\n')
    return base_fail(err, JOURNAL_ERR_FILE, "", "the last line of %.200s is not complete: choose another file", file->path);
  return 0;
}

static int open_file(struct journal_file *file, struct base_error *err) {
  struct stat about;
  file->file = open(file->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file->file < 0) /* a device or a pipe may be writable alone */
    file->file = open(file->path, O_WRONLY | O_APPEND | O_CLOEXEC);
  if (file->file < 0 || fstat(file->file, &about) != 0)
    return base_fail(err, JOURNAL_ERR_FILE, "", "the journal %.200s cannot be opened: %s", file->path, strerror(errno));
  file->regular = S_ISREG(about.st_mode);
  return file->regular ? check_content(file, err) : 0;
}

void journal_file_close(struct journal_file *file) {
  if (!file) return;
  if (file->file >= 0) close(file->file);
  free(file->path);
  free(file);
}

/* What happened before: the script may have made events already. */
static int write_past(struct mock_world *world, struct base_error *err) {
  struct journal_file *file = world->journal.file;
  int status = write_line(file, record_header(world), err);
  for (size_t i = 0; i < world->journal.count && status == 0; i++) {
    const struct journal_entry *entry = world->journal.entries[i];
    status = write_line(file, entry->event ? record_event(entry) : record_request(entry), err);
    if (status == 0 && !entry->event && (!entry->at_work || entry->recorded)) status = write_line(file, record_answer(entry), err);
  }
  return status;
}

int mock_world_journal_file(struct mock_world *world, const char *path, struct base_error *err) {
  struct journal_file *file = calloc(1, sizeof *file);
  if (!file || !(file->path = strdup(path))) {
    free(file);
    return base_fail(err, JOURNAL_ERR_MEMORY, "", "out of memory");
  }
  int status = open_file(file, err);
  mock_world_lock(world);
  if (status == 0) {
    journal_file_close(world->journal.file);
    world->journal.file = file;
    status = write_past(world, err);
    if (status != 0) world->journal.file = NULL;
  }
  mock_world_unlock(world);
  if (status != 0) journal_file_close(file);
  return status;
}

bool mock_world_journal_failed(struct mock_world *world, struct base_error *err) {
  if (!world->journal.file || world->journal.file->err.code == 0) return false;
  *err = world->journal.file->err;
  return true;
}
