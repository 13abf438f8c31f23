/*
 * The key of an encrypted database. With SQLCipher in the build it encrypts file and log; without it no key
 * is taken. Always true: a key that cannot be used is an error before the file is touched.
 */
#include <stdlib.h>
#include <string.h>

#include "store/internal.h"

enum { KEY_CHARACTERS = 6 };

static int check_length(const char *key, struct base_error *err) {
  size_t count = 0;
  for (const char *c = key; *c; c++) count += ((unsigned char)*c & 0xC0) != 0x80;
  if (count >= KEY_CHARACTERS) return 0;
  return base_fail(err, VMX_CODE_PASSPHRASE, "LOC-02",
                   "the encryption key has %zu characters, it needs %d", count, KEY_CHARACTERS);
}

int vmx_store_check_key(const struct vmx_store *store, const char *key, struct base_error *err) {
  int status = check_length(key, err);
  if (status != 0 || (store->key && strcmp(store->key, key) == 0)) return status;
  return base_fail(err, VMX_CODE_ENCRYPTION, "LOC-02",
                   "the local database was opened %s: the config takes the key",
                   store->key ? "with another key" : "without a key");
}

void key_forget(struct vmx_store *store) {
  if (store->key) explicit_bzero(store->key, strlen(store->key));
  free(store->key);
  store->key = NULL;
}

#ifdef VMXSYNC_SQLCIPHER

#include <stdio.h>

int key_take(struct vmx_store *store, const char *key, struct base_error *err) {
  int status = check_length(key, err);
  if (status != 0) return status;
  store->key = strdup(key);
  return store->key ? 0 : store_no_memory(err);
}

/* SQLCipher would write its troubles to the standard error otherwise: a library does not. */
bool key_apply(struct vmx_store *store) {
  if (!store->key) return true;
  return sqlite3_key(store->db, store->key, (int)strlen(store->key)) == SQLITE_OK &&
         sqlite3_exec(store->db, "PRAGMA cipher_log_level=NONE", NULL, NULL, NULL) == SQLITE_OK;
}

static bool is_plain(const char *path) {
  static const char magic[] = "SQLite format 3";
  char head[sizeof magic] = {0};
  FILE *file = fopen(path, "rb");
  if (!file) return false;
  size_t got = fread(head, 1, sizeof magic, file);
  fclose(file);
  return got == sizeof magic && memcmp(head, magic, sizeof magic) == 0;
}

/* With a key that does not fit, what is encrypted and what is no database look the same. */
static int misfits_with_key(const char *path, struct base_error *err) {
  if (is_plain(path))
    return base_fail(err, VMX_CODE_ENCRYPTION, "LOC-02",
                     "the local database %s is not encrypted, and cannot be any more", path);
  return base_fail(err, VMX_CODE_STORE_OPEN, "LOC-02",
                   "%s was not encrypted with this key, or is not a database", path);
}

#else

int key_take(struct vmx_store *store, const char *key, struct base_error *err) {
  (void)store;
  int status = check_length(key, err);
  if (status != 0) return status;
  return base_fail(err, VMX_CODE_ENCRYPTION, "LOC-02",
                   "the local database cannot be encrypted: this library was built without SQLCipher");
}

bool key_apply(struct vmx_store *store) { return (void)store, true; }

#endif

int key_misfits(const struct vmx_store *store, const char *path, struct base_error *err) {
#ifdef VMXSYNC_SQLCIPHER
  if (store->key) return misfits_with_key(path, err);
#endif
  (void)store;
  return base_fail(err, VMX_CODE_STORE_OPEN, "LOC-02",
                   "%s is not a database, or is encrypted and needs its key", path);
}
