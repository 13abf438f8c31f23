/*
 * A download is a chain of pages over a fixed list of objects. Of each object the chain knows where it
 * stands (struct page_object); the first page makes that state from the request, every later one finds
 * it by the batch context that the last answer gave out. The last page gives the deltas, all of them
 * with the revision that the first page saw: what changes in between comes with the next sync.
 */
#include "protocol/download.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "odata/odata.h"
#include "protocol/download_request.h"
#include "protocol/expand.h"
#include "world/pages.h"
#include "world/rows.h"
#include "world/world.h"

enum { OPSTATUS_BAD_CONTEXT = 20014 };

/* ---- which page ---- */

static struct model_object *asked_object(const struct journal_entry *entry) {
  return entry->object_level ? model_find_object(entry->service, entry->object_name) : NULL;
}

static struct page *asked_page(struct mock_world *world, const struct journal_entry *entry) {
  const char *bc = download_batch_context(entry);
  return bc && entry->service ? pages_find(world, entry->service, asked_object(entry), bc) : NULL;
}

void download_number(struct mock_world *world, struct journal_entry *entry) {
  const struct page *page = asked_page(world, entry);
  entry->page = page ? page->number : 1;
}

/* ---- one object's part of a page ---- */

struct gather {
  struct page_object *at;
  struct odata *filter;
  struct expand *expand;
  cJSON *records;
  int64_t limit, count; /* limit 0 = none */
  int64_t created, updated, deleted;
  bool more;
};

static void add_deleted(struct gather *gather, const struct row *row) {
  cJSON_AddItemToArray(gather->records, expand_deleted(gather->at->object, row));
  gather->deleted++;
}

static void add_living(struct gather *gather, struct row *row) {
  bool created = row->created > gather->at->since;
  cJSON *record = expand_take_living(gather->at->object, row, gather->at->since);
  expand_add(gather->expand, row->record ? row->record : record, record);
  cJSON_AddItemToArray(gather->records, record);
  *(created ? &gather->created : &gather->updated) += 1;
}

/* A row counts as changed when anything that nests in it did. */
static bool is_changed(const struct gather *gather, const struct row *row) {
  return row->revision > gather->at->since || expand_changed(gather->expand, row->record);
}

/* Deleted rows are left out of a first download and told in a delta download, whatever the filter. */
static bool visit_row(void *context, struct row *row) {
  struct gather *gather = context;
  const struct model_object *object = gather->at->object;
  bool deleted = row->deleted || rows_soft_deleted(object, row->record); /* W-26 */
  if (deleted ? row->revision <= gather->at->since : !is_changed(gather, row)) return true;
  if (deleted && gather->at->since == 0) return true;
  if (!deleted && gather->filter && !odata_matches(gather->filter, row->record)) return true;
  if (gather->limit > 0 && gather->count == gather->limit) {
    gather->more = true;
    return false;
  }
  gather->count++;
  rows_key(object, row->record, &gather->at->after);
  if (deleted) add_deleted(gather, row);
  else add_living(gather, row);
  return true;
}

static void add_number(cJSON *json, const char *name, int64_t value) {
  cJSON_AddItemToObject(json, name, json_create_integer(value));
}

static cJSON *count_records(const struct gather *gather) {
  cJSON *metadata = cJSON_CreateObject();
  add_number(metadata, "recordCount", gather->count);
  add_number(metadata, "createdRecords", gather->created);
  add_number(metadata, "updatedRecords", gather->updated);
  add_number(metadata, "partialUpdatedRecords", 0);
  add_number(metadata, "deletedRecords", gather->deleted);
  return metadata;
}

/* The filter as a tree; one that cannot be read filters nothing, and is a finding (W-30). */
static struct odata *read_filter(struct journal_entry *entry, const struct page_object *at) {
  struct odata *filter = NULL;
  struct base_error err = {0};
  if (!at->filter[0]) return NULL;
  if (odata_parse(at->filter, at->object, &filter, &err) != 0)
    journal_finding(entry, "W-30: the filter of %.60s cannot be read: %.200s", at->object->name, err.text);
  return filter;
}

