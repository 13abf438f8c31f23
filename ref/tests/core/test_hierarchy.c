/*
 * The passes of a hierarchical service by tables: each letter of W-48 but the last, with logs, rows and
 * forests as texts.
 */
#include "hierarchy_support.h"

#include <stdio.h>

#include "core/hierarchy.h"

/* ---- logs and rows as texts ----------------------------------------------------------------------- */

enum { ROWS_MAX = 300 };

struct text_row {
  const struct vmx_object *object;
  char key[16];
  struct vmx_value values[HIERARCHY_FIELDS];
  char texts[HIERARCHY_FIELDS][16];
  enum vmx_action action; /* of an entry */
  bool sent;
};

struct world {
  struct vmx_model *model;
  struct text_row *log, *rows;
  size_t log_count, row_count;
  struct vmx_upload run;
  struct base_error err;
  struct base_buf out;
};

/* "Emp 5 DeptId=7" */
static void read_row(const struct world *w, const char *text, struct text_row *out) {
  char name[16], field[16], value[16];
  int read = 0;
  assert_int_equal(sscanf(text, " %15s %15s%n", name, out->key, &read), 2);
  out->object = support_object(w->model, name);
  snprintf(out->texts[0], 16, "%s", out->key);
  for (text += read; sscanf(text, " %15[A-Za-z]=%15s%n", field, value, &read) == 2; text += read)
    snprintf(out->texts[vmx_object_find_field(out->object, field, strlen(field))], 16, "%s", value);
  for (int i = 0; i < HIERARCHY_FIELDS; i++)
    if (*out->texts[i]) out->values[i] = (struct vmx_value){out->texts[i], strlen(out->texts[i])};
}

/* Rows by ';'; of a log each begins with c, u or d. */
static size_t read_rows(const struct world *w, const char *text, bool log, struct text_row *out) {
  size_t count = 0;
  while (text && *text) {
    char one[100];
    size_t len = strcspn(text, ";");
    assert_true(len < sizeof one && count < ROWS_MAX);
    snprintf(one, sizeof one, "%.*s", (int)len, text);
    text += len + (text[len] == ';');
    const char *row = one + strspn(one, " ");
    if (log) out[count].action = *row == 'c' ? VMX_CREATE : *row == 'u' ? VMX_UPDATE : VMX_DELETE;
    read_row(w, row + (log ? 2 : 0), &out[count++]);
  }
  return count;
}

static int find_row(void *self, const struct vmx_object *object, const char *key,
                    struct vmx_arena *arena, const struct vmx_value **row, struct base_error *err) {
  struct world *w = self;
  (void)arena, (void)err;
  for (size_t i = 0; i < w->row_count; i++)
    if (w->rows[i].object == object && strcmp(w->rows[i].key, key) == 0) *row = w->rows[i].values;
  return 0;
}

static int find_parents(void *self, const struct vmx_link *link, const struct vmx_value *child,
                        struct vmx_arena *arena, char *const **keys, size_t *count,
                        struct base_error *err) {
  struct world *w = self;
  char **found = vmx_arena_array(arena, w->row_count + 1, sizeof *found);
  (void)err;
  *keys = found;
  *count = 0;
  for (size_t i = 0; i < w->row_count; i++)
    if (w->rows[i].object == link->parent &&
        vmx_value_equal(VMX_NUMBER, &w->rows[i].values[link->parent_fields[0]], &child[link->child_fields[0]]))
      found[(*count)++] = w->rows[i].key;
  return 0;
}

static void open_world(struct world *w, const struct operations *operations, const char *rows,
                       const char *log, int64_t batch_size) {
  *w = (struct world){.model = hierarchy_model(operations)};
  w->rows = calloc(ROWS_MAX, sizeof *w->rows);
  w->log = calloc(ROWS_MAX, sizeof *w->log);
  assert_true(w->rows && w->log);
  w->row_count = read_rows(w, rows, false, w->rows);
  w->log_count = read_rows(w, log, true, w->log);
  const struct vmx_upload_config config = {.service = &w->model->services[0], .batch_size = batch_size};
  vmx_upload_init(&w->run, &config);
  w->run.limit_row_id = (int64_t)w->log_count;
  w->run.hierarchy = vmx_hierarchy_new(config.service);
  assert_non_null(w->run.hierarchy);
}

