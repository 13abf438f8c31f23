/*
 * One page, read record by record straight from the text (W-20, W-21).
 *
 * A page is a nest of frames: the answer, an entry of `Objects`, its records, and arrays of child
 * records found in a record. What has to be known before a container is entered (an object's name
 * and opstatus, the answer's opstatus) usually stands before it. Where it does not, the container is
 * stepped over, its place remembered, and entered when its frame ends. Child arrays wait in `later`
 * until their parent's record was handed out, so that parents come first (W-25); so do the arrays in
 * their records, to any depth (DNL-13).
 *
 * Always true:
 *  1. Every byte was read when VMX_PAGE_END is returned; the text is JSON and the opstatus good.
 *  2. `row` holds the values of one record; they borrow the text or `arena`, which is cleared
 *     before the next record.
 *  3. No work is done twice for a byte, save for what is stepped over first.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "core/answer.h"
#include "core/codes.h"
#include "core/download.h"

/* An array of records that is read later. */
struct span {
  const struct vmx_object *object; /* NULL: its entry has not told its name yet */
  size_t start, len;
};

/* What one entry of `Objects` said of itself so far. */
struct entry {
  const struct vmx_object *object;
  bool named;
  int64_t opstatus;
  const char *errmsg;
};

enum where { AT_ANSWER, AT_OBJECTS, AT_ENTRY, AT_RECORDS, AT_LATER };

struct vmx_page_state {
  struct vmx_download *run; /* held[] is written through it */
  const char *text;
  size_t len;
  struct json_reader main;  /* over the whole text */
  struct json_reader part;  /* over a span that is read later */
  size_t part_start;
  enum where where, outer;  /* `outer`: where AT_RECORDS returns to */
  struct entry entry;
  const struct vmx_object *records_of;
  struct span *later;
  size_t later_count, later_capacity, later_next; /* first come, first read */
  bool answer_over;
  int64_t opstatus;
  const char *errmsg;
  size_t delta_start, delta_len;
  struct json_reader deltas; /* over the members of `objs`, after the end */
  bool more;
  struct vmx_arena arena; /* of one record */
  struct vmx_arena kept;  /* of the page: messages, rows */
  struct vmx_value *row;  /* room for the widest object */
  bool *seen;
};

static int no_memory(struct base_error *err) {
  return base_fail(err, VMX_CODE_SYNC, "", "out of memory");
}

int vmx_page_open(struct vmx_page *page, struct vmx_download *run, const char *text, size_t len,
                  struct base_error *err) {
  struct vmx_page_state *s = calloc(1, sizeof *s);
  if (!s) return no_memory(err);
  size_t widest = 1;
  for (size_t i = 0; i < run->config.service->object_count; i++)
    if (run->config.service->objects[i].field_count > widest)
      widest = run->config.service->objects[i].field_count;
  s->row = vmx_arena_array(&s->kept, widest, sizeof *s->row);
  s->seen = vmx_arena_array(&s->kept, widest, sizeof *s->seen);
  *page = (struct vmx_page){.state = s};
  s->run = run;
  s->text = text;
  s->len = len;
  json_reader_init(&s->main, text, len);
  run->page_records = 0;
  if (s->row && s->seen) return 0;
  vmx_page_close(page);
  return no_memory(err);
}

void vmx_page_close(struct vmx_page *page) {
  struct vmx_page_state *s = page->state;
  if (!s) return;
  vmx_arena_done(&s->arena);
  vmx_arena_done(&s->kept);
  free(s->later);
  free(s);
  page->state = NULL;
}

/* ---- small readers --------------------------------------------------------------------------- */

static enum vmx_page_event bad(struct base_error *err, int code, const char *spec,
                               const char *sentence) {
  base_fail(err, code, spec, "%s", sentence);
  return VMX_PAGE_BAD;
}

static enum vmx_page_event bad_json(const struct json_reader *r, struct base_error *err) {
  base_fail(err, VMX_CODE_ANSWER, "NET-02", "the answer is not JSON: %s",
            r->problem ? r->problem : "ends too early");
  return VMX_PAGE_BAD;
}

