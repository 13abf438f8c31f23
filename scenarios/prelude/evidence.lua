-- Questions to what was seen of a scenario, which the always-on rules share (rules.lua says what `seen` holds).
local values = require "prelude.values"

local evidence = {}

local function is_end(callback) return callback.kind == "success" or callback.kind == "failure" end

function evidence.ends_of(sync)
  local ends = {}
  for _, callback in ipairs(sync.callbacks) do
    if is_end(callback) then ends[#ends + 1] = callback end
  end
  return ends
end

function evidence.name_of(sync)
  local what = sync.level == "application" and "application" or sync.target
  return ("sync %s (%s)"):format(sync.id, what)
end

---The last place at which a sync may send; nil = it has none.
local function stop_of(sync)
  if sync.refusal then return sync.returned end
  local first = evidence.ends_of(sync)[1]
  return first and first.at
end

local function covers(sync, request)
  if sync.level == "objectService" then return request.service == sync.target end
  return true -- the application, and an object: it replays what its service left too (W-42)
end

local function is_sent_within(sync, request)
  local stop = stop_of(sync)
  return covers(sync, request) and request.seq > sync.from and (not stop or request.seq <= stop)
end

function evidence.was_sent_by_any(syncs, request)
  for _, sync in ipairs(syncs) do
    if is_sent_within(sync, request) then return true end
  end
  return false
end

-- The syncs that may have sent this. One that was cut off has no end: it counts where no other does, the last of them.
function evidence.senders(syncs, request)
  local list, cut_off = {}, nil
  for _, sync in ipairs(syncs) do
    if is_sent_within(sync, request) then
      if sync.aborted then cut_off = sync else list[#list + 1] = sync end
    end
  end
  if #list == 0 then list[1] = cut_off end
  return list
end

---The syncs that may have made it: those that may have sent it, and any that was cut off before. What one had stored to be sent when
---its process ended may arrive for the first time with a later one (UPC-08).
function evidence.makers(syncs, request)
  local list = evidence.senders(syncs, request)
  for _, sync in ipairs(values.is_absent(request.cache_id) and {} or syncs) do
    if sync.aborted and is_sent_within(sync, request) and sync ~= list[1] then list[#list + 1] = sync end
  end
  return list
end

---The syncs of its service that began before it.
function evidence.earlier(syncs, request)
  local list = {}
  for _, sync in ipairs(syncs) do
    if covers(sync, request) and request.seq > sync.from then list[#list + 1] = sync end
  end
  return list
end

---The options of a sync that are a service's own.
function evidence.options_for(sync, service)
  if sync.level ~= "application" then return sync.options or {} end
  local by_service = sync.options and sync.options.objectServicesOptions
  local own = type(by_service) == "table" and by_service[service]
  return type(own) == "table" and own or {}
end

function evidence.describe(request)
  return ("#%d, %s of %s"):format(request.seq, request.kind, request.service or "?")
end

---The rowId under which a record stands for an edit, as digits; nil: a carrier is none (W-47).
function evidence.row_id_of_edit(record)
  local row_id = type(record._metadata) == "table" and values.decimal(record._metadata.rowId)
  return row_id and row_id:sub(1, 1) ~= "-" and row_id or nil
end

-- ---- devices ----

local function append(list, more) table.move(more, 1, #more, #list + 1, list) end

local function new_device(app)
  return { name = app.name, ranges = {}, edits = {}, readings = {}, drained = false }
end

---What stands in one storage: apps of one name are one device. Each {name, ranges, edits, readings, drained}.
---@return table[]
function evidence.devices(seen)
  local list, by_storage = {}, {}
  for _, app in ipairs(seen.apps or {}) do
    local device = by_storage[app.storage]
    if not device then
      device = new_device(app)
      by_storage[app.storage], list[#list + 1] = device, device
    end
    append(device.ranges, app.ranges)
    append(device.edits, app.diary.edits)
    append(device.readings, app.diary.readings)
    device.drained = device.drained or app.drained
  end
  return list
end

-- Objects of which some edit was made to rows that nobody knows.
local function objects_in_doubt(device)
  local doubts = {}
  for _, edit in ipairs(device.edits) do
    if not edit.key then doubts[edit.object] = true end
  end
  return doubts
end

-- A key with a parent's key in it changes when the parent gets its own: its row cannot be followed.
local function is_followed(described)
  for _, column in ipairs(described.key) do
    if described.foreign[column] then return false end
  end
  return #described.key > 0
end

---Objects whose rows and edits can be told apart on a device, as described by the metadata.
---@return table<string, table>
function evidence.certain_objects(seen, device)
  local certain, doubts = {}, objects_in_doubt(device)
  for name, described in pairs(seen.schema or {}) do
    if not doubts[name] and is_followed(described) then certain[name] = described end
  end
  return certain
end

return evidence
