#include "protocol/online_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "odata/odata.h"
#include "world/world.h"

struct list {
  const struct model_object *object;
  struct odata *filter;
  const cJSON *query;
  cJSON **rows; /* whole records, owned */
  size_t count, capacity;
  bool failed;
};

/* ---- which rows ---- */

/* A key column in the query names a row. */
static bool has_key(const struct list *list, const cJSON *record) {
  for (size_t i = 0; i < list->object->key_count; i++) {
    const struct model_field *field = &list->object->fields[list->object->keys[i]];
    const cJSON *wanted = json_find(list->query, field->name);
    if (wanted && !key_same(wanted, json_find(record, field->name), field->type)) return false;
  }
  return true;
}

static bool collect(void *context, struct row *row) {
  struct list *list = context;
  if (row->deleted || !has_key(list, row_record(row)) || (list->filter && !odata_matches(list->filter, row->record))) return true;
  if (list->count == list->capacity) {
    size_t capacity = list->capacity ? list->capacity * 2 : 64;
    cJSON **rows = realloc(list->rows, capacity * sizeof *rows);
    list->failed = !rows;
    if (!rows) return false;
    list->rows = rows;
    list->capacity = capacity;
  }
  list->rows[list->count++] = row_take_record(row);
  return true;
}

static struct odata *read_filter(struct journal_entry *entry, const struct model_object *object) {
  struct odata *filter = NULL;
  struct base_error err = {0};
  const char *text = json_find_string(entry->query, "$filter");
  if (text && odata_parse(text, object, &filter, &err) != 0)
    journal_finding(entry, "W-30: the filter of %.60s cannot be read: %.200s", object->name, err.text);
  return filter;
}

/* ---- their order ---- */

enum { ORDER_MAX = 8 };

struct order {
  const struct model_field *fields[ORDER_MAX];
  bool down[ORDER_MAX];
  size_t count;
};

/* "Name", "Name desc" */
static void read_order_item(struct journal_entry *entry, const struct model_object *object, char *item, struct order *order) {
  char *rest = item + strspn(item, " ");
  const char *name = strsep(&rest, " "), *direction = rest ? rest + strspn(rest, " ") : "asc";
  const struct model_field *field = model_find_field(object, name);
  bool down = strcmp(direction, "desc") == 0;
  if (!field || (!down && strcmp(direction, "asc") != 0) || order->count == ORDER_MAX) {
    journal_finding(entry, "W-4: $orderby cannot be read at \"%.60s\"", name);
    return;
  }
  order->fields[order->count] = field;
  order->down[order->count++] = down;
}

static struct order read_order(struct journal_entry *entry, const struct model_object *object) {
  struct order order = {.count = 0};
  const char *text = json_find_string(entry->query, "$orderby");
  char *copy = text ? strdup(text) : NULL, *rest = copy;
  for (char *item = strsep(&rest, ","); item; item = strsep(&rest, ",")) read_order_item(entry, object, item, &order);
  free(copy);
  return order;
}

/* Nothing sorts before everything. */
static int compare_values(const struct model_field *field, const cJSON *a, const cJSON *b) {
  struct base_buf one = BASE_BUF_INIT, two = BASE_BUF_INIT;
  bool left = key_append(&one, a, field->type), right = key_append(&two, b, field->type);
  size_t len = one.len < two.len ? one.len : two.len;
  int sign = left && right ? memcmp(one.data, two.data, len) : (int)left - (int)right;
  if (sign == 0 && left && right) sign = (one.len > two.len) - (one.len < two.len);
  base_buf_done(&one);
  base_buf_done(&two);
  return sign;
}

static int compare_rows(const struct order *order, const cJSON *a, const cJSON *b) {
  for (size_t i = 0; i < order->count; i++) {
    const char *name = order->fields[i]->name;
    int sign = compare_values(order->fields[i], json_find(a, name), json_find(b, name));
    if (sign) return order->down[i] ? -sign : sign;
  }
  return 0;
}

/* Merges two sorted halves: equal rows stay in key order, which qsort() does not promise. */
static void merge(const struct order *order, cJSON **rows, cJSON **scratch, size_t middle, size_t count) {
  size_t left = 0, right = middle;
  for (size_t i = 0; i < count; i++) {
    bool from_left = right == count || (left < middle && compare_rows(order, rows[left], rows[right]) <= 0);
    scratch[i] = from_left ? rows[left++] : rows[right++];
  }
  memcpy(rows, scratch, count * sizeof *rows);
}

static void sort_rows(const struct order *order, cJSON **rows, cJSON **scratch, size_t count) {
  if (count < 2) return;
  size_t middle = count / 2;
  sort_rows(order, rows, scratch, middle);
  sort_rows(order, rows + middle, scratch, count - middle);
  merge(order, rows, scratch, middle, count);
}

static void put_in_order(struct list *list, const struct order *order) {
  if (order->count == 0 || list->count < 2) return;
  cJSON **scratch = malloc(list->count * sizeof *scratch);
  list->failed = !scratch;
  if (scratch) sort_rows(order, list->rows, scratch, list->count);
  free(scratch);
}

/* ---- which part of them ---- */

static size_t read_number(struct journal_entry *entry, const char *name, size_t otherwise) {
  const char *text = json_find_string(entry->query, name);
  int64_t number = 0;
  if (!text) return otherwise;
  if (decimal_valid(text, strlen(text)) && decimal_integer(text, strlen(text), &number) && number >= 0) return (size_t)number;
  journal_finding(entry, "W-4: %s is \"%.40s\", no number from 0 up", name, text);
  return otherwise;
}

static bool names(const char *list, const char *name) {
  size_t len = strlen(name);
  for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
    at += strspn(at, " ");
    if (strncmp(at, name, len) == 0 && strspn(at + len, " ") == strcspn(at + len, ",")) return true;
  }
  return false;
}

static cJSON *selected(const struct list *list, const cJSON *row) {
  const char *wanted = json_find_string(list->query, "$select");
  cJSON *record = rows_sent(list->object, row);
  for (size_t i = 0; wanted && *wanted && i < list->object->field_count; i++)
    if (!names(wanted, list->object->fields[i].name)) cJSON_DeleteItemFromObjectCaseSensitive(record, list->object->fields[i].name);
  return record;
}

int online_list(struct journal_entry *entry, struct model_object *object, cJSON *records, struct base_error *err) {
  struct list list = {.object = object, .query = entry->query, .filter = read_filter(entry, object)};
  struct order order = read_order(entry, object);
  size_t skip = read_number(entry, "$skip", 0), top = read_number(entry, "$top", SIZE_MAX);
  rows_each(object, 0, NULL, collect, &list);
  put_in_order(&list, &order);
  int status = list.failed ? base_fail(err, MOCK_ERR_MEMORY, "", "out of memory") : 0;
  for (size_t i = skip; status == 0 && i < list.count && i - skip < top; i++) cJSON_AddItemToArray(records, selected(&list, list.rows[i]));
  for (size_t i = 0; i < list.count; i++) cJSON_Delete(list.rows[i]);
  free(list.rows);
  odata_free(list.filter);
  return status;
}
