-- The rules about edits: each one is acknowledged once, or still pending.
--
-- What the user did stands in the diary, what went up and was acknowledged in the journal. Edits and records are matched by the
-- row that they are about, whose generated key is followed; a rowId is the client's own matter, so nothing rests on it but
-- which record an answer is about.
local evidence = require "prelude.evidence"
local journal = require "prelude.journal"
local keys = require "prelude.keys"
local model = require "prelude.model"
local values = require "prelude.values"

local rules = {}

-- ---- acknowledgements ----

local function about(record) return type(record._metadata) == "table" and record._metadata or {} end

local row_id_of = evidence.row_id_of_edit

-- Words of rules that spoil an answer on its way, however good its text is.
local SPOILERS = { " header(", " length(", " twice", " trickle", " cut(", " truncate(" }

local function arrived_whole(request)
  local wire = request.wire or {}
  if wire.ended_by ~= "answered" or request.status ~= 200 or type(request.answer) ~= "table" then return false end
  for _, word in ipairs(SPOILERS) do
    if (request.fault or ""):find(word, 1, true) then return false end
  end
  return true
end

local function is_good(opstatus)
  if values.is_absent(opstatus) then return true end
  local number = tonumber(opstatus)
  return number == 0 or number ~= nil and number >= 500100 and number <= 500200
end

-- The answered records by rowId; nil when one of them is for nothing that was sent, or for what another one is for too: such
-- an answer is refused as a whole (W-36).
local function answers_by_row_id(request)
  local sent, found = {}, {}
  for _, record in ipairs(request.records) do sent[row_id_of(record) or ""] = true end
  for _, entry in ipairs(keys.answered(request)) do
    local row_id = values.decimal(about(entry.record).rowId)
    local is_edit = row_id and row_id:sub(1, 1) ~= "-"
    if not row_id or is_edit and (not sent[row_id] or found[row_id]) then return nil end
    found[row_id] = entry.record
  end
  return found
end

-- A record that no client can take for anything but the end of the edit: no error, nothing missing.
local function settles(described, answered)
  local opstatus = about(answered).opstatus
  if not values.is_absent(answered.errmsg) or not values.is_absent(about(answered).errmsg) then return false end
  if not values.is_absent(opstatus) and tonumber(opstatus) ~= 0 then return false end
  if about(answered).action == "delete" then return true end
  for column, datatype in pairs(described.datatypes) do
    if datatype ~= "binary" and column ~= described.soft_delete and answered[column] == nil then return false end
  end
  return true
end

