/*
 * Target: a recorded journal, NDJSON as the mock writes it (JOURNAL.md).
 *
 * Held: a refusal has one of its codes and names the line in one line of UTF-8; what is read prints as
 * JSON, its entries in the order of their numbers; the same bytes give the same; a journal twice in one
 * file is two journals; one whose last byte is missing is refused.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/utf8.h"
#include "foundrymock/mock.h"
#include "journal/record.h"
#include "memory_file.h"
#include "oracle.h"
#include "spending.h"

/* Of reading a file. */
static const struct spending most = {.steps = 20000, .steps_each = 150, .bytes = 32 * 1024, .bytes_each = 100};

static int read_bytes(const void *bytes, size_t len, unsigned copies, cJSON **out, struct base_error *err) {
  const char *path = memory_file(bytes, len, copies);
  spending_begin();
  int status = mock_journal_read(path, out, err);
  spending_end(&most, len * copies);
  MUST((status == 0) == (*out != NULL));
  return status;
}

static void check_refusal(const struct base_error *err) {
  MUST(err->code == JOURNAL_ERR_FORMAT || err->code == JSON_ERR_SYNTAX);
  MUST(err->text[0] && utf8_valid(err->text, strlen(err->text)) && !strchr(err->text, '\n'));
}

static void check_entries(const cJSON *journals) {
  const cJSON *journal, *entry;
  MUST(cJSON_GetArraySize(journals) > 0);
  cJSON_ArrayForEach(journal, journals) {
    int64_t last = 0, seq = 0;
    cJSON_ArrayForEach(entry, json_find(journal, "entries")) {
      MUST(json_integer(json_find(entry, "seq"), &seq) && seq > last);
      last = seq;
    }
  }
}

static void check_again(const uint8_t *data, size_t size, const cJSON *first) {
  CLEANUP(json_free) cJSON *same = NULL, *doubled = NULL, *cut = NULL, *reread = NULL;
  CLEANUP(free_text) char *printed = json_print(first);
  MUST(printed && json_parse(printed, strlen(printed), JSON_REPEATED_REFUSED, &reread, NULL) == 0);
  MUST(read_bytes(data, size, 1, &same, NULL) == 0);
  CLEANUP(free_text) char *text = json_print(same);
  MUST(text && strcmp(text, printed) == 0);
  MUST(read_bytes(data, size, 2, &doubled, NULL) == 0);
  MUST(cJSON_GetArraySize(doubled) == 2 * cJSON_GetArraySize(first));
  MUST(read_bytes(data, size - 1, 1, &cut, NULL) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  CLEANUP(json_free) cJSON *journals = NULL;
  struct base_error err = {0};
  if (read_bytes(data, size, 1, &journals, &err) != 0) {
    check_refusal(&err);
    return 0;
  }
  check_entries(journals);
  check_again(data, size, journals);
  return 0;
}
