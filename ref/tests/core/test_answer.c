/* wire.md section 10, row by row, and what W-41 and W-43 keep. */
#include "model_support.h"

#include "core/answer.h"

static void judges_each_row(void **state) { /* NET-01, NET-06 */
  (void)state;
  static const struct {
    int status;
    const char *body;
    int code;
    bool unknown, keep_replay;
  } rows[] = {
      {200, "", 2037, true, true},
      {200, "<html>", 2037, true, true},
      {200, "[]", 2037, true, true},
      {200, "{\"opstatus\":[]}", 2037, true, true},
      {200, "{\"opstatus\":\"ten\"}", 2037, true, true},
      {200, "{}", 0, false, false},
      {200, "{\"opstatus\":0}", 0, false, false},
      {200, "{\"opstatus\":\"0\"}", 0, false, false},
      {201, "{\"opstatus\":500100}", 0, false, false},
      {200, "{\"opstatus\":500200}", 0, false, false},
      {200, "{\"opstatus\":500099}", 2038, false, false},
      {200, "{\"opstatus\":500201}", 2038, false, false},
      {200, "{\"opstatus\":500210}", 2044, true, true}, /* its first try may still succeed */
      {200, "{\"opstatus\":-1}", 2038, false, false},
      {200, "{\"opstatus\":8009", 2037, true, true},
      {408, "", 2032, true, true},
      {504, "{\"opstatus\":8009}", 2031, true, true},
      {503, "", 2038, false, false},
      {503, "{\"opstatus\":0}", 2038, false, false},
      {429, "", 2030, false, true},
      {429, "{\"opstatus\":1}", 2038, false, true},
      {500, "{\"opstatus\":8009}", 2038, false, false},
      {500, "{\"opstatus\":500150}", 2030, false, false},
      {500, "oops", 2030, false, false},
      {302, "", 2030, false, false},
      {404, "{}", 2030, false, false},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct base_error err = {0};
    const struct vmx_answer answer = {VMX_ANSWERED, rows[i].status, rows[i].body, strlen(rows[i].body)};
    struct vmx_verdict verdict = vmx_answer_judge(VMX_CALL_UPLOAD, &answer, &err);
    assert_int_equal(verdict.code, rows[i].code);
    assert_int_equal(err.code, rows[i].code);
    assert_int_equal(verdict.unknown, rows[i].unknown);
    assert_int_equal(verdict.keep_replay, rows[i].keep_replay);
  }
}

static void judges_each_transport(void **state) { /* W-41: surely not sent is not unknown */
  (void)state;
  static const struct {
    enum vmx_transport transport;
    int code;
    bool unknown;
  } rows[] = {{VMX_CONNECT_TIMEOUT, 2031, true}, {VMX_ANSWER_TIMEOUT, 2032, true}, {VMX_CUT, 2032, true},
              {VMX_REFUSED, 2034, false},        {VMX_HOST_NOT_FOUND, 2035, false}, {VMX_TLS_FAILED, 2033, false},
              {VMX_NO_CONNECTIVITY, 2036, false}, {VMX_BAD_URL, 2039, false}, {VMX_ANSWER_TOO_LARGE, 2037, true},
              {VMX_TRANSPORT_FAILED, 2030, false}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const struct vmx_answer answer = {.transport = rows[i].transport};
    struct vmx_verdict verdict = vmx_answer_judge(VMX_CALL_DOWNLOAD, &answer, NULL);
    assert_int_equal(verdict.code, rows[i].code);
    assert_int_equal(verdict.unknown, rows[i].unknown);
  }
}

static void an_empty_replay_answer_has_its_own_code(void **state) { /* W-43 */
  (void)state;
  const struct vmx_answer answer = {VMX_ANSWERED, 200, "", 0};
  struct vmx_verdict verdict = vmx_answer_judge(VMX_CALL_REPLAY, &answer, NULL);
  assert_int_equal(verdict.code, 2476);
  assert_true(verdict.keep_replay);
}

static void only_a_2xx_error_may_hold_record_errors(void **state) { /* section 10 */
  (void)state;
  static const char body[] = "{\"opstatus\":20006}";
  struct vmx_answer answer = {VMX_ANSWERED, 200, body, strlen(body)};
  assert_true(vmx_answer_judge(VMX_CALL_UPLOAD, &answer, NULL).has_objects);
  answer.status = 500;
  assert_false(vmx_answer_judge(VMX_CALL_UPLOAD, &answer, NULL).has_objects);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(judges_each_row), cmocka_unit_test(judges_each_transport),
                                     cmocka_unit_test(an_empty_replay_answer_has_its_own_code),
                                     cmocka_unit_test(only_a_2xx_error_may_hold_record_errors)};
  return cmocka_run_group_tests_name("core/answer", tests, NULL, NULL);
}
