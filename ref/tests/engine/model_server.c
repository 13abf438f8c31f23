#include "model_server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"

#define TEXT_FIELD                                                                                 \
  "{\"name\":\"Name\",\"datatype\":\"string\",\"length\":23,\"nullable\":false,"                    \
  "\"creatable\":true,\"updatable\":true}"
#define KEY_FIELD(name)                                                                            \
  "{\"name\":\"" name "\",\"datatype\":\"number\",\"nullable\":false,\"auto_generated\":true,"       \
  "\"creatable\":true,\"updatable\":false}"

#define METADATA(operations_of_team)                                                               \
  "{\"opstatus\":0,\"timestamp\":\"t1\",\"offline\":true,\"uploadCache\":true,"                     \
  "\"conflict_policy\":\"none\",\"namespaces\":[{\"name\":\"\",\"objects\":["                       \
  "{\"name\":\"Team\",\"key\":[\"TeamId\"],\"fields\":[" KEY_FIELD("TeamId") "," TEXT_FIELD           \
  "],\"relationships\":[{\"name\":\"members\",\"type\":\"OneToMany\",\"target_object\":\"Member\","   \
  "\"source_fields\":[\"TeamId\"],\"target_fields\":[\"TeamId\"],\"cascade\":false}],"               \
  "\"operations\":{" operations_of_team "}},"                                                       \
  "{\"name\":\"Member\",\"key\":[\"MemberId\"],\"fields\":[" KEY_FIELD("MemberId") "," TEXT_FIELD    \
  ",{\"name\":\"TeamId\",\"datatype\":\"number\",\"nullable\":true,\"creatable\":true,"            \
  "\"updatable\":true}],\"relationships\":[],\"operations\":{}}]}]}"
#define TAKES(action)                                                                              \
  "\"" action "\":{\"actions\":[{\"type\":[\"" action "\"],\"supportedObjects\":[\"Member\"]}]}"

const char *const model_metadata = METADATA("");

const char *model_metadata_of(const struct model_server *server) {
  return server->hierarchical ? METADATA(TAKES("create") "," TAKES("update")) : model_metadata;
}

static const struct {
  const char *name, *key;
} objects[MODEL_OBJECTS] = {{"Team", "TeamId"}, {"Member", "MemberId"}};

static const char *const fault_names[] = {
#define MODEL_FAULT_TEXT(name) #name,
    MODEL_FAULTS(MODEL_FAULT_TEXT)
#undef MODEL_FAULT_TEXT
};

const char *model_fault_name(enum model_fault fault) { return fault_names[fault]; }

uint64_t model_random(uint64_t *state, uint64_t below) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return (*state >> 33) % below;
}

struct model_server *model_new(void) {
  void *memory = mmap(NULL, sizeof(struct model_server), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) abort();
  return memory;
}

void model_free(struct model_server *server) { munmap(server, sizeof *server); }

void model_init(struct model_server *server, uint64_t seed) {
  bool hierarchical = server->hierarchical;
  memset(server, 0, sizeof *server);
  server->hierarchical = hierarchical;
  server->next_key = 100;
  server->random = seed;
}

static void complain(struct model_server *server, const char *what, const char *detail) {
  if (server->problem[0]) return;
  snprintf(server->problem, sizeof server->problem, "%s: %.150s", what, detail);
}

/* -- rows ------------------------------------------------------------------------------------------ */

static struct model_row *find_row(struct model_server *server, int object, int64_t key) {
  for (size_t i = 0; i < server->row_count; i++)
    if (server->rows[i].object == object && server->rows[i].key == key) return &server->rows[i];
  return NULL;
}

void model_put(struct model_server *server, int object, int64_t key, const char *name,
               int64_t team) {
  struct model_row *row = find_row(server, object, key);
  if (!row && server->row_count == MODEL_ROWS) {
    complain(server, "too many rows", name);
    return;
  }
  if (!row) row = &server->rows[server->row_count++];
  *row = (struct model_row){
      .object = object, .key = key, .team = team, .revision = ++server->revision};
  snprintf(row->name, sizeof row->name, "%s", name);
}

