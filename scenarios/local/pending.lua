-- getPendingRecordsForUpload: the keys of the rows with tracked edits (LOC-01).
local company = require "lib.company"

local function with_rows(t, ...)
  local organization, employees = company.organization(t)
  employees:insert { ... }
  local app = t:app():setup()
  t.expect(app:sync()):succeeds()
  return app, organization, employees
end

scenario "rows that were created, changed and deleted are pending until they are uploaded" {
  covers = { "LOC-01" },
  needs = { "localCrud" },
  run = function(t)
    local app = with_rows(t, { EmpId = 1, Name = "Ada" }, { EmpId = 2, Name = "Grace" }, { EmpId = 3, Name = "Barbara" })
    t.expect(app:pending("Employee")):count(0)
    app:update("Employee", { EmpId = 1 }, { Salary = 5 })
    app:delete("Employee", { EmpId = 2 })
    local made = app:create("Employee", { Name = "Margaret" })
    t.expect(app:pending("Employee")):equals { { EmpId = 1 }, { EmpId = 2 }, { EmpId = made.EmpId } }

    t.expect(app:sync()):succeeds()
    t.expect(app:pending("Employee")):count(0)
  end,
}

scenario "a row with several edits is pending once" {
  covers = { "LOC-01" },
  needs = { "localCrud" },
  run = function(t)
    local app = with_rows(t, { EmpId = 1, Name = "Ada" })
    for salary = 1, 3 do app:update("Employee", { EmpId = 1 }, { Salary = salary }) end
    t.expect(app:pending("Employee")):equals { { EmpId = 1 } }
  end,
}

scenario "an edit that is not tracked is not pending" {
  covers = { "LOC-01", "UPL-04" },
  needs = { "localCrud" },
  run = function(t)
    local app = with_rows(t, { EmpId = 1, Name = "Ada" }, { EmpId = 2, Name = "Grace" })
    app:update("Employee", { EmpId = 1 }, { Salary = 5 }, { trackChanges = false })
    app:update("Employee", { EmpId = 2 }, { Salary = 6 })
    t.expect(app:pending("Employee")):equals { { EmpId = 2 } }
    t.expect(app:rows("Employee")):equals { { EmpId = 1, Salary = 5 }, { EmpId = 2, Salary = 6 } }
  end,
}

scenario "a record that the server rejected is still pending, its batch mates are not" {
  covers = { "LOC-01", "UPL-07" },
  needs = { "localCrud" },
  run = function(t)
    local app, organization = with_rows(t, { EmpId = 1, Name = "Ada" }, { EmpId = 2, Name = "Grace" })
    app:update("Employee", { EmpId = 1 }, { Salary = 5 })
    app:update("Employee", { EmpId = 2 }, { Salary = 6 })
    organization:on_upload():once():reject { where = { EmpId = 1 } }
    app:sync { syncMode = "parallel" }
    t.expect(app:pending("Employee"), "UPL-07"):equals { { EmpId = 1 } }
  end,
}

scenario "the keys of pending rows survive a restart" {
  covers = { "LOC-01", "API-09" },
  needs = { "localCrud", "restart" },
  run = function(t)
    local app = with_rows(t, { EmpId = 1, Name = "Ada" })
    app:update("Employee", { EmpId = 1 }, { Salary = 5 })
    local made = app:create("Employee", { Name = "Grace" })
    app:restart()
    t.expect(app:pending("Employee")):equals { { EmpId = 1 }, { EmpId = made.EmpId } }
  end,
}
