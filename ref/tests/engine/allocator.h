/**
 * An allocator that fails when a test says so: malloc and its kin in everything that is linked
 * statically (through the linker's --wrap), SQLite's and cJSON's through their own hooks.
 *
 * Always true: nothing fails unless the allocator is armed; what is given back is always taken.
 */
#ifndef ALLOCATOR_H
#define ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>

/** Once, before SQLite is used. */
void allocator_install(void);

/** From now on allocation `nth` (from 1) fails, and (`all`) every later one. */
void allocator_arm(size_t nth, bool all);

/** Nothing fails any more. Was there an allocation that failed? */
bool allocator_disarm(void);

/** Between these the armed allocator neither counts nor fails: the test's own work. */
void allocator_pause(void);
void allocator_resume(void);

#endif
