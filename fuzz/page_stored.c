#include "page_stored.h"

#include "base/decimal.h"
#include "base/json.h"
#include "model_fixture.h"
#include "store_fixture.h"

/* Looking for the records of rows takes as long as the one times the other. */
enum { LEN_MAX = 4096, PAGES_MAX = 3, OBJECTS = 2 };

static const char rows_before[] =
    "{\"opstatus\":0,\"Objects\":[{\"name\":\"Dept\",\"opstatus\":0,\"records\":[{\"Id\":7,\"Title\":\"Engines\"}]},"
    "{\"name\":\"Employee\",\"opstatus\":0,\"records\":["
    "{\"EmpId\":1,\"Name\":\"Ada\",\"Active\":true,\"Born\":\"1815-12-10\",\"DeptId\":7},"
    "{\"EmpId\":2,\"Name\":\"Grace\",\"Active\":0,\"Born\":\"1906-12-09\",\"DeptId\":null},"
    "{\"EmpId\":3,\"Name\":\"Zuse\",\"Active\":null,\"Born\":\"1910-06-22\",\"DeptId\":7}]}]}";
static const char edit[] = "{\"EmpId\":1,\"Name\":\"Ada L.\",\"DeptId\":8}";

static const struct vmx_object *object_at(size_t i) { return &fixture_service()->objects[i]; }

/* ---- rows ------------------------------------------------------------------------------------------------ */

struct rows {
  cJSON *of[OBJECTS];
};

static struct rows rows_now(void) {
  struct rows rows = {0};
  struct base_error err = {0};
  for (size_t i = 0; i < OBJECTS; i++) {
    CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
    MUST(vmx_store_snapshot(fixture_store(), object_at(i), &text, &err) == 0);
    MUST(json_parse(base_buf_string(&text), text.len, JSON_REPEATED_REFUSED, &rows.of[i], NULL) == 0);
  }
  return rows;
}

static void rows_done(struct rows *rows) {
  for (size_t i = 0; i < OBJECTS; i++) cJSON_Delete(rows->of[i]);
}

static void undo_edits(void) {
  struct base_error err = {0};
  MUST(vmx_store_rollback(fixture_store(), fixture_service(), NULL, (struct vmx_text){0}, &err) == 0);
}

/* ---- pages ----------------------------------------------------------------------------------------------- */

/* How many pages were stored. */
static int store_pages(const struct vmx_download_config *config, const char *text, size_t len) {
  struct vmx_download run = {0};
  struct vmx_sync_errors errors = {0};
  struct base_error err = {0};
  int pages = 0;
  MUST(vmx_download_init(&run, config, &err) == 0 && vmx_store_begin_download(fixture_store(), &run, &err) == 0);
  do {
    if (vmx_store_apply_page(fixture_store(), &run, text, len, &errors, &err) != 0) break;
    pages++;
  } while (run.more && pages < PAGES_MAX);
  vmx_sync_errors_done(&errors);
  vmx_download_done(&run);
  return pages;
}

static void begin_again(void) {
  struct base_error err = {0};
  const struct vmx_download_config config = {.service = fixture_service()};
  MUST(vmx_store_clear(fixture_store(), fixture_service(), NULL, &err) == 0);
  MUST(store_pages(&config, rows_before, sizeof rows_before - 1) == 1);
  MUST(vmx_store_update(fixture_store(), object_at(0), (struct vmx_text){edit, sizeof edit - 1}, (struct vmx_text){0},
                        NULL, &err) == 0);
}

/* ---- is a row a record of the page? ------------------------------------------------------------------------ */

/* NULL: null, or not there. */
static const char *text_of(const cJSON *value, char scratch[32]) {
  if (!value || cJSON_IsNull(value)) return NULL;
  if (cJSON_IsBool(value)) return cJSON_IsTrue(value) ? "true" : "false";
  return json_is_number(value) ? json_number_text(value, scratch) : cJSON_GetStringValue(value);
}

static bool equal_numbers(const char *a, const char *b) {
  size_t a_len = strlen(a), b_len = strlen(b);
  return decimal_valid(a, a_len) && decimal_valid(b, b_len) && decimal_compare(a, a_len, b, b_len) == 0;
}

static const char *truth(const char *text) {
  if (strcmp(text, "true") == 0) return "1";
  return strcmp(text, "false") == 0 ? "0" : text;
}

static bool same_value(enum vmx_datatype datatype, const cJSON *one, const cJSON *two) {
  char a_scratch[32], b_scratch[32];
  const char *a = text_of(one, a_scratch), *b = text_of(two, b_scratch);
  if (!a || !b) return a == b;
  if (datatype == VMX_BOOLEAN) a = truth(a), b = truth(b);
  return strcmp(a, b) == 0 || ((datatype == VMX_BOOLEAN || datatype == VMX_NUMBER) && equal_numbers(a, b));
}

/* A record has what may not be null (W-17), and is no delete. */
static bool is_record(const cJSON *row, const cJSON *record, const struct vmx_object *object) {
  const char *action = json_find_string(json_find(record, "_metadata"), "action");
  if (action && strcmp(action, "delete") == 0) return false;
  for (size_t i = 0; i < object->field_count; i++) {
    const struct vmx_field *field = &object->fields[i];
    const cJSON *sent = json_find(record, field->name);
    if (field->required && !sent) return false;
    if (!same_value(field->datatype, json_find(row, field->name), sent)) return false;
  }
  return true;
}

/* Wherever it stands: which records count is the business of other oracles. */
static bool stands_in(const cJSON *tree, const cJSON *row, const struct vmx_object *object) {
  if (cJSON_IsObject(tree) && is_record(row, tree, object)) return true;
  for (const cJSON *child = tree->child; child; child = child->next)
    if (stands_in(child, row, object)) return true;
  return false;
}

static bool is_old(const cJSON *rows, const cJSON *row) {
  for (const cJSON *old = rows->child; old; old = old->next)
    if (json_equal(old, row)) return true;
  return false;
}

static void check_rows(const struct rows *before, const cJSON *page) {
  CLEANUP(rows_done) struct rows after = rows_now();
  for (size_t i = 0; i < OBJECTS; i++)
    for (const cJSON *row = after.of[i]->child; row; row = row->next) {
      bool a_whole_record_or_as_it_was = is_old(before->of[i], row) || stands_in(page, row, object_at(i));
      if (!a_whole_record_or_as_it_was) {
        CLEANUP(free_text) char *text = json_print(row);
        fprintf(stderr, "a row of %s: %s\n", object_at(i)->name, text);
      }
      MUST(a_whole_record_or_as_it_was);
    }
}

static void check_unchanged(const struct rows *before) {
  CLEANUP(rows_done) struct rows after = rows_now();
  for (size_t i = 0; i < OBJECTS; i++) MUST(json_equal(before->of[i], after.of[i]));
}

void check_stored(const struct vmx_download_config *config, const char *text, size_t len) {
  static struct rows before, server; /* made once: what the application reads, and without its edit */
  CLEANUP(json_free) cJSON *page = NULL;
  if (len > LEN_MAX) return;
  if (!before.of[0]) {
    begin_again();
    before = rows_now();
    undo_edits();
    server = rows_now();
    begin_again();
  }
  if (store_pages(config, text, len) == 0) {
    check_unchanged(&before);
    return;
  }
  /* Of repeated names a tree keeps one, a page may take several. */
  if (json_parse(text, len, JSON_REPEATED_REFUSED, &page, NULL) == 0) {
    check_rows(&before, page);
    undo_edits();
    check_rows(&server, page);
  }
  begin_again();
}
