#include "diff.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"

/* The lines of one side: pointers into `text`, which they end with NUL. */
struct side {
  char *text;
  const char *lines[DIFF_LINES_MAX];
  size_t count;
};

static void print_value(struct base_buf *out, const cJSON *item, unsigned depth);

static void indent_line(struct base_buf *out, unsigned depth) {
  base_buf_char(out, '\n');
  for (unsigned i = 0; i < depth; i++) base_buf_text(out, "  ");
}

static int by_name(const void *a, const void *b) {
  const cJSON *const *x = a, *const *y = b;
  return strcmp((*x)->string, (*y)->string);
}

/* Members by name, so that order makes no difference. */
static void print_members(struct base_buf *out, const cJSON *object, unsigned depth) {
  size_t count = (size_t)cJSON_GetArraySize(object), i = 0;
  CLEANUP(free_text) char *memory = calloc(count + 1, sizeof(cJSON *));
  const cJSON **members = (const cJSON **)(void *)memory;
  const cJSON *member;
  if (!members) return;
  cJSON_ArrayForEach(member, object) members[i++] = member;
  qsort(members, count, sizeof *members, by_name);
  for (i = 0; i < count; i++) {
    indent_line(out, depth + 1);
    json_quote(out, members[i]->string, strlen(members[i]->string));
    base_buf_text(out, ": ");
    print_value(out, members[i], depth + 1);
  }
}

static void print_elements(struct base_buf *out, const cJSON *array, unsigned depth) {
  const cJSON *element;
  cJSON_ArrayForEach(element, array) {
    indent_line(out, depth + 1);
    print_value(out, element, depth + 1);
  }
}

/* Short values on one line, long ones a member a line. */
static void print_value(struct base_buf *out, const cJSON *item, unsigned depth) {
  CLEANUP(free_text) char *plain = json_print(item);
  bool object = cJSON_IsObject(item), nested = object || cJSON_IsArray(item);
  if (!plain || !nested || strlen(plain) <= 60) {
    base_buf_text(out, plain ? plain : "");
    return;
  }
  base_buf_char(out, object ? '{' : '[');
  if (object) print_members(out, item, depth);
  else print_elements(out, item, depth);
  indent_line(out, depth);
  base_buf_char(out, object ? '}' : ']');
}

/* `plain`: texts stand without quotes, because both sides are texts. */
static void make_side(struct side *side, const cJSON *value, bool plain) {
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
  if (plain && cJSON_IsString(value)) base_buf_text(&text, value->valuestring);
  else if (value) print_value(&text, value, 0);
  side->text = value ? base_buf_steal(&text) : NULL;
  for (char *at = side->text; at && side->count < DIFF_LINES_MAX;) {
    char *end = strchr(at, '\n');
    side->lines[side->count++] = at;
    if (end) *end++ = '\0';
    at = end;
  }
}

/* length[i][j] = longest common subsequence of what follows line i and line j. */
static unsigned short *common_lengths(const struct side *a, const struct side *b) {
  size_t width = b->count + 1;
  unsigned short *length = calloc((a->count + 1) * width, sizeof *length);
  if (!length) return NULL;
  for (size_t i = a->count; i-- > 0;)
    for (size_t j = b->count; j-- > 0;) {
      unsigned short down = length[(i + 1) * width + j], right = length[i * width + j + 1];
      bool same = strcmp(a->lines[i], b->lines[j]) == 0;
      length[i * width + j] = same ? (unsigned short)(length[(i + 1) * width + j + 1] + 1) : down > right ? down : right;
    }
  return length;
}

struct printer {
  struct base_buf *out;
  const char *indent;
  bool colour;
  const char *kept[DIFF_CONTEXT]; /* the last equal lines that were not printed yet */
  size_t equal;                   /* equal lines since the last difference */
  bool differed;
};

static void print_line(struct printer *printer, char mark, const char *line) {
  const char *colour = !printer->colour ? "" : mark == '-' ? "\033[31m" : mark == '+' ? "\033[32m" : "";
  base_buf_printf(printer->out, "%s%s%c %s%s\n", printer->indent, colour, mark, line, *colour ? "\033[0m" : "");
}

static void print_equal(struct printer *printer, const char *line) {
  if (printer->differed && printer->equal < DIFF_CONTEXT) print_line(printer, ' ', line);
  else printer->kept[printer->equal % DIFF_CONTEXT] = line;
  printer->equal++;
}

/* The equal lines just before a difference. */
static void print_kept(struct printer *printer) {
  size_t shown = printer->differed ? DIFF_CONTEXT : 0;
  size_t hidden = printer->equal > shown ? printer->equal - shown : 0;
  if (hidden > DIFF_CONTEXT) print_line(printer, ' ', "…");
  size_t count = hidden < DIFF_CONTEXT ? hidden : DIFF_CONTEXT;
  for (size_t i = printer->equal - count; i < printer->equal; i++)
    print_line(printer, ' ', printer->kept[i % DIFF_CONTEXT]);
  printer->equal = 0;
  printer->differed = true;
}

static void print_different(struct printer *printer, char mark, const char *line) {
  if (printer->equal > 0 || !printer->differed) print_kept(printer);
  print_line(printer, mark, line);
}

static void walk(struct printer *printer, const struct side *a, const struct side *b,
                 const unsigned short *length) {
  size_t i = 0, j = 0, width = b->count + 1;
  while (i < a->count || j < b->count) {
    bool same = i < a->count && j < b->count && strcmp(a->lines[i], b->lines[j]) == 0;
    bool left = j == b->count || (i < a->count && length[(i + 1) * width + j] >= length[i * width + j + 1]);
    if (same) print_equal(printer, a->lines[i]), i++, j++;
    else if (left) print_different(printer, '-', a->lines[i++]);
    else print_different(printer, '+', b->lines[j++]);
  }
}

void diff_print(struct base_buf *out, const struct cJSON *expected, const struct cJSON *actual,
                const char *indent, bool colour) {
  CLEANUP(free_text) char *memory = calloc(2, sizeof(struct side));
  struct side *sides = (struct side *)(void *)memory;
  if (!sides) return;
  bool plain = (!expected || cJSON_IsString(expected)) && (!actual || cJSON_IsString(actual));
  make_side(&sides[0], expected, plain);
  make_side(&sides[1], actual, plain);
  unsigned short *length = common_lengths(&sides[0], &sides[1]);
  struct printer printer = {.out = out, .indent = indent, .colour = colour};
  if (length) walk(&printer, &sides[0], &sides[1], length);
  free(length);
  free(sides[0].text);
  free(sides[1].text);
}
