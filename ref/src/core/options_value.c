/*
 * How each kind of option is read. One small function a kind, chosen by a table; each looks at its
 * value once, so that the whole parse is linear in the text (OPT-20).
 */
#include "core/options_value.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "core/codes.h"

/* ---- helpers ------------------------------------------------------------------------------ */

int vmx_options_no_memory(struct base_error *err) {
  return base_fail(err, VMX_CODE_SYNC, "", "out of memory while reading the options");
}

static void *place_of(const struct vmx_option_row *row, void *into) {
  return (char *)into + row->offset;
}

const char *vmx_value_shown(const cJSON *json, char out[VMX_VALUE_SHOWN]) {
  char excerpt[UTF8_EXCERPT], scratch[32];
  if (cJSON_IsString(json))
    snprintf(out, VMX_VALUE_SHOWN, "\"%s\"", utf8_excerpt(json->valuestring, excerpt));
  else if (json_is_number(json))
    snprintf(out, VMX_VALUE_SHOWN, "%s", utf8_excerpt(json_number_text(json, scratch), excerpt));
  else
    snprintf(out, VMX_VALUE_SHOWN, "%s",
             cJSON_IsNull(json)    ? "null"
             : cJSON_IsTrue(json)  ? "true"
             : cJSON_IsFalse(json) ? "false"
             : cJSON_IsArray(json) ? "an array"
                                   : "an object");
  return out;
}

/* "syncType must be …, not 5": the one sentence for a value of the wrong kind. */
static int refuse(const struct vmx_option_value *value, const char *wanted, struct base_error *err) {
  char shown[VMX_VALUE_SHOWN];
  return base_fail(err, value->row->code, value->row->spec, "%s must be %s, not %s", value->row->key,
                   wanted, vmx_value_shown(value->json, shown));
}

static char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

/* Apart from the case of ASCII letters; strcasecmp() would ask the locale. */
static bool same_letters(const char *a, const char *b) {
  while (*a && ascii_lower(*a) == ascii_lower(*b)) a++, b++;
  return *a == *b;
}

static const char *short_name(const char *object) {
  const char *dot = strrchr(object, '.');
  return dot ? dot + 1 : object;
}

const char *vmx_scope_object(const struct vmx_scope_service *service, const char *name) {
  const char *found = NULL;
  size_t matches = 0;
  for (size_t i = 0; i < service->object_count; i++) {
    const char *object = service->objects[i];
    if (strcmp(object, name) == 0) return object;
    if (strcmp(short_name(object), name) != 0) continue;
    found = object;
    matches++;
  }
  return matches == 1 ? found : NULL;
}

/* ---- choices ------------------------------------------------------------------------------ */

static void list_choices(const struct vmx_option_row *row, char *out, size_t size) {
  size_t used = (size_t)snprintf(out, size, "one of");
  for (size_t i = 0; row->choices[i] && used < size; i++)
    used += (size_t)snprintf(out + used, size - used, "%s \"%s\"", i ? "," : "", row->choices[i]);
}

static int read_choice(const struct vmx_option_value *value, struct base_error *err) {
  const char *text = cJSON_GetStringValue(value->json);
  int32_t *into = place_of(value->row, value->into);
  for (int32_t i = 0; text && value->row->choices[i]; i++) {
    if (strcmp(text, value->row->choices[i]) != 0) continue;
    *into = i;
    return 0;
  }
  char choices[120];
  list_choices(value->row, choices, sizeof choices);
  return refuse(value, choices, err); /* OPT-11 */
}

static int read_lenient_choice(const struct vmx_option_value *value, struct base_error *err) {
  if (value->strict) return read_choice(value, err); /* OPT-03 */
  const char *text = cJSON_GetStringValue(value->json);
  int32_t *into = place_of(value->row, value->into);
  for (int32_t i = 0; text && value->row->choices[i]; i++)
    if (same_letters(text, value->row->choices[i])) *into = i;
  return 0;
}

