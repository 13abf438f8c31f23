-- incrementalSetup: objects and columns come and go, rows and pending edits stay (SET-03). Not on windows.
local company = require "lib.company"

local CHANNELS = { "android", "ios", "web" }

---An organization with employees and notes in step with its app, and one edit that is not uploaded.
local function edited(t)
  local organization, employees, notes = company.with_notes(t)
  employees:insert { { EmpId = 1, Name = "Ada", Salary = 10 }, { EmpId = 2, Name = "Grace", Salary = 20 } }
  notes:insert { Id = "n1", Text = "kept" }
  local app = t:app():setup()
  t.expect(app:sync()):succeeds()
  app:update("Employee", { EmpId = 1 }, { Salary = 11 })
  return { app = app, organization = organization, employees = employees, notes = notes }
end

local function change_schema(title, change, check)
  scenario(title) {
    covers = { "SET-03" },
    needs = { "localCrud" },
    channel = CHANNELS,
    run = function(t)
      local it = edited(t)
      change(it)
      it.app:incremental_setup()
      t.expect(it.app:pending("Employee")):equals { { EmpId = 1 } }
      check(t, it)
      t.expect(it.app:sync()):succeeds()
      t.expect(it.employees:rows()):equals { { EmpId = 1, Name = "Ada", Salary = 11 }, { EmpId = 2, Name = "Grace", Salary = 20 } }
      t.expect(it.app:pending("Employee")):count(0)
    end,
  }
end

change_schema("an incrementalSetup without a change keeps rows and pending edits", function() end, function(t, it)
  t.expect(it.app:rows("Employee")):equals { { EmpId = 1, Salary = 11 }, { EmpId = 2, Salary = 20 } }
  t.expect(it.app:rows("Note")):equals { { Id = "n1", Text = "kept" } }
end)

change_schema("an object that came is synced after an incrementalSetup, the others keep rows and edits", function(it)
  it.cities = it.organization:object("City", {
    key = { "Code" },
    fields = { { name = "Code", datatype = "string", nullable = false }, { name = "People", datatype = "number" } },
  })
  it.cities:insert { Code = "LON", People = 9 }
end, function(t, it)
  t.expect(it.app:rows("Employee")):equals { { EmpId = 1, Salary = 11 }, { EmpId = 2, Salary = 20 } }
  it.app:create("City", { Code = "PAR" })
  t.expect(it.app:sync()):succeeds()
  t.expect(it.app:rows("City")):equals { { Code = "LON", People = 9 }, { Code = "PAR" } }
  t.expect(it.cities:rows()):equals { { Code = "LON" }, { Code = "PAR" } }
end)

change_schema("a column that came can be read, edited and uploaded after an incrementalSetup", function(it)
  it.employees:add_column { name = "Office", datatype = "string" }
end, function(t, it)
  t.expect(it.app:rows("Employee")):equals { { EmpId = 1, Salary = 11 }, { EmpId = 2, Salary = 20 } }
  it.app:update("Employee", { EmpId = 2 }, { Office = "12b" })
  t.expect(it.app:sync()):succeeds()
  t.expect(it.employees:rows()):equals { { EmpId = 1, Salary = 11 }, { EmpId = 2, Office = "12b" } }
  t.expect(it.app:rows("Employee")):equals { { EmpId = 1, Salary = 11 }, { EmpId = 2, Office = "12b" } }
end)

change_schema("a column that went is neither read nor uploaded after an incrementalSetup", function(it)
  it.employees:drop_column("Notes")
end, function(t, it)
  for _, row in ipairs(it.app:rows("Employee")) do t.expect(row.Notes):is_nil() end
  t.expect(it.app:sync()):succeeds()
  for _, record in ipairs(company.records_of(it.organization:uploads())) do t.expect(record.Notes):is_nil() end
end)

change_schema("an object that went is not asked for after an incrementalSetup, the others keep rows and edits", function(it)
  it.notes:drop()
end, function(t, it)
  t.expect(it.app:rows("Employee")):equals { { EmpId = 1, Salary = 11 }, { EmpId = 2, Salary = 20 } }
  t.expect(it.app:attempt("create", { object = "Note", record = { Id = "n2", Text = "x" }, options = {} })):fails()
end)

scenario "an incrementalSetup that fails leaves schema, rows and edits as they were" {
  covers = { "SET-03" },
  needs = { "localCrud" },
  channel = CHANNELS,
  run = function(t)
    local it = edited(t)
    it.employees:add_column { name = "Office", datatype = "string" }
    it.organization:on_metadata():once():status(500)
    t.expect(it.app:attempt("incrementalSetup", { options = {} })):fails()
    t.expect(it.app:rows("Employee")):equals { { EmpId = 1, Salary = 11 }, { EmpId = 2, Salary = 20 } }
    t.expect(it.app:pending("Employee")):equals { { EmpId = 1 } }
    t.expect(it.app:sync()):succeeds()
    t.expect(it.employees:rows()):equals { { EmpId = 1, Salary = 11 }, { EmpId = 2, Salary = 20 } }
  end,
}

scenario "what an incrementalSetup brought is there after a restart" {
  covers = { "SET-03", "API-09" },
  needs = { "localCrud", "restart" },
  channel = CHANNELS,
  run = function(t)
    local it = edited(t)
    it.employees:add_column { name = "Office", datatype = "string" }
    it.app:incremental_setup()
    it.app:restart()
    t.expect(it.app:attempt("update", {
      object = "Employee", record = { Office = "12b" }, options = { primaryKeys = { EmpId = 2 } },
    })):succeeds()
    t.expect(it.app:sync()):succeeds()
    t.expect(it.employees:rows()):equals { { EmpId = 1, Salary = 11 }, { EmpId = 2, Office = "12b" } }
  end,
}
