-- What the back end holds after a create, an update or a delete of the app (UPL-03, UPL-06, UPL-10).
local company = require "lib.company"
local foundry = require "foundry"

scenario "a create arrives as a create and the back end has the user's values" {
  covers = { "UPL-03" },
  needs = { "localCrud" },
  run = function(t)
    local organization, employees = company.organization(t)
    local app = t:app():setup()
    local ada = { Name = "Ada", Salary = 1234.5, Active = true, HiredOn = "1842-10-01", Notes = "first of her kind" }
    app:create("Employee", ada)
    t.expect(app:sync()):succeeds()
    t.expect(t.expect(company.records_of(organization:uploads())):at(1)._metadata.action):equals("create")
    t.expect(employees:rows()):equals { ada }
    t.expect(app:rows("Employee")):equals { ada }
  end,
}

scenario "an update arrives as an update and the back end has the user's values" {
  covers = { "UPL-03" },
  needs = { "localCrud" },
  run = function(t)
    local organization, employees = company.organization(t)
    employees:insert { Name = "Ada", Salary = 1, Active = true, Notes = "old" }
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    app:update("Employee", t.expect(app:rows("Employee")):at(1), { Name = "Ada L.", Active = false })
    t.expect(app:sync()):succeeds()
    t.expect(t.expect(company.records_of(organization:uploads())):at(1)._metadata.action):one_of {
      update = "update", partialupdate = "partialupdate",
    }
    t.expect(employees:rows()):equals { { Name = "Ada L.", Salary = 1, Active = false, Notes = "old" } }
    t.expect(app:rows("Employee")):equals { { Name = "Ada L.", Salary = 1, Active = false, Notes = "old" } }
  end,
}

scenario "a delete arrives as a delete and the row is gone on both sides" {
  covers = { "UPL-03" },
  needs = { "localCrud" },
  run = function(t)
    local organization, employees = company.organization(t)
    employees:insert { { Name = "Ada" }, { Name = "Grace" } }
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    for _, row in ipairs(app:rows("Employee")) do
      if row.Name == "Ada" then app:delete("Employee", row) end
    end
    t.expect(app:sync()):succeeds()
    t.expect(organization:uploads()):count(1)
    t.expect(t.expect(company.records_of(organization:uploads())):at(1)._metadata.action):equals("delete")
    t.expect(employees:rows()):equals { { Name = "Grace" } }
    t.expect(app:rows("Employee")):equals { { Name = "Grace" } }
  end,
}

scenario "a value that the user took away is empty in the back end, one that is empty text stays text" {
  covers = { "UPL-03", "DNL-12" },
  needs = { "localCrud" },
  run = function(t)
    local _, employees = company.organization(t)
    employees:insert { Name = "Ada", Salary = 100, Notes = "to be removed" }
    employees:insert { Name = "Grace", Salary = 0, Notes = "to be emptied" }
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    for _, row in ipairs(app:rows("Employee")) do
      if row.Name == "Ada" then
        app:update("Employee", row, { Salary = foundry.null, Notes = foundry.null })
      else
        app:update("Employee", row, { Notes = "" })
      end
    end
    t.expect(app:sync()):succeeds()

    for _, rows in ipairs { employees:rows(), app:rows("Employee") } do
      for _, row in ipairs(rows) do
        if row.Name == "Ada" then
          t.expect(row.Salary):is_nil()
          t.expect(row.Notes):is_nil()
        else
          t.expect(row.Notes):equals("")
          t.expect(tonumber(row.Salary)):equals(0)
        end
      end
    end
  end,
}

