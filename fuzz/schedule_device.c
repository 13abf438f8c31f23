#include "schedule_device.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "oracle.h"

static const char *const file_names[] = {"/offline.db", "/offline.db-wal"};
enum { FILES = sizeof file_names / sizeof *file_names };

/* The database's files at one moment. */
struct image {
  struct base_buf files[FILES];
};

static void path_of(const struct company *company, const char *name, char path[96]) {
  snprintf(path, 96, "%s%s", company->folder, name);
}

static void keep_file(const struct company *company, const char *name, struct base_buf *kept) {
  char path[96], block[16384];
  path_of(company, name, path);
  FILE *file = fopen(path, "rb");
  for (size_t got; file && (got = fread(block, 1, sizeof block, file)) > 0;) base_buf_append(kept, block, got);
  if (file) fclose(file);
}

static void restore_file(const struct company *company, const char *name, const struct base_buf *kept) {
  char path[96];
  path_of(company, name, path);
  FILE *file = fopen(path, "wb");
  MUST(file && fwrite(base_buf_string(kept), 1, kept->len, file) == kept->len && fclose(file) == 0);
}

static void keep(const struct company *company, struct image *image) {
  *image = (struct image){{BASE_BUF_INIT, BASE_BUF_INIT}};
  for (size_t i = 0; i < FILES; i++) keep_file(company, file_names[i], &image->files[i]);
}

/* While no client is open. */
static void restore(const struct company *company, const struct image *image) {
  char shared[96];
  path_of(company, "/offline.db-shm", shared);
  remove(shared);
  for (size_t i = 0; i < FILES; i++) restore_file(company, file_names[i], &image->files[i]);
}

/* What was on its way is nobody's any more. */
static void open_again(struct company *company) {
  company->network.waiting_count = 0;
  company->network.random += 1000; /* another process, other random bytes */
  company_reopen(company);
  company_setup_again(company);
}

void device_restart(struct company *company) {
  vmx_client_close(company->client);
  open_again(company);
}

void device_crash(struct company *company) {
  struct image image;
  keep(company, &image);
  vmx_client_close(company->client);
  restore(company, &image);
  for (size_t i = 0; i < FILES; i++) base_buf_done(&image.files[i]);
  open_again(company);
}

/* ---- one for all inputs ------------------------------------------------------------------------------ */

static struct company *only;
static struct image after_setup[DEVICE_KINDS];
static bool known[DEVICE_KINDS];

/* The company stays, without client, network and news. */
void device_done(struct company *company) {
  vmx_client_close(company->client);
  company->client = NULL;
  fake_done(&company->network);
  fake_init(&company->network);
  company->network.closed = true;
  listener_reset(&company->listener);
}

static void release(void) {
  void *company = only;
  company_close(&company);
  for (size_t i = 0; i < DEVICE_KINDS * FILES; i++) base_buf_done(&after_setup[i / FILES].files[i % FILES]);
}

static void make_company(void) {
  void *company = NULL;
  MUST(company_open(&company) == 0);
  only = company;
  atexit(release);
}

/* From nothing. */
static void set_up(int kind, fake_server *server, void *self) {
  if (only) company_renew(only);
  else make_company();
  fake_serve(&only->network, server, self);
  company_setup_again(only);
  device_done(only);
  keep(only, &after_setup[kind]);
  known[kind] = true;
}

/* The first of its kind is put back like all others. */
struct company *device_begin(int kind, fake_server *server, void *self) {
  if (!known[kind]) set_up(kind, server, self);
  restore(only, &after_setup[kind]);
  fake_serve(&only->network, server, self);
  open_again(only);
  return only;
}
