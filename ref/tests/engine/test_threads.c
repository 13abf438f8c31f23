/*
 * Threads: who may ask while a client is driven, other threads and the callbacks of the driving one; and
 * several clients at once. A cancel is decided and told inside a step, on the driving thread, exactly
 * once; nothing more is sent after it.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "company.h"

#define ORG "Organization"

enum { ROUNDS = 100, ASKERS = 2, CANCELS = 5 };

/* -- a server that always has one more page ---------------------------------------------------------- */

struct endless {
  int page;
  char body[512];
};

static void one_more_page(void *self, const struct fake_request *request, struct net_answer *answer) {
  struct endless *endless = self;
  (void)request;
  endless->page++;
  CLEANUP(free_text) char *page = look_text(
      "{'opstatus':0,'Objects':[{'name':'Employee','opstatus':0,'records':[" ROW("5", "Eve") "]}],"
      "'delta_context':{'objs':{'Employee':{'bc':'b%d'}}},'hasMoreRecords':'true'}", endless->page);
  snprintf(endless->body, sizeof endless->body, "%s", page);
  *answer = (struct net_answer){
      .outcome = NET_ANSWERED, .status = 200, .body = endless->body, .body_len = strlen(endless->body)};
}

/* -- who asks ---------------------------------------------------------------------------------------- */

struct crowd {
  struct vmx_client *client;
  pthread_t driver;
  pthread_barrier_t ready;
  atomic_int accepted, refused; /* cancels, by how they were told */
  atomic_int strays;            /* callbacks on another thread, and calls that were refused */
};

static void told(struct crowd *crowd, atomic_int *kind) {
  if (!pthread_equal(pthread_self(), crowd->driver)) crowd->strays++;
  (*kind)++;
}

static void on_accepted(void *user, const char *payload) {
  struct crowd *crowd = user;
  (void)payload;
  told(crowd, &crowd->accepted);
}

static void on_refused(void *user, const char *payload) {
  struct crowd *crowd = user;
  if (!strstr(payload, "2479")) crowd->strays++;
  told(crowd, &crowd->refused);
}

static int ask(struct crowd *crowd) {
  char target[] = ORG; /* borrowed for the call only */
  struct vmx_callbacks callbacks = {on_accepted, on_refused, NULL, crowd};
  int code = vmx_cancel_sync(crowd->client, VMX_SCOPE_SERVICE, target, &callbacks, NULL);
  target[0] = '?';
  callbacks = (struct vmx_callbacks){NULL, NULL, NULL, NULL};
  return code;
}

static void *asker(void *argument) {
  struct crowd *crowd = argument;
  pthread_barrier_wait(&crowd->ready);
  for (int i = 0; i < CANCELS; i++) {
    vmx_client_set_online(crowd->client, true);
    if (ask(crowd) != 0) crowd->strays++;
  }
  return NULL;
}

static void crowd_gather(struct crowd *crowd, struct vmx_client *client, pthread_t threads[ASKERS]) {
  *crowd = (struct crowd){.client = client, .driver = pthread_self()};
  assert_int_equal(pthread_barrier_init(&crowd->ready, NULL, ASKERS + 1), 0);
  for (int i = 0; i < ASKERS; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, asker, crowd), 0);
}

