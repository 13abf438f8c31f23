/* Hierarchical uploads: W-47, W-48. Order -> Item -> Tag, generated keys all the way down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "wire.h"

static const char SHOP[] = "/services/data/v1/Shop";

static const char SETUP[] =
    "shop = server:service('Shop')\n"
    "local function key(name) return {name = name, datatype = 'number', auto_generated = true, nullable = false} end\n"
    "local function number(name) return {name = name, datatype = 'number'} end\n"
    "local text = {name = 'Text', datatype = 'string'}\n"
    "orders = shop:object('Order', {key = {'Id'}, fields = {key('Id'), text}})\n"
    "items = shop:object('Item', {key = {'Id'}, fields = {key('Id'), number('OrderId'), text}})\n"
    "tags = shop:object('Tag', {key = {'Id'}, fields = {key('Id'), number('ItemId'), text}})\n"
    "loose = shop:object('Loose', {key = {'Id'}, fields = {key('Id'), text}})\n"
    "shop:relate{name = 'items', type = 'OneToMany', from = orders, to = items, source_fields = {'Id'}, target_fields = {'OrderId'}}\n"
    "shop:relate{name = 'item', type = 'ManyToOne', from = tags, to = items, source_fields = {'ItemId'}, target_fields = {'Id'}}\n"
    "shop:nest{parent = orders, child = items}\n"
    "shop:nest{parent = items, child = tags}\n";

static int open_shop(void **state) {
  int status = fixture_open(state);
  fixture_do(*state, SETUP);
  return status;
}

#define ROW(object, columns, action, row, nested) \
  "{" columns ",\"_metadata\":{\"object\":\"" object "\",\"action\":\"" action "\",\"rowId\":" row ",\"checksum\":\"\"}" nested "}"
#define UNDER(name, records) ",\"" name "\":[" records "]"
#define FAMILY                                                                                       \
  ROW("Order", "\"Id\":-1,\"Text\":\"o\"", "create", "1",                                             \
      UNDER("Item", ROW("Item", "\"Id\":-2,\"OrderId\":-1,\"Text\":\"i\"", "create", "2",             \
                        UNDER("Tag", ROW("Tag", "\"Id\":-3,\"ItemId\":-2,\"Text\":\"t\"", "create", "3", "")))))

static struct response send(struct fixture *fixture, const char *path, const char *records) {
  struct base_buf body = BASE_BUF_INIT;
  base_buf_printf(&body, "{\"checksum\":\"\",\"records\":[%s]}", records);
  struct response response = client_upload(fixture->url, path, NULL, base_buf_string(&body));
  base_buf_done(&body);
  assert_int_equal(response.status, 200);
  return response;
}

static void holds(void **state, const char *condition) {
  char script[400];
  snprintf(script, sizeof script, "assert(%s, [[%s]])", condition, condition);
  fixture_do(*state, script);
}

/* ---- nested records ---- */

static void nested_records_are_stored_and_answered_nested(void **state) {
  struct response response = send(*state, SHOP, FAMILY);
  assert_at(response.json, "opstatus", "0");
  assert_at(response.json, "_metadata", "{\"recordCount\":3,\"successCount\":3,\"failureCount\":0}");
  assert_null(at(response.json, "objects.1"));
  assert_at(response.json, "objects.0.name", "\"Order\"");
  const cJSON *order = at(response.json, "objects.0.records.0"), *item = at(order, "Item.0"), *tag = at(item, "Tag.0");
  assert_at(order, "Id", "101");
  assert_at(order, "_Id", "-1");
  assert_at(item, "Id", "101");
  assert_at(item, "_Id", "-2");
  assert_at(item, "OrderId", "101"); /* resolved through the nesting (W-34) */
  assert_at(item, "_metadata.rowId", "2");
  assert_at(tag, "ItemId", "101");
  assert_at(tag, "_Id", "-3");
  response_done(&response);
  assert_no_finding(*state);
  holds(state, "orders:row(101).Text == 'o' and items:row(101).OrderId == 101 and tags:row(101).ItemId == 101");
}

/* Of repeated names the last counts, also when one is spelled with escapes. */
static void of_two_lists_of_one_name_the_last_counts(void **state) {
  struct response response = send(*state, SHOP,
      ROW("Order", "\"Id\":-1,\"Text\":\"o\"", "create", "1",
          UNDER("Item", ROW("Item", "\"Id\":-2,\"Text\":\"not this\"", "create", "2", ""))
          UNDER("It\\u0065m", ROW("Item", "\"Id\":-3,\"Text\":\"this\"", "create", "3", ""))));
  assert_at(response.json, "_metadata.recordCount", "2");
  assert_at(response.json, "objects.0.records.0.Item.0.Text", "\"this\"");
  assert_at(response.json, "objects.0.records.0.Item.0.OrderId", "101");
  response_done(&response);
}

