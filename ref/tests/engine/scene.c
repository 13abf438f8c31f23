#include "scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"

static FILE *open_database(const struct company *company, const char *mode) {
  CLEANUP(free_text) char *path = look_text("%s/offline.db", company->folder);
  FILE *file = fopen(path, mode);
  assert_non_null(file);
  return file;
}

/* Afterwards all is in the one file. */
static void close_client(struct company *company) {
  CLEANUP(free_text) char *log = look_text("%s/offline.db-wal", company->folder);
  vmx_client_close(company->client);
  company->client = NULL;
  assert_int_not_equal(access(log, F_OK), 0);
}

static void read_database(const struct company *company, struct base_buf *out) {
  enum { PIECE = 65536 };
  FILE *file = open_database(company, "rb");
  size_t got;
  do {
    char *to = base_buf_reserve(out, PIECE);
    assert_non_null(to);
    got = fread(to, 1, PIECE, file);
    base_buf_added(out, got);
  } while (got > 0);
  fclose(file);
}

static void write_database(const struct company *company, const struct base_buf *database) {
  FILE *file = open_database(company, "wb");
  assert_int_equal(fwrite(database->data, 1, database->len, file), database->len);
  fclose(file);
}

static void make(struct scene *scene) {
  void *state = NULL;
  assert_int_equal(company_open(&state), 0);
  scene->company = state;
  if (scene->prepare) scene->prepare(scene->company);
  close_client(scene->company);
  read_database(scene->company, &scene->database);
}

struct company *scene_open(struct scene *scene) {
  if (!scene->company) make(scene);
  struct company *company = scene->company;
  close_client(company);
  company_forget(company);
  write_database(company, &scene->database);
  company_reopen(company);
  return company;
}

static void add_requests(const struct fake_network *network, struct base_buf *out) {
  for (size_t i = 0; i < network->request_count; i++) {
    const struct fake_request *request = fake_request(network, i);
    base_buf_printf(out, "%s\n%s\n%s\n", request->line, request->headers, request->body);
  }
}

bool scene_is_known(struct scene *scene) {
  struct base_buf now = BASE_BUF_INIT;
  close_client(scene->company);
  add_requests(&scene->company->network, &now);
  read_database(scene->company, &now);
  for (size_t i = 0; i < scene->left_count; i++)
    if (scene->left[i].len == now.len && memcmp(scene->left[i].data, now.data, now.len) == 0) {
      base_buf_done(&now);
      return true;
    }
  scene->left = realloc(scene->left, (scene->left_count + 1) * sizeof *scene->left);
  assert_non_null(scene->left);
  scene->left[scene->left_count++] = now;
  company_reopen(scene->company);
  return false;
}

void scene_close(struct scene *scene) {
  void *state = scene->company;
  for (size_t i = 0; i < scene->left_count; i++) base_buf_done(&scene->left[i]);
  free(scene->left);
  base_buf_done(&scene->database);
  if (state) assert_int_equal(company_close(&state), 0);
}
