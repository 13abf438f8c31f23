/**
 * From what came back to an error code: wire.md section 10 as one table (answer.c), tested in the
 * order of its rows.
 */
#ifndef VMX_CORE_ANSWER_H
#define VMX_CORE_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/** How an exchange ended, as the transport saw it. */
enum vmx_transport {
  VMX_ANSWERED,         /**< there is a status and a complete body */
  VMX_CONNECT_TIMEOUT,  /**< 2031 */
  VMX_ANSWER_TIMEOUT,   /**< 2032 */
  VMX_CUT,              /**< closed, reset or cut short after the first byte was sent: 2032 */
  VMX_REFUSED,          /**< 2034 */
  VMX_HOST_NOT_FOUND,   /**< 2035 */
  VMX_NO_CONNECTIVITY,  /**< 2036 */
  VMX_TLS_FAILED,       /**< 2033 */
  VMX_BAD_URL,          /**< 2039 */
  VMX_ANSWER_TOO_LARGE, /**< more than the client takes, or undecodable: 2037 (W-7) */
  VMX_TRANSPORT_FAILED  /**< anything else: 2030 */
};

enum vmx_call { VMX_CALL_METADATA, VMX_CALL_DOWNLOAD, VMX_CALL_UPLOAD, VMX_CALL_REPLAY };

struct vmx_answer {
  enum vmx_transport transport;
  int status;       /**< HTTP status, 0 when there was no answer */
  const char *body; /**< borrowed */
  size_t len;
};

struct vmx_verdict {
  int code;         /**< 0: decode the body */
  bool unknown;     /**< nobody knows whether the server executed it: a cached upload is kept (W-41) */
  bool keep_replay; /**< the entry of a failed replay stays: unknown, 2044, 429 (W-43) */
  bool has_objects; /**< an upload failed with 2xx and an opstatus: vmx_upload_reject() may read
                         record errors from the body */
  int64_t opstatus; /**< top-level opstatus when one was read, else 0 */
};

/**
 * Judge an answer. `err` gets the sentence when verdict.code is not 0, and is untouched otherwise.
 *
 * A body with a good opstatus is read only as far as that opstatus: its decoder reports 2037 for
 * rubbish behind it. HTTP 401 is the caller's business and must not come here the first time (W-7).
 */
struct vmx_verdict vmx_answer_judge(enum vmx_call call, const struct vmx_answer *answer,
                                    struct base_error *err);

/** Is a top-level opstatus good: 0, or 500100..500200? */
bool vmx_opstatus_good(int64_t opstatus);

/**
 * Read an opstatus (or rowId) from a value's raw text: a number or a string of one.
 * False when it is neither, or no integer.
 */
bool vmx_opstatus_read(const char *raw, size_t len, int64_t *out);

#endif
