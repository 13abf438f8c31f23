/*
 * Hierarchical uploads over real rows (W-47, W-48): what is carried and with which content, keys that
 * answers give to what is sent later, rows that wait, the upload cache. The forests are core's test.
 */
#include "store_support.h"

#define NUMBER(name, generated) "{\"name\":\"" name "\",\"datatype\":\"number\",\"auto_generated\":" generated "}"
#define TEXT(name) "{\"name\":\"" name "\",\"datatype\":\"string\"}"
#define ONE_TO_MANY(target, source, aim)                                                           \
  "{\"name\":\"r\",\"type\":\"OneToMany\",\"target_object\":\"" target "\",\"source_fields\":[\"" source \
  "\"],\"target_fields\":[\"" aim "\"]}"
#define LISTS(action, children) "\"" action "\":{\"actions\":[{\"type\":[\"" action "\"],\"supportedObjects\":[" children "]}]}"

/* Dept has Emps and, by its code, Pairs, part of whose key is the code; an Emp has Emps. */
static const char metadata[] =
    "{\"timestamp\":\"t1\",\"uploadCache\":true,\"namespaces\":[{\"name\":\"\",\"objects\":["
    "{\"name\":\"Emp\",\"key\":[\"EmpId\"],\"fields\":[" NUMBER("EmpId", "true") "," TEXT("Name") "," NUMBER("DeptId", "false") ","
    NUMBER("BossId", "false") "],\"relationships\":[" ONE_TO_MANY("Emp", "EmpId", "BossId") "],"
    "\"operations\":{" LISTS("create", "\"Emp\"") "," LISTS("update", "\"Emp\"") "}},"
    "{\"name\":\"Dept\",\"key\":[\"Id\"],\"fields\":[" NUMBER("Id", "true") "," TEXT("Name") "," NUMBER("Code", "false") "],"
    "\"relationships\":[" ONE_TO_MANY("Emp", "Id", "DeptId") "," ONE_TO_MANY("ns.Pair", "Code", "B") "],"
    "\"operations\":{" LISTS("create", "\"Emp\",\"ns.Pair\"") "," LISTS("update", "\"Emp\",\"ns.Pair\"") ","
    LISTS("delete", "\"Emp\",\"ns.Pair\"") "}}]},"
    "{\"name\":\"ns\",\"objects\":[{\"name\":\"Pair\",\"key\":[\"A\",\"B\"],\"fields\":[" TEXT("A") "," NUMBER("B", "false") "," TEXT("V") "]}]}]}";

static int open_store(void **state) { return support_setup_with(state, metadata); }

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_store, support_teardown)

/* A sync in steps: the records of the next request, and its answer. */
struct sync {
  struct fixture *f;
  struct vmx_upload run;
  struct vmx_upload_batch batch;
  struct base_buf short_form;
};

static void begin_of(struct sync *s, struct fixture *f, int64_t batch_size, const struct vmx_object *object) {
  *s = (struct sync){.f = f};
  const struct vmx_upload_config config = {.service = f->service, .object = object, .batch_size = batch_size};
  vmx_upload_init(&s->run, &config);
  support_ok(f, vmx_store_begin_upload(f->store, &s->run, &f->err));
}

static void begin(struct sync *s, struct fixture *f, int64_t batch_size) { begin_of(s, f, batch_size, NULL); }

static void end(struct sync *s) {
  vmx_upload_batch_done(&s->batch);
  vmx_upload_done(&s->run);
  base_buf_done(&s->short_form);
}

