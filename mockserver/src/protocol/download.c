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

#include "base/cleanup.h"
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
  struct base_buf *out; /* the answer, in its list of records */
  int64_t limit, count; /* limit 0 = none */
  int64_t created, updated, deleted;
  bool more;
};

static void add_deleted(struct gather *gather, struct row *row) {
  row_record(row);
  CLEANUP(json_free) cJSON *record = expand_deleted(gather->at->object, row);
  json_append(gather->out, record);
  gather->deleted++;
}

/* With what nests in it. */
static void add_expanded(struct gather *gather, struct row *row) {
  const cJSON *kept = row_record(row);
  CLEANUP(json_free) cJSON *record = expand_living(gather->at->object, row, gather->at->since);
  expand_add(gather->expand, kept, record);
  json_append(gather->out, record);
}

static void add_plain(struct gather *gather, const struct row *row, bool created) {
  char checksum[17];
  rows_write_sent(gather->at->object, row->version, gather->out, checksum);
  base_buf_text(gather->out, created ? ",\"_metadata\":{\"action\":\"create\",\"checksum\":\""
                                     : ",\"_metadata\":{\"action\":\"update\",\"checksum\":\"");
  base_buf_append(gather->out, checksum, 16);
  base_buf_text(gather->out, "\"}}");
}

static void add_living(struct gather *gather, struct row *row) {
  bool created = row->created > gather->at->since;
  if (gather->expand) add_expanded(gather, row);
  else add_plain(gather, row, created);
  *(created ? &gather->created : &gather->updated) += 1;
}

/* A row counts as changed when anything that nests in it did. */
static bool is_changed(const struct gather *gather, struct row *row) {
  return row->revision > gather->at->since || (gather->expand && expand_changed(gather->expand, row_record(row)));
}

static bool is_deleted(const struct model_object *object, struct row *row) {
  return row->deleted || (object->softdelete && rows_soft_deleted(object, row_record(row))); /* W-26 */
}

/* Deleted rows are left out of a first download and told in a delta download, whatever the filter. */
static bool is_wanted(const struct gather *gather, struct row *row, bool deleted) {
  if (deleted) return gather->at->since > 0 && row->revision > gather->at->since;
  return is_changed(gather, row) && (!gather->filter || odata_matches(gather->filter, row_record(row)));
}

static void remember_key(struct page_object *at, const struct row_version *version) {
  base_buf_clear(&at->after);
  base_buf_append(&at->after, version->bytes, version->key_len);
}

