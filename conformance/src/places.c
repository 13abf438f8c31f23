#include "places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"

/* The folder of the running program, "" when it cannot be known. */
static void program_folder(char out[4096]) {
  ssize_t len = readlink("/proc/self/exe", out, 4095);
  out[len > 0 ? len : 0] = '\0';
  char *slash = strrchr(out, '/');
  if (slash) *slash = '\0';
}

static char *installed_or(const char *folder, const char *name, const char *source) {
  char path[8192];
  snprintf(path, sizeof path, "%s/../share/foundrycheck/%s", folder, name);
  return strdup(file_exists(path) || file_is_folder(path) ? path : source);
}

void places_init(struct places *places) {
  char folder[4096], path[8192];
  program_folder(folder);
  snprintf(path, sizeof path, "%s/vmxsync-testee", folder);
  places->testee = strdup(access(path, X_OK) == 0 ? path : "vmxsync-testee");
  places->scenarios = installed_or(folder, "scenarios", CONFORMANCE_SOURCE "/scenarios");
  places->catalogue =
      installed_or(folder, "requirements.json", CONFORMANCE_SOURCE "/conformance/requirements/requirements.json");
}

void places_done(struct places *places) {
  free(places->scenarios);
  free(places->catalogue);
  free(places->testee);
}
