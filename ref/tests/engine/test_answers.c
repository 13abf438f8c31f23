/*
 * Bad and broken answers at every place of a sync: each ends it once, with its code, leaves the edits as
 * they are, and a clean sync repairs everything. The good answers around the bad one are the model
 * server's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "company.h"
#include "model_server.h"

#define SMALL "{'uploadBatchSize':1,'downloadBatchSize':2}"

/* The requests of a sync with SMALL after prepare(). */
enum place { FIRST_UPLOAD = 1, SECOND_UPLOAD, FIRST_PAGE, SECOND_PAGE };

static struct model_server *server;

/* What happens to the answer of one request; all others are the model's. */
struct spoiler {
  size_t at;   /* request, from 1 */
  size_t seen;
  enum net_outcome outcome;
  int status;
  const char *body;                        /* NULL: what `spoil` makes of the model's */
  void (*spoil)(struct spoiler *spoiler, const char *body);
  size_t number;                           /* for `spoil` */
  bool spoiled;                            /* `spoil` found something to do */
  struct base_buf text;                    /* what `spoil` wrote */
};

static void answer(void *self, const struct fake_request *request, struct net_answer *told) {
  struct spoiler *spoiler = self;
  bool here = ++spoiler->seen == spoiler->at;
  if (!here || !spoiler->body) model_answer(server, request, told);
  if (!here) return;
  if (spoiler->spoil) {
    base_buf_clear(&spoiler->text);
    spoiler->spoil(spoiler, told->body);
    told->body = base_buf_string(&spoiler->text);
    told->body_len = spoiler->text.len;
    return;
  }
  *told = (struct net_answer){.outcome = spoiler->outcome,
                              .status = spoiler->status,
                              .body = spoiler->body,
                              .body_len = strlen(spoiler->body)};
}

/* Rows at the server that the client has seen, an edit of each kind, and rows that it has not seen. */
static void prepare(struct company *company) {
  struct base_error err = {0};
  model_init(server, 1);
  int64_t team = model_add(server, MODEL_TEAM, "team", 0);
  model_add(server, MODEL_MEMBER, "old", team);
  company_renew(company);
  company_setup_with(company, model_metadata, company_note);
  fake_serve(&company->network, model_answer, server);
  assert_int_equal(company_sync_org(company, NULL), 0);
  company_create(company, "Member", "{'Name':'created','TeamId':101}");
  assert_int_equal(
      vmx_update(company->client, "Member", "{\"MemberId\":102,\"Name\":\"changed\"}", NULL, &err), 0);
  for (int i = 0; i < 3; i++) {
    char name[24];
    snprintf(name, sizeof name, "unseen %d", i);
    model_add(server, MODEL_MEMBER, name, 0);
  }
}

static int sync_spoiled(struct company *company, struct spoiler *spoiler) {
  spoiler->seen = 0;
  fake_serve(&company->network, answer, spoiler);
  int code = company_sync_org(company, SMALL);
  fake_serve(&company->network, model_answer, server);
  return code;
}

static void edits_are_visible(struct company *company) {
  CLEANUP(free_text) char *rows = NULL;
  struct base_error err = {0};
  assert_int_equal(vmx_snapshot(company->client, "Member", &rows, &err), 0);
  assert_non_null(strstr(rows, "\"created\""));
  assert_non_null(strstr(rows, "\"changed\""));
}

static void all_is_well_after_a_clean_sync(struct company *company) {
  CLEANUP(free_text) char *rows = NULL;
  assert_int_equal(company_sync_org(company, NULL), 0);
  assert_int_equal(model_count(server, "created"), 1);
  assert_int_equal(model_count(server, "changed"), 1);
  rows = model_rows(server, MODEL_MEMBER);
  company_rows_are(company, "Member", rows);
  company_pending_are(company, "Member", "[]");
  assert_string_equal(server->problem, "");
}

/* -- wire.md 10 --------------------------------------------------------------------------------------------- */

