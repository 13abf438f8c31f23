-- Each always-on rule can hold and can break.
local tests = {}

local function progress(seq, phase, state, name)
  return { seq = seq, at = seq, kind = "progress", payload = { phase = phase, state = state, objectServiceName = name } }
end
local function ending(seq, kind) return { seq = seq, at = seq, kind = kind or "success", payload = {} } end

local function a_sync(fields)
  fields.id, fields.level = fields.id or "s1", fields.level or "application"
  fields.from, fields.callbacks = fields.from or 0, fields.callbacks or {}
  return fields
end

local function upload(fields)
  fields.kind, fields.service = fields.kind or "upload", fields.service or "Org"
  fields.records = fields.records or {}
  fields.body = fields.body or { records = fields.records }
  fields.headers = fields.headers or {}
  return fields
end

local function breaks(rule, seen)
  seen.syncs, seen.requests, seen.tokens = seen.syncs or {}, seen.requests or {}, seen.tokens or {}
  return #require("prelude.rules")[rule](seen)
end

tests["API-03: one end"] = function(case)
  local function count(sync) return breaks("one_end", { syncs = { a_sync(sync) } }) end
  case.equal(count { callbacks = { ending(1) }, must_end = true }, 0)
  case.equal(count { refusal = {}, must_end = true }, 0)
  case.equal(count { callbacks = { ending(1), ending(2, "failure") } }, 1, "two callbacks")
  case.equal(count { callbacks = { ending(1) }, refusal = {} }, 1, "refusal and callback")
  case.equal(count { must_end = true }, 1, "no end")
  case.equal(count { must_end = true, aborted = true }, 0, "killed")
  case.equal(count {}, 0, "nobody waited")
end

tests["API-04: nothing is sent after the end"] = function(case)
  local function count(syncs, seq, service)
    return breaks("nothing_after_end", { syncs = syncs, requests = { upload { seq = seq, service = service } } })
  end
  local first = a_sync { from = 10, callbacks = { ending(20) } }
  case.equal(count({ first }, 15), 0)
  case.equal(count({ first }, 25), 1, "after its end")
  case.equal(count({ first }, 5), 1, "before its start")
  case.equal(count({ first, a_sync { from = 24 } }, 25), 0, "of the next one, which runs")
  case.equal(count({ a_sync { from = 10, refusal = {}, returned = 12 } }, 13), 1, "after a refusal")
  local service = a_sync { from = 10, level = "objectService", target = "Org" }
  case.equal(count({ service }, 15), 0)
  case.equal(count({ service }, 15, "Sales"), 1, "of another service")
  case.equal(count({}, 15), 1, "without any sync")
  case.equal(breaks("nothing_after_end", { requests = { upload { kind = "metadata", seq = 1 } } }), 0, "metadata does not count")
end

tests["UPL-01/order: a sync that was cut off does not send what a later one sends"] = function(case)
  local function edit(row_id) return { _metadata = { rowId = row_id } } end
  local killed, later = a_sync { aborted = true, from = 0 }, a_sync { id = "s2", from = 20, callbacks = { ending(30) } }
  local first = upload { seq = 5, records = { edit(7) }, body_text = "one" }
  local again = upload { seq = 25, records = { edit(7) }, body_text = "two" }
  case.equal(breaks("edit_order", { syncs = { killed, later }, requests = { first, again } }), 0)
  case.equal(breaks("edit_order", { syncs = { killed }, requests = { first, again } }), 1, "the same sync")
end

tests["API-08: the token travels raw"] = function(case)
  local function count(headers, tokens)
    return breaks("raw_token", { tokens = tokens or { abc = true }, requests = { upload { seq = 1, headers = headers } } })
  end
  case.equal(count { ["x-voltmx-authorization"] = "abc" }, 0)
  case.equal(count { ["x-kony-authorization"] = "abc" }, 0)
  case.equal(count { ["x-voltmx-authorization"] = "Bearer abc" }, 1)
  case.equal(count {}, 1, "missing")
  case.equal(count({}, {}), 0, "no token is known")
