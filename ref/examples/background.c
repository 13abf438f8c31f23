/*
 * A client with a thread of its own, for programs whose main thread must not wait (a window, a game). The
 * thread alone makes the client's calls; others give it jobs and wake it up, and cancel directly.
 *
 *   ./background SERVICE_URL STORAGE
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <vmxsync/vmxsync.h>

#define SERVICE "Organization"

struct worker {
  struct vmx_client *client;
  pthread_mutex_t lock; /* of all that follows */
  pthread_cond_t news;
  bool wanted, quit;                    /* jobs: sync, end */
  bool ready, moves, ended, cancelled;  /* facts */
};

static void tell(struct worker *worker, bool *fact) {
  pthread_mutex_lock(&worker->lock);
  *fact = true;
  pthread_cond_broadcast(&worker->news);
  pthread_mutex_unlock(&worker->lock);
}

static bool take(struct worker *worker, bool *job) {
  pthread_mutex_lock(&worker->lock);
  bool taken = *job;
  *job = false;
  pthread_mutex_unlock(&worker->lock);
  return taken;
}

static void wait_for(struct worker *worker, const bool *fact) {
  pthread_mutex_lock(&worker->lock);
  while (!*fact) pthread_cond_wait(&worker->news, &worker->lock);
  pthread_mutex_unlock(&worker->lock);
}

/* -- the worker's thread: callbacks are called here --------------------------------------------------- */

static void on_ready(void *user, const char *payload) {
  struct worker *worker = user;
  printf("ready %s\n", payload);
  tell(worker, &worker->ready);
}

/* Of a sync, or of a setup that failed: then there is nothing to wait for. */
static void on_end(void *user, const char *payload) {
  struct worker *worker = user;
  printf("end %s\n", payload);
  tell(worker, &worker->ready);
  tell(worker, &worker->moves);
  tell(worker, &worker->ended);
}

static void on_progress(void *user, const char *payload) {
  struct worker *worker = user;
  if (strstr(payload, "\"Download\"")) tell(worker, &worker->moves);
}

static void on_cancelled(void *user, const char *payload) {
  struct worker *worker = user;
  printf("cancelled %s\n", payload);
  tell(worker, &worker->cancelled);
}

static void on_failed(void *user, const char *payload) {
  struct worker *worker = user;
  printf("failed %s\n", payload);
  tell(worker, &worker->cancelled);
}

/* Whatever ended the thread, nobody waits for it any more. */
static void tell_all(struct worker *worker) {
  bool *const facts[] = {&worker->ready, &worker->moves, &worker->ended, &worker->cancelled};
  for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) tell(worker, facts[i]);
}

static void *work(void *argument) {
  struct worker *worker = argument;
  const struct vmx_callbacks setup = {on_ready, on_end, NULL, worker};
  const struct vmx_callbacks sync = {on_end, on_end, on_progress, worker};
  int code = vmx_setup(worker->client, NULL, &setup, NULL);
  while (code == 0 && !take(worker, &worker->quit)) {
    if (take(worker, &worker->wanted))
      code = vmx_start_sync(worker->client, VMX_SCOPE_SERVICE, SERVICE, "{\"downloadBatchSize\":1}", &sync, NULL);
    if (code == 0) code = vmx_client_step(worker->client, -1, NULL, 0, NULL);
  }
  tell_all(worker);
  return NULL;
}

/* -- the main thread ---------------------------------------------------------------------------------- */

static void give(struct worker *worker, bool *job) {
  tell(worker, job);
  vmx_client_wakeup(worker->client);
}

static int use(struct worker *worker) {
  const struct vmx_callbacks cancel = {on_cancelled, on_failed, NULL, worker};
  wait_for(worker, &worker->ready);
  give(worker, &worker->wanted);
  wait_for(worker, &worker->moves);
  int code = vmx_cancel_sync(worker->client, VMX_SCOPE_SERVICE, SERVICE, &cancel, NULL);
  if (code == 0) wait_for(worker, &worker->cancelled);
  wait_for(worker, &worker->ended);
  give(worker, &worker->quit);
  return code;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: background SERVICE_URL STORAGE\n");
    return 2;
  }
  struct worker worker = {.lock = PTHREAD_MUTEX_INITIALIZER, .news = PTHREAD_COND_INITIALIZER};
  struct vmx_config config = {
      .size = sizeof config, .service_url = argv[1], .storage = argv[2], .claims_token = "token"};
  struct vmx_error err = {0};
  pthread_t thread;
  int code = vmx_client_open(&config, &worker.client, &err);
  if (code != 0) fprintf(stderr, "%d: %s\n", code, err.text);
  if (code == 0 && pthread_create(&thread, NULL, work, &worker) == 0) {
    code = use(&worker);
    pthread_join(thread, NULL);
  }
  vmx_client_close(worker.client);
  return code == 0 ? 0 : 1;
}
