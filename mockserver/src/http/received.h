/**
 * CivetWeb says nothing of bytes that it could not read, or passed over. So its recv() is watched: a thread's last one tells
 * where the bytes lie, which are still there when CivetWeb calls us.
 */
#ifndef MOCK_HTTP_RECEIVED_H
#define MOCK_HTTP_RECEIVED_H

#include <stddef.h>

struct received {
  const char *bytes;
  size_t len; /**< 0 = nothing is known */
};

/** What this thread's last recv() took. Good until whoever called that uses the place again. */
struct received received_last(void);

#endif
