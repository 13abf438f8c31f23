/**
 * What the files of the store share: connection, statements, transactions, rows, log.
 *
 * Tables (all texts; the datatype in the model says what a column means, see core/value.h):
 *   vmx_setup, vmx_service  service document and metadata as they came
 *   vmx_counter             for each service: the last rowId, the last temporary key (W-16, W-31)
 *   vmx_log                 pending edits; `request` names the running or cached upload they are in;
 *                           `marked`: 0 deferred, 1 to be sent, 2 the server's cascade, never sent
 *   vmx_reference           log entries that hold somebody's temporary key in a foreign key (W-34)
 *   vmx_copy                remembered server copies of rows with log entries (W-24)
 *   vmx_delta, vmx_context  deltas by (object, filter); kept batch contexts (W-22, W-23)
 *   vmx_request             the upload cache (W-41)
 *   vmx_version             which library made each version of the schema (versions.c)
 *   o_<object>              k (key text, or its integer: see rows_integer_key()), sum (checksum), c_<field>
 *
 * Every function here returns 0 or a code with `err` filled, unless it says otherwise.
 */
#ifndef VMX_STORE_INTERNAL_H
#define VMX_STORE_INTERNAL_H

#include <sqlite3.h>

#include "base/cleanup.h"
#include "core/codes.h"
#include "store/store.h"

