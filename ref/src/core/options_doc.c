/*
 * The table of options as text for people and tools: help for a terminal, the reference page
 * (ref/OPTIONS.md), the dictionary of the fuzzers. Nothing here knows a single option.
 */
#include <inttypes.h>
#include <string.h>

#include "core/codes.h"
#include "core/options.h"

/* ---- words -------------------------------------------------------------------------------- */

static void join_choices(struct base_buf *out, const char *const *choices, const char *around) {
  for (size_t i = 0; choices[i]; i++)
    base_buf_printf(out, "%s%s%s%s", i ? ", " : "", around, choices[i], around);
}

static void describe_values(struct base_buf *out, const struct vmx_option_row *row, const char *around) {
  switch (row->kind) {
  case VMX_OPTION_CHOICE: join_choices(out, row->choices, around); break;
  case VMX_OPTION_LENIENT_CHOICE:
    join_choices(out, row->choices, around);
    base_buf_text(out, " (in any case)");
    break;
  case VMX_OPTION_SIZE:
    base_buf_printf(out, "integer or numeric text, %" PRId64 " to %" PRId64, row->min, row->max);
    break;
  case VMX_OPTION_SWITCH: base_buf_printf(out, "%strue%s or the text %s\"true\"%s", around, around, around, around); break;
  case VMX_OPTION_BOOLEAN: base_buf_printf(out, "%strue%s or %sfalse%s", around, around, around, around); break;
  case VMX_OPTION_FILTER: base_buf_text(out, "object: object name to OData text; at object level the text"); break;
  case VMX_OPTION_QUERY_PARAMS:
    base_buf_text(out, "object: name to text, neither empty");
    if (!row->choices) break;
    base_buf_text(out, "; not ");
    join_choices(out, row->choices, around);
    break;
  case VMX_OPTION_OBJECT_NAMES: base_buf_text(out, "array of object names"); break;
  case VMX_OPTION_SERVICES: base_buf_text(out, "object: service name to options"); break;
  }
}

static void describe_default(struct base_buf *out, const struct vmx_option_row *row) {
  switch (row->kind) {
  case VMX_OPTION_CHOICE:
  case VMX_OPTION_LENIENT_CHOICE: base_buf_text(out, row->choices[row->standard]); break;
  case VMX_OPTION_SIZE: base_buf_printf(out, "%" PRId64, row->standard); break;
  case VMX_OPTION_SWITCH:
  case VMX_OPTION_BOOLEAN: base_buf_text(out, row->standard ? "true" : "false"); break;
  case VMX_OPTION_FILTER:
  case VMX_OPTION_QUERY_PARAMS:
  case VMX_OPTION_OBJECT_NAMES:
  case VMX_OPTION_SERVICES: base_buf_text(out, "none"); break;
  }
}

static void describe_bad(struct base_buf *out, const struct vmx_option_row *row) {
  if (row->kind == VMX_OPTION_LENIENT_CHOICE)
    base_buf_printf(out, "the default; %d with strictOptions", row->code);
  else if (row->code)
    base_buf_printf(out, "fails with %d", row->code);
  else if (row->kind == VMX_OPTION_SWITCH)
    base_buf_text(out, "off");
  else
    base_buf_text(out, row->kind == VMX_OPTION_SIZE ? "the default" : "ignored");
}

static const char *where(const struct vmx_option_row *row) {
  return row->levels & VMX_AT_APPLICATION ? "application" : "service, object";
}

/* ---- terminal ----------------------------------------------------------------------------- */

/* `text` in lines of at most 76 characters behind an indent of four. */
static void wrap(struct base_buf *out, const char *text) {
  enum { WIDTH = 76 };
  size_t column = 0;
  for (const char *word = text; *word;) {
    size_t len = strcspn(word, " ");
    if (column == 0 || column + 1 + len > WIDTH) {
      base_buf_text(out, column ? "\n    " : "    ");
      column = len;
    } else {
      base_buf_char(out, ' ');
      column += 1 + len;
    }
    base_buf_append(out, word, len);
    word += len;
    word += strspn(word, " ");
  }
  base_buf_char(out, '\n');
}

static void help_line(struct base_buf *out, const char *title, const struct vmx_option_row *row,
                      void describe(struct base_buf *, const struct vmx_option_row *)) {
  base_buf_printf(out, "    %-9s", title);
  describe(out, row);
  base_buf_char(out, '\n');
}

static void plain_values(struct base_buf *out, const struct vmx_option_row *row) {
  describe_values(out, row, "");
}

