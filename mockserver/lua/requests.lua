-- Class Requests: a list of journal entries that can be asked again.
local core = ...

local Requests = {}
Requests.__index = Requests

-- How each list was found, so that count(n) can look again; beside the list, which holds requests alone.
local finders = setmetatable({}, { __mode = "k" })

-- A request never changes once it has ended: then its table is made once.
local finished = {}

local function request(place)
  local known = finished[place]
  if known then return known end
  local entry, complete = core.request(place)
  if complete then finished[place] = entry end
  return entry
end

-- What the journal has let go is let go here too.
local pruned = 0

local function prune()
  for place = pruned + 1, core.dropped() do finished[place] = nil end
  pruned = core.dropped()
end

local function list(find)
  local found = find()
  finders[found] = find
  return setmetatable(found, Requests)
end

--- With a number: a condition for t.wait, true when there are at least so many; else how many there are.
function Requests:count(number)
  if not number then return #self end
  local find = finders[self]
  return function() return #find() >= number end
end

function Requests:where(predicate)
  local find = finders[self]
  return list(function()
    local kept = {}
    for _, entry in ipairs(find()) do
      if predicate(entry) then kept[#kept + 1] = entry end
    end
    return kept
  end)
end

--- core.requests(kind or nil, service id or nil)
function core.requests(kind, service)
  return list(function()
    local found = {}
    prune()
    for i, place in ipairs(core.find(kind, service)) do found[i] = request(place) end
    return found
  end)
end
