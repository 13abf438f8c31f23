/* what fails, what warns and why, for each basis, level, profile and strictness. */
#include "test.h"

#include "judge.h"

static struct judge_verdict judge(enum requirement_level level, unsigned basis, enum profile_api api,
                                  enum profile_channel channel, enum judge_strictness strictness) {
  struct requirement requirement = {
      .id = "T-1", .rule = {level, basis, "a rule"}, .apis = ~0U, .channels = ~0U};
  struct profile profile = {.api = api, .channel = channel, .version = {9, 5}};
  return judge_broken((struct requirement_ref){&requirement, &requirement.rule}, &profile, strictness);
}

static struct judge_verdict judge_web(enum requirement_level level, unsigned basis,
                                      enum judge_strictness strictness) {
  return judge(level, basis, PROFILE_JS, PROFILE_WEB, strictness);
}

static void a_documented_must_fails(void **state) {
  (void)state;
  struct judge_verdict verdict = judge_web(LEVEL_MUST, BASIS_DOCUMENTED, JUDGE_NORMAL);
  assert_int_equal(verdict.weight, JUDGE_FAILS);
  assert_string_equal(verdict.reason, "");
}

static void an_observation_binds_its_own_channel_alone(void **state) {
  (void)state;
  assert_int_equal(judge_web(LEVEL_MUST, BASIS_WEB, JUDGE_NORMAL).weight, JUDGE_FAILS);
  assert_int_equal(judge(LEVEL_MUST, BASIS_WEB, PROFILE_JAVA, PROFILE_ANDROID, JUDGE_NORMAL).weight, JUDGE_WARNS);
  assert_int_equal(judge(LEVEL_MUST, BASIS_IOS, PROFILE_OBJC, PROFILE_IOS, JUDGE_NORMAL).weight, JUDGE_FAILS);
  assert_int_equal(judge(LEVEL_MUST, BASIS_WINDOWS, PROFILE_JS, PROFILE_WINDOWS, JUDGE_NORMAL).weight, JUDGE_FAILS);
  assert_int_equal(judge(LEVEL_MUST, BASIS_WINDOWS, PROFILE_JS, PROFILE_WEB, JUDGE_NORMAL).weight, JUDGE_WARNS);
}

static void js_is_an_api_on_any_channel(void **state) {
  (void)state;
  assert_int_equal(judge(LEVEL_MUST, BASIS_JS, PROFILE_JS, PROFILE_ANDROID, JUDGE_NORMAL).weight, JUDGE_FAILS);
  assert_int_equal(judge(LEVEL_MUST, BASIS_JS, PROFILE_JAVA, PROFILE_ANDROID, JUDGE_NORMAL).weight, JUDGE_WARNS);
}

static void one_basis_that_counts_is_enough(void **state) {
  (void)state;
  assert_int_equal(judge_web(LEVEL_MUST, BASIS_IOS | BASIS_DOCUMENTED, JUDGE_NORMAL).weight, JUDGE_FAILS);
}

static void a_should_fails_under_strict(void **state) {
  (void)state;
  struct judge_verdict verdict = judge_web(LEVEL_SHOULD, BASIS_DOCUMENTED, JUDGE_NORMAL);
  assert_int_equal(verdict.weight, JUDGE_WARNS);
  assert_string_equal(verdict.reason, "only a warning: a SHOULD; counted with --strict");
  assert_int_equal(judge_web(LEVEL_SHOULD, BASIS_DOCUMENTED, JUDGE_STRICT).weight, JUDGE_FAILS);
}

static void a_warning_names_the_option_that_counts_all_of_it(void **state) {
  (void)state;
  assert_string_equal(judge_web(LEVEL_SHOULD, BASIS_OURS, JUDGE_NORMAL).reason,
                      "only a warning: a SHOULD, and our own decision; counted with --strict=all");
  assert_string_equal(judge_web(LEVEL_SHOULD, BASIS_OURS, JUDGE_STRICT).reason,
                      "only a warning: our own decision; counted with --strict=all");
  assert_string_equal(judge_web(LEVEL_SHOULD, BASIS_IOS, JUDGE_NORMAL).reason,
                      "only a warning: a SHOULD, and observed in other clients only");
  assert_string_equal(judge_web(LEVEL_MAY, BASIS_OURS, JUDGE_NORMAL).reason,
                      "only a warning: a MAY, which binds nobody, and our own decision");
}