static enum vmx_page_event bad_memory(struct base_error *err) {
  no_memory(err);
  return VMX_PAGE_BAD;
}

/* The string or number at hand as a text of the page; *out stays when it is neither. False: no memory. */
static bool keep_text(struct vmx_page_state *s, const struct json_reader *r, enum json_token token,
                      const char **out) {
  struct vmx_value value;
  if (token != JSON_STRING && token != JSON_NUMBER) return true;
  if (!vmx_value_take(r, token, VMX_STRING, &s->kept, &value)) return false;
  *out = vmx_arena_text(&s->kept, value.text, value.len);
  return *out != NULL;
}

/* Reads the value behind a key as an opstatus; false when it is none. */
static bool read_opstatus(struct json_reader *r, enum json_token token, int64_t *out) {
  if (!json_skip(r, token)) return false;
  return vmx_opstatus_read(r->text + r->start, r->end - r->start, out);
}

static bool read_later(struct vmx_page_state *s, const struct vmx_object *object, size_t start,
                       size_t len) {
  if (s->later_count == s->later_capacity) {
    size_t capacity = s->later_capacity ? s->later_capacity * 2 : 16;
    void *later = realloc(s->later, capacity * sizeof *s->later);
    if (!later) return false;
    s->later = later;
    s->later_capacity = capacity;
  }
  s->later[s->later_count++] = (struct span){object, start, len};
  return true;
}

/* Where in the whole text a reader's position lies. */
static size_t place(const struct vmx_page_state *s, const struct json_reader *r, size_t position) {
  return r == &s->part ? s->part_start + position : position;
}

static void hold(struct vmx_page_state *s, const struct vmx_object *object) {
  if (object && object->service == s->run->config.service) s->run->held[object->index] = true;
}

/* ---- records --------------------------------------------------------------------------------- */

struct metadata {
  bool deleted, failed;
  int64_t opstatus;
  const char *errmsg;
};

static bool read_metadata(struct vmx_page_state *s, struct json_reader *r, enum json_token token,
                          struct vmx_page_record *record, struct metadata *out) {
  if (token != JSON_OBJECT_BEGIN) return json_skip(r, token);
  while ((token = json_next(r)) == JSON_KEY) {
    bool action = json_token_is(r, "action"), checksum = json_token_is(r, "checksum");
    bool errmsg = json_token_is(r, "errmsg"), opstatus = json_token_is(r, "opstatus");
    token = json_next(r);
    if (action) out->deleted = token == JSON_STRING && json_token_is(r, "delete");
    if (checksum && (token == JSON_STRING || token == JSON_NUMBER) &&
        !vmx_value_take(r, token, VMX_STRING, &s->arena, &record->checksum))
      return false;
    if (errmsg && !keep_text(s, r, token, &out->errmsg)) return false;
    out->failed = out->failed || out->errmsg;
    if (!json_skip(r, token)) return false;
    if (opstatus && vmx_opstatus_read(r->text + r->start, r->end - r->start, &out->opstatus))
      out->failed = out->failed || out->opstatus != 0;
  }
  return token == JSON_OBJECT_END;
}

enum take { TAKE_OK, TAKE_NO_JSON, TAKE_WRONG_TYPE, TAKE_NO_MEMORY };

static enum take take_member(struct vmx_page_state *s, struct json_reader *r,
                             const struct vmx_object *object, size_t *expected) {
  int field = vmx_object_read_field(object, r, *expected);
  const struct vmx_object *related = field < 0 ? vmx_object_read_related(object, r) : NULL;
  enum json_token token = json_next(r);
  if (field >= 0 && object->fields[field].travels) {
    *expected = (size_t)field + 1;
    if (token == JSON_BAD) return TAKE_NO_JSON;
    if (token == JSON_OBJECT_BEGIN || token == JSON_ARRAY_BEGIN) return TAKE_WRONG_TYPE;
    s->seen[field] = true;
    return vmx_value_take(r, token, object->fields[field].datatype, &s->arena, &s->row[field])
               ? TAKE_OK
               : TAKE_NO_MEMORY;
  }
  if (!json_skip(r, token)) return TAKE_NO_JSON;
  if (related && token == JSON_ARRAY_BEGIN &&
      !read_later(s, related, place(s, r, r->start), r->end - r->start))
    return TAKE_NO_MEMORY;
  return TAKE_OK;
}

