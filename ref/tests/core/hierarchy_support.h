/* A hierarchical model for the tests of passes and of nested requests. */
#ifndef HIERARCHY_SUPPORT_H
#define HIERARCHY_SUPPORT_H

#include "model_support.h"

#include "base/buf.h"

#define NUMBER(name) "{'name':'" name "','datatype':'number'}"
#define TO(type, target, source, aim)                                                              \
  "{'name':'r','type':'" type "','target_object':'" target "','source_fields':['" source           \
  "'],'target_fields':['" aim "']}"
#define ACTIONS(type, supported) "{'actions':[{'type':['" type "'],'supportedObjects':[" supported "]}]}"

/* What the operations of Dept, Emp, Proj and Code say; and whether a Dept names an Emp as its head. */
struct operations {
  const char *dept, *emp, *proj, *code;
  bool headed;
};

#define EMP_ANY "{'name':'Emp','actions':['create','update','delete']}"
#define TASK_ANY "{'name':'Task'}"
#define STAFFED                                                                                     \
  "'create':" ACTIONS("create", "{'name':'Emp','actions':['create']}") ",'update':" ACTIONS("update", EMP_ANY) \
  ",'delete':" ACTIONS("delete", "{'name':'Emp','actions':['delete']}")
#define BUSY "'create':" ACTIONS("create", TASK_ANY) ",'update':" ACTIONS("update", TASK_ANY)

static const struct operations usual = {STAFFED, BUSY, "", "", false};

/* Children stand before their parents in the metadata, so that an order by it alone shows. */
static inline struct vmx_model *hierarchy_model(const struct operations *operations) {
  struct base_buf text = BASE_BUF_INIT;
  base_buf_printf(&text,
      "{'timestamp':'t','namespaces':[{'name':'','objects':["
      "{'name':'Task','key':['Id'],'fields':[" NUMBER("Id") "," NUMBER("EmpId") "," NUMBER("ProjId") "," NUMBER("Tag") "]},"
      "{'name':'Emp','key':['Id'],'fields':[" NUMBER("Id") "," NUMBER("DeptId") "," NUMBER("BossId") "],"
      "'relationships':[" TO("ManyToOne", "Dept", "DeptId", "Id") "," TO("ManyToOne", "Emp", "BossId", "Id") ","
      TO("OneToMany", "Task", "Id", "EmpId") "],'operations':{%s}},"
      "{'name':'Dept','key':['Id'],'fields':[" NUMBER("Id") "," NUMBER("HeadId") "],'relationships':["
      TO("OneToMany", "Emp", "Id", "DeptId") "%s],'operations':{%s}},"
      "{'name':'Proj','key':['Id'],'fields':[" NUMBER("Id") "],'relationships':["
      TO("OneToMany", "Task", "Id", "ProjId") "],'operations':{%s}},"
      "{'name':'Code','key':['Id'],'fields':[" NUMBER("Id") "," NUMBER("Tag") "],'relationships':["
      TO("OneToMany", "Task", "Tag", "Tag") "],'operations':{%s}}]}]}",
      operations->emp, operations->headed ? "," TO("ManyToOne", "Emp", "HeadId", "Id") : "", operations->dept,
      operations->proj, operations->code);
  for (char *c = text.data; *c; c++)
    if (*c == '\'') *c = '"';
  struct vmx_model *model = support_model(text.data);
  base_buf_done(&text);
  return model;
}

enum { HIERARCHY_FIELDS = 4 }; /* of the widest object */

#endif
