-- What a recorder saw, as a script that serves the same: services and objects by their metadata, the rows as they were at
-- the end, a rule for each error. core.learn(request) after each exchange, core.learned(origin) at the end.
local core = ...

local services, order = {}, {} -- by name; in the order of first sight

local function service_of(name)
  local service = services[name]
  if not service then
    service = { name = name, options = {}, objects = {}, list = {}, rules = {}, counts = {} }
    services[name] = service
    order[#order + 1] = service
  end
  return service
end

local function is_null(value) return value == nil or value == core.null end

-- ---- learning: documents and metadata ----

local function learn_document(answer)
  for name, meta in pairs(answer.services_meta or {}) do
    if type(meta) == "table" and meta.type == "objectsvc" then
      local service = service_of(name)
      service.options.version = not is_null(meta.version) and tostring(meta.version) or nil
      if meta.offline == false then service.options.offline = false end
    end
  end
end

local function new_object(service, model, full_name)
  local object = { name = full_name, service = service, model = model, rows = {}, keys = {}, columns = {} }
  for _, field in ipairs(model.fields) do object.columns[field.name] = field end
  local known = service.objects[full_name]
  if known then object.rows, object.keys = known.rows, known.keys end
  service.objects[full_name] = object
  return object
end

-- Services are asked for their metadata again; the last whole answer counts.
local function learn_metadata(service, answer)
  if type(answer.namespaces) ~= "table" then return end
  service.options.uploadCache = answer.uploadCache == true or nil
  service.options.conflict = answer.conflict_policy
  if answer.offline == false then service.options.offline = false end
  service.list = {}
  for _, namespace in ipairs(answer.namespaces) do
    for _, model in ipairs(namespace.objects or {}) do
      local full = is_null(namespace.name) or namespace.name == "" and model.name or namespace.name .. "." .. model.name
      service.list[#service.list + 1] = new_object(service, model, full)
    end
  end
end

local function short(name) return name:match("[^.]*$") end

--- By full or by short name (W-3).
local function find_object(service, name)
  if not name then return nil end
  if service.objects[name] then return service.objects[name] end
  for _, object in ipairs(service.list) do
    if short(object.name) == name or object.name == short(name) then return object end
  end
end

-- ---- learning: rows ----

local function key_of(object, record)
  local parts = {}
  for i, column in ipairs(object.model.key) do
    if is_null(record[column]) then return nil end
    parts[i] = tostring(record[column]):gsub("[\\\0]", "\\%0")
  end
  return table.concat(parts, "\0")
end

-- Columns that the object has, over those that are known of the row.
local function merge(object, row, record)
  for column in pairs(object.columns) do
    if record[column] ~= nil then row[column] = record[column] end
  end
  return row
end

local function forget_row(object, key)
  object.rows[key] = nil -- its place in `keys` stays: it may come again
end

local function keep_row(object, key, record)
  if not object.rows[key] then
    if not object.keys[key] then object.keys[#object.keys + 1], object.keys[key] = key, true end
    object.rows[key] = {}
  end
  merge(object, object.rows[key], record)
end

local learn_records

-- Children nest under the name of their object (W-21); columns that lead to the parent may be left out.
local function learn_children(object, record)
  for name, value in pairs(record) do
    local child = type(value) == "table" and not object.columns[name] and find_object(object.service, name)
    if child then learn_records(child, value[1] and value or (next(value) and { value } or {})) end
  end
end

function learn_records(object, records)
  for _, record in ipairs(records) do
    if type(record) == "table" then
      local metadata = type(record._metadata) == "table" and record._metadata or {}
      local key = key_of(object, record)
      if key and metadata.action == "delete" then forget_row(object, key)
      elseif key then keep_row(object, key, record) end
      learn_children(object, record)
    end
  end
end

local function learn_download(service, request, answer)
  local object = find_object(service, request.object)
  if request.level == "object" then
    if object and type(answer.records) == "table" then learn_records(object, answer.records) end
    return
  end
  for _, part in ipairs(answer.Objects or {}) do
    local named = find_object(service, part.name)
    if named and type(part.records) == "table" then learn_records(named, part.records) end
  end
end

-- ---- learning: uploads ----

local function number_of(value) return math.tointeger(tonumber(value)) end

local function is_failed(record)
  local metadata = record._metadata or {}
  return not is_null(metadata.errmsg) or (number_of(metadata.opstatus) or 0) ~= 0
end

-- What a record that was refused looked like; temporary keys are another number each time.
local function description(record)
  local where = {}
  for column, value in pairs(record) do
    local temporary = math.type(value) == "integer" and value < 0
    if column ~= "_metadata" and type(value) ~= "table" and not is_null(value) and not temporary then where[column] = value end
  end
  return where
end

local function learn_uploaded(service, object, sent, record)
  local metadata = record._metadata or {}
  local action = metadata.action or (sent and sent._metadata and sent._metadata.action)
  if is_failed(record) then
    if sent then
      service.rules[#service.rules + 1] =
        { kind = "reject", where = description(sent), opstatus = number_of(metadata.opstatus), errmsg = metadata.errmsg }
    end
    return
  end
  local key = key_of(object, record)
  if not key then return end
  if action == "delete" then forget_row(object, key) return end
  -- a sent update or create is the whole row, with nulls left out (W-32)
  if sent and (action == "create" or action == "update") and not object.rows[key] then keep_row(object, key, sent) end
  keep_row(object, key, record)
end

local function learn_upload_part(service, part, sent)
  local object = find_object(service, part.name)
  if not object or type(part.records) ~= "table" then return end
  for _, record in ipairs(part.records) do
    local id = record._metadata and number_of(record._metadata.rowId)
    learn_uploaded(service, object, id and sent[id], record)
    for name, value in pairs(record) do
      if type(value) == "table" and value[1] and not object.columns[name] then
        learn_upload_part(service, { name = name, records = value }, sent)
      end
    end
  end
end

local function learn_upload(service, request, answer)
  local sent = {}
  for _, record in ipairs(request.records or {}) do
    local id = record._metadata and number_of(record._metadata.rowId)
    if id and id >= 0 then sent[id] = record end
  end
  for _, part in ipairs(answer.objects or {}) do learn_upload_part(service, part, sent) end
end

-- ---- learning: errors ----

local function whole_error(request)
  if request.status and request.status >= 400 then
    return { kind = "status", status = request.status, body = request.answer_text }
  end
  local answer = request.answer
  local opstatus = type(answer) == "table" and number_of(answer.opstatus) or 0
  if type(answer) ~= "table" then return { kind = "body", body = request.answer_text } end
  local partly = opstatus >= 500100 and opstatus <= 500200
  if opstatus == 0 or partly or answer.objects then return nil end
  return { kind = "opstatus", opstatus = opstatus, errmsg = answer.errmsg }
end

local LEARN = {
  metadata = function(service, _, answer) learn_metadata(service, answer) end,
  download = learn_download,
  upload = learn_upload,
  crud = function(service, request, answer)
    local object = find_object(service, request.object)
    if object and request.method == "GET" and type(answer.records) == "table" then learn_records(object, answer.records) end
  end,
}

function core.learn(request)
  if request.event or request.fault or not request.status then return end
  if request.kind == "document" then
    if type(request.answer) == "table" then learn_document(request.answer) end
    return
  end
  if not request.service or not LEARN[request.kind] then return end
  local service = service_of(request.service)
  service.counts[request.kind] = (service.counts[request.kind] or 0) + 1
  local failed = request.kind ~= "crud" and whole_error(request)
  if failed then
    failed.on, failed.nth = request.kind, service.counts[request.kind]
    service.rules[#service.rules + 1] = failed
  elseif type(request.answer) == "table" then
    LEARN[request.kind](service, request, request.answer)
  end
end

-- ---- writing Lua ----

local function quoted(text)
  return '"' .. text:gsub('[%c"\\]', function(c)
    if c == "\n" then return "\\n" end
    if c == '"' or c == "\\" then return "\\" .. c end
    return ("\\%03d"):format(c:byte())
  end) .. '"'
end

local KEYWORDS = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat return then true until
  while]]):gmatch("%a+") do KEYWORDS[word] = true end

local function is_name(text) return text:match("^[%a_][%w_]*$") and not KEYWORDS[text] end
local function member(text) return is_name(text) and text or "[" .. quoted(text) .. "]" end
local function at(text) return is_name(text) and "." .. text or "[" .. quoted(text) .. "]" end

local literal

-- `first`: names that come before the others, which are sorted.
local function table_literal(value, first)
  local parts, done = {}, {}
  if value[1] ~= nil or getmetatable(value) == core.array then
    for i, item in ipairs(value) do parts[i] = literal(item) end
    return #parts > 0 and "{ " .. table.concat(parts, ", ") .. " }" or "foundry.array {}"
  end
  local names = {}
  for name in pairs(value) do names[#names + 1] = tostring(name) end
  table.sort(names)
  for _, name in ipairs(first or {}) do
    if value[name] ~= nil then parts[#parts + 1] = member(name) .. " = " .. literal(value[name]) end
    done[name] = true
  end
  for _, name in ipairs(names) do
    if not done[name] then parts[#parts + 1] = member(name) .. " = " .. literal(value[name]) end
  end
  return #parts > 0 and "{ " .. table.concat(parts, ", ") .. " }" or "{}"
end

function literal(value, first)
  if value == core.null then return "foundry.null" end
  if type(value) == "string" then return quoted(value) end
  if type(value) == "table" then return table_literal(value, first) end
  if math.type(value) == "float" then return core.encode(value) end -- the shortest digits that mean it
  return tostring(value)
end

local FIELD = { "name", "datatype", "length", "nullable", "auto_generated", "creatable", "updatable" }
local SERVICE = { "uploadCache", "conflict", "version", "offline" }
local POLICIES = { none = true, clientwins = true, serverwins = true, custom = true }
local NOT_SHOWN = { name = true, fields = true, key = true, relationships = true }

local function write(out, format, ...) out[#out + 1] = format:format(...) end

local function variable(object) return "objects" .. at(object.name) end

-- Operations that say nothing beyond their names.
local function is_plain(operations)
  for _, operation in pairs(operations) do
    if type(operation) ~= "table" or next(operation) ~= nil then return false end
  end
  return true
end

local function write_object(out, object)
  write(out, "%s = services%s:object(%s, {", variable(object), at(object.service.name), quoted(object.name))
  write(out, "  key = %s,", literal(object.model.key))
  write(out, "  fields = {")
  for _, field in ipairs(object.model.fields) do write(out, "    %s,", literal(field, FIELD)) end
  write(out, "  },")
  local names = {}
  for name, value in pairs(object.model) do
    if not NOT_SHOWN[name] and value ~= core.null and not (name == "operations" and is_plain(value)) then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do write(out, "  %s = %s,", member(name), literal(object.model[name])) end
  write(out, "})")
end

local function write_relations(out, object)
  for _, relation in ipairs(object.model.relationships or {}) do
    local target = find_object(object.service, relation.target_object)
    if target then
      write(out, "services%s:relate {", at(object.service.name))
      write(out, "  name = %s, type = %s, from = %s, to = %s,", literal(relation.name), literal(relation.type), variable(object), variable(target))
      write(out, "  source_fields = %s, target_fields = %s, cascade = %s, backend_cascade_support = %s,", literal(relation.source_fields),
        literal(relation.target_fields), tostring(relation.cascade == true), tostring(relation.backend_cascade_support == true))
      write(out, "}")
    end
  end
end

-- Columns in the order of the metadata; a column without a value is null.
local function row_literal(object, row)
  local parts = {}
  for _, field in ipairs(object.model.fields) do
    local value = row[field.name]
    if not is_null(value) then parts[#parts + 1] = member(field.name) .. " = " .. literal(value) end
  end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

local function write_rows(out, object)
  local begun
  for i, key in ipairs(object.keys) do
    local row = object.rows[key]
    if i % 1000 == 0 then core.made() end
    if row then
      if not begun then write(out, "\n%s:insert {", variable(object)) end
      begun = true
      out[#out + 1] = "  " .. row_literal(object, row) .. ","
    end
  end
  if begun then write(out, "}") end
end

local RULES = {
  status = function(rule) return (":status(%d, nil, %s)"):format(rule.status, quoted(rule.body or "")) end,
  body = function(rule) return (":body(%s)"):format(quoted(rule.body or "")) end,
  opstatus = function(rule) return (":opstatus(%d, %s)"):format(rule.opstatus, quoted(is_null(rule.errmsg) and "" or rule.errmsg)) end,
}

local function rule_literal(service, rule)
  if rule.kind == "reject" then
    return ("services%s:on_upload():optional():reject { where = %s, opstatus = %d, errmsg = %s }"):format(at(service.name),
      literal(rule.where), rule.opstatus or 20006, quoted(is_null(rule.errmsg) and "" or tostring(rule.errmsg)))
  end
  return ("services%s:on_%s():nth(%d):optional()%s"):format(at(service.name), rule.on, rule.nth, RULES[rule.kind](rule))
end

local function write_rules(out, service)
  if #service.rules > 0 then write(out, "\n-- errors that were seen; nth() counts this service's requests of the kind") end
  local written = {}
  for _, rule in ipairs(service.rules) do
    local line = rule_literal(service, rule)
    if not written[line] then out[#out + 1] = line end
    written[line] = true
  end
end

local function write_service(out, service)
  if #service.list == 0 then
    write(out, "\n-- %s: its metadata was not seen", service.name:gsub("%c", "?"))
    return
  end
  local options = service.options
  if not POLICIES[options.conflict] then options.conflict = nil end
  write(out, "\nservices%s = server:service(%s, %s)", at(service.name), quoted(service.name), literal(options, SERVICE))
  for _, object in ipairs(service.list) do write_object(out, object) end
  for _, object in ipairs(service.list) do write_relations(out, object) end
  for _, object in ipairs(service.list) do write_rows(out, object) end
  write_rules(out, service)
end

function core.learned(origin)
  local out = {}
  write(out, "-- Recorded from %s by foundry-mock record. Serve it with foundry-mock --script FILE.", origin:gsub("%c", "?"))
  write(out, 'local foundry = require "foundry"')
  write(out, "local services, objects = {}, {} -- by name")
  table.sort(order, function(a, b) return a.name < b.name end)
  for _, service in ipairs(order) do
    write_service(out, service)
  end
  return table.concat(out, "\n") .. "\n"
end
