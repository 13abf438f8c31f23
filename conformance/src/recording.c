#include "recording.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "file.h"

static const char FORMAT[] = "foundrycheck-recording";

/* Of a file that is read: where the lines of a session stand. */
struct part {
  char *scenario;
  int64_t history, tries;
  size_t from, to; /* bytes of the text */
  int line;        /* number of its first line */
  bool taken;
};

struct recording {
  pthread_mutex_t mutex;
  char *path;
  FILE *file; /* NULL when it is read */
  int written_errno;
  struct base_buf text;
  cJSON *head, *last;
  struct part *parts;
  size_t count;
};

static struct recording *new_recording(const char *path) {
  struct recording *recording = calloc(1, sizeof *recording);
  if (!recording) return NULL;
  pthread_mutex_init(&recording->mutex, NULL);
  recording->path = strdup(path);
  return recording;
}

void recording_close(struct recording *recording) {
  if (!recording) return;
  if (recording->file) fclose(recording->file);
  for (size_t i = 0; i < recording->count; i++) free(recording->parts[i].scenario);
  free(recording->parts);
  base_buf_done(&recording->text);
  cJSON_Delete(recording->head);
  cJSON_Delete(recording->last);
  free(recording->path);
  pthread_mutex_destroy(&recording->mutex);
  free(recording);
}

static void close_recording(struct recording **recording) { recording_close(*recording); }

/* ---- writing ---- */

static void write_line(struct recording *recording, const cJSON *line) {
  CLEANUP(free_text) char *text = json_print(line);
  bool good = text && fputs(text, recording->file) >= 0 && fputc('\n', recording->file) != EOF;
  if (!good && recording->written_errno == 0) recording->written_errno = text ? errno : ENOMEM;
}

static int fail_writing(const char *path, int number, struct base_error *err) {
  return base_fail(err, RECORDING_ERR_FILE, "", "the recording %.300s cannot be written: %s", path, strerror(number));
}

int recording_create(const char *path, const cJSON *head, struct recording **out, struct base_error *err) {
  CLEANUP(close_recording) struct recording *recording = new_recording(path);
  CLEANUP(json_free) cJSON *line = cJSON_CreateObject();
  if (!recording) return fail_writing(path, ENOMEM, err);
  recording->file = fopen(path, "we");
  if (!recording->file) return fail_writing(path, errno, err);
  cJSON_AddStringToObject(line, "format", FORMAT);
  cJSON_AddItemToObject(line, "version", json_create_integer(RECORDING_VERSION));
  for (const cJSON *member = head->child; member; member = member->next)
    cJSON_AddItemToObject(line, member->string, cJSON_Duplicate(member, true));
  write_line(recording, line);
  if (fflush(recording->file) != 0 || recording->written_errno) return fail_writing(path, errno, err);
  *out = TAKE(recording);
  return 0;
}

void recording_add(struct recording *recording, struct recording_session session, const cJSON *lines) {
  CLEANUP(json_free) cJSON *first = cJSON_CreateObject();
  const cJSON *line;
  cJSON_AddStringToObject(first, "session", session.scenario);
  if (session.history) {
    cJSON_AddItemToObject(first, "history", json_create_integer(session.history));
    cJSON_AddItemToObject(first, "try", json_create_integer(session.tries));
  }
  pthread_mutex_lock(&recording->mutex);
  write_line(recording, first);
  cJSON_ArrayForEach(line, lines) write_line(recording, line);
  pthread_mutex_unlock(&recording->mutex);
}

int recording_finish(struct recording *recording, const char *problem, struct base_error *err) {
  CLEANUP(json_free) cJSON *line = cJSON_CreateObject();
  cJSON_AddTrueToObject(line, "finished");
  if (problem) cJSON_AddStringToObject(line, "problem", problem);
  write_line(recording, line);
  if (fflush(recording->file) != 0 && recording->written_errno == 0) recording->written_errno = errno;
  return recording->written_errno ? fail_writing(recording->path, recording->written_errno, err) : 0;
}

/* ---- reading ---- */

enum member_type { TEXT, NUMBER, TRUTH };

/* The kinds of lines, known by their first member, and what else each must have. */
static const struct {
  const char *kind;
  enum member_type type;
  const char *list; /* a member that is a list, or NULL */
} KINDS[] = {{"session", TEXT, NULL}, {"call", TEXT, "args"}, {"enter", NUMBER, "args"}, {"leave", NUMBER, NULL},
             {"now", NUMBER, NULL},   {"over", TRUTH, NULL},  {"close", TEXT, NULL},     {"judge", TRUTH, NULL},
             {"end", TRUTH, "journal"}, {"finished", TRUTH, NULL}};

static bool has_type(const cJSON *value, enum member_type type) {
  switch (type) {
  case TEXT: return cJSON_IsString(value);
  case NUMBER: return json_is_number(value);
  case TRUTH: return cJSON_IsTrue(value);
  }
  return false;
}

static int bad_line(const struct recording *recording, int number, const char *what, struct base_error *err) {
  return base_fail(err, RECORDING_ERR_FORMAT, "", "%.200s: line %d: %.160s", recording->path, number, what);
}

