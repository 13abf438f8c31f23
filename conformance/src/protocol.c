#include "protocol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"

enum type { T_STRING = 1, T_BOOL = 2, T_INTEGER = 4, T_OBJECT = 8, T_ARRAY = 16, T_NULL = 32, T_ANY = 64 };

static const struct {
  enum type type;
  const char *name; /* as JSON Schema has it */
} TYPES[] = {{T_STRING, "string"}, {T_BOOL, "boolean"}, {T_INTEGER, "integer"},
             {T_OBJECT, "object"}, {T_ARRAY, "array"},  {T_NULL, "null"}};

struct shape;

struct field {
  const char *name;
  unsigned types;
  bool required;
  const char *const *choices; /* of a string, or of an array's strings; NULL-terminated */
  const struct shape *shape;  /* of an object */
  const char *help;
};

struct shape {
  const struct field *fields; /* ends with a row without a name */
  const char *either[2];      /* exactly one of the two is there; NULL = no such rule */
};

struct message {
  const char *method;
  const struct shape *params, *result;
  const char *help;
};

#define REQUIRED(name, types, help) {name, types, true, NULL, NULL, help}
#define OPTIONAL(name, types, help) {name, types, false, NULL, NULL, help}
#define CHOICE(name, words, help) {name, T_STRING, true, words, NULL, help}
#define LAST {0}

static const char *const API_WORDS[] = {"js", "java", "objc", NULL};
static const char *const CHANNEL_WORDS[] = {"android", "ios", "windows", "web", NULL};
static const char *const OUTCOME_WORDS[] = {"success", "failure", NULL};
static const char *const LEVEL_WORDS[] = {"application", "objectService", "object", NULL};
static const char *const CANCEL_WORDS[] = {"objectService", "object", NULL};
static const char *const CALLBACK_WORDS[] = {"success", "failure", "progress", NULL};

static const struct shape NOTHING = {(const struct field[]){LAST}, {NULL, NULL}};

static const struct shape LIMITS = {
    (const struct field[]){
        REQUIRED("minNetworkTimeoutMs", T_INTEGER, "shortest network time-out that the port can be given"),
        OPTIONAL("fixedNetworkTimeoutMs", T_INTEGER, "the port's time-out, when it cannot be changed"), LAST},
    {NULL, NULL}};

static const struct shape HELLO_PARAMS = {
    (const struct field[]){REQUIRED("protocol", T_INTEGER, "version of this protocol: 1"),
                           REQUIRED("suite", T_STRING, "name and version of the runner"), LAST},
    {NULL, NULL}};
static const struct shape HELLO_RESULT = {
    (const struct field[]){
        REQUIRED("name", T_STRING, "what the port is called"), REQUIRED("version", T_STRING, "its version"),
        REQUIRED("apiVersion", T_STRING, "version of the vendor's API that it follows, for example \"9.5\""),
        CHOICE("api", API_WORDS, "which of the three APIs it has"),
        CHOICE("channel", CHANNEL_WORDS, "the channel it is judged on"),
        REQUIRED("capabilities", T_ARRAY, "names of what it can do; names that are unknown are ignored"),
        {"limits", T_OBJECT, true, NULL, &LIMITS, "bounds of its time-outs"}, LAST},
    {NULL, NULL}};

static const struct shape OPEN_PARAMS = {
    (const struct field[]){
        REQUIRED("storage", T_STRING, "a writable folder, or a name: the same one finds the same data"),
        REQUIRED("fresh", T_BOOL, "true: nothing may be found there"),
        REQUIRED("serviceUrl", T_STRING, "where a real SDK fetches the service document"),
        REQUIRED("serviceDocument", T_OBJECT, "the same content, for ports that take it"),
        REQUIRED("appKey", T_STRING, "key of the application"),
        REQUIRED("appSecret", T_STRING, "secret of the application"),
        REQUIRED("claimsToken", T_STRING | T_NULL, "token of the identity, null when there is none"),
        REQUIRED("networkTimeoutMs", T_INTEGER, "network time-out of the client"), LAST},
    {NULL, NULL}};

