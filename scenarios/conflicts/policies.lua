-- Conflicts are the server's matter: what it decided is in the upload answer and becomes the local row (CON-01, CON-02).
local company = require "lib.company"

---Ada is in step; then device and back end each do their part, and the device syncs.
local function clash(t, policy, device, back_end)
  local _, employees = company.organization(t, { conflict = policy })
  employees:insert { EmpId = 1, Name = "Ada", Salary = 10 }
  local app = t:app():setup()
  t.expect(app:sync()):succeeds()
  device(app)
  back_end(employees)
  return app, employees, app:sync { objectServicesOptions = { Organization = { syncType = "uploadOnly" } } }
end

local function raise(app) app:update("Employee", { EmpId = 1 }, { Salary = 100 }) end
local function remove(app) app:delete("Employee", { EmpId = 1 }) end
local function change(employees) employees:update(1, { Salary = 200, Notes = "by the back end" }) end
local function drop(employees) employees:delete(1) end

local DEVICE = { { EmpId = 1, Name = "Ada", Salary = 100 } }
local BACK_END = { { EmpId = 1, Name = "Ada", Salary = 200, Notes = "by the back end" } }

local cells = {
  { policy = "clientwins", title = "an update over a changed row is the device's", device = raise, back_end = change, rows = DEVICE },
  { policy = "clientwins", title = "an update over a deleted row makes it again", device = raise, back_end = drop, rows = DEVICE },
  { policy = "clientwins", title = "a delete over a changed row deletes it", device = remove, back_end = change, rows = {} },
  { policy = "clientwins", title = "a delete over a deleted row is done", device = remove, back_end = drop, rows = {} },
  { policy = "serverwins", title = "an update over a changed row gives way to the back end's", device = raise, back_end = change, rows = BACK_END },
  { policy = "serverwins", title = "an update over a deleted row gives way to the delete", device = raise, back_end = drop, rows = {} },
  { policy = "serverwins", title = "a delete over a changed row gives way to the back end's", device = remove, back_end = change, rows = BACK_END },
  { policy = "serverwins", title = "a delete over a deleted row is done", device = remove, back_end = drop, rows = {} },
  { policy = "none", title = "an update over a changed row is applied", device = raise, back_end = change, rows = DEVICE },
  { policy = "none", title = "a delete over a changed row is applied", device = remove, back_end = change, rows = {} },
  { policy = "none", title = "a delete over a deleted row is done", device = remove, back_end = drop, rows = {} },
}

for _, cell in ipairs(cells) do
  scenario(("with the policy %s %s, on both sides"):format(cell.policy, cell.title)) {
    covers = { "CON-01", "CON-02" },
    needs = { "localCrud" },
    run = function(t)
      local app, employees, result = clash(t, cell.policy, cell.device, cell.back_end)
      t.expect(result, "CON-02"):succeeds()
      t.expect(employees:rows(), "CON-02"):equals(cell.rows)
      t.expect(app:rows("Employee")):equals(cell.rows)
      t.expect(app:pending("Employee"), "CON-02"):count(0)
    end,
  }
end

for _, case in ipairs {
  { policy = "clientwins", rows = { { Id = "n1", Text = "the device's" } } },
  { policy = "serverwins", rows = { { Id = "n1", Text = "the back end's" } } },
} do
  scenario("with the policy " .. case.policy .. " two creates of one key become one row, the same on both sides") {
    covers = { "CON-01", "CON-02" },
    needs = { "localCrud" },
    run = function(t)
      local _, _, notes = company.with_notes(t, { conflict = case.policy })
      local app = t:app():setup()
      app:create("Note", { Id = "n1", Text = "the device's" })
      notes:insert { Id = "n1", Text = "the back end's" }
      t.expect(app:sync { objectServicesOptions = { Organization = { syncType = "uploadOnly" } } }, "CON-02"):succeeds()
      t.expect(notes:rows(), "CON-02"):equals(case.rows)
      t.expect(app:rows("Note")):equals(case.rows)
      t.expect(app:pending("Note"), "CON-02"):count(0)
    end,
  }
end

scenario "with the policy none an update of a row that is gone is a record error, and stays pending" {
  covers = { "CON-02", "UPL-07" },
  needs = { "localCrud" },
  run = function(t)
    t.no_drain("the server rejects this edit for good")
    local app, employees, result = clash(t, "none", raise, drop)
    t.expect(employees:rows()):count(0)
    t.expect(#result:sync_errors(), "UPL-07"):equals(1)
    t.expect(app:pending("Employee"), "UPL-07"):equals { { EmpId = 1 } }
    t.expect(app:rows("Employee"), "UPL-07"):equals(DEVICE)
  end,
}
