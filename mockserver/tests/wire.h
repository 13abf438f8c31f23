/** Words for tests of the wire rules over real HTTP: calls, places in answers, findings. */
#ifndef MOCK_TESTS_WIRE_H
#define MOCK_TESTS_WIRE_H

#include "http_client.h"
#include "world_fixture.h"

static const char ORG[] = "/services/data/v1/Org?offline=true", EMPLOYEE[] = "/services/data/v1/Org/objects/Employee";

/** Follow a way like "Objects.0.name" into a tree; NULL when nothing is there. */
const cJSON *at(const cJSON *json, const char *way);
/** What is there equals this JSON text. */
void assert_at(const cJSON *json, const char *way, const char *expected);

struct response download(struct fixture *fixture, const char *path, const char *body);
/** The next request as a client makes it: the delta context verbatim. Releases `last`. */
struct response next(struct fixture *fixture, const char *path, struct response *last);
/** A service-level upload of these records, separated by commas; it must be answered with 200. */
struct response upload(struct fixture *fixture, const char *more, const char *records);

/** The newest entry of the journal. */
cJSON *last_request(struct fixture *fixture);
/** Some finding of the newest request has this text in it, no finding at all. */
void assert_finding(struct fixture *fixture, const char *text);
void assert_no_finding(struct fixture *fixture);

#endif