/** X(name, SQL): statements that are prepared once. */
#define VMX_STATEMENTS(X)                                                                          \
  X(ROLLBACK, "ROLLBACK")                                                                          \
  X(KEY_BEGIN, "SAVEPOINT one_key")                                                                \
  X(KEY_UNDO, "ROLLBACK TO one_key")                                                               \
  X(KEY_END, "RELEASE one_key")                                                                    \
  X(NEXT_ROW_ID, "UPDATE vmx_counter SET row_id=row_id+1 WHERE service=?1 RETURNING row_id")       \
  X(NEXT_TEMPORARY,                                                                                \
    "UPDATE vmx_counter SET temporary=temporary-1 WHERE service=?1 RETURNING temporary")           \
  X(LAST_ROW_ID, "SELECT row_id FROM vmx_counter WHERE service=?1")                                \
  X(LOG_ADD, "INSERT INTO vmx_log(service,row_id,object,key,action,marked,row)"                    \
             " VALUES(?1,?2,?3,?4,?5,?6,?7)")                                                      \
  X(LOG_LAST, "SELECT row_id,action,marked,request IS NULL FROM vmx_log"                           \
              " WHERE object=?1 AND key=?2 ORDER BY row_id DESC LIMIT 1")                          \
  X(LOG_OF_ROW, "SELECT row_id,row FROM vmx_log WHERE object=?1 AND key=?2 ORDER BY row_id")       \
  X(LOG_FIND, "SELECT key,row FROM vmx_log WHERE service=?1 AND row_id=?2 AND object=?3")          \
  X(LOG_WRITE, "UPDATE vmx_log SET key=?3,row=?4 WHERE service=?1 AND row_id=?2")                  \
  X(LOG_ACTION, "UPDATE vmx_log SET action=?3 WHERE service=?1 AND row_id=?2")                     \
  X(LOG_PENDING, "SELECT 1 FROM vmx_log WHERE object=?1 AND key=?2 LIMIT 1")                       \
  X(LOG_ANY, "SELECT 1 FROM vmx_log WHERE object=?1 LIMIT 1")                                      \
  X(LOG_MARK, "UPDATE vmx_log SET marked=1 WHERE object=?1 AND key=?2 AND marked=0")               \
  X(LOG_DELETE, "DELETE FROM vmx_log WHERE object=?1 AND key=?2 AND row_id<=?3")                   \
  X(LOG_REMOVE, "DELETE FROM vmx_log WHERE service=?1 AND row_id=?2")                              \
  X(LOG_CASCADED, "SELECT row_id,key,row FROM vmx_log WHERE object=?1 AND marked=2"                \
                  " ORDER BY row_id DESC")                                                         \
  X(LOG_DELETED, "SELECT row,row_id FROM vmx_log WHERE object=?1 AND (?2 IS NULL OR key=?2)"       \
                 " AND action=?3 AND marked<2 AND row_id<=?4 ORDER BY row_id DESC")                \
  X(LOG_ROWS, "SELECT l.key,l.row FROM vmx_log l WHERE l.object=?1 AND l.row_id="                  \
              "(SELECT max(row_id) FROM vmx_log WHERE object=l.object AND key=l.key AND marked<2)" \
              " ORDER BY (SELECT min(row_id) FROM vmx_log WHERE object=l.object AND key=l.key)")   \
  X(LOG_COUNT, "SELECT count(*) FROM vmx_log WHERE service=?1 AND row_id<=?2 AND marked=1"         \
               " AND request IS NULL AND (?3='' OR object=?3)")                                    \
  X(LOG_PLAN, "SELECT l.row_id,l.object,l.key,l.action,l.marked,l.row,c.checksum FROM vmx_log l"   \
              " LEFT JOIN vmx_copy c ON c.object=l.object AND c.key=l.key WHERE l.service=?1"      \
              " AND l.row_id>?2 AND l.row_id<=?3 AND l.request IS NULL AND l.marked<2"             \
              " AND (?4='' OR l.object=?4) ORDER BY l.row_id")                                     \
  X(LOG_REQUEST, "UPDATE vmx_log SET request=?3 WHERE service=?1 AND row_id=?2")                   \
  X(LOG_RELEASE, "UPDATE vmx_log SET request=NULL WHERE service=?1 AND request=?2")                \
  X(REFERENCE_ADD, "INSERT OR IGNORE INTO vmx_reference(service,row_id,key) VALUES(?1,?2,?3)")     \
  X(REFERENCE_DELETE, "DELETE FROM vmx_reference WHERE service=?1 AND row_id=?2")                  \
  X(REFERENCE_FIND, "SELECT l.row_id,l.key,l.row FROM vmx_reference r JOIN vmx_log l"              \
                    " ON l.service=r.service AND l.row_id=r.row_id"                                \
                    " WHERE r.service=?1 AND r.key=?2 AND l.object=?3")                            \
  X(COPY_KEEP, "INSERT INTO vmx_copy(object,key,present,checksum,row) VALUES(?1,?2,?3,?4,?5)"      \
               " ON CONFLICT DO NOTHING")                                                          \
  X(COPY_PUT, "INSERT INTO vmx_copy(object,key,present,checksum,row) VALUES(?1,?2,?3,?4,?5)"       \
              " ON CONFLICT DO UPDATE SET present=excluded.present,row=excluded.row,"              \
              "checksum=coalesce(excluded.checksum,checksum)")                                     \
  X(COPY_DELETE, "DELETE FROM vmx_copy WHERE object=?1 AND key=?2")                                \
  X(COPY_FIND, "SELECT present,checksum,row FROM vmx_copy WHERE object=?1 AND key=?2")             \
  X(COPY_LIST, "SELECT key FROM vmx_copy WHERE object=?1")                                         \
  X(COPY_ROWS, "SELECT key,row FROM vmx_copy WHERE object=?1 AND present")                         \
  X(DELTA_PUT, "INSERT OR REPLACE INTO vmx_delta(object,filter,delta) VALUES(?1,?2,?3)")           \
  X(DELTA_FIND, "SELECT delta FROM vmx_delta WHERE object=?1 AND filter=?2")                       \
  X(CONTEXT_PUT, "INSERT OR REPLACE INTO vmx_context(signature,service,object,context,held)"       \
                 " VALUES(?1,?2,?3,?4,?5)")                                                        \
  X(CONTEXT_FIND, "SELECT context,held FROM vmx_context WHERE signature=?1")                       \
  X(CONTEXT_DELETE, "DELETE FROM vmx_context WHERE service=?1 AND object=?2")                      \
  X(REQUEST_ADD, "INSERT INTO vmx_request(id,service,object,query,body) VALUES(?1,?2,?3,?4,?5)")   \
  X(REQUEST_OTHER, "SELECT id FROM vmx_request WHERE service=?1 AND object=?2")                    \
  X(REQUEST_DELETE, "DELETE FROM vmx_request WHERE id=?1")                                         \
  X(REQUEST_COUNT, "SELECT count(*) FROM vmx_request WHERE service=?1"                             \
                   " AND (?2='' OR object IN ('',?2))")                                            \
  X(REQUEST_NEXT, "SELECT id,object,query,body FROM vmx_request WHERE service=?1"                  \
                  " AND (?2='' OR object IN ('',?2))"                                              \
                  " ORDER BY CASE ?2 WHEN '' THEN object='' ELSE object<>'' END,number LIMIT 1")

