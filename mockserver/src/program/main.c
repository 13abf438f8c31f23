/* foundry-mock: serves a scripted Foundry, or records a real one. */
#include <string.h>

#include "program/commands.h"

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "record") == 0) return command_record(argc - 1, argv + 1);
  return command_serve(argc, argv);
}
