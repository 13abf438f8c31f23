/*
 * Target: the mock's way of a request, from its bytes to those of its answer, without a socket. Up to six
 * requests, the byte 0x1e between them; each is a line "POST /services/data/v1/Org?offline=true", lines
 * "Name: value", an empty line, and the body.
 *
 * Held: each gets one whole HTTP answer, with the length that it names, JSON where it says so; no rule or
 * Lua function fails; nothing is left at work; what the journal holds of it reads back to the same record,
 * and its file to the same entries; an upload that comes again with its id is answered by the same bytes (W-45),
 * and so is a download that ends with a delta.
 *
 * FUZZ_TELL=1 prints the answers.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/utf8.h"
#include "foundrymock/mock.h"
#include "journal/record.h"
#include "memory_file.h"
#include "mock_kept.h"
#include "mock_seam.h"
#include "oracle.h"
#include "spending.h"
#include "world/world.h"

/* Of one request; it may meet what all of the others left. */
static const struct spending most = {.steps = 100000, .steps_each = 2000, .bytes = 256 * 1024, .bytes_each = 300};

static const char world_script[] =
    "local foundry = require 'foundry'\n"
    "local org = server:service('Org', {uploadCache = true, response_wait_ms = 0, conflict = 'serverwins'})\n"
    "local departments = org:object('Department', foundry.model.department)\n"
    "local employees = org:object('Employee', foundry.model.employee)\n"
    "org:relate{name = 'Department', type = 'ManyToOne', from = employees, to = departments,\n"
    "  source_fields = {'DeptId'}, target_fields = {'DeptId'}}\n"
    "departments:insert{{DeptId = 1, Title = 'Human Resource'}, {DeptId = 2, Title = 'Research'}}\n"
    "employees:insert{{EmpId = 1, Name = 'Ada', Salary = 5000.5, Active = true, HiredOn = '2020-02-29', DeptId = 2},\n"
    "  {EmpId = 2, Name = 'Grace', Active = false, DeptId = 2}, {EmpId = 3, Name = 'Zuse', DeptId = 1}}\n"
    "org:on_upload():reject{where = function(record) return record.Name == '' end, opstatus = 20006, errmsg = 'a name'}\n"
    "local sales = server:service('Sales')\n"
    "local orders = sales:object('Order', {key = {'Id'}, fields = {\n"
    "  {name = 'Id', datatype = 'number', auto_generated = true, nullable = false}, {name = 'Name', datatype = 'string'}}})\n"
    "local items = sales:object('Item', {key = {'Id'}, fields = {\n"
    "  {name = 'Id', datatype = 'number', auto_generated = true, nullable = false},\n"
    "  {name = 'OrderId', datatype = 'number'}, {name = 'Photo', datatype = 'binary'}}})\n"
    "sales:relate{name = 'Item', type = 'OneToMany', from = orders, to = items,\n"
    "  source_fields = {'Id'}, target_fields = {'OrderId'}}\n"
    "sales:nest{parent = orders, child = items}\n"
    "orders:expand('Item')\n"
    "orders:insert{{Id = 1, Name = 'first'}}\n"
    "items:insert{{Id = 1, OrderId = 1}}\n";

enum { REQUESTS_MAX = 6, SEPARATOR = 0x1e };

/* ---- bytes into a request ------------------------------------------------------------------------- */

/* The next line, its end taken off; what stands behind a CR is not read. NULL: there is none. */
static char *next_line(char **at) {
  char *line = *at, *end = line ? strchr(line, '\n') : NULL;
  if (!line) return NULL;
  *at = end ? end + 1 : NULL;
  if (end) *end = '\0';
  line[strcspn(line, "\r")] = '\0';
  return line;
}

/* Names of methods and headers: the HTTP stack takes printable ASCII alone. */
static bool is_name(const char *text) {
  for (; *text; text++)
    if (*text < 33 || *text > 126) return false;
  return true;
}

static void read_target(char *line, struct http_request *request) {
  char *space = strchr(line, ' ');
  request->path = space ? space + 1 : "/";
  if (space) *space = '\0';
  request->method = is_name(line) ? line : "GET";
  char *query = space ? strchr(space + 1, '?') : NULL;
  request->query = query ? query + 1 : "";
}

/* `text` is changed and has a NUL behind its `len` bytes. */
static void read_request(char *text, size_t len, struct http_request *request) {
  char *at = text, *line = next_line(&at);
  *request = (struct http_request){.version = "1.1", .body = BASE_BUF_INIT};
  read_target(line, request);
  while ((line = next_line(&at)) && *line) {
    char *colon = strchr(line, ':');
    if (!colon || request->header_count == HTTP_HEADERS) continue;
    *colon = '\0';
    if (!is_name(line)) continue;
    request->headers[request->header_count++] = (struct http_header){line, colon + 1 + (colon[1] == ' ')};
  }
  if (at) base_buf_append(&request->body, at, len - (size_t)(at - text));
}

/* ---- what came back ------------------------------------------------------------------------------- */

static bool is_json_answer(const char *head) { return strstr(head, "\r\nContent-Type: application/json\r\n") != NULL; }

