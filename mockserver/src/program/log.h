/** `foundry-mock --log`: a line for each request on standard error, in colours when that is a terminal. */
#ifndef MOCK_PROGRAM_LOG_H
#define MOCK_PROGRAM_LOG_H

struct mock_world;

/** From now on, also of what comes and is no request. */
void log_world(struct mock_world *world);

#endif
