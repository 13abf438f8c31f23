/*
 * vmxsync: sync and edit Offline Objects from a shell. The commands are this table; arguments.h has
 * the flags and the exit codes.
 */
#include "commands.h"
#include "input.h"

#define BIT(flag) (UINT32_C(1) << FLAG_##flag)

enum { NO_FLAGS = 0 };

/* What opens a storage. */
static const uint32_t opening = BIT(SERVICE_URL) | BIT(APP_KEY) | BIT(APP_SECRET) | BIT(TOKEN) |
                                BIT(TIMEOUT) | BIT(API) | BIT(JSON) | BIT(QUIET);

int main(int argc, char **argv) {
  const struct cli_command commands[] = {
      {"sync", "sync all services, one service or one object", BIT(STORAGE),
       opening | BIT(OPTIONS) | BIT(STRICT) | BIT(LEVEL) | BIT(TARGET), command_sync},
      {"create", "create a local record, to be uploaded by the next sync",
       BIT(STORAGE) | BIT(OBJECT) | BIT(RECORD), opening | BIT(OPTIONS), command_create},
      {"update", "change a local record", BIT(STORAGE) | BIT(OBJECT) | BIT(RECORD), opening | BIT(OPTIONS),
       command_update},
      {"delete", "delete a local record", BIT(STORAGE) | BIT(OBJECT), opening | BIT(OPTIONS) | BIT(RECORD),
       command_delete},
      {"get", "print local records", BIT(STORAGE) | BIT(OBJECT), opening | BIT(OPTIONS), command_get},
      {"select", "print what an SQL query finds in all local records", BIT(STORAGE) | BIT(QUERY), opening,
       command_select},
      {"pending", "print the keys of records with edits to upload", BIT(STORAGE) | BIT(OBJECT),
       opening | BIT(OPTIONS), command_pending},
      {"mark", "let deferred edits be uploaded", BIT(STORAGE) | BIT(OBJECT), opening | BIT(OPTIONS), command_mark},
      {"rollback", "undo edits that were not uploaded", BIT(STORAGE),
       opening | BIT(LEVEL) | BIT(TARGET) | BIT(KEYS), command_rollback},
      {"clear", "forget the local records of a service or an object", BIT(STORAGE) | BIT(LEVEL) | BIT(TARGET),
       opening, command_clear},
      {"refresh", "fetch the schema again; records and edits stay", BIT(STORAGE) | BIT(SERVICE_URL), opening,
       command_refresh},
      {"reset", "fetch the schema, then empty all tables", BIT(STORAGE) | BIT(SERVICE_URL), opening, command_reset},
      {"drop", "remove everything, the setup as well", BIT(STORAGE), opening, command_drop},
      {"options", "print the options of a sync, or of the local calls", NO_FLAGS,
       BIT(MARKDOWN) | BIT(DICT) | BIT(LOCAL), command_options},
  };
  struct cli_arguments arguments;
  int status = cli_parse(argc - 1, argv + 1, commands, sizeof commands / sizeof commands[0], &arguments);
  return cli_printed(&arguments, status >= 0 ? status : arguments.command->run(&arguments));
}
