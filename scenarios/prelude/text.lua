-- Values as short text for messages: keys sorted, nulls told apart, long things cut.
local foundry = require "foundry"

local text = {}

local WIDEST, MOST_ROWS, DEEPEST = 400, 12, 6

local function is_list(value)
  local count = 0
  for _ in pairs(value) do count = count + 1 end
  return count == #value and count > 0
end
text.is_list = is_list

---The keys of a table in one order, whatever their types.
function text.sorted_keys(value)
  local keys = {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  return keys
end

local show_value

local function show_table(value, depth)
  if depth > DEEPEST then return "{…}" end
  local parts = {}
  if is_list(value) then
    for i, item in ipairs(value) do parts[i] = show_value(item, depth + 1) end
  else
    for _, key in ipairs(text.sorted_keys(value)) do
      parts[#parts + 1] = tostring(key) .. " = " .. show_value(value[key], depth + 1)
    end
  end
  if #parts == 0 then return "{}" end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

function show_value(value, depth)
  if value == foundry.null then return "null" end
  if type(value) == "string" then return '"' .. value .. '"' end
  if type(value) == "table" then return show_table(value, depth) end
  return tostring(value)
end

---At most WIDEST bytes, never cut inside a UTF-8 character.
function text.cut(line)
  if #line <= WIDEST then return line end
  local stop = WIDEST
  while stop > 0 and (line:byte(stop + 1) or 0) & 0xC0 == 0x80 do stop = stop - 1 end
  return line:sub(1, stop) .. "…"
end

function text.show(value)
  return text.cut(show_value(value, 1))
end

---One row a line, the first MOST_ROWS of them.
function text.show_rows(rows)
  if #rows == 0 then return "no rows" end
  local lines = {}
  for i = 1, math.min(#rows, MOST_ROWS) do lines[i] = text.show(rows[i]) end
  if #rows > MOST_ROWS then lines[#lines + 1] = ("… and %d more"):format(#rows - MOST_ROWS) end
  return table.concat(lines, "\n")
end

function text.list(values)
  local parts = {}
  for i, value in ipairs(values) do parts[i] = tostring(value) end
  return #parts == 0 and "none" or table.concat(parts, ", ")
end

return text