static void close_world(struct world *w) {
  vmx_upload_done(&w->run);
  vmx_model_free(w->model);
  base_buf_done(&w->out);
  free(w->log);
  free(w->rows);
}

/* ---- forests as texts ------------------------------------------------------------------------------- */

/* "c1(c2 u3)", a carrier of Dept 7 "*Dept7(..)"; whatever is written was sent. */
static void write_node(struct world *w, const struct vmx_node *node) {
  if (node->row_id == VMX_CARRIER) {
    assert_int_equal(node->action, VMX_UPDATE);
    base_buf_printf(&w->out, "*%s%s", node->object->name, node->key);
  } else {
    base_buf_printf(&w->out, "%c%lld", "cupd"[node->action], (long long)node->row_id);
    assert_false(w->log[node->row_id - 1].sent); /* (h) */
    w->log[node->row_id - 1].sent = true;
  }
  for (const struct vmx_node *child = node->children; child; child = child->next) {
    base_buf_char(&w->out, child == node->children ? '(' : ' ');
    write_node(w, child);
  }
  if (node->children) base_buf_char(&w->out, ')');
}

static int plan_pass(struct world *w) {
  const struct vmx_row_lookup lookup = {w, find_row, find_parents};
  int status = 0;
  vmx_hierarchy_begin(w->run.hierarchy);
  for (size_t i = 0; i < w->log_count && status == 0; i++) {
    const struct text_row *row = &w->log[i];
    const struct vmx_log_entry entry = {.row_id = (int64_t)i + 1, .object = row->object, .key = row->key,
                                        .action = row->action, .marked = true, .row = row->values, .checksum = ""};
    if (!row->sent) status = vmx_hierarchy_offer(w->run.hierarchy, &w->run, &entry, &lookup, &w->err);
  }
  return status == 0 ? vmx_hierarchy_plan(w->run.hierarchy, &lookup, &w->err) : status;
}

/* A created row is there from now on. */
static void accept_creates(struct world *w) {
  for (size_t i = 0; i < w->log_count; i++)
    if (w->log[i].sent && w->log[i].action == VMX_CREATE && w->row_count < ROWS_MAX) {
      const struct vmx_value *there = NULL;
      find_row(w, w->log[i].object, w->log[i].key, NULL, &there, NULL);
      if (!there) w->rows[w->row_count++] = w->log[i];
    }
}

/* The requests of a planned pass by " / ", roots by " ". */
static void write_requests(struct world *w) {
  struct vmx_node *const *roots;
  size_t count, requests = 0;
  while ((count = vmx_hierarchy_take(w->run.hierarchy, w->run.config.batch_size, &roots)) > 0) {
    if (requests++ > 0) base_buf_text(&w->out, " / ");
    for (size_t i = 0; i < count; i++) {
      if (i > 0) base_buf_char(&w->out, ' ');
      write_node(w, roots[i]);
    }
  }
}

static bool anything_unsent(const struct world *w) {
  for (size_t i = 0; i < w->log_count; i++)
    if (!w->log[i].sent) return true;
  return false;
}

/* All passes by " // ", or the code that ends them. */
static const char *forest(struct world *w) {
  int status = 0;
  for (int passes = 0; anything_unsent(w) && status == 0; passes++) {
    if (passes > 0) base_buf_text(&w->out, " // ");
    status = plan_pass(w);
    if (status != 0) base_buf_printf(&w->out, "%d", status);
    else write_requests(w);
    accept_creates(w);
  }
  return base_buf_string(&w->out);
}

