/** The ready-made models of mockserver/examples and the language's reference, part of the program. */
#ifndef MOCK_PROGRAM_MODELS_H
#define MOCK_PROGRAM_MODELS_H

#include <stddef.h>

struct program_model {
  const char *name;
  const unsigned char *text;
  size_t len;
};

extern const struct program_model PROGRAM_MODELS[]; /**< ended by a NULL name; made by CMake */
extern const struct program_model PROGRAM_STUBS;    /**< scenarios/stubs/foundrycheck.lua */

const struct program_model *models_find(const char *name);
/** The names and the first comment of each. */
void models_print(void);
/** A text as it is, on standard output. */
void models_print_text(const struct program_model *model);
void models_print_stubs(void);

#endif