static int gather_object(struct mock_world *world, struct journal_entry *entry, struct page_object *at, int64_t limit,
                         struct gather *gather, struct base_error *err) {
  struct base_buf after = BASE_BUF_INIT;
  base_buf_append(&after, at->after.data, at->after.len);
  *gather = (struct gather){.at = at, .limit = limit, .records = cJSON_CreateArray(), .filter = read_filter(entry, at)};
  int status = expand_open(world, entry, at, &gather->expand, err);
  uint64_t since = gather->expand ? 0 : at->since; /* a row may be changed by what nests in it alone */
  if (status == 0) rows_each(at->object, since, &after, visit_row, gather);
  expand_free(gather->expand);
  odata_free(gather->filter);
  base_buf_done(&after);
  at->finished = !gather->more;
  return status;
}

/* ---- the answer ---- */

static void add_object(const struct journal_entry *entry, cJSON *json, struct gather *gather) {
  cJSON *part = json;
  if (!entry->object_level) {
    part = cJSON_CreateObject();
    cJSON_AddStringToObject(part, "name", gather->at->object->name);
    add_number(part, "opstatus", 0);
    cJSON_AddItemToArray(json_find(json, "Objects"), part); /* a capital in downloads (W-20) */
  }
  cJSON_AddItemToObject(part, "records", gather->records);
  cJSON_AddItemToObject(part, "_metadata", count_records(gather));
  gather->records = NULL;
}

/* The next page: the same objects, each where it stands now. */
static struct page *make_next(struct mock_world *world, const struct page *page) {
  struct page *next = pages_add(world, page->service, page->object_count);
  if (!next) return NULL;
  next->object = page->object;
  next->revision = page->revision;
  next->batch_size = page->batch_size;
  next->number = page->number + 1;
  for (size_t i = 0; i < page->object_count; i++) {
    const struct page_object *from = &page->objects[i];
    next->objects[i] = (struct page_object){.object = from->object, .filter = strdup(from->filter),
                                            .expand = from->expand ? strdup(from->expand) : NULL,
                                            .since = from->since, .finished = from->finished};
    base_buf_append(&next->objects[i].after, from->after.data, from->after.len);
  }
  return next;
}

static void add_batch_contexts(cJSON *json, const struct page *next) {
  char batchid[32];
  snprintf(batchid, sizeof batchid, "%u", next->number);
  cJSON_DeleteItemFromObjectCaseSensitive(json, "delta_context");
  cJSON *objects = cJSON_AddObjectToObject(cJSON_AddObjectToObject(json, "delta_context"), "objs");
  for (size_t i = 0; i < next->object_count; i++) {
    cJSON *context = cJSON_AddObjectToObject(objects, next->objects[i].object->name);
    cJSON_AddStringToObject(context, "bc", next->bc);
    cJSON_AddStringToObject(context, "batchid", batchid);
  }
}

static void add_deltas(const struct mock_world *world, cJSON *json, const struct page *page) {
  char delta[64];
  cJSON *objects = cJSON_AddObjectToObject(cJSON_AddObjectToObject(json, "delta_context"), "objs");
  for (size_t i = 0; i < page->object_count; i++) {
    download_write_delta(world, &page->objects[i], page->revision, delta);
    cJSON *context = cJSON_AddObjectToObject(objects, page->objects[i].object->name);
    cJSON_AddStringToObject(context, "delta", delta);
  }
}

static int add_objects(struct mock_world *world, struct journal_entry *entry, struct page *page, cJSON *json,
                       bool *more, struct base_error *err) {
  int status = 0;
  for (size_t i = 0; i < page->object_count && status == 0; i++) {
    struct page_object *at = &page->objects[i];
    struct gather gather;
    if (at->finished || at->object->dropped) continue; /* objects with nothing left are left out (W-29) */
    status = gather_object(world, entry, at, page->batch_size, &gather, err);
    *more = *more || gather.more;
    if (gather.count > 0 || entry->object_level) add_object(entry, json, &gather);
    cJSON_Delete(gather.records);
  }
  return status;
}

static int fill(struct mock_world *world, struct journal_entry *entry, struct page *page, cJSON *json,
                struct base_error *err) {
  bool more = false;
  add_number(json, "opstatus", 0);
  add_number(json, "httpStatusCode", 200);
  if (!entry->object_level) cJSON_AddArrayToObject(json, "Objects");
  int status = add_objects(world, entry, page, json, &more, err);
  struct page *next = more ? make_next(world, page) : NULL;
  if (next) add_batch_contexts(json, next);
  else add_deltas(world, json, page);
  cJSON_AddStringToObject(json, "hasMoreRecords", next ? "true" : "false"); /* a string (W-20) */
  return status;
}

