-- What a history has done so far, and what follows for the back end and for each device.
--
-- A row is known by its name, which stands in a column that never changes; the one other column is what edits are about.
-- Always true: of each row `base` is what the back end has (nil: no such row), and `at[device]` what that device has:
--   values    what its app reads; nil: no such row, UNKNOWN: nobody can say
--   copy      what it knows of the back end's row
--   edits     how many tracked edits of it are pending; `created`: the first of them made the row; `deferred`: they wait;
--             `rejected`: the back end refuses them in the sync that runs
--   uncertain an upload of them had no known end. Nobody but this device changes the row then, so that the next clean sync
--             settles it
--   untracked its values are an edit that is never uploaded
-- `complete[device][object]`: it has downloaded that object without a filter. Only then it is told of rows that go (W-28): `told`
-- has the devices that were so far when the row went. `broken[device][service]`: a download broke off there that a later one may take up.
-- A row of which nobody can say any more what comes of it is `lost`: the always-on rules alone watch it.
local model = {}

---Objects of a history: where they live, the variable of their rows, the column by which a row is known, the one that changes, the
---parent. `is_carried`: a row without an edit travels with its children's (W-47). `beside`: a date that the back end alone writes, with each of its changes; nothing but the rule about mixed rows asks for it.
model.OBJECTS = {
  Note = { service = "Sales", variable = "notes", key = "Id", name = "Id", column = "Text" },
  Task = { service = "Sales", variable = "tasks", key = "Id", name = "Id", column = "Text" },
  Department = { service = "Organization", variable = "departments", key = "DeptId", name = "Title" },
  Employee = { service = "Organization", variable = "employees", key = "EmpId", name = "Name", column = "Salary",
    parent = "Department", foreign = "DeptId", beside = "HiredOn" },
  Order = { service = "Orders", variable = "orders", key = "OrderId", name = "Title", column = "Count", is_carried = true },
  Item = { service = "Orders", variable = "items", key = "ItemId", name = "Title", column = "Count",
    parent = "Order", foreign = "OrderId" },
}
---Their order, and the services' variables.
model.ORDER = { "Note", "Task", "Department", "Employee", "Order", "Item" }
model.SERVICES = { Sales = "sales", Organization = "organization", Orders = "book" }
model.UNKNOWN = {}

---What a custom policy makes of a row that both sides changed.
model.AGREED = { Note = "agreed", Task = "agreed", Employee = 7777, Order = 7777, Item = 7777 }

local UNKNOWN = model.UNKNOWN

local Model = {}
Model.__index = Model

---@param policies table<string, string>  by service; none without one
function model.new(policies)
  return setmetatable({ rows = {}, order = {}, policies = policies, complete = {}, broken = {} }, Model)
end

local function copy(values)
  if values == nil or values == UNKNOWN then return values end
  local made = {}
  for column, value in pairs(values) do made[column] = value end
  return made
end

local function same(a, b)
  if a == nil or b == nil or a == UNKNOWN or b == UNKNOWN then return a == b and a ~= UNKNOWN end
  for column, value in pairs(a) do
    if b[column] ~= value then return false end
  end
  return true
end

local function is_known(values) return values ~= nil and values ~= UNKNOWN end

