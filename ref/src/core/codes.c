#include "core/codes.h"

#define ROW(name, number, documented, meaning) {number, documented, #name, meaning},
static const struct vmx_code_row rows[] = {VMX_CODES(ROW)};
#undef ROW

const struct vmx_code_row *vmx_codes(size_t *count) {
  *count = sizeof rows / sizeof rows[0];
  return rows;
}

const struct vmx_code_row *vmx_code_find(int number) {
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (rows[i].number == number) return &rows[i];
  return NULL;
}

const char *vmx_code_meaning(int number) {
  const struct vmx_code_row *row = vmx_code_find(number);
  return row ? row->meaning : "unknown error";
}
