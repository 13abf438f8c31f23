/*
 * Target: the reading of a downloaded page, the context that it leads to, and the rows that it makes. Of the first
 * byte bit 0 chooses the object level, 1 no reconciliation, 2 preserveBatchContext; the rest is the answer, given
 * again as long as more is asked for.
 *
 * Held: a page is refused with one of its codes and one line of UTF-8; records belong to the scope and
 * have a key; a page with more to come has a context, and the next request is JSON; the same context
 * for ever ends (W-27, DNL-10); a row is a whole record of the server or as it was (page_stored.h).
 */
#include "base/json.h"
#include "core/download.h"
#include "model_fixture.h"
#include "page_stored.h"
#include "spending.h"

/* Of a page. */
static const struct spending most = {.steps = 20000, .steps_each = 300, .bytes = 64 * 1024, .bytes_each = 40};

static const int page_codes[] = {VMX_CODE_ANSWER, VMX_CODE_OPSTATUS, VMX_CODE_DOWNLOAD, VMX_CODE_NO_DELTA, 0};
static const int advance_codes[] = {VMX_CODE_DOWNLOAD, 0};

static void check_event(enum vmx_page_event event, const struct vmx_page *page, const struct vmx_download *run) {
  if (event == VMX_PAGE_RECORD) {
    MUST(page->record.object->service == run->config.service);
    check_row(page->record.object, page->record.row, !page->record.deleted);
  }
  if (event == VMX_PAGE_PROBLEM) {
    const char *errmsg = page->problem.errmsg;
    MUST(page->problem.opstatus != 0 && errmsg && utf8_valid(errmsg, strlen(errmsg)));
  }
  if (event == VMX_PAGE_END) MUST(!page->end.more || (page->end.context && page->end.context_len > 0));
}

/* All events of the page; true when it was good to its end. */
static bool read_page(struct vmx_page *page, const struct vmx_download *run, struct base_error *err) {
  enum vmx_page_event event;
  do {
    event = vmx_page_next(page, err);
    check_event(event, page, run);
  } while (event == VMX_PAGE_RECORD || event == VMX_PAGE_PROBLEM);
  if (event == VMX_PAGE_BAD) check_refusal(err, page_codes);
  return event == VMX_PAGE_END;
}

static void check_deltas(const struct vmx_page *page) {
  size_t cursor = 0;
  const struct vmx_object *object = NULL;
  struct vmx_value raw = {0};
  while (vmx_page_delta(page, &cursor, &object, &raw)) MUST(object && (!raw.text || raw.len > 0));
}

/* One page; true when another has to be asked for. */
static bool take_page(struct vmx_download *run, const char *text, size_t len) {
  struct vmx_page page = {0};
  struct base_error err = {0};
  spending_begin();
  MUST(vmx_page_open(&page, run, text, len, &err) == 0);
  bool again = read_page(&page, run, &err);
  if (again) {
    check_deltas(&page);
    again = vmx_download_advance(run, &page, &err) == 0;
    if (!again) check_refusal(&err, advance_codes);
  }
  spending_end(&most, len);
  vmx_page_close(&page);
  return again && run->more;
}

static void check_request(const struct vmx_download *run) {
  CLEANUP(base_buf_done) struct base_buf body = BASE_BUF_INIT, query = BASE_BUF_INIT;
  CLEANUP(json_free) cJSON *tree = NULL;
  MUST(vmx_download_request(run, &body, &query, NULL) == 0);
  MUST(json_parse(base_buf_string(&body), body.len, JSON_LAST_COUNTS, &tree, NULL) == 0);
  MUST(cJSON_IsObject(tree));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  const struct vmx_service *service = fixture_service();
  const struct vmx_download_config config = {.service = service,
                                             .object = data[0] & 1 ? &service->objects[0] : NULL,
                                             .batch_size = 500,
                                             .reconcile = !(data[0] & 2),
                                             .preserve_context = data[0] & 4};
  struct vmx_download run = {0};
  MUST(vmx_download_init(&run, &config, NULL) == 0);
  check_request(&run);
  int pages = 1;
  for (; take_page(&run, (const char *)data + 1, size - 1); pages++) {
    MUST(pages < 4);
    check_request(&run);
  }
  vmx_download_done(&run);
  check_stored(&config, (const char *)data + 1, size - 1);
  return 0;
}