function Model:add(name, object)
  local row = { name = name, object = object, at = {} }
  self.rows[name] = row
  self.order[#self.order + 1] = row
  return row
end

-- Who is told if the row goes now.
local function listeners(self, row)
  local devices = {}
  for device, objects in pairs(self.complete) do devices[device] = objects[row.object] end
  return devices
end

---What the back end has of a row from now on. If that is nothing, it may have gone when an upload had no known end.
function Model:set_base(row, values)
  if values == nil and row.base ~= nil then row.told = row.told_at_doubt or listeners(self, row) end
  row.base, row.told_at_doubt = copy(values), nil
end

---What a device has of a row.
function model.on(row, device)
  row.at[device] = row.at[device] or { edits = 0 }
  return row.at[device]
end

function Model:policy(row) return self.policies[model.OBJECTS[row.object].service] or "none" end

-- May the back end decide against a device?
local function is_contested(self, row, mine)
  local policy = self:policy(row)
  local fights = policy ~= "none" and policy ~= "clientwins" and not mine.created
  return fights and (row.base == nil or not same(mine.copy, row.base)) -- that a row is gone is a conflict even for who knows it
end

-- ---- who may change a row ----

local function is_busy_elsewhere(row, device)
  for name, other in pairs(row.at) do
    if name ~= device and other.edits > 0 then return true end
  end
  return false
end

---A device edits what it has and what no other one is editing. With the policy "none" the back end would refuse the update of a row
---that is gone.
function Model:may_edit(row, device)
  local mine = model.on(row, device)
  if row.lost or not is_known(mine.values) or mine.deferred or mine.untracked or is_busy_elsewhere(row, device) then return false end
  return row.base ~= nil or mine.created or self:policy(row) ~= "none"
end

---The same while a sync runs: an edit that needs no answer to the question which of the two was first.
---@param service string  whose requests wait; those of others may give rows their keys at any moment
function Model:may_edit_meanwhile(row, device, service)
  local about, mine = model.OBJECTS[row.object], model.on(row, device)
  local is_still = about.service == service or about.key == about.name
  return is_still and (mine.created or same(mine.copy, row.base)) and self:may_edit(row, device)
end

local function any_device(row, is_so)
  for _, mine in pairs(row.at) do
    if is_so(mine) then return true end
  end
  return false
end

local function is_uncertain(row) return any_device(row, function(mine) return mine.uncertain end) end
local function is_edited(row) return any_device(row, function(mine) return mine.edits > 0 end) end

---@param gone boolean  may it be deleted there?
function Model:may_change_at_server(row, gone)
  if row.lost or row.base == nil or is_uncertain(row) then return false end
  return not gone or not is_edited(row) or self:policy(row) ~= "none"
end

---Does a row have children, or may it have some anywhere?
---@param besides? fun(row: table): boolean  which of them do not count
function Model:has_children(name, besides)
  for _, row in ipairs(self.order) do
    local is_there = row.lost or row.base ~= nil or any_device(row, function(mine) return mine.values ~= nil or mine.edits > 0 end)
    if row.parent == name and is_there and not (besides and besides(row)) then return true end
  end
  return false
end

---Is there an upload of which nobody knows whether it arrived?
---@param service? string  of this one alone
function Model:has_doubts(service)
  for _, row in ipairs(self.order) do
    local is_meant = not service or model.OBJECTS[row.object].service == service
    if is_meant and is_uncertain(row) then return true end
  end
  return false
end

-- ---- edits ----

---The device's edit; nil values = a delete.
function Model:edit(row, device, values)
  local mine = model.on(row, device)
  mine.values, mine.edits = values, mine.edits + 1
  return mine
end

---An edit that stays on the device.
function Model:edit_untracked(row, device, values)
  local mine = model.on(row, device)
  mine.values, mine.untracked = values, true
end

function Model:mark(device, object)
  local found = false
  for _, row in ipairs(self.order) do
    local mine = model.on(row, device)
    if row.object == object and mine.deferred then mine.deferred, found = nil, true end
  end
  return found
end

local function settle(mine, values)
  mine.values, mine.copy, mine.edits = copy(values), copy(values), 0
  mine.created, mine.deferred, mine.uncertain = nil, nil, nil
end

-- ---- undoing ----

local function each_chosen(self, device, is_chosen, visit)
  for _, row in ipairs(self.order) do
    if is_chosen(row) then visit(row, model.on(row, device)) end
  end
end

---May some rows of a device be rolled back or cleared with a result that is known, and is there anything to do? A child that stays
---would point at a parent that may be gone.
---@param is_chosen fun(row: table): boolean
function Model:may_undo(device, is_chosen)
  local is_known, is_worth = true, false
  each_chosen(self, device, is_chosen, function(row, mine)
    if mine.uncertain or self:has_children(row.name, is_chosen) then is_known = false end
    if mine.values ~= nil or mine.edits > 0 then is_worth = true end
  end)
  return is_known and is_worth
end

function Model:roll_back(device, is_chosen)
  each_chosen(self, device, is_chosen, function(_, mine)
    if mine.edits > 0 then settle(mine, mine.copy) end
  end)
end

---Rows and sync context of some objects go, on the device alone (LOC-04).
function Model:clear(device, is_chosen)
  each_chosen(self, device, is_chosen, function(_, mine)
    settle(mine, nil)
    mine.untracked = nil
  end)
  for _, object in ipairs(model.ORDER) do
    if is_chosen { object = object } then (self.complete[device] or {})[object] = nil end
  end
end

-- ---- syncs ----

-- W-40: what the back end makes of a device's edits.
local function decide(self, row, mine)
  local policy = self:policy(row)
  if mine.created or policy == "none" or policy == "clientwins" then return mine.values end
  if row.base == nil then return nil end
  if not is_contested(self, row, mine) then return mine.values end
  if mine.edits > 1 or mine.copy == UNKNOWN then return UNKNOWN end
  if policy == "serverwins" or mine.values == nil then return row.base end
  local about = model.OBJECTS[row.object]
  return { [about.name] = row.name, [about.column] = model.AGREED[row.object] }
end

local function each_covered(self, device, covers, visit)
  for _, row in ipairs(self.order) do
    if covers(row.object) and not row.lost then visit(row, model.on(row, device)) end
  end
end

-- What the device reads until it downloads is told by the answer to its upload, where the back end decided against it (CON-01).
local function store_decision(self, row, mine, decision)
  local given_way = not same(decision, mine.values)
  self:set_base(row, decision)
  settle(mine, decision)
  if given_way then mine.values, mine.copy = UNKNOWN, UNKNOWN end
end

-- The answer may tell what became of a row that only travelled along.
local function carry(row, mine)
  local is_news = not same(mine.copy, row.base)
  if not model.OBJECTS[row.object].is_carried then return end
  if is_news then mine.copy = UNKNOWN end
  if mine.edits == 0 and (is_news or mine.untracked) then mine.values = UNKNOWN end
end

-- Does a sync settle the edits of this row?
local function goes_up(mine) return mine.edits > 0 and not mine.deferred and not mine.rejected end

---Do edits of another row go up beside those of this one? A row that came and went here may stay (W-33).
function Model:has_mates(device, row, covers)
  local service, found = model.OBJECTS[row.object].service, false
  each_covered(self, device, covers, function(other, mine)
    local is_sent = goes_up(mine) and not (mine.created and mine.values == nil)
    found = found or other ~= row and model.OBJECTS[other.object].service == service and is_sent
  end)
  return found
end

---The uploads of a sync came to a clean end: what it covers has arrived.
---@param covers fun(object: string): boolean
---@param edited table<string, boolean>  names of rows that were edited meanwhile
function Model:upload(device, covers, edited)
  each_covered(self, device, covers, function(row, mine)
    if not goes_up(mine) then return carry(row, mine) end
    if edited[row.name] then
      if is_contested(self, row, mine) then row.lost = true else mine.uncertain = true end
      return
    end
    local decision = decide(self, row, mine)
    if decision == UNKNOWN then row.lost = true else store_decision(self, row, mine, decision) end
  end)
end

local function take(mine, values)
  if mine.edits > 0 then mine.copy = copy(values)
  elseif not mine.untracked then settle(mine, values)
  elseif mine.copy ~= UNKNOWN and not same(mine.copy, values) then
    mine.untracked = nil
    settle(mine, values)
  elseif mine.copy ~= nil then mine.values, mine.copy = UNKNOWN, copy(values) end -- it may have been sent again
end

-- Was the device told that the row is gone, if it ever had it?
local function may_be_untold(row, mine, device, filtered)
  local had_it = mine.values ~= nil and mine.copy ~= nil
  return row.base == nil and had_it and (filtered or not (row.told or {})[device])
end

---The download of an object came to a clean end.
---@param matches nil|fun(row: table): boolean  of a filter. Whether it tells of deleted rows is not said.
function Model:download(device, object, matches)
  each_covered(self, device, function(name) return name == object end, function(row, mine)
    if is_uncertain(row) or may_be_untold(row, mine, device, matches ~= nil) then take(mine, UNKNOWN)
    elseif not matches or matches(row) then take(mine, row.base) end
  end)
  if not matches then
    self.complete[device] = self.complete[device] or {}
    self.complete[device][object] = true
  end
end

---The rows whose edits a download without reconciliation overrules: no page says what comes of those. They are lost; each with
---whether the back end's row comes for sure.
---@return {row: table, comes: boolean}[]
function Model:overrule(device, object, matches)
  local list = {}
  each_covered(self, device, function(name) return name == object end, function(row, mine)
    if mine.edits == 0 or (row.base == nil and mine.copy == nil and not mine.uncertain) then return end
    local is_news = is_known(mine.copy) and row.base ~= nil and not same(mine.copy, row.base) and not mine.uncertain
    list[#list + 1] = { row = row, comes = is_news and (not matches or matches(row)) }
  end)
  for _, about in ipairs(list) do about.row.lost = true end
  return list
end

-- ---- downloads that are taken up where they broke off (DNL-07) ----

---A download that kept its place broke off.
function Model:break_off(device, service)
  self.broken[device] = self.broken[device] or {}
  self.broken[device][service] = true
end

function Model:may_resume(device, service) return (self.broken[device] or {})[service] == true end

---All of a service came down without a filter: there is no place any more at which to go on.
function Model:forget_place(device, service) (self.broken[device] or {})[service] = nil end

---A download that may have gone on at an old place: its rows may be as they were then.
function Model:resume(device, object)
  each_covered(self, device, function(name) return name == object end, function(_, mine)
    mine.copy = UNKNOWN
    if mine.edits == 0 then mine.values = UNKNOWN end
  end)
end

---A sync of this device had a fault: nobody knows what arrived, on either side.
function Model:doubt(device, covers)
  each_covered(self, device, covers, function(row, mine)
    local differs = not same(mine.copy, row.base) or is_uncertain(row)
    if goes_up(mine) then
      if is_contested(self, row, mine) then row.lost = true else mine.uncertain = true end
      if mine.values == nil then row.told_at_doubt = row.told_at_doubt or listeners(self, row) end
    elseif mine.edits > 0 then mine.copy = differs and UNKNOWN or mine.copy
    elseif differs then mine.values, mine.copy = UNKNOWN, UNKNOWN
    elseif mine.untracked and mine.copy ~= nil then mine.values = UNKNOWN end
  end)
end

-- ---- what is where ----

---@return table|nil|UNKNOWN  the row's values at the back end, nil = it is not there
function model.at_server(row)
  if row.lost or is_uncertain(row) then return UNKNOWN end
  return row.base
end

---The same on a device.
function model.on_device(row, device)
  if row.lost then return UNKNOWN end
  return model.on(row, device).values
end

return model