static const struct shape OPTIONS_PARAMS = {
    (const struct field[]){OPTIONAL("options", T_OBJECT | T_NULL, "handed to the port unchanged"), LAST},
    {NULL, NULL}};
static const struct shape OUTCOME_RESULT = {
    (const struct field[]){CHOICE("outcome", OUTCOME_WORDS, "which callback came, or what was returned"),
                           OPTIONAL("payload", T_ANY, "what the application got, unchanged"), LAST},
    {NULL, NULL}};

static const struct shape START_PARAMS = {
    (const struct field[]){
        REQUIRED("sync", T_STRING, "name of this sync in its callbacks"),
        CHOICE("level", LEVEL_WORDS, "where startSync is called"),
        OPTIONAL("target", T_STRING, "service or object; absent at application level"),
        OPTIONAL("options", T_ANY, "handed to the port unchanged, null and absent told apart"),
        OPTIONAL("optionsRaw", T_STRING, "text of options that are no JSON object"),
        {"callbacks", T_ARRAY, true, CALLBACK_WORDS, NULL, "the callbacks that are passed"}, LAST},
    {NULL, NULL}};
static const struct shape START_RESULT = {
    (const struct field[]){
        OPTIONAL("started", T_BOOL, "the SDK's call has returned; sent before its first notification"),
        OPTIONAL("refused", T_BOOL, "the SDK's call threw or returned an error: the end of this sync"),
        OPTIONAL("payload", T_ANY, "the exception or error of a refusal"), LAST},
    {"started", "refused"}};

static const struct shape CANCEL_PARAMS = {
    (const struct field[]){REQUIRED("cancel", T_STRING, "name of this call in its callbacks"),
                           CHOICE("level", CANCEL_WORDS, "where cancelSync is called"),
                           REQUIRED("target", T_STRING, "service or object"), LAST},
    {NULL, NULL}};
static const struct shape CANCEL_RESULT = {
    (const struct field[]){REQUIRED("called", T_BOOL, "the SDK's call has returned"), LAST}, {NULL, NULL}};

static const struct shape LOCAL_PARAMS = {
    (const struct field[]){REQUIRED("object", T_STRING, "name of the object"),
                           OPTIONAL("record", T_OBJECT, "column -> value"),
                           OPTIONAL("options", T_OBJECT | T_NULL, "handed to the port unchanged"), LAST},
    {NULL, NULL}};

static const struct shape SCOPE_PARAMS = {
    (const struct field[]){REQUIRED("level", T_STRING, "application, objectService, object or record"),
                           OPTIONAL("target", T_STRING, "service or object; absent at application level"),
                           OPTIONAL("primaryKeys", T_OBJECT, "the record"), LAST},
    {NULL, NULL}};

static const struct shape SNAPSHOT_PARAMS = {
    (const struct field[]){REQUIRED("objects", T_ARRAY, "names of objects"), LAST}, {NULL, NULL}};
static const struct shape SNAPSHOT_RESULT = {
    (const struct field[]){REQUIRED("objects", T_OBJECT, "name -> rows as an app would read them"), LAST},
    {NULL, NULL}};

static const struct shape TOKEN_PARAMS = {
    (const struct field[]){REQUIRED("token", T_STRING | T_NULL, "from now on"),
                           OPTIONAL("next", T_STRING | T_NULL, "what the identity layer gives after a 401"),
                           OPTIONAL("error", T_ANY, "the identity layer fails with this"), LAST},
    {NULL, NULL}};
static const struct shape NETWORK_PARAMS = {
    (const struct field[]){REQUIRED("online", T_BOOL, "false: there is no network"), LAST}, {NULL, NULL}};

