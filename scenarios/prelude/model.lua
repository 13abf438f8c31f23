-- The model of the edits: what the user was told is saved, and what the server must therefore hold in
-- the end (UPL-12). One for each app; it knows nothing of the wire.
--
-- A row stands once, under the key that it had at its last edit. Invariant: `values` holds the columns of
-- every tracked edit since the row was created or first touched, the newest value of each.
local keys = require "prelude.keys"
local values = require "prelude.values"

local model = {}

local Model = {}
Model.__index = Model

function model.new()
  return setmetatable({ rows = {}, order = {}, left_out = {} }, Model)
end

local function id_of(object, columns, key) return object .. " " .. keys.text(columns, key) end

function Model:entry(object, columns, key)
  local id = id_of(object, columns, key)
  local entry = self.rows[id]
  if not entry then
    entry = { object = object, columns = columns, key = key, values = {}, deferred = false }
    self.rows[id] = entry
    self.order[#self.order + 1] = entry
  end
  return entry
end

local function is_false(value) return value == false or value == "false" end

---Is an edit with these options tracked? (W-50)
function model.is_tracked(options)
  return not (options and is_false(options.trackChanges))
end

---@param edit {action: string, object: string, columns: string[], key: table, values?: table, options?: table}
function Model:record(edit)
  if not model.is_tracked(edit.options) then return end
  local entry = self:entry(edit.object, edit.columns, edit.key)
  if edit.action == "create" then entry.values, entry.created = {}, true end
  entry.action = edit.action
  for column, value in pairs(edit.values or {}) do entry.values[column] = value end
  if edit.options and is_false(edit.options.markForUpload) then entry.deferred = true end
end

---The row got its generated key.
function Model:rekey(object, columns, old, new)
  local entry = self.rows[id_of(object, columns, old)]
  if not entry then return end
  self.rows[id_of(object, columns, old)] = nil
  entry.temporary = entry.temporary or entry.key
  entry.key = new
  self.rows[id_of(object, columns, new)] = entry
end

local function same_key(entry, key)
  return key == nil or keys.text(entry.columns, key) == keys.text(entry.columns, entry.key)
end

local function select_entries(self, is_chosen)
  local chosen, left = {}, {}
  for _, entry in ipairs(self.order) do
    if is_chosen(entry) then chosen[#chosen + 1] = entry else left[#left + 1] = entry end
  end
  return chosen, left
end

---Forget the edits of objects (a rollback, a clear), or of one row: they are nobody's promise any more.
---@param covers fun(object: string): boolean
---@param key? table
function Model:forget(covers, key)
  local gone, left = select_entries(self, function(entry) return covers(entry.object) and same_key(entry, key) end)
  for _, entry in ipairs(gone) do self.rows[id_of(entry.object, entry.columns, entry.key)] = nil end
  self.order = left
end

---Deferred edits are to be uploaded now (UPL-04).
function Model:mark(object, key)
  for _, entry in ipairs(self.order) do
    if entry.object == object and same_key(entry, key) then entry.deferred = false end
  end
end

---Nobody can say what comes of the edits of a row: they may stay pending, go up, or be gone.
function Model:give_up(object, key)
  for _, entry in ipairs(self.order) do
    if entry.object == object and same_key(entry, key) then entry.given_up = true end
  end
end

---An object's rows cannot be judged, for this reason: an edit by condition, a cascade.
function Model:leave_out(object, reason)
  self.left_out[object] = self.left_out[object] or reason
end

---The rows that the drain judges.
function Model:judged()
  local chosen = select_entries(self, function(entry)
    return not entry.deferred and not entry.given_up and not self.left_out[entry.object]
  end)
  return chosen
end

---Does a server row hold what the user did? nil row = the server has none.
function model.holds(entry, row, datatypes)
  if entry.action == "delete" then return row == nil end
  return row ~= nil and values.covers(entry.values, row, datatypes)
end

return model
