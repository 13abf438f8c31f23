-- What `require "foundry"` gives: null, arrays, JSON, ready-made models.
-- Each file of this folder is a chunk that gets the table of C primitives; they run in the order
-- foundry, requests, rule, server.
local core = ...

-- What few worlds need, and the file that brings it along when somebody looks for it: loading all would double the cost of
-- opening a world.
local LATER = {
  random = "columns", seed = "columns", columns = "columns", guess = "columns", civil = "columns",
  generate = "generate", learn = "skeleton", learned = "skeleton", inspect = "inspector",
}

setmetatable(core, { __index = function(_, name)
  if not LATER[name] then return nil end
  core.load(LATER[name])
  return rawget(core, name)
end })

-- Arguments: an error names the word and points at the script's line; 3 = whoever called the word that asks here.

function core.checked(value, kind, what)
  if type(value) ~= kind then error(("%s is a %s, not %s"):format(what, kind, value == nil and "nil" or "a " .. type(value)), 3) end
  return value
end

--- A table that has no other members than those in `kinds`, by name.
function core.members(given, kinds, word, what)
  if type(given) ~= "table" then error(("%s takes a table, not a %s"):format(word, type(given)), 3) end
  for name, value in pairs(given) do
    local kind = kinds[name]
    if not kind then
      local known = {}
      for one in pairs(kinds) do known[#known + 1] = one end
      table.sort(known)
      error(("%s: there is no %s %s; there are %s"):format(word, what, tostring(name), table.concat(known, ", ")), 3)
    end
    if kind ~= "any" and type(value) ~= kind then
      error(("%s: %s is a %s, not a %s"):format(word, name, kind, type(value)), 3)
    end
  end
end

--- A list without holes: what stands behind one would be passed over. `level` of the error, 3 unless it is given.
function core.list(value, what, level)
  level = level or 3
  if type(value) ~= "table" then error(("%s is a table, not a %s"):format(what, type(value)), level) end
  local count = 0
  for key in pairs(value) do
    if math.type(key) ~= "integer" then error(("%s is a list, and has no name %s"):format(what, tostring(key)), level) end
    count = count + 1
  end
  for i = 1, count do
    if value[i] == nil then error(("%s: [%d]: a list has nothing at this place, and more behind it"):format(what, i), level) end
  end
  return value
end

-- The language's version: a word that changes its meaning raises the first number, a new one the second.
core.models = {} -- ready-made
local foundry = { version = "1.3", null = core.null, encode = core.encode, decode = core.decode, model = core.models }

function foundry.array(list)
  return setmetatable(list or {}, core.array)
end

local function decoded(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

--- The fields of a form as browsers and logins send it: "userid=ada&password=x"; of repeated ones the last.
function foundry.form(text)
  local fields = {}
  for pair in core.checked(text, "string", "form(): the text"):gmatch("[^&]+") do
    local name, value = pair:match("^([^=]*)=?(.*)$")
    fields[decoded(name)] = decoded(value)
  end
  return fields
end

foundry.model.employee = {
  key = { "EmpId" },
  fields = {
    { name = "EmpId", datatype = "number", nullable = false, auto_generated = true },
    { name = "Name", datatype = "string", nullable = false, length = 200 },
    { name = "Salary", datatype = "number", nullable = true },
    { name = "Active", datatype = "boolean", nullable = true },
    { name = "HiredOn", datatype = "date", nullable = true },
    { name = "DeptId", datatype = "number", nullable = true },
    { name = "Notes", datatype = "string", nullable = true },
  },
}

foundry.model.department = {
  key = { "DeptId" },
  fields = {
    { name = "DeptId", datatype = "number", nullable = false },
    { name = "Title", datatype = "string", nullable = false, length = 200 },
  },
}

foundry.model.note = {
  key = { "Id" },
  fields = {
    { name = "Id", datatype = "string", nullable = false },
    { name = "Text", datatype = "string", nullable = false },
  },
}

--- Visit the records of a decoded answer, nested ones too, parents first: visit(record, object name, parent record).
--- One for which it returns false is taken out.
function foundry.each_record(answer, visit)
  local function each(records, object, parent)
    local kept = 0
    for i = 1, #records do
      local record = records[i]
      records[i] = nil
      if visit(record, object, parent) ~= false then
        kept = kept + 1
        records[kept] = record
        for name, nested in pairs(record) do
          if getmetatable(nested) == core.array then each(nested, name, record) end
        end
      end
    end
  end
  for _, part in ipairs(answer.Objects or answer.objects or {}) do each(part.records or {}, part.name) end
  if answer.records then each(answer.records) end
end

core.publish(foundry)
