-- Syncs that tell no progress: on the web channel (PRG-04), and where the app passes no callback for it (PRG-05).
local company = require "lib.company"
local options = require "lib.options"

local without_progress = { callbacks = { "success", "failure" } }
local with_progress = { callbacks = { "success", "failure", "progress" } }

scenario "on the web channel no progress callback is called, and passing one changes nothing" {
  covers = { "PRG-04" },
  needs = { "localCrud" },
  channel = { "web" },
  run = function(t)
    local organization, employees = company.organization(t)
    company.hire(employees, 3)
    local app = t:app():setup()
    options.edits(app, 3)
    local result = app:sync(options.organization { uploadBatchSize = 2, downloadBatchSize = 2 }, with_progress)
    t.expect(result):succeeds()
    t.expect(#result.progress):equals(0)
    t.expect(organization:uploads()):has_sizes { 2, 1 }
    t.expect(#app:rows("Employee")):equals(6)
  end,
}

scenario "on the web channel a sync with a progress callback that fails ends in the failure callback alone" {
  covers = { "PRG-04" },
  channel = { "web" },
  run = function(t)
    local organization = company.organization(t)
    organization:on_download():once():status(500)
    local app = t:app():setup()
    local result = app:sync({}, with_progress)
    t.expect(result):fails()
    t.expect(#result.progress):equals(0)
    t.expect(app:sync({}, with_progress)):succeeds()
  end,
}

---One edit goes up and one row comes down, without a word in between.
local function expect_silent_sync(t, scope_of)
  local organization, employees = company.organization(t)
  employees:insert { Name = "Ada" }
  local app = t:app():setup()
  options.edits(app, 1)
  local result = scope_of(app):sync({}, without_progress)
  t.expect(result):succeeds()
  t.expect(#result.progress):equals(0)
  t.expect(organization:uploads()):count(1)
  t.expect(app:rows("Employee")):equals { { Name = "Ada" }, { Name = "New 1" } }
end

scenario "an application sync without progress callback works in JavaScript" {
  covers = { "PRG-05" },
  needs = { "localCrud" },
  api = { "js" },
  run = function(t) expect_silent_sync(t, function(app) return app end) end,
}

scenario "a service sync without progress callback works" {
  covers = { "PRG-05" },
  needs = { "localCrud", "serviceLevel" },
  run = function(t) expect_silent_sync(t, function(app) return app:service("Organization") end) end,
}

scenario "an object sync without progress callback works" {
  covers = { "PRG-05" },
  needs = { "localCrud", "objectLevel" },
  run = function(t) expect_silent_sync(t, function(app) return app:object("Employee") end) end,
}

scenario "a sync without progress callback that fails ends in the failure callback, and the next one works" {
  covers = { "PRG-05", "API-07" },
  needs = { "serviceLevel" },
  run = function(t)
    local organization, employees = company.organization(t)
    employees:insert { Name = "Ada" }
    organization:on_download():once():status(500)
    local app = t:app():setup()
    t.expect(app:service("Organization"):sync({}, without_progress)):fails()
    t.expect(app:service("Organization"):sync({}, without_progress), "API-07"):succeeds()
    t.expect(app:rows("Employee"), "API-07"):equals { { Name = "Ada" } }
  end,
}
