-- A scope syncs once at a time (API-06, API-13).
local company = require "lib.company"

---Start `scope`, stop it inside its first download, run `meanwhile`, and let it finish undisturbed.
local function while_downloading(t, organization, scope, meanwhile)
  organization:on_download():once():hold("answer")
  local running = scope:start()
  t.gate("answer"):reached()
  meanwhile()
  t.expect(running:ended()):equals(false)
  t.gate("answer"):open()
  t.expect(running:wait()):succeeds()
end

scenario "a second application sync fails with 2461 and leaves the running one alone" {
  covers = { "API-06" },
  needs = { "editsDuringSync" },
  run = function(t)
    local organization, employees = company.organization(t)
    employees:insert { Name = "Ada" }
    local app = t:app():setup()

    while_downloading(t, organization, app, function()
      t.expect(function()
        t.expect(app:sync()):refused_or_fails(2461)
      end):sends_nothing()
    end)
    t.expect(organization:downloads():count(), "API-06"):equals(1)
    t.expect(app:rows("Employee"), "API-06"):equals { { Name = "Ada" } }
  end,
}

scenario "a second sync of the same service fails with 2461 and leaves the running one alone" {
  covers = { "API-06" },
  needs = { "editsDuringSync", "serviceLevel" },
  run = function(t)
    local organization, employees = company.organization(t)
    employees:insert { Name = "Ada" }
    local app = t:app():setup()
    local scope = app:service("Organization")

    while_downloading(t, organization, scope, function()
      for _ = 1, 3 do t.expect(scope:sync()):refused_or_fails(2461) end
    end)
    t.expect(organization:downloads():count()):equals(1)
    t.expect(app:rows("Employee")):equals { { Name = "Ada" } }
    t.expect(scope:sync(), "API-07"):succeeds()
  end,
}

scenario "a second sync of the same object fails with 2461 and leaves the running one alone" {
  covers = { "API-06" },
  needs = { "editsDuringSync", "objectLevel" },
  run = function(t)
    local organization, employees = company.organization(t)
    employees:insert { Name = "Ada" }
    local app = t:app():setup()
    local scope = app:object("Employee")

    while_downloading(t, organization, scope, function()
      t.expect(scope:sync()):refused_or_fails(2461)
    end)
    t.expect(organization:downloads():count()):equals(1)
    t.expect(app:rows("Employee")):equals { { Name = "Ada" } }
  end,
}

scenario "a scope can be synced again when its sync has ended, failed or not" {
  covers = { "API-06", "API-07" },
  needs = { "serviceLevel" },
  run = function(t)
    local organization = company.organization(t)
    local app = t:app():setup()
    local scope = app:service("Organization")
    organization:on_download():once():status(500)
    t.expect(scope:sync()):fails()
    t.expect(scope:sync(), "API-07"):succeeds()
    t.expect(scope:sync(), "API-07"):succeeds()
  end,
}

scenario "a service and one of its objects exclude each other" {
  covers = { "API-13" },
  needs = { "editsDuringSync", "objectLevel", "serviceLevel" },
  run = function(t)
    local organization = company.organization(t)
    local app = t:app():setup()
    while_downloading(t, organization, app:service("Organization"), function()
      t.expect(app:object("Employee"):sync()):refused_or_fails(2461)
    end)
    t.expect(app:object("Employee"):sync(), "API-07"):succeeds()
  end,
}

scenario "an application sync beside a running service sync never starts that service twice" {
  covers = { "API-13" },
  needs = { "editsDuringSync", "serviceLevel" },
  run = function(t)
    local organization = company.organization(t)
    company.sales(t)
    local app = t:app():setup()
    while_downloading(t, organization, app:service("Organization"), function()
      t.expect(app:sync()):fails_with { 2461, 2460 }
    end)
    t.expect(organization:downloads():count()):equals(1)
  end,
}
