-- startSync needs a successful setup, and the setup needs the network once (API-05, SET-01, API-09).
local foundry = require "foundry"
local company = require "lib.company"

scenario "a sync before setup fails and sends nothing" {
  covers = { "API-05" },
  run = function(t)
    local _, employees = company.organization(t)
    employees:insert { Name = "Ada" }
    local app = t:app()

    t.expect(function()
      t.expect(app:sync(), "API-05/code"):refused_or_fails(2483)
    end):sends_nothing()

    app:setup()
    t.expect(app:sync()):succeeds()
    t.expect(app:rows("Employee")):equals { { Name = "Ada" } }
  end,
}

scenario "a service or object sync before setup fails and sends nothing" {
  covers = { "API-05" },
  needs = { "serviceLevel", "objectLevel" },
  run = function(t)
    company.organization(t)
    local app = t:app()
    t.expect(function()
      t.expect(app:service("Organization"):sync()):refused_or_fails()
      t.expect(app:object("Employee"):sync()):refused_or_fails()
    end):sends_nothing()
  end,
}

scenario "a sync after a setup that failed fails and sends nothing" {
  covers = { "API-05", "SET-01" },
  run = function(t)
    local organization, employees = company.organization(t)
    employees:insert { Name = "Ada" }
    local outage = organization:on_metadata():status(500)

    local app = t:app()
    t.expect(app:try_setup(), "SET-01"):fails()
    t.expect(function()
      t.expect(app:sync(), "API-05/code"):refused_or_fails(2483)
    end):sends_nothing()

    outage:lift()
    app:setup()
    t.expect(app:sync()):succeeds()
    t.expect(app:rows("Employee")):equals { { Name = "Ada" } }
  end,
}

scenario "the first setup needs the network, a later one sends nothing" {
  covers = { "SET-01" },
  needs = { "restart" },
  run = function(t)
    local organization, employees = company.organization(t)
    employees:insert { Name = "Ada" }
    local outage = organization:on_metadata():status(503)
    local app = t:app()
    t.expect(app:try_setup()):fails()
    outage:lift()

    app:setup()
    local asked = organization:metadata_requests():count()
    local second_outage = organization:on_metadata():optional():status(500)
    app:setup()
    app:restart()
    t.expect(organization:metadata_requests():count(), "SET-01/later"):equals(asked)
    second_outage:lift()
    t.expect(app:sync(), "API-09"):succeeds()
    t.expect(app:rows("Employee"), "API-09"):equals { { Name = "Ada" } }
  end,
}

scenario "an object without a key fails the setup" {
  covers = { "SET-01/key" },
  run = function(t)
    local organization = company.organization(t)
    organization:edit_metadata(function(metadata)
      metadata.namespaces[1].objects[1].key = foundry.array {}
    end)
    t.expect(t:app():try_setup()):fails()
  end,
}
