#include "world/actions.h"

#include <stdlib.h>
#include <string.h>

const struct action_trait ACTION_TRAITS[ACTION_COUNT] = {
    /*                             name                  phase         is_fault excuses  tells          of_records */
    [ACTION_STORE] =              {"store",              PHASE_NONE,   false,   false,   TELLS_NAME,    false},
    [ACTION_AT] =                 {"at",                 PHASE_NONE,   false,   true,    TELLS_NAME,    false},
    [ACTION_REJECT] =             {"reject",             PHASE_NONE,   false,   false,   TELLS_NUMBER,  true},
    [ACTION_INTERMEDIATE_ERROR] = {"intermediate_error", PHASE_NONE,   false,   false,   TELLS_NAME,    false},
    [ACTION_FLAT] =               {"flat",               PHASE_NONE,   false,   false,   TELLS_NAME,    false},
    [ACTION_HANG] =               {"hang",               PHASE_WAIT,   true,    true,    TELLS_NAME,    false},
    [ACTION_HOLD] =               {"hold",               PHASE_WAIT,   false,   true,    TELLS_TEXT,    false},
    [ACTION_DELAY] =              {"delay",              PHASE_WAIT,   false,   true,    TELLS_NUMBER,  false},
    [ACTION_LINGER] =             {"linger",             PHASE_WAIT,   false,   true,    TELLS_NUMBER,  false},
    [ACTION_OPSTATUS] =           {"opstatus",           PHASE_ANSWER, true,    false,   TELLS_NUMBER,  false},
    [ACTION_STATUS] =             {"status",             PHASE_ANSWER, true,    false,   TELLS_NUMBER,  false},
    [ACTION_ANSWER] =             {"answer",             PHASE_ANSWER, true,    false,   TELLS_NAME,    false},
    [ACTION_REDIRECT] =           {"redirect",           PHASE_ANSWER, true,    false,   TELLS_NAME,    false},
    [ACTION_BODY] =               {"body",               PHASE_ANSWER, true,    false,   TELLS_NAME,    false},
    [ACTION_DEEP] =               {"deep",               PHASE_ANSWER, true,    true,    TELLS_NUMBER,  false},
    [ACTION_HUGE] =               {"huge",               PHASE_ANSWER, true,    true,    TELLS_NAME,    false},
    [ACTION_GARBAGE] =            {"garbage",            PHASE_ANSWER, true,    true,    TELLS_NUMBER,  false},
    [ACTION_CLOSE] =              {"close",              PHASE_ANSWER, true,    true,    TELLS_NAME,    false},
    [ACTION_CLOSE_UNREAD] =       {"close_unread",       PHASE_UNREAD, true,    true,    TELLS_NAME,    false},
    [ACTION_RESET] =              {"reset",              PHASE_ANSWER, true,    true,    TELLS_NAME,    false},
    [ACTION_EDIT] =               {"edit",               PHASE_EDIT,   false,   false,   TELLS_NAME,    false},
    [ACTION_WITHOUT] =            {"without",            PHASE_EDIT,   false,   false,   TELLS_TEXT,    true},
    [ACTION_NULL] =               {"null",               PHASE_EDIT,   false,   false,   TELLS_TEXT,    true},
    [ACTION_RENAME] =             {"rename",             PHASE_EDIT,   false,   false,   TELLS_TEXT,    true},
    [ACTION_RETYPE] =             {"retype",             PHASE_EDIT,   false,   false,   TELLS_TEXT,    true},
    [ACTION_DROP] =               {"drop",               PHASE_EDIT,   false,   false,   TELLS_NAME,    true},
    [ACTION_ADD] =                {"add",                PHASE_EDIT,   false,   false,   TELLS_NAME,    true},
    [ACTION_DOUBLE] =             {"double",             PHASE_EDIT,   false,   false,   TELLS_NAME,    true},
    [ACTION_REVERSE] =            {"reverse",            PHASE_EDIT,   false,   false,   TELLS_NAME,    true},
    [ACTION_LOSE] =               {"lose",               PHASE_EDIT,   false,   false,   TELLS_TEXT,    true},
    [ACTION_MORE] =               {"more",               PHASE_EDIT,   false,   false,   TELLS_NAME,    false},
    [ACTION_EARLY] =              {"early",              PHASE_EDIT,   true,    false,   TELLS_NAME,    false},
    [ACTION_ALWAYS_MORE] =        {"always_more",        PHASE_EDIT,   true,    false,   TELLS_NAME,    false},
    [ACTION_ENDLESS] =            {"endless",            PHASE_EDIT,   true,    false,   TELLS_NAME,    false},
    [ACTION_EMPTY_PAGES] =        {"empty_pages",        PHASE_EDIT,   true,    false,   TELLS_NAME,    false},
    [ACTION_HEADER] =             {"header",             PHASE_SEND,   false,   false,   TELLS_TEXT,    false},
    [ACTION_TRUNCATE] =           {"truncate",           PHASE_SEND,   true,    true,    TELLS_NUMBER,  false},
    [ACTION_CUT] =                {"cut",                PHASE_SEND,   true,    true,    TELLS_NUMBER,  false},
    [ACTION_LENGTH] =             {"length",             PHASE_SEND,   true,    true,    TELLS_NUMBER,  false},
    [ACTION_TRICKLE] =            {"trickle",            PHASE_SEND,   false,   true,    TELLS_NAME,    false},
    [ACTION_TWICE] =              {"twice",              PHASE_SEND,   true,    true,    TELLS_NAME,    false},
    [ACTION_GZIP] =               {"gzip",               PHASE_SEND,   false,   false,   TELLS_NAME,    false},
};

bool action_find(const char *name, enum action_kind *out) {
  for (int i = 0; i < ACTION_COUNT; i++) {
    if (strcmp(ACTION_TRAITS[i].name, name) != 0) continue;
    *out = (enum action_kind)i;
    return true;
  }
  return false;
}

void action_describe(const struct rule_action *action, struct base_buf *out) {
  const struct action_trait *trait = &ACTION_TRAITS[action->kind];
  base_buf_printf(out, " %s", trait->name);
  if (trait->tells == TELLS_NUMBER) base_buf_printf(out, "(%lld)", (long long)action->number);
  if (trait->tells == TELLS_TEXT) base_buf_printf(out, "(%.60s)", action->text ? action->text : "");
}

bool action_ends(const struct rule_action *action) {
  return action->kind == ACTION_HANG || ACTION_TRAITS[action->kind].phase == PHASE_ANSWER;
}

void action_done(struct rule_action *action) {
  free(action->text);
  free(action->more);
  cJSON_Delete(action->json);
}