struct expectation {
  const char *rows, *log, *forest;
};

static void expect_forest(const struct operations *operations, const struct expectation *e, int64_t batch_size) {
  struct world w;
  open_world(&w, operations, e->rows, e->log, batch_size);
  const char *got = forest(&w);
  if (strcmp(got, e->forest) != 0) fail_msg("%s | %s\n  comes to %s\n  not to   %s", e->rows, e->log, got, e->forest);
  close_world(&w);
}

static void expect_forests(const struct operations *operations, const struct expectation *rows, size_t count) {
  for (size_t i = 0; i < count; i++) expect_forest(operations, &rows[i], 100);
}

#define EXPECT(operations, rows) expect_forests(operations, rows, sizeof(rows) / sizeof *(rows))

/* ---- W-48, letter by letter --------------------------------------------------------------------------- */

/* HIE-02, UPL-10 */
static void a_unsent_entries_up_to_the_limit(void **state) {
  (void)state;
  struct world w;
  open_world(&w, &usual, "", "c Proj 1; c Proj 2; c Proj 3", 100);
  w.run.limit_row_id = 2;
  w.log[0].sent = true; /* it is in no pass any more */
  assert_int_equal(plan_pass(&w), 0);
  struct vmx_node *const *roots;
  assert_int_equal(vmx_hierarchy_take(w.run.hierarchy, 100, &roots), 1);
  assert_int_equal(roots[0]->row_id, 2);
  close_world(&w);
}

static void b_an_entry_waits_for_earlier_ones_of_another_action(void **state) {
  (void)state;
  static const struct expectation rows[] = {
      {"", "c Proj -1; u Proj -1; u Proj -1; d Proj -1", "c1 // u2 u3 // d4"},
      {"", "u Proj 5; u Proj 5", "u1 u2"},
      {"", "u Proj 5; d Proj 5; c Proj 5; u Proj 5", "u1 // d2 // c3 // u4"},
      {"", "u Proj 5; d Proj 5; u Proj 5", "u1 // d2 // u3"},      /* not before the delete */
      {"Dept 7; Dept 8", "u Emp 5 DeptId=7; u Emp 5 DeptId=7", "*Dept7(u1 u2)"},
      {"Dept 7; Dept 8", "u Emp 4 DeptId=8; u Emp 5 DeptId=7; u Emp 5 DeptId=8; u Emp 5 DeptId=7",
       "*Dept8(u1) *Dept7(u2) // *Dept8(u3) // *Dept7(u4)"},        /* one row's edits keep their order */
      {"Dept 7", "u Emp 5 DeptId=7; u Emp 5", "*Dept7(u1) // u2"}};
  EXPECT(&usual, rows);
}

static void c_an_entry_stands_under_its_parent(void **state) {
  (void)state;
  static const struct expectation rows[] = {
      {"", "c Dept -1; c Emp -2 DeptId=-1", "c1(c2)"},
      {"", "c Dept -1; c Emp -2 DeptId=-1; c Task -3 EmpId=-2; c Emp -4 DeptId=-1.0", "c1(c2(c3) c4)"},
      {"Dept 7", "c Emp -1 DeptId=7", "*Dept7(c1)"},
      {"Dept 7", "c Emp -1 DeptId=7; u Dept 7; u Dept 7", "u2(c1) u3"},  /* its lowest ready entry */
      {"Dept 7; Emp 5 DeptId=7", "c Task -1 EmpId=5", "*Dept7(*Emp5(c1))"}, /* carriers upward */
      {"Emp 5", "c Task -1 EmpId=5", "*Emp5(c1)"},
      {"Dept 7; Emp 5 DeptId=7", "d Emp 5 DeptId=7", "*Dept7(d1)"},
      {"Dept 7", "u Emp 5 DeptId=7; u Emp 6 DeptId=7", "*Dept7(u1 u2)"},
      {"Dept 7; Emp 5 DeptId=7", "d Emp 5 DeptId=7; d Dept 7", "d2(d1)"},
      {"Dept 7; Emp 5 DeptId=7", "u Emp 5 DeptId=7; d Dept 7", "u1 d2"}, /* delete lists deletes alone */
      {"", "c Dept -1; u Emp 5 DeptId=-1", "c1 u2"},                     /* create lists creates alone */
      {"", "c Dept -1; c Emp -2 DeptId=-1; u Emp -2 DeptId=-1; u Dept -1", "c1(c2) // u4(u3)"}};
  EXPECT(&usual, rows);
}

