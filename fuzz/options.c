/*
 * Target: the options parser. The first byte chooses level, target and strictness, the rest is the
 * text of the options (selector() says how, README.md shows it by example).
 *
 * Held (OPT-20, wire.md 11): a failure of the call has one of its codes and leaves nothing behind;
 * JSON objects fail below application level only for their target; a service's failure has one of
 * its codes; every value lies in the range of its table row, and is what a second reading of the
 * requirements makes of the text (options_slow.c); names are names of the scope; the same
 * text gives the same options; printed options parse to the same options, without any error.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/utf8.h"
#include "core/codes.h"
#include "core/options.h"
#include "options_slow.h"
#include "oracle.h"
#include "spending.h"

/* Of one parse. */
static const struct spending most = {.steps = 20000, .steps_each = 200, .bytes = 16 * 1024, .bytes_each = 100};

static const char *const organization[] = {"Employee", "Department"};
static const char *const sales[] = {"crm.Order", "crm.Item", "old.Item"};
static const struct vmx_scope_service services[] = {
    {"Organization", organization, 2}, {"Sales", sales, 3}, {"Empty", NULL, 0}};
static const struct vmx_scope scope = {services, 3};

static const char *const targets[][4] = {
    [VMX_LEVEL_APPLICATION] = {NULL, "", "Sales", "ignored"},
    [VMX_LEVEL_SERVICE] = {"Organization", "Sales", "", "sales"},
    [VMX_LEVEL_OBJECT] = {"Employee", "Order", "", "Item"},
};

struct call {
  enum vmx_sync_level level;
  const char *target;
  bool strict;
  const char *text;
  size_t len;
};

/* Byte 0: bits 0-1 the level (3 is the application again), 2-3 the target, 4 strictOptions. */
static struct call selector(const uint8_t *data, size_t size) {
  unsigned level = data[0] & 3u;
  struct call call = {.level = level == 3 ? VMX_LEVEL_APPLICATION : (enum vmx_sync_level)level,
                      .strict = (data[0] & 16u) != 0,
                      .text = (const char *)data + 1,
                      .len = size - 1};
  call.target = targets[call.level][(data[0] >> 2) & 3u];
  return call;
}

static int parse(const struct call *call, struct vmx_options *out, struct base_error *err) {
  spending_begin();
  int status = vmx_options_parse(call->text, call->len, call->level, call->target, &scope, call->strict, out, err);
  spending_end(&most, call->len);
  return status;
}

/* ---- errors ------------------------------------------------------------------------------- */

static void check_message(const struct base_error *err) {
  MUST(vmx_code_find(err->code));
  MUST(err->text[0] && utf8_valid(err->text, strlen(err->text)));
  MUST(!strchr(err->text, '\n') && err->spec[0]);
}

static bool is_target_code(int code) {
  return code == VMX_CODE_SERVICE_EMPTY || code == VMX_CODE_OBJECT_EMPTY ||
         code == VMX_CODE_UNKNOWN_SERVICE || code == VMX_CODE_UNKNOWN_OBJECT;
}

static bool is_object_text(const struct call *call) {
  CLEANUP(json_free) cJSON *tree = NULL;
  return json_parse(call->text, call->len, JSON_REPEATED_REFUSED, &tree, NULL) == 0 &&
         (cJSON_IsObject(tree) || cJSON_IsNull(tree));
}

static void check_call_failure(const struct call *call, int status, const struct vmx_options *options,
                               const struct base_error *err) {
  check_message(err);
  MUST(err->code == status);
  MUST(!options->services && options->count == 0);
  MUST(status == VMX_CODE_SYNC_OPTIONS || is_target_code(status));
  if (call->level == VMX_LEVEL_APPLICATION) MUST(status == VMX_CODE_SYNC_OPTIONS);
  else MUST(is_target_code(status) || !is_object_text(call));
}

/* A service's own failure is what the table says that one of its options fails with. */
static void check_service_error(const struct base_error *err) {
  if (err->code == 0) return;
  check_message(err);
  size_t count;
  const struct vmx_option_row *rows = vmx_option_rows(&count);
  bool known = false;
  for (size_t i = 0; i < count; i++)
    known = known || (rows[i].code == err->code && !(rows[i].levels & VMX_AT_APPLICATION));
  MUST(known);
}

/* ---- values ------------------------------------------------------------------------------- */

static bool in_scope(const char *service, const char *object) {
  for (size_t i = 0; i < scope.count; i++)
    for (size_t k = 0; strcmp(services[i].name, service) == 0 && k < services[i].object_count; k++)
      if (strcmp(services[i].objects[k], object) == 0) return true;
  return false;
}

static void check_pairs(const struct vmx_option_row *row, const struct vmx_pairs *pairs, const char *service) {
  for (size_t i = 0; i < pairs->count; i++) {
    const struct vmx_pair *pair = &pairs->items[i];
    MUST(*pair->name && *pair->value && utf8_valid(pair->value, strlen(pair->value)));
    if (row->kind == VMX_OPTION_FILTER) MUST(in_scope(service, pair->name));
    for (size_t k = 0; row->choices && row->choices[k]; k++) MUST(strcmp(row->choices[k], pair->name) != 0);
    if (pairs->count <= 64) /* names stand once */
      for (size_t k = 0; k < i; k++) MUST(strcmp(pairs->items[k].name, pair->name) != 0);
  }
}

