#include "protocol/cors.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"

/* A page may read these of every answer beside the few that it always may. */
static const char *const EXPOSED[] = {"Retry-After", "Content-Length", "Content-Encoding", "Location",
                                      "X-Voltmx-RequestId", "X-Voltmx-RequestCacheId", "X-Kony-RequestId", "X-Kony-RequestCacheId"};

bool cors_is_preflight(const struct journal_entry *entry) {
  return strcmp(entry->method, "OPTIONS") == 0 && journal_header(entry, "origin") &&
         journal_header(entry, "access-control-request-method");
}

static bool is_exposed(const char *name) {
  for (size_t i = 0; i < sizeof EXPOSED / sizeof *EXPOSED; i++)
    if (strcasecmp(EXPOSED[i], name) == 0) return true;
  return false;
}

/* With credentials a browser takes no "*": each name is said, those of the answer's own X- headers too. */
static void add_exposed(struct base_buf *list) {
  struct base_buf names = BASE_BUF_INIT;
  const char *name, *value = NULL;
  for (size_t i = 0; i < sizeof EXPOSED / sizeof *EXPOSED; i++) base_buf_printf(&names, "%s%s", i ? ", " : "", EXPOSED[i]);
  while (headers_next(list, &name, &value))
    if (strncasecmp(name, "X-", 2) == 0 && !is_exposed(name)) base_buf_printf(&names, ", %s", name);
  headers_add(list, "Access-Control-Expose-Headers", base_buf_string(&names));
  base_buf_done(&names);
}

static void add_permission(const struct journal_entry *entry, struct base_buf *list) {
  const char *asked = journal_header(entry, "access-control-request-headers");
  headers_add(list, "Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE, OPTIONS");
  if (asked) headers_add(list, "Access-Control-Allow-Headers", asked);
  headers_add(list, "Access-Control-Max-Age", "600");
  if (journal_header(entry, "access-control-request-private-network"))
    headers_add(list, "Access-Control-Allow-Private-Network", "true");
}

void cors_add_headers(const struct journal_entry *entry, struct base_buf *list) {
  const char *origin = journal_header(entry, "origin");
  if (!origin) return;
  if (cors_is_preflight(entry)) add_permission(entry, list);
  else add_exposed(list);
  headers_add(list, "Access-Control-Allow-Origin", origin);
  headers_add(list, "Access-Control-Allow-Credentials", "true");
  headers_add(list, "Vary", "Origin");
}
