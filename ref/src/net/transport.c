#include "net/transport.h"

#include <assert.h>

const char *net_outcome_name(enum net_outcome outcome) {
#define NET_OUTCOME_TEXT(name, text) text,
  static const char *const names[] = {NET_OUTCOMES(NET_OUTCOME_TEXT)};
#undef NET_OUTCOME_TEXT
  assert(outcome >= 0 && outcome < NET_OUTCOME_COUNT);
  return names[outcome];
}