int64_t model_add(struct model_server *server, int object, const char *name, int64_t team) {
  int64_t key = ++server->next_key;
  model_put(server, object, key, name, team);
  return key;
}

void model_delete(struct model_server *server, int object, int64_t key) {
  struct model_row *row = find_row(server, object, key);
  if (!row || row->deleted) return;
  row->deleted = true;
  row->revision = ++server->revision;
}

static void write_columns(struct base_buf *out, const struct model_row *row) {
  base_buf_printf(out, "\"%s\":%lld,\"Name\":\"%s\"", objects[row->object].key, (long long)row->key,
                  row->name);
  if (row->object != MODEL_MEMBER) return;
  if (row->team) base_buf_printf(out, ",\"TeamId\":%lld", (long long)row->team);
  else base_buf_text(out, ",\"TeamId\":null");
}

/* The row of an object with the next key behind `key`, or NULL. */
static const struct model_row *next_row(const struct model_server *server, int object, int64_t key) {
  const struct model_row *found = NULL;
  for (size_t i = 0; i < server->row_count; i++) {
    const struct model_row *row = &server->rows[i];
    if (row->object == object && row->key > key && (!found || row->key < found->key)) found = row;
  }
  return found;
}

char *model_rows(const struct model_server *server, int object) {
  struct base_buf out = BASE_BUF_INIT;
  const struct model_row *row = NULL;
  base_buf_char(&out, '[');
  while ((row = next_row(server, object, row ? row->key : 0))) {
    if (row->deleted) continue;
    base_buf_text(&out, out.len > 1 ? ",{" : "{");
    write_columns(&out, row);
    base_buf_char(&out, '}');
  }
  base_buf_char(&out, ']');
  return base_buf_steal(&out);
}

size_t model_count(const struct model_server *server, const char *name) {
  size_t count = 0;
  for (size_t i = 0; i < server->row_count; i++)
    count += !server->rows[i].deleted && strcmp(server->rows[i].name, name) == 0;
  return count;
}

/* -- answers by id ------------------------------------------------------------------------------ */

static uint64_t hash(const char *text) {
  uint64_t value = 14695981039346656037u;
  for (; *text; text++) value = (value ^ (unsigned char)*text) * 1099511628211u;
  return value;
}

/* W-45: the answer that this id has, or NULL. */
static const char *known_answer(struct model_server *server, const char *id, const char *body) {
  for (size_t i = 0; i < MODEL_ANSWERS && i < server->answer_count; i++) {
    if (strcmp(server->answers[i].id, id) != 0) continue;
    if (server->answers[i].request != hash(body)) complain(server, "one id for two requests", id);
    return server->answers[i].body;
  }
  return NULL;
}

/* -- faults ---------------------------------------------------------------------------------------- */

void model_fail(struct model_server *server, size_t nth, enum model_fault fault) {
  server->fault_at = server->requests + nth;
  server->fault = fault;
}

void model_lift(struct model_server *server) {
  server->fault_at = 0;
  server->fault_percent = 0;
}

static enum model_fault pick_fault(struct model_server *server) {
  if (++server->requests == server->fault_at) return server->fault;
  if (server->fault_percent == 0 || model_random(&server->random, 100) >= server->fault_percent)
    return MODEL_GOOD;
  return (enum model_fault)(1 + model_random(&server->random, MODEL_REJECTS));
}

/* W-43 gives up a request whose replay meets a complete error answer: one that was executed would be
 * executed twice, which is documented. So it meets no answer instead. */
static enum model_fault spare_executed(struct model_server *server,
                                       const struct fake_request *request, enum model_fault fault) {
  if (fault != MODEL_UNAVAILABLE && fault != MODEL_ERROR) return fault;
  CLEANUP(free_text) char *id = fake_header(request, "X-Voltmx-RequestCacheId");
  return id && known_answer(server, id, request->body) ? MODEL_LOST : fault;
}

