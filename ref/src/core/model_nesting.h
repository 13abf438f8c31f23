/** Inside of the model's reading: what operations say of nested records. Everyone else reads model.h. */
#ifndef VMX_CORE_MODEL_NESTING_H
#define VMX_CORE_MODEL_NESTING_H

#include "base/json.h"
#include "core/model.h"

/**
 * Fill object->nests, and `nests` of the service's links, from the object's `operations` (NULL: none).
 * The service has all its objects and links.
 * Fails: 2466 a supported object has no relationship to the one that supports it; 2460 out of memory
 */
int vmx_nesting_read(struct vmx_model *model, struct vmx_service *service,
                     struct vmx_object *object, const cJSON *operations, struct base_error *err);

#endif
