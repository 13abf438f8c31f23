/**
 * What the engine's tests share: a client over a fake network and a fresh folder, two services
 * (Organization with Employee, whose key is generated, and Sales with Note), and a listener.
 *
 * In texts that a test passes in, ' stands for " wherever a function says so.
 */
#ifndef COMPANY_H
#define COMPANY_H

#include "fake_network.h"
#include "listener.h"
#include "look.h"

struct company {
  struct fake_network network;
  struct vmx_client *client;
  char folder[64];
  const char *encryption_key; /* of the clients that are opened from now on; NULL: none */
  struct listener listener;
};

/** cmocka's setup and teardown: *state is a company whose client is open. */
int company_open(void **state);
int company_close(void **state);

/** A test that has a company. */
#define WITH_COMPANY(test) cmocka_unit_test_setup_teardown(test, company_open, company_close)

/** A fresh company in the place of this one: for the next row of a table. */
void company_renew(struct company *company);

/** The client is closed: what network and listener have heard is forgotten, the folder stays. */
void company_forget(struct company *company);

/** Close the client and open another one over the same folder and network. */
void company_restart(struct company *company, enum vmx_api api);
void company_restart_as(struct company *company, enum vmx_api api, enum vmx_channel channel);

/** company_restart() when the last client was closed already, or died with its process. */
void company_reopen(struct company *company);

/** company_reopen() that may fail; then there is no client. */
int company_try_open(struct company *company, enum vmx_api api, enum vmx_channel channel,
                     struct base_error *err);

struct vmx_callbacks company_callbacks(struct company *company);

/* ---- setup --------------------------------------------------------------------------------------- */

/** Setup over the network, with or without upload cache; demands success. */
void company_setup(struct company *company, bool upload_cache);

/** The same with other metadata. */
void company_setup_with(struct company *company, const char *organization, const char *sales);

/** Setup from the database, after a restart. */
void company_setup_again(struct company *company);

/** Metadata of Organization (with upload cache) and of Sales (without, and with). */
extern const char *const company_employee, *const company_note, *const company_note_cached;

/** Organization with Employee and Dept, whose key DeptId is the application's; with and without cache. */
extern const char *const company_two_objects, *const company_two_objects_plain;

/* ---- sync ---------------------------------------------------------------------------------------- */

/** Start and drive a sync; 0 = success, otherwise the code of the failure. ' stands for " in options. */
int company_sync(struct company *company, enum vmx_scope_level level, const char *target,
                 const char *options);

/** company_sync() of Organization. */
int company_sync_org(struct company *company, const char *options);

/** Start a sync that `listener` hears of, and take its first step. ' stands for " in options. */
void company_start(struct company *company, struct listener *listener, enum vmx_scope_level level,
                   const char *target, const char *options);

/** Drive the client until nothing runs. */
void company_run(struct company *company);

/** Code of the last failure payload. */
int company_code(const struct company *company);

/** Does the last payload hold `text` (' stands for ")? Fails the test otherwise. */
void company_told(const struct company *company, const char *text);

/** look_is() on the last payload. */
void company_payload_is(const struct company *company, const char *path, const char *wanted);

/* ---- rows ---------------------------------------------------------------------------------------- */

/** Create an Employee; change his name; delete him. */
void company_hire(struct company *company, const char *name);
void company_rename(struct company *company, int id, const char *name);
void company_fire(struct company *company, int id);

/** Create a row of any object. ' stands for ". */
void company_create(struct company *company, const char *object, const char *record);

/** All rows, and the keys of the pending ones, as JSON arrays. ' stands for ". */
void company_rows_are(struct company *company, const char *object, const char *wanted);
void company_pending_are(struct company *company, const char *object, const char *wanted);

/* ---- what a server says: pieces for fake_say() ---------------------------------------------------- */

#define COMPANY_NOTHING "{\"opstatus\":0,\"Objects\":[],\"delta_context\":{\"objs\":{}}}"

/** An answer to an upload, all of whose records are Employee's; and a record that was stored. */
#define SAYS(opstatus, records)                                                                    \
  "{'opstatus':" opstatus ",'_metadata':{'recordCount':1},"                                        \
  "'objects':[{'name':'Employee','records':[" records "]}]}"
#define HIRED(key, temporary, name, row_id)                                                        \
  "{'EmpId':" key ",'_EmpId':" temporary ",'Name':'" name                                          \
  "','_metadata':{'action':'create','rowId':" row_id ",'checksum':'c" row_id "','opstatus':0}}"
#define RENAMED(key, name, row_id)                                                                 \
  "{'EmpId':" key ",'Name':'" name                                                                 \
  "','_metadata':{'action':'update','rowId':" row_id ",'checksum':'c" row_id "','opstatus':0}}"
#define REJECTED(key, row_id)                                                                      \
  "{'EmpId':" key ",'_metadata':{'rowId':" row_id ",'opstatus':20006,'errmsg':'no such luck'}}"

/** A page of Employee: more to come with the context `bc`, or the last one with the delta. */
#define PAGE(records, bc)                                                                          \
  "{'opstatus':0,'Objects':[{'name':'Employee','opstatus':0,'records':[" records "]}],"            \
  "'delta_context':{'objs':{'Employee':{'bc':'" bc "'}}},'hasMoreRecords':'true'}"
#define LAST_PAGE(records, delta)                                                                  \
  "{'opstatus':0,'Objects':[{'name':'Employee','opstatus':0,'records':[" records "]}],"            \
  "'delta_context':{'objs':{'Employee':{'delta':'" delta "'}}}}"
#define ROW(key, name)                                                                             \
  "{'EmpId':" key ",'Name':'" name "','_metadata':{'action':'update','checksum':'s" key "'}}"

#endif
