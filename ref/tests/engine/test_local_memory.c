/*
 * Torture of the local calls: the nth allocation fails, for each n, once alone and once with all that
 * follow. A call then answers as it would, or with a code and nothing changed (LOC-05).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocator.h"
#include "base/cleanup.h"
#include "company.h"
#include "engine/client.h"

enum { NTH_MAX = 20000 };

/* House > Room, which the server cascades; Room > Desk, which it does not. */
static const char houses[] =
    "{'opstatus':0,'timestamp':'t1','uploadCache':true,'namespaces':[{'name':'','objects':["
    "{'name':'House','key':['Id'],'fields':[{'name':'Id','datatype':'number'},{'name':'Name','datatype':'string'}],"
    "'relationships':[{'name':'rooms','type':'OneToMany','target_object':'Room','source_fields':['Id'],"
    "'target_fields':['Up'],'cascade':true,'backend_cascade_support':true}]},"
    "{'name':'Room','key':['Id','Up'],'fields':[{'name':'Id','datatype':'number'},{'name':'Up','datatype':'number'}],"
    "'relationships':[{'name':'desks','type':'OneToMany','target_object':'Desk','source_fields':['Id'],"
    "'target_fields':['Up'],'cascade':true}]},"
    "{'name':'Desk','key':['Id'],'fields':[{'name':'Id','datatype':'number','auto_generated':true},"
    "{'name':'Up','datatype':'number'},{'name':'Note','datatype':'string'}]}]}]}";

static const char *const objects[] = {"House", "Room", "Desk"};

enum what { CREATE, UPDATE, DELETE, GET, SELECT, PENDING, MARK, ROLLBACK, CLEAR_OBJECT, CLEAR_SERVICE };

/* ' stands for ". An empty record and options are NULL; a query, and keys to roll back, are the record. */
static const struct call {
  enum what what;
  const char *target, *record, *options;
} calls[] = {
    {CREATE, "Desk", "{'Up':1,'Note':'a\\u0062c'}", "{'markForUpload':false}"},
    {UPDATE, "Desk", "{'Note':'new'}", "{'whereCondition':{'Up':1}}"},
    {UPDATE, "Desk", "{'Note':'new'}", "{'whereConditionAsAString':'Up > 0'}"},
    {DELETE, "House", "{'Id':1}", ""},
    {GET, "Desk", "", "{'orderByMap':[{'Up':'DESC'},{'Note':'ASC'}],'projectionColumns':['Note','Up'],'distinct':true,"
                      "'likeCondition':{'Note':'%'}}"},
    {GET, "Room", "", "{'primaryKeys':{'Id':1,'Up':1}}"},
    {GET, "Desk", "", "{'whereConditionAsAString':'Note = lower(Note)'}"},
    {SELECT, "", "SELECT House.Name, count(*) AS n, 0.5 AS half FROM House JOIN Room ON House.Id = Up GROUP BY 1 ORDER BY 2", ""},
    {PENDING, "Desk", "", "{'whereConditionAsAString':'Up = 1'}"},
    {MARK, "Desk", "", "{'whereCondition':{'Up':1}}"},
    {ROLLBACK, "", "", ""},
    {ROLLBACK, "House", "{'Id':2}", ""},
    {CLEAR_OBJECT, "House", "", ""},
    {CLEAR_SERVICE, "Organization", "", ""},
};

static char *text_of(const char *text) { return *text ? look_text("%s", text) : NULL; }

static int make(struct vmx_client *client, const struct call *call, const char *record, const char *options,
                char **out, struct base_error *err) {
  const char *target = call->target;
  switch (call->what) {
  case CREATE: return vmx_create(client, target, record, options, out, err);
  case UPDATE: return vmx_update(client, target, record, options, err);
  case DELETE: return vmx_delete(client, target, record, options, err);
  case GET: return vmx_get(client, target, options, out, err);
  case SELECT: return vmx_execute_select_query(client, record, out, err);
  case PENDING: return vmx_get_pending_records(client, target, options, out, err);
  case MARK: return vmx_mark_for_upload(client, target, options, err);
  case ROLLBACK: return vmx_rollback(client, *target ? VMX_SCOPE_OBJECT : VMX_SCOPE_APPLICATION, target, record, err);
  case CLEAR_OBJECT: return vmx_clear_offline_data(client, VMX_SCOPE_OBJECT, target, err);
  default: return vmx_clear_offline_data(client, VMX_SCOPE_SERVICE, target, err);
  }
}

