-- reset empties the tables and keeps their structure, drop removes them (SET-02).
local company = require "lib.company"
local options = require "lib.options"

---An organization in step with its app, and one edit that is not uploaded.
local function edited(t, service_options)
  local organization, employees = company.organization(t, service_options)
  employees:insert { { EmpId = 1, Name = "Ada" }, { EmpId = 2, Name = "Grace" } }
  local app = t:app():setup()
  t.expect(app:sync()):succeeds()
  app:update("Employee", { EmpId = 1 }, { Salary = 5 })
  return app, organization, employees
end

scenario "after a reset the tables are empty, and nothing is pending" {
  covers = { "SET-02" },
  needs = { "localCrud" },
  run = function(t)
    local app = edited(t)
    app:reset()
    t.expect(app:rows("Employee")):count(0)
    t.expect(app:pending("Employee")):count(0)
  end,
}

scenario "after a reset a sync works without another setup, and fetches everything" {
  covers = { "SET-02" },
  needs = { "localCrud" },
  run = function(t)
    local app, organization, employees = edited(t)
    app:reset()
    t.expect(app:sync()):succeeds()
    t.expect(organization:uploads()):count(0)
    t.expect(app:rows("Employee")):equals { { EmpId = 1, Name = "Ada" }, { EmpId = 2, Name = "Grace" } }
    options.edits(app, 1)
    t.expect(app:sync()):succeeds()
    t.expect(employees:rows()):count(3)
  end,
}

scenario "a reset without network fails" {
  covers = { "SET-02" },
  needs = { "localCrud", "network" },
  run = function(t)
    local app = edited(t)
    app:set_network(false)
    t.expect(app:attempt("reset", { options = {} })):fails()
    app:set_network(true)
    t.expect(app:sync()):succeeds()
  end,
}

scenario "a reset while a sync runs fails, and the sync is not disturbed" {
  covers = { "SET-02" },
  needs = { "localCrud", "editsDuringSync" },
  run = function(t)
    local app, organization, employees = edited(t)
    organization:on_upload():once():hold("upload")
    local sync = app:start()
    t.gate("upload"):reached()
    t.expect(app:attempt("reset", { options = {} })):fails()
    t.gate("upload"):open()
    t.expect(sync:wait()):succeeds()
    t.expect(employees:rows()):equals { { EmpId = 1, Salary = 5 }, { EmpId = 2 } }
  end,
}

scenario "after a drop a sync says that setup is missing, and sends nothing" {
  covers = { "SET-02", "API-05" },
  needs = { "localCrud" },
  run = function(t)
    local app = edited(t)
    app:drop()
    t.expect(function() t.expect(app:sync(), "API-05/code"):fails_with("not_set_up") end, "API-05"):sends_nothing()
  end,
}

scenario "after a drop a new setup asks the network, and the next sync fetches everything" {
  covers = { "SET-02" },
  needs = { "localCrud" },
  run = function(t)
    local app, organization = edited(t)
    local asked = organization:metadata_requests():count()
    app:drop()
    app:setup()
    t.expect(organization:metadata_requests():count()):satisfies(function(count) return count > asked end,
      "the metadata was fetched again")
    t.expect(app:rows("Employee")):count(0)
    t.expect(app:sync()):succeeds()
    t.expect(organization:uploads()):count(0)
    t.expect(app:rows("Employee")):equals { { EmpId = 1, Name = "Ada" }, { EmpId = 2, Name = "Grace" } }
  end,
}

scenario "a drop empties the upload cache" {
  covers = { "UPC-11", "SET-02" },
  needs = { "localCrud", "uploadCache" },
  run = function(t)
    local app, organization = edited(t, { uploadCache = true })
    organization:on_upload():once():status(504)
    t.expect(app:sync()):fails()
    app:drop()
    app:setup()
    t.expect(app:sync()):succeeds()
    t.expect(organization:uploads(), "UPC-11"):count(1)
  end,
}
