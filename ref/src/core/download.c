/* The run over the pages: requests, deltas, contexts. Reading a page is page.c's. */
#include "core/download.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "core/codes.h"
#include "core/query.h"

static int no_memory(struct base_error *err) {
  return base_fail(err, VMX_CODE_SYNC, "", "out of memory");
}

int vmx_download_init(struct vmx_download *run, const struct vmx_download_config *config,
                      struct base_error *err) {
  *run = (struct vmx_download){.config = *config, .more = true};
  size_t count = config->service->object_count;
  run->deltas = vmx_arena_array(&run->arena, count, sizeof *run->deltas);
  run->held = vmx_arena_array(&run->arena, count, sizeof *run->held);
  if (run->deltas && run->held) return 0;
  vmx_download_done(run);
  return no_memory(err);
}

void vmx_download_done(struct vmx_download *run) {
  base_buf_done(&run->context);
  vmx_arena_done(&run->arena);
  free(run->marks);
  *run = (struct vmx_download){0};
}

void vmx_download_restart(struct vmx_download *run) {
  base_buf_clear(&run->context);
  if (run->held) memset(run->held, 0, run->config.service->object_count * sizeof *run->held);
  if (run->marks) memset(run->marks, 0, run->mark_capacity * sizeof *run->marks);
  run->mark_count = 0;
  run->resumed = false;
  run->more = true;
}

const char *vmx_download_filter(const struct vmx_download *run, const struct vmx_object *object) {
  const struct vmx_pairs *filter = run->config.filter;
  for (size_t i = 0; filter && i < filter->count; i++)
    if (strcmp(filter->items[i].name, object->name) == 0) return filter->items[i].value;
  return "";
}

bool vmx_download_covers(const struct vmx_download *run, const struct vmx_object *object) {
  return object->service == run->config.service &&
         (!run->config.object || run->config.object == object);
}

/* ---- requests -------------------------------------------------------------------------------- */

static bool reserved(const char *name) {
  static const char *const names[] = {"$batchsize", "$filter", "$expand", "offline"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(names[i], name) == 0) return true;
  return false;
}

/* W-18 */
static int write_query(const struct vmx_download *run, struct base_buf *query,
                       struct base_error *err) {
  const struct vmx_pairs *params = run->config.query_params;
  for (size_t i = 0; params && i < params->count; i++)
    if (reserved(params->items[i].name))
      return base_fail(err, VMX_CODE_NETWORK, "W-18",
                       "downloadRequestQueryParams may not hold %s, which the protocol uses",
                       params->items[i].name);
  vmx_query_write(query, params);
  char size[24];
  snprintf(size, sizeof size, "%lld", (long long)run->config.batch_size);
  vmx_query_add(query, "$batchsize", size);
  const struct vmx_object *object = run->config.object;
  if (!object) {
    vmx_query_add(query, "offline", "true");
    return 0;
  }
  if (*vmx_download_filter(run, object))
    vmx_query_add(query, "$filter", vmx_download_filter(run, object));
  if (object->expand) vmx_query_add(query, "$expand", object->expand);
  return 0;
}

/* One object's part of the first request's body; `first` says whether a comma is needed. */
static void write_object(const struct vmx_download *run, const struct vmx_object *object,
                         struct base_buf *body, bool *first) {
  const struct vmx_value *delta = &run->deltas[object->index];
  const char *filter = vmx_download_filter(run, object);
  bool service_level = !run->config.object;
  bool odata = service_level && (*filter || object->expand);
  if (!delta->text && !odata) return;
  base_buf_text(body, *first ? "{\"delta_context\":{\"objs\":{" : ",");
  *first = false;
  json_quote(body, object->name, strlen(object->name));
  base_buf_text(body, ":{");
  if (delta->text) {
    base_buf_text(body, "\"delta\":");
    base_buf_append(body, delta->text, delta->len);
  }
  if (odata) {
    struct base_buf text = BASE_BUF_INIT;
    if (*filter) base_buf_printf(&text, "$filter=%s", filter);
    if (object->expand) base_buf_printf(&text, "%s$expand=%s", *filter ? "&" : "", object->expand);
    base_buf_text(body, delta->text ? ",\"odatastring\":" : "\"odatastring\":");
    json_quote(body, base_buf_string(&text), text.len);
    body->failed = body->failed || text.failed;
    base_buf_done(&text);
  }
  base_buf_char(body, '}');
}

/* W-19, DNL-02 */
static void write_body(const struct vmx_download *run, struct base_buf *body) {
  if (run->context.len > 0) {
    base_buf_text(body, "{\"delta_context\":");
    base_buf_append(body, run->context.data, run->context.len);
    base_buf_char(body, '}');
    return;
  }
  bool first = true;
  for (size_t i = 0; i < run->config.service->object_count; i++)
    if (vmx_download_covers(run, &run->config.service->objects[i]))
      write_object(run, &run->config.service->objects[i], body, &first);
  base_buf_text(body, first ? "{}" : "}}}");
}

