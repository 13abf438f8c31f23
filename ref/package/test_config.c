/*
 * The config of programs that were compiled with another header: a shorter struct opens, whatever lies
 * behind it; a longer one opens as long as it sets nothing that this library does not know. And what the
 * library says to misuse that a binding can make.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <vmxsync/vmxsync.h>

/* A config with room behind it, for what another version's struct may hold. */
union room {
  struct vmx_config config;
  unsigned char bytes[8192];
};

static char folder[64];

static int make_folder(void **state) {
  (void)state;
  strcpy(folder, "/tmp/vmx-package-XXXXXX");
  return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
  static const char *const names[] = {"/offline.db", "/offline.db-wal", "/offline.db-shm", ""};
  char path[96];
  (void)state;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    snprintf(path, sizeof path, "%s%s", folder, names[i]);
    if (names[i][0] ? unlink(path) != 0 && access(path, F_OK) == 0 : rmdir(path) != 0) return -1;
  }
  return 0;
}

static void room_init(union room *room) {
  memset(room, 0, sizeof *room);
  room->config = (struct vmx_config){.size = sizeof room->config, .storage = folder};
}

static int open_code(const struct vmx_config *config, struct vmx_error *err) {
  struct vmx_client *client = NULL;
  *err = (struct vmx_error){0};
  int code = vmx_client_open(config, &client, err);
  assert_int_equal(code, err->code);
  assert_int_equal(code == 0, client != NULL);
  vmx_client_close(client);
  return code;
}

/* Cut behind each member, with rubbish where newer members are: the rubbish is not read. */
static void a_shorter_config_opens(void **state) {
  static const size_t ends[] = {
      offsetof(struct vmx_config, service_url), offsetof(struct vmx_config, service_document),
      offsetof(struct vmx_config, app_key),     offsetof(struct vmx_config, claims_token),
      offsetof(struct vmx_config, identity),    offsetof(struct vmx_config, network_timeout_ms),
      offsetof(struct vmx_config, api),         offsetof(struct vmx_config, clock)};
  struct vmx_error err;
  union room room;
  (void)state;
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    room_init(&room);
    room.config.size = ends[i];
    memset(room.bytes + ends[i], 0xa5, sizeof room - ends[i]);
    if (open_code(&room.config, &err) != 0) fail_msg("cut at %zu: %s", ends[i], err.text);
  }
}

/* The same program, compiled with next year's header. */
static void a_longer_config_opens_when_the_rest_is_unused(void **state) {
  struct vmx_error err;
  union room room;
  (void)state;
  room_init(&room);
  room.config.size = sizeof room.config + 40;
  memset(room.bytes + room.config.size, 0xa5, sizeof room - room.config.size);
  assert_int_equal(open_code(&room.config, &err), 0);
  room.bytes[sizeof room.config + 39] = 1;
  assert_int_equal(open_code(&room.config, &err), 2460);
  assert_non_null(strstr(err.text, vmx_version()));
}

static void a_config_without_a_size_is_refused(void **state) {
  static const size_t sizes[] = {0, 1, sizeof(size_t), 4097, SIZE_MAX};
  struct vmx_error err;
  union room room;
  (void)state;
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    room_init(&room);
    room.config.size = sizes[i];
    assert_int_equal(open_code(&room.config, &err), 2460);
    assert_non_null(strstr(err.text, "config.size"));
  }
}

/* API-08: what would break the headers is refused where it comes in. */
static void a_token_with_a_line_break_is_refused(void **state) {
  struct vmx_error err;
  union room room;
  (void)state;
  room_init(&room);
  room.config.claims_token = "to\r\nken";
  assert_int_equal(open_code(&room.config, &err), 106);
  assert_string_equal(err.spec, "API-08");
}

struct nested {
  struct vmx_client *client;
  int failures, code;
};