static int serve_page(struct mock_world *world, struct journal_entry *entry, struct page *page, struct answer *answer,
                      struct base_error *err) {
  int status = 0;
  if (!page->answer) {
    page->answer = cJSON_CreateObject();
    status = fill(world, entry, page, page->answer, err);
  }
  answer_json(answer, cJSON_Duplicate(page->answer, true));
  return status;
}

/* Nobody can ask for a first page by its context: it is not kept. */
static int serve_first_page(struct mock_world *world, struct journal_entry *entry, struct page *page,
                            struct answer *answer, struct base_error *err) {
  cJSON *json = cJSON_CreateObject();
  int status = fill(world, entry, page, json, err);
  answer_json(answer, json);
  pages_remove(world, page);
  return status;
}

static void init_object(struct mock_world *world, struct journal_entry *entry, struct page_object *at,
                        struct model_object *object) {
  const cJSON *context = download_context(entry, object);
  at->object = object;
  download_odata(entry, context, &at->filter, &at->expand);
  if (!at->filter) at->filter = strdup("");
  at->since = download_read_delta(world, entry, at, context);
}

static struct page *first_page(struct mock_world *world, struct journal_entry *entry) {
  struct model_service *service = entry->service;
  struct page *page = pages_add(world, service, entry->object_level ? 1 : service->object_count);
  if (!page) return NULL;
  page->object = asked_object(entry);
  page->revision = service->revision;
  page->batch_size = download_batch_size(entry);
  page->number = 1;
  for (size_t i = 0; i < page->object_count; i++)
    init_object(world, entry, &page->objects[i], page->object ? page->object : service->objects[i]);
  return page;
}

/* W-19: later pages send the context as it came. */
static void check_context(struct journal_entry *entry, const struct page *page) {
  cJSON *given = cJSON_CreateObject();
  add_batch_contexts(given, page);
  if (!json_equal(json_find(given, "delta_context"), json_find(entry->body, "delta_context")))
    journal_finding(entry, "W-19: the delta_context of a later page is not the one that was given");
  cJSON_Delete(given);
}

int download_answer(struct mock_world *world, struct journal_entry *entry, struct answer *answer,
                    struct base_error *err) {
  const char *bc = download_batch_context(entry);
  download_check(entry);
  pages_trim(world);
  if (!bc) {
    struct page *page = first_page(world, entry);
    return page ? serve_first_page(world, entry, page, answer, err)
                : base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  }
  struct page *page = asked_page(world, entry);
  if (page) {
    check_context(entry, page);
    return serve_page(world, entry, page, answer, err);
  }
  answer_error(answer, 200, OPSTATUS_BAD_CONTEXT, "the batch context \"%.60s\" is unknown or too old", bc);
  return 0;
}

static void announce_more(cJSON *json, const struct page *next) {
  add_batch_contexts(json, next);
  cJSON_DeleteItemFromObjectCaseSensitive(json, "hasMoreRecords");
  cJSON_AddStringToObject(json, "hasMoreRecords", "true");
}

/* A context of its own that gives this very answer again. */
static struct page *page_of_answer(struct mock_world *world, const struct journal_entry *entry, const struct answer *answer) {
  struct page *page = entry->service->object_count > 0 ? pages_add(world, entry->service, 1) : NULL;
  if (!page) return NULL;
  page->number = entry->page + 1;
  page->object = asked_object(entry);
  page->objects[0].object = page->object ? page->object : entry->service->objects[0];
  page->objects[0].filter = strdup("");
  page->answer = cJSON_Duplicate(answer->json, true);
  return page;
}

void download_repeat(struct mock_world *world, struct journal_entry *entry, struct answer *answer) {
  struct page *page = asked_page(world, entry);
  if (!page) page = page_of_answer(world, entry, answer);
  if (page) announce_more(answer->json, page);
}

void download_go_on(struct mock_world *world, struct journal_entry *entry, struct answer *answer) {
  struct page *page = page_of_answer(world, entry, answer);
  if (page) announce_more(answer->json, page);
}
