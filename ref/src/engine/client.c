/* The public API's door: opening, driving, closing. What the calls do is in the modules beside it. */
#include "engine/client.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/cleanup.h"
#include "core/codes.h"
#include "engine/cancel.h"
#include "engine/notice.h"
#include "engine/setup.h"
#include "engine/sync.h"
#include "net/curl_transport.h"

enum { STANDARD_TIMEOUT_MS = 60 * 1000, CONFIG_SIZE_MAX = 4096 };

/* The public enums and those of core are the same lists: the compiler checks it. */
static_assert((int)VMX_API_OBJC == (int)VMX_PAYLOAD_OBJC, "one list of APIs");
static_assert((int)VMX_SCOPE_SERVICE == (int)VMX_LEVEL_SERVICE, "one list of levels");
static_assert((int)VMX_SCOPE_OBJECT == (int)VMX_LEVEL_OBJECT, "one list of levels");

const char *vmx_version(void) { return VMXSYNC_VERSION; }

void vmx_free(char *text) { free(text); }

/* -- opening and closing ------------------------------------------------------------------------- */

static bool copy_text(char **out, const char *text) {
  if (!text) return true;
  *out = strdup(text);
  return *out != NULL;
}

static bool copy_config(struct vmx_client *client, const struct vmx_config *config) {
  client->identity = config->identity;
  client->network_timeout_ms =
      config->network_timeout_ms > 0 ? config->network_timeout_ms : STANDARD_TIMEOUT_MS;
  client->api = config->api;
  client->channel = config->channel;
  client->strict_options = config->strict_options;
  return copy_text(&client->service_url, config->service_url) &&
         copy_text(&client->service_document, config->service_document) &&
         copy_text(&client->app_key, config->app_key) &&
         copy_text(&client->app_secret, config->app_secret) &&
         copy_text(&client->token, config->identity.token ? NULL : config->claims_token);
}

/* Everything but the transport, which is the opener's until the open has succeeded. */
static void client_free(struct vmx_client *client) {
  if (!client) return;
  vmx_syncs_sweep(client, true);
  vmx_setup_sweep(client, true);
  vmx_notices_drop(client);
  vmx_inbox_done(&client->cancels);
  vmx_store_close(client->store);
  vmx_model_free(client->model);
  free(client->service_url);
  free(client->service_document);
  free(client->app_key);
  free(client->app_secret);
  free(client->token);
  free(client);
}

static void client_release(struct vmx_client **client) { client_free(*client); }

static struct vmx_client *client_new(struct base_error *err) {
  struct vmx_client *client = calloc(1, sizeof *client);
  if (!client) base_fail(err, VMX_CODE_SYNC, "API-09", "out of memory");
  if (!client || vmx_inbox_init(&client->cancels, err) == 0) return client;
  free(client);
  return NULL;
}

/*
 * The config as this library knows it: what the caller's shorter struct does not have is zero, and of a
 * longer one nothing may be set that would be ignored.
 */
static int read_config(const struct vmx_config *from, struct vmx_config *out,
                       struct base_error *err) {
  const size_t least = offsetof(struct vmx_config, storage) + sizeof from->storage;
  if (from->size < least || from->size > CONFIG_SIZE_MAX)
    return base_fail(err, VMX_CODE_SYNC, "API-09", "config.size is %zu, not sizeof(struct vmx_config)",
                     from->size);
  const char *bytes = (const char *)from;
  for (size_t i = sizeof *out; i < from->size; i++)
    if (bytes[i] != 0)
      return base_fail(err, VMX_CODE_SYNC, "API-09",
                       "the config sets what version " VMXSYNC_VERSION " of the library does not know");
  *out = (struct vmx_config){0};
  memcpy(out, from, from->size < sizeof *out ? from->size : sizeof *out);
  return 0;
}

static int check_config(const struct vmx_config *config, struct base_error *err) {
  if (!config->storage || config->storage[0] == '\0')
    return base_fail(err, VMX_CODE_SYNC, "API-09", "no storage folder was named");
  if ((unsigned)config->api > VMX_API_OBJC || (unsigned)config->channel > VMX_CHANNEL_WEB)
    return base_fail(err, VMX_CODE_SYNC, "API-09", "config.api or config.channel is no value of its enum");
  if (!config->claims_token || !strpbrk(config->claims_token, "\r\n")) return 0;
  return base_fail(err, VMX_CODE_IDENTITY, "API-08", "the claims token holds a line break");
}

int vmx_client_open_over(const struct vmx_config *config, const struct vmx_environment *environment,
                         struct vmx_client **out, struct base_error *err) {
  int code = check_config(config, err);
  if (code != 0) return code;
  CLEANUP(client_release) struct vmx_client *client = client_new(err);
  if (!client) return VMX_CODE_SYNC;
  client->environment = *environment;
  client->notice_end = &client->notices;
  client->online = true;
  if (!copy_config(client, config))
    return base_fail(err, VMX_CODE_SYNC, "API-09", "out of memory");
  code = vmx_store_open(config->storage, config->encryption_key, &client->store, err);
  if (code == 0) *out = TAKE(client);
  return code;
}