/* The first field that a full record has and this one has not; NULL: it is full (W-17). */
static const struct vmx_field *missing_field(const struct vmx_page_state *s,
                                             const struct vmx_object *object, bool key_only) {
  for (size_t i = 0; i < object->field_count; i++) {
    const struct vmx_field *field = &object->fields[i];
    if (field->key && (!s->row[i].text || s->row[i].len == 0)) return field;
    if (!key_only && field->required && !s->seen[i]) return field;
  }
  return NULL;
}

static enum vmx_page_event problem(struct vmx_page_state *s, struct vmx_page *page,
                                   const struct vmx_object *object, int64_t opstatus,
                                   const char *errmsg) {
  hold(s, object);
  page->problem = (struct vmx_page_problem){object, opstatus, errmsg};
  return VMX_PAGE_PROBLEM;
}

static enum vmx_page_event partial(struct vmx_page_state *s, struct vmx_page *page,
                                   const struct vmx_object *object, const struct vmx_field *field) {
  struct base_buf text = BASE_BUF_INIT;
  base_buf_printf(&text, "a record of %s lacks %s: partial records are refused", object->name,
                  field->name);
  const char *errmsg = vmx_arena_text(&s->kept, base_buf_string(&text), text.len);
  base_buf_done(&text);
  return problem(s, page, object, VMX_CODE_DOWNLOAD, errmsg); /* W-25, UPL-13, DNL-05 */
}

static enum vmx_page_event wrong_type(const struct vmx_object *object, struct base_error *err) {
  base_fail(err, VMX_CODE_DOWNLOAD, "NET-02", "a column of a record of %s holds an object or array",
            object->name);
  return VMX_PAGE_BAD;
}

/* Behind a record's opening brace. */
static enum vmx_page_event read_record(struct vmx_page_state *s, struct vmx_page *page,
                                       struct json_reader *r, struct base_error *err) {
  const struct vmx_object *object = s->records_of;
  struct metadata metadata = {0};
  vmx_arena_clear(&s->arena);
  memset(s->row, 0, object->field_count * sizeof *s->row);
  memset(s->seen, 0, object->field_count * sizeof *s->seen);
  page->record = (struct vmx_page_record){.object = object, .row = s->row};
  size_t expected = 0;
  enum json_token token;
  while ((token = json_next(r)) == JSON_KEY) {
    if (json_token_is(r, "_metadata")) {
      if (!read_metadata(s, r, json_next(r), &page->record, &metadata))
        return r->problem ? bad_json(r, err) : bad_memory(err);
      continue;
    }
    switch (take_member(s, r, object, &expected)) {
    case TAKE_OK: break;
    case TAKE_NO_JSON: return bad_json(r, err);
    case TAKE_WRONG_TYPE: return wrong_type(object, err);
    case TAKE_NO_MEMORY: return bad_memory(err);
    }
  }
  if (token != JSON_OBJECT_END) return bad_json(r, err);
  s->run->page_records++;
  if (metadata.failed)
    return problem(s, page, object, metadata.opstatus ? metadata.opstatus : VMX_CODE_DOWNLOAD,
                   metadata.errmsg ? metadata.errmsg : "the server reports a failed record");
  const struct vmx_field *missing = missing_field(s, object, metadata.deleted);
  if (missing) return partial(s, page, object, missing);
  page->record.deleted = metadata.deleted;
  return VMX_PAGE_RECORD;
}

/* ---- frames: each step returns an event, or NO_EVENT to go on ---------------------------------- */

enum { NO_EVENT = -1 };

static int step_records(struct vmx_page_state *s, struct vmx_page *page, struct base_error *err) {
  struct json_reader *r = &s->main;
  enum json_token token = json_next(r);
  if (token == JSON_OBJECT_BEGIN) return (int)read_record(s, page, r, err);
  if (token == JSON_BAD || token == JSON_END) return (int)bad_json(r, err);
  if (token != JSON_ARRAY_END)
    return (int)bad(err, VMX_CODE_DOWNLOAD, "NET-02", "a record of the answer is not an object");
  s->where = s->outer;
  return NO_EVENT;
}

