-- What the metadata says about an object: its key, its columns' datatypes, its children.
--
-- Read from the metadata that the mock has answered with, so that it is what the testee knows, with
-- whatever a scenario changed in it.
local schema = {}

local function describe(service, object)
  local described = {
    name = object.name, service = service, key = object.key or {}, datatypes = {}, children = {},
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

---@param requests table[]  the journal
---@return table<string, table>  by object name; the last answer counts
function schema.read(requests)
  local known = {}
  for _, request in ipairs(requests) do
    if request.kind == "metadata" and type(request.answer) == "table" then
      pcall(read_answer, known, request) -- a scenario may have answered with any shape
    end
  end
  return known
end

return schema