/* How each fault looks from outside; status 0: there is no answer. */
static const struct {
  bool executed;
  enum net_outcome outcome;
  int status;
  const char *body; /* NULL: the real one */
} looks[MODEL_FAULT_COUNT] = {
    [MODEL_GOOD] = {true, NET_ANSWERED, 200, NULL},
    [MODEL_REFUSED] = {false, NET_REFUSED, 0, ""},
    [MODEL_LOST] = {false, NET_TIMEOUT, 0, ""},
    [MODEL_UNAVAILABLE] = {false, NET_ANSWERED, 503, ""},
    [MODEL_TOO_MANY] = {false, NET_ANSWERED, 429, "slow down"},
    [MODEL_ERROR] = {false, NET_ANSWERED, 200, "{\"opstatus\":8009,\"errmsg\":\"no\"}"},
    [MODEL_HUNG] = {true, NET_TIMEOUT, 0, ""},
    [MODEL_CUT] = {true, NET_CUT_SHORT, 0, ""},
    [MODEL_GATEWAY] = {true, NET_ANSWERED, 504, "<html>"},
    [MODEL_EMPTY] = {true, NET_ANSWERED, 200, ""},
    [MODEL_TRUNCATED] = {true, NET_ANSWERED, 200, NULL},
    [MODEL_BUSY] = {true, NET_ANSWERED, 200, "{\"opstatus\":500210}"},
    [MODEL_REJECTS] = {true, NET_ANSWERED, 200, NULL},
    [MODEL_KILL] = {false, NET_TIMEOUT, 0, ""},
    [MODEL_KILL_LATER] = {true, NET_TIMEOUT, 0, ""},
};

/* -- upload ---------------------------------------------------------------------------------------- */

struct uploading {
  struct model_server *server;
  struct base_buf records[MODEL_OBJECTS];
  int64_t temporary[MODEL_OBJECTS][64], real[MODEL_OBJECTS][64]; /* keys given in this request */
  size_t given[MODEL_OBJECTS];
  size_t total, failed;
  size_t reject; /* the record that is rejected, from 1; 0: none */
  bool nests;    /* the answer nests as the request does (W-48) */
};

static int64_t number_of(const cJSON *record, const char *name) {
  int64_t value = 0;
  json_integer(json_find(record, name), &value);
  return value;
}

static int object_of(const cJSON *metadata) {
  const char *name = json_find_string(metadata, "object");
  return name && strcmp(name, objects[MODEL_MEMBER].name) == 0 ? MODEL_MEMBER : MODEL_TEAM;
}

/* W-34: a temporary key of an earlier record of this request; 0: that record was rejected. */
static int64_t resolve(struct uploading *u, int object, int64_t key) {
  for (size_t i = 0; key < 0 && i < u->given[object]; i++)
    if (u->temporary[object][i] == key) return u->real[object][i];
  return key;
}

static void give(struct uploading *u, int object, int64_t temporary, int64_t real) {
  size_t place = u->given[object];
  if (place == 64) return;
  u->temporary[object][place] = temporary;
  u->real[object][place] = real;
  u->given[object]++;
}

/* Answers are written without the closing brace: their children may follow. */
static void answer_failed(struct uploading *u, int object, int64_t key, int64_t row_id,
                          struct base_buf *out) {
  u->failed++;
  base_buf_printf(out, "{\"%s\":%lld,\"_metadata\":{\"rowId\":%lld,\"opstatus\":20006,"
                       "\"errmsg\":\"rejected\"}",
                  objects[object].key, (long long)key, (long long)row_id);
}

