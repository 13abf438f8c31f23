-- When two values are the same (R-4, W-13 to W-15): by the column's datatype, never as JSON text.
--
-- Numbers are compared as decimal text without floating point: 5, 5.0, "5" and "5e0" are one value, and
-- all the digits of a long one count. JSON null and absent are the same.
local foundry = require "foundry"

local values = {}

function values.is_absent(value)
  return value == nil or value == foundry.null
end

---A Lua number with the fewest digits that still name it.
local function number_text(number)
  if math.type(number) == "integer" then return tostring(number) end
  for digits = 14, 17 do
    local written = ("%%.%dg"):format(digits):format(number)
    if tonumber(written) == number then return written end
  end
  return tostring(number)
end

---@return string|nil  one spelling for each decimal value: sign, digits, "e", place of the point
function values.decimal(value)
  if type(value) == "number" then value = number_text(value) end
  if type(value) ~= "string" then return nil end
  local sign, whole, fraction, exponent = value:match("^([+-]?)(%d*)%.?(%d*)[eE]?([+-]?%d*)$")
  if not sign or whole .. fraction == "" then return nil end
  local has_exponent = value:find("[eE]") ~= nil
  if has_exponent ~= (exponent ~= "") or (has_exponent and not tonumber(exponent)) then return nil end
  local digits = whole .. fraction
  local zeros = #digits:match("^0*")
  local point = #whole + (tonumber(exponent) or 0) - zeros
  digits = digits:sub(zeros + 1):gsub("0+$", "")
  if digits == "" then return "0" end
  return (sign == "-" and "-" or "") .. digits .. "e" .. point
end

local TRUTH = { ["true"] = true, ["1"] = true, ["false"] = false, ["0"] = false }

---@return boolean|nil  of true, 1, "1", "true" and their opposites
function values.truth(value)
  if type(value) == "boolean" then return value end
  if type(value) == "number" and value == math.floor(value) then value = ("%d"):format(value) end
  return TRUTH[value]
end

local function same_number(a, b)
  local left, right = values.decimal(a), values.decimal(b)
  if left and right then return left == right end
  return a == b
end

local function same_truth(a, b)
  local left, right = values.truth(a), values.truth(b)
  return left ~= nil and left == right
end

local function same_text(a, b) return type(a) == "string" and a == b end

local BY_DATATYPE = {
  number = same_number, boolean = same_truth, string = same_text, date = same_text,
}

-- Without a datatype the type of what is expected tells it.
local BY_TYPE = {
  number = same_number, boolean = same_truth,
  string = function(expected, actual)
    return expected == actual or (type(actual) == "number" and same_number(expected, actual))
  end,
}

---Deep equality of JSON-like values: each member by the rules above.
local function same_table(expected, actual)
  if type(actual) ~= "table" then return false end
  for key, value in pairs(expected) do
    if not values.equal(value, actual[key]) then return false end
  end
  for key, value in pairs(actual) do
    if not values.is_absent(value) and values.is_absent(expected[key]) then return false end
  end
  return true
end

---@param datatype? string  of the column; without one the type of `expected` decides
function values.equal(expected, actual, datatype)
  if values.is_absent(expected) or values.is_absent(actual) then
    return values.is_absent(expected) and values.is_absent(actual)
  end
  if type(expected) == "table" then return same_table(expected, actual) end
  local same = BY_DATATYPE[datatype] or BY_TYPE[type(expected)]
  if same then return same(expected, actual) end
  return expected == actual
end

---Does `actual` have every member that `expected` names?
---@param datatypes? table<string, string>
function values.covers(expected, actual, datatypes)
  if type(actual) ~= "table" then return false end
  for key, value in pairs(expected) do
    if not values.equal(value, actual[key], datatypes and datatypes[key]) then return false end
  end
  return true
end

return values