static void a_rule_makes_the_answer_flat(void **state) {
  fixture_do(*state, "shop:on_upload():flat()");
  struct response response = send(*state, SHOP, FAMILY);
  assert_at(response.json, "objects.0.name", "\"Order\"");
  assert_at(response.json, "objects.1.name", "\"Item\"");
  assert_at(response.json, "objects.1.records.0.OrderId", "101");
  assert_at(response.json, "objects.2.records.0._metadata.rowId", "3");
  assert_null(at(response.json, "objects.0.records.0.Item"));
  assert_at(response.json, "_metadata.recordCount", "3");
  response_done(&response);
}

/* The journal shows every record, and of which object it is. */
static void the_journal_flattens_what_was_nested(void **state) {
  struct response response = send(*state, SHOP,
      "{\"Id\":-1,\"_metadata\":{\"object\":\"Order\",\"action\":\"create\",\"rowId\":1},"
      "\"Item\":[{\"Id\":-2,\"OrderId\":-1,\"_metadata\":{\"action\":\"create\",\"rowId\":2}}]}");
  assert_at(response.json, "objects.0.records.0.Item.0.OrderId", "101");
  response_done(&response);
  assert_no_finding(*state);
  cJSON *request = last_request(*state);
  assert_at(request, "records.1._metadata.object", "\"Item\"");
  assert_null(at(request, "body.records.0.Item.0._metadata.object"));
  cJSON_Delete(request);
}

static void a_left_out_column_of_the_parent_is_filled(void **state) {
  struct response response = send(*state, SHOP,
      ROW("Order", "\"Id\":-1", "create", "1", UNDER("Item", ROW("Item", "\"Id\":-2", "create", "2", ""))));
  response_done(&response);
  assert_no_finding(*state);
  holds(state, "items:row(101).OrderId == 101");
}

/* ---- carriers (W-47) ---- */

#define CARRIED(id, row) ROW("Order", "\"Id\":7,\"Text\":\"stale\"", "update", "-1", \
                             UNDER("Item", ROW("Item", "\"Id\":" id ",\"OrderId\":7", "create", row, "")))

static void a_carrier_changes_nothing_and_is_answered(void **state) {
  fixture_do(*state, "orders:insert{Id = 7, Text = 'fresh'}");
  struct response response = send(*state, SHOP, CARRIED("-1", "5"));
  const cJSON *carrier = at(response.json, "objects.0.records.0");
  assert_at(carrier, "_metadata.rowId", "-1");
  assert_at(carrier, "_metadata.action", "\"update\"");
  assert_at(carrier, "_metadata.opstatus", "0");
  assert_at(carrier, "Text", "\"fresh\"");
  assert_at(carrier, "Item.0.Id", "101");
  response_done(&response);
  assert_no_finding(*state);
  holds(state, "orders:row(7).Text == 'fresh' and #items:rows() == 1");
  struct response delta = client_download(((struct fixture *)*state)->url, "/services/data/v1/Shop/objects/Order", NULL, "{}");
  response_done(&delta);
}

/* The second carrier of a row is no second edit of it, and an edit behind a carrier is the first one (W-40). */
static void carriers_and_edits_of_one_row_do_not_meet(void **state) {
  fixture_do(*state, "server:service('Shop', {conflict = 'serverwins'}) orders:insert{Id = 7, Text = 'theirs'}");
  struct response response = send(*state, SHOP, CARRIED("-1", "5") "," 
      "{\"Id\":7,\"Text\":\"mine\",\"_metadata\":{\"object\":\"Order\",\"action\":\"update\",\"rowId\":6,\"checksum\":\"old\"}}");
  assert_at(response.json, "objects.0.records.1.Text", "\"theirs\"");
  response_done(&response);
}

struct gone {
  const char *policy, *opstatus, *action, *child_opstatus;
  int orders, items;
};

/* The carrier of a row that is gone ends as any update of such a row (W-40). */
static const struct gone GONE[] = {
    {"none", "20006", NULL, "20006", 0, 0},
    {"clientwins", "0", "\"update\"", "0", 1, 1},
    {"serverwins", "0", "\"delete\"", "0", 0, 1},
};