static void answer_stored(const struct model_row *row, int64_t sent_key, int64_t row_id,
                          const char *action, struct base_buf *out) {
  base_buf_char(out, '{');
  write_columns(out, row);
  if (sent_key < 0) base_buf_printf(out, ",\"_%s\":%lld", objects[row->object].key, (long long)sent_key);
  base_buf_printf(out, ",\"_metadata\":{\"action\":\"%s\",\"rowId\":%lld,\"checksum\":\"%lld\","
                       "\"opstatus\":0}",
                  action, (long long)row_id, (long long)row->revision);
}

/* W-47: a parent without an edit changes nothing. */
static void answer_carrier(struct uploading *u, int object, int64_t key, struct base_buf *out) {
  const struct model_row *row = find_row(u->server, object, key);
  if (!u->server->hierarchical || !row) complain(u->server, "a carrier that nobody knows", objects[object].key);
  else answer_stored(row, key, -1, row->deleted ? "delete" : "update", out);
}

static void execute_record(struct uploading *u, const cJSON *record, struct base_buf *out) {
  struct model_server *server = u->server;
  const cJSON *metadata = json_find(record, "_metadata");
  const char *action = json_find_string(metadata, "action"), *name = json_find_string(record, "Name");
  int object = object_of(metadata);
  int64_t row_id = number_of(metadata, "rowId"), sent = number_of(record, objects[object].key);
  int64_t key = resolve(u, object, sent);
  int64_t team = object == MODEL_MEMBER ? resolve(u, MODEL_TEAM, number_of(record, "TeamId")) : 0;
  bool create = action && strcmp(action, "create") == 0, delete = action && strcmp(action, "delete") == 0;
  bool orphan = (sent < 0 && key == 0) || (object == MODEL_MEMBER && team == 0 && number_of(record, "TeamId") != 0);
  if (++u->total == u->reject || orphan) {
    if (create) give(u, object, sent, 0);
    answer_failed(u, object, sent, row_id, out);
    return;
  }
  if (row_id < 0) {
    answer_carrier(u, object, key, out);
    return;
  }
  if (team < 0) complain(server, "a temporary key that nobody knows", name ? name : "");
  if (!create && key < 0) complain(server, "an edit of a row that nobody knows", name ? name : "");
  if (!delete && !name) complain(server, "a record without its name", action ? action : "");
  if (create) {
    key = ++server->next_key;
    give(u, object, sent, key);
  }
  if (delete) model_delete(server, object, key);
  else model_put(server, object, key, name ? name : "", team);
  const struct model_row *row = find_row(server, object, key);
  const struct model_row gone = {.object = object, .key = key};
  answer_stored(row ? row : &gone, sent, row_id, action ? action : "", out);
}

/* A record, and the Members that stand in a Team. */
static void execute_tree(struct uploading *u, const cJSON *record, struct base_buf *out) {
  const cJSON *members = json_find(record, "Member");
  bool nests = members && u->nests;
  if (members && !u->server->hierarchical) complain(u->server, "a nested record", "in a flat service");
  execute_record(u, record, out);
  struct base_buf *below = nests ? out : &u->records[MODEL_MEMBER];
  if (nests) base_buf_text(out, ",\"Member\":[");
  for (const cJSON *member = members ? members->child : NULL; member; member = member->next) {
    bool first = nests ? member == members->child : below->len == 0;
    if (number_of(member, "TeamId") != number_of(record, "TeamId"))
      complain(u->server, "a member in a team that is not his", "");
    if (!first) base_buf_char(below, ',');
    execute_tree(u, member, below);
  }
  base_buf_text(out, nests ? "]}" : "}");
}

/* W-38 */
static int top_opstatus(const struct uploading *u) {
  if (u->failed == 0) return 0;
  return u->failed == u->total ? 20006 : 500100;
}

