#include "core/local_options.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "core/codes.h"

/* What one option is read with. `r` stands before its value. */
struct reading {
  const struct vmx_object *object;
  const struct vmx_local_option_row *row;
  struct json_reader *r;
  struct vmx_arena *arena;
  struct vmx_local_options *out;
  struct base_error *err;
};

static int no_memory(struct base_error *err) {
  return base_fail(err, VMX_CODE_SYNC, "", "out of memory");
}

static int bad(const struct reading *in, const char *what) {
  return base_fail(in->err, VMX_CODE_OPTION, in->row->spec, "%s of %s %s%s%s", in->row->key,
                   in->object->name, what, in->r->problem ? ": " : "",
                   in->r->problem ? in->r->problem : "");
}

/* ---- conditions ------------------------------------------------------------------------------ */

/* Behind the quote at *p: to its end, doubled quotes included. False: there is none. */
static bool skip_quoted(const char **p) {
  char end = **p == '[' ? ']' : **p;
  for (++*p; **p; ++*p) {
    if (**p != end) continue;
    if (end != ']' && (*p)[1] == end) ++*p;
    else return true;
  }
  return false;
}

static bool forbidden(const char *p) {
  return *p == ';' || (p[0] == '-' && p[1] == '-') || (p[0] == '/' && p[1] == '*') || *p == '?' ||
         *p == '@' || *p == ':' || *p == '$';
}

int vmx_local_check_condition(const char *text, struct base_error *err) {
  int depth = 0;
  bool good = text[strspn(text, " \t\r\n")] != '\0';
  for (const char *p = text; good && *p; p++) {
    if (strchr("'\"`[", *p)) good = skip_quoted(&p);
    else if (*p == '(') depth++;
    else if (*p == ')') good = --depth >= 0;
    else good = !forbidden(p);
  }
  if (good && depth == 0) return 0;
  return base_fail(err, VMX_CODE_OPTION, "C-3",
                   "whereConditionAsAString is not one SQL condition: %.200s", text);
}

/* ---- which rows ------------------------------------------------------------------------------ */

/* W-49: what names the rows more exactly counts; of one kind the last. */
static void select_by(const struct reading *in, struct vmx_selector selector) {
  struct vmx_selector *now = &in->out->selector;
  if (now->kind == VMX_SELECT_ALL || selector.kind <= now->kind) *now = selector;
}

static int read_columns(const struct reading *in, struct vmx_columns *columns) {
  return vmx_columns_read(in->object, in->r, VMX_CODE_OPTION, in->row->key, in->arena, columns,
                          in->err);
}

static int read_primary_keys(const struct reading *in) {
  struct vmx_columns keys;
  int status = read_columns(in, &keys);
  if (status == 0) status = vmx_columns_check_key(in->object, keys.row, in->err);
  if (status != 0) return status;
  select_by(in, (struct vmx_selector){VMX_SELECT_KEY, keys.row, keys.given, NULL});
  return 0;
}

static int read_where(const struct reading *in) {
  struct vmx_columns wanted;
  int status = read_columns(in, &wanted);
  if (status != 0) return status;
  select_by(in, (struct vmx_selector){VMX_SELECT_MAP, wanted.row, wanted.given, NULL});
  return 0;
}

/* The reader's last token, a string or a number, as a text that lasts. */
static int take_text(const struct reading *in, enum json_token token, struct vmx_value *out) {
  struct vmx_value value;
  if (!vmx_value_take(in->r, token, VMX_STRING, in->arena, &value)) return no_memory(in->err);
  *out = (struct vmx_value){vmx_arena_text(in->arena, value.text, value.len), value.len};
  return out->text ? 0 : no_memory(in->err);
}

static int read_where_text(const struct reading *in) {
  struct vmx_value text;
  enum json_token token = json_next(in->r);
  if (token != JSON_STRING) return bad(in, "is no text");
  int status = take_text(in, token, &text);
  if (status == 0) status = vmx_local_check_condition(text.text, in->err);
  if (status != 0) return status;
  select_by(in, (struct vmx_selector){VMX_SELECT_TEXT, NULL, NULL, text.text});
  return 0;
}

/* Patterns are texts, whatever the column holds: a number's stands for its digits. */
static int read_like(const struct reading *in) {
  struct vmx_value *row = vmx_arena_array(in->arena, in->object->field_count, sizeof *row);
  bool *given = vmx_arena_array(in->arena, in->object->field_count, sizeof *given);
  if (!row || !given) return no_memory(in->err);
  enum json_token token = json_next(in->r);
  if (token != JSON_OBJECT_BEGIN) return bad(in, "is not an object of columns");
  while ((token = json_next(in->r)) == JSON_KEY) {
    size_t field = 0;
    int status = vmx_column_find(in->object, in->r, VMX_CODE_UNKNOWN_FIELD, &field, in->err);
    if (status != 0) return status;
    token = json_next(in->r);
    if (token != JSON_STRING && token != JSON_NUMBER) return bad(in, "has a pattern that is no text");
    status = take_text(in, token, &row[field]);
    if (status != 0) return status;
    given[field] = true;
  }
  if (token != JSON_OBJECT_END) return bad(in, "is not an object of columns");
  select_by(in, (struct vmx_selector){VMX_SELECT_LIKE, row, given, NULL});
  return 0;
}