static void a_carrier_of_a_row_that_is_gone(void **state) {
  for (size_t i = 0; i < sizeof GONE / sizeof *GONE; i++) {
    char script[200];
    snprintf(script, sizeof script, "server:service('Shop', {conflict = '%s'})\n"
             "for _, each in ipairs{orders, items} do for _, row in ipairs(each:rows()) do each:delete(row.Id) end end", GONE[i].policy);
    fixture_do(*state, script);
    struct response response = send(*state, SHOP, CARRIED("-1", "5"));
    const cJSON *carrier = at(response.json, "objects.0.records.0");
    assert_at(carrier, "_metadata.opstatus", GONE[i].opstatus);
    if (GONE[i].action) assert_at(carrier, "_metadata.action", GONE[i].action);
    assert_at(carrier, "Item.0._metadata.opstatus", GONE[i].child_opstatus);
    assert_int_equal(fixture_number(*state, "return #orders:rows()"), GONE[i].orders);
    assert_int_equal(fixture_number(*state, "return #items:rows()"), GONE[i].items);
    response_done(&response);
  }
}

/* ---- errors of single records ---- */

static void children_of_a_failed_parent_fail_too(void **state) {
  fixture_do(*state, "shop:on_upload():reject{where = {Text = 'i'}, opstatus = 777, errmsg = 'no items'}");
  struct response response = send(*state, SHOP, FAMILY);
  const cJSON *item = at(response.json, "objects.0.records.0.Item.0");
  assert_at(response.json, "opstatus", "500100");
  assert_at(response.json, "_metadata.failureCount", "2");
  assert_at(response.json, "objects.0.records.0._metadata.opstatus", "0");
  assert_at(item, "_metadata", "{\"rowId\":2,\"opstatus\":777,\"errmsg\":\"no items\"}");
  assert_at(item, "Tag.0._metadata.opstatus", "20006");
  assert_at(item, "Tag.0._metadata.rowId", "3");
  assert_non_null(strstr(json_find_string(at(item, "Tag.0._metadata"), "errmsg"), "no items"));
  response_done(&response);
  holds(state, "#orders:rows() == 1 and #items:rows() == 0 and #tags:rows() == 0");
}

static void when_all_fail_the_first_error_stands_on_top(void **state) {
  fixture_do(*state, "shop:on_upload():reject{where = {Text = 'o'}, opstatus = 778}");
  struct response response = send(*state, SHOP, FAMILY);
  assert_at(response.json, "opstatus", "778");
  assert_at(response.json, "_metadata.failureCount", "3");
  response_done(&response);
}

static void a_failed_child_leaves_parent_and_siblings_alone(void **state) {
  fixture_do(*state, "shop:on_upload():reject{where = {Text = 'bad'}} shop:on_upload():intermediate_error('slow')");
  struct response response = send(*state, SHOP,
      ROW("Order", "\"Id\":-1", "create", "1", UNDER("Item",
          ROW("Item", "\"Id\":-2,\"OrderId\":-1,\"Text\":\"bad\"", "create", "2", "") ","
          ROW("Item", "\"Id\":-3,\"OrderId\":-1,\"Text\":\"good\"", "create", "3", ""))));
  assert_at(response.json, "objects.0.records.0.Item.0._metadata.opstatus", "20006");
  assert_at(response.json, "objects.0.records.0.Item.1._metadata.intermediateErrors", "[\"slow\"]");
  assert_null(at(response.json, "objects.0.records.0.Item.0._metadata.intermediateErrors"));
  response_done(&response);
  holds(state, "#items:rows() == 1 and items:rows()[1].Text == 'good'");
}

static void records_at_depth_can_be_partial_or_lost(void **state) {
  fixture_do(*state, "foundry = require 'foundry'\n"
                     "shop:on_upload():without('Text', 'Tag'):edit(function(answer)\n"
                     "  foundry.each_record(answer, function(record, object, parent)\n"
                     "    if object == 'Item' and parent.Id == 101 then return record.Text ~= 'lost' end\n"
                     "  end)\nend)");
  struct response response = send(*state, SHOP, FAMILY ","
      ROW("Order", "\"Id\":-4", "create", "4", UNDER("Item",
          ROW("Item", "\"Id\":-5,\"OrderId\":-4,\"Text\":\"lost\"", "create", "5", ""))) );
  assert_null(at(response.json, "objects.0.records.0.Item.0.Tag.0.Text"));
  assert_at(response.json, "objects.0.records.0.Item.0.Text", "\"i\"");
  assert_non_null(at(response.json, "objects.0.records.1.Item.0")); /* another parent's */
  response_done(&response);
  struct response lost = send(*state, SHOP,
      ROW("Order", "\"Id\":101", "update", "6", UNDER("Item", ROW("Item", "\"Id\":-7,\"OrderId\":101,\"Text\":\"lost\"", "create", "7", ""))));
  assert_at(lost.json, "objects.0.records.0.Item", "[]");
  response_done(&lost);
  holds(state, "#items:rows() == 3");
}

