-- Where in the author's file something was said: "cache/replay.lua:17".
--
-- The sandbox has no debug library. `error` with a level puts "chunk:line:" before its text, which is
-- all that is needed: the first level outside the prelude is the author's line.

local place = {}

local DEEPEST = 25

-- Chunks that are ours, not an author's.
local function is_ours(text)
  return text:find("prelude/[%w_]+%.lua:") ~= nil or text:find("^%[") ~= nil
end

---@return string  "file:line", or "" when no author's line is on the stack
function place.of_author()
  for level = 3, DEEPEST do
    local _, text = pcall(error, "", level)
    if text ~= "" and not is_ours(text) then return (text:gsub(": ?$", "")) end
  end
  return ""
end

---"a.lua:12" -> "a.lua", 12
function place.split(where)
  local file, line = where:match("^(.*):(%d+)$")
  return file or where, tonumber(line)
end

return place
