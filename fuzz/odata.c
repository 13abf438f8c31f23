/*
 * Target: `$filter` at the mock (W-30), and what it finds in records of each kind.
 *
 * Held: a refusal has its code and says why in one line of UTF-8; the same text gives the same answers;
 * the laws of logic: `not (F)`, `(F) and F`, `(F) or not (F)` and the like are worth what they must be.
 */
#include "odata/odata.h"

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/utf8.h"
#include "oracle.h"
#include "spending.h"

/* Of parsing twice. */
static const struct spending most = {.steps = 50000, .steps_each = 700, .bytes = 16 * 1024, .bytes_each = 100};

#define FIELD(text, ...) {.name = text, .name_len = sizeof text - 1, __VA_ARGS__}
static struct model_field fields[] = {
    FIELD("EmpId", .type = TYPE_NUMBER, .generated = true, .key = true), FIELD("Name", .type = TYPE_STRING),
    FIELD("Active", .type = TYPE_BOOLEAN), FIELD("HiredOn", .type = TYPE_DATE), FIELD("Notes", .type = TYPE_STRING)};
static const struct model_object employee = {.fields = fields, .field_count = 5};

static const char *const record_texts[] = {
    "{\"EmpId\":12345678901234567890.50,\"Name\":\"O'Hara\",\"Active\":true,\"HiredOn\":\"2020-02-29\",\"Notes\":null}",
    "{\"EmpId\":\"-1\",\"Name\":\"\",\"Active\":0,\"HiredOn\":null,\"Notes\":\"1e0\"}",
    "{}",
};
enum { RECORDS = sizeof record_texts / sizeof *record_texts };

/* Made once for all inputs; the process keeps them. */
static cJSON *const *records(void) {
  static cJSON *trees[RECORDS];
  for (size_t i = 0; i < RECORDS && !trees[i]; i++)
    MUST(json_parse(record_texts[i], strlen(record_texts[i]), JSON_LAST_COUNTS, &trees[i], NULL) == 0);
  return trees;
}

static void release(struct odata **filter) { odata_free(*filter); }

static struct odata *parse(const char *text, struct base_error *err) {
  struct odata *filter = NULL;
  int status = odata_parse(text, &employee, &filter, err);
  MUST((status == 0) == (filter != NULL) && status == err->code);
  return filter;
}

static void check_refusal(const struct base_error *err) {
  MUST(err->code == ODATA_ERR_SYNTAX);
  MUST(err->text[0] && utf8_valid(err->text, strlen(err->text)) && !strchr(err->text, '\n'));
}

/* `law`: F stands for the filter. What it says of each record follows from what F says. */
static void check_law(const char *law, const char *text, const struct odata *filter, bool when_true, bool when_false) {
  CLEANUP(base_buf_done) struct base_buf written = BASE_BUF_INIT;
  struct base_error err = {0};
  for (const char *c = law; *c; c++) {
    if (*c == 'F') base_buf_text(&written, text);
    else base_buf_char(&written, *c);
  }
  CLEANUP(release) struct odata *whole = parse(base_buf_string(&written), &err);
  if (!whole) { /* it is deeper, and has more parts */
    MUST(strstr(err.text, "less nesting") || strstr(err.text, "shorter filter"));
    return;
  }
  for (size_t i = 0; i < RECORDS; i++)
    MUST(odata_matches(whole, records()[i]) == (odata_matches(filter, records()[i]) ? when_true : when_false));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  CLEANUP(free_text) char *text = strndup((const char *)data, size);
  struct base_error first = {0}, second = {0};
  MUST(text);
  spending_begin();
  CLEANUP(release) struct odata *filter = parse(text, &first);
  CLEANUP(release) struct odata *again = parse(text, &second);
  spending_end(&most, size);
  MUST(strcmp(first.text, second.text) == 0);
  if (!filter) {
    check_refusal(&first);
    return 0;
  }
  for (size_t i = 0; i < RECORDS; i++)
    MUST(odata_matches(filter, records()[i]) == odata_matches(again, records()[i]));
  check_law("(F)", text, filter, true, false);
  check_law("not (F)", text, filter, false, true);
  check_law("(F) and not (F)", text, filter, false, false);
  check_law("not (F) or (F)", text, filter, true, true);
  check_law("(F) eq true", text, filter, true, false);
  check_law("not not (F)\t", text, filter, true, false);
  return 0;
}
