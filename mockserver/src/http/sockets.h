/**
 * CivetWeb hides its sockets; the kernel knows them by their two ports.
 */
#ifndef MOCK_HTTP_SOCKETS_H
#define MOCK_HTTP_SOCKETS_H

#include <stdbool.h>

/** This process's socket that listens side `local_port` and has its peer at `remote_port`; -1 = none. */
int sockets_find(int local_port, int remote_port);
/**
 * Break the connection with a reset. Dissolving it (connect() to AF_UNSPEC) sends the RST at once and leaves the
 * descriptor to its owner, where SO_LINGER would need a close() that is CivetWeb's to make; it is set as well, for
 * kernels that dissolve nothing.
 */
void sockets_reset(int socket);
/**
 * Send no more, and read on until the client ends, makes a pause of a second or has sent for five: to close with bytes
 * unread is a reset, which takes back what the client has not read yet.
 */
void sockets_drain(int socket);
/** Shut every connection that was accepted at `local_port`. */
void sockets_shut_all(int local_port);
/** Connect to the port once and close again: wakes whoever accepts there. */
void sockets_poke(const char *address, int port);

#endif
