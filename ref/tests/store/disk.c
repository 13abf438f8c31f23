#include "disk.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

enum { FILES = 4, SECTOR = 512 };

struct bytes {
  unsigned char *data;
  size_t size, capacity;
};

/* A change that was not synced; data NULL: the file was cut to `offset`. */
struct change {
  size_t offset, size;
  unsigned char *data;
};

struct file {
  char name[160]; /* "": there is no such file */
  struct bytes now, synced;
  bool known; /* its entry in the folder was synced */
  struct change *changes;
  size_t change_count;
};

struct handle {
  sqlite3_file base;
  struct file *file;
  bool temporary;
};

static struct {
  struct file files[FILES];
  size_t seen, fail_at, cut_at;
  enum disk_fault fault;
  bool all, failed, off, locked, read_only;
  uint64_t seed;
} disk;

/* -- bytes ------------------------------------------------------------------------------------------ */

static void resize(struct bytes *bytes, size_t size) {
  if (size > bytes->capacity) {
    bytes->capacity = size * 2;
    bytes->data = realloc(bytes->data, bytes->capacity);
    assert(bytes->data);
  }
  if (size > bytes->size) memset(bytes->data + bytes->size, 0, size - bytes->size);
  bytes->size = size;
}

static void put(struct bytes *bytes, size_t offset, const void *data, size_t size) {
  if (offset + size > bytes->size) resize(bytes, offset + size);
  if (size) memcpy(bytes->data + offset, data, size);
}

static void copy(struct bytes *to, const struct bytes *from) {
  resize(to, from->size);
  if (from->size) memcpy(to->data, from->data, from->size);
}

/* -- files ------------------------------------------------------------------------------------------ */

static struct file *find(const char *name) {
  for (int i = 0; i < FILES; i++)
    if (strcmp(disk.files[i].name, name) == 0) return &disk.files[i];
  return NULL;
}

static void forget_changes(struct file *file) {
  for (size_t i = 0; i < file->change_count; i++) free(file->changes[i].data);
  free(file->changes);
  file->changes = NULL;
  file->change_count = 0;
}

static void drop(struct file *file) {
  forget_changes(file);
  free(file->now.data);
  free(file->synced.data);
  *file = (struct file){0};
}

static void drop_all(void) {
  for (int i = 0; i < FILES; i++) drop(&disk.files[i]);
}

static void note(struct file *file, size_t offset, const void *data, size_t size) {
  struct change *changes = realloc(file->changes, (file->change_count + 1) * sizeof *changes);
  assert(changes);
  struct change *change = &changes[file->change_count];
  *change = (struct change){.offset = offset, .size = size, .data = data ? malloc(size + 1) : NULL};
  if (data) memcpy(change->data, data, size);
  file->changes = changes;
  file->change_count++;
}

/* -- what survives ---------------------------------------------------------------------------------- */

static unsigned chance(unsigned below) {
  disk.seed = disk.seed * 6364136223846793005u + 1442695040888963407u;
  return (unsigned)(disk.seed >> 33) % below;
}

static void survive(struct file *file, const struct change *change) {
  size_t size = change->size;
  unsigned fate = chance(3); /* none of it, its beginning, all of it */
  if (fate == 0) return;
  if (!change->data) {
    resize(&file->synced, change->offset);
    return;
  }
  if (fate == 1) size = SECTOR * chance((unsigned)(size / SECTOR) + 1);
  put(&file->synced, change->offset, change->data, size);
}

static void lose_power(void) {
  disk.off = disk.failed = true;
  for (int i = 0; i < FILES; i++) {
    struct file *file = &disk.files[i];
    for (size_t k = 0; disk.seed && k < file->change_count; k++) survive(file, &file->changes[k]);
    if (disk.seed && chance(2)) file->known = true;
  }
}

/* Every operation begins here: may it be done? */
static int count(int error, bool writes) {
  if (disk.off) return error;
  if (disk.fault == DISK_FULL && !writes) return SQLITE_OK;
  disk.seen++;
  if (disk.seen == disk.cut_at) lose_power();
  bool fails = disk.fail_at && (disk.seen == disk.fail_at || (disk.all && disk.seen > disk.fail_at));
  disk.failed = disk.failed || fails;
  if (disk.off) return error;
  return !fails ? SQLITE_OK : disk.fault == DISK_FULL ? SQLITE_FULL : error;
}

/* -- an open file ------------------------------------------------------------------------------------ */

static struct file *file_of(sqlite3_file *handle) { return ((struct handle *)handle)->file; }

