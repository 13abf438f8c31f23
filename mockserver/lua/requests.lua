-- Class Requests: a list of journal entries that can be asked again.
local core = ...

local Requests = {}
Requests.__index = Requests

-- How each list was found, so that count(n) can look again; beside the list, which holds requests alone.
local finders = setmetatable({}, { __mode = "k" })

-- A request never changes once it has ended: then its table is made once. By seq.
local finished = {}

local function request(seq)
  local known = finished[seq]
  if known then return known end
  local entry, complete = core.request(seq)
  if complete then finished[seq] = entry end
  return entry
end

-- What the journal has let go is let go here too.
local pruned = 0

local function prune()
  for seq = pruned + 1, core.dropped() do finished[seq] = nil end
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
    for i, seq in ipairs(core.find(kind, service)) do found[i] = request(seq) end
    return found
  end)
end