-- Without an id a sync that was cut off may send again what it was answered (UPL-12).
local function may_repeat(seen, request)
  local senders = evidence.senders(seen.syncs, request)
  return values.is_absent(request.cache_id) and (#senders == 0 or senders[1].aborted)
end

-- Calls visit(record, object) for each edit of this device that was acknowledged; an upload and its replays count once.
local function each_acknowledged(seen, device, certain, visit)
  local counted = {}
  for _, request in ipairs(seen.requests) do
    local mine = request.kind == "upload" and journal.within(request.seq, device.ranges)
    local id = not values.is_absent(request.cache_id) and request.cache_id or request
    if mine and not counted[id] and arrived_whole(request) and is_good(request.answer.opstatus) and not may_repeat(seen, request) then
      local answers = answers_by_row_id(request)
      counted[id] = answers ~= nil
      for _, record in ipairs(answers and request.records or {}) do
        local object, answered = about(record).object or "", answers[row_id_of(record) or ""]
        if certain[object] and answered and settles(certain[object], answered) then visit(record, object) end
      end
    end
  end
end

-- ---- UPL-12/once: no edit is acknowledged twice ----

-- A create of which only a part came back goes on as an update (W-37): both write the row.
local function kind_of(action) return action == "delete" and "deletes" or "writes" end

local function counter()
  local counts = {}
  return {
    add = function(name, kind)
      local count = counts[name] or { deletes = 0, writes = 0 }
      counts[name], count[kind] = count, count[kind] + 1
      return count[kind]
    end,
    of = function(name, kind) return (counts[name] or { [kind] = 0 })[kind] end,
  }
end

local function edits_of(device, certain, name_of)
  local made = counter()
  for _, edit in ipairs(device.edits) do
    if certain[edit.object] and model.is_tracked(edit.options) then made.add(name_of(edit.object, edit.key), kind_of(edit.action)) end
  end
  return made
end

local function doubled_of(seen, device, breaks)
  local certain = evidence.certain_objects(seen, device)
  local name_of = keys.namer(seen.schema, seen.requests, device.ranges)
  local made, acknowledged = edits_of(device, certain, name_of), counter()
  each_acknowledged(seen, device, certain, function(record, object)
    local name, kind = name_of(object, record), kind_of(about(record).action)
    local count, allowed = acknowledged.add(name, kind), made.of(name, kind)
    if count == allowed + 1 then
      breaks[#breaks + 1] = ("%s: %d of its %s were acknowledged, where the user of %s made %d"):format(
        keys.show(object, certain[object].key, record), count, kind, device.name, allowed)
    end
  end)
end

---UPL-12/once: of a row no more creates and updates, and no more deletes, are acknowledged than the user made.
function rules.edits_once(seen)
  local breaks = {}
  if seen.may_double then return breaks end
  for _, device in ipairs(evidence.devices(seen)) do doubled_of(seen, device, breaks) end
  return breaks
end

-- ---- UPL-05: every state goes up that was to go up by itself ----

local function is_true(value) return value == true or value == "true" end

-- Rows whose edits count one by one, in order: none was undone, deferred or a delete.
local function histories(device, certain, name_of)
  local by_name, order = {}, {}
  for _, edit in ipairs(device.edits) do
    if certain[edit.object] and model.is_tracked(edit.options) then
      local name, options = name_of(edit.object, edit.key), edit.options or {}
      local row = by_name[name]
      if not row then
        row = { name = name, shown = keys.show(edit.object, certain[edit.object].key, edit.key), described = certain[edit.object], edits = {} }
        by_name[name], order[#order + 1] = row, row
      end
      row.edits[#row.edits + 1] = edit
      row.unclear = row.unclear or edit.void or edit.action == "delete" or options.markForUpload ~= nil
    end
  end
  return order
end

-- Every record that an upload of the device carried about a row, in order.
local function sent_records(seen, device, certain, name_of)
  local by_name = {}
  for _, request in ipairs(seen.requests) do
    if request.kind == "upload" and journal.within(request.seq, device.ranges) then
      for _, record in ipairs(request.records) do
        local object = about(record).object or ""
        if certain[object] then
          local name = name_of(object, record)
          by_name[name] = by_name[name] or {}
          table.insert(by_name[name], record)
        end
      end
    end
  end
  return by_name
end

-- What the user wrote, save columns that hold keys: those change when they are generated (UPL-06).
local function written(described, edit)
  local columns = {}
  for column, value in pairs(edit.values or {}) do columns[column] = not described.foreign[column] and value or nil end
  for _, column in ipairs(described.key) do columns[column] = nil end
  return columns
end

-- The edits that are followed by one that was not to be folded into them (W-33), each in a record of its own, in order.
local function unsent_state(row, records)
  local place = 1
  for i = 1, #row.edits - 1 do
    if is_true((row.edits[i + 1].options or {}).trackIntermediateUpdates) then
      local wanted = written(row.described, row.edits[i])
      while records[place] and not values.covers(wanted, records[place], row.described.datatypes) do place = place + 1 end
      if not records[place] then return i end
      place = place + 1
    end
  end
end

local function unsent_of(seen, device, breaks)
  local certain = evidence.certain_objects(seen, device)
  local name_of = keys.namer(seen.schema, seen.requests, device.ranges)
  local sent = sent_records(seen, device, certain, name_of)
  for _, row in ipairs(histories(device, certain, name_of)) do
    local missing = not row.unclear and unsent_state(row, sent[row.name] or {})
    if missing then
      breaks[#breaks + 1] = ("%s: its edit %d of %d on %s went up in no upload of its own"):format(row.shown, missing,
        #row.edits, device.name)
    end
  end
end

---UPL-05: where the drain ended well, each state that was to be tracked went up, in order.
function rules.intermediate_edits(seen)
  local breaks = {}
  for _, device in ipairs(evidence.devices(seen)) do
    if device.drained then unsent_of(seen, device, breaks) end
  end
  return breaks
end

return rules