/* A record that means nothing, with children: said of each, and nothing is stored. */
static void children_of_what_cannot_be_read_fail_too(void **state) {
  struct response response = send(*state, SHOP,
      ROW("Order", "\"Id\":-1", "eat", "1", UNDER("Item", ROW("Item", "\"Id\":-2,\"OrderId\":-1", "create", "2",
          UNDER("Tag", ROW("Tag", "\"Id\":-3,\"ItemId\":-2", "drink", "3", ""))))));
  assert_at(response.json, "opstatus", "20001");
  assert_at(response.json, "_metadata.failureCount", "3");
  assert_at(response.json, "objects.0.records.0.Item.0._metadata.opstatus", "20006");
  assert_at(response.json, "objects.0.records.0.Item.0.Tag.0._metadata.opstatus", "20001");
  response_done(&response);
  assert_finding(*state, "W-31: a record of the upload: there is no action eat");
  holds(state, "#orders:rows() + #items:rows() + #tags:rows() == 0");
}

/* ---- deletes ---- */

static void a_parent_and_its_children_are_deleted_together(void **state) {
  fixture_do(*state, "orders:insert{Id = 1} items:insert{{Id = 1, OrderId = 1}, {Id = 2, OrderId = 1}}");
  struct response response = send(*state, SHOP,
      ROW("Order", "\"Id\":1", "delete", "3", UNDER("Item",
          ROW("Item", "\"Id\":1", "delete", "1", "") "," ROW("Item", "\"Id\":2", "delete", "2", ""))));
  assert_at(response.json, "objects.0.records.0.Item.1", "{\"Id\":2,\"_metadata\":{\"action\":\"delete\",\"rowId\":2,\"opstatus\":0}}");
  response_done(&response);
  assert_no_finding(*state);
  holds(state, "#orders:rows() == 0 and #items:rows() == 0");
}

/* W-50: what the back end deletes by itself. */
static void a_back_end_that_cascades_deletes_the_children(void **state) {
  fixture_do(*state, "shop:relate{name = 'tags', type = 'OneToMany', from = items, to = tags, source_fields = {'Id'},\n"
                     "  target_fields = {'ItemId'}, cascade = true, backend_cascade_support = true}\n"
                     "items:insert{{Id = 1}, {Id = 2}} tags:insert{{Id = 1, ItemId = 1}, {Id = 2, ItemId = 2}}");
  struct response response = send(*state, SHOP, ROW("Item", "\"Id\":1", "delete", "1", ""));
  response_done(&response);
  holds(state, "#tags:rows() == 1 and tags:row(2)");
  fixture_do(*state, "items:delete(2)");
  holds(state, "#tags:rows() == 0");
  fixture_do(*state, "orders:insert{Id = 1} items:insert{Id = 3, OrderId = 1} orders:delete(1)");
  holds(state, "#items:rows() == 1"); /* this relation does not say so: its clients send the deletes */
}

/* ---- findings: what a client does wrong ---- */

struct wrong {
  const char *path, *records, *finding;
};

