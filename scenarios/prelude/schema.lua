-- What the metadata says about an object: its key, its columns' datatypes, its children.
--
-- Read from the metadata that the mock has answered with, so that it is what the testee knows, with
-- whatever a scenario changed in it.
local schema = {}

-- W-12: an operation other than get takes records of other objects along.
local function nests(operations)
  for name, operation in pairs(type(operations) == "table" and operations or {}) do
    for _, action in ipairs(name ~= "get" and type(operation) == "table" and operation.actions or {}) do
      if type(action) == "table" and #(action.supportedObjects or {}) > 0 then return true end
    end
  end
  return false
end

local function describe(service, object)
  local described = {
    name = object.name, service = service, key = object.key or {}, datatypes = {}, children = {}, foreign = {},
    relations = object.relationships or {}, nests = nests(object.operations), soft_delete = object.softdelete_field,
  }
  for _, field in ipairs(object.fields or {}) do
    described.datatypes[field.name or ""] = field.datatype
    if field.auto_generated then described.generated = described.generated or field.name end
  end
  for _, relation in ipairs(object.relationships or {}) do
    if relation.cascade then described.children[#described.children + 1] = relation.target_object end
  end
  return described
end

local function read_answer(known, request)
  for _, namespace in ipairs(request.answer.namespaces or {}) do
    for _, object in ipairs(namespace.objects or {}) do
      if type(object.name) == "string" then
        local prefix = (namespace.name or "") ~= "" and namespace.name .. "." or ""
        known[prefix .. object.name] = describe(request.service, object)
      end
    end
  end
end

-- A column that holds a key of another row: child.foreign[column] = {object = parent, column = its column}.
local function point_at_parent(known, child, columns, parent, targets)
  if not known[child] or type(columns) ~= "table" or type(targets) ~= "table" then return end
  for i, column in ipairs(columns) do
    known[child].foreign[column] = { object = parent, column = targets[i] }
  end
end

local function link(known)
  for name, described in pairs(known) do
    for _, relation in ipairs(described.relations) do
      local other, own, theirs = relation.target_object, relation.source_fields, relation.target_fields
      if relation.type == "ManyToOne" then point_at_parent(known, name, own, other, theirs)
      else point_at_parent(known, other, theirs, name, own) end
    end
  end
end

---@param requests table[]  the journal
---@return table<string, table>  by object name; the last answer counts
function schema.read(requests)
  local known = {}
  for _, request in ipairs(requests) do
    if request.kind == "metadata" and type(request.answer) == "table" then
      pcall(read_answer, known, request) -- a scenario may have answered with any shape
    end
  end
  pcall(link, known)
  return known
end

return schema
