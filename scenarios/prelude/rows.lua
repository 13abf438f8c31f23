-- Rows as an app reads them, and how a list of rows is matched with what is expected.
--
-- A list of rows knows its object's datatypes when the metadata tells them; null columns are nil.
local values = require "prelude.values"

local rows = {}

local Rows = {}
Rows.__index = Rows

function Rows:count() return #self end

---The rows that name the same values as `wanted`.
function Rows:where(wanted)
  local found = rows.new({}, rows.datatypes(self))
  for _, row in ipairs(self) do
    if values.covers(wanted, row, rows.datatypes(self)) then found[#found + 1] = row end
  end
  return found
end

-- Weak: the lists are the author's, this remembers no more than what they are made of.
local DATATYPES = setmetatable({}, { __mode = "k" })

---@param list table[]
---@param datatypes? table<string, string>  by column
function rows.new(list, datatypes)
  local made = setmetatable({}, Rows)
  for i, row in ipairs(list) do
    local plain = {}
    for column, value in pairs(row) do
      if not values.is_absent(value) then plain[column] = value end
    end
    made[i] = plain
  end
  DATATYPES[made] = datatypes
  return made
end

function rows.datatypes(list) return DATATYPES[list] end

---A list of tables, an empty one too.
function rows.is_rows(value)
  if type(value) ~= "table" then return false end
  local count = 0
  for key, row in pairs(value) do
    if math.type(key) ~= "integer" or type(row) ~= "table" then return false end
    count = count + 1
  end
  return count == #value
end

-- Give expected row `i` an actual row of its own, moving others aside where needed (Kuhn's augmenting paths).
local function place_row(i, fits, taken, tried, count)
  for j = 1, count do
    if not tried[j] and fits(i, j) then
      tried[j] = true
      if not taken[j] or place_row(taken[j], fits, taken, tried, count) then
        taken[j] = i
        return true
      end
    end
  end
  return false
end

---Is there a one-to-one match of the two lists, in any order, by the columns that `expected` names?
function rows.match(expected, actual)
  if #expected ~= #actual then return false end
  local datatypes = rows.datatypes(actual) or rows.datatypes(expected)
  local function fits(i, j) return values.covers(expected[i], actual[j], datatypes) end
  local taken, left = {}, {}
  for i = 1, #expected do
    if fits(i, i) then taken[i] = i else left[#left + 1] = i end
  end
  for _, i in ipairs(left) do
    if not place_row(i, fits, taken, {}, #actual) then return false end
  end
  return true
end

return rows
