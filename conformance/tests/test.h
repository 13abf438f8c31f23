/** What every cmocka program includes, in the order that cmocka wants. */
#ifndef CONFORMANCE_TESTS_TEST_H
#define CONFORMANCE_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>

#include <cmocka.h>

#define assert_contains(text, part)                                                                \
  do {                                                                                             \
    if (!strstr(text, part)) fail_msg("\"%s\" does not contain \"%s\"", text, part);               \
  } while (0)
#define assert_lacks(text, part)                                                                   \
  do {                                                                                             \
    if (strstr(text, part)) fail_msg("\"%s\" contains \"%s\"", text, part);                        \
  } while (0)

#endif
