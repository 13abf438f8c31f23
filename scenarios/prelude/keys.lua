-- Keys of rows, and how temporary ones are followed to those that the back end generated (W-16, W-34).
local journal = require "prelude.journal"
local values = require "prelude.values"

local keys = {}

---@param columns string[]
---@param record any  a row, a key as {column = value}, or the value of a single key column
---@return table<string, any>
function keys.pick(columns, record)
  if type(record) ~= "table" then return { [columns[1] or "Id"] = record } end
  if #columns == 0 then return record end
  local key = {}
  for _, column in ipairs(columns) do key[column] = record[column] end
  return key
end

---One text for each key, whatever the spelling of its numbers.
function keys.text(columns, key)
  local parts = {}
  for i, column in ipairs(columns) do
    local value = key[column]
    parts[i] = column .. "=" .. tostring(values.decimal(value) or value)
  end
  return table.concat(parts, ",")
end

---"Employee EmpId=-1", as it was written.
function keys.show(object, columns, key)
  local parts = {}
  for i, column in ipairs(columns) do parts[i] = column .. "=" .. tostring(key[column]) end
  return object .. " " .. table.concat(parts, ",")
end

function keys.is_temporary(described, key)
  local column = described and described.generated
  local decimal = column and values.decimal(key[column])
  return decimal ~= nil and decimal:sub(1, 1) == "-"
end

-- Records of an object, and those that stand nested in them under the names of their objects (W-48).
local function add_records(list, object, records)
  for _, record in ipairs(type(records) == "table" and records or {}) do
    if type(record) == "table" then
      list[#list + 1] = { object = object, record = record }
      for name, nested in pairs(record) do
        if name ~= "_metadata" and type(nested) == "table" then add_records(list, name, nested) end
      end
    end
  end
end

local function add_answered(list, request)
  local answer = request.answer
  add_records(list, request.object, answer.records) -- a download at object level
  for _, name in ipairs { "objects", "Objects" } do
    for _, object in ipairs(answer[name] or {}) do
      if type(object) == "table" then add_records(list, object.name, object.records) end
    end
  end
end

---The records that a request was answered with, nested ones too; a scenario may have answered with any shape.
---@return {object: string, record: table}[]
function keys.answered(request)
  local list = {}
  if type(request.answer) == "table" then pcall(add_answered, list, request) end
  return list
end

-- Uploads of one app that were answered.
local function answered_uploads(requests, ranges)
  local list = {}
  for _, request in ipairs(requests) do
    if request.kind == "upload" and type(request.answer) == "table" and journal.within(request.seq, ranges) then
      list[#list + 1] = request
    end
  end
  return list
end

---The keys that uploads of this app were answered with for a temporary one, oldest first, each once.
---@param described table  of schema.lua
---@param ranges table[]  when the app was open
---@return any[]
function keys.generated(described, temporary, requests, ranges)
  local column, found, seen = described.generated, {}, {}
  for _, request in ipairs(answered_uploads(requests, ranges)) do
    for _, entry in ipairs(keys.answered(request)) do
      local given = entry.record[column]
      if entry.object == described.name and values.equal(temporary, entry.record["_" .. column], "number")
        and not values.is_absent(given) and not seen[values.decimal(given) or given] then
        seen[values.decimal(given) or given] = true
        found[#found + 1] = given
      end
    end
  end
  return found
end

local function with_temporary(described, record)
  local key = keys.pick(described.key, record)
  key[described.generated] = record["_" .. described.generated]
  return key
end

---Names of an app's rows that stay as they are when a generated key replaces the temporary one.
---@param known table<string, table>  of schema.lua
---@return fun(object: string, key: table): string
function keys.namer(known, requests, ranges)
  local first = {}
  local function plain(object, key) return object .. " " .. keys.text(known[object].key, key) end
  for _, request in ipairs(answered_uploads(requests, ranges)) do
    for _, entry in ipairs(keys.answered(request)) do
      local described = known[entry.object or ""]
      if described and described.generated and not values.is_absent(entry.record["_" .. described.generated]) then
        first[plain(entry.object, entry.record)] = plain(entry.object, with_temporary(described, entry.record))
      end
    end
  end
  return function(object, key)
    local name = plain(object, key)
    return first[name] or name
  end
end

return keys
