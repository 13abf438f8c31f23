/** One error scheme for the whole project: a status is returned, and a caller-owned error says more. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

/** What went wrong. Zero-initialize it; it owns nothing. */
struct base_error {
  int code;       /**< 0 = no error; otherwise a code of the module that failed, for example 2472 */
  char spec[16];  /**< requirement or wire rule that asks for this failure ("OPT-13"), or "" */
  char text[488]; /**< one line, UTF-8, names what and where; never empty when code is not 0 */
};

/**
 * Fill `err` (may be NULL) and return `code`, so that failing is one statement.
 * `code` must not be 0. A text that does not fit is cut at a character's boundary; control characters
 * and malformed bytes (names come from the world) become '?'.
 */
int base_fail(struct base_error *err, int code, const char *spec, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/** Put "`prefix`: " before the text of an error that passes through. Returns the error's code. */
int base_fail_within(struct base_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
