#include "engine/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/codes.h"

static int remember_token(struct vmx_client *client, const char *token, struct base_error *err) {
  if (client->token && strcmp(client->token, token) == 0) return 0;
  if (strpbrk(token, "\r\n"))
    return base_fail(err, VMX_CODE_IDENTITY, "API-08", "the claims token holds a line break");
  char *copy = strdup(token);
  if (!copy) return base_fail(err, VMX_CODE_SYNC, "W-7", "out of memory");
  free(client->token);
  client->token = copy;
  client->token_version++;
  return 0;
}

static void forget_token(struct vmx_client *client) {
  free(client->token);
  client->token = NULL;
  client->token_version++;
}

static int no_token(struct base_error *err) {
  return base_fail(err, VMX_CODE_IDENTITY, "API-08", "there is no claims token");
}

int vmx_identity_ask(struct vmx_client *client, bool again, struct base_error *err) {
  if (!client->identity.token) return client->token ? 0 : no_token(err);
  struct base_error said = {0};
  const char *token = client->identity.token(client->identity.user, again, &said);
  if (token) return remember_token(client, token, err);
  forget_token(client);
  if (said.code == 0) return no_token(err);
  return base_fail(err, said.code, "API-08", "%s", said.text);
}

int vmx_request_id(struct vmx_client *client, char out[VMX_REQUEST_ID_SIZE],
                   struct base_error *err) {
  uint8_t b[16];
  struct vmx_environment *environment = &client->environment;
  if (!environment->random(environment->random_context, b, sizeof b))
    return base_fail(err, VMX_CODE_SYNC, "W-41", "there is no randomness for a request id");
  b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
  b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
  snprintf(out, VMX_REQUEST_ID_SIZE,
           "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
           b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
           b[15]);
  return 0;
}
