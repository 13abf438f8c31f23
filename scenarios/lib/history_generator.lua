-- Makes the steps of a history from random numbers. Only what the port claims is in it.
--
-- It does not know what a step will do: one that cannot happen at its place is passed over (history_steps.lua).
local generator = {}

local PREFIX = { Note = "n", Task = "k", Department = "d", Employee = "e" }
local OBJECTS = { "Note", "Note", "Task", "Employee", "Employee", "Department" }
local SERVICES = { "Sales", "Organization" }

-- What may happen to a request. `stored`: the back end did its work, so the client must be able to repeat it;
-- `refusal`: it says that it did not.
local FAULTS = {
  upload = {
    { action = ":status(504)" }, { action = ":close()" },
    { action = ":status(500)", refusal = true }, { action = ':opstatus(20001, "no")', refusal = true },
    { action = ":store():status(504)", stored = true }, { action = ":store():status(504)", stored = true },
    { action = ":store():close()", stored = true }, { action = ":store():close()", stored = true },
    { action = ":store():truncate(30)", stored = true },
  },
  download = {
    { action = ":status(500)" }, { action = ":status(504)" }, { action = ":close()" }, { action = ":truncate(40)" },
    { action = ':opstatus(20001, "no")' },
  },
}
-- Before the answer: afterwards the sync may be over, and the history would depend on who was faster.
local POINTS = { upload = { "arrived", "stored", "stored" }, download = { "arrived" } }

local Generator = {}
Generator.__index = Generator

local function value(self, object)
  self.values = self.values + 1
  if object == "Employee" then return self.values end
  return object ~= "Department" and "text " .. self.values or nil
end