/* `records` of an entry: entered now when the object is known and has not failed, else later. */
static int enter_records(struct vmx_page_state *s, struct json_reader *r, struct base_error *err) {
  enum json_token token = json_next(r);
  if (token == JSON_NULL) return NO_EVENT;
  if (token == JSON_BAD) return (int)bad_json(r, err);
  if (token != JSON_ARRAY_BEGIN)
    return (int)bad(err, VMX_CODE_DOWNLOAD, "NET-02", "`records` of the answer is not an array");
  if (s->entry.object && s->entry.opstatus == 0) {
    s->records_of = s->entry.object;
    s->outer = AT_ENTRY;
    s->where = AT_RECORDS;
    return NO_EVENT;
  }
  if (!json_skip(r, token)) return (int)bad_json(r, err);
  if (!s->entry.named && !read_later(s, NULL, place(s, r, r->start), r->end - r->start))
    return (int)bad_memory(err);
  return NO_EVENT;
}

static int name_entry(struct vmx_page_state *s, struct json_reader *r, struct base_error *err) {
  const char *name = NULL;
  if (!keep_text(s, r, JSON_STRING, &name)) return (int)bad_memory(err);
  s->entry.named = true;
  s->entry.object = vmx_service_find_object(s->run->config.service, name, strlen(name));
  if (s->run->config.object && s->entry.object != s->run->config.object) s->entry.object = NULL;
  return NO_EVENT;
}

/* The end of an entry: records that stood before the name find their object, an error is told
 * (DNL-09). */
static int end_entry(struct vmx_page_state *s, struct vmx_page *page) {
  bool wanted = s->entry.object && s->entry.opstatus == 0;
  size_t kept = s->later_next;
  for (size_t i = s->later_next; i < s->later_count; i++) {
    if (!s->later[i].object) s->later[i].object = wanted ? s->entry.object : NULL;
    if (s->later[i].object) s->later[kept++] = s->later[i];
  }
  s->later_count = kept;
  s->where = AT_OBJECTS;
  if (s->entry.opstatus == 0) return NO_EVENT;
  return (int)problem(s, page, s->entry.object, s->entry.opstatus,
                      s->entry.errmsg ? s->entry.errmsg : "the server reports a failed object");
}

static int step_entry(struct vmx_page_state *s, struct vmx_page *page, struct base_error *err) {
  struct json_reader *r = &s->main;
  enum json_token token = json_next(r);
  if (token == JSON_OBJECT_END) return end_entry(s, page);
  if (token != JSON_KEY) return (int)bad_json(r, err);
  if (json_token_is(r, "records")) return enter_records(s, r, err);
  bool name = json_token_is(r, "name"), opstatus = json_token_is(r, "opstatus");
  bool errmsg = json_token_is(r, "errmsg");
  token = json_next(r);
  if (name && token == JSON_STRING) return name_entry(s, r, err);
  if (errmsg && !keep_text(s, r, token, &s->entry.errmsg))
    return (int)bad_memory(err);
  if (opstatus && token != JSON_BAD) {
    if (!read_opstatus(r, token, &s->entry.opstatus))
      return r->problem ? (int)bad_json(r, err)
                        : (int)bad(err, VMX_CODE_DOWNLOAD, "NET-02",
                                   "an object's opstatus is not a number");
    return NO_EVENT;
  }
  return json_skip(r, token) ? NO_EVENT : (int)bad_json(r, err);
}

static int step_objects(struct vmx_page_state *s, struct base_error *err) {
  struct json_reader *r = &s->main;
  enum json_token token = json_next(r);
  if (token == JSON_ARRAY_END) {
    s->where = AT_ANSWER;
    return NO_EVENT;
  }
  if (token == JSON_BAD || token == JSON_END) return (int)bad_json(r, err);
  if (token != JSON_OBJECT_BEGIN)
    return (int)bad(err, VMX_CODE_DOWNLOAD, "NET-02", "an entry of `Objects` is not an object");
  s->entry = (struct entry){0};
  s->where = AT_ENTRY;
  return NO_EVENT;
}

