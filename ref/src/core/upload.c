/* The run over the batches: planning, blocking, encoding. Answers are upload_answer.c's.
 * UPL-01, UPL-03: each edit travels once, in log order, with its own action and the user's values. */
#include "core/upload.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

const char *vmx_action_name(enum vmx_action action) {
  static const char *const names[] = {[VMX_CREATE] = "create",
                                      [VMX_UPDATE] = "update",
                                      [VMX_PARTIAL_UPDATE] = "partialupdate",
                                      [VMX_DELETE] = "delete"};
  assert((unsigned)action < sizeof names / sizeof *names);
  return names[action];
}

void vmx_upload_init(struct vmx_upload *run, const struct vmx_upload_config *config) {
  assert(config->batch_size > 0);
  *run = (struct vmx_upload){.config = *config};
}

void vmx_upload_done(struct vmx_upload *run) {
  vmx_arena_done(&run->arena);
  free(run->blocked);
  *run = (struct vmx_upload){0};
}

void vmx_upload_batch_clear(struct vmx_upload_batch *batch) {
  base_buf_clear(&batch->body);
  base_buf_clear(&batch->query);
  vmx_arena_clear(&batch->arena);
  batch->count = 0;
  batch->id[0] = '\0';
  batch->cached = batch->replay = batch->strangers = false;
}

void vmx_upload_batch_done(struct vmx_upload_batch *batch) {
  base_buf_done(&batch->body);
  base_buf_done(&batch->query);
  vmx_arena_done(&batch->arena);
  free(batch->entries);
  *batch = (struct vmx_upload_batch){0};
}

/* ---- planning -------------------------------------------------------------------------------- */

static bool grow(struct vmx_upload_batch *batch) {
  if (batch->count < batch->capacity) return true;
  size_t capacity = batch->capacity ? batch->capacity * 2 : 64;
  void *entries = realloc(batch->entries, capacity * sizeof *batch->entries);
  if (!entries) return false;
  batch->entries = entries;
  batch->capacity = capacity;
  return true;
}

static struct vmx_value *copy_row(struct vmx_arena *arena, const struct vmx_object *object,
                                  const struct vmx_value *row) {
  struct vmx_value *copy = vmx_arena_array(arena, object->field_count, sizeof *copy);
  for (size_t i = 0; copy && i < object->field_count; i++) {
    if (!row[i].text) continue;
    copy[i] = (struct vmx_value){vmx_arena_text(arena, row[i].text, row[i].len), row[i].len};
    if (!copy[i].text) return NULL;
  }
  return copy;
}

bool vmx_upload_batch_add(struct vmx_upload_batch *batch, const struct vmx_log_entry *entry) {
  if (!grow(batch)) return false;
  struct vmx_log_entry copy = *entry;
  copy.key = vmx_arena_text(&batch->arena, entry->key, strlen(entry->key));
  copy.checksum = vmx_arena_text(&batch->arena, entry->checksum, strlen(entry->checksum));
  copy.row = copy_row(&batch->arena, entry->object, entry->row);
  if (!copy.key || !copy.checksum || !copy.row) return false;
  batch->entries[batch->count++] = copy;
  return true;
}

/* Where the row stands in the table, or would stand. */
static size_t blocked_place(const struct vmx_upload *run, const struct vmx_object *object,
                            const char *key) {
  uint64_t hash = 14695981039346656037u ^ object->id;
  for (const char *p = key; *p; p++) hash = (hash ^ (unsigned char)*p) * 1099511628211u;
  size_t place = (size_t)(hash ^ hash >> 32) & (run->blocked_capacity - 1);
  for (; run->blocked[place].object; place = (place + 1) & (run->blocked_capacity - 1))
    if (run->blocked[place].object == object && strcmp(run->blocked[place].key, key) == 0) break;
  return place;
}

bool vmx_upload_blocked(const struct vmx_upload *run, const struct vmx_object *object,
                        const char *key) {
  return run->blocked_count > 0 && run->blocked[blocked_place(run, object, key)].object;
}

static bool grow_blocked(struct vmx_upload *run) {
  if (4 * (run->blocked_count + 1) <= 3 * run->blocked_capacity) return true;
  struct vmx_blocked_row *old = run->blocked;
  size_t old_capacity = run->blocked_capacity, capacity = old_capacity ? 2 * old_capacity : 16;
  struct vmx_blocked_row *blocked = calloc(capacity, sizeof *blocked);
  if (!blocked) return false;
  run->blocked = blocked;
  run->blocked_capacity = capacity;
  for (size_t i = 0; i < old_capacity; i++)
    if (old[i].object) blocked[blocked_place(run, old[i].object, old[i].key)] = old[i];
  free(old);
  return true;
}

bool vmx_upload_block(struct vmx_upload *run, const struct vmx_object *object, const char *key) {
  if (vmx_upload_blocked(run, object, key)) return true;
  const char *copy = grow_blocked(run) ? vmx_arena_text(&run->arena, key, strlen(key)) : NULL;
  if (!copy) return false;
  run->blocked[blocked_place(run, object, copy)] = (struct vmx_blocked_row){object, copy};
  run->blocked_count++;
  return true;
}

/* What a look for something may come to when it needs memory. */
enum found { FOUND_NO, FOUND_YES, FOUND_NO_MEMORY };

