/* Keys, rows, the journal, gates, the clock: the parts of a world without HTTP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world/byte_map.h"
#include "world/bytes.h"
#include "world/hash.h"
#include "world/key.h"
#include "world/upload_cache.h"
#include "world/model.h"
#include "world/row_index.h"
#include "world_fixture.h"

static void assert_json(struct fixture *fixture, const char *script, const char *expected) {
  cJSON *value = fixture_run(fixture, script), *want = NULL;
  assert_int_equal(json_parse(expected, strlen(expected), JSON_LAST_COUNTS, &want, NULL), 0);
  char *text = json_print(value);
  if (!json_equal(value, want)) fail_msg("%s, not %s", text, expected);
  free(text);
  cJSON_Delete(value);
  cJSON_Delete(want);
}

static int key_order(const char *a, const char *b, enum datatype type) {
  struct base_buf one = BASE_BUF_INIT, two = BASE_BUF_INIT;
  cJSON *x = cJSON_CreateString(a), *y = cJSON_CreateString(b);
  assert_true(key_append(&one, x, type) && key_append(&two, y, type));
  size_t len = one.len < two.len ? one.len : two.len;
  int order = memcmp(one.data, two.data, len);
  if (order == 0) order = (one.len > two.len) - (one.len < two.len);
  base_buf_done(&one);
  base_buf_done(&two);
  cJSON_Delete(x);
  cJSON_Delete(y);
  return (order > 0) - (order < 0);
}

/* W-29: pages are cut in key order by datatype. */
static void number_keys_sort_by_value(void **state) {
  static const char *const ASCENDING[] = {"-1e3000000", "-1e400", "-12345678901234567890", "-100", "-99.9", "-10", "-9.5", "-9", "-0.001", "-1e-400", "0", "1e-3000000", "1e-400",
                                          "0.0009", "0.001", "0.01", "1", "9", "9.5", "10", "11", "100", "101", "12345678901234567890", "1e400", "1e3000000"};
  (void)state;
  for (size_t i = 0; i < sizeof ASCENDING / sizeof ASCENDING[0]; i++)
    for (size_t k = 0; k < sizeof ASCENDING / sizeof ASCENDING[0]; k++)
      if (key_order(ASCENDING[i], ASCENDING[k], TYPE_NUMBER) != (i > k) - (i < k))
        fail_msg("%s and %s", ASCENDING[i], ASCENDING[k]);
}

static void equal_numbers_are_one_key(void **state) {
  (void)state;
  assert_int_equal(key_order("5", "5.0", TYPE_NUMBER), 0);
  assert_int_equal(key_order("50e-1", "0.5e1", TYPE_NUMBER), 0);
  assert_int_equal(key_order("-0", "0.000", TYPE_NUMBER), 0);
  assert_int_equal(key_order("+120", "1.2e2", TYPE_NUMBER), 0);
  assert_int_equal(key_order("-0.00120", "-12e-4", TYPE_NUMBER), 0);
}

static void bytes_are_the_same_when_each_is(void **state) {
  static const char TEXT[] = "0123456789abcdefghijklmnopqrst";
  char other[sizeof TEXT];
  (void)state;
  for (size_t len = 0; len < sizeof TEXT; len++) {
    memcpy(other, TEXT, sizeof TEXT);
    assert_true(bytes_same(TEXT, other, len));
    for (size_t i = 0; i < sizeof TEXT; i++) {
      other[i] ^= 1;
      assert_int_equal(bytes_same(TEXT, other, len), i >= len);
      other[i] ^= 1;
    }
  }
}

static void a_hash_is_printed_digit_by_digit(void **state) {
  char text[17], expected[17];
  (void)state;
  for (uint64_t hash = 0x0123456789abcdef, i = 0; i < 64; i++, hash = hash << 1 | hash >> 63) {
    hash_text(hash, text);
    snprintf(expected, sizeof expected, "%016llx", (unsigned long long)hash);
    assert_string_equal(text, expected);
  }
}

static void text_keys_sort_by_code_point(void **state) {
  (void)state;
  assert_int_equal(key_order("B", "a", TYPE_STRING), -1);
  assert_int_equal(key_order("a", "ab", TYPE_STRING), -1);
  assert_int_equal(key_order("10", "9", TYPE_STRING), -1);
  assert_int_equal(key_order("z", "\xc3\xa9", TYPE_STRING), -1);
}