static void crowd_leave(struct crowd *crowd, pthread_t threads[ASKERS]) {
  for (int i = 0; i < ASKERS; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
  pthread_barrier_destroy(&crowd->ready);
  assert_int_equal(crowd->strays, 0);
}

static int answered(const struct crowd *crowd) { return crowd->accepted + crowd->refused; }

/* -- other threads ----------------------------------------------------------------------------------- */

/* CAN-01, CAN-02: a sync that would never end is ended by the first cancel; each one is told once. */
static void any_thread_may_cancel(void **state) {
  struct company *company = *state;
  struct endless endless = {0};
  struct base_error err = {0};
  company_setup(company, false);
  fake_serve(&company->network, one_more_page, &endless);
  for (int round = 0; round < ROUNDS; round++) {
    struct listener sync = {0};
    struct crowd crowd;
    pthread_t threads[ASKERS];
    crowd_gather(&crowd, company->client, threads);
    company_start(company, &sync, VMX_SCOPE_SERVICE, ORG, "{'syncType':'downloadOnly'}");
    pthread_barrier_wait(&crowd.ready);
    while (answered(&crowd) < ASKERS * CANCELS || !vmx_client_idle(company->client))
      assert_int_equal(vmx_client_step(company->client, 0, NULL, 0, &err), 0);
    crowd_leave(&crowd, threads);
    assert_int_equal(listener_code(&sync), 2478);
    assert_true(crowd.accepted >= 1);
    assert_int_equal(answered(&crowd), ASKERS * CANCELS);
    listener_reset(&sync);
  }
}

/* The real network loop: a driver that waits for ever wakes up for each cancel. */
static void a_cancel_wakes_the_driver(void **state) {
  struct company *company = *state;
  const struct vmx_config config = {
      .size = sizeof config, .storage = company->folder, .service_document = "{}"};
  struct vmx_client *client = NULL;
  struct base_error err = {0};
  vmx_client_close(company->client); /* its network is a fake one, which does not wait */
  assert_int_equal(vmx_client_open(&config, &client, &err), 0);
  for (int round = 0; round < ROUNDS; round++) {
    struct crowd crowd;
    pthread_t threads[ASKERS];
    crowd_gather(&crowd, client, threads);
    pthread_barrier_wait(&crowd.ready);
    while (answered(&crowd) < ASKERS * CANCELS)
      assert_int_equal(vmx_client_step(client, -1, NULL, 0, &err), 0);
    crowd_leave(&crowd, threads);
    assert_int_equal(crowd.refused, ASKERS * CANCELS);
  }
  vmx_client_close(client);
  company_reopen(company);
}

/* What one client does, from its first setup to the last of many syncs. */
static void *live(void *argument) {
  struct company *company = argument;
  company_setup(company, false);
  company_hire(company, "Ada");
  fake_say(&company->network, "UPLOAD", 200, SAYS("0", HIRED("101", "-1", "Ada", "1")));
  for (int round = 0; round < ROUNDS / 10; round++) {
    fake_say(&company->network, "GET", 200, LAST_PAGE(ROW("5", "Eve"), "d1"));
    assert_int_equal(company_sync_org(company, "{'getSyncStats':true}"), 0);
  }
  return NULL;
}

/* Clients of several threads know nothing of each other, and each goes from one thread to another. */
static void clients_of_several_threads_do_not_meet(void **state) {
  void *companies[ASKERS + 1] = {*state};
  pthread_t threads[ASKERS + 1];
  for (int i = 1; i <= ASKERS; i++) assert_int_equal(company_open(&companies[i]), 0);
  for (int i = 0; i <= ASKERS; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, live, companies[i]), 0);
  for (int i = 0; i <= ASKERS; i++) {
    assert_int_equal(pthread_join(threads[i], NULL), 0);
    company_rows_are(companies[i], "Employee", "[{'EmpId':5,'Name':'Eve'},{'EmpId':101,'Name':'Ada'}]");
    if (i > 0) company_close(&companies[i]);
  }
}

/* Queued cancels go with the client, and nobody is called. */
static void close_forgets_what_was_asked(void **state) {
  struct company *company = *state;
  struct crowd crowd;
  pthread_t threads[ASKERS];
  crowd_gather(&crowd, company->client, threads);
  pthread_barrier_wait(&crowd.ready);
  crowd_leave(&crowd, threads);
  assert_false(vmx_client_idle(company->client));
  company_restart(company, VMX_API_JS);
  assert_int_equal(answered(&crowd), 0);
}

/* -- callbacks of the driving thread ------------------------------------------------------------------ */

struct impatient {
  struct crowd crowd;
  const char *when; /* part of the progress event that makes it cancel */
  struct listener sync;
};

static void on_end(void *user, const char *payload) {
  struct impatient *impatient = user;
  const struct vmx_callbacks callbacks = listener_callbacks(&impatient->sync);
  if (strstr(payload, "\"code\"")) callbacks.failure(callbacks.user, payload);
  else callbacks.success(callbacks.user, payload);
}