/* ---- the answer's own members ------------------------------------------------------------------ */

static int enter_objects(struct vmx_page_state *s, struct base_error *err) {
  enum json_token token = json_next(&s->main);
  if (token == JSON_NULL) return NO_EVENT;
  if (token == JSON_BAD) return (int)bad_json(&s->main, err);
  if (token != JSON_ARRAY_BEGIN)
    return (int)bad(err, VMX_CODE_DOWNLOAD, "NET-02", "`Objects` of the answer is not an array");
  s->where = AT_OBJECTS;
  return NO_EVENT;
}

/* Object level: `records` stands at the top. */
static int enter_top_records(struct vmx_page_state *s, struct base_error *err) {
  enum json_token token = json_next(&s->main);
  if (token == JSON_NULL) return NO_EVENT;
  if (token == JSON_BAD) return (int)bad_json(&s->main, err);
  if (token != JSON_ARRAY_BEGIN)
    return (int)bad(err, VMX_CODE_DOWNLOAD, "NET-02", "`records` of the answer is not an array");
  s->records_of = s->run->config.object;
  s->outer = AT_ANSWER;
  s->where = AT_RECORDS;
  return NO_EVENT;
}

static int take_top_member(struct vmx_page_state *s, struct base_error *err) {
  struct json_reader *r = &s->main;
  bool opstatus = json_token_is(r, "opstatus"), errmsg = json_token_is(r, "errmsg");
  bool more = json_token_is(r, "hasMoreRecords"), context = json_token_is(r, "delta_context");
  enum json_token token = json_next(r);
  if (token == JSON_BAD) return (int)bad_json(r, err);
  if (errmsg && !keep_text(s, r, token, &s->errmsg))
    return (int)bad_memory(err);
  if (more) s->more = token == JSON_TRUE || (token == JSON_STRING && json_token_is(r, "true"));
  bool object = token == JSON_OBJECT_BEGIN;
  if (!json_skip(r, token)) return (int)bad_json(r, err);
  if (context) {
    s->delta_start = r->start;
    s->delta_len = object ? r->end - r->start : 0;
  }
  if (opstatus && !vmx_opstatus_read(r->text + r->start, r->end - r->start, &s->opstatus))
    return (int)bad(err, VMX_CODE_ANSWER, "NET-01", "the answer's opstatus is not a number");
  return NO_EVENT;
}

static int end_answer(struct vmx_page_state *s, struct base_error *err) {
  if (json_next(&s->main) != JSON_END) return (int)bad_json(&s->main, err);
  s->answer_over = true;
  if (!vmx_opstatus_good(s->opstatus)) {
    base_fail(err, VMX_CODE_OPSTATUS, "NET-01", "the server reported an error (opstatus %lld%s%s)",
              (long long)s->opstatus, s->errmsg ? ": " : "", s->errmsg ? s->errmsg : "");
    return VMX_PAGE_BAD;
  }
  if (s->more && s->delta_len == 0)
    return (int)bad(err, VMX_CODE_NO_DELTA, "W-21",
                    "the server announced more records without a delta_context");
  return NO_EVENT;
}

static int step_answer(struct vmx_page_state *s, struct base_error *err) {
  if (s->main.pos == 0 && json_next(&s->main) != JSON_OBJECT_BEGIN)
    return s->main.problem ? (int)bad_json(&s->main, err)
                           : (int)bad(err, VMX_CODE_ANSWER, "NET-01", "the answer is no object");
  enum json_token token = json_next(&s->main);
  if (token == JSON_OBJECT_END) return end_answer(s, err);
  if (token != JSON_KEY) return (int)bad_json(&s->main, err);
  if (json_token_is(&s->main, "Objects") && !s->run->config.object) return enter_objects(s, err);
  if (json_token_is(&s->main, "records") && s->run->config.object)
    return enter_top_records(s, err);
  return take_top_member(s, err);
}

