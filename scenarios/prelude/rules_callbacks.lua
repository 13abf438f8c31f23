-- The rules about callbacks, and about what is sent when there is nobody left to call back.
local evidence = require "prelude.evidence"
local journal = require "prelude.journal"

local rules = {}

---API-03: exactly one of success, failure, refusal.
function rules.one_end(seen)
  local breaks = {}
  for _, sync in ipairs(seen.syncs) do
    local count = #evidence.ends_of(sync) + (sync.refusal and 1 or 0)
    if count > 1 or (count == 0 and sync.must_end and not sync.aborted) then
      breaks[#breaks + 1] = ("%s ended %d times"):format(evidence.name_of(sync), count)
    end
  end
  return breaks
end

---API-04: uploads and downloads are sent while a sync of their service runs, never after its end.
function rules.nothing_after_end(seen)
  local breaks = {}
  for _, request in ipairs(seen.requests) do
    if journal.is_traffic(request) and not evidence.was_sent_by_any(seen.syncs, request) then
      breaks[#breaks + 1] = "no sync was running when this was sent: " .. evidence.describe(request)
    end
  end
  return breaks
end

---API-15: no progress after the end.
function rules.no_late_progress(seen)
  local breaks = {}
  for _, sync in ipairs(seen.syncs) do
    local first = evidence.ends_of(sync)[1]
    for _, callback in ipairs(sync.callbacks) do
      if callback.kind == "progress" and first and callback.seq > first.seq then
        breaks[#breaks + 1] = ("progress callback %d of %s came after its end"):format(callback.seq, evidence.name_of(sync))
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
  local first = evidence.ends_of(sync)[1]
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
    if problem then breaks[#breaks + 1] = evidence.name_of(sync) .. ", " .. problem end
  end
  return breaks
end

return rules
