-- How a call ended, readable in one way for js, java and objc (CBK-01 to CBK-05).
--
-- `payload` is what the application got, untouched: checks of shapes look there. The methods look at
-- every place that an API of the three uses, and hide nothing by changing it.
local foundry = require "foundry"

local result = {}

local Result = {}
Result.__index = Result

local function as_table(value)
  if type(value) == "table" and value ~= foundry.null then return value end
  return nil
end

local function member(payload, name)
  payload = as_table(payload)
  return payload and as_table(payload[name])
end

---A member at the top (js, java) or in `userInfo` (java, objc).
local function find(payload, name)
  return member(payload, name) or member(member(payload, "userInfo"), name)
end

---@return integer|nil
local function code_of(payload)
  local code = as_table(payload) and payload.code
  if type(code) == "string" then code = tonumber(code) end
  return math.type(code) and math.tointeger(code) or nil
end

---@param fields {outcome: string, payload: any, progress?: table[], ends?: integer, level?: string, target?: string}
function result.new(fields)
  fields.progress = fields.progress or {}
  fields.ends = fields.ends or 1
  fields.code = fields.outcome ~= "success" and code_of(fields.payload) or nil
  return setmetatable(fields, Result)
end

function result.is_result(value) return getmetatable(value) == Result end

-- Another page of the same API names the maps so: the seed page wins, and the reader is told.
local OTHER_NAMES = {
  successResponse = "applicationSyncSuccessResponse", failureResponse = "applicationSyncFailureResponse",
}

local function services(self, name)
  local map = find(self.payload, name)
  if not map and find(self.payload, OTHER_NAMES[name]) then
    runner.note(("the payload has %s where the API page says %s"):format(OTHER_NAMES[name], name))
  end
  return map or {}
end

---Map of successResponse: service name -> payload.
function Result:successes() return services(self, "successResponse") end
---Map of failureResponse: service name -> payload.
function Result:failures() return services(self, "failureResponse") end

---Payload of one service, wherever the API puts it, and how that service ended.
---@return table|nil payload, "success"|"failure"|nil how
function Result:service(name)
  local failed, succeeded = self:failures()[name], self:successes()[name]
  if failed then return failed, "failure" end
  if succeeded then return succeeded, "success" end
  if self.level ~= "application" and self.target == name and self.outcome ~= "refused" then
    return self.payload, self.outcome
  end
  return nil, nil
end

---One service's end as a Result of its own; its outcome is "missing" when the payload does not name it.
function Result:of(name)
  local payload, how = self:service(name)
  return result.new {
    outcome = how or "missing", payload = payload or {}, level = "objectService", target = name,
    progress = self.progress, ends = self.ends,
  }
end

function Result:user_info() return member(self.payload, "userInfo") or {} end

---@return string|nil
function Result:message()
  local payload = as_table(self.payload) or {}
  local text = payload.message or self:user_info().localizedDescription
  return type(text) == "string" and text or nil
end

---The statistics of one service, or of the call itself (CBK-07).
function Result:stats(name)
  local payload = name and self:service(name) or self.payload
  return find(payload, "syncStats")
end

local function add_entries(list, entries, direction, service)
  for _, entry in ipairs(as_table(entries) or {}) do
    local copy = { direction = direction, service = service }
    for key, value in pairs(as_table(entry) or {}) do
      if value ~= foundry.null then copy[key] = value end
    end
    list[#list + 1] = copy
  end
end

local function add_errors(list, payload, service)
  local errors = find(payload, "syncErrors")
  if not errors then return end
  add_entries(list, errors, nil, service) -- a flat list is accepted in a java or objc failure (CBK-05)
  add_entries(list, errors.upload, "upload", service)
  add_entries(list, errors.download, "download", service)
end

---Flat list of the syncErrors entries of the whole result, each with `direction` and `service`.
function Result:sync_errors()
  local list = {}
  add_errors(list, self.payload, nil)
  for _, map in ipairs { self:successes(), self:failures() } do
    for name, payload in pairs(map) do add_errors(list, payload, name) end
  end
  return list
end

---The codes that tell why it failed: those of the failed services, else its own.
function Result:codes()
  local list = {}
  for name, payload in pairs(self:failures()) do
    list[#list + 1] = { service = name, code = code_of(payload) }
  end
  table.sort(list, function(a, b) return a.service < b.service end)
  return list
end

---"failure 2460 (Organization: 2031 no answer in time)"
function Result:describe()
  if self.outcome == "success" then return "success" end
  local words = { self.outcome, self.code and tostring(self.code) or "without a code" }
  if self:message() then words[#words + 1] = '"' .. self:message() .. '"' end
  local parts = {}
  for _, entry in ipairs(self:codes()) do
    local failure = result.new { outcome = "failure", payload = self:failures()[entry.service] }
    parts[#parts + 1] = ("%s: %s %s"):format(entry.service, entry.code or "no code", failure:message() or "")
  end
  if #parts > 0 then words[#words + 1] = "(" .. table.concat(parts, "; ") .. ")" end
  return table.concat(words, " ")
end

return result
