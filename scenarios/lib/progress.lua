-- The grammar of progress events (PRG-01, PRG-02), and questions to a list of them.
local progress = {}

local known = {
  Sync = { Started = true, Ended = true },
  Upload = { Started = true, InProgress = true, Ended = true },
  Download = { Started = true, InProgress = true, Ended = true },
}

---The service or object that an event speaks of; the application's own pair may have none.
function progress.name(event)
  return event.objectServiceName or event.name
end

---What is wrong with one event's phase, state and name, or nil.
---@return string|nil
function progress.flaw(event)
  local states = known[event.phase]
  if not states then return "phase " .. tostring(event.phase) .. " is not of the table" end
  if not states[event.state] then return ("phase %s has no state %s"):format(event.phase, tostring(event.state)) end
  if type(progress.name(event)) ~= "string" and event.phase ~= "Sync" then return event.phase .. " event without a name" end
  return nil
end

---The events of one phase and state, of all names or of one.
function progress.only(events, phase, state, name)
  local list = {}
  for _, event in ipairs(events) do
    if event.phase == phase and (not state or event.state == state) and (not name or progress.name(event) == name) then
      list[#list + 1] = event
    end
  end
  return list
end

---Follows one name's events. `open` is the phase of the running block.
local function step(track, event)
  local said = event.phase .. " " .. event.state
  if track.ended then return said .. " after Sync Ended" end
  if event.phase == "Sync" then
    if event.state == "Started" then
      if track.started then return "Sync Started twice" end
      track.started = true
    else
      if not track.started then return "Sync Ended without Sync Started" end
      if track.open then return "Sync Ended within an " .. track.open .. " block" end
      track.ended = true
    end
    return nil
  end
  if not track.started then return said .. " before Sync Started" end
  if event.state == "Started" then
    if track.open then return said .. " within a block of " .. track.open end
    if event.phase == "Upload" and track.downloads then return "Upload Started after a download" end
    track.open, track.downloads = event.phase, track.downloads or event.phase == "Download"
  else
    if track.open ~= event.phase then return said .. " without " .. event.phase .. " Started" end
    if event.state == "Ended" then track.open = nil end
  end
  return nil
end

---The first breach of the order of events, or nil.
---@return string|nil
function progress.disorder(events)
  local tracks = {}
  for _, event in ipairs(events) do
    local name = progress.name(event) or "the application"
    tracks[name] = tracks[name] or {}
    local breach = progress.flaw(event) or step(tracks[name], event)
    if breach then return name .. ": " .. breach end
  end
  return nil
end

---The first Ended, of a block or of the sync, that nothing had started, or nil.
---@return string|nil
function progress.end_without_start(events)
  local open = {}
  for _, event in ipairs(events) do
    local key = tostring(progress.name(event)) .. ": " .. tostring(event.phase)
    if event.state == "Started" then open[key] = true end
    if event.state == "Ended" then
      if not open[key] then return key .. " Ended without Started" end
      open[key] = nil
    end
  end
  return nil
end

return progress
