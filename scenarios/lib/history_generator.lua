-- Makes the steps of a history from random numbers. Only what the port claims is in it.
--
-- It does not know what a step will do: one that cannot happen at its place is passed over (history_steps.lua).
local model = require "lib.history_model"

local generator = {}

local PREFIX = { Note = "n", Task = "k", Department = "d", Employee = "e", Order = "o", Item = "i" }
-- How often each is edited: one that stands twice, twice as often. Orders are there where the port claims hierarchies.
local OBJECTS = { "Note", "Note", "Task", "Employee", "Employee", "Department", "Order", "Item", "Item" }
local POLICIES = { "none", "clientwins", "serverwins", "custom" }

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
  local column = model.OBJECTS[object].column
  return column == "Text" and "text " .. self.values or column and self.values or nil
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
  local object = self.random:pick(self.objects)
  local about = model.OBJECTS[object]
  local parent = about.parent and self.random:chance(60)
    and some_row(self, function(row) return row.object == about.parent end) or nil
  local row = new_row(self, object)
  local step = { kind = "create", app = app, object = object, row = row.name, value = value(self, object), parent = parent and parent.name }
  -- A parent that waits would hold up its children, one that never goes up would leave them without a parent.
  if self.random:chance(8) and not self.is_parent[object] then step.markForUpload = false
  elseif self.random:chance(6) and about.key == about.name then step.trackChanges = false end
  return step
end

local function has_column(row) return model.OBJECTS[row.object].column ~= nil end

local function update(self, app)
  local row = some_row(self, has_column)
  local step = row and { kind = "update", app = app, row = row.name, value = value(self, row.object) }
  if not row then return nil end
  if self.random:chance(10) then step.markForUpload = false
  elseif self.random:chance(8) then step.trackChanges = false
  elseif self.random:chance(30) then step.trackIntermediateUpdates = self.random:chance(60) end
  return step
end

local function delete(self, app)
  local row = some_row(self, function() return true end)
  return row and { kind = "delete", app = app, row = row.name }
end

local EDITS = { { weight = 4, make = create }, { weight = 6, make = update }, { weight = 2, make = delete } }

local function service_of(object) return model.OBJECTS[object].service end

local function edit(self, app)
  local step = self.random:weighted(EDITS).make(self, app) or create(self, app)
  for _, row in ipairs(self.known) do
    if row.name == step.row then self.edited = service_of(row.object) end -- where the next fault is worth most
  end
  return step
end

local function mark(self, app) return { kind = "mark", app = app, object = self.random:pick(self.objects) } end

-- ---- the back end ----

local function server_change(self)
  local row = some_row(self, function() return true end)
  if not row or self.random:chance(40) then
    row = new_row(self, self.random:pick(self.objects))
    return { kind = "server_insert", object = row.object, row = row.name, value = value(self, row.object) }
  end
  if self.random:chance(30) or not has_column(row) then return { kind = "server_delete", row = row.name } end
  return { kind = "server_update", row = row.name, value = value(self, row.object) }
end

-- ---- syncs ----

local function add_scope(self, step)
  step.level = "application"
  if self.claims("serviceLevel") and self.random:chance(25) then
    step.level, step.target = "service", self.random:pick(self.services)
  elseif self.claims("objectLevel") and self.random:chance(15) then
    step.level, step.target = "object", self.random:pick(self.objects)
  end
end

-- At object level it is for that object, else for any.
local function some_filter(self, step)
  local row = some_row(self, function(row) return step.level ~= "object" or row.object == step.target end)
  return row and { object = row.object, row = row.name, other = self.random:chance(50) or nil }
end

local function add_options(self, step)
  if self.random:chance(25) then step.syncType = self.random:pick { "uploadOnly", "downloadOnly", "fullSync" } end
  if step.level == "application" and self.random:chance(30) then step.syncMode = "sequential" end
  if self.random:chance(50) then step.uploadBatchSize = self.random:below(3) end
  if self.random:chance(30) then step.downloadBatchSize = self.random:below(3) end
  if self.random:chance(25) then step.params = tostring(self.random:below(99)) end -- for OPT-14, which is always on
  if self.random:chance(12) then step.filter = some_filter(self, step) end
  if self.claims("preserveBatchContext") and self.random:chance(self.keeps_place and 60 or 15) then step.preserveBatchContext = true end
end

-- A request of a service that the sync covers.
local function some_request(self, step, kind)
  local service = step.target
  if step.level == "application" then service = self.edited and self.random:chance(70) and self.edited or self.random:pick(self.services) end
  if step.level == "object" then service = service_of(step.target) end
  local nth = self.random:chance(25) and 2 or nil
  return { service = service, nth = nth, kind = kind or self.random:pick { "upload", "upload", "download" } }
end

