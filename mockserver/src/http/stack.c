/* Stands before the C library's function of that name: CivetWeb, a shared library, finds ours first. */
#include "http/stack.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

static atomic_int large_wanted; /* servers may start side by side */

void stack_want_large(bool wanted) {
  atomic_fetch_add(&large_wanted, wanted ? 1 : -1);
}

__attribute__((visibility("default"))) int pthread_attr_setstacksize(pthread_attr_t *attr, size_t size) {
  int (*original)(pthread_attr_t *, size_t) = NULL;
  void *found = dlsym(RTLD_NEXT, "pthread_attr_setstacksize");
  if (!found) return EINVAL;
  memcpy(&original, &found, sizeof original); /* ISO C has no cast between the two kinds of pointer */
  return original(attr, atomic_load(&large_wanted) > 0 && size < STACK_BYTES ? STACK_BYTES : size);
}
