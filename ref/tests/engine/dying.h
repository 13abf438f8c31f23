/**
 * Work in a child process that may be killed: by the model server's faults, or before its nth commit to
 * the database.
 */
#ifndef DYING_H
#define DYING_H

#include "company.h"

/** Once, before the first client is opened. */
void dying_install(void);

typedef void dying_work(struct company *company);

/**
 * Let a child do the work over the company's folder, with a client of its own; `commits` > 0: it dies
 * before that commit. Afterwards the company has a new client, which is not set up. True: it was killed.
 */
bool dying_at_work(struct company *company, dying_work *work, int commits);

#endif