static void on_event(void *user, const char *payload) {
  struct impatient *impatient = user;
  CLEANUP(free_text) char *phase = look_text("'phase':'%s", impatient->when);
  const char *state = strchr(impatient->when, ' ');
  phase[strlen("\"phase\":\"") + (size_t)(state - impatient->when)] = '\0';
  if (strstr(payload, phase) && strstr(payload, state + 1) && answered(&impatient->crowd) == 0)
    assert_int_equal(ask(&impatient->crowd), 0);
}

/* The event that asks, the code of the end, and how many requests were sent. */
static const struct {
  const char *when;
  size_t requests;
} moments[] = {{"Sync Started", 0},       {"Upload Started", 1},      {"Upload InProgress", 1},
               {"Upload Ended", 2},       {"Download Started", 3},    {"Download InProgress", 3},
               {"Download Ended", 3},     {"Sync Ended", 4}};

/*
 * CAN-01, C-1: asked inside a progress callback, of two batches and two pages what is not under way is
 * not sent, at no moment; only "Sync Ended" comes too late to be accepted.
 */
static void a_progress_callback_may_cancel(void **state) {
  struct company *company = *state;
  for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
    struct impatient impatient = {.when = moments[i].when};
    const struct vmx_callbacks callbacks = {on_end, on_end, on_event, &impatient};
    struct base_error err = {0};
    company_renew(company);
    company_setup(company, false);
    impatient.crowd.client = company->client;
    impatient.crowd.driver = pthread_self();
    company_hire(company, "Ada");
    company_hire(company, "Bob");
    fake_say(&company->network, "UPLOAD", 200, SAYS("0", HIRED("101", "-1", "Ada", "1")));
    fake_say(&company->network, "UPLOAD", 200, SAYS("0", HIRED("102", "-2", "Bob", "2")));
    fake_say(&company->network, "GET", 200, PAGE(ROW("5", "Eve"), "b1"));
    fake_say(&company->network, "GET", 200, LAST_PAGE(ROW("6", "Joe"), "d1"));
    size_t sent = company->network.request_count;
    assert_int_equal(vmx_start_sync(company->client, VMX_SCOPE_SERVICE, ORG,
                                    "{\"uploadBatchSize\":1}", &callbacks, &err), 0);
    company_run(company);
    bool late = i + 1 == sizeof moments / sizeof *moments;
    if (company->network.request_count - sent != moments[i].requests)
      fail_msg("%s: %zu requests", moments[i].when, company->network.request_count - sent);
    assert_int_equal(listener_code(&impatient.sync), late ? 0 : 2478);
    assert_true(answered(&impatient.crowd) >= 1);
    assert_int_equal(impatient.crowd.strays, 0);
    listener_reset(&impatient.sync);
  }
}

/* CAN-02, CAN-03: a cancel concerns what ran when it was asked for, not the sync that is started next. */
static void a_cancel_does_not_meet_a_later_sync(void **state) {
  struct company *company = *state;
  struct crowd crowd = {.client = company->client, .driver = pthread_self()};
  struct listener sync = {0};
  company_setup(company, false);
  fake_expect(&company->network, "GET http://f/Org", 200, COMPANY_NOTHING);
  assert_int_equal(ask(&crowd), 0);
  company_start(company, &sync, VMX_SCOPE_SERVICE, ORG, NULL);
  company_run(company);
  assert_int_equal(listener_code(&sync), 0);
  assert_int_equal(crowd.refused, 1);
  assert_int_equal(crowd.accepted, 0);
  listener_reset(&sync);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_COMPANY(any_thread_may_cancel),
      WITH_COMPANY(a_cancel_wakes_the_driver),
      WITH_COMPANY(clients_of_several_threads_do_not_meet),
      WITH_COMPANY(close_forgets_what_was_asked),
      WITH_COMPANY(a_progress_callback_may_cancel),
      WITH_COMPANY(a_cancel_does_not_meet_a_later_sync),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