static void write_upload_answer(struct uploading *u, struct base_buf *out) {
  base_buf_printf(out, "{\"opstatus\":%d,\"_metadata\":{\"recordCount\":%zu,\"successCount\":%zu,"
                       "\"failureCount\":%zu},\"objects\":[",
                  top_opstatus(u), u->total, u->total - u->failed, u->failed);
  for (int i = 0; i < MODEL_OBJECTS; i++)
    base_buf_printf(out, "%s{\"name\":\"%s\",\"records\":[%s]}", i ? "," : "", objects[i].name,
                    base_buf_string(&u->records[i]));
  base_buf_text(out, "]}");
}

static size_t count_records(const cJSON *records) {
  size_t count = 0;
  for (const cJSON *record = records ? records->child : NULL; record; record = record->next)
    count += 1 + count_records(json_find(record, "Member"));
  return count;
}

static void execute_upload(struct model_server *server, const cJSON *body, bool reject,
                           struct base_buf *out) {
  struct uploading u = {.server = server, .nests = server->hierarchical && model_random(&server->random, 2)};
  const cJSON *records = json_find(body, "records");
  size_t count = count_records(records);
  if (reject && count > 0) u.reject = 1 + model_random(&server->random, count);
  for (const cJSON *record = records ? records->child : NULL; record; record = record->next) {
    struct base_buf *own = &u.records[object_of(json_find(record, "_metadata"))];
    if (own->len) base_buf_char(own, ',');
    execute_tree(&u, record, own);
  }
  write_upload_answer(&u, out);
  for (int i = 0; i < MODEL_OBJECTS; i++) base_buf_done(&u.records[i]);
}

/* The oldest answer makes room. */
static void keep_answer(struct model_server *server, const char *id, const char *request,
                        const char *body) {
  size_t place = server->answer_count++ % MODEL_ANSWERS;
  if (strlen(body) >= MODEL_ANSWER_SIZE) complain(server, "no room for an answer", id);
  snprintf(server->answers[place].id, sizeof server->answers[place].id, "%s", id);
  server->answers[place].request = hash(request);
  snprintf(server->answers[place].body, MODEL_ANSWER_SIZE, "%s", body);
}

static void upload(struct model_server *server, const struct fake_request *request,
                   const cJSON *body, bool reject, struct base_buf *out) {
  CLEANUP(free_text) char *id = fake_header(request, "X-Voltmx-RequestCacheId");
  if (!id) complain(server, "an upload without its id", request->line);
  bool flat = !server->hierarchical || strstr(request->line, "/objects/"); /* W-47 */
  if (flat != (json_find(body, "echo") != NULL)) complain(server, "the other envelope", request->line);
  const char *known = id ? known_answer(server, id, request->body) : NULL;
  if (known) {
    base_buf_text(out, known);
    return;
  }
  execute_upload(server, body, reject, out);
  if (id) keep_answer(server, id, request->body, base_buf_string(out));
}

/* -- download --------------------------------------------------------------------------------------- */

/* A page: rows changed after `from` and not after `to`, behind the key `after`, `size` of each object. */
struct page {
  long long from[MODEL_OBJECTS], after[MODEL_OBJECTS], to, size;
  bool more;
};

static void read_context(const struct model_server *server, const struct fake_request *request,
                         const cJSON *body, struct page *page) {
  const cJSON *known = json_find(json_find(body, "delta_context"), "objs");
  const char *size = strstr(request->line, "batchsize=");
  *page = (struct page){.to = server->revision, .size = size ? atoll(size + 10) : 0};
  for (int i = 0; i < MODEL_OBJECTS; i++) {
    const cJSON *of_object = json_find(known, objects[i].name);
    const char *delta = json_find_string(of_object, "delta"), *bc = json_find_string(of_object, "bc");
    if (delta) page->from[i] = atoll(delta + 1);
    if (bc) sscanf(bc, "b%lld.%lld.%lld", &page->from[i], &page->to, &page->after[i]);
  }
}

