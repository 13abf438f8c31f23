-- Edits that a port must refuse: the documented code, and nothing changes (LOC-05).
local company = require "lib.company"
local foundry = require "foundry"

-- Name is mandatory and EmpId generated in the employee's model; a Note's key is the app's to give.
local cases = {
  { title = "an update of a row that is not there", code = 2301, call = "update",
    params = { object = "Employee", record = { Salary = 1 }, options = { primaryKeys = { EmpId = 99 } } } },
  { title = "a delete of a row that is not there", code = 2301, call = "delete",
    params = { object = "Employee", options = { primaryKeys = { EmpId = 99 } } } },
  { title = "an update of the primary key", code = 2303, call = "update",
    params = { object = "Note", record = { Id = "n2" }, options = { primaryKeys = { Id = "n1" } } } },
  { title = "a create with an empty primary key", code = 2305, call = "create",
    params = { object = "Note", record = { Id = "", Text = "x" } } },
  { title = "a create with a null primary key", code = 2305, call = "create",
    params = { object = "Note", record = { Id = foundry.null, Text = "x" } } },
  { title = "a create of an empty record", code = 2307, call = "create", params = { object = "Employee", record = {} } },
  { title = "a create without a mandatory column", code = 2308, call = "create",
    params = { object = "Employee", record = { Salary = 1 } } },
  { title = "an update that empties a mandatory column", code = 2308, call = "update",
    params = { object = "Employee", record = { Name = foundry.null }, options = { primaryKeys = { EmpId = 1 } } } },
  { title = "a create with a value for a generated column", code = 2309, call = "create",
    params = { object = "Employee", record = { EmpId = 7, Name = "Eve" } } },
  { title = "a create with a column that the object does not have", code = 2310, call = "create",
    params = { object = "Employee", record = { Name = "Eve", Shoes = 2 } } },
  { title = "an update of a column that the object does not have", code = 2310, call = "update",
    params = { object = "Employee", record = { Shoes = 2 }, options = { primaryKeys = { EmpId = 1 } } } },
  { title = "a create with text in a number column", code = 2311, call = "create",
    params = { object = "Employee", record = { Name = "Eve", Salary = "a lot" } } },
  { title = "an edit of an object that does not exist", code = 2404, call = "create",
    params = { object = "Nobody", record = { Name = "Eve" } } },
}

for _, case in ipairs(cases) do
  scenario(case.title .. " is refused with " .. case.code) {
    covers = { "LOC-05" },
    needs = { "localCrud" },
    run = function(t)
      local _, employees, notes = company.with_notes(t)
      employees:insert { EmpId = 1, Name = "Ada", Salary = 10 }
      notes:insert { Id = "n1", Text = "one" }
      local app = t:app():setup()
      t.expect(app:sync()):succeeds()

      case.params.options = case.params.options or {}
      t.expect(app:attempt(case.call, case.params)):fails_with(case.code)
      t.expect(app:rows("Employee")):equals { { EmpId = 1, Name = "Ada", Salary = 10 } }
      t.expect(app:rows("Note")):equals { { Id = "n1", Text = "one" } }
      t.expect(app:pending("Employee")):count(0)
      t.expect(app:pending("Note")):count(0)
    end,
  }
end
