/* The model that the tests of core and store share: departments with employees, and a bare object. */
#ifndef MODEL_SUPPORT_H
#define MODEL_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/codes.h"
#include "core/model.h"

#define SUPPORT_DOCUMENT                                                                           \
  "{\"services_meta\":{\"Org\":{\"type\":\"objectsvc\",\"url\":\"http://h/services/data/v1/Org\"," \
  "\"metadata_url\":\"http://h/services/metadata/v1/Org\",\"version\":\"1.0\"}}}"

#define SUPPORT_METADATA                                                                           \
  "{\"opstatus\":0,\"timestamp\":\"t1\",\"uploadCache\":true,\"namespaces\":[{\"name\":\"\","      \
  "\"objects\":[{\"name\":\"Dept\",\"key\":[\"Id\"],\"fields\":["                                  \
  "{\"name\":\"Id\",\"datatype\":\"number\",\"nullable\":false,\"auto_generated\":true},"          \
  "{\"name\":\"Name\",\"datatype\":\"string\",\"length\":5}],\"relationships\":["                  \
  "{\"name\":\"staff\",\"type\":\"OneToMany\",\"target_object\":\"Emp\",\"source_fields\":[\"Id\"]," \
  "\"target_fields\":[\"DeptId\"],\"cascade\":true}]},"                                            \
  "{\"name\":\"Emp\",\"key\":[\"EmpId\"],\"softdelete_field\":\"Gone\",\"fields\":["               \
  "{\"name\":\"EmpId\",\"datatype\":\"number\",\"nullable\":false,\"auto_generated\":true},"       \
  "{\"name\":\"Name\",\"datatype\":\"string\",\"nullable\":false},"                                \
  "{\"name\":\"Pay\",\"datatype\":\"number\"},{\"name\":\"On\",\"datatype\":\"boolean\"},"         \
  "{\"name\":\"DeptId\",\"datatype\":\"number\"},{\"name\":\"Gone\",\"datatype\":\"boolean\"},"    \
  "{\"name\":\"Photo\",\"datatype\":\"binary\"}]}]},"                                              \
  "{\"name\":\"ns\",\"objects\":[{\"name\":\"Pair\",\"key\":[\"A\",\"B\"],\"fields\":["            \
  "{\"name\":\"A\",\"datatype\":\"string\"},{\"name\":\"B\",\"datatype\":\"number\"},"             \
  "{\"name\":\"V\",\"datatype\":\"date\"}]}]}]}"

static inline struct vmx_model *support_model(const char *metadata) {
  struct base_error err = {0};
  struct vmx_model *model = vmx_model_new();
  assert_non_null(model);
  assert_int_equal(
      vmx_model_read_document(model, SUPPORT_DOCUMENT, strlen(SUPPORT_DOCUMENT), &err), 0);
  if (vmx_model_read_metadata(model, &model->services[0], metadata, strlen(metadata), &err) != 0 ||
      vmx_model_finish(model, &err) != 0)
    fail_msg("%s", err.text);
  return model;
}

static inline const struct vmx_object *support_object(const struct vmx_model *model,
                                                      const char *name) {
  const struct vmx_object *object = vmx_model_find_object(model, name);
  assert_non_null(object);
  return object;
}

#endif
