/*
 * The parse of a call's options: the target, the text, the options of the call, those of its services.
 *
 * Always true: `out` is written once, at the end, with everything in it; whatever fails before that
 * is released here. A service's own bad option ends the reading of that service alone.
 */
#include "core/options.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/utf8.h"
#include "core/codes.h"
#include "core/options_value.h"

/* What the whole parse shares. */
struct parse {
  enum vmx_sync_level level;
  const struct vmx_scope *scope;
  const struct vmx_scope_service *service; /* below application level: the target's service */
  const char *object;                      /* object level: the target's full name */
  bool strict;
};

/* ---- release ------------------------------------------------------------------------------ */

static void pairs_done(struct vmx_pairs *pairs) {
  for (size_t i = 0; i < pairs->count; i++) {
    free(pairs->items[i].name);
    free(pairs->items[i].value);
  }
  free(pairs->items);
}

static void names_done(struct vmx_names *names) {
  for (size_t i = 0; i < names->count; i++) free(names->items[i]);
  free(names->items);
}

static void service_done(struct vmx_service_options *service) {
  free(service->service);
  free(service->object);
  pairs_done(&service->filter);
  pairs_done(&service->upload_query_params);
  pairs_done(&service->download_query_params);
  names_done(&service->remove_after_upload);
}

void vmx_options_done(struct vmx_options *options) {
  for (size_t i = 0; i < options->count; i++) service_done(&options->services[i]);
  free(options->services);
  *options = (struct vmx_options){0};
}

/* ---- the target --------------------------------------------------------------------------- */

static const struct vmx_scope_service *find_service(const struct vmx_scope *scope, const char *name) {
  for (size_t i = 0; i < scope->count; i++)
    if (strcmp(scope->services[i].name, name) == 0) return &scope->services[i];
  return NULL;
}

static int locate_service(struct parse *parse, const char *target, struct base_error *err) {
  char shown[UTF8_EXCERPT];
  if (!target || !*target)
    return base_fail(err, VMX_CODE_SERVICE_EMPTY, "API-02", "the object service's name is empty");
  parse->service = find_service(parse->scope, target);
  if (parse->service) return 0;
  return base_fail(err, VMX_CODE_UNKNOWN_SERVICE, "API-02", "there is no offline object service \"%s\"",
                   utf8_excerpt(target, shown));
}

static int locate_object(struct parse *parse, const char *target, struct base_error *err) {
  char shown[UTF8_EXCERPT];
  if (!target || !*target)
    return base_fail(err, VMX_CODE_OBJECT_EMPTY, "API-02", "the object's name is empty");
  for (size_t i = 0; i < parse->scope->count; i++) {
    const struct vmx_scope_service *service = &parse->scope->services[i];
    const char *object = vmx_scope_object(service, target);
    if (!object) continue;
    bool exact = strcmp(object, target) == 0;
    if (parse->object && !exact) /* a short name of two services' objects */
      return base_fail(err, VMX_CODE_UNKNOWN_OBJECT, "W-3",
                       "\"%s\" is the short name of two objects: give the namespace too",
                       utf8_excerpt(target, shown));
    parse->service = service;
    parse->object = object;
    if (exact) return 0;
  }
  if (parse->object) return 0;
  return base_fail(err, VMX_CODE_UNKNOWN_OBJECT, "API-02", "there is no offline object \"%s\"",
                   utf8_excerpt(target, shown));
}

static int locate(struct parse *parse, const char *target, struct base_error *err) {
  switch (parse->level) {
  case VMX_LEVEL_SERVICE: return locate_service(parse, target, err);
  case VMX_LEVEL_OBJECT: return locate_object(parse, target, err);
  case VMX_LEVEL_APPLICATION: break;
  }
  return 0;
}

/* ---- the text ----------------------------------------------------------------------------- */