static const struct wrong WRONG[] = {
    {"/services/data/v1/Shop/objects/Order", FAMILY, "W-47: records nest in an upload at object level"},
    {SHOP, ROW("Order", "\"Id\":-1", "create", "1", UNDER("Item", ROW("Item", "\"Id\":3,\"OrderId\":-1", "update", "2", ""))),
     "W-47: the metadata lets no update of Item nest in create of Order"},
    {SHOP, ROW("Order", "\"Id\":-1", "create", "1", UNDER("Loose", ROW("Loose", "\"Id\":-2", "create", "2", ""))),
     "W-47: no relation makes Loose a child of Order"},
    {SHOP, ROW("Item", "\"Id\":-1", "create", "1", UNDER("Order", ROW("Order", "\"Id\":-2", "create", "2", ""))),
     "W-47: no relation makes Order a child of Item"},
    {SHOP, ROW("Order", "\"Id\":-1", "create", "1", UNDER("Things", "{}")), "W-47: Things in a record of Order is neither"},
    {SHOP, ROW("Order", "\"Id\":-1", "create", "1", UNDER("Item", ROW("Tag", "\"Id\":-2,\"OrderId\":-1", "create", "2", ""))),
     "W-47: a record of Tag is nested under the name Item"},
    {SHOP, ROW("Order", "\"Id\":1", "update", "-1", ""), "W-47: a carrier of Order carries nothing"},
    {SHOP, ROW("Order", "\"Id\":1", "delete", "-1", UNDER("Item", ROW("Item", "\"Id\":1", "delete", "1", ""))),
     "W-47: a carrier's action is update, not delete"},
    {"/services/data/v1/Org", "{\"EmpId\":1,\"_metadata\":{\"object\":\"Employee\",\"action\":\"update\",\"rowId\":-1}}",
     "W-47: a record of Employee has rowId -1 in a flat upload"},
    {SHOP, ROW("Item", "\"Id\":-1,\"OrderId\":1", "create", "1", "") "," ROW("Order", "\"Id\":-2", "create", "2", ""),
     "W-48: edits of Item stand before those of Order, their parent"},
    {SHOP, ROW("Tag", "\"Id\":-1", "create", "1", "") "," ROW("Loose", "\"Id\":-3", "create", "3", "") "," ROW("Order", "\"Id\":-2", "create", "2", ""),
     "W-48: edits of Tag stand before those of Order, their parent"},
    {SHOP, ROW("Order", "\"Id\":1", "delete", "1", "") "," ROW("Item", "\"Id\":1", "delete", "2", ""),
     "W-48: deletes of Order stand before those of Item, its children"},
    {SHOP, ROW("Item", "\"Id\":1", "delete", "1", "") "," ROW("Order", "\"Id\":-1", "create", "2", ""),
     "W-48: a delete stands before a create or update of Order"},
    {SHOP, ROW("Order", "\"Id\":1", "update", "1", "") "," ROW("Order", "\"Id\":1", "delete", "2", ""),
     "W-48: a request has two edits of one row of Order, update and delete"},
    {SHOP, ROW("Order", "\"Id\":1", "update", "1", UNDER("Item", ROW("Item", "\"Id\":1,\"OrderId\":2", "update", "2", ""))),
     "W-48: a record of Item nests in a row of Order that is not its parent"},
};

static void what_a_client_builds_wrong_is_a_finding(void **state) {
  fixture_do(*state, "orders:insert{Id = 1} items:insert{{Id = 1, OrderId = 1}, {Id = 2, OrderId = 2}}");
  for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
    struct response response = send(*state, WRONG[i].path, WRONG[i].records);
    response_done(&response);
    assert_finding(*state, WRONG[i].finding);
    fixture_do(*state, "if not orders:row(1) then orders:insert{Id = 1} end if not items:row(1) then items:insert{Id = 1, OrderId = 1} end");
  }
}

static void an_echo_is_not_for_hierarchical_services(void **state) {
  struct fixture *fixture = *state;
  struct response response = client_upload(fixture->url, SHOP, NULL, "{\"echo\":[],\"records\":[" FAMILY "]}");
  response_done(&response);
  assert_finding(fixture, "W-47: a hierarchical upload has no `echo`");
}

/* Order of the roots as it is to be: parents, children, then deletes from below. */
static void a_request_in_order_has_no_finding(void **state) {
  fixture_do(*state, "orders:insert{Id = 1} items:insert{Id = 1, OrderId = 1} tags:insert{Id = 1, ItemId = 1}");
  struct response response = send(*state, SHOP,
      ROW("Order", "\"Id\":-1", "create", "9", "") "," ROW("Item", "\"Id\":-2,\"OrderId\":55", "create", "2", "") ","
      ROW("Tag", "\"Id\":-3,\"ItemId\":55", "create", "1", "") "," ROW("Tag", "\"Id\":1", "delete", "8", "") ","
      ROW("Item", "\"Id\":1", "delete", "7", "") "," ROW("Order", "\"Id\":1", "delete", "6", ""));
  assert_at(response.json, "opstatus", "0");
  response_done(&response);
  assert_no_finding(*state);
}

/* Objects that are above and below each other have no order. */
static void circles_have_no_order(void **state) {
  fixture_do(*state, "orders:add_column{name = 'FirstItem', datatype = 'number'}\n"
                     "shop:relate{name = 'first', type = 'ManyToOne', from = orders, to = items, source_fields = {'FirstItem'}, target_fields = {'Id'}}");
  struct response response = send(*state, SHOP,
      ROW("Item", "\"Id\":-2,\"OrderId\":55", "create", "1", "") "," ROW("Order", "\"Id\":-1", "create", "2", ""));
  response_done(&response);
  assert_no_finding(*state);
}