void vmx_options_help(struct base_buf *out) {
  size_t count;
  const struct vmx_option_row *rows = vmx_option_rows(&count);
  for (size_t i = 0; i < count; i++) {
    base_buf_printf(out, "%s%s (%s; %s)\n", i ? "\n" : "", rows[i].key, where(&rows[i]), rows[i].spec);
    wrap(out, rows[i].help);
    help_line(out, "values:", &rows[i], plain_values);
    help_line(out, "default:", &rows[i], describe_default);
    help_line(out, "else:", &rows[i], describe_bad);
  }
}

/* ---- reference page ----------------------------------------------------------------------- */

static const char page_head[] =
    "# Options of startSync\n"
    "\n"
    "Written by `vmxsync options --markdown` from the table in `src/core/options_table.c`; a test keeps\n"
    "the two equal. Keys and values are case-sensitive unless the table says otherwise; options that\n"
    "are not listed are ignored (OPT-22).\n"
    "\n"
    "Options of level *application* stand beside `objectServicesOptions`; those of *service* and\n"
    "*object* stand in a service's entry of it, or are the options of a sync at that level.\n"
    "\n"
    "| option | level | values | default | any other value | |\n"
    "| --- | --- | --- | --- | --- | --- |\n";

static const char codes_head[] =
    "\n## Failures\n"
    "\n"
    "2482 is a failure of the call: nothing is sent. The others are the failure of the one service\n"
    "whose option is bad: it sends nothing, the other services sync.\n"
    "\n"
    "| code | meaning |\n"
    "| --- | --- |\n";

static void markdown_row(struct base_buf *out, const struct vmx_option_row *row) {
  base_buf_printf(out, "| `%s` | %s | ", row->key, where(row));
  describe_values(out, row, "`");
  base_buf_text(out, " | ");
  describe_default(out, row);
  base_buf_text(out, " | ");
  describe_bad(out, row);
  base_buf_printf(out, " | %s |\n", row->spec);
}

static bool fails_somewhere(int code) {
  size_t count;
  const struct vmx_option_row *rows = vmx_option_rows(&count);
  for (size_t i = 0; i < count; i++)
    if (rows[i].code == code) return true;
  return false;
}

static void markdown_codes(struct base_buf *out) {
  size_t count;
  const struct vmx_code_row *codes = vmx_codes(&count);
  base_buf_text(out, codes_head);
  for (size_t i = 0; i < count; i++)
    if (fails_somewhere(codes[i].number))
      base_buf_printf(out, "| %d | %s |\n", codes[i].number, codes[i].meaning);
}

void vmx_options_markdown(struct base_buf *out) {
  size_t count;
  const struct vmx_option_row *rows = vmx_option_rows(&count);
  base_buf_text(out, page_head);
  for (size_t i = 0; i < count; i++) markdown_row(out, &rows[i]);
  base_buf_text(out, "\n## What they do\n\n");
  for (size_t i = 0; i < count; i++)
    base_buf_printf(out, "- `%s` (%s): %s\n", rows[i].key, rows[i].spec, rows[i].help);
  markdown_codes(out);
}

/* ---- dictionary --------------------------------------------------------------------------- */

static const char *const json_words[] = {"{", "}", "[", "]", ":", ",", "\\\"", "\\\"\\\"", "{}", "[]", "null",
                                         "true", "false", "\\\"true\\\"", "-1", "0", "20.0", "1e400",
                                         "\\\\u00e9", "\\\\ud83d\\\\ude00", "\\\" 7 \\\"", NULL};

static void dictionary_bounds(struct base_buf *out, const struct vmx_option_row *row) {
  const int64_t bounds[] = {row->min - 1, row->min, row->max, row->max + 1};
  for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++)
    base_buf_printf(out, "%s_bound_%zu=\"%" PRId64 "\"\n", row->key, i, bounds[i]);
}

static void dictionary_row(struct base_buf *out, const struct vmx_option_row *row) {
  base_buf_printf(out, "%s=\"\\\"%s\\\":\"\n", row->key, row->key);
  for (size_t i = 0; row->choices && row->choices[i]; i++)
    base_buf_printf(out, "%s_word_%zu=\"\\\"%s\\\"\"\n", row->key, i, row->choices[i]);
  if (row->kind == VMX_OPTION_SIZE) dictionary_bounds(out, row);
}

void vmx_options_dictionary(struct base_buf *out) {
  size_t count;
  const struct vmx_option_row *rows = vmx_option_rows(&count);
  base_buf_text(out, "# Written by `vmxsync options --dict`; a test keeps it equal to the options table.\n");
  for (size_t i = 0; i < count; i++) dictionary_row(out, &rows[i]);
  for (size_t i = 0; json_words[i]; i++) base_buf_printf(out, "json_%zu=\"%s\"\n", i, json_words[i]);
}