static void on_failure(void *user, const char *payload) {
  struct nested *nested = user;
  (void)payload;
  nested->failures++;
  nested->code = vmx_client_step(nested->client, 0, NULL, 0, NULL);
}

static void on_success(void *user, const char *payload) {
  (void)user, (void)payload;
  fail_msg("a sync without a setup succeeded");
}

/* API-02, CBK-03: a number that is no value of its enum is refused where it comes in, by each call that takes one. */
static void numbers_beside_the_enums_are_refused(void **state) {
  static const int numbers[] = {-1, 3, 4, 255, INT32_MIN, INT32_MAX};
  const struct vmx_callbacks callbacks = {on_success, on_failure, NULL, NULL};
  struct vmx_client *client = NULL;
  struct vmx_error err;
  union room room;
  (void)state;
  room_init(&room);
  assert_int_equal(vmx_client_open(&room.config, &client, NULL), 0);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    const enum vmx_scope_level level = (enum vmx_scope_level)numbers[i];
    assert_int_equal(vmx_start_sync(client, level, "x", NULL, &callbacks, &err), 2304);
    assert_int_equal(vmx_cancel_sync(client, level, "x", &callbacks, &err), 2304);
    assert_int_equal(vmx_rollback(client, level, "x", NULL, &err), 2304);
    assert_int_equal(vmx_clear_offline_data(client, level, "x", &err), 2304);
    assert_non_null(strstr(err.text, "neither application, service nor object"));
  }
  assert_true(vmx_client_idle(client));
  vmx_client_close(client);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    room_init(&room);
    room.config.api = (enum vmx_api)numbers[i];
    assert_int_equal(open_code(&room.config, &err), 2460);
    room_init(&room);
    room.config.channel = (enum vmx_channel)(numbers[i] == 3 ? 4 : numbers[i]);
    assert_int_equal(open_code(&room.config, &err), 2460);
  }
}

static void nine_descriptors_are_too_many(void **state) {
  struct pollfd fds[9] = {{.fd = -1}};
  struct vmx_client *client = NULL;
  union room room;
  (void)state;
  room_init(&room);
  assert_int_equal(vmx_client_open(&room.config, &client, NULL), 0);
  assert_int_equal(vmx_client_step(client, 0, fds, 9, NULL), 2030);
  vmx_client_close(client);
}

static void a_text_is_released_by_the_library(void **state) {
  const struct vmx_error err = {.code = 2404, .text = "no such object"};
  struct vmx_client *client = NULL;
  union room room;
  (void)state;
  room_init(&room);
  assert_int_equal(vmx_client_open(&room.config, &client, NULL), 0);
  char *payload = vmx_error_payload(client, &err);
  assert_non_null(strstr(payload, "\"code\":2404"));
  vmx_free(payload);
  vmx_free(NULL);
  vmx_client_close(client);
}

/* -- stepping inside a callback ----------------------------------------------------------------------- */

static void a_step_inside_a_callback_is_refused(void **state) {
  struct nested nested = {0};
  const struct vmx_callbacks callbacks = {on_success, on_failure, NULL, &nested};
  union room room;
  (void)state;
  room_init(&room);
  assert_int_equal(vmx_client_open(&room.config, &nested.client, NULL), 0);
  assert_int_equal(vmx_start_sync(nested.client, VMX_SCOPE_APPLICATION, NULL, NULL, &callbacks, NULL), 0);
  assert_int_equal(vmx_client_step(nested.client, 0, NULL, 0, NULL), 0);
  assert_int_equal(nested.failures, 1);
  assert_int_equal(nested.code, 2460);
  vmx_client_close(nested.client);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_shorter_config_opens, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(a_longer_config_opens_when_the_rest_is_unused, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(a_config_without_a_size_is_refused, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(a_token_with_a_line_break_is_refused, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(numbers_beside_the_enums_are_refused, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(nine_descriptors_are_too_many, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(a_text_is_released_by_the_library, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(a_step_inside_a_callback_is_refused, make_folder, remove_folder),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
