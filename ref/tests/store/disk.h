/**
 * A disk in memory, in the place of the files that SQLite would open: it counts what is done to it, can
 * fail at one operation, and can lose its power. After SQLite's own way of testing (a VFS that crashes).
 *
 * There is one database on it: another one that is opened takes its place.
 * Always true: what was written is read back at once; only what was synced is sure to outlive a power cut.
 * Of the rest each write survives whole, in its beginning, or not at all, in any order.
 */
#ifndef DISK_H
#define DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Once, before the first database is opened: from now on every database is on this disk. */
void disk_install(void);

/** Nothing is on it, and nothing fails. No database is open. */
void disk_clear(void);

enum disk_fault {
  DISK_BROKEN, /**< the operation fails with an I/O error */
  DISK_FULL    /**< no byte more is taken; nothing but writes is counted */
};

/** Operation `nth` from now on (from 1) fails, and with `all` each one behind it. */
void disk_fail(size_t nth, enum disk_fault fault, bool all);

/** At operation `nth` from now on the power goes, and stays away until disk_power_on(). `seed` says what
 *  survives of what was not synced; 0: nothing does. */
void disk_cut(size_t nth, uint64_t seed);

/** Nothing fails any more. Did something? */
bool disk_heal(void);

/** The power is back: files hold what has survived. No database is open. Was it gone? */
bool disk_power_on(void);

/** Somebody else holds a lock on every file; files and folder may be read only. */
void disk_lock(bool locked);
void disk_protect(bool read_only);

/** The bytes of the file of the database with that ending ("", "-wal"), for a look; NULL, 0: it is empty. */
unsigned char *disk_bytes(const char *ending, size_t *size);

/** It holds these bytes, on disk, and no others. No database is open. */
void disk_put(const char *ending, const void *bytes, size_t size);

#endif