/* "[{'Id':7,'Name':'d','#':'update -1 k'}]": records without what their `_metadata` has always. */
static const char *shorten(struct sync *s, const char *body) {
  struct base_buf *out = &s->short_form;
  base_buf_clear(out);
  for (const char *c = strstr(body, "\"records\":") + 10; c[1];) {
    int read = 0;
    long long row_id;
    char object[20], action[20], checksum[20] = "";
    if (sscanf(c, "\"_metadata\":{\"object\":\"%19[^\"]\",\"action\":\"%19[^\"]\",\"rowId\":%lld,\"checksum\":\"%n",
               object, action, &row_id, &read) == 3 && read > 0) {
      size_t len = strcspn(c + read, "\"");
      snprintf(checksum, sizeof checksum, "%.*s", (int)len, c + read);
      base_buf_printf(out, "'#':'%s %lld%s%s'", action, row_id, len ? " " : "", checksum);
      c = strchr(c + read + len, '}') + 1;
    } else {
      base_buf_char(out, *c == '"' ? '\'' : *c);
      c++;
    }
  }
  return base_buf_string(out);
}

/* The next request has these records; NULL: there is none. */
static void next_is(struct sync *s, const char *records) {
  support_ok(s->f, vmx_store_next_batch(s->f->store, &s->run, "id", "", &s->batch, &s->f->err));
  assert_int_equal(s->batch.count > 0, records != NULL);
  if (records) assert_string_equal(shorten(s, s->batch.body.data), records);
}

/* ' stands for " */
static void answer_is(struct sync *s, const char *text) {
  char *copy = strdup(text);
  for (char *c = copy; *c; c++)
    if (*c == '\'') *c = '"';
  support_ok(s->f, support_answer(s->f, &s->run, &s->batch, copy));
  free(copy);
}

static void refuse(struct sync *s) {
  assert_true(vmx_upload_reject(&s->run, &s->batch, "", 0, &s->f->errors));
  support_ok(s->f, vmx_store_end_request(s->f->store, &s->batch, false, &s->f->err));
}

static void rows_are(struct fixture *f, const struct vmx_object *object, const char *wanted) {
  char *copy = strdup(support_rows(f, object));
  for (char *c = copy; *c; c++)
    if (*c == '"') *c = '\'';
  assert_string_equal(copy, wanted);
  free(copy);
}

#define ANSWER(groups) "{'opstatus':0,'_metadata':{},'objects':[" groups "]}"
#define GROUP(name, records) "{'name':'" name "','records':[" records "]}"
#define DEPT(id, name, row_id, more)                                                               \
  "{'Id':" id ",'Name':'" name "','Code':null,'_metadata':{'rowId':" row_id ",'checksum':'s" id "'}" more "}"
#define EMP(id, dept, row_id)                                                                      \
  "{'EmpId':" id ",'Name':'e','DeptId':" dept ",'BossId':null,'_metadata':{'rowId':" row_id ",'checksum':'t" id "'}}"

/* Dept 7 is here, checksum s7, and Emp 5 in it. */
static void download(struct fixture *f) {
  support_download(f, "{\"opstatus\":0,\"Objects\":[{\"name\":\"Dept\",\"records\":[{\"Id\":7,\"Name\":\"d\",\"Code\":4,"
                      "\"_metadata\":{\"checksum\":\"s7\"},\"Emp\":[{\"EmpId\":5,\"Name\":\"e\",\"DeptId\":7,\"BossId\":null,"
                      "\"_metadata\":{\"checksum\":\"t5\"}}]}]}]}");
}

static void create(struct fixture *f, const struct vmx_object *object, const char *record) {
  char *copy = strdup(record);
  for (char *c = copy; *c; c++)
    if (*c == '\'') *c = '"';
  support_create(f, object, copy, NULL);
  free(copy);
}