/* W-12: what is listed below another object's operation counts where that object stands, and only there. */
static void c_deeper_lists_count_where_they_stand(void **state) {
  (void)state;
  static const struct operations deep = {
      "'create':" ACTIONS("create", "{'name':'Emp','actions':[{'type':['create'],'supportedObjects':['Task']}]}"), "", "", "", false};
  static const struct expectation rows[] = {
      {"", "c Dept -1; c Emp -2 DeptId=-1; c Task -3 EmpId=-2", "c1(c2(c3))"},
      {"", "c Emp -2; c Task -3 EmpId=-2", "c1 c2"}};
  EXPECT(&deep, rows);
}

static void d_anything_else_is_a_root(void **state) {
  (void)state;
  static const struct expectation rows[] = {
      {"", "c Emp -1", "c1"},                          /* it names nobody */
      {"", "c Emp -1 DeptId=7", "c1"},                 /* whom it names is not there */
      {"Proj 3", "c Task -1 ProjId=3", "c1"},          /* who does not list it */
      {"Proj 3; Emp 5", "c Task -1 ProjId=3 EmpId=5", "*Emp5(c1)"}};
  EXPECT(&usual, rows);
  static const struct operations circle = {STAFFED, "'update':" ACTIONS("update", "'Emp'"), "", "", false};
  static const struct expectation above_itself[] = {
      {"", "u Emp 1 BossId=2; u Emp 2 BossId=1", "u2(u1)"},
      {"", "u Emp 1 BossId=1", "u1"},
      {"Emp 2 BossId=3; Emp 3 BossId=2", "u Emp 1 BossId=2", "*Emp3(*Emp2(u1))"}};
  EXPECT(&circle, above_itself);
}

/* A chain of bosses, the lowest entry at its end: nobody is sent before his boss, none is lost. */
static void d_no_tree_is_too_deep(void **state) {
  (void)state;
  static const struct operations circle = {"", "'create':" ACTIONS("create", "'Emp'"), "", "", false};
  struct base_buf log = BASE_BUF_INIT;
  struct world w;
  base_buf_text(&log, "c Emp -1");
  for (int i = 2; i <= 200; i++) base_buf_printf(&log, ";c Emp %d BossId=%d", -i, -i + 1);
  open_world(&w, &circle, "", log.data, 10);
  const char *got = forest(&w);
  int depth = 0, deepest = 0, boss = 0;
  for (const char *c = got; *c; c++) {
    depth += *c == '(' ? 1 : *c == ')' ? -1 : 0;
    if (depth > deepest) deepest = depth;
    if (*c == 'c') assert_int_equal(atoi(c + 1), ++boss);
  }
  assert_int_equal(boss, 200);
  assert_int_equal(deepest, VMX_NESTING_MAX - 1);
  assert_null(strstr(got, "//"));
  base_buf_done(&log);
  close_world(&w);
}

