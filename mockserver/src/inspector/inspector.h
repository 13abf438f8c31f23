/**
 * The inspector: a page for people at / and /inspector, and the questions that it asks of a world beside those of /mock.
 */
#ifndef MOCK_INSPECTOR_INSPECTOR_H
#define MOCK_INSPECTOR_INSPECTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "http/http.h"

/** False when the path is none of ours: nothing was sent. */
bool inspector_serve(struct mock_server *server, const struct http_request *request, struct http_peer *peer);

/** The page's files, part of the library; made by CMake from mockserver/inspector. */
struct inspector_file {
  const char *path, *type;
  const unsigned char *text;
  size_t len;
};
extern const struct inspector_file INSPECTOR_FILES[]; /**< ended by a NULL path */

#endif
