#include "program/journal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "program/options.h"

int program_check_output(const char *path) {
  FILE *file = path && strcmp(path, "-") != 0 ? fopen(path, "ab") : NULL;
  if (file && fclose(file) == 0) return 0;
  if (!path || strcmp(path, "-") == 0) return 0;
  fprintf(stderr, "foundry-mock: %s cannot be written: %s\n", path, strerror(errno));
  return EXIT_FAILED;
}

/* Takes the tree. */
static int write_json(cJSON *json, const char *what, const char *path) {
  CLEANUP(free_text) char *text = json_print(json);
  cJSON_Delete(json);
  FILE *file = strcmp(path, "-") == 0 ? stdout : fopen(path, "wb");
  bool written = file && text && fprintf(file, "%s\n", text) > 0;
  if (file && file != stdout && fclose(file) != 0) written = false;
  if (written) return 0;
  fprintf(stderr, "foundry-mock: cannot write the %s to %s: %s\n", what, path, strerror(errno));
  return EXIT_FAILED;
}

int program_write_journal(struct mock_world *world, const char *path) {
  mock_world_lock(world);
  cJSON *journal = mock_world_journal(world, 0);
  mock_world_unlock(world);
  return write_json(journal, "journal", path);
}

int program_write_archive(struct mock_world *world, const char *path) {
  mock_world_lock(world);
  cJSON *archive = mock_world_har(world);
  mock_world_unlock(world);
  return write_json(archive, "archive", path);
}
