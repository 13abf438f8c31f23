-- removeAfterUpload: which rows an uploadOnly sync takes out of the local database (OPT-18).
local foundry = require "foundry"
local company = require "lib.company"
local options = require "lib.options"

local function upload_only(names)
  return options.organization { syncType = "uploadOnly", removeAfterUpload = names }
end

scenario "rows that were uploaded leave the local database, and a download brings them back" {
  covers = { "OPT-18" },
  needs = { "localCrud" },
  run = function(t)
    local _, employees = company.organization(t)
    local ada = employees:insert { Name = "Ada" }
    employees:insert { Name = "Linus" }
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()

    app:update("Employee", { EmpId = ada.EmpId }, { Salary = 5 })
    app:create("Employee", { Name = "Grace" })
    t.expect(app:sync(upload_only { "Employee" })):succeeds()
    t.expect(app:rows("Employee")):equals { { Name = "Linus" } }
    t.expect(#app:pending("Employee")):equals(0)

    local everyone = { { Name = "Ada", Salary = 5 }, { Name = "Grace" }, { Name = "Linus" } }
    t.expect(employees:rows()):equals(everyone)
    t.expect(app:sync(options.organization { syncType = "downloadOnly" })):succeeds()
    t.expect(app:rows("Employee")):equals(everyone)
  end,
}

scenario "removeAfterUpload keeps the rows of objects that it does not name" {
  covers = { "OPT-18" },
  needs = { "localCrud" },
  run = function(t)
    company.with_notes(t)
    local app = t:app():setup()
    options.edits(app, 2)
    app:create("Note", { Id = "n1", Text = "stays" })
    t.expect(app:sync(upload_only { "Employee" })):succeeds()
    t.expect(app:rows("Employee")):equals {}
    t.expect(app:rows("Note")):equals { { Id = "n1", Text = "stays" } }
  end,
}

scenario "removeAfterUpload keeps a row that was rejected, and its edit" {
  covers = { "OPT-18" },
  needs = { "localCrud" },
  run = function(t)
    local organization, employees = company.organization(t)
    local app = t:app():setup()
    app:create("Employee", { Name = "Good" })
    app:create("Employee", { Name = "Bad" })
    organization:on_upload():reject { where = { Name = "Bad" }, opstatus = 20006, errmsg = "not this one" }
    app:sync(upload_only { "Employee" })
    t.expect(employees:rows()):equals { { Name = "Good" } }
    t.expect(app:rows("Employee")):equals { { Name = "Bad" } }
    t.expect(#app:pending("Employee")):equals(1)
  end,
}

scenario "removeAfterUpload keeps a row that was edited while it was on its way" {
  covers = { "OPT-18", "UPL-10" },
  needs = { "localCrud", "editsDuringSync" },
  run = function(t)
    local organization, employees = company.organization(t)
    local ada = employees:insert { Name = "Ada" }
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    app:update("Employee", { EmpId = ada.EmpId }, { Salary = 1 })
    app:create("Employee", { Name = "Grace" })

    organization:on_upload():once():hold("upload")
    local sync = app:start(upload_only { "Employee" })
    t.gate("upload"):reached()
    app:update("Employee", { EmpId = ada.EmpId }, { Salary = 2 })
    t.gate("upload"):open()
    t.expect(sync:wait()):succeeds()

    t.expect(app:rows("Employee")):equals { { Name = "Ada", Salary = 2 } }
    t.expect(#app:pending("Employee"), "UPL-10"):equals(1)
    t.expect(app:sync()):succeeds()
    t.expect(employees:rows(), "UPL-10"):equals { { Name = "Ada", Salary = 2 }, { Name = "Grace" } }
  end,
}

for _, sync_type in ipairs { "fullSync", "downloadOnly" } do
  scenario("removeAfterUpload has no effect with syncType " .. sync_type) {
    covers = { "OPT-18" },
    needs = { "localCrud" },
    run = function(t)
      local _, employees = company.organization(t)
      employees:insert { Name = "Ada" }
      local app = t:app():setup()
      app:create("Employee", { Name = "Grace" })
      -- The filter keeps the download from bringing back what an upload took away.
      t.expect(app:sync(options.organization {
        syncType = sync_type, removeAfterUpload = { "Employee" }, filter = { Employee = "Name eq 'Ada'" },
      })):succeeds()
      t.expect(app:rows("Employee")):equals { { Name = "Ada" }, { Name = "Grace" } }
    end,
  }
end

local ignored = {
  { name = "names an unknown object", value = { "Stranger" } },
  { name = "is a text", value = "Employee" },
  { name = "is a number", value = 1 },
  { name = "is an object", value = { Employee = true } },
  { name = "is null", value = foundry.null },
  { name = "is an empty list", value = foundry.array {} },
}

for _, case in ipairs(ignored) do
  scenario("removeAfterUpload that " .. case.name .. " is ignored") {
    covers = { "OPT-18/unknown" },
    needs = { "localCrud" },
    run = function(t)
      company.organization(t)
      local app = t:app():setup()
      app:create("Employee", { Name = "Grace" })
      t.expect(app:sync(upload_only(case.value)), "OPT-18/unknown"):succeeds()
      t.expect(app:rows("Employee"), "OPT-18/unknown"):equals { { Name = "Grace" } }
    end,
  }
end
