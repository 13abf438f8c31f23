#include "protocol/expand.h"

#include <stdlib.h>
#include <string.h>

#include "world/relations.h"
#include "world/world.h"

/* A row of the related object, and the bytes of the columns that join it. */
struct joined {
  struct row row;
  struct base_buf bytes;
  size_t place; /* in key order */
};

/* All rows of an object by the columns that a relation joins. The world keeps them: the pages of a download ask for the
   same ones again. They count while neither a row nor the schema of the service has changed. */
struct expand_rows {
  const struct model_object *object;
  const cJSON *columns;
  uint64_t revision, schema;
  struct joined *rows; /* by bytes, then in key order */
  size_t count, capacity;
  struct expand_rows *next;
};

/* One named object below another; its siblings, and what is named below itself. */
struct expand {
  const struct model_object *above, *object;
  const cJSON *above_columns, *columns;
  uint64_t since;
  const struct expand_rows *rows;
  struct expand *below, *next;
};

/* ---- records ---- */

static void add_metadata(cJSON *record, const char *action, const char *checksum) {
  cJSON *metadata = cJSON_AddObjectToObject(record, "_metadata");
  cJSON_AddStringToObject(metadata, "action", action);
  if (checksum) cJSON_AddStringToObject(metadata, "checksum", checksum);
}

cJSON *expand_living(const struct model_object *object, const struct row *row, uint64_t since) {
  char checksum[17];
  cJSON *record = rows_sent(object, row->record);
  rows_checksum(object, row->record, checksum);
  add_metadata(record, row->created > since ? "create" : "update", checksum);
  return record;
}

cJSON *expand_deleted(const struct model_object *object, const struct row *row) {
  cJSON *record = rows_key_columns(object, row->record);
  add_metadata(record, "delete", NULL);
  return record;
}

/* ---- names ---- */

static bool is_named(const struct model_object *object, const struct link *link, const struct model_object *other, const char *name) {
  return model_find_object(object->service, name) == other || (link->name && strcmp(link->name, name) == 0);
}

/* Children before parents: of an object that is both, its children are meant. */
static bool find_related(const struct model_object *object, const char *name, struct expand *out) {
  for (int up = 0; up <= 1; up++)
    for (size_t i = 0; i < object->service->relation_count; i++) {
      struct link link = relations_link(object->service, i);
      const struct model_object *here = up ? link.child : link.parent, *there = up ? link.parent : link.child;
      if (here != object || !is_named(object, &link, there, name)) continue;
      *out = (struct expand){.above = here, .object = there, .above_columns = up ? link.child_columns : link.parent_columns,
                             .columns = up ? link.parent_columns : link.child_columns};
      return true;
    }
  return false;
}

static struct expand *get_named(struct expand **list, const struct model_object *object, const char *name) {
  struct expand found;
  if (!find_related(object, name, &found)) return NULL;
  for (; *list; list = &(*list)->next)
    if ((*list)->object == found.object && (*list)->columns == found.columns) return *list;
  *list = malloc(sizeof **list);
  if (*list) **list = found;
  return *list;
}

/* `path` is cut into its names. */
static void read_path(struct journal_entry *entry, const struct model_object *object, char *path, struct expand **list) {
  int level = 0;
  for (char *name = strsep(&path, "/"); name; name = strsep(&path, "/")) {
    struct expand *named = level++ < EXPAND_LEVELS_MAX ? get_named(list, object, name) : NULL;
    if (!named) {
      journal_finding(entry, "W-18: $expand names \"%.60s\", nothing that a relation joins to %.60s%s", name, object->name,
                      level > EXPAND_LEVELS_MAX ? " at this depth" : "");
      return;
    }
    object = named->object;
    list = &named->below;
  }
}

static struct expand *read_names(struct journal_entry *entry, const struct page_object *at) {
  struct expand *list = NULL;
  char *copy = at->expand ? strdup(at->expand) : NULL, *rest = copy;
  for (char *path = strsep(&rest, ","); path; path = strsep(&rest, ",")) {
    path += strspn(path, " ");
    size_t len = strlen(path);
    while (len > 0 && path[len - 1] == ' ') path[--len] = '\0';
    if (len > 0) read_path(entry, at->object, path, &list);
  }
  free(copy);
  return list;
}

/* ---- rows ---- */

static bool collect(void *context, struct row *row) {
  struct expand_rows *into = context;
  if (into->count == into->capacity) {
    size_t capacity = into->capacity ? into->capacity * 2 : 64;
    struct joined *rows = realloc(into->rows, capacity * sizeof *rows);
    if (!rows) return false;
    into->rows = rows;
    into->capacity = capacity;
  }
  struct joined *joined = &into->rows[into->count];
  *joined = (struct joined){.bytes = BASE_BUF_INIT, .place = into->count};
  if (!relations_bytes(into->object, into->columns, row_record(row), &joined->bytes)) {
    base_buf_done(&joined->bytes);
    return true; /* it hangs nowhere */
  }
  joined->row = *row;
  *row = (struct row){0};
  into->count++;
  return true;
}

static void forget_rows(struct expand_rows *rows) {
  for (size_t i = 0; i < rows->count; i++) {
    row_done(&rows->rows[i].row);
    base_buf_done(&rows->rows[i].bytes);
  }
  free(rows->rows);
  *rows = (struct expand_rows){.next = rows->next};
}

