/*
 * Target: the answer to an upload of four edits: a created row, two edits of one row, a deleted one.
 * Bit 0 of the first byte makes it a replay, bit 1 nests the first three in a carrier (W-47); the rest
 * is the answer.
 *
 * Held: the request is read back as it was; an answer is refused with one of its codes and one line of UTF-8; otherwise each entry has
 * exactly one outcome of its own, accepted rows have a key; sync errors stand for whatever was not
 * accepted; the same answer says the same twice; any rejected body gives well-formed sync errors.
 */
#include "base/json.h"
#include "core/upload.h"
#include "model_fixture.h"
#include "spending.h"

/* Of one reading of an answer. */
static const struct spending most = {.steps = 30000, .steps_each = 300, .bytes = 80 * 1024, .bytes_each = 60};

static const int codes[] = {VMX_CODE_ANSWER, VMX_CODE_OPSTATUS, VMX_CODE_UPLOAD, VMX_CODE_RECORD_KEY, 0};

static const struct vmx_value created[] = {{"-1", 2}, {"Ada", 3}, {"1", 1}, {NULL, 0}, {NULL, 0}};
static const struct vmx_value changed[] = {{"5", 1}, {"Grace", 5}, {"0", 1}, {"1906-12-09", 10}, {"7", 1}};
static const struct vmx_value deleted[] = {{"7", 1}, {"Engines", 7}};
static const struct vmx_value carried[] = {{"9", 1}, {"Hulls", 5}};

static void read_back(const struct vmx_upload_batch *batch) {
  struct vmx_upload_batch again = {.service = batch->service};
  base_buf_append(&again.body, batch->body.data, batch->body.len);
  MUST(vmx_upload_decode_request(&again, NULL) == 0);
  MUST(again.nested == batch->nested && again.count == batch->count);
  MUST(again.carrier_count == batch->carrier_count);
  for (size_t i = 0; i < batch->count + batch->carrier_count; i++) {
    MUST(again.entries[i].row_id == batch->entries[i].row_id);
    MUST(strcmp(again.entries[i].key, batch->entries[i].key) == 0);
  }
  vmx_upload_batch_done(&again);
}

static void fill(struct vmx_upload_batch *batch, const struct vmx_service *service, uint8_t bits) {
  const struct vmx_object *employee = &service->objects[0], *dept = &service->objects[1];
  const struct vmx_log_entry entries[] = {
      {VMX_CARRIER, dept, "9", VMX_UPDATE, true, carried, "d9", 0},
      {7, employee, "-1", VMX_CREATE, true, created, "", 1},
      {8, employee, "5", VMX_UPDATE, true, changed, "a1", 1},
      {9, employee, "5", VMX_UPDATE, true, changed, "a1", 1},
      {12, dept, "7", VMX_DELETE, true, deleted, "", 0},
  };
  batch->service = service;
  batch->replay = bits & 1;
  batch->nested = bits & 2;
  for (size_t i = batch->nested ? 0 : 1; i < sizeof entries / sizeof entries[0]; i++)
    MUST(vmx_upload_batch_add(batch, &entries[i]));
  vmx_upload_encode(batch, VMX_BOOLEAN_NUMERIC);
  read_back(batch);
  CLEANUP(json_free) cJSON *body = NULL;
  MUST(json_parse(base_buf_string(&batch->body), batch->body.len, JSON_REPEATED_REFUSED, &body, NULL) == 0);
}

static void check_outcome(const struct vmx_outcome *outcome, const struct vmx_log_entry *entry) {
  MUST(outcome->entry == entry);
  MUST(outcome->kind <= VMX_OUTCOME_FAILED);
  if (outcome->kind == VMX_OUTCOME_ACCEPTED) check_row(entry->object, outcome->row, true);
  if (outcome->errmsg) MUST(utf8_valid(outcome->errmsg, strlen(outcome->errmsg)));
}

static size_t entries_of(const cJSON *list) { return list ? (size_t)cJSON_GetArraySize(list) : 0; }

static void check_well_formed(const struct vmx_sync_errors *errors) {
  MUST(!errors->download);
  if (!errors->upload) return;
  CLEANUP(free_text) char *printed = json_print(errors->upload);
  CLEANUP(json_free) cJSON *again = NULL;
  MUST(printed && json_parse(printed, strlen(printed), JSON_REPEATED_REFUSED, &again, NULL) == 0);
}

static void check_report(const struct vmx_upload_outcomes *outcomes) {
  CLEANUP(vmx_sync_errors_done) struct vmx_sync_errors errors = {0};
  size_t refused = 0;
  for (size_t i = 0; i < outcomes->count; i++)
    refused += outcomes->items[i].kind != VMX_OUTCOME_ACCEPTED && outcomes->items[i].kind != VMX_OUTCOME_DELETED;
  MUST(vmx_upload_report(outcomes, &errors));
  MUST(entries_of(errors.upload) >= refused);
  check_well_formed(&errors);
}

static int decode(const struct vmx_upload_batch *batch, const char *text, size_t len, struct base_error *err) {
  CLEANUP(vmx_upload_outcomes_done) struct vmx_upload_outcomes outcomes = {0};
  spending_begin();
  int status = vmx_upload_decode(batch, text, len, &outcomes, err);
  spending_end(&most, len);
  if (status != 0) {
    MUST(err->code == status);
    check_refusal(err, codes);
    return status;
  }
  MUST(outcomes.count == batch->count && outcomes.carrier_count == batch->carrier_count);
  for (size_t i = 0; i < outcomes.count + outcomes.carrier_count; i++) check_outcome(&outcomes.items[i], &batch->entries[i]);
  check_report(&outcomes);
  return 0;
}

static void reject(const struct vmx_upload_batch *batch, const struct vmx_service *service, const char *text, size_t len) {
  struct vmx_upload run = {0};
  CLEANUP(vmx_sync_errors_done) struct vmx_sync_errors errors = {0};
  const struct vmx_upload_config config = {.service = service, .batch_size = 50};
  vmx_upload_init(&run, &config);
  spending_begin();
  vmx_upload_reject(&run, batch, text, len, &errors);
  spending_end(&most, len);
  check_well_formed(&errors);
  for (size_t i = 0; i < batch->count; i++)
    MUST(vmx_upload_blocked(&run, batch->entries[i].object, batch->entries[i].key));
  vmx_upload_done(&run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  const struct vmx_service *service = fixture_service();
  const char *text = (const char *)data + 1;
  struct vmx_upload_batch batch = {0};
  struct base_error first = {0}, second = {0};
  fill(&batch, service, data[0]);
  MUST(decode(&batch, text, size - 1, &first) == decode(&batch, text, size - 1, &second));
  MUST(strcmp(first.text, second.text) == 0);
  reject(&batch, service, text, size - 1);
  vmx_upload_batch_done(&batch);
  return 0;
}