static bool system_random(void *context, void *bytes, size_t len) {
  (void)context;
  return getrandom(bytes, len, 0) == (ssize_t)len;
}

int vmx_client_open(const struct vmx_config *config, struct vmx_client **out,
                    struct base_error *err) {
  struct vmx_environment environment = {.clock = base_clock_system(), .random = system_random};
  struct vmx_config known;
  int code = read_config(config, &known, err);
  if (code != 0) return code;
  if (known.clock) environment.clock = *known.clock;
  code = net_curl_open(&environment.transport, err);
  if (code != 0) return code;
  code = vmx_client_open_over(&known, &environment, out, err);
  if (code != 0) environment.transport.ops->close(environment.transport.self);
  return code;
}

void vmx_client_close(struct vmx_client *client) {
  if (!client) return;
  assert(!client->stepping);
  struct net_transport transport = client->environment.transport;
  client_free(client);
  transport.ops->close(transport.self);
}

/* -- driving ------------------------------------------------------------------------------------- */

static void sweep(struct vmx_client *client) {
  vmx_syncs_sweep(client, false);
  vmx_setup_sweep(client, false);
}

int vmx_client_step(struct vmx_client *client, int timeout_ms, struct pollfd *fds, size_t count,
                    struct base_error *err) {
  const struct net_transport *transport = &client->environment.transport;
  if (count > NET_FDS_MAX)
    return base_fail(err, VMX_CODE_NETWORK, "API-11", "more than %d descriptors", NET_FDS_MAX);
  if (client->stepping)
    return base_fail(err, VMX_CODE_SYNC, "API-11", "the client is stepped inside a callback");
  client->stepping = true;
  vmx_cancels_take(client);
  bool told = vmx_notices_deliver(client);
  bool began = vmx_setup_begin(client);
  began = vmx_syncs_begin(client) || began;
  int wait_ms = told || began ? 0 : timeout_ms; /* whoever drives the client has news */
  int code = transport->ops->step(transport->self, wait_ms, fds, count, err);
  sweep(client);
  client->stepping = false;
  return code;
}

bool vmx_client_idle(struct vmx_client *client) {
  return !client->notices && !client->setup && !vmx_sync_runs(client, NULL, NULL) &&
         !vmx_cancels_wait(client);
}

int vmx_client_run(struct vmx_client *client, struct base_error *err) {
  int code = 0;
  while (code == 0 && !vmx_client_idle(client)) code = vmx_client_step(client, -1, NULL, 0, err);
  return code;
}

void vmx_client_wakeup(struct vmx_client *client) {
  client->environment.transport.ops->wakeup(client->environment.transport.self);
}

void vmx_client_set_online(struct vmx_client *client, bool online) { client->online = online; }

/* -- asynchronous calls -------------------------------------------------------------------------- */

int vmx_setup(struct vmx_client *client, const char *options,
              const struct vmx_callbacks *callbacks, struct base_error *err) {
  return vmx_setup_start(client, VMX_SETUP_FIRST, options, callbacks, err);
}

int vmx_incremental_setup(struct vmx_client *client, const char *options,
                          const struct vmx_callbacks *callbacks, struct base_error *err) {
  return vmx_setup_start(client, VMX_SETUP_INCREMENTAL, options, callbacks, err);
}

int vmx_reset(struct vmx_client *client, const char *options,
              const struct vmx_callbacks *callbacks, struct base_error *err) {
  return vmx_setup_start(client, VMX_SETUP_RESET, options, callbacks, err);
}

/* A binding passes any number. */
int vmx_level_check(enum vmx_scope_level level, struct base_error *err) {
  if ((unsigned)level <= VMX_SCOPE_OBJECT) return 0;
  return base_fail(err, VMX_CODE_OPTION, "API-02", "level %d is neither application, service nor object",
                   (int)level);
}

int vmx_start_sync(struct vmx_client *client, enum vmx_scope_level level, const char *target,
                   const char *options, const struct vmx_callbacks *callbacks,
                   struct base_error *err) {
  int code = vmx_level_check(level, err);
  if (code != 0) return code;
  return vmx_sync_start(client, (enum vmx_sync_level)level, target, options, callbacks, err);
}

int vmx_cancel_sync(struct vmx_client *client, enum vmx_scope_level level, const char *target,
                    const struct vmx_callbacks *callbacks, struct base_error *err) {
  int code = vmx_level_check(level, err);
  if (code != 0) return code;
  return vmx_cancel_ask(client, (enum vmx_sync_level)level, target, callbacks, err);
}

char *vmx_error_payload(const struct vmx_client *client, const struct base_error *err) {
  assert(err->code != 0);
  CLEANUP(json_free) cJSON *payload = vmx_error_tree(client, err);
  return payload ? json_print(payload) : NULL;
}
