#include "odata/odata.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"

enum node_kind { NODE_OR, NODE_AND, NODE_NOT, NODE_COMPARE, NODE_CALL, NODE_VALUE };
enum relation { EQ, NE, GT, GE, LT, LE };
enum function { STARTSWITH, ENDSWITH, SUBSTRINGOF, CONTAINS };

static const char *const RELATIONS[] = {"eq", "ne", "gt", "ge", "lt", "le"};
static const char *const FUNCTIONS[] = {"startswith", "endswith", "substringof", "contains"};

struct node {
  enum node_kind kind;
  int which; /* enum relation or function */
  struct node *left, *right;
  char *column;  /* of a NODE_VALUE: a column of the record, */
  cJSON *literal; /* or this */
  enum datatype type;
};

struct odata {
  struct node *root;
};

/* ---- reading ---- */

struct parser {
  const char *text, *at;
  const struct model_object *object;
  struct base_error *err;
  int depth;
  int nodes;
};

static void free_node(struct node *node) {
  if (!node) return;
  free_node(node->left);
  free_node(node->right);
  free(node->column);
  cJSON_Delete(node->literal);
  free(node);
}

static struct node *fail(struct parser *p, const char *expected) {
  base_fail(p->err, ODATA_ERR_SYNTAX, "W-30", "place %zu: %s expected, found \"%.40s\"",
            (size_t)(p->at - p->text) + 1, expected, p->at);
  return NULL;
}

/* Takes ownership of left and right. */
static struct node *make(struct parser *p, enum node_kind kind, int which, struct node *left, struct node *right) {
  struct node *node = p->nodes++ < ODATA_NODES_MAX ? calloc(1, sizeof *node) : NULL;
  if (!node) {
    free_node(left);
    free_node(right);
    if (p->nodes > ODATA_NODES_MAX) return fail(p, "a shorter filter");
    base_fail(p->err, ODATA_ERR_MEMORY, "", "out of memory");
    return NULL;
  }
  *node = (struct node){.kind = kind, .which = which, .left = left, .right = right};
  return node;
}

static void skip_blanks(struct parser *p) {
  while (*p->at == ' ' || *p->at == '\t') p->at++;
}

static bool is_name_char(char c) {
  return isalnum((unsigned char)c) || c == '_' || (c & 0x80);
}

/* The word under the cursor; its length. */
static size_t word(const struct parser *p) {
  size_t len = 0;
  while (is_name_char(p->at[len])) len++;
  return len;
}

static bool take_word(struct parser *p, const char *expected) {
  skip_blanks(p);
  size_t len = strlen(expected);
  if (word(p) != len || strncmp(p->at, expected, len) != 0) return false;
  p->at += len;
  return true;
}

static bool take_char(struct parser *p, char c) {
  skip_blanks(p);
  if (*p->at != c) return false;
  p->at++;
  return true;
}

static struct node *literal(struct parser *p, cJSON *item, enum datatype type) {
  struct node *node = item ? make(p, NODE_VALUE, 0, NULL, NULL) : NULL;
  if (!node) {
    cJSON_Delete(item);
    return NULL;
  }
  node->literal = item;
  node->type = type;
  return node;
}

/* A quoted text; '' stands for one quote. */
static struct node *quoted(struct parser *p) {
  const char *begin = p->at + 1, *end = begin;
  while (*end && (*end != '\'' || end[1] == '\'')) end += *end == '\'' ? 2 : 1;
  if (!*end) return fail(p, "a closing quote");
  char *text = malloc((size_t)(end - begin) + 1);
  size_t used = 0;
  for (const char *c = begin; text && c < end; c += *c == '\'' ? 2 : 1) text[used++] = *c;
  if (text) text[used] = '\0';
  cJSON *item = text ? cJSON_CreateString(text) : NULL;
  free(text);
  p->at = end + 1;
  return literal(p, item, TYPE_STRING);
}

static struct node *number(struct parser *p) {
  size_t len = strspn(p->at, "+-.0123456789eE");
  if (!decimal_valid(p->at, len)) return fail(p, "a number");
  size_t suffix = p->at[len] && strchr("LlMmDdFf", p->at[len]) && !is_name_char(p->at[len + 1]) ? 1 : 0; /* 5L, 5.0M */
  char *digits = strndup(p->at, len);
  cJSON *item = digits ? json_create_number(digits) : NULL;
  free(digits);
  p->at += len + suffix;
  return literal(p, item, TYPE_NUMBER);
}