static void rows_keep_their_digits(void **state) {
  assert_json(*state,
              "employees:insert{EmpId = 5, Name = 'Ada', Salary = '12345678901234567890.50', Active = 1}\n"
              "return employees:row(5)",
              "{\"EmpId\":5,\"Name\":\"Ada\",\"Salary\":\"12345678901234567890.50\",\"Active\":true}");
}

static void a_row_is_found_by_any_form_of_its_key(void **state) {
  fixture_do(*state, "employees:insert{EmpId = 5, Name = 'Ada'}");
  assert_json(*state, "return {employees:row('5.0').Name, employees:row(5.0).Name, employees:row{EmpId = 5}.Name}",
              "[\"Ada\",\"Ada\",\"Ada\"]");
}

/* There is nothing behind it that could be given. */
static void a_key_at_the_end_of_the_numbers_pushes_nothing_on(void **state) {
  fixture_do(*state, "employees:insert{EmpId = math.maxinteger, Name = 'end'}");
  assert_int_equal(fixture_number(*state, "return employees:insert{Name = 'n'}.EmpId"), 101);
}

static void generated_keys_are_new_ones(void **state) {
  assert_json(*state,
              "local a = employees:insert{Name = 'a'}\n"
              "employees:insert{EmpId = 500, Name = 'b'}\n"
              "employees:delete(500)\n"
              "return {a.EmpId, employees:insert{Name = 'c'}.EmpId}",
              "[101,501]");
}

static void rows_are_in_key_order_and_without_the_deleted(void **state) {
  assert_json(*state,
              "employees:insert{{EmpId = 10, Name = 'j'}, {EmpId = 9, Name = 'i'}, {EmpId = 11, Name = 'k'}}\n"
              "employees:delete(9)\n"
              "local ids = {} for _, row in ipairs(employees:rows()) do ids[#ids + 1] = row.EmpId end return ids",
              "[10,11]");
}

static void an_update_changes_the_named_columns(void **state) {
  assert_json(*state,
              "employees:insert{EmpId = 1, Name = 'Ada', Notes = 'n'}\n"
              "employees:update(1, {Name = 'Grace', Notes = foundry.null})\n"
              "return employees:row(1)",
              "{\"EmpId\":1,\"Name\":\"Grace\"}");
}

static void what_is_not_there_cannot_be_changed(void **state) {
  struct base_error err = {0};
  fixture_fail(*state, "employees:update(7, {Name = 'x'})", &err);
  assert_non_null(strstr(err.text, "no row of that key"));
  fixture_fail(*state, "employees:delete(7)", &err);
  assert_non_null(strstr(err.text, "no living row"));
}

static void the_clock_takes_units(void **state) {
  struct base_error err = {0};
  assert_int_equal(fixture_number(*state, "server.clock:advance('25h') server.clock:advance('30s') "
                                          "server.clock:advance('1500ms') return server.clock:now()"),
                   25 * 3600000 + 31500);
  fixture_fail(*state, "server.clock:advance('soon')", &err);
  assert_non_null(strstr(err.text, "soon"));
}

static void a_new_model_keeps_the_rows(void **state) {
  assert_json(*state,
              "departments:insert{DeptId = 1, Title = 'a'}\n"
              "org:object('Department', {key = {'DeptId'}, fields = {{name = 'DeptId', datatype = 'number'},\n"
              "  {name = 'Floor', datatype = 'number'}}})\n"
              "departments:update(1, {Floor = 3})\n"
              "return departments:row(1)",
              "{\"DeptId\":1,\"Floor\":3}");
}

static void world_names_are_checked(void **state) {
  struct fixture *fixture = *state;
  struct mock_world *world = NULL;
  struct base_error err = {0};
  assert_int_equal(mock_world_open(fixture->server, "a/b", &world, &err), MOCK_ERR_NAME);
  assert_int_equal(mock_world_open(fixture->server, "test", &world, &err), MOCK_ERR_NAME);
  assert_non_null(strstr(err.text, "test"));
  assert_null(world);
}

static void a_taken_port_is_named(void **state) {
  struct fixture *fixture = *state;
  struct mock_server *second = NULL;
  struct base_error err = {0};
  unsigned port = (unsigned)atoi(strrchr(mock_server_url(fixture->server), ':') + 1);
  struct mock_config config = {.port = port};
  assert_int_equal(mock_server_start(&config, &second, &err), MOCK_ERR_LISTEN);
  assert_non_null(strstr(err.text, strrchr(mock_server_url(fixture->server), ':') + 1));
}