static int check_line(const struct recording *recording, const cJSON *line, int number, struct base_error *err) {
  char what[120];
  const char *kind = line->child ? line->child->string : "";
  if (!cJSON_IsObject(line)) return bad_line(recording, number, "it is no JSON object", err);
  for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
    if (strcmp(KINDS[i].kind, kind) != 0) continue;
    if (!has_type(line->child, KINDS[i].type)) {
      snprintf(what, sizeof what, "\"%s\" has a value of another type", kind);
      return bad_line(recording, number, what, err);
    }
    if (!KINDS[i].list || cJSON_IsArray(json_find(line, KINDS[i].list))) return 0;
    snprintf(what, sizeof what, "\"%s\" needs a list \"%s\"", kind, KINDS[i].list);
    return bad_line(recording, number, what, err);
  }
  snprintf(what, sizeof what, "no line begins with the member \"%.60s\"", kind);
  return bad_line(recording, number, what, err);
}

static int read_head(struct recording *recording, cJSON **line, struct base_error *err) {
  int64_t version = 0;
  const char *format = json_find_string(*line, "format");
  if (!format || strcmp(format, FORMAT) != 0) return bad_line(recording, 1, "this is no recording of foundrycheck", err);
  if (!json_integer(json_find(*line, "version"), &version) || version != RECORDING_VERSION)
    return bad_line(recording, 1, "the recording has another version than 1: this program cannot read it", err);
  if (!cJSON_IsObject(json_find(*line, "hello")) || !cJSON_IsArray(json_find(*line, "scenarios")))
    return bad_line(recording, 1, "the head needs an object \"hello\" and a list \"scenarios\"", err);
  recording->head = TAKE(*line);
  return 0;
}

static int begin_part(struct recording *recording, const cJSON *line, size_t from, int number) {
  struct part *grown = realloc(recording->parts, (recording->count + 1) * sizeof *grown);
  if (!grown) return RECORDING_ERR_FILE;
  recording->parts = grown;
  struct part *part = &grown[recording->count++];
  *part = (struct part){.scenario = strdup(line->child->valuestring), .from = from, .to = from, .line = number};
  json_integer(json_find(line, "history"), &part->history);
  json_integer(json_find(line, "try"), &part->tries);
  return 0;
}

/* One line that was parsed, and ends at byte `to`. */
static int take_line(struct recording *recording, cJSON **line, size_t to, int number, struct base_error *err) {
  if (!recording->head) return read_head(recording, line, err);
  int status = check_line(recording, *line, number, err);
  if (status) return status;
  if (recording->last) return bad_line(recording, number, "nothing may follow the line \"finished\"", err);
  const char *kind = (*line)->child->string;
  if (strcmp(kind, "session") == 0) return begin_part(recording, *line, to, number + 1);
  if (strcmp(kind, "finished") == 0) recording->last = TAKE(*line);
  else if (recording->count == 0) return bad_line(recording, number, "it stands before the first session", err);
  else recording->parts[recording->count - 1].to = to;
  return 0;
}

/* Calls `take` for each line. */
static int read_lines(struct recording *recording, struct base_error *err) {
  int status = 0, number = 1;
  const char *text = base_buf_string(&recording->text);
  for (size_t from = 0; from < recording->text.len && !status; number++) {
    const char *end = memchr(text + from, '\n', recording->text.len - from);
    size_t to = end ? (size_t)(end - text) : recording->text.len;
    struct base_error problem = {0};
    CLEANUP(json_free) cJSON *line = NULL;
    if (json_parse(text + from, to - from, JSON_LAST_COUNTS, &line, &problem))
      status = bad_line(recording, number, strncmp(problem.text, "line 1: ", 8) == 0 ? problem.text + 8 : problem.text, err);
    else status = take_line(recording, &line, to + 1, number, err);
    from = to + 1;
  }
  if (!status && !recording->head) status = bad_line(recording, 1, "this is no recording of foundrycheck", err);
  return status;
}

int recording_open(const char *path, struct recording **out, struct base_error *err) {
  CLEANUP(close_recording) struct recording *recording = new_recording(path);
  if (!recording) return base_fail(err, RECORDING_ERR_FILE, "", "out of memory");
  if (file_read(path, &recording->text, err)) return err->code = RECORDING_ERR_FILE;
  int status = read_lines(recording, err);
  if (!status) *out = TAKE(recording);
  return status;
}

const cJSON *recording_head(const struct recording *recording) { return recording->head; }

const char *recording_problem(const struct recording *recording) {
  return recording->last ? json_find_string(recording->last, "problem") : "the recorded run was cut off before its end";
}

static cJSON *parse_part(const struct recording *recording, const struct part *part) {
  cJSON *lines = cJSON_CreateArray();
  const char *text = base_buf_string(&recording->text);
  int number = part->line;
  for (size_t from = part->from; from < part->to; number++) {
    const char *end = memchr(text + from, '\n', part->to - from);
    size_t to = end ? (size_t)(end - text) : part->to;
    cJSON *line = NULL;
    struct base_error err = {0};
    if (to > recording->text.len) to = recording->text.len;
    if (!json_parse(text + from, to - from, JSON_LAST_COUNTS, &line, &err)) {
      cJSON_AddItemToObject(line, "line", json_create_integer(number));
      cJSON_AddItemToArray(lines, line);
    }
    from = to + 1;
  }
  return lines;
}

static bool is_session(const struct part *part, struct recording_session session) {
  return part->scenario && strcmp(part->scenario, session.scenario) == 0 && part->history == session.history &&
         part->tries == session.tries;
}

cJSON *recording_take(struct recording *recording, struct recording_session session) {
  struct part *found = NULL;
  pthread_mutex_lock(&recording->mutex);
  for (size_t i = 0; i < recording->count && !found; i++)
    if (!recording->parts[i].taken && is_session(&recording->parts[i], session)) found = &recording->parts[i];
  if (found) found->taken = true;
  pthread_mutex_unlock(&recording->mutex);
  return found ? parse_part(recording, found) : NULL;
}
