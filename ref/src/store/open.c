/*
 * Opening: the folder, the file, the lock that makes this client its only owner, the schema's version. A
 * file that is not ours, or is newer than this client, is left exactly as it is.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/internal.h"

enum { BUSY_MS = 1000 };

/* mkdir -p: the last error counts, a folder that is there does not. It must be ours to write: SQLite would
 * call that a disk I/O error. */
static int make_folder(const char *folder) {
  struct stat there;
  CLEANUP(free_text) char *path = strdup(folder);
  if (!path) return ENOMEM;
  for (char *p = path + 1; *p; p++) {
    if (*p != '/') continue;
    *p = '\0';
    mkdir(path, 0777);
    *p = '/';
  }
  if (mkdir(path, 0777) != 0 && errno != EEXIST) return errno;
  if (stat(path, &there) == 0 && !S_ISDIR(there.st_mode)) return ENOTDIR;
  return access(path, W_OK | X_OK) == 0 ? 0 : errno;
}

static int open_fail(struct vmx_store *store, const char *path, struct base_error *err) {
  if (store->db && sqlite3_errcode(store->db) == SQLITE_NOTADB) return key_misfits(store, path, err);
  return base_fail(err, VMX_CODE_STORE_OPEN, "LOC-02",
                   "the local database %s cannot be opened or made: %s", path,
                   store->db ? sqlite3_errmsg(store->db) : "out of memory");
}

/* A running upload without a cached request ended with its process: its entries are free again. */
static int release_entries(struct vmx_store *store, struct base_error *err) {
  return store_exec(store,
                    "UPDATE vmx_log SET request=NULL WHERE request IS NOT NULL"
                    " AND request NOT IN (SELECT id FROM vmx_request)",
                    err);
}

/* One owner: a second client on this folder is refused instead of mixing up two syncs. The version is
 * looked at before anything is written. */
static int open_database(struct vmx_store *store, const char *path, struct base_error *err) {
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  int version = 0;
  if (sqlite3_open_v2(path, &store->db, flags, NULL) != SQLITE_OK)
    return open_fail(store, path, err);
  if (sqlite3_db_readonly(store->db, "main") == 1) /* SQLite opens it all the same */
    return base_fail(err, VMX_CODE_STORE_OPEN, "LOC-02",
                     "the local database %s may be read only, not written to", path);
  sqlite3_busy_timeout(store->db, BUSY_MS);
  sqlite3_extended_result_codes(store->db, 1);
  if (!key_apply(store) || selection_register(store) != SQLITE_OK ||
      sqlite3_exec(store->db, "PRAGMA locking_mode=EXCLUSIVE", NULL, NULL, NULL) != SQLITE_OK)
    return open_fail(store, path, err);
  int status = store_check_version(store, path, &version, err);
  if (status == VMX_CODE_STORE) return open_fail(store, path, err);
  if (status != 0) return status;
  if (sqlite3_exec(store->db, "PRAGMA journal_mode=WAL;BEGIN IMMEDIATE;COMMIT", NULL, NULL, NULL) !=
      SQLITE_OK)
    return open_fail(store, path, err);
  status = store_upgrade(store, path, version, err);
  if (status != 0) return status;
  return release_entries(store, err) == 0 ? 0 : open_fail(store, path, err);
}

static void close_cleanup(struct vmx_store **store) { vmx_store_close(*store); }

int vmx_store_open(const char *folder, const char *key, struct vmx_store **out,
                   struct base_error *err) {
  CLEANUP(close_cleanup) struct vmx_store *store = calloc(1, sizeof *store);
  struct base_buf path = BASE_BUF_INIT;
  if (!store) return store_no_memory(err);
  store->durable = -1;
  int status = key ? key_take(store, key, err) : 0;
  if (status != 0) return status;
  int problem = make_folder(folder);
  if (problem != 0)
    return base_fail(err, VMX_CODE_STORE_OPEN, "LOC-02", "the storage folder %s cannot be made or written to: %s",
                     folder, strerror(problem));
  base_buf_printf(&path, "%s/offline.db", folder);
  status = path.failed ? store_no_memory(err) : open_database(store, path.data, err);
  base_buf_done(&path);
  if (status == 0) *out = TAKE(store);
  return status;
}

void vmx_store_close(struct vmx_store *store) {
  if (!store) return;
  store_detach(store);
  for (int i = 0; i < SQL_COUNT; i++) sqlite3_finalize(store->statements[i]);
  base_buf_done(&store->scratch);
  sqlite3_close(store->db);
  key_forget(store);
  free(store);
}

void vmx_store_set_boolean_form(struct vmx_store *store, enum vmx_boolean_form form) {
  store->booleans = form;
}
