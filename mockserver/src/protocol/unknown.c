#include "protocol/unknown.h"

#include <string.h>

#include "base/buf.h"
#include "world/misnamed.h"

enum { NOT_FOUND = 404 };

static void answer_names(struct answer *answer, const char *what, const char *asked, struct base_buf *names) {
  answer_error(answer, NOT_FOUND, 0, "%s: \"%.80s\"; there %s %s", what, asked ? asked : "",
               strchr(base_buf_string(names), ',') ? "are" : "is", names->len ? base_buf_string(names) : "none");
  base_buf_done(names);
}

void unknown_path(struct answer *answer) {
  answer_error(answer, NOT_FOUND, 0, "nothing is served at this path: an app begins with /authService/100000002/appconfig, and a "
                                     "rule with this path may answer");
}

void unknown_service(const struct mock_world *world, const struct journal_entry *entry, struct answer *answer) {
  struct base_buf names = BASE_BUF_INIT;
  misnamed_list_services(world, &names);
  answer_names(answer, "there is no service of this name", entry->service_name, &names);
}

void unknown_call(const struct journal_entry *entry, struct answer *answer) {
  answer_error(answer, NOT_FOUND, 0, "online calls name an object: /services/data/v1/%.80s/objects/NAME; a download or upload is a POST "
                                     "with X-Http-Method-Override", entry->service->name);
}

void unknown_object(const struct journal_entry *entry, struct answer *answer) {
  struct base_buf names = BASE_BUF_INIT;
  misnamed_list_objects(entry->service, &names);
  answer_names(answer, "the service has no object of this name", entry->object_name, &names);
}