/* HIE-01, UPL-06, W-34: one request, nested; its answer re-keys row, log and children. */
static void parent_and_children_travel_in_one_request(void **state) {
  struct fixture *f = *state;
  struct sync s;
  create(f, f->dept, "{'Name':'d'}");
  create(f, f->emp, "{'Name':'e','DeptId':-1}");
  support_update(f, f->emp, "{\"Name\":\"e2\"}", "{\"primaryKeys\":{\"EmpId\":-2}}");
  begin(&s, f, 50);
  assert_int_equal(s.run.total, 3);
  next_is(&s, "[{'Id':-1,'Name':'d','#':'create 1','Emp':[{'EmpId':-2,'Name':'e','DeptId':-1,'#':'create 2'}]}]");
  assert_null(strstr(s.batch.body.data, "\"echo\""));
  answer_is(&s, ANSWER(GROUP("Dept", DEPT("8", "d", "1", ",'Emp':[" EMP("101", "8", "2") "]"))));
  assert_int_equal(s.run.uploaded, 2);
  next_is(&s, "[{'Id':8,'Name':'d','#':'update -1 s8','Emp':[{'EmpId':101,'Name':'e2','DeptId':8,'#':'update 3 t101'}]}]");
  answer_is(&s, ANSWER(GROUP("Dept", DEPT("8", "d", "-1", "")) "," GROUP("Emp", EMP("101", "8", "3"))));
  next_is(&s, NULL);
  rows_are(f, f->dept, "[{'Id':8,'Name':'d','Code':null}]");
  rows_are(f, f->emp, "[{'EmpId':101,'Name':'e','DeptId':8,'BossId':null}]");
  assert_false(vmx_sync_errors_any(&f->errors));
  assert_int_equal(s.run.uploaded, 3);
  end(&s);
}

/* HIE-02, CON-01: a carrier is the current row; what the server says of it is stored. */
static void a_parent_without_an_edit_is_carried(void **state) {
  struct fixture *f = *state;
  struct sync s;
  download(f);
  create(f, f->emp, "{'Name':'e','DeptId':7}");
  create(f, f->emp, "{'Name':'f','BossId':5}");
  begin(&s, f, 50);
  next_is(&s, "[{'Id':7,'Name':'d','Code':4,'#':'update -1 s7','Emp':[{'EmpId':-1,'Name':'e','DeptId':7,'#':'create 1'},"
              "{'EmpId':5,'Name':'e','DeptId':7,'#':'update -1 t5','Emp':[{'EmpId':-2,'Name':'f','BossId':5,'#':'create 2'}]}]}]");
  answer_is(&s, ANSWER(GROUP("Dept", "{'Id':7,'Name':'theirs','Code':4,'_metadata':{'rowId':-1,'checksum':'s8'}}")
                       "," GROUP("Emp", EMP("5", "7", "-1") "," EMP("101", "7", "1") "," EMP("102", "null", "2"))));
  rows_are(f, f->dept, "[{'Id':7,'Name':'theirs','Code':4}]");
  next_is(&s, NULL);
  end(&s);
  support_update(f, f->dept, "{\"Name\":\"mine\"}", "{\"primaryKeys\":{\"Id\":7}}");
  begin(&s, f, 50);
  next_is(&s, "[{'Id':7,'Name':'mine','Code':4,'#':'update 3 s8'}]"); /* on the checksum that the carrier brought */
  end(&s);
}

#define CARRIED_WITH(row_id)                                                                       \
  "[{'Id':7,'Name':'d','Code':4,'#':'update -1 s7','Emp':[{'EmpId':-1,'Name':'e','DeptId':7,'#':'create " row_id "'}]}]"
#define ANSWERED_WITH(row_id) ANSWER(GROUP("Dept", DEPT("7", "theirs", "-1", ",'Emp':[" EMP("101", "7", row_id) "]")))

/* UPL-04, UPL-10, W-33: edits that do not travel now are not in a carrier either, and stay. */
static void a_carrier_holds_no_edit_that_has_to_wait(void **state) {
  struct fixture *f = *state;
  struct sync s;
  download(f);
  support_update(f, f->dept, "{\"Name\":\"mine\"}", "{\"primaryKeys\":{\"Id\":7},\"markForUpload\":false}");
  create(f, f->emp, "{'Name':'e','DeptId':7}");
  begin(&s, f, 50);
  next_is(&s, CARRIED_WITH("2"));
  answer_is(&s, ANSWERED_WITH("2"));
  next_is(&s, NULL);
  rows_are(f, f->dept, "[{'Id':7,'Name':'mine','Code':4}]");
  assert_string_equal(support_pending(f, f->dept), "{\"pendingSyncRecords\":[{\"Id\":7}]}");
  end(&s);
}