static int close_file(sqlite3_file *base) {
  struct handle *handle = (struct handle *)base;
  if (handle->temporary) drop(handle->file), free(handle->file);
  return SQLITE_OK;
}

static int read_file(sqlite3_file *base, void *out, int size, sqlite3_int64 at) {
  const struct bytes *now = &file_of(base)->now;
  int result = count(SQLITE_IOERR_READ, false);
  if (result != SQLITE_OK) return result;
  size_t offset = (size_t)at, wanted = (size_t)size;
  size_t left = offset < now->size ? now->size - offset : 0, got = left < wanted ? left : wanted;
  if (got) memcpy(out, now->data + offset, got);
  memset((char *)out + got, 0, wanted - got);
  return got == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

/* A write under which the power goes is one of those that were not synced. */
static int write_file(sqlite3_file *base, const void *data, int size, sqlite3_int64 offset) {
  struct file *file = file_of(base);
  if (disk.read_only) return SQLITE_READONLY;
  bool was_on = !disk.off;
  if (was_on) note(file, (size_t)offset, data, (size_t)size);
  int result = count(SQLITE_IOERR_WRITE, true);
  if (result == SQLITE_OK) put(&file->now, (size_t)offset, data, (size_t)size);
  else if (was_on && !disk.off) free(file->changes[--file->change_count].data);
  return result;
}

static int truncate_file(sqlite3_file *base, sqlite3_int64 size) {
  struct file *file = file_of(base);
  int result = count(SQLITE_IOERR_TRUNCATE, true);
  if (result != SQLITE_OK) return result;
  note(file, (size_t)size, NULL, 0);
  if ((size_t)size < file->now.size) resize(&file->now, (size_t)size);
  return SQLITE_OK;
}

static int sync_file(sqlite3_file *base, int flags) {
  (void)flags;
  struct file *file = file_of(base);
  int result = count(SQLITE_IOERR_FSYNC, false);
  if (result != SQLITE_OK) return result;
  copy(&file->synced, &file->now);
  file->known = true;
  forget_changes(file);
  return SQLITE_OK;
}

static int size_of_file(sqlite3_file *base, sqlite3_int64 *out) {
  *out = (sqlite3_int64)file_of(base)->now.size;
  return disk.off ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

static int lock_file(sqlite3_file *base, int level) {
  return (void)base, (void)level, disk.locked ? SQLITE_BUSY : SQLITE_OK;
}
static int unlock_file(sqlite3_file *base, int level) { return (void)base, (void)level, SQLITE_OK; }
static int is_reserved(sqlite3_file *base, int *out) { return (void)base, *out = 0, SQLITE_OK; }
static int control(sqlite3_file *base, int op, void *arg) {
  return (void)base, (void)op, (void)arg, SQLITE_NOTFOUND;
}
static int sector_size(sqlite3_file *base) { return (void)base, 4096; }
static int characteristics(sqlite3_file *base) {
  return (void)base, SQLITE_IOCAP_POWERSAFE_OVERWRITE; /* as SQLite takes for granted on this system */
}

static const sqlite3_io_methods methods = {.iVersion = 1,
                                           .xClose = close_file,
                                           .xRead = read_file,
                                           .xWrite = write_file,
                                           .xTruncate = truncate_file,
                                           .xSync = sync_file,
                                           .xFileSize = size_of_file,
                                           .xLock = lock_file,
                                           .xUnlock = unlock_file,
                                           .xCheckReservedLock = is_reserved,
                                           .xFileControl = control,
                                           .xSectorSize = sector_size,
                                           .xDeviceCharacteristics = characteristics};

/* -- the folder --------------------------------------------------------------------------------------- */

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *out_flags) {
  (void)vfs;
  struct handle *handle = (struct handle *)base;
  *handle = (struct handle){.temporary = name == NULL};
  int result = count(SQLITE_CANTOPEN, false);
  if (result != SQLITE_OK) return result;
  if ((flags & SQLITE_OPEN_MAIN_DB) && name && !find(name)) drop_all();
  handle->file = name ? find(name) : calloc(1, sizeof *handle->file);
  if (!handle->file && (!(flags & SQLITE_OPEN_CREATE) || disk.read_only)) return SQLITE_CANTOPEN;
  if (!handle->file) handle->file = find("");
  assert(handle->file); /* FILES are enough for one database */
  if (name) snprintf(handle->file->name, sizeof handle->file->name, "%s", name);
  if (out_flags) *out_flags = disk.read_only ? SQLITE_OPEN_READONLY : flags;
  handle->base.pMethods = &methods;
  return SQLITE_OK;
}

static int delete_file(sqlite3_vfs *vfs, const char *name, int sync_folder) {
  (void)vfs, (void)sync_folder;
  int result = count(SQLITE_IOERR_DELETE, true);
  if (result != SQLITE_OK) return result;
  struct file *file = find(name);
  if (!file) return SQLITE_IOERR_DELETE_NOENT;
  drop(file);
  return SQLITE_OK;
}

static int access_file(sqlite3_vfs *vfs, const char *name, int flags, int *out) {
  (void)vfs, (void)flags;
  struct file *file = find(name);
  *out = file && file->now.size > 0;
  return SQLITE_OK;
}

static int full_path(sqlite3_vfs *vfs, const char *name, int size, char *out) {
  (void)vfs;
  snprintf(out, (size_t)size, "%s", name);
  return SQLITE_OK;
}

static int randomness(sqlite3_vfs *vfs, int size, char *out) {
  static unsigned char next;
  (void)vfs;
  for (int i = 0; i < size; i++) out[i] = (char)next++;
  return size;
}

static int do_not_sleep(sqlite3_vfs *vfs, int microseconds) { return (void)vfs, microseconds; }
static int current_time(sqlite3_vfs *vfs, double *out) { return (void)vfs, *out = 2460000.5, SQLITE_OK; }
static int last_error(sqlite3_vfs *vfs, int size, char *out) {
  return (void)vfs, (void)size, (void)out, 0;
}

void disk_install(void) {
  static sqlite3_vfs vfs = {.iVersion = 1,
                            .szOsFile = sizeof(struct handle),
                            .mxPathname = sizeof disk.files[0].name - 8,
                            .zName = "disk",
                            .xOpen = open_file,
                            .xDelete = delete_file,
                            .xAccess = access_file,
                            .xFullPathname = full_path,
                            .xRandomness = randomness,
                            .xSleep = do_not_sleep,
                            .xCurrentTime = current_time,
                            .xGetLastError = last_error};
  int result = sqlite3_vfs_register(&vfs, 1);
  assert(result == SQLITE_OK);
  (void)result;
}

/* -- for tests ---------------------------------------------------------------------------------------- */

void disk_clear(void) {
  drop_all();
  disk.locked = disk.read_only = false;
  disk_heal();
}

void disk_fail(size_t nth, enum disk_fault fault, bool all) {
  disk_heal();
  disk.fail_at = nth;
  disk.fault = fault;
  disk.all = all;
}

void disk_cut(size_t nth, uint64_t seed) {
  disk_heal();
  disk.cut_at = nth;
  disk.seed = seed;
}

bool disk_heal(void) {
  bool failed = disk.failed;
  disk.seen = disk.fail_at = disk.cut_at = 0;
  disk.fault = DISK_BROKEN;
  disk.all = disk.failed = disk.off = false;
  return failed;
}

bool disk_power_on(void) {
  bool was_off = disk.off;
  disk_heal();
  for (int i = 0; was_off && i < FILES; i++) {
    struct file *file = &disk.files[i];
    if (!file->name[0]) continue;
    if (!file->known) {
      drop(file);
      continue;
    }
    forget_changes(file);
    copy(&file->now, &file->synced);
  }
  return was_off;
}

void disk_lock(bool locked) { disk.locked = locked; }
void disk_protect(bool read_only) { disk.read_only = read_only; }

/* The database is in slot 0: the first file of a clean disk. */
static struct file *find_ending(const char *ending) {
  char name[sizeof disk.files[0].name];
  snprintf(name, sizeof name, "%.140s%s", disk.files[0].name, ending);
  struct file *file = disk.files[0].name[0] ? find(name) : NULL;
  if (file || !disk.files[0].name[0]) return file;
  file = find("");
  assert(file);
  memcpy(file->name, name, sizeof name);
  return file;
}

unsigned char *disk_bytes(const char *ending, size_t *size) {
  struct file *file = find_ending(ending);
  *size = file ? file->now.size : 0;
  return file ? file->now.data : NULL;
}

void disk_put(const char *ending, const void *bytes, size_t size) {
  struct file *file = find_ending(ending);
  assert(file); /* a database was opened before */
  forget_changes(file);
  resize(&file->now, 0);
  put(&file->now, 0, bytes, size);
  copy(&file->synced, &file->now);
  file->known = true;
}
