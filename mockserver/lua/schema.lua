-- What an object's metadata says beyond its fields: which records nest in which, what a download brings along.
local core = ...

local Service, Object = core.classes.Service, core.classes.Object

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

--- Declare the object's model anew: the metadata's timestamp moves, rows stay (SET-03).
local function declare(object)
  core.object(object.service.id, object.name, object.model)
end

--- Make the service hierarchical (W-12): records of `child` nest in those of `parent`.
function Service:nest(which)
  local parent, child = which.parent, which.child
  for action, taken in pairs(which.actions or TAKEN) do
    local operation = operations(parent)[action] or {}
    operations(parent)[action] = operation
    operation.actions = operation.actions or { { type = { action }, supportedObjects = {} } }
    local supported = operation.actions[1].supportedObjects
    supported[#supported + 1] = { name = child.name, actions = { { type = taken } } }
  end
  declare(parent)
end

--- What clients ask for with every download of the object: operations.get["$expand"] (W-8), "Item" or "Item/Tag,Note".
function Object:expand(names)
  operations(self).get["$expand"] = names
  declare(self)
end