static void a_carrier_holds_no_edit_of_the_running_sync(void **state) { /* UPL-10 */
  struct fixture *f = *state;
  struct sync s;
  download(f);
  create(f, f->emp, "{'Name':'e','DeptId':7}");
  begin(&s, f, 50);
  support_update(f, f->dept, "{\"Name\":\"mine\"}", "{\"primaryKeys\":{\"Id\":7}}");
  next_is(&s, CARRIED_WITH("1"));
  answer_is(&s, ANSWERED_WITH("1"));
  next_is(&s, NULL);
  rows_are(f, f->dept, "[{'Id':7,'Name':'mine','Code':4}]");
  assert_string_equal(support_pending(f, f->dept), "{\"pendingSyncRecords\":[{\"Id\":7}]}");
  end(&s);
}

/* W-48 c: a deleted parent is carried as the copy that is remembered of it. */
static void a_deleted_parent_is_carried_as_it_is_remembered(void **state) {
  struct fixture *f = *state;
  struct sync s;
  download(f);
  support_update(f, f->emp, "{\"Name\":\"e2\"}", "{\"primaryKeys\":{\"EmpId\":5}}");
  begin(&s, f, 50);
  support_ok(f, vmx_store_delete(f->store, f->dept, text_of(NULL), text_of("{\"primaryKeys\":{\"Id\":7}}"), NULL, &f->err));
  next_is(&s, "[{'Id':7,'Name':'d','Code':4,'#':'update -1 s7','Emp':[{'EmpId':5,'Name':'e2','DeptId':7,'#':'update 1 t5'}]}]");
  answer_is(&s, ANSWER(GROUP("Dept", DEPT("7", "d", "-1", ",'Emp':[" EMP("5", "7", "1") "]"))));
  next_is(&s, NULL);
  rows_are(f, f->dept, "[]"); /* the carrier's answer does not bring it back */
  end(&s);
}

/* HIE-02: deletes go last, children's objects first; those that a parent's delete lists go in it. */
static void deletes_go_last(void **state) {
  struct fixture *f = *state;
  struct sync s;
  download(f);
  support_ok(f, vmx_store_delete(f->store, f->emp, text_of(NULL), text_of("{\"primaryKeys\":{\"EmpId\":5}}"), NULL, &f->err));
  support_ok(f, vmx_store_delete(f->store, f->dept, text_of(NULL), text_of("{\"primaryKeys\":{\"Id\":7}}"), NULL, &f->err));
  create(f, f->dept, "{'Name':'n'}");
  begin(&s, f, 50);
  next_is(&s, "[{'Id':-1,'Name':'n','#':'create 3'},{'Id':7,'Name':'d','Code':4,'#':'delete 2 s7',"
              "'Emp':[{'EmpId':5,'Name':'e','DeptId':7,'#':'delete 1 t5'}]}]");
  answer_is(&s, ANSWER(GROUP("Dept", DEPT("8", "n", "3", "") ",{'Id':7,'_metadata':{'rowId':2},'Emp':[{'EmpId':5,'_metadata':{'rowId':1}}]}")));
  next_is(&s, NULL);
  rows_are(f, f->dept, "[{'Id':8,'Name':'n','Code':null}]");
  rows_are(f, f->emp, "[]");
  end(&s);
}