static bool holds_temporary_key(const struct vmx_link *link, const struct vmx_value *row) {
  for (size_t i = 0; i < link->count; i++)
    if (vmx_value_temporary(&row[link->child_fields[i]])) return true;
  return false;
}

/* Does the row name a blocked parent through `link`? */
static enum found names_blocked_parent(const struct vmx_upload *run, const struct vmx_link *link,
                                       const struct vmx_value *row) {
  struct vmx_value *parent = calloc(link->parent->field_count, sizeof *parent);
  struct base_buf key = BASE_BUF_INIT;
  if (!parent) return FOUND_NO_MEMORY;
  for (size_t i = 0; i < link->count; i++)
    parent[link->parent_fields[i]] = row[link->child_fields[i]];
  bool named = vmx_key_text(&key, link->parent, parent);
  enum found found = key.failed ? FOUND_NO_MEMORY : FOUND_NO;
  if (named && !key.failed && vmx_upload_blocked(run, link->parent, base_buf_string(&key)))
    found = FOUND_YES;
  base_buf_done(&key);
  free(parent);
  return found;
}

/* Its key is the server's to give, and this sync does not send it (4.). */
static bool parent_is_elsewhere(const struct vmx_upload *run, const struct vmx_link *link) {
  if (!run->config.object || link->parent == run->config.object) return false;
  for (size_t i = 0; i < link->count; i++)
    if (link->parent->fields[link->parent_fields[i]].auto_generated) return true;
  return false;
}

/* W-33: a child that holds the temporary key of a blocked row waits with it. */
static enum found holds_blocked_key(const struct vmx_upload *run,
                                    const struct vmx_log_entry *entry) {
  const struct vmx_service *service = entry->object->service;
  enum found found = FOUND_NO;
  for (size_t i = 0; i < service->link_count && found == FOUND_NO; i++) {
    const struct vmx_link *link = &service->links[i];
    if (link->child != entry->object || !holds_temporary_key(link, entry->row)) continue;
    if (parent_is_elsewhere(run, link)) found = FOUND_YES;
    else if (run->blocked_count > 0) found = names_blocked_parent(run, link, entry->row);
  }
  return found;
}

enum vmx_offer vmx_upload_offer(struct vmx_upload *run, struct vmx_upload_batch *batch,
                                const struct vmx_log_entry *entry) {
  if (entry->row_id <= run->after_row_id || entry->row_id > run->limit_row_id)
    return VMX_OFFER_WAITS;
  if ((int64_t)batch->count >= run->config.batch_size) return VMX_OFFER_FULL;
  bool waits = vmx_upload_blocked(run, entry->object, entry->key) || !entry->marked;
  enum found held = waits ? FOUND_YES : holds_blocked_key(run, entry);
  if (held == FOUND_NO_MEMORY) return VMX_OFFER_NO_MEMORY;
  if (held == FOUND_YES) {
    run->after_row_id = entry->row_id;
    return vmx_upload_block(run, entry->object, entry->key) ? VMX_OFFER_WAITS
                                                            : VMX_OFFER_NO_MEMORY;
  }
  if (!vmx_upload_batch_add(batch, entry)) return VMX_OFFER_NO_MEMORY;
  run->after_row_id = entry->row_id;
  return VMX_OFFER_TAKEN;
}

/* ---- encoding -------------------------------------------------------------------------------- */

/* W-32, UPL-14: the whole row, without nulls and without columns that do not travel. */
static void write_columns(struct base_buf *body, const struct vmx_log_entry *entry,
                          enum vmx_boolean_form form) {
  for (size_t i = 0; i < entry->object->field_count; i++) {
    const struct vmx_field *field = &entry->object->fields[i];
    if (!entry->row[i].text || !field->travels) continue;
    json_quote(body, field->name, field->name_len);
    base_buf_char(body, ':');
    vmx_value_write(body, field->datatype, form, &entry->row[i]);
    base_buf_char(body, ',');
  }
}

static void write_record(struct base_buf *body, const struct vmx_log_entry *entry,
                         enum vmx_boolean_form form) {
  base_buf_char(body, '{');
  write_columns(body, entry, form);
  base_buf_text(body, "\"_metadata\":{\"object\":");
  json_quote(body, entry->object->short_name, strlen(entry->object->short_name)); /* W-3 */
  base_buf_printf(body, ",\"action\":\"%s\",\"rowId\":%lld,\"checksum\":",
                  vmx_action_name(entry->action), (long long)entry->row_id);
  json_quote(body, entry->checksum, strlen(entry->checksum));
  base_buf_text(body, ",\"ignore_duplicate\":\"false\"}}");
}

/* W-31: the counts of the envelope are "0", as observed. */
void vmx_upload_encode(struct vmx_upload_batch *batch, enum vmx_boolean_form form) {
  struct base_buf *body = &batch->body;
  base_buf_clear(body);
  base_buf_text(body,
                "{\"checksum\":\"\",\"sessionID\":\"\",\"echo\":[],\"hasMoreRecords\":\"false\","
                "\"abortonError\":\"false\",\"_metadata\":{\"totalNamespaces\":\"0\","
                "\"totalRecords\":\"0\",\"totalObjects\":\"0\",\"recordCount\":\"0\"},\"records\":[");
  for (size_t i = 0; i < batch->count; i++) {
    if (i > 0) base_buf_char(body, ',');
    write_record(body, &batch->entries[i], form);
  }
  base_buf_text(body, "]}");
}