static void *signal_often(void *context) {
  struct mock_world *world = context;
  for (int i = 0; i < 2000; i++) {
    mock_world_lock(world);
    mock_world_now(world);
    mock_world_notify(world);
    mock_world_unlock(world);
  }
  return NULL;
}

/* Waits that end all the time: what is signalled meanwhile is told, or the waiter would sleep over it. */
static void a_signal_is_not_missed_at_the_end_of_a_wait(void **state) {
  struct fixture *fixture = *state;
  pthread_t thread;
  mock_world_lock(fixture->world);
  uint64_t before = mock_world_now(fixture->world);
  assert_int_equal(pthread_create(&thread, NULL, signal_often, fixture->world), 0);
  for (uint64_t now = before; now < before + 2000;) {
    bool told = mock_world_wait(fixture->world, 0); /* its time is over already */
    uint64_t after = mock_world_now(fixture->world);
    if (after != now + 1 && !told) fail_msg("signalled and not told");
    before++; /* our own number */
    now = after;
  }
  mock_world_unlock(fixture->world);
  pthread_join(thread, NULL);
}

/* ---- the index of rows ---- */

enum { INDEXED = 2000 }; /* several pieces */

/* A key with zeros in it, whose bytes are in the order of the numbers. */
static size_t write_key(unsigned number, char key[3]) {
  key[0] = (char)(number >> 16);
  key[1] = (char)(number >> 8);
  key[2] = (char)number;
  return 3;
}

static void put_version(struct row_index *index, unsigned number, const char *text) {
  char key[3];
  size_t len = write_key(number, key);
  assert_true(row_index_put(index, row_version_new(key, len, text, strlen(text))));
}

static void assert_ascending(const struct row_index *index, struct row_place from, unsigned first, unsigned step) {
  char key[3];
  unsigned number = first;
  for (const struct row_version *row; (row = row_index_next(index, &from)); number += step) {
    write_key(number, key);
    assert_memory_equal(row->bytes, key, sizeof key);
  }
  assert_int_equal(number, step * INDEXED);
}

/* Even numbers in an order of their own: `stride` has no divisor in common with their count. */
static void check_index(unsigned stride) {
  struct row_index index = {0};
  char key[3];
  for (unsigned i = 0; i < INDEXED; i++) put_version(&index, 2 * (i * stride % INDEXED), "first");
  assert_ascending(&index, (struct row_place){0}, 0, 2);
  for (unsigned i = 0; i < 2 * INDEXED; i++) {
    const struct row_version *row = row_index_find(&index, key, write_key(i, key), NULL);
    assert_true((row != NULL) == (i % 2 == 0));
    assert_ascending(&index, row_index_behind(&index, key, sizeof key), i + 2 - i % 2, 2);
    i += i % 64; /* some of them */
  }
  row_index_done(&index);
}

static void rows_are_in_key_order_however_they_come(void **state) {
  (void)state;
  check_index(1);
  check_index(INDEXED - 1); /* descending */
  check_index(37);
  check_index(1001);
}

static void a_version_stays_while_somebody_holds_it(void **state) {
  (void)state;
  struct row_index index = {0};
  char key[3];
  assert_null(row_index_find(&index, "", 0, NULL));
  put_version(&index, 7, "old");
  struct row_version *old = row_version_hold(row_index_find(&index, key, write_key(7, key), NULL));
  put_version(&index, 7, "new");
  assert_string_equal(row_version_text(row_index_find(&index, key, sizeof key, NULL)), "new");
  row_index_done(&index);
  assert_string_equal(row_version_text(old), "old");
  row_version_drop(old);
}

/* The place of a row is good as long as the row stands there. */
static void a_row_is_replaced_where_it_was_found(void **state) {
  (void)state;
  struct row_index index = {0};
  struct row_place place = {0};
  char key[3];
  size_t len = write_key(7, key);
  put_version(&index, 7, "one");
  struct row_version *one = row_version_hold(row_index_find(&index, key, len, &place)), *two = row_version_new(key, len, "two", 3);
  assert_true(row_index_replace(&index, place, one, two));
  assert_ptr_equal(row_index_find(&index, key, len, NULL), two);
  struct row_version *three = row_version_new(key, len, "three", 5);
  assert_false(row_index_replace(&index, place, one, three)); /* `two` stands there now */
  put_version(&index, 3, "before");
  assert_false(row_index_replace(&index, place, two, three));
  assert_false(row_index_replace(&index, (struct row_place){1, 0}, two, three));
  assert_false(row_index_replace(&index, (struct row_place){0, 2}, two, three));
  row_version_drop(one);
  row_version_drop(three);
  row_index_done(&index);
}