void expand_forget(struct mock_world *world) {
  while (world->expanded) {
    struct expand_rows *next = world->expanded->next;
    forget_rows(world->expanded);
    free(world->expanded);
    world->expanded = next;
  }
}

static int compare_bytes(const struct base_buf *a, const struct base_buf *b) {
  size_t len = a->len < b->len ? a->len : b->len;
  int sign = memcmp(a->data, b->data, len);
  return sign ? sign : (a->len > b->len) - (a->len < b->len);
}

static int compare_joined(const void *a, const void *b) {
  const struct joined *one = a, *two = b;
  int sign = compare_bytes(&one->bytes, &two->bytes);
  return sign ? sign : (one->place > two->place) - (one->place < two->place);
}

/* A relation's columns are known by their place in memory: a new relation at an old one's place has a new schema. */
static bool is_fresh(const struct expand_rows *rows, const struct expand *expand) {
  const struct model_service *service = expand->object->service;
  return rows->object == expand->object && rows->columns == expand->columns && rows->revision == service->revision &&
         rows->schema == service->schema;
}

/* A place among those that are kept: the one of the same object and columns, or a new one. NULL without memory. */
static struct expand_rows *get_place(struct mock_world *world, const struct expand *expand) {
  struct expand_rows *rows = world->expanded;
  while (rows && (rows->object != expand->object || rows->columns != expand->columns)) rows = rows->next;
  if (rows) {
    forget_rows(rows);
  } else {
    rows = calloc(1, sizeof *rows);
    if (!rows) return NULL;
    rows->next = world->expanded;
    world->expanded = rows;
  }
  rows->object = expand->object;
  rows->columns = expand->columns;
  return rows;
}

static int load_rows(struct mock_world *world, struct expand *expand, struct base_error *err) {
  const struct expand_rows *kept = world->expanded;
  while (kept && !is_fresh(kept, expand)) kept = kept->next;
  expand->rows = kept;
  if (kept) return 0;
  struct expand_rows *rows = get_place(world, expand);
  if (!rows) return base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  rows_each(expand->object, 0, NULL, collect, rows);
  if (rows->count) qsort(rows->rows, rows->count, sizeof *rows->rows, compare_joined);
  rows->schema = expand->object->service->schema;
  rows->revision = expand->object->service->revision;
  expand->rows = rows;
  return 0;
}

static int load(struct mock_world *world, struct expand *list, uint64_t since, struct base_error *err) {
  int status = 0;
  for (struct expand *expand = list; expand && status == 0; expand = expand->next) {
    expand->since = since;
    status = load_rows(world, expand, err);
    if (status == 0) status = load(world, expand->below, since, err);
  }
  return status;
}

int expand_open(struct mock_world *world, struct journal_entry *entry, const struct page_object *at, struct expand **out,
                struct base_error *err) {
  struct expand *list = read_names(entry, at);
  int status = load(world, list, at->since, err);
  if (status == 0) *out = list;
  else expand_free(list);
  return status;
}

void expand_free(struct expand *expand) {
  while (expand) {
    struct expand *next = expand->next;
    expand_free(expand->below);
    free(expand);
    expand = next;
  }
}

/* ---- what nests ---- */

/* The first row that the record's columns join, and how many follow each other. */
static const struct joined *find_rows(const struct expand *expand, const cJSON *row, size_t *count) {
  const struct expand_rows *in = expand->rows;
  struct base_buf bytes = BASE_BUF_INIT;
  size_t low = 0, high = in->count;
  *count = 0;
  if (!relations_bytes(expand->above, expand->above_columns, row, &bytes)) high = 0;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (compare_bytes(&in->rows[middle].bytes, &bytes) < 0) low = middle + 1;
    else high = middle;
  }
  while (bytes.len && low + *count < in->count && compare_bytes(&in->rows[low + *count].bytes, &bytes) == 0) ++*count;
  base_buf_done(&bytes);
  return *count ? &in->rows[low] : NULL;
}

bool expand_changed(const struct expand *expand, const cJSON *row) {
  for (; expand; expand = expand->next) {
    size_t count;
    const struct joined *rows = find_rows(expand, row, &count);
    for (size_t i = 0; i < count; i++)
      if (rows[i].row.revision > expand->since || expand_changed(expand->below, rows[i].row.record)) return true;
  }
  return false;
}

/* Deleted ones are told in a delta, as at the top (W-26). */
static void add_nested(const struct expand *expand, const struct row *row, cJSON *list) {
  bool deleted = row->deleted || rows_soft_deleted(expand->object, row->record);
  if (deleted) {
    if (expand->since > 0 && row->revision > expand->since) cJSON_AddItemToArray(list, expand_deleted(expand->object, row));
    return;
  }
  cJSON *record = expand_living(expand->object, row, expand->since);
  expand_add(expand->below, row->record, record);
  cJSON_AddItemToArray(list, record);
}

void expand_add(const struct expand *expand, const cJSON *row, cJSON *record) {
  for (; expand; expand = expand->next) {
    size_t count;
    const struct joined *rows = find_rows(expand, row, &count);
    cJSON *list = json_find(record, expand->object->name); /* two relations may join one object */
    if (!list) list = cJSON_AddArrayToObject(record, expand->object->name);
    for (size_t i = 0; i < count; i++) add_nested(expand, &rows[i].row, list);
  }
}