static bool visit_row(void *context, struct row *row) {
  struct gather *gather = context;
  bool deleted = is_deleted(gather->at->object, row);
  if (!is_wanted(gather, row, deleted)) return true;
  if (gather->limit > 0 && gather->count == gather->limit) {
    gather->more = true;
    return false;
  }
  remember_key(gather->at, row->version);
  if (gather->count++ > 0) base_buf_char(gather->out, ',');
  if (deleted) add_deleted(gather, row);
  else add_living(gather, row);
  return true;
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
                         struct base_buf *out, struct gather *gather, struct base_error *err) {
  struct base_buf after = BASE_BUF_INIT;
  base_buf_append(&after, at->after.data, at->after.len);
  *gather = (struct gather){.at = at, .out = out, .limit = limit, .filter = read_filter(entry, at)};
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

static void write_counts(const struct gather *gather, struct base_buf *out) {
  base_buf_printf(out, ",\"_metadata\":{\"recordCount\":%" PRId64 ",\"createdRecords\":%" PRId64 ",\"updatedRecords\":%" PRId64
                       ",\"partialUpdatedRecords\":0,\"deletedRecords\":%" PRId64 "}",
                  gather->count, gather->created, gather->updated, gather->deleted);
}

/* Of an object-level download the records stand at the top. */
static void open_object(const struct model_object *object, struct base_buf *out) {
  if (out->len > 0 && out->data[out->len - 1] == '}') base_buf_char(out, ',');
  base_buf_text(out, "{\"name\":");
  json_quote(out, object->name, strlen(object->name));
  base_buf_text(out, ",\"opstatus\":0");
}

/* Objects with nothing left are left out (W-29). */
static int add_object(struct mock_world *world, struct journal_entry *entry, struct page_object *at, int64_t limit,
                      struct base_buf *out, bool *more, struct base_error *err) {
  size_t begin = out->len;
  struct gather gather;
  if (!entry->object_level) open_object(at->object, out);
  base_buf_text(out, ",\"records\":[");
  int status = gather_object(world, entry, at, limit, out, &gather, err);
  base_buf_char(out, ']');
  write_counts(&gather, out);
  if (!entry->object_level) base_buf_char(out, '}');
  if (!entry->object_level && gather.count == 0) out->len = begin; /* written over by what follows */
  *more = *more || gather.more;
  return status;
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

static int add_objects(struct mock_world *world, struct journal_entry *entry, struct page *page, struct base_buf *out,
                       bool *more, struct base_error *err) {
  int status = 0;
  if (!entry->object_level) base_buf_text(out, ",\"Objects\":["); /* a capital in downloads (W-20) */
  for (size_t i = 0; i < page->object_count && status == 0; i++) {
    struct page_object *at = &page->objects[i];
    if (!at->finished && !at->object->dropped) status = add_object(world, entry, at, page->batch_size, out, more, err);
  }
  if (!entry->object_level) base_buf_char(out, ']');
  return status;
}

static void write_context(const struct mock_world *world, const struct page *page, const struct page *next, struct base_buf *out) {
  CLEANUP(json_free) cJSON *json = cJSON_CreateObject();
  if (next) add_batch_contexts(json, next);
  else add_deltas(world, json, page);
  base_buf_text(out, ",\"delta_context\":");
  json_append(out, json_find(json, "delta_context"));
}

/* Make the page's answer. */
static int fill(struct mock_world *world, struct journal_entry *entry, struct page *page, struct base_error *err) {
  CLEANUP(base_buf_done) struct base_buf out = BASE_BUF_INIT;
  bool more = false;
  base_buf_text(&out, "{\"opstatus\":0,\"httpStatusCode\":200");
  int status = add_objects(world, entry, page, &out, &more, err);
  struct page *next = more && status == 0 ? make_next(world, page) : NULL;
  if (next) memcpy(page->next_bc, next->bc, sizeof next->bc);
  write_context(world, page, next, &out);
  base_buf_text(&out, next ? ",\"hasMoreRecords\":\"true\"}" : ",\"hasMoreRecords\":\"false\"}"); /* a string (W-20) */
  if (status == 0) page->answer = shared_text_new(base_buf_steal(&out));
  return status == 0 && !page->answer ? base_fail(err, MOCK_ERR_MEMORY, "", "out of memory") : status;
}

static int serve_page(struct mock_world *world, struct journal_entry *entry, struct page *page, struct answer *answer,
                      char bc[48], struct base_error *err) {
  int status = page->answer ? 0 : fill(world, entry, page, err);
  if (status != 0) return status;
  answer_text(answer, shared_text_hold(page->answer));
  memcpy(bc, page->next_bc, sizeof page->next_bc);
  return 0;
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

/* Nobody can ask for a first page by its context: it is not kept. */
static int serve_first_page(struct mock_world *world, struct journal_entry *entry, struct answer *answer, char bc[48],
                            struct base_error *err) {
  struct page *page = first_page(world, entry);
  if (!page) return base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  int status = serve_page(world, entry, page, answer, bc, err);
  pages_remove(world, page);
  return status;
}

int download_answer(struct mock_world *world, struct journal_entry *entry, struct answer *answer, char bc[48],
                    struct base_error *err) {
  const char *asked = download_batch_context(entry);
  download_check(entry);
  pages_trim(world);
  if (!asked) return serve_first_page(world, entry, answer, bc, err);
  struct page *page = asked_page(world, entry);
  if (page) {
    check_context(entry, page);
    return serve_page(world, entry, page, answer, bc, err);
  }
  answer_error(answer, 200, OPSTATUS_BAD_CONTEXT, "the batch context \"%.60s\" is unknown or too old", asked);
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
  page->answer = shared_text_new(json_print(answer->json));
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
