/** The claims token, and ids that nobody else has. */
#ifndef ENGINE_IDENTITY_H
#define ENGINE_IDENTITY_H

#include "engine/client.h"

/**
 * Ask the identity layer for the token (W-7); client->token is what it said.
 * Fails: 106, or the identity layer's own code: there is none
 */
int vmx_identity_ask(struct vmx_client *client, bool again, struct base_error *err);

/** A fresh UUID (version 4) as text. Fails: 2460 there is no randomness */
int vmx_request_id(struct vmx_client *client, char out[VMX_REQUEST_ID_SIZE],
                   struct base_error *err);

#endif
