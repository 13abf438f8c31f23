/**
 * Looking into JSON texts by path, for tests: "failureResponse.Sales.code", "uploadStats.0.batchNumber".
 * In texts that a test writes, ' stands for ".
 */
#ifndef LOOK_H
#define LOOK_H

#include <stdarg.h>
#include <stddef.h>

/** printf with ' for ", the caller's text. */
char *look_printed(const char *format, va_list args) __attribute__((format(printf, 1, 0)));
char *look_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** The value at `path` ("" is the whole) as one line of JSON, the caller's; NULL: there is none. */
char *look(const char *json, const char *path);

/** Members of the array or object at `path`; 0 when there is none. */
size_t look_count(const char *json, const char *path);

/** Fails the test unless the value at `path` equals `wanted`, members in any order; NULL: not there. */
void look_is(const char *json, const char *path, const char *wanted);

#endif
