/*
 * A program with an event loop of its own: it reads names of new employees from standard input, one a line,
 * and syncs when its timer says so. epoll watches the program's descriptors, and the client waits for epoll:
 * one thread, one place to wait.
 *
 *   printf 'Ada\nGrace\n' | ./event_loop SERVICE_URL STORAGE
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <vmxsync/vmxsync.h>

enum { SYNC_EVERY_S = 60, LINE_MAX_BYTES = 200 };

struct app {
  struct vmx_client *client;
  struct vmx_error err;
  int epoll, timer;
  bool ready; /* setup has succeeded */
  bool dirty; /* something is to be synced */
  bool input_ended;
  bool failed;
  char line[LINE_MAX_BYTES];
  size_t len;
};

static bool watch(const struct app *app, int fd) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  return epoll_ctl(app->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* -- what the client tells ---------------------------------------------------------------------------- */

static void on_ready(void *user, const char *payload) {
  struct app *app = user;
  (void)payload;
  app->ready = app->dirty = true;
  if (watch(app, STDIN_FILENO)) return; /* not sooner: edits need the objects */
  perror("event_loop: standard input is no pipe or terminal");
  app->failed = true;
}

static void on_synced(void *user, const char *payload) {
  (void)user;
  printf("synced %s\n", payload);
}

static void on_failed(void *user, const char *payload) {
  struct app *app = user;
  printf("failed %s\n", payload);
  app->failed = true;
}

/* -- what the descriptors tell ------------------------------------------------------------------------ */

/* Names have no quotes here; a real program uses its JSON library. */
static void hire(struct app *app, const char *name) {
  char record[LINE_MAX_BYTES + 16], *created = NULL;
  snprintf(record, sizeof record, "{\"Name\":\"%s\"}", name);
  if (vmx_create(app->client, "Employee", record, NULL, &created, &app->err) == 0) printf("hired %s\n", created);
  else printf("not hired: %s\n", app->err.text);
  vmx_free(created);
  app->dirty = true;
}

static void on_input(struct app *app) {
  char bytes[64];
  ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
  for (ssize_t i = 0; i < count; i++) {
    if (bytes[i] != '\n' && app->len + 1 < sizeof app->line) {
      app->line[app->len++] = bytes[i];
    } else if (bytes[i] == '\n') {
      app->line[app->len] = '\0';
      app->len = 0;
      hire(app, app->line);
    }
  }
  if (count > 0) return;
  app->input_ended = true;
  epoll_ctl(app->epoll, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
}

static void on_timer(struct app *app) {
  uint64_t times = 0;
  if (read(app->timer, &times, sizeof times) == sizeof times) printf("timer\n");
  app->dirty = true;
}

/* Take what is there; the waiting was done in the client's step. */
static void take_events(struct app *app) {
  struct epoll_event events[2];
  int count = epoll_wait(app->epoll, events, 2, 0);
  for (int i = 0; i < count; i++) {
    if (events[i].data.fd == app->timer) on_timer(app);
    else on_input(app);
  }
}

/* -- the loop ----------------------------------------------------------------------------------------- */

static int start_what_is_due(struct app *app) {
  const struct vmx_callbacks callbacks = {on_synced, on_failed, NULL, app};
  if (!app->ready || !app->dirty || !vmx_client_idle(app->client)) return 0;
  app->dirty = false;
  return vmx_start_sync(app->client, VMX_SCOPE_APPLICATION, NULL, NULL, &callbacks, &app->err);
}

static bool is_over(const struct app *app) {
  return app->failed || (app->input_ended && !app->dirty && vmx_client_idle(app->client));
}

static int run(struct app *app) {
  const struct vmx_callbacks setup = {on_ready, on_failed, NULL, app};
  int code = vmx_setup(app->client, NULL, &setup, &app->err);
  while (code == 0 && !is_over(app)) {
    struct pollfd loop = {.fd = app->epoll, .events = POLLIN};
    code = vmx_client_step(app->client, -1, &loop, 1, &app->err);
    if (loop.revents) take_events(app);
    if (code == 0) code = start_what_is_due(app);
  }
  return code;
}

static bool prepare(struct app *app) {
  const struct itimerspec often = {.it_value = {.tv_nsec = 1}, .it_interval = {.tv_sec = SYNC_EVERY_S}};
  app->epoll = epoll_create1(EPOLL_CLOEXEC);
  app->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  return app->epoll >= 0 && app->timer >= 0 && timerfd_settime(app->timer, 0, &often, NULL) == 0 &&
         watch(app, app->timer);
}

int main(int argc, char **argv) {
  struct app app = {0};
  if (argc != 3) {
    fprintf(stderr, "usage: NAMES | event_loop SERVICE_URL STORAGE\n");
    return 2;
  }
  if (!prepare(&app)) {
    perror("event_loop");
    return 3;
  }
  struct vmx_config config = {
      .size = sizeof config, .service_url = argv[1], .storage = argv[2], .claims_token = "token"};
  int code = vmx_client_open(&config, &app.client, &app.err);
  if (code == 0) code = run(&app);
  if (code != 0) fprintf(stderr, "%d: %s\n", code, app.err.text);
  vmx_client_close(app.client);
  close(app.timer);
  close(app.epoll);
  return code == 0 && !app.failed ? 0 : 1;
}
