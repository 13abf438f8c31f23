/*
 * The trivial target that the others are measured against: parse and free, no oracle. It finds
 * nothing on purpose; ci/fuzz --compare shows how much of its speed a real target keeps.
 */
#include "base/json.h"
#include "oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  cJSON_Delete(cJSON_ParseWithLength((const char *)data, size));
  return 0;
}
