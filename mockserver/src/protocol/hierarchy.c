#include "protocol/hierarchy.h"

#include <stdlib.h>
#include <string.h>

#include "world/relations.h"

/* ---- what may nest (W-12) ---- */

/* `actions` is a list of {type, supportedObjects}, or of plain names of actions. */
static bool names_action(const cJSON *action, const char *name) {
  const cJSON *type = json_find(action, "type"), *item;
  if (cJSON_IsString(action)) return strcmp(action->valuestring, name) == 0;
  if (!type) return true;
  if (cJSON_IsString(type)) return strcmp(type->valuestring, name) == 0;
  cJSON_ArrayForEach(item, type) {
    if (cJSON_IsString(item) && strcmp(item->valuestring, name) == 0) return true;
  }
  return false;
}

static bool lists_action(const cJSON *actions, const char *name) {
  const cJSON *action;
  cJSON_ArrayForEach(action, actions) {
    if (names_action(action, name)) return true;
  }
  return actions == NULL; /* no list: any */
}

static bool supports(const struct model_service *service, const cJSON *supported, const struct model_object *child,
                     const char *verb) {
  const cJSON *item;
  cJSON_ArrayForEach(item, supported) {
    const char *name = cJSON_IsString(item) ? item->valuestring : json_find_string(item, "name");
    if (model_find_object(service, name) == child && lists_action(json_find(item, "actions"), verb)) return true;
  }
  return false;
}

bool hierarchy_allows(const struct model_object *parent, enum verb parent_verb, const struct model_object *child,
                      enum verb verb) {
  const cJSON *operation = json_find(json_find(parent->model, "operations"), VERB_NAMES[parent_verb].text), *action;
  cJSON_ArrayForEach(action, json_find(operation, "actions")) {
    if (names_action(action, VERB_NAMES[parent_verb].text) &&
        supports(parent->service, json_find(action, "supportedObjects"), child, VERB_NAMES[verb].text))
      return true;
  }
  return false;
}

static bool takes_children(const cJSON *operation) {
  const cJSON *action;
  cJSON_ArrayForEach(action, json_find(operation, "actions")) {
    if (cJSON_GetArraySize(json_find(action, "supportedObjects")) > 0) return true;
  }
  return false;
}

bool hierarchy_service(const struct model_service *service) {
  for (size_t i = 0; i < service->object_count; i++) {
    const cJSON *operation;
    cJSON_ArrayForEach(operation, json_find(service->objects[i]->model, "operations")) {
      if (strcmp(operation->string, "get") != 0 && takes_children(operation)) return true;
    }
  }
  return false;
}

bool hierarchy_is_nested(const struct work *work, const struct model_object *object, const struct json_item *member) {
  if (member->token != JSON_ARRAY_BEGIN) return false;
  for (size_t i = 0; i < object->field_count; i++)
    if (json_item_is_named(work->body, member, object->fields[i].name, object->fields[i].name_len)) return false;
  return true;
}

/* ---- the request (W-48) ---- */

static size_t place_of(const struct model_object *object) {
  size_t i = 0;
  while (object->service->objects[i] != object) i++;
  return i;
}

/* Of creates and updates no child's object may stand before `object`, of deletes no parent's. */
static void check_order(struct work *work, const struct model_object *object, bool deletes, bool *seen) {
  const struct model_service *service = work->entry->service;
  for (size_t i = 0; i < service->object_count; i++) {
    const struct model_object *other = service->objects[i];
    if (!seen[i] || !relations_is_below(service, deletes ? object : other, deletes ? other : object)) continue;
    journal_finding(work->entry, "W-48: %s of %.60s stand before those of %.60s, %s", deletes ? "deletes" : "edits",
                    other->name, object->name, deletes ? "its children" : "their parent");
  }
  seen[place_of(object)] = true;
}

static void check_roots(struct work *work, const struct json_item *records, bool *edits, bool *deletes) {
  bool deleting = false, told = false;
  JSON_EACH_ITEM(record, records) {
    const struct edit_metadata metadata = edit_read_metadata(work->body, record);
    const struct model_object *object = edit_said_object(work, metadata.object);
    enum verb verb = edit_said_verb(work, metadata.action);
    if (!object || verb == VERB_UNKNOWN) continue;
    if (deleting && verb != VERB_DELETE && !told) {
      journal_finding(work->entry, "W-48: a delete stands before a create or update of %.60s", object->name);
      told = true;
    }
    deleting = deleting || verb == VERB_DELETE;
    check_order(work, object, verb == VERB_DELETE, verb == VERB_DELETE ? deletes : edits);
  }
}

