/* The command line: what is read, and the one sentence for what is wrong. */
#include "test.h"

#include "options.h"

static struct options parse(int argc, const char *const *words) {
  struct options options;
  struct base_error err = {0};
  char *argv[16];
  for (int i = 0; i < argc; i++) argv[i] = strdup(words[i]);
  int status = options_parse(argc, argv, &options, &err);
  for (int i = 0; i < argc; i++) free(argv[i]);
  if (status) fail_msg("%s", err.text);
  return options;
}

#define PARSE(...)                                                                                 \
  parse((int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)), (const char *const[]){__VA_ARGS__})

static void refuse(int argc, const char *const *words, const char *why) {
  struct options options;
  struct base_error err = {0};
  char *argv[16];
  for (int i = 0; i < argc; i++) argv[i] = strdup(words[i]);
  int status = options_parse(argc, argv, &options, &err);
  for (int i = 0; i < argc; i++) free(argv[i]);
  assert_int_equal(status, OPTIONS_ERR_USAGE);
  assert_contains(err.text, why);
}

#define REFUSE(why, ...)                                                                           \
  refuse((int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)), (const char *const[]){__VA_ARGS__}, why)

static void has_defaults(void **state) {
  (void)state;
  struct options options = PARSE("foundrycheck", "run");
  assert_int_equal(options.command, COMMAND_RUN);
  assert_int_equal(options.limit_ms, 30000);
  assert_int_equal(options.repeat, 1);
  assert_int_equal(options.threads, 0);
  assert_int_equal(options.strictness, JUDGE_NORMAL);
}

static void reads_numbers_in_three_spellings(void **state) {
  (void)state;
  assert_int_equal(PARSE("foundrycheck", "run", "-j4").threads, 4);
  assert_int_equal(PARSE("foundrycheck", "run", "-j", "4").threads, 4);
  assert_int_equal(PARSE("foundrycheck", "run", "--jobs=4").threads, 4);
  assert_int_equal(PARSE("foundrycheck", "run", "--limit", "0.5").limit_ms, 500);
}

static void reads_strictness(void **state) {
  (void)state;
  assert_int_equal(PARSE("foundrycheck", "run", "--strict").strictness, JUDGE_STRICT);
  assert_int_equal(PARSE("foundrycheck", "run", "--strict=all").strictness, JUDGE_STRICT_ALL);
  REFUSE("--strict stands alone or is --strict=all", "foundrycheck", "run", "--strict=some");
}

static void reads_a_profile(void **state) {
  (void)state;
  struct options options = PARSE("foundrycheck", "run", "--profile", "java/android");
  assert_string_equal(options.api, "java");
  assert_string_equal(options.channel, "android");
  REFUSE("for example java/android", "foundrycheck", "run", "--profile", "java");
  REFUSE("js, java or objc", "foundrycheck", "run", "--api", "c");
}

static void json_is_a_file_or_a_flag(void **state) {
  (void)state;
  assert_true(PARSE("foundrycheck", "list", "--json").json);
  assert_false(PARSE("foundrycheck", "run", "--json", "-").json);
}

static void filters_add_up(void **state) {
  (void)state;
  struct options options = PARSE("foundrycheck", "run", "--name", "a", "--name", "b", "--tag", "hang");
  assert_int_equal(options.names.count, 2);
  assert_int_equal(options.tags.count, 1);
}

static void names_what_is_wrong(void **state) {
  (void)state;
  REFUSE("needs a command", "foundrycheck");
  REFUSE("no command \"rum\"", "foundrycheck", "rum");
  REFUSE("foundrycheck list has no option --repeat", "foundrycheck", "list", "--repeat", "2");
  REFUSE("--name needs a value", "foundrycheck", "run", "--name");
  REFUSE("--keep takes no value", "foundrycheck", "run", "--keep=yes");
  REFUSE("-j takes a number from 1 to 64, not \"0\"", "foundrycheck", "run", "-j0");
  REFUSE("-j takes a number from 1 to 64, not \"2x\"", "foundrycheck", "run", "-j2x");
  REFUSE("--limit takes seconds", "foundrycheck", "run", "--limit", "nan");
  REFUSE("--report takes", "foundrycheck", "run", "--report", "xml:a");
  REFUSE("--report takes", "foundrycheck", "run", "--report", "html:");
  REFUSE("\"extra\" is no option", "foundrycheck", "run", "extra");
  REFUSE("ask the default testee", "foundrycheck", "run", "--testee", "x", "--api", "js");
}

static void a_shard_is_a_part_of_so_many(void **state) {
  (void)state;
  struct options options = PARSE("foundrycheck", "run", "--shard", "2/8");
  assert_int_equal(options.shard, 2);
  assert_int_equal(options.shards, 8);
  assert_int_equal(PARSE("foundrycheck", "run").shards, 0);
  static const char *const wrong[] = {"0/8", "9/8", "2", "2/", "2/8x", "-1/8", "1/1001", "a/b", " 1/2"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    REFUSE("--shard takes I/N", "foundrycheck", "run", "--shard", wrong[i]);
}

static void rounds_are_one_unless_they_are_asked_for(void **state) {
  (void)state;
  assert_int_equal(PARSE("foundrycheck", "run", "--repeat", "7").repeat, 7);
  assert_int_equal(PARSE("foundrycheck", "run", "--until-fail", "--repeat", "7").repeat, 7);
  assert_true(PARSE("foundrycheck", "run", "--until-fail").repeat > 1000);
}

static void a_seed_is_a_whole_number(void **state) {
  (void)state;
  assert_true(PARSE("foundrycheck", "run", "--seed", "18446744073709551615").seed == UINT64_MAX);
  assert_true(PARSE("foundrycheck", "run", "--seed=0").seeded);
  assert_false(PARSE("foundrycheck", "run", "--shuffle").seeded);
  static const char *const wrong[] = {"", "-1", "1.5", "x", "18446744073709551616"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    REFUSE("--seed takes a whole number", "foundrycheck", "run", "--seed", wrong[i]);
}

static void help_names_every_option_of_its_command(void **state) {
  (void)state;
  struct base_buf text = BASE_BUF_INIT;
  struct options options = PARSE("foundrycheck", "run", "--help");
  assert_true(options.help);
  options_help(&text, &options);
  assert_contains(text.data, "-j, --jobs N");
  assert_contains(text.data, "--strict[=all]");
  assert_contains(text.data, "exit codes");
  base_buf_done(&text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(has_defaults),
      cmocka_unit_test(reads_numbers_in_three_spellings),
      cmocka_unit_test(reads_strictness),
      cmocka_unit_test(reads_a_profile),
      cmocka_unit_test(json_is_a_file_or_a_flag),
      cmocka_unit_test(filters_add_up),
      cmocka_unit_test(names_what_is_wrong),
      cmocka_unit_test(a_shard_is_a_part_of_so_many),
      cmocka_unit_test(rounds_are_one_unless_they_are_asked_for),
      cmocka_unit_test(a_seed_is_a_whole_number),
      cmocka_unit_test(help_names_every_option_of_its_command),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
