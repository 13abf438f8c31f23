-- getSyncStats: who asks gets them, nobody else (OPT-09). Their content is callbacks/sync_stats.lua.
local foundry = require "foundry"
local company = require "lib.company"
local options = require "lib.options"

for _, value in ipairs { "true", true } do
  scenario(("getSyncStats %s brings stats with the success"):format(foundry.encode(value))) {
    covers = { "OPT-09" },
    run = function(t)
      local _, employees = company.organization(t)
      employees:insert { Name = "Ada" }
      local app = t:app():setup()
      local result = app:sync(options.organization { getSyncStats = value })
      t.expect(result):succeeds()
      t.expect(type(result:stats("Organization"))):equals("table")
    end,
  }
end

local no_wish = {
  { name = "absent", value = nil },
  { name = 'the text "false"', value = "false" },
  { name = "false", value = false },
  { name = "a word", value = "sure" },
  { name = "the empty text", value = "" },
}

for _, case in ipairs(no_wish) do
  scenario("getSyncStats that is " .. case.name .. " brings no stats") {
    covers = { "OPT-09" },
    run = function(t)
      local _, employees = company.organization(t)
      employees:insert { Name = "Ada" }
      local app = t:app():setup()
      local result = app:sync(options.organization { getSyncStats = case.value })
      t.expect(result):succeeds()
      t.expect(result:stats("Organization")):is_nil()
    end,
  }
end

scenario "stats come for the service that asks and not for its neighbour" {
  covers = { "OPT-09", "OPT-04" },
  run = function(t)
    company.organization(t)
    company.sales(t)
    local app = t:app():setup()
    local result = app:sync(options.organization { getSyncStats = "true" })
    t.expect(result):succeeds()
    t.expect(type(result:stats("Organization"))):equals("table")
    t.expect(result:stats("Sales"), "OPT-04"):is_nil()
  end,
}
