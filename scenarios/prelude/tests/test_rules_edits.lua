-- The rules about edits and local rows can hold and can break, over histories that are right and wrong.
local tests = {}

local STRING = "string"
local SCHEMA = {
  Note = { key = { "Id" }, datatypes = { Id = STRING, Text = STRING, Count = "number" }, foreign = {}, children = {} },
  Employee = { key = { "EmpId" }, generated = "EmpId", datatypes = { EmpId = "number", Name = STRING }, foreign = {}, children = {} },
}

local function device(fields)
  return {
    name = "app1", storage = fields.storage or "/app1", ranges = { { from = 0 } }, drained = fields.drained,
    diary = { edits = fields.edits or {}, readings = fields.readings or {} },
  }
end

-- What the rule says of a history of one device.
local function breaks(rule, history)
  for i, request in ipairs(history.requests or {}) do request.seq = request.seq or i end
  return require("prelude.rules")[rule] {
    schema = SCHEMA, requests = history.requests or {}, syncs = history.syncs or { { from = 0, level = "application", callbacks = {} } },
    apps = history.apps or { device(history) }, may_double = history.may_double,
  }
end

local function edit(action, id, values, options)
  return { action = action, object = "Note", key = { Id = id }, values = values, options = options }
end

local function sent(row_id, id, values, action)
  local record = { Id = id, Text = "", Count = 0, _metadata = { object = "Note", action = action or "update", rowId = row_id } }
  for column, value in pairs(values or {}) do record[column] = value end
  return record
end

-- An upload that is answered with the rows that it brought; `more` replaces members of it.
local function upload(records, more)
  local request = {
    kind = "upload", service = "Sales", records = records, status = 200, wire = { ended_by = "answered" },
    answer = { opstatus = 0, objects = { { name = "Note", records = records } } },
  }
  for name, value in pairs(more or {}) do request[name] = value end
  return request
end

-- ---- UPL-12/once ----

tests["UPL-12/once: an edit is acknowledged once"] = function(case)
  local function count(edits, requests, more)
    local history = { edits = edits, requests = requests }
    for name, value in pairs(more or {}) do history[name] = value end
    return #breaks("edits_once", history)
  end
  local one = { edit("update", "n", { Text = "a" }) }
  local function first(more) return upload({ sent(1, "n") }, more) end
  case.equal(count(one, { first() }), 0)
  case.equal(count(one, { first(), upload { sent(2, "n") } }), 1, "again under another rowId")
  case.equal(count(one, { first(), upload { sent(1, "n") } }), 1, "again under the same")
  case.equal(count(one, { first(), upload { sent(2, "n") } }, { may_double = "it is documented" }), 0)
  case.equal(count(one, { first { cache_id = "a" }, first { cache_id = "a" } }), 0, "a replay")
  case.equal(count(one, { first { cache_id = "a" }, first { cache_id = "b" } }), 1, "under another cache id")
  case.equal(count({ edit("update", "n"), edit("update", "n") }, { first(), upload { sent(2, "n") } }), 0, "two edits")
  case.equal(count({ edit("create", "n") }, { first(), upload { sent(2, "n") } }), 1, "a create that went on as an update")
  case.equal(count({}, { first() }), 1, "nobody made it")
  case.equal(count({ edit("update", "n", {}, { trackChanges = false }) }, { first() }), 1, "it was not tracked (UPL-04)")
  case.equal(count({ edit("delete", "n") }, { upload { sent(1, "n", nil, "delete") }, upload { sent(2, "n", nil, "delete") } }), 1)
  case.equal(count({ edit("delete", "n") }, { first() }), 1, "a delete is no write")
end

tests["UPL-12/once: what may not have been acknowledged is not counted"] = function(case)
  local function count(more, syncs)
    local requests = { upload({ sent(1, "n") }, more), upload { sent(2, "n") } }
    return #breaks("edits_once", { edits = { edit("update", "n") }, requests = requests, syncs = syncs })
  end
  case.equal(count {}, 1)
  case.equal(count { wire = { ended_by = "cut" } }, 0, "the answer did not arrive")
  case.equal(count { wire = { ended_by = "closed" } }, 0)
  case.equal(count { status = 504 }, 0)
  case.equal(count { fault = "upload rule 1: twice" }, 0, "a spoilt answer")
  case.equal(count { fault = "upload rule 1: hold(gate)" }, 1, "one that came late")
  case.equal(count { answer = { opstatus = 20001 } }, 0, "refused")
  local function answered(record) return { answer = { opstatus = 0, objects = { { name = "Note", records = { record } } } } } end
  case.equal(count(answered { Id = "n", errmsg = "no", _metadata = { rowId = 1 } }), 0, "rejected")
  case.equal(count(answered { Id = "n", _metadata = { rowId = 1, opstatus = 20006 } }), 0, "rejected by its opstatus")
  case.equal(count(answered { Id = "n", Text = "", _metadata = { rowId = 1 } }), 0, "answered in part (UPL-09)")
  case.equal(count(answered(sent(9, "n"))), 0, "an answer to what was not sent")
  case.equal(count({ seq = 5 }, { { from = 0, level = "application", callbacks = {}, aborted = true } }), 0,
    "without an id, in a sync that was killed")
end