/* What comes back, and the code that it ends in. Nothing of it was executed. */
static const struct {
  enum net_outcome outcome;
  int status;
  const char *body;
  int code;
} rows[] = {{NET_CONNECT_TIMEOUT, 0, "", 2031},
            {NET_TIMEOUT, 0, "", 2032},
            {NET_CUT_SHORT, 0, "", 2032},
            {NET_REFUSED, 0, "", 2034},
            {NET_HOST, 0, "", 2035},
            {NET_OFFLINE, 0, "", 2036},
            {NET_TLS, 0, "", 2033},
            {NET_BAD_URL, 0, "", 2039},
            {NET_GARBLED, 0, "", 2037},
            {NET_TOO_LARGE, 0, "", 2037},
            {NET_FAILED, 0, "", 2030},
            {NET_ANSWERED, 200, "", 2037},
            {NET_ANSWERED, 200, " \n", 2037},
            {NET_ANSWERED, 204, "", 2037},
            {NET_ANSWERED, 200, "<html>", 2037},
            {NET_ANSWERED, 200, "[]", 2037},
            {NET_ANSWERED, 200, "7", 2037},
            {NET_ANSWERED, 200, "{\"opstatus\":0} x", 2037},
            {NET_ANSWERED, 200, "{\"opstatus\":true}", 2037},
            {NET_ANSWERED, 200, "{\"opstatus\":\"no\"}", 2037},
            {NET_ANSWERED, 200, "{\"opstatus\":500210}", 2044},
            {NET_ANSWERED, 200, "{\"opstatus\":8009}", 2038},
            {NET_ANSWERED, 201, "{\"opstatus\":\"8009\"}", 2038},
            {NET_ANSWERED, 200, "{\"opstatus\":-1}", 2038},
            {NET_ANSWERED, 200, "{\"opstatus\":500201}", 2038},
            {NET_ANSWERED, 200, "{\"opstatus\":500099}", 2038},
            {NET_ANSWERED, 408, "{\"opstatus\":0}", 2032},
            {NET_ANSWERED, 504, "", 2031},
            {NET_ANSWERED, 503, "{\"opstatus\":0}", 2038},
            {NET_ANSWERED, 503, "", 2038},
            {NET_ANSWERED, 302, "", 2030},
            {NET_ANSWERED, 404, "<html>", 2030},
            {NET_ANSWERED, 429, "", 2030},
            {NET_ANSWERED, 500, "{\"opstatus\":500150}", 2030},
            {NET_ANSWERED, 500, "{\"opstatus\":17}", 2038},
            {NET_ANSWERED, 500, "", 2030}};

/* NET-01, NET-06: at each place; of the second upload 2038 alone lets the sync go on (W-39). */
static void each_answer_has_its_code_at_each_place(void **state) {
  struct company *company = *state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    for (enum place at = FIRST_UPLOAD; at <= SECOND_PAGE; at++) {
      struct spoiler spoiler = {
          .at = at, .outcome = rows[i].outcome, .status = rows[i].status, .body = rows[i].body};
      bool survives = rows[i].code == 2038 && at <= SECOND_UPLOAD;
      prepare(company);
      int code = sync_spoiled(company, &spoiler);
      if (code != (survives ? 0 : rows[i].code))
        fail_msg("row %zu at request %d: %d", i, (int)at, code);
      if (!survives) assert_int_equal(spoiler.seen, at); /* API-04 */
      edits_are_visible(company);
      all_is_well_after_a_clean_sync(company);
    }
}

/* NET-05: status and Retry-After, where each API has its userInfo; uploads and downloads. */
static void a_failure_tells_the_http_status(void **state) {
  struct company *company = *state;
  static const enum vmx_api apis[] = {VMX_API_JS, VMX_API_JAVA, VMX_API_OBJC};
  for (size_t i = 0; i < 2 * 3; i++) {
    prepare(company);
    company_restart(company, apis[i % 3]);
    company_setup_again(company);
    fake_expect_retry(&company->network, i / 3 ? "UPLOAD" : "GET http://f/Org?", 429, "slow down", "120");
    assert_int_equal(company_sync_org(company, i / 3 ? NULL : "{'syncType':'downloadOnly'}"), 2030);
    company_payload_is(company, "userInfo.httpStatus", "429");
    company_payload_is(company, "userInfo.retryAfter", "'120'");
    assert_int_equal(company_sync_org(company, NULL), 0); /* no waiting is needed */
  }
}

