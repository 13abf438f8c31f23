/*
 * A fuzz target under AFL++: one process runs many inputs that lie in shared memory. Each is copied
 * to an allocation of its exact size, so that the address sanitizer sees a read beyond it.
 */
#include <string.h>
#include <unistd.h>

#include "oracle.h"

/* AFL++'s macros do not keep to our warnings. */
#pragma clang diagnostic ignored "-Wpedantic"
#pragma clang diagnostic ignored "-Wextra-semi"
#pragma clang diagnostic ignored "-Wcast-qual"
#pragma clang diagnostic ignored "-Wshorten-64-to-32"

__AFL_FUZZ_INIT();

static void run(const unsigned char *bytes, size_t len) {
  uint8_t *exact = malloc(len ? len : 1);
  if (!exact) return;
  memcpy(exact, bytes, len);
  LLVMFuzzerTestOneInput(exact, len);
  free(exact);
}

int main(void) {
  __AFL_INIT();
  unsigned char *bytes = __AFL_FUZZ_TESTCASE_BUF;
  while (__AFL_LOOP(100000)) run(bytes, (size_t)__AFL_FUZZ_TESTCASE_LEN);
  return 0;
}
