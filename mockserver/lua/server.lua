-- The global `server`: services, objects, gates, the clock, the journal.
local core = ...

local Server, Service, Object, Barrier, Gate, Clock = {}, {}, {}, {}, {}, {}
core.Server, core.Service, core.Object = Server, Service, Object -- for the files that follow
for _, class in ipairs { Server, Service, Object, Barrier, Gate, Clock } do class.__index = class end
for name, class in pairs { Server = Server, Service = Service, Object = Object, Gate = Gate, Clock = Clock } do core.classes[name] = class end

local objects = {} -- by name; the last of that name
core.objects = objects
core.relations = {} -- as they were declared, for generate()

-- objects

--- A row has nil where JSON has null.
local function plain(row)
  for name, value in pairs(row) do
    if value == core.null then row[name] = nil end
  end
  return row
end

local function is_list(rows) return rows[1] ~= nil end

function Object:insert(row)
  core.checked(row, "table", "insert(): the row, or the list of rows,")
  if not is_list(row) then return plain(core.insert(self.id, row)) end
  local rows = {}
  for i, each in ipairs(core.list(row, "insert(): the list of rows")) do rows[i] = plain(core.insert(self.id, each, i)) end
  return rows
end
function Object:update(key, changes) return core.update(self.id, key, changes) end
function Object:delete(key) return core.delete(self.id, key) end

function Object:rows()
  local rows = core.rows(self.id)
  for _, row in ipairs(rows) do plain(row) end
  return rows
end
--- Add made-up rows (generate.lua). Returns the object.
function Object:generate(options) return core.generate(self, options) end
function Object:row(key)
  local row = core.row(self.id, key)
  return row and plain(row)
end

-- services

function Service:object(name, model)
  core.checked(name, "string", "object(): the name")
  core.checked(model, "table", "object(): the model")
  local id = core.object(self.id, name, model)
  local object = setmetatable({ id = id, name = name, service = self, model = model, owns_model = false, nests_in = {}, generated = 0 }, Object)
  objects[name] = object
  return object
end

local RELATIONS = { OneToMany = true, ManyToOne = true, OneToOne = true }

function Service:relate(relation)
  core.checked(core.checked(relation, "table", "relate(): the relation").from, "table", "relate(): from")
  core.checked(relation.to, "table", "relate(): to")
  if not RELATIONS[relation.type] then error("relate(): the type is OneToMany, ManyToOne or OneToOne, not " .. tostring(relation.type), 2) end
  local shown = {
    name = relation.name,
    type = relation.type,
    source_fields = relation.source_fields,
    target_fields = relation.target_fields,
    cascade = relation.cascade or false,
    backend_cascade_support = relation.backend_cascade_support or false,
  }
  core.relate(self.id, relation.from.id, relation.to.id, shown)
  core.relations[#core.relations + 1] = relation
end

function Service:on_upload(match) return core.new_rule(self, "upload", match) end
function Service:on_download(match) return core.new_rule(self, "download", match) end
function Service:on_online(match) return core.new_rule(self, "crud", match) end
function Service:on_metadata(match) return core.new_rule(self, "metadata", match) end
--- Any kind of request of the service; `match.kind` picks one.
function Service:on_request(match) return core.new_rule(self, nil, match) end

function Service:uploads() return core.requests("upload", self.id) end
function Service:downloads() return core.requests("download", self.id) end
function Service:metadata_requests() return core.requests("metadata", self.id) end
function Service:requests() return core.requests(nil, self.id) end

--- Conflict policy "custom": what becomes of a row that two sides changed (W-40).
function Service:on_conflict(decide) core.on_conflict(self.id, decide) end
function Service:edit_metadata(change) core.edit_metadata(self.id, change) end

-- the server

local OPTIONS = { -- of a service: their types
  uploadCache = "boolean", offline = "boolean", version = "string", conflict = "string", response_wait_ms = "number",
  resubmit_after_ms = "number",
}

function Server:service(name, options)
  core.checked(name, "string", "service(): the name")
  core.members(options or {}, OPTIONS, "service()", "option")
  return setmetatable({ id = core.service(name, options), name = name }, Service)
end

--- The object of that name in whichever service, or nil.
function Server:find_object(name) return objects[name] end

local BARRIER_KINDS = { upload = 0, download = 1 }

function Server:barrier(services, kind)
  local ids = {}
  for i, service in ipairs(core.list(services, "barrier(): the list of services")) do
    if getmetatable(service) ~= Service then error(("barrier(): number %d of the list is no service, but a %s"):format(i, type(service)), 2) end
    ids[i] = service.id
  end
  if kind and not BARRIER_KINDS[kind] then error("barrier(): the kind is upload or download", 2) end
  return setmetatable({ id = core.barrier(ids, kind and BARRIER_KINDS[kind] or -1) }, Barrier)
end

function Barrier:released() return core.barrier_released(self.id) end

--- Any request that the world serves; `match` may name service and kind.
function Server:on_request(match) return core.new_rule(nil, nil, match) end
function Server:on_document(match) return core.new_rule(nil, "document", match) end

function Server:requests() return core.requests() end
--- What else happened, a line each: gates opened, functions failed, bytes came that are no request.
function Server:events() return core.events() end
--- Rules that were due and did not fire, a line each; and the requests that came nearest to those that never fired.
function Server:unfired_rules() return core.unfired() end
function Server:near_misses() return core.near_misses() end
local document_change

function Server:edit_document(change)
  document_change = change
  core.edit_document(change)
end
function Server:require_token(token) core.require_token(token) end
--- For clients whose own time-out is too long to wait for: hang() answers with this HTTP status instead; 0 = it hangs.
function Server:hang_as(status) core.hang_as(status) end
function Server:sync_ended() core.sync_ended() end
function Server:url() return core.url() end
--- The service document as it would be sent now, edit_document()'s change included.
function Server:document()
  local document = core.document()
  return document_change and document_change(document) or document
end

-- gates

function Server:gate(name) return setmetatable({ name = name }, Gate) end

function Gate:held() return (core.gate_held(self.name)) end
--- Waits until `count` requests were held by it.
function Gate:reached(count)
  count = count or 1
  server.wait_until(function() return select(2, core.gate_held(self.name)) >= count end,
    ("%d requests held by the gate %s"):format(count, self.name))
end
function Gate:open() core.gate_open(self.name) end

-- the clock

local LONGEST = 1000 * 365 * 86400000
local UNITS = { ms = 1, s = 1000, min = 60000, h = 3600000, d = 86400000 }

--- "25h" in milliseconds; `word` for the message of one that cannot be read.
function core.duration(duration, word)
  local number, unit = tostring(duration):match("^(%d+)(%a+)$")
  if not number or not UNITS[unit] then
    error(word .. '("' .. tostring(duration) .. '"): a number and one of ms, s, min, h, d', 3)
  end
  local ms = tonumber(number) * UNITS[unit]
  if #number > 15 or ms > LONGEST then error(word .. '("' .. tostring(duration) .. '"): at most 1000 years', 3) end
  return ms
end

function Clock:advance(duration) core.clock_advance(core.duration(duration, "advance")) end
--- Virtual milliseconds since the world was opened.
function Clock:now() return core.clock_now() end

--- `options`: what the program was started with, `rows` and `seed` where they were given.
server = setmetatable({ clock = setmetatable({}, Clock), options = {} }, Server)

--- How waits are done; a runner that watches a testee meanwhile puts its own function here.
function server.wait_until(condition, _)
  while not condition() do core.wait() end
end
