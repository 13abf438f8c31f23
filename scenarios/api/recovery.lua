-- After a sync that failed, or a restart, the next sync goes on (API-07, API-09).
local company = require "lib.company"

-- Each fault makes the first sync fail; none of them needs the client's clock.
local faults = {
  { name = "an error opstatus in the upload", strike = function(service) service:on_upload():once():opstatus(20001, "no") end },
  { name = "HTTP 500 in the upload", strike = function(service) service:on_upload():once():status(500) end },
  { name = "HTTP 503 in the upload", strike = function(service) service:on_upload():once():status(503) end },
  { name = "an upload answer that is no JSON", strike = function(service) service:on_upload():once():body("<html>busy</html>", "text/html") end },
  { name = "a connection closed on the upload", strike = function(service) service:on_upload():once():close() end },
  { name = "an error opstatus in the first page", strike = function(service) service:on_download():once():opstatus(20001, "no") end },
  { name = "HTTP 500 in the first page", strike = function(service) service:on_download():once():status(500) end },
  { name = "an empty first page", strike = function(service) service:on_download():once():body("", "application/json") end },
  { name = "a first page that is cut short", strike = function(service) service:on_download():once():truncate(20) end },
  { name = "HTTP 500 in the second page", strike = function(service) service:on_download():page(2):once():status(500) end },
}

for _, fault in ipairs(faults) do
  scenario("after a sync that failed by " .. fault.name .. " the next one works") {
    covers = { "API-07", "NET-01" },
    needs = { "localCrud" },
    run = function(t)
      local organization, employees = company.organization(t)
      company.hire(employees, 3)
      local app = t:app():setup()
      app:create("Employee", { Name = "Grace" })

      fault.strike(organization)
      local options = { objectServicesOptions = { Organization = { downloadBatchSize = 2 } } }
      t.expect(app:sync(options)):fails()

      t.expect(app:sync(options)):succeeds()
      local everyone = { { Name = "Employee 1" }, { Name = "Employee 2" }, { Name = "Employee 3" }, { Name = "Grace" } }
      t.expect(employees:rows(), "NET-01"):equals(everyone)
      t.expect(app:rows("Employee"), "NET-01"):equals(everyone)
    end,
  }
end

scenario "after a sync that timed out the next one works" {
  covers = { "API-07", "NET-01" },
  timeout = 2000,
  tags = { "hang" },
  run = function(t)
    local organization, employees = company.organization(t)
    employees:insert { Name = "Ada" }
    organization:on_download():once():hang()
    local app = t:app():setup()
    t.expect(app:sync(), "NET-01"):fails_with("timeout")
    t.expect(app:sync()):succeeds()
    t.expect(app:rows("Employee")):equals { { Name = "Ada" } }
  end,
}

scenario "after a restart pending edits, rows and the delta are still there" {
  covers = { "API-09", "SET-01" },
  needs = { "localCrud", "restart" },
  run = function(t)
    local organization, employees = company.organization(t)
    company.hire(employees, 2)
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    app:create("Employee", { Name = "Grace" })
    local metadata_requests = organization:metadata_requests():count()

    app:restart()
    t.expect(organization:metadata_requests():count(), "SET-01"):equals(metadata_requests)
    t.expect(app:rows("Employee")):equals { { Name = "Employee 1" }, { Name = "Employee 2" }, { Name = "Grace" } }
    t.expect(#app:pending("Employee")):equals(1)

    t.expect(app:sync()):succeeds()
    t.expect(employees:rows()):equals { { Name = "Employee 1" }, { Name = "Employee 2" }, { Name = "Grace" } }
    t.expect(organization:downloads():count()):equals(2)
    local second = t.expect(organization:downloads()):at(2)
    t.expect(second.body_text):contains(t.expect(organization:downloads()):at(1).answer.delta_context.objs.Employee.delta)
  end,
}

scenario "a temporary key given after a restart is not one that was given before" {
  covers = { "API-09" },
  needs = { "localCrud", "restart" },
  run = function(t)
    local _, employees = company.organization(t)
    local app = t:app():setup()
    app:create("Employee", { Name = "Ada" })
    app:restart()
    app:create("Employee", { Name = "Grace" })
    app:restart()
    t.expect(app:rows("Employee")):equals { { Name = "Ada" }, { Name = "Grace" } }
    t.expect(app:sync()):succeeds()
    t.expect(employees:rows()):equals { { Name = "Ada" }, { Name = "Grace" } }
  end,
}

scenario "a sync after a restart without network for the setup goes on from the stored state" {
  covers = { "API-09", "SET-01" },
  needs = { "localCrud", "restart" },
  run = function(t)
    local organization, employees = company.organization(t)
    employees:insert { Name = "Ada" }
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()

    local outage = organization:on_metadata():optional():status(503)
    app:restart()
    outage:lift()
    employees:insert { Name = "Grace" }
    t.expect(app:sync()):succeeds()
    t.expect(app:rows("Employee")):equals { { Name = "Ada" }, { Name = "Grace" } }
  end,
}
