#include "http/certificate.h"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { YEAR_S = 365 * 24 * 3600 };

static bool add_extension(X509 *certificate, int kind, const char *value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
  bool added = extension && X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
  return added;
}

static bool set_names(X509 *certificate) {
  X509_NAME *name = X509_get_subject_name(certificate);
  return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"foundry-mock", -1, -1, 0) &&
         X509_set_issuer_name(certificate, name) &&
         add_extension(certificate, NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost") &&
         add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
}

/* Two certificates of one issuer with one number confuse clients that keep the first. */
static bool set_number(X509 *certificate) {
  unsigned char bytes[8];
  uint64_t number;
  if (RAND_bytes(bytes, sizeof bytes) != 1) return false;
  memcpy(&number, bytes, sizeof number);
  return ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), number >> 1);
}

static X509 *make_certificate(EVP_PKEY *key) {
  X509 *certificate = X509_new();
  bool made = certificate && X509_set_version(certificate, X509_VERSION_3) && set_number(certificate) &&
              X509_gmtime_adj(X509_getm_notBefore(certificate), -24 * 3600) &&
              X509_gmtime_adj(X509_getm_notAfter(certificate), YEAR_S) && X509_set_pubkey(certificate, key) &&
              set_names(certificate) && X509_sign(certificate, key, EVP_sha256());
  if (made) return certificate;
  X509_free(certificate);
  return NULL;
}

static char *write_pem(X509 *certificate) {
  char *bytes = NULL, *text = NULL;
  BIO *memory = BIO_new(BIO_s_mem());
  if (memory && PEM_write_bio_X509(memory, certificate)) {
    long len = BIO_get_mem_data(memory, &bytes);
    text = strndup(bytes, (size_t)len);
  }
  BIO_free(memory);
  return text;
}

char *certificate_make(SSL_CTX *context) {
  EVP_PKEY *key = EVP_EC_gen("P-256");
  X509 *certificate = key ? make_certificate(key) : NULL;
  bool used = certificate && SSL_CTX_use_certificate(context, certificate) == 1 && SSL_CTX_use_PrivateKey(context, key) == 1;
  char *text = used ? write_pem(certificate) : NULL;
  X509_free(certificate);
  EVP_PKEY_free(key);
  return text;
}