scenario "create, update and delete of many rows in one sync leave each row as the user left it" {
  covers = { "UPL-03", "UPL-12" },
  needs = { "localCrud" },
  run = function(t)
    local _, _, notes = company.with_notes(t)
    for i = 1, 6 do notes:insert { Id = "n" .. i, Text = "server " .. i } end
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    app:delete("Note", { Id = "n1" })
    app:update("Note", { Id = "n2" }, { Text = "user 2" })
    app:update("Note", { Id = "n3" }, { Text = "user 3" })
    app:delete("Note", { Id = "n3" })
    app:create("Note", { Id = "n7", Text = "user 7" })
    app:update("Note", { Id = "n7" }, { Text = "user 7 again" })
    app:create("Note", { Id = "n8", Text = "user 8" })
    app:delete("Note", { Id = "n4" })
    app:create("Note", { Id = "n4", Text = "back again" })
    t.expect(app:sync { objectServicesOptions = { Organization = { uploadBatchSize = 3 } } }):succeeds()

    local expected = {
      { Id = "n2", Text = "user 2" }, { Id = "n4", Text = "back again" }, { Id = "n5", Text = "server 5" },
      { Id = "n6", Text = "server 6" }, { Id = "n7", Text = "user 7 again" }, { Id = "n8", Text = "user 8" },
    }
    t.expect(notes:rows()):equals(expected)
    t.expect(app:rows("Note")):equals(expected)
    t.expect(app:pending("Note")):count(0)
  end,
}

scenario "a generated key replaces the temporary one in the row" {
  covers = { "UPL-06" },
  needs = { "localCrud" },
  run = function(t)
    local _, employees = company.organization(t)
    local app = t:app():setup()
    local ada = app:create("Employee", { Name = "Ada" })
    t.expect(app:sync { objectServicesOptions = { Organization = { syncType = "uploadOnly" } } }):succeeds()

    local key = t.expect(employees:rows()):at(1).EmpId
    t.expect(app:rows("Employee")):equals { { EmpId = key, Name = "Ada" } }
    t.expect(tonumber(ada.EmpId) == tonumber(key)):equals(false)
    app:update("Employee", { EmpId = key }, { Name = "Ada L." })
    t.expect(app:sync()):succeeds()
    t.expect(employees:rows()):equals { { EmpId = key, Name = "Ada L." } }
    t.expect(app:rows("Employee")):equals { { EmpId = key, Name = "Ada L." } }
  end,
}

scenario "later edits of a new row follow its generated key into the next batches" {
  covers = { "UPL-06" },
  needs = { "localCrud" },
  run = function(t)
    local _, employees = company.organization(t)
    local app = t:app():setup()
    local ada = app:create("Employee", { Name = "Ada" })
    app:create("Employee", { Name = "Grace" })
    app:update("Employee", ada, { Name = "Ada L." }, { trackIntermediateUpdates = true })
    app:update("Employee", ada, { Name = "Countess of Lovelace" }, { trackIntermediateUpdates = true })
    t.expect(app:sync { objectServicesOptions = { Organization = { uploadBatchSize = 1 } } }):succeeds()

    local expected = { { Name = "Countess of Lovelace" }, { Name = "Grace" } }
    t.expect(employees:rows()):equals(expected)
    t.expect(app:rows("Employee")):equals(expected)
    t.expect(app:pending("Employee")):count(0)
  end,
}

for _, size in ipairs { 1, 10 } do
  scenario("children of a new parent follow its generated key, in batches of " .. size) {
    covers = { "UPL-06" },
    needs = { "localCrud" },
    run = function(t)
      local _, employees, departments = company.with_departments(t)
      departments:insert { Title = "so that keys differ" }
      local app = t:app():setup()
      local engines = app:create("Department", { Title = "Engines" })
      app:create("Employee", { Name = "Ada", DeptId = engines.DeptId })
      app:create("Employee", { Name = "Charles", DeptId = engines.DeptId })
      t.expect(app:sync { objectServicesOptions = { Organization = { uploadBatchSize = size } } }):succeeds()

      local key
      for _, row in ipairs(departments:rows()) do
        if row.Title == "Engines" then key = row.DeptId end
      end
      local staff = { { Name = "Ada", DeptId = key }, { Name = "Charles", DeptId = key } }
      t.expect(employees:rows()):equals(staff)
      t.expect(app:rows("Employee")):equals(staff)
      t.expect(app:rows("Department")):equals(departments:rows())
    end,
  }
end

