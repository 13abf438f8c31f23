/*
 * What JSON can escape and a C string cannot hold. Ports in languages whose strings hold anything (JavaScript, Java)
 * write such escapes when they quote what they were given; that is theirs to do, and no fault of an adapter.
 */
#ifndef CONFORMANCE_ESCAPES_H
#define CONFORMANCE_ESCAPES_H

#include <stddef.h>

/** Turn each escaped NUL and each half of a surrogate pair into an escaped U+FFFD, in place. */
void escapes_mend(char *json, size_t len);

#endif
