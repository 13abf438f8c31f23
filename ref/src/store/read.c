/* What the application reads: rows of one object, selected, ordered and cut to columns by one statement. */
#include <string.h>

#include "base/json.h"
#include "store/internal.h"

/* ---- the statement ------------------------------------------------------------------------------ */

/* The fields that a record has: the projection, or all. */
static size_t width(const struct vmx_object *object, const struct vmx_local_options *options) {
  return options->column_count ? options->column_count : object->field_count;
}

static const struct vmx_field *field_at(const struct vmx_object *object,
                                        const struct vmx_local_options *options, size_t i) {
  return &object->fields[options->column_count ? options->columns[i] : i];
}

/* W-14: numbers stand by their value, everything else by code point (W-15); null is the least. */
static void ordered_column(struct base_buf *sql, const struct vmx_field *field) {
  sql_column(sql, field);
  if (field->datatype == VMX_NUMBER) base_buf_text(sql, " COLLATE " STORE_NUMBER_ORDER);
}

/* Rows that are equal in all of the order come by their key. */
static void order_sql(struct base_buf *sql, const struct vmx_object *object,
                      const struct vmx_local_options *options) {
  base_buf_text(sql, " ORDER BY ");
  for (size_t i = 0; i < options->order_count; i++) {
    ordered_column(sql, &object->fields[options->order[i].field]);
    base_buf_text(sql, options->order[i].descending ? " DESC," : ",");
  }
  base_buf_char(sql, 'k');
}

static void source_sql(struct base_buf *sql, const struct vmx_object *object,
                       const struct vmx_local_options *options) {
  base_buf_text(sql, " FROM ");
  sql_table(sql, object);
  selection_sql(sql, object, &options->selector);
}

/* Of the rows with one value in the first projection column the one that comes first. */
static void distinct_sql(struct base_buf *sql, const struct vmx_object *object,
                         const struct vmx_local_options *options) {
  base_buf_text(sql, " FROM (SELECT *,row_number() OVER (PARTITION BY ");
  ordered_column(sql, field_at(object, options, 0));
  order_sql(sql, object, options);
  base_buf_text(sql, ") AS \"n\"");
  source_sql(sql, object, options);
  base_buf_text(sql, ") WHERE \"n\"=1");
}

static void get_sql(struct base_buf *sql, const struct vmx_object *object,
                    const struct vmx_local_options *options) {
  base_buf_text(sql, "SELECT ");
  for (size_t i = 0; i < width(object, options); i++) {
    if (i > 0) base_buf_char(sql, ',');
    sql_column(sql, field_at(object, options, i));
  }
  /* without a projection rows differ by their key anyway */
  if (options->distinct && options->column_count) distinct_sql(sql, object, options);
  else source_sql(sql, object, options);
  order_sql(sql, object, options);
}

/* ---- the records -------------------------------------------------------------------------------- */

static int write_record(struct vmx_store *store, const struct vmx_object *object,
                        const struct vmx_local_options *options, sqlite3_stmt *statement,
                        struct base_buf *out, struct base_error *err) {
  for (size_t i = 0; i < width(object, options); i++) {
    const struct vmx_field *field = field_at(object, options, i);
    struct vmx_value value;
    int status = store_peek(statement, (int)i, &value, err);
    if (status != 0) return status;
    base_buf_char(out, i ? ',' : '{');
    json_quote(out, field->name, field->name_len);
    base_buf_char(out, ':');
    vmx_value_write(out, field->datatype, store->booleans, &value);
  }
  base_buf_char(out, '}');
  return 0;
}

static int write_records(struct vmx_store *store, const struct vmx_object *object,
                         const struct vmx_local_options *options, sqlite3_stmt *statement,
                         struct base_buf *out, struct base_error *err) {
  bool row = true;
  int status;
  base_buf_char(out, '[');
  for (bool first = true;
       (status = store_step(store, statement, &row, err)) == 0 && row && !out->failed;
       first = false) {
    if (!first) base_buf_char(out, ',');
    status = write_record(store, object, options, statement, out, err);
    if (status != 0) return status;
  }
  base_buf_char(out, ']');
  return status == 0 && out->failed ? store_no_memory(err) : status;
}

static int get(struct vmx_store *store, const struct vmx_object *object,
               const struct vmx_local_options *options, struct base_buf *rows,
               struct base_error *err) {
  CLEANUP(finalize) sqlite3_stmt *statement = NULL;
  struct base_buf sql = BASE_BUF_INIT;
  get_sql(&sql, object, options);
  int before = selection_begin(store, &options->selector);
  int status = selection_prepare(store, object, &options->selector, &sql, &statement, err);
  base_buf_done(&sql);
  if (status == 0) status = selection_bind(store, object, &options->selector, statement, err);
  if (status == 0) status = write_records(store, object, options, statement, rows, err);
  selection_end(store, before);
  return status;
}

int vmx_store_get(struct vmx_store *store, const struct vmx_object *object, struct vmx_text options,
                  struct base_buf *rows, struct base_error *err) {
  CLEANUP(arena_cleanup) struct vmx_arena arena = {0};
  struct vmx_local_options read;
  int status = vmx_local_options_read(object, VMX_LOCAL_GET, options.text, options.len, &arena,
                                      &read, err);
  return status == 0 ? get(store, object, &read, rows, err) : status;
}

int vmx_store_snapshot(struct vmx_store *store, const struct vmx_object *object,
                       struct base_buf *rows, struct base_error *err) {
  return vmx_store_get(store, object, (struct vmx_text){0}, rows, err);
}
