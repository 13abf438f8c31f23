#include "protocol/metadata.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "script/functions.h"
#include "world/world.h"

static void append_encoded(struct base_buf *url, const char *text) {
  static const char PLAIN[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.~";
  for (; *text; text++) {
    if (strchr(PLAIN, *text)) base_buf_char(url, *text);
    else base_buf_printf(url, "%%%02X", (unsigned)(unsigned char)*text);
  }
}

static void add_url(cJSON *json, const char *member, const char *base, const char *path, const char *service) {
  struct base_buf url = BASE_BUF_INIT;
  base_buf_printf(&url, "%s%s", base, path);
  append_encoded(&url, service);
  cJSON_AddStringToObject(json, member, base_buf_string(&url));
  base_buf_done(&url);
}

static cJSON *service_entry(const struct mock_world *world, const struct model_service *service) {
  cJSON *json = cJSON_CreateObject();
  cJSON_AddStringToObject(json, "type", "objectsvc");
  const char *base = service->base_url ? service->base_url : world->url;
  add_url(json, "url", base, "/services/data/v1/", service->name);
  add_url(json, "metadata_url", service->metadata_there ? base : world->url, "/services/metadata/v1/", service->name);
  cJSON_AddStringToObject(json, "version", service->version);
  cJSON_AddBoolToObject(json, "offline", service->offline);
  return json;
}

cJSON *document_make(const struct mock_world *world) {
  cJSON *json = cJSON_CreateObject();
  cJSON_AddStringToObject(json, "name", world->name);
  struct base_buf link = BASE_BUF_INIT;
  base_buf_printf(&link, "%s/authService/100000002/appconfig", world->url);
  cJSON_AddStringToObject(json, "selflink", base_buf_string(&link));
  base_buf_done(&link);
  cJSON *services = cJSON_AddObjectToObject(json, "services_meta");
  for (size_t i = 0; i < world->service_count; i++)
    cJSON_AddItemToObject(services, world->services[i]->name, service_entry(world, world->services[i]));
  return json;
}

static int edit(struct mock_world *world, int function, struct answer *answer, struct base_error *err) {
  return function ? script_edit(world, function, &answer->json, &answer->text, NULL, err) : 0;
}

int document_answer(struct mock_world *world, struct answer *answer, struct base_error *err) {
  answer_json(answer, document_make(world));
  return edit(world, world->edit_document, answer, err);
}

/* W-9: `$filter=timestamp eq <stored>` is asked when the timestamp has moved. The answer is the whole metadata in
   either case, so that it may be stored as it is. */
static void check_filter(struct journal_entry *entry) {
  static const char ASKS[] = "timestamp eq ";
  const char *filter = json_find_string(entry->query, "$filter");
  char now[40], asked[64];
  if (!filter) return;
  if (strncmp(filter, ASKS, sizeof ASKS - 1) != 0) {
    journal_finding(entry, "W-9: the metadata's $filter is \"%.60s\", not \"timestamp eq …\"", filter);
    return;
  }
  const char *text = filter + sizeof ASKS - 1;
  size_t len = strlen(text);
  bool quoted = len >= 2 && text[0] == '\'' && text[len - 1] == '\'';
  snprintf(asked, sizeof asked, "%.*s", (int)(quoted ? len - 2 : len), text + quoted);
  model_timestamp(entry->service, now);
  if (!model_knows_timestamp(entry->service, asked))
    journal_finding(entry, "W-9: the metadata's timestamp \"%.60s\" was never given", asked);
  else if (strcmp(asked, now) == 0)
    journal_finding(entry, "W-9: the metadata is asked for by its timestamp, which has not moved");
}

int metadata_answer(struct mock_world *world, struct journal_entry *entry, struct answer *answer,
                    struct base_error *err) {
  check_filter(entry);
  answer_json(answer, model_metadata(entry->service));
  return edit(world, entry->service->edit_metadata, answer, err);
}