/* NET-03: the server has stored the upload, and its answer does not arrive, once or twice in a row. */
static void an_answer_that_is_lost_loses_and_doubles_nothing(void **state) {
  struct company *company = *state;
  static const enum model_fault losses[] = {MODEL_HUNG, MODEL_CUT, MODEL_GATEWAY, MODEL_EMPTY,
                                            MODEL_TRUNCATED, MODEL_BUSY};
  for (size_t i = 0; i < sizeof losses / sizeof *losses; i++)
    for (enum place at = FIRST_UPLOAD; at <= SECOND_UPLOAD; at++) {
      prepare(company);
      model_fail(server, at, losses[i]);
      assert_int_not_equal(company_sync_org(company, SMALL), 0);
      model_fail(server, 1, losses[(i + at) % (sizeof losses / sizeof *losses)]);
      assert_int_not_equal(company_sync_org(company, SMALL), 0); /* the replay is lost as well */
      edits_are_visible(company);
      all_is_well_after_a_clean_sync(company);
    }
}

/* -- texts that are cut ---------------------------------------------------------------------------------------- */

static void cut(struct spoiler *spoiler, const char *body) {
  spoiler->spoiled = spoiler->number < strlen(body);
  base_buf_append(&spoiler->text, body, spoiler->spoiled ? spoiler->number : strlen(body));
}

/* NET-02, DNL-06, UPC-02: an upload's answer, a first and a last page, ending behind each byte. */
static void an_answer_cut_anywhere_is_refused_and_repaired(void **state) {
  struct company *company = *state;
  static const enum place places[] = {SECOND_UPLOAD, FIRST_PAGE, SECOND_PAGE};
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    struct spoiler spoiler = {.at = places[i], .spoil = cut};
    for (;; spoiler.number += 3) {
      prepare(company);
      int code = sync_spoiled(company, &spoiler);
      if (!spoiler.spoiled) break;
      assert_int_equal(code, 2037);
      edits_are_visible(company);
      all_is_well_after_a_clean_sync(company);
    }
    assert_true(spoiler.number > 100);
    base_buf_done(&spoiler.text);
  }
}

/* -- values of another type ------------------------------------------------------------------------------------- */

static const char *const replacements[] = {"null", "true", "0", "\"\"", "[]", "{}", "-7.5e3",
                                           "\"\\u0000\"", "[[{}]]"};
enum { REPLACEMENTS = sizeof replacements / sizeof *replacements };

static cJSON *parse(const char *text) {
  cJSON *tree = NULL;
  assert_int_equal(json_parse(text, strlen(text), JSON_LAST_COUNTS, &tree, NULL), 0);
  return tree;
}

/* The nth value of the tree, counted from 0 in the order of the text, the whole included, or NULL. */
static const cJSON *nth_value(const cJSON *item, size_t *nth) {
  if ((*nth)-- == 0) return item;
  const cJSON *found = NULL;
  for (const cJSON *child = item->child; child && !found; child = child->next) found = nth_value(child, nth);
  return found;
}

/* The tree as text, with `text` in the place of `item`. */
static void write_replaced(struct base_buf *out, const cJSON *tree, const cJSON *item, const char *text) {
  bool branch = cJSON_IsObject(tree) || cJSON_IsArray(tree);
  CLEANUP(free_text) char *own = branch ? NULL : json_print(tree);
  if (tree == item || !branch) {
    base_buf_text(out, tree == item ? text : own);
    return;
  }
  base_buf_char(out, cJSON_IsObject(tree) ? '{' : '[');
  for (const cJSON *child = tree->child; child; child = child->next) {
    if (child != tree->child) base_buf_char(out, ',');
    if (child->string) base_buf_printf(out, "\"%s\":", child->string);
    write_replaced(out, child, item, text);
  }
  base_buf_char(out, cJSON_IsObject(tree) ? '}' : ']');
}

