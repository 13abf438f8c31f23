/**
 * The story that tests of bad ends share: a server has rows, the client has seen them and has edits of
 * each kind; then a sync in small pieces, which something ends badly; then nothing may be lost.
 */
#ifndef STORY_H
#define STORY_H

#include "company.h"
#include "model_server.h"

/** The server's rows, as they are before a client comes. */
void story_serve(struct model_server *server);

/** A fake_server: the model server, and metadata for as many setups as it takes. A client that asks without
 *  end fails the test. */
void story_answer(void *self, const struct fake_request *request, struct net_answer *answer);

/** The database of an earlier version in ref/tests/data, as SQL; the caller's text. Fails when there is none. */
char *story_image(int version);

/** A fresh company that has seen them, with its edits made; the server has one row more. */
void story_begin(struct company *company, struct model_server *server);

/** The edits that story_begin() makes. */
void story_edit(struct company *company);

/** Three batches up, three pages down, if nothing comes between. */
void story_sync(struct company *company);

/** LOC-02: every committed edit is pending or acknowledged, so the application sees it as before. */
void story_edits_are_visible(struct company *company);

/** UPL-12, UPC-04: the faults lifted and one clean sync, both sides are equal and hold each edit once. */
void story_ends_well(struct company *company, struct model_server *server);

/** Both sides have the same rows, and nothing is pending. */
void story_sides_are_equal(struct company *company, const struct model_server *server);

#endif