/* 2026-01-31, 2026-01-31T10:00:00Z: text, as dates are kept (W-15). */
static struct node *date(struct parser *p, size_t len) {
  char *text = strndup(p->at, len);
  cJSON *item = text ? cJSON_CreateString(text) : NULL;
  free(text);
  p->at += len;
  return literal(p, item, TYPE_DATE);
}

/* As many characters as a date has, 0 = it is none. */
static size_t date_len(const char *text) {
  static const char FORM[] = "dddd-dd-dd";
  for (size_t i = 0; i < sizeof FORM - 1; i++)
    if (FORM[i] == 'd' ? !isdigit((unsigned char)text[i]) : text[i] != FORM[i]) return 0;
  return strspn(text, "0123456789-:.TZ+");
}

/* The words that may stand before a quoted text: datetime'…'. */
static bool is_prefix(const char *text, size_t len) {
  static const char *const WORDS[] = {"datetime", "datetimeoffset", "time", "guid"};
  for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
    if (strlen(WORDS[i]) == len && strncmp(text, WORDS[i], len) == 0) return true;
  return false;
}

static struct node *column(struct parser *p, size_t len) {
  char *name = strndup(p->at, len);
  const struct model_field *field = name ? model_find_field(p->object, name) : NULL;
  struct node *node = field ? make(p, NODE_VALUE, 0, NULL, NULL) : fail(p, "a column of the object");
  if (!node) {
    free(name);
    return NULL;
  }
  node->column = name;
  node->type = field->type;
  p->at += len;
  return node;
}

static struct node *value(struct parser *p) {
  skip_blanks(p);
  if (*p->at == '\'') return quoted(p);
  if (date_len(p->at)) return date(p, date_len(p->at));
  if (*p->at && strchr("+-.0123456789", *p->at)) return number(p);
  if (take_word(p, "null")) return literal(p, cJSON_CreateNull(), TYPE_STRING);
  if (take_word(p, "true")) return literal(p, cJSON_CreateTrue(), TYPE_BOOLEAN);
  if (take_word(p, "false")) return literal(p, cJSON_CreateFalse(), TYPE_BOOLEAN);
  size_t len = word(p);
  if (len == 0) return fail(p, "a column or a value");
  if (p->at[len] == '\'' && is_prefix(p->at, len)) {
    p->at += len;
    return quoted(p);
  }
  return column(p, len);
}

static struct node *either(struct parser *p);

static struct node *compare(struct parser *p, struct node *left) {
  for (int i = 0; left && i < 6; i++) {
    if (!take_word(p, RELATIONS[i])) continue;
    struct node *right = value(p);
    if (right) return make(p, NODE_COMPARE, i, left, right);
    free_node(left);
    return NULL;
  }
  return left;
}

static struct node *call(struct parser *p, int function) {
  if (!take_char(p, '(')) return fail(p, "(");
  struct node *left = value(p), *right = NULL;
  bool comma = left && take_char(p, ',');
  if (comma) right = value(p);
  if (right && take_char(p, ')')) return make(p, NODE_CALL, function, left, right);
  if (left && (!comma || right)) fail(p, comma ? ")" : ",");
  free_node(left);
  free_node(right);
  return NULL;
}

static struct node *parentheses(struct parser *p) {
  struct node *inner = either(p);
  if (!inner || take_char(p, ')')) return inner;
  free_node(inner);
  return fail(p, ")");
}

static struct node *primary(struct parser *p) {
  if (take_word(p, "not")) {
    if (++p->depth > ODATA_DEPTH_MAX) return fail(p, "less nesting");
    struct node *inner = primary(p);
    p->depth--;
    return inner ? make(p, NODE_NOT, 0, inner, NULL) : NULL;
  }
  if (take_char(p, '(')) return compare(p, parentheses(p));
  for (int i = 0; i < 4; i++)
    if (take_word(p, FUNCTIONS[i])) return compare(p, call(p, i));
  return compare(p, value(p));
}

static struct node *both(struct parser *p) {
  struct node *left = primary(p);
  while (left && take_word(p, "and")) {
    struct node *right = primary(p);
    if (!right) free_node(left);
    left = right ? make(p, NODE_AND, 0, left, right) : NULL;
  }
  return left;
}

static struct node *either(struct parser *p) {
  if (++p->depth > ODATA_DEPTH_MAX) return fail(p, "less nesting");
  struct node *left = both(p);
  while (left && take_word(p, "or")) {
    struct node *right = both(p);
    if (!right) free_node(left);
    left = right ? make(p, NODE_OR, 0, left, right) : NULL;
  }
  p->depth--;
  return left;
}