static void mistype(struct spoiler *spoiler, const char *body) {
  CLEANUP(json_free) cJSON *tree = parse(body);
  size_t nth = spoiler->number / REPLACEMENTS;
  const cJSON *item = nth_value(tree, &nth);
  spoiler->spoiled = item != NULL;
  write_replaced(&spoiler->text, tree, item, replacements[spoiler->number % REPLACEMENTS]);
}

/* A server may mean what it says: a row under a key that it never had is believed. But no edit is lost,
 * and what the server has in truth is here after a clean sync. */
static void nothing_is_lost_after_a_clean_sync(struct company *company) {
  CLEANUP(free_text) char *here = NULL;
  struct base_error err = {0};
  for (size_t i = 0; i < server->row_count; i++) server->rows[i].revision = ++server->revision;
  company_sync_org(company, NULL); /* an edit may fail once more: of a row that the lie has moved */
  company_sync_org(company, NULL);
  assert_true(model_count(server, "created") >= 1); /* UPL-12: refused as a whole, it may be there twice */
  assert_int_equal(model_count(server, "changed"), 1);
  assert_int_equal(vmx_snapshot(company->client, "Member", &here, &err), 0);
  for (size_t i = 0; i < server->row_count; i++) {
    CLEANUP(free_text) char *name = look_text("'%s'", server->rows[i].name);
    if (server->rows[i].object == MODEL_MEMBER && !strstr(here, name)) fail_msg("%s is not in %s", name, here);
  }
}

static void spoil_each_value(struct company *company, enum place at) {
  struct spoiler spoiler = {.at = at, .spoil = mistype};
  for (;; spoiler.number++) {
    prepare(company);
    sync_spoiled(company, &spoiler); /* one end: company_sync() demands it */
    if (!spoiler.spoiled) break;
    nothing_is_lost_after_a_clean_sync(company);
  }
  assert_true(spoiler.number > 20 * REPLACEMENTS);
  base_buf_done(&spoiler.text);
}

/* NET-02, UPL-08 */
static void no_value_of_an_upload_answer_does_harm(void **state) { spoil_each_value(*state, FIRST_UPLOAD); }

/* NET-02, DNL-14 */
static void no_value_of_a_page_does_harm(void **state) { spoil_each_value(*state, FIRST_PAGE); }

/* -- members that stand twice --------------------------------------------------------------------------------------- */

/* Every member twice, the first time with nonsense. */
static void write_twice(struct base_buf *out, const cJSON *item) {
  if (!cJSON_IsObject(item) && !cJSON_IsArray(item)) {
    CLEANUP(free_text) char *text = json_print(item);
    base_buf_text(out, text);
    return;
  }
  base_buf_char(out, cJSON_IsObject(item) ? '{' : '[');
  for (const cJSON *child = item->child; child; child = child->next) {
    if (child != item->child) base_buf_char(out, ',');
    if (child->string) base_buf_printf(out, "\"%s\":{\"a\":[1,\"x\"]},\"%s\":", child->string, child->string);
    write_twice(out, child);
  }
  base_buf_char(out, cJSON_IsObject(item) ? '}' : ']');
}

static void repeat(struct spoiler *spoiler, const char *body) {
  CLEANUP(json_free) cJSON *tree = parse(body);
  write_twice(&spoiler->text, tree);
}

/* DNL-14: every member of the answer stands twice, the first time with nonsense: no crash, no edit lost,
 * and a clean sync repairs. */
static void repeated_members_do_no_harm(void **state) {
  struct company *company = *state;
  for (enum place at = FIRST_UPLOAD; at <= SECOND_PAGE; at++) {
    struct spoiler spoiler = {.at = at, .spoil = repeat};
    prepare(company);
    sync_spoiled(company, &spoiler);
    edits_are_visible(company);
    nothing_is_lost_after_a_clean_sync(company);
    base_buf_done(&spoiler.text);
  }
}

