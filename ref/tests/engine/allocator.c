#include "allocator.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>
#include <sqlite3.h>

/* What the linker makes of --wrap. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *bytes, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *bytes, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t len);

static struct {
  size_t nth, seen; /* nth 0: not armed */
  bool all, fired, paused;
} state;

void allocator_arm(size_t nth, bool all) {
  state.nth = nth;
  state.seen = 0;
  state.all = all;
  state.fired = state.paused = false;
}

bool allocator_disarm(void) {
  state.nth = 0;
  return state.fired;
}

void allocator_pause(void) { state.paused = true; }
void allocator_resume(void) { state.paused = false; }

static bool fails(void) {
  if (state.nth == 0 || state.paused) return false;
  state.seen++;
  bool now = state.seen == state.nth || (state.all && state.seen > state.nth);
  state.fired = state.fired || now;
  return now;
}

void *__wrap_malloc(size_t size) { return fails() ? NULL : __real_malloc(size); }

void *__wrap_calloc(size_t count, size_t size) {
  return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *bytes, size_t size) {
  return fails() ? NULL : __real_realloc(bytes, size);
}

char *__wrap_strndup(const char *text, size_t len) {
  size_t size = strnlen(text, len);
  char *copy = fails() ? NULL : __real_malloc(size + 1);
  if (!copy) return NULL;
  memcpy(copy, text, size);
  copy[size] = '\0';
  return copy;
}

char *__wrap_strdup(const char *text) { return __wrap_strndup(text, strlen(text)); }

/* A test that opens thousands of databases does not wait for the disk: SQLite finds these first. */
int fsync(int file) { return (void)file, 0; }
int fdatasync(int file) { return (void)file, 0; }

/* -- SQLite and cJSON ---------------------------------------------------------------------------- */

static void *sqlite_malloc(int size) { return __wrap_malloc((size_t)size); }
static void *sqlite_realloc(void *bytes, int size) { return __wrap_realloc(bytes, (size_t)size); }
static int sqlite_size(void *bytes) { return bytes ? (int)malloc_usable_size(bytes) : 0; }
static int sqlite_roundup(int size) { return (size + 7) & ~7; }
static int sqlite_init(void *context) { return (void)context, SQLITE_OK; }
static void sqlite_shutdown(void *context) { (void)context; }

void allocator_install(void) {
  static const sqlite3_mem_methods methods = {.xMalloc = sqlite_malloc,
                                              .xFree = free,
                                              .xRealloc = sqlite_realloc,
                                              .xSize = sqlite_size,
                                              .xRoundup = sqlite_roundup,
                                              .xInit = sqlite_init,
                                              .xShutdown = sqlite_shutdown};
  cJSON_Hooks hooks = {__wrap_malloc, free};
  sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
  sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0); /* else small allocations would never fail */
  cJSON_InitHooks(&hooks);
}
