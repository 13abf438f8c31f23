/**
 * The device side of the target schedule: the engine's test company, whose database's files are kept, put back, and
 * left behind by a crash.
 */
#ifndef FUZZ_SCHEDULE_DEVICE_H
#define FUZZ_SCHEDULE_DEVICE_H

#include "company.h"

enum { DEVICE_KINDS = 2 };

/**
 * A device that has just been set up with `server`, which is of that kind (0 or 1: another for each metadata) and is
 * asked when there never was one of its kind: after that the database is put back as it was then. One at a time;
 * borrowed until device_done().
 */
struct company *device_begin(int kind, fake_server *server, void *self);
void device_done(struct company *company);

/** The process ends, and another one begins. */
void device_restart(struct company *company);
/** The same without a word: what the kernel has of the files is what the next process finds. */
void device_crash(struct company *company);

#endif
