-- The rules that are watched in every scenario (R-3). Each is a function over plain data and gives a list
-- of sentences, one for each break; it never ends a scenario.
--
-- `seen` = { syncs, requests, tokens, schema }:
--   syncs     in order of start, each {id, app, level, target, options, callbacks, from, returned, refusal,
--             aborted, must_end}; `from`, `returned` and callback.at lie on the scale of Request.seq
--   requests  the journal
--   schema    what the metadata says about the objects (schema.lua)
local journal = require "prelude.journal"
local values = require "prelude.values"

local rules = {}

local DEFAULT_UPLOAD_BATCH = 50

-- ---- ends ----

local function is_end(callback) return callback.kind == "success" or callback.kind == "failure" end

local function ends_of(sync)
  local ends = {}
  for _, callback in ipairs(sync.callbacks) do
    if is_end(callback) then ends[#ends + 1] = callback end
  end
  return ends
end

local function name_of(sync)
  local what = sync.level == "application" and "application" or sync.target
  return ("sync %s (%s)"):format(sync.id, what)
end

---API-03: exactly one of success, failure, refusal.
function rules.one_end(seen)
  local breaks = {}
  for _, sync in ipairs(seen.syncs) do
    local count = #ends_of(sync) + (sync.refusal and 1 or 0)
    if count > 1 or (count == 0 and sync.must_end and not sync.aborted) then
      breaks[#breaks + 1] = ("%s ended %d times"):format(name_of(sync), count)
    end
  end
  return breaks
end

---The last place at which a sync may send; nil = it has none.
local function stop_of(sync)
  if sync.refusal then return sync.returned end
  local first = ends_of(sync)[1]
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

local function any_sync_sent(syncs, request)
  for _, sync in ipairs(syncs) do
    if is_sent_within(sync, request) then return true end
  end
  return false
end

-- The syncs that may have sent this. One that was cut off has no end: it counts where no other does, the last of them.
local function senders(syncs, request)
  local list, cut_off = {}, nil
  for _, sync in ipairs(syncs) do
    if is_sent_within(sync, request) then
      if sync.aborted then cut_off = sync else list[#list + 1] = sync end
    end
  end
  if #list == 0 then list[1] = cut_off end
  return list
end

local function describe_request(request)
  return ("#%d, %s of %s"):format(request.seq, request.kind, request.service or "?")
end

---API-04: uploads and downloads are sent while a sync of their service runs, never after its end.
function rules.nothing_after_end(seen)
  local breaks = {}
  for _, request in ipairs(seen.requests) do
    if journal.is_traffic(request) and not any_sync_sent(seen.syncs, request) then
      breaks[#breaks + 1] = "no sync was running when this was sent: " .. describe_request(request)
    end
  end
  return breaks
end

---API-08/token: the token travels raw, in one of the two spellings.
function rules.raw_token(seen)
  local breaks = {}
  if not next(seen.tokens) then return breaks end
  for _, request in ipairs(seen.requests) do
    local headers = request.headers or {}
    local token = headers["x-voltmx-authorization"] or headers["x-kony-authorization"]
    if journal.is_traffic(request) and not seen.tokens[token or ""] then
      breaks[#breaks + 1] = ("the authorization header is %s: %s"):format(
        token and '"' .. token .. '"' or "missing", describe_request(request))
    end
  end
  return breaks
end

---API-15: no progress after the end.
function rules.no_late_progress(seen)
  local breaks = {}
  for _, sync in ipairs(seen.syncs) do
    local first = ends_of(sync)[1]
    for _, callback in ipairs(sync.callbacks) do
      if callback.kind == "progress" and first and callback.seq > first.seq then
        breaks[#breaks + 1] = ("progress callback %d of %s came after its end"):format(callback.seq, name_of(sync))
      end
    end
  end
  return breaks
end

-- ---- PRG-02: the grammar of progress ----
--
--   name = SyncStarted (UploadStarted UploadInProgress* UploadEnded)* (Download…)* [SyncEnded]
--
-- A name is what the event says: `objectServiceName`, `name`, or both; one without is the application's.

local function name_of_event(event)
  local parts = {}
  for _, key in ipairs { "objectServiceName", "name" } do
    if type(event[key]) == "string" then parts[#parts + 1] = event[key] end
  end
  return table.concat(parts, "/")
end

local STEPS = {}

STEPS["Sync Started"] = function(state)
  if state.started then return "a second Sync Started" end
  state.started = true
end
STEPS["Sync Ended"] = function(state)
  if state.open then return "Sync Ended inside a block of " .. state.open end
  state.over = true
end

local function start_block(state, phase)
  if state.open then return phase .. " Started inside a block of " .. state.open end
  if phase == "Upload" and state.downloaded then return "an upload after a download" end
  if phase == "Download" then state.downloaded = true end
  state.open = phase
end

local function in_block(state, phase, word)
  if state.open ~= phase then return ("%s %s without %s Started"):format(phase, word, phase) end
  if word == "Ended" then state.open = nil end
end

for _, phase in ipairs { "Upload", "Download" } do
  STEPS[phase .. " Started"] = function(state) return start_block(state, phase) end
  STEPS[phase .. " InProgress"] = function(state) return in_block(state, phase, "InProgress") end
  STEPS[phase .. " Ended"] = function(state) return in_block(state, phase, "Ended") end
end

local function take_event(state, word)
  local step = STEPS[word]
  if not step then return "an event that the page does not have: " .. word end
  if state.over then return word .. " after Sync Ended" end
  if not state.started and word ~= "Sync Started" then return word .. " before Sync Started" end
  return step(state)
end

-- Events of one sync, in the order of their sequence numbers.
local function break_of_grammar(sync)
  local states = {}
  for _, callback in ipairs(sync.callbacks) do
    if callback.kind == "progress" and type(callback.payload) == "table" then
      local event = callback.payload
      local name = name_of_event(event)
      states[name] = states[name] or {}
      local problem = take_event(states[name], tostring(event.phase) .. " " .. tostring(event.state))
      if problem then return ("callback %d, \"%s\": %s"):format(callback.seq, name, problem) end
    end
  end
  local first = ends_of(sync)[1]
  for name, state in pairs(states) do
    if state.open and first and first.kind == "success" then
      return ("\"%s\": %s Started without its end, although the sync succeeded"):format(name, state.open)
    end
  end
  return nil
end

function rules.progress_grammar(seen)
  local breaks = {}
  for _, sync in ipairs(seen.syncs) do
    local problem = break_of_grammar(sync)
    if problem then breaks[#breaks + 1] = name_of(sync) .. ", " .. problem end
  end
  return breaks
end

-- ---- UPL-01: the bound of the batches ----

local function options_for(sync, service)
  if sync.level ~= "application" then return sync.options or {} end
  local by_service = sync.options and sync.options.objectServicesOptions
  local own = type(by_service) == "table" and by_service[service]
  return type(own) == "table" and own or {}
end

---The batch size that the options mean (OPT-06). A spelling on which clients may differ (OPT-08) is read
---in the larger way: this rule bounds, the scenarios of OPT-08 judge.
function rules.upload_bound(options)
  local size = options.uploadBatchSize
  local number = type(size) == "number" and size or type(size) == "string" and tonumber(size) or 0
  if number <= 0 then return DEFAULT_UPLOAD_BATCH end
  local plain = type(size) == "number" and number == math.floor(number) or tostring(size):match("^%d+$")
  return plain and number or math.max(number, DEFAULT_UPLOAD_BATCH)
end

local function bound_for(seen, request)
  local bound
  for _, sync in ipairs(senders(seen.syncs, request)) do
    bound = math.max(bound or 0, rules.upload_bound(options_for(sync, request.service)))
  end
  return bound
end

local function counted_records(request)
  local count = 0
  for _, record in ipairs(request.records or {}) do
    local row_id = type(record._metadata) == "table" and values.decimal(record._metadata.rowId)
    if not row_id or row_id:sub(1, 1) ~= "-" then count = count + 1 end -- carriers (W-47) do not count
  end
  return count
end

local function is_nested(request)
  local body = type(request.body) == "table" and request.body or {}
  return type(body.records) ~= "table" or #body.records ~= #(request.records or {})
end

function rules.batch_bound(seen)
  local breaks = {}
  for _, request in ipairs(seen.requests) do
    if request.kind == "upload" and not request.replayed and not is_nested(request) then
      local bound, count = bound_for(seen, request), counted_records(request)
      if bound and count > bound then
        breaks[#breaks + 1] = ("%d records where at most %d were allowed: %s"):format(count, bound, describe_request(request))
      end
    end
  end
  return breaks
end

-- ---- UPL-01/order, UPL-06: the order of the edits ----

local function row_id_of(record)
  local row_id = type(record._metadata) == "table" and record._metadata.rowId
  return values.decimal(row_id) and tonumber(row_id)
end

-- W-48: at service level a hierarchical service's edits go in passes, whatever nests in one of them.
local function goes_in_passes(seen, request)
  for _, described in pairs(request.level ~= "object" and seen.schema or {}) do
    if described.service == request.service and described.nests then return true end
  end
  return false
end

-- New flat uploads, one list for each sync and service; what an HTTP stack sent a second time counts once.
local function new_uploads(seen)
  local lists, by_name, last_text = {}, {}, {}
  for _, request in ipairs(seen.requests) do
    local flat = not is_nested(request) and not goes_in_passes(seen, request)
    if request.kind == "upload" and not request.replayed and flat then
      for _, sync in ipairs(senders(seen.syncs, request)) do
        local name = sync.id .. " " .. (request.service or "")
        if last_text[name] ~= (request.body_text or request) then
          last_text[name] = request.body_text or request
          if not by_name[name] then
            by_name[name] = {}
            lists[#lists + 1] = by_name[name]
          end
          table.insert(by_name[name], request)
        end
      end
    end
  end
  return lists
end

---UPL-01/order: within a sync the edits of a service go up in the order in which they were made.
function rules.edit_order(seen)
  local breaks = {}
  for _, uploads in ipairs(new_uploads(seen)) do
    local last
    for _, request in ipairs(uploads) do
      for _, record in ipairs(request.records) do
        local row_id = row_id_of(record)
        if row_id and last and row_id <= last then
          breaks[#breaks + 1] = ("rowId %d comes after rowId %d: %s"):format(row_id, last, describe_request(request))
        end
        last = row_id or last
      end
    end
  end
  return breaks
end

local function object_of(record)
  return type(record._metadata) == "table" and record._metadata.object or ""
end

local function creates(record, object, column, value)
  return type(record._metadata) == "table" and record._metadata.action == "create" and object_of(record) == object
    and values.equal(record[column], value, "number")
end

-- The place in the request of the create that made the row which `value` names; nil = it is not in it.
local function place_of_create(request, parent, value)
  for place, record in ipairs(request.records) do
    if creates(record, parent.object, parent.column, value) then return place end
  end
end

local function is_temporary(value)
  local decimal = values.decimal(value)
  return decimal ~= nil and decimal:sub(1, 1) == "-"
end

---UPL-06: within a request the create of a parent stands before the children that hold its temporary key.
function rules.parents_first(seen)
  local breaks = {}
  for _, request in ipairs(seen.requests) do
    if request.kind == "upload" and not is_nested(request) then
      for place, record in ipairs(request.records) do
        local described = (seen.schema or {})[object_of(record)]
        for column, parent in pairs(described and described.foreign or {}) do
          local made = is_temporary(record[column]) and place_of_create(request, parent, record[column])
          if made and made > place then
            breaks[#breaks + 1] = ("a row of %s comes before its parent's create: %s"):format(object_of(record),
              describe_request(request))
          end
        end
      end
    end
  end
  return breaks
end

-- ---- all of them ----

rules.ALL = {
  { id = "API-03", find = rules.one_end },
  { id = "API-04", find = rules.nothing_after_end },
  { id = "API-08/token", find = rules.raw_token },
  { id = "API-15", find = rules.no_late_progress },
  { id = "PRG-02", find = rules.progress_grammar },
  { id = "UPL-01", find = rules.batch_bound },
  { id = "UPL-01/order", find = rules.edit_order },
  { id = "UPL-06", find = rules.parents_first },
}

---Judge every rule under its own id.
function rules.observe(seen)
  for _, rule in ipairs(rules.ALL) do
    local breaks = rule.find(seen)
    runner.observe { id = rule.id, ok = #breaks == 0, message = breaks[1] or "" }
  end
end

return rules