/* ---- numbers and booleans ----------------------------------------------------------------- */

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* OPT-08: [+-]?[0-9]+ with blanks around; false on anything else and on overflow. */
static bool numeric_text(const char *text, int64_t *out) {
  while (is_blank(*text)) text++;
  bool negative = *text == '-';
  if (*text == '-' || *text == '+') text++;
  if (*text < '0' || *text > '9') return false;
  int64_t number = 0;
  for (; *text >= '0' && *text <= '9'; text++)
    if (__builtin_mul_overflow(number, 10, &number) ||
        __builtin_sub_overflow(number, *text - '0', &number))
      return false;
  while (is_blank(*text)) text++;
  if (*text || (!negative && __builtin_sub_overflow(0, number, &number))) return false;
  *out = number;
  return true;
}

static int read_size(const struct vmx_option_value *value, struct base_error *err) {
  (void)err; /* OPT-06, OPT-07, OPT-08: what cannot be used means the default */
  const char *text = cJSON_GetStringValue(value->json);
  int64_t number = 0;
  bool known = text ? numeric_text(text, &number) : json_integer(value->json, &number); /* C-9 */
  int64_t *into = place_of(value->row, value->into);
  if (known && number >= value->row->min && number <= value->row->max) *into = number;
  return 0;
}

static int read_switch(const struct vmx_option_value *value, struct base_error *err) {
  (void)err; /* OPT-09: anything else is off */
  const char *text = cJSON_GetStringValue(value->json);
  bool *into = place_of(value->row, value->into);
  *into = text ? strcmp(text, "true") == 0 : cJSON_IsTrue(value->json);
  return 0;
}

static int read_boolean(const struct vmx_option_value *value, struct base_error *err) {
  if (!cJSON_IsBool(value->json)) return refuse(value, "true or false", err); /* OPT-16 */
  bool *into = place_of(value->row, value->into);
  *into = cJSON_IsTrue(value->json);
  return 0;
}

/* ---- pairs -------------------------------------------------------------------------------- */

/* Room for as many pairs as `json` has members; none of them counts yet. */
static int reserve_pairs(struct vmx_pairs *pairs, size_t count, struct base_error *err) {
  pairs->items = calloc(count ? count : 1, sizeof *pairs->items);
  return pairs->items ? 0 : vmx_options_no_memory(err);
}

static int add_pair(struct vmx_pairs *pairs, const char *name, const char *text,
                    struct base_error *err) {
  struct vmx_pair *pair = &pairs->items[pairs->count++];
  pair->name = strdup(name);
  pair->value = strdup(text);
  return pair->name && pair->value ? 0 : vmx_options_no_memory(err);
}

static const char *not_empty(const cJSON *json) {
  const char *text = cJSON_GetStringValue(json);
  return text && *text ? text : NULL;
}

static int refuse_member(const struct vmx_option_value *value, const cJSON *member,
                         const char *complaint, struct base_error *err) {
  char name[UTF8_EXCERPT], shown[VMX_VALUE_SHOWN];
  return base_fail(err, value->row->code, value->row->spec, "%s: \"%s\" %s (its value is %s)",
                   value->row->key, utf8_excerpt(member->string, name), complaint,
                   vmx_value_shown(member, shown));
}

static bool pairs_have(const struct vmx_pairs *pairs, const char *name) {
  for (size_t i = 0; i < pairs->count; i++)
    if (strcmp(pairs->items[i].name, name) == 0) return true;
  return false;
}

static int read_object_filter(const struct vmx_option_value *value, const cJSON *member,
                              struct vmx_pairs *into, struct base_error *err) {
  const char *object = vmx_scope_object(value->service, member->string);
  if (!object) return refuse_member(value, member, "is no object of this service", err);
  const char *text = not_empty(member);
  if (!text) return refuse_member(value, member, "needs an OData filter as text", err);
  if (pairs_have(into, object)) return refuse_member(value, member, "is named twice", err);
  return add_pair(into, object, text, err);
}

static int read_service_filter(const struct vmx_option_value *value, struct vmx_pairs *into,
                               struct base_error *err) {
  if (!cJSON_IsObject(value->json) || !value->json->child)
    return refuse(value, "an object with a filter for each object name", err);
  /* Each object counts once, so more members than objects cannot all be good. */
  int status = reserve_pairs(into, value->service->object_count, err);
  for (const cJSON *m = value->json->child; m && status == 0; m = m->next)
    status = read_object_filter(value, m, into, err);
  return status;
}

