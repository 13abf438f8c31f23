-- Class Rule: which requests, then what happens. Every call returns the rule.
local core = ...

local Rule = {}
Rule.__index = Rule
core.classes = { Rule = Rule } -- by name

local Point = {} -- a point in a request's life, for kill_at
Point.__index = Point

--- `service` and `kind` may be nil: any. `match` has conditions by name (src/world/conditions.c).
function core.new_rule(service, kind, match)
  if match ~= nil and type(match) ~= "table" then
    error(("a rule's conditions are a table, { object = \"Employee\" } say, not a %s"):format(type(match)), 2)
  end
  local conditions = {}
  for name, wanted in pairs(match or {}) do conditions[name] = wanted end
  conditions.service = service and service.name or conditions.service
  conditions.kind = kind or conditions.kind
  return setmetatable({ id = core.rule(conditions) }, Rule)
end

-- arguments: an error names the word and points at the script's line

local checked = core.checked

local function shown(value) return type(value) == "string" and '"' .. value .. '"' or tostring(value) end

local function whole(value, least, what, most)
  if math.type(value) ~= "integer" or value < least or value > (most or value) then
    error(("%s is a whole number from %d%s, not %s"):format(what, least, most and " to " .. most or "", shown(value)), 3)
  end
  return value
end

local function optional(value, kind, what)
  if value ~= nil and type(value) ~= kind then error(("%s is a %s, not a %s"):format(what, kind, type(value)), 3) end
  return value
end

--- The records of one object: by its name, or the object itself.
local function name_of(object, word)
  if type(object) == "table" then object = object.name end
  if object ~= nil and type(object) ~= "string" then error(word .. "(): the object is given by itself or by its name", 3) end
  return object
end

local function real_ms(value, what)
  local limit = core.linger_limit()
  if math.type(value) ~= "integer" or value < 0 or value > limit then
    error(("%s: at most %d ms, not %s"):format(what, limit, tostring(value)), 3)
  end
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
function Rule:times(count) return select(self, "times", whole(count, 1, "times(): the number")) end
function Rule:nth(number) return select(self, "nth", whole(number, 1, "nth(): the number")) end
function Rule:where(predicate) return select(self, "where", checked(predicate, "function", "where(): the predicate")) end
function Rule:optional() return select(self, "optional") end
function Rule:probability(probability, seed)
  if type(probability) ~= "number" or probability <= 0 or probability > 1 then
    error("probability(): a number above 0, at most 1, not " .. tostring(probability), 2)
  end
  core.probability(self.id, probability, seed and whole(seed, 0, "probability(): the seed") or self.id)
  return self
end

--- Conditions as in on_upload{…}: `rule:match{ key = 5 }`.
function Rule:match(conditions)
  core.condition(self.id, checked(conditions, "table", "match(): the conditions"))
  return self
end
function Rule:page(number) return self:match { batch = number } end
function Rule:batch(number) return self:match { batch = number } end
function Rule:attempt(number) return self:match { attempt = number } end
function Rule:replays() return self:match { replay = true } end

-- the whole answer

function Rule:edit(change) return act(self, "edit", nil, checked(change, "function", "edit(): the change")) end
function Rule:post_process(change)
  return act(self, "edit", nil, checked(change, "function", "post_process(): the change"))
end
function Rule:opstatus(code, errmsg)
  if math.type(code) ~= "integer" then error("opstatus(): the code is a whole number, not " .. tostring(code), 2) end
  return act(self, "opstatus", { number = code, text = optional(errmsg, "string", "opstatus(): the message") or "opstatus " .. code .. " by a rule" })
end
function Rule:status(code, headers, body)
  if type(body) == "table" then body = core.encode(body) end
  return act(self, "status", { number = whole(code, 200, "status(): the code", 999), json = optional(headers, "table", "status(): the headers"), text = body, what = "status(): the headers" })
