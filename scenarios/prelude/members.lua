-- Tables of named values that an author gives: a name that means nothing is a mistake, and is told.
local text = require "prelude.text"

local members = {}

---@param given table|nil
---@param known table<string, true>
---@param call string  how the author called it, for the sentence
---@return table  `given`, or an empty table
function members.read(given, known, call)
  for name in pairs(given or {}) do
    if not known[name] then
      error(("%s: there is no option %s; there are %s"):format(call, tostring(name), table.concat(text.sorted_keys(known), ", ")), 0)
    end
  end
  return given or {}
end

return members