/* -- depth and length ---------------------------------------------------------------------------------------------- */

/* An unknown member that is `number` levels deep, before the others. */
static void deepen(struct spoiler *spoiler, const char *body) {
  struct base_buf *text = &spoiler->text;
  base_buf_text(text, "{\"unknown\":");
  for (size_t i = 0; i < spoiler->number; i++) base_buf_char(text, i % 2 ? '[' : '{'), base_buf_text(text, i % 2 ? "" : "\"a\":");
  base_buf_text(text, "1");
  for (size_t i = spoiler->number; i > 0; i--) base_buf_char(text, i % 2 ? '}' : ']');
  base_buf_printf(text, ",%s", body + 1);
}

/* NET-02, W-7: what is too deep is refused with 2037, what is not does not matter. */
static void deep_answers_are_taken_or_refused(void **state) {
  struct company *company = *state;
  static const size_t depths[] = {10, 500, 600, 100000};
  for (size_t i = 0; i < sizeof depths / sizeof *depths; i++)
    for (enum place at = FIRST_UPLOAD; at <= SECOND_PAGE; at++) {
      struct spoiler spoiler = {.at = at, .spoil = deepen, .number = depths[i]};
      prepare(company);
      assert_int_equal(sync_spoiled(company, &spoiler), depths[i] > 512 ? 2037 : 0);
      all_is_well_after_a_clean_sync(company);
      base_buf_done(&spoiler.text);
    }
}

/* DNL-10, W-27, C-6: contexts that come again and again end the sync, what was sent is stored, and the
 * next sync works; a server that sends ever new ones is believed. */
static void an_endless_server_is_given_up(void **state) {
  struct company *company = *state;
  static const char *const contexts[] = {"a", "aa", "ab", "abc"}; /* answered in turn */
  for (size_t i = 0; i < sizeof contexts / sizeof *contexts; i++) {
    company_renew(company);
    company_setup(company, false);
    size_t cycle = strlen(contexts[i]), pages = 0;
    for (size_t n = 0; n < 4 * cycle; n++)
      fake_say(&company->network, "GET http://f/Org?", 200, PAGE(ROW("%zu", "x"), "%c"), n + 1, n + 1,
               contexts[i][n % cycle]);
    assert_int_equal(company_sync_org(company, NULL), 2474);
    pages = fake_count(&company->network, "GET http://f/Org?");
    assert_true(pages <= 2 * cycle + 1);
    fake_forget_answers(&company->network);
    fake_say(&company->network, "GET http://f/Org?", 200, LAST_PAGE(ROW("1", "one"), "d1"));
    assert_int_equal(company_sync_org(company, NULL), 0);
    assert_string_equal(fake_find(&company->network, "GET http://f/Org?", pages)->body, "{}");
  }
  company_renew(company);
  company_setup(company, false);
  for (int n = 0; n < 100; n++)
    fake_say(&company->network, "GET http://f/Org?", 200, PAGE(ROW("%d", "x"), "c%d"), n, n, n);
  fake_say(&company->network, "GET http://f/Org?", 200, LAST_PAGE("", "d1"));
  assert_int_equal(company_sync_org(company, NULL), 0);
}

static int open_server(void **state) {
  (void)state;
  server = model_new();
  return 0;
}

static int close_server(void **state) {
  (void)state;
  model_free(server);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_COMPANY(each_answer_has_its_code_at_each_place),
      WITH_COMPANY(a_failure_tells_the_http_status),
      WITH_COMPANY(an_answer_that_is_lost_loses_and_doubles_nothing),
      WITH_COMPANY(an_answer_cut_anywhere_is_refused_and_repaired),
      WITH_COMPANY(no_value_of_an_upload_answer_does_harm),
      WITH_COMPANY(no_value_of_a_page_does_harm),
      WITH_COMPANY(repeated_members_do_no_harm),
      WITH_COMPANY(deep_answers_are_taken_or_refused),
      WITH_COMPANY(an_endless_server_is_given_up)};
  return cmocka_run_group_tests_name("engine/answers", tests, open_server, close_server);
}
