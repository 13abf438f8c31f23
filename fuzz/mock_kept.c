#include "mock_kept.h"

#include <lua.h>
#include <stdlib.h>
#include <string.h>

#include "mock_seam.h"
#include "oracle.h"
#include "protocol/expand.h"
#include "script/script.h"
#include "world/memo.h"
#include "world/pages.h"
#include "world/world.h"

/* Beyond that much more memory of Lua than at first: what functions of rules left behind is not collected. */
enum { LUA_GROWS_MOST = 4 * 1024 * 1024 };

static struct model_object *object_at(const struct mock_world *world, size_t service, size_t object) {
  return world->services[service]->objects[object];
}

/* ---- what the script left --------------------------------------------------------------------------------- */

static struct kept_rows keep_rows(const struct model_object *object) {
  struct kept_rows kept = {.last_generated = object->last_generated};
  struct row_place place = {0};
  for (struct row_version *version; (version = row_index_next(&object->rows, &place));) {
    kept.versions = realloc(kept.versions, (kept.count + 1) * sizeof(struct row_version *));
    MUST(kept.versions);
    kept.versions[kept.count++] = row_version_hold(version);
  }
  return kept;
}

static void restore_rows(struct model_object *object, const struct kept_rows *kept) {
  row_index_done(&object->rows);
  for (size_t i = 0; i < kept->count; i++) MUST(row_index_put(&object->rows, row_version_hold(kept->versions[i])));
  object->last_generated = kept->last_generated;
}

static void keep_world(struct seam_kept *kept) {
  const struct mock_world *world = kept->world;
  MUST(world->service_count <= KEPT_SERVICES && world->gates.gate_count == 0 && world->gates.barrier_count == 0);
  MUST(world->tokens.count == 0 && world->rules.unread == 0 && world->raw_count == 0);
  for (size_t i = 0; i < world->service_count; i++) {
    MUST(world->services[i]->object_count <= KEPT_OBJECTS);
    kept->revisions[i] = world->services[i]->revision;
    for (size_t k = 0; k < world->services[i]->object_count; k++) kept->rows[i][k] = keep_rows(object_at(world, i, k));
  }
  kept->rules = world->rules.count;
  kept->lua_memory = world->script->memory;
}

/* ---- putting it back ---------------------------------------------------------------------------------------- */

/* Those of the script as they were made; without those that came later. */
static void restore_rules(struct rules *rules, size_t count) {
  rules_forget_closed(rules);
  struct rules later = {.count = rules->count - count};
  later.rules = calloc(later.count + 1, sizeof(struct rule *));
  MUST(later.rules);
  for (size_t i = 0; i < later.count; i++) later.rules[i] = rules->rules[count + i];
  rules_done(&later);
  for (size_t i = 0; i < count; i++) {
    rules->active[i] = rules->rules[i];
    rules->rules[i]->matched = rules->rules[i]->fired = 0;
    rules->rules[i]->lifted = false;
    memset(rules->rules[i]->misses, 0, sizeof rules->rules[i]->misses);
  }
  rules->count = rules->active_count = count;
}

/* What requests leave behind beside rows. */
static void forget_requests(struct mock_world *world) {
  MUST(world->at_work == 0 && !world->peers && !world->waiters);
  pages_done(world);
  expand_forget(world);
  memo_done(world);
  upload_cache_done(&world->cache);
  tokens_done(&world->tokens);
  journal_done(&world->journal);
  world->cache = (struct upload_cache){.keep = world->keep};
  world->tokens = (struct tokens){0};
  world->journal = (struct journal){0};
  world->last_page = world->order = 0;
  world->clock_ms = 0;
  world->script_error = (struct base_error){0};
  world->gave_up[0] = '\0';
}

static void restore_world(const struct seam_kept *kept) {
  struct mock_world *world = kept->world;
  restore_rules(&world->rules, kept->rules);
  forget_requests(world);
  for (size_t i = 0; i < world->service_count; i++) {
    world->services[i]->revision = kept->revisions[i];
    for (size_t k = 0; k < world->services[i]->object_count; k++) restore_rows(object_at(world, i, k), &kept->rows[i][k]);
  }
}

static void let_go(struct seam_kept *kept) {
  for (size_t i = 0; i < KEPT_SERVICES * KEPT_OBJECTS; i++) {
    struct kept_rows *rows = &kept->rows[i / KEPT_OBJECTS][i % KEPT_OBJECTS];
    for (size_t k = 0; k < rows->count; k++) row_version_drop(rows->versions[k]);
    free(rows->versions);
  }
  seam_close(kept->world);
  *kept = (struct seam_kept){0};
}

struct mock_world *seam_begin(struct seam_kept *kept, const char *script) {
  if (kept->world && kept->world->script->memory > kept->lua_memory + LUA_GROWS_MOST) let_go(kept);
  if (!kept->world) {
    kept->world = seam_open(script);
    keep_world(kept);
  }
  restore_world(kept);
  return kept->world;
}
