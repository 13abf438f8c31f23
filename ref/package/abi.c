/*
 * What programs were compiled with, said again; that this compiles beside the header is the test. Lines are
 * added, none is changed (README.md). Offsets and sizes are those of machines with 64-bit pointers. A new
 * member of vmx_config begins where the struct ended before, not in its padding; the sizes of the other
 * structs are final.
 */
#include <assert.h>
#include <vmxsync/vmxsync.h>

#define AT(type, member, offset)                                                                   \
  static_assert(sizeof(void *) != 8 || offsetof(struct type, member) == (offset), #type "." #member)
#define SIZE(type, size) static_assert(sizeof(void *) != 8 || sizeof(struct type) == (size), #type)

AT(vmx_error, code, 0);
AT(vmx_error, spec, 4);
AT(vmx_error, text, 20);
SIZE(vmx_error, 508);

AT(vmx_clock, wall_ms, 0);
AT(vmx_clock, monotonic_ms, 8);
AT(vmx_clock, context, 16);
SIZE(vmx_clock, 24);

AT(vmx_callbacks, success, 0);
AT(vmx_callbacks, failure, 8);
AT(vmx_callbacks, progress, 16);
AT(vmx_callbacks, user, 24);
SIZE(vmx_callbacks, 32);

AT(vmx_identity, token, 0);
AT(vmx_identity, user, 8);
SIZE(vmx_identity, 16);

AT(vmx_config, size, 0);
AT(vmx_config, storage, 8);
AT(vmx_config, service_url, 16);
AT(vmx_config, service_document, 24);
AT(vmx_config, app_key, 32);
AT(vmx_config, app_secret, 40);
AT(vmx_config, claims_token, 48);
AT(vmx_config, identity, 56);
AT(vmx_config, network_timeout_ms, 72);
AT(vmx_config, api, 80);
AT(vmx_config, channel, 84);
AT(vmx_config, strict_options, 88);
AT(vmx_config, clock, 96);
AT(vmx_config, encryption_key, 104);

static_assert(VMX_API_JS == 0 && VMX_API_JAVA == 1 && VMX_API_OBJC == 2, "vmx_api");
static_assert(VMX_CHANNEL_ANDROID == 0 && VMX_CHANNEL_IOS == 1 && VMX_CHANNEL_WINDOWS == 2 &&
                  VMX_CHANNEL_WEB == 3, "vmx_channel");
static_assert(VMX_SCOPE_APPLICATION == 0 && VMX_SCOPE_SERVICE == 1 && VMX_SCOPE_OBJECT == 2,
              "vmx_scope_level");

const char *vmx_version(void);
void vmx_free(char *);
int vmx_client_open(const struct vmx_config *, struct vmx_client **, struct vmx_error *);
void vmx_client_close(struct vmx_client *);
int vmx_client_step(struct vmx_client *, int, struct pollfd *, size_t, struct vmx_error *);
int vmx_client_run(struct vmx_client *, struct vmx_error *);
bool vmx_client_idle(struct vmx_client *);
void vmx_client_wakeup(struct vmx_client *);
void vmx_client_set_online(struct vmx_client *, bool);
int vmx_setup(struct vmx_client *, const char *, const struct vmx_callbacks *, struct vmx_error *);
int vmx_incremental_setup(struct vmx_client *, const char *, const struct vmx_callbacks *,
                          struct vmx_error *);
int vmx_reset(struct vmx_client *, const char *, const struct vmx_callbacks *, struct vmx_error *);
int vmx_start_sync(struct vmx_client *, enum vmx_scope_level, const char *, const char *,
                   const struct vmx_callbacks *, struct vmx_error *);
int vmx_cancel_sync(struct vmx_client *, enum vmx_scope_level, const char *, const struct vmx_callbacks *,
                    struct vmx_error *);
int vmx_create(struct vmx_client *, const char *, const char *, const char *, char **, struct vmx_error *);
int vmx_update(struct vmx_client *, const char *, const char *, const char *, struct vmx_error *);
int vmx_delete(struct vmx_client *, const char *, const char *, const char *, struct vmx_error *);
int vmx_get(struct vmx_client *, const char *, const char *, char **, struct vmx_error *);
int vmx_snapshot(struct vmx_client *, const char *, char **, struct vmx_error *);
int vmx_execute_select_query(struct vmx_client *, const char *, char **, struct vmx_error *);
int vmx_get_pending_records(struct vmx_client *, const char *, const char *, char **, struct vmx_error *);
int vmx_mark_for_upload(struct vmx_client *, const char *, const char *, struct vmx_error *);
int vmx_rollback(struct vmx_client *, enum vmx_scope_level, const char *, const char *, struct vmx_error *);
int vmx_clear_offline_data(struct vmx_client *, enum vmx_scope_level, const char *, struct vmx_error *);
int vmx_drop(struct vmx_client *, struct vmx_error *);
char *vmx_error_payload(const struct vmx_client *, const struct vmx_error *);