#define VMX_STATEMENTS_ENUM(name, sql) SQL_##name,
enum vmx_sql { VMX_STATEMENTS(VMX_STATEMENTS_ENUM) SQL_COUNT };
#undef VMX_STATEMENTS_ENUM

/** Statements of one object's table. */
enum vmx_object_sql { ROW_GET, ROW_PUT, ROW_PUT_SERVER, ROW_DELETE, ROW_SQL_COUNT };

struct store_object {
  sqlite3_stmt *statements[ROW_SQL_COUNT];
  bool integer_key;  /**< rows_integer_key() of the object */
  int pending;       /**< within a page: 1 the object has log entries, 0 none, -1 not asked yet */
};

struct vmx_store {
  sqlite3 *db;
  char *key;                      /**< NULL: it is not encrypted */
  const struct vmx_model *model;  /**< borrowed, NULL before setup */
  struct store_object *objects;   /**< by object id */
  size_t object_count;
  sqlite3_stmt *statements[SQL_COUNT];
  enum vmx_boolean_form booleans;
  bool in_transaction;            /**< between store_begin() and store_end() */
  int durable;                    /**< what PRAGMA synchronous stands at: 1 FULL, 0 NORMAL, -1 ? */
  struct base_buf scratch;        /**< for keys and packed rows of one statement */
  struct base_clock clock;        /**< monotonic_ms NULL: nothing is measured */
  int64_t parsing_ms;             /**< reading, in the last answer that was stored */
  const struct guard *guard;      /**< while guard_prepare() runs; NULL else */
  bool guarded;                   /**< SQLite asks guard.c, since its first one */
  int64_t select_steps_max;       /**< what a select query may cost; 0: the standard. Tests lower it */
};

/* ---- database.c ------------------------------------------------------------------------------- */

int store_no_memory(struct base_error *err);
int store_fail(struct vmx_store *store, struct base_error *err); /**< from SQLite's own message */
int store_exec(struct vmx_store *store, const char *sql, struct base_error *err);
int store_execf(struct vmx_store *store, struct base_error *err, const char *format, ...);

/** A failure of the database (2000..2003) as that of the call: `code`, with the same text. Others pass. */
int store_failed_as(int status, int code, struct base_error *err);

/** Roll back what a failed rollback left open, unless a transaction runs. */
void store_settle(struct vmx_store *store);

/** The prepared statement, reset, or NULL with `err`. */
sqlite3_stmt *store_statement(struct vmx_store *store, enum vmx_sql sql, struct base_error *err);

/** Bind `count` texts from parameter 1 on; a NULL text binds null. Borrowed until the reset. */
void store_bind_texts(sqlite3_stmt *statement, int count, const char *const *texts);
void store_bind_bytes(sqlite3_stmt *statement, int index, const char *text, size_t len);

/** One step: *row says whether there is a row. Resets the statement when there is none or it fails. */
int store_step(struct vmx_store *store, sqlite3_stmt *statement, bool *row, struct base_error *err);

/** Run a statement that gives no rows. */
int store_run(struct vmx_store *store, sqlite3_stmt *statement, struct base_error *err);

/** Shorthand: a statement with texts alone, without rows. */
int store_run_texts(struct vmx_store *store, enum vmx_sql sql, int count, const char *const *texts,
                    struct base_error *err);

/** Every transaction: `durable` waits for the disk at its commit. */
int store_begin(struct vmx_store *store, bool durable, struct base_error *err);

/** Commit when `status` is 0, else roll back. Returns status, or 2003 when the commit failed. */
int store_end(struct vmx_store *store, int status, struct base_error *err);

/** Milliseconds, or always 0 when nothing is measured. */
int64_t store_now(const struct vmx_store *store);

/** A column's text in the arena; NULL column gives NULL text. False without memory. */
bool store_column(sqlite3_stmt *statement, int column, struct vmx_arena *arena,
                  struct vmx_value *out);

/** The same without a copy: borrowed until the statement's next step. */
int store_peek(sqlite3_stmt *statement, int column, struct vmx_value *out, struct base_error *err);

/* ---- key.c ------------------------------------------------------------------------------------- */

/** Keep a copy of the key for key_apply(). Fails: 2475 it is too short; 2004 there is no SQLCipher */
int key_take(struct vmx_store *store, const char *key, struct base_error *err);
void key_forget(struct vmx_store *store);

/** Give it to a connection that was just opened, before anything else is asked of it. */
bool key_apply(struct vmx_store *store);

