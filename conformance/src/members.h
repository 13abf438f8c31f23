/** Members of the report's document as its forms read them: what is not there is "" or 0. */
#ifndef CONFORMANCE_MEMBERS_H
#define CONFORMANCE_MEMBERS_H

#include <stdint.h>

#include "base/json.h"

static inline const char *text_of(const cJSON *item, const char *name) {
  const char *text = json_find_string(item, name);
  return text ? text : "";
}

static inline int64_t number_of(const cJSON *item, const char *name) {
  int64_t value = 0;
  json_integer(json_find(item, name), &value);
  return value;
}

#endif