static void a_byte_map_finds_what_was_put_last(void **state) {
  (void)state;
  struct byte_map map = {0};
  struct base_buf key = BASE_BUF_INIT;
  for (int64_t round = 0; round < 2; round++)
    for (int64_t i = 0; i < 1000; i++) {
      base_buf_clear(&key);
      base_buf_append(&key, &i, sizeof i); /* bytes with zeros in them */
      assert_true((byte_map_find(&map, key.data, key.len) != NULL) == (round > 0));
      assert_true(byte_map_put(&map, key.data, key.len, i * 2 + round));
      assert_int_equal(*byte_map_find(&map, key.data, key.len), i * 2 + round);
    }
  assert_int_equal(map.count, 1000);
  base_buf_clear(&key);
  assert_null(byte_map_find(&map, "", 0));
  base_buf_done(&key);
  byte_map_done(&map);
  assert_null(byte_map_find(&map, "", 0));
}

/* W-45, W-46 */
static void an_upload_id_is_new_then_busy_then_answered_then_new(void **state) {
  (void)state;
  struct model_service service = {.resubmit_after_ms = 1000}, other = service;
  struct upload_cache cache = {0};
  struct shared_text *first = shared_text_new(strdup("first")), *second = shared_text_new(strdup("second"));
  assert_int_equal(upload_cache_begin(&cache, &service, "a", 0), UPLOAD_MINE);
  assert_int_equal(upload_cache_begin(&cache, &service, "a", 999), UPLOAD_BUSY);
  assert_int_equal(upload_cache_begin(&cache, &service, "b", 999), UPLOAD_MINE);
  assert_int_equal(upload_cache_begin(&cache, &other, "a", 999), UPLOAD_MINE); /* services do not mix */
  assert_int_equal(upload_cache_begin(&cache, &service, "a", 1000), UPLOAD_MINE);
  upload_cache_keep(&cache, &service, "a", first, 200, 1000);
  upload_cache_keep(&cache, &service, "a", second, 200, 1001);
  assert_int_equal(upload_cache_begin(&cache, &service, "a", 2000), UPLOAD_ANSWERED);
  assert_string_equal(upload_cache_answer(&cache, &service, "a", 2000)->answer->data, "first");
  assert_null(upload_cache_answer(&cache, &service, "a", 1000 + (int64_t)ANSWER_KEPT_MS));
  assert_int_equal(upload_cache_begin(&cache, &service, "a", 1000 + (int64_t)ANSWER_KEPT_MS), UPLOAD_MINE);
  shared_text_drop(first);
  shared_text_drop(second);
  upload_cache_done(&cache);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
      cmocka_unit_test(bytes_are_the_same_when_each_is), cmocka_unit_test(a_hash_is_printed_digit_by_digit),
      cmocka_unit_test(number_keys_sort_by_value), cmocka_unit_test(equal_numbers_are_one_key),
      cmocka_unit_test(text_keys_sort_by_code_point), TEST(rows_keep_their_digits),
      TEST(a_row_is_found_by_any_form_of_its_key), TEST(generated_keys_are_new_ones), TEST(a_key_at_the_end_of_the_numbers_pushes_nothing_on),
      TEST(rows_are_in_key_order_and_without_the_deleted), TEST(an_update_changes_the_named_columns),
      TEST(what_is_not_there_cannot_be_changed), TEST(the_clock_takes_units), TEST(a_new_model_keeps_the_rows),
      TEST(world_names_are_checked), TEST(a_taken_port_is_named),
      TEST(a_signal_is_not_missed_at_the_end_of_a_wait),
      cmocka_unit_test(rows_are_in_key_order_however_they_come), cmocka_unit_test(a_version_stays_while_somebody_holds_it),
      cmocka_unit_test(a_row_is_replaced_where_it_was_found),
      cmocka_unit_test(a_byte_map_finds_what_was_put_last),
      cmocka_unit_test(an_upload_id_is_new_then_busy_then_answered_then_new)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
