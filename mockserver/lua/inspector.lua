-- What the inspector page asks of a world: core.inspect{ ask = "rows", ... } -> a table, which goes out as JSON.
local core = ...

local Service = core.Service

-- ---- faults that can be switched on ----

--- Of each object's records the last column that is no key.
local function drop_columns(rule, service_name)
  for _, service in ipairs(core.survey().services) do
    for _, object in ipairs(service.name == service_name and service.objects or {}) do
      local last, key = nil, {}
      for _, column in ipairs(object.key) do key[column] = true end
      for _, field in ipairs(object.fields) do
        if not key[field.name] and field.datatype ~= "binary" then last = field.name end
      end
      if last then rule:without(last, object.name) end
    end
  end
end

-- Each is a rule like one of a script; `kinds` = where it makes sense, nil = everywhere. `run` gets the rule and the service's name.
local FAULTS = {
  { id = "503", title = "HTTP 503", run = function(rule) rule:status(503) end },
  { id = "500", title = "HTTP 500", run = function(rule) rule:status(500) end },
  { id = "401", title = "HTTP 401: token refused", run = function(rule) rule:status(401) end },
  { id = "504", title = "HTTP 504: gateway time-out", run = function(rule) rule:status(504) end },
  { id = "429", title = "HTTP 429 with Retry-After", run = function(rule) rule:status(429, { ["Retry-After"] = "30" }) end },
  { id = "opstatus", title = "Back-end error: opstatus 20001", run = function(rule) rule:opstatus(20001, "the back end failed") end },
  { id = "slow", title = "Slow: the answer takes 3 s", run = function(rule) rule:linger(math.min(3000, core.linger_limit())) end },
  { id = "hang", title = "No answer: the client's time-out", run = function(rule) rule:hang() end },
  { id = "close", title = "Connection closed without an answer", run = function(rule) rule:close() end },
  { id = "reset", title = "Connection reset", run = function(rule) rule:reset() end },
  { id = "truncate", title = "Answer cut after 20 bytes", run = function(rule) rule:truncate(20) end },
  { id = "empty", title = "Empty answer", run = function(rule) rule:body("") end },
  { id = "html", title = "A page of HTML instead of JSON",
    run = function(rule) rule:body("<!doctype html><title>Proxy</title><p>Please log in.", "text/html") end },
  { id = "lost", title = "Stored, but the answer is lost", kinds = { upload = true }, run = function(rule) rule:store():hang() end },
  { id = "lost504", title = "Stored, but a gateway answers 504", kinds = { upload = true }, run = function(rule) rule:store():status(504) end },
  { id = "reject", title = "Every record refused: opstatus 20006", kinds = { upload = true },
    run = function(rule) rule:reject { where = function() return true end, opstatus = 20006, errmsg = "rejected by the back end" } end },
  { id = "partial", title = "Partial records: a column is missing", kinds = { upload = true, download = true }, run = drop_columns },
  { id = "endless", title = "Always more pages, the same context", kinds = { download = true }, run = function(rule) rule:always_more() end },
}

local titles = setmetatable({}, core.array) -- {id, title} of rules that were switched on here

local function faults()
  local list = setmetatable({}, core.array)
  for i, fault in ipairs(FAULTS) do
    local kinds = setmetatable({}, core.array)
    for _, kind in ipairs { "upload", "download", "metadata" } do
      if not fault.kinds or fault.kinds[kind] then kinds[#kinds + 1] = kind end
    end
    list[i] = { id = fault.id, title = fault.title, kinds = kinds }
  end
  return list
end

local function add_fault(ask)
  local service = core.find_service(ask.service or "")
  if not service then error("there is no service " .. tostring(ask.service), 0) end
  for _, fault in ipairs(FAULTS) do
    if fault.id == ask.fault then
      local on = ({ upload = "on_upload", download = "on_download", metadata = "on_metadata" })[ask.kind]
      if not on or (fault.kinds and not fault.kinds[ask.kind]) then error("this fault is not for a " .. tostring(ask.kind), 0) end
      local rule = Service[on](setmetatable({ id = service, name = ask.service }, Service)):optional()
      if ask.times then rule:times(ask.times) end
      fault.run(rule, ask.service)
      titles[#titles + 1] = { id = rule.id, title = fault.title .. (ask.times and (ask.times == 1 and ", once" or (", %d times"):format(ask.times)) or "") }
      return { id = rule.id }
    end
  end
  error("there is no fault " .. tostring(ask.fault), 0)
end

-- ---- rows ----

local LIMIT = 200

local function object_of(ask)
  local id = core.find_object(ask.service or "", ask.object or "")
  if not id then error(("there is no object %s in a service %s"):format(tostring(ask.object), tostring(ask.service)), 0) end
  return id
end

-- Numbers go out as their digits: a page's own numbers are no 64-bit integers.
local function with_digits(row)
  for name, value in pairs(row) do
    if type(value) == "number" then row[name] = core.encode(value) end
  end
  return row
end

local ASKS = {
  survey = function()
    local world = core.survey()
    world.faults, world.titles = faults(), titles
    return world
  end,
  rows = function(ask)
    local limit = math.min(math.tointeger(ask.limit) or 50, LIMIT)
    local rows, total = core.page(object_of(ask), ask.search or "", math.max(0, math.tointeger(ask.offset) or 0), limit)
    for _, row in ipairs(rows) do with_digits(row) end
    return { rows = rows, total = total }
  end,
  insert = function(ask) return { row = with_digits(core.insert(object_of(ask), ask.row)) } end,
  update = function(ask)
    core.update(object_of(ask), ask.key, ask.row)
    return { row = with_digits(core.row(object_of(ask), ask.key)) }
  end,
  delete = function(ask)
    core.delete(object_of(ask), ask.key)
    return { deleted = true }
  end,
  advance = function(ask)
    server.clock:advance(ask.duration)
    return { clock_ms = core.clock_now() }
  end,
  switch = function(ask)
    core.switch(ask.rule, ask.on == true)
    return { on = ask.on == true }
  end,
  open = function(ask)
    core.gate_open(core.checked(ask.gate, "string", "open: the gate"))
    return { open = true }
  end,
  fault = add_fault,
}

function core.inspect(ask)
  local answer = ASKS[ask.ask]
  if not answer then error("there is no question " .. tostring(ask.ask), 0) end
  return core.encode(answer(ask))
end
