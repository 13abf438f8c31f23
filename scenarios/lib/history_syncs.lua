-- The syncs of random histories as lines of a scenario: their scope and options, and what happens in the middle of them.
local model = require "lib.history_model"

local syncs = {}

---A value as Lua text.
function syncs.text_of(value) return type(value) == "string" and ("%q"):format(value) or tostring(value) end

local function service_of(object) return model.OBJECTS[object].service end

-- ---- what a sync covers ----

---@return fun(object: string): boolean
function syncs.covers(step)
  return function(object)
    if step.level == "object" then return object == step.target end
    return step.level == "application" or service_of(object) == step.target
  end
end

---Which rows of an object its filter lets through; nil = there is none. A filter asks for a row by the name that never changes.
---@return nil|fun(row: table): boolean
function syncs.filter_of(step, object)
  local filter = step.filter
  if not filter or filter.object ~= object then return nil end
  return function(row) return (row.name == filter.row) ~= (filter.other == true) end
end

-- ---- options ----

local function filter_text(filter)
  return ("%s %s '%s'"):format(model.OBJECTS[filter.object].name, filter.other and "ne" or "eq", filter.row)
end

-- The options of one service, or "" when all are left out.
local function own_options(step, service)
  local parts = {}
  for _, name in ipairs { "syncType", "uploadBatchSize", "downloadBatchSize" } do
    if step[name] ~= nil then parts[#parts + 1] = name .. " = " .. syncs.text_of(step[name]) end
  end
  local filter = step.filter
  if filter and service_of(filter.object) == service then
    local text = ("%q"):format(filter_text(filter))
    parts[#parts + 1] = "filter = " .. (step.level == "object" and text or ("{ %s = %s }"):format(filter.object, text))
  end
  return #parts > 0 and "{ " .. table.concat(parts, ", ") .. " }" or ""
end

-- Of the services that this history has alone: the name of another one fails the sync (OPT-05).
local function application_options(step, served)
  local parts, services = {}, {}
  for _, service in ipairs { "Orders", "Organization", "Sales" } do
    local own = served[service] and own_options(step, service) or ""
    if own ~= "" then services[#services + 1] = ("%s = %s"):format(service, own) end
  end
  if step.syncMode then parts[1] = "syncMode = " .. syncs.text_of(step.syncMode) end
  if #services > 0 then parts[#parts + 1] = ("objectServicesOptions = { %s }"):format(table.concat(services, ", ")) end
  return #parts > 0 and "{ " .. table.concat(parts, ", ") .. " }" or ""
end

local function options_text(step, served)
  if step.level == "application" then return application_options(step, served) end
  return own_options(step, step.level == "service" and step.target or service_of(step.target))
end

---The call: `verb` is sync or start; `served`: which services this history has.
function syncs.call(step, verb, served)
  local scope = step.app
  if step.level ~= "application" then scope = ("%s:%s(%q)"):format(step.app, step.level, step.target) end
  local options = options_text(step, served)
  return ("%s:%s%s"):format(scope, verb, options == "" and "()" or " " .. options)
end

-- ---- in the middle of it ----

local function rule_text(about)
  local which = about.nth and ":nth(" .. about.nth .. ")" or ":once()"
  return ("%s:on_%s()%s:optional()%s"):format(model.SERVICES[about.service], about.kind, which, about.action or "")
end

---A sync in which a request has a fault.
function syncs.faulty(step, served)
  return { "local fault = " .. rule_text(step.fault), syncs.call(step, "sync", served), "fault:lift()" }
end

---A sync in which the process is killed at a request.
function syncs.killed(step, served)
  local app = step.app
  return {
    "local request = " .. rule_text(step.kill), ("%s:kill_at(request:%s())"):format(app, step.kill.point),
    syncs.call(step, "sync", served), "request:lift()", ("if not %s:alive() then %s:revive() end"):format(app, app),
  }
end

---A sync that waits at a request while the lines `meanwhile` are done.
function syncs.paused(step, served, gate, meanwhile)
  local made = {
    ("local request = %s:hold(%q)"):format(rule_text(step.pause), gate),
    "local running = " .. syncs.call(step, "start", served),
    ("t.wait(function() return t.gate(%q):held() > 0 or running:ended() end, \"the request or the end\")"):format(gate),
  }
  table.move(meanwhile, 1, #meanwhile, #made + 1, made)
  made[#made + 1] = ("t.gate(%q):open()"):format(gate)
  made[#made + 1] = 't.expect(running:wait(), "API-07"):succeeds()'
  made[#made + 1] = "request:lift()"
  return made
end

return syncs
