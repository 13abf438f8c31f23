/* A store in a folder of its own, with the shared model; what goes up and down as texts. */
#ifndef STORE_SUPPORT_H
#define STORE_SUPPORT_H

#include "../core/model_support.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store.h"

struct fixture {
  char folder[64];
  struct vmx_store *store;
  struct vmx_model *model;
  const struct vmx_service *service;
  const struct vmx_object *dept, *emp, *pair;
  struct base_error err;
  struct base_buf out;
  struct vmx_sync_errors errors;
};

static inline void support_adopt(struct fixture *f, struct vmx_model *model) {
  f->model = model;
  f->service = &model->services[0];
  f->dept = support_object(model, "Dept");
  f->emp = support_object(model, "Emp");
  f->pair = support_object(model, "ns.Pair");
}

static inline void support_ok(struct fixture *f, int status) {
  if (status != 0) fail_msg("%d: %s", status, f->err.text);
}

static inline int support_setup_with(void **state, const char *metadata) {
  struct fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  snprintf(f->folder, sizeof f->folder, "/tmp/vmx-store-XXXXXX");
  assert_non_null(mkdtemp(f->folder));
  support_ok(f, vmx_store_open(f->folder, NULL, &f->store, &f->err));
  support_adopt(f, support_model(metadata));
  support_ok(f, vmx_store_save_setup(f->store, f->model, &f->err));
  *state = f;
  return 0;
}

static inline int support_setup(void **state) { return support_setup_with(state, SUPPORT_METADATA); }

static inline void support_remove(const char *folder) {
  static const char *const names[] = {"/offline.db", "/offline.db-wal", "/offline.db-shm"};
  char path[128];
  for (size_t i = 0; i < 3; i++) {
    snprintf(path, sizeof path, "%s%s", folder, names[i]);
    unlink(path);
  }
  rmdir(folder);
}

static inline int support_teardown(void **state) {
  struct fixture *f = *state;
  vmx_store_close(f->store);
  vmx_model_free(f->model);
  base_buf_done(&f->out);
  vmx_sync_errors_done(&f->errors);
  support_remove(f->folder);
  free(f);
  return 0;
}

/* Close and open again, as after the end of the process, with whatever objects there are (API-09). */
static inline void support_reopen(struct fixture *f) {
  struct vmx_model *model = NULL;
  vmx_store_close(f->store);
  vmx_model_free(f->model);
  f->store = NULL;
  f->model = NULL;
  support_ok(f, vmx_store_open(f->folder, NULL, &f->store, &f->err));
  support_ok(f, vmx_store_load_setup(f->store, &model, &f->err));
  assert_non_null(model);
  f->model = model;
  f->service = &model->services[0];
}

static inline void support_restart(struct fixture *f) {
  support_reopen(f);
  support_adopt(f, f->model);
}

static inline struct vmx_text text_of(const char *text) {
  return (struct vmx_text){text, text ? strlen(text) : 0};
}

static inline const char *support_create(struct fixture *f, const struct vmx_object *object,
                                         const char *record, const char *options) {
  base_buf_clear(&f->out);
  support_ok(f, vmx_store_create(f->store, object, text_of(record), text_of(options), &f->out,
                                 &f->err));
  return base_buf_string(&f->out);
}

static inline void support_update(struct fixture *f, const struct vmx_object *object,
                                  const char *record, const char *options) {
  support_ok(f, vmx_store_update(f->store, object, text_of(record), text_of(options), NULL,
                                 &f->err));
}

static inline const char *support_rows(struct fixture *f, const struct vmx_object *object) {
  base_buf_clear(&f->out);
  support_ok(f, vmx_store_snapshot(f->store, object, &f->out, &f->err));
  return base_buf_string(&f->out);
}

static inline const char *support_pending(struct fixture *f, const struct vmx_object *object) {
  base_buf_clear(&f->out);
  support_ok(f, vmx_store_pending(f->store, object, text_of(NULL), &f->out, &f->err));
  return base_buf_string(&f->out);
}

static inline void support_begin_upload(struct fixture *f, struct vmx_upload *run, int64_t size) {
  const struct vmx_upload_config config = {.service = f->service, .batch_size = size};
  vmx_upload_init(run, &config);
  support_ok(f, vmx_store_begin_upload(f->store, run, &f->err));
}

static inline int support_answer(struct fixture *f, struct vmx_upload *run,
                                 const struct vmx_upload_batch *batch, const char *answer) {
  return vmx_store_apply_upload(f->store, run, batch, answer, strlen(answer), &f->errors, &f->err);
}

static inline void support_begin_download(struct fixture *f, struct vmx_download *run,
                                          bool reconcile, bool preserve) {
  const struct vmx_download_config config = {.service = f->service,
                                             .batch_size = 500,
                                             .reconcile = reconcile,
                                             .preserve_context = preserve};
  support_ok(f, vmx_download_init(run, &config, &f->err));
  support_ok(f, vmx_store_begin_download(f->store, run, &f->err));
}

static inline int support_page(struct fixture *f, struct vmx_download *run, const char *page) {
  return vmx_store_apply_page(f->store, run, page, strlen(page), &f->errors, &f->err);
}

/* One page of employees and departments that ends the download. */
static inline void support_download(struct fixture *f, const char *page) {
  struct vmx_download run = {0};
  support_begin_download(f, &run, true, false);
  support_ok(f, support_page(f, &run, page));
  vmx_download_done(&run);
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, support_setup, support_teardown)

#define EMP_ROW(id, name)                                                                          \
  "{\"EmpId\":" id ",\"Name\":\"" name "\",\"Pay\":1.50,\"On\":true,\"DeptId\":null,"              \
  "\"_metadata\":{\"action\":\"create\",\"checksum\":\"c" id "\"}}"
#define EMP_PAGE(rows, tail)                                                                       \
  "{\"opstatus\":0,\"Objects\":[{\"name\":\"Emp\",\"opstatus\":0,\"records\":[" rows "]}]" tail "}"
#define LAST_PAGE ",\"delta_context\":{\"objs\":{\"Emp\":{\"delta\":\"d1\\u002f\"}}}"
#define MORE_PAGES(n)                                                                              \
  ",\"delta_context\":{\"objs\":{\"Emp\":{\"bc\":\"" n "\"}}},\"hasMoreRecords\":\"true\""

#endif
