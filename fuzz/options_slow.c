#include "options_slow.h"

#include <string.h>

#include "core/codes.h"
#include "oracle.h"
#include "slow.h"

/* The member of this name, letter for letter; a JSON object with two of them was refused. */
static const cJSON *member(const cJSON *json, const char *name) {
  for (const cJSON *at = json ? json->child : NULL; at; at = at->next)
    if (strcmp(at->string, name) == 0) return at;
  return NULL;
}

static bool is_text(const cJSON *item, const char *text) {
  return cJSON_IsString(item) && strcmp(item->valuestring, text) == 0;
}

/* OPT-08: [+-]?[0-9]+ with blanks around. */
static bool is_integer_text(const char *text) {
  const char *digits = text + strspn(text, " \t\n\r\f\v");
  digits += *digits == '+' || *digits == '-';
  size_t count = strspn(digits, "0123456789");
  return count > 0 && digits[count + strspn(digits + count, " \t\n\r\f\v")] == '\0';
}

/* A text may have zeros in front, which a JSON number may not. */
static bool text_integer(const char *text, int64_t *out) {
  if (!is_integer_text(text)) return false;
  const char *digits = text + strspn(text, " \t\n\r\f\v+-0");
  size_t len = strspn(digits, "0123456789");
  if (len > 18) return false;
  *out = len ? strtoll(digits, NULL, 10) : 0;
  if (strchr(text, '-')) *out = -*out;
  return true;
}

static bool number_integer(const char *digits, int64_t *out) {
  static struct slow_decimal number;
  return slow_decimal(digits, strlen(digits), &number) && slow_integer(&number, out);
}

/* OPT-06 to OPT-08, C-9: what no number of the range is means the default. */
static int64_t size_of(const cJSON *json, const char *name, int64_t least, int64_t standard) {
  const cJSON *item = member(json, name);
  char scratch[32];
  int64_t value = 0;
  bool known = cJSON_IsString(item) ? text_integer(item->valuestring, &value)
                                    : json_is_number(item) && number_integer(json_number_text(item, scratch), &value);
  return known && value >= least && value <= INT32_MAX ? value : standard;
}

/* OPT-09, OPT-17 */
static bool is_on(const cJSON *json, const char *name) {
  const cJSON *item = member(json, name);
  return cJSON_IsTrue(item) || is_text(item, "true");
}

/* OPT-10, OPT-11: which of the three, -1 for any other. */
static int sync_type(const cJSON *json) {
  const cJSON *item = member(json, "syncType");
  if (!item || is_text(item, "fullSync")) return VMX_FULL_SYNC;
  if (is_text(item, "uploadOnly")) return VMX_UPLOAD_ONLY;
  return is_text(item, "downloadOnly") ? VMX_DOWNLOAD_ONLY : -1;
}

/* W-3: the full name, or the part behind the last dot when no other object has it. */
static bool names_object(const struct vmx_scope_service *scope, const char *text, const char *object) {
  if (strcmp(text, object) == 0) return true;
  size_t named = 0, is_this = 0;
  for (size_t i = 0; i < scope->object_count; i++) {
    const char *full = scope->objects[i], *dot = strrchr(full, '.');
    if (strcmp(full, text) == 0) return false;
    if (strcmp(dot ? dot + 1 : full, text) != 0) continue;
    named++;
    is_this += strcmp(full, object) == 0;
  }
  return named == 1 && is_this == 1;
}

/* OPT-18 */
static bool removes(const cJSON *json, const struct vmx_scope_service *scope, const char *object) {
  const cJSON *list = member(json, "removeAfterUpload");
  for (const cJSON *at = cJSON_IsArray(list) ? list->child : NULL; at; at = at->next)
    if (cJSON_IsString(at) && names_object(scope, at->valuestring, object)) return true;
  return false;
}

static bool has(const struct vmx_names *names, const char *object) {
  for (size_t i = 0; i < names->count; i++)
    if (strcmp(names->items[i], object) == 0) return true;
  return false;
}

void slow_check_options(const cJSON *json, const struct vmx_scope_service *scope, const struct vmx_service_options *options) {
  const cJSON *reconcile = member(json, "downloadReconciliationRequired");
  if (options->error.code == VMX_CODE_SYNC_TYPE) MUST(sync_type(json) < 0);
  if (options->error.code == VMX_CODE_OPTION) MUST(reconcile && !cJSON_IsBool(reconcile));
  if (options->error.code != 0) return; /* what stands behind it was not read */
  MUST(options->sync_type == sync_type(json));
  MUST(options->upload_batch_size == size_of(json, "uploadBatchSize", 1, 50));
  MUST(options->download_batch_size == size_of(json, "downloadBatchSize", 0, 500));
  MUST(options->get_sync_stats == is_on(json, "getSyncStats"));
  MUST(options->preserve_batch_context == is_on(json, "preserveBatchContext"));
  MUST(options->download_reconciliation_required == (!reconcile || cJSON_IsTrue(reconcile)));
  for (size_t i = 0; i < scope->object_count; i++)
    MUST(has(&options->remove_after_upload, scope->objects[i]) == removes(json, scope, scope->objects[i]));
}
