/**
 * What the engine's tests share: a client over a fake network and a fresh folder, two services
 * (Organization with Employee, whose key is generated, and Sales with Note), and a listener.
 */
#ifndef COMPANY_H
#define COMPANY_H

#include "fake_network.h"

struct listener {
  int successes, failures, events;
  int events_after_end;
  char *last;     /* payload of the last end */
  char *progress; /* "Sync Started,Upload Started,..." */
};

struct company {
  struct fake_network network;
  struct vmx_client *client;
  char folder[64];
  struct listener listener;
};

/** cmocka's setup and teardown: *state is a company whose client is open. */
int company_open(void **state);
int company_close(void **state);

/** Close the client and open another one over the same folder and network. */
void company_restart(struct company *company, enum vmx_api api);

struct vmx_callbacks company_callbacks(struct company *company);

/** Setup over the network, with or without upload cache; demands success. */
void company_setup(struct company *company, bool upload_cache);

/** Start and drive a sync; 0 = success, otherwise the code of the failure. */
int company_sync(struct company *company, enum vmx_scope_level level, const char *target,
                 const char *options);

/** Code of the last failure payload. */
int company_code(const struct company *company);

/** Create an Employee. */
void company_hire(struct company *company, const char *name);

/** Does the last payload hold `text`? Fails the test otherwise. */
void company_told(const struct company *company, const char *text);

/** Metadata of Organization (with upload cache) and of Sales. */
extern const char *const company_employee, *const company_note;

#define COMPANY_NOTHING "{\"opstatus\":0,\"Objects\":[],\"delta_context\":{\"objs\":{}}}"

#endif
