-- What `require "foundry"` gives: null, arrays, JSON, ready-made models.
-- Each file of this folder is a chunk that gets the table of C primitives; they run in the order
-- foundry, requests, rule, server.
local core = ...

-- The language's version: a word that changes its meaning raises the first number, a new one the second.
local foundry = { version = "1.1", null = core.null, encode = core.encode, decode = core.decode, model = {} }

function foundry.array(list)
  return setmetatable(list or {}, core.array)
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