/* OPT-01. *tree stays NULL for an absent text. */
static int read_text(const char *text, size_t len, cJSON **tree, struct base_error *err) {
  if (!text) return 0;
  struct base_error cause = {0};
  int status = json_parse(text, len, JSON_REPEATED_REFUSED, tree, &cause);
  if (status == JSON_ERR_MEMORY) return vmx_options_no_memory(err);
  if (status != 0)
    return base_fail(err, VMX_CODE_SYNC_OPTIONS, "OPT-01", "the sync options cannot be read: %s",
                     cause.text);
  if (cJSON_IsObject(*tree) || cJSON_IsNull(*tree)) return 0;
  char shown[VMX_VALUE_SHOWN];
  return base_fail(err, VMX_CODE_SYNC_OPTIONS, "OPT-01",
                   "the sync options must be a JSON object, not %s", vmx_value_shown(*tree, shown));
}

/* ---- one service -------------------------------------------------------------------------- */

static void set_defaults(unsigned place, void *into) {
  size_t count;
  const struct vmx_option_row *rows = vmx_option_rows(&count);
  for (size_t i = 0; i < count; i++)
    if (rows[i].levels & place) vmx_option_default(&rows[i], into);
}

static int service_init(struct vmx_service_options *options, const char *service, const char *object,
                        struct base_error *err) {
  set_defaults(VMX_AT_SERVICE, options);
  options->service = strdup(service);
  options->object = object ? strdup(object) : NULL;
  return options->service && (options->object || !object) ? 0 : vmx_options_no_memory(err);
}

/* Read a service's options; a bad one becomes the service's own failure (wire.md 11). */
static int read_service(const struct parse *parse, const struct vmx_scope_service *service,
                        const cJSON *json, struct vmx_service_options *into, struct base_error *err) {
  unsigned place = parse->level == VMX_LEVEL_OBJECT ? VMX_AT_OBJECT : VMX_AT_SERVICE;
  struct vmx_option_value value = {.level = parse->level, .service = service,
                                   .object = parse->object, .strict = parse->strict, .into = into};
  int status = 0;
  for (const cJSON *m = json ? json->child : NULL; m && status == 0; m = m->next) {
    value.row = vmx_option_find(m->string, place);
    value.json = m;
    if (value.row) status = vmx_option_read(&value, &into->error);
  }
  if (status != VMX_CODE_SYNC) return 0;
  *err = into->error; /* out of memory is nobody's option */
  return status;
}

/* ---- the application level ---------------------------------------------------------------- */

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* The known service that `name` would be without blanks around it, or NULL. */
static const char *without_blanks(const struct vmx_scope *scope, const char *name) {
  while (is_blank(*name)) name++;
  size_t len = strlen(name);
  while (len > 0 && is_blank(name[len - 1])) len--;
  for (size_t i = 0; i < scope->count; i++)
    if (strlen(scope->services[i].name) == len && strncmp(scope->services[i].name, name, len) == 0)
      return scope->services[i].name;
  return NULL;
}

/* OPT-05; OPT-21: a name with blanks around it is refused, never silently synced with defaults. */
static int refuse_service(const struct parse *parse, const char *name, struct base_error *err) {
  const char *meant = without_blanks(parse->scope, name);
  char shown[UTF8_EXCERPT], suggested[UTF8_EXCERPT];
  if (meant)
    return base_fail(err, VMX_CODE_SYNC_OPTIONS, "OPT-21",
                     "objectServicesOptions names the unknown service \"%s\": did you mean \"%s\", "
                     "without the blanks?",
                     utf8_excerpt(name, shown), utf8_excerpt(meant, suggested));
  return base_fail(err, VMX_CODE_SYNC_OPTIONS, "OPT-05",
                   "objectServicesOptions names the unknown service \"%s\"",
                   utf8_excerpt(name, shown));
}