void hierarchy_check_request(struct work *work, const struct json_item *records) {
  size_t count = work->entry->service->object_count;
  bool *seen = calloc(2 * count + 1, sizeof *seen);
  if (!seen) return;
  if (json_item_find(work->body, work->body->items, "echo"))
    journal_finding(work->entry, "W-47: a hierarchical upload has no `echo`");
  check_roots(work, records, seen, seen + count);
  free(seen);
}

/* ---- one record ---- */

static void check_carrier(struct work *work, const struct edit *edit) {
  bool carries = false;
  JSON_EACH_ITEM(member, edit->sent)
    if (hierarchy_is_nested(work, edit->object, member) && member->size > 1) carries = true;
  if (!work->hierarchical) journal_finding(work->entry, "W-47: a record of %.60s has rowId -1 in a flat upload", edit->object->name);
  else if (!carries) journal_finding(work->entry, "W-47: a carrier of %.60s carries nothing", edit->object->name);
  if (edit->verb != VERB_UPDATE)
    journal_finding(work->entry, "W-47: a carrier's action is update, not %s", VERB_NAMES[edit->verb].text);
}

static void check_place(struct work *work, const struct edit *edit) {
  const struct model_object *parent = edit->parent->object;
  size_t at = 0;
  struct link link;
  if (work->entry->object_level)
    journal_finding(work->entry, "W-47: records nest in an upload at object level");
  else if (!hierarchy_allows(parent, edit->parent->verb, edit->object, edit->verb))
    journal_finding(work->entry, "W-47: the metadata lets no %s of %.60s nest in %s of %.60s", VERB_NAMES[edit->verb].text,
                    edit->object->name, VERB_NAMES[edit->parent->verb].text, parent->name);
  if (!relations_find(work->entry->service, parent, edit->object, &at, &link))
    journal_finding(work->entry, "W-47: no relation makes %.60s a child of %.60s", edit->object->name, parent->name);
}

void hierarchy_check_edit(struct work *work, const struct edit *edit) {
  if (edit->carrier) check_carrier(work, edit);
  if (edit->parent) check_place(work, edit);
}

/* ---- parent and child ---- */

/* What is known of the parent's columns: as sent, or, where it was left out, as the server has it. */
static struct value parent_value(struct edit *parent, const char *column, char scratch[32]) {
  const struct model_field *field = model_find_field(parent->object, column);
  const struct value *sent = field ? edit_column(parent, (size_t)(field - parent->object->fields)) : NULL;
  return sent && sent->kind != VALUE_ABSENT ? *sent : value_of(json_find(row_record(&parent->row), column), scratch);
}

static bool is_known(const struct value *value) {
  return value->kind != VALUE_ABSENT && value->kind != VALUE_NULL;
}

/* False when a column names another parent. */
static bool fits(const struct link *link, const struct edit *edit) {
  char scratch[32];
  const cJSON *mine = link->child_columns->child, *theirs = link->parent_columns->child;
  for (; mine && theirs; mine = mine->next, theirs = theirs->next) {
    const struct model_field *field = model_find_field(edit->object, mine->valuestring);
    const struct value *own = edit_column(edit, (size_t)(field - edit->object->fields));
    const struct value wanted = parent_value(edit->parent, theirs->valuestring, scratch);
    if (is_known(own) && is_known(&wanted) && !value_same_key(own, &wanted, field->type)) return false;
  }
  return true;
}

/* Columns that were left out. The parent stays as long as what nests in it. */
static void fill(const struct link *link, struct edit *edit) {
  char scratch[32];
  const cJSON *mine = link->child_columns->child, *theirs = link->parent_columns->child;
  for (; mine && theirs; mine = mine->next, theirs = theirs->next) {
    size_t column = (size_t)(model_find_field(edit->object, mine->valuestring) - edit->object->fields);
    const struct value wanted = parent_value(edit->parent, theirs->valuestring, scratch);
    if (edit_column(edit, column)->kind == VALUE_ABSENT && wanted.kind != VALUE_ABSENT) edit_set(edit, column, wanted);
  }
}

void hierarchy_join_parent(struct work *work, struct edit *edit) {
  size_t at = 0, links = 0, fitting = 0;
  struct link link, last = {0};
  if (!edit->parent || !edit->parent->object) return;
  while (relations_find(work->entry->service, edit->parent->object, edit->object, &at, &link)) {
    links++;
    last = link;
    if (fits(&link, edit)) fitting++;
  }
  if (links > 0 && fitting == 0)
    journal_finding(work->entry, "W-48: a record of %.60s nests in a row of %.60s that is not its parent",
                    edit->object->name, edit->parent->object->name);
  if (links == 1 && (edit->verb == VERB_CREATE || edit->verb == VERB_UPDATE)) fill(&last, edit);
}
