-- A relationship with cascade: deleting the parent deletes its children (LOC-06).
local foundry = require "foundry"
local company = require "lib.company"

---Departments and their employees, related with these settings, in step with the app.
local function related(t, settings)
  local organization = t.server:service("Organization")
  local departments = organization:object("Department", company.department_model)
  local employees = organization:object("Employee", foundry.model.employee)
  organization:relate {
    name = "Employees", type = "OneToMany", from = departments, to = employees,
    source_fields = { "DeptId" }, target_fields = { "DeptId" },
    cascade = settings.cascade, backend_cascade_support = settings.backend_cascade_support,
  }
  departments:insert { { DeptId = 1, Title = "Sales" }, { DeptId = 2, Title = "Research" } }
  employees:insert { { EmpId = 1, Name = "Ada", DeptId = 1 }, { EmpId = 2, Name = "Grace", DeptId = 1 },
                     { EmpId = 3, Name = "Barbara", DeptId = 2 }, { EmpId = 4, Name = "Nobody's" } }
  local app = t:app():setup()
  t.expect(app:sync()):succeeds()
  return { app = app, organization = organization, departments = departments, employees = employees }
end

scenario "with cascade the delete of a parent deletes its children and no one else's" {
  covers = { "LOC-06" },
  needs = { "localCrud" },
  run = function(t)
    local it = related(t, { cascade = true })
    it.app:delete("Department", { DeptId = 1 })
    t.expect(it.app:rows("Department")):equals { { DeptId = 2 } }
    t.expect(it.app:rows("Employee")):equals { { EmpId = 3 }, { EmpId = 4 } }
  end,
}

scenario "with cascade the server has neither parent nor children after the next sync" {
  covers = { "LOC-06" },
  needs = { "localCrud" },
  run = function(t)
    local it = related(t, { cascade = true })
    it.app:delete("Department", { DeptId = 1 })
    t.expect(it.app:sync()):succeeds()
    t.expect(it.departments:rows()):equals { { DeptId = 2 } }
    t.expect(it.employees:rows()):equals { { EmpId = 3 }, { EmpId = 4 } }
  end,
}

scenario "without cascade the children stay" {
  covers = { "LOC-06" },
  needs = { "localCrud" },
  run = function(t)
    local it = related(t, { cascade = false })
    it.app:delete("Department", { DeptId = 1 })
    t.expect(it.app:rows("Employee")):count(4)
  end,
}