static void e_parents_first_and_deletes_last(void **state) {
  (void)state;
  static const struct operations nothing = {"", "", "", "", false};
  static const struct expectation rows[] = {
      {"", "c Task -1; c Emp -2; c Dept -3; u Dept 4", "c3 u4 c2 c1"},
      {"", "d Dept 1; d Task 2; d Emp 3; c Task -4; d Task 5", "c4 d2 d5 d3 d1"},
      {"", "u Code 1; u Proj 2", "u2 u1"}};
  EXPECT(&nothing, rows);
  static const struct expectation nested[] = {
      {"Dept 7; Dept 8", "u Emp 1 DeptId=8; u Emp 2 DeptId=7; u Dept 9", "*Dept8(u1) *Dept7(u2) u3"},
      {"Dept 7; Emp 5 DeptId=7", "d Dept 8; d Emp 5 DeptId=7; c Dept -1", "*Dept7(d2) c3 d1"},
      {"Emp 5", "u Task 1 EmpId=5; d Task 2 EmpId=5; c Task -3 EmpId=5", "*Emp5(u1 d2 c3)"}};
  EXPECT(&usual, nested);
}

/* Neither object is the other's parent: the order of the edits serves both, and their children stand together. */
static void e_objects_above_themselves_keep_the_logs_order(void **state) {
  (void)state;
  static const struct operations circle = {"", "'update':" ACTIONS("update", "'Emp','Task'"), "", "", true};
  static const struct expectation rows[] = {
      {"", "c Emp -1; c Dept -2 HeadId=-1; c Emp -3 DeptId=-2; c Proj -4; d Dept 5; d Emp 6", "c4 c1 c2 c3 d5 d6"},
      {"Emp 5", "u Emp 1 BossId=5; c Task -1 EmpId=5; u Emp 2 BossId=5; u Task 3 EmpId=5", "*Emp5(c2 u4 u1 u3)"}};
  EXPECT(&circle, rows);
}

/* W-34: a temporary key is made before it is named, whatever order the objects have. */
static void e_what_makes_a_key_goes_before_who_holds_it(void **state) {
  (void)state;
  static const struct expectation rows[] = {
      {"Emp 5", "c Proj -1; c Task -2 ProjId=-1 EmpId=5", "c1 *Emp5(c2)"},
      {"Dept 7; Emp 5 DeptId=7", "c Proj -1; c Task -2 ProjId=-1 EmpId=5", "c1 *Dept7(*Emp5(c2))"},
      {"", "c Emp -1; c Emp -2 BossId=-1; u Emp 3 BossId=-2", "c1 c2 u3"},
      {"", "c Dept -1; c Emp -2; c Task -3 EmpId=-2; c Emp -4 DeptId=-1 BossId=-2", "c2(c3) c1(c4)"}};
  EXPECT(&usual, rows);
}

