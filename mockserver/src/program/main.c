/* foundry-mock: serves a scripted Foundry. */
#include "program/commands.h"

int main(int argc, char **argv) {
  return command_serve(argc, argv);
}