local function add_fault(self, step)
  local about, fits = some_request(self, step), {}
  if step.preserveBatchContext then -- a place to keep is behind the first page
    about.kind, about.nth, step.downloadBatchSize, step.filter = "download", 2, 1, nil
  end
  for _, fault in ipairs(FAULTS[about.kind]) do
    if not fault.stored or self.claims("uploadCache") then fits[#fits + 1] = fault end
  end
  local fault = self.random:pick(fits)
  about.action, about.refusal = fault.action, fault.refusal
  step.fault = about
  self.keeps_place = self.keeps_place or step.preserveBatchContext -- for the next sync to go on there
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

local function add_cancel(self, step)
  if step.level == "application" then step.level, step.target = "service", self.random:pick(self.services) end
  step.filter, step.cancel = nil, some_request(self, step)
end

local function add_rejection(_, step)
  step.reject, step.level, step.target, step.filter = true, "application", nil, nil
  step.uploadBatchSize, step.syncType = nil, step.syncType ~= "downloadOnly" and step.syncType or nil
end

-- Only a download that meets a pending edit shows it, and most edits go up before it.
local function add_overruling(self, step)
  step.downloadReconciliationRequired = false
  if self.random:chance(60) then step.syncType = "downloadOnly" end
end

-- What may happen in a sync; `but_on`: the channel that does not have it.
local HAPPENINGS = {
  { weight = 8, make = function() end }, { weight = 8, make = add_fault }, { weight = 3, make = add_rejection },
  { weight = 2, make = add_kill, needs = { "kill", "uploadCache" } },
  { weight = 2, make = add_pause, needs = { "editsDuringSync" }, but_on = "windows" },
  { weight = 2, make = add_cancel, needs = { "cancelSync", "serviceLevel" }, but_on = "web" },
  { weight = 2, make = add_overruling, but_on = "windows" },
}

local function sync(self, app)
  local step = { kind = "sync", app = app }
  add_scope(self, step)
  add_options(self, step)
  self.random:weighted(self.happenings).make(self, step)
  return step, step.reject and edit(self, app) -- so that there is something to reject
end

local function restart(self, app) return { kind = self.claims("kill") and self.random:chance(50) and "kill" or "restart", app = app } end

local function rollback(self, app)
  local step = { kind = "rollback", app = app }
  add_scope(self, step)
  local row = self.random:chance(25) and some_row(self, function() return true end)
  step.row = row and row.name or nil
  return step
end

local function clear(self, app)
  local step = { kind = "clear", app = app, level = "service", target = self.random:pick(self.services) }
  if self.random:chance(50) then step.level, step.target = "object", self.random:pick(self.objects) end
  return step
end

local KINDS = {
  { weight = 20, make = edit }, { weight = 18, make = sync }, { weight = 6, make = server_change },
  { weight = 2, make = mark }, { weight = 2, make = restart, needs = { "restart" } }, { weight = 3, make = rollback },
  { weight = 1, make = clear, needs = { "serviceLevel", "objectLevel" } },
}

-- Those rows of a table that the port has.
local function usable(self, list)
  local found = {}
  for _, row in ipairs(list) do
    local has_all = row.but_on ~= self.profile.channel
    for _, name in ipairs(row.needs or {}) do has_all = has_all and self.claims(name) end
    if has_all then found[#found + 1] = row end
  end
  return found
end

-- Each service settles conflicts in its own way.
local function policies(self)
  local step = { kind = "policies" }
  for _, service in ipairs(self.services) do
    local policy = self.random:pick(POLICIES)
    if policy ~= "none" then step[service] = policy end
  end
  return step
end

local function add_names(self)
  local seen = {}
  for _, object in ipairs(OBJECTS) do
    local about = model.OBJECTS[object]
    if about.service ~= "Orders" or self.claims("hierarchy") then
      self.objects[#self.objects + 1] = object
      if about.parent then self.is_parent[about.parent] = true end
      if not seen[about.service] then self.services[#self.services + 1] = about.service end
      seen[about.service] = true
    end
  end
end

---The steps of one history: a first sync, some of everything, and a clean end for each device.
---@param apps string[]
function generator.new(random, t, apps)
  local self = setmetatable({
    random = random, claims = t.claims, profile = t.profile, known = {}, rows = 0, values = 0, objects = {}, services = {}, is_parent = {},
  }, Generator)
  add_names(self)
  self.happenings = usable(self, HAPPENINGS)
  local list, kinds = { policies(self) }, usable(self, KINDS)
  for _ = 1, 12 + random:below(12) do
    local step, before = random:weighted(kinds).make(self, random:pick(apps))
    list[#list + 1] = before or nil
    list[#list + 1] = step
  end
  for _, app in ipairs(apps) do list[#list + 1] = { kind = "sync", app = app, level = "application" } end
  if #apps > 1 then list[#list + 1] = { kind = "sync", app = apps[1], level = "application" } end
  return list
end

return generator
