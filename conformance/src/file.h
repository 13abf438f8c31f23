/** Whole files in and out, and folders: the only place of the runner that opens files by name. */
#ifndef CONFORMANCE_FILE_H
#define CONFORMANCE_FILE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

enum { FILE_ERR_READ = 1, FILE_ERR_WRITE, FILE_ERR_MEMORY };

/** Append the file's bytes to `out`. Fails: FILE_ERR_READ, FILE_ERR_MEMORY, naming the file and why. */
int file_read(const char *path, struct base_buf *out, struct base_error *err);
/** Make or replace the file; "-" is standard output. Fails: FILE_ERR_WRITE */
int file_write(const char *path, const char *bytes, size_t len, struct base_error *err);
bool file_is_folder(const char *path);
bool file_exists(const char *path);

/** A temporary folder of this run under `parent`. `out` is the caller's (free()). Fails: FILE_ERR_WRITE */
int file_make_temporary(const char *parent, char **out, struct base_error *err);
/** Make the folder and those above it. Fails: FILE_ERR_WRITE */
int file_make_folder(const char *path, struct base_error *err);
/** Remove the folder and all that is in it; one that is not there is fine. Follows no links. */
void file_remove_folder(const char *path);

/** "a/b" of two parts, the caller's; NULL without memory. */
char *file_join(const char *folder, const char *name);

#endif