/* ---- how an edit is tracked ------------------------------------------------------------------- */

static int read_switch(const struct reading *in, bool *out) {
  enum json_token token = json_next(in->r);
  bool yes = token == JSON_TRUE || (token == JSON_STRING && json_token_is(in->r, "true"));
  bool no = token == JSON_FALSE || (token == JSON_STRING && json_token_is(in->r, "false"));
  if (!yes && !no) return bad(in, "is not true or false");
  *out = yes;
  return 0;
}

static int read_track_changes(const struct reading *in) {
  return read_switch(in, &in->out->track_changes);
}
static int read_track_intermediate(const struct reading *in) {
  return read_switch(in, &in->out->track_intermediate_updates);
}
static int read_mark_for_upload(const struct reading *in) {
  return read_switch(in, &in->out->mark_for_upload);
}

/* ---- what a get gives ------------------------------------------------------------------------- */

static bool is_word(const struct json_reader *r, const char *word) {
  size_t len = strlen(word);
  return r->end - r->start == len && strncasecmp(r->text + r->start, word, len) == 0;
}

/* A column that orders already keeps its place: there is room for each field once. */
static void add_order(struct vmx_order *order, size_t *count, size_t field, bool descending) {
  for (size_t i = 0; i < *count; i++)
    if (order[i].field == field) return;
  order[(*count)++] = (struct vmx_order){field, descending};
}

/* The members of a map whose beginning was read. */
static int read_order_map(const struct reading *in, struct vmx_order *order, size_t *count) {
  enum json_token token;
  while ((token = json_next(in->r)) == JSON_KEY) {
    size_t field = 0;
    int status = vmx_column_find(in->object, in->r, VMX_CODE_ORDER_BY, &field, in->err);
    if (status != 0) return status;
    token = json_next(in->r);
    bool descending = token == JSON_STRING && is_word(in->r, "DESC");
    if (!descending && !(token == JSON_STRING && is_word(in->r, "ASC")))
      return bad(in, "has a direction that is neither ASC nor DESC");
    add_order(order, count, field, descending);
  }
  return token == JSON_OBJECT_END ? 0 : bad(in, "is neither a list of columns nor an object of them");
}

/* An array of maps of one column each; one map is taken as well, in the order of its text. */
static int read_order(const struct reading *in) {
  struct vmx_order *order = vmx_arena_array(in->arena, in->object->field_count, sizeof *order);
  size_t count = 0;
  if (!order) return no_memory(in->err);
  enum json_token token = json_next(in->r);
  bool list = token == JSON_ARRAY_BEGIN;
  if (list) token = json_next(in->r);
  for (; token == JSON_OBJECT_BEGIN; token = list ? json_next(in->r) : JSON_ARRAY_END) {
    int status = read_order_map(in, order, &count);
    if (status != 0) return status;
  }
  if (token != JSON_ARRAY_END) return bad(in, "is neither a list of columns nor an object of them");
  in->out->order = order;
  in->out->order_count = count;
  return 0;
}

static bool has_column(const size_t *columns, size_t count, size_t field) {
  for (size_t i = 0; i < count; i++)
    if (columns[i] == field) return true;
  return false;
}

static int read_projection(const struct reading *in) {
  size_t *columns = vmx_arena_array(in->arena, in->object->field_count, sizeof *columns);
  size_t count = 0;
  if (!columns) return no_memory(in->err);
  enum json_token token = json_next(in->r);
  if (token != JSON_ARRAY_BEGIN) return bad(in, "is not a list of columns");
  while ((token = json_next(in->r)) == JSON_STRING) {
    size_t field = 0;
    int status = vmx_column_find(in->object, in->r, VMX_CODE_UNKNOWN_FIELD, &field, in->err);
    if (status != 0) return status;
    if (!has_column(columns, count, field)) columns[count++] = field;
  }
  if (token != JSON_ARRAY_END) return bad(in, "is not a list of columns");
  in->out->columns = columns;
  in->out->column_count = count;
  return 0;
}

static int read_distinct(const struct reading *in) { return read_switch(in, &in->out->distinct); }

/* ---- the table -------------------------------------------------------------------------------- */

enum {
  EDITS = VMX_LOCAL_CREATE | VMX_LOCAL_UPDATE | VMX_LOCAL_DELETE,
  ROWS = VMX_LOCAL_UPDATE | VMX_LOCAL_DELETE | VMX_LOCAL_GET | VMX_LOCAL_MARK | VMX_LOCAL_PENDING
};

typedef int read_option(const struct reading *in);

