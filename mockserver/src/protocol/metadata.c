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

static void add_url(cJSON *json, const char *member, const struct mock_world *world, const char *path,
                    const char *service) {
  struct base_buf url = BASE_BUF_INIT;
  base_buf_printf(&url, "%s%s", world->url, path);
  append_encoded(&url, service);
  cJSON_AddStringToObject(json, member, base_buf_string(&url));
  base_buf_done(&url);
}

static cJSON *service_entry(const struct mock_world *world, const struct model_service *service) {
  cJSON *json = cJSON_CreateObject();
  cJSON_AddStringToObject(json, "type", "objectsvc");
  add_url(json, "url", world, "/services/data/v1/", service->name);
  add_url(json, "metadata_url", world, "/services/metadata/v1/", service->name);
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

int metadata_answer(struct mock_world *world, const struct journal_entry *entry, struct answer *answer,
                    struct base_error *err) {
  answer_json(answer, model_metadata(entry->service));
  return edit(world, entry->service->edit_metadata, answer, err);
}
