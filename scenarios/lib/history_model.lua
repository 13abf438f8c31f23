-- What a history has done so far, and what follows for the back end and for each device.
--
-- A row is known by its name, which stands in a column that never changes. Always true: one owner edits a row (a device,
-- or the back end), so that nothing depends on who wins a conflict; `values` is what the owner wrote last, `base` what
-- the back end has of it for certain, unless the row is `uncertain` (an upload of it had no known outcome). A row of the back
-- end that a device edits is `taken`: it belongs to the device, and goes back when the edit is undone.
local model = {}

---Objects of a history: where they live, and by which column a row is known.
model.OBJECTS = {
  Note = { service = "Sales", variable = "notes", name = "Id", column = "Text" },
  Task = { service = "Sales", variable = "tasks", name = "Id", column = "Text" },
  Department = { service = "Organization", variable = "departments", name = "Title" },
  Employee = { service = "Organization", variable = "employees", name = "Name", column = "Salary" },
}
model.SERVICES = { Sales = "sales", Organization = "organization" }
model.UNKNOWN = {} -- a row of which nobody can say what the back end has

local Model = {}
Model.__index = Model

function model.new() return setmetatable({ rows = {}, order = {} }, Model) end

local function copy(values)
  if not values then return nil end
  local made = {}
  for column, value in pairs(values) do made[column] = value end
  return made
end

---@param owner string  a device's variable, or "server"
function Model:add(name, object, owner, values)
  local row = { name = name, object = object, owner = owner, values = values }
  if owner == "server" then row.base = copy(values) else row.pending = true end
  self.rows[name] = row
  self.order[#self.order + 1] = row
  return row
end

---The owner's edit; nil values = a delete.
function Model:edit(row, owner, values)
  row.taken = row.taken or (row.owner == "server" and owner ~= "server")
  row.owner, row.values = owner, values
  if owner == "server" then row.base = copy(values) else row.pending = true end
end

---A sync of this device came to a clean end: what it covers has arrived.
---@param covers fun(object: string): boolean
---@param edited table<string, boolean>  names of rows that were edited meanwhile
function Model:settle(device, covers, edited)
  for _, row in ipairs(self.order) do
    if row.owner == device and covers(row.object) and row.pending and not row.deferred then
      if edited[row.name] then row.uncertain = true
      else row.pending, row.uncertain, row.taken, row.base = false, false, false, copy(row.values) end
    end
  end
end

---A sync of this device had a fault: nobody knows what arrived.
function Model:doubt(device, covers)
  for _, row in ipairs(self.order) do
    if row.owner == device and covers(row.object) and row.pending and not row.deferred then row.uncertain = true end
  end
end

---Is there an upload of which nobody knows whether it arrived?
function Model:has_doubts()
  for _, row in ipairs(self.order) do
    if row.uncertain then return true end
  end
  return false
end

---May this device's edits be undone with a result that is known?
function Model:can_roll_back(device)
  local pending = false
  for _, row in ipairs(self.order) do
    if row.owner == device and row.uncertain then return false end
    pending = pending or row.owner == device and row.pending
  end
  return pending
end

function Model:roll_back(device)
  for _, row in ipairs(self.order) do
    if row.owner == device and row.pending then
      row.values, row.pending, row.deferred = copy(row.base), false, nil
      if row.taken then row.owner, row.taken = "server", false end
    end
  end
end

function Model:mark(device, object)
  local found = false
  for _, row in ipairs(self.order) do
    if row.owner == device and row.object == object and row.deferred then
      row.deferred, found = nil, true
    end
  end
  return found
end

---Does a department have rows that point at it, or may have at the back end?
function Model:has_children(name)
  for _, row in ipairs(self.order) do
    if row.parent == name and (row.values or row.pending or row.uncertain) then return true end
  end
  return false
end

---@return table|nil|UNKNOWN  the row's values at the back end, nil = it is not there
function model.at_server(row)
  if row.uncertain then return model.UNKNOWN end
  return row.base
end

---The same on a device; `fresh`: it has just downloaded the row's object.
function model.on_device(row, device, fresh)
  if row.owner == device then return row.values end
  if not fresh then return model.UNKNOWN end
  return model.at_server(row)
end

return model
