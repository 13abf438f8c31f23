/** Query strings, percent-encoded: every byte outside RFC 3986's unreserved set as %XX (W-7). */
#ifndef VMX_CORE_QUERY_H
#define VMX_CORE_QUERY_H

#include "base/buf.h"
#include "core/options.h"

/** Append name=value, with '&' before it unless `out` is empty. */
void vmx_query_add(struct base_buf *out, const char *name, const char *value);

/** Append all pairs; NULL: none. */
void vmx_query_write(struct base_buf *out, const struct vmx_pairs *params);

#endif