/* W-34, W-48: the plan holds rowIds, so a request knows the keys that the one before it brought. */
static void later_requests_of_a_pass_know_the_keys_of_earlier_ones(void **state) {
  struct fixture *f = *state;
  struct sync s;
  create(f, f->emp, "{'Name':'boss'}");
  create(f, f->dept, "{'Name':'d'}");
  create(f, f->emp, "{'Name':'e','DeptId':-2}");
  support_update(f, f->emp, "{\"DeptId\":-2}", "{\"primaryKeys\":{\"EmpId\":-1},\"trackIntermediateUpdates\":true}");
  begin(&s, f, 2);
  next_is(&s, "[{'Id':-2,'Name':'d','#':'create 2','Emp':[{'EmpId':-3,'Name':'e','DeptId':-2,'#':'create 3'}]}]");
  answer_is(&s, ANSWER(GROUP("Dept", DEPT("8", "d", "2", ",'Emp':[" EMP("103", "8", "3") "]"))));
  next_is(&s, "[{'EmpId':-1,'Name':'boss','#':'create 1'}]");
  answer_is(&s, ANSWER(GROUP("Emp", EMP("101", "null", "1"))));
  next_is(&s, "[{'Id':8,'Name':'d','#':'update -1 s8','Emp':[{'EmpId':101,'Name':'boss','DeptId':8,'#':'update 4 t101'}]}]");
  end(&s);
}

/* UPL-07, W-33: a parent that was rejected keeps what holds its temporary key, in this pass and later. */
static void children_of_a_rejected_parent_wait(void **state) {
  struct fixture *f = *state;
  struct sync s;
  create(f, f->dept, "{'Name':'d'}");
  create(f, f->emp, "{'Name':'e','DeptId':-1}");
  create(f, f->emp, "{'Name':'f'}");
  support_update(f, f->emp, "{\"DeptId\":-1}", "{\"primaryKeys\":{\"EmpId\":-3}}");
  begin(&s, f, 50);
  next_is(&s, "[{'Id':-1,'Name':'d','#':'create 1','Emp':[{'EmpId':-2,'Name':'e','DeptId':-1,'#':'create 2'}]},"
              "{'EmpId':-3,'Name':'f','#':'create 3'}]");
  answer_is(&s, ANSWER(GROUP("Dept", "{'Id':-1,'_metadata':{'rowId':1,'errmsg':'no'}}") "," GROUP("Emp", EMP("103", "null", "3"))));
  assert_int_equal(cJSON_GetArraySize(f->errors.upload), 2); /* the child was left out (UPL-08) */
  next_is(&s, NULL); /* the update that moves -3 to it waits as well */
  end(&s);
  begin(&s, f, 50);
  next_is(&s, "[{'Id':-1,'Name':'d','#':'create 1','Emp':[{'EmpId':-2,'Name':'e','DeptId':-1,'#':'create 2'},"
              "{'EmpId':103,'Name':'f','DeptId':-1,'#':'update 4 t103'}]}]");
  end(&s);
}

/* W-33: what was rejected in a pass is not carried in the next one. */
static void a_rejected_edit_is_not_carried(void **state) {
  struct fixture *f = *state;
  struct sync s;
  download(f);
  support_update(f, f->dept, "{\"Name\":\"mine\"}", "{\"primaryKeys\":{\"Id\":7}}");
  create(f, f->emp, "{'Name':'e','DeptId':7}");
  support_update(f, f->emp, "{\"Name\":\"e2\"}", "{\"primaryKeys\":{\"EmpId\":-1}}");
  begin(&s, f, 50);
  next_is(&s, "[{'Id':7,'Name':'mine','Code':4,'#':'update 1 s7','Emp':[{'EmpId':-1,'Name':'e','DeptId':7,'#':'create 2'}]}]");
  answer_is(&s, ANSWER(GROUP("Dept", "{'Id':7,'_metadata':{'rowId':1,'errmsg':'no'},'Emp':[" EMP("101", "7", "2") "]}")));
  next_is(&s, "[{'Id':7,'Name':'d','Code':4,'#':'update -1 s7','Emp':[{'EmpId':101,'Name':'e2','DeptId':7,'#':'update 3 t101'}]}]");
  answer_is(&s, ANSWER(GROUP("Dept", DEPT("7", "d", "-1", ",'Emp':[" EMP("101", "7", "3") "]"))));
  next_is(&s, NULL);
  rows_are(f, f->dept, "[{'Id':7,'Name':'mine','Code':4}]");
  assert_string_equal(support_pending(f, f->dept), "{\"pendingSyncRecords\":[{\"Id\":7}]}");
  end(&s);
}

