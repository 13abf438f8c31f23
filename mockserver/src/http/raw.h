/**
 * A port of its own that answers with bytes as a script gave them: what no HTTP server would do, from the moment when
 * a connection is accepted. (Everything that begins with a request that was read is a rule's matter: cut, reset,
 * wrong_length and the like write on CivetWeb's own connections.)
 *
 * Always true: one thread serves the port; what came and what was answered is an event in the world's journal.
 */
#ifndef MOCK_HTTP_RAW_H
#define MOCK_HTTP_RAW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct mock_world;
struct raw_listener;

enum raw_end { RAW_CLOSE, RAW_RESET, RAW_SILENCE };

/** Accepts from now on, and closes each connection once a request was read. Fails: MOCK_ERR_LISTEN, MOCK_ERR_MEMORY */
int raw_open(struct mock_world *world, struct raw_listener **out, struct base_error *err);
int raw_port(const struct raw_listener *raw);
/**
 * What connections get from now on: these bytes (a copy is made), then this end. `unread`: at once, before anything is
 * read. Silence keeps the connection until its client closes it. Fails: MOCK_ERR_MEMORY
 */
int raw_answer(struct raw_listener *raw, const void *bytes, size_t len, enum raw_end end, bool unread, struct base_error *err);
/** Ends every connection. Not to be called with the world's lock held. */
void raw_close(struct raw_listener *raw);

#endif
