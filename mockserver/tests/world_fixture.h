/** A server, a world with the service Org (Employee, Department), and how tests talk to them. */
#ifndef MOCK_TESTS_WORLD_FIXTURE_H
#define MOCK_TESTS_WORLD_FIXTURE_H

#include "base/json.h"
#include "foundrymock/mock.h"

enum { FIXTURE_THREADS = 40 }; /* more are slow under the thread sanitizer */

struct fixture {
  struct mock_server *server;
  struct mock_world *world;
  const char *url;
};

/** cmocka setup and teardown of one test. `Org` has the upload cache on. */
int fixture_open(void **state);
int fixture_close(void **state);

/** Run a script that must succeed; `org`, `employees`, `departments` are there. Returns its value as JSON. */
cJSON *fixture_run(struct fixture *fixture, const char *script);
/** The same without a value. */
void fixture_do(struct fixture *fixture, const char *script);
/** Run a script that must fail; the error's text. */
void fixture_fail(struct fixture *fixture, const char *script, struct base_error *err);
/** Until no request is at work any more: a client may have its answer before that. */
void fixture_settle(struct fixture *fixture);
/** Value of a script that returns an integer. */
int64_t fixture_number(struct fixture *fixture, const char *script);
/** Wait until the script's value is true; the tests' limit alone ends that. */
void fixture_wait(struct fixture *fixture, const char *script);

#endif