/* UPL-07: a child that was rejected does not hold up its parent, nor its sister. */
static void a_rejected_child_stays_pending(void **state) {
  struct fixture *f = *state;
  struct sync s;
  create(f, f->dept, "{'Name':'d'}");
  create(f, f->emp, "{'Name':'e','DeptId':-1}");
  create(f, f->emp, "{'Name':'f','DeptId':-1}");
  begin(&s, f, 50);
  next_is(&s, "[{'Id':-1,'Name':'d','#':'create 1','Emp':[{'EmpId':-2,'Name':'e','DeptId':-1,'#':'create 2'},"
              "{'EmpId':-3,'Name':'f','DeptId':-1,'#':'create 3'}]}]");
  answer_is(&s, "{'opstatus':500100,'objects':[" GROUP("Dept", DEPT("8", "d", "1",
            ",'Emp':[{'EmpId':-2,'_metadata':{'rowId':2,'opstatus':20006,'errmsg':'no'}}," EMP("103", "8", "3") "]")) "]}");
  assert_int_equal(cJSON_GetArraySize(f->errors.upload), 1);
  next_is(&s, NULL);
  assert_string_equal(support_pending(f, f->emp), "{\"pendingSyncRecords\":[{\"EmpId\":-2}]}");
  rows_are(f, f->emp, "[{'EmpId':-2,'Name':'e','DeptId':8,'BossId':null},{'EmpId':103,'Name':'e','DeptId':8,'BossId':null}]");
  end(&s);
}

/* UPL-09, W-37: of a partial nested create the key is adopted, and children follow. */
static void a_partial_nested_record_is_refused(void **state) {
  struct fixture *f = *state;
  struct sync s;
  create(f, f->dept, "{'Name':'d'}");
  create(f, f->emp, "{'Name':'e','DeptId':-1}");
  create(f, f->emp, "{'Name':'f','BossId':-2}");
  begin(&s, f, 50);
  next_is(&s, "[{'Id':-1,'Name':'d','#':'create 1','Emp':[{'EmpId':-2,'Name':'e','DeptId':-1,'#':'create 2',"
              "'Emp':[{'EmpId':-3,'Name':'f','BossId':-2,'#':'create 3'}]}]}]");
  answer_is(&s, ANSWER(GROUP("Dept", DEPT("8", "d", "1", ",'Emp':[{'EmpId':102,'_metadata':{'rowId':2},'Emp':["
            "{'EmpId':103,'Name':'f','DeptId':null,'BossId':102,'_metadata':{'rowId':3}}]}]"))));
  assert_int_equal(cJSON_GetArraySize(f->errors.upload), 1);
  rows_are(f, f->emp, "[{'EmpId':102,'Name':'e','DeptId':8,'BossId':null},{'EmpId':103,'Name':'f','DeptId':null,'BossId':102}]");
  next_is(&s, NULL);
  end(&s);
  begin(&s, f, 50);
  next_is(&s, "[{'Id':8,'Name':'d','#':'update -1 s8','Emp':[{'EmpId':102,'Name':'e','DeptId':8,'#':'update 2'}]}]");
  end(&s);
}

/* W-39: the requests of a pass are independent; the rows of one that was refused wait. */
static void a_refused_request_blocks_its_rows_alone(void **state) {
  struct fixture *f = *state;
  struct sync s;
  create(f, f->dept, "{'Name':'a'}");
  create(f, f->emp, "{'Name':'e','DeptId':-1}");
  create(f, f->dept, "{'Name':'b'}");
  begin(&s, f, 1);
  next_is(&s, "[{'Id':-1,'Name':'a','#':'create 1','Emp':[{'EmpId':-2,'Name':'e','DeptId':-1,'#':'create 2'}]}]");
  refuse(&s);
  next_is(&s, "[{'Id':-3,'Name':'b','#':'create 3'}]");
  answer_is(&s, ANSWER(GROUP("Dept", DEPT("9", "b", "3", ""))));
  next_is(&s, NULL);
  end(&s);
}

