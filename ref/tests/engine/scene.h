/**
 * A company made ready once and gone back to thousands of times: from the bytes of its database, which is much quicker
 * than to make it again. And what an act leaves behind, compared by its bytes with what earlier acts have left: a client
 * that finds the same database goes on in the same way, so each kind is followed up once.
 */
#ifndef SCENE_H
#define SCENE_H

#include "base/buf.h"
#include "company.h"

/** Zeroed but for `prepare`: what is done before an act begins; NULL: nothing, the database is as a first open leaves it. */
struct scene {
  void (*prepare)(struct company *company);
  struct company *company; /* NULL until the scene is first opened */
  struct base_buf database;
  struct base_buf *left; /* no two are equal */
  size_t left_count;
};

/** The company as it was prepared, with a new client, which is not set up, over a network that knows no answer yet. */
struct company *scene_open(struct scene *scene);

/**
 * Close the client. Are the database and the requests since scene_open() what an earlier act has left? Then there is
 * nothing new to look at; otherwise there is a new client, which is not set up.
 */
bool scene_is_known(struct scene *scene);

void scene_close(struct scene *scene);

#endif