/** What is wrong with a file that SQLite cannot read. Fails, always: 2004 a key, and a plain file; 2006 */
int key_misfits(const struct vmx_store *store, const char *path, struct base_error *err);

/* ---- versions.c ------------------------------------------------------------------------------- */

/**
 * Is the file ours, and of a version that is known? Only reads.
 * Fails: 2000 it cannot be read; 2010 it is another program's, or newer than this client
 */
int store_check_version(struct vmx_store *store, const char *path, int *version,
                        struct base_error *err);

/** From `version` (0: an empty file) to today's. Fails: 2006 it cannot be made; 2009 upgraded */
int store_upgrade(struct vmx_store *store, const char *path, int version, struct base_error *err);

/* ---- schema.c --------------------------------------------------------------------------------- */

/** Make the object's table, which holds integer keys alone, one of any keys. In the caller's transaction. */
int schema_take_any_key(struct vmx_store *store, const struct vmx_object *object,
                        struct base_error *err);

/* ---- rows.c ----------------------------------------------------------------------------------- */

/** Is one number the key? It is kept as an integer where it is one, as bytes where it is not, and the
 *  table takes nothing but integers until the first other key comes: schema_take_any_key(). */
bool rows_integer_key(const struct vmx_object *object);

/** What the store knows of the model's (finished) objects; free() releases it. NULL without memory. */
struct store_object *store_objects_new(const struct vmx_model *model);
static inline void free_objects(struct store_object **objects) { free(*objects); }

/** From now on the store works with `model` (borrowed) and `objects` (taken). */
void store_attach(struct vmx_store *store, const struct vmx_model *model,
                  struct store_object *objects);
void store_detach(struct vmx_store *store);

/** Statements of objects' tables are prepared anew when they are needed next. */
void store_finish_statements(struct vmx_store *store);

/** A row of an object's table, in an arena. */
struct store_row {
  bool found;
  struct vmx_value *row;
  const char *checksum; /**< "" when the server gave none */
};

int rows_get(struct vmx_store *store, const struct vmx_object *object, const char *key,
             struct vmx_arena *arena, struct store_row *out, struct base_error *err);

/** `checksum` text NULL keeps what stands there. `server`: binary columns stay (W-15). */
int rows_put(struct vmx_store *store, const struct vmx_object *object, const char *key,
             const struct vmx_value *row, const struct vmx_value *checksum, bool server,
             struct base_error *err);
int rows_delete(struct vmx_store *store, const struct vmx_object *object, const char *key,
                struct base_error *err);

/** Key text of a row in the store's scratch buffer. Fails: 2305 it has none */
int rows_key(struct vmx_store *store, const struct vmx_object *object, const struct vmx_value *row,
             const char **key, struct base_error *err);

/** The same in the arena. */
int rows_key_copy(struct vmx_store *store, const struct vmx_object *object,
                  const struct vmx_value *row, struct vmx_arena *arena, const char **key,
                  struct base_error *err);

void rows_bind_key(struct vmx_store *store, const struct vmx_object *object,
                   sqlite3_stmt *statement, const char *key);

bool rows_read(const struct vmx_object *object, sqlite3_stmt *statement, struct vmx_arena *arena,
               struct store_row *out);

/** Prepare what was written, and release the buffer. */
int rows_prepare(struct vmx_store *store, struct base_buf *sql, sqlite3_stmt **out,
                 struct base_error *err);

/** SQL names, quoted: "o_<object>", "c_<field>". */
void sql_table(struct base_buf *out, const struct vmx_object *object);
void sql_column(struct base_buf *out, const struct vmx_field *field);
void sql_quote(struct base_buf *out, const char *prefix, const char *name);

/** A link's first foreign key column as a number, and whether it holds a temporary key: together the
 *  words of the index on temporary keys (W-34). */
void sql_temporary(struct base_buf *out, const struct vmx_link *link);
void sql_is_temporary(struct base_buf *out, const struct vmx_link *link);

static inline void finalize(sqlite3_stmt **statement) { sqlite3_finalize(*statement); }
static inline void arena_cleanup(struct vmx_arena *arena) { vmx_arena_done(arena); }

/* ---- selection.c ------------------------------------------------------------------------------ */

struct store_keys {
  char **items;
  size_t count;
};

/** Keys of the selected rows, in key order, in the arena. */
int rows_select(struct vmx_store *store, const struct vmx_object *object,
                const struct vmx_selector *selector, struct vmx_arena *arena,
                struct store_keys *out, struct base_error *err);