/* W-3, W-47: with a namespace, records nest under the full name or the short one, and are answered under the name they came by. */
static void namespaces_nest_under_either_name(void **state) {
  static const char *const NAMES[] = {"hr.Item", "Item"};
  fixture_do(*state, "far = server:service('Far')\n"
                     "local number = {name = 'Id', datatype = 'number', auto_generated = true}\n"
                     "local a = far:object('hr.Order', {key = {'Id'}, fields = {number}})\n"
                     "local b = far:object('hr.Item', {key = {'Id'}, fields = {number, {name = 'OrderId', datatype = 'number'}}})\n"
                     "far:relate{name = 'items', type = 'OneToMany', from = a, to = b, source_fields = {'Id'}, target_fields = {'OrderId'}}\n"
                     "far:nest{parent = a, child = b}");
  for (size_t i = 0; i < 2; i++) {
    char records[400], way[60];
    snprintf(records, sizeof records, "{\"Id\":-1,\"_metadata\":{\"object\":\"Order\",\"action\":\"create\",\"rowId\":1},"
             "\"%s\":[{\"Id\":-2,\"OrderId\":-1,\"_metadata\":{\"object\":\"Item\",\"action\":\"create\",\"rowId\":2}}]}", NAMES[i]);
    struct response response = send(*state, "/services/data/v1/Far", records);
    assert_at(response.json, "opstatus", "0");
    assert_at(response.json, "objects.0.name", "\"hr.Order\"");
    const cJSON *list = json_find(at(response.json, "objects.0.records.0"), NAMES[i]);
    snprintf(way, sizeof way, "%zu", (size_t)101 + i);
    assert_at(cJSON_GetArrayItem(list, 0), "OrderId", way);
    response_done(&response);
    assert_no_finding(*state);
  }
}

static void endless_nesting_ends(void **state) {
  fixture_do(*state, "nodes = shop:object('Node', {key = {'Id'}, fields = {{name = 'Id', datatype = 'number'}, {name = 'Up', datatype = 'number'}}})\n"
                     "shop:relate{name = 'up', type = 'ManyToOne', from = nodes, to = nodes, source_fields = {'Up'}, target_fields = {'Id'}}\n"
                     "shop:nest{parent = nodes, child = nodes}");
  struct base_buf records = BASE_BUF_INIT;
  for (int i = 1; i <= 40; i++)
    base_buf_printf(&records, "%s{\"Id\":%d,\"Up\":%d,\"_metadata\":{\"object\":\"Node\",\"action\":\"create\",\"rowId\":%d}",
                    i > 1 ? ",\"Node\":[" : "", i, i - 1, i);
  for (int i = 1; i <= 40; i++) base_buf_text(&records, i < 40 ? "}]" : "}");
  struct response response = send(*state, SHOP, base_buf_string(&records));
  response_done(&response);
  base_buf_done(&records);
  assert_finding(*state, "W-47: records nest deeper than 32 levels");
  assert_int_equal(fixture_number(*state, "return #nodes:rows()"), 33);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_shop, fixture_close)
      TEST(nested_records_are_stored_and_answered_nested), TEST(of_two_lists_of_one_name_the_last_counts), TEST(a_rule_makes_the_answer_flat),
      TEST(the_journal_flattens_what_was_nested), TEST(a_left_out_column_of_the_parent_is_filled),
      TEST(a_carrier_changes_nothing_and_is_answered), TEST(carriers_and_edits_of_one_row_do_not_meet),
      TEST(a_carrier_of_a_row_that_is_gone), TEST(children_of_a_failed_parent_fail_too),
      TEST(when_all_fail_the_first_error_stands_on_top), TEST(a_failed_child_leaves_parent_and_siblings_alone),
      TEST(children_of_what_cannot_be_read_fail_too), TEST(records_at_depth_can_be_partial_or_lost), TEST(a_parent_and_its_children_are_deleted_together),
      TEST(a_back_end_that_cascades_deletes_the_children), TEST(what_a_client_builds_wrong_is_a_finding),
      TEST(an_echo_is_not_for_hierarchical_services), TEST(a_request_in_order_has_no_finding), TEST(circles_have_no_order),
      TEST(namespaces_nest_under_either_name), TEST(endless_nesting_ends)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