scenario "a child whose own edit still waits follows its parent's generated key" {
  covers = { "UPL-06" },
  needs = { "localCrud" },
  run = function(t)
    local _, employees, departments = company.with_departments(t)
    local app = t:app():setup()
    local engines = app:create("Department", { Title = "Engines" })
    local ada = app:create("Employee", { Name = "Ada", DeptId = engines.DeptId }, { markForUpload = false })
    t.expect(app:sync()):succeeds()

    local key = t.expect(departments:rows()):at(1).DeptId
    t.expect(employees:rows()):equals {}
    t.expect(app:rows("Employee")):equals { { Name = "Ada", DeptId = key } }
    local marked = app:attempt("markForUpload", { object = "Employee", options = { primaryKeys = { EmpId = ada.EmpId } } })
    t.expect(marked, "UPL-04"):succeeds()
    t.expect(app:sync()):succeeds()
    t.expect(employees:rows()):equals { { Name = "Ada", DeptId = key } }
  end,
}

scenario "what is created while the upload runs goes with the next sync" {
  covers = { "UPL-10" },
  needs = { "localCrud", "editsDuringSync" },
  run = function(t)
    local organization, _, notes = company.with_notes(t)
    local app = t:app():setup()
    app:create("Note", { Id = "n1", Text = "before" })
    organization:on_upload():once():hold("upload")

    local running = app:start()
    t.gate("upload"):reached()
    app:create("Note", { Id = "n2", Text = "meanwhile" })
    t.gate("upload"):open()
    t.expect(running:wait()):succeeds()
    t.expect(app:rows("Note")):equals { { Id = "n1" }, { Id = "n2" } }

    t.expect(app:sync()):succeeds()
    t.expect(notes:rows()):equals { { Id = "n1", Text = "before" }, { Id = "n2", Text = "meanwhile" } }
    t.expect(app:pending("Note")):count(0)
  end,
}

scenario "a row that is changed while its create travels keeps the change, under its generated key" {
  covers = { "UPL-10", "UPL-06" },
  needs = { "localCrud", "editsDuringSync" },
  run = function(t)
    local organization, employees = company.organization(t)
    local app = t:app():setup()
    local ada = app:create("Employee", { Name = "Ada" })
    organization:on_upload():once():store():hold("upload")

    local running = app:start()
    t.gate("upload"):reached()
    app:update("Employee", ada, { Name = "Ada L." })
    t.gate("upload"):open()
    t.expect(running:wait()):succeeds()
    t.expect(app:rows("Employee")):equals { { EmpId = t.expect(employees:rows()):at(1).EmpId, Name = "Ada L." } }

    t.expect(app:sync()):succeeds()
    t.expect(employees:rows()):equals { { Name = "Ada L." } }
    t.expect(app:rows("Employee")):equals { { Name = "Ada L." } }
    t.expect(app:pending("Employee")):count(0)
  end,
}

scenario "a row that is deleted while its update travels is deleted by the next sync" {
  covers = { "UPL-10" },
  needs = { "localCrud", "editsDuringSync" },
  run = function(t)
    local organization, _, notes = company.with_notes(t)
    notes:insert { Id = "n1", Text = "old" }
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    app:update("Note", { Id = "n1" }, { Text = "new" })
    organization:on_upload():once():store():hold("upload")

    local running = app:start()
    t.gate("upload"):reached()
    app:delete("Note", { Id = "n1" })
    t.gate("upload"):open()
    t.expect(running:wait()):succeeds()
    t.expect(app:rows("Note")):equals {}

    t.expect(app:sync()):succeeds()
    t.expect(notes:rows()):equals {}
    t.expect(app:rows("Note")):equals {}
  end,
}

scenario "an edit made while a page travels is neither lost nor overwritten" {
  covers = { "UPL-10", "DNL-08" },
  needs = { "localCrud", "editsDuringSync" },
  channel = { "android", "ios", "web" },
  run = function(t)
    local organization, _, notes = company.with_notes(t)
    notes:insert { Id = "n1", Text = "old" }
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    notes:update("n1", { Text = "of the back end" })
    organization:on_download():once():hold("page")

    local running = app:start()
    t.gate("page"):reached()
    app:update("Note", { Id = "n1" }, { Text = "of the user" })
    t.gate("page"):open()
    t.expect(running:wait()):succeeds()
    t.expect(app:rows("Note"), "DNL-08"):equals { { Id = "n1", Text = "of the user" } }

    t.expect(app:sync()):succeeds()
    t.expect(notes:rows()):equals { { Id = "n1", Text = "of the user" } }
  end,
}
