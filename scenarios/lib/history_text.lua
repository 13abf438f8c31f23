-- How the lines of a random history write values and name rows.
local model = require "lib.history_model"

local text = {}

---A value as Lua text.
function text.of(value) return type(value) == "string" and ("%q"):format(value) or tostring(value) end

---{ Id = "n1", Text = "text 1" }; `more` is text for a further column.
function text.record(object, values, more)
  local about = model.OBJECTS[object]
  local parts = {}
  for _, column in ipairs { about.name, about.column } do
    if values[column] ~= nil then parts[#parts + 1] = column .. " = " .. text.of(values[column]) end
  end
  parts[#parts + 1] = more
  return "{ " .. table.concat(parts, ", ") .. " }"
end

---A look for a row in a list.
function text.found(rows, object, name)
  return ("company.find(%s, { %s = %q })"):format(rows, model.OBJECTS[object].name, name)
end

function text.found_on(device, object, name) return text.found(("%s:rows(%q)"):format(device, object), object, name) end

local function has_own_key(row)
  local about = model.OBJECTS[row.object]
  return about.key == about.name
end

---Can a line name the row? One that was deleted here is looked for in vain.
function text.can_name(device, row) return row.made_by == device or has_own_key(row) or model.on(row, device).values ~= nil end

---How a line names it: the variable of its create, or its key, or a look at the device.
function text.handle(device, row)
  if row.made_by == device then return row.name end
  if has_own_key(row) then return ("{ %s = %q }"):format(model.OBJECTS[row.object].key, row.name) end
  return text.found_on(device, row.object, row.name)
end

---Its key as it travels, while the device has the row: { EmpId = … }.
function text.key(device, row)
  local column = model.OBJECTS[row.object].key
  local value = has_own_key(row) and ("%q"):format(row.name) or text.found_on(device, row.object, row.name) .. "." .. column
  return ("{ %s = %s }"):format(column, value)
end

return text
