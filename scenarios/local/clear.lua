-- clearOfflineData: rows and sync context go, the server hears nothing of it, the next sync fetches everything (LOC-04).
local foundry = require "foundry"
local company = require "lib.company"

---An organization with employees and notes that is in step with its app.
local function synced(t, options)
  local organization, employees, notes = company.with_notes(t, options)
  employees:insert { { EmpId = 1, Name = "Ada" }, { EmpId = 2, Name = "Grace" } }
  notes:insert { Id = "n1", Text = "kept" }
  local app = t:app():setup()
  t.expect(app:sync()):succeeds()
  return app, organization, employees
end

scenario "clearOfflineData of a service removes its rows, and sends nothing" {
  covers = { "LOC-04" },
  needs = { "localCrud", "serviceLevel" },
  run = function(t)
    local app, organization, employees = synced(t)
    t.expect(function() app:service("Organization"):clear() end):sends_nothing()
    t.expect(app:rows("Employee")):count(0)
    t.expect(app:rows("Note")):count(0)
    t.expect(app:sync()):succeeds()
    t.expect(organization:uploads()):count(0)
    t.expect(employees:rows()):count(2)
  end,
}

scenario "clearOfflineData of an object leaves the other objects alone" {
  covers = { "LOC-04" },
  needs = { "localCrud", "objectLevel" },
  run = function(t)
    local app = synced(t)
    app:object("Employee"):clear()
    t.expect(app:rows("Employee")):count(0)
    t.expect(app:rows("Note")):equals { { Id = "n1", Text = "kept" } }
  end,
}

for _, level in ipairs { "service", "object" } do
  scenario("after clearOfflineData of " .. (level == "service" and "a service" or "an object") .. " the next sync fetches everything") {
    covers = { "LOC-04", "DNL-02" },
    needs = { "localCrud", level .. "Level" },
    run = function(t)
      local app, organization = synced(t)
      app[level](app, level == "service" and "Organization" or "Employee"):clear()
      t.expect(app:sync()):succeeds()
      t.expect(app:rows("Employee")):equals { { EmpId = 1, Name = "Ada" }, { EmpId = 2, Name = "Grace" } }
      t.expect(app:rows("Note")):count(1)
      t.expect(#organization:downloads()):equals(2)
    end,
  }
end

scenario "edits that were pending when their data were cleared are gone" {
  covers = { "LOC-04" },
  needs = { "localCrud", "serviceLevel" },
  run = function(t)
    local app, organization = synced(t)
    app:update("Employee", { EmpId = 1 }, { Salary = 5 })
    app:create("Employee", { Name = "Margaret" })
    app:service("Organization"):clear()
    t.expect(app:pending("Employee")):count(0)
    t.expect(app:sync()):succeeds()
    t.expect(organization:uploads()):count(0)
    t.expect(app:rows("Employee")):equals { { EmpId = 1, Name = "Ada" }, { EmpId = 2, Name = "Grace" } }
  end,
}

scenario "an edit that waits to be marked is cleared like any other" {
  covers = { "LOC-04" },
  needs = { "localCrud", "serviceLevel" },
  run = function(t)
    local app = synced(t)
    app:update("Employee", { EmpId = 1 }, { Salary = 5 }, { markForUpload = false })
    app:service("Organization"):clear()
    t.expect(app:sync()):succeeds()
    t.expect(app:rows("Employee")):equals { { EmpId = 1, Name = "Ada", Salary = foundry.null }, { EmpId = 2, Name = "Grace" } }
  end,
}

scenario "clearOfflineData empties the upload cache of its scope" {
  covers = { "UPC-11" },
  needs = { "localCrud", "uploadCache", "serviceLevel" },
  run = function(t)
    local app, organization = synced(t, { uploadCache = true })
    app:update("Employee", { EmpId = 1 }, { Salary = 5 })
    organization:on_upload():once():status(504)
    t.expect(app:sync()):fails()
    app:service("Organization"):clear()
    t.expect(app:sync()):succeeds()
    t.expect(organization:uploads()):count(1)
  end,
}

scenario "clearOfflineData while a sync of the scope runs fails and changes nothing" {
  covers = { "LOC-04" },
  needs = { "localCrud", "editsDuringSync", "serviceLevel" },
  run = function(t)
    local app, organization = synced(t)
    organization:on_download():once():hold("page")
    local sync = app:start()
    t.gate("page"):reached()
    t.expect(app:attempt("clearOfflineData", { level = "objectService", target = "Organization" })):fails()
    t.expect(app:rows("Employee")):count(2)
    t.gate("page"):open()
    t.expect(sync:wait()):succeeds()
  end,
}
