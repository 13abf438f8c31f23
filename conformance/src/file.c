#include "file.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

static void close_file(FILE **file) {
  if (*file) fclose(*file);
}

int file_read(const char *path, struct base_buf *out, struct base_error *err) {
  if (file_is_folder(path)) return base_fail(err, FILE_ERR_READ, "", "%s is a folder, not a file", path);
  CLEANUP(close_file) FILE *file = fopen(path, "rb");
  if (!file) return base_fail(err, FILE_ERR_READ, "", "cannot read %s: %s", path, strerror(errno));
  for (;;) {
    char *to = base_buf_reserve(out, 65536);
    if (!to) return base_fail(err, FILE_ERR_MEMORY, "", "%s is too large", path);
    size_t len = fread(to, 1, 65536, file);
    base_buf_added(out, len);
    if (len == 0) break;
  }
  return ferror(file) ? base_fail(err, FILE_ERR_READ, "", "cannot read %s", path) : 0;
}

static int write_all(FILE *file, const char *path, const char *bytes, size_t len, struct base_error *err) {
  bool good = fwrite(bytes, 1, len, file) == len && fflush(file) == 0;
  return good ? 0 : base_fail(err, FILE_ERR_WRITE, "", "cannot write %s: %s", path, strerror(errno));
}

int file_write(const char *path, const char *bytes, size_t len, struct base_error *err) {
  if (strcmp(path, "-") == 0) return write_all(stdout, "standard output", bytes, len, err);
  CLEANUP(close_file) FILE *file = fopen(path, "wb");
  if (!file) return base_fail(err, FILE_ERR_WRITE, "", "cannot write %s: %s", path, strerror(errno));
  return write_all(file, path, bytes, len, err);
}

bool file_is_folder(const char *path) {
  struct stat info;
  return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

bool file_exists(const char *path) {
  struct stat info;
  return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

int file_make_temporary(const char *parent, char **out, struct base_error *err) {
  CLEANUP(free_text) char *path = file_join(parent, "foundrycheck-XXXXXX");
  if (!path) return base_fail(err, FILE_ERR_MEMORY, "", "out of memory");
  if (!mkdtemp(path))
    return base_fail(err, FILE_ERR_WRITE, "", "cannot make a storage folder in %s: %s", parent, strerror(errno));
  *out = TAKE(path);
  return 0;
}

int file_make_folder(const char *path, struct base_error *err) {
  CLEANUP(free_text) char *part = strdup(path);
  if (!part) return base_fail(err, FILE_ERR_MEMORY, "", "out of memory");
  for (char *slash = part + 1;; slash++) {
    if (*slash != '/' && *slash != '\0') continue;
    char end = *slash;
    *slash = '\0';
    if (mkdir(part, 0700) != 0 && errno != EEXIST)
      return base_fail(err, FILE_ERR_WRITE, "", "cannot make the folder %s: %s", part, strerror(errno));
    *slash = end;
    if (end == '\0') return 0;
  }
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *place) {
  (void)info, (void)type, (void)place;
  (void)remove(path);
  return 0;
}

void file_remove_folder(const char *path) { (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS); }

char *file_join(const char *folder, const char *name) {
  char *path = NULL;
  size_t len = strlen(folder);
  const char *between = len > 0 && folder[len - 1] == '/' ? "" : "/";
  return asprintf(&path, "%s%s%s", folder, between, name) < 0 ? NULL : path;
}
