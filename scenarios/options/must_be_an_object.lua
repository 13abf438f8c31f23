-- What startSync takes as options at all (OPT-01), and what it ignores in them (OPT-22).
local company = require "lib.company"
local options = require "lib.options"

local strangers = { { name = "a number", value = 42 }, { name = "a text", value = "parallel" }, { name = "a boolean", value = true } }

for _, stranger in ipairs(strangers) do
  scenario("options that are " .. stranger.name .. " end the sync before anything is sent") {
    covers = { "OPT-01", "OPT-01/code" },
    needs = { "localCrud" },
    api = { "js" },
    run = function(t)
      local _, employees = company.organization(t)
      employees:insert { Name = "Ada" }
      local app = t:app():setup()
      app:create("Employee", { Name = "Grace" })

      local result
      t.expect(function() result = app:sync(stranger.value) end):sends_nothing()
      t.expect(result):refused_or_fails()
      t.expect(app:rows("Employee")):equals { { Name = "Grace" } }
      t.expect(result.code, "OPT-01/code"):equals(2482)
    end,
  }
end

scenario "empty options are valid and mean a full sync" {
  covers = { "OPT-01" },
  needs = { "localCrud" },
  api = { "js", "java" },
  run = function(t)
    local _, employees = company.organization(t)
    employees:insert { Name = "Ada" }
    local app = t:app():setup()
    app:create("Employee", { Name = "Grace" })

    t.expect(app:sync({})):succeeds()
    t.expect(app:rows("Employee")):equals { { Name = "Ada" }, { Name = "Grace" } }
    t.expect(employees:rows()):equals { { Name = "Ada" }, { Name = "Grace" } }
  end,
}

scenario "empty options are valid in Objective-C or refused with 2482" {
  covers = { "OPT-01" },
  api = { "objc" },
  run = function(t)
    local _, employees = company.organization(t)
    employees:insert { Name = "Ada" }
    local app = t:app():setup()

    t.expect(app:sync({})):one_of {
      synced = function(result) return result.outcome == "success" and #app:rows("Employee") == 1 end,
      refused = function(result) return result.outcome ~= "success" and result.code == 2482 end,
    }
  end,
}

scenario "after options that were no object the next sync works" {
  covers = { "OPT-01", "API-07" },
  api = { "js" },
  run = function(t)
    local _, employees = company.organization(t)
    employees:insert { Name = "Ada" }
    local app = t:app():setup()

    t.expect(app:sync(7)):refused_or_fails()
    t.expect(app:sync(), "API-07"):succeeds()
    t.expect(app:rows("Employee"), "API-07"):equals { { Name = "Ada" } }
  end,
}

scenario "options that nobody knows are ignored, beside the known ones and within them" {
  covers = { "OPT-22" },
  needs = { "localCrud" },
  run = function(t)
    local organization, employees = company.organization(t)
    employees:insert { Name = "Ada" }
    local app = t:app():setup()
    options.edits(app, 3)

    local given = options.organization({ uploadBatchSize = 2, favouriteColour = "blue", nested = { deep = { 1, 2 } } }, "parallel")
    given.retries = 5
    given.Organization = { syncType = "downloadOnly" }
    t.expect(app:sync(given)):succeeds()
    t.expect(organization:uploads()):has_sizes { 2, 1 }
    t.expect(#app:rows("Employee")):equals(4)
  end,
}

scenario "an unknown option of a service sync is ignored" {
  covers = { "OPT-22" },
  needs = { "serviceLevel" },
  run = function(t)
    local organization, employees = company.organization(t)
    employees:insert { Name = "Ada" }
    local app = t:app():setup()
    t.expect(app:service("Organization"):sync { priority = "high", syncType = "downloadOnly" }):succeeds()
    t.expect(organization:downloads()):count(1)
    t.expect(app:rows("Employee")):equals { { Name = "Ada" } }
  end,
}