local function new_row(self, object)
  self.rows = self.rows + 1
  local row = { name = PREFIX[object] .. self.rows, object = object }
  self.known[#self.known + 1] = row
  return row
end

-- A row that fits, often one of the last: edits of one row on top of each other are what histories are about.
local function some_row(self, fits)
  local list = {}
  for i = #self.known, 1, -1 do
    if fits(self.known[i]) and self.random:chance(50) then return self.known[i] end
  end
  for _, row in ipairs(self.known) do
    if fits(row) then list[#list + 1] = row end
  end
  return self.random:pick(list)
end

-- ---- edits ----

local function create(self, app)
  local object = self.random:pick(OBJECTS)
  local parent = object == "Employee" and self.random:chance(60)
    and some_row(self, function(row) return row.object == "Department" end) or nil
  local row = new_row(self, object)
  return { kind = "create", app = app, object = object, row = row.name, value = value(self, object),
    parent = parent and parent.name, deferred = self.random:chance(8) and object ~= "Department" or nil }
end

local function update(self, app)
  local row = some_row(self, function(row) return row.object ~= "Department" end)
  return row and { kind = "update", app = app, row = row.name, value = value(self, row.object),
    deferred = self.random:chance(10) or nil }
end

local function delete(self, app)
  local row = some_row(self, function() return true end)
  return row and { kind = "delete", app = app, row = row.name }
end

local EDITS = { { weight = 3, make = create }, { weight = 6, make = update }, { weight = 2, make = delete } }

local SERVICE_OF = { Note = "Sales", Task = "Sales", Department = "Organization", Employee = "Organization" }

local function edit(self, app)
  local step = self.random:weighted(EDITS).make(self, app) or create(self, app)
  for _, row in ipairs(self.known) do
    if row.name == step.row then self.edited = SERVICE_OF[row.object] end -- where the next fault is worth most
  end
  return step
end

local function mark(self, app) return { kind = "mark", app = app, object = self.random:pick { "Note", "Task", "Employee" } } end

-- ---- the back end ----

local function server_change(self)
  local row = some_row(self, function(row) return row.server end)
  if not row or self.random:chance(50) then
    row = new_row(self, self.random:pick { "Note", "Task", "Employee" })
    row.server = row.object ~= "Employee"
    return { kind = "server_insert", object = row.object, row = row.name, value = value(self, row.object) }
  end
  if self.random:chance(30) then return { kind = "server_delete", row = row.name } end
  return { kind = "server_update", row = row.name, value = value(self, row.object) }
end

-- ---- syncs ----

local function add_scope(self, step)
  step.level = "application"
  if self.claims("serviceLevel") and self.random:chance(25) then
    step.level, step.target = "service", self.random:pick(SERVICES)
  elseif self.claims("objectLevel") and self.random:chance(15) then
    step.level, step.target = "object", self.random:pick { "Note", "Task" }
  end
end

local function add_options(self, step)
  if self.random:chance(25) then step.syncType = self.random:pick { "uploadOnly", "downloadOnly", "fullSync" } end
  if step.level == "application" and self.random:chance(30) then step.syncMode = "sequential" end
  if self.random:chance(50) then step.uploadBatchSize = self.random:below(3) end
  if self.random:chance(30) then step.downloadBatchSize = self.random:below(3) end
end

-- A request of a service that the sync covers.
local function some_request(self, step, kind)
  local service = step.target
  if step.level == "application" then service = self.edited and self.random:chance(70) and self.edited or self.random:pick(SERVICES) end
  if step.level == "object" then service = "Sales" end
  local nth = self.random:chance(25) and 2 or nil
  return { service = service, nth = nth, kind = kind or self.random:pick { "upload", "upload", "download" } }
end

local function add_fault(self, step)
  local about, fits = some_request(self, step), {}
  for _, fault in ipairs(FAULTS[about.kind]) do
    if not fault.stored or self.claims("uploadCache") then fits[#fits + 1] = fault end
  end
  local fault = self.random:pick(fits)
  about.action, about.refusal = fault.action, fault.refusal
  step.fault = about
end

local function add_kill(self, step)
  local about = some_request(self, step)
  about.point = self.random:pick(POINTS[about.kind])
  step.kill = about
end

local function add_pause(self, step)
  step.pause, step.edits = some_request(self, step), {}
  for i = 1, self.random:below(2) do step.edits[i] = edit(self, step.app) end
end

local function sync(self, app)
  local step = { kind = "sync", app = app }
  add_scope(self, step)
  add_options(self, step)
  local what = self.random:below(10)
  if what <= 4 then add_fault(self, step)
  elseif what == 5 and self.claims("kill") and self.claims("uploadCache") then add_kill(self, step)
  elseif what == 6 and self.claims("editsDuringSync") and self.profile.channel ~= "windows" then add_pause(self, step) end
  return step
end

local function restart(self, app) return { kind = self.claims("kill") and self.random:chance(50) and "kill" or "restart", app = app } end

local function rollback(_, app) return { kind = "rollback", app = app } end

local KINDS = {
  { weight = 10, make = edit }, { weight = 9, make = sync }, { weight = 3, make = server_change },
  { weight = 1, make = mark }, { weight = 1, make = restart, needs = "restart" }, { weight = 1, make = rollback },
}

---The steps of one history: a first sync, some of everything, and a clean end for each device.
---@param apps string[]
function generator.new(random, t, apps)
  local self = setmetatable({
    random = random, claims = t.claims, profile = t.profile, known = {}, rows = 0, values = 0,
  }, Generator)
  local list, kinds = {}, {}
  for _, row in ipairs(KINDS) do
    if not row.needs or self.claims(row.needs) then kinds[#kinds + 1] = row end
  end
  for i = 1, 10 + random:below(8) do list[i] = random:weighted(kinds).make(self, random:pick(apps)) end
  for _, app in ipairs(apps) do list[#list + 1] = { kind = "sync", app = app, level = "application" } end
  if #apps > 1 then list[#list + 1] = { kind = "sync", app = apps[1], level = "application" } end
  return list
end

return generator
