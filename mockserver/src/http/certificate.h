/** A self-signed certificate for 127.0.0.1 and localhost, made anew in each process; its key never leaves it. */
#ifndef MOCK_HTTP_CERTIFICATE_H
#define MOCK_HTTP_CERTIFICATE_H

#include <openssl/ssl.h>

/** Make one and give it to the context. The PEM text is the caller's; NULL when OpenSSL fails. */
char *certificate_make(SSL_CTX *context);

#endif
