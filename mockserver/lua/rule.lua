-- Class Rule: which requests, then what happens. Every call returns the rule.
local core = ...

local Rule = {}
Rule.__index = Rule

local Point = {} -- a point in a request's life, for kill_at
Point.__index = Point

function core.new_rule(service, kind, match)
  return setmetatable({ id = core.rule(service.id, kind, match) }, Rule)
end

local function checked(value, kind, what)
  if type(value) ~= kind then error(what .. " is a " .. kind .. ", not a " .. type(value), 3) end
  return value
end

local function act(rule, name, arguments, action)
  core.act(rule.id, name, arguments or {}, action)
  return rule
end

-- which

local function select(rule, name, value)
  core.select(rule.id, name, value)
  return rule
end

function Rule:once() return select(self, "times", 1) end
function Rule:times(count) return select(self, "times", count) end
function Rule:nth(number) return select(self, "nth", number) end
function Rule:page(number) return select(self, "page", number) end
function Rule:where(predicate) return select(self, "where", checked(predicate, "function", "where(): the predicate")) end
function Rule:replays() return select(self, "replays") end
function Rule:optional() return select(self, "optional") end

-- the answer

function Rule:edit(change) return act(self, "edit", nil, checked(change, "function", "edit(): the change")) end
function Rule:post_process(change)
  return act(self, "edit", nil, checked(change, "function", "post_process(): the change"))
end
function Rule:without(column, object)
  return act(self, "without", { text = checked(column, "string", "without(): the column"), more = object })
end
function Rule:opstatus(code, errmsg)
  return act(self, "opstatus", { number = code, text = errmsg or "opstatus " .. code .. " by a rule" })
end
function Rule:status(code, headers, body)
  if type(body) == "table" then body = core.encode(body) end
  return act(self, "status", { number = code, json = headers, text = body })
end
function Rule:body(text, content_type)
  return act(self, "body", { text = checked(text, "string", "body(): the text"), more = content_type })
end
function Rule:truncate(bytes) return act(self, "truncate", { number = bytes }) end

-- records

function Rule:reject(which)
  which = which or {}
  local where, arguments = which.where, { number = which.opstatus or 20006, text = which.errmsg or "rejected by the back end" }
  if type(where) == "function" then return act(self, "reject", arguments, where) end
  arguments.json = where
  return act(self, "reject", arguments)
end
function Rule:intermediate_error(message) return act(self, "intermediate_error", { text = message }) end
--- Nested records are answered in one list for each object, not nested as they came (W-48).
function Rule:flat() return act(self, "flat") end
function Rule:always_more(limit) return act(self, "always_more", { number = limit or 50 }) end

-- when

function Rule:store() return act(self, "store") end
function Rule:hang() return act(self, "hang") end
function Rule:hold(gate) return act(self, "hold", { text = checked(gate, "string", "hold(): the gate's name") }) end
function Rule:linger(ms)
  if ms > 100 then error("linger(): at most 100 ms", 2) end
  return act(self, "linger", { number = ms })
end
function Rule:close() return act(self, "close") end

-- telling

function Rule:at(point, action)
  return act(self, "at", { number = core.point(point) }, checked(action, "function", "at(): the action"))
end

--- point:at(action): the same as rule:at(name, action)
function Point:at(action) return self.rule:at(self.name, action) end

for _, name in ipairs { "arrived", "stored", "first_byte", "answered" } do
  Rule[name] = function(self) return setmetatable({ rule = self, name = name }, Point) end
end

function Rule:fired() return core.fired(self.id) end
function Rule:lift()
  core.lift(self.id)
  return self
end