end
--- What answer() gave as headers: texts by name.
local function header_texts(headers)
  if headers == nil then return nil end
  if type(headers) ~= "table" then error("answer(): the function returned headers that are no table, but a " .. type(headers), 0) end
  local texts = {}
  for name, value in pairs(headers) do
    if type(name) ~= "string" or type(value) ~= "string" and type(value) ~= "number" then
      error(("answer(): the function returned the header %s with a %s; headers are texts by name"):format(tostring(name), type(value)), 0)
    end
    texts[name] = tostring(value)
  end
  return texts
end

--- make(request) returns the body (a table, sent as JSON, or a text), the HTTP status (200) and headers.
function Rule:answer(make)
  checked(make, "function", "answer(): what makes the answer")
  return act(self, "answer", nil, function(request)
    local body, status, headers = make(request)
    if type(body) == "table" then body = core.encode(body) end
    if type(body) ~= "string" then error("answer(): the function is to return a body, a table or a text, not a " .. type(body), 0) end
    if status == nil then status = 200 end
    if math.type(status) ~= "integer" or status < 200 or status > 999 then
      error("answer(): the function returned a status that is no whole number from 200 to 999, but " .. shown(status), 0)
    end
    return body, status, header_texts(headers)
  end)
end
--- 503, or another status, with Retry-After.
function Rule:busy(retry_after, code)
  return self:status(code or 503, { ["Retry-After"] = tostring(retry_after or 1) })
end
function Rule:too_many(retry_after) return self:busy(retry_after, 429) end
--- Without a location it leads to itself: a loop.
function Rule:redirect(location, code) return act(self, "redirect", { text = location, number = code or 302 }) end
function Rule:body(text, content_type)
  return act(self, "body", { text = checked(text, "string", "body(): the text"), more = content_type })
end
function Rule:empty() return self:body("") end
function Rule:deep(levels) return act(self, "deep", { number = whole(levels, 1, "deep(): the number of levels", 10000000) }) end
function Rule:huge(megabytes)
  return act(self, "huge", { number = whole(megabytes, 1, "huge(): the number of megabytes", 1000000) * 1024 * 1024 })
end
--- Bytes instead of an answer; with "body" an answer whose body they are.
function Rule:garbage(bytes, where, seed)
  if where and where ~= "body" then error('garbage(): the second argument is "body" or nothing', 2) end
  return act(self, "garbage", { number = whole(bytes, 1, "garbage(): the number of bytes", 100000000), more = where, second = seed or 1 })
end

-- how it travels

function Rule:header(name, value)
  return act(self, "header", { text = checked(name, "string", "header(): the name"),
    more = type(value) == "number" and tostring(value) or checked(value, "string", "header(): the value") })
end
function Rule:content_type(value) return self:header("Content-Type", value) end
function Rule:charset(name) return self:header("Content-Type", "application/json; charset=" .. name) end
function Rule:claim_encoding(name) return self:header("Content-Encoding", name or "gzip") end
function Rule:truncate(bytes) return act(self, "truncate", { number = whole(bytes, 0, "truncate(): the number of bytes") }) end
function Rule:cut(bytes, how)
  if how and how ~= "reset" then error('cut(): the second argument is "reset" or nothing', 2) end
  return act(self, "cut", { number = whole(bytes, 0, "cut(): the number of bytes"), second = how and 1 or 0 })
end
function Rule:wrong_length(difference)
  if math.type(difference) ~= "integer" or difference == 0 then
    error("wrong_length(): a whole number other than 0, not " .. tostring(difference), 2)
  end
  return act(self, "length", { number = difference })
end
function Rule:trickle(bytes, pause_ms)
  return act(self, "trickle", { number = whole(bytes or 1, 1, "trickle(): the number of bytes"),
    second = real_ms(pause_ms or 1, "trickle(): the pause") })
end
function Rule:twice() return act(self, "twice") end

-- columns and records of the answer

local TYPES = { string = true, number = true, boolean = true, object = true, array = true }

function Rule:without(column, object)
  return act(self, "without", { text = checked(column, "string", "without(): the column"), more = name_of(object, "without") })
end
function Rule:null_column(column, object)
  return act(self, "null", { text = checked(column, "string", "null_column(): the column"), more = name_of(object, "null_column") })