static const struct shape CALLBACK_PARAMS = {
    (const struct field[]){
        REQUIRED("seq", T_INTEGER, "from 1, up by one with each callback of the process"),
        OPTIONAL("sync", T_STRING, "the startSync that it belongs to"),
        OPTIONAL("cancel", T_STRING, "the cancelSync that it belongs to"),
        CHOICE("kind", CALLBACK_WORDS, "which callback it was"),
        OPTIONAL("payload", T_ANY, "what the application got, unchanged"), LAST},
    {"sync", "cancel"}};

static const struct message MESSAGES[] = {
    {"hello", &HELLO_PARAMS, &HELLO_RESULT, "The first call to a process"},
    {"open", &OPEN_PARAMS, &NOTHING, "An instance of the SDK over a storage; sends no sync request"},
    {"setup", &OPTIONS_PARAMS, &OUTCOME_RESULT, "Offline Objects setup"},
    {"incrementalSetup", &OPTIONS_PARAMS, &OUTCOME_RESULT, "Take over a changed schema"},
    {"reset", &OPTIONS_PARAMS, &OUTCOME_RESULT, "Empty the tables, keep their structure"},
    {"drop", &OPTIONS_PARAMS, &OUTCOME_RESULT, "Remove the tables"},
    {"startSync", &START_PARAMS, &START_RESULT, "Start a sync; its end comes as a callback"},
    {"cancelSync", &CANCEL_PARAMS, &CANCEL_RESULT, "Cancel a sync; the outcome comes as a callback"},
    {"create", &LOCAL_PARAMS, &OUTCOME_RESULT, "Create a local record"},
    {"update", &LOCAL_PARAMS, &OUTCOME_RESULT, "Update local records"},
    {"delete", &LOCAL_PARAMS, &OUTCOME_RESULT, "Delete local records"},
    {"get", &LOCAL_PARAMS, &OUTCOME_RESULT, "Read local records"},
    {"markForUpload", &LOCAL_PARAMS, &OUTCOME_RESULT, "Let deferred edits go with the next upload"},
    {"getPendingRecordsForUpload", &LOCAL_PARAMS, &OUTCOME_RESULT, "Keys of rows with tracked edits"},
    {"rollback", &SCOPE_PARAMS, &OUTCOME_RESULT, "Back to the state after the last sync"},
    {"clearOfflineData", &SCOPE_PARAMS, &OUTCOME_RESULT, "Rows and sync context go"},
    {"snapshot", &SNAPSHOT_PARAMS, &SNAPSHOT_RESULT, "The local rows, whatever the callbacks said"},
    {"setClaimsToken", &TOKEN_PARAMS, &NOTHING, "Change what the identity layer gives"},
    {"setNetwork", &NETWORK_PARAMS, &NOTHING, "Take the network away or give it back"},
    {"close", &NOTHING, &NOTHING, "Abort a running sync; no callback follows"},
    {"bye", &NOTHING, &NOTHING, "The process ends after the answer"},
};
enum { MESSAGE_COUNT = sizeof MESSAGES / sizeof *MESSAGES };

static const struct message *find_message(const char *method) {
  for (size_t i = 0; i < MESSAGE_COUNT; i++)
    if (strcmp(MESSAGES[i].method, method) == 0) return &MESSAGES[i];
  return NULL;
}

bool protocol_knows(const char *method) { return find_message(method) != NULL; }

static unsigned type_of(const cJSON *value) {
  int64_t ignored;
  if (cJSON_IsString(value)) return T_STRING;
  if (cJSON_IsBool(value)) return T_BOOL;
  if (cJSON_IsObject(value)) return T_OBJECT;
  if (cJSON_IsArray(value)) return T_ARRAY;
  if (cJSON_IsNull(value)) return T_NULL;
  return json_integer(value, &ignored) ? T_INTEGER : 0;
}

static bool is_choice(const char *const *choices, const cJSON *value) {
  for (; *choices; choices++)
    if (cJSON_IsString(value) && strcmp(*choices, value->valuestring) == 0) return true;
  return false;
}

