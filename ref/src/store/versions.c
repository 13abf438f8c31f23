/*
 * The schema's versions. Step n makes version n + 1 out of version n, in one durable transaction with the
 * number, and a new database walks all of them: it equals one that was upgraded. A step that was released
 * is never edited; another one comes behind it.
 *
 * Always true on disk: user_version counts the steps that the tables have seen. From version 2 on
 * application_id tells that the file is ours, and vmx_version which library made each version.
 */
#include "store/internal.h"

enum {
  APPLICATION_ID = 0x766d7873, /* "vmxs" */
  VERSION_SIGNED = 2           /* the first that says whose it is, and who made it */
};

static const char *const steps[] = {
    /* 1 */
    "CREATE TABLE vmx_setup(id INTEGER PRIMARY KEY CHECK(id=1),document TEXT NOT NULL);"
    "CREATE TABLE vmx_service(name TEXT PRIMARY KEY,metadata TEXT NOT NULL);"
    "CREATE TABLE vmx_counter(service TEXT PRIMARY KEY,row_id INTEGER NOT NULL,"
    " temporary INTEGER NOT NULL);"
    "CREATE TABLE vmx_log(service TEXT,row_id INTEGER,object TEXT NOT NULL,key TEXT NOT NULL,"
    " action INTEGER NOT NULL,marked INTEGER NOT NULL,request TEXT,row TEXT NOT NULL,"
    " PRIMARY KEY(service,row_id)) WITHOUT ROWID;"
    "CREATE INDEX vmx_log_row ON vmx_log(object,key,row_id);"
    "CREATE INDEX vmx_log_request ON vmx_log(request) WHERE request IS NOT NULL;"
    "CREATE TABLE vmx_reference(service TEXT,row_id INTEGER,key TEXT,"
    " PRIMARY KEY(service,row_id,key)) WITHOUT ROWID;"
    "CREATE INDEX vmx_reference_key ON vmx_reference(service,key);"
    "CREATE TABLE vmx_copy(object TEXT,key TEXT,present INTEGER NOT NULL,checksum TEXT,row TEXT,"
    " PRIMARY KEY(object,key)) WITHOUT ROWID;"
    "CREATE TABLE vmx_delta(object TEXT,filter TEXT,delta TEXT NOT NULL,PRIMARY KEY(object,filter))"
    " WITHOUT ROWID;"
    "CREATE TABLE vmx_context(signature TEXT PRIMARY KEY,service TEXT NOT NULL,"
    " object TEXT NOT NULL,context TEXT NOT NULL,held TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE vmx_request(number INTEGER PRIMARY KEY AUTOINCREMENT,id TEXT NOT NULL UNIQUE,"
    " service TEXT NOT NULL,object TEXT NOT NULL,query TEXT NOT NULL,body BLOB NOT NULL);",
    /* 2: a file of another program, or of a library to come, is recognised and left alone */
    "CREATE TABLE vmx_version(number INTEGER PRIMARY KEY,library TEXT NOT NULL);"
    "PRAGMA application_id=0x766d7873;",
};

enum { SCHEMA_VERSION = sizeof steps / sizeof *steps };

/* ---- whose file is it? ------------------------------------------------------------------------- */

static int read_number(struct vmx_store *store, const char *query, int *out) {
  CLEANUP(finalize) sqlite3_stmt *statement = NULL;
  if (sqlite3_prepare_v2(store->db, query, -1, &statement, NULL) != SQLITE_OK) return -1;
  int result = sqlite3_step(statement);
  *out = result == SQLITE_ROW ? sqlite3_column_int(statement, 0) : 0;
  return result == SQLITE_ROW || result == SQLITE_DONE ? 0 : -1;
}

/* Version 1 did not sign its files: they are known by their tables, a new one by having none. */
static int is_ours(struct vmx_store *store, int version, bool *out) {
  static const char *const questions[] = {
      "SELECT NOT EXISTS (SELECT 1 FROM sqlite_master)",
      "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type='table' AND name='vmx_setup')"};
  int answer = 0;
  int status = version < VERSION_SIGNED ? read_number(store, questions[version], &answer)
                                        : read_number(store, "PRAGMA application_id", &answer);
  *out = version < VERSION_SIGNED ? answer == 1 : answer == APPLICATION_ID;
  return status;
}

/* "vmxsync 0.3.0" of the newest version, for people who look for the right one. */
static int newer(struct vmx_store *store, const char *path, int version, struct base_error *err) {
  CLEANUP(finalize) sqlite3_stmt *statement = NULL;
  const char *query = "SELECT library FROM vmx_version ORDER BY number DESC LIMIT 1";
  const char *library = NULL;
  if (sqlite3_prepare_v2(store->db, query, -1, &statement, NULL) == SQLITE_OK &&
      sqlite3_step(statement) == SQLITE_ROW)
    library = (const char *)sqlite3_column_text(statement, 0);
  return base_fail(err, VMX_CODE_STORE_VERSION, "LOC-02",
                   "the local database %s has schema version %d, made by vmxsync %s; this client, vmxsync %s,"
                   " knows %d",
                   path, version, library ? library : "?", VMXSYNC_VERSION, SCHEMA_VERSION);
}

int store_check_version(struct vmx_store *store, const char *path, int *version,
                        struct base_error *err) {
  bool ours = false;
  if (read_number(store, "PRAGMA user_version", version) != 0) return store_fail(store, err);
  bool known = *version >= 0 && *version <= SCHEMA_VERSION;
  if (is_ours(store, known ? *version : VERSION_SIGNED, &ours) != 0) return store_fail(store, err);
  if (ours) return known ? 0 : newer(store, path, *version, err);
  return base_fail(err, VMX_CODE_STORE_VERSION, "LOC-02",
                   "%s is a database of another program (its schema version is %d)", path, *version);
}

/* ---- upgrading --------------------------------------------------------------------------------- */

static int take_step(struct vmx_store *store, int version, struct base_error *err) {
  int status = store_begin(store, true, err);
  if (status != 0) return status;
  status = store_exec(store, steps[version - 1], err);
  if (status == 0 && version >= VERSION_SIGNED)
    status = store_execf(store, err, "INSERT INTO vmx_version VALUES(%d,%Q)", version,
                         VMXSYNC_VERSION);
  if (status == 0) status = store_execf(store, err, "PRAGMA user_version=%d", version);
  return store_end(store, status, err);
}

int store_upgrade(struct vmx_store *store, const char *path, int version, struct base_error *err) {
  struct base_error why = {0};
  int from = version;
  while (version < SCHEMA_VERSION && take_step(store, version + 1, &why) == 0) version++;
  if (version == SCHEMA_VERSION) return 0;
  if (from == 0)
    return base_fail(err, VMX_CODE_STORE_OPEN, "LOC-02", "the local database %s cannot be made: %s",
                     path, why.text);
  return base_fail(err, VMX_CODE_STORE_UPGRADE, "LOC-02",
                   "the local database %s has schema version %d and cannot be upgraded to %d: %s", path,
                   version, version + 1, why.text);
}
