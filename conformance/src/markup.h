/** Text in XML and HTML. */
#ifndef CONFORMANCE_MARKUP_H
#define CONFORMANCE_MARKUP_H

#include "base/buf.h"

/** `text` as it stands between tags and in quoted attributes. XML 1.0 has no control characters but tab and line ends: '?'. */
void markup_text(struct base_buf *out, const char *text);

#endif
