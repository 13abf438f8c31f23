/* The catalogue: what is read, and that every kind of bad entry is named. */
#include "test.h"

#include "catalogue.h"

#define GOOD                                                                                       \
  "{\"id\":\"UPC-06\",\"level\":\"MUST\",\"basis\":[\"D\",\"O:web\"],\"title\":\"first\",\"source\":\"guide\"," \
  "\"channel\":[\"web\",\"ios\"],\"since\":\"9.5\",\"always\":true,\"proof\":\"a unit test\"," \
  "\"clauses\":{\"order\":{\"level\":\"SHOULD\",\"basis\":[\"O:web\"],\"title\":\"in order\"}}}"

static struct catalogue *parse(const char *text) {
  struct catalogue *catalogue = NULL;
  struct base_error err = {0};
  if (catalogue_parse(text, strlen(text), &catalogue, &err)) fail_msg("%s", err.text);
  return catalogue;
}

static void refuses(const char *text, const char *why) {
  struct catalogue *catalogue = NULL;
  struct base_error err = {0};
  assert_int_equal(catalogue_parse(text, strlen(text), &catalogue, &err), CATALOGUE_ERR_CONTENT);
  assert_null(catalogue);
  assert_contains(err.text, why);
}

static void reads_an_entry(void **state) {
  (void)state;
  struct catalogue *catalogue = parse("[" GOOD "]");
  assert_int_equal(catalogue_count(catalogue), 1);
  const struct requirement *row = catalogue_row(catalogue, 0);
  assert_string_equal(row->id, "UPC-06");
  assert_int_equal(row->rule.basis, BASIS_DOCUMENTED | BASIS_WEB);
  assert_int_equal(row->channels, 1U << PROFILE_WEB | 1U << PROFILE_IOS);
  assert_int_equal(row->apis, ~0U);
  assert_int_equal(row->since.major, 9);
  assert_true(row->always);
  assert_string_equal(row->proof, "a unit test");
  catalogue_free(catalogue);
}

static void finds_requirements_and_clauses(void **state) {
  (void)state;
  struct catalogue *catalogue = parse("[" GOOD "]");
  struct requirement_ref ref;
  assert_true(catalogue_find(catalogue, "UPC-06", &ref));
  assert_string_equal(ref.rule->title, "first");
  assert_true(catalogue_find(catalogue, "UPC-06/order", &ref));
  assert_int_equal(ref.rule->level, LEVEL_SHOULD);
  assert_false(catalogue_find(catalogue, "UPC-06/other", &ref));
  assert_false(catalogue_find(catalogue, "UPC-0", &ref));
  catalogue_free(catalogue);
}

static void names_what_is_wrong(void **state) {
  (void)state;
  refuses("{}", "no array");
  refuses("[", "line 1");
  refuses("[{\"id\":\"A-1\"}]", "A-1: it has no source");
  refuses("[{\"id\":\"A-1\",\"source\":\"s\",\"title\":\"t\",\"level\":\"SHALL\",\"basis\":[\"D\"]}]", "MUST, SHOULD, MAY");
  refuses("[{\"id\":\"A-1\",\"source\":\"s\",\"title\":\"t\",\"level\":\"MUST\",\"basis\":[\"Q\"]}]", "O:web");
  refuses("[{\"id\":\"A-1\",\"source\":\"s\",\"title\":\"t\",\"level\":\"MUST\",\"basis\":[]}]", "O:web");
  refuses("[{\"id\":\"A-1\",\"source\":\"s\",\"title\":\"t\",\"level\":\"MUST\",\"basis\":[\"D\"],\"chanel\":[]}]", "\"chanel\"");
  refuses("[{\"id\":\"A-1\",\"source\":\"s\",\"title\":\"t\",\"level\":\"MUST\",\"basis\":[\"D\"],\"api\":[\"c\"]}]", "unknown api");
  refuses("[{\"id\":\"A-1\",\"source\":\"s\",\"title\":\"t\",\"level\":\"MUST\",\"basis\":[\"D\"],\"proof\":7}]", "proof is no text");
  refuses("[" GOOD "," GOOD "]", "there twice");
  refuses("[{\"id\":\"A-1\",\"source\":\"s\",\"title\":\"t\",\"level\":\"MUST\",\"basis\":[\"D\"],"
          "\"clauses\":{\"x\":{\"level\":\"MUST\",\"basis\":[\"D\"]}}}]", "A-1/x: it has no title");
}

static void prints_a_basis(void **state) {
  (void)state;
  char text[48];
  requirement_basis_text(BASIS_DOCUMENTED | BASIS_WEB | BASIS_IOS | BASIS_WINDOWS | BASIS_JS | BASIS_OURS, text);
  assert_string_equal(text, "D, O:web, O:ios, O:win, O:js, X");
}

static void the_products_own_catalogue_is_good(void **state) {
  (void)state;
  struct catalogue *catalogue = NULL;
  struct base_error err = {0};
  if (catalogue_load(CONFORMANCE_SOURCE "/conformance/requirements/requirements.json", &catalogue, &err))
    fail_msg("%s", err.text);
  assert_true(catalogue_count(catalogue) > 100);
  catalogue_free(catalogue);
}

static void names_a_file_that_is_not_there(void **state) {
  (void)state;
  struct catalogue *catalogue = NULL;
  struct base_error err = {0};
  assert_int_equal(catalogue_load("/nowhere/requirements.json", &catalogue, &err), CATALOGUE_ERR_FILE);
  assert_contains(err.text, "/nowhere/requirements.json");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_an_entry),
      cmocka_unit_test(finds_requirements_and_clauses),
      cmocka_unit_test(names_what_is_wrong),
      cmocka_unit_test(prints_a_basis),
      cmocka_unit_test(the_products_own_catalogue_is_good),
      cmocka_unit_test(names_a_file_that_is_not_there),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