static void write_records(const struct model_server *server, int object, struct page *page,
                          struct base_buf *out) {
  const struct model_row *row = NULL;
  long long written = 0;
  while ((row = next_row(server, object, row ? row->key : page->after[object]))) {
    bool changed = row->revision > page->from[object] && row->revision <= page->to;
    if (!changed || (row->deleted && page->from[object] == 0)) continue;
    if (page->size > 0 && written == page->size) {
      page->more = true;
      break;
    }
    base_buf_text(out, written++ ? ",{" : "{");
    write_columns(out, row);
    base_buf_printf(out, ",\"_metadata\":{\"action\":\"%s\",\"checksum\":\"%lld\"}}",
                    row->deleted ? "delete" : "update", (long long)row->revision);
    page->after[object] = row->key;
  }
}

static void write_contexts(const struct page *page, int first, int last, struct base_buf *out) {
  base_buf_text(out, "],\"delta_context\":{\"objs\":{");
  for (int i = first; i <= last; i++) {
    base_buf_printf(out, "%s\"%s\":", i > first ? "," : "", objects[i].name);
    if (page->more)
      base_buf_printf(out, "{\"bc\":\"b%lld.%lld.%lld\"}", page->from[i], page->to, page->after[i]);
    else base_buf_printf(out, "{\"delta\":\"d%lld\"}", page->to);
  }
  base_buf_text(out, page->more ? "}},\"hasMoreRecords\":\"true\"}" : "}}}");
}

/* W-19: a service's objects stand under `Objects`, at object level the records stand at the top. */
static void download(const struct model_server *server, const struct fake_request *request,
                     const cJSON *body, struct base_buf *out) {
  struct page page;
  int first = strstr(request->line, "/objects/Member") ? MODEL_MEMBER : MODEL_TEAM;
  bool one = strstr(request->line, "/objects/") != NULL;
  int last = one ? first : MODEL_MEMBER;
  read_context(server, request, body, &page);
  base_buf_text(out, one ? "{\"opstatus\":0,\"records\":[" : "{\"opstatus\":0,\"Objects\":[");
  for (int i = first; i <= last; i++) {
    if (!one)
      base_buf_printf(out, "%s{\"name\":\"%s\",\"opstatus\":0,\"records\":[", i > first ? "," : "",
                      objects[i].name);
    write_records(server, i, &page, out);
    if (!one) base_buf_text(out, "]}");
  }
  write_contexts(&page, first, last, out);
}

/* -- a request --------------------------------------------------------------------------------------- */

static void execute(struct model_server *server, const struct fake_request *request, bool reject) {
  struct base_buf out = BASE_BUF_INIT;
  CLEANUP(json_free) cJSON *body = NULL;
  if (json_parse(request->body, strlen(request->body), JSON_REPEATED_REFUSED, &body, NULL) != 0)
    complain(server, "a body that is no JSON", request->body);
  if (strncmp(request->line, "UPLOAD", 6) == 0) upload(server, request, body, reject, &out);
  else download(server, request, body, &out);
  if (out.len >= sizeof server->out) complain(server, "an answer without room", request->line);
  snprintf(server->out, sizeof server->out, "%s", base_buf_string(&out));
  base_buf_done(&out);
}

void model_answer(void *self, const struct fake_request *request, struct net_answer *answer) {
  struct model_server *server = self;
  enum model_fault fault = spare_executed(server, request, pick_fault(server));
  server->uploads += strncmp(request->line, "UPLOAD", 6) == 0;
  if (fault == MODEL_KILL) raise(SIGKILL);
  if (looks[fault].executed) execute(server, request, fault == MODEL_REJECTS);
  if (fault == MODEL_KILL_LATER) raise(SIGKILL);
  const char *body = looks[fault].body ? looks[fault].body : server->out;
  size_t len = strlen(body);
  if (fault == MODEL_TRUNCATED) len = model_random(&server->random, len);
  *answer = (struct net_answer){
      .outcome = looks[fault].outcome, .status = looks[fault].status, .body = body, .body_len = len};
}