/* W-48 c: parents that are not named by their key, here or deleted; two of them are 2468 (HIE-03). */
static void parents_are_found_by_other_columns(void **state) {
  struct fixture *f = *state;
  struct sync s;
  download(f);
  create(f, f->pair, "{'A':'x','B':'4.0'}");
  begin(&s, f, 50);
  next_is(&s, "[{'Id':7,'Name':'d','Code':4,'#':'update -1 s7','ns.Pair':[{'A':'x','B':4.0,'#':'create 1'}]}]");
  refuse(&s);
  end(&s);
  create(f, f->dept, "{'Name':'e','Code':4}");
  begin(&s, f, 50);
  assert_int_equal(vmx_store_next_batch(f->store, &s.run, "id", "", &s.batch, &f->err), 2468);
  assert_int_equal(s.batch.count, 0);
  end(&s);
  support_ok(f, vmx_store_delete(f->store, f->dept, text_of(NULL), text_of("{\"primaryKeys\":{\"Id\":-1}}"), NULL, &f->err));
  support_ok(f, vmx_store_delete(f->store, f->dept, text_of(NULL), text_of("{\"primaryKeys\":{\"Id\":7}}"), NULL, &f->err));
  create(f, f->pair, "{'A':'y','B':5}"); /* no Dept has that code, nor had one */
  begin(&s, f, 50);
  next_is(&s, "[{'Id':-1,'Name':'e','Code':4,'#':'create 2'},{'A':'y','B':5,'#':'create 5'},{'Id':7,'Name':'d','Code':4,'#':'delete 4 s7',"
              "'ns.Pair':[{'A':'x','B':4.0,'#':'create 1'}]}]");
  end(&s);
}

/* UPC-02, UPC-08, W-42: a nested request is replayed byte for byte, and its answer stored. */
static void a_nested_request_survives_the_process(void **state) {
  struct fixture *f = *state;
  struct sync s;
  struct vmx_upload_batch replay = {0};
  download(f);
  create(f, f->emp, "{'Name':'e','DeptId':7}");
  create(f, f->emp, "{'Name':'f','BossId':-1}");
  begin(&s, f, 50);
  next_is(&s, "[{'Id':7,'Name':'d','Code':4,'#':'update -1 s7','Emp':[{'EmpId':-1,'Name':'e','DeptId':7,'#':'create 1',"
              "'Emp':[{'EmpId':-2,'Name':'f','BossId':-1,'#':'create 2'}]}]}]");
  support_ok(f, vmx_store_end_request(f->store, &s.batch, true, &f->err));
  support_restart(f);
  support_update(f, f->dept, "{\"Name\":\"mine\"}", "{\"primaryKeys\":{\"Id\":7}}");
  support_ok(f, vmx_store_next_cached(f->store, f->service, NULL, &replay, &f->err));
  assert_string_equal(replay.body.data, s.batch.body.data);
  assert_int_equal(replay.count, 2);
  assert_int_equal(replay.carrier_count, 1);
  end(&s);
  begin(&s, f, 50);
  static const char answer[] =
      "{\"_metadata\":{},\"objects\":[{\"name\":\"Dept\",\"records\":[{\"Id\":7,\"Name\":\"d\",\"Code\":4,\"_metadata\":{\"rowId\":-1,"
      "\"checksum\":\"s8\"},\"Emp\":[{\"EmpId\":101,\"Name\":\"e\",\"DeptId\":7,\"BossId\":null,\"_metadata\":{\"rowId\":1},\"Emp\":["
      "{\"EmpId\":102,\"Name\":\"f\",\"DeptId\":null,\"BossId\":101,\"_metadata\":{\"rowId\":2}}]}]}]}]}";
  for (int i = 0; i < 2; i++) support_ok(f, support_answer(f, &s.run, &replay, answer)); /* twice is once */
  rows_are(f, f->dept, "[{'Id':7,'Name':'mine','Code':4}]");
  rows_are(f, f->emp, "[{'EmpId':5,'Name':'e','DeptId':7,'BossId':null},{'EmpId':101,'Name':'e','DeptId':7,'BossId':null},"
                      "{'EmpId':102,'Name':'f','DeptId':null,'BossId':101}]");
  next_is(&s, "[{'Id':7,'Name':'mine','Code':4,'#':'update 3 s8'}]");
  next_is(&s, NULL);
  vmx_upload_batch_done(&replay);
  end(&s);
}

