-- A conflict handler of the back end's own: the row that it makes of the two is everybody's (CON-01, CON-02).
local company = require "lib.company"

---Ada is in step; device and back end both change her, and `decide` settles it.
local function settle(t, device, back_end, decide)
  local organization, employees = company.organization(t, { conflict = "custom" })
  employees:insert { EmpId = 1, Name = "Ada", Salary = 10 }
  local kinds = {}
  organization:on_conflict(function(kind, client_row, server_row)
    kinds[#kinds + 1] = kind
    return decide(client_row, server_row)
  end)
  local app = t:app():setup()
  t.expect(app:sync()):succeeds()
  device(app)
  back_end(employees)
  t.expect(app:sync { objectServicesOptions = { Organization = { syncType = "uploadOnly" } } }, "CON-02"):succeeds()
  return app, employees, kinds
end

local function raise(app) app:update("Employee", { EmpId = 1 }, { Salary = 100 }) end
local function remove(app) app:delete("Employee", { EmpId = 1 }) end
local function change(employees) employees:update(1, { Notes = "by the back end" }) end
local function drop(employees) employees:delete(1) end

local function merged(client_row, server_row)
  return { EmpId = 1, Name = "Ada", Salary = client_row.Salary, Notes = server_row and server_row.Notes or "made again" }
end

local cases = {
  { title = "two updates are merged", kind = "update_update", device = raise, back_end = change, decide = merged,
    rows = { { EmpId = 1, Name = "Ada", Salary = 100, Notes = "by the back end" } } },
  { title = "an update of a deleted row makes it again", kind = "update_delete", device = raise, back_end = drop, decide = merged,
    rows = { { EmpId = 1, Name = "Ada", Salary = 100, Notes = "made again" } } },
  { title = "a delete of a changed row is decided for the row", kind = "delete_update", device = remove, back_end = change,
    decide = function(_, server_row) return server_row end, rows = { { EmpId = 1, Salary = 10, Notes = "by the back end" } } },
  { title = "a delete of a changed row is decided for the delete", kind = "delete_update", device = remove, back_end = change,
    decide = function(_, server_row) return server_row, "delete" end, rows = {} },
  { title = "a handler that decides nothing leaves the back end's row", kind = "update_update", device = raise, back_end = change,
    decide = function() return nil end, rows = { { EmpId = 1, Salary = 10, Notes = "by the back end" } } },
}

for _, case in ipairs(cases) do
  scenario("with a custom policy " .. case.title .. ", on both sides") {
    covers = { "CON-01", "CON-02" },
    needs = { "localCrud" },
    run = function(t)
      local app, employees, kinds = settle(t, case.device, case.back_end, case.decide)
      t.expect(kinds, "CON-02"):equals { case.kind }
      t.expect(employees:rows(), "CON-02"):equals(case.rows)
      t.expect(app:rows("Employee")):equals(case.rows)
      t.expect(app:pending("Employee"), "CON-02"):count(0)
    end,
  }
end
