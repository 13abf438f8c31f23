/** The commands of vmxsync; main.c lists them with their flags. Each returns the exit code. */
#ifndef VMXSYNC_COMMANDS_H
#define VMXSYNC_COMMANDS_H

#include "arguments.h"

cli_run command_sync, command_create, command_update, command_delete, command_get, command_select,
    command_pending, command_mark, command_rollback, command_clear, command_refresh, command_reset,
    command_drop, command_options;

#endif
