-- What the user of an app did and read, in order: the local side of the history that the always-on rules check.
--
-- An edit stands here when the testee reported it as saved, tracked or not. Without `key` nobody can say which rows it was: an
-- edit by condition, what a cascade took along, one that was under way when the process was killed.
local diary = {}

local Diary = {}
Diary.__index = Diary

function diary.new() return setmetatable({ edits = {}, readings = {} }, Diary) end

---@param edit {action: string, object: string, key?: table, values?: table, options?: table}
function Diary:edit(edit)
  edit.at = runner.now()
  self.edits[#self.edits + 1] = edit
end

---Rows of an object, as the testee gave them.
function Diary:read(object, rows)
  self.readings[#self.readings + 1] = { at = runner.now(), object = object, rows = rows }
end

---The edits so far of these objects are nobody's promise any more: they were undone, or cleared.
---@param covers fun(object: string): boolean
function Diary:forget(covers)
  for _, edit in ipairs(self.edits) do
    if covers(edit.object) then edit.void = true end
  end
end

return diary