/* HIE-01: object level is flat, carriers and passes unknown. */
static void object_level_is_flat(void **state) {
  struct fixture *f = *state;
  struct sync s;
  download(f);
  create(f, f->emp, "{'Name':'e','DeptId':7}");
  support_update(f, f->emp, "{\"Name\":\"e2\"}", "{\"primaryKeys\":{\"EmpId\":-1}}");
  begin_of(&s, f, 50, f->emp);
  next_is(&s, "[{'EmpId':-1,'Name':'e','DeptId':7,'#':'create 1'},{'EmpId':-1,'Name':'e2','DeptId':7,'#':'update 2'}]");
  assert_non_null(strstr(s.batch.body.data, "\"echo\":[],"));
  end(&s);
}

/* HIE-03: ten passes are sent, the eleventh is an error; the next sync goes on. */
static void too_many_passes_are_an_error(void **state) {
  struct fixture *f = *state;
  struct sync s;
  static const char key[] = "{\"primaryKeys\":{\"A\":\"x\",\"B\":1}}";
  for (int i = 0; i < 6; i++) {
    create(f, f->pair, "{'A':'x','B':1}");
    support_ok(f, vmx_store_delete(f->store, f->pair, text_of(NULL), text_of(key), NULL, &f->err));
  }
  begin(&s, f, 50);
  for (int i = 1; i <= 10; i++) {
    char text[160];
    support_ok(f, vmx_store_next_batch(f->store, &s.run, "id", "", &s.batch, &f->err));
    assert_int_equal(s.batch.entries[0].row_id, i);
    snprintf(text, sizeof text, ANSWER(GROUP("ns.Pair", "{'A':'x','B':1,'V':null,'_metadata':{'rowId':%d}}")), i);
    answer_is(&s, text);
  }
  assert_int_equal(vmx_store_next_batch(f->store, &s.run, "id", "", &s.batch, &f->err), 2469);
  end(&s);
  begin(&s, f, 50);
  next_is(&s, "[{'A':'x','B':1,'#':'create 11'}]");
  end(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {TEST(parent_and_children_travel_in_one_request),
                                     TEST(a_parent_without_an_edit_is_carried),
                                     TEST(a_carrier_holds_no_edit_that_has_to_wait),
                                     TEST(a_carrier_holds_no_edit_of_the_running_sync),
                                     TEST(a_deleted_parent_is_carried_as_it_is_remembered),
                                     TEST(deletes_go_last),
                                     TEST(later_requests_of_a_pass_know_the_keys_of_earlier_ones),
                                     TEST(children_of_a_rejected_parent_wait),
                                     TEST(a_rejected_edit_is_not_carried),
                                     TEST(a_rejected_child_stays_pending),
                                     TEST(a_partial_nested_record_is_refused),
                                     TEST(a_refused_request_blocks_its_rows_alone),
                                     TEST(parents_are_found_by_other_columns),
                                     TEST(a_nested_request_survives_the_process),
                                     TEST(object_level_is_flat),
                                     TEST(too_many_passes_are_an_error)};
  return cmocka_run_group_tests_name("store/hierarchy", tests, NULL, NULL);
}