/* The value, or the element of it, that is none of the choices; NULL = there is none. */
static const cJSON *find_stranger(const struct field *field, const cJSON *value) {
  if (!field->choices) return NULL;
  if (!cJSON_IsArray(value)) return is_choice(field->choices, value) ? NULL : value;
  const cJSON *item;
  cJSON_ArrayForEach(item, value) if (!is_choice(field->choices, item)) return item;
  return NULL;
}

static int fail_choice(const struct field *field, const cJSON *stranger, const char *where,
                       struct base_error *err) {
  CLEANUP(base_buf_done) struct base_buf words = BASE_BUF_INIT;
  CLEANUP(free_text) char *text = json_print(stranger);
  for (size_t i = 0; field->choices[i]; i++)
    base_buf_printf(&words, "%s%s", i ? ", " : "", field->choices[i]);
  return base_fail(err, PROTOCOL_ERR_MESSAGE, "", "%s: \"%s\" is %.40s, none of %s", where, field->name,
                   text ? text : "", base_buf_string(&words));
}

static void type_names(unsigned types, char out[80]) {
  out[0] = '\0';
  size_t len = 0;
  for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++)
    if (types & TYPES[i].type)
      len += (size_t)snprintf(out + len, 80 - len, "%s%s", len ? " or " : "", TYPES[i].name);
}

static int check_shape(const struct shape *shape, const cJSON *value, const char *where,
                       struct base_error *err);

static int check_field(const struct field *field, const cJSON *object, const char *where,
                       struct base_error *err) {
  const cJSON *value = json_find(object, field->name);
  char names[80];
  type_names(field->types, names);
  if (!value)
    return field->required
               ? base_fail(err, PROTOCOL_ERR_MESSAGE, "", "%s: \"%s\" is missing", where, field->name)
               : 0;
  if (!(field->types & (T_ANY | type_of(value))))
    return base_fail(err, PROTOCOL_ERR_MESSAGE, "", "%s: \"%s\" is no %s", where, field->name, names);
  const cJSON *stranger = find_stranger(field, value);
  if (stranger) return fail_choice(field, stranger, where, err);
  return field->shape ? check_shape(field->shape, value, where, err) : 0;
}

static int check_shape(const struct shape *shape, const cJSON *value, const char *where,
                       struct base_error *err) {
  if (!cJSON_IsObject(value)) return base_fail(err, PROTOCOL_ERR_MESSAGE, "", "%s is no object", where);
  for (const struct field *field = shape->fields; field->name; field++) {
    int status = check_field(field, value, where, err);
    if (status) return status;
  }
  if (shape->either[0] && !json_find(value, shape->either[0]) == !json_find(value, shape->either[1]))
    return base_fail(err, PROTOCOL_ERR_MESSAGE, "", "%s: exactly one of \"%s\" and \"%s\" must be there", where,
                     shape->either[0], shape->either[1]);
  return 0;
}

static int check_message(const char *method, const cJSON *value, bool result, struct base_error *err) {
  const struct message *message = find_message(method);
  if (!message)
    return base_fail(err, PROTOCOL_ERR_MESSAGE, "", "the protocol has no call \"%s\"", method);
  char where[80];
  snprintf(where, sizeof where, "%s of %s", result ? "result" : "params", method);
  return check_shape(result ? message->result : message->params, value, where, err);
}

int protocol_check_params(const char *method, const cJSON *params, struct base_error *err) {
  return check_message(method, params, false, err);
}

int protocol_check_result(const char *method, const cJSON *result, struct base_error *err) {
  return check_message(method, result, true, err);
}

int protocol_check_callback(const cJSON *params, struct base_error *err) {
  return check_shape(&CALLBACK_PARAMS, params, "callback", err);
}

/* Schemas: the same tables, printed. */

