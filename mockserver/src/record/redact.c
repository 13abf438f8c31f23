#include "record/redact.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "protocol/request.h"

static const char *const HEADERS[] = {"Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie",
                                      "X-Voltmx-Authorization", "X-Kony-Authorization", "X-Voltmx-App-Key", "X-Kony-App-Key",
                                      "X-Voltmx-App-Secret", "X-Kony-App-Secret", "X-Api-Key"};

static const char *const MEMBERS[] = {"password", "passwd", "secret", "token", "claims_token", "refresh_token", "access_token",
                                      "id_token", "provider_token", "session_token", "authorization", "appkey", "app_key",
                                      "appsecret", "app_secret", "client_secret", "cookie", "api_key", "apikey"};

static bool is_in(const char *name, const char *const *list, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (strcasecmp(name, list[i]) == 0) return true;
  return false;
}

bool redact_header(const struct redact *redact, const char *name) {
  return is_in(name, HEADERS, sizeof HEADERS / sizeof HEADERS[0]) || is_in(name, redact->fields, redact->field_count);
}

bool redact_member(const struct redact *redact, const char *name) {
  return is_in(name, MEMBERS, sizeof MEMBERS / sizeof MEMBERS[0]) || is_in(name, redact->fields, redact->field_count);
}

/* An empty value and null hide nothing. */
static bool holds_something(const cJSON *item) {
  return !cJSON_IsNull(item) && !(cJSON_IsString(item) && item->valuestring[0] == '\0');
}

size_t redact_json(const struct redact *redact, cJSON *json) {
  size_t count = 0;
  for (cJSON *child = json ? json->child : NULL, *next; child; child = next) {
    next = child->next;
    if (!child->string || !redact_member(redact, child->string) || !holds_something(child)) {
      count += redact_json(redact, child);
      continue;
    }
    cJSON *note = cJSON_CreateString(REDACTED);
    char *name = strdup(child->string);
    if (note && name) cJSON_ReplaceItemInObjectCaseSensitive(json, name, note);
    free(name);
    count++;
  }
  return count;
}

void redact_query(const struct redact *redact, const char *query, struct base_buf *out) {
  while (*query) {
    size_t len = strcspn(query, "&"), name_len = strcspn(query, "=&");
    char *name = request_decode(query, name_len, true);
    if (name && redact_member(redact, name)) base_buf_printf(out, "%.*s=%s", (int)name_len, query, "%28redacted%29");
    else base_buf_append(out, query, len);
    free(name);
    query += len;
    if (*query == '&') base_buf_char(out, *query++);
  }
}

void redact_body(const struct redact *redact, const struct base_buf *body, bool kept, struct base_buf *out) {
  cJSON *json = NULL;
  if (body->len == 0) return;
  if (!kept) {
    base_buf_printf(out, "(%zu bytes, not kept)", body->len);
    return;
  }
  char *text = NULL;
  if (json_parse(body->data, body->len, JSON_LAST_COUNTS, &json, NULL) == 0 && redact_json(redact, json) > 0) {
    text = json_print(json);
    base_buf_text(out, text ? text : "\"" REDACTED "\"");
  } else {
    base_buf_append(out, body->data, body->len);
  }
  free(text);
  cJSON_Delete(json);
}
