/** Release of locals by attribute: `CLEANUP(free_text) char *text = NULL;` */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <stdlib.h>

#define CLEANUP(function) __attribute__((cleanup(function)))

static inline void free_text(char **text) { free(*text); }

/** Hand an owned pointer on: `return take(pointer)` leaves NULL behind for the cleanup. */
#define TAKE(pointer)                                                                              \
  __extension__({                                                                                  \
    __typeof__(pointer) taken_ = (pointer);                                                        \
    (pointer) = NULL;                                                                              \
    taken_;                                                                                        \
  })

#endif