/* One HTTP answer and nothing behind it; its body. */
static const char *check_answer(const struct base_buf *out, const char *method, size_t *body_len) {
  const char *text = base_buf_string(out), *end = strstr(text, "\r\n\r\n"), *length = strstr(text, "\r\nContent-Length: ");
  int status = 0;
  MUST(sscanf(text, "HTTP/1.1 %d ", &status) == 1 && status >= 200 && status <= 599);
  MUST(end && length && length < end);
  *body_len = out->len - (size_t)(end + 4 - text);
  bool head = strcmp(method, "HEAD") == 0;
  MUST(head ? *body_len == 0 : strtoull(length + 18, NULL, 10) == *body_len);
  if (head || !is_json_answer(text) || *body_len == 0) return end + 4;
  CLEANUP(json_free) cJSON *json = NULL;
  MUST(json_parse(end + 4, *body_len, JSON_REPEATED_REFUSED, &json, NULL) == 0);
  return end + 4;
}

static void check_record(cJSON *(*write)(const struct journal_entry *), const struct journal_entry *entry,
                         int (*read)(const cJSON *, struct journal_entry *, struct base_error *)) {
  struct base_error err = {0};
  struct journal_entry copy = {.seq = entry->seq};
  CLEANUP(json_free) cJSON *record = write(entry);
  MUST(record_check(record, &err) == 0 && read(record, &copy, &err) == 0);
  CLEANUP(json_free) cJSON *again = write(&copy);
  CLEANUP(free_text) char *once = json_print(record), *twice = json_print(again);
  MUST(once && twice && strcmp(once, twice) == 0);
  journal_entry_done(&copy);
}

static const struct journal_entry *last_entry(const struct mock_world *world) {
  for (size_t i = world->journal.count; i-- > 0;)
    if (!world->journal.entries[i]->event) return world->journal.entries[i];
  return NULL;
}

static const struct journal_entry *serve(struct mock_world *world, const struct http_request *request, size_t size, struct base_buf *out) {
  size_t before = world->journal.count;
  spending_begin();
  MUST(seam_serve(world, request, out) != SEAM_RESET);
  spending_end(&most, size);
  const struct journal_entry *entry = last_entry(world);
  MUST(entry && world->journal.count > before && world->at_work == 0);
  MUST(entry->end == END_ANSWERED && entry->ended != 0);
  MUST(!mock_world_script_error(world, &(struct base_error){0}));
  check_record(record_request, entry, record_read_request);
  check_record(record_answer, entry, record_read_answer);
  return entry;
}

/* Is the answer to the same request, now, the same? */
static bool repeats(const struct journal_entry *entry, const char *body) {
  if (entry->status != 200) return false;
  if (entry->kind == KIND_UPLOAD) return entry->cache_id && entry->service && entry->service->upload_cache;
  return entry->kind == KIND_DOWNLOAD && !strstr(body, "\"bc\"");
}

static void tell(const struct base_buf *answer) {
  if (getenv("FUZZ_TELL")) fprintf(stderr, "%s\n", base_buf_string(answer));
}

static void serve_and_again(struct mock_world *world, const struct http_request *request, size_t size) {
  CLEANUP(base_buf_done) struct base_buf first = BASE_BUF_INIT, second = BASE_BUF_INIT;
  size_t len = 0, len_again = 0;
  const struct journal_entry *entry = serve(world, request, size, &first);
  const char *body = check_answer(&first, request->method, &len);
  tell(&first);
  if (!repeats(entry, body)) return;
  serve(world, request, size, &second);
  const char *again = check_answer(&second, request->method, &len_again);
  MUST(len == len_again && memcmp(body, again, len) == 0);
}

/* ---- the recording ------------------------------------------------------------------------------- */

static void same_entry(const cJSON *read, const struct journal_entry *entry) {
  CLEANUP(json_free) cJSON *written = journal_json(entry);
  CLEANUP(free_text) char *before = json_print(written), *after = json_print(read);
  MUST(before && after);
  if (strcmp(before, after) != 0) fprintf(stderr, "written: %s\nread:    %s\n", before, after);
  MUST(strcmp(before, after) == 0);
}

/* What the mock writes of the whole, with a note behind it, reads to the entries that it was written of (JOURNAL.md). */
static void check_recording(struct mock_world *world) {
  CLEANUP(json_free) cJSON *journals = NULL;
  struct base_error err = {0};
  const char *path = memory_file("", 0, 1);
  MUST(mock_world_journal_file(world, path, &err) == 0 && mock_world_note(world, "end", NULL, &err) == 0);
  if (mock_journal_read(path, &journals, &err) != 0) fprintf(stderr, "%s\n", err.text);
  MUST(cJSON_GetArraySize(journals) == 1);
  const cJSON *read = json_find(journals->child, "entries")->child;
  for (size_t i = 0; i < world->journal.count; i++, read = read->next) same_entry(read, world->journal.entries[i]);
  MUST(strcmp(json_find_string(read, "note"), "end") == 0 && !read->next);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static struct seam_kept kept;
  struct mock_world *world = seam_begin(&kept, world_script);
  for (size_t count = 0, at = 0; count < REQUESTS_MAX && at < size; count++) {
    const uint8_t *end = memchr(data + at, SEPARATOR, size - at);
    size_t len = end ? (size_t)(end - data) - at : size - at;
    char *text = malloc(len + 1);
    struct http_request request;
    MUST(text);
    memcpy(text, data + at, len);
    text[len] = '\0';
    read_request(text, len, &request);
    serve_and_again(world, &request, size);
    base_buf_done(&request.body);
    free(text);
    at += len + 1;
  }
  check_recording(world);
  return 0;
}