end

tests["API-15: no progress after the end"] = function(case)
  local early = { progress(1, "Sync", "Started"), ending(2) }
  case.equal(breaks("no_late_progress", { syncs = { a_sync { callbacks = early } } }), 0)
  local late = { ending(1), progress(2, "Sync", "Ended") }
  case.equal(breaks("no_late_progress", { syncs = { a_sync { callbacks = late } } }), 1)
end

local function edit(row_id, fields)
  fields = fields or {}
  fields._metadata = { rowId = row_id, object = fields.object or "Employee", action = fields.action or "update" }
  fields.object, fields.action = nil, nil
  return fields
end

tests["UPL-01/order: edits go up in their order"] = function(case)
  local function count(...)
    local requests = {}
    for i, row_ids in ipairs { ... } do
      local records = {}
      for _, row_id in ipairs(row_ids) do records[#records + 1] = edit(row_id) end
      requests[i] = upload { seq = i, records = records, replayed = row_ids.replayed, body_text = table.concat(row_ids, ",") }
    end
    return breaks("edit_order", { syncs = { a_sync { from = 0 } }, requests = requests })
  end
  case.equal(count({ 1, 2, 3 }, { 4, 7 }), 0)
  case.equal(count({ 9, 10, 19, 20 }, { 100, 101 }), 0, "as numbers, not as text")
  case.equal(count { 2, 1 }, 1, "within a request")
  case.equal(count({ 3, 4 }, { 1, 2 }), 1, "from batch to batch")
  case.equal(count { 1, 1 }, 1, "twice")
  case.equal(count({ 3 }, { 1, replayed = true }, { 4 }), 0, "a replay is older")
  case.equal(count({ 1, 2 }, { 1, 2 }), 0, "the same request again")
  local first, second = a_sync { from = 0, callbacks = { ending(2) } }, a_sync { id = "s2", from = 3 }
  local requests = { upload { seq = 1, records = { edit(5) } }, upload { seq = 4, records = { edit(1) } } }
  case.equal(breaks("edit_order", { syncs = { first, second }, requests = requests }), 0, "another sync numbers as it likes")
end

tests["UPL-01/order: a hierarchical service's passes have an order of their own"] = function(case)
  local function count(level, nests)
    local request = upload { seq = 1, service = "Sales", level = level, records = { edit(2), edit(1) } }
    local schema = { Order = { service = "Sales", nests = nests }, Employee = { service = "Organization", nests = true } }
    return breaks("edit_order", { schema = schema, syncs = { a_sync { from = 0 } }, requests = { request } })
  end
  case.equal(count("service", true), 0)
  case.equal(count("object", true), 1, "object level is flat")
  case.equal(count("service", false), 1, "another service's hierarchy")
end

tests["UPL-06: a parent's create stands before its children"] = function(case)
  local schema = { Employee = { foreign = { DeptId = { object = "Department", column = "DeptId" } } } }
  local parent = function(key) return edit(1, { object = "Department", action = "create", DeptId = key }) end
  local child = function(key) return edit(2, { action = "create", EmpId = -1, DeptId = key }) end
  local function count(...) return breaks("parents_first", { schema = schema, requests = { upload { seq = 1, records = { ... } } } }) end
  case.equal(count(parent(-1), child(-1)), 0)
  case.equal(count(child(-1), parent(-1)), 1)
  case.equal(count(child("-1"), parent(-1)), 1, "a number as text")
  case.equal(count(child(-2), parent(-1)), 0, "of another parent")
  case.equal(count(child(7), parent(7)), 0, "no temporary key")
  case.equal(count(child(-1)), 0, "its parent is not in it")
end

-- Words like "S< U< U. U> D< D> S>": < Started, . InProgress, > Ended; a digit is another name.
local PHASES = { S = "Sync", U = "Upload", D = "Download" }
local STATES = { ["<"] = "Started", ["."] = "InProgress", [">"] = "Ended" }

local function grammar_breaks(words, how)
  local callbacks, seq = {}, 0
  for phase, state, name in words:gmatch("(%u)([<.>])(%d?)") do
    seq = seq + 1
    callbacks[seq] = progress(seq, PHASES[phase], STATES[state], "name" .. name)
  end
  if how then callbacks[seq + 1] = ending(seq + 1, how) end
  return breaks("progress_grammar", { syncs = { a_sync { callbacks = callbacks } } })
end

tests["PRG-02: what the grammar allows"] = function(case)
  for _, words in ipairs {
    "", "S< S>", "S<", "S< U< U> D< D> S>", "S< U< U. U. U> U< U> D< D. D> D< D> S>", "S< D< D> S>",
    "S< S<1 U< D<1 D>1 U> S>1 S>",
  } do
    case.equal(grammar_breaks(words, "success"), 0, words)
  end
  case.equal(grammar_breaks("S< U<", "failure"), 0, "a failed sync may leave a block open")
end

tests["PRG-02: what the grammar forbids"] = function(case)
  for _, words in ipairs {
    "S>", "U< U>", "S< S< S>", "S< S> S>", "S< S> U< U>", "S< U> S>", "S< U. S>", "S< U< U< U> S>", "S< U< D< D> U> S>",
    "S< D< D> U< U> S>", "S< U< S>", "S< U< D> S>", "S< S. S>", "S< U<",
  } do
    case.equal(grammar_breaks(words, "success"), 1, words)
  end
end

local function records(count, first)
  local list = {}
  for i = 1, count do list[i] = { _metadata = { rowId = (first or 0) + i } } end
  return list
end

tests["UPL-01: batches keep to the size that was asked for"] = function(case)
  local function count(size, number, fields)
    local sync = a_sync { options = { objectServicesOptions = { Org = { uploadBatchSize = size } } } }
    fields = fields or {}
    fields.seq, fields.records = 5, fields.records or records(number)
    return breaks("batch_bound", { syncs = { sync }, requests = { upload(fields) } })
  end
  case.equal(count(2, 2), 0)
  case.equal(count(2, 3), 1)
  case.equal(count("2", 3), 1)
  case.equal(count(nil, 50), 0)
  case.equal(count(nil, 51), 1)
  case.equal(count(0, 51), 1)
  case.equal(count(-1, 50), 0)
  case.equal(count(2, 3, { replayed = true }), 0, "a replay has the batch of its own time")
  case.equal(count(2, 3, { body = { records = { {} } } }), 0, "nested records are not judged")
  local carriers = records(2)
  carriers[3] = { _metadata = { rowId = -1 } }
  case.equal(count(2, 3, { records = carriers }), 0, "carriers do not count")
end

tests["UPL-01: what a sync had cached when its process ended has that one's size"] = function(case)
  local function of_size(fields, size)
    fields.options = { objectServicesOptions = { Org = { uploadBatchSize = size } } }
    return a_sync(fields)
  end
  local killed, later = of_size({ aborted = true }, 3), of_size({ id = "s2", from = 20 }, 1)
  local function count(fields)
    fields.seq, fields.records = 25, records(3)
    return breaks("batch_bound", { syncs = { killed, later }, requests = { upload(fields) } })
  end
  case.equal(count { cache_id = "a" }, 0)
  case.equal(count {}, 1, "nothing was cached")
  killed.options.objectServicesOptions.Org.uploadBatchSize = 2
  case.equal(count { cache_id = "a" }, 1, "too much for both")
end

tests["OPT-14: query parameters are on the requests of their direction, on no others"] = function(case)
  local own = { uploadRequestQueryParams = { Site = "7", Both = "up" }, downloadRequestQueryParams = { Lang = "de", Both = "down" } }
  local sync = a_sync { options = { objectServicesOptions = { Org = own } } }
  local function count(kind, query, more)
    local request = upload { kind = kind, seq = 5, query = query }
    for name, value in pairs(more or {}) do request[name] = value end
    return breaks("query_parameters", { syncs = more and more.syncs or { sync }, requests = { request } })
  end
  case.equal(count("upload", { Site = "7", Both = "up" }), 0)
  case.equal(count("upload", { Site = "7", Both = "up", more = "1" }), 0, "others are not judged here")
  case.equal(count("upload", { Site = "8", Both = "up" }), 1, "another value")
  case.equal(count("upload", { Both = "up" }), 1, "missing")
  case.equal(count("upload", { Site = "7", Both = "up", Lang = "de" }), 1, "of the other direction")
  case.equal(count("download", { Lang = "de", Both = "down", ["$batchsize"] = "500" }), 0)
  case.equal(count("download", { Lang = "de", Both = "up" }), 1)
  case.equal(count("metadata", {}), 0, "none is asked for")
  local later = a_sync { id = "s2", from = 4 }
  case.equal(count("upload", { Site = "7", Both = "up" }, { cache_id = "a", syncs = { sync, later } }), 0, "a replay")
  case.equal(count("upload", {}, { cache_id = "a", syncs = { sync, later } }), 0, "of the later one")
  case.equal(count("upload", { Site = "8" }, { cache_id = "a", syncs = { sync } }), 1)
end

tests["OPT-14: what clients refuse, or write in two ways, is not judged"] = function(case)
  local map = { [1] = "a", Empty = "", ["$filter"] = "x", Number = 5, ["a b"] = "c&d" }
  local sync = a_sync { options = { objectServicesOptions = { Org = { downloadRequestQueryParams = map } } } }
  local seen = { syncs = { sync }, requests = { upload { kind = "download", seq = 5, query = { Empty = "" } } } }
  case.equal(breaks("query_parameters", seen), 0)
  case.equal(breaks("reserved_parameters", seen), 1, "a b")
  seen.requests[1].query["a b"] = "c&d"
  case.equal(breaks("reserved_parameters", seen), 0)
end

tests["UPL-01/nested: several roots keep to the size together, one root is never cut"] = function(case)
  local function count(size, roots, number)
    local sync = a_sync { options = { objectServicesOptions = { Org = { uploadBatchSize = size } } } }
    local body = { records = {} }
    for i = 1, roots do body.records[i] = {} end
    return breaks("nested_bound", { syncs = { sync }, requests = { upload { seq = 5, records = records(number), body = body } } })
  end
  case.equal(count(4, 2, 4), 0)
  case.equal(count(4, 2, 5), 1)
  case.equal(count(4, 1, 5), 0, "one root")
  case.equal(count(4, 5, 5), 0, "a flat one: UPL-01 judges")
end

tests["UPL-01: the options of a service sync are its own"] = function(case)
  local sync = a_sync { level = "objectService", target = "Org", options = { uploadBatchSize = 1 } }
  case.equal(breaks("batch_bound", { syncs = { sync }, requests = { upload { seq = 5, records = records(2) } } }), 1)
end

tests["UPL-01: sizes on which clients differ bound the larger way"] = function(case)
  local bound = require("prelude.rules").upload_bound
  for size, wanted in pairs { ["abc"] = 50, ["7"] = 7, ["1e1"] = 50, ["0x40"] = 64, ["2.5"] = 50, ["100"] = 100 } do
    case.equal(bound { uploadBatchSize = size }, wanted, size)
  end
  case.equal(bound { uploadBatchSize = true }, 50)
  case.equal(bound { uploadBatchSize = 20.0 }, 20)
end

tests["every rule is observed under its id"] = function(case)
  local rules = require "prelude.rules"
  rules.observe { syncs = { a_sync { must_end = true } }, requests = {}, tokens = {} }
  for _, rule in ipairs(rules.ALL) do case.ok(runner.observed[rule.id], rule.id) end
  case.equal(runner.observed["API-03"].ok, false)
  case.equal(runner.observed["API-04"].ok, true)
end

return tests