/* X(key, value, calls, spec, reader, help) */
#define OPTIONS(X)                                                                                 \
  X("primaryKeys", "object", ROWS, "W-49", read_primary_keys,                                      \
    "The row with this key, column -> value. It counts before all other conditions.")              \
  X("whereCondition", "object", ROWS, "W-49", read_where,                                          \
    "Rows that have all these values, column -> value.")                                           \
  X("whereConditionAsAString", "text", ROWS, "C-3", read_where_text,                               \
    "Rows for which this SQL condition over the object's columns holds.")                          \
  X("likeCondition", "object", VMX_LOCAL_GET, "W-49", read_like,                                   \
    "Rows that match all these patterns, column -> text with % and _ (SQL's LIKE).")               \
  X("orderByMap", "list", VMX_LOCAL_GET, "W-14", read_order,                                       \
    "In which order: a list of {column: \"ASC\" or \"DESC\"}. Otherwise the rows come by their key.") \
  X("projectionColumns", "list", VMX_LOCAL_GET, "W-49", read_projection,                           \
    "The columns that a record has, in this order.")                                               \
  X("distinct", "boolean", VMX_LOCAL_GET, "W-49", read_distinct,                                   \
    "One record for each value of the first projection column.")                                   \
  X("trackChanges", "boolean", EDITS, "UPL-04", read_track_changes,                                \
    "false: the edit stays on the device, it is never uploaded.")                                  \
  X("trackIntermediateUpdates", "boolean", EDITS, "UPL-05", read_track_intermediate,               \
    "false: of several updates of a row the last is uploaded.")                                    \
  X("markForUpload", "boolean", EDITS, "UPL-04", read_mark_for_upload,                             \
    "false: the edit waits until the row is marked for upload.")

#define AS_ROW(key, value, calls, spec, reader, help) {key, value, calls, spec, help},
#define AS_READER(key, value, calls, spec, reader, help) reader,
static const struct vmx_local_option_row rows[] = {OPTIONS(AS_ROW)};
static read_option *const readers[] = {OPTIONS(AS_READER)};
enum { ROW_COUNT = sizeof rows / sizeof *rows };

const struct vmx_local_option_row *vmx_local_option_rows(size_t *count) {
  *count = ROW_COUNT;
  return rows;
}

/* ---- reading ---------------------------------------------------------------------------------- */

static size_t find_row(const struct json_reader *key, enum vmx_local_call call) {
  size_t i = 0;
  while (i < ROW_COUNT && !((rows[i].calls & call) && json_token_is(key, rows[i].key))) i++;
  return i;
}

/* The option whose name was read; null means absent. */
static int read_one(const struct vmx_object *object, enum vmx_local_call call,
                    struct json_reader *r, struct vmx_arena *arena, struct vmx_local_options *out,
                    struct base_error *err) {
  size_t i = find_row(r, call);
  struct json_reader ahead = *r;
  enum json_token token = json_next(&ahead);
  if (i == ROW_COUNT || token == JSON_NULL) {
    json_skip(&ahead, token);
    *r = ahead;
    return 0;
  }
  return readers[i](&(struct reading){object, &rows[i], r, arena, out, err});
}

int vmx_local_options_read(const struct vmx_object *object, enum vmx_local_call call,
                           const char *text, size_t len, struct vmx_arena *arena,
                           struct vmx_local_options *out, struct base_error *err) {
  *out = (struct vmx_local_options){
      .track_changes = true, .track_intermediate_updates = true, .mark_for_upload = true};
  if (!text) return 0;
  struct json_reader r;
  json_reader_init(&r, text, len);
  enum json_token token = json_next(&r);
  if (token == JSON_NULL && json_next(&r) == JSON_END) return 0;
  bool object_begun = token == JSON_OBJECT_BEGIN;
  while (object_begun && (token = json_next(&r)) == JSON_KEY) {
    int status = read_one(object, call, &r, arena, out, err);
    if (status != 0) return status;
  }
  if (object_begun && token == JSON_OBJECT_END && json_next(&r) == JSON_END) return 0;
  return base_fail(err, VMX_CODE_OPTION, "LOC-05", "the options are not an object%s%s",
                   r.problem ? ": " : "", r.problem ? r.problem : "");
}

int vmx_local_key_read(const struct vmx_object *object, const char *text, size_t len,
                       struct vmx_arena *arena, struct vmx_selector *out, struct base_error *err) {
  struct json_reader r;
  struct vmx_columns keys;
  *out = (struct vmx_selector){.kind = VMX_SELECT_ALL};
  if (!text) return 0;
  json_reader_init(&r, text, len);
  struct json_reader ahead = r;
  if (json_next(&ahead) == JSON_NULL && json_next(&ahead) == JSON_END) return 0;
  int status = vmx_columns_read(object, &r, VMX_CODE_OPTION, "primaryKeys", arena, &keys, err);
  if (status == 0 && json_next(&r) != JSON_END)
    status = base_fail(err, VMX_CODE_OPTION, "LOC-03", "primaryKeys of %s are followed by more",
                       object->name);
  if (status != 0 || keys.count == 0) return status;
  status = vmx_columns_check_key(object, keys.row, err);
  if (status == 0) *out = (struct vmx_selector){VMX_SELECT_KEY, keys.row, keys.given, NULL};
  return status;
}