static void our_own_decision_fails_under_strict_all(void **state) {
  (void)state;
  struct judge_verdict verdict = judge_web(LEVEL_MUST, BASIS_OURS, JUDGE_STRICT);
  assert_int_equal(verdict.weight, JUDGE_WARNS);
  assert_contains(verdict.reason, "--strict=all");
  assert_int_equal(judge_web(LEVEL_MUST, BASIS_OURS, JUDGE_STRICT_ALL).weight, JUDGE_FAILS);
  assert_int_equal(judge_web(LEVEL_SHOULD, BASIS_OURS, JUDGE_STRICT_ALL).weight, JUDGE_FAILS);
}

static void another_channels_habit_never_fails(void **state) {
  (void)state;
  struct judge_verdict verdict = judge(LEVEL_MUST, BASIS_WEB, PROFILE_OBJC, PROFILE_IOS, JUDGE_STRICT_ALL);
  assert_int_equal(verdict.weight, JUDGE_WARNS);
  assert_contains(verdict.reason, "observed in other clients only");
}

static void a_may_never_fails(void **state) {
  (void)state;
  assert_int_equal(judge_web(LEVEL_MAY, BASIS_DOCUMENTED, JUDGE_STRICT_ALL).weight, JUDGE_WARNS);
}

static void a_requirement_of_another_profile_does_not_apply(void **state) {
  (void)state;
  struct requirement requirement = {.rule = {LEVEL_MUST, BASIS_DOCUMENTED, "a rule"},
                                    .apis = 1U << PROFILE_JAVA, .channels = ~0U, .since = {9, 5}};
  struct requirement_ref ref = {&requirement, &requirement.rule};
  struct profile profile = {.api = PROFILE_JS, .channel = PROFILE_WEB, .version = {9, 5}};
  struct judge_verdict verdict = judge_broken(ref, &profile, JUDGE_NORMAL);
  assert_int_equal(verdict.weight, JUDGE_DOES_NOT_APPLY);
  assert_string_equal(verdict.reason, "not a requirement of the API js");
  profile.api = PROFILE_JAVA;
  assert_int_equal(judge_broken(ref, &profile, JUDGE_NORMAL).weight, JUDGE_FAILS);
  profile.version = (struct profile_version){9, 2};
  verdict = judge_broken(ref, &profile, JUDGE_NORMAL);
  assert_int_equal(verdict.weight, JUDGE_DOES_NOT_APPLY);
  assert_contains(verdict.reason, "since 9.5");
}

static void a_port_that_changes_between_processes_is_told_from_itself(void **state) {
  (void)state;
  char difference[160];
  unsigned kill = 1U << capability_find("kill");
  struct profile web = {PROFILE_JS, PROFILE_WEB, {9, 5}, kill}, other = web;
  assert_true(profile_same(&web, &other, difference));
  assert_string_equal(difference, "");
  other.channel = PROFILE_IOS;
  assert_false(profile_same(&web, &other, difference));
  assert_string_equal(difference, "a later process of the testee is js on ios, API 9.5, and the first one was js on web, API 9.5");
  other = web;
  other.version.minor = 4;
  assert_false(profile_same(&web, &other, difference));
  other = web;
  other.capabilities = 0;
  assert_false(profile_same(&web, &other, difference));
  assert_string_equal(difference, "a later process of the testee does not claim the capability kill, and the first one did");
  assert_false(profile_same(&other, &web, difference));
  assert_string_equal(difference, "a later process of the testee claims the capability kill, and the first one did not");
}

static void the_promises_of_a_channel_are_known(void **state) {
  (void)state;
  struct profile web = {.channel = PROFILE_WEB}, ios = {.channel = PROFILE_IOS};
  size_t progress = (size_t)capability_find("progress"), cache = (size_t)capability_find("uploadCache");
  assert_false(capability_promised(&web, progress));
  assert_true(capability_promised(&ios, progress));
  assert_true(capability_promised(&web, cache));
  assert_int_equal(capability_find("teleport"), -1);
  assert_string_equal(capability_of_method("cancelSync")->name, "cancelSync");
  assert_null(capability_of_method("startSync"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_documented_must_fails),
      cmocka_unit_test(an_observation_binds_its_own_channel_alone),
      cmocka_unit_test(js_is_an_api_on_any_channel),
      cmocka_unit_test(one_basis_that_counts_is_enough),
      cmocka_unit_test(a_should_fails_under_strict),
      cmocka_unit_test(a_warning_names_the_option_that_counts_all_of_it),
      cmocka_unit_test(our_own_decision_fails_under_strict_all),
      cmocka_unit_test(another_channels_habit_never_fails),
      cmocka_unit_test(a_may_never_fails),
      cmocka_unit_test(a_requirement_of_another_profile_does_not_apply),
      cmocka_unit_test(a_port_that_changes_between_processes_is_told_from_itself),
      cmocka_unit_test(the_promises_of_a_channel_are_known),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
