/**
 * The mock in this process, without sockets and without threads: the worlds, rules and answers of mockserver/src,
 * on top of which this file stands in the place of its folder http. Linking mock_seam.c is all it takes: the real
 * server is not drawn from the library then.
 *
 * What it cannot do: listeners beside the first one, raw ports, more than one world at a time.
 */
#ifndef FUZZ_MOCK_SEAM_H
#define FUZZ_MOCK_SEAM_H

#include "base/buf.h"
#include "http/http.h"

/** A world whose base URL is SEAM_URL, with the script run in it. The caller's, seam_close(). A failure is broken. */
struct mock_world *seam_open(const char *script);
void seam_close(struct mock_world *world);

#define SEAM_URL "http://mock/w/fuzz"

enum seam_end { SEAM_OPEN, SEAM_CLOSED, SEAM_RESET };

/** Serve one request; what leaves is added to `out`. How the connection ended; SEAM_OPEN: it may be used again. */
enum seam_end seam_serve(struct mock_world *world, const struct http_request *request, struct base_buf *out);

/** Run a script in the world that must succeed; its value as JSON text, the caller's. */
char *seam_run(struct mock_world *world, const char *script);

#endif