static void print_choices(struct base_buf *buf, const char *const *choices) {
  base_buf_text(buf, "\"enum\": [");
  for (size_t i = 0; choices[i]; i++) base_buf_printf(buf, "%s\"%s\"", i ? ", " : "", choices[i]);
  base_buf_text(buf, "]");
}

static void print_types(struct base_buf *buf, unsigned types) {
  unsigned left = types & ~(unsigned)T_ANY;
  if (!left) return;
  bool several = (left & (left - 1)) != 0;
  base_buf_printf(buf, ", \"type\": %s", several ? "[" : "");
  const char *between = "";
  for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
    if (!(left & TYPES[i].type)) continue;
    base_buf_printf(buf, "%s\"%s\"", between, TYPES[i].name);
    between = ", ";
  }
  if (several) base_buf_char(buf, ']');
}

static void print_shape(struct base_buf *buf, const struct shape *shape, const char *indent);

static void print_field(struct base_buf *buf, const struct field *field, const char *indent) {
  base_buf_printf(buf, "%s  \"%s\": {\"description\": ", indent, field->name);
  json_quote(buf, field->help, strlen(field->help));
  if (!field->shape) print_types(buf, field->types);
  if (field->choices) {
    bool list = field->types & T_ARRAY;
    base_buf_text(buf, list ? ", \"items\": {" : ", ");
    print_choices(buf, field->choices);
    if (list) base_buf_char(buf, '}');
  }
  if (field->shape) {
    char deeper[16];
    snprintf(deeper, sizeof deeper, "%s  ", indent);
    base_buf_text(buf, ",\n");
    print_shape(buf, field->shape, deeper);
  }
  base_buf_char(buf, '}');
}

static void print_shape(struct base_buf *buf, const struct shape *shape, const char *indent) {
  base_buf_printf(buf, "%s\"type\": \"object\",\n%s\"properties\": {", indent, indent);
  const char *between = "\n";
  for (const struct field *field = shape->fields; field->name; field++) {
    base_buf_text(buf, between);
    print_field(buf, field, indent);
    between = ",\n";
  }
  base_buf_printf(buf, "},\n%s\"required\": [", indent);
  between = "";
  for (const struct field *field = shape->fields; field->name; field++) {
    if (!field->required) continue;
    base_buf_printf(buf, "%s\"%s\"", between, field->name);
    between = ", ";
  }
  base_buf_char(buf, ']');
  if (shape->either[0])
    base_buf_printf(buf, ",\n%s\"oneOf\": [{\"required\": [\"%s\"]}, {\"required\": [\"%s\"]}]", indent,
                    shape->either[0], shape->either[1]);
}

size_t protocol_schema_count(void) { return 2 * (size_t)MESSAGE_COUNT + 1; }

const char *protocol_schema_name(size_t i, char name[64]) {
  if (i == 2 * (size_t)MESSAGE_COUNT) snprintf(name, 64, "callback.params");
  else snprintf(name, 64, "%s.%s", MESSAGES[i / 2].method, i % 2 ? "result" : "params");
  return name;
}

char *protocol_schema(size_t i) {
  bool callback = i == 2 * (size_t)MESSAGE_COUNT;
  const struct message *message = callback ? NULL : &MESSAGES[i / 2];
  const struct shape *shape = callback ? &CALLBACK_PARAMS : i % 2 ? message->result : message->params;
  char name[64];
  struct base_buf buf = BASE_BUF_INIT;
  base_buf_printf(&buf,
                  "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
                  "  \"$id\": \"foundrycheck/testee-protocol-%d/%s\",\n  \"title\": \"%s\",\n",
                  PROTOCOL_VERSION, protocol_schema_name(i, name),
                  callback ? "A callback of the SDK reached the application" : message->help);
  print_shape(&buf, shape, "  ");
  base_buf_text(&buf, "\n}\n");
  char *text = base_buf_steal(&buf);
  base_buf_done(&buf);
  return text;
}