int odata_parse(const char *text, const struct model_object *object, struct odata **out, struct base_error *err) {
  struct base_error local = {0};
  struct parser p = {.text = text, .at = text, .object = object, .err = err ? err : &local};
  struct node *root = either(&p);
  skip_blanks(&p);
  if (root && *p.at) {
    fail(&p, "the end");
    free_node(root);
    root = NULL;
  }
  struct odata *filter = root ? malloc(sizeof *filter) : NULL;
  if (!filter) {
    free_node(root);
    return p.err->code ? p.err->code : base_fail(p.err, ODATA_ERR_MEMORY, "", "out of memory");
  }
  filter->root = root;
  *out = filter;
  return 0;
}

void odata_free(struct odata *filter) {
  if (!filter) return;
  free_node(filter->root);
  free(filter);
}

/* ---- matching ---- */

static const cJSON *node_value(const struct node *node, const cJSON *record) {
  return node->column ? json_find(record, node->column) : node->literal;
}

static bool matches(const struct node *node, const cJSON *record);

/* What a node is worth as a value; conditions are worth a boolean. */
static const cJSON *operand(const struct node *node, const cJSON *record, cJSON *truth) {
  if (node->kind == NODE_VALUE) return node_value(node, record);
  truth->type = matches(node, record) ? cJSON_True : cJSON_False;
  return truth;
}

static const char *text_of(const cJSON *item, char scratch[32]) {
  if (cJSON_IsString(item)) return item->valuestring;
  if (json_is_number(item)) return json_number_text(item, scratch);
  return cJSON_IsTrue(item) ? "true" : "false";
}

/* Numbers by value where either side is a number, booleans in any form, everything else by code point. */
static int order(const cJSON *a, const cJSON *b) {
  char one[32], two[32];
  bool x, y;
  const char *left = value_digits(a, one), *right = value_digits(b, two);
  if ((cJSON_IsBool(a) || cJSON_IsBool(b)) && value_boolean(a, &x) && value_boolean(b, &y)) return (int)x - (int)y;
  if ((json_is_number(a) || json_is_number(b)) && left && right)
    return decimal_compare(left, strlen(left), right, strlen(right));
  return strcmp(text_of(a, one), text_of(b, two));
}

static bool is_null(const cJSON *item) {
  return !item || cJSON_IsNull(item);
}

static bool compare_values(enum relation relation, const cJSON *a, const cJSON *b) {
  if (is_null(a) || is_null(b)) {
    bool same = is_null(a) && is_null(b);
    return relation == EQ ? same : relation == NE ? !same : false;
  }
  int sign = order(a, b);
  switch (relation) {
  case EQ: return sign == 0;
  case NE: return sign != 0;
  case GT: return sign > 0;
  case GE: return sign >= 0;
  case LT: return sign < 0;
  default: return sign <= 0;
  }
}

static bool call_function(enum function function, const cJSON *a, const cJSON *b) {
  char one[32], two[32];
  if (is_null(a) || is_null(b)) return false;
  const char *whole = text_of(a, one), *part = text_of(b, two);
  if (function == SUBSTRINGOF) return strstr(part, whole) != NULL; /* substringof('part', Column) */
  if (function == CONTAINS) return strstr(whole, part) != NULL;
  size_t whole_len = strlen(whole), part_len = strlen(part);
  if (part_len > whole_len) return false;
  return memcmp(function == STARTSWITH ? whole : whole + whole_len - part_len, part, part_len) == 0;
}

static bool is_true(const cJSON *item) {
  bool truth = false;
  return item && value_boolean(item, &truth) && truth;
}

static bool matches(const struct node *node, const cJSON *record) {
  cJSON one = {0}, two = {0};
  switch (node->kind) {
  case NODE_OR: return matches(node->left, record) || matches(node->right, record);
  case NODE_AND: return matches(node->left, record) && matches(node->right, record);
  case NODE_NOT: return !matches(node->left, record);
  case NODE_COMPARE:
    return compare_values((enum relation)node->which, operand(node->left, record, &one),
                          operand(node->right, record, &two));
  case NODE_CALL:
    return call_function((enum function)node->which, operand(node->left, record, &one),
                         operand(node->right, record, &two));
  default: return is_true(node_value(node, record));
  }
}

bool odata_matches(const struct odata *filter, const cJSON *record) {
  return matches(filter->root, record);
}