int vmx_download_request(const struct vmx_download *run, struct base_buf *body,
                         struct base_buf *query, struct base_error *err) {
  base_buf_clear(body);
  base_buf_clear(query);
  int status = write_query(run, query, err);
  if (status != 0) return status;
  write_body(run, body);
  return body->failed || query->failed ? no_memory(err) : 0;
}

void vmx_download_signature(const struct vmx_download *run, struct base_buf *out) {
  const struct vmx_service *service = run->config.service;
  base_buf_char(out, '[');
  json_quote(out, service->name, strlen(service->name));
  for (size_t i = 0; i < service->object_count; i++) {
    const struct vmx_object *object = &service->objects[i];
    if (!vmx_download_covers(run, object)) continue;
    const char *filter = vmx_download_filter(run, object);
    base_buf_char(out, ',');
    json_quote(out, object->name, strlen(object->name));
    base_buf_char(out, ',');
    json_quote(out, filter, strlen(filter));
  }
  base_buf_text(out, run->config.object ? ",\"object\"]" : ",\"service\"]");
}

/* ---- after a page ---------------------------------------------------------------------------- */

static uint64_t hash(const char *text, size_t len, uint64_t seed) {
  uint64_t value = 14695981039346656037u ^ seed;
  for (size_t i = 0; i < len; i++) value = (value ^ (unsigned char)text[i]) * 1099511628211u;
  return value;
}

static struct vmx_context_mark *mark_place(const struct vmx_download *run,
                                           const struct vmx_context_mark *mark) {
  size_t place = (size_t)(mark->hash[0] ^ mark->hash[0] >> 32) & (run->mark_capacity - 1);
  for (; run->marks[place].times > 0; place = (place + 1) & (run->mark_capacity - 1))
    if (memcmp(run->marks[place].hash, mark->hash, sizeof mark->hash) == 0 &&
        run->marks[place].len == mark->len)
      break;
  return &run->marks[place];
}

static bool grow_marks(struct vmx_download *run) {
  if (4 * (run->mark_count + 1) <= 3 * run->mark_capacity) return true;
  struct vmx_context_mark *old = run->marks;
  size_t old_capacity = run->mark_capacity, capacity = old_capacity ? 2 * old_capacity : 64;
  struct vmx_context_mark *marks = calloc(capacity, sizeof *marks);
  if (!marks) return false;
  run->marks = marks;
  run->mark_capacity = capacity;
  for (size_t i = 0; i < old_capacity; i++)
    if (old[i].times > 0) *mark_place(run, &old[i]) = old[i];
  free(old);
  return true;
}

static struct vmx_context_mark *find_mark(struct vmx_download *run, const char *text, size_t len) {
  const struct vmx_context_mark mark = {
      .hash = {hash(text, len, 0), hash(text, len, 0x9E3779B97F4A7C15u)}, .len = len};
  if (!grow_marks(run)) return NULL;
  struct vmx_context_mark *found = mark_place(run, &mark);
  if (found->times > 0) return found;
  run->mark_count++;
  *found = mark;
  return found;
}

/* W-27, C-6, DNL-10: the third time the same context comes, the server is taken for endless. */
static int count_context(struct vmx_download *run, const struct vmx_page_end *end,
                         struct base_error *err) {
  struct vmx_context_mark *mark = find_mark(run, end->context, end->context_len);
  if (!mark) return no_memory(err);
  if (++mark->times < 3) return 0;
  return base_fail(err, VMX_CODE_DOWNLOAD, "W-27",
                   "the server announced the same page of %s for the third time",
                   run->config.service->name);
}

static int take_deltas(struct vmx_download *run, const struct vmx_page *page,
                       struct base_error *err) {
  size_t cursor = 0;
  const struct vmx_object *object;
  struct vmx_value raw;
  while (vmx_page_delta(page, &cursor, &object, &raw)) {
    char *text = vmx_arena_text(&run->arena, raw.text, raw.len);
    if (!text) return no_memory(err);
    run->deltas[object->index] = (struct vmx_value){text, raw.len};
  }
  return 0;
}

int vmx_download_advance(struct vmx_download *run, const struct vmx_page *page,
                         struct base_error *err) {
  run->batch_number++;
  run->records += run->page_records;
  run->more = page->end.more;
  run->resumed = false;
  base_buf_clear(&run->context);
  if (!run->more) return take_deltas(run, page, err);
  base_buf_append(&run->context, page->end.context, page->end.context_len);
  return run->context.failed ? no_memory(err) : count_context(run, &page->end, err);
}
