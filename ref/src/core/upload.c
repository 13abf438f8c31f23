/* The run over the batches: planning, blocking, encoding. Answers are upload_answer.c's.
 * UPL-01, UPL-03: each edit travels once, in log order, with its own action and the user's values. */
#include "core/upload.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "core/hierarchy.h"

void vmx_upload_init(struct vmx_upload *run, const struct vmx_upload_config *config) {
  assert(config->batch_size > 0);
  *run = (struct vmx_upload){.config = *config};
}

void vmx_upload_done(struct vmx_upload *run) {
  vmx_arena_done(&run->arena);
  vmx_hierarchy_free(run->hierarchy);
  free(run->blocked);
  *run = (struct vmx_upload){0};
}

void vmx_upload_batch_clear(struct vmx_upload_batch *batch) {
  base_buf_clear(&batch->body);
  base_buf_clear(&batch->query);
  vmx_arena_clear(&batch->arena);
  batch->count = batch->carrier_count = 0;
  batch->id[0] = '\0';
  batch->cached = batch->replay = batch->strangers = batch->nested = false;
}

void vmx_upload_batch_done(struct vmx_upload_batch *batch) {
  base_buf_done(&batch->body);
  base_buf_done(&batch->query);
  vmx_arena_done(&batch->arena);
  free(batch->entries);
  *batch = (struct vmx_upload_batch){0};
}

bool vmx_upload_is_nested(const struct vmx_upload *run) {
  return run->config.service->hierarchical && !run->config.object;
}

/* ---- planning -------------------------------------------------------------------------------- */

static bool grow(struct vmx_upload_batch *batch) {
  if (batch->count + batch->carrier_count < batch->capacity) return true;
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
  batch->entries[batch->count + batch->carrier_count] = copy;
  if (copy.row_id == VMX_CARRIER) batch->carrier_count++;
  else batch->count++;
  return true;
}

uint64_t vmx_row_hash(const struct vmx_object *object, const char *key) {
  uint64_t hash = 14695981039346656037u ^ object->id;
  for (const char *p = key; *p; p++) hash = (hash ^ (unsigned char)*p) * 1099511628211u;
  return hash ^ hash >> 32;
}

