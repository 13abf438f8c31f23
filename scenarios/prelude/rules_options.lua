-- The rule about query parameters: those of the options are on every request of their direction.
--
-- Which options a request was made by is known from the syncs that may have sent it. One with a cache id may be a replay, and has
-- the parameters of its first time (UPC-02): those of any earlier sync are right for it.
local evidence = require "prelude.evidence"
local values = require "prelude.values"

local rules = {}

local DIRECTIONS = {
  upload = { own = "uploadRequestQueryParams", other = "downloadRequestQueryParams" },
  download = { own = "downloadRequestQueryParams", other = "uploadRequestQueryParams" },
}

local function is_plain(text) return text:find "^[%w%-%._~]*$" ~= nil end

-- The pairs of a map that are judged as plain ones, or as those with reserved characters; in the order of their names. What a
-- client refuses (OPT-15, W-18) or may write in two ways (C-9) is left out.
local function pairs_of(map, plain)
  local names = {}
  for name, value in pairs(type(map) == "table" and map or {}) do
    local is_text = type(name) == "string" and type(value) == "string" and name ~= "" and name:sub(1, 1) ~= "$"
    if is_text and (is_plain(name) and is_plain(value)) == plain then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

local function flaw(request, options, plain)
  local direction = DIRECTIONS[request.kind]
  local own, other = options[direction.own], options[direction.other]
  for _, name in ipairs(pairs_of(own, plain)) do
    if request.query[name] ~= own[name] then return ("%s = %s is not in its query"):format(name, own[name]) end
  end
  for _, name in ipairs(pairs_of(other, plain)) do
    if request.query[name] ~= nil and not (type(own) == "table" and own[name] ~= nil) then
      return ("%s in its query is of the other direction"):format(name)
    end
  end
end

-- What is wrong with it, whichever of these syncs it is of.
local function flaw_in_all(request, syncs, plain)
  local found
  for _, sync in ipairs(syncs) do
    found = flaw(request, evidence.options_for(sync, request.service), plain)
    if not found then return nil end
  end
  return found
end

local function judge(seen, plain)
  local breaks = {}
  for _, request in ipairs(seen.requests) do
    if DIRECTIONS[request.kind] and request.query then
      local is_new = values.is_absent(request.cache_id)
      local syncs = is_new and evidence.senders(seen.syncs, request) or evidence.earlier(seen.syncs, request)
      local found = flaw_in_all(request, syncs, plain)
      if found then breaks[#breaks + 1] = found .. ": " .. evidence.describe(request) end
    end
  end
  return breaks
end

---OPT-14: every upload has the upload parameters of its sync, every download those for downloads, and none has the others'.
function rules.query_parameters(seen) return judge(seen, true) end
---OPT-14/reserved: the same for names and values with reserved characters.
function rules.reserved_parameters(seen) return judge(seen, false) end

return rules