static void check_names(const struct vmx_names *names, const char *service) {
  for (size_t i = 0; i < names->count; i++) {
    MUST(in_scope(service, names->items[i]));
    for (size_t k = 0; k < i; k++) MUST(strcmp(names->items[k], names->items[i]) != 0);
  }
}

static bool is_choice(const struct vmx_option_row *row, int32_t index) {
  for (int32_t i = 0; row->choices[i]; i++)
    if (i == index) return true;
  return false;
}

static void check_value(const struct vmx_option_row *row, const void *base, const char *service) {
  const void *place = (const char *)base + row->offset;
  switch (row->kind) {
  case VMX_OPTION_CHOICE:
  case VMX_OPTION_LENIENT_CHOICE: MUST(is_choice(row, *(const int32_t *)place)); break;
  case VMX_OPTION_SIZE:
    MUST(*(const int64_t *)place >= row->min && *(const int64_t *)place <= row->max);
    break;
  case VMX_OPTION_FILTER:
  case VMX_OPTION_QUERY_PARAMS: check_pairs(row, place, service); break;
  case VMX_OPTION_OBJECT_NAMES: check_names(place, service); break;
  case VMX_OPTION_SWITCH:
  case VMX_OPTION_BOOLEAN:
  case VMX_OPTION_SERVICES: break; /* two values, both fine; services are checked one by one */
  }
}

static void check_values(unsigned at, const void *base, const char *service) {
  size_t count;
  const struct vmx_option_row *rows = vmx_option_rows(&count);
  for (size_t i = 0; i < count; i++)
    if (rows[i].levels & at) check_value(&rows[i], base, service);
}

static void check_options(const struct call *call, const struct vmx_options *options) {
  bool whole = call->level == VMX_LEVEL_APPLICATION;
  MUST(options->count == (whole ? scope.count : 1));
  check_values(VMX_AT_APPLICATION, options, NULL);
  for (size_t i = 0; i < options->count; i++) {
    const struct vmx_service_options *service = &options->services[i];
    if (whole) MUST(strcmp(service->service, services[i].name) == 0);
    MUST((service->object != NULL) == (call->level == VMX_LEVEL_OBJECT));
    check_service_error(&service->error);
    check_values(VMX_AT_SERVICE, service, service->service);
  }
}

/* ---- a second opinion ---------------------------------------------------------------------- */

/* Each service's options beside what options_slow.c reads from the same JSON. */
static void check_differently(const struct call *call, const struct vmx_options *options) {
  CLEANUP(json_free) cJSON *tree = NULL;
  if (json_parse(call->text, call->len, JSON_REPEATED_REFUSED, &tree, NULL) != 0) return;
  bool whole = call->level == VMX_LEVEL_APPLICATION;
  for (size_t i = 0; i < options->count; i++) {
    const struct vmx_service_options *own = &options->services[i];
    size_t place = 0;
    while (strcmp(services[place].name, own->service) != 0) place++;
    const cJSON *json = whole ? json_find(json_find(tree, "objectServicesOptions"), own->service) : tree;
    slow_check_options(json, &services[place], own);
  }
}

/* ---- twice, and there and back ------------------------------------------------------------ */

static void check_again(const struct call *call, const struct vmx_options *first, const char *printed) {
  CLEANUP(vmx_options_done) struct vmx_options second = {0};
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
  MUST(parse(call, &second, NULL) == 0 && second.count == first->count);
  vmx_options_print(&second, call->level, &text);
  MUST(strcmp(base_buf_string(&text), printed) == 0);
  for (size_t i = 0; i < first->count; i++)
    MUST(memcmp(&first->services[i].error, &second.services[i].error, sizeof first->services[i].error) == 0);
}

/* Good options print to the text that they are printed from; bad ones (left out) to no error at all. */
static void check_print(const struct call *call, const char *printed, size_t len, bool good) {
  struct call back = *call;
  back.text = printed;
  back.len = len;
  CLEANUP(vmx_options_done) struct vmx_options options = {0};
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
  MUST(parse(&back, &options, NULL) == 0);
  for (size_t i = 0; i < options.count; i++) MUST(options.services[i].error.code == 0);
  vmx_options_print(&options, call->level, &text);
  if (good) MUST(strcmp(base_buf_string(&text), printed) == 0);
}

static bool all_good(const struct vmx_options *options) {
  for (size_t i = 0; i < options->count; i++)
    if (options->services[i].error.code != 0) return false;
  return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  struct call call = selector(data, size);
  CLEANUP(vmx_options_done) struct vmx_options options = {0};
  struct base_error err = {0};
  int status = parse(&call, &options, &err);
  if (status != 0) {
    check_call_failure(&call, status, &options, &err);
    return 0;
  }
  check_options(&call, &options);
  check_differently(&call, &options);
  CLEANUP(base_buf_done) struct base_buf printed = BASE_BUF_INIT;
  vmx_options_print(&options, call.level, &printed);
  MUST(!printed.failed);
  check_again(&call, &options, base_buf_string(&printed));
  check_print(&call, base_buf_string(&printed), printed.len, all_good(&options));
  return 0;
}
