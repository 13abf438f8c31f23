/*
 * Checked options as JSON, every option spelled out in the table's order: what was understood, in a
 * form that parses to the same values again.
 */
#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "core/options.h"

static void quote(struct base_buf *out, const char *text) { json_quote(out, text, strlen(text)); }

static void print_pairs(struct base_buf *out, const struct vmx_pairs *pairs) {
  base_buf_char(out, '{');
  for (size_t i = 0; i < pairs->count; i++) {
    if (i) base_buf_char(out, ',');
    quote(out, pairs->items[i].name);
    base_buf_char(out, ':');
    quote(out, pairs->items[i].value);
  }
  base_buf_char(out, '}');
}

static void print_names(struct base_buf *out, const struct vmx_names *names) {
  base_buf_char(out, '[');
  for (size_t i = 0; i < names->count; i++) {
    if (i) base_buf_char(out, ',');
    quote(out, names->items[i]);
  }
  base_buf_char(out, ']');
}

static void print_value(struct base_buf *out, const struct vmx_option_row *row, const void *place,
                        enum vmx_sync_level level) {
  const struct vmx_pairs *pairs = place;
  switch (row->kind) {
  case VMX_OPTION_CHOICE:
  case VMX_OPTION_LENIENT_CHOICE: quote(out, row->choices[*(const int32_t *)place]); break;
  case VMX_OPTION_SIZE: base_buf_printf(out, "%" PRId64, *(const int64_t *)place); break;
  case VMX_OPTION_SWITCH:
  case VMX_OPTION_BOOLEAN: base_buf_text(out, *(const bool *)place ? "true" : "false"); break;
  case VMX_OPTION_FILTER:
    if (level == VMX_LEVEL_OBJECT) quote(out, pairs->items[0].value);
    else print_pairs(out, pairs);
    break;
  case VMX_OPTION_QUERY_PARAMS: print_pairs(out, pairs); break;
  case VMX_OPTION_OBJECT_NAMES: print_names(out, place); break;
  case VMX_OPTION_SERVICES: break; /* printed one by one, print_services() */
  }
}

/* An empty filter would be refused: absent is its only spelling. */
static bool has_spelling(const struct vmx_option_row *row, const void *place) {
  return row->kind != VMX_OPTION_FILTER || ((const struct vmx_pairs *)place)->count > 0;
}

static void print_members(struct base_buf *out, unsigned at, const void *from,
                          enum vmx_sync_level level) {
  size_t count;
  const struct vmx_option_row *rows = vmx_option_rows(&count);
  bool first = true;
  for (size_t i = 0; i < count; i++) {
    const void *place = (const char *)from + rows[i].offset;
    bool wanted = (rows[i].levels & at) && rows[i].kind != VMX_OPTION_SERVICES;
    if (!wanted || !has_spelling(&rows[i], place)) continue;
    if (!first) base_buf_char(out, ',');
    first = false;
    quote(out, rows[i].key);
    base_buf_char(out, ':');
    print_value(out, &rows[i], place, level);
  }
}

static void print_service(struct base_buf *out, const struct vmx_service_options *service,
                          enum vmx_sync_level level) {
  base_buf_char(out, '{');
  if (service->error.code == 0)
    print_members(out, level == VMX_LEVEL_OBJECT ? VMX_AT_OBJECT : VMX_AT_SERVICE, service, level);
  base_buf_char(out, '}');
}

static void print_services(struct base_buf *out, const struct vmx_options *options) {
  bool first = true;
  for (size_t i = 0; i < options->count; i++) {
    if (options->services[i].error.code != 0) continue;
    if (!first) base_buf_char(out, ',');
    first = false;
    quote(out, options->services[i].service);
    base_buf_char(out, ':');
    print_service(out, &options->services[i], VMX_LEVEL_APPLICATION);
  }
}

void vmx_options_print(const struct vmx_options *options, enum vmx_sync_level level,
                       struct base_buf *out) {
  if (level != VMX_LEVEL_APPLICATION) {
    print_service(out, &options->services[0], level);
    return;
  }
  base_buf_char(out, '{');
  print_members(out, VMX_AT_APPLICATION, options, level);
  base_buf_text(out, ",\"objectServicesOptions\":{");
  print_services(out, options);
  base_buf_text(out, "}}");
}
