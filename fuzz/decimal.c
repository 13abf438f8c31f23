/*
 * Target: numbers as text. Two numbers with a blank between them.
 *
 * Held: what is a number, which one is larger and which integer it is, by a second implementation that
 * writes every digit out (W-14, C-9); comparing is antisymmetric.
 */
#include "base/decimal.h"

#include <string.h>

#include "oracle.h"
#include "slow.h"
#include "spending.h"

/* Of comparing them. */
static const struct spending most = {.steps = 4000, .steps_each = 100, .bytes = 1024, .bytes_each = 1};

static void check_integer(const char *text, size_t len, const struct slow_decimal *slow) {
  int64_t fast = 0, obvious = 0;
  bool is_integer = decimal_integer(text, len, &fast);
  if (slow_integer(slow, &obvious)) MUST(is_integer && fast == obvious);
  else if (is_integer) MUST(fast >= 1000000000000000000 || fast <= -1000000000000000000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static struct slow_decimal one, two;
  const char *a = (const char *)data, *space = size ? memchr(a, ' ', size) : NULL;
  size_t a_len = space ? (size_t)(space - a) : size;
  const char *b = space ? space + 1 : a;
  size_t b_len = space ? size - a_len - 1 : size;
  MUST(decimal_valid(a, a_len) == slow_number(a, a_len));
  MUST(decimal_valid(b, b_len) == slow_number(b, b_len));
  if (!slow_number(a, a_len) || !slow_number(b, b_len)) return 0;
  spending_begin();
  int order = decimal_compare(a, a_len, b, b_len);
  spending_end(&most, size);
  MUST(order >= -1 && order <= 1 && decimal_compare(b, b_len, a, a_len) == -order);
  MUST(decimal_compare(a, a_len, a, a_len) == 0);
  bool small = slow_decimal(a, a_len, &one), both = slow_decimal(b, b_len, &two) && small;
  if (small) check_integer(a, a_len, &one);
  if (both) MUST(order == slow_compare(&one, &two));
  return 0;
}
