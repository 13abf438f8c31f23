/**
 * Setup, incrementalSetup and reset: the service document, then the metadata of every offline
 * service at the same time, then all of it into the database at once (W-1, W-8, W-9).
 *
 *   vmx_setup_start -> on_document -> on_metadata (each service) -> finish
 *
 * Always true: nothing that the client knew changes before everything was fetched and was good.
 */
#ifndef ENGINE_SETUP_H
#define ENGINE_SETUP_H

#include "engine/client.h"

enum vmx_setup_kind { VMX_SETUP_FIRST, VMX_SETUP_INCREMENTAL, VMX_SETUP_RESET };

/** Fails: 2304 a callback is missing, 2460 no memory; anything else ends in the failure callback. */
int vmx_setup_start(struct vmx_client *client, enum vmx_setup_kind kind, const char *options,
                    const struct vmx_callbacks *callbacks, struct base_error *err);

/** Send what a new setup has to send; true when there was one. */
bool vmx_setup_begin(struct vmx_client *client);

/** Release a setup that has ended, or (`abort`) that runs. */
void vmx_setup_sweep(struct vmx_client *client, bool abort);

#endif
