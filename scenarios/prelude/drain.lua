-- The drain: at the end all faults are lifted and one full sync runs; then the server must hold every
-- tracked edit that was not rejected for good, once (UPL-12).
--
-- An edit is held when the server's row has its values, or when the last record that the back end took for
-- that row carried them: what the server, a conflict policy or the script made of it afterwards is not the
-- client's doing. A row is rejected for good when the drain's own sync reports it.
local evidence = require "prelude.evidence"
local foundry = require "foundry"
local keys = require "prelude.keys"
local journal = require "prelude.journal"
local model = require "prelude.model"
local schema = require "prelude.schema"
local values = require "prelude.values"

local drain = {}

-- ---- judging, over plain data ----

---@return fun(object: string, key: table): table|nil
local function row_finder(world)
  return function(object, key)
    local described = world.schema[object]
    for _, row in ipairs(world.server_rows(object) or {}) do
      if values.covers(key, row, described and described.datatypes) then return row end
    end
    return nil
  end
end

---The keys that a row has had: its temporary one and all that the back end generated for it.
local function keys_of(world, entry)
  local described = world.schema[entry.object]
  local list, temporary = { entry.key }, entry.temporary or entry.key
  if not described or not keys.is_temporary(described, temporary) then return list end
  if entry.temporary then list[#list + 1] = temporary end
  for _, given in ipairs(keys.generated(described, temporary[described.generated], world.requests, world.ranges)) do
    local key = {}
    for column, value in pairs(temporary) do key[column] = value end
    key[described.generated] = given
    list[#list + 1] = key
  end
  return list
end

local function is_one_of(list, record, datatypes)
  for _, key in ipairs(list) do
    if values.covers(key, record, datatypes) then return true end
  end
  return false
end

---The last record of an edit of this row that the back end worked on.
local function last_taken(world, entry, list)
  local described = world.schema[entry.object] or { datatypes = {} }
  local found
  for _, request in ipairs(world.requests) do
    if request.kind == "upload" and request.executed and journal.within(request.seq, world.ranges) then
      for _, record in ipairs(request.records or {}) do
        local about = type(record._metadata) == "table" and record._metadata or {}
        local is_about = about.object == entry.object and is_one_of(list, record, described.datatypes)
        if is_about and evidence.row_id_of_edit(record) then found = record end
      end
    end
  end
  return found
end

local function carried(entry, record, datatypes)
  if not record then return false end
  local is_delete = record._metadata.action == "delete"
  if entry.action == "delete" or is_delete then return is_delete and entry.action == "delete" end
  return values.covers(entry.values, record, datatypes)
end

local function is_rejected(world, entry, list)
  local described = world.schema[entry.object] or { datatypes = {} }
  for _, failed in ipairs(world.sync_errors) do
    if failed.direction ~= "download" and failed.object == entry.object
      and type(failed.primaryKeys) == "table" and is_one_of(list, failed.primaryKeys, described.datatypes) then
      return true
    end
  end
  return false
end

local function key_text(entry) return keys.show(entry.object, entry.columns, entry.key) end

---Rows of the server among the keys that one create was given: more than one is a doubled edit.
local function living_keys(world, entry, list)
  local find, count, seen = row_finder(world), 0, {}
  for _, key in ipairs(list) do
    local name = keys.text(entry.columns, key)
    if not seen[name] and find(entry.object, key) then count = count + 1 end
    seen[name] = true
  end
  return count
end

-- The edit as the server may hold it: a parent's temporary key in a column has become the generated one (W-34).
local function with_parents_keys(world, entry)
  local described = world.schema[entry.object]
  local followed = {}
  for column, value in pairs(entry.values) do
    local foreign = described and described.foreign[column]
    local parent = foreign and world.schema[foreign.object]
    local given = {}
    if parent and keys.is_temporary(parent, { [foreign.column] = value }) then
      given = keys.generated(parent, value, world.requests, world.ranges)
    end
    followed[column] = given[#given] or value
  end
  return setmetatable({ values = followed }, { __index = entry })
end

local function judge_entry(world, entry)
  local described = world.schema[entry.object] or { datatypes = {} }
  local list = keys_of(world, entry)
  local living = living_keys(world, entry, list)
  if living > 1 and not world.may_double then
    return ("doubled: %s is %d rows of the server"):format(key_text(entry), living)
  end
  local find, followed = row_finder(world), with_parents_keys(world, entry)
  for _, key in ipairs(list) do
    local row = find(entry.object, key)
    if row and model.holds(followed, row, described.datatypes) then return nil end
  end
  if entry.action == "delete" and living == 0 then return nil end
  if entry.created and entry.action == "delete" and world.may_double then return nil end
  local last = last_taken(world, entry, list)
  if carried(entry, last, described.datatypes) or carried(followed, last, described.datatypes) then return nil end
  if is_rejected(world, entry, list) then return nil end
  return ("lost: the %s of %s has not reached the server"):format(entry.action, key_text(entry))
end

---@param world {schema: table, requests: table[], ranges: table[], server_rows: fun(object: string): table[]|nil, sync_errors: table[], may_double?: string}
---@return string[]  a sentence for each edit that is lost or doubled
function drain.judge(edits, world)
  local breaks = {}
  for _, entry in ipairs(edits:judged()) do
    if world.server_rows(entry.object) then
      local problem = judge_entry(world, entry)
      if problem then breaks[#breaks + 1] = problem end
    end
  end
  return breaks
end

-- ---- doing ----

---Why the drain cannot be judged, or nil.
local function obstacle(test, app)
  if test.drain_left_out then return test.drain_left_out end
  if not app.ready then return "the app was never set up" end
  if not app.first_token then return "the app has no claims token" end
  if not runner.alive() then return "the testee does not run" end
  if next(app.model.rows) == nil then return "" end -- nothing was edited: nothing to say
  return nil
end

-- Faults on the client's side that a scenario may have left.
local function lift_own_faults(app)
  app:activate()
  if not app.online then app:set_network(true) end
  if app.token ~= app.first_token and app.test.claims("identity") then
    app:set_claims_token { token = app.token or app.first_token }
  end
end

local function server_rows(object)
  local found = server:find_object(object)
  return found and found:rows()
end

-- The objects that the user edited and that are judged; of each, whether some of its edits may still wait.
local function edited_objects(app)
  local deferred, list = {}, {}
  for _, entry in ipairs(app.model.order) do
    local known = deferred[entry.object] ~= nil
    if not known and not app.model.left_out[entry.object] and server_rows(entry.object) then list[#list + 1] = entry.object end
    deferred[entry.object] = deferred[entry.object] or entry.deferred or entry.given_up
  end
  return list, deferred
end

-- Why an object's pending list is not the empty one that it must be, or nil.
local function still_pending(app, object)
  local answer = app:attempt("getPendingRecordsForUpload", { object = object, options = foundry.null })
  local pending = answer.payload.pendingSyncRecords
  if answer.outcome ~= "success" then return ("the pending rows of %s cannot be read: %s"):format(object, answer:describe()) end
  if type(pending) ~= "table" or #pending == 0 then return nil end
  return ("%s: %d of its rows are still pending after the last sync"):format(object, #pending)
end

-- After a drain that ended well: the rows are read for the rule about them (LOC-07), and nothing is pending any more (LOC-01).
local function read_back(test, app)
  local objects, deferred = edited_objects(app)
  local left
  for _, object in ipairs(objects) do
    app:rows(object)
    if test.claims("localCrud") and not deferred[object] then left = left or still_pending(app, object) end
  end
  runner.observe { id = "LOC-01", ok = left == nil, message = left or "" }
end

local function run(test, app)
  lift_own_faults(app)
  local outcome = app:sync({})
  local requests, sync_errors = server:requests(), outcome:sync_errors()
  local breaks = drain.judge(app.model, {
    schema = schema.read(requests), requests = requests, ranges = app.ranges, server_rows = server_rows,
    sync_errors = sync_errors, may_double = test.double_allowed,
  })
  local message = breaks[1] and breaks[1] .. "; the last sync ended in " .. outcome:describe() or ""
  runner.observe { id = "UPL-12", ok = #breaks == 0, message = message }
  for object, reason in pairs(app.model.left_out) do
    runner.note(("drain: the rows of %s were left out: %s"):format(object, reason))
  end
  app.drained = outcome.outcome == "success" and #sync_errors == 0 and #breaks == 0
  if app.drained then read_back(test, app) end
end

-- A request that still runs at the server is in the way of its own replay (W-46): let that time pass.
local RESUBMIT = "31min"

function drain.run(test)
  local drainable = {}
  for _, app in ipairs(test.apps) do
    local reason = obstacle(test, app)
    if not reason then drainable[#drainable + 1] = app
    elseif reason ~= "" then runner.note("drain left out: " .. reason) end
  end
  if #drainable == 0 then return end
  test.clock:advance(RESUBMIT)
  for _, app in ipairs(drainable) do run(test, app) end
end

return drain
