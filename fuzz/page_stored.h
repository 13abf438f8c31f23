/** What a page does to rows that are there: no row may be a blend of two records. */
#ifndef FUZZ_PAGE_STORED_H
#define FUZZ_PAGE_STORED_H

#include "core/download.h"

/**
 * Store the page (again while it says that there is more) over the same few rows, one of which has an edit that waits.
 * Held: a page that is refused changes nothing; else each row, and each remembered server copy, is either as it was or
 * equal to one whole record of the page (W-17, W-24, UPL-09, DNL-05, DNL-06).
 */
void check_stored(const struct vmx_download_config *config, const char *text, size_t len);

#endif