/** Child rows that hold the parent's values `before` in the link's fields, equal by datatype. */
int rows_children(struct vmx_store *store, const struct vmx_link *link,
                  const struct vmx_value *before, struct vmx_arena *arena, struct store_keys *out,
                  struct base_error *err);

/** The collation in which numbers stand: by decimal value (W-14). */
#define STORE_NUMBER_ORDER "vmx_number"

/** Make the connection know it: once, at opening. Returns SQLite's result. */
int selection_register(struct vmx_store *store);

/** Append " WHERE ..." for the selected rows of the object's table, or nothing when all are meant. */
void selection_sql(struct base_buf *sql, const struct vmx_object *object,
                   const struct vmx_selector *selector);

/** Prepare a statement that holds selection_sql(). Fails: 2304 the condition is none (C-3) */
int selection_prepare(struct vmx_store *store, const struct vmx_object *object,
                      const struct vmx_selector *selector, struct base_buf *sql,
                      sqlite3_stmt **out, struct base_error *err);

/** Before the statement is prepared, after its last step: limits what a condition of the application may make of
 *  values. `before` is what the first call returned. */
int selection_begin(struct vmx_store *store, const struct vmx_selector *selector);
void selection_end(struct vmx_store *store, int before);

/** Bind what selection_sql() left open. Borrows the selector. Fails: 2305 */
int selection_bind(struct vmx_store *store, const struct vmx_object *object,
                   const struct vmx_selector *selector, sqlite3_stmt *statement,
                   struct base_error *err);

/* ---- guard.c ---------------------------------------------------------------------------------- */

/** No value that SQL of the application makes is larger: SQLITE_LIMIT_LENGTH while it runs. */
enum { GUARD_VALUE_BYTES_MAX = 64 * 1024 * 1024 };

/** Who prepares SQL of the application. */
struct guard {
  struct vmx_store *store;
  const struct vmx_object *object; /**< a condition over this object; NULL: a query over all */
  int parameters;                  /**< that our own part of the text has */
};

/**
 * Prepare a statement that may read objects and compute, and nothing else. *problem is NULL, or what
 * is wrong with it, borrowed until the connection's next call. Returns SQLite's result.
 */
int guard_prepare(const struct guard *guard, const char *sql, sqlite3_stmt **out, const char **problem);

/** The object's columns under their own names, as SQL computes with them; separated by commas. */
void guard_columns(struct base_buf *sql, const struct vmx_object *object);

/* ---- change.c --------------------------------------------------------------------------------- */

/** The object of the model that is attached which `object` of the next one goes on; NULL: it is new. */
const struct vmx_object *change_same_object(const struct vmx_store *store,
                                            const struct vmx_object *object);

/** Fails: 2339 a key changed, and there are rows or edits under the old one (SET-03) */
int change_check_keys(struct vmx_store *store, const struct vmx_model *model,
                      struct base_error *err);

/** What the server was to delete along by a relationship that went is there again (LOC-06). */
int change_undo_cascades(struct vmx_store *store, const struct vmx_model *model,
                         struct base_error *err);

/** Values of columns that `model` no longer has leave the log and the remembered copies (W-9). */
int change_forget_columns(struct vmx_store *store, const struct vmx_model *model,
                          struct base_error *err);

/* ---- log.c ------------------------------------------------------------------------------------ */

enum { LOG_CASCADED = 2 }; /**< vmx_log.marked of a delete that the server makes by itself */

struct log_edit {
  const struct vmx_object *object;
  const char *key;
  enum vmx_action action;
  const struct vmx_value *row; /**< as vmx_log_entry.row */
  bool marked, fold;           /**< fold: into the row's last unsent entry (W-33) */
  bool cascaded;               /**< a delete that the server makes by itself: see cascade.c */
};

/** Remember the server copy unless one is remembered; `row` NULL: there is none. */
int copy_keep(struct vmx_store *store, const struct vmx_object *object, const char *key,
              const struct vmx_value *row, const char *checksum, struct base_error *err);

/** Replace the remembered copy; `checksum` text NULL keeps the old one. */
int copy_put(struct vmx_store *store, const struct vmx_object *object, const char *key,
             const struct vmx_value *row, const struct vmx_value *checksum,
             struct base_error *err);
int copy_delete(struct vmx_store *store, const struct vmx_object *object, const char *key,
                struct base_error *err);

