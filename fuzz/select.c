/*
 * Target: SQL of an application, against a database with rows, edits and a kept setup. Bit 0 of the first byte
 * clear: the rest is a query over all objects; set: the condition of a get.
 *
 * Held (wire.md W-49, C-3): it ends, with a code of the call and a sentence when it is refused; nothing of
 * the database changed and no transaction is open; what comes back is JSON and holds nothing of the
 * engine's own tables.
 */
#include "base/json.h"
#include "model_fixture.h"
#include "spending.h"
#include "store/internal.h"
#include "store_fixture.h"

/* Of a query and its answer. What SQL makes of its values on the way, each of at most 64 MiB, it says itself. */
static const struct spending most = {.steps = 200000, .steps_each = 200, .bytes = UINT64_MAX};

enum { STEPS_MAX = 300000 };

static struct vmx_store *store;

static int number(const char *query) {
  CLEANUP(finalize) sqlite3_stmt *statement = NULL;
  MUST(sqlite3_prepare_v2(store->db, query, -1, &statement, NULL) == SQLITE_OK);
  MUST(sqlite3_step(statement) == SQLITE_ROW);
  return sqlite3_column_int(statement, 0);
}

/* Made once for all inputs: one edit that waits, and a secret in each of the engine's tables that has texts. */
static void open_store(void) {
  CLEANUP(base_buf_done) struct base_buf created = BASE_BUF_INIT;
  struct base_error err = {0};
  if (store) return;
  store = fixture_store();
  MUST(vmx_store_create(store, &fixture_service()->objects[0], (struct vmx_text){"{\"Name\":\"Ada\"}", 14},
                        (struct vmx_text){0}, &created, &err) == 0);
  MUST(store_exec(store, "INSERT INTO vmx_delta VALUES('Employee','','s3cret');"
                         "INSERT INTO vmx_request(id,service,object,query,body) VALUES('s3cret','Org','','','s3cret')",
                  &err) == 0);
  store->select_steps_max = STEPS_MAX;
}

static void check_untouched(int changes) {
  MUST(sqlite3_total_changes(store->db) == changes && sqlite3_get_autocommit(store->db));
  MUST(number("SELECT count(*) FROM vmx_log") == 1 && number("SELECT count(*) FROM o_Employee") == 1);
  MUST(number("SELECT count(*) FROM sqlite_temp_master") == 0 && number("SELECT count(*) FROM pragma_database_list") <= 2);
}

/* U+0000 may come out of SQL; our own reader takes none. */
static void check_rows(const struct base_buf *rows, const char *sql) {
  CLEANUP(json_free) cJSON *tree = NULL;
  const char *text = base_buf_string(rows);
  MUST(utf8_valid(text, rows->len));
  MUST(strstr(text, "\\u0000") || json_parse(text, rows->len, JSON_LAST_COUNTS, &tree, NULL) == 0);
  if (strstr(sql, "s3cret") == NULL) MUST(!strstr(text, "s3cret"));
  if (strstr(sql, "services_meta") == NULL) MUST(!strstr(text, "services_meta"));
}

static int get(const char *condition, struct base_buf *rows, struct base_error *err) {
  CLEANUP(base_buf_done) struct base_buf options = BASE_BUF_INIT;
  base_buf_text(&options, "{\"whereConditionAsAString\":");
  json_quote(&options, condition, strlen(condition));
  base_buf_char(&options, '}');
  const struct vmx_object *object = vmx_model_find_object(store->model, "Employee");
  return vmx_store_get(store, object, (struct vmx_text){options.data, options.len}, rows, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const int query_codes[] = {VMX_CODE_STORE_SELECT, VMX_CODE_SYNC, 0};
  static const int condition_codes[] = {VMX_CODE_OPTION, VMX_CODE_STORE, 0};
  CLEANUP(base_buf_done) struct base_buf rows = BASE_BUF_INIT, sql = BASE_BUF_INIT;
  struct base_error err = {0};
  open_store();
  if (size == 0) return 0;
  base_buf_append(&sql, data + 1, size - 1);
  const char *text = base_buf_string(&sql);
  int changes = sqlite3_total_changes(store->db);
  bool condition = data[0] & 1;
  spending_begin();
  int status = condition ? get(text, &rows, &err)
                         : vmx_store_select(store, (struct vmx_text){text, strlen(text)}, &rows, &err);
  spending_end(&most, size + rows.len);
  MUST(err.code == status);
  if (status == 0) check_rows(&rows, text);
  else check_refusal(&err, condition ? condition_codes : query_codes);
  check_untouched(changes);
  return 0;
}