tests["UPL-12/once: a generated key is followed, a row in doubt is not judged"] = function(case)
  local function ada(key, row_id)
    return { EmpId = key, Name = "Ada", _metadata = { object = "Employee", action = "create", rowId = row_id } }
  end
  local function answer(row_id)
    local row = ada(101, row_id)
    row._EmpId = -1
    return { opstatus = 0, objects = { { name = "Employee", records = { row } } } }
  end
  local created = { action = "create", object = "Employee", key = { EmpId = -1 }, values = { Name = "Ada" } }
  local requests = { upload({ ada(-1, 1) }, { answer = answer(1) }), upload({ ada(101, 2) }, { answer = answer(2) }) }
  case.equal(#breaks("edits_once", { edits = { created }, requests = requests }), 1)
  case.equal(#breaks("edits_once", { edits = { created, { action = "update", object = "Employee" } }, requests = requests }), 0,
    "some row was edited by a condition")
end

-- ---- UPL-05 ----

local TRACKED = { trackIntermediateUpdates = true }

tests["UPL-05: each state that is tracked goes up"] = function(case)
  local function count(edits, texts, drained)
    local records = {}
    for i, text in ipairs(texts) do records[i] = sent(i, "n", { Text = text }) end
    return #breaks("intermediate_edits", { edits = edits, requests = { upload(records) }, drained = drained ~= false })
  end
  local function update(text, options) return edit("update", "n", { Text = text }, options) end
  local two = { update "a", update("b", TRACKED) }
  case.equal(count(two, { "a", "b" }), 0)
  case.equal(count(two, { "b" }), 1, "folded")
  case.equal(count(two, { "b", "a" }), 0, "UPL-01/order judges the order of the last one")
  case.equal(count({ update "a", update("b", TRACKED), update("c", TRACKED) }, { "b", "a", "c" }), 1, "in another order")
  case.equal(count(two, { "b" }, false), 0, "the drain failed")
  case.equal(count({ update "a", update "b" }, { "b" }), 0, "nobody asked for both")
  case.equal(count({ update "a", update("b", TRACKED), edit("delete", "n") }, {}), 0, "a row that is deleted")
  two[1].void = true
  case.equal(count(two, {}), 0, "undone")
end

-- ---- LOC-07 ----

local function page(records, more)
  local request = { kind = "download", service = "Sales", answer = { Objects = { { name = "Note", records = records } } } }
  for name, value in pairs(more or {}) do request[name] = value end
  return request
end

local function read(...) return { { at = 9, object = "Note", rows = { ... } } } end

tests["LOC-07: a local row is one version, with the user's edits over it"] = function(case)
  local old, new = { Id = "n", Text = "old", Count = 1 }, { Id = "n", Text = "new", Count = 2 }
  local function count(row, edits, requests)
    return #breaks("no_mixed_row", { edits = edits, requests = requests or { page { old }, page { new } }, readings = read(row) })
  end
  case.equal(count(old), 0)
  case.equal(count(new), 0)
  case.equal(count { Id = "n", Text = "new", Count = "2.0" }, 0, "another spelling")
  case.equal(count { Id = "n", Text = "new", Count = 1 }, 1, "a blend")
  case.equal(count { Id = "n", Text = "old", Count = 2 }, 1, "the other one")
  case.equal(count { Id = "n", Text = "new" }, 1, "half a row")
  case.equal(count({ Id = "n", Text = "mine", Count = 1 }, { edit("update", "n", { Text = "mine" }) }), 0, "an edit over the first")
  case.equal(count({ Id = "n", Text = "mine", Count = 2 }, { edit("update", "n", { Text = "mine" }) }), 0, "over the second")
  case.equal(count({ Id = "n", Text = "new", Count = 1 }, { edit("update", "n", { Text = "mine" }) }), 1, "a blend beside an edit")
  case.equal(count({ Id = "n", Text = "mine", Count = 3 }, { edit("update", "n", { Text = "mine" }) }), 1, "from nowhere")
end

tests["LOC-07: a row that was created here, and what the server made of it"] = function(case)
  local created = { edit("create", "n", { Text = "a" }) }
  local function count(row, answered)
    local requests = answered and { upload({ sent(1, "n", { Text = "a" }) }, { answer = { objects = { { name = "Note", records = { answered } } } } }) }
    return #breaks("no_mixed_row", { edits = created, requests = requests, readings = read(row) })
  end
  case.equal(count { Id = "n", Text = "a" }, 0)
  case.equal(count { Id = "n", Text = "b" }, 1)
  case.equal(count({ Id = "n", Text = "by the server", Count = 7 }, { Id = "n", Text = "by the server", Count = 7 }), 0)
  case.equal(count({ Id = "n", Text = "a", Count = 7 }, { Id = "n", Text = "by the server", Count = 7 }), 0, "an edit over its answer")
  case.equal(count({ Id = "n", Text = "by the server" }, { Id = "n", Text = "by the server", Count = 7 }), 1, "a part of its answer")
end

tests["LOC-07: where it cannot tell it says nothing"] = function(case)
  local old, new = { Id = "n", Text = "old", Count = 1 }, { Id = "n", Text = "new", Count = 2 }
  local blend = { Id = "n", Text = "new", Count = 1 }
  local function count(requests, more)
    local history = { requests = requests, readings = read(blend) }
    for name, value in pairs(more or {}) do history[name] = value end
    return #breaks("no_mixed_row", history)
  end
  case.equal(count { page { old }, page { new } }, 1)
  case.equal(count {}, 0, "the server never sent it")
  case.equal(count { page { old }, page { { Id = "n", Text = "new" } } }, 0, "a partial record (DNL-05)")
  case.equal(count { page { old }, page { { Id = "n", Text = "new", Count = {} } } }, 0, "a value of another kind")
  case.equal(count({ page { old }, page { new } }, { edits = { { action = "update", object = "Note" } } }), 0, "an edit by condition")
  local other = device { storage = "/two", readings = read(blend) }
  other.ranges = { { from = 7 } }
  case.equal(count({ page { old }, page { new } }, { apps = { device {}, other } }), 0, "sent to another device")
  other.storage = "/app1"
  case.equal(count({ page { old }, page { new } }, { apps = { device {}, other } }), 1, "the same device under its name")
end

return tests