/* ---- what was put off -------------------------------------------------------------------------- */

static int start_later(struct vmx_page_state *s) {
  struct span span = s->later[s->later_next++];
  json_reader_init(&s->part, s->text + span.start, span.len);
  s->part_start = span.start;
  s->records_of = span.object;
  json_next(&s->part); /* the opening bracket: the span was read once */
  s->where = AT_LATER;
  return NO_EVENT;
}

static int end_page(struct vmx_page_state *s, struct vmx_page *page) {
  page->end = (struct vmx_page_end){.more = s->more,
                                    .context = s->delta_len ? s->text + s->delta_start : NULL,
                                    .context_len = s->delta_len};
  return VMX_PAGE_END;
}

static int step_later(struct vmx_page_state *s, struct vmx_page *page, struct base_error *err) {
  enum json_token token = json_next(&s->part);
  if (token == JSON_OBJECT_BEGIN) return (int)read_record(s, page, &s->part, err);
  if (token == JSON_ARRAY_END) {
    s->where = AT_ANSWER;
    return NO_EVENT;
  }
  return (int)bad(err, VMX_CODE_DOWNLOAD, "NET-02", "a child record of the answer is not an object");
}

static int step(struct vmx_page_state *s, struct vmx_page *page, struct base_error *err) {
  switch (s->where) {
  case AT_RECORDS: return step_records(s, page, err);
  case AT_ENTRY: return step_entry(s, page, err);
  case AT_OBJECTS: return step_objects(s, err);
  case AT_LATER: return step_later(s, page, err);
  default: break;
  }
  if (!s->answer_over) return step_answer(s, err);
  return s->later_next < s->later_count ? start_later(s) : end_page(s, page);
}

enum vmx_page_event vmx_page_next(struct vmx_page *page, struct base_error *err) {
  int event = NO_EVENT;
  while (event == NO_EVENT) event = step(page->state, page, err);
  return (enum vmx_page_event)event;
}

/* ---- deltas ------------------------------------------------------------------------------------ */

/* Of one object's part of the context: the raw value of `delta`. False: it has none. */
static bool find_delta(struct json_reader *r, struct vmx_value *raw) {
  enum json_token token = json_next(r);
  if (token != JSON_OBJECT_BEGIN) {
    json_skip(r, token);
    return false;
  }
  bool found = false;
  while (json_next(r) == JSON_KEY) {
    bool delta = json_token_is(r, "delta");
    token = json_next(r);
    if (!json_skip(r, token)) return false;
    if (!delta || token == JSON_NULL) continue;
    *raw = (struct vmx_value){r->text + r->start, r->end - r->start};
    found = true;
  }
  return found;
}

static const struct vmx_object *delta_object(const struct vmx_page_state *s,
                                             const struct json_reader *r) {
  const struct vmx_object *object = vmx_service_read_object(s->run->config.service, r);
  return object && vmx_download_covers(s->run, object) ? object : NULL;
}

/* To the opening brace of `objs`. */
static bool enter_objs(struct json_reader *r, const struct vmx_page_end *end) {
  json_reader_init(r, end->context, end->context_len);
  if (json_next(r) != JSON_OBJECT_BEGIN) return false;
  while (json_next(r) == JSON_KEY) {
    bool objs = json_token_is(r, "objs");
    enum json_token token = json_next(r);
    if (objs && token == JSON_OBJECT_BEGIN) return true;
    if (!json_skip(r, token)) return false;
  }
  return false;
}

/* `cursor` counts the members that were handed out or passed over; the reader stands behind them. */
bool vmx_page_delta(const struct vmx_page *page, size_t *cursor, const struct vmx_object **object,
                    struct vmx_value *raw) {
  struct vmx_page_state *s = page->state;
  if (!page->end.context || page->end.more) return false;
  if (*cursor == 0 && !enter_objs(&s->deltas, &page->end)) return false;
  while (json_next(&s->deltas) == JSON_KEY) {
    ++*cursor;
    *object = delta_object(s, &s->deltas);
    if (find_delta(&s->deltas, raw) && *object && !s->run->held[(*object)->index]) return true;
  }
  return false;
}