/** A remembered copy, in an arena. */
struct store_copy {
  bool kept;                /**< false: nothing is remembered, the rest is empty */
  struct vmx_value *row;    /**< NULL: it is remembered that there is none */
  struct vmx_value checksum;
};

int copy_get(struct vmx_store *store, const struct vmx_object *object, const char *key,
             struct vmx_arena *arena, struct store_copy *out, struct base_error *err);

/** A tracked edit of a row that was `before`: its log entry and, before the first, the copy. */
int log_track(struct vmx_store *store, const struct log_edit *edit, const struct store_row *before,
              struct base_error *err);

enum { STORE_DIGITS = 24 }; /**< room for a 64-bit integer */

/** A temporary key as vmx_reference holds it; returns its length. */
size_t log_reference(const struct vmx_value *value, char digits[STORE_DIGITS]);

/** Rewrite key and row of an entry, and what it refers to. */
int log_write(struct vmx_store *store, const struct vmx_object *object, int64_t row_id,
              const char *key, const struct vmx_value *row, struct base_error *err);
int log_pending(struct vmx_store *store, const struct vmx_object *object, const char *key,
                bool *pending, struct base_error *err);

/** Entries of the row up to `row_id` go. */
int log_delete(struct vmx_store *store, const struct vmx_object *object, const char *key,
               int64_t row_id, struct base_error *err);

/** One entry goes. */
int log_remove(struct vmx_store *store, const struct vmx_object *object, int64_t row_id,
               struct base_error *err);
int log_temporary_key(struct vmx_store *store, const struct vmx_service *service, int64_t *out,
                      struct base_error *err);

/* ---- upload.c --------------------------------------------------------------------------------- */

/** An entry of the log as SQL_LOG_PLAN has it; out->object NULL: the model no longer has it. */
int log_read_entry(const struct vmx_service *service, sqlite3_stmt *statement,
                   struct vmx_arena *arena, struct vmx_log_entry *out, struct base_error *err);

/** SQL_LOG_PLAN for the unsent entries above `after` up to `limit`; object NULL: of the service. */
sqlite3_stmt *log_plan(struct vmx_store *store, const struct vmx_service *service,
                       const struct vmx_object *object, int64_t after, int64_t limit,
                       struct base_error *err);

/* ---- hierarchy.c ------------------------------------------------------------------------------ */

/** Fill the batch with the next request of the passes; none when they are over (W-48). */
int store_plan_nested(struct vmx_store *store, struct vmx_upload *run,
                      struct vmx_upload_batch *batch, struct base_error *err);

/* ---- cascade.c -------------------------------------------------------------------------------- */

/** Delete the row and what is below it; `arena` holds the rows meanwhile (LOC-06). */
int cascade_delete(struct vmx_store *store, const struct vmx_object *object, const char *key,
                   const struct vmx_local_options *options, struct vmx_arena *arena,
                   struct base_error *err);

/** What became of the deletes of a row that the server answered. */
struct cascade_end {
  int64_t row_id; /**< the last entry that was answered */
  bool deleted;   /**< if that is a delete: the row is gone */
  bool refused;   /**< an earlier entry may have failed */
};

/**
 * Entries of the row were answered, and are about to leave the log: what the server was to delete along
 * with it is forgotten when the row was deleted, else it is there again.
 */
int cascade_settle(struct vmx_store *store, const struct vmx_object *object, const char *key,
                   const struct cascade_end *end, struct base_error *err);

/** Deletes of the row (`key` NULL: of the object's rows) are about to be undone or forgotten: what the
 *  server was to delete along is there again. */
int cascade_undo(struct vmx_store *store, const struct vmx_object *object, const char *key,
                 struct base_error *err);

/* ---- rekey.c ---------------------------------------------------------------------------------- */

/**
 * The server gave the row `before` the key columns of `after`: row, log, copy and children follow
 * (W-34, UPL-06). A row that stands under that key already becomes one with it: the edits of both
 * stay, in their order, and the last of them is what the application reads (UPL-12).
 */
int store_rekey(struct vmx_store *store, const struct vmx_object *object, const char *old_key,
                const struct vmx_value *before, const struct vmx_value *after,
                struct base_error *err);

/* ---- download.c ------------------------------------------------------------------------------- */

/** Store what the server says of one row, with or without a pending edit of it (W-24). */
int store_server_row(struct vmx_store *store, const struct vmx_object *object, const char *key,
                     const struct vmx_value *row, const struct vmx_value *checksum, bool deleted,
                     bool pending, bool reconcile, struct base_error *err);

#endif
