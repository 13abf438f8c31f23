/** The model that answers are read against: one service, a parent and a child with every datatype. */
#ifndef FUZZ_MODEL_FIXTURE_H
#define FUZZ_MODEL_FIXTURE_H

#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "core/codes.h"
#include "core/model.h"
#include "oracle.h"

static const char fixture_document[] =
    "{\"services_meta\":{\"Org\":{\"type\":\"objectsvc\",\"url\":\"http://h/services/data/v1/Org\","
    "\"metadata_url\":\"http://h/services/metadata/v1/Org\",\"version\":\"1.0\"}}}";

static const char fixture_metadata[] =
    "{\"opstatus\":0,\"timestamp\":\"1\",\"uploadCache\":true,\"namespaces\":[{\"name\":\"\",\"objects\":["
    "{\"name\":\"Employee\",\"key\":[\"EmpId\"],\"softdelete_field\":\"Gone\",\"fields\":["
    "{\"name\":\"EmpId\",\"datatype\":\"number\",\"nullable\":false,\"auto_generated\":true},"
    "{\"name\":\"Name\",\"datatype\":\"string\",\"nullable\":false},"
    "{\"name\":\"Active\",\"datatype\":\"boolean\",\"nullable\":true},"
    "{\"name\":\"Born\",\"datatype\":\"date\",\"nullable\":true},"
    "{\"name\":\"DeptId\",\"datatype\":\"number\",\"nullable\":true}],"
    "\"relationships\":[{\"name\":\"dept\",\"type\":\"ManyToOne\",\"target_object\":\"Dept\","
    "\"source_fields\":[\"DeptId\"],\"target_fields\":[\"Id\"]}]},"
    "{\"name\":\"Dept\",\"key\":[\"Id\"],\"fields\":[{\"name\":\"Id\",\"datatype\":\"number\",\"nullable\":false},"
    "{\"name\":\"Title\",\"datatype\":\"string\",\"nullable\":true}],"
    "\"relationships\":[{\"name\":\"Employee\",\"type\":\"OneToMany\",\"target_object\":\"Employee\","
    "\"source_fields\":[\"Id\"],\"target_fields\":[\"DeptId\"]}]}]}]}";

/** Made once for all inputs; the process keeps it. */
static inline const struct vmx_model *fixture_model(void) {
  static struct vmx_model *model;
  if (model) return model;
  struct base_error err = {0};
  model = vmx_model_new();
  MUST(model);
  MUST(vmx_model_read_document(model, fixture_document, sizeof fixture_document - 1, &err) == 0);
  MUST(vmx_model_read_metadata(model, &model->services[0], fixture_metadata, sizeof fixture_metadata - 1, &err) == 0);
  MUST(vmx_model_finish(model, &err) == 0);
  return model;
}

static inline const struct vmx_service *fixture_service(void) { return &fixture_model()->services[0]; }

/** A refusal has one of the codes (0 ends the list) and says why in one line of UTF-8. */
static inline void check_refusal(const struct base_error *err, const int *codes) {
  bool known = false;
  for (; *codes; codes++) known = known || *codes == err->code;
  MUST(known);
  MUST(err->text[0] && utf8_valid(err->text, strlen(err->text)) && !strchr(err->text, '\n'));
}

/** Values that may be kept: UTF-8, and a key that is there. */
static inline void check_row(const struct vmx_object *object, const struct vmx_value *row, bool whole) {
  CLEANUP(base_buf_done) struct base_buf key = BASE_BUF_INIT;
  MUST(vmx_key_text(&key, object, row));
  for (size_t i = 0; i < object->field_count; i++) {
    if (row[i].text) MUST(utf8_valid(row[i].text, row[i].len));
    if (!whole) return;
  }
}

#endif