/* Rows and pending rows of all objects, one text. */
static char *state_of(struct company *company) {
  char *all = strdup("");
  for (size_t i = 0; i < 2 * (sizeof objects / sizeof *objects); i++) {
    struct base_error err = {0};
    CLEANUP(free_text) char *part = NULL;
    char *longer = NULL;
    int code = i % 2 ? vmx_get_pending_records(company->client, objects[i / 2], NULL, &part, &err)
                     : vmx_snapshot(company->client, objects[i / 2], &part, &err);
    assert_int_equal(code, 0);
    assert_true(asprintf(&longer, "%s%s\n", all, part) > 0);
    free(all);
    all = longer;
  }
  return all;
}

static void edit(struct company *company, const char *object, const char *record, const char *options) {
  CLEANUP(free_text) char *row = text_of(record);
  CLEANUP(free_text) char *how = text_of(options);
  CLEANUP(free_text) char *created = NULL;
  struct base_error err = {0};
  if (vmx_create(company->client, object, row, how, &created, &err) != 0) fail_msg("%s", err.text);
}

/* The same rows each time: some from elsewhere, some to be uploaded, a house that is deleted already. */
static void build(struct company *company) {
  CLEANUP(free_text) char *metadata = text_of(houses);
  struct base_error err = {0};
  company_renew(company);
  company_setup_with(company, metadata, company_note);
  for (int i = 1; i <= 2; i++) {
    char record[80];
    snprintf(record, sizeof record, "{'Id':%d,'Name':'house'}", i);
    edit(company, "House", record, "{'trackChanges':false}");
    snprintf(record, sizeof record, "{'Id':%d,'Up':%d}", i, i);
    edit(company, "Room", record, "{'trackChanges':false}");
    snprintf(record, sizeof record, "{'Id':%d,'Up':%d,'Note':'desk'}", 10 + i, i);
    edit(company, "Desk", record, "{'trackChanges':false}");
  }
  edit(company, "Desk", "{'Up':1,'Note':'mine'}", "{'markForUpload':false}");
  assert_int_equal(vmx_delete(company->client, "House", "{\"Id\":2}", NULL, &err), 0);
}

/* Once with enough memory: what it gives, and what there is afterwards. */
static void learn(struct company *company, const struct call *call, char **out, char **after) {
  CLEANUP(free_text) char *record = text_of(call->record);
  CLEANUP(free_text) char *options = text_of(call->options);
  struct base_error err = {0};
  build(company);
  if (make(company->client, call, record, options, out, &err) != 0) fail_msg("call %d of %s: %s", call->what, call->target, err.text);
  *after = state_of(company);
}

static void same(const char *a, const char *b, const struct call *call, size_t nth) {
  if ((a == NULL) != (b == NULL) || (a && strcmp(a, b) != 0))
    fail_msg("call %d of %s, allocation %zu:\n%s\nis not\n%s", call->what, call->target, nth, a ? a : "nothing",
             b ? b : "nothing");
}

/* Was an allocation refused? Then the call failed and nothing changed, or it did all that it does. */
static bool once(struct company *company, const struct call *call, size_t nth, bool all, const char *wanted,
                 const char *before, const char *after) {
  CLEANUP(free_text) char *record = text_of(call->record);
  CLEANUP(free_text) char *options = text_of(call->options);
  CLEANUP(free_text) char *out = NULL;
  struct base_error err = {0};
  allocator_arm(nth, all);
  int code = make(company->client, call, record, options, &out, &err);
  bool failed = allocator_disarm();
  CLEANUP(free_text) char *now = state_of(company);
  assert_true(code == 0 || (failed && err.code == code));
  same(out, code == 0 ? wanted : NULL, call, nth);
  same(now, code == 0 ? after : before, call, nth);
  if (code == 0 && strcmp(before, after) != 0) build(company);
  return failed;
}