static void f_roots_are_cut_into_requests(void **state) {
  (void)state;
  static const struct expectation rows[] = {
      {"", "c Dept -1; c Emp -2 DeptId=-1; c Emp -3 DeptId=-1; c Dept -4; c Dept -5; c Dept -6", "c1(c2 c3) / c4 c5 / c6"},
      {"", "c Dept -1; c Dept -2; c Emp -3 DeptId=-2; c Dept -4", "c1 / c2(c3) / c4"},
      {"Dept 7", "u Emp 1 DeptId=7; u Emp 2 DeptId=7; d Emp 3", "*Dept7(u1 u2) / d3"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) expect_forest(&usual, &rows[i], 2);
}

/* HIE-03 */
static void g_the_rest_waits_for_at_most_ten_passes(void **state) {
  (void)state;
  struct base_buf log = BASE_BUF_INIT;
  base_buf_text(&log, "c Proj 1");
  for (int i = 0; i < 5; i++) base_buf_text(&log, ";d Proj 1;c Proj 1");
  struct world w;
  open_world(&w, &usual, "", log.data, 100);
  assert_string_equal(forest(&w), "c1 // d2 // c3 // d4 // c5 // d6 // c7 // d8 // c9 // d10 // 2469");
  assert_string_equal(w.err.spec, "HIE-03");
  close_world(&w);
  base_buf_clear(&log);
  base_buf_text(&log, "c Proj 1");
  for (int i = 0; i < 9; i++) base_buf_printf(&log, ";%c Proj 1", i % 2 ? 'c' : 'd');
  open_world(&w, &usual, "", log.data, 100);
  assert_string_equal(forest(&w), "c1 // d2 // c3 // d4 // c5 // d6 // c7 // d8 // c9 // d10");
  close_world(&w);
  base_buf_done(&log);
}

/* W-47, HIE-03: two parent rows, by two relationships or by one that is not to the key; one row that is
 * named twice is one. */
static void two_parent_rows_are_an_error(void **state) {
  (void)state;
  static const struct operations both = {STAFFED, BUSY, "'update':" ACTIONS("update", "'Task'"), "'update':" ACTIONS("update", "'Task'"), false};
  static const struct expectation rows[] = {
      {"Proj 3; Emp 5", "c Task -1 ProjId=3 EmpId=5", "2468"},
      {"Proj 3; Emp 5", "c Proj -1; c Task -2 ProjId=4 EmpId=5", "*Emp5(c2) c1"},
      {"Proj 3; Emp 5", "u Emp 5; u Proj 3; u Task 1 ProjId=3 EmpId=5", "2468"},
      {"Code 1 Tag=4; Code 2 Tag=4", "c Task -1 Tag=4", "2468"},
      {"Code 1 Tag=4; Code 2 Tag=5", "c Task -1 Tag=4", "*Code1(c1)"},
      {"Code 1 Tag=4", "c Task -1", "c1"}};
  EXPECT(&both, rows);
  struct world w;
  open_world(&w, &both, rows[0].rows, rows[0].log, 100);
  assert_int_equal(plan_pass(&w), 2468);
  assert_string_equal(w.err.spec, "HIE-03");
  assert_non_null(strstr(w.err.text, "row -1 of Task has two parent rows"));
  close_world(&w);
}

/* W-33, UPL-04: what is blocked is in no pass, nor who holds its temporary key. */
static void blocked_rows_wait_in_every_pass(void **state) {
  (void)state;
  struct world w;
  open_world(&w, &usual, "", "c Dept -1; c Emp -2 DeptId=-1; c Emp -3; u Emp -3; c Task -4 EmpId=-2", 100);
  assert_true(vmx_upload_block(&w.run, support_object(w.model, "Dept"), "-1"));
  assert_int_equal(plan_pass(&w), 0);
  struct vmx_node *const *roots;
  assert_int_equal(vmx_hierarchy_take(w.run.hierarchy, 100, &roots), 1);
  assert_int_equal(roots[0]->row_id, 3);
  w.log[2].sent = true;
  assert_true(vmx_upload_block(&w.run, support_object(w.model, "Emp"), "-3"));
  assert_int_equal(plan_pass(&w), 0);
  assert_int_equal(vmx_hierarchy_take(w.run.hierarchy, 100, &roots), 0);
  close_world(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_unsent_entries_up_to_the_limit),
                                     cmocka_unit_test(b_an_entry_waits_for_earlier_ones_of_another_action),
                                     cmocka_unit_test(c_an_entry_stands_under_its_parent),
                                     cmocka_unit_test(c_deeper_lists_count_where_they_stand),
                                     cmocka_unit_test(d_anything_else_is_a_root),
                                     cmocka_unit_test(d_no_tree_is_too_deep),
                                     cmocka_unit_test(e_parents_first_and_deletes_last),
                                     cmocka_unit_test(e_objects_above_themselves_keep_the_logs_order),
                                     cmocka_unit_test(e_what_makes_a_key_goes_before_who_holds_it),
                                     cmocka_unit_test(f_roots_are_cut_into_requests),
                                     cmocka_unit_test(g_the_rest_waits_for_at_most_ten_passes),
                                     cmocka_unit_test(two_parent_rows_are_an_error),
                                     cmocka_unit_test(blocked_rows_wait_in_every_pass)};
  return cmocka_run_group_tests_name("core/hierarchy", tests, NULL, NULL);
}