end
function Rule:rename_column(column, name, object)
  return act(self, "rename", { text = checked(column, "string", "rename_column(): the column"),
    json = checked(name, "string", "rename_column(): the new name"), more = name_of(object, "rename_column") })
end
function Rule:retype_column(column, kind, object)
  if not TYPES[kind] then error("retype_column(): the type is string, number, boolean, object or array", 2) end
  return act(self, "retype", { text = checked(column, "string", "retype_column(): the column"), json = kind, more = name_of(object, "retype_column") })
end
--- Of each object's list the record at that place; without a place all of them.
function Rule:drop_record(place, object)
  return act(self, "drop", { number = place and whole(place, 1, "drop_record(): the place") or 0, more = name_of(object, "drop_record") })
end
function Rule:double_record(place, object)
  return act(self, "double", { number = place and whole(place, 1, "double_record(): the place") or 0, more = name_of(object, "double_record") })
end
function Rule:add_record(record, object)
  return act(self, "add", { json = checked(record, "table", "add_record(): the record"), what = "add_record(): the record", more = name_of(object, "add_record") })
end
function Rule:reverse_records(object) return act(self, "reverse", { more = name_of(object, "reverse_records") }) end
--- A member of each record's _metadata.
function Rule:lose(member, object)
  return act(self, "lose", { text = checked(member, "string", "lose(): the member"), more = name_of(object, "lose") })
end
function Rule:lose_row_id(object) return self:lose("rowId", object) end
function Rule:lose_key(object)
  local models = checked(object, "table", "lose_key(): the object").model.key
  for _, column in ipairs(models) do self:without(column, object.name) end
  return self
end

-- pages

--- hasMoreRecords as given: true, "true", false, "false", a number; nothing takes it away.
function Rule:more_records(value) return act(self, "more", { json = value, what = "more_records(): the value" }) end
function Rule:ends_early() return act(self, "early") end
function Rule:always_more(limit) return act(self, "always_more", { number = whole(limit or 50, 1, "always_more(): the limit") }) end
function Rule:endless(limit) return act(self, "endless", { number = whole(limit or 50, 1, "endless(): the limit") }) end
function Rule:empty_pages(limit) return act(self, "empty_pages", { number = whole(limit or 50, 1, "empty_pages(): the limit") }) end

-- records of an upload

function Rule:reject(which)
  which = which or {}
  core.members(which, { where = "any", opstatus = "number", errmsg = "string" }, "reject()", "member")
  local where, arguments = which.where, { number = which.opstatus or 20006, text = which.errmsg or "rejected by the back end" }
  if type(where) == "function" then return act(self, "reject", arguments, where) end
  arguments.json, arguments.what = optional(where, "table", "reject(): where, unless it is a function,"), "reject(): where"
  return act(self, "reject", arguments)
end
function Rule:intermediate_error(message)
  if type(message) ~= "table" then checked(message, "string", "intermediate_error(): the message, unless it is a table,") end
  return act(self, "intermediate_error", type(message) == "table" and { json = message, what = "intermediate_error(): the message" } or { text = message })
end
--- The answer travels packed, to clients that say they take it (W-7).
function Rule:gzip() return act(self, "gzip") end
--- Nested records are answered in one list for each object, not nested as they came (W-48).
function Rule:flat() return act(self, "flat") end

-- when

function Rule:store() return act(self, "store") end
function Rule:hang() return act(self, "hang") end
function Rule:hold(gate) return act(self, "hold", { text = checked(gate, "string", "hold(): the gate's name") }) end
function Rule:delay(duration)
  return act(self, "delay", { number = core.duration(duration, "delay") })
end
function Rule:linger(ms) return act(self, "linger", { number = real_ms(ms, "linger()") }) end
function Rule:close() return act(self, "close") end
function Rule:close_unread() return act(self, "close_unread") end
function Rule:reset() return act(self, "reset") end

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
function Rule:matched() return core.matched(self.id) end
function Rule:lift()
  core.lift(self.id)
  return self
end
