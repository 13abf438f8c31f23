-- rollback: the rows of the scope are as after the last sync, and nothing of them is pending (LOC-03).
local company = require "lib.company"

local AS_SYNCED = { { EmpId = 1, Name = "Ada", Salary = 10 }, { EmpId = 2, Name = "Grace", Salary = 20 } }
local NOTES_AS_SYNCED = { { Id = "n1", Text = "synced" } }

---Two services that are in step with their app, then one edit of each kind, and one in the other service.
local function edited(t)
  local organization, employees = company.organization(t)
  local sales, notes = company.sales(t)
  employees:insert { AS_SYNCED[1], AS_SYNCED[2] }
  notes:insert(NOTES_AS_SYNCED[1])
  local app = t:app():setup()
  t.expect(app:sync()):succeeds()
  app:update("Employee", { EmpId = 1 }, { Salary = 11 })
  app:update("Employee", { EmpId = 1 }, { Salary = 12 })
  app:delete("Employee", { EmpId = 2 })
  app:create("Employee", { Name = "Margaret" })
  app:update("Note", { Id = "n1" }, { Text = "edited" })
  return { app = app, organization = organization, sales = sales, employees = employees, notes = notes }
end

local levels = {
  { name = "application", others = false, undo = function(app) app:rollback() end },
  { name = "object service", needs = "serviceLevel", others = true, undo = function(app) app:service("Organization"):rollback() end },
  { name = "object", needs = "objectLevel", others = true, undo = function(app) app:object("Employee"):rollback() end },
}

for _, level in ipairs(levels) do
  scenario("a rollback at " .. level.name .. " level restores changed, deleted and created rows") {
    covers = { "LOC-03" },
    needs = { "localCrud", level.needs },
    run = function(t)
      local it = edited(t)
      level.undo(it.app)
      t.expect(it.app:rows("Employee")):equals(AS_SYNCED)
      t.expect(it.app:pending("Employee")):count(0)
      t.expect(it.app:rows("Note")):equals { { Id = "n1", Text = level.others and "edited" or "synced" } }
      t.expect(#it.app:pending("Note")):equals(level.others and 1 or 0)
    end,
  }

  scenario("nothing that was rolled back at " .. level.name .. " level is uploaded") {
    covers = { "LOC-03", "UPL-12" },
    needs = { "localCrud", level.needs },
    run = function(t)
      local it = edited(t)
      level.undo(it.app)
      t.expect(it.app:sync()):succeeds()
      t.expect(it.organization:uploads()):count(0)
      t.expect(it.employees:rows()):equals(AS_SYNCED)
      t.expect(it.app:rows("Employee")):equals(AS_SYNCED)
      t.expect(it.sales:uploads():count()):equals(level.others and 1 or 0)
    end,
  }
end

for _, case in ipairs {
  { what = "a changed", key = { EmpId = 1 }, row = AS_SYNCED[1] },
  { what = "a deleted", key = { EmpId = 2 }, row = AS_SYNCED[2] },
} do
  scenario("a rollback of " .. case.what .. " record restores that record and leaves the others' edits pending") {
    covers = { "LOC-03" },
    needs = { "localCrud", "objectLevel" },
    run = function(t)
      local it = edited(t)
      local pending = #it.app:pending("Employee")
      it.app:object("Employee"):rollback(case.key)
      t.expect(it.app:rows("Employee")):contains(case.row)
      t.expect(#it.app:pending("Employee")):equals(pending - 1)
    end,
  }
end

scenario "a rollback of a created record removes it" {
  covers = { "LOC-03" },
  needs = { "localCrud", "objectLevel" },
  run = function(t)
    local _, employees = company.organization(t)
    local app = t:app():setup()
    local ada = app:create("Employee", { Name = "Ada" })
    app:create("Employee", { Name = "Grace" })
    app:object("Employee"):rollback(ada)
    t.expect(app:rows("Employee")):equals { { Name = "Grace" } }
    t.expect(app:sync()):succeeds()
    t.expect(employees:rows()):equals { { Name = "Grace" } }
  end,
}

scenario "a rollback while a sync of the scope runs fails and changes nothing" {
  covers = { "LOC-03" },
  needs = { "localCrud", "editsDuringSync" },
  run = function(t)
    local it = edited(t)
    it.organization:on_upload():once():hold("upload")
    local sync = it.app:start()
    t.gate("upload"):reached()
    local rows, pending = it.app:rows("Employee"), it.app:pending("Employee")
    t.expect(it.app:attempt("rollback", { level = "application" })):fails()
    t.expect(it.app:rows("Employee")):equals(rows)
    t.expect(it.app:pending("Employee")):equals(pending)
    t.gate("upload"):open()
    t.expect(sync:wait()):succeeds()
    t.expect(it.employees:rows()):equals { { EmpId = 1, Salary = 12 }, { Name = "Margaret" } }
  end,
}

scenario "a rollback empties the upload cache of its scope" {
  covers = { "UPC-11" },
  needs = { "localCrud", "uploadCache" },
  run = function(t)
    local organization, employees = company.organization(t, { uploadCache = true })
    local app = t:app():setup()
    app:create("Employee", { Name = "Ada" })
    organization:on_upload():once():status(504)
    t.expect(app:sync()):fails()

    app:rollback()
    app:create("Employee", { Name = "Grace" })
    t.expect(app:sync()):succeeds()
    t.expect(organization:uploads()):has_ids { 1, 2 }
    t.expect(employees:rows()):equals { { Name = "Grace" } }
  end,
}

scenario "edits that the back end rejected are undone by a rollback like any others" {
  covers = { "LOC-03" },
  needs = { "localCrud" },
  run = function(t)
    local it = edited(t)
    it.organization:on_upload():reject {
      where = function(record) return record.Name ~= "Margaret" end, opstatus = 20006, errmsg = "not today",
    }
    it.app:sync()
    it.app:rollback()
    t.expect(it.app:rows("Employee")):equals { AS_SYNCED[1], AS_SYNCED[2], { Name = "Margaret" } }
    t.expect(it.app:pending("Employee")):count(0)
  end,
}