static int read_services(const struct parse *parse, const cJSON *json, struct vmx_options *into,
                         struct base_error *err) {
  char name[UTF8_EXCERPT], shown[VMX_VALUE_SHOWN];
  if (!cJSON_IsObject(json))
    return base_fail(err, VMX_CODE_SYNC_OPTIONS, "OPT-05",
                     "objectServicesOptions must be an object of options by service name, not %s",
                     vmx_value_shown(json, shown));
  int status = 0;
  for (const cJSON *m = json->child; m && status == 0; m = m->next) {
    const struct vmx_scope_service *service = find_service(parse->scope, m->string);
    if (!service) return refuse_service(parse, m->string, err);
    if (!cJSON_IsObject(m))
      return base_fail(err, VMX_CODE_SYNC_OPTIONS, "OPT-05",
                       "objectServicesOptions: the options of \"%s\" must be an object, not %s",
                       utf8_excerpt(m->string, name), vmx_value_shown(m, shown));
    size_t index = (size_t)(service - parse->scope->services);
    status = read_service(parse, service, m, &into->services[index], err);
  }
  return status;
}

static int read_call(const struct parse *parse, const cJSON *json, struct vmx_options *into,
                     struct base_error *err) {
  int status = 0;
  for (const cJSON *m = json ? json->child : NULL; m && status == 0; m = m->next) {
    const struct vmx_option_row *row = vmx_option_find(m->string, VMX_AT_APPLICATION);
    if (!row) continue; /* OPT-22 */
    if (row->kind == VMX_OPTION_SERVICES) {
      status = read_services(parse, m, into, err);
      continue;
    }
    struct vmx_option_value value = {.row = row, .json = m, .level = parse->level,
                                     .strict = parse->strict, .into = into};
    status = vmx_option_read(&value, err);
  }
  return status;
}

/* ---- the whole ---------------------------------------------------------------------------- */

/* Each service has options of its own, the defaults to begin with (OPT-04). */
static int options_init(const struct parse *parse, struct vmx_options *options, struct base_error *err) {
  bool whole = parse->level == VMX_LEVEL_APPLICATION;
  size_t count = whole ? parse->scope->count : 1;
  set_defaults(VMX_AT_APPLICATION, options);
  options->services = calloc(count ? count : 1, sizeof *options->services);
  if (!options->services) return vmx_options_no_memory(err);
  options->count = count;
  int status = 0;
  for (size_t i = 0; i < count && status == 0; i++) {
    const struct vmx_scope_service *service = whole ? &parse->scope->services[i] : parse->service;
    status = service_init(&options->services[i], service->name, parse->object, err);
  }
  return status;
}

int vmx_options_parse(const char *text, size_t len, enum vmx_sync_level level, const char *target,
                      const struct vmx_scope *scope, bool strict, struct vmx_options *out,
                      struct base_error *err) {
  struct parse parse = {.level = level, .scope = scope, .strict = strict};
  struct base_error ignored = {0};
  if (!err) err = &ignored;
  CLEANUP(json_free) cJSON *tree = NULL;
  CLEANUP(vmx_options_done) struct vmx_options options = {0};
  int status = locate(&parse, target, err);
  if (status == 0) status = read_text(text, len, &tree, err);
  if (status == 0) status = options_init(&parse, &options, err);
  if (status != 0) return status;
  status = level == VMX_LEVEL_APPLICATION
               ? read_call(&parse, tree, &options, err)
               : read_service(&parse, parse.service, tree, &options.services[0], err);
  if (status != 0) return status;
  *out = options;
  options = (struct vmx_options){0};
  return 0;
}

/* ---- questions ---------------------------------------------------------------------------- */

const struct vmx_service_options *vmx_options_find(const struct vmx_options *options,
                                                   const char *service) {
  for (size_t i = 0; i < options->count; i++)
    if (strcmp(options->services[i].service, service) == 0) return &options->services[i];
  return NULL;
}

const char *vmx_options_filter(const struct vmx_service_options *options, const char *object) {
  for (size_t i = 0; i < options->filter.count; i++)
    if (strcmp(options->filter.items[i].name, object) == 0) return options->filter.items[i].value;
  return NULL;
}

bool vmx_options_removes(const struct vmx_service_options *options, const char *object) {
  if (options->sync_type != VMX_UPLOAD_ONLY) return false;
  for (size_t i = 0; i < options->remove_after_upload.count; i++)
    if (strcmp(options->remove_after_upload.items[i], object) == 0) return true;
  return false;
}
