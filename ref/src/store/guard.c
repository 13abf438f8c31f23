/*
 * What SQL of the application may do: read columns of objects and call functions that have no effect.
 * SQLite asks here for each thing that a statement wants while it is prepared (C-3).
 */
#include <string.h>
#include <strings.h>

#include "store/internal.h"

/* SQLite's functions without effects: all that compute from their arguments alone, the clock and chance
 * besides. One that is not here is refused, whatever a build of SQLite adds. */
static const char *const functions[] = {
    /* scalars */
    "abs", "char", "coalesce", "concat", "concat_ws", "format", "glob", "hex", "ifnull", "iif", "instr",
    "length", "like", "likelihood", "likely", "lower", "ltrim", "max", "min", "nullif", "octet_length",
    "printf", "quote", "random", "randomblob", "replace", "round", "rtrim", "sign", "soundex", "substr",
    "substring", "trim", "typeof", "unhex", "unicode", "unlikely", "upper", "zeroblob",
    /* aggregates and windows */
    "avg", "count", "group_concat", "string_agg", "sum", "total", "cume_dist", "dense_rank",
    "first_value", "lag", "last_value", "lead", "nth_value", "ntile", "percent_rank", "rank",
    "row_number",
    /* dates */
    "date", "datetime", "julianday", "strftime", "time", "timediff", "unixepoch", "current_date",
    "current_time", "current_timestamp",
    /* mathematics */
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "ceil", "ceiling", "cos", "cosh",
    "degrees", "exp", "floor", "ln", "log", "log10", "log2", "mod", "pi", "pow", "power", "radians",
    "sin", "sinh", "sqrt", "tan", "tanh", "trunc",
    /* JSON */
    "->", "->>", "json", "json_array", "json_array_length", "json_extract", "json_group_array",
    "json_group_object", "json_object", "json_patch", "json_quote", "json_remove", "json_replace",
    "json_set", "json_type", "json_valid"};

static bool is_harmless(const char *function) {
  for (size_t i = 0; function && i < sizeof functions / sizeof *functions; i++)
    if (strcasecmp(functions[i], function) == 0) return true;
  return false;
}

static bool begins(const char *name, const char *prefix) {
  return strncasecmp(name, prefix, strlen(prefix)) == 0;
}

static bool is_object(const struct vmx_store *store, const char *name) {
  const struct vmx_model *model = store->model;
  for (size_t s = 0; s < model->service_count; s++)
    for (size_t i = 0; i < model->services[s].object_count; i++)
      if (strcasecmp(model->services[s].objects[i].name, name) == 0) return true;
  return false;
}

/*
 * A table of the database is told by its own name, with each column that is read. A name of the query's
 * own (a WITH clause, an object) comes without column and database, and only where no column is read.
 */
static bool may_read(const struct guard *guard, const char *table, const char *column,
                     const char *database) {
  if (!table || !column) return false;
  if (guard->object) { /* a condition reads its own object, key included */
    return *table == '\0' || (begins(table, "o_") && strcmp(table + 2, guard->object->name) == 0);
  }
  if (begins(table, "o_")) return *column == '\0' || begins(column, "c_");
  if (*column != '\0' || database) return false;
  return is_object(guard->store, table) ||
         !(begins(table, "vmx_") || begins(table, "sqlite_") || begins(table, "pragma_"));
}

/* Statements of our own are prepared without a guard. */
static int authorize(void *context, int action, const char *one, const char *two,
                     const char *database, const char *inside) {
  const struct vmx_store *store = context;
  const struct guard *guard = store->guard;
  (void)inside;
  bool allowed = !guard || action == SQLITE_SELECT || (action == SQLITE_RECURSIVE && !guard->object) ||
                 (action == SQLITE_FUNCTION && is_harmless(two)) ||
                 (action == SQLITE_READ && may_read(guard, one, two, database));
  return allowed ? SQLITE_OK : SQLITE_DENY;
}

/* Once for each connection: whenever somebody is to be asked, SQLite prepares all its statements anew. */
static void attach(struct vmx_store *store) {
  if (!store->guarded) sqlite3_set_authorizer(store->db, authorize, store);
  store->guarded = true;
}

int guard_prepare(const struct guard *guard, const char *sql, sqlite3_stmt **out, const char **problem) {
  sqlite3 *db = guard->store->db;
  const char *tail = NULL;
  *problem = NULL;
  attach(guard->store);
  guard->store->guard = guard;
  int result = sqlite3_prepare_v2(db, sql, -1, out, &tail);
  guard->store->guard = NULL;
  if (result != SQLITE_OK) *problem = sqlite3_errmsg(db);
  else if (!*out || *tail) *problem = "more than one statement";
  else if (!sqlite3_stmt_readonly(*out)) *problem = "it would write";
  else if (sqlite3_bind_parameter_count(*out) > guard->parameters) *problem = "it has parameters";
  return result;
}

/* ---- columns under their own names -------------------------------------------------------------- */

/* A number counts as one, everything else as text: '7' finds 7, and 7 the text 7. */
void guard_columns(struct base_buf *sql, const struct vmx_object *object) {
  for (size_t i = 0; i < object->field_count; i++) {
    const struct vmx_field *field = &object->fields[i];
    bool numeric = field->datatype == VMX_NUMBER || field->datatype == VMX_BOOLEAN;
    base_buf_text(sql, i ? ",CAST(" : "CAST(");
    sql_column(sql, field);
    base_buf_text(sql, numeric ? " AS NUMERIC) AS " : " AS TEXT) AS ");
    sql_quote(sql, "", field->name);
  }
}
