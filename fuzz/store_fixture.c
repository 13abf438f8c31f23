#include "store_fixture.h"

#include <stdlib.h>
#include <unistd.h>

#include "model_fixture.h"

/* In memory where there is such a folder: many inputs commit, and each commit waits for a disk. */
static char in_memory[] = "/dev/shm/fuzz-store-XXXXXX", on_disk[] = "/tmp/fuzz-store-XXXXXX";
static const char *folder;
static struct vmx_store *store;

static void remove_folder(void) {
  static const char *const names[] = {"offline.db", "offline.db-wal", "offline.db-shm"};
  vmx_store_close(store);
  for (size_t i = 0; chdir(folder) == 0 && i < sizeof names / sizeof *names; i++) unlink(names[i]);
  rmdir(folder);
}

struct vmx_store *fixture_store(void) {
  struct base_error err = {0};
  if (store) return store;
  folder = mkdtemp(in_memory);
  if (!folder) folder = mkdtemp(on_disk);
  MUST(folder && vmx_store_open(folder, NULL, &store, &err) == 0);
  atexit(remove_folder);
  MUST(vmx_store_save_setup(store, fixture_model(), &err) == 0);
  return store;
}
