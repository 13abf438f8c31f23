-- A small Foundry: one service, two related objects, a few rows, a rule.
--   foundry-mock --model organization [--rows N] [--seed S]      N employees more, made up
local foundry = require "foundry"

local org = server:service("Organization", { uploadCache = true, conflict = "none" })
local departments = org:object("Department", foundry.model.department)
local employees = org:object("Employee", foundry.model.employee)

org:relate {
  name = "Department", type = "ManyToOne",
  from = employees, to = departments,
  source_fields = { "DeptId" }, target_fields = { "DeptId" },
}

departments:insert {
  { DeptId = 1, Title = "Human Resource" },
  { DeptId = 2, Title = "Research" },
}
employees:insert {
  { EmpId = 1, Name = "Ada", Salary = 5000.5, Active = true, HiredOn = "2020-02-29", DeptId = 2 },
  { EmpId = 2, Name = "Grace", Salary = 6000, Active = true, DeptId = 2 },
  { EmpId = 3, Name = "Zuse", Active = false, DeptId = 1 },
}
employees:generate { count = server.options.rows or 0, seed = server.options.seed }

-- Behaviour: the back end refuses records with an empty name.
org:on_upload():reject {
  where = function(record) return record.Name == "" end,
  opstatus = 20006, errmsg = "an employee has a name",
}