static void local_calls_survive_every_failing_allocation(void **state) {
  struct company *company = *state;
  for (size_t i = 0; i < 2 * (sizeof calls / sizeof *calls); i++) {
    const struct call *call = &calls[i / 2];
    CLEANUP(free_text) char *wanted = NULL, *after = NULL;
    learn(company, call, &wanted, &after);
    build(company);
    CLEANUP(free_text) char *before = state_of(company);
    size_t nth = 1;
    while (once(company, call, nth, i % 2, wanted, before, after)) assert_true(++nth < NTH_MAX);
    assert_true(nth > 1);
  }
}

/* The next schema: no houses, a desk that loses a column and gains one, something new. */
static const char changed[] =
    "{'opstatus':0,'timestamp':'t2','namespaces':[{'name':'','objects':["
    "{'name':'Room','key':['Id','Up'],'fields':[{'name':'Id','datatype':'number'},{'name':'Up','datatype':'number'}]},"
    "{'name':'Desk','key':['Id'],'fields':[{'name':'Id','datatype':'number','auto_generated':true},"
    "{'name':'Up','datatype':'number'},{'name':'Made','datatype':'date'}]},"
    "{'name':'Lamp','key':['Id'],'fields':[{'name':'Id','datatype':'number'}]}]}]}";

static struct vmx_model *changed_model(const struct vmx_client *client) {
  CLEANUP(free_text) char *metadata = text_of(changed);
  struct vmx_model *model = vmx_model_new();
  struct base_error err = {0};
  assert_int_equal(vmx_model_read_document(model, client->model->document, client->model->document_len, &err), 0);
  assert_int_equal(vmx_model_read_metadata(model, &model->services[0], metadata, strlen(metadata), &err), 0);
  assert_int_equal(vmx_model_finish(model, &err), 0);
  return model;
}

/* SET-03: the schema changes as a whole or not at all. */
static bool a_change(struct company *company, size_t nth, bool all, const char *before) {
  struct vmx_client *client = company->client;
  struct vmx_model *model = changed_model(client);
  struct base_error err = {0};
  allocator_arm(nth, all);
  int code = vmx_store_save_setup(client->store, model, &err);
  bool failed = allocator_disarm();
  assert_true(code == 0 || (failed && err.code == code));
  struct vmx_model *gone = code == 0 ? client->model : model;
  if (code == 0) client->model = model;
  vmx_model_free(gone);
  if (code != 0) {
    CLEANUP(free_text) char *now = state_of(company);
    assert_string_equal(now, before);
    return failed;
  }
  company_rows_are(company, "Desk", "[{'Id':-1,'Up':1,'Made':null},{'Id':11,'Up':1,'Made':null}]");
  company_rows_are(company, "Room", "[{'Id':1,'Up':1},{'Id':2,'Up':2}]"); /* the second is there again */
  company_pending_are(company, "Desk", "[{'Id':-1},{'Id':12}]");
  company_rows_are(company, "Lamp", "[]");
  build(company);
  return failed;
}

static void a_change_of_the_schema_survives_every_failing_allocation(void **state) {
  struct company *company = *state;
  for (int all = 0; all < 2; all++) {
    build(company);
    CLEANUP(free_text) char *before = state_of(company);
    size_t nth = 1;
    while (a_change(company, nth, all, before)) assert_true(++nth < NTH_MAX);
    assert_true(nth > 10);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {WITH_COMPANY(local_calls_survive_every_failing_allocation),
                                     WITH_COMPANY(a_change_of_the_schema_survives_every_failing_allocation)};
  allocator_install();
  return cmocka_run_group_tests_name("engine/local_memory", tests, NULL, NULL);
}
