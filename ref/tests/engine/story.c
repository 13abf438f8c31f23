#include "story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"

enum { REQUESTS_MAX = 200 };

void story_serve(struct model_server *server) {
  model_init(server, 1);
  int64_t team = model_add(server, MODEL_TEAM, "old team", 0);
  for (int i = 0; i < 3; i++) {
    char name[24];
    snprintf(name, sizeof name, "old %d", i);
    model_add(server, MODEL_MEMBER, name, team);
  }
}

static const char *metadata_for(const struct model_server *server, const char *line) {
  if (strcmp(line, "GET http://f/meta/Org") == 0) return model_metadata_of(server);
  return strcmp(line, "GET http://f/meta/Sales") == 0 ? company_note : NULL;
}

void story_answer(void *self, const struct fake_request *request, struct net_answer *answer) {
  const char *metadata = metadata_for(self, request->line);
  if (((struct model_server *)self)->requests > REQUESTS_MAX) fail_msg("the client asks without end");
  if (!metadata) model_answer(self, request, answer);
  else *answer = (struct net_answer){.status = 200, .body = metadata, .body_len = strlen(metadata)};
}

char *story_image(int version) {
  CLEANUP(free_text) char *path = look_text(SOURCE_DIR "/ref/tests/data/offline-v%d.sql", version);
  char *text = NULL;
  size_t size = 0;
  FILE *file = fopen(path, "r");
  if (!file) fail_msg("%s is missing: each version but today's has one", path);
  assert_true(getdelim(&text, &size, '\0', file) > 0);
  fclose(file);
  return text;
}

void story_edit(struct company *company) {
  struct base_error err = {0};
  company_create(company, "Team", "{'Name':'new team'}");
  company_create(company, "Member", "{'Name':'new 0','TeamId':-1}");
  company_create(company, "Member", "{'Name':'new 1','TeamId':101}");
  assert_int_equal(vmx_update(company->client, "Member", "{\"MemberId\":102,\"Name\":\"changed\"}",
                              NULL, &err), 0);
  assert_int_equal(vmx_update(company->client, "Member", "{\"MemberId\":-2,\"Name\":\"new 00\"}", NULL,
                              &err), 0);
  assert_int_equal(vmx_delete(company->client, "Member", "{\"MemberId\":103}", NULL, &err), 0);
}

void story_begin(struct company *company, struct model_server *server) {
  story_serve(server);
  company_renew(company);
  company_setup_with(company, model_metadata_of(server), company_note);
  fake_serve(&company->network, model_answer, server);
  assert_int_equal(company_sync_org(company, NULL), 0);
  story_edit(company);
  model_add(server, MODEL_MEMBER, "late", 0);
}

void story_sync(struct company *company) {
  company_sync_org(company, "{'uploadBatchSize':2,'downloadBatchSize':2}");
}

void story_edits_are_visible(struct company *company) {
  static const char *const names[] = {"new team", "new 00", "new 1", "changed", "old 2", "old team"};
  CLEANUP(free_text) char *teams = NULL;
  CLEANUP(free_text) char *members = NULL;
  struct base_error err = {0};
  assert_int_equal(vmx_snapshot(company->client, "Team", &teams, &err), 0);
  assert_int_equal(vmx_snapshot(company->client, "Member", &members, &err), 0);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    CLEANUP(free_text) char *quoted = look_text("'%s'", names[i]);
    if (!strstr(teams, quoted) && !strstr(members, quoted))
      fail_msg("%s is neither in %s nor in %s", names[i], teams, members);
  }
  assert_null(strstr(members, "\"old 1\"")); /* it was deleted */
  assert_null(strstr(members, "\"old 0\"")); /* it was changed */
}

static void side_is_equal(struct company *company, const struct model_server *server, int object,
                          const char *name) {
  CLEANUP(free_text) char *rows = model_rows(server, object);
  company_rows_are(company, name, rows);
  company_pending_are(company, name, "[]");
}

void story_sides_are_equal(struct company *company, const struct model_server *server) {
  side_is_equal(company, server, MODEL_TEAM, "Team");
  side_is_equal(company, server, MODEL_MEMBER, "Member");
  assert_string_equal(server->problem, "");
}

void story_ends_well(struct company *company, struct model_server *server) {
  static const char *const once[] = {"old team", "new team", "new 00", "new 1", "changed", "old 2", "late"};
  model_lift(server);
  assert_int_equal(company_sync_org(company, NULL), 0);
  for (size_t i = 0; i < sizeof once / sizeof *once; i++)
    if (model_count(server, once[i]) != 1)
      fail_msg("the server has %s %zu times", once[i], model_count(server, once[i]));
  assert_int_equal(model_count(server, "old 1") + model_count(server, "old 0"), 0);
  story_sides_are_equal(company, server);
}
