-- Changes of the schema, and what an object's metadata says beyond its fields: which records nest in which, what a
-- download brings along. Each change moves the metadata's timestamp; rows stay (SET-03).
local core = ...

local Service, Object = core.Service, core.Object

--- What nests in a parent's create, update, partialupdate and delete when a script does not say it.
local TAKEN = {
  create = { "create" },
  update = { "create", "update", "partialupdate", "delete" },
  partialupdate = { "create", "update", "partialupdate", "delete" },
  delete = { "delete" },
}

local function copy(value)
  if type(value) ~= "table" then return value end
  local made = setmetatable({}, getmetatable(value))
  for name, each in pairs(value) do made[name] = copy(each) end
  return made
end

--- A model of the object's own, so that changing it does not change others that were made from the same table.
local function own_model(object)
  if not object.owns_model then object.model, object.owns_model = copy(object.model), true end
  return object.model
end

local function operations(object)
  local model = own_model(object)
  model.operations = model.operations or { get = {}, create = {}, update = {}, partialupdate = {}, delete = {} }
  return model.operations
end

local function declare(object)
  core.object(object.service.id, object.name, object.model)
end

--- Make the service hierarchical (W-12): records of `child` nest in those of `parent`.
function Service:nest(which)
  core.members(which, { parent = "table", child = "table", actions = "table" }, "nest()", "member")
  local parent = core.checked(which.parent, "table", "nest(): the parent")
  local child = core.checked(which.child, "table", "nest(): the child")
  for action, taken in pairs(which.actions or TAKEN) do
    local operation = operations(parent)[action] or {}
    operations(parent)[action] = operation
    operation.actions = operation.actions or { { type = { action }, supportedObjects = {} } }
    local supported = operation.actions[1].supportedObjects
    supported[#supported + 1] = { name = child.name, actions = { { type = taken } } }
  end
  table.insert(child.nests_in, parent)
  declare(parent)
end

--- What clients ask for with every download of the object: operations.get["$expand"] (W-8), "Item" or "Item/Tag,Note".
function Object:expand(names)
  operations(self).get["$expand"] = names
  declare(self)
end

--- A new column, at the end; rows have nothing in it.
function Object:add_column(field)
  local fields = own_model(self).fields
  fields[#fields + 1] = copy(field)
  declare(self)
end

--- Relations that name the column go with it.
function Object:drop_column(name)
  local fields = own_model(self).fields
  for i, field in ipairs(fields) do
    if field.name == name then
      table.remove(fields, i)
      return declare(self)
    end
  end
  error("drop_column(): object " .. self.name .. " has no column " .. tostring(name), 2)
end

local function forget_child(parent, name)
  for _, operation in pairs(parent.model.operations or {}) do
    for _, action in ipairs(operation.actions or {}) do
      for i = #(action.supportedObjects or {}), 1, -1 do
        if action.supportedObjects[i].name == name then table.remove(action.supportedObjects, i) end
      end
      setmetatable(action.supportedObjects or {}, core.array)
    end
  end
  declare(parent)
end

--- The object goes, with its rows, its relations, and what nests in it or lets it nest.
function Object:drop()
  for _, parent in ipairs(self.nests_in) do forget_child(parent, self.name) end
  core.drop_object(self.id)
  if core.objects[self.name] == self then core.objects[self.name] = nil end
end
