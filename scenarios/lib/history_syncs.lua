-- The syncs of random histories as lines of a scenario: their scope and options, and what happens in the middle of them.
local model = require "lib.history_model"
local text = require "lib.history_text"

local syncs = {}

local function service_of(object) return model.OBJECTS[object].service end

-- ---- what a sync covers ----

---@return fun(object: string): boolean
function syncs.covers(step)
  return function(object)
    if step.level == "object" then return object == step.target end
    return step.level == "application" or service_of(object) == step.target
  end
end

---Does it sync some of a service?
function syncs.touches(step, service)
  if step.level == "object" then return service_of(step.target) == service end
  return step.level == "application" or step.target == service
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
  for _, name in ipairs { "syncType", "uploadBatchSize", "downloadBatchSize", "preserveBatchContext", "downloadReconciliationRequired" } do
    if step[name] ~= nil then parts[#parts + 1] = name .. " = " .. text.of(step[name]) end
  end
  if step.params then
    parts[#parts + 1] = ("uploadRequestQueryParams = { Up = %q }"):format(step.params)
    parts[#parts + 1] = ("downloadRequestQueryParams = { Down = %q }"):format(step.params)
  end
  local filter = step.filter
  if filter and service_of(filter.object) == service then
    local said = ("%q"):format(filter_text(filter))
    parts[#parts + 1] = "filter = " .. (step.level == "object" and said or ("{ %s = %s }"):format(filter.object, said))
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
  if step.syncMode then parts[1] = "syncMode = " .. text.of(step.syncMode) end
  if #services > 0 then parts[#parts + 1] = ("objectServicesOptions = { %s }"):format(table.concat(services, ", ")) end
  return #parts > 0 and "{ " .. table.concat(parts, ", ") .. " }" or ""
end

local function options_text(step, served)
  if step.level == "application" then return application_options(step, served) end
  return own_options(step, step.level == "service" and step.target or service_of(step.target))
end

---Whom a step calls: app, app:service("Sales"), app:object("Note").
function syncs.scope(step)
  if step.level == "application" then return step.app end
  return ("%s:%s(%q)"):format(step.app, step.level, step.target)
end

---The call: `verb` is sync or start; `served`: which services this history has.
function syncs.call(step, verb, served)
  local options = options_text(step, served)
  return ("%s:%s%s"):format(syncs.scope(step), verb, options == "" and "()" or " " .. options)
end

-- ---- in the middle of it ----

local HAPPENINGS = { "fault", "kill", "cancel", "pause", "reject" }

---What happens in the middle of it, if anything: the member of the step that tells about it.
function syncs.happening(step)
  for _, name in ipairs(HAPPENINGS) do
    if step[name] then return name end
  end
end

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

-- A sync starts, and waits at a request; or it is over.
local function waiting(step, served, about, gate)
  return {
    ("local request = %s:hold(%q)"):format(rule_text(about), gate),
    "local running = " .. syncs.call(step, "start", served),
    ("t.wait(function() return t.gate(%q):held() > 0 or running:ended() end, \"the request or the end\")"):format(gate),
  }
end

---A sync that waits at a request while the lines `meanwhile` are done.
function syncs.paused(step, served, gate, meanwhile)
  local made = waiting(step, served, step.pause, gate)
  table.move(meanwhile, 1, #meanwhile, #made + 1, made)
  made[#made + 1] = ("t.gate(%q):open()"):format(gate)
  made[#made + 1] = 't.expect(running:wait(), "API-07"):succeeds()'
  made[#made + 1] = "request:lift()"
  return made
end

---A sync that is cancelled while it waits at a request. Where that was its last one it may succeed all the same.
function syncs.cancelled(step, served, gate)
  local made = waiting(step, served, step.cancel, gate)
  made[#made + 1] = ("local cancel = %s:cancel()"):format(syncs.scope(step))
  made[#made + 1] = ("t.gate(%q):open()"):format(gate)
  made[#made + 1] = 't.expect(running:wait(), "CAN-01"):satisfies(company.is_cancelled_or_done, "a success, or 2478")'
  made[#made + 1] = "cancel:wait()"
  made[#made + 1] = "request:lift()"
  return made
end

---A sync in which the back end rejects what is sent of one row, whose key is the text `key`.
function syncs.rejected(step, served, object, key)
  return {
    "local key = " .. key,
    ("local refusal = %s:on_upload():optional():reject { where = key }"):format(model.SERVICES[service_of(object)]),
    "local result = " .. syncs.call(step, "sync", served), "refusal:lift()",
    ('t.expect(company.count(result:sync_errors(), { object = %q }) > 0, "CBK-05"):is_true("the rejected edit is told")'):format(object),
    ('t.expect(%s:pending(%q), "UPL-07/pending"):contains(key)'):format(step.app, object),
  }
end

return syncs