/* OPT-12, OPT-13 */
static int read_filter(const struct vmx_option_value *value, struct base_error *err) {
  struct vmx_pairs *into = place_of(value->row, value->into);
  if (value->level != VMX_LEVEL_OBJECT) return read_service_filter(value, into, err);
  const char *text = not_empty(value->json);
  if (!text) return refuse(value, "an OData filter as text", err);
  int status = reserve_pairs(into, 1, err);
  return status ? status : add_pair(into, value->object, text, err);
}

static bool is_reserved(const struct vmx_option_row *row, const char *name) {
  for (size_t i = 0; row->choices && row->choices[i]; i++)
    if (strcmp(row->choices[i], name) == 0) return true;
  return false;
}

/* OPT-14, OPT-15, W-18 */
static int read_query_params(const struct vmx_option_value *value, struct base_error *err) {
  if (!cJSON_IsObject(value->json)) return refuse(value, "an object of text by name", err);
  struct vmx_pairs *into = place_of(value->row, value->into);
  int status = reserve_pairs(into, (size_t)cJSON_GetArraySize(value->json), err);
  for (const cJSON *m = value->json->child; m && status == 0; m = m->next) {
    if (!*m->string) return refuse_member(value, m, "is an empty name", err);
    if (!not_empty(m)) return refuse_member(value, m, "needs a text that is not empty", err);
    if (is_reserved(value->row, m->string))
      return refuse_member(value, m, "is a name that the sync itself sends", err);
    status = add_pair(into, m->string, m->valuestring, err);
  }
  return status;
}

/* ---- names -------------------------------------------------------------------------------- */

static bool names_have(const struct vmx_names *names, const char *name) {
  for (size_t i = 0; i < names->count; i++)
    if (strcmp(names->items[i], name) == 0) return true;
  return false;
}

/* OPT-18: no list and unknown names are ignored. */
static int read_object_names(const struct vmx_option_value *value, struct base_error *err) {
  if (!cJSON_IsArray(value->json) || !value->json->child || !value->service->object_count) return 0;
  struct vmx_names *into = place_of(value->row, value->into);
  into->items = calloc(value->service->object_count, sizeof *into->items);
  if (!into->items) return vmx_options_no_memory(err);
  for (const cJSON *element = value->json->child; element; element = element->next) {
    const char *name = cJSON_GetStringValue(element);
    const char *object = name ? vmx_scope_object(value->service, name) : NULL;
    if (!object || names_have(into, object)) continue;
    char *copy = strdup(object);
    if (!copy) return vmx_options_no_memory(err);
    into->items[into->count++] = copy;
  }
  return 0;
}

/* ---- the table of kinds ------------------------------------------------------------------- */

typedef int read_function(const struct vmx_option_value *value, struct base_error *err);

static read_function *const readers[] = {
    [VMX_OPTION_CHOICE] = read_choice,
    [VMX_OPTION_LENIENT_CHOICE] = read_lenient_choice,
    [VMX_OPTION_SIZE] = read_size,
    [VMX_OPTION_SWITCH] = read_switch,
    [VMX_OPTION_BOOLEAN] = read_boolean,
    [VMX_OPTION_FILTER] = read_filter,
    [VMX_OPTION_QUERY_PARAMS] = read_query_params,
    [VMX_OPTION_OBJECT_NAMES] = read_object_names,
};

int vmx_option_read(const struct vmx_option_value *value, struct base_error *err) {
  assert(value->row->kind < VMX_OPTION_SERVICES);
  return readers[value->row->kind](value, err);
}

void vmx_option_default(const struct vmx_option_row *row, void *into) {
  void *place = place_of(row, into);
  switch (row->kind) {
  case VMX_OPTION_CHOICE:
  case VMX_OPTION_LENIENT_CHOICE: *(int32_t *)place = (int32_t)row->standard; break;
  case VMX_OPTION_SIZE: *(int64_t *)place = row->standard; break;
  case VMX_OPTION_SWITCH:
  case VMX_OPTION_BOOLEAN: *(bool *)place = row->standard != 0; break;
  case VMX_OPTION_FILTER:
  case VMX_OPTION_QUERY_PARAMS:
  case VMX_OPTION_OBJECT_NAMES:
  case VMX_OPTION_SERVICES: break; /* nothing, as zeroed */
  }
}
