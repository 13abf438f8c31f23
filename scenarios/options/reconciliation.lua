-- downloadReconciliationRequired: does a pending edit survive the download of its row (OPT-16)?
local foundry = require "foundry"
local company = require "lib.company"
local options = require "lib.options"

---The app and the back end both changed Ada's salary since they last met.
local function contested_row(t)
  local _, employees = company.organization(t)
  local ada = employees:insert { Name = "Ada", Salary = 1 }
  local app = t:app():setup()
  t.expect(app:sync()):succeeds()
  app:update("Employee", { EmpId = ada.EmpId }, { Salary = 100 })
  employees:update(ada.EmpId, { Salary = 200, Notes = "raised by the back end" })
  return app, employees
end

local function download(value)
  return options.organization { syncType = "downloadOnly", downloadReconciliationRequired = value }
end

for _, case in ipairs { { name = "absent", value = nil }, { name = "true", value = true } } do
  scenario("with downloadReconciliationRequired " .. case.name .. " a download leaves a pending edit alone") {
    covers = { "OPT-16", "DNL-08" },
    needs = { "localCrud" },
    run = function(t)
      local app, employees = contested_row(t)
      t.expect(app:sync(download(case.value))):succeeds()
      t.expect(app:rows("Employee")):equals { { Name = "Ada", Salary = 100 } }
      t.expect(#app:pending("Employee")):equals(1)

      t.expect(app:sync()):succeeds()
      t.expect(employees:rows(), "DNL-08"):equals { { Name = "Ada", Salary = 100 } }
    end,
  }
end

scenario "with downloadReconciliationRequired false a download takes the server's row" {
  covers = { "OPT-16", "DNL-08/off" },
  needs = { "localCrud" },
  run = function(t)
    t.no_drain("no page says what becomes of an edit that its app gave up to the server's row")
    local app = contested_row(t)
    t.expect(app:sync(download(false))):succeeds()
    t.expect(app:rows("Employee"), "DNL-08/off"):equals { { Name = "Ada", Salary = 200, Notes = "raised by the back end" } }
  end,
}

scenario "in a full sync with downloadReconciliationRequired false the edits go up before the download" {
  covers = { "OPT-16", "SEQ-05" },
  needs = { "localCrud" },
  run = function(t)
    local app, employees = contested_row(t)
    t.expect(app:sync(options.organization { downloadReconciliationRequired = false })):succeeds()
    t.expect(employees:rows()):equals { { Name = "Ada", Salary = 100 } }
    t.expect(app:rows("Employee")):equals { { Name = "Ada", Salary = 100 } }
    t.expect(app:pending("Employee")):count(0)
  end,
}

scenario "downloadReconciliationRequired false leaves rows without a counterpart in the download alone" {
  covers = { "OPT-16" },
  needs = { "localCrud" },
  run = function(t)
    local _, employees = company.organization(t)
    employees:insert { Name = "Ada" }
    local app = t:app():setup()
    options.edits(app, 1)
    t.expect(app:sync(download(false))):succeeds()
    t.expect(app:rows("Employee")):equals { { Name = "Ada" }, { Name = "New 1" } }
    t.expect(#app:pending("Employee")):equals(1)
  end,
}

for _, case in ipairs { { name = 'the text "false"', value = "false" }, { name = "0", value = 0 }, { name = "null", value = foundry.null } } do
  scenario("downloadReconciliationRequired that is " .. case.name .. " ends in 2304") {
    covers = { "OPT-16/type" },
    needs = { "localCrud" },
    run = function(t)
      local app = contested_row(t)
      local result = app:sync(download(case.value))
      t.expect(options.code_of(result, "Organization"), "OPT-16/type"):equals(2304)
      t.expect(app:rows("Employee"), "OPT-16/type"):equals { { Name = "Ada", Salary = 100 } }
    end,
  }
end
