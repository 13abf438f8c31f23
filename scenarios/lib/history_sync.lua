-- The step "sync" of random histories: what happens in the middle of it, and what follows for the model.
local checks = require "lib.history_checks"
local model = require "lib.history_model"
local steps = require "lib.history_steps"
local syncs = require "lib.history_syncs"
local text = require "lib.history_text"

local function append(list, more) return table.move(more, 1, #more, #list + 1, list) end

-- ---- can it happen here? ----

-- A child must not go up alone while its parent's key is temporary: one object's sync is nobody's promise then.
local function leaves_parents_behind(history, step)
  for _, row in ipairs(step.level == "object" and history.model.order or {}) do
    local parent = history.model.rows[row.parent or ""]
    if row.object == step.target and parent and model.on(parent, step.app).created then return true end
  end
  return false
end

-- Is all known about a row whose edits are rejected? Then nothing is under way, nothing waits for its key, and its key tells what of
-- it travels.
local function may_be_rejected(history, step, row)
  local mine = model.on(row, step.app)
  local goes_up = not row.lost and mine.edits > 0 and not mine.deferred and mine.values ~= nil and syncs.covers(step)(row.object)
  local service = model.OBJECTS[row.object].service
  return goes_up and service ~= "Orders" and not history.model:has_doubts(service) and not history.model:has_children(row.name)
end

-- The row whose edits the back end rejects: the newest that can be.
local function row_to_reject(history, step)
  local rows = history.model.order
  if step.syncType == "downloadOnly" or step.uploadBatchSize then return nil end
  for i = #rows, 1, -1 do
    if may_be_rejected(history, step, rows[i]) then return rows[i] end
  end
end

local function is_possible(history, step)
  -- The back end that worked on an upload does not say later that it did not: the edits would go up anew (UPC-09).
  if step.fault and step.fault.refusal and history.model:has_doubts() then return false end
  if step.reject and not row_to_reject(history, step) then return false end
  if step.downloadReconciliationRequired ~= nil and syncs.happening(step) then return false end
  return not leaves_parents_behind(history, step)
end

-- ---- its lines ----

-- What the user does while a sync waits at a request, as lines. `edited` gets the names of the rows.
local function edits_meanwhile(history, step, edited)
  local made = {}
  history.waiting = step.pause.service
  for _, edit in ipairs(step.edits) do
    local more = steps[edit.kind](history, edit)
    if more then
      edited[edit.row] = true
      append(made, more)
    end
  end
  history.waiting = nil
  return made
end

local function gate_of(history)
  history.pauses = history.pauses + 1
  return "pause " .. history.pauses
end

local LINES = {
  fault = function(history, step) return syncs.faulty(step, history.served) end,
  kill = function(history, step) return syncs.killed(step, history.served) end,
  cancel = function(history, step) return syncs.cancelled(step, history.served, gate_of(history)) end,
  pause = function(history, step, edited)
    local gate = gate_of(history)
    return syncs.paused(step, history.served, gate, edits_meanwhile(history, step, edited))
  end,
  reject = function(history, step)
    local row = row_to_reject(history, step)
    return syncs.rejected(step, history.served, row.object, text.key(step.app, row))
  end,
}

local function lines_of(history, step, edited)
  local what = syncs.happening(step)
  if what then return LINES[what](history, step, edited) end
  return { ('t.expect(%s, "API-07"):succeeds()'):format(syncs.call(step, "sync", history.served)) }
end

-- ---- what follows ----

-- Where all edits go up in one batch, a cancel lets that one finish (CAN-01).
local function goes_in_one_batch(history, step, covers)
  return not step.uploadBatchSize and not covers "Order" and not covers "Item" and not history.model:has_doubts()
end

local function upload(history, step, covers, edited)
  if step.syncType ~= "downloadOnly" then history.model:upload(step.app, covers, edited) end
end

-- It ended early: nobody knows how far it came.
local function break_off(history, step, covers)
  history.model:doubt(step.app, covers)
  for service in pairs(step.preserveBatchContext and model.SERVICES or {}) do
    if syncs.touches(step, service) then history.model:break_off(step.app, service) end
  end
end

-- Edits that are overruled by a download (OPT-16) are taken back before it, while their rows can be named.
local function overrule(history, step, object, made)
  for _, about in ipairs(history.model:overrule(step.app, object, syncs.filter_of(step, object))) do
    if text.can_name(step.app, about.row) then
      made.before[#made.before + 1] = ("%s:give_up(%q, %s)"):format(step.app, object, text.handle(step.app, about.row))
    end
    if about.comes then
      made.after[#made.after + 1] = ('t.expect(%s:rows(%q), "DNL-08/off"):contains %s'):format(step.app, object,
        text.record(object, about.row.base))
    end
  end
end

-- All pages came; which lines that asks for before and after the sync.
local function download(history, step, covers)
  local made = { before = {}, after = {} }
  if step.syncType == "uploadOnly" then return made end
  for _, object in ipairs(model.ORDER) do
    local service, filter = model.OBJECTS[object].service, syncs.filter_of(step, object)
    if covers(object) and step.downloadReconciliationRequired == false then overrule(history, step, object, made) end
    if covers(object) and step.preserveBatchContext and history.model:may_resume(step.app, service) then
      history.model:resume(step.app, object)
    elseif covers(object) then history.model:download(step.app, object, filter) end
  end
  for service in pairs(model.SERVICES) do
    if step.level ~= "object" and not step.filter and syncs.touches(step, service) then history.model:forget_place(step.app, service) end
  end
  return made
end

-- All of it was done: the lines, and the checks behind them.
local function completed(history, step, covers, made)
  local asked = download(history, step, covers)
  return append(asked.before, made), append(asked.after, checks.of_sync(history, step, covers))
end

-- What is known all the same must hold, under this requirement.
local function ends_early(id)
  return function(history, step, covers, made)
    break_off(history, step, covers)
    return made, checks.of_device(history, step.app, id)
  end
end

local ENDS = { fault = ends_early "UPL-12", kill = ends_early "LOC-02" }

function ENDS.cancel(history, step, covers, made)
  if goes_in_one_batch(history, step, covers) then upload(history, step, covers, {}) end
  return ends_early "CAN-01"(history, step, covers, made)
end

-- When nothing else went up no batch succeeded: whether a download follows is the port's matter (CBK-06, UPL-15).
function ENDS.reject(history, step, covers, made)
  local row = row_to_reject(history, step)
  local mine, has_mates = model.on(row, step.app), history.model:has_mates(step.app, row, covers)
  mine.rejected = true
  if has_mates then upload(history, step, covers, {}) end
  local lines, after = (has_mates and completed or ends_early "UPL-12")(history, step, covers, made)
  mine.rejected = nil
  return lines, after
end

---@return string[]|nil lines, string[]|nil checks
return function(history, step)
  if not is_possible(history, step) then return nil end
  local covers, edited = syncs.covers(step), {}
  local made, ends = lines_of(history, step, edited), ENDS[syncs.happening(step)]
  if ends then return ends(history, step, covers, made) end
  upload(history, step, covers, edited)
  return completed(history, step, covers, made)
end