/* Where the row stands in the table, or would stand. */
static size_t blocked_place(const struct vmx_upload *run, const struct vmx_object *object,
                            const char *key) {
  size_t place = (size_t)vmx_row_hash(object, key) & (run->blocked_capacity - 1);
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
  struct base_buf key = BASE_BUF_INIT;
  bool named = vmx_link_parent_key(link, row, &key);
  enum found found = key.failed ? FOUND_NO_MEMORY : FOUND_NO;
  if (named && !key.failed && vmx_upload_blocked(run, link->parent, base_buf_string(&key)))
    found = FOUND_YES;
  base_buf_done(&key);
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

enum vmx_offer vmx_upload_admit(struct vmx_upload *run, const struct vmx_log_entry *entry) {
  bool waits = vmx_upload_blocked(run, entry->object, entry->key) || !entry->marked;
  enum found held = waits ? FOUND_YES : holds_blocked_key(run, entry);
  if (held == FOUND_NO) return VMX_OFFER_TAKEN;
  return held == FOUND_YES && vmx_upload_block(run, entry->object, entry->key) ? VMX_OFFER_WAITS
                                                                               : VMX_OFFER_NO_MEMORY;
}

enum vmx_offer vmx_upload_offer(struct vmx_upload *run, struct vmx_upload_batch *batch,
                                const struct vmx_log_entry *entry) {
  if (entry->row_id <= run->after_row_id || entry->row_id > run->limit_row_id)
    return VMX_OFFER_WAITS;
  if ((int64_t)batch->count >= run->config.batch_size) return VMX_OFFER_FULL;
  enum vmx_offer offer = vmx_upload_admit(run, entry);
  if (offer == VMX_OFFER_TAKEN && !vmx_upload_batch_add(batch, entry)) offer = VMX_OFFER_NO_MEMORY;
  if (offer != VMX_OFFER_NO_MEMORY) run->after_row_id = entry->row_id;
  return offer;
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

/* Its columns and `_metadata`, without the closing brace. W-3: the flat name is the short one. */
static void write_entry(struct base_buf *body, const struct vmx_log_entry *entry, const char *object,
                        enum vmx_boolean_form form) {
  base_buf_char(body, '{');
  write_columns(body, entry, form);
  base_buf_text(body, "\"_metadata\":{\"object\":");
  json_quote(body, object, strlen(object));
  base_buf_printf(body, ",\"action\":\"%s\",\"rowId\":%lld,\"checksum\":",
                  vmx_action_name(entry->action), (long long)entry->row_id);
  json_quote(body, entry->checksum, strlen(entry->checksum));
  base_buf_text(body, ",\"ignore_duplicate\":\"false\"}");
}

/*
 * HIE-01, W-47: the record with its children under their objects' names. Writes entries[at] and what
 * stands in it, and returns where the next one stands; as deep as the plan (VMX_NESTING_MAX).
 */
static size_t write_tree(struct vmx_upload_batch *batch, size_t at, enum vmx_boolean_form form) {
  const struct vmx_log_entry *entries = batch->entries, *entry = &entries[at];
  const struct vmx_object *object = NULL; /* whose children are being written */
  size_t end = batch->count + batch->carrier_count, next = at + 1;
  write_entry(&batch->body, entry, entry->object->name, form);
  while (next < end && entries[next].depth > entry->depth) {
    if (object != entries[next].object) {
      if (object) base_buf_char(&batch->body, ']');
      object = entries[next].object;
      base_buf_char(&batch->body, ',');
      json_quote(&batch->body, object->name, strlen(object->name));
      base_buf_text(&batch->body, ":[");
    } else {
      base_buf_char(&batch->body, ',');
    }
    next = write_tree(batch, next, form);
  }
  base_buf_text(&batch->body, object ? "]}" : "}");
  return next;
}

static size_t write_flat(struct vmx_upload_batch *batch, size_t at, enum vmx_boolean_form form) {
  const struct vmx_log_entry *entry = &batch->entries[at];
  write_entry(&batch->body, entry, entry->object->short_name, form);
  base_buf_char(&batch->body, '}');
  return at + 1;
}

/* Edits by rowId, then the carriers by object and key. */
static int by_row_id(const void *a, const void *b) {
  const struct vmx_log_entry *x = a, *y = b;
  bool x_carries = x->row_id == VMX_CARRIER, y_carries = y->row_id == VMX_CARRIER;
  if (x_carries != y_carries) return x_carries ? 1 : -1;
  if (!x_carries) return x->row_id < y->row_id ? -1 : x->row_id > y->row_id;
  if (x->object != y->object) return x->object->id < y->object->id ? -1 : 1;
  return strcmp(x->key, y->key);
}

void vmx_upload_batch_sort(struct vmx_upload_batch *batch) {
  if (batch->nested && batch->count > 0)
    qsort(batch->entries, batch->count + batch->carrier_count, sizeof *batch->entries, by_row_id);
}

/* W-31: the counts of the envelope are "0", as observed. */
void vmx_upload_encode(struct vmx_upload_batch *batch, enum vmx_boolean_form form) {
  struct base_buf *body = &batch->body;
  size_t end = batch->count + batch->carrier_count;
  base_buf_clear(body);
  base_buf_printf(body,
                  "{\"checksum\":\"\",\"sessionID\":\"\",%s\"hasMoreRecords\":\"false\","
                  "\"abortonError\":\"false\",\"_metadata\":{\"totalNamespaces\":\"0\","
                  "\"totalRecords\":\"0\",\"totalObjects\":\"0\",\"recordCount\":\"0\"},\"records\":[",
                  batch->nested ? "" : "\"echo\":[],");
  for (size_t at = 0; at < end;) {
    if (at > 0) base_buf_char(body, ',');
    at = batch->nested ? write_tree(batch, at, form) : write_flat(batch, at, form);
  }
  base_buf_text(body, "]}");
  vmx_upload_batch_sort(batch);
}
