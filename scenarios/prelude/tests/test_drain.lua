-- The drain finds what is lost and what is doubled, and nothing else (UPL-12).
local tests = {}

local EMPLOYEE = { "EmpId" }

local function edits() return require("prelude.model").new() end

local function record(model, action, key, values, options)
  model:record { action = action, object = "Employee", columns = EMPLOYEE, key = { EmpId = key }, values = values, options = options }
end

---What the drain says when the server has `rows`.
local function judge(model, rows, more)
  server:add_metadata()
  local world = {
    schema = require("prelude.schema").read(server:requests()), requests = server:requests(), ranges = { { from = 0 } },
    server_rows = function(object) return object == "Employee" and rows or nil end, sync_errors = {},
  }
  for name, value in pairs(more or {}) do world[name] = value end
  return require("prelude.drain").judge(model, world)
end

tests["an edit that the server holds is fine"] = function(case)
  local model = edits()
  record(model, "update", 5, { Name = "Ada", Active = true })
  record(model, "delete", 6)
  case.equal(#judge(model, { { EmpId = "5", Name = "Ada", Active = 1, Salary = 7 } }), 0)
end

tests["an update that the server never got is lost"] = function(case)
  local model = edits()
  record(model, "update", 5, { Name = "Ada" })
  local breaks = judge(model, { { EmpId = 5, Name = "old" } })
  case.equal(#breaks, 1)
  case.ok(breaks[1]:find("lost: the update of Employee EmpId=5", 1, true), breaks[1])
end

tests["a create and a delete that the server never got are lost"] = function(case)
  local model = edits()
  record(model, "create", -1, { Name = "Ada" })
  record(model, "delete", 6)
  case.equal(#judge(model, { { EmpId = 6 } }), 2)
end

tests["a temporary key is followed to the generated one"] = function(case)
  local model = edits()
  record(model, "create", -1, { Name = "Ada" })
  server:add_upload({ { EmpId = -1, Name = "Ada" } }, { [-1] = 101 })
  case.equal(#judge(model, { { EmpId = 101, Name = "Ada" } }), 0)
end

tests["a parent's temporary key in a column is followed to the generated one"] = function(case)
  local model = edits()
  record(model, "create", -1, { Name = "Ada" })
  record(model, "create", -2, { Name = "Grace", BossId = -1 })
  server:add_upload({ { EmpId = -1, Name = "Ada" } }, { [-1] = 101 })
  local upload = server:add_upload({ { EmpId = -2, Name = "Grace", BossId = 101 } }, { [-2] = 102 })
  local ada = { EmpId = 101, Name = "Ada" }
  case.equal(#judge(model, { ada, { EmpId = 102, Name = "Grace", BossId = 101 } }), 0)
  upload.executed = false
  case.equal(#judge(model, { ada, { EmpId = 102, Name = "Grace", BossId = 7 } }), 1)
end

tests["a create that made two rows is doubled, unless that is allowed"] = function(case)
  local model = edits()
  record(model, "create", -1, { Name = "Ada" })
  server:add_upload({ { EmpId = -1, Name = "Ada" } }, { [-1] = 101 })
  server:add_upload({ { EmpId = -1, Name = "Ada" } }, { [-1] = 102 })
  local rows = { { EmpId = 101, Name = "Ada" }, { EmpId = 102, Name = "Ada" } }
  case.ok(judge(model, rows)[1]:find("doubled", 1, true))
  case.equal(#judge(model, rows, { may_double = "no upload cache" }), 0)
end

tests["an older state sent last is a lost edit"] = function(case)
  local model = edits()
  record(model, "update", 5, { Name = "Ada" })
  record(model, "update", 5, { Name = "Ada L." })
  local about = { object = "Employee", action = "update", rowId = 1 }
  server:add_upload { { EmpId = 5, Name = "Ada L.", _metadata = about } }
  server:add_upload { { EmpId = 5, Name = "Ada", _metadata = about } }
  case.equal(#judge(model, { { EmpId = 5, Name = "Ada" } }), 1)
end

tests["what the server made of an edit that arrived is not the client's doing"] = function(case)
  local model = edits()
  record(model, "update", 5, { Name = "Ada" })
  server:add_upload { { EmpId = 5, Name = "Ada", _metadata = { object = "Employee", action = "update", rowId = 1 } } }
  case.equal(#judge(model, { { EmpId = 5, Name = "the server won" } }), 0)
end

tests["a row that only carried its children's edits was not sent anew (W-47)"] = function(case)
  local model = edits()
  record(model, "create", 5, { Name = "Ada" })
  server:add_upload { { EmpId = 5, Name = "Ada", _metadata = { object = "Employee", action = "create", rowId = 1 } } }
  server:add_upload { { EmpId = 5, Name = "changed there", _metadata = { object = "Employee", action = "update", rowId = -1 } } }
  case.equal(#judge(model, { { EmpId = 5, Name = "changed there" } }), 0)
end

tests["an upload on which the back end did not work holds nothing"] = function(case)
  local model = edits()
  record(model, "update", 5, { Name = "Ada" })
  server:add_upload({ { EmpId = 5, Name = "Ada", _metadata = { object = "Employee", action = "update", rowId = 1 } } }).executed = false
  case.equal(#judge(model, { { EmpId = 5, Name = "old" } }), 1)
end

tests["a row that the drain's sync reports is rejected for good"] = function(case)
  local model = edits()
  record(model, "update", 5, { Name = "Ada" })
  local errors = { { direction = "upload", object = "Employee", primaryKeys = { EmpId = "5" } } }
  case.equal(#judge(model, { { EmpId = 5, Name = "old" } }, { sync_errors = errors }), 0)
  errors[1].primaryKeys.EmpId = 6
  case.equal(#judge(model, { { EmpId = 5, Name = "old" } }, { sync_errors = errors }), 1)
end

tests["untracked, deferred, undone and left-out edits are nobody's promise"] = function(case)
  local model = edits()
  record(model, "update", 1, { Name = "x" }, { trackChanges = false })
  record(model, "update", 2, { Name = "x" }, { markForUpload = false })
  record(model, "update", 3, { Name = "x" })
  model:forget(function(object) return object == "Employee" end, { EmpId = 3 })
  case.equal(#judge(model, {}), 0)
  record(model, "update", 4, { Name = "x" })
  model:give_up("Employee", { EmpId = 4 })
  case.equal(#judge(model, {}), 0, "given up")
  model:mark("Employee", { EmpId = 2 })
  case.equal(#judge(model, {}), 1, "marked now")
  model:leave_out("Employee", "a reason")
  case.equal(#judge(model, {}), 0)
end

tests["a later edit of a row counts with its columns, a create starts anew"] = function(case)
  local model = edits()
  record(model, "update", 5, { Name = "a", Active = true })
  record(model, "update", 5, { Name = "b" })
  case.equal(#judge(model, { { EmpId = 5, Name = "b", Active = "true" } }), 0)
  case.equal(#judge(model, { { EmpId = 5, Name = "b", Active = false } }), 1)
  record(model, "delete", 5)
  record(model, "create", 5, { Name = "c" })
  case.equal(#judge(model, { { EmpId = 5, Name = "c" } }), 0)
end

return tests
